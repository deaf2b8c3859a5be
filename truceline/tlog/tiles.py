"""Names and contents of tiles and entry bundles (c2sp.org/tlog-tiles).

A tile holds up to 256 hashes of one level; the hash of a full tile stands in the level above. A
bundle holds the entries under one tile of level 0, each after its length as two bytes, big-endian.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from truceline.tlog.errors import MissingTile, TileError
from truceline.tlog.hashing import HASH_BYTES

TILE_WIDTH = 256
MAX_ENTRY_BYTES = 65_535
MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)
MAX_LEVEL = 7  # 256⁸ leaves are more than a size below 2⁶³ can count


class Reader(Protocol):
    """Where tiles come from: a folder, a server, a dictionary in a test."""

    def read(self, path: str) -> bytes:
        """Return the bytes at a path such as "tile/0/000"; raises `MissingTile` where there is nothing."""
        ...


def _spell_index(index: int, width: int) -> str:
    if index < 0 or not 1 <= width <= TILE_WIDTH:
        raise TileError(f"no tile {index} of width {width}: an index starts at 0, a width is 1 to {TILE_WIDTH}")
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups)) + (f".p/{width}" if width < TILE_WIDTH else "")


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile, for example "tile/0/x001/x234/067" or "tile/1/000.p/17"."""
    if not 0 <= level <= 63:
        raise TileError(f"no level {level}: levels are 0 to 63")
    return f"tile/{level}/{_spell_index(index, width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of an entry bundle, for example "tile/entries/000.p/3"."""
    return f"tile/entries/{_spell_index(index, width)}"


_TILE = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def parse_path(path: str) -> tuple[int | None, int, int] | None:
    """Return (level, index, width) of a tile's path, with level None for a bundle's; None for any other path."""
    match = _TILE.fullmatch(path)
    if match is None or len(path) > 100:
        return None
    level = None if match[1] == "entries" else int(match[1])
    index, width = int(match[2].replace("/", "").replace("x", "")), int(match[3] or TILE_WIDTH)
    if (match[3] and width >= TILE_WIDTH) or (match[2].startswith("x000")):
        return None
    return level, index, width


def width_at(level: int, index: int, size: int) -> int:
    """Return how many hashes (0 to 256) a tile has in a tree of `size` leaves."""
    return min(TILE_WIDTH, max(0, (size >> (8 * level)) - index * TILE_WIDTH))


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, index, width) of every tile that a tree of `size` leaves has, level by level."""
    for level in range(MAX_LEVEL + 1):
        count = size >> (8 * level)
        for index in range(-(-count // TILE_WIDTH)):
            yield level, index, min(TILE_WIDTH, count - index * TILE_WIDTH)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return a bundle of 1 to 256 entries; raises `TileError` for an entry above 65,535 bytes."""
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise TileError(f"a bundle holds 1 to {TILE_WIDTH} entries, not {len(entries)}")
    parts: list[bytes] = []
    for entry in entries:
        check_entry(entry)
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def check_entry(entry: bytes) -> None:
    """Raise `TileError` for an entry that is too long for its two bytes of length."""
    if len(entry) > MAX_ENTRY_BYTES:
        raise TileError(f"an entry has at most {MAX_ENTRY_BYTES} bytes, this one has {len(entry)}")


def decode_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle; raises `TileError` where it is cut off or holds more than 256."""
    entries: list[bytes] = []
    place, end = 0, len(data)
    while place < end:
        start = place + 2
        place = start + int.from_bytes(data[place:start], "big")
        if start > end or place > end or len(entries) == TILE_WIDTH:
            raise TileError(f"entry {len(entries)} of a bundle of {end} bytes ends at {place}, or is one too many")
        entries.append(data[start:place])
    return entries


def split_hashes(data: bytes) -> list[bytes]:
    """Return the hashes of a tile, 32 bytes each; raises `TileError` for another length."""
    if len(data) % HASH_BYTES or not 1 <= len(data) // HASH_BYTES <= TILE_WIDTH:
        raise TileError(f"a tile has 1 to {TILE_WIDTH} hashes of {HASH_BYTES} bytes, this one has {len(data)} bytes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def read_hashes(reader: Reader, level: int, index: int, width: int) -> list[bytes]:
    """Return the first `width` hashes of a tile; where that width is gone, from the full tile."""
    try:
        data = reader.read(tile_path(level, index, width))
    except MissingTile:
        if width == TILE_WIDTH:
            raise
        data = reader.read(tile_path(level, index))[: width * HASH_BYTES]
    hashes = split_hashes(data)
    if len(hashes) != width:
        raise TileError(f"{tile_path(level, index, width)}: expected {width} hashes, found {len(hashes)}")
    return hashes


def read_entries(reader: Reader, index: int, width: int) -> list[bytes]:
    """Return the first `width` entries of a bundle; where that width is gone, from the full bundle."""
    try:
        entries = decode_bundle(reader.read(entries_path(index, width)))
    except MissingTile:
        if width == TILE_WIDTH:
            raise
        entries = decode_bundle(reader.read(entries_path(index)))[:width]
    if len(entries) != width:
        raise TileError(f"{entries_path(index, width)}: expected {width} entries, found {len(entries)}")
    return entries


def read_entry(reader: Reader, index: int, size: int) -> bytes:
    """Return one entry of a log of `size` entries; raises `TileError` where it is not there."""
    if not 0 <= index < size:
        raise TileError(f"no entry {index} in a log of {size}")
    bundle, place = divmod(index, TILE_WIDTH)
    return read_entries(reader, bundle, width_at(0, bundle, size))[place]
