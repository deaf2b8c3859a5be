"""What a rehearsal says, in types: for each clause, how often it would have been raised, by whom, and what moves that.

Rates are per week of 7 days. Nothing here is a breach: no agreement bound anyone in the weeks that
are counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from truceline.model import FileTally, Word
from truceline.spacetime import Interval

DAY = timedelta(days=1)
"""24 hours."""

WEEK = 7 * DAY
"""The length of the weeks that are counted, wherever their first hour falls."""

COUNTED = ("findings", "indicators", "incidents", "alleged", "corroborated", "excused")
"""What is counted a week: names of `WeekCount`, and keys of `ClauseRehearsal.rates`."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many a week: `total` in `weeks`, from `smallest` to `largest` in one of them.

    `mean_95` is the 95 % interval of the long-run weekly mean, `next_95` that of the number in one
    more week like these (`rates`, docs/rehearsal.md).
    """

    total: int
    weeks: int
    mean: float
    mean_95: tuple[float, float]
    next_95: tuple[int, int]
    smallest: int
    largest: int


@dataclass(frozen=True, slots=True)
class WeekCount:
    """What one week would have raised; each finding and incident counts in the week in which it began.

    `findings` can make a standing, `indicators` cannot. `excused` incidents are allowed by an
    exception and are in neither of the other two.
    """

    interval: Interval
    findings: int
    indicators: int
    alleged: int
    corroborated: int
    excused: int

    @property
    def incidents(self) -> int:
        """Incidents that count."""
        return self.alleged + self.corroborated


@dataclass(frozen=True, slots=True)
class Share:
    """What rests on one source, or on all sources of one lineage.

    `findings` and `indicators` name it, `share` is its part of both together. `vanished` is how
    many incidents are gone when the rehearsal is run without it (negative: more are raised,
    because it explained some), `uncorroborated` how many corroborated ones.
    """

    name: str
    lineage: str
    findings: int
    indicators: int
    share: float | None
    vanished: int
    uncorroborated: int


@dataclass(frozen=True, slots=True)
class Variation:
    """What a changed clause would have raised a week: `lever` "width", "altitude" …, `change` "× 0.5".

    `value` is what the clause would then say. Numbers are None where there is no such clause.
    """

    lever: str
    change: str
    value: str
    findings: float | None
    indicators: float | None
    incidents: float | None
    corroborated: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class WindowCount:
    """How often each word would have stood at the end of a truce of this length, by party."""

    length: timedelta
    windows: int
    words: Mapping[str, Mapping[Word, int]]


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a truce of one length could show in one count.

    `expected` is the count without a truce, `most` the largest count that would still show a
    reduction, `ratio` the one over the other; None where not even a count of 0 would show one.
    """

    length: timedelta
    expected: float | None
    most: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The reductions that could be shown in one kind of event, one counting unit, by one source.

    `baseline` is the stretch of evidence that stands for the time before a truce, of which
    `days_used` days are known and free of truces.
    """

    kind: str
    counting: str
    source: str
    baseline: Interval
    days_used: float
    reductions: tuple[Reduction, ...]


@dataclass(frozen=True, slots=True)
class ClauseRehearsal:
    """One clause in past weeks. `readings` are those that come to the same once the times are the past's."""

    clause: str
    readings: tuple[str, ...]
    kind: str
    article: str
    binds: tuple[str, ...]
    zone: str | None
    evaluated: bool
    weeks: tuple[WeekCount, ...] = ()
    rates: Mapping[str, Rate] | None = None
    by_source: tuple[Share, ...] = ()
    by_lineage: tuple[Share, ...] = ()
    variations: tuple[Variation, ...] = ()
    windows: tuple[WindowCount, ...] = ()
    outlooks: tuple[Outlook, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The answer: every clause, what was looked at, and with which digest of inputs and options."""

    case: str
    title: str
    agreement_status: str
    version: str
    digest: str
    zone: str
    truce: Interval | None
    truces: tuple[tuple[str, Interval], ...]
    limit: int | None
    lengths: tuple[timedelta, ...]
    clauses: tuple[ClauseRehearsal, ...]
    files: tuple[FileTally, ...]
    notes: tuple[str, ...] = ()


def name_length(length: timedelta) -> str:
    """Return a length of time as "36 h", as "30 d" from four days on, with minutes where it must."""
    hours = length / timedelta(hours=1)
    if hours >= 96 and hours % 24 == 0:
        return f"{hours / 24:.0f} d"
    return f"{hours:.0f} h" if hours == int(hours) else f"{length / timedelta(minutes=1):g} min"
