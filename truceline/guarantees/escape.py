"""The national escape clause for defence: how much room it gives, for whom, and where it ends.

A state that activated it may spend up to 1.5 % of GDP a year more on defence than in its reference
year, from 2025 to 2028, without breaking the rule on net expenditure; everything else stays bound.
The clause gives room in a rule and no money. After its last year the room is gone and the spending
is still there: that step is the cliff, and it is shown.

Sources: Commission notice of March 2025 and Council release of July 2025, as reported; the published
EUR 650 bn is reconstructed best by a rising path over the GDP of 2023 (our arithmetic; the
Commission's own sheet has not been found).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FULL", "RAMP", "Cliff", "find_cliff", "give_room", "level_for", "sum_room"]

RAMP = (0.375, 0.75, 1.125, 1.5)
"""A rising path over four years, in per cent of GDP: 3.75 % in all."""
FULL = (1.5, 1.5, 1.5, 1.5)
"""The whole room from the first year, in per cent of GDP."""
CAP_PCT_GDP = 1.5


def sum_room(gdp_eur_bn: Sequence[float], path_pct_gdp: Sequence[float] = RAMP) -> float:
    """Return what a path of extra spending sums to, in EUR bn; one value of GDP a year.

    Raises ValueError where the two are of different length.
    """
    return sum(gdp * pct / 100 for gdp, pct in zip(gdp_eur_bn, path_pct_gdp, strict=True))


def level_for(total_eur_bn: float, gdp_eur_bn: Sequence[float]) -> float:
    """Return the constant yearly share of GDP, in per cent, that sums to a total."""
    return 100 * total_eur_bn / sum(gdp_eur_bn)


def give_room(
    extra_pct_gdp: Mapping[int, float], active: Iterable[int], cap_pct_gdp: float = CAP_PCT_GDP
) -> dict[int, tuple[float, float]]:
    """Return for each year (covered by the clause, beyond it) of extra defence spending, in % of GDP."""
    years = set(active)
    room = {}
    for year, extra in extra_pct_gdp.items():
        covered = min(max(extra, 0.0), cap_pct_gdp) if year in years else 0.0
        room[year] = (covered, max(extra, 0.0) - covered)
    return room


@dataclass(frozen=True, slots=True)
class Cliff:
    """What the end of the clause asks: spending that was covered in its last year and is not after it."""

    last_year: int
    covered_pct_gdp: float
    kept_pct_gdp: float

    @property
    def step_pct_gdp(self) -> float:
        """What must be paid for within the rules from one year to the next, in % of GDP."""
        return min(self.covered_pct_gdp, self.kept_pct_gdp)


def find_cliff(
    extra_pct_gdp: Mapping[int, float], active: Iterable[int], cap_pct_gdp: float = CAP_PCT_GDP
) -> Cliff | None:
    """Return the step after the clause's last year; None where that year or the next is not given."""
    years = sorted(set(active) & set(extra_pct_gdp))
    if not years or years[-1] + 1 not in extra_pct_gdp:
        return None
    last = years[-1]
    return Cliff(last, give_room(extra_pct_gdp, years, cap_pct_gdp)[last][0], max(extra_pct_gdp[last + 1], 0.0))
