"""Ranges of rows for threads. Results are put together in order, so their number never shows."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from truceline.kernels.backend import processors

__all__ = ["each_range", "over_ranges", "split"]

SMALLEST_RANGE = 50_000  # rows below which a second thread costs more than it brings
T = TypeVar("T")


def split(count: int, threads: int | None) -> list[tuple[int, int]]:
    """Return (first, end) of about equal ranges of `count` rows, one a thread; at least one range."""
    wanted = processors() if threads is None else max(1, threads)
    parts = max(1, min(wanted, count // SMALLEST_RANGE)) if threads is None else max(1, min(wanted, count))
    edges = [count * number // parts for number in range(parts + 1)]
    return list(pairwise(edges))


def over_ranges(work: Callable[[int, int], T], ranges: list[tuple[int, int]], threads: int | None = None) -> list[T]:
    """Call `work(first, end)` for each range, on so many threads (by default as processors); results in order."""
    return list(each_range(work, ranges, threads))


def each_range(work: Callable[[int, int], T], ranges: list[tuple[int, int]], threads: int | None = None) -> Iterator[T]:
    """Yield what `over_ranges` returns, each as soon as those before it are there."""
    workers = min(len(ranges), processors() if threads is None else max(1, threads))
    if workers <= 1:
        yield from (work(*span) for span in ranges)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda span: work(*span), ranges)
