"""Zones, discs and corridors: closed, geodesic, and whole across the antimeridian and the poles."""

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, mapping

from truceline.errors import FormError
from truceline.spacetime.shapes import (
    area_km2,
    circle,
    corridor,
    disc_relation,
    distance_m,
    distance_to_edge_m,
    inside,
    line,
    normal,
    read_geometry,
    sample,
)

WGS84 = Geod(ellps="WGS84")
SECURITY = [[36.5, 46.7], [40.3, 46.7], [40.3, 50.2], [36.5, 50.2], [36.5, 46.7]]
DATELINE = [[170, 10], [-170, 10], [-170, 20], [170, 20]]

places = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
radii = st.floats(100, 2_000_000)


# --- polygons ---------------------------------------------------------------------------------


def test_a_zone_reads_the_same_open_closed_and_either_way_round():
    assert normal(SECURITY) == normal(SECURITY[:-1])
    assert shapely.equals(normal(SECURITY), normal(SECURITY[::-1]))
    assert normal(SECURITY[::-1]).exterior.is_ccw


def test_the_boundary_of_a_zone_is_inside():
    zone = normal(SECURITY)
    lon = [36.5, 40.3, 38.0, 36.5, 36.4999, 38.0, np.nan]
    lat = [46.7, 48.0, 50.2, 47.0, 47.0, 48.0, 48.0]
    assert inside(zone, lon, lat).tolist() == [True, True, True, True, False, True, False]


def test_a_zone_across_the_antimeridian_is_cut_there():
    zone = normal(DATELINE)
    assert isinstance(zone, MultiPolygon)
    assert [part.bounds for part in zone.geoms] == [(-180, 10, -170, 20), (170, 10, 180, 20)]
    assert inside(zone, [175, -175, 180, -180, 0], [15] * 5).tolist() == [True] * 4 + [False]
    assert area_km2(zone) == pytest.approx(area_km2(normal([[0, 10], [20, 10], [20, 20], [0, 20]])))


def test_the_cut_is_no_edge():
    zone = normal(DATELINE)
    assert distance_to_edge_m(zone, 180, 15)[0] == pytest.approx(WGS84.inv(180, 15, 180, 10)[2], rel=0.01)
    inner, uncertain = disc_relation(zone, [179.9], [15], [50_000])
    assert (inner.tolist(), uncertain.tolist()) == ([True], [False])
    # a zone that really ends there has an edge there
    half = normal([[170, 10], [180, 10], [180, 20], [170, 20]])
    assert disc_relation(half, [179.9], [15], [50_000])[1].tolist() == [True]


def test_a_belt_round_the_earth_is_drawn_from_edge_to_edge():
    cap = normal([[-180, 60], [180, 60], [180, 90], [-180, 90]])
    assert inside(cap, [0, 180, -77, 0], [70, 80, 90, 50]).tolist() == [True, True, True, False]
    assert distance_to_edge_m(cap, 180, 61)[0] == pytest.approx(distance_m(0, 60, 0, 61), rel=1e-3)
    # corners on both sides of the cut belong to a zone across it
    seam = normal([[170, 10], [180, 10], [-180, 10], [-170, 10], [-170, 20], [-180, 20], [180, 20], [170, 20]])
    assert shapely.equals(seam, normal(DATELINE))


def test_a_ring_of_very_many_long_edges_is_measured_in_bounded_memory():
    teeth = [[-170 + 340 * (i // 2 % 2), -40 + i * 0.0008] for i in range(100_000)]
    west = [[-171, 41.0], [-171, -41.0]]
    comb = normal([[x / 3, y / 3] for x, y in teeth + west])
    assert 0 < area_km2(comb) < 510_000_000


def test_a_ring_round_a_pole_encloses_it():
    arctic = normal([[-120, 80], [0, 80], [120, 80]])
    assert inside(arctic, [0, 77, 180, 0], [90, 85, 81, 79]).tolist() == [True, True, True, False]
    south = normal([[120, -80], [0, -80], [-120, -80]])
    assert inside(south, [0, 0], [-90, 90]).tolist() == [True, False]
    assert area_km2(arctic) == pytest.approx(area_km2(circle(0, 90, distance_m(0, 90, 0, 80))), rel=1e-3)


@pytest.mark.parametrize(
    ("coords", "words"),
    [
        ([[0, 0], [1, 1], [1, 0], [0, 1]], r"crosses or touches itself.*near \[0.5, 0.5\]"),
        ([[175, 0], [-175, 1], [-175, 0], [175, 1]], r"near \[-180, 0.5\]"),
        ([[0, 0], [2, 0], [2, 2], [1, 0], [0, 2]], r"near \[1, 0\]"),
        ([[0, 0], [1, 1], [2, 2]], "crosses or touches itself"),
        ([[0, 0], [1, 1]], "too few corners"),
        ([[0, 0], [1, 1], [0, 0], [1, 1]], "too few corners"),
        ([[46.7, 136.5], [46.7, 140.3], [50.2, 140.3]], "longitude comes first: swap"),
        ([[200, 10], [210, 10], [210, 20]], "correct the number"),
        ([[0, 0], [1, math.nan], [2, 0]], "corner 2: "),
        ([[0, 0], [1, math.inf], [2, 0]], "corner 2: "),
        ([[0, 0], [10**400, 1], [2, 0]], "corner 2: "),
        ([[0, 0], [True, 1], [2, 0]], "corner 2: "),
        ([[0, 0], ["1", "1"], [2, 0]], "corner 2: "),
        ([[0, 0], [1], [2, 0]], "corner 2: "),
        ([[0, 0], "11", [2, 0]], "corner 2: "),
        ([[0, 0], [1, 1, 1, 1], [2, 0]], "corner 2: "),
        ("POLYGON((0 0))", "a list of"),
        ([], "a list of"),
        (None, "a list of"),
        ([[0, 0]] * 300_000, "too many corners"),
    ],
)
def test_what_is_no_outline_is_refused_with_a_reason(coords, words):
    with pytest.raises(FormError, match=words):
        normal(coords)


def test_a_hole_is_outside():
    zone = normal([[0, 0], [4, 0], [4, 4], [0, 4]], [[[1, 1], [2, 1], [2, 2], [1, 2]]])
    assert inside(zone, [1.5, 3], [1.5, 3]).tolist() == [False, True]
    with pytest.raises(FormError, match="without an area"):
        normal([[1, 1], [2, 1], [2, 2]], [[[0, 0], [4, 0], [4, 4], [0, 4]]])


@settings(max_examples=60)
@given(places, st.floats(0.01, 30), st.floats(0.01, 20))
def test_a_box_holds_its_middle_wherever_it_lies(place, width, height):
    lon, lat = place[0], place[1] * 0.7
    west, east = ((lon + side * width + 180) % 360 - 180 for side in (-1, 1))
    zone = normal([[west, lat - height], [east, lat - height], [east, lat + height], [west, lat + height]])
    assert zone.is_valid
    assert inside(zone, lon, lat)
    assert not inside(zone, (lon + 2 * width + 180) % 360 - 180, lat)
    there = normal([[-width, lat - height], [width, lat - height], [width, lat + height], [-width, lat + height]])
    assert area_km2(zone) == pytest.approx(area_km2(there), rel=1e-6)


# --- GeoJSON ----------------------------------------------------------------------------------


def test_geojson_geometries_are_read_and_checked():
    zone = normal(SECURITY)
    assert read_geometry(mapping(zone)) == zone
    both = read_geometry({"type": "MultiPolygon", "coordinates": [[SECURITY], [[[0, 0, 5], [1, 0, 5], [1, 1, 5]]]]})
    assert len(both.geoms) == 2
    assert read_geometry({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}).length > 1
    assert read_geometry(mapping(normal(DATELINE))) == normal(DATELINE)


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        [],
        {},
        {"type": "Point", "coordinates": [0, 0]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": {"0": 1}},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": 7},
        {"type": "LineString", "coordinates": [[0, 0]]},
        {"type": ["Polygon"], "coordinates": []},
    ],
)
def test_geojson_that_is_no_zone_is_refused(geometry):
    with pytest.raises(FormError):
        read_geometry(geometry)


def test_geojson_nested_beyond_all_measure_is_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for kind in ("Polygon", "MultiPolygon", "LineString"):
        with pytest.raises(FormError):
            read_geometry({"type": kind, "coordinates": deep})


def test_a_parallel_from_edge_to_edge_is_a_line_round_the_earth():
    assert line([[-180.0, 85.0], [180.0, 85.0]]).length == 360
    assert line([[180.0, 10.0], [-180.0, 20.0]]).length == 10  # both are one meridian: the short way


def test_a_line_is_cut_at_the_antimeridian():
    assert line([[0, 0], [1, 1]]) == LineString([(0, 0), (1, 1)])
    parts = line([[170, 10], [-170, 10]])
    assert isinstance(parts, MultiLineString)
    assert parts.bounds == (-180, 10, 180, 10)
    assert parts.length == 20
    assert line([[180, 10], [180, 20]]).length == 10


# --- circles and corridors --------------------------------------------------------------------


@settings(max_examples=60)
@given(places, radii, st.floats(0, 360), st.floats(0.0, 2.0))
@example((0.4160458222507254, -82.0), 893494.0, 0.0, 0.0)  # just beyond a pole: a seam is no edge
def test_a_disc_holds_what_is_nearer_than_its_radius(place, radius, azimuth, share):
    lon, lat, _ = WGS84.fwd(*place, azimuth, radius * share)
    disc = circle(*place, radius)
    assert disc.is_valid
    west, south, east, north = disc.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    # 360 corners, and edges straight in lon/lat: near the rim and near a pole the outline strays a little
    if abs(share - 1) > 0.02:
        assert inside(disc, lon, lat) == (share < 1)


@pytest.mark.parametrize(
    "place", [(36.6, 44.6), (180.0, 0.0), (-180.0, 60.0), (179.9, -70.0), (0.0, 90.0), (12.0, -89.9)]
)
def test_a_disc_has_the_area_of_its_radius(place):
    assert area_km2(circle(*place, 22_224)) == pytest.approx(math.pi * 22.224**2, rel=1e-3)


@pytest.mark.parametrize("radius", [0, -1, math.nan, math.inf, 6e6])
def test_a_disc_needs_a_radius(radius):
    with pytest.raises(FormError, match="radius out of range"):
        circle(30, 50, radius)


def test_a_disc_needs_a_place():
    with pytest.raises(FormError, match="out of range"):
        circle(30, 91, 1000)


@pytest.mark.parametrize(
    "along",
    [
        [[30.7, 46.5], [29.2, 44.3]],
        [[170, 60], [-170, 62]],
        [[30, 10], [31, 10], [31, 12]],
        [[0, 88], [120, 88]],
    ],
)
def test_a_corridor_holds_what_is_nearer_than_half_its_width(along):
    band = corridor(along, 20_000)
    assert band.is_valid
    for a, b in pairwise(along):
        azimuth, _, length = WGS84.inv(*a, *b)
        for share in (0.0, 0.37, 0.5, 1.0):
            lon, lat, back = WGS84.fwd(*a, azimuth, length * share)
            for side in (-90, 90):
                near = WGS84.fwd(lon, lat, back + side, 9_900)
                assert inside(band, near[0], near[1])
        middle = WGS84.fwd(*a, azimuth, length / 2)
        far = WGS84.fwd(middle[0], middle[1], middle[2] + 90, 10_100)
        assert not inside(band, far[0], far[1])


def test_a_corridor_has_the_area_of_its_length_and_round_ends():
    expected = distance_m(30.7, 46.5, 29.2, 44.3) / 1000 * 11.112 + math.pi * 5.556**2
    assert area_km2(corridor([[30.7, 46.5], [29.2, 44.3]], 11_112)) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("along", "width", "words"),
    [
        ([[30, 46]], 1000, "too few corners"),
        ([[30, 46], [30, 46]], 1000, "too few corners"),
        ([[0, 0], [180, 0]], 1000, "too far from the next"),
        ([[30, 46], [31, 46]], 0, "width out of range"),
    ],
)
def test_what_is_no_corridor_is_refused(along, width, words):
    with pytest.raises(FormError, match=words):
        corridor(along, width)


# --- distances and discs against zones --------------------------------------------------------


def test_distances_are_geodesic():
    assert distance_m(0, 0, 0, 1) == pytest.approx(110_574.4, abs=0.1)
    assert distance_m(0, 0, 1, 0) == pytest.approx(111_319.5, abs=0.1)
    assert distance_m(179.5, 0, -179.5, 0) == pytest.approx(111_319.5, abs=0.1)
    assert isinstance(distance_m(0, 0, 1, 1), float)
    table = distance_m([[0], [1]], 0, [0, 1, 2], 0)
    assert table.shape == (2, 3)
    assert table[1, 1] == 0
    assert np.isnan(distance_m(np.array([np.nan]), 0, 0, 0)[0])


@settings(max_examples=60)
@given(places, radii, st.floats(0, 360), st.floats(0.0, 2.0))
def test_the_edge_of_a_disc_is_as_far_as_the_radius_says(place, radius, azimuth, share):
    lon, lat, _ = WGS84.fwd(*place, azimuth, radius * share)
    found = distance_to_edge_m(circle(*place, radius), lon, lat)[0]
    assert found == pytest.approx(abs(share - 1) * radius, abs=0.02 * radius)


def test_a_disc_that_crosses_the_edge_is_uncertain():
    zone = normal(SECURITY)
    lon = np.array([38.0, 36.45, 36.55, 30.0, 30.0, np.nan, 36.5])
    lat = np.array([48.0, 48.0, 48.0, 48.0, 48.0, 48.0, 48.0])
    radius = np.array([5_000, 5_000, 5_000, 5_000, 600_000, 5_000, np.nan])
    inner, uncertain = disc_relation(zone, lon, lat, radius)
    assert inner.tolist() == [True, False, True, False, False, False, True]
    assert uncertain.tolist() == [False, True, True, False, True, True, False]


@settings(max_examples=60)
@given(places, radii, st.lists(st.tuples(places, radii), min_size=1, max_size=20))
def test_a_quick_look_gives_the_same_answer_as_a_measurement(place, radius, discs):
    zone = circle(*place, radius)
    lon, lat = np.array([disc[0] for disc in discs]).T
    reach = np.array([disc[1] for disc in discs])
    assert disc_relation(zone, lon, lat, reach)[1].tolist() == (distance_to_edge_m(zone, lon, lat) <= reach).tolist()


def test_single_values_make_single_answers():
    inner, uncertain = disc_relation(normal(SECURITY), 38.0, 48.0, 1.0)
    assert inner.tolist() == [True]
    assert uncertain.tolist() == [False]


# --- areas and samples ------------------------------------------------------------------------


def test_areas_agree_with_another_way_of_reckoning():
    zone = normal(SECURITY)
    geodesic = WGS84.geometry_area_perimeter(shapely.segmentize(zone, 0.05))[0] / 1e6
    assert area_km2(zone) == pytest.approx(geodesic, rel=1e-6)


def test_the_whole_earth_has_its_area():
    earth = Polygon([(-180, -90), (180, -90), (180, 90), (-180, 90)])
    assert area_km2(earth) == pytest.approx(510_065_622, rel=1e-6)  # WGS 84
    assert distance_to_edge_m(earth, 10, 10).tolist() == [math.inf]


@settings(max_examples=60)
@given(places, radii, st.integers(1, 400))
def test_a_sample_lies_inside_and_is_always_the_same(place, radius, count):
    disc = circle(*place, radius)
    points = sample(disc, count)
    assert 1 <= len(points) <= count
    assert inside(disc, points[:, 0], points[:, 1]).all()
    assert np.array_equal(points, sample(disc, count))


@pytest.mark.parametrize("place", [(30.0, 45.0), (180.0, 70.0), (0.0, 90.0)])
def test_a_sample_is_spread_evenly_by_area(place):
    points = sample(circle(*place, 500_000), 1000)
    assert len(points) == 1000
    metres = distance_m(*place, points[:, 0], points[:, 1])
    assert (metres < 250_000).mean() == pytest.approx(0.25, abs=0.02)


def test_each_part_of_a_zone_has_its_share():
    small, large = circle(30, 45, 10_000), circle(40, 45, 30_000)
    points = sample(MultiPolygon([small, large]), 1000)
    assert inside(small, points[:, 0], points[:, 1]).sum() == 100


def test_a_sliver_has_a_point():
    sliver = Polygon([(30, 45), (40, 55), (40, 55.0000001)])
    points = sample(sliver, 10)
    assert len(points) >= 1
    assert shapely.distance(sliver, shapely.points(points)).max() < 1e-6
    assert len(sample(LineString([(0, 0), (1, 1)]), 5)) == 1


def test_nothing_has_no_points():
    for shape, count in ((Polygon(), 5), (normal(SECURITY), 0)):
        with pytest.raises(ValueError, match="no points"):
            sample(shape, count)
