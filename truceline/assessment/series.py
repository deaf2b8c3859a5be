"""Which source gives a count, for which time it is complete, and what it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import polars as pl
from shapely.geometry.base import BaseGeometry

from truceline.assessment.baseline import Series
from truceline.assessment.counting import (
    condense,
    find_waves,
    join_alike,
    measure_piece,
    sum_between,
    tally,
)
from truceline.assessment.profile import HOUR_US, to_us
from truceline.evidence.formats import SOURCES
from truceline.evidence.intake import NOT_ARRIVED, TOO_LATE
from truceline.evidence.masses import reduce_batches
from truceline.evidence.selection import select_batches
from truceline.evidence.source import Source
from truceline.evidence.store import Evidence
from truceline.spacetime import Interval

__all__ = [
    "STEPS",
    "Known",
    "Makers",
    "build_series",
    "choose_source",
    "find_chronic",
    "find_known",
    "find_longest_silence",
    "list_makers",
    "list_sources",
    "read_counted",
]

STEPS = ("", "minute", "quarter of an hour", "hour")
"""Steps of time by which rows are counted, the finest first: their own times while those are not too many."""

_MOST_TIMES = 1_000_000  # rows with different times and areas that are held to be counted
_STEPS_US = (1, 60_000_000, 900_000_000, HOUR_US)
_COUNTED = ("source", "start_utc", "end_utc", "area", "quantity", "quantity_low", "quantity_high", "unit")
_MINUTE = timedelta(minutes=1)
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


@dataclass(frozen=True, slots=True)
class Makers:
    """Who makes events: the sources of each kind, and the first and last start of each source."""

    of_kind: Mapping[str, frozenset[str]]
    spans: Mapping[str, tuple[datetime, datetime]]


def list_makers(evidence: Evidence) -> Makers:
    """Read once through the events: which sources have which kinds, and from when to when."""
    start = pl.col("start_utc")
    names = [pl.col(name).cast(pl.String) for name in ("source", "kind")]
    table = evidence.events.group_by(names).agg(start.min().alias("first"), start.max().alias("last"))
    of_kind: dict[str, set[str]] = {}
    spans: dict[str, tuple[datetime, datetime]] = {}
    for source, kind, first, last in table.collect(engine="streaming").sort("source", "kind").iter_rows():
        of_kind.setdefault(kind, set()).add(source)
        if first is not None and last is not None:
            before = spans.get(source, (first, last))
            spans[source] = min(first, before[0]), max(last, before[1])
    return Makers({kind: frozenset(sources) for kind, sources in of_kind.items()}, spans)


def list_sources(kind: str, evidence: Evidence, makers: Makers | None = None) -> tuple[Source, ...]:
    """Return the sources that were read and that make events of this kind, as listed.

    `makers` spares the reading of the events (`list_makers`) where it was done before.
    """
    makers = makers or list_makers(evidence)
    read = {tally.source for tally in evidence.files}
    making = makers.of_kind.get(kind, frozenset())
    return tuple(
        source
        for source in evidence.plan.sources
        if source.name in making or (source.name in read and kind in (source.kind, _kind_of(source.format)))
    )


def read_counted(
    evidence: Evidence, kind: str, shape: BaseGeometry | None, areas: Sequence[str]
) -> tuple[pl.DataFrame, int]:
    """Return the events of a kind that count in a zone, condensed (`counting.condense`), and the step in `STEPS`.

    Rows of the same source, times and area are joined: nothing is lost. Only where there would still
    be more than a million are times taken by steps.
    """
    parts = select_batches(
        evidence.events,
        evidence.gazetteer,
        kinds=[kind],
        shape=shape,
        areas=areas,
        columns=_COUNTED,
        where=pl.col("start_utc").is_not_null(),
    )
    levels = [partial(join_alike, kind=kind, step_us=step) for step in _STEPS_US]
    return reduce_batches((condense(part.filter("inside"), kind) for part in parts), levels, _MOST_TIMES)


def find_longest_silence(source: Source, evidence: Evidence) -> timedelta:
    """Return the longest time between two starts of a source one after the other; at least a minute."""
    start = pl.col("start_utc")
    rows = evidence.events.filter(pl.col("source").cast(pl.String) == source.name, start.is_not_null())
    minutes = rows.group_by(start.dt.truncate("1m").alias("minute")).agg(start.min().alias("first"), start.max())
    table = minutes.collect(engine="streaming").sort("minute")
    longest = (table["first"] - table["start_utc"].shift(1)).max()
    return max(longest, _MINUTE) if isinstance(longest, timedelta) else timedelta(0)


def choose_source(kind: str, unit: str, evidence: Evidence, makers: Makers | None = None) -> Source | str:
    """Return the one source that counts this kind in this unit, or why there is none.

    A source that declares a unit serves that unit only, and there it comes before one that
    declares none. Without a mark (`counts = true`) a kind's only source counts.
    """
    listed = list_sources(kind, evidence, makers)
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


def find_known(
    source: Source, evidence: Evidence, cut_off: datetime, *, cut_after: bool, makers: Makers | None = None
) -> Known | None:
    """Return the time for which a source is complete, None where neither rows nor a declaration say.

    Nothing is known after the cut-off where the evidence was cut there, nor after the last row
    where rows were left out because they had not arrived.
    """
    tallies = [tally for tally in evidence.files if tally.source == source.name]
    own = (makers or list_makers(evidence)).spans.get(source.name, (None, None))
    firsts = [tally.first_utc for tally in tallies if tally.first_utc]
    lasts = [tally.last_utc for tally in tallies if tally.last_utc]
    first = min(firsts) if firsts else own[0]
    last = max(lasts) if lasts else own[1]
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
    """Return what the source counts in this unit; `rows` are of this kind and source, condensed or not."""
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
