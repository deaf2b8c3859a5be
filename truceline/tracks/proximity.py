"""Closest approach: of a track to a place, a line or a zone, and of two tracks to each other.

Between two positions a track is straight in longitude and latitude (RFC 7946), so that an approach
between two positions is seen. The nearest places are sought on a plane on which a degree of
longitude is as long as it is at that latitude; the distance between them is geodesic (Karney 2013).
What is nearest on that plane is at most some parts in ten thousand farther than the true minimum.
Near a pole `tracks.polar` measures.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.spacetime.shapes import distance_m
from truceline.tracks.crossings import turn_within_180
from truceline.tracks.polar import POLAR_DEG, measure_polar

__all__ = ["Meeting", "Path", "distances_m", "find_meetings", "measure_approach", "turn_pole", "widen"]

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Path = tuple[Times, Floats, Floats]
"""Times in microseconds, longitudes, latitudes in degrees; in order of time."""

_SHORTEST_DEGREE_M = 110_500.0
_BAND_DEG = 0.25  # of latitude, over which one scale of longitudes serves
_A, _E2 = 6_378_137.0, 0.0066943799901413165  # WGS 84
_POLAR_DEG = 89.0  # from here on ways may lead over the pole
_STRAIGHT_M = 2.0
_MOST_TURNS = 2_000_000  # of one track


def widen(shape: BaseGeometry, metres: float) -> BaseGeometry:
    """Return a box that holds all that lies within `metres` of the shape; all longitudes near 180° and the poles."""
    west, south, east, north = shapely.bounds(shape)
    up = metres / _SHORTEST_DEGREE_M
    top = max(abs(south), abs(north)) + up
    out = up / np.cos(np.radians(top)) if top < _POLAR_DEG else 360.0
    if west - out < -180 or east + out > 180:
        west, east, out = -180.0, 180.0, 0.0
    return shapely.box(west - out, max(south - up, -90.0), east + out, min(north + up, 90.0))


def distances_m(target: BaseGeometry, lon: Floats, lat: Floats) -> Floats:
    """Return the metres from each place to the nearest one of the target; 0 inside a zone."""
    return measure_approach(target, np.column_stack([lon, lat, lon, lat]))[0]


def measure_approach(target: BaseGeometry, ways: Floats) -> tuple[Floats, Floats]:
    """Return, for each way (ax, ay, bx, by in degrees), its least distance from the target and where on it that is.

    Metres, and the share (0 to 1) of the way. A way of more than 180° of longitude goes the short way
    round.
    """
    ways = np.array(ways, dtype=np.float64)
    east = ways[:, 2] - ways[:, 0]
    ways[:, 2] += np.where(east > 180, -360.0, np.where(east < -180, 360.0, 0.0))
    metres, share = np.full(len(ways), np.inf), np.zeros(len(ways))
    if not len(ways) or target.is_empty:
        return metres, share
    high = np.abs(ways[:, 1::2]).max(axis=1) >= POLAR_DEG
    for polar in (high & (ways[:, 1::2].sum(axis=1) > 0), high & (ways[:, 1::2].sum(axis=1) <= 0)):
        if polar.any():
            metres[polar], share[polar] = measure_polar(target, ways[polar])
    low = np.flatnonzero(~high)
    metres[low], share[low] = _measure_low(target, ways[low])
    return metres, share


def _measure_low(target: BaseGeometry, ways: Floats) -> tuple[Floats, Floats]:
    """Measure ways far from the poles, on either side of the antimeridian."""
    metres, share = np.full(len(ways), np.inf), np.zeros(len(ways))
    west, _, right, _ = target.bounds
    for turn in (0.0, 360.0, -360.0):
        near = np.flatnonzero(
            (ways[:, ::2].max(axis=1) + turn > west - 180) & (ways[:, ::2].min(axis=1) + turn < right + 180)
        )
        turned = ways[near] + [turn, 0.0, turn, 0.0]
        found, where = _measure(target, turned, (turned[:, 1] + turned[:, 3]) / 2)
        better = found < metres[near]
        metres[near[better]], share[near[better]] = found[better], where[better]
    return metres, share


def _measure(target: BaseGeometry, ways: Floats, middle: Floats) -> tuple[Floats, Floats]:
    """Measure on the plane about latitude `middle`, and again about the middle of the link that was found."""
    link = _link(target, ways, middle)
    link = _link(target, ways, (link[:, 0, 1] + link[:, 1, 1]) / 2)
    on_target, on_way = link[:, 0], link[:, 1]
    along = ways[:, 2:] - ways[:, :2]
    length = (along**2).sum(axis=1)
    share = ((on_way - ways[:, :2]) * along).sum(axis=1) / np.where(length > 0, length, 1.0)
    metres = distance_m(turn_within_180(on_way[:, 0]), on_way[:, 1], turn_within_180(on_target[:, 0]), on_target[:, 1])
    return np.asarray(metres), np.clip(share, 0.0, 1.0)


def _link(target: BaseGeometry, ways: Floats, latitude: Floats) -> Floats:
    """Return the shortest links (n, target and way, lon and lat) on planes about these latitudes."""
    found = np.empty((len(ways), 2, 2))
    bands = np.round(np.clip(latitude, -89.5, 89.5) / _BAND_DEG) * _BAND_DEG
    for band in np.unique(bands):
        scale = np.array([max(np.cos(np.radians(band)), 0.001), 1.0])
        flat = shapely.transform(target, lambda places, by=scale: places * by)
        shapely.prepare(flat)
        here = np.flatnonzero(bands == band)
        ends = ways[here].reshape(-1, 2, 2) * scale
        points = (ends[:, 0] == ends[:, 1]).all(axis=1)
        shapes = np.empty(len(here), dtype=object)
        shapes[points] = shapely.points(ends[points, 0])
        shapes[~points] = shapely.linestrings(ends[~points])
        found[here] = shapely.get_coordinates(shapely.shortest_line(flat, shapes)).reshape(-1, 2, 2) / scale
    return found


# --- two tracks -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Meeting:
    """A time in which two tracks are near each other: from when to when, and when and how near at most.

    Microseconds since 1970, metres. `lon`, `lat` is where the first of the two then was.
    """

    start: float
    end: float
    closest: float
    metres: float
    lon: float
    lat: float


def turn_pole(path: Path, longest_gap: int) -> Path:
    """Return a track on a sphere that is turned so that the poles lie on the equator, at 0° and 180°.

    Places are added between its positions, so that all between two is straight to 2 m. Distances are true to
    a hundredth.
    """
    track = _At(path, longest_gap)
    times = np.unique(np.concatenate([path[0], track.list_turns()]))
    lon, lat = np.radians(track.at(times.astype(np.float64))).T
    x, y, z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    return times, np.degrees(np.arctan2(x, z)), np.degrees(np.arcsin(np.clip(y, -1.0, 1.0)))


def find_meetings(one: Path, other: Path, reach_m: float, longest_gap: int, pause: int = 0) -> Iterator[Meeting]:
    """Yield the times in which two tracks are within `reach_m` (inclusive) of each other.

    Both are taken as straight and even between positions, unless these are more than `longest_gap`
    microseconds apart. Times apart of at most `pause` microseconds do not end a meeting.
    """
    nodes = _Nodes(one, other, longest_gap)
    if not len(nodes.times):
        return
    spans = nodes.list_near(reach_m)
    start = 0
    for number in range(1, len(spans) + 1):
        if number < len(spans) and spans[number, 0] - spans[start:number, 1].max() <= pause:
            continue
        part = spans[start:number]
        best = part[part[:, 3].argmin()]
        yield nodes.make(part[0, 0], part[:, 1].max(), best[2])
        start = number


class _Nodes:
    """Two tracks at all the times at which either has a position or turns, and how they lie to each other."""

    def __init__(self, one: Path, other: Path, longest_gap: int) -> None:
        first, last = max(one[0][0], other[0][0]), min(one[0][-1], other[0][-1])
        self._one, self._other = (_At(path, longest_gap) for path in (one, other))
        times = np.unique(np.concatenate([one[0], other[0], self._one.list_turns(), self._other.list_turns()]))
        self.times = times[(times >= first) & (times <= last)]
        if not len(self.times):
            return
        known = self._one.known(self.times) & self._other.known(self.times)
        spans = self.times[:-1], self.times[1:]
        self._ways = self._one.spans(*spans) & self._other.spans(*spans)
        times_us = self.times.astype(np.float64)
        self._apart = _place(self._one.at(times_us)) - _place(self._other.at(times_us))
        self._apart[~known] = np.nan

    def list_near(self, reach_m: float) -> Floats:
        """Return rows of start, end, closest time and metres, for each node and way that is within reach."""
        chord = 2 * _A * np.sin(min(reach_m / (2 * _A), np.pi / 2))  # as straight as `_apart` is
        metres = np.sqrt((self._apart**2).sum(axis=1))
        near = np.flatnonzero(metres <= chord)
        t = self.times.astype(np.float64)
        rows = [np.column_stack([t[near], t[near], t[near], metres[near]]), self._list_ways(chord)]
        spans = np.concatenate(rows)
        return spans[np.lexsort((spans[:, 1], spans[:, 0]))]

    def _list_ways(self, reach_m: float) -> Floats:
        """Solve |r + s d| = reach for each way; the times between the two roots are near."""
        way = np.flatnonzero(self._ways)
        r, d = self._apart[way], self._apart[way + 1] - self._apart[way]
        square, mixed = (d**2).sum(axis=1), (r * d).sum(axis=1)
        still = square == 0
        best = np.clip(np.where(still, 0.0, -mixed / np.where(still, 1.0, square)), 0.0, 1.0)
        metres = np.sqrt(((r + best[:, None] * d) ** 2).sum(axis=1))
        root = np.sqrt(np.maximum(mixed**2 - square * ((r**2).sum(axis=1) - reach_m**2), 0.0))
        low, high = (
            np.where(still, end, (-mixed + sign * root) / np.where(still, 1.0, square))
            for sign, end in ((-1, 0.0), (1, 1.0))
        )
        low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        start, length = self.times[way].astype(np.float64), np.diff(self.times)[way]
        rows = np.column_stack([start + low * length, start + high * length, start + best * length, metres])
        found: Floats = rows[metres <= reach_m]
        return found

    def make(self, start: float, end: float, closest: float) -> Meeting:
        """Return a meeting, with the geodesic distance at its closest."""
        a, b = (each.at(np.array([closest]))[0] for each in (self._one, self._other))
        lon, far = turn_within_180(np.array([a[0], b[0]]))
        metres = distance_m(lon, a[1], far, b[1])
        return Meeting(float(start), float(end), float(closest), float(metres), float(lon), float(a[1]))


def _place(places: Floats) -> Floats:
    """Return places (lon, lat in degrees) on the ellipsoid as metres from its centre (n, 3).

    Between two of them there is no pole and no antimeridian.
    """
    lon, lat = np.radians(places).T
    normal = _A / np.sqrt(1.0 - _E2 * np.sin(lat) ** 2)
    out = normal * np.cos(lat)
    return np.column_stack([out * np.cos(lon), out * np.sin(lon), normal * (1.0 - _E2) * np.sin(lat)])


class _At:
    """One track, asked where it was at any time."""

    def __init__(self, path: Path, longest_gap: int) -> None:
        self._micros, lon, self._lat = path
        self._lon = np.unwrap(lon, period=360.0)
        self._gap = longest_gap

    def at(self, times: Floats) -> Floats:
        """Return longitude (unwrapped) and latitude at times."""
        return np.column_stack([np.interp(times, self._micros, self._lon), np.interp(times, self._micros, self._lat)])

    def list_turns(self) -> Times:
        """Return times within long ways, so that between these and its positions it is straight to 2 m.

        What is straight in longitude and latitude turns with the meridians: by a degree where it
        crosses a degree of longitude at a pole, and not at all on the equator.
        """
        east, north = np.radians(np.diff(self._lon)), np.radians(np.diff(self._lat))
        middle = np.radians(self._lat[1:] + self._lat[:-1]) / 2
        length = _A * np.hypot(east * np.cos(middle), north)
        bend = np.abs(east * np.sin(middle))  # of a circle, of whose chord the height is a bend times length / 8
        parts = np.ceil(np.sqrt(length * bend / (8 * _STRAIGHT_M)))
        parts[(np.diff(self._micros) > self._gap) | ~np.isfinite(parts)] = 1
        parts = np.clip(parts, 1, max(1, _MOST_TURNS // max(len(parts), 1))).astype(np.int64)
        way = np.repeat(np.arange(len(parts)), parts - 1)
        number = np.arange(len(way)) - np.repeat(np.cumsum(parts - 1) - (parts - 1), parts - 1) + 1
        start, whole = self._micros[:-1][way], np.diff(self._micros)[way]
        turns: Times = start + whole * number // parts[way]
        return turns

    def known(self, times: Times) -> NDArray[np.bool_]:
        """Return whether it has a position at a time, or one soon before and after it."""
        right = np.clip(np.searchsorted(self._micros, times), 0, len(self._micros) - 1)
        exact = self._micros[right] == times
        before = self._micros[np.maximum(right - 1, 0)]
        known: NDArray[np.bool_] = exact | (self._micros[right] - before <= self._gap)
        return known

    def spans(self, start: Times, end: Times) -> NDArray[np.bool_]:
        """Return whether nothing is silent too long between two times that follow each other."""
        right = np.clip(np.searchsorted(self._micros, end), 0, len(self._micros) - 1)
        left = np.clip(np.searchsorted(self._micros, start, side="right") - 1, 0, len(self._micros) - 1)
        joined: NDArray[np.bool_] = self._micros[right] - self._micros[left] <= self._gap
        return joined
