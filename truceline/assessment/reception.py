"""Reception as coverage: what receivers of transponders would have received, measured on others.

It covers platforms that are obliged to transmit and nothing else: never warships, military aircraft,
drones or missiles, and no vessel that has switched off. So an empty picture of transponders never
makes "kept" for any of these.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Terms
from truceline.evidence.parquet import write
from truceline.evidence.sight import RECEPTION, draw_area, is_cooperative
from truceline.evidence.store import Evidence
from truceline.evidence.tables import COVERAGE, TIME, conform
from truceline.gazetteer import load_gazetteer
from truceline.tracks.integrity import flag_tracks
from truceline.tracks.reception import CELL_DEG, count_slots, rows_of_coverage

__all__ = ["MEASURED", "add_reception", "write_reception"]

MEASURED: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,  # the receiver whose reception was measured
    "provider": pl.String,
    "start_utc": TIME,
    "end_utc": TIME,
    "west": pl.Float64,  # corner of a cell of a quarter of a degree
    "south": pl.Float64,
    "detects": pl.List(pl.String),  # categories that are obliged to transmit, never others
    "reception": pl.Float64,  # share of what others sent there and then that was heard; null: too few others
}
"""Columns of reception.parquet, sorted by source, time and cell."""

_NEEDING = ("stay-visible",)
_AROUND_DEG = 1.0
_CONTEXT = timedelta(hours=6)
_ROOTS = {"mmsi:": "vessel", "icao:": "aircraft"}


def add_reception(evidence: Evidence, terms: Iterable[Terms]) -> Evidence:
    """Return the evidence with the measured reception of each cooperative source as coverage, where clauses need it.

    A clause needs it where it speaks of transponders. The areas are cells of a quarter of a degree
    that meet its zone, named "cell W S" by their corner, and the gazetteer knows them afterwards.
    Without such a clause the evidence is returned as it is.
    """
    wanted = [term for term in terms if term.clause.kind in _NEEDING and term.possible is not None]
    zones = [shape for term in wanted if (shape := _draw(term, evidence)) is not None]
    sources = sorted(source.name for source in evidence.plan.sources if is_cooperative(source))
    if not zones or not sources:
        return evidence
    whole = shapely.union_all(zones)
    fit = _load(evidence, whole, sources, wanted)
    parts = [
        rows_of_coverage(slots, name, number, _provider(evidence, name), root)
        for prefix, root in _ROOTS.items()
        if len(slots := count_slots(fit, sources, prefix))
        for number, name in enumerate(sources)
    ]
    if not parts:
        return evidence
    rows = pl.concat(parts).with_columns(pl.col("detects").list.concat(pl.lit([RECEPTION])))
    cells = {name: _draw_cell(name) for name in rows["area"].unique().sort()}
    near = {name: cell for name, cell in cells.items() if cell.intersects(whole)}
    measured = conform(rows.filter(pl.col("area").is_in(list(near))), COVERAGE)
    gazetteer = load_gazetteer({**evidence.plan.areas, **near})
    return replace(evidence, coverage=pl.concat([evidence.coverage, measured]), gazetteer=gazetteer)


def write_reception(evidence: Evidence, folder: Path) -> None:
    """Write what `add_reception` measured as reception.parquet; nothing where no clause needed it."""
    measured = evidence.coverage.filter(pl.col("detects").list.contains(RECEPTION))
    if measured.is_empty():
        return
    corner = pl.col("area").str.split(" ").list
    rows = measured.select(
        "source",
        "provider",
        "start_utc",
        "end_utc",
        west=corner.get(1).cast(pl.Float64),
        south=corner.get(2).cast(pl.Float64),
        detects=pl.col("detects").list.set_difference(pl.lit([RECEPTION])),
        reception="probability",
    )
    ordered = rows.sort("source", "start_utc", "south", "west", pl.col("detects").list.join(" "))
    write(ordered, folder / "reception.parquet", MEASURED)


def _draw(term: Terms, evidence: Evidence) -> BaseGeometry | None:
    if term.zone is None:
        return None
    drawn = [draw_area(name, {}, evidence.gazetteer) for name in term.zone.areas]
    parts = [shape for shape in (term.zone.shape, *drawn) if shape is not None]
    return shapely.union_all(parts) if parts else None


def _provider(evidence: Evidence, name: str) -> str:
    return next((source.provider for source in evidence.plan.sources if source.name == name and source.provider), name)


def _load(evidence: Evidence, shape: BaseGeometry, sources: list[str], terms: list[Terms]) -> pl.LazyFrame:
    """Return what the sources heard around a shape in the clauses' time, without positions that are doubtful."""
    west, south, east, north = shapely.bounds(shape)
    spans = [term.possible for term in terms if term.possible is not None]
    ends = [span.end for span in spans if span.end is not None]
    rows = evidence.positions.filter(
        pl.col("source").cast(pl.String).is_in(sources),
        pl.col("lon").is_between(west - _AROUND_DEG, east + _AROUND_DEG),
        pl.col("lat").is_between(south - _AROUND_DEG, north + _AROUND_DEG),
        pl.col("time_utc") >= min(span.start for span in spans) - _CONTEXT,
    )
    rows = rows.filter(pl.col("time_utc") < max(ends) + _CONTEXT) if len(ends) == len(spans) else rows
    table = rows.collect(engine="streaming")
    return table.filter(pl.Series(flag_tracks(table, evidence.platforms) == 0)).lazy()


def _draw_cell(name: str) -> BaseGeometry:
    west, south = (float(corner) for corner in name.split()[1:])
    return box(west, south, west + CELL_DEG, south + CELL_DEG)
