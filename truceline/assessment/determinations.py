"""What the named bodies have determined. Nobody else's word starts, ends or releases anything.

A determination is an event made by a body of the agreement. Where the text says by whom ("until
determination repair-done by RU"), only that body's counts, and a party's own notice counts only
where the text names that party.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from truceline.agreement import wanted_determinations
from truceline.agreement.actors import find_body, find_party, name_bodies, name_parties
from truceline.agreement.document import Agreement
from truceline.evidence.selection import collect_events
from truceline.evidence.store import Evidence
from truceline.model import UNDETERMINED
from truceline.spacetime import format_utc

BREACH = "breach "
"""How the name of a determination of a breach begins; the incident's id follows."""

__all__ = ["Determined", "note_ignored", "read_determinations"]


@dataclass(frozen=True, slots=True, order=True)
class Determined:
    """A determination or a notice that somebody signed into the record: when, what, by whom, of which kind."""

    at: datetime
    name: str
    actor: str
    kind: str


def read_determinations(
    evidence: Evidence, agreement: Agreement, signed: Sequence[Determined] = ()
) -> dict[str, datetime]:
    """Return what was determined -> when first, in order of time: "repair-done", "breach <incident>".

    `signed` are those that stand in the record, beside the events of the evidence.
    """
    made: dict[str, datetime] = {}
    for name, at, why_not in _read(evidence, agreement, signed):
        if why_not is None:
            made.setdefault(name, at)
    return made


def note_ignored(evidence: Evidence, agreement: Agreement, signed: Sequence[Determined] = ()) -> tuple[str, ...]:
    """Return a note for each determination or notice that does not count, and why; and for one that changes nothing."""
    ignored = (
        f'"{name}" of {format_utc(at)} does not count: {why_not}'
        for name, at, why_not in _read(evidence, agreement, signed)
        if why_not is not None
    )
    wanted = wanted_determinations(agreement)
    idle = (
        f'"{one.name}" of {format_utc(one.at)} changes nothing: nothing in the agreement waits for it'
        for one in sorted(signed)
        if one.name not in wanted and not one.name.startswith(BREACH)
    )
    return (*ignored, *idle)


def _read(
    evidence: Evidence, agreement: Agreement, signed: Sequence[Determined]
) -> Iterator[tuple[str, datetime, str | None]]:
    """Yield (name, when, None or why it does not count) for each determination, and each notice that is waited for."""
    wanted = wanted_determinations(agreement)
    texts = [pl.col(name).cast(pl.String) for name in ("kind", "actor", "object")]
    spoken = pl.col("kind").cast(pl.String).is_in(["determination", "notification"])
    made = collect_events(
        evidence.events, lambda events: events.filter(spoken).select(*texts, "start_utc", "file", "row")
    )
    rows = [row[:4] for row in made.sort("start_utc", "object", "file", "row", nulls_last=True).iter_rows()]
    rows = [row for row in rows if row[3] is not None] + [(one.kind, one.actor, one.name, one.at) for one in signed]
    for kind, actor, name, at in sorted(rows, key=lambda row: row[3]):
        if not name or (kind == "notification" and name not in wanted):
            continue  # an ordinary notification is evidence and determines nothing
        yield name, at, _why_not(agreement, actor, kind, _allow(wanted.get(name, frozenset()), agreement))


def _allow(named: frozenset[str], agreement: Agreement) -> frozenset[str]:
    """Return the bodies and parties that may determine something, with groups as their members."""
    return frozenset(member for name in named for member in agreement.groups.get(name, (name,)))


def _why_not(agreement: Agreement, actor: str | None, kind: str, allowed: frozenset[str]) -> str | None:
    """Return why a determination by `actor` does not count; None where it does.

    `allowed` are those whom the text names; none named: any body, and no party.
    """
    body = find_body(actor, name_bodies(agreement))
    party = find_party(actor, name_parties(agreement))
    if allowed:
        fits = body in allowed or party in allowed
        return None if fits else f"the text asks for {', '.join(sorted(allowed))}, not for {actor or 'nobody'}"
    if body is not None:
        return None if kind == "determination" else f"{actor} gave notice, and the text asks for a determination"
    what = "a party" if party != UNDETERMINED else "no body of the agreement"
    return f"{actor or 'nobody'} is {what}, and the text asks for a body's determination"
