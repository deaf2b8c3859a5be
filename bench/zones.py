"""Zones and stays: ours, the peers and the machine's limits.

    python bench/run.py zones

10 million positions of 20,000 platforms (`synthetic.py`), 60 zones of about 84,000 vertices, and 5,000 small ones.
"Masks" are one bit a zone for each position, "pairs" the list of (position, zone), "stays" every stretch of time in
which a platform's line is inside a zone, between pings too, with the silences.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from clip import clip
from peers import PEERS
from rows import Area, Check, Size, Target, Work
from shapely.geometry.base import BaseGeometry
from synthetic import Traffic, keep_traffic, make_sea_zones, make_small_zones

from truceline.kernels import ZoneIndex, close, find_stays

GAP_US = 1_800_000_000
THREADS = {1: "1 thread", 2: "2 threads"}
FOUR = ["platform", "time_us", "lon", "lat"]
MEMORY_LIMIT = 1.5  # times the input columns, for zones and episodes

Timed = Callable[[], object]


def areas(size: Size, folder: Path) -> Iterator[Area]:
    """Yield what is measured of zones and stays."""
    traffic = keep_traffic(folder, size.of(10_000_000, 50_000), size.of(20_000, 100))
    few = cache(lambda: ZoneIndex(make_sea_zones()))
    many = cache(lambda: ZoneIndex(make_small_zones(size.of(5_000, 500))))
    yield _positions(size, folder, traffic, few)
    yield _episodes(size, folder, traffic, few)
    yield _many(size, traffic, few, many)


def _positions(size: Size, folder: Path, traffic: Traffic, index: Callable[[], ZoneIndex]) -> Area:
    parquet = folder / "positions.parquet"
    works = list(_ours(traffic, {"masks": masks, "pairs": pairs}, "60 zones", index))
    works += [_from_parquet(parquet, traffic, index, threads) for threads in THREADS]
    works += list(_peers(size, traffic, make_sea_zones, index))
    works += list(_limits(parquet, traffic, ("lon", "lat")))
    ours = "masks, 60 zones, 2 threads"
    targets = (
        Target(ours, "SedonaDB", 50),
        Target(ours, "PostGIS", 400),
        Target(ours, "Shapely, prepared zones", 60),
        Target(ours, "memory, lon and lat, 2 threads", 0.08),
        Target("Parquet to masks, 60 zones, 2 threads", "Parquet, lon and lat, 2 threads", 0.85),
    )
    sample = min(200_000, len(traffic.lon))
    note = (
        "Which zones hold each position? 60 overlapping zones of about 84,000 vertices; the boundary is inside. "
        "Masks are one bit a zone for each position, pairs the list of them; the peers count pairs."
    )
    return Area("Zones", "positions", tuple(works), targets, (partial(_like_shapely, index, traffic, sample),), note)


def _episodes(size: Size, folder: Path, traffic: Traffic, index: Callable[[], ZoneIndex]) -> Area:
    works = [*_ours(traffic, {"stays": stays}, "60 zones", index)]
    works += [work for work in _peers(size, traffic, make_sea_zones, index) if work.name == "SedonaDB"]
    works.append(_clip(size, traffic, index))
    works += list(_limits(folder / "positions.parquet", traffic, tuple(FOUR)))
    ours = "stays, 60 zones, 2 threads"
    targets = (
        Target(ours, "SedonaDB", 4),
        Target(ours, "MovingPandas clip", 10_000),
        Target(ours, "Parquet, four columns, 2 threads", 0.5),
    )
    note = (
        "When was each platform in each zone, on the lines between its pings, and when was it silent for 30 minutes? "
        "No peer does this in one call: SedonaDB finds the pairs (position, zone) alone, MovingPandas cuts each "
        "platform's line with each zone."
    )
    return Area("Episodes", "positions", tuple(works), targets, (partial(_any_threads, index, traffic),), note)


def _many(size: Size, traffic: Traffic, few: Callable[[], ZoneIndex], many: Callable[[], ZoneIndex]) -> Area:
    kinds = {"pairs": pairs, "stays": stays}
    name = f"{size.of(5_000, 500):,} zones"
    works = [_speed_alone(work) for work in _ours(traffic, kinds, "60 zones", few) if "2 threads" in work.name]
    works += [_speed_alone(work) for work in _ours(traffic, kinds, name, many)]
    works += list(_peers(size, traffic, partial(make_small_zones, size.of(5_000, 500)), many, skip="prepared"))
    targets = tuple(Target(f"{what}, {name}, 2 threads", f"{what}, 60 zones, 2 threads", 0.25) for what in kinds)
    note = f"{name} of 8 to 64 corners, anywhere in the box."
    check = partial(_like_shapely, many, traffic, min(200_000, len(traffic.lon)))
    return Area("Many zones", "positions", tuple(works), targets, (check,), note)


# --- ours -------------------------------------------------------------------------------------


def _ours(
    traffic: Traffic, kinds: dict[str, Callable[..., object]], zones: str, index: Callable[[], ZoneIndex]
) -> Iterator[Work]:
    """Each kind with one thread and with two; memory is measured with two."""
    for what, work in kinds.items():
        for threads, plural in THREADS.items():
            memory = (traffic.nbytes, MEMORY_LIMIT) if threads == 2 else (0, None)
            yield Work(
                f"{what}, {zones}, {plural}", "ours", len(traffic.lon),
                partial(_make, work, index, traffic, threads), None, *memory,
            )  # fmt: skip


def _make(work: Callable[..., object], index: Callable[[], ZoneIndex], traffic: Traffic, threads: int) -> Timed:
    return partial(work, index(), traffic, threads)


def masks(index: ZoneIndex, traffic: Traffic, threads: int) -> object:
    """One bit a zone for each position."""
    return index.masks(traffic.lon, traffic.lat, threads=threads)


def pairs(index: ZoneIndex, traffic: Traffic, threads: int) -> object:
    """Every (position, zone)."""
    return index.pairs(traffic.lon, traffic.lat, threads=threads)


def stays(index: ZoneIndex, traffic: Traffic, threads: int) -> tuple[np.ndarray, np.ndarray]:
    """Every stay: those that ended, and those that did not."""
    columns = (traffic.platform, traffic.time_us, traffic.lon, traffic.lat)
    found = find_stays(index, *columns, gap_us=GAP_US, threads=threads)
    return found.episodes, close(found.carry)


def _speed_alone(work: Work) -> Work:
    """The same work without a measurement of memory, which stands elsewhere."""
    return Work(work.name, work.role, work.count, work.prepare)


def _from_parquet(path: Path, traffic: Traffic, index: Callable[[], ZoneIndex], threads: int) -> Work:
    """From the file to masks, row group by row group: all threads read its columns, then all ask for its positions."""

    def prepare() -> Timed:
        _write(path, traffic)
        return partial(_read_and_ask, path, index(), threads)

    return Work(f"Parquet to masks, 60 zones, {THREADS[threads]}", "ours", len(traffic.lon), prepare)


def _read_and_ask(path: Path, index: ZoneIndex, threads: int) -> int:
    """Memory of one group serves for the next: fresh memory costs as much as to read into it."""
    done = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=["lon", "lat"], use_threads=threads > 1)
            lon, lat = (table.column(name).chunk(0).to_numpy() for name in ("lon", "lat"))
            done += len(index.masks(lon, lat, threads=threads).words)
    return done


# --- peers and limits -------------------------------------------------------------------------


def _peers(
    size: Size,
    traffic: Traffic,
    zones: Callable[[], list[BaseGeometry]],
    index: Callable[[], ZoneIndex],
    skip: str | None = None,
) -> Iterator[Work]:
    """Each peer on as many positions as it can do in seconds; its number of pairs must be ours."""
    for name, (most, prepare) in PEERS.items():
        if skip and skip in name:
            continue
        count = min(size.of(most, most // 100), len(traffic.lon))
        lon, lat = traffic.lon[:count], traffic.lat[:count]
        ready = partial(_ready, prepare, zones, lon, lat)
        yield Work(
            name,
            "peer",
            count,
            ready,
            partial(_as_many_pairs, index, lon, lat),
            note=(prepare.__doc__ or "").partition(":")[2].strip(),
        )


def _ready(prepare: Callable[..., Timed], zones: Callable[[], list[BaseGeometry]], *place: np.ndarray) -> Timed:
    return prepare(zones(), *place)


def _as_many_pairs(index: Callable[[], ZoneIndex], lon: np.ndarray, lat: np.ndarray, answer: object) -> Check:
    expected = len(index().pairs(lon, lat).position)
    if answer == expected:
        return Check(True, f"{expected:,} pairs")
    return Check(False, f"{answer:,} pairs, ours {expected:,}")


def _clip(size: Size, traffic: Traffic, index: Callable[[], ZoneIndex]) -> Work:
    """Some platforms that never report one place twice running: there the peer would cut a stay in two."""
    changed = np.diff(traffic.lon) + 1j * np.diff(traffic.lat) != 0
    still = np.unique(traffic.platform[1:][~changed & (np.diff(traffic.platform) == 0)])
    moving = np.setdiff1d(traffic.platform, still)
    rows = np.isin(traffic.platform, moving[:: len(moving) // size.of(3, 2)])
    columns = tuple(getattr(traffic, name)[rows] for name in FOUR)
    check = partial(_as_many_stays, index, columns)
    note = "each platform's line cut with each zone; only platforms that move, it cuts stays where a place is repeated"
    return Work("MovingPandas clip", "peer", len(columns[0]), partial(clip, make_sea_zones, *columns), check, note=note)


def _as_many_stays(index: Callable[[], ZoneIndex], columns: tuple[np.ndarray, ...], answer: object) -> Check:
    found = find_stays(index(), *columns)
    ours = np.concatenate([found.episodes, close(found.carry)])
    lasting = Counter(ours["platform"][ours["leave_us"] > ours["enter_us"]].tolist())
    if answer == lasting:
        return Check(True, f"{lasting.total()} stays that last, as many of each platform")
    return Check(False, f"stays that last: {answer}, ours {lasting}")


def _limits(path: Path, traffic: Traffic, names: tuple[str, ...]) -> Iterator[Work]:
    """Add up the columns in memory; read them from Parquet (zstd)."""
    columns = tuple(getattr(traffic, name) for name in names)
    what = "lon and lat" if len(names) == 2 else "four columns"
    for threads, plural in THREADS.items():
        memory = partial(partial, stream, columns, threads)
        yield Work(f"memory, {what}, {plural}", "limit", len(traffic.lon), memory)
    for threads, plural in THREADS.items():
        read = partial(_reader, path, traffic, names, threads)
        yield Work(f"Parquet, {what}, {plural}", "limit", len(traffic.lon), read)


def _reader(path: Path, traffic: Traffic, names: tuple[str, ...], threads: int) -> Timed:
    _write(path, traffic)
    return partial(pq.read_table, path, columns=list(names), use_threads=threads > 1)


def _write(path: Path, traffic: Traffic) -> None:
    if not path.exists():
        table = pa.table({name: getattr(traffic, name) for name in FOUR})
        pq.write_table(table, path, compression="zstd", row_group_size=1 << 20)


def stream(columns: tuple[np.ndarray, ...], threads: int) -> float:
    """Read every byte once, and add."""
    spans = np.linspace(0, len(columns[0]), threads + 1).astype(int)

    def work(part: int) -> float:
        return sum(float(np.add.reduce(column[spans[part] : spans[part + 1]])) for column in columns)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, range(threads)))


# --- checks -----------------------------------------------------------------------------------


def _like_shapely(index: Callable[[], ZoneIndex], traffic: Traffic, sample: int) -> Check:
    """Compare pairs with Shapely's, one by one, and masks with pairs."""
    lon, lat = traffic.lon[:sample], traffic.lat[:sample]
    ours = index().pairs(lon, lat)
    found = shapely.STRtree(shapely.points(lon, lat)).query(index().shapes, predicate="intersects")
    order = np.lexsort((found[0], found[1]))
    same = np.array_equal(found[1][order], ours.position) and np.array_equal(found[0][order], ours.zone)
    bits = int(np.bitwise_count(index().masks(lon, lat).words).sum())
    how = f"{len(ours.position):,} pairs of {sample:,} positions are Shapely's, one by one; masks have as many bits"
    return Check(bool(same) and bits == len(ours.position), how)


def _any_threads(index: Callable[[], ZoneIndex], traffic: Traffic) -> Check:
    """Compare stays of one thread and of two, byte by byte, and the pings in them with the pairs."""
    one, two = (np.concatenate(stays(index(), traffic, threads)) for threads in THREADS)
    count = len(index().pairs(traffic.lon, traffic.lat).position)
    through = int((one["pings"] == 0).sum())
    how = (
        f"{len(one):,} stays, {through:,} of them between two pings, the same bytes with one thread and with two; "
        f"they hold {count:,} pings, as many as there are pairs"
    )
    return Check(one.tobytes() == two.tobytes() and int(one["pings"].sum()) == count, how)
