"""Any delimited table, by a map of its columns: events, or positions (radar tracks, AIS, detections).

A row is a record after the header. An exact repeat of an earlier row is set aside.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    read_grades,
    read_kinds,
    read_number,
    read_text,
    read_times,
    refuse_numbers,
)
from truceline.evidence.columns import Repeats, account, drop_fillers, find_columns, refuse_missing
from truceline.evidence.fixes import POSITION_COLUMNS, make_positions, missing_identity
from truceline.evidence.records import TEXT_OPTIONS, Records, open_table
from truceline.evidence.source import Source
from truceline.evidence.tables import PLACELESS, PLATFORM_KINDS, TIME
from truceline.gazetteer import Gazetteer

__all__ = ["CSV", "EVENT_COLUMNS", "check_columns", "make_events", "read_delimited", "wants_positions"]

EVENT_COLUMNS: dict[str, str] = {
    "event": "the source's own id",
    "kind": "a kind of event",
    "start_utc": "a time; a day without an hour is as wide as the day",
    "end_utc": "a time; empty: the row has a start only",
    "lon": "degrees east, WGS 84",
    "lat": "degrees north, WGS 84",
    "radius_m": "metres around the point within which it happened",
    "area": "a place that the gazetteer or the case knows",
    "actor": "a party, a body, or the name the source gives",
    "object": "what was hit, seen or determined",
    "quantity": "a number",
    "quantity_low": "a number",
    "quantity_high": "a number",
    "unit": "the unit of the quantity",
    "counting": "a counting unit",
    "reliability": "A to F (Admiralty code)",
    "credibility": "1 to 6 (Admiralty code)",
    "text": "words",
    "received_utc": "a time",
}

_NUMBERS = ("radius_m", "quantity", "quantity_low", "quantity_high")
_TEXTS = ("event", "actor", "object", "unit", "counting", "text")


def read_delimited(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Read a delimited table; raises EvidenceError where its header does not fit the source."""
    options = source.options
    delimiter = options.get("delimiter", ",")
    table = open_table(stream, source, delimiter=delimiter, encoding=options.get("encoding", "utf-8"))
    columns = find_columns(table.header, source, [*EVENT_COLUMNS, *POSITION_COLUMNS])
    positions = wants_positions(source, columns)
    check_columns(source, columns, table.header, positions)
    repeats = Repeats([])
    for block in table.blocks:
        rows = repeats.drop(drop_fillers(block))
        make = make_positions if positions else make_events
        yield make(rows, source, columns, gazetteer)


def wants_positions(source: Source, columns: Mapping[str, str]) -> bool:
    """Whether the rows of a source are positions of platforms, as declared or by their columns."""
    declared = source.options.get("table")
    if declared:
        return bool(declared == "positions")
    if source.kind is not None or "start_utc" in columns:
        return source.kind in PLATFORM_KINDS
    return bool({"mmsi", "icao24", "platform", "time_utc"} & set(columns))


def check_columns(source: Source, columns: Mapping[str, str], header: Sequence[str], positions: bool) -> None:
    """Raise EvidenceError where the columns are too few for positions or for events."""
    missing = [name for name in (("time_utc", "lon", "lat") if positions else ("start_utc",)) if name not in columns]
    if positions:
        missing += missing_identity(source, columns)
    else:
        placed = {"lon", "lat"} <= set(columns) or "area" in columns or source.options.get("area")
        missing += [] if placed or source.kind in PLACELESS else ["area"]
        missing += [] if source.kind or "kind" in columns else ["kind"]
    refuse_missing(source, list(header), missing)


def make_events(block: Records, source: Source, columns: Mapping[str, str], gazetteer: Gazetteer) -> Batch:
    """Make events of a block of records by a map of our columns -> theirs."""
    cells, options = block.cells, source.options
    comma = options.get("decimal") == ","
    sieve = Sieve(cells["row"])
    text = {name: read_text(cells, columns.get(name)) for name in EVENT_COLUMNS}
    times = {
        name: read_times(text[name], source.time_zone, options.get("time_format"))
        for name in ("start_utc", "end_utc", "received_utc")
    }
    sieve.refuse(text["start_utc"].is_null(), "no time", text["start_utc"])
    for name, read in times.items():
        sieve.refuse_each(read.fault, text[name])
    kind = read_kinds(sieve, text["kind"], source)
    numbers = {name: read_number(text[name], comma=comma) for name in ("lon", "lat", *_NUMBERS)}
    refuse_numbers(sieve, text, numbers)
    area = read_area(first_of([text["area"], constant(options.get("area"), cells.height)]), gazetteer)
    sieve.refuse(text["area"].is_not_null() & area.is_null(), "place not known", text["area"])
    check_place(sieve, numbers["lon"], numbers["lat"], needed=area.is_null() & ~kind.is_in(PLACELESS))
    sieve.refuse(numbers["radius_m"] < 0, "radius below zero", text["radius_m"])
    start, end = times["start_utc"].start, times["start_utc"].end
    last = first_of([times["end_utc"].end, end])
    check_span(sieve, start, last, _received(times["received_utc"].start, source), text["start_utc"])
    grades = read_grades(sieve, text["reliability"], text["credibility"])
    events = pl.DataFrame(
        {name: text[name] for name in _TEXTS}
        | {name: numbers[name] for name in ("lon", "lat", *_NUMBERS)}
        | grades
        | {"kind": kind, "start_utc": start, "end_utc": last, "area": area}
        | {"received_utc": times["received_utc"].start, "row": cells["row"]}
    )
    return account(block, sieve, events=events)


def _received(column: pl.Series, source: Source) -> pl.Series:
    return first_of([column, constant(source.received_utc, len(column), TIME)])


CSV = Format(
    name="csv",
    meaning="any delimited table, by a map of its columns",
    read=read_delimited,
    options={
        "table": '"events" or "positions"',
        **TEXT_OPTIONS,
        "kinds": "a table: the source's word -> our kind of event",
        "area": "the one area of all rows that name none",
        "cooperative": "true where platforms are seen by their own transmissions, else false",
    },
    columns=EVENT_COLUMNS | POSITION_COLUMNS,
)
