"""Tables of decoded AIS, one position a record: what the files of several publishers have in common.

Codes for "not available" and forms of identity are those of `evidence.nmea`: Recommendations ITU-R
M.1371-5, annex 8, and M.585-9, annex 1.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

import polars as pl

from truceline.errors import EvidenceError
from truceline.evidence.batch import Batch
from truceline.evidence.columns import Repeats, require
from truceline.evidence.fixes import make_positions
from truceline.evidence.records import Records, open_table
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer
from truceline.model import Problem

__all__ = ["kind_of", "read_ais_table"]

HEADER = "header repeated"
_TOP_KN = 102.15  # above it stand two codes: 102.2 "that fast or faster" and 102.3 "not available"
_NOT_LETTERS = re.compile(r"[^a-z0-9]")

Complete = Callable[[pl.DataFrame, Mapping[str, str]], pl.DataFrame]
"""Adds columns of ours to the cells of a block: `(name)` for what `name` holds in theirs."""


def read_ais_table(
    stream: BinaryIO,
    source: Source,
    gazetteer: Gazetteer,
    names: Mapping[str, tuple[str, ...]],
    complete: Complete | None = None,
) -> Iterator[Batch]:
    """Read a table of AIS positions; `names` are the spellings of each of our columns, the first theirs today.

    Case, blanks and underscores do not matter. Exact repeats are set aside. `complete` may add the
    columns `(kind)`, `(category)` and `(nav_status)` where theirs hold words. Raises EvidenceError
    where time, identity or place has no column.
    """
    options = source.options
    table = open_table(
        stream, source, delimiter=options.get("delimiter", ","), encoding=options.get("encoding", "utf-8")
    )
    columns = _find(table.header, source, names)
    repeats = Repeats([])
    for block in table.blocks:
        kept = repeats.drop(_drop_headers(block, table.header, source, columns, names))
        cells = kept.cells.with_columns(_judge(columns))
        cells = cells if complete is None else complete(cells, columns)
        own = {name: f"({name})" for name in ("category", "nav_status", "integrity") if f"({name})" in cells.columns}
        records = Records(kept.rows, cells, kept.set_aside, kept.rejects)
        yield _name_kinds(make_positions(records, source, {**columns, **own}, gazetteer), cells, columns["mmsi"])


def kind_of(mmsi: pl.Expr) -> pl.Expr:
    """Return what the form of an identity makes of a platform: "vessel", "aircraft" or "station"."""
    beacon = (mmsi // 1_000_000).is_in([970, 972, 974])
    station = (mmsi < 10_000_000) | (mmsi // 10_000_000 == 99) | beacon
    return (
        pl.when(mmsi // 1_000_000 == 111)
        .then(pl.lit("aircraft"))
        .when(station)
        .then(pl.lit("station"))
        .otherwise(pl.lit("vessel"))
    )


def _find(header: tuple[str, ...], source: Source, names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return our columns -> theirs."""
    theirs: dict[str, str] = {}
    for name in header:
        theirs.setdefault(_fold(name), name)
    found = {}
    for our, spellings in names.items():
        their = next((theirs[_fold(name)] for name in spellings if _fold(name) in theirs), None)
        if their is not None:
            found[our] = their
    require(header, source, *(names[our][0] for our in ("mmsi", "time_utc", "lat", "lon") if our not in found))
    return found


def _drop_headers(
    block: Records,
    header: tuple[str, ...],
    source: Source,
    columns: Mapping[str, str],
    names: Mapping[str, tuple[str, ...]],
) -> Records:
    """Set aside headers between the rows, as files that were put together have them.

    Raises EvidenceError for one of other columns: the rows after it would be read wrongly.
    """
    spellings = {_fold(name) for our in ("mmsi", "time_utc") for name in names[our]}
    known = [pl.col(columns[our]).str.to_lowercase().str.replace_all(r"[^a-z0-9]", "") for our in ("mmsi", "time_utc")]
    is_header = block.cells.select(pl.any_horizontal(each.is_in(list(spellings)) for each in known)).to_series()
    if not is_header.any():
        return block
    found = block.cells.filter(is_header)
    for *cells, row in found.select(*header, "row").iter_rows():
        if [_fold(cell) for cell in cells] != [_fold(name) for name in header]:
            what, do = f"another header in row {row:,}", "split the file there, and list both parts"
            shown = ", ".join(cells)[:200]
            raise EvidenceError([Problem(str(source.path), 1, what, "one header, at the top", shown, do)])
    aside = {**block.set_aside, HEADER: len(found)}
    return Records(block.rows, block.cells.filter(~is_header), aside, block.rejects)


def _fold(name: str) -> str:
    return _NOT_LETTERS.sub("", name.casefold())


def _judge(columns: Mapping[str, str]) -> pl.Expr:
    """Return the column (integrity): what speed and identity say of themselves; null where nothing."""
    mmsi = _number(columns["mmsi"], pl.UInt32)
    regular = ((mmsi // 1_000_000).is_between(201, 775) | (mmsi // 100_000_000 == 8) | (mmsi // 10_000_000 == 98)) | (
        kind_of(mmsi) != "vessel"
    )
    words = [pl.when(~regular).then(pl.lit("mmsi=irregular"))]
    if "speed_kn" in columns:
        speed = _number(columns["speed_kn"], pl.Float64)
        words.insert(0, pl.when(speed.is_between(_TOP_KN, 102.25)).then(pl.lit("sog=saturated")))
    joined = pl.concat_str(words, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias("(integrity)")


def _number(column: str, kind: type[pl.DataType]) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.replace(",", ".", literal=True).cast(kind, strict=False)


def _name_kinds(batch: Batch, cells: pl.DataFrame, column: str) -> Batch:
    """Return the batch with the kind of each platform: as the table says, else by the form of its identity."""
    if batch.platforms is None:
        return batch
    said = pl.col("(kind)") if "(kind)" in cells.columns else pl.lit(None, dtype=pl.String)
    told = cells.select(mmsi=_number(column, pl.UInt32), said=said).drop_nulls().unique("mmsi", keep="first")
    platforms = batch.platforms.join(told, on="mmsi", how="left", maintain_order="left")
    kind = pl.coalesce("said", kind_of(pl.col("mmsi")))
    return replace(batch, platforms=platforms.with_columns(kind=kind).drop("said"))
