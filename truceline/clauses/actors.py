"""Whom evidence names: a name in a row -> a party of the agreement, or nobody."""

from collections.abc import Iterable, Mapping

from truceline.agreement.document import Agreement
from truceline.model import UNDETERMINED

__all__ = ["find_party", "fold_name", "name_parties"]


def fold_name(name: str) -> str:
    """Return a name without case, surplus blanks and apostrophe variants."""
    return " ".join(name.replace("’", "'").replace("ʼ", "'").casefold().split())


def name_parties(agreement: Agreement) -> Mapping[str, str]:
    """Return every name of every party -> its id. A name that two parties share means neither."""
    known: dict[str, str] = {}
    for party in agreement.parties.values():
        for name in {fold_name(name) for name in (party.id, party.name, *party.names)}:
            known[name] = party.id if known.get(name, party.id) == party.id else UNDETERMINED
    return known


def find_party(actor: str | None, names: Mapping[str, str]) -> str:
    """Return the party that `actor` names, else UNDETERMINED."""
    return names.get(fold_name(actor), UNDETERMINED) if actor else UNDETERMINED


def bound_members(binds: Iterable[str], agreement: Agreement) -> tuple[str, ...]:
    """Return the parties that a clause binds, with the members of groups in the place of groups."""
    members = [member for name in binds for member in agreement.groups.get(name, (name,))]
    return tuple(dict.fromkeys(members))
