"""RFC 6962, section 2.1: the hashes of leaves and of pairs, SHA-256 with one byte that tells them apart."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of one entry: SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def hash_leaves(entries: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each entry, in order."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def hash_children(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def hash_row(row: Sequence[bytes]) -> bytes:
    """Return the root over a row of 1, 2, 4, 8 … hashes: a complete subtree."""
    while len(row) > 1:
        pairs = iter(row)
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return row[0]


def encode_base64(data: bytes) -> str:
    """Return the standard Base 64 text of bytes (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes | None:
    """Return the bytes of standard Base 64, or None where the text is not the one form that encodes them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encode_base64(data) == text else None


def decode_hash(text: str) -> bytes | None:
    """Return the 32 bytes of a hash in Base 64, or None."""
    data = decode_base64(text)
    return data if data is not None and len(data) == HASH_BYTES else None


def decode_count(text: str) -> int | None:
    """Return a size or index written as decimal without leading zeroes, below 2⁶³, or None."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or (text[0] == "0" and text != "0"):
        return None
    number = int(text)
    return number if number < 1 << 63 else None
