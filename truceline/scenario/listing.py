"""The list of evidence of a scenario: `evidence.toml`, with coverage that follows the gaps."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from truceline.scenario.movement import Mover, Span
from truceline.scenario.records import tell
from truceline.scenario.sensors import HOUR, MARGIN_H, Sensor
from truceline.scenario.sightings import Receiver
from truceline.scenario.world import World

Value = str | float | Sequence[str]

_HEAD = "# Made by the scenario: invented evidence of an invented ceasefire. Do not edit: the next run replaces it.\n"
_NOTE = "invented by truceline's scenario; no real observation"
_RADAR = {
    "time_utc": "plot_time", "platform": "track", "lon": "lon", "lat": "lat", "altitude_m": "height_m",
    "speed_kn": "speed_kn", "course_deg": "course_deg", "category": "class", "party": "side",
}  # fmt: skip
_SOUND = {
    "event": "id", "start_utc": "origin_time", "end_utc": "origin_end", "lon": "lon", "lat": "lat",
    "radius_m": "error_m", "kind": "kind",
}  # fmt: skip
_CLAIM = {
    "start_utc": "start", "end_utc": "end", "actor": "claimant", "quantity": "number", "unit": "unit", "text": "text",
    "lon": "lon", "lat": "lat", "radius_m": "radius_m",
}  # fmt: skip
# A notice runs from when it was given to when what it announces is over.
_NOTICE = {
    "event": "id", "start_utc": "issued", "end_utc": "to", "actor": "announced_by", "object": "activity",
    "lon": "lon", "lat": "lat", "radius_m": "radius_m", "text": "text",
}  # fmt: skip
_OBLIGED = ("cargo", "tanker", "passenger", "other-vessel")


def write_listing(world: World, receivers: Sequence[Receiver], epoch: datetime) -> str:
    """Return `evidence.toml`: every source, who watched what and when, and whose platform is whose."""
    blocks = [*_list_sources(world), *_list_coverage(world, receivers, epoch), *_list_platforms(world.movers)]
    return _HEAD + "\n" + "\n".join(blocks)


def _list_sources(world: World) -> Iterator[str]:
    for name, provider in (("ais-north", "Northern AIS station"), ("ais-west", "Western AIS station"),
                           ("ais-aggregator", "Traffic website")):  # fmt: skip
        # One radio message reaches all receivers: what deceives one deceives all.
        yield _source(name, "nmea", "nmea", provider, "ais", reliability="C")
    yield _source("adsb", "jsonl", "readsb", "ADS-B network", "adsb", reliability="C")
    for sensor in world.watchers.surface + world.watchers.air:
        yield _source(
            sensor.name, "csv", "csv", sensor.provider, sensor.lineage, _RADAR, kind="radar-track", reliability="B"
        )
    for sensor in world.watchers.sound:
        yield _source(sensor.name, "csv", "csv", sensor.provider, sensor.lineage, _SOUND, reliability="B")
    yield _source("observations", "csv", "observation", "Monitoring mission", "mission")
    yield _source("thermal", "csv", "firms", "Satellite fire service", "thermal", reliability="B")
    yield _source("alerts", "csv", "alerts-official", "Air-raid alert service", "alerts", reliability="B")
    yield _source("claims", "csv", "csv", "Parties", "claims", _CLAIM, kind="claim")
    yield _source(
        "notices", "csv", "csv", "Coordination centre", "notices", _NOTICE, kind="notification", reliability="A"
    )


def _source(
    name: str,
    suffix: str,
    form: str,
    provider: str,
    lineage: str,
    columns: Mapping[str, str] | None = None,
    **more: str,
) -> str:
    keys = {"name": name, "path": f"data/{name}.{suffix}", "format": form, "provider": provider, "lineage": lineage,
            **more, "attribution": _NOTE}  # fmt: skip
    table = _table("source", keys)
    return table + "[source.columns]\n" + _keys(columns) if columns else table


def _list_coverage(world: World, receivers: Sequence[Receiver], epoch: datetime) -> Iterator[str]:
    span = (-MARGIN_H * HOUR, (world.hours + MARGIN_H) * HOUR)
    for sensor in world.watchers.all:
        yield from _cover_sensor(sensor, span, epoch)
    for receiver in receivers:
        detects = _OBLIGED if receiver.station else ("civil-aircraft",)
        area = "sea" if receiver.station else "air"
        for on in receiver.on:
            yield _coverage(receiver.name, receiver.provider, area, _clip(on, span), detects, 0.95, epoch)


def _cover_sensor(sensor: Sensor, span: Span, epoch: datetime) -> Iterator[str]:
    source = "observations" if sensor.lineage == "mission" else sensor.name
    for on in sensor.on:
        for area in sensor.areas:
            for detects, probability in sensor.declared:
                yield _coverage(source, sensor.provider, area, _clip(on, span), detects, probability, epoch)


def _coverage(
    source: str, provider: str, area: str, on: Span, detects: Sequence[str], probability: float, epoch: datetime
) -> str:
    keys: dict[str, Value] = {
        "source": source, "provider": provider, "start": tell(epoch, on[0]), "end": tell(epoch, on[1]), "area": area,
        "detects": list(detects), "probability": probability,
    }  # fmt: skip
    return _table("coverage", keys)


def _clip(on: Span, span: Span) -> Span:
    return max(on[0], span[0]), min(on[1], span[1])


def _list_platforms(movers: Sequence[Mover]) -> Iterator[str]:
    """Yield the public registers: whose warships and military aircraft carry which identity."""
    for mover in movers:
        if mover.phantom or not mover.party or not mover.transmits:
            continue
        identity = f"mmsi:{mover.mmsi}" if mover.mmsi else f"icao:{mover.icao}"
        kind = "aircraft" if mover.icao else "vessel"
        yield _table("platform", {"platform": identity, "kind": kind, "category": mover.category, "party": mover.party,
                                  "name": f"SCENARIO {mover.mmsi or mover.icao}"})  # fmt: skip


def _table(name: str, keys: Mapping[str, Value]) -> str:
    return f"[[{name}]]\n" + _keys(keys)


def _keys(keys: Mapping[str, Value]) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
