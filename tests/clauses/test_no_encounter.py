"""No encounter: how near, for how long, of whom, across the edge of the day."""

from datetime import timedelta

import numpy as np
import pytest
from by_hand import HEAD, at
from position_cases import AIS, OTHER, RADAR, SHIP, look, ship

from truceline.clauses.concern import is_named
from truceline.model import UNDETERMINED

CLAUSE = """
```clause c
kind = "no-encounter"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["tanker"]
```
"""
TANKER = {"platform": SHIP, "kind": "vessel", "category": "tanker", "party": "RED"}
CARGO = {"platform": OTHER, "kind": "vessel", "category": "cargo", "party": None}
NEAR, FAR = 45.203, 45.21  # 333 m and 1,111 m from 45.2


def with_keys(text):
    return CLAUSE.replace("platforms", text + "\nplatforms")


def lie(lat, hours, **more):
    """A ship that stays for so many hours, with a position every ten minutes."""
    return ship(*[lat] * (round(hours * 6) + 1), **more)


def meet(tmp_path, hours=2.5, lat=NEAR, clause=CLAUSE, platforms=(TANKER, CARGO), **more):
    rows = [*lie(45.2, 6), *lie(lat, hours, start=60, platform=OTHER)]
    return look(tmp_path, clause, rows, platforms, **more)


@pytest.mark.parametrize(("hours", "lat", "count"), [(2.5, NEAR, 1), (2.0, NEAR, 1), (2.5, FAR, 0), (0.8, NEAR, 0)])
def test_within_500_metres_for_two_hours(tmp_path, hours, lat, count):
    found = meet(tmp_path, hours, lat)
    assert len(found) == count
    for each in found:
        assert (each.kind, each.party, each.platform, each.unit, each.limit) == ("encounter", "RED", SHIP, "m", 500.0)
        assert each.measured == pytest.approx(333, abs=1)
        assert (each.span.start, each.span.end) == (at("06-01 13:00"), at("06-01 13:00") + timedelta(hours=hours))
        assert OTHER in each.text


def test_shorter_than_asked_but_perhaps_long_enough_is_a_hint(tmp_path):
    (found,) = meet(tmp_path, 1.5)  # the other is not heard before and after
    assert found.indicator


@pytest.mark.parametrize("start", [600, 660, 710])
def test_across_the_edge_of_the_utc_day(tmp_path, start):
    """What Global Fishing Watch leaves out: an encounter of two hours that begins at 22 or 23 UTC."""
    rows = [*lie(45.2, 2.2, start=start), *lie(NEAR, 2.2, start=start, platform=OTHER)]
    (found,) = look(tmp_path, CLAUSE, rows, [TANKER, CARGO])
    assert found.span.start.date() != found.span.end.date() or start == 600


def test_a_truce_that_begins_at_21_utc_counts_from_then(tmp_path):
    head = HEAD.replace("06-01T00:00Z", "06-02T00:00 Europe/Kyiv")
    rows = [*lie(45.2, 6, start=420), *lie(NEAR, 6, start=420, platform=OTHER)]  # 19:00 to 01:00
    (found,) = look(tmp_path, CLAUSE, rows, [TANKER, CARGO], head=head)
    assert (found.span.start, found.span.end) == (at("06-01 21:00"), at("06-02 01:00"))


def test_the_exact_times_are_between_two_positions(tmp_path):
    coming = [45.3, NEAR, *[NEAR] * 15, 45.3]
    rows = [*lie(45.2, 6), *ship(*coming, platform=OTHER)]
    (found,) = look(tmp_path, CLAUSE, rows, [TANKER, CARGO])
    assert at("06-01 12:09") < found.span.start < at("06-01 12:10")


def test_a_short_time_apart_does_not_end_it_and_a_long_one_does(tmp_path):
    def track(apart):
        return ship(*[NEAR] * 9, *[FAR] * apart, *[NEAR] * 9, platform=OTHER, step=10)

    assert len(look(tmp_path, CLAUSE, [*lie(45.2, 6), *track(0)], [TANKER, CARGO])) == 1
    assert look(tmp_path, CLAUSE, [*lie(45.2, 6), *track(3)], [TANKER, CARGO]) == []
    brief = ship(*[NEAR] * 80, *[FAR] * 4, *[NEAR] * 80, platform=OTHER, step=1)
    (found,) = look(tmp_path, CLAUSE, [*lie(45.2, 6), *brief], [TANKER, CARGO])
    assert found.span.end - found.span.start >= timedelta(hours=2)


@pytest.mark.parametrize(
    "rows",
    [
        [*lie(44.9, 6), *lie(44.903, 6, platform=OTHER)],
        [*lie(45.2, 6), *lie(NEAR, 0, platform=OTHER)],
        [*lie(45.2, 6), *ship(*[NEAR] * 6, platform=OTHER, step=35)],
        [*lie(45.2, 6), *lie(np.nan, 6, platform=OTHER)],
        [*lie(45.2, 6), *lie(45.2, 6, source="other")],
    ],
    ids=["outside", "a single position", "silences", "NaN", "one ship heard twice"],
)
def test_no_encounter_is_shown(tmp_path, rows):
    assert look(tmp_path, CLAUSE, rows, [TANKER, CARGO]) == []


def test_the_clause_may_say_how_near_how_long_and_with_whom(tmp_path):
    assert len(meet(tmp_path, lat=FAR, clause=with_keys('distance = "2 km"'))) == 1
    assert len(meet(tmp_path, 1.0, clause=with_keys('persistence = "30 min"'))) == 1
    assert meet(tmp_path, clause=with_keys('with = ["fishing"]')) == []
    assert len(meet(tmp_path, clause=with_keys('with = ["cargo"]'))) == 1
    assert meet(tmp_path, clause=with_keys('hours = ["00:00", "06:00"]')) == []
    assert meet(tmp_path, clause=with_keys('margin = "300 m"')) == []
    (unknown,) = meet(tmp_path, clause=with_keys('with = ["cargo"]'), platforms=[TANKER, {**CARGO, "category": None}])
    assert unknown.indicator


def test_two_that_sail_side_by_side_count_unless_the_clause_gives_a_speed(tmp_path):
    lats = [45.01 + 0.03 * n for n in range(20)]  # 11 knots
    rows = [*ship(*lats), *ship(*[lat + 0.003 for lat in lats], platform=OTHER)]
    assert len(look(tmp_path, CLAUSE, rows, [TANKER, CARGO])) == 1
    assert look(tmp_path, with_keys('speed = "2 kn"'), rows, [TANKER, CARGO]) == []


def test_of_two_of_one_party_there_is_one_finding_of_two_parties_two(tmp_path):
    assert len(meet(tmp_path, platforms=[TANKER, {**CARGO, "category": "tanker", "party": "RED"}])) == 1
    both = meet(tmp_path, platforms=[TANKER, {**CARGO, "category": "tanker", "party": "BLUE"}])
    assert sorted(f.party for f in both) == ["BLUE", "RED"]


def test_two_tracks_of_one_radar_are_two_and_an_echo_is_none(tmp_path):
    seven = lie(45.2, 3, platform="track:radar:7", source="radar")
    eight = lie(NEAR, 3, platform="track:radar:8", source="radar")
    (pair,) = look(tmp_path, CLAUSE, [*seven, *eight], (), sources=[RADAR])
    assert (pair.party, pair.indicator) == (UNDETERMINED, False)
    assert look(tmp_path, CLAUSE, [*lie(45.2, 3), *seven], [TANKER], sources=[AIS, RADAR]) == []


def test_across_the_antimeridian(tmp_path):
    zone = CLAUSE.replace(
        "```clause", "```zone belt\npolygon = [[179, 44], [-179, 44], [-179, 46], [179, 46]]\n```\n\n```clause"
    )
    rows = [*ship(*[(179.999, 45.0)] * 20), *ship(*[(-179.999, 45.0)] * 20, platform=OTHER)]
    (found,) = look(tmp_path, zone.replace('"strait"', '"belt"'), rows, [TANKER, CARGO])
    assert found.measured == pytest.approx(158, abs=2)


def test_unsorted_and_duplicate_rows_give_the_same(tmp_path):
    rows = [*lie(45.2, 6), *lie(NEAR, 3, platform=OTHER)]
    (once,), (again,) = (look(tmp_path, CLAUSE, each, [TANKER, CARGO]) for each in (rows, [*rows[::-1]]))
    assert once.id == again.id
    (twice,) = look(tmp_path, CLAUSE, [*rows, *rows], [TANKER, CARGO])
    assert twice.span == once.span


def test_the_error_of_both_positions_counts(tmp_path):
    rows = [*lie(45.2, 6, accuracy_m=150.0), *lie(NEAR, 3, platform=OTHER, accuracy_m=150.0)]
    (found,) = look(tmp_path, CLAUSE, rows, [TANKER, CARGO])
    assert any("within the measurement error" in doubt for doubt in found.doubts)
    assert is_named("tanker", ["vessel"])


def test_two_ships_that_lie_together_across_the_pole(tmp_path):
    zone = "\n```zone cap\npolygon = [[-180.0, 88.0], [180.0, 88.0], [180.0, 90.0], [-180.0, 90.0]]\n```\n"
    both = [*ship(*[(10.0, 89.999)] * 20), *ship(*[(-170.0, 89.999)] * 20, platform=OTHER)]
    clause = CLAUSE.replace('zone = "strait"', 'zone = "cap"')
    found = look(tmp_path, zone + clause, both, (TANKER, CARGO))
    assert [each.measured for each in found] == [pytest.approx(223.4, rel=1e-3)] * len(found) != []
