"""One area measured: all works in turn, answers checked, the peak memory of ours in processes of their own."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from machine import read_status
from rows import Area, Check, Missing, Work

__all__ = ["Measured", "Result", "measure_area", "peak_in_process", "print_peak"]

MARK = "peak memory: "
QUICK_S = 0.2
MOST_A_ROUND = 5


@dataclass(slots=True)
class Result:
    """What became of one work: seconds of each run, whether its answer was right, or why it is missing."""

    work: Work
    seconds: list[float] = field(default_factory=list)
    check: Check | None = None
    missing: str | None = None
    peak_bytes: int | None = None

    @property
    def rate(self) -> float | None:
        """Rows a second: the median of the runs."""
        return self.work.count / statistics.median(self.seconds) if self.seconds else None

    @property
    def spread(self) -> tuple[float, float] | None:
        """Rows a second in the slowest run and in the quickest."""
        return (self.work.count / max(self.seconds), self.work.count / min(self.seconds)) if self.seconds else None


@dataclass(frozen=True, slots=True)
class Measured:
    """An area and its results."""

    area: Area
    results: tuple[Result, ...]
    checks: tuple[Check, ...]

    def rate(self, name: str) -> float | None:
        """Return the median rate of the work of that name; None if there is none."""
        return next((result.rate for result in self.results if result.work.name == name), None)

    @property
    def disagreements(self) -> list[str]:
        """What did not agree."""
        works = [f"{r.work.name}: {r.check.how}" for r in self.results if r.check and not r.check.agree]
        return works + [check.how for check in self.checks if not check.agree]


def measure_area(area: Area, rounds: int, peak: Callable[[Area, Work], int | None]) -> Measured:
    """Prepare all, look whether they agree, then run all in turn, so that a busy minute is shared."""
    checks = tuple(check() for check in area.checks)
    results = [Result(work) for work in area.works]
    ready = [(result, timed) for result in results if (timed := _prepare(result)) is not None]
    for turn in range(rounds):
        for result, timed in ready:
            result.seconds += _time_round(timed)
            print(f"  {area.name} {turn + 1}/{rounds} {result.work.name}: {result.seconds[-1]:.3f} s", file=sys.stderr)
    for result in results:
        if result.work.input_bytes and result.seconds:
            result.peak_bytes = peak(area, result.work)
    return Measured(area, tuple(results), checks)


def _prepare(result: Result) -> Callable[[], object] | None:
    """Make ready and run once to warm up; the failure of a peer is noted, the failure of ours is a failure."""
    try:
        timed = result.work.prepare()
        answer = timed()
    except Missing as missing:
        result.missing = str(missing)
    except Exception as problem:
        if result.work.role == "ours":
            raise
        result.missing = f"it failed: {type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''}"
    else:
        result.check = result.work.check(answer) if result.work.check else None
        return timed
    return None


def _time_round(timed: Callable[[], object]) -> list[float]:
    """Run it once, and what is quick a few times more."""
    took = [_time(timed)]
    while sum(took) < QUICK_S and len(took) < MOST_A_ROUND:
        took.append(_time(timed))
    return took


def _time(timed: Callable[[], object]) -> float:
    start = time.perf_counter()
    kept = timed()
    took = time.perf_counter() - start
    del kept  # what it gave is let go outside the clock
    return took


def print_peak(work: Work) -> None:
    """Run it once and print by how many bytes memory rose at its peak, its result included."""
    timed = work.prepare()
    before = read_status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    kept = timed()
    print(MARK + json.dumps(read_status("VmHWM") - before))
    del kept


def peak_in_process(command: Sequence[str]) -> int | None:
    """Return what `print_peak` says in a process of its own; None where the system does not tell."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return int(json.loads(next(line for line in said.splitlines() if line.startswith(MARK)).removeprefix(MARK)))
