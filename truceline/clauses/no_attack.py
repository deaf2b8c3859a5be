"""No attack: no events of the named kinds in a zone, or on the objects of a class.

A row is a finding where it lies, or may lie, in the clause's time and zone. What cannot be placed,
or hit nobody knows what, is kept as a hint: it is marked as an indicator, so that it makes no
standing, and yet it stands in the way of "kept".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from truceline.agreement.actors import find_party, fold_name, name_parties
from truceline.agreement.document import Agreement, Terms
from truceline.clauses.contents import seal, when_bound
from truceline.clauses.occurrences import select_rows
from truceline.evidence.sight import name_lineages
from truceline.evidence.store import Evidence
from truceline.evidence.tables import INDICATORS
from truceline.model import Finding
from truceline.spacetime import Interval

__all__ = ["find_attacks", "make_event_finding", "name_attacks", "name_objects", "select_rows"]

UNPLACED = "it may lie outside the zone: its place is not known well enough"
UNKNOWN_OBJECT = "what was hit is not known"


def name_attacks(terms: Terms) -> tuple[str, ...]:
    """Return the kinds of event that must be watched: those named, without mere indicators."""
    return tuple(kind for kind in terms.values.get("events", ()) if kind not in INDICATORS)


def find_attacks(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each event that touches the clause's time and zone, by a bound party or nobody known."""
    names, lineages = name_parties(agreement), name_lineages(evidence.plan)
    objects = name_objects(terms.values.get("objects"), agreement)
    for row in select_rows(terms, evidence, terms.values.get("events", ())):
        party = find_party(row["actor"], names)
        hints: list[str] = []
        if not row["inside"]:
            hints.append(UNPLACED)
        if objects and not row["object"]:
            hints.append(UNKNOWN_OBJECT)
        elif objects and fold_name(row["object"]) not in objects:
            continue
        finding = make_event_finding(terms, row, party, lineages, hints)
        if finding is not None:
            yield finding


def make_event_finding(
    terms: Terms,
    row: dict[str, Any],
    party: str,
    lineages: Mapping[str, str],
    hints: Sequence[str],
    doubts: Sequence[str] = (),
) -> Finding | None:
    """Return the finding of one event, or None where the clause did not bind that party then.

    `hints` are reasons for which the row can be no more than a hint.
    """
    span = Interval(row["start_utc"], row["end_utc"])
    edge = when_bound(terms, party, span)
    if edge is None:
        return None
    return seal(
        Finding(
            id="",
            clause=terms.clause.id,
            reading=terms.reading,
            kind=row["kind"],
            span=span,
            lon=row["lon"],
            lat=row["lat"],
            radius_m=row["radius_m"],
            area=row["area"],
            party=party,
            source=row["source"],
            lineage=lineages.get(row["source"], row["source"]),
            indicator=row["kind"] in INDICATORS or bool(hints),
            measured=row["quantity"],
            limit=0.0,
            unit=row["unit"],
            margin=None,
            rows=row["rows"],
            text=row["text"],
            reliability=row["reliability"],
            credibility=row["credibility"],
            edge_uncertain=edge,
            place_uncertain=row["place_uncertain"],
            received_utc=row["received_utc"],
            doubts=(*hints, *doubts),
        )
    )


def name_objects(wanted: str | Sequence[str] | None, agreement: Agreement) -> frozenset[str]:
    """Return every name by which an event may say that it hit an object of the wanted classes.

    A class is named by its id, and by each text in its block: its name, its members.
    """
    ids = [wanted] if isinstance(wanted, str) else list(wanted or ())
    names = {fold_name(name) for name in ids}
    for block in (agreement.objects[name] for name in ids if name in agreement.objects):
        for value in block.values.values():
            items = value if isinstance(value, list) else [value]
            texts = [item.get("name") if isinstance(item, dict) else item for item in items]
            names |= {fold_name(text) for text in texts if isinstance(text, str)}
    return frozenset(names)
