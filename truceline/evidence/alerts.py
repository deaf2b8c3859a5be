"""Air-raid alerts of Ukraine: the official feed and the volunteers' channel (files of one lineage).

Source: GitHub Vadimkin/ukrainian-air-raid-sirens-dataset. A row is one alert of one place. An
alert warns; it is not an attack and says nothing of who fired. Alerts of several levels overlap,
and the permanent ones (Luhansk region, Crimea) are not in the files.
"""

from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from truceline.evidence.batch import Batch, Format
from truceline.evidence.cells import Sieve, check_span, constant, first_of, read_area, read_text, read_times
from truceline.evidence.columns import Repeats, account, require
from truceline.evidence.records import Records, open_table
from truceline.evidence.source import Source
from truceline.evidence.tables import TIME
from truceline.gazetteer import Gazetteer

__all__ = ["OFFICIAL", "VOLUNTEER", "read_official", "read_volunteer"]

KIND = "air-raid-alert"
NO_END = "end not announced"


def read_official(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Read oblast, raion, hromada, level, started_at, finished_at, source (times with offset)."""
    table = open_table(stream, source)
    columns = require(table.header, source, "oblast", "raion", "hromada", "level", "started_at", "finished_at")
    repeats = Repeats([])
    for block in map(repeats.drop, table.blocks):
        level = read_text(block.cells, columns["level"])
        place = [read_text(block.cells, columns[name]) for name in ("hromada", "raion")]
        text = pl.select(pl.concat_str(place, separator=", ", ignore_nulls=True)).to_series()
        yield _make_alerts(block, source, gazetteer, columns["oblast"], columns, level, text.set(text == "", None))


def read_volunteer(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Read region, started_at, finished_at, naive (times with offset).

    Where `naive` is True nobody announced the end and the file's is invented (30 minutes after the
    start): such a row has a start only, and its text says so.
    """
    table = open_table(stream, source)
    columns = require(table.header, source, "region", "started_at", "finished_at", "naive")
    repeats = Repeats([])
    for block in map(repeats.drop, table.blocks):
        naive = read_text(block.cells, columns["naive"]).str.to_lowercase()
        level = constant("oblast", block.cells.height)
        text = pl.select(pl.when(naive == "true").then(pl.lit(NO_END))).to_series()
        yield _make_alerts(block, source, gazetteer, columns["region"], columns, level, text, naive)


def _make_alerts(
    block: Records,
    source: Source,
    gazetteer: Gazetteer,
    place: str,
    columns: dict[str, str],
    level: pl.Series,
    text: pl.Series,
    naive: pl.Series | None = None,
) -> Batch:
    cells = block.cells
    sieve = Sieve(cells["row"])
    names, starts, ends = (
        read_text(cells, column) for column in (place, columns["started_at"], columns["finished_at"])
    )
    start, end = (read_times(column, source.time_zone) for column in (starts, ends))
    sieve.refuse(starts.is_null(), "no time", starts)
    sieve.refuse_each(start.fault, starts)
    sieve.refuse_each(end.fault, ends)
    area = read_area(names, gazetteer)
    sieve.refuse(area.is_null(), "place not known", names)
    invented = constant(False, cells.height, pl.Boolean)
    if naive is not None:
        sieve.refuse(~naive.is_in(["true", "false"]).fill_null(False), "naive is neither True nor False", naive)
        invented = (naive == "true").fill_null(False)
    known = end.end.set(invented, None)
    received = constant(source.received_utc, cells.height, TIME)
    check_span(sieve, start.start, known, received, starts)
    open_end = known.is_null()
    note = constant(NO_END, cells.height).set(~open_end, None)
    events = pl.DataFrame(
        {
            "kind": constant(KIND, cells.height),
            "start_utc": start.start,
            "end_utc": first_of([known, start.end]),
            "area": area,
            "object": level,
            "text": first_of([text, note]),
            "row": cells["row"],
        }
    )
    return account(block, sieve, events=events)


OFFICIAL = Format("alerts-official", "air-raid alerts, official feed", read_official, kind=KIND)
VOLUNTEER = Format("alerts-volunteer", "air-raid alerts, volunteers' channel", read_volunteer, kind=KIND)
