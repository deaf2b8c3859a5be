"""What a funding plan was made from, and what a reader must know of it as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from truceline.commitment import Register
from truceline.dossier.headline import find_envelope
from truceline.dossier.history import find_contradictions, note_unknown_days
from truceline.finance import Economy, Loan
from truceline.guarantees.backing import Activation
from truceline.guarantees.funding import Backing
from truceline.guarantees.loans import check_prudence
from truceline.guarantees.programmes import Clause, Facility, Goal
from truceline.guarantees.quantities import say_quantity

__all__ = ["Stage", "list_disagreements", "say_day_notes", "say_notes"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that was read: `register` as known on the day, `whole` to its last, and the tables of the case."""

    register: Register
    economies: Mapping[str, Economy]
    backings: Mapping[str, Backing]
    loans: tuple[Loan, ...]
    facility: Facility | None
    clause: Clause | None
    goal: Goal | None
    activations: Mapping[str, Activation]
    ceilings: Mapping[str, Mapping[int, tuple[float, str]]]
    union_gdp: Mapping[int, tuple[float, str]]
    whole: Register


def say_notes(stage: Stage, chosen: Mapping[str, Economy]) -> Iterator[str]:
    """Yield what a reader must know of the whole plan."""
    if stage.facility is None:
        yield "no facility of loans with terms is known on that day"
    elif stage.facility.largest_three is not None and stage.loans:
        yield _say_prudence(stage.facility, stage.register, stage.loans)
    if stage.clause is None:
        yield "no escape clause with terms is known on that day: no extra spending is covered"
    elif any(state in chosen and one.reference_pct_gdp is None for state, one in stage.activations.items()):
        year = stage.clause.reference_year
        yield (
            f"what states spent on defence in the reference year{f' {year}' if year else ''} is not among the inputs: "
            "what they added before the first computed year uses up room as well, so the covered part is an upper bound"
        )
    missing = sorted(
        member
        for group in stage.register.groups.values()
        for member in group
        if len(group) > 1 and member not in stage.economies
    )
    if missing:
        yield f"no row in states.csv, and in no sum: {', '.join(dict.fromkeys(missing))}"


def say_day_notes(whole: Register, as_of: date | None) -> Iterator[str]:
    """Yield what a day that was asked for does not change, and whether it lies after all that is known."""
    if as_of is not None:
        yield (
            "the day holds for programmes, decisions and loans; finances of states stand as the tables have them, even "
            "where their sources are of later days"
        )
    yield from note_unknown_days(whole, as_of)


def list_disagreements(register: Register) -> Iterator[dict[str, str]]:
    """Yield the figures of programmes on which sources disagree, each with its source."""
    for each in find_contradictions(register):
        if each.kind == "programme":
            for figure in each.figures:
                source = figure.source
                read = {True: "read in the source", False: "not verified", None: "nobody said"}[source.verified]
                yield {
                    "what": each.what,
                    "figure": say_quantity(figure.quantity),
                    "day": source.day.isoformat(),
                    "source": source.title,
                    "read": read,
                }


def _say_prudence(facility: Facility, register: Register, loans: Sequence[Loan]) -> str:
    """Say whether the largest loans stay within their part of the envelope."""
    programme = next(each for each in register.programmes if each.id == facility.programme)
    envelope = find_envelope(programme)
    if envelope is None or envelope.high is None or envelope.unit != "EUR" or facility.largest_three is None:
        return f"{facility.programme}: the envelope is not known, so the cap on the three largest cannot be checked"
    found = check_prudence({loan.state: loan.amount for loan in loans}, envelope.high, share=facility.largest_three)
    word = "within" if found.holds else "above"
    return (
        f"{facility.programme}: the three largest loans ({', '.join(found.largest)}) are EUR "
        f"{found.largest_sum / 10**9:.2f} bn, {word} the cap of EUR {found.cap / 10**9:.2f} bn; all loans sum to EUR "
        f"{found.sum / 10**9:.2f} bn of EUR {found.envelope / 10**9:.2f} bn"
    )
