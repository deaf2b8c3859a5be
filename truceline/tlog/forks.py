"""Two signed checkpoints of one log that do not go together, in one file: an accusation that carries its own proof.

    <a line that says what happened; nobody signed it>

    first:
    <signed note>

    second:
    <signed note>

Two trees of one size under one key are a fork, and the two notes alone prove it. Of two sizes the notes prove that the
log had the larger one; whether the smaller is its beginning (an old copy) or not (a fork) is shown by its tiles.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.errors import NoteError, PolicyError, ProofError, TileError
from truceline.tlog.hashing import encode_base64
from truceline.tlog.notes import MAX_NOTE_BYTES, NoteVerifier, open_note, split_note
from truceline.tlog.policy import Policy
from truceline.tlog.proofs import prove_consistency, verify_consistency
from truceline.tlog.tiles import TILE_WIDTH, Reader, read_hashes, width_at
from truceline.tlog.tree import Tree

MAX_PAIR_BYTES = 2 * MAX_NOTE_BYTES + 10_000

_FIRST, _SECOND = "\n\nfirst:\n", "\n\nsecond:\n"  # no line of a checkpoint is empty, so these stand in no note

Verdict = Literal["fork", "older", "same", "open"]
"""`fork`: two trees; `older`: one tree, earlier and later; `same`: one tree twice; `open`: the notes do not say."""


@dataclass(frozen=True)
class Judged:
    """What two checkpoints of one log say together; both were signed by it."""

    verdict: Verdict
    first: Checkpoint
    second: Checkpoint

    def lines(self) -> list[str]:
        """Return it in words."""
        sizes = sorted((self.first.size, self.second.size))
        said = {
            "fork": f"proved: {self.first.origin} has signed two trees that contradict each other",
            "older": f"no fork: the tree of {sizes[0]} entries is the beginning of the one of {sizes[1]}",
            "same": f"no fork: twice the same tree of {sizes[0]} entries",
            "open": f"not decided: {self.first.origin} has signed trees of {sizes[0]} and of {sizes[1]} entries; "
            "whether one is the beginning of the other is seen in the tiles of the larger one",
        }
        return [said[self.verdict], *map(_show, (self.first, self.second))]


def _show(head: Checkpoint) -> str:
    return f"  {head.size} entries, root {encode_base64(head.root)}"


def format_pair(message: str, first: str, second: str) -> str:
    """Return the text of a file with two notes."""
    return f"{message}{_FIRST}{first}{_SECOND[1:]}{second}"


def is_pair(text: str) -> bool:
    """Whether a text means to be a file of two notes."""
    return _FIRST in text and _SECOND in text


def parse_pair(text: str | bytes) -> tuple[str, str]:
    """Return the two notes of a file, unverified; raises `NoteError` for another form."""
    if len(text) > MAX_PAIR_BYTES:
        raise NoteError(f"a file of two notes has at most {MAX_PAIR_BYTES} bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NoteError("a file of two notes is UTF-8") from error
    _, first, rest = text.partition(_FIRST)
    one, second, two = rest.partition(_SECOND)
    if not (first and second):
        raise NoteError("expected “first:” and a signed note, an empty line, “second:” and another one")
    for note in (f"{one}\n", two):
        split_note(note)
    return f"{one}\n", two


def judge_pair(text: str | bytes, policy: Policy, tiles: Reader | None = None) -> Judged:
    """Return what two notes prove, given the log's keys in a policy; witnesses are not asked for.

    `tiles` are those of a copy of the log; they are believed only as far as they give the larger root that was signed.
    Raises `PolicyError` where no log of the policy has the notes' origin, `NoteError` for a signature that does not
    hold, `TileError` where tiles lack or are another tree's.
    """
    first, second = (_open(note, policy) for note in parse_pair(text))
    if first.origin != second.origin:
        raise PolicyError(f"two logs: {first.origin!r} and {second.origin!r}")
    return Judged(_compare(first, second, tiles), first, second)


def _open(note: str, policy: Policy) -> Checkpoint:
    origin = split_note(note)[0].partition("\n")[0]
    keys: Sequence[NoteVerifier] = [log.verifier for log in policy.logs if log.origin == origin]
    if not keys:
        raise PolicyError(f"no log of the policy has the origin {origin[:200]!r}", (origin,))
    return parse_checkpoint(open_note(note, keys).text)


def _compare(first: Checkpoint, second: Checkpoint, tiles: Reader | None) -> Verdict:
    if first.size == second.size:
        return "same" if first.root == second.root else "fork"
    small, large = sorted((first, second), key=lambda head: head.size)
    if small.size == 0:
        return "older"  # every tree begins with the empty one
    return "open" if tiles is None else _compare_by(tiles, small, large)


def _compare_by(tiles: Reader, small: Checkpoint, large: Checkpoint) -> Verdict:
    """A proof from a few tiles shows an older copy; that there is none, only all hashes of the larger tree show."""
    with suppress(ProofError):
        verify_consistency(
            small.size, small.root, large.size, large.root, prove_consistency(tiles, small.size, large.size)
        )
        return "older"
    tree, same = Tree(), False
    for index in range(-(-large.size // TILE_WIDTH)):
        row = read_hashes(tiles, 0, index, width_at(0, index, large.size))
        cut = min(max(small.size - tree.size, 0), len(row))
        tree.extend(row[:cut])
        same = same or (tree.size == small.size and tree.root() == small.root)
        tree.extend(row[cut:])
    if tree.root() != large.root:
        raise TileError(f"the tiles are not those of the signed tree of {large.size} entries")
    return "older" if same else "fork"
