"""Two sources that carry the same fixes: how far their clocks differ, and whether they are one feed.

A fix is one message: the same platform at exactly the same place. A ship at anchor sends the same place
again and again, so only places that a source has once for a platform are compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["find_feeds", "join_feeds", "measure_clocks", "name_feeds"]

_FEWEST = 20  # fixes in common, before anything is said
_SAME_FEED = 0.5
_LONGEST_US = 3_600_000_000
_STEADY_S = 3.0  # half of the differences must lie within this of the median
_MOST_FIXES = 4_000_000  # of more, an even share is compared: all fixes of some latitudes
_SLICES = 997
_MOST_AT_ONCE = 500_000  # fixes in memory
_PAIR = {"one": pl.UInt32, "other": pl.UInt32, "late_s": pl.Float64}
_CLOCK_S = 2.0  # a smaller difference is that of stamps in whole seconds


def find_feeds(positions: pl.LazyFrame, by: str = "source") -> pl.DataFrame:
    """Return each pair of sources with fixes in common: how many, of how many, and how their clocks differ.

    Of more than four million positions an even share is compared.

    Columns `one`, `other` (names in order), `shared`, `of_one`, `of_other` (fixes that could be
    compared), `share` (of the smaller one), `offset_s` (median of the other's stamp less the one's),
    `spread_s` (median distance from it). `by` "received_by" compares receivers.
    """
    named = _name_fixes(positions, by)
    counts = named.group_by("name").len().collect(engine="streaming").sort("name")
    names = counts["name"].to_list() if len(counts) > 1 else []
    sizes = np.zeros(len(names), dtype=np.int64)
    late: list[pl.DataFrame] = []
    for part in _slice(named, int(counts["len"].sum())) if names else ():
        single = _keep_single(part, names)
        sizes += np.bincount(single["code"].to_numpy(), minlength=len(names))
        late.append(_pair(single))
    pairs = pl.concat([pl.DataFrame(schema=_PAIR), *late]).group_by("one", "other").agg(
        shared=pl.len(),
        offset_s=pl.col("late_s").median(),
        spread_s=(pl.col("late_s") - pl.col("late_s").median()).abs().median(),
    )  # fmt: skip
    return _name_pairs(pairs.sort("one", "other"), names, sizes)


def _name_fixes(positions: pl.LazyFrame, by: str) -> pl.LazyFrame:
    """Return the fixes of every source that are places: source, platform, place in ten-millionths of a degree, time."""
    placed = positions.filter(pl.col(by).is_not_null(), pl.col("lon").is_finite(), pl.col("lat").is_finite())
    return placed.select(
        name=pl.col(by).cast(pl.String),
        platform="platform",
        lon=(pl.col("lon") * 1e7).round().cast(pl.Int64),
        lat=(pl.col("lat") * 1e7).round().cast(pl.Int64),
        us=pl.col("time_utc").to_physical(),
    )


def _slice(fixes: pl.LazyFrame, count: int) -> Iterator[pl.LazyFrame]:
    """Yield all fixes, or an even share of very many, in parts that fit into memory.

    A part is all fixes of some latitudes, so that a fix and its copies are in one part.
    """
    kept = min(-(-_SLICES * _MOST_FIXES // max(count, 1)), _SLICES)
    parts = min(-(-count * kept // (_SLICES * _MOST_AT_ONCE)), kept)
    edges = [kept * number // parts for number in range(parts + 1)]
    for first, end in pairwise(edges):
        yield fixes.filter((pl.col("lat") % _SLICES).is_between(first, end, closed="left"))


def _keep_single(fixes: pl.LazyFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the fixes of moving platforms: places that a source has once for a platform; sources by number."""
    code = pl.col("name").replace_strict(names, range(len(names)), return_dtype=pl.UInt32)
    single = (
        fixes.select("platform", "lon", "lat", "us", code=code)
        .group_by("code", "platform", "lon", "lat")
        .agg(pl.col("us").first(), count=pl.len())
    )
    return single.filter(pl.col("count") == 1).drop("count").collect(engine="streaming")


def _pair(single: pl.DataFrame) -> pl.DataFrame:
    """Return for each fix that two sources have who they are, and how much later the other stamped it."""
    late_us = pl.col("us_other") - pl.col("us")
    return (
        single.lazy()
        .join(single.lazy(), on=["platform", "lon", "lat"], suffix="_other")
        .filter(pl.col("code") < pl.col("code_other"), late_us.abs() <= _LONGEST_US)
        .select(one="code", other="code_other", late_s=late_us / 1e6)
        .collect()
    )


def _name_pairs(pairs: pl.DataFrame, names: Sequence[str], sizes: NDArray[np.int64]) -> pl.DataFrame:
    """Return the pairs with the names of the two, how many fixes each has, and the share of the smaller."""
    one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
    known = pl.Series(names, dtype=pl.String)
    named = pairs.with_columns(
        one=known.gather(pairs["one"]),
        other=known.gather(pairs["other"]),
        of_one=pl.Series(sizes[one], dtype=pl.UInt32),
        of_other=pl.Series(sizes[other], dtype=pl.UInt32),
    )
    share = pl.col("shared") / pl.min_horizontal("of_one", "of_other")
    columns = ("one", "other", "shared", "of_one", "of_other", "share", "offset_s", "spread_s")
    return named.with_columns(share=share).select(columns)


def measure_clocks(feeds: pl.DataFrame) -> Mapping[str, float]:
    """Return by how many seconds the clocks of sources differ from others that hear the same, where they do.

    Which of two is right is not told by them, so both carry the difference. A relay that passes fixes on
    late looks like a slow clock, and is treated as one.
    """
    clocks: dict[str, float] = {}
    steady = feeds.filter(
        pl.col("shared") >= _FEWEST, pl.col("spread_s") <= _STEADY_S, pl.col("offset_s").abs() > _CLOCK_S
    )
    for one, other, offset in steady.select("one", "other", "offset_s").iter_rows():
        for name in (one, other):
            clocks[name] = max(clocks.get(name, 0.0), abs(offset))
    return clocks


def join_feeds(feeds: pl.DataFrame) -> Mapping[str, str]:
    """Return for each source of a pair that is one feed the name of the first of them: they are one lineage."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while name in above:
            name = above[name]
        return name

    same = feeds.filter(pl.col("shared") >= _FEWEST, pl.col("share") >= _SAME_FEED)
    for one, other in same.select("one", "other").sort("one", "other").iter_rows():
        first, second = sorted((top(one), top(other)))
        if first != second:
            above[second] = first
    return {name: top(name) for pair in same.select("one", "other").iter_rows() for name in pair}


def name_feeds(feeds: pl.DataFrame) -> list[str]:
    """Return in words which sources are one feed, and whose clocks differ."""
    notes = []
    for row in feeds.filter(pl.col("shared") >= _FEWEST).iter_rows(named=True):
        both = f"{row['one']} and {row['other']}"
        if row["share"] >= _SAME_FEED:
            notes.append(
                f"{both} carry the same fixes ({row['shared']:,} in common, {row['share']:.0%} of the smaller): "
                "they are one lineage, and never count as independent"
            )
        if row["spread_s"] <= _STEADY_S and abs(row["offset_s"]) > _CLOCK_S:
            notes.append(f"the clocks of {both} differ by {abs(row['offset_s']):.0f} s, as the same fixes show")
    return notes
