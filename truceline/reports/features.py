"""incidents.geojson: every incident as a feature (RFC 7946). Schema "truceline/incidents/1".

An incident without a known place has a null geometry, as RFC 7946 section 3.2 provides; it is not
left out. Coordinates are rounded to 1e-7 degrees. Foreign members (section 6.1) name the case.
"""

from typing import Any

from truceline.model import Incident, Review
from truceline.reports.standing import dump, instant, number
from truceline.reports.subject import Subject
from truceline.spacetime import format_utc

SCHEMA = "truceline/incidents/1"


def write_features(subject: Subject) -> bytes:
    """Return incidents.geojson, all incidents in order of time."""
    assessment = subject.assessment
    return dump(
        {
            "type": "FeatureCollection",
            "schema": SCHEMA,
            "case": assessment.case,
            "version": assessment.version,
            "digest": assessment.digest,
            "cut_off": format_utc(assessment.cut_off),
            "features": [_feature(incident) for incident in subject.incidents],
        }
    )


def _feature(incident: Incident) -> dict[str, Any]:
    geometry = None
    if incident.lon is not None and incident.lat is not None:
        geometry = {"type": "Point", "coordinates": [round(incident.lon, 7), round(incident.lat, 7)]}
    return {"type": "Feature", "id": incident.id, "geometry": geometry, "properties": _properties(incident)}


def _properties(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "clause": incident.clause,
        "reading": incident.reading,
        "status": incident.status.value,
        "start_utc": format_utc(incident.span.start),
        "end_utc": instant(incident.span.end),
        "radius_m": number(incident.radius_m),
        "area": incident.area,
        "party": incident.party,
        "parties": {party: number(share) for party, share in sorted(incident.parties.items())},
        "kinds": list(incident.kinds),
        "lineages": list(incident.lineages),
        "findings": list(incident.findings),
        "indicators": list(incident.indicators),
        "confidence": number(incident.confidence),
        "reasons": list(incident.reasons),
        "severity": incident.severity,
        "late": incident.late,
        "edge_uncertain": incident.edge_uncertain,
        "place_uncertain": incident.place_uncertain,
        "excused_by": incident.excused_by,
        "platforms": list(incident.platforms),
        "review": _review(incident.review),
    }


def _review(review: Review | None) -> dict[str, Any] | None:
    """Return a decision without its reviewer's name: a name leaves the case only on purpose."""
    if review is None:
        return None
    said = {"decision": review.decision, "reason": review.reason, "at": format_utc(review.at)}
    return {**said, "signed": bool(review.key), "dissents": list(review.dissents)}
