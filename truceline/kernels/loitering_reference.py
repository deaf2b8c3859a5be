"""Loitering window by window: slow, obviously right, the oracle of the compiled kernel."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from truceline.kernels.encounters_reference import chord2
from truceline.spacetime.shapes import distance_m

__all__ = ["STRETCH", "WINDOW", "find_slow"]

STRETCH = np.dtype([("first", np.int64), ("last", np.int64), ("left", np.int64), ("right", np.int64)])
"""Rows: of the stretch, and of its fastest window."""

WINDOW = np.dtype(
    [
        ("left", np.int64),
        ("right", np.int64),
        ("left_lon", np.float64),
        ("left_lat", np.float64),
        ("right_lon", np.float64),
        ("right_lat", np.float64),
        ("slow", np.int64),
    ]
)
"""A window of which chords are not sure, and the geodesic's answer."""

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


def find_slow(
    cuts: Numbers,
    time: Numbers,
    lon: Floats,
    lat: Floats,
    first: int,
    end: int,
    window_us: int,
    gap_us: int,
    least_us: int,
    speed: float,
) -> NDArray[np.void]:
    """Return the stretches of platforms `first` to `end` in which every window is slower than `speed` (m/s)."""
    found: list[tuple[int, int, int, int]] = []
    for owner in range(first, end):
        for start, stop in _list_unbroken(time, int(cuts[owner]), int(cuts[owner + 1]), gap_us):
            left = np.arange(start, stop)
            right = start + np.searchsorted(time[start:stop], time[start:stop] + window_us)
            left, right = left[right < stop], right[right < stop]
            metres = np.asarray(distance_m(lon[left], lat[left], lon[right], lat[right]))
            slow = metres < speed * ((time[right] - time[left]) / 1e6)
            for a, b in _list_stretches(slow):
                if time[right[b - 1]] - time[left[a]] >= least_us:
                    fastest = a + _find_fastest(time, lon, lat, left[a:b], right[a:b])
                    found.append((int(left[a]), int(right[b - 1]), int(left[fastest]), int(right[fastest])))
    return np.array(found, dtype=STRETCH)


def _list_unbroken(time: Numbers, first: int, end: int, gap_us: int) -> Iterator[tuple[int, int]]:
    edges = [first, *(first + 1 + np.flatnonzero(np.diff(time[first:end]) > gap_us)).tolist(), end]
    yield from pairwise(edges)


def _list_stretches(slow: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    start = None
    for number, is_slow in enumerate([*slow.tolist(), False]):
        if is_slow and start is None:
            start = number
        elif not is_slow and start is not None:
            yield start, number
            start = None


def _find_fastest(time: Numbers, lon: Floats, lat: Floats, left: Numbers, right: Numbers) -> int:
    """Return the number of the fastest window, the first of several, by the kernel's own measure."""
    speeds = []
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        span = float(time[b] - time[a])
        speeds.append(chord2((float(lon[a]), float(lat[a])), (float(lon[b]), float(lat[b]))) / (span * span))
    return speeds.index(max(speeds))
