"""Agreements as text and evidence by hand, so that a test reads as a case."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl

from truceline.agreement import read_agreement, resolve
from truceline.agreement.document import Agreement, Terms
from truceline.evidence.source import Coverage, Plan, PlatformEntry, Source
from truceline.evidence.store import Evidence
from truceline.evidence.tables import COVERAGE, EVENTS, PLATFORMS, POSITIONS, REJECTS, conform, empty
from truceline.gazetteer import load_gazetteer
from truceline.model import UNDETERMINED, Finding, Row
from truceline.spacetime import UTC, Interval, read_instant

HEAD = """
# A truce for tests

```agreement
id = "test-truce"
status = "signed"
starts = "2025-06-01T00:00Z"
ends = "2025-06-04T00:00Z"
```

```party RED
name = "Redland"
status = "accepted"
names = ["Red Navy"]
```

```party BLUE
name = "Blueland"
status = "accepted"
```

```body council
name = "Joint council"
names = ["mission council"]
```

```zone strait
polygon = [[30.0, 45.0], [31.0, 45.0], [31.0, 46.0], [30.0, 46.0], [30.0, 45.0]]
```

## Article 1
"""


def at(text: str) -> datetime:
    """Return an instant: "06-01 12:00" in 2025, or any form of the agreement."""
    if len(text) <= 14:
        return datetime.fromisoformat(f"2025-{text.replace(' ', 'T')}").replace(tzinfo=UTC)
    return read_instant(text)


def span(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


def agree(folder: Path, body: str, head: str = HEAD) -> Agreement:
    """Return the agreement of a text; a broken one fails the test with its problems."""
    path = folder / "agreement.md"
    path.write_text(head + dedent(body), "utf-8")
    agreement, problems = read_agreement(path)
    assert agreement is not None, problems
    assert not [str(problem) for problem in problems if problem.severity == "error"]
    return agreement


def terms_of(agreement: Agreement, clause: str = "c", determinations: Mapping[str, datetime] | None = None) -> Terms:
    """Return the terms of one clause under its first reading."""
    return next(term for term in resolve(agreement, determinations or {}) if term.clause.id == clause)


def source(name: str, form: str = "csv", **more: Any) -> Source:
    return Source(name, Path(f"{name}.csv"), form, 1, **more)


def event(kind: str, start: str, end: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a row of events; without an end it lasts a minute."""
    first = at(start)
    last = at(end) if end else first.replace(minute=first.minute) + (at("06-01 00:01") - at("06-01 00:00"))
    return {"source": "watch", "kind": kind, "start_utc": first, "end_utc": last, **more}


def pings(platform: str, track: Iterable[tuple[str, float, float]], **more: Any) -> list[dict[str, Any]]:
    """Return rows of positions from (time, lon, lat)."""
    return [{"source": "ais", "platform": platform, "time_utc": at(t), "lon": x, "lat": y, **more} for t, x, y in track]


def watcher(source: str, detects: Iterable[str], **more: Any) -> dict[str, Any]:
    """Return a coverage of all of the zone and time unless `more` says otherwise."""
    row = {
        "source": source, "provider": more.pop("provider", source), "start_utc": at(more.pop("start", "05-31 00:00")),
        "end_utc": at(more.pop("end", "06-05 00:00")), "area": "strait", "detects": list(detects), "probability": 1.0,
    }  # fmt: skip
    return {**row, **more}


def table(rows: Iterable[Mapping[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    """Return rows as a table of our schema; file and row are numbered where they are not given."""
    found = [dict(row) for row in rows]
    if not found:
        return empty(schema)
    for number, row in enumerate(found, start=1):
        if "file" in schema:
            row.setdefault("file", 1)
            row.setdefault("row", number)
        if "event" in schema:
            row.setdefault("event", f"e{number}")
    return conform(pl.DataFrame(found, infer_schema_length=None), schema)


def gathered(
    events: Iterable[Mapping[str, Any]] = (),
    positions: Iterable[Mapping[str, Any]] = (),
    platforms: Iterable[Mapping[str, Any]] = (),
    coverage: Iterable[Mapping[str, Any]] = (),
    sources: Iterable[Source] = (),
) -> Evidence:
    """Return evidence from rows; sources that rows name and nobody gave are CSV files of their own origin."""
    events, positions, coverage = list(events), list(positions), list(coverage)
    given = {each.name: each for each in sources}
    for name in dict.fromkeys(row["source"] for row in (*events, *positions, *coverage) if row["source"]):
        given.setdefault(name, source(name))
    rows = [Coverage(c["source"], c["provider"], Interval(c["start_utc"], c["end_utc"]), c["area"], tuple(c["detects"]),
                     c["probability"], c.get("party")) for c in coverage]  # fmt: skip
    known = [PlatformEntry(**{k: v for k, v in p.items() if k in PLATFORMS}) for p in platforms]
    plan = Plan(Path("evidence.toml"), tuple(given.values()), tuple(rows), (), tuple(known))
    return Evidence(
        plan, load_gazetteer(), Path(), table(positions, POSITIONS).lazy(), table(platforms, PLATFORMS),
        table(events, EVENTS).lazy(), table(coverage, COVERAGE), empty(REJECTS).lazy(), (),
    )  # fmt: skip


def finding(name: str, start: str = "06-01 12:00", end: str | None = None, **more: Any) -> Finding:
    """Return a finding by hand: of shelling at 30.5, 45.5 by nobody known, by a source of its own lineage."""
    first = at(start)
    values: dict[str, Any] = {
        "id": name, "clause": "c", "reading": "as declared", "kind": "shelling",
        "span": Interval(first, at(end) if end else first), "lon": 30.5, "lat": 45.5, "radius_m": 100.0, "area": None,
        "party": UNDETERMINED, "source": more.get("lineage", "post"), "lineage": "post", "indicator": False,
        "measured": None, "limit": 0.0, "unit": None, "margin": None, "rows": (Row(1, 1),),
    }  # fmt: skip
    return Finding(**{**values, **more})
