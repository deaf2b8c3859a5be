"""Whether two tracks are one platform: where and when they lie, and nothing else, decides.

Two tracks agree at a position where they lie within 2 km of each other, and the other track has a
report within two minutes. Between two reports a track is taken as straight: an aircraft flies 10 km
between two of them, so that the nearest report alone would be too far away.

An anonymous track is explained by an identified platform where most of all its positions agree. Two
tracks that both concern the clause are one platform where most of the positions of the time that
they have in common agree. Two tracks of one source at one time are two platforms.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.clauses.episodes import Area, Stay, is_of, scan_near, split_platforms
from truceline.spacetime import UTC

__all__ = ["MOST", "NEAR_M", "SOON", "Track", "identify", "is_seen", "measure_fit", "unite"]

NEAR_M = 2_000.0
SOON = timedelta(minutes=2)
MOST = 0.5  # of the positions: more than this share must agree
_MARGIN_DEG = 0.15  # an identified track may run just outside the zone
_METRES_PER_DEGREE = 111_195.0
_MICROSECOND = timedelta(microseconds=1)
_WAIT = SOON // _MICROSECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Track = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""Times in microseconds, longitudes, latitudes; in order of time."""


def identify(
    stays: Sequence[Stay], positions: pl.LazyFrame, area: Area, identified: Sequence[str]
) -> Mapping[int, str]:
    """Return, by index in `stays`, the identified platform that explains most of its positions, where one does."""
    if not stays or not identified:
        return {}
    first, last = min(stay.first for stay in stays) - SOON, max(stay.last for stay in stays) + SOON
    meanwhile = Area(area.shape, first, last)
    best = [(MOST, -np.inf, "")] * len(stays)
    for group in split_platforms(positions, meanwhile, identified):
        tracks = list(_read_tracks(positions, meanwhile, group))
        boxes = _Boxes([track for _, track in tracks])
        for index, stay in enumerate(stays):
            near = (tracks[number] for number in boxes.meeting(stay.track))
            fits = [(*measure_fit(stay.track, track), name) for name, track in near]
            best[index] = max([best[index], *(fit for fit in fits if fit[0] > MOST)])
    return {index: name for index, (_, _, name) in enumerate(best) if name}


def unite(stays: Sequence[Stay]) -> list[str]:
    """Return, for each stay, the platform that it and the stays that agree with it are.

    That is the identified one among them, else the first of their names.
    """
    groups = {platform: _Platform([platform]) for platform in sorted({stay.platform for stay in stays})}
    for stay in stays:
        groups[stay.platform].stays.append(stay)
    for _, _, one, other in sorted(_list_agreeing(stays), reverse=True):
        first, second = groups[one], groups[other]
        if first is not second and not first.differs(second):
            first.names += second.names
            first.stays += second.stays
            groups.update(dict.fromkeys(second.names, first))
    return [groups[stay.platform].name for stay in stays]


@dataclass(slots=True)
class _Platform:
    """Stays taken for those of one platform, and the names under which its sources know it."""

    names: list[str]
    stays: list[Stay] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The identified name, else the first of the tracks'."""
        return min(self.names, key=lambda name: (name.startswith("track:"), name))

    def differs(self, other: "_Platform") -> bool:
        """Return whether the two are certainly two platforms."""
        if not self.name.startswith("track:") and not other.name.startswith("track:"):
            return True
        return any(
            mine.sources == theirs.sources and mine.first <= theirs.last and theirs.first <= mine.last
            for mine in self.stays
            for theirs in other.stays
        )


def _list_agreeing(stays: Sequence[Stay]) -> Iterator[tuple[float, float, str, str]]:
    """Yield (share, minus mean metres, platform, platform) for stays of different sources that agree."""
    sources = np.unique(["\n".join(stay.sources) for stay in stays], return_inverse=True)[1]
    if not sources.any():
        return
    boxes = _Boxes([stay.track for stay in stays])
    for index, stay in enumerate(stays):
        near = boxes.meeting(stay.track)
        for number in near[sources[near] != sources[index]]:
            other = stays[int(number)]
            if stay.platform == other.platform:
                continue
            share, nearness = measure_fit(_while_other(stay.track, other.track), other.track)
            if share > MOST:
                yield share, nearness, *sorted((stay.platform, other.platform))  # type: ignore[misc]


def _while_other(track: Track, other: Track) -> Track:
    """Return the part of a track that lies in the time of another."""
    within = (track[0] >= other[0][0] - _WAIT) & (track[0] <= other[0][-1] + _WAIT)
    return track[0][within], track[1][within], track[2][within]


def measure_fit(track: Track, other: Track) -> tuple[float, float]:
    """Return the share of a track's positions that agree with another track, and minus their mean metres from it."""
    micros, lon, lat = track
    if not len(micros):
        return 0.0, 0.0
    times = other[0]
    right = np.clip(np.searchsorted(times, micros), 0, len(times) - 1)
    left = np.clip(right - 1, 0, len(times) - 1)
    wait = np.minimum(np.abs(times[right] - micros), np.abs(times[left] - micros))
    metres = _distances(micros, lon, lat, other)
    return float(np.mean((wait <= _WAIT) & (metres <= NEAR_M))), -round(float(metres.mean()), 3)


def is_seen(track: Track, span: tuple[datetime, datetime], place: tuple[float, float, float]) -> bool:
    """Return whether a track passes through what was seen: a span of time, and a disc (lon, lat, radius in metres).

    The disc is widened by 2 km and the span by two minutes, as for two tracks.
    """
    times = track[0]
    first, last = ((instant - _EPOCH) // _MICROSECOND for instant in span)
    start, end = max(first - _WAIT, int(times[0])), min(last + _WAIT, int(times[-1]))
    if end < start:
        return False
    asked = np.append(np.arange(start, end, 15_000_000), end)  # a position every 15 s
    lon, lat, radius_m = place
    metres = _distances(asked, np.full(len(asked), lon), np.full(len(asked), lat), track)
    return bool(metres.min() <= radius_m + NEAR_M)


def _distances(
    micros: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64], other: Track
) -> NDArray[np.float64]:
    """Return the metres from each position to where the other track was then, on a plane that serves for 2 km."""
    times, lons, lats = other
    east = (np.interp(micros, times, lons) - lon) * np.cos(np.radians(lat))
    metres: NDArray[np.float64] = np.hypot(east, np.interp(micros, times, lats) - lat) * _METRES_PER_DEGREE
    return metres


def _read_tracks(positions: pl.LazyFrame, area: Area, identified: Sequence[str]) -> Iterator[tuple[str, Track]]:
    rows = scan_near(positions, area, _MARGIN_DEG)
    columns = [pl.col("platform").cast(pl.String), pl.col("time_utc").to_physical(), "lon", "lat"]
    table = rows.select(columns).filter(is_of(identified)).collect(engine="streaming")
    for (name,), part in table.sort("platform", "time_utc").group_by("platform", maintain_order=True):
        yield str(name), (part["time_utc"].to_numpy(), part["lon"].to_numpy(), part["lat"].to_numpy())


class _Boxes:
    """The boxes around many tracks in order of their start, to ask which of them come near another at all."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        boxes = [(t[0], t[-1], x.min(), x.max(), y.min(), y.max()) for t, x, y in tracks]
        bounds = np.array(boxes, dtype=np.float64).reshape(-1, 6)
        self._order = np.argsort(bounds[:, 0], kind="stable")
        self._bounds = bounds[self._order].T.copy()
        self._latest = np.maximum.accumulate(self._bounds[1])  # of all up to here: what ends before needs no look

    def meeting(self, track: Track) -> NDArray[np.intp]:
        """Return the numbers of the tracks that come near in time and place, by their boxes; ascending."""
        micros, lon, lat = track
        reach = NEAR_M / _METRES_PER_DEGREE
        wide = reach / max(float(np.cos(np.radians(np.abs(lat).max()))), 0.01)
        low = int(np.searchsorted(self._latest, micros[0] - _WAIT))
        high = int(np.searchsorted(self._bounds[0], micros[-1] + _WAIT, side="right"))
        _, ends, west, east, south, north = self._bounds[:, low:high]
        meets = (
            (ends >= micros[0] - _WAIT)
            & (west <= lon.max() + wide)
            & (east >= lon.min() - wide)
            & (south <= lat.max() + reach)
            & (north >= lat.min() - reach)
        )
        return np.sort(self._order[low:high][meets])
