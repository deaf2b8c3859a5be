"""The bytes of a source: which files it names, their digest, and what stands in them unpacked."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase, BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

from truceline.errors import EvidenceError
from truceline.evidence.source import Plan, Source
from truceline.model import Problem

__all__ = [
    "Input",
    "Keep",
    "Kept",
    "digest",
    "find_paths",
    "hash_in_place",
    "list_inputs",
    "open_bytes",
    "stamp",
    "unreadable",
    "within",
]

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
# Deflate packs text of this kind 5 to 30 times; a bomb is packed about 1,000 times.
_MOST_RATIO = 200
_FREE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """The bytes of a file: their SHA-256 (hexadecimal), how many, and where they lie."""

    sha256: str
    size_bytes: int
    path: Path


Keep = Callable[[Source, Path, str], Kept]
"""Takes a file of a source, with its path relative to the case, before anyone parses it; says where its bytes lie."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file to be read, hashed before anyone parses it.

    `shown` is its path relative to the case. `copy_of_own`: an earlier file of the same source has
    the same bytes. `state` is the size and the time of change of what is read when it was hashed; that
    lies at `kept`, in the place of the file itself where somebody keeps a copy.
    """

    number: int
    source: Source
    path: Path
    shown: str
    sha256: str
    size_bytes: int
    copy_of_own: bool
    state: tuple[int, int]
    kept: Path


def hash_in_place(_: Source, path: Path, __: str) -> Kept:
    """Leave a file where it is, and return its digest."""
    return Kept(*digest(path), path)


def list_inputs(plan: Plan, keep: Keep = hash_in_place) -> list[Input]:
    """Return all files of a plan, numbered from 1 in its order; raises EvidenceError for lost ones.

    `keep` may copy each file away; then the copy is what is read.
    """
    inputs: list[Input] = []
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    folder = plan.path.parent
    for source in plan.sources:
        paths = find_paths(source.path)
        if not paths:
            problems.append(_lost(plan, source))
        for path in paths:
            shown = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
            try:
                before = stamp(path)
                kept = keep(source, path, shown)
                state = before if kept.path == path else stamp(kept.path)
            except OSError as error:
                problems.append(unreadable(path, error))
                continue
            own = source.name, kept.sha256
            inputs.append(
                Input(len(inputs) + 1, source, path, shown, kept.sha256, kept.size_bytes, own in seen, state, kept.path)
            )
            seen.add(own)
    if problems:
        raise EvidenceError(problems)
    return inputs


def _lost(plan: Plan, source: Source) -> Problem:
    return Problem(
        str(plan.path), source.line, "file not found", expected="a file", found=str(source.path), do="correct the path"
    )


def unreadable(path: Path, error: OSError) -> Problem:
    """Return the problem that the system will not give a file."""
    found = error.strerror or str(error)
    do = "check the file and its rights"
    return Problem(str(path), 1, "file cannot be read", expected="a file that may be read", found=found, do=do)


def stamp(path: Path) -> tuple[int, int]:
    """Return size and time of change, by which a file that is being written shows itself."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def find_paths(pattern: Path) -> list[Path]:
    """Return the file of this name, or the files that the pattern matches, sorted by name."""
    if pattern.is_file():
        return [pattern]
    fixed = pattern.parent
    while not fixed.is_dir() and fixed != fixed.parent:  # a folder's own name may look like a pattern
        fixed = fixed.parent
    return sorted(path for path in fixed.glob(str(pattern.relative_to(fixed))) if path.is_file())


def within(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, lies in `folder`."""
    return path.resolve().is_relative_to(folder.resolve())


def digest(path: Path) -> tuple[str, int]:
    """Return SHA-256 (hexadecimal) and size of a file's bytes as they lie on disk."""
    total = hashlib.sha256()
    size = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            total.update(chunk)
            size += len(chunk)
    return total.hexdigest(), size


@contextmanager
def open_bytes(path: Path, named: Path | None = None) -> Iterator[BinaryIO]:
    """Open a file for reading; a gzip file (RFC 1952) is unpacked as it is read. Errors speak of `named`.

    Raises EvidenceError, when the place is reached, for a gzip file that is cut short, damaged,
    or unpacks to more than 200 times its size.
    """
    with path.open("rb") as stream:
        packed = stream.read(2) == _GZIP
        stream.seek(0)
        if packed:
            yield cast(BinaryIO, BufferedReader(_Unpacked(stream, path, named or path), _CHUNK))
        else:
            yield stream


class _Unpacked(RawIOBase):
    """A gzip stream that says what is wrong with it, and stops at a bomb."""

    def __init__(self, packed: BinaryIO, path: Path, named: Path) -> None:
        self._gzip: BufferedIOBase = gzip.GzipFile(fileobj=packed)
        self._path = named
        self._most = path.stat().st_size * _MOST_RATIO + _FREE_BYTES
        self._given = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Fill the buffer with unpacked bytes and return how many; 0 at the end."""
        try:
            data = self._gzip.read(len(buffer))
        except EOFError as error:
            raise self._problem("gzip file is cut short", "a whole gzip file", "its end is missing") from error
        except (OSError, zlib.error) as error:
            raise self._problem("gzip file is damaged", "a gzip file", str(error)) from error
        self._given += len(data)
        if self._given > self._most:
            found = f"more than {self._most:,} bytes"
            raise self._problem("gzip file unpacks to too much", f"at most {_MOST_RATIO} times its size", found)
        buffer[: len(data)] = data
        return len(data)

    def _problem(self, what: str, expected: str, found: str) -> EvidenceError:
        do = "fetch the file again, or unpack it and list the unpacked file"
        after = f"{found} after {self._given:,} unpacked bytes"
        return EvidenceError([Problem(str(self._path), 1, what, expected=expected, found=after, do=do)])
