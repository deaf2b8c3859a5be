"""Published figures of the money, each beside ours, from the tables that the case carries."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from truceline.dossier.headline import share_of_users
from truceline.finance import Scenario
from truceline.guarantees.backing import read_activations, read_loans
from truceline.guarantees.economies import read_economies
from truceline.guarantees.escape import FULL, RAMP, sum_room
from truceline.guarantees.funding import project
from truceline.guarantees.loans import LoanTerms, check_prudence
from truceline.guarantees.programmes import Clause, Facility
from truceline.guarantees.spending import GAINS, PROGRESS, price_after, range_gains

INPUTS = Path(__file__).parents[2] / "cases" / "ukraine-2025" / "inputs"
SAFE = Facility("safe", LoanTerms(45, 10, Decimal("0.03")), Decimal("0.15"), Decimal("0.6"), 2030)
CLAUSE = Clause("clause", 1.5, 2025, 2028, 2021, None)


def rows(name):
    with (INPUTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def economies():
    return read_economies(INPUTS)[0]


@pytest.fixture(scope="module")
def union():
    return {int(row["year"]): float(row["gdp_eur_bn"]) for row in rows("union_gdp.csv")}


def in_bn(codes, column):
    found = {row["state"]: row[column] for row in rows("safe_allocation.csv")}
    return sum(Decimal(found[code]) for code in codes) / 10**9


# --- SAFE -------------------------------------------------------------------------------------


def test_s1_nineteen_tentative_figures_sum_to_the_envelope():
    tentative = [Decimal(row["tentative_eur"]) for row in rows("safe_allocation.csv")]
    assert len(tentative) == 19
    assert abs(sum(tentative) / 10**9 - Decimal("150.01")) <= Decimal("0.05")


def test_s5_the_three_largest_stay_within_their_part():
    loans, _ = read_loans(INPUTS / "safe_allocation.csv", SAFE, None)
    found = check_prudence({loan.state: loan.amount for loan in loans}, Decimal(150) * 10**9)
    assert round(found.largest_sum / 10**9, 2) == Decimal("76.63")
    assert found.holds


def test_s9_the_first_batch_is_the_published_38():
    first = ("BEL", "BGR", "CYP", "DNK", "ESP", "HRV", "PRT", "ROU")
    assert round(in_bn(first, "final_eur"), 3) == Decimal("38.051")


def test_s10_the_second_batch_contradicts_its_own_name():
    """Called EUR 74 bn; its eight tentative figures sum to 77.46, and to 77.14 with Estonia's final one."""
    second = ("EST", "FIN", "GRC", "ITA", "LTU", "LVA", "POL", "SVK")
    ours = in_bn(second, "tentative_eur")
    assert round(ours, 2) == Decimal("77.46")
    with_final = ours + in_bn(["EST"], "final_eur") - in_bn(["EST"], "tentative_eur")
    assert round(with_final, 2) == Decimal("77.14")
    assert abs(ours - 74) > 3  # no rounding explains it: four final figures were not read


# --- the EUR 650 bn ---------------------------------------------------------------------------


def test_the_650_are_rebuilt_within_half_a_per_cent(union):
    assert sum_room([union[2023]] * 4) == pytest.approx(647.4, abs=0.05)


@pytest.mark.parametrize(("path", "published"), [(FULL, 669.9), (RAMP, 426.7)])
def test_the_18_states_with_our_shares(economies, union, path, published):
    """Published figures used shares of another table; ours give 0.5 and 0.7 % less, and are not tuned."""
    activations, _ = read_activations(INPUTS / "escape_clause.csv", CLAUSE, None)
    share = share_of_users(economies, activations)
    assert share == pytest.approx(0.564, abs=0.0005)
    ours = share * sum_room([union[year] for year in range(2025, 2029)], path)
    assert 0.005 < 1 - ours / published < 0.009


# --- Kiel and Bruegel -------------------------------------------------------------------------


def test_k3_the_aid_of_the_united_states(union):
    assert 100 * 20 / union[2024] == pytest.approx(0.111, abs=0.0005)  # published: 0.12 %


def test_k4_one_and_a_half_per_cent(union):
    ours = 1.5 / 100 * union[2024]
    assert ours == pytest.approx(269.8, abs=0.05)
    assert ours == pytest.approx(250, rel=0.1)  # published: EUR 250 bn


def test_k6_europe_to_three_and_a_half_per_cent(economies):
    europe = [e for e in economies.values() if e.framework == "EU rules" or e.state in ("GBR", "NOR")]
    step = sum(max(0.0, 3.5 - e.numbers["defence_pct_gdp"]) / 100 * e.numbers["gdp_2025_eur_bn"] for e in europe)
    assert step == pytest.approx(282, abs=1)


# --- joint buying -----------------------------------------------------------------------------


@pytest.mark.parametrize(("times", "flat", "steep"), [(1, 1.0, 1.0), (2, 0.9, 0.8), (4, 0.81, 0.64), (5, 0.783, 0.596)])
def test_wright_s_rule(times, flat, steep):
    assert [price_after(times, progress) for progress in PROGRESS] == pytest.approx([flat, steep], abs=0.0005)


def test_gains_are_always_a_range():
    assert GAINS[0][1:] == (17, 37.5, 58)
    found = range_gains(50.0, 400.0)
    assert found[0][1:] == pytest.approx((17 / 8, 37.5 / 8, 58 / 8))
    assert found[0][3] / found[0][1] > 3
    assert range_gains(50.0, 0.0) == ()


# --- another forecaster -----------------------------------------------------------------------


def test_debt_of_2030_beside_the_fund_s(economies):
    """Without extra defence, ours beside IMF WEO, October 2025: another vintage, and a stock-flow term to 2030."""
    plain = Scenario("plain", defence_target_pct_gdp=0.0)
    misses = {}
    for state, economy in economies.items():
        year = project(economy, plain).at(2030)
        if economy.framework == "EU rules" and year is not None:
            misses[state] = year.debt_pct_gdp - economy.numbers["debt_2030_pct_gdp"]
    assert len(misses) == 27
    spread = sorted(abs(miss) for miss in misses.values())
    assert spread[len(spread) // 2] == pytest.approx(4.1, abs=0.1)
    assert spread[-1] == abs(misses["ROU"]) == pytest.approx(10.8, abs=0.1)
    assert misses["FRA"] == pytest.approx(2.7, abs=0.1)
    assert misses["DEU"] == pytest.approx(-4.1, abs=0.1)
