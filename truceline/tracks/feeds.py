"""Two sources that carry the same fixes: how far their clocks differ, and whether they are one feed.

A fix is one message: the same platform at exactly the same place. A ship at anchor sends the same place
again and again, so only places that a source has once for a platform are compared.
"""

from collections.abc import Mapping

import polars as pl

__all__ = ["find_feeds", "join_feeds", "measure_clocks", "name_feeds"]

_FEWEST = 20  # fixes in common, before anything is said
_SAME_FEED = 0.5
_LONGEST_US = 3_600_000_000
_STEADY_S = 3.0  # half of the differences must lie within this of the median
_MOST_FIXES = 4_000_000  # of more, an even share is compared: all fixes of some latitudes
_SLICES = 997
_CLOCK_S = 2.0  # a smaller difference is that of stamps in whole seconds


def find_feeds(positions: pl.LazyFrame, by: str = "source") -> pl.DataFrame:
    """Return each pair of sources with fixes in common: how many, of how many, and how their clocks differ.

    Of more than four million positions an even share is compared.

    Columns `one`, `other` (names in order), `shared`, `of_one`, `of_other` (fixes that could be
    compared), `share` (of the smaller one), `offset_s` (median of the other's stamp less the one's),
    `spread_s` (median distance from it). `by` "received_by" compares receivers.
    """
    fixes = _single_fixes(positions, by)
    sizes = dict(fixes.group_by("name").len().iter_rows())
    pairs = (
        fixes.lazy()
        .join(fixes.lazy(), on=["platform", "lon", "lat"], suffix="_other")
        .filter(pl.col("name") < pl.col("name_other"), (pl.col("us_other") - pl.col("us")).abs() <= _LONGEST_US)
        .with_columns(late_s=(pl.col("us_other") - pl.col("us")) / 1e6)
        .group_by("name", "name_other")
        .agg(
            shared=pl.len(),
            offset_s=pl.col("late_s").median(),
            spread_s=(pl.col("late_s") - pl.col("late_s").median()).abs().median(),
        )
        .collect()
        .rename({"name": "one", "name_other": "other"})
        .sort("one", "other")
    )
    size = pl.Series([sizes[name] for name in pairs["one"]], dtype=pl.UInt32)
    size_other = pl.Series([sizes[name] for name in pairs["other"]], dtype=pl.UInt32)
    shared = pairs.with_columns(of_one=size, of_other=size_other)
    share = pl.col("shared") / pl.min_horizontal("of_one", "of_other")
    return shared.with_columns(share=share).select(
        "one", "other", "shared", "of_one", "of_other", "share", "offset_s", "spread_s"
    )


def _single_fixes(positions: pl.LazyFrame, by: str) -> pl.DataFrame:
    """Return the fixes of moving platforms: places that a source has once for a platform."""
    keys = ["name", "platform", "lon", "lat"]
    named = positions.filter(pl.col(by).is_not_null(), pl.col("lon").is_finite(), pl.col("lat").is_finite()).select(
        name=pl.col(by).cast(pl.String),
        platform=pl.col("platform").cast(pl.String),
        lon=(pl.col("lon") * 1e7).round().cast(pl.Int64),
        lat=(pl.col("lat") * 1e7).round().cast(pl.Int64),
        us=pl.col("time_utc").to_physical(),
    )
    counts = named.group_by("name").len().collect(engine="streaming")
    if len(counts) < 2:
        return named.clear().collect()
    kept = -(-_SLICES * _MOST_FIXES // max(int(counts["len"].sum()), 1))
    named = named if kept >= _SLICES else named.filter(pl.col("lat") % _SLICES < kept)
    single = named.group_by(keys).agg(pl.col("us").first(), count=pl.len()).filter(pl.col("count") == 1)
    return single.drop("count").collect(engine="streaming")


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
