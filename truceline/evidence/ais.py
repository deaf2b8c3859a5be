"""An AIS message becomes a position or what is known of a platform. Decoding is pyais's.

Meaning of fields, their codes for "not available" and the ship types: Recommendation ITU-R
M.1371-5, annex 8; forms of identity: Recommendation ITU-R M.585-9. Lengths of messages: the same
M.1371, with the lengths that transponders are known to send (E. S. Raymond, "AIVDM/AIVDO protocol
decoding"). Where a transponder says something of itself, it is the transponder's word and no more.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pyais.exceptions import AISBaseException
from pyais.messages import AISSentence

__all__ = [
    "POSITION_TYPES",
    "STATIC_TYPES",
    "Position",
    "Static",
    "assemble",
    "category",
    "decode",
    "platform_kind",
    "read_position",
    "read_static",
    "valid_mmsi",
]

POSITION_TYPES = frozenset({1, 2, 3, 4, 9, 18, 19, 27})
STATIC_TYPES = frozenset({5, 19, 24})

_LENGTHS: dict[int, tuple[int, ...]] = {
    **dict.fromkeys((1, 2, 3, 4, 9, 18), (168,)),
    5: (422, 424, 426),
    19: (312,),
    24: (160, 162, 168),
    27: (96, 168),
}
_BORDER = (AISBaseException, ValueError, LookupError, TypeError, ArithmeticError, AttributeError)
_FIXES = {61: "manual", 62: "dead-reckoning", 63: "inoperative"}
_CATEGORIES = {
    **dict.fromkeys([*range(20, 30), 31, 32, 33, 34, 36, 37, *range(40, 60), *range(90, 100)], "other-vessel"),
    30: "fishing",
    35: "warship",
    **dict.fromkeys(range(60, 70), "passenger"),
    **dict.fromkeys(range(70, 80), "cargo"),
    **dict.fromkeys(range(80, 90), "tanker"),
}
_BEACONS = (970, 972, 974)  # SART, man overboard, EPIRB


class Position(NamedTuple):
    """Where a platform said it was. None where the message says "not available".

    Degrees WGS 84, knots, metres. `integrity` is what the message says of its own quality.
    """

    mmsi: int
    lon: float
    lat: float
    altitude_m: float | None
    speed_kn: float | None
    course_deg: float | None
    nav_status: int | None
    accuracy_m: float | None
    integrity: str


class Static(NamedTuple):
    """What a platform said of itself: name and category, None where it did not."""

    mmsi: int
    name: str | None
    category: str | None


def assemble(bodies: Sequence[bytes]) -> AISSentence | str:
    """Put the sentences of one message together, in order; return it, or why it cannot be read.

    `bodies` end before "*": their checksums are verified already.
    """
    try:
        parts = [AISSentence(body + b"*00") for body in bodies]
        message = parts[0] if len(parts) == 1 else AISSentence.assemble_from_iterable(parts)
    except _BORDER:
        return "message not decodable"
    if not message.payload:
        return "message without payload"
    lengths = _LENGTHS.get(message.ais_id)
    return "length is not one of its message type" if lengths and len(message.bv) not in lengths else message


def decode(sentence: AISSentence) -> Any:  # noqa: ANN401 -- pyais has one class for each message type
    """Decode a message with pyais; None where it cannot."""
    try:
        return sentence.decode()
    except _BORDER:
        return None


def read_position(message: Any) -> Position | None:  # noqa: ANN401 -- as above
    """Return where the platform said it was; None where it says "not available"."""
    lon, lat = message.lon, message.lat
    if lon == 181.0 or lat == 91.0:
        return None
    number = message.msg_type
    speed, saturated = (None, False) if number == 4 else _speed(number, message.speed)
    course = None if number == 4 or not 0.0 <= message.course < 360.0 else message.course
    second = 60 if number == 27 else message.second
    return Position(
        message.mmsi,
        lon,
        lat,
        float(message.alt) if number == 9 and message.alt < 4094 else None,
        speed,
        course,
        int(message.status) if number in (1, 2, 3, 27) else None,
        10.0 if message.accuracy else None,  # M.1371: high accuracy is 10 m or better
        _integrity(
            bool(message.accuracy),
            bool(message.raim),
            None if number == 4 else _FIXES.get(second),
            saturated,
            _regular(message.mmsi, number),
        ),
    )


def read_static(message: Any) -> Static:  # noqa: ANN401 -- as above
    """Return name and category of messages 5, 19 and 24; an empty one, or code 0, is unknown."""
    name = getattr(message, "shipname", None)
    ship_type = getattr(message, "ship_type", None)
    cleaned = " ".join(name.split("@")[0].split()) if name else ""
    return Static(message.mmsi, cleaned or None, None if ship_type is None else category(int(ship_type)))


def category(ship_type: int) -> str | None:
    """Return the category of a ship type code (M.1371 table 53); reserved codes and 0 say nothing.

    Code 35, "engaged in military operations", is what the vessel says of itself.
    """
    return _CATEGORIES.get(ship_type)


def valid_mmsi(mmsi: int | None) -> bool:
    """Whether an identity can be one at all: 1 to 999999999."""
    return mmsi is not None and 0 < mmsi <= 999_999_999


def platform_kind(mmsi: int, number: int) -> str:
    """Return what the form of an identity and the message type make of a platform.

    Aircraft of search and rescue (111…, message 9), stations and marks (00…, 99…, message 4) and
    distress beacons (970, 972, 974), which are no vessels and count as stations; else a vessel.
    """
    if number == 9 or mmsi // 1_000_000 == 111:
        return "aircraft"
    if number == 4 or mmsi < 10_000_000 or mmsi // 10_000_000 == 99 or mmsi // 1_000_000 in _BEACONS:
        return "station"
    return "vessel"


def _speed(number: int, speed: float) -> tuple[float | None, bool]:
    """Return the speed in knots, and whether it is the code for "that fast or faster"."""
    if number == 27:
        return (speed, False) if speed < 63 else (None, False)
    top = 1022.0 if number == 9 else 102.2
    return (speed, False) if speed < top else (None, speed == top)


def _regular(mmsi: int, number: int) -> bool:
    """Whether the identity has a form of M.585 (country codes run from 201 to 775)."""
    if platform_kind(mmsi, number) != "vessel":
        return True
    return 201 <= mmsi // 1_000_000 <= 775 or mmsi // 100_000_000 == 8 or mmsi // 10_000_000 == 98


@lru_cache(maxsize=256)
def _integrity(accurate: bool, raim: bool, fix: str | None, saturated: bool, regular: bool) -> str:
    words = [f"pa={accurate:d} raim={raim:d}"]
    words += [f"fix={fix}"] if fix else []
    words += ["sog=saturated"] if saturated else []
    words += [] if regular else ["mmsi=irregular"]
    return " ".join(words)
