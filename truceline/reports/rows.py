"""findings.parquet: every finding as a row. Schema "truceline/findings/1".

A finding's `rows` lead back to the files table. The schema's name stands in the file's metadata
under `truceline.schema`.
"""

from io import BytesIO
from typing import Any

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
    records = [_record(finding, incidents.get(finding.id)) for finding in ordered]
    target = BytesIO()
    table = pl.DataFrame(records, schema=FINDINGS, orient="row")
    table.write_parquet(target, compression="zstd", statistics=True, metadata={"truceline.schema": SCHEMA})
    return target.getvalue()


def _record(finding: Finding, incident: str | None) -> dict[str, Any]:
    own = {name: getattr(finding, name) for name in FINDINGS if hasattr(finding, name)}
    return own | {
        "finding": finding.id,
        "start_utc": finding.span.start,
        "end_utc": finding.span.end,
        "doubts": list(finding.doubts),
        "rows": [{"file": row.file, "row": row.row} for row in finding.rows],
        "incident": incident,
    }
