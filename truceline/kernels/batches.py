"""A batch of pings, cut into ranges of platforms, run through a kernel and put together again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from truceline.errors import FormError
from truceline.kernels.ranges import each_range, split
from truceline.kernels.records import GAP, LAST, OPEN, Part

__all__ = ["Carry", "Limits", "list_strays", "read_columns", "refuse_order", "run_batch"]

NEVER = int(np.iinfo(np.int64).max)
_PIECE = 50_000  # rows of one call: what it found is there twice for a moment, and in memory that serves again
_FIRST_ROOM = 1 << 20  # rows

Rows = NDArray[np.void]
Columns = tuple[NDArray[np.signedinteger], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
Reference = Callable[..., Part]


class Index(Protocol):
    """Zones or lines made ready: the extension and its grid, or None and the shapes."""

    shapes: NDArray[np.object_]
    compiled: ModuleType | None
    grid: object
    lines: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """Silences in microseconds: those longer than `gap_us` are reported, longer than `bridge_us` break the way."""

    gap_us: int
    bridge_us: int

    @classmethod
    def of(cls, gap_us: int | None, bridge_us: int | None) -> "Limits":
        """Return the limits; None is never."""
        return cls(NEVER if gap_us is None else gap_us, NEVER if bridge_us is None else bridge_us)


@dataclass(frozen=True, slots=True)
class Carry:
    """What one batch leaves to the next: each platform's last ping (`LAST`) and the stays not ended (`OPEN`)."""

    last: Rows
    open: Rows

    @classmethod
    def empty(cls) -> "Carry":
        """Return what there is before the first batch."""
        return cls(np.empty(0, LAST), np.empty(0, OPEN))


def run_batch(
    index: Index,
    reference: Reference,
    kind: np.dtype[np.void],
    given: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike],
    carry: Carry | None,
    limits: Limits,
    threads: int | None,
) -> tuple[Rows, Rows, Carry, NDArray[np.int64]]:
    """Return what was found (rows of `kind`), the silences, what is carried over, and the rows off the globe.

    Raises FormError for the first row that is out of order.
    """
    before = carry or Carry.empty()
    columns = read_columns(*given)
    spans = _cut(columns[0], threads) if index.compiled else [(0, len(columns[0]))]
    found, gaps, last, still_open = piles = _Pile(kind), _Pile(GAP), _Pile(LAST), _Pile(OPEN)
    wrong, unusable = _wrong_cuts(columns[0], spans), 0
    parts = _run(index, reference, kind, columns, before, limits, spans, threads)
    for part, (_, end) in zip(parts, spans, strict=True):
        for pile, table in zip(piles, (part.found, part.gaps, part.last, part.open), strict=True):
            pile.add(table, end / max(1, len(columns[0])))
        wrong += [part.wrong] if part.wrong >= 0 else []
        unusable += part.unusable
    if wrong:
        refuse_order(min(wrong), columns[0], columns[1])
    strays = list_strays(columns[2], columns[3]) if unusable else np.empty(0, np.int64)
    return found.rows, gaps.rows, _renew(before, last.rows, still_open.rows), strays


class _Pile:
    """A table that grows part by part. Room for all is taken early: memory that nobody writes to costs nothing."""

    def __init__(self, kind: np.dtype[np.void]) -> None:
        self._room: Rows = np.empty(0, kind)
        self._count = 0

    def add(self, table: Rows, share: float) -> None:
        """Put a part behind the others; `share` is how much of all rows is done with it, above 0."""
        if not self._count and share >= 1.0:
            self._room = table  # often the only one
        end = self._count + len(table)
        if end > len(self._room):
            more = min(1.1 * end * (1.0 / share - 1.0), max(3 * end, _FIRST_ROOM))  # as much as so far, and some
            room = np.empty(end + int(more), self._room.dtype)
            _copy(self._room[: self._count], room)
            self._room = room
        if self._room is not table:
            _copy(table, self._room[self._count :])
        self._count = end

    @property
    def rows(self) -> Rows:
        """What was put there."""
        if self._count < len(self._room):
            self._room.resize(self._count, refcheck=False)
        return self._room


def _copy(rows: Rows, place: Rows) -> None:
    place[: len(rows)].view(np.uint8)[:] = rows.view(np.uint8)  # row by row would take far longer


def read_columns(platform: ArrayLike, time_us: ArrayLike, lon: ArrayLike, lat: ArrayLike) -> Columns:
    """Return four columns as the kernels read them; raises ValueError when they differ in length."""
    who = np.ascontiguousarray(platform)
    if who.dtype != np.int32:
        who = who.astype(np.int64, casting="same_kind" if len(who) else "unsafe")
    time = np.asarray(time_us)
    time = np.ascontiguousarray(time.astype(np.int64, casting="same_kind" if len(time) else "unsafe", copy=False))
    x, y = np.ascontiguousarray(lon, dtype=np.float64), np.ascontiguousarray(lat, dtype=np.float64)
    if {column.shape for column in (who, time, x, y)} != {(len(who),)}:
        shapes = [column.shape for column in (who, time, x, y)]
        raise ValueError(f"platform, time, lon, lat: expected columns of equal length, found shapes {shapes}")
    return who, time, x, y


def _cut(platform: NDArray[np.signedinteger], threads: int | None) -> list[tuple[int, int]]:
    """Return ranges of rows that end where a platform does; more of them than threads, so that each is small."""
    pieces = max(len(split(len(platform), threads)), len(platform) // _PIECE)
    edges = [0]
    for first, _ in split(len(platform), pieces)[1:]:
        edge = int(np.searchsorted(platform, platform[first]))
        if edge > edges[-1]:
            edges.append(edge)
    return list(pairwise([*edges, len(platform)]))


def _wrong_cuts(platform: NDArray[np.signedinteger], spans: list[tuple[int, int]]) -> list[int]:
    return [first for first, _ in spans[1:] if platform[first - 1] >= platform[first]]


def _run(
    index: Index,
    reference: Reference,
    kind: np.dtype[np.void],
    columns: Columns,
    before: Carry,
    limits: Limits,
    spans: list[tuple[int, int]],
    threads: int | None,
) -> Iterable[Part]:
    if index.compiled is None:
        return [reference(index.shapes, *columns, before.last, before.open, limits.gap_us, limits.bridge_us)]
    kernel, grid = index.compiled.stays, index.grid

    def work(first: int, end: int) -> Part:
        rows = [column[first:end] for column in columns]
        found = kernel(grid, *rows, before.last, before.open, limits.gap_us, limits.bridge_us, index.lines)
        tables = [np.frombuffer(raw, kind) for raw, kind in zip(found, (kind, GAP, LAST, OPEN), strict=False)]
        return Part.of(tables, found[4], found[5] + first if found[5] >= 0 else -1)

    return each_range(work, spans, threads)


def refuse_order(row: int, platform: NDArray[np.signedinteger], time: NDArray[np.int64]) -> None:
    """Raise FormError about the first row that is out of order."""
    same = row > 0 and platform[row] == platform[row - 1]
    raise FormError(
        f"row {row}",
        expected="rows ordered by platform, then time, none before what was carried over",
        found=f"platform {platform[row]} at {time[row]} µs" + (f" after {time[row - 1]} µs" if same else ""),
        do="sort the rows; leave out or mend those of a clock that runs backwards",
    )


def _renew(before: Carry, last: Rows, still_open: Rows) -> Carry:
    """Replace what was carried of the platforms that this batch has."""
    if not len(before.last):
        return Carry(last, still_open)
    kept = before.last[~np.isin(before.last["platform"], last["platform"])]
    kept_open = before.open[~np.isin(before.open["platform"], last["platform"])]
    every, every_open = np.concatenate([kept, last]), np.concatenate([kept_open, still_open])
    return Carry(
        every[np.argsort(every["platform"], kind="stable")],
        every_open[np.argsort(every_open["platform"], kind="stable")],
    )


def list_strays(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows that are not on the globe: NaN, infinite, beyond 180 or 90 degrees."""
    return np.flatnonzero(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))).astype(np.int64)
