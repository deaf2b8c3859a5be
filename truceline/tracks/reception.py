"""Reception: whether a transmission at some place and hour would have been received, as others show.

Silence means something only where others nearby were heard. Time is cut into slots of ten minutes, the
map into cells of a quarter of a degree. A platform is *present* in a slot between two slots in which some
source heard it, at most six hours apart; where it was in between is a straight line. It is *heard* by
a source where that source has a position of it in the slot. Reception of a cell and hour is

    heard / present      summed over the slots and the *other* platforms there

taken twice, over the cell and over it and the eight around it; the smaller share stands.

A slot of ten minutes holds at least one report of every class that is obliged to transmit (ITU-R
M.1371-5, table 1: class A at anchor every 3 min, class B at most every 3 min), and any thinning to one a
few minutes, so that neither the class nor the thinning has to be known. A platform's first and last slot
are left out: it is heard there because that is how they were chosen. With nobody else in the cell, or
fewer than three in the nine, reception is unknown (null): not zero, and not full.
"""

from collections.abc import Collection
from itertools import product

import numpy as np
import polars as pl

from truceline.tracks.courses import Indices
from truceline.tracks.crossings import turn_within_180

__all__ = [
    "CELL_DEG",
    "FEWEST_OTHERS",
    "SLOT_S",
    "count_slots",
    "measure_reception",
    "receive_others",
    "rows_of_coverage",
]

CELL_DEG = 0.25
SLOT_S = 600
FEWEST_OTHERS = 3
"""Other platforms present in a cell, an hour and the eight cells around, below which nothing can be said."""

_LONGEST_SLOTS = 36  # six hours: whoever is not heard for longer may have been anywhere
_SLOT_US = SLOT_S * 1_000_000
_HOUR_SLOTS = 6
_CELL = ("cell_x", "cell_y", "hour")

COVERED: dict[str, tuple[str, ...]] = {
    "vessel": ("cargo", "tanker", "fishing", "passenger", "other-vessel"),
    "aircraft": ("civil-aircraft", "helicopter"),
}
"""What such a reception may say that it covers: those obliged to transmit, never warships, military
aircraft, drones or missiles, nor the root that holds them."""


def count_slots(
    positions: pl.LazyFrame, sources: Collection[str], prefix: str = "mmsi:", cell_deg: float = CELL_DEG
) -> pl.DataFrame:
    """Return a row for each platform, cell and hour: slots `present`, and `heard` by any of the sources.

    `sources` are cooperative ones; their positions alone are looked at. `prefix` chooses vessels
    ("mmsi:") or aircraft ("icao:"). Columns `platform`, `cell_x`, `cell_y` (index of the cell: its
    south-western corner over `cell_deg`), `hour` (UTC), `present`, `heard`, `present_in` (which of the
    hour's six slots, as bits), and `heard_by`, a list of one count for each of the sorted sources.
    """
    names = sorted(sources)
    heard = _hear(positions, names, prefix)
    if not len(heard):
        return _no_slots()
    filled = _fill(heard, len(names), cell_deg)
    counts = [pl.col(f"by{number}").sum().cast(pl.UInt32) for number in range(len(names))]
    return (
        filled.group_by("platform", "cell_x", "cell_y", "hour")
        .agg(
            pl.len().alias("present"), pl.col("heard").sum().cast(pl.UInt32), pl.col("present_in").bitwise_or(), *counts
        )
        .with_columns(heard_by=pl.concat_list([f"by{number}" for number in range(len(names))]))
        .select("platform", "cell_x", "cell_y", "hour", "present", "heard", "present_in", "heard_by")
        .sort("hour", "cell_y", "cell_x", "platform")
    )


def _no_slots() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"platform": pl.String, "cell_x": pl.Int64, "cell_y": pl.Int64, "hour": pl.Datetime("us", "UTC"),
                "present": pl.UInt32, "heard": pl.UInt32, "present_in": pl.UInt8, "heard_by": pl.List(pl.UInt32)}
    )  # fmt: skip


def _hear(positions: pl.LazyFrame, names: list[str], prefix: str) -> pl.DataFrame:
    """Return a row per platform and slot in which it was heard: its mean place, and by which sources."""
    source = pl.col("source").cast(pl.String)
    by = {f"by{number}": (source == name).any() for number, name in enumerate(names)}
    return (
        positions.filter(
            source.is_in(names),
            pl.col("platform").cast(pl.String).str.starts_with(prefix),
            pl.col("lon").is_between(-180, 180),
            pl.col("lat").is_between(-90, 90),
        )
        .group_by(platform=pl.col("platform").cast(pl.String), slot=pl.col("time_utc").to_physical() // _SLOT_US)
        .agg(_take_middle("lon"), _take_middle("lat"), **by)
        .collect(engine="streaming")
        .sort("platform", "slot")
    )


def _take_middle(name: str) -> pl.Expr:
    """Return the median of some degrees; on both sides of the antimeridian there is none, and the first stands."""
    degrees = pl.col(name)
    apart = degrees.max() - degrees.min() > 180
    return pl.when(apart).then(degrees.sort_by("time_utc").first()).otherwise(degrees.median()).alias(name)


def _fill(heard: pl.DataFrame, sources: int, cell_deg: float) -> pl.DataFrame:
    """Return a row per platform and slot in which it was present, without its first and last one."""
    slot = heard["slot"].to_numpy()
    owner = heard["platform"].rle_id().to_numpy()
    ahead = np.zeros(len(slot), dtype=np.int64)  # slots up to the next one in which it was heard; 0: none
    step = np.diff(slot)
    ahead[:-1] = np.where((owner[1:] == owner[:-1]) & (step <= _LONGEST_SLOTS), step, 0)
    first = np.concatenate([[True], ahead[:-1] == 0])
    # each heard slot stands for itself (not where a stretch begins or ends), and for the silent ones after it
    rows, after = _repeat(np.maximum(ahead, 1))
    kept = (after > 0) | (~first & (ahead > 0))[rows]
    rows, after = rows[kept], after[kept]
    following = np.minimum(rows + 1, len(slot) - 1)
    part = np.where(ahead[rows] > 0, after / np.maximum(ahead[rows], 1), 0.0)
    lon, lat = heard["lon"].to_numpy(), heard["lat"].to_numpy()
    east = (lon[following] - lon[rows] + 180.0) % 360.0 - 180.0  # the short way, across the antimeridian too
    x, y = turn_within_180(lon[rows] + part * east), lat[rows] + part * (lat[following] - lat[rows])
    numbers = slot[rows] + after
    hours = numbers // _HOUR_SLOTS * _HOUR_SLOTS * _SLOT_US
    present_in = (1 << (numbers % _HOUR_SLOTS)).astype(np.uint8)
    by = {f"by{n}": heard[f"by{n}"].to_numpy()[rows] & (after == 0) for n in range(sources)}
    return pl.DataFrame(
        {"platform": heard["platform"][rows], "cell_x": np.floor(x / cell_deg).astype(np.int64),
         "cell_y": np.floor(y / cell_deg).astype(np.int64), "heard": after == 0, "present_in": present_in, **by,
         "hour": pl.Series(hours).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")}
    )  # fmt: skip


def _repeat(counts: Indices) -> tuple[Indices, Indices]:
    """Return each index so many times, and beside it 0, 1, 2, …"""
    rows = np.repeat(np.arange(len(counts)), counts)
    heads = np.cumsum(counts) - counts
    return rows, np.arange(len(rows)) - heads[rows]


def measure_reception(slots: pl.DataFrame, fewest: int = FEWEST_OTHERS, around: int = 1) -> pl.DataFrame:
    """Return for each cell and hour in which anybody was: how many, and the share of slots heard, `reception`.

    `slots` comes from `count_slots`. Columns `cell_x`, `cell_y`, `hour`, `others` (in the cell and the
    eight around it), `present`, `heard` (slots of these), `reception`; with fewer than `fewest` others
    `reception` is null: unknown. It is the smaller of two shares, of the cell itself and of all nine, so
    that ships nearer to a receiver do not speak for a cell in which nobody is heard. `present_in` are the
    slots of the hour in which any of them was: in the others all are gone, or the receiver is.
    """
    own = _sum(slots)
    steps = product(range(-around, around + 1), repeat=2)
    near = _sum(pl.concat([slots.with_columns(pl.col("cell_x") + x, pl.col("cell_y") + y) for x, y in steps]))
    cells = near.join(own, on=list(_CELL), how="inner", suffix="_own")
    share = pl.min_horizontal(pl.col("heard") / pl.col("present"), pl.col("heard_own") / pl.col("present_own"))
    known = pl.when(pl.col("others") >= fewest).then(share)
    return (
        cells.with_columns(reception=known)
        .select(*_CELL, "others", "present", "heard", "present_in", "reception")
        .sort("hour", "cell_y", "cell_x")
    )


def _sum(slots: pl.DataFrame) -> pl.DataFrame:
    return slots.group_by(_CELL).agg(
        others=pl.col("platform").n_unique(),
        present=pl.col("present").sum(),
        heard=pl.col("heard").sum(),
        present_in=pl.col("present_in").bitwise_or(),
    )


def receive_others(slots: pl.DataFrame, platform: str, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the reception of the cells and hours in `asked` (`cell_x`, `cell_y`, `hour`) without one platform.

    The rows keep their order and get `others`, `reception` and `present_in`: 0, null and 0 where nobody else was.
    """
    if len(asked):
        near = [
            pl.col(name).is_between(asked[name].min() - 1, asked[name].max() + 1)  # type: ignore[operator]
            for name in ("cell_x", "cell_y")
        ]
        slots = slots.filter(pl.col("hour").is_between(asked["hour"].min(), asked["hour"].max()), *near)
    rest = measure_reception(slots.filter(pl.col("platform") != platform))
    known = asked.join(rest, on=list(_CELL), how="left", maintain_order="left")
    return known.with_columns(pl.col("others", "present_in").fill_null(0))


def rows_of_coverage(
    slots: pl.DataFrame, source: str, number: int, provider: str, root: str = "vessel"
) -> pl.DataFrame:
    """Return what one source would have received, as rows of the table of coverage.

    `number` is the source's place among the sorted sources of `slots`. The area is named
    "cell W S" by its corner in degrees, which `draw_cell` draws. It detects the categories that are
    obliged to transmit and nothing else. Unknown reception is a null probability.
    """
    mine = slots.with_columns(heard=pl.col("heard_by").list.get(number))
    cells = measure_reception(mine)
    corner = [(pl.col(axis) * CELL_DEG).cast(pl.String) for axis in ("cell_x", "cell_y")]
    return cells.select(
        source=pl.lit(source),
        provider=pl.lit(provider),
        start_utc=pl.col("hour"),
        end_utc=pl.col("hour") + pl.duration(hours=1),
        area=pl.format("cell {} {}", *corner),
        detects=pl.lit(list(COVERED[root]), dtype=pl.List(pl.String)),
        party=pl.lit(None, dtype=pl.String),
        probability=pl.col("reception") * pl.col("present_in").bitwise_count_ones() / _HOUR_SLOTS,
    )
