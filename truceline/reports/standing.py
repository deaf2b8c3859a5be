"""standing.json: what is said of each clause, for machines. Schema "truceline/standing/1".

The schema stands in `schemas/standing-1.json`. What is not known is null, never a number.
"""

import json
import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from truceline.model import UNDETERMINED, AreaCount, Baseline, ClauseAssessment, Effect, SourceCount, Standing
from truceline.reports.subject import Subject
from truceline.spacetime import Interval, format_utc

SCHEMA = "truceline/standing/1"


def write_standing(subject: Subject) -> bytes:
    """Return standing.json, strict JSON in UTF-8, the same bytes for the same assessment."""
    assessment = subject.assessment
    return dump(
        {
            "schema": SCHEMA,
            "case": assessment.case,
            "title": assessment.title,
            "agreement_status": assessment.agreement_status,
            "version": assessment.version,
            "digest": assessment.digest,
            "zone": assessment.zone,
            "interval": span(assessment.interval),
            "cut_off": format_utc(assessment.cut_off),
            "period_hours": number(assessment.period_hours),
            "as_of": instant(assessment.as_of),
            "without": list(assessment.without),
            "parties": dict(assessment.parties),
            "clauses": [_clause(clause) for clause in assessment.clauses],
            "notes": list(assessment.notes),
            "addendum": list(assessment.addendum),
        }
    )


def dump(document: dict[str, Any]) -> bytes:
    """Return a document as strict JSON: no NaN, keys in the order given, a newline at the end."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"


def number(value: float | None) -> float | int | None:
    """Return a number to nine significant digits, whole ones as integers, None for what is no number."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.9g}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short


def instant(when: datetime | None) -> str | None:
    """Return an instant as RFC 3339 in UTC."""
    return None if when is None else format_utc(when)


def span(interval: Interval | None) -> list[str | None] | None:
    """Return an interval as its two instants, the second null where it is open."""
    return None if interval is None else [format_utc(interval.start), instant(interval.end)]


def _clause(clause: ClauseAssessment) -> dict[str, Any]:
    return {
        "clause": clause.clause,
        "reading": clause.reading,
        "kind": clause.kind,
        "article": clause.article,
        "binds": list(clause.binds),
        "place": clause.zone,
        "clocks": list(clause.clocks),
        "interval": span(clause.interval),
        "standing": _words(clause.standings),
        "periods": [_period(interval, standings) for interval, standings in clause.periods],
        "coverage": _coverage(clause.standings),
        "incidents": list(clause.incidents),
        "reasons": _reasons(clause),
        "by_party": {standing.party: _party(standing) for standing in clause.standings},
        "effects": [_effect(effect) for effect in clause.effects],
    }


def _words(standings: Iterable[Standing]) -> dict[str, str]:
    return {standing.party: standing.word.value for standing in standings}


def _coverage(standings: Iterable[Standing]) -> float | int | None:
    """Return the smallest share of any party; null where it is not known for one of them.

    What is undetermined has no coverage of its own, and counts only where it stands alone.
    """
    every = list(standings)
    shares = [one.watch.share for one in [one for one in every if one.party != UNDETERMINED] or every]
    return number(min((share for share in shares if share is not None), default=None)) if None not in shares else None


def _period(interval: Interval, standings: tuple[Standing, ...]) -> dict[str, Any]:
    return {
        "interval": span(interval),
        "standing": _words(standings),
        "coverage": _coverage(standings),
        "incidents": _once(incident for standing in standings for incident in standing.incidents),
        "reasons": _once(reason for standing in standings for reason in standing.reasons),
    }


def _reasons(clause: ClauseAssessment) -> list[str]:
    own = [reason for standing in clause.standings for reason in (*standing.reasons, *standing.watch.reasons)]
    return _once((*clause.reasons, *own))


def _once(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _party(standing: Standing) -> dict[str, Any]:
    watch = standing.watch
    return {
        "standing": standing.word.value,
        "coverage": number(watch.share),
        "coverage_required": number(watch.required),
        "coverage_by_provider": {provider: number(share) for provider, share in sorted(watch.by_provider.items())},
        "coverage_reasons": list(watch.reasons),
        "incidents": list(standing.incidents),
        "reasons": list(standing.reasons),
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "kind": effect.kind,
        "counting": effect.counting,
        "source": effect.source,
        "interval": span(effect.interval),
        "count": number(effect.count),
        "count_low": number(effect.count_low),
        "count_high": number(effect.count_high),
        "expected": number(effect.expected),
        "expected_plain": number(effect.expected_plain),
        "ratio": number(effect.ratio),
        "ratio_95": _pair(effect.ratio_95),
        "smallest_reduction": number(effect.smallest_reduction),
        "effect": effect.change.value,
        "baselines": [_baseline(one) for one in effect.baselines],
        "by_source": [_source(one) for one in effect.by_source],
        "by_area": [_area(one) for one in effect.by_area],
        "chronic": list(effect.chronic),
        "reasons": list(effect.reasons),
    }


def _pair(pair: tuple[float, float | None] | None) -> list[float | int | None] | None:
    return None if pair is None else [number(pair[0]), number(pair[1])]


def _baseline(one: Baseline) -> dict[str, Any]:
    return {
        "name": one.name,
        "interval": span(one.interval),
        "days_used": number(one.days_used),
        "count": number(one.count),
        "expected": number(one.expected),
        "expected_plain": number(one.expected_plain),
        "ratio": number(one.ratio),
        "ratio_95": _pair(one.ratio_95),
        "smallest": number(one.smallest),
        "largest": number(one.largest),
        "notes": list(one.notes),
    }


def _source(one: SourceCount) -> dict[str, Any]:
    count, expected = number(one.count), number(one.expected)
    return {"source": one.source, "lineage": one.lineage, "count": count, "expected": expected, "note": one.note}


def _area(one: AreaCount) -> dict[str, Any]:
    return {"area": one.area, "count": number(one.count), "expected": number(one.expected)}
