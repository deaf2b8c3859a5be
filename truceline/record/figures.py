"""Do the figures of a report follow from what was logged? Counts again, from the statements of the run.

`standing.json` names the incidents of each clause, `incidents.geojson` describes them, `findings.parquet`
lists the findings, `files.parquet` the files that they rest on. They are set against the finding and incident
statements of the same run, and against the evidence that was kept before.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truceline.record.statements import name_ids
from truceline.tlog.audit import Fault

_ABSURD = (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError, MemoryError)
"""What reading a document raises that is not of the shape that it claims."""

MOST_SHOWN = 5
"""Ids that a fault names."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run stated: the bodies of its findings and incidents, by id; `evidence` are the digests kept by then.

    None where statements of evidence were removed, so that nobody knows all of them.
    """

    findings: Mapping[str, Mapping[str, Any]]
    incidents: Mapping[str, Mapping[str, Any]]
    evidence: frozenset[str] | None = frozenset()
    standings: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """The word for each party, by clause and reading, where it was stated."""


def check_figures(out: Path, judged: Judged, paths: Iterable[str]) -> Iterator[Fault]:
    """Yield what does not follow; `paths` are the outputs whose bytes are those that were logged."""
    present = set(paths)
    for path, check in _CHECKS.items():
        if path in present:
            try:
                yield from check(out / path, judged)
            except (*_ABSURD, OSError) as error:
                expected = "a document of the shape that its schema states"
                yield Fault(path, "figures that cannot be read", expected, f"{type(error).__name__}: {error}"[:200])


def _check_standing(path: Path, judged: Judged) -> Iterator[Fault]:
    """The incidents of each clause and reading, and of no other."""
    logged: dict[tuple[str, str], set[str]] = defaultdict(set)
    for id_, body in judged.incidents.items():
        logged[body["clause"], body["reading"]].add(id_)
    for clause in json.loads(path.read_bytes())["clauses"]:
        key = clause["clause"], clause["reading"]
        expected = logged.pop(key, set())
        what = f"incidents of clause {key[0]} ({key[1]})"
        yield from _compare(path, what, expected, set(clause["incidents"]))
        for period in clause["periods"]:
            stray = set(period["incidents"]) - expected
            yield from _compare(path, f"{what} from {period['interval'][0]}", set(), stray)
        yield from _check_words(path, what, clause, judged)
    for key, ids in logged.items():
        yield from _compare(path, f"incidents of clause {key[0]} ({key[1]})", ids, set())


def _check_words(path: Path, what: str, clause: Mapping[str, Any], judged: Judged) -> Iterator[Fault]:
    """The words that were stated; breached only by what is corroborated or confirmed, suspected only by any."""
    stated = judged.standings.get((clause["clause"], clause["reading"]))
    if stated is not None and stated != clause["standing"]:
        yield Fault(path.name, f"{what}: standing", str(stated)[:200], str(clause["standing"])[:200])
    for party, word in clause["standing"].items():
        named = clause["by_party"][party]["incidents"]
        statuses = {judged.incidents[id_]["status"] for id_ in named if id_ in judged.incidents}
        if word == "breached" and not statuses & {"corroborated", "confirmed"}:
            expected = "an incident that is corroborated or confirmed"
            yield Fault(path.name, f"{what}: {party} breached", expected, ", ".join(sorted(statuses)) or "none")
        elif word == "suspected" and not statuses:
            yield Fault(path.name, f"{what}: {party} suspected", "an incident", "none")


def _check_incidents(path: Path, judged: Judged) -> Iterator[Fault]:
    """Each incident once, with the clause, status and findings that were logged."""
    shown = {feature["id"]: feature["properties"] for feature in json.loads(path.read_bytes())["features"]}
    yield from _compare(path, "incidents", set(judged.incidents), set(shown))
    for id_ in sorted(shown.keys() & judged.incidents.keys()):
        said = {**shown[id_], **name_ids("findings", shown[id_]["findings"])}
        for name in ("clause", "reading", "status", "findings", "findings_sha256", "lineages"):
            expected, found = judged.incidents[id_].get(name), said.get(name)
            if expected != found:
                yield Fault(path.name, f"incident {id_}: {name}", str(expected)[:200], str(found)[:200])


def _read_table(path: Path, *columns: str) -> list[list[Any]]:
    """Return columns of a table; raises ValueError where it is none, or has others."""
    import polars as pl

    try:
        table = pl.read_parquet(path, columns=list(columns))
        return [table[column].to_list() for column in columns]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise ValueError(str(error)) from error


def _check_files(path: Path, judged: Judged) -> Iterator[Fault]:
    """Every file that was read is evidence that was kept before, and all of its rows are accounted for."""
    names = ("path", "sha256", "rows", "used", "set_aside", "rejected")
    for name, digest, rows, *parts in zip(*_read_table(path, *names), strict=True):
        if judged.evidence is not None and digest not in judged.evidence:
            yield Fault(path.name, f"file {name}", "evidence that was kept before the run", f"SHA-256 {digest}")
        if rows != sum(parts):
            yield Fault(path.name, f"rows of file {name}", f"{rows} used, set aside or rejected", str(sum(parts)))


def _check_findings(path: Path, judged: Judged) -> Iterator[Fault]:
    """Each finding once, under its clause, and in the incident that names it."""
    ids, clauses = _read_table(path, "finding", "clause")
    shown = dict(zip(ids, clauses, strict=True))
    yield from _compare(path, "findings", set(judged.findings), set(shown))
    logged = Counter(body["clause"] for body in judged.findings.values())
    for clause, found in sorted(Counter(shown.values()).items()):
        if logged[clause] != found:
            yield Fault(path.name, f"findings of clause {clause}", str(logged[clause]), str(found))
    for id_, body in judged.incidents.items():
        if isinstance(body["findings"], list):  # of very many there is a number, held against the list of incidents
            missing = {
                one for one in body["findings"] if one not in shown
            }  # a difference of sets would walk all of them
            yield from _compare(path, f"findings of incident {id_}", missing, set())


_CHECKS: dict[str, Callable[[Path, Judged], Iterator[Fault]]] = {
    "standing.json": _check_standing,
    "incidents.geojson": _check_incidents,
    "findings.parquet": _check_findings,
    "files.parquet": _check_files,
}
"""The outputs whose figures are counted again, and how."""


def _compare(path: Path, what: str, expected: set[str], found: set[str]) -> Iterator[Fault]:
    if expected != found:
        missing, stray = sorted(expected - found), sorted(found - expected)
        said = f"{len(expected)} logged" + (f", {_list(missing)} not shown" if missing else "")
        seen = f"{len(found)} shown" + (f", {_list(stray)} not logged" if stray else "")
        yield Fault(path.name, what, said, seen)


def _list(ids: list[str]) -> str:
    more = f" and {len(ids) - MOST_SHOWN} more" if len(ids) > MOST_SHOWN else ""
    return ", ".join(id_[:40] for id_ in ids[:MOST_SHOWN]) + more
