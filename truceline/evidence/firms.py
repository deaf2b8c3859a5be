"""NASA FIRMS: thermal anomalies seen by MODIS and VIIRS (near real time, archive, daily extracts).

Source: FIRMS attribute tables (NASA Earthdata). A row is one pixel of one overpass. Times are UTC;
a file without `acq_time` knows the day only. A fire is not a strike, a lack of rows may be cloud,
and one fire may be seen by several satellites: the kind is an indicator and nothing more.
"""

from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from truceline.evidence.batch import Batch, Format
from truceline.evidence.cells import Sieve, check_place, check_span, constant, read_number, read_text, read_times
from truceline.evidence.columns import Repeats, account, drop_fillers, require
from truceline.evidence.records import Records, open_table
from truceline.evidence.source import Source
from truceline.evidence.tables import TIME
from truceline.gazetteer import Gazetteer

__all__ = ["FIRMS", "read_firms"]

KIND = "thermal-anomaly"
_NEEDED = ("latitude", "longitude", "acq_date")
_MORE = ("acq_time", "satellite", "instrument", "confidence", "scan", "track", "frp", "type", "daynight", "version")
# A point is the centre of its pixel: 1 km (MODIS) or 375 m (VIIRS) at nadir. Half the diagonal
# holds the pixel; where the sensor is not known, the larger one does.
_HALF_DIAGONAL = 2**0.5 / 2
_PIXEL_M = {"MODIS": 1_000.0, "VIIRS": 375.0}
_TYPES = {  # archive only
    "0": "presumed vegetation fire",
    "1": "active volcano",
    "2": "other static land source",
    "3": "offshore",
}


def read_firms(stream: BinaryIO, source: Source, _: Gazetteer) -> Iterator[Batch]:
    """Read latitude, longitude, acq_date and whatever else the variant has; case does not matter."""
    table = open_table(stream, source)
    columns = require(table.header, source, *_NEEDED)
    repeats = Repeats([])
    for block in table.blocks:
        yield _make_events(repeats.drop(drop_fillers(block)), source, columns)


def _make_events(block: Records, source: Source, columns: dict[str, str]) -> Batch:
    cells = block.cells
    sieve = Sieve(cells["row"])
    text = {name: read_text(cells, columns.get(name)) for name in (*_NEEDED, *_MORE)}
    start, end = _read_overpass(sieve, text, source)
    lon, lat = read_number(text["longitude"]), read_number(text["latitude"])
    check_place(sieve, lon, lat)
    size = {name: read_number(text[name]) for name in ("scan", "track", "frp")}
    for name, number in size.items():
        sieve.refuse(number.is_nan() | (number < 0), f"{name} is not a number", text[name])
    events = pl.DataFrame(
        {
            "kind": constant(KIND, cells.height),
            "start_utc": start,
            "end_utc": end,
            "lon": lon,
            "lat": lat,
            "radius_m": _find_radius(text, size),
            "object": text["type"].replace_strict(_TYPES, default=None, return_dtype=pl.String),
            "quantity": size["frp"],
            "unit": pl.select(pl.when(size["frp"].is_not_null()).then(pl.lit("MW"))).to_series(),
            "text": _describe(text),
            "row": cells["row"],
        }
    )
    return account(block, sieve, events=events)


def _read_overpass(sieve: Sieve, text: dict[str, pl.Series], source: Source) -> tuple[pl.Series, pl.Series]:
    """Return the minute of the overpass, or the day where there is no hour (UTC)."""
    # spreadsheets drop the leading zeros of HHMM
    hour = text["acq_time"].str.replace(":", "", literal=True).str.zfill(4)
    sieve.refuse(~hour.str.contains(r"^([01]\d|2[0-3])[0-5]\d$"), "acq_time is not HHMM", text["acq_time"])
    stamp = pl.select(
        pl.when(hour.is_null())
        .then(text["acq_date"])
        .otherwise(pl.format("{}T{}:{}Z", text["acq_date"], hour.str.slice(0, 2), hour.str.slice(2, 2)))
    ).to_series()
    times = read_times(stamp, "UTC")
    sieve.refuse(text["acq_date"].is_null(), "no time", text["acq_date"])
    sieve.refuse_each(times.fault, text["acq_date"])
    end = times.end.dt.offset_by("1m").zip_with(hour.is_not_null(), times.end)
    check_span(sieve, times.start, end, constant(source.received_utc, len(end), TIME), stamp)
    return times.start, end


def _find_radius(text: dict[str, pl.Series], size: dict[str, pl.Series]) -> pl.Series:
    nadir = text["instrument"].str.to_uppercase().replace_strict(_PIXEL_M, default=1_000.0, return_dtype=pl.Float64)
    own = (size["scan"] ** 2 + size["track"] ** 2).sqrt() * 500
    return own.zip_with(own.is_not_null(), nadir.fill_null(1_000.0) * _HALF_DIAGONAL)


def _describe(text: dict[str, pl.Series]) -> pl.Series:
    """Return sensor and confidence in the source's own words (MODIS 0 to 100, VIIRS l, n, h)."""
    confidence = pl.format("confidence {}", text["confidence"])
    said = pl.concat_str([text["instrument"], text["satellite"], confidence], separator=" ", ignore_nulls=True)
    described = pl.select(said.alias("text")).to_series()
    return described.set(described == "", None)


FIRMS = Format("firms", "NASA FIRMS thermal anomalies (MODIS, VIIRS, daily extracts)", read_firms, kind=KIND)
