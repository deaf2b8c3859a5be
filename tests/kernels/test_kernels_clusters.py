"""Density-based clusters: the compiled kernel, the reference, and what both must say in plain cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.kernels import clusters
from truceline.kernels.clusters import NOISE, find_clusters, place_events
from truceline.spacetime.shapes import distance_m


@pytest.fixture(params=["compiled", "reference"])
def both(request, monkeypatch, compiled):
    """Each test that asks for it runs with both."""
    if request.param == "reference":
        monkeypatch.setattr(clusters, "find_compiled", lambda: None)
    return request.param


def test_a_chain_is_one_cluster_and_what_stands_alone_is_noise(both):
    found = find_clusters([[0.0, 0.0], [9.0, 9.0], [1.0, 0.0], [2.0, 0.0]], 1.0, 2)
    assert found.labels.tolist() == [0, NOISE, 0, 0]
    assert found.core.tolist() == [True, False, True, True]
    assert found.count == 1


def test_exactly_within_reach_is_near(both):
    assert find_clusters([[0.0], [0.1], [0.2]], 0.1, 3).labels.tolist() == [0, 0, 0]
    assert find_clusters([[0.0], [0.1], [0.2]], float(np.nextafter(0.1, 0)), 2).count == 0


def test_a_point_between_two_clusters_joins_the_lower_number(both):
    left_and_right = find_clusters([[0.0], [0.25], [0.5], [1.5], [2.5], [2.75], [3.0]], 1.0, 4)
    assert left_and_right.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert left_and_right.core.tolist() == [False, False, True, False, True, False, False]


def test_clusters_are_numbered_as_the_points_come(both):
    points = np.array([[50.0], [50.1], [1.0], [1.1], [30.0], [30.1]])
    assert find_clusters(points, 0.5, 2).labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_least_one_makes_every_point_a_core_point(both):
    assert find_clusters([[0.0], [5.0], [5.5]], 1.0, 1).labels.tolist() == [0, 1, 1]


def test_many_events_at_one_spot(compiled):
    """All with all would be ten thousand million comparisons."""
    spot = np.zeros((100_000, 3))
    near = np.random.default_rng(1).uniform(0, 0.3, (100_000, 3))
    found = find_clusters(np.concatenate([spot, near + 5.0]), 1.0, 4)
    assert found.count == 2
    assert found.core.all()


def test_far_apart_points_and_small_reaches(both):
    points = np.array([[0.0, 0.0], [1e-3, 0.0], [1e12, -1e12], [1e12, 1e12]])
    assert find_clusters(points, 1e-2, 2).labels.tolist() == [0, 0, NOISE, NOISE]


@pytest.mark.parametrize("bad", [[[np.nan]], [[np.inf]], [[1e16]], [[[1.0]]], [[0.0] * 5]])
def test_what_is_no_point_is_refused(both, bad):
    with pytest.raises(ValueError, match="expected"):
        find_clusters(bad, 1.0, 2)


@pytest.mark.parametrize(("reach", "least"), [(0.0, 1), (-1.0, 1), (np.nan, 1), (1.0, 0)])
def test_limits_without_sense_are_refused(both, reach, least):
    with pytest.raises(ValueError, match="expected"):
        find_clusters([[0.0]], reach, least)


def test_no_points(both):
    found = find_clusters(np.empty((0, 3)), 1.0, 4)
    assert (len(found.labels), len(found.core), found.count) == (0, 0, 0)


@settings(max_examples=60)
@given(
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.integers(0, 120),
    st.sampled_from([1, 2, 4, 9]),
    st.sampled_from([0.5, 1.0, 3.0]),
    st.sampled_from([1, 2, 5]),
    st.booleans(),
)
def test_kernel_and_reference_agree(compiled, axes, seed, count, least, reach, threads, on_a_lattice):
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 3, (count, axes)) * rng.choice([0.1, 1.0, 4.0])
    if on_a_lattice:  # distances of exactly the reach, and equal points
        points = np.round(points)
    found = find_clusters(points, reach, least, threads=threads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "find_compiled", lambda: None)
        expected = find_clusters(points, reach, least)
    assert found.labels.tolist() == expected.labels.tolist()
    assert found.core.tolist() == expected.core.tolist()
    assert found.count == expected.count


def test_threads_make_no_difference(compiled):
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 60, (30_000, 3))
    results = [find_clusters(points, 1.0, 3, threads=threads) for threads in (1, 2, 7)]
    assert len({found.labels.tobytes() for found in results}) == 1
    assert results[0].count > 100


def test_events_on_the_globe(both):
    lon, lat = [179.999, -179.999, 0.0, 120.0, 30.0], [0.0, 0.0, 89.999, 89.999, 45.0]
    events = place_events(lon, lat, [0, 0, 0, 0, 0], 1_000.0, 1e6)
    assert find_clusters(events, 1.0, 2).labels.tolist() == [0, 0, 1, 1, NOISE]
    later = place_events(lon, lat, [0, 2_000_000, 0, 500_000, 0], 1_000.0, 1e6)
    assert find_clusters(later, 1.0, 2).labels.tolist() == [NOISE, NOISE, 0, 0, NOISE]


def test_the_straight_way_is_as_long_as_the_geodesic():
    """Within 0.002 % at 100 km, anywhere."""
    rng = np.random.default_rng(6)
    lon, lat, turn = rng.uniform(-180, 180, 200), rng.uniform(-88, 88, 200), rng.uniform(0, 2 * np.pi, 200)
    far = lat + 0.8 * np.cos(turn), lon + 0.8 * np.sin(turn) / np.cos(np.radians(lat))
    ends = [place_events(*place, np.zeros(200), 1.0, 1.0)[:, :3] for place in ((lon, lat), (far[1], far[0]))]
    straight = np.linalg.norm(ends[0] - ends[1], axis=1)
    geodesic = distance_m(lon, lat, (far[1] + 180) % 360 - 180, far[0])
    assert np.abs(straight / geodesic - 1).max() < 2e-5
