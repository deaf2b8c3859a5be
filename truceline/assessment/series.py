"""Which source gives a count, for which time it is complete, and what it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from truceline.assessment.baseline import Series
from truceline.assessment.counting import find_waves, measure_piece, sum_between, tally
from truceline.assessment.profile import HOUR_US, to_us
from truceline.evidence.formats import SOURCES
from truceline.evidence.intake import NOT_ARRIVED, TOO_LATE
from truceline.evidence.source import Source
from truceline.evidence.store import Evidence
from truceline.spacetime import Interval

__all__ = ["Known", "build_series", "choose_source", "find_chronic", "find_known", "list_sources"]

_CHRONIC = 0.75  # share of the baseline under alert above which onsets say nothing of a region any more


@dataclass(frozen=True, slots=True)
class Known:
    """The time for which a source is complete.

    `declared` says whether the list of evidence states it; else the first and the last row stand
    for it. `last` is the last row, None where there is none.
    """

    interval: Interval
    declared: bool
    last: datetime | None


def list_sources(kind: str, evidence: Evidence) -> tuple[Source, ...]:
    """Return the sources that were read and that make events of this kind, as listed."""
    read = {tally.source for tally in evidence.files}
    rows = evidence.events.filter(pl.col("kind").cast(pl.String) == kind)
    making = set(rows["source"].cast(pl.String).unique().to_list())
    return tuple(
        source
        for source in evidence.plan.sources
        if source.name in making or (source.name in read and kind in (source.kind, _kind_of(source.format)))
    )


def choose_source(kind: str, unit: str, evidence: Evidence) -> Source | str:
    """Return the one source that counts this kind in this unit, or why there is none.

    A source that declares a unit serves that unit only, and there it comes before one that
    declares none. Without a mark (`counts = true`) a kind's only source counts.
    """
    listed = list_sources(kind, evidence)
    if not listed:
        return f"{kind}: no source was read that reports it"
    serving = [source for source in listed if source.counting in (None, unit)]
    marked = [source for source in serving if source.counts]
    exact = [source for source in marked if source.counting == unit]
    best = exact or marked or (serving if len(listed) == 1 else [])
    if len(best) == 1:
        return best[0]
    names = ", ".join(source.name for source in best or listed)
    if best:
        return f"{kind} in {unit}: more than one source is marked as counting ({names}); mark one"
    if any(source.counts for source in listed):
        return f"{kind} in {unit}: no source counts in this unit ({names})"
    return f"{kind}: several sources report it and none is marked as counting ({names}); mark one with counts = true"


def find_known(source: Source, evidence: Evidence, cut_off: datetime, *, cut_after: bool) -> Known | None:
    """Return the time for which a source is complete, None where neither rows nor a declaration say.

    Nothing is known after the cut-off where the evidence was cut there, nor after the last row
    where rows were left out because they had not arrived.
    """
    tallies = [tally for tally in evidence.files if tally.source == source.name]
    times = evidence.events.filter(pl.col("source").cast(pl.String) == source.name)["start_utc"].drop_nulls()
    firsts = [tally.first_utc for tally in tallies if tally.first_utc]
    lasts = [tally.last_utc for tally in tallies if tally.last_utc]
    first = min(firsts) if firsts else _pick(times.min())
    last = max(lasts) if lasts else _pick(times.max())
    declared = source.span is not None
    start, end = (source.span.start, source.span.end) if source.span is not None else (first, last)
    if start is None:
        return None
    end = end or max(filter(None, (cut_off, last)))
    if cut_after or any(TOO_LATE in tally.set_aside for tally in tallies):
        end = min(end, cut_off)
    if any(NOT_ARRIVED in tally.set_aside for tally in tallies):
        end = min(end, last or start)
    return Known(Interval(min(start, end), end), declared, last)


def build_series(source: Source, rows: pl.DataFrame, kind: str, unit: str, known: Interval) -> Series:
    """Return what the source counts in this unit; `rows` are of this kind and source."""
    return Series(
        source=source.name,
        counted=tally(rows, kind, unit),
        groups=find_waves(rows, kind, unit),
        known=known,
        piece=measure_piece(rows, kind, unit),
    )


def find_chronic(rows: pl.DataFrame, kind: str, free: Sequence[Interval]) -> tuple[str, ...]:
    """Return the regions that were under alert for more than three quarters of the free stretches of a baseline."""
    edges = [(to_us(one.start), to_us(one.end)) for one in free if one.end is not None]
    if not edges:
        return ()
    starts, ends = np.array(edges, dtype=np.int64).T
    limit = _CHRONIC * (ends - starts).sum() / HOUR_US
    hours = tally(rows, kind, "alert-region-hours").filter(pl.col("area").is_not_null())
    parts = hours.partition_by("area", as_dict=True, maintain_order=True)
    return tuple(sorted(str(area) for (area,), part in parts.items() if sum_between(part, starts, ends).sum() > limit))


def _kind_of(name: str) -> str | None:
    return SOURCES[name].kind if name in SOURCES else None


def _pick(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
