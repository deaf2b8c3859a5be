"""What is found when a record is opened: whose log it is, what its key signed, what a crash left undone."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from truceline.errors import RecordError
from truceline.model import Problem
from truceline.record.journal import Journal
from truceline.record.keys import Keys, load_keys, make_keys
from truceline.record.openings import PER_FILE, read_all, read_opening
from truceline.record.sealing import append_statements
from truceline.record.statements import decode, is_digest, names_bytes
from truceline.spacetime import format_utc
from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.durability import Disk
from truceline.tlog.errors import LogError
from truceline.tlog.folder import FolderReader, LogFolder
from truceline.tlog.forks import format_pair
from truceline.tlog.notes import open_note, split_note
from truceline.tlog.proofs import prove_consistency, verify_consistency


def find_keys(out: Path, home: Path, journal: Journal, folder: Path, origin: str) -> Keys:
    """Return the keys of the log in this folder; new ones where there is no log yet.

    Raises RecordError where the log in the folder is another case's, or its keys are not here.
    """
    note = FolderReader(home).read_note()
    begun = journal.recall("origin") or (None if note is None else parse_checkpoint(split_note(note)[0]).origin)
    if begun is None:
        keys = make_keys(folder, origin, out)
        journal.remember(origin=keys.origin)
        return keys
    if begun != origin and not (begun.startswith(f"{origin}/") and begun.removeprefix(f"{origin}/").isdigit()):
        do = "choose another output folder"
        raise RecordError([Problem(str(out), 0, "this folder holds the record of another case", origin, begun, do)])
    return load_keys(folder, begun, out)


def reconcile(log: LogFolder, keys: Keys, journal: Journal, disk: Disk) -> None:
    """Hold the folder against what its key signed last; finish what a crash interrupted after signing.

    Raises RecordError where the folder is older than the signature, or another tree than it: then the key
    must not sign here again, for the two signatures would be a fork.
    """
    here = _open(log.note, keys, log.path / "checkpoint")
    signed = _open(note := keys.read_signed(), keys, keys.signed_file)
    if signed is None or note is None:
        if log.note is not None:
            raise _forgotten(log, keys)
        return
    size = here.size if here else 0
    if signed.size > size:
        _finish(log, keys, journal, signed, note, disk)
    elif here is None or signed.size == size:
        if signed.root != (here.root if here else log.root):
            raise _forked(log, keys, note)
    else:
        _check_grown(log, keys, signed, here, note)
        keys.write_signed(log.note or "")


def _open(note: str | None, keys: Keys, path: Path) -> Checkpoint | None:
    if note is None:
        return None
    try:
        return parse_checkpoint(open_note(note, [keys.signer.verifier]).text)
    except LogError as error:
        expected = f"a checkpoint that the key {keys.signer.verifier_key} signed"
        do = "restore the file, or the folder of keys that belongs to this record"
        raise RecordError(
            [Problem(str(path), 0, "the record is not signed by its key", expected, str(error), do)]
        ) from error


def _finish(log: LogFolder, keys: Keys, journal: Journal, signed: Checkpoint, note: str, disk: Disk) -> None:
    """Publish what was signed when the last writer stopped; the queue still holds what it needs."""
    waiting = journal.waiting(log.size, signed.size - log.size)
    if len(waiting) == signed.size - log.size:
        append_statements(log, waiting, keys.secret, disk)
        if log.root != signed.root:
            raise _forked(log, keys, note)
        log.publish(note)
        return
    raise _older(log, keys, signed.size, note)


def _older(log: LogFolder, keys: Keys, size: int, note: str) -> RecordError:
    """The folder shows less than the key has signed: both notes go into one file, where there are two."""
    said = f"{log.size}: an old copy was restored, or entries were removed"
    if log.note is not None:
        said += _show_pair(keys, f"the folder shows {log.size} entries, its key has signed {size}", note, log.note)
    what, expected = "this folder is older than what its key has signed", f"{size} entries, as in {keys.signed_file}"
    do = "restore the newest copy of the folder; this key signs nothing behind its own signature"
    return RecordError([Problem(str(log.path), 0, what, expected, said, do)])


def _forgotten(log: LogFolder, keys: Keys) -> RecordError:
    """The key's memory is gone: nobody here knows whether this folder is the newest."""
    expected = f"the newest checkpoint that the key signed, in {keys.signed_file}"
    do = (
        "restore that file; where it is lost, ask witnesses and parties for the newest checkpoint that they hold, and "
        "put it there (rights 0600)"
    )
    return RecordError([Problem(str(log.path), 0, "what this key signed last is not known", expected, "nothing", do)])


def _check_grown(log: LogFolder, keys: Keys, signed: Checkpoint, here: Checkpoint, note: str) -> None:
    try:
        proof = prove_consistency(log, signed.size, here.size) if signed.size else ()
        if signed.size:
            verify_consistency(signed.size, signed.root, here.size, here.root, proof)
    except LogError as error:
        raise _forked(log, keys, note) from error


def _forked(log: LogFolder, keys: Keys, note: str) -> RecordError:
    """An accusation that carries its own proof: both notes, in one file."""
    found = "another tree" + _show_pair(keys, "the key has signed two trees", note, log.note or "")
    do = "find out which of the two was shown to others; nothing is signed here until then"
    return RecordError([Problem(str(log.path), 0, "the key has signed another tree than this", "one tree", found, do)])


def _show_pair(keys: Keys, message: str, signed: str, here: str) -> str:
    """Keep both notes in one file, and say which; where that cannot be, say the notes themselves."""
    if not here:
        return ""
    path = keys.keep_pair(message, signed, here)
    if path is None:
        return f"\n\n{format_pair(message, signed, here)}"
    return f"; both signed checkpoints are in {path}, which `truceline record verify-fork` checks"


def relearn(journal: Journal, home: Path, size: int) -> None:
    """Make again what the journal knows beside its queue, from the openings: newest time, known evidence.

    A journal that was restored from an older copy learns the newest time; one that is new learns all.
    """
    told = journal.recall("recorded_utc")
    newest = None if told is None else datetime.fromisoformat(told)
    kept = []
    first = 0 if told is None else max(0, size - 1) // PER_FILE
    for leaf, statement in _read_statements(home, size, first):
        recorded = datetime.fromisoformat(statement["recorded_utc"])
        newest = max(newest or recorded, recorded)
        if names_bytes(statement["kind"], statement["digest"], statement["path"]):
            kept.append((statement["digest"], leaf))
    if newest and format_utc(newest) != told:
        journal.keep(kept)
        journal.remember(recorded_utc=format_utc(newest))


def _read_statements(home: Path, size: int, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        for leaf, line in read_all(home, size, first):
            opening = read_opening(line)
            if opening is not None:
                yield leaf, decode(opening.data)
    except (OSError, ValueError) as error:
        do = "truceline record verify says what is wrong with it"
        raise RecordError([Problem(str(home), 0, "the record cannot be read", "openings", str(error), do)]) from error


def find_orphans(journal: Journal, home: Path) -> list[str]:
    """Return the digests of kept bytes that no statement names: a crash came between the copy and the statement."""
    found = sorted(path.name for path in (home / "blobs").glob("??/*") if is_digest(path.name))
    return [digest for digest in found if journal.leaf_of(digest) is None]
