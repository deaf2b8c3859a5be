"""Encounters by comparing, at each step, all with all: slow, obviously right, the oracle of the compiled kernel."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from truceline.spacetime.shapes import distance_m

__all__ = ["DOUBT", "RUN", "chord2", "find_near", "find_runs"]

RUN = np.dtype(
    [
        ("one", np.uint32),
        ("other", np.uint32),
        ("first", np.int64),
        ("last", np.int64),
        ("closest", np.int64),
        ("one_lon", np.float64),
        ("one_lat", np.float64),
        ("other_lon", np.float64),
        ("other_lat", np.float64),
        ("chord2", np.float64),
    ]
)
"""Steps on end at which two platforms were within reach; where both were at the closest, and their chord squared."""

DOUBT = np.dtype(
    [
        ("step", np.int64),
        ("one", np.uint32),
        ("other", np.uint32),
        ("one_lon", np.float64),
        ("one_lat", np.float64),
        ("other_lon", np.float64),
        ("other_lat", np.float64),
        ("near", np.int64),
    ]
)
"""Two platforms at a step of which chords are not sure, and the geodesic's answer."""

_A, _E2 = 6_378_137.0, 0.0066943799901413165  # WGS 84
_SHORTEST_DEGREE_M = 110_500.0
_SLOT = 1_800_000_000  # microseconds: half an hour

Rows = NDArray[np.void]
Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Place = tuple[float, float]


def find_runs(
    cuts: Numbers,
    time: Numbers,
    lon: Floats,
    lat: Floats,
    first: int,
    end: int,
    step_us: int,
    gap_us: int,
    reach_m: float,
) -> Rows:
    """Return the runs of the steps `first` to `end`, however short."""
    open_runs: dict[tuple[int, int], list[float]] = {}
    done: list[tuple[float, ...]] = []
    places = _sample(cuts, time, lon, lat, first, end, step_us, gap_us)
    for step in range(first, end):
        now = dict(_list_close(places.get(step, {}), reach_m))
        ended = [pair for pair in open_runs if pair not in now]
        done += [(*pair, *open_runs.pop(pair)) for pair in ended]
        for pair, (mine, theirs) in now.items():
            chord = chord2(mine, theirs)
            run = open_runs.setdefault(pair, [step, step, step, *mine, *theirs, chord])
            run[1] = step
            if chord < run[-1]:
                run[2:] = [step, *mine, *theirs, chord]
    done += [(*pair, *run) for pair, run in open_runs.items()]
    return np.array(done, dtype=RUN)


def _sample(
    cuts: Numbers, time: Numbers, lon: Floats, lat: Floats, first: int, end: int, step_us: int, gap_us: int
) -> dict[int, dict[int, Place]]:
    """Return, for each step, where each platform was."""
    places: dict[int, dict[int, Place]] = {}
    for owner in range(len(cuts) - 1):
        for row in range(cuts[owner], cuts[owner + 1]):
            after = row + 1 < cuts[owner + 1]
            t, until = int(time[row]), int(time[row + 1]) if after else int(time[row])
            if after and until == t:
                continue  # of several at one time the last counts
            if t % step_us == 0 and first <= t // step_us < end:
                places.setdefault(t // step_us, {})[owner] = _turn(float(lon[row])), float(lat[row])
            if not after or until - t > gap_us:
                continue
            east, north = _east(float(lon[row + 1]), float(lon[row])), float(lat[row + 1]) - float(lat[row])
            for step in range(max(t // step_us + 1, first), min(-(-until // step_us), end)):
                share = (step * step_us - t) / (until - t)
                place = _turn(float(lon[row]) + share * east), float(lat[row]) + share * north
                places.setdefault(step, {})[owner] = place
    return places


def _east(to: float, start: float) -> float:
    east = to - start
    return east - 360.0 if east > 180 else east + 360.0 if east < -180 else east


def _turn(lon: float) -> float:
    return lon - 360.0 if lon >= 180 else lon + 360.0 if lon < -180 else lon


def _list_close(places: dict[int, Place], reach: float) -> Iterator[tuple[tuple[int, int], tuple[Place, Place]]]:
    """Yield the pairs within reach; only those farther apart in latitude than it are not measured."""
    owners = sorted(places, key=lambda owner: places[owner][1])
    table = np.array([places[owner] for owner in owners]).reshape(-1, 2)
    last = np.searchsorted(table[:, 1], table[:, 1] + reach / _SHORTEST_DEGREE_M, side="right")
    for number, owner in enumerate(owners):
        others = np.arange(number + 1, last[number])
        here = np.broadcast_to(table[number], (len(others), 2))
        metres = np.asarray(distance_m(here[:, 0], here[:, 1], table[others, 0], table[others, 1]))
        for other in others[metres <= reach]:
            pair = min(owner, owners[other]), max(owner, owners[other])
            yield pair, (places[pair[0]], places[pair[1]])


def chord2(one: Place, other: Place) -> float:
    """Return the square of the straight distance through the earth, in metres, in the kernel's own steps."""
    (ax, ay, az), (bx, by, bz) = _locate(*one), _locate(*other)
    x, y, z = ax - bx, ay - by, az - bz
    return x * x + y * y + z * z


def _locate(lon: float, lat: float) -> tuple[float, float, float]:
    phi, turn = lat * 0.017453292519943295, lon * 0.017453292519943295
    up, flat = math.sin(phi), math.cos(phi)
    n = _A / math.sqrt(1.0 - _E2 * (up * up))
    return n * flat * math.cos(turn), n * flat * math.sin(turn), n * (1.0 - _E2) * up


# --- tracks that come near each other ---------------------------------------------------------


def find_near(
    cuts: Numbers, time: Numbers, lon: Floats, lat: Floats, names: Numbers, split: int, gap_us: int, reach_m: float
) -> NDArray[np.uint64]:
    """Return the pairs (lower << 32 | higher, ascending) whose boxes of some half hour come within reach."""
    boxes, slots, owners = _box_slots([(time[a:b], lon[a:b], lat[a:b]) for a, b in pairwise(cuts)], gap_us)
    found: set[tuple[int, int]] = set()
    for slot in np.unique(slots):
        here = slots == slot
        found |= _list_meeting(boxes[here], owners[here], reach_m)
    pairs = [
        one << 32 | other
        for one, other in sorted(found)
        if names[one] != names[other] and (not split or one < split <= other)
    ]
    return np.array(pairs, dtype=np.uint64)


def _box_slots(
    paths: list[tuple[Numbers, Floats, Floats]], longest_gap: int
) -> tuple[Floats, Numbers, NDArray[np.intp]]:
    """Return a box (west, south, east, north) for each track and half hour in which it has a way or a position."""
    parts = []
    for owner, (micros, lon, lat) in enumerate(paths):
        x = np.unwrap(lon, period=360.0)
        joined = np.flatnonzero(np.diff(micros) <= longest_gap)
        first = np.concatenate([np.arange(len(micros)), joined, joined])
        last = np.concatenate([np.arange(len(micros)), joined + 1, joined + 1])
        slot = np.concatenate([micros, micros[joined], micros[joined + 1]]) // _SLOT
        boxes = np.column_stack([
            np.minimum(x[first], x[last]), np.minimum(lat[first], lat[last]),
            np.maximum(x[first], x[last]), np.maximum(lat[first], lat[last]),
        ])  # fmt: skip
        parts.append((boxes, slot, np.full(len(slot), owner, dtype=np.intp)))
    if not parts:
        return np.empty((0, 4)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.intp)
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


def _list_meeting(boxes: Floats, owners: NDArray[np.intp], reach_m: float) -> set[tuple[int, int]]:
    """Return the pairs whose boxes of one half hour come within reach, also across the antimeridian."""
    turns = np.floor((boxes[:, 0] + 180.0) / 360.0) * 360.0
    boxes = boxes - turns[:, None] * [1.0, 0.0, 1.0, 0.0]
    seam = (boxes[:, 2] > 170) | (boxes[:, 0] < -170)
    copies = boxes[seam] + np.where(boxes[seam, :1] < 0, 360.0, -360.0) * [1.0, 0.0, 1.0, 0.0]
    boxes, owners = np.concatenate([boxes, copies]), np.concatenate([owners, owners[seam]])
    up = reach_m / _SHORTEST_DEGREE_M
    out = up / np.cos(np.radians(np.minimum(np.abs(boxes[:, 1::2]).max(axis=1) + up, 89.9)))
    shapes = shapely.box(boxes[:, 0] - out, boxes[:, 1] - up, boxes[:, 2] + out, boxes[:, 3] + up)
    one, other = shapely.STRtree(shapely.box(*boxes.T)).query(shapes)
    a, b = owners[one], owners[other]
    return set(zip(np.minimum(a, b)[a != b].tolist(), np.maximum(a, b)[a != b].tolist(), strict=True))
