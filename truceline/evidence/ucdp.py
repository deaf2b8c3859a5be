"""UCDP Georeferenced Event Dataset: events of organised violence with at least one death.

Source: Sundberg and Melander 2013; GED codebook (Uppsala Conflict Data Program, CC BY 4.0). A row
is one event, or a summary of several over days and places. It has days of the local calendar and
no hours, two sides and nobody who is said to have fired. The edition of the Humanitarian Data
Exchange has a line of HXL tags under the header.
"""

from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from truceline.evidence.batch import Batch, Format
from truceline.evidence.cells import (
    Sieve,
    check_place,
    check_span,
    constant,
    first_of,
    read_area,
    read_number,
    read_text,
    read_times,
)
from truceline.evidence.columns import Repeats, account, drop_fillers, require
from truceline.evidence.records import Records, open_table
from truceline.evidence.source import Source
from truceline.evidence.tables import TIME
from truceline.gazetteer import Gazetteer

__all__ = ["UCDP", "read_ucdp"]

KIND = "lethal-event"
_NEEDED = (
    "id", "side_a", "side_b", "where_prec", "adm_1", "latitude", "longitude", "date_prec", "date_start", "date_end",
    "best", "high", "low",
)  # fmt: skip
_WORDS = ("dyad_name", "where_description", "where_coordinates", "event_clarity")
# Codebook, where_prec: 1 exact, 2 within about 25 km of a known point, 3 second-order unit,
# 4 first-order unit, 5 a line or a fuzzy area, 6 country, 7 international waters or airspace. Only
# the 25 km are the codebook's; the other radii are ours, wide enough to hold such a place in Ukraine.
_RADIUS_M = {"1": 2_000.0, "2": 25_000.0, "3": 40_000.0, "4": 150_000.0, "5": 200_000.0, "6": 700_000.0, "7": 700_000.0}


def read_ucdp(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Read the GED columns; the days are those of the source's `time_zone`."""
    table = open_table(stream, source)
    columns = require(table.header, source, *_NEEDED)
    repeats = Repeats([])
    for block in table.blocks:
        yield _make_events(repeats.drop(drop_fillers(block)), source, columns, gazetteer)


def _make_events(block: Records, source: Source, columns: dict[str, str], gazetteer: Gazetteer) -> Batch:
    cells = block.cells
    sieve = Sieve(cells["row"])
    text = {name: read_text(cells, columns.get(name)) for name in (*_NEEDED, *_WORDS)}
    start, end = _read_days(sieve, text, source)
    number = {name: read_number(text[name]) for name in ("longitude", "latitude", "best", "low", "high")}
    check_place(sieve, number["longitude"], number["latitude"])
    for name in ("best", "low", "high"):
        bad = number[name].is_null() | number[name].is_nan() | (number[name] < 0)
        sieve.refuse(bad, f"deaths ({name}) not a number", text[name])
    radius = text["where_prec"].replace_strict(_RADIUS_M, default=None, return_dtype=pl.Float64)
    sieve.refuse(radius.is_null(), "where_prec is none of 1 to 7", text["where_prec"])
    sieve.refuse(
        ~text["date_prec"].is_in(list("12345")).fill_null(False), "date_prec is none of 1 to 5", text["date_prec"]
    )
    events = pl.DataFrame(
        {
            "event": text["id"],
            "kind": constant(KIND, cells.height),
            "start_utc": start,
            "end_utc": end,
            "lon": number["longitude"],
            "lat": number["latitude"],
            "radius_m": radius,
            "area": read_area(text["adm_1"], gazetteer),
            "quantity": number["best"],
            # the codebook's best estimate may lie outside low and high only by error: the range holds it
            "quantity_low": pl.select(pl.min_horizontal(number["low"], number["best"])).to_series(),
            "quantity_high": pl.select(pl.max_horizontal(number["high"], number["best"])).to_series(),
            "unit": constant("deaths", cells.height),
            "text": _describe(text),
            "row": cells["row"],
        }
    )
    return account(block, sieve, events=events)


def _read_days(sieve: Sieve, text: dict[str, pl.Series], source: Source) -> tuple[pl.Series, pl.Series]:
    """Return the first midnight and the one after the last day."""
    days = {name: text[name].str.replace(r"[T ]00:00:00(\.0+)?$", "") for name in ("date_start", "date_end")}
    times = {name: read_times(day, source.time_zone) for name, day in days.items()}
    for name, read in times.items():
        sieve.refuse(text[name].is_null(), "no time", text[name])
        sieve.refuse_each(read.fault, text[name])
    start, end = times["date_start"].start, times["date_end"].end
    sieve.refuse(times["date_end"].start < start, "end before start", text["date_end"])
    check_span(sieve, start, end, constant(source.received_utc, len(start), TIME), text["date_start"])
    return start, end


def _describe(text: dict[str, pl.Series]) -> pl.Series:
    """Return the dyad, the place in words, and a word where the event is a summary."""
    dyad = first_of([text["dyad_name"], pl.select(pl.format("{} - {}", text["side_a"], text["side_b"])).to_series()])
    place = first_of([text["where_description"], text["where_coordinates"]])
    summary = pl.select(
        pl.when(text["event_clarity"] == "2").then(pl.lit("reported together with others"))
        .when(text["date_prec"] != "1").then(pl.lit("day not known exactly"))
    ).to_series()  # fmt: skip
    return pl.select(pl.concat_str([dyad, place, summary], separator="; ", ignore_nulls=True)).to_series()


UCDP = Format(
    "ucdp-ged", "UCDP Georeferenced Event Dataset, with or without HXL tags", read_ucdp, kind=KIND, needs=("time_zone",)
)
