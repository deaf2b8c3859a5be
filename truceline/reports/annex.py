"""What stands behind and beside the assessment: claims, tasks, late evidence, method, provenance."""

from collections.abc import Iterator, Mapping

from truceline.model import FileTally
from truceline.reports.content import Block, Bullets, Cell, Column, Para, Run, Section, Table, cell
from truceline.reports.incidents import say_attribution
from truceline.reports.subject import (
    LISTED,
    Subject,
    file_anchor,
    incident_anchor,
    link_incidents,
    link_rows,
    link_text,
)
from truceline.reports.wording import say_count, say_number, shorten

_METHOD = """
An agreement is a list of clauses. Each row of evidence that touches a clause makes a finding; findings that are one
happening in space and time make an incident.

Breached: an incident that a reviewer confirmed, or that two independent sources show; against a party only where it is
attributed to it. Suspected: an incident that is alleged and not dismissed. Kept: no incident, and enough of zone and
time was watched by sources that could have seen one. Not determinable: everything else.

Alerts, thermal anomalies, press reports and the parties' own claims are indicators. They never make a standing; they
speak through the effect.

Effect: a count against an expectation matched by hour of the week, from the baselines shown; other declared truces are
left out of them. Cannot tell is an answer: it does not mean that nothing changed.

Intervals are half-open: the start belongs to them, the end does not. A row whose time or place crosses an edge is
counted where it starts and marked, so that a count can be a range.

No machine releases a party from an obligation. A suspicion opens an inquiry with a right of reply; only the named body
determines a breach.

docs/method.md of the program states the statistics, the reasons for them and their limits.
"""
_CLAIMS = (
    "What the parties say they counted, each in its own unit. None of it is added to the evidence, and units differ: "
    "one side's incident can be another's hundred rounds."
)
_TASKS = (
    "An inquiry follows a suspicion and carries a right of reply; a deadline follows a determination by the named body."
)
_LATE = "Evidence for these came in after the cut-off of the period in which they happened; earlier reports lack it."
_CHANGED = "An earlier report was sealed, and stands. Against it this is different:"
_EMPTY = {
    "claims": "No claim of a party is in the evidence.",
    "tasks": "Nothing is open.",
    "late": "No evidence came in after the cut-off of its period.",
}


def build_annex(subject: Subject) -> tuple[Section, ...]:
    """Return the sections after the incidents and the limits, in the order of the report."""
    return (_claims(subject), _tasks(subject), _late(subject), _method(), _provenance(subject))


def _section(name: str, title: str, text: str, *blocks: Block) -> Section:
    """Return a section, or its one line that says why it is empty."""
    return Section(name, title, 2, (Para((Run(text),)), *blocks) if blocks else (Para((Run(_EMPTY[name]),)),))


def _claims(subject: Subject) -> Section:
    claims = subject.assessment.claims
    columns = (
        Column("Party", share=1.2),
        Column("For", share=2),
        Column("Claim", share=4),
        Column("Quantity", numeric=True),
        Column("Unit"),
        Column("Row", share=1.4),
    )
    rows = tuple(
        (
            cell(subject.name_party(claim.party)),
            cell(subject.times.say_span(claim.span)),
            Cell((Run(shorten(claim.text, 400), style="quoted"),)) if claim.text else cell("–"),
            cell(say_number(claim.quantity)),
            cell(claim.unit or "not stated"),
            Cell(link_rows([claim.row])),
        )
        for claim in claims[:LISTED]
    )
    table = (Table(f"{say_count(len(claims), 'claim')} beside the evidence", columns, rows),) if rows else ()
    return _section("claims", "Claims of the parties", _CLAIMS, *table)


def _tasks(subject: Subject) -> Section:
    tasks = subject.assessment.tasks
    columns = (
        Column("Kind"),
        Column("Owner", share=1.3),
        Column("Due", share=1.8),
        Column("Clause"),
        Column("Incident"),
        Column("What", share=4),
    )
    rows = tuple(
        (
            cell(task.kind),
            cell(subject.name_party(task.owner)),
            cell(subject.times.say(task.due) if task.due else "no term set"),
            cell(task.clause),
            Cell(link_incidents(subject, [task.incident] if task.incident else []) or (Run("–"),)),
            Cell(link_text(subject, shorten(task.text, 400) or task.response)),
        )
        for task in tasks[:LISTED]
    )
    table = (Table(f"What someone must now do: {say_count(len(tasks), 'task')}", columns, rows),) if rows else ()
    return _section("tasks", "Deadlines and inquiries", _TASKS, *table)


def _late(subject: Subject) -> Section:
    items = tuple(
        (
            Run(f"Incident {subject.numbers[one.id]}", incident_anchor(one.id)),
            Run(f", {subject.times.say(one.span.start)}, {one.status.value}, {say_attribution(subject, one)}"),
        )
        for one in subject.incidents
        if one.late
    )
    blocks: list[Block] = [Para((Run(_LATE),)), Bullets(items[:LISTED])] if items else []
    if subject.assessment.addendum:
        blocks += [Para((Run(_CHANGED),)), Bullets(tuple((Run(said),) for said in subject.assessment.addendum))]
    return Section("late", "Addendum: late evidence", 2, tuple(blocks or [Para((Run(_EMPTY["late"]),))]))


def _method() -> Section:
    points = (" ".join(point.split()) for point in _METHOD.strip().split("\n\n"))
    return Section("method", "Method in short", 2, (Bullets(tuple((Run(point),) for point in points)),))


def _provenance(subject: Subject) -> Section:
    assessment = subject.assessment
    lead = "Every number above leads to an incident, a finding or a file, and by file and row to what was read."
    digest = (Run("Digest of inputs and options: "), Run(assessment.digest, style="code"))
    blocks: list[Block] = [
        Para((Run(lead),)),
        *_tallies(subject),
        _digests(subject),
        *_reasons(assessment.files),
        Para(
            (*digest, Run(f". Truceline {assessment.version}. Agreement: {assessment.source or 'no source stated'}."))
        ),
    ]
    if assessment.notes:
        blocks += [Para((Run("Notes:", style="strong"),)), Bullets(tuple((Run(note),) for note in assessment.notes))]
    return Section("provenance", "Provenance", 2, tuple(blocks))


def _digests(subject: Subject) -> Table:
    columns = (
        Column("File", share=0.5),
        Column("SHA-256", share=4),
        Column("Size, bytes", numeric=True),
        Column("From – to", share=2.2),
        Column("Origin and licence", share=3),
    )
    return Table("The files by digest", columns, tuple(_digest(subject, one) for one in subject.assessment.files))


def _tallies(subject: Subject) -> Iterator[Block]:
    files = subject.assessment.files
    columns = (
        Column("File", share=0.5),
        Column("Path", share=3),
        Column("Source", share=2),
        Column("Format", share=1.3),
        *(Column(name, numeric=True, share=1) for name in ("Rows", "Used", "Set aside", "Rejected")),
    )
    total = [sum(_account(one)[place] for one in files) for place in range(4)]
    caption = (
        f"{say_count(len(files), 'file')}: {say_number(total[0])} rows are {say_number(total[1])} used, "
        f"{say_number(total[2])} set aside and {say_number(total[3])} rejected"
    )
    yield Table(caption, columns, tuple(_tally(one) for one in files), "dense")


def _account(one: FileTally) -> tuple[int, int, int, int]:
    return one.rows, one.used, sum(one.set_aside.values()), sum(one.rejected.values())


def _tally(one: FileTally) -> tuple[Cell, ...]:
    numbers = (cell(say_number(number)) for number in _account(one))
    return (
        Cell((Run(str(one.number)),), anchor=file_anchor(one.number)),
        cell(one.path),
        cell(one.source),
        cell(one.format),
        *numbers,
    )


def _digest(subject: Subject, one: FileTally) -> tuple[Cell, ...]:
    span = "unknown"
    if one.first_utc and one.last_utc:
        span = f"{subject.times.say(one.first_utc)} – {subject.times.say(one.last_utc)}"
    named = (one.provider and f"provider {one.provider}", one.lineage and f"lineage {one.lineage}")
    origin = "; ".join(filter(None, (one.attribution, *named)))
    return (
        cell(str(one.number), to=file_anchor(one.number)),
        Cell((Run(one.sha256, style="code"),)),
        cell(say_number(one.size_bytes)),
        cell(span),
        cell(origin or "not stated"),
    )


def _reasons(files: tuple[FileTally, ...]) -> Iterator[Block]:
    columns = (
        Column("File", share=0.5),
        Column("What became of them"),
        Column("Reason", share=5),
        Column("Rows", numeric=True),
    )
    rows = tuple(
        (cell(str(one.number), to=file_anchor(one.number)), cell(fate), cell(reason), cell(say_number(count)))
        for one in files
        for fate, reasons in (("set aside", one.set_aside), ("rejected", one.rejected))
        for reason, count in _sorted(reasons)
    )
    if rows:
        yield Table(
            "Rows that were not used, by reason; rejected rows stand one by one in rejects.parquet",
            columns,
            rows,
            "dense",
        )


def _sorted(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((reason, count) for reason, count in reasons.items() if count), key=lambda one: (-one[1], one[0]))
