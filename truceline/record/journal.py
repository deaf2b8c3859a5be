"""What waits to be sealed: a queue on disk, and what was signed last.

An item is acknowledged when `append` returns: SQLite has then flushed it (write-ahead log, synchronous
FULL). One process writes: it holds the file's lock for as long as it has the journal open. Tiles, blobs
and openings are files and the truth; once sealed, everything in here can be made again from them.

The SQLite is apsw's own. Versions 3.7.0 to 3.51.2 can lose committed writes when a write-ahead log is
reset, and an older one may be what Python was built with.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import apsw

from truceline.errors import RecordError
from truceline.model import Problem

FIXED_SQLITE = 3_051_003
"""The first SQLite that does not lose committed writes when it resets a write-ahead log (3.51.3)."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queue (leaf INTEGER PRIMARY KEY, statement BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS kept (digest TEXT PRIMARY KEY, leaf INTEGER NOT NULL) WITHOUT ROWID;
"""

Value = TypeVar("Value", str, int)


class Journal:
    """The queue and the memory of one record. Not for more than one thread at a time.

    Raises RecordError where another process has it open, where the disk is full (nothing of the call was
    taken, and it may be called again) and where the disk failed (nothing more is taken: open it anew).
    """

    def __init__(self, path: Path, *, vfs: str | None = None, synchronous: str = "FULL") -> None:
        if apsw.SQLITE_VERSION_NUMBER < FIXED_SQLITE:
            raise RecordError([_problem(path, "this SQLite can lose what it acknowledged", "3.51.3 or later")])
        self.path = path
        self._failed: str | None = None
        try:
            self._database = apsw.Connection(str(path), vfs=vfs)
        except apsw.Error as error:
            raise RecordError([_refused(path, str(error))]) from error
        try:
            with self._mapped():
                self._prepare(synchronous)
        except RecordError:
            self._database.close(True)
            raise

    def _prepare(self, synchronous: str) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        mode = list(run("PRAGMA journal_mode = WAL"))  # to its end: it writes, and may fail, after its answer
        if mode != [("wal",)]:
            raise apsw.IOError(f"no write-ahead log, but {mode}")
        run(f"PRAGMA synchronous = {synchronous}")
        with self._transaction():
            run(_SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN EXCLUSIVE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Turn SQLite's errors into ours; after a failed read, write or flush take nothing more."""
        if self._failed:
            raise RecordError([_failed(self.path, self._failed)])
        try:
            yield
        except (apsw.BusyError, apsw.LockedError) as error:
            raise RecordError([_busy(self.path)]) from error
        except apsw.FullError as error:
            raise RecordError([_full(self.path)]) from error
        except (apsw.ReadOnlyError, apsw.PermissionsError, apsw.CantOpenError, apsw.AuthError) as error:
            raise RecordError([_refused(self.path, str(error))]) from error
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise RecordError([_damaged(self.path, str(error))]) from error
        except apsw.Error as error:
            self._failed = f"{type(error).__name__}: {error}"
            self._database.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # a failed disk is left as it is
            raise RecordError([_failed(self.path, self._failed)]) from error

    def append(
        self, items: Sequence[tuple[int, bytes]], *, meta: dict[str, str], kept: Sequence[tuple[str, int]] = ()
    ) -> None:
        """Take statements at their leaf numbers, all or none; on return they are on disk.

        `meta` is remembered with them; `kept` says which bytes are named by which leaves.
        """
        with self._mapped(), self._transaction():
            self._database.executemany("INSERT INTO queue VALUES (?, ?)", items)
            self._database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
            self._database.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?)", kept)

    def waiting(self, first: int, most: int = -1) -> list[bytes]:
        """Return statements that wait from leaf number `first` on, at most `most`; raises RecordError at a gap."""
        question = "SELECT leaf, statement FROM queue WHERE leaf >= ? ORDER BY leaf LIMIT ?"
        with self._mapped():
            rows = list(self._database.execute(question, (first, most)))
        for expected, (leaf, _) in enumerate(rows, first):
            if leaf != expected:
                raise RecordError([_gap(self.path, expected, leaf)])
        return [bytes(statement) for _, statement in rows]

    def end(self, first: int) -> int:
        """Return the leaf number that comes after all that waits, `first` where nothing does."""
        with self._mapped():
            row = self._database.execute("SELECT max(leaf) FROM queue WHERE leaf >= ?", (first,)).fetchone()
        return first if row is None or row[0] is None else int(row[0]) + 1

    def forget(self, size: int) -> None:
        """Let go of what is sealed: all below leaf number `size`."""
        with self._mapped(), self._transaction():
            self._database.execute("DELETE FROM queue WHERE leaf < ?", (size,))

    def remember(self, **meta: str) -> None:
        """Keep values under their names, durably."""
        self.append((), meta=meta)

    def recall(self, name: str) -> str | None:
        """Return what was kept under a name."""
        with self._mapped():
            return self._first("SELECT value FROM meta WHERE name = ?", name, str)

    def leaf_of(self, digest: str) -> int | None:
        """Return the first leaf that says where bytes with this digest came from."""
        with self._mapped():
            return self._first("SELECT leaf FROM kept WHERE digest = ?", digest, int)

    def keep(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Learn again which leaves name which bytes."""
        self.append((), meta={}, kept=list(pairs))

    def _first(self, question: str, name: str, kind: type[Value]) -> Value | None:
        row = self._database.execute(question, (name,)).fetchone()
        return None if row is None else kind(row[0])

    def close(self) -> None:
        """Let go of the lock; what was acknowledged stays."""
        self._database.close(True)


def _problem(path: Path, what: str, expected: str, found: str = "", do: str = "") -> Problem:
    return Problem(str(path), 0, what, expected, found or apsw.sqlite_lib_version(), do or "install a newer apsw")


def _busy(path: Path) -> Problem:
    return _problem(
        path, "somebody else writes to this record", "one writer", "another that is at it", "wait until it has ended"
    )


def _full(path: Path) -> Problem:
    return _problem(path, "the disk is full", "room for the record", "none", "make room; nothing of this was recorded")


def _failed(path: Path, found: str) -> Problem:
    return _problem(
        path, "the disk failed", "every write and flush to succeed", found, "look after the disk, then start again"
    )


def _refused(path: Path, found: str) -> Problem:
    do = "correct the rights of it and its folder; nothing of this was recorded"
    return _problem(path, "the queue cannot be written", "a file that can be written", found, do)


def _damaged(path: Path, found: str) -> Problem:
    do = (
        "restore the folder as a whole; or remove this file and those named like it: what was sealed stays, "
        "what waited in it is lost"
    )
    return _problem(path, "the queue is damaged", "what this program wrote", found, do)


def _gap(path: Path, expected: int, found: int) -> Problem:
    return _problem(
        path,
        "the queue does not follow the log",
        f"a statement for leaf {expected}",
        f"one for leaf {found}",
        "restore the folder as a whole",
    )
