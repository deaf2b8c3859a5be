"""Inclusion and consistency (RFC 6962, section 2.1; verification as in RFC 9162, sections 2.1.3.2 and 2.1.4.2).

A proof against a tree of size 0 means nothing, so it is refused here; a witness that sees a log for
the first time decides that for itself. Every hash has 32 bytes, or is refused.
"""

from collections.abc import Sequence

from truceline.tlog.errors import ProofError
from truceline.tlog.hashing import EMPTY_ROOT, HASH_BYTES, hash_children, hash_row
from truceline.tlog.tiles import Reader, read_hashes, width_at
from truceline.tlog.tree import fold_peaks

MAX_PROOF = 63


class _Subtrees:
    """Hashes of ranges of leaves in a tree of `size`; reads each tile once."""

    def __init__(self, reader: Reader, size: int) -> None:
        self._reader, self._size = reader, size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def complete(self, start: int, height: int) -> bytes:
        """Return the root over the 2^height leaves from `start`, a multiple of 2^height."""
        level, inner = divmod(height, 8)
        index, first = divmod(start >> (8 * level), 256)
        if (level, index) not in self._tiles:
            width = width_at(level, index, self._size)
            self._tiles[level, index] = read_hashes(self._reader, level, index, width)
        return hash_row(self._tiles[level, index][first : first + (1 << inner)])

    def root(self, start: int, end: int) -> bytes:
        """Return the root over the leaves from `start` to before `end`; `start` fits the range."""
        peaks = []
        while start < end:
            height = (end - start).bit_length() - 1
            peaks.append(self.complete(start, height))
            start += 1 << height
        return fold_peaks(peaks)


def read_root(reader: Reader, size: int, newest: int | None = None) -> bytes:
    """Return the root that the log had at `size`, from the tiles of its `newest` size (None: of that size)."""
    return _Subtrees(reader, size if newest is None else newest).root(0, size) if size else EMPTY_ROOT


def _split(start: int, end: int) -> int:
    """Return where RFC 6962 cuts a range: at the largest power of two below its length."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def prove_inclusion(reader: Reader, index: int, size: int) -> tuple[bytes, ...]:
    """Return the audit path of entry `index` in the tree of `size`, from the leaf's sibling upwards.

    Raises `ProofError` for an index outside the tree, `TileError` where tiles lack.
    """
    if not 0 <= index < size:
        raise ProofError(f"no entry {index} in a tree of size {size}")
    subtrees = _Subtrees(reader, size)
    start, end = 0, size
    path = []
    while end - start > 1:
        cut = _split(start, end)
        if index < cut:
            path.append(subtrees.root(cut, end))
            end = cut
        else:
            path.append(subtrees.root(start, cut))
            start = cut
    return tuple(reversed(path))


def prove_consistency(reader: Reader, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of size `new` begins with the tree of size `old`.

    Raises `ProofError` unless 0 < old ≤ new, `TileError` where tiles lack.
    """
    if not 0 < old <= new:
        raise ProofError(f"no proof from size {old} to {new}: expected 0 < old ≤ new")
    subtrees = _Subtrees(reader, new)
    start, end = 0, new
    path = []
    while end != old:
        cut = _split(start, end)
        if old <= cut:
            path.append(subtrees.root(cut, end))
            end = cut
        else:
            path.append(subtrees.root(start, cut))
            start = cut
    if start:
        path.append(subtrees.root(start, end))
    return tuple(reversed(path))


def _check_hashes(proof: Sequence[bytes], *others: bytes) -> None:
    if len(proof) > MAX_PROOF or any(len(node) != HASH_BYTES for node in (*proof, *others)):
        raise ProofError(f"a proof is at most {MAX_PROOF} hashes of {HASH_BYTES} bytes")


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `ProofError` unless the proof leads from this leaf at `index` to the root of the tree of `size`."""
    _check_hashes(proof, leaf_hash, root)
    if not 0 <= index < size:
        raise ProofError(f"no entry {index} in a tree of size {size}")
    node, place, last = leaf_hash, index, size - 1
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof is longer than the tree is high")
        if place & 1 or place == last:
            node = hash_children(sibling, node)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = hash_children(node, sibling)
        place, last = place >> 1, last >> 1
    if last or node != root:
        raise ProofError(f"entry {index} is not under this root of size {size}")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise `ProofError` unless the proof shows that the new tree begins with the old one; 0 < old ≤ new."""
    _check_hashes(proof, old_root, new_root)
    if not 0 < old_size <= new_size:
        raise ProofError(f"no proof from size {old_size} to {new_size}: expected 0 < old ≤ new")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise ProofError(f"two trees of size {old_size} are the same tree, and the proof is empty")
        return
    if old_size & (old_size - 1) == 0:
        proof = (old_root, *proof)
    if not proof:
        raise ProofError("the proof is empty")
    if _climb(old_size, new_size, proof) != (old_root, new_root):
        raise ProofError(f"the tree of size {new_size} does not begin with the tree of size {old_size}")


def _climb(old_size: int, new_size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the two roots to which a proof leads (RFC 9162, section 2.1.4.2, steps 3 to 6)."""
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            raise ProofError("the proof is longer than the tree is high")
        if place & 1 or place == last:
            old, new = hash_children(sibling, old), hash_children(sibling, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = hash_children(new, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the proof is shorter than the tree is high")
    return old, new
