"""What late evidence changes: a new report, held against the one that was sealed before.

A report that was sealed is never changed. Where a later run over other inputs finds something else, it says so,
finding by finding: what lies before the earlier cut-off and is new, what is found no longer, what is told otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from truceline.model import Assessment, Finding, Incident
from truceline.record.history import Earlier
from truceline.record.judgements import state_finding, state_incident

__all__ = ["compare_runs"]

LISTED = 20
"""Ids that are named in one line."""

_TOLD = {"run"}  # what differs between two runs that found the same


def compare_runs(earlier: Earlier, assessment: Assessment) -> tuple[str, ...]:
    """Return in words what is different from an earlier run; the first line says which report that was."""
    cut_off = datetime.fromisoformat(earlier.body["cut_off"])
    digests = {tally.number: tally.sha256 for tally in assessment.files}
    findings = {one.id: one for one in assessment.findings}
    incidents = {one.id: one for one in assessment.incidents}
    told = {id_: state_finding(one, "", digests, None).body for id_, one in findings.items() if id_ in earlier.findings}
    seen = {id_: state_incident(one, "", None).body for id_, one in incidents.items() if id_ in earlier.incidents}
    said = [
        *_compare("finding", earlier.findings, findings, told, cut_off),
        *_compare("incident", earlier.incidents, incidents, seen, cut_off),
        *_tell_statuses(earlier, incidents),
    ]
    return (_name(earlier), *(said or ["nothing that it says of the time before its cut-off is different now"]))


def _name(earlier: Earlier) -> str:
    named = ", ".join(f"{path} {digest}" for path, digest in earlier.outputs.items() if path == "report.html")
    return (
        f"the report of {earlier.body['run']}, sealed as leaf {earlier.leaf}, cut off at {earlier.body['cut_off']}"
        f"{f': {named}' if named else ''}"
    )


def _compare(
    noun: str,
    before: Mapping[str, Mapping[str, Any]],
    now: Mapping[str, Finding] | Mapping[str, Incident],
    told: Mapping[str, Mapping[str, Any]],
    cut_off: datetime,
) -> Iterator[str]:
    """Yield what is new, gone and different; `told` is what would be stated now of what was stated before."""
    groups = {
        "new, of the time before that cut-off": [
            id_ for id_, one in now.items() if id_ not in before and one.span.start < cut_off
        ],
        "found no longer": [id_ for id_ in before if id_ not in now],
        "told otherwise": [id_ for id_, body in told.items() if _differs(before[id_], body)],
    }
    for what, ids in groups.items():
        if ids:
            yield f"{len(ids)} {noun}{'' if len(ids) == 1 else 's'} {what}: {_list(ids)}"


def _differs(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    names = (before.keys() | now.keys()) - _TOLD
    return any(before.get(name) != now.get(name) for name in names)


def _tell_statuses(earlier: Earlier, now: Mapping[str, Incident]) -> Iterator[str]:
    for id_, body in sorted(earlier.incidents.items()):
        if id_ in now and body["status"] != now[id_].status.value:
            yield f"incident {id_} was {body['status']}, and is {now[id_].status.value}"


def _list(ids: Iterable[str]) -> str:
    named = sorted(ids)
    more = f" and {len(named) - LISTED} more" if len(named) > LISTED else ""
    return ", ".join(named[:LISTED]) + more
