"""Quantities as text: "7500 persons", "10000..30000 persons", "<= EUR 150 bn", "qualitative".

A number always has a unit, and a unit is one that is known: the sum of what is written with two
words for one thing would be wrong in silence. Money is an ISO 4217 code, a number and a magnitude;
the basis of its prices follows after a comma ("EUR 38.05 bn, 2025 prices").
"""

import re
from decimal import Decimal

from truceline.commitment import QUALITATIVE, Quantity
from truceline.errors import FormError

__all__ = ["CURRENCIES", "UNITS", "read_quantity", "say_quantity"]

UNITS = (
    "persons",
    "brigades",
    "battalions",
    "units",
    "states",
    "aircraft",
    "ships",
    "submarines",
    "tanks",
    "vehicles",
    "guns",
    "launchers",
    "systems",
    "satellites",
    "drones",
    "interceptors",
    "missiles",
    "rounds",
    "warheads",
    "monitors",
    "days",
    "years",
    "% of GDP",
    "%",
)
"""What may be counted. Any of them may be a rate: "/month" or "/year"."""
# fmt: off
CURRENCIES = ("EUR", "USD", "GBP", "PLN", "HUF", "CZK", "SEK", "NOK", "DKK", "RON", "BGN", "CHF", "CAD", "AUD", "JPY",
              "NZD", "TRY", "UAH")
# fmt: on
_MAGNITUDES = {"": 0, "thousand": 3, "m": 6, "bn": 9, "tn": 12}
_MOST = Decimal(10) ** 15
_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,6})?"
_RANGE = rf"(?P<bound><=|>=|<|>|about )? ?(?P<low>{_NUMBER})(?:\.\.(?P<high>{_NUMBER}))?"
_MONEY = re.compile(
    rf"(?:(?P<mark><=|>=|<|>|about) )?(?P<currency>[A-Z]{{3}}) {_RANGE}(?: (?P<magnitude>thousand|m|bn|tn))?"
    r"(?P<rate>/month|/year)?(?:, (?P<basis>(?:\d{4}|current) prices))?"
)
_COUNT = re.compile(rf"{_RANGE} ?(?P<unit>%|[A-Za-z%][A-Za-z% -]{{0,40}}?)(?P<rate>/month|/year)?")
_EXAMPLES = '"7500 persons", "10000..30000 persons", "<= EUR 150 bn" or "qualitative"'


def read_quantity(text: object) -> Quantity:
    """Read a quantity; raises FormError where number, unit or range cannot be understood.

    "<" and "<=" give no lower bound, ">" and ">=" no upper one. Shares in per cent of something
    lie between 0 and 100.
    """
    if not isinstance(text, str):
        raise _refuse("quantity without a unit", text, "write it as text with its unit")
    if text.strip() == QUALITATIVE:
        return Quantity(None, None, QUALITATIVE)
    money = _MONEY.fullmatch(text.strip())
    found = money or _COUNT.fullmatch(text.strip())
    if found is None:
        raise _refuse("quantity not understood", text, "write number, blank and unit")
    if money:
        scale, unit, basis = _MAGNITUDES[money["magnitude"] or ""], _currency(money["currency"], text), money["basis"]
    else:
        scale, unit, basis = 0, _unit(found["unit"], text), None
    low, high = _bounds(found, scale, text)
    unit += found["rate"] or ""
    most = max(filter(None, (low, high)), default=Decimal(0))
    if unit.startswith("%") and most > 100:
        raise FormError("more than all of it", expected="at most 100 %", found=f'"{text}"', do="correct the share")
    if most > _MOST:
        do = "look at its magnitude"
        raise FormError("quantity beyond all measure", expected="at most 1,000 tn", found=f'"{text}"'[:80], do=do)
    return Quantity(low, high, unit, basis, _mark(found) == "about")


def _mark(found: re.Match[str]) -> str:
    """Return the mark before a number: "<", "about", or nothing."""
    groups = found.groupdict()
    return (groups.get("mark") or groups.get("bound") or "").strip()


def _bounds(found: re.Match[str], scale: int, text: str) -> tuple[Decimal | None, Decimal | None]:
    low = Decimal(found["low"]).scaleb(scale)
    high = Decimal(found["high"]).scaleb(scale) if found["high"] else low
    mark = _mark(found)
    if high < low or (found["high"] and mark in ("<", "<=", ">", ">=")):
        raise _refuse("range not understood", text, 'write the smaller number first, as "10000..30000 persons"')
    return (None if mark in ("<", "<=") else low), (None if mark in (">", ">=") else high)


def _currency(code: str, text: str) -> str:
    if code not in CURRENCIES:
        raise FormError(
            "currency not known", expected="one of " + ", ".join(CURRENCIES), found=f'"{text}"', do="use its ISO code"
        )
    return code


def _unit(word: str, text: str) -> str:
    if word not in UNITS:
        raise FormError("unit not known", expected="one of " + ", ".join(UNITS), found=f'"{text}"', do="use its word")
    return word


def _refuse(what: str, value: object, do: str) -> FormError:
    shown = f'"{value}"' if isinstance(value, str) else repr(value)
    return FormError(what, expected=f"a quantity with its unit, such as {_EXAMPLES}", found=shown[:80], do=do)


def say_quantity(quantity: Quantity) -> str:
    """Return a quantity as people write it, thousands set apart by a thin space.

    Such as "10 000–30 000 persons", "EUR 150 bn", "up to EUR 800 bn".
    """
    if quantity.qualitative:
        return QUALITATIVE
    unit, _, rate = quantity.unit.partition("/")
    money = unit in CURRENCIES
    numbers = [number for number in (quantity.low, quantity.high) if number is not None]
    divisor, word = _scale(max(numbers)) if money else (Decimal(1), "")
    shown = "–".join(dict.fromkeys(_plain(number / divisor) for number in numbers))
    bound = "up to " if quantity.low is None else "at least " if quantity.high is None else ""
    bound = "about " if quantity.approximate else bound
    body = f"{unit} {shown}{word}" if money else f"{shown}\u00a0{unit}"
    return bound + body + (f"/{rate}" if rate else "") + (f", {quantity.basis}" if quantity.basis else "")


def _scale(number: Decimal) -> tuple[Decimal, str]:
    """Return the largest magnitude that leaves at least 1 before the point."""
    for word, power in (("tn", 12), ("bn", 9), ("m", 6)):
        if number >= Decimal(1).scaleb(power):
            return Decimal(1).scaleb(power), f"\u00a0{word}"
    return Decimal(1), ""


def _plain(number: Decimal) -> str:
    return f"{number.normalize():,f}".replace(",", "\u202f")
