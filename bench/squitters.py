"""Mode S: lines of raw frames into positions, velocities and names.

    python bench/run.py squitters

2 million frames that 300 made-up aircraft sent in about half an hour, as lines of time and frame: positions in halves,
velocities, names, and one frame in twenty that tells no position. Ours begins with the bytes of the file; the peers are
given lists of texts and times, made beforehand, and return dictionaries. Both pair the halves of positions.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
from rows import Area, Check, Size, Target, Work, need

from truceline.evidence.modes import read
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer
from truceline.kernels.adsb_reference import checksums
from truceline.kernels.frames import FrameScanner
from truceline.kernels.squitters import Outcome, SquitterDecoder

AIRCRAFT = 300
BLOCK_BYTES = 1 << 20
START_S = 1_720_000_000
TOLERANCE = 1e-6  # relative; speeds and courses are single floats
ALIKE = (Outcome.POSITION, Outcome.HEARD)  # what was heard a moment before is a position too, of the frame before
FORMS = (0.47, 0.47, 0.01, 0.05)  # positions, velocities, names, all-call replies

Timed = Callable[[], object]


def areas(size: Size, folder: Path) -> Iterator[Area]:
    """Yield the one area of raw Mode S."""
    count, few = size.of(2_000_000, 20_000), size.of(100_000, 10_000)
    log = folder / "squitters.csv"
    if not log.exists():
        log.write_bytes(make_log(count))
    frames = cache(lambda: split_log(log, few))
    agree = partial(_agree, frames)
    works = (
        Work("lines to rows, 1 thread", "ours", count, partial(partial, decode_log, log), None, log.stat().st_size),
        Work("lines to tables, 1 thread", "ours", count, partial(partial, read_log, log)),
        Work("rs1090, 1 thread", "peer", few, partial(_rs1090, frames, few), agree, note="MIT"),
        Work("rs1090, as it comes", "peer", few, partial(_rs1090, frames, 1_000), agree, note="all cores; MIT"),
        Work("pyModeS", "peer", few // 4, partial(_pymodes, frames), note="positions are not paired; GPL-3.0"),
        Work("read and count newlines", "limit", count, partial(partial, count_lines, log)),
    )
    targets = (Target("lines to rows, 1 thread", "rs1090, 1 thread", 50),)
    yield Area("Mode S", "frames", works, targets, note=(__doc__ or "").partition("\n\n")[2].partition("\n\n")[2])


# --- the data -------------------------------------------------------------------------------------


def make_log(count: int, seed: int = 1) -> bytes:
    """Return lines "time,frame" of `count` frames, from a seed."""
    draw = np.random.default_rng(seed)
    craft = draw.integers(0, AIRCRAFT, count)
    time_s = START_S + np.sort(draw.uniform(0, count / AIRCRAFT / 4, count))
    form = draw.choice(4, count, p=FORMS)
    east, north = draw.uniform(-160, 160, (2, AIRCRAFT))
    since = time_s - START_S
    lat = draw.uniform(41, 52, AIRCRAFT)[craft] + north[craft] * since / 111_000
    lon = draw.uniform(23, 41, AIRCRAFT)[craft] + east[craft] * since / 80_000
    message = np.select(
        [form == 0, form == 1, form == 2],
        [_tell_places(lon, lat, draw), _tell_velocities(east[craft], north[craft]), _tell_names(craft)],
        draw.integers(0, 2**24, count).astype(np.uint64) << np.uint64(32),
    )
    data = _frame(craft + 0x508000, message, form)
    text = [bytes(row[: 7 if short else 14]).hex() for row, short in zip(data, form == 3, strict=True)]
    return "".join(f"{at:.6f},{frame}\n" for at, frame in zip(time_s, text, strict=True)).encode()


def _frame(address: np.ndarray, message: np.ndarray, form: np.ndarray) -> np.ndarray:
    """Put header, address, message and parity together; an all-call reply has 7 bytes."""
    data = np.zeros((len(address), 14), np.uint8)
    data[:, 0] = np.where(form == 3, 0x5D, 0x8D)
    for place, shift in ((1, 16), (2, 8), (3, 0)):
        data[:, place] = address >> shift & 0xFF
    for place in range(7):
        data[:, 4 + place] = (message >> np.uint64(48 - 8 * place)).astype(np.uint8)
    parity = checksums(data)
    for place, shift in ((11, 16), (12, 8), (13, 0)):
        data[:, place] = parity >> shift & 0xFF
    return data


def _tell_places(lon: np.ndarray, lat: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Halves of airborne positions, type code 11 (ICAO Doc 9871, C.2.6)."""
    odd = draw.integers(0, 2, len(lon))
    height = 360 / (60 - odd)
    y = np.floor(2**17 * np.mod(lat, height) / height + 0.5)
    seen = height * (y / 2**17 + np.floor(lat / height))
    spread = (1 - np.cos(np.pi / 30)) / np.cos(np.radians(seen)) ** 2
    width = 360 / np.maximum(np.floor(2 * np.pi / np.arccos(1 - spread)) - odd, 1)
    x = np.floor(2**17 * np.mod(lon, width) / width + 0.5)
    parts = ((odd, 34), (np.mod(y, 2**17), 17), (np.mod(x, 2**17), 0), (np.full(len(lon), 0xC38), 36))
    return sum((part.astype(np.uint64) << np.uint64(shift) for part, shift in parts), np.uint64(11 << 51))


def _tell_velocities(east_m_s: np.ndarray, north_m_s: np.ndarray) -> np.ndarray:
    """Speed over ground, type code 19, and a rate of climb of 640 feet a minute."""
    east, north = (np.rint(speed / 0.514444).astype(np.int64) for speed in (east_m_s, north_m_s))
    parts = ((east < 0, 42), (abs(east) + 1, 32), (north < 0, 31), (abs(north) + 1, 21))
    return sum(
        (part.astype(np.uint64) << np.uint64(at) for part, at in parts), np.uint64(19 << 51 | 1 << 48 | 11 << 10)
    )


def _tell_names(craft: np.ndarray) -> np.ndarray:
    """Callsigns such as TEST042, type code 4."""
    digits = sum((48 + craft // 10**power % 10).astype(np.uint64) << np.uint64(6 + 6 * power) for power in range(3))
    word = sum((ord(letter) - 64) << (42 - 6 * at) for at, letter in enumerate("TEST"))
    return digits + np.uint64(4 << 51 | word | 32)


# --- ours, peers and the limit --------------------------------------------------------------------


def decode_log(log: Path) -> list[np.ndarray]:
    """Return the rows of the kernels for a whole file, in parts."""
    scanner, decoder, parts = FrameScanner(), SquitterDecoder(), []
    with log.open("rb") as stream:
        while chunk := stream.read(BLOCK_BYTES):
            parts += [decoder.decode(frames.rows) for frames in scanner.scan(chunk)]
    parts += [decoder.decode(frames.rows) for frames in scanner.scan(b"", ended=True)]
    return parts


def read_log(log: Path) -> int:
    """Return how many positions the reader of the format makes of a whole file, as tables."""
    with log.open("rb") as stream:
        batches = list(read(stream, Source("bench", log, "modes", 1), Gazetteer((), {})))
    return sum(len(batch.positions) for batch in batches if batch.positions is not None)


def count_lines(log: Path) -> int:
    """Return how many lines a file has."""
    with log.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(partial(stream.read, BLOCK_BYTES), b""))


def split_log(log: Path, count: int) -> tuple[list[float], list[str]]:
    """Return the times and frames of the first lines."""
    with log.open() as stream:
        pairs = [line.rstrip("\n").split(",") for line, _ in zip(stream, range(count), strict=False)]
    return [float(at) for at, _ in pairs], [frame for _, frame in pairs]


def _rs1090(frames: Callable[[], tuple[list[float], list[str]]], batch: int) -> Timed:
    """Take all in one batch for one thread; the batches of a thousand that it comes with use all cores."""
    rs1090 = need("rs1090")
    times, texts = frames()
    return lambda: rs1090.decode(texts, times, batch=batch)


def _pymodes(frames: Callable[[], tuple[list[float], list[str]]]) -> Timed:
    decode = need("pyModeS").decode
    texts = frames()[1]
    return lambda: [decode(text) for text in texts[: len(texts) // 4]]


def _agree(frames: Callable[[], tuple[list[float], list[str]]], theirs: object) -> Check:
    """Each place, altitude, speed, rate of climb and callsign that rs1090 gives is ours too."""
    if not isinstance(theirs, list):
        return Check(agree=False, how="no list")
    times, texts = frames()
    lines = "".join(f"{at:.6f},{text}\n" for at, text in zip(times, texts, strict=True)).encode()
    rows = np.concatenate([part.rows for part in FrameScanner().scan(lines)])
    told = SquitterDecoder().decode(rows)
    compared = different = 0
    for ours, their in zip(told.tolist(), theirs, strict=True):
        pairs = _pair(dict(zip(told.dtype.names or (), ours, strict=True)), their)
        compared += len(pairs)
        different += sum(not (one == other or abs(one - other) <= TOLERANCE * abs(other)) for one, other in pairs)
    missed = sum("latitude" in their for their, one in zip(theirs, told["outcome"], strict=True) if one not in ALIKE)
    agree = compared > len(texts) and different == missed == 0
    return Check(agree, f"{compared:,} values, {different} differ; {missed} positions that only rs1090 has")


def _pair(ours: dict, their: dict) -> list[tuple]:
    if ours["outcome"] == Outcome.POSITION and "latitude" in their:
        names = {"lon": "longitude", "lat": "latitude", "altitude_ft": "altitude"}
    elif ours["outcome"] == Outcome.VELOCITY:
        names = {"speed_kn": "groundspeed", "course_deg": "track", "vertical_rate_ft_min": "vertical_rate"}
    elif ours["outcome"] == Outcome.IDENTITY:
        return [(ours["callsign"].decode(), their["callsign"].strip())]
    else:
        return []
    return [(ours[mine], their[name]) for mine, name in names.items()]
