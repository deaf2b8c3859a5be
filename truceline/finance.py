"""The money in types: what is known of a state's finances, and where a plan would lead.

Series map a year to a number; a year that is missing is not known. Names carry their unit:
`_pct_gdp` is per cent of that year's GDP, `_pct` per cent a year, `_eur_bn` billions of euro.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Economy", "Fan", "FundingPlan", "Scenario", "SocialLine", "StatePath", "TradeOff", "YearOfPath"]

Series = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class SocialLine:
    """Social protection as one source has it: share of GDP, its year and its concept (ESSPROS, SOCX, …)."""

    pct_gdp: float
    year: int
    concept: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Economy:
    """One state: its rules, its known series, and numbers that hold for the whole path.

    `framework` is "EU rules", "national rules" or "none known". `series` and `numbers` have the
    names of the case's input tables. `notes` say what the source has wrong or leaves out.
    """

    state: str
    name: str
    framework: str
    rules: str = ""
    series: Mapping[str, Series] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    social: SocialLine | None = None
    defence_source: str = ""
    notes: tuple[str, ...] = ()

    def value(self, name: str, year: int) -> float | None:
        """Return a series' number of a year, None where it is not known."""
        return self.series.get(name, {}).get(year)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is assumed of the years to come. Shocks are added to the base.

    `defence_target_pct_gdp` is reached in a straight line by `defence_by`. `growth_shock_pct` and
    `rate_shock_pct` hold in the years from `shock_from` to `shock_until`. `gap_eur_bn` is what all
    states together must add a year if the United States leave, shared by GDP, reached by
    `gap_by`. `joint_gain` is the share of extra defence spending that joint buying saves.
    `offset_share` is the part of extra defence spending paid by less other spending or more revenue.
    """

    name: str
    defence_target_pct_gdp: float = 3.5
    defence_by: int = 2035
    growth_shock_pct: float = 0.0
    rate_shock_pct: float = 0.0
    shock_from: int = 2027
    shock_until: int = 2028
    gap_eur_bn: float = 0.0
    gap_by: int = 2030
    joint_gain: float = 0.0
    offset_share: float = 0.0
    use_loans: bool = True


@dataclass(frozen=True, slots=True)
class YearOfPath:
    """One year of one state. Interest and balances are of the whole government.

    `covered_pct_gdp` is the part of extra defence spending that the escape clause covers,
    `uncovered_pct_gdp` the rest. `loan_saving_pct_gdp` is the interest saved by loans of the facility.
    """

    year: int
    gdp_eur_bn: float
    nominal_growth_pct: float
    defence_pct_gdp: float
    extra_defence_pct_gdp: float
    ageing_pct_gdp: float | None
    offset_pct_gdp: float
    primary_balance_pct_gdp: float
    implicit_rate_pct: float
    interest_pct_gdp: float
    balance_pct_gdp: float
    stock_flow_pct_gdp: float
    debt_pct_gdp: float
    covered_pct_gdp: float
    uncovered_pct_gdp: float
    loan_saving_pct_gdp: float


@dataclass(frozen=True, slots=True)
class StatePath:
    """A state's path under one scenario; `years` is empty where it cannot be computed, and `notes` say why."""

    state: str
    scenario: str
    years: tuple[YearOfPath, ...]
    notes: tuple[str, ...] = ()

    def at(self, year: int) -> YearOfPath | None:
        """Return one year, None where the path does not reach it."""
        return next((each for each in self.years if each.year == year), None)


@dataclass(frozen=True, slots=True)
class Fan:
    """How far a debt path may stray: percentiles of debt, in per cent of GDP, for each year."""

    state: str
    scenario: str
    years: tuple[int, ...]
    percentiles: Mapping[int, tuple[float, ...]]
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class TradeOff:
    """One point between defence, debt and the rest: what a target asks of each.

    `other_pct_gdp` is what must come out of other spending or revenue in the last year.
    `social_after_pct_gdp` is the social line if all of that came from it; None: not computable.
    """

    state: str
    defence_target_pct_gdp: float
    offset_share: float
    debt_pct_gdp: float
    other_pct_gdp: float
    social_after_pct_gdp: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FundingPlan:
    """Scenarios side by side, for every state and for all together.

    `totals` has for each scenario and year: extra defence spending, the part covered by the escape
    clause, and debt, in EUR bn, with the number of states that could be computed.
    """

    case: str
    scenarios: tuple[Scenario, ...]
    paths: tuple[StatePath, ...]
    totals: tuple[Mapping[str, float | int | str], ...]
    economies: Mapping[str, Economy] = field(default_factory=dict)
    fans: tuple[Fan, ...] = ()
    tradeoffs: tuple[TradeOff, ...] = ()
    notes: tuple[str, ...] = ()
