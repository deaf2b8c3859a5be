"""Tables too large to hold, brought down as they come: batches in, one small table out.

What is reduced is a table whose rows can be joined with one another: grouped by their key, with sums
and extremes beside it. Where the finest key leaves too many rows, the next coarser one is taken.
"""

from collections.abc import Callable, Iterable, Sequence

import polars as pl

__all__ = ["reduce_batches"]

_LEAST_WAITING = 262_144


def reduce_batches(
    batches: Iterable[pl.DataFrame], levels: Sequence[Callable[[pl.DataFrame], pl.DataFrame]], most: int
) -> tuple[pl.DataFrame, int]:
    """Return all batches reduced to at most `most` rows, and the level that did it.

    Each of `levels` joins rows of one table into fewer, the finest first; it is also given what
    itself and finer ones returned. All batches go through the same level in the end. The last one's
    result is returned whatever its size. Rows keep their order as far as the levels keep it.
    """
    waiting: list[pl.DataFrame] = []
    height = done = level = 0
    for batch in batches:
        waiting.append(batch)
        height += batch.height
        if height > done + max(done // 2, _LEAST_WAITING):
            table, level = _reduce(pl.concat(waiting), levels, level, most)
            waiting, height, done = [table], table.height, table.height
    return _reduce(pl.concat(waiting), levels, level, most)


def _reduce(
    table: pl.DataFrame, levels: Sequence[Callable[[pl.DataFrame], pl.DataFrame]], level: int, most: int
) -> tuple[pl.DataFrame, int]:
    table = levels[level](table)
    while table.height > most and level + 1 < len(levels):
        level += 1
        table = levels[level](table)
    return table, level
