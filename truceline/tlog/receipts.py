"""One file that proves one entry, offline (c2sp.org/tlog-proof@v1, extension .tlog-proof)."""

from dataclasses import dataclass

from truceline.tlog.errors import ReceiptError
from truceline.tlog.hashing import HASH_BYTES, decode_base64, decode_count, decode_hash, encode_base64, hash_leaf
from truceline.tlog.notes import MAX_NOTE_BYTES, split_note
from truceline.tlog.policy import Accepted, Policy
from truceline.tlog.proofs import MAX_PROOF, verify_inclusion

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_RECEIPT_BYTES = 2 * MAX_NOTE_BYTES


@dataclass(frozen=True)
class Receipt:
    """Where an entry stands, the way from it to the root, and the checkpoint that states the root."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint_note: str
    extra: bytes | None = None
    """Bytes that nothing vouches for: nobody signed them."""

    def __post_init__(self) -> None:
        if not 0 <= self.index < 1 << 63:
            raise ReceiptError(f"an index is 0 or more, not {self.index}")
        if len(self.proof) > MAX_PROOF or any(len(node) != HASH_BYTES for node in self.proof):
            raise ReceiptError(f"a proof is at most {MAX_PROOF} hashes of {HASH_BYTES} bytes")


def format_receipt(receipt: Receipt) -> str:
    """Return the receipt as the text of a .tlog-proof file."""
    extra = [] if receipt.extra is None else [f"extra {encode_base64(receipt.extra)}"]
    lines = [FIRST_LINE, *extra, f"index {receipt.index}", *map(encode_base64, receipt.proof)]
    return "\n".join(lines) + "\n\n" + receipt.checkpoint_note


def parse_receipt(text: str | bytes) -> Receipt:
    """Return the receipt that a .tlog-proof file states; raises `ReceiptError` or `NoteError` for another form.

    Nothing in it is verified: see `verify_receipt`.
    """
    if len(text) > MAX_RECEIPT_BYTES:
        raise ReceiptError(f"a receipt has at most {MAX_RECEIPT_BYTES} bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ReceiptError("a receipt is UTF-8") from error
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != FIRST_LINE:
        raise ReceiptError(f"expected {FIRST_LINE!r} as first line and an empty line before the checkpoint")
    extra = _parse_extra(lines)
    index = _parse_index(lines)
    split_note(note)
    return Receipt(index, _parse_proof(lines[1:]), note, extra)


def _parse_extra(lines: list[str]) -> bytes | None:
    """Return what the extra line holds, and take the line away."""
    if len(lines) < 2 or not lines[1].startswith("extra "):
        return None
    extra = decode_base64(lines.pop(1).removeprefix("extra "))
    if extra is None:
        raise ReceiptError("the extra line is not canonical Base 64")
    return extra


def _parse_index(lines: list[str]) -> int:
    """Return what the index line holds, and take the line away."""
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise ReceiptError("expected a line “index N”")
    index = decode_count(lines.pop(1).removeprefix("index "))
    if index is None:
        raise ReceiptError("the index is a decimal number without leading zeroes")
    return index


def _parse_proof(lines: list[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_PROOF:
        raise ReceiptError(f"a proof has at most {MAX_PROOF} lines, this one has {len(lines)}")
    proof = []
    for number, line in enumerate(lines, 1):
        node = decode_hash(line)
        if node is None:
            raise ReceiptError(f"line {number} of the proof: expected 32 bytes in Base 64, found {line[:80]!r}")
        proof.append(node)
    return tuple(proof)


def verify_receipt(receipt: Receipt, leaf: bytes, policy: Policy) -> Accepted:
    """Return the checkpoint under which this entry stands, and who vouches for it.

    Raises `PolicyError`, `NoteError` or `CheckpointError` where the checkpoint is not accepted, `ProofError` where
    the entry is not under it.
    """
    accepted = policy.check(receipt.checkpoint_note)
    head = accepted.checkpoint
    verify_inclusion(hash_leaf(leaf), receipt.index, head.size, receipt.proof, head.root)
    return accepted
