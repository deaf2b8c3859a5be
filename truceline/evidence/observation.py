"""Monitors' own observations: who stood where, and what was seen or heard in which direction.

A row is one observation: a record of a CSV file, or an object of a JSON list, with these keys:

    id, observer, start, end, observer_lon, observer_lat, means, bearing_deg, distance_min_m,
    distance_max_m, sense, kind, object, quantity, actor, reliability, credibility, received, text

`observer`, `start`, `observer_lon` and `observer_lat` must be there. Times have a zone, or the
source declares one. The place of what was observed lies from the observer along the bearing, at
the middle of the distance band (geodesic on WGS 84, Karney 2013); its radius covers the band as
far as the bearing is good. Without a bearing it is the observer's place, and the radius the
largest distance. Without a largest distance the place is unknown. Observers' names leave this
module only in the column `observers` of the batch, which the store replaces by pseudonyms.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np
import polars as pl
from pyproj import Geod

from truceline.evidence.batch import Batch, Format
from truceline.evidence.cells import (
    Sieve,
    check_place,
    check_span,
    constant,
    first_of,
    read_grades,
    read_kinds,
    read_number,
    read_text,
    read_times,
    refuse_numbers,
)
from truceline.evidence.columns import Repeats, account, require
from truceline.evidence.documents import fault, load_document, make_records
from truceline.evidence.records import Records, open_table
from truceline.evidence.source import Source
from truceline.evidence.tables import TIME
from truceline.gazetteer import Gazetteer

__all__ = ["KEYS", "OBSERVATION", "read_observation"]

KEYS = (
    "id", "observer", "start", "end", "observer_lon", "observer_lat", "means", "bearing_deg", "distance_min_m",
    "distance_max_m", "sense", "kind", "object", "quantity", "actor", "reliability", "credibility", "received", "text",
)  # fmt: skip
_NEEDED = ("observer", "start", "observer_lon", "observer_lat")
_NUMBERS = ("observer_lon", "observer_lat", "bearing_deg", "distance_min_m", "distance_max_m", "quantity")

# How far a bearing may be off, in degrees. Ours: a hand compass and a landmark give a few degrees,
# an ear much less; a camera or an aircraft knows its axis.
_BEARING_OFF = {"seen": 5.0, "camera": 3.0, "uav": 3.0, "heard": 15.0}
_FARTHEST_M = 200_000.0
_HEAD_BYTES = 64  # enough to tell JSON from a table
_WGS84 = Geod(ellps="WGS84")


def read_observation(stream: BinaryIO, source: Source, _: Gazetteer) -> Iterator[Batch]:
    """Read a CSV table or a JSON list of observations; raises EvidenceError for neither."""
    repeats = Repeats([])
    ids: set[str] = set()
    for block, columns in _read_blocks(stream, source):
        # what stood in a broken record may name its observer, and rejects are exported
        hidden = tuple(replace(reject, found="not shown: it may name an observer") for reject in block.rejects)
        yield _make_events(repeats.drop(replace(block, rejects=hidden)), source, columns, ids)


def _read_blocks(stream: BinaryIO, source: Source) -> Iterator[tuple[Records, dict[str, str]]]:
    head = stream.read(_HEAD_BYTES)
    rest = _Joined(head, stream)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        document = load_document(rest, source, "a list of observations")  # type: ignore[arg-type]
        if not isinstance(document, list):
            what, found = "not a list of observations", type(document).__name__
            raise fault(source, 1, what, "a JSON list of objects", found, "put the objects into a list")
        items = [item if isinstance(item, dict) else "not an object" for item in document]
        same = {key: key for key in KEYS}
        yield from ((block, same) for block in make_records(items, KEYS))
        return
    options = source.options
    table = open_table(
        rest,  # type: ignore[arg-type]
        source,
        delimiter=options.get("delimiter", ","),
        encoding=options.get("encoding", "utf-8"),
    )
    columns = require(table.header, source, *_NEEDED)
    yield from ((block, columns) for block in table.blocks)


class _Joined:
    """A stream with its first bytes put back."""

    def __init__(self, first: bytes, stream: BinaryIO) -> None:
        self._first = first
        self._stream = stream

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        first, self._first = self._first, b""
        return first + self._stream.read(max(0, size - len(first)))


def _make_events(block: Records, source: Source, columns: dict[str, str], ids: set[str]) -> Batch:
    cells = block.cells
    sieve = Sieve(cells["row"])
    text = {key: read_text(cells, columns.get(key)) for key in KEYS}
    times = {key: read_times(text[key], source.time_zone) for key in ("start", "end", "received")}
    sieve.refuse(text["start"].is_null(), "no time", text["start"])
    for key, read in times.items():
        sieve.refuse_each(read.fault, text[key])
    sieve.refuse(text["observer"].is_null(), "no observer", text["id"])
    kind = read_kinds(sieve, text["kind"].fill_null(source.kind or "observation"), source)
    number = {key: read_number(text[key]) for key in _NUMBERS}
    refuse_numbers(sieve, text, number)
    check_place(sieve, number["observer_lon"], number["observer_lat"])
    _check_sight(sieve, text, number)
    _check_ids(sieve, text["id"], ids)
    start, end = times["start"].start, first_of([times["end"].end, times["start"].end])
    received = first_of([times["received"].start, constant(source.received_utc, cells.height, TIME)])
    check_span(sieve, start, end, received, text["start"])
    events = pl.DataFrame(
        {
            "event": text["id"],
            "kind": kind,
            "start_utc": start,
            "end_utc": end,
            **_find_places(text["sense"], number, sieve.sound),
            "actor": text["actor"],
            "object": text["object"],
            "quantity": number["quantity"],
            **read_grades(sieve, text["reliability"], text["credibility"]),
            "text": _describe(text),
            "received_utc": times["received"].start,
            "row": cells["row"],
        }
    )
    batch = account(block, sieve, events=events)
    names = cells.select("row").with_columns(observer=text["observer"]).filter(pl.col("row").is_in(_rows(batch)))
    return Batch(batch.rows, batch.used, batch.set_aside, batch.rejects, events=batch.events, observers=names)


def _rows(batch: Batch) -> list[int]:
    """Return the rows of a batch's events."""
    return [] if batch.events is None else batch.events["row"].to_list()


def _check_sight(sieve: Sieve, text: dict[str, pl.Series], number: dict[str, pl.Series]) -> None:
    low, high, bearing = number["distance_min_m"], number["distance_max_m"], number["bearing_deg"]
    sieve.refuse(~text["sense"].is_in(list(_BEARING_OFF)), f"sense is none of {', '.join(_BEARING_OFF)}", text["sense"])
    sieve.refuse((bearing < 0) | (bearing > 360), "bearing outside 0 to 360", text["bearing_deg"])
    sieve.refuse((low < 0) | (high < 0), "distance below zero", text["distance_min_m"])
    sieve.refuse(low > high, "smallest distance above the largest", text["distance_min_m"])
    sieve.refuse(high > _FARTHEST_M, "distance beyond 200 km", text["distance_max_m"])


def _check_ids(sieve: Sieve, text: pl.Series, ids: set[str]) -> None:
    """Refuse an id that an earlier row has: exact repeats are gone, so this row says otherwise."""
    known = text.is_in(list(ids)) if ids else constant(False, len(text), pl.Boolean)
    sieve.refuse(
        known | (~text.is_first_distinct() & text.is_not_null()), "id of an earlier row, which says otherwise", text
    )
    ids.update(text.drop_nulls().to_list())


def _find_places(sense: pl.Series, number: dict[str, pl.Series], sound: pl.Series) -> dict[str, pl.Series]:
    """Return lon, lat and radius_m of what was observed, null where nobody can tell."""
    lon, lat, bearing, low, high = (
        number[key].zip_with(sound, constant(None, len(sound), pl.Float64)).fill_null(float("nan")).to_numpy()
        for key in ("observer_lon", "observer_lat", "bearing_deg", "distance_min_m", "distance_max_m")
    )
    off = np.radians(
        sense.replace_strict(_BEARING_OFF, default=15.0, return_dtype=pl.Float64).fill_null(15.0).to_numpy()
    )
    low = np.nan_to_num(low, nan=0.0)
    aimed = ~np.isnan(bearing)
    middle = np.where(aimed, (low + high) / 2, 0.0)
    known = ~np.isnan(lon) & ~np.isnan(high)
    east, north = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    heading = np.nan_to_num(bearing, nan=0.0)
    east[known], north[known], _ = _WGS84.fwd(lon[known], lat[known], heading[known], middle[known])
    # the farthest corner of the sector [low, high] x [bearing - off, bearing + off] from its middle
    corner = [np.hypot(edge * np.cos(off) - middle, edge * np.sin(off)) for edge in (low, high)]
    radius = np.where(aimed, np.maximum.reduce([*corner, high - middle]), high)
    columns = {"lon": east, "lat": north, "radius_m": np.where(known, radius, np.nan)}
    return {name: pl.Series(name, values).fill_nan(None) for name, values in columns.items()}


def _describe(text: dict[str, pl.Series]) -> pl.Series:
    """Return sense, means and words: "seen (binoculars): two warships"."""
    means = pl.format("({})", text["means"])
    how = pl.select(how=pl.concat_str([text["sense"], means], separator=" ", ignore_nulls=True)).to_series()
    said = pl.concat_str([how.set(how == "", None), text["text"]], separator=": ", ignore_nulls=True)
    whole = pl.select(said.alias("text")).to_series()
    return whole.set(whole == "", None)


OBSERVATION = Format(
    "observation",
    "monitors' own observations, CSV or JSON",
    read_observation,
    options={
        "kinds": "a table: the observer's word -> our kind of event",
        "delimiter": 'of a CSV file: one character, such as ";"',
        "encoding": 'of a CSV file, such as "cp1251"',
    },
)
