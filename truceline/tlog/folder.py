"""A log in a folder: checkpoint, tile/LEVEL/N, tile/entries/N (c2sp.org/tlog-tiles).

What the checkpoint states is the log. Tiles beyond it were written by an append that nobody published;
the next writer takes them away.
"""

import contextlib
import os
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.durability import DISK, TEMPORARY, Disk, make_folder_durably, temporary, write_all_durably
from truceline.tlog.errors import CheckpointError, DiskError, ForkError, LogError, MissingTile, TileError, Unsafe
from truceline.tlog.hashing import encode_base64, hash_leaves, hash_row
from truceline.tlog.notes import MAX_NOTE_BYTES, split_note
from truceline.tlog.tiles import (
    MAX_BUNDLE_BYTES,
    MAX_LEVEL,
    TILE_WIDTH,
    check_entry,
    encode_bundle,
    entries_path,
    parse_path,
    read_entries,
    read_hashes,
    tile_path,
    width_at,
)
from truceline.tlog.tree import fold_edges

CHECKPOINT = "checkpoint"


class FolderReader:
    """Reads the tiles of a log in a folder, and writes nothing."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self.path = Path(path)
        self.disk = disk

    def read(self, path: str) -> bytes:
        """Return the bytes of a tile or bundle; raises `MissingTile`, or `TileError` for what is no plain file."""
        if parse_path(path) is None:
            raise MissingTile(f"{path[:200]!r} is not the path of a tile")
        try:
            return self.disk.read(self.path / path, MAX_BUNDLE_BYTES)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingTile(f"{path} is not there") from error
        except OSError as error:
            raise TileError(f"{path} cannot be read: {error.strerror or error}") from error

    def read_note(self) -> str | None:
        """Return the newest checkpoint's note, unverified, or None where nothing was published yet."""
        try:
            data = self.disk.read(self.path / CHECKPOINT, MAX_NOTE_BYTES)
            return data.decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnicodeDecodeError as error:
            raise CheckpointError("the checkpoint is not UTF-8") from error
        except OSError as error:
            raise CheckpointError(f"the checkpoint cannot be read: {error.strerror or error}") from error


class LogFolder:
    """The one writer of a log in a folder; also a `Reader` of its tiles.

    `append` puts entries on disk, `publish` makes them the log: what was appended but not published is
    gone after a crash. After a failed flush every call raises `Unsafe` until the folder is opened anew.
    Not for several threads at once.
    """

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._reader = FolderReader(path, disk)
        self._disk = disk
        self._unlock: weakref.finalize[[int], LogFolder] | None = None
        self._unsafe = False
        self._settled: set[Path] = set()
        self._note: str | None = None
        self._size = 0
        self._tail: list[bytes] = []
        self._edges: list[list[bytes]] = []
        self._load()

    @property
    def path(self) -> Path:
        """The log's folder."""
        return self._reader.path

    @property
    def size(self) -> int:
        """How many entries were appended, published or not."""
        return self._size

    @property
    def root(self) -> bytes:
        """The root over all entries that were appended, published or not."""
        return fold_edges(self._edges)

    @property
    def published(self) -> Checkpoint | None:
        """The newest checkpoint on disk."""
        return None if self.note is None else parse_checkpoint(split_note(self.note)[0])

    @property
    def note(self) -> str | None:
        """The newest checkpoint on disk, as it was signed."""
        return self._note

    def read(self, path: str) -> bytes:
        """Return the bytes of a tile or bundle; raises `MissingTile`."""
        return self._reader.read(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another writer in; what was not published is forgotten at the next opening."""
        if self._unlock is not None:
            self._unlock()
            self._unlock = None

    def append(self, entries: Sequence[bytes]) -> int:
        """Put entries at the log's end, on disk; return the new size, for a checkpoint to state.

        Raises `TileError` for an entry above 65,535 bytes (then nothing is written), `DiskError` or `Unsafe`.
        """
        for entry in entries:
            check_entry(entry)
        self._claim()
        if not entries:
            return self._size
        files, tail, edges = self._grow(entries)
        self._write([(self.path / name, data) for name, data in files])
        self._size, self._tail, self._edges = self._size + len(entries), tail, edges
        return self._size

    def publish(self, note: str) -> None:
        """Make a signed checkpoint of exactly what was appended the log's newest, on disk.

        The signature is the signer's affair; the tree is ours: raises `ForkError` for another tree of
        the published size, `CheckpointError` for any other tree than the one in this folder.
        """
        self._claim()
        new, old = parse_checkpoint(split_note(note)[0]), self.published
        if self._reader.read_note() != self._note:
            raise LogError("another writer has published in this folder")
        if old is not None and old.origin != new.origin:
            raise CheckpointError(f"this is the log {old.origin!r}, not {new.origin!r}")
        if old is not None and self._note and old.size == new.size and old.root != new.root:
            raise ForkError(f"two trees of size {old.size} of {old.origin!r}", self._note, note)
        if (new.size, new.root) != (self._size, self.root):
            raise CheckpointError(
                f"the tree in this folder has size {self._size} and root {encode_base64(self.root)}, "
                f"found {new.size} and {encode_base64(new.root)}"
            )
        self._write([(self.path / CHECKPOINT, note.encode())])
        self._note = note
        self._prune(old.size if old else 0, new.size)

    def _write(self, files: Sequence[tuple[Path, bytes]]) -> None:
        try:
            write_all_durably(files, self._disk, self._settled)
        except Unsafe:
            self._unsafe = True
            raise

    def _load(self) -> None:
        """Take the state from disk: the checkpoint, and the right edge of the tiles under it."""
        self._note = self._reader.read_note()
        head = self.published
        self._size = head.size if head else 0
        self._edges = []
        for level in range(MAX_LEVEL + 1):
            index, width = divmod(self._size >> (8 * level), TILE_WIDTH)
            self._edges.append(read_hashes(self._reader, level, index, width) if width else [])
        index, width = divmod(self._size, TILE_WIDTH)
        self._tail = read_entries(self._reader, index, width) if width else []
        if head and (self.root != head.root or hash_leaves(self._tail) != self._edges[0]):
            raise TileError(f"the tiles in {self.path.name} are not those of its checkpoint: audit the folder")

    def _claim(self) -> None:
        """Become the only writer, once; take away what an earlier one left beyond the checkpoint."""
        if self._unsafe:
            raise Unsafe("a flush failed before: nothing more is acknowledged until the log is opened anew")
        if self._unlock is not None:
            return
        try:
            make_folder_durably(self.path, self._disk)
            handle = self._disk.lock(self.path)
        except Unsafe:
            self._unsafe = True
            raise
        except BlockingIOError as error:
            raise LogError(f"another writer has {self.path.name} open") from error
        except OSError as error:
            raise DiskError(f"{self.path.name} cannot be opened to write: {error.strerror or error}") from error
        self._unlock = weakref.finalize(self, os.close, handle)
        self._settled = {self.path}
        self._load()
        for path in list(self._left_over()):
            with contextlib.suppress(OSError):
                self._disk.remove(path)

    def _left_over(self) -> Iterator[Path]:
        """Yield the files that an interrupted append or publish left."""
        if temporary(self.path / CHECKPOINT).is_file():
            yield temporary(self.path / CHECKPOINT)
        for folder, _, names in os.walk(self.path / "tile"):
            for name in names:
                path = Path(folder, name)
                tile = parse_path(path.relative_to(self.path).as_posix())
                if (name.startswith(".") and name.endswith(TEMPORARY)) or (tile and self._is_beyond(*tile)):
                    yield path

    def _is_beyond(self, level: int | None, index: int, width: int) -> bool:
        held = width_at(level or 0, index, self._size)
        if width <= held:
            return False
        spell = entries_path if level is None else lambda number, count: tile_path(level, number, count)
        # A full tile may be all that is left of a part of it that is published.
        return held == 0 or (self.path / spell(index, held)).is_file()

    def _grow(self, entries: Sequence[bytes]) -> tuple[list[tuple[str, bytes]], list[bytes], list[list[bytes]]]:
        """Return the files that these entries add, the last bundle's entries, and the tiles' right edge."""
        files: list[tuple[str, bytes]] = []
        first, rows = self._size // TILE_WIDTH, [*self._tail, *entries]
        for number, start in enumerate(range(0, len(rows), TILE_WIDTH), first):
            chunk = rows[start : start + TILE_WIDTH]
            files.append((entries_path(number, len(chunk)), encode_bundle(chunk)))
        tail = rows[len(rows) - len(rows) % TILE_WIDTH :]
        edges, new = [], hash_leaves(entries)
        for level, edge in enumerate(self._edges):
            first = self._size >> (8 * (level + 1))
            files += _spell_row(level, first, [*edge, *new]) if new else []
            row = [*edge, *new]
            full = len(row) - len(row) % TILE_WIDTH
            new = [hash_row(row[start : start + TILE_WIDTH]) for start in range(0, full, TILE_WIDTH)]
            edges.append(row[full:])
        return files, tail, edges

    def _prune(self, old: int, new: int) -> None:
        """Take away the parts of tiles that have become full between two published sizes."""
        for level in range(MAX_LEVEL + 1):
            index, width = divmod(old >> (8 * level), TILE_WIDTH)
            if width and new >> (8 * level) >= (index + 1) * TILE_WIDTH:
                self._clear(self.path / (tile_path(level, index) + ".p"))
                if level == 0:
                    self._clear(self.path / (entries_path(index) + ".p"))

    def _clear(self, folder: Path) -> None:
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                self._disk.remove(path)
            self._disk.remove(folder)


def _spell_row(level: int, first: int, row: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of the tiles that hold a row of one level's hashes, from tile `first` on."""
    for number, start in enumerate(range(0, len(row), TILE_WIDTH), first):
        chunk = row[start : start + TILE_WIDTH]
        yield tile_path(level, number, len(chunk)), b"".join(chunk)
