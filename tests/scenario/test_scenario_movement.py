"""Routes, stays and spans of time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from truceline.scenario.movement import cut, find_stay, is_in, lie, sail, shift
from truceline.spacetime.shapes import distance_m

hours = st.floats(0, 100, allow_nan=False)


def test_a_ship_at_twelve_knots_does_twelve_miles_in_an_hour():
    route = sail([(30.0, 45.0), (32.0, 45.0)], 12, 0.0)
    lon, lat, _ = route.at(np.array([3600.0]))
    assert distance_m(30.0, 45.0, lon[0], lat[0]) == pytest.approx(12 * 1852, rel=1e-4)
    speed, course = route.motion(np.array([3600.0]))
    assert speed[0] == pytest.approx(12, rel=1e-3)
    assert course[0] == pytest.approx(90, abs=0.5)


def test_what_lies_does_not_move():
    route = lie((30.0, 45.0), (0.0, 1000.0))
    assert route.motion(np.array([500.0]))[0][0] == 0


def test_a_shifted_route_is_the_same_route_later():
    route = sail([(30.0, 45.0), (31.0, 45.5)], 10, 0.0)
    later = shift(route, 600.0)
    assert later.at(np.array([1600.0]))[0] == route.at(np.array([1000.0]))[0]


def test_a_stay_begins_and_ends_at_the_edge_of_the_zone_and_of_the_time():
    route = sail([(29.0, 45.0), (33.0, 45.0)], 10, 0.0)
    zone = box(30.0, 44.0, 32.0, 46.0)
    first, last = find_stay(route, zone, 1e6, (0.0, 1e9))
    assert route.at(np.array([first]))[0][0] == pytest.approx(30.0, abs=0.001)
    assert route.at(np.array([last]))[0][0] == pytest.approx(32.0, abs=0.001)
    assert find_stay(route, zone, 1e6, (0.0, first + 600))[1] == pytest.approx(first + 600, abs=6)
    assert find_stay(route, zone, 1e6, (0.0, first - 600)) is None


def test_a_flight_above_the_ceiling_makes_no_stay():
    route = sail([(29.0, 45.0), (33.0, 45.0)], 300, 0.0, altitude_m=5000.0)
    zone = box(30.0, 44.0, 32.0, 46.0)
    assert find_stay(route, zone, 3048.0, (0.0, 1e9)) is None
    assert find_stay(route, zone, 6000.0, (0.0, 1e9)) is not None


@settings(max_examples=60)
@given(st.lists(st.tuples(hours, hours).map(sorted).map(tuple), max_size=6), st.tuples(hours, hours).map(sorted))
def test_what_is_cut_out_and_what_is_left_make_the_whole(holes, whole):
    left = cut(tuple(whole), holes)
    times = np.linspace(0, 100, 401)[:-1] + 0.123456
    within = (times >= whole[0]) & (times < whole[1])
    assert (is_in(times, left) == (within & ~is_in(times, holes))).all()
    assert all(a < b for a, b in left)
