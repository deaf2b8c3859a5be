"""The width of a zone, and zones with a moved edge: exact where geometry says what they must be."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.rehearsal.widths import measure_width, move_edge
from truceline.spacetime.shapes import area_km2, circle, corridor, distance_m, normal

NMI = 1852.0


@settings(max_examples=30, deadline=None)
@given(lon=st.floats(-180, 180), lat=st.floats(-75, 75), radius=st.floats(1_000, 200_000), factor=st.floats(0.3, 2.5))
def test_a_circle_stays_a_circle_of_the_new_radius(lon, lat, radius, factor):
    moved = move_edge(circle(lon, lat, radius), (factor - 1) * radius)
    edge = shapely.get_coordinates(moved.boundary)
    edge = edge[np.abs(edge[:, 0]) < 179.9999]  # without the cut along the antimeridian
    metres = distance_m(np.full(len(edge), lon), np.full(len(edge), lat), edge[:, 0], edge[:, 1])
    assert np.max(np.abs(metres - factor * radius)) < 0.003 * factor * radius + 1


@pytest.mark.parametrize("lon", [30.0, 179.9, -180.0])
def test_the_width_of_a_circle_is_its_diameter(lon):
    assert measure_width(circle(lon, 45, 6 * NMI)) == pytest.approx(12 * NMI, rel=0.002)


ALONG = [[30.80, 46.45], [30.95, 46.10], [30.62, 45.50], [30.20, 44.90], [29.00, 44.25]]


def test_the_width_of_a_corridor_is_its_width():
    assert measure_width(corridor(ALONG, 6 * NMI)) == pytest.approx(6 * NMI, rel=0.08)  # wider at its bends


def test_a_corridor_keeps_its_course():
    moved = move_edge(corridor(ALONG, 6 * NMI), 3 * NMI)
    wanted = corridor(ALONG, 12 * NMI)
    apart = shapely.symmetric_difference(moved, wanted)
    assert apart.is_empty or area_km2(apart) < 0.0005 * area_km2(wanted)


def test_a_square_is_as_wide_as_its_side_and_a_fifth_less_when_it_shrinks():
    side = normal([[30.0, 0.0], [31.0, 0.0], [31.0, 1.0], [30.0, 1.0]])
    assert measure_width(side) == pytest.approx(110_574, rel=0.01)
    inner = move_edge(side, -11_000)
    assert side.contains(inner)
    assert area_km2(inner) == pytest.approx(area_km2(side) * 0.8 * 0.8, rel=0.01)


def test_across_the_antimeridian_a_zone_stays_whole():
    zone = normal([[179.5, 10.0], [-179.5, 10.0], [-179.5, 11.0], [179.5, 11.0]])
    moved = move_edge(zone, 5_000)
    west, _, east, _ = moved.bounds
    assert (west, east) == (-180, 180)
    assert area_km2(moved) == pytest.approx(area_km2(zone) * (119.4 / 109.4) * (120.6 / 110.6), rel=0.01)


def test_a_hole_shrinks_as_the_zone_grows():
    ring = [[30.0, 45.0], [32.0, 45.0], [32.0, 46.0], [30.0, 46.0]]
    hole = [[30.8, 45.4], [31.2, 45.4], [31.2, 45.6], [30.8, 45.6]]
    moved = move_edge(normal(ring, [hole]), 2_000)
    assert len(moved.interiors) == 1
    assert area_km2(shapely.Polygon(moved.interiors[0])) < area_km2(normal(hole))


def test_nothing_is_left_of_a_zone_that_is_eaten_up():
    assert move_edge(circle(30, 45, 5_000), -5_100) is None
    assert move_edge(circle(30, 45, 5_000), 20_000_000) is None
