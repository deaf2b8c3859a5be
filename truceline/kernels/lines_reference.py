"""Crossings of lines in exact fractions, segment by segment and piece by piece: slow, obviously right, the oracle."""

from collections.abc import Iterator
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from truceline.kernels.outlines import list_pieces
from truceline.kernels.records import CROSSING, GAP, LAST, OPEN, Part
from truceline.kernels.segments_reference import Way, check_order, list_gaps, list_ways

__all__ = ["find_crossings"]

Place = tuple[float, float]


def find_crossings(
    shapes: NDArray[np.object_],
    platform: NDArray[np.signedinteger],
    time: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    last: NDArray[np.void],
    still_open: NDArray[np.void],
    gap: int,
    bridge: int,
) -> Part:
    """Return what the compiled kernel returns, for the same arguments."""
    part = check_order(platform, time, lon, lat, last, CROSSING)
    if part.wrong >= 0:
        return part
    pieces, owners = list_pieces(shapes)
    found: list[tuple[float, ...]] = []
    gaps: list[tuple[float, ...]] = []
    lasts: list[tuple[float, ...]] = []
    for way in list_ways(platform, time, lon, lat, last, bridge):
        for ping in sorted(set(range(len(way.time) - 1)) - way.broken):
            found += [row for _, row in sorted(_cross(way, ping, pieces, owners))]
        gaps += list_gaps(way, gap)
        lasts.append((way.platform, way.time[-1], way.first + len(way.time), way.lon[-1], way.lat[-1]))
    tables = [np.array(found, CROSSING), np.array(gaps, GAP), np.array(lasts, LAST), still_open[:0].astype(OPEN)]
    return Part.of(tables, part.unusable, -1)


def _cross(
    way: Way, ping: int, pieces: NDArray[np.float64], owners: NDArray[np.uint32]
) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Yield (order, row) of each piece that a segment crosses."""
    span = way.time[ping + 1] - way.time[ping]
    for order, (q, p) in enumerate(_ways_round(way, ping)):
        low, high = np.minimum(q, p), np.maximum(q, p)
        ends = pieces.reshape(-1, 2, 2)
        near = (ends.max(axis=1) >= low).all(axis=1) & (ends.min(axis=1) <= high).all(axis=1)
        for number in np.flatnonzero(near).tolist():
            a, b = (tuple(end) for end in ends[number].tolist())
            q_left, p_left = _left(a, b, q), _left(a, b, p)
            if q_left == p_left or _left_of_way(q, p, a) == _left_of_way(q, p, b):
                continue
            from_side, to_side = _cross_product(a, b, q), _cross_product(a, b, p)
            u = float(from_side / (from_side - to_side))
            when = way.time[ping] + floor(u * span + 0.5)
            line, direction = int(owners[number]), 1 if q_left else -1
            row = (way.platform, when, q[0] + u * (p[0] - q[0]), q[1] + u * (p[1] - q[1]), line, direction)
            yield (order, line, u, number), row


def _ways_round(way: Way, ping: int) -> Iterator[tuple[Place, Place]]:
    """Yield the segment; over the antimeridian, as seen from each side of it."""
    q, p = (way.lon[ping], way.lat[ping]), (way.lon[ping + 1], way.lat[ping + 1])
    if abs(p[0] - q[0]) <= 180:
        yield q, p
        return
    turn = 360.0 if p[0] > q[0] else -360.0
    yield q, (p[0] - turn, p[1])
    yield (q[0] + turn, q[1]), p


def _cross_product(a: Place, b: Place, p: Place) -> Fraction:
    (ax, ay), (bx, by), (px, py) = ((Fraction(x), Fraction(y)) for x, y in (a, b, p))
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


def _left(a: Place, b: Place, p: Place) -> bool:
    """Is the point left of the piece, when the piece is moved a little east and far less north?"""
    side = _cross_product(a, b, p) or Fraction(b[1]) - Fraction(a[1]) or Fraction(a[0]) - Fraction(b[0])
    return side > 0


def _left_of_way(q: Place, p: Place, a: Place) -> bool:
    """Is the end of a piece left of the way, when the piece is moved like that?"""
    side = _cross_product(q, p, a) or Fraction(q[1]) - Fraction(p[1]) or Fraction(p[0]) - Fraction(q[0])
    return side > 0
