"""Twenty seeds of the scenario against the truth: python bench/scenario.py [first] [last] [--calm] [--keep FOLDER].

`--calm` plants only breaches that hide in the gaps, so that every "kept" is a temptation. Each seed gets
a copy of cases/black-sea, the whole flow runs on it, and one line says how it went; the last line
sums up. Exit code 1 where a target of docs/scenario.md is not met.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from truceline.case import Options, run_case
from truceline.scenario import Score

CASE = Path(__file__).parent.parent / "cases" / "black-sea"
LEAST_RECALL, MOST_ALARMS_A_DAY = 0.95, 1.0


CALM = {"warship_entries": 1, "aircraft_entries": 1, "drone_entries": 0, "strikes": 1, "fishing": 5}


def copy_case(changes: dict[str, int], coverage: float | None, folder: Path) -> Path:
    """Make a copy of the case with other numbers in its scenario, and another coverage in its clauses."""
    folder.mkdir(parents=True)
    agreement = (CASE / "agreement.md").read_text("utf-8")
    if coverage is not None:
        agreement = re.sub(r"^coverage = [\d.]+", f"coverage = {coverage}", agreement, flags=re.M)
    (folder / "agreement.md").write_text(agreement, "utf-8")
    text = (CASE / "scenario.toml").read_text("utf-8")
    for key, value in changes.items():
        text = re.sub(rf"^{key} = \d+", f"{key} = {value}", text, flags=re.M)
    (folder / "scenario.toml").write_text(text, "utf-8")
    return folder


def run_seed(seed: int, root: Path, options: argparse.Namespace) -> tuple[Score, float]:
    """Run the flow on one seed; return the score and the seconds it took."""
    folder = copy_case({"seed": seed, **(CALM if options.calm else {})}, options.coverage, root / f"seed{seed}")
    start = time.perf_counter()
    result = run_case(folder, folder / "out", Options())
    if result.score is None:
        raise SystemExit(f"seed {seed}: no score; is truth.json missing?")
    return result.score, time.perf_counter() - start


def describe(seed: int, score: Score, seconds: float) -> str:
    """Return a row of the table."""
    recall = 1.0 if score.recall is None else score.recall
    bad = [*score.missed, *score.false_alarms, *map(str, score.false_kept), *map(str, score.false_breached)]
    return (
        f"{seed:4} {score.breaches:8} {len(score.seeable):7} {recall:7.2f} {score.attributed:6} "
        f"{len(score.false_alarms):7} {len(score.false_kept):10} {len(score.kept):5} {seconds:6.1f}  {' '.join(bad)}"
    )


def sum_up(scores: list[Score]) -> tuple[str, bool]:
    """Return the totals as text, and whether all targets are met."""
    seeable = sum(len(score.seeable) for score in scores)
    recall = sum(len(score.found) for score in scores) / seeable if seeable else 1.0
    days = sum(score.days for score in scores)
    alarms = sum(len(score.false_alarms) for score in scores) / days
    false_kept = sum(len(score.false_kept) for score in scores)
    kept = sum(len(score.kept) for score in scores)
    least = min((score.recall for score in scores if score.recall is not None), default=1.0)
    accused = sum(len(score.breached) for score in scores)
    false_accused = sum(len(score.false_breached) for score in scores)
    text = (
        f"{len(scores)} seeds, {days:g} simulated days: recall {recall:.3f} of {seeable} (lowest {least:.2f}), "
        f'{alarms:.2f} false alarms a day, {false_kept} false of {kept} "kept", '
        f'{false_accused} false of {accused} "breached"'
    )
    return text, recall >= LEAST_RECALL and alarms <= MOST_ALARMS_A_DAY and false_kept == 0 and kept > 0


def main() -> None:
    """Run the seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int, nargs="?", default=1)
    parser.add_argument("last", type=int, nargs="?", default=20)
    parser.add_argument("--calm", action="store_true", help="only breaches that hide")
    parser.add_argument("--coverage", type=float, help="ask for another share, to see what it costs")
    parser.add_argument("--keep", type=Path, help="keep the case folders here")
    options = parser.parse_args()
    print("seed breaches seeable  recall  named  alarms false-kept  kept  secs  what went wrong")
    scores = []
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["TRUCELINE_KEYS"] = str(Path(scratch) / "keys")  # none are made in the user's home
        for seed in range(options.first, options.last + 1):
            score, seconds = run_seed(seed, options.keep or Path(scratch), options)
            scores.append(score)
            print(describe(seed, score, seconds), flush=True)
    text, met = sum_up(scores)
    print(text)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
