"""Weekly rates: what is exact, what is bounded, and whether the interval holds in series with a known mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma

from truceline.rehearsal.rates import is_steady, measure_rate


def test_a_rate_says_what_was_counted():
    rate = measure_rate([3, 0, 5, 4])
    assert (rate.total, rate.weeks, rate.mean, rate.smallest, rate.largest) == (12, 4, 3.0, 0, 5)
    assert rate.mean_95[0] < 3 < rate.mean_95[1]


def test_weeks_without_anything_bound_the_rate_from_above():
    """At least as wide as Jeffreys' posterior for plain Poisson weeks, gamma(1/2, 1/n): quiet spells come too."""
    for weeks in (1, 8, 52):
        rate = measure_rate([0] * weeks)
        assert rate.mean_95[0] == 0
        assert 0.98 < rate.mean_95[1] / gamma(0.5, scale=1 / weeks).ppf(0.975) < 2
        assert rate.next_95[0] == 0


def test_weeks_that_differ_more_than_chance_widen_both_intervals():
    even, wild = measure_rate([10] * 12), measure_rate([0, 30, 1, 2, 40, 0, 3, 30, 10, 0, 2, 2])
    assert even.mean == wild.mean
    assert wild.mean_95[1] - wild.mean_95[0] > 2 * (even.mean_95[1] - even.mean_95[0])
    assert wild.next_95[1] > even.next_95[1]


def test_more_weeks_tell_the_mean_better_and_the_next_week_no_better():
    few, many = measure_rate([10, 8, 13, 9]), measure_rate([10, 8, 13, 9] * 13)
    assert many.mean_95[1] - many.mean_95[0] < 0.5 * (few.mean_95[1] - few.mean_95[0])
    assert many.mean_95[1] - many.mean_95[0] < 3
    assert many.next_95[1] - many.next_95[0] > 8


def test_no_week_has_no_rate():
    with pytest.raises(ValueError, match="at least one week"):
        measure_rate([])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=30))
def test_the_interval_holds_the_mean_and_the_order_of_weeks_says_nothing(counts):
    rate = measure_rate(counts)
    low, high = rate.mean_95
    assert low <= rate.mean * 1.02
    assert high >= rate.mean * 0.98
    assert 0 <= rate.next_95[0] <= rate.next_95[1]
    assert measure_rate(counts[::-1]) == rate


def test_the_intervals_hold_what_is_true_about_as_often_as_they_say():
    """Series of 12 weeks with a gamma effect on each; docs/rehearsal.md has the long run."""
    rng = np.random.default_rng(7)
    holds, holds_next, series = 0, 0, 80
    for _ in range(series):
        counts = [int(n) for n in rng.poisson(4 * rng.gamma(5, 1 / 5, 13))]
        rate = measure_rate(counts[:12])
        holds += rate.mean_95[0] <= 4 <= rate.mean_95[1]
        holds_next += rate.next_95[0] <= counts[12] <= rate.next_95[1]
    assert holds / series >= 0.88
    assert holds_next / series >= 0.9


def test_a_level_that_changes_for_good_is_noticed():
    assert is_steady([3, 5, 4, 2, 6, 3, 4, 5, 3, 4])
    assert not is_steady([30, 28, 33, 31, 29, 3, 2, 4, 3, 2])
    assert is_steady([30, 2, 3])  # too few to tell
