"""Names in the evidence that no party and no body of the agreement bears.

What they did is held against nobody: right for a third state, and a slip where a party is only written otherwise.
So they are told of, with the key that would make them known.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from truceline.agreement.actors import find_body, find_party, name_bodies, name_parties
from truceline.agreement.document import Agreement
from truceline.evidence.store import Evidence
from truceline.model import UNDETERMINED

__all__ = ["note_strangers"]

_MOST = 5
_LONGEST = 60


def note_strangers(agreement: Agreement, evidence: Evidence) -> tuple[str, ...]:
    """Say which actors of events, and which parties of platforms, are none of the agreement's."""
    actor = pl.col("actor").cast(pl.String)
    events = evidence.events.filter(actor.is_not_null()).group_by(actor).len().collect(engine="streaming")
    platforms = evidence.platforms.drop_nulls("party").group_by("party").len()
    return (
        *_note(agreement, dict(events.iter_rows()), "actor of events"),
        *_note(agreement, dict(platforms.iter_rows()), "party of platforms"),
    )


def _note(agreement: Agreement, counts: Mapping[str, int], role: str) -> Iterator[str]:
    parties, bodies = name_parties(agreement), name_bodies(agreement)
    strange = {
        name: count
        for name, count in counts.items()
        if name.strip() and find_party(name, parties) == UNDETERMINED and find_body(name, bodies) is None
    }
    if not strange:
        return
    shown = sorted(strange, key=lambda name: (-strange[name], name))
    listed = ", ".join(f'"{_clean(name)}" ({strange[name]:,})' for name in shown[:_MOST])
    more = f" and {len(shown) - _MOST:,} others" if len(shown) > _MOST else ""
    yield (
        f"no party of the agreement bears the name {listed}{more}, which evidence gives as the {role}: "
        'held against nobody; if it is one, add it to its names = ["…"]'
    )


def _clean(name: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)[:_LONGEST]
