"""Loans: the published figures of SAFE to the cent, and schedules that repay exactly."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.guarantees.loans import (
    SAFE,
    LoanTerms,
    Tranche,
    check_prudence,
    implied_spread,
    plan_payments,
    prefinance,
    sum_interest,
    sum_payments,
)

BN = Decimal(10) ** 9


def in_bn(number, places="0.0001"):
    return (number / BN).quantize(Decimal(places))


# S2 to S4: the advances in the Council's table.
@pytest.mark.parametrize(
    ("loan", "advance"),
    [
        ("8340027698", "1251004154.70"),
        ("5841179332", "876176899.80"),
        ("16680055394", "2502008309.10"),
        ("1181503924", "177225588.60"),
        ("46796822", "7019523.30"),
        ("2343897000", "351584550.00"),
        ("787669283", "118150392.45"),
        ("3261700000", "489255000.00"),
        ("1700000000", "255000000.00"),
    ],
)
def test_advances_to_the_cent(loan, advance):
    assert prefinance(Decimal(loan)) == Decimal(advance)


def test_the_three_largest_stay_within_sixty_per_cent():  # S5
    loans = {"PL": Decimal("43.73"), "RO": Decimal("16.68"), "FR": Decimal("16.22"), "BE": Decimal("8.34")}
    found = check_prudence(loans, Decimal(150))
    assert (found.largest, found.largest_sum, found.cap) == (("PL", "RO", "FR"), Decimal("76.63"), 90)
    assert found.holds
    assert not check_prudence({"A": Decimal(50), "B": Decimal(41)}, Decimal(150)).holds


def test_the_polish_loan_with_equal_principal():  # S6
    plan = plan_payments([Tranche(2026, Decimal("43.734") * BN)], SAFE)
    assert in_bn(plan[1].interest, "0.001") == Decimal("1.312")
    assert [payment.principal for payment in plan[1:11]] == [0] * 10
    assert in_bn(plan[11].principal) == Decimal("1.2495")
    assert in_bn(plan[11].total) == Decimal("2.5616")
    assert in_bn(sum_interest(plan), "0.001") == Decimal("36.737")
    assert plan[-1].year == 2071
    assert plan[-1].outstanding == 0


@pytest.mark.parametrize(("rate", "level", "interest"), [("0.03", "2.0353", "40.623"), ("0.035", "2.1866", "48.105")])
def test_the_polish_loan_as_an_annuity(rate, level, interest):  # S7
    terms = LoanTerms(45, 10, Decimal(rate), "annuity")
    plan = plan_payments([Tranche(2026, Decimal("43.734") * BN)], terms)
    assert {in_bn(payment.total) for payment in plan[11:]} == {Decimal(level)}
    assert abs(sum_interest(plan) / BN - Decimal(interest)) <= Decimal("0.001")


def test_the_whole_envelope():  # S8
    plan = plan_payments([Tranche(2026, 150 * BN)], SAFE)
    assert plan[1].interest == Decimal("4.5") * BN
    assert in_bn(plan[11].principal, "0.001") == Decimal("4.286")
    assert in_bn(sum_interest(plan), "0.1") == Decimal("126.0")


def test_a_claimed_saving_implies_a_spread():  # S11, at an assumed 380 HUF/EUR
    spread = implied_spread(125 * BN / 380, Decimal("16.2") * BN)
    assert abs(spread - Decimal("0.02")) < Decimal("0.001")


def test_each_tranche_has_its_own_grace():
    plan = {p.year: p for p in plan_payments([Tranche(2026, Decimal(350)), Tranche(2028, Decimal(350))], SAFE)}
    assert plan[2026].outstanding == 350
    assert plan[2027].interest == Decimal("10.5")
    assert (plan[2028].outstanding, plan[2029].interest) == (700, 21)
    assert (plan[2036].principal, plan[2037].principal, plan[2038].principal, plan[2039].principal) == (0, 10, 10, 20)
    assert sum_payments(plan.values(), 2027, 2028) == 21


@given(
    st.lists(st.tuples(st.integers(2025, 2030), st.integers(1, 10**12)), min_size=1, max_size=5),
    st.integers(0, 20),
    st.integers(1, 40),
    st.integers(-50, 150),
    st.sampled_from(["equal principal", "annuity"]),
)
@settings(max_examples=60)
def test_what_is_drawn_is_repaid(drawn, grace, after, rate, repayment):
    terms = LoanTerms(grace + after, grace, Decimal(rate) / 1000, repayment)
    plan = plan_payments([Tranche(year, Decimal(amount)) for year, amount in drawn], terms)
    assert abs(sum(p.principal for p in plan) - sum(amount for _, amount in drawn)) < Decimal("0.000001")
    assert plan[-1].outstanding == 0
    assert all(p.year <= 2030 + grace + after for p in plan)


@pytest.mark.parametrize(
    ("years", "grace", "rate"), [(10, 10, "0.03"), (0, 0, "0.03"), (45, -1, "0.03"), (45, 10, "3")]
)
def test_terms_that_repay_nothing_are_refused(years, grace, rate):
    with pytest.raises(ValueError, match=r"grace|rate"):
        LoanTerms(years, grace, Decimal(rate))
