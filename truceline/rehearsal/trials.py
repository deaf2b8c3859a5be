"""A clause set against past evidence: found, fused and judged by the same functions as a real case."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from truceline.agreement.document import Agreement, Terms
from truceline.assessment.incidents import fuse
from truceline.assessment.standing import judge
from truceline.casefile import shapes_of
from truceline.clauses import find, name_breaches
from truceline.evidence import Evidence
from truceline.model import Finding, Incident, Status, Word
from truceline.rehearsal.past import shift_terms
from truceline.rehearsal.result import WeekCount, WindowCount
from truceline.spacetime import Interval

__all__ = ["Trial", "count_in_windows", "count_weeks", "count_windows", "try_clause"]

_BLOCK = 60  # windows that are judged together: each is set against the incidents of its block only


@dataclass(frozen=True, slots=True)
class Trial:
    """What a clause would have raised in one stretch of past time; `terms` are those of the stretch."""

    stretch: Interval
    terms: Terms
    findings: tuple[Finding, ...]
    incidents: tuple[Incident, ...]

    @property
    def own_findings(self) -> list[Finding]:
        """Those that began in the stretch."""
        return [finding for finding in self.findings if finding.span.start in self.stretch]

    @property
    def own_incidents(self) -> list[Incident]:
        """Those that began in the stretch."""
        return [incident for incident in self.incidents if incident.span.start in self.stretch]


def try_clause(terms: Terms, agreement: Agreement, evidence: Evidence, stretches: Sequence[Interval]) -> list[Trial]:
    """Return what a clause would have raised in each stretch, had it been in force there."""
    trials = []
    for stretch in stretches:
        shifted = shift_terms(terms, stretch)
        findings = tuple(find(shifted, agreement, evidence))
        incidents = fuse(findings, agreement, (), stretch.end or stretch.start)
        trials.append(Trial(stretch, shifted, findings, incidents))
    return trials


def count_weeks(trials: Sequence[Trial], weeks: Sequence[Interval]) -> tuple[WeekCount, ...]:
    """Return what began in each week."""
    firsts = [week.start for week in weeks]
    findings, statuses = Counter[tuple[int, bool]](), Counter[tuple[int, str]]()
    for trial in trials:
        for finding in trial.own_findings:
            findings[_place(finding.span, firsts), finding.indicator] += 1
        for incident in trial.own_incidents:
            statuses[_place(incident.span, firsts), "excused" if incident.excused_by else incident.status] += 1
    return tuple(
        WeekCount(
            interval=week,
            findings=findings[number, False],
            indicators=findings[number, True],
            alleged=statuses[number, Status.ALLEGED],
            corroborated=statuses[number, Status.CORROBORATED],
            excused=statuses[number, "excused"],
        )
        for number, week in enumerate(weeks)
    )


def _place(span: Interval, firsts: Sequence[datetime]) -> int:
    return bisect_right(firsts, span.start) - 1


def count_windows(
    trials: Sequence[Trial], agreement: Agreement, evidence: Evidence, lengths: Sequence[timedelta]
) -> tuple[WindowCount, ...]:
    """Return how often each word would have stood for each party, in windows that tile the stretches.

    Windows are counted back from the end of each stretch; what is left over at its start is not judged.
    """
    return tuple(_count_length(trials, agreement, evidence, length) for length in lengths)


def count_in_windows(trials: Sequence[Trial], length: timedelta) -> list[int]:
    """Return how many incidents began in each of the windows that tile the stretches, without those excused."""
    counts: list[int] = []
    for trial in trials:
        begun = sorted(incident.span.start for incident in trial.own_incidents if not incident.excused_by)
        windows = [w for w in trial.stretch.periods(length, trial.stretch.end) if w.duration == length]
        edges = [window.start for window in windows] + [end for window in windows[-1:] if (end := window.end)]
        ends = [bisect_left(begun, edge) for edge in edges]
        counts += [following - first for first, following in pairwise(ends)]
    return counts


def _count_length(trials: Sequence[Trial], agreement: Agreement, evidence: Evidence, length: timedelta) -> WindowCount:
    words: dict[str, Counter[Word]] = {}
    number = 0
    for block in (block for trial in trials for block in _cut_blocks(trial, length)):
        number += block.stretch.duration // length
        for party, word in _judge(block, agreement, evidence, length):
            words.setdefault(party, Counter())[word] += 1
    return WindowCount(length, number, {party: dict(sorted(found.items())) for party, found in words.items()})


def _cut_blocks(trial: Trial, length: timedelta) -> Iterator[Trial]:
    """Yield a trial in blocks of whole windows, each with what lies, or may lie, in it."""
    windows = [window for window in trial.stretch.periods(length, trial.stretch.end) if window.duration == length]
    for group in (windows[n : n + _BLOCK] for n in range(0, len(windows), _BLOCK)):
        block = Interval(group[0].start, group[-1].end)
        yield Trial(
            block,
            shift_terms(trial.terms, block),
            tuple(f for f in trial.findings if f.indicator and _touches(f.span, block)),
            tuple(i for i in trial.incidents if _touches(i.span, block)),
        )


def _touches(span: Interval, block: Interval) -> bool:
    return span.start in block or span.overlap(block) is not None


def _judge(block: Trial, agreement: Agreement, evidence: Evidence, length: timedelta) -> Iterator[tuple[str, Word]]:
    end = block.stretch.end or block.stretch.start
    _, periods = judge(
        block.terms,
        name_breaches(block.terms),
        block.incidents,
        evidence,
        findings=block.findings,
        cut_off=end,
        period=length,
        zones=shapes_of(agreement),
    )
    for _, standings in periods:
        yield from ((standing.party, standing.word) for standing in standings)
