"""What the list of evidence (`evidence.toml`) declares: sources, coverage, platforms, areas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from truceline.marking import Marking
from truceline.spacetime import Interval


@dataclass(frozen=True, slots=True)
class Source:
    """One `[[source]]`: files of one format from one origin, and how far they are trusted.

    `lineage` names whom it copies from; sources of one lineage are never independent. `counts`
    marks the source that gives a clause's count, in `counting` where it can serve one unit only.
    `span` is the time for which the file is complete, None where the file's own first and last row
    must stand for it. `received_utc` is when the file arrived, None where that is not known.
    `columns` maps a column of our table to the source's column name. `options` are the keys that
    this format alone understands.
    """

    name: str
    path: Path
    format: str
    line: int
    kind: str | None = None
    provider: str = ""
    lineage: str = ""
    reliability: str | None = None
    credibility: int | None = None
    counts: bool = False
    counting: str | None = None
    attribution: str = ""
    time_zone: str | None = None
    party: str | None = None
    category: str | None = None
    span: Interval | None = None
    received_utc: datetime | None = None
    cooperative: bool = False
    """Whether it sees platforms by their own transmissions only, as its format or its columns show."""
    columns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    marking: Marking | None = None
    """Its own marking; None: it has the list's, where that states one."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One `[[coverage]]`: who watched what, where, when, how well, and what it could have seen.

    `detects` are kinds of event and categories of platform. `probability` None means that nobody
    has said how well, and then it counts for nothing. `party` None: whoever it is.
    """

    source: str
    provider: str
    interval: Interval
    area: str
    detects: tuple[str, ...]
    probability: float | None
    party: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Truce:
    """One `[[truce]]`: another declared truce, whose time is left out of every baseline."""

    name: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """One `[[platform]]`: what the case knows of a vessel, an aircraft or a track."""

    platform: str
    kind: str | None = None
    mmsi: int | None = None
    icao24: str | None = None
    name: str | None = None
    flag: str | None = None
    party: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that `evidence.toml` declares, read and checked."""

    path: Path
    sources: tuple[Source, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    truces: tuple[Truce, ...] = ()
    platforms: tuple[PlatformEntry, ...] = ()
    areas: Mapping[str, Any] = field(default_factory=dict)
    """Names of the case's own areas -> shapely geometry in lon/lat degrees."""
    kinds: tuple[str, ...] = ()
    """Kinds of event that this case adds to those that the product knows."""
    listed: tuple[PlatformEntry, ...] = ()
    """Platforms of the case's `[[list]]` files; they count where they appear in the evidence."""
    marking: Marking | None = None
    """The marking of all that comes of the case; None: it states none, and what has none is withheld."""
