"""Asks witnesses for their cosignatures, several at once, each in its time (c2sp.org/tlog-witness, the log's side)."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.errors import BehindWitness, ForkedWitness, LogError, WitnessError
from truceline.tlog.forks import parse_pair
from truceline.tlog.hashing import decode_count, encode_base64
from truceline.tlog.notes import MAX_NOTE_BYTES, Signature, add_lines, open_note, split_note
from truceline.tlog.policy import KnownWitness
from truceline.tlog.proofs import prove_consistency
from truceline.tlog.tiles import Reader

MAX_TRIES = 3
Prove = Callable[[int], Sequence[bytes]]


@dataclass(frozen=True)
class Failed:
    """A witness that gave no cosignature, and why.

    `behind`: it has seen a larger tree than ours. `pair`: it has seen another tree of ours' size, and shows both notes.
    """

    witness: str
    reason: str
    behind: int | None = None
    pair: str | None = None


@dataclass(frozen=True)
class Collected:
    """A note with the cosignatures that came, and the witnesses that gave none."""

    note: str
    cosigned: tuple[str, ...]
    failed: tuple[Failed, ...]

    @property
    def behind(self) -> int | None:
        """The largest size that a witness has seen beyond this note, or None: then nothing more may be signed."""
        return max((failure.behind for failure in self.failed if failure.behind is not None), default=None)

    @property
    def pair(self) -> str | None:
        """Two notes that some witness shows, unverified, or None."""
        return next((failure.pair for failure in self.failed if failure.pair is not None), None)


def format_request(old_size: int, proof: Sequence[bytes], note: str) -> bytes:
    """Return the body of a request to add a checkpoint."""
    return "\n".join([f"old {old_size}", *map(encode_base64, proof), "", note]).encode()


def prove_from(reader: Reader, note: str) -> Prove:
    """Return a function that proves the note's tree consistent with an older size, from tiles."""
    size = parse_checkpoint(split_note(note)[0]).size

    def prove(old_size: int) -> Sequence[bytes]:
        return prove_consistency(reader, old_size, size) if 0 < old_size < size else ()

    return prove


def request_cosignature(
    witness: KnownWitness, note: str, prove: Prove, *, old_size: int = 0, timeout_s: float = 10.0
) -> Signature:
    """Return one witness's verified cosignature over a note; it may say which older size it wants a proof from.

    Raises `BehindWitness` where it has cosigned a larger tree (an old copy of the log was restored, or another
    signs in its name), `WitnessError` for every other refusal, silence or malformed answer.
    """
    head = parse_checkpoint(split_note(note)[0])
    for _ in range(MAX_TRIES):
        code, kind, body = _post(witness, format_request(old_size, prove(old_size), note), timeout_s)
        if code == 200:
            return _verified(witness, note, body)
        if code != 409 or kind.partition(";")[0].strip() != "text/x.tlog.size":
            raise _refused(witness, code, body)
        old_size = _newer_size(witness, body, head, old_size)
    raise WitnessError(f"{witness.name} asks for another old size each time")


def _refused(witness: KnownWitness, code: int, body: bytes) -> WitnessError:
    """Return what a refusal says; one that comes with two notes is told apart, for they may be a proof."""
    try:
        parse_pair(body)
    except LogError:
        why = "; what it has cosigned may not be the beginning of this tree" if code == 422 else ""
        return WitnessError(f"{witness.name} answers {code}: {body[:200].decode(errors='replace')!r}{why}")
    return ForkedWitness(f"{witness.name} has cosigned another tree of this size", body.decode())


def _newer_size(witness: KnownWitness, body: bytes, head: Checkpoint, asked: int) -> int:
    size = decode_count(body[:100].decode(errors="replace").removesuffix("\n"))
    if size is None or size == asked:
        raise WitnessError(f"{witness.name} answers 409 without a size that helps: {body[:100]!r}")
    if size > head.size:
        raise BehindWitness(f"{witness.name} has cosigned size {size}, this log has {head.size}", size)
    return size


def _verified(witness: KnownWitness, note: str, body: bytes) -> Signature:
    try:
        text, _ = split_note(note)
        (signature,) = open_note(text + "\n" + body.decode("utf-8"), [witness.verifier]).verified
    except (LogError, UnicodeDecodeError) as error:
        raise WitnessError(f"{witness.name} sent no cosignature that holds: {error}") from error
    return signature


def _post(witness: KnownWitness, body: bytes, timeout_s: float) -> tuple[int, str, bytes]:
    """Return (code, media type, body) of the answer; follows no redirection."""
    try:
        url = urlsplit(witness.url or "")
        if url.scheme not in ("http", "https") or not url.hostname:
            raise WitnessError(f"{witness.name}: expected an http or https address, found {witness.url!r}")
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = kind(url.hostname, url.port, timeout=timeout_s)
        try:
            connection.request("POST", url.path.rstrip("/") + "/add-checkpoint", body, {"Content-Type": "text/plain"})
            # An answer without a length keeps the socket for itself: closing the connection would not close it.
            with connection.getresponse() as response:
                return response.status, response.getheader("Content-Type") or "", response.read(MAX_NOTE_BYTES)
        finally:
            connection.close()
    except WitnessError:
        raise
    except (OSError, HTTPException, ValueError) as error:
        raise WitnessError(f"{witness.name} does not answer: {error}") from error


def request_cosignatures(
    note: str, witnesses: Sequence[KnownWitness], prove: Prove, *, timeout_s: float = 10.0
) -> Collected:
    """Return the note with the cosignatures of all witnesses that answered well within the time, asked at once."""
    answers: queue.SimpleQueue[tuple[str, Signature | Failed]] = queue.SimpleQueue()

    def ask(witness: KnownWitness) -> None:
        try:
            answers.put((witness.name, request_cosignature(witness, note, prove, timeout_s=timeout_s)))
        except LogError as error:
            behind = error.size if isinstance(error, BehindWitness) else None
            pair = error.pair if isinstance(error, ForkedWitness) else None
            answers.put((witness.name, Failed(witness.name, str(error), behind, pair)))

    for witness in witnesses:
        # A witness that sends a byte a second must not hold up the end of the process.
        threading.Thread(target=ask, args=(witness,), daemon=True).start()
    came = _gather(answers, len(witnesses), time.monotonic() + timeout_s)
    lines, cosigned, failed = [], [], []
    for witness in witnesses:
        result = came.get(witness.name, Failed(witness.name, f"no answer within {timeout_s:g} s"))
        if isinstance(result, Failed):
            failed.append(result)
        else:
            lines.append(result)
            cosigned.append(witness.name)
    return Collected(add_lines(note, lines), tuple(cosigned), tuple(failed))


def _gather(
    answers: "queue.SimpleQueue[tuple[str, Signature | Failed]]", count: int, ends: float
) -> dict[str, Signature | Failed]:
    came: dict[str, Signature | Failed] = {}
    while len(came) < count and (left := ends - time.monotonic()) > 0:
        try:
            name, result = answers.get(timeout=left)
        except queue.Empty:
            break
        came[name] = result
    return came
