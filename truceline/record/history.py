"""What a record said before: the runs that were closed, and what people entered, read back from its openings.

Every statement that is used is held against its leaf, so that a changed file of openings is not believed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truceline.errors import RecordError
from truceline.model import Problem
from truceline.record.markings import Marking, read_marking
from truceline.record.openings import PER_FILE, read_all, read_lines, read_opening
from truceline.record.statements import decode, make_leaf
from truceline.tlog.checkpoints import parse_checkpoint
from truceline.tlog.errors import LogError
from truceline.tlog.folder import FolderReader
from truceline.tlog.notes import split_note
from truceline.tlog.tiles import read_entry

ENTERED = ("decision", "notice", "correction", "removal")
"""Kinds of statement that people enter."""

_MARKS = tuple(f'"kind":"{kind}"'.encode() for kind in ENTERED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of a record, and its number in the log."""

    leaf: int
    statement: Mapping[str, Any]

    @property
    def body(self) -> Mapping[str, Any]:
        """What the statement says."""
        body: Mapping[str, Any] = self.statement["body"]
        return body


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that was closed: its `run` statement, and the bodies of its findings and incidents by id."""

    leaf: int
    recorded_utc: str
    body: Mapping[str, Any]
    findings: Mapping[str, Mapping[str, Any]]
    incidents: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, str]
    """Digests of the files that it wrote, by path."""
    marking: Marking | None = None
    """What the `run` statement is marked with."""


def list_entered(home: Path) -> list[Entry]:
    """Return what people entered (decisions, notices, corrections, removals), in log order; raises RecordError."""
    with_home = _Reading(home)
    try:
        lines = read_all(home, with_home.size)
        return [with_home.read(leaf, line) for leaf, line in lines if any(mark in line for mark in _MARKS)]
    except (OSError, ValueError) as error:
        raise _unreadable(home, error) from error


def read_statement(home: Path, leaf: int) -> Mapping[str, Any] | None:
    """Return what a sealed leaf says, None where that was removed; raises RecordError."""
    reading = _Reading(home)
    try:
        lines = read_lines(home, leaf // PER_FILE, min(PER_FILE, reading.size - leaf // PER_FILE * PER_FILE))
        line = lines[leaf % PER_FILE]
        return None if read_opening(line) is None else reading.read(leaf, line).statement
    except (OSError, ValueError) as error:
        raise _unreadable(home, error) from error


def list_removed(entries: list[Entry]) -> dict[str, Entry]:
    """Return the digests whose bytes were removed, with the entry that says so."""
    removals = (entry for entry in entries if entry.statement["kind"] == "removal")
    return {entry.statement["digest"]: entry for entry in removals if entry.statement["digest"]}


def find_run(home: Path, wanted: Callable[[Mapping[str, Any]], bool]) -> Earlier | None:
    """Return the newest closed run whose body `wanted` accepts, None for none; raises RecordError."""
    reading = _Reading(home)
    try:
        for leaf, line in reading.backwards():
            if b'"kind":"run"' in line:
                entry = reading.read(leaf, line)
                if entry.statement["kind"] == "run" and wanted(entry.body):
                    return reading.collect(entry)
    except (OSError, ValueError) as error:
        raise _unreadable(home, error) from error
    return None


class _Reading:
    """One look at a record that is sealed."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._reader = FolderReader(home)
        try:
            note = self._reader.read_note()
            self.size = 0 if note is None else parse_checkpoint(split_note(note)[0]).size
        except LogError as error:
            raise _unreadable(home, error) from error

    def read(self, leaf: int, line: bytes) -> Entry:
        """Return the statement on a line; raises ValueError where it is not what was logged."""
        opening = read_opening(line)
        if opening is None:
            raise ValueError(f"leaf {leaf} is not opened")
        if make_leaf(opening.nonce, opening.data) != read_entry(self._reader, leaf, self.size):
            raise ValueError(f"the statement of leaf {leaf} is not the one that was logged")
        return Entry(leaf, decode(opening.data))

    def backwards(self, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield (leaf, line) from the last one, or from before `end`, to the first."""
        last = self.size if end is None else end
        for number in range((last - 1) // PER_FILE, -1, -1):
            first = number * PER_FILE
            lines = read_lines(self._home, number, min(PER_FILE, self.size - first))[: last - first]
            yield from ((first + place, lines[place]) for place in range(len(lines) - 1, -1, -1))

    def collect(self, run: Entry) -> Earlier:
        """Return a run with what it stated: it comes before its `run` statement, in one stretch."""
        found: dict[str, dict[str, Mapping[str, Any]]] = {"finding": {}, "incident": {}}
        outputs: dict[str, str] = {}
        missing = sum(run.body.get(name, 0) for name in ("findings", "incidents", "outputs"))
        for leaf, line in self.backwards(run.leaf):
            if not missing:
                break
            opening = read_opening(line)
            statement = decode(opening.data) if opening else None
            if statement is None or statement["body"].get("run") != run.body["run"]:
                continue
            entry, kind = self.read(leaf, line), statement["kind"]
            if kind in found:
                found[kind][entry.body[kind]] = entry.body
            elif statement["path"]:
                outputs[statement["path"]] = statement["digest"]
            else:
                continue
            missing -= 1
        recorded = run.statement["recorded_utc"]
        marking = read_marking(run.statement["marking"])
        return Earlier(run.leaf, recorded, run.body, found["finding"], found["incident"], outputs, marking)


def _unreadable(home: Path, error: Exception) -> RecordError:
    do = "truceline record verify says what is wrong with it; restore a sound copy"
    return RecordError([Problem(str(home), 0, "the record cannot be read", "a whole record", str(error), do)])
