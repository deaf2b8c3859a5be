"""The conditions of pledges: read from text, followed for circles, and set against known facts.

A trigger reads the agreement's own facts and nothing else: whether an agreement is in force, a
determination by a named body, a day, and how far another pledge has come. A machine's suspicion
meets no trigger.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from truceline.agreement.problems import show
from truceline.commitment import Pledge, PoliticalStatus, Trigger, TriggerState
from truceline.errors import FormError

__all__ = [
    "Facts",
    "describe_trigger",
    "find_circles",
    "judge_trigger",
    "list_names",
    "read_trigger",
    "settle_triggers",
]

_FORMS = (
    '"in-force", "in-force AGREEMENT", "determination NAME", "determination NAME by BODY", "date YYYY-MM-DD", '
    '"pledge ID STATUS", a list of these (all of them), or { any = [...] }'
)
_STEPS = (
    PoliticalStatus.ANNOUNCED,
    PoliticalStatus.COMMITTED,
    PoliticalStatus.ALLOCATED,
    PoliticalStatus.DELIVERED,
)
_GONE = (PoliticalStatus.WITHDRAWN, PoliticalStatus.EXPIRED)
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Facts:
    """What triggers may read, as known at the end of the day `as_of`.

    `in_force`: agreement id ("" for the agreement that the pledge stands in) -> True, False, or
    None where it could not be told. `determinations`: name -> the day on which a body made it, and
    "NAME by BODY" -> the day on which that one did.
    """

    as_of: date
    in_force: Mapping[str, bool | None] = field(default_factory=dict)
    determinations: Mapping[str, date] = field(default_factory=dict)


def read_trigger(value: object, depth: int = 0) -> Trigger:
    """Read a condition; raises FormError where it is none."""
    if depth > _DEEPEST:
        raise FormError("condition nested too deep", expected=f"{_DEEPEST} levels", found="more", do="write it flatter")
    if isinstance(value, list) and value:
        return Trigger("all", parts=tuple(read_trigger(item, depth + 1) for item in value))
    if isinstance(value, dict) and set(value) in ({"any"}, {"all"}):
        word, items = next(iter(value.items()))
        if isinstance(items, list) and items:
            return Trigger(word, parts=tuple(read_trigger(item, depth + 1) for item in items))
    if isinstance(value, str):
        return _read_words(value)
    raise _refuse(value)


def _read_words(text: str) -> Trigger:
    match text.split():
        case ["in-force"]:
            return Trigger("in-force", text=text)
        case ["in-force", name]:
            return Trigger("in-force", name, text=text)
        case ["determination", name]:
            return Trigger("determination", name, text=text)
        case ["determination", name, "by", body]:
            return Trigger("determination", name, text=text, body=body)
        case ["date", day]:
            return Trigger("date", _read_date(day, text), text=text)
        case ["pledge", name, word] if word in tuple(PoliticalStatus):
            return Trigger("pledge", name, PoliticalStatus(word), text=text)
    raise _refuse(text)


def _read_date(day: str, text: str) -> str:
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise _refuse(text) from None


def _refuse(value: object) -> FormError:
    return FormError(
        "condition not understood", expected=_FORMS, found=show(value), do="write it in one of these forms"
    )


def describe_trigger(trigger: Trigger) -> str:
    """Return a condition in words: "in force, and determination signature"."""
    if trigger.kind in ("all", "any"):
        word = " and " if trigger.kind == "all" else " or "
        return word.join(
            f"({describe_trigger(part)})" if part.parts else describe_trigger(part) for part in trigger.parts
        )
    return trigger.text.replace("in-force", "agreement in force").replace("date ", "from ")


def list_names(trigger: Trigger, kind: str) -> Iterator[str]:
    """Yield the names that a condition reads, of one kind: "pledge", "determination", "in-force", "body"."""
    if trigger.kind == kind and trigger.name:
        yield trigger.name
    if kind == "body" and trigger.body:
        yield trigger.body
    for part in trigger.parts:
        yield from list_names(part, kind)


def find_circles(pledges: Mapping[str, Trigger | None]) -> list[tuple[str, ...]]:
    """Return the circles in which pledges wait for each other, each once, from its first id in order."""
    awaits = {name: sorted(set(list_names(t, "pledge")) & set(pledges)) if t else [] for name, t in pledges.items()}
    done: set[str] = set()
    circles: dict[tuple[str, ...], None] = {}
    for start in sorted(awaits):
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(awaits[start]))]
        path = [start]
        while stack:
            name = next(stack[-1][1], None)
            if name is None:
                done.add(path.pop())
                stack.pop()
            elif name in path:
                circle = path[path.index(name) :]
                first = circle.index(min(circle))
                circles.setdefault((*circle[first:], *circle[:first]))
            elif name not in done:
                path.append(name)
                stack.append((name, iter(awaits[name])))
    return list(circles)


def settle_triggers(pledges: tuple[Pledge, ...], facts: Facts) -> tuple[Pledge, ...]:
    """Return the pledges with the state of their conditions on the day of the facts."""
    status = {pledge.id: pledge.political for pledge in pledges}
    return tuple(_settle(pledge, _state_of(pledge, facts, status)) for pledge in pledges)


def _settle(pledge: Pledge, state: TriggerState) -> Pledge:
    return pledge if pledge.trigger_state is state else replace(pledge, trigger_state=state)


def _state_of(pledge: Pledge, facts: Facts, status: Mapping[str, PoliticalStatus]) -> TriggerState:
    if pledge.trigger is None:
        return TriggerState.NONE
    return judge_trigger(pledge.trigger, facts, status)


def judge_trigger(trigger: Trigger, facts: Facts, status: Mapping[str, PoliticalStatus]) -> TriggerState:
    """Return whether a condition holds; what could not be told is undetermined.

    "all" is unmet as soon as one part is unmet, and met only when every part is; "any" the other
    way round. A part that can no longer be met (a pledge withdrawn) makes the whole lapse.
    """
    if trigger.kind not in ("all", "any"):
        return _judge_one(trigger, facts, status)
    states = [judge_trigger(part, facts, status) for part in trigger.parts]
    order = (TriggerState.LAPSED, TriggerState.UNMET, TriggerState.UNDETERMINED, TriggerState.MET)
    if trigger.kind == "any":
        order = (TriggerState.MET, TriggerState.UNDETERMINED, TriggerState.UNMET, TriggerState.LAPSED)
    return next(state for state in order if state in states)


def _judge_one(trigger: Trigger, facts: Facts, status: Mapping[str, PoliticalStatus]) -> TriggerState:
    match trigger.kind:
        case "in-force":
            known = facts.in_force.get(trigger.name)
            return TriggerState.UNDETERMINED if known is None else TriggerState.MET if known else TriggerState.UNMET
        case "determination":
            day = facts.determinations.get(" by ".join(filter(None, (trigger.name, trigger.body))))
            return TriggerState.MET if day is not None and day <= facts.as_of else TriggerState.UNMET
        case "date":
            return TriggerState.MET if date.fromisoformat(trigger.name) <= facts.as_of else TriggerState.UNMET
    return _judge_pledge(trigger, status)


def _judge_pledge(trigger: Trigger, status: Mapping[str, PoliticalStatus]) -> TriggerState:
    """A later step includes the earlier ones; a pledge that is not known yet has not come that far."""
    reached = status.get(trigger.name)
    if reached is trigger.status:
        return TriggerState.MET
    if reached in _GONE:
        return TriggerState.LAPSED
    if reached in _STEPS and trigger.status in _STEPS:
        return TriggerState.MET if _STEPS.index(reached) > _STEPS.index(trigger.status) else TriggerState.UNMET
    return TriggerState.UNMET if reached is None or reached in _STEPS else TriggerState.UNDETERMINED
