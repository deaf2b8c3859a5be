"""A Merkle tree that grows (RFC 6962, section 2.1), kept as its right edge: at most 63 hashes."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from truceline.tlog.hashing import EMPTY_ROOT, HASH_BYTES, hash_children, hash_row


class Tree:
    """A compact range: the roots of the complete subtrees that the leaves so far fill, largest first."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(peaks) or any(len(peak) != HASH_BYTES for peak in peaks):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks of 32 bytes")
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, largest first."""
        return tuple(self._peaks)

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf by its hash."""
        self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaves by their hashes, in order."""
        peaks, size = self._peaks, self.size
        for node in leaf_hashes:
            filled = size
            while filled & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                filled >>= 1
            peaks.append(node)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Return the root hash of all leaves so far."""
        return fold_peaks(self._peaks)


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """Return the root over the roots of complete subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = hash_children(peak, root)
    return root


def fold_edges(edges: Sequence[Sequence[bytes]]) -> bytes:
    """Return the root over the right edge of tiles: for each level, from 0, the hashes of its partial tile."""
    peaks: list[bytes] = []
    for row in reversed(edges):
        place = 0
        for height in reversed(range(8)):
            if len(row) >> height & 1:
                peaks.append(hash_row(row[place : place + (1 << height)]))
                place += 1 << height
    return fold_peaks(peaks)
