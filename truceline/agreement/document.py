"""The agreement in types: what stands in the document, and what it means under one reading.

`agreement/` knows the shape of a clause and nothing of what its kind means: everything that only a
kind understands stays in `Clause.values`, beside the line on which it was written, and
`clauses/` gives it meaning. It knows nothing of evidence either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from truceline.model import Word
from truceline.spacetime import Clock, Interval

Values = Mapping[str, Any]
"""Keys of a block as TOML gave them: text, numbers, lists, tables."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its kind and id from the info string, its keys, and their lines."""

    kind: str
    id: str | None
    line: int
    values: Values
    lines: Mapping[str, int]
    article: str

    def line_of(self, key: str) -> int:
        """Return the line on which `key` stands, or that of the block.

        A path ("starts.UA", "alternatives[1].ends") that has no line of its own gets that of the
        nearest key above it.
        """
        while key and key not in self.lines:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class Article:
    """A heading and the legal text beneath it, as Markdown without the blocks."""

    title: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Party:
    """A party, how it stands to the agreement, and the names by which evidence knows it."""

    id: str
    name: str
    status: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Zone:
    """A space: a shape in lon/lat degrees, or codes of areas that a gazetteer knows, or both.

    `shape` None means that nobody could draw it. `altitude_m` is a closed band. `approximate`
    says why the shape is not the text's own (a disc that stands for an area).
    """

    id: str
    shape: BaseGeometry | None
    areas: tuple[str, ...] = ()
    altitude_m: tuple[float, float] | None = None
    approximate: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of time: where a term starts or ends.

    `clock` for a declared time; `not_before`/`not_after` for a phase; `event` for the name of a
    determination that makes it, by `body` where one is named; `open` where there is no end.
    `delay` is the length of a duration after the start, or of the time after an event.
    """

    text: str
    kind: Literal["clock", "phase", "event", "open", "duration"]
    clock: Clock | None = None
    not_before: Clock | None = None
    not_after: Clock | None = None
    event: str | None = None
    body: str | None = None
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Clause:
    """One obligation: what kind, whom it binds, where; the rest is for its kind.

    `values` hold every key of the block, `block.lines` their lines. `coverage` is the share of
    zone and time that must be watched before "kept" may be said (None: never).
    """

    id: str
    kind: str
    binds: tuple[str, ...]
    block: Block
    article: Article
    zone: str | None = None
    counting: str | None = None
    baseline: str | None = None
    coverage: float | None = None
    severity: str | None = None
    values: Values = field(default_factory=dict)
    origin: str | None = None
    """The clause that an amendment changed into this one; None for a clause as first written."""
    amended_by: str | None = None
    """The amendment that made this clause out of `origin`."""


def read_common(values: Values) -> dict[str, Any]:
    """Return the fields of a Clause that are keys of every kind, None for those that do not stand there."""
    return {name: values.get(name) for name in ("zone", "counting", "baseline", "coverage", "severity")}


@dataclass(frozen=True, slots=True)
class ExceptionRule:
    """Conduct that a clause allows: `requires` are events that must have happened, in order."""

    id: str
    of: str
    requires: tuple[str, ...]
    block: Block


@dataclass(frozen=True, slots=True)
class Response:
    """Who must do what within which time, once a determination or a suspicion opens it."""

    id: str
    of: tuple[str, ...]
    owner: str
    within: str | None
    text: str
    block: Block


@dataclass(frozen=True, slots=True)
class Agreement:
    """The whole document, read and checked."""

    id: str
    title: str
    file: str
    status: str
    source: str
    languages: tuple[str, ...]
    zone_of_time: str
    block: Block
    articles: tuple[Article, ...]
    parties: Mapping[str, Party]
    groups: Mapping[str, tuple[str, ...]]
    bodies: Mapping[str, str]
    zones: Mapping[str, Zone]
    lines: Mapping[str, BaseGeometry]
    objects: Mapping[str, Block]
    clauses: tuple[Clause, ...]
    exceptions: tuple[ExceptionRule, ...]
    responses: tuple[Response, ...]
    amendments: tuple[Block, ...] = ()
    others: tuple[Block, ...] = ()
    """Blocks whose keys get their meaning elsewhere: pledge, requirement, meeting, programme."""
    body_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The further names by which evidence knows each body."""
    body_rules: Mapping[str, str] = field(default_factory=dict)
    """By what rule each body decides, in the text's words, where it says so: shown, and never judged by a machine."""
    group_names: Mapping[str, str] = field(default_factory=dict)
    party_blocks: Mapping[str, Block] = field(default_factory=dict)
    """The blocks of the parties, for the times and conditions that are a party's own."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One clause under one reading, with its times worked out as far as the events allow.

    `interval` is the time in which the clause certainly holds, None where it never came into
    force; `possible` is the widest time that the declared clocks allow, so that what falls between
    the two is edge-uncertain. `by_party` gives each bound party its own interval (clocks may
    differ by party), and `lapsed` says for a party why the clause does not bind it and which word
    that makes. `clocks` are the declared times as text, with what they mean in UTC. `values` are
    the clause's keys under this reading.
    """

    clause: Clause
    reading: str
    interval: Interval | None
    possible: Interval | None
    by_party: Mapping[str, Interval | None]
    lapsed: Mapping[str, tuple[Word, str]]
    zone: Zone | None
    clocks: tuple[str, ...]
    values: Values
    notes: tuple[str, ...] = ()
    possible_by_party: Mapping[str, Interval | None] = field(default_factory=dict)
    """The widest time that the declared clocks allow, for each bound party; `possible` spans them all."""
