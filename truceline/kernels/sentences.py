"""Raw AIS: bytes of an NMEA log -> positions and what platforms say of themselves, every line accounted for.

A decoder keeps what is open: a line without its end, messages of which parts are missing, times, and
what was heard. Feeding a log in pieces of any size gives the same rows as feeding it whole, and so
does any number of threads: lines are read in parallel, messages are put together in order.

Sources: IEC 61162-1 (sentences), NMEA 0183 v4 (TAG blocks), Recommendation ITU-R M.1371-5 (messages).
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import BinaryIO, Protocol

import numpy as np

from truceline.kernels.backend import find_compiled, processors
from truceline.kernels.sentence_records import ASIDES, POSITION, REFUSAL, STATIC, Bounds, Decoded, Piece

__all__ = ["Bounds", "Decoded", "Decoder"]

BLOCK_BYTES = 1 << 20
SPAN_BYTES = 1 << 19  # what a thread reads at once: with less, threads wait for each other; lists of lines are larger
LINE_READ = 1_027  # bytes of a line that are looked at; a longer one is refused
EVERYTHING = 1 << 62
USUAL_ROWS = 1 << 17  # a batch of at most so many gets room for all at once


class Engine(Protocol):
    """What decodes: the compiled kernel, or the reference."""

    def take(self, pieces: Iterable[Piece], most: int) -> Iterator[None]:
        """Decode the pieces; stop for a moment whenever so many rows are decided."""

    def finish(self) -> None:
        """Decide all that waits."""

    def drain(self) -> Decoded:
        """Return what was decided since the last time."""


class Decoder:
    """Decodes one log, in pieces as they come."""

    def __init__(self, bounds: Bounds | None = None, *, threads: int | None = None) -> None:
        """Begin with nothing known. `threads`: how many, by default as there are processors."""
        compiled = find_compiled()
        self._engine: Engine
        if compiled is None:
            from truceline.kernels.sentences_reference import Reference

            self._engine = Reference(bounds or Bounds())
        else:
            self._engine = _Compiled(compiled, bounds or Bounds(), threads)
        self._rest = b""  # a line whose end has not come, as far as it is looked at
        self._rest_place = 0
        self._place = 0

    def feed(self, data: bytes | bytearray | memoryview) -> Decoded:
        """Return what the next bytes of the log decide."""
        for _ in self._engine.take(self._cut([bytes(data)]), EVERYTHING):
            pass
        return self._engine.drain()

    def finish(self) -> Decoded:
        """Return what the end of the log decides: the last line, parts whose others never came."""
        for _ in self._engine.take(self._last(), EVERYTHING):
            pass
        self._engine.finish()
        return self._engine.drain()

    def read(self, stream: BinaryIO, most: int) -> Iterator[Decoded]:
        """Yield what a whole log decides, at most `most` lines at once (and the parts that end with the last)."""
        blocks = iter(lambda: stream.read(BLOCK_BYTES), b"")
        for pieces in (self._cut(blocks), self._last()):
            for _ in self._engine.take(pieces, most):
                yield self._engine.drain()
        self._engine.finish()
        yield self._engine.drain()

    def _cut(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        """Cut blocks into whole lines, and keep the rest."""
        for block in blocks:
            first = 0
            if self._rest:
                first = block.find(b"\n") + 1
                line = (self._rest + block[: min(first - 1, LINE_READ) if first else LINE_READ])[:LINE_READ]
                if first:
                    yield Piece(line + b"\n", 0, len(line) + 1, self._rest_place)
                else:
                    self._rest = line
            last = block.rfind(b"\n") + 1
            while first < last:
                end = block.rfind(b"\n", first, first + SPAN_BYTES) + 1 or block.find(b"\n", first) + 1
                yield Piece(block, first, end, self._place)
                first = end
            if last or not self._rest:
                self._rest, self._rest_place = block[last : last + LINE_READ], self._place + last
            self._place += len(block)

    def _last(self) -> Iterator[Piece]:
        if self._rest:
            yield Piece(self._rest, 0, len(self._rest), self._rest_place)
        self._rest = b""


class _Compiled:
    """The kernel in C: lines are read by several threads, and put together by the one that asks."""

    def __init__(self, kernel: ModuleType, bounds: Bounds, threads: int | None) -> None:
        self._kernel = kernel
        self._threads = processors() if threads is None else max(1, threads)
        # The seed only places messages in a table of the kernel, which nobody shall be able to crowd.
        self._log = kernel.nmea_open(bounds.to_array(), int.from_bytes(os.urandom(8), "little"))
        self._pool: ThreadPoolExecutor | None = None
        self._spare: list[object] = []  # lists of lines, to be filled again
        self._at_once = bounds.measured_lines + 8  # positions that one line may decide
        self._room = np.empty(0, POSITION)
        self._written = self._usual = 0  # positions: in the room, and in the batch before

    def take(self, pieces: Iterable[Piece], most: int) -> Iterator[None]:
        """Decode the pieces; stop for a moment whenever so many rows are decided."""
        for piece, lines, count in self._scan(pieces):
            at = 0
            while at < count:
                self._make_room(most if most <= USUAL_ROWS else count - at)
                place = (piece.data, piece.place, most, self._room)
                at, rows, self._written = self._kernel.nmea_take(self._log, lines, at, *place)
                if rows >= most:
                    yield
            self._spare.append(lines)

    def _make_room(self, lines: int) -> None:
        """Have room for the positions of the next line; if there is none, for those of so many, or of a usual batch."""
        if len(self._room) >= self._written + self._at_once + 1:
            return
        wanted = max(2 * self._written, self._written + lines, self._usual) + self._at_once + 1
        room = np.empty(wanted, POSITION)
        room[: self._written] = self._room[: self._written]
        self._room = room

    def _scan(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, object, int]]:
        """Yield what the lines of each piece say, in order; the next pieces are read meanwhile."""
        waiting: deque[tuple[Piece, object, Future[int]]] = deque()
        scan = self._kernel.nmea_scan
        for piece in pieces:
            lines = self._spare.pop() if self._spare else self._kernel.nmea_lines()
            work = (lines, piece.data, piece.first, piece.end)
            small = piece.end - piece.first < SPAN_BYTES // 8 and not waiting
            if self._threads == 1 or small:
                yield piece, lines, scan(*work)
                continue
            self._pool = self._pool or ThreadPoolExecutor(self._threads, "sentences")
            waiting.append((piece, lines, self._pool.submit(scan, *work)))
            if len(waiting) > self._threads:
                first, lines, count = waiting.popleft()
                yield first, lines, count.result()
        for first, lines, count in waiting:
            yield first, lines, count.result()

    def finish(self) -> None:
        """Decide all that waits."""
        self._make_room(0)
        self._kernel.nmea_finish(self._log, self._room)
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def drain(self) -> Decoded:
        """Return what was decided since the last time."""
        rows, used, aside, written, statics, refusals, text, stations = self._kernel.nmea_drain(self._log)
        positions, self._room, self._written, self._usual = self._room[:written], np.empty(0, POSITION), 0, written
        counts = np.frombuffer(aside, np.int64)
        places = np.frombuffer(stations, np.int64).reshape(-1, 2).tolist()
        return Decoded(
            rows,
            used,
            {ASIDES[number]: int(counts[number]) for number in np.flatnonzero(counts)},
            positions,
            np.frombuffer(statics, STATIC),
            np.frombuffer(refusals, REFUSAL),
            text,
            tuple(_name(text, at, length) for at, length in places),
        )


def _name(text: bytes, at: int, length: int) -> str:
    return text[at : at + length].decode("ascii", "replace")
