"""Original bytes, kept under their SHA-256: `blobs/<first two digits>/<digest>`, read-only, never changed.

A copy is taken before anyone parses the file, and the digest is that of the copy: whatever happens to the
original while it is read, the record says what it holds.
"""

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from truceline.tlog.durability import Disk, temporary
from truceline.tlog.errors import DiskError, Unsafe

CHUNK = 1 << 20
READ_ONLY = 0o444


class BlobError(ValueError):
    """A file cannot be kept: it is no plain file, or its place is taken by other bytes."""


class CopyingDisk(Disk):
    """A disk that also copies files: by reference where the file system can (reflink), else in the kernel."""

    def copy(self, source: int, target: int, path: Path) -> None:
        """Copy all bytes of one open file to another, empty one."""
        if hasattr(os, "copy_file_range"):
            with contextlib.suppress(OSError):  # not every pair of file systems can
                while os.copy_file_range(source, target, 1 << 30):
                    pass
        done = os.fstat(target).st_size
        os.lseek(source, done, os.SEEK_SET)
        os.lseek(target, done, os.SEEK_SET)
        while chunk := os.read(source, CHUNK):
            self.put(target, path, chunk)


COPYING_DISK = CopyingDisk()


@dataclass(frozen=True, slots=True)
class Blob:
    """Kept bytes: digest, size, and where they lie. `new` tells that they were not there before."""

    digest: str
    size_bytes: int
    path: Path
    new: bool


def blob_path(digest: str) -> str:
    """Return where the bytes with this digest lie, relative to the record's folder."""
    return f"blobs/{digest[:2]}/{digest}"


def keep_blob(home: Path, source: Path, disk: CopyingDisk = COPYING_DISK) -> Blob:
    """Keep a copy of a file, on disk when this returns; what is kept already is not written again.

    Raises BlobError for what is no plain file and where other bytes lie in the copy's place, `DiskError`
    where the disk refused (nothing was kept), `Unsafe` where a flush failed.
    """
    handle = _open_plain(source)
    try:
        digest, size = _digest(handle)
        path = home / blob_path(digest)
        if _is_kept(path, digest):
            return Blob(digest, size, path, new=False)
        return _take(home, handle, path, disk)
    except Unsafe:
        raise
    except OSError as error:
        raise DiskError(f"{source.name} could not be kept: {error.strerror or error}") from error
    finally:
        os.close(handle)


def digest_file(path: Path) -> tuple[str, int]:
    """Return SHA-256 (hex) and size of a plain file, not followed through a link; raises OSError or BlobError."""
    handle = _open_plain(path, os.O_NOFOLLOW)
    try:
        return _digest(handle)
    finally:
        os.close(handle)


def _open_plain(path: Path, flags: int = 0) -> int:
    # O_NONBLOCK: a pipe in place of a file must not hold the reader for ever.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise BlobError(f"{path.name} is a link, not a plain file") from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BlobError(f"{path.name} is not a plain file")
    return handle


def _digest(handle: int) -> tuple[str, int]:
    seal, size = sha256(), 0
    os.lseek(handle, 0, os.SEEK_SET)
    while chunk := os.read(handle, CHUNK):
        seal.update(chunk)
        size += len(chunk)
    return seal.hexdigest(), size


def _is_kept(path: Path, digest: str) -> bool:
    """Whether the bytes are kept; raises BlobError where others lie in their place, and leaves them there."""
    try:
        found, _ = digest_file(path)
    except FileNotFoundError:
        return False
    if found != digest:
        raise BlobError(
            f"{path.name} holds other bytes, with SHA-256 {found}: look into it before anything is recorded"
        )
    return True


def _take(home: Path, source: int, path: Path, disk: CopyingDisk) -> Blob:
    for folder in (home, path.parent.parent, path.parent):
        disk.make_folder(folder)
    part = temporary(path)
    with contextlib.suppress(FileNotFoundError):
        disk.remove(part)
    target = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.lseek(source, 0, os.SEEK_SET)
        disk.copy(source, target, part)
        digest, size = _digest(target)
        os.fchmod(target, READ_ONLY)
        _flush(disk, target, part)
    except BaseException:
        with contextlib.suppress(OSError):
            disk.remove(part)
        raise
    finally:
        os.close(target)
    return _place(home, part, Blob(digest, size, home / blob_path(digest), new=True), disk)


def _place(home: Path, part: Path, blob: Blob, disk: CopyingDisk) -> Blob:
    """Give the copy its name: another one than expected where the original changed while it was read."""
    if not _is_kept(blob.path, blob.digest):
        disk.make_folder(blob.path.parent)
        disk.rename(part, blob.path)
    else:
        disk.remove(part)
    for folder in (part.parent, blob.path.parent, home / "blobs", home):
        disk.flush_folder(folder)
    return blob


def _flush(disk: Disk, handle: int, path: Path) -> None:
    try:
        disk.flush(handle, path)
    except OSError as error:
        raise Unsafe(f"{path.name}: could not be flushed: {error.strerror}; open the record anew") from error
