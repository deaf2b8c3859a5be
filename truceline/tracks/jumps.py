"""Impossible speeds: which positions cannot belong to a track, and which identity is in two places.

A track is cut wherever the platform cannot have gone from one position to the next. Of the pieces
between two cuts one is the odd one out where the track goes on after it as if it were not there: its
neighbours fit each other, so they stay and the odd one is flagged. Where a jump has no way back, the
smaller piece is flagged; where neither is twice the other, both are, since nothing tells which is false.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from truceline.tracks.courses import Courses, Indices
from truceline.tracks.flags import Flag

__all__ = ["find_odd", "flag_jumps"]

_ROUNDS = 12  # of taking odd pieces out; each at least halves what alternates
_CLEARLY = 2  # a piece of more than so many times the positions of its neighbour is taken for the true one
_FEW = 3  # positions that are no track yet
_INTERLEAVED = 3  # visits to the other place, before an identity counts as used twice
_SHARE = 0.2  # of the positions in that time, that must be in the other place
_HOUR_US = 3_600_000_000

Flags = NDArray[np.uint16]


@dataclass(slots=True)
class _Pieces:
    """Runs of positions without a jump: index of the first and last position, how many, whose."""

    first: Indices
    last: Indices
    count: Indices
    platform: Indices

    def take(self, kept: NDArray[np.bool_], joined: NDArray[np.bool_]) -> "_Pieces":
        """Return the kept pieces, those that `joined` says follow their neighbour as one with it."""
        heads = np.flatnonzero(~joined[kept])
        tails = np.append(heads[1:], int(kept.sum())) - 1
        count = np.add.reduceat(self.count[kept], heads)
        return _Pieces(self.first[kept][heads], self.last[kept][tails], count, self.platform[kept][heads])


def flag_jumps(courses: Courses) -> Flags:
    """Return, for each position in the order of `courses`, JUMP and TWO_PLACES where they hold."""
    flags = np.zeros(len(courses), dtype=np.uint16)
    pieces = _cut(courses)
    if pieces is None:
        return flags
    odd, doubtful = _sort_out(courses, pieces)
    flags[np.repeat(odd | doubtful, pieces.count)] |= np.uint16(Flag.JUMP)
    flags[_find_interleaved(courses, pieces, odd)] |= np.uint16(Flag.TWO_PLACES)
    return flags


def find_odd(courses: Courses) -> NDArray[np.bool_]:
    """Return which positions are surely false: the track before and the track after them fit each other, and not them.

    Not those of an identity in two places, of which nobody knows which is the true one.
    """
    pieces = _cut(courses)
    if pieces is None:
        return np.zeros(len(courses), dtype=bool)
    odd, doubtful = _sort_out(courses, pieces)
    unsure: NDArray[np.bool_] = np.repeat(doubtful, pieces.count) | _find_interleaved(courses, pieces, odd)
    return np.repeat(odd, pieces.count) & ~unsure


def _cut(courses: Courses) -> _Pieces | None:
    """Return the pieces between jumps; None where there is no jump."""
    if len(courses) < 2:
        return None
    here = np.arange(1, len(courses))
    starts = courses.starts
    broken = np.concatenate([[False], ~starts[1:] & ~courses.reaches(here - 1, here)])
    if not broken.any():
        return None
    first = np.flatnonzero(starts | broken)
    last = np.append(first[1:], len(courses)) - 1
    return _Pieces(first, last, last - first + 1, courses.platform[first])


def _sort_out(courses: Courses, whole: _Pieces) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pieces are the odd ones out, and which of the rest are doubtful all the same."""
    owner = np.arange(len(whole.first))  # the piece to which each original one belongs by now; -1: taken out
    pieces = whole
    for _ in range(_ROUNDS):
        bridged = _bridge(courses, pieces)
        take = _choose(pieces, bridged)
        if not take.any():
            break
        joined = np.concatenate([[False], take[:-1]])
        number = np.where(take, -1, np.cumsum(~take & ~joined) - 1)
        owner = np.where(owner >= 0, number[np.maximum(owner, 0)], -1)
        pieces = pieces.take(~take, joined)
    doubtful = _weigh(pieces, _bridge(courses, pieces))
    return owner < 0, (owner >= 0) & doubtful[np.maximum(owner, 0)]


def _bridge(courses: Courses, pieces: _Pieces) -> NDArray[np.bool_]:
    """Return which pieces lie between two of the same platform that fit each other."""
    bridged = np.zeros(len(pieces.first), dtype=bool)
    if len(bridged) > 2:
        same = pieces.platform[:-2] == pieces.platform[2:]
        bridged[1:-1] = same & courses.reaches(pieces.last[:-2], pieces.first[2:])
    return bridged


def _choose(pieces: _Pieces, bridged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pieces are odd ones out, never two neighbours at once: of these the smaller, else every second."""
    around = np.zeros_like(pieces.count)
    around[1:-1] = pieces.count[:-2] + pieces.count[2:]
    candidate = bridged & (pieces.count <= around)
    number = np.arange(len(candidate))
    heads = np.diff(pieces.platform, prepend=pieces.platform[:1] - 1) != 0
    place = number - np.maximum.accumulate(np.where(heads, number, 0))  # on its own track, whoever else is looked at
    size = pieces.count * 2 + (place + 1) % 2
    rank = np.where(candidate, size, np.iinfo(np.int64).max)
    before = np.concatenate([[np.iinfo(np.int64).max], rank[:-1]])
    after = np.concatenate([rank[1:], [np.iinfo(np.int64).max]])
    return candidate & (rank < before) & (rank < after)


def _weigh(pieces: _Pieces, bridged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the pieces that are left are not clearly the true ones."""
    doubtful = np.zeros(len(pieces.first), dtype=bool)
    same = pieces.platform[:-1] == pieces.platform[1:]
    doubtful[1:] |= same & (pieces.count[1:] <= _CLEARLY * pieces.count[:-1])
    doubtful[:-1] |= same & (pieces.count[:-1] <= _CLEARLY * pieces.count[1:])
    inner = np.zeros_like(doubtful)
    inner[1:-1] = (pieces.count[:-2] >= _FEW) & (pieces.count[2:] >= _FEW)
    return doubtful | (bridged & inner)


def _find_interleaved(courses: Courses, pieces: _Pieces, odd: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which positions lie in a time in which the odd pieces make a track of their own."""
    within = np.zeros(len(courses) + 1, dtype=np.int64)
    which = np.flatnonzero(odd)
    if len(which) < _INTERLEAVED:
        return within[:-1] > 0
    first, last = pieces.first[which], pieces.last[which]
    follows = np.zeros(len(which), dtype=bool)
    follows[1:] = (
        (pieces.platform[which[1:]] == pieces.platform[which[:-1]])
        & (courses.micros[first[1:]] - courses.micros[last[:-1]] <= _HOUR_US)
        & courses.reaches(last[:-1], first[1:])
    )
    heads = np.flatnonzero(~follows)
    tails = np.append(heads[1:], len(which)) - 1
    positions = np.add.reduceat(pieces.count[which], heads)
    used_twice = (tails - heads + 1 >= _INTERLEAVED) & (positions >= _SHARE * (last[tails] - first[heads] + 1))
    # one position more on either side: where the first visit came from, and where the last one went
    begin, end = np.maximum(first[heads[used_twice]] - 1, 0), last[tails[used_twice]] + 1
    owner = pieces.platform[which[heads[used_twice]]]
    begin += courses.platform[begin] != owner
    end = np.minimum(end, len(courses) - 1)
    end -= courses.platform[end] != owner
    np.add.at(within, begin, 1)
    np.add.at(within, end + 1, -1)
    return np.cumsum(within[:-1]) > 0
