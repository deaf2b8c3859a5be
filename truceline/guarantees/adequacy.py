"""Is it enough? Promises against published sizings, and what is left if somebody leaves.

Ranges stay ranges. A promise "up to N" is anything from 0 to N, one of "at least N" has no upper
end, and where two sources disagree the range spans both. A need is met where the least that is
promised reaches the most that may be needed, not met where the most promised stays below the
least needed, and else nobody can tell. What has no number, or one in another unit or of other
prices, is never converted: it adds at least nothing and at most nobody knows what, with the reason.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from truceline.commitment import (
    Adequacy,
    Amount,
    Contribution,
    Loss,
    Need,
    Pledge,
    PoliticalStatus,
    Quantity,
    Register,
    Requirement,
    TriggerState,
    Verdict,
    Withdrawal,
)
from truceline.guarantees.triggers import describe_trigger

__all__ = [
    "COUNTED",
    "assess_adequacy",
    "drop_contributors",
    "list_blocks",
    "list_contributors",
    "list_losses",
    "try_withdrawals",
]

COUNTED = (
    PoliticalStatus.ANNOUNCED,
    PoliticalStatus.COMMITTED,
    PoliticalStatus.ALLOCATED,
    PoliticalStatus.DELIVERED,
)
"""The political status that counts towards a need; an announcement is counted and named as one."""
_MET = (TriggerState.NONE, TriggerState.MET)
Settle = Callable[[tuple[Pledge, ...]], tuple[Pledge, ...]]
"""Settles the conditions of pledges anew: one that waits for a pledge that is gone can no longer be met."""


def assess_adequacy(
    register: Register, *, statuses: Collection[PoliticalStatus] = COUNTED, day: date | None = None
) -> tuple[Adequacy, ...]:
    """Set every need of every requirement against the pledges of its capability.

    `register` is already seen as of a day and its triggers settled. `day`, where it is given,
    leaves out needs that do not hold then, and pledges that are due later.
    """
    return tuple(
        _assess(requirement, need, register.pledges, statuses, day)
        for requirement in register.requirements
        for need in requirement.needs
        if day is None or ((need.starts or day) <= day and (need.ends is None or day < need.ends))
    )


def _assess(
    requirement: Requirement,
    need: Need,
    pledges: Iterable[Pledge],
    statuses: Collection[PoliticalStatus],
    day: date | None,
) -> Adequacy:
    mine = [pledge for pledge in pledges if pledge.capability == need.capability]
    contributions = tuple(_contribute(pledge, need.quantity, statuses, day) for pledge in mine)
    wanted = Amount(need.quantity.low, need.quantity.high, need.quantity.unit)
    firm = _total((c for c in contributions if not c.conditional), wanted.unit)
    total = _total(contributions, wanted.unit)
    reason = "" if mine else f"nobody has promised anything towards {need.capability}"
    if need.quantity.basis:
        reason = "; ".join(filter(None, (reason, f"in {need.quantity.basis}")))
    return Adequacy(
        requirement.id,
        requirement.model,
        need.capability,
        need,
        wanted,
        firm,
        total,
        _share(total, wanted),
        _judge(firm, wanted),
        _judge(total, wanted),
        contributions,
        reason,
    )


def _contribute(
    pledge: Pledge, need: Quantity, statuses: Collection[PoliticalStatus], day: date | None
) -> Contribution:
    """Return what a pledge adds to a need in its unit, or why nothing."""
    conditional = pledge.trigger_state not in _MET
    amount: Amount | None
    amount, reason = _amount_of(pledge, need)
    if pledge.political not in statuses:
        amount, reason = None, f"its status is {pledge.political}"
    elif pledge.trigger_state is TriggerState.LAPSED:
        amount, reason = None, "its condition has lapsed"
    elif day is not None and pledge.due is not None and pledge.due > day:
        amount, reason = None, f"due on {pledge.due.isoformat()}"
    return Contribution(pledge.id, pledge.by, pledge.political, amount, conditional, reason)


def _amount_of(pledge: Pledge, need: Quantity) -> tuple[Amount, str]:
    unknown = Amount(Decimal(0), None, need.unit)
    quantities = [figure.quantity for figure in pledge.figures]
    if not quantities:
        return unknown, "no number has been published"
    if any(quantity.qualitative for quantity in quantities):
        return unknown, "it has no number"
    units = sorted({quantity.unit for quantity in quantities} - {need.unit})
    if units:
        return unknown, f"in {', '.join(units)}, the need is in {need.unit}"
    bases = {quantity.basis for quantity in quantities} | {need.basis}
    if len(bases) > 1:
        return unknown, "in prices of another year: " + ", ".join(sorted(basis or "not stated" for basis in bases))
    lows = [quantity.low or Decimal(0) for quantity in quantities]
    highs = [quantity.high for quantity in quantities]
    known = [high for high in highs if high is not None]
    return Amount(min(lows), max(known) if len(known) == len(highs) else None, need.unit), ""


def _total(contributions: Iterable[Contribution], unit: str) -> Amount:
    amounts = [c.amount for c in contributions if c.amount is not None]
    highs = [amount.high for amount in amounts]
    return Amount(
        sum((amount.low or Decimal(0) for amount in amounts), Decimal(0)),
        None if None in highs else sum((high for high in highs if high is not None), Decimal(0)),
        unit,
    )


def _judge(have: Amount, need: Amount) -> Verdict:
    """A need without an upper end ("at least N") is met by its lower end."""
    most = need.high if need.high is not None else need.low
    if most is not None and have.low is not None and have.low >= most:
        return Verdict.MET
    if need.low is not None and have.high is not None and have.high < need.low:
        return Verdict.NOT_MET
    return Verdict.CANNOT_TELL


def _share(have: Amount, need: Amount) -> tuple[Decimal | None, Decimal | None]:
    most = need.high if need.high is not None else need.low
    low = have.low / most if have.low is not None and most else None
    high = have.high / need.low if have.high is not None and need.low else None
    return low, high


# --- if somebody leaves -----------------------------------------------------------------------


def list_contributors(register: Register) -> tuple[str, ...]:
    """Return who has promised something that counts, in order."""
    return tuple(sorted({pledge.by for pledge in register.pledges if pledge.political in COUNTED}))


def drop_contributors(register: Register, gone: Collection[str]) -> Register:
    """Return the register as if these contributors had withdrawn everything.

    A pledge of a coalition stays: nobody has said how its number is shared.
    """
    pledges = tuple(
        replace(pledge, political=PoliticalStatus.WITHDRAWN)
        if pledge.by in gone and pledge.political in COUNTED
        else pledge
        for pledge in register.pledges
    )
    return replace(register, pledges=pledges)


def try_withdrawals(register: Register, settle: Settle = lambda pledges: pledges) -> tuple[Withdrawal, ...]:
    """Let each contributor leave alone, and return what that does to each need that it touches.

    `settle` settles the conditions anew: a pledge that waits for one that is gone can no longer be met.
    Only what changes is counted again, so that a register of thousands of pledges takes seconds.
    """
    before = assess_adequacy(register)
    found = []
    for contributor in list_contributors(register):
        left = settle(drop_contributors(register, {contributor}).pledges)
        changed = {new.id: new for old, new in zip(register.pledges, left, strict=True) if new != old}
        touched = {pledge.capability for pledge in changed.values()}
        for old in (each for each in before if each.capability in touched):
            gone = [part for part in old.contributions if part.pledge in changed and part.amount is not None]
            if gone:
                stay = (part for part in old.contributions if part.pledge not in changed)
                again = (_contribute(changed[part.pledge], old.wanted.quantity, COUNTED, None) for part in gone)
                after = _total((*stay, *again), old.need.unit)
                found.append(_compare(contributor, old, after))
    return tuple(found)


def list_losses(register: Register, settle: Settle = lambda pledges: pledges) -> tuple[Loss, ...]:
    """Return what goes with each contributor, also where no published sizing names the capability."""
    counted = [pledge for pledge in register.pledges if pledge.political in COUNTED]
    sides: dict[str, set[str]] = {}
    for pledge in counted:
        if pledge.capability is not None:
            sides.setdefault(pledge.capability, set()).add(pledge.by)
    found = []
    for contributor in list_contributors(register):
        left = settle(drop_contributors(register, {contributor}).pledges)
        lapsed = [
            new.id
            for old, new in zip(register.pledges, left, strict=True)
            if new.by != contributor and new.trigger_state is TriggerState.LAPSED is not old.trigger_state
        ]
        mine = tuple(pledge.id for pledge in counted if pledge.by == contributor)
        alone = tuple(name for name, by in sides.items() if by == {contributor})
        found.append(Loss(contributor, mine, alone, tuple(lapsed)))
    return tuple(found)


def _compare(contributor: str, old: Adequacy, after: Amount) -> Withdrawal:
    dependence = None
    if old.all.high and after.high is not None:
        dependence = 1 - after.high / old.all.high
    verdict = _judge(after, old.need)
    return Withdrawal(contributor, old.requirement, old.capability, old.all, after, old.verdict, verdict, dependence)


def list_blocks(register: Register) -> tuple[tuple[str, TriggerState, tuple[str, ...]], ...]:
    """Return each condition that is not met, its state, and the pledges that wait for it, in their order."""
    waiting: dict[tuple[str, TriggerState], list[str]] = {}
    for pledge in register.pledges:
        if pledge.trigger is not None and pledge.trigger_state not in _MET:
            waiting.setdefault((describe_trigger(pledge.trigger), pledge.trigger_state), []).append(pledge.id)
    return tuple((words, state, tuple(ids)) for (words, state), ids in waiting.items())
