"""The outputs of a run on their way: written aside, stated, put in their places, sealed.

    stage      an empty folder under `record/state/`; what a run writes goes there
    publish    all of it is on disk; the run is stated; the files take their places; the log is sealed
    settle     what a stop in between left: finished where the run was stated, else thrown away

The record's folder never moves and is never without its writer. A stop at any point leaves the old outputs or,
once the record is settled, the new ones; whoever verifies in between is told that a run was interrupted.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from truceline.errors import RecordError
from truceline.model import Problem
from truceline.record.statements import Statement, decode
from truceline.record.store import HOME, Record, Sealed
from truceline.tlog.policy import KnownWitness

_PART = "state/outputs.part"
_READY = "state/outputs"
_MANIFEST = "manifest.json"
_FILES = "files"


@dataclass(frozen=True, slots=True)
class _Manifest:
    """Whose outputs lie ready, and what is in the output folder once they are placed."""

    run: str
    names: tuple[str, ...]


@contextmanager
def stage(record: Record) -> Iterator[Path]:
    """Give an empty folder for a run's outputs; it is gone afterwards, whatever happened."""
    part = record.home / _PART
    try:
        _empty(record.home)
        (part / _FILES).mkdir(parents=True)
        yield part / _FILES
    finally:
        shutil.rmtree(part, ignore_errors=True)


def digest_outputs(staged: Path) -> dict[str, str]:
    """Return SHA-256 (hex) of each file under a folder, by its path relative to it, in order."""
    found = {}
    for path in sorted(staged.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                found[path.relative_to(staged).as_posix()] = file_digest(stream, "sha256").hexdigest()
    return found


def publish(
    record: Record, staged: Path, run: str, statements: Sequence[Statement], witnesses: Sequence[KnownWitness] = ()
) -> Sealed:
    """State a run, put its outputs in the place of the last run's, and seal; `staged` is what `stage` gave.

    Everything else in the output folder but the record goes. Raises RecordError, also where the disk is full:
    before the run is stated nothing has changed, and after it the next `settle` goes on.
    """
    try:
        ready = _make_ready(record.home, staged, run)
    except OSError as error:
        raise _cannot_write(record.out, error) from error
    record.state(*statements)
    _place(record.out, ready)
    return record.seal(witnesses)


def settle(record: Record) -> bool:
    """Finish or throw away what an interrupted run left; tell whether there was anything.

    A run that was stated is finished: its files take their places. What was never stated is thrown away.
    """
    ready = record.home / _READY
    manifest = _read_manifest(ready)
    if manifest is None:
        found = ready.exists() or (record.home / _PART).exists()
    else:
        found = True
        if manifest.run in _list_waiting_runs(record):
            _place(record.out, ready)
    try:
        _empty(record.home)
    except OSError as error:
        raise _cannot_write(record.out, error) from error
    return found


def is_unfinished(home: Path) -> bool:
    """Whether somebody writes to a record, or stopped before the end; looks only, and may be told so falsely."""
    return any(os.path.exists(home / name) for name in (_PART, _READY, "state/journal.sqlite-wal"))  # noqa: PTH110


def _make_ready(home: Path, staged: Path, run: str) -> Path:
    """Put everything on disk, then give it the name under which `settle` knows it whole."""
    names = sorted(path.name for path in staged.iterdir())
    manifest = staged.parent / _MANIFEST
    manifest.write_text(json.dumps({"run": run, "names": names}), "utf-8")
    for path in (*sorted(staged.rglob("*")), manifest):
        if path.is_file():
            _flush(path)
    for folder in (*(path for path in staged.rglob("*") if path.is_dir()), staged, staged.parent):
        _flush(folder)
    ready = home / _READY
    shutil.rmtree(ready, ignore_errors=True)
    staged.parent.rename(ready)
    _flush(ready.parent)
    return ready


def _place(out: Path, ready: Path) -> None:
    """Take away what the new run does not have, and move in what has not been moved yet."""
    manifest = _read_manifest(ready)
    if manifest is None:
        return
    try:
        for entry in sorted(os.scandir(out), key=lambda entry: entry.name):
            if entry.name != HOME and entry.name not in manifest.names:
                _remove(Path(entry.path))
        for path in sorted((ready / _FILES).iterdir()):
            target = out / path.name
            if path.name == HOME:
                continue  # nothing takes the record's place
            if path.is_dir() or target.is_dir():
                _remove(target)
            path.replace(target)
        _flush(out)
        shutil.rmtree(ready)
    except OSError as error:
        raise _cannot_write(out, error) from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _empty(home: Path) -> None:
    for name in (_PART, _READY):
        if (home / name).exists():
            shutil.rmtree(home / name)


def _read_manifest(ready: Path) -> _Manifest | None:
    try:
        value = json.loads((ready / _MANIFEST).read_bytes())
        return _Manifest(str(value["run"]), tuple(map(str, value["names"])))
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return None


def _list_waiting_runs(record: Record) -> set[str]:
    found = (decode(data) for data in record.waiting() if b'"kind":"run"' in data)
    return {statement["subject"] for statement in found if statement["kind"] == "run"}


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(out: Path, error: OSError) -> RecordError:
    found = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    do = "make room or correct its rights, then run again: what was stated is finished first"
    expected = "a folder that can be written, with room on its disk"
    return RecordError([Problem(str(out), 0, "output cannot be written", expected, found, do)])
