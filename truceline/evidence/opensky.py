"""State vectors of the OpenSky Network, as its interface and as its users write them.

    {"time": …, "states": [["4b1815", "TAP123  ", "Portugal", 1657712422, …], …]}    the interface
    [{"timestamp": …, "icao24": …, "latitude": …}, …]                               records
    {"timestamp": {"0": …}, "icao24": {"0": …}, …}                                  columns

A row is one state vector. The interface gives metres and metres a second (OpenSky REST API, "All
State Vectors"); files of records may be in those or in feet and knots, and the source says which.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, BinaryIO

import polars as pl

from truceline.evidence.batch import Batch, Format
from truceline.evidence.columns import Repeats
from truceline.evidence.documents import fault, load_document, make_records
from truceline.evidence.fixes import make_positions
from truceline.evidence.records import Records
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer

__all__ = ["OPENSKY", "read"]

_FORMS = "an answer with states, a list of records, or a table of columns"
_UNITS = {"m, m/s": ("altitude_m", "speed_m_s"), "ft, kn": ("altitude_ft", "speed_kn")}
_STATE = (
    "icao24", "callsign", "origin_country", "time_position", "last_contact", "longitude", "latitude", "baro_altitude",
    "on_ground", "velocity", "true_track", "vertical_rate", "sensors", "geo_altitude", "squawk",
)  # fmt: skip
_NAMES = {
    "time": ("time_position", "timestamp", "lastposupdate", "time"),
    "icao24": ("icao24",),
    "callsign": ("callsign",),
    "lat": ("latitude", "lat"),
    "lon": ("longitude", "lon"),
    "baro": ("baro_altitude", "baroaltitude", "altitude"),
    "geo": ("geo_altitude", "geoaltitude"),
    "ground": ("on_ground", "onground"),
    "speed": ("velocity", "groundspeed"),
    "course": ("true_track", "heading", "track"),
    "source": ("position_source",),
    "category": ("category",),
    "received": ("received",),
}
_SOURCES = {"0": "position=adsb", "1": "position=asterix", "2": "position=mlat", "3": "position=flarm"}
_EMITTERS = {"8": "helicopter", "14": "drone"}
_NO_AIRCRAFT = ["16", "17", "18", "19", "20"]  # vehicles and obstacles on the ground
_MOST_S = 100_000_000_000  # seconds up to the year 5138; milliseconds of any aircraft are more


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Yield positions and platforms of state vectors; raises EvidenceError for another document."""
    items, interface = _list_states(load_document(stream, source, _FORMS), source)
    altitude, speed = _UNITS[_read_units(source, interface)]
    repeats = Repeats([])
    for block in make_records(items, list(_NAMES)):
        kept = _drop_placeless(repeats.drop(block))
        cells, form = _complete(kept.cells)
        columns = _COLUMNS | {altitude: "altitude", speed: "speed"}
        records = Records(kept.rows, cells, kept.set_aside, kept.rejects)
        own = replace(source, kind="aircraft", options={"time_format": form} if form else {})
        yield make_positions(records, own, columns, gazetteer)


_COLUMNS = {
    "time_utc": "time",
    "lon": "lon",
    "lat": "lat",
    "icao24": "own",
    "platform": "other",
    "name": "callsign",
    "category": "emitter",
    "altitude_ref": "ref",
    "course_deg": "course",
    "integrity": "integrity",
    "received_utc": "received",
}

OPENSKY = Format(
    name="opensky",
    meaning="state vectors of the OpenSky Network",
    read=read,
    options={
        "units": '"m, m/s" or "ft, kn": units of altitude and speed, needed where the file is no answer with states'
    },
    cooperative=True,
)


def _read_units(source: Source, interface: bool) -> str:
    units = source.options.get("units", "m, m/s" if interface else None)
    if units in _UNITS:
        return str(units)
    what = "units of altitude and speed not declared" if units is None else "units not understood"
    do = 'add units = "ft, kn" or units = "m, m/s" to the source, as whoever wrote the file says'
    raise fault(source, source.line, what, '"m, m/s" or "ft, kn"', "nothing" if units is None else repr(units)[:80], do)


# --- the three forms into records -----------------------------------------------------------------


def _list_states(document: Any, source: Source) -> tuple[Sequence[Mapping[str, Any] | str], bool]:  # noqa: ANN401
    """Return records of our names, and whether they are an answer of the interface."""
    if isinstance(document, dict) and "states" in document:
        states = document["states"]
        if states is None or isinstance(states, list):
            return [_read_state(state, document.get("time")) for state in states or []], True
    elif isinstance(document, list):
        return [_rename(item) if isinstance(item, dict) else "state is not an object" for item in document], False
    elif isinstance(document, dict) and any(isinstance(column, (dict, list)) for column in document.values()):
        return [_rename(item) for item in _turn(document)], False
    raise fault(source, 1, "no state vectors", _FORMS, repr(document)[:60], "correct the format of the source")


def _read_state(state: object, received: object) -> Mapping[str, Any] | str:
    """Return a state vector of the interface as a record.

    Old ones have an alert, truth or falsehood, before the indicator of special purpose; then the
    source of the position comes last. New ones have the emitter category last.
    """
    if not isinstance(state, list):
        return "state is not a list"
    if len(state) not in (17, 18):
        return "state has not 17 or 18 fields"
    record = dict(zip(_STATE, state, strict=False))
    old = isinstance(state[16], bool)
    record["position_source"] = state[-1] if old else state[16]
    record["category"] = None if old or len(state) == 17 else state[17]
    return {**_rename(record), "received": received}


def _rename(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record by our names; of several spellings the first that it has."""
    return {our: item[their] for our, their in _choose(tuple(item))}


@lru_cache(maxsize=64)
def _choose(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    known = set(names)
    chosen = ((our, next((name for name in spellings if name in known), None)) for our, spellings in _NAMES.items())
    return tuple((our, their) for our, their in chosen if their is not None)


def _turn(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a document that has a list, or a table by row, for each column."""
    rows: dict[str, dict[str, Any]] = {}
    for name, column in document.items():
        numbered = column.items() if isinstance(column, dict) else enumerate(column if isinstance(column, list) else [])
        for index, value in numbered:
            rows.setdefault(str(index), {})[name] = value
    return list(rows.values())


# --- records into the columns of our table --------------------------------------------------------


def _drop_placeless(block: Records) -> Records:
    """Set aside states without a position, and those of what is no aircraft."""
    cells, aside = block.cells, dict(block.set_aside)
    reasons = {
        "position not available": (cells["lon"] == "") & (cells["lat"] == ""),
        "ground vehicle or obstacle": cells["category"].is_in(_NO_AIRCRAFT),
    }
    keep = pl.Series([True], dtype=pl.Boolean).new_from_index(0, cells.height)
    for reason, mask in reasons.items():
        hit = mask & keep
        if hit.any():
            aside[reason] = int(hit.sum())
            keep &= ~hit
    return Records(block.rows, cells.filter(keep), aside, block.rejects)


def _complete(cells: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
    """Add the columns that need more than a name, and return the form of the times."""
    ground = pl.col("ground").str.to_lowercase().is_in(["true", "1"])
    barometric, geometric = pl.col("baro") != "", pl.col("geo") != ""
    address = pl.col("icao24").str.strip_chars().str.to_lowercase()
    foreign = address.str.starts_with("~")
    cells = cells.with_columns(
        own=pl.when(foreign).then(pl.lit("")).otherwise(address),
        other=pl.when(foreign).then(address).otherwise(pl.lit("")),
        altitude=pl.when(ground).then(pl.lit("0")).when(barometric).then("baro").otherwise("geo"),
        ref=pl.when(ground)
        .then(pl.lit("ground"))
        .when(barometric)
        .then(pl.lit("barometric"))
        .when(geometric)
        .then(pl.lit("ellipsoid"))
        .otherwise(pl.lit("")),
        integrity=pl.col("source").replace_strict(_SOURCES, default="", return_dtype=pl.String),
        emitter=pl.col("category").replace_strict(_EMITTERS, default="", return_dtype=pl.String),
    )
    times = cells.select("time", "received")
    if any(column.filter(column != "").cast(pl.Float64, strict=False).has_nulls() for column in times):
        return cells, None
    return cells.with_columns(_to_ms("time"), _to_ms("received")), "epoch ms"


def _to_ms(name: str) -> pl.Expr:
    """Return seconds or milliseconds after 1970, told apart by their size, as milliseconds."""
    number = pl.col(name).cast(pl.Float64, strict=False)
    milliseconds = pl.when(number < _MOST_S).then(number * 1_000).otherwise(number)
    return milliseconds.cast(pl.String).fill_null("").alias(name)
