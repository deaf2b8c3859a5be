"""What is acknowledged is on disk: temporary file → flush → rename → flush of the folder.

All that the log asks of a disk goes through one small object, so that a test can count, fail or lose it.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from truceline.tlog.errors import DiskError, Unsafe

TEMPORARY = ".new"


class Disk:
    """The operations of a disk, as plain as the system has them; each raises `OSError`."""

    def read(self, path: Path, limit: int) -> bytes:
        """Return the bytes of a regular file, not followed through a symbolic link, of at most `limit` bytes."""
        # O_NONBLOCK: a pipe in place of a file must not hold the reader for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(f"{path.name} is not a regular file")
            parts, left = [], limit + 1
            while left and (part := os.read(handle, min(left, 1 << 20))):
                parts.append(part)
                left -= len(part)
        finally:
            os.close(handle)
        if not left:
            raise OSError(f"{path.name} has more than {limit} bytes")
        return b"".join(parts)

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file and flush it; raises `Unsafe` where the flush fails."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            self.put(handle, path, data)
            self._flush(handle, path)
        finally:
            os.close(handle)

    def put(self, handle: int, path: Path, data: bytes) -> None:  # noqa: ARG002 - a recording disk wants the path
        """Write all bytes to an open file."""
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]

    def flush(self, handle: int, path: Path) -> None:  # noqa: ARG002 - a recording disk wants the path
        """Return when the file or folder is on disk."""
        os.fsync(handle)

    def flush_folder(self, path: Path) -> None:
        """Return when the names in a folder are on disk; raises `Unsafe` where the flush fails."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._flush(handle, path)
        finally:
            os.close(handle)

    def _flush(self, handle: int, path: Path) -> None:
        try:
            self.flush(handle, path)
        except OSError as error:
            # The system may have dropped what it could not write, and reports it once: to try again proves nothing.
            raise Unsafe(f"{path.name}: could not be flushed: {error.strerror}; open the log anew") from error

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in another's place, at once."""
        source.replace(target)

    def make_folder(self, path: Path) -> None:
        """Make one folder, if it is not there."""
        path.mkdir(exist_ok=True)

    def remove(self, path: Path) -> None:
        """Remove one file or one empty folder."""
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()

    def lock(self, path: Path) -> int:
        """Return an open handle to a folder that nobody else has locked; closing it unlocks."""
        import fcntl  # not on every system, and only a writer needs it

        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(handle)
            raise
        return handle


DISK = Disk()


def temporary(path: Path) -> Path:
    """Return the name under which a file is written before it takes its place."""
    return path.with_name(f".{path.name}{TEMPORARY}")


def write_durably(path: Path, data: bytes, disk: Disk = DISK) -> None:
    """Write one file so that it is on disk, whole, when this returns; its folder and those above are made.

    Raises `DiskError` where nothing changed and one may try again, `Unsafe` where nobody knows.
    """
    write_all_durably([(path, data)], disk)


def write_all_durably(files: Sequence[tuple[Path, bytes]], disk: Disk = DISK, settled: set[Path] | None = None) -> None:
    """Write files as `write_durably` does, with one flush for each file and each folder.

    After a fault any of them may have taken its place, but each is whole: what must change together
    needs one more file, written afterwards, that says so. `settled` are folders whose own names are known to be
    on disk; it grows. Without it a folder that is there counts as settled, though a process that was killed
    may have made it just before: whoever writes much into deep folders keeps the set.
    """
    try:
        new: set[Path] = set()
        folders = _make_folders({path.parent for path, _ in files}, disk, settled, new)
        for path, data in files:
            disk.write(temporary(path), data)
        for path, _ in files:
            disk.rename(temporary(path), path)
        for folder in sorted(folders):
            disk.flush_folder(folder)
    except Unsafe:
        raise
    except OSError as error:
        _clear(files, disk)
        raise refused(error) from error
    if settled is not None:
        settled |= new


def refused(error: OSError) -> DiskError:
    """Return what to raise where the disk refused and nothing was acknowledged."""
    place = error.filename or "the disk"
    return DiskError(f"{place}: {error.strerror or error}; nothing was acknowledged")


def make_folder_durably(path: Path, disk: Disk = DISK) -> None:
    """Make a folder and those above it, so that their names are on disk; raises `DiskError` or `Unsafe`."""
    try:
        for folder in sorted(_make_folders({path}, disk, None, set()) | {path.parent}):
            disk.flush_folder(folder)
    except Unsafe:
        raise
    except OSError as error:
        raise refused(error) from error


def _make_folders(wanted: Iterable[Path], disk: Disk, settled: set[Path] | None, new: set[Path]) -> set[Path]:
    """Make folders and those above them; return all that want a flush, and add those whose names it settles."""
    folders = set(wanted)
    for folder in list(folders):
        lacking = []
        while not folder.is_dir() or (settled is not None and folder not in settled | new):
            if not folder.is_dir():
                lacking.append(folder)
            new.add(folder)
            folders.add(folder.parent)
            folder = folder.parent
        for missing in reversed(lacking):
            disk.make_folder(missing)
    return folders


def _clear(files: Sequence[tuple[Path, bytes]], disk: Disk) -> None:
    for path, _ in files:
        with contextlib.suppress(OSError):
            disk.remove(temporary(path))
