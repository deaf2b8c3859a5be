"""Explosions heard through ground and air: seismo-acoustic lists as QuakeML 1.2 or as a table.

A row is one event. Its place is known within the stated error and no better, and what exploded is
not known at all.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO

import polars as pl

from truceline.evidence.batch import Batch, Format
from truceline.evidence.cells import (
    Sieve,
    check_place,
    check_span,
    constant,
    first_of,
    read_number,
    read_text,
    read_times,
    refuse_numbers,
)
from truceline.evidence.columns import Repeats, account, drop_fillers, find_columns, require
from truceline.evidence.documents import fault, make_records
from truceline.evidence.quakeml import XmlFaultError, read_events
from truceline.evidence.records import Records, open_table
from truceline.evidence.source import Source
from truceline.evidence.tables import TIME
from truceline.gazetteer import Gazetteer

__all__ = ["SEISMIC", "read"]

KIND = "explosion"
_LARGEST = 64 << 20
_DEGREE_M = 111_320.0  # of latitude; of longitude at the equator
_TYPE = re.compile(r"[a-z ]{1,40}")
_EXPLOSIONS = ["explosion", "accidental explosion", "chemical explosion", "nuclear explosion"]
_COLUMNS = {
    "time": "the time of origin",
    "lon": "degrees east, WGS 84",
    "lat": "degrees north, WGS 84",
    "error_m": "metres around the point within which it lies",
    "error_km": "the same in kilometres",
    "error_lat_deg": "uncertainty of the latitude in degrees",
    "error_lon_deg": "uncertainty of the longitude in degrees",
    "magnitude": "a number",
    "unit": "the kind of magnitude, such as mb",
    "type": "a type of event as in QuakeML",
    "event": "the source's own id",
    "text": "words",
    "received_utc": "a time",
}
_OTHER_NAMES = {
    "time": ("origin_time", "time_utc", "start_utc", "datetime"),
    "lon": ("longitude",),
    "lat": ("latitude",),
    "error_m": ("horizontal_uncertainty_m", "radius_m"),
    "error_km": ("horizontalerror",),
    "magnitude": ("mag",),
    "unit": ("magtype",),
    "event": ("id", "event_id"),
    "text": ("place", "description"),
}


def read(stream: BinaryIO, source: Source, _: Gazetteer) -> Iterator[Batch]:
    """Yield explosions of QuakeML or of a table; raises EvidenceError where it is neither."""
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise fault(source, 1, "document too long", f"at most {_LARGEST >> 20} MiB", "more", "split it into files")
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"<"):
        return _read_quakeml(data, source)
    return _read_table(data, source)


SEISMIC = Format(
    name="seismic",
    meaning="seismo-acoustic lists of explosions: QuakeML or a table",
    read=read,
    options={
        "delimiter": 'one character, such as ";"',
        "decimal": '"." or ","',
        "encoding": 'the encoding of the text, such as "cp1251"',
        "time_format": 'a pattern such as "%d/%m/%Y %H:%M", "epoch s" or "epoch ms"',
        "untyped": '"explosion": what events without a type are, where whoever wrote the list says so',
    },
    kind=KIND,
    columns=_COLUMNS,
)


def _read_quakeml(data: bytes, source: Source) -> Iterator[Batch]:
    try:
        items = read_events(data)
    except XmlFaultError as error:
        do = "give QuakeML 1.2 without declarations of its own, or a table"
        raise fault(source, error.line, error.what, "QuakeML", repr(data[:40]), do) from error
    own = replace(source, time_zone="UTC", options={**source.options, "time_format": None, "decimal": "."})
    for block in make_records(items, list(_COLUMNS)):  # times of QuakeML are UTC, with a Z or without
        yield _make_events(block, own, {name: name for name in _COLUMNS}, typed=True)


def _read_table(data: bytes, source: Source) -> Iterator[Batch]:
    options = source.options
    table = open_table(
        BytesIO(data), source, delimiter=options.get("delimiter", ","), encoding=options.get("encoding", "utf-8")
    )
    columns = find_columns(table.header, source, _COLUMNS)
    theirs = {name.casefold(): name for name in reversed(table.header)}
    for our, spellings in _OTHER_NAMES.items():
        found = [theirs[name] for name in spellings if name in theirs]
        if our not in columns and found:
            columns[our] = found[0]
    require(table.header, source, *(name for name in ("time", "lon", "lat") if name not in columns))
    repeats = Repeats([])
    for block in table.blocks:
        yield _make_events(repeats.drop(drop_fillers(block)), source, columns, typed="type" in columns)


def _make_events(block: Records, source: Source, columns: Mapping[str, str], *, typed: bool) -> Batch:
    cells, comma = block.cells, source.options.get("decimal") == ","
    sieve = Sieve(cells["row"])
    text = {name: read_text(cells, columns.get(name)) for name in _COLUMNS}
    times, received = (
        read_times(text[name], source.time_zone, source.options.get("time_format")) for name in ("time", "received_utc")
    )
    sieve.refuse(text["time"].is_null(), "no time", text["time"])
    sieve.refuse_each(times.fault, text["time"])
    sieve.refuse_each(received.fault, text["received_utc"])
    arrived = first_of([received.start, constant(source.received_utc, cells.height, TIME)])
    check_span(sieve, times.start, times.end, arrived, text["time"])
    number = {name: read_number(text[name], comma=comma) for name in ("lon", "lat", "magnitude")}
    refuse_numbers(sieve, text, number)
    lon, lat, magnitude = number.values()
    check_place(sieve, lon, lat)
    radius = _read_error(sieve, text, lat, comma)
    events = pl.DataFrame(
        {
            "event": text["event"],
            "kind": constant(KIND, cells.height),
            "start_utc": times.start,
            "end_utc": times.end,
            "lon": lon,
            "lat": lat,
            "radius_m": radius,
            "quantity": magnitude,
            "unit": _name_unit(text["unit"], magnitude),
            "text": text["text"],
            "received_utc": received.start,
            "row": cells["row"],
        }
    )
    return account(block, sieve, events=events, set_aside=_judge(text["type"], source) if typed else None)


def _read_error(sieve: Sieve, text: Mapping[str, pl.Series], lat: pl.Series, comma: bool) -> pl.Series:
    """Return the radius of the stated error in metres; null where none is stated."""
    number = {}
    for name in ("error_m", "error_km", "error_lat_deg", "error_lon_deg"):
        number[name] = read_number(text[name], comma=comma)
        sieve.refuse(number[name].is_nan(), f"{name} is not a number", text[name])
        sieve.refuse(number[name] < 0, f"{name} below zero", text[name])
    north = number["error_lat_deg"] * _DEGREE_M
    east = number["error_lon_deg"] * _DEGREE_M * (lat * math.pi / 180).cos()
    both = (north**2 + east**2).sqrt()
    return first_of([number["error_m"], number["error_km"] * 1_000, both])


def _name_unit(unit: pl.Series, magnitude: pl.Series) -> pl.Series:
    named = first_of([unit, constant("magnitude", len(unit))])
    return named.set(magnitude.is_null(), None)


def _judge(kind: pl.Series, source: Source) -> dict[str, pl.Series]:
    """Return what is set aside: events of another type, and those of none unless the source says what they are."""
    word = kind.str.to_lowercase()
    other = {
        f"type {name}: not used": word == name
        for name in sorted(word.drop_nulls().unique().to_list())[:20]
        if name not in _EXPLOSIONS and _TYPE.fullmatch(name)
    }
    other["another type: not used"] = word.is_not_null() & ~word.is_in(_EXPLOSIONS)
    if source.options.get("untyped") != KIND:
        other["type not stated"] = word.is_null()
    return other
