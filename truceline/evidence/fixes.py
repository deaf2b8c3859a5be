"""Positions of platforms from a table that has one of them per record."""

from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl

from truceline.evidence.batch import Batch
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
from truceline.evidence.columns import account
from truceline.evidence.records import Records
from truceline.evidence.source import Source
from truceline.evidence.tables import CATEGORIES, TIME
from truceline.gazetteer import Gazetteer

__all__ = ["POSITION_COLUMNS", "make_positions", "missing_identity"]

POSITION_COLUMNS: dict[str, str] = {
    "time_utc": "a time",
    "lon": "degrees east, WGS 84",
    "lat": "degrees north, WGS 84",
    "platform": "the source's number or name of a track or platform",
    "mmsi": "nine digits (ITU-R M.585)",
    "icao24": "six hexadecimal digits (ICAO Annex 10)",
    "name": "the platform's name",
    "flag": "the state whose flag it flies",
    "party": "the party that it belongs to",
    "category": "a category such as cargo or warship; any other word is unknown",
    "ship_type": "a ship type code (ITU-R M.1371), where there is no category",
    "altitude_m": "metres",
    "altitude_ft": "feet",
    "altitude_ref": '"barometric", "ellipsoid", "msl" or "ground"',
    "speed_kn": "knots",
    "speed_m_s": "metres a second",
    "speed_km_h": "kilometres an hour",
    "course_deg": "degrees from north",
    "nav_status": "0 to 15 (ITU-R M.1371)",
    "accuracy_m": "metres",
    "integrity": "what the source says of its own quality",
    "received_by": "the receiver",
    "received_utc": "a time",
}

_KNOTS = {"speed_kn": 1.0, "speed_m_s": 3600 / 1852, "speed_km_h": 1 / 1.852}
_METRES = {"altitude_m": 1.0, "altitude_ft": 0.3048}
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the first trials of AIS and ADS-B, as for raw messages
_KINDS = {"mmsi": "vessel", "icao24": "aircraft", "platform": "radar-track"}


def missing_identity(source: Source, columns: Mapping[str, str]) -> list[str]:
    """Return what is missing to tell the platforms of a source apart."""
    known = source.kind == "detection" or bool({"platform", "mmsi", "icao24"} & set(columns))
    return [] if known else ["platform (or mmsi, or icao24)"]


def make_positions(block: Records, source: Source, columns: Mapping[str, str], _: Gazetteer) -> Batch:
    """Make positions and platforms of a block of records by a map of our columns -> theirs."""
    cells, options = block.cells, source.options
    sieve = Sieve(cells["row"])
    text = {name: read_text(cells, columns.get(name)) for name in POSITION_COLUMNS}
    times = {
        name: read_times(text[name], source.time_zone, options.get("time_format"))
        for name in ("time_utc", "received_utc")
    }
    sieve.refuse(text["time_utc"].is_null(), "no time", text["time_utc"])
    for name, read in times.items():
        sieve.refuse_each(read.fault, text[name])
    time, latest = times["time_utc"].start, times["time_utc"].end
    sieve.refuse(time != latest, "position with a day and no hour", text["time_utc"])
    sieve.refuse(time < _EARLIEST, "dated before 1990: a clock that was never set", text["time_utc"])
    received = times["received_utc"].start
    fixed = constant(source.received_utc, cells.height, TIME)
    check_span(sieve, time, latest, first_of([received, fixed]), text["time_utc"])

    comma = options.get("decimal") == ","
    lon, lat = (read_number(text[name], comma=comma) for name in ("lon", "lat"))
    refuse_numbers(sieve, text, {"lon": lon, "lat": lat})
    platforms = _read_platforms(sieve, text, source, cells["row"])
    unavailable = platforms["mmsi"].is_not_null() & ((lon == 181) | (lat == 91))  # ITU-R M.1371, table 48
    check_place(sieve, lon.set(unavailable.fill_null(False), 1), lat.set(unavailable.fill_null(False), 1))
    measured = _read_measures(sieve, text, platforms["mmsi"].is_not_null(), comma)
    positions = pl.DataFrame(
        {"platform": platforms["platform"], "time_utc": time, "lon": lon, "lat": lat}
        | measured
        | {name: text[name] for name in ("altitude_ref", "integrity", "received_by")}
        | {"received_utc": received, "row": cells["row"]}
    )
    aside = {"position not available (AIS 181, 91)": unavailable}
    return account(block, sieve, positions=positions, platforms=platforms, set_aside=aside)


def _read_platforms(sieve: Sieve, text: Mapping[str, pl.Series], source: Source, rows: pl.Series) -> pl.DataFrame:
    """Return a row of the platforms table per record, with its id."""
    mmsi = text["mmsi"].str.replace(r"\.0+$", "").cast(pl.UInt32, strict=False)
    bad = text["mmsi"].is_not_null() & ~mmsi.is_between(1, 999_999_999).fill_null(False)
    rounded = bad & text["mmsi"].str.contains(r"^\d(\.\d+)?[eE]\+?\d+$")
    sieve.refuse(rounded, "MMSI written as a power of ten: digits may be lost, export it as text", text["mmsi"])
    sieve.refuse(bad, "MMSI is not of nine digits", text["mmsi"])
    icao = text["icao24"].str.to_lowercase()
    sieve.refuse(
        ~icao.str.contains(r"^~?[0-9a-f]{6}$"), "ICAO address is not of six hexadecimal digits", text["icao24"]
    )
    track = text["platform"]
    if source.kind == "detection" and track.is_null().any():
        own = pl.select(pl.format("{}#{}", pl.lit(source.path.name), rows.cast(pl.String))).to_series()
        track = first_of([track, own])
    frame = pl.DataFrame({"mmsi": mmsi, "icao24": icao, "track": track, "row": rows})
    ids = frame.select(
        platform=pl.coalesce(
            pl.format("mmsi:{}", pl.col("mmsi").cast(pl.String).str.zfill(9)),
            pl.format("icao:{}", "icao24"),
            pl.when(pl.col("track").str.contains(r"^(mmsi|icao|track):")).then("track"),
            pl.format(f"track:{source.name}:{{}}", "track"),
        ),
        kind=pl.coalesce(
            pl.when(pl.col("mmsi").is_not_null()).then(pl.lit("vessel")),
            pl.when(pl.col("icao24").is_not_null()).then(pl.lit("aircraft")),
            pl.lit(source.kind),
            pl.lit("radar-track"),
        ),
    )
    sieve.refuse(ids["platform"].is_null(), "nothing says which platform it is", rows)
    said = {name: text[name] for name in ("name", "flag", "party")} | {"category": _read_category(text)}
    return pl.DataFrame({**ids.to_dict(), "mmsi": mmsi, "icao24": icao, **said, "row": rows})


def _read_category(text: Mapping[str, pl.Series]) -> pl.Series:
    """Return categories that we know: the source's word (or "vessel", "aircraft"), else that of its ship type."""
    words = {word: word for root, narrow in CATEGORIES.items() for word in (root, *narrow)}
    said = text["category"].str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.String)
    if text["ship_type"].null_count() == len(said):
        return said
    from truceline.evidence.ais import category  # loads the decoder

    codes = {str(code): word for code in range(100) if (word := category(code))}
    code = text["ship_type"].str.replace(r"\.0+$", "")
    return first_of([said, code.replace_strict(codes, default=None, return_dtype=pl.String)])


def _read_measures(sieve: Sieve, text: Mapping[str, pl.Series], ais: pl.Series, comma: bool) -> dict[str, pl.Series]:
    """Return speed, course, altitude, accuracy and status; null where not given or not available."""
    numbers = {name: read_number(text[name], comma=comma) for name in (*_KNOTS, *_METRES, "course_deg", "accuracy_m")}
    refuse_numbers(sieve, text, numbers)
    speed = first_of([numbers[name] * factor for name, factor in _KNOTS.items()])
    sieve.refuse(speed < 0, "speed below zero", speed)
    # ITU-R M.1371: 102.3 is "not available", 102.2 "102.2 or more"; 360 degrees is "not available"
    speed = speed.set((ais & (speed >= 102.15)).fill_null(False), None)
    course = numbers["course_deg"]
    sieve.refuse(
        (course < 0) | (course > 360), "course outside 0 to 360", text["course_deg"]
    ) if not ais.any() else None
    course = course.set(((course >= 360) | (course < 0)).fill_null(False), None)
    altitude = first_of([numbers[name] * factor for name, factor in _METRES.items()])
    status = text["nav_status"].str.replace(r"\.0+$", "").cast(pl.UInt8, strict=False)
    return {
        "speed_kn": speed,
        "course_deg": course,
        "altitude_m": altitude,
        "accuracy_m": numbers["accuracy_m"],
        "nav_status": status.set((status > 15).fill_null(False), None),
    }
