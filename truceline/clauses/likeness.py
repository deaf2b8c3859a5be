"""Whether an anonymous track is one that something else identifies.

A radar's track and a transponder's are taken for one platform where most of the anonymous positions
lie within 2 km of the other track at the same time, and none of them is far from its nearest
position in time. Between two positions the other track is taken as straight (an aircraft flies
10 km between two reports, so that the nearest report alone would be too far away).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.clauses.episodes import Area, Stay, scan_near
from truceline.spacetime import UTC

__all__ = ["MOST", "NEAR_M", "SOON", "Track", "identify", "is_seen", "measure_fit"]

NEAR_M = 2_000.0
SOON = timedelta(minutes=2)
MOST = 0.5  # of the positions: more than this share must agree
_MARGIN_DEG = 0.15  # an identified track may run just outside the zone
_METRES_PER_DEGREE = 111_195.0
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Track = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def identify(
    stays: Sequence[Stay], positions: pl.LazyFrame, area: Area, identified: Sequence[str]
) -> Mapping[int, str]:
    """Return, by index in `stays`, the identified platform whose track fits best, where one does."""
    if not stays or not identified:
        return {}
    tracks = list(_read_tracks(stays, positions, area, identified))
    bounds = np.array([[t[0], t[-1], x.min(), x.max(), y.min(), y.max()] for _, (t, x, y) in tracks])
    found = {}
    for index, stay in enumerate(stays):
        candidates = [tracks[i] for i in _meeting(stay.track, bounds)] if tracks else []
        fits = [(measure_fit(stay.track, track), name) for name, track in candidates]
        share, name = max(fits, default=(0.0, ""), key=lambda fit: (fit[0], fit[1]))
        if share > MOST:
            found[index] = name
    return found


def measure_fit(track: Track, other: Track) -> float:
    """Return the share of a track's positions that agree with another track in place and time."""
    micros, lon, lat = track
    times, lons, lats = other
    right = np.clip(np.searchsorted(times, micros), 0, len(times) - 1)
    left = np.clip(right - 1, 0, len(times) - 1)
    wait = np.minimum(np.abs(times[right] - micros), np.abs(times[left] - micros))
    east = (np.interp(micros, times, lons) - lon) * np.cos(np.radians(lat))
    metres = np.hypot(east, np.interp(micros, times, lats) - lat) * _METRES_PER_DEGREE
    return float(np.mean((wait <= SOON / _MICROSECOND) & (metres <= NEAR_M)))


def is_seen(track: Track, span: tuple[datetime, datetime], place: tuple[float, float, float]) -> bool:
    """Return whether a track passes through what was seen: a span of time, and a disc (lon, lat, radius in metres).

    The disc is widened by 2 km and the span by two minutes, as for two tracks.
    """
    times, lons, lats = track
    first, last = ((instant - _EPOCH) // _MICROSECOND for instant in span)
    wait = SOON // _MICROSECOND
    if last + wait < times[0] or first - wait > times[-1]:
        return False
    start, end = max(first - wait, int(times[0])), min(last + wait, int(times[-1]))
    asked = np.append(np.arange(start, end, 15_000_000), end)  # a position every 15 s
    lon, lat, radius_m = place
    east = (np.interp(asked, times, lons) - lon) * np.cos(np.radians(lat))
    metres = np.hypot(east, np.interp(asked, times, lats) - lat) * _METRES_PER_DEGREE
    return bool(metres.min() <= radius_m + NEAR_M)


def _read_tracks(
    stays: Sequence[Stay], positions: pl.LazyFrame, area: Area, identified: Sequence[str]
) -> Iterator[tuple[str, Track]]:
    first, last = min(stay.first for stay in stays) - SOON, max(stay.last for stay in stays) + SOON
    rows = scan_near(positions, Area(area.shape, first, last), _MARGIN_DEG)
    columns = [pl.col("platform").cast(pl.String), pl.col("time_utc").to_physical(), "lon", "lat"]
    table = rows.select(columns).filter(pl.col("platform").is_in(identified)).collect(engine="streaming")
    for (name,), part in table.sort("platform", "time_utc").group_by("platform", maintain_order=True):
        yield str(name), (part["time_utc"].to_numpy(), part["lon"].to_numpy(), part["lat"].to_numpy())


def _meeting(track: Track, bounds: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return which tracks come near in time and place at all, by the boxes around them."""
    micros, lon, lat = track
    wait, reach = SOON / _MICROSECOND, NEAR_M / _METRES_PER_DEGREE
    wide = reach / max(float(np.cos(np.radians(np.abs(lat).max()))), 0.01)
    return np.flatnonzero(
        (bounds[:, 0] <= micros[-1] + wait)
        & (bounds[:, 1] >= micros[0] - wait)
        & (bounds[:, 2] <= lon.max() + wide)
        & (bounds[:, 3] >= lon.min() - wide)
        & (bounds[:, 4] <= lat.max() + reach)
        & (bounds[:, 5] >= lat.min() - reach)
    )
