"""When the events behind a count start, and how many each row stands for."""

from datetime import datetime
from functools import partial
from typing import NamedTuple

import polars as pl

from truceline.evidence import select_batches
from truceline.evidence.masses import reduce_batches
from truceline.model import ClauseAssessment, Effect
from truceline.reports.subject import Subject
from truceline.spacetime import Interval

_MOST = 50_000
_STEPS = ("1m", "15m", "1h")
_TALLIES = ("rows", "events", "detections", "onsets", "alerts", "incidents", "violations", "explosions")


class Start(NamedTuple):
    """When a row starts, how many it stands for, and how long it lasts or how vague it is, in hours."""

    time: datetime
    weight: float
    hours: float


def list_starts(subject: Subject, clause: ClauseAssessment, effect: Effect, window: Interval) -> list[Start]:
    """Return the rows of the effect's source in the clause's zone, within a window and before the cut-off.

    A row that sums up several (a quantity in a unit of rows or events) weighs as many. Where there
    are more than a drawing can show, those of one minute (quarter of an hour, hour) come as one.
    """
    end = min(filter(None, (window.end, subject.assessment.cut_off)))
    own = pl.col("source").cast(pl.String) == effect.source
    within = pl.col("start_utc").is_between(window.start, end, closed="left")
    zone = subject.agreement.zones.get(clause.zone or "")
    shape, areas = (zone.shape, zone.areas) if zone else (None, ())
    columns = ("start_utc", "end_utc", "quantity", "unit")
    kept = select_batches(
        subject.evidence.events,
        subject.evidence.gazetteer,
        kinds=[effect.kind],
        shape=shape,
        areas=areas,
        columns=columns,
        where=own & within,
    )
    tally = pl.col("unit").cast(pl.String).fill_null("rows").is_in(_TALLIES) & pl.col("quantity").is_between(0, 1e12)
    weight = pl.when(tally).then("quantity").otherwise(1.0)
    hours = (pl.col("end_utc").fill_null(pl.col("start_utc")) - pl.col("start_utc")).dt.total_seconds() / 3600
    parts = (part.filter("inside").select("start_utc", weight=weight, hours=hours) for part in kept)
    inside, _ = reduce_batches(parts, [lambda rows: rows, *(partial(_join, every=every) for every in _STEPS)], _MOST)
    return [Start(*row) for row in inside.sort("start_utc", "weight", "hours").iter_rows()]


def _join(rows: pl.DataFrame, *, every: str) -> pl.DataFrame:
    """Join the rows of one step of time; the shortest says how vague they are."""
    step = pl.col("start_utc").dt.truncate(every)
    return rows.group_by(step, maintain_order=True).agg(pl.col("weight").sum(), pl.col("hours").min())
