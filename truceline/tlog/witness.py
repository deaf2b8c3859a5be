"""A witness (c2sp.org/tlog-witness): remembers the newest head of each log, and signs nothing behind it.

Each party runs its own. What it remembers is one signed note for each log, in a folder; the note is on
disk before the cosignature leaves. Two trees of one size are kept as evidence, both notes together.
"""

import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Self

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.cosignatures import CosignatureSigner
from truceline.tlog.durability import DISK, Disk, make_folder_durably, write_durably
from truceline.tlog.errors import DiskError, LogError, NoteError, ProofError, Unsafe
from truceline.tlog.forks import format_pair
from truceline.tlog.hashing import decode_count, decode_hash
from truceline.tlog.notes import MAX_NOTE_BYTES, Note, add_lines, open_note, split_note
from truceline.tlog.policy import Policy
from truceline.tlog.proofs import MAX_PROOF, verify_consistency

MAX_REQUEST_BYTES = 256 * 1024
MAX_CONNECTIONS = 64
MAX_SECONDS = 10
MAX_FORKS = 16
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What a witness answers: an HTTP code, a media type, a body."""

    code: int
    type: str
    body: bytes


@dataclass(frozen=True)
class Request:
    """What a log asks: "this head follows the one of `old_size` entries, as the proof shows"."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str


class _Refusal(Exception):  # noqa: N818 - an answer on its way
    def __init__(self, code: int, message: str, kind: str = PLAIN) -> None:
        super().__init__(message)
        self.answer = Answer(code, kind, f"{message}\n".encode(errors="backslashreplace"))


def parse_request(body: bytes) -> Request:
    """Return what the body of a request to add a checkpoint says; raises `LogError` for another form."""
    if len(body) > MAX_REQUEST_BYTES:
        raise NoteError(f"a request has at most {MAX_REQUEST_BYTES} bytes")
    try:
        head, blank, note = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("a request is UTF-8") from error
    first, *lines = head.split("\n")
    old_size = decode_count(first.removeprefix("old ")) if first.startswith("old ") else None
    proof = [decode_hash(line) for line in lines]
    if not blank or old_size is None or len(proof) > MAX_PROOF or None in proof:
        raise ProofError(f"expected “old SIZE”, at most {MAX_PROOF} hashes in Base 64, an empty line, a checkpoint")
    split_note(note)
    return Request(old_size, tuple(node for node in proof if node is not None), note)


class Witness:
    """Cosigns the heads of the logs of a policy, if each follows the one before; safe to call from several threads.

    One process at a time has the state folder. After a failed flush it signs nothing more (code 503) until
    it is made anew. The clock gives seconds since 1970 UTC; a clock set back does not set cosignatures back.
    """

    def __init__(
        self,
        folder: Path,
        signers: CosignatureSigner | Sequence[CosignatureSigner],
        policy: Policy,
        *,
        disk: Disk = DISK,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = Path(folder)
        self._signers = (signers,) if isinstance(signers, CosignatureSigner) else tuple(signers)
        self._policy, self._disk, self._clock = policy, disk, clock
        self._turn = threading.Lock()
        self._unsafe = False
        make_folder_durably(self.folder, disk)
        try:
            handle = disk.lock(self.folder)
        except BlockingIOError as error:
            raise LogError(f"another witness has {self.folder.name} open") from error
        self._unlock = weakref.finalize(self, os.close, handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have the state folder."""
        self._unlock()

    def latest(self, origin: str) -> str | None:
        """Return the newest note that was cosigned for a log, with the cosignature, or None."""
        try:
            return self._disk.read(self._place(origin), MAX_NOTE_BYTES).decode("utf-8")
        except FileNotFoundError:
            return None

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request: 200 with cosignatures, 400 malformed, 403 not the log's, 404 unknown log, 409, 422.

        409 with type text/x.tlog.size holds the size that was last cosigned; 409 with plain text refuses
        another tree of that size, and holds both notes as `forks` writes them. 503: the disk refused; nothing was
        signed.
        """
        try:
            request = parse_request(body)
            note = self._open(request)
            head = parse_checkpoint(note.text)
            if request.old_size > head.size:
                raise _Refusal(400, "the old size is larger than the checkpoint's")
            with self._turn:  # to look and to remember is one step
                return self._advance(request, note, head)
        except _Refusal as refusal:
            return refusal.answer
        except (OSError, DiskError) as error:
            self._unsafe = self._unsafe or isinstance(error, Unsafe)
            return _Refusal(503, "the disk refused; nothing was signed").answer
        except LogError as error:
            return _Refusal(400, str(error)).answer

    def _open(self, request: Request) -> Note:
        text, _ = split_note(request.note)
        origin = text.partition("\n")[0]
        keys = [log.verifier for log in self._policy.logs if log.origin == origin]
        if not keys:
            raise _Refusal(404, "no log of this origin is known here")
        try:
            return open_note(request.note, keys)
        except NoteError as error:
            raise _Refusal(403, str(error)) from error

    def _advance(self, request: Request, note: Note, head: Checkpoint) -> Answer:
        if self._unsafe:
            raise _Refusal(503, "a flush failed before; nothing is signed until the witness is started anew")
        stored = self.latest(head.origin)
        last = parse_checkpoint(split_note(stored)[0]) if stored is not None else None
        # Only lines that were verified are kept: anyone can add lines under unknown keys.
        signed = note.text + "\n" + "".join(line.line for line in note.verified)
        forked = stored is not None and last is not None and last.size == head.size and last.root != head.root
        pair = format_pair("another tree of this size was cosigned", stored or "", signed) if forked else ""
        if pair:
            self._keep_fork(head.origin, signed, pair)
        if request.old_size != (last.size if last else 0):
            raise _Refusal(409, str(last.size if last else 0), "text/x.tlog.size")
        if pair:
            raise _Refusal(409, pair.removesuffix("\n"))
        _check_growth(request, head, last)
        now = max(int(self._clock()), self._last_time(stored))
        cosigned = [signer.cosign(note.text, now) for signer in self._signers]
        write_durably(self._place(head.origin), add_lines(signed, cosigned).encode(), self._disk)
        return Answer(200, PLAIN, "".join(signature.line for signature in cosigned).encode())

    def _last_time(self, stored: str | None) -> int:
        """Return the time of the newest cosignature: a clock set back must not claim an earlier view."""
        if stored is None:
            return 0
        verifiers = {(signer.name, signer.key_id): signer.verifier for signer in self._signers}
        lines = split_note(stored)[1]
        own = [(verifiers[line.name, line.key_id], line) for line in lines if (line.name, line.key_id) in verifiers]
        return max((verifier.read_time(line) for verifier, line in own), default=0)

    def _keep_fork(self, origin: str, second: str, pair: str) -> None:
        folder = self._place(origin).with_suffix(".forks")
        place = folder / (sha256(second.encode()).hexdigest() + ".txt")
        if not place.exists() and (not folder.is_dir() or len(list(folder.iterdir())) < MAX_FORKS):
            write_durably(place, pair.encode(), self._disk)

    def _place(self, origin: str) -> Path:
        return self.folder / f"{sha256(origin.encode()).hexdigest()}.checkpoint"


def _check_growth(request: Request, head: Checkpoint, last: Checkpoint | None) -> None:
    """Raise a refusal unless the head follows the last one."""
    if last is None or last.size in (0, head.size):
        if request.proof:
            raise _Refusal(422, "the proof from size 0, or to the same size, is empty")
        return
    try:
        verify_consistency(last.size, last.root, head.size, head.root, request.proof)
    except ProofError as error:
        raise _Refusal(422, str(error)) from error


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; at most `MAX_CONNECTIONS` at once, more are closed unanswered."""

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        self.witness = witness
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((host, port), _Handler)

    def process_request(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Take a connection, if there is a place."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Serve a connection, then give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Pass over a connection that broke off: it is the other side's affair."""


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "truceline-witness", ""
    timeout = MAX_SECONDS

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        size = decode_count(length) if "Transfer-Encoding" not in self.headers else None
        if self.path.rstrip("/").rpartition("/")[2] != "add-checkpoint":
            self._refuse(404, "only add-checkpoint is served here")
        elif size is None:
            self._refuse(411, "a request states its length")
        elif size > MAX_REQUEST_BYTES:
            self._refuse(413, f"a request has at most {MAX_REQUEST_BYTES} bytes")
        elif (body := self._read(size)) is None:
            self._refuse(408, "the request did not arrive in time")
        else:
            self._send(self.server.witness.add_checkpoint(body))

    def _read(self, left: int) -> bytes | None:
        ends = time.monotonic() + MAX_SECONDS
        parts = []
        while left and time.monotonic() < ends and (part := self.rfile.read1(left)):
            parts.append(part)
            left -= len(part)
        return None if left else b"".join(parts)

    def _refuse(self, code: int, message: str) -> None:
        self.close_connection = True  # what is left of the request is not read
        self._send(_Refusal(code, message).answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives
        """Write nothing: the state folder says what was signed."""


def serve(witness: Witness, host: str, port: int) -> None:
    """Serve a witness over HTTP until the process ends: POST …/add-checkpoint, as the specification has it."""
    with WitnessServer(witness, host, port) as server:
        server.serve_forever()
