"""Shapes on the earth: zones, discs, corridors, lines; inside, distance, area, samples.

Positions are WGS 84 longitude and latitude in degrees. Edges are drawn as RFC 7946 says: straight
in longitude and latitude. Zones are closed: a point on the boundary is inside. What crosses the
antimeridian is cut there, so that every coordinate lies in [-180, 180] (RFC 7946, section 3.1.9).
Distances are geodesics on the ellipsoid (Karney 2013, by way of PROJ).
"""

import math
import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Proj
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from truceline.errors import FormError

__all__ = [
    "area_km2",
    "circle",
    "corridor",
    "disc_relation",
    "distance_m",
    "distance_to_edge_m",
    "inside",
    "line",
    "normal",
    "read_geometry",
    "sample",
]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Coordinates = Sequence[Sequence[float]]
"""Pairs of longitude and latitude in degrees; a third number (height) is left aside."""

_WGS84 = Geod(ellps="WGS84")
_EQUAL_AREA = Proj(proj="cea", ellps="WGS84", over=True)  # Snyder 1987, p. 81: areas are kept exactly
_CIRCLE_POINTS = 360  # a chord then lies within 0.004 % of the radius of the true circle
_LARGEST_RADIUS_M = 5_000_000.0
_PIECE_M = 10_000.0  # a straight edge of this length strays at most 4 m from the geodesic up to 60° of latitude
_MOST_PIECES = 400
_MOST_VERTICES = 200_000
_SHORTEST_DEGREE_M = 110_500.0  # of latitude, at the equator: 110,574 m
_STEP_DEG = 0.1  # edges are cut this short before they are put on the equal-area plane
_MOST_STEPS = 500_000
_MOST_DRAWS = 500_000
_PLACE = re.compile(r"\[(-?[\d.eE+-]+) (-?[\d.eE+-]+)\]")
# Roberts (2018), the two-dimensional golden ratio: multiples of these fill a square evenly.
_GOLDEN = np.array([0.7548776662466927, 0.5698402909980532])


# --- building ---------------------------------------------------------------------------------


def normal(coords: Coordinates, holes: Sequence[Coordinates] = ()) -> BaseGeometry:
    """Return the polygon inside a ring of [lon, lat], open or closed, in either direction.

    An edge that spans more than 180° of longitude goes the short way, across the antimeridian; a
    ring that goes round a pole encloses the nearer one. Raises FormError for a coordinate that
    is none, for fewer than three different corners, and for a ring that crosses itself, saying
    where.
    """
    shape = _enclose(*_read_ring(coords))
    for hole in holes:
        shape = shape.difference(_enclose(*_read_ring(hole)))
    return _polygons(shape)


def circle(lon: float, lat: float, radius_m: float) -> BaseGeometry:
    """Return the disc of this radius as a polygon of 360 corners that lie on the true circle."""
    _check_point((lon, lat), 1)
    _check_length(radius_m, "radius")
    azimuths = np.linspace(0.0, -360.0, _CIRCLE_POINTS, endpoint=False)  # counter-clockwise
    return _enclose(*_walk(lon, lat, azimuths, radius_m))


def corridor(coords: Coordinates, width_m: float) -> BaseGeometry:
    """Return the band of this whole width along the shortest lines between [lon, lat] corners.

    Half of the width lies on either side, and round both ends. Raises FormError.
    """
    _check_length(width_m, "width")
    lon, lat = _read_points(coords, 2)
    legs = _WGS84.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    if legs.max() > 19_000_000:
        raise FormError(
            "corner of a corridor too far from the next",
            expected="at most 19000 km between two corners",
            found=f"{legs.max() / 1000:.0f} km",
            do="add a corner between them",
        )
    step = max(_PIECE_M, legs.sum() / _MOST_PIECES)
    pieces = [
        _capsule(*ends, width_m / 2)
        for a, b, leg in zip(zip(lon, lat, strict=True), zip(lon[1:], lat[1:], strict=True), legs, strict=False)
        for ends in _cut_leg(a, b, math.ceil(leg / step))
    ]
    return _polygons(shapely.union_all(pieces))


def line(coords: Coordinates) -> BaseGeometry:
    """Return a line through [lon, lat] corners, cut where it crosses the antimeridian.

    A step of more than 180° of longitude goes the short way. Where nothing would be left of it, as of a
    parallel from -180 to 180, it stands as drawn. Raises FormError.
    """
    lon, lat = _read_points(coords, 2)
    short, drawn = (LineString(np.column_stack([x, lat])) for x in (_unwrap(lon), lon))
    parts = [part for part in _wrap(short if short.length else drawn) if isinstance(part, LineString)]
    return parts[0] if len(parts) == 1 else MultiLineString(parts)


def read_geometry(geometry: object) -> BaseGeometry:
    """Read one GeoJSON geometry (RFC 7946): Polygon, MultiPolygon, LineString, MultiLineString.

    Raises FormError for anything else and for what `normal` and `line` refuse.
    """
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    coords: Any = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if kind in ("Polygon", "MultiPolygon"):
        polygons = [coords] if kind == "Polygon" else _read_list(coords)
        return _polygons(shapely.union_all([_read_polygon(rings) for rings in polygons]))
    if kind in ("LineString", "MultiLineString"):
        lines = [coords] if kind == "LineString" else _read_list(coords)
        return shapely.union_all([line(each) for each in lines])
    raise FormError(
        "geometry not understood",
        expected="a GeoJSON Polygon, MultiPolygon, LineString or MultiLineString",
        found=f"type {reprlib.repr(kind)[:60]}",
        do="draw the zone as a polygon, or the line as a line string",
    )


# --- asking -----------------------------------------------------------------------------------


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Any:  # noqa: ANN401 - float for floats, array for arrays
    """Return the length in metres of the shortest line on the ellipsoid; arrays broadcast."""
    points = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in (lon1, lat1, lon2, lat2)))
    a_lon, a_lat, b_lon, b_lat = (np.ravel(value) for value in points)
    metres = np.asarray(_WGS84.inv(a_lon, a_lat, b_lon, b_lat)[2]).reshape(points[0].shape)
    return float(metres) if metres.ndim == 0 else metres


def inside(shape: BaseGeometry, lon: ArrayLike, lat: ArrayLike) -> Booleans:
    """Return, for each point, whether it lies in the closed shape; NaN lies nowhere."""
    lons, lats = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    shapely.prepare(shape)
    found: Booleans = np.asarray(shapely.intersects_xy(shape, lons, lats))
    # 180° and -180° are one meridian
    seam = np.abs(lons) == 180.0
    return found | (seam & shapely.intersects_xy(shape, -lons, lats)) if seam.any() else found


def distance_to_edge_m(shape: BaseGeometry, lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Return, for each point, the metres to the nearest edge of the shape, from either side.

    The nearest place on the edge is sought on the sphere, and the distance to it is geodesic: at
    most some parts in a thousand too long. The cut along the antimeridian is no edge. NaN for a
    point that is NaN, infinity where the shape has no edge.
    """
    lons, lats = (np.ravel(np.asarray(value, dtype=np.float64)) for value in np.broadcast_arrays(lon, lat))
    starts, ends = _edges(shape)
    known = np.isfinite(lons) & np.isfinite(lats)
    metres = np.where(known, np.inf, np.nan)  # the whole earth has no edge
    for i in np.flatnonzero(known) if len(starts) else []:
        near_lon, near_lat = _nearest(starts, ends, lons[i], lats[i])
        metres[i] = _WGS84.inv(lons[i], lats[i], near_lon, near_lat)[2]
    return metres


def disc_relation(
    shape: BaseGeometry, lon: ArrayLike, lat: ArrayLike, radius_m: ArrayLike
) -> tuple[Booleans, Booleans]:
    """Return, for each disc, whether its centre is inside and whether it crosses the edge.

    A radius that is NaN counts as 0: the place as the source gave it. A disc whose centre is NaN is
    not inside, and uncertain, because nobody knows where it is.
    """
    values = (np.asarray(value, dtype=np.float64) for value in (lon, lat, radius_m))
    lons, lats, radii = (np.ravel(value) for value in np.broadcast_arrays(*values))
    unknown = ~(np.isfinite(lons) & np.isfinite(lats))
    crossing = unknown.copy()
    # Places repeat (a town has one point): each is measured once, and only where it may matter.
    todo = np.flatnonzero((radii > 0) & ~unknown)
    todo = todo[_least_m(shape, lons[todo], lats[todo]) <= radii[todo]]
    if todo.size:
        places, which = np.unique(np.column_stack([lons[todo], lats[todo]]), axis=0, return_inverse=True)
        crossing[todo] = distance_to_edge_m(shape, places[:, 0], places[:, 1])[which.ravel()] <= radii[todo]
    return inside(shape, lons, lats), crossing


def area_km2(shape: BaseGeometry) -> float:
    """Return the area on the ellipsoid in square kilometres, edges straight as drawn."""
    return float(_flatten(shape).area) / 1e6


def sample(shape: BaseGeometry, count: int) -> Floats:
    """Return at most `count` points inside the shape, spread evenly by area: rows of lon, lat.

    The same shape and count give the same points, and each part has its share of them by area. A
    shape too thin to be hit has one point that lies on it. Raises ValueError for an empty shape.
    """
    if shape.is_empty or count < 1:
        raise ValueError(f"no points can be taken: {count} of {shape.geom_type}")
    flat = [part for part in shapely.get_parts(_flatten(shape)) if part.area > 0]
    shares = _share([part.area for part in flat], count)
    spots = np.vstack([np.empty((0, 2)), *(_fill(part, n) for part, n in zip(flat, shares, strict=True) if n)])
    points = np.column_stack(_EQUAL_AREA(spots[:, 0], spots[:, 1], inverse=True))
    points = points[inside(shape, points[:, 0], points[:, 1])]
    return points if len(points) else shapely.get_coordinates(shape.representative_point())


# --- reading coordinates ----------------------------------------------------------------------


def _read_list(value: object) -> Sequence[Any]:
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and len(value):
        return value
    raise FormError(
        "coordinates not understood",
        expected="a list of [lon, lat] pairs",
        found=f"{type(value).__name__} {reprlib.repr(value)[:60]}",
        do="write the corners as [[lon, lat], [lon, lat], …]",
    )


def _read_polygon(rings: object) -> BaseGeometry:
    outer, *holes = _read_list(rings)
    return normal(outer, holes)


def _read_ring(coords: object) -> tuple[Floats, Floats]:
    """Return the corners of a ring without the one that closes it."""
    points = _read_list(coords)
    closed = len(points) > 1 and points[0] == points[-1]
    return _read_points(points[:-1] if closed else points, 3)


def _read_points(coords: object, least: int) -> tuple[Floats, Floats]:
    """Return checked corners as two arrays, without one that repeats the last."""
    points = _read_list(coords)
    if len(points) > _MOST_VERTICES:
        raise FormError(
            "too many corners", expected=f"at most {_MOST_VERTICES}", found=str(len(points)), do="simplify the outline"
        )
    pairs = [_check_point(point, number) for number, point in enumerate(points, start=1)]
    kept = [pair for before, pair in zip([None, *pairs], pairs, strict=False) if pair != before]
    if len(set(kept)) < least:
        raise FormError(
            "too few corners", expected=f"at least {least} different ones", found=str(len(set(kept))), do="add corners"
        )
    corners = np.array(kept, dtype=np.float64)
    return corners[:, 0], corners[:, 1]


def _check_point(point: object, number: int) -> tuple[float, float]:
    pair = list(point) if isinstance(point, Sequence) and not isinstance(point, (str, bytes)) else []
    good = len(pair) in (2, 3) and all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in pair)
    if not good or not all(-1e6 < n < 1e6 for n in pair):  # neither NaN nor an integer beyond all floats
        raise FormError(
            "coordinate not understood",
            expected="[lon, lat] in degrees, two finite numbers",
            found=f"corner {number}: {reprlib.repr(point)[:60]}",
            do="write longitude and latitude as decimal numbers",
        )
    lon, lat = float(pair[0]), float(pair[1])
    if abs(lon) <= 180 and abs(lat) <= 90:
        return lon, lat
    swapped = abs(lon) <= 90 and abs(lat) <= 180
    raise FormError(
        "coordinate out of range",
        expected="longitude from -180 to 180, then latitude from -90 to 90",
        found=f"corner {number}: [{lon:g}, {lat:g}]",
        do="longitude comes first: swap the two numbers" if swapped else "correct the number",
    )


def _check_length(metres: float, what: str) -> None:
    if not 0 < metres <= _LARGEST_RADIUS_M:
        raise FormError(
            f"{what} out of range", expected="more than 0 m, at most 5000 km", found=f"{metres:g} m", do="correct it"
        )


# --- from corners to shapes -------------------------------------------------------------------


def _unwrap(lon: Floats) -> Floats:
    """Return longitudes without jumps: each within 180° of the one before, beyond ±180 if need be."""
    steps = np.diff(lon)
    turns = np.where(steps > 180, -360.0, np.where(steps < -180, 360.0, 0.0))
    unwrapped: Floats = lon + np.concatenate([[0.0], np.cumsum(turns)])
    return unwrapped


def _enclose(lon: Floats, lat: Floats) -> BaseGeometry:
    """Return what lies inside a ring (not closed) of corners; the nearer pole where it goes round one."""
    around, up = np.append(lon, lon[0]), np.append(lat, lat[0])
    closed = _unwrap(around)
    ring = np.column_stack([closed, up])
    if abs(closed[-1] - closed[0]) > 1:  # 360°: round a pole
        pole = math.copysign(90.0, float(lat.mean()))
        ring = np.vstack([ring, [closed[-1], pole], [closed[0], pole], ring[:1]])
    shape = Polygon(ring)
    if not _encloses(shape) and (np.abs(np.diff(around)) == 360).any():  # a belt from -180 to 180, drawn as such
        shape = Polygon(np.column_stack([around, up]))
    _check_ring(shape)
    return _polygons(MultiPolygon([part for part in _wrap(shape) if isinstance(part, Polygon)]))


def _encloses(shape: Polygon) -> bool:
    return bool(shape.is_valid and shape.area > 0)


def _check_ring(shape: Polygon) -> None:
    if _encloses(shape):
        return
    place = _PLACE.search(shapely.is_valid_reason(shape))
    where = f" near [{_within_180(float(place[1])):.6g}, {float(place[2]):.6g}]" if place else ""
    raise FormError(
        "outline crosses or touches itself",
        expected="corners in order around one area",
        found=f"a crossing{where}" if where else "an outline without an area",
        do="put the corners in order, or draw two zones",
    )


def _within_180(lon: float) -> float:
    return (lon + 180.0) % 360.0 - 180.0


def _wrap(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    """Yield the parts of a shape in unwrapped longitudes, each moved into [-180, 180].

    Turning by 360° costs the last bits, so that a seam could gape by 1e-14°: parts that are moved are
    rounded to 1e-11°, a thousandth of a millimetre.
    """
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        yield from shapely.get_parts(shape)
        return
    for turn in range(math.floor((west + 180) / 360), math.ceil((east + 180) / 360)):
        middle = 360.0 * turn
        part = shape.intersection(box(middle - 180, -90, middle + 180, 90))
        for piece in shapely.get_parts(part):
            yield shapely.transform(piece, lambda xy, by=middle: np.round(xy - [by, 0.0], 11))


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape, counter-clockwise, in a stable order."""
    merged = shapely.union_all(shape) if not shape.is_valid else shape
    parts = [part for part in shapely.get_parts(merged) if isinstance(part, Polygon) and part.area > 0]
    if not parts:
        raise FormError("shape without an area", expected="a zone", found="nothing left", do="check the holes")
    ordered = sorted((shapely.orient_polygons(part.normalize()) for part in parts), key=lambda part: part.bounds)
    return ordered[0] if len(ordered) == 1 else MultiPolygon(ordered)


def _walk(lon: float | Floats, lat: float | Floats, azimuths: Floats, metres: float) -> tuple[Floats, Floats]:
    """Return the points at `metres` from a place, or from each of several, one for each azimuth."""
    n = len(azimuths)
    lons, lats, _ = _WGS84.fwd(np.full(n, lon), np.full(n, lat), azimuths, np.full(n, metres))
    return np.asarray(lons), np.asarray(lats)


def _cut_leg(
    a: tuple[float, float], b: tuple[float, float], pieces: int
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the ends of `pieces` equal parts of the shortest line from a to b."""
    between = _WGS84.npts(*a, *b, pieces - 1) if pieces > 1 else []
    stops = [a, *between, b]
    return list(pairwise(stops))


def _capsule(a: tuple[float, float], b: tuple[float, float], radius_m: float) -> BaseGeometry:
    """Return all that lies within `radius_m` of the short line from a to b."""
    out, _, length = _WGS84.inv(*a, *b)
    # Straight in lon/lat strays from the geodesic with the tangent of the latitude: more stops near the poles.
    stops = 2 + min(30, int(math.tan(math.radians(min(abs(a[1]), 89.0)))))
    starts = np.full(stops, a[0]), np.full(stops, a[1])
    lon, lat, back = _WGS84.fwd(*starts, np.full(stops, out), np.linspace(0.0, length, stops))
    ahead, half = back + 180.0, np.linspace(90.0, -90.0, _CIRCLE_POINTS // 4 + 1)
    sides = [
        _walk(lon, lat, ahead + 90.0, radius_m),
        _walk(lon[-1], lat[-1], ahead[-1] + half[1:-1], radius_m),
        _walk(lon[::-1], lat[::-1], ahead[::-1] - 90.0, radius_m),
        _walk(lon[0], lat[0], ahead[0] + 180.0 + half[1:-1], radius_m),
    ]
    return _enclose(np.concatenate([side[0] for side in sides]), np.concatenate([side[1] for side in sides]))


# --- edges and areas --------------------------------------------------------------------------


def _edges(shape: BaseGeometry) -> tuple[Floats, Floats]:
    """Return starts and ends of short edges, without the cut along the antimeridian and the poles."""
    boundary = shape.boundary if isinstance(shape, (Polygon, MultiPolygon)) else shape
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(_shorten(boundary))]
    starts, ends = np.vstack([part[:-1] for part in parts]), np.vstack([part[1:] for part in parts])
    upright, level = (starts == ends).T
    seam = upright & (np.abs(starts[:, 0]) == 180)
    seam &= np.asarray(shapely.intersects_xy(shape, -starts[:, 0], (starts + ends)[:, 1] / 2))
    kept = ~seam & ~(level & (np.abs(starts[:, 1]) == 90))
    return starts[kept], ends[kept]


def _shorten(shape: BaseGeometry) -> BaseGeometry:
    """Return the shape with edges cut so short that they are straight on any map; longer ones where there are many."""
    return shapely.segmentize(shape, max(_STEP_DEG, shape.length / _MOST_STEPS))


def _least_m(shape: BaseGeometry, lon: Floats, lat: Floats) -> Floats:
    """Return metres that no way to the edge is shorter than: quick to know, and often enough.

    A way of s degrees that starts at latitude φ stays below φ + s, where a degree of longitude is
    still at least cos(φ + s) of one at the equator.
    """
    boundary = shape.boundary if isinstance(shape, (Polygon, MultiPolygon)) else shape
    if boundary.is_empty or not lon.size:
        return np.full(lon.shape, np.inf)
    west, _, east, _ = boundary.bounds
    turns = (0.0, 360.0, -360.0) if max(lon.max() - west, east - lon.min()) > 180 else (0.0,)
    degrees = np.min([shapely.distance(shapely.points(lon + turn, lat), boundary) for turn in turns], axis=0)
    highest = np.minimum(np.abs(lat) + degrees, 90.0)
    metres: Floats = degrees * np.cos(np.radians(highest)) * _SHORTEST_DEGREE_M
    return metres


def _nearest(starts: Floats, ends: Floats, lon: float, lat: float) -> tuple[float, float]:
    """Return the place on short edges that is nearest to a point.

    Sought on the azimuthal equidistant plane about the point, on the sphere (Snyder 1987, p. 195).
    """
    a, b = _flatten_about(lon, lat, starts), _flatten_about(lon, lat, ends)
    along = b - a
    length = (along**2).sum(axis=1)
    share = np.clip(-(a * along).sum(axis=1) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    best = int(((a + share[:, None] * along) ** 2).sum(axis=1).argmin())
    place = starts[best] + share[best] * (ends[best] - starts[best])
    return float(place[0]), float(place[1])


def _flatten_about(lon: float, lat: float, places: Floats) -> Floats:
    """Return places on the plane about a point, in radians east and north."""
    east, north, there = np.radians(places[:, 0] - lon), np.radians(places[:, 1]), math.radians(lat)
    x = np.cos(north) * np.sin(east)
    y = math.cos(there) * np.sin(north) - math.sin(there) * np.cos(north) * np.cos(east)
    up = math.sin(there) * np.sin(north) + math.cos(there) * np.cos(north) * np.cos(east)
    sine = np.hypot(x, y)
    scale = np.where(sine > 0, np.arctan2(sine, up) / np.where(sine > 0, sine, 1.0), 1.0)
    return np.column_stack([x * scale, y * scale])


def _flatten(shape: BaseGeometry) -> BaseGeometry:
    """Return the shape on a plane in metres on which areas are those of the ellipsoid."""
    return shapely.transform(_shorten(shape), lambda xy: np.column_stack(_EQUAL_AREA(xy[:, 0], xy[:, 1])))


def _share(areas: Sequence[float], count: int) -> list[int]:
    """Return how many of `count` points each area has: whole shares, the rest to the largest fractions."""
    ideal = [count * area / sum(areas) for area in areas]
    shares = [math.floor(share) for share in ideal]
    behind = sorted(range(len(areas)), key=lambda i: shares[i] - ideal[i])
    for i in behind[: count - sum(shares)]:
        shares[i] += 1
    return shares


def _fill(part: BaseGeometry, count: int) -> Floats:
    """Return up to `count` points of the golden sequence that fall into a part of the plane."""
    west, south, east, north = part.bounds
    size = np.array([east - west, north - south])
    draws = min(math.ceil(1.2 * count * float(size.prod()) / part.area) + 64, _MOST_DRAWS)
    spots = (0.5 + np.arange(draws)[:, None] * _GOLDEN) % 1.0 * size + [west, south]
    shapely.prepare(part)
    hits: Floats = spots[np.asarray(shapely.intersects_xy(part, spots[:, 0], spots[:, 1]))][:count]
    return hits
