"""Crossings: where a track passes from one side of a line to the other, also between two positions.

Between two positions a track is straight in longitude and latitude (RFC 7946), the short way round
across the antimeridian. A position that lies exactly on the line is on neither side: a track that
comes to the line and goes back has touched it, one that goes on has crossed it while it lay there. A
track that begins or ends on the line has not crossed it. To pass through the very end of a line is to
cross it. Which side a point lies on is
exact: sums that rounding may have turned round are done again in fractions.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.kernels import LineIndex, backend
from truceline.kernels import find_crossings as find_crossed

__all__ = ["Crossings", "find_crossings", "list_edges", "turn_within_180"]

Floats = NDArray[np.float64]
_ROUNDING = 4.5e-16  # of the two products of an orientation: above it the sign is sure (Shewchuk 1997)
_TOUCH_DEG = 1e-9
_FEW = 1_000  # positions that are looked at sooner than a line is laid on a grid
_MOST_SPECIAL = 64


@dataclass(frozen=True, slots=True)
class Crossings:
    """Each crossing, in the order of the track.

    `row` is the position before it, `share` the part (0 to 1) of the way to the next one; `lon`,
    `lat` where it crosses; `side` is 1 where it comes to the left of the line, as seen along it, and
    -1 where it comes to the right. `again` marks two crossings between the same two positions.
    """

    row: NDArray[np.intp]
    share: Floats
    lon: Floats
    lat: Floats
    side: NDArray[np.int8]
    again: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)


def list_edges(shape: BaseGeometry) -> Floats:
    """Return the edges (ax, ay, bx, by) of a line, or of a zone's outline without the cut along the antimeridian."""
    area = shape.geom_type in ("Polygon", "MultiPolygon")
    parts = shapely.get_parts(shape.boundary if area else shape)
    corners, owner = shapely.get_coordinates(parts, return_index=True)
    along = owner[1:] == owner[:-1]
    edges: Floats = np.concatenate([corners[:-1], corners[1:]], axis=1)[along]
    edges = edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)]
    if not area:
        return edges
    seam = (edges[:, 0] == edges[:, 2]) & (np.abs(edges[:, 0]) == 180)
    seam &= np.asarray(shapely.intersects_xy(shape, -edges[:, 0], (edges[:, 1] + edges[:, 3]) / 2))
    poles = (edges[:, 1] == edges[:, 3]) & (np.abs(edges[:, 1]) == 90)
    kept: Floats = edges[~seam & ~poles]
    return kept


def find_crossings(lon: Floats, lat: Floats, joined: NDArray[np.bool_], edges: Floats) -> Crossings:
    """Return where tracks cross the edges.

    `lon`, `lat` are degrees, in order of time; `joined[i]` says whether position i follows the one
    before it on one track (`joined[0]` is not read). Of many positions, the kernels say which tracks
    come to the other side at all; what each did at the line is then settled here.
    """
    joined = joined.copy()
    joined[:1] = False
    kept = _choose_tracks(lon, lat, joined, edges) if len(lon) > _FEW else None
    if kept is None:
        return _find_crossings(lon, lat, joined, edges)
    found = _find_crossings(lon[kept], lat[kept], joined[kept], edges)
    return replace(found, row=np.flatnonzero(kept)[found.row])


def _choose_tracks(lon: Floats, lat: Floats, joined: NDArray[np.bool_], edges: Floats) -> NDArray[np.bool_] | None:
    """Return the positions of the tracks that may cross; None where the kernels cannot tell them apart.

    Those are tracks that the kernel sees come to the other side. To it a line is open at one end, and
    has other rules where lines part, and at 180°: whoever comes to such a place is taken too.
    """
    corners = _list_special(edges)
    if len(corners) > _MOST_SPECIAL or not len(edges) or backend() != "compiled":
        return None
    track = np.cumsum(~joined)
    index = LineIndex([shapely.multilinestrings(shapely.linestrings(edges.reshape(-1, 2, 2)))])
    crossed = find_crossed(index, track, np.arange(len(track)), lon, lat).crossings["platform"]
    chosen = np.zeros(int(track[-1]) + 1, dtype=bool)
    chosen[crossed] = True
    chosen[track[np.abs(lon) == 180]] = True
    rows, ways = _lay_ways(lon, lat, joined)
    low, high = np.minimum(ways[:, :2], ways[:, 2:]), np.maximum(ways[:, :2], ways[:, 2:])
    for corner in corners:
        met = (low <= corner).all(axis=1) & (corner <= high).all(axis=1)
        chosen[track[rows[met]]] = True
    kept: NDArray[np.bool_] = chosen[track]
    return kept


def _list_special(edges: Floats) -> Floats:
    """Return the corners where lines end, part, or meet the antimeridian."""
    if not len(edges):
        return np.zeros((0, 2))
    corners, count = np.unique(edges.reshape(-1, 2), axis=0, return_counts=True)
    special: Floats = corners[(count != 2) | (np.abs(corners[:, 0]) == 180)]
    return special


def _find_crossings(lon: Floats, lat: Floats, joined: NDArray[np.bool_], edges: Floats) -> Crossings:
    rows, ways = _lay_ways(lon, lat, joined)
    number, edge = _meet(ways, edges)
    hits = _cross(ways[number], edges[edge], _find_ends(edges)[edge])
    number = number[hits.sure]
    share, side = hits.share[hits.sure], hits.side[hits.sure]
    order = np.lexsort((side, share, rows[number]))
    before, way, share, side = rows[number][order], ways[number][order], share[order], side[order]
    x = turn_within_180(way[:, 0] + share * (way[:, 2] - way[:, 0]))
    places = np.column_stack([x, way[:, 1] + share * (way[:, 3] - way[:, 1])])
    if len(before):
        kept = _Settlement(lon, lat, joined, edges).settle(before, places, side)
        before, share, side, places = before[kept], share[kept], side[kept], places[kept]
    again = np.zeros(len(before), dtype=bool)
    again[1:] = before[1:] == before[:-1]
    again[:-1] |= again[1:].copy()
    return Crossings(before, share, places[:, 0], places[:, 1], side, again)


def turn_within_180(lon: Floats) -> Floats:
    """Return longitudes in degrees as those from -180 to 180; 180 and -180 stay as they are."""
    turned: Floats = np.where(np.abs(lon) > 180, (lon + 180.0) % 360.0 - 180.0, lon)
    return turned


def _lay_ways(lon: Floats, lat: Floats, joined: NDArray[np.bool_]) -> tuple[NDArray[np.intp], Floats]:
    """Return the ways between positions: the row each begins at, and ax, ay, bx, by.

    A way across the antimeridian runs on beyond ±180, and stands twice, once on either side.
    """
    rows = np.flatnonzero(joined[1:]).astype(np.intp)
    ways = np.column_stack([lon[rows], lat[rows], lon[rows + 1], lat[rows + 1]])
    east = ways[:, 2] - ways[:, 0]
    turn = np.where(east > 180, -360.0, np.where(east < -180, 360.0, 0.0))
    ways[:, 2] += turn
    over = np.flatnonzero(turn)
    other = ways[over] - turn[over, None] * np.array([1.0, 0.0, 1.0, 0.0])
    return np.concatenate([rows, rows[over]]), np.concatenate([ways, other])


def _meet(ways: Floats, edges: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of way and edge whose boxes meet."""
    if not len(ways) or not len(edges):
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    west, south = np.minimum(ways[:, 0], ways[:, 2]), np.minimum(ways[:, 1], ways[:, 3])
    east, north = np.maximum(ways[:, 0], ways[:, 2]), np.maximum(ways[:, 1], ways[:, 3])
    box = edges[:, ::2].min(), edges[:, 1::2].min(), edges[:, ::2].max(), edges[:, 1::2].max()
    near = np.flatnonzero((west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1]))
    tree = shapely.STRtree(shapely.linestrings(edges.reshape(-1, 2, 2)))
    found, edge = tree.query(shapely.box(west[near], south[near], east[near], north[near]))
    return near[found], edge


@dataclass(frozen=True, slots=True)
class _Hits:
    sure: NDArray[np.bool_]
    share: Floats
    side: NDArray[np.int8]


def _find_ends(edges: Floats) -> NDArray[np.bool_]:
    """Return, for both corners of each edge, whether the line ends there: no other edge has that corner."""
    if not len(edges):
        return np.zeros((0, 2), dtype=bool)
    corners = edges.reshape(-1, 2).copy()
    corners[corners[:, 0] == -180, 0] = 180.0  # where the line is cut there, it does not end
    _, which, count = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    ends: NDArray[np.bool_] = (count[which.ravel()] == 1).reshape(-1, 2)
    return ends


def _cross(ways: Floats, edges: Floats, ends: NDArray[np.bool_]) -> _Hits:
    """Return which ways cross their edge, as if all tracks lay an infinitesimal step to the north-east.

    The step (e, e squared) decides wherever a point lies exactly on a line, the same way for every
    way and edge, so that no crossing is counted twice or missed (simulation of simplicity,
    Edelsbrunner and Mücke 1990). The end of a line belongs to it.
    """
    p, q, a, b = ways[:, :2], ways[:, 2:], edges[:, :2], edges[:, 2:]
    from_left, to_left = _is_left(_orient(a, b, p), b - a, 1.0), _is_left(_orient(a, b, q), b - a, 1.0)
    turn_a, turn_b = _orient(p, q, a), _orient(p, q, b)
    between = _is_left(turn_a, q - p, -1.0) != _is_left(turn_b, q - p, -1.0)
    between |= (ends[:, 0] & (turn_a == 0)) | (ends[:, 1] & (turn_b == 0))
    along, edge = q - p, b - a
    below = along[:, 0] * edge[:, 1] - along[:, 1] * edge[:, 0]
    above = (a[:, 0] - p[:, 0]) * edge[:, 1] - (a[:, 1] - p[:, 1]) * edge[:, 0]
    share = np.clip(np.divide(above, below, out=np.zeros(len(ways)), where=below != 0), 0.0, 1.0)
    return _Hits((from_left != to_left) & between, share, np.where(to_left, 1, -1).astype(np.int8))


def _is_left(turn: Floats, along: Floats, step: float) -> NDArray[np.bool_]:
    """Return whether a point is left of a direction, after a step to the north-east (1) or south-west (-1)."""
    moved = np.where(along[:, 1] != 0, -along[:, 1], along[:, 0]) * step
    return np.where(turn != 0, turn, moved) > 0


def _orient(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return a number with the sign of the turn a, b, c: positive where c lies left of the line from a to b."""
    left = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1])
    right = (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    turn: Floats = left - right
    for i in np.flatnonzero(np.abs(turn) <= _ROUNDING * (np.abs(left) + np.abs(right))):
        ax, ay, bx, by, cx, cy = (Fraction(float(v)) for v in (*a[i], *b[i], *c[i]))
        exact = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        turn[i] = (exact > 0) - (exact < 0)
    return turn


class _Settlement:
    """Decides which crossings stand: not those of a track that only lay on the line.

    Two crossings of opposite sides undo each other where the track lay on the line all the way
    between them. One after which it lies on the line to its end, or before which it did from its
    beginning, is none.
    """

    def __init__(self, lon: Floats, lat: Floats, joined: NDArray[np.bool_], edges: Floats) -> None:
        self._lon, self._lat, self._joined = lon, lat, joined
        self._line = shapely.multilinestrings(shapely.linestrings(edges.reshape(-1, 2, 2)))
        shapely.prepare(self._line)

    def settle(self, rows: NDArray[np.intp], places: Floats, side: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Return which crossings stand; `places` are where they are."""
        kept = np.ones(len(rows), dtype=bool)
        last = -1
        for i in range(len(rows)):
            place = (float(places[i, 0]), float(places[i, 1]))
            if self._lies_on(place, int(rows[i]) + 1, 1) or self._lies_on(place, int(rows[i]), -1):
                kept[i] = False
            elif last >= 0 and side[last] == -side[i] and self._links(rows, places, last, i):
                kept[last] = kept[i] = False
                last = -1
            else:
                last = i
        return kept

    def _lies_on(self, place: tuple[float, float], row: int, step: int) -> bool:
        """Return whether the track lies on the line from a place on it to its end (1) or beginning (-1)."""
        while self._is_along(place, self._at(row)):
            place, following = self._at(row), max(row, row + step)
            if not 0 < following < len(self._joined) or not self._joined[following]:
                return True
            row += step
        return False

    def _links(self, rows: NDArray[np.intp], places: Floats, one: int, other: int) -> bool:
        """Return whether the track lies on the line from one crossing to another."""
        between = range(int(rows[one]) + 1, int(rows[other]) + 1)
        if not self._joined[rows[one] + 1 : rows[other] + 2].all():
            return False
        stops = [tuple(places[one]), *(self._at(row) for row in between), tuple(places[other])]
        return all(self._is_along(a, b) for a, b in pairwise(stops))

    def _at(self, row: int) -> tuple[float, float]:
        return float(self._lon[row]), float(self._lat[row])

    def _is_along(self, a: tuple[float, ...], b: tuple[float, ...]) -> bool:
        """Return whether both ends and the middle of a way lie on the line, within a tenth of a millimetre."""
        east = (b[0] - a[0] + 180.0) % 360.0 - 180.0
        middle = turn_within_180(np.array([a[0] + east / 2]))
        x, y = np.array([b[0], middle[0]]), np.array([b[1], (a[1] + b[1]) / 2])
        near = shapely.dwithin(self._line, shapely.points(x, y), _TOUCH_DEG)
        if not near.all() and (np.abs(x) == 180).any():
            near = near | shapely.dwithin(self._line, shapely.points(-x, y), _TOUCH_DEG)
        return bool(near.all())
