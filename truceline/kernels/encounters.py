"""Who was near whom? Platforms that stay within reach of each other, step by step; tracks that come near at all.

`find_encounters` is the definition that Global Fishing Watch uses for whole seas: every platform's
place at each step of a clock, two within reach, for so many steps on end. `find_near` sifts tracks
for what asks more closely: it leaves out only pairs that never come within reach. Distances are
geodesics (Karney 2013): chords through the earth decide where they can, the geodesic where not.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from truceline.errors import FormError
from truceline.kernels import encounters_reference
from truceline.kernels.backend import find_compiled, processors
from truceline.kernels.encounters_reference import DOUBT, RUN
from truceline.kernels.pings import Pings, read_pings
from truceline.kernels.ranges import over_ranges
from truceline.spacetime.shapes import distance_m

__all__ = ["ENCOUNTER", "LARGEST_REACH_M", "Encounters", "find_encounters", "find_near"]

ENCOUNTER = np.dtype(
    [
        ("one", np.int64),
        ("other", np.int64),
        ("start_us", np.int64),
        ("end_us", np.int64),
        ("closest_us", np.int64),
        ("closest_m", np.float64),
        ("lon", np.float64),
        ("lat", np.float64),
        ("other_lon", np.float64),
        ("other_lat", np.float64),
    ]
)
"""Two platforms (`one` < `other`) within reach of each other at every step from `start_us` to `end_us`.

`closest_us` is the (first) step at which they were nearest, `closest_m` how near, `lon`, `lat` and
`other_lon`, `other_lat` where each then was.
"""

LARGEST_REACH_M = 1_000_000.0
"""Metres; no larger reach is taken."""

_MOST_ROWS = 2_000_000  # positions of tracks that one call looks at, about
_MOST_STEPS = 1 << 20  # of one call
_LONGEST_CLOCK = 100_000_000
_SLOT_US = 600_000_000

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Encounters:
    """What was found, ordered by `one`, `other`, start; `strays` are the rows off the globe, left out as if absent."""

    table: Rows
    strays: NDArray[np.int64]


def find_encounters(
    platform: ArrayLike,
    time_us: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    reach_m: float = 500.0,
    least_us: int = 7_200_000_000,
    step_us: int = 600_000_000,
    gap_us: int = 7_200_000_000,
    threads: int | None = None,
) -> Encounters:
    """Return each time of at least `least_us` in which two platforms were within `reach_m` (inclusive) at every step.

    Pings are ordered by platform, then time (microseconds since 1970 UTC, degrees). Steps are the
    multiples of `step_us` since 1970. Between two pings at most `gap_us` apart a platform is on the
    straight line in longitude and latitude, the short way round; over a longer silence its place is
    not known, and no encounter goes on. Of several pings at one time the last counts.

    Raises FormError for rows out of order, and for a clock with more steps than can be counted.
    """
    if not 0 <= reach_m <= LARGEST_REACH_M or step_us < 1 or gap_us < 0:
        raise ValueError(f"expected a reach of 0 to {LARGEST_REACH_M:.0f} m, a step of 1 µs and more, no gap below 0")
    pings = read_pings(platform, time_us, lon, lat, threads)
    if not len(pings.time_us):
        return Encounters(np.empty(0, ENCOUNTER), pings.strays)
    least = max(-(-least_us // step_us), 0) + 1
    ranges = _cut_clock(pings, step_us, least, threads)
    runs = over_ranges(lambda a, b: _find_runs(pings, a, b, step_us, gap_us, least, reach_m), ranges, threads)
    return Encounters(_tabulate(pings, _mend(np.concatenate(runs), least), step_us), pings.strays)


def _cut_clock(pings: Pings, step_us: int, least: int, threads: int | None) -> list[tuple[int, int]]:
    """Return ranges of steps: one a thread, or as many as one call takes.

    Each costs two looks more, at its ends: so that none is shorter than a run must be, but for that.
    """
    times = pings.time_us
    first = int(-(-times[pings.cuts[:-1]].min() // step_us))
    end = int(times[pings.cuts[1:] - 1].max() // step_us) + 1
    if end - first > _LONGEST_CLOCK:
        raise FormError(
            "times",
            expected=f"at most {_LONGEST_CLOCK} steps from first to last",
            found=f"{end - first} of {step_us} µs",
            do="take a longer step, or leave out what is far off in time",
        )
    useful = min(processors() if threads is None else threads, (end - first) // least)
    wanted = max(useful, -(-(end - first) // _MOST_STEPS))
    pieces = max(1, min(wanted, end - first))
    return list(pairwise(first + (end - first) * number // pieces for number in range(pieces + 1)))


def _find_runs(pings: Pings, first: int, end: int, step_us: int, gap_us: int, least: int, reach_m: float) -> Rows:
    """Return the runs (`RUN`) of a range of steps, short ones too where they touch its first or last step."""
    compiled = find_compiled()
    columns = (pings.cuts, pings.time_us, pings.lon, pings.lat)
    if compiled is None:
        return encounters_reference.find_runs(*columns, first, end, step_us, gap_us, reach_m)
    known = np.empty(0, DOUBT)
    while True:
        raw, asked = compiled.encounters(*columns, known, first, end, step_us, gap_us, least, reach_m)
        doubts = np.frombuffer(asked, DOUBT)
        if not len(doubts):
            return np.frombuffer(raw, RUN)
        known = np.concatenate([known, _decide(doubts, reach_m)])
        known = known[np.lexsort((known["other"], known["one"], known["step"]))]


def _decide(doubts: Rows, reach_m: float) -> Rows:
    """Ask the geodesic where chords are not sure."""
    decided = doubts.copy()
    metres = distance_m(*(doubts[name] for name in ("one_lon", "one_lat", "other_lon", "other_lat")))
    decided["near"] = metres <= reach_m
    return decided


def _mend(runs: Rows, least: int) -> Rows:
    """Join runs that go on from one range of steps to the next, and leave out short ones."""
    runs = runs[np.lexsort((runs["first"], runs["other"], runs["one"]))]
    if not len(runs):
        return runs
    goes_on = (runs["one"][1:] == runs["one"][:-1]) & (runs["other"][1:] == runs["other"][:-1])
    goes_on &= runs["first"][1:] == runs["last"][:-1] + 1
    starts = np.flatnonzero(np.append(True, ~goes_on))
    ends = np.append(starts[1:], len(runs)) - 1
    group = np.repeat(np.arange(len(starts)), ends - starts + 1)
    best = np.lexsort((runs["closest"], runs["chord2"], group))[starts]
    joined = runs[best]
    joined["first"], joined["last"] = runs["first"][starts], runs["last"][ends]
    long: Rows = joined[joined["last"] - joined["first"] + 1 >= least]
    return long


def _tabulate(pings: Pings, runs: Rows, step_us: int) -> Rows:
    table = np.empty(len(runs), ENCOUNTER)
    table["one"], table["other"] = pings.platform[runs["one"]], pings.platform[runs["other"]]
    for name, step in (("start_us", "first"), ("end_us", "last"), ("closest_us", "closest")):
        table[name] = runs[step] * step_us
    places = ("one_lon", "one_lat", "other_lon", "other_lat")
    for name, place in zip(("lon", "lat", "other_lon", "other_lat"), places, strict=True):
        table[name] = runs[place]
    table["closest_m"] = distance_m(*(runs[place] for place in places))
    return table


# --- tracks that come near each other ---------------------------------------------------------


def find_near(
    track: ArrayLike,
    time_us: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    names: ArrayLike | None = None,
    split_at: int = 0,
    reach_m: float,
    gap_us: int,
    threads: int | None = None,
) -> list[tuple[int, int]]:
    """Return pairs of tracks (lower number first, in order): all that at one time are within `reach_m` of each other.

    A track is a number, 0, 1, 2, ...; its positions lie on the globe and are ordered by track, then
    time. `names` gives each track a name (a whole number): two of one name are no pair. With
    `split_at` one of a pair is below it and the other is not. Tracks are straight and even between
    positions at most `gap_us` apart. A pair that only comes nearly within reach may be listed too:
    `truceline.tracks.proximity.find_meetings` says when, and whether.
    """
    pings = read_pings(track, time_us, lon, lat, threads)
    if len(pings.strays):
        raise ValueError(f"row {pings.strays[0]} is not on the globe")
    count = int(pings.platform[-1]) + 1 if len(pings.platform) else 0
    called = np.arange(count, dtype=np.int64) if names is None else np.asarray(names, dtype=np.int64)
    columns = (pings.cuts, pings.time_us, pings.lon, pings.lat)
    called, side = called[pings.platform], int(np.searchsorted(pings.platform, split_at))
    if split_at and not 0 < side < len(pings.platform):
        return []
    compiled = find_compiled()
    if compiled is None or reach_m > LARGEST_REACH_M:
        pairs = encounters_reference.find_near(*columns, called, side, gap_us, reach_m)
    else:

        def work(first: int, end: int) -> NDArray[np.uint64]:
            raw = compiled.near(*columns, called, side, first, end, _SLOT_US, gap_us, reach_m)
            return np.frombuffer(raw, np.uint64)

        found = over_ranges(work, _cut_slots(pings, threads), threads)
        pairs = np.unique(np.concatenate([np.empty(0, np.uint64), *found]))
    low, high = pings.platform[(pairs >> 32).astype(np.int64)], pings.platform[(pairs & 0xFFFFFFFF).astype(np.int64)]
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _cut_slots(pings: Pings, threads: int | None) -> list[tuple[int, int]]:
    """Return ranges of slots of time with about as many positions each."""
    if not len(pings.time_us):
        return []
    slots = pings.time_us // _SLOT_US
    pieces = max(processors() if threads is None else threads, len(slots) // _MOST_ROWS, 1)
    inner = [int(np.quantile(slots, number / pieces, method="lower")) for number in range(1, pieces)]
    first, end = int(slots.min()), int(slots.max()) + 1
    edges = sorted({first, *inner, end, *range(first, end, _MOST_STEPS)})
    return list(pairwise(edges))
