"""What someone must now do: a deadline after a body's determination, an inquiry after a suspicion.

A response of the agreement becomes due only when a named body has determined a breach. A suspicion,
however strong, opens an inquiry with a right of reply, and nothing more.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from truceline.agreement.document import Agreement, Response
from truceline.model import UNDETERMINED, Incident, Status, Task
from truceline.spacetime import format_utc, read_duration

__all__ = ["open_tasks"]


def open_tasks(
    agreement: Agreement, incidents: Iterable[Incident], determinations: Mapping[str, datetime], cut_off: datetime
) -> tuple[Task, ...]:
    """Return the tasks that are open at the cut-off: deadlines first by due time, then inquiries by time.

    `determinations` are those of the named bodies. One that names a clause or an incident of a
    clause ("breach <clause>", "breach <incident>") opens the responses that the agreement sets for
    that clause.
    """
    known = list(incidents)
    deadlines = [
        task
        for response in agreement.responses
        for name, at in determinations.items()
        if at < cut_off
        for task in _open_deadline(response, name, at, known)
    ]
    inquiries = [task for incident in known for task in _open_inquiries(agreement, incident, cut_off)]
    deadlines.sort(key=lambda task: (task.due is None, task.due or task.opened, task.response, task.clause))
    inquiries.sort(key=lambda task: (task.opened, task.clause, task.incident or "", task.response))
    return (*dict.fromkeys(deadlines), *dict.fromkeys(inquiries))


def _open_deadline(response: Response, name: str, at: datetime, incidents: Iterable[Incident]) -> Iterator[Task]:
    about = {word.strip(".,;:") for word in name.split()}
    for clause in response.of:
        hit = next((i for i in incidents if i.clause == clause and about & {i.id, *i.findings}), None)
        if hit is None and clause not in about:
            continue
        due = at + read_duration(response.within) if response.within else None
        text = f"{response.text} (determined at {format_utc(at)}: {name})"
        yield Task(response.id, "deadline", clause, hit.id if hit else None, response.owner, at, due, text)


def _open_inquiries(agreement: Agreement, incident: Incident, cut_off: datetime) -> Iterator[Task]:
    """Yield the inquiry that a suspicion opens, for each owner that the agreement gives the clause's responses.

    Where it gives none, every body has the inquiry; where it has no body, the parties themselves.
    """
    if incident.status is Status.DISMISSED or incident.excused_by or incident.span.start >= cut_off:
        return
    party = incident.party
    asked = (
        "the parties"
        if party == UNDETERMINED
        else agreement.parties[party].name
        if party in agreement.parties
        else party
    )
    what = f"Inquiry into incident {incident.id} ({incident.status})"
    text = f"{what}: ask {asked} for a reply, and hear it before anything is said"
    responses = [response for response in agreement.responses if incident.clause in response.of]
    owners = {response.owner: response.id for response in reversed(responses)}
    for owner in owners or dict.fromkeys(agreement.bodies, "") or {"the parties": ""}:
        yield Task(
            owners.get(owner, ""), "inquiry", incident.clause, incident.id, owner, incident.span.start, None, text
        )
