"""Keep distance: the closest approach to places, lines, zones and others' platforms, also between two positions."""

import numpy as np
import pytest
from by_hand import HEAD, at, pings
from hypothesis import given, settings
from hypothesis import strategies as st
from position_cases import AIS, OTHER, RADAR, SHIP, WARSHIP, look, ship
from pyproj import Geod

from truceline.model import UNDETERMINED
from truceline.spacetime.shapes import line
from truceline.tracks.proximity import distances_m, find_meetings, measure_approach

WGS84 = Geod(ellps="WGS84")
CLAUSE = """
```line cable
along = [[30.0, 45.0], [31.0, 45.0]]
```

```objects dams
name = "Dams"
places = [{ name = "Upper dam", at = [30.5, 44.0], radius = "1 km" }]
```

```clause c
kind = "keep-distance"
binds = ["RED"]
platforms = ["warship"]
distance = "5 km"
place = [30.5, 45.0]
```
"""
TO_LINE = CLAUSE.replace("place = [30.5, 45.0]", 'from = "cable"')
TO_ZONE = CLAUSE.replace("place = [30.5, 45.0]", 'from = "strait"')
TO_BLUE = CLAUSE.replace("place = [30.5, 45.0]", 'from = "BLUE"')
FIRST, SECOND, THIRD = 44.9, 44.97, 45.04  # 11.1, 3.3 and 4.4 km from 45° N


def with_keys(text, clause=CLAUSE):
    return clause.replace("platforms", text + "\nplatforms")


@pytest.mark.parametrize(
    ("clause", "places", "spans"),
    [
        (CLAUSE, (FIRST, FIRST), []),
        (CLAUSE, (FIRST, SECOND, THIRD, 45.1), [(10, 20)]),
        (CLAUSE, (SECOND,), [(0, 0)]),
        (CLAUSE, (44.94, np.nan, 45.06), [(10, 10)]),  # between two positions alone
        (CLAUSE, ((30.4, 44.93), (30.6, 44.93)), []),
        (TO_LINE, ((29.5, 44.97), (30.5, 44.97)), [(10, 10)]),
        (TO_LINE, ((29.5, 44.97),), []),
        (TO_ZONE, (44.94, 44.96, 45.2), [(10, 20)]),
        (TO_ZONE, (44.95, 44.95), []),
        (CLAUSE.replace("place = [30.5, 45.0]", 'from = "dams"'), (43.95, 43.94), [(0, 0)]),
    ],
)
def test_a_time_nearer_than_allowed_is_a_finding(tmp_path, clause, places, spans):
    found = look(tmp_path, clause, ship(*places))
    minutes = [tuple((t - at("06-01 12:00")).total_seconds() / 60 for t in (f.span.start, f.span.end)) for f in found]
    assert minutes == spans
    assert {f.kind for f in found} <= {"approach"}


def test_how_near_is_geodesic(tmp_path):
    (found,) = look(tmp_path, CLAUSE, ship((30.52, 45.01)))
    true = WGS84.inv(30.52, 45.01, 30.5, 45.0)[2]
    assert found.measured == pytest.approx(true, rel=1e-4)
    assert (found.limit, found.unit) == (5000.0, "m")
    assert found.margin == pytest.approx(5000 - true, rel=1e-3)


def test_at_exactly_the_distance_it_is_kept(tmp_path):
    lon, lat, _ = WGS84.fwd(30.5, 45.0, 180.0, 5000.0)
    assert look(tmp_path, CLAUSE, ship((lon, lat - 1e-7))) == []
    assert len(look(tmp_path, CLAUSE, ship((lon, lat + 1e-7)))) == 1


def test_the_closest_approach_between_two_positions(tmp_path):
    (found,) = look(tmp_path, CLAUSE, ship((30.4, 44.98), (30.6, 44.98)))
    assert found.measured == pytest.approx(WGS84.inv(30.5, 44.98, 30.5, 45.0)[2], rel=1e-3)
    assert (found.lon, found.lat) == (pytest.approx(30.5, abs=1e-3), pytest.approx(44.98))
    assert found.span.start == found.span.end == at("06-01 12:05")
    assert "between two positions 600 s apart" in found.text


def test_nothing_is_drawn_through_a_silence(tmp_path):
    assert look(tmp_path, CLAUSE, ship((30.4, 44.98), (30.6, 44.98), step=31)) == []


def test_margin_persistence_hours_and_accuracy(tmp_path):
    assert look(tmp_path, with_keys('margin = "2 km"'), ship(SECOND)) == []
    (near,) = look(tmp_path, with_keys('margin = "1 km"'), ship(SECOND))
    assert near.margin == pytest.approx(666, abs=5)
    assert look(tmp_path, with_keys('persistence = "25 min"'), ship(FIRST, SECOND, FIRST)) == []
    assert look(tmp_path, with_keys('persistence = "10 min"'), ship(FIRST, SECOND, SECOND, FIRST))[0].indicator is False
    assert look(tmp_path, with_keys('hours = ["22:00", "06:00"]'), ship(SECOND)) == []
    (unsure,) = look(tmp_path, CLAUSE, ship(SECOND, accuracy_m=3000.0))
    assert unsure.place_uncertain
    assert any("within the measurement error" in doubt for doubt in unsure.doubts)
    (hint,) = look(tmp_path, with_keys('margin = "2 km"'), ship(SECOND, accuracy_m=3000.0))
    assert hint.indicator


def test_distances_and_places_may_differ_by_party(tmp_path):
    both = TO_LINE.replace('binds = ["RED"]', 'binds = ["RED", "BLUE"]')
    apart = both.replace('"5 km"', '{ RED = "2 km", BLUE = "5 km" }')
    assert look(tmp_path, apart, ship(SECOND)) == []
    assert len(look(tmp_path, apart, ship(SECOND), [{**WARSHIP, "party": "BLUE"}])) == 1
    (nobody,) = look(tmp_path, apart, ship(SECOND), [{**WARSHIP, "party": None}])
    assert (nobody.party, nobody.indicator) == (UNDETERMINED, True)
    (anyone,) = look(tmp_path, apart, ship(44.99), [{**WARSHIP, "party": None}])
    assert (anyone.party, anyone.indicator) == (UNDETERMINED, False)


@pytest.mark.parametrize(("when", "count"), [("06-01 20:59", 0), ("06-01 21:00", 1), ("06-02 00:00", 1)])
def test_the_truce_begins_at_21_utc(tmp_path, when, count):
    head = HEAD.replace("06-01T00:00Z", "06-02T00:00 Europe/Kyiv")
    assert len(look(tmp_path, CLAUSE, pings(SHIP, [(when, 30.5, SECOND)]), head=head)) == count


def test_across_the_antimeridian(tmp_path):
    clause = CLAUSE.replace("[30.5, 45.0]", "[180.0, 45.0]")
    (found,) = look(tmp_path, clause, ship((179.97, 45.01), (-179.97, 45.01)))
    assert found.measured == pytest.approx(WGS84.inv(180.0, 45.01, 180.0, 45.0)[2], rel=1e-3)
    (other,) = look(tmp_path, clause, ship((-179.97, 45.0)))
    assert other.measured == pytest.approx(WGS84.inv(-179.97, 45.0, 180.0, 45.0)[2], rel=1e-4)


def test_unsorted_and_duplicate_positions_give_the_same(tmp_path):
    rows = ship(FIRST, SECOND, THIRD)
    (once,), (again,) = (look(tmp_path, CLAUSE, each) for each in (rows, [*reversed(rows)]))
    assert once.id == again.id


# --- the other party's platforms --------------------------------------------------------------

BLUE = {"platform": OTHER, "kind": "vessel", "category": "cargo", "party": "BLUE"}


def meet(tmp_path, *rows, clause=TO_BLUE, platforms=(WARSHIP, BLUE), sources=(AIS,)):
    return look(tmp_path, clause, [row for part in rows for row in part], platforms, sources)


def test_two_ships_that_pass_each_other_are_nearest_between_their_positions(tmp_path):
    mine = ship((30.0, 45.0), (30.1, 45.0), step=20)
    theirs = ship((30.1, 45.02), (30.0, 45.02), step=20, platform=OTHER)
    (found,) = meet(tmp_path, mine, theirs)
    assert found.measured == pytest.approx(WGS84.inv(30.05, 45.0, 30.05, 45.02)[2], rel=1e-3)
    assert (found.platform, found.party, found.kind) == (SHIP, "RED", "approach")
    assert OTHER in found.text
    assert len(found.rows) == 4
    assert found.span.start < at("06-01 12:10") < found.span.end


@pytest.mark.parametrize(
    ("theirs", "platforms"),
    [
        (ship((30.1, 45.02), (30.0, 45.02), step=20, start=30, platform=OTHER), (WARSHIP, BLUE)),  # at another time
        (ship((30.1, 45.2), (30.0, 45.2), step=20, platform=OTHER), (WARSHIP, BLUE)),
        (ship((30.1, 45.02), (30.0, 45.02), step=20, platform=OTHER), (WARSHIP, {**BLUE, "party": None})),
        (ship((30.1, 45.02), (30.0, 45.02), step=20, platform=OTHER), (WARSHIP, {**BLUE, "party": "RED"})),
        (ship((30.1, 45.02), (30.0, 45.02), step=31, platform=OTHER), (WARSHIP, BLUE)),  # a silence
    ],
    ids=["later", "far", "nobody's", "own", "silent"],
)
def test_what_is_not_near_or_not_theirs_is_no_finding(tmp_path, theirs, platforms):
    mine = ship((30.0, 45.0), (30.1, 45.0), step=20)
    assert meet(tmp_path, mine, theirs, platforms=platforms) == []


def test_others_and_of(tmp_path):
    mine, theirs = ship((30.0, 45.0)), ship((30.01, 45.0), platform=OTHER)
    assert len(meet(tmp_path, mine, theirs, clause=TO_BLUE.replace('"BLUE"', '"others"'))) == 1
    warships = with_keys('of = ["warship"]', TO_BLUE)
    assert meet(tmp_path, mine, theirs, clause=warships) == []
    assert len(meet(tmp_path, mine, theirs, clause=warships, platforms=(WARSHIP, {**BLUE, "category": "warship"}))) == 1


def test_a_radar_echo_of_their_ship_is_no_ship_near_it(tmp_path):
    theirs = ship((30.0, 45.0), (30.01, 45.0), (30.02, 45.0), step=1, platform=OTHER)
    echo = ship((30.0, 45.001), (30.01, 45.001), (30.02, 45.001), step=1, platform="track:radar:7", source="radar")
    assert meet(tmp_path, theirs, echo, sources=(AIS, RADAR)) == []


def test_meeting_across_the_antimeridian(tmp_path):
    (found,) = meet(tmp_path, ship((179.99, 0.0)), ship((-179.99, 0.0), platform=OTHER))
    assert found.measured == pytest.approx(WGS84.inv(179.99, 0.0, -179.99, 0.0)[2], rel=1e-6)


# --- properties -------------------------------------------------------------------------------

degree = st.floats(-0.3, 0.3)


@settings(max_examples=40, deadline=None)
@given(degree, degree, degree, degree, st.sampled_from([0.0, 45.0, -60.0, 70.0]))
def test_the_nearest_of_a_line_is_within_a_thousandth_of_the_densest_sampling(x, y, dx, dy, lat):
    if abs(dx) + abs(dy) < 0.01:
        return
    target = line([[20.0, lat], [20.0 + dx, lat + dy]])
    share = np.linspace(0, 1, 4001)
    true = WGS84.inv(
        np.full(4001, 20.0 + x), np.full(4001, lat + y), 20.0 + share * dx, lat + share * dy
    )[2].min()  # fmt: skip
    found = distances_m(target, np.array([20.0 + x]), np.array([lat + y]))[0]
    assert found == pytest.approx(true, rel=1e-3, abs=20.0)


@settings(max_examples=40, deadline=None)
@given(degree, degree, degree, degree)
def test_a_way_is_never_farther_than_its_ends(ax, ay, bx, by):
    target = line([[20.0, 45.0], [20.1, 45.1]])
    way = np.array([[20.0 + ax, 45.0 + ay, 20.0 + bx, 45.0 + by]])
    metres, share = measure_approach(target, way)
    ends = distances_m(target, way[0, ::2], way[0, 1::2])
    assert metres[0] <= ends.min() * (1 + 1e-3) + 1e-6
    assert 0 <= share[0] <= 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(degree, degree), min_size=2, max_size=5),
    st.lists(st.tuples(degree, degree), min_size=2, max_size=5),
)
def test_two_tracks_meet_when_sampling_says_so(mine, theirs):
    minute = 60_000_000
    one, other = (
        (np.arange(len(track)) * 10 * minute, 30 + np.array(track)[:, 0], 45 + np.array(track)[:, 1])
        for track in (mine, theirs)
    )
    times = np.arange(0, min(one[0][-1], other[0][-1]) + 1, minute / 10)
    at_times = [(np.interp(times, p[0], p[1]), np.interp(times, p[0], p[2])) for p in (one, other)]
    metres = np.asarray(WGS84.inv(*at_times[0], *at_times[1])[2])
    meetings = list(find_meetings(one, other, 5000.0, 30 * minute))
    for time, apart in zip(times, metres, strict=True):
        near = any(m.start - 1 <= time <= m.end + 1 for m in meetings)
        if abs(apart - 5000) > 60:
            assert near == (apart < 5000)
