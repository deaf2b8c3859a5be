"""The gathered evidence: three tables, and what became of every row of every file."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from truceline.evidence.source import Plan
from truceline.gazetteer import Gazetteer
from truceline.model import FileTally


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence of one case. `positions` and `rejects` may be larger than memory: scan them.

    Schemas are those of `evidence.tables`.
    """

    plan: Plan
    gazetteer: Gazetteer
    folder: Path
    positions: pl.LazyFrame
    platforms: pl.DataFrame
    events: pl.DataFrame
    coverage: pl.DataFrame
    rejects: pl.LazyFrame
    files: tuple[FileTally, ...]
