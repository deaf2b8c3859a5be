"""The guarantees in types: who promised what, on what condition, by when, and what is needed.

A pledge has four axes that are never merged. Its political status says how far it has come
(announced, committed, allocated, delivered); its readiness how soon it could act; its legal force
what it would take to walk away; its trigger whether the condition on which it rests has been met.
A nuclear offer and a loan can both be "announced" and have nothing else in common.

Days are calendar days as the sources print them, without a zone: a statement "of 6 January" is
known on that day. Money and quantities are exact decimals; nothing is converted in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

__all__ = [
    "QUALITATIVE",
    "Adequacy",
    "Amount",
    "Contribution",
    "Figure",
    "LegalForce",
    "Loss",
    "Meeting",
    "Need",
    "Pledge",
    "PoliticalStatus",
    "Programme",
    "Quantity",
    "Readiness",
    "Register",
    "Requirement",
    "Revision",
    "Rotation",
    "Source",
    "Trigger",
    "TriggerState",
    "Verdict",
    "Withdrawal",
]

QUALITATIVE = "qualitative"
"""The unit of what has no number: it is shown, dated and tracked, and never added up."""


class PoliticalStatus(StrEnum):
    """How far a pledge has come. The four steps follow the Kiel Institute's tracker and IATI."""

    ANNOUNCED = "announced"
    COMMITTED = "committed"
    ALLOCATED = "allocated"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    DISPUTED = "disputed"


class Readiness(StrEnum):
    """How ready a contribution is: the levels of the UN's readiness system (UN PCRS manual, 2021)."""

    NONE = "none"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    RAPID = "RDL"


class LegalForce(StrEnum):
    """What a pledge rests on in law."""

    STATEMENT = "statement"
    INTENT = "declaration-of-intent"
    SIGNED = "signed"
    APPROVED = "parliament-approved"


class TriggerState(StrEnum):
    """Whether the condition of a pledge holds."""

    NONE = "none"
    UNMET = "unmet"
    MET = "met"
    LAPSED = "lapsed"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much: a number or a range in one unit; None on a side means no bound was stated.

    Money has the ISO 4217 code as its unit, in whole units of the currency, and the basis of its
    prices ("2024 prices") where the source says one. `approximate` keeps an "about".
    """

    low: Decimal | None
    high: Decimal | None
    unit: str
    basis: str | None = None
    approximate: bool = False

    @property
    def qualitative(self) -> bool:
        """Whether this is something that has no number."""
        return self.unit == QUALITATIVE

    @property
    def exact(self) -> bool:
        """Whether low and high are one number."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure stands: the words, the publication, its day. `verified` None: not stated."""

    title: str
    day: date
    quote: str = ""
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number for something, as one source has it."""

    quantity: Quantity
    source: Source


@dataclass(frozen=True, slots=True)
class Trigger:
    """The condition of a pledge, as a tree.

    `kind` is "in-force", "determination", "date", "pledge", "all" or "any"; `name` what it reads;
    `status` the status that another pledge must have reached; `parts` the parts of "all" and "any";
    `body` who must make a determination, "" for any body of the agreement.
    """

    kind: str
    name: str = ""
    status: PoliticalStatus | None = None
    parts: tuple["Trigger", ...] = ()
    text: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """What a later statement changed: old values are kept."""

    source: Source
    political: PoliticalStatus | None = None
    readiness: Readiness | None = None
    notice_days: int | None = None
    legal: LegalForce | None = None
    figures: tuple[Figure, ...] = ()
    due: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pledge:
    """A promise by one contributor, as it stood on one day.

    `figures` with more than one entry are sources that disagree; they are shown side by side.
    `capability` is what it counts towards; None counts towards nothing. `notice_days` is how many
    days' notice the contribution needs.
    """

    id: str
    by: str
    to: str
    what: str
    made: date
    political: PoliticalStatus
    source: Source
    capability: str | None = None
    figures: tuple[Figure, ...] = ()
    readiness: Readiness | None = None
    notice_days: int | None = None
    legal: LegalForce | None = None
    trigger: Trigger | None = None
    trigger_state: TriggerState = TriggerState.NONE
    due: date | None = None
    revisions: tuple[Revision, ...] = ()
    programme: str | None = None
    article: str = ""
    line: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """How much of one capability is needed, from a day (inclusive) until a day (exclusive)."""

    capability: str
    quantity: Quantity
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One published sizing: its name, what it asks for, and where it was said."""

    id: str
    model: str
    needs: tuple[Need, ...]
    source: Source
    article: str = ""
    line: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting, who was there, and what it decided: text, with the ids that each decision touches."""

    id: str
    name: str
    day: date
    source: Source
    ends: date | None = None
    place: str = ""
    participants: tuple[str, ...] = ()
    decisions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    article: str = ""
    line: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """Money with rules: a loan facility, an escape clause, a grant, a plan.

    `terms` are its own keys as the document has them. `parts` are programmes that this one's
    headline is made of. `allocations` is a file of the case, one row a state.
    """

    id: str
    kind: str
    name: str
    by: str
    day: date
    source: Source
    figures: tuple[Figure, ...] = ()
    parts: tuple[str, ...] = ()
    allocations: str | None = None
    terms: Mapping[str, object] = field(default_factory=dict)
    revisions: tuple[Revision, ...] = ()
    article: str = ""
    line: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """Everything that was promised, needed, met over and financed, as known at the end of a day.

    `names` are the names of contributors by code; `groups` the members of each coalition.
    `as_of` None: everything that the document knows.
    """

    case: str
    title: str
    as_of: date | None
    pledges: tuple[Pledge, ...]
    requirements: tuple[Requirement, ...]
    meetings: tuple[Meeting, ...]
    programmes: tuple[Programme, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Verdict(StrEnum):
    """Whether what is promised reaches what is needed. Ranges that overlap say neither."""

    MET = "met"
    NOT_MET = "not met"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Amount:
    """A range in one unit; None on a side: no bound is known there."""

    low: Decimal | None
    high: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one pledge adds to one capability, or why it adds nothing.

    `amount` None: it does not count; an amount without a high end: nobody has said how much. `reason`
    says why in both cases. `conditional`: its trigger is not met yet.
    """

    pledge: str
    by: str
    political: PoliticalStatus
    amount: Amount | None
    conditional: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Adequacy:
    """One need of one requirement, and what is promised towards it on one day.

    `firm` is what has no unmet condition, `all` what there would be if every condition were met.
    `share` is `all` over the need, as (lowest, highest), None where a side is unknown. `wanted` is the need as
    it was written, with its days.
    """

    requirement: str
    model: str
    capability: str
    wanted: Need
    need: Amount
    firm: Amount
    all: Amount
    share: tuple[Decimal | None, Decimal | None]
    firm_verdict: Verdict
    verdict: Verdict
    contributions: tuple[Contribution, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What is left of one need if one contributor leaves.

    `breaks`: the verdict was better with it. `dependence` is its share in the highest total.
    """

    contributor: str
    requirement: str
    capability: str
    before: Amount
    after: Amount
    verdict_before: Verdict
    verdict_after: Verdict
    dependence: Decimal | None

    @property
    def breaks(self) -> bool:
        """Whether the need is in a worse state without this contributor."""
        order = (Verdict.NOT_MET, Verdict.CANNOT_TELL, Verdict.MET)
        return order.index(self.verdict_after) < order.index(self.verdict_before)


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes if one contributor leaves, whether or not anybody has sized it.

    `pledges` are its own that count today, `alone` the capabilities towards which nobody else has promised
    anything that counts, `lapsed` the pledges of others whose condition can then no longer be met.
    """

    contributor: str
    pledges: tuple[str, ...]
    alone: tuple[str, ...]
    lapsed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a standing presence of one contributor costs in people, and what binds it.

    `presence` is how many stand there at once, `pool` how many that takes with training and
    recovery at the ratio's two ends, `cap` how many there are to choose from (a source's number),
    `load` pool over cap. `sustainable` is the presence that the cap carries. `ready_days` is how
    long it takes until the first can stand there; None: unknown. `binding` names the constraint.
    """

    contributor: str
    presence: Amount
    ratio: tuple[Decimal, Decimal]
    pool: Amount
    cap: Amount | None
    load: tuple[Decimal | None, Decimal | None]
    sustainable: Amount | None
    ready_days: tuple[int, int] | None
    binding: str
    notes: tuple[str, ...] = ()
