"""Which zones hold a position? All zones at once, for columns of positions.

A zone is a polygon or multipolygon with holes, in degrees of longitude and latitude, its edges
straight in them (RFC 7946); it is closed: a point on its boundary is inside. The answer is the one
that `shapely.intersects_xy` gives, for every point, at 50 to 100 times its speed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from truceline.kernels import zones_reference
from truceline.kernels.backend import find_compiled
from truceline.kernels.outlines import check_zones, lay, list_edges
from truceline.kernels.ranges import over_ranges, split

__all__ = ["Masks", "Pairs", "ZoneIndex"]

_BLOCK = 1 << 20  # pairs that one call may write

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Masks:
    """For each position one bit a zone.

    `words` is (positions, words): zone z is bit z % 64 of word z // 64. `strays` are the numbers of
    the positions that are not on the globe (NaN, infinite, |longitude| > 180, |latitude| > 90).
    """

    words: NDArray[np.uint64]
    strays: NDArray[np.int64]

    def holds(self, zone: int) -> NDArray[np.bool_]:
        """Return for each position whether the zone holds it."""
        held: NDArray[np.bool_] = (self.words[:, zone // 64] >> np.uint64(zone % 64)) & np.uint64(1) != 0
        return held


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every (position, zone) with the position inside the zone, ordered by position, then zone.

    `strays` as in `Masks`.
    """

    position: NDArray[np.int64]
    zone: NDArray[np.uint32]
    strays: NDArray[np.int64]


class ZoneIndex:
    """Any number of zones, made ready to be asked. It does not change; threads and processes may share it."""

    lines = False

    def __init__(self, zones: Sequence[BaseGeometry]) -> None:
        """Lay the zones on a grid; raises FormError for one that cannot be used (see `check_zones`)."""
        self.shapes = check_zones(zones)
        self.compiled = find_compiled()
        self.grid = None if self.compiled is None else lay(self.compiled, *list_edges(self.shapes), len(self))

    def __len__(self) -> int:
        return len(self.shapes)

    def __reduce__(self) -> tuple[type["ZoneIndex"], tuple[list[BaseGeometry]]]:
        return ZoneIndex, (list(self.shapes),)

    @property
    def nbytes(self) -> int:
        """Bytes of the grid, beside the shapes."""
        return 0 if self.compiled is None else int(self.compiled.size(self.grid))

    @property
    def word_count(self) -> int:
        """Words of 64 bits that a mask of all zones takes."""
        return max(1, -(-len(self) // 64))

    def masks(self, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None) -> Masks:
        """Return for each position the zones that hold it, as bits.

        `lon`, `lat`: degrees, of equal length; NaN, infinity and what lies off the globe is in no
        zone that lies on it, and reported. `threads`: how many, by default as there are processors.
        For many zones `pairs` needs less memory.
        """
        x, y = _columns(lon, lat)
        words = np.empty((len(x), self.word_count), dtype=np.uint64)
        if self.compiled is None:
            zones_reference.fill_masks(self.shapes, x, y, words)
            return Masks(words, _strays(x, y))
        kernel = self.compiled.masks

        def work(first: int, end: int) -> int:
            return int(kernel(self.grid, x[first:end], y[first:end], words[first:end], self.word_count))

        lost = sum(over_ranges(work, split(len(x), threads), threads))
        return Masks(words, _strays(x, y) if lost else _NONE)

    def pairs(self, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None) -> Pairs:
        """Return every (position, zone) with the position inside the zone; arguments as for `masks`."""
        x, y = _columns(lon, lat)
        if self.compiled is None:
            return Pairs(*zones_reference.list_pairs(self.shapes, x, y), _strays(x, y))
        blocks: list[_Block] = []
        for part in over_ranges(lambda first, end: self._blocks(x, y, first, end), split(len(x), threads), threads):
            blocks.extend(part)
        lost = sum(block[2] for block in blocks)
        return Pairs(*_join(blocks), _strays(x, y) if lost else _NONE)

    def _blocks(self, lon: Floats, lat: Floats, first: int, end: int) -> list["_Block"]:
        kernel = self.compiled.pairs  # type: ignore[union-attr]
        blocks: list[_Block] = []
        while first < end:
            room = min(2 * (end - first) + 1024, _BLOCK) + len(self)
            position, zone = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.uint32)
            done, written, lost = kernel(self.grid, lon[first:end], lat[first:end], first, position, zone)
            blocks.append((position[:written], zone[:written], lost))
            first += done
        return blocks


_Block = tuple[NDArray[np.int64], NDArray[np.uint32], int]
_NONE = np.empty(0, dtype=np.int64)


def _columns(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.ascontiguousarray(lon, dtype=np.float64), np.ascontiguousarray(lat, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"lon and lat: expected two columns of equal length, found shapes {x.shape} and {y.shape}")
    return x, y


def _strays(lon: Floats, lat: Floats) -> NDArray[np.int64]:
    return np.flatnonzero(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))).astype(np.int64)


def _join(blocks: list[_Block]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Put the blocks one after the other, letting go of each once it is copied."""
    total = sum(len(block[0]) for block in blocks)
    position, zone = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.uint32)
    at = 0
    for number, block in enumerate(blocks):
        end = at + len(block[0])
        position[at:end], zone[at:end] = block[0], block[1]
        blocks[number], at = (_NONE, _EMPTY, 0), end
    return position, zone


_EMPTY = np.empty(0, dtype=np.uint32)
