"""No exit: which positions outside are findings, of whom, from when."""

import numpy as np
import pytest
from by_hand import HEAD, at, pings, source
from hypothesis import given, settings
from hypothesis import strategies as st
from position_cases import AIS, IN, OUT, RADAR, SHIP, WARSHIP, look, ship
from pyproj import Geod

from truceline.clauses.concern import NO_CATEGORY
from truceline.clauses.episodes import NO_ALTITUDE
from truceline.model import UNDETERMINED

CLAUSE = """
```clause c
kind = "no-exit"
binds = ["RED"]
zone = "strait"
platforms = ["warship"]
```
"""
FAR = 44.8
OTHER_AIS = source("other", "nmea")


def with_keys(text):
    return CLAUSE.replace("platforms", text + "\nplatforms")


@pytest.mark.parametrize(
    ("lats", "spans"),
    [
        ((IN, IN, IN), []),
        ((IN, OUT, OUT, IN), [("12:10", "12:20")]),
        ((OUT,), [("12:00", "12:00")]),  # a single position
        ((IN, 45.0, IN), []),  # on the edge is inside
        ((IN, 45.0), []),
        ((OUT, IN, OUT), [("12:00", "12:00"), ("12:20", "12:20")]),
        ((IN, np.nan, IN), []),
        ((IN, np.nan, OUT), [("12:20", "12:20")]),
    ],
    ids=["inside", "out and back", "single", "touching", "touching at the end", "twice", "NaN", "NaN, then out"],
)
def test_runs_outside_are_findings(tmp_path, lats, spans):
    found = look(tmp_path, CLAUSE, ship(*lats))
    assert [(f.span.start, f.span.end) for f in found] == [(at(f"06-01 {a}"), at(f"06-01 {b}")) for a, b in spans]
    assert {f.kind for f in found} <= {"exit"}


def test_how_far_outside_is_geodesic_and_the_time_of_leaving_is_between_two_positions(tmp_path):
    (found,) = look(tmp_path, CLAUSE, ship(45.1, 44.9, FAR, 44.9))
    true = Geod(ellps="WGS84").inv(30.5, FAR, 30.5, 45.0)[2]
    assert found.measured == pytest.approx(true, rel=1e-3)
    assert (found.unit, found.limit, found.party, found.platform) == ("m", 0.0, "RED", SHIP)
    assert "left at about 2025-06-01T12:05:00Z" in found.text
    assert (found.indicator, found.doubts) == (False, ())


def test_the_order_of_rows_and_duplicates_make_no_difference(tmp_path):
    rows = ship(IN, OUT, 44.9, IN)
    (once,) = look(tmp_path, CLAUSE, rows)
    (again,) = look(tmp_path, CLAUSE, list(reversed(rows)))
    assert once.id == again.id
    (twice,) = look(tmp_path, CLAUSE, [*rows, *ship(IN, OUT, 44.9, IN, source="other")], sources=[AIS, OTHER_AIS])
    assert twice.span == once.span


def test_over_midnight_it_is_one_run(tmp_path):
    (found,) = look(tmp_path, CLAUSE, ship(*[OUT] * 6, start=690, step=10))
    assert (found.span.start, found.span.end) == (at("06-01 23:30"), at("06-02 00:20"))


@pytest.mark.parametrize(
    ("when", "count"), [("06-01 20:59", 0), ("06-01 21:00", 1), ("06-03 20:59", 1), ("06-03 21:00", 0)]
)
def test_the_edges_of_a_truce_at_21_utc_are_half_open(tmp_path, when, count):
    head = HEAD.replace("06-01T00:00Z", "06-02T00:00 Europe/Kyiv").replace("06-04T00:00Z", "06-04T00:00 Europe/Kyiv")
    assert len(look(tmp_path, CLAUSE, pings(SHIP, [(when, 30.5, OUT)]), head=head)) == count


def test_hours_and_persistence_and_margin(tmp_path):
    assert look(tmp_path, with_keys('hours = ["22:00", "06:00"]'), ship(OUT, OUT)) == []
    assert len(look(tmp_path, with_keys('hours = ["12:00", "13:00"]'), ship(OUT, OUT))) == 1
    assert look(tmp_path, with_keys('persistence = "25 min"'), ship(IN, OUT, IN)) == []
    (unsure,) = look(tmp_path, with_keys('persistence = "25 min"'), ship(IN, OUT, OUT, IN))
    assert unsure.indicator
    assert look(tmp_path, with_keys('margin = "10 km"'), ship(IN, OUT, IN)) == []
    (beyond,) = look(tmp_path, with_keys('margin = "5 km"'), ship(IN, OUT, IN))
    assert beyond.margin == pytest.approx(556, abs=5)


def test_a_margin_within_the_measurement_error_is_said(tmp_path):
    (sure,) = look(tmp_path, CLAUSE, ship(IN, 44.999, IN, accuracy_m=50.0))
    assert (sure.place_uncertain, sure.doubts) == (False, ())
    (unsure,) = look(tmp_path, CLAUSE, ship(IN, 44.999, IN, accuracy_m=500.0))
    assert unsure.place_uncertain
    assert any("within the measurement error" in doubt for doubt in unsure.doubts)


@pytest.mark.parametrize(
    ("known", "lats", "expected"),
    [
        ({}, (OUT, OUT), [("RED", False)]),
        ({"party": None}, (OUT, OUT), []),  # whose it is, is not known: it must have come from inside
        ({"party": None, "flag": "RED"}, (IN, OUT), [(UNDETERMINED, False)]),
        ({"category": "cargo"}, (IN, OUT), []),
        ({"category": None, "party": None}, (IN, OUT), [(UNDETERMINED, True)]),
        ({"category": None, "party": None}, (OUT, OUT), []),
        ({"party": "BLUE"}, (IN, OUT), []),  # not bound
    ],
)
def test_whose_it_is_decides_what_is_asked(tmp_path, known, lats, expected):
    found = look(tmp_path, CLAUSE, ship(*lats), [{**WARSHIP, **known}])
    assert [(f.party, f.indicator) for f in found] == expected
    assert all(NO_CATEGORY in f.doubts for f in found if f.indicator)


def test_an_anonymous_track_must_have_come_from_inside_or_be_recognised(tmp_path):
    track = "track:radar:7"
    outside = ship(44.94, 44.95, step=1, platform=track, source="radar")
    assert look(tmp_path, CLAUSE, outside, sources=[RADAR]) == []
    (left,) = look(tmp_path, CLAUSE, ship(45.001, 44.99, step=1, platform=track, source="radar"), sources=[RADAR])
    assert (left.party, left.indicator) == (UNDETERMINED, False)
    both = look(tmp_path, CLAUSE, [*outside, *ship(44.94, 44.95, step=1)], sources=[AIS, RADAR])
    assert {(f.source, f.platform, f.party) for f in both} == {("ais", SHIP, "RED"), ("radar", SHIP, "RED")}


AIR = """
```zone low
polygon = [[30.0, 45.0], [31.0, 45.0], [31.0, 46.0], [30.0, 46.0], [30.0, 45.0]]
altitude = ["0 m", "3000 m"]
```
""" + CLAUSE.replace('"strait"', '"low"').replace('"warship"', '"drone"')


@pytest.mark.parametrize(("altitude", "expected"), [(3000.0, []), (3500.0, [(500.0, False)]), (None, [(0.0, True)])])
def test_a_band_of_altitude_is_closed_and_an_unknown_altitude_is_a_hint(tmp_path, altitude, expected):
    drone = {"platform": "icao:4baac6", "kind": "aircraft", "category": "drone", "party": "RED"}
    found = look(tmp_path, AIR, ship(IN, platform="icao:4baac6", altitude_m=altitude), [drone])
    assert [(f.measured, f.indicator) for f in found] == expected
    assert all(NO_ALTITUDE in f.doubts for f in found if f.indicator)


PACIFIC = """
```zone dateline
polygon = [[179.0, 51.0], [-179.0, 51.0], [-179.0, 52.0], [179.0, 52.0]]
```
""" + CLAUSE.replace('"strait"', '"dateline"')


def test_a_zone_across_the_antimeridian(tmp_path):
    assert look(tmp_path, PACIFIC, ship((179.9, 51.5), (180.0, 51.5), (-180.0, 51.5), (-179.9, 51.5))) == []
    (found,) = look(tmp_path, PACIFIC, ship((179.9, 51.5), (-179.9, 51.5), (-178.9, 51.5)))
    assert found.measured == pytest.approx(Geod(ellps="WGS84").inv(-178.9, 51.5, -179.0, 51.5)[2], rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(lats=st.lists(st.sampled_from([44.5, OUT, 45.0, IN, 45.5]), min_size=1, max_size=8))
def test_every_position_outside_is_in_exactly_one_finding(tmp_path_factory, lats):
    found = look(tmp_path_factory.mktemp("case"), CLAUSE, ship(*lats))
    rows = [row for f in found for row in f.rows]
    assert len(rows) == len(set(rows)) == sum(lat < 45.0 for lat in lats)
