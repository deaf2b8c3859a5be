"""When the events behind a count start, and how many each row stands for."""

from datetime import datetime

import polars as pl

from truceline.evidence import select_events
from truceline.model import ClauseAssessment, Effect
from truceline.reports.subject import Subject
from truceline.spacetime import Interval

_TALLIES = ("rows", "events", "detections", "onsets", "alerts", "incidents", "violations", "explosions")


def list_starts(
    subject: Subject, clause: ClauseAssessment, effect: Effect, window: Interval
) -> list[tuple[datetime, float]]:
    """Return (start, weight) of the effect's source in the clause's zone, within a window and before the cut-off.

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
    inside = kept.filter(pl.col("inside")).select("start_utc", weight=weight).sort("start_utc", "weight")
    return list(inside.iter_rows())
