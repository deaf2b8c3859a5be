"""Who may have a thing: Traffic Light Protocol 2.0, whose it is, and the nations that it may be released to.

A marking is a promise to the one whose information it is. What is derived from several things keeps all
their promises: the strictest colour, the readers common to all, and the owners together. A thing without a
marking was promised to nobody, and is withheld.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

__all__ = ["CODE", "Marking", "Tlp", "derive", "read_tlp"]

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""The form of a code: a nation's (ISO 3166-1, two or three letters), or a party's in the agreement."""


class Tlp(StrEnum):
    """How far a thing may travel (FIRST, Traffic Light Protocol 2.0, 2022), the strictest first."""

    RED = "RED"
    """For the eyes and ears of individual recipients only, no further."""
    AMBER_STRICT = "AMBER+STRICT"
    """On a need-to-know basis within the recipient's organization only."""
    AMBER = "AMBER"
    """On a need-to-know basis within the recipient's organization and its clients."""
    GREEN = "GREEN"
    """Within the recipient's community, not over public channels."""
    CLEAR = "CLEAR"
    """To the world, without limit."""

    @property
    def laxity(self) -> int:
        """0 for the strictest, 4 for the one without limit."""
        return _ORDER[self]


_ORDER = {tlp: place for place, tlp in enumerate(Tlp)}


@dataclass(frozen=True)
class Marking:
    """One marking.

    `owners` are the codes of those whose information it is. `releasable_to` names further readers; None
    means that no list was given, which under GREEN and CLEAR bars nobody and under the stricter colours adds
    nobody.
    """

    tlp: Tlp
    owners: tuple[str, ...]
    releasable_to: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Put the codes in order, each once, so that equal promises are equal markings."""
        object.__setattr__(self, "owners", tuple(sorted(set(self.owners))))
        if self.releasable_to is not None:
            object.__setattr__(self, "releasable_to", tuple(sorted(set(self.releasable_to))))

    @cached_property
    def readers(self) -> frozenset[str] | None:
        """The codes of all who may be readers at all, None for everybody; the colour narrows it further.

        An owner reads what is its alone. Of what several own, an owner reads only what the list names, for
        in it stands what is another's. RED is never released to others: a list does not make them
        individual recipients.
        """
        alone = frozenset(self.owners) if len(self.owners) == 1 else frozenset[str]()
        if self.releasable_to is not None:
            named = alone | frozenset(self.releasable_to)
        elif self.tlp in (Tlp.GREEN, Tlp.CLEAR):
            return None
        else:
            named = alone
        return named & frozenset(self.owners) if self.tlp is Tlp.RED else named

    def __str__(self) -> str:
        """Return it as a line that heads a page: "TLP:AMBER, owner UKR, releasable to FRA, GBR"."""
        owner = f"owner{'s' if len(self.owners) > 1 else ''} {', '.join(self.owners)}"
        if self.releasable_to is None:
            return f"TLP:{self.tlp}, {owner}"
        return f"TLP:{self.tlp}, {owner}, releasable to {', '.join(self.releasable_to) or 'nobody'}"


@lru_cache(maxsize=4096)
def _join(one: Marking, other: Marking) -> Marking:
    owners = (*one.owners, *other.owners)
    tlp = min(one.tlp, other.tlp, key=_ORDER.__getitem__)
    lists = [marking.readers for marking in (one, other) if marking.readers is not None]
    common = tuple(frozenset.intersection(*lists)) if lists else None
    return Marking(tlp, owners, common)


def derive(markings: Iterable[Marking | None]) -> Marking | None:
    """Return the marking of what is derived from things with these: strictest colour, common readers, all owners.

    None (no marking) among them makes it None, and so does nothing to derive it from. Who may read the
    result may read each of the things, and the other way round.
    """
    result: Marking | None = None
    for marking in markings:
        if marking is None:
            return None
        result = marking if result is None or result == marking else _join(result, marking)
    return result


def read_tlp(text: str) -> Tlp:
    """Return the colour that a text names, as FIRST writes it: "TLP:AMBER+STRICT"; raises ValueError for others."""
    head, _, word = text.partition(":")
    if head != "TLP":
        raise ValueError(text)
    return Tlp(word)
