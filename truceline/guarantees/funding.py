"""What it costs until 2035: one state's path under one scenario, and all of them side by side.

Each year: growth and prices from the source as far as they go, then potential growth and prices
that move to the forward rate; the interest rate on all debt follows market rates as debt matures;
the primary balance is the structural one of the last forecast year, plus the cycle, less what
ageing and defence add after it; debt follows from the identity with its stock-flow term. The parts
of the model follow the Commission's Debt Sustainability Monitor 2023 and the public replication whose
inputs the case carries. There is no fiscal multiplier: spending moves no growth here.

Extra defence spending counts from the last forecast year on, because the forecast holds what was
decided until then. A loan of the facility pays for spending that the path already has: it changes
the interest and never the spending.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from truceline.finance import Economy, Scenario, StatePath, YearOfPath
from truceline.guarantees.debt import advance_debt
from truceline.guarantees.escape import give_room

__all__ = ["LAST_YEAR", "SCENARIOS", "Backing", "project", "project_all", "sum_up"]

LAST_YEAR = 2035
_TARGET_LONG_PCT = 4.0  # where market rates go after the forward rate's year (Monitor 2023)
_FORWARD_YEARS = 10  # forward rates and forward inflation hold ten years after the first year
AID_GAP_PCT_GDP = 0.12
"""What replacing the aid of the United States would take, in % of the EU's GDP (Bruegel, Kiel; February 2025)."""

SCENARIOS = (
    Scenario("base", joint_gain=0.1),
    Scenario("United States leave", joint_gain=0.1, gap_eur_bn=250.0),
    Scenario("growth shock", joint_gain=0.1, growth_shock_pct=-1.0),
    Scenario("rate shock", joint_gain=0.1, rate_shock_pct=1.0, shock_until=LAST_YEAR),
    Scenario("no joint buying"),
)
"""Base, and four that change one thing each. EUR 250 bn a year: Burilkov and Wolff, February 2025."""


@dataclass(frozen=True, slots=True)
class Backing:
    """What stands behind a path beside the budget.

    `covered_years`: years in which the escape clause is active. `loan_eur_bn`: what is owed on
    loans of the facility at the end of each year; `loan_rate_pct` their rate. `gap_share`: the
    state's part of what all must add.
    """

    covered_years: frozenset[int] = frozenset()
    loan_eur_bn: Mapping[int, float] = field(default_factory=dict)
    loan_rate_pct: float = 3.0
    gap_share: float = 0.0


def project(economy: Economy, scenario: Scenario, backing: Backing | None = None) -> StatePath:
    """Return the path of a state to 2035, or no years and the reason where inputs are missing."""
    missing = _find_missing(economy)
    if missing:
        return StatePath(economy.state, scenario.name, (), (f"not computable: no {', no '.join(missing)}",))
    walk = _Walk(economy, scenario, backing or Backing())
    years = tuple(walk.step(year) for year in range(walk.base + 1, LAST_YEAR + 1))
    return StatePath(economy.state, scenario.name, years, (*economy.notes, *walk.notes))


_NEEDED = {
    "debt_bn_nc": "debt",
    "gdp_bn_nc": "GDP",
    "real_growth_pct": "growth",
    "potential_growth_pct": "potential growth",
    "deflator_pct": "price forecast",
    "structural_primary_balance_pct_gdp": "structural primary balance",
    "implicit_rate_pct": "interest rate on debt",
    "eur_per_nc": "exchange rate",
}


def _find_missing(economy: Economy) -> list[str]:
    missing = [words for name, words in _NEEDED.items() if not economy.series.get(name)]
    if "defence_pct_gdp" not in economy.numbers:
        missing.append("defence spending")
    return missing


class _Walk:
    """One state, year by year. The base is the last year of the forecast; what follows is computed."""

    def __init__(self, economy: Economy, scenario: Scenario, backing: Backing) -> None:
        self.economy, self.scenario, self.backing = economy, scenario, backing
        self.first = min(economy.series["gdp_bn_nc"])
        self.base = max(economy.series["structural_primary_balance_pct_gdp"])
        self.notes: list[str] = []
        self.gdp = economy.series["gdp_bn_nc"][self.base] * economy.series["eur_per_nc"][self.base]
        self.debt = 100 * economy.series["debt_bn_nc"][self.base] / economy.series["gdp_bn_nc"][self.base]
        self.rate = economy.series["implicit_rate_pct"][self.base]
        self.maturing = self._find_maturing()
        self.level_gap = 0.0  # how far shocks have moved output from potential, in %

    def step(self, year: int) -> YearOfPath:
        """Compute one year; years must come in order."""
        growth = self._grow(year)
        rate = self._interest_rate(year)
        interest = rate * self.debt / 100 / (1 + growth / 100)
        self.gdp *= 1 + growth / 100
        saving = self._loan_saving(year)
        extra, share = self._extra_defence(year)
        offset = extra * self.scenario.offset_share
        primary = self._primary_balance(year) - extra + offset
        balance = primary - interest + saving
        flow = self._stock_flow(year)
        self.debt = advance_debt(self.debt, growth, balance, flow)
        covered, uncovered = give_room({year: extra}, self.backing.covered_years)[year]
        return YearOfPath(
            year=year,
            gdp_eur_bn=self.gdp,
            nominal_growth_pct=growth,
            defence_pct_gdp=share,
            extra_defence_pct_gdp=extra,
            ageing_pct_gdp=self.economy.value("ageing_pct_gdp", year),
            offset_pct_gdp=offset,
            primary_balance_pct_gdp=primary,
            implicit_rate_pct=rate,
            interest_pct_gdp=interest,
            balance_pct_gdp=balance,
            stock_flow_pct_gdp=flow,
            debt_pct_gdp=self.debt,
            covered_pct_gdp=covered,
            uncovered_pct_gdp=uncovered,
            loan_saving_pct_gdp=saving,
        )

    # --- growth and prices ---

    def _grow(self, year: int) -> float:
        """Return nominal growth in %: real growth with the shock, and prices."""
        potential = self.economy.series["potential_growth_pct"]
        plain = self.economy.value("real_growth_pct", year)
        if plain is None:
            plain = potential[min(year, max(potential))]
        shocked = self._in_shock(year)
        self.level_gap += self.scenario.growth_shock_pct if shocked else 0.0
        real = plain + (self.scenario.growth_shock_pct if shocked else 0.0)
        return 100 * ((1 + real / 100) * (1 + self._prices(year) / 100) - 1)

    def _prices(self, year: int) -> float:
        """Return inflation in %: in a straight line to the forward rate, ten years after the first year."""
        known = self.economy.series["deflator_pct"]
        if year in known:
            return known[year]
        last = max(known)
        forward = self.economy.numbers.get("forward_inflation_pct", 2.0)
        return _line(year, (last, known[last]), (self.first + _FORWARD_YEARS, forward))

    def _in_shock(self, year: int) -> bool:
        return self.scenario.shock_from <= year <= self.scenario.shock_until

    # --- interest ---

    def _find_maturing(self) -> float | None:
        """Return which share of debt takes the market's rate each year; None where the source has none."""
        short = self.economy.numbers.get("short_term_share")
        long = self.economy.numbers.get("maturing_share")
        if short is None or long is None or not 0 <= short <= 1 or not 0 <= long <= 1:
            self._note("which share of debt matures is not known: the rate on debt is held, plus the shock")
            return None
        return short + (1 - short) * long

    def _interest_rate(self, year: int) -> float:
        """Return the rate on all debt in %, a step nearer to the market's as debt matures."""
        shock = self.scenario.rate_shock_pct if self._in_shock(year) else 0.0
        market = self._market_rate(year)
        if self.maturing is None or market is None:
            return self.rate + shock
        self.rate += self.maturing * (market + shock - self.rate)
        return self.rate

    def _market_rate(self, year: int) -> float | None:
        """Return the market's long rate in %: in a straight line to the forward rate, then to 4 %."""
        known = self.economy.series.get("market_rate_long_pct", {})
        forward = self.economy.numbers.get("forward_long_pct")
        if not known or forward is None:
            self._note("no market rate in the source: the rate on debt is held, plus the shock")
            return None
        last, turn = max(known), self.first + _FORWARD_YEARS
        if year <= turn:
            return _line(year, (last, known[last]), (turn, forward))
        return _line(year, (turn, forward), (turn + 2 * _FORWARD_YEARS, _TARGET_LONG_PCT))

    def _loan_saving(self, year: int) -> float:
        """Return what the facility's loans save this year, in % of GDP: own rate less theirs."""
        owed = self.backing.loan_eur_bn.get(year - 1, 0.0) if self.scenario.use_loans else 0.0
        market = self._market_rate(year)
        if not owed or market is None:
            return 0.0
        return owed * (market - self.backing.loan_rate_pct) / self.gdp

    # --- balance ---

    def _primary_balance(self, year: int) -> float:
        """Return the primary balance before extra defence, in % of GDP."""
        series = self.economy.series
        structural = series["structural_primary_balance_pct_gdp"][self.base]
        elasticity = self.economy.numbers.get("balance_elasticity", 0.0)
        ageing = self._since_base("ageing_pct_gdp", year)
        revenue = self._since_base("tax_property_change_pct_gdp", year)
        return structural + elasticity * self._output_gap(year) - ageing + revenue

    def _output_gap(self, year: int) -> float:
        """Return output above potential in %, with what shocks have moved; zero after the source's last year."""
        real, potential = (self.economy.value(f"{name}_gdp_bn_nc", year) for name in ("real", "potential"))
        known = 100 * (real / potential - 1) if real and potential else 0.0
        past = max(0, year - self.scenario.shock_until)
        return known + self.level_gap * max(0.0, 1 - past / 3)  # a shock's gap closes within three years

    def _since_base(self, name: str, year: int) -> float:
        known = self.economy.series.get(name, {})
        if self.base not in known or year not in known:
            self._note(f"{name} is not known to {LAST_YEAR}: held as it was")
            return 0.0
        return known[year] - known[self.base]

    def _note(self, text: str) -> None:
        """Note an assumption once; where everything is carried on, the note on the state has said so."""
        if text not in self.notes and "stock_flow_carried_pct_gdp" not in self.economy.numbers:
            self.notes.append(text)

    def _stock_flow(self, year: int) -> float:
        """Return the stock-flow term in % of GDP: the source's, else the one carried on, else none."""
        flow = self.economy.value("stock_flow_bn_nc", year)
        gdp = self.economy.value("gdp_bn_nc", year)
        carried = self.economy.numbers.get("stock_flow_carried_pct_gdp", 0.0)
        return 100 * flow / gdp if flow is not None and gdp else carried

    def _extra_defence(self, year: int) -> tuple[float, float]:
        """Return (extra, whole) defence spending in % of GDP: the path to the target, and the gap to fill."""
        start = self.economy.numbers["defence_pct_gdp"]
        target = max(start, self.scenario.defence_target_pct_gdp)
        path = _line(year, (self.base, start), (self.scenario.defence_by, target))
        full = self.scenario.gap_eur_bn * self.backing.gap_share
        gap = 100 * _line(year, (self.base, 0.0), (self.scenario.gap_by, full)) / self.gdp if full else 0.0
        gap += AID_GAP_PCT_GDP if full else 0.0
        extra = (path - start + gap) * (1 - self.scenario.joint_gain)
        return extra, start + extra


def _line(year: int, start: tuple[int, float], end: tuple[int, float]) -> float:
    """Return the value in a year on the straight line between two years, held beyond them."""
    if year <= start[0]:
        return start[1]
    if year >= end[0]:
        return end[1]
    return start[1] + (end[1] - start[1]) * (year - start[0]) / (end[0] - start[0])


# --- all states -------------------------------------------------------------------------------


def project_all(
    economies: Mapping[str, Economy], scenarios: Iterable[Scenario], backings: Mapping[str, Backing]
) -> tuple[StatePath, ...]:
    """Return the paths of all states under each scenario."""
    return tuple(
        project(economies[state], scenario, backings.get(state))
        for scenario in scenarios
        for state in sorted(economies)
    )


def sum_up(paths: Iterable[StatePath]) -> tuple[dict[str, float | int | str], ...]:
    """Return the sums of each scenario and year, in EUR bn, over the states that could be computed."""
    rows: dict[tuple[str, int], dict[str, float | int | str]] = {}
    for path in paths:
        for year in path.years:
            row = rows.setdefault(
                (path.scenario, year.year),
                {
                    "scenario": path.scenario,
                    "year": year.year,
                    "states": 0,
                    "gdp_eur_bn": 0.0,
                    "defence_eur_bn": 0.0,
                    "extra_defence_eur_bn": 0.0,
                    "covered_eur_bn": 0.0,
                    "uncovered_eur_bn": 0.0,
                    "debt_eur_bn": 0.0,
                    "loan_saving_eur_bn": 0.0,
                },
            )
            _add(row, year)
    return tuple(rows.values())


def _add(row: dict[str, float | int | str], year: YearOfPath) -> None:
    shares = {
        "gdp_eur_bn": 100.0,
        "defence_eur_bn": year.defence_pct_gdp,
        "extra_defence_eur_bn": year.extra_defence_pct_gdp,
        "covered_eur_bn": year.covered_pct_gdp,
        "uncovered_eur_bn": year.uncovered_pct_gdp,
        "debt_eur_bn": year.debt_pct_gdp,
        "loan_saving_eur_bn": year.loan_saving_pct_gdp,
    }
    row["states"] = int(row["states"]) + 1
    for name, share in shares.items():
        row[name] = float(row[name]) + year.gdp_eur_bn * share / 100
