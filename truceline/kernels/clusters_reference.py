"""Density-based clusters by comparing all with all: slow, obviously right, the oracle of the compiled kernel."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_clusters"]

Floats = NDArray[np.float64]


def find_clusters(points: Floats, reach: float, least: int) -> tuple[NDArray[np.int64], NDArray[np.bool_], int]:
    """Return labels, core points and how many clusters, as Ester et al. 1996 describe."""
    near = [_list_near(points, number, reach) for number in range(len(points))]
    core = np.array([len(others) >= least for others in near], dtype=np.bool_)
    labels = np.full(len(points), -1, dtype=np.int64)
    count = 0
    for seed in np.flatnonzero(core).tolist():
        if labels[seed] >= 0:
            continue
        labels[seed] = count
        waiting = deque([seed])
        while waiting:
            for other in near[waiting.popleft()].tolist():
                if labels[other] < 0:
                    labels[other] = count
                    if core[other]:
                        waiting.append(other)
        count += 1
    return labels, core, count


def _list_near(points: Floats, number: int, reach: float) -> NDArray[np.intp]:
    """Return the points within reach of one, itself among them; sums in order of axis, as the kernel adds."""
    square = np.zeros(len(points))
    for axis in range(points.shape[1]):
        square += (points[:, axis] - points[number, axis]) ** 2
    found: NDArray[np.intp] = np.flatnonzero(square <= reach * reach)
    return found
