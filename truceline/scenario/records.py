"""What is no transponder signal, as tables: radar tracks, reports, sounds, fires, alerts, claims, notices."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from truceline.scenario.movement import Mover
from truceline.scenario.sensors import DAY, HOUR, MARGIN_H, Sensor
from truceline.scenario.sightings import Report, Track
from truceline.scenario.world import Blast, World
from truceline.spacetime import format_utc

Rng = np.random.Generator
Fires = list[tuple[float, str, float, float, float]]
"""(time of the pass, name of the blast or "", lon, lat, radiative power in MW)."""

_PASSES_H = (2.4, 3.3, 13.4, 14.2)
"""Hours after 00:00 Kyiv time at which VIIRS on two satellites passes over."""

_FLARE = (31.42, 45.36)
_LATE_H = 30.0


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as RFC 4180 text with line feeds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_radar(sensor: Sensor, tracks: Sequence[Track], movers: Mapping[str, Mover], epoch: datetime) -> str:
    """Return the plots of one radar under anonymous track numbers, in order of time."""
    mine = sorted((track for track in tracks if track.sensor == sensor.name), key=lambda t: (float(t.time[0]), t.of))
    rows = []
    for number, track in enumerate(mine, 1):
        mover = movers[track.of]
        side = mover.party if sensor.identifies else ""
        columns = (track.time, track.lon, track.lat, track.altitude_m, track.speed_kn, track.course_deg)
        for time, lon, lat, height, speed, course in zip(*columns, strict=True):
            rows.append(
                (
                    float(time), f"T{number:04d}", round(float(lon), 5), round(float(lat), 5),
                    round(float(height)) if mover.airborne else "", round(float(speed), 1), round(float(course), 1),
                    mover.shown_as or ("aircraft" if mover.airborne else "vessel"), side,
                )
            )  # fmt: skip
    rows.sort(key=lambda row: (row[0], row[1]))
    return as_csv(
        ("plot_time", "track", "lon", "lat", "height_m", "speed_kn", "course_deg", "class", "side"),
        ((tell(epoch, time), *rest) for time, *rest in rows),
    )


def write_observations(reports: Sequence[Report], world: World, epoch: datetime) -> str:
    """Return the monitors' reports; some arrive more than a day late."""
    mine = sorted((r for r in reports if r.sense != "sound"), key=lambda r: (r.span, r.sensor, r.of))
    return as_csv(
        (
            "id", "observer", "start", "end", "observer_lon", "observer_lat", "means", "bearing_deg", "distance_min_m",
            "distance_max_m", "sense", "kind", "object", "quantity", "actor", "reliability", "credibility", "received",
            "text",
        ),
        (
            (
                f"OBS-{number:03d}", report.sensor, tell(epoch, report.span[0]), tell(epoch, report.span[1]),
                *report.place, "binoculars" if report.sense == "seen" else "ear", round(report.bearing_deg % 360, 1),
                round(report.distance_m * 0.9), round(report.distance_m * 1.1 + 100), report.sense, report.kind,
                report.object, 1, report.actor, "B", _rate(report),
                tell(epoch, know(report, world)), "scenario",
            )
            for number, report in enumerate(mine, 1)
        ),
    )  # fmt: skip


def _rate(report: Report) -> int:
    """Return how credible a monitor finds the own report, by the Admiralty code."""
    if not report.sure:
        return 4
    return 2 if report.sense == "seen" else 3


def know(report: Report, world: World) -> float:
    """Return the second at which a report reached the coordination centre."""
    return report.span[1] + (_LATE_H * HOUR if report.of in world.late else 0.4 * HOUR)


def write_sounds(reports: Sequence[Report], epoch: datetime) -> str:
    """Return what the sound network heard, with its computed places."""
    mine = sorted((r for r in reports if r.sense == "sound"), key=lambda r: (r.span, r.sensor))
    return as_csv(
        ("id", "origin_time", "origin_end", "lon", "lat", "error_m", "kind"),
        (
            (
                f"SND-{number:03d}", tell(epoch, report.span[0]), tell(epoch, report.span[1]),
                round(report.place[0], 4), round(report.place[1], 4), 800, report.kind,
            )
            for number, report in enumerate(mine, 1)
        ),
    )  # fmt: skip


def burn(rng: Rng, world: World) -> Fires:
    """Return what satellites saw burning: fields, a flare that always burns, and half of the strikes."""
    fires: Fires = []
    for day in range(-1, round(world.hours / 24) + 1):
        for hour in _PASSES_H:
            time = float(round(day * DAY + hour * HOUR))
            if not -MARGIN_H * HOUR <= time <= (world.hours + MARGIN_H) * HOUR:
                continue
            fires.append((time, "", *_FLARE, 2.5))
            fires += [
                (time, "", rng.uniform(29.5, 33.0), rng.uniform(46.7, 47.4), rng.uniform(0.5, 6)) for _ in range(8)
            ]
            struck = [b for b in world.blasts if b.party and 0 <= time - b.time <= 5 * HOUR]
            fires += [(time, b.name, *b.place, rng.uniform(1, 12)) for b in struck if rng.random() < 0.5]
    return fires


def write_fires(fires: Fires, epoch: datetime) -> str:
    """Return fires as FIRMS writes VIIRS 375 m detections (NASA Earthdata, FIRMS attributes)."""
    rows = []
    for time, _, lon, lat, power in fires:
        when = tell(epoch, time)
        hour = (time / HOUR) % 24
        rows.append(
            (
                round(lat, 5), round(lon, 5), 320.1, 0.41, 0.61, when[:10], when[11:13] + when[14:16],
                "N" if round(time) % 2 else "N20", "VIIRS", "n", "2.0NRT", 285.3, round(power, 2),
                "D" if 6 < hour < 20 else "N",
            )
        )  # fmt: skip
    return as_csv(
        (
            "latitude", "longitude", "bright_ti4", "scan", "track", "acq_date", "acq_time", "satellite", "instrument",
            "confidence", "version", "bright_ti5", "frp", "daynight",
        ),
        rows,
    )  # fmt: skip


def write_alerts(rng: Rng, world: World, epoch: datetime) -> str:
    """Return air-raid alerts of the northern shore: before most strikes there, and for nothing."""
    ends = world.hours * HOUR
    starts = [b.time - rng.uniform(4, 15) * 60 for b in world.blasts if b.port == "port-odesa" and b.party]
    starts = [start for start in starts if rng.random() < 0.85] + [float(rng.uniform(0, ends)) for _ in range(7)]
    rows = []
    for start in sorted(starts):
        region = "Odeska oblast" if rng.random() < 0.8 else "Mykolaivska oblast"
        finish = start + rng.uniform(20, 80) * 60
        times = (tell(epoch, time).replace("T", " ").replace("Z", "+00:00") for time in (start, finish))
        rows.append((region, "", "", "oblast", *times, "official"))
    return as_csv(("oblast", "raion", "hromada", "level", "started_at", "finished_at", "source"), rows)


def write_claims(rng: Rng, world: World, epoch: datetime) -> str:
    """Return what each party says of the other, day by day, in its own unit. Both exaggerate."""
    rows = []
    for day in range(round(world.hours / 24)):
        for party, other, unit in (("RU", "UA", "attacks"), ("UA", "RU", "violations")):
            count = sum(b.party == other and day * DAY <= b.time < (day + 1) * DAY for b in world.blasts)
            said = count + int(rng.integers(0, 6))
            span = (tell(epoch, day * DAY), tell(epoch, (day + 1) * DAY))
            rows.append(
                (*span, party, said, unit, f"{party} states {said} {unit} by the other side", 31.2, 45.6, 150_000)
            )
    return as_csv(("start", "end", "claimant", "number", "unit", "text", "lon", "lat", "radius_m"), rows)


def write_notices(world: World, epoch: datetime) -> str:
    """Return the activities that a party or the coordination centre announced, a quarter of an hour before."""
    return as_csv(
        ("id", "issued", "from", "to", "announced_by", "activity", "lon", "lat", "radius_m", "text"),
        (
            (
                notice.name, tell(epoch, notice.span[0] - 900), tell(epoch, notice.span[0] - 300),
                tell(epoch, notice.span[1] + 300), notice.by, notice.activity, round(notice.place[0], 4),
                round(notice.place[1], 4), round(notice.radius_m), notice.text,
            )
            for notice in world.notices
        ),
    )  # fmt: skip


def tell(epoch: datetime, seconds: float) -> str:
    """Return a time as RFC 3339 text in whole seconds."""
    return format_utc(epoch + timedelta(seconds=round(float(seconds))))


def find_hints(fires: Fires, blast: Blast) -> bool:
    """Return whether a satellite saw this blast's fire."""
    return any(name == blast.name for _, name, *_ in fires)
