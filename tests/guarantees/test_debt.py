"""The debt identity, against published numbers: with its stock-flow term, or not at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.guarantees.debt import advance_debt, check_identity, find_residual, implied_residual
from truceline.guarantees.economies import read_economies

INPUTS = Path(__file__).parents[2] / "cases" / "ukraine-2025" / "inputs"


@pytest.fixture(scope="module")
def economies():
    found, problems = read_economies(INPUTS)
    assert problems == []
    return found


# IMF WEO, October 2025: stock-flow residual of 2026 in points of GDP. The other years' columns are
# not among the inputs of the case (no GDP growth in national currency).
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("FRA", 0.0),
        ("DEU", 0.0),
        ("ROU", 0.0),
        ("ITA", 2.33),
        ("POL", 2.69),
        ("ESP", 0.14),
        ("BEL", 0.45),
        ("GRC", 0.80),
        ("HUN", -0.02),
        ("GBR", 1.42),
        ("NOR", 12.3),
    ],
)
def test_the_residual_of_2026(economies, state, expected):
    assert implied_residual(economies[state], 2026) == pytest.approx(expected, abs=0.05)


def test_france_in_2026():
    growth = 100 * (3049.027 / 2976.021 - 1)
    assert advance_debt(116.505, growth, -5.841) == pytest.approx(119.556, abs=0.001)


def test_every_state_of_the_union_closes_in_both_years(economies):
    residuals = [residual for economy in economies.values() for residual in check_identity(economy)]
    assert len(residuals) == 54
    assert max(abs(residual.miss) for residual in residuals) < 0.05


def test_without_the_term_italy_and_poland_miss(economies):
    for state in ("ITA", "POL", "GBR", "NOR"):
        assert abs(implied_residual(economies[state], 2026)) > 1


def test_a_missing_number_leaves_no_residual(economies):
    assert implied_residual(economies["UKR"], 2030) is None


@given(st.floats(0, 300), st.floats(-10, 20), st.floats(-20, 20), st.floats(-10, 20))
def test_the_residual_is_what_was_put_in(debt, growth, balance, flow):
    after = advance_debt(debt, growth, balance, flow)
    assert find_residual(debt, after, growth, balance) == pytest.approx(flow, abs=1e-9)
