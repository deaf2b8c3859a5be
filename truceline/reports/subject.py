"""What a report speaks of: the assessment, the agreement and the evidence, and the way from one to another."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby

from truceline.agreement.document import Agreement
from truceline.evidence.store import Evidence
from truceline.gazetteer import Place
from truceline.model import UNDETERMINED, Assessment, ClauseAssessment, Finding, Incident, Row
from truceline.reports.content import Run, Runs
from truceline.reports.wording import Clockwork, say_number

_SHORT = 16
_ID = re.compile(r"\b[0-9A-Za-z_-]{4,64}\b")

_INSTANT = re.compile(r"\b20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z")
LISTED = 200
"""How many incidents, or rows, a report lists; the data files hold all of them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One case to report on. `incidents` are in order of time; their place in it is their number."""

    assessment: Assessment
    agreement: Agreement
    evidence: Evidence
    times: Clockwork
    incidents: tuple[Incident, ...]
    numbers: Mapping[str, int]
    findings: Mapping[str, Finding]

    def place(self, area: str | None) -> Place | None:
        """Return the place of an area's code, None where there is none."""
        return self.evidence.gazetteer.find(area) if area else None

    def name_area(self, area: str) -> str:
        """Return an area's name, its code where nothing knows it."""
        place = self.place(area)
        return place.name if place else area

    def name_party(self, party: str) -> str:
        """Return a party's name, its id where it has none."""
        return self.assessment.parties.get(party, party)

    def short_party(self, party: str) -> str:
        """Return a party's name where all names are short, else its id: both parties alike."""
        return self.name_party(party) if all(len(self.name_party(one)) <= _SHORT for one in self.parties()) else party

    def parties(self) -> tuple[str, ...]:
        """Return all that a standing is given for: parties in the agreement's order, then the rest."""
        judged = {standing.party for clause in self.assessment.clauses for standing in clause.standings}
        known = [party for party in self.agreement.parties if party in judged]
        return (*known, *sorted(judged - set(known) - {UNDETERMINED}), *({UNDETERMINED} & judged))

    def shared_reasons(self) -> tuple[str, ...]:
        """Return what is said of every clause alike, and therefore once; nothing where there is one clause."""
        first, *others = [clause.reasons for clause in self.assessment.clauses] or [()]
        return tuple(dict.fromkeys(reason for reason in first if others and all(reason in one for one in others)))

    def located(self, incident: Incident) -> tuple[float, float, float | None] | None:
        """Return longitude, latitude and radius of an incident, of its area where it has no point."""
        if incident.lon is not None and incident.lat is not None:
            return incident.lon, incident.lat, incident.radius_m
        place = self.place(incident.area)
        return (place.lon, place.lat, place.radius_m) if place else None


def open_subject(assessment: Assessment, agreement: Agreement, evidence: Evidence) -> Subject:
    """Return the case, ready to be reported on."""
    incidents = tuple(sorted(assessment.incidents, key=lambda incident: (incident.span.start, incident.id)))
    return Subject(
        assessment=assessment,
        agreement=agreement,
        evidence=evidence,
        times=Clockwork(assessment.zone),
        incidents=incidents,
        numbers={incident.id: number for number, incident in enumerate(incidents, 1)},
        findings={finding.id: finding for finding in assessment.findings},
    )


def anchor(kind: str, *parts: str) -> str:
    """Return an anchor that is safe in a page and on paper; distinct parts give distinct anchors."""
    whole = "/".join(parts)
    plain = "-".join(filter(None, re.split(r"[^a-z0-9]+", "-".join(parts).lower())))[:60]
    if "-".join(parts) == plain:
        return f"{kind}-{plain}"
    return f"{kind}-{plain}-{sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def clause_anchor(clause: ClauseAssessment) -> str:
    """Return the anchor of a clause under its reading."""
    return anchor("clause", clause.clause, clause.reading)


def incident_anchor(incident: str) -> str:
    """Return the anchor of an incident."""
    return anchor("incident", incident)


def file_anchor(number: int) -> str:
    """Return the anchor of a file in the provenance."""
    return f"file-{number}"


def link_incidents(subject: Subject, ids: Sequence[str], most: int = 12) -> Runs:
    """Return incidents by their numbers, each a link; those past `most` are counted."""
    known = sorted((subject.numbers[one], one) for one in ids if one in subject.numbers)
    shown = known[:most]
    parts = [Run(str(number), incident_anchor(one) if number <= LISTED else "incidents") for number, one in shown]
    found: list[Run] = []
    for part in parts:
        found += [Run(", "), part] if found else [part]
    if len(known) > most:
        found.append(Run(f" and {say_number(len(known) - most)} more"))
    return tuple(found)


def link_text(subject: Subject, text: str) -> Runs:
    """Return a text with the ids of incidents in it turned into their numbers, each a link.

    Instants in it, which are in UTC, are shown on the declared zone's clock.
    """
    text = _INSTANT.sub(lambda match: subject.times.say_short(datetime.fromisoformat(match[0])), text)
    found: list[Run] = []
    last = 0
    for match in _ID.finditer(text):
        number = subject.numbers.get(match[0])
        if number is not None:
            found += [Run(text[last : match.start()]), Run(str(number), incident_anchor(match[0]))]
            last = match.end()
    return tuple(run for run in (*found, Run(text[last:])) if run.text)


def link_rows(rows: Iterable[Row], most: int = 8) -> Runs:
    """Return rows by file and number, consecutive ones joined, each file a link to its provenance."""
    found: list[Run] = []
    spans = [(file, span) for file, group in groupby(sorted(set(rows)), lambda row: row.file) for span in _spans(group)]
    last = None
    for file, (first, end) in spans[:most]:
        if file != last:
            found += [Run("; ")] * bool(found) + [Run(f"file {file}", file_anchor(file)), Run(" row ")]
        else:
            found.append(Run(", "))
        found.append(Run(str(first) if first == end else f"{first}–{end}"))
        last = file
    if len(spans) > most:
        left = sum(end - first + 1 for _, (first, end) in spans[most:])
        found.append(Run(f" and {say_number(left)} more"))
    return tuple(found)


def _spans(rows: Iterable[Row]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and row.row == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], row.row)
        else:
            spans.append((row.row, row.row))
    return spans
