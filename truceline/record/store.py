"""The record of one output folder, open for writing: keep bytes, state, seal.

    keep_file   bytes into the store, and a statement of where they came from
    state       statements into a queue on disk: acknowledged on return
    seal        what waits into the log: openings, tiles, a signed checkpoint

A crash at any point loses nothing that was acknowledged: what waits is sealed by the next `seal`, and a
checkpoint that was signed but not yet published is published when the record is opened again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from truceline.errors import RecordError
from truceline.model import Problem
from truceline.record import recovery
from truceline.record.blobs import COPYING_DISK, Blob, BlobError, CopyingDisk, blob_path, digest_file, keep_blob
from truceline.record.journal import Journal
from truceline.record.keys import Keys
from truceline.record.openings import PER_FILE
from truceline.record.sealing import append_statements, blank_openings, clear_left_over, prune_openings, sign_head
from truceline.record.statements import Statement, StatementError, encode, names_bytes
from truceline.spacetime import UTC, format_utc
from truceline.tlog.durability import write_durably
from truceline.tlog.errors import DiskError, LogError, Unsafe
from truceline.tlog.folder import LogFolder
from truceline.tlog.forks import judge_pair, parse_pair
from truceline.tlog.notes import split_note
from truceline.tlog.policy import KnownWitness, Log, Policy

if TYPE_CHECKING:  # what asks over a network is loaded where somebody is asked
    from truceline.record.stamps import Authority
    from truceline.tlog.cosigning import Collected

SLICE = 16 * PER_FILE
"""Statements that are sealed at a time, so that not all of them are held in memory."""

HOME = "record"
"""The record's folder in an output folder."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a seal made: the checkpoint as published, who of the witnesses signed it, and what went wrong."""

    note: str
    size: int
    cosigned: tuple[str, ...] = ()
    stamp: Path | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """What a record takes from outside: clock, disk, SQLite's file system, and an authority for time stamps."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    disk: CopyingDisk = COPYING_DISK
    vfs: str | None = None
    authority: "Authority | None" = None


class Record:
    """The one writer of a record. Use it as a context manager; not from two threads at a time.

    Raises RecordError from every method: what it was asked to do is then not acknowledged. After a failed
    flush nothing more is: open the record anew.
    """

    def __init__(self, out: Path, keys: Keys, log: LogFolder, journal: Journal, outside: Outside) -> None:
        self.out = out
        self.home = out / HOME
        self.keys = keys
        self._log = log
        self._journal = journal
        self._outside = outside
        self._failed = ""
        self._next = journal.end(log.size)
        told = journal.recall("recorded_utc")
        self._newest = datetime.fromisoformat(told) if told else None
        self._clock_told = False

    @classmethod
    def open(cls, out: Path, keys: Path, origin: str, outside: Outside | None = None) -> Self:
        """Open the record of an output folder, or begin one; `keys` is the folder of keys.

        `origin` names the case's log. A folder without a record whose case has one elsewhere gets a log of
        its own, `origin/2`: `record.keys.origin` says which, `record.keys.created` whether it is new.
        """
        outside = outside or Outside()
        home = out / HOME
        with _mapped(home):
            _make_folders(out, outside.disk)
        journal = Journal(home / "state" / "journal.sqlite", vfs=outside.vfs)
        try:
            with _mapped(home):
                outside.disk.flush_folder(journal.path.parent)
                found = recovery.find_keys(out, home, journal, keys, origin)
                log = LogFolder(home, outside.disk)
                recovery.reconcile(log, found, journal, outside.disk)
                clear_left_over(home, log.size, outside.disk)
                recovery.relearn(journal, home, log.size)
                record = cls(out, found, log, journal, outside)
                record._state([_unclaimed(digest) for digest in recovery.find_orphans(journal, home)])
                return record
        except BaseException:
            journal.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another writer in. What waits stays in the queue."""
        self._log.close()
        self._journal.close()

    @property
    def size(self) -> int:
        """How many leaves there are, sealed or waiting."""
        return self._next

    @contextmanager
    def _guard(self) -> Iterator[None]:
        if self._failed:
            raise _disk_failed(self.home, self._failed)
        try:
            with _mapped(self.home):
                yield
        except RecordError as error:
            if isinstance(error.__cause__, Unsafe):
                self._failed = str(error.__cause__)
            raise

    def keep_file(self, source: Path, statement: Statement, *, custody: Statement | None = None) -> Blob:
        """Keep a file's bytes, and state where they came from; both are on disk on return.

        `statement` is of kind "evidence"; digest, size and time of receipt are filled in. Bytes that the record
        has already are not stated again. `custody` says who took them over, and is stated each time.
        """
        with self._guard():
            blob = keep_blob(self.home, source, self._outside.disk)
            said = []
            if blob.new or self._journal.leaf_of(blob.digest) is None:
                body = {**statement.body, "size_bytes": blob.size_bytes}
                said.append(_with(statement, digest=blob.digest, body=body))
            if custody is not None:
                said.append(_with(custody, digest=blob.digest, body=dict(custody.body)))
            self._state(said)
        return blob

    def state(self, *statements: Statement) -> range:
        """Take statements, all or none, and return their leaf numbers; they are on disk on return."""
        with self._guard():
            return self._state(statements)

    def waiting(self) -> list[bytes]:
        """Return the canonical bytes of all statements that were acknowledged and are not sealed, in order."""
        with self._guard():
            return self._journal.waiting(self._log.size)

    def _state(self, statements: Sequence[Statement]) -> range:
        if not statements:
            return range(self._next, self._next)
        now, notices = self._read_clock()
        taken = [encode(one, now) for one in (*notices, *statements)]
        first = self._next + len(notices)
        named = [(one.digest or "", leaf) for leaf, one in enumerate(statements, first) if _names_bytes(one)]
        meta = {"recorded_utc": format_utc(now)}
        self._journal.append(list(enumerate(taken, self._next)), meta=meta, kept=named)
        self._next += len(taken)
        self._newest, self._clock_told = now, self._clock_told or bool(notices)
        return range(first, self._next)

    def _read_clock(self) -> tuple[datetime, list[Statement]]:
        """Return the time of recording, which never goes back, and a notice where the clock did."""
        now = self._outside.clock()
        if self._newest is None or now >= self._newest:
            return now, []
        body = {"clock_utc": format_utc(now), "newest_utc": format_utc(self._newest)}
        notice = Statement("notice", "the clock went back", body)
        return self._newest, [] if self._clock_told else [notice]

    def seal(self, witnesses: Sequence[KnownWitness] = ()) -> Sealed:
        """Put what waits into the log, sign it, have it cosigned and stamped, and publish it.

        A witness that does not answer is named in `Sealed.notes`. Where one has seen a larger log than this, an
        old copy of folder and keys was restored: nothing is signed or published (RecordError).
        """
        with self._guard():
            self._note_stamp()
            if self._next == self._log.size and self._log.note is not None:
                return Sealed(self._log.note, self._log.size)
            if self._log.note is not None:
                self._ask(self._log.note, witnesses)  # is there a larger one? Asked before anything is signed
            before = self._log.published.size if self._log.published else 0
            while self._log.size < self._next:
                waiting = self._journal.waiting(self._log.size, SLICE)
                append_statements(self._log, waiting, self.keys.secret, self._outside.disk)
            signed = sign_head(self._log, self.keys)
            answers = self._ask(signed, witnesses)
            note = answers.note if answers else signed
            self._log.publish(note)
            left = self._shorten()
            prune_openings(self.home, before, self._log.size, self._outside.disk)
            stamp, said = self._stamp(note)
            failed = [f"no cosignature of {one.witness}: {one.reason}" for one in (answers.failed if answers else ())]
            return Sealed(note, self._log.size, answers.cosigned if answers else (), stamp, (*failed, *left, *said))

    def _shorten(self) -> tuple[str, ...]:
        """Let the queue go of what is sealed; where it cannot, that harms nothing, and is said."""
        try:
            self._journal.forget(self._log.size)
        except RecordError as error:
            return (f"sealed, but the queue could not be shortened: {error}",)
        return ()

    def _ask(self, note: str, witnesses: Sequence[KnownWitness]) -> "Collected | None":
        """Ask for cosignatures; raises RecordError where a witness has seen a larger log than this one."""
        if not witnesses:
            return None
        from truceline.tlog.cosigning import prove_from, request_cosignatures

        answers = request_cosignatures(note, witnesses, prove_from(self._log, note))
        if answers.behind is not None:
            raise _behind(self.home, self._log.size, answers)
        if answers.pair is not None:
            self._check_pair(answers.pair)
        return answers

    def _check_pair(self, pair: str) -> None:
        """Raise RecordError where two notes that a witness shows prove that this log's key has signed two histories."""
        own = Log(self.keys.origin, self.keys.signer.verifier)
        try:
            judged = judge_pair(pair, Policy((own,)))
        except LogError:
            return  # whoever shows what nobody signed accuses nobody, and stops nobody
        if judged.verdict == "fork":
            path = self.keys.keep_pair("a witness has cosigned another tree of this size", *parse_pair(pair))
            found = f"two of {judged.first.size} entries; both signed checkpoints: {path or pair}"
            do = "find out which of the two was shown to others; nothing more is signed here until then"
            raise _refused(self.home, "a witness has cosigned another tree than this", "one tree", found, do)

    def _stamp(self, note: str) -> tuple[Path | None, tuple[str, ...]]:
        """Have the tree head stamped where an authority is configured; what fails is said and is no error."""
        if self._outside.authority is None:
            return None, ()
        from truceline.record.stamps import StampError, request_stamp, stamp_path

        text, _ = split_note(note)
        try:
            token = request_stamp(self._outside.authority, text)
        except StampError as error:
            return None, (f"no time stamp: {error}",)
        path = self.home / stamp_path(self._log.size, self._log.root)
        write_durably(path, token, self._outside.disk)
        self._journal.remember(stamp=str(path.relative_to(self.out).as_posix()))
        return path, ()

    def stamp(self) -> tuple[Path | None, tuple[str, ...]]:
        """Have the newest checkpoint stamped, and return where the token lies, or None and why there is none."""
        with self._guard():
            if self._log.note is None:
                return None, ("nothing is sealed yet",)
            return self._stamp(self._log.note)

    def _note_stamp(self) -> None:
        """State the newest time stamp in the log, once there is something else to seal."""
        path = self._journal.recall("stamp")
        if not path or self._next == self._log.size:
            return
        digest, size = digest_file(self.out / path)
        self._state([Statement("notice", "time stamp", {"size_bytes": size}, digest=digest, path=path)])
        self._journal.remember(stamp="")

    def remove_bytes(self, digest: str, statement: Statement, witnesses: Sequence[KnownWitness] = ()) -> int:
        """State that bytes are removed, and why, seal that, and remove them; return the leaf number.

        `statement` is of kind "removal". The leaf that names the bytes stays, and so does its proof.
        """
        (leaf,) = self.state(_with(statement, digest=digest, body=dict(statement.body)))
        self.seal(witnesses)
        with self._guard():
            path = self.home / blob_path(digest)
            if path.exists():
                self._outside.disk.remove(path)
                self._outside.disk.flush_folder(path.parent)
        return leaf

    def remove_statements(
        self, leaves: Collection[int], statement: Statement, witnesses: Sequence[KnownWitness] = ()
    ) -> int:
        """State that what these leaves say is removed, and why, seal that, and remove it; return the leaf number.

        `statement` is of kind "removal". The leaves stay, and so do their proofs. A call that was cut short is
        seen by whoever verifies, and may be repeated.
        """
        known = [leaf for leaf in leaves if 0 <= leaf < self._log.size]
        (leaf,) = self.state(replace(statement, derived_from=tuple(known)))
        self.seal(witnesses)
        with self._guard():
            blank_openings(self.home, self._log.size, set(known), self._outside.disk)
        return leaf


def _with(statement: Statement, *, digest: str, body: dict[str, Any]) -> Statement:
    return replace(statement, digest=digest, body=body)


def _make_folders(out: Path, disk: CopyingDisk) -> None:
    """Make the record's folders where they lack, each on disk before anything lies in it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    for folder in (out, out / HOME, out / HOME / "state"):
        if not folder.is_dir():
            disk.make_folder(folder)
            disk.flush_folder(folder.parent)


def _names_bytes(statement: Statement) -> bool:
    return names_bytes(statement.kind, statement.digest, statement.path)


def _unclaimed(digest: str) -> Statement:
    return Statement("notice", "bytes that were kept when the record stopped", digest=digest)


@contextmanager
def _mapped(home: Path) -> Iterator[None]:
    """Turn what the log, the store and the system raise into RecordError, with where and what to do."""
    try:
        yield
    except Unsafe as error:
        raise _disk_failed(home, str(error)) from error
    except (BlobError, StatementError) as error:
        do = "correct that and try again; nothing of this was recorded"
        raise _refused(home, "not recorded", "what the record can take", str(error), do) from error
    except DiskError as error:
        raise _refused(home, "not recorded", _WRITABLE, str(error), _GO_ON) from error
    except LogError as error:
        do = "truceline record verify names what is wrong; restore a sound copy of the folder"
        raise _refused(home, "the record is damaged", "a log that can be continued", str(error), do) from error
    except OSError as error:
        found = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
        raise _refused(home, "not recorded", _WRITABLE, found, _GO_ON) from error


_WRITABLE = "a folder that can be written, with room on its disk"
_GO_ON = "correct its rights, or make room, and try again: what was acknowledged before waits, and is sealed then"


def _refused(home: Path, what: str, expected: str, found: str, do: str) -> RecordError:
    return RecordError([Problem(str(home), 0, what, expected, found, do)])


def _behind(home: Path, size: int, answers: "Collected") -> RecordError:
    seen = "; ".join(one.reason for one in answers.failed if one.behind is not None)
    do = "restore the newest copy of the folder; nothing is signed behind a witness"
    expected = f"at least {answers.behind} entries, which a witness has seen"
    return _refused(home, "this folder is older than what a witness has seen", expected, f"{size}: {seen}", do)


def _disk_failed(home: Path, found: str) -> RecordError:
    do = "look after the disk, then open the record anew"
    return _refused(home, "the disk failed", "every write and flush to succeed", found, do)
