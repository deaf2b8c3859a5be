"""How far the ratio of a count to its expectation can be told: a 95 % interval without Wald.

The model, for a window set against same-length stretches without the truce:

    count of a stretch | G  ~  compound Poisson with mean  mu · exposure · G
    count of the window | G ~  compound Poisson with mean  r · mu · G
    G                       ~  gamma, mean 1, variance phi: a stretch of war is busier or calmer than the next

Counts come singly or in groups (a wave sets off many regions at once); the sizes of the groups are
read off the baseline, and how far they really arrive together is learnt with the rest. mu, phi and
that degree are not known: each is integrated over on a fixed grid, given the baseline and a weak
prior. The interval holds the ratios r for which the count lies in neither 2.5 % tail of what the
window would then show. Reasons, prior and limits: docs/method.md.

Sources: inversion of tails as Clopper and Pearson (1934), Biometrika 26; compound Poisson by the
recursion of Panjer (1981), ASTIN Bulletin 12; prior of a Poisson mean by Jeffreys (1946), Proc. R.
Soc. A 186.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Forecast", "learn", "ratio_interval"]

Numbers = NDArray[np.float64]

_STEP = 0.03  # of the grid of log means: finer than the Poisson width at the largest count kept
_REACH = 7.0  # log ratios from -7 to 7: 1 to 1,100 either way
_LIFT = 300.0  # larger counts are scaled down to this: the Poisson part of their variance is then 1/300 at most
_MOST = 500  # a larger count of a window is coarsened likewise: the chance of 0 at its mean must not underflow
_PHI = np.geomspace(0.004, 1.6, 9)
_PRIOR_MEDIAN, _PRIOR_WIDTH = 0.1, 1.0  # of log phi: 95 % between 0.014 and 0.7
_TOGETHER = np.linspace(0.0, 1.0, 4)  # share of the grouped events that really come together
_FLOOR = 1e-250  # of a probability, so that its logarithm stays finite


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What a baseline leads one to expect in a window, with its uncertainty.

    `expected` is the expected count, `dispersion` the mean of phi given the baseline. `means` are
    logarithms of the window's mean and `weights` their probability, one row for each degree of
    arriving together; `shares` are the shares of events in groups of 1, 2, 3 … for each degree.
    Everything but `expected` is in counts divided by `scale`.
    """

    expected: float
    dispersion: float
    scale: float
    means: Numbers
    weights: Numbers
    shares: Numbers

    def interval(self, count: float, level: float = 0.95) -> tuple[float, float | None]:
        """Return the ratios to the expectation that `count` does not rule out, lowest and highest.

        Equal-tailed. The lowest is 0 for a count of 0; the highest is None where the baseline is
        too thin to bound the ratio from above.
        """
        tail = (1 - level) / 2
        log_ratios, at_most, at_least = self._tails(self._whole(count))
        low = 0.0 if count <= 0 else float(np.exp(np.interp(tail, at_least, log_ratios)))
        high = float(np.exp(np.interp(-tail, -at_most, log_ratios))) if at_most[-1] < tail else None
        return low, high

    def largest_reduced(self, level: float = 0.95) -> float | None:
        """Return the largest count that would show a reduction, None where even 0 would not."""
        top = max(1, int(np.ceil(self.expected / self.scale)))
        counts = _distribution(np.exp(self.means), self.shares, top)
        at_most = np.einsum("yql,ql->y", counts, self.weights).cumsum()
        shown = np.flatnonzero(at_most < (1 - level) / 2)
        return float(shown[-1]) * self.scale if len(shown) else None

    def _whole(self, count: float) -> int:
        return round(count / self.scale)

    def _tails(self, count: int) -> tuple[Numbers, Numbers, Numbers]:
        """Return log ratios, P(at most `count`) and P(at least `count`) at each of them."""
        steps, by = round(_REACH / _STEP), max(1, -(-count // _MOST))
        grid = self.means[0] + _STEP * np.arange(-steps, len(self.means) + steps)
        count = round(count / by)
        parts = _distribution(np.exp(grid) / by, _coarsen(self.shares, by), count)
        below, equal = parts[:count].sum(0), parts[count]
        at_most, more = (self._average(part) for part in (below + equal, below))
        return np.asarray(_STEP * np.arange(-steps, steps + 1), dtype=float), at_most, 1 - more

    def _average(self, part: Numbers) -> Numbers:
        """Return the mean of `part` over what the window's mean may be, at each log ratio."""
        rows = [np.correlate(row, weight, "valid") for row, weight in zip(part, self.weights, strict=True)]
        return np.asarray(np.sum(rows, axis=0), dtype=float)


def ratio_interval(
    count: float,
    baseline_counts: Sequence[float],
    exposures: Sequence[float] | None = None,
    *,
    groups: Sequence[float] = (),
    effects: float = 1.0,
    level: float = 0.95,
) -> tuple[float, float | None]:
    """Return the interval of (true rate in a window) / (rate that the baseline leads one to expect).

    `count` is the window's count, `baseline_counts` those of stretches of about the window's length
    without the truce. `exposures` say how much each stretch should hold relative to the window
    (hours that count more or less by the hour of the week); all 1 unless given. `groups` are the
    sizes of the groups in which the baseline's events came, groups of one left out. `effects` is
    how many stretches fit into the window: above 1 for a window too long to cut the baseline into
    several of its length. The highest ratio is None where nothing bounds it.

    >>> low, high = ratio_interval(5, [48, 60, 39, 51, 44, 58, 47, 40])
    >>> high < 1
    True
    """
    return learn(baseline_counts, exposures, groups=groups, effects=effects).interval(count, level)


def learn(
    baseline_counts: Sequence[float],
    exposures: Sequence[float] | None = None,
    *,
    groups: Sequence[float] = (),
    effects: float = 1.0,
) -> Forecast:
    """Learn from a baseline what to expect in the window; parameters as in `ratio_interval`.

    Raises ValueError for an empty baseline, a negative or unbounded count, or an exposure that is not positive.
    """
    counts = np.asarray(baseline_counts, dtype=float)
    shares_of_window = np.ones(len(counts)) if exposures is None else np.asarray(exposures, dtype=float)
    _check(counts, shares_of_window)
    expected = float(counts.sum() / shares_of_window.sum())
    scale = max(1.0, counts.max() / _LIFT, expected / _LIFT)
    whole = np.rint(counts / scale).astype(np.int64)
    shares = _share_out(np.rint(np.asarray(groups, dtype=float) / scale).astype(np.int64), int(whole.sum()))
    means = _lay_grid(max(expected / scale, 0.3 / shares_of_window.sum()), int(whole.max()))
    posterior = _weigh(whole, shares_of_window, means, shares)
    spread = _gamma_matrices(len(means), effects)
    weights = np.einsum("pqi,pij->qj", posterior, spread)
    return Forecast(expected, float(posterior.sum((1, 2)) @ _PHI), float(scale), means, weights, shares)


def _check(counts: Numbers, exposures: Numbers) -> None:
    if len(counts) == 0 or len(counts) != len(exposures):
        raise ValueError("a baseline needs at least one count, and an exposure for each")
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError("a count is a finite number of at least 0")
    if not (np.isfinite(exposures).all() and (exposures > 0).all()):
        raise ValueError("an exposure is a finite number above 0")


def _lay_grid(mean: float, largest: int) -> Numbers:
    """Return log means, wide enough for the posterior and for the gamma effects around it."""
    low, high = np.log(mean) - 6.0, np.log(max(mean, largest) + 5.0) + 2.2
    return np.arange(low, high, _STEP)


def _share_out(sizes: NDArray[np.int64], total: int) -> Numbers:
    """Return, for each degree of arriving together, the share of events in groups of 1, 2, 3 …"""
    sizes = sizes[sizes > 1]
    if not len(sizes):
        return np.ones((1, 1))
    events = np.bincount(sizes) * np.arange(sizes.max() + 1.0)
    shares = np.outer(_TOGETHER, events / max(total, events.sum()))
    shares[:, 1] = 1 - shares.sum(1)
    return shares[:, 1:]


def _coarsen(shares: Numbers, by: int) -> Numbers:
    """Return the shares of events in groups of 1, 2, 3 …, where `by` events count as one."""
    sizes = np.maximum(1, np.rint(np.arange(1, shares.shape[1] + 1) / by)).astype(np.int64)
    coarse = np.zeros((len(shares), int(sizes.max())))
    for place, size in enumerate(sizes):
        coarse[:, size - 1] += shares[:, place]
    return coarse


def _distribution(means: Numbers, shares: Numbers, top: int) -> Numbers:
    """Return P(count = y) for y = 0 … top, each degree of arriving together, and each mean.

    Panjer's recursion for a compound Poisson count, written in shares of events:
    p(y) = mean / y · Σ share(k) · p(y - k).
    """
    sizes = np.arange(1, shares.shape[1] + 1)
    chances = np.zeros((top + 1, len(shares), len(means)))
    chances[0] = np.exp(-np.outer((shares / sizes).sum(1), means))
    for y in range(1, top + 1):
        reach = min(y, shares.shape[1])
        before = chances[y - reach : y][::-1]
        chances[y] = means / y * np.einsum("qk,kql->ql", shares[:, :reach], before)
    return chances


def _weigh(counts: NDArray[np.int64], exposures: Numbers, means: Numbers, shares: Numbers) -> Numbers:
    """Return the posterior of (phi, degree, mean) on the grid."""
    distinct, where = np.unique(counts, return_inverse=True)
    chances = _distribution(np.exp(means), shares, int(counts.max()))[distinct]
    mixed = np.einsum("yqj,pij->pqyi", chances, _gamma_matrices(len(means), 1.0), optimize=True)
    log_chances = np.log(np.maximum(mixed, _FLOOR))
    # Degrees are equally likely beforehand; Jeffreys' density of the mean, mean ** -0.5, stands on a log grid.
    log_posterior = _log_prior() + 0.5 * means + np.zeros((1, len(shares), 1))
    alike, times = np.unique(np.column_stack([where, exposures]), axis=0, return_counts=True)
    for (y, exposure), number in zip(alike, times, strict=True):
        log_posterior = log_posterior + number * _shift(log_chances[:, :, int(y)], float(np.log(exposure)))
    posterior = np.exp(log_posterior - log_posterior.max())
    return np.asarray(posterior / posterior.sum())


def _log_prior() -> Numbers:
    """Return the prior of phi: log-normal, weak."""
    return np.asarray(-0.5 * (np.log(_PHI / _PRIOR_MEDIAN) / _PRIOR_WIDTH) ** 2)[:, None, None]


def _shift(rows: Numbers, by: float) -> Numbers:
    """Return rows over log means read at means that are larger by `by`; the edge value beyond the edge."""
    whole, part = divmod(by / _STEP, 1.0)
    places = np.arange(rows.shape[-1]) + int(whole)
    lower, upper = (np.clip(places + step, 0, rows.shape[-1] - 1) for step in (0, 1))
    return np.asarray(rows[..., lower] * (1 - part) + rows[..., upper] * part)


@lru_cache(maxsize=4)
def _gamma_matrices(size: int, effects: float) -> Numbers:
    """Return, for each phi, the chance that a log mean at i becomes one at j through its gamma effect.

    A window of several stretches has the mean of as many independent effects: variance phi / effects.
    """
    offsets = _STEP * (np.arange(size) - np.arange(size)[:, None])
    shape = (effects / _PHI)[:, None, None]
    matrices = np.exp(shape * (offsets - np.exp(offsets) + 1))
    return np.asarray(matrices / matrices.sum(-1, keepdims=True))
