"""The funding plan: states and scenarios to 2035, and fans of debt, best of five runs each.

python bench/funding.py
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from truceline.guarantees.economies import read_economies
from truceline.guarantees.fan import Shocks, spread
from truceline.guarantees.funding import SCENARIOS, project, project_all

INPUTS = Path(__file__).parent.parent / "cases" / "ukraine-2025" / "inputs"
DRAWS = 1_000


def best(work: Callable[[], object]) -> float:
    """Return the shortest wall-clock seconds of five runs."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Print both figures with their targets."""
    economies = {state: one for state, one in read_economies(INPUTS)[0].items() if project(one, SCENARIOS[0]).years}
    paths = [project(economy, SCENARIOS[0]) for economy in economies.values()]
    walk = best(lambda: project_all(economies, SCENARIOS, {}))
    fans = best(lambda: [spread(path, Shocks(), draws=DRAWS, seed=1) for path in paths])
    print(f"{len(economies)} states, {len(SCENARIOS)} scenarios, 2025 to 2035: {walk:.3f} s (at most 1)")
    print(f"{len(paths)} debt fans of {DRAWS:,} draws: {fans:.3f} s (at most 10)")
    sys.exit(walk > 1 or fans > 10)


if __name__ == "__main__":
    main()
