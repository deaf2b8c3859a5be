"""The inputs of a funding plan: tables of the case, read whole, with every problem and every fault.

`states.csv` has one row a state, `economy.csv` one a state and year, `debt_structure.csv` the
numbers that hold for all years. An empty cell is not known and stays so. Faults of a source that its
own numbers show are notes on the state: its share of maturing debt is negative, or its stated ratio
is not its stated debt over its stated GDP.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from truceline.finance import Economy, SocialLine
from truceline.guarantees.debt import check_identity, find_residual
from truceline.guarantees.tables import Row, read_number, read_table
from truceline.model import Problem

__all__ = ["carry_on", "find_faults", "read_economies"]

_TEXTS = frozenset(["state", "name", "framework", "rules", "defence_source", "macro_source", "path_source"])
_SOCIAL = ("social_pct_gdp", "social_year", "social_concept", "social_source")
# fmt: off
_COLUMNS = (
    *sorted(_TEXTS), *_SOCIAL, "gdp_2025_eur_bn", "real_growth_2025_pct", "real_growth_2026_pct",
    "nominal_growth_2026_pct", "debt_2024_pct_gdp", "debt_2025_pct_gdp", "debt_2026_pct_gdp", "debt_2030_pct_gdp",
    "balance_2025_pct_gdp", "balance_2026_pct_gdp", "primary_balance_2025_pct_gdp", "debt_2025_eurostat_pct_gdp",
    "defence_pct_gdp",
)
_YEARLY = (
    "debt_pct_gdp", "debt_bn_nc", "gdp_bn_nc", "real_gdp_bn_nc", "potential_gdp_bn_nc", "real_growth_pct",
    "potential_growth_pct", "deflator_pct", "euro_area_deflator_pct", "primary_balance_pct_gdp",
    "structural_primary_balance_pct_gdp", "balance_pct_gdp", "stock_flow_bn_nc", "primary_expenditure_pct_gdp",
    "ageing_pct_gdp", "tax_property_change_pct_gdp", "implicit_rate_pct", "market_rate_short_pct",
    "market_rate_long_pct", "eur_per_nc", "bond_repayment_bn_nc", "esm_repayment_bn_nc",
)
_STRUCTURE = (
    "short_term_share", "maturing_share", "maturing_share_later", "domestic_share", "euro_share", "forward_short_pct",
    "forward_long_pct", "forward_inflation_pct", "balance_elasticity",
)
# fmt: on
_YEAR = re.compile("[12][0-9]{3}")
_CODE = re.compile("[A-Z]{3}")
_FRAMEWORKS = ("EU rules", "national rules", "none known")
_RATIO_TOLERANCE = 0.05  # points of GDP: what rounding in a source explains
_SLOWEST = 0.01  # a share of debt that matures in a year: less, and the average loan would last for a century
_PERCENT_OF_GDP = ("ageing", "defence", "social", "primary_expenditure")
_SMALL = 1e-6  # GDP and exchange rates are divided by: more than nothing
_BOUNDS = {
    "gdp_bn_nc": (_SMALL, 1e9),
    "_bn_nc": (-1e9, 1e9),
    "_eur_bn": (_SMALL, 1e6),
    "eur_per_nc": (_SMALL, 1e3),
    "_pct_gdp": (-1e3, 1e3),
    "_pct": (-50.0, 200.0),
    "_share": (-10.0, 10.0),
    "_share_later": (-10.0, 10.0),
}
"""Endings of columns, and what their numbers can be. A share outside 0 to 1 is a fault of the source and is noted."""


def read_economies(folder: Path) -> tuple[dict[str, Economy], list[Problem]]:
    """Return the states of the tables in a folder, by code, and every problem."""
    problems: list[Problem] = []
    economies: dict[str, Economy] = {}
    path = folder / "states.csv"
    rows, wrong = read_table(path, ("state", "name", "framework"), _COLUMNS)
    problems += wrong
    for line, row in rows:
        economy, wrong = _read_state(path, line, row)
        problems += wrong
        if economy.state in economies:
            problems.append(
                Problem(str(path), line, "state given twice", "one row a state", economy.state, "remove one")
            )
        economies[economy.state] = economy
    known = bool(rows)  # without states, every other row would be one more error about the same thing
    problems += [
        each for each in _read_years(folder / "economy.csv", economies) if known or "not known" not in each.what
    ]
    problems += [
        each
        for each in _read_structure(folder / "debt_structure.csv", economies)
        if known or "not known" not in each.what
    ]
    if not rows and not wrong:
        problems.append(Problem(str(path), 1, "table without rows", "a row for each state", "none", "add the states"))
    problems += _find_mixed_units(path, rows, economies)
    area = _find_euro_area(economies.values())
    return {state: carry_on(_give_area(find_faults(one), area)) for state, one in economies.items()}, problems


_MOST_APART = 2.0  # two tables' GDP of one year: further apart than this, and they are in two units
_SMALLEST_DEBT = 3.0  # % of GDP: less, and it is a part of one


def _find_mixed_units(path: Path, rows: Iterable[Row], economies: Mapping[str, Economy]) -> Iterator[Problem]:
    """Shares written as parts of one, and money in millions beside money in billions, would pass as numbers."""
    for line, row in rows:
        economy = economies[row["state"].strip()]
        for name, number in economy.numbers.items():
            if re.fullmatch(r"debt_\d{4}_pct_gdp", name) and 0 < number < _SMALLEST_DEBT:
                do = "write per cent: 85.2 and not 0.852"
                yield Problem(str(path), line, f"{name} in another unit", "per cent of GDP", f"{number:g}", do)
        gdp, rate = economy.value("gdp_bn_nc", 2025), economy.value("eur_per_nc", 2025)
        ours = economy.numbers.get("gdp_2025_eur_bn")
        if gdp and rate and ours and not 1 / _MOST_APART < gdp * rate / ours < _MOST_APART:
            found = f"{ours:g} here, {gdp * rate:g} in economy.csv"
            what, do = "GDP in two units, or of two states", "write both in billions"
            yield Problem(str(path), line, what, "about the same GDP of 2025 in EUR bn", found, do)


Area = tuple[Mapping[int, float], float] | None


def _find_euro_area(economies: Iterable[Economy]) -> Area:
    """Return prices of the euro area (their changes by year, the forward rate), as any of its states has them."""
    for economy in economies:
        known, forward = economy.series.get("euro_area_deflator_pct"), economy.numbers.get("forward_inflation_pct")
        if known and forward is not None and set(economy.series.get("eur_per_nc", {}).values()) == {1.0}:
            return known, forward
    return None


def _give_area(economy: Economy, area: Area) -> Economy:
    """Return a state with the euro area's prices, which turn its amounts into EUR of later years."""
    if area is None:
        return economy
    numbers = {**economy.numbers, "euro_area_forward_inflation_pct": area[1]}
    series = {**economy.series, "euro_area_deflator_pct": area[0]}
    return replace(economy, numbers=numbers, series=series)


def _read_state(path: Path, line: int, row: Mapping[str, str]) -> tuple[Economy, list[Problem]]:
    numbers, problems = _numbers(path, line, {k: v for k, v in row.items() if k not in (*_TEXTS, *_SOCIAL)})
    if not _CODE.fullmatch(row["state"].strip()):
        do = "use the code of ISO 3166-1, such as FRA"
        problems.append(Problem(str(path), line, "state not understood", "three letters", row["state"][:20], do))
    if row["framework"] not in _FRAMEWORKS:
        expected = "one of " + ", ".join(_FRAMEWORKS)
        problems.append(Problem(str(path), line, "framework not known", expected, row["framework"][:40], "use one"))
    social, wrong = _read_social(path, line, row)
    return Economy(
        row["state"].strip(),
        row["name"],
        row["framework"],
        row.get("rules", ""),
        numbers=numbers,
        social=social,
        defence_source=row.get("defence_source", ""),
        macro_source=row.get("path_source") or row.get("macro_source", ""),
    ), problems + wrong


def _read_social(path: Path, line: int, row: Mapping[str, str]) -> tuple[SocialLine | None, list[Problem]]:
    """A social line needs its year and its concept: without them it is comparable with nothing."""
    cells = {name: (row.get(name) or "").strip() for name in _SOCIAL}
    if not cells["social_pct_gdp"]:
        return None, []
    numbers, problems = _numbers(path, line, {k: cells[k] for k in ("social_pct_gdp", "social_year")})
    if problems:
        return None, problems
    if "social_year" not in numbers or not cells["social_concept"]:
        what = "social line without year or concept"
        return None, [Problem(str(path), line, what, "both", "one is empty", "add it, or leave the line out")]
    year = int(numbers["social_year"])
    return SocialLine(numbers["social_pct_gdp"], year, cells["social_concept"], cells["social_source"]), []


def _numbers(path: Path, line: int, cells: Mapping[str, str]) -> tuple[dict[str, float], list[Problem]]:
    """Return the numbers of a row; text that is none is a problem, and so is a share above all of GDP."""
    numbers, problems = {}, []
    for name, text in cells.items():
        if not (text or "").strip():
            continue
        number = read_number(text)
        low, high = _bound(name)
        if number is not None and low <= number <= high:
            numbers[name] = number
        else:
            do = "write a point in it" if re.fullmatch(r"-?\d+,\d+", text.strip()) else "correct it"
            expected = f"a number from {low:,.12g} to {high:,.12g}"
            problems.append(Problem(str(path), line, f"{name} not understood", expected, text[:40], do))
    return numbers, problems


def _bound(name: str) -> tuple[float, float]:
    """Return what a number of this column can be at all: beyond it stands a slip, and no path can carry it."""
    if name.endswith("_pct_gdp") and name.startswith(_PERCENT_OF_GDP):
        return 0.0, 100.0
    return next((bounds for ending, bounds in _BOUNDS.items() if name.endswith(ending)), (-1e6, 1e6))


def _read_years(path: Path, economies: dict[str, Economy]) -> Iterator[Problem]:
    rows, problems = read_table(path, ("state", "year"), _YEARLY)
    yield from problems
    series: dict[str, dict[str, dict[int, float]]] = {}
    seen: set[tuple[str, str]] = set()
    for line, row in rows:
        cells = {name: text for name, text in row.items() if name not in ("state", "year")}
        numbers, wrong = _numbers(path, line, cells)
        yield from wrong
        if row["state"] not in economies or not _YEAR.fullmatch(row["year"]):
            found = f"{row['state'][:20]}, {row['year'][:20]}"
            yield Problem(str(path), line, "state or year not known", "a state of states.csv", found, "correct it")
            continue
        if (row["state"], row["year"]) in seen:
            found = f"{row['state'][:20]}, {row['year'][:20]}"
            yield Problem(str(path), line, "state and year given twice", "one row", found, "remove one")
        seen.add((row["state"], row["year"]))
        for name, number in numbers.items():
            series.setdefault(row["state"], {}).setdefault(name, {})[int(row["year"])] = number
    for state, known in series.items():
        economies[state] = replace(economies[state], series=known)


def _read_structure(path: Path, economies: dict[str, Economy]) -> Iterator[Problem]:
    rows, problems = read_table(path, ("state",), _STRUCTURE)
    yield from problems
    seen: set[str] = set()
    for line, row in rows:
        numbers, wrong = _numbers(path, line, {name: text for name, text in row.items() if name != "state"})
        yield from wrong
        state = row["state"]
        if state not in economies:
            yield Problem(str(path), line, "state not known", "a state of states.csv", state[:20], "correct it")
            continue
        if state in seen:
            yield Problem(str(path), line, "state given twice", "one row a state", state[:20], "remove one")
        seen.add(state)
        economies[state] = replace(economies[state], numbers={**economies[state].numbers, **numbers})


def find_faults(economy: Economy) -> Economy:
    """Return the state with a note on each fault that its own numbers show."""
    notes = []
    for name in ("maturing_share", "maturing_share_later", "short_term_share"):
        share = economy.numbers.get(name)
        if share is not None and not 0 <= share <= 1:
            notes.append(f"{name} is {share:.3f} in the source: no share, and not used")
    slow = economy.numbers.get("maturing_share")
    if slow is not None and 0 <= slow < _SLOWEST:
        notes.append(
            f"maturing_share is {slow:.4f} in the source: debt would last for {1 / max(slow, 1e-4):,.0f} years"
        )
    if economy.numbers.get("domestic_share") == 0 and economy.numbers.get("euro_share", 0) > 0.9:
        notes.append("domestic and euro shares of debt are swapped in the source")
    misses = [each for each in check_identity(economy) if abs(each.ratio_miss or 0) > _RATIO_TOLERANCE]
    if misses:
        spread = ", ".join(f"{each.year}: {each.ratio_miss:+.2f}" for each in misses)
        notes.append(f"the stated debt ratio is not stated debt over stated GDP (points: {spread})")
    notes += _find_repayment_faults(economy)
    return replace(economy, notes=(*economy.notes, *notes))


_CARRIED = (
    "gdp_2025_eur_bn",
    "nominal_growth_2026_pct",
    "real_growth_2026_pct",
    "debt_2025_pct_gdp",
    "debt_2026_pct_gdp",
    "balance_2025_pct_gdp",
    "balance_2026_pct_gdp",
    "primary_balance_2025_pct_gdp",
)


def carry_on(economy: Economy) -> Economy:
    """Return a state without yearly tables as if its last known year went on; as it is where even that is unknown.

    Growth, prices, primary balance, stock-flow and the rate on debt stay as in 2026. This is no forecast: it
    says where the last year leads, and the note on the state says that it does.
    """
    numbers = [economy.numbers.get(name) for name in _CARRIED]
    if "gdp_bn_nc" in economy.series or None in numbers:
        return economy
    gdp, nominal, real, before, debt, balance_before, balance, primary_before = (number or 0.0 for number in numbers)
    interest = primary_before - balance_before
    rate = 100 * interest / before if before else 0.0
    gdp_2026 = gdp * (1 + nominal / 100)
    prices = 100 * ((1 + nominal / 100) / (1 + real / 100) - 1)
    primary = balance + rate * before / (1 + nominal / 100) / 100
    series = {
        **economy.series,
        "gdp_bn_nc": {2025: gdp, 2026: gdp_2026},
        "debt_bn_nc": {2025: gdp * before / 100, 2026: gdp_2026 * debt / 100},
        "eur_per_nc": {2025: 1.0, 2026: 1.0},
        "real_growth_pct": {2026: real},
        "potential_growth_pct": {2026: real},
        "deflator_pct": {2026: prices},
        "primary_balance_pct_gdp": {2025: primary_before, 2026: primary},
        "balance_pct_gdp": {2025: balance_before, 2026: balance},
        "structural_primary_balance_pct_gdp": {2026: primary},
        "implicit_rate_pct": {2026: rate},
    }
    note = (
        "no forecast after 2026 in the source: growth, prices, primary balance, stock-flow and the rate on debt are "
        "carried on as in 2026; ageing is not known"
    )
    flow = find_residual(before, debt, nominal, balance)
    carried = {**economy.numbers, "forward_inflation_pct": prices, "stock_flow_carried_pct_gdp": flow}
    return replace(economy, series=series, numbers=carried, notes=(*economy.notes, note))


def _find_repayment_faults(economy: Economy) -> Iterator[str]:
    """Repayments of old debt cannot exceed the long-term debt that there was."""
    debts = economy.series.get("debt_bn_nc", {})
    repaid = economy.series.get("bond_repayment_bn_nc", {})
    short = economy.numbers.get("short_term_share")
    if not debts or not repaid or short is None:
        return
    long_term = debts[min(debts)] * (1 - short)
    for year, amount in repaid.items():
        if amount > long_term:
            yield f"bonds repaid in {year} exceed all long-term debt of {min(debts)}"
    if sum(repaid.values()) > long_term:
        share = sum(repaid.values()) / long_term
        yield f"bonds repaid until {max(repaid)} are {share:.0%} of all long-term debt of {min(debts)}"
