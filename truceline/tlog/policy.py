"""Whose signatures a checkpoint needs (c2sp.org/tlog-policy).

    log VKEY [URL]
    witness NAME VKEY [URL]
    group NAME all|any|N MEMBER…
    quorum NAME            or: quorum none

A log's key is named as its origin. A name is defined before it is used, and is a member once at most.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.cosignatures import SUBTREE_V1, CosignatureVerifier
from truceline.tlog.errors import LogError, NoteError, PolicyError
from truceline.tlog.notes import ED25519, Verifier, open_note, split_key, split_note

MAX_POLICY_BYTES = 1_000_000
MAX_LINES = 1_000


@dataclass(frozen=True)
class Log:
    """A log that is believed: its origin, one of its keys, and perhaps where it is."""

    origin: str
    verifier: Verifier | CosignatureVerifier
    url: str | None = None


@dataclass(frozen=True)
class KnownWitness:
    """A witness: its name in the policy, its key, and perhaps where it takes checkpoints."""

    name: str
    verifier: CosignatureVerifier
    url: str | None = None


@dataclass(frozen=True)
class Group:
    """Members of which at least `threshold` must have signed."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Cosigned:
    """That a witness of the policy vouched for a checkpoint, and when (seconds since 1970 UTC)."""

    witness: str
    time_s: int


@dataclass(frozen=True)
class Accepted:
    """A checkpoint that satisfies a policy: signed by a log of the policy, cosigned by a quorum."""

    checkpoint: Checkpoint
    cosigned: tuple[Cosigned, ...]
    """All witnesses of the policy that signed, in the policy's order."""


@dataclass(frozen=True)
class Policy:
    """The logs that are believed, the witnesses that are known, and how many of them are enough."""

    logs: tuple[Log, ...]
    witnesses: tuple[KnownWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str | None = None
    """The witness or group that must have signed; None: nobody need."""

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Return the policy that a file states; raises `PolicyError` with the line's number."""
        builder = _Builder()
        lines = _decode(text).split("\n")
        if len(lines) > MAX_LINES:
            raise PolicyError(f"a policy has at most {MAX_LINES} lines")
        for number, line in enumerate(lines, 1):
            words = line.replace("\t", " ").split(" ")
            words = [word for word in words if word]
            if words and not words[0].startswith("#"):
                builder.take(number, words)
        if not builder.quorum:
            raise PolicyError("a policy has one line “quorum NAME” or “quorum none”")
        (quorum,) = builder.quorum
        return cls(tuple(builder.logs), tuple(builder.witnesses), tuple(builder.groups), quorum)

    def check(self, note: str | bytes) -> Accepted:
        """Return the checkpoint in a note that a log of this policy signed and a quorum cosigned.

        Raises `PolicyError` naming what is missing, `NoteError` for a malformed or forged note,
        `CheckpointError` for malformed text.
        """
        text, _ = split_note(note)
        origin = text.partition("\n")[0]
        logs = [log.verifier for log in self.logs if log.origin == origin]
        if not logs:
            raise PolicyError(f"no log of the policy has the origin {origin[:200]!r}", (origin,))
        opened = open_note(note, [*logs, *(witness.verifier for witness in self.witnesses)])
        signed = {(signature.name, signature.key_id): signature for signature in opened.verified}
        if not any((key.name, key.key_id) in signed for key in logs):
            raise PolicyError(f"no key of the log {origin!r} has signed", (origin,))
        cosigned = tuple(
            Cosigned(witness.name, witness.verifier.read_time(signed[witness.verifier.name, witness.verifier.key_id]))
            for witness in self.witnesses
            if (witness.verifier.name, witness.verifier.key_id) in signed
        )
        self._check_quorum({entry.witness for entry in cosigned})
        return Accepted(parse_checkpoint(text), cosigned)

    def _check_quorum(self, signed: set[str]) -> None:
        if self.quorum is None:
            return
        satisfied = set(signed)
        for group in self.groups:  # members are defined before their groups
            if sum(member in satisfied for member in group.members) >= group.threshold:
                satisfied.add(group.name)
        if self.quorum not in satisfied:
            missing = tuple(witness.name for witness in self.witnesses if witness.name not in signed)
            raise PolicyError(
                f"the quorum {self.quorum!r} is not reached: no cosignature of {', '.join(map(repr, missing))}", missing
            )


def _decode(text: str | bytes) -> str:
    """Return the policy's text; bytes that are no UTF-8 stay apart from each other, whatever they mean."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", errors="surrogateescape")
    if len(text) > MAX_POLICY_BYTES:
        raise PolicyError(f"a policy has at most {MAX_POLICY_BYTES} bytes")
    if any((sign < " " and sign not in "\t\n") or sign == "\x7f" for sign in set(text)):
        raise PolicyError("a policy holds no control character but tab and newline")
    return text


@dataclass
class _Builder:
    """What the lines so far have defined."""

    logs: list[Log] = field(default_factory=list)
    witnesses: list[KnownWitness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: list[str | None] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    keys: dict[bytes, int] = field(default_factory=dict)

    def take(self, number: int, words: list[str]) -> None:
        """Take one line; raises `PolicyError` with its number."""
        kinds: Mapping[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        try:
            if words[0] not in kinds:
                raise PolicyError(f"expected log, witness, group or quorum, found {words[0][:80]!r}")
            kinds[words[0]](words[1:])
        except LogError as error:
            raise PolicyError(str(error), line=number) from error

    def _log(self, words: list[str]) -> None:
        _expect(1 <= len(words) <= 2, "expected “log VKEY [URL]”")
        verifier = parse_log_key(words[0])
        self._new_key(verifier.public_key)
        self.logs.append(Log(verifier.name, verifier, *words[1:]))

    def _witness(self, words: list[str]) -> None:
        _expect(2 <= len(words) <= 3, "expected “witness NAME VKEY [URL]”")
        self._new_name(words[0])
        verifier = CosignatureVerifier.parse(words[1])
        self._new_key(verifier.public_key)
        self.witnesses.append(KnownWitness(words[0], verifier, *words[2:]))

    def _group(self, words: list[str]) -> None:
        _expect(len(words) >= 3, "expected “group NAME all|any|N MEMBER…”")
        name, rule, *members = words
        self._new_members(members)
        self._new_name(name)
        written = {"all": str(len(members)), "any": "1"}.get(rule, rule)
        _expect(written.isascii() and written.isdigit() and len(written) <= 4, f"expected all, any or a number: {rule}")
        threshold = int(written)
        _expect(1 <= threshold <= len(members), f"{threshold} of {len(members)} members cannot be")
        self.groups.append(Group(name, threshold, tuple(members)))

    def _quorum(self, words: list[str]) -> None:
        _expect(len(words) == 1 and not self.quorum, "expected one line “quorum NAME”")
        _expect(words[0] == "none" or words[0] in self.names, f"the name {words[0]!r} is not defined above")
        self.quorum.append(None if words[0] == "none" else words[0])

    def _new_name(self, name: str) -> None:
        _expect(name != "none" and name not in self.names, f"the name {name!r} is taken")
        self.names.add(name)

    def _new_members(self, members: Iterable[str]) -> None:
        for member in members:
            _expect(member in self.names, f"the name {member!r} is not defined above")
            _expect(member not in self.members, f"{member!r} is a member already")
            self.members.add(member)

    def _new_key(self, public_key: bytes) -> None:
        # A log does not witness itself, and one key is one voice.
        _expect(public_key not in self.keys, "this public key stands in the policy already")
        self.keys[public_key] = 1


def _expect(holds: bool, message: str) -> None:
    if not holds:
        raise PolicyError(message)


def parse_log_key(vkey: str) -> Verifier | CosignatureVerifier:
    """Return a log's key: Ed25519 (type 0x01) or ML-DSA-44 (type 0x06); raises `NoteError`."""
    name, _, algorithm, _ = split_key(vkey)
    if algorithm == ED25519:
        return Verifier.parse(vkey)
    if algorithm == SUBTREE_V1:
        return CosignatureVerifier.parse(vkey)
    raise NoteError(f"the key of {name!r} is of type {algorithm:#04x}, which no log signs with")
