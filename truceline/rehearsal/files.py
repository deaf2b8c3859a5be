"""rehearsal.json and rehearsal.html: the same answer for machines and for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from truceline.model import FileTally
from truceline.rehearsal.composition import compose
from truceline.rehearsal.result import (
    ClauseRehearsal,
    Outlook,
    Rate,
    Rehearsal,
    Share,
    Variation,
    WeekCount,
    WindowCount,
    name_length,
)
from truceline.reports.page import write_page
from truceline.reports.standing import dump, number, span

__all__ = ["MARK", "SCHEMA", "as_document", "write_files"]

MARK = "rehearsal.json"
"""The file by which we know a folder of ours."""

SCHEMA = "truceline/rehearsal/1"
"""The form of rehearsal.json, described in docs/rehearsal.md."""


def write_files(rehearsal: Rehearsal, folder: Path) -> list[Path]:
    """Write both files into `folder` and return their paths; the same rehearsal gives the same bytes."""
    paths = [folder / MARK, folder / "rehearsal.html"]
    for path, content in zip(paths, (dump(as_document(rehearsal)), write_page(compose(rehearsal))), strict=True):
        path.write_bytes(content)
    return paths


def as_document(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return a rehearsal as JSON knows it; what is not known is null, times are UTC, lengths are hours."""
    return {
        "schema": SCHEMA,
        "case": rehearsal.case,
        "title": rehearsal.title,
        "agreement_status": rehearsal.agreement_status,
        "version": rehearsal.version,
        "digest": rehearsal.digest,
        "zone": rehearsal.zone,
        "truce": span(rehearsal.truce),
        "other_truces": [{"name": name, "interval": span(interval)} for name, interval in rehearsal.truces],
        "most_weeks": rehearsal.limit,
        "windows": [name_length(length) for length in rehearsal.lengths],
        "clauses": [_clause(clause) for clause in rehearsal.clauses],
        "files": [_file(tally) for tally in rehearsal.files],
        "notes": list(rehearsal.notes),
    }


def _clause(clause: ClauseRehearsal) -> dict[str, Any]:
    return {
        "clause": clause.clause,
        "readings": list(clause.readings),
        "kind": clause.kind,
        "article": clause.article,
        "binds": list(clause.binds),
        "zone": clause.zone,
        "evaluated": clause.evaluated,
        "weeks": [_week(week) for week in clause.weeks],
        "per_week": None if clause.rates is None else {name: _rate(rate) for name, rate in clause.rates.items()},
        "by_source": [_share(share) for share in clause.by_source],
        "by_lineage": [_share(share) for share in clause.by_lineage],
        "sensitivity": [_variation(one) for one in clause.variations],
        "windows": [_window(window) for window in clause.windows],
        "smallest_reductions": [_outlook(outlook) for outlook in clause.outlooks],
        "reasons": list(clause.reasons),
    }


def _week(week: WeekCount) -> dict[str, Any]:
    names = ("findings", "indicators", "incidents", "alleged", "corroborated", "excused")
    return {"interval": span(week.interval), **{name: getattr(week, name) for name in names}}


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "total": rate.total,
        "weeks": rate.weeks,
        "mean": number(rate.mean),
        "mean_95": _numbers(rate.mean_95),
        "next_week_95": list(rate.next_95),
        "smallest": rate.smallest,
        "largest": rate.largest,
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "name": share.name,
        "lineage": share.lineage,
        "findings": share.findings,
        "indicators": share.indicators,
        "share": number(share.share),
        "incidents_that_vanish_without_it": share.vanished,
        "corroborated_that_vanish_without_it": share.uncorroborated,
    }


def _variation(one: Variation) -> dict[str, Any]:
    return {
        "lever": one.lever,
        "change": one.change,
        "value": one.value,
        "findings_per_week": number(one.findings),
        "indicators_per_week": number(one.indicators),
        "incidents_per_week": number(one.incidents),
        "corroborated_per_week": number(one.corroborated),
        "note": one.note,
    }


def _window(window: WindowCount) -> dict[str, Any]:
    words: Mapping[str, Any] = {
        party: {word.value: times for word, times in found.items()} for party, found in window.words.items()
    }
    return {"length": name_length(window.length), "windows": window.windows, "words": words}


def _outlook(outlook: Outlook) -> dict[str, Any]:
    return {
        "kind": outlook.kind,
        "counting": outlook.counting,
        "source": outlook.source,
        "baseline": span(outlook.baseline),
        "baseline_days_used": number(outlook.days_used),
        "windows": [
            {
                "length": name_length(one.length),
                "expected": number(one.expected),
                "largest_count_that_shows_a_reduction": number(one.most),
                "smallest_reduction": number(one.ratio),
            }
            for one in outlook.reductions
        ],
    }


def _file(tally: FileTally) -> dict[str, Any]:
    return {
        "path": tally.path,
        "source": tally.source,
        "sha256": tally.sha256,
        "rows": tally.rows,
        "used": tally.used,
        "set_aside": dict(tally.set_aside),
        "rejected": dict(tally.rejected),
    }


def _numbers(values: Sequence[float]) -> list[float | int | None]:
    return [number(value) for value in values]
