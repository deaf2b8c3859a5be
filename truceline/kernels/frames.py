"""Frames of Mode S out of bytes: lines of text, or the binary stream of a Beast receiver.

    {"timestamp": 1720248189.525, "frame": "8f39…"}      a JSON object a line (jet1090)
    1457996400,8D40…,…                                   time and frame
    *8D40…;                                              AVR: a frame, and no time
    @0000A1B2C3D48D40…;                                  AVR with the receiver's clock
    0x1a "3" clock (6 bytes) signal (1) frame (14)       Beast; in it 0x1a stands twice

The receiver's clock counts 12 million a second from when it was switched on (Mode-S Beast, "Data
output formats"). It tells the time between frames and not the hour. A stream cut anywhere gives
the same rows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from truceline.kernels.backend import find_compiled

__all__ = ["FRAME", "NO_TIME", "FrameScanner", "Frames", "Status"]

NO_TIME = np.iinfo(np.int64).min
"""Stands for a time that nothing tells."""

FRAME = np.dtype(
    [
        ("time_us", np.int64),
        ("at", np.uint32),
        ("end", np.uint32),
        ("status", np.uint8),
        ("length", np.uint8),
        ("data", np.uint8, 14),
    ]
)
"""One row of a file: its time (microseconds after 1970 UTC, or `NO_TIME`), where it stands in the
buffer, its `Status`, and the frame: `length` bytes of `data`."""

LINE_LIMIT = 1024
"""Bytes of a line; what follows is cut off."""

_START = re.compile(rb"\x1a[1-4]")
_LONGEST_FRAME = 46  # bytes of a Beast's, each escaped; a stream that was tapped midway begins with part of one
_ROOM = 1 << 16
_CARRIED = LINE_LIMIT + 3


class Status(IntEnum):
    """What a row is: a frame, or why it is none."""

    FRAME = 0
    EMPTY = 1
    COMMENT = 2
    ASK = 3
    NOT_UNDERSTOOD = 4
    NOT_HEX = 5
    NOT_JSON = 6
    NO_FRAME = 7
    JUNK = 8
    CUT = 9
    MODE_AC = 10
    RECEIVER = 11


@dataclass(frozen=True, slots=True)
class Frames:
    """Some rows in their order, and the bytes that they came from."""

    rows: NDArray[np.void]
    buffer: bytes

    def found(self, row: int) -> bytes:
        """Return what stood at a row, numbered from 0, at most 1,025 bytes of it."""
        at, end = self.rows[row]["at"], self.rows[row]["end"]
        return self.buffer[at : min(end, at + LINE_LIMIT + 1)]


class FrameScanner:
    """Scans one stream, chunk after chunk. Its first byte tells which of the formats it is."""

    def __init__(self, starts_us: int | None = None) -> None:
        """`starts_us`: the time of the first frame that has a receiver's clock, where it is known."""
        self._starts_us = starts_us
        self._rest = b""
        self._beast = False
        self._scan: Callable[[bytes, int, bool, NDArray[np.void]], tuple[int, int]] | None = None

    def scan(self, chunk: bytes, *, ended: bool = False) -> Iterator[Frames]:
        """Yield the rows that are complete with this chunk; with `ended`, what is left as well."""
        buffer, at, written = self._rest + chunk, 0, 1
        if self._scan is None and buffer:
            self._beast = buffer.startswith(b"\x1a") or _START.search(buffer, 0, _LONGEST_FRAME) is not None
            self._scan = _open(beast=self._beast, starts_us=self._starts_us)
        while self._scan is not None and written and at < len(buffer):
            rows = np.empty(_ROOM, FRAME)
            at, written = self._scan(buffer, at, ended, rows)
            if written:
                yield Frames(_ask(rows[:written], buffer), buffer)
        self._rest = buffer[at:] if self._beast else buffer[at : at + _CARRIED]


def _open(*, beast: bool, starts_us: int | None) -> Callable[[bytes, int, bool, NDArray[np.void]], tuple[int, int]]:
    compiled = find_compiled()
    if compiled is None:
        from truceline.kernels.frames_reference import Scanner

        return Scanner(beast=beast, starts_us=starts_us).scan
    scanner = compiled.modes_scanner(beast, starts_us is not None, starts_us or 0)

    def scan(buffer: bytes, at: int, ended: bool, rows: NDArray[np.void]) -> tuple[int, int]:
        done: tuple[int, int] = compiled.modes_scan(scanner, buffer, at, ended, rows)
        return done

    return scan


def _ask(rows: NDArray[np.void], buffer: bytes) -> NDArray[np.void]:
    """Let Python read the lines that the kernel leaves to it: numbers and texts written in unusual ways."""
    open_rows = np.flatnonzero(rows["status"] == Status.ASK)
    if len(open_rows):
        from truceline.kernels.frames_reference import read_plain

        for number in open_rows.tolist():
            row = rows[number]
            status, time_us, data = read_plain(buffer[row["at"] : row["end"]])
            row["status"], row["length"] = status, len(data)
            row["time_us"] = NO_TIME if time_us is None else time_us
            row["data"] = np.frombuffer(data.ljust(14, b"\0"), np.uint8)
    return rows
