"""A package for one reader: what it may have of a record, and the proof that nothing else in it was altered.

    record/checkpoint, record/tile/   the log as it stands: signatures, cosignatures, hashes, commitments
    record/openings/                  the statements that this reader may have; the others say "withheld"
    record/blobs/                     original bytes that those statements speak of
    record/stamps/                    the time stamp of this checkpoint, where there is one
    (outputs)                         whole files of the run of which all may be read
    released/                         incidents, findings and standing, made of the released statements alone
    export.json                       for whom, how many leaves, how many withheld, digests of what is not the log's

Everything in it follows from a `Released`, so whoever holds the package can make `released/` again and compare.
The same record and reader give the same bytes.
"""

import difflib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from truceline.errors import CaseError, DamagedError, RecordError
from truceline.identity.states import STATES, UNIONS
from truceline.marking import CODE
from truceline.model import Problem
from truceline.record.openings import PER_FILE, join_lines, openings_path
from truceline.record.packing import Original, Part, write_folder, write_zip
from truceline.record.release import Reader, Released, Role, no_record, nothing_of, release
from truceline.record.stamps import stamp_path
from truceline.record.verification import verify_record
from truceline.tlog.audit import Fault
from truceline.tlog.checkpoints import parse_checkpoint
from truceline.tlog.notes import split_note
from truceline.tlog.policy import Policy
from truceline.tlog.tiles import entries_path, tile_path, tiles_of

SCHEMA = "truceline/export/1"
MANIFEST = "export.json"
RELEASED = "released"
LARGEST_MANIFEST = 1 << 20

_ABSURD = (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError, RecursionError)
"""What statements raise that are not of the shape that their kind has."""

Writers = Mapping[str, Callable[[Released], bytes]]
"""Names of the files in `released/`, and what makes them."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What a package holds. `unmarked` is for the operator: statements that nobody may have until they are marked."""

    path: Path
    reader: Reader
    size: int
    opened: int
    files: tuple[str, ...]
    unmarked: int

    @property
    def withheld(self) -> int:
        """How many leaves are not opened in it."""
        return self.size - self.opened

    def lines(self) -> list[str]:
        """Return what to tell the operator."""
        said = [
            f"package for {self.reader.nation}, {self.reader.role}: {self.path}",
            f"{self.opened:,} of {self.size:,} leaves are opened, {self.withheld:,} are withheld",
        ]
        if self.unmarked:
            do = "Say marking, owner and release_to in evidence.toml (docs/release.md), and run again."
            said.append(f"Note: {self.unmarked:,} rest on something without a marking, and go to nobody. {do}")
        return said


def read_reader(nation: str, role: str) -> Reader:
    """Return the reader that two words name; raises CaseError for a role that does not exist, or no code."""
    problems = []
    roles = [one.value for one in Role]
    if role not in roles:
        near = difflib.get_close_matches(role, roles, n=1, cutoff=0.6)
        do = f'write "{near[0]}"' if near else "use one of these"
        expected = f"one of {', '.join(roles)}"
        problems.append(Problem("--role", 0, "role not known", expected, f'"{_printable(role[:80])}"', do))
    if not CODE.fullmatch(nation):
        expected, do = "a code of letters, digits and hyphens", "write one code"
        problems.append(Problem("--for", 0, "reader not understood", expected, f'"{_printable(nation[:80])}"', do))
    if problems:
        raise CaseError(problems)
    return Reader(nation, Role(role))


def export_record(out: Path, reader: Reader, target: Path, writers: Writers) -> Exported:
    """Write the package of a reader to a new folder, or to a file where `target` ends in ".zip".

    Raises DamagedError where the record in `out` does not verify: what is damaged is not passed on, and markings
    in it may not be believed. Raises CaseError for a reader whom nobody knows, and where `target` is there already
    or cannot be written.
    """
    released = _release_sound(out, reader)
    if target.resolve().is_relative_to(out.resolve()):
        do = "choose a place outside with --out"
        raise CaseError([Problem(str(target), 0, "package within the record's folder", "another place", str(out), do)])
    parts = dict(sorted(_collect(released, writers).items()))
    try:
        if target.exists() or target.is_symlink():
            raise FileExistsError(None, "there is something of that name")
        (write_zip if target.suffix == ".zip" else write_folder)(target, parts)
    except OSError as error:
        do = "choose a new name with --out"
        found = error.strerror or str(error)
        raise CaseError([Problem(str(target), 0, "package not written", "a new name, and room", found, do)]) from error
    return Exported(target, reader, released.size, len(released.told), tuple(parts), released.unmarked)


def _release_sound(out: Path, reader: Reader) -> Released:
    """Return what a reader may have, after the record was verified and the reader found to be somebody."""
    with suppress(OSError):  # what cannot be looked at is for the verifier to name
        if not (out / "record" / "checkpoint").exists():
            raise no_record(out)
    faults = verify_record(out, None)
    if faults:
        raise _unsound(out, faults)
    released = release(out, reader)
    _check_reader(released)
    return released


def _check_reader(released: Released) -> None:
    """Refuse a code that nobody has: a misspelt nation would be given what all are given."""
    nation, role = released.reader.nation, released.reader.role
    known = released.codes | STATES.keys() | UNIONS.keys() | _parties(released.out)
    if nation in known or (role is Role.PUBLIC and nation == Role.PUBLIC):
        return
    near = difflib.get_close_matches(nation, sorted(known), n=1, cutoff=0.6)
    do = f'write "{near[0]}"' if near else "correct it, or name it in a marking or in the agreement"
    expected = "the code of a state (ISO 3166-1, three letters), a union, a party, or of somebody whom a marking names"
    raise CaseError([Problem("--for", 0, "reader not known", expected, f'"{_printable(nation[:80])}"', do)])


def _parties(out: Path) -> frozenset[str]:
    """Return the parties that the standing names, none where there is no such file."""
    try:
        parties = json.loads((out / "standing.json").read_bytes())["parties"]
        return frozenset(map(str, parties))
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _unsound(out: Path, faults: tuple[Fault, ...]) -> DamagedError:
    do = "truceline record verify names everything; nothing was exported"
    first = faults[0]
    found = f"{first.path}: {first.what}: expected {first.expected}, found {first.found}"
    return DamagedError([Problem(str(out), 0, "the record does not verify", "a sound record", found, do)])


def _collect(released: Released, writers: Writers) -> dict[str, Part]:
    """Return every file of a package by its path."""
    parts: dict[str, Part] = dict(_log_files(released))
    parts |= _opening_files(released)
    parts |= {
        path: Original(released.out / path, digest)
        for path, digest in released.files.items()
        if (released.out / path).is_file()
    }
    made = {f"{RELEASED}/{name}": write(released) for name, write in writers.items()}
    digests = {path: digest for path, digest in released.files.items() if path in parts}
    digests |= {path: sha256(content).hexdigest() for path, content in made.items()}
    return {**parts, **made, MANIFEST: _describe(released, digests)}


def _log_files(released: Released) -> Iterator[tuple[str, Part]]:
    """Yield the files of the log at this size, and of no earlier one: those would tell when it grew."""
    home = released.out / "record"
    yield "record/checkpoint", released.note.encode()
    names = []
    for level, index, width in tiles_of(released.size):
        names.append(tile_path(level, index, width))
        if level == 0:
            names.append(entries_path(index, width))
    head = parse_checkpoint(split_note(released.note)[0])
    names.append(stamp_path(head.size, head.root))
    yield from ((f"record/{name}", Original(home / name)) for name in names if (home / name).is_file())


def _opening_files(released: Released) -> Iterator[tuple[str, Part]]:
    lines = released.lines()
    for number in range(-(-released.size // PER_FILE)):
        part = list(islice(lines, PER_FILE))
        yield f"record/{openings_path(number, len(part))}", join_lines(part)


def _describe(released: Released, digests: Mapping[str, str]) -> bytes:
    reader = released.reader
    return _dump(
        {
            "schema": SCHEMA,
            "for": reader.nation,
            "role": reader.role.value,
            "origin": released.origin,
            "size": released.size,
            "opened": len(released.told),
            "withheld": released.withheld,
            "files": dict(sorted(digests.items())),
        }
    )


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def show_statement(out: Path, reader: Reader, name: str) -> str:
    """Return the newest statement that a name means to a reader, as JSON on one line.

    Raises RecordError with one and the same text where there is none and where it is for others.
    """
    found = _release_sound(out, reader).find(name)
    if not found:
        raise nothing_of(name)
    return found[-1].opening.data.decode()


# --- checking -----------------------------------------------------------------------------------


def is_package(folder: Path) -> bool:
    """Whether a folder says that it is a package for a reader."""
    return os.path.isfile(folder / MANIFEST)  # noqa: PTH113 - a folder that cannot be looked at says nothing


def check_package(folder: Path, policy: Policy | None, writers: Writers, **asked: Any) -> tuple[Fault, ...]:  # noqa: ANN401
    """Return what is wrong with an unpacked package, the first thing first; nothing for a sound one.

    Beside what `verify_record` checks: the manifest is true, and `released/` says what the released statements
    say, byte for byte. `asked` are further arguments of `verify_record`.
    """
    try:
        manifest = read_manifest(folder)
    except (OSError, ValueError, RecursionError) as error:
        return (Fault(MANIFEST, "unreadable", "the manifest of a package", str(error)[:300]),)
    beside = (MANIFEST, *(f"{RELEASED}/{name}" for name in writers))
    faults = verify_record(folder, policy, export=True, beside=beside, **asked)
    if faults:
        return faults
    try:
        return tuple(_compare(folder, manifest, writers))
    except _ABSURD as error:
        said = f"{type(error).__name__}: {error}"[:300]
        return (Fault("record/openings", "statements that cannot be read", "statements of a run", said),)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a package; raises OSError, or ValueError for what is none."""
    with (folder / MANIFEST).open("rb") as stream:
        manifest = json.loads(stream.read(LARGEST_MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise ValueError(f"expected the schema {SCHEMA}")
    Role(str(manifest.get("role")))
    if not isinstance(manifest.get("for"), str):
        raise ValueError('"for" names no reader')
    return manifest


def describe_package(folder: Path) -> str:
    """Return for whom a sound package is and how much of the log it opens, empty for a folder that is none."""
    if not is_package(folder):
        return ""
    manifest = read_manifest(folder)
    size, opened = manifest["size"], manifest["opened"]
    reader = f"{manifest['for']}, {manifest['role']}"
    return f"a package for {reader}: {opened:,} of {size:,} leaves are opened, {size - opened:,} are withheld"


def _compare(folder: Path, manifest: Mapping[str, Any], writers: Writers) -> Iterator[Fault]:
    """Make the package again from its own statements, and name the files that differ."""
    try:
        again = release(folder, Reader(manifest["for"], Role(manifest["role"])))
    except RecordError as error:
        yield Fault("record", "cannot be read", "a record", str(error)[:300])
        return
    for path, expected in sorted(_collect(again, writers).items()):
        if isinstance(expected, bytes):
            try:
                found = (folder / path).read_bytes()
            except OSError as error:
                yield Fault(path, "missing", "what the released statements say", error.strerror or str(error))
                continue
            if found != expected:
                said, is_there = (f"SHA-256 {sha256(content).hexdigest()}" for content in (expected, found))
                yield Fault(path, "not what the released statements say", said, is_there)
