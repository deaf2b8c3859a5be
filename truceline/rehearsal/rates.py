"""A weekly rate with an honest interval.

Weeks of a war differ by more than chance, so that a plain Poisson interval is too narrow. The model
is that of the effect (docs/method.md): a week's count is Poisson with mean mu·G, G gamma with mean 1
and variance phi. mu (Jeffreys' prior) and phi (weak log-normal prior) are integrated over, given the
weeks. `mean_95` are quantiles of mu, `next_95` of the count in one more such week.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from truceline.assessment.interval import Forecast, learn
from truceline.rehearsal.result import Rate

__all__ = ["is_steady", "measure_rate"]

_TAIL = 0.025
_FEW = 8
_FOREVER = 1e9  # weeks over which the gamma effects average out, so that mu alone is left


def measure_rate(counts: Sequence[int]) -> Rate:
    """Return the weekly rate of counts of single weeks; raises ValueError where there is no week.

    >>> rate = measure_rate([0, 0, 0, 0, 0, 0, 0, 0])
    >>> rate.mean_95[0], round(rate.mean_95[1], 1)
    (0.0, 0.3)
    """
    if not counts:
        raise ValueError("a rate needs at least one week")
    mean_95, next_95 = _bound(tuple(sorted(counts)))
    total = sum(counts)
    return Rate(total, len(counts), total / len(counts), mean_95, next_95, min(counts), max(counts))


def is_steady(counts: Sequence[int]) -> bool:
    """Return whether the first and the second half of the weeks may have had one mean.

    The interval takes weeks as independent; a level that drifts over months makes it too narrow,
    and then the halves' own intervals lie apart. Fewer than 8 weeks tell nothing.
    """
    if len(counts) < _FEW:
        return True
    half = len(counts) // 2
    first, second = (measure_rate(part).mean_95 for part in (counts[:half], counts[half:]))
    return first[0] <= second[1] and second[0] <= first[1]


@lru_cache(maxsize=64)
def _bound(counts: tuple[int, ...]) -> tuple[tuple[float, float], tuple[int, int]]:
    """Return the intervals of the mean and of one more week; rounded, so that the last bit of a sum says nothing."""
    mean = learn(counts, effects=_FOREVER)
    low = 0.0 if not any(counts) else _mean_at(mean, _TAIL)
    one = learn(counts)
    return (round(low, 4), round(_mean_at(mean, 1 - _TAIL), 4)), (_count_at(one, _TAIL), _count_at(one, 1 - _TAIL))


def _mean_at(forecast: Forecast, chance: float) -> float:
    weights = forecast.weights.sum(0)
    middles = np.cumsum(weights) - weights / 2
    return float(np.exp(np.interp(chance, middles, forecast.means)) * forecast.scale)


def _count_at(forecast: Forecast, chance: float) -> int:
    """Return the smallest count that is reached with at least this chance, by halving."""
    from scipy.special import pdtr

    weights, means = forecast.weights.sum(0), np.exp(forecast.means)
    low, high = -1, 1
    while pdtr(high, means) @ weights < chance:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if pdtr(middle, means) @ weights >= chance else (middle, high)
    return round(high * forecast.scale)
