"""Where the scenario plays: the western Black Sea, in rough outline.

The zones are those of `cases/black-sea/agreement.md`; a test holds the two together. Longitude and
latitude in degrees, WGS 84.
"""

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from truceline.spacetime.shapes import circle

Point = tuple[float, float]

PORTS: dict[str, Point] = {"port-odesa": (30.75, 46.49), "port-sevastopol": (33.50, 44.62)}
PORT_RADIUS_M = 6 * 1852.0

ATTACKER = {"port-odesa": "RU", "port-sevastopol": "UA"}
"""Who strikes which port, where anybody does."""

MISSION_SHIP: Point = (30.72, 45.86)
POSTS: dict[str, Point] = {
    "post-north": (30.76, 46.46),
    "post-south": (33.42, 44.60),
    "mission-ship": MISSION_SHIP,
}
"""Where the monitors stand."""

CORRIDOR: list[Point] = [(30.80, 46.45), (30.95, 46.10), (30.62, 45.50), (30.20, 44.90), (29.00, 44.25)]
EAST_LANE: list[Point] = [(29.00, 44.10), (31.20, 44.20), (33.30, 44.30), (34.20, 44.10)]
FERRY: list[Point] = [(28.75, 44.15), (30.40, 44.05), (32.20, 43.70), (34.20, 43.40)]
BERTHS: dict[str, Point] = {"north": (30.73, 46.50), "south": (33.53, 44.62)}
AIRWAYS: list[list[Point]] = [
    [(28.6, 46.9), (30.5, 45.6), (33.9, 43.6)],
    [(28.4, 43.7), (30.9, 45.2), (33.5, 46.4)],
    [(28.3, 45.0), (31.0, 44.6), (34.1, 44.4)],
]
FL100_M = 3048.0

_SEA: list[Point] = [(30.40, 45.30), (31.90, 45.30), (31.90, 46.00), (31.30, 46.30), (30.90, 46.25), (30.40, 45.85)]
_AIR: list[Point] = [(30.00, 45.00), (32.20, 45.00), (32.20, 46.20), (31.30, 46.70), (30.60, 46.70), (30.00, 46.20)]

SECTORS: dict[str, list[Point]] = {
    "sector-west": [(30.40, 45.30), (31.15, 45.30), (31.15, 46.28125), (30.90, 46.25), (30.40, 45.85)],
    "sector-east": [(31.15, 45.30), (31.90, 45.30), (31.90, 46.00), (31.30, 46.30), (31.15, 46.28125)],
}


def draw_zones() -> dict[str, BaseGeometry]:
    """Return the zones of the agreement by name."""
    zones: dict[str, BaseGeometry] = {"sea": Polygon(_SEA), "air": Polygon(_AIR)}
    zones |= {name: circle(*place, PORT_RADIUS_M) for name, place in PORTS.items()}
    return zones | {name: Polygon(corners) for name, corners in SECTORS.items()}


def widen(shape: BaseGeometry, metres: float) -> BaseGeometry:
    """Return the shape with a margin that is about `metres` wide; good enough for a sensor's reach."""
    return shapely.buffer(shape, metres / 90_000.0)
