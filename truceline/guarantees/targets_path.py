"""A state's debt along an adjustment: one year follows from the year before and from this year's step.

All in per cent of GDP. The parts, with their source in the Commission's Debt Sustainability Monitor
2023 (Annex A3) and Regulation (EU) 2024/1263:

- **output**: a step costs growth through the multiplier; the gap that it opens closes within three
  years (two thirds are left after one year, one third after two);
- **balance**: structural primary balance, plus elasticity times gap; what ageing costs more than in
  the last year of adjustment comes off for ten years after it, and stays off;
- **interest**: short-term debt pays this year's short rate; of long-term debt, what was issued last
  year pays the long rate and the rest the rate of the year before;
- **debt**: the identity of `debt`, with its stock-flow term.

A state's own currency is not told from others: where exchange rates move debt, the source's
stock-flow term has it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from truceline.guarantees.debt import advance_debt

__all__ = ["SCENARIOS", "Outlook", "PathYear", "Scenario", "decide", "finish", "follow", "read", "start", "walk"]

_CLOSING_YEARS = 3
_SMALLEST_STEP = 1e-4  # in points: below it, nothing has changed
_AGEING_YEARS = 10
Series = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a state before its adjustment begins, the year after `base_year`.

    Series map a year to a number, in a straight line between years and held beyond their ends;
    `structural_primary_pct_gdp` and `implicit_rate_pct` are the forecast's, without adjustment.
    `gap_pct` is output above potential in the base year. `balance_pct_gdp` may lack the year before
    the base year. `notes` say what was derived, held or left out.
    """

    state: str
    vintage: str
    base_year: int
    forecast_until: int
    debt_pct_gdp: float
    interest_pct_gdp: float
    gap_pct: float
    balance_pct_gdp: Series
    structural_primary_pct_gdp: Series
    implicit_rate_pct: Series
    real_growth_pct: Series
    potential_growth_pct: Series
    deflator_pct: Series
    rate_short_pct: Series
    rate_long_pct: Series
    maturing_share: Series
    ageing_pct_gdp: Series
    revenue_pct_gdp: Series
    stock_flow_pct_gdp: Series
    short_share: float
    elasticity: float
    multiplier: float
    in_procedure: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes wrong after the adjustment, for the years after its last.

    `lower_balance` is lost in equal parts over half as many years as the adjustment took; `adverse`
    goes onto market rates and off growth in every year; `stress` onto market rates in the first year,
    and `stress_per_point` more for each point of debt above 90 % of GDP.
    """

    name: str
    lower_balance: float = 0.0
    adverse: float = 0.0
    stress: float = 0.0
    stress_per_point: float = 0.0


SCENARIOS = (
    Scenario("adjustment"),
    Scenario("lower structural balance", lower_balance=0.5),
    Scenario("financial stress", stress=1.0, stress_per_point=0.06),
    Scenario("adverse r-g", adverse=0.5),
)
"""The deterministic scenarios of the Commission's plausibility test (Monitor 2023)."""


@dataclass(frozen=True, slots=True)
class PathYear:
    """One year of a path. `before_ageing` is the structural primary balance that steps move.

    `anchor_gap` is the gap of the year that a step last moved, `since` how many years ago that was
    (None: never, or closed). `long_rate` is the rate on all long-term debt, `new_share` how much of
    that debt was issued this year.
    """

    year: int
    step: float
    before_ageing: float
    structural_primary: float
    gap: float
    growth: float
    nominal_growth: float
    implicit_rate: float
    interest: float
    balance: float
    structural_balance: float
    debt: float
    long_rate: float
    new_share: float
    anchor_gap: float = 0.0
    anchor_year: int = 0
    since: int | None = None


def read(series: Series, year: int) -> float:
    """Return a series' number of a year: in a straight line between its years, held beyond them.

    An empty series is a bug of the caller and raises ValueError.
    """
    if year in series:
        return series[year]
    before, after = ([y for y in series if y < year], [y for y in series if y > year])
    if not before or not after:
        return series[max(before) if before else min(after)]
    low, high = max(before), min(after)
    return series[low] + (series[high] - series[low]) * (year - low) / (high - low)


def start(outlook: Outlook) -> PathYear:
    """Return the base year, before any step."""
    year, structural = outlook.base_year, outlook.structural_primary_pct_gdp[outlook.base_year]
    return PathYear(
        year=year,
        step=0.0,
        before_ageing=structural,
        structural_primary=structural,
        gap=outlook.gap_pct,
        growth=outlook.real_growth_pct[year],
        nominal_growth=_compound(outlook.real_growth_pct[year], outlook.deflator_pct[year]),
        implicit_rate=outlook.implicit_rate_pct[year],
        interest=outlook.interest_pct_gdp,
        balance=outlook.balance_pct_gdp[year],
        structural_balance=structural - outlook.interest_pct_gdp,
        debt=outlook.debt_pct_gdp,
        long_rate=_long_rate(outlook, outlook.implicit_rate_pct[year], read(outlook.rate_short_pct, year)),
        new_share=read(outlook.maturing_share, year),
    )


def follow(outlook: Outlook, before: PathYear, step: float, last: int, scenario: Scenario) -> PathYear:
    """Return the year after `before`, in which the structural primary balance rises by `step` points.

    `last` is the last year of adjustment: ageing counts after it, and so does the scenario.
    """
    year = before.year + 1
    after = year > last
    gap, anchor_gap, anchor_year, since = _find_gap(outlook, before, step)
    growth = 100 * ((1 + gap / 100) / (1 + before.gap / 100) * (1 + read(outlook.potential_growth_pct, year) / 100) - 1)
    growth -= scenario.adverse if after else 0.0
    nominal = _compound(growth, read(outlook.deflator_pct, year))
    extra = _market_extra(scenario, before, year, last)
    rate, long_rate = _find_rates(outlook, before, extra)
    interest = rate * before.debt / (100 + nominal)
    structural = before.before_ageing + step - _ageing(outlook, year, last)
    balance = structural + outlook.elasticity * gap - interest
    debt = max(0.0, advance_debt(before.debt, nominal, balance, read(outlook.stock_flow_pct_gdp, year)))
    return PathYear(
        year=year,
        step=step,
        before_ageing=before.before_ageing + step,
        structural_primary=structural,
        gap=gap,
        growth=growth,
        nominal_growth=nominal,
        implicit_rate=rate,
        interest=interest,
        balance=balance,
        structural_balance=structural - interest,
        debt=debt,
        long_rate=long_rate,
        new_share=_new_share(before.debt, debt, nominal, read(outlook.maturing_share, year)),
        anchor_gap=anchor_gap,
        anchor_year=anchor_year,
        since=since,
    )


def walk(outlook: Outlook, steps: Iterable[float], years_after: int, scenario: Scenario) -> tuple[PathYear, ...]:
    """Return the base year, the years of adjustment with these steps, and the years after it."""
    steps = tuple(steps)
    path = [start(outlook)]
    last = outlook.base_year + len(steps)
    for step in steps:
        path.append(follow(outlook, path[-1], step, last, scenario))
    return finish(outlook, path, last, years_after, scenario)


def finish(
    outlook: Outlook, path: Iterable[PathYear], last: int, years_after: int, scenario: Scenario
) -> tuple[PathYear, ...]:
    """Return a path that has reached its last year of adjustment, with the years after it."""
    whole = list(path)
    parts = (last - outlook.base_year) // 2
    for number in range(years_after):
        step = -scenario.lower_balance / parts if number < parts and scenario.lower_balance else 0.0
        whole.append(follow(outlook, whole[-1], step, last, scenario))
    return tuple(whole)


# --- output ---


def _find_gap(outlook: Outlook, before: PathYear, step: float) -> tuple[float, float, int, int | None]:
    """Return (gap, the gap that closes, its year, years since): a change moves it, else it closes."""
    year = before.year + 1
    planned = _planned_step(outlook, year)
    moved = abs(step) > _SMALLEST_STEP and abs(step - planned) > _SMALLEST_STEP
    effect = outlook.multiplier * (step - planned)
    if before.since is None:
        growth = read(outlook.real_growth_pct, year) - effect
        gap = 100 * ((1 + before.gap / 100) * (100 + growth) / (100 + read(outlook.potential_growth_pct, year)) - 1)
    else:
        left = (_CLOSING_YEARS - 1 - before.since) / _CLOSING_YEARS
        gap = left * before.anchor_gap - effect
        if year <= outlook.forecast_until:  # the forecast's own gap does not close in its years
            gap += _planned_gap(outlook, year) - left * _planned_gap(outlook, before.anchor_year)
    if moved:
        return gap, gap, year, 0
    if before.since is None or before.since + 1 >= _CLOSING_YEARS:
        return gap, 0.0, 0, None
    return gap, before.anchor_gap, before.anchor_year, before.since + 1


def _planned_step(outlook: Outlook, year: int) -> float:
    """The change of the structural primary balance that the forecast holds already."""
    series = outlook.structural_primary_pct_gdp
    return read(series, year) - read(series, year - 1)


def _planned_gap(outlook: Outlook, year: int) -> float:
    """The forecast's gap, which follows from growth and potential growth since the base year."""
    level = 1 + outlook.gap_pct / 100
    for each in range(outlook.base_year + 1, year + 1):
        level *= (100 + read(outlook.real_growth_pct, each)) / (100 + read(outlook.potential_growth_pct, each))
    return 100 * (level - 1)


def _compound(growth: float, prices: float) -> float:
    return 100 * ((1 + growth / 100) * (1 + prices / 100) - 1)


# --- balance and interest ---


def _ageing(outlook: Outlook, year: int, last: int) -> float:
    """What ageing costs more than in the last year of adjustment, less what it brings; ten years long."""
    if year <= last:
        return 0.0
    year = min(year, last + _AGEING_YEARS)
    cost = read(outlook.ageing_pct_gdp, year) - read(outlook.ageing_pct_gdp, last)
    return cost - (read(outlook.revenue_pct_gdp, year) - read(outlook.revenue_pct_gdp, last))


def _market_extra(scenario: Scenario, before: PathYear, year: int, last: int) -> float:
    """What the scenario puts onto market rates in a year, in points."""
    extra = scenario.adverse if year > last else 0.0
    if year == last + 1:
        extra += scenario.stress + scenario.stress_per_point * max(0.0, before.debt - 90)
    return extra


def _find_rates(outlook: Outlook, before: PathYear, extra: float) -> tuple[float, float]:
    """Return (rate on all debt, rate on long-term debt) in %: the forecast's in its years, else computed."""
    year = before.year + 1
    short = read(outlook.rate_short_pct, year) + extra
    known = outlook.implicit_rate_pct.get(year)
    if known is not None:
        return known, _long_rate(outlook, known, short)
    issued = read(outlook.rate_long_pct, year) + extra
    long_rate = before.new_share * issued + (1 - before.new_share) * before.long_rate
    return outlook.short_share * short + (1 - outlook.short_share) * long_rate, long_rate


def _long_rate(outlook: Outlook, rate: float, short: float) -> float:
    return (rate - outlook.short_share * short) / (1 - outlook.short_share)


def _new_share(before: float, debt: float, growth: float, maturing: float) -> float:
    """Return how much of long-term debt is new, with the short-term share of debt held."""
    kept = before * (1 - maturing) / (1 + growth / 100)
    return max(0.0, 1 - kept / debt) if debt > 0 else 0.0


Step = Callable[[PathYear], float]


def decide(outlook: Outlook, years: int, find_step: Step) -> tuple[PathYear, ...]:
    """Return base year and adjustment, where each year's step is decided from the year before."""
    path = [start(outlook)]
    for _ in range(years):
        path.append(follow(outlook, path[-1], find_step(path[-1]), outlook.base_year + years, SCENARIOS[0]))
    return tuple(path)
