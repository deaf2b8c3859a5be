"""What rests on what: the marking of a statement, with the markings of all that it speaks of counted in.

A statement's own marking may be laxer than what it is derived from. What counts is the strictest of both, for
every link that it has:

    digest, from        the bytes and the leaves that it names
    body.finding(s)     the findings and incidents that it names, in whatever run they were stated
    body.incident(s)
    a run's whole       a run, its outputs and the standing of its clauses rest on all its findings, all its
                        incidents and all evidence that it read: also on evidence that was silent, for a word
                        that changes when a withheld source speaks would tell that it spoke

A marking that was stated again may tighten what it was, and never loosens it. A statement without a marking is
withheld, and promises nothing: where the same bytes were marked by another statement, that one counts.
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
BRINGING = frozenset({"evidence", "custody", "standing", "table", "report"})
"""Kinds that bring bytes and so mark them; others speak of bytes that were brought."""
_JUDGED = ("finding", "incident")
_NAMING = ("finding", "findings", "incident", "incidents", "indicators")


@dataclass(slots=True)
class _Place:
    """One leaf: its marking so far, the things that it is about, and the things that it rests on.

    `part` and `whole` name the run of which it is a part, or all of it. `brings` is the digest of evidence.
    """

    marking: Marking | None
    about: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    part: str | None = None
    whole: str | None = None
    brings: str | None = None
    missing: bool = False
    unmarked: bool = False


class Relations:
    """Takes the statements of a log in order, then settles the marking of each."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._people: set[str] = set()
        self._accounted: set[str] = set()  # runs that say which evidence they read
        self._things: dict[str, Marking | None] = {}
        self.codes: set[str] = set()
        """All codes that a marking names, as owner or reader."""
        self.newest_run: str | None = None
        """The run that was closed last."""

    def miss(self, leaf: int, *, removed: bool) -> None:
        """Take a leaf whose statement is not here; nobody knows what it was marked, so it is for nobody."""
        self._places.append(_Place(None, (_leaf(leaf),), missing=removed, unmarked=True))

    def take(self, leaf: int, fields: Mapping[str, Any]) -> None:
        """Take the next statement."""
        kind, body, digest = fields["kind"], fields["body"], fields["digest"]
        own = read_marking(fields["marking"])
        if own is not None:
            self.codes.update(own.owners, own.releasable_to or ())
        about, rests_on = [_leaf(leaf)], list(_links(fields))
        if digest is not None:
            rests_on.append(digest)
        if digest is not None and kind in BRINGING:
            about.append(digest)
        if kind in _JUDGED and isinstance(body.get(kind), str):
            about.append(f"{kind} {body[kind]}")
        if body.get("observers") is True and digest is not None:
            self._people.add(digest)  # these bytes hold the names of observers: they never leave, whatever they carry
        if (fields["path"] or "").startswith(PRIVATE):
            own = None
        if kind == "run":
            self.newest_run = body.get("run")
        if kind == "removal":
            self._remove([link for link in fields["from"] if isinstance(link, int)])
        place = _Place(own, tuple(about), tuple(rests_on), unmarked=own is None)
        run = str(body.get("run"))
        place.whole = run if kind in _WHOLE else None
        place.part = run if kind in (*_JUDGED, "custody") and "run" in body else None
        place.brings = digest if kind == "evidence" else None
        if kind == "custody" and place.part is not None:
            self._accounted.add(run)
        self._places.append(place)

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
        self._things, runs = self._gather()
        evidence: list[Marking | None] = []
        for place in self._places:
            if place.brings is not None:
                evidence = [derive((*evidence, self._things.get(place.brings)))]
            # What nobody ever spoke of is unknown, and unknown is for nobody.
            rests_on = [self._things.get(thing) for thing in place.rests_on]
            if place.whole is not None:
                rests_on += [] if place.whole in self._accounted else evidence
                rests_on += [runs[place.whole]] if place.whole in runs else []
            place.marking = derive((place.marking, *rests_on))

    def _gather(self) -> tuple[dict[str, Marking | None], dict[str, Marking | None]]:
        """Return the marking of each thing, of all that marked it, and that of the parts of each run."""
        things: dict[str, Marking | None] = {}
        runs: dict[str, Marking | None] = {}
        for place in self._places:
            if place.part is not None:
                _tighten(runs, place.part, place.marking)
            if not place.unmarked:
                for thing in place.about:
                    _tighten(things, thing, place.marking)
        return things, runs

    def marking_of(self, digest: str) -> Marking | None:
        """Return the marking of bytes: of all statements that brought them and said one. After `settle`."""
        return None if digest in self._people else self._things.get(digest)


def _tighten(markings: dict[str, Marking | None], name: str, marking: Marking | None) -> None:
    markings[name] = derive((markings[name], marking)) if name in markings else marking


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
