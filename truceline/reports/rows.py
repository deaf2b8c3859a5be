"""findings.parquet: every finding as a row. Schema "truceline/findings/1".

A finding's `rows` lead back to the files table. The schema's name stands in the file's metadata
under `truceline.schema`.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl

from truceline.evidence.tables import TIME
from truceline.model import Finding
from truceline.reports.subject import Subject

SCHEMA = "truceline/findings/1"

FINDINGS: dict[str, pl.DataType | type[pl.DataType]] = {
    "finding": pl.String,
    "clause": pl.String,
    "reading": pl.String,
    "kind": pl.String,
    "start_utc": TIME,
    "end_utc": TIME,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "radius_m": pl.Float64,
    "area": pl.String,
    "party": pl.String,
    "platform": pl.String,
    "source": pl.String,
    "lineage": pl.String,
    "indicator": pl.Boolean,
    "reliability": pl.String,
    "credibility": pl.UInt8,
    "measured": pl.Float64,
    "limit": pl.Float64,
    "unit": pl.String,
    "margin": pl.Float64,
    "edge_uncertain": pl.Boolean,
    "place_uncertain": pl.Boolean,
    "excused_by": pl.String,
    "received_utc": TIME,
    "doubts": pl.List(pl.String),
    "text": pl.String,
    "rows": pl.List(pl.Struct({"file": pl.UInt32, "row": pl.UInt64})),
    "incident": pl.String,
}
"""Columns of findings.parquet; `incident` is the incident that the finding is part of, null for none."""


def write_rows(subject: Subject) -> bytes:
    """Return findings.parquet, sorted by clause, reading, start and id."""
    incidents = {
        one: incident.id for incident in subject.incidents for one in (*incident.findings, *incident.indicators)
    }
    ordered = sorted(subject.assessment.findings, key=lambda one: (one.clause, one.reading, one.span.start, one.id))
    special: dict[str, Any] = {
        "finding": [one.id for one in ordered],
        "start_utc": [one.span.start for one in ordered],
        "end_utc": [one.span.end for one in ordered],
        "doubts": _doubts(ordered),
        "rows": _rows(ordered),
        "incident": [incidents.get(one.id) for one in ordered],
    }
    columns = {name: special.get(name) for name in FINDINGS}
    plain = {name: [getattr(one, name) for one in ordered] for name, column in columns.items() if column is None}
    target = BytesIO()
    table = pl.DataFrame(columns | plain, schema=FINDINGS)
    table.write_parquet(target, compression="zstd", statistics=True, metadata={"truceline.schema": SCHEMA})
    return target.getvalue()


def _doubts(findings: Sequence[Finding]) -> pl.Series:
    flat = pl.Series([doubt for one in findings for doubt in one.doubts], dtype=pl.String)
    return _lists([len(one.doubts) for one in findings], flat)


def _rows(findings: Sequence[Finding]) -> pl.Series:
    files = [row.file for one in findings for row in one.rows]
    numbers = [row.row for one in findings for row in one.rows]
    flat = pl.DataFrame({"file": files, "row": numbers}, schema={"file": pl.UInt32, "row": pl.UInt64})
    return _lists([len(one.rows) for one in findings], flat.to_struct("row"))


def _lists(lengths: Sequence[int], flat: pl.Series) -> pl.Series:
    """Return lists of these lengths cut from one flat column: polars takes them far faster than one by one."""
    owners = pl.Series(range(len(lengths)), dtype=pl.UInt32)
    owner = pl.Series(np.repeat(owners.to_numpy(), lengths))
    lists = pl.DataFrame({"owner": owner, "list": flat}).group_by("owner", maintain_order=True).all()
    empty = pl.lit([], dtype=pl.List(flat.dtype))
    whole = owners.to_frame("owner").join(lists, on="owner", how="left", maintain_order="left")
    return whole.select(pl.col("list").fill_null(empty)).to_series()
