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


class _Corners:
    """Which corners of a grid over the region lie on land, each looked up when somebody first asks."""

    def __init__(self) -> None:
        self._land, (west, south, east, north) = draw_land()
        self._lon = np.linspace(west, east, round((east - west) / _CELL_DEG) + 1)
        self._lat = np.linspace(south, north, round((north - south) / _CELL_DEG) + 1)
        self._known = np.zeros((len(self._lat), len(self._lon)), dtype=bool)
        self._on_land = self._known.copy()
        shapely.prepare(self._land)

    def hold(self, row: NDArray[np.intp], column: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which cells lie on land with all four corners; rows count from the south."""
        new = np.zeros_like(self._known)
        for corner in ((row, column), (row + 1, column), (row, column + 1), (row + 1, column + 1)):
            new[corner] = True
        rows, columns = np.nonzero(new & ~self._known)
        self._on_land[rows, columns] = shapely.contains_xy(self._land, self._lon[columns], self._lat[rows])
        self._known |= new
        held = self._on_land
        on_land: NDArray[np.bool_] = held[row, column] & held[row + 1, column] & held[row, column + 1]
        return on_land & held[row + 1, column + 1]


@cache
def _open_corners() -> _Corners:
    return _Corners()


def lies_on_land(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which places, in degrees, certainly lie on land and away from every waterway that is known."""
    _, (west, south, east, north) = draw_land()
    found = np.zeros(len(lon), dtype=bool)
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero((lon >= west) & (lon < east) & (lat >= south) & (lat < north))
    if len(near):
        row = ((lat[near] - south) / _CELL_DEG).astype(np.intp)
        column = ((lon[near] - west) / _CELL_DEG).astype(np.intp)
        found[near] = _open_corners().hold(row, column)
    return found
