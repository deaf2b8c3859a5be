"""Who may read a thing: Traffic Light Protocol 2.0, an owner, and the parties it is releasable to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Tlp(StrEnum):
    """How far a thing may travel (FIRST, Traffic Light Protocol 2.0), the strictest first."""

    RED = "RED"
    AMBER_STRICT = "AMBER+STRICT"
    AMBER = "AMBER"
    GREEN = "GREEN"
    CLEAR = "CLEAR"


@dataclass(frozen=True, slots=True)
class Marking:
    """One marking: `owner` is the code of a nation or party; `releasable_to` None means no list was given."""

    tlp: Tlp
    owner: str
    releasable_to: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the marking as it stands in a statement."""
        listed = None if self.releasable_to is None else list(self.releasable_to)
        return {"owner": self.owner, "releasable_to": listed, "tlp": self.tlp.value}


def read_marking(value: object) -> Marking | None:
    """Return the marking that a statement carries, None where it carries none.

    Raises ValueError for anything that is not a marking: what cannot be read releases nothing.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"owner", "releasable_to", "tlp"}:
        raise ValueError("a marking has exactly owner, releasable_to and tlp")
    owner, listed = value["owner"], value["releasable_to"]
    if not isinstance(owner, str):
        raise ValueError("the owner of a marking is a code")
    if listed is not None and not (isinstance(listed, list) and all(isinstance(code, str) for code in listed)):
        raise ValueError("releasable_to is a list of codes or null")
    return Marking(Tlp(value["tlp"]), owner, None if listed is None else tuple(listed))
