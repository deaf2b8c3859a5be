"""The exceptions of the log.

LogError                  everything that the log raises on purpose
├── NoteError             a key or a signed note is malformed, forged or signed by nobody known
├── CheckpointError       the text of a tree head is malformed
├── ProofError            a proof is malformed or does not lead to the root
├── PolicyError           a policy cannot be read, or a checkpoint does not satisfy it
├── ReceiptError          a receipt is malformed
├── TileError             a tile or a bundle is malformed
│   └── MissingTile       a tile or a bundle is not there
├── ForkError             two signed checkpoints contradict each other; carries both
├── WitnessError          a witness refused, or did not answer as the protocol asks
│   ├── BehindWitness     a witness has seen a larger tree than the one that it is shown
│   └── ForkedWitness     a witness has seen another tree of the same size, and shows it
└── DiskError             the disk refused; nothing was acknowledged, the same call may be tried again
    └── Unsafe            a flush failed: nothing more is acknowledged until the log is opened anew
"""

from collections.abc import Sequence


class LogError(ValueError):
    """Base of all errors that the log raises on purpose."""


class NoteError(LogError):
    """A key or a signed note is malformed, forged, or signed by no known key."""


class CheckpointError(LogError):
    """The text of a tree head is malformed."""


class ProofError(LogError):
    """A proof is malformed, or does not lead to the root."""


class PolicyError(LogError):
    """A policy cannot be read, or a checkpoint does not satisfy it.

    `missing` names what lacks; `line` is the line of a policy that cannot be read, 0 where it is no line's fault.
    """

    def __init__(self, message: str, missing: Sequence[str] = (), line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.reason = message
        self.missing = tuple(missing)
        self.line = line


class ReceiptError(LogError):
    """A receipt is malformed."""


class TileError(LogError):
    """A tile or an entry bundle is malformed."""


class MissingTile(TileError):  # noqa: N818 - what is missing, not an error of the program
    """A tile or an entry bundle is not there."""


class ForkError(LogError):
    """Two signed checkpoints of one log contradict each other; the two notes are the proof of it."""

    def __init__(self, message: str, first_note: str, second_note: str) -> None:
        super().__init__(f"{message}\n\nfirst:\n{first_note}\nsecond:\n{second_note}")
        self.first_note = first_note
        self.second_note = second_note


class WitnessError(LogError):
    """A witness refused, or did not answer as the protocol asks."""


class BehindWitness(WitnessError):  # noqa: N818 - a state of the log, not of the program
    """A witness has cosigned a tree of `size` entries, larger than the one it is shown: an old copy was restored."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class ForkedWitness(WitnessError):  # noqa: N818 - a state of the log, not of the program
    """A witness shows another tree of the same size; `pair` holds both notes, which nobody has verified yet."""

    def __init__(self, message: str, pair: str) -> None:
        super().__init__(message)
        self.pair = pair


class DiskError(LogError):
    """The disk refused a write; nothing was acknowledged, and the same call may be tried again."""


class Unsafe(DiskError):  # noqa: N818 - a state of the disk
    """A flush failed, so nobody knows what is on disk: nothing more is acknowledged until the log is opened anew."""
