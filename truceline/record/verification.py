"""Is the record what it says it is? Everything in an output folder, checked again, offline.

In this order, so that the first fault named is where the damage is: the log itself (signatures, witnesses,
root, tiles, entries: `tlog.audit`), the openings against the leaves, what the statements say together, the
bytes against their digests, the files that nobody accounts for, the figures of the reports.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from truceline.record.blobs import BlobError, blob_path, digest_file
from truceline.record.figures import check_figures
from truceline.record.ledger import Ledger
from truceline.record.openings import (
    LARGEST_FILE,
    PER_FILE,
    REMOVED,
    WITHHELD,
    openings_path,
    parse_path,
    read_opening,
    split_lines,
)
from truceline.record.stamps import LARGEST_ANSWER, StampError, check_stamp, read_stamp_path
from truceline.record.statements import StatementError, decode, make_leaf
from truceline.tlog.audit import KNOWN, MAX_FAULTS, Fault, audit_folder
from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.durability import DISK
from truceline.tlog.errors import LogError, TileError
from truceline.tlog.folder import FolderReader
from truceline.tlog.notes import split_note
from truceline.tlog.policy import Policy
from truceline.tlog.proofs import read_root
from truceline.tlog.tiles import read_entries

HOME = "record"
"""The record's folder in an output folder."""

LONGEST = 500
"""Characters of what a fault says of one thing."""

_NOBODY = Policy(())


def verify_record(
    out: Path,
    policy: Policy | None,
    *,
    export: bool = False,
    beside: Sequence[str] = (),
    known: Sequence[str] = (),
    stamp_roots: Sequence[bytes] = (),
) -> tuple[Fault, ...]:
    """Return what is wrong with an output folder and its record, the first thing first; nothing for a sound one.

    `policy` says whose signatures are believed; without it everything is checked but who signed. `known` are
    checkpoints seen before: the log must still contain them. `stamp_roots` are certificates (PEM) of
    authorities for time stamps. `export=True` is for a package in which statements and bytes are withheld, and
    `beside` names its files that are checked elsewhere (`export.check_package`).
    At most 1,000 faults. Writes nothing, and raises nothing whatever the bytes are.
    """
    check = _Verification(out, export=export, beside=beside, stamp_roots=stamp_roots)
    return tuple(_clean(fault) for fault in islice(check.run(policy, known), MAX_FAULTS))


def count_removed(out: Path) -> int:
    """Return how many statements of a sound record were removed by order."""
    return sum(path.read_bytes().count(REMOVED + b"\n") for path in _newest_openings(out / HOME))


def _newest_openings(home: Path) -> Iterator[Path]:
    size = parse_checkpoint(split_note(FolderReader(home).read_note() or "")[0]).size
    for number in range(-(-size // PER_FILE)):
        path = home / openings_path(number, min(PER_FILE, size - number * PER_FILE))
        yield path if path.exists() else home / openings_path(number)


class _Verification:
    """One pass over an output folder."""

    def __init__(self, out: Path, *, export: bool, beside: Sequence[str], stamp_roots: Sequence[bytes]) -> None:
        self.out, self.home = out, out / HOME
        self._export, self._beside, self._roots = export, beside, stamp_roots
        self._reader = FolderReader(self.home)
        self._files: set[str] = set()
        self._good: set[str] = set()  # outputs whose bytes are those that were logged
        self._ledger = Ledger(partial=export)

    def run(self, policy: Policy | None, known: Sequence[str]) -> Iterator[Fault]:
        strange = list(self._list_files())
        head, malformed = self._read_head()
        for fault in audit_folder(self.home, policy or _NOBODY, known):
            if policy is not None or fault.what != "not accepted":
                yield fault if fault.path.startswith(KNOWN) else replace(fault, path=f"{HOME}/{fault.path}")
            elif head is None:
                yield Fault(f"{HOME}/checkpoint", "malformed", "a signed checkpoint", malformed)
        yield from strange
        if head is None:
            return
        yield from self._check_openings(head.size)
        yield from self._check_blobs()
        yield from self._check_stamps(head)
        yield from self._check_outputs()
        yield from self._check_rest(head.size)
        newest = self._ledger.newest
        if newest is not None and not newest.removed and not self._export:
            yield from check_figures(self.out, newest.judged, self._good)

    def _list_files(self) -> Iterator[Fault]:
        """Collect the plain files of the folder; yield a fault for whatever is neither file nor folder."""
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                found = sorted(os.scandir(self.out / folder), key=lambda entry: entry.name)
                for entry in found:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif entry.is_file(follow_symlinks=False):
                        self._files.add(path)
                    elif not path.startswith(f"{HOME}/tile/"):  # the log's own audit names those
                        yield Fault(path, "not a plain file", "a file or a folder", "a link or a device")
            except (OSError, ValueError) as error:
                yield Fault(folder or ".", "unreadable", "a folder", str(error))

    def _read_head(self) -> tuple[Checkpoint | None, str]:
        """Return the newest checkpoint, or None and what is wrong with it."""
        try:
            note = self._reader.read_note()
            return (None, "nothing") if note is None else (parse_checkpoint(split_note(note)[0]), "")
        except LogError as error:
            return None, str(error)

    def _check_openings(self, size: int) -> Iterator[Fault]:
        """Each line opens its leaf, or is withheld or removed by right."""
        gone: dict[int, str] = {}
        for number in range(-(-size // PER_FILE)):
            width = min(PER_FILE, size - number * PER_FILE)
            path, lines, faults = self._read_lines(number, width)
            yield from faults
            entries = self._read_entries(number, width)
            if lines is None and entries is None:
                return  # a size that somebody invented: do not count up to it
            for leaf, line in enumerate(lines or (), number * PER_FILE):
                entry = entries[leaf % PER_FILE] if entries else None
                if line in {WITHHELD, REMOVED}:
                    gone[leaf] = path
                    if line == REMOVED:
                        self._ledger.miss()
                    yield from self._check_withheld(leaf, path, line)
                else:
                    yield from self._check_line(leaf, path, line, entry)
        yield from self._check_removed(gone)

    def _read_entries(self, number: int, width: int) -> list[bytes] | None:
        try:
            return read_entries(self._reader, number, width)
        except TileError:
            return None  # named by the log's own audit

    def _read_lines(self, number: int, width: int) -> tuple[str, list[bytes] | None, list[Fault]]:
        path = f"{HOME}/{openings_path(number, width)}"
        if path not in self._files:
            whole = f"{HOME}/{openings_path(number)}"
            path = whole if whole in self._files else path
        if path not in self._files:
            return path, None, [Fault(path, "missing", f"openings of {width} leaves", "nothing")]
        self._files.remove(path)
        try:
            lines = split_lines(DISK.read(self.out / path, LARGEST_FILE))
        except (OSError, ValueError) as error:
            return path, [], [Fault(path, "unreadable", f"openings of {width} leaves", str(error))]
        faults = []
        if len(lines) != width:
            faults = [Fault(path, "lines", str(width), str(len(lines)))]
        return path, lines[:width], faults

    def _check_withheld(self, leaf: int, path: str, line: bytes) -> Iterator[Fault]:
        if line == WITHHELD and not self._export:
            yield Fault(path, f"statement of leaf {leaf}", "its opening", "withheld, and this is no export")

    def _check_line(self, leaf: int, path: str, line: bytes, entry: bytes | None) -> Iterator[Fault]:
        what = f"statement of leaf {leaf}"
        try:
            opening = read_opening(line)
            if opening is None:
                return
            bound = make_leaf(opening.nonce, opening.data)
            if entry is not None and bound != entry:
                yield Fault(path, f"{what} does not open its leaf", _show(entry), _show(bound))
                return
            statement = decode(opening.data)
        except (StatementError, ValueError) as error:
            yield Fault(path, f"{what} is malformed", "an opening", str(error))
            return
        yield from self._ledger.take(leaf, path, statement)

    def _check_removed(self, gone: dict[int, str]) -> Iterator[Fault]:
        """A line that says "removed" needs a removal that says so, and a removal a line that does."""
        removed = self._ledger.removed_leaves
        for leaf, path in gone.items():
            if leaf not in removed and not self._export:
                yield Fault(path, f"statement of leaf {leaf}", "its opening, or a removal that names it", "neither")
        for leaf, by in removed.items():
            if leaf not in gone:
                yield Fault(
                    f"{HOME}/openings", f"statement of leaf {leaf}", f"removed, as leaf {by} says", "still here"
                )

    def _check_blobs(self) -> Iterator[Fault]:
        """Evidence is here, unless a removal says otherwise, and is what it was."""
        ledger = self._ledger
        for digest, leaf in ledger.evidence.items():
            path = f"{HOME}/{blob_path(digest)}"
            if path not in self._files and not self._export:
                yield Fault(path, "missing", f"the bytes that leaf {leaf} names, or their removal", "nothing")
        for digest, leaf in ledger.removed.items():
            path = f"{HOME}/{blob_path(digest)}"
            if path in self._files:
                yield Fault(path, "bytes that were removed", f"nothing, as leaf {leaf} says", "the file")
        for path in self._take(f"{HOME}/blobs/"):
            digest = path.rpartition("/")[2]
            if path != f"{HOME}/{blob_path(digest)}" or digest not in ledger.stated:
                yield _unknown(path, "bytes that a statement names")
            else:
                yield from self._check_digest(path, digest)

    def _take(self, prefix: str) -> list[str]:
        """Return the files under a folder in order, and count them as accounted for."""
        found = sorted(path for path in self._files if path.startswith(prefix))
        self._files.difference_update(found)
        return found

    def _check_digest(self, path: str, expected: str) -> Iterator[Fault]:
        try:
            found, _ = digest_file(self.out / path)
        except (OSError, BlobError) as error:
            yield Fault(path, "unreadable", f"bytes with SHA-256 {expected}", str(error))
            return
        if found != expected:
            yield Fault(path, "other bytes than were logged", f"SHA-256 {expected}", f"SHA-256 {found}")

    def _check_stamps(self, head: Checkpoint) -> Iterator[Fault]:
        for path, digest in sorted(self._ledger.files.items()):
            if path in self._files:
                yield from self._check_digest(path, digest)
            elif not self._export:
                yield Fault(path, "missing", f"bytes with SHA-256 {digest}", "nothing")
        for path in self._take(f"{HOME}/stamps/"):
            named = read_stamp_path(path.removeprefix(f"{HOME}/"))
            if named is None or named[0] > head.size:
                yield _unknown(path, f"time stamps of a log of {head.size} entries")
            else:
                yield from self._check_stamp(path, head, *named)

    def _check_stamp(self, path: str, head: Checkpoint, size: int, root: bytes) -> Iterator[Fault]:
        try:
            if read_root(self._reader, size) != root:
                yield Fault(path, "stamps another tree", f"a root of this log at size {size}", root.hex())
                return
            text = Checkpoint(head.origin, size, root).text
            check_stamp(DISK.read(self.out / path, LARGEST_ANSWER), text, self._roots)
        except (OSError, LogError, StampError) as error:
            yield Fault(
                path,
                "no time stamp of this tree",
                f"a token over the checkpoint of size {size}",
                str(error),
            )

    def _check_outputs(self) -> Iterator[Fault]:
        """The files beside the record are those that the newest run named."""
        outputs = self._ledger.newest.outputs if self._ledger.newest else {}
        for path, digest in sorted(outputs.items()):
            if path not in self._files:
                if not self._export:
                    yield Fault(path, "missing", f"the output that was logged, SHA-256 {digest}", "nothing")
                continue
            self._files.remove(path)
            faults = list(self._check_digest(path, digest))
            yield from faults
            if not faults:
                self._good.add(path)

    def _check_rest(self, size: int) -> Iterator[Fault]:
        """What is left belongs to the log's own layout, or to nobody."""
        self._take(f"{HOME}/state/")
        self._take(f"{HOME}/tile/")
        self._files.difference_update((f"{HOME}/checkpoint", *self._beside))
        for path in sorted(self._files):
            named = parse_path(path.removeprefix(f"{HOME}/")) if path.startswith(f"{HOME}/") else None
            if named is None:
                yield _unknown(path, "files that the newest run or the record's layout names")
            elif named[1] > min(PER_FILE, size - named[0] * PER_FILE):
                found = "openings beyond it, as an interrupted seal leaves"
                yield Fault(path, "beyond the checkpoint", f"openings of a log of {size} entries", found)
            else:
                yield from self._check_part(path, *named, size)

    def _check_part(self, path: str, number: int, width: int, size: int) -> Iterator[Fault]:
        """Openings of an earlier size are the first lines of the newer ones."""
        held = min(PER_FILE, size - number * PER_FILE)
        try:
            newer = DISK.read(self.home / openings_path(number, held), LARGEST_FILE)
            same = split_lines(DISK.read(self.out / path, LARGEST_FILE)) == split_lines(newer)[:width]
        except (OSError, ValueError) as error:
            yield Fault(path, "unreadable", f"openings of {width} leaves", str(error))
            return
        if not same:
            yield Fault(path, "differs from the newer one", f"the first {width} of {held} lines", "others")


def _unknown(path: str, expected: str) -> Fault:
    return Fault(path, "does not belong here", expected, "a file that nobody accounts for")


def _show(data: bytes) -> str:
    return data[:100].decode("utf-8", "backslashreplace")


def _clean(fault: Fault) -> Fault:
    """Return a fault without signs that a terminal or a page would act on, and without endless text."""
    said = (fault.path, fault.what, fault.expected, fault.found)
    path, what, expected, found = (_printable(text[:LONGEST]) for text in said)
    return Fault(path, what, expected, found, fault.notes)


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
