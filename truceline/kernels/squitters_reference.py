"""Extended squitters out of frames, one after the other: the reference of the kernel in `modes_squitters.c`."""

import math
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from truceline.kernels import adsb_reference as adsb
from truceline.kernels.frames import NO_TIME, Status
from truceline.kernels.squitters import NO_CODE, NO_NUMBER, NO_RATE, SQUITTER, Outcome

__all__ = ["Decoder"]

AIRCRAFT_LIMIT = 50_000
HEARD_SETS, HEARD_WAYS = 8_192, 4  # frames remembered: of each set, chosen by their bits, the last ones
HEARD_US = 300_000  # an aircraft sends the same bits again after no less than 0.8 s (DO-260B, 2.2.3.3)
PAIR_US = 10_000_000  # halves of an airborne position further apart make no pair (DO-260B, A.1.7.5)
FRESH_US = 300_000_000  # a last position serves to place a single half for so long
VELOCITY_US = 10_000_000

_WORD = (1 << 64) - 1
_FASTEST_M_S = 1_000.0
_SLACK_M = 5_000.0
_SAME_M = 1_000.0
_CONTROLS = (0, 1, 2, 5, 6)  # control fields of format 18 that carry what format 17 does
_FOREIGN = (1, 5)
_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("lon", "lat", "speed_kn", "course_deg"), math.nan),
    **dict.fromkeys(("vertical_rate_ft_min", "geometric_minus_barometric_ft"), NO_RATE),
    **dict.fromkeys(("version", "nac_p", "nac_v", "sil"), NO_CODE),
    **dict.fromkeys(("address", "form", "control", "code", "foreign", "emitter", "outcome"), 0),
    "altitude_ft": NO_NUMBER,
    "callsign": b"",
    "spare": np.zeros(2, np.uint8),
}


class _Fix(NamedTuple):
    """A place and its time."""

    time_us: int
    lon: float
    lat: float

    def metres_to(self, lon: float, lat: float) -> float:
        """Return the distance on a sphere, near enough to tell one cell from another."""
        x = math.radians((lon - self.lon + 180) % 360 - 180) * math.cos(math.radians((lat + self.lat) / 2))
        y = math.radians(lat - self.lat)
        return 6_371_000.0 * math.sqrt(x * x + y * y)

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

    def place_airborne(self, time_us: int, half: adsb.Cpr) -> _Fix | Outcome:
        """Return where it is by both halves, else by the last place and this half; or why not.

        Where both ways differ by whole cells, a pair was made of halves before and after a jump: it
        counts only if the next pair says the same.
        """
        self.halves[half.odd] = (time_us, half)
        pair, near = self._pair(time_us, half), self._near(time_us, half, surface=False)
        if pair is None:
            if near is None:
                return Outcome.WAITING
            return self._keep(time_us, near) if self._reaches(time_us, near) else Outcome.FAR
        agreed = near is None or _Fix(0, *near).metres_to(*pair) <= _SAME_M
        if not agreed and (self.doubt is None or _Fix(0, *self.doubt).metres_to(*pair) > _SLACK_M):
            self.doubt = pair
            return Outcome.FAR
        return self._keep(time_us, pair)

    def place_surface(self, time_us: int, half: adsb.Cpr, receiver: tuple[float, float] | None) -> _Fix | Outcome:
        """Return where it is by the last place, or the receiver's, and this half; or why not."""
        self.halves.clear()
        near = self._near(time_us, half, surface=True)
        if near is not None:
            return self._keep(time_us, near) if self._reaches(time_us, near) else Outcome.FAR
        found = None if receiver is None else adsb.decode_local(half, *receiver, surface=True)
        return Outcome.NOWHERE if found is None else self._keep(time_us, found)

    def find_velocity(self, time_us: int) -> adsb.Velocity | None:
        """Return speed and course that it sent a little before."""
        if self.velocity is None or not 0 <= time_us - self.velocity[0] <= VELOCITY_US:
            return None
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


class Decoder:
    """What the kernel's decoder does, in Python."""

    def __init__(self, receiver: tuple[float, float] | None) -> None:
        self._receiver = receiver
        self._aircraft: OrderedDict[int, _Aircraft] = OrderedDict()
        self._heard: dict[int, dict[bytes, int]] = {}

    def decode(self, frames: NDArray[np.void], out: NDArray[np.void]) -> None:
        """Fill one row of `out` for each of `frames`."""
        remainders = adsb.checksums(np.asarray(frames["data"]))
        rows = []
        for frame, remainder in zip(frames, remainders.tolist(), strict=True):
            told = dict(_NOTHING, time_us=int(frame["time_us"]))
            told["outcome"] = self._take(frame, remainder, told)
            rows.append(tuple(told[name] for name in SQUITTER.names or ()))
        out[:] = np.array(rows, SQUITTER)

    def _take(self, frame: np.void, remainder: int, told: dict[str, Any]) -> Outcome:
        data = bytes(frame["data"][: frame["length"]])
        if frame["status"] != Status.FRAME or not data:
            return Outcome.NONE
        told["form"] = min(data[0] >> 3, 24)
        if len(data) != 14 and not (told["form"] < 16 and len(data) == 7):  # some loggers fill short ones up
            return Outcome.WRONG_LENGTH
        if told["form"] not in (17, 18):
            return Outcome.OTHER_FORM
        if remainder:
            return Outcome.WRONG_PARITY
        if self._is_known(data, told["time_us"]):
            return Outcome.HEARD
        return self._read(data, told)

    def _is_known(self, data: bytes, time_us: int) -> bool:
        """Whether the same bits came a moment before, by another receiver."""
        if time_us == NO_TIME:
            return False
        ways = self._heard.setdefault(_find_set(data), {})
        before = ways.get(data)
        if before is not None and abs(time_us - before) <= HEARD_US:
            return True
        ways.pop(data, None)
        ways[data] = time_us
        if len(ways) > HEARD_WAYS:
            del ways[next(iter(ways))]
        return False

    def _read(self, data: bytes, told: dict[str, Any]) -> Outcome:
        """Read an extended squitter."""
        control = told["control"] = data[0] & 7 if told["form"] == 18 else 0
        if control not in _CONTROLS:
            return Outcome.OTHER_CONTROL
        message = int.from_bytes(data[4:11], "big")
        code = told["code"] = message >> 51
        told["address"] = int.from_bytes(data[1:4], "big")
        told["foreign"] = int(control in _FOREIGN or (control in (2, 6) and _is_foreign(message, code)))
        if 5 <= code <= 18 or 20 <= code <= 22:
            return self._read_position(message, told)
        if 1 <= code <= 4:
            return self._read_identity(message, told)
        if code == 19:
            return self._read_velocity(message, told)
        status = adsb.read_status(message) if code == 31 else None
        if status is not None:
            _tell(told, **status._asdict())
        return Outcome.OTHER_TYPE

    def _find(self, told: dict[str, Any]) -> _Aircraft:
        key = told["foreign"] << 24 | told["address"]
        found = self._aircraft.get(key)
        if found is None:
            found = self._aircraft[key] = _Aircraft()
            if len(self._aircraft) > AIRCRAFT_LIMIT:
                self._aircraft.popitem(last=False)
        else:
            self._aircraft.move_to_end(key)
        return found

    def _read_identity(self, message: int, told: dict[str, Any]) -> Outcome:
        told["emitter"] = message >> 48 & 7
        self._find(told).vehicle = told["code"] == 2 and told["emitter"] > 0
        told["callsign"] = (adsb.read_callsign(message) or "").encode()
        return Outcome.IDENTITY

    def _read_velocity(self, message: int, told: dict[str, Any]) -> Outcome:
        rates, velocity = adsb.read_rates(message), adsb.read_velocity(message)
        if rates is not None:
            _tell(told, **rates._asdict())
        if velocity is not None:
            _tell(told, **velocity._asdict())
            if told["time_us"] != NO_TIME:
                self._find(told).velocity = (told["time_us"], velocity)
        return Outcome.VELOCITY

    def _read_position(self, message: int, told: dict[str, Any]) -> Outcome:
        time_us, aircraft, half = told["time_us"], self._find(told), adsb.read_cpr(message)
        surface = told["code"] < 9
        if time_us == NO_TIME:
            return Outcome.TIMELESS
        fix = (
            aircraft.place_surface(time_us, half, self._receiver) if surface else aircraft.place_airborne(time_us, half)
        )
        if isinstance(fix, _Fix):
            _tell(told, lon=fix.lon, lat=fix.lat)
        if aircraft.vehicle or isinstance(fix, Outcome):
            return Outcome.VEHICLE if aircraft.vehicle else Outcome(fix)  # type: ignore[arg-type]
        if surface:  # what stands there for a course on the ground is mostly a heading
            _tell(told, speed_kn=adsb.read_movement_kn(message))
            return Outcome.POSITION
        if told["code"] < 20:  # sources differ on the unit above 19
            _tell(told, altitude_ft=adsb.read_airborne_altitude_ft(message))
        velocity = aircraft.find_velocity(time_us)
        if velocity is not None:
            _tell(told, **velocity._asdict())
        return Outcome.POSITION


def _tell(told: dict[str, Any], **found: Any) -> None:  # noqa: ANN401 -- columns of SQUITTER
    """Note what is known; None leaves what stands for unknown."""
    told.update((name, value) for name, value in found.items() if value is not None)


def _is_foreign(message: int, code: int) -> bool:
    """Whether a rebroadcast position says that its address is none of ICAO's (the IMF bit)."""
    if 5 <= code <= 8:
        return bool(message >> 35 & 1)
    return bool(message >> 48 & 1) if 9 <= code <= 22 and code != 19 else False


def _find_set(data: bytes) -> int:
    """Return the set in which a frame is remembered; the parity follows from the rest."""
    head, tail = int.from_bytes(data[:8], "big"), int.from_bytes(data[8:11], "big")
    mixed = head ^ (tail * 0x9E3779B97F4A7C15 & _WORD)
    return (mixed * 0xFF51AFD7ED558CCD & _WORD) * HEARD_SETS >> 64
