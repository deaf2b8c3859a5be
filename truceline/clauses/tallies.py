"""Tallies: too many at one time, or within a length of time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from truceline.clauses.conduct import BY_PARTY
from truceline.clauses.contents import seal
from truceline.model import UNDETERMINED, Finding
from truceline.spacetime import Interval

__all__ = ["EXCESS", "count_over", "count_within"]

EXCESS = "excess"
"""The kind of a finding of more at one time, or within a length of time, than may be."""

_MOST_ROWS = 64


def count_over(presences: Sequence[Finding], party: str, most: int) -> Iterator[Finding]:
    """Yield a finding for each time in which more than `most` platforms of a party are present at once.

    With `most` 0 each presence is one, also of nobody known. Otherwise platforms that nothing
    attributes make a hint where they may be what is too many.
    """
    if most == 0:
        yield from (each for each in presences if each.party in (party, UNDETERMINED))
        return
    own = [each for each in presences if each.party == party and not each.indicator]
    sure = list(_list_times(own, most))
    for group in sure:
        yield _make(group, most, party, ())
    maybe = [each for each in presences if each.party in (party, UNDETERMINED)]
    for group in _list_times(maybe, most):
        if not any(_overlaps(group, other) for other in sure):
            yield _make(group, most, UNDETERMINED, (BY_PARTY,))


def _list_times(presences: Sequence[Finding], most: int) -> Iterator[tuple[Interval, int, list[Finding]]]:
    """Yield each unbroken time with more platforms than `most`, the largest number, and who was there."""
    ends = {each.id: each.span.end or each.span.start for each in presences}
    moments = sorted({each.span.start for each in presences} | set(ends.values()))
    current: list[tuple[Interval, int, list[Finding]]] = []
    for moment in moments:
        there = [each for each in presences if each.span.start <= moment <= ends[each.id]]
        count = len({each.platform for each in there})
        if count <= most:
            yield from current
            current = []
        elif current:
            span, peak, seen = current[0]
            new = [each for each in there if each not in seen]
            current = [(Interval(span.start, moment), max(peak, count), [*seen, *new])]
        else:
            current = [(Interval(moment, moment), count, there)]
        if len({each.platform for each in there if ends[each.id] > moment}) <= most:
            yield from current
            current = []


def _overlaps(one: tuple[Interval, int, list[Finding]], other: tuple[Interval, int, list[Finding]]) -> bool:
    mine, theirs = one[0], other[0]
    return mine.start <= (theirs.end or mine.start) and theirs.start <= (mine.end or theirs.start)


def _make(group: tuple[Interval, int, list[Finding]], most: int, party: str, hints: tuple[str, ...]) -> Finding:
    span, peak, members = group
    rows = sorted({row for each in members for row in each.rows})[:_MOST_ROWS]
    names = sorted({each.platform or "" for each in members})
    last = max(members, key=lambda each: (each.span.start, each.id))
    doubts = dict.fromkeys(doubt for each in members for doubt in each.doubts)
    return seal(
        replace(
            last,
            kind=EXCESS,
            span=span,
            party=party,
            platform=None,
            indicator=bool(hints) or any(each.indicator for each in members),
            measured=float(peak),
            limit=float(most),
            unit="platforms",
            margin=float(peak - most),
            rows=tuple(rows),
            text=f"{peak} platforms at once, where {most} may be: {', '.join(names)}",
            edge_uncertain=all(each.edge_uncertain for each in members),
            place_uncertain=any(each.place_uncertain for each in members),
            doubts=(*hints, *doubts),
        )
    )


def count_within(sightings: Sequence[tuple[Finding, float, int]], length: timedelta) -> Iterator[Finding]:
    """Yield a finding for each time in which one source saw more of one party than may be within `length`.

    `sightings` are findings, how many each stands for, and how many may be. A sighting that is a mere
    hint makes the tally one where it needs it.
    """
    ordered = sorted(sightings, key=lambda each: (each[0].source, each[0].party, each[0].span.start, each[0].id))
    for _, group in groupby(ordered, key=lambda each: (each[0].source, each[0].party)):
        yield from _count_source(list(group), length)


def _count_source(sightings: Sequence[tuple[Finding, float, int]], length: timedelta) -> Iterator[Finding]:
    first = 0
    best: tuple[float, int, int] | None = None
    for number, (finding, _, most) in enumerate(sightings):
        while finding.span.start - sightings[first][0].span.start >= length:
            first += 1
        total = sum(quantity for _, quantity, _ in sightings[first : number + 1])
        if total > most:
            best = (max(total, best[0]) if best else total, best[1] if best else first, number)
        elif best is not None:
            yield _make_tally(sightings, best, length)
            best = None
    if best is not None:
        yield _make_tally(sightings, best, length)


def _make_tally(
    sightings: Sequence[tuple[Finding, float, int]], best: tuple[float, int, int], length: timedelta
) -> Finding:
    total, first, last = best
    members = [finding for finding, _, _ in sightings[first : last + 1]]
    most = sightings[last][2]
    sure = sum(quantity for finding, quantity, _ in sightings[first : last + 1] if not finding.indicator)
    end = max(each.span.end or each.span.start for each in members)
    rows = sorted({row for each in members for row in each.rows})[:_MOST_ROWS]
    hours = length / timedelta(hours=1)
    return seal(
        replace(
            members[-1],
            kind=EXCESS,
            span=Interval(members[0].span.start, end),
            indicator=sure <= most,
            measured=total,
            limit=float(most),
            margin=total - most,
            rows=tuple(rows),
            text=f"{total:g} within {hours:g} h, where {most} may be",
            edge_uncertain=any(each.edge_uncertain for each in members),
            doubts=tuple(dict.fromkeys(doubt for each in members for doubt in each.doubts)),
        )
    )
