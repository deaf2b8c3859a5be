"""How far a debt path may stray: many draws of growth, rates and balances around the central path.

Shocks are normal, independent between variables and years but for the persistence that is given,
and the same for every state in relation to its own standard deviations. The deviations are
assumptions of the plan, given in points, and stand in the result; a history from which they could
be estimated is not among the inputs. Draws come from a seeded generator (PCG64), so that the same
seed gives the same fan.
"""

from dataclasses import dataclass

import numpy as np

from truceline.finance import Fan, StatePath

__all__ = ["PERCENTILES", "Shocks", "spread"]

PERCENTILES = (10, 20, 30, 40, 50, 60, 70, 80, 90)


@dataclass(frozen=True, slots=True)
class Shocks:
    """Standard deviations a year, in points, and how much of a shock carries into the next year."""

    growth_pct: float = 1.5
    rate_pct: float = 0.4
    balance_pct: float = 1.0
    persistence: float = 0.3


def spread(path: StatePath, shocks: Shocks, *, draws: int, seed: int) -> Fan | None:
    """Return percentiles of debt around the computed years of a path, in % of GDP; None where there are none.

    The fan starts at debt of the source's last forecast year. The interest rate's shock moves the rate on
    all debt by the part that matures in a year on average (a seventh). Raises ValueError for no draw.
    """
    if draws < 1:
        raise ValueError(f"{draws} draws: at least one is needed")
    if not path.computed or len(path.computed) == len(path.years):
        return None
    generator = np.random.Generator(np.random.PCG64(seed))
    debt = np.full(draws, path.years[-len(path.computed) - 1].debt_pct_gdp)
    carried = np.zeros((3, draws))
    scale = np.array([[shocks.growth_pct], [shocks.rate_pct / 7], [shocks.balance_pct]])
    drift = np.zeros(draws)
    rows = []
    for year in path.computed:
        carried = shocks.persistence * carried + scale * generator.standard_normal((3, draws))
        drift += carried[1]
        growth = 1 + ((year.nominal_growth_pct or 0.0) + carried[0]) / 100
        interest = ((year.implicit_rate_pct or 0.0) + drift) / 100 * debt / growth
        primary = year.primary_balance_pct_gdp + (year.loan_saving_pct_gdp or 0.0) + carried[2]
        debt = debt / growth - (primary - interest) + (year.stock_flow_pct_gdp or 0.0)
        rows.append(np.percentile(debt, PERCENTILES))
    table = np.array(rows).reshape(len(rows), len(PERCENTILES))
    percentiles = {name: tuple(float(x) for x in table[:, i]) for i, name in enumerate(PERCENTILES)}
    return Fan(path.state, path.scenario, tuple(y.year for y in path.computed), percentiles, draws, seed)
