"""The money in types: what is known of a state's finances, and where a plan would lead.

Series map a year to a number; a year that is missing is not known. Names carry their unit:
`_pct_gdp` is per cent of that year's GDP, `_pct` per cent a year, `_eur_bn` billions of euro.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

__all__ = [
    "Ceiling",
    "Economy",
    "Fan",
    "FundingPlan",
    "Loan",
    "LoanYear",
    "Precipice",
    "Scenario",
    "SmallestPath",
    "SocialLine",
    "StatePath",
    "TradeOff",
    "YearOfPath",
]

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
    macro_source: str = ""
    notes: tuple[str, ...] = ()

    def value(self, name: str, year: int) -> float | None:
        """Return a series' number of a year, None where it is not known."""
        return self.series.get(name, {}).get(year)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is assumed of the years to come. Shocks are added to the base.

    `defence_target_pct_gdp` is reached in a straight line by `defence_by`, as spending at the prices
    of joint buying. `growth_shock_pct` and `rate_shock_pct` hold in the years from `shock_from` to
    `shock_until`. `gap_eur_bn` is what Europe must add a year if the United States leave, at the
    prices and GDP of the first year, shared by GDP, reached by `gap_by`; it is not added to the
    defence path but takes its place where it is higher. `aid_pct_gdp` comes on top. `lost_gain` is
    the part of the price of extra defence that is lost where states buy alone. `offset_share` is the
    part of extra defence spending paid by less other spending or more revenue.
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
    aid_pct_gdp: float = 0.0
    lost_gain: float = 0.0
    offset_share: float = 0.0
    use_loans: bool = True


@dataclass(frozen=True, slots=True)
class YearOfPath:
    """One year of one state. Interest and balances are of the whole government.

    `computed` is False for the forecast years of the source, which stand as they are. `covered_pct_gdp`
    is the part of extra defence spending that the escape clause covers, `uncovered_pct_gdp` the
    rest. `loan_saving_pct_gdp` is the interest saved by loans of the facility; None is not known.
    """

    year: int
    computed: bool
    gdp_eur_bn: float
    nominal_growth_pct: float | None
    defence_pct_gdp: float
    extra_defence_pct_gdp: float
    ageing_pct_gdp: float | None
    offset_pct_gdp: float
    primary_balance_pct_gdp: float
    implicit_rate_pct: float | None
    interest_pct_gdp: float
    balance_pct_gdp: float
    stock_flow_pct_gdp: float | None
    debt_pct_gdp: float
    covered_pct_gdp: float
    uncovered_pct_gdp: float
    loan_saving_pct_gdp: float | None


@dataclass(frozen=True, slots=True)
class StatePath:
    """A state's path under one scenario; `years` is empty where it cannot be computed, and `notes` say why."""

    state: str
    scenario: str
    years: tuple[YearOfPath, ...]
    notes: tuple[str, ...] = ()

    @property
    def computed(self) -> tuple[YearOfPath, ...]:
        """The years after the source's forecast."""
        return tuple(year for year in self.years if year.computed)

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
class SmallestPath:
    """The smallest path that reaches a sum by a year, and what it runs into.

    `extra_pct_gdp` is the constant yearly share. `broken` names each limit that cannot hold, with how
    far it is missed in points of GDP; `already` is how far debt misses its limit without any of it.
    `give_pct_gdp` is what other spending and revenue would have to give a year so that debt keeps
    its limit; None where there is no limit.
    """

    state: str
    needed_eur_bn: float
    by_year: int
    extra_pct_gdp: float | None
    debt_pct_gdp: float | None
    debt_limit_pct_gdp: float | None = None
    already_pct_gdp: float = 0.0
    give_pct_gdp: float | None = None
    broken: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether a path exists within all limits."""
        return self.extra_pct_gdp is not None and not self.broken


@dataclass(frozen=True, slots=True)
class LoanYear:
    """One year of a loan: what is drawn in it, what is paid and owed at its end, in whole units of its currency."""

    year: int
    drawn: Decimal
    interest: Decimal
    principal: Decimal
    owed: Decimal


@dataclass(frozen=True, slots=True)
class Loan:
    """A state's loan of a facility. `final` is False where only the tentative amount is known."""

    state: str
    programme: str
    amount: Decimal
    advance: Decimal
    final: bool
    status: str
    source: str
    years: tuple[LoanYear, ...]


@dataclass(frozen=True, slots=True)
class Precipice:
    """The end of the escape clause for one state: what it covered in its last year, and what then stays."""

    state: str
    scenario: str
    last_year: int
    covered_pct_gdp: float
    step_pct_gdp: float
    step_eur_bn: float


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Growth of spending in one year beside the highest growth that the Council recommended.

    `growth_pct` is nominal growth of primary spending, `beside_pct` the same without what the escape
    clause covers. None: not computable.
    """

    state: str
    year: int
    limit_pct: float
    growth_pct: float | None
    beside_pct: float | None
    source: str

    @property
    def above_pct(self) -> float | None:
        """How many points the growth that counts lies above the limit."""
        return None if self.beside_pct is None else self.beside_pct - self.limit_pct


@dataclass(frozen=True, slots=True)
class FundingPlan:
    """Scenarios side by side, for every state and for all together.

    `totals` has for each group, scenario and year sums in EUR bn with the number of states that could be
    computed. `gains` are what joint buying saves in the last year: (source, low, central, high) in
    EUR bn. `headline` takes the published sum apart. `known` is the day to which the document is read.
    `disagreements` are figures of programmes on which sources differ: what, figure, day, source, read.
    """

    case: str
    title: str
    as_of: str | None
    version: str
    digest: str
    scenarios: tuple[Scenario, ...]
    paths: tuple[StatePath, ...]
    totals: tuple[Mapping[str, float | int | str | None], ...]
    economies: Mapping[str, Economy] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fans: tuple[Fan, ...] = ()
    tradeoffs: tuple[TradeOff, ...] = ()
    requirements: tuple[SmallestPath, ...] = ()
    loans: tuple[Loan, ...] = ()
    cliffs: tuple[Precipice, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    gains: tuple[tuple[str, float, float, float], ...] = ()
    headline: str = ""
    notes: tuple[str, ...] = ()
    known: date = date(1970, 1, 1)
    disagreements: tuple[Mapping[str, str], ...] = ()

    def path(self, state: str, scenario: str) -> StatePath | None:
        """Return a state's path under a scenario."""
        return next((each for each in self.paths if (each.state, each.scenario) == (state, scenario)), None)
