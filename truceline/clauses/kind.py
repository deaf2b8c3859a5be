"""The shape that every clause kind has."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from truceline.agreement.document import Agreement, Clause, Terms
from truceline.evidence.store import Evidence
from truceline.model import Finding, Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of clause: what its keys may be, what could see a breach, and what shows one.

    `keys` are the keys that it understands beside those of every clause, each with what it
    expects; `check` finds errors of meaning in them. `breaches` names what must be watched before
    "kept" may be said: kinds of event or categories of platform, every one of which some source
    must be able to see. `evaluate` is a pure function; None: the kind has no meaning yet.
    """

    name: str
    meaning: str
    keys: Mapping[str, str]
    check: Callable[[Agreement, Clause], Iterable[Problem]] | None = None
    breaches: Callable[[Terms], tuple[str, ...]] | None = None
    evaluate: Callable[[Terms, Agreement, Evidence], Iterator[Finding]] | None = None
    undrawn: Callable[[Terms, Agreement], Iterable[str]] | None = None
    """What the clause is measured from or in and that nobody has drawn; without it nothing can be said."""
