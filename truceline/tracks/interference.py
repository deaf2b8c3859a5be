"""Where and when satellite navigation was disturbed, as aircraft report it of themselves.

An aircraft says with every position how far it trusts it: NIC, the size of the circle that certainly
holds it, and NACp, its accuracy. One with poor values may have a poor receiver. Several close together
that report poor values in the same hour, and good ones elsewhere, show that the signal is disturbed.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.tracks.flags import Flag
from truceline.tracks.slots import cut_time

__all__ = ["CELL_DEG", "FEWEST_AIRCRAFT", "POOR_NAC_P", "POOR_NIC", "flag_interference", "map_interference"]

POOR_NIC, POOR_NAC_P = 7, 8
"""Below these a position does not meet what 14 CFR 91.227 asks of ADS-B Out."""

CELL_DEG = 0.5
FEWEST_AIRCRAFT = 4
DISTURBED_SHARE = 0.25
"""Of the aircraft of a cell and hour: from this share on, its poor rows count as disturbed."""


def map_interference(positions: pl.LazyFrame) -> pl.DataFrame:
    """Return for each cell and hour how many aircraft said how good their position was, and how many poor.

    Columns `cell_lon`, `cell_lat` (south-western corner, degrees), `hour`, `aircraft`, `poor`,
    `share`; `share` is null with fewer than four aircraft: unknown, not zero. An aircraft is poor
    where most of its rows there are. One that never reports a good value has a poor receiver and is
    left out. Sources without NIC and NACp give no rows. `positions` may be larger than memory.
    """
    words = _read_words(positions)
    telling = positions.filter(pl.col("integrity").cast(pl.String).is_in(words.telling.implode()))
    time = pl.col("time_utc")
    parts = [telling.filter(time >= start, time < end) for start, end in cut_time(telling, "1h")] or [telling.clear()]
    sound = _told(telling, words).filter(~pl.col("poor")).select(pl.col("platform").unique())
    able = sound.collect(engine="streaming")
    cells = pl.concat([_count_poor(_told(part, words), able.lazy()) for part in parts])
    share = pl.when(pl.col("aircraft") >= FEWEST_AIRCRAFT).then(pl.col("poor") / pl.col("aircraft"))
    return cells.with_columns(share=share).sort("hour", "cell_lat", "cell_lon")


def _count_poor(told: pl.LazyFrame, sound: pl.LazyFrame) -> pl.DataFrame:
    """Return how many platforms there were in each cell and hour, and how many poor, of those that can be good."""
    each = (
        told.group_by("cell_lon", "cell_lat", "hour", "platform")
        .agg(poor=pl.col("poor").mean() > 0.5)
        .join(sound, on="platform", how="semi", nulls_equal=True)
    )
    cells = each.group_by("cell_lon", "cell_lat", "hour").agg(aircraft=pl.len(), poor=pl.col("poor").sum())
    return cells.collect(engine="streaming")


def flag_interference(rows: pl.DataFrame, disturbed: pl.DataFrame | None = None) -> NDArray[np.uint16]:
    """Return, for each row, INTERFERENCE where it is poor in a cell and hour that is disturbed."""
    flags = np.zeros(len(rows), dtype=np.uint16)
    if "integrity" not in rows.columns or rows["integrity"].null_count() == len(rows):
        return flags
    cells = map_interference(rows.lazy()) if disturbed is None else disturbed
    bad = cells.filter(pl.col("share") >= DISTURBED_SHARE)
    if len(bad):
        told = _told(rows.lazy().with_row_index("index"), _read_words(rows.lazy()), "index").filter("poor")
        hit = told.join(bad.lazy(), on=["cell_lon", "cell_lat", "hour"], how="semi").collect()
        flags[hit["index"].to_numpy()] = Flag.INTERFERENCE
    return flags


@dataclass(frozen=True, slots=True)
class _Words:
    """What sources say of their positions' quality: the texts that say anything, and those that say it is poor."""

    telling: pl.Series
    poor: pl.Series


def _read_words(positions: pl.LazyFrame) -> _Words:
    """Read each text once, since few stand in very many rows."""
    words = positions.select(pl.col("integrity").unique().cast(pl.String)).collect(engine="streaming")
    said = pl.col("integrity")
    nic, nac_p = (said.str.extract(rf"\b{name}=(\d+)", 1).cast(pl.UInt8, strict=False) for name in ("nic", "nac_p"))
    lost = said.str.contains("gps-lost", literal=True)
    poor = (nic < POOR_NIC).fill_null(False) | (nac_p < POOR_NAC_P).fill_null(False) | lost
    telling = words.filter(nic.is_not_null() | nac_p.is_not_null() | lost)
    return _Words(telling["integrity"], telling.filter(poor)["integrity"])


def _told(positions: pl.LazyFrame, words: _Words, *more: str) -> pl.LazyFrame:
    """Return the rows that say how good their position is: cell, hour, platform, and whether it is poor."""
    said = pl.col("integrity").cast(pl.String)
    return positions.filter(
        said.is_in(words.telling.implode()), pl.col("lon").is_finite(), pl.col("lat").is_finite()
    ).select(
        *more,
        "platform",
        cell_lon=(pl.col("lon") / CELL_DEG).floor() * CELL_DEG,
        cell_lat=(pl.col("lat") / CELL_DEG).floor() * CELL_DEG,
        hour=pl.col("time_utc").dt.truncate("1h"),
        poor=said.is_in(words.poor.implode()),
    )
