"""The terms of programmes: what a loan facility, an escape clause, a rule or a plan says of itself.

Each kind has its own keys. A key that is not known, a share above all of it, a year that is none and
terms that contradict each other are problems with their line. `read_*` turn checked terms into types.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from truceline.agreement import checks
from truceline.agreement.grammar import Key
from truceline.agreement.problems import show, suggest
from truceline.commitment import Programme
from truceline.errors import FormError
from truceline.guarantees.loans import LoanTerms, Repayment

__all__ = ["TERMS", "Clause", "Facility", "Goal", "check_terms", "read_clause", "read_facility", "read_goal"]

_SHARE = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,6})?) %")
_OF_GDP = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,6})?) % of GDP")
_FIRST, _LAST = 2000, 2100
Found = Iterator[tuple[str, FormError]]


def read_share(value: object) -> Decimal:
    """Read a share of something, "15 %", as a part of one. Raises FormError."""
    return _read_percent(value, _SHARE, '"15 %"') / 100


def read_share_of_gdp(value: object) -> float:
    """Read a share of GDP, "1.5 % of GDP", in per cent. Raises FormError."""
    return float(_read_percent(value, _OF_GDP, '"1.5 % of GDP"'))


def _read_percent(value: object, form: re.Pattern[str], example: str) -> Decimal:
    match = form.fullmatch(value) if isinstance(value, str) else None
    try:
        number = Decimal(match["number"]) if match else None
    except InvalidOperation:  # pragma: no cover - the form lets only digits through
        number = None
    if number is None:
        raise FormError("share not understood", expected=f"a share such as {example}", found=show(value), do="write so")
    if number > 100:
        raise FormError("more than all of it", expected="at most 100 %", found=show(value), do="correct the share")
    return number


def read_year(value: object) -> int:
    """Read a calendar year written as a number. Raises FormError."""
    if not isinstance(value, int) or isinstance(value, bool) or not _FIRST <= value <= _LAST:
        expected = f"a year from {_FIRST} to {_LAST}, as a number"
        raise FormError("not a year", expected=expected, found=show(value), do="write 2028")
    return value


def _read_years(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        expected = "a number of years from 0 to 100"
        raise FormError("not a number of years", expected=expected, found=show(value), do="write 45")
    return value


def _read_drawing(value: object) -> tuple[Decimal, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= 50:
        raise FormError("not a list of shares", expected='["50 %", "50 %"]', found=show(value), do="write one a year")
    shares = tuple(read_share(item) for item in value)
    if sum(shares) != 1:
        found = f"{sum(shares):%}"
        raise FormError("shares do not sum to 100 %", expected="100 % in all", found=found, do="correct the shares")
    return shares


def _read_no(value: object) -> bool:
    if value is not False:
        raise FormError(
            "a loan is no additional spending",
            expected="false",
            found=show(value),
            do="what it pays for stands in a state's defence path; remove the key, or write false",
        )
    return False


def _key(read: Callable[[object], object], *, required: bool = False) -> Key:
    """Return a key whose value this function can read."""

    def check(value: object, path: str) -> Found:
        try:
            read(value)
        except FormError as error:
            yield path, error

    return Key(check, required=required)


_TEXT = Key(checks.check_text)
_REPAYMENTS: tuple[Repayment, ...] = ("equal principal", "annuity")
TERMS: Mapping[str, Mapping[str, Key]] = {
    "loan-facility": {
        "maturity_years": _key(_read_years, required=True),
        "grace_years": _key(_read_years, required=True),
        "rate": _key(read_share, required=True),
        "rate_note": _TEXT,
        "repayment": Key(checks.one_of(_REPAYMENTS)),
        "prefinancing": _key(read_share),
        "largest_three": _key(read_share),
        "european_content": _key(read_share),
        "first_year": _key(read_year),
        "last_year": _key(read_year, required=True),
        "drawing": _key(_read_drawing),
        "additional_spending": _key(_read_no),
    },
    "escape-clause": {
        "cap": _key(read_share_of_gdp, required=True),
        "first_year": _key(read_year, required=True),
        "last_year": _key(read_year, required=True),
        "reference_year": _key(read_year),
        "activations": _TEXT,
    },
    "rule": {
        "target": _key(read_share_of_gdp, required=True),
        "by_year": _key(read_year, required=True),
    },
    "plan": {"conditions": _TEXT, "first_year": _key(read_year), "last_year": _key(read_year)},
    "grant": {"conditions": _TEXT, "first_year": _key(read_year), "last_year": _key(read_year)},
    "joint-procurement": {
        "buyers": Key(checks.check_texts),
        "gain_low": _key(read_share),
        "gain_high": _key(read_share),
        "gain_source": _TEXT,
    },
}
"""Kind of programme -> key of its terms -> rule."""


def check_terms(values: Mapping[str, Any]) -> Found:
    """Yield what is wrong with the terms of a programme block; its other keys were checked before."""
    terms, form = values.get("terms"), TERMS.get(values.get("kind", ""))
    if not isinstance(terms, Mapping) or form is None:
        return
    wrong = list(_check_keys(terms, form, values["kind"]))
    yield from wrong or _check_together(values["kind"], terms)


def _check_keys(terms: Mapping[str, Any], form: Mapping[str, Key], kind: str) -> Found:
    for key, value in terms.items():
        if key in form:
            yield from form[key].check(value, f"terms.{key}")
        else:
            do = suggest(key, form, "remove it, or write it in the note")
            expected = "one of " + ", ".join(form)
            yield f"terms.{key}", FormError(f"term of a {kind} not known", expected=expected, found=show(key), do=do)
    for key in (key for key, rule in form.items() if rule.required and key not in terms):
        yield "terms", FormError(f'missing term "{key}"', expected=f"{key} = …", found="none", do="add it")


def _check_together(kind: str, terms: Mapping[str, Any]) -> Found:
    """Terms that are each in form may still contradict each other."""
    if "first_year" in terms and "last_year" in terms and terms["last_year"] < terms["first_year"]:
        yield "terms.last_year", _backwards("ends before it begins", terms["last_year"], "first_year")
    if kind == "escape-clause" and terms.get("reference_year", 0) >= terms["first_year"]:
        yield "terms.reference_year", _backwards("not before the first year", terms["reference_year"], "first_year")
    if kind == "joint-procurement" and read_share(terms.get("gain_low", "0 %")) > read_share(
        terms.get("gain_high", "100 %")
    ):
        yield "terms.gain_low", _backwards("low above high", terms["gain_low"], "gain_high")
    if kind != "loan-facility":
        return
    if terms["grace_years"] >= terms["maturity_years"]:
        yield "terms.grace_years", _backwards("grace as long as the loan", terms["grace_years"], "maturity_years")
    if "drawing" in terms and "first_year" in terms:
        room = terms["last_year"] - terms["first_year"] + 1
        if len(terms["drawing"]) > room:
            found = f"{len(terms['drawing'])} shares"
            expected = f"at most {room}, one a year"
            yield "terms.drawing", FormError("drawn after the last year", expected=expected, found=found, do="shorten")


def _backwards(what: str, value: object, other: str) -> FormError:
    return FormError(what, expected=f"what fits {other}", found=show(value), do="correct one of the two")


# --- reading ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility of loans: their terms, the advance, the part of the largest three, and when they are drawn."""

    programme: str
    terms: LoanTerms
    prefinancing: Decimal
    largest_three: Decimal | None
    last_year: int
    first_year: int | None = None
    drawing: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """The escape clause: its cap in % of GDP a year, its years, and the table of who activated it."""

    programme: str
    cap_pct_gdp: float
    first_year: int
    last_year: int
    reference_year: int | None
    activations: str | None


@dataclass(frozen=True, slots=True)
class Goal:
    """A rule on defence spending: its target in % of GDP and the year by which it holds."""

    programme: str
    target_pct_gdp: float
    by_year: int


def read_facility(programme: Programme) -> Facility | None:
    """Return the facility of a programme; None where it is none or has no terms."""
    terms = programme.terms
    if programme.kind != "loan-facility" or not terms:
        return None
    loan = LoanTerms(
        _read_years(terms["maturity_years"]),
        _read_years(terms["grace_years"]),
        read_share(terms["rate"]),
        next((word for word in _REPAYMENTS if word == terms.get("repayment")), "equal principal"),
    )
    return Facility(
        programme.id,
        loan,
        read_share(terms.get("prefinancing", "0 %")),
        read_share(terms["largest_three"]) if "largest_three" in terms else None,
        read_year(terms["last_year"]),
        read_year(terms["first_year"]) if "first_year" in terms else None,
        _read_drawing(terms["drawing"]) if "drawing" in terms else (),
    )


def read_clause(programme: Programme) -> Clause | None:
    """Return the escape clause of a programme; None where it is none or has no terms."""
    terms = programme.terms
    if programme.kind != "escape-clause" or not terms:
        return None
    reference = terms.get("reference_year")
    activations = terms.get("activations")
    return Clause(
        programme.id,
        read_share_of_gdp(terms["cap"]),
        read_year(terms["first_year"]),
        read_year(terms["last_year"]),
        None if reference is None else read_year(reference),
        activations if isinstance(activations, str) else None,
    )


def read_goal(programme: Programme) -> Goal | None:
    """Return the rule on defence spending of a programme; None where it is none or has no terms."""
    if programme.kind != "rule" or not programme.terms:
        return None
    terms = programme.terms
    return Goal(programme.id, read_share_of_gdp(terms["target"]), read_year(terms["by_year"]))
