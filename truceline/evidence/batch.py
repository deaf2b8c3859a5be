"""What a reader gives back: rows of our tables, and an account of every row it read.

A reader is a plain function `(stream, source, gazetteer) -> iterator of Batch`. It never drops a
row in silence: rows = used + set aside + rejected, in every batch.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import polars as pl

from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was refused: its number in the file, why, and what stood there."""

    row: int
    reason: str
    found: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive rows of a file, and what became of them.

    `positions`, `events` and `platforms` hold columns of the tables without `source` and `file`,
    which the store adds; `row` must be there. One row may make several table rows or share one
    with others (a message of two sentences). `set_aside` counts, by reason, rows that were
    understood and are not used. Raises ValueError where the account does not add up.
    """

    rows: int
    used: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()
    positions: pl.DataFrame | None = None
    events: pl.DataFrame | None = None
    platforms: pl.DataFrame | None = None
    observers: pl.DataFrame | None = None
    """Columns `row` and `observer`: names of people, which the store replaces by pseudonyms."""

    def __post_init__(self) -> None:
        """Refuse an account that does not add up: it would be a row lost in silence."""
        if self.rows != self.used + sum(self.set_aside.values()) + len(self.rejects):
            raise ValueError(
                f"{self.rows} rows are not {self.used} used + {dict(self.set_aside)} set aside "
                f"+ {len(self.rejects)} rejected"
            )


@dataclass(frozen=True, slots=True)
class Format:
    """One format of evidence: its reader, and what its sources may declare.

    `options` are the keys beside those of every source, each with what it expects. `cooperative`
    marks formats that see only platforms which are obliged to transmit and do, so that they never
    cover warships, drones, missiles or switched-off vessels. `kind` is the kind of event that its
    rows make, where the format settles it.
    """

    name: str
    meaning: str
    read: Callable[[BinaryIO, Source, Gazetteer], Iterator[Batch]]
    options: Mapping[str, str] = field(default_factory=dict)
    cooperative: bool = False
    kind: str | None = None
    columns: Mapping[str, str] | None = None
    """Our columns that `[source.columns]` may map, each with what it expects; None: no map."""
    needs: tuple[str, ...] = ()
    """Keys of every source that this format cannot do without, such as time_zone."""
