"""Clusters of events: ours and scikit-learn's, on the same points, with the same labels.

    python bench/run.py clusters

A million events in 1,200 by 900 km and 30 days, from a seed: 70 % in clusters of 14 on average (0.5 km and 1.5 h about
a centre), 30 % anywhere. Neighbours are within 1 km, where three hours count as one kilometre; a core event has four,
itself among them.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rows import Area, Check, Size, Target, Work, need

from truceline.kernels import Clusters, find_clusters

REACH_KM, LEAST = 1.0, 4
HOURS_OF_A_KM = 3.0
THREADS = {1: "1 thread", 2: "2 threads"}

Timed = Callable[[], object]
Points = NDArray[np.float64]


def areas(size: Size, folder: Path) -> Iterator[Area]:
    """Yield the one area of clusters."""
    del folder
    points = cache(lambda: make_events(size.of(1_000_000, 20_000)))
    expected = cache(lambda: find_clusters(points(), REACH_KM, LEAST, threads=1))
    count = size.of(1_000_000, 20_000)
    works = [
        Work(f"clusters, {plural}", "ours", count, partial(_ours, points, threads), None, count * 24)
        for threads, plural in THREADS.items()
    ]
    works.append(
        Work("scikit-learn DBSCAN", "peer", count, partial(_peer, points), partial(_same, expected), note="n_jobs=2")
    )
    targets = (
        Target("clusters, 1 thread", "scikit-learn DBSCAN", 10),
        Target("clusters, 2 threads", "scikit-learn DBSCAN", 20),
    )
    note = (__doc__ or "").partition("clusters\n\n")[2].strip()
    yield Area("Clusters", "events", tuple(works), targets, (partial(_any_threads, points),), note)


def make_events(count: int, seed: int = 3) -> Points:
    """Return (count, 3): kilometres east and north, and hours over three."""
    rng = np.random.default_rng(seed)
    extent = (1200.0, 900.0, 720.0)
    centres = rng.uniform(0, extent, (count // 20, 3))
    near = centres[rng.integers(0, len(centres), int(count * 0.7))]
    near += rng.normal(0, (0.5, 0.5, 1.5), near.shape)
    anywhere = rng.uniform(0, extent, (count - len(near), 3))
    events: Points = rng.permutation(np.concatenate([near, anywhere])) / (1.0, 1.0, HOURS_OF_A_KM)
    return events


def _ours(points: Callable[[], Points], threads: int) -> Timed:
    return partial(find_clusters, points(), REACH_KM, LEAST, threads=threads)


def _peer(points: Callable[[], Points]) -> Timed:
    model = need("sklearn.cluster").DBSCAN(eps=REACH_KM, min_samples=LEAST, n_jobs=2)
    given = points()

    def work() -> Clusters:
        model.fit(given)
        core = np.zeros(len(given), dtype=np.bool_)
        core[model.core_sample_indices_] = True
        return Clusters(model.labels_, core, int(model.labels_.max()) + 1)

    return work


def _same(expected: Callable[[], Clusters], answer: object) -> Check:
    assert isinstance(answer, Clusters)  # noqa: S101
    ours = expected()
    equal = np.array_equal(ours.labels, answer.labels) and np.array_equal(ours.core, answer.core)
    noise = int((ours.labels < 0).sum())
    return Check(equal, f"{ours.count:,} clusters, {noise:,} events of noise; the labels and core events are the same")


def _any_threads(points: Callable[[], Points]) -> Check:
    one, two = (find_clusters(points(), REACH_KM, LEAST, threads=threads) for threads in THREADS)
    same = one.labels.tobytes() == two.labels.tobytes() and one.core.tobytes() == two.core.tobytes()
    return Check(same, f"{one.count:,} clusters, the same bytes with one thread and with two")
