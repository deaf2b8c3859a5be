"""Positions thinned to lines for a map: never more than a page can show, gaps left as gaps."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import polars as pl

from truceline.reports.subject import Subject

_POINTS = 5_000
_SHORTEST_GAP = timedelta(minutes=15)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Track:
    """One platform's way in pieces, cut where positions are missing; `named`: a finding rests on it."""

    platform: str
    named: bool
    pieces: tuple[tuple[Point, ...], ...]


def thin_tracks(subject: Subject, bounds: tuple[float, float, float, float]) -> tuple[Track, ...]:
    """Return the tracks within the case's interval and these bounds, one position a step of time."""
    interval = subject.assessment.interval
    if interval is None:
        return ()
    end = min(filter(None, (interval.end, subject.assessment.cut_off)))
    west, south, east, north = bounds
    rows = subject.evidence.positions.filter(
        pl.col("time_utc").is_between(interval.start, end, closed="left"),
        pl.col("lon").is_between(west, east),
        pl.col("lat").is_between(south, north),
    ).with_columns(pl.col("platform").cast(pl.String))
    count = rows.select(pl.col("platform").n_unique()).collect(engine="streaming").item()
    if not count or end <= interval.start:
        return ()
    step = (end - interval.start) / min(max(_POINTS // count, 20), 400)
    elapsed = (pl.col("time_utc") - interval.start).dt.total_microseconds()
    thinned = (
        rows.with_columns((elapsed // (step // timedelta(microseconds=1))).alias("step"))
        .group_by("platform", "step")
        .agg(pl.col("time_utc", "lon", "lat").sort_by("time_utc", "file", "row").first())
        .collect(engine="streaming")
        .sort("platform", "time_utc")
    )
    return _cut(subject, thinned, max(_SHORTEST_GAP, step * 2.5))


def _cut(subject: Subject, thinned: pl.DataFrame, gap: timedelta) -> tuple[Track, ...]:
    named = {finding.platform for finding in subject.assessment.findings if finding.platform}
    tracks = []
    rows = thinned.select("platform", "time_utc", "lon", "lat").iter_rows()
    for platform, group in groupby(rows, key=lambda row: str(row[0])):
        pieces: list[list[Point]] = []
        last = None
        for _, time, lon, lat in group:
            if last is None or time - last > gap:
                pieces.append([])
            pieces[-1].append((lon, lat))
            last = time
        tracks.append(Track(platform, platform in named, tuple(tuple(piece) for piece in pieces if len(piece) > 1)))
    return tuple(sorted(tracks, key=lambda track: track.named))
