"""Passages: a zone crossed between two positions, of which neither counts; and left, between two inside.

A way is what lies between two positions of one track that follow each other within half an hour:
straight in longitude and latitude (RFC 7946), at an even speed. A passage is the part of a way in the
zone (or out of it), within the band of altitude, the time and the hours of the clause. Where either
end counts by itself, the way belongs to the stay that this end is in.

A passage rests on where nobody saw the platform. It may have strayed from the straight way, no farther
than its speed allows: the places that can be reached in the time lie in an ellipse about both
positions. Where the place that lies deepest in the zone is farther from the edge than it may have
strayed there, each way that it can have taken leads through the zone. Else it is a hint.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import hypot, isfinite, sqrt

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.clauses.concern import Subject
from truceline.clauses.conduct import Episode
from truceline.clauses.depth import Edge, flatten_edge
from truceline.clauses.episodes import LONGEST_SILENCE, Area, count_micros, in_hours
from truceline.clauses.followed import Pursuit, Tracks, instant, make_stay
from truceline.spacetime import format_utc
from truceline.spacetime.shapes import distance_m, distance_to_edge_m
from truceline.tracks.courses import KNOT_M_S, Courses, spare_s
from truceline.tracks.flags import fastest_kn
from truceline.tracks.jumps import find_odd

__all__ = ["BETWEEN", "PASSAGE", "find_passages"]

PASSAGE = "passage"
"""The kind of a finding of a zone that was crossed, or left, between two positions."""

BETWEEN = "crossed between two positions: none shows it there"
MAY_NOT = "at that time, or at that height, it may have been elsewhere: that is only worked out between two positions"
TOO_FAST = "no such platform is fast enough to get from the one position to the other: one is false, nobody knows which"
_FASTER = 1.1  # than the fastest that is known of it a platform may have gone meanwhile
_MINUTE_US = 60_000_000
_TOUCH_DEG = 1e-9  # a tenth of a millimetre: to touch the edge is not to cross it
_TRIED = 33  # places on a part of a way whose distance to the edge is compared, twice

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Parts = list[tuple[float, float]]
"""Parts of a way, each from one share of it to another (0 to 1), in order."""


@dataclass(frozen=True, slots=True)
class _Zone:
    """Where it counts: in a shape, or out of it; and its edge on a plane where degrees are as long both ways."""

    area: Area
    outside: bool
    edge: Edge


@dataclass(frozen=True, slots=True)
class _Way:
    """The way from one position (`row`) to the next; longitudes run on beyond ±180 across the antimeridian."""

    row: int
    start: tuple[float, float]
    end: tuple[float, float]
    micros: tuple[int, int]

    def at(self, share: float) -> tuple[float, float]:
        """Return the place after a share of the way."""
        lon, lat = (a + share * (b - a) for a, b in zip(self.start, self.end, strict=True))
        return (lon + 180.0) % 360.0 - 180.0 if abs(lon) > 180 else lon, lat

    def when(self, share: float) -> float:
        """Return the microseconds after a share of the way."""
        return self.micros[0] + share * (self.micros[1] - self.micros[0])

    @property
    def degrees(self) -> float:
        """Its length, in degrees either way."""
        return hypot(self.end[0] - self.start[0], self.end[1] - self.start[1])


def find_passages(
    pursuit: Pursuit,
    area: Area,
    tracks: Tracks,
    subjects: Mapping[str, Subject],
    counted: Booleans,
    outside: bool = False,
) -> Iterator[Episode]:
    """Yield what lies between two positions that do not count (`counted`), in order of the tracks.

    `area` is where and when it counts: in its shape, or with `outside` out of it. An episode is
    measured in metres from the edge at the deepest place, against the margin of the pursuit.
    """
    zone = _Zone(area, outside, flatten_edge(area.shape))
    odd = _find_false(tracks, subjects)
    if odd.any():
        tracks, counted = _take(tracks, ~odd), counted[~odd]
    heights = _read_heights(tracks, area, subjects)
    for way in _list_ways(zone, tracks, counted, heights):
        through = [(a, b) for a, b in _cut(zone, way) if (b - a) * way.degrees > _TOUCH_DEG or not way.degrees]
        times, levels = _list_times(area, way), _list_heights(area, heights[way.row], heights[way.row + 1])
        parts = _meet(_meet(through, times), levels)
        if parts:
            sure = times == levels == [(0.0, 1.0)]
            yield _make_episode(pursuit, zone, tracks, way, parts, subjects[tracks.rows["platform"][way.row]], sure)


def _find_false(tracks: Tracks, subjects: Mapping[str, Subject]) -> Booleans:
    """Return which positions are surely false: no way leads to them, and one leads past them."""
    owner = np.cumsum(tracks.new, dtype=np.int64)
    limits = [
        fastest_kn(subjects[name].kind, subjects[name].category) * KNOT_M_S
        for name in tracks.rows["platform"].gather(np.flatnonzero(tracks.new))
    ]
    count = len(tracks)
    spare = np.full(count, spare_s(tracks.micros))
    limit = np.array(limits, dtype=np.float64)[owner - 1] if count else np.zeros(0)
    return find_odd(Courses(np.arange(count), owner, tracks.micros, tracks.lon, tracks.lat, limit, spare))


def _take(tracks: Tracks, kept: Booleans) -> Tracks:
    """Return tracks without some positions, of which none begins a track."""
    new, micros = tracks.new[kept], tracks.micros[kept]
    silent = ~new & (np.diff(micros, prepend=micros[:1]) > LONGEST_SILENCE // timedelta(microseconds=1))
    return Tracks(tracks.rows.filter(kept), micros, tracks.lon[kept], tracks.lat[kept], tracks.accuracy[kept], new,
                  silent, tracks.held[kept])  # fmt: skip


# --- which ways, and which parts of them ------------------------------------------------------


def _list_ways(zone: _Zone, tracks: Tracks, counted: Booleans, heights: Floats) -> Iterator[_Way]:
    """Yield the ways that may count somewhere; what is sorted out by column is most of them."""
    following = ~tracks.new & ~tracks.silent & ~counted
    rows = np.flatnonzero(following[1:] & ~counted[:-1])
    first, last = tracks.micros[rows], tracks.micros[rows + 1]
    timely = (last > first) & (last >= count_micros(zone.area.start))
    timely &= first < (np.inf if zone.area.end is None else count_micros(zone.area.end))
    rows = rows[timely & _may_be_at_height(zone.area, heights[rows], heights[rows + 1])]
    lon, lat, east = tracks.lon[rows], tracks.lat[rows], tracks.lon[rows + 1].copy()
    north = tracks.lat[rows + 1]
    east += np.where(east - lon > 180, -360.0, np.where(east - lon < -180, 360.0, 0.0))
    for n in np.flatnonzero(_may_count(zone, lon, lat, east, north)):
        row = int(rows[n])
        ends = (float(lon[n]), float(lat[n])), (float(east[n]), float(north[n]))
        yield _Way(row, *ends, (int(tracks.micros[row]), int(tracks.micros[row + 1])))


def _may_be_at_height(area: Area, one: Floats, other: Floats) -> Booleans:
    """Return which ways come into the band of altitude; those of no known height may."""
    if area.altitude_m is None:
        return np.ones(len(one), dtype=bool)
    low, high = np.fmin(one, other), np.fmax(one, other)
    above: Booleans = (low > area.altitude_m[1]) | (high < area.altitude_m[0])
    return ~above


def _may_count(zone: _Zone, lon: Floats, lat: Floats, east: Floats, north: Floats) -> Booleans:
    """Return which ways meet the shape (or leave it); those across the antimeridian may."""
    shape = zone.area.shape
    found = np.abs(east) > 180
    west_of, south_of, east_of, north_of = shape.bounds
    near = (np.minimum(lon, east) <= east_of) & (np.maximum(lon, east) >= west_of)
    near &= (np.minimum(lat, north) <= north_of) & (np.maximum(lat, north) >= south_of)
    asked = np.flatnonzero(~found if zone.outside else ~found & near)
    ends = np.stack([np.column_stack([lon, lat]), np.column_stack([east, north])], axis=1)[asked]
    shapely.prepare(shape)
    lines = shapely.linestrings(ends)
    found[asked] = ~shapely.covers(shape, lines) if zone.outside else shapely.intersects(shape, lines)
    return found


def _cut(zone: _Zone, way: _Way) -> Parts:
    """Return the parts of a way in the shape, or out of it."""
    if not way.degrees:
        meets = bool(shapely.intersects_xy(zone.area.shape, *way.at(0.0)))
        return [(0.0, 1.0)] if meets != zone.outside else []
    turn = 360.0 if way.end[0] < -180 else -360.0 if way.end[0] > 180 else 0.0
    cuts = [_cut_straight(zone.area.shape, way, by) for by in ({0.0, turn})]
    parts = _join(sorted(part for parts in cuts for part in parts), way)
    if not zone.outside:
        return parts
    stops = [0.0, *(share for part in parts for share in part), 1.0]
    return [(a, b) for a, b in zip(stops[::2], stops[1::2], strict=True) if b > a]


def _cut_straight(shape: BaseGeometry, way: _Way, turn: float) -> Parts:
    """Return the parts of a way in a shape, the way moved by a turn about the earth."""
    a, b = np.array([way.start, way.end]) + np.array([turn, 0.0])
    pieces = shapely.get_parts(shapely.intersection(shapely.linestrings([a, b]), shape))
    corners, owner = shapely.get_coordinates(pieces, return_index=True)
    shares = np.clip(((corners - a) @ (b - a)) / ((b - a) @ (b - a)), 0.0, 1.0)
    return [(float(shares[owner == n].min()), float(shares[owner == n].max())) for n in range(len(pieces))]


def _join(parts: Parts, way: _Way) -> Parts:
    """Return parts that touch each other as one, as at the cut along the antimeridian."""
    joined: Parts = []
    for first, last in parts:
        if joined and (first - joined[-1][1]) * way.degrees <= _TOUCH_DEG:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _list_times(area: Area, way: _Way) -> Parts:
    """Return the parts of a way in the time and the hours of the clause; hours begin and end with a minute."""
    first, last = way.micros
    minutes = np.arange(first // _MINUTE_US, last // _MINUTE_US + 1) * _MINUTE_US
    end = np.inf if area.end is None else count_micros(area.end)
    starts = np.maximum(minutes, max(first, count_micros(area.start)))
    ends = np.minimum(minutes + _MINUTE_US, min(last, end))
    held = in_hours(area, minutes) & (starts < ends)
    shares = (np.column_stack([starts, ends])[held] - first) / (last - first)
    joined: Parts = []
    for a, b in shares.tolist():
        if joined and joined[-1][1] == a:
            joined[-1] = joined[-1][0], b
        else:
            joined.append((a, b))
    return joined


def _read_heights(tracks: Tracks, area: Area, subjects: Mapping[str, Subject]) -> Floats:
    """Return altitudes in metres, NaN where they are not known or no matter; a ship is at the surface."""
    if area.altitude_m is None:
        return np.full(len(tracks), np.nan)
    heights = tracks.rows["altitude_m"].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    ships = [name for name, subject in subjects.items() if subject.kind == "vessel"]
    heights[tracks.rows["platform"].is_in(ships).to_numpy()] = np.nan
    return heights


def _list_heights(area: Area, one: float, other: float) -> Parts:
    """Return the parts of a way in the band of altitude; a height that is not known is that of the other end."""
    one, other = (other if np.isnan(one) else one), (one if np.isnan(other) else other)
    if area.altitude_m is None or np.isnan(one):
        return [(0.0, 1.0)]
    low, high = area.altitude_m
    if one == other:
        return [(0.0, 1.0)] if low <= one <= high else []
    shares = sorted(((low - one) / (other - one), (high - one) / (other - one)))
    first, last = max(shares[0], 0.0), min(shares[1], 1.0)
    return [(first, last)] if first < last else []


def _meet(parts: Parts, others: Parts) -> Parts:
    """Return what two lists of parts have in common; parts without length are none."""
    common = [(max(a, c), min(b, d)) for a, b in parts for c, d in others]
    return [(a, b) for a, b in common if a < b]


# --- what is shown ----------------------------------------------------------------------------


def _make_episode(
    pursuit: Pursuit,
    zone: _Zone,
    tracks: Tracks,
    way: _Way,
    parts: Parts,
    subject: Subject,
    sure: bool,
) -> Episode:
    share, depth = _find_deepest(zone, way, parts)
    place, apart = way.at(share), timedelta(microseconds=way.micros[1] - way.micros[0])
    slack, possible = _measure_slack(tracks, way, subject)
    stray = _measure_stray(way, share, slack)
    span = instant(way.when(parts[0][0])), instant(way.when(parts[-1][1]))
    stay = make_stay(tracks, way.row, way.row + 2, place, span)
    extent = max(distance_m(*place, *way.at(end)) for end in (parts[0][0], parts[-1][1]))
    longest = max(b - a for a, b in parts) * apart
    error = (stay.accuracy_m or 0.0) + stray
    reach = depth - pursuit.margin_m
    hints = (*(() if sure else (MAY_NOT,)), *(() if possible else (TOO_FAST,)))
    if 0 <= reach < error:
        hints = (*hints, f"it may have passed: {reach:.0f} m beyond, and its place is known to {error:.0f} m")
    times = " to ".join(format_utc(moment.replace(microsecond=0)) for moment in span)
    side = "outside" if zone.outside else "inside"
    metres = f", up to {depth:.0f} m {side}" if isfinite(depth) else f" {side}"
    between = f"between two positions {apart.total_seconds():.0f} s apart"
    strayed = f"from {times}{metres} on the straight way, from which it may have strayed {stray:.0f} m"
    return Episode(
        stay=replace(stay, count=0, depth_m=depth, radius_m=extent),
        measured=depth,
        limit=pursuit.margin_m,
        unit="m",
        reach=reach,
        error=error,
        what=f"crossed {between}, {strayed}" if possible else f"a jump {between} that leads over it, {side}",
        shown=longest / slack if isfinite(slack) else timedelta(0),
        longest=longest,
        hints=hints,
        doubts=(BETWEEN,),
        kind=PASSAGE,
    )


def _find_deepest(zone: _Zone, way: _Way, parts: Parts) -> tuple[float, float]:
    """Return which share of the way lies farthest from the edge, and how many metres.

    Which one it is is told on a plane, where longitudes are scaled; how far, on the ellipsoid.
    """
    shares = np.concatenate([np.linspace(a, b, _TRIED) for a, b in parts])
    for _ in range(2):
        steps = np.outer(shares, np.subtract(way.end, way.start)) + way.start
        far = zone.edge.measure(*steps.T)
        best = int(np.argmax(np.nan_to_num(far, nan=0.0)))
        low, high = shares[max(best - 1, 0)], shares[min(best + 1, len(shares) - 1)]
        share = float(shares[best])
        shares = np.linspace(low, high, _TRIED)
        shares = shares[[any(a <= s <= b for a, b in parts) for s in shares]]
    lon, lat = way.at(share)
    return share, float(distance_to_edge_m(zone.area.shape, lon, lat)[0])


def _measure_slack(tracks: Tracks, way: _Way, subject: Subject) -> tuple[float, bool]:
    """Return how much longer than the straight way the one that it took can be (1: as long), and if it was possible.

    Its own speed is the greatest that is known of it: what it reported at either end, else what it made
    good just before and after; and what it made good on this way. Where there is nothing but this
    way, it is the speed that no such platform exceeds.
    """
    row, limit = way.row, fastest_kn(subject.kind, subject.category) * KNOT_M_S
    made = _measure_speed(tracks, row) or 0.0
    reported = tracks.rows["speed_kn"][row : row + 2].cast(pl.Float64).to_numpy() * KNOT_M_S
    others = (_measure_speed(tracks, row - 1), _measure_speed(tracks, row + 1))
    known = [speed for speed in reported.tolist() if 0 < speed <= limit]  # not NaN
    known = known or [speed for speed in others if speed is not None and 0 < speed <= limit]
    greatest = max([made, *known]) if known else max(made, limit)
    return (_FASTER * greatest / made if made else np.inf), made <= limit


def _measure_speed(tracks: Tracks, row: int) -> float | None:
    """Return the metres a second made good from a position to the next of its track; None where there is none soon."""
    if row < 0 or row + 1 >= len(tracks) or tracks.new[row + 1] or tracks.silent[row + 1]:
        return None
    seconds = (tracks.micros[row + 1] - tracks.micros[row]) / 1e6
    metres = distance_m(tracks.lon[row], tracks.lat[row], tracks.lon[row + 1], tracks.lat[row + 1])
    return float(metres) / seconds if seconds > 0 else None


def _measure_stray(way: _Way, share: float, slack: float) -> float:
    """Return how many metres to the side of the straight way it can have been at a share of it.

    The two distances from the ends of the way add up to no more than its length times the slack.
    """
    length = float(distance_m(*way.at(0.0), *way.at(1.0)))
    whole, before, after = slack * length, share * length, (1 - share) * length
    if not length:
        return 0.0
    far = (whole + (before**2 - after**2) / whole) / 2
    return sqrt(max(far**2 - before**2, 0.0))
