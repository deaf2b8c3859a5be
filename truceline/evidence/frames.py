"""Frames of Mode S out of files: lines of text, or the binary stream of a Beast receiver.

    {"timestamp": 1720248189.525, "frame": "8f39…"}      a JSON object a line (jet1090)
    1457996400,8D40…,…                                   time and frame
    *8D40…;                                              AVR: a frame, and no time
    @0000A1B2C3D48D40…;                                  AVR with the receiver's clock
    0x1a "3" clock (6 bytes) signal (1) frame (14)       Beast; in it 0x1a stands twice

The receiver's clock counts 12 million a second from when it was switched on (Mode-S Beast, "Data
output formats"). It tells the time between frames and not the hour.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from truceline.evidence.tagblock import read_lines

__all__ = ["Frame", "read_frames"]

_CHUNK = 1 << 20
_LONGEST = 1 << 16
_BEAST = re.compile(rb"\x1a([1-4])((?:[^\x1a]++|\x1a\x1a)*+)", re.DOTALL)
_SIZES = {b"2": 7, b"3": 14}
_HEAD = 7  # clock and signal
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){1,14}")
_AVR = re.compile(rb"(?:\*|@([0-9a-fA-F]{12}))([0-9a-fA-F]*);")
_MLAT = 0xFF004D4C4154  # where others computed the position, the clock says only this
_TICKS_US = 12
_BACK_TICKS = 12_000_000  # frames may overtake each other by less than a second
_EARLIEST_S, _LATEST_S = 631_152_000.0, 4_102_444_800.0  # 1990 and 2100


class Frame(NamedTuple):
    """One row: a frame and its time in microseconds after 1970 UTC, None where nothing tells it.

    Without `data` it is none that we use: `aside` or `fault` says why.
    """

    row: int
    found: bytes
    time_us: int | None = None
    data: bytes = b""
    aside: str | None = None
    fault: str | None = None


def read_frames(stream: BinaryIO, starts_us: int | None) -> Iterator[Frame]:
    """Yield the rows of a stream; `starts_us` is the time of the first one with a receiver's clock."""
    head = stream.read(1)
    clock = _Clock(starts_us)
    if head == b"\x1a":
        yield from _read_beast(head, stream, clock)
        return
    for row, line in enumerate(read_lines(_Rejoined(head, stream)), 1):  # type: ignore[arg-type]
        yield _read_line(row, line, clock)


class _Rejoined:
    """A stream with its first byte put back."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readline(self, size: int = -1) -> bytes:
        """Return the next line, or the first `size` bytes of it."""
        head, self._head = self._head, b""
        if head == b"\n":
            return head
        return head + self._stream.readline(size - len(head) if size > 0 else size)


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


# --- Beast ----------------------------------------------------------------------------------------


def _read_beast(head: bytes, stream: BinaryIO, clock: _Clock) -> Iterator[Frame]:
    buffer, row, ended = head, 0, False
    while not ended:
        chunk = stream.read(_CHUNK)
        ended = not chunk
        buffer += chunk
        at = 0
        for match in _BEAST.finditer(buffer):
            if match.start() > at:
                row += 1
                yield Frame(row, buffer[at : match.start()][:100], fault="bytes that are no frame")
                at = match.start()
            if match.end() >= len(buffer) - 1 and not ended:
                break  # the rest of it may still come
            at = match.end()
            row += 1
            yield _read_beast_frame(row, match, clock)
        buffer = buffer[at:]
        if buffer and (ended or len(buffer) > _LONGEST):
            row += 1
            yield Frame(row, buffer[:100], fault="bytes that are no frame")
            buffer = b"\x1a" if buffer.endswith(b"\x1a") and not ended else b""


def _read_beast_frame(row: int, match: re.Match[bytes], clock: _Clock) -> Frame:
    kind, body = match[1], match[2].replace(b"\x1a\x1a", b"\x1a")
    found = match[0][:100]
    if kind == b"1":
        return Frame(row, found, aside="Mode A/C reply")
    if kind == b"4":
        return Frame(row, found, aside="receiver status")
    if len(body) != _HEAD + _SIZES[kind]:
        return Frame(row, found, fault="frame cut short, or too long")
    return Frame(row, found, clock.read(int.from_bytes(body[:6], "big")), body[_HEAD:])


# --- lines ----------------------------------------------------------------------------------------


def _read_line(row: int, line: bytes, clock: _Clock) -> Frame:
    if not line.strip() or line.startswith(b"#"):
        return Frame(row, line, aside="comment" if line.strip() else "empty line")
    if line.startswith(b"{"):
        return _read_object(row, line)
    if line[:1] in b"*@":
        match = _AVR.fullmatch(line.strip())
        if match is None:
            return Frame(row, line, fault="line not understood")
        return _make(row, line, clock.read(int(match[1], 16)) if match[1] else None, match[2])
    time, _, rest = line.partition(b",")
    try:
        seconds = float(time)
    except ValueError:
        return Frame(row, line, fault="line not understood")
    return _make(row, line, _to_us(seconds), rest.partition(b",")[0].strip(b' "'))


def _read_object(row: int, line: bytes) -> Frame:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return Frame(row, line, fault="not JSON, or cut short")
    frame, seconds = found.get("frame"), found.get("timestamp")
    if not isinstance(frame, str) or not frame.isascii():
        return Frame(row, line, fault="no frame")
    known = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return _make(row, line, _to_us(seconds) if known else None, frame.encode())


def _make(row: int, line: bytes, time_us: int | None, text: bytes) -> Frame:
    if not _HEX.fullmatch(text):
        return Frame(row, line, fault="frame is not hexadecimal")
    return Frame(row, line, time_us, bytes.fromhex(text.decode()))


def _to_us(seconds: float) -> int | None:
    """Return microseconds; None for what is no time of this century or the end of the last."""
    return round(seconds * 1_000_000) if _EARLIEST_S <= seconds <= _LATEST_S else None
