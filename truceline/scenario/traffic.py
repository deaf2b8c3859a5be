"""Innocent traffic: what would be there without any breach, and what only looks like one."""

from collections.abc import Iterator

import numpy as np

from truceline.scenario.config import ScenarioConfig
from truceline.scenario.movement import ALWAYS, Mover, Route, Span, lie, sail
from truceline.scenario.places import AIRWAYS, BERTHS, CORRIDOR, EAST_LANE, FERRY, MISSION_SHIP, PORTS, Point
from truceline.scenario.sensors import DAY, HOUR, MARGIN_H
from truceline.scenario.world import Blast, Notice

MMSI = 299_000_000
"""The ITU has given the identification digits 299 to no country: no real vessel is meant."""

ICAO = 0xF7_0000
"""Addresses in a block that ICAO has given to no state: no real aircraft is meant."""

Rng = np.random.Generator


def add_traffic(rng: Rng, config: ScenarioConfig) -> list[Mover]:
    """Return the merchants, fishing vessels, ferries, berthed ships and airliners."""
    world = (-MARGIN_H * HOUR, (config.hours + MARGIN_H) * HOUR)
    return [
        *_merchants(rng, config.merchants, world),
        *_fishers(rng, config.fishing, world),
        *_ferries(config.ferries, world),
        *_berthed(rng, config.moored, world),
        *_airliners(rng, round(config.airliners * config.hours / 24), world),
    ]


def _jitter(rng: Rng, corners: list[Point], degrees: float) -> list[Point]:
    return [(lon + rng.uniform(-degrees, degrees), lat + rng.uniform(-degrees, degrees)) for lon, lat in corners]


def _merchants(rng: Rng, count: int, world: Span) -> Iterator[Mover]:
    """Ships in the corridor, which leads through the sea zone, and in the lane to the east."""
    for number in range(count):
        lane = CORRIDOR if number % 3 else EAST_LANE
        corners = _jitter(rng, lane, 0.015)[:: -1 if rng.random() < 0.5 else 1]
        route = sail(corners, rng.uniform(9, 15), rng.uniform(world[0] - 6 * HOUR, world[1] - 4 * HOUR))
        kind, ship_type = ("tanker", 80) if number % 4 == 0 else ("cargo", 70)
        yield Mover(
            f"merchant-{number + 1}", kind, "", route, MMSI + 100 + number, ship_type=ship_type, transmits=ALWAYS,
            shown_as=kind,
        )  # fmt: skip


def _fishers(rng: Rng, count: int, world: Span) -> Iterator[Mover]:
    """Boats that zigzag over the banks; a third is too small for a transponder, a sixth known to nobody for hours."""
    for number in range(count):
        centre = (rng.uniform(30.2, 31.9), rng.uniform(45.1, 46.0))
        corners = [(centre[0] + rng.uniform(-0.12, 0.12), centre[1] + rng.uniform(-0.08, 0.08)) for _ in range(16)]
        dark, unknown = number % 3 == 2, number % 6 == 5
        legs = corners[:5] if unknown else corners
        route = sail(legs, rng.uniform(3, 5), rng.uniform(world[0], world[1] - 20 * HOUR))
        yield Mover(
            f"fishing-{number + 1}", "fishing", "", route, None if dark else MMSI + 200 + number, ship_type=30,
            transmits=() if dark else ALWAYS, shown_as="" if unknown else "fishing",
        )  # fmt: skip


def _ferries(count: int, world: Span) -> Iterator[Mover]:
    for number in range(count):
        there_and_back = FERRY + FERRY[-2::-1]
        corners = (there_and_back + there_and_back[1:]) * 2
        route = sail(corners, 17 + number, world[0] - number * 5 * HOUR)
        yield Mover(
            f"ferry-{number + 1}", "passenger", "", route, MMSI + 300 + number, ship_type=60, transmits=ALWAYS,
            shown_as="passenger",
        )  # fmt: skip


def _berthed(rng: Rng, count: int, world: Span) -> Iterator[Mover]:
    """Ships at their berths, among them warships of both parties with their transponders on."""
    for number in range(count):
        north = number % 2 == 0
        lon, lat = BERTHS["north" if north else "south"]
        place = (lon + rng.uniform(-0.02, 0.02), lat + rng.uniform(-0.01, 0.01))
        naval = number < 4
        yield Mover(
            f"berthed-{number + 1}", "warship" if naval else "cargo", ("UA" if north else "RU") if naval else "",
            lie(place, world), MMSI + 400 + number, ship_type=35 if naval else 70, transmits=ALWAYS,
        )  # fmt: skip


def _airliners(rng: Rng, count: int, world: Span) -> Iterator[Mover]:
    """Flights far above the band that the agreement closes."""
    for number in range(count):
        way = _jitter(rng, AIRWAYS[int(rng.integers(len(AIRWAYS)))], 0.1)[:: -1 if rng.random() < 0.5 else 1]
        route = sail(way, rng.uniform(420, 480), rng.uniform(*world), rng.integers(30, 40) * 304.8)
        yield Mover(
            f"airliner-{number + 1}", "civil-aircraft", "", route, icao=f"{ICAO + 0x100 + number:06x}",
            transmits=ALWAYS, shown_as="civil-aircraft",
        )  # fmt: skip


def add_lookalikes(rng: Rng, config: ScenarioConfig) -> tuple[list[Mover], dict[str, str]]:
    """Return movers that a careless eye takes for violators, and why each is none."""
    ends = config.hours * HOUR
    east = [(32.30, 45.20), (31.94, 45.35), (31.93, 45.95), (32.25, 46.05)]
    south = [(30.2, 45.10), (30.6, 45.275), (31.6, 45.27), (32.1, 45.1)]
    heavy = sail([(29.2, 44.6), (31.0, 45.6), (33.4, 46.6)], 300, rng.uniform(0, ends - 2 * HOUR), 7315.0)
    beside = sail([(32.9, 44.7), (32.5, 45.2), (32.45, 46.0), (33.2, 46.3)], 240, rng.uniform(0, ends - HOUR), 2400.0)
    liar_party, liar_mmsi = (("UA", MMSI + 400), ("RU", MMSI + 401))[int(rng.integers(2))]
    liar = sail([(32.6, 44.9), (31.7, 45.6), (31.3, 45.9)], 18, rng.uniform(0.2, 0.8) * ends)
    skirt = {
        "UA": sail(east, 12, rng.uniform(0, ends - 8 * HOUR)),
        "RU": sail(south, 13, rng.uniform(0, ends - 8 * HOUR)),
    }
    movers = [
        Mover(f"skirting-{party}", "warship", party, route, MMSI + 500 + number, ship_type=35, transmits=ALWAYS,
              shown_as="warship")
        for number, (party, route) in enumerate(skirt.items())
    ] + [
        Mover("transport-above", "military-aircraft", "UA", heavy, icao=f"{ICAO + 1:06x}", transmits=ALWAYS,
              shown_as="military-aircraft"),
        Mover("patrol-beside", "military-aircraft", "RU", beside, icao=f"{ICAO + 2:06x}", transmits=ALWAYS,
              shown_as="military-aircraft"),
        Mover("spoofed-track", "warship", liar_party, liar, liar_mmsi, ship_type=35, transmits=ALWAYS, phantom=True),
    ]  # fmt: skip
    return movers, {
        "skirting-UA": "a warship that passes along the edge of the zone and stays outside",
        "skirting-RU": "a warship that passes along the edge of the zone and stays outside",
        "transport-above": "a military transport above the closed band of height",
        "patrol-beside": "a military patrol beside the zone",
        "spoofed-track": "a false signal: the ship whose identity it carries lies at its berth",
    }


def add_rescue(rng: Rng, config: ScenarioConfig) -> tuple[list[Mover], list[Notice], dict[str, str]]:
    """Return a notified search-and-rescue flight and a notified flight of the monitors' own drone."""
    ends = config.hours * HOUR
    start = rng.uniform(4 * HOUR, ends - 6 * HOUR)
    party, home = (("UA", (30.70, 46.42)), ("RU", (33.40, 44.65)))[int(rng.integers(2))]
    spot = (rng.uniform(30.6, 31.6), rng.uniform(45.5, 45.9))
    square = [(spot[0] + x, spot[1] + y) for x, y in ((0.1, 0.1), (-0.1, 0.1), (-0.1, -0.1), (0.1, -0.1), (0.1, 0.1))]
    rescue = sail([home, *square, home], 150, start, 150.0)
    takeoff = round(rng.integers(config.hours // 24)) * DAY + rng.uniform(8, 17) * HOUR
    lon, lat = MISSION_SHIP
    look = sail([MISSION_SHIP, (lon + 0.1, lat), (lon + 0.1, lat - 0.08), MISSION_SHIP], 40, takeoff, 120.0)
    movers = [
        Mover("rescue-flight", "military-aircraft", party, rescue, icao=f"{ICAO + 3:06x}", transmits=ALWAYS,
              shown_as="military-aircraft"),
        Mover("mission-drone", "drone", "", look, shown_as="drone"),
    ]  # fmt: skip
    notices = [
        Notice("notice-rescue", party, rescue.span, spot, 120_000.0, "search-and-rescue",
               f"search and rescue flight of {party}"),
        Notice("notice-mission", "coordination", look.span, MISSION_SHIP, 15_000.0, "monitoring-flight",
               "flight of the mission's own drone"),
    ]  # fmt: skip
    return (
        movers,
        notices,
        {
            "rescue-flight": "a military aircraft on a notified search at sea, which the exception allows",
            "mission-drone": "a notified flight of the monitors' own drone, which the exception allows",
        },
    )


def add_noises(rng: Rng, config: ScenarioConfig) -> list[Blast]:
    """Return explosions that are no breach: too early, too late, or not in the zone."""
    ends = config.hours * HOUR
    (odesa, sevastopol), quarry = PORTS.values(), (30.52, 46.62)
    return [
        Blast("strike-before", "port-odesa", "missile-strike", "RU", -rng.uniform(4, 9) * 60, odesa,
              innocent="before the ceasefire began"),
        Blast("strike-after", "port-sevastopol", "drone-strike", "UA", ends + rng.uniform(4, 9) * 60, sevastopol,
              innocent="after the ceasefire had ended"),
        Blast("quarry-blast", "port-odesa", "explosion", "", rng.uniform(0.1, 0.9) * ends, quarry,
              innocent="work in a quarry outside the zone"),
    ]  # fmt: skip


def add_ghosts(rng: Rng, config: ScenarioConfig) -> list[Mover]:
    """Return radar echoes of nothing: a few plots without a class, then gone."""
    ghosts = []
    for number in range(int(rng.integers(3))):
        place = (rng.uniform(30.5, 31.8), rng.uniform(45.4, 45.9))
        start = rng.uniform(0, config.hours * HOUR - HOUR)
        route: Route = sail([place, (place[0] + 0.02, place[1] + 0.01)], rng.uniform(10, 25), start)
        ghosts.append(Mover(f"ghost-{number + 1}", "echo", "", route))
    return ghosts


def choose_mistaken(rng: Rng, movers: list[Mover]) -> str:
    """Return, in three worlds of ten, a merchant in the corridor that a monitor will take for a warship."""
    merchants = [mover.name for mover in movers if mover.name.startswith("merchant")]
    chosen = merchants[int(rng.integers(len(merchants)))] if merchants else ""
    return chosen if rng.random() < 0.3 else ""
