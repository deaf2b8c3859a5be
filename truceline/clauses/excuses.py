"""What an agreement excuses: conduct that was allowed because events happened before it, in order.

An event counts when a body of the agreement determined it, or when the party itself gave notice of
it; a party's notice excuses nobody else, so a finding that nothing attributes is excused by a body's
determinations only. A notice that announces an activity with its hours and its place covers what
happens within them; one that gives no place covers what comes after it. Whose words name platforms by their
ids covers those and no others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from truceline.agreement.actors import find_body, find_party, fold_name, name_bodies, name_parties
from truceline.agreement.document import Agreement, ExceptionRule, Terms
from truceline.clauses.keys import PLATFORM_ID
from truceline.evidence.selection import collect_events
from truceline.evidence.store import Evidence
from truceline.model import UNDETERMINED, Finding
from truceline.spacetime import read_duration
from truceline.spacetime.shapes import distance_m

__all__ = ["excuse"]


@dataclass(frozen=True, slots=True)
class Step:
    """An event that may excuse: what, when, and by which party (None: a body determined it).

    `until` and `place` (lon, lat, radius in metres) bound an announced activity, `platforms` whom it concerns
    (empty: it names none).
    """

    name: str
    at: datetime
    party: str | None
    until: datetime | None = None
    place: tuple[float, float, float] | None = None
    platforms: frozenset[str] = frozenset()

    def covers(self, finding: Finding) -> bool:
        """Return whether it came before a finding, by somebody who may excuse it, and speaks of its time and place."""
        if self.party not in (None, finding.party) or self.at >= finding.span.start:
            return False
        if self.platforms and finding.platform not in self.platforms:
            return False
        if self.until is None or self.place is None:
            return True
        if finding.span.start >= self.until or finding.lon is None or finding.lat is None:
            return False
        lon, lat, radius_m = self.place
        metres: float = distance_m(finding.lon, finding.lat, lon, lat)
        return metres <= radius_m + (finding.radius_m or 0.0)


def excuse(findings: Iterable[Finding], terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield the findings, each marked with the exception that excuses it, or noting what was missing for it."""
    rules = [rule for rule in agreement.exceptions if _concerns(rule, terms)]
    steps = list(_read_steps(agreement, evidence)) if rules else []
    for finding in findings:
        yield _apply(finding, rules, steps)


def _concerns(rule: ExceptionRule, terms: Terms) -> bool:
    named = terms.values.get("except", ())
    return rule.of == terms.clause.id or rule.id in ([named] if isinstance(named, str) else named)


def _read_steps(agreement: Agreement, evidence: Evidence) -> Iterator[Step]:
    bodies, parties = name_bodies(agreement), name_parties(agreement)
    columns = [pl.col(name).cast(pl.String) for name in ("kind", "actor", "object", "text")]
    spoken = pl.col("kind").cast(pl.String).is_in(["determination", "notification"])
    columns += [pl.col(name) for name in ("start_utc", "end_utc", "lon", "lat", "radius_m")]
    said = collect_events(evidence.events, lambda events: events.filter(spoken).select(columns))
    known = said.drop_nulls(["actor", "object", "start_utc"]).sort("start_utc", maintain_order=True)
    for kind, actor, name, text, at, until, *place in known.iter_rows():
        party = find_party(actor, parties)
        if find_body(actor, bodies) is None and (kind != "notification" or party == UNDETERMINED):
            continue
        announced = kind == "notification" and None not in place
        yield Step(
            fold_name(name),
            at,
            None if find_body(actor, bodies) is not None else party,
            until if announced else None,
            (place[0], place[1], place[2]) if announced else None,
            frozenset(name.rstrip(".,;:)") for name in PLATFORM_ID.findall(text or "")),
        )


def _apply(finding: Finding, rules: Sequence[ExceptionRule], steps: Sequence[Step]) -> Finding:
    notes = []
    for rule in rules:
        missing = _find_missing(finding, rule, steps)
        if missing is None:
            return replace(finding, excused_by=rule.id)
        notes.append(f"not excused by {rule.id}: {missing}")
    return replace(finding, text="; ".join([finding.text, *notes] if finding.text else notes)) if notes else finding


def _find_missing(finding: Finding, rule: ExceptionRule, steps: Sequence[Step]) -> str | None:
    """Return what is missing for the exception, or None where all of it came before, in order."""
    if not rule.requires:
        return "it names no events that could show it"
    own = [step for step in steps if step.covers(finding)]
    within = rule.block.values.get("within")
    if isinstance(within, str):
        oldest: timedelta = read_duration(within)
        own = [step for step in own if step.at >= finding.span.start - oldest]
    after: datetime | None = None
    for name in rule.requires:
        times = [step.at for step in own if step.name == fold_name(name) and (after is None or step.at >= after)]
        if not times:
            return f'no "{name}" before it' + ("" if after is None else ", in order")
        after = min(times)
    return None
