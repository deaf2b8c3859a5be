"""Clause kinds: terms and evidence in, findings out. One file a kind, one line in `KINDS`."""

from collections.abc import Iterable

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.accusations import mark_accusations
from truceline.clauses.contents import merge_same
from truceline.clauses.doubts import doubt
from truceline.clauses.excuses import excuse
from truceline.clauses.kind import Kind
from truceline.clauses.kinds import KINDS
from truceline.clauses.problems import check_clauses
from truceline.clauses.strangers import note_strangers
from truceline.clauses.verifiability import find_lost, unverifiable
from truceline.evidence.store import Evidence
from truceline.model import Finding

__all__ = [
    "KINDS",
    "Kind",
    "check_clauses",
    "find",
    "find_lost",
    "has_meaning",
    "name_breaches",
    "note_strangers",
    "unverifiable",
]


def find(terms: Terms, agreement: Agreement, evidence: Evidence) -> list[Finding]:
    """Return what the evidence shows against one clause under one reading, sorted by time and id.

    A pure function; the ids come from the content. A kind without meaning finds nothing, and its
    standing says so.
    """
    kind = KINDS.get(terms.clause.kind)
    if kind is None or kind.evaluate is None or terms.possible is None:
        return []
    found: Iterable[Finding] = kind.evaluate(terms, agreement, evidence)
    doubtful = mark_accusations(doubt(merge_same(found), evidence), agreement, evidence)
    return list(excuse(doubtful, terms, agreement, evidence))


def name_breaches(terms: Terms) -> tuple[str, ...]:
    """Return what must be watched before "kept" may be said: kinds of event, categories of platform."""
    kind = KINDS.get(terms.clause.kind)
    return kind.breaches(terms) if kind is not None and kind.breaches is not None else ()


def has_meaning(terms: Terms) -> bool:
    """Return whether clauses of this kind are judged at all."""
    kind = KINDS.get(terms.clause.kind)
    return kind is not None and kind.evaluate is not None
