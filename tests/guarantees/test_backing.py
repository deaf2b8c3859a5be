"""What stands behind a path: who borrows when, who may use the clause, and who shares the gap."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.guarantees.backing import back_up, locate, plan_loan, read_activations, read_loans, spread_draws
from truceline.guarantees.economies import read_economies
from truceline.guarantees.loans import LoanTerms, Tranche
from truceline.guarantees.programmes import Clause, Facility

INPUTS = Path(__file__).parents[2] / "cases" / "ukraine-2025" / "inputs"
SAFE = Facility("safe", LoanTerms(45, 10, Decimal("0.03")), Decimal("0.15"), Decimal("0.6"), 2030)
CLAUSE = Clause("clause", 1.5, 2025, 2028, 2021, "inputs/escape_clause.csv")


def test_the_advance_comes_first_and_the_rest_in_equal_parts():
    assert spread_draws(Decimal(100), Decimal(15), SAFE, 2026) == (
        Tranche(2026, Decimal(15)),
        *(Tranche(year, Decimal("21.25")) for year in (2027, 2028, 2029, 2030)),
    )
    assert [t.year for t in spread_draws(Decimal(100), Decimal(0), SAFE, 2026)] == [2027, 2028, 2029, 2030]
    assert spread_draws(Decimal(100), Decimal(15), SAFE, 2030) == (Tranche(2030, Decimal(100)),)


def test_terms_may_say_when_it_is_drawn():
    facility = Facility("x", SAFE.terms, Decimal(0), None, 2028, 2026, (Decimal("0.5"), Decimal("0.2"), Decimal("0.3")))
    draws = spread_draws(Decimal(1000), Decimal(100), facility, 2026)
    assert draws == (Tranche(2026, Decimal(550)), Tranche(2027, Decimal(180)), Tranche(2028, Decimal(270)))


def test_each_tranche_has_its_own_grace_to_the_end():
    plan = {year.year: year for year in plan_loan(Decimal(100), Decimal(15), SAFE, 2026)}
    assert plan[2030].owed == 100
    first, second = 15 / 35, 21.25 / 35
    assert [float(plan[year].principal) for year in (2036, 2037, 2038)] == pytest.approx([0, first, first + second])
    assert (max(plan), plan[2075].owed) == (2075, 0)


@given(st.integers(1, 10**11), st.integers(0, 100), st.integers(2025, 2030))
@settings(max_examples=60)
def test_what_is_drawn_is_the_loan(amount, percent, first):
    advance = Decimal(amount) * percent / 100
    draws = spread_draws(Decimal(amount), advance, SAFE, first)
    assert abs(sum(draw.amount for draw in draws) - amount) < Decimal("0.000001")
    assert all(first <= draw.year <= 2030 for draw in draws)


def test_a_final_amount_counts_from_its_decision_on():
    def amount(state, day):
        loans, problems = read_loans(INPUTS / "safe_allocation.csv", SAFE, day)
        assert problems == []
        found = [loan for loan in loans if loan.state == state]
        return (found[0].amount, found[0].final, found[0].status) if found else None

    assert amount("EST", date(2025, 9, 8)) is None
    assert amount("EST", date(2025, 9, 9)) == (2_660_000_000, False, "tentative")
    assert amount("EST", date(2026, 2, 17)) == (2_343_897_000, True, "final")
    assert amount("POL", date(2026, 2, 17)) == (43_730_000_000, False, "decided, amount tentative")
    assert amount("FRA", None) == (16_220_000_000, False, "tentative")


def test_advances_are_those_of_the_council_s_table():
    loans, _ = read_loans(INPUTS / "safe_allocation.csv", SAFE, None)
    advances = {loan.state: loan.advance for loan in loans}
    assert advances["BEL"] == Decimal("1251004154.70")
    assert (advances["ITA"], advances["ESP"], advances["FIN"]) == (0, 0, 0)
    final = [loan for loan in loans if loan.final]
    assert sum(loan.amount for loan in final) == 57_082_829_453
    assert sum(loan.advance for loan in final) == Decimal("6027424417.95")


def test_the_clause_covers_from_the_year_of_activation():
    found, problems = read_activations(INPUTS / "escape_clause.csv", CLAUSE, None)
    assert problems == []
    assert len(found) == 18
    assert (found["POL"].first_year, found["AUT"].first_year, found["ESP"].first_year) == (2025, 2026, 2026)
    early, _ = read_activations(INPUTS / "escape_clause.csv", CLAUSE, date(2025, 7, 8))
    assert len(early) == 15
    later, _ = read_activations(INPUTS / "escape_clause.csv", CLAUSE, date(2026, 2, 17))
    assert set(later) - set(early) == {"AUT", "DEU"}  # the day of Spain is not known


def test_room_that_is_used_is_used(tmp_path):
    economies, _ = read_economies(INPUTS)
    path = tmp_path / "escape.csv"
    path.write_text(
        "state,activated,reference_pct_gdp\nPOL,2025-07-08,2.22\nDEU,2025-07-08,1.4\nFIN,2025-07-08,\n", "utf-8"
    )
    activations, problems = read_activations(path, CLAUSE, None)
    assert problems == []
    backings = back_up(economies, clause=CLAUSE, activations=activations)
    assert backings["POL"].room_pct_gdp == 0
    assert backings["DEU"].room_pct_gdp == pytest.approx(0.5)
    assert backings["FIN"].room_pct_gdp == 1.5
    assert backings["FIN"].covered_years == {2025, 2026, 2027, 2028}
    assert backings["FRA"].covered_years == frozenset()


def test_europe_shares_the_gap_by_gdp():
    economies, _ = read_economies(INPUTS)
    backings = back_up(economies)
    assert sum(backing.gap_share for backing in backings.values()) == pytest.approx(1)
    assert backings["DEU"].gap_share > backings["GBR"].gap_share > backings["FRA"].gap_share > 0
    assert {backings[state].gap_share for state in ("USA", "CAN", "TUR", "JPN", "UKR")} == {0.0}


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("FRA,2025-13-01,,2025", "not a day"),
        ("FRA,,,soon", "first_year not understood"),
        ("FRA,,,", "no day and no year"),
        ("FRA,2025-07-08,,2025\nFRA,2025-07-08,,2025", "state given twice"),
    ],
)
def test_bad_activations_are_named(tmp_path, row, what):
    path = tmp_path / "escape.csv"
    path.write_text(f"state,activated,known_by,first_year\n{row}\n", "utf-8")
    _, problems = read_activations(path, CLAUSE, None)
    assert [problem.what for problem in problems] == [what]
    assert problems[0].line == 1 + len(row.splitlines())


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("FRA,16.2 bn,,", "tentative_eur not understood"),
        ("FRA,-5,,", "tentative_eur not understood"),
        ("FRA,NaN,,", "tentative_eur not understood"),
        ("FRA,1e99,,", "tentative_eur not understood"),
        ("FRA,,,", "loan without an amount"),
        ("FRA,2000000,2000000,3000000", "advance larger than the loan"),
        ("FRA,2000000,,\nFRA,2000000,,", "state given twice"),
        ("FRA,43.73,,", "tentative_eur in another unit"),
    ],
)
def test_bad_loans_are_named(tmp_path, row, what):
    path = tmp_path / "loans.csv"
    path.write_text(f"state,tentative_eur,final_eur,advance_eur\n{row}\n", "utf-8")
    _, problems = read_loans(path, SAFE, None)
    assert [problem.what for problem in problems] == [what]


@pytest.mark.parametrize("name", ["../states.csv", "/etc/passwd", "inputs/../../x.csv", "a\\b.csv"])
def test_a_table_outside_the_case_is_refused(tmp_path, name):
    path, problems = locate(tmp_path, name, "agreement.md", 7)
    assert path is None
    assert (problems[0].what, problems[0].line) == ("table outside the case", 7)
    assert locate(tmp_path, "inputs/x.csv", "agreement.md", 7) == (tmp_path / "inputs/x.csv", [])
