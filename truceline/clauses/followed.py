"""The tracks that a clause follows: positions of platforms, as columns, in the clause's time and hours.

Positions that are no place on the globe (NaN, out of range) are left out; duplicates stay. Sources that
carry the same transmissions make one track of a platform, every other source one of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.episodes import LONGEST_SILENCE, Area, Stay, allowed, group_by_load, is_of
from truceline.clauses.extent import list_wanted, read_hours
from truceline.evidence.sight import is_cooperative
from truceline.evidence.store import Evidence
from truceline.model import Row
from truceline.spacetime import UTC, read_duration
from truceline.spacetime.shapes import distance_m
from truceline.spacetime.units import read_distance

__all__ = [
    "Pursuit",
    "Tracks",
    "instant",
    "list_present",
    "list_runs",
    "make_stay",
    "read_all_tracks",
    "read_pursuit",
    "read_tracks",
    "select",
]

_CONTEXT = timedelta(hours=1)
_MOST_ROWS = 64
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = ("time_utc", "lon", "lat", "altitude_m", "accuracy_m", "speed_kn", "received_utc", "file", "row")

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pursuit:
    """One clause set against one body of evidence: what is looked for, and what counts."""

    terms: Terms
    agreement: Agreement
    evidence: Evidence
    area: Area
    wanted: tuple[str, ...]
    persistence: timedelta
    margin_m: float


@dataclass(frozen=True, slots=True)
class Tracks:
    """Positions of several platforms, track by track in order of time, as columns.

    `new` marks the first position of a track, `silent` one that comes more than half an hour after
    the one before it, `held` one within the time and the hours of the clause. `accuracy` is in
    metres, NaN where it is not known.
    """

    rows: pl.DataFrame
    micros: NDArray[np.int64]
    lon: Floats
    lat: Floats
    accuracy: Floats
    new: Booleans
    silent: Booleans
    held: Booleans

    def __len__(self) -> int:
        return len(self.micros)

    @property
    def joined(self) -> Booleans:
        """Whether a position follows the one before it on one track, however long after."""
        return ~self.new


def read_pursuit(terms: Terms, agreement: Agreement, evidence: Evidence) -> Pursuit | None:
    """Return what is looked for; None where the clause has no time."""
    if terms.possible is None:
        return None
    margin, persistence = terms.values.get("margin"), terms.values.get("persistence")
    area = Area(
        shapely.box(-180, -90, 180, 90),
        terms.possible.start,
        terms.possible.end,
        None,
        read_hours(terms.values.get("hours")),
        agreement.zone_of_time,
    )
    return Pursuit(
        terms,
        agreement,
        evidence,
        area,
        list_wanted(terms),
        read_duration(persistence) if persistence else timedelta(0),
        read_distance(margin) if margin else 0.0,
    )


def _scan(pursuit: Pursuit) -> pl.LazyFrame:
    """Return the positions within the clause's time and an hour about it that lie on the globe."""
    area = pursuit.area
    rows = pursuit.evidence.positions.filter(
        pl.col("time_utc") >= area.start - _CONTEXT,
        pl.col("lon").is_between(-180, 180),  # neither null nor NaN is
        pl.col("lat").is_between(-90, 90),
    )
    return rows if area.end is None else rows.filter(pl.col("time_utc") < area.end + _CONTEXT)


def list_present(pursuit: Pursuit, shape: BaseGeometry | None) -> dict[str, int]:
    """Return each platform whose box of positions meets the shape's box, with its number of positions."""
    boxes = _scan(pursuit).group_by("platform").agg(
        pl.len(),
        pl.col("lon").min().alias("west"), pl.col("lon").max().alias("east"),
        pl.col("lat").min().alias("south"), pl.col("lat").max().alias("north"),
    )  # fmt: skip
    if shape is not None:
        west, south, east, north = shapely.bounds(shape)
        meets = (pl.col("west") <= east) & (pl.col("east") >= west)
        turned = pl.col("east") - pl.col("west") > 180  # it may have gone across the antimeridian
        boxes = boxes.filter(meets | turned, pl.col("south") <= north, pl.col("north") >= south)
    seen = boxes.select(pl.col("platform").cast(pl.String), "len").collect(engine="streaming").drop_nulls()
    return dict(sorted(seen.iter_rows()))


def read_tracks(pursuit: Pursuit, platforms: Iterable[str], counts: Mapping[str, int]) -> Iterator[Tracks]:
    """Yield the tracks of these platforms in groups that fit into memory."""
    merged = _list_merged(pursuit)
    for group in group_by_load((name, counts[name]) for name in sorted(platforms)):
        yield _load(pursuit, group, merged)


def read_all_tracks(pursuit: Pursuit, platforms: Iterable[str]) -> Tracks:
    """Return the tracks of these platforms at once, for what is about several platforms."""
    return _load(pursuit, sorted(platforms), _list_merged(pursuit))


def _list_merged(pursuit: Pursuit) -> list[str]:
    """Return the sources that carry the same transmissions, so that what all of them hear is one track."""
    return sorted(source.name for source in pursuit.evidence.plan.sources if is_cooperative(source))


def _load(pursuit: Pursuit, platforms: Sequence[str], merged: Sequence[str]) -> Tracks:
    texts = [pl.col(name).cast(pl.String) for name in ("platform", "source")]
    rows = _scan(pursuit).select(*texts, *_COLUMNS).filter(is_of(platforms))
    table = rows.collect(engine="streaming").with_columns(
        channel=pl.when(pl.col("source").is_in(merged)).then(pl.lit("")).otherwise("source"),
        held=allowed(pursuit.area),
    )
    table = table.sort("platform", "channel", "time_utc", "lon", "lat", "file", "row")
    micros = table["time_utc"].to_physical().to_numpy()
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    track = table.select(pl.struct("platform", "channel").rle_id()).to_series().to_numpy()
    new = np.diff(track, prepend=track[:1].astype(np.int64) - 1) != 0
    silent = ~new & (np.diff(micros, prepend=micros[:1]) > LONGEST_SILENCE / _MICROSECOND)
    accuracy = table["accuracy_m"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    held = table["held"].fill_null(False).to_numpy()
    return Tracks(table, micros, lon, lat, accuracy, new, silent, held)


def list_runs(tracks: Tracks, within: Booleans) -> list[tuple[int, int]]:
    """Return (first, end) of each unbroken run of positions of one track that are `within`.

    A silence of more than half an hour ends a run.
    """
    if not within.any():
        return []
    edges = np.flatnonzero(tracks.new | tracks.silent | np.diff(within, prepend=not within[0]))
    ends = np.append(edges[1:], len(within))
    return [(int(first), int(end)) for first, end in zip(edges, ends, strict=True) if within[first]]


def select(tracks: Tracks, platforms: Iterable[str]) -> Booleans:
    """Return which positions are of these platforms."""
    chosen: Booleans = tracks.rows["platform"].is_in(list(platforms)).to_numpy()
    return chosen


def instant(micros: float) -> datetime:
    """Return an instant from microseconds since 1970."""
    return _EPOCH + round(micros) * _MICROSECOND


def make_stay(
    tracks: Tracks,
    first: int,
    end: int,
    place: tuple[float, float],
    span: tuple[datetime, datetime] | None = None,
) -> Stay:
    """Return what positions `first` to `end` (exclusive) are: whose, from where, and about which place.

    `span` is when it happened where that is not from the first to the last position. The track by
    which it is recognised takes in the positions half an hour before and after.
    """
    part = tracks.rows[first:end]
    lon, lat = tracks.lon[first:end], tracks.lat[first:end]
    spread = distance_m(np.full(len(lon), place[0]), np.full(len(lon), place[1]), lon, lat)
    before = first > 0 and not tracks.new[first]
    after = end < len(tracks) and not tracks.new[end]
    listed = np.unique(np.linspace(0, len(part) - 1, min(len(part), _MOST_ROWS)).round().astype(int))
    addresses = [part[name].to_numpy()[listed].tolist() for name in ("file", "row")]
    known = tracks.accuracy[first:end][np.isfinite(tracks.accuracy[first:end])]
    received = part["received_utc"].min()
    start, last = span or (part["time_utc"][0], part["time_utc"][-1])
    return Stay(
        platform=part["platform"][0],
        sources=tuple(sorted(set(part["source"].to_list()))),
        first=start,
        last=last,
        before=tracks.rows["time_utc"][first - 1] if before else None,
        after=tracks.rows["time_utc"][end] if after else None,
        count=len(part),
        lon=place[0],
        lat=place[1],
        radius_m=float(np.max(spread)),
        depth_m=0.0,
        accuracy_m=float(known.max()) if len(known) else None,
        altitude_known=part["altitude_m"].null_count() == 0,
        received_utc=received if isinstance(received, datetime) else None,
        rows=tuple(sorted({Row(*pair) for pair in zip(*addresses, strict=True)})),
        track=_take_context(tracks, first, end),
    )


def _take_context(tracks: Tracks, first: int, end: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the track from half an hour before some positions to half an hour after them."""
    wait = LONGEST_SILENCE // _MICROSECOND
    heads = np.append(np.flatnonzero(tracks.new), len(tracks))
    own = int(np.searchsorted(heads, first, side="right"))
    earlier, later = tracks.micros[heads[own - 1] : first], tracks.micros[end : heads[own]]
    start = first - len(earlier) + int(np.searchsorted(earlier, tracks.micros[first] - wait, side="left"))
    stop = end + int(np.searchsorted(later, tracks.micros[end - 1] + wait, side="right"))
    return tracks.micros[start:stop], tracks.lon[start:stop], tracks.lat[start:stop]
