"""Detections that tell nobody's identity, matched with the platforms that were heard: which ones were dark?

A ship found in a satellite image, or a radar's plot, is a place and a time. Each platform that transmits
is put where it was at that time, on the straight line (in longitude and latitude) between two of its
positions. It may be the detection within a *gate*, which belongs to the pair:

    accuracy of the detection + accuracy of the position + wait x speed

where wait is the time to the nearest position: what it may have done since is not known. Beyond a longer
gap no line is drawn, and the platform stands at its last or next position, with its wait. Of all ways to
give each detection of a scene one platform at most, and each platform one detection, that with the most
pairs is taken, and of these that with the least sum of distances over gates (the assignment problem; by
shortest augmenting paths: Jonker, Volgenant 1987). So as few as possible remain unmatched.

An unmatched detection was dark only where a transmitting platform would have been received, as others
nearby show (`tracks.reception`); otherwise nobody can tell.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.spacetime.shapes import distance_m
from truceline.tracks.reception import measure_reception
from truceline.tracks.silences import locate_cells

__all__ = ["CANNOT_TELL", "MATCHED", "UNMATCHED", "Gate", "assign", "match_detections"]

MATCHED, UNMATCHED, CANNOT_TELL = "matched", "unmatched", "cannot tell"
"""What became of a detection: a platform's, nobody's that was heard where others were, or neither can be said."""

KNOT_M_S = 1852.0 / 3600.0
_SHORTEST_DEGREE_M = 110_500.0
_CELL = ["cell_x", "cell_y", "hour"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gate:
    """How far apart a detection and a platform may be.

    Over more than `longest_gap_s` seconds no line is drawn between two positions, and no position
    stands for so long. Accuracies in metres serve where none is told; an image shows a moving ship
    some hundred metres off its place (the azimuth shift), and few lists tell that. Speeds in metres a
    second are those below and above which no platform is taken to go. Detections of one source within
    `scene_s` seconds are one scene.
    """

    longest_gap_s: float = 1800.0
    detection_m: float = 500.0
    position_m: float = 100.0
    slowest_m_s: float = 1.0
    fastest_m_s: float = 25.0
    scene_s: float = 60.0


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Detections and platforms that fit, by number, with their distance and gate in metres."""

    detection: NDArray[np.intp]
    platform: NDArray[np.intp]
    metres: Floats
    gate: Floats


def match_detections(
    detections: pl.DataFrame, heard: pl.DataFrame, slots: pl.DataFrame, reception: float, gate: Gate | None = None
) -> pl.DataFrame:
    """Return the detections in their order, and what became of each.

    `detections`: `source`, `platform`, `time_utc`, `lon`, `lat`, `accuracy_m`, and any other column; a
    platform that comes again begins a new scene. `heard`: positions of transmitting platforms (`platform`,
    `time_utc`, `lon`, `lat`; `accuracy_m`, `speed_kn` where known). `slots`: of such platforms, by
    `count_slots`; `reception`: the share from which others count as received well. Added columns:
    `outcome`, `matched_to`, `distance_m` and `gate_m` of the match, `rivals` (platforms within whose
    gate the detection lies) and `reception` (null: unknown).
    """
    gate = gate or Gate()
    names, tracks = _load_tracks(heard)
    pairs = _find_pairs(_prepare(detections, gate), tracks, gate)
    chosen = _choose(pairs, _number_scenes(detections, gate))
    taken = pl.DataFrame(
        {
            "detection": pairs.detection[chosen],
            "matched_to": [names[number] for number in pairs.platform[chosen].tolist()],
            "distance_m": pairs.metres[chosen],
            "gate_m": pairs.gate[chosen],
        },
        schema={"detection": pl.Int64, "matched_to": pl.String, "distance_m": pl.Float64, "gate_m": pl.Float64},
    )
    rivals = np.bincount(pairs.detection, minlength=len(detections)).astype(np.int64)
    known = _receive(detections, slots)
    outcome = (
        pl.when(pl.col("matched_to").is_not_null())
        .then(pl.lit(MATCHED))
        .when(pl.col("reception") >= reception)
        .then(pl.lit(UNMATCHED))
        .otherwise(pl.lit(CANNOT_TELL))
    )
    return (
        detections.with_columns(pl.Series("rivals", rivals), pl.Series("reception", known))
        .with_row_index("detection")
        .with_columns(pl.col("detection").cast(pl.Int64))
        .join(taken, on="detection", how="left", maintain_order="left")
        .with_columns(outcome=outcome)
        .drop("detection")
    )


def _receive(detections: pl.DataFrame, slots: pl.DataFrame) -> pl.Series:
    """Return the reception where and when each detection is; null where nothing tells it."""
    lon, lat = (detections[name].cast(pl.Float64).to_numpy() for name in ("lon", "lat"))
    placed = np.isfinite(lon) & np.isfinite(lat) & detections["time_utc"].is_not_null().to_numpy()
    micros = detections["time_utc"].to_physical().fill_null(0).to_numpy()
    cells = locate_cells(np.where(placed, lon, 0.0), np.where(placed, lat, 0.0), micros)
    known = cells.join(measure_reception(slots), on=_CELL, how="left", maintain_order="left")["reception"]
    return known.to_frame().select(pl.when(pl.Series(placed)).then(pl.col("reception"))).to_series()


# --- who may be what --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Track:
    """Positions of one platform in order of time, with what each may be off by and how fast it was."""

    micros: Whole
    lon: Floats
    lat: Floats
    accuracy: Floats
    speed: Floats


def _load_tracks(heard: pl.DataFrame) -> tuple[list[str], list[_Track]]:
    wanted = [
        name for name in ("platform", "time_utc", "lon", "lat", "accuracy_m", "speed_kn") if name in heard.columns
    ]
    rows = (
        heard.select(wanted)
        .filter(
            pl.col("lon").is_between(-180, 180), pl.col("lat").is_between(-90, 90), pl.col("time_utc").is_not_null()
        )
        .with_columns(pl.col("platform").cast(pl.String))
        .sort("platform", "time_utc", "lon", "lat")
    )
    parts = rows.partition_by("platform", maintain_order=True)
    return [part["platform"][0] for part in parts], [_load_track(part) for part in parts]


def _load_track(part: pl.DataFrame) -> _Track:
    told = [
        part[name].cast(pl.Float64).fill_null(np.nan).to_numpy() if name in part.columns else np.full(len(part), np.nan)
        for name in ("accuracy_m", "speed_kn")
    ]
    lon = np.unwrap(part["lon"].to_numpy(), period=360.0)
    return _Track(part["time_utc"].to_physical().to_numpy(), lon, part["lat"].to_numpy(), told[0], told[1] * KNOT_M_S)


@dataclass(frozen=True, slots=True)
class _Detections:
    """Detections in order of time: their numbers, and what each may be off by."""

    number: NDArray[np.intp]
    micros: Whole
    lon: Floats
    lat: Floats
    accuracy: Floats


def _prepare(detections: pl.DataFrame, gate: Gate) -> _Detections:
    lon, lat = (detections[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("lon", "lat"))
    micros = detections["time_utc"].to_physical().fill_null(0).to_numpy()
    placed = (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & detections["time_utc"].is_not_null().to_numpy()
    number = np.flatnonzero(placed)
    number = number[np.argsort(micros[number], kind="stable")]
    accuracy = detections["accuracy_m"].cast(pl.Float64).fill_null(np.nan).to_numpy()[number]
    return _Detections(number, micros[number], lon[number], lat[number], _or(accuracy, gate.detection_m))


def _or(value: Floats, instead: float) -> Floats:
    return np.where(np.isfinite(value) & (value >= 0), value, instead)


def _find_pairs(detections: _Detections, tracks: Sequence[_Track], gate: Gate) -> _Pairs:
    found = [part for number, track in enumerate(tracks) for part in _fit(detections, number, track, gate)]
    columns = [np.concatenate([part[k] for part in found]) if found else np.empty(0) for k in range(4)]
    return _Pairs(columns[0].astype(np.intp), columns[1].astype(np.intp), columns[2], columns[3])


def _fit(
    detections: _Detections, number: int, track: _Track, gate: Gate
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats]]:
    """Yield the detections that one platform may be."""
    gap_us = round(gate.longest_gap_s * 1e6)
    first = int(np.searchsorted(detections.micros, track.micros[0] - gap_us))
    end = int(np.searchsorted(detections.micros, track.micros[-1] + gap_us, side="right"))
    if first == end:
        return
    micros = detections.micros[first:end]
    best, metres, gates = np.full(end - first, np.inf), np.zeros(end - first), np.zeros(end - first)
    for lon, lat, wait_us, accuracy, speed in _place(track, micros, gap_us, gate):
        wide = detections.accuracy[first:end] + accuracy + np.minimum(wait_us, gap_us) / 1e6 * speed
        near = np.flatnonzero(
            (wait_us <= gap_us) & (np.abs(lat - detections.lat[first:end]) * _SHORTEST_DEGREE_M <= wide)
        )
        here = first + near
        turned = (lon[near] + 180.0) % 360.0 - 180.0
        apart = np.asarray(distance_m(detections.lon[here], detections.lat[here], turned, lat[near]))
        share = apart / np.maximum(wide[near], 1e-9)
        better = (share <= 1.0) & (share < best[near])
        kept = near[better]
        best[kept], metres[kept], gates[kept] = share[better], apart[better], wide[kept]
    fits = np.flatnonzero(np.isfinite(best))
    if len(fits):
        yield detections.number[first + fits], np.full(len(fits), number), metres[fits], gates[fits]


def _place(
    track: _Track, micros: Whole, gap_us: int, gate: Gate
) -> Iterator[tuple[Floats, Floats, Floats, Floats, Floats]]:
    """Yield where a platform may have been at these times: lon, lat, wait in microseconds, accuracy, speed."""
    speed, accuracy = _measure_speed(track, gap_us, gate), _or(track.accuracy, gate.position_m)
    after = np.searchsorted(track.micros, micros)
    left, right = np.maximum(after - 1, 0), np.minimum(after, len(track.micros) - 1)
    waits = [
        np.where(after > 0, micros - track.micros[left], np.inf),
        np.where(after < len(track.micros), track.micros[right] - micros, np.inf),
    ]
    joined = waits[0] + waits[1] <= gap_us
    share = np.where(joined, waits[0] / np.where(joined, np.maximum(waits[0] + waits[1], 1.0), 1.0), 0.0)
    lon, lat = (at[left] + share * (at[right] - at[left]) for at in (track.lon, track.lat))
    wait = np.where(joined, np.minimum(*waits), np.inf)
    yield lon, lat, wait, np.maximum(accuracy[left], accuracy[right]), np.maximum(speed[left], speed[right])
    for one, alone in ((left, waits[0]), (right, waits[1])):
        yield track.lon[one], track.lat[one], np.where(joined, np.inf, alone), accuracy[one], speed[one]


def _measure_speed(track: _Track, gap_us: int, gate: Gate) -> Floats:
    """Return how fast a platform may have been about each position: as it said, or as it went to the next ones."""
    lon = (track.lon + 180.0) % 360.0 - 180.0
    step_us = np.diff(track.micros)
    metres = np.asarray(distance_m(lon[:-1], track.lat[:-1], lon[1:], track.lat[1:]))
    made = np.where((step_us > 0) & (step_us <= gap_us), metres / np.maximum(step_us, 1) * 1e6, 0.0)
    around = np.maximum(np.append(made, 0.0), np.insert(made, 0, 0.0))
    speed: Floats = np.clip(np.maximum(_or(track.speed, 0.0), around), gate.slowest_m_s, gate.fastest_m_s)
    return speed


# --- who is what ------------------------------------------------------------------------------


def _number_scenes(detections: pl.DataFrame, gate: Gate) -> list[int]:
    """Return the number of each detection's scene: one source, some seconds, no platform twice."""
    rows = detections.select(
        pl.col("source").cast(pl.String),
        pl.col("time_utc").to_physical().fill_null(0),
        pl.col("platform").cast(pl.String),
    ).rows()
    scenes, scene, start = [0] * len(rows), 0, ("", 0)
    seen: set[str | None] = set()
    for number in sorted(range(len(rows)), key=lambda number: (rows[number][0] or "", rows[number][1], number)):
        source, micros, platform = rows[number]
        again = platform is not None and platform in seen
        if source != start[0] or micros - start[1] > gate.scene_s * 1e6 or again:
            scene, start, seen = scene + 1, (source, micros), set()
        seen.add(platform)
        scenes[number] = scene
    return scenes


def _choose(pairs: _Pairs, scenes: Sequence[int]) -> NDArray[np.intp]:
    """Return the numbers of the pairs that are taken."""
    by_scene: dict[int, dict[int, dict[int, float]]] = {}
    numbers: dict[tuple[int, int], int] = {}
    shares = (pairs.metres / np.maximum(pairs.gate, 1e-9)).tolist()
    columns = zip(pairs.detection.tolist(), pairs.platform.tolist(), shares, strict=True)
    for number, (detection, platform, share) in enumerate(columns):
        by_scene.setdefault(scenes[detection], {}).setdefault(detection, {})[platform] = share
        numbers[detection, platform] = number
    taken = [numbers[pair] for _, costs in sorted(by_scene.items()) for pair in assign(costs).items()]
    return np.array(sorted(taken), dtype=np.intp)


def assign(costs: Mapping[int, Mapping[int, float]]) -> dict[int, int]:
    """Return who gets whom, each at most one: as many pairs as can be, and of these the least sum of costs.

    `costs[one][other]`, from 0 to 1, for those who fit, both numbered from 0. Who gets nobody is left out.
    """
    turned: dict[int, dict[int, float]] = {}
    for one, others in sorted(costs.items()):
        for other, cost in others.items():
            turned.setdefault(other, {})[one] = cost
    if len(turned) < len(costs):  # the fewer choose: that is quicker
        return {one: other for other, one in _Choice(turned).run().items()}
    return _Choice(costs).run()


class _Choice:
    """The choice as it grows: one more chooses at each step, and others change where that costs least in all."""

    def __init__(self, costs: Mapping[int, Mapping[int, float]]) -> None:
        alone = len(costs) + 1.0  # to remain alone is dearer than all that others could save by it
        self._costs = {one: [*sorted(others.items()), (-1 - one, alone)] for one, others in sorted(costs.items())}
        self._price: dict[int, float] = {}
        self._paid = dict.fromkeys(self._costs, 0.0)
        self._owner: dict[int, int] = {}
        self._has: dict[int, int] = {}

    def run(self) -> dict[int, int]:
        """Return who got whom."""
        for one in self._costs:
            self._give(one)
        return {one: other for one, other in sorted(self._has.items()) if other >= 0}

    def _give(self, start: int) -> None:
        """Give one more its other, by the cheapest chain of changes (Dijkstra, costs less what is paid)."""
        best: dict[int, float] = {}
        giver: dict[int, int] = {}
        done: dict[int, float] = {}
        queue: list[tuple[float, int]] = []
        one, length, other = start, 0.0, 0
        while True:
            for candidate, cost in self._costs[one]:
                longer = length + cost - self._paid[one] - self._price.get(candidate, 0.0)
                if candidate not in done and longer < best.get(candidate, np.inf):
                    best[candidate], giver[candidate] = longer, one
                    heapq.heappush(queue, (longer, candidate))
            length, other = heapq.heappop(queue)
            while other in done:
                length, other = heapq.heappop(queue)
            if other not in self._owner:
                break
            done[other] = length
            one = self._owner[other]
        self._settle(start, length, done)
        while other != self._has.get(start):
            one = giver[other]
            self._owner[other] = one
            self._has[one], other = other, self._has.get(one, other)

    def _settle(self, start: int, length: float, done: Mapping[int, float]) -> None:
        """Raise prices, so that no chain is cheaper than 0."""
        for other, before in done.items():
            self._price[other] = self._price.get(other, 0.0) - (length - before)
            self._paid[self._owner[other]] += length - before
        self._paid[start] += length
