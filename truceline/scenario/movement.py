"""Things that move: a route in time, and who or what is on it.

Times are seconds after the start of the ceasefire, and may be negative: the world does not begin
with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.scenario.places import Point
from truceline.spacetime.shapes import distance_m, inside

Floats = NDArray[np.float64]
Span = tuple[float, float]
"""Half-open, in seconds after the start."""

KNOT_M_S = 1852 / 3600
ALWAYS: tuple[Span, ...] = ((-1e9, 1e9),)
_STEP_S = 30.0


@dataclass(frozen=True, slots=True)
class Route:
    """Corner times, places and heights; straight in longitude and latitude between them."""

    time: Floats
    lon: Floats
    lat: Floats
    altitude_m: Floats

    @property
    def span(self) -> Span:
        """First and last second."""
        return float(self.time[0]), float(self.time[-1])

    def at(self, time: Floats) -> tuple[Floats, Floats, Floats]:
        """Return longitude, latitude and height at times within the span."""
        lon, lat, altitude = (np.interp(time, self.time, values) for values in (self.lon, self.lat, self.altitude_m))
        return lon, lat, altitude

    def motion(self, time: Floats) -> tuple[Floats, Floats]:
        """Return speed in knots and course in degrees at times within the span."""
        first, last = self.span
        before, after = np.clip(time - 15.0, first, last), np.clip(time + 15.0, first, last)
        lon1, lat1, _ = self.at(before)
        lon2, lat2, _ = self.at(after)
        east, north = (lon2 - lon1) * np.cos(np.radians(lat1)), lat2 - lat1
        speed = distance_m(lon1, lat1, lon2, lat2) / np.maximum(after - before, 1.0) / KNOT_M_S
        return np.asarray(speed, dtype=np.float64), np.degrees(np.arctan2(east, north)) % 360

    def moments(self, step: float = _STEP_S) -> Floats:
        """Return times that tile the span."""
        return np.arange(*self.span, step)


@dataclass(frozen=True, slots=True)
class Mover:
    """A vessel, an aircraft, or what a false signal makes believe is one.

    `shown_as` is what a radar operator takes it for ("" where that is not known); `hidden_from` are
    sensors that it slips by. `transmits` are the times of its own transponder, `told_party` whether
    its transmitted identity tells the party. A `phantom` is heard on the air and is not there.
    """

    name: str
    category: str
    party: str
    route: Route
    mmsi: int | None = None
    icao: str | None = None
    ship_type: int = 70
    transmits: tuple[Span, ...] = ()
    shown_as: str = ""
    hidden_from: frozenset[str] = frozenset()
    phantom: bool = False

    @property
    def airborne(self) -> bool:
        """Whether it flies."""
        return self.category in ("military-aircraft", "civil-aircraft", "helicopter", "drone")


def sail(corners: Sequence[Point], knots: float, start: float, altitude_m: float = 0.0) -> Route:
    """Return the route through `corners` at a steady speed, from `start` on."""
    lon, lat = np.array(corners, dtype=np.float64).T
    legs = np.asarray(distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:]), dtype=np.float64).reshape(-1)
    time = start + np.concatenate([[0.0], np.cumsum(np.maximum(legs, 1.0))]) / (knots * KNOT_M_S)
    return Route(time, lon, lat, np.full(len(lon), altitude_m))


def lie(place: Point, span: Span, altitude_m: float = 0.0) -> Route:
    """Return the route of something that stays where it is."""
    pair = np.ones(2)
    return Route(np.array(span), pair * place[0], pair * place[1], pair * altitude_m)


def shift(route: Route, seconds: float) -> Route:
    """Return the same route at another time."""
    return Route(route.time + seconds, route.lon, route.lat, route.altitude_m)


def find_stay(route: Route, zone: BaseGeometry, ceiling_m: float, within: Span) -> Span | None:
    """Return first and last second of the route in the zone, at or below the ceiling, within a span."""
    time = np.arange(max(route.span[0], within[0]), min(route.span[1], within[1]), 5.0)
    if not len(time):
        return None
    lon, lat, altitude = route.at(time)
    there = time[inside(zone, lon, lat) & (altitude <= ceiling_m)]
    return (float(there[0]), float(there[-1])) if len(there) else None


def is_in(time: Floats, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Return which times lie in one of the spans."""
    found = np.zeros(len(time), dtype=bool)
    for start, end in spans:
        found |= (time >= start) & (time < end)
    return found


def cut(span: Span, holes: Sequence[Span]) -> tuple[Span, ...]:
    """Return what is left of a span without the holes."""
    parts, start = [], span[0]
    for hole_start, hole_end in sorted(holes):
        if hole_start > start:
            parts.append((start, min(hole_start, span[1])))
        start = max(start, hole_end)
    parts.append((start, span[1]))
    return tuple((a, b) for a, b in parts if a < b)
