"""Loitering: the times in which a track makes little way.

The speed is that made good over a window of at least ten minutes: the straight distance between two
positions that far apart in time, by that time. From one position to the next a ship at anchor seems
to move, because its positions scatter; and one that circles makes no way, whatever its log says.
"""

import numpy as np
from numpy.typing import NDArray

from truceline.spacetime.shapes import distance_m

__all__ = ["WINDOW_US", "find_slow"]

WINDOW_US = 600_000_000
"""Microseconds: over less than this no speed is made good."""

_KNOT = 1852 / 3600

Floats = NDArray[np.float64]


def find_slow(micros: NDArray[np.int64], lon: Floats, lat: Floats, limit_kn: float) -> list[tuple[int, int, float]]:
    """Return (first, last, knots) of each longest stretch of positions in which every window is below the limit.

    `micros` in order of time, microseconds, all of one track without long silences. `knots` is the
    highest speed made good in any window of the stretch. What is shorter than a window has no speed.
    """
    right = np.searchsorted(micros, micros + WINDOW_US)
    left = np.flatnonzero(right < len(micros))
    right = right[left]
    if not len(left):
        return []
    metres = distance_m(lon[left], lat[left], lon[right], lat[right])
    knots = metres / ((micros[right] - micros[left]) / 1e6) / _KNOT
    slow = knots < limit_kn
    edges = np.flatnonzero(np.diff(slow, prepend=not slow[0]))
    ends = np.append(edges[1:], len(slow))
    spans = [(int(a), int(b)) for a, b in zip(edges, ends, strict=True) if slow[a]]
    return [(int(left[a]), int(right[b - 1]), float(knots[a:b].max())) for a, b in spans]
