"""Planted breaches: some in plain sight, some dark, some hidden in a gap, some at an edge of time."""

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice

import numpy as np

from truceline.scenario.config import ScenarioConfig
from truceline.scenario.movement import ALWAYS, Mover, Route, Span, sail, shift
from truceline.scenario.places import ATTACKER, MISSION_SHIP, PORTS, Point
from truceline.scenario.sensors import DAY, HOUR, Sensor, Watchers, find_gaps
from truceline.scenario.traffic import ICAO, MMSI
from truceline.scenario.world import Blast

Rng = np.random.Generator
_PARTIES = ("RU", "UA")

# Ways into the sea zone from outside: where it begins, how far in it goes. Each stays in one sector.
_EAST: list[Point] = [(32.12, 45.45), (31.72, 45.60), (32.12, 45.78)]
_SOUTH_EAST: list[Point] = [(31.70, 45.10), (31.55, 45.45), (31.85, 45.10)]
_SOUTH_WEST: list[Point] = [(30.70, 45.12), (30.85, 45.42), (30.95, 45.12)]
_CROSSING: list[Point] = [(32.15, 45.70), (31.20, 45.75), (30.85, 45.55), (30.60, 45.10)]
_PAST_MISSION: list[Point] = [(30.65, 45.10), (30.80, 45.60), (30.77, 45.83), (31.20, 45.60), (31.40, 45.10)]


def plant_warships(rng: Rng, config: ScenarioConfig, watchers: Watchers) -> list[Mover]:
    """Return warships that enter the sea zone: open, dark, seen by monitors, hidden, at an edge."""
    ways: dict[str, Callable[[], tuple[Route, bool]]] = {
        "hidden": lambda: (_hide(rng, config, watchers.surface, rng.choice(4)), False),
        "open": lambda: (_at(rng, config, _CROSSING, 15), True),
        "watched": lambda: (_by_day(rng, config, _PAST_MISSION, 16), False),
        "dark": lambda: (_at(rng, config, (_EAST, _SOUTH_EAST)[int(rng.integers(2))], 14), False),
        "edge": lambda: (_at_edge(rng, config, _EAST, 14), False),
    }
    fleet = []
    for number, (way, party) in enumerate(_draw(rng, config.warship_entries, ways)):
        route, transmits = ways[way]()
        fleet.append(
            Mover(f"warship-{way}-{number + 1}", "warship", party, route, MMSI + 600 + number, ship_type=35,
                  transmits=ALWAYS if transmits else (), shown_as=_recognise(rng, way, "warship"))
        )  # fmt: skip
    return fleet


def _recognise(rng: Rng, way: str, category: str) -> str:
    """Return what radar operators take it for: of what hides, they can tell the class in six cases of ten."""
    return "" if way in ("dark", "edge") and rng.random() < 0.4 else category


def plant_aircraft(rng: Rng, config: ScenarioConfig, watchers: Watchers) -> list[Mover]:
    """Return military aircraft that fly in the closed band: open, dark, hidden, at an edge."""
    circuit: list[Point] = [(32.7, 44.8), (31.6, 45.4), (31.2, 45.9), (31.8, 45.7), (32.8, 45.0)]
    shallow: list[Point] = [(32.8, 45.5), (31.95, 45.5), (31.95, 45.75), (32.8, 45.75)]
    ways: dict[str, Callable[[], Route]] = {
        "hidden": lambda: _hide_flight(rng, config, watchers.air, shallow, 320),
        "open": lambda: _at(rng, config, circuit, 220, 1500.0),
        "dark": lambda: _at(rng, config, circuit, 260, 900.0),
        "edge": lambda: _at_edge(rng, config, circuit, 200, 1200.0),
    }
    return [
        Mover(f"aircraft-{way}-{number + 1}", "military-aircraft", party, ways[way](), icao=f"{ICAO + 16 + number:06x}",
              transmits=ALWAYS if way == "open" else (), shown_as=_recognise(rng, way, "military-aircraft"))
        for number, (way, party) in enumerate(_draw(rng, config.aircraft_entries, ways))
    ]  # fmt: skip


def plant_drones(rng: Rng, config: ScenarioConfig, watchers: Watchers) -> list[Mover]:
    """Return drones that fly through the closed band; some too low for any radar."""
    run: list[Point] = [(32.9, 45.2), (31.6, 45.7), (30.9, 45.9), (30.4, 45.7), (29.6, 45.6)]
    by_mission: list[Point] = [(32.9, 45.4), (31.5, 45.8), (MISSION_SHIP[0] + 0.03, MISSION_SHIP[1]), (29.7, 45.9)]
    ways: dict[str, Callable[[], Route]] = {
        "dark": lambda: _at(rng, config, run, 97, 300.0),
        "watched": lambda: _by_day(rng, config, by_mission, 97, 200.0),
        "low": lambda: _at(rng, config, run, 97, 60.0),
        "hidden": lambda: _hide_flight(rng, config, watchers.air, run, 97),
    }
    drones = []
    for number, (way, party) in enumerate(_draw(rng, config.drone_entries, ways)):
        unseen = way == "low" or rng.random() > 0.9
        slips = frozenset(sensor.name for sensor in watchers.air) if unseen else frozenset[str]()
        drones.append(
            Mover(f"drone-{way}-{number + 1}", "drone", party, ways[way](), shown_as="drone", hidden_from=slips)
        )
    return drones


def plant_strikes(rng: Rng, config: ScenarioConfig, watchers: Watchers) -> list[Blast]:
    """Return strikes on the two ports: by day, by night, in a gap, at an edge of time or of a period."""
    ports = list(PORTS)
    ways = ("hidden", "day", "night", "edge", "day", "night")
    order = list(islice(cycle(ports if rng.random() < 0.5 else ports[::-1]), config.strikes))
    blasts = []
    for number, (way, port) in enumerate(zip(islice(cycle(ways), config.strikes), order, strict=True)):
        sound = next(sensor for sensor in watchers.sound if port in sensor.areas)
        lon, lat = PORTS[port]
        place = (lon + float(rng.uniform(-0.06, 0.06)), lat + float(rng.uniform(-0.04, 0.04)))
        kind = ("drone-strike", "missile-strike")[int(rng.integers(2))]
        time = _strike_time(rng, config, way, sound, watchers.posts)
        tells = bool(rng.random() < 0.6)
        blasts.append(Blast(f"strike-{way}-{number + 1}", port, kind, ATTACKER[port], time, place, tells))
    return blasts


def _strike_time(rng: Rng, config: ScenarioConfig, way: str, sound: Sensor, posts: Sequence[Sensor]) -> float:
    ends = config.hours * HOUR
    if way == "hidden":
        gaps = find_gaps([sound, *posts], (0.0, ends), 1.5 * HOUR)
        if gaps:
            start, end = gaps[int(rng.integers(len(gaps)))]
            return float(round(rng.uniform(start + 600, end - 600)))
        return float(round(rng.uniform(0, ends)))
    day = int(rng.integers(max(1, config.hours // 24))) * DAY
    if way == "edge":
        return float(round(day + rng.uniform(5, 100)))
    early, late = (8.0, 17.0) if way == "day" else (0.5, 6.0)
    return float(round(day + rng.uniform(early, late) * HOUR))


def _draw(rng: Rng, count: int, ways: Iterable[str]) -> list[tuple[str, str]]:
    """Return (way, party) for each of `count` breaches: every way in turn, the parties alternating."""
    first = int(rng.integers(2))
    return [(way, _PARTIES[(first + number) % 2]) for number, way in enumerate(islice(cycle(ways), count))]


def _at(rng: Rng, config: ScenarioConfig, corners: Sequence[Point], knots: float, altitude_m: float = 0.0) -> Route:
    """Return the route at any time at which all of it lies in the ceasefire."""
    route = sail(_near(rng, corners), knots, 0.0, altitude_m)
    return shift(route, float(round(rng.uniform(0, config.hours * HOUR - route.span[1]))))


def _near(rng: Rng, corners: Sequence[Point]) -> list[Point]:
    return [(lon + float(rng.uniform(-0.02, 0.02)), lat + float(rng.uniform(-0.02, 0.02))) for lon, lat in corners]


def _by_day(rng: Rng, config: ScenarioConfig, corners: Sequence[Point], knots: float, altitude_m: float = 0.0) -> Route:
    """Return the route so timed that its middle falls into daylight."""
    route = sail(_near(rng, corners), knots, 0.0, altitude_m)
    day = int(rng.integers(max(1, config.hours // 24))) * DAY
    middle = day + rng.uniform(9, 16) * HOUR
    return shift(route, float(round(middle - (route.span[1] - route.span[0]) / 2)))


def _at_edge(
    rng: Rng, config: ScenarioConfig, corners: Sequence[Point], knots: float, altitude_m: float = 0.0
) -> Route:
    """Return the route with its middle on the first or the last instant of the ceasefire."""
    route = sail(_near(rng, corners), knots, 0.0, altitude_m)
    edge = 0.0 if rng.random() < 0.5 else config.hours * HOUR
    return shift(route, float(round(edge - (route.span[1] - route.span[0]) / 2)))


def _hide(rng: Rng, config: ScenarioConfig, radars: Sequence[Sensor], turn: int) -> Route:
    """Return a warship's way in and out while no radar watches that sector."""
    shore, offshore, patrol = radars
    choices = [(offshore, _EAST), (offshore, _SOUTH_EAST), (shore, _SOUTH_WEST)]
    for radar, corners in choices[turn % 3 :] + choices[: turn % 3]:
        route = sail(_near(rng, corners), 18, 0.0)
        gaps = find_gaps([radar, patrol], (0.0, config.hours * HOUR), route.span[1] + 600)
        if gaps:
            return _into(rng, route, gaps)
    return _at(rng, config, _EAST, 18)


def _hide_flight(
    rng: Rng, config: ScenarioConfig, radars: Sequence[Sensor], corners: Sequence[Point], knots: float
) -> Route:
    """Return a flight while no air radar works."""
    route = sail(_near(rng, corners), knots, 0.0, 800.0)
    gaps = find_gaps(radars, (0.0, config.hours * HOUR), route.span[1] + 300)
    return _into(rng, route, gaps) if gaps else _at(rng, config, corners, knots, 800.0)


def _into(rng: Rng, route: Route, gaps: Sequence[Span]) -> Route:
    start, end = gaps[int(rng.integers(len(gaps)))]
    return shift(route, float(round(rng.uniform(start + 60, end - route.span[1] - 60))))
