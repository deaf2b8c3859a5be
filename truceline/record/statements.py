"""What the record says, as bytes: statements, the nonces that hide them, and the leaves that bind them.

    statement  = RFC 8785 JSON of what is said, at most 1 MiB
    nonce      = HMAC-SHA256(secret of the record, SHA-256(statement) || leaf number as 8 bytes, big endian)
    commitment = SHA-256(nonce || statement)
    leaf       = {"commitment":"<hex>","v":1}

The leaf is public and tells nothing: what is short or easily guessed cannot be found by trying, because
the nonce is unknown. Who is given statement and nonce (an "opening") can check that it is what was logged.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, get_args

from truceline.record.markings import Marking, read_marking, write_marking
from truceline.spacetime import format_utc

Kind = Literal[
    "evidence",
    "custody",
    "run",
    "finding",
    "incident",
    "standing",
    "table",
    "report",
    "decision",
    "notice",
    "correction",
    "removal",
    "fork",
]
"""What a statement is about."""

KINDS = frozenset(get_args(Kind))
MOST_IDS = 10_000
"""Ids that a statement lists; of more it gives their number and digest."""
LARGEST = 1 << 20
"""Bytes of the largest statement."""

_FIELDS = frozenset(
    {"kind", "recorded_utc", "claimed_utc", "marking", "subject", "digest", "path", "from", "body"},
)
_DIGEST = re.compile("[0-9a-f]{64}")
_SAFE = 2**53 - 1  # the largest whole number that every reader of JSON holds exactly (RFC 8785, appendix D)

_LONGEST = 320  # digits of the largest number that a reader of JSON can hold, and some


class StatementError(ValueError):
    """Bytes are no statement, or a statement cannot be written; the text says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that the record says.

    `subject` names what it is about. `digest` is the SHA-256 (hex) of the bytes it speaks of, `path` the
    file in the output folder that holds them. `derived_from` lists digests and leaf numbers that it rests
    on. `claimed_utc` is the time that the source claims; the time of recording is the record's to say.
    `body` is JSON: None, bool, int, float, str, list, dict. No marking means: for the operator alone.
    """

    kind: Kind
    subject: str
    body: Mapping[str, Any] = field(default_factory=dict)
    marking: Marking | None = None
    claimed_utc: datetime | None = None
    digest: str | None = None
    path: str | None = None
    derived_from: tuple[str | int, ...] = ()


def names_bytes(kind: str, digest: str | None, path: str | None) -> bool:
    """Whether a statement says where the kept bytes with its digest came from, or that nobody knows."""
    return digest is not None and (kind == "evidence" or (kind == "notice" and path is None))


def encode(statement: Statement, recorded_utc: datetime) -> bytes:
    """Return the canonical bytes of a statement; raises StatementError where it cannot be one."""
    claimed = statement.claimed_utc
    value = {
        "kind": statement.kind,
        "recorded_utc": format_utc(recorded_utc),
        "claimed_utc": None if claimed is None else format_utc(claimed),
        "marking": write_marking(statement.marking),
        "subject": statement.subject,
        "digest": statement.digest,
        "path": statement.path,
        "from": list(statement.derived_from),
        "body": dict(statement.body),
    }
    try:
        data = canonicalize(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise StatementError(f"a {statement.kind} statement cannot be written as JSON: {error}") from error
    _check(value)
    _check_size(data)
    return data


def canonicalize(value: dict[str, Any]) -> bytes:
    """Return the RFC 8785 form of JSON; raises ValueError for what has none.

    Python's own encoder writes the same, and faster, where there is no number with an exponent, no whole number
    written as a fraction or so large that a reader may round it, and no character beyond the basic plane (whose
    order as a key differs in UTF-16).
    """
    import rfc8785

    try:
        text = _write_sorted(value)
        if _is_plain(text) and _read_plain(text) == value:
            return text.encode()
    except (ValueError, TypeError):
        pass  # not plain; or the package says better what is wrong
    return bytes(rfc8785.dumps(value))


def decode(data: bytes) -> dict[str, Any]:
    """Return the fields of a statement; raises StatementError for anything that `encode` would not write."""
    _check_size(data)
    try:
        text = data.decode("utf-8")
        value, plain = _read(text)
        if not isinstance(value, dict):
            raise StatementError("expected a JSON object")
        _check(value)
        written = _write_sorted(value).encode() if plain else canonicalize(value)
    except StatementError:
        raise
    except (ValueError, RecursionError) as error:
        raise StatementError(f"expected JSON, found {str(error)[:200]}") from error
    if written != data:
        raise StatementError("expected RFC 8785 form, found the same content written otherwise")
    return value


class _NotPlain(ValueError):  # noqa: N818 - a way to be written, not a fault
    """A number that Python and RFC 8785 may write differently."""


def _plain_whole(text: str) -> int:
    if len(text) > 15:
        raise _NotPlain
    return int(text)


def _not_plain(_: str) -> float:
    raise _NotPlain


def _plain_fraction(text: str) -> float:
    """Return a fraction that both write with the same digits: no whole number, and neither with an exponent."""
    value = float(text)
    if "e" in text or "E" in text or text.endswith(".0") or not 1e-4 <= abs(value) < 1e16:
        raise _NotPlain
    return value


def _is_plain(text: str) -> bool:
    return text.isascii() or max(text) <= "\uffff"


def _read(text: str) -> tuple[Any, bool]:
    """Return what JSON says, and whether Python would write it as RFC 8785 does."""
    try:
        return _read_plain(text), _is_plain(text)
    except _NotPlain:
        return json.loads(text, parse_int=_whole, parse_constant=_refuse), False


def _whole(text: str) -> int | float:
    """Return a whole number as every reader of JSON holds it: beyond 2⁵³ it is a fraction like any other."""
    if len(text) > _LONGEST:
        raise ValueError(f"a number of {len(text)} digits")
    value = int(text)
    return value if abs(value) <= _SAFE else float(text)


def _refuse(text: str) -> float:
    raise ValueError(f"the number {text}")


_read_plain = json.JSONDecoder(parse_float=_plain_fraction, parse_int=_plain_whole, parse_constant=_not_plain).decode
_write_sorted = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def _check_size(data: bytes) -> None:
    if len(data) > LARGEST:
        raise StatementError(f"expected at most {LARGEST} bytes, found {len(data)}")


def _check(value: Mapping[str, Any]) -> None:
    """Raise StatementError unless every field is there and of its kind."""
    if value.keys() != _FIELDS:
        raise StatementError(f"expected the fields {', '.join(sorted(_FIELDS))}, found {sorted(value)[:12]}")
    for name, fits in _SHAPES.items():
        if not fits(value[name]):
            raise StatementError(f"{name} is not what belongs there: {str(value[name])[:80]!r}")
    try:
        read_marking(value["marking"])
    except (ValueError, TypeError) as error:
        raise StatementError(f"marking: {error}") from error


def is_digest(value: object) -> bool:
    """Whether a value is a SHA-256 in lower-case hexadecimal."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def read_time(text: str) -> datetime | None:
    """Return the instant that a statement states, None for text that is not the one form of an instant."""
    if not text.endswith("Z") or not text.isascii():
        return None
    try:
        instant = datetime.fromisoformat(text)
        return instant if format_utc(instant) == text else None
    except ValueError:
        return None


def _is_instant(value: object) -> bool:
    return isinstance(value, str) and read_time(value) is not None


def _is_link(value: object) -> bool:
    return is_digest(value) or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def is_path(value: object) -> bool:
    """Whether a value is a relative path in plain form: no "..", no backslash, no control characters.

    The record's own files are vouched for by the log, and no statement speaks of them but of time stamps.
    """
    if not isinstance(value, str) or not value or "\\" in value or not value.isprintable():
        return False
    parts = value.split("/")
    own = parts[0] == "record" and parts[:2] != ["record", "stamps"]
    return not own and all(part not in {"", ".", ".."} for part in parts)


_SHAPES: dict[str, Callable[[Any], bool]] = {
    "kind": lambda value: isinstance(value, str) and value in KINDS,
    "recorded_utc": _is_instant,
    "claimed_utc": lambda value: value is None or _is_instant(value),
    "subject": lambda value: isinstance(value, str),
    "digest": lambda value: value is None or is_digest(value),
    "path": lambda value: value is None or is_path(value),
    "from": lambda value: isinstance(value, list) and all(_is_link(link) for link in value),
    "body": lambda value: isinstance(value, dict),
}


def name_ids(noun: str, ids: Sequence[str]) -> dict[str, Any]:
    """Return the field of a body that lists ids; of very many their number, and the SHA-256 of their lines.

    A statement has an end, and one happening may be seen a hundred thousand times.
    """
    if len(ids) <= MOST_IDS:
        return {noun: list(ids)}
    return {noun: len(ids), f"{noun}_sha256": hashlib.sha256("\n".join(ids).encode()).hexdigest()}


def make_nonce(secret: bytes, data: bytes, leaf_number: int) -> bytes:
    """Return the 32 bytes that hide a statement at its place in the log."""
    return hmac.digest(secret, hashlib.sha256(data).digest() + leaf_number.to_bytes(8, "big"), "sha256")


def make_leaf(nonce: bytes, data: bytes) -> bytes:
    """Return the leaf that binds a statement and shows nothing of it."""
    return b'{"commitment":"%s","v":1}' % hashlib.sha256(nonce + data).hexdigest().encode()
