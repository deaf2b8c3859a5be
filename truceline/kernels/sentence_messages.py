"""An AIS message becomes a row of columns, slowly: decoding is pyais's, what its values mean stands here.

Meaning of fields and their codes for "not available": Recommendation ITU-R M.1371-5, annex 8.
Lengths of messages: the same, with the lengths that transponders are known to send (E. S. Raymond,
"AIVDM/AIVDO protocol decoding").
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyais.exceptions import AISBaseException
from pyais.messages import AISSentence

from truceline.kernels.sentence_records import ACCURATE, RAIM, SATURATED

__all__ = ["POSITION_TYPES", "STATIC_TYPES", "assemble", "decode", "read_position", "read_static", "right_length"]

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
_SHIP_TYPE_AT = {5: 232, 19: 263, 24: 40}
_NAME_AT = {5: 112, 19: 143, 24: 40}
_CALLSIGN_AT = {5: 70, 24: 90}
_DIMENSIONS = ("to_bow", "to_stern", "to_port", "to_starboard")


def right_length(number: int, bits: int) -> bool:
    """Whether a message of this type can have so many bits."""
    return number not in _LENGTHS or bits in _LENGTHS[number]


def assemble(payloads: Sequence[bytes], fill: int) -> AISSentence:
    """Put the payloads of one message together for pyais: at most 72 characters, all checked."""
    return AISSentence(b"!AIVDM,1,1,,A,%s,%d*00" % (b"".join(payloads), fill))


def decode(sentence: AISSentence) -> Any:  # noqa: ANN401 -- pyais has one class for each message type
    """Decode a message with pyais; None where it cannot."""
    try:
        return sentence.decode()
    except _BORDER:
        return None


def read_position(message: Any) -> dict[str, Any] | None:  # noqa: ANN401 -- as above
    """Return columns of `POSITION`; None where the platform says "not available"."""
    lon, lat = message.lon, message.lat
    if lon == 181.0 or lat == 91.0:
        return None
    number = message.msg_type
    speed, saturated = (np.nan, False) if number == 4 else _speed(number, message.speed)
    course = getattr(message, "course", np.nan)
    heading = getattr(message, "heading", 511)
    return {
        "mmsi": message.mmsi,
        "type": number,
        "lon": lon,
        "lat": lat,
        "altitude_m": message.alt if number == 9 and message.alt < 4094 else np.nan,
        "speed_kn": speed,
        "course_deg": course if course < 360 else np.nan,
        "heading_deg": heading if heading < 360 else -1,
        "nav_status": int(message.status) if number in (1, 2, 3, 27) else -1,
        "second": -1 if number in (4, 27) else message.second,
        "flags": message.accuracy * ACCURATE + message.raim * RAIM + saturated * SATURATED,
    }


def _speed(number: int, speed: float) -> tuple[float, bool]:
    """Return the speed in knots, and whether it is the code for "that fast or faster"."""
    if number == 27:
        return (speed, False) if speed < 63 else (np.nan, False)
    top = 1022.0 if number == 9 else 102.2
    return (speed, False) if speed < top else (np.nan, speed == top)


def read_static(sentence: AISSentence, message: Any) -> dict[str, Any]:  # noqa: ANN401 -- as above
    """Return columns of `STATIC`; texts and codes as they were sent."""
    number = message.msg_type
    part = getattr(message, "partno", 0)
    found: dict[str, Any] = {"mmsi": message.mmsi, "type": number, "part": part, "imo": getattr(message, "imo", 0)}
    if hasattr(message, "shipname"):
        found["name"] = _text(sentence, _NAME_AT[number], 20)
    if hasattr(message, "callsign"):
        found["callsign"] = _text(sentence, _CALLSIGN_AT[number], 7)
    said = hasattr(message, "ship_type")
    found["ship_type"] = sentence.bv.get(_SHIP_TYPE_AT[number], 8) if said else -1
    return found | {name: getattr(message, name, -1) for name in _DIMENSIONS}


def _text(sentence: AISSentence, start: int, count: int) -> bytes:
    """Return a text with the "@" and blanks at its end, which pyais takes away: some stand before letters."""
    sixes = (sentence.bv.get(start + 6 * number, 6) for number in range(count))
    return bytes(six + 64 if six < 32 else six for six in sixes)
