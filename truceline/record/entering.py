"""What people enter into a record between runs: signed decisions, corrections, removals by order.

The operator of the record enters it with the log's key; whose decision it is says the note's own signature. Every
entry is sealed at once. Nothing that was entered is ever taken out again: a new entry says what holds now.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from truceline.errors import RecordError
from truceline.model import Problem
from truceline.record.blobs import blob_path
from truceline.record.decisions import ABOUT_LEAVES, Decision, DecisionError, read_note, sign_decision, state_decision
from truceline.record.history import find_run, list_entered, read_statement
from truceline.record.keys import keys_folder, load_keys
from truceline.record.markings import Marking
from truceline.record.outputs import settle
from truceline.record.session import refuse_links
from truceline.record.stamps import Authority
from truceline.record.statements import Statement, is_digest
from truceline.record.store import HOME, Outside, Record
from truceline.tlog.checkpoints import parse_checkpoint
from truceline.tlog.errors import LogError
from truceline.tlog.folder import FolderReader
from truceline.tlog.forks import judge_pair, parse_pair
from truceline.tlog.notes import Signer, split_note
from truceline.tlog.policy import KnownWitness, Log, Policy

Witnesses = Sequence[KnownWitness]


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered: its leaf, None where nothing was, the checkpoint, and what to say besides."""

    leaf: int | None
    size: int
    origin: str
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return it in words."""
        entered = "nothing to enter" if self.leaf is None else f"entered as leaf {self.leaf}"
        return [f"{entered}; sealed: {self.size} leaves of {self.origin}", *self.notes]


def read_origin(out: Path) -> str:
    """Return the name of the log in a folder, empty where nothing was sealed; raises RecordError."""
    try:
        note = FolderReader(out / HOME).read_note()
        return "" if note is None else parse_checkpoint(split_note(note)[0]).origin
    except LogError as error:
        raise _problem(out, "the record cannot be read", "a signed checkpoint", str(error), "restore it") from error


def read_agreement_id(out: Path) -> str:
    """Return the id of the agreement that a record is about; raises RecordError where there is none."""
    origin = read_origin(out)
    parts = origin.split("/")
    if len(parts) not in {2, 3} or parts[0] != "truceline":
        found = f"the origin {origin!r}" if origin else "none"
        raise _problem(out, "no record of a case", "the output of a run", found, "truceline run CASE makes one")
    return parts[1]


def read_log_key(out: Path) -> str:
    """Return the public key of the log in `out`, from the folder of keys; raises RecordError where it is not here."""
    read_agreement_id(out)
    return load_keys(keys_folder(), read_origin(out), out).signer.verifier_key


def sign_note_for(out: Path, private_key: str, at: datetime | None, **said: Any) -> str:  # noqa: ANN401
    """Return the signed note of a decision about the case whose record is in `out`; raises RecordError.

    `said` are the fields of a `Decision` besides the agreement and the time; `at` None means now.
    """
    agreement = read_agreement_id(out)
    try:
        signer = Signer.parse(private_key)
    except LogError as error:
        do = "truceline record key makes one"
        raise _problem(out, "the key cannot be used", "a signed-note private key", str(error), do) from error
    when = (at or datetime.now(UTC)).astimezone(UTC)
    when = when if at else when.replace(microsecond=0)
    log = read_origin(out) if said["act"] in ABOUT_LEAVES else ""
    try:
        return sign_decision(Decision(agreement=agreement, at=when, log=log, **said), signer)
    except (DecisionError, LogError) as error:
        raise _misread(out, "the decision cannot be signed", error, "correct it; nothing was signed") from error


def _misread(out: Path, what: str, error: ValueError, do: str) -> RecordError:
    """Return the problem of what is no decision, with the two halves of what the error says in their places."""
    expected, comma, found = str(error).partition(", found ")
    if not comma:
        expected, found = "a decision", str(error)
    return _problem(out, what, expected.removeprefix("expected "), found, do)


def enter_note(out: Path, note: str, witnesses: Witnesses = ()) -> Entered:
    """Enter a signed decision; whether it has an effect is for the next run to say. Raises RecordError."""
    try:
        decision = read_note(note)
    except (DecisionError, LogError) as error:
        raise _misread(out, "no signed decision", error, "sign it anew") from error
    agreement = read_agreement_id(out)
    if decision.agreement != agreement:
        do = "enter it where it belongs"
        raise _problem(out, "a decision about another agreement", agreement, decision.agreement[:80], do)
    with _open(out, witnesses) as record:
        if decision.leaf is not None:
            _check_log(record, decision)
            _check_leaf(record, decision.leaf)
        _refuse_repeated(record, note)
        (leaf,) = record.state(state_decision(note, _marking(record)))
        return _seal(record, witnesses, leaf, "the next run reads it")


def _check_log(record: Record, decision: Decision) -> None:
    if decision.log != record.keys.origin:
        do = "sign it for this log, if it is meant for it"
        raise _problem(record.out, "a decision about another log", record.keys.origin, decision.log[:80], do)


def _refuse_repeated(record: Record, note: str) -> None:
    """What somebody signed once is one decision: to enter it again would bring back what was withdrawn."""
    text, signers = _read_signers(note)
    for entry in list_entered(record.home):
        before = entry.body.get("note")
        if isinstance(before, str) and _read_signers(before)[0] == text and _read_signers(before)[1] & signers:
            do = "sign a new one, if it is to be decided again"
            raise _problem(record.out, "entered already", "a decision of its own", f"leaf {entry.leaf}", do)


def _read_signers(note: str) -> tuple[str, set[tuple[str, bytes]]]:
    text, lines = split_note(note)
    return text, {(line.name, line.key_id) for line in lines}


def enter_fork(out: Path, pair: str, policy: Policy | None = None) -> Entered:
    """Enter two checkpoints that prove a fork: of this log, or of one whose key a policy has; raises RecordError."""
    witnesses = policy.witnesses if policy else ()
    with _open(out, witnesses) as record:
        own = Log(record.keys.origin, record.keys.signer.verifier)
        try:
            judged = judge_pair(pair, Policy((own, *(policy.logs if policy else ()))))
        except LogError as error:
            raise _misread(out, "no fork", error, "give the log's key with --policy, where it is another's") from error
        if judged.verdict != "fork":
            raise _problem(out, "no fork", "two trees of one size", judged.lines()[0], "nothing was entered")
        first, second = parse_pair(pair)
        body = {"first": first, "second": second}
        statement = Statement("fork", judged.first.origin, body, _marking(record))
        return _seal(record, witnesses, record.state(statement)[0])


def enter_correction(out: Path, leaf: int, reason: str, witnesses: Witnesses = ()) -> Entered:
    """Say what is wrong with a leaf; raises RecordError."""
    with _open(out, witnesses) as record:
        _check_leaf(record, leaf)
        body = {"reason": _clean(out, reason)}
        statement = Statement("correction", f"leaf {leaf}", body, _marking(record), derived_from=(leaf,))
        return _seal(record, witnesses, record.state(statement)[0])


def remove_by_order(out: Path, what: str, order: str, witnesses: Witnesses = ()) -> Entered:
    """Remove kept bytes by their digest, or what a leaf says by its number; the leaf stays. Raises RecordError."""
    with _open(out, witnesses) as record:
        body = {"order": _clean(out, order)}
        if is_digest(what):
            if not (record.home / "blobs" / what[:2] / what).is_file():
                raise _problem(out, "no such bytes", "the SHA-256 of kept bytes", what, "copy it from files.parquet")
            leaf = record.remove_bytes(what, Statement("removal", what, body), witnesses)
        elif what.isascii() and what.isdigit() and len(what) < 16:
            _check_leaf(record, int(what))
            _check_removable(record, int(what))
            leaf = record.remove_statements([int(what)], Statement("removal", f"leaf {what}", body), witnesses)
        else:
            raise _problem(out, "nothing to remove", "a SHA-256, or a leaf's number", what[:80], "name one of them")
        note = "copies that were given away, and files in the case itself, are not reached"
        return _seal(record, witnesses, leaf, note)


def settle_record(out: Path, witnesses: Witnesses = ()) -> Entered:
    """Finish, or clear away, what an interrupted run left, and seal; raises RecordError."""
    with _open(out, witnesses) as record:
        return _seal(record, witnesses, None)


def stamp_record(out: Path, authority: Authority, witnesses: Witnesses = ()) -> Path:
    """Have the newest checkpoint stamped by an authority, and return the token's file; raises RecordError."""
    with _open(out, witnesses, Outside(authority=authority)) as record:
        path, said = record.stamp()
    if path is None:
        do = "ask again later, or another authority; the record is as it was"
        raise _problem(out, "no time stamp", "an RFC 3161 answer over this checkpoint", "; ".join(said), do)
    return path


@contextmanager
def _open(out: Path, witnesses: Witnesses, outside: Outside | None = None) -> Iterator[Record]:
    refuse_links(out)
    record = Record.open(out, keys_folder(), f"truceline/{read_agreement_id(out)}", outside)
    try:
        if settle(record) or record.waiting():
            record.seal(witnesses)
        yield record
    finally:
        record.close()


def _marking(record: Record) -> Marking | None:
    """Return the marking of the newest run: what is decided about it is no freer than it."""
    newest = find_run(record.home, lambda _: True)
    return None if newest is None else newest.marking


def _check_leaf(record: Record, leaf: int) -> None:
    if leaf >= record.size:
        expected = f"a number below {record.size}"
        raise _problem(record.out, "no such leaf", expected, str(leaf), "copy it from where it was entered")


def _check_removable(record: Record, leaf: int) -> None:
    """Refuse to remove what the record could not be checked without."""
    said = read_statement(record.home, leaf)
    if said is None:
        raise _problem(record.out, "nothing to remove", "what a leaf says", f"leaf {leaf} was removed", "it is done")
    kind, newest = said["kind"], find_run(record.home, lambda _: True)
    of_newest = newest is not None and said["body"].get("run") == newest.body["run"]
    if kind == "removal":
        do = "remove what it names, if there is more of it"
        raise _problem(record.out, "a removal is not removed", "another leaf", f"leaf {leaf}, a removal", do)
    if kind == "evidence" and (record.home / blob_path(said["digest"])).exists():
        do = f"truceline record remove {record.out} {said['digest']} takes them away; then remove the leaf"
        raise _problem(record.out, "the bytes are still here", "what says where kept bytes came from stays", kind, do)
    if of_newest and (kind == "run" or said["path"] is not None):
        do = "take the evidence out of the case, and run again: then this is an older run's, and can go"
        found = f"leaf {leaf}, {kind} of the newest run"
        raise _problem(record.out, "the outputs rest on it", "a leaf that no output here rests on", found, do)


def _seal(record: Record, witnesses: Witnesses, leaf: int | None, *notes: str) -> Entered:
    sealed = record.seal(witnesses)
    return Entered(leaf, sealed.size, record.keys.origin, (*notes, *sealed.notes))


def _clean(out: Path, text: str) -> str:
    if not text.strip() or len(text) > 4_000 or not text.isprintable():
        raise _problem(out, "no reason", "a text of at most 4,000 characters", repr(text[:40]), "write it on one line")
    return text


def _problem(out: Path, what: str, expected: str, found: str, do: str) -> RecordError:
    return RecordError([Problem(str(out), 0, what, expected, found, do)])
