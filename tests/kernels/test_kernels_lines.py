"""When did each platform cross which line, and which way?"""

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Polygon

from truceline.errors import FormError
from truceline.kernels import Carry, LineIndex, ZoneIndex, find_crossings

SECOND = 1_000_000
NORTHWARDS = LineString([(0, -10), (0, 0), (0, 10)])  # its left is the west
BENT = LineString([(-10, -10), (0, 0), (-10, 10)])


def told(lines, track, **options):
    """The crossings of one platform: line, seconds, direction."""
    times, lon, lat = zip(*track, strict=True)
    found = find_crossings(LineIndex(lines), [7] * len(track), np.array(times) * SECOND, lon, lat, **options)
    return [(int(row["line"]), row["time_us"] / SECOND, int(row["direction"])) for row in found.crossings]


CASES = {
    "from left to right": ([(0, -5, 3), (10, 5, 3)], [(0, 5, 1)]),
    "from right to left": ([(0, 5, 3), (10, -5, 3)], [(0, 5, -1)]),
    "through a corner of the line": ([(0, -5, 0), (10, 5, 0)], [(0, 5, 1)]),
    "beyond its end": ([(0, -5, 11), (10, 5, 11)], []),
    "a stop on the line, then on": ([(0, -5, 3), (10, 0, 3), (20, 5, 3)], [(0, 10, 1)]),
    "a stop on its corner, then on": ([(0, -5, 0), (10, 0, 0), (20, 5, 0)], [(0, 10, 1)]),
    "touched from the west": ([(0, -5, 3), (10, 0, 3), (20, -5, 3)], []),
    "touched from the east: there and back at one instant": (
        [(0, 5, 3), (10, 0, 3), (20, 5, 3)], [(0, 10, -1), (0, 10, 1)]),
    "along the line, then over": ([(0, -5, 1), (10, 0, 1), (20, 0, 5), (30, 5, 5)], [(0, 20, 1)]),
    "there and back between three pings": ([(0, -5, 3), (10, 5, 3), (20, -5, 3)], [(0, 5, 1), (0, 15, -1)]),
    "no movement on the line": ([(0, 0, 3), (10, 0, 3)], []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_line(kernels, case):
    track, expected = CASES[case]
    assert told([NORTHWARDS], track) == expected


def test_the_direction_is_that_of_the_line(kernels):
    track = [(0, -5, 3), (10, 5, 3)]
    assert told([NORTHWARDS, shapely.reverse(NORTHWARDS)], track) == [(0, 5, 1), (1, 5, -1)]


def test_a_corner_touched_in_passing(kernels):
    assert told([BENT], [(0, 0, -5), (10, 0, 5)]) in ([], [(0, 5, -1), (0, 5, 1)])


def test_the_antimeridian(kernels):
    date_line = [LineString([(180, -10), (180, 10)]), LineString([(-180, -10), (-180, 10)])]
    across = MultiLineString([[(175, 0), (180, 1)], [(-180, 1), (-175, 2)]])
    assert told(date_line, [(0, 175, 0), (10, -175, 0)]) == [(0, 5, 1), (1, 5, 1)]
    assert told([across], [(0, 175, -10), (20, -175, 10)]) in ([(0, 11, -1)], [(0, pytest.approx(11.111111), -1)])
    assert told([LineString([(0, -80), (0, 80)])], [(0, 175, 0), (10, -175, 0)]) == []


def test_silences_over_which_no_line_is_drawn(kernels):
    track = [(0, -5, 3), (100, 5, 3), (110, -5, 3)]
    assert told([NORTHWARDS], track, bridge_us=60 * SECOND) == [(0, 105, -1)]


def test_empty_lines_and_what_is_no_line(kernels):
    assert told([LineString(), NORTHWARDS], CASES["from left to right"][0]) == [(1, 5, 1)]
    with pytest.raises(FormError, match="line 1: expected a line"):
        LineIndex([NORTHWARDS, Polygon([(0, 0), (1, 0), (1, 1)])])
    with pytest.raises(FormError, match="line 0: expected longitude and latitude"):
        LineIndex([LineString([(0, 0), (1, math.inf)])])


def columns(tracks):
    platform = np.repeat(np.arange(len(tracks)), [len(track) for track in tracks])
    time = np.concatenate([np.arange(len(track)) * 100 * SECOND for track in tracks])
    lon, lat = np.concatenate([np.array(track, float).reshape(-1, 2) for track in tracks]).T
    return platform, time.astype(np.int64), np.ascontiguousarray(lon), np.ascontiguousarray(lat)


def both(lines, table, pieces=1):
    """What the extension and the reference find, fed in so many pieces."""
    answers = []
    for reference in (False, True):
        index = LineIndex(lines)
        index.compiled = None if reference else index.compiled
        rows, carry = [], Carry.empty()
        for piece in np.array_split(np.argsort(table[1], kind="stable"), pieces):
            piece = piece[np.argsort(table[0][piece], kind="stable")]
            found = find_crossings(index, *(column[piece] for column in table), carry=carry)
            rows += found.crossings.tolist()
            carry = found.carry
        answers.append(sorted(rows, key=lambda row: (row[0], row[1], row[4], row[5])))
    return answers


def test_as_many_as_shapely_finds(compiled):
    rng = np.random.default_rng(3)
    line = LineString(rng.uniform(0, 10, (40, 2)))
    table = columns([rng.uniform(0, 10, (60, 2)) for _ in range(3)])
    ours, reference = both([line], table, 5)
    corners = shapely.get_coordinates(line)
    pieces = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1))
    expected = 0
    for one in range(3):
        way = np.column_stack([table[2], table[3]])[table[0] == one]
        for a, b in pairwise(way):
            expected += int(shapely.intersects(pieces, LineString([a, b])).sum())
    assert len(ours) == len(reference) == expected > 500


corner = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda xy: (float(xy[0]), float(xy[1])))


@settings(max_examples=60, deadline=None)
@given(
    drawn=st.lists(st.lists(corner, min_size=2, max_size=6), min_size=1, max_size=3),
    tracks=st.lists(st.lists(corner, max_size=8), min_size=1, max_size=2),
    pieces=st.integers(1, 3),
)
def test_on_a_grid_where_everything_touches(compiled, drawn, tracks, pieces):
    ours, reference = both([LineString(line) for line in drawn], columns(tracks), pieces)
    assert [(row[0], *row[4:]) for row in ours] == [(row[0], *row[4:]) for row in reference]
    assert all(abs(a[1] - b[1]) <= 1 for a, b in zip(ours, reference, strict=True))


@settings(max_examples=60, deadline=None)
@given(ring=st.lists(corner, min_size=3, max_size=8, unique=True), track=st.lists(corner, min_size=2, max_size=8))
def test_a_closed_line_is_crossed_when_its_inside_changes(compiled, ring, track):
    """Crossings in the table and the view of the zone agree, wherever neither end is on the boundary."""
    zone = Polygon(ring)
    if not zone.is_valid:
        return
    table = columns([track])
    crossings, _ = both([LineString(zone.exterior)], table)
    ends = np.array(track)[[0, -1]]
    if not zone.boundary.intersects(shapely.multipoints(ends)):
        first, last = ZoneIndex([zone]).masks(*ends.T).holds(0)
        assert len(crossings) % 2 == int(first != last)
