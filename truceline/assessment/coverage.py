"""How much of a clause's zone and time was watched by what could have seen a breach.

The share is measured at points spread evenly by area over the zone, in every stretch of time between
two edges of a coverage: the mean, over place and time, of the probability that a breach there and
then would have been seen. Independent origins combine as 1 - Π(1 - p), the largest p stands for one
origin, and two sources are one origin where they share a lineage or a provider. Each kind of breach
is measured by itself, and the smallest share stands: who watched for shelling has not seen drones.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Terms
from truceline.evidence.sight import (
    EVERYWHERE,
    RECEPTION,
    draw_area,
    find_watchers,
    measure_unread,
    name_lineages,
    sees,
    why_blind,
)
from truceline.evidence.store import Evidence
from truceline.model import Watch, say_share
from truceline.spacetime import UTC, Interval
from truceline.spacetime.shapes import inside, sample

__all__ = ["Lookout", "survey", "watch"]

POINTS = 256  # where the zone is sampled; a share is then good to about one part in a hundred
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST_REASONS = 12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lookout:
    """One coverage as it bears on one clause: which points it watches, when, how well, and whose it is."""

    source: str
    provider: str
    origin: str
    start: int  # microseconds since 1970 UTC
    end: int
    area: str
    detects: tuple[str, ...]
    party: str | None
    probability: float

    @property
    def name(self) -> str:
        """What a reader knows it by: its source, else its provider."""
        return self.source or self.provider


def watch(
    terms: Terms,
    breaches: Sequence[str],
    evidence: Evidence,
    interval: Interval,
    *,
    party: str | None = None,
    zones: Mapping[str, BaseGeometry] | None = None,
) -> Watch:
    """Return how much of the clause's zone and of `interval` was watched for breaches by `party`.

    `party` None asks for what would see anybody's. `zones` are those of the agreement, which a
    coverage may name. `interval` must be closed.
    """
    return survey(terms, breaches, evidence, [interval], party=party, zones=zones)[0]


def survey(
    terms: Terms,
    breaches: Sequence[str],
    evidence: Evidence,
    intervals: Sequence[Interval],
    *,
    party: str | None = None,
    zones: Mapping[str, BaseGeometry] | None = None,
) -> list[Watch]:
    """Return a Watch for each of several closed intervals, measured in one pass."""
    required = terms.clause.coverage
    if not breaches:
        why = "nothing is named that could be seen to breach it"
        return [Watch(None, required, {}, (why,)) for _ in intervals]
    lookouts, notes = _read_lookouts(evidence, party)
    points = _place_points(terms, evidence)
    shapes = dict(zones or {})
    if terms.zone is not None and terms.zone.shape is not None:
        shapes.setdefault(terms.zone.id, terms.zone.shape)
    masks, unknown = _mask_areas(lookouts, points, shapes, evidence)
    notes += unknown
    edges = _edges(lookouts, intervals)
    by_need = {need: _measure_need(need, lookouts, masks, edges, intervals, evidence) for need in breaches}
    return [_judge(by_need, number, required, notes) for number in range(len(intervals))]


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured for one kind of breach: a share an interval, by provider too, and what did not count."""

    shares: list[float | None]
    by_provider: dict[str, list[float]]
    blind: tuple[str, ...]


def _read_lookouts(evidence: Evidence, party: str | None) -> tuple[list[Lookout], list[str]]:
    """Return the coverages that count for this party, and why others count for nothing."""
    origins = _name_origins(evidence)
    lookouts, notes = [], []
    for row in evidence.coverage.iter_rows(named=True):
        probability = row["probability"]
        source, provider = row["source"] or "", row["provider"] or row["source"] or ""
        name = source or provider
        if row["party"] is not None and row["party"] != party:
            notes.append(f"{name}: watches {row['party']} only")
        elif probability is None or not np.isfinite(probability):
            notes.append(f"{name}: how well it sees is not known, so it counts for nothing")
        elif row["start_utc"] is None or row["end_utc"] is None or row["area"] is None:
            notes.append(f"{name}: when or where it watched is not known, so it counts for nothing")
        elif probability > 0:
            start, end = _micros(row["start_utc"]), _micros(row["end_utc"])
            detects = tuple(row["detects"] or ())
            origin = origins.get(f"source {source}" if source else f"provider {provider}", name)
            unread = 0.0 if RECEPTION in detects else _measure_unread(evidence, source, provider)
            if unread:  # measured reception knows of it already
                notes.append(f"{name}: {say_share(unread)} of its rows could not be read, so it sees that much less")
            if _is_silent(evidence, source, row["start_utc"], row["end_utc"]):
                notes.append(
                    f"{name}: none of its rows lies in a time that it watched; its silence is taken at its word"
                )
            seen = min(float(probability), 1.0) * (1.0 - unread)
            lookouts.append(Lookout(source, provider, origin, start, end, row["area"], detects, row["party"], seen))
    return lookouts, list(dict.fromkeys(notes))


def _measure_unread(evidence: Evidence, source: str, provider: str) -> float:
    """Return the share of the rows behind a coverage that nobody could read."""
    return measure_unread(find_watchers(evidence.plan, source, provider), evidence.files)


def _is_silent(evidence: Evidence, source: str, start: datetime, end: datetime) -> bool:
    """Return whether all rows of a source certainly lie outside a time."""
    mine = [tally for tally in evidence.files if tally.source == source]
    known = [(tally.first_utc, tally.last_utc) for tally in mine if tally.first_utc and tally.last_utc]
    return bool(mine) and all(last < start or first >= end for first, last in known)


def _name_origins(evidence: Evidence) -> dict[str, str]:
    """Return "source …" or "provider …" -> origin: one for all that are tied by a lineage or a provider."""
    lineages = name_lineages(evidence.plan)
    ties = [(f"source {s.name}", f"lineage {lineages[s.name]}") for s in evidence.plan.sources]
    ties += [(f"source {s.name}", f"provider {s.provider}") for s in evidence.plan.sources if s.provider]
    pairs = evidence.coverage.select("source", "provider").unique().fill_null("").iter_rows()
    ties += [(f"source {source}", f"provider {provider}") for source, provider in pairs if source and provider]
    above: dict[str, str] = {}

    def find(name: str) -> str:
        while name in above:
            name = above[name]
        return name

    for tie in sorted(ties):
        first, second = sorted(map(find, tie))
        if first != second:
            above[second] = first
    return {name: find(name) for tie in ties for name in tie}


def _place_points(terms: Terms, evidence: Evidence) -> Floats | None:
    """Return points spread over the zone; None where there is no zone to measure in."""
    zone = terms.zone
    if zone is None:
        return None
    drawn = [draw_area(name, {}, evidence.gazetteer) for name in zone.areas]
    parts = [shape for shape in (zone.shape, *drawn) if shape is not None and not shape.is_empty]
    if not parts or len([shape for shape in drawn if shape is not None]) < len(zone.areas):
        return None
    return sample(shapely.union_all(parts), POINTS)


def _mask_areas(
    lookouts: Iterable[Lookout], points: Floats | None, zones: Mapping[str, BaseGeometry], evidence: Evidence
) -> tuple[dict[str, NDArray[np.bool_]], list[str]]:
    """Return, for each area, which points lie in it; without points, one point that only "everywhere" has."""
    masks: dict[str, NDArray[np.bool_]] = {}
    notes = []
    for area in dict.fromkeys(lookout.area for lookout in lookouts):
        if area == EVERYWHERE:
            masks[area] = np.ones(1 if points is None else len(points), dtype=bool)
        elif points is None:
            notes.append(f"coverage of {area}: the clause has no zone that can be drawn, so its share cannot be said")
        elif (shape := draw_area(area, zones, evidence.gazetteer)) is None:
            notes.append(f"coverage of {area}: nobody knows where that is, so it counts for nothing")
        else:
            masks[area] = inside(shape, points[:, 0], points[:, 1])
    return masks, notes


def _edges(lookouts: Iterable[Lookout], intervals: Iterable[Interval]) -> NDArray[np.int64]:
    ends = [time for lookout in lookouts for time in (lookout.start, lookout.end)]
    ends += [_micros(time) for interval in intervals for time in (interval.start, interval.end) if time is not None]
    return np.unique(np.array(ends, dtype=np.int64))


def _measure_need(
    need: str,
    lookouts: Sequence[Lookout],
    masks: Mapping[str, NDArray[np.bool_]],
    edges: NDArray[np.int64],
    intervals: Sequence[Interval],
    evidence: Evidence,
) -> _Measured:
    blind: dict[str, None] = {}
    worthless = False  # declared to detect it, and worth nothing
    counted = []
    for lookout in lookouts:
        watchers = find_watchers(evidence.plan, lookout.source, lookout.provider)
        why = why_blind(watchers, lookout.detects, need)
        if why is not None:
            blind[f"{lookout.name}: {why}"] = None
            worthless |= bool(watchers) and sees(lookout.detects, need)
        elif lookout.area in masks:
            counted.append(lookout)
    if not counted:
        return _Measured([0.0 if worthless else None] * len(intervals), {}, tuple(blind))
    providers = sorted({lookout.provider for lookout in counted})
    by_provider = {
        name: _average([c for c in counted if c.provider == name], masks, edges, intervals) for name in providers
    }
    return _Measured([*_average(counted, masks, edges, intervals)], by_provider, tuple(blind))


def _average(
    lookouts: Sequence[Lookout],
    masks: Mapping[str, NDArray[np.bool_]],
    edges: NDArray[np.int64],
    intervals: Sequence[Interval],
) -> list[float]:
    """Return, for each interval, the mean over points and time of the probability of being seen."""
    unseen = np.ones((len(edges) - 1, len(next(iter(masks.values())))))
    for origin in sorted({lookout.origin for lookout in lookouts}):
        best = np.zeros_like(unseen)
        for area, probability, start, end in _merge(lookout for lookout in lookouts if lookout.origin == origin):
            first, last = np.searchsorted(edges, (start, end))
            part = best[first:last]
            np.maximum(part, np.where(masks[area], probability, 0.0), out=part)
        unseen *= 1.0 - best
    seen = 1.0 - unseen.mean(axis=1)
    lengths = np.diff(edges).astype(np.float64)
    shares = []
    for interval in intervals:
        first, last = np.searchsorted(edges, [_micros(t) for t in (interval.start, interval.end) if t is not None])
        shares.append(float(np.dot(seen[first:last], lengths[first:last]) / lengths[first:last].sum()))
    return shares


def _merge(lookouts: Iterable[Lookout]) -> Iterator[tuple[str, float, int, int]]:
    """Yield (area, probability, start, end) with touching and overlapping spans of one area joined."""
    spans = sorted((c.area, c.probability, c.start, c.end) for c in lookouts)
    current: tuple[str, float, int, int] | None = None
    for area, probability, start, end in spans:
        if current is not None and current[:2] == (area, probability) and start <= current[3]:
            current = (area, probability, current[2], max(current[3], end))
        else:
            if current is not None:
                yield current
            current = (area, probability, start, end)
    if current is not None:
        yield current


def _judge(by_need: Mapping[str, _Measured], number: int, required: float | None, notes: Sequence[str]) -> Watch:
    """Return the Watch of one interval: the kind of breach that was watched least stands for all."""
    shares = {need: measured.shares[number] for need, measured in by_need.items()}
    unseen = [need for need, share in shares.items() if share is None]
    known = {need: share for need, share in shares.items() if share is not None}
    reasons = [f"{need}: no coverage counts" for need in unseen]
    reasons += [f"{need}: {say_share(share)} watched" for need, share in known.items()]
    blind = dict.fromkeys(reason for measured in by_need.values() for reason in measured.blind)
    others = [*notes, *blind]
    more = [f"and {len(others) - _MOST_REASONS} more that count for nothing"] if len(others) > _MOST_REASONS else []
    reasons += [*others[:_MOST_REASONS], *more]
    least = min(known, key=lambda need: (known[need], need)) if known and not unseen else None
    share = None if least is None else round(min(max(known[least], 0.0), 1.0), 6)
    providers = sorted({name for measured in by_need.values() for name in measured.by_provider})
    by_provider = {
        name: round(min(m.by_provider[name][number] if name in m.by_provider else 0.0 for m in by_need.values()), 6)
        for name in providers
    }
    return Watch(share, required, by_provider, tuple(reasons))


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND
