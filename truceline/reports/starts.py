"""When the events behind a count start, and how many each row stands for."""

from datetime import datetime
from typing import NamedTuple

import polars as pl

from truceline.evidence import select_events
from truceline.model import ClauseAssessment, Effect
from truceline.reports.subject import Subject
from truceline.spacetime import Interval

_TALLIES = ("rows", "events", "detections", "onsets", "alerts", "incidents", "violations", "explosions")


class Start(NamedTuple):
    """When a row starts, how many it stands for, and how long it lasts or how vague it is, in hours."""

    time: datetime
    weight: float
    hours: float


def list_starts(subject: Subject, clause: ClauseAssessment, effect: Effect, window: Interval) -> list[Start]:
    """Return the rows of the effect's source in the clause's zone, within a window and before the cut-off.

    A row that sums up several (a quantity in a unit of rows or events) weighs as many.
    """
    end = min(filter(None, (window.end, subject.assessment.cut_off)))
    events = subject.evidence.events.filter(
        pl.col("source").cast(pl.String) == effect.source,
        pl.col("start_utc").is_between(window.start, end, closed="left"),
    )
    zone = subject.agreement.zones.get(clause.zone or "")
    shape, areas = (zone.shape, zone.areas) if zone else (None, ())
    kept = select_events(events, subject.evidence.gazetteer, kinds=[effect.kind], shape=shape, areas=areas)
    tally = pl.col("unit").cast(pl.String).fill_null("rows").is_in(_TALLIES) & pl.col("quantity").is_between(0, 1e12)
    weight = pl.when(tally).then("quantity").otherwise(1.0)
    hours = (pl.col("end_utc").fill_null(pl.col("start_utc")) - pl.col("start_utc")).dt.total_seconds() / 3600
    inside = kept.filter(pl.col("inside")).select("start_utc", weight=weight, hours=hours)
    return [Start(*row) for row in inside.sort("start_utc", "weight", "hours").iter_rows()]
