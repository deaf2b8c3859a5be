"""Zones as people draw them -> the edges that the kernels read; what cannot be used is refused."""

from collections.abc import Sequence
from types import ModuleType

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.errors import FormError

__all__ = ["LARGEST_COORDINATE", "check_lines", "check_zones", "lay", "list_edges", "list_pieces"]

LARGEST_COORDINATE = 1_048_576.0
"""Degrees; beyond it a coordinate is refused. Far beyond the globe, and as wide as the exact sums of the kernels."""

_CELLS_PER_EDGE = 4
_FEWEST_CELLS, _MOST_CELLS = 4_096, 1 << 20
_BUDGET = 1 << 26  # entries of any one table of the grid; beyond it the grid is laid coarser
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING, shapely.GeometryType.LINEARRING)
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def check_zones(zones: Sequence[BaseGeometry]) -> NDArray[np.object_]:
    """Return the zones as an array of geometries.

    Raises FormError for the first one that is no area, has a coordinate that is not finite or too
    large, or is not valid in the sense of OGC 06-103r4 (a ring that crosses itself, overlapping
    parts): of such a one nobody can say what lies inside. An empty geometry is an empty zone.
    """
    shapes = _check(zones, "zone", _AREAS, "a polygon or multipolygon")
    sound = shapely.is_valid(shapes) | shapely.is_empty(shapes)
    _refuse(~sound, shapes, "zone", "rings that neither cross nor overlap")
    return shapes


def check_lines(lines: Sequence[BaseGeometry]) -> NDArray[np.object_]:
    """Return the lines as an array; raises FormError for the first that is none, or has a wild coordinate."""
    return _check(lines, "line", _LINES, "a line or several")


def _check(shapes: Sequence[BaseGeometry], what: str, types: Sequence[int], expected: str) -> NDArray[np.object_]:
    given = np.array([*shapes, None], dtype=object)[:-1]
    _refuse(~np.isin(shapely.get_type_id(given), types) & ~shapely.is_empty(given), given, what, expected)
    corners, owners = shapely.get_coordinates(given, return_index=True)
    wild = ~(np.abs(corners) <= LARGEST_COORDINATE).all(axis=1)
    _refuse(np.isin(np.arange(len(given)), owners[wild]), given, what, "longitude and latitude in degrees")
    return given


def _refuse(bad: NDArray[np.bool_], shapes: NDArray[np.object_], what: str, expected: str) -> None:
    if not bad.any():
        return
    number = int(np.flatnonzero(bad)[0])
    shape = shapes[number]
    found = "nothing" if shape is None else f"{shape.geom_type}, {shapely.is_valid_reason(shape)}"
    raise FormError(f"{what} {number}", expected=expected, found=found, do="repair it")


def list_edges(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Return all edges of all rings: (n, 4) ax, ay, bx, by in degrees, and the zone of each, ascending."""
    parts, zone_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    corners, ring_of_corner = shapely.get_coordinates(rings, return_index=True)
    along = ring_of_corner[1:] == ring_of_corner[:-1]
    edges = np.concatenate([corners[:-1], corners[1:]], axis=1)[along]
    zones = zone_of_part[part_of_ring[ring_of_corner[1:][along]]]
    return np.ascontiguousarray(edges), zones.astype(np.uint32)


def list_pieces(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Return all pieces of all lines, as `list_edges` does the edges of zones; in the direction of the line."""
    parts, line_of_part = shapely.get_parts(shapes, return_index=True)
    corners, part_of_corner = shapely.get_coordinates(parts, return_index=True)
    along = part_of_corner[1:] == part_of_corner[:-1]
    pieces = np.concatenate([corners[:-1], corners[1:]], axis=1)[along]
    return np.ascontiguousarray(pieces), line_of_part[part_of_corner[1:][along]].astype(np.uint32)


def lay(compiled: ModuleType, edges: NDArray[np.float64], owners: NDArray[np.uint32], count: int) -> object:
    """Lay the extension's grid, ever coarser until its tables fit; the coarsest has one cell and always fits."""
    cells = float(min(max(_CELLS_PER_EDGE * len(edges), _FEWEST_CELLS), _MOST_CELLS))
    while True:
        grid: object = compiled.build(edges, owners, count, cells, _BUDGET)
        if grid is not None:
            return grid
        if cells <= 1:
            raise MemoryError(f"{len(edges)} edges are more than the index can hold")
        cells = max(1.0, cells / 8)
