"""What the decoder of raw AIS gives: rows, and the words for what was not used. Times: microseconds since 1970 UTC.

Reasons and types of rows have numbers that the compiled decoder knows too (`c/nmea.h`).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ACCURATE",
    "ASIDES",
    "LINE_LIMIT",
    "POSITION",
    "RAIM",
    "REASONS",
    "REFUSAL",
    "SATURATED",
    "STATIC",
    "UNCHECKED",
    "Bounds",
    "Decoded",
    "Piece",
    "aside_of",
    "reason_number",
    "reason_text",
]

LINE_LIMIT = 1024
"""Bytes; a sentence has at most 82 characters, a TAG block as many again, loggers add a little."""

POSITION = np.dtype(
    [
        ("row", np.int64),
        ("offset", np.int64),
        ("time_us", np.int64),
        ("received_us", np.int64),
        ("lon", np.float64),
        ("lat", np.float64),
        ("altitude_m", np.float32),
        ("speed_kn", np.float32),
        ("course_deg", np.float32),
        ("mmsi", np.uint32),
        ("station", np.int32),
        ("heading_deg", np.int16),
        ("nav_status", np.int8),
        ("second", np.int8),
        ("type", np.uint8),
        ("flags", np.uint8),
        ("parts", np.uint8),
        ("spare", np.uint8, 5),
    ]
)
"""One position. `row` is the number of its first part's line, from 1, `offset` where that line begins, in bytes.

Degrees WGS 84, knots, metres. Not said or "not available": NaN; -1 for heading, navigation status, second (the
message's time stamp, 60 to 63 as in M.1371) and station (index into the stations); 0 for the times, of measurement
and of arrival. `flags` add up: position accuracy better than 10 m (`ACCURATE`), `RAIM` in use, speed at its code for
"that fast or faster" (`SATURATED`), time protected by no checksum (`UNCHECKED`).
"""

STATIC = np.dtype(
    [
        ("row", np.int64),
        ("offset", np.int64),
        ("before", np.int64),
        ("mmsi", np.uint32),
        ("imo", np.uint32),
        ("ship_type", np.int16),
        ("to_bow", np.int16),
        ("to_stern", np.int16),
        ("to_port", np.int16),
        ("to_starboard", np.int16),
        ("type", np.uint8),
        ("part", np.uint8),
        ("name", "S20"),
        ("callsign", "S7"),
        ("spare", np.uint8, 9),
    ]
)
"""What a platform said of itself (messages 5, 19, 24): texts as sent, with "@" and blanks at their ends, metres.

Empty texts, -1 and an `imo` of 0: this message does not say. `before`: how many positions of the batch came first.
"""

REFUSAL = np.dtype(
    [("row", np.int64), ("offset", np.int64), ("found", np.int64), ("reason", np.uint32), ("length", np.uint32)]
)
"""A line that cannot be used: where its text (at most 200 bytes) stands in the batch's text, and why."""

ACCURATE, RAIM, SATURATED, UNCHECKED = 1, 2, 4, 8

REASONS = (
    "not an NMEA sentence",
    f"line longer than {LINE_LIMIT} bytes",
    "no checksum",
    "sentence not understood",
    "checksum wrong",
    "TAG block without a checksum",
    "TAG block checksum wrong",
    "time not understood",
    "time out of range",
    "receiver time line not understood",
    "AIS sentence has not seven fields",
    "part numbers not understood",
    "fill bits not understood",
    "payload has characters that AIS does not use",
    "message without payload",
    "length is not one of its message type",
    "no time",
    "message not decodable",
    "MMSI not valid",
    "position outside the globe",
    "longitude 0 and latitude 0: a default, not a place",
    "dated after it was received",
)
_PART_MISSING = 100

_STATUS = (
    *("ABM", "ABK", "ACA", "ADS", "ALR", "BBM", "BRF", "DTM", "GBS", "GGA", "GLL", "GNS", "GSA", "GSV", "HDT", "RMC"),
    *("ROT", "TXT", "VSI", "VTG"),  # of any talker; what follows are makers' own
    *("PAIS", "PJRC", "PJRCD", "PSHI", "PSTT", "PVOL"),
)
ASIDES = (
    *("empty line", "comment", "receiver time line", "other status line", "position not available", "heard again"),
    *(f"status line {name}" for name in _STATUS),
    *("",) * (32 - len(_STATUS)),
    *(f"message type {number} not used" for number in range(64)),
)
_REASON = {text: number for number, text in enumerate(REASONS)}
_ASIDE = {text: number for number, text in enumerate(ASIDES)}


def reason_number(text: str) -> int:
    """Return the number of a reason."""
    if text in _REASON:
        return _REASON[text]
    _, missing, _, total, _ = text.split()
    return _PART_MISSING + 10 * int(missing) + int(total)


def reason_text(number: int) -> str:
    """Return the words of a reason."""
    if number < _PART_MISSING:
        return REASONS[number]
    missing, total = divmod(number - _PART_MISSING, 10)
    return f"part {missing} of {total} missing"


def aside_of(text: str) -> int:
    """Return the number of a reason why something understood is not used."""
    return _ASIDE[text]


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines: `data[first:end]`, where `data` begins `place` bytes into the log.

    Where `data` is a buffer to be filled again, it goes back to `spare` once nothing of the piece is needed.
    """

    data: bytes | bytearray
    first: int
    end: int
    place: int
    spare: deque[bytearray] | None = None

    def end_use(self) -> None:
        """Give the buffer back."""
        if self.spare is not None and isinstance(self.data, bytearray):
            self.spare.append(self.data)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far each memory of a decoder reaches, and what it keeps. Times: microseconds."""

    pending: int = 1_000
    """Incomplete messages kept at once."""
    part_lines: int = 2_000
    part_us: int = 30_000_000
    """Lines and time between the parts of one message."""
    measured_lines: int = 10
    measured_us: int = 100_000
    """A $PGHP line stands at most so far before its message or, where both say their arrival, arrives so long after."""
    heard: int = 20_000
    heard_us: int = 60_000_000
    """Distinct messages remembered, and for how long one is known when it is heard again."""
    clock_lines: int = 10_000
    """How far the receiver's clock line reaches."""
    received_us: int = 0
    """No message is dated later than this; 0: not known."""
    arrival_is_measured: bool = False
    """Whether milliseconds behind a sentence are the time of measurement."""
    undated: bool = False
    repeats: bool = False
    """Whether messages without a time, and those heard again, are kept."""

    def to_array(self) -> NDArray[np.int64]:
        """Return the numbers as the compiled decoder takes them."""
        return np.array([int(getattr(self, name)) for name in self.__slots__], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of some lines: `rows` = `used` + all of `set_aside` + refusals.

    `positions`: `POSITION`, in the order in which they were decided; `statics`: `STATIC`;
    `refusals`: `REFUSAL` into `text`; `stations`: names that `positions["station"]` points to, some
    perhaps twice.
    """

    rows: int
    used: int
    set_aside: Mapping[str, int]
    positions: NDArray[np.void]
    statics: NDArray[np.void]
    refusals: NDArray[np.void]
    text: bytes
    stations: tuple[str, ...]

    def found(self, refusal: np.void) -> bytes:
        """Return what stood in a refused line, cut short."""
        at = int(refusal["found"])
        return self.text[at : at + int(refusal["length"])]
