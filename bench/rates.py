"""Do the intervals of a weekly rate hold what they say? Series with a known mean, counted.

    python bench/rates.py --series 200 --seed 1

Weekly counts are Poisson with a gamma effect of mean 1 and variance phi on each week. For every mean,
phi and number of weeks the table says in which share of the series `mean_95` held the true mean, and
`next_95` the count of the week that followed (docs/rehearsal.md).
"""

import argparse
from itertools import product

import numpy as np

from truceline.rehearsal.rates import measure_rate

MEANS, PHIS, WEEKS = (0.3, 2.0, 20.0), (0.0, 0.1, 0.4), (4, 12, 52)


def simulate(mean: float, phi: float, weeks: int, series: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the shares of series in which the interval of the mean, and that of the next week, held."""
    holds = np.zeros(2)
    for _ in range(series):
        levels = mean * (rng.gamma(1 / phi, phi, weeks + 1) if phi else np.ones(weeks + 1))
        *counts, following = (int(count) for count in rng.poisson(levels))
        rate = measure_rate(counts)
        holds += (
            rate.mean_95[0] <= mean <= rate.mean_95[1],
            rate.next_95[0] <= following <= rate.next_95[1],
        )
    return float(holds[0] / series), float(holds[1] / series)


def main() -> None:
    """Print the table and the averages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    shares = []
    for mean, phi, weeks in product(MEANS, PHIS, WEEKS):
        shares.append(simulate(mean, phi, weeks, asked.series, rng))
        print(
            f"mean {mean:4g}  phi {phi:3g}  weeks {weeks:2d}  mean held {shares[-1][0]:.3f}  next {shares[-1][1]:.3f}"
        )
    print("all: mean held {:.3f}, next week held {:.3f}".format(*np.mean(shares, axis=0)))


if __name__ == "__main__":
    main()
