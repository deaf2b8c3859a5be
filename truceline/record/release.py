"""Who may read what: one function decides, and everything that leaves the record goes through it.

    may_read       one reader, one marking: yes or no
    follow         statements -> the marking of each, with all that it rests on counted in
    release        a record, a reader -> what this reader may have, and nothing else

"Not there" and "not for you" are the same answer: what a reader may not have cannot be asked for.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from truceline.errors import RecordError
from truceline.marking import Marking, Tlp
from truceline.model import Problem
from truceline.record.openings import REMOVED, WITHHELD, Opening, read_all, read_opening
from truceline.record.receipts import prove
from truceline.record.relations import BRINGING, Relations
from truceline.record.statements import make_leaf
from truceline.tlog.checkpoints import parse_checkpoint
from truceline.tlog.errors import LogError
from truceline.tlog.folder import FolderReader
from truceline.tlog.notes import split_note
from truceline.tlog.tiles import TILE_WIDTH, read_entries, width_at


class Role(StrEnum):
    """For what somebody reads. A role narrows what its nation may have; none adds to it."""

    GUARANTOR_STAFF = "guarantor-staff"
    """The nation's own people in the matter, where the nation is a guarantor: its "organization"."""
    PARTY = "party"
    """The same, where the nation or body is a party to the agreement."""
    MONITOR = "monitor"
    """An observer whom the nation sends: whom its organization serves, a "client"."""
    COURT = "court"
    """A court or inquiry of the nation: likewise a "client"."""
    OPERATOR = "operator"
    """Who runs the record. Has the bytes in any case, and is given no more than the community."""
    PUBLIC = "public"
    """Anybody. The nation does not count."""


_OWN = frozenset({Role.GUARANTOR_STAFF, Role.PARTY})
_CLIENTS = _OWN | {Role.MONITOR, Role.COURT}
_COMMUNITY = _CLIENTS | {Role.OPERATOR}
_ROLES: Mapping[Tlp, frozenset[Role]] = {
    Tlp.RED: _OWN,
    Tlp.AMBER_STRICT: _OWN,
    Tlp.AMBER: _CLIENTS,
    Tlp.GREEN: _COMMUNITY,
    Tlp.CLEAR: _COMMUNITY | {Role.PUBLIC},
}
"""Who stands within each colour's reach. Each holds those before it: a laxer colour never takes away."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who asks: the code of a nation, party or body, and the role."""

    nation: str
    role: Role


def may_read(reader: Reader, marking: Marking | None) -> bool:
    """Whether a reader may have what carries this marking. There is no other rule, and no reader above it."""
    if marking is None or reader.role not in _ROLES[marking.tlp]:
        return False
    if marking.readers is None:
        return True
    return reader.role is not Role.PUBLIC and reader.nation in marking.readers


_ABSURD = (ValueError, TypeError, KeyError, AttributeError, RecursionError)  # what no statement is raises one of these
_FIELDS = frozenset({"kind", "recorded_utc", "marking", "subject", "digest", "path", "from", "body"})


@dataclass(frozen=True, slots=True)
class Told:
    """A statement that the reader may have: its leaf, its kind, the run that it names, its opening and its marking."""

    leaf: int
    kind: str
    run: str | None
    opening: Opening
    marking: Marking

    @property
    def fields(self) -> dict[str, Any]:
        """The statement. It is read anew each time: of a large record not all are held in memory twice."""
        return _read_fields(self.opening)


@dataclass(frozen=True, slots=True)
class Released:
    """What one reader may have of a record, and no way to ask for more.

    `told` are the statements in log order; `files` the paths, from the output folder, of bytes that may go
    along, with their digests. `size` counts all leaves. `unmarked` counts the statements that nobody may have
    because nobody marked them, `codes` are all that a marking names: for the operator to know, not for the reader.
    """

    reader: Reader
    out: Path
    note: str
    size: int
    told: tuple[Told, ...]
    files: Mapping[str, str]
    unmarked: int
    codes: frozenset[str]

    @property
    def withheld(self) -> int:
        """How many leaves are not opened for this reader, for whatever reason."""
        return self.size - len(self.told)

    @property
    def origin(self) -> str:
        """The name of the log."""
        return parse_checkpoint(split_note(self.note)[0]).origin

    def lines(self) -> Iterator[bytes]:
        """Yield the line of openings of each leaf: its opening, or that it is withheld."""
        opened = {one.leaf: one.opening.line for one in self.told}
        return (opened.get(leaf, WITHHELD) for leaf in range(self.size))

    def find(self, name: str) -> tuple[Told, ...]:
        """Return what a name means to this reader: a leaf's number, a subject, a digest or a path. May be nothing."""
        return tuple(one for one in self.told if name == str(one.leaf) or name in _names(one))


def release(out: Path, reader: Reader) -> Released:
    """Return what a reader may have of the record in an output folder.

    Each statement, and so its marking, is held against its leaf; verify the record first where the leaves may have
    been changed too. Raises RecordError where there is no record, or it cannot be read.
    """
    home = out / "record"
    try:
        note = FolderReader(home).read_note()
        if note is None:
            raise no_record(out)
        size = parse_checkpoint(split_note(note)[0]).size
        relations = _relate(home, size)
        markings = relations.settle()
        told = tuple(_tell(home, size, [may_read(reader, marking) for marking in markings], markings))
    except (LogError, OSError, *_ABSURD) as error:
        do = "truceline record verify says what is wrong with it"
        raise RecordError([Problem(str(home), 0, "the record cannot be read", "a record", str(error), do)]) from error
    unmarked = sum(marking is None for marking in markings)
    files = _find_files(reader, told, relations)
    return Released(reader, out, note, size, told, files, unmarked, frozenset(relations.codes))


def no_record(out: Path) -> RecordError:
    """Return what is said of a folder without a record."""
    do = "give an output folder of truceline run"
    return RecordError([Problem(str(out), 0, "no record here", "a folder with record/checkpoint", "none", do)])


def _relate(home: Path, size: int) -> Relations:
    relations = Relations()
    for leaf, line, opening in _read_openings(home, size):
        if opening is None:
            relations.miss(leaf, removed=line == REMOVED)
        else:
            relations.take(leaf, _read_fields(opening))
    return relations


def _read_openings(home: Path, size: int) -> Iterator[tuple[int, bytes, Opening | None]]:
    """Yield each leaf with its line and opening; raises ValueError where one, and so its marking, is not the leaf's."""
    reader, entries = FolderReader(home), list[bytes]()
    for leaf, line in read_all(home, size):
        number, place = divmod(leaf, TILE_WIDTH)
        if not place:
            entries = read_entries(reader, number, width_at(0, number, size))
        opening = read_opening(line)
        if opening is not None and make_leaf(opening.nonce, opening.data) != entries[place]:
            raise ValueError(f"statement of leaf {leaf} does not open its leaf")
        yield leaf, line, opening


def _read_fields(opening: Opening) -> dict[str, Any]:
    """Return the fields of a statement; that they are in their one canonical form is for the verifier to say."""
    fields = json.loads(opening.data)
    if not isinstance(fields, dict) or not fields.keys() >= _FIELDS:
        raise ValueError(f"no statement: {opening.data[:60]!r}")
    return fields


def _names(one: Told) -> tuple[str | None, ...]:
    fields = one.fields
    return fields["subject"], fields["digest"], fields["path"]


def _tell(home: Path, size: int, allowed: list[bool], markings: list[Marking | None]) -> Iterator[Told]:
    for leaf, _, opening in _read_openings(home, size):
        marking = markings[leaf]
        if allowed[leaf] and opening is not None and marking is not None:
            fields = _read_fields(opening)
            run = fields["body"].get("run")
            yield Told(leaf, fields["kind"], run if isinstance(run, str) else None, opening, marking)


def _find_files(reader: Reader, told: tuple[Told, ...], relations: Relations) -> dict[str, str]:
    """Return the files that may go along: bytes that a told statement brought, outputs of the newest run."""
    files: dict[str, str] = {}
    for one in told:
        if one.kind not in BRINGING:
            continue
        _, digest, path = _names(one)
        if digest is None or not may_read(reader, relations.marking_of(digest)):
            continue
        files[f"record/blobs/{digest[:2]}/{digest}"] = digest
        if path is not None and one.run is not None and one.run == relations.newest_run:
            files[path] = digest
    return files


NOTHING = "nothing of that name for this reader"


def prove_for(out: Path, name: str, reader: Reader) -> str:
    """Return the receipt, with its statement, of the newest leaf that a name means to a reader.

    Raises RecordError with one and the same text where there is none and where it is for others.
    """
    found = release(out, reader).find(name)
    if not found:
        raise nothing_of(name)
    return prove(out / "record", found[-1].leaf, opened=True)


def nothing_of(name: str) -> RecordError:
    """Return the one answer to a name that means nothing to a reader, whether it is there or not."""
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in name[:80])
    expected = "a leaf's number, or the subject, digest or path of a statement that this reader may have"
    return RecordError([Problem("record", 0, NOTHING, expected, f'"{shown}"', "ask whoever could have it")])
