"""Errors of meaning in clauses: what the form of the document cannot see."""

from collections.abc import Collection, Iterator

from truceline.agreement.document import Agreement, Clause
from truceline.agreement.grammar import CLAUSE_KEYS
from truceline.agreement.problems import show, suggest
from truceline.clauses.keys import UNKNOWN_EVENT, Page, list_readings
from truceline.clauses.kind import Kind
from truceline.clauses.kinds import KINDS
from truceline.model import Problem

__all__ = ["check_clauses"]


def check_clauses(agreement: Agreement, declared: Collection[str] = ()) -> list[Problem]:
    """Return every error of meaning in the clauses of an agreement, in the order of its lines.

    Kinds without meaning yet keep any key: what they hold is set where they get their meaning. `declared` are the
    kinds of event that the list of evidence adds to those that the product knows.
    """
    known = {show(kind) for kind in declared}
    found = [
        problem
        for clause in agreement.clauses
        for problem in _check(agreement, clause)
        if not (problem.what.endswith(UNKNOWN_EVENT) and problem.found in known)
    ]
    return sorted(dict.fromkeys(found), key=lambda problem: problem.line)


def _check(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    kind = KINDS.get(clause.kind)
    if kind is None:
        if clause.kind:  # a missing kind is an error of form, which has been said
            yield Page(agreement, clause).error(
                "kind",
                "unknown kind",
                "one of " + ", ".join(KINDS),
                show(clause.kind),
                suggest(clause.kind, KINDS, 'use one of these, or "text" for words that no sensor can judge'),
            )
        return
    if kind.check is not None:
        yield from _check_keys(agreement, clause, kind)
        yield from kind.check(agreement, clause)


def _check_keys(agreement: Agreement, clause: Clause, kind: Kind) -> Iterator[Problem]:
    known = (*CLAUSE_KEYS, *kind.keys)
    for prefix, values in list_readings(clause):
        own = (*known, "name") if prefix else known
        for key in values:
            if key not in own:
                yield Page(agreement, clause).error(
                    prefix + key,
                    f'unknown key "{key[:60]}"',
                    f"for kind {kind.name}: {', '.join(kind.keys) or 'none of its own'}",
                    show(values[key]),
                    suggest(key, own, "remove it, or write it in the article's text"),
                )
