"""Transponder signals as real receivers write them: AIS as NMEA with tag blocks, aircraft as readsb JSON.

AIS: ITU-R M.1371-5 inside IEC 61162-1 (NMEA 0183) sentences, with the tag block of IEC 61162-450
(`s` station, `c` Unix second). Aircraft: one `aircraft.json` a line (wiedehopf/readsb, README-json).
"""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import xor

from truceline.scenario.movement import Mover
from truceline.scenario.sightings import Receiver, Track

Heard = list[tuple[float, str, list[str]]]
"""(Unix second on the station's clock, station, sentences)."""

Message = dict[str, str | int | float | bytes | bool]

_STATIC_EVERY_S = 3600.0
_SNAPSHOT_S = 60
_FEET = 0.3048


def write_nmea(receiver: Receiver, tracks: Sequence[Track], movers: Mapping[str, Mover], epoch: datetime) -> Heard:
    """Return what a station wrote: for each message the second on its clock, and its sentences."""
    heard: Heard = []
    start = epoch.timestamp() + receiver.clock_offset_s
    for track in (track for track in tracks if track.sensor == receiver.name):
        for time, message in _make_messages(track, movers[track.of]):
            heard.append(
                (start + time, receiver.station, list(_wrap(start + time, receiver.station, message, len(heard))))
            )
    return sorted(heard)


def pass_on(stations: Iterable[Heard]) -> list[str]:
    """Return the sentences of several stations in the order of their clocks."""
    return [line for *_, lines in heapq.merge(*stations) for line in lines]


def _make_messages(track: Track, mover: Mover) -> Iterator[tuple[float, Message]]:
    told = -_STATIC_EVERY_S * 2
    rows = zip(track.time, track.lon, track.lat, track.speed_kn, track.course_deg, strict=True)
    for time, lon, lat, speed, course in rows:
        yield float(time), _place(mover, float(time), float(lon), float(lat), float(speed), float(course))
        if time - told >= _STATIC_EVERY_S:
            told = time
            yield float(time), _introduce(mover)


def _place(mover: Mover, time: float, lon: float, lat: float, speed: float, course: float) -> Message:
    """Return a position report: class A (type 1), or class B (type 18) for small boats."""
    moored = speed < 0.5
    message: Message = {
        "type": 18 if mover.ship_type == 30 else 1, "mmsi": mover.mmsi or 0, "lon": round(lon, 6),
        "lat": round(lat, 6), "speed": 0.0 if moored else round(speed, 1),
        "course": 0.0 if moored else round(course, 1),
        "heading": 511 if moored else round(course) % 360, "second": int(time) % 60, "accuracy": 1,
    }  # fmt: skip
    return message if mover.ship_type == 30 else {**message, "status": 5 if moored else 0}


def _introduce(mover: Mover) -> Message:
    """Return the static data (type 5), or the name alone (type 24 A) for small boats."""
    name = f"SCENARIO {mover.mmsi}"  # a name that tells what it does would tell the answer
    if mover.ship_type == 30:
        return {"type": 24, "mmsi": mover.mmsi or 0, "partno": 0, "shipname": name}
    return {"type": 5, "mmsi": mover.mmsi or 0, "shipname": name, "ship_type": mover.ship_type, "imo": 0}


def _wrap(unix: float, station: str, message: Message, number: int) -> Iterator[str]:
    """Yield the sentences of a message, the first one behind a tag block."""
    from pyais import encode_dict

    parts = encode_dict(
        message, talker_id="AI", sentence_type="VDM", radio_channel="AB"[number % 2], seq_id=number % 10
    )
    for index, sentence in enumerate(parts):
        if len(parts) > 1:
            tag = f"g:{index + 1}-{len(parts)}-{number % 10000},s:{station},c:{int(unix)}"
        else:
            tag = f"s:{station},c:{int(unix)}"
        yield f"\\{tag}*{reduce(xor, tag.encode()):02X}\\{sentence}"


def write_readsb(tracks: Sequence[Track], movers: Mapping[str, Mover], epoch: datetime) -> list[str]:
    """Return a snapshot of all aircraft in reach for each minute in which there was one."""
    seen: dict[int, list[dict[str, object]]] = {}
    start = epoch.timestamp()
    for track in tracks:
        mover = movers[track.of]
        if mover.icao is not None:
            last: dict[int, int] = {int(time // _SNAPSHOT_S): number for number, time in enumerate(track.time)}
            for minute, number in last.items():
                seen.setdefault(minute, []).append(_describe(track, number, mover, (minute + 1) * _SNAPSHOT_S))
    return [
        json.dumps({"now": start + (minute + 1) * _SNAPSHOT_S, "messages": 0, "aircraft": aircraft})
        for minute, aircraft in sorted(seen.items())
    ]


def _describe(track: Track, number: int, mover: Mover, now: float) -> dict[str, object]:
    age = round(now - float(track.time[number]), 1)
    military = mover.category == "military-aircraft"
    entry: dict[str, object] = {
        "hex": mover.icao, "type": "adsb_icao", "flight": f"SCN{(mover.icao or '')[-4:]}".upper().ljust(8),
        "alt_baro": round(float(track.altitude_m[number]) / _FEET / 25) * 25,
        "alt_geom": round(float(track.altitude_m[number]) / _FEET / 25) * 25,
        "gs": round(float(track.speed_kn[number]), 1), "track": round(float(track.course_deg[number]), 1),
        "category": "A7" if mover.category == "helicopter" else "A3", "lat": round(float(track.lat[number]), 6),
        "lon": round(float(track.lon[number]), 6), "nic": 8, "rc": 186, "seen_pos": age, "version": 2, "nac_p": 9,
        "sil": 3, "sil_type": "perhour", "mlat": [], "tisb": [], "messages": 100, "seen": age, "rssi": -20.0,
    }  # fmt: skip
    return {**entry, "dbFlags": 1} if military else entry
