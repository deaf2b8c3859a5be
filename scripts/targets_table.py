"""Write the results of docs/targets.md anew: published targets of structural balance, and ours beside them.

    python scripts/targets_table.py

Reads the inputs of the case of Ukraine's guarantees. What stands between the page's two marks is
replaced: what each criterion asks of France, how far the rounding of the printed inputs moves it, and
all states.
"""

import sys
from pathlib import Path

from truceline.guarantees.economies import read_economies
from truceline.guarantees.targets import find_target
from truceline.guarantees.targets_guidance import (
    compare,
    describe_france,
    find_rounding_range,
    tabulate,
    tabulate_requirements,
)

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "targets.md"
MARKS = ("<!-- results: written by scripts/targets_table.py -->\n", "<!-- end of results -->\n")
YEARS = (4, 7)


def describe() -> str:
    """Return the results in Markdown; problems of the inputs raise ValueError."""
    economies, problems = read_economies(ROOT / "cases" / "ukraine-2025" / "inputs")
    if problems:
        raise ValueError("; ".join(str(problem) for problem in problems))
    parts = ["### What each criterion asks of France\n"]
    parts.append(tabulate_requirements([find_target(describe_france(), years) for years in YEARS]))
    ranges = {years: find_rounding_range(years) for years in YEARS}
    words = " and ".join(f"from {low:.2f} to {high:.2f} ({years} years)" for years, (low, high) in ranges.items())
    parts.append(f"Inputs that round to the printed ones give targets {words}, in 50 draws.\n")
    parts.append("### All states\n")
    parts.append(tabulate(compare(economies)))
    return "\n".join(parts)


def main() -> int:
    """Replace what stands between the marks of the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n{describe()}\n{MARKS[1]}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
