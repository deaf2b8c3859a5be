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
    "condense",
    "find_groups",
    "find_waves",
    "join_alike",
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
    "rows": pl.UInt32,  # how many rows stand in it: of the same times and area
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
    """Return what the rows of one source count for, with the columns of `TALLY`.

    The rows are of one kind, with the schema `EVENTS` or as `condense` made them.
    """
    counted = _COUNTERS[unit](_prepare(rows, kind))
    return counted.select(pl.col(name).cast(dtype) for name, dtype in TALLY.items()).sort(
        "time_us", "area", maintain_order=True
    )


def merge_regions(counted: pl.DataFrame) -> pl.DataFrame:
    """Join rows of one area that overlap or touch; rows without an area stay as they are.

    Takes and returns `time_us`, `until_us`, `area` and `rows` (how many an unplaced row stands for; what is
    joined is one), sorted by area and time.
    """
    placed = counted.filter(pl.col("area").is_not_null()).sort("area", "time_us", "until_us")
    reach = pl.col("until_us").cum_max().shift(1).over("area")
    joined = (
        placed.with_columns(run=(pl.col("time_us") > reach).fill_null(True).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("area").first(),
            pl.col("time_us").first(),
            pl.col("until_us").max(),
            rows=pl.lit(1, dtype=pl.UInt32),
        )
    )
    columns = ["time_us", "until_us", "area", "rows"]
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
            (pl.col("area").drop_nulls().n_unique() + pl.col("rows").filter(pl.col("area").is_null()).sum()).alias(
                "regions"
            ),
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
    hours = (merged["until_us"] - merged["time_us"]).to_numpy() / _HOUR_US
    return np.asarray(np.repeat(hours, merged["rows"].to_numpy()))


def _mean_hours(rows: pl.DataFrame, kind: str) -> float:
    hours = _alert_hours(rows, kind)
    return float(hours.mean()) if len(hours) else 0.0


def condense(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return events of one kind (those columns of `EVENTS` that count) with times in microseconds and weights.

    Columns: `source`, `area`, `time_us`, `until_us` (the row's end), `weight`, `low`, `high`,
    `place_uncertain` and `rows`, the number of events: rows that are alike in all of that may be
    joined (`join_alike`) and count as before.
    """
    return rows.select("source", "place_uncertain", *_measure(kind), rows=pl.lit(1, dtype=pl.UInt32))


def join_alike(rows: pl.DataFrame, *, kind: str, step_us: int = 1) -> pl.DataFrame:
    """Join what `condense` returned: rows of one source and area, of the same times by steps of `step_us`.

    Beyond a microsecond a step is a loss: a row then counts from its beginning. An end of which
    nobody knows when in the row's span it happened is put off to the end of its step.
    """
    end = pl.col("until_us") if kind in LASTING_KINDS else pl.col("until_us") + (step_us - 1)
    times = [pl.col("time_us") // step_us * step_us, end // step_us * step_us]
    keys = ("source", "area", "place_uncertain")
    grouped = rows.group_by(*keys, *times, maintain_order=True)
    return grouped.agg(pl.col("weight", "low", "high", "rows").sum()).select(rows.columns)


def _measure(kind: str) -> list[pl.Expr]:
    """Return when a row counts and for how many."""
    start = pl.col("start_utc").dt.epoch("us")
    until = pl.max_horizontal(start, pl.col("end_utc").dt.epoch("us").fill_null(start))
    counts = pl.lit(kind not in _NOT_TALLIES) & pl.col("unit").cast(pl.String).fill_null("rows").is_in(_SUMMARIES)
    usable = pl.col("quantity").is_between(0, _LARGEST)
    weight = pl.when(counts & usable).then("quantity").otherwise(1.0)
    low = pl.when(counts & pl.col("quantity_low").is_between(0, weight)).then("quantity_low").otherwise(weight)
    high = pl.when(counts & pl.col("quantity_high").is_between(weight, _LARGEST))
    return [
        start.alias("time_us"),
        until.alias("until_us"),
        weight.alias("weight"),
        low.alias("low"),
        high.then("quantity_high").otherwise(weight).alias("high"),
        pl.col("area"),
    ]


def _prepare(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return condensed rows with `end_us`, the end of what is not known, and areas as text."""
    if "time_us" not in rows.columns:
        rows = rows.select(*_measure(kind), rows=pl.lit(1, dtype=pl.UInt32))
    return rows.with_columns(
        end_us="time_us" if kind in LASTING_KINDS else "until_us", area=pl.col("area").cast(pl.String)
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
    hours = (end - start) / _HOUR_US * pl.col("rows")
    counted = parts.select(start.alias("time_us"), end_us=start, weight=hours, area=pl.col("area"), rows=pl.col("rows"))
    return counted.with_columns(low="weight", high="weight")


def _count_waves(rows: pl.DataFrame) -> pl.DataFrame:
    onsets = _each_once(merge_regions(rows)).sort("time_us")
    waves = find_groups(onsets).select("time_us", "until_us", area=pl.lit(None, dtype=pl.String), rows=pl.lit(1))
    return _each_once(waves)


def _each_once(rows: pl.DataFrame) -> pl.DataFrame:
    weight = pl.col("rows").cast(pl.Float64)
    return rows.select("time_us", "area", "rows", end_us="time_us", weight=weight, low=weight, high=weight)


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
