"""What the named bodies have determined. Nobody else's word starts, ends or releases anything.

A determination is an event made by a body of the agreement; a party's own notice counts only where
the text asks for it: in an amendment of kind "notice" or "withdrawal" that this party may make.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import polars as pl

from truceline.agreement.document import Agreement
from truceline.evidence.store import Evidence
from truceline.spacetime import format_utc

__all__ = ["note_ignored", "read_determinations"]


def read_determinations(evidence: Evidence, agreement: Agreement) -> dict[str, datetime]:
    """Return what was determined -> when first, in order of time: "repair-done", "breach <incident>"."""
    made: dict[str, datetime] = {}
    for name, at, why_not in _read(evidence, agreement):
        if why_not is None:
            made.setdefault(name, at)
    return made


def note_ignored(evidence: Evidence, agreement: Agreement) -> tuple[str, ...]:
    """Return a note for each determination or notice that does not count, and why."""
    return tuple(
        f'"{name}" of {format_utc(at)} does not count: {why_not}'
        for name, at, why_not in _read(evidence, agreement)
        if why_not is not None
    )


def _read(evidence: Evidence, agreement: Agreement) -> Iterator[tuple[str, datetime, str | None]]:
    """Yield (name, when, None or why it does not count) for each determination, and each notice of a party."""
    bodies = {name.casefold() for pair in agreement.bodies.items() for name in pair if name}
    notices = _name_notices(agreement)
    parties = {n.casefold(): p.id for p in agreement.parties.values() for n in (p.id, p.name, *p.names)}
    texts = [pl.col(name).cast(pl.String) for name in ("kind", "actor", "object")]
    rows = evidence.events.select(*texts, "start_utc", "file", "row").sort("start_utc", "object", "file", "row")
    wanted = rows.filter(pl.col("kind").is_in(["determination", "notification"]))
    for kind, actor, name, at, *_ in wanted.iter_rows():
        if at is None or not name:
            continue
        by_body = actor is not None and actor.casefold() in bodies
        party = parties.get(actor.casefold()) if actor is not None else None
        if kind == "determination":
            yield name, at, None if by_body else f"{actor or 'nobody'} is not a body of the agreement"
        elif by_body or name not in notices:
            continue  # an ordinary notification: it is evidence and determines nothing
        else:
            yield (
                name,
                at,
                None if party in notices[name] else f"the text does not ask for notice by {actor or 'nobody'}",
            )


def _name_notices(agreement: Agreement) -> Mapping[str, frozenset[str]]:
    """Return the names of notices that the text asks for -> the parties that may give them."""
    notices: dict[str, frozenset[str]] = {}
    for block in agreement.amendments:
        if block.kind == "amendment" and block.values.get("kind") in ("notice", "withdrawal") and block.id:
            by = block.values.get("by", ())
            notices[block.id] = frozenset([by] if isinstance(by, str) else by)
    return notices
