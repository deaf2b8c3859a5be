"""Positions -> episodes: each unbroken stay of one platform inside a zone.

A stay is a run of consecutive positions inside. It ends with a position outside, or with a silence
of more than half an hour. Table work is done by column; what is looped over is stays, not rows.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.clauses.depth import find_deepest, flatten_edge
from truceline.kernels import ZoneIndex
from truceline.model import Row
from truceline.spacetime import UTC
from truceline.spacetime.shapes import distance_m, distance_to_edge_m

__all__ = [
    "LONGEST_SILENCE",
    "NO_ALTITUDE",
    "Area",
    "Stay",
    "allowed",
    "count_micros",
    "find_present",
    "find_stays",
    "group_by_load",
    "holds",
    "in_hours",
    "is_of",
    "scan_near",
    "split_platforms",
]

LONGEST_SILENCE = timedelta(minutes=30)
NO_ALTITUDE = "altitude not known"
_CONTEXT = timedelta(hours=1)  # before and after, so that a jump into the zone has its other end
_LARGEST_LOAD = 250_000  # positions that are in memory at once
_MOST_ROWS = 64  # rows that a stay names; the text says how many there were
_OFFSET = re.compile(r"(?:UTC)?(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})")
_LONGEST_CALENDAR = timedelta(days=3660)  # of which the changes of a clock are listed
_MICROSECOND = timedelta(microseconds=1)
_MINUTE_US, _DAY_US = 60_000_000, 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Area:
    """Where and when to look: a shape in lon/lat degrees, a span of time, a band of altitude, hours of the day.

    `hours` are the minutes of the local day from which to which the clause holds, in `zone_of_time`;
    they may run over midnight.
    """

    shape: BaseGeometry
    start: datetime
    end: datetime | None
    altitude_m: tuple[float, float] | None = None
    hours: tuple[int, int] | None = None
    zone_of_time: str = "UTC"


@dataclass(frozen=True, slots=True)
class Stay:
    """One unbroken stay: when and where, how deep, how sure, and its rows.

    `before` and `after` are the platform's last position before it and the first one after it.
    `depth_m` is how far inside the edge the deepest position lies, which is at `lon`, `lat`;
    `radius_m` covers all of the stay from there. `track` holds time in microseconds, lon and lat
    of every position.
    """

    platform: str
    sources: tuple[str, ...]
    first: datetime
    last: datetime
    before: datetime | None
    after: datetime | None
    count: int
    lon: float
    lat: float
    radius_m: float
    depth_m: float
    accuracy_m: float | None
    altitude_known: bool
    received_utc: datetime | None
    rows: tuple[Row, ...]
    track: tuple[NDArray[np.int64], Floats, Floats]


def scan_near(positions: pl.LazyFrame, area: Area, margin_deg: float = 0.0) -> pl.LazyFrame:
    """Return the positions in the box around the area (widened) within its time; a filter that scans push down."""
    west, south, east, north = shapely.bounds(area.shape)
    rows = positions.filter(
        pl.col("lon").is_between(west - margin_deg, east + margin_deg)
        & pl.col("lat").is_between(south - margin_deg, north + margin_deg)
        & (pl.col("time_utc") >= area.start)
    )
    return rows if area.end is None else rows.filter(pl.col("time_utc") < area.end)


def find_present(positions: pl.LazyFrame, area: Area) -> list[str]:
    """Return the platforms with any position in the box around the area, sorted."""
    seen = scan_near(positions, area).select(pl.col("platform").unique()).collect(engine="streaming")
    return sorted(seen["platform"].cast(pl.String).drop_nulls().to_list())


def find_stays(
    positions: pl.LazyFrame, area: Area, platforms: Collection[str], merged: Collection[str] = ()
) -> Iterator[Stay]:
    """Yield the stays of these platforms in the area, by platform, source and time.

    Sources in `merged` carry the same transmissions, so that a platform's positions from all of
    them are one track; every other source makes a track by itself.
    """
    for group in split_platforms(positions, area, platforms):
        entered = _keep_entered(positions, area, group)
        if entered:
            yield from _read_stays(_load(positions, area, entered), area, merged)


def split_platforms(positions: pl.LazyFrame, area: Area, platforms: Collection[str]) -> Iterator[list[str]]:
    """Yield groups of platforms whose positions fit into memory together."""
    counts = _around(positions, area).filter(is_of(platforms)).group_by("platform").len().collect(engine="streaming")
    yield from group_by_load(sorted(counts.with_columns(pl.col("platform").cast(pl.String)).iter_rows()))


def group_by_load(counts: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """Yield platforms, each with the number of its positions, in groups that fit into memory; a track is never cut."""
    group: list[str] = []
    load = 0
    for name, count in counts:
        if group and load + count > _LARGEST_LOAD:
            yield group
            group, load = [], 0
        group.append(name)
        load += count
    if group:
        yield group


def _around(positions: pl.LazyFrame, area: Area) -> pl.LazyFrame:
    rows = positions.filter(
        pl.col("time_utc") >= area.start - _CONTEXT, pl.col("lon").is_not_null(), pl.col("lat").is_not_null()
    )
    return rows if area.end is None else rows.filter(pl.col("time_utc") < area.end + _CONTEXT)


def is_of(platforms: Collection[str]) -> pl.Expr:
    """Return whether a row is of one of these platforms.

    They are asked for as a series: of a list of some lengths Polars first makes a search of its own, at length.
    """
    return pl.col("platform").cast(pl.String).is_in(pl.Series(sorted(platforms), dtype=pl.String).implode())


def _keep_entered(positions: pl.LazyFrame, area: Area, platforms: Collection[str]) -> list[str]:
    near = scan_near(positions, area).filter(is_of(platforms)).select(pl.col("platform").cast(pl.String), "lon", "lat")
    rows = near.collect(engine="streaming")
    within = holds(area.shape, rows["lon"].to_numpy(), rows["lat"].to_numpy())
    return sorted(rows.filter(pl.Series(within))["platform"].unique().to_list())


def _load(positions: pl.LazyFrame, area: Area, platforms: Collection[str]) -> pl.DataFrame:
    rows = _around(positions, area).filter(is_of(platforms))
    wanted = ("time_utc", "lon", "lat", "altitude_m", "accuracy_m", "received_utc", "file", "row")
    texts = [pl.col(name).cast(pl.String) for name in ("platform", "source")]
    return rows.select(*texts, *wanted).collect(engine="streaming")


def _read_stays(rows: pl.DataFrame, area: Area, merged: Collection[str]) -> Iterator[Stay]:
    rows = rows.with_columns(
        channel=pl.when(pl.col("source").is_in(sorted(merged))).then(pl.lit("")).otherwise("source"),
        within=pl.Series(holds(area.shape, rows["lon"].to_numpy(), rows["lat"].to_numpy())) & allowed(area),
    ).sort("platform", "channel", "time_utc", "lon", "lat", "file", "row")
    within = rows["within"].to_numpy()
    if not within.any():
        return
    micros = rows["time_utc"].to_physical().to_numpy()
    new_track = _changes(rows["platform"]) | _changes(rows["channel"])
    silent = np.diff(micros, prepend=micros[0]) > LONGEST_SILENCE / _MICROSECOND
    edges = np.flatnonzero(new_track | silent | (np.diff(within, prepend=not within[0])))
    inside = within[edges]
    runs = _Runs(rows, edges[inside], np.append(edges[1:], len(rows))[inside])
    yield from _make_stays(runs, np.append(new_track, True), area.shape)


def holds(shape: BaseGeometry, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return whether each position lies in the closed shape; 180° and -180° are one meridian."""
    index = ZoneIndex([shape])
    held = index.masks(lon, lat).holds(0)
    seam = np.abs(lon) == 180.0
    return held | (seam & index.masks(-lon, lat).holds(0)) if seam.any() else held


def allowed(area: Area) -> pl.Expr:
    """Return whether a row lies within the time, the band of altitude (unknown may) and the hours."""
    allowed = pl.col("time_utc") >= area.start
    if area.end is not None:
        allowed &= pl.col("time_utc") < area.end
    if area.altitude_m is not None:
        allowed &= pl.col("altitude_m").is_between(*area.altitude_m).fill_null(True)
    return allowed if area.hours is None else allowed & _in_hours(area, area.hours)


def in_hours(area: Area, micros: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each instant, in microseconds since 1970, lies in the hours of the day, if there are any."""
    if area.hours is None:
        return np.ones(len(micros), dtype=bool)
    times = pl.DataFrame({"time_utc": micros}).cast(pl.Datetime("us", "UTC"))
    return times.select(held=_in_hours(area, area.hours))["held"].to_numpy()


def _in_hours(area: Area, hours: tuple[int, int]) -> pl.Expr:
    """Return whether the clock of the area shows an hour of the clause; hours may run over midnight."""
    clock = _read_clock(area) % _DAY_US
    first, last = (minutes * _MINUTE_US for minutes in hours)
    return clock.is_between(first, last, closed="left") if first < last else (clock >= first) | (clock < last)


def _read_clock(area: Area) -> pl.Expr:
    """Return the microseconds that the clock of the area shows: of an IANA zone, of "Z", or of an offset.

    An expression of whole numbers: to take hour and minute out of a column of instants costs ten times
    as much and more, and the zone would be looked up for every row.
    """
    utc = pl.col("time_utc").to_physical()
    offset = _OFFSET.fullmatch(area.zone_of_time)
    if offset:
        sign = 1 if offset["sign"] == "+" else -1
        return utc + sign * (int(offset["hours"]) * 60 + int(offset["minutes"])) * _MINUTE_US
    if area.zone_of_time in ("UTC", "Z"):
        return utc
    if area.end is None or area.end - area.start > _LONGEST_CALENDAR:  # too many changes of the clock to list
        return pl.col("time_utc").dt.convert_time_zone(area.zone_of_time).dt.replace_time_zone(None).to_physical()
    (_, first), *changes = _list_offsets(ZoneInfo(area.zone_of_time), area.start - _CONTEXT, area.end + _CONTEXT)
    ahead = pl.lit(first)
    for since, by in changes:
        ahead = pl.when(utc >= since).then(by).otherwise(ahead)
    return utc + ahead


def _list_offsets(zone: ZoneInfo, first: datetime, last: datetime) -> list[tuple[int, int]]:
    """Return from when on a clock was how far ahead of UTC, both in microseconds; a zone changes once a day at most."""
    offsets = [(count_micros(first), _ahead(zone, first))]
    day = first
    while day < last:
        following = min(day + timedelta(days=1), last)
        if _ahead(zone, following) != offsets[-1][1]:
            offsets.append((_find_change(zone, day, following), _ahead(zone, following)))
        day = following
    return offsets


def _find_change(zone: ZoneInfo, before: datetime, after: datetime) -> int:
    """Return the second, in microseconds since 1970, from which on a clock was as far ahead as at `after`."""
    low, high = count_micros(before) // 1_000_000, count_micros(after) // 1_000_000 + 1  # changes fall on whole seconds
    while high - low > 1:
        middle = (low + high) // 2
        same = _ahead(zone, _EPOCH + timedelta(seconds=middle)) == _ahead(zone, after)
        low, high = (low, middle) if same else (middle, high)
    return high * 1_000_000


def _ahead(zone: ZoneInfo, instant: datetime) -> int:
    return (instant.astimezone(zone).utcoffset() or timedelta(0)) // _MICROSECOND


def count_micros(instant: datetime) -> int:
    """Return the microseconds from 1970 to an instant."""
    return (instant - _EPOCH) // _MICROSECOND


def _changes(column: pl.Series) -> NDArray[np.bool_]:
    """Return where a value differs from the one above it; the first row always does."""
    return (column != column.shift(1)).fill_null(True).to_numpy()


@dataclass(frozen=True, slots=True)
class _Runs:
    """Unbroken runs of rows of a sorted table: run n is rows `start[n]` to `end[n]`, which is no longer in it."""

    rows: pl.DataFrame
    start: Indices
    end: Indices


def _make_stays(runs: _Runs, new_track: NDArray[np.bool_], shape: BaseGeometry) -> Iterator[Stay]:
    """Yield the stay of each run; `new_track` marks the rows with which a track begins, and the end of the table.

    What can be measured for all of them at once is: one at a time it took most of a large case.
    """
    rows, edge = runs.rows, flatten_edge(shape)
    lon, lat, micros = (rows[name].to_physical().to_numpy() for name in ("lon", "lat", "time_utc"))
    spans = list(zip(runs.start.tolist(), runs.end.tolist(), strict=True))
    deepest = np.array([start + find_deepest(edge, lon[start:end], lat[start:end]) for start, end in spans])
    depths, radii = distance_to_edge_m(shape, lon[deepest], lat[deepest]), _measure_radii(runs, lon, lat, deepest)
    first, last, before, after = (
        rows["time_utc"].gather(np.clip(at, 0, len(rows) - 1)).to_list()
        for at in (runs.start, runs.end - 1, runs.start - 1, runs.end)
    )
    for n, (start, end) in enumerate(spans):
        part, best = rows[start:end], deepest[n]
        received = part["received_utc"].min()
        yield Stay(
            platform=part["platform"][0],
            sources=tuple(sorted(set(part["source"].to_list()))),
            first=first[n],
            last=last[n],
            before=None if new_track[start] else before[n],
            after=None if new_track[end] else after[n],
            count=end - start,
            lon=float(lon[best]),
            lat=float(lat[best]),
            radius_m=float(radii[n]),
            depth_m=float(depths[n]),
            accuracy_m=_known(part["accuracy_m"].max()),
            altitude_known=part["altitude_m"].null_count() == 0,
            received_utc=received if isinstance(received, datetime) else None,
            rows=_list_rows(part),
            track=(micros[start:end], lon[start:end], lat[start:end]),
        )


def _list_rows(part: pl.DataFrame) -> tuple[Row, ...]:
    """Return the addresses of some positions, of many evenly spaced ones."""
    listed = np.arange(len(part))
    if len(part) > _MOST_ROWS:
        listed = np.unique(np.linspace(0, len(part) - 1, _MOST_ROWS).round().astype(int))
    addresses = [part[name].to_numpy()[listed].tolist() for name in ("file", "row")]
    return tuple(sorted({Row(*pair) for pair in zip(*addresses, strict=True)}))


def _measure_radii(runs: _Runs, lon: Floats, lat: Floats, deepest: Indices) -> Floats:
    """Return how many metres the farthest position of each run is from its deepest."""
    counts = runs.end - runs.start
    heads = np.cumsum(counts) - counts
    whole = np.arange(counts.sum()) + np.repeat(runs.start - heads, counts)
    centre = np.repeat(deepest, counts)
    radii: Floats = np.maximum.reduceat(distance_m(lon[centre], lat[centre], lon[whole], lat[whole]), heads)
    return radii


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
