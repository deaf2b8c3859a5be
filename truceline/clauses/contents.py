"""What a finding is made of, and the id that its content gives it.

The id is the first 16 hexadecimal digits of SHA-256 over canonical JSON (RFC 8785 in spirit: sorted
keys, no blanks) of: clause, reading, kind, span (UTC, rounded to 1 ms), place (rounded to 1e-7°),
radius (1 m), area, source, platform, actor's party, quantity, unit, and the text of the row. The
numbers of file and row are left out on purpose: they change with the order of files and as a file
grows, and then a reviewer's decision would lose what it was about. Rows of one source with the same
content are therefore one finding with several rows.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from truceline.agreement.document import Terms
from truceline.model import UNDETERMINED, Finding
from truceline.spacetime import UTC, Interval

__all__ = ["lies_within", "merge_same", "seal", "touches", "when_bound"]

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seal(finding: Finding) -> Finding:
    """Return the finding with the id that its content gives it."""
    start, end = finding.span.start, finding.span.end
    content = [
        finding.clause,
        finding.reading,
        finding.kind,
        [_milliseconds(start), None if end is None else _milliseconds(end)],
        [_rounded(finding.lon, 7), _rounded(finding.lat, 7), _rounded(finding.radius_m, 0)],
        [finding.area, finding.source, finding.platform, finding.party],
        [_rounded(finding.measured, 6), finding.unit, finding.text],
    ]
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=True)
    return replace(finding, id=hashlib.sha256(text.encode()).hexdigest()[:16])


def merge_same(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings in order of time and id, those of the same content as one with all rows."""
    merged: dict[str, Finding] = {}
    for finding in findings:
        twin = merged.get(finding.id)
        merged[finding.id] = finding if twin is None else _join(twin, finding)
    return sorted(merged.values(), key=lambda f: (f.span.start, f.id))


def touches(span: Interval, other: Interval) -> bool:
    """Return whether two spans share an instant; a span without length is the instant itself."""
    if span.end == span.start:
        return span.start in other
    return span.overlap(other) is not None


def lies_within(span: Interval, other: Interval) -> bool:
    """Return whether all of `span` lies in `other`; an instant at the end of `other` lies outside."""
    if span.start not in other:
        return False
    return other.end is None or (span.end is not None and span.end <= other.end)


def when_bound(terms: Terms, party: str, span: Interval) -> bool | None:
    """Return whether a span is edge-uncertain for a party; None where it lies outside the clause's time.

    A party that the clause does not bind has no such time. For UNDETERMINED it is the time in
    which the clause may bind anyone.
    """
    possible, certain = terms.possible, terms.interval
    if party != UNDETERMINED:
        certain = terms.by_party.get(party)
        possible = terms.possible_by_party.get(party, None if certain is None else terms.possible)
    if possible is None or not touches(span, possible):
        return None
    return certain is None or not lies_within(span, certain)


def _join(one: Finding, other: Finding) -> Finding:
    known = [received for received in (one.received_utc, other.received_utc) if received is not None]
    rows = tuple(sorted({*one.rows, *other.rows}))
    return replace(one, rows=rows, received_utc=min(known, default=None))


def _milliseconds(instant: datetime) -> int:
    return round((instant - _EPOCH) / _MILLISECOND)


def _rounded(value: float | None, digits: int) -> float | None:
    # + 0.0 makes one zero of the two that IEEE 754 has
    return None if value is None else round(float(value), digits) + 0.0
