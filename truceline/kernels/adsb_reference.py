"""ADS-B: extended squitters into positions, velocities and names.

Bits, codes and the compact position report (CPR): ICAO Annex 10, volume IV; ICAO Doc 9871, second
edition, appendices A to C; RTCA DO-260B. J. Sun, "The 1090 Megahertz Riddle" (2nd edition, 2021)
explains them freely. Bits of the message (ME) are counted from 1, as there. The compiled kernel does
the same steps in the same order, so that both give the same bits.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Cpr",
    "Rates",
    "Status",
    "Velocity",
    "checksums",
    "containment_m",
    "decode_local",
    "decode_pair",
    "read_airborne_altitude_ft",
    "read_callsign",
    "read_cpr",
    "read_movement_kn",
    "read_rates",
    "read_status",
    "read_velocity",
]

_POLYNOMIAL = 0xFFF409  # the generator of Mode S, without its highest term
_STEPS = 1 << 17
_MORE = 1023  # a speed beyond the scale
_ARC = 0.00547810463172671  # 1 - cos(pi / 30): there are 60 zones of latitude
_LETTERS = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######"
_NM_M = 1852.0
# Type code -> radius of containment in metres; where a supplement elsewhere decides, the wider.
_CONTAINMENT = {
    5: 7.5, 6: 25.0, 7: 0.1 * _NM_M, 9: 7.5, 10: 25.0, 11: 0.1 * _NM_M, 12: 0.2 * _NM_M, 13: 0.6 * _NM_M,
    14: 1.0 * _NM_M, 15: 2.0 * _NM_M, 16: 8.0 * _NM_M, 17: 20.0 * _NM_M, 20: 7.5, 21: 25.0,
}  # fmt: skip
# First code of a step of the movement field, its speed in knots, knots a code.
_MOVEMENT = ((109, 100.0, 5.0), (94, 70.0, 2.0), (39, 15.0, 1.0), (13, 2.0, 0.5), (9, 1.0, 0.25), (2, 0.125, 0.125))


class Cpr(NamedTuple):
    """Half of a position: one of two grids (`odd`), and fractions of a cell from 0 to below 1."""

    odd: int
    lat: float
    lon: float


class Velocity(NamedTuple):
    """Speed over ground in knots, and course in degrees from true north."""

    speed_kn: float
    course_deg: float


class Rates(NamedTuple):
    """What a velocity message tells beside it; None where it does not."""

    vertical_rate_ft_min: int | None
    geometric_minus_barometric_ft: int | None
    nac_v: int


class Status(NamedTuple):
    """An operational status: version of the standard, and what the aircraft says of its own accuracy."""

    version: int
    nac_p: int | None
    sil: int | None


def checksums(frames: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return the remainder of each frame, a row of 7 or 14 bytes; 0 where the parity fits."""
    table = _remainders()
    remainder = np.zeros(len(frames), dtype=np.uint32)
    for column in frames[:, :-3].T:
        remainder = ((remainder << 8) & 0xFFFFFF) ^ table[(remainder >> 16) ^ column]
    high, middle, low = frames[:, -3:].astype(np.uint32).T
    return np.asarray(remainder ^ (high << 16) ^ (middle << 8) ^ low, dtype=np.uint32)


@lru_cache(maxsize=1)
def _remainders() -> NDArray[np.uint32]:
    table = np.zeros(256, dtype=np.uint32)
    for byte in range(256):
        value = byte << 16
        for _ in range(8):
            value = (value << 1) ^ (_POLYNOMIAL | 0x1000000 if value & 0x800000 else 0)
        table[byte] = value & 0xFFFFFF
    return table


def read_cpr(message: int) -> Cpr:
    """Return the position of a message of 56 bits that reports one."""
    return Cpr(message >> 34 & 1, (message >> 17 & 0x1FFFF) / _STEPS, (message & 0x1FFFF) / _STEPS)


def decode_pair(even: Cpr, odd: Cpr, latest: int) -> tuple[float, float] | None:
    """Return (lon, lat) of an airborne pair at the time of its later half (`latest`: 1 odd, 0 even).

    None where the halves lie in different zones of latitude, or give no latitude at all.
    """
    index = math.floor(59 * even.lat - 60 * odd.lat + 0.5)
    lats = [_fold_lat(360 / 60 * (index % 60 + even.lat)), _fold_lat(360 / 59 * (index % 59 + odd.lat))]
    if not all(-90 <= lat <= 90 for lat in lats):
        return None
    zones = _count_zones(lats[0])
    if zones != _count_zones(lats[1]):
        return None
    cells = max(zones - latest, 1)
    index = math.floor(even.lon * (zones - 1) - odd.lon * zones + 0.5)
    lon = 360 / cells * (index % cells + (odd, even)[latest == 0].lon)
    return _fold_lon(lon), lats[latest]


def decode_local(half: Cpr, lon: float, lat: float, *, surface: bool) -> tuple[float, float] | None:
    """Return (lon, lat) nearest to a place known to be within half a cell: 180 NM, on the surface 45 NM."""
    whole = 90.0 if surface else 360.0
    height = whole / (60 - half.odd)
    found = height * (_nearest(lat / height, half.lat) + half.lat)
    if not -90 <= found <= 90:
        return None
    width = whole / max(_count_zones(found) - half.odd, 1)
    return _fold_lon(width * (_nearest(lon / width, half.lon) + half.lon)), found


def _nearest(cells: float, fraction: float) -> int:
    """Return the number of the cell in which `fraction` comes nearest to `cells`."""
    return math.floor(cells - fraction + 0.5)


def _fold_lat(lat: float) -> float:
    return lat - 360 if lat >= 270 else lat


def _fold_lon(lon: float) -> float:
    return (lon + 180) % 360 - 180


def _count_zones(lat: float) -> int:
    """Return the number of zones of longitude at a latitude."""
    if abs(lat) >= 87:
        return 2 if abs(lat) == 87 else 1
    slope = math.cos(math.radians(abs(lat)))
    spread = _ARC / (slope * slope)
    return math.floor(2 * math.pi / math.acos(1 - spread))


def read_airborne_altitude_ft(message: int) -> int | None:
    """Return the barometric altitude of an airborne position in feet; None where it says none."""
    code = message >> 36 & 0xFFF
    if code == 0:
        return None
    if code & 0x10:  # steps of 25 feet
        return ((code & 0xFE0) >> 1 | code & 0xF) * 25 - 1000
    return _read_gillham(code)


def _read_gillham(code: int) -> int | None:
    """Return an altitude in steps of 100 feet, in the reflected code of old altimeters."""
    bits = dict(
        zip(("C1", "A1", "C2", "A2", "C4", "A4", "B1", "Q", "B2", "D2", "B4", "D4"), f"{code:012b}", strict=True)
    )
    fives = _unreflect("".join(bits[name] for name in ("D2", "D4", "A1", "A2", "A4", "B1", "B2", "B4")))
    ones = _unreflect(bits["C1"] + bits["C2"] + bits["C4"])
    if ones in (0, 5, 6):
        return None
    ones = 5 if ones == 7 else ones
    return fives * 500 + (6 - ones if fives % 2 else ones) * 100 - 1300


def _unreflect(bits: str) -> int:
    value = int(bits, 2)
    shift = value >> 1
    while shift:
        value ^= shift
        shift >>= 1
    return value


def containment_m(code: int) -> float | None:
    """Return the radius of containment that a type code of a position promises; None for unknown."""
    return _CONTAINMENT.get(code)


def read_movement_kn(message: int) -> float | None:
    """Return the ground speed of a surface position; None where it says none, or only "faster"."""
    code = message >> 44 & 0x7F
    if code == 1:
        return 0.0
    if not 2 <= code <= 123:
        return None
    first, speed, step = next(row for row in _MOVEMENT if code >= row[0])
    return speed + (code - first) * step


def read_velocity(message: int) -> Velocity | None:
    """Return speed and course of a velocity message; None where it gives none, one through the air, or only "more"."""
    kind = message >> 48 & 7
    east, north = message >> 32 & 0x3FF, message >> 21 & 0x3FF
    if kind not in (1, 2) or east in (0, _MORE) or north in (0, _MORE):
        return None
    factor = 4 if kind == 2 else 1
    x = (east - 1) * factor * (-1 if message >> 42 & 1 else 1)
    y = (north - 1) * factor * (-1 if message >> 31 & 1 else 1)
    return Velocity(math.sqrt(x * x + y * y), math.degrees(math.atan2(x, y)) % 360)


def read_rates(message: int) -> Rates | None:
    """Return what a velocity message of kinds 1 to 4 tells beside the velocity; what is beyond a scale is None."""
    if not 1 <= message >> 48 & 7 <= 4:
        return None
    rate, difference = message >> 10 & 0x1FF, message & 0x7F
    climb = (rate - 1) * 64 * (-1 if message >> 19 & 1 else 1) if 0 < rate < 0x1FF else None
    above = (difference - 1) * 25 * (-1 if message >> 7 & 1 else 1) if 0 < difference < 0x7F else None
    return Rates(climb, above, message >> 43 & 7)


def read_status(message: int) -> Status | None:
    """Return the operational status of a message of type 31; accuracies are told from version 1 on."""
    if message >> 48 & 7 > 1:
        return None
    version = message >> 13 & 7
    return Status(version, message >> 8 & 0xF, message >> 4 & 3) if version else Status(0, None, None)


def read_callsign(message: int) -> str | None:
    """Return the callsign of an identification message; None where it is empty or not of its letters."""
    text = "".join(_LETTERS[message >> shift & 0x3F] for shift in range(42, -1, -6)).rstrip()
    return text if text and "#" not in text else None
