"""Distances and meetings near a pole, against ways and lines cut into very short pieces."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.kernels import find_near
from truceline.spacetime.shapes import distance_m, line, normal
from truceline.tracks.proximity import distances_m, find_meetings, measure_approach, turn_pole, widen

GAP = 1_800_000_000
MINUTE = 60_000_000
CAP = normal([[-180.0, 88.0], [180.0, 88.0], [180.0, 90.0], [-180.0, 90.0]])


def wander(rng, colatitude, step_m=3000.0, count=10):
    """Ten positions in ten-minute steps about a place so many degrees from the pole, on a plane about the pole."""
    x, y = (np.cumsum(rng.normal(0, step_m, count)) / 111_195 for _ in range(2))
    times = np.arange(count) * 10 * MINUTE
    return times, np.degrees(np.arctan2(y, colatitude + x)), 90 - np.hypot(colatitude + x, y)


def follow(path, times):
    lon = np.unwrap(path[1], period=360.0)
    return (np.interp(times, path[0], lon) + 180) % 360 - 180, np.interp(times, path[0], path[2])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([5.0, 1.0, 0.1, 0.01]))
def test_two_tracks_are_as_near_as_they_are(seed, colatitude):
    rng = np.random.default_rng(seed)
    one, other = wander(rng, colatitude), wander(rng, colatitude)
    times = np.linspace(0, one[0][-1], 20_001)
    apart = distance_m(*follow(one, times), *follow(other, times))
    reach = float(np.median(apart))
    found = list(find_meetings(one, other, reach, GAP))
    assert min(each.metres for each in found) == pytest.approx(apart.min(), rel=1e-3, abs=10)
    together = sum(each.end - each.start for each in found) / one[0][-1]
    assert together == pytest.approx((apart <= reach).mean(), abs=0.02)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 0.1, 0.03, 0.01]), st.sampled_from([500.0, 5000.0]))
def test_no_pair_is_overlooked(seed, colatitude, reach):
    rng = np.random.default_rng(seed)
    paths = wander(rng, colatitude), wander(rng, colatitude)
    turned = [turn_pole(path, GAP) for path in paths]
    track = np.repeat([0, 1], [len(path[0]) for path in turned])
    columns = (np.concatenate(column) for column in zip(*turned, strict=True))
    near = find_near(track, *columns, names=[0, 1], split_at=1, reach_m=reach * 1.02, gap_us=GAP)
    assert near or not list(find_meetings(*paths, reach, GAP))


def test_the_nearest_is_the_same_from_either_ship():
    one, other = (wander(np.random.default_rng(seed), 0.05) for seed in (1, 2))
    found = [next(find_meetings(*pair, 1e6, GAP)) for pair in ((one, other), (other, one))]
    assert found[0].metres == pytest.approx(found[1].metres, rel=1e-6)


def test_across_the_pole_is_the_shortest_way():
    assert distances_m(shapely.Point(-170.0, 89.9), np.array([10.0]), np.array([89.9]))[0] == pytest.approx(
        distance_m(10.0, 89.9, -170.0, 89.9)
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, -1]))
def test_the_distance_from_a_line_near_a_pole(seed, side):
    rng = np.random.default_rng(seed)
    drawn = line([[rng.uniform(-60, 60), side * rng.uniform(87, 89.9)] for _ in range(3)])
    lon, lat = rng.uniform(-180, 180), side * rng.uniform(86.0, 90.0)
    places = shapely.get_coordinates(shapely.segmentize(drawn, 0.005))
    true = distance_m(lon, lat, places[:, 0], places[:, 1]).min()
    assert distances_m(drawn, np.array([lon]), np.array([lat]))[0] == pytest.approx(true, rel=2e-3, abs=2)


def test_a_zone_round_the_pole_has_no_edge_at_the_pole():
    metres = distances_m(CAP, np.array([5.0, 5.0]), np.array([87.0, 89.99]))
    assert metres == pytest.approx([distance_m(5.0, 87.0, 5.0, 88.0), 0.0])


def test_the_nearest_place_of_a_way_past_the_pole():
    metres, share = measure_approach(shapely.Point(100.0, 90.0), np.array([[10.0, 89.0, 10.0, 89.9]]))
    assert (metres[0], share[0]) == (pytest.approx(distance_m(10.0, 89.9, 10.0, 90.0)), 1.0)


@pytest.mark.parametrize("lat", [85.0, 89.5, -89.9])
def test_the_box_around_a_place_holds_what_lies_across_the_pole(lat):
    box = widen(shapely.Point(20.0, lat), 150_000)
    turns = np.linspace(0, 2 * np.pi, 60)
    far = 149_000 / 111_700
    x, y = (90 - abs(lat)) + far * np.cos(turns), far * np.sin(turns)
    lon = (20.0 + np.degrees(np.arctan2(y, x)) + 180) % 360 - 180
    assert shapely.intersects_xy(box, lon, np.copysign(90 - np.hypot(x, y), lat)).all()
