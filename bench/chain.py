"""End to end: a raw AIS log on disk -> positions -> tracks -> stays and silences, encounters, loitering.

    python bench/run.py chain

2 million lines of ships, with 60 zones. The peer does what can be put together from what a user finds: aiscat's
dictionaries, pandas, GeoPandas' join, and consecutive pings in a zone as an episode. It sees no crossing between two
pings, no encounter and no loitering.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from nmea import keep_log
from rows import Area, Check, Size, Target, Work, need
from shapely.geometry.base import BaseGeometry
from synthetic import keep_traffic, make_sea_zones

from truceline.kernels import ZoneIndex, close, find_stays
from truceline.kernels.encounters import find_encounters
from truceline.kernels.grouping import group_pings, split_rows
from truceline.kernels.loitering import find_loitering
from truceline.kernels.sentence_records import POSITION
from truceline.kernels.sentences import Decoder

GAP_US = 1_800_000_000
BLOCK_BYTES = 1 << 22
MOST = 1 << 14  # lines at once
SHORTEST = 32  # bytes of a line that tells a position: at least
TOLERANCE = 0.001  # aiscat gives places as single floats, up to 2 m off

Timed = Callable[[], object]


class Found(NamedTuple):
    """What a chain counted; silences are those longer than half an hour, a peer that does not look finds None."""

    positions: int
    pairs: int
    silences: int
    encounters: int | None = None
    loitering: int | None = None


def areas(size: Size, folder: Path) -> Iterator[Area]:
    """Yield the one area of whole chains."""
    lines, few = size.of(2_000_000, 20_000), size.of(200_000, 4_000)
    traffic = keep_traffic(folder, lines * 3 // 2, size.of(6_000, 120))
    whole, part = (keep_log(folder, traffic, count) for count in (lines, few))
    index = cache(lambda: ZoneIndex(make_sea_zones()))
    peer = Work(
        "aiscat, pandas, GeoPandas", "peer", few, partial(_peer, part), partial(_agree, part, index),
        note="dictionaries, `sjoin` within, episodes of consecutive pings",
    )  # fmt: skip
    works = (
        *(
            Work(f"chain, {plural}", "ours", lines, partial(_ours, whole, index, threads), None, memory)
            for threads, plural, memory in ((1, "1 thread", 0), (2, "2 threads", whole.stat().st_size))
        ),
        peer,
        Work(
            "read whole, count newlines", "limit", lines, partial(partial, read_and_count, whole), note="130 MB at once"
        ),
        Work("read and count newlines", "limit", lines, partial(partial, count_lines, whole), note="4 MB at a time"),
    )
    targets = (Target("chain, 2 threads", peer.name, 25), Target("chain, 2 threads", works[-1].name, 0.4))
    checks = (partial(_any_threads, whole, index),)
    yield Area(
        "End to end", "lines", works, targets, checks, note=(__doc__ or "").partition("\n\n")[2].partition("\n\n")[2]
    )


def _ours(path: Path, index: Callable[[], ZoneIndex], threads: int) -> Timed:
    return partial(follow, path, index(), threads)


def follow(path: Path, index: ZoneIndex, threads: int) -> Found:
    """From the log to findings; what is looked for does not depend on each other, and has a thread each."""
    columns = group_pings(*decode(path, threads), threads=threads)
    with ThreadPoolExecutor(threads) as pool:
        stays = pool.submit(find_stays, index, *columns, gap_us=GAP_US, threads=1)
        slow = pool.submit(find_loitering, *columns, threads=1)
        near = pool.submit(find_encounters, *columns, threads=1)
        found = stays.result()
        inside = int(found.episodes["pings"].sum() + close(found.carry)["pings"].sum())
        return Found(len(columns[0]), inside, len(found.gaps), len(near.result().table), len(slow.result().table))


def decode(path: Path, threads: int) -> tuple[np.ndarray, ...]:
    """Return MMSI, time, lon, lat in the order in which they came: few lines at once, which stay in the cache."""
    most = path.stat().st_size // SHORTEST + 1
    columns = {name: np.empty(most, POSITION[name]) for name in ("mmsi", "time_us", "lon", "lat")}  # as far as filled
    count = 0
    with path.open("rb") as stream:
        for part in Decoder(threads=threads).read(stream, MOST):
            split_rows(part.positions, columns, count)
            count += len(part.positions)
    mmsi, *rest = (column[:count] for column in columns.values())
    return mmsi.view(np.int32), *rest


def _peer(path: Path) -> Timed:
    frames = need("geopandas")
    zones = frames.GeoDataFrame({"zone": range(60)}, geometry=make_sea_zones(), crs=4326)
    need("aiscat")
    return partial(follow_with_pandas, path, zones)


def follow_with_pandas(path: Path, zones: BaseGeometry) -> Found:
    """The same, as far as it goes, with what there is."""
    frames, pandas, decoder = need("geopandas"), need("pandas"), need("aiscat").Decoder(format="dictionary")
    rows = []
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            decoder.feed(block)
            while (message := decoder.next()) is not None:
                if "lon" in message:
                    rows.append((message["mmsi"], message["toa"], message["lon"], message["lat"]))
    table = pandas.DataFrame(rows, columns=["mmsi", "time", "lon", "lat"])
    table = table.sort_values(["mmsi", "time"], kind="stable", ignore_index=True)
    silences = int((table.groupby("mmsi")["time"].diff() > GAP_US / 1e6).sum())
    points = frames.GeoDataFrame(table, geometry=frames.points_from_xy(table.lon, table.lat), crs=4326)
    inside = frames.sjoin(points, zones, predicate="within").reset_index().sort_values(["zone", "index"])
    begins = (inside["index"].diff() != 1) | (inside["zone"].diff() != 0) | (inside["mmsi"].diff() != 0)
    episodes = inside.groupby(begins.cumsum()).agg({"mmsi": "first", "zone": "first", "time": ["first", "last"]})
    assert len(episodes) == begins.sum()  # noqa: S101
    return Found(len(table), len(inside), silences)


def _agree(path: Path, index: Callable[[], ZoneIndex], answer: object) -> Check:
    """The same log through ours; places may differ by the float that the peer rounds to."""
    assert isinstance(answer, Found)  # noqa: S101
    ours = follow(path, index(), 1)
    near = abs(answer.pairs - ours.pairs) <= TOLERANCE * ours.pairs
    how = f"{answer.positions:,} positions, {answer.silences:,} silences, ours {ours.positions:,}, {ours.silences:,}; "
    how += f"{answer.pairs:,} pairs, ours {ours.pairs:,} ({TOLERANCE:.1%} allowed: it rounds places)"
    return Check(near and (answer.positions, answer.silences) == (ours.positions, ours.silences), how)


def _any_threads(path: Path, index: Callable[[], ZoneIndex]) -> Check:
    one, two = (follow(path, index(), threads) for threads in (1, 2))
    how = (
        f"one thread and two find the same: {one.positions:,} positions, {one.pairs:,} pairs, {one.silences:,} silences"
    )
    return Check(one == two, f"{how}, {one.encounters:,} encounters, {one.loitering:,} times of loitering")


def read_and_count(path: Path) -> int:
    """Read the whole file and count its lines: memory for all of it costs more than the counting."""
    return path.read_bytes().count(b"\n")


def count_lines(path: Path) -> int:
    """Read the file and count its lines."""
    with path.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(partial(stream.read, BLOCK_BYTES), b""))
