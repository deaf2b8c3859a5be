"""What rests on what: the marking of a statement, with the markings of all that it speaks of counted in.

A statement's own marking may be laxer than what it is derived from. What counts is the strictest of both, for
every link that it has:

    digest, from        the bytes and the leaves that it names
    body.finding(s)     the findings and incidents that it names, in whatever run they were stated
    body.incident(s)
    a run's whole       a run, its outputs and the standing of its clauses rest on all its findings, all its
                        incidents and all evidence before them: also on evidence that was silent, for a word
                        that changes when a withheld source speaks would tell that it spoke

A marking that was stated again may tighten what it was, and never loosens it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from truceline.marking import Marking, derive
from truceline.record.markings import read_marking

PRIVATE = "private/"
"""The folder of an output that never leaves it: the identities of observers."""

_WHOLE = frozenset({"standing", "table", "report", "run"})
"""Kinds that rest on everything of their run."""
_BRINGING = frozenset({"evidence", "custody", "standing", "table", "report"})
"""Kinds that bring bytes and so mark them; others speak of bytes that were brought."""
_JUDGED = ("finding", "incident")
_NAMING = ("finding", "findings", "incident", "incidents", "indicators")


@dataclass(slots=True)
class _Place:
    """One leaf: its marking so far, the things that it is about, and the things that it rests on."""

    marking: Marking | None
    about: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    whole: str | None = None
    missing: bool = False


class Relations:
    """Takes the statements of a log in order, then settles the marking of each."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._speaking: dict[str, list[int]] = {}
        self._people: set[str] = set()
        self._sources: dict[str, str] = {}
        self.codes: set[str] = set()
        """All codes that a marking names, as owner or reader."""
        self.newest_run: str | None = None
        """The run that was closed last."""

    def miss(self, leaf: int, *, removed: bool) -> None:
        """Take a leaf whose statement is not here; nobody knows what it was marked, so it is for nobody."""
        self._places.append(_Place(None, (_leaf(leaf),), missing=removed))

    def take(self, leaf: int, fields: Mapping[str, Any]) -> None:
        """Take the next statement."""
        kind, body, digest = fields["kind"], fields["body"], fields["digest"]
        own = read_marking(fields["marking"])
        if own is not None:
            self.codes.update(own.owners, own.releasable_to or ())
        about, rests_on = [_leaf(leaf)], list(_links(fields))
        if digest is not None:
            rests_on.append(digest)
        if digest is not None and kind in _BRINGING:
            about.append(digest)
            self._speaking.setdefault(digest, []).append(leaf)
        if kind in _JUDGED and isinstance(body.get(kind), str):
            about += [f"{kind} {body[kind]}", f"run {body.get('run')}"]
        if kind == "evidence":
            about.append("evidence")
        if body.get("observers") is True and digest is not None:
            self._people.add(digest)
        if (fields["path"] or "").startswith(PRIVATE):
            own = None
        whole = f"run {body.get('run')}" if kind in _WHOLE else None
        if kind == "run":
            self.newest_run = body.get("run")
        if kind == "removal":
            self._remove([link for link in fields["from"] if isinstance(link, int)])
        self._places.append(_Place(own, tuple(about), tuple(rests_on), whole))

    def _remove(self, leaves: Iterable[int]) -> None:
        """What was stated of a whole between a statement and its removal rested on it: it is for nobody now."""
        gone = [leaf for leaf in leaves if leaf < len(self._places) and self._places[leaf].missing]
        for place in self._places[min(gone) :] if gone else ():
            if place.whole is not None:
                place.marking = None

    def settle(self) -> list[Marking | None]:
        """Return the marking of each leaf in order.

        Markings only tighten from one pass to the next, so this ends, whatever names what.
        """
        before: list[Marking | None] = []
        while before != (now := [place.marking for place in self._places]):
            before = now
            self._pass()
        return before

    def _pass(self) -> None:
        things: dict[str, Marking | None] = {}
        for place in self._places:
            for thing in place.about:
                things[thing] = derive((things[thing], place.marking)) if thing in things else place.marking
        evidence: list[Marking | None] = []
        for place in self._places:
            if "evidence" in place.about:
                evidence = [derive((*evidence, place.marking))]
            # What nobody ever spoke of is unknown, and unknown is for nobody.
            rests_on = [things.get(thing) for thing in place.rests_on]
            if place.whole is not None:
                rests_on += evidence
                rests_on += [things[place.whole]] if place.whole in things else []
            place.marking = derive((place.marking, *rests_on))

    def speaking_of(self, digest: str) -> list[int]:
        """Return the leaves that brought these bytes."""
        return self._speaking.get(digest, [])

    def names_people(self, digest: str) -> bool:
        """Whether these bytes hold the names of observers: then they never leave, whatever their marking."""
        return digest in self._people


def _leaf(number: int) -> str:
    return f"leaf {number}"


def _links(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the things that a statement rests on, beside the bytes that it is about."""
    for link in fields["from"]:
        yield _leaf(link) if isinstance(link, int) else link
    kind, body = fields["kind"], fields["body"]
    for key in _NAMING:
        named = body.get(key)
        if key == kind or key not in body or isinstance(named, int):  # its own id; or how many, in a run
            continue
        for id_ in named if isinstance(named, list) else [named]:
            yield f"{key.removesuffix('s') if key != 'indicators' else 'finding'} {id_}"
