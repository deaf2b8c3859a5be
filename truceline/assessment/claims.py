"""What the parties themselves count and say, in their own units, beside the evidence and never in it."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from truceline.agreement.actors import find_party, name_parties
from truceline.agreement.document import Agreement
from truceline.evidence.selection import collect_events
from truceline.evidence.store import Evidence
from truceline.model import UNDETERMINED, Claim, Row
from truceline.spacetime import Interval

__all__ = ["read_claims"]


def read_claims(evidence: Evidence, agreement: Agreement) -> tuple[Claim, ...]:
    """Return the claims of the evidence in order of time; a claimant by a party's name stands under its id."""
    names = name_parties(agreement)
    texts = [pl.col(name).cast(pl.String) for name in ("source", "kind", "actor", "unit")]
    made = pl.col("kind").cast(pl.String) == "claim"
    rows = collect_events(evidence.events, lambda events: events.filter(made).with_columns(texts))
    claims = [_read(row, names) for row in rows.iter_rows(named=True)]
    return tuple(sorted(claims, key=lambda c: (c.span.start, c.party, c.source, c.row)))


def _read(row: dict[str, Any], names: Mapping[str, str]) -> Claim:
    actor = row["actor"] or ""
    party = find_party(actor, names)
    end = row["end_utc"] if row["end_utc"] is not None else row["start_utc"]
    return Claim(
        party=actor if party == UNDETERMINED and actor else party,
        span=Interval(row["start_utc"], max(end, row["start_utc"])),
        text=row["text"] or "",
        quantity=row["quantity"],
        unit=row["unit"],
        source=row["source"],
        row=Row(row["file"], row["row"]),
    )
