"""The text of a tree head (c2sp.org/tlog-checkpoint): origin, size, root, further lines."""

from dataclasses import dataclass

from truceline.tlog.errors import CheckpointError
from truceline.tlog.hashing import EMPTY_ROOT, HASH_BYTES, decode_count, decode_hash, encode_base64


@dataclass(frozen=True)
class Checkpoint:
    """What a log claims: that it has `size` entries under this root.

    `origin` names the log; it may hold spaces, as the Go checksum database's does. `extensions` are
    further lines, which a log signs but an auditor of the tree cannot check.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(sign < " " for sign in line):
                raise CheckpointError(f"a line of a checkpoint is neither empty nor holds control characters: {line!r}")
        if not 0 <= self.size < 1 << 63 or len(self.root) != HASH_BYTES:
            raise CheckpointError(f"a checkpoint has a size below 2⁶³ and a root of 32 bytes, not {self.size}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError(f"the root of a tree of size 0 is {encode_base64(EMPTY_ROOT)}")

    @property
    def text(self) -> str:
        """The text that a log signs, with its last newline."""
        return "\n".join((self.origin, str(self.size), encode_base64(self.root), *self.extensions)) + "\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the tree head that a note's text states; raises `CheckpointError` for all but the one right form.

    Only text whose signature was verified should come here (`notes.open_note`).
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "":
        raise CheckpointError("a checkpoint has at least three lines, each ended by a newline")
    origin, count, root, *extensions = lines
    size, digest = decode_count(count), decode_hash(root)
    if size is None:
        raise CheckpointError(f"line 2: expected a size in decimal without leading zeroes, found {count[:80]!r}")
    if digest is None:
        raise CheckpointError(f"line 3: expected 32 bytes in Base 64, found {root[:80]!r}")
    return Checkpoint(origin, size, digest, tuple(extensions))
