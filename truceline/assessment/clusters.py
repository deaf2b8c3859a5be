"""Which findings are one happening in space and time.

Findings are taken in the order of their content (time, place, id), so that the order in which files
were read makes no difference. Precise findings are grouped first. A row as wide as a day or a region
cannot glue: it joins a group only where it fits exactly one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from truceline.model import Finding

__all__ = ["ENTRY", "cluster", "fits", "gap_between", "metres_between"]

ENTRY = "entry"
"""The kind of a finding that rests on positions."""
MOVING = frozenset({ENTRY, "naval-incident", "overflight", "observation", "weapon-sighting"})
"""Kinds that tell of something that moves, so that place and time must agree more closely."""

ATTACK_GAP, ATTACK_REACH_M = timedelta(minutes=30), 5_000.0
MOVING_GAP, MOVING_REACH_M = timedelta(minutes=10), 2_000.0
REJOIN = timedelta(minutes=30)  # between two stays of one platform
RADIUS_CAP_M = 10_000.0  # of a finding's own radius, no more than this widens the reach
LONGEST, WIDEST_M = timedelta(hours=12), 30_000.0  # of one happening; more is several
BROAD_SPAN, BROAD_RADIUS_M = timedelta(hours=6), 25_000.0  # a wider row is not precise enough to glue

_BLASTS = frozenset({"air-strike", "missile-strike", "drone-strike", "shelling", "explosion"})
_SHOTS = frozenset({"small-arms-fire"})
_SEA, _AIR = frozenset({"naval-incident"}), frozenset({"overflight"})
_ALONE = frozenset({"mission-count"})  # a tally over a period is no happening


@dataclass(slots=True)
class Group:
    """Findings taken for one happening, while they are being collected."""

    members: list[Finding] = field(default_factory=list)
    latest: datetime | None = None


def cluster(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings as groups that are one happening each, in order of time."""
    ordered = sorted(findings, key=_order)
    sharp = _group([finding for finding in ordered if not _is_broad(finding)])
    groups = [group.members for group in sharp]
    loose = []
    for finding in (f for f in ordered if _is_broad(f)):
        homes = [group for group in sharp if _fits_group(finding, group)] if _has_place(finding) else []
        if len(homes) == 1 and finding.kind not in _ALONE:
            homes[0].members.append(finding)
        else:
            loose.append(finding)
    return sorted([*groups, *_pair_broad(loose)], key=lambda members: min(map(_order, members)))


def fits(one: Finding, other: Finding, gap: timedelta, reach_m: float) -> bool:
    """Return whether two findings lie within a gap in time and a reach in place, widened by their radius (capped)."""
    if gap_between(one, other) > gap:
        return False
    metres = metres_between(one, other)
    if metres is None:
        return False
    radii = sum(min(f.radius_m or 0.0, RADIUS_CAP_M) for f in (one, other))
    return metres <= reach_m + radii


def gap_between(one: Finding, other: Finding) -> timedelta:
    """Return the time between two spans; zero where they touch or overlap."""
    first, second = sorted((one, other), key=lambda f: f.span.start)
    if first.span.end is None:
        return timedelta(0)
    return max(second.span.start - first.span.end, timedelta(0))


def metres_between(one: Finding, other: Finding) -> float | None:
    """Return the distance on the sphere between two places; None where one has none."""
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    north, south = math.radians(one.lat), math.radians(other.lat)
    east = math.radians(other.lon - one.lon)
    chord = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(min(chord, 1.0)))


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


def _group(ordered: Sequence[Finding]) -> list[Group]:
    groups: list[Group] = []
    open_groups: list[Group] = []
    for finding in ordered:
        longest = max(ATTACK_GAP, MOVING_GAP, REJOIN)
        open_groups = [g for g in open_groups if g.latest is None or g.latest + longest >= finding.span.start]
        homes = [group for group in open_groups if _joins(finding, group)]
        if homes:
            home = min(homes, key=lambda group: _closeness(finding, group))
        else:
            home = Group()
            groups.append(home)
            open_groups.append(home)
        home.members.append(finding)
        home.latest = max(f.span.end or f.span.start for f in home.members)
    return groups


def _joins(finding: Finding, group: Group) -> bool:
    linked = any(_same_happening(finding, member) for member in reversed(group.members))
    return linked and not any(_are_two(finding, member) for member in group.members) and _stays_small(finding, group)


def _closeness(finding: Finding, group: Group) -> tuple[bool, timedelta, float, str]:
    """Return how near a group is: one with the same platform first, then by time, place and id."""
    same = any(finding.platform is not None and finding.platform == member.platform for member in group.members)
    gap = min(gap_between(finding, member) for member in group.members)
    metres = min(metres_between(finding, member) or 0.0 for member in group.members)
    return not same, gap, metres, min(member.id for member in group.members)


def _stays_small(finding: Finding, group: Group) -> bool:
    if all(finding.platform is not None and finding.platform == member.platform for member in group.members):
        return True
    start = min(member.span.start for member in group.members)
    if max(finding.span.end or finding.span.start, finding.span.start) - start > LONGEST and finding.platform is None:
        return False
    return all((metres_between(finding, member) or 0.0) <= WIDEST_M + RADIUS_CAP_M for member in group.members)


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


def _fits_group(finding: Finding, group: Group) -> bool:
    return any(
        _kinds_agree(finding.kind, member.kind) and fits(finding, member, timedelta(0), ATTACK_REACH_M)
        for member in group.members
    )


def _pair_broad(loose: Sequence[Finding]) -> list[list[Finding]]:
    """Return groups of broad findings: of different origins, with the same edges of time, at one place."""
    groups: list[list[Finding]] = []
    for finding in loose:
        homes = [group for group in groups if all(_is_twin(finding, member) for member in group)]
        if homes:
            homes[0].append(finding)
        else:
            groups.append([finding])
    return groups


def _is_twin(one: Finding, other: Finding) -> bool:
    if one.lineage == other.lineage or one.span != other.span or not (_has_place(one) and _has_place(other)):
        return False
    return _kinds_agree(one.kind, other.kind) and fits(one, other, timedelta(0), ATTACK_REACH_M)
