"""Which points belong together? Density-based clusters (Ester et al. 1996), exact, on a grid.

A point is a core point when at least `least` points, itself among them, lie within `reach` of it.
Core points within reach of each other are one cluster; another point within reach of a core point
belongs to its cluster, to the one with the lowest number where there are several; the rest is noise.
Clusters are numbered by their first core point, in the order given: labels are those that
scikit-learn's `DBSCAN` gives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from truceline.kernels import clusters_reference
from truceline.kernels.backend import find_compiled
from truceline.kernels.ranges import over_ranges, split

__all__ = ["NOISE", "Clusters", "find_clusters", "place_events"]

NOISE = -1
"""The label of a point that belongs to no cluster."""

_A, _E2 = 6_378_137.0, 0.0066943799901413165  # WGS 84
_MOST_AXES = 4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """For each point the number of its cluster or `NOISE`, and whether it is a core point; how many clusters."""

    labels: NDArray[np.int64]
    core: NDArray[np.bool_]
    count: int


def find_clusters(points: ArrayLike, reach: float, least: int, *, threads: int | None = None) -> Clusters:
    """Return the clusters of points: (n, axes), one to four axes of finite numbers, distances as a ruler measures.

    `reach` is in the unit of the points, inclusive. The result does not depend on `threads`. Raises
    ValueError for numbers that are not finite or beyond 1e15.
    """
    table = np.ascontiguousarray(points, dtype=np.float64)
    if table.ndim != 2 or not 1 <= table.shape[1] <= _MOST_AXES:
        raise ValueError(f"points: expected (n, one to four) numbers, found shape {table.shape}")
    compiled = find_compiled()  # which looks at the numbers itself
    if not (1e-15 <= reach <= 1e15 and least >= 1 and (compiled is not None or (np.abs(table) <= 1e15).all())):
        raise ValueError("expected finite numbers within 1e15, a reach above 0, and at least one point")
    labels, core = np.full(len(table), NOISE, dtype=np.int64), np.zeros(len(table), dtype=np.bool_)
    if compiled is None:
        return Clusters(*clusters_reference.find_clusters(table, reach, least))
    dense, cells = compiled.lay_points(table, table.shape[1], reach, min(least, len(table) + 1))
    ranges = [(first, end) for first, end in split(cells, threads) if end > first]
    over_ranges(lambda first, end: compiled.find_core(dense, first, end), ranges, threads)
    links = over_ranges(lambda first, end: compiled.link_core(dense, first, end), ranges, threads)
    count = compiled.number_clusters(dense, b"".join(links))
    over_ranges(lambda first, end: compiled.label_points(dense, first, end, labels, core), ranges, threads)
    return Clusters(labels, core, count)


def place_events(lon: ArrayLike, lat: ArrayLike, time_us: ArrayLike, reach_m: float, wait_us: float) -> Floats:
    """Return (n, 4) points for `find_clusters` with a reach of 1: places in space over `reach_m`, times over `wait_us`.

    Two events are within reach when (distance / reach_m)² + (time between / wait_us)² <= 1. The
    distance is the straight one through the earth: at 100 km shorter than the geodesic by 0.001 %.
    Poles and the antimeridian are places like any other.
    """
    phi, turn = np.radians(np.asarray(lat, dtype=np.float64)), np.radians(np.asarray(lon, dtype=np.float64))
    times = np.asarray(time_us, dtype=np.int64)
    start = int(times.min()) if len(times) else 0
    n = _A / np.sqrt(1.0 - _E2 * np.sin(phi) ** 2)
    flat = n * np.cos(phi)
    place = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), n * (1.0 - _E2) * np.sin(phi)])
    return np.column_stack([place / reach_m, (times - start) / wait_us])
