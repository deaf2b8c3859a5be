"""Time stamps by a third party over checkpoints (RFC 3161): "this tree existed no later than …".

Three times are kept apart: the time that a source claims, the time that the record received something,
and the place in the log. A stamp bounds the second from above, by a clock that is not ours. Nothing is
asked for unless an authority is configured, and a log without stamps is whole.

A token lies in `stamps/<size>-<root>.tsr`, the root in hex, as the authority sent it. What is stamped is
SHA-256 over the checkpoint's text, without signatures.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http.client import HTTPException
from typing import IO, TYPE_CHECKING, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

LARGEST_ANSWER = 1 << 16
"""Bytes of the longest answer that is read: tokens with their certificates have some thousand."""

_NAME = re.compile(r"stamps/(0|[1-9]\d{0,17})-([0-9a-f]{64})\.tsr")
_SHA256 = "2.16.840.1.101.3.4.2.1"


class StampError(ValueError):
    """An authority did not answer as RFC 3161 asks, or a token does not fit what it should stamp."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom to ask for time stamps: its address, and the certificates (PEM) at which its chain must end.

    Without `roots` a token is kept if it fits the checkpoint, and who made it is left to the reader.
    """

    url: str
    roots: tuple[bytes, ...] = ()
    timeout_seconds: float = 10.0


class _Stay(HTTPRedirectHandler):
    """Follows nobody: the configured address is the only one that is asked."""

    def redirect_request(self, _: object, answer: IO[bytes], *__: object) -> NoReturn:
        answer.close()
        raise StampError("the authority sends us elsewhere")


def stamp_path(size: int, root: bytes) -> str:
    """Return where the stamp of a tree head lies, relative to the record's folder."""
    return f"stamps/{size}-{root.hex()}.tsr"


def read_stamp_path(path: str) -> tuple[int, bytes] | None:
    """Return the size and the root that a stamp's path names, None for any other path."""
    match = _NAME.fullmatch(path)
    return (int(match[1]), bytes.fromhex(match[2])) if match else None


def request_stamp(authority: Authority, text: str) -> bytes:
    """Return the authority's token over a checkpoint's text, checked; raises StampError with the reason."""
    import rfc3161_client as client

    if not authority.url.startswith(("https://", "http://")):
        raise StampError(f"expected the address of an authority with https:// or http://, found {authority.url[:80]!r}")
    builder = client.TimestampRequestBuilder().data(text.encode()).hash_algorithm(client.HashAlgorithm.SHA256)
    asked = builder.cert_request(cert_request=True).build()
    request = Request(authority.url, asked.as_bytes(), {"Content-Type": "application/timestamp-query"})  # noqa: S310
    try:
        with build_opener(_Stay).open(request, timeout=authority.timeout_seconds) as answer:
            token = bytes(answer.read(LARGEST_ANSWER + 1))
    except (URLError, OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise StampError(f"{authority.url} did not answer: {error}") from error
    check_stamp(token, text, authority.roots)
    if _parse(token).tst_info.nonce != asked.nonce:
        raise StampError("the token answers another request")
    return token


def check_stamp(token: bytes, text: str, roots: Sequence[bytes] = ()) -> datetime:
    """Return the time that a token states for a checkpoint's text; raises StampError where it does not fit.

    With `roots` (PEM) the token's signature and chain are verified too.
    """
    response = _parse(token)
    imprint = response.tst_info.message_imprint
    if response.status not in {0, 1}:
        raise StampError(f"expected a granted stamp, found status {response.status}")
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message != sha256(text.encode()).digest():
        raise StampError(f"expected a stamp over {sha256(text.encode()).hexdigest()}, found {imprint.message.hex()}")
    if roots:
        _check_chain(response, text, roots)
    return response.tst_info.gen_time


def _parse(token: bytes) -> "TimeStampResponse":
    import rfc3161_client as client

    if len(token) > LARGEST_ANSWER:
        raise StampError(f"expected at most {LARGEST_ANSWER} bytes, found more")
    try:
        response = client.decode_timestamp_response(token)
        response.tst_info.message_imprint  # noqa: B018 - it is read only when asked for
    except ValueError as error:
        raise StampError(f"expected an RFC 3161 answer, found {error}") from error
    return response


def _check_chain(response: "TimeStampResponse", text: str, roots: Sequence[bytes]) -> None:
    import rfc3161_client as client
    from cryptography.x509 import load_pem_x509_certificate

    builder = client.VerifierBuilder()
    for root in roots:
        try:
            builder = builder.add_root_certificate(load_pem_x509_certificate(root))
        except ValueError as error:
            raise StampError("expected the certificate of an authority (PEM), found something else") from error
    try:
        builder.build().verify_message(response, text.encode())
    except client.VerificationError as error:
        raise StampError(f"expected a token of a known authority, found {error}") from error
