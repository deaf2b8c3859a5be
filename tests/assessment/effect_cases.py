"""Terms and evidence made by hand, for tests of the effect."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from truceline.agreement.document import Article, Block, Clause, Terms
from truceline.evidence.source import Plan, Source, Truce
from truceline.evidence.store import Evidence
from truceline.evidence.tables import COVERAGE, EVENTS, PLATFORMS, POSITIONS, REJECTS, conform, empty
from truceline.gazetteer import Gazetteer
from truceline.model import FileTally
from truceline.spacetime import Interval

START = datetime(2025, 4, 19, 15, tzinfo=UTC)
TRUCE = Interval(START, START + timedelta(hours=30))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def terms(
    interval: Interval | None = TRUCE,
    events: Sequence[str] = ("air-raid-alert",),
    counting: str | None = "row-onset",
    baseline: object = "28 d before",
    possible: Interval | None = None,
    **values: object,
) -> Terms:
    """Return the terms of a clause that counts events against a baseline."""
    keys = {"events": list(events), "counting": counting, "baseline": baseline, **values}
    keys = {name: value for name, value in keys.items() if value is not None}
    block = Block("clause", "fire", 10, keys, dict.fromkeys(keys, 12), "")
    clause = Clause("fire", "no-attack", ("A",), block, Article("Fire", "No fire.", 1), counting=counting, values=keys)
    return Terms(clause, "as declared", interval, possible or interval, {}, {}, None, (), keys)


def events(rows: Iterable[dict], source: str = "alerts", kind: str = "air-raid-alert") -> pl.DataFrame:
    """Return an events table; a row without an end lasts an hour if it is an alert."""
    filled = [
        {
            "source": source,
            "kind": kind,
            "end_utc": row["start_utc"] + HOUR if kind == "air-raid-alert" else row["start_utc"],
            **row,
            "file": 1,
            "row": number,
        }
        for number, row in enumerate(rows, 1)
    ]
    schema = {name: EVENTS[name] for name in {key for row in filled for key in row}}
    return conform(pl.DataFrame(filled, schema=schema), EVENTS) if filled else empty(EVENTS)


def source(name: str = "alerts", kind: str | None = "air-raid-alert", **keys: object) -> Source:
    """Return a source that counts, complete for a long time unless told otherwise."""
    span = Interval(START - 60 * DAY, START + 60 * DAY)
    return Source(name, Path(f"{name}.csv"), "csv", 1, kind=kind, **{"counts": True, "span": span, **keys})


def evidence(
    table: pl.DataFrame,
    sources: Sequence[Source] | None = None,
    truces: Sequence[Interval] = (),
    coverage: pl.DataFrame | None = None,
    set_aside: dict[str, int] | None = None,
) -> Evidence:
    """Return gathered evidence that holds `table`."""
    listed = tuple(sources) if sources is not None else (source(),)
    return Evidence(
        plan=Plan(
            Path("evidence.toml"), listed, truces=tuple(Truce(f"truce {n}", one) for n, one in enumerate(truces))
        ),
        gazetteer=Gazetteer((), {}),
        folder=Path(),
        positions=empty(POSITIONS).lazy(),
        platforms=empty(PLATFORMS),
        events=table.lazy(),
        coverage=empty(COVERAGE) if coverage is None else coverage,
        rejects=empty(REJECTS).lazy(),
        files=tuple(tally(number, one.name, set_aside or {}) for number, one in enumerate(listed, 1)),
    )


def tally(number: int, name: str, set_aside: dict[str, int]) -> FileTally:
    """Return the account of one file."""
    return FileTally(number, name, f"{name}.csv", "csv", "00" * 32, 1, 0, 0, set_aside, {})


def spread(count: int, interval: Interval, areas: Sequence[str | None] = (None,)) -> list[dict]:
    """Return `count` starts, evenly spread over an interval, by turns in these areas."""
    step = interval.duration / count
    return [{"start_utc": interval.start + step * (n + 0.5), "area": areas[n % len(areas)]} for n in range(count)]


def before(days: float = 28) -> Interval:
    """Return the time right before the truce."""
    return Interval(START - days * DAY, START)
