"""What really happened, and who could have seen it: `truth.json`, schema "truceline/truth/1".

    {"schema", "seed", "interval": [two instants], "providers": {source: provider},
     "breaches": [{"id", "clause", "party", "actual", "start", "end", "lon", "lat",
                   "seen_by", "known_from", "hinted_by", "path"}],
     "innocents": [{"id", "why", "lon", "lat", "start", "end"}]}

`party` is what the evidence allows to be said: "undetermined" where nothing attributes; `actual` is
who it was. `seen_by` are sources that are no indicators, with `known_from` when each had told it;
`hinted_by` are indicators. `path` is a list of [instant, lon, lat]: a ship is not in one place.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from truceline.errors import CaseError
from truceline.model import Problem
from truceline.spacetime import Interval, format_utc
from truceline.spacetime.instants import read_instant

SCHEMA = "truceline/truth/1"


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach of one clause, as it was."""

    id: str
    clause: str
    party: str
    actual: str
    span: Interval
    lon: float
    lat: float
    path: tuple[tuple[datetime, float, float], ...]
    seen_by: Mapping[str, datetime]
    hinted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Innocent:
    """Something that looks like a breach, or is near one, and why it is none."""

    id: str
    why: str
    span: Interval
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Truth:
    """All breaches and all innocents of a scenario."""

    seed: int
    interval: Interval
    providers: Mapping[str, str]
    breaches: tuple[Breach, ...]
    innocents: tuple[Innocent, ...]


def write_truth(truth: Truth, path: Path) -> None:
    """Write the truth as JSON, one breach or innocent a line."""
    head = {
        "schema": SCHEMA,
        "seed": truth.seed,
        "interval": _edges(truth.interval),
        "providers": dict(sorted(truth.providers.items())),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    lines.append(f'"breaches": {_list(_breach_fields(breach) for breach in truth.breaches)}')
    lines.append(f'"innocents": {_list(_innocent_fields(innocent) for innocent in truth.innocents)}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def read_truth(path: Path) -> Truth:
    """Read `truth.json`; raises CaseError where it is not one."""
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["schema"] != SCHEMA:
            raise ValueError(f"schema {found['schema']!r}")
        return Truth(
            found["seed"], _interval(*found["interval"]), found["providers"],
            tuple(_read_breach(item) for item in found["breaches"]),
            tuple(
                Innocent(item["id"], item["why"], _interval(item["start"], item["end"]), item["lon"], item["lat"])
                for item in found["innocents"]
            ),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        found_text = f"{type(error).__name__}: {error}"[:200]
        problem = Problem(
            str(path),
            1,
            "truth cannot be read",
            f"a file of schema {SCHEMA}",
            found_text,
            "generate the scenario again",
        )
        raise CaseError([problem]) from error


def _breach_fields(breach: Breach) -> dict[str, Any]:
    return {
        "id": breach.id, "clause": breach.clause, "party": breach.party, "actual": breach.actual,
        "start": _edges(breach.span)[0], "end": _edges(breach.span)[1], "lon": breach.lon, "lat": breach.lat,
        "seen_by": sorted(breach.seen_by),
        "known_from": {name: format_utc(known) for name, known in sorted(breach.seen_by.items())},
        "hinted_by": list(breach.hinted_by),
        "path": [[format_utc(time), lon, lat] for time, lon, lat in breach.path],
    }  # fmt: skip


def _innocent_fields(innocent: Innocent) -> dict[str, Any]:
    start, end = _edges(innocent.span)
    return {
        "id": innocent.id,
        "why": innocent.why,
        "start": start,
        "end": end,
        "lon": innocent.lon,
        "lat": innocent.lat,
    }


def _read_breach(item: Mapping[str, Any]) -> Breach:
    return Breach(
        item["id"], item["clause"], item["party"], item["actual"], _interval(item["start"], item["end"]), item["lon"],
        item["lat"], tuple((read_instant(time), lon, lat) for time, lon, lat in item["path"]),
        {name: read_instant(time) for name, time in item["known_from"].items()}, tuple(item["hinted_by"]),
    )  # fmt: skip


def _edges(interval: Interval) -> Sequence[str]:
    if interval.end is None:
        raise ValueError("the truth has no open intervals")
    return [format_utc(interval.start), format_utc(interval.end)]


def _interval(start: str, end: str) -> Interval:
    return Interval(read_instant(start), read_instant(end))


def _list(items: Iterator[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(f"  {json.dumps(item)}" for item in items) + "\n]"
