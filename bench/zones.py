"""Zones and stays: ours, the peers and the machine's limits, side by side in one run.

    python bench/zones.py [--positions 10000000] [--platforms 20000] [--rounds 5]

Data are made from a seed (`bench/synthetic.py`): 10 million positions of 20,000 platforms, 60 zones
of about 84,000 vertices and 5,000 small ones. Every figure is the median of so many rounds, by the
clock; peers that are slow get fewer positions, and rates are compared. Indexes, points and geometry
columns are made before the clock starts, for all. Results are checked against each other first. A
peer that is not installed is named as missing; none is needed:

    pip install geopandas duckdb duckdb-extension-spatial sedonadb geoarrow-pyarrow
"""

import argparse
import importlib.metadata
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from peers import PEERS, Missing
from synthetic import Traffic, make_sea_zones, make_small_zones, make_traffic

from truceline.kernels import ZoneIndex, backend, close, find_stays

GAP_US = 1_800_000_000
THREADS = {1: "1 thread", 2: "2 threads"}


class Report:
    """Rates in positions a second. All are measured in turn, round after round, so that a busy minute is shared."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.rates: dict[str, float] = {}
        self.waiting: list[tuple[str, int, Callable[[], object]]] = []

    def measure(self, name: str, count: int, work: Callable[[], object]) -> None:
        """Put it on the list for the next run."""
        self.waiting.append((name, count, work))

    def run(self) -> None:
        """Run all that is on the list once to warm up, then `rounds` times; keep and print the median rates."""
        seconds: dict[str, list[float]] = {name: [] for name, _, _ in self.waiting}
        for turn in range(self.rounds + 1):
            for name, _, work in self.waiting:
                took = _time(work)
                if turn:
                    seconds[name].append(took)
        for name, count, _ in self.waiting:
            middle, low, high = (count / figure(seconds[name]) for figure in (statistics.median, max, min))
            self.rates[name] = middle
            print(f"{name:58} {middle / 1e6:9.3f} M/s  [{low / 1e6:.3f}-{high / 1e6:.3f}]  n = {count:,}")
        self.waiting = []

    def compare(self, what: str, ours: str, other: str, *, share: bool = False) -> None:
        """Print how many times as fast one is as the other, or what share of it."""
        if ours in self.rates and other in self.rates:
            ratio = self.rates[ours] / self.rates[other]
            print(f"  {what:66} {f'{ratio:.1%}' if share else f'{ratio:.1f} x'}")


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# --- ours -------------------------------------------------------------------------------------


def measure_ours(report: Report, name: str, index: ZoneIndex, traffic: Traffic) -> None:
    """Masks (up to 64 zones), pairs and stays, with one thread and with two."""
    count = len(traffic.lon)
    for threads, plural in THREADS.items():
        place = {"lon": traffic.lon, "lat": traffic.lat, "threads": threads}
        if len(index) <= 64:
            report.measure(f"masks, {name}, {plural}", count, partial(index.masks, **place))
        report.measure(f"pairs, {name}, {plural}", count, partial(index.pairs, **place))
        report.measure(f"stays, {name}, {plural}", count, partial(stays, index, traffic, threads))


def stays(index: ZoneIndex, traffic: Traffic, threads: int) -> np.ndarray:
    """Every stay, those that are not ended too."""
    columns = (traffic.platform, traffic.time_us, traffic.lon, traffic.lat)
    found = find_stays(index, *columns, gap_us=GAP_US, threads=threads)
    return np.concatenate([found.episodes, close(found.carry)])


# --- the machine's limits ---------------------------------------------------------------------


def measure_limits(report: Report, traffic: Traffic, path: Path) -> None:
    """Add up the columns in memory; read them from Parquet (zstd)."""
    count = len(traffic.lon)
    two, four = (traffic.lon, traffic.lat), (traffic.platform, traffic.time_us, traffic.lon, traffic.lat)
    for threads, plural in THREADS.items():
        report.measure(f"limit: memory, lon and lat, {plural}", count, partial(stream, two, threads))
        report.measure(f"limit: memory, four columns, {plural}", count, partial(stream, four, threads))
    names = ["platform", "time_us", "lon", "lat"]
    pq.write_table(pa.table(dict(zip(names, four, strict=True))), path, compression="zstd", row_group_size=1 << 20)
    for threads, plural in THREADS.items():
        work = partial(pq.read_table, path, use_threads=threads > 1)
        report.measure(f"limit: Parquet, four columns, {plural}", count, work)


def stream(columns: tuple[np.ndarray, ...], threads: int) -> float:
    """Read every byte once, and add."""
    spans = np.linspace(0, len(columns[0]), threads + 1).astype(int)

    def work(part: int) -> float:
        return sum(float(np.add.reduce(column[spans[part] : spans[part + 1]])) for column in columns)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, range(threads)))


# --- checks -----------------------------------------------------------------------------------


def check(index: ZoneIndex, traffic: Traffic, sample: int) -> str:
    """Compare pairs with Shapely's, position by position; and counts of pairs, masks and stays with each other."""
    lon, lat = traffic.lon[:sample], traffic.lat[:sample]
    pairs = index.pairs(lon, lat)
    found = shapely.STRtree(shapely.points(lon, lat)).query(index.shapes, predicate="intersects")
    order = np.lexsort((found[0], found[1]))
    if not (np.array_equal(found[1][order], pairs.position) and np.array_equal(found[0][order], pairs.zone)):
        raise SystemExit("pairs differ from Shapely's")
    one, two = (stays(index, traffic, threads) for threads in THREADS)
    if one.tobytes() != two.tobytes():
        raise SystemExit("stays depend on the number of threads")
    every = index.pairs(traffic.lon, traffic.lat)
    if int(one["pings"].sum()) != len(every.position):
        raise SystemExit("stays do not hold the positions that the pairs do")
    through = int((one["pings"] == 0).sum())
    return f"{len(every.position):,} pairs, {len(one):,} stays, {through:,} of them between two pings"


# --- memory -----------------------------------------------------------------------------------


def measure_memory(arguments: argparse.Namespace) -> None:
    """In a process of its own for each: the peak above what data and index take, against the input columns."""
    for what in ("masks", "pairs", "stays"):
        command = [sys.executable, __file__, "--positions", str(arguments.positions)]
        command += ["--platforms", str(arguments.platforms), "--peak-of", what]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="")


def print_peak(traffic: Traffic, what: str) -> None:
    """Run it once and print how much memory it took at its peak, its result included."""
    index = ZoneIndex(make_sea_zones())
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    works: dict[str, Callable[[], object]] = {
        "masks": lambda: index.masks(traffic.lon, traffic.lat),
        "pairs": lambda: index.pairs(traffic.lon, traffic.lat),
        "stays": lambda: stays(index, traffic, 2),
    }
    works[what]()
    peak, columns = _status("VmHWM") - before, traffic.nbytes
    print(
        f"memory, {what}: {peak / 1e6:,.0f} MB at the peak, result included = {peak / columns:.2f} x the four columns"
    )


def _status(key: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) * 1024


# --- the run ----------------------------------------------------------------------------------


def measure_peers(report: Report, name: str, zones: list, index: ZoneIndex, traffic: Traffic) -> None:
    """Each peer on as many positions as it can do in seconds; its number of pairs must be ours."""
    for peer, (count, prepare) in PEERS.items():
        count = min(count, len(traffic.lon))
        lon, lat = traffic.lon[:count], traffic.lat[:count]
        try:
            work = prepare(zones, lon, lat)
        except Missing as missing:
            print(f"{peer}, {name}: missing ({missing})")
            continue
        found, expected = work(), len(index.pairs(lon, lat).position)
        if found != expected:
            print(f"{peer}, {name}: {found:,} pairs, ours {expected:,}: NOT EQUAL")
        report.measure(f"{peer}, {name}", count, work)


def print_ratios(report: Report) -> None:
    """The figures that `docs/kernels.md` speaks of."""
    for threads in THREADS.values():
        ours = f"masks, 60 zones, {threads}"
        for peer in PEERS:
            report.compare(f"{ours} / {peer}", ours, f"{peer}, 60 zones")
            report.compare(f"pairs, 60 zones, {threads} / {peer}", f"pairs, 60 zones, {threads}", f"{peer}, 60 zones")
        report.compare(f"{ours} / memory stream", ours, f"limit: memory, lon and lat, {threads}", share=True)
        report.compare(f"{ours} / Parquet", ours, f"limit: Parquet, four columns, {threads}", share=True)
        mine = f"stays, 60 zones, {threads}"
        report.compare(f"{mine} / memory stream", mine, f"limit: memory, four columns, {threads}", share=True)
        report.compare(f"{mine} / Parquet", mine, f"limit: Parquet, four columns, {threads}", share=True)
        report.compare(f"{mine} / SedonaDB's pairs alone", mine, "SedonaDB, 60 zones")
        for what in ("pairs", "stays"):
            few, many = f"{what}, 60 zones, {threads}", f"{what}, 5,000 zones, {threads}"
            report.compare(f"{many} / with 60", many, few, share=True)
        for peer in PEERS:
            many = f"pairs, 5,000 zones, {threads}"
            report.compare(f"{many} / {peer}", many, f"{peer}, 5,000 zones")


def main() -> None:
    """Make the data, check, measure, print."""
    parser = argparse.ArgumentParser(description="zones and stays against peers and limits")
    parser.add_argument("--positions", type=int, default=10_000_000)
    parser.add_argument("--platforms", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peak-of", choices=["masks", "pairs", "stays"])
    arguments = parser.parse_args()
    traffic = make_traffic(arguments.positions, arguments.platforms)
    if arguments.peak_of:
        print_peak(traffic, arguments.peak_of)
        return
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "shapely", "pyarrow"))
    print(f"kernels: {backend()}; {versions}; GEOS {shapely.geos_version_string}; medians of {arguments.rounds}")
    report = Report(arguments.rounds)
    with tempfile.TemporaryDirectory() as folder:
        for name, zones in (("60 zones", make_sea_zones()), ("5,000 zones", make_small_zones(5_000))):
            start = time.perf_counter()
            index = ZoneIndex(zones)
            took = time.perf_counter() - start
            vertices = int(sum(shapely.get_num_coordinates(zones)))
            print(f"\n{name}, {vertices:,} vertices: index {took:.2f} s, {index.nbytes / 1e6:.1f} MB")
            print(f"agree: {check(index, traffic, min(200_000, len(traffic.lon)))}")
            measure_ours(report, name, index, traffic)
            measure_peers(report, name, zones, index, traffic)
            if len(index) <= 64:
                measure_limits(report, traffic, Path(folder) / "positions.parquet")
            report.run()
    print()
    print_ratios(report)
    print()
    measure_memory(arguments)


if __name__ == "__main__":
    main()
