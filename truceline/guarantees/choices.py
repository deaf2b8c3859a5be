"""What a finance ministry asks next: what must give for a target, and what the smallest path is.

The social line is one source's share of one year under one concept. It is compared with nothing of
another concept: a floor across states is said to be not computable where their concepts differ.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from truceline.finance import Economy, Scenario, SmallestPath, StatePath, TradeOff
from truceline.guarantees.escape import CAP_PCT_GDP
from truceline.guarantees.funding import LAST_YEAR, Backing, project

__all__ = ["TARGETS_PCT_GDP", "Limits", "compare_floors", "find_smallest_path", "set_limits", "trade_off"]

TARGETS_PCT_GDP = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
"""Targets for defence, in % of GDP, that trade-offs are shown at."""
OFFSETS = (0.0, 0.5, 1.0)


def trade_off(
    economy: Economy,
    scenario: Scenario,
    backing: Backing,
    *,
    targets: Sequence[float] = TARGETS_PCT_GDP,
    offsets: Sequence[float] = OFFSETS,
) -> tuple[TradeOff, ...]:
    """Return, for each target and each part paid at once, debt in the last year and what the rest must give."""
    found = []
    for target in targets:
        for offset in offsets:
            path = project(economy, replace(scenario, defence_target_pct_gdp=target, offset_share=offset), backing)
            if path.years:
                found.append(_point(economy, path, target, offset))
    return tuple(found)


def _point(economy: Economy, path: StatePath, target: float, offset: float) -> TradeOff:
    last = path.years[-1]
    social = economy.social
    if social is None:
        return TradeOff(economy.state, target, offset, last.debt_pct_gdp, last.offset_pct_gdp, None, "no social line")
    note = f"{social.concept} of {social.year}, held at its share of GDP"
    return TradeOff(
        economy.state,
        target,
        offset,
        last.debt_pct_gdp,
        last.offset_pct_gdp,
        social.pct_gdp - last.offset_pct_gdp,
        note,
    )


def compare_floors(economies: Iterable[Economy]) -> tuple[float | None, str]:
    """Return (the lowest social line in % of GDP, whose it is), or (None, why it is not computable)."""
    known = [economy for economy in economies if economy.social is not None]
    kinds = sorted({(e.social.concept, e.social.year) for e in known if e.social is not None})
    if not kinds:
        return None, "not computable: no social line is known"
    if len(kinds) > 1:
        shown = "; ".join(f"{concept} {year}" for concept, year in kinds)
        return None, f"not computable: the concepts and years differ ({shown})"
    lowest = min(known, key=lambda e: e.social.pct_gdp if e.social else 0.0)
    return (lowest.social.pct_gdp if lowest.social else None), lowest.name


# --- the smallest path ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """What a path must keep to; None: no such limit. Shares are in % of GDP.

    `debt_pct_gdp` in the last year, `extra_pct_gdp` in any year, `offset_pct_gdp` what other
    spending and revenue can give in any year (0 where the social floor is not to be touched and
    nothing else is offered).
    """

    debt_pct_gdp: float | None = None
    extra_pct_gdp: float | None = CAP_PCT_GDP
    offset_pct_gdp: float | None = None


DEBT_REFERENCE_PCT = 60.0


def set_limits(economy: Economy) -> Limits:
    """Return the limits that the rules of a state set, as far as they are arithmetic.

    Under the rules of the Union (Regulation (EU) 2024/1263, Article 6) debt goes down or stays below
    60 % of GDP: here, debt of the last year is at most that of the last forecast year, or 60. The room
    of the escape clause caps extra defence. National rules are not arithmetic here: no limit on debt.
    """
    if economy.framework != "EU rules" or not economy.series.get("debt_bn_nc"):
        return Limits(None, None, None)
    base = max(economy.series["debt_bn_nc"])
    debt = 100 * economy.series["debt_bn_nc"][base] / economy.series["gdp_bn_nc"][base]
    return Limits(max(DEBT_REFERENCE_PCT, debt), CAP_PCT_GDP, None)


def find_smallest_path(
    economy: Economy, needed_eur_bn: float, by_year: int, limits: Limits, *, first_year: int = 2027
) -> SmallestPath:
    """Return the smallest constant share of GDP, from `first_year`, whose sum reaches what is needed by a year.

    Debt is that of the path with this share on top of today's defence spending, kept up to the
    last year. What is needed is in EUR bn at current prices. Raises ValueError for a sum that is none.
    """
    if not needed_eur_bn > 0:
        raise ValueError(f"EUR {needed_eur_bn} bn: more than nothing must be needed")
    plain = project(economy, Scenario("requirement", defence_target_pct_gdp=0.0), Backing())
    years = [year for year in plain.computed if first_year <= year.year <= by_year]
    if not years:
        why = plain.notes[0] if not plain.years else f"no year between {first_year} and {by_year}"
        return SmallestPath(economy.state, needed_eur_bn, by_year, None, None, note=why)
    share = 100 * needed_eur_bn / sum(year.gdp_eur_bn for year in years)
    if share > 100:
        why = f"infeasible: {share:,.0f} % of GDP each year from {first_year} to {by_year}"
        return SmallestPath(economy.state, needed_eur_bn, by_year, None, None, note=why)
    return _hold_against(economy.state, plain, share, (needed_eur_bn, by_year, first_year), limits)


def _hold_against(
    state: str, plain: StatePath, share: float, asked: tuple[float, int, int], limits: Limits
) -> SmallestPath:
    """Set a share against the limits: others give what they can, the rest is borrowed, what is then too much breaks."""
    needed, by_year, first_year = asked
    given = min(share, limits.offset_pct_gdp or 0.0)
    each = _debt_of_one(plain, first_year)
    before = plain.years[-1].debt_pct_gdp
    debt = before + each * (share - given)
    broken, already, give = {}, 0.0, None
    if limits.extra_pct_gdp is not None and share > limits.extra_pct_gdp + 1e-9:
        broken["extra defence spending"] = share - limits.extra_pct_gdp
    if limits.debt_pct_gdp is not None:
        already = max(0.0, before - limits.debt_pct_gdp)
        give = max(0.0, given + (debt - limits.debt_pct_gdp) / each)
        if debt > limits.debt_pct_gdp + 1e-9:
            broken[f"debt in {LAST_YEAR}"] = debt - limits.debt_pct_gdp
    return SmallestPath(state, needed, by_year, share, debt, limits.debt_pct_gdp, already, give, broken)


def _debt_of_one(plain: StatePath, first_year: int) -> float:
    """Return what 1 % of GDP borrowed more each year adds to debt in the last year, interest on it included."""
    more = 0.0
    for year in plain.computed:
        growth = 1 + (year.nominal_growth_pct or 0.0) / 100
        more = more * (1 + (year.implicit_rate_pct or 0.0) / 100) / growth + (1.0 if year.year >= first_year else 0.0)
    return more
