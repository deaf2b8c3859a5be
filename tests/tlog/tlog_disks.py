"""Disks that count, fail, or lose what was not flushed."""

import errno
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from truceline.tlog.durability import Disk


class FailingDisk(Disk):
    """Fails the k-th call of one operation, counted from 1; or every call while `full`."""

    def __init__(self, operation: str = "", call: int = 0, error: int = errno.EIO) -> None:
        self.operation, self.call, self.error = operation, call, error
        self.calls: Counter[str] = Counter()
        self.full = False

    def _count(self, operation: str, path: Path) -> None:
        self.calls[operation] += 1
        if operation == self.operation and (self.full or self.calls[operation] == self.call):
            raise OSError(self.error, os.strerror(self.error), str(path))

    def put(self, handle: int, path: Path, data: bytes) -> None:
        if self.operation == "put" and (self.full or self.calls["put"] + 1 == self.call):
            super().put(handle, path, data[: len(data) // 2])
        self._count("put", path)
        super().put(handle, path, data)

    def write(self, path: Path, data: bytes) -> None:
        self._count("open", path)
        super().write(path, data)

    def flush(self, _handle: int, path: Path) -> None:
        self._count("flush", path)  # and no more: a test need not wait for the real disk

    def rename(self, source: Path, target: Path) -> None:
        self._count("rename", target)
        super().rename(source, target)

    def make_folder(self, path: Path) -> None:
        self._count("make", path)
        super().make_folder(path)


@dataclass
class Inode:
    """A file's bytes as they are, and as they are surely on disk (None: not at all)."""

    data: bytes
    flushed: bytes | None = None


@dataclass
class Names:
    """A folder's names as they are, and as they are surely on disk."""

    now: dict[str, object] = field(default_factory=dict)
    flushed: dict[str, object] = field(default_factory=dict)


class ForgettingDisk(Disk):
    """Keeps beside the real folder a model of what a power cut would leave; `flushes=False` is the canary.

    A file's bytes are safe after a flush of the file, a name after a flush of its folder. Of what is not
    safe, a cut keeps any part: some names, the old or the new file under a name, half a file or zeros.
    """

    def __init__(self, root: Path, flushes: bool = True) -> None:
        self.root, self.flushes = root, flushes
        self.folders: dict[Path, Names] = {root: Names()}
        self.operations = 0
        self.stop_after = -1

    def _step(self) -> None:
        self.operations += 1
        if self.operations == self.stop_after:
            raise PowerCut

    def put(self, handle: int, path: Path, data: bytes) -> None:
        super().put(handle, path, data)
        self.folders[path.parent].now[path.name] = Inode(data)
        self._step()

    def flush(self, _handle: int, path: Path) -> None:
        if self.flushes:
            if path in self.folders:
                names = self.folders[path]
                names.flushed = dict(names.now)
            elif path.parent in self.folders:
                inode = self.folders[path.parent].now[path.name]
                inode.flushed = inode.data
        self._step()

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self.folders[target.parent].now[target.name] = self.folders[source.parent].now.pop(source.name)
        self._step()

    def make_folder(self, path: Path) -> None:
        super().make_folder(path)
        self.folders[path] = Names()
        self.folders[path.parent].now[path.name] = path
        self._step()

    def remove(self, path: Path) -> None:
        super().remove(path)
        self.folders[path.parent].now.pop(path.name, None)
        self._step()

    def leave(self, place: Path, rng: random.Random) -> None:
        """Write what the disk holds after a power cut now, one of the many things that it may hold."""
        self._leave(self.root, place, rng)

    def _leave(self, folder: Path, place: Path, rng: random.Random) -> None:
        place.mkdir(parents=True, exist_ok=True)
        names = self.folders[folder]
        for name in {**names.now, **names.flushed}:
            choices = [side[name] for side in (names.now, names.flushed) if name in side]
            if len(choices) == 1 and rng.random() < 0.5:
                continue  # the name was not there yet, or is gone already
            left = rng.choice(choices)
            if isinstance(left, Inode):
                (place / name).write_bytes(left.flushed if left.flushed is not None else _torn(left.data, rng))
            else:
                self._leave(left, place / name, rng)


def _torn(data: bytes, rng: random.Random) -> bytes:
    kind = rng.randrange(4)
    if kind == 0:
        return data
    cut = rng.randrange(len(data) + 1)
    return b"" if kind == 1 else data[:cut] if kind == 2 else data[:cut] + bytes(len(data) - cut)


class PowerCut(Exception):  # noqa: N818
    """The power is gone."""
