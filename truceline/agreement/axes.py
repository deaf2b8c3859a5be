"""Zones that look as if latitude and longitude were exchanged.

Both numbers of a pair mostly fit both ranges, so nothing in one zone shows it. Zones of one agreement lie near
each other, though: one that lies far from all others, and near them with its numbers exchanged, is pointed out.
"""

import math
from collections.abc import Mapping

from truceline.agreement.document import Zone
from truceline.agreement.problems import Problems

__all__ = ["warn_exchanged"]

_FAR, _NEAR = 20.0, 5.0  # degrees


def warn_exchanged(zones: Mapping[str, Zone], problems: Problems) -> None:
    """Warn of each drawn zone that lies beside another one only with longitude and latitude exchanged."""
    points = {name: (zone.shape.centroid.x, zone.shape.centroid.y) for name, zone in zones.items() if zone.shape}
    for name, (lon, lat) in points.items():
        others = {other: point for other, point in points.items() if other != name}
        if not others or min(math.dist((lon, lat), point) for point in others.values()) < _FAR:
            continue
        near = min(others, key=lambda other: math.dist((lat, lon), others[other]))
        if math.dist((lat, lon), others[near]) <= _NEAR:
            problems.warn(
                zones[name].line,
                f"zone {name} lies far from all others",
                expected="longitude first, then latitude",
                found=f"about [{lon:.1f}, {lat:.1f}], which lies near zone {near} when it is exchanged",
                do="exchange the two numbers of each corner, here or there",
            )
