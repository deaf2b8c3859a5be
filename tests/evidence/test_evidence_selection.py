"""Which events lie in a zone: points, discs, areas, and places that nobody knows."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from truceline.evidence import select_events
from truceline.evidence.tables import EVENTS, conform
from truceline.gazetteer import Gazetteer, Place
from truceline.spacetime.shapes import distance_m

SEA = box(29, 45, 31, 47)
PLACES = Gazetteer(
    [
        Place("UA-51", "Odesa", 30.0, 46.9, 100_000.0),
        Place("harbour", "harbour", 30.5, 46.5, 900.0, box(30, 46, 31, 47)),
    ],
    {"Odeska oblast": "UA-51"},
)


def event(lon=None, lat=None, radius_m=None, area=None, kind="shelling"):
    return {"kind": kind, "lon": lon, "lat": lat, "radius_m": radius_m, "area": area}


def table(*rows) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={name: EVENTS[name] for name in ("kind", "lon", "lat", "radius_m", "area")})
    return conform(frame.with_row_index("row", 1), EVENTS)


def select(*rows, shape=SEA, areas=(), kinds=("shelling",)):
    chosen = select_events(table(*rows), PLACES, kinds=kinds, shape=shape, areas=areas)
    return {row["row"]: (row["inside"], row["place_uncertain"]) for row in chosen.iter_rows(named=True)}


def test_a_point_inside_and_one_outside():
    assert select(event(30.0, 46.0), event(32.0, 46.0)) == {1: (True, False)}


def test_a_point_on_the_boundary_is_inside():
    assert select(event(31.0, 46.0)) == {1: (True, False)}


@pytest.mark.parametrize(("lon", "inside"), [(30.99, True), (31.01, False)])
def test_a_disc_across_the_edge_is_uncertain_on_either_side(lon, inside):
    assert select(event(lon, 46.0, 2_000.0)) == {1: (inside, True)}
    assert select(event(lon, 46.0, 500.0)) == ({1: (True, False)} if inside else {})


def test_a_row_with_an_area_of_the_zone_is_inside():
    assert select(event(area="UA-51"), shape=None, areas=["Odeska oblast"]) == {1: (True, False)}
    assert select(event(area="UA-14"), shape=None, areas=["UA-51"]) == {}


def test_a_row_without_coordinates_stands_at_its_area():
    assert select(event(area="UA-51")) == {1: (True, True)}
    assert select(event(area="harbour")) == {1: (True, False)}


def test_a_drawn_area_is_a_zone_for_points():
    assert select(event(30.5, 46.5), event(29.5, 46.5), shape=None, areas=["harbour"]) == {1: (True, False)}


def test_a_point_near_an_area_that_nobody_drew_is_uncertain():
    assert select(event(30.0, 46.8), event(35.0, 46.8), shape=None, areas=["UA-51"]) == {1: (True, True)}


def test_a_place_that_nobody_knows_is_uncertain_and_not_inside():
    assert select(event()) == {1: (False, True)}
    assert select(event(area="Atlantis")) == {}


def test_without_a_zone_everything_is_inside():
    assert select(event(), event(150.0, -80.0), shape=None) == {1: (True, False), 2: (True, False)}


def test_only_the_kinds_asked_for():
    rows = event(30.0, 46.0), event(30.0, 46.0, kind="claim"), event(30.0, 46.0, kind="explosion")
    assert set(select(*rows, kinds=["shelling", "explosion"])) == {1, 3}
    assert select(*rows, kinds=[]) == {}


def test_rows_keep_their_order_and_columns():
    chosen = select_events(table(*[event(30.0, 46.0)] * 5), PLACES, kinds=["shelling"], shape=SEA)
    assert chosen.columns == [*EVENTS, "inside", "place_uncertain"]
    assert chosen["row"].to_list() == [1, 2, 3, 4, 5]
    assert (chosen["kind"].dtype, chosen["area"].dtype) == (pl.Categorical, pl.Categorical)


def test_a_disc_across_the_antimeridian_reaches_the_other_side():
    east = box(-180, -10, -170, 10)
    assert select(event(179.999, 0.0, 1_000.0), shape=east) == {1: (False, True)}


@settings(max_examples=60, deadline=None)
@given(
    lon=st.floats(27, 33),
    lat=st.floats(43, 49),
    radius_m=st.floats(1, 200_000),
)
def test_agrees_with_the_distance_to_the_nearest_edge(lon, lat, radius_m):
    edge = SEA.boundary
    steps = np.linspace(0, edge.length, 4_001)
    points = np.array([edge.interpolate(step).coords[0] for step in steps])
    metres = float(np.min(distance_m(lon, lat, points[:, 0], points[:, 1])))
    if abs(metres - radius_m) < 300:  # between two of the points on the edge
        return
    inside, crosses = SEA.intersects(Point(lon, lat)), metres < radius_m
    assert select(event(lon, lat, radius_m)) == ({1: (inside, crosses)} if inside or crosses else {})
