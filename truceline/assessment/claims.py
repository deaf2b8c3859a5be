"""What the parties themselves count and say, in their own units, beside the evidence and never in it."""

from typing import Any

import polars as pl

from truceline.agreement.document import Agreement, Party
from truceline.evidence.store import Evidence
from truceline.model import Claim, Row
from truceline.spacetime import Interval

__all__ = ["read_claims"]


def read_claims(evidence: Evidence, agreement: Agreement) -> tuple[Claim, ...]:
    """Return the claims of the evidence in order of time; a claimant by a party's name stands under its id."""
    names = {name.casefold(): party.id for party in agreement.parties.values() for name in _names(party)}
    texts = [pl.col(name).cast(pl.String) for name in ("source", "kind", "actor", "unit")]
    rows = evidence.events.with_columns(texts).filter(pl.col("kind") == "claim")
    claims = [_read(row, names) for row in rows.iter_rows(named=True)]
    return tuple(sorted(claims, key=lambda c: (c.span.start, c.party, c.source, c.row)))


def _names(party: Party) -> tuple[str, ...]:
    return (party.id, party.name, *party.names)


def _read(row: dict[str, Any], names: dict[str, str]) -> Claim:
    actor = row["actor"] or ""
    end = row["end_utc"] if row["end_utc"] is not None else row["start_utc"]
    return Claim(
        party=names.get(actor.casefold(), actor),
        span=Interval(row["start_utc"], max(end, row["start_utc"])),
        text=row["text"] or "",
        quantity=row["quantity"],
        unit=row["unit"],
        source=row["source"],
        row=Row(row["file"], row["row"]),
    )
