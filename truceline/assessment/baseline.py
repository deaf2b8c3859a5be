"""Time without the truce, set against the window: which time, and what it leads one to expect.

Three baselines stand side by side, because each can mislead in its own way:

* "before": the one that the clause declares, right up to the truce;
* "other-years": the same weeks of other years, or, where the evidence holds none, "longest": all of
  its time outside the truce;
* "after": as long as the declared one, right after the truce.

Other declared truces are left out of each.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from truceline.assessment.counting import sum_between
from truceline.assessment.interval import Forecast, learn
from truceline.assessment.profile import HOUR_US, Instants, Numbers, Profile, fit_profile, to_us
from truceline.errors import FormError
from truceline.model import Baseline
from truceline.spacetime import Interval, read_duration

__all__ = [
    "NO_USE",
    "Outlook",
    "Series",
    "Span",
    "choose_spans",
    "compare",
    "free_time",
    "read_baseline",
]

NO_USE = "baseline of no use"
"""What is wrong with a length that can be read and compares nothing."""

_FORM = re.compile(r"(?P<length>.+\S) before")
_LONGEST = timedelta(days=3660)
_FAR = timedelta(days=7305)  # from the window: what is further away says nothing of it
_YEAR = timedelta(days=364)  # 52 weeks: the weekdays stay in place
_SURROUND = timedelta(days=14)  # on either side of the same date of another year
_MOST_YEARS = 20
_LEAST_YEARS = timedelta(days=7)  # of the same weeks: with less, "longest" says more
_LEAST_STRETCHES = 8  # into which a baseline is cut, so that its scatter can be seen
_MOST_STRETCHES = 2000  # of a baseline: more would cost time and tell nothing new
_SHORT = 1 / 3  # of a stretch: a shorter rest joins its neighbour
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What one source counts in one unit: the tally (`counting.TALLY`), and the time for which it is complete.

    `groups` are the waves among what it counts (`counting.find_groups`); `piece` is the size of
    what comes at once where the unit is a quantity (hours), else 1.
    """

    source: str
    counted: pl.DataFrame
    groups: pl.DataFrame
    known: Interval
    piece: float = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """One baseline's name, its widest time, and the free stretches of it that are known."""

    name: str
    interval: Interval
    free: tuple[Interval, ...]

    @property
    def length(self) -> timedelta:
        """How much time it really has."""
        return sum((stretch.duration for stretch in self.free), timedelta())


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What a baseline leads one to expect in a window: the numbers, and the forecast they rest on.

    `forecast` and `profile` are None where the baseline has no time. `forecast` counts in pieces.
    """

    baseline: Baseline
    forecast: Forecast | None
    profile: Profile | None


def read_baseline(text: object) -> timedelta:
    """Read a declared baseline, "28 d before", into its length; raises FormError for anything else."""
    match = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    found = f'"{text}"' if isinstance(text, str) else repr(text)
    if match is None:
        raise FormError(
            "baseline not understood",
            expected='a length of time before the truce, such as "28 d before"',
            found=found,
            do="write the length with its unit, and the word before",
        )
    length = read_duration(match["length"])
    if not timedelta() < length <= _LONGEST:
        raise FormError(
            NO_USE,
            expected=f"more than nothing and at most {_LONGEST.days} d",
            found=found,
            do='write a length that can be compared, such as "28 d before"',
        )
    return length


def free_time(wanted: Interval, known: Interval, away: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the stretches of `wanted` that are known and lie in none of `away`, in order."""
    first = wanted.overlap(known)
    stretches = [first] if first is not None and first.end != first.start else []
    for hole in sorted(away, key=lambda one: one.start):
        stretches = [part for stretch in stretches for part in _cut_out(stretch, hole)]
    return tuple(stretches)


def choose_spans(
    window: Interval, truce: Interval, length: timedelta, known: Interval, truces: Sequence[Interval]
) -> tuple[Span, Span, Span]:
    """Return the three baselines: before, other years or longest, after.

    `window` is what is measured, `truce` the whole time that the clause may hold (open: it still
    does), `known` the time for which the source is complete, `truces` the other declared ones.
    """
    away = (truce, *truces)
    known = known.overlap(Interval(window.start - _FAR, (window.end or window.start) + _FAR)) or Interval(
        *2 * (window.start,)
    )
    before = Interval(truce.start - length, truce.start)
    end = truce.end or window.end
    if end is None:
        raise ValueError("a window is closed")
    after = Interval(end, end + length)
    years = _same_weeks(window, known, away)
    enough = years is not None and years.length >= max(_LEAST_YEARS, window.duration)
    longest = Span("longest", known, free_time(known, known, away))
    return (
        Span("before", before, free_time(before, known, away)),
        years if years is not None and enough else longest,
        Span("after", after, free_time(after, known, away)),
    )


def compare(series: Series, window: Interval, span: Span, count: float) -> Outlook:
    """Return what a baseline leads one to expect in a window in which `count` was counted."""
    starts, ends = _edges(span.free)
    if not span.free:
        return Outlook(
            Baseline(span.name, span.interval, 0.0, 0.0, None, None, None, None, notes=(_NO_TIME,)), None, None
        )
    within = _within(series.counted, starts, ends)
    weights = within["weight"].to_numpy()
    profile = fit_profile(within["time_us"].to_numpy(), weights, span.free)
    forecast = _forecast(series, window, span, profile)
    expected = forecast.expected * series.piece
    total = float(weights.sum())
    smallest, largest = _find_extremes(series, window, span)
    baseline = Baseline(
        name=span.name,
        interval=span.interval,
        days_used=span.length / _DAY,
        count=total,
        expected=expected,
        expected_plain=total * (window.duration / span.length),
        ratio=count / expected if expected > 0 else None,
        ratio_95=forecast.interval(count / series.piece) if expected > 0 else None,
        smallest=smallest,
        largest=largest,
        notes=_note(span, window),
    )
    return Outlook(baseline, forecast, profile)


_NO_TIME = "no time without a truce is known here"


def _note(span: Span, window: Interval) -> tuple[str, ...]:
    notes = []
    asked = span.interval.duration
    if span.name != "other-years" and asked - span.length >= _DAY:
        notes.append(f"{span.length / _DAY:.1f} of {asked / _DAY:.1f} days are known and free of truces")
    if span.length < 3 * window.duration:
        notes.append("shorter than three windows: its scatter is seen in shorter stretches")
    return tuple(notes)


def _cut_out(stretch: Interval, hole: Interval) -> list[Interval]:
    """Return what is left of a closed stretch without `hole`."""
    if stretch.overlap(hole) is None or hole.start == hole.end:
        return [stretch]
    parts = [(stretch.start, hole.start)] if stretch.start < hole.start else []
    if hole.end is not None and stretch.end is not None and hole.end < stretch.end:
        parts.append((hole.end, stretch.end))
    return [Interval(start, end) for start, end in parts]


def _same_weeks(window: Interval, known: Interval, away: Sequence[Interval]) -> Span | None:
    """Return the same weeks of other years, as far as the evidence knows them."""
    wide = Interval(window.start - _SURROUND, (window.end or window.start) + _SURROUND)
    free: list[Interval] = []
    for years in sorted(set(range(-_MOST_YEARS, _MOST_YEARS + 1)) - {0}):
        if _shiftable(wide, years):
            free += free_time(wide.shift(years * _YEAR), known, away)
    if not free:
        return None
    return Span("other-years", Interval(free[0].start, free[-1].end), tuple(free))


def _shiftable(wide: Interval, years: int) -> bool:
    return wide.start.year + years > 1 and wide.start.year + years + 1 < 9999


def _edges(stretches: Sequence[Interval]) -> tuple[Instants, Instants]:
    starts = np.array([to_us(stretch.start) for stretch in stretches], dtype=np.int64)
    ends = np.array([to_us(stretch.end) for stretch in stretches if stretch.end is not None], dtype=np.int64)
    return starts, ends


def _within(rows: pl.DataFrame, starts: Instants, ends: Instants) -> pl.DataFrame:
    """Return the rows whose time lies in one of the sorted, disjoint stretches."""
    times = rows["time_us"].to_numpy()
    place = np.searchsorted(starts, times, side="right") - 1
    return rows.filter(pl.Series((place >= 0) & (times < ends[place])))


def _forecast(series: Series, window: Interval, span: Span, profile: Profile) -> Forecast:
    """Learn from the baseline's stretches, matched by hour of the week."""
    length = max(min(window.duration, span.length / _LEAST_STRETCHES), span.length / _MOST_STRETCHES)
    starts, ends = _edges(_tile(span.free, length))
    exposures = profile.exposure(starts, ends)
    counts = sum_between(series.counted, starts, ends)
    useful = exposures > 0
    groups = _within(series.groups, *_edges(span.free))["size"].to_numpy() / series.piece
    own = profile.exposure_of(window)
    shares: Numbers = exposures[useful] / own if own > 0 else np.empty(0)
    if not len(shares):
        return learn([0.0], [1.0])
    return learn(
        (counts[useful] / series.piece).tolist(),
        shares.tolist(),
        groups=groups.tolist(),
        effects=max(1.0, window.duration / length),
    )


def _tile(free: Sequence[Interval], length: timedelta) -> list[Interval]:
    """Cut free stretches into pieces of `length`, counted back from each one's end."""
    tiles: list[Interval] = []
    for stretch in free:
        pieces = list(stretch.periods(length, stretch.end))
        if len(pieces) > 1 and pieces[0].duration < length * _SHORT:
            pieces[:2] = [Interval(pieces[0].start, pieces[1].end)]
        tiles += pieces
    return tiles


def _find_extremes(series: Series, window: Interval, span: Span) -> tuple[float | None, float | None]:
    """Return the smallest and the largest count of windows as long as this one, at its hour of the day."""
    length, day = to_us(window.start + window.duration) - to_us(window.start), 24 * HOUR_US
    starts: list[int] = []
    for stretch in span.free:
        first, last = to_us(stretch.start), to_us(_closed(stretch)) - length
        starts += range(first + (to_us(window.start) - first) % day, last + 1, day)
    if not starts:
        return None, None
    begins = np.array(starts, dtype=np.int64)
    counts = sum_between(series.counted, begins, begins + length)
    return float(counts.min()), float(counts.max())


def _closed(interval: Interval) -> datetime:
    if interval.end is None:
        raise ValueError("an open interval where a closed one was due")
    return interval.end
