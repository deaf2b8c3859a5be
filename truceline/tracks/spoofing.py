"""Tracks that nobody steered: circles and lines too exact, and many platforms at one spot.

A receiver that is given a false signal reports what the signal says; a track that somebody made up is
as exact as the formula that made it. Wind, sea, rudder and engine leave traces in every real track.
So the measure is not the form but the exactness, kept up for long.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.tracks.courses import KNOT_M_S, MEAN_RADIUS_M, Courses, Floats, Indices
from truceline.tracks.flags import Flag
from truceline.tracks.slots import cut_time

__all__ = ["WINDOW_S", "find_crowds", "flag_crowds", "flag_patterns"]

WINDOW_S = 2400.0
"""How long the stretches are that are tried for a pattern."""

_FEWEST = 20  # positions of a window; fewer fit anything
_LONG_ENOUGH = 0.9  # of the window, from the first to the last position
_SLOWEST_M_S = 3.0 * KNOT_M_S
_MOST_SPEED_SPREAD = 0.02  # standard deviation over mean, of the steps of a circle
_MOST_ROUNDNESS = 0.01  # root mean square of the distance from the circle, over its radius
_RADII_M = (150.0, 20_000.0)  # less is a ship that swings at anchor
_FULL_TURN = 2 * np.pi
_ACROSS_M = 0.6  # of 853 real ways of 24 minutes six kept within 2 m and 5 m, two within 1 m and 5 m, none within these
_ALONG_M = 3.0

_SPOT_DEG = 0.0001  # 11 m from north to south
_SPOT_SLOT = "10m"
_CROWD = 5

Flags = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Windows:
    """Stretches of tracks, on a plane of metres about the first position of each: rows and where they begin."""

    rows: Indices
    heads: Indices
    count: Indices
    x: Floats
    y: Floats
    seconds: Floats

    def sum(self, values: Floats) -> Floats:
        """Return the sum of a column for each window."""
        total: Floats = np.add.reduceat(values, self.heads)
        return total

    def spread(self, values: Floats) -> Floats:
        """Return values as large as the rows, one of a window for all of its rows."""
        return np.repeat(values, self.count)

    def pick(self, kept: NDArray[np.bool_]) -> "_Windows":
        """Return some of the windows."""
        rows = np.repeat(kept, self.count)
        count = self.count[kept]
        heads = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)[: len(count)]
        return _Windows(self.rows[rows], heads, count, self.x[rows], self.y[rows], self.seconds[rows])


def flag_patterns(courses: Courses, vessels: NDArray[np.bool_], window_s: float = WINDOW_S) -> Flags:
    """Return, for each position in the order of `courses`, CIRCLE and LINE where they hold.

    Only `vessels` are looked at: aircraft hold circles and lines by autopilot, and well. A pattern
    counts where it is kept up for nine tenths of `window_s` seconds.
    """
    flags = np.zeros(len(courses), dtype=np.uint16)
    window = round(window_s * 1e6)
    for shift in (0, window // 2):
        windows = _cut(courses, vessels, window, shift)
        if not len(windows.heads):
            continue
        for flag, fits in ((Flag.LINE, _is_line), (Flag.CIRCLE, _is_circle)):
            flags[windows.rows[np.repeat(fits(windows), windows.count)]] |= np.uint16(flag)
    return flags


def _cut(courses: Courses, vessels: NDArray[np.bool_], window: int, shift: int) -> _Windows:
    """Return the windows of one length that have enough positions and move."""
    empty = np.zeros(0, dtype=np.int64)
    rows = np.flatnonzero(vessels)
    if not len(rows):
        return _Windows(empty, empty, empty, *(np.zeros(0),) * 3)
    slot = (courses.micros[rows] + shift) // window
    owner = courses.platform[rows]
    new = np.concatenate([[True], (slot[1:] != slot[:-1]) | (owner[1:] != owner[:-1])])
    heads = np.flatnonzero(new)
    count = np.diff(np.append(heads, len(rows)))
    lasted = courses.micros[rows[heads + count - 1]] - courses.micros[rows[heads]]
    kept = (count >= _FEWEST) & (lasted >= _LONG_ENOUGH * window)
    rows, count = rows[np.repeat(kept, count)], count[kept]
    if not len(rows):
        return _Windows(empty, empty, empty, *(np.zeros(0),) * 3)
    heads = np.concatenate([[0], np.cumsum(count)[:-1]])
    first = np.repeat(rows[heads], count)
    scale = np.cos(np.radians(courses.lat[first]))
    metres = np.radians(1.0) * MEAN_RADIUS_M
    x, y = (courses.lon[rows] - courses.lon[first]) * scale * metres, (courses.lat[rows] - courses.lat[first]) * metres
    seconds = (courses.micros[rows] - courses.micros[first]) / 1e6
    windows = _Windows(rows, heads, count, x, y, seconds)
    steps = np.hypot(np.diff(x, prepend=0.0), np.diff(y, prepend=0.0))
    steps[heads] = 0.0
    return windows.pick(windows.sum(steps) >= _SLOWEST_M_S * seconds[np.append(heads[1:], len(x)) - 1])


def _is_line(w: _Windows) -> NDArray[np.bool_]:
    """Return which windows are one line at one speed: places as a linear function of time."""
    n = w.count.astype(np.float64)
    t = w.seconds - w.spread(w.sum(w.seconds) / n)
    square = np.maximum(w.sum(t * t), 1e-9)
    vx, vy = w.sum(t * w.x) / square, w.sum(t * w.y) / square
    dx = w.x - w.spread(w.sum(w.x) / n) - w.spread(vx) * t
    dy = w.y - w.spread(w.sum(w.y) / n) - w.spread(vy) * t
    speed = np.maximum(np.hypot(vx, vy), 1e-9)
    ux, uy = w.spread(vx / speed), w.spread(vy / speed)
    across = np.sqrt(w.sum((dx * uy - dy * ux) ** 2) / n)
    along = np.sqrt(w.sum((dx * ux + dy * uy) ** 2) / n)
    exact: NDArray[np.bool_] = (across <= _ACROSS_M) & (along <= _ALONG_M) & (speed >= _SLOWEST_M_S)
    return exact


def _is_circle(w: _Windows) -> NDArray[np.bool_]:
    """Return which windows go round a circle (fitted by least squares, Kåsa 1976) at one speed."""
    n = w.count.astype(np.float64)
    x, y = w.x - w.spread(w.sum(w.x) / n), w.y - w.spread(w.sum(w.y) / n)
    xx, yy, xy = w.sum(x * x), w.sum(y * y), w.sum(x * y)
    z = x * x + y * y
    xz, yz = w.sum(x * z), w.sum(y * z)
    determinant = xx * yy - xy * xy
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (xz * yy - yz * xy) / (2 * determinant), (yz * xx - xz * xy) / (2 * determinant)
        radius = np.sqrt(a * a + b * b + w.sum(z) / n)
        away = np.hypot(x - w.spread(a), y - w.spread(b))
        roundness = np.sqrt(w.sum((away - w.spread(radius)) ** 2) / n) / radius
        turned, unsteady = _turn(w, np.arctan2(y - w.spread(b), x - w.spread(a)))
        size = (radius >= _RADII_M[0]) & (radius <= _RADII_M[1])
        exact: NDArray[np.bool_] = size & (roundness <= _MOST_ROUNDNESS)
        return exact & (turned >= _FULL_TURN) & (unsteady <= _MOST_SPEED_SPREAD)


def _turn(w: _Windows, angle: Floats) -> tuple[Floats, Floats]:
    """Return by how much each window turns about its centre, and how unevenly."""
    n = np.maximum(w.count.astype(np.float64), 2.0)
    step = np.diff(angle, prepend=angle[:1])
    step = (step + np.pi) % (2 * np.pi) - np.pi
    step[w.heads] = 0.0
    turned = np.cumsum(step)
    turned -= w.spread(turned[w.heads])
    t = w.seconds - w.spread(w.sum(w.seconds) / n)
    rate = w.sum(t * turned) / np.maximum(w.sum(t * t), 1e-9)
    left = turned - w.spread(w.sum(turned) / n) - w.spread(rate) * t
    whole = np.abs(turned[np.append(w.heads[1:], len(turned)) - 1])
    return whole, np.sqrt(w.sum(left * left) / n) / np.maximum(whole, 1e-9)


def find_crowds(positions: pl.LazyFrame) -> pl.DataFrame:
    """Return spots and ten minutes in which five platforms or more report themselves within metres.

    Columns `x`, `y` (the spot), `slot` (when), `platforms` (how many). Aircraft on the ground are
    left out. `positions` may be larger than memory: they are counted in stretches of time.
    """
    time = pl.col("time_utc")
    parts = [positions.filter(time >= start, time < end) for start, end in cut_time(positions, _SPOT_SLOT)]
    return pl.concat([_count_crowds(part) for part in parts or [positions.clear()]]).sort("slot", "x", "y")


def _count_crowds(positions: pl.LazyFrame) -> pl.DataFrame:
    counted = _spots(positions).group_by("x", "y", "slot").agg(platforms=pl.col("platform").n_unique())
    return counted.filter(pl.col("platforms") >= _CROWD).collect(engine="streaming")


def flag_crowds(rows: pl.DataFrame, crowds: pl.DataFrame | None = None) -> Flags:
    """Return, for each row, CROWD where it is one of many at one spot; `crowds` are those of all positions."""
    found = find_crowds(rows.lazy()) if crowds is None else crowds
    flags = np.zeros(len(rows), dtype=np.uint16)
    if not len(found):
        return flags
    spots = _spots(rows.lazy().with_row_index("index"), "index")
    hit = spots.join(found.lazy(), on=["x", "y", "slot"], how="semi").collect()
    flags[hit["index"].to_numpy()] = Flag.CROWD
    return flags


def _spots(positions: pl.LazyFrame, *more: str) -> pl.LazyFrame:
    """Return each position's spot and ten minutes, in two grids so that no edge parts what is together."""
    low = positions.filter(
        pl.col("lon").is_finite() & pl.col("lat").is_finite(),
        pl.col("altitude_ref").cast(pl.String).ne_missing("ground"),
        ~pl.col("platform").cast(pl.String).str.starts_with("track:"),
    )
    grids = [
        low.select(
            *more,
            "platform",
            x=(pl.col("lon") / _SPOT_DEG + half).floor().cast(pl.Int64) * 2 + grid,
            y=(pl.col("lat") / _SPOT_DEG + half).floor().cast(pl.Int64) * 2 + grid,
            slot=pl.col("time_utc").dt.truncate(_SPOT_SLOT),
        )
        for grid, half in enumerate((0.0, 0.5))
    ]
    return pl.concat(grids)
