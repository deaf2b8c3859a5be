"""What conditions may read: whether an agreement is in force on a day, and what the bodies have determined.

Both come from the agreement and its evidence, by the same functions as in an assessment; a machine's
finding meets no condition. A draft is not in force. Of other agreements only that is known which
`related.toml` says, one [[agreement]] each with `id`, `starts`, perhaps `ends` (exclusive), and `source`; of the
rest it cannot be told.
"""

import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from truceline.agreement import read_agreement, resolve, wanted_determinations
from truceline.agreement.actors import find_body, find_party, name_bodies, name_parties
from truceline.agreement.document import Agreement, Terms
from truceline.assessment.determinations import note_ignored, read_determinations
from truceline.casefile import check_meaning, read_documents
from truceline.commitment import Pledge
from truceline.errors import CaseError, FormError
from truceline.evidence import Evidence, Plan, gather
from truceline.gazetteer import load_gazetteer
from truceline.guarantees.keys import read_day
from truceline.guarantees.triggers import Facts, list_names
from truceline.model import UNDETERMINED, Problem

__all__ = ["Record", "Related", "open_record", "read_agreement_and_plan"]

_LARGEST_BYTES = 1_000_000
_KEYS = ("id", "starts", "ends", "source")


@dataclass(frozen=True, slots=True)
class Related:
    """Another agreement: from which day it is in force, and until which (exclusive; None: open)."""

    id: str
    starts: date
    ends: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is known for conditions to read; `settle` gives the facts as they were at the end of a day."""

    agreement: Agreement
    terms: tuple[Terms, ...]
    determinations: Mapping[str, date]
    related: tuple[Related, ...]
    notes: tuple[str, ...]

    def settle(self, day: date) -> Facts:
        """Return the facts at the end of a day, on the clock of the agreement's own zone."""
        in_force: dict[str, bool | None] = {"": self._is_in_force(day)}
        in_force[self.agreement.id] = in_force[""]
        for each in self.related:
            in_force[each.id] = each.starts <= day and (each.ends is None or day < each.ends)
        return Facts(day, in_force, {name: when for name, when in self.determinations.items() if when <= day})

    def _is_in_force(self, day: date) -> bool | None:
        """In force is what holds under every reading; under some of them, or at an uncertain edge, nobody can tell."""
        if self.agreement.status == "draft":
            return False
        last = _end_of(day, self.agreement.zone_of_time) - timedelta(microseconds=1)
        readings: dict[str, list[Terms]] = {}
        for term in self.terms:
            readings.setdefault(term.reading, []).append(term)
        sure = [any(t.interval is not None and last in t.interval for t in terms) for terms in readings.values()]
        perhaps = any(t.possible is not None and last in t.possible for t in self.terms)
        if not perhaps and not any(sure):
            return False
        return True if sure and all(sure) and self.agreement.status != "disputed" else None


def read_agreement_and_plan(folder: Path) -> tuple[Agreement, Plan | None]:
    """Read the agreement of a case, and its list of evidence where it has one.

    Raises CaseError with every error of both.
    """
    file, evidence = folder / "agreement.md", folder / "evidence.toml"
    plan: Plan | None = None
    if evidence.is_file():
        agreement, plan, problems = read_documents(file, evidence)
    else:
        agreement, problems = read_agreement(file)
        problems = [*problems, *(check_meaning(agreement) if agreement else [])]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or agreement is None:
        raise CaseError(errors)
    return agreement, plan


def open_record(
    folder: Path,
    agreement: Agreement,
    plan: Plan | None,
    pledges: Iterable[Pledge],
    day: date,
    progress: Callable[[str], None],
) -> Record:
    """Return what conditions may read of a case, from what had arrived by the end of a day.

    Evidence is read only where the agreement or a pledge waits for a determination.
    """
    related = _read_related(folder / "related.toml")
    names = {name for pledge in pledges if pledge.trigger for name in list_names(pledge.trigger, "determination")}
    made: dict[str, datetime] = {}
    named: dict[str, datetime] = {}
    ignored: tuple[str, ...] = ()
    if plan is not None and plan.sources and (names or wanted_determinations(agreement)):
        progress("reading determinations")
        last = _end_of(day, agreement.zone_of_time)
        with tempfile.TemporaryDirectory(prefix="truceline-") as tables:
            evidence = gather(plan, load_gazetteer(plan.areas), Path(tables), as_of=last, cut_off=last)
            made, ignored = read_determinations(evidence, agreement), note_ignored(evidence, agreement)
            named = _read_named(evidence, agreement)
    zone = _zone(agreement.zone_of_time)
    days = {name: at.astimezone(zone).date() for name, at in {**made, **named}.items()}
    unknown = sorted(
        {name for pledge in pledges if pledge.trigger for name in list_names(pledge.trigger, "in-force")}
        - {each.id for each in related}
        - {agreement.id}
    )
    notes = [f"whether {name} is in force cannot be told: related.toml does not name it" for name in unknown]
    return Record(agreement, tuple(resolve(agreement, made)), days, related, (*notes, *ignored))


def _read_named(evidence: Evidence, agreement: Agreement) -> dict[str, datetime]:
    """Return "NAME by BODY" -> when first, for the determinations of each body of the agreement and each party."""
    bodies, parties = name_bodies(agreement), name_parties(agreement)
    texts = [pl.col(name).cast(pl.String) for name in ("kind", "actor", "object")]
    spoken = pl.col("kind").cast(pl.String) == "determination"
    events = evidence.events.filter(spoken).select(*texts, "start_utc").collect().sort("start_utc", "object")
    found: dict[str, datetime] = {}
    for _, actor, name, at in events.iter_rows():
        by = find_body(actor, bodies) or find_party(actor, parties)
        if name and at is not None and by != UNDETERMINED:
            found.setdefault(f"{name} by {by}", at)
    return found


def _zone(name: str) -> tzinfo:
    return UTC if name in ("", "Z", "UTC") else ZoneInfo(name)


def _end_of(day: date, zone: str) -> datetime:
    """Return the first instant after a day, on the clock of a zone."""
    after = day + timedelta(days=1) if day < date.max else day
    return datetime(after.year, after.month, after.day, tzinfo=_zone(zone)).astimezone(UTC)


def _read_related(path: Path) -> tuple[Related, ...]:
    """Read `related.toml`, where there is one; raises CaseError with all that is wrong with it."""
    if not path.is_file():
        return ()
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CaseError([_problem(path, "file too large", f"at most {_LARGEST_BYTES:,} bytes", "more")])
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CaseError([_problem(path, "not TOML", "[[agreement]] tables", str(error)[:80])]) from None
    tables = values.get("agreement", [])
    if set(values) - {"agreement"} or not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise CaseError([_problem(path, "keys not known", "[[agreement]] tables", ", ".join(values)[:80])])
    read = [_read_one(path, number, table) for number, table in enumerate(tables, start=1)]
    problems = [problem for _, wrong in read for problem in wrong]
    if problems:
        raise CaseError(problems)
    return tuple(related for related, _ in read if related is not None)


def _read_one(path: Path, number: int, table: Mapping[str, object]) -> tuple[Related | None, list[Problem]]:
    where = f"agreement {number}"
    wrong = [
        _problem(path, f"{where}: key not known", "one of " + ", ".join(_KEYS), key) for key in set(table) - {*_KEYS}
    ]
    wrong += [
        _problem(path, f'{where}: missing key "{key}"', f"{key} = …", "none")
        for key in ("id", "source")
        if not isinstance(table.get(key), str) or not str(table[key]).strip()
    ]
    days: dict[str, date] = {}
    for key in ("starts", "ends"):
        try:
            days |= {key: read_day(table[key])} if key in table else {}
        except FormError as error:
            wrong.append(_problem(path, f"{where}, {key}: {error.what}", error.expected, error.found))
    if "starts" not in table:
        wrong.append(_problem(path, f'{where}: missing key "starts"', "the day from which it is in force", "none"))
    elif "ends" in days and "starts" in days and days["ends"] <= days["starts"]:
        wrong.append(_problem(path, f"{where}: ends before it starts", "a later day", str(days["ends"])))
    if wrong:
        return None, wrong
    return Related(str(table["id"]), days["starts"], days.get("ends"), str(table["source"])), []


def _problem(path: Path, what: str, expected: str, found: str) -> Problem:
    return Problem(str(path), 1, what, expected, found, "correct it")
