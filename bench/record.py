"""The record: what it loses in faults (nothing), what tampering it finds (all), and how fast it is.

python bench/record.py                  everything, some minutes
python bench/record.py speed tampering  some of: cuts, record-cuts, kills, tampering, speed, bytes
"""

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "record"))

from recorded import Clock, evidence, note, open_record, policy_of, state_run, write
from tampering import tamper
from test_record_faults import kill_once, subjects
from test_record_power import cut_journal, cut_record

from truceline.record import Record, prove, verify_record

SEED = 1


def measure_cuts(_: Path) -> None:
    """3,000 power cuts under the queue, and the setting that must lose something."""
    for synchronous, count in (("FULL", 3000), ("NORMAL", 300)):
        start = time.perf_counter()
        results = [cut_journal(seed, synchronous) for seed in range(count)]
        acknowledged = sum(result[0] for result in results)
        hurt = sum(result[1] > 0 for result in results)
        unsound = sum(not result[2] for result in results)
        print(
            f"power cuts, synchronous {synchronous}: {count} cuts, {acknowledged} acknowledged, "
            f"lost something in {hurt}, unsound {unsound}, {time.perf_counter() - start:.0f} s"
        )


def measure_record_cuts(folder: Path) -> None:
    """Power cuts anywhere between queue and checkpoint, tiles, openings and kept bytes included."""
    start, total, wrong = time.perf_counter(), 0, []
    for seed in range(500):
        acknowledged, found = cut_record(folder / str(seed), seed)
        total += acknowledged
        wrong += found
        shutil.rmtree(folder / str(seed))
    print(
        f"power cuts, whole record: 500 cuts, {total} leaves acknowledged, {len(wrong)} lost or unsound, "
        f"{time.perf_counter() - start:.0f} s"
    )


def measure_kills(folder: Path) -> None:
    """Sixty times kill -9 on a process that records."""
    chance, start = random.Random(SEED), time.perf_counter()  # noqa: S311
    acknowledged: dict[int, str] = {}
    for turn in range(60):
        acknowledged |= kill_once(folder, turn, chance)
    with open_record(folder) as record:
        record.seal()
    kept = subjects(record)
    lost = [leaf for leaf, name in acknowledged.items() if kept.get(leaf) != name]
    faults = verify_record(record.out, policy_of(record))
    print(
        f"kill -9: 60 rounds, {len(acknowledged)} leaves acknowledged, {len(lost)} lost, {len(faults)} faults, "
        f"{time.perf_counter() - start:.0f} s"
    )


def make_thousand(folder: Path) -> Record:
    """Return a record of 1,000 leaves: evidence, a run, remarks, sealed twice."""
    chance = random.Random(SEED)  # noqa: S311
    with open_record(folder, clock=Clock()) as record:
        for number in range(5):
            record.keep_file(write(folder / f"{number}.csv", chance.randbytes(300 + number)), evidence())
        state_run(record)
        record.seal()
        record.state(*(note(f"remark {number}") for number in range(1000 - record.size)))
        record.seal()
    return record


def measure_tampering(folder: Path) -> None:
    """2,000 seeded tamperings of a record of 1,000 leaves."""
    record = make_thousand(folder)
    policy, chance, start = policy_of(record), random.Random(SEED), time.perf_counter()  # noqa: S311
    missed = astray = 0
    for _ in range(2000):
        tampering = tamper(record.out, chance)
        faults = verify_record(record.out, policy)
        missed += not faults
        astray += bool(faults) and faults[0].path not in tampering.paths
        tampering.undo()
    sound = verify_record(record.out, policy) == ()
    print(
        f"tampering: 2000 of a record of {record.size} leaves, {missed} missed, {astray} located elsewhere, "
        f"sound again {sound}, {time.perf_counter() - start:.0f} s"
    )


def measure_speed(folder: Path) -> None:
    """Statements taken and sealed a second, verification and proofs of a large record."""
    count, batch = 1_000_000, 1000
    with open_record(folder, clock=Clock()) as record:
        taking = sealing = 0.0
        for start in range(0, count, 50_000):
            statements = [note(f"remark {number}", number=number) for number in range(start, start + 50_000)]
            begun = time.perf_counter()
            for first in range(0, len(statements), batch):
                record.state(*statements[first : first + batch])
            taken = time.perf_counter()
            record.seal()
            taking, sealing = taking + taken - begun, sealing + time.perf_counter() - taken
    print(f"acknowledged on disk, in batches of {batch}: {count / taking:,.0f} statements/s")
    print(f"acknowledged and sealed, 50,000 a seal: {count / (taking + sealing):,.0f} statements/s")
    begun = time.perf_counter()
    faults = verify_record(record.out, policy_of(record))
    seconds = time.perf_counter() - begun
    print(f"verify_record of {count:,} leaves: {seconds:.1f} s, {count / seconds:,.0f}/s, {len(faults)} faults")
    chance = random.Random(SEED)  # noqa: S311
    begun = time.perf_counter()
    for _ in range(200):
        prove(record.home, chance.randrange(count), opened=True)
    print(f"prove, with its statement: {(time.perf_counter() - begun) / 200 * 1000:.2f} ms")


def measure_bytes(folder: Path) -> None:
    """A gigabyte kept, and kept again."""
    source = folder / "large.bin"
    chunk = random.Random(SEED).randbytes(1 << 20)  # noqa: S311
    with source.open("wb") as stream:
        for number in range(1000):
            stream.write(number.to_bytes(4, "big") + chunk)
    with open_record(folder, clock=Clock()) as record:
        for word in ("kept", "kept already"):
            begun = time.perf_counter()
            blob = record.keep_file(source, evidence())
            print(f"1 GB {word}: {time.perf_counter() - begun:.1f} s, new {blob.new}")


PARTS: dict[str, Callable[[Path], None]] = {
    "speed": measure_speed,
    "bytes": measure_bytes,
    "cuts": measure_cuts,
    "record-cuts": measure_record_cuts,
    "kills": measure_kills,
    "tampering": measure_tampering,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory(prefix="truceline-record-") as place:
            PARTS[name](Path(place))
