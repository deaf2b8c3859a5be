"""Intervals of a ratio: what they may never do, and how often they hold the truth."""

import doctest
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.interval import learn, ratio_interval

BASELINE = [44, 23, 51, 58, 59, 38, 32, 63, 80, 52, 49, 54, 84, 55, 83, 36, 67, 40]
FEW = settings(max_examples=40, deadline=None)
COUNTS = st.lists(st.integers(0, 200), min_size=1, max_size=25)


def test_a_busy_baseline_cannot_tell_a_third_less_from_none():
    low, high = ratio_interval(36, BASELINE)
    assert low < 0.67 < 1 < high


def test_5_against_48_is_a_reduction():
    low, high = ratio_interval(5, [48, 60, 39, 51, 44, 58, 47, 40, 45, 52])
    assert 0 < low < 5 / 48 < high < 0.5


def test_zero_counts_have_a_lower_bound_of_0_and_a_finite_upper_one():
    low, high = ratio_interval(0, BASELINE)
    assert low == 0
    assert 0 < high < 0.15


def test_a_baseline_of_nothing_bounds_nothing_from_above():
    assert ratio_interval(0, [0] * 19) == (0, None)
    assert ratio_interval(3, [0] * 19)[1] is None


def test_a_plain_poisson_comparison_is_not_narrower_than_the_exact_one():
    # Exact conditional interval of 4 against 14 in the same time (Clopper and Pearson): 0.068 to 0.91.
    low, high = ratio_interval(4, [14])
    assert low < 0.07
    assert high > 0.9


@pytest.mark.parametrize("count", [400, 500, 501, 800, 2_000, 5_000, 20_000])
def test_a_count_many_times_the_baseline_lies_in_its_own_interval(count):
    forecast = learn(BASELINE, groups=[10] * 8 + [3] * 10)
    low, high = forecast.interval(count)
    ratio = count / forecast.expected
    assert low / ratio == pytest.approx(0.57, abs=0.01)
    assert high / ratio == pytest.approx(2.09, abs=0.01)


def test_a_count_beyond_all_ratios_is_bounded_from_below_alone():
    low, high = ratio_interval(3_969_762, BASELINE)
    assert low > 1_000
    assert high is None


def test_a_long_window_averages_its_stretches():
    counts, shares = [2, 1, 3, 2, 2, 2, 1, 1], [1 / 8] * 8
    one, eight = (ratio_interval(4, counts, shares, effects=effects) for effects in (1, 8))
    assert one[0] < eight[0] < 4 / 14 < eight[1] < one[1]
    assert 0.05 < eight[0] < 0.1
    assert 0.8 < eight[1] < 1.05


def test_a_count_in_which_waves_are_possible_says_less():
    alone, in_waves = (ratio_interval(12, BASELINE, groups=groups) for groups in ((), [20] * 30))
    assert in_waves[0] < alone[0]
    assert in_waves[1] - in_waves[0] > alone[1] - alone[0]


def test_exposures_rescale_the_expectation():
    twice = learn(BASELINE, [2.0] * len(BASELINE))
    assert twice.expected == pytest.approx(np.mean(BASELINE) / 2)
    assert twice.interval(56)[0] == pytest.approx(2 * learn(BASELINE).interval(56)[0], rel=0.02)


def test_large_counts_are_the_same_comparison():
    small, large = ratio_interval(56, BASELINE), ratio_interval(56_000, [1000 * count for count in BASELINE])
    # Without Poisson noise all of the scatter is that of the stretches: the same, seen more clearly.
    assert large == pytest.approx(small, rel=0.1)


@FEW
@given(COUNTS, st.integers(0, 300))
def test_the_interval_holds_the_ratio_itself(counts, count):
    expected = learn(counts).expected
    low, high = ratio_interval(count, counts)
    assert low >= 0
    assert high is None or low < high
    if expected > 0:
        assert low <= count / expected * 1.0001
        assert high is None or high >= count / expected * 0.9999 or sum(counts) < 3


@FEW
@given(COUNTS)
def test_a_larger_count_never_lowers_a_bound(counts):
    forecast = learn(counts)
    bounds = [forecast.interval(count) for count in (0, 1, 2, 5, 20, 80)]
    for (low, high), (next_low, next_high) in pairwise(bounds):
        assert low <= next_low
        assert next_high is None or high <= next_high


@FEW
@given(COUNTS)
def test_a_wider_level_holds_a_narrower_one(counts):
    (low, high), (wide_low, wide_high) = (learn(counts).interval(10, level) for level in (0.8, 0.95))
    assert wide_low <= low
    assert wide_high is None or high <= wide_high


@FEW
@given(COUNTS)
def test_the_largest_count_that_shows_a_reduction_is_the_largest(counts):
    forecast = learn(counts)
    largest = forecast.largest_reduced()
    if largest is None:
        assert forecast.interval(0)[1] is None or forecast.interval(0)[1] >= 0.97
    else:
        assert forecast.interval(largest)[1] <= 1.03
        assert forecast.interval(largest + 1)[1] > 0.97


@pytest.mark.parametrize(
    ("counts", "exposures"),
    [([], None), ([1, -1], None), ([1, float("nan")], None), ([1], [0.0]), ([1, 2], [1.0]), ([float("inf")], None)],
)
def test_what_is_no_baseline_is_refused(counts, exposures):
    with pytest.raises(ValueError, match=r"count|exposure"):
        ratio_interval(1, counts, exposures)


def test_the_example_in_the_documentation_is_true():
    page = Path(__file__).parent.parent.parent / "docs" / "method.md"
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8") == (0, 2)


def test_the_same_input_gives_the_same_interval():
    assert ratio_interval(56, BASELINE, groups=[24, 7]) == ratio_interval(56, BASELINE, groups=[24, 7])


@pytest.mark.parametrize("ratio", [1.0, 0.3, 0.1])
@pytest.mark.parametrize("mean", [8.0, 60.0])
def test_the_truth_is_covered_where_stretches_vary_as_gammas(ratio, mean):
    rng = np.random.default_rng([int(ratio * 10), int(mean)])
    held = []
    for _ in range(100):
        shape = 1 / rng.uniform(0.05, 0.15)
        levels = mean * rng.gamma(shape, 1 / shape, 17)
        low, high = ratio_interval(rng.poisson(ratio * levels[0]), rng.poisson(levels[1:]))
        held.append(low <= ratio and (high is None or ratio <= high))
    assert np.mean(held) >= 0.90  # of 0.95 or so: 100 trials scatter by 0.02
