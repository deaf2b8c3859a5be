"""What it costs until 2035: one state's path under one scenario, and all of them side by side.

The forecast years of the source stand as they are. After them, each year: growth from the source as
far as it goes, then potential growth; prices that move to the forward rate; the rate on all debt
from `interest`; the primary balance is the structural one of the last forecast year, plus the cycle,
less what ageing and defence add after it; debt follows from the identity with its stock-flow term.
The parts follow the Commission's Debt Sustainability Monitor 2023 and the public replication whose
inputs the case carries. There is no fiscal multiplier: spending moves no growth here.

Extra defence spending counts from the last forecast year on, because the forecast holds what was
decided until then. A loan of the facility pays for spending that the path already has: it changes
the interest and never the spending. `docs/funding.md` has every formula.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from truceline.finance import Economy, Scenario, StatePath, YearOfPath
from truceline.guarantees.debt import advance_debt
from truceline.guarantees.escape import CAP_PCT_GDP, give_room
from truceline.guarantees.interest import FORWARD_YEARS, LONG_RUN, DebtRate, interpolate

__all__ = [
    "AID_GAP_PCT_GDP",
    "LAST_YEAR",
    "SCENARIOS",
    "SUMMED",
    "US_GAP_EUR_BN",
    "Backing",
    "project",
    "project_all",
    "sum_up",
]

FIRST_YEAR, LAST_YEAR = 2025, 2035
US_GAP_EUR_BN = 250.0
"""What Europe would have to add a year without the United States: from 2 to about 3.5 % of GDP."""
AID_GAP_PCT_GDP = 0.12
"""What replacing the aid of the United States to Ukraine would take, in % of GDP (Bruegel, Kiel; February 2025)."""
GAP_CLOSES_YEARS = 3
"""A shock's output gap closes within so many years: output stays where it is and potential follows it."""
_LONG_RUN_INFLATION = 2.0
_MOST_DEBT_PCT = 10_000

SCENARIOS = (
    Scenario("base"),
    Scenario("United States leave", gap_eur_bn=US_GAP_EUR_BN, aid_pct_gdp=AID_GAP_PCT_GDP),
    Scenario("growth shock", growth_shock_pct=-1.0),
    Scenario("rate shock", rate_shock_pct=1.0, shock_until=LAST_YEAR),
    Scenario("no joint buying", lost_gain=0.1),
)
"""Base, and four that change one thing each. EUR 250 bn a year: Burilkov and Wolff, February 2025."""


@dataclass(frozen=True, slots=True)
class Backing:
    """What stands behind a path beside the budget.

    `covered_years`: years in which the escape clause is active, with room of `room_pct_gdp` over the
    last forecast year. `loan_eur_bn`: what is owed on loans of the facility at the end of each
    year; `loan_rate_pct` their rate. `gap_share`: the state's part of what all must add.
    """

    covered_years: frozenset[int] = frozenset()
    room_pct_gdp: float = CAP_PCT_GDP
    loan_eur_bn: Mapping[int, float] = field(default_factory=dict)
    loan_rate_pct: float = 3.0
    gap_share: float = 0.0


def project(economy: Economy, scenario: Scenario, backing: Backing | None = None) -> StatePath:
    """Return the path of a state to 2035, or no years and the reason where inputs are missing."""
    missing = _find_missing(economy)
    if missing:
        return StatePath(economy.state, scenario.name, (), (f"not computable: no {', no '.join(missing)}",))
    walk = _Walk(economy, scenario, backing or Backing())
    known = tuple(walk.recall(year) for year in range(FIRST_YEAR, walk.base + 1))
    computed = tuple(walk.step(year) for year in range(walk.base + 1, LAST_YEAR + 1))
    beyond = next((year.year for year in computed if not abs(year.debt_pct_gdp) <= _MOST_DEBT_PCT), None)
    if beyond is not None:
        why = f"not computable: debt leaves {_MOST_DEBT_PCT:,} % of GDP in {beyond}, so an input cannot be right"
        return StatePath(economy.state, scenario.name, (), (why, *economy.notes))
    return StatePath(economy.state, scenario.name, (*known, *computed), (*economy.notes, *walk.notes))


_NEEDED = {
    "debt_bn_nc": "debt",
    "gdp_bn_nc": "GDP",
    "balance_pct_gdp": "balance",
    "primary_balance_pct_gdp": "primary balance",
    "real_growth_pct": "growth",
    "potential_growth_pct": "potential growth",
    "deflator_pct": "price forecast",
    "structural_primary_balance_pct_gdp": "structural primary balance",
    "implicit_rate_pct": "interest rate on debt",
    "eur_per_nc": "exchange rate",
}
_NEEDED_NUMBERS = {"defence_pct_gdp": "defence spending", "forward_inflation_pct": "forward inflation"}


def _find_missing(economy: Economy) -> list[str]:
    """Name what is missing; the years that a path starts from must be there in every one of the series."""
    missing = [words for name, words in _NEEDED.items() if not economy.series.get(name)]
    missing += [words for name, words in _NEEDED_NUMBERS.items() if name not in economy.numbers]
    if missing:
        return missing
    base = max(economy.series["structural_primary_balance_pct_gdp"])
    always = ("debt_bn_nc", "gdp_bn_nc", "balance_pct_gdp", "primary_balance_pct_gdp")
    wanted = [(name, year) for name in always for year in range(FIRST_YEAR, base + 1)]
    wanted += [("eur_per_nc", base), ("implicit_rate_pct", base), ("deflator_pct", base)]
    return [f"{_NEEDED[name]} of {year}" for name, year in wanted if economy.value(name, year) is None]


class _Walk:
    """One state, year by year. The base is the last year of the forecast; what follows is computed."""

    def __init__(self, economy: Economy, scenario: Scenario, backing: Backing) -> None:
        self.economy, self.scenario, self.backing = economy, scenario, backing
        self.first = min(economy.series["gdp_bn_nc"])
        self.base = max(economy.series["structural_primary_balance_pct_gdp"])
        self.notes: list[str] = []
        self.start_gdp = self._gdp_eur(min(FIRST_YEAR, self.base))
        self.gdp = self._gdp_eur(self.base)
        self.debts = (self._known_debt(self.base - 1) or self._debt(self.base), self._debt(self.base))
        self.growth = self._known_growth(self.base) or 0.0
        self.rates = DebtRate(economy, self._forward_from(), self.base, self._note)
        self.level_gap = 0.0  # how far shocks have moved output from potential, in %

    def recall(self, year: int) -> YearOfPath:
        """Return a year of the source's forecast as it stands there."""
        value = self.economy.value
        primary = value("primary_balance_pct_gdp", year) or 0.0
        balance = value("balance_pct_gdp", year) or 0.0
        flow, gdp = value("stock_flow_bn_nc", year), value("gdp_bn_nc", year)
        return YearOfPath(
            year=year,
            computed=False,
            gdp_eur_bn=self._gdp_eur(year),
            nominal_growth_pct=self._known_growth(year),
            defence_pct_gdp=self.economy.numbers["defence_pct_gdp"],
            extra_defence_pct_gdp=0.0,
            ageing_pct_gdp=value("ageing_pct_gdp", year),
            offset_pct_gdp=0.0,
            primary_balance_pct_gdp=primary,
            implicit_rate_pct=value("implicit_rate_pct", year),
            interest_pct_gdp=primary - balance,
            balance_pct_gdp=balance,
            stock_flow_pct_gdp=None if flow is None or not gdp else 100 * flow / gdp,
            debt_pct_gdp=self._debt(year),
            covered_pct_gdp=0.0,
            uncovered_pct_gdp=0.0,
            loan_saving_pct_gdp=0.0,
        )

    def step(self, year: int) -> YearOfPath:
        """Compute one year; years must come in order."""
        real, growth = self._grow(year)
        shock = self.scenario.rate_shock_pct if self._in_shock(year) else 0.0
        rate = self.rates.step(year, self.debts, self.growth, shock)
        interest = rate * self.debts[1] / 100 / (1 + growth / 100)
        self.gdp *= 1 + self._grow_in_eur(year, real, growth) / 100
        saving = self._loan_saving(year)
        extra, share = self._extra_defence(year)
        offset = extra * self.scenario.offset_share
        primary = self._primary_balance(year) - extra + offset
        balance = primary - interest + (saving or 0.0)
        flow = self._stock_flow(year)
        debt = advance_debt(self.debts[1], growth, balance, flow)
        self.debts, self.growth = (self.debts[1], debt), growth
        room = give_room({year: extra}, self.backing.covered_years, self.backing.room_pct_gdp)
        covered, uncovered = room[year]
        return YearOfPath(
            year=year,
            computed=True,
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
            debt_pct_gdp=debt,
            covered_pct_gdp=covered,
            uncovered_pct_gdp=uncovered,
            loan_saving_pct_gdp=saving,
        )

    # --- what is known ---

    def _debt(self, year: int) -> float:
        return 100 * self.economy.series["debt_bn_nc"][year] / self.economy.series["gdp_bn_nc"][year]

    def _known_debt(self, year: int) -> float | None:
        known = self.economy.value("debt_bn_nc", year) is not None and self.economy.value("gdp_bn_nc", year)
        return self._debt(year) if known else None

    def _gdp_eur(self, year: int) -> float:
        rates = self.economy.series["eur_per_nc"]
        return self.economy.series["gdp_bn_nc"][year] * rates.get(year, rates[self.base])

    def _known_growth(self, year: int) -> float | None:
        now, before = self.economy.value("gdp_bn_nc", year), self.economy.value("gdp_bn_nc", year - 1)
        return 100 * (now / before - 1) if now and before else None

    def _forward_from(self) -> int:
        """Return the first year of the source's data, from which forward rates count."""
        return self.first if "stock_flow_carried_pct_gdp" not in self.economy.numbers else self.first - 1

    # --- growth and prices ---

    def _grow(self, year: int) -> tuple[float, float]:
        """Return (real, nominal) growth in %, with the shock."""
        potential = self.economy.series["potential_growth_pct"]
        plain = self.economy.value("real_growth_pct", year)
        if plain is None:
            plain = potential[min(year, max(potential))]
        shock = self.scenario.growth_shock_pct if self._in_shock(year) else 0.0
        self.level_gap += shock
        real = plain + shock
        return real, 100 * ((1 + real / 100) * (1 + self._prices(year) / 100) - 1)

    def _prices(self, year: int) -> float:
        """Return inflation in %: in a straight line to the forward rate, ten years after the first year."""
        known = self.economy.series["deflator_pct"]
        if year in known:
            return known[year]
        numbers, state = self.economy.numbers, self.economy.state
        last, turn = max(known), self._forward_from() + FORWARD_YEARS
        forward = numbers["forward_inflation_pct"]
        euro_area = self.economy.value("euro_area_deflator_pct", last)
        if state in ("POL", "ROU") and euro_area is not None:
            forward += (known[last] - euro_area) / 2  # half of the difference stays (Monitor 2023)
        if year <= turn or "stock_flow_carried_pct_gdp" in numbers:
            return interpolate(year, (last, known[last]), (turn, forward))
        goal = LONG_RUN.get(state, (0.0, _LONG_RUN_INFLATION))[1]
        return interpolate(year, (turn, forward), (turn + 2 * FORWARD_YEARS, goal))

    def _grow_in_eur(self, year: int, real: float, nominal: float) -> float:
        """Return the growth of GDP in EUR: outside the euro, the exchange rate makes up for the prices' difference."""
        known = self.economy.series.get("euro_area_deflator_pct", {})
        forward = self.economy.numbers.get("euro_area_forward_inflation_pct")
        carried = "stock_flow_carried_pct_gdp" in self.economy.numbers
        if not carried and self.economy.series["eur_per_nc"][self.base] == 1.0:
            return nominal
        if not known or forward is None:
            self._note("prices of the euro area are not known: amounts in EUR are at the last exchange rate")
            return nominal
        end = self._forward_from() + FORWARD_YEARS
        prices = interpolate(year, (max(known), known[max(known)]), (end, forward))
        return 100 * ((1 + real / 100) * (1 + prices / 100) - 1)

    def _in_shock(self, year: int) -> bool:
        return self.scenario.shock_from <= year <= self.scenario.shock_until

    # --- balance ---

    def _loan_saving(self, year: int) -> float | None:
        """Return what the facility's loans save this year, in % of GDP: own rate when drawn less theirs."""
        owed = self.backing.loan_eur_bn if self.scenario.use_loans else {}
        amount = owed.get(year - 1, 0.0)
        if not amount:
            return 0.0
        rates = {y: self.rates.market.long(y) for y in owed if y < year}
        draws = {y: max(0.0, owed[y] - owed.get(y - 1, 0.0)) for y in rates}
        known = [(draws[y], rate) for y, rate in rates.items() if rate is not None and draws[y]]
        if len(known) < sum(1 for drawn in draws.values() if drawn):
            self._note("no market rate in the source: what loans of the facility save is not computable")
            return None
        own = sum(drawn * rate for drawn, rate in known) / sum(drawn for drawn, _ in known)
        return amount * (own - self.backing.loan_rate_pct) / self.gdp

    def _primary_balance(self, year: int) -> float:
        """Return the primary balance before extra defence, in % of GDP."""
        structural = self.economy.series["structural_primary_balance_pct_gdp"][self.base]
        ageing = self._since_base("ageing_pct_gdp", "cost of ageing", year)
        revenue = self._since_base("tax_property_change_pct_gdp", "revenue from property and pensions", year)
        return structural + self._cycle(year) - ageing + revenue

    def _cycle(self, year: int) -> float:
        """Return what the cycle adds to the balance, in % of GDP."""
        gap, elasticity = self._output_gap(year), self.economy.numbers.get("balance_elasticity")
        if elasticity is None:
            if gap:
                self._note("how the balance moves with growth is not known: a shock to growth counts too little", True)
            return 0.0
        return elasticity * gap

    def _output_gap(self, year: int) -> float:
        """Return output above potential in %, with what shocks have moved; zero after the source's last year."""
        real, potential = (self.economy.value(f"{name}_gdp_bn_nc", year) for name in ("real", "potential"))
        known = 100 * (real / potential - 1) if real and potential else 0.0
        past = max(0, year - self.scenario.shock_until)
        return known + self.level_gap * max(0.0, 1 - past / GAP_CLOSES_YEARS)

    def _since_base(self, name: str, words: str, year: int) -> float:
        known = self.economy.series.get(name, {})
        if self.base not in known or year not in known:
            self._note(f"{words} is not known to {LAST_YEAR}: held as it was")
            return 0.0
        return known[year] - known[self.base]

    def _note(self, text: str, always: bool = False) -> None:
        """Note an assumption once; where everything is carried on, the note on the state has said so."""
        carried = "stock_flow_carried_pct_gdp" in self.economy.numbers
        if text not in self.notes and (always or not carried):
            self.notes.append(text)

    def _stock_flow(self, year: int) -> float:
        """Return the stock-flow term in % of GDP: the source's, else the one carried on, else none."""
        flow = self.economy.value("stock_flow_bn_nc", year)
        gdp = self.economy.value("gdp_bn_nc", year)
        carried = self.economy.numbers.get("stock_flow_carried_pct_gdp", 0.0)
        return 100 * flow / gdp if flow is not None and gdp else carried

    def _extra_defence(self, year: int) -> tuple[float, float]:
        """Return (extra, whole) defence spending in % of GDP: the path to the target, or the gap where it is more."""
        scenario, start = self.scenario, self.economy.numbers["defence_pct_gdp"]
        target = max(start, scenario.defence_target_pct_gdp)
        path = interpolate(year, (self.base, start), (scenario.defence_by, target)) - start
        gap = 100 * scenario.gap_eur_bn * self.backing.gap_share / self.start_gdp
        needed = interpolate(year, (self.base, 0.0), (scenario.gap_by, gap))
        aid = scenario.aid_pct_gdp if self.backing.gap_share else 0.0
        extra = (max(path, needed) + aid) / (1 - scenario.lost_gain)
        return extra, start + extra


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


SUMMED = ("defence", "extra_defence", "covered", "uncovered", "interest", "debt", "loan_saving")
"""What is summed over states, each in EUR bn."""


def sum_up(paths: Iterable[StatePath], group: str = "all") -> tuple[dict[str, float | int | str | None], ...]:
    """Return the sums of each scenario and year, in EUR bn, over the states that could be computed.

    `saving_unknown` counts the states for which what loans save is not computable; the sum leaves them out.
    """
    found: dict[tuple[str, int], list[YearOfPath]] = {}
    for path in paths:
        for year in path.years:
            found.setdefault((path.scenario, year.year), []).append(year)
    return tuple(
        {"group": group, "scenario": scenario, "year": year, "states": len(years), **_add(years)}
        for (scenario, year), years in found.items()
    )


def _add(years: list[YearOfPath]) -> dict[str, float | int | str | None]:
    row: dict[str, float | int | str | None] = {"gdp_eur_bn": sum(year.gdp_eur_bn for year in years)}
    for name in SUMMED:
        shares = ((year.gdp_eur_bn, getattr(year, f"{name}_pct_gdp")) for year in years)
        row[f"{name}_eur_bn"] = sum(gdp * share / 100 for gdp, share in shares if share is not None)
    row["saving_unknown"] = sum(year.loan_saving_pct_gdp is None for year in years)
    return row
