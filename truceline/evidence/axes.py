"""Longitudes that are latitudes: positions that would lie where the agreement is, were their columns exchanged.

Both columns hold sound degrees, so no row shows it. Together they do: none lies within a degree of the
agreement's places as it stands, and most do the other way round. Read as they stand they would be a silence,
and a silence of a source that is said to watch makes "kept".
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry

from truceline.errors import EvidenceError
from truceline.evidence.store import Evidence
from truceline.model import Problem

__all__ = ["check_axes"]

_AROUND_DEG = 1.0
_MOST = 0.5  # of a source's positions, that lie there the other way round


def check_axes(evidence: Evidence, shapes: Mapping[str, BaseGeometry]) -> Evidence:
    """Return the evidence, with a note on platforms some of whose positions seem to be exchanged.

    `shapes` are the places of the agreement, in lon/lat degrees. Raises EvidenceError for a source most of whose
    positions lie among them only with longitude and latitude exchanged. Where the places lie so near to the
    diagonal of the map that the two cannot be told apart, nothing is said.
    """
    boxes = _draw_boxes(shapes)
    if boxes is None:
        return evidence
    here, there = (_lies_in(box) for box in boxes)
    each = (
        evidence.positions.filter(here | there)
        .group_by(pl.col("source", "platform").cast(pl.String))
        .agg(here=here.sum(), there=there.sum())
        .collect(engine="streaming")
    )
    whole = each.group_by("source").agg(pl.col("here", "there").sum()).sort("source")
    problems = [
        _refuse(evidence, source, inside)
        for source, outside, inside in whole.iter_rows()
        if not outside and inside >= _MOST * _count(evidence, source)
    ]
    if problems:
        raise EvidenceError(problems)
    mixed = each.filter(pl.col("here") > 0, pl.col("there") > 0).group_by("source").agg(pl.len(), pl.col("there").sum())
    notes = [
        f"{source}: {rows:,} positions of {platforms:,} platforms lie where the agreement is only with longitude and "
        "latitude exchanged; they are read as they stand"
        for source, platforms, rows in mixed.sort("source").iter_rows()
    ]
    return replace(evidence, notes=(*evidence.notes, *notes)) if notes else evidence


def _draw_boxes(shapes: Mapping[str, BaseGeometry]) -> tuple[BaseGeometry, BaseGeometry] | None:
    """Return the box of all shapes, and it with its axes exchanged; None where nothing tells the two apart."""
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(list(shapes.values()))
    box = shapely.box(west - _AROUND_DEG, south - _AROUND_DEG, east + _AROUND_DEG, north + _AROUND_DEG)
    turned = shapely.box(*(box.bounds[number] for number in (1, 0, 3, 2)))
    return None if box.intersects(turned) else (box, turned)


def _lies_in(box: BaseGeometry) -> pl.Expr:
    west, south, east, north = box.bounds
    return pl.col("lon").is_between(west, east) & pl.col("lat").is_between(south, north)


def _count(evidence: Evidence, source: str) -> int:
    return sum(tally.used for tally in evidence.files if tally.source == source)


def _refuse(evidence: Evidence, source: str, inside: int) -> Problem:
    line = next((each.line for each in evidence.plan.sources if each.name == source), 1)
    return Problem(
        str(evidence.plan.path),
        line,
        f"{source}: longitude and latitude look exchanged",
        "positions at or near the places of the agreement",
        f"none there, and {inside:,} of {_count(evidence, source):,} there if exchanged",
        "exchange lon and lat in [source.columns]",
    )
