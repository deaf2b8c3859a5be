"""Zones as people draw them -> the edges that the kernels read; what cannot be used is refused."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.errors import FormError

__all__ = ["LARGEST_COORDINATE", "check_zones", "list_edges"]

LARGEST_COORDINATE = 1_048_576.0
"""Degrees; beyond it a coordinate is refused. Far beyond the globe, and as wide as the exact sums of the kernels."""

_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def check_zones(zones: Sequence[BaseGeometry]) -> NDArray[np.object_]:
    """Return the zones as an array of geometries.

    Raises FormError for the first one that is no area, has a coordinate that is not finite or too
    large, or is not valid in the sense of OGC 06-103r4 (a ring that crosses itself, overlapping
    parts): of such a one nobody can say what lies inside. An empty geometry is an empty zone.
    """
    shapes = np.array([*zones, None], dtype=object)[:-1]
    empty = shapely.is_empty(shapes)
    _refuse(~np.isin(shapely.get_type_id(shapes), _AREAS) & ~empty, shapes, "a polygon or multipolygon")
    corners, owners = shapely.get_coordinates(shapes, return_index=True)
    wild = ~(np.abs(corners) <= LARGEST_COORDINATE).all(axis=1)
    _refuse(np.isin(np.arange(len(shapes)), owners[wild]), shapes, "longitude and latitude in degrees")
    _refuse(~(shapely.is_valid(shapes) | empty), shapes, "rings that neither cross nor overlap")
    return shapes


def _refuse(bad: NDArray[np.bool_], shapes: NDArray[np.object_], expected: str) -> None:
    if not bad.any():
        return
    number = int(np.flatnonzero(bad)[0])
    shape = shapes[number]
    found = "nothing" if shape is None else f"{shape.geom_type}, {shapely.is_valid_reason(shape)}"
    raise FormError(f"zone {number}", expected=expected, found=found, do="repair the outline")


def list_edges(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Return all edges of all rings: (n, 4) ax, ay, bx, by in degrees, and the zone of each, ascending."""
    parts, zone_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    corners, ring_of_corner = shapely.get_coordinates(rings, return_index=True)
    along = ring_of_corner[1:] == ring_of_corner[:-1]
    edges = np.concatenate([corners[:-1], corners[1:]], axis=1)[along]
    zones = zone_of_part[part_of_ring[ring_of_corner[1:][along]]]
    return np.ascontiguousarray(edges), zones.astype(np.uint32)
