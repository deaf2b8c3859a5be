"""From statements that wait to a signed tree head: openings, leaves, checkpoint, cosignatures."""

import contextlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from truceline.record.keys import Keys
from truceline.record.openings import (
    PER_FILE,
    REMOVED,
    Opening,
    join_lines,
    openings_path,
    parse_path,
    read_lines,
    read_opening,
)
from truceline.record.statements import make_leaf, make_nonce
from truceline.tlog.checkpoints import Checkpoint
from truceline.tlog.durability import TEMPORARY, Disk, write_all_durably, write_durably
from truceline.tlog.errors import TileError
from truceline.tlog.folder import LogFolder
from truceline.tlog.notes import sign_note
from truceline.tlog.tiles import read_entries


def append_statements(log: LogFolder, statements: Sequence[bytes], secret: bytes, disk: Disk) -> None:
    """Put statements at the log's end, their openings first; nobody sees them before a checkpoint says so.

    The same statements at the same place make the same bytes, so whatever a crash left is written over.
    """
    first = log.size
    made = [Opening(make_nonce(secret, data, place), data) for place, data in enumerate(statements, first)]
    number, width = divmod(first, PER_FILE)
    lines = [*read_tail(log, number, width), *(opening.line for opening in made)]
    files = []
    for place in range(0, len(lines), PER_FILE):
        part = lines[place : place + PER_FILE]
        files.append((log.path / openings_path(number + place // PER_FILE, len(part)), join_lines(part)))
    write_all_durably(files, disk)
    log.append([make_leaf(opening.nonce, opening.data) for opening in made])


def read_tail(log: LogFolder, number: int, width: int) -> list[bytes]:
    """Return the lines of the unfinished file of openings; raises `TileError` where they open other leaves."""
    if not width:
        return []
    try:
        lines = read_lines(log.path, number, width)
        opened = [read_opening(line) for line in lines]
    except (OSError, ValueError) as error:
        raise TileError(f"{openings_path(number, width)}: {error}; audit the record") from error
    for opening, entry in zip(opened, read_entries(log, number, width), strict=True):
        if opening is not None and make_leaf(opening.nonce, opening.data) != entry:
            raise TileError(f"{openings_path(number, width)} does not open the leaves of the log: audit the record")
    return lines


def sign_head(log: LogFolder, keys: Keys) -> str:
    """Return the signed checkpoint of all that was appended; the key remembers it before anybody sees it."""
    note = sign_note(Checkpoint(keys.origin, log.size, log.root).text, [keys.signer])
    keys.write_signed(note)
    return note


def prune_openings(home: Path, old: int, new: int, disk: Disk) -> None:
    """Take away the parts of an openings file that the checkpoint of size `new` has replaced by larger ones."""
    number, width = divmod(old, PER_FILE)
    folder = home / (openings_path(number) + ".p")
    if not width or new == old or not folder.is_dir():
        return
    with contextlib.suppress(OSError):  # what cannot be removed is the beginning of the newer one, and does no harm
        for path in sorted(folder.iterdir()):
            if path != home / openings_path(number, min(PER_FILE, new - number * PER_FILE)):
                disk.remove(path)
        if not any(folder.iterdir()):
            disk.remove(folder)


def clear_left_over(home: Path, size: int, disk: Disk) -> None:
    """Take away what a crash left: half-written files, and openings beyond the checkpoint."""
    for path in sorted(home.glob("blobs/??/.*" + TEMPORARY)) + sorted(home.glob("stamps/.*" + TEMPORARY)):
        with contextlib.suppress(OSError):
            disk.remove(path)
    for folder, _, names in os.walk(home / "openings"):
        for name in names:
            path = Path(folder, name)
            named = parse_path(path.relative_to(home).as_posix())
            if name.startswith(".") or (named and named[1] > min(PER_FILE, size - named[0] * PER_FILE)):
                with contextlib.suppress(OSError):
                    disk.remove(path)


def blank_openings(home: Path, size: int, leaves: Collection[int], disk: Disk) -> None:
    """Put {"removed":true} in the place of what these leaves open; raises OSError or ValueError where it cannot."""
    for number in sorted({leaf // PER_FILE for leaf in leaves}):
        width = min(PER_FILE, size - number * PER_FILE)
        first = number * PER_FILE
        lines = [
            REMOVED if leaf in leaves else line for leaf, line in enumerate(read_lines(home, number, width), first)
        ]
        write_durably(home / openings_path(number, width), join_lines(lines), disk)
