"""How fast is the log: hashing, durable appends, an audit of a million entries, proofs, witnesses.

    python bench/log.py [--entries 1000000] [--best-of 3] [--folder DIR]

The durable appends flush every file and folder on the disk that holds DIR (default: the system's
temporary folder, which must not be in memory). Entries are 100 bytes, as a commitment is.
"""

import argparse
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from truceline.tlog.audit import audit_folder
from truceline.tlog.checkpoints import Checkpoint
from truceline.tlog.cosignatures import CosignatureSigner
from truceline.tlog.cosigning import format_request
from truceline.tlog.durability import Disk
from truceline.tlog.folder import LogFolder
from truceline.tlog.hashing import hash_leaf, hash_leaves
from truceline.tlog.notes import Signer, sign_note
from truceline.tlog.policy import Policy
from truceline.tlog.proofs import prove_consistency, prove_inclusion, verify_inclusion
from truceline.tlog.tiles import decode_bundle, encode_bundle, read_entry
from truceline.tlog.tree import Tree
from truceline.tlog.witness import Witness

SIGNER = Signer("bench.example/log", bytes(32))
POLICY = Policy.parse(f"log {SIGNER.verifier_key}\nquorum none\n")


class CountingDisk(Disk):
    """A real disk that counts its flushes."""

    flushes = 0

    def flush(self, handle: int, path: Path) -> None:
        """Flush, and count."""
        self.flushes += 1
        super().flush(handle, path)


def entries(start: int, end: int) -> list[bytes]:
    """Return entries of 100 bytes."""
    return [b"%0100d" % number for number in range(start, end)]


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(what: str, count: int, times: list[float]) -> None:
    """Print the best rate, and the range of all."""
    rates = sorted(count / spent for spent in times)
    print(f"{what:<58} {rates[-1]:>12,.0f} /s   (worst {rates[0]:,.0f})")


def tell(what: str, value: str) -> None:
    """Print one figure."""
    print(f"{what:<58} {value:>12}")


def tell_times(what: str, times: list[float]) -> None:
    """Print the median and the worst of some times."""
    times = sorted(times)
    tell(f"{what}, median / worst", f"{times[len(times) // 2] * 1e3:.2f} / {times[-1] * 1e3:.2f} ms")


def measure_memory(count: int, best_of: int) -> None:
    """Print the rates that need no disk."""
    rows = entries(0, count)
    bundles = [encode_bundle(rows[start : start + 256]) for start in range(0, count, 256)]

    def append() -> None:
        tree = Tree()
        tree.extend(hash_leaves(rows))
        tree.root()

    def verify() -> None:
        tree = Tree()
        for bundle in bundles:
            tree.extend(hash_leaves(decode_bundle(bundle)))
        tree.root()

    report("append in memory: leaf and interior hashes", count, [seconds(append) for _ in range(best_of)])
    report("verify in memory: bundles, leaf and interior hashes", count, [seconds(verify) for _ in range(best_of)])


def fill(folder: Path, total: int, batch: int) -> tuple[float, int]:
    """Append and publish, durably, batch by batch; return (seconds, flushes)."""
    disk = CountingDisk()
    with LogFolder(folder, disk) as log:
        start = time.perf_counter()
        while log.size < total:
            log.append(entries(log.size, min(total, log.size + batch)))
            log.publish(sign_note(Checkpoint(SIGNER.name, log.size, log.root).text, [SIGNER]))
        return time.perf_counter() - start, disk.flushes


def measure_disk(place: Path, best_of: int) -> None:
    """Print the rates of durable appends, each batch signed and published."""
    for batch, batches in ((1, 100), (64, 100), (256, 100), (1000, 50), (10_000, 10)):
        runs = [fill(place / f"{batch}-{run}", batch * batches, batch) for run in range(best_of)]
        flushes = runs[0][1] / batches
        report(f"durable append, batches of {batch}, {flushes:.1f} flushes each", batch * batches, [s for s, _ in runs])


def measure_log(folder: Path, count: int, best_of: int) -> None:
    """Print what a large log costs to check and to prove from."""
    spent, flushes = fill(folder, count, 10_000)
    tell(f"a log of {count:,} entries written durably, {flushes:,} flushes", f"{spent:.2f} s")
    audits = [seconds(lambda: audit_folder(folder, POLICY)) for _ in range(best_of)]
    tell(f"audit of the folder ({len(audit_folder(folder, POLICY))} faults)", f"{min(audits):.2f} s")
    report("audit of the folder, entries", count, audits)
    rng = random.Random(1)  # noqa: S311 - which entries are proved
    places = [rng.randrange(count) for _ in range(200)]
    with LogFolder(folder) as log:

        def prove(index: int) -> None:
            proof = prove_inclusion(log, index, count)
            verify_inclusion(hash_leaf(read_entry(log, index, count)), index, count, proof, log.root)

        tell_times("an entry read, proved and verified", [seconds(lambda at=at: prove(at)) for at in places])
        older = [seconds(lambda at=at: prove_consistency(log, at + 1, count)) for at in places]
        tell_times("an older tree proved", older)
        tell("the log opened", f"{seconds(lambda: LogFolder(folder)) * 1e3:.2f} ms")


def measure_witness(place: Path, count: int = 200) -> None:
    """Print how many checkpoints a witness takes, each on disk before the answer."""
    signer = CosignatureSigner("bench.example/witness", bytes(32))
    note = sign_note(Checkpoint(SIGNER.name, 1, hash_leaf(b"")).text, [SIGNER])
    with Witness(place, signer, POLICY) as witness:
        codes = [witness.add_checkpoint(format_request(0, (), note)).code]

        def ask() -> None:
            codes.extend(witness.add_checkpoint(format_request(1, (), note)).code for _ in range(count))

        spent = seconds(ask)
    report(f"a witness cosigns, flushed, one thread ({codes.count(200)} of {len(codes)})", count, [spent])


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--best-of", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    print(f"{machine}, best of {options.best_of}")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        place = Path(name)
        measure_memory(min(options.entries, 300_000), options.best_of)
        measure_disk(place, options.best_of)
        measure_witness(place / "witness")
        measure_log(place / "log", options.entries, options.best_of)


if __name__ == "__main__":
    main()
