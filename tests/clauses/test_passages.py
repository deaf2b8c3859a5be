"""Passages: what is said of a zone crossed between two positions of which neither lies in it."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely
from by_hand import HEAD, agree, at, pings
from hypothesis import given, settings
from hypothesis import strategies as st
from position_cases import AIS, RADAR, SHIP, WARSHIP, legs, look, ship
from pyproj import Geod

from truceline.assessment.incidents import fuse
from truceline.clauses.episodes import NO_ALTITUDE
from truceline.clauses.passages import BETWEEN, MAY_NOT, TOO_FAST
from truceline.kernels import ZoneIndex, find_stays
from truceline.model import UNDETERMINED, Status

GEOD = Geod(ellps="WGS84")
ZONE = """
```zone strip
polygon = [[30.0, 45.00], [31.0, 45.00], [31.0, 45.02], [30.0, 45.02], [30.0, 45.00]]
```
"""
CLAUSE = """
```clause c
kind = "no-entry"
binds = ["RED"]
zone = "strip"
platforms = ["warship"]
```
"""
NORTH = (44.97, 44.99, 45.03, 45.05)  # over the strip, 2.2 km wide, at 14 kn


def strip(keys="", zone=ZONE):
    return zone + CLAUSE.replace("platforms", keys + "\nplatforms")


def cross(*lats, step=10, **more):
    return ship(*(lats or NORTH), step=step, **more)


def test_a_zone_crossed_between_two_positions_is_a_finding_of_its_own_kind(tmp_path):
    (found,) = look(tmp_path, strip(), cross())
    assert (found.kind, found.party, found.platform) == ("passage", "RED", SHIP)
    assert (found.span.start, found.span.end) == (at("06-01 12:12:30"), at("06-01 12:17:30"))
    assert (found.lon, found.lat) == (30.5, pytest.approx(45.01, abs=1e-4))
    assert found.measured == pytest.approx(GEOD.inv(30.5, 45.01, 30.5, 45.0)[2], rel=1e-3)
    assert found.radius_m == pytest.approx(found.measured, rel=1e-2)
    assert (found.indicator, found.place_uncertain, found.doubts) == (False, False, (BETWEEN,))
    assert len(found.rows) == 2
    assert "600 s apart, from 2025-06-01T12:12:30Z to 2025-06-01T12:17:30Z, up to 1111 m inside" in found.text


HINT, SHOWN = True, False


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(cross(), [SHOWN], id="between two positions"),
        pytest.param(cross(start=695), [SHOWN], id="across midnight"),
        pytest.param(cross(44.97, 44.99, 45.01, 45.03, 45.05), ["entry"], id="with a position inside: the stay alone"),
        pytest.param(cross(44.97, 44.99, 45.00, 45.05), ["entry"], id="with a position on the edge"),
        pytest.param(cross(44.97, 44.99, 44.98), [], id="beside it"),
        pytest.param(ship((29.98, 45.00), (30.02, 44.96)), [], id="clear of the corner"),
        pytest.param(ship((29.99, 45.01), (30.01, 44.99)), [], id="touching the corner"),
        pytest.param(ship((29.957, 45.0026), (30.09761, 44.994098)), [], id="touching it, but for rounding"),
        pytest.param(ship((29.98, 45.0), (31.02, 45.0)), [HINT], id="along the edge"),
        pytest.param(cross(speed_kn=14.4), [SHOWN], id="at the speed that it reports"),
        pytest.param(cross(speed_kn=25.0), [HINT], id="at half the speed that it reports"),
        pytest.param(cross(44.99, 45.03), [HINT], id="two positions, and nothing else known of it"),
        pytest.param(cross(44.99, 45.03, speed_kn=14.0), [SHOWN], id="two positions and a speed"),
        pytest.param(cross(accuracy_m=50.0), [SHOWN], id="accurate"),
        pytest.param(cross(accuracy_m=5_000.0), [HINT], id="a zone smaller than the error of its positions"),
        pytest.param(cross(44.99, 45.03, step=30, speed_kn=4.7), [SHOWN], id="30 min apart"),
        pytest.param(cross(44.99, 45.03, step=31, speed_kn=5.0), [], id="31 min apart: a silence"),
        pytest.param(cross(44.9, 44.96, 45.06, 45.12, step=30), [HINT], id="a long way past a narrow zone"),
        pytest.param(cross(43.0, 47.0, step=5), [HINT], id="a jump"),
        pytest.param(
            cross(43.0, 43.01, 47.0, 43.03, 43.04, step=5), [], id="a jump over it and back: the odd one is false"
        ),
        pytest.param(
            cross(44.97, 44.99, 43.0, 45.03, 45.05, step=5), [SHOWN], id="crossed, with a false position between"
        ),
        pytest.param(cross(43.0, 47.0, 43.01, 47.01, 43.02, 47.02, 43.03, step=5), [HINT] * 6, id="in two places"),
        pytest.param(cross(44.99, 45.03, step=0), [], id="two places at one time"),
        pytest.param(cross(44.99, np.nan, 45.03, speed_kn=7.0), [SHOWN], id="over a position that is none"),
        pytest.param(cross(44.97, 44.99, 45.03, 44.99, 44.97), [SHOWN, SHOWN], id="there and back"),
        pytest.param([], [], id="nobody"),
    ],
)
def test_the_table_of_cases(tmp_path, rows, expected):
    found = look(tmp_path, strip(), rows)
    assert [one.kind if one.kind == "entry" else one.indicator for one in found] == expected
    assert all(BETWEEN in one.doubts for one in found if one.kind == "passage")


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        (520, []),  # all of it before 21:00Z
        (531, []),  # from 20:53:30 to 20:58:30, and the next position at 21:01
        (535, [MAY_NOT]),  # from 20:57:30 to 21:02:30
        (540, [BETWEEN]),  # the way begins with the truce
    ],
)
def test_at_the_edge_of_a_truce_at_21_utc(tmp_path, minute, expected):
    head = HEAD.replace("06-01T00:00Z", "06-02T00:00 Europe/Kyiv").replace("06-04T00:00Z", "06-04T00:00 Europe/Kyiv")
    found = look(tmp_path, strip(), cross(44.99, 45.03, start=minute, speed_kn=14.4), head=head)
    assert [one.doubts[0] for one in found] == expected
    assert all(one.indicator == (MAY_NOT in one.doubts) for one in found)
    assert all(one.span.start >= at("06-01 21:00") for one in found)


def test_at_the_end_of_a_truce_nothing_is_said_of_what_comes_after_it(tmp_path):
    head = HEAD.replace("06-04T00:00Z", "06-01T21:00Z")
    (found,) = look(tmp_path, strip(), cross(44.99, 45.03, start=535, speed_kn=14.4), head=head)
    assert (found.span.start, found.span.end) == (at("06-01 20:57:30"), at("06-01 21:00"))
    assert (found.indicator, found.edge_uncertain) == (True, False)
    assert look(tmp_path, strip(), cross(44.99, 45.03, start=540, speed_kn=14.4), head=head) == []


PACIFIC = """
```zone strip
polygon = [[179.98, 51.0], [-179.98, 51.0], [-179.98, 52.0], [179.98, 52.0]]
```
"""


@pytest.mark.parametrize("lons", [(179.93, 179.96, -179.96, -179.93), (-179.93, -179.96, 179.96, 179.93)])
def test_across_the_antimeridian_it_is_one_passage_and_the_cut_is_no_edge(tmp_path, lons):
    (found,) = look(tmp_path, strip(zone=PACIFIC), ship(*((lon, 51.5) for lon in lons)))
    assert (found.span.start, found.span.end) == (at("06-01 12:12:30"), at("06-01 12:17:30"))
    assert abs(found.lon) == pytest.approx(180.0, abs=1e-3)
    assert found.measured == pytest.approx(GEOD.inv(180.0, 51.5, 179.98, 51.5)[2], rel=1e-2)
    assert not found.indicator


def test_a_jump_bears_its_doubts_and_no_times_are_worked_out_of_it(tmp_path):
    (found,) = look(tmp_path, strip(), cross(42.99, 43.0, 47.0, 47.01, step=5))
    assert "a jump between two positions 300 s apart that leads over it" in found.text
    assert TOO_FAST in found.doubts
    assert any("doubtful jump" in doubt for doubt in found.doubts)


def test_a_margin_is_taken_off_the_depth_and_persistence_asks_for_the_time_of_the_way_inside(tmp_path):
    (found,) = look(tmp_path, strip('margin = "50 m"'), cross())
    assert (found.limit, found.margin) == (50.0, pytest.approx(1061, abs=2))
    assert not found.indicator
    (unsure,) = look(tmp_path, strip('margin = "500 m"'), cross())  # 611 m beyond, and it may have strayed 1,019 m
    assert (unsure.indicator, unsure.place_uncertain) == (True, True)
    assert "it may have passed: 611 m beyond, and its place is known to 1019 m" in unsure.doubts
    (short,) = look(tmp_path, strip('margin = "1200 m"'), cross())
    assert (short.indicator, short.margin) == (True, pytest.approx(-89, abs=1))
    assert look(tmp_path, strip('margin = "3 km"'), cross()) == []
    assert look(tmp_path, strip('persistence = "6 min"'), cross()) == []
    (brief,) = look(tmp_path, strip('persistence = "5 min"'), cross())  # at its fastest it was through in 4.5 min
    assert brief.indicator
    (lasting,) = look(tmp_path, strip('persistence = "4 min"'), cross())
    assert not lasting.indicator


def test_hours_begin_and_end_between_two_positions(tmp_path):
    inside = look(tmp_path, strip('hours = ["12:00", "13:00"]'), cross())
    assert [one.indicator for one in inside] == [False]
    assert look(tmp_path, strip('hours = ["12:18", "13:00"]'), cross()) == []
    (cut,) = look(tmp_path, strip('hours = ["12:15", "13:00"]'), cross())
    assert (cut.span.start, cut.span.end) == (at("06-01 12:15"), at("06-01 12:17:30"))
    assert MAY_NOT in cut.doubts
    berthed = look(tmp_path, strip('hours = ["12:04", "12:06"]'), cross(45.01, 45.01))  # in hours shorter than the way
    assert [(one.span.start, one.span.end) for one in berthed] == [(at("06-01 12:04"), at("06-01 12:06"))]


FLIGHT = "icao:4baac6"
JET = {"platform": FLIGHT, "kind": "aircraft", "category": "military-aircraft", "party": "RED"}
AIR = (ZONE.replace("```zone strip", '```zone strip\naltitude = ["0 m", "3000 m"]') + CLAUSE).replace(
    '"warship"', '"military-aircraft"'
)


@pytest.mark.parametrize(
    ("lats", "heights", "expected"),
    [
        ((44.99, 45.03), (1000.0, 3000.0), [BETWEEN]),
        ((44.99, 45.03), (3500.0, 3001.0), []),
        ((44.99, 45.03), (4000.0, 2000.0), [MAY_NOT]),  # at 3,000 m in the middle of the way
        ((44.99, 45.03), (9000.0, 2000.0), []),  # above the band until it is out of the zone
        ((45.005, 45.015), (3500.0, -500.0), [MAY_NOT]),  # through the band, over the zone all the time
        ((44.99, 45.03), (None, 2000.0), [NO_ALTITUDE]),
        ((44.99, 45.03), (None, None), [NO_ALTITUDE]),
        ((44.99, 45.03), (None, 9000.0), []),
    ],
)
def test_a_band_of_altitude_and_heights_that_nobody_knows(tmp_path, lats, heights, expected):
    rows = pings(FLIGHT, [("06-01 12:00:00", 30.5, lats[0]), ("06-01 12:01:00", 30.5, lats[1])], speed_kn=145.0)
    rows = [{**row, "altitude_m": height} for row, height in zip(rows, heights, strict=True)]
    found = look(tmp_path, AIR, rows, [JET])
    assert len(found) == len(expected)
    assert all(doubt in one.doubts for one, doubt in zip(found, expected, strict=True))
    assert [one.indicator for one in found] == [doubt == MAY_NOT for doubt in expected]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, [("RED", False)]),
        ({"party": None, "flag": "RED"}, [(UNDETERMINED, False)]),
        ({"category": "cargo"}, []),
        ({"category": None, "party": None}, [(UNDETERMINED, True)]),
        ({"party": "BLUE"}, []),  # not bound
    ],
)
def test_whose_it_is_goes_by_the_rules_of_stays(tmp_path, known, expected):
    found = look(tmp_path, strip(), cross(), [{**WARSHIP, **known}])
    assert [(one.party, one.indicator) for one in found] == expected


def test_an_anonymous_passage_that_a_cargo_ship_explains_is_none(tmp_path):
    radar = cross(platform="track:radar:7", source="radar", lon=30.501)
    cargo = ship(*np.linspace(44.97, 45.05, 31).tolist(), step=1)
    (alone,) = look(tmp_path, strip(), radar, [], [RADAR])
    assert alone.party == UNDETERMINED
    assert look(tmp_path, strip(), [*radar, *cargo], [{**WARSHIP, "category": "cargo"}], [AIS, RADAR]) == []


def test_alone_it_is_alleged_and_with_a_stay_of_another_origin_it_is_one_incident(tmp_path):
    passage = look(tmp_path, strip(), cross())
    (alone,) = fuse(passage, agree(tmp_path, strip()), [], at("06-05 00:00"))
    assert alone.status is Status.ALLEGED
    lats = np.linspace(44.99, 45.03, 5).tolist()
    radar = cross(*lats, step=1, start=4, platform="track:radar:7", source="radar")
    both = look(tmp_path, strip(), [*cross(step=4), *radar], sources=[AIS, RADAR])
    assert sorted(one.kind for one in both) == ["entry", "passage"]
    assert {one.platform for one in both} == {SHIP}
    assert len(fuse(both, agree(tmp_path, strip()), [], at("06-05 00:00"))) == 1


def test_the_order_of_rows_and_what_others_do_make_no_difference(tmp_path):
    (once,) = look(tmp_path, strip(), cross())
    (again,) = look(tmp_path, strip(), [*reversed(cross()), *cross(43.0, 43.1, platform="mmsi:200000003")])
    assert once.id == again.id


# --- out of a zone ----------------------------------------------------------------------------

BAY = """
```zone strip
polygon = [[30.0, 45.0], [31.0, 45.0], [31.0, 45.1], [30.52, 45.1],
           [30.52, 45.03], [30.48, 45.03], [30.48, 45.1], [30.0, 45.1]]
```
"""
STAY = CLAUSE.replace("no-entry", "no-exit")


def over_the_bay(*places, zone=BAY, **more):
    return zone + STAY, ship(*places, **more)


def test_out_of_the_zone_and_back_between_two_positions_is_an_exit(tmp_path):
    clause, rows = over_the_bay((30.44, 45.09), (30.46, 45.09), (30.54, 45.09), (30.56, 45.09))
    (found,) = look(tmp_path, clause, rows)
    assert (found.kind, found.party) == ("passage", "RED")
    assert (found.span.start, found.span.end) == (at("06-01 12:12:30"), at("06-01 12:17:30"))
    assert found.measured == pytest.approx(GEOD.inv(30.5, 45.09, 30.5, 45.1)[2], rel=0.5)
    assert BETWEEN in found.doubts
    assert "outside on the straight way" in found.text


@pytest.mark.parametrize(
    "places",
    [
        ((30.44, 45.01), (30.46, 45.01), (30.54, 45.01)),  # past the bay
        ((30.46, 45.03), (30.54, 45.03)),  # along its head: the zone is closed
        ((30.46, 45.09), (30.1, 45.09)),
    ],
)
def test_a_way_that_stays_inside_is_no_exit(tmp_path, places):
    assert look(tmp_path, *over_the_bay(*places)) == []


def test_a_zone_across_the_antimeridian_is_not_left_at_the_cut(tmp_path):
    clause, rows = over_the_bay((179.99, 51.5), (-179.99, 51.5), (179.985, 51.6), zone=PACIFIC)
    assert look(tmp_path, clause, rows) == []


# --- against the kernels, and against other ways ----------------------------------------------

HORNS = [[30.0, 45.0], [30.1, 45.0], [30.1, 45.1], [30.07, 45.1], [30.05, 45.03], [30.03, 45.1], [30.0, 45.1]]
AREA = f"\n```zone strip\npolygon = {HORNS}\n```\n"
NEAR = st.tuples(st.integers(-10, 20).map(lambda n: 30 + n / 100), st.integers(-10, 20).map(lambda n: 45 + n / 100))


@settings(max_examples=40, deadline=None)
@given(places=st.lists(NEAR, min_size=2, max_size=6))
def test_passages_are_the_stays_of_the_kernel_that_have_no_ping(tmp_path_factory, places):
    found = look(tmp_path_factory.mktemp("case"), strip(zone=AREA), ship(*places, step=20))
    mine = [(one.span.start, one.span.end) for one in found if one.kind == "passage"]
    micros = [at(time).timestamp() * 1e6 for time, _, _ in legs(*places, step=20)]
    lon, lat = np.array(places).T
    index = ZoneIndex([shapely.Polygon(HORNS)])
    stays = find_stays(index, np.zeros(len(lon), int), np.array(micros, dtype=np.int64), lon, lat).episodes
    inside = index.masks(lon, lat).holds(0)
    ways = {}
    for stay in stays[stays["leave_us"] - stays["enter_us"] > 1_000]:
        way = int(np.searchsorted(micros, stay["enter_us"], side="right")) - 1
        if not (inside[way] or inside[way + 1]):
            ways[way] = (*ways.get(way, (stay["enter_us"],))[:1], stay["leave_us"])
    theirs = [
        tuple(at("06-01 12:00") + timedelta(microseconds=int(t) - micros[0]) for t in ways[w]) for w in sorted(ways)
    ]
    apart = [abs(a - b) for one, other in zip(mine, theirs, strict=True) for a, b in zip(one, other, strict=True)]
    assert all(each < timedelta(milliseconds=1) for each in apart)


@settings(max_examples=60, deadline=None)
@given(
    start=st.floats(-0.03, -0.001), end=st.floats(0.021, 0.05), east=st.floats(-0.03, 0.03), knots=st.floats(1, 30),
    turn=st.floats(0.05, 0.95), aside=st.floats(-1, 1),
)  # fmt: skip
def test_where_a_passage_is_shown_no_way_at_its_speed_leads_past_the_zone(
    tmp_path_factory, start, end, east, knots, turn, aside
):
    box = shapely.box(30.48, 45.0, 30.52, 45.02)
    zone = f"\n```zone strip\npolygon = {[list(map(float, c)) for c in box.exterior.coords]}\n```\n"
    a, b = (30.5 - east, 45 + start), (30.5 + east, 45 + end)
    found = look(tmp_path_factory.mktemp("case"), strip(zone=zone), ship(a, b, speed_kn=knots))
    assert len(found) == 1
    most = 1.1 * max(knots * 1852 / 3600 * 600, GEOD.inv(*a, *b)[2]) * 0.995  # what a plane and the globe differ by
    middle = np.array(a) + turn * np.subtract(b, a)
    side = np.array([end - start, -2 * east]) * aside * 3
    legal = [t for t in np.linspace(0, 1, 101) if _length(a, tuple(middle + t * side), b) <= most]
    dodge = [a, tuple(middle + legal[-1] * side), b] if legal else [a, b]
    if not found[0].indicator:
        assert shapely.LineString(dodge).intersects(box)


def _length(*places):
    return sum(GEOD.inv(*one, *other)[2] for one, other in pairwise(places))
