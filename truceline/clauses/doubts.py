"""What speaks against the positions on which findings rest: integrity before judgement, for every kind.

A finding carries a doubt where a tenth or more of the positions that it names are flagged for it. The
flags come from `tracks.flag_tracks` over all positions of the same platform around that time, and from
what all platforms show together: many at one spot, disturbed navigation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl

from truceline.clauses.episodes import group_by_load, is_of
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
_KEYS = ("file", "row")
_COLUMNS = ("time_utc", "lon", "lat", "altitude_ref", "speed_kn", "integrity", *_KEYS)


def doubt(findings: Sequence[Finding], evidence: Evidence) -> list[Finding]:
    """Return the findings in their order, those that rest on doubtful positions with the reasons as doubts."""
    resting = [number for number, finding in enumerate(findings) if finding.platform is not None and finding.rows]
    if not resting:
        return list(findings)
    named = _list_rows(findings)
    keys = named.filter(pl.col("finding").is_in(resting)).select(_KEYS).unique()
    flagged = _flag_rows([findings[number] for number in resting], keys, evidence)
    totals = _weigh(named, flagged)
    return [_add(finding, totals.get(number, 0)) for number, finding in enumerate(findings)]


def _list_rows(findings: Sequence[Finding]) -> pl.DataFrame:
    """Return the rows that findings name: number of the finding, file, row."""
    counts = [len(finding.rows) for finding in findings]
    rows = [row for finding in findings for row in finding.rows]
    return pl.DataFrame(
        {
            "finding": np.repeat(np.arange(len(findings), dtype=np.uint32), counts),
            "file": np.fromiter((row.file for row in rows), np.uint32, len(rows)),
            "row": np.fromiter((row.row for row in rows), np.uint64, len(rows)),
        }
    )


def _flag_rows(findings: Sequence[Finding], keys: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """Return the flags of the rows `keys`, on which the findings rest: file, row, flags; those without are left out."""
    around = _within(evidence.positions, findings)
    counts = _count(around, keys)
    found = [pl.DataFrame(schema={"file": pl.UInt32, "row": pl.UInt64, "flags": pl.UInt16})]
    if not len(counts):
        return found[0]
    resting = _pick(around, counts["platform"].to_list())
    clocks = measure_clocks(find_feeds(resting)) if len(evidence.plan.sources) > 1 else {}
    crowds, disturbed = find_crowds(_near(around, resting)), map_interference(around)
    for names in group_by_load(counts.iter_rows()):
        for part in _split(_pick(around, names).collect(engine="streaming"), evidence):
            flags = flag_positions(part, evidence.platforms, clock_s=clocks, crowds=crowds, disturbed=disturbed)
            marked = part.select(_KEYS).with_columns(flags=pl.Series(flags)).filter(pl.col("flags") > 0)
            found.append(marked.join(keys, on=list(_KEYS), how="semi"))
    return pl.concat(found)


def _count(positions: pl.LazyFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Return the platforms of some rows, by name, each with the number of all its positions."""
    named = positions.join(keys.lazy(), on=list(_KEYS), how="semi").select(pl.col("platform").unique())
    names = named.collect(engine="streaming")["platform"].drop_nulls()
    counts = positions.filter(pl.col("platform").is_in(names.implode())).group_by("platform").len()
    return counts.collect(engine="streaming").with_columns(pl.col("platform").cast(pl.String)).sort("platform")


def _pick(positions: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
    """Return all positions of some platforms, in the columns that flags look at."""
    source, platform = (pl.col(name).cast(pl.String) for name in ("source", "platform"))
    return positions.filter(is_of(names)).select(source, platform, *_COLUMNS)


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


def _weigh(named: pl.DataFrame, flagged: pl.DataFrame) -> Mapping[int, int]:
    """Return, by the number of a finding, the flags that a tenth or more of its rows have."""
    marked = named.join(flagged, on=list(_KEYS)).group_by("finding")
    counts = marked.agg([(pl.col("flags") & flag.value > 0).sum().alias(str(flag.value)) for flag in Flag])
    sizes = named.group_by("finding").agg(enough=_SHARE * pl.len())
    held = [pl.col(str(flag.value)) >= pl.max_horizontal("enough", pl.lit(1)) for flag in Flag]
    totals = pl.sum_horizontal(
        pl.when(holds).then(flag.value).otherwise(0) for flag, holds in zip(Flag, held, strict=True)
    )
    return dict(counts.join(sizes, on="finding").select("finding", totals.alias("flags")).iter_rows())


def _add(finding: Finding, flags: int) -> Finding:
    """Return a finding with the doubts that its flags give."""
    reasons = _new(explain(flags), finding.doubts)
    return replace(finding, doubts=(*finding.doubts, *reasons)) if reasons else finding


def _new(reasons: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(reason for reason in reasons if reason not in known)
