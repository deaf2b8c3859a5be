"""A small case, whole: `truceline run` on 1,000 positions, without and with what people read.

python bench/small.py

Each run is a process of its own, as a person starts it. Printed are the best and the median
wall-clock seconds of nine, and the least processor time, which other work on the machine changes less.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evidence import AGREEMENT, TABLE, write_table

RUNS = 9
POSITIONS = 1_000


def make_case(folder: Path) -> None:
    """Write an agreement with one clause, and a table of positions."""
    write_table(folder / "small.csv", POSITIONS)
    (folder / "agreement.md").write_text(AGREEMENT)
    (folder / "evidence.toml").write_text(TABLE.format(name="small.csv"))


def measure(folder: Path, *options: str) -> tuple[list[float], float]:
    """Return the wall-clock seconds of each run, and the least seconds of processor time."""
    command = [sys.executable, "-m", "truceline", "run", str(folder), "--quiet", *options]
    walls, busy = [], []
    for _ in range(RUNS):
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        walls.append(time.perf_counter() - start)
        after = os.times()
        busy.append(sum(after[2:4]) - sum(before[2:4]))
    return walls, min(busy)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        make_case(Path(name))
        for what, most, options in (("without reports", 1, ("--no-report",)), ("with reports", 4, ())):
            walls, busy = measure(Path(name), *options)
            print(
                f"{POSITIONS:,} positions {what} (at most {most} s): best {min(walls):.2f} s, "
                f"median {statistics.median(walls):.2f} s of {RUNS}; processor time {busy:.2f} s"
            )
