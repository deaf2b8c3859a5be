"""What a witness signs (c2sp.org/tlog-cosignature): at this time, this is the largest consistent tree I have seen.

Ed25519 (type 0x04, "cosignature/v1") signs the whole text; ML-DSA-44 (type 0x06, "subtree/v1") signs
names, size and root, but no further lines. A log may sign its own checkpoints with the second kind.
"""

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from truceline.tlog.checkpoints import parse_checkpoint
from truceline.tlog.errors import CheckpointError, NoteError
from truceline.tlog.hashing import encode_base64
from truceline.tlog.notes import Signature, check_name, key_id, split_key, split_private_key, verify_ed25519

COSIGNATURE_V1 = 0x04
SUBTREE_V1 = 0x06
KEY_BYTES = {COSIGNATURE_V1: 32, SUBTREE_V1: 1312}
SIGNATURE_BYTES = {COSIGNATURE_V1: 64, SUBTREE_V1: 2420}
MAX_TIME = (1 << 63) - 1


def signed_message(algorithm: int, name: str, text: str, time_s: int) -> bytes:
    """Return the bytes that a witness signs for a checkpoint's text; raises `CheckpointError`, `NoteError`."""
    checkpoint = parse_checkpoint(text)
    if algorithm == COSIGNATURE_V1:
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    parts = [b"subtree/v1\n\0", _prefixed(name), time_s.to_bytes(8, "big"), _prefixed(checkpoint.origin)]
    return b"".join((*parts, bytes(8), checkpoint.size.to_bytes(8, "big"), checkpoint.root))


def _prefixed(text: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= 255:
        raise NoteError(f"a name or origin under a cosignature has 1 to 255 bytes, this one {len(data)}")
    return bytes([len(data)]) + data


def split_signature(algorithm: int, signature: bytes) -> tuple[int, bytes] | None:
    """Return (seconds since 1970 UTC, bare signature) of a cosignature's bytes, or None where malformed."""
    time_s = int.from_bytes(signature[:8], "big")
    if len(signature) != 8 + SIGNATURE_BYTES[algorithm] or time_s > MAX_TIME:
        return None
    return time_s, signature[8:]


@dataclass(frozen=True)
class CosignatureVerifier:
    """A witness's public key: Ed25519 (type 0x04) or ML-DSA-44 (type 0x06)."""

    name: str
    public_key: bytes = field(repr=False)
    algorithm: int = COSIGNATURE_V1

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.algorithm not in KEY_BYTES or len(self.public_key) != KEY_BYTES[self.algorithm]:
            raise NoteError(f"the key of {self.name!r} is no witness key of type {self.algorithm:#04x}")

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Return the key that "NAME+KEYID+BASE64" writes; raises `NoteError`."""
        name, identity, algorithm, public_key = split_key(vkey)
        verifier = cls(name, public_key, algorithm)
        if verifier.key_id != identity:
            raise NoteError(f"the key id of {name!r} is {verifier.key_id.hex()}, found {identity.hex()}")
        return verifier

    @cached_property
    def key_id(self) -> bytes:
        """The 4 bytes that tell this key from others of its name."""
        return key_id(self.name, self.algorithm, self.public_key)

    @property
    def encoded(self) -> str:
        """The key as text."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public_key)}"

    def verify(self, text: str, signature: bytes) -> bool:
        """Return whether the signature is this witness's over the checkpoint's text."""
        parts = split_signature(self.algorithm, signature)
        if parts is None:
            return False
        try:
            message = signed_message(self.algorithm, self.name, text, parts[0])
        except (CheckpointError, NoteError):
            return False
        if self.algorithm == COSIGNATURE_V1:
            return verify_ed25519(self.public_key, parts[1], message)
        return _verify_ml_dsa(self.public_key, parts[1], message)

    def read_time(self, signature: Signature) -> int:
        """Return when the witness signed, in seconds since 1970 UTC; only of a verified signature."""
        parts = split_signature(self.algorithm, signature.signature)
        if parts is None:
            raise NoteError(f"the cosignature of {self.name!r} is malformed")
        return parts[0]


def _verify_ml_dsa(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


@dataclass(frozen=True)
class CosignatureSigner:
    """A witness's private key, kept as its seed of 32 bytes."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: int = COSIGNATURE_V1

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.algorithm not in KEY_BYTES or len(self.seed) != 32:
            raise NoteError(f"the private key of {self.name!r} is no witness key of type {self.algorithm:#04x}")

    @classmethod
    def generate(cls, name: str, algorithm: int = COSIGNATURE_V1) -> Self:
        """Return a new key from the system's source of randomness."""
        return cls(name, os.urandom(32), algorithm)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that "PRIVATE+KEY+NAME+KEYID+BASE64" writes; raises `NoteError`."""
        name, identity, algorithm, seed = split_private_key(text)
        signer = cls(name, seed, algorithm)
        if signer.key_id != identity:
            raise NoteError(f"the private key of {name!r} does not have the key id {identity.hex()}")
        return signer

    @cached_property
    def _key(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.algorithm == COSIGNATURE_V1:
            return Ed25519PrivateKey.from_private_bytes(self.seed)
        try:
            return MLDSA44PrivateKey.from_seed_bytes(self.seed)
        except UnsupportedAlgorithm as error:
            raise NoteError("this build of the package cryptography has no ML-DSA-44") from error

    @cached_property
    def verifier(self) -> CosignatureVerifier:
        """The public half."""
        return CosignatureVerifier(self.name, self._key.public_key().public_bytes_raw(), self.algorithm)

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
        return f"PRIVATE+KEY+{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.algorithm]) + self.seed)}"

    def cosign(self, text: str, time_s: int) -> Signature:
        """Return the cosignature over a checkpoint's text at a time, in seconds since 1970 UTC."""
        signature = self._key.sign(signed_message(self.algorithm, self.name, text, time_s))
        return Signature(self.name, self.key_id, time_s.to_bytes(8, "big") + signature)
