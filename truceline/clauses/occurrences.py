"""Which events touch a clause's time and zone, one by one, or joined where there are too many to list.

Up to `MOST_INDICATORS` indicators and `MOST_EVENTS` other events stand one by one. Where there are
more, rows of one source and kind that lie in one cell of place and time are taken together, with
their number; the finest cells that bring the number down are taken. Rows on different sides of an
edge of the clause's time or zone are never joined, nor are those of different actors, objects or areas
(only in the last resort, and then actor, object and area are unknown). No row is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl

from truceline.agreement.document import Terms
from truceline.evidence.masses import reduce_batches
from truceline.evidence.selection import select_batches
from truceline.evidence.store import Evidence
from truceline.evidence.tables import INDICATORS
from truceline.gazetteer import Gazetteer
from truceline.model import Row
from truceline.spacetime import Interval, format_utc

__all__ = ["LONGEST_TEXT", "MOST_EVENTS", "MOST_INDICATORS", "MOST_ROWS", "select_rows"]

MOST_INDICATORS = 10_000
"""Findings from indicators that one clause has under one reading; above it they are joined."""

MOST_EVENTS = 100_000
"""The same for events that are no indicators."""

MOST_ROWS = 64
"""Rows whose address a joined finding gives; its text says how to find the others."""

LONGEST_TEXT = 500

# each cell lies in one of the next, so that it makes no difference in which order rows are joined
_CELLS = ((0.02, "15m"), (0.1, "1h"), (0.2, "3h"), (1.0, "6h"), (5.0, "1d"), (400.0, "30d"))
_WORDS = ("kind", "area", "actor", "object", "unit", "reliability", "source")
_COLUMNS = (*_WORDS, "start_utc", "end_utc", "lon", "lat", "radius_m", "quantity", "credibility", "text")
_PLACE = ("file", "row", "received_utc")
_END = pl.max_horizontal(pl.col("end_utc").fill_null(pl.col("start_utc")), pl.col("start_utc"))
_METRES_PER_DEGREE = 111_700.0  # no degree is longer


def select_rows(terms: Terms, evidence: Evidence, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the events of these kinds that touch the clause's possible time and may lie in its zone.

    Columns are those of `EVENTS` that a finding needs, with `inside`, `place_uncertain`, `copies`
    (the number of rows in it) and `rows` (the lowest addresses among them).
    """
    if terms.possible is None:
        return
    for some, most in (
        ([kind for kind in kinds if kind in INDICATORS], MOST_INDICATORS),
        ([kind for kind in kinds if kind not in INDICATORS], MOST_EVENTS),
    ):
        if not some:
            continue
        levels: list[Callable[[pl.DataFrame], pl.DataFrame]] = [lambda rows: rows]
        levels += [partial(_join, cell=cell, every=every, edges=_list_edges(terms)) for cell, every in _CELLS]
        levels.append(partial(_join, cell=_CELLS[-1][0], every=_CELLS[-1][1], edges=_list_edges(terms), last=True))
        table, _ = reduce_batches(_read(terms, evidence, some, terms.possible), levels, most)
        yield from map(_describe, table.iter_rows(named=True))


def _touches(possible: Interval) -> pl.Expr:
    """Whether a row touches a span of time; one that ends before it starts is as long as an instant."""
    begun = pl.lit(True) if possible.end is None else pl.col("start_utc") < possible.end
    return begun & (_END.gt(possible.start) | (pl.col("start_utc") >= possible.start))


def _read(terms: Terms, evidence: Evidence, kinds: Sequence[str], possible: Interval) -> Iterator[pl.DataFrame]:
    """Yield the rows in parts, located, with text instead of categories."""
    zone = terms.zone
    shape, areas = (zone.shape, zone.areas) if zone is not None else (None, ())
    undrawn = zone is not None and zone.shape is None and not zone.areas
    for part in select_batches(
        evidence.events,
        evidence.gazetteer,
        kinds=kinds,
        shape=shape,
        areas=areas,
        columns=(*_COLUMNS, *_PLACE),
        where=_touches(possible),
    ):
        words = [pl.col(name).cast(pl.String) for name in _WORDS]
        found = _locate(part.with_columns(*words, end_utc=_END), evidence.gazetteer)
        if undrawn:
            found = found.with_columns(inside=pl.lit(False), place_uncertain=pl.lit(True))
        text = pl.col("text").fill_null("")
        cut = pl.when(text.str.len_chars() > LONGEST_TEXT).then(text.str.slice(0, LONGEST_TEXT - 1) + "…")
        yield found.select(
            *(name for name in (*_COLUMNS, "received_utc", "inside", "place_uncertain") if name != "text"),
            text=cut.otherwise(text),
            rows=pl.concat_list(pl.struct("file", "row")),
            copies=pl.lit(1, dtype=pl.UInt32),
            west="lon", east="lon", south="lat", north="lat", latest="start_utc", widest="radius_m",
        )  # fmt: skip


def _locate(rows: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Put a row without coordinates at its area's representative point, with that place's radius."""
    bare = rows.filter(pl.col("lon").is_null() | pl.col("lat").is_null())["area"].drop_nulls().unique()
    places = [(name, gazetteer.find(name)) for name in sorted(bare.to_list())]
    known = [(name, place.lon, place.lat, place.radius_m) for name, place in places if place is not None]
    schema = {"area": pl.String, "_lon": pl.Float64, "_lat": pl.Float64, "_radius": pl.Float64}
    points = pl.DataFrame(known, schema=schema, orient="row")
    empty = pl.col("lon").is_null() | pl.col("lat").is_null()
    return rows.join(points, on="area", how="left", maintain_order="left").with_columns(
        lon=pl.when(empty).then("_lon").otherwise("lon"),
        lat=pl.when(empty).then("_lat").otherwise("lat"),
        radius_m=pl.when(empty).then(pl.col("radius_m").fill_null(pl.col("_radius"))).otherwise("radius_m"),
    )


def _list_edges(terms: Terms) -> list[datetime]:
    """Return every instant at which the clause may begin or cease to bind somebody."""
    spans = [terms.interval, terms.possible, *terms.by_party.values(), *terms.possible_by_party.values()]
    return sorted({edge for span in spans if span is not None for edge in (span.start, span.end) if edge is not None})


def _join(
    rows: pl.DataFrame, *, cell: float, every: str, edges: Sequence[datetime], last: bool = False
) -> pl.DataFrame:
    """Join rows of one key in one cell; `last`: whatever their actor, object and area."""
    if last:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in ("actor", "object", "area"))
    sides = [
        pl.sum_horizontal(pl.lit(0), *(reached(edge) for edge in edges)).alias(name)
        for name, reached in (("_start", pl.col("start_utc").ge), ("_end", pl.col("end_utc").gt))
    ]
    keys = ["source", "kind", "actor", "object", "area", "inside", "place_uncertain"]
    grouped = rows.group_by(
        *keys,
        *sides,
        pl.col("start_utc").dt.truncate(every).alias("_time"),
        (pl.col("lon") / cell).floor().alias("_lon"),
        (pl.col("lat") / cell).floor().alias("_lat"),
        maintain_order=True,
    )
    joined = grouped.agg(
        pl.col("start_utc", "west", "south", "received_utc").min(),
        pl.col("end_utc", "east", "north", "latest", "reliability", "credibility", "widest").max(),
        pl.col("quantity", "unit", "text", "lon", "lat", "radius_m").first(),
        pl.col("copies").sum(),
        pl.col("rows").list.explode().sort().head(MOST_ROWS),
    )
    one = pl.col("copies") == 1
    tall = (pl.col("north") - pl.col("south")) * _METRES_PER_DEGREE
    wide = (pl.col("east") - pl.col("west")) * _METRES_PER_DEGREE
    reach = ((tall**2 + wide**2).sqrt() / 2) + pl.col("widest").fill_null(0.0)
    return joined.with_columns(
        lon=pl.when(one).then("lon").otherwise((pl.col("west") + pl.col("east")) / 2),
        lat=pl.when(one).then("lat").otherwise((pl.col("south") + pl.col("north")) / 2),
        radius_m=pl.when(one).then("radius_m").otherwise(reach),
    ).select(rows.columns)


def _describe(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its addresses, and with words about what is in it where it stands for several."""
    row["rows"] = tuple(Row(one["file"], one["row"]) for one in row["rows"])
    if row["copies"] > 1:
        where = ""
        if row["lon"] is not None:
            where = f", lon {row['west']} to {row['east']}, lat {row['south']} to {row['north']}"
        row["text"] = (
            f"{row['copies']:,} rows of {row['source']} together: start {format_utc(row['start_utc'])} "
            f"to {format_utc(row['latest'])}{where}; the first {len(row['rows'])} are named"
        )
        row["quantity"], row["unit"] = float(row["copies"]), "rows"
    return row
