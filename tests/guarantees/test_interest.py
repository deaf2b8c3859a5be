"""The rate on debt: held where nothing is known, between old rate and market's where it is."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.guarantees.economies import read_economies
from truceline.guarantees.interest import DebtRate, MarketRates, interpolate

INPUTS = Path(__file__).parents[2] / "cases" / "ukraine-2025" / "inputs"
ECONOMIES = read_economies(INPUTS)[0]


def test_market_rates_go_to_the_forward_and_then_to_four():
    rates = MarketRates(ECONOMIES["FRA"], 2024)
    forward = ECONOMIES["FRA"].numbers["forward_long_pct"]
    assert rates.long(2025) == 3.339
    assert rates.long(2034) == pytest.approx(forward)
    assert rates.long(2035) == pytest.approx(forward + (4.0 - forward) / 20)
    assert rates.long(2054) == 4.0
    assert rates.short(2054) == 2.0
    assert [MarketRates(ECONOMIES[state], 2024).long(2060) for state in ("POL", "HUN")] == [4.5, 5.0]
    assert MarketRates(ECONOMIES["ROU"], 2024).long(2030) is None


@pytest.mark.parametrize("state", ["ROU", "EST", "SWE", "GBR"])
def test_where_the_structure_is_not_known_the_rate_is_held(state):
    notes = []
    economy = ECONOMIES[state]
    rate = DebtRate(economy, 2024, 2026, notes.append)
    known = economy.series["implicit_rate_pct"][2026]
    assert rate.step(2027, (60.0, 61.0), 3.0, 0.0) == known
    assert rate.step(2028, (60.0, 61.0), 3.0, 1.0) == known + 1
    assert len(notes) == 1


@given(
    st.sampled_from(["FRA", "DEU", "ITA", "POL", "HUN", "PRT"]),
    st.lists(st.tuples(st.floats(20, 200), st.floats(20, 200), st.floats(-5, 15)), min_size=1, max_size=9),
)
@settings(max_examples=60)
def test_the_rate_stays_between_what_was_and_what_the_market_asks(state, years):
    economy = ECONOMIES[state]
    rate, market = DebtRate(economy, 2024, 2026, lambda _: None), MarketRates(economy, 2024)
    asked = [f(year) for year in range(2025, 2036) for f in (market.long, market.short)]
    short = economy.numbers["short_term_share"]
    old = economy.series["implicit_rate_pct"][2026]
    begins = (old - short * market.short(2026)) / (1 - short)
    low, high = min(*asked, begins), max(*asked, begins)
    for number, (before, after, growth) in enumerate(years):
        assert low - 1e-9 <= rate.step(2027 + number, (before, after), growth, 0.0) <= high + 1e-9


def test_more_new_debt_takes_the_market_s_rate_sooner():
    economy = ECONOMIES["FRA"]
    slow, fast = (DebtRate(economy, 2024, 2026, lambda _: None) for _ in range(2))
    assert fast.step(2027, (116.0, 125.0), 3.0, 0.0) > slow.step(2027, (116.0, 116.0), 3.0, 0.0)


def test_a_share_that_is_none_is_not_used():
    economy = replace(ECONOMIES["FRA"], numbers={**ECONOMIES["FRA"].numbers, "maturing_share": 1.2})
    assert DebtRate(economy, 2024, 2026, lambda _: None).held


@given(st.integers(1990, 2100), st.floats(-10, 10), st.floats(-10, 10))
@settings(max_examples=60)
def test_a_line_never_leaves_its_ends(year, start, end):
    assert min(start, end) - 1e-9 <= interpolate(year, (2026, start), (2035, end)) <= max(start, end) + 1e-9
