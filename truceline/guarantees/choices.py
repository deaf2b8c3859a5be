"""What a finance ministry asks next: what must give for a target, and what the smallest path is.

The social line is one source's share of one year under one concept. It is compared with nothing of
another concept: a floor across states is said to be not computable where their concepts differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from truceline.finance import Economy, Scenario, StatePath, TradeOff
from truceline.guarantees.escape import CAP_PCT_GDP
from truceline.guarantees.funding import LAST_YEAR, Backing, project

__all__ = ["Limits", "SmallestPath", "compare_floors", "find_smallest_path", "trade_off"]

TARGETS_PCT_GDP = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
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


@dataclass(frozen=True, slots=True)
class SmallestPath:
    """The smallest constant yearly share that reaches a sum by a year, and what it runs into.

    `broken` names each limit that cannot hold, with how far it is missed in points of GDP.
    """

    state: str
    needed_eur_bn: float
    by_year: int
    extra_pct_gdp: float | None
    debt_pct_gdp: float | None
    broken: Mapping[str, float]
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether a path exists within all limits."""
        return self.extra_pct_gdp is not None and not self.broken


def find_smallest_path(
    economy: Economy, needed_eur_bn: float, by_year: int, limits: Limits, *, first_year: int = 2027
) -> SmallestPath:
    """Return the smallest constant share of GDP, from `first_year`, whose sum reaches what is needed by a year.

    Debt is that of the path with this share on top of today's defence spending, kept up to the
    last year. What is needed is in EUR bn at current prices.
    """
    plain = project(economy, Scenario("requirement", defence_target_pct_gdp=0.0), Backing())
    years = [year for year in plain.years if first_year <= year.year <= by_year]
    if not years:
        why = plain.notes[0] if not plain.years else f"no year between {first_year} and {by_year}"
        return SmallestPath(economy.state, needed_eur_bn, by_year, None, None, {}, why)
    share = 100 * needed_eur_bn / sum(year.gdp_eur_bn for year in years)
    debt = _debt_with(plain, share, first_year)
    broken = {}
    for name, value, limit in (
        ("extra defence spending", share, limits.extra_pct_gdp),
        ("other spending and revenue", share, limits.offset_pct_gdp),
        (f"debt in {LAST_YEAR}", debt, limits.debt_pct_gdp),
    ):
        if limit is not None and value > limit + 1e-9:
            broken[name] = value - limit
    if limits.offset_pct_gdp is not None and limits.debt_pct_gdp is not None:
        broken = _mix(plain, share, first_year, limits, broken)
    return SmallestPath(economy.state, needed_eur_bn, by_year, share, debt, broken)


def _mix(plain: StatePath, share: float, first_year: int, limits: Limits, broken: dict[str, float]) -> dict[str, float]:
    """Pay what others can give at once and borrow the rest: only what then is too much is broken."""
    given = min(share, limits.offset_pct_gdp or 0.0)
    debt = _debt_with(plain, share - given, first_year)
    kept = {name: miss for name, miss in broken.items() if name == "extra defence spending"}
    if limits.debt_pct_gdp is not None and debt > limits.debt_pct_gdp + 1e-9:
        kept[f"debt in {LAST_YEAR}"] = debt - limits.debt_pct_gdp
    return kept


def _debt_with(plain: StatePath, share: float, first_year: int) -> float:
    """Return debt in the last year with so much more borrowed each year, interest on it included."""
    more = 0.0
    for year in plain.years:
        growth = 1 + year.nominal_growth_pct / 100
        more = more * (1 + year.implicit_rate_pct / 100) / growth + (share if year.year >= first_year else 0.0)
    return plain.years[-1].debt_pct_gdp + more
