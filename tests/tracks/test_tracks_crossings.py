"""Crossings of many tracks: the kernels choose which tracks to look at, and nothing else changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, box

from truceline.kernels import backend
from truceline.tracks import crossings
from truceline.tracks.crossings import find_crossings, list_edges

BENT = LineString([(-1, 0), (0, 0.5), (1, 0), (1, 1)])
SHAPES = {
    "bent": BENT,
    "ring": LineString([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]),
    "parting": MultiLineString([[(-1, 0), (0, 0)], [(0, 0), (1, 1)], [(0, 0), (1, -1)]]),
    "zone with a hole": box(-1, -1, 1, 1).difference(box(-0.5, -0.5, 0.5, 0.5)),
    "along the antimeridian": MultiLineString([[(179, 0), (180, 0.5)], [(-180, 0.5), (-179, 0)]]),
    "on the antimeridian": LineString([(180, -1), (180, 1)]),
}
NUMBERS = [-2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0]
EAST = [179.0, 179.5, 180.0, -180.0, -179.5, -179.0, 178.0]

compiled = pytest.mark.skipif(backend() != "compiled", reason="without the compiled kernels nothing is chosen")


def lay(tracks):
    """Return lon, lat and joined of several tracks, one after the other."""
    lon, lat = np.array([place for track in tracks for place in track], dtype=np.float64).T
    joined = np.concatenate([[False] + [True] * (len(track) - 1) for track in tracks])
    return np.ascontiguousarray(lon), np.ascontiguousarray(lat), joined


def rows(found):
    return list(
        zip(*(getattr(found, name).tolist() for name in ("row", "share", "lon", "lat", "side", "again")), strict=True)
    )


@compiled
@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_the_kernels_leave_out_crosses_nothing(name, data):
    lons = EAST if "antimeridian" in name else NUMBERS
    place = st.tuples(st.sampled_from(lons), st.sampled_from(NUMBERS))
    tracks = data.draw(st.lists(st.lists(place, min_size=1, max_size=6), min_size=1, max_size=12))
    columns, edges = lay(tracks), list_edges(SHAPES[name])
    whole = find_crossings(*columns, edges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crossings, "_FEW", 0)
        assert rows(find_crossings(*columns, edges)) == rows(whole)


@compiled
def test_few_tracks_of_many_are_looked_at():
    random = np.random.default_rng(3)
    starts = random.uniform(-5, 5, (400, 1, 2))
    tracks = (starts + np.cumsum(random.normal(0, 0.02, (400, 30, 2)), axis=1)).tolist()
    columns, edges = lay(tracks), list_edges(BENT)
    kept = crossings._choose_tracks(*columns, edges)
    found = find_crossings(*columns, edges)
    assert 0 < kept.sum() < 0.2 * len(kept)
    assert len(found) > 5
    assert kept[found.row].all()


def test_a_position_that_is_none_is_passed_over():
    edges = list_edges(BENT)
    lon, lat, joined = lay([[(0.2, -1), (np.nan, 0.0), (0.2, 1)], [(-2, -2), (-2, 2)]])
    assert len(find_crossings(lon, lat, joined, edges)) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crossings, "_FEW", 0)
        assert len(find_crossings(lon, lat, joined, edges)) == 0
