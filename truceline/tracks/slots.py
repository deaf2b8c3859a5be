"""Time in stretches whose positions fit into memory, for what is counted slot by slot."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

__all__ = ["cut_time"]

_MOST_POSITIONS = 500_000  # of a stretch, where a slot by itself has no more


def cut_time(positions: pl.LazyFrame, slot: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield stretches of whole slots ("10m", "1h") from the first position to the last, half-open, in order.

    Each holds half a million positions at most, or is one slot; slots without positions are in none.
    """
    start = pl.col("time_utc").dt.truncate(slot)
    counted = positions.group_by(start.alias("start")).len().collect(engine="streaming").drop_nulls().sort("start")
    ends = counted.select("start", end=pl.col("start").dt.offset_by(slot), load="len")
    first: datetime | None = None
    last = None
    total = 0
    for begin, end, load in ends.iter_rows():
        if first is not None and last is not None and total + load > _MOST_POSITIONS:
            yield first, last
            first, total = None, 0
        first, last, total = first or begin, end, total + load
    if first is not None and last is not None:
        yield first, last
