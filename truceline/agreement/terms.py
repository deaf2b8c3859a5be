"""Terms: each clause under each reading, with its times worked out as far as the events allow."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from truceline.agreement.document import Agreement, Clause, Terms, Zone
from truceline.agreement.edges import read_edge, read_names, split_parties
from truceline.agreement.readings import Reading, list_readings
from truceline.agreement.spans import Span, measure
from truceline.model import Word
from truceline.spacetime import Interval

__all__ = ["resolve", "wanted_determinations"]


def resolve(agreement: Agreement, determinations: Mapping[str, datetime]) -> tuple[Terms, ...]:
    """Return the terms of every clause under every reading, in document order.

    `determinations` maps the name of each determination that a body has made to its time in UTC.
    Nothing else starts, ends or releases: what waits for a determination that is not there stays
    out of force (or in force), with the reason.
    """
    return tuple(
        _resolve(agreement, clause, reading, determinations)
        for clause in agreement.clauses
        for reading in list_readings(agreement, clause)
    )


def _resolve(agreement: Agreement, clause: Clause, reading: Reading, determined: Mapping[str, datetime]) -> Terms:
    spans = {party: _measure(agreement, clause, reading, party, determined) for party in clause.binds}
    zone = agreement.zones.get(reading.zone) if reading.zone else None
    return Terms(
        clause=clause,
        reading=reading.name,
        interval=_hull(span.certain for span in spans.values()),
        possible=_hull(span.possible for span in spans.values()),
        by_party={party: span.certain for party, span in spans.items()},
        possible_by_party={party: span.possible for party, span in spans.items()},
        lapsed={party: (_word(span), span.why) for party, span in spans.items() if span.why},
        zone=zone,
        clocks=_clocks(spans),
        values=reading.own.values,
        notes=tuple(dict.fromkeys([*reading.notes, *_notes(agreement, clause, zone, spans)])),
    )


def _measure(
    agreement: Agreement, clause: Clause, reading: Reading, party: str, determined: Mapping[str, datetime]
) -> Span:
    known = agreement.parties.get(party)
    if known is None:
        return Span(None, None, f"{party} is not a party")
    if known.status == "rejected":
        return Span(None, None, f"{party} rejected it")
    return measure(agreement, clause, reading, party, determined)


def _word(span: Span) -> Word:
    return Word.NOT_IN_FORCE if span.possible is None else Word.NOT_DETERMINABLE


def _hull(intervals: Iterable[Interval | None]) -> Interval | None:
    """Return the time from the first start to the last end."""
    known = [interval for interval in intervals if interval is not None]
    if not known:
        return None
    ends = [interval.end for interval in known]
    return Interval(min(interval.start for interval in known), None if None in ends else max(filter(None, ends)))


def _clocks(spans: Mapping[str, Span]) -> tuple[str, ...]:
    """Return the declared times with what they mean; the party is named where they differ."""
    said: dict[tuple[str, str], list[str]] = {}
    for party, span in spans.items():
        for clock in span.clocks:
            said.setdefault(clock, []).append(party)
    timed = [party for party, span in spans.items() if span.clocks]
    return tuple(
        f"{which} {text}" if parties == timed else f"{which} {text} ({', '.join(parties)})"
        for (which, text), parties in said.items()
    )


def _notes(agreement: Agreement, clause: Clause, zone: Zone | None, spans: Mapping[str, Span]) -> list[str]:
    notes = [note for span in spans.values() for note in span.notes]
    if zone is not None and zone.approximate:
        notes.append(f"zone {zone.id}: {zone.approximate}")
    for name in clause.binds:
        party = agreement.parties.get(name)
        if party is not None and party.status == "disputed":
            notes.append(f"whether {name} is bound is disputed")
    if agreement.status == "draft":
        notes.append("the agreement is a draft")
    return notes


def wanted_determinations(agreement: Agreement) -> dict[str, frozenset[str]]:
    """Return the name of every determination that the document waits for, and who may make it.

    The ids are those of bodies, parties or groups; none named: any body of the agreement may.
    """
    wanted: dict[str, set[str]] = {}
    for name, body in sorted(_mentions(agreement), key=str):
        wanted.setdefault(name, set()).update({body} if body else ())
    return {name: frozenset(bodies) for name, bodies in wanted.items()}


def _mentions(agreement: Agreement) -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    heads = (agreement.block, *agreement.party_blocks.values(), *agreement.amendments)
    for values in [*(block.values for block in heads), *(clause.values for clause in agreement.clauses)]:
        for table in (values, *values.get("alternatives", ())):
            for key in ("starts", "ends"):
                edges = (read_edge(item, key) for item in split_parties(table[key]).values()) if key in table else ()
                found.update((edge.event, edge.body) for edge in edges if edge.event)
            for key in ("after", "released_by"):
                for item in split_parties(table[key]).values() if key in table else ():
                    found.update(read_names(item))
    return found
