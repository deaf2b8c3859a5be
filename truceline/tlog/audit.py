"""Everything in a log's folder, checked again, offline: signatures, root, tiles, bundles, files that do not belong.

From the top down: the root vouches for the right edge of the tiles, each tile for those below it, each
tile of level 0 for its bundle. So the first fault named is where the damage is.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.durability import DISK, Disk
from truceline.tlog.errors import LogError, MissingTile, TileError
from truceline.tlog.folder import CHECKPOINT, FolderReader
from truceline.tlog.hashing import encode_base64, hash_leaves, hash_row
from truceline.tlog.notes import open_note, split_note
from truceline.tlog.policy import Policy
from truceline.tlog.proofs import read_root
from truceline.tlog.tiles import (
    MAX_LEVEL,
    TILE_WIDTH,
    Reader,
    decode_bundle,
    entries_path,
    parse_path,
    read_entries,
    read_hashes,
    split_hashes,
    tile_path,
    width_at,
)
from truceline.tlog.tree import fold_edges

MAX_FAULTS = 1000
KNOWN = "known checkpoint"
"""Where a fault lies that is not in the folder: a checkpoint seen before, by its number from 1."""

Rows = dict[int, list[bytes]]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, what, what was expected and what was found.

    Where two signed checkpoints contradict each other, `notes` holds both: they are the proof.
    """

    path: str
    what: str
    expected: str
    found: str
    notes: tuple[str, ...] = ()


def audit_folder(
    path: Path, policy: Policy, known: Sequence[str] = (), *, entries: bool = True, disk: Disk = DISK
) -> tuple[Fault, ...]:
    """Return what is wrong with a log's folder, the first thing wrong first; nothing for a sound log.

    `known` are signed checkpoints seen before, by oneself or by a witness: the log must still contain them.
    `entries=False` is for a copy without bundles, whose entries are withheld. Only `checkpoint` and
    `tile/` are looked at. At most 1,000 faults are returned. Writes nothing, and raises nothing on hostile bytes.
    """
    audit = _Audit(FolderReader(path, disk), policy, tuple(known), entries)
    return tuple(islice(audit.run(), MAX_FAULTS))


class _Audit:
    """One pass over a folder."""

    def __init__(self, reader: FolderReader, policy: Policy, known: Sequence[str], entries: bool) -> None:
        self._reader, self._policy, self._known, self._entries = reader, policy, known, entries
        self._files: set[str] = set()
        self._used: set[str] = set()
        self._last: dict[int, int] = {}  # the last tile of each level that is there, or has a bundle

    def run(self) -> Iterator[Fault]:
        strange = list(self._list_files())
        note, head, faults = self._read_head()
        yield from faults
        if note is not None and head is not None:
            yield from self._check_tiles(head)
            yield from self._check_known(note, head)
        yield from strange
        yield from self._check_rest(head.size if head else None)

    def _list_files(self) -> Iterator[Fault]:
        """Collect the plain files under tile/; yield a fault for whatever is neither file nor folder."""
        folders = [self._reader.path]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder) as names:
                    entries = sorted(names, key=lambda entry: entry.name)
            except OSError as error:
                if folder != self._reader.path:
                    yield Fault(_printable(self._name(folder)), "unreadable", "a folder", str(error.strerror))
                continue
            for entry in entries:
                if folder == self._reader.path and entry.name != "tile":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(folder / entry.name)
                elif entry.is_file(follow_symlinks=False):
                    self._keep(self._name(folder / entry.name))
                else:
                    found = "a link or a device"
                    yield Fault(
                        _printable(self._name(folder / entry.name)), "not a plain file", "a file or folder", found
                    )

    def _name(self, path: Path) -> str:
        return path.relative_to(self._reader.path).as_posix()

    def _keep(self, path: str) -> None:
        self._files.add(path)
        if tile := parse_path(path):
            level = tile[0] or 0
            self._last[level] = max(tile[1], self._last.get(level, -1))

    def _read_head(self) -> tuple[str | None, Checkpoint | None, list[Fault]]:
        """Return the checkpoint as far as it can be read, even where nobody vouches for it."""
        faults: list[Fault] = []
        note: str | None = None
        try:
            note = self._reader.read_note()
            if note is None:
                return None, None, [Fault(CHECKPOINT, "missing", "a signed checkpoint", "nothing")]
            return note, self._policy.check(note).checkpoint, []
        except LogError as error:
            faults = [Fault(CHECKPOINT, "not accepted", "a checkpoint that the policy accepts", str(error))]
        try:
            return note, parse_checkpoint(split_note(note)[0]) if note else None, faults
        except LogError:
            return note, None, faults

    def _check_tiles(self, head: Checkpoint) -> Iterator[Fault]:
        edges: list[list[bytes]] = []
        whole = True
        for level in range(MAX_LEVEL + 1):
            index, width = divmod(head.size >> (8 * level), TILE_WIDTH)
            row, fault = self._read_row(level, index, width) if width else ([], None)
            edges.append(row or [])
            if fault:
                whole = False
                yield fault
        if whole and fold_edges(edges) != head.root:
            yield from self._locate_edge(head, edges)
        above: Rows = {}
        for level in range(MAX_LEVEL, -1, -1):
            rows: Rows = {}
            yield from self._check_level(head.size, level, edges, above, rows)
            above = rows

    def _check_level(self, size: int, level: int, edges: list[list[bytes]], above: Rows, rows: Rows) -> Iterator[Fault]:
        """Check the tiles of one level against the one above; fill in their rows."""
        count, edge = divmod(size >> (8 * level), TILE_WIDTH)
        for index in range(count):
            row, fault = self._read_row(level, index, TILE_WIDTH)
            parent = above.get(index // TILE_WIDTH, [])
            expected = parent[index % TILE_WIDTH] if index % TILE_WIDTH < len(parent) else None
            if fault:
                yield fault
            elif row and expected and hash_row(row) != expected:
                yield _differs(tile_path(level, index), "the tile is not the one hashed above", expected, hash_row(row))
            if level == 0 and self._entries:
                yield from self._check_bundle(index, TILE_WIDTH, row)
            elif row:
                rows[index] = row
            if fault and index > self._last.get(level, -1):
                return  # a size that somebody invented: do not count up to it
        if edge:
            rows[count] = edges[level]
            if level == 0 and self._entries:
                yield from self._check_bundle(count, edge, edges[level] or None)

    def _locate_edge(self, head: Checkpoint, edges: list[list[bytes]]) -> Iterator[Fault]:
        """Say which tile of the right edge differs from what stands below it; if none, the root is wrong."""
        located = False
        for level in range(1, MAX_LEVEL + 1):
            first = (head.size >> (8 * (level + 1))) * TILE_WIDTH
            for place, node in enumerate(edges[level]):
                row, _ = self._read_row(level - 1, first + place, TILE_WIDTH)
                if row and hash_row(row) != node:
                    located = True
                    path = tile_path(level, first // TILE_WIDTH, len(edges[level]))
                    yield _differs(path, f"hash {place} is not that of the tile below", hash_row(row), node)
        index, width = divmod(head.size, TILE_WIDTH)
        if self._entries and width:
            entries, _ = self._read_bundle(index, width)
            rebuilt = [hash_leaves(entries) if entries else edges[0], *edges[1:]]
            if fold_edges(rebuilt) == head.root:
                located = True
                path = tile_path(0, index, width)
                yield Fault(path, "the tile differs", "the hashes of its bundle, which the root holds", "others")
        if not located:
            yield _differs(CHECKPOINT, "the tiles do not lead to this root", head.root, fold_edges(edges))

    def _check_bundle(self, index: int, width: int, row: list[bytes] | None) -> Iterator[Fault]:
        entries, fault = self._read_bundle(index, width)
        if fault:
            yield fault
        if not entries or not row:
            return
        for place, (found, expected) in enumerate(zip(hash_leaves(entries), row, strict=False)):
            if found != expected:
                path = entries_path(index, width)
                yield _differs(path, f"entry {index * TILE_WIDTH + place} is not the one in the tree", expected, found)

    def _read_row(self, level: int, index: int, width: int) -> tuple[list[bytes] | None, Fault | None]:
        path = tile_path(level, index, width)
        try:
            self._use(path, tile_path(level, index))
            return read_hashes(self._reader, level, index, width), None
        except TileError as error:
            return None, _unread(path, error, f"{width} hashes of 32 bytes")

    def _read_bundle(self, index: int, width: int) -> tuple[list[bytes] | None, Fault | None]:
        path = entries_path(index, width)
        try:
            self._use(path, entries_path(index))
            return read_entries(self._reader, index, width), None
        except TileError as error:
            return None, _unread(path, error, f"{width} entries")

    def _use(self, path: str, full: str) -> None:
        self._used.add(path if path in self._files else full)

    def _check_rest(self, size: int | None) -> Iterator[Fault]:
        """Check files that no reader of this checkpoint needs: parts of tiles from earlier sizes, or nobody's."""
        for path in sorted(self._files - self._used):
            tile = parse_path(path)
            if tile is None or (tile[0] is None and not self._entries):
                yield Fault(_printable(path), "does not belong here", "tiles and bundles of this log only", "a file")
            elif size is None:
                continue  # nobody can say what these tiles should be
            elif tile[2] > width_at(tile[0] or 0, tile[1], size):
                found = "a tile beyond it, as an interrupted append leaves"
                yield Fault(path, "beyond the checkpoint", f"tiles of a log of {size} entries", found)
            else:
                yield from self._check_part(path, *tile, size)

    def _check_part(self, path: str, level: int | None, index: int, width: int, size: int) -> Iterator[Fault]:
        held = width_at(level or 0, index, size)
        newer, fault = self._read_bundle(index, held) if level is None else self._read_row(level, index, held)
        try:
            data = self._reader.read(path)
            part = decode_bundle(data) if level is None else split_hashes(data)
        except TileError as error:
            yield _unread(path, error, f"a tile of width {width}")
        else:
            if not fault and newer and part != newer[:width]:
                yield Fault(path, "differs from the newer one", f"the first {width} of {held}", "others")

    def _check_known(self, note: str, head: Checkpoint) -> Iterator[Fault]:
        """Compare the log with checkpoints that it signed before."""
        for number, earlier in enumerate(self._known, 1):
            where = f"{KNOWN} {number}"
            try:
                keys = [log.verifier for log in self._policy.logs if log.origin == head.origin]
                known = parse_checkpoint(open_note(earlier, keys).text)
                if known.origin != head.origin:
                    yield Fault(where, "of another log", _printable(head.origin), _printable(known.origin))
                    continue
                yield from _compare(self._reader, where, (earlier, known), (note, head))
            except LogError as error:
                yield Fault(where, "not usable", "a checkpoint signed by this log", str(error))


def _compare(
    reader: Reader, where: str, known: tuple[str, Checkpoint], newest: tuple[str, Checkpoint]
) -> Iterator[Fault]:
    notes, head = (known[0], newest[0]), newest[1]
    if known[1].size > head.size:
        yield Fault(where, "the log went back", f"at least {known[1].size} entries", f"{head.size}", notes)
        return
    root = head.root if known[1].size == head.size else read_root(reader, known[1].size, head.size)
    if root != known[1].root:
        what = f"a fork: two trees of size {known[1].size}"
        yield Fault(where, what, encode_base64(known[1].root), encode_base64(root), notes)


def _differs(path: str, what: str, expected: bytes, found: bytes) -> Fault:
    return Fault(path, what, encode_base64(expected), encode_base64(found))


def _unread(path: str, error: TileError, expected: str) -> Fault:
    if isinstance(error, MissingTile):
        return Fault(path, "missing", expected, "nothing")
    return Fault(path, "malformed", expected, _printable(str(error)))


def _printable(text: str) -> str:
    """Return text without signs that a terminal or a page would act on."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
