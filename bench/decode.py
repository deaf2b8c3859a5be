"""Raw AIS: bytes of a log into columns.

    python bench/run.py decode

2 million lines, from a seed: 4,000 different messages, mixed as receivers hear them (four fifths positions of all types
that tell one, the rest names in two parts and in one, and types that are not used), said again and again. All checksums
are verified. Time and repeats are left alone here, for the peers do not look at them: what the decoder does beside (TAG
blocks, times, what was heard before) is in the second log, of ships' positions with TAG blocks. Ours gives columns; the
peers give what they give, a dictionary or an object for each message.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
from nmea import keep_log
from rows import Area, Check, Size, Target, Work, need
from synthetic import keep_traffic

from truceline.kernels.sentences import Bounds, Decoder

RAW = Bounds(undated=True, repeats=True)
BLOCK_BYTES = 1 << 22
MOST = 1 << 16  # lines decided at once
MESSAGES = 4_000
KINDS = {1: 52, 2: 1, 3: 14, 4: 4, 9: 1, 18: 9, 19: 1, 27: 1, 5: 7, 24: 5, 21: 2, 8: 3}  # in a hundred
TELLING = set(KINDS) - {5, 8, 21, 24}  # a position
TOLERANCE = 2e-5  # degrees; aiscat gives single floats
Timed = Callable[[], object]
Places = list[tuple[int, float, float]]


def areas(size: Size, folder: Path) -> Iterator[Area]:
    """Yield the area of raw AIS."""
    count, few = size.of(2_000_000, 20_000), size.of(200_000, 10_000)
    mixed = keep_mixed(folder, count)
    dated = keep_log(folder, keep_traffic(folder, count * 3 // 2, size.of(6_000, 120)), count)
    part = keep_part(mixed, few)
    tiny = keep_part(mixed, few // 10)
    agree = partial(_agree, part)
    works = (
        *(_ours("mixed", mixed, RAW, count, threads) for threads in (1, 2)),
        *(_ours("dated", dated, Bounds(), count, threads) for threads in (1, 2)),
        Work("pyais", "peer", few // 10, partial(_pyais, tiny), partial(_agree, tiny), note="objects; MIT"),
        Work("aiscat, dictionaries", "peer", few, partial(_aiscat, part), agree, note="GPL-3.0"),
        Work("aiscat, re-framed bytes", "peer", few, partial(_aiscat_binary, part), note="no fields; GPL-3.0"),
        Work("libais", "peer", few, partial(_libais, part), agree, note="no checksums, no parts joined; Apache-2.0"),
        *(_limit(name, path, count) for name, path in (("mixed", mixed), ("dated", dated))),
    )
    targets = (
        Target("mixed, 2 threads", "pyais", 250),
        Target("mixed, 2 threads", "aiscat, dictionaries", 30),
        Target("mixed, 2 threads", "aiscat, re-framed bytes", 8),
        Target("mixed, 2 threads", "read and count newlines, mixed", 0.7),
        Target("dated, 2 threads", "read and count newlines, dated", 0.7),
    )
    checks = (partial(_same_with_any_threads, mixed), partial(_same_as_reference, tiny))
    yield Area(
        "Raw AIS", "lines", works, targets, checks, note=(__doc__ or "").partition("\n\n")[2].partition("\n\n")[2]
    )


def _ours(name: str, path: Path, bounds: Bounds, count: int, threads: int) -> Work:
    title = f"{name}, {threads} thread{'s' * (threads > 1)}"
    work = partial(partial, decode, path, bounds, threads)
    return Work(title, "ours", count, work, None, path.stat().st_size if threads == 2 else 0)


def _limit(name: str, path: Path, count: int) -> Work:
    return Work(f"read and count newlines, {name}", "limit", count, partial(partial, count_lines, path))


# --- the data -------------------------------------------------------------------------------------


def keep_mixed(folder: Path, lines: int, seed: int = 1) -> Path:
    """Return the log, made if it is not there."""
    path = folder / f"mixed-{lines}.nmea"
    if not path.exists():
        rng = Random(seed)  # noqa: S311 -- the same for a seed
        kinds = rng.choices(list(KINDS), weights=list(KINDS.values()), k=MESSAGES)
        sentences = [b"".join(make_message(rng, kind, number % 10)) for number, kind in enumerate(kinds)]
        cycle = b"".join(sentences)
        whole = cycle * (lines // cycle.count(b"\n") + 1)
        path.write_bytes(b"".join(islice(whole.splitlines(keepends=True), lines)))
    return path


def make_message(rng: Random, kind: int, sequence: int) -> Iterator[bytes]:
    """Yield the sentences of a message of this type."""
    from pyais.encode import encode_dict

    ship = rng.randrange(3_000)
    fields = {
        "msg_type": kind, "mmsi": 201_000_001 + 137_000 * ship, "lon": rng.uniform(22, 42), "lat": rng.uniform(40, 52),
        "speed": rng.randrange(200) / 10, "course": rng.randrange(3600) / 10, "heading": rng.randrange(360),
        "second": rng.randrange(60), "status": rng.randrange(9), "partno": ship % 2, "shipname": f"SHIP {ship}",
        "name": f"BUOY {ship}", "callsign": f"T{ship}", "ship_type": 70, "imo": 9_000_000 + ship, "dac": 1, "fid": 31,
        "data": bytes(rng.randrange(256) for _ in range(12)), "alt": 300, "accuracy": ship % 3 == 0,
    }  # fmt: skip
    fields |= {"speed": 12, "course": 90} if kind in (9, 27) else {}
    for part in encode_dict(fields, talker_id="AI", radio_channel=rng.choice("AB"), seq_id=sequence):
        yield part.encode() + b"\r\n"


def keep_part(path: Path, lines: int) -> Path:
    """Return a log of the first lines of another."""
    part = path.with_name(f"{path.stem}-first-{lines}.nmea")
    if not part.exists():
        with path.open("rb") as stream:
            part.write_bytes(b"".join(islice(stream, lines)))
    return part


# --- ours and the limit ---------------------------------------------------------------------------


def decode(path: Path, bounds: Bounds, threads: int) -> int:
    """Decode a file, some lines at a time; return how many positions there are."""
    with path.open("rb") as stream:
        return sum(len(part.positions) for part in Decoder(bounds, threads=threads).read(stream, MOST))


def count_lines(path: Path) -> int:
    """Read the file and count its lines."""
    with path.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(partial(stream.read, BLOCK_BYTES), b""))


# --- peers ----------------------------------------------------------------------------------------


def _pyais(path: Path) -> Timed:
    ready = need("pyais").stream.IterMessages
    lines = path.read_bytes().splitlines()

    def work() -> Places:
        messages = (sentence.decode() for sentence in ready(lines))
        return [(message.mmsi, message.lon, message.lat) for message in messages if message.msg_type in TELLING]

    return work


def _aiscat(path: Path) -> Timed:
    make, data = need("aiscat").Decoder, path.read_bytes()

    def work() -> Places:
        decoder, found = make(format="dictionary"), []
        decoder.feed(data)
        while (message := decoder.next()) is not None:
            if "lon" in message and message["type"] in TELLING:
                found.append((message["mmsi"], message["lon"], message["lat"]))
        return found

    return work


def _aiscat_binary(path: Path) -> Timed:
    make, data = need("aiscat").Decoder, path.read_bytes()

    def work() -> int:
        decoder, found = make(format="binary"), 0
        decoder.feed(data)
        while decoder.next() is not None:
            found += 1
        return found

    return work


def _libais(path: Path) -> Timed:
    """The sentences are split in Python, as its users do it; of messages in parts it is given nothing."""
    ais, lines = need("ais"), path.read_text("ascii").splitlines()

    def work() -> Places:
        found = []
        for line in lines:
            _, count, _, _, _, payload, fill = line.split(",")
            if count != "1":
                continue
            try:
                message = ais.decode(payload, int(fill[0]))
            except ais.DecodeError:  # of application messages that it does not know
                continue
            if "x" in message and message["id"] != 21:
                found.append((message["mmsi"], message["x"], message["y"]))
        return found

    return work


# --- checks ---------------------------------------------------------------------------------------


def _agree(path: Path, answer: object) -> Check:
    """Whether a peer found the same platforms at the same places, in the same order."""
    assert isinstance(answer, list)  # noqa: S101
    ours = _positions(path, 2)
    theirs = np.array(answer, [("mmsi", np.uint32), ("lon", float), ("lat", float)])
    how = f"{len(theirs):,} positions, ours {len(ours):,}"
    if len(ours) != len(theirs) or not np.array_equal(ours["mmsi"], theirs["mmsi"]):
        return Check(False, how)
    far = max(float(np.abs(ours[name] - theirs[name]).max()) for name in ("lon", "lat"))
    return Check(far <= TOLERANCE, f"{how}, at most {far:.7f} degrees apart ({TOLERANCE} allowed)")


def _positions(path: Path, threads: int) -> np.ndarray:
    decoder = Decoder(RAW, threads=threads)
    parts = [decoder.feed(path.read_bytes()), decoder.finish()]
    return np.concatenate([part.positions for part in parts])


def _same_with_any_threads(path: Path) -> Check:
    one, *others = (_positions(path, threads).tobytes() for threads in (1, 2, 3))
    return Check(all(other == one for other in others), "rows with 1, 2 and 3 threads, byte for byte")


def _same_as_reference(path: Path) -> Check:
    from truceline.kernels.sentences_reference import decode_all

    ours, theirs = _positions(path, 2), decode_all(path.read_bytes(), RAW).positions
    return Check(ours.tobytes() == theirs.tobytes(), f"{len(ours):,} rows as the reference gives them, byte for byte")
