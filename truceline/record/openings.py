"""Openings: what stands behind the leaves, one line a leaf, in files of 256 lines.

A line is one of

    {"nonce":"<64 hex digits>","statement":<canonical statement>}
    {"withheld":true}      in an export: the reader may not have it
    {"removed":true}       a removal statement further down the log names this leaf

The files are numbered like the log's entry bundles: `openings/<N>`, or `openings/<N>.p/<W>` for the last
W lines of an unfinished one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from truceline.record.statements import LARGEST
from truceline.tlog import tiles
from truceline.tlog.durability import DISK

WITHHELD = b'{"withheld":true}'
REMOVED = b'{"removed":true}'
PER_FILE = 256
LARGEST_FILE = PER_FILE * (LARGEST + 128)
"""Bytes of the largest file of openings: every statement in it as large as one may be."""

_LINE = re.compile(rb'\{"nonce":"([0-9a-f]{64})","statement":(\{.*\})\}', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Opening:
    """A nonce and the canonical bytes of the statement that it hides."""

    nonce: bytes
    data: bytes

    @property
    def line(self) -> bytes:
        """The opening as a line, without its end."""
        return b'{"nonce":"%s","statement":%s}' % (self.nonce.hex().encode(), self.data)


def openings_path(number: int, width: int = PER_FILE) -> str:
    """Return the path of a file of openings, relative to the record's folder."""
    return tiles.entries_path(number, width).replace("tile/entries/", "openings/", 1)


def join_lines(lines: list[bytes]) -> bytes:
    """Return the bytes of a file of openings."""
    return b"".join(line + b"\n" for line in lines)


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of a file of openings; raises ValueError where the last one has no end."""
    if data and not data.endswith(b"\n"):
        raise ValueError("the last line has no end")
    return data.split(b"\n")[:-1]


def read_opening(line: bytes) -> Opening | None:
    """Return the opening on a line, None where it is withheld or removed; raises ValueError for anything else."""
    if line in {WITHHELD, REMOVED}:
        return None
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"no opening: {line[:60]!r}")
    return Opening(bytes.fromhex(match[1].decode()), match[2])


def read_lines(home: Path, number: int, width: int) -> list[bytes]:
    """Return the first `width` lines of a file of openings, from the whole file where that width is gone.

    Raises OSError where neither can be read and ValueError where lines lack.
    """
    path = home / openings_path(number, width)
    if width < PER_FILE and not path.exists():
        path = home / openings_path(number)
    lines = split_lines(DISK.read(path, LARGEST_FILE))[:width]
    if len(lines) != width:
        raise ValueError(f"{path.name}: expected {width} lines, found {len(lines)}")
    return lines


def read_all(home: Path, size: int, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield (leaf number, line) of a log of `size` leaves, from file `start` on; raises as `read_lines` does."""
    for number in range(start, -(-size // PER_FILE)):
        first = number * PER_FILE
        yield from enumerate(read_lines(home, number, min(PER_FILE, size - first)), first)


def parse_path(path: str) -> tuple[int, int] | None:
    """Return (number, width) of a file of openings, None for any other path."""
    if not path.startswith("openings/"):
        return None
    found = tiles.parse_path("tile/entries/" + path.removeprefix("openings/"))
    return found and (found[1], found[2])
