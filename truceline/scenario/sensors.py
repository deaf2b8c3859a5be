"""Who watches what, from where and when: the same plan makes the evidence and the coverage.

A sensor sees only while it is on, only within its reach, and only what it can see. What is
declared as coverage is what it truly covers in this world: no more, and nothing while it is off.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from truceline.scenario.movement import Span, cut
from truceline.scenario.places import POSTS, draw_zones, widen
from truceline.spacetime.shapes import circle

VESSELS = ("warship", "cargo", "tanker", "fishing", "passenger", "other-vessel")
AIRCRAFT = ("military-aircraft", "civil-aircraft", "helicopter", "drone")
STRIKES = ("air-strike", "missile-strike", "drone-strike", "explosion")
HOUR = 3600.0
DAY = 86_400.0
MARGIN_H = 3.0
"""The world begins this long before the ceasefire, and ends as long after it."""

SURE = 0.999
"""Probability of seeing something that stays for minutes in reach of a radar or a sound network."""

DRONE_SEEN = 0.85
"""Probability that a drone, which may fly below the horizon of the radar, is seen by it at all."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One source of evidence and the times at which it works.

    `areas` are the zones that it covers, `reach` the space in which it sees. `step_s` is the time
    between two looks, `noise_m` the standard error of a place. `identifies`: it tells the party.
    """

    name: str
    provider: str
    lineage: str
    areas: tuple[str, ...]
    reach: BaseGeometry
    sees: tuple[str, ...]
    on: tuple[Span, ...]
    step_s: float = 120.0
    noise_m: float = 60.0
    identifies: bool = False
    declared: tuple[tuple[tuple[str, ...], float], ...] = ()

    def is_on(self, time: float) -> bool:
        """Whether it works at this second."""
        return any(start <= time < end for start, end in self.on)


@dataclass(frozen=True, slots=True)
class Watchers:
    """All that watch the sea, the air and the ports."""

    surface: tuple[Sensor, ...]
    air: tuple[Sensor, ...]
    sound: tuple[Sensor, ...]
    posts: tuple[Sensor, ...]

    @property
    def all(self) -> tuple[Sensor, ...]:
        """Every one of them."""
        return self.surface + self.air + self.sound + self.posts


def man(rng: np.random.Generator, hours: int) -> Watchers:
    """Return the watchers with their shifts and their gaps, as the dice fall."""
    world = (-MARGIN_H * HOUR, (hours + MARGIN_H) * HOUR)
    days = round(hours / 24 + 0.49)
    patrol = _shifts(rng, days, ((9, 13), (19, 22)), 0.6)
    partner = _shifts(rng, days, ((4, 9), (14, 18)), 0.6)
    daylight = _shifts(rng, days, ((7, 18),), 0.4)
    return Watchers(
        _watch_sea(rng, world, patrol), _watch_air(rng, world, partner), _listen(rng, world), _post(daylight)
    )


def find_gaps(sensors: Sequence[Sensor], world: Span, least_s: float) -> tuple[Span, ...]:
    """Return the spans of at least this length in which none of these sensors works."""
    gaps = cut(world, [span for sensor in sensors for span in sensor.on])
    return tuple((start, end) for start, end in gaps if end - start >= least_s)


def _watch_sea(rng: np.random.Generator, world: Span, patrol: tuple[Span, ...]) -> tuple[Sensor, ...]:
    zones = draw_zones()
    off = cut((0.0, world[1] - MARGIN_H * HOUR), patrol)
    declared = ((("vessel",), SURE),)
    west, east = zones["sector-west"], zones["sector-east"]
    shore = Sensor(
        "radar-shore", "Northern shore radar", "radar-shore", ("sector-west",), widen(west, 5000), VESSELS,
        _with_gaps(rng, world, off), declared=declared,
    )  # fmt: skip
    offshore = Sensor(
        "radar-offshore", "Offshore platform radar", "radar-offshore", ("sector-east",), widen(east, 5000), VESSELS,
        _with_gaps(rng, world, off), declared=declared,
    )  # fmt: skip
    ship = Sensor(
        "radar-patrol", "Partner patrol ship", "radar-patrol", ("sector-west", "sector-east"),
        widen(zones["sea"], 5000), VESSELS, patrol, 180.0, 120.0, identifies=True, declared=declared,
    )  # fmt: skip
    return shore, offshore, ship


def _watch_air(rng: np.random.Generator, world: Span, partner: tuple[Span, ...]) -> tuple[Sensor, ...]:
    air = draw_zones()["air"]
    off = cut((0.0, world[1] - MARGIN_H * HOUR), partner)
    declared = ((("military-aircraft", "helicopter", "civil-aircraft"), SURE), (("drone",), DRONE_SEEN))
    reach = widen(air, 20_000)
    return (
        Sensor("radar-air", "Air surveillance radar", "radar-air", ("air",), reach, AIRCRAFT,
               _with_gaps(rng, world, off), 20.0, 120.0, declared=declared),
        Sensor("radar-partner", "Partner air surveillance", "radar-partner", ("air",), reach, AIRCRAFT,
               partner, 30.0, 200.0, identifies=True, declared=declared),
    )  # fmt: skip


def _listen(rng: np.random.Generator, world: Span) -> tuple[Sensor, ...]:
    zones, nights = draw_zones(), [(d * DAY + 0.3 * HOUR, d * DAY + 6.5 * HOUR) for d in range(round(world[1] / DAY))]
    return tuple(
        Sensor(f"sound-{port[5:]}", "Sound network", "sound", (port,), widen(zones[port], 15_000), STRIKES,
               _with_gaps(rng, world, nights, brief=False), noise_m=350.0, declared=((STRIKES, SURE),))
        for port in ("port-odesa", "port-sevastopol")
    )  # fmt: skip


def _post(daylight: tuple[Span, ...]) -> tuple[Sensor, ...]:
    ports = {"post-north": "port-odesa", "post-south": "port-sevastopol"}
    return tuple(
        Sensor(name, "Monitoring mission", "mission", (ports[name],) if name in ports else (),
               unary_union([circle(*place, 22_000.0)]), ("warship", "drone", *STRIKES), daylight,
               900.0, identifies=True, declared=((STRIKES, 0.9),) if name in ports else ())
        for name, place in POSTS.items()
    )  # fmt: skip


def _shifts(
    rng: np.random.Generator, days: int, hours: Sequence[tuple[float, float]], jitter_h: float
) -> tuple[Span, ...]:
    """Return daily shifts, hours counted from 00:00 Kyiv time, each edge moved a little."""
    spans = []
    for day in range(days):
        for start, end in hours:
            early, late = rng.uniform(-jitter_h, jitter_h, 2)
            spans.append((round((start + early) * HOUR + day * DAY), round((end + late) * HOUR + day * DAY)))
    return tuple((float(start), float(end)) for start, end in spans)


def _with_gaps(rng: np.random.Generator, world: Span, off: Sequence[Span], *, brief: bool = True) -> tuple[Span, ...]:
    """Return the working time: all of the world but for one long gap within `off`, perhaps two, and a brief one.

    The long gaps lie where the others do not watch either: a gap that another source fills is no gap.
    A brief gap of a minute hides no ship or aircraft, which stay longer; it could hide a strike.
    """
    roomy = [span for span in off if span[1] - span[0] >= 3 * HOUR]
    chosen = rng.choice(len(roomy), size=min(len(roomy), int(rng.integers(1, 3))), replace=False)
    holes = [_place(rng, roomy[int(number)], rng.uniform(2.6, 4.5) * HOUR) for number in sorted(chosen)]
    if brief:
        holes.append(_place(rng, (0.0, world[1]), rng.uniform(20, 80)))
    return cut(world, holes)


def _place(rng: np.random.Generator, within: Span, length: float) -> Span:
    length = min(length, within[1] - within[0])
    start = float(round(within[0] + rng.uniform(0, within[1] - within[0] - length)))
    return start, start + float(round(length))
