"""How days, amounts and shares of promises are put into words."""

from datetime import date
from decimal import Decimal

from truceline.commitment import Amount, Quantity
from truceline.guarantees.quantities import say_quantity
from truceline.reports.wording import say_number

__all__ = ["glue", "say_amount", "say_bare", "say_day", "say_share", "say_side"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def say_day(day: date) -> str:
    """Return a day as "6 Jan 2026", kept on one line."""
    return f"{day.day}\u00a0{_MONTHS[day.month - 1]}\u00a0{day.year}"


def say_amount(amount: Amount | None) -> str:
    """Return a range of promises: "0–17,500 persons"; no upper end and nothing below is "no number known"."""
    if amount is None:
        return "does not count"
    if amount.high is None and not amount.low:
        return "no number known"
    if amount.low == 0 and amount.high == 0:
        return "nothing"
    return say_quantity(Quantity(amount.low, amount.high, amount.unit))


def say_bare(amount: Amount) -> str:
    """Return a range without its unit, for columns that name it."""
    low, high = say_side(amount.low), say_side(amount.high)
    if amount.high is None:
        return "no number known" if not amount.low else f"at least {low}"
    if amount.low is None:
        return f"up to {high}"
    return high if amount.low == amount.high else f"{low}–{high}"


def say_side(value: Decimal | None) -> str:
    """Return one end of a range with its thousands set apart, "unknown" where there is none."""
    return say_number(None if value is None else float(value), 2)


def say_share(share: tuple[Decimal | None, Decimal | None]) -> str:
    """Return a share of a need as "0–70 %", "0 % or more", or "unknown"."""
    low, high = (None if side is None else f"{side * 100:.0f}" for side in share)
    if low is None and high is None:
        return "unknown"
    if high is None:
        return "unknown" if low == "0" else f"{low}\u00a0% or more"
    return f"{high}\u00a0%" if low == high else f"up to {high}\u00a0%" if low is None else f"{low}–{high}\u00a0%"


def glue(text: str) -> str:
    """Return a text that is not broken between its words."""
    return text.replace(" ", "\u00a0")
