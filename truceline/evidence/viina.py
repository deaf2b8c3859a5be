"""VIINA: news reports of the war in Ukraine, placed and tagged by machine.

Source: Zhukov and Ayers, Violent Incident Information from News Articles (ODbL 1.0). A row is a
report, not an event: one event has many reports, and a press report never makes a standing. The
time is local and its zone is not stated, so the source must declare one (Kyiv is presumed);
00:00:00 means that the hour is not known. Exact repeats are frequent.
"""

from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from truceline.evidence.batch import Batch, Format
from truceline.evidence.cells import Sieve, check_place, check_span, constant, read_number, read_text, read_times
from truceline.evidence.columns import Repeats, account, require
from truceline.evidence.records import Records, open_table
from truceline.evidence.source import Source
from truceline.evidence.tables import TIME
from truceline.gazetteer import Gazetteer

__all__ = ["VIINA", "read_viina"]

KIND = "press-report"
_COLUMNS = ("datetime", "lon", "lat", "place_name", "event_type", "headline")


def read_viina(stream: BinaryIO, source: Source, _: Gazetteer) -> Iterator[Batch]:
    """Read datetime, lon, lat, place_name, event_type (tags joined by "|", often none), headline."""
    table = open_table(stream, source)
    columns = require(table.header, source, *_COLUMNS)
    repeats = Repeats([])
    for block in table.blocks:
        yield _make_events(repeats.drop(block), source, columns)


def _make_events(block: Records, source: Source, columns: dict[str, str]) -> Batch:
    cells = block.cells
    sieve = Sieve(cells["row"])
    text = {name: read_text(cells, columns[name]) for name in _COLUMNS}
    times = read_times(text["datetime"].str.replace(r"[T ]00:00:00$", ""), source.time_zone)
    sieve.refuse(text["datetime"].is_null(), "no time", text["datetime"])
    sieve.refuse_each(times.fault, text["datetime"])
    received = constant(source.received_utc, cells.height, TIME)
    check_span(sieve, times.start, times.end, received, text["datetime"])
    lon, lat = read_number(text["lon"]), read_number(text["lat"])
    check_place(sieve, lon, lat)
    said = pl.concat_str([text["place_name"], text["headline"]], separator=": ", ignore_nulls=True)
    events = pl.DataFrame(
        {
            "kind": constant(KIND, cells.height),
            "start_utc": times.start,
            "end_utc": times.end,
            "lon": lon,
            "lat": lat,
            "object": text["event_type"],
            "text": pl.select(said).to_series(),
            "row": cells["row"],
        }
    )
    return account(block, sieve, events=events)


VIINA = Format("viina", "VIINA news reports", read_viina, kind=KIND, needs=("time_zone",))
