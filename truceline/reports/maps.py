"""The map: where the clauses hold, what happened there, and what nobody watched.

Equirectangular projection, true to scale at the middle latitude. Land is Natural Earth 1:10m, and
only the coast is drawn: no border, so that the map takes no side on any. Zones are outlined. What
no source watched is left white and hatched, so that an empty map reads as unseen and not as calm.
Places are circles of their radius.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from truceline.model import Incident
from truceline.reports.content import Figure
from truceline.reports.outlines import METRES_PER_DEGREE, find_watched, zone_shapes
from truceline.reports.signs import add_sign
from truceline.reports.subject import LISTED, Subject
from truceline.reports.svg import NARROW, WIDE, Canvas, Drawing, trace, width_of
from truceline.reports.tracks import Track, thin_tracks
from truceline.reports.wording import name_kind, say_count, say_number
from truceline.tracks.land import LAND_FILE

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)
_TALLEST = {True: 1.15, False: 0.62}

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the world that a map shows, and how degrees become units of the drawing."""

    west: float
    south: float
    east: float
    north: float
    width: float

    @property
    def squeeze(self) -> float:
        """How much shorter a degree of longitude is than one of latitude in the middle of the map."""
        return math.cos(math.radians((self.south + self.north) / 2))

    @property
    def scale(self) -> float:
        """Units of the drawing for one degree of latitude."""
        return self.width / ((self.east - self.west) * self.squeeze)

    @property
    def height(self) -> float:
        """Height of the drawing."""
        return (self.north - self.south) * self.scale

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a position stands in the drawing."""
        return (lon - self.west) * self.squeeze * self.scale, (self.north - lat) * self.scale

    def radii(self, lat: float, radius_m: float) -> tuple[float, float]:
        """Return the two half-axes of a circle on the ground, in units of the drawing."""
        high = radius_m / METRES_PER_DEGREE * self.scale
        return high * self.squeeze / max(math.cos(math.radians(lat)), 0.05), high


def build_map(subject: Subject, name: str = "map") -> Figure | None:
    """Return the map of a case, or None where no place is known for anything in it."""
    bounds = _bounds(subject)
    if bounds is None:
        return None
    seen = find_watched(subject)
    tracks = thin_tracks(subject, _grow(bounds))
    wide, narrow = (
        _draw(subject, _frame(bounds, width), seen, tracks, f"{name}-{width:.0f}") for width in (WIDE, NARROW)
    )
    placed = [one for one in subject.incidents if subject.located(one)]
    return Figure(
        id=name,
        title=_title(subject, len(placed)),
        description=_describe(subject, len(placed), len(tracks)),
        wide=wide,
        narrow=narrow,
        note=_note(len(tracks), len(placed), seen, bounds),
    )


def _title(subject: Subject, placed: int) -> str:
    effects = [effect for clause in subject.assessment.clauses for effect in clause.effects if effect.by_area]
    what = f"{name_kind(effects[0].kind).lower()} by region" if effects else ""
    if not placed and what:
        return f"No incident with a known place; numbers are {what}"
    return f"{say_count(placed, 'incident')} with a known place{f'; numbers beside crosses are {what}' if what else ''}"


def _describe(subject: Subject, placed: int, tracks: int) -> str:
    zones = sorted({clause.zone for clause in subject.assessment.clauses if clause.zone})
    where = f"zones {', '.join(zones)}" if zones else "no zone: the clauses hold everywhere"
    drawn = f"{say_count(placed, 'incident')}; {say_count(tracks, 'track')}"
    return f"Map with {where}; {drawn}. The table of incidents holds the same."


def _note(tracks: int, placed: int, seen: BaseGeometry, bounds: Box) -> str:
    lines = ["Blank and hatched: nothing that was declared could have seen an event or a platform there."]
    if not seen.is_empty:
        lines.append("Elsewhere something could, for part of the time at least.")
    if tracks:
        lines.append("Thin lines: tracks, broken where positions are missing.")
    if placed:
        lines.append("Broken circles: within which all that shows an incident lies.")
    lines.append("Equirectangular projection, north up.")
    _, region = _land()
    if not box(*region).contains(box(*bounds)):
        west, south, east, north = region
        lines.append(f"The coast is drawn from {west:g} to {east:g}° E and {south:g} to {north:g}° N only.")
    lines.append("Coast: Natural Earth 1:10m, public domain; no borders are drawn.")
    return " ".join(lines)


def _bounds(subject: Subject) -> Box | None:
    boxes = [*_zone_boxes(subject), *_incident_boxes(subject)] or list(_area_boxes(subject))
    if not boxes:
        return None
    west, south = min(one[0] for one in boxes), min(one[1] for one in boxes)
    east, north = max(one[2] for one in boxes), max(one[3] for one in boxes)
    return _widen(west, max(south, -80.0), east, min(north, 80.0))


def _widen(west: float, south: float, east: float, north: float) -> Box:
    """Return bounds with a margin, and never narrower than about 20 km."""
    pad = max(0.06 * max(east - west, north - south), 0.1)
    return west - pad, south - pad, east + pad, north + pad


def _grow(bounds: Box) -> Box:
    return bounds[0] - 1.5, bounds[1] - 0.5, bounds[2] + 1.5, bounds[3] + 0.5


def _zone_boxes(subject: Subject) -> Iterator[Box]:
    for shape in zone_shapes(subject).values():
        yield shape.bounds


def _incident_boxes(subject: Subject) -> Iterator[Box]:
    for incident in subject.incidents:
        found = subject.located(incident)
        if found:
            yield _disc_box(*found)


def _area_boxes(subject: Subject) -> Iterator[Box]:
    for clause in subject.assessment.clauses:
        for effect in clause.effects:
            for area in effect.by_area:
                place = subject.place(area.area)
                if place:
                    yield _disc_box(place.lon, place.lat, place.radius_m / 2)


def _disc_box(lon: float, lat: float, radius_m: float | None) -> Box:
    high = min((radius_m or 0) / METRES_PER_DEGREE, 3.0)
    wide = high / max(math.cos(math.radians(lat)), 0.05)
    return lon - wide, lat - high, lon + wide, lat + high


def _frame(bounds: Box, width: float) -> Frame:
    """Return a frame of this width; bounds too flat or too tall for the page are widened."""
    west, south, east, north = bounds
    squeeze = math.cos(math.radians((south + north) / 2))
    tallest, flattest = _TALLEST[width < 480], 0.36
    ratio = (north - south) / ((east - west) * squeeze)
    if ratio > tallest:
        more = ((north - south) / tallest / squeeze - (east - west)) / 2
        west, east = west - more, east + more
    if ratio < flattest:
        more = (flattest * (east - west) * squeeze - (north - south)) / 2
        south, north = south - more, north + more
    return Frame(west, south, east, north, width)


def _draw(subject: Subject, frame: Frame, seen: BaseGeometry, tracks: Sequence[Track], name: str) -> Drawing:
    canvas = Canvas(frame.width, frame.height, name)
    zones = zone_shapes(subject)
    _ground(canvas, frame)
    _unseen(canvas, frame, seen, zones)
    _grid(canvas, frame)
    for track in tracks:
        for piece in track.pieces:
            line = 1.2 if track.named else 0.5
            canvas.polyline([frame.xy(*point) for point in piece], "ink" if track.named else "track", line=line)
    for shape in zones.values():
        _outline(canvas, frame, shape)
    spots = _incident_spots(frame, subject)
    bar = _scale_bar(canvas, frame, [(x, y) for _, x, y in spots])
    taken = [bar, *((x - 7, y - 7, x + 7, y + 7) for _, x, y in spots)]
    _incidents(canvas, frame, subject, spots, taken)
    _zone_names(canvas, frame, zones, taken)
    _region_counts(canvas, frame, subject, taken)
    canvas.rect(0.5, 0.5, frame.width - 1, frame.height - 1, stroke="hair")
    return canvas.finish()


@cache
def _land() -> tuple[BaseGeometry, Box]:
    document = json.loads(LAND_FILE.read_text("utf-8"))
    west, south, east, north = document["bbox"]
    return shapely.make_valid(shapely.geometry.shape(document["features"][0]["geometry"])), (west, south, east, north)


def _ground(canvas: Canvas, frame: Frame) -> None:
    """Draw water and land where outlines are at hand; outside that region one grey stands for both."""
    land, region = _land()
    window = box(frame.west, frame.south, frame.east, frame.north)
    _fill(canvas, frame, window.intersection(box(*region)), "water")
    _fill(canvas, frame, window.difference(box(*region)), "ground")
    part = shapely.clip_by_rect(land, frame.west, frame.south, frame.east, frame.north)
    _fill(canvas, frame, part, "land", stroke="coast", line=0.7)


def _unseen(canvas: Canvas, frame: Frame, seen: BaseGeometry, zones: dict[str, BaseGeometry]) -> None:
    window = box(frame.west, frame.south, frame.east, frame.north)
    where = shapely.union_all(list(zones.values())).intersection(window) if zones else window
    blank = where.difference(seen)
    _fill(canvas, frame, blank, "unseen")
    _fill(canvas, frame, blank, canvas.hatch())
    land, _ = _land()
    coast = shapely.clip_by_rect(land.boundary, frame.west, frame.south, frame.east, frame.north).intersection(blank)
    for line in _lines(coast):
        canvas.polyline([frame.xy(*point[:2]) for point in line.coords], "coast", line=0.7)


def _lines(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    parts = getattr(shape, "geoms", [shape])
    for part in parts:
        if part.geom_type == "LineString" and not part.is_empty:
            yield part
        elif part.geom_type in ("MultiLineString", "GeometryCollection"):
            yield from _lines(part)


def _fill(canvas: Canvas, frame: Frame, shape: BaseGeometry, fill: str, stroke: str = "", line: float = 1) -> None:
    data = "".join(_rings(frame, shape))
    if data:
        canvas.add("path", d=data, fill=fill, stroke=stroke, line=line, fill_rule="evenodd")


def _rings(frame: Frame, shape: BaseGeometry) -> Iterator[str]:
    for part in getattr(shape, "geoms", [shape]):
        if isinstance(part, Polygon) and not part.is_empty:
            for ring in (part.exterior, *part.interiors):
                yield trace((frame.xy(*point[:2]) for point in ring.coords), closed=True)
        elif isinstance(part, MultiPolygon):
            yield from _rings(frame, part)


def _grid(canvas: Canvas, frame: Frame) -> None:
    step = next((step for step in _STEPS if (frame.east - frame.west) / step <= frame.width / 110), 30)
    places = 0 if step >= 1 else 1
    for lon in _ticks(frame.west, frame.east, step):
        x, _ = frame.xy(lon, frame.south)
        canvas.line(x, 0, x, frame.height, line=0.5)
        canvas.label(
            x,
            frame.height - 5,
            f"{abs(lon):.{places}f}° {'E' if lon >= 0 else 'W'}",
            size=10,
            colour="muted",
            anchor="middle",
            halo=True,
        )
    for lat in _ticks(frame.south, frame.north, step):
        _, y = frame.xy(frame.west, lat)
        canvas.line(0, y, frame.width, y, line=0.5)
        canvas.label(5, y - 3, f"{abs(lat):.{places}f}° {'N' if lat >= 0 else 'S'}", size=10, colour="muted", halo=True)


def _ticks(low: float, high: float, step: float) -> Iterator[float]:
    number = math.ceil((low + (high - low) * 0.06) / step)
    while number * step <= high - (high - low) * 0.06:
        yield number * step
        number += 1


def _outline(canvas: Canvas, frame: Frame, shape: BaseGeometry) -> None:
    _fill(canvas, frame, shape, "", stroke="accent", line=1.4)
    for line in _lines(shape):
        canvas.polyline([frame.xy(*point[:2]) for point in line.coords], "accent", line=1.4)


def _zone_names(canvas: Canvas, frame: Frame, zones: dict[str, BaseGeometry], taken: list[Box]) -> None:
    """Write each zone's name at a corner of it, inside or outside, where there is room."""
    for name, shape in zones.items():
        inside = shapely.clip_by_rect(shape, frame.west, frame.south, frame.east, frame.north)
        if inside.is_empty:
            continue
        west, south, east, north = inside.bounds
        (left, top), (right, bottom) = frame.xy(west, north), frame.xy(east, south)
        wide, middle = width_of(name, 12, bold=True), (left + right) / 2
        room = [
            (left + 5, top + 15),
            (right - wide - 5, top + 15),
            (left + 5, bottom - 6),
            (right - wide - 5, bottom - 6),
        ]
        beside = [(middle - wide / 2, top - 5), (right + 5, top + 12), (left - wide - 5, top + 12), (left, bottom + 14)]
        beside += [(right - wide, top - 5), (right - wide, bottom + 14), (middle - wide / 2, bottom + 14)]
        for spot in room + beside if right - left > wide + 30 else beside + room:
            if _try_label(canvas, taken, spot, name, 12, "accent", bold=True):
                break


def _region_counts(canvas: Canvas, frame: Frame, subject: Subject, taken: list[Box]) -> None:
    """Write the counts of the first effect that has them beside small crosses at the regions' points."""
    found = [effect.by_area for clause in subject.assessment.clauses for effect in clause.effects if effect.by_area]
    if not found:
        return
    for area in sorted(found[0], key=lambda one: (-one.count, one.area)):
        place = subject.place(area.area)
        if place is None:
            continue
        x, y = frame.xy(place.lon, place.lat)
        if not (0 <= x <= frame.width and 0 <= y <= frame.height):
            continue
        canvas.line(x - 3, y, x + 3, y, stroke="ink", line=1)
        canvas.line(x, y - 3, x, y + 3, stroke="ink", line=1)
        text = say_number(area.count)
        wide = f"{place.name.removesuffix(' oblast')} {text}"
        spots = [(x + 6, y + 4), (x + 6, y - 6), (x - 6 - width_of(wide, 11), y + 4), (x + 6, y + 15)]
        if not any(_try_label(canvas, taken, spot, wide, 11, "ink") for spot in spots):
            _try_label(canvas, taken, (x + 6, y + 4), text, 11, "ink")


def _incident_spots(frame: Frame, subject: Subject) -> list[tuple[Incident, float, float]]:
    found = ((incident, subject.located(incident)) for incident in subject.incidents[:LISTED])
    return [(incident, *frame.xy(place[0], place[1])) for incident, place in found if place]


def _incidents(
    canvas: Canvas, frame: Frame, subject: Subject, spots: list[tuple[Incident, float, float]], taken: list[Box]
) -> None:
    """Draw how exactly each place is known, then the signs, the first on top, then the numbers."""
    for incident, x, y in spots:
        _, lat, radius = subject.located(incident) or (0.0, 0.0, None)
        rx, ry = frame.radii(lat, radius or 0.0)
        if max(rx, ry) > 7:
            canvas.add("ellipse", cx=x, cy=y, rx=rx, ry=ry, stroke="muted", line=0.7, dash="3 3")
    for incident, x, y in reversed(spots):
        add_sign(canvas, incident.status, x, y, 6.5)
    for incident, x, y in spots:
        text = str(subject.numbers[incident.id])
        wide = width_of(text, 11, bold=True)
        for spot in ((x + 9, y + 4), (x - 9 - wide, y + 4), (x - wide / 2, y - 9), (x - wide / 2, y + 18)):
            if _try_label(canvas, taken, spot, text, 11, "ink", bold=True):
                break


def _try_label(
    canvas: Canvas,
    taken: list[Box],
    spot: tuple[float, float],
    text: str,
    size: float,
    colour: str,
    *,
    bold: bool = False,
) -> bool:
    """Write a label where it covers no other and stays in the drawing; return whether it could."""
    x, y = spot
    extent = (x, y - size * 0.8, x + width_of(text, size, bold=bold), y + size * 0.25)
    inside = extent[0] >= 2 and extent[1] >= 2 and extent[2] <= canvas.width - 2 and extent[3] <= canvas.height - 2
    if not inside or any(_overlap(extent, other) for other in taken):
        return False
    taken.append(extent)
    canvas.label(x, y, text, size=size, colour=colour, bold=bold, halo=True)
    return True


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_bar(canvas: Canvas, frame: Frame, spots: Sequence[tuple[float, float]]) -> Box:
    """Draw the scale bar in a corner where it hides no incident, and return the room that it takes."""
    per_km = frame.scale / METRES_PER_DEGREE * 1000
    length = max(_round_lengths(frame.width * 0.24 / per_km), default=1.0)
    wide, low = length * per_km, frame.height - 22
    corners = [(frame.width - 12 - wide, low), (34.0, low), (frame.width - 12 - wide, 30.0), (34.0, 30.0)]
    rooms = [(x - 8, y - 20, x + wide + 8, y + 8) for x, y in corners]
    free = [
        number
        for number, room in enumerate(rooms)
        if not any(_overlap(room, (x - 9, y - 9, x + 9, y + 9)) for x, y in spots)
    ]
    number = free[0] if free else 0
    (left, y), room = corners[number], rooms[number]
    canvas.rect(room[0], room[1], room[2] - room[0], room[3] - room[1], fill="paper")
    canvas.polyline([(left, y - 4), (left, y), (left + wide, y), (left + wide, y - 4)], "ink", line=1.4)
    canvas.label(left + wide / 2, y - 7, f"{say_number(length)} km", size=11, anchor="middle")
    return room


def _round_lengths(longest: float) -> Iterable[float]:
    for power in range(-1, 5):
        for first in (1, 2, 5):
            if first * 10.0**power <= longest:
                yield first * 10.0**power
