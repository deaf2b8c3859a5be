"""Files into a folder or a zip that tells their names and contents alone: no times, no owners, no order of making.

The same files give the same bytes, on every system and with every version of every library: a zip is not compressed.
"""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

CHUNK = 1 << 20
_THEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip knows
_FILE = 0o100644 << 16  # a plain file that all may read


@dataclass(frozen=True, slots=True)
class Original:
    """A file to be packed as it is: where it lies, and the SHA-256 that it must have, None for any."""

    path: Path
    digest: str | None = None


Part = bytes | Original
"""The content of a file of a package, or the file that holds it."""


def write_folder(target: Path, parts: Mapping[str, Part]) -> None:
    """Write files by their paths into a new folder, whole or not at all; raises OSError as `copy_part` does too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
    try:
        for path, part in parts.items():
            place = partial / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as stream:
                copy_part(part, stream)
            place.chmod(0o644)
        for place in [*partial.rglob("*"), partial]:
            os.utime(place, (0, 0))
        partial.chmod(0o755)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_zip(target: Path, parts: Mapping[str, Part]) -> None:
    """Write files by their paths into a new zip in order of names, whole or not at all; raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.partial-", dir=target.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
            for path, part in sorted(parts.items()):
                info = zipfile.ZipInfo(path, _THEN)
                info.create_system, info.external_attr = 3, _FILE
                info.file_size = len(part) if isinstance(part, bytes) else part.path.stat().st_size
                with packed.open(info, "w") as place:
                    copy_part(part, place)
        partial.chmod(0o644)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def copy_part(part: Part, place: IO[bytes]) -> None:
    """Write a part; raises OSError where a file is a link, or has not the digest that it had when it was chosen.

    A run may put its outputs in the place of those that were chosen: others than were asked for must not leave.
    """
    if isinstance(part, bytes):
        place.write(part)
        return
    seal = sha256()
    with os.fdopen(os.open(part.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as source:
        while chunk := source.read(CHUNK):
            seal.update(chunk)
            place.write(chunk)
    if part.digest not in (None, seal.hexdigest()):
        raise OSError(None, f"{part.path.name} changed while it was packed")
