"""The smallest reduction that a truce of T hours could show in a clause's indicators and counts.

It rests on the baseline alone, and so can be said before a truce: the forecast of docs/method.md,
for a window of that length, gives the largest count that would still show a reduction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from truceline.agreement.document import Terms
from truceline.assessment.baseline import Series, Span, compare, free_time, read_baseline
from truceline.assessment.counting import LASTING_KINDS, choose_units
from truceline.assessment.interval import learn
from truceline.assessment.series import (
    STEPS,
    build_series,
    choose_source,
    find_chronic,
    find_known,
    list_makers,
    list_sources,
    read_counted,
)
from truceline.evidence import Evidence
from truceline.evidence.source import Source
from truceline.rehearsal.result import DAY, WEEK, Outlook, Reduction
from truceline.rehearsal.trials import Trial, count_in_windows
from truceline.spacetime import Interval

__all__ = ["INCIDENTS", "foresee", "foresee_incidents"]

INCIDENTS = "incidents"
"""The kind and the counting of an outlook that counts what a clause would have raised, from all sources."""


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What is asked of one source, kind and unit: the time that stands for "before", and when a truce would start.

    `rows` are the source's, of this kind, condensed.
    """

    kind: str
    unit: str
    source: Source
    rows: pl.DataFrame
    known: Interval
    span: Span
    start: datetime


def foresee(
    terms: Terms, evidence: Evidence, truce: Interval | None, lengths: Sequence[timedelta]
) -> tuple[tuple[Outlook, ...], tuple[str, ...]]:
    """Return what truces of these lengths could show in each kind and unit of a clause, and why others show nothing.

    `terms` are the clause's own, with its own times. The baseline is as long as the clause declares
    and ends where the clause starts, or at the end of the evidence where that holds more of it. A
    truce is taken to start at the clause's hour of the week.
    """
    questions, reasons = _ask(terms, evidence, truce)
    return tuple(_answer(question, lengths) for question in questions), tuple(dict.fromkeys(reasons))


def foresee_incidents(trials: Sequence[Trial], lengths: Sequence[timedelta]) -> Outlook:
    """Return what truces of these lengths could show in the incidents that a clause raises.

    The windows are those that tile the past stretches; excused incidents are left out. The forecast is
    that of one more such window.
    """
    stretches = [trial.stretch for trial in trials]
    days = sum((stretch.duration for stretch in stretches), timedelta(0)) / DAY
    whole = Interval(stretches[0].start, stretches[-1].end)
    reductions = tuple(_reduce_counts(length, count_in_windows(trials, length)) for length in lengths)
    return Outlook(INCIDENTS, INCIDENTS, "all sources", whole, days, reductions)


def _reduce_counts(length: timedelta, counts: Sequence[int]) -> Reduction:
    if not counts or not any(counts):
        return Reduction(length, 0.0 if counts else None, None, None)
    forecast = learn(counts)
    shown = forecast.largest_reduced()
    return Reduction(length, forecast.expected, shown, None if shown is None else shown / forecast.expected)


def _ask(terms: Terms, evidence: Evidence, truce: Interval | None) -> tuple[list[_Question], list[str]]:
    kinds = list(dict.fromkeys(terms.values.get("events", ())))
    declared = terms.values.get("baseline", terms.clause.baseline)
    if declared is None or not kinds:
        return [], ["it declares no baseline, so no count of it is compared"] if kinds else []
    if terms.values.get("objects"):
        return [], ["which rows hit its objects is judged row by row, so there is no count to compare"]
    zone = terms.zone
    if zone is not None and zone.shape is None and not zone.areas:
        return [], [f"nobody could draw the zone {zone.id}, so nothing can be counted in it"]
    shape, areas = (zone.shape, zone.areas) if zone else (None, ())
    questions: list[_Question] = []
    reasons: list[str] = []
    length, makers = read_baseline(declared), list_makers(evidence)
    for kind in (kind for kind in kinds if list_sources(kind, evidence, makers)):
        rows, step = read_counted(evidence, kind, shape, areas)
        if step:
            reasons.append(f"{kind}: too many rows to hold: they are counted by the {STEPS[step]} in which they start")
        opened = [
            _open(terms, evidence, rows, (kind, unit), truce, length) for unit in _list_units(terms, kind, evidence)
        ]
        found = [one for one in opened if isinstance(one, _Question)]
        questions += found
        reasons += [] if found else [one for one in opened if isinstance(one, str)]
    return questions, reasons


def _list_units(terms: Terms, kind: str, evidence: Evidence) -> tuple[str, ...]:
    """Return the units that fit a kind, and those that its counting sources declare."""
    declared = terms.values.get("counting", terms.clause.counting)
    own = [source.counting for source in list_sources(kind, evidence) if source.counts and source.counting]
    return tuple(dict.fromkeys([*choose_units(kind, declared), *own]))


def _open(
    terms: Terms,
    evidence: Evidence,
    rows: pl.DataFrame,
    what: tuple[str, str],
    truce: Interval | None,
    length: timedelta,
) -> _Question | str:
    kind, unit = what
    source = choose_source(kind, unit, evidence)
    if isinstance(source, str):
        return source
    last = max((tally.last_utc for tally in evidence.files if tally.last_utc), default=None)
    known = find_known(source, evidence, last, cut_after=False) if last else None
    if known is None:
        return f"{kind}: {source.name} has no rows and declares no span"
    away = [one.interval for one in evidence.plan.truces] + ([truce] if truce else [])
    start = (terms.interval or terms.possible or truce or known.interval).start
    ends = [start] if start in known.interval else []
    spans = [_before(end, length, known.interval, away) for end in (*ends, known.interval.end) if end]
    span = max(spans, key=lambda one: one.length)
    if not span.length:
        return f"{kind}: {source.name} knows no time before a truce ({known.interval})"
    own = rows.filter(pl.col("source").cast(pl.String) == source.name)
    end = span.interval.end or start
    return _Question(kind, unit, source, own, known.interval, span, end + (start - end) % WEEK)


def _before(end: datetime, length: timedelta, known: Interval, away: Sequence[Interval]) -> Span:
    wanted = Interval(end - length, end)
    return Span("before", wanted, free_time(wanted, known, away))


def _answer(question: _Question, lengths: Sequence[timedelta]) -> Outlook:
    rows = question.rows
    if question.kind in LASTING_KINDS:
        chronic = find_chronic(rows, question.kind, question.span.free)
        rows = rows.filter(~pl.col("area").cast(pl.String).is_in(list(chronic)).fill_null(False))
    series = build_series(question.source, rows, question.kind, question.unit, question.known)
    return Outlook(
        kind=question.kind,
        counting=question.unit,
        source=question.source.name,
        baseline=question.span.interval,
        days_used=question.span.length / DAY,
        reductions=tuple(_reduce(series, question, length) for length in lengths),
    )


def _reduce(series: Series, question: _Question, length: timedelta) -> Reduction:
    """Return the largest count in a window of this length that would show a reduction."""
    window = Interval(question.start, question.start + length)
    outlook = compare(series, window, question.span, 0.0)
    expected = outlook.baseline.expected
    shown = outlook.forecast.largest_reduced() if outlook.forecast is not None and expected else None
    if shown is None or not expected:
        return Reduction(length, expected, None, None)
    return Reduction(length, expected, shown * series.piece, shown * series.piece / expected)
