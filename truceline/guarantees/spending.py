"""Growth of spending beside the highest that the Council recommended, and what joint buying may save.

Net expenditure, as the rules of the Union mean it, leaves out interest, programmes that the Union
pays, cyclical unemployment and one-off measures, and takes off what new measures bring in. The inputs
carry primary expenditure only. So what is compared is an approximation, and it is said to be one.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from truceline.finance import Ceiling, Economy, StatePath, YearOfPath
from truceline.guarantees.tables import read_number, read_table
from truceline.model import Problem

__all__ = ["GAINS", "compare_ceilings", "range_gains", "read_limits"]

GAINS = (
    ("European Parliament Research Service, 2024/25: cost of non-Europe in defence, EUR 17 to 58 bn", 17.0, 37.5, 58.0),
    ("European Parliament Research Service, 2019: EUR 22 bn", 22.0, 22.0, 22.0),
)
"""What joint buying could save the Union in EUR bn a year: (source, low, central, high); central is the middle."""
INVESTMENT_GAIN = ("McKinsey for the European Defence Agency: up to 30 % of yearly defence investment", 0.3)
PROGRESS = (0.9, 0.8)
"""Price after each doubling of the number bought (Wright's rule): 10 to 20 % less, as usually assumed."""

Limits = Mapping[str, Mapping[int, tuple[float, str]]]


def price_after(times: float, progress: float) -> float:
    """Return the unit price when so many times as much is bought, as a part of the price before (Wright, 1936)."""
    from math import log2

    return float(progress ** log2(times))


def read_limits(path: Path) -> tuple[dict[str, dict[int, tuple[float, str]]], list[Problem]]:
    """Return the highest growth of net expenditure by state and year, with its source, and every problem."""
    rows, problems = read_table(path, ("state", "year", "max_growth_pct"))
    found: dict[str, dict[int, tuple[float, str]]] = {}
    for line, row in rows:
        year, growth = int(read_number(row["year"]) or 0), read_number(row["max_growth_pct"])
        if growth is None or not (2000 <= year <= 2100 and -50 <= growth <= 50):
            shown = f"{row['year'][:20]}, {row['max_growth_pct'][:20]}"
            do = "correct the row"
            problems.append(Problem(str(path), line, "year or growth not understood", "2026, 1.2", shown, do))
            continue
        if year in found.get(row["state"], {}):
            shown = f"{row['state'][:20]}, {year}"
            problems.append(Problem(str(path), line, "state and year given twice", "one row", shown, "remove one"))
        found.setdefault(row["state"], {})[year] = (growth, row.get("source") or "")
    return found, problems


def compare_ceilings(economy: Economy, path: StatePath, limits: Mapping[int, tuple[float, str]]) -> tuple[Ceiling, ...]:
    """Return the growth of primary spending beside the limit of each year that the path has."""
    levels = dict(_list_levels(economy, path))
    found = []
    for year, (limit, source) in sorted(limits.items()):
        now, before = levels.get(year), levels.get(year - 1)
        if now is None or before is None:
            found.append(Ceiling(economy.state, year, limit, None, None, source))
            continue
        whole = 100 * (now[0] / before[0] - 1)
        beside = 100 * ((now[0] - now[1]) / (before[0] - before[1]) - 1)
        found.append(Ceiling(economy.state, year, limit, whole, beside, source))
    return tuple(found)


def _list_levels(economy: Economy, path: StatePath) -> Iterable[tuple[int, tuple[float, float]]]:
    """Yield (year, (primary spending, the part that the clause covers)) in money, at the growth of national GDP."""
    shares, gdps = (economy.series.get(name, {}) for name in ("primary_expenditure_pct_gdp", "gdp_bn_nc"))
    last = next((year for year in reversed(path.years) if not year.computed), None)
    if last is None or last.year not in shares or last.year not in gdps:
        return
    for year in sorted(set(shares) & set(gdps)):
        yield year, (shares[year] * gdps[year] / 100, 0.0)
    gdp = gdps[last.year]
    for each in path.computed:
        gdp *= 1 + (each.nominal_growth_pct or 0.0) / 100
        yield each.year, _spend(each, shares[last.year], last.ageing_pct_gdp, gdp)


def _spend(year: YearOfPath, share: float, ageing: float | None, gdp: float) -> tuple[float, float]:
    """Return spending of a computed year: that of the last forecast year, with what ageing and defence add."""
    older = year.ageing_pct_gdp - ageing if year.ageing_pct_gdp is not None and ageing is not None else 0.0
    return gdp * (
        share + older + year.extra_defence_pct_gdp - year.offset_pct_gdp
    ) / 100, gdp * year.covered_pct_gdp / 100


def range_gains(extra_eur_bn: float, defence_eur_bn: float) -> tuple[tuple[str, float, float, float], ...]:
    """Return what joint buying of the extra defence of a year may save: (source, low, central, high) in EUR bn.

    Published sums for the Union are taken as parts of its defence spending of the first year, EUR
    `defence_eur_bn`, and hold for extra spending alike. No one number is right: the range is what is known.
    """
    if defence_eur_bn <= 0:
        return ()
    part = extra_eur_bn / defence_eur_bn
    return tuple((name, low * part, central * part, high * part) for name, low, central, high in GAINS)
