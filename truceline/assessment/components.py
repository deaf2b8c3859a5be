"""Which findings could be one happening at all? Parts that nothing links, so that rules need be asked within each only.

Two findings are linked when they lie within a reach and a gap in time of each other, or bear one platform's name. What
is linked, also over others, is one part: the clusters of `find_clusters` in which one point is enough. A long finding
is several points in time, close enough that nothing between them is missed. Parts may be too large, never too small.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from truceline.kernels import find_clusters, place_events
from truceline.model import Finding
from truceline.spacetime import UTC

__all__ = ["part"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WIDER = 1.42 * 1.01  # a ball about a square of place and time; an ellipsoid's distances are not a sphere's
_LONGER = 1.42
_POINTS = 3  # of a finding, on average, at most: where spans are long, points lie farther apart

Whole = NDArray[np.int64]


def part(findings: Sequence[Finding], reach_m: float, gap: timedelta) -> list[list[Finding]]:
    """Return the findings in parts, each in the order given, the parts by their first finding.

    Two that are at most `reach_m` and `gap` apart, or of one platform, are in one part.
    """
    parts: dict[int, list[Finding]] = {}
    for finding, label in zip(findings, _join_platforms(findings, _label(findings, reach_m, gap)), strict=True):
        parts.setdefault(label, []).append(finding)
    return list(parts.values())


def _label(findings: Sequence[Finding], reach_m: float, gap: timedelta) -> list[int]:
    """Return a number for each finding: the same for those that are linked in place and time."""
    labels = np.arange(len(findings), dtype=np.int64) + len(findings)  # a number of its own for what has no place
    placed = np.flatnonzero([_is_placed(finding) for finding in findings])
    if len(placed):
        here = [findings[number] for number in placed.tolist()]
        start, end = _spans(here)
        wait = _wait(start, end, gap)
        counts = np.ceil((end - start) / wait).astype(np.int64) + 1
        owner = np.repeat(np.arange(len(here)), counts)
        turn = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        times = np.minimum(start[owner] + (turn * wait).astype(np.int64), end[owner])
        lon, lat = (np.array(column, dtype=np.float64)[owner] for column in zip(*map(_place, here), strict=True))
        points = place_events(lon, lat, times, _WIDER * reach_m, _LONGER * wait)
        labels[placed] = find_clusters(points, 1.0, 1).labels[np.cumsum(counts) - counts]
    return labels.tolist()


def _wait(start: Whole, end: Whole, gap: timedelta) -> float:
    """Return the microseconds between a finding's points: the gap, or more where that would be too many."""
    long = float((end - start).astype(np.float64).sum()) / (_POINTS * len(start))
    return max(gap / _MICROSECOND, long, 1.0)


def _spans(findings: Sequence[Finding]) -> tuple[Whole, Whole]:
    """Return start and end in microseconds; what has no end lasts as long as there are others."""
    start = _micros(finding.span.start for finding in findings)
    latest = datetime.max.replace(tzinfo=UTC)
    end = _micros(finding.span.end or latest for finding in findings)
    known = [finding.span.end is not None for finding in findings]
    last = max(int(start.max()), int(end[known].max(initial=int(start.max()))))
    return start, np.maximum(np.minimum(end, last), start)


def _micros(times: Iterable[datetime]) -> Whole:
    return np.array([(time - _EPOCH) // _MICROSECOND for time in times], dtype=np.int64)


def _is_placed(finding: Finding) -> bool:
    return all(value is not None and math.isfinite(value) for value in (finding.lon, finding.lat))


def _place(finding: Finding) -> tuple[float, float]:
    return finding.lon or 0.0, finding.lat or 0.0


def _join_platforms(findings: Sequence[Finding], labels: Sequence[int]) -> list[int]:
    """Return the labels, one for all that some platform's findings link."""
    parent = {label: label for label in labels}

    def root(label: int) -> int:
        while parent[label] != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    lead: dict[str, int] = {}
    for finding, label in zip(findings, labels, strict=True):
        if finding.platform is not None:
            parent[root(label)] = root(lead.setdefault(finding.platform, label))
    return [root(label) for label in labels]
