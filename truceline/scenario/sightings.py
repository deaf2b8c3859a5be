"""What the watchers saw of the world: plots of radars, reports of monitors, sounds, received signals.

Each sighting remembers what it is of. The files do not: the truth does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from truceline.scenario.movement import Floats, Mover, Span, cut, is_in
from truceline.scenario.places import POSTS, Point
from truceline.scenario.sensors import HOUR, MARGIN_H, Sensor
from truceline.scenario.world import World
from truceline.spacetime.shapes import circle, distance_m, inside

_LOST_AFTER = 8
"""A radar gives a new number to what it has not seen for this many looks."""

_CAUGHT = 0.9
"""Share of its looks in which a radar catches what is there: blips are lost, tracks hold."""

_RANGE_M = {"warship": 16_000.0, "drone": 6_000.0, "blast": 20_000.0}
_NAMED_WITHIN_M = 10_000.0
_REPORT_EVERY_S = 1800.0


@dataclass(frozen=True, slots=True)
class Track:
    """Plots of one mover by one radar under one track number, or its signals at one receiver."""

    sensor: str
    of: str
    time: Floats
    lon: Floats
    lat: Floats
    altitude_m: Floats
    speed_kn: Floats
    course_deg: Floats


@dataclass(frozen=True, slots=True)
class Report:
    """One observation by a monitor, or one sound with its computed place (then `sense` is "sound")."""

    sensor: str
    of: str
    span: Span
    place: Point
    bearing_deg: float
    distance_m: float
    sense: str
    kind: str
    object: str
    actor: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Receiver:
    """A station that hears transponders: where, how far, when, and how wrong its clock is."""

    name: str
    station: str
    provider: str
    reach_m: float
    place: Point
    on: tuple[Span, ...]
    clock_offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Sightings:
    """All that anybody saw."""

    plots: tuple[Track, ...]
    signals: tuple[Track, ...]
    reports: tuple[Report, ...]
    receivers: tuple[Receiver, ...]


def look(rng: np.random.Generator, world: World) -> Sightings:
    """Return what the watchers of this world saw."""
    span = (-MARGIN_H * HOUR, (world.hours + MARGIN_H) * HOUR)
    receivers = place_receivers(rng, span)
    plots = [
        track
        for sensor in world.watchers.surface + world.watchers.air
        for mover in world.movers
        for track in _plot(rng, sensor, mover, span)
    ]
    signals = [track for receiver in receivers for mover in world.movers for track in _hear(receiver, mover, span)]
    reports = [*_watch_ships(rng, world), *_watch_blasts(rng, world), *_listen(rng, world)]
    return Sightings(tuple(plots), tuple(signals), tuple(reports), receivers)


def place_receivers(rng: np.random.Generator, span: Span) -> tuple[Receiver, ...]:
    """Return two stations for ships, one with a wrong clock, and one for aircraft; each fails for hours."""

    def working(least_h: float, most_h: float) -> tuple[Span, ...]:
        start = rng.uniform(span[0] + 4 * HOUR, span[1] - 12 * HOUR)
        return cut(span, [(start, start + rng.uniform(least_h, most_h) * HOUR)])

    return (
        Receiver("ais-north", "rx-north", "Northern AIS station", 160_000.0, (30.75, 46.45), working(2, 5)),
        Receiver("ais-west", "rx-west", "Western AIS station", 240_000.0, (28.66, 44.17), working(2, 5), 47.0),
        Receiver("adsb", "", "ADS-B network", 330_000.0, (30.6, 45.6), working(1, 3)),
    )


def _plot(rng: np.random.Generator, sensor: Sensor, mover: Mover, world: Span) -> Iterator[Track]:
    if mover.phantom or sensor.name in mover.hidden_from or mover.category not in (*sensor.sees, "echo"):
        return
    if mover.category == "echo" and sensor.name.startswith(("radar-air", "radar-partner")):
        return
    first, last = max(mover.route.span[0], world[0]), min(mover.route.span[1], world[1])
    time = np.arange(np.ceil(first / sensor.step_s) * sensor.step_s + sensor.step_s / 4, last, sensor.step_s)
    lon, lat, _ = mover.route.at(time)
    caught = rng.random(len(time)) < _CAUGHT
    time = time[is_in(time, sensor.on) & inside(sensor.reach, lon, lat) & caught]
    if len(time):
        for part in np.split(time, np.flatnonzero(np.diff(time) > _LOST_AFTER * sensor.step_s) + 1):
            yield _draw_track(rng, sensor, mover, part)


def _draw_track(rng: np.random.Generator, sensor: Sensor, mover: Mover, time: Floats) -> Track:
    lon, lat, altitude = mover.route.at(time)
    speed, course = mover.route.motion(time)
    north = rng.normal(0, sensor.noise_m / 111_195, len(time))
    east = rng.normal(0, sensor.noise_m / 111_195, len(time)) / np.cos(np.radians(lat))
    height = altitude + rng.normal(0, 40, len(time)) if mover.airborne else altitude
    return Track(sensor.name, mover.name, time, lon + east, lat + north, height, speed, course)


def _hear(receiver: Receiver, mover: Mover, world: Span) -> Iterator[Track]:
    """Yield the transponder signals of a mover that this station received."""
    for_ships = receiver.station != ""
    if not mover.transmits or (mover.mmsi is None) == for_ships:
        return
    speed = mover.route.motion(mover.route.moments(600.0))[0]
    step = (1800.0 if speed.max() < 0.5 else 120.0) if for_ships else 30.0
    first, last = max(mover.route.span[0], world[0]), min(mover.route.span[1], world[1])
    phase = sum(mover.name.encode()) % 97 * step / 97
    time = np.arange(first + phase, last, step).round()
    lon, lat, _ = mover.route.at(time)
    there = inside(circle(*receiver.place, receiver.reach_m), lon, lat)
    time = time[is_in(time, receiver.on) & is_in(time, mover.transmits) & there]
    if len(time):
        lon, lat, altitude = mover.route.at(time)
        if for_ships and not mover.phantom:
            lon, lat = _sway(mover, time, lon, lat, 15.0 if speed.max() >= 0.5 else 3.0)
        yield Track(receiver.name, mover.name, time, lon, lat, altitude, *mover.route.motion(time))


def _sway(mover: Mover, time: Floats, lon: Floats, lat: Floats, metres: float) -> tuple[Floats, Floats]:
    """Return places as rudder, sea and satellites leave them: no ship keeps to a line as a formula does.

    A function of ship and time alone, so that every station hears the same of a ship.
    """
    phase = sum(mover.name.encode()) % 61 / 61 * 2 * np.pi
    north = np.sin(time / 143.0 + phase) + 0.6 * np.sin(time / 51.0 + 3 * phase)
    east = np.cos(time / 127.0 + 2 * phase) + 0.6 * np.sin(time / 67.0 + phase)
    degree = 111_195.0 / metres
    return lon + east / degree / np.cos(np.radians(lat)), lat + north / degree


def _watch_ships(rng: np.random.Generator, world: World) -> Iterator[Report]:
    """Yield a report every half hour of a warship or drone that passes in sight of a manned post."""
    for post in world.watchers.posts:
        for mover in world.movers:
            if mover.category in _RANGE_M and not mover.phantom and mover.name not in world.excuses:
                times = _find_sights(post, mover, _RANGE_M[mover.category])
                last = -np.inf
                for moment in times:
                    if moment - last >= _REPORT_EVERY_S:
                        last = moment
                        yield _report_mover(rng, post, mover, float(moment))
            elif mover.name == world.mistaken and post.name == "mission-ship":
                for moment in _find_sights(post, mover, _RANGE_M["warship"])[:1]:
                    report = _report_mover(rng, post, mover, float(moment))
                    yield replace(report, object="warship", sure=False)


def _find_sights(post: Sensor, mover: Mover, reach_m: float) -> Floats:
    """Return the minutes at which a moving mover is in sight of a manned post."""
    time = mover.route.moments(60.0)
    lon, lat, _ = mover.route.at(time)
    away = np.asarray(distance_m(*POSTS[post.name], lon, lat))
    return time[(away <= reach_m) & is_in(time, post.on) & (mover.route.motion(time)[0] > 1)]


def _report_mover(rng: np.random.Generator, post: Sensor, mover: Mover, time: float) -> Report:
    (lon,), (lat,), _ = mover.route.at(np.array([time]))
    bearing, away = _sight(POSTS[post.name], (lon, lat))
    drone = mover.category == "drone"
    named = not drone and away <= _NAMED_WITHIN_M
    return Report(
        post.name, mover.name, (time, time + 120.0), POSTS[post.name], bearing + rng.normal(0, 1.5),
        away * rng.normal(1, 0.05), "heard" if drone else "seen", "overflight" if drone else "naval-incident",
        mover.category, mover.party if named else "",
    )  # fmt: skip


def _watch_blasts(rng: np.random.Generator, world: World) -> Iterator[Report]:
    for post in world.watchers.posts:
        for blast in world.blasts:
            bearing, away = _sight(POSTS[post.name], blast.place)
            if away <= _RANGE_M["blast"] and post.is_on(blast.time):
                seen = blast.tells
                yield Report(
                    post.name, blast.name, (blast.time, blast.time + 60.0), POSTS[post.name],
                    bearing + rng.normal(0, 2), away * rng.normal(1, 0.05), "seen" if seen else "heard",
                    blast.kind if seen else "explosion", "port" if blast.port else "", blast.party if seen else "",
                )  # fmt: skip


def _listen(rng: np.random.Generator, world: World) -> Iterator[Report]:
    """Yield what the sound network heard, at the place that it computed."""
    for sensor in world.watchers.sound:
        for blast in world.blasts:
            if blast.port in sensor.areas and sensor.is_on(blast.time):
                lon, lat = blast.place
                east, north = rng.normal(0, sensor.noise_m / 90_000, 2)
                yield Report(
                    sensor.name, blast.name, (blast.time, blast.time + 5.0), (lon + float(east), lat + float(north)),
                    0.0, 0.0, "sound", "explosion", "", "",
                )  # fmt: skip


def _sight(post: Point, place: Point) -> tuple[float, float]:
    """Return bearing in degrees and distance in metres from a post to a place."""
    east = (place[0] - post[0]) * np.cos(np.radians((place[1] + post[1]) / 2))
    bearing = float(np.degrees(np.arctan2(east, place[1] - post[1])) % 360)
    return bearing, float(distance_m(*post, *place))
