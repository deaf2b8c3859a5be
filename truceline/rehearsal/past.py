"""Which past weeks a clause is rehearsed in: whole ones, fully covered by its evidence, free of truces."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from truceline.agreement.document import Terms
from truceline.assessment.baseline import free_time
from truceline.assessment.series import find_known, list_sources
from truceline.clauses import name_breaches
from truceline.clauses.no_entry import SIGHTINGS
from truceline.evidence import Evidence
from truceline.evidence.sight import AIRCRAFT, VESSELS
from truceline.rehearsal.result import DAY, WEEK
from truceline.spacetime import Interval

__all__ = [
    "Past",
    "find_past",
    "list_trackers",
    "list_witnesses",
    "rests_on_positions",
    "shift_terms",
    "without_sources",
]


@dataclass(frozen=True, slots=True)
class Past:
    """The weeks of a clause, in order, and the same as unbroken stretches; why there are none, or fewer."""

    weeks: tuple[Interval, ...]
    stretches: tuple[Interval, ...]
    witnesses: tuple[str, ...]
    reasons: tuple[str, ...]


def find_past(terms: Terms, evidence: Evidence, truce: Interval | None, limit: int | None = None) -> Past:
    """Return the weeks in which every source that could show something of a clause is complete.

    `truce` is the agreement's own time and is left out, as are the other truces that the list of
    evidence declares. Weeks before it are counted back from its start, weeks after it forward from
    its end, and all back from the end of the evidence where it has no time or lies ahead. `limit`
    keeps those that are nearest to it. Where the sources share no whole week, the one that is known for the
    shortest time no longer has to be complete, and a reason says so.
    """
    witnesses = list_witnesses(terms, evidence)
    known, reasons = _find_known(witnesses, evidence)
    away = [one.interval for one in evidence.plan.truces] + ([truce] if truce else [])
    complete = dict(known)
    weeks: list[Interval] = []
    while complete and not weeks:
        weeks = _cut_weeks(_intersect(complete.values()), away, truce)
        if not weeks:
            del complete[min(complete, key=lambda name: (known[name].duration, name))]
    if not weeks:
        return Past((), (), witnesses, (*reasons, _say_nothing(known, away, terms)))
    reasons += [
        f"{name} is complete for {known[name]} only, not for every week counted: what it shows is a lower bound"
        for name in known
        if name not in complete
    ]
    kept = sorted(sorted(weeks, key=lambda week: (_distance(week, truce, weeks[-1]), week.start))[:limit])
    return Past(tuple(kept), _join(kept), witnesses, tuple(reasons))


def list_witnesses(terms: Terms, evidence: Evidence) -> tuple[str, ...]:
    """Return the sources that could show something of a clause: of its kinds of event, or positions."""
    kinds: Sequence[str] = terms.values.get("events", SIGHTINGS if rests_on_positions(terms) else ())
    found = {source.name for kind in kinds for source in list_sources(kind, evidence)}
    if rests_on_positions(terms):
        found |= list_trackers(evidence)
    return tuple(source.name for source in evidence.plan.sources if source.name in found)


def rests_on_positions(terms: Terms) -> bool:
    """Return whether positions could show a breach: the clause names platforms, or is about them."""
    return bool(terms.values.get("platforms")) or not {*VESSELS, *AIRCRAFT}.isdisjoint(name_breaches(terms))


def list_trackers(evidence: Evidence) -> set[str]:
    """Return the sources that gave positions."""
    seen = evidence.positions.select(pl.col("source").unique()).collect(engine="streaming")
    return set(seen["source"].cast(pl.String).drop_nulls())


def shift_terms(terms: Terms, span: Interval) -> Terms:
    """Return the clause as if it had been in force throughout `span`, for every party that it binds.

    What it waits for is taken as met, and a party that rejected it as bound.
    """
    bound: Mapping[str, Interval | None] = dict.fromkeys(terms.clause.binds, span)
    return replace(
        terms, interval=span, possible=span, by_party=bound, possible_by_party=bound, lapsed={}, clocks=(), notes=()
    )


def without_sources(evidence: Evidence, names: Iterable[str]) -> Evidence:
    """Return the evidence without what some sources gave."""
    gone = sorted(names)
    other = ~pl.col("source").cast(pl.String).is_in(gone)
    return replace(evidence, events=evidence.events.filter(other), positions=evidence.positions.filter(other))


def _find_known(witnesses: Sequence[str], evidence: Evidence) -> tuple[dict[str, Interval], list[str]]:
    """Return the time for which each source is complete, and which of them only their own rows vouch for."""
    last = max((tally.last_utc for tally in evidence.files if tally.last_utc), default=None)
    found: dict[str, Interval] = {}
    reasons = []
    for source in evidence.plan.sources:
        known = find_known(source, evidence, last, cut_after=False) if source.name in witnesses and last else None
        if known is None:
            continue
        found[source.name] = known.interval
        if not known.declared:
            reasons.append(
                f"nobody declared for which time {source.name} is complete: its first and its last row stand for it"
            )
    return found, reasons


def _intersect(spans: Iterable[Interval]) -> Interval | None:
    common: Interval | None = None
    for number, span in enumerate(spans):
        common = span if number == 0 else common.overlap(span) if common else None
    return common


def _cut_weeks(known: Interval | None, away: Sequence[Interval], truce: Interval | None) -> list[Interval]:
    """Return the whole weeks of the free stretches, in order."""
    weeks: list[Interval] = []
    for stretch in free_time(known, known, away) if known else ():
        number = stretch.duration // WEEK
        after = truce is not None and truce.end is not None and stretch.start >= truce.end
        first = stretch.start if after or stretch.end is None else stretch.end - number * WEEK
        weeks += [Interval(first + n * WEEK, first + (n + 1) * WEEK) for n in range(number)]
    return sorted(weeks)


def _distance(week: Interval, truce: Interval | None, latest: Interval) -> timedelta:
    """Return how far a week lies from the truce, from the latest week where there is none nearby."""
    if truce is None:
        return latest.start - week.start
    before: datetime = week.end or week.start
    after = truce.end or truce.start
    return truce.start - before if before <= truce.start else week.start - after


def _join(weeks: Sequence[Interval]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for week in weeks:
        if joined and joined[-1].end == week.start:
            joined[-1] = Interval(joined[-1].start, week.end)
        else:
            joined.append(week)
    return tuple(joined)


def _say_nothing(known: Mapping[str, Interval], away: Sequence[Interval], terms: Terms) -> str:
    """Return why there is no week: nobody saw, or how long the longest free stretch is."""
    if not known:
        what = ", ".join([*terms.values.get("events", ()), *terms.values.get("platforms", ())]) or "what it forbids"
        return f"no source was read that shows {what}"
    hull = Interval(min(span.start for span in known.values()), max(span.end or span.start for span in known.values()))
    longest = max(
        (free.duration for span in known.values() for free in free_time(span, span, away)), default=timedelta(0)
    )
    return (
        f"the longest stretch of its evidence ({hull}) outside every truce is {longest / DAY:.1f} d long; "
        "a week of 7 d is needed"
    )
