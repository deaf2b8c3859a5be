"""Which findings are one happening in space and time.

Findings are taken in the order of their content (time, place, id), so that the order in which files
were read makes no difference. Precise findings are grouped first. A row as wide as a day or a region
cannot glue: it joins a group only where it fits exactly one.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from truceline.assessment.components import part
from truceline.assessment.groups import EARTH_M, Group, metres_between
from truceline.model import Finding
from truceline.spacetime import UTC, Interval

__all__ = ["ENTRY", "LASTING", "Neighbours", "cluster", "fits", "gap_between", "metres_between"]

ENTRY = "entry"
"""The kind of a finding of a stay inside a zone."""
LASTING = frozenset({ENTRY, "passage", "exit", "approach", "loitering", "encounter", "presence", "excess"})
"""Kinds that rest on positions and that went on for as long as their span says."""
MOVING = LASTING | {"crossing", "naval-incident", "overflight", "observation", "weapon-sighting"}
"""Kinds that tell of something that moves, so that place and time must agree more closely."""

ATTACK_GAP, ATTACK_REACH_M = timedelta(minutes=30), 5_000.0
MOVING_GAP, MOVING_REACH_M = timedelta(minutes=10), 2_000.0
REJOIN = timedelta(minutes=30)  # between two stays of one platform
RADIUS_CAP_M = 10_000.0  # of a finding's own radius, no more than this widens the reach
LONGEST, WIDEST_M = timedelta(hours=12), 30_000.0  # from the first finding of a happening; more is several
BROAD_SPAN, BROAD_RADIUS_M = timedelta(hours=6), 25_000.0  # a wider row is not precise enough to glue

_BLASTS = frozenset({"air-strike", "missile-strike", "drone-strike", "shelling", "explosion"})
_SHOTS = frozenset({"small-arms-fire"})
_SEA, _AIR = frozenset({"naval-incident"}), frozenset({"overflight"})
_ALONE = frozenset({"mission-count"})  # a tally over a period is no happening


_LONGEST_GAP = max(ATTACK_GAP, MOVING_GAP, REJOIN)
_FAR = datetime.max.replace(tzinfo=UTC)


def cluster(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings as groups that are one happening each, in order of time."""
    ordered = sorted(findings, key=_order)
    groups: list[list[Finding]] = []
    loose: list[Finding] = []
    for together in part(ordered, _farthest(ordered), _LONGEST_GAP):
        found = _group_precise([finding for finding in together if not _is_broad(finding)])
        loose += _house([finding for finding in together if _is_broad(finding)], found)
        groups += found
    return sorted([*groups, *_pair_broad(sorted(loose, key=_order))], key=lambda members: min(map(_order, members)))


def _farthest(findings: Iterable[Finding]) -> float:
    """Return the metres beyond which no two of the findings are one happening for their places."""
    widest = max((min(finding.radius_m or 0.0, RADIUS_CAP_M) for finding in findings), default=0.0)
    return max(ATTACK_REACH_M, MOVING_REACH_M) + 2 * widest


def fits(one: Finding, other: Finding, gap: timedelta, reach_m: float) -> bool:
    """Return whether two findings lie within a gap in time and a reach in place, widened by their radius (capped)."""
    if gap_between(one, other) > gap:
        return False
    metres = metres_between(one, other)
    if metres is None:
        return False
    radii = sum(min(f.radius_m or 0.0, RADIUS_CAP_M) for f in (one, other))
    return metres <= reach_m + radii


class Neighbours:
    """Many findings by column, in order of start, to ask which of them are near another one in time and place."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = findings
        far = datetime.max.replace(tzinfo=UTC)
        start = _seconds(f.span.start for f in findings)
        self._order = np.argsort(start, kind="stable")
        self._start = start[self._order]
        self._end = _seconds(f.span.end or far for f in findings)[self._order]
        self._latest = np.maximum.accumulate(self._end)  # of all up to here: what ends before needs no look
        self._lon = _radians(f.lon for f in findings)[self._order]
        self._lat = _radians(f.lat for f in findings)[self._order]
        self._radius = np.array([min(f.radius_m or 0.0, RADIUS_CAP_M) for f in findings])[self._order]

    def near(self, one: Finding, gap: timedelta, reach_m: float) -> NDArray[np.intp]:
        """Return the numbers of those findings that `fits` says go with `one`, ascending."""
        if one.lon is None or one.lat is None:
            return np.empty(0, dtype=np.intp)
        wait = gap.total_seconds()
        start, end = one.span.start.timestamp(), one.span.end.timestamp() if one.span.end else np.inf
        low = int(np.searchsorted(self._latest, start - wait))
        high = int(np.searchsorted(self._start, end + wait, side="right"))
        lon, lat = math.radians(one.lon), math.radians(one.lat)
        band = (reach_m + 2 * RADIUS_CAP_M) / EARTH_M + 1e-9  # no way is shorter than its share of latitude
        beside = (np.abs(self._lat[low:high] - lat) <= band) & (self._end[low:high] >= start - wait)
        soon = low + np.flatnonzero(beside)
        chord = np.sin((self._lat[soon] - lat) / 2) ** 2
        chord += np.cos(self._lat[soon]) * math.cos(lat) * np.sin((self._lon[soon] - lon) / 2) ** 2
        metres = 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
        beside = metres <= reach_m + self._radius[soon] + min(one.radius_m or 0.0, RADIUS_CAP_M)
        return np.sort(self._order[soon[beside]])


def _seconds(times: Iterable[datetime]) -> NDArray[np.float64]:
    return np.array([time.timestamp() for time in times], dtype=np.float64)


def _radians(degrees: Iterable[float | None]) -> NDArray[np.float64]:
    """Return angles in radians; an unknown one is NaN, and NaN is near nothing."""
    return np.radians(np.array([np.nan if value is None else value for value in degrees], dtype=np.float64))


def gap_between(one: Finding, other: Finding) -> timedelta:
    """Return the time between two spans; zero where they touch or overlap."""
    first, second = (one, other) if one.span.start <= other.span.start else (other, one)
    if first.span.end is None:
        return timedelta(0)
    return max(second.span.start - first.span.end, timedelta(0))


def _order(finding: Finding) -> tuple[datetime, datetime, float, float, str]:
    end = finding.span.end or finding.span.start
    return finding.span.start, end, finding.lon or 0.0, finding.lat or 0.0, finding.id


def _is_broad(finding: Finding) -> bool:
    span, radius = finding.span, finding.radius_m or 0.0
    if finding.platform is not None:
        return False  # the span of a stay is how long it lasted, not how little is known of it
    wide = span.end is None or span.end - span.start > BROAD_SPAN
    return wide or radius > BROAD_RADIUS_M or finding.lon is None or finding.kind in _ALONE


def _has_place(finding: Finding) -> bool:
    return finding.lon is not None and (finding.radius_m or 0.0) <= BROAD_RADIUS_M


class _Index:
    """Groups by the cells of place and by the platforms of their recent members.

    Cells are cubes in space, as wide as the farthest that two findings of one happening lie apart:
    whatever a finding may join has a member in its own cube or one beside it, also over the poles and the
    antimeridian.
    """

    def __init__(self, farthest_m: float) -> None:
        self._entries: dict[object, dict[int, datetime]] = {}  # until when a group is to be thought of
        self._edge_m = farthest_m + 1.0  # a straight line is no longer than the arc

    def add(self, finding: Finding, number: int) -> None:
        """Note that this finding is in the group of this number."""
        until = _FAR if finding.span.end is None else finding.span.end + _LONGEST_GAP
        for key in (*_list_cells(finding, self._edge_m, 0), *_name(finding)):
            entries = self._entries.setdefault(key, {})
            entries[number] = max(until, entries.get(number, until))

    def near(self, finding: Finding) -> list[int]:
        """Return the numbers of the groups that it may join."""
        now = finding.span.start
        found: set[int] = set()
        for key in (*_list_cells(finding, self._edge_m, 1), *_name(finding)):
            entries = self._entries.get(key)
            if entries:
                found.update(number for number, until in entries.items() if until >= now)
                for number in entries.keys() - found:
                    del entries[number]
        return sorted(found)


def _list_cells(finding: Finding, edge_m: float, around: int) -> list[tuple[int, int, int]]:
    """Return the cube in which a finding lies, and those up to so many around it."""
    if finding.lon is None or finding.lat is None:
        return []
    lon, lat = math.radians(finding.lon), math.radians(finding.lat)
    point = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
    x, y, z = (math.floor(part * EARTH_M / edge_m) for part in point)
    steps = range(-around, around + 1)
    return [(x + i, y + j, z + k) for i in steps for j in steps for k in steps]


def _name(finding: Finding) -> tuple[str, ...]:
    return () if finding.platform is None else (finding.platform,)


def _group_precise(ordered: Sequence[Finding]) -> list[list[Finding]]:
    if len(ordered) == 1:
        return [[ordered[0]]]
    groups: list[Group] = []
    farthest = _farthest(ordered)
    index = _Index(farthest)
    for finding in ordered:
        homes = [number for number in index.near(finding) if _joins(finding, groups[number], farthest)]
        if len(homes) > 1:
            homes = [min(homes, key=lambda number: _closeness(finding, groups[number]))]
        if not homes:
            homes = [len(groups)]
            groups.append(Group(_LONGEST_GAP))
        groups[homes[0]].add(finding)
        index.add(finding, homes[0])
    return [group.members for group in groups]


def _house(broad: Sequence[Finding], groups: Sequence[list[Finding]]) -> list[Finding]:
    """Put each broad finding into the one group that it fits; return those that fit none or several."""
    if not broad or not groups:
        return list(broad)
    members = [(number, member) for number, group in enumerate(groups) for member in group]
    everybody = Neighbours([*(member for _, member in members), *broad])
    homes = np.array([*(number for number, _ in members), *[-1] * len(broad)], dtype=np.int64)
    loose = []
    for place, finding in enumerate(broad, len(members)):
        fitting: set[int] = set()
        if _has_place(finding) and finding.kind not in _ALONE:
            near = [one for one in everybody.near(finding, timedelta(0), ATTACK_REACH_M).tolist() if homes[one] >= 0]
            fitting = {int(homes[one]) for one in near if _agrees(finding, everybody.findings[one])}
        if len(fitting) == 1:
            home = fitting.pop()
            homes[place] = home
            groups[home].append(finding)
        else:
            loose.append(finding)
    return loose


def _agrees(one: Finding, other: Finding) -> bool:
    return _kinds_agree(one.kind, other.kind)


def _joins(finding: Finding, group: Group, farthest_m: float) -> bool:
    if not _stays_small(finding, group):
        return False
    named = finding.platform is not None  # and may be one with what lies far away
    beside = group.recent(finding) if named else group.beside(finding, farthest_m)
    if not any(_same_happening(finding, member) for member in beside):
        return False
    return not named or not any(_are_two(finding, member) for member in group.recent(finding))


def _closeness(finding: Finding, group: Group) -> tuple[bool, timedelta, float, str]:
    """Return how near a group is: one with the same platform first, then by time, place and id."""
    named = finding.platform is not None
    same = named and any(finding.platform == member.platform for member in group.recent(finding))
    gap = timedelta(0) if group.latest is None else max(finding.span.start - group.latest, timedelta(0))
    return not same, gap, group.nearness(finding), group.members[0].id


def _stays_small(finding: Finding, group: Group) -> bool:
    """Return whether a happening stays one: within half a day and 30 km of its first finding.

    What bears one platform's name is one happening for as long as it lasts.
    """
    first = group.members[0]
    if finding.platform is not None and finding.platform == first.platform:
        return True
    end = finding.span.end or finding.span.start
    short = end - first.span.start <= LONGEST or first.platform is not None
    return short and (metres_between(finding, first) or 0.0) <= WIDEST_M


def _same_happening(one: Finding, other: Finding) -> bool:
    if one.platform is not None and one.platform == other.platform:
        return gap_between(one, other) <= REJOIN
    if _are_two(one, other) or not _kinds_agree(one.kind, other.kind):
        return False
    moving = one.kind in MOVING or other.kind in MOVING
    gap, reach = (MOVING_GAP, MOVING_REACH_M) if moving else (ATTACK_GAP, ATTACK_REACH_M)
    return fits(one, other, gap, reach)


def _are_two(one: Finding, other: Finding) -> bool:
    """Return whether two tracks are certainly two platforms.

    Two identified ones are, two tracks of one source are, and an anonymous track beside an
    identified one is: had the two agreed in place and time, it would bear that identity.
    """
    if one.platform is None or other.platform is None or one.platform == other.platform:
        return False
    anonymous = [finding.platform.startswith("track:") for finding in (one, other) if finding.platform]
    return not all(anonymous) or one.source == other.source


def _kinds_agree(one: str, other: str) -> bool:
    pair = {one, other}
    if pair & _ALONE:
        return False
    return not any(pair & a and pair & b for a, b in ((_BLASTS, _SHOTS), (_SEA, _AIR)))


def _pair_broad(loose: Sequence[Finding]) -> list[list[Finding]]:
    """Return groups of broad findings: of different origins, with the same edges of time, at one place."""
    by_span: dict[Interval, list[Finding]] = {}
    for finding in loose:
        by_span.setdefault(finding.span, []).append(finding)
    groups: list[list[Finding]] = []
    for same in by_span.values():
        for together in part(same, _farthest(same), _LONGEST_GAP) if len(same) > 1 else [same]:
            groups += _pair_twins(together)
    return groups


def _pair_twins(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Put each finding into the first group all of which are its twins, or into one of its own."""
    groups: list[list[Finding]] = []
    for finding in findings:
        home = next((group for group in groups if all(_is_twin(finding, member) for member in group)), None)
        if home is None:
            groups.append([finding])
        else:
            home.append(finding)
    return groups


def _is_twin(one: Finding, other: Finding) -> bool:
    if one.lineage == other.lineage or one.span != other.span or not (_has_place(one) and _has_place(other)):
        return False
    return _kinds_agree(one.kind, other.kind) and fits(one, other, timedelta(0), ATTACK_REACH_M)
