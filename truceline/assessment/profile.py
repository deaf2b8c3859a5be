"""The rhythm of a baseline: how much each hour of the week should hold.

Four weeks give four samples of each hour of the week, too few to be taken at their word. The
rhythm is therefore an hour of the day times a day of the week, and each factor is shrunk towards 1
by as much as its own scatter asks for (empirical Bayes: Efron and Morris 1975, "Data analysis using
Stein's estimator and its generalizations", JASA 70). Where days differ no more than chance makes
them differ, the factor becomes 1. Hours are UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from truceline.spacetime import Interval

__all__ = ["FLAT", "HOUR_US", "WEEK", "Profile", "fit_profile", "to_us"]

Instants = NDArray[np.int64]
Numbers = NDArray[np.float64]

HOUR_US = 3_600_000_000
"""Microseconds in an hour."""

WEEK = 168
"""Hours in a week."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY_HOURS = 96  # from 1970-01-01, a Thursday, to the first Monday
_LEAST_EXPOSURE = 0.25  # of an average day: shorter pieces of a day say little of that day's level


def to_us(instant: datetime) -> int:
    """Return an instant as whole microseconds since 1970-01-01 UTC."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Profile:
    """Expected rate in each of the 168 hours of the week from Monday 00:00 UTC, 1 on average."""

    rates: tuple[float, ...]

    def exposure(self, starts: Instants, ends: Instants) -> Numbers:
        """Return the weighted hours of each stretch [start, end), in microseconds since 1970."""
        return self._since_monday(ends) - self._since_monday(starts)

    def exposure_of(self, interval: Interval) -> float:
        """Return the weighted hours of a closed interval."""
        if interval.end is None:
            raise ValueError("an open interval has no exposure")
        return float(self.exposure(np.array([to_us(interval.start)]), np.array([to_us(interval.end)]))[0])

    def _since_monday(self, instants: Instants) -> Numbers:
        sums = np.concatenate([[0.0], np.cumsum(self.rates)])
        weeks, rest = np.divmod(instants - _MONDAY_HOURS * HOUR_US, WEEK * HOUR_US)
        hours, part = np.divmod(rest, HOUR_US)
        inside = sums[hours] + (sums[hours + 1] - sums[hours]) * (part / HOUR_US)
        return np.asarray(weeks * sums[-1] + inside)


FLAT = Profile((1.0,) * WEEK)
"""Every hour like every other."""


def fit_profile(times: Instants, weights: Numbers, free: Sequence[Interval]) -> Profile:
    """Return the rhythm of what was counted at `times` in the free stretches of a baseline."""
    hours, lengths = _split_hours(free)
    total = float(weights.sum())
    if not len(hours) or total <= 0:
        return FLAT
    counts = np.zeros(len(hours))
    places = np.searchsorted(hours, times // HOUR_US)
    np.add.at(counts, places, weights)
    rate = total / lengths.sum()
    of_day = _shrink(counts, lengths * rate, hours % 24, 24)
    days, where = np.unique(hours // 24, return_inverse=True)
    day_counts = np.bincount(where, counts)
    day_expected = np.bincount(where, lengths * rate * of_day[hours % 24])
    full = day_expected >= _LEAST_EXPOSURE * rate * 24
    of_week = _shrink(day_counts[full], day_expected[full], (days[full] + 3) % 7, 7)
    rates = np.outer(of_week, of_day).ravel()
    return Profile(tuple((rates / rates.mean()).tolist()))


def _split_hours(free: Sequence[Interval]) -> tuple[Instants, Numbers]:
    """Return the full hours (since 1970) that the stretches touch, and how much of each is free."""
    pieces: dict[int, float] = {}
    for stretch in free:
        if stretch.end is None:
            raise ValueError("a free stretch is closed")
        start, end = to_us(stretch.start), to_us(stretch.end)
        for hour in range(start // HOUR_US, -(-end // HOUR_US)):
            part = min(end, (hour + 1) * HOUR_US) - max(start, hour * HOUR_US)
            pieces[hour] = pieces.get(hour, 0.0) + part / HOUR_US
    hours = np.array(sorted(pieces), dtype=np.int64)
    return hours, np.array([pieces[hour] for hour in hours.tolist()])


def _shrink(counts: Numbers, expected: Numbers, classes: Instants, size: int) -> Numbers:
    """Return the factor of each class, shrunk towards 1 by the scatter within the classes."""
    if counts.sum() <= 0:
        return np.ones(size)
    expected = expected * (counts.sum() / expected.sum())
    sums, bases = (np.bincount(classes, values, size) for values in (counts, expected))
    seen = bases > 0
    factors = np.divide(sums, bases, out=np.ones(size), where=seen)
    ratios = counts / expected
    numbers = np.bincount(classes, minlength=size)
    scatter = np.bincount(classes, (ratios - factors[classes]) ** 2, size)
    repeated = numbers > 1
    if not repeated.any():
        return np.ones(size)
    noise = np.mean(scatter[repeated] / (numbers[repeated] * (numbers[repeated] - 1)))
    spread = np.mean((factors[seen] - 1) ** 2)
    trust = max(0.0, 1 - noise / spread) if spread > 0 else 0.0
    return np.asarray(1 + trust * (factors - 1))
