"""The second axis beside the standing: did the numbers change while a clause held?

Indicators and counts never say that a clause was kept or breached. They say whether there was
less of something, more, or neither to be told, against time without the truce and with an interval
that shows how little a short window can tell. The method stands in docs/method.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from truceline.agreement.document import Agreement, Terms
from truceline.assessment.baseline import NO_USE, Outlook, Series, Span, choose_spans, compare, read_baseline
from truceline.assessment.counting import LASTING_KINDS, choose_units
from truceline.assessment.profile import to_us
from truceline.assessment.series import (
    STEPS,
    Known,
    Makers,
    build_series,
    choose_source,
    find_chronic,
    find_known,
    find_longest_silence,
    list_makers,
    list_sources,
    read_counted,
)
from truceline.errors import FormError
from truceline.evidence.sight import name_lineages
from truceline.evidence.source import Source
from truceline.evidence.store import Evidence
from truceline.evidence.tables import INDICATORS
from truceline.model import AreaCount, Baseline, Change, Effect, Problem, SourceCount
from truceline.spacetime import Interval, format_utc

__all__ = ["NOT_WORTH_THE_NAME", "check_baselines", "measure", "name_change", "unmeasured"]

NOT_WORTH_THE_NAME = 0.8
"""A ratio above this is no reduction worth the name: "not reduced" needs the whole interval above it."""

_DISAGREE = 1.5  # factor between the expectations of two baselines above which they contradict each other
_CONCENTRATED = 0.5  # share of the count in one sub-area above which that is said
_FEW_DAYS = 14.0
_NOWHERE = "not known"


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What is asked of one kind: in this window (certain) and this wider one (possible), by this baseline."""

    terms: Terms
    evidence: Evidence
    kind: str
    units: tuple[str, ...]
    window: Interval
    wide: Interval
    length: timedelta
    makers: Makers
    cut_off: datetime
    cut_after: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Opening:
    """A question that can be answered: by this source, in this unit, over the part of the window it knows.

    `rows` are the condensed events of all sources, `step` is the one of `STEPS` by which they were
    joined; neither is there before the question is answered.
    """

    question: _Question
    unit: str
    source: Source
    known: Known
    reach: Interval
    window: Interval
    doubt: str
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    step: int = 0

    @property
    def own(self) -> pl.DataFrame:
        """The rows of its own source."""
        return self.rows.filter(pl.col("source").cast(pl.String) == self.source.name)


@dataclass(frozen=True, slots=True, eq=False)
class _Count:
    """What one source counts in the window, and the bounds of it."""

    series: Series
    count: float
    low: float
    high: float


def measure(terms: Terms, evidence: Evidence, *, cut_off: datetime, cut_after: bool = False) -> tuple[Effect, ...]:
    """Return one effect per kind of event in the clause and per counting unit that fits the kind.

    The window is the time in which the clause certainly holds, up to its end or `cut_off`. There is
    no effect without a declared baseline, without a time, or without a source that counts:
    `unmeasured` says why. Baselines use whatever the evidence holds, also after the cut-off, unless
    `cut_after` says that nothing at or after it is known.
    """
    questions, _ = _ask(terms, evidence, cut_off, cut_after)
    return tuple(effect for question in questions for effect in _answer_all(question))


def unmeasured(terms: Terms, evidence: Evidence, *, cut_off: datetime, cut_after: bool = False) -> tuple[str, ...]:
    """Return why kinds of event in a clause have no effect, one reason each; empty where all have.

    A clause that declares no baseline asks for no effect, and gets no reason.
    """
    questions, reasons = _ask(terms, evidence, cut_off, cut_after)
    for question in questions:
        openings = [_open(question, unit) for unit in question.units]
        if not any(isinstance(opening, _Opening) for opening in openings):
            reasons.append(str(openings[0]))
    return tuple(dict.fromkeys(reasons))


def check_baselines(agreement: Agreement) -> list[Problem]:
    """Return a problem for each clause whose `baseline` has a length that compares nothing.

    What is no length at all is a problem of the document, found when it is read.
    """
    problems = []
    for clause in agreement.clauses:
        try:
            read_baseline(clause.values.get("baseline", clause.baseline))
        except FormError as error:
            line = clause.block.line_of("baseline")
            if error.what == NO_USE:
                problems.append(Problem(agreement.file, line, error.what, error.expected, error.found, error.do))
    return problems


def name_change(ratio_95: tuple[float, float | None] | None) -> Change:
    """Name what an interval shows.

    Reduced: all of it below 1. Increased: all above 1. Not reduced: none of it below
    `NOT_WORTH_THE_NAME`, so that any reduction worth the name is ruled out. Else it cannot be told.
    """
    if ratio_95 is None:
        return Change.CANNOT_TELL
    low, high = ratio_95
    if high is not None and high < 1:
        return Change.REDUCED
    if low > 1:
        return Change.INCREASED
    return Change.NOT_REDUCED if low >= NOT_WORTH_THE_NAME else Change.CANNOT_TELL


def _ask(terms: Terms, evidence: Evidence, cut_off: datetime, cut_after: bool) -> tuple[list[_Question], list[str]]:
    """Return what is to be measured, and why the rest is not."""
    kinds = list(dict.fromkeys(terms.values.get("events", ())))
    declared = terms.values.get("baseline", terms.clause.baseline)
    if declared is None or not kinds:
        return [], []
    try:
        length = read_baseline(declared)
    except FormError as error:
        return [], [f"no effect: {error}"]
    windows = _find_windows(terms, cut_off)
    obstacle = _find_obstacle(terms, windows, cut_off)
    if windows is None or obstacle:
        return [], [obstacle]
    makers = list_makers(evidence)
    return [
        _Question(
            terms=terms,
            evidence=evidence,
            kind=kind,
            units=_choose_units(terms, kind, evidence, makers),
            window=windows[0],
            wide=windows[1],
            length=length,
            makers=makers,
            cut_off=cut_off,
            cut_after=cut_after,
        )
        for kind in kinds
    ], []


def _find_windows(terms: Terms, cut_off: datetime) -> tuple[Interval, Interval] | None:
    """Return the certain and the widest possible window up to the cut-off, None before it opens."""
    certain = terms.interval
    if certain is None or certain.start >= cut_off or certain.start == certain.end:
        return None
    wide = terms.possible or certain
    window = Interval(certain.start, min(certain.end or cut_off, cut_off))
    end = max(window.end or cut_off, min(wide.end or cut_off, cut_off)) if certain.end else window.end
    return window, Interval(min(wide.start, window.start), end)


def _find_obstacle(terms: Terms, windows: object, cut_off: datetime) -> str:
    if windows is None:
        return f"no effect: the clause was not certainly in force before {format_utc(cut_off)}"
    if terms.zone is not None and terms.zone.shape is None and not terms.zone.areas:
        return f"no effect: nobody could draw the zone {terms.zone.id}, so nothing can be counted in it"
    if terms.values.get("objects"):
        return "no effect: which rows hit these objects is judged row by row, so there is no count to compare"
    return ""


def _choose_units(terms: Terms, kind: str, evidence: Evidence, makers: Makers) -> tuple[str, ...]:
    """Return the units that fit the kind, and those that its counting sources declare."""
    declared = terms.values.get("counting", terms.clause.counting)
    own = [source.counting for source in list_sources(kind, evidence, makers) if source.counts and source.counting]
    return tuple(dict.fromkeys([*choose_units(kind, declared), *own]))


def _open(question: _Question, unit: str) -> _Opening | str:
    """Find who can answer a question, or say why nobody can."""
    source = choose_source(question.kind, unit, question.evidence, question.makers)
    return source if isinstance(source, str) else _open_with(question, unit, source)


def _open_with(question: _Question, unit: str, source: Source) -> _Opening | str:
    known = find_known(
        source, question.evidence, question.cut_off, cut_after=question.cut_after, makers=question.makers
    )
    if known is None:
        return f"{question.kind}: {source.name} has no rows and declares no span, so its silence says nothing"
    reach, doubt = _reach(question, source, known)
    window = question.window.overlap(reach)
    if window is None:
        return f"{question.kind}: {source.name} is complete for {known.interval} only, which is not the clause's time"
    return _Opening(question, unit, source, known, reach, window, doubt)


def _reach(question: _Question, source: Source, known: Known) -> tuple[Interval, str]:
    """Return the time for which a source is taken as complete, and the doubt that goes with it.

    A file whose span nobody declared may end because nothing happened or because it ends. It is
    taken as complete to the end of the window; a silence longer than any before it is a doubt.
    """
    end, last = question.window.end, known.last
    if known.declared or end is None or last is None or last >= end:
        return known.interval, ""
    reach = Interval(known.interval.start, max(end, known.interval.end or end))
    if end - last <= find_longest_silence(source, question.evidence):
        return reach, ""
    return reach, (
        f"the last row of {source.name} is of {format_utc(last)}: nobody can tell silence from the end of the file; "
        "declare its span"
    )


def _answer_all(question: _Question) -> Iterator[Effect]:
    """Measure the effect in each unit in which somebody counts; the events are read once for all of them."""
    openings = [opening for unit in question.units if isinstance(opening := _open(question, unit), _Opening)]
    if not openings:
        return
    zone = question.terms.zone
    shape, areas = (zone.shape, zone.areas) if zone else (None, ())
    rows, step = read_counted(question.evidence, question.kind, shape, areas)
    for opening in openings:
        yield _answer(replace(opening, rows=rows, step=step))


def _answer(opening: _Opening) -> Effect:
    """Measure the effect in one unit by one source."""
    question, window = opening.question, opening.window
    spans = _choose_spans(opening)
    chronic = find_chronic(opening.own, question.kind, spans[0].free) if question.kind in LASTING_KINDS else ()
    counted = _count(opening, chronic)
    outlooks = [compare(counted.series, window, span, counted.count) for span in spans]
    before, baselines = outlooks[0].baseline, tuple(outlook.baseline for outlook in outlooks)
    areas = _spread(counted, window, before)
    change, reasons = _judge(opening, outlooks[0], counted)
    return Effect(
        clause=question.terms.clause.id,
        reading=question.terms.reading,
        kind=question.kind,
        counting=opening.unit,
        interval=window,
        source=opening.source.name,
        count=counted.count,
        count_low=counted.low,
        count_high=counted.high,
        expected=before.expected,
        expected_plain=before.expected_plain,
        ratio=before.ratio,
        ratio_95=before.ratio_95,
        smallest_reduction=_find_smallest_reduction(outlooks[0], counted.series.piece),
        change=change,
        baselines=baselines,
        by_source=tuple(_ask_others(opening, chronic)),
        by_area=areas,
        chronic=chronic,
        reasons=(*reasons, *_explain(opening, counted, baselines, areas, chronic)),
    )


def _choose_spans(opening: _Opening) -> tuple[Span, Span, Span]:
    question, possible = opening.question, opening.question.terms.possible
    truce = Interval(question.wide.start, (possible or question.wide).end)
    truces = [other.interval for other in question.evidence.plan.truces]
    return choose_spans(opening.window, truce, question.length, opening.reach, truces)


def _count(opening: _Opening, chronic: Sequence[str]) -> _Count:
    """Count in the window, and bound the count by the rows that its edges cut."""
    question, window = opening.question, opening.window
    rows = opening.own.filter(~pl.col("area").cast(pl.String).is_in(list(chronic)).fill_null(False))
    series = build_series(opening.source, rows, question.kind, opening.unit, opening.reach)
    wide = question.wide.overlap(opening.reach) or window
    start, end, first, last = (
        to_us(edge or question.cut_off) for edge in (window.start, window.end, wide.start, wide.end)
    )
    time, until = pl.col("time_us"), pl.col("end_us")
    inside = series.counted.filter((time >= start) & (time < end))
    certain = inside.filter(until <= end)
    possible = series.counted.filter((time < last) & ((time >= first) | (until > first)))
    count = float(inside["weight"].sum())
    return _Count(series, count, min(count, float(certain["low"].sum())), max(count, float(possible["high"].sum())))


def _spread(counted: _Count, window: Interval, before: Baseline) -> tuple[AreaCount, ...]:
    """Return each sub-area's count, and its share of the expectation by its share of the baseline.

    Waves have no sub-area, and neither has a source that names none: then nothing is returned.
    """
    if counted.series.counted["area"].null_count() == counted.series.counted.height:
        return ()
    rows = counted.series.counted.with_columns(pl.col("area").fill_null(_NOWHERE))
    counts, bases = (_sum_by_area(rows, one) for one in (window, before.interval))
    scale = before.expected / before.count if before.expected is not None and before.count > 0 else None
    found = [
        AreaCount(area, counts.get(area, 0.0), None if scale is None else bases.get(area, 0.0) * scale)
        for area in sorted(counts.keys() | bases.keys())
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, -(one.expected or 0.0), one.area)))


def _sum_by_area(rows: pl.DataFrame, interval: Interval) -> dict[str, float]:
    start, end = to_us(interval.start), to_us(interval.end or interval.start)
    inside = rows.filter((pl.col("time_us") >= start) & (pl.col("time_us") < end))
    return dict(inside.group_by("area", maintain_order=True).agg(pl.col("weight").sum()).iter_rows())


def _judge(opening: _Opening, outlook: Outlook, counted: _Count) -> tuple[Change, list[str]]:
    """Name the change, and say first why it cannot be told where it cannot."""
    forecast, before = outlook.forecast, outlook.baseline
    if forecast is None or not before.expected:
        return Change.CANNOT_TELL, ["the baseline holds nothing, so there is no ratio"]
    bounds = {counted.low, counted.count, counted.high}
    changes = {name_change(forecast.interval(bound / counted.series.piece)) for bound in bounds}
    if opening.doubt:
        return Change.CANNOT_TELL, [opening.doubt]
    if len(changes) > 1:
        words = f"the count may be anything from {_number(counted.low)} to {_number(counted.high)}"
        return Change.CANNOT_TELL, [f"{words}, and the answer changes on the way"]
    return changes.pop(), [_say_width(outlook, counted.series.piece)]


def _say_width(outlook: Outlook, piece: float) -> str:
    """Say which ratios fit the count, and from which on a reduction would have shown."""
    low, high = outlook.baseline.ratio_95 or (0.0, None)
    fits = f"{low:.2f} to {high:.2f}" if high is not None else f"{low:.2f} and more"
    smallest = _find_smallest_reduction(outlook, piece)
    if smallest is None:
        return f"true ratios of {fits} fit the count; not even a count of 0 would have shown a reduction"
    return f"true ratios of {fits} fit the count; a ratio of {smallest:.2f} or less would have shown a reduction"


def _find_smallest_reduction(outlook: Outlook, piece: float) -> float | None:
    """Return the largest ratio that this window and baseline would show as a reduction."""
    expected = outlook.baseline.expected
    if outlook.forecast is None or not expected:
        return None
    shown = outlook.forecast.largest_reduced()
    return None if shown is None else shown * piece / expected


def _ask_others(opening: _Opening, chronic: Sequence[str]) -> Iterator[SourceCount]:
    """Yield what the other sources of this kind count in the same unit and window."""
    question = opening.question
    lineages = name_lineages(question.evidence.plan)
    for source in list_sources(question.kind, question.evidence, question.makers):
        if source.name == opening.source.name or source.counting not in (None, opening.unit):
            continue
        other = _open_with(question, opening.unit, source)
        if isinstance(other, str) or other.window != opening.window:
            yield SourceCount(source.name, lineages[source.name], None, None, "does not know the whole window")
            continue
        other = replace(other, rows=opening.rows, step=opening.step)
        counted = _count(other, chronic)
        expected = compare(counted.series, other.window, _choose_spans(other)[0], counted.count).baseline.expected
        same = lineages[source.name] == lineages[opening.source.name]
        note = "of the same lineage: not independent" if same else ""
        yield SourceCount(source.name, lineages[source.name], counted.count, expected, note)


def _explain(
    opening: _Opening,
    counted: _Count,
    baselines: Sequence[Baseline],
    areas: Sequence[AreaCount],
    chronic: Sequence[str],
) -> Iterator[str]:
    """Yield what a reader must know beside the numbers."""
    question, window = opening.question, opening.window
    if question.kind in INDICATORS:
        yield f"{question.kind} is an indicator: it sees no attack, and its change need not be a change of attacks"
    if window != question.window:
        yield f"{opening.source.name} is complete for {opening.known.interval}: only {window} is measured"
    if counted.low < counted.high and counted.count > 0:
        yield f"rows that an edge may cut make the count a range: {_number(counted.low)} to {_number(counted.high)}"
    if opening.step:
        yield f"there are too many rows to hold: they are counted by the {STEPS[opening.step]} in which they start"
    start, end = (to_us(edge or question.cut_off) for edge in (window.start, window.end))
    near = opening.own.filter("place_uncertain", pl.col("time_us").is_between(start, end, closed="left"))
    unsure = near["rows"].sum()
    if unsure:
        yield f"{unsure} rows in the window lie near the edge of the zone, closer than their place is known"
    if chronic:
        yield f"under alert for more than three quarters of the baseline, left out of both sides: {', '.join(chronic)}"
    yield from _say_coverage(opening)
    yield from _say_baselines(baselines)
    yield from _say_concentration(counted, areas, baselines[0])


def _say_coverage(opening: _Opening) -> Iterator[str]:
    question, name = opening.question, opening.source.name
    declared = question.evidence.coverage.filter(
        (pl.col("source") == name)
        & pl.col("detects").list.contains(question.kind)
        & pl.col("probability").is_not_null()
        & (pl.col("start_utc") <= opening.window.start - question.length)
        & (pl.col("end_utc") >= opening.window.end)
    )
    if declared.is_empty():
        yield (
            f"nobody declared how well {name} covered the baseline and the window alike; "
            "a change of coverage would look like a change of events"
        )


def _say_baselines(baselines: Sequence[Baseline]) -> Iterator[str]:
    before, *others = baselines
    if before.days_used < _FEW_DAYS:
        yield f"the baseline has {before.days_used:.1f} days only"
    for other in others:
        if not before.expected or not other.expected:
            continue
        apart = max(before.expected, other.expected) / min(before.expected, other.expected)
        changes = name_change(before.ratio_95), name_change(other.ratio_95)
        if apart > _DISAGREE or changes[0] != changes[1]:
            yield (
                f'the baselines disagree: "{before.name}" expects {_number(before.expected)} ({changes[0]}), '
                f'"{other.name}" {_number(other.expected)} ({changes[1]})'
            )


def _say_concentration(counted: _Count, areas: Sequence[AreaCount], before: Baseline) -> Iterator[str]:
    known = [area for area in areas if area.area != _NOWHERE]
    if len(known) < 2 or counted.count <= 0 or not before.expected:
        return
    top = known[0]
    share, usual = top.count / counted.count, (top.expected or 0.0) / before.expected
    if share > _CONCENTRATED and share > _DISAGREE * usual:
        yield f"{share:.0%} of the count is in {top.area}, which had {usual:.0%} before: the total hides it"


def _number(value: float) -> str:
    """Return a count as text: whole where it is whole."""
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
