"""How often do the intervals of the effect hold the truth? Simulated series with known ratios.

    python bench/effect.py [--series 2000] [--seed 1] [--unit row-onset]

Each series is a table of alerts of 25 regions: 28 days, then a window of 30 to 72 hours in which
every rate is the true ratio times what it was. Single alerts follow a daily rhythm; one to three
waves a week set off 10 to 25 regions within five minutes. A gamma effect of variance 0.05 to 0.15
multiplies the rates of each stretch as long as the window, or of each day. The mean count of a
window without the truce is 5 to 150. The tables go through `measure`, the way that a case takes.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "assessment"))

from effect_cases import evidence, source, terms

from truceline.assessment.effect import measure
from truceline.evidence.tables import EVENTS, conform
from truceline.model import Change, Effect
from truceline.spacetime import Interval

RATIOS = (1.0, 0.3, 0.1)
BASELINE_HOURS = 28 * 24
REGIONS = 25
TOGETHER = 1 / 12  # hours in which a wave sets off its regions


def simulate(rng: np.random.Generator, ratio: float) -> tuple[pl.DataFrame, Interval]:
    """Return the alerts of one series (schema `EVENTS`), and the window."""
    hours = int(rng.integers(30, 73))
    start = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(hours=int(rng.integers(0, 168)))
    mean = np.exp(rng.uniform(np.log(5), np.log(150))) / hours
    waves = min(rng.uniform(1, 3) / 168, 0.7 * mean / 17.5)
    grid = np.arange(-BASELINE_HOURS, hours)
    level = _levels(rng, grid, hours) * np.where(grid >= 0, ratio, 1.0)
    rhythm = 1 + rng.uniform(0.2, 0.9) * np.cos(2 * np.pi * (grid - rng.integers(24)) / 24)
    singles = np.repeat(grid, rng.poisson((mean - 17.5 * waves) * rhythm * level)).astype(float)
    onsets = [(singles + rng.uniform(0, 1, len(singles)), rng.integers(0, REGIONS, len(singles)))]
    for hour in np.repeat(grid, rng.poisson(waves * level)):
        regions = rng.permutation(REGIONS)[: rng.integers(10, 26)]
        onsets.append((hour + rng.uniform(0, 1 - TOGETHER) + rng.uniform(0, TOGETHER, len(regions)), regions))
    times, areas = (np.concatenate(parts) for parts in zip(*onsets, strict=True))
    window = Interval(start, start + timedelta(hours=hours))
    return _table(rng, start, times, areas), window


def _levels(rng: np.random.Generator, grid: np.ndarray, hours: int) -> np.ndarray:
    """Return each hour's gamma effect: of its stretch as long as the window, or of its day."""
    dispersion = rng.uniform(0.05, 0.15)
    length, offset = (hours, 0) if rng.random() < 0.5 else (24, int(rng.integers(24)))
    stretch = (grid + offset) // length
    effects = rng.gamma(1 / dispersion, dispersion, np.ptp(stretch) + 1)
    return np.asarray(effects[stretch - stretch.min()])


def _table(rng: np.random.Generator, start: datetime, times: np.ndarray, areas: np.ndarray) -> pl.DataFrame:
    lengths = rng.lognormal(-0.3, 0.6, len(times))
    begin = pl.Series((times * 3.6e9).astype(np.int64)).cast(pl.Duration("us"))
    end = pl.Series(((times + lengths) * 3.6e9).astype(np.int64)).cast(pl.Duration("us"))
    rows = pl.DataFrame({"area": [f"region {area}" for area in areas], "begin": begin, "end": end}).select(
        source=pl.lit("alerts"),
        kind=pl.lit("air-raid-alert"),
        area="area",
        start_utc=pl.lit(start) + pl.col("begin"),
        end_utc=pl.lit(start) + pl.col("end"),
    )
    return conform(rows, EVENTS)


def answer(rng: np.random.Generator, ratio: float, unit: str) -> Effect:
    """Return the effect of one simulated series, through the path that a case takes."""
    rows, window = simulate(rng, ratio)
    known = Interval(window.start - timedelta(days=30), window.start + timedelta(days=7))
    alerts = source(counting=unit, span=known)
    (effect,) = (
        effect
        for effect in measure(terms(window, counting=unit), evidence(rows, [alerts]), cut_off=window.end)
        if effect.counting == unit
    )
    return effect


def judge(effect: Effect, ratio: float) -> tuple[bool, float, bool]:
    """Return whether the interval holds the true ratio, its width, and whether the change is called a reduction."""
    if effect.ratio_95 is None:
        return True, np.inf, False
    low, high = effect.ratio_95
    high = np.inf if high is None else high
    return low <= ratio <= high, high - low, effect.change == Change.REDUCED


def run(series: int, seed: int, unit: str = "row-onset") -> Iterator[tuple[float, bool, float, bool]]:
    """Yield (true ratio, held, width, called reduced) for each series; the ratios take turns."""
    for number in range(series):
        ratio = RATIOS[number % len(RATIOS)]
        yield ratio, *judge(answer(np.random.default_rng([seed, number]), ratio, unit), ratio)


def main() -> None:
    """Print coverage and median width, over all and per true ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unit", default="row-onset")
    options = parser.parse_args()
    began = time.perf_counter()
    found = list(run(options.series, options.seed, options.unit))
    print(f"{options.series} series, seed {options.seed}, unit {options.unit}, {time.perf_counter() - began:.0f} s")
    for ratio in (None, *RATIOS):
        part = [row[1:] for row in found if ratio in (None, row[0])]
        held, widths, reduced = zip(*part, strict=True)
        name = "all" if ratio is None else f"true ratio {ratio}"
        shares = f"held {np.mean(held):.3f}  called reduced {np.mean(reduced):.3f}"
        print(f"{name:15} {shares}  median width {np.median(widths):.2f}")


if __name__ == "__main__":
    main()
