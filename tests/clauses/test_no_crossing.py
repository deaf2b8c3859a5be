"""No crossing: when a track crosses a line or an edge, and when it only touches it."""

from datetime import timedelta

import numpy as np
import pytest
from by_hand import HEAD, at, event, pings
from hypothesis import given, settings
from hypothesis import strategies as st
from position_cases import AIS, RADAR, SHIP, WARSHIP, look, ship
from shapely import LineString, Point

from truceline.clauses import KINDS
from truceline.model import UNDETERMINED
from truceline.tracks.crossings import find_crossings, list_edges

LINE = """
```line front
along = [[30.0, 45.0], [31.0, 45.0]]
```
"""
CLAUSE = (
    LINE
    + """
```clause c
kind = "no-crossing"
binds = ["RED", "BLUE"]
line = "front"
platforms = ["warship"]
```
"""
)
EDGE = CLAUSE.replace('line = "front"', 'zone = "strait"')
S, ON, N = 44.98, 45.0, 45.02


def with_keys(text, clause=CLAUSE):
    return clause.replace("platforms", text + "\nplatforms")


@pytest.mark.parametrize(
    ("places", "minutes"),
    [
        ((S, S), []),
        ((S, N), [5]),
        ((N, S), [5]),
        ((S, ON, S), []),
        ((N, ON, N), []),
        ((S, ON, N), [10]),
        ((N, ON, S), [10]),
        ((S, ON), []),
        ((ON, N), []),
        ((ON,), []),
        ((S,), []),
        ((S, N, S), [5, 15]),
        (((30.4, S), (30.5, ON), (30.6, ON), (30.7, S)), []),
        (((30.4, S), (30.5, ON), (30.6, ON), (30.7, N)), [10]),
        (((29.9, S), (29.9, N)), []),  # past the end of the line
        (((30.0, S), (30.0, N)), [5]),  # through its very end
        (((31.0, N), (31.0, S)), [5]),
        ((S, np.nan, N), [10]),
        (((29.9, 45.0), (31.1, 45.0)), []),  # along it
    ],
)
def test_a_track_crosses_touches_or_stays_away(tmp_path, places, minutes):
    found = look(tmp_path, CLAUSE, ship(*places))
    assert [(f.span.start - at("06-01 12:00")) / timedelta(minutes=1) for f in found] == minutes
    assert all((f.kind, f.span.start, f.party) == ("crossing", f.span.end, "RED") for f in found)


PEAK = CLAUSE.replace("[[30.0, 45.0], [31.0, 45.0]]", "[[30.0, 45.0], [30.5, 45.2], [31.0, 45.0]]")


@pytest.mark.parametrize("few", [1_000, 0])  # looked at one by one, and chosen by the kernels
@pytest.mark.parametrize(
    ("places", "minutes"),
    [
        (((30.3, 45.3), (30.5, 45.2), (30.7, 45.3)), []),  # touches the corner from above
        (((30.4, 45.0), (30.5, 45.2), (30.6, 45.0)), []),  # and from below
        (((30.4, 45.2), (30.6, 45.2)), []),  # touches it between two positions
        (((30.5, 45.3), (30.5, 45.1)), [5]),  # through it between two positions
        (((30.5, 45.3), (30.5, 45.2), (30.5, 45.1)), [10]),  # and with one on it
        (((30.2, 45.3), (30.25, 45.1), (30.5, 45.2), (30.75, 45.1), (30.8, 45.3)), []),  # along it over the corner
        (((30.2, 45.3), (30.25, 45.1), (30.5, 45.2), (30.75, 45.1), (30.7, 45.0)), [30]),  # leaves on the other side
    ],
)
def test_a_corner_of_the_line_is_touched_or_crossed_once(tmp_path, monkeypatch, few, places, minutes):
    monkeypatch.setattr("truceline.tracks.crossings._FEW", few)
    found = look(tmp_path, PEAK, ship(*places))
    assert [round((f.span.start - at("06-01 12:00")) / timedelta(minutes=1)) for f in found] == minutes


def test_between_two_positions_time_and_place_are_in_proportion(tmp_path):
    (found,) = look(tmp_path, CLAUSE, ship((30.50, 44.99), (30.54, 45.03)))
    assert found.span.start == at("06-01 12:00") + timedelta(minutes=2, seconds=30)
    assert (found.lon, found.lat) == (pytest.approx(30.51), pytest.approx(45.0))
    assert found.measured == pytest.approx(3333, rel=0.01)
    assert "the line to its left" in found.text
    assert len(found.rows) == 2


@pytest.mark.parametrize("turned", [False, True])
def test_over_a_silence_nobody_knows_when(tmp_path, turned):
    places = (N, S) if turned else (S, N)
    (found,) = look(tmp_path, CLAUSE, ship(*places, step=31))
    assert (found.span.start, found.span.end) == (at("06-01 12:00"), at("06-01 12:31"))
    assert any("silence of 0.5 h" in doubt for doubt in found.doubts)
    assert not found.indicator


def test_across_a_zone_in_a_silence_it_is_a_hint(tmp_path):
    found = look(tmp_path, EDGE, ship((29.9, 45.5), (31.1, 45.5), step=300))
    assert len(found) == 2
    assert all(f.indicator for f in found)


def test_the_edge_of_a_zone_is_crossed_in_and_out(tmp_path):
    found = look(tmp_path, EDGE, ship((30.5, S), (30.5, N), (30.5, S)))
    assert [("into" in f.text, "out of" in f.text) for f in found] == [(True, False), (False, True)]
    assert look(tmp_path, EDGE, ship((30.5, S), (30.5, ON), (30.5, S))) == []
    assert len(look(tmp_path, EDGE, ship((30.5, S), (30.5, ON), (30.5, N)))) == 1
    corner = look(tmp_path, EDGE, ship((29.99, 45.01), (30.01, 44.99)))  # past the corner of the zone
    assert corner == []


@pytest.mark.parametrize(("towards", "count"), [("left", 1), ("right", 1)])
def test_only_one_way_may_count(tmp_path, towards, count):
    assert len(look(tmp_path, with_keys(f'towards = "{towards}"'), ship(S, N, S))) == count
    (found,) = look(tmp_path, with_keys('towards = { RED = "left", BLUE = "right" }'), ship(S, N, S))
    assert found.span.start == at("06-01 12:05")


def test_a_line_may_differ_by_party(tmp_path):
    two = CLAUSE.replace('line = "front"', 'line = { RED = "front", BLUE = "old" }').replace(
        "```clause", "```line old\nalong = [[30.0, 45.5], [31.0, 45.5]]\n```\n\n```clause"
    )
    (red,) = look(tmp_path, two, ship(44.98, 45.02, 45.3, 45.49, 45.51))
    assert red.lat == pytest.approx(45.0)
    assert look(tmp_path, two, ship(S, N), [{**WARSHIP, "party": "BLUE"}]) == []
    (nobody,) = look(tmp_path, two, ship(S, N), [{**WARSHIP, "party": None}])
    assert (nobody.party, nobody.indicator) == (UNDETERMINED, True)


def test_a_zone_limits_where_a_line_counts(tmp_path):
    part = with_keys('zone = "strait"').replace("[31.0, 45.0]]", "[32.0, 45.0]]")
    assert len(look(tmp_path, part, ship((30.5, S), (30.5, N)))) == 1
    assert look(tmp_path, part, ship((31.5, S), (31.5, N))) == []


def test_margin_persistence_and_hours(tmp_path):
    assert look(tmp_path, with_keys('margin = "3 km"'), ship(S, N, S)) == []
    assert len(look(tmp_path, with_keys('margin = "2 km"'), ship(S, N, S))) == 2
    assert look(tmp_path, with_keys('persistence = "15 min"\ntowards = "left"'), ship(S, N, S)) == []
    (stayed,) = look(tmp_path, with_keys('persistence = "15 min"'), ship(S, N, N, N))
    assert not stayed.indicator
    (unsure,) = look(tmp_path, with_keys('persistence = "15 min"'), ship(S, N))
    assert unsure.indicator
    assert look(tmp_path, with_keys('hours = ["22:00", "06:00"]'), ship(S, N)) == []
    assert len(look(tmp_path, with_keys('hours = ["12:00", "13:00"]'), ship(S, N))) == 1


def test_less_beyond_than_its_accuracy_is_within_the_measurement_error(tmp_path):
    (found,) = look(tmp_path, CLAUSE, ship(S, 45.001, accuracy_m=300.0))
    assert found.place_uncertain
    assert any("within the measurement error" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(("minute", "count"), [(55, 0), (56, 1)])
def test_a_crossing_counts_from_the_instant_of_21_utc(tmp_path, minute, count):
    """The truce begins at 21:00Z; the crossing is five minutes after the first position."""
    head = HEAD.replace("06-01T00:00Z", "06-02T00:00 Europe/Kyiv")
    track = [(f"06-01 20:{minute - 1}", 30.5, S), (f"06-01 21:{minute - 51:02}", 30.5, N)]
    assert len(look(tmp_path, CLAUSE, pings(SHIP, track), head=head)) == count


def test_over_midnight(tmp_path):
    (found,) = look(tmp_path, CLAUSE, ship(S, N, start=715))
    assert found.span.start == at("06-02 00:00")


def test_unsorted_and_duplicate_positions_give_the_same(tmp_path):
    rows = ship(S, N, N)
    (once,) = look(tmp_path, CLAUSE, rows)
    (again,) = look(tmp_path, CLAUSE, [*reversed(rows), *rows])
    assert (once.id, once.span) == (again.id, again.span)


def test_two_places_at_one_instant_are_a_doubtful_crossing(tmp_path):
    twice = pings(SHIP, [("06-01 12:00", 30.5, 44.9), ("06-01 12:00", 30.5, 45.1)])
    (found,) = look(tmp_path, CLAUSE, twice)
    assert any("doubtful jump" in doubt for doubt in found.doubts)


def test_across_the_antimeridian(tmp_path):
    line = CLAUSE.replace("[[30.0, 45.0], [31.0, 45.0]]", "[[179.0, 45.0], [-179.0, 45.0]]")
    (found,) = look(tmp_path, line, ship((179.95, S), (-179.95, N)))
    assert abs(found.lon) == pytest.approx(180.0)
    upright = CLAUSE.replace("[[30.0, 45.0], [31.0, 45.0]]", "[[-179.98, 44.0], [-179.98, 46.0]]")
    assert len(look(tmp_path, upright, ship((179.95, S), (-179.95, N)))) == 1
    zone = EDGE.replace(
        "```clause",
        "```zone belt\npolygon = [[179.0, 44.0], [-179.0, 44.0], [-179.0, 46.0], [179.0, 46.0]]\n```\n\n```clause",
    )
    inside = zone.replace('zone = "strait"', 'zone = "belt"')
    assert look(tmp_path, inside, ship((179.95, S), (-179.95, N))) == []  # the cut along it is no edge


def test_an_anonymous_track_is_nobodys_and_a_fit_gives_it_a_name(tmp_path):
    track = ship(44.99, 45.005, 45.02, step=5, platform="track:radar:7", source="radar")
    (alone,) = look(tmp_path, CLAUSE, track, sources=[RADAR])
    assert alone.party == UNDETERMINED
    both = look(tmp_path, CLAUSE, [*track, *ship(44.99, 45.005, 45.02, step=5)], sources=[AIS, RADAR])
    assert {(f.source, f.party) for f in both} == {("ais", "RED"), ("radar", "RED")}
    cargo = {**WARSHIP, "category": "cargo"}
    assert look(tmp_path, CLAUSE, [*track, *ship(44.99, 45.005, 45.02, step=5)], [cargo], [AIS, RADAR]) == []


def test_an_exception_excuses_what_came_after_it(tmp_path):
    rescue = CLAUSE + '\n```exception rescue\nof = "c"\nrequires = ["distress-call"]\n```\n'
    called = event("determination", "06-01 12:01", actor="council", object="distress-call")
    (excused,) = look(tmp_path, rescue, ship(S, N), events=[called])
    assert excused.excused_by == "rescue"
    (not_excused,) = look(tmp_path, rescue, ship(S, N))
    assert not_excused.excused_by is None
    assert 'no "distress-call" before it' in not_excused.text


def test_what_the_kind_says_of_itself():
    assert set(KINDS["no-crossing"].keys) == {"platforms", "hours", "line", "towards"}


coordinate = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=10))
def test_crossings_of_a_ring_alternate_and_agree_with_where_the_track_is(track):
    """From strictly outside to strictly inside is an odd number of crossings, whatever lies between."""
    ring = LineString([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
    square = ring.envelope
    lon, lat = np.array(track).T
    joined = np.ones(len(lon), dtype=bool)
    joined[0] = False
    found = find_crossings(lon, lat, joined, list_edges(square))
    places = [0 if ring.intersects(Point(p)) else 1 if square.contains(Point(p)) else -1 for p in track]
    if places[0] and places[-1]:  # neither begins nor ends on the ring
        assert len(found) % 2 == (places[0] != places[-1])
    assert all(a != b for a, b in zip(found.side, found.side[1:], strict=False))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=10))
def test_backwards_it_crosses_as_often(track):
    lon, lat = np.array(track).T
    joined = np.ones(len(lon), dtype=bool)
    joined[0] = False
    edges = list_edges(LineString([(-1, 0), (0, 0.5), (1, 0)]))
    there = find_crossings(lon, lat, joined, edges)
    back = find_crossings(lon[::-1].copy(), lat[::-1].copy(), joined, edges)
    assert len(there) == len(back)
    assert sorted(there.side) == sorted(-back.side)
