"""Silences: the times between two positions of a platform, and where it may have been meanwhile.

A silence is cut into pieces of at most ten minutes; in between, the platform is taken to have gone
straight. Of a silence that has no end in the evidence only the last place is known.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.tracks.crossings import turn_within_180
from truceline.tracks.reception import CELL_DEG, SLOT_S

__all__ = ["cut_silences", "find_silences", "locate_cells"]

_SLOT_US = SLOT_S * 1_000_000
_MOST_PIECES = 1008  # a week of them: a longer silence is cut into longer pieces
_HOUR_US = 3_600_000_000


def find_silences(rows: pl.DataFrame, longest_s: float, end_us: int) -> pl.DataFrame:
    """Return each stretch of more than `longest_s` seconds in which a platform was not heard.

    `rows` are positions (`platform`, `time_utc`, `lon`, `lat`, `source`, `file`, `row`) in any order;
    `end_us` is when the evidence ends (microseconds). Columns: `platform`, `source` of the position
    before, `start_us`, `end_us`, `lon`, `lat`, `lon_after`, `lat_after` (null where it was never heard
    again), `speed_kn`, `speed_kn_after` as reported, and `file`, `row`, `file_after`, `row_after`.
    """
    ordered = rows.with_columns(start_us=pl.col("time_utc").to_physical()).sort(
        "platform", "start_us", "lon", "lat", "file", "row"
    )
    if "speed_kn" not in rows.columns:
        ordered = ordered.with_columns(speed_kn=pl.lit(None, dtype=pl.Float64))
    names = ("lon", "lat", "file", "row", "speed_kn")
    after = [pl.col(name).shift(-1).over("platform").alias(f"{name}_after") for name in names]
    following = pl.col("start_us").shift(-1).over("platform").fill_null(end_us)
    return (
        ordered.with_columns(*after, end_us=following)
        .filter(pl.col("end_us") - pl.col("start_us") > longest_s * 1e6)
        .select("platform", "source", "start_us", "end_us", "lon", "lat", "lon_after", "lat_after",
                "speed_kn", "speed_kn_after", "file", "row", "file_after", "row_after")
    )  # fmt: skip


def cut_silences(silences: pl.DataFrame) -> pl.DataFrame:
    """Return the pieces of silences: `silence` (its number), `from_us`, `to_us`, and the `lon`, `lat` of its middle."""
    start, end = (silences[name].to_numpy() for name in ("start_us", "end_us"))
    count = np.clip(-(-(end - start) // _SLOT_US), 1, _MOST_PIECES)
    number = np.repeat(np.arange(len(count)), count)
    piece = np.arange(len(number)) - (np.cumsum(count) - count)[number]
    length = (end - start) / np.maximum(count, 1)
    first = start[number] + (piece * length[number]).astype(np.int64)
    last = start[number] + ((piece + 1) * length[number]).astype(np.int64)
    part = (piece + 0.5) / count[number]
    lon, lat = (_between(silences, name, number, part) for name in ("lon", "lat"))
    return pl.DataFrame({"silence": number, "from_us": first, "to_us": last, "lon": lon, "lat": lat})


def _between(silences: pl.DataFrame, name: str, number: NDArray[np.int64], part: NDArray[np.float64]) -> pl.Series:
    here = silences[name].to_numpy()[number]
    there = silences[f"{name}_after"].fill_null(silences[name]).to_numpy()[number]
    way = there - here
    if name == "lon":  # the short way round
        way = np.where(way > 180, way - 360.0, np.where(way < -180, way + 360.0, way))
    return pl.Series(turn_within_180(here + part * way) if name == "lon" else here + part * way)


def locate_cells(lon: NDArray[np.float64], lat: NDArray[np.float64], micros: NDArray[np.int64]) -> pl.DataFrame:
    """Return the cell and hour of each place and time, as `reception` counts them."""
    hours = pl.Series(micros // _HOUR_US * _HOUR_US).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    cells = {"cell_x": lon, "cell_y": lat}
    return pl.DataFrame({name: np.floor(x / CELL_DEG).astype(np.int64) for name, x in cells.items()} | {"hour": hours})
