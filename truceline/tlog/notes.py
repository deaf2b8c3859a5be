"""Signed text (c2sp.org/signed-note): a text, an empty line, one line for each signature.

Keys are written as Go's sumdb/note writes them: "NAME+KEYID+BASE64" to verify, "PRIVATE+KEY+NAME+KEYID+BASE64"
to sign. The plain signature is Ed25519, type 0x01; what witnesses sign is in `cosignatures`.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from truceline.tlog.errors import NoteError
from truceline.tlog.hashing import decode_base64, encode_base64

ED25519 = 0x01
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100  # the specification asks for at least 16
DASH = "\N{EM DASH}"


class NoteVerifier(Protocol):
    """A key that can verify a line of a note."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def key_id(self) -> bytes: ...  # noqa: D102
    def verify(self, text: str, signature: bytes) -> bool: ...  # noqa: D102


class NoteSigner(Protocol):
    """A key that can sign the text of a note."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def key_id(self) -> bytes: ...  # noqa: D102
    def sign(self, text: str) -> bytes: ...  # noqa: D102


@dataclass(frozen=True)
class Signature:
    """One line of a note: the key's name, its id (4 bytes), the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes = field(repr=False)

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{DASH} {self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class Note:
    """A note of which at least one known key's signature was verified, and none failed."""

    text: str
    verified: tuple[Signature, ...]
    """By known keys, one for each key, in the note's order."""
    unknown: tuple[Signature, ...]
    """By keys that nobody asked about."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the known keys that signed."""
        return tuple(signature.name for signature in self.verified)


def check_name(name: str) -> None:
    """Raise `NoteError` for a name that no key may have: empty, with spaces, "+", or what cannot be printed."""
    if not name or "+" in name or not name.isprintable() or any(sign.isspace() for sign in name):
        raise NoteError(f"a key's name has no space, no plus and no control character: {name[:80]!r}")


def key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    """Return the 4 bytes that tell a name's keys apart: SHA-256(name ‖ newline ‖ type ‖ key), cut."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


def split_key(text: str) -> tuple[str, bytes, int, bytes]:
    """Return (name, key id, type, key) of a written key; raises `NoteError` where it is malformed."""
    parts = text.split("+", 2)
    if len(parts) != 3 or len(text) > 10_000:
        raise NoteError(f"expected a key NAME+KEYID+BASE64, found {text[:80]!r}")
    name, identity, written = parts
    check_name(name)
    data = decode_base64(written)
    if data is None or len(data) < 2:
        raise NoteError(f"the key of {name!r} is not canonical Base 64")
    if len(identity) != 8 or any(sign not in "0123456789abcdef" for sign in identity):
        raise NoteError(f"the key id of {name!r} is not 8 lower-case hexadecimal digits: {identity[:80]!r}")
    return name, bytes.fromhex(identity), data[0], data[1:]


def split_private_key(text: str) -> tuple[str, bytes, int, bytes]:
    """Return (name, key id, type, seed) of a written private key; an error never repeats the key."""
    prefix = "PRIVATE+KEY+"
    if not text.startswith(prefix):
        raise NoteError(f"expected a private key that starts with {prefix}")
    name, identity, algorithm, seed = split_key(text.removeprefix(prefix))
    if len(seed) != 32:
        raise NoteError(f"the private key of {name!r} has {len(seed)} bytes, not 32")
    return name, identity, algorithm, seed


@dataclass(frozen=True)
class Verifier:
    """A log's public key, Ed25519."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public_key) != 32:
            raise NoteError(f"the key of {self.name!r} has {len(self.public_key)} bytes, not 32")

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Return the key that "NAME+KEYID+BASE64" writes; raises `NoteError`."""
        name, identity, algorithm, public_key = split_key(vkey)
        if algorithm != ED25519:
            raise NoteError(f"the key of {name!r} is of type {algorithm:#04x}, expected {ED25519:#04x} (Ed25519)")
        verifier = cls(name, public_key)
        if verifier.key_id != identity:
            raise NoteError(f"the key id of {name!r} is {verifier.key_id.hex()}, found {identity.hex()}")
        return verifier

    @cached_property
    def key_id(self) -> bytes:
        """The 4 bytes that tell this key from others of its name."""
        return key_id(self.name, ED25519, self.public_key)

    @property
    def encoded(self) -> str:
        """The key as text."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([ED25519]) + self.public_key)}"

    def verify(self, text: str, signature: bytes) -> bool:
        """Return whether the signature is this key's over the text."""
        return verify_ed25519(self.public_key, signature, text.encode())


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether an Ed25519 signature holds (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True)
class Signer:
    """A log's private key, Ed25519, kept as its seed of 32 bytes."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_name(self.name)

    @classmethod
    def generate(cls, name: str) -> Self:
        """Return a new key from the system's source of randomness."""
        return cls(name, os.urandom(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that "PRIVATE+KEY+NAME+KEYID+BASE64" writes; raises `NoteError`."""
        name, identity, algorithm, seed = split_private_key(text)
        signer = cls(name, seed)
        if algorithm != ED25519 or signer.key_id != identity:
            raise NoteError(f"the private key of {name!r} is not Ed25519 with the key id {identity.hex()}")
        return signer

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """The public half's id."""
        return self.verifier.key_id

    @property
    def verifier_key(self) -> str:
        """The public half as text, for policies."""
        return self.verifier.encoded

    @property
    def encoded(self) -> str:
        """The private key as text: keep it secret."""
        return f"PRIVATE+KEY+{self.name}+{self.key_id.hex()}+{encode_base64(bytes([ED25519]) + self.seed)}"

    def sign(self, text: str) -> bytes:
        """Return the signature over the text."""
        return self._key.sign(text.encode())


def check_text(text: str) -> None:
    """Raise `NoteError` for text that cannot be signed: no last newline, control characters, not Unicode."""
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends with a newline")
    _check_signs(text)


def _check_signs(note: str) -> None:
    if any(sign < " " and sign != "\n" for sign in set(note)):
        raise NoteError("a note holds no control character but the newline")
    if len(note) > MAX_NOTE_BYTES or len(_encode(note)) > MAX_NOTE_BYTES:
        raise NoteError(f"a note has at most {MAX_NOTE_BYTES} bytes")


def _encode(note: str) -> bytes:
    try:
        return note.encode()
    except UnicodeEncodeError as error:
        raise NoteError("a note is text that UTF-8 can write") from error


def sign_line(text: str, signer: NoteSigner) -> Signature:
    """Return one key's signature over a text."""
    check_text(text)
    return Signature(signer.name, signer.key_id, signer.sign(text))


def sign_note(text: str, signers: Sequence[NoteSigner]) -> str:
    """Return the text signed by each key, at least one."""
    if not signers:
        raise NoteError("a note has at least one signature")
    return text + "\n" + "".join(sign_line(text, signer).line for signer in signers)


def add_signature(note: str, signer: NoteSigner) -> str:
    """Return the note with one more signature at its end."""
    text, _ = split_note(note)
    return add_lines(note, (sign_line(text, signer),))


def add_lines(note: str, signatures: Sequence[Signature]) -> str:
    """Return the note with these lines at its end; lines that it already has are not repeated."""
    _, present = split_note(note)
    return note + "".join(signature.line for signature in signatures if signature not in present)


def split_note(note: str | bytes) -> tuple[str, tuple[Signature, ...]]:
    """Return (text, signature lines) of a note without verifying anything; raises `NoteError` where malformed."""
    if isinstance(note, bytes):
        try:
            note = note[: MAX_NOTE_BYTES + 1].decode("utf-8")
        except UnicodeDecodeError as error:
            raise NoteError("a note is UTF-8") from error
    check_text(note)
    cut = note.rfind("\n\n")
    if cut < 0:
        raise NoteError("a note has an empty line between its text and its signatures")
    return note[: cut + 1], parse_lines(note[cut + 2 :])


def parse_lines(text: str) -> tuple[Signature, ...]:
    """Return the signatures of "— NAME BASE64" lines, at least one; raises `NoteError` where malformed."""
    lines = text.split("\n")
    if lines.pop() != "" or not lines:
        raise NoteError("a note has at least one signature, each on a line ended by a newline")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"a note has at most {MAX_SIGNATURES} signatures, this one has {len(lines)}")
    return tuple(_parse_line(line) for line in lines)


def _parse_line(line: str) -> Signature:
    parts = line.split(" ")
    data = decode_base64(parts[2]) if len(parts) == 3 and parts[0] == DASH else None
    if data is None or len(data) < 5:
        raise NoteError(f"expected a line “{DASH} NAME BASE64”, found {line[:80]!r}")
    check_name(parts[1])
    return Signature(parts[1], data[:4], data[4:])


def open_note(note: str | bytes, verifiers: Sequence[NoteVerifier]) -> Note:
    """Return the text and who signed it; raises `NoteError` unless a known key did, and none failed.

    Unknown keys are passed over, as the specification demands. A known key's signature that does not
    hold refuses the whole note. A key that signed twice counts once.
    """
    text, signatures = split_note(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified: dict[tuple[str, bytes], Signature] = {}
    unknown = []
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            unknown.append(signature)
        elif not verifier.verify(text, signature.signature):
            raise NoteError(f"the signature of {signature.name!r} does not hold")
        else:
            verified.setdefault((signature.name, signature.key_id), signature)
    if not verified:
        raise NoteError("no known key has signed this note")
    return Note(text, tuple(verified.values()), tuple(unknown))
