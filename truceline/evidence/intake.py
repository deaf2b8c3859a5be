"""One file into the tables: its batches completed, limited by time, and counted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from truceline.errors import EvidenceError
from truceline.evidence.advice import advise, note_useless
from truceline.evidence.batch import Batch, Reject
from truceline.evidence.files import Input, open_bytes, stamp, unreadable
from truceline.evidence.formats import SOURCES
from truceline.evidence.observers import Observers
from truceline.evidence.parquet import ParquetFile
from truceline.evidence.source import Source
from truceline.evidence.tables import EVENTS, PLATFORMS, POSITIONS, REJECTS, conform, empty
from truceline.gazetteer import Gazetteer
from truceline.model import FileTally, Problem

__all__ = ["Intake", "Limits", "join_platforms", "read_input"]

SAME_BYTES = "the file has the same bytes as an earlier file of this source"
TOO_LATE = "at or after the cut-off"
NOT_ARRIVED = "arrived after the as-of time"

# Kinds whose actor is whoever speaks. For any other kind the party of a source is not the actor.
_SPOKEN = ["claim", "notification"]
_DECLARED = ("kind", "reliability", "counting")
_MOST_WAITING = 200_000
_LONGEST_TEXT = 4_000  # characters; the row leads back to the whole


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run leaves out by time: what happened at or after, what arrived after."""

    cut_off: datetime | None = None
    as_of: datetime | None = None


@dataclass(slots=True)
class Intake:
    """The tables while they grow."""

    gazetteer: Gazetteer
    limits: Limits
    positions: ParquetFile
    events: ParquetFile
    rejects: ParquetFile
    observers: Observers = field(default_factory=Observers)
    platforms: list[pl.DataFrame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    transmitting: set[str] = field(default_factory=set)
    """Names of sources whose platforms have the identity of a transponder."""


@dataclass(slots=True)
class _Count:
    """The account of one file while it grows."""

    rows: int = 0
    used: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Reject] = field(default_factory=dict)
    """The first rejected row of each reason."""
    first: datetime | None = None
    last: datetime | None = None
    unknown_arrivals: int = 0

    def meet(self, times: pl.Series) -> None:
        """Widen the span of used rows."""
        first, last = times.min(), times.max()
        if isinstance(first, datetime) and isinstance(last, datetime):
            self.first = min(filter(None, (self.first, first)))
            self.last = max(filter(None, (self.last, last)))


def read_input(one: Input, intake: Intake, *, lineage: str) -> FileTally:
    """Read one file into the tables and return its account; raises EvidenceError."""
    count = _Count()
    for batch in _read_batches(one, intake.gazetteer):
        _take(batch, one, intake, count)
    if count.unknown_arrivals:
        intake.notes.append(
            f"{one.shown}: for {count.unknown_arrivals:,} rows nobody said when they arrived; "
            "their own time stood for it"
        )
    tally = FileTally(
        number=one.number,
        source=one.source.name,
        path=one.shown,
        format=one.source.format,
        sha256=one.sha256,
        size_bytes=one.size_bytes,
        rows=count.rows,
        used=count.used,
        set_aside=dict(sorted(count.set_aside.items())),
        rejected=dict(sorted(count.rejected.items())),
        attribution=one.source.attribution,
        provider=one.source.provider,
        lineage=lineage,
        first_utc=count.first,
        last_utc=count.last,
    )
    intake.notes += advise(tally, count.examples, SOURCES[one.source.format].options) or note_useless(tally)
    return tally


def _read_batches(one: Input, gazetteer: Gazetteer) -> Iterator[Batch]:
    source = replace(one.source, path=one.path)
    try:
        with open_bytes(one.kept, one.path) as stream:
            yield from SOURCES[source.format].read(stream, source, gazetteer)
        if stamp(one.kept) != one.state:
            what, do = "file changed while it was read", "run again when nobody writes to it"
            raise EvidenceError([Problem(str(one.path), 1, what, expected="the bytes hashed", found="others", do=do)])
    except OSError as error:
        raise EvidenceError([unreadable(one.path, error)]) from error


def _take(batch: Batch, one: Input, intake: Intake, count: _Count) -> None:
    """Add a batch to the tables and the account."""
    count.rows += batch.rows
    count.set_aside.update(batch.set_aside)
    _take_rejects(batch, one.number, intake, count)
    if one.copy_of_own:
        count.set_aside[SAME_BYTES] += batch.used
        return
    positions, events = _complete_positions(batch, one), _complete_events(batch, one, intake)
    positions, events, lost = _limit(positions, events, intake.limits, count)
    # a message of several sentences is one table row: never take more away than was used
    for reason, rows in lost.items():
        rows = min(rows, batch.used)
        count.set_aside[reason] += rows
        count.used -= rows
    count.used += batch.used
    count.meet(positions["time_utc"])
    count.meet(events["start_utc"])
    intake.positions.add(positions)
    intake.events.add(events)
    _take_platforms(batch, one.source, positions if lost else None, intake)


def _take_rejects(batch: Batch, number: int, intake: Intake, count: _Count) -> None:
    if not batch.rejects:
        return
    count.rejected.update(reject.reason for reject in batch.rejects)
    for reject in batch.rejects:
        count.examples.setdefault(reject.reason, reject)
    rows = [(number, reject.row, reject.reason, reject.found) for reject in batch.rejects]
    intake.rejects.add(pl.DataFrame(rows, schema=REJECTS, orient="row"))


def _complete_positions(batch: Batch, one: Input) -> pl.DataFrame:
    """Return the positions with their source and file."""
    if batch.positions is None or batch.positions.height == 0:
        return empty(POSITIONS)
    rows = batch.positions.with_columns(source=pl.lit(one.source.name), file=pl.lit(one.number, dtype=pl.UInt32))
    if "received_utc" not in rows.columns:
        rows = rows.with_columns(received_utc=pl.lit(None, dtype=POSITIONS["received_utc"]))
    return rows.with_columns(pl.col("received_utc").fill_null(pl.lit(one.source.received_utc)))


def _complete_events(batch: Batch, one: Input, intake: Intake) -> pl.DataFrame:
    """Return the events with their source and file, and with what the source declares for all rows."""
    if batch.events is None or batch.events.height == 0:
        return empty(EVENTS)
    source = one.source
    rows = batch.events.with_columns(source=pl.lit(source.name), file=pl.lit(one.number, dtype=pl.UInt32))
    rows = conform(rows, {**EVENTS, **dict.fromkeys(_DECLARED, pl.String)})
    if batch.observers is not None:
        rows = intake.observers.hide(rows, batch.observers, source.name)
    own = pl.format("{}-{}-{}", pl.lit(source.name), "file", "row")
    long = pl.col("text").str.len_chars() > _LONGEST_TEXT
    rows = rows.with_columns(
        pl.when(long).then(pl.col("text").str.slice(0, _LONGEST_TEXT) + "…").otherwise("text").alias("text"),
        pl.col("event").fill_null(own),
        pl.col("received_utc").fill_null(pl.lit(source.received_utc)),
        pl.col("credibility").fill_null(pl.lit(source.credibility)),
        *(pl.col(name).fill_null(pl.lit(getattr(source, name), dtype=pl.String)) for name in _DECLARED),
    )
    if source.party is not None:
        spoken = pl.col("kind").is_in(_SPOKEN) & pl.col("actor").is_null()
        rows = rows.with_columns(
            actor=pl.when(spoken).then(pl.lit(source.party)).otherwise(pl.col("actor").cast(pl.String))
        )
    return conform(rows, EVENTS)


def _limit(
    positions: pl.DataFrame, events: pl.DataFrame, limits: Limits, count: _Count
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """Leave out rows by time; also return how many rows of the file that leaves without any use."""
    if limits.cut_off is None and limits.as_of is None:
        return positions, events, {}
    judged = []
    for frame, time in ((positions, "time_utc"), (events, "start_utc")):
        arrival = pl.coalesce("received_utc", time)
        late = pl.lit(False) if limits.cut_off is None else pl.col(time) >= limits.cut_off
        absent = pl.lit(False) if limits.as_of is None else arrival > limits.as_of
        reason = pl.when(late).then(pl.lit(TOO_LATE)).when(absent).then(pl.lit(NOT_ARRIVED))
        judged.append(frame.with_columns(reason=reason))
        if limits.as_of is not None:
            count.unknown_arrivals += frame["received_utc"].null_count()
    rows = pl.concat([frame.select("row", "reason") for frame in judged])
    lost = rows.group_by("row").agg(pl.col("reason").is_not_null().all().alias("out"), pl.col("reason").first())
    reasons = dict(lost.filter("out")["reason"].value_counts().sort("reason").iter_rows())
    kept = [frame.filter(pl.col("reason").is_null()).drop("reason") for frame in judged]
    return kept[0], kept[1], reasons


def _take_platforms(batch: Batch, source: Source, kept: pl.DataFrame | None, intake: Intake) -> None:
    """Add what the file says of platforms; `kept`: only of those that still have positions."""
    if batch.platforms is None or batch.platforms.height == 0:
        return
    rows = conform(batch.platforms.select(set(batch.platforms.columns) & set(PLATFORMS)), PLATFORMS)
    if rows["mmsi"].is_not_null().any() or rows["icao24"].is_not_null().any():
        intake.transmitting.add(source.name)
    if kept is not None:
        rows = rows.filter(pl.col("platform").is_in(kept["platform"].cast(pl.String).unique().to_list()))
    rows = rows.with_columns(
        pl.col("party").fill_null(pl.lit(source.party, dtype=pl.String)),
        pl.col("category").fill_null(pl.lit(source.category, dtype=pl.String)),
    )
    intake.platforms.append(rows)
    if sum(frame.height for frame in intake.platforms) > _MOST_WAITING:
        intake.platforms = [join_platforms(intake.platforms)]


def join_platforms(batches: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return one row per platform: of each column, what was said first."""
    rows = pl.concat([empty(PLATFORMS), *batches])
    merged = rows.group_by("platform", maintain_order=True).agg(pl.all().drop_nulls().first())
    return conform(merged, PLATFORMS)
