"""Frames of Mode S out of bytes, one after the other: the reference of `modes_lines.c` and `modes_beast.c`."""

import json
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from truceline.kernels.frames import FRAME, LINE_LIMIT, NO_TIME, Status

__all__ = ["Scanner", "read_plain"]

_LONGEST = 1 << 20  # what is longer is taken in pieces
_START = re.compile(rb"\x1a[1-4]")
_BODY = re.compile(rb"(?:[^\x1a]++|\x1a\x1a)*+", re.DOTALL)
_SIZES = {b"2": 7, b"3": 14}
_HEAD = 7  # clock and signal
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){1,14}")
_AVR = re.compile(rb"(?:\*|@([0-9a-fA-F]{12}))([0-9a-fA-F]*);")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MLAT = 0xFF004D4C4154  # where others computed the position, the clock says only this
_TICKS_US = 12
_BACK_TICKS = 12_000_000  # frames may overtake each other by less than a second
_EARLIEST_S, _LATEST_S = 631_152_000.0, 4_102_444_800.0  # 1990 and 2100


class _Read(NamedTuple):
    """A row: its status, its time in microseconds after 1970 UTC where something tells it, its frame."""

    status: Status
    time_us: int | None = None
    data: bytes = b""


class _Clock:
    """A receiver's clock, once the time of its first frame is known."""

    def __init__(self, starts_us: int | None) -> None:
        self._starts_us = starts_us
        self._first: int | None = None
        self._last = 0

    def read(self, ticks: int) -> int | None:
        """Return the time; None where it is not known, or after the clock went back."""
        if self._starts_us is None or ticks == _MLAT:
            return None
        if self._first is None:
            self._first = self._last = ticks
        if ticks < self._last - _BACK_TICKS:  # switched on anew: nothing tells how much later
            self._starts_us = None
            return None
        self._last = max(self._last, ticks)
        return self._starts_us + (ticks - self._first) // _TICKS_US


class Scanner:
    """What the kernel's scanner does, in Python."""

    def __init__(self, *, beast: bool, starts_us: int | None) -> None:
        """`beast`: the binary stream; else lines."""
        self._next = self._next_piece if beast else self._next_line
        self._clock = _Clock(starts_us)

    def scan(self, buffer: bytes, at: int, ended: bool, rows: NDArray[np.void]) -> tuple[int, int]:
        """Fill `rows` from `buffer[at:]`; return how far it came and how many rows were written."""
        found: list[tuple[Any, ...]] = []
        while len(found) < len(rows) and at < len(buffer):
            piece = self._next(buffer, at, ended)
            if piece is None:
                break
            start, stop, at, read = piece
            time_us = NO_TIME if read.time_us is None else read.time_us
            data = np.frombuffer(read.data.ljust(14, b"\0"), np.uint8)
            found.append((time_us, start, stop, read.status, len(read.data), data))
        rows[: len(found)] = np.array(found, FRAME)
        return at, len(found)

    def _next_line(self, buffer: bytes, at: int, ended: bool) -> tuple[int, int, int, _Read] | None:
        to = buffer.find(b"\n", at) + 1
        if not to and not ended:
            return None
        to = to or len(buffer)
        whole = buffer[at : min(to, at + LINE_LIMIT + 3)]
        line = whole.removeprefix(_BYTE_ORDER_MARK)
        start = at + len(whole) - len(line.lstrip(b"\r\n \t"))
        line = line.strip(b"\r\n \t")[: LINE_LIMIT + 1]
        return start, start + len(line), to, self._read_line(line)

    def _read_line(self, line: bytes) -> _Read:
        if not line.strip() or line.startswith(b"#"):
            return _Read(Status.COMMENT if line.strip() else Status.EMPTY)
        if line[:1] not in b"*@":
            return _Read(*read_plain(line))
        match = _AVR.fullmatch(line.strip())
        if match is None:
            return _Read(Status.NOT_UNDERSTOOD)
        return _make(self._clock.read(int(match[1], 16)) if match[1] else None, match[2])

    def _next_piece(self, buffer: bytes, at: int, ended: bool) -> tuple[int, int, int, _Read] | None:
        if len(buffer) - at < 2 and not ended:
            return None
        if _START.match(buffer, at):
            body = _BODY.match(buffer, at + 2)
            end = body.end() if body else at + 2
            known = end < len(buffer) - 1 or ended
        else:
            start = _START.search(buffer, at + 1)
            end = start.start() if start else len(buffer)
            known = start is not None or ended
        if end - at >= _LONGEST:
            to = at + _LONGEST
            return (at, to, to, _Read(Status.JUNK)) if len(buffer) > to or ended else None
        return (at, end, end, self._read_piece(buffer[at:end])) if known else None

    def _read_piece(self, piece: bytes) -> _Read:
        if not _START.match(piece):
            return _Read(Status.JUNK)
        kind, body = piece[1:2], piece[2:].replace(b"\x1a\x1a", b"\x1a")
        if kind in b"14":
            return _Read(Status.MODE_AC if kind == b"1" else Status.RECEIVER)
        if len(body) != _HEAD + _SIZES[kind]:
            return _Read(Status.CUT)
        return _Read(Status.FRAME, self._clock.read(int.from_bytes(body[:6], "big")), body[_HEAD:])


def read_plain(line: bytes) -> tuple[Status, int | None, bytes]:
    """Read a line without a receiver's clock: JSON, or time and frame. Return its status, time and frame."""
    if line.startswith(b"{"):
        return _read_object(line)
    time, _, rest = line.partition(b",")
    try:
        seconds = float(time)
    except ValueError:
        return _Read(Status.NOT_UNDERSTOOD)
    return _make(_to_us(seconds), rest.partition(b",")[0].strip(b' "'))


def _read_object(line: bytes) -> _Read:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return _Read(Status.NOT_JSON)
    frame, seconds = found.get("frame"), found.get("timestamp")
    if not isinstance(frame, str) or not frame.isascii():
        return _Read(Status.NO_FRAME)
    known = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return _make(_to_us(seconds) if known else None, frame.encode())


def _make(time_us: int | None, text: bytes) -> _Read:
    if not _HEX.fullmatch(text):
        return _Read(Status.NOT_HEX)
    return _Read(Status.FRAME, time_us, bytes.fromhex(text.decode()))


def _to_us(seconds: float) -> int | None:
    """Return microseconds; None for what is no time of this century or the end of the last."""
    return round(seconds * 1_000_000) if _EARLIEST_S <= seconds <= _LATEST_S else None
