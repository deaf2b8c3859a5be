"""The incidents: a table of all of them, then each with what it rests on."""

from collections.abc import Iterator

from truceline.model import UNDETERMINED, Finding, Incident, Review, Status
from truceline.reports.content import Block, Bullets, Cell, Column, Para, Run, Runs, Section, Table, cell
from truceline.reports.subject import LISTED, Subject, incident_anchor, link_rows, link_text
from truceline.reports.wording import (
    name_kind,
    say_count,
    say_list,
    say_number,
    say_part,
    say_sentence,
    shorten,
)

_FINDINGS = 20


def build_incidents(subject: Subject) -> Iterator[Section]:
    """Yield the section of all incidents, and one section for each that is listed."""
    listed, left = subject.incidents[:LISTED], len(subject.incidents) - LISTED
    if not listed:
        yield Section(
            "incidents",
            "Incidents",
            2,
            (Para((Run("No incident was found in the evidence that was given. "), *_caution())),),
        )
        return
    blocks: list[Block] = [Para((Run(_counts(subject)), *_drawn())), _table(subject, listed)]
    if left > 0:
        blocks.append(Para((Run(f"{say_count(left, 'more incident')} in incidents.geojson."),), "notice"))
    yield Section("incidents", "Incidents", 2, tuple(blocks))
    for incident in listed:
        yield _incident(subject, incident)


def _caution() -> Runs:
    return (Run("What that says depends on what was watched: see "), Run("coverage", "limits"), Run("."))


def _drawn() -> Runs:
    return (Run(" They stand on the "), Run("map", "map"), Run(" and the "), Run("timeline", "timeline"), Run("."))


def _counts(subject: Subject) -> str:
    total = len(subject.incidents)
    idle = sum(incident.status is Status.DISMISSED or bool(incident.excused_by) for incident in subject.incidents)
    blind = total - sum(subject.located(incident) is not None for incident in subject.incidents)
    aside = f", of which {say_number(idle)} dismissed or allowed do not count" if idle else ""
    where = f" {say_count(blind, 'incident')} without a known place cannot be drawn." if blind else ""
    alone = "One source alone makes no more than an allegation."
    return f"{say_count(total, 'incident')}, numbered in order of time{aside}. {alone}{where}"


def _table(subject: Subject, incidents: tuple[Incident, ...]) -> Table:
    columns = (
        Column("No.", numeric=True, share=0.5),
        Column("Start", share=1.5),
        Column("Clause", share=1.2),
        Column("What", share=1.6),
        Column("Where", share=1.6),
        Column("Status", share=1.3),
        Column("Attribution", share=1.6),
        Column("Independent sources", numeric=True, share=0.9),
        Column("Confidence", numeric=True, share=0.9),
    )
    rows = tuple(_row(subject, incident) for incident in incidents)
    return Table(f"Incidents in order of time, on the clock of {subject.times.zone}", columns, rows, "dense")


def _row(subject: Subject, incident: Incident) -> tuple[Cell, ...]:
    return (
        cell(str(subject.numbers[incident.id]), to=incident_anchor(incident.id)),
        cell(subject.times.say_short(incident.span.start)),
        cell(incident.clause),
        cell(_what(incident)),
        cell(_where(subject, incident)),
        cell(_status(incident), sign=incident.status),
        cell(say_attribution(subject, incident)),
        cell(say_number(len(incident.lineages))),
        cell(f"{incident.confidence:.2f}"),
    )


def _status(incident: Incident) -> str:
    """Return the status with what limits it: an excused incident is listed and does not count."""
    limits = [f"allowed by {incident.excused_by}"] * bool(incident.excused_by) + ["late"] * incident.late
    limits += ["edge of the time"] * incident.edge_uncertain + ["edge of the zone"] * incident.place_uncertain
    return f"{incident.status.value} ({', '.join(limits)})" if limits else incident.status.value


def _what(incident: Incident) -> str:
    return say_list([name_kind(kind).lower() for kind in incident.kinds]) if incident.kinds else "unknown"


def _where(subject: Subject, incident: Incident) -> str:
    if incident.area:
        return subject.name_area(incident.area)
    if incident.lon is None or incident.lat is None:
        return "unknown"
    return say_point(incident.lon, incident.lat)


def say_point(lon: float, lat: float) -> str:
    """Return a position as "46.420° N, 30.750° E", each half on one line."""
    north, east = ("N" if lat >= 0 else "S"), ("E" if lon >= 0 else "W")
    return f"{abs(lat):.3f}°\u00a0{north}, {abs(lon):.3f}°\u00a0{east}"


def say_attribution(subject: Subject, incident: Incident) -> str:
    """Return the parties with their shares, the largest first; "undetermined" like any other."""
    shares = sorted((-share, subject.name_party(party)) for party, share in incident.parties.items() if share > 0)
    if len(shares) == 1:
        return shares[0][1]
    return ", ".join(f"{name} {say_part(-share)}" for share, name in shares) or UNDETERMINED


def _incident(subject: Subject, incident: Incident) -> Section:
    number, start = subject.numbers[incident.id], subject.times.say_short(incident.span.start)
    blocks: list[Block] = [Para(_facts(subject, incident))]
    if incident.review:
        blocks.append(Para((Run("Review. ", style="strong"), Run(_review(subject, incident.review)))))
    if incident.reasons:
        why = f"Confidence {incident.confidence:.2f}, because: {'; '.join(incident.reasons)}."
        blocks.append(Para(link_text(subject, why)))
    blocks.append(Bullets(tuple(_evidence(subject, incident)) or ((Run("No finding of it is in this assessment."),),)))
    return Section(incident_anchor(incident.id), f"{number}. {_what(incident).capitalize()}, {start}", 3, tuple(blocks))


def _review(subject: Subject, review: Review) -> str:
    """Return a decision and its reason; the reviewer's name stays in the case, as in the data files."""
    when = subject.times.say_both(review.at)
    signed = f"It is signed: leaf {review.leaf} of the record." if review.key else "Nobody signed it: it is a draft."
    said = (shorten(review.reason), *review.dissents)
    return f"A reviewer decided on {when} to {review.decision}. {signed} {' '.join(map(say_sentence, said))}"


def _facts(subject: Subject, incident: Incident) -> Runs:
    place = _where(subject, incident)
    if incident.area and incident.lon is not None and incident.lat is not None:
        place += f", {say_point(incident.lon, incident.lat)}"
    if incident.radius_m is not None:
        place += f", within {say_number(incident.radius_m / 1000)} km"
    return (
        Run(f"{subject.times.say_span(incident.span)} {subject.times.zone} "),
        Run(f"({subject.times.say_span_utc(incident.span)}). "),
        Run(f"Place: {place}. Status: {_status(incident)}. Attribution: {say_attribution(subject, incident)}. "),
        Run(
            f"Independent sources: {say_list(list(incident.lineages))}. Clause {incident.clause}, {incident.reading}. "
        ),
        Run(f"Incident {incident.id}", style="code"),
    )


def _evidence(subject: Subject, incident: Incident) -> Iterator[Runs]:
    own = [subject.findings[one] for one in incident.findings if one in subject.findings]
    hints = [subject.findings[one] for one in incident.indicators if one in subject.findings]
    for finding in own[:_FINDINGS]:
        yield _finding(finding)
    for finding in hints[:_FINDINGS]:
        yield (Run("Indicator only. ", style="em"), *_finding(finding))
    left = max(len(own) - _FINDINGS, 0) + max(len(hints) - _FINDINGS, 0)
    if left:
        yield (Run(f"{say_count(left, 'more finding')} in findings.parquet."),)


def _finding(finding: Finding) -> Runs:
    by = f" by {finding.platform}" if finding.platform else ""
    doubts = [*finding.doubts, *_uncertain(finding)]
    return (
        Run(f"{finding.source}{_grade(finding)}: ", style="strong"),
        Run(f"{name_kind(finding.kind).lower()}{by}.{_measured(finding)} "),
        *((Run(shorten(finding.text), style="quoted"), Run(" ")) if finding.text else ()),
        *((Run(f"Doubts: {'; '.join(doubts)}. "),) if doubts else ()),
        *link_rows(finding.rows),
    )


def _grade(finding: Finding) -> str:
    """Return the Admiralty grade: reliability of the source A to F, credibility of the report 1 to 6."""
    if not finding.reliability and not finding.credibility:
        return ""
    return f", graded {finding.reliability or '–'}{finding.credibility or '–'}"


def _measured(finding: Finding) -> str:
    """Return what was measured with its unit, and the limit where there is one; a bare count of one says nothing."""
    if finding.measured is None or (not finding.unit and finding.measured == 1):
        return ""
    limit = f", limit {_amount(finding.limit, finding.unit)}" if finding.limit else ""
    return f" Measured {_amount(finding.measured, finding.unit)}{limit}."


def _amount(value: float, unit: str | None) -> str:
    """Return a number with its unit; metres from a thousand on as kilometres."""
    if unit == "m" and abs(value) >= 1000:
        return f"{say_number(value / 1000)}\u00a0km"
    return f"{say_number(value)}\u00a0{unit}" if unit else say_number(value)


def _uncertain(finding: Finding) -> Iterator[str]:
    if finding.edge_uncertain:
        yield "its time crosses an edge of the clause's interval"
    if finding.place_uncertain:
        yield "its place crosses the edge of the zone"
    if finding.excused_by:
        yield f"allowed by {finding.excused_by}"
