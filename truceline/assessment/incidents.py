"""Findings -> incidents: one happening in space and time, fused across sources.

The id of an incident is the first 16 hexadecimal digits of SHA-256 over "incident" and the id of its
first finding, so that a reviewer's decision still finds it when more evidence joins it. A review may
also name any of the findings.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from truceline.agreement.document import Agreement
from truceline.assessment.attribution import count_lineages, rate_confidence, share_parties
from truceline.assessment.clusters import ATTACK_GAP, ATTACK_REACH_M, Neighbours, cluster, metres_between
from truceline.model import Finding, Incident, Review, Status
from truceline.spacetime import Interval, format_utc

__all__ = ["find_orphans", "fuse"]

_DECISIONS = {"confirm": Status.CONFIRMED, "contest": Status.CONTESTED, "dismiss": Status.DISMISSED}


def fuse(
    findings: Iterable[Finding], agreement: Agreement, reviews: Iterable[Review], cut_off: datetime
) -> tuple[Incident, ...]:
    """Return the incidents of each clause and reading, in order of clause, reading and time.

    Indicators are attached to incidents as context and never form one. Excused findings form
    incidents of their own, which are listed and do not count. The order of `findings` makes no
    difference.
    """
    severities = {clause.id: clause.severity for clause in agreement.clauses}
    decided = list(reviews)
    order = {clause.id: number for number, clause in enumerate(agreement.clauses)}

    def key(finding: Finding) -> tuple[int, str, str]:
        return order.get(finding.clause, len(order)), finding.clause, finding.reading

    ordered = sorted(findings, key=lambda f: (key(f), f.span.start, f.id))
    made: list[Incident] = []
    for _, group in groupby(ordered, key=key):
        made += _fuse_clause(list(group), severities, decided, cut_off)
    return tuple(made)


def find_orphans(reviews: Iterable[Review], incidents: Iterable[Incident]) -> tuple[Review, ...]:
    """Return the reviews that name neither an incident nor one of its findings: a decision about nothing."""
    known = {name for incident in incidents for name in (incident.id, *incident.findings)}
    return tuple(review for review in reviews if review.incident not in known)


def _fuse_clause(
    findings: Sequence[Finding], severities: Mapping[str, str | None], reviews: Sequence[Review], cut_off: datetime
) -> Iterator[Incident]:
    shown = [finding for finding in findings if not finding.indicator]
    hints = [finding for finding in findings if finding.indicator]
    excuses = sorted({finding.excused_by or "" for finding in shown})
    groups = [group for excuse in excuses for group in cluster(f for f in shown if (f.excused_by or "") == excuse)]
    neighbours = Neighbours(hints)
    for group in sorted(groups, key=lambda members: min((f.span.start, f.id) for f in members)):
        beside = [neighbours.near(f, ATTACK_GAP, ATTACK_REACH_M) for f in group] if hints else []
        context = [hints[number] for number in np.unique(np.concatenate(beside)).tolist()] if beside else []
        incident = _make(group, context, severities.get(group[0].clause), cut_off)
        yield _review(incident, reviews)


def _make(group: Sequence[Finding], context: Sequence[Finding], severity: str | None, cut_off: datetime) -> Incident:
    members = sorted(group, key=lambda f: (f.span.start, f.id))
    best = min(members, key=_precision)
    lineages, sound = count_lineages(members)
    parties = share_parties(members)
    confidence, reasons = rate_confidence(members, parties)
    status = Status.CORROBORATED if len(lineages) >= 2 and sound else Status.ALLEGED
    late = [f for f in members if f.received_utc is not None and f.received_utc > cut_off]
    excused_by = members[0].excused_by
    return Incident(
        id=hashlib.sha256(f"incident {members[0].id}".encode()).hexdigest()[:16],
        clause=best.clause,
        reading=best.reading,
        status=status,
        span=_span(members, best),
        lon=best.lon,
        lat=best.lat,
        radius_m=_radius(members, best),
        area=next((f.area for f in (best, *members) if f.area), None),
        parties=parties,
        lineages=lineages,
        findings=tuple(f.id for f in members),
        indicators=tuple(f.id for f in context),
        confidence=confidence,
        reasons=(*_explain(status, lineages, sound, context, late, excused_by), *reasons),
        kinds=tuple(sorted({f.kind for f in members})),
        severity=severity,
        late=bool(late),
        edge_uncertain=all(f.edge_uncertain for f in members),
        place_uncertain=all(f.place_uncertain for f in members),
        excused_by=excused_by,
        platforms=tuple(sorted({f.platform for f in members if f.platform})),
    )


def _explain(
    status: Status,
    lineages: Sequence[str],
    sound: bool,
    context: Sequence[Finding],
    late: Sequence[Finding],
    excused_by: str | None,
) -> Iterator[str]:
    if excused_by:
        yield f"excused by {excused_by}: listed, and not counted"
    if status is Status.CORROBORATED:
        yield f"corroborated: {len(lineages)} independent origins"
    elif len(lineages) < 2:
        yield "alleged: one origin only, and one is never enough"
    elif not sound:
        yield "alleged: every finding in it is doubtful"
    if context:
        kinds = ", ".join(sorted({f.kind for f in context}))
        several = "s" if len(context) > 1 else ""
        yield f"{len(context)} indicator{several} nearby ({kinds}): context, counting for nothing"
    for finding in late:
        arrived = format_utc(finding.received_utc) if finding.received_utc else "a time not known"
        yield f"evidence of {finding.source} came in after the cut-off, at {arrived}"


def _precision(finding: Finding) -> tuple[bool, timedelta, float, str]:
    """Return how precise a finding is: with a place first, then by radius and width, then by id."""
    width = (finding.span.end or finding.span.start) - finding.span.start
    wide = finding.platform is None and width > ATTACK_GAP
    return finding.lon is None, width if wide else timedelta(0), finding.radius_m or 0.0, finding.id


def _span(members: Sequence[Finding], best: Finding) -> Interval:
    """Return the time of the precise findings; that of all of them where none is precise."""
    narrow = [f for f in members if f.platform is not None or _precision(f)[1] <= _precision(best)[1]]
    ends = [f.span.end for f in narrow]
    end = None if None in ends else max(end for end in ends if end is not None)
    return Interval(min(f.span.start for f in narrow), end)


def _radius(members: Sequence[Finding], best: Finding) -> float | None:
    """Return a radius that covers the best place and the points of all the others."""
    spread = [metres for f in members if (metres := metres_between(best, f)) is not None]
    known = [radius for radius in (best.radius_m, max(spread, default=0.0)) if radius]
    return max(known, default=best.radius_m)


def _review(incident: Incident, reviews: Sequence[Review]) -> Incident:
    """Return the incident under the last review that names it or one of its findings; a signed one goes first."""
    mine = [review for review in reviews if review.incident in (incident.id, *incident.findings)]
    if not mine:
        return incident
    last = max(mine, key=_weigh)
    signed = f"signed, leaf {last.leaf} of the record" if last.key else "not signed"
    said = f"{_DECISIONS[last.decision]} by {last.reviewer} on {format_utc(last.at)} ({signed}): {last.reason}"
    reasons = (said, *last.dissents, *incident.reasons)
    return replace(incident, status=_DECISIONS[last.decision], review=last, reasons=reasons)


def _weigh(review: Review) -> tuple[bool, datetime, int, str, str]:
    """Return what goes first: signed before drafts, then the later one."""
    return bool(review.key), review.at, review.leaf or 0, review.reviewer, review.decision
