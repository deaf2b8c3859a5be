"""Whom evidence names: a name in a row -> a party or a body of the agreement, or nobody."""

from collections.abc import Mapping

from truceline.agreement.document import Agreement
from truceline.model import UNDETERMINED

__all__ = ["find_body", "find_party", "fold_name", "name_bodies", "name_parties"]


def fold_name(name: str) -> str:
    """Return a name without case, surplus blanks and apostrophe variants."""
    return " ".join(name.replace("’", "'").replace("ʼ", "'").casefold().split())


def name_parties(agreement: Agreement) -> Mapping[str, str]:
    """Return every name of every party -> its id. A name that two parties share means neither."""
    known: dict[str, str] = {}
    for party in agreement.parties.values():
        for name in {fold_name(name) for name in (party.id, party.name, *party.names) if name.strip()}:
            known[name] = party.id if known.get(name, party.id) == party.id else UNDETERMINED
    return known


def name_bodies(agreement: Agreement) -> Mapping[str, str]:
    """Return every name of every body -> its id."""
    return {
        fold_name(text): name
        for name, title in agreement.bodies.items()
        for text in (name, title, *agreement.body_names.get(name, ()))
        if text.strip()
    }


def find_party(actor: str | None, names: Mapping[str, str]) -> str:
    """Return the party that `actor` names, else UNDETERMINED."""
    return names.get(fold_name(actor), UNDETERMINED) if actor else UNDETERMINED


def find_body(actor: str | None, names: Mapping[str, str]) -> str | None:
    """Return the body that `actor` names, else None."""
    return names.get(fold_name(actor)) if actor else None
