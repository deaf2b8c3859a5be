"""Where and when a clause about platforms holds, and which platforms it names."""

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.episodes import Area
from truceline.evidence.store import Evidence
from truceline.spacetime.shapes import circle

__all__ = ["draw_zone", "list_wanted", "read_area", "read_hours"]


def list_wanted(terms: Terms) -> tuple[str, ...]:
    """Return the categories and ids that the clause names."""
    named = terms.values.get("platforms", ())
    return (named,) if isinstance(named, str) else tuple(named)


def read_area(terms: Terms, agreement: Agreement, evidence: Evidence) -> Area | None:
    """Return where and when to look for positions; None where the clause has no place or no time."""
    if terms.possible is None or terms.zone is None:
        return None
    shape = draw_zone(terms.zone.shape, terms.zone.areas, evidence)
    if shape is None:
        return None
    return Area(
        shape,
        terms.possible.start,
        terms.possible.end,
        terms.zone.altitude_m,
        read_hours(terms.values.get("hours")),
        agreement.zone_of_time,
    )


def draw_zone(shape: BaseGeometry | None, areas: Sequence[str], evidence: Evidence) -> BaseGeometry | None:
    """Return the zone's shape with the outlines (or discs) of its areas; None where nothing can be drawn."""
    places = [place for place in map(evidence.gazetteer.find, areas) if place is not None]
    parts = [place.shape or circle(place.lon, place.lat, place.radius_m) for place in places]
    return shapely.union_all([*([shape] if shape is not None else []), *parts]) if shape is not None or parts else None


def read_hours(value: Sequence[str] | None) -> tuple[int, int] | None:
    """Return ["22:00", "06:00"] as minutes of the day, which `check_clauses` has checked."""
    if not value:
        return None
    first, last = (int(text[:2]) * 60 + int(text[3:5]) for text in value)
    return first, last
