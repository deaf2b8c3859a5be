"""What each pledge was and became, what was due when, and how much was promised on each day."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import groupby

from truceline.commitment import (
    Adequacy,
    Figure,
    LegalForce,
    Pledge,
    PoliticalStatus,
    Programme,
    Register,
    Revision,
    Verdict,
)
from truceline.dossier.phrases import say_day
from truceline.dossier.result import Change, Contradiction, Deadline, Level
from truceline.guarantees.adequacy import assess_adequacy
from truceline.guarantees.quantities import say_quantity
from truceline.guarantees.register import see_as_of

__all__ = [
    "find_contradictions",
    "find_last_day",
    "list_changes",
    "list_days",
    "list_horizon",
    "list_levels",
    "note_unknown_days",
    "score_deadlines",
]

_STEPS = (
    PoliticalStatus.ANNOUNCED,
    PoliticalStatus.COMMITTED,
    PoliticalStatus.ALLOCATED,
    PoliticalStatus.DELIVERED,
)
_LAW = tuple(LegalForce)
_MOST_DAYS = 120  # more than that on one axis of time cannot be told apart

Axes = dict[str, str]


def list_changes(register: Register, day: date) -> tuple[Change, ...]:
    """Return everything that became different up to a day, in order of time; `register` is not yet revised."""
    found = [change for pledge in register.pledges for change in _trace(pledge) if change.day <= day]
    return tuple(sorted(found, key=lambda change: (change.day, change.pledge)))


def _trace(pledge: Pledge) -> Iterator[Change]:
    """Yield the changes of one pledge, its making first."""
    at_first = tuple(figure for figure in pledge.figures if figure.source.day <= pledge.made)
    now = replace(pledge, figures=at_first)
    axes = _say_axes(now)
    axes["due"] = axes["due"] and f"due {axes['due']}"
    words = ", ".join(filter(None, axes.values()))
    yield Change(pledge.made, pledge.id, pledge.by, "made", "", words, pledge.source, pledge.note)
    for step in _steps(pledge):
        before, now = now, _apply(now, step)
        source = step.source
        old, new = _say_axes(before), _say_axes(now)
        changed = [axis for axis in new if new[axis] != old[axis]]
        note = step.note if isinstance(step, Revision) else ""
        for axis in changed:
            yield Change(source.day, pledge.id, pledge.by, axis, old[axis], new[axis], source, note)
        if not changed:
            yield Change(source.day, pledge.id, pledge.by, "note", "", note or "said again", source)


def _steps(pledge: Pledge) -> list[Revision | Figure]:
    later = [figure for figure in pledge.figures if figure.source.day > pledge.made]
    return sorted([*later, *pledge.revisions], key=lambda step: step.source.day)


def _apply(pledge: Pledge, step: Revision | Figure) -> Pledge:
    if isinstance(step, Figure):
        return replace(pledge, figures=(*pledge.figures, step))
    keys = ("political", "readiness", "notice_days", "legal", "due")
    changes = {key: getattr(step, key) for key in keys if getattr(step, key) is not None}
    return replace(pledge, **changes, figures=step.figures or pledge.figures)


def _say_axes(pledge: Pledge) -> Axes:
    return {
        "political status": pledge.political.value,
        "legal force": pledge.legal.value if pledge.legal else "",
        "readiness": pledge.readiness.value if pledge.readiness else "",
        "notice": "" if pledge.notice_days is None else f"{pledge.notice_days} d",
        "figure": " / ".join(say_quantity(figure.quantity) for figure in pledge.figures),
        "due": say_day(pledge.due) if pledge.due else "",
    }


# --- the last day ----------------------------------------------------------------------------


def find_last_day(register: Register) -> date:
    """Return the last day on which anything in the register was said; the first of 1970 for an empty one."""
    days = [pledge.made for pledge in register.pledges]
    dated: list[Pledge | Programme] = [*register.pledges, *register.programmes]
    days += [revision.source.day for each in dated for revision in each.revisions]
    days += [figure.source.day for each in dated for figure in each.figures]
    days += [requirement.source.day for requirement in register.requirements]
    days += [meeting.day for meeting in register.meetings] + [programme.day for programme in register.programmes]
    return max(days, default=date(1970, 1, 1))


def note_unknown_days(register: Register, day: date | None) -> Iterator[str]:
    """Yield that a day lies after all that the document knows: of the days between, nothing was entered."""
    last = find_last_day(register)
    if day is not None and day > last > date(1970, 1, 1):
        until = f"what was said between then and {say_day(day)} is missing"
        yield f"the document knows nothing after {say_day(last)}: {until}"


# --- deadlines --------------------------------------------------------------------------------


def score_deadlines(register: Register, day: date) -> tuple[Deadline, ...]:
    """Return each deadline that was known by a day and what had been reached by it, the earliest first.

    A deadline that was moved is scored at its last day; the history shows the earlier one.
    """
    known = {pledge.id: pledge for pledge in see_as_of(register, day).pledges}
    found = [_score(pledge, known[pledge.id].due, day) for pledge in register.pledges if pledge.id in known]
    return tuple(sorted((each for each in found if each), key=lambda each: (each.due, each.pledge)))


def _score(pledge: Pledge, due: date | None, day: date) -> Deadline | None:
    if due is None:
        return None
    by_then = _state(pledge, min(due, day))
    later = (step.source.day for step in _steps(pledge) if due < step.source.day <= day)
    step = next((when for when in later if _further(_state(pledge, when), by_then)), None)
    late = (step - due).days if step else None
    start = _state(pledge, pledge.made)
    reached = _say_status(by_then)
    if by_then[0] is PoliticalStatus.DELIVERED:
        says = "delivered in time"
    elif due > day:
        says = f"due in {(due - day).days} days; {reached} so far"
    elif step:
        says = f"{reached} on the day; {_say_status(_state(pledge, step))} on {say_day(step)}: {late} days late"
    elif _further(by_then, start):
        says = f"{reached} on the day, not delivered; nothing further known by {say_day(day)}"
    else:
        says = f"{reached} on the day; nothing further known in the {(day - due).days} days to {say_day(day)}"
    return Deadline(pledge.id, pledge.by, pledge.what, due, *by_then, step, late, due > day, says)


State = tuple[PoliticalStatus, LegalForce | None]


def _state(pledge: Pledge, day: date) -> State:
    now = pledge
    for step in _steps(pledge):
        if step.source.day <= day:
            now = _apply(now, step)
    return now.political, now.legal


def _further(new: State, old: State) -> bool:
    """Return whether a pledge came further: nearer to delivery, or harder to walk away from."""
    steps = [_STEPS.index(state[0]) if state[0] in _STEPS else -1 for state in (new, old)]
    laws = [_LAW.index(state[1]) if state[1] else -1 for state in (new, old)]
    return steps[0] > steps[1] >= 0 or (laws[0] > laws[1] and steps[0] >= 0)


def _say_status(state: State) -> str:
    return ", ".join(part.value for part in state if part)


# --- contradictions ---------------------------------------------------------------------------


def find_contradictions(register: Register) -> tuple[Contradiction, ...]:
    """Return the pledges and programmes for which sources have different figures; `register` is as of a day."""
    found = [
        Contradiction("pledge", pledge.id, pledge.by, pledge.what, pledge.figures)
        for pledge in register.pledges
        if _differ(pledge.figures)
    ]
    found += [
        Contradiction("programme", programme.id, programme.by, programme.name, programme.figures)
        for programme in register.programmes
        if _differ(programme.figures)
    ]
    return tuple(found)


def _differ(figures: Iterable[Figure]) -> bool:
    return len({(q.low, q.high, q.unit, q.basis) for q in (figure.quantity for figure in figures)}) > 1


# --- how much, day by day ---------------------------------------------------------------------


def list_days(register: Register, changes: Iterable[Change], last: date) -> tuple[tuple[date, ...], str]:
    """Return the days on which what is promised or needed may have changed, up to the last, and a note.

    Where there are very many, the last of each month stands for its month.
    """
    wanted = {need.capability for each in register.requirements for need in each.needs}
    ids = {pledge.id for pledge in register.pledges if pledge.capability in wanted}
    promised = {change.day for change in changes if change.pledge in ids}
    sized = {each.source.day for each in register.requirements}
    first = min(promised, default=last)
    kept = sorted(day for day in promised | sized | {last} if first <= day <= last)
    if len(kept) <= _MOST_DAYS:
        return tuple(kept), ""
    months = [max(month) for _, month in groupby(kept, key=lambda day: (day.year, day.month))]
    return tuple(months[-_MOST_DAYS:]), "what was promised over time is shown for the last change of each month"


def list_levels(days: Iterable[date], see: Callable[[date], Register]) -> tuple[Level, ...]:
    """Return what was promised towards each capability at the end of each day.

    `see` gives the register of a day with its conditions settled.
    """
    return tuple(level for day in days for level in _measure(day, assess_adequacy(see(day))))


def list_horizon(register: Register) -> tuple[Level, ...]:
    """Return what is needed, and what is due by then, on each day on which a need begins or ends or a pledge is due.

    Conditions stand as they are today. What has no day is taken as there on every day; with no day at all there is
    nothing to look ahead to. Of very many days the last of each month stands for its month.
    """
    needs = [need for each in register.requirements for need in each.needs]
    wanted = {need.capability for need in needs}
    days = {day for need in needs for day in (need.starts, need.ends) if day}
    days |= {pledge.due for pledge in register.pledges if pledge.due and pledge.capability in wanted}
    kept = sorted(days)
    if len(kept) > _MOST_DAYS:
        kept = [max(month) for _, month in groupby(kept, key=lambda day: (day.year, day.month))][:_MOST_DAYS]
    return tuple(level for day in kept for level in _measure(day, assess_adequacy(register, day=day)))


def _measure(day: date, found: Iterable[Adequacy]) -> Iterator[Level]:
    def key(each: Adequacy) -> tuple[str, str]:
        return each.capability, each.need.unit

    for (capability, _), group in groupby(sorted(found, key=key), key=key):
        each = list(group)
        verdicts: dict[str, Verdict] = {_name_need(one, each): one.verdict for one in each}
        yield Level(day, capability, each[0].firm, each[0].all, verdicts)


def _name_need(one: Adequacy, among: Iterable[Adequacy]) -> str:
    """Return a requirement's id; where it needs a capability twice, with the day from which this need holds."""
    if sum(each.requirement == one.requirement for each in among) == 1:
        return one.requirement
    days = (one.wanted.starts, one.wanted.ends)
    return f"{one.requirement} {'..'.join(day.isoformat() if day else '' for day in days)}"
