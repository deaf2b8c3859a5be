"""Pings in columns, made ready for the kernels that look at several platforms, or at one over time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from truceline.errors import FormError
from truceline.kernels.backend import find_compiled
from truceline.kernels.batches import list_strays, read_columns, refuse_order
from truceline.kernels.ranges import over_ranges, split

__all__ = ["LATEST_US", "Pings", "read_pings"]

LATEST_US = 1 << 60
"""Microseconds from 1970, both ways; beyond it a time is refused."""

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pings:
    """Pings that are on the globe, ordered by platform, then time; those of platform p are `cuts[p]` to `cuts[p + 1]`.

    `platform` is the given number of each platform, `rows` the given row of each ping (None: its
    own). `strays` are the rows that are not on the globe; they are left out, as if absent.
    """

    platform: Rows
    cuts: Rows
    time_us: Rows
    lon: Floats
    lat: Floats
    rows: Rows | None
    strays: Rows

    def row_of(self, ping: Rows) -> Rows:
        """Return the given rows of pings."""
        return ping if self.rows is None else self.rows[ping]


def read_pings(
    platform: ArrayLike, time_us: ArrayLike, lon: ArrayLike, lat: ArrayLike, threads: int | None = None
) -> Pings:
    """Return pings as the kernels take them.

    Raises FormError, naming the row, when platforms or times go backwards, or a time is too far off.
    """
    who, time, x, y = read_columns(platform, time_us, lon, lat)
    cuts, lost = _survey(who, time, x, y, threads)
    if len(time) and not (time[cuts[:-1]].min() >= -LATEST_US and time[cuts[1:] - 1].max() <= LATEST_US):
        raise FormError("times", expected="microseconds since 1970", found="one beyond any calendar", do="mend it")
    strays = list_strays(x, y) if lost else np.empty(0, dtype=np.int64)
    if not len(strays):
        return Pings(who[cuts[:-1]].astype(np.int64), cuts, time, x, y, None, strays)
    kept = np.delete(np.arange(len(who), dtype=np.int64), strays)
    cuts, _ = _survey(who[kept], time[kept], x[kept], y[kept], threads)
    return Pings(who[kept][cuts[:-1]].astype(np.int64), cuts, time[kept], x[kept], y[kept], kept, strays)


def _survey(
    platform: NDArray[np.signedinteger], time: Rows, lon: Floats, lat: Floats, threads: int | None
) -> tuple[Rows, int]:
    """Return where each platform begins, and the end; and how many pings are off the globe."""
    compiled = find_compiled()
    if compiled is None:
        same = platform[1:] == platform[:-1]
        wrong = np.flatnonzero((platform[1:] < platform[:-1]) | (same & (time[1:] < time[:-1]))) + 1
        if len(wrong):
            refuse_order(int(wrong[0]), platform, time)
        starts = np.flatnonzero(np.append(True, ~same)) if len(platform) else np.empty(0, dtype=np.int64)
        return np.append(starts, len(platform)).astype(np.int64), len(list_strays(lon, lat))
    ranges = split(len(platform), threads)
    parts = over_ranges(lambda first, end: compiled.survey(platform, time, lon, lat, first, end), ranges, threads)
    mistakes = [row for _, _, row in parts if row >= 0]
    if mistakes:
        refuse_order(min(mistakes), platform, time)
    cuts = [np.frombuffer(raw, dtype=np.int64) for raw, _, _ in parts]
    return np.concatenate([*cuts, [len(platform)]]).astype(np.int64), sum(lost for _, lost, _ in parts)
