"""Where a vessel cannot be: land, far from the coast, from rivers and from lakes that ships use.

The outline is coarse (Natural Earth 1:10m, simplified to about 400 m), harbours and mouths of rivers
lie within it, and it covers one region only. So a place counts as land where it lies 3 km or more
behind the coast and more than 20 km from a waterway in `waterways.json`; elsewhere, and outside the
region, nothing is said.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiLineString, shape
from shapely.geometry.base import BaseGeometry

__all__ = ["LAND_FILE", "draw_land", "lies_on_land"]

LAND_FILE = Path(__file__).parent / "land.geojson"
"""The outline of land, which maps of reports draw too."""

_WATERWAYS_FILE = Path(__file__).parent / "waterways.json"
_COAST_DEG = 0.03  # 3.3 km from north to south, 2 to 2.6 km from west to east in the region
_BANK_DEG = 0.18
_CELL_DEG = 0.025


@cache
def draw_land() -> tuple[BaseGeometry, tuple[float, float, float, float]]:
    """Return land without the strip behind the coast and the banks of waterways, and the box it is known in."""
    document = json.loads(LAND_FILE.read_text("utf-8"))
    land = shapely.union_all([shape(feature["geometry"]) for feature in document["features"]])
    rivers = MultiLineString(list(json.loads(_WATERWAYS_FILE.read_text("utf-8"))["courses"].values()))
    west, south, east, north = document["bbox"]
    return land.buffer(-_COAST_DEG).difference(rivers.buffer(_BANK_DEG)), (west, south, east, north)


@cache
def _draw_cells() -> NDArray[np.bool_]:
    """Return which cells of a grid over the region lie on land with all four corners, rows from the south."""
    land, (west, south, east, north) = draw_land()
    columns = np.linspace(west, east, round((east - west) / _CELL_DEG) + 1)
    rows = np.linspace(south, north, round((north - south) / _CELL_DEG) + 1)
    shapely.prepare(land)
    corner = shapely.contains_xy(land, *np.meshgrid(columns, rows))
    cells: NDArray[np.bool_] = corner[:-1, :-1] & corner[1:, :-1] & corner[:-1, 1:] & corner[1:, 1:]
    return cells


def lies_on_land(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which places, in degrees, certainly lie on land and away from every waterway that is known."""
    _, (west, south, east, north) = draw_land()
    found = np.zeros(len(lon), dtype=bool)
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero((lon >= west) & (lon < east) & (lat >= south) & (lat < north))
    if len(near):
        row = ((lat[near] - south) / _CELL_DEG).astype(np.intp)
        column = ((lon[near] - west) / _CELL_DEG).astype(np.intp)
        found[near] = _draw_cells()[row, column]
    return found
