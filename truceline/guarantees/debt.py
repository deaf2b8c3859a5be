"""The debt identity: this year's debt is last year's, diluted by growth, less the balance, plus the rest.

    d(t) = d(t-1) · Y(t-1) / Y(t) − b(t) + s(t)

with d debt, b the overall balance and s the stock-flow adjustment, all in per cent of GDP, and Y
nominal GDP. The stock-flow term is no rounding: debt moves for reasons that no budget shows
(acquired assets, exchange rates, cash). A model without it fails Italy, Poland, the United Kingdom
and Norway (IMF WEO, October 2025).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from truceline.finance import Economy

__all__ = ["Residual", "advance_debt", "check_identity", "find_residual", "implied_residual"]


def advance_debt(debt_pct: float, nominal_growth_pct: float, balance_pct: float, stock_flow_pct: float = 0.0) -> float:
    """Return debt at the end of a year, in % of that year's GDP, from debt a year before."""
    return debt_pct / (1 + nominal_growth_pct / 100) - balance_pct + stock_flow_pct


def find_residual(debt_before_pct: float, debt_pct: float, nominal_growth_pct: float, balance_pct: float) -> float:
    """Return the stock-flow adjustment that closes the identity, in % of GDP."""
    return debt_pct - advance_debt(debt_before_pct, nominal_growth_pct, balance_pct)


def implied_residual(economy: Economy, year: int) -> float | None:
    """Return the stock-flow term of a year from the state's table; None where a number is missing.

    Reads `debt_YEAR_pct_gdp`, `balance_YEAR_pct_gdp` and `nominal_growth_YEAR_pct`.
    """
    names = (
        f"debt_{year - 1}_pct_gdp",
        f"debt_{year}_pct_gdp",
        f"nominal_growth_{year}_pct",
        f"balance_{year}_pct_gdp",
    )
    before, after, growth, balance = (economy.numbers.get(name) for name in names)
    if before is None or after is None or growth is None or balance is None:
        return None
    return find_residual(before, after, growth, balance)


@dataclass(frozen=True, slots=True)
class Residual:
    """How far a source's own numbers miss the identity in one year, in points of GDP."""

    state: str
    year: int
    debt_pct_gdp: float
    expected_pct_gdp: float
    stated_ratio_pct_gdp: float | None

    @property
    def miss(self) -> float:
        """Debt as stated in money less what the identity gives."""
        return self.debt_pct_gdp - self.expected_pct_gdp

    @property
    def ratio_miss(self) -> float | None:
        """The stated ratio less stated debt over stated GDP; None where no ratio is stated."""
        return None if self.stated_ratio_pct_gdp is None else self.stated_ratio_pct_gdp - self.debt_pct_gdp


def check_identity(economy: Economy) -> tuple[Residual, ...]:
    """Return the identity of every year whose terms are all stated in money, with its own stock-flow term."""
    found = []
    debts, gdps = _series(economy, "debt_bn_nc"), _series(economy, "gdp_bn_nc")
    for year in sorted(set(debts) & set(gdps)):
        balance, flow = economy.value("balance_pct_gdp", year), economy.value("stock_flow_bn_nc", year)
        before = debts.get(year - 1)
        if before is None or balance is None or flow is None:
            continue
        gdp = gdps[year]
        expected = 100 * (before + flow) / gdp - balance
        found.append(
            Residual(economy.state, year, 100 * debts[year] / gdp, expected, economy.value("debt_pct_gdp", year))
        )
    return tuple(found)


def _series(economy: Economy, name: str) -> Mapping[int, float]:
    return economy.series.get(name, {})
