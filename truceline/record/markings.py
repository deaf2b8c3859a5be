"""The markings of a case: which its sources carry, and how a statement writes one down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from truceline.marking import Marking, Tlp, derive

__all__ = ["Marking", "Markings", "Tlp", "derive", "read_marking", "write_marking"]


@dataclass(frozen=True, slots=True)
class Markings:
    """The marking that the case states for all that comes of it, and those of its sources, by name.

    A source without one of its own has the case's; where the case has none either, it has none.
    """

    case: Marking | None = None
    sources: Mapping[str, Marking | None] = field(default_factory=dict)
    lineages: Mapping[str, str] = field(default_factory=dict)
    """The origin that each source has as the case lists it, before any comparison with another source."""

    def of(self, source: str) -> Marking | None:
        """Return the marking of one source and of the bytes that it gave."""
        return self.sources.get(source) or self.case

    def derive(self, sources: Iterable[str]) -> Marking | None:
        """Return the marking of a judgement that rests on these sources, and is the case's besides."""
        own = [self.case] if self.case is not None else []
        return derive((*own, *map(self.of, sources)))


def write_marking(marking: Marking | None) -> dict[str, object] | None:
    """Return a marking as it stands in a statement, None for none."""
    if marking is None:
        return None
    listed = None if marking.releasable_to is None else list(marking.releasable_to)
    return {"owners": list(marking.owners), "releasable_to": listed, "tlp": marking.tlp.value}


def read_marking(value: object) -> Marking | None:
    """Return the marking that a statement carries, None where it carries none.

    Raises ValueError for anything that is not a marking: what cannot be read releases nothing.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"owners", "releasable_to", "tlp"}:
        raise ValueError("a marking has exactly owners, releasable_to and tlp")
    owners, listed = value["owners"], value["releasable_to"]
    if not _is_list(owners) or not owners:
        raise ValueError("the owners of a marking are a list of codes, one at least")
    if listed is not None and not _is_list(listed):
        raise ValueError("releasable_to is a list of codes or null")
    marking = Marking(Tlp(value["tlp"]), tuple(owners), None if listed is None else tuple(listed))
    if write_marking(marking) != dict(value):
        raise ValueError("the codes of a marking stand in order, each once")
    return marking


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(code, str) for code in value)
