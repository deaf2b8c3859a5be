"""What speaks against the positions on which findings rest: integrity before judgement, for every kind.

A finding carries a doubt where a tenth or more of the positions that it names are flagged for it. The
flags come from `tracks.flag_tracks` over all positions of the same platform around that time, and from
what all platforms show together: many at one spot, disturbed navigation.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import polars as pl

from truceline.evidence.sight import is_cooperative
from truceline.evidence.store import Evidence
from truceline.model import Finding
from truceline.tracks import (
    Flag,
    explain,
    find_crowds,
    find_feeds,
    flag_positions,
    map_interference,
    measure_clocks,
)

__all__ = ["doubt"]

_CONTEXT = timedelta(hours=1)  # before and after, so that a jump has its other end
_SHARE = 0.1
_LARGEST_LOAD = 500_000  # positions that are in memory at once
_KEYS = ("file", "row")
_COLUMNS = ("time_utc", "lon", "lat", "altitude_ref", "speed_kn", "integrity", *_KEYS)


def doubt(findings: Sequence[Finding], evidence: Evidence) -> list[Finding]:
    """Return the findings in their order, those that rest on doubtful positions with the reasons as doubts."""
    resting = [finding for finding in findings if finding.platform is not None and finding.rows]
    if not resting:
        return list(findings)
    flagged = _flag_rows(resting, evidence)
    return [_add(finding, flagged) for finding in findings]


def _flag_rows(findings: Sequence[Finding], evidence: Evidence) -> Mapping[tuple[int, int], int]:
    """Return the flags of the rows that findings name, by file and row; those without any are left out."""
    named = sorted({(row.file, row.row) for finding in findings for row in finding.rows})
    keys = pl.DataFrame(named, schema={"file": pl.UInt32, "row": pl.UInt64}, orient="row")
    around = _within(evidence.positions, findings)
    counts = _count(around, keys)
    if not len(counts):
        return {}
    resting = _pick(around, counts["platform"].to_list())
    clocks = measure_clocks(find_feeds(resting))
    crowds, disturbed = find_crowds(_near(around, resting)), map_interference(around)
    found: dict[tuple[int, int], int] = {}
    for names in _group(counts):
        for part in _split(_pick(around, names).collect(engine="streaming"), evidence):
            flags = flag_positions(part, evidence.platforms, clock_s=clocks, crowds=crowds, disturbed=disturbed)
            marked = part.select(_KEYS).with_columns(flags=pl.Series(flags)).filter(pl.col("flags") > 0)
            named_rows = marked.join(keys, on=list(_KEYS), how="semi")
            found |= {(file, row): flag for file, row, flag in named_rows.iter_rows()}
    return found


def _count(positions: pl.LazyFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Return the platforms of some rows, by name, each with the number of all its positions."""
    plain = positions.with_columns(pl.col("platform").cast(pl.String))
    named = plain.join(keys.lazy(), on=list(_KEYS), how="semi").select(pl.col("platform").unique()).drop_nulls()
    return plain.join(named, on="platform", how="semi").group_by("platform").len().sort("platform").collect()


def _group(counts: pl.DataFrame) -> Iterator[list[str]]:
    """Yield platforms in groups whose positions fit into memory together; a track is never cut."""
    group: list[str] = []
    load = 0
    for name, count in counts.iter_rows():
        if group and load + count > _LARGEST_LOAD:
            yield group
            group, load = [], 0
        group.append(name)
        load += count
    if group:
        yield group


def _pick(positions: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
    """Return all positions of some platforms, in the columns that flags look at."""
    source, platform = (pl.col(name).cast(pl.String) for name in ("source", "platform"))
    return positions.filter(platform.is_in(names)).select(source, platform, *_COLUMNS)


def _split(rows: pl.DataFrame, evidence: Evidence) -> list[pl.DataFrame]:
    """Return the rows of cooperative sources together, since they hear the same, and of every other by itself."""
    shared = sorted(source.name for source in evidence.plan.sources if is_cooperative(source))
    channel = pl.when(pl.col("source").is_in(shared)).then(pl.lit("")).otherwise("source")
    return rows.with_columns(channel=channel).partition_by("channel", maintain_order=True, include_key=False)


def _within(positions: pl.LazyFrame, findings: Sequence[Finding]) -> pl.LazyFrame:
    first = min(finding.span.start for finding in findings) - _CONTEXT
    last = max(finding.span.end or finding.span.start for finding in findings) + _CONTEXT
    return positions.filter(pl.col("time_utc").is_between(first, last))


def _near(positions: pl.LazyFrame, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the positions in the box around some: a crowd at one of them lies in it."""
    bounds = rows.select(
        west=pl.col("lon").min(), east=pl.col("lon").max(), south=pl.col("lat").min(), north=pl.col("lat").max()
    ).collect(engine="streaming")
    west, east, south, north = (value if value is not None else 0.0 for value in bounds.row(0))
    return positions.filter(
        pl.col("lon").is_between(west - 0.001, east + 0.001), pl.col("lat").is_between(south - 0.001, north + 0.001)
    )


def _add(finding: Finding, flagged: Mapping[tuple[int, int], int]) -> Finding:
    """Return a finding with the doubts that a tenth or more of its rows give."""
    marks = [flagged.get((row.file, row.row), 0) for row in finding.rows]
    total = 0
    for flag in Flag if any(marks) else ():
        count = sum(bool(mark & flag) for mark in marks)
        total |= flag.value if count and count >= _SHARE * len(marks) else 0
    reasons = _new(explain(total), finding.doubts)
    return replace(finding, doubts=(*finding.doubts, *reasons)) if reasons else finding


def _new(reasons: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(reason for reason in reasons if reason not in known)
