"""Closest approach near a pole, where no plane of longitudes and latitudes serves.

Sought on the azimuthal equidistant plane about the pole, on the sphere (Snyder 1987, p. 195): what lies
across the pole is as near there as it is. Edges and ways, which are straight in longitude and latitude,
are curves on it, so they are cut into short pieces. The distance that is returned is geodesic.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.spacetime.shapes import distance_m, inside
from truceline.tracks.crossings import list_edges, turn_within_180

__all__ = ["POLAR_DEG", "measure_polar"]

POLAR_DEG = 80.0
"""The latitude from which on ways are measured so."""

_STEP_DEG = 0.25
_MOST_STEPS = 20_000

Floats = NDArray[np.float64]


def measure_polar(target: BaseGeometry, ways: Floats) -> tuple[Floats, Floats]:
    """Return, for each way (ax, ay, bx, by in degrees, bx within 180° of ax), metres to the target and the share.

    All ways must lie on one side of the equator; the share (0 to 1) says where on the way it is nearest.
    """
    north = 1.0 if ways[0, 1] + ways[0, 3] > 0 else -1.0
    lines, zones = _draw(target)
    flat = _flatten(_shorten(lines), north)
    shapely.prepare(flat)
    shapes = _shorten(_make_ways(ways))
    link = shapely.get_coordinates(shapely.shortest_line(flat, _flatten(shapes, north))).reshape(-1, 2, 2)
    there, here = _unfold(link[:, 0], north), _unfold(link[:, 1], north)
    metres = np.asarray(distance_m(here[:, 0], here[:, 1], there[:, 0], there[:, 1]), dtype=np.float64)
    share = _locate(ways, here)
    for zone in zones:
        for end in (1, 0):
            within = inside(zone, turn_within_180(ways[:, 2 * end]), ways[:, 2 * end + 1])
            metres[within], share[within] = 0.0, float(end)
    return metres, share


def _draw(target: BaseGeometry) -> tuple[BaseGeometry, list[BaseGeometry]]:
    """Return all lines, points and edges of a target as one shape, and its zones."""
    parts = list(_take_apart(target))
    zones = [part for part in parts if part.geom_type == "Polygon"]
    areas = shapely.union_all(zones)
    edges = list_edges(areas).reshape(-1, 2, 2) if zones else np.empty((0, 2, 2))
    rest = [part for part in parts if part.geom_type != "Polygon"]
    return shapely.geometrycollections([*rest, *shapely.linestrings(edges)]), [areas] if zones else []


def _take_apart(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(shape):
        if part.geom_type.startswith("Multi") or part.geom_type == "GeometryCollection":
            yield from _take_apart(part)
        else:
            yield part


def _make_ways(ways: Floats) -> NDArray[np.object_]:
    ends = ways.reshape(-1, 2, 2)
    points = (ends[:, 0] == ends[:, 1]).all(axis=1)
    shapes = np.empty(len(ways), dtype=object)
    shapes[points] = shapely.points(ends[points, 0])
    shapes[~points] = shapely.linestrings(ends[~points])
    return shapes


def _shorten(shape: Any) -> Any:  # noqa: ANN401 -- one shape for one, an array for an array
    length = float(np.max(shapely.length(shape)))
    return shapely.segmentize(shape, max(_STEP_DEG, length / _MOST_STEPS))


def _flatten(shape: Any, north: float) -> Any:  # noqa: ANN401 -- as above
    def flatten(places: Floats) -> Floats:
        far, turn = 90.0 - north * places[:, 1], np.radians(places[:, 0])
        return np.column_stack([far * np.cos(turn), far * np.sin(turn)])

    return shapely.transform(shape, flatten)


def _unfold(places: Floats, north: float) -> Floats:
    """Return longitudes and latitudes of places on the plane."""
    lon = np.degrees(np.arctan2(places[:, 1], places[:, 0]))
    return np.column_stack([lon, north * (90.0 - np.hypot(*places.T))])


def _locate(ways: Floats, places: Floats) -> Floats:
    """Return at which share of each way a place on it lies."""
    start, along = ways[:, :2], ways[:, 2:] - ways[:, :2]
    middle = ways[:, 0] + along[:, 0] / 2
    lon = middle + (places[:, 0] - middle + 180.0) % 360.0 - 180.0
    length = (along**2).sum(axis=1)
    share = ((np.column_stack([lon, places[:, 1]]) - start) * along).sum(axis=1) / np.where(length > 0, length, 1.0)
    found: Floats = np.clip(share, 0.0, 1.0)
    return found
