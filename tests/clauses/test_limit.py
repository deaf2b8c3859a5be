"""Limit: withdrawal beyond a line that differs by party, and at most so many in a zone."""

import pytest
from by_hand import agree, at, event, terms_of
from position_cases import OTHER, SHIP, WARSHIP, look, ship
from pyproj import Geod

from truceline.clauses import name_breaches
from truceline.clauses.conduct import BY_PARTY
from truceline.clauses.limit import UNDRAWN, UNKNOWN_CLASS, list_undrawn
from truceline.clauses.no_attack import UNPLACED
from truceline.model import UNDETERMINED

LINES = """
```line actual
along = [[30.0, 45.0], [31.0, 45.0]]
```

```line old
along = [[30.0, 45.5], [31.0, 45.5]]
```

```objects artillery
name = "Artillery of 100 mm and more"
categories = ["2S1", "D-30"]
```
"""
MINSK = (
    LINES
    + """
```clause c
kind = "limit"
binds = ["RED", "BLUE"]
weapons = { "artillery" = "25 km", "multiple rocket launchers" = "35 km", "Smerch" = "70 km" }
at_most = 0
from = { RED = "actual", BLUE = "old" }
```
"""
)
WGS84 = Geod(ellps="WGS84")


def seen(what, lat, actor="RED", **more):
    """A weapon that an observer saw south of the lines, at 30.5° E."""
    return event("weapon-sighting", "06-01 12:00", lon=30.5, lat=lat, object=what, actor=actor, **more)


def metres_south(lat, line=45.0):
    return WGS84.inv(30.5, lat, 30.5, line)[2]


@pytest.mark.parametrize(
    ("what", "km", "actor", "count"),
    [
        ("2S1", 24.0, "RED", 1),
        ("2S1", 26.0, "RED", 0),
        ("d-30", 24.0, "RED", 1),
        ("Artillery of 100 mm and more", 24.0, "RED", 1),
        ("multiple rocket launchers", 26.0, "RED", 1),
        ("multiple rocket launchers", 36.0, "RED", 0),
        ("Smerch", 69.0, "RED", 1),
        ("Smerch", 71.0, "RED", 0),
        ("2S1", 24.0, "BLUE", 0),  # 24 km from the line of the other side, 80 km from its own
        ("Smerch", 10.0, "BLUE", 1),
        ("tank", 1.0, "RED", 0),
    ],
)
def test_each_class_keeps_its_distance_from_its_partys_line(tmp_path, what, km, actor, count):
    lat = WGS84.fwd(30.5, 45.0, 180.0, km * 1000)[1]
    found = look(tmp_path, MINSK, events=[seen(what, lat, actor)])
    assert len(found) == count
    for each in found:
        line = 45.0 if actor == "RED" else 45.5
        assert each.measured == pytest.approx(metres_south(lat, line), rel=1e-3)
        assert (each.party, each.kind, each.unit, each.indicator) == (actor, "weapon-sighting", "m", False)
        assert each.margin == pytest.approx(each.limit - each.measured)


def test_nobodys_weapon_is_held_to_what_is_beyond_both_lines(tmp_path):
    (maybe,) = look(tmp_path, MINSK, events=[seen("2S1", 44.9, actor=None)])
    assert (maybe.party, maybe.indicator) == (UNDETERMINED, True)
    assert BY_PARTY in maybe.doubts
    (sure,) = look(tmp_path, MINSK, events=[seen("Smerch", 45.2, actor=None)])
    assert (sure.party, sure.indicator) == (UNDETERMINED, False)


@pytest.mark.parametrize(
    ("km", "radius", "expected"),
    [(20.0, 1000.0, (False, False)), (24.5, 1000.0, (False, True)), (25.5, 1000.0, (True, True)), (27.0, 1000.0, None)],
)
def test_a_place_known_to_a_kilometre(tmp_path, km, radius, expected):
    lat = WGS84.fwd(30.5, 45.0, 180.0, km * 1000)[1]
    found = look(tmp_path, MINSK, events=[seen("2S1", lat, radius_m=radius)])
    assert [(f.indicator, f.place_uncertain) for f in found] == ([] if expected is None else [expected])


def test_what_is_not_said_is_a_hint(tmp_path):
    (unknown,) = look(tmp_path, MINSK, events=[seen(None, 44.9)])
    assert unknown.indicator
    assert UNKNOWN_CLASS in unknown.doubts
    (nowhere,) = look(tmp_path, MINSK, events=[event("weapon-sighting", "06-01 12:00", object="2S1", actor="RED")])
    assert nowhere.indicator
    assert UNPLACED in nowhere.doubts
    assert look(tmp_path, MINSK, events=[seen("2S1", 44.9, quantity=0.0)]) == []
    assert look(tmp_path, MINSK, events=[{**seen("2S1", 44.9), "kind": "shelling"}]) == []


def test_a_line_that_nobody_has_drawn_makes_hints_only(tmp_path):
    words = MINSK.replace('from = { RED = "actual", BLUE = "old" }', 'from = "the actual line of contact"')
    (found,) = look(tmp_path, words, events=[seen("2S1", 44.9)])
    assert found.indicator
    assert UNDRAWN in found.doubts


def test_what_is_undrawn_is_listed(tmp_path):
    words = MINSK.replace('BLUE = "old"', 'BLUE = "line of the memorandum"')
    agreement = agree(tmp_path, words)
    assert list_undrawn(terms_of(agreement), agreement) == ["line of the memorandum"]
    assert name_breaches(terms_of(agreement)) == ()  # no watch can show that it was kept
    assert name_breaches(terms_of(agree(tmp_path, MINSK))) == ("weapon-sighting",)


PLATFORMS = (
    LINES
    + """
```clause c
kind = "limit"
binds = ["RED", "BLUE"]
platforms = ["warship"]
at_most = 0
beyond = "25 km"
from = { RED = "actual", BLUE = "old" }
```
"""
)


@pytest.mark.parametrize(
    ("lat", "party", "count"), [(44.8, "RED", 1), (44.7, "RED", 0), (44.8, "BLUE", 0), (45.3, "BLUE", 1)]
)
def test_platforms_are_held_to_the_same(tmp_path, lat, party, count):
    found = look(tmp_path, PLATFORMS, ship(lat), [{**WARSHIP, "party": party}])
    assert [(f.kind, f.party) for f in found] == [("presence", party)] * count


ZONE = """
```clause c
kind = "limit"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["warship"]
at_most = 1
```
"""
THIRD = "mmsi:200000003"


def fleet(party=("RED", "RED", "RED")):
    return [{**WARSHIP, "platform": name, "party": p} for name, p in zip((SHIP, OTHER, THIRD), party, strict=True)]


def stay(first, last, **more):
    """A ship inside from minute `first` to minute `last`, out before and after."""
    return ship(44.9, *[45.05] * ((last - first) // 10 + 1), 44.9, start=first - 10, **more)


def test_more_than_so_many_at_once_is_one_finding(tmp_path):
    rows = [*stay(10, 60), *stay(40, 90, platform=OTHER), *stay(80, 120, platform=THIRD)]
    found = look(tmp_path, ZONE, rows, fleet())
    assert [(f.span.start, f.span.end) for f in found] == [
        (at("06-01 12:40"), at("06-01 13:00")),
        (at("06-01 13:20"), at("06-01 13:30")),
    ]
    assert {(f.kind, f.measured, f.limit, f.unit, f.party) for f in found} == {("excess", 2.0, 1.0, "platforms", "RED")}


def test_one_after_the_other_is_not_too_many(tmp_path):
    rows = [*stay(10, 60), *stay(80, 120, platform=OTHER)]
    assert look(tmp_path, ZONE, rows, fleet()) == []
    together = [*stay(10, 60), *stay(20, 50, platform=OTHER, lon=30.6)]
    assert look(tmp_path, ZONE, together, fleet(("RED", "BLUE", "RED"))) == []  # one of each


def test_a_platform_of_nobody_known_may_be_what_is_too_many(tmp_path):
    rows = [*stay(10, 60), *stay(20, 50, platform=OTHER, lon=30.6)]
    (hint,) = look(tmp_path, ZONE, rows, fleet(("RED", None, None)))
    assert (hint.party, hint.indicator) == (UNDETERMINED, True)


def test_none_at_all_means_every_presence(tmp_path):
    (found,) = look(tmp_path, ZONE.replace("at_most = 1", "at_most = 0"), stay(10, 60))
    assert (found.kind, found.platform, found.party) == ("presence", SHIP, "RED")


COUNT = """
```clause c
kind = "limit"
binds = ["RED"]
zone = "strait"
weapons = ["howitzer"]
at_most = 5
```
"""


@pytest.mark.parametrize(("quantity", "count"), [(5.0, 0), (6.0, 1), (None, 0)])
def test_a_sighting_of_more_than_so_many(tmp_path, quantity, count):
    found = look(tmp_path, COUNT, events=[seen("howitzer", 45.2, quantity=quantity)])
    assert [(f.measured, f.limit, f.margin) for f in found] == [(6.0, 5.0, 1.0)] * count
    assert look(tmp_path, COUNT, events=[seen("howitzer", 44.2, quantity=9.0)]) == []


def test_sightings_are_added_up_over_a_length_of_time_from_one_source(tmp_path):
    clause = COUNT.replace("at_most = 5", 'at_most = 5\nper = "24 h"')

    def at_hours(*hours, source="post"):
        return [
            {**seen("howitzer", 45.2, quantity=3.0, source=source), "start_utc": at(h), "end_utc": at(h)} for h in hours
        ]

    (found,) = look(tmp_path, clause, events=at_hours("06-01 20:00", "06-02 10:00"))
    assert (found.kind, found.measured, found.span.start) == ("excess", 6.0, at("06-01 20:00"))
    assert look(tmp_path, clause, events=at_hours("06-01 10:00", "06-02 10:00")) == []
    two = [*at_hours("06-01 20:00"), *at_hours("06-01 20:00", source="other")]
    assert look(tmp_path, clause, events=two) == []
