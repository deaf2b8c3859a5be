"""Everything that is measured against peers and limits, in one run.

    make bench                            all areas, about ten minutes on two quiet cores
    make bench QUICK=1                    small sizes: does it all run, do results agree?
    python bench/run.py zones clusters    some areas, with whatever is installed

Writes RESULTS.md and results.json: into `bench/`, or with small sizes or some areas into `bench/out/`.
Ends with 1 when results do not agree or ours fails; a missed target is written down, and no failure.
"""

import argparse
import importlib
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from machine import describe
from measure import Measured, measure_area, peak_in_process, print_peak
from results import write_results
from rows import Area, Size, Work

HERE = Path(__file__).parent
MODULES = ("decode", "squitters", "zones", "encounters", "clusters", "chain", "small")
SEED = 1


def load_areas(name: str, size: Size, folder: Path) -> Iterable[Area]:
    """Return the areas of one module."""
    areas: Iterable[Area] = importlib.import_module(name).areas(size, folder)
    return areas


def main() -> None:
    """Measure, write, say what did not agree."""
    asked = _parse()
    size = Size(quick=asked.quick)
    if asked.peak:
        module, area, work = asked.peak
        print_peak(_find(load_areas(module, size, asked.folder), area, work))
        return
    names = tuple(asked.modules) or MODULES
    whole = names == MODULES and not asked.quick
    out = asked.out or (HERE if whole else HERE / "out")
    about = describe(SEED) | {"rounds": asked.rounds, "sizes": "small" if asked.quick else "whole"}
    measured: list[Measured] = []
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="truceline-bench-") as folder:
        for name in names:
            try:
                measured += _measure(name, size, Path(folder), asked.rounds)
            except Exception as problem:  # the other areas are worth having
                traceback.print_exc()
                failed[name] = f"{type(problem).__name__}: {str(problem).partition(chr(10))[0]}"
    write_results(out, about, measured, failed)
    print(f"written: {out / 'RESULTS.md'} and results.json beside it")
    _judge(measured, failed)


def _judge(measured: Iterable[Measured], failed: Mapping[str, str]) -> None:
    """End with 1 where results do not agree or ours failed."""
    wrong = [f"{found.area.name}: {what}" for found in measured for what in found.disagreements]
    if wrong or failed:
        sys.exit("\n".join(["not as it must be:", *wrong, *(f"{name}: {why}" for name, why in failed.items())]))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="AREA", help=f"some of {', '.join(MODULES)}; by default all")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each; medians are of as many")
    parser.add_argument("--out", type=Path, help="folder for RESULTS.md and results.json")
    parser.add_argument("--peak", nargs=3, help=argparse.SUPPRESS)  # module, area, work: its memory, in this process
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := set(asked.modules) - set(MODULES):
        parser.error(f"no such area: {', '.join(sorted(unknown))}")
    return asked


def _measure(module: str, size: Size, folder: Path, rounds: int) -> Iterable[Measured]:
    command = [sys.executable, __file__, *(["--quick"] if size.quick else []), "--folder", str(folder)]

    def peak(area: Area, work: Work) -> int | None:
        return peak_in_process([*command, "--peak", module, area.name, work.name])

    for area in load_areas(module, size, folder):
        yield measure_area(area, rounds, peak)


def _find(areas: Iterable[Area], area: str, work: str) -> Work:
    return next(found for one in areas if one.name == area for found in one.works if found.name == work)


if __name__ == "__main__":
    main()
