"""Encounters and loitering: ours, what a user could put together instead, and the machine's limits.

    python bench/run.py encounters

The ships of `synthetic.py`: about 7.5 million positions of 15,000 ships in a day. An encounter is two ships within
500 m of each other at each of at least 13 steps of ten minutes on end (two hours), places interpolated, but not over
silences of more than two hours: the definition of Global Fishing Watch. Loitering is less than 2 knots from ping to
ping for at least four hours.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rows import Area, Check, Size, Target, Work, need
from synthetic import Traffic, keep_traffic
from zones import stream

from truceline.kernels import find_encounters, find_loitering, find_near
from truceline.tracks.proximity import Path as Way
from truceline.tracks.proximity import find_meetings

REACH_M = 500.0
STEP_US, GAP_US = 600_000_000, 7_200_000_000
LEAST = 13
SILENCE_US, PAUSE_US, LASTING_US = 1_800_000_000, 600_000_000, 7_200_000_000  # of the clauses
ONE_IN = 5  # ships that are asked about as the clauses ask
LIMIT_KN, LINGER_US = 2.0, 14_400_000_000
THREADS = {1: "1 thread", 2: "2 threads"}
A, E2 = 6_378_137.0, 0.0066943799901413165  # WGS 84
TOLERANCE = 0.002  # a sphere is not the ellipsoid

Timed = Callable[[], object]
Floats = NDArray[np.float64]
Columns = tuple[np.ndarray, np.ndarray, Floats, Floats]


class Samples(NamedTuple):
    """Where each ship was at each step: ordered by ship, then step."""

    ship: NDArray[np.int64]
    step: NDArray[np.int64]
    lon: Floats
    lat: Floats

    def pings(self) -> Columns:
        """The same as pings."""
        return self.ship, self.step * STEP_US, self.lon, self.lat


def areas(size: Size, folder: Path) -> Iterator[Area]:
    """Yield what is measured of encounters, and of loitering."""
    traffic = keep_traffic(folder, size.of(10_000_000, 500_000), size.of(20_000, 1_000))
    ships = _ships(traffic)
    samples = cache(lambda: sample(ships))
    yield _encounters(ships, samples)
    yield _loitering(ships)


def _ships(traffic: Traffic) -> Columns:
    kept = traffic.ship
    return traffic.platform[kept], traffic.time_us[kept], traffic.lon[kept], traffic.lat[kept]


def _encounters(ships: Columns, samples: Callable[[], Samples]) -> Area:
    count, size = len(ships[0]), sum(column.nbytes for column in ships)
    expected = cache(lambda: list_runs(find_encounters(*ships, threads=1).table))
    check = partial(_same_runs, expected)
    works = [
        Work(f"from pings, {plural}", "ours", count, partial(partial, meet, ships, GAP_US, threads), check, size)
        for threads, plural in THREADS.items()
    ]
    works += [
        Work(f"from places at steps, {plural}", "ours", count, partial(_from_steps, samples, threads), check)
        for threads, plural in THREADS.items()
    ]
    works += [
        _as_clauses(ships),
        Work("SciPy cKDTree", "peer", count, partial(with_trees, samples), check, note="places in space are given"),
        Work("DuckDB", "peer", count, partial(with_duckdb, samples), check, note="places at steps are given; SQL"),
        Work("memory, four columns, 2 threads", "limit", count, partial(partial, stream, ships, 2)),
    ]
    steps = [f"from places at steps, {plural}" for plural in THREADS.values()]
    targets = (
        *(Target(ours, "SciPy cKDTree", 20) for ours in steps),
        *(Target(ours, "DuckDB", 20) for ours in steps),
    )
    note = (
        "Which ships were within 500 m of each other for two hours? Rates are in positions of ships for all. "
        "The peers are given the places at steps of ten minutes, and so is ours in the works of that name; "
        "from pings, ours interpolates them too. SciPy's places are turned into space, and sorted by step, before the "
        "clock runs; DuckDB's are a table of its own. Both list every near pair at every step, then the runs; ours "
        "sets all against all at every thirteenth step only, for each run has one of these in it. "
        "The clauses ask more: at any time between steps too, with pauses, and for every meeting, however short; "
        "that is looked at in Python, pair by pair, for one ship in five."
    )
    return Area("Encounters", "positions", tuple(works), targets, (partial(_any_threads, ships),), note)


def _from_steps(samples: Callable[[], Samples], threads: int) -> Timed:
    return partial(meet, samples().pings(), STEP_US, threads)


def meet(columns: Columns, gap_us: int, threads: int) -> list[tuple[int, ...]]:
    """Every encounter, as (one, other, first step, last step)."""
    found = find_encounters(*columns, reach_m=REACH_M, step_us=STEP_US, gap_us=gap_us, threads=threads)
    return list_runs(found.table)


def list_runs(table: np.ndarray) -> list[tuple[int, ...]]:
    """Return encounters as (one, other, first step, last step)."""
    names = ("one", "other", "start_us", "end_us")
    one, other, start, end = (table[name].tolist() for name in names)
    return [(*pair, a // STEP_US, b // STEP_US) for *pair, a, b in zip(one, other, start, end, strict=True)]


# --- as the clauses ask -----------------------------------------------------------------------


def _as_clauses(ships: Columns) -> Work:
    """Fewer ships, for that is slower; none of their encounters at steps may be missed."""
    some = tuple(column[ships[0] % ONE_IN == 0] for column in ships)
    check = partial(_holds_all, some)
    return Work("as the clauses ask, 2 threads", "ours", len(some[0]), partial(partial, meet_closely, some), check)


def meet_closely(columns: tuple[np.ndarray, ...]) -> list[tuple[int, int, float, float]]:
    """Every time of two hours within reach, as (one, other, start, end): tracks end at silences of half an hour."""
    platform, *rest = columns
    new = (np.diff(platform, prepend=platform[:1] - 1) != 0) | (np.diff(rest[0], prepend=rest[0][:1]) > SILENCE_US)
    cuts, called = np.append(np.flatnonzero(new), len(new)), platform[new]
    near = find_near(np.cumsum(new) - 1, *rest, names=called, reach_m=REACH_M, gap_us=SILENCE_US, threads=2)

    def way(track: int) -> Way:
        time_us, lon, lat = (column[cuts[track] : cuts[track + 1]] for column in rest)
        return time_us, lon, lat

    return [
        (int(called[one]), int(called[other]), met.start, met.end)
        for one, other in near
        for met in find_meetings(way(one), way(other), REACH_M, SILENCE_US, PAUSE_US)
        if met.end - met.start >= LASTING_US
    ]


def _holds_all(some: tuple[np.ndarray, ...], answer: object) -> Check:
    assert isinstance(answer, list)  # noqa: S101
    asked = {"reach_m": REACH_M, "step_us": STEP_US, "gap_us": SILENCE_US, "threads": 1}
    at_steps = find_encounters(*some, **asked).table[["one", "other", "start_us", "end_us"]].tolist()
    missed = [
        each for each in at_steps
        if not any(met[:2] == each[:2] and met[2] <= each[2] and met[3] >= each[3] for met in answer)
    ]  # fmt: skip
    how = (
        f"{len(answer):,} times of two hours; {len(at_steps):,} encounters at steps, {len(missed)} of them not in these"
    )
    return Check(not missed, how)


# --- places at steps, by NumPy ----------------------------------------------------------------


def sample(ships: Columns) -> Samples:
    """Interpolate each ship's place at each step: by other means than ours, which is how ours is checked."""
    platform, time_us, lon, lat = ships
    cuts = np.flatnonzero(np.diff(platform, prepend=platform[:1] - 1, append=platform[-1:] + 1))
    parts = [_sample(int(platform[a]), time_us[a:b], lon[a:b], lat[a:b]) for a, b in pairwise(cuts)]
    return Samples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _sample(ship: int, time_us: np.ndarray, lon: Floats, lat: Floats) -> tuple[np.ndarray, ...]:
    step = np.arange(-(-time_us[0] // STEP_US), time_us[-1] // STEP_US + 1)
    after = np.searchsorted(time_us, step * STEP_US)
    known = (time_us[after] == step * STEP_US) | (np.diff(time_us, prepend=time_us[:1])[after] <= GAP_US)
    step = step[known]
    at = (np.interp(step * STEP_US, time_us, values) for values in (lon, lat))
    return np.full(len(step), ship), step, *at


# --- peers ------------------------------------------------------------------------------------


def with_trees(samples: Callable[[], Samples]) -> Timed:
    """A tree of points in space for each step (a chord of 500 m is 500 m), then runs."""
    spatial = need("scipy.spatial")
    ship, step, lon, lat = samples()
    order = np.argsort(step, kind="stable")
    phi, turn = np.radians(lat[order]), np.radians(lon[order])
    n = A / np.sqrt(1 - E2 * np.sin(phi) ** 2)
    flat = n * np.cos(phi)
    places = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), n * (1 - E2) * np.sin(phi)])
    steps, starts = np.unique(step[order], return_index=True)
    ends = [*starts[1:], len(step)]
    who = ship[order]

    def work() -> list[tuple[int, ...]]:
        found = []
        for number, start, end in zip(steps, starts, ends, strict=True):
            pairs = spatial.cKDTree(places[start:end]).query_pairs(REACH_M, output_type="ndarray")
            one, other = who[start + pairs[:, 0]], who[start + pairs[:, 1]]
            key = np.minimum(one, other) << 32 | np.maximum(one, other)
            found.append(np.column_stack([key, np.full(len(key), number)]))
        return _count_on(np.concatenate(found))

    return work


def _count_on(pairs: np.ndarray) -> list[tuple[int, ...]]:
    """Return the runs of at least 13 steps of rows (pair, step)."""
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    goes_on = (pairs[1:, 0] == pairs[:-1, 0]) & (pairs[1:, 1] == pairs[:-1, 1] + 1)
    starts = np.flatnonzero(np.append(True, ~goes_on))
    ends = np.append(starts[1:], len(pairs)) - 1
    long = ends - starts + 1 >= LEAST
    key, first, last = pairs[starts[long], 0], pairs[starts[long], 1], pairs[ends[long], 1]
    return list(zip((key >> 32).tolist(), (key & 0xFFFFFFFF).tolist(), first.tolist(), last.tolist(), strict=True))


_SQL = """
WITH cells AS (
    SELECT ship, step, lon, lat, floor(lat / {high})::BIGINT AS y, floor(lon / {wide})::BIGINT AS x FROM samples
), around AS (
    SELECT ship, step, lon, lat, y + dy AS y, x + dx AS x
    FROM cells, (VALUES (-1), (0), (1)) AS a(dy), (VALUES (-1), (0), (1)) AS b(dx)
), near AS (
    SELECT a.ship AS one, b.ship AS other, a.step AS step
    FROM cells AS a JOIN around AS b ON a.step = b.step AND a.y = b.y AND a.x = b.x AND a.ship < b.ship
    WHERE pow(radians(a.lat - b.lat) * {a} * (1 - {e2})
              / pow(1 - {e2} * pow(sin(radians(a.lat + b.lat) / 2), 2), 1.5), 2)
        + pow(radians(a.lon - b.lon) * {a} * cos(radians(a.lat + b.lat) / 2)
              / sqrt(1 - {e2} * pow(sin(radians(a.lat + b.lat) / 2), 2)), 2) <= {reach2}
), runs AS (
    SELECT one, other, step, step - row_number() OVER (PARTITION BY one, other ORDER BY step) AS run FROM near
)
SELECT one, other, min(step), max(step) FROM runs GROUP BY one, other, run HAVING count(*) >= {least}
ORDER BY one, other, min(step)
"""


def with_duckdb(samples: Callable[[], Samples]) -> Timed:
    """A hash join on the cells of a grid, each place with the nine about the other, then runs by window functions."""
    tables, session = need("pyarrow"), need("duckdb").connect()
    session.execute("SET threads = 2")
    session.register("given", tables.table(dict(zip(Samples._fields, samples(), strict=True))))
    session.execute("CREATE TABLE samples AS SELECT * FROM given")
    wide = REACH_M / (111_200 * np.cos(np.radians(np.abs(samples().lat).max() + 0.01)))
    query = _SQL.format(high=REACH_M / 110_500, wide=wide, a=A, e2=E2, reach2=REACH_M**2, least=LEAST)
    return lambda: session.execute(query).fetchall()


# --- loitering --------------------------------------------------------------------------------


def _loitering(ships: Columns) -> Area:
    count, size = len(ships[0]), sum(column.nbytes for column in ships)
    expected = cache(lambda: len(linger(ships, 1, 1)))
    works = [
        Work(f"{name}, {plural}", "ours", count, partial(partial, linger, ships, window, threads), None, size)
        for name, window in (("from ping to ping", 1), ("over ten minutes", STEP_US))
        for threads, plural in THREADS.items()
    ]
    works += [
        Work(
            "NumPy", "peer", count, partial(partial, with_numpy, ships), partial(_near_count, expected), note="a sphere"
        ),
        Work("memory, four columns, 2 threads", "limit", count, partial(partial, stream, ships, 2)),
    ]
    note = (
        "Which ships made less than 2 knots for four hours? From ping to ping, as the peer does it, and as the clauses "
        "do it, over windows of ten minutes."
    )
    targets = (Target("from ping to ping, 2 threads", None, 60e6),)
    return Area("Loitering", "positions", tuple(works), targets, (), note)


def linger(ships: Columns, window_us: int, threads: int) -> np.ndarray:
    """Every slow stretch."""
    asked = {"limit_kn": LIMIT_KN, "least_us": LINGER_US, "gap_us": GAP_US, "window_us": window_us}
    return find_loitering(*ships, **asked, threads=threads).table


def with_numpy(ships: Columns) -> int:
    """Speeds by the haversine, in whole columns; then runs."""
    platform, time_us, lon, lat = ships
    phi = np.radians(lat)
    half = np.sin(np.diff(phi) / 2) ** 2
    half += np.cos(phi[1:]) * np.cos(phi[:-1]) * np.sin(np.radians(np.diff(lon)) / 2) ** 2
    metres = 2 * 6_371_008.8 * np.arcsin(np.sqrt(half))
    wait = np.diff(time_us)
    slow = (np.diff(platform) == 0) & (wait <= GAP_US) & (metres < LIMIT_KN * 1852 / 3600 * wait / 1e6)
    edges = np.flatnonzero(np.diff(slow, prepend=False, append=False))
    start, end = edges[::2], edges[1::2]
    return int((time_us[end] - time_us[start] >= LINGER_US).sum())


# --- checks -----------------------------------------------------------------------------------


def _same_runs(expected: Callable[[], list[tuple[int, ...]]], answer: object) -> Check:
    found = sorted(tuple(run) for run in answer)  # type: ignore[attr-defined]
    return Check(found == expected(), f"{len(found):,} encounters, ships and steps equal to ours from pings")


def _near_count(expected: Callable[[], int], answer: object) -> Check:
    assert isinstance(answer, int)  # noqa: S101
    how = f"{answer:,} stretches, ours {expected():,} ({TOLERANCE:.1%} allowed: a sphere is not the ellipsoid)"
    return Check(abs(answer - expected()) <= max(TOLERANCE * expected(), 2), how)


def _any_threads(ships: Columns) -> Check:
    one, two = (find_encounters(*ships, threads=threads).table for threads in THREADS)
    return Check(
        one.tobytes() == two.tobytes(), f"{len(one):,} encounters, the same bytes with one thread and with two"
    )
