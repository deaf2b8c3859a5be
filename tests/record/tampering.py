"""Seeded tamperings of an output folder, each of which can be undone."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tampering:
    """One change: what it is, the files where it may be found, and how to undo it."""

    what: str
    paths: set[str]
    undo: Callable[[], None] = field(repr=False)


def files_of(out: Path) -> list[Path]:
    """All files but those under record/state, in order."""
    state = out / "record" / "state"
    return [path for path in sorted(out.rglob("*")) if path.is_file() and state not in path.parents]


def tamper(out: Path, chance: random.Random) -> Tampering:
    """Change one thing: flip, cut, insert, swap or take away a bit, a row, a line, a file."""
    while True:
        kind = chance.choice(KINDS)
        path = pick(out, chance)
        before = path.read_bytes()
        after = kind(before, path, chance, out)
        if after != before and not (after is None and is_spare(path)):
            return change(path, kind.__name__.strip("_"), before, after, out)


def pick(out: Path, chance: random.Random) -> Path:
    """Return a file, each kind of file as likely as any other."""
    groups: dict[str, list[Path]] = {}
    for path in files_of(out):
        parts = path.relative_to(out).parts
        groups.setdefault("/".join(parts[:3]) if parts[:2] == ("record", "tile") else "/".join(parts[:2]), []).append(
            path
        )
    return chance.choice(groups[chance.choice(sorted(groups))])


def change(path: Path, what: str, before: bytes, after: bytes | None, out: Path) -> Tampering:
    mode = path.stat().st_mode
    path.chmod(0o644)
    if after is None:
        path.unlink()
    else:
        path.write_bytes(after)

    def undo() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(before)
        path.chmod(mode)

    name = path.relative_to(out).as_posix()
    return Tampering(f"{what} {name}", {name, *vouchers(name)}, undo)


def vouchers(name: str) -> set[str]:
    """Return files that a fault may name instead: who takes a full bundle away finds its part missing."""
    return {name.partition(".p/")[0]} if ".p/" in name else set()


def is_spare(path: Path) -> bool:
    """Whether this is part of a tile of an older size, which anybody may take away (tlog-tiles: "MAY delete")."""
    return path.parent.suffix == ".p" and path.name != max((p.name for p in path.parent.iterdir()), key=int)


def flip(data: bytes, path: Path, chance: random.Random, out: Path) -> bytes:
    if not data:
        return b"x"
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def cut(data: bytes, path: Path, chance: random.Random, out: Path) -> bytes:
    return data[: chance.randrange(len(data))] if data else b"x"


def insert(data: bytes, path: Path, chance: random.Random, out: Path) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.randbytes(chance.randint(1, 40)) + data[place:]


def drop(data: bytes, path: Path, chance: random.Random, out: Path) -> bytes:
    """Take some bytes out of the middle: a row, or the size of one."""
    place, size = chance.randrange(len(data) + 1), chance.choice([1, 32, 89])
    return data[:place] + data[place + size :]


def swap(data: bytes, path: Path, chance: random.Random, out: Path) -> bytes:
    """Swap two lines, or two rows of 32 bytes."""
    rows = data.splitlines(keepends=True) if path.parts[-2] != "0" and b"\n" in data else split(data, 32)
    if len(rows) < 2:
        return data
    one, two = chance.sample(range(len(rows)), 2)
    rows[one], rows[two] = rows[two], rows[one]
    return b"".join(rows)


def copy(data: bytes, path: Path, chance: random.Random, out: Path) -> bytes:
    """Put another file's bytes in its place."""
    return chance.choice(files_of(out)).read_bytes()


def empty(data: bytes, path: Path, chance: random.Random, out: Path) -> bytes:
    return b""


def delete(data: bytes, path: Path, chance: random.Random, out: Path) -> None:
    return None


KINDS = (flip, flip, flip, cut, insert, drop, swap, copy, empty, delete)


def split(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]
