"""Aircraft from readsb and tar1090: aircraft.json snapshots and trace files.

    {"now": …, "aircraft": [{"hex": …, "lat": …, "seen_pos": …}, …]}     one, or one a line
    {"icao": …, "timestamp": …, "trace": [[offset, lat, lon, alt, gs, track, flags, …], …]}

A row is one aircraft of a snapshot, or one point of a trace; rows count through the whole file.
Fields and units: README-json.md of github.com/wiedehopf/readsb, whose section numbers are those of
RTCA DO-260B. Altitudes arrive in feet and speeds in knots; a position's time is `now - seen_pos`.
"""

import json
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO

from truceline.evidence.batch import Batch, Format
from truceline.evidence.source import Source
from truceline.evidence.tally import Limits, Tally
from truceline.gazetteer import Gazetteer

__all__ = ["READSB", "read"]

DOCUMENT_LIMIT = 32 << 20
"""Bytes of one JSON document; a snapshot of all the world's aircraft has about 10 million."""

BRACKET_LIMIT = 2_000_000
"""Lists and objects in one JSON document: each takes far more memory than the byte it may have."""

BROKEN_LINES = 100_000  # of a broken document, that are looked at one by one

ROWS_PER_BATCH = 50_000
REMEMBERED = 200_000  # aircraft whose last position is remembered, to know one that is given again
SAME_US = 1_000_000
FOOT_M = 0.3048

_HEX = re.compile(r"~?[0-9a-f]{6}")
_TYPE = re.compile(r"[a-z_0-9]{1,20}")
_EARLIEST_S = 631_152_000.0  # 1990-01-01
_LATEST_S = 4_102_444_800.0  # 2100-01-01
_COLUMNS = (
    *("platform", "time_utc", "lon", "lat", "altitude_m", "altitude_ref", "speed_kn", "course_deg"),
    *("accuracy_m", "integrity", "received_utc", "row"),
)
_STALE, _GEOMETRIC = 1, 8  # flags of a trace point
_EMITTERS = {"A7": "helicopter", "B6": "drone"}


class _Refused(Exception):  # noqa: N818 -- not an error of the program: a row that cannot be used
    """Why a row cannot be used; `aside` where it was understood."""

    def __init__(self, reason: str, *, aside: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.aside = aside


@dataclass(frozen=True, slots=True)
class _Point:
    """One position, in the units of the tables. Time is microseconds after 1970-01-01 UTC."""

    time_us: int
    lon: float
    lat: float
    altitude_m: float | None
    altitude_ref: str | None
    speed_kn: float | None
    course_deg: float | None
    accuracy_m: float | None
    integrity: str | None
    received_us: int | None = None


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:  # noqa: ARG001 -- all readers
    """Yield the positions and platforms of snapshots and traces, and what became of every row.

    A document that is no JSON, is longer than DOCUMENT_LIMIT, or holds neither aircraft nor a trace
    is one rejected row.
    """
    reader = _Reader(source)
    for text in _split(stream):
        yield from reader.take(text)
    yield reader.tally.close()


READSB = Format(
    name="readsb",
    meaning="aircraft from readsb or tar1090: aircraft.json snapshots and trace files",
    read=read,
    cooperative=True,
)


def _split(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the documents of a stream: the whole of it, or one a line, or several one after the other.

    A new one begins where a line starts with "{" after one that ended with "}": inside a document a
    comma stands between. One that is too long comes cut, with more than DOCUMENT_LIMIT bytes.
    """
    text = bytearray()
    closed = False
    while line := _read_line(stream):
        if not line.strip():
            continue
        if text and (len(line) > DOCUMENT_LIMIT or (closed and line.startswith(b"{"))):
            yield bytes(text)
            text.clear()
        if len(line) > DOCUMENT_LIMIT:
            yield line
            continue
        if len(text) <= DOCUMENT_LIMIT:
            text += line
        closed = line.rstrip().endswith(b"}")
    if text:
        yield bytes(text)


def _read_line(stream: BinaryIO) -> bytes:
    line = stream.readline(DOCUMENT_LIMIT + 1)
    while len(line) > DOCUMENT_LIMIT and not line.endswith(b"\n"):
        rest = stream.readline(1 << 20)
        if not rest or rest.endswith(b"\n"):
            break
    return line


def _parse(text: bytes) -> Any:  # noqa: ANN401 -- whatever JSON holds
    """Return what a JSON text holds, or the reason why it cannot be read, as a str."""
    if len(text) > DOCUMENT_LIMIT:
        return f"document longer than {DOCUMENT_LIMIT >> 20} MiB"
    if text.count(b"[") + text.count(b"{") > BRACKET_LIMIT:
        return f"document with more than {BRACKET_LIMIT:,} lists and objects"
    try:
        found = json.loads(text)
    except RecursionError:
        return "JSON nested too deep"
    except ValueError:
        return "not JSON, or cut short"
    return found if isinstance(found, dict) else "neither aircraft nor a trace"


class _Reader:
    """Turns documents into rows for one pass over one stream."""

    def __init__(self, source: Source) -> None:
        self.tally = Tally(_COLUMNS)
        self._source = source.name
        self._limits = Limits.of(source)
        self._row = 0
        self._last: OrderedDict[str, tuple[int, float, float]] = OrderedDict()

    def take(self, text: bytes) -> Iterator[Batch]:
        """Take one document; yield a batch whenever one is full."""
        document = _parse(text)
        if isinstance(document, str):
            yield from self._take_broken(text, document)
        elif isinstance(document.get("aircraft"), list):
            yield from self._take_all(document, document["aircraft"], self._take_aircraft)
        elif isinstance(document.get("trace"), list):
            yield from self._take_all(document, document["trace"], self._take_point)
        else:
            self._row += 1
            self.tally.refuse("neither aircraft nor a trace", self._row, text)

    def _take_broken(self, text: bytes, reason: str) -> Iterator[Batch]:
        """Refuse a text as one row; whole documents that stand on lines of their own in it are taken."""
        few = len(text) <= DOCUMENT_LIMIT and text.count(b"\n") <= BROKEN_LINES
        lines = text.splitlines(keepends=True) if few else []
        whole = [isinstance(_parse(line), dict) for line in lines]
        if not any(whole):
            lines, whole = [text], [False]
        for good, group in groupby(zip(whole, lines, strict=True), key=itemgetter(0)):
            parts = [line for _, line in group]
            if not good:
                self._row += 1
                self.tally.refuse(reason, self._row, b"".join(parts))
                continue
            for line in parts:
                yield from self.take(line)

    def _take_all(
        self, document: Mapping[str, Any], entries: Sequence[Any], take: Callable[[Mapping[str, Any], Any], None]
    ) -> Iterator[Batch]:
        for entry in entries:
            self._row += 1
            try:
                take(document, entry)
            except _Refused as why:
                self._decline(why, entry)
            if self.tally.rows >= ROWS_PER_BATCH:
                yield self.tally.close()

    def _take_aircraft(self, document: Mapping[str, Any], entry: object) -> None:
        if not isinstance(entry, dict):
            raise _Refused("aircraft is not an object")
        address = _read_address(entry.get("hex"))
        point = _read_aircraft(document, entry)
        self._refuse_repeated(address, point)
        self._write(address, point, entry)

    def _take_point(self, document: Mapping[str, Any], entry: object) -> None:
        if not isinstance(entry, list):
            raise _Refused("trace point is not a list")
        address = _read_address(document.get("icao"))
        details = entry[8] if len(entry) > 8 and isinstance(entry[8], dict) else {}
        self._write(address, _read_trace_point(document, entry, details), {**details, **_identity(document)})

    def _decline(self, why: _Refused, entry: object) -> None:
        if why.aside:
            self.tally.put_aside(why.reason)
        else:
            self.tally.refuse(why.reason, self._row, _show(entry))

    def _refuse_repeated(self, address: str, point: _Point) -> None:
        """Set aside a position that the snapshot before gave already: nothing new was heard."""
        before = self._last.get(address)
        if before and abs(point.time_us - before[0]) <= SAME_US and (point.lon, point.lat) == before[1:]:
            raise _Refused("position given already", aside=True)
        self._last[address] = (point.time_us, point.lon, point.lat)
        self._last.move_to_end(address)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def _write(self, address: str, point: _Point, entry: Mapping[str, Any]) -> None:
        fault = self._limits.judge(point.lon, point.lat, point.time_us)
        if fault:
            raise _Refused(fault)
        own = not address.startswith("~")
        platform = f"icao:{address}" if own else f"track:{self._source}:{address}"
        name = _read_text(entry.get("r")) or _read_text(entry.get("flight"))
        self.tally.meet(
            platform, kind="aircraft", icao24=address if own else None, name=name, category=_read_category(entry)
        )
        self.tally.use()
        self.tally.positions.append(
            (
                *(platform, point.time_us, point.lon, point.lat, point.altitude_m, point.altitude_ref),
                *(point.speed_kn, point.course_deg, point.accuracy_m, point.integrity, point.received_us, self._row),
            )
        )


def _read_aircraft(document: Mapping[str, Any], entry: Mapping[str, Any]) -> _Point:
    """Read one aircraft of a snapshot."""
    if entry.get("lat") is None or entry.get("lon") is None:
        old = isinstance(entry.get("lastPosition"), dict)
        raise _Refused("position older than a minute" if old else "position not available", aside=True)
    if str(entry.get("category")) in ("C1", "C2", "C3"):
        raise _Refused("ground vehicle or obstacle", aside=True)
    now = _need(document, "now", _EARLIEST_S, _LATEST_S)
    age = _need(entry, "seen_pos", 0.0, 1e6)
    altitude = _read_altitude(entry.get("alt_baro"), entry.get("alt_geom"), geometric=False)
    rc = _number(entry, "rc", 0.0, 1e8)
    course = _number(entry, "track", 0.0, 360.0)
    return _Point(
        _to_us(now - age),
        _need(entry, "lon", -180.0, 180.0),
        _need(entry, "lat", -90.0, 90.0),
        *altitude,
        _number(entry, "gs", 0.0, 10_000.0),
        None if altitude[1] == "ground" else course,
        rc or None,  # 0: the containment radius is not known
        _read_integrity(entry, entry.get("type")),
        _to_us(now),
    )


def _read_trace_point(document: Mapping[str, Any], entry: Sequence[Any], details: Mapping[str, Any]) -> _Point:
    """Read one point of a trace; `details` stand only in some points, and hold for that one alone."""
    names = ("offset", "lat", "lon", "alt", "gs", "track", "flags", "rate", "details", "type", "alt_geom")
    point = dict(zip(names, entry, strict=False))
    if "lat" not in point or "lon" not in point or point["lat"] is None or point["lon"] is None:
        raise _Refused("position not available", aside=True)
    start = _need(document, "timestamp", _EARLIEST_S, _LATEST_S)
    offset = _need(point, "offset", 0.0, 1e7)
    flags = int(_number(point, "flags", 0.0, 1e6) or 0)
    altitude = _read_altitude(point.get("alt"), point.get("alt_geom"), geometric=bool(flags & _GEOMETRIC))
    course = _number(point, "track", 0.0, 360.0)
    return _Point(
        _to_us(start + offset),
        _need(point, "lon", -180.0, 180.0),
        _need(point, "lat", -90.0, 90.0),
        *altitude,
        _number(point, "gs", 0.0, 10_000.0),
        None if altitude[1] == "ground" else course,  # on the ground it is the heading
        _number(details, "rc", 0.0, 1e8) or None,
        _read_integrity(details, point.get("type"), stale=bool(flags & _STALE)),
    )


def _read_address(value: object) -> str:
    address = value.strip().lower() if isinstance(value, str) else ""
    if not _HEX.fullmatch(address):
        raise _Refused("address is not six hexadecimal digits")
    return address


def _identity(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a trace file says of the aircraft itself."""
    return {name: document[name] for name in ("r", "dbFlags") if name in document}


def _read_category(entry: Mapping[str, Any]) -> str | None:
    """Return the category: the database's military flag, else the emitter category where it is one of ours.

    An emitter category of size (A1 to A5) does not tell a civil from a military aircraft.
    """
    flags = entry.get("dbFlags")
    if isinstance(flags, int) and flags & 1:
        return "military-aircraft"
    return _EMITTERS.get(str(entry.get("category")))


def _read_altitude(barometric: object, geometric_ft: object, *, geometric: bool) -> tuple[float | None, str | None]:
    """Return altitude in metres and what it is measured from; "ground" is 0 m above the ground."""
    if barometric == "ground":
        return 0.0, "ground"
    feet = _number({"alt": barometric}, "alt", -5_000.0, 1e6)
    if feet is not None:
        return feet * FOOT_M, "ellipsoid" if geometric else "barometric"
    feet = _number({"alt_geom": geometric_ft}, "alt_geom", -5_000.0, 1e6)
    return (None, None) if feet is None else (feet * FOOT_M, "ellipsoid")


def _read_integrity(entry: Mapping[str, Any], kind: object, *, stale: bool = False) -> str | None:
    """Return what the source says of its own quality, such as "adsb_icao nic=8 nac_p=9 sil=3"."""
    words = [kind] if isinstance(kind, str) and _TYPE.fullmatch(kind) else []
    for name in ("nic", "nac_p", "sil"):
        value = entry.get(name)
        words += [f"{name}={value}"] if isinstance(value, int) and 0 <= value <= 15 else []
    for name in ("mlat", "tisb"):
        fields = entry.get(name)
        words += [f"position={name}"] if isinstance(fields, list) and "lat" in fields else []
    words += ["gps-lost"] if "gpsOkBefore" in entry else []
    words += ["stale"] if stale else []
    return " ".join(words) or None


def _read_text(value: object) -> str | None:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text[:40] or None


def _need(entry: Mapping[str, Any], key: str, low: float, high: float) -> float:
    number = _number(entry, key, low, high)
    if number is None:
        raise _Refused(f"no {key}")
    return number


def _number(entry: Mapping[str, Any], key: str, low: float, high: float) -> float | None:
    """Return a number within its range, None where it is absent; refuse anything else."""
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Refused(f"{key} is not a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise _Refused(f"{key} out of range") from error
    if math.isnan(number):
        raise _Refused(f"{key} is not a number")
    if not low <= number <= high:
        raise _Refused(f"{key} out of range")
    return number


def _to_us(seconds: float) -> int:
    """Return microseconds, rounded to the millisecond: a float of this size holds no more."""
    return round(seconds * 1_000) * 1_000


def _show(entry: object) -> str:
    try:
        return json.dumps(entry)[:200]
    except (ValueError, RecursionError):
        return repr(type(entry))
