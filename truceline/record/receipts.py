"""A receipt for one leaf, from the files of a record, without its keys: who holds it needs no store.

It is a `c2sp.org/tlog-proof@v1`. With `opened`, its extra line carries the opening: the log does not sign
that line, but nonce and statement must give the leaf that is proved, so nothing in it can be changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truceline.errors import RecordError
from truceline.model import Problem
from truceline.record.openings import read_all, read_lines, read_opening
from truceline.record.statements import decode, is_digest, make_leaf
from truceline.tlog.checkpoints import parse_checkpoint
from truceline.tlog.errors import LogError, ReceiptError
from truceline.tlog.folder import FolderReader
from truceline.tlog.notes import split_note
from truceline.tlog.policy import Accepted, Policy
from truceline.tlog.proofs import prove_inclusion
from truceline.tlog.receipts import Receipt, format_receipt, parse_receipt, verify_receipt
from truceline.tlog.tiles import TILE_WIDTH, read_entry, width_at


@dataclass(frozen=True, slots=True)
class Proven:
    """What a receipt proves: a leaf's place in a log, who vouches, and the statement where it was opened."""

    leaf: int
    accepted: Accepted
    statement: dict[str, Any] | None


def find_leaves(home: Path, name: str) -> list[int]:
    """Return the leaves that a name means, in log order.

    A name is a leaf's number, or a digest, a subject or a path of statements. `home` is the record's folder.
    Raises RecordError where the record cannot be read.
    """
    size = _read_size(home)
    if name.isascii() and name.isdigit() and len(name) < 19:
        return [int(name)] if int(name) < size else []
    return list(_search(home, size, name))


def _search(home: Path, size: int, name: str) -> Iterator[int]:
    sought = name.encode("utf-8", "surrogateescape")
    fields = ("digest",) if is_digest(name) else ("subject", "path")
    try:
        for leaf, line in read_all(home, size):
            if sought in line or not name.isascii():  # most lines need not be read
                opening = read_opening(line)
                statement = decode(opening.data) if opening else {}
                if any(statement.get(field) == name for field in fields):
                    yield leaf
    except (OSError, ValueError) as error:
        raise _unreadable(home, error) from error


def prove(home: Path, leaf: int, *, opened: bool = False) -> str:
    """Return the receipt of a leaf under the newest checkpoint; `opened` puts its statement in.

    Whoever holds an opened receipt can read the statement: markings are for the caller to mind. Raises
    RecordError where there is no such leaf or the record cannot be read.
    """
    size, reader = _read_size(home), FolderReader(home)
    if not 0 <= leaf < size:
        expected = f"a number below {size}, the newest checkpoint's size"
        raise RecordError([Problem(str(home), 0, "no such leaf", expected, str(leaf), "seal the record first")])
    try:
        note = reader.read_note() or ""
        extra = _read_line(home, leaf, size) if opened else None
        return format_receipt(Receipt(leaf, prove_inclusion(reader, leaf, size), note, extra))
    except (LogError, OSError, ValueError) as error:
        raise _unreadable(home, error) from error


def read_leaf(home: Path, receipt: str) -> bytes:
    """Return the bytes of the leaf that a receipt of this record is about; raises RecordError."""
    try:
        return read_entry(FolderReader(home), parse_receipt(receipt).index, _read_size(home))
    except LogError as error:
        raise _unreadable(home, error) from error


def check_receipt(text: str | bytes, policy: Policy, leaf: bytes | None = None) -> Proven:
    """Return what a receipt proves, offline; raises `tlog.errors.LogError` or ValueError with the reason.

    The leaf's bytes are those that the opening in the receipt gives, or `leaf` where it carries none.
    """
    receipt = parse_receipt(text)
    statement = None
    if receipt.extra is not None:
        opening = read_opening(receipt.extra)
        if opening is None:
            raise ReceiptError("the receipt carries no statement: it was withheld or removed")
        leaf, statement = make_leaf(opening.nonce, opening.data), decode(opening.data)
    if leaf is None:
        raise ReceiptError("the receipt carries no opening: give the leaf that it is about")
    return Proven(receipt.index, verify_receipt(receipt, leaf, policy), statement)


def _read_line(home: Path, leaf: int, size: int) -> bytes:
    number, place = divmod(leaf, TILE_WIDTH)
    return read_lines(home, number, width_at(0, number, size))[place]


def _read_size(home: Path) -> int:
    try:
        note = FolderReader(home).read_note()
        return 0 if note is None else parse_checkpoint(split_note(note)[0]).size
    except LogError as error:
        raise _unreadable(home, error) from error


def _unreadable(home: Path, error: Exception) -> RecordError:
    do = "truceline record verify says what is wrong with it"
    return RecordError([Problem(str(home), 0, "the record cannot be read", "a whole record", str(error), do)])
