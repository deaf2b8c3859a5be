"""Write the results of docs/targets.md anew: published targets of structural balance, and ours beside them.

    python scripts/targets_table.py

Reads the inputs of the case of Ukraine's guarantees. What stands between the page's two marks is
replaced: what each criterion asks of France, how far the rounding of the printed inputs moves it, and
all states.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from truceline.finance import Economy
from truceline.guarantees.economies import read_economies
from truceline.guarantees.targets import find_target
from truceline.guarantees.targets_guidance import (
    build_outlook,
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
PARTS = {
    "market rates": ("rate_short_pct", "rate_long_pct"),
    "prices": ("deflator_pct",),
    "growth": ("real_growth_pct", "potential_growth_pct"),
    "the start, and the rate on debt in forecast years": (
        "debt_pct_gdp",
        "interest_pct_gdp",
        "gap_pct",
        "balance_pct_gdp",
        "structural_primary_pct_gdp",
        "implicit_rate_pct",
        "forecast_until",
    ),
    "ageing": ("ageing_pct_gdp", "revenue_pct_gdp"),
    "stock-flow": ("stock_flow_pct_gdp",),
    "structure of debt": ("short_share", "maturing_share"),
}


def explain(economies: Mapping[str, Economy]) -> Iterator[str]:
    """Yield the rows of a table: what France's newer inputs give with one part of the older ones."""
    newer, older = build_outlook(economies["FRA"]), describe_france()
    if newer is None:
        return
    yield "| France, inputs of October 2025 | 4 years | 7 years |\n|---|---|---|"
    mixtures = {"all": newer, "none: the sheet's": older}
    for words, names in PARTS.items():
        mixtures[f"all but {words}"] = replace(newer, **{name: getattr(older, name) for name in names})
    for words, outlook in mixtures.items():
        found = [find_target(outlook, years).target_pct_gdp for years in YEARS]
        yield f"| {words} | " + " | ".join("–" if each is None else f"{each:.2f}" for each in found) + " |"
    yield ""


def open_procedure(economies: Mapping[str, Economy], states: tuple[str, ...]) -> str:
    """Return what states' targets would be, had a procedure been open in the base year."""
    parts = []
    for state in states:
        outlook = build_outlook(economies[state])
        if outlook is not None:
            opened = [find_target(replace(outlook, in_procedure=True), years).target_pct_gdp for years in YEARS]
            parts.append(f"{state} " + " and ".join("–" if each is None else f"{each:.2f}" for each in opened))
    return "Had a procedure been open in 2024, targets over four and seven years: " + "; ".join(parts) + ".\n"


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
    parts.append("### What moves them\n")
    parts += explain(economies)
    parts.append(open_procedure(economies, ("AUT", "FIN")))
    return "\n".join(parts)


def main() -> int:
    """Replace what stands between the marks of the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n{describe()}\n{MARKS[1]}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
