"""Mode S: raw frames of aircraft's transponders, and the positions in them (ADS-B, downlink formats 17 and 18).

A position comes in two halves; `_Aircraft` says when they make a place. Other formats tell no
position and are set aside. Parity is checked: a frame whose parity does not fit is a reject.
"""

import math
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from truceline.errors import FormError
from truceline.evidence import adsb
from truceline.evidence.batch import Batch, Format
from truceline.evidence.documents import fault
from truceline.evidence.frames import Frame, read_frames
from truceline.evidence.source import Source
from truceline.evidence.tally import Limits, Tally
from truceline.gazetteer import Gazetteer
from truceline.spacetime import read_clock

__all__ = ["MODES", "read"]

FRAMES_PER_BATCH = 20_000
AIRCRAFT_LIMIT = 50_000
HEARD_LIMIT = 20_000
HEARD_US = 300_000  # an aircraft sends the same bits again after no less than 0.8 s (DO-260B, 2.2.3.3)
PAIR_US = 10_000_000  # halves of an airborne position further apart make no pair (DO-260B, A.1.7.5)
FRESH_US = 300_000_000  # a last position serves to place a single half for so long
VELOCITY_US = 10_000_000
FOOT_M = 0.3048

_FASTEST_M_S = 1_000.0
_SLACK_M = 5_000.0
_SAME_M = 1_000.0
_COLUMNS = (
    *("platform", "time_utc", "lon", "lat", "altitude_m", "altitude_ref", "speed_kn", "course_deg"),
    *("accuracy_m", "integrity", "row"),
)
_WAITING = "half a position: the other half did not come"
_FAR = "half a position: far from where the aircraft was"
_NOWHERE = "position on the ground, and no place known near it"
_VEHICLE = "ground vehicle or obstacle"
_CONTROLS = {0: "adsb", 1: "adsb", 2: "tisb", 5: "tisb", 6: "adsr"}  # control field of format 18
_FOREIGN = (1, 5)
_EMITTERS = {(4, 7): "helicopter", (3, 6): "drone"}


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:  # noqa: ARG001 -- all readers
    """Yield positions and platforms, and what became of every frame; raises EvidenceError for bad options."""
    reader = _Reader(source.name, Limits.of(source), _read_receiver(source))
    waiting: list[Frame] = []
    for frame in read_frames(stream, _read_starts(source)):
        waiting.append(frame)
        if len(waiting) == FRAMES_PER_BATCH:
            reader.take(waiting)
            yield reader.tally.close()
            waiting.clear()
    reader.take(waiting)
    yield reader.tally.close()


MODES = Format(
    name="modes",
    meaning="raw Mode S frames of aircraft: JSON or AVR lines, or Beast",
    read=read,
    options={
        "starts": "a time with a zone: that of the first frame, where the receiver's clock tells no hour",
        "receiver": "[lon, lat] of the receiver, which places aircraft on the ground",
    },
    cooperative=True,
)


def _read_starts(source: Source) -> int | None:
    value = source.options.get("starts")
    if value is None:
        return None
    expected = '"YYYY-MM-DDThh:mm:ss ZONE"'
    if isinstance(value, datetime) and value.tzinfo is not None:
        instant = value
    else:
        try:
            clock = read_clock(str(value))
        except FormError as error:
            raise fault(source, source.line, f"starts: {error.what}", expected, error.found, error.do) from error
        if not clock.exact:
            do = "add hour, minute and second"
            raise fault(source, source.line, "starts: time without an hour", expected, str(value)[:80], do)
        instant = clock.earliest
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _read_receiver(source: Source) -> tuple[float, float] | None:
    value = source.options.get("receiver")
    if value is None:
        return None
    good = isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value)
    if not good or not (abs(value[0]) <= 180 and abs(value[1]) <= 90):
        what, expected = "receiver not understood", "[lon, lat] in degrees"
        raise fault(source, source.line, what, expected, repr(value)[:80], "write two numbers")
    return float(value[0]), float(value[1])


class _Fix(NamedTuple):
    """A place and its time."""

    time_us: int
    lon: float
    lat: float

    def metres_to(self, lon: float, lat: float) -> float:
        """Return the distance on a sphere, near enough to tell one cell from another."""
        x = math.radians((lon - self.lon + 180) % 360 - 180) * math.cos(math.radians((lat + self.lat) / 2))
        return 6_371_000.0 * math.hypot(x, math.radians(lat - self.lat))

    def reaches(self, time_us: int, lon: float, lat: float) -> bool:
        """Whether an aircraft could come from here to there."""
        return self.metres_to(lon, lat) <= _SLACK_M + _FASTEST_M_S * abs(time_us - self.time_us) / 1e6


class _Aircraft:
    """What is remembered of one aircraft to place its next half of a position."""

    __slots__ = ("doubt", "halves", "last", "vehicle", "velocity")

    def __init__(self) -> None:
        self.halves: dict[int, tuple[int, adsb.Cpr]] = {}
        self.last: _Fix | None = None
        self.doubt: tuple[float, float] | None = None
        self.velocity: tuple[int, adsb.Velocity] | None = None
        self.vehicle = False

    def place_airborne(self, time_us: int, half: adsb.Cpr) -> _Fix | str:
        """Return where it is by both halves, else by the last place and this half; or why not.

        Where both ways differ by whole cells, a pair was made of halves before and after a jump: it
        counts only if the next pair says the same.
        """
        self.halves[half.odd] = (time_us, half)
        pair, near = self._pair(time_us, half), self._near(time_us, half, surface=False)
        if pair is None:
            if near is None:
                return _WAITING
            return self._keep(time_us, near) if self._reaches(time_us, near) else _FAR
        agreed = near is None or _Fix(0, *near).metres_to(*pair) <= _SAME_M
        if not agreed and (self.doubt is None or _Fix(0, *self.doubt).metres_to(*pair) > _SLACK_M):
            self.doubt = pair
            return _FAR
        return self._keep(time_us, pair)

    def place_surface(self, time_us: int, half: adsb.Cpr, receiver: tuple[float, float] | None) -> _Fix | str:
        """Return where it is by the last place, or the receiver's, and this half; or why not."""
        self.halves.clear()
        near = self._near(time_us, half, surface=True)
        if near is not None:
            return self._keep(time_us, near) if self._reaches(time_us, near) else _FAR
        found = None if receiver is None else adsb.decode_local(half, *receiver, surface=True)
        return _NOWHERE if found is None else self._keep(time_us, found)

    def find_velocity(self, time_us: int) -> tuple[float | None, float | None]:
        """Return speed and course that it sent a little before."""
        if self.velocity is None or not 0 <= time_us - self.velocity[0] <= VELOCITY_US:
            return None, None
        return self.velocity[1]

    def _pair(self, time_us: int, half: adsb.Cpr) -> tuple[float, float] | None:
        other = self.halves.get(1 - half.odd)
        if other is None or abs(time_us - other[0]) > PAIR_US:
            return None
        even, odd = (other[1], half) if half.odd else (half, other[1])
        return adsb.decode_pair(even, odd, half.odd)

    def _near(self, time_us: int, half: adsb.Cpr, *, surface: bool) -> tuple[float, float] | None:
        if self.last is None or abs(time_us - self.last.time_us) > FRESH_US:
            return None
        return adsb.decode_local(half, self.last.lon, self.last.lat, surface=surface)

    def _reaches(self, time_us: int, place: tuple[float, float]) -> bool:
        return self.last is not None and self.last.reaches(time_us, *place)

    def _keep(self, time_us: int, place: tuple[float, float]) -> _Fix:
        self.doubt = None
        self.last = _Fix(time_us, *place)
        return self.last


class _Reader:
    """Turns frames into rows for one pass over one stream; every memory of it is bounded."""

    def __init__(self, source: str, limits: Limits, receiver: tuple[float, float] | None) -> None:
        self.tally = Tally(_COLUMNS)
        self._source = source
        self._limits = limits
        self._receiver = receiver
        self._aircraft: OrderedDict[str, _Aircraft] = OrderedDict()
        self._heard: OrderedDict[bytes, int] = OrderedDict()

    def take(self, frames: list[Frame]) -> None:
        """Take frames in their order."""
        long = [frame.data for frame in frames if len(frame.data) == 14]
        table = np.frombuffer(b"".join(long), dtype=np.uint8).reshape(-1, 14)
        remainders = iter(adsb.checksums(table).tolist())
        for frame in frames:
            self._take(frame, next(remainders) if len(frame.data) == 14 else 0)

    def _take(self, frame: Frame, remainder: int) -> None:
        if not frame.data:
            if frame.aside:
                self.tally.put_aside(frame.aside)
            else:
                self._refuse(frame, frame.fault or "no frame")
            return
        form = min(frame.data[0] >> 3, 24)
        if len(frame.data) != 14 and not (form < 16 and len(frame.data) == 7):  # some loggers fill short ones up
            self._refuse(frame, "length is not one of its downlink format")
        elif form not in (17, 18):
            self.tally.put_aside(f"downlink format {form} not used")
        elif remainder:
            self._refuse(frame, "parity does not fit")
        elif self._is_known(frame):
            self.tally.put_aside("heard again")
        else:
            self._read(frame, form)

    def _is_known(self, frame: Frame) -> bool:
        """Whether the same bits came a moment before, by another receiver."""
        if frame.time_us is None:
            return False
        before = self._heard.get(frame.data)
        if before is not None and abs(frame.time_us - before) <= HEARD_US:
            return True
        self._heard[frame.data] = frame.time_us
        self._heard.move_to_end(frame.data)
        if len(self._heard) > HEARD_LIMIT:
            self._heard.popitem(last=False)
        return False

    def _read(self, frame: Frame, form: int) -> None:
        """Read an extended squitter."""
        control = frame.data[0] & 7 if form == 18 else 0
        if control not in _CONTROLS:
            self.tally.put_aside(f"downlink format 18, control {control}: not used")
            return
        message = int.from_bytes(frame.data[4:11], "big")
        code = message >> 51
        own = form == 17 or not (control in _FOREIGN or (control in (2, 6) and _is_foreign(message, code)))
        platform, icao24 = self._name(frame.data[1:4].hex(), own)
        if 5 <= code <= 18 or 20 <= code <= 22:
            self._read_position(frame, message, platform, icao24, _CONTROLS[control])
        elif 1 <= code <= 4:
            self._read_identity(message, code, platform, icao24)
        elif code == 19:
            velocity = adsb.read_velocity(message)
            if velocity is not None and frame.time_us is not None:
                self._find(platform).velocity = (frame.time_us, velocity)
            self.tally.put_aside("velocity: stands with the positions after it")
        else:
            self.tally.put_aside(f"type code {code} not used")

    def _name(self, address: str, own: bool) -> tuple[str, str | None]:
        return (f"icao:{address}", address) if own else (f"track:{self._source}:~{address}", None)

    def _find(self, platform: str) -> _Aircraft:
        found = self._aircraft.get(platform)
        if found is None:
            found = self._aircraft[platform] = _Aircraft()
            if len(self._aircraft) > AIRCRAFT_LIMIT:
                self._aircraft.popitem(last=False)
        else:
            self._aircraft.move_to_end(platform)
        return found

    def _read_identity(self, message: int, code: int, platform: str, icao24: str | None) -> None:
        emitter = message >> 48 & 7
        self._find(platform).vehicle = code == 2 and emitter > 0
        self.tally.meet(
            platform,
            kind="aircraft",
            icao24=icao24,
            name=adsb.read_callsign(message),
            category=_EMITTERS.get((code, emitter)),
        )
        self.tally.use()

    def _read_position(self, frame: Frame, message: int, platform: str, icao24: str | None, control: str) -> None:
        time_us, code, aircraft = frame.time_us, message >> 51, self._find(platform)
        if time_us is None:
            self._refuse(frame, "no time")
            return
        surface, half = code < 9, adsb.read_cpr(message)
        fix = (
            aircraft.place_surface(time_us, half, self._receiver) if surface else aircraft.place_airborne(time_us, half)
        )
        if aircraft.vehicle or isinstance(fix, str):
            self.tally.put_aside(_VEHICLE if aircraft.vehicle else str(fix))
            return
        wrong = self._limits.judge(fix.lon, fix.lat, time_us)
        if wrong:
            self._refuse(frame, wrong)
            return
        self.tally.meet(platform, kind="aircraft", icao24=icao24)
        self.tally.use()
        measured = _measure(message, code, aircraft, time_us)
        told = (adsb.containment_m(code), f"position={control} tc={code}", frame.row)
        self.tally.positions.append((platform, *fix, *measured, *told))

    def _refuse(self, frame: Frame, reason: str) -> None:
        self.tally.refuse(reason, frame.row, frame.found)


def _is_foreign(message: int, code: int) -> bool:
    """Whether a rebroadcast position says that its address is none of ICAO's (the IMF bit)."""
    if 5 <= code <= 8:
        return bool(message >> 35 & 1)
    return bool(message >> 48 & 1) if 9 <= code <= 22 and code != 19 else False


def _measure(message: int, code: int, aircraft: _Aircraft, time_us: int) -> tuple[Any, ...]:
    """Return altitude, what it is measured from, speed and course."""
    if code < 9:  # what stands there for a course on the ground is mostly a heading
        return 0.0, "ground", adsb.read_movement_kn(message), None
    feet = adsb.read_airborne_altitude_ft(message) if code < 20 else None  # sources differ on the unit above 19
    altitude = (None, None) if feet is None else (feet * FOOT_M, "barometric")
    return *altitude, *aircraft.find_velocity(time_us)
