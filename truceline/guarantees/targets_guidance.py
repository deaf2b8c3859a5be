"""The Commission's prior guidance of 2024, and ours beside it: published targets, inputs, differences.

The published targets are those of the Commission's calculation sheets, as the public replication
lennardwelslau/eu-debt-sustainability-analysis (MIT) prints them in `commission_replication.ipynb`
(run of 30 September 2026), with that replication's own results. For France the notebook prints the
sheet's inputs as well. For the other states the inputs are those of the case, of autumn 2025: another
vintage than the targets, so a difference is expected, and shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from truceline.finance import Economy
from truceline.guarantees.debt import advance_debt
from truceline.guarantees.targets import Target, find_target
from truceline.guarantees.targets_path import Outlook

__all__ = [
    "IN_PROCEDURE",
    "PUBLISHED",
    "REPLICATED_FRANCE",
    "Comparison",
    "Published",
    "build_outlook",
    "compare",
    "describe_france",
    "find_missing",
    "find_rounding_range",
    "tabulate",
    "tabulate_requirements",
]

_BASE = 2024
_MULTIPLIER = 0.75
_LONG_INFLATION = {"POL": 2.5, "ROU": 2.5, "HUN": 3.0}  # central banks' aims; 2 % elsewhere (Monitor 2023)
_REAL_LONG_RATE = 2.0
IN_PROCEDURE = frozenset(["BEL", "FRA", "HUN", "ITA", "MLT", "POL", "ROU", "SVK"])
"""States in an excessive deficit procedure in 2024: seven opened on 26 July 2024, Romania's of 2020."""


@dataclass(frozen=True, slots=True)
class Published:
    """The Commission's target and the replication's under the same rules, in % of GDP; None: not printed."""

    commission: float
    replication: float | None = None


_ROWS = """
AUT 2.58 2.58 1.88 1.88
BEL 1.25 1.21 1.59 1.57
BGR -0.87 -0.89 -0.53 -0.53
HRV -0.36 - -0.21 -
CYP 3.48 - 3.48 -
CZE 0.39 0.35 0.75 0.68
DNK -1.09 -1.09 -1.15 -1.78
EST -0.29 - -0.29 -
FIN 5.87 5.99 4.79 4.79
FRA 0.79 0.83 1.23 1.22
DEU 2.74 2.78 2.20 2.20
GRC 2.61 2.58 2.82 2.64
HUN 2.67 2.67 3.31 3.27
ITA 3.35 3.31 3.32 3.31
LVA -0.14 - 0.18 -
LTU 0.27 0.23 0.19 0.12
MLT -0.87 - -0.03 -
NLD 0.08 0.04 0.06 -0.01
POL 0.67 0.71 1.19 1.18
PRT 2.52 2.52 2.48 2.27
ROU 0.47 0.51 0.78 0.77
SVK 0.94 0.90 1.34 1.27
SVN 0.52 0.48 0.58 0.51
ESP 2.59 2.59 2.65 2.65
SWE -0.83 -0.77 -0.85 -0.66
"""


def _read_published() -> dict[tuple[str, int], Published]:
    """Read the rows: state, then for four and for seven years the Commission's target and the replication's."""
    found = {}
    for row in _ROWS.strip().split("\n"):
        state, *cells = row.split()
        for years, (commission, replication) in {4: cells[:2], 7: cells[2:]}.items():
            found[state, years] = Published(float(commission), None if replication == "-" else float(replication))
    return found


PUBLISHED: Mapping[tuple[str, int], Published] = _read_published()
"""Structural primary balance at the end of adjustment, by state and years; Ireland and Luxembourg have none."""

REPLICATED_FRANCE: Mapping[str, float] = {
    "deficit below 3 %": 0.81,
    "debt declines: adjustment": -0.07,
    "debt below 60 %: adjustment": 4.83,
    "debt declines: lower structural balance": 0.37,
    "debt below 60 %: lower structural balance": 5.33,
    "debt declines: financial stress": 0.49,
    "debt below 60 %: financial stress": 4.96,
    "debt declines: adverse r-g": 0.76,
    "debt below 60 %: adverse r-g": 5.34,
    "debt declines with 70 % probability": 0.43,
}
"""What the replication prints for each criterion of France over four years; nothing for seven."""

_GUIDANCE = "spring 2024 forecast"
_GUIDANCE_OF = {
    **dict.fromkeys(("AUT", "BEL", "BGR", "LTU"), "autumn 2024 forecast"),
    "DEU": "spring 2025 forecast",
}
_AUTUMN_2025 = "inputs of October 2025"

# --- France, with the inputs of its own calculation sheet ---

# year, debt, structural primary balance, real growth, potential growth, deflator, long rate, short rate,
# stock-flow, ageing. 2035 to 2038: the notebook prints no inputs, but a path; potential growth is its net
# expenditure growth less its deflator, ageing what it takes from the structural primary balance.
_FRANCE = """
2023 110.64 -3.65 0.70 1.14 5.47 2.99 3.43 -0.22 -
2024 112.41 -2.97 0.73 1.09 2.77 2.96 3.56 0.21 27.64
2025 113.64 -2.97 1.59 1.00 2.04 3.06 2.82 0.03 27.58
2026 116.03 -2.97 0.58 0.63 2.11 3.14 2.81 0 27.59
2027 - - 0.38 0.44 2.17 3.21 2.79 0 27.65
2028 - - 0.31 0.34 2.23 3.29 2.78 0 27.66
2029 - - 0.34 0.34 2.30 3.36 2.77 0 27.64
2030 - - 0.35 0.35 2.36 3.44 2.76 0 27.62
2031 - - 0.37 0.37 2.42 3.51 2.75 0 27.61
2032 - - 0.40 0.40 2.49 3.59 2.74 0 27.61
2033 - - 0.39 0.39 2.55 3.66 2.73 0 27.64
2034 - - 0.57 0.57 2.52 3.68 2.69 0 27.69
2035 - - 0.76 0.76 - - - 0 27.68
2036 - - 0.94 0.94 - - - 0 27.68
2037 - - 1.04 1.04 - - - 0 27.69
2038 - - 1.18 1.18 - - - 0 27.69
"""
_COLUMNS = ("debt", "structural", "real", "potential", "deflator", "long", "short", "flow", "ageing")
_LAST_YEARS = {"deflator": {2053: 2.0}, "long": {2053: 4.0}, "short": {2053: 2.0}}


def describe_france(until: int = 2038, rounding: Random | None = None) -> Outlook:
    """Return France as the Commission saw it in spring 2024; inputs after `until` are held as they were.

    The inputs are printed with two decimals. With `rounding`, each is one of the numbers that would be
    printed so, drawn from it.

    What the notebook does not print follows from what it does: the gap closes by 2028, so it is what
    growth has on potential growth until then; the rate on debt is what the debt identity leaves.
    """
    columns: dict[str, dict[int, float]] = {name: dict(_LAST_YEARS.get(name, {})) for name in _COLUMNS}
    for row in _FRANCE.strip().split("\n"):
        year, *cells = row.split()
        for name, cell in zip(_COLUMNS, cells, strict=True):
            if cell != "-" and int(year) <= until:
                columns[name][int(year)] = float(cell) + _unround(rounding)
    gap = _opening_gap(columns["real"], columns["potential"], _BASE, 2028)
    gaps = {_BASE: gap, _BASE + 1: gap + columns["real"][2025] - columns["potential"][2025]}
    rates = {year: _implied_rate(columns, year, 0.63 * gaps[year]) for year in gaps}
    interest = rates[_BASE] * columns["debt"][_BASE - 1] / (100 + _nominal(columns, _BASE))
    return Outlook(
        state="FRA",
        vintage=_GUIDANCE,
        base_year=_BASE,
        forecast_until=_BASE + 1,
        debt_pct_gdp=columns["debt"][_BASE],
        interest_pct_gdp=interest,
        gap_pct=gap,
        balance_pct_gdp={_BASE: columns["structural"][_BASE] + 0.63 * gap - interest},
        structural_primary_pct_gdp={y: b for y, b in columns["structural"].items() if y >= _BASE},
        implicit_rate_pct=rates,
        real_growth_pct=columns["real"],
        potential_growth_pct=columns["potential"],
        deflator_pct=columns["deflator"],
        rate_short_pct=columns["short"],
        rate_long_pct=columns["long"],
        maturing_share={_BASE: 0.08 + _unround(rounding)},
        ageing_pct_gdp=columns["ageing"],
        revenue_pct_gdp={_BASE: 0.0},
        stock_flow_pct_gdp=columns["flow"],
        short_share=0.10 + _unround(rounding),
        elasticity=0.63,
        multiplier=_MULTIPLIER,
        in_procedure=True,
        notes=(
            "gap and rate on debt of 2024 and 2025 are derived from the printed inputs",
            f"growth and ageing are held after {max(columns['potential'])}",
        ),
    )


def _unround(rounding: Random | None) -> float:
    return rounding.uniform(-0.005, 0.005) if rounding else 0.0


def find_rounding_range(years: int, draws: int = 50, seed: int = 1263) -> tuple[float, float]:
    """Return the least and the largest target of France that numbers rounding to the printed inputs give."""
    rounding = Random(seed)  # noqa: S311  no secret: the same draws every time
    found = [find_target(describe_france(rounding=rounding), years).target_pct_gdp for _ in range(draws)]
    return min(each for each in found if each is not None), max(each for each in found if each is not None)


def _opening_gap(real: Mapping[int, float], potential: Mapping[int, float], first: int, closed: int) -> float:
    """Return the gap of a year that growth closes by another."""
    return sum(potential[year] - real[year] for year in range(first + 1, closed + 1))


def _nominal(columns: Mapping[str, Mapping[int, float]], year: int) -> float:
    return 100 * ((1 + columns["real"][year] / 100) * (1 + columns["deflator"][year] / 100) - 1)


def _implied_rate(columns: Mapping[str, Mapping[int, float]], year: int, cyclical: float) -> float:
    """Return the rate on debt in % that closes the debt identity of a year."""
    debt, growth = columns["debt"], _nominal(columns, year)
    without = advance_debt(debt[year - 1], growth, columns["structural"][year] + cyclical, columns["flow"][year])
    return 100 * (debt[year] - without) / debt[year - 1] * (1 + growth / 100)


# --- the other states, with the inputs of the case ---

_SERIES = {
    "real_growth_pct": "real growth",
    "potential_growth_pct": "potential growth",
    "deflator_pct": "price forecast",
    "structural_primary_balance_pct_gdp": "structural primary balance",
    "implicit_rate_pct": "rate on debt",
    "market_rate_short_pct": "short market rate",
    "market_rate_long_pct": "long market rate",
    "ageing_pct_gdp": "cost of ageing",
    "stock_flow_bn_nc": "stock-flow terms",
    "debt_bn_nc": "debt",
    "gdp_bn_nc": "GDP",
    "real_gdp_bn_nc": "real GDP",
    "potential_gdp_bn_nc": "potential GDP",
    "balance_pct_gdp": "balance",
    "primary_balance_pct_gdp": "primary balance",
}
_NUMBERS = {
    "short_term_share": "short-term share of debt",
    "maturing_share": "share of debt that matures",
    "maturing_share_later": "share of debt that matures later",
    "forward_short_pct": "short forward rate",
    "forward_long_pct": "long forward rate",
    "forward_inflation_pct": "forward inflation",
    "balance_elasticity": "elasticity of the balance",
}


_AT_BASE = tuple(name for name in _SERIES if not name.startswith("market_rate"))
_POSITIVE = ("gdp_bn_nc", "real_gdp_bn_nc", "potential_gdp_bn_nc")
_RATES = ("real_growth_pct", "potential_growth_pct", "deflator_pct")


def find_missing(economy: Economy) -> tuple[str, ...]:
    """Return what a state's tables lack for a target, in words; a number that cannot be one is lacking too."""
    missing = [f"no {words}" for name, words in _SERIES.items() if not economy.series.get(name)]
    missing += [f"no {words}" for name, words in _NUMBERS.items() if name not in economy.numbers]
    if missing:
        return tuple(missing)
    missing += [f"no {_SERIES[name]} of {_BASE}" for name in _AT_BASE if _BASE not in economy.series[name]]
    for name in _POSITIVE:
        missing += [f"{_SERIES[name]} of {y} is {v:g}" for y, v in economy.series[name].items() if not v > 0]
    for name in _RATES:
        missing += [f"{_SERIES[name]} of {y} is {v:g} %" for y, v in economy.series[name].items() if not -50 < v < 100]
    shares = {words: economy.numbers[name] for name, words in _NUMBERS.items() if "share" in words}
    return (
        *missing,
        *(f"the {words} is {share:.3f} in the source" for words, share in shares.items() if not 0 < share < 1),
    )


def build_outlook(economy: Economy) -> Outlook | None:
    """Return a state as the inputs of the case have it, None where they lack something: see `find_missing`."""
    if find_missing(economy):
        return None
    series, numbers, forward = economy.series, economy.numbers, _BASE + 10
    later = _BASE + 30
    inflation = _LONG_INFLATION.get(economy.state, 2.0)
    known = series["gdp_bn_nc"]
    structural = series["structural_primary_balance_pct_gdp"]
    long_rate = inflation + _REAL_LONG_RATE
    flows = {year: 100 * flow / known[year] for year, flow in series["stock_flow_bn_nc"].items() if year in known}
    potential = series["potential_growth_pct"]
    ratio = series["real_gdp_bn_nc"][_BASE] / series["potential_gdp_bn_nc"][_BASE]
    return Outlook(
        state=economy.state,
        vintage=_AUTUMN_2025,
        base_year=_BASE,
        forecast_until=max(structural),
        debt_pct_gdp=100 * series["debt_bn_nc"][_BASE] / known[_BASE],
        interest_pct_gdp=series["primary_balance_pct_gdp"][_BASE] - series["balance_pct_gdp"][_BASE],
        gap_pct=100 * (ratio - 1),
        balance_pct_gdp={_BASE: series["balance_pct_gdp"][_BASE]},
        structural_primary_pct_gdp=structural,
        implicit_rate_pct=series["implicit_rate_pct"],
        real_growth_pct={**potential, **series["real_growth_pct"]},
        potential_growth_pct=potential,
        deflator_pct={**series["deflator_pct"], forward: numbers["forward_inflation_pct"], later: inflation},
        rate_short_pct={
            **series["market_rate_short_pct"],
            forward: numbers["forward_short_pct"],
            later: long_rate / 2,
        },
        rate_long_pct={**series["market_rate_long_pct"], forward: numbers["forward_long_pct"], later: long_rate},
        maturing_share={_BASE: numbers["maturing_share"], forward: numbers["maturing_share_later"]},
        ageing_pct_gdp=series["ageing_pct_gdp"],
        revenue_pct_gdp=series.get("tax_property_change_pct_gdp") or {_BASE: 0.0},
        stock_flow_pct_gdp={**flows, max(flows) + 1: 0.0},
        short_share=numbers["short_term_share"],
        elasticity=numbers["balance_elasticity"],
        multiplier=_MULTIPLIER,
        in_procedure=economy.state in IN_PROCEDURE,
        notes=_find_notes(economy),
    )


def _find_notes(economy: Economy) -> tuple[str, ...]:
    """Say what a state's outlook leaves out."""
    notes = [f"growth and ageing are held after {max(economy.series['potential_growth_pct'])}"]
    if economy.series.get("esm_repayment_bn_nc"):
        notes.append("loans of the stability mechanism count as market debt")
    if economy.state == "FIN":
        notes.append("the stock-flow path of Finland's pension funds is not in the inputs")
    if economy.state in ("POL", "ROU"):
        notes.append("forward inflation is the euro area's")
    return tuple(notes)


# --- side by side ---


@dataclass(frozen=True, slots=True)
class Comparison:
    """A published target with ours: `ours` is None where it cannot be computed, and `notes` say why."""

    state: str
    years: int
    published: Published
    published_vintage: str
    ours: Target | None
    vintage: str
    notes: tuple[str, ...] = ()

    @property
    def difference(self) -> float | None:
        """Ours less the Commission's, in points of GDP."""
        if self.ours is None or self.ours.target_pct_gdp is None:
            return None
        return self.ours.target_pct_gdp - self.published.commission


def compare(economies: Mapping[str, Economy]) -> tuple[Comparison, ...]:
    """Return every published target beside ours: France with its sheet's inputs first, then all with the case's."""
    found = [_compare(describe_france(), years, ()) for years in (4, 7)]
    for state in sorted({state for state, _ in PUBLISHED}):
        economy = economies.get(state)
        outlook = build_outlook(economy) if economy else None
        lacking = find_missing(economy) if economy else ("no inputs",)
        found += [_compare(outlook, years, lacking, state) for years in (4, 7)]
    return tuple(found)


def _compare(outlook: Outlook | None, years: int, lacking: tuple[str, ...], state: str = "FRA") -> Comparison:
    target = find_target(outlook, years) if outlook else None
    return Comparison(
        state=state,
        years=years,
        published=PUBLISHED[state, years],
        published_vintage=_GUIDANCE_OF.get(state, _GUIDANCE),
        ours=target,
        vintage=outlook.vintage if outlook else _AUTUMN_2025,
        notes=target.notes if target else ("not computable: " + ", ".join(lacking),),
    )


def tabulate(comparisons: Iterable[Comparison]) -> str:
    """Return the comparisons as a table in Markdown, one row each."""
    lines = [
        "| state | years | our inputs | start | ours | asked by | Commission's | from | replication | difference |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(each) for each in comparisons]
    return "\n".join(lines) + "\n"


def _row(each: Comparison) -> str:
    ours = each.ours
    cells = [each.state, str(each.years), each.vintage]
    if ours is None:
        cells += ["–", "–", "; ".join(each.notes)]
    else:
        lifted = " + least steps" if ours.procedure_years or ours.resilience_years else ""
        cells += [_number(ours.start_pct_gdp), _number(ours.target_pct_gdp), ours.binding + lifted]
    cells += [_number(each.published.commission), each.published_vintage, _number(each.published.replication)]
    return "| " + " | ".join([*cells, _number(each.difference, "+")]) + " |"


def tabulate_requirements(targets: Iterable[Target]) -> str:
    """Return what each criterion asks of France alone as a table in Markdown: targets in % of GDP, a column each."""
    targets = tuple(targets)
    rows = [["criterion", *(f"{each.years} years" for each in targets), "4 years, replication"]]
    for asked in zip(*(each.requirements for each in targets), strict=True):
        cells = [each.note if each.target_pct_gdp is None else _number(each.target_pct_gdp) for each in asked]
        rows.append([asked[0].criterion, *cells, _number(REPLICATED_FRANCE.get(asked[0].criterion))])
    rounded = (each.start_pct_gdp + each.years * (each.criterion_step or 0) for each in targets)
    rows.append(["what asks most, in whole hundredths a year", *map(_number, rounded), "0.83"])
    rows.append(["with safeguards and least steps", *(_number(each.target_pct_gdp) for each in targets), "0.83"])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n"


def _number(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{round(value, 2) + 0.0:{sign}.2f}"
