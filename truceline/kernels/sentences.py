"""Raw AIS: bytes of an NMEA log -> positions and what platforms say of themselves, every line accounted for.

A decoder keeps what is open: a line without its end, messages of which parts are missing, times, and
what was heard. Feeding a log in pieces of any size gives the same rows as feeding it whole, and so
does any number of threads: lines are read in parallel, messages are put together in order.

Sources: IEC 61162-1 (sentences), NMEA 0183 v4 (TAG blocks), Recommendation ITU-R M.1371-5 (messages).
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import chain
from queue import Empty, SimpleQueue
from threading import Lock
from types import ModuleType
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from truceline.kernels.backend import find_compiled, processors
from truceline.kernels.sentence_records import ASIDES, POSITION, REFUSAL, STATIC, Bounds, Decoded, Piece

__all__ = ["Bounds", "Decoded", "Decoder"]

SPAN_BYTES = 1 << 19  # what a thread reads at once: with less, threads wait for each other; lists of lines are larger
LINE_READ = 1_027  # bytes of a line that are looked at; a longer one is refused
EVERYTHING = 1 << 62
USUAL_ROWS = 1 << 17  # a batch of at most so many gets room for all at once


class Engine(Protocol):
    """What decodes: the compiled kernel, or the reference."""

    def take(self, pieces: Iterable[Piece], most: int) -> Iterator[Decoded]:
        """Decode the pieces; yield what was decided whenever that is so many rows."""

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
        self._buffers: deque[bytearray] = deque()

    def feed(self, data: bytes | bytearray | memoryview) -> Decoded:
        """Return what the next bytes of the log decide."""
        for _ in self._engine.take(self._cut([data if isinstance(data, bytes) else bytes(data)]), EVERYTHING):
            pass
        return self._engine.drain()

    def finish(self) -> Decoded:
        """Return what the end of the log decides: the last line, parts whose others never came."""
        for _ in self._engine.take(self._last(), EVERYTHING):
            pass
        self._engine.finish()
        return self._engine.drain()

    def read(self, stream: BinaryIO, most: int) -> Iterator[Decoded]:
        """Yield what a whole log decides, at most `most` lines at once (and the parts that end with the last).

        Several threads read the stream in turn, never two at once.
        """
        for pieces in (self._read(stream), self._last()):
            yield from self._engine.take(pieces, most)
        self._engine.finish()
        yield self._engine.drain()

    def _read(self, stream: BinaryIO) -> Iterator[Piece]:
        """Read whole lines, each time into a buffer that nobody uses, and keep the rest."""
        fill = getattr(stream, "readinto", None)
        while True:
            if fill is None or len(self._rest) == LINE_READ:  # or a line is too long: its end is looked for
                block = stream.read(SPAN_BYTES)
                yield from self._cut([block])
                if not block:
                    return
                continue
            buffer = self._find_buffer()
            head = len(self._rest)
            buffer[:head] = self._rest
            count = fill(memoryview(buffer)[head : head + SPAN_BYTES])
            if not count:
                return
            place, last = self._place - head, buffer.rfind(b"\n", head, head + count) + 1
            self._rest, self._rest_place = bytes(buffer[last : min(head + count, last + LINE_READ)]), place + last
            self._place += count
            yield Piece(buffer, 0, last, place, self._buffers)

    def _find_buffer(self) -> bytearray:
        try:
            return self._buffers.pop()
        except IndexError:
            return bytearray(LINE_READ + SPAN_BYTES)

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


@dataclass(slots=True)
class _Turn:
    """A piece, and whose turn it is: `before` is free once all pieces before are taken, `after` once this one is."""

    number: int
    piece: Piece
    before: Lock
    after: Lock


class _Room(NamedTuple):
    """Room for positions of a batch, of which `first` went to other rooms before."""

    rows: NDArray[np.void]
    first: int


_Stretch = tuple[int, int, NDArray[np.void]]  # lines, and the room of their positions
_Batch = tuple[list[_Room], tuple[int, int, bytes, int, bytes, bytes, bytes, bytes]]


class _Turns:
    """Pieces, one for each thread that asks, and what came of them, in their order.

    No thread ever waits for somebody to ask for batches: where nobody does, it ends, and is begun again later.
    """

    def __init__(self, pieces: Iterable[Piece], threads: int) -> None:
        self._pieces = iter(pieces)
        self._asking, self._ending = Lock(), Lock()
        self._last = Lock()
        self._given = self._ended = 0
        self._early: dict[int, list[_Batch]] = {}  # what came of pieces before which others have not ended
        self._paused = False
        self.over = False
        self.fault: BaseException | None = None
        self.ready: SimpleQueue[list[_Batch] | None] = SimpleQueue()  # None: a thread has ended; []: one may begin
        self.room: SimpleQueue[None] = SimpleQueue()  # for so many more pieces until those before are asked for
        for _ in range(2 * threads):
            self.room.put(None)

    def next(self) -> _Turn | None:
        """Return the next piece; None when there is no more, or no room for it."""
        try:
            self.room.get_nowait()
        except Empty:
            self._paused = True
            return None
        with self._asking:
            piece = None if self.over else next(self._pieces, None)
            if piece is None:
                self.over = True
                return None
            turn = _Turn(self._given, piece, self._last, Lock())
            turn.after.acquire()
            self._given, self._last = self._given + 1, turn.after
            return turn

    def end(self, turn: _Turn, batches: list[_Batch]) -> None:
        """Hand on the batches of all pieces that have ended, as have all before."""
        with self._ending:
            self._early[turn.number] = batches
            while self._ended in self._early:
                found = self._early.pop(self._ended)
                self._ended += 1
                if found:
                    self.ready.put(found)
                else:
                    self.room.put(None)
            if self._paused:
                self._paused = False
                self.ready.put([])


class _Compiled:
    """The kernel in C. Each piece goes through three steps, of which only the second must wait for the piece before.

    Its lines are read; they are taken in order, which gives every position its place; the positions are written.
    One thread takes a piece through all three, so that what it read is still near.
    """

    def __init__(self, kernel: ModuleType, bounds: Bounds, threads: int | None) -> None:
        self._kernel = kernel
        self._threads = processors() if threads is None else max(1, threads)
        # The seed only places messages in a table of the kernel, which nobody shall be able to crowd.
        self._log = kernel.nmea_open(bounds.to_array(), int.from_bytes(os.urandom(8), "little"))
        self._pool: ThreadPoolExecutor | None = None
        self._spare: deque[object] = deque()  # lists of lines, to be filled again
        self._at_once = bounds.measured_lines + 8  # positions that one line may decide
        self._rooms: list[_Room] = []  # of the batch; the last is being filled
        self._positions = 0  # of the batch

    def take(self, pieces: Iterable[Piece], most: int) -> Iterator[Decoded]:
        """Decode the pieces; yield what was decided whenever that is so many rows."""
        pieces = iter(pieces)
        for piece in pieces:
            if self._threads == 1 or piece.end - piece.first < SPAN_BYTES // 8:
                yield from map(_tell, self._decode(piece, most))
            else:
                yield from self._share(chain([piece], pieces), most)

    def _share(self, pieces: Iterable[Piece], most: int) -> Iterator[Decoded]:
        """The same of many pieces, in several threads."""
        self._pool = self._pool or ThreadPoolExecutor(self._threads, "sentences")
        turns, running = _Turns(pieces, self._threads), 0
        working: list[Future[None]] = []
        try:
            while True:
                while running < self._threads and not turns.over and not turns.room.empty():
                    working = [work for work in working if not work.done()]
                    working.append(self._pool.submit(self._work, turns, most))
                    running += 1
                if not running and turns.ready.empty():
                    break
                batches = turns.ready.get()
                if batches is None:
                    running -= 1
                elif batches:
                    yield from map(_tell, batches)
                    turns.room.put(None)
        finally:
            turns.over = True
            wait(working)  # where nobody wants the rest, nothing may change behind his back
        if turns.fault is not None:
            raise turns.fault

    def _work(self, turns: _Turns, most: int) -> None:
        try:
            while (turn := turns.next()) is not None:
                turns.end(turn, self._decode(turn.piece, most, turn))
        except BaseException as fault:  # whatever it is, who asks for batches gets it
            turns.over, turns.fault = True, turns.fault or fault
        finally:
            turns.ready.put(None)

    def _decode(self, piece: Piece, most: int, turn: _Turn | None = None) -> list[_Batch]:
        """Take a piece through all steps, the second when it is its turn; return the batches that ended with it."""
        lines = self._find_lines()
        try:
            try:
                count = self._kernel.nmea_scan(lines, self._log, piece.data, piece.first, piece.end)
            finally:
                if turn:
                    turn.before.acquire()
            stretches, batches = self._take_lines(piece, lines, count, most)
        finally:
            if turn:
                turn.after.release()
        piece.end_use()
        for first, end, room in stretches:
            self._kernel.nmea_write(lines, first, end, room)
        self._spare.append(lines)
        return batches

    def _find_lines(self) -> object:
        """Return a list for lines that no thread uses."""
        try:
            return self._spare.pop()
        except IndexError:
            return self._kernel.nmea_lines()

    def _take_lines(self, piece: Piece, lines: object, count: int, most: int) -> tuple[list[_Stretch], list[_Batch]]:
        """Return which lines gave positions to which room, and the batches that ended with them."""
        at, stretches, batches = 0, [], []
        while at < count:
            room = self._find_room(most if most <= USUAL_ROWS else count - at)
            place = (piece.data, piece.place, most, room.rows, room.first)
            end, rows, self._positions = self._kernel.nmea_take(self._log, lines, at, *place)
            stretches.append((at, end, room.rows))
            at = end
            if rows >= most:
                batches.append(self._end_batch())
        return stretches, batches

    def _find_room(self, lines: int) -> _Room:
        """Return the room for the positions of the next line; if there is none, a new one, for those of so many."""
        if not self._rooms or self._positions - self._rooms[-1].first + self._at_once >= len(self._rooms[-1].rows):
            rows = np.empty(max(lines, self._positions) + self._at_once + 1, POSITION)
            self._rooms.append(_Room(rows, self._positions))
        return self._rooms[-1]

    def _end_batch(self) -> _Batch:
        rooms, self._rooms, self._positions = self._rooms, [], 0
        return rooms, self._kernel.nmea_drain(self._log)

    def finish(self) -> None:
        """Decide all that waits."""
        room = self._find_room(0)
        self._kernel.nmea_finish(self._log, room.rows, room.first)
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def drain(self) -> Decoded:
        """Return what was decided since the last time."""
        return _tell(self._end_batch())


def _tell(batch: _Batch) -> Decoded:
    """Return a batch, all of whose positions are written."""
    rooms, (rows, used, aside, count, statics, refusals, text, stations) = batch
    ends = [room.first for room in rooms[1:]] + [count]
    filled = [room.rows[: end - room.first] for room, end in zip(rooms, ends, strict=False)]
    counts = np.frombuffer(aside, np.int64)
    places = np.frombuffer(stations, np.int64).reshape(-1, 2).tolist()
    return Decoded(
        rows,
        used,
        {ASIDES[number]: int(counts[number]) for number in np.flatnonzero(counts)},
        filled[0] if len(filled) == 1 else np.concatenate([np.empty(0, POSITION), *filled]),
        np.frombuffer(statics, STATIC),
        np.frombuffer(refusals, REFUSAL),
        text,
        tuple(_name(text, at, length) for at, length in places),
    )


def _name(text: bytes, at: int, length: int) -> str:
    return text[at : at + length].decode("ascii", "replace")
