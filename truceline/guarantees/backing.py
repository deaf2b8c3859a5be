"""What stands behind a path: loans of a facility, the escape clause where it is active, a share of the gap.

Tables of the case name who borrows and who activated the clause. A loan is final where the Council
decided on it and its amount was read, and tentative until then. The advance is paid in the year of the
decision; the rest is drawn in equal parts in the years after it up to the facility's last, unless its
terms say otherwise. What happened after the day that is asked for does not exist yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePosixPath

from truceline.finance import Economy, Loan, LoanYear
from truceline.guarantees.escape import CAP_PCT_GDP
from truceline.guarantees.funding import Backing
from truceline.guarantees.loans import Tranche, plan_payments
from truceline.guarantees.programmes import Clause, Facility
from truceline.guarantees.tables import read_number, read_table
from truceline.model import Problem

__all__ = ["Activation", "back_up", "locate", "plan_loan", "read_activations", "read_loans", "spread_draws"]

_DECIDED_YEAR = 2026  # where no decision is known yet, a loan is taken to begin with the facility's first year
_BN = 1_000_000_000
_SMALLEST = 1_000_000
_ACTIVATIONS = ("known_by", "first_year", "reference_pct_gdp", "note")
_LOANS = ("tentative_day", "advance_eur", "council_decision_date", "status", "tentative_source", "final_source")
_EUROPE_BESIDE_UNION = frozenset(["GBR", "NOR"])
"""Who shares what Europe must add, beside the states of the Union (as in the published sums)."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A state's use of the escape clause. `reference_pct_gdp` is defence spending in the reference year."""

    state: str
    first_year: int
    day: date | None
    reference_pct_gdp: float | None = None
    note: str = ""


def locate(folder: Path, name: str, file: str, line: int) -> tuple[Path | None, list[Problem]]:
    """Return the path of a table of the case; a name that leads out of the case is a problem."""
    parts = PurePosixPath(name)
    inside = not parts.is_absolute() and ".." not in parts.parts and "\\" not in name and "\0" not in name
    path = folder / parts
    if inside and path.resolve().is_relative_to(folder.resolve()):
        return path, []
    do = "put the table into the case"
    return None, [Problem(file, line, "table outside the case", "a path within it", name[:80], do)]


# --- the escape clause ------------------------------------------------------------------------


def read_activations(path: Path, clause: Clause, as_of: date | None) -> tuple[dict[str, Activation], list[Problem]]:
    """Return who activated the clause by a day, and every problem of the table.

    Columns: state, activated (a day, or empty), known_by (the day by which it was), first_year,
    reference_pct_gdp (defence spending in the reference year, where known), note.
    """
    rows, problems = read_table(path, ("state", "activated"), _ACTIVATIONS)
    found: dict[str, Activation] = {}
    for line, row in rows:
        state = row["state"].strip()
        day, wrong = _read_day(path, line, row["activated"] or row.get("known_by") or "")
        first, wrong_year = _read_first(path, line, row.get("first_year") or "", day, clause)
        used, wrong_share = _read_amount(path, line, "reference_pct_gdp", row.get("reference_pct_gdp") or "")
        if state in found:
            wrong.append(Problem(str(path), line, "state given twice", "one row a state", state[:20], "remove one"))
        problems += [*wrong, *wrong_year, *wrong_share]
        if as_of is None or (day is not None and day <= as_of):
            share = None if used is None else float(used)
            found.setdefault(state, Activation(state, first, day, share, row.get("note") or ""))
    return found, problems


def _read_first(path: Path, line: int, text: str, day: date | None, clause: Clause) -> tuple[int, list[Problem]]:
    """Return the first year that the clause covers: that of its activation, within its own years."""
    if text and not (text.isascii() and text.isdigit() and len(text) == 4):
        return 0, [Problem(str(path), line, "first_year not understood", "a year", text[:20], "write 2026")]
    if not text and day is None:
        do = "add the day or the first year"
        return 0, [Problem(str(path), line, "no day and no year", "one of them", "none", do)]
    return max(int(text) if text else day.year if day else 0, clause.first_year), []


def _read_day(path: Path, line: int, text: str) -> tuple[date | None, list[Problem]]:
    try:
        return (date.fromisoformat(text.strip()) if text.strip() else None), []
    except ValueError:
        return None, [Problem(str(path), line, "not a day", "YYYY-MM-DD", text[:20], "correct it, or leave it empty")]


def _read_amount(path: Path, line: int, name: str, text: str) -> tuple[Decimal | None, list[Problem]]:
    if not text.strip():
        return None, []
    number = read_number(text)
    if number is not None and 0 <= number < 1e15:
        return Decimal(text.strip()), []
    do = "correct it, or leave it empty"
    return None, [Problem(str(path), line, f"{name} not understood", "a number, not negative", text[:40], do)]


# --- loans ------------------------------------------------------------------------------------


def read_loans(path: Path, facility: Facility, as_of: date | None) -> tuple[tuple[Loan, ...], list[Problem]]:
    """Return each state's loan as known on a day, with its schedule, and every problem of the table.

    Columns: state, tentative_eur, tentative_day, final_eur, advance_eur, council_decision_date, status,
    tentative_source, final_source. Amounts are whole euros, at current prices.
    """
    rows, problems = read_table(path, ("state", "tentative_eur", "final_eur"), _LOANS)
    loans: list[Loan] = []
    for line, row in rows:
        loan, wrong = _read_loan(path, line, row, facility, as_of)
        problems += wrong
        if any(each.state == row["state"] for each in loans):
            problems.append(
                Problem(str(path), line, "state given twice", "one row a state", row["state"][:20], "remove one")
            )
        elif loan is not None and not wrong:
            loans.append(loan)
    return tuple(loans), problems


def _read_loan(
    path: Path, line: int, row: Mapping[str, str], facility: Facility, as_of: date | None
) -> tuple[Loan | None, list[Problem]]:
    problems: list[Problem] = []
    amounts: dict[str, Decimal | None] = {}
    for name in ("tentative_eur", "final_eur", "advance_eur"):
        amounts[name], wrong = _read_amount(path, line, name, row.get(name) or "")
        problems += wrong
    days: dict[str, date | None] = {}
    for name in ("tentative_day", "council_decision_date"):
        days[name], wrong = _read_day(path, line, row.get(name) or "")
        problems += wrong
    problems += _refuse_small(path, line, amounts)
    tentative, final = amounts["tentative_eur"], amounts["final_eur"]
    if tentative is None and final is None and not problems:
        do = "add the amount, or leave the row out"
        problems.append(Problem(str(path), line, "loan without an amount", "an amount in EUR", "none", do))
    decided = _known(days["council_decision_date"], as_of)
    amount = final if final is not None and decided else tentative if _known(days["tentative_day"], as_of) else None
    if problems or amount is None:
        return None, problems
    is_final = final is not None and decided
    advance = amounts["advance_eur"] if is_final else None
    if advance is not None and advance > amount:
        do = "correct one of the two"
        return None, [Problem(str(path), line, "advance larger than the loan", f"at most {amount}", str(advance), do)]
    decision = days["council_decision_date"]
    first = facility.first_year or (decision.year if decision and decided else _DECIDED_YEAR)
    paid = amount * facility.prefinancing if advance is None else advance
    return Loan(
        state=row["state"],
        programme=facility.programme,
        amount=amount,
        advance=paid,
        final=is_final,
        status=_say_status(row, decided, is_final),
        source=(row.get("final_source") if is_final else row.get("tentative_source")) or "",
        years=plan_loan(amount, paid, facility, first),
    ), problems


def _refuse_small(path: Path, line: int, amounts: Mapping[str, Decimal | None]) -> list[Problem]:
    """A loan of less than a million euros is one that was written in billions: two units in one column."""
    return [
        Problem(
            str(path),
            line,
            f"{name} in another unit",
            "whole euros, a million or more",
            f"{amount}",
            "write EUR 43.73 bn as 43730000000",
        )
        for name, amount in amounts.items()
        if amount and amount < _SMALLEST
    ]


def _known(day: date | None, as_of: date | None) -> bool:
    """Whether something dated so is known on a day; without a date it is known only now."""
    return as_of is None or (day is not None and day <= as_of)


def _say_status(row: Mapping[str, str], decided: bool, final: bool) -> str:
    if final:
        return "final"
    return "decided, amount tentative" if decided and row.get("council_decision_date") else "tentative"


def spread_draws(amount: Decimal, advance: Decimal, facility: Facility, first: int) -> tuple[Tranche, ...]:
    """Return when a loan is drawn: the advance first, the rest by the terms, or equally in the years after."""
    rest = amount - advance
    if facility.drawing:
        shares = {first + place: share for place, share in enumerate(facility.drawing)}
    else:
        years = range(min(first + 1, facility.last_year), facility.last_year + 1)
        shares = {year: Decimal(1) / len(years) for year in years}
    draws = {year: rest * share for year, share in shares.items()}
    draws[first] = draws.get(first, Decimal(0)) + advance
    return tuple(Tranche(year, draws[year]) for year in sorted(draws) if draws[year])


def plan_loan(amount: Decimal, advance: Decimal, facility: Facility, first: int) -> tuple[LoanYear, ...]:
    """Return the whole life of a loan; each tranche has its own grace."""
    tranches = spread_draws(amount, advance, facility, first)
    drawn = {tranche.year: tranche.amount for tranche in tranches}
    return tuple(
        LoanYear(
            payment.year, drawn.get(payment.year, Decimal(0)), payment.interest, payment.principal, payment.outstanding
        )
        for payment in plan_payments(tranches, facility.terms)
    )


# --- together ---------------------------------------------------------------------------------


def back_up(
    economies: Mapping[str, Economy],
    *,
    clause: Clause | None = None,
    activations: Mapping[str, Activation] | None = None,
    facility: Facility | None = None,
    loans: Sequence[Loan] = (),
) -> dict[str, Backing]:
    """Return what stands behind each state's path."""
    shares = _share_gap(economies.values())
    owed = {loan.state: {year.year: float(year.owed) / _BN for year in loan.years} for loan in loans}
    rate = float(facility.terms.rate * 100) if facility else 3.0
    return {
        state: Backing(
            *_cover(economy, clause, (activations or {}).get(state)),
            owed.get(state, {}),
            rate,
            shares.get(state, 0.0),
        )
        for state, economy in economies.items()
    }


def _cover(economy: Economy, clause: Clause | None, activation: Activation | None) -> tuple[frozenset[int], float]:
    """Return the years that the clause covers, and the room that is left over the last forecast year."""
    if clause is None or activation is None:
        return frozenset(), CAP_PCT_GDP
    years = frozenset(range(activation.first_year, clause.last_year + 1))
    today = economy.numbers.get("defence_pct_gdp")
    if activation.reference_pct_gdp is None or today is None:
        return years, clause.cap_pct_gdp
    return years, max(0.0, clause.cap_pct_gdp - max(0.0, today - activation.reference_pct_gdp))


def _share_gap(economies: Iterable[Economy]) -> dict[str, float]:
    """Return each European state's share of GDP of the first year, among those whose GDP is known."""
    gdps = {
        economy.state: economy.numbers["gdp_2025_eur_bn"]
        for economy in economies
        if (economy.framework == "EU rules" or economy.state in _EUROPE_BESIDE_UNION)
        and economy.numbers.get("gdp_2025_eur_bn", 0) > 0
    }
    total = sum(gdps.values())
    return {state: gdp / total for state, gdp in gdps.items()}
