"""Which zones hold a position? What Shapely says, for every point."""

import math
import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from truceline.errors import FormError
from truceline.kernels import ZoneIndex

HOLED = Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(3, 3), (7, 3), (7, 7), (3, 7)]])
SPLIT = MultiPolygon([box(170, -10, 180, 10), box(-180, -10, -170, 10)])  # one zone on both sides of the antimeridian


def star(x, y, size, corners, seed=0, inner=0.4):
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.9, corners)) / corners
    reach = size * rng.uniform(inner, 1, corners)
    return Polygon(np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)]))


def agree(zones, lon, lat, threads=None):
    """Masks and pairs are what Shapely says of each zone; returns how many pairs."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    index = ZoneIndex(zones)
    masks, pairs = index.masks(lon, lat, threads=threads), index.pairs(lon, lat, threads=threads)
    expected = []
    for number, zone in enumerate(zones):
        shapely.prepare(zone)
        held = shapely.intersects_xy(zone, lon, lat)
        wrong = np.flatnonzero(masks.holds(number) != held)
        assert not len(wrong), f"zone {number} at {lon[wrong[0]]!r}, {lat[wrong[0]]!r}: {held[wrong[0]]}"
        expected += [(int(position), number) for position in np.flatnonzero(held)]
    assert list(zip(pairs.position.tolist(), pairs.zone.tolist(), strict=True)) == sorted(expected)
    return len(expected)


def around(zones):
    """Every corner, every edge's middle, their crossings' meridians and parallels, and the floats next to them."""
    corners = np.concatenate([shapely.get_coordinates(zone) for zone in zones])
    points = np.concatenate([corners, (corners[:-1] + corners[1:]) / 2])
    mixed = np.column_stack([points[:, 0], np.roll(points[:, 1], 1)])
    points = np.concatenate([points, mixed])
    near = [np.nextafter(points, points + step) for step in ([1, 0], [-1, 0], [0, 1], [0, -1])]
    return np.concatenate([points, *near]).T


def test_inside_outside_boundary_hole(kernels):
    lon = [5, 1, -1, 0, 10, 3, 5, 7, 5]
    lat = [1, 1, 5, 0, 5, 5, 5, 7, 3]
    masks = ZoneIndex([HOLED]).masks(lon, lat)
    assert masks.holds(0).tolist() == [True, True, False, True, True, True, False, True, True]
    assert masks.strays.tolist() == []


@pytest.mark.parametrize("count", [1, 2, 60, 63, 64, 65, 128, 129, 500])
def test_any_number_of_zones(kernels, count):
    rng = np.random.default_rng(count)
    zones = [star(*rng.uniform(0, 5, 2), rng.uniform(0.1, 2), int(rng.integers(3, 40)), seed) for seed in range(count)]
    assert agree(zones, *rng.uniform(-1, 6, (2, 2000))) > 0
    agree(zones[:40], *around(zones[:40]))


def test_no_zones_and_no_positions(kernels):
    assert ZoneIndex([]).masks([1.0], [2.0]).words.tolist() == [[0]]
    assert ZoneIndex([]).pairs([0.0], [0.0]).zone.tolist() == []
    assert ZoneIndex([HOLED]).pairs([], []).position.tolist() == []


def test_an_empty_zone_holds_nothing_and_keeps_its_number(kernels):
    assert agree([Polygon(), HOLED, MultiPolygon()], [1, 5], [1, 5]) == 1


def test_positions_that_are_nowhere_are_reported(kernels):
    lon = [math.nan, 1, math.inf, -math.inf, 181, 1, 1, 1e308, 5]
    lat = [1, math.nan, 1, 1, 1, 91, 1, -1e308, 1]
    for answer in (ZoneIndex([HOLED]).masks(lon, lat), ZoneIndex([HOLED]).pairs(lon, lat)):
        assert answer.strays.tolist() == [0, 1, 2, 3, 4, 5, 7]
    assert ZoneIndex([HOLED]).pairs(lon, lat).position.tolist() == [6, 8]


def test_the_antimeridian(kernels):
    assert agree([SPLIT], [179, -179, 180, -180, 169.9, -169.9, 0], [0, 0, 0, 0, 0, 0, 0]) == 4


@pytest.mark.parametrize("angle", [0, 10, 45, 90])
@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1, 100])
def test_edges_corners_and_the_floats_next_to_them(kernels, angle, scale):
    shapes = [HOLED, box(2, 2, 4, 4), box(4, 2, 6, 4), Polygon([(1, 1), (9, 2), (5, 9)])]
    zones = [shapely.transform(rotate(shape, angle, origin=(5, 5)), lambda xy: xy * scale / 7) for shape in shapes]
    agree(zones, *around(zones))


def test_rectangles_on_a_grid_and_points_on_the_grid(kernels):
    zones = [box(x / 10, y / 10, (x + 1) / 10, (y + 1) / 10) for x in range(8) for y in range(8)]
    lon, lat = np.meshgrid(np.arange(-2, 20) / 20, np.arange(-2, 20) / 20)
    assert agree(zones, lon.ravel(), lat.ravel()) > 500


def test_corners_of_the_cells_of_the_grid(kernels):
    """The lines of the index's own grid, hit as nearly as floats can."""
    zone = box(0, 0, 1, 1)
    step = math.sqrt(1 / 4096)
    at = -step * 0.36787944117144233 + np.arange(70) * step
    up = -step * 0.31830988618379067 + np.arange(70) * step
    lon, lat = (side.ravel() for side in np.meshgrid(at, up))
    agree([zone, star(0.5, 0.5, 0.4, 500)], lon, lat)


def test_zones_whose_edges_lie_on_the_lines_of_the_grid(kernels):
    step = math.sqrt(1 / 4096)
    left, low = -step * 0.36787944117144233, -step * 0.31830988618379067
    inner = [box(left + a * step, low + b * step, left + (a + 3) * step, low + (b + 3) * step)
             for a in range(2, 50, 5) for b in range(2, 50, 5)]  # fmt: skip
    zones = [box(0, 0, 1, 1), *inner]
    agree(zones, *around(zones))


def test_a_zone_of_100_000_corners_beside_one_that_spans_the_world(kernels):
    coast = star(30.01, 45.01, 0.05, 100_000, inner=0.999)
    rng = np.random.default_rng(3)
    near = rng.uniform((29.95, 44.95), (30.07, 45.07), (3000, 2)).T
    assert agree([coast, box(-180, -80, 180, 80), SPLIT], *near) > 3000
    corners = shapely.get_coordinates(coast)[:500].T
    agree([coast, box(-180, -80, 180, 80)], *corners)


def test_a_zone_that_is_all_spikes(kernels):
    spiky = star(30.01, 45.01, 0.05, 4000)
    rng = np.random.default_rng(4)
    assert agree([spiky, box(0, 0, 60, 60)], *rng.uniform((29.95, 44.95), (30.07, 45.07), (2000, 2)).T) > 2000
    if kernels == "compiled":
        assert ZoneIndex([spiky, box(0, 0, 60, 60)]).nbytes < 40_000_000


def test_many_zones_that_all_overlap(kernels):
    zones = [Point(0, 0).buffer(1 + number / 500) for number in range(300)]
    rng = np.random.default_rng(5)
    assert agree(zones, *rng.uniform(-1.7, 1.7, (2, 1000))) > 100_000


def test_the_number_of_threads_does_not_show(kernels):
    rng = np.random.default_rng(6)
    zones = [star(*rng.uniform(0, 5, 2), 1.5, 50, seed) for seed in range(70)]
    lon, lat = rng.uniform(-1, 6, (2, 10_001))
    one, many = (ZoneIndex(zones).pairs(lon, lat, threads=threads) for threads in (1, 7))
    assert (one.position == many.position).all()
    assert (one.zone == many.zone).all()
    words = [ZoneIndex(zones).masks(lon, lat, threads=threads).words for threads in (1, 3)]
    assert (words[0] == words[1]).all()


def test_columns_of_any_kind(kernels):
    lon = np.arange(20, dtype=np.float32)[::2]
    assert ZoneIndex([HOLED]).masks(lon, np.ones(10, int)).holds(0).sum() == 6
    with pytest.raises(ValueError, match="equal length"):
        ZoneIndex([HOLED]).masks([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="two columns"):
        ZoneIndex([HOLED]).pairs([[1.0]], [[1.0]])


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        (LineString([(0, 0), (1, 1)]), "a polygon or multipolygon"),
        (None, "a polygon or multipolygon"),
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "neither cross nor overlap"),
        (MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)]), "neither cross nor overlap"),
        (Polygon([(0, 0), (1, 0), (1, 1e9)]), "longitude and latitude"),
        (Polygon([(0, 0), (1, 0), (1, math.inf)]), "longitude and latitude"),
    ],
)
def test_what_is_no_zone_is_refused(kernels, zone, words):
    with pytest.raises(FormError, match=f"zone 1: expected .*{words}"):
        ZoneIndex([HOLED, zone])


def test_an_index_travels_to_another_process(kernels):
    index = pickle.loads(pickle.dumps(ZoneIndex([HOLED, SPLIT])))  # noqa: S301
    assert index.masks([1.0, 175.0], [1.0, 1.0]).words.ravel().tolist() == [1, 2]


# Below 1e-100 of a degree products underflow, and what Shapely answers there depends on the order of its steps.
real = st.floats(-2, 2).map(lambda value: value if abs(value) > 1e-100 else 0.0)
corner = st.integers(-8, 8).map(lambda value: value / 4) | real
rings = st.lists(st.tuples(corner, corner), min_size=3, max_size=12)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(rings, min_size=1, max_size=5), points=st.lists(st.tuples(corner, corner), max_size=30))
def test_any_zones_any_points(compiled, drawn, points):
    zones = [shape for ring in drawn for shape in shapely.get_parts(shapely.make_valid(Polygon(ring)))]
    zones = [shape for shape in zones if isinstance(shape, Polygon)] or [HOLED]
    lon, lat = around(zones)
    agree(zones, [*lon, *(x for x, _ in points)], [*lat, *(y for _, y in points)])


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.tuples(st.floats(), st.floats()), max_size=50))
def test_no_float_does_harm(compiled, values):
    lon, lat = (np.array([value[side] for value in values]) for side in (0, 1))
    agree([HOLED, SPLIT, box(-1e6, -1e6, 1e6, 1e6)], lon, lat)


def test_hostile_arguments_of_the_extension_are_refused(compiled):
    edges, owner = np.zeros((1, 4)), np.zeros(1, np.uint32)
    grid = compiled.build(edges, owner, 1, 16.0, 1000)
    column, out = np.zeros(4), np.zeros(4, np.uint64)
    for call in (
        lambda: compiled.build(edges, np.ones(1, np.uint32), 1, 16.0, 1000),
        lambda: compiled.build(edges, np.zeros(2, np.uint32), 1, 16.0, 1000),
        lambda: compiled.build(edges, owner, 1, math.nan, 1000),
        lambda: compiled.build(edges * math.nan, owner, 1, 16.0, 1000),
        lambda: compiled.masks(grid, column, column[:3], out, 1),
        lambda: compiled.masks(grid, column, column, out[:3], 1),
        lambda: compiled.masks(grid, column, column, out, 0),
        lambda: compiled.masks(object(), column, column, out, 1),
    ):
        with pytest.raises(ValueError, match=r"."):
            call()
    assert compiled.masks(grid, column, column, out, 1) == 0
    assert compiled.pairs(grid, column, column, 0, np.empty(0, np.int64), np.empty(0, np.uint32)) == (0, 0, 0)


def test_a_grid_over_budget_is_laid_coarser(compiled):
    rng = np.random.default_rng(8)
    corners = shapely.get_coordinates(star(0, 0, 1, 200))
    edges = np.column_stack([corners[:-1], corners[1:]])
    owner = np.zeros(len(edges), np.uint32)
    assert compiled.build(edges, owner, 1, 1e6, 300) is None
    coarse = compiled.build(edges, owner, 1, 1.0, 100_000)
    lon, lat = rng.uniform(-1, 1, (2, 500))
    out = np.empty(500, np.uint64)
    compiled.masks(coarse, lon, lat, out, 1)
    assert (out.astype(bool) == shapely.intersects_xy(star(0, 0, 1, 200), lon, lat)).all()
