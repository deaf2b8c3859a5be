"""How deep inside a zone a track came: of all its positions, whatever the zone's edges and wherever it lies."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from position_cases import look, ship

from truceline.clauses.depth import find_deepest, flatten_edge
from truceline.spacetime.shapes import distance_m, distance_to_edge_m, normal

BOX = normal([[30.0, 45.0], [31.0, 45.0], [31.0, 46.0], [30.0, 46.0]])
ACROSS = normal([[179.5, -1.0], [-179.5, -1.0], [-179.5, 1.0], [179.5, 1.0]])
CAP = normal([[-180.0, 80.0], [180.0, 80.0], [180.0, 90.0], [-180.0, 90.0]])


def deepest_m(shape, lon, lat):
    number = find_deepest(flatten_edge(shape), np.asarray(lon), np.asarray(lat))
    return number, float(distance_to_edge_m(shape, lon[number], lat[number])[0])


def test_a_short_way_in_is_seen_among_very_many_positions():
    lat = np.full(5000, 45.001)
    lat[3217] = 45.3
    number, depth = deepest_m(BOX, np.full(5000, 30.5), lat)
    assert number == 3217
    assert depth == pytest.approx(distance_m(30.5, 45.0, 30.5, 45.3), rel=1e-3)


def test_the_cut_along_the_antimeridian_is_no_edge():
    lon = np.array([179.6, 179.9, -180.0, -179.8])
    assert deepest_m(ACROSS, lon, np.zeros(4))[1] == pytest.approx(distance_m(179.5, 0.0, 180.0, 0.0), rel=1e-3)


def test_the_pole_is_no_edge():
    lat = np.array([81.0, 85.0, 89.9])
    assert deepest_m(CAP, np.full(3, 10.0), lat)[1] == pytest.approx(distance_m(10.0, 80.0, 10.0, 89.9), rel=1e-3)


def test_a_stay_across_the_antimeridian_says_how_deep(tmp_path):
    zone = "\n```zone date-line\npolygon = [[179.5, -1.0], [-179.5, -1.0], [-179.5, 1.0], [179.5, 1.0]]\n```\n"
    clause = '\n```clause c\nkind = "no-entry"\nbinds = ["RED"]\nzone = "date-line"\nplatforms = ["warship"]\n```\n'
    [found] = look(tmp_path, zone + clause, ship((179.6, 0.0), (180.0, 0.0), (-179.6, 0.0)))
    assert found.measured == pytest.approx(55_660, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(65, 3000), st.integers(0, 2**32 - 1), st.floats(1e-6, 0.02))
def test_none_is_deeper_than_the_one_that_is_chosen(count, seed, step):
    rng = np.random.default_rng(seed)
    lon, lat = (np.clip(m + np.cumsum(rng.normal(0, step, count)), m - 0.5, m + 0.5) for m in (30.5, 45.5))
    edge = flatten_edge(BOX)
    far = edge.measure(lon, lat)
    assert far[find_deepest(edge, lon, lat)] >= far.max() - 2e-5  # two metres


def test_few_of_many_are_measured(monkeypatch):
    measured = []
    real = shapely.distance
    monkeypatch.setattr(shapely, "distance", lambda a, b: measured.append(len(b)) or real(a, b))
    lat = np.linspace(45.0, 46.0, 200_000)
    wide = normal([[20.0, 45.0], [41.0, 45.0], [41.0, 46.0], [20.0, 46.0]])  # else the sides are as near for long
    find_deepest(flatten_edge(wide), np.full(200_000, 30.5), lat)
    assert sum(measured) < 2_000
