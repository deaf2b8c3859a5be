"""The truth about a world: which stays and strikes are breaches, and who could have seen them.

A breach is what the rules of the agreement make of the world, not what was planned: a ship that was
meant to hide and was seen is in the truth as seen.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from truceline.model import UNDETERMINED
from truceline.scenario.config import ScenarioConfig
from truceline.scenario.movement import Mover, Span, find_stay
from truceline.scenario.places import FL100_M, POSTS, draw_zones
from truceline.scenario.records import Fires, find_hints, know
from truceline.scenario.sensors import HOUR
from truceline.scenario.sightings import Report, Sightings, Track
from truceline.scenario.truth import Breach, Innocent, Truth
from truceline.scenario.world import Blast, World
from truceline.spacetime import Interval
from truceline.spacetime.shapes import distance_m, inside

ENTRIES = {
    "warship": ("sea-1", "sea", 1e6),
    "military-aircraft": ("air-1", "air", FL100_M),
    "drone": ("air-2", "air", FL100_M),
}
"""Category -> clause, zone, ceiling in metres."""

HIDDEN = {"warship": "visible-1"}
"""Category -> clause about transponders in the same zone."""

STRIKES = {"port-odesa": "port-1", "port-sevastopol": "port-2"}
"""Zone -> clause."""

OBSERVATIONS = "observations"
COPIES = {"ais-north": "ais-aggregator", "ais-west": "ais-aggregator"}
"""Sources that pass on what others received."""

_LEAST_PLOTS = 3
_PATH_STEP_S = {"warship": 300.0}
_FLIGHT_STEP_S = 60.0


def judge_world(config: ScenarioConfig, world: World, seen: Sightings, fires: Fires) -> Truth:
    """Return all breaches and innocents."""
    movers = [breach for mover in world.movers for breach in _judge_mover(config, world, mover, seen)]
    strikes = [breach for blast in world.blasts for breach in _judge_blast(config, world, blast, seen, fires)]
    ordered = sorted([*movers, *strikes], key=lambda breach: (breach.span.start, breach.id))
    return Truth(
        config.seed, config.interval, name_providers(world, seen), tuple(ordered), _list_innocents(config, world)
    )


def name_providers(world: World, seen: Sightings) -> dict[str, str]:
    """Return the provider of each source that can show a breach."""
    sensors = {s.name: s.provider for s in world.watchers.surface + world.watchers.air + world.watchers.sound}
    stations = {receiver.name: receiver.provider for receiver in seen.receivers}
    return {**sensors, **stations, OBSERVATIONS: "Monitoring mission", "ais-aggregator": "Traffic website"}


def _judge_mover(config: ScenarioConfig, world: World, mover: Mover, seen: Sightings) -> Iterator[Breach]:
    if mover.category not in ENTRIES or mover.phantom or mover.name in world.excuses:
        return
    clause, zone, ceiling = ENTRIES[mover.category]
    shape = draw_zones()[zone]
    stay = find_stay(mover.route, shape, ceiling, (0.0, config.hours * HOUR))
    if stay is None:
        return

    def within(track: Track) -> Sequence[float]:
        low = track.altitude_m <= ceiling
        there = inside(shape, track.lon, track.lat) & low & (track.time >= stay[0]) & (track.time <= stay[1])
        return [float(time) for time in track.time[there]]

    known: dict[str, float] = {}
    for track in (track for track in seen.plots + seen.signals if track.of == mover.name):
        times = within(track)
        if len(times) >= _LEAST_PLOTS:
            for source in (track.sensor, *([COPIES[track.sensor]] if track.sensor in COPIES else [])):
                known[source] = min(times[_LEAST_PLOTS - 1], known.get(source, np.inf))
    reports = [
        r for r in seen.reports
        if r.of == mover.name and stay[0] <= r.span[0] <= stay[1] and _stands_in(mover, r, shape)
    ]  # fmt: skip
    if reports:
        known[OBSERVATIONS] = min(know(report, world) for report in reports)
    told = _is_told(world, known, reports)
    yield _make_breach(config, mover.name, clause, mover.party, stay, _walk(mover, stay), known, told)
    if mover.category in HIDDEN and not mover.transmits:
        # whether its silence means anything depends on who else was heard: nobody is asked to have seen it
        name = f"{mover.name}-silent"
        yield _make_breach(config, name, HIDDEN[mover.category], mover.party, stay, _walk(mover, stay), {}, told)


def _stands_in(mover: Mover, report: Report, shape: object) -> bool:
    """Whether the mover was in the zone when it was reported."""
    lon, lat, _ = mover.route.at(np.array([report.span[0]]))
    return bool(inside(shape, lon, lat)[0])


def _is_told(world: World, known: dict[str, float], reports: Sequence[Report]) -> bool:
    """Whether any source says whose it is."""
    tellers = {sensor.name for sensor in world.watchers.all if sensor.identifies}
    transponders = {"ais-north", "ais-west", "ais-aggregator", "adsb"}
    return bool(known.keys() & (tellers | transponders)) or any(report.actor for report in reports)


def _judge_blast(config: ScenarioConfig, world: World, blast: Blast, seen: Sightings, fires: Fires) -> Iterator[Breach]:
    near = distance_m(*blast.place, *_port(blast)) <= 6 * 1852.0
    if blast.innocent or not near or not 0 <= blast.time < config.hours * HOUR:
        return
    reports = [report for report in seen.reports if report.of == blast.name]
    known = {
        (OBSERVATIONS if r.sensor in POSTS else r.sensor): know(r, world) if r.sensor in POSTS else r.span[1]
        for r in reports
    }
    told = any(report.actor for report in reports)
    hints = ("thermal",) if find_hints(fires, blast) else ()
    yield _make_breach(config, blast.name, STRIKES[blast.port], blast.party, (blast.time, blast.time + 60.0),
                       [(blast.time, *blast.place)], known, told, hints)  # fmt: skip


def _port(blast: Blast) -> tuple[float, float]:
    centre = draw_zones()[blast.port].centroid
    return centre.x, centre.y


def _walk(mover: Mover, stay: Span) -> list[tuple[float, float, float]]:
    step = _PATH_STEP_S.get(mover.category, _FLIGHT_STEP_S)
    times = np.unique(np.append(np.arange(stay[0], stay[1], step), stay[1]))
    lon, lat, _ = mover.route.at(times)
    return [(float(t), float(x), float(y)) for t, x, y in zip(times, lon, lat, strict=True)]


def _make_breach(
    config: ScenarioConfig, name: str, clause: str, party: str, span: Span, path: list[tuple[float, float, float]],
    known: dict[str, float], told: bool, hints: tuple[str, ...] = (),
) -> Breach:  # fmt: skip
    middle = path[len(path) // 2]
    return Breach(
        name, clause, party if told else UNDETERMINED, party, _interval(config, span), round(middle[1], 5),
        round(middle[2], 5), tuple((_instant(config, t), round(x, 5), round(y, 5)) for t, x, y in path),
        {source: _instant(config, time) for source, time in sorted(known.items())}, hints,
    )  # fmt: skip


def _list_innocents(config: ScenarioConfig, world: World) -> tuple[Innocent, ...]:
    found = []
    for mover in world.movers:
        why = world.excuses.get(mover.name)
        if why:
            middle = sum(mover.route.span) / 2
            (lon,), (lat,), _ = mover.route.at(np.array([middle]))
            found.append(Innocent(mover.name, why, _interval(config, mover.route.span), round(lon, 5), round(lat, 5)))
    for blast in world.blasts:
        if blast.innocent:
            span = _interval(config, (blast.time, blast.time + 60.0))
            found.append(Innocent(blast.name, blast.innocent, span, *blast.place))
    return tuple(found)


def _instant(config: ScenarioConfig, seconds: float) -> datetime:
    return config.start + timedelta(seconds=round(float(seconds)))


def _interval(config: ScenarioConfig, span: Span) -> Interval:
    return Interval(_instant(config, span[0]), _instant(config, span[1]))
