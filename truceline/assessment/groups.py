"""A group of findings while it is being collected: which of its members is a later finding still near?

Findings come in order of their start. What ended too long ago never matters again; of the rest, those that lie
near are found by column, so that a front of many thousand findings an hour takes no more than a quiet one for each.
What columns tell is only who may be near: what is asked of these is worked out one by one, to the last bit.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from truceline.model import Finding
from truceline.spacetime import UTC

__all__ = ["EARTH_M", "Group", "metres_between"]

EARTH_M = 6_371_008.8
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NEVER = np.iinfo(np.int64).max
_FEW = 8  # findings are looked at one by one
_LAST = 2  # of many: looked at first, for in a dense front they often are near
_WIDER = 1.0 + 1e-9  # what columns tell may be wrong in the last digits

Floats = NDArray[np.float64]


def metres_between(one: Finding, other: Finding) -> float | None:
    """Return the distance on the sphere between two places; None where one has none."""
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    north, south = math.radians(one.lat), math.radians(other.lat)
    east = math.radians(other.lon - one.lon)
    chord = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(chord, 1.0)))


class Group:
    """Findings taken for one happening, while they are being collected; none ends `wait` before a later one starts."""

    def __init__(self, wait: timedelta) -> None:
        self.members: list[Finding] = []
        self.latest: datetime | None = datetime.min.replace(tzinfo=UTC)
        """The end of the member that ends last; None where one has no end."""
        self._wait = wait // _MICROSECOND
        self._recent: list[Finding] = []
        self._ends = np.empty(_FEW, dtype=np.int64)
        self._places = np.empty((3, _FEW))
        self._placed = True

    def add(self, finding: Finding) -> None:
        """Take one more finding in."""
        end = finding.span.end
        self.members.append(finding)
        self.latest = None if end is None or self.latest is None else max(self.latest, end)
        if len(self._recent) == len(self._ends):
            self._forget(_count(finding.span.start))
        number = len(self._recent)
        self._recent.append(finding)
        self._ends[number] = _NEVER if end is None else _count(end)
        self._places[:, number] = _stand(finding)
        self._placed &= finding.lon is not None and finding.lat is not None

    def _forget(self, now: int) -> None:
        """Drop what lies too far back, and make room for as many as are left."""
        left = np.flatnonzero(self._ends >= now - self._wait)
        self._recent = [self._recent[number] for number in left.tolist()]
        room = max(_FEW, 2 * len(left))
        ends, places = np.empty(room, dtype=np.int64), np.empty((3, room))
        ends[: len(left)], places[:, : len(left)] = self._ends[left], self._places[:, left]
        self._ends, self._places = ends, places

    def recent(self, finding: Finding) -> Iterator[Finding]:
        """Yield the members that have not ended too long before a finding, in order."""
        alive = self._ends[: len(self._recent)] >= _count(finding.span.start) - self._wait
        yield from (self._recent[number] for number in np.flatnonzero(alive).tolist())

    def beside(self, finding: Finding, metres: float) -> Iterator[Finding]:
        """Yield recent members, among them all within some metres of a finding that has a place."""
        now, count = _count(finding.span.start) - self._wait, len(self._recent)
        last = count - _LAST if count > _FEW else 0
        yield from (self._recent[number] for number in range(count - 1, last - 1, -1) if self._ends[number] >= now)
        if last:
            near = (self._ends[:last] >= now) & (self._chords(finding, last) <= _square(metres * _WIDER + 1.0))
            yield from (self._recent[number] for number in np.flatnonzero(near).tolist())

    def nearness(self, finding: Finding) -> float:
        """Return the metres from a finding to the nearest recent member; one without a place is no way off."""
        if len(self._recent) > _FEW and self._placed and finding.lon is not None and finding.lat is not None:
            alive = self._ends[: len(self._recent)] >= _count(finding.span.start) - self._wait
            chords = np.where(alive, self._chords(finding, len(self._recent)), np.inf)
            nearest = np.flatnonzero(chords <= _square(math.sqrt(chords.min()) * _WIDER + 0.001)).tolist()
            members = [self._recent[number] for number in nearest]
        else:
            members = list(self.recent(finding))
        return min(metres_between(finding, member) or 0.0 for member in members)

    def _chords(self, finding: Finding, count: int) -> Floats:
        """Return the squares of the straight ways through the earth to the first members, in metres."""
        ways = self._places[:, :count] - np.array(_stand(finding))[:, None]
        squares: Floats = np.einsum("ij,ij->j", ways, ways)
        return squares


def _count(instant: datetime) -> int:
    """Return the microseconds from 1970 to an instant."""
    return (instant - _EPOCH) // _MICROSECOND


def _stand(finding: Finding) -> tuple[float, float, float]:
    """Return where a finding stands in space, in metres from the centre of the earth; without a place, there."""
    if finding.lon is None or finding.lat is None:
        return 0.0, 0.0, 0.0
    lon, lat = math.radians(finding.lon), math.radians(finding.lat)
    flat = EARTH_M * math.cos(lat)
    return flat * math.cos(lon), flat * math.sin(lon), EARTH_M * math.sin(lat)


def _square(metres: float) -> float:
    return metres * metres
