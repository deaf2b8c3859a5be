"""When did each platform cross which line? On the straight lines between its pings.

A line is a line string or several, with a direction: its left and right are those of someone who
goes along it. What counts is to come to the other side. The line is thought of as moved by an
infinitely small step east and a far smaller one north, so that no ping lies on it: whoever passes
through a corner of it, or stops on it and goes on, crosses once. Whoever touches it from the east
and turns back crosses twice at the same instant, and not at all from the west.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from truceline.kernels import lines_reference
from truceline.kernels.backend import find_compiled
from truceline.kernels.batches import Carry, Limits, run_batch
from truceline.kernels.outlines import check_lines, lay, list_pieces
from truceline.kernels.records import CROSSING

__all__ = ["Crossings", "LineIndex", "find_crossings"]

Rows = NDArray[np.void]


class LineIndex:
    """Any number of lines, made ready to be crossed. It does not change; threads and processes may share it."""

    lines = True

    def __init__(self, lines: Sequence[BaseGeometry]) -> None:
        """Lay the lines on a grid; raises FormError for one that cannot be used."""
        self.shapes = check_lines(lines)
        self.compiled = find_compiled()
        self.grid = None if self.compiled is None else lay(self.compiled, *list_pieces(self.shapes), len(self))

    def __len__(self) -> int:
        return len(self.shapes)

    def __reduce__(self) -> tuple[type["LineIndex"], tuple[list[BaseGeometry]]]:
        return LineIndex, (list(self.shapes),)


@dataclass(frozen=True, slots=True)
class Crossings:
    """What a batch gave: lines crossed (`CROSSING`), silences (`GAP`), what is carried over; `strays` as in `Stays`.

    Crossings are ordered by platform and within one by segment, then line, then time.
    """

    crossings: Rows
    gaps: Rows
    carry: Carry
    strays: NDArray[np.int64]


def find_crossings(
    index: LineIndex,
    platform: ArrayLike,
    time_us: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    carry: Carry | None = None,
    gap_us: int | None = None,
    bridge_us: int | None = None,
    threads: int | None = None,
) -> Crossings:
    """Return the crossings of lines in a batch of pings; arguments and errors as for `find_stays`."""
    limits = Limits.of(gap_us, bridge_us)
    table, gaps, left, strays = run_batch(
        index, lines_reference.find_crossings, CROSSING, (platform, time_us, lon, lat), carry, limits, threads
    )
    return Crossings(table, gaps, left, strays)
