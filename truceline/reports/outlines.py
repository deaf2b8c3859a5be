"""The shapes of a map: zones, and where something could have seen an event or a platform."""

import math

import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from truceline.evidence.tables import INDICATORS
from truceline.reports.subject import Subject

METRES_PER_DEGREE = 111_195.0
"""One degree of latitude on the mean sphere of 6,371.0088 km: enough for a drawing, never for a judgement."""

_EVERYWHERE = box(-180, -90, 180, 90)


def zone_shapes(subject: Subject) -> dict[str, BaseGeometry]:
    """Return the shapes of the zones that the assessed clauses name, by name, areas as their discs."""
    names = {clause.zone for clause in subject.assessment.clauses if clause.zone}
    shapes = {name: _zone(subject, name) for name in subject.agreement.zones if name in names}
    return {name: shape for name, shape in shapes.items() if not shape.is_empty}


def find_watched(subject: Subject) -> BaseGeometry:
    """Return the area that declared coverage reaches at some time; indicators watch nothing.

    Coverage whose probability nobody has stated counts for nothing.
    """
    interval = subject.assessment.interval
    shapes = [
        _covered(subject, one.area)
        for one in subject.evidence.plan.coverage
        if set(one.detects) - INDICATORS and one.probability and (interval is None or interval.overlap(one.interval))
    ]
    return shapely.union_all(shapes) if shapes else Polygon()


def draw_disc(subject: Subject, area: str) -> BaseGeometry:
    """Return a place's outline, or the disc that stands for it; empty where nothing knows it."""
    place = subject.place(area)
    if place is None:
        return Polygon()
    if place.shape is not None:
        return place.shape
    high = place.radius_m / METRES_PER_DEGREE
    wide = high / max(math.cos(math.radians(place.lat)), 0.05)
    turns = [turn * math.pi / 32 for turn in range(64)]
    return Polygon([(place.lon + wide * math.cos(turn), place.lat + high * math.sin(turn)) for turn in turns])


def _zone(subject: Subject, name: str) -> BaseGeometry:
    zone = subject.agreement.zones[name]
    shapes = [draw_disc(subject, area) for area in zone.areas]
    return shapely.union_all([*shapes, *([] if zone.shape is None else [zone.shape])])


def _covered(subject: Subject, name: str) -> BaseGeometry:
    if name == "everywhere":
        return _EVERYWHERE
    if name in subject.agreement.zones:
        return _zone(subject, name)
    own = subject.evidence.plan.areas.get(name)
    return own if isinstance(own, BaseGeometry) else draw_disc(subject, name)
