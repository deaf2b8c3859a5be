"""A small case, whole: `truceline run` on 1,000 positions, without and with what people read.

python bench/small.py

Each run is a process of its own, as a person starts it: the program is compiled to bytecode beforehand, as an
installation does, and the record's keys lie in the temporary folder. Printed are the best and the median
wall-clock seconds of nine, and the least processor time, which other work on the machine changes less.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from evidence import AGREEMENT, TABLE, write_table
from rows import Area, Size, Target, Work

RUNS = 9
POSITIONS = 1_000
LONGEST_S = (1, 4)  # without reports, with


def make_case(folder: Path) -> None:
    """Write an agreement with one clause, and a table of positions."""
    write_table(folder / "small.csv", POSITIONS)
    (folder / "agreement.md").write_text(AGREEMENT)
    (folder / "evidence.toml").write_text(TABLE.format(name="small.csv"))


def areas(size: Size, folder: Path) -> Iterator[Area]:
    """Yield the one area of small cases; the case is small enough for a quick look too."""
    del size
    case = folder / "small"
    if not case.exists():
        case.mkdir()
        make_case(case)
    command = [sys.executable, "-m", "truceline", "run", str(case), "--quiet"]
    kinds = {"without reports": ["--no-report"], "with reports": []}
    works = tuple(
        Work(f"{POSITIONS:,} positions {what}", "ours", 1, partial(_process, [*command, *options], _surround(folder)))
        for what, options in kinds.items()
    )
    targets = tuple(Target(work.name, None, 1 / most) for work, most in zip(works, LONGEST_S, strict=True))
    yield Area("A small case", "cases", works, targets, note="A process of its own each time, as a person starts it.")


def _surround(folder: Path) -> dict[str, str]:
    """Return the environment of a run, with keys and bytecode in a folder; nothing goes into the user's home."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"TRUCELINE_KEYS": str(folder / "keys"), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def _process(command: list[str], environment: dict[str, str]) -> Callable[[], object]:
    return partial(subprocess.run, command, check=True, capture_output=True, env=environment)


def measure(folder: Path, *options: str) -> tuple[list[float], float]:
    """Return the wall-clock seconds of each run, and the least seconds of processor time."""
    command = [sys.executable, "-m", "truceline", "run", str(folder), "--quiet", *options]
    run = _process(command, _surround(folder))
    run()  # makes keys and bytecode
    walls, busy = [], []
    for _ in range(RUNS):
        before, start = os.times(), time.perf_counter()
        run()
        walls.append(time.perf_counter() - start)
        after = os.times()
        busy.append(sum(after[2:4]) - sum(before[2:4]))
    return walls, min(busy)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        make_case(Path(name))
        for what, most, options in (
            ("without reports", LONGEST_S[0], ("--no-report",)),
            ("with reports", LONGEST_S[1], ()),
        ):
            walls, busy = measure(Path(name), *options)
            print(
                f"{POSITIONS:,} positions {what} (at most {most} s): best {min(walls):.2f} s, "
                f"median {statistics.median(walls):.2f} s of {RUNS}; processor time {busy:.2f} s"
            )
