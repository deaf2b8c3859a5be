"""What a source could have seen: the ground on which silence may count as evidence.

Nothing seen means something only where somebody looked who could have seen it. Categories of
platform form two trees (vessels and aircraft); a source that detects the root detects every branch,
unless it is cooperative: a transponder shows who is obliged to transmit and does, so its silence
says nothing of warships, military aircraft, drones, missiles or a vessel that went dark, nor of a
root that has these among its branches. A source of indicators covers nothing at all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from shapely.geometry.base import BaseGeometry

from truceline.evidence.formats import SOURCES
from truceline.evidence.source import Plan, Source
from truceline.evidence.tables import CATEGORIES, EVENT_KINDS, INDICATORS, NEVER_COOPERATIVE
from truceline.gazetteer import Gazetteer
from truceline.model import FileTally
from truceline.spacetime.shapes import circle

__all__ = [
    "AIRCRAFT",
    "EVERYWHERE",
    "RECEPTION",
    "VESSELS",
    "draw_area",
    "find_watchers",
    "is_cooperative",
    "measure_unread",
    "name_lineages",
    "needs_of_platform",
    "sees",
    "why_blind",
]

VESSELS = ("vessel", *CATEGORIES["vessel"])
AIRCRAFT = ("aircraft", *CATEGORIES["aircraft"])
"""Categories of platform; the first of each is the root, which means all of them."""

COOPERATIVE = frozenset({"nmea", "marinecadastre", "dma", "readsb", "opensky", "modes"})
"""Formats that carry transponders' own messages, beside those that say so in `SOURCES`."""

RECEPTION = "reception"
"""What a clause about transponders needs beside sensors that see: that transmissions were received, as others show."""

TRANSPONDING = frozenset({*VESSELS[1:], *AIRCRAFT[1:], "jamming", RECEPTION}) - NEVER_COOPERATIVE
"""What a cooperative source may cover: those obliged to transmit, and jamming and reception, which show in it."""

EVERYWHERE = "everywhere"
"""The area of a coverage that watches wherever a clause holds."""


def draw_area(name: str, zones: Mapping[str, BaseGeometry], gazetteer: Gazetteer) -> BaseGeometry | None:
    """Return the shape of a coverage's area: a zone of the agreement, or a place; None where nothing knows it.

    A place that nobody drew stands as the disc around its point. "everywhere" is no shape.
    """
    if name in zones:
        return zones[name]
    place = gazetteer.find(name)
    if place is None:
        return None
    return place.shape if place.shape is not None else circle(place.lon, place.lat, place.radius_m)


def is_cooperative(source: Source) -> bool:
    """Return whether a source carries transponders' messages only."""
    known = SOURCES.get(source.format)
    return source.cooperative or source.format in COOPERATIVE or (known is not None and known.cooperative)


def name_lineages(plan: Plan) -> Mapping[str, str]:
    """Return the lineage of each source: what it declares, else its own name."""
    return {source.name: source.lineage or source.name for source in plan.sources}


def needs_of_platform(platform: str) -> str:
    """Return the category that must be watched for a platform or category of a clause.

    A named platform ("mmsi:…", "icao:…") may go dark, so its whole root must be watched.
    """
    if platform.startswith("mmsi:"):
        return "vessel"
    return "aircraft" if platform.startswith("icao:") else platform


def sees(detects: Iterable[str], need: str) -> bool:
    """Return whether one of `detects` is `need`, or the root above it."""
    wide = {need, *(tree[0] for tree in (VESSELS, AIRCRAFT) if need in tree)}
    return not wide.isdisjoint(detects)


def find_watchers(plan: Plan, source: str, provider: str) -> tuple[Source, ...]:
    """Return the listed sources that a coverage speaks of: the one that it names, else all of its provider."""
    if source:
        return tuple(each for each in plan.sources if each.name == source)
    return tuple(each for each in plan.sources if provider and each.provider == provider)


def measure_unread(watchers: Collection[Source], files: Sequence[FileTally]) -> float:
    """Return the share of these sources' rows that were rejected; 0 where they gave no rows.

    What stood in them nobody knows: each may have been a breach.
    """
    names = {source.name for source in watchers}
    mine = [tally for tally in files if tally.source in names]
    rows = sum(tally.rows for tally in mine)
    return sum(sum(tally.rejected.values()) for tally in mine) / rows if rows else 0.0


def why_blind(watchers: Collection[Source], detects: Collection[str], need: str) -> str | None:
    """Return why a coverage by these sources says nothing of `need`; None where one of them could see it."""
    if not watchers:
        return "it names no listed source, so its silence never reaches us"
    reasons = [_why_blind(source, detects, need) for source in watchers]
    return None if None in reasons else reasons[0]


def _why_blind(source: Source, detects: Collection[str], need: str) -> str | None:
    kind = source.kind or (SOURCES[source.format].kind if source.format in SOURCES else None)
    if kind in INDICATORS:
        return f"{kind} is an indicator: it sees no breach, so its silence shows none"
    if not sees(detects, need):
        return f"it does not detect {need}"
    if is_cooperative(source) and need not in TRANSPONDING:
        what = "an event" if need in EVENT_KINDS else need
        return f"a transponder's silence says nothing of {what}"
    return None
