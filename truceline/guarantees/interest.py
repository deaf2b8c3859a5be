"""The rate of interest on a state's debt: market rates, and how fast debt comes to pay them.

    r(t)  = s · i_short(t) + (1 − s) · l(t)
    l(t)  = β(t−1) · i_long(t) + (1 − β(t−1)) · l(t−1)
    β(t)  = [ m(t) · L(t−1) + L(t) − L(t−1) ] / L(t), from 0 to 1

with s the short-term share of debt, L long-term debt in money, m the share of it that matures in a
year, and β the part that was issued in a year: what matured and what deficits added. Market rates go
in a straight line from the last known to the forward rate ten years after the first year, then for
twenty years to a rate that holds for all (Debt Sustainability Monitor 2023; the public replication
whose inputs the case carries reads it so).
"""

from collections.abc import Callable

from truceline.finance import Economy

__all__ = ["FORWARD_YEARS", "LONG_RUN", "DebtRate", "MarketRates", "interpolate"]

FORWARD_YEARS = 10
"""Forward rates and forward inflation hold ten years after the first year."""
LONG_RUN = {"POL": (4.5, 2.5), "ROU": (4.5, 2.5), "HUN": (5.0, 3.0)}
"""Where the long rate and inflation go in thirty years, in %, where it is not 4 and 2 (Monitor 2023)."""
_LONG_RUN_RATE = 4.0


def interpolate(year: int, start: tuple[int, float], end: tuple[int, float]) -> float:
    """Return the value in a year on the straight line between two years, held beyond them."""
    if year <= start[0]:
        return start[1]
    if year >= end[0]:
        return end[1]
    return start[1] + (end[1] - start[1]) * (year - start[0]) / (end[0] - start[0])


class MarketRates:
    """The market's rates of one state, without any shock; None where the source has none."""

    def __init__(self, economy: Economy, first: int) -> None:
        self._economy, self._turn = economy, first + FORWARD_YEARS
        self._goal = LONG_RUN.get(economy.state, (_LONG_RUN_RATE, 0.0))[0]

    def long(self, year: int) -> float | None:
        """Return the ten-year rate of a year in %."""
        return self._rate("market_rate_long_pct", "forward_long_pct", self._goal, year)

    def short(self, year: int) -> float | None:
        """Return the three-month rate of a year in %."""
        return self._rate("market_rate_short_pct", "forward_short_pct", self._goal / 2, year)

    def _rate(self, name: str, forward_name: str, goal: float, year: int) -> float | None:
        known = self._economy.series.get(name, {})
        forward = self._economy.numbers.get(forward_name)
        if not known or forward is None:
            return None
        if year in known:
            return known[year]
        if year <= self._turn:
            return interpolate(year, (max(known), known[max(known)]), (self._turn, forward))
        return interpolate(year, (self._turn, forward), (self._turn + 2 * FORWARD_YEARS, goal))


class DebtRate:
    """The rate on all debt, year by year from the base. Where the source cannot carry it, the rate is held.

    A held rate takes a shock at once and whole, which is more than debt that matures over years would.
    """

    def __init__(self, economy: Economy, first: int, base: int, note: Callable[[str], None]) -> None:
        self.market = MarketRates(economy, first)
        self._first = first
        self._rate = self._long = economy.series["implicit_rate_pct"][base]
        numbers = economy.numbers
        shares = [numbers.get(name) for name in ("short_term_share", "maturing_share", "maturing_share_later")]
        self._shares = tuple(share for share in shares if share is not None and 0 <= share < 1)
        short = self.market.short(base)
        self.held = len(self._shares) < 3 or short is None or self.market.long(base) is None
        if self.held:
            note(
                "which share of debt matures, or at which market rate, is not known: the rate on debt is held, and a "
                "shock to it counts at once and whole"
            )
        elif short is not None:
            self._long = (self._rate - self._shares[0] * short) / (1 - self._shares[0])

    def step(self, year: int, debts: tuple[float, float], growth_pct: float, shock_pct: float) -> float:
        """Return the rate of a year in %: `debts` are those of two years and of one year before, in % of GDP.

        `growth_pct` is nominal growth from the one to the other.
        """
        long, short = self.market.long(year), self.market.short(year)
        if self.held or long is None or short is None:
            return self._rate + shock_pct
        issued = self._find_issued(year - 1, debts, growth_pct)
        self._long += issued * (long + shock_pct - self._long)
        return self._shares[0] * (short + shock_pct) + (1 - self._shares[0]) * self._long

    def _find_issued(self, year: int, debts: tuple[float, float], growth_pct: float) -> float:
        """Return which part of long-term debt was issued in a year."""
        _, now, later = self._shares
        maturing = interpolate(year, (self._first, now), (self._first + FORWARD_YEARS, later))
        before, after = debts[0] / (1 + growth_pct / 100), debts[1]
        if after <= 0:
            return 0.0
        return min(1.0, max(0.0, (maturing * before + after - before) / after))
