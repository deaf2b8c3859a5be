"""An output folder that is whole or not there.

Everything is written into a folder beside the wanted one and takes its place at the end, so that an
interrupted run leaves either the old output or the new one. A folder that holds something we did
not write is never replaced.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truceline.errors import CaseError
from truceline.model import Problem

MARK = "standing.json"
"""The file by which we know an output folder of ours."""


RECORD = "record"
"""The folder in an output folder that outlives every run."""


def prepare_folder(wanted: Path) -> None:
    """Make an output folder that holds a record where it is missing; raise CaseError where it is not ours.

    Its outputs are replaced by `record.outputs`, so that the record is never without its folder.
    """
    _refuse_foreign(wanted, MARK)
    with writing(wanted):
        _restore(wanted)
        wanted.mkdir(parents=True, exist_ok=True)


@contextmanager
def replace_folder(wanted: Path, mark: str = MARK) -> Iterator[Path]:
    """Give an empty folder to write into; on success it becomes `wanted`, on failure it vanishes.

    `mark` is the file by which we know an earlier output of the same kind. Raises CaseError where
    `wanted` cannot be created, or holds files that we did not write.
    """
    wanted = wanted.absolute()
    _refuse_foreign(wanted, mark)
    _refuse_recorded(wanted)
    _restore(wanted)
    with writing(wanted):
        wanted.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{wanted.name}.partial-", dir=wanted.parent))
    try:
        with writing(wanted):
            yield partial
            _flush(partial)
            _swap(partial, wanted)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def writing(wanted: Path) -> Iterator[None]:
    """Say of a disk that is full, or that refuses, that the output cannot be written; raises CaseError."""
    try:
        yield
    except OSError as error:
        raise CaseError([_cannot_write(wanted, error)]) from error


def _refuse_foreign(wanted: Path, mark: str) -> None:
    ours = (wanted / mark).is_file() or (mark == MARK and (wanted / RECORD / "state").is_dir())
    if wanted.is_dir() and any(wanted.iterdir()) and not ours:
        found = f"{len(list(wanted.iterdir()))} entries and no {mark}"
    elif wanted.exists() and not wanted.is_dir():
        found = "a file of that name"
    else:
        return
    raise CaseError(
        [
            Problem(
                str(wanted),
                0,
                "output folder not ours to replace",
                expected="a new folder, an empty one, or the output of an earlier run",
                found=found,
                do="choose another folder with --out",
            )
        ]
    )


def _refuse_recorded(wanted: Path) -> None:
    """A folder with a record is never replaced as a whole, whatever else lies in it."""
    if (wanted / RECORD).exists():
        expected, found, do = "a folder without a record", f"{RECORD}/ in it", "choose another folder with --out"
        raise CaseError([Problem(str(wanted), 0, "output folder not ours to replace", expected, found, do)])


def _cannot_write(wanted: Path, error: OSError) -> Problem:
    return Problem(
        str(wanted),
        0,
        "output cannot be written",
        expected="a folder that can be written, with room on its disk",
        found=error.strerror or str(error),
        do="make room or choose another folder with --out",
    )


def _old(wanted: Path) -> Path:
    return wanted.with_name(f".{wanted.name}.old")


def _restore(wanted: Path) -> None:
    """Bring back the old output where a run was killed between the two renames."""
    old = _old(wanted)
    if old.is_dir() and not wanted.exists():
        old.rename(wanted)
    shutil.rmtree(old, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Put every file on disk before any of them takes the place of an older one."""
    folder.chmod(0o755)  # mkdtemp made it private
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())


def _swap(partial: Path, wanted: Path) -> None:
    old = _old(wanted)
    if wanted.exists():
        wanted.rename(old)
    partial.rename(wanted)
    shutil.rmtree(old, ignore_errors=True)
