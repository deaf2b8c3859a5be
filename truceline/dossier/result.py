"""What the register answers on one day, in types: everything that the pages and the files of `pledges` show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from truceline.commitment import (
    Adequacy,
    Amount,
    Figure,
    LegalForce,
    Loss,
    Pledge,
    PoliticalStatus,
    Register,
    Rotation,
    Source,
    TriggerState,
    Verdict,
    Withdrawal,
)
from truceline.dossier.donors import Donors
from truceline.guarantees.rotation import THREE_FOR_ONE

__all__ = ["Block", "Change", "Contradiction", "Deadline", "Dossier", "Level", "Presence", "Request"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a person may ask: the day, who has left, the tracker's folder, and the ratio of a rotation.

    `as_of` None: everything that the document knows. `without` are codes or names of contributors.
    `ratio` is how many it takes to keep one on station, as a range; it stands where a contributor's own
    is not known. `tour_months` is the length of a turn, `months` how far the months are counted.
    """

    as_of: date | None = None
    without: tuple[str, ...] = ()
    tracker: Path | None = None
    ratio: tuple[Decimal, Decimal] = THREE_FOR_ONE
    tour_months: int = 6
    months: int = 24


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became different: of which pledge, on which axis, from what to what, and who says so.

    `axis` is "made", "political status", "readiness", "notice", "legal force", "figure", "due" or "note".
    """

    day: date
    pledge: str
    by: str
    axis: str
    before: str
    after: str
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something was promised, and what had been reached.

    `reached` and `legal` are the status on the day itself (on the day of the register, where that comes
    first). `step` is the first day after the deadline on which the pledge came further, `days_late` how
    many days that was; both None where it did not. `open`: the day is still to come.
    """

    pledge: str
    by: str
    what: str
    due: date
    reached: PoliticalStatus
    legal: LegalForce | None
    step: date | None
    days_late: int | None
    open: bool
    says: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Figures for one thing from sources that disagree, side by side; nothing is chosen among them."""

    kind: str
    id: str
    by: str
    what: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A condition that is not met, its state, and the pledges that wait for it."""

    condition: str
    state: TriggerState
    pledges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """What was promised towards one capability at the end of one day, in one unit."""

    day: date
    capability: str
    firm: Amount
    all: Amount
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Presence:
    """What a standing presence takes for one capability: each contributor, all together, month by month.

    `phases` are the rows of `guarantees.rotation.count_phases` for all together, none where nobody can
    say how many would stand there at most. `un_floor_usd` is a year of the highest presence at the United
    Nations' rate: a floor.
    """

    capability: str
    rotations: tuple[Rotation, ...]
    total: Rotation | None
    phases: tuple[Mapping[str, Decimal | int], ...]
    un_floor_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """The register of a case as known at the end of a day, and what follows from it.

    `given`: the day was asked for; else it is the last that the document knows. `in_force` is
    whether the agreement was in force on that day, None where it could not be told. `unnumbered` are the
    pledges that have no number. `levels` look back, day by day; `horizon` looks ahead from what is known: to each
    day on which a need begins or ends or a pledge is due. `digest` is SHA-256 over everything that decides the result.
    """

    register: Register
    day: date
    given: bool
    without: tuple[str, ...]
    in_force: bool | None
    determinations: Mapping[str, date]
    adequacy: tuple[Adequacy, ...]
    withdrawals: tuple[Withdrawal, ...]
    losses: tuple[Loss, ...]
    blocks: tuple[Block, ...]
    contradictions: tuple[Contradiction, ...]
    unnumbered: tuple[Pledge, ...]
    presences: tuple[Presence, ...]
    changes: tuple[Change, ...]
    deadlines: tuple[Deadline, ...]
    levels: tuple[Level, ...]
    horizon: tuple[Level, ...]
    donors: Donors | None
    ratio: tuple[Decimal, Decimal]
    tour_months: int
    version: str
    digest: str
    notes: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """Whether the document says nothing of guarantees, and no day was asked for."""
        register = self.register
        blocks = (register.pledges, register.requirements, register.meetings, register.programmes)
        return not self.given and not any(blocks)

    def name(self, code: str) -> str:
        """Return the name of a contributor, or the code itself."""
        return self.register.names.get(code, code)
