# ruff: noqa: ARG002, N802 - SQLite says what the methods are called, and what they take
"""A disk that loses what was not flushed when the power fails: for SQLite a file system in memory, for files a `Disk`.

Both count their operations together; at the one that is chosen the power fails: neither it nor a later one is
on disk, and of every sector, name and removal that no flush came after, chance says what is left. SQLite goes on
unaware on files that nobody will see again, so nothing that it says from then on counts: look at `Power.off`.
"""

import contextlib
import copy
import os
import random
from collections.abc import Callable
from pathlib import Path

import apsw

from truceline.record.blobs import CHUNK, CopyingDisk

SECTOR = 512
NAME = "losing"


class PowerCut(BaseException):
    """The power failed; nobody may catch it."""


class Power:
    """Counts operations and fails at the chosen one."""

    def __init__(self, seed: int, lasts: float = float("inf")) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nothing secret
        self.lasts = lasts
        self.operations = 0
        self.at_the_cut: list[Callable[[], None]] = []

    @property
    def off(self) -> bool:
        return self.operations >= self.lasts

    def spend(self) -> None:
        if not self.off:
            self.operations += 1
            if self.off:
                for act in self.at_the_cut:
                    act()


class _Held:
    """What a file of the simulated disk holds: what is safe, and what was written since."""

    def __init__(self) -> None:
        self.safe = b""
        self.now = bytearray()
        self.dirty: set[int] = set()
        self.named = False  # the name is on disk

    def write(self, data: bytes, offset: int) -> None:
        if len(self.now) < offset:
            self.now += bytes(offset - len(self.now))
        self.now[offset : offset + len(data)] = data
        self.dirty.update(range(offset // SECTOR, -(-(offset + len(data)) // SECTOR)))

    def flush(self) -> None:
        self.safe, self.dirty = bytes(self.now), set()

    def lose(self, chance: random.Random) -> "_Held":
        """Keep of the sectors that were not flushed those that chance keeps, in whatever order they went out."""
        size = chance.choice([len(self.now), len(self.safe), max(len(self.now), len(self.safe))])
        left = bytearray(self.safe[:size].ljust(size, b"\0"))
        for sector in sorted(self.dirty):
            start = sector * SECTOR
            if chance.random() < 0.5 and start < size:
                part = bytes(self.now[start : start + SECTOR])[: size - start]
                if chance.random() < 0.1:  # a torn sector
                    part = part[: chance.randrange(len(part) + 1)]
                left[start : start + len(part)] = part
        after = _Held()
        after.now = left
        after.flush()
        after.named = True
        return after


class LosingVfs(apsw.VFS):
    """SQLite's files, in memory. Registers itself under its name; keep a reference to it."""

    def __init__(self, power: Power, name: str = NAME) -> None:
        self.power = power
        self.files: dict[str, _Held] = {}
        self.removed: dict[str, _Held] = {}
        self.left: tuple[dict[str, _Held], dict[str, _Held]] | None = None
        power.at_the_cut.append(self._freeze)
        self.fails_at_flush = 0
        self.flushes = 0
        self.vfs_name = name
        super().__init__(name, "")

    def restart(self, name: str) -> "LosingVfs":
        """Return the file system as it is when the power is back: chance has decided what is left."""
        chance = self.power.chance
        after = LosingVfs(Power(chance.randrange(1 << 30)), name)
        if self.left is None:
            self._freeze()
        files, removed = self.left
        for path, held in removed.items():
            if chance.random() < 0.5:
                files.setdefault(path, held)
        for path, held in files.items():
            if held.named or chance.random() < 0.5:
                after.files[path] = held.lose(chance)
        return after

    def _freeze(self) -> None:
        self.left = copy.deepcopy((self.files, self.removed))

    def xOpen(self, name, flags):
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return _File(self, path, self.files.setdefault(path, _Held()))

    def xDelete(self, name, syncdir):
        self.power.spend()
        held = self.files.pop(name, None)
        if held is not None and not syncdir:
            self.removed[name] = held

    def xAccess(self, name, flags):
        return name in self.files

    def xFullPathname(self, name):
        return name


class _File:
    def __init__(self, vfs: LosingVfs, path: str, held: _Held) -> None:
        self.vfs, self.path, self.held, self.folder_flushed = vfs, path, held, False

    def xRead(self, amount, offset):
        return bytes(self.held.now[offset : offset + amount])

    def xWrite(self, data, offset):
        self.vfs.power.spend()
        self.held.write(bytes(data), offset)

    def xTruncate(self, size):
        self.vfs.power.spend()
        self.held.dirty.update(range(size // SECTOR, -(-len(self.held.now) // SECTOR)))
        del self.held.now[size:]

    def xSync(self, flags):
        self.vfs.power.spend()
        self.vfs.flushes += 1
        if self.vfs.flushes == self.vfs.fails_at_flush:
            raise apsw.IOError("the flush failed")
        self.held.flush()
        if self.path.endswith(("-wal", "-journal")) and not self.folder_flushed:
            self.folder_flushed = True  # SQLite does so once, after the first flush of such a file
            self.vfs.removed.clear()
            for held in self.vfs.files.values():
                held.named = True

    def xFileSize(self):
        return len(self.held.now)

    def xFileControl(self, op, pointer):
        return False

    def xSectorSize(self):
        return SECTOR

    def xDeviceCharacteristics(self):
        return 0

    def xCheckReservedLock(self):
        return False

    def xLock(self, level):
        pass

    def xUnlock(self, level):
        pass

    def xClose(self):
        pass


class LosingDisk(CopyingDisk):
    """Real files, whose names and bytes are lost where no flush came after."""

    def __init__(self, power: Power) -> None:
        self.power = power
        self.unflushed: set[Path] = set()
        self.undone: list[tuple[Path, Callable[[], None]]] = []  # the folder whose flush makes it last, how to undo it

    def _spend(self) -> None:
        self.power.spend()
        if self.power.off:
            raise PowerCut

    def lock(self, path):
        """Return an open folder, unlocked: a process whose power failed holds no lock."""
        return os.open(path, os.O_RDONLY)

    def put(self, handle, path, data):
        self._spend()
        self.unflushed.add(path)
        super().put(handle, path, data)

    def copy(self, source, target, path):
        while chunk := os.read(source, CHUNK):
            self.put(target, path, chunk)

    def flush(self, handle, path):
        self._spend()
        if path.is_dir():
            self.undone = [(folder, undo) for folder, undo in self.undone if folder != path]
        self.unflushed.discard(path)

    def rename(self, source, target):
        self._spend()
        old = target.read_bytes() if target.exists() else None
        mode = source.stat().st_mode

        def undo() -> None:
            if target.exists():
                target.rename(source)
                source.chmod(mode)
            if old is not None:
                target.write_bytes(old)

        super().rename(source, target)
        self.undone.append((target.parent, undo))

    def make_folder(self, path):
        self._spend()
        if not path.exists():
            self.undone.append((path.parent, lambda: _remove_folder(path)))
        super().make_folder(path)

    def remove(self, path):
        self._spend()
        if path.is_file():
            data, mode = path.read_bytes(), path.stat().st_mode

            def undo() -> None:
                if path.parent.is_dir():
                    path.write_bytes(data)
                    path.chmod(mode)

            self.undone.append((path.parent, undo))
        super().remove(path)

    def lose(self) -> None:
        """Undo what chance undoes, newest first."""
        chance = self.power.chance
        for _, undo in reversed(self.undone):
            if chance.random() < 0.5:
                with contextlib.suppress(FileNotFoundError):
                    undo()
        for path in sorted(self.unflushed):
            if path.exists():
                data = path.read_bytes()
                path.chmod(0o644)
                path.write_bytes(data[: chance.randrange(len(data) + 1)])


def _remove_folder(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)
