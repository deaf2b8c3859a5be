"""The story in types: what is found, what it amounts to, and what is said of each clause.

    evidence row  ->  Finding  ->  Incident  ->  Standing   does the clause hold?
                                                 Effect     did the numbers change?

Everything here is frozen and small: judgements, not rows. Rows live in tables (`evidence.tables`).
Times are UTC; positions are WGS 84 degrees; names carry their unit.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from truceline.spacetime import Interval

UNKNOWN = "unknown"
"""What stands for a number that nobody has."""

UNDETERMINED = "undetermined"
"""The party of a finding that nothing attributes: a normal answer, never a gap to be filled."""


ACCUSATION = "said of another party by"
"""How the doubt begins that a finding bears where one party's own source names another party."""

LEADING_SHARE = 0.5
"""An incident is attributed to a party only where its share is larger than this."""


class Word(StrEnum):
    """What is said of a clause, a party and a period."""

    KEPT = "kept"
    SUSPECTED = "suspected"
    BREACHED = "breached"
    NOT_DETERMINABLE = "not determinable"
    NOT_IN_FORCE = "not in force"
    NOT_YET_DUE = "not yet due"
    NOT_EVALUATED = "not evaluated"


class Status(StrEnum):
    """How far an incident has been established."""

    ALLEGED = "alleged"
    CORROBORATED = "corroborated"
    CONFIRMED = "confirmed"
    CONTESTED = "contested"
    DISMISSED = "dismissed"


class Change(StrEnum):
    """What the numbers show beside the standing."""

    REDUCED = "reduced"
    NOT_REDUCED = "not reduced"
    INCREASED = "increased"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what a person gave: where, what, expected, found, and what to do."""

    file: str
    line: int
    what: str
    expected: str
    found: str
    do: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Return the problem on one line; what has no lines is named without one."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        word = "" if self.severity == "error" else "warning: "
        return f"{where}: {word}{self.what}: expected {self.expected}, found {self.found}; {self.do}"


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """The address of one row of evidence: the number of the file in the files table, and the row.

    What a row is (line, record, feature) is defined per format; rows count from 1.
    """

    file: int
    row: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the evidence shows against one clause, found by a pure function.

    `id` is derived from the content. `span` is when it happened, as narrow as the source knows;
    `edge_uncertain` marks a span that crosses an edge of the clause's interval and
    `place_uncertain` a disc that crosses the edge of its zone. An `indicator` (alert, thermal
    anomaly, press report, claim) never makes a standing. `doubts` are integrity reasons; a finding
    with doubts never alone supports more than "alleged".
    """

    id: str
    clause: str
    reading: str
    kind: str
    span: Interval
    lon: float | None
    lat: float | None
    radius_m: float | None
    area: str | None
    party: str
    source: str
    lineage: str
    indicator: bool
    measured: float | None
    limit: float | None
    unit: str | None
    margin: float | None
    rows: tuple[Row, ...]
    text: str = ""
    platform: str | None = None
    reliability: str | None = None
    credibility: int | None = None
    edge_uncertain: bool = False
    place_uncertain: bool = False
    excused_by: str | None = None
    received_utc: datetime | None = None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's decision on an incident, with its reason.

    `key` names the key that signed it, empty for a draft that nobody signed; `leaf` is its place in the record.
    `dissents` are what parties say against it.
    """

    incident: str
    decision: Literal["confirm", "contest", "dismiss"]
    reviewer: str
    reason: str
    at: datetime
    key: str = ""
    leaf: int | None = None
    dissents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings of one clause and reading that are one happening in space and time.

    `lineages` are the independent non-indicator origins; `parties` share the attribution and
    always sum to 1, with `UNDETERMINED` among them where nothing attributes. `confidence` is 0 to
    1 and `reasons` say what moved it. `late` is true where evidence came in after the cut-off.
    """

    id: str
    clause: str
    reading: str
    status: Status
    span: Interval
    lon: float | None
    lat: float | None
    radius_m: float | None
    area: str | None
    parties: Mapping[str, float]
    lineages: tuple[str, ...]
    findings: tuple[str, ...]
    indicators: tuple[str, ...]
    confidence: float
    reasons: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    severity: str | None = None
    review: Review | None = None
    late: bool = False
    edge_uncertain: bool = False
    """All that shows it may lie outside the clause's time."""
    place_uncertain: bool = False
    """All that shows it may lie outside the clause's zone."""
    excused_by: str | None = None
    """The exception that allows it; an excused incident is listed and does not count."""
    platforms: tuple[str, ...] = ()

    @property
    def party(self) -> str:
        """The party with more than half of the attribution, `UNDETERMINED` where none has that."""
        return next((party for party, share in self.parties.items() if share > LEADING_SHARE), UNDETERMINED)


@dataclass(frozen=True, slots=True)
class Watch:
    """How much of a clause's zone and time was watched by what could have seen a breach.

    `share` is 0 to 1, or None where it cannot be said (nothing declared, or no zone to measure
    in). `by_provider` is the share that each provider gives by itself; `reasons` say what counted
    and what did not, and why.
    """

    share: float | None
    required: float | None
    by_provider: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is said of one clause, party, reading and period, and why."""

    clause: str
    reading: str
    party: str
    interval: Interval
    word: Word
    watch: Watch
    incidents: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What one stretch of time without this truce leads one to expect in the window.

    `name` is "before", "other-years", "longest" or "after". `expected` is matched by hour of the
    week, `expected_plain` is the plain rate times the window's length; `smallest` and `largest`
    are the counts of windows of the same length within it. None: unknown, not zero.
    """

    name: str
    interval: Interval
    days_used: float
    count: float
    expected: float | None
    expected_plain: float | None
    ratio: float | None
    ratio_95: tuple[float, float | None] | None
    smallest: float | None = None
    largest: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What one source by itself counts, beside the source whose count is used."""

    source: str
    lineage: str
    count: float | None
    expected: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AreaCount:
    """How the count is spread: one sub-area's count and expectation."""

    area: str
    count: float
    expected: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """Whether the numbers of one kind changed within a clause's interval, in one counting unit.

    `count` comes from one source; `count_low` and `count_high` bound it where rows are wider than
    an edge. `ratio` is count over `expected`; `ratio_95` its 95 % interval (upper None: no upper
    bound); `smallest_reduction` is the largest ratio that this window would have shown to be a
    reduction, None where no reduction could have been seen.
    """

    clause: str
    reading: str
    kind: str
    counting: str
    interval: Interval
    source: str
    count: float
    count_low: float
    count_high: float
    expected: float | None
    expected_plain: float | None
    ratio: float | None
    ratio_95: tuple[float, float | None] | None
    smallest_reduction: float | None
    change: Change
    baselines: tuple[Baseline, ...] = ()
    by_source: tuple[SourceCount, ...] = ()
    by_area: tuple[AreaCount, ...] = ()
    chronic: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A party's own count or statement, in its own unit, never mixed with the evidence."""

    party: str
    span: Interval
    text: str
    quantity: float | None
    unit: str | None
    source: str
    row: Row


@dataclass(frozen=True, slots=True)
class Task:
    """What someone must now do: a deadline after a determination, or an inquiry after a suspicion."""

    response: str
    kind: Literal["deadline", "inquiry"]
    clause: str
    incident: str | None
    owner: str
    opened: datetime
    due: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class FileTally:
    """What became of the rows of one file: rows = used + set aside + rejected, always."""

    number: int
    source: str
    path: str
    format: str
    sha256: str
    size_bytes: int
    rows: int
    used: int
    set_aside: Mapping[str, int]
    rejected: Mapping[str, int]
    attribution: str = ""
    provider: str = ""
    lineage: str = ""
    first_utc: datetime | None = None
    last_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClauseAssessment:
    """One clause under one reading: what stands there, and everything that is said of it."""

    clause: str
    reading: str
    kind: str
    article: str
    text: str
    binds: tuple[str, ...]
    zone: str | None
    clocks: tuple[str, ...]
    interval: Interval | None
    standings: tuple[Standing, ...]
    periods: tuple[tuple[Interval, tuple[Standing, ...]], ...]
    effects: tuple[Effect, ...]
    incidents: tuple[str, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer for one case at one cut-off: what a report says, in the order it says it.

    `digest` is SHA-256 over the inputs (agreement, list of evidence, files) and the options, so
    that two people can see that they speak of the same thing. `without` names the provider that
    was left out, `as_of` the instant after which nothing had yet arrived.
    """

    case: str
    title: str
    agreement_status: str
    source: str
    version: str
    digest: str
    zone: str
    interval: Interval | None
    cut_off: datetime
    period_hours: float
    as_of: datetime | None
    without: tuple[str, ...]
    clauses: tuple[ClauseAssessment, ...]
    incidents: tuple[Incident, ...]
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    tasks: tuple[Task, ...]
    files: tuple[FileTally, ...]
    parties: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    addendum: tuple[str, ...] = ()
    """What is different now from the last report that was sealed, where the inputs are others."""


def say_share(share: float | None) -> str:
    """Return a watched share as per cent with one decimal, cut and not rounded up, or "unknown"."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if 0 < share < 0.001:
        return "< 0.1\u00a0%"
    return f"{math.floor(share * 1000 + 1e-6) / 10:g}\u00a0%"
