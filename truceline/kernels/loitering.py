"""Who lingered? Stretches in which a platform makes little way, in one pass over all positions.

The speed of a window is that made good: the geodesic from one ping to the first one at least
`window_us` later, by the time between them. With a window of ten minutes the scatter of a ship at
anchor does not count as way, nor does circling. With one of a microsecond a window is a segment from ping to
ping, as Global Fishing Watch takes them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from truceline.kernels import loitering_reference
from truceline.kernels.backend import find_compiled
from truceline.kernels.loitering_reference import STRETCH, WINDOW
from truceline.kernels.pings import Pings, read_pings
from truceline.kernels.ranges import over_ranges, split
from truceline.spacetime.shapes import distance_m

__all__ = ["LOITERING", "WINDOW_US", "Loitering", "find_loitering"]

LOITERING = np.dtype(
    [
        ("platform", np.int64),
        ("start_us", np.int64),
        ("end_us", np.int64),
        ("first", np.int64),
        ("last", np.int64),
        ("knots", np.float64),
    ]
)
"""A stretch from the row `first` to the row `last` of a platform; `knots` is the speed of its fastest window."""

WINDOW_US = 600_000_000
"""Microseconds of a window where nothing else is asked: over less no speed is made good."""

_KNOT = 1852 / 3600

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Loitering:
    """What was found, ordered by row; `strays` are the rows off the globe, left out as if absent."""

    table: Rows
    strays: NDArray[np.int64]


def find_loitering(
    platform: ArrayLike,
    time_us: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    limit_kn: float = 2.0,
    least_us: int = 14_400_000_000,
    gap_us: int = 7_200_000_000,
    window_us: int = WINDOW_US,
    threads: int | None = None,
) -> Loitering:
    """Return each longest stretch of at least `least_us` in which every window is slower than `limit_kn`.

    Pings are ordered by platform, then time (microseconds since 1970 UTC, degrees). A silence longer
    than `gap_us` ends a stretch. What is shorter than a window has no speed. Raises FormError for
    rows out of order.
    """
    if not 0 <= limit_kn <= 1e9 or window_us < 1 or gap_us < 0:
        raise ValueError("expected a limit of 0 kn and more, a window of 1 µs and more, no gap below 0")
    pings = read_pings(platform, time_us, lon, lat, threads)
    limits = (window_us, gap_us, least_us, limit_kn * _KNOT)
    ranges = split(len(pings.platform), None if threads is None else threads)
    parts = over_ranges(lambda first, end: _find(pings, first, end, limits), ranges, threads)
    stretches = np.concatenate(parts)
    table = np.empty(len(stretches), LOITERING)
    first, last = stretches["first"], stretches["last"]
    table["platform"] = pings.platform[np.searchsorted(pings.cuts, first, side="right") - 1]
    table["start_us"], table["end_us"] = pings.time_us[first], pings.time_us[last]
    table["first"], table["last"] = pings.row_of(first), pings.row_of(last)
    left, right = stretches["left"], stretches["right"]
    metres = distance_m(pings.lon[left], pings.lat[left], pings.lon[right], pings.lat[right])
    table["knots"] = metres / ((pings.time_us[right] - pings.time_us[left]) / 1e6) / _KNOT
    return Loitering(table, pings.strays)


def _find(pings: Pings, first: int, end: int, limits: tuple[int, int, int, float]) -> Rows:
    """Return the stretches (`STRETCH`) of platforms `first` to `end`."""
    columns = (pings.cuts, pings.time_us, pings.lon, pings.lat)
    compiled = find_compiled()
    if compiled is None:
        return loitering_reference.find_slow(*columns, first, end, *limits)
    known = np.empty(0, WINDOW)
    while True:
        raw, asked = compiled.loitering(*columns, known, first, end, *limits)
        doubts = np.frombuffer(asked, WINDOW)
        if not len(doubts):
            return np.frombuffer(raw, STRETCH)
        known = np.concatenate([known, _decide(pings, doubts, limits[3])])
        known = known[np.argsort(known["left"], kind="stable")]


def _decide(pings: Pings, doubts: Rows, speed: float) -> Rows:
    """Ask the geodesic where chords are not sure."""
    decided = doubts.copy()
    metres = distance_m(*(doubts[name] for name in ("left_lon", "left_lat", "right_lon", "right_lat")))
    seconds = (pings.time_us[doubts["right"]] - pings.time_us[doubts["left"]]) / 1e6
    decided["slow"] = metres < speed * seconds
    return decided
