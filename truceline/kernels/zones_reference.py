"""Zone membership by Shapely, zone after zone: slow, obviously right, the oracle of the compiled kernel."""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["fill_masks", "list_pairs"]

Floats = NDArray[np.float64]


def inside(shape: object, lon: Floats, lat: Floats) -> NDArray[np.intp]:
    """Return the numbers of the positions that the closed shape holds, ascending."""
    west, south, east, north = shapely.bounds(shape)
    near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    shapely.prepare(shape)
    held: NDArray[np.intp] = near[shapely.intersects_xy(shape, lon[near], lat[near])]
    return held


def fill_masks(shapes: NDArray[np.object_], lon: Floats, lat: Floats, words: NDArray[np.uint64]) -> None:
    """Set bit z % 64 of word z // 64 for each position that zone z holds, and clear all others."""
    words[:] = 0
    for zone, shape in enumerate(shapes):
        words[inside(shape, lon, lat), zone // 64] |= np.uint64(1 << zone % 64)


def list_pairs(shapes: NDArray[np.object_], lon: Floats, lat: Floats) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return positions and zones of all pairs, ordered by position, then zone."""
    held = [inside(shape, lon, lat) for shape in shapes]
    position = np.concatenate([np.empty(0, np.int64), *held]).astype(np.int64)
    zone = np.repeat(np.arange(len(shapes), dtype=np.uint32), [len(one) for one in held])
    order = np.argsort(position, kind="stable")
    return position[order], zone[order]
