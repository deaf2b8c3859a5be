"""What a run says, as statements: its findings, its incidents, the files that it wrote, and the run itself.

The statements of one run share `body.run`. They go into the queue together, the `run` statement last: so a
run is in the record whole or not at all, and the files that belong to the output folder are those which the
newest `run` names by its id. The verifier holds the figures of the reports against these statements.
"""

import hmac
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from truceline.model import Assessment, ClauseAssessment, Effect, Finding, Incident, Row
from truceline.record.markings import Marking, Markings, derive
from truceline.record.relations import PRIVATE
from truceline.record.statements import Statement, name_ids
from truceline.spacetime import Interval, format_utc

CLAUSES = "clauses of the agreement"
"""The subject of the notice of which clauses a run assessed."""


def state_finding(finding: Finding, run: str, digests: Mapping[int, str], marking: Marking | None) -> Statement:
    """Return the statement of a finding; `digests` are those of the evidence files, by their numbers.

    The rows stand in the table of findings; here are their number and the files that they stand in.
    """
    body = {
        "run": run,
        "finding": finding.id,
        "clause": finding.clause,
        "reading": finding.reading,
        "kind": finding.kind,
        **_span(finding.span),
        "lon": _finite(finding.lon),
        "lat": _finite(finding.lat),
        "party": finding.party,
        "source": finding.source,
        "lineage": finding.lineage,
        "indicator": finding.indicator,
        "measured": _finite(finding.measured),
        "limit": _finite(finding.limit),
        "unit": finding.unit,
        "rows": len(finding.rows),
        "doubts": list(finding.doubts),
        "excused_by": finding.excused_by,
    }
    return Statement("finding", finding.id, body, marking, derived_from=_files(finding.rows, digests))


def state_incident(incident: Incident, run: str, marking: Marking | None, links: Iterable[str] = ()) -> Statement:
    """Return the statement of an incident; `links` are the digests of the evidence behind its findings."""
    body = {
        "run": run,
        "incident": incident.id,
        "clause": incident.clause,
        "reading": incident.reading,
        "status": incident.status.value,
        **_span(incident.span),
        "lon": _finite(incident.lon),
        "lat": _finite(incident.lat),
        "radius_m": _finite(incident.radius_m),
        "area": incident.area,
        "parties": dict(incident.parties),
        "lineages": list(incident.lineages),
        "kinds": list(incident.kinds),
        **name_ids("findings", incident.findings),
        "confidence": _finite(incident.confidence),
        "excused_by": incident.excused_by,
    }
    return Statement("incident", incident.id, body, marking, derived_from=tuple(sorted(set(links))))


def state_clause(clause: ClauseAssessment, run: str, marking: Marking | None) -> Statement:
    """Return the statement of the standing of one clause under one reading; like its run, it rests on all evidence."""
    body = {
        "run": run,
        "clause": clause.clause,
        "reading": clause.reading,
        "kind": clause.kind,
        "standing": {one.party: one.word.value for one in clause.standings},
        "coverage": {one.party: _finite(one.watch.share) for one in clause.standings},
        **name_ids("incidents", clause.incidents),
        "effects": [_effect(one) for one in clause.effects],
    }
    return Statement("standing", f"{clause.clause} ({clause.reading})", body, marking)


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "kind": effect.kind,
        "counting": effect.counting,
        "count": _finite(effect.count),
        "expected": _finite(effect.expected),
        "ratio": _finite(effect.ratio),
        "effect": effect.change.value,
    }


def state_clauses(clauses: Iterable[ClauseAssessment], run: str, marking: Marking | None) -> Statement:
    """Return the notice of which clauses a run assessed: what the agreement says, and nothing of the evidence."""
    body = {"run": run, "clauses": [[clause.clause, clause.reading] for clause in clauses]}
    return Statement("notice", CLAUSES, body, marking)


def state_output(
    kind: Literal["standing", "table", "report"],
    path: str,
    digest: str,
    run: str,
    marking: Marking | None,
    links: Iterable[str] = (),
) -> Statement:
    """Return the statement of one file that the run wrote; `path` is relative to the output folder."""
    return Statement(kind, path, {"run": run}, marking, digest=digest, path=path, derived_from=tuple(links))


def state_run(assessment: Assessment, run: str, counts: Mapping[str, int], marking: Marking | None) -> Statement:
    """Return the statement that closes a run; `counts` says how many findings, incidents and outputs it stated."""
    body: dict[str, Any] = {
        "run": run,
        "case": assessment.case,
        "version": assessment.version,
        "inputs": assessment.digest,
        "cut_off": format_utc(assessment.cut_off),
        "as_of": None if assessment.as_of is None else format_utc(assessment.as_of),
        "without": list(assessment.without),
        "findings": counts["finding"],
        "incidents": counts["incident"],
        "outputs": counts["output"],
    }
    return Statement("run", run, body, marking)


def state_assessment(
    assessment: Assessment, outputs: Mapping[str, str], run: str, marking: Marking | Markings | None
) -> tuple[Statement, ...]:
    """Return all statements of a run in order; `outputs` are the digests of its files by relative path.

    Each is marked as what it rests on: a finding as the sources of its rows, an incident as its findings and
    indicators, all else as all sources; each also as the case says. A finding or an incident in which something else
    has left its trace is marked as all sources. What lies under `private/` (who the observers are) carries no marking:
    it is for the operator alone.
    """
    markings = marking if isinstance(marking, Markings) else Markings(marking)
    digests = {tally.number: tally.sha256 for tally in assessment.files}
    sources = {tally.number: tally.source for tally in assessment.files}
    found = {one.id: markings.derive(_name_sources(one, sources, markings)) for one in assessment.findings}
    whole = markings.derive(sources.values())
    findings = [state_finding(one, run, digests, found[one.id]) for one in assessment.findings]
    behind = {one.subject: [link for link in one.derived_from if isinstance(link, str)] for one in findings}
    incidents = [
        state_incident(
            one,
            run,
            _mark_incident(one, found, whole),
            [link for id_ in one.findings for link in behind.get(id_, ())],
        )
        for one in assessment.incidents
    ]
    standings = [state_clause(one, run, whole) for one in assessment.clauses]
    files = [
        state_output(kind_of(path), path, digest, run, None if path.startswith(PRIVATE) else whole)
        for path, digest in sorted(outputs.items())
    ]
    counts = {"finding": len(findings), "incident": len(incidents), "output": len(files)}
    listed = state_clauses(assessment.clauses, run, markings.case)
    return (*findings, *incidents, listed, *standings, *files, state_run(assessment, run, counts, whole))


def scatter(statements: Sequence[Statement], secret: bytes) -> tuple[Statement, ...]:
    """Return statements in an order that tells nothing of what they say; the record's secret makes it.

    In the order in which they are made, a leaf that is withheld would show its kind, its clause and its time by the
    opened ones before and after it.
    """

    def place(statement: Statement) -> bytes:
        named = json.dumps([statement.kind, statement.subject, statement.body.get("run"), statement.path])
        return hmac.digest(secret, b"order " + named.encode(), "sha256")

    return tuple(sorted(statements, key=place))


def _name_sources(finding: Finding, sources: Mapping[int, str], markings: Markings) -> set[str]:
    """Return the sources on which a finding rests: those of its rows, and all where another may have left its trace.

    A doubt can come from what another source shows, an excuse from an event that another reports, and an origin that
    is not the source's own is that of another feed with the same fixes.
    """
    mine = {sources.get(row.file, "") for row in finding.rows}
    joined = finding.lineage != markings.lineages.get(finding.source, finding.lineage)
    touched = finding.doubts or finding.excused_by or joined
    return mine | set(sources.values()) if touched else mine


def _mark_incident(incident: Incident, found: Mapping[str, Marking | None], whole: Marking | None) -> Marking | None:
    """Return the marking of an incident: of its findings and indicators, of `whole` too where somebody decided on it.

    What a reviewer had seen, and what an event rests on that excuses it, nobody can tell.
    """
    decided = incident.review is not None or incident.excused_by is not None
    rests_on = [found.get(id_) for id_ in (*incident.findings, *incident.indicators)]
    return derive((*rests_on, whole) if decided else rests_on)


def kind_of(path: str) -> Literal["standing", "table", "report"]:
    """Return the kind of statement that speaks of an output file."""
    if path == "standing.json":
        return "standing"
    return "table" if path.endswith((".parquet", ".csv", ".json", ".geojson")) else "report"


def _span(span: Interval) -> dict[str, str | None]:
    return {"start_utc": format_utc(span.start), "end_utc": None if span.end is None else format_utc(span.end)}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _files(rows: Iterable[Row], digests: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted({digests[row.file] for row in rows if row.file in digests}))
