"""Three to six bullets in the order that monitoring missions use.

Incidents against the period before; standings that changed; the counts; movement and jamming;
coverage; then what is open. The order is that of the daily reports of the OSCE Special Monitoring
Mission to Ukraine, whose first line always compares with the report before.
"""

from collections import Counter
from collections.abc import Iterator

from truceline.model import UNDETERMINED, ClauseAssessment, Incident, Standing, Status
from truceline.reports.board import is_live, is_silent, named, say_range
from truceline.reports.content import Bullets, Run, Runs
from truceline.reports.limits import list_obstacles
from truceline.reports.starts import list_starts
from truceline.reports.subject import Subject, clause_anchor
from truceline.reports.wording import (
    WORDS,
    name_counting,
    name_kind,
    say_count,
    say_hours,
    say_interval,
    say_list,
    say_number,
    say_ratio,
    say_share,
)
from truceline.spacetime import Interval

_MOST = 6
_MOST_CHANGES = 4


def build_summary(subject: Subject) -> Bullets:
    """Return the bullets of the first page, at most six."""
    parts = (_incidents, _changes, _effects, _obstacles, _coverage, _open)
    return Bullets(tuple(bullet for part in parts for bullet in part(subject))[:_MOST])


def last_periods(subject: Subject) -> tuple[Interval | None, Interval | None]:
    """Return the last reporting period and the one before it, over all clauses."""
    periods = sorted({interval for clause in subject.assessment.clauses for interval, _ in clause.periods})
    last = periods[-1] if periods else None
    before = [period for period in periods if last and period.end is not None and period.end <= last.start]
    return last, before[-1] if before else None


def _incidents(subject: Subject) -> Iterator[Runs]:
    last, before = last_periods(subject)
    counted = [one for one in subject.incidents if one.status is not Status.DISMISSED and not one.excused_by]
    if last is None:
        yield (Run(say_count(len(counted), "incident"), "incidents"), Run(" in all."))
        return
    now = [incident for incident in counted if incident.span.start in last]
    then = [incident for incident in counted if before and incident.span.start in before]
    text = f" in the {_say_length(last)} to the cut-off"
    compared = f", {say_number(len(then))} in the {_say_length(before)} before" if before else "; no period before it"
    calm = (Run(" An empty record is not calm: see "), Run("what was watched", "limits"), Run("."))
    yield (
        Run(say_count(len(now), "incident"), "incidents", "strong"),
        Run(f"{text}{compared}. {_say_all(counted)}{_say_aside(len(subject.incidents) - len(counted))}"),
        *(calm if not counted and _short(subject) else ()),
    )


def _say_length(period: Interval) -> str:
    return say_hours(period.hours)


def _say_all(incidents: list[Incident]) -> str:
    if not incidents:
        return "None since the start."
    statuses = Counter(incident.status.value for incident in incidents)
    parts = [f"{say_number(statuses[status])} {status.value}" for status in Status if statuses[status]]
    unknown = say_number(sum(incident.party == UNDETERMINED for incident in incidents))
    total = say_number(len(incidents))
    return f"Since the start {total}: {say_list(parts)}; attribution undetermined in {unknown}."


def _say_aside(number: int) -> str:
    """Return how many are listed and drawn without being counted, so that all totals can be reconciled."""
    return f" {say_number(number)} more, allowed or dismissed, not counted." if number else ""


def _changes(subject: Subject) -> Iterator[Runs]:
    changes = [
        (Run(clause.clause, clause_anchor(clause)), Run(f" {subject.short_party(party)} from {old} to {new}"))
        for clause in subject.assessment.clauses
        if len(clause.periods) > 1 and not is_silent(clause)
        for party, old, new in _turned(clause.periods[-2][1], clause.periods[-1][1])
    ]
    if changes:
        found = [run for change in changes[:_MOST_CHANGES] for run in (Run("; "), *change)][1:]
        left = len(changes) - _MOST_CHANGES
        more = f"; and {say_count(left, 'more change')}." if left > 0 else "."
        yield (Run("Standing changed against the period before: ", style="strong"), *found, Run(more))
    elif any(len(clause.periods) > 1 for clause in subject.assessment.clauses):
        yield (Run("No standing changed", style="strong"), Run(" against the period before."))


def _turned(before: tuple[Standing, ...], now: tuple[Standing, ...]) -> Iterator[tuple[str, str, str]]:
    old = {standing.party: standing.word for standing in before}
    for standing in now:
        if standing.party in old and old[standing.party] != standing.word:
            yield standing.party, WORDS[old[standing.party]], WORDS[standing.word]


def _effects(subject: Subject) -> Iterator[Runs]:
    """Yield the first clause's count in full, and of the others the word alone."""
    counted = [clause for clause in subject.assessment.clauses if clause.effects]
    others: list[Run] = []
    for clause in counted[1:4]:
        others += [Run(" "), Run(clause.clause, clause_anchor(clause)), Run(f": {clause.effects[0].change.value}.")]
    if counted:
        yield (*_say_effect(subject, counted[0]), *others)


def _say_effect(subject: Subject, clause: ClauseAssessment) -> Runs:
    effect = clause.effects[0]
    hours = "" if effect.interval.end is None else f" in {say_hours(effect.interval.hours)}"
    ratio = f"ratio {say_ratio(effect.ratio)}, 95 % interval {say_interval(effect.ratio_95)}"
    unit, expected = name_counting(effect.counting), say_number(effect.expected)
    text = f"{say_range(effect)}{hours} ({unit}), {expected} expected; {ratio}."
    return (
        Run(f"{name_kind(effect.kind)}: {effect.change.value}.", clause_anchor(clause), "strong"),
        Run(f" {text}{_say_periods(subject, clause)}"),
    )


def _say_periods(subject: Subject, clause: ClauseAssessment) -> str:
    """Return how much the counted source has in the last period and in the one before."""
    last, before = last_periods(subject)
    if last is None or before is None or last.end is None:
        return ""
    whole = Interval(before.start, last.end)
    starts = list_starts(subject, clause, clause.effects[0], whole)
    now, then = (say_number(sum(start.weight for start in starts if start.time in one)) for one in (last, before))
    return f" Onsets in the last {_say_length(last)}: {now}, in the {_say_length(before)} before: {then}."


def _obstacles(subject: Subject) -> Iterator[Runs]:
    obstacles = list_obstacles(subject)
    if obstacles:
        yield (
            Run("Movement and signals: ", style="strong"),
            Run(say_count(len(obstacles), "report"), "limits"),
            Run(" of denied access or jamming."),
        )


def _short(subject: Subject) -> list[ClauseAssessment]:
    """Return the clauses for which not enough was watched to say "kept" of every party."""
    clauses = subject.assessment.clauses
    return [clause for clause in clauses if any(_falls_short(standing) for standing in named(clause.standings))]


def _coverage(subject: Subject) -> Iterator[Runs]:
    short = _short(subject)
    if not short:
        return
    runs = [Run("Not watched enough to say kept: ", style="strong")]
    names = dict.fromkeys(clause.clause for clause in short)
    for number, name in enumerate(list(names)[:4]):
        worst = [clause for clause in short if clause.clause == name]
        shares = [one.watch.share for clause in worst for one in named(clause.standings) if is_live(one)]
        share = None if None in shares else min(share for share in shares if share is not None)
        runs += [Run("; ")] * bool(number) + [
            Run(name, clause_anchor(worst[0])),
            Run(": coverage unknown" if share is None else f" {say_share(share)}"),
        ]
    runs.append(Run(f"; and {say_count(len(names) - 4, 'more clause')}." if len(names) > 4 else "."))
    yield tuple(runs)


def _falls_short(standing: Standing) -> bool:
    watch = standing.watch
    return is_live(standing) and (watch.share is None or watch.required is None or watch.share < watch.required)


def _open(subject: Subject) -> Iterator[Runs]:
    tasks, claims = subject.assessment.tasks, subject.assessment.claims
    beside = (
        Run("; beside the evidence stand "),
        Run(say_count(len(claims), "claim"), "claims"),
        Run(" by the parties, in their own units"),
    )
    if tasks or claims:
        open_ = (Run("Open: ", style="strong"), Run(say_count(len(tasks), "task"), "tasks"))
        yield (*open_, *(beside if claims else ()), Run("."))
