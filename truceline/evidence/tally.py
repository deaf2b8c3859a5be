"""The account that a reader of positions keeps: what became of each row, and the table rows made.

    rows = used + set aside + rejected

One tally lives as long as one pass over one stream; `close` empties it into a batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from truceline.evidence.batch import Batch, Reject
from truceline.evidence.source import Source
from truceline.evidence.tables import PLATFORMS, POSITIONS

__all__ = ["Limits", "Tally"]

_SHOWN = 200
_POSITION_SCHEMA = {name: kind for name, kind in POSITIONS.items() if name not in ("source", "file")}


@dataclass(frozen=True, slots=True)
class Limits:
    """What no position of a source can be later than; microseconds after 1970-01-01 UTC."""

    received_us: int | None

    @classmethod
    def of(cls, source: Source) -> "Limits":
        """Return the limits of a source, by its declared arrival; today's clock has no say."""
        received = source.received_utc
        return cls(None if received is None else _since_epoch(received))

    def judge(self, lon: float, lat: float, time_us: int) -> str | None:
        """Return why a position cannot be what it says, or None."""
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            return "position outside the globe"
        if lon == lat == 0.0:
            return "longitude 0 and latitude 0: a default, not a place"
        if self.received_us is not None and time_us > self.received_us:
            return "dated after it was received"
        return None


class Tally:
    """Rows decided since the last batch. `columns` names what the tuples in `positions` hold, in order.

    Columns of time hold microseconds after 1970-01-01 UTC.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._clear()

    def _clear(self) -> None:
        self.rows = 0
        self.used = 0
        self._set_aside: dict[str, int] = {}
        self._rejects: list[Reject] = []
        self.positions: list[tuple[Any, ...]] = []
        self._platforms: dict[str, dict[str, Any]] = {}

    def use(self, rows: int = 1) -> None:
        """Count rows that made something."""
        self.rows += rows
        self.used += rows

    def put_aside(self, reason: str, rows: int = 1) -> None:
        """Count rows that were understood and are not used."""
        self.rows += rows
        self._set_aside[reason] = self._set_aside.get(reason, 0) + rows

    def refuse(self, reason: str, row: int, found: str | bytes) -> None:
        """Note a row that cannot be used, and what stood there, cut short."""
        self.rows += 1
        text = found[:_SHOWN].decode("ascii", "backslashreplace") if isinstance(found, bytes) else found
        self._rejects.append(Reject(row, reason, text[:_SHOWN]))

    def meet(self, platform: str, **known: Any) -> None:  # noqa: ANN401 -- columns of the platforms table
        """Note a platform and what is said of it; a later word replaces an earlier, a None does not."""
        entry = self._platforms.setdefault(platform, {})
        entry.update((name, value) for name, value in known.items() if value is not None)

    def close(self) -> Batch:
        """Return the batch and begin the next."""
        batch = Batch(
            rows=self.rows,
            used=self.used,
            set_aside=self._set_aside,
            rejects=tuple(self._rejects),
            positions=_build_positions(self._columns, self.positions),
            platforms=_build_platforms(self._platforms),
        )
        self._clear()
        return batch


def _build_positions(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> pl.DataFrame | None:
    if not rows:
        return None
    values = dict(zip(columns, zip(*rows, strict=True), strict=True))
    return pl.DataFrame(
        [pl.Series(name, values[name], dtype=kind) for name, kind in _POSITION_SCHEMA.items() if name in values]
    )


def _build_platforms(platforms: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame | None:
    if not platforms:
        return None
    names = [name for name in PLATFORMS if any(name in entry for entry in platforms.values())]
    columns = [pl.Series("platform", list(platforms), dtype=pl.String)]
    columns += [
        pl.Series(name, [entry.get(name) for entry in platforms.values()], dtype=PLATFORMS[name]) for name in names
    ]
    return pl.DataFrame(columns)


def _since_epoch(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
