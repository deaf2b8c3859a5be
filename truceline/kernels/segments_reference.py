"""Stays by Shapely, segment by segment and zone by zone: slow, obviously right, the oracle of the compiled kernel.

A platform's way is a line over the numbers 0, 1, 2, ... of its pings. The zone holds some closed
stretches of it: each ping inside is one (of no length), each part of a segment that
`shapely.intersection` finds is one. Stretches that meet are one stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

import numpy as np
import shapely
from numpy.typing import NDArray

from truceline.kernels.records import CROSSED, EPISODE, GAP, LAST, OPEN, PING, Part

__all__ = ["Way", "check_order", "find_stays", "list_gaps", "list_ways"]

_LATEST_US = 1 << 61
_MEETING = 1e-9  # of a segment: coordinates of an intersection are rounded

Rows = NDArray[np.void]


@dataclass(slots=True)
class Way:
    """One platform's pings in order; `first` is the number of the first (that of the ping carried over, if any)."""

    platform: int
    first: int
    time: list[int]
    lon: list[float]
    lat: list[float]
    broken: set[int]  # segments over which no line is drawn, by the place of their first ping

    def time_at(self, at: float) -> int:
        """Return the time at a place on the way, in microseconds."""
        ping = min(int(at), len(self.time) - 1)
        if at == ping:
            return self.time[ping]
        return self.time[ping] + floor((at - ping) * (self.time[ping + 1] - self.time[ping]) + 0.5)

    def place_at(self, at: float) -> tuple[float, float]:
        """Return longitude and latitude at a place on the way."""
        ping = min(int(at), len(self.time) - 1)
        if at == ping:
            return self.lon[ping], self.lat[ping]
        share, span = at - ping, self.lon[ping + 1] - self.lon[ping]
        if abs(span) > 180:
            span -= 360 if span > 0 else -360
        lon = self.lon[ping] + share * span
        lon -= 360 * ((lon > 180) - (lon < -180))
        return lon, self.lat[ping] + share * (self.lat[ping + 1] - self.lat[ping])


def find_stays(
    shapes: NDArray[np.object_],
    platform: NDArray[np.signedinteger],
    time: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    last: Rows,
    still_open: Rows,
    gap: int,
    bridge: int,
) -> Part:
    """Return what the compiled kernel returns, for the same arguments."""
    part = check_order(platform, time, lon, lat, last, EPISODE)
    if part.wrong >= 0:
        return part
    rows: dict[str, list[tuple[float, ...]]] = {"found": [], "gaps": [], "last": [], "open": []}
    for way in list_ways(platform, time, lon, lat, last, bridge):
        before = [row for row in still_open if row["platform"] == way.platform]
        stays = [stay for zone, shape in enumerate(shapes) for stay in _stays(way, zone, shape, before)]
        rows["found"] += [stay[1] for stay in sorted(stays) if stay[1] is not None]
        rows["open"] += [stay[2] for stay in stays if stay[2] is not None]
        rows["gaps"] += list_gaps(way, gap)
        rows["last"].append((way.platform, way.time[-1], way.first + len(way.time), way.lon[-1], way.lat[-1]))
    tables = [np.array(rows[name], kind) for name, kind in zip(rows, (EPISODE, GAP, LAST, OPEN), strict=True)]
    return Part.of(tables, part.unusable, -1)


def check_order(
    platform: NDArray[np.signedinteger],
    time: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    last: Rows,
    kind: np.dtype[np.void],
) -> Part:
    """Return an empty part that tells how many pings are off the globe and which row is out of order."""
    usable = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    wrong = _first_wrong(platform, time, usable, {int(row["platform"]): row for row in last})
    return Part.of([np.empty(0, table) for table in (kind, GAP, LAST, OPEN)], int((~usable).sum()), wrong)


def list_ways(
    platform: NDArray[np.signedinteger],
    time: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    last: Rows,
    bridge: int,
) -> Iterator[Way]:
    """Yield each platform's way, from the ping that was carried over, if there is one."""
    usable = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    known = {int(row["platform"]): row for row in last}
    for one in np.unique(platform).tolist():
        chosen = (platform == one) & usable
        way = _way(one, known.get(one), time[chosen], lon[chosen], lat[chosen], bridge)
        if way.time:
            yield way


def _first_wrong(
    platform: NDArray[np.signedinteger], time: NDArray[np.int64], usable: NDArray[np.bool_], known: dict[int, np.void]
) -> int:
    latest = {one: int(row["time_us"]) for one, row in known.items()}
    for row in range(len(platform)):
        one, when = int(platform[row]), int(time[row])
        if row and one < platform[row - 1]:
            return row
        if usable[row]:
            if abs(when) > _LATEST_US or when < latest.get(one, when):
                return row
            latest[one] = when
    return -1


def _way(
    platform: int,
    carried: np.void | None,
    time: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    bridge: int,
) -> Way:
    times, lons, lats, first = time.tolist(), lon.tolist(), lat.tolist(), 0
    if carried is not None:
        times, lons, lats = (
            [carried[name].item(), *rest] for name, rest in (("time_us", times), ("lon", lons), ("lat", lats))
        )
        first = int(carried["pings"]) - 1
    broken = {ping for ping in range(len(times) - 1) if times[ping + 1] - times[ping] > bridge}
    return Way(platform, first, times, lons, lats, broken)


def list_gaps(way: Way, gap: int) -> Iterator[tuple[float, ...]]:
    """Yield the silences longer than `gap` as rows of `GAP`."""
    for a in range(len(way.time) - 1):
        b = a + 1
        if way.time[b] - way.time[a] > gap:
            yield way.platform, way.time[a], way.time[b], way.lon[a], way.lat[a], way.lon[b], way.lat[b]


# --- stretches --------------------------------------------------------------------------------


def _stays(way: Way, zone: int, shape: object, before: list[np.void]) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Yield (order, episode or None, open or None) for each stay in one zone."""
    inside = shapely.intersects_xy(shape, way.lon, way.lat)
    carried = next((row for row in before if row["zone"] == zone), None)
    for start, end in _merge(sorted(_stretches(way, shape, inside))):
        pings = [ping for ping in range(len(way.time)) if start <= ping <= end and inside[ping]]
        old = carried if start == 0 else None
        begins = start == 0 or (start == int(start) and int(start) - 1 in way.broken)
        kind, enter, first = PING if begins else CROSSED, way.time_at(start), way.first + (pings or [0])[0]
        place = way.place_at(start)
        if old is not None:
            kind, enter, first = int(old["enter_kind"]), int(old["enter_us"]), int(old["first"])
            place = old["enter_lon"].item(), old["enter_lat"].item()
        if end == len(way.time) - 1:
            yield (end, zone), None, (way.platform, enter, first, *place, zone, kind)
            continue
        count = way.first + pings[-1] + 1 - first if pings else 0
        ends = PING if end == int(end) and int(end) in way.broken else CROSSED
        stay = (way.platform, enter, way.time_at(end), count, *place, *way.place_at(end), zone, kind, ends)
        yield (floor(end), zone, end), stay, None


def _merge(stretches: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    current: tuple[float, float] | None = None
    for start, end in stretches:
        if current is None or start > current[1] + _MEETING:
            if current is not None:
                yield current
            current = (start, end)
        else:
            current = (current[0], max(current[1], end))
    if current is not None:
        yield current


def _stretches(way: Way, shape: object, inside: NDArray[np.bool_]) -> Iterator[tuple[float, float]]:
    """Yield what the zone holds, as numbers of pings and fractions between; it may meet or overlap."""
    for ping in np.flatnonzero(inside).tolist():
        yield float(ping), float(ping)
    for ping in set(range(len(way.time) - 1)) - way.broken:
        for (x, y), (to_x, to_y), from_u, to_u in _pieces(way, ping):
            if (x, y) == (to_x, to_y):  # no line at all
                if inside[ping] and to_u > from_u:
                    yield float(ping), ping + 1.0
                continue
            held = shapely.intersection(shapely.linestrings([(x, y), (to_x, to_y)]), shape)
            for part in shapely.get_parts(held):
                corners = shapely.get_coordinates(part)
                along = [_share((x, y), (to_x, to_y), corner) for corner in corners]
                if along:
                    ends = (from_u + u * (to_u - from_u) for u in (min(along), max(along)))
                    start, end = (_snap(u) for u in ends)
                    yield ping + start, ping + end


def _snap(u: float) -> float:
    return float(round(u)) if abs(u - round(u)) < _MEETING else u


def _share(a: tuple[float, float], b: tuple[float, float], corner: NDArray[np.float64]) -> float:
    axis = 0 if abs(b[0] - a[0]) >= abs(b[1] - a[1]) else 1
    return float((corner[axis] - a[axis]) / (b[axis] - a[axis]))


def _pieces(way: Way, ping: int) -> Iterator[tuple[tuple[float, float], tuple[float, float], float, float]]:
    """Yield the parts of a segment, two where it crosses the antimeridian, with the fractions they stand for."""
    a, b = (way.lon[ping], way.lat[ping]), (way.lon[ping + 1], way.lat[ping + 1])
    if abs(b[0] - a[0]) <= 180:
        yield a, b, 0.0, 1.0
        return
    side = 180.0 if a[0] > b[0] else -180.0
    share = (side - a[0]) / (b[0] + 2 * side - a[0])
    lat = a[1] + share * (b[1] - a[1])
    yield a, (side, lat), 0.0, share
    yield (-side, lat), b, share, 1.0
