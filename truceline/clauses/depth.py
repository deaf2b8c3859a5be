"""How deep inside a zone: its edge laid on a plane, and which of many positions lies farthest from it.

On the plane longitudes are multiplied so that a degree is about as long either way. It serves to choose a
position; how many metres it is from the edge is then measured on the ellipsoid.
"""

from dataclasses import dataclass
from math import cos, radians

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.tracks.crossings import list_edges

__all__ = ["Edge", "find_deepest", "flatten_edge"]

_LEAST_SCALE = 0.01
_SAME_DEG = 1e-5  # about a metre: what differs by less is as deep
_FIRST = 64  # positions that are measured before any is left out

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Edge:
    """The edge of a shape on a plane; `scale` is by what longitudes are multiplied there."""

    lines: BaseGeometry
    scale: float

    def measure(self, lon: Floats, lat: Floats) -> Floats:
        """Return how far places in degrees are from the edge, in degrees of latitude; NaN where there is no edge."""
        far: Floats = shapely.distance(self.lines, shapely.points(lon * self.scale, lat))
        return far


def flatten_edge(shape: BaseGeometry) -> Edge:
    """Return the edge of a zone in lon/lat degrees as seen from both sides of 180°.

    The cut along the antimeridian and a pole are no edge.
    """
    west, south, east, north = shape.bounds
    scale = max(cos(radians((south + north) / 2)), _LEAST_SCALE)
    edges = list_edges(shape).reshape(-1, 2, 2)
    turns = (0.0, 360.0, -360.0) if west == -180 or east == 180 else (0.0,)
    seen = [(edges + np.array([turn, 0.0])) * [scale, 1.0] for turn in turns]
    lines = shapely.multilinestrings(shapely.linestrings(np.concatenate(seen)))
    shapely.prepare(lines)
    return Edge(lines, scale)


def find_deepest(edge: Edge, lon: Floats, lat: Floats) -> int:
    """Return which position of a track lies farthest from the edge, to about a metre.

    Not all are measured: none is farther from the edge than one before or after it is, and the way
    between them. More are, until no other can be the deepest.
    """
    if len(lon) <= _FIRST:
        return int(np.argmax(np.nan_to_num(edge.measure(lon, lat), nan=0.0)))
    x, y = np.round(lon * edge.scale / _SAME_DEG), np.round(lat / _SAME_DEG)
    left: Indices = np.unique(np.column_stack([x, y]), axis=0, return_index=True)[1]
    left.sort()
    best, farthest, count = int(left[0]), -1.0, _FIRST
    while len(left):
        chosen = np.unique(np.linspace(0, len(left) - 1, min(len(left), count)).round().astype(np.intp))
        tried = left[chosen]
        far = np.nan_to_num(edge.measure(lon[tried], lat[tried]), nan=0.0)
        if far.max() > farthest:
            best, farthest = int(tried[far.argmax()]), float(far.max())
        most = np.minimum(*(_bound(edge, lon, lat, left, tried, far, side) for side in ("left", "right")))
        most[chosen] = -1.0
        left, count = left[most > farthest + _SAME_DEG], count * 2
    return best


def _bound(edge: Edge, lon: Floats, lat: Floats, left: Indices, tried: Indices, far: Floats, side: str) -> Floats:
    """Return how far from the edge each position can be at most, by the measured one before or after it."""
    at = np.searchsorted(tried, left, side="right" if side == "left" else "left") - (side == "left")
    at = np.clip(at, 0, len(tried) - 1)
    east = np.abs(lon[left] - lon[tried[at]])
    east = np.minimum(east, 360.0 - east) * edge.scale
    most: Floats = far[at] + np.hypot(east, lat[left] - lat[tried[at]])
    return most
