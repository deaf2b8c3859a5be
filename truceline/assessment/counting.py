"""Rows of evidence -> what is counted: one unit at a time, because the unit decides the size.

| unit | one is |
|---|---|
| `event` | a row of one source, or the rows that a summary row stands for |
| `mission-count` | one of a mission's own tally |
| `row-onset` | the start of a row |
| `alert-region-onset` | a start after merging overlapping alerts of one first-level region |
| `alert-region-hours` | an hour of alert in one region, after the same merging |
| `wave` | onsets of five regions or more, each within five minutes of the one before |

A row counts where its start falls. What its width means depends on the kind: an air-raid alert
lasts from start to end and begins at its start exactly, while an event of unknown hour happened
somewhere between the two. Only the second makes a count a range at an edge.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = [
    "LASTING_KINDS",
    "LEAST_REGIONS",
    "TALLY",
    "WAVE_GAP_MINUTES",
    "choose_units",
    "find_groups",
    "find_waves",
    "measure_piece",
    "merge_regions",
    "sum_between",
    "tally",
]

LASTING_KINDS = frozenset({"air-raid-alert"})
"""Kinds whose rows last from start to end: the width is a duration and not what nobody knows."""

WAVE_GAP_MINUTES = 5
"""A wave ends where no onset follows within so many minutes."""

LEAST_REGIONS = 5
"""Fewest regions (or rows, where the region is not known) that make a wave."""

TALLY = {
    "time_us": pl.Int64,  # microseconds since 1970-01-01 UTC: where it counts
    "end_us": pl.Int64,  # it happened before this; equal to time_us where the time is known
    "weight": pl.Float64,  # how many it counts for
    "low": pl.Float64,
    "high": pl.Float64,
    "area": pl.String,
}
"""Columns of what `tally` returns, sorted by time."""

_SUMMARIES = frozenset({"rows", "events", "detections", "onsets", "alerts", "incidents", "violations", "explosions"})
_NOT_TALLIES = frozenset({"casualty", "damage", "claim", "delivery", "payment", "lethal-event"})
_LASTING_UNITS = ("row-onset", "alert-region-onset", "alert-region-hours", "wave")
_LARGEST = 1e12  # that a summary row may count for; more is a mistake, and the row counts once
_HOUR_US = 3_600_000_000
_MINUTE_US = 60_000_000
_PART_US = 15 * _MINUTE_US


def choose_units(kind: str, declared: str | None) -> tuple[str, ...]:
    """Return the units in which a kind of event is counted, the clause's own first where it fits the kind."""
    if kind in LASTING_KINDS:
        units: tuple[str, ...] = _LASTING_UNITS
    elif kind == "mission-count":
        units = ("mission-count",)
    else:
        units = ("row-onset",) if declared == "row-onset" else ("event",)
    return tuple(dict.fromkeys([declared, *units])) if declared in units else units


def tally(rows: pl.DataFrame, kind: str, unit: str) -> pl.DataFrame:
    """Return what the rows of one source (schema `EVENTS`, one kind) count for, with the columns of `TALLY`."""
    counted = _COUNTERS[unit](_prepare(rows, kind))
    return counted.select(pl.col(name).cast(dtype) for name, dtype in TALLY.items()).sort(
        "time_us", "area", maintain_order=True
    )


def merge_regions(counted: pl.DataFrame) -> pl.DataFrame:
    """Join rows of one area that overlap or touch; rows without an area stay as they are.

    Takes and returns `time_us`, `until_us`, `area`, sorted by area and time.
    """
    placed = counted.filter(pl.col("area").is_not_null()).sort("area", "time_us", "until_us")
    reach = pl.col("until_us").cum_max().shift(1).over("area")
    joined = (
        placed.with_columns(run=(pl.col("time_us") > reach).fill_null(True).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(pl.col("area").first(), pl.col("time_us").first(), pl.col("until_us").max())
    )
    columns = ["time_us", "until_us", "area"]
    return pl.concat([joined.select(columns), counted.filter(pl.col("area").is_null()).select(columns)])


def find_groups(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the waves among sorted onsets (columns of `TALLY`): `time_us`, `until_us`, `regions`, `size`.

    `size` is the sum of weights. Onsets belong together while each follows the last one within
    `WAVE_GAP_MINUTES`; fewer than `LEAST_REGIONS` regions are not a wave.
    """
    gap = pl.col("time_us").diff() > WAVE_GAP_MINUTES * _MINUTE_US
    runs = counted.with_columns(run=gap.fill_null(True).cum_sum()).group_by("run", maintain_order=True)
    return (
        runs.agg(
            pl.col("time_us").min(),
            pl.col("time_us").max().alias("until_us"),
            (pl.col("area").drop_nulls().n_unique() + pl.col("area").null_count()).alias("regions"),
            pl.col("weight").sum().alias("size"),
        )
        .filter(pl.col("regions") >= LEAST_REGIONS)
        .drop("run")
    )


def find_waves(rows: pl.DataFrame, kind: str, unit: str) -> pl.DataFrame:
    """Return the waves among what `tally` counts in this unit; none where waves are what it counts.

    `size` is in the unit. Rows wider than an hour say too little of when they happened to be a wave.
    """
    if unit == "wave":
        return find_groups(tally(rows.clear(), kind, "row-onset"))
    if unit == "alert-region-hours":
        waves = find_groups(tally(rows, kind, "alert-region-onset"))
        return waves.with_columns(pl.col("size") * _mean_hours(rows, kind))
    counted = tally(rows, kind, unit)
    return find_groups(counted.filter(pl.col("end_us") - pl.col("time_us") <= _HOUR_US))


def measure_piece(rows: pl.DataFrame, kind: str, unit: str) -> float:
    """Return how much of the unit comes at once, apart from waves: 1, or the typical hours of one alert.

    Typical is the mean of squares over the mean: it gives a sum of alerts its true scatter.
    """
    if unit != "alert-region-hours":
        return 1.0
    hours = _alert_hours(rows, kind)
    return float((hours**2).sum() / hours.sum()) if hours.sum() > 0 else 1.0


def _alert_hours(rows: pl.DataFrame, kind: str) -> NDArray[np.float64]:
    merged = merge_regions(_prepare(rows, kind))
    return np.asarray((merged["until_us"] - merged["time_us"]).to_numpy() / _HOUR_US)


def _mean_hours(rows: pl.DataFrame, kind: str) -> float:
    hours = _alert_hours(rows, kind)
    return float(hours.mean()) if len(hours) else 0.0


def _prepare(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return times as integers, with `until_us` the row's end and `end_us` the end of what is not known."""
    start = pl.col("start_utc").dt.epoch("us")
    until = pl.max_horizontal(start, pl.col("end_utc").dt.epoch("us").fill_null(start))
    counts = pl.lit(kind not in _NOT_TALLIES) & pl.col("unit").cast(pl.String).fill_null("rows").is_in(_SUMMARIES)
    usable = pl.col("quantity").is_between(0, _LARGEST)
    weight = pl.when(counts & usable).then("quantity").otherwise(1.0)
    return rows.select(
        time_us=start,
        until_us=until,
        end_us=start if kind in LASTING_KINDS else until,
        weight=weight,
        low=pl.when(counts & pl.col("quantity_low").is_between(0, weight)).then("quantity_low").otherwise(weight),
        high=pl.when(counts & pl.col("quantity_high").is_between(weight, _LARGEST))
        .then("quantity_high")
        .otherwise(weight),
        area=pl.col("area").cast(pl.String),
    )


def _count_rows(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def _count_region_onsets(rows: pl.DataFrame) -> pl.DataFrame:
    return _each_once(merge_regions(rows))


def _count_region_hours(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut each merged alert at full quarters of an hour, so that a part counts where it lies."""
    merged = merge_regions(rows).filter(pl.col("until_us") > pl.col("time_us"))
    first = pl.col("time_us") // _PART_US
    last = (pl.col("until_us") - 1) // _PART_US
    parts = merged.with_columns(part=pl.int_ranges(first, last + 1)).explode("part")
    start = pl.max_horizontal("time_us", pl.col("part") * _PART_US)
    end = pl.min_horizontal("until_us", (pl.col("part") + 1) * _PART_US)
    hours = (end - start) / _HOUR_US
    return parts.select(start.alias("time_us"), end_us=start, weight=hours, low=hours, high=hours, area=pl.col("area"))


def _count_waves(rows: pl.DataFrame) -> pl.DataFrame:
    onsets = _each_once(merge_regions(rows)).sort("time_us")
    waves = find_groups(onsets).select("time_us", "until_us", area=pl.lit(None, dtype=pl.String))
    return _each_once(waves)


def _each_once(rows: pl.DataFrame) -> pl.DataFrame:
    one = pl.lit(1.0)
    return rows.select("time_us", end_us="time_us", weight=one, low=one, high=one, area=pl.col("area"))


_COUNTERS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "event": _count_rows,
    "mission-count": _count_rows,
    "row-onset": _count_rows,
    "alert-region-onset": _count_region_onsets,
    "alert-region-hours": _count_region_hours,
    "wave": _count_waves,
}


def sum_between(counted: pl.DataFrame, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weight that counts in each stretch [start, end), in microseconds."""
    total = np.concatenate([[0.0], counted["weight"].to_numpy().cumsum()])
    times = counted["time_us"].to_numpy()
    return np.asarray(total[np.searchsorted(times, ends)] - total[np.searchsorted(times, starts)])
