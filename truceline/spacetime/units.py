"""Distances, altitudes and speeds as text with a unit.

A bare number is refused: 12 may be metres, miles or nautical miles, and a reader of the agreement
must not have to guess. The international nautical mile (1,852 m) and the knot follow the BIPM's SI
brochure (9th edition, 2019, table 8 and notes); foot and statute mile are the international ones
of 1959; a flight level is a pressure altitude in hundreds of feet (ICAO Annex 2).
"""

import re
from collections.abc import Mapping

from truceline.errors import FormError

__all__ = ["read_altitude", "read_distance", "read_speed"]

_NUMBER = re.compile(r"(?P<number>-?\d{1,12}(?:\.\d{1,12})?) ?(?P<unit>[A-Za-z/]+)", re.ASCII)
_FLIGHT_LEVEL = re.compile(r"FL ?(?P<level>\d{1,3})", re.ASCII)
_FOOT_M = 0.3048
_METRES = {"m": 1.0, "km": 1000.0, "nmi": 1852.0, "NM": 1852.0, "mi": 1609.344, "ft": _FOOT_M}
_ALTITUDES = {"m": 1.0, "km": 1000.0, "ft": _FOOT_M}
_KNOTS = {"kn": 1.0, "kt": 1.0, "km/h": 1 / 1.852, "m/s": 3.6 / 1.852, "mph": 1.609344 / 1.852}
_LOWEST_M = -500.0  # the lowest dry land lies at about -430 m
_HIGHEST_M = 1_000_000.0
_FARTHEST_M = 20_100_000.0  # half way round the earth
_FASTEST_KN = 100_000.0


def read_distance(text: object) -> float:
    """Read a distance such as "12 nmi", "500 m", "3 km", "2 mi" or "300 ft", in metres.

    Raises FormError for a bare number, an unknown unit, a negative distance or one longer than
    half the earth's circumference.
    """
    metres = _read(text, "distance", _METRES, '"12 nmi" or "500 m"')
    return _within(metres, 0.0, _FARTHEST_M, text, "distance", "0 m to 20100 km")


def read_altitude(text: object) -> float:
    """Read an altitude such as "FL100", "10000 ft" or "3 km", in metres.

    A flight level is hundreds of feet above the 1013.25 hPa surface; it is turned into metres
    without a correction for the pressure of the day, which no agreement knows. Raises FormError.
    """
    level = _FLIGHT_LEVEL.fullmatch(text.strip()) if isinstance(text, str) else None
    if level:
        return int(level["level"]) * 100 * _FOOT_M
    metres = _read(text, "altitude", _ALTITUDES, '"FL100", "10000 ft" or "500 m"')
    return _within(metres, _LOWEST_M, _HIGHEST_M, text, "altitude", "-500 m to 1000 km")


def read_speed(text: object) -> float:
    """Read a speed such as "15 kn", "30 km/h" or "8 m/s", in knots. Raises FormError."""
    knots = _read(text, "speed", _KNOTS, '"15 kn" or "30 km/h"')
    return _within(knots, 0.0, _FASTEST_KN, text, "speed", "0 kn to 100000 kn")


def _read(text: object, what: str, units: Mapping[str, float], example: str) -> float:
    expected = f"a number and a unit of {', '.join(units)}, such as {example}"
    if not isinstance(text, str):
        raise FormError(f"{what} without a unit", expected=expected, found=_show(text), do="write it as text with unit")
    match = _NUMBER.fullmatch(text.strip())
    if match and match["unit"] in units:
        return float(match["number"]) * units[match["unit"]]
    if match:
        raise FormError(
            f"unit of {what} not known", expected=expected, found=_show(text), do=_hint(match["unit"], units)
        )
    raise FormError(f"{what} not understood", expected=expected, found=_show(text), do="write number, blank and unit")


def _hint(unit: str, units: Mapping[str, float]) -> str:
    """Return what to do about a unit: the one that was probably meant, where there is one."""
    if unit == "nm" and "nmi" in units:
        return 'write "nmi" for nautical miles; "nm" is the nanometre'
    meant = [known for known in units if known.casefold() == unit.casefold()]
    return f'write "{meant[0]}"' if meant else "use one of these units"


def _within(value: float, lowest: float, highest: float, text: object, what: str, span: str) -> float:
    if not lowest <= value <= highest:
        raise FormError(f"{what} out of range", expected=span, found=_show(text), do="correct the number or the unit")
    return value


def _show(text: object) -> str:
    shown = f'"{text}"' if isinstance(text, str) else repr(text)
    return shown if len(shown) <= 80 else shown[:79] + "…"
