"""Loans: what is paid when, tranche by tranche, and whether a facility stays within its own limits.

SAFE (Regulation (EU) 2025/1106) lends for at most 45 years, the first 10 without principal, with an
advance of up to 15 %, and the three largest loans together take at most 60 % of the envelope. It is
financing and never additional spending: what a loan pays for stands in a state's defence path
already, and only the interest that it saves or adds is new.

Amounts are exact decimals in whole units of a currency; years are calendar years, paid at their end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Literal

__all__ = [
    "SAFE",
    "LoanTerms",
    "Payment",
    "Prudence",
    "Tranche",
    "check_prudence",
    "implied_spread",
    "plan_payments",
    "prefinance",
    "sum_interest",
    "sum_payments",
]

_CENT = Decimal("0.01")
_EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
Repayment = Literal["equal principal", "annuity"]


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """The terms of a loan: years in all, years without principal, yearly rate as a share (0.03 is 3 %)."""

    maturity_years: int
    grace_years: int
    rate: Decimal
    repayment: Repayment = "equal principal"

    def __post_init__(self) -> None:
        """Raise ValueError for terms under which nothing could be repaid."""
        if not 0 <= self.grace_years < self.maturity_years <= 100:
            raise ValueError(f"grace of {self.grace_years} years in a loan of {self.maturity_years}")
        if not Decimal(-1) < self.rate < Decimal(1):
            raise ValueError(f"rate of {self.rate}: a share is asked for, 0.03 for 3 %")


SAFE = LoanTerms(45, 10, Decimal("0.03"))
"""SAFE at the rate of about 3 % that was quoted for its first stage."""


@dataclass(frozen=True, slots=True)
class Tranche:
    """One drawing of a loan: its year and amount. Its grace and maturity count from that year."""

    year: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """One year of a loan: what is paid at its end, and what is owed after that."""

    year: int
    interest: Decimal
    principal: Decimal
    outstanding: Decimal

    @property
    def total(self) -> Decimal:
        """Interest and principal."""
        return self.interest + self.principal


def plan_payments(tranches: Iterable[Tranche], terms: LoanTerms) -> tuple[Payment, ...]:
    """Return the payments of all tranches, year by year; each tranche has its own grace.

    A tranche drawn in year Y owes interest from Y + 1 on. The last payment clears what rounding
    leaves; amounts are not rounded before that, so that sums agree with published totals.
    """
    years: dict[int, list[Decimal]] = {}
    with localcontext(_EXACT):
        for tranche in tranches:
            for year, interest, principal, owed in _plan_one(tranche, terms):
                row = years.setdefault(year, [Decimal(0), Decimal(0), Decimal(0)])
                row[0] += interest
                row[1] += principal
                row[2] += owed
            row = years.setdefault(tranche.year, [Decimal(0), Decimal(0), Decimal(0)])
            row[2] += tranche.amount
    return tuple(Payment(year, *years[year]) for year in sorted(years))


def _plan_one(tranche: Tranche, terms: LoanTerms) -> Iterable[tuple[int, Decimal, Decimal, Decimal]]:
    owed = tranche.amount
    terms_left = terms.maturity_years - terms.grace_years
    level = _annuity(tranche.amount, terms.rate, terms_left)
    for number in range(1, terms.maturity_years + 1):
        interest = owed * terms.rate
        if number <= terms.grace_years:
            principal = Decimal(0)
        elif number == terms.maturity_years:
            principal = owed
        elif terms.repayment == "annuity":
            principal = level - interest
        else:
            principal = tranche.amount / terms_left
        owed -= principal
        yield tranche.year + number, interest, principal, owed


def _annuity(amount: Decimal, rate: Decimal, years: int) -> Decimal:
    """Return the level payment that clears an amount in so many years."""
    if rate == 0:
        return amount / years
    return amount * rate / (1 - (1 + rate) ** -years)


def sum_interest(payments: Iterable[Payment]) -> Decimal:
    """Return all interest."""
    return sum((payment.interest for payment in payments), Decimal(0))


def sum_payments(payments: Iterable[Payment], first: int, last: int) -> Decimal:
    """Return interest and principal paid in the years from `first` to `last`, both included."""
    return sum((payment.total for payment in payments if first <= payment.year <= last), Decimal(0))


def prefinance(amount: Decimal, share: Decimal = Decimal("0.15")) -> Decimal:
    """Return the advance on a loan, to the cent."""
    return (amount * share).quantize(_CENT, ROUND_HALF_EVEN, _EXACT)


@dataclass(frozen=True, slots=True)
class Prudence:
    """Whether a facility stays within its limits: `largest` against `cap`, `sum` against `envelope`."""

    largest: tuple[str, ...]
    largest_sum: Decimal
    cap: Decimal
    sum: Decimal
    envelope: Decimal

    @property
    def holds(self) -> bool:
        """Whether the largest loans stay within the cap."""
        return self.largest_sum <= self.cap


def check_prudence(
    loans: Mapping[str, Decimal], envelope: Decimal, *, count: int = 3, share: Decimal = Decimal("0.6")
) -> Prudence:
    """Set the largest loans against their part of the envelope (SAFE, Article 13: three, 60 %)."""
    ordered = sorted(loans, key=lambda name: (-loans[name], name))
    largest = tuple(ordered[:count])
    return Prudence(
        largest,
        sum((loans[name] for name in largest), Decimal(0)),
        envelope * share,
        sum(loans.values(), Decimal(0)),
        envelope,
    )


def implied_spread(saving_a_year: Decimal, amount: Decimal) -> Decimal:
    """Return the difference of rates, as a share, that a claimed yearly saving on a loan implies."""
    return saving_a_year / amount
