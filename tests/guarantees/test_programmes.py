"""Terms of programmes: what they mean, and nonsense named with its line."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from truceline.agreement import read_agreement
from truceline.guarantees.programmes import TERMS, check_terms, read_clause, read_facility, read_goal
from truceline.guarantees.register import read_register

CASE = Path(__file__).parents[2] / "cases" / "ukraine-2025"
LOAN = {"maturity_years": 45, "grace_years": 10, "rate": "3 %", "last_year": 2030}
CLAUSE = {"cap": "1.5 % of GDP", "first_year": 2025, "last_year": 2028}


@pytest.fixture(scope="module")
def programmes():
    agreement, _ = read_agreement(CASE / "agreement.md")
    register, problems = read_register(agreement)
    assert problems == []
    return {programme.id: programme for programme in register.programmes}


def test_the_terms_of_the_case_are_read(programmes):
    facility = read_facility(programmes["safe"])
    assert (facility.terms.maturity_years, facility.terms.grace_years) == (45, 10)
    assert facility.terms.rate == Decimal("0.03")
    assert (facility.prefinancing, facility.largest_three) == (Decimal("0.15"), Decimal("0.6"))
    assert facility.last_year == 2030
    clause = read_clause(programmes["escape-clause"])
    assert (clause.cap_pct_gdp, clause.first_year, clause.last_year, clause.reference_year) == (1.5, 2025, 2028, 2021)
    goal = read_goal(programmes["nato-5-percent"])
    assert (goal.target_pct_gdp, goal.by_year) == (3.5, 2035)


def test_a_programme_of_another_kind_has_no_such_terms(programmes):
    assert read_facility(programmes["escape-clause"]) is None
    assert read_clause(programmes["safe"]) is None
    assert read_goal(programmes["rearm-europe"]) is None


def wrong(kind, terms):
    return [(path, error.what, error.do) for path, error in check_terms({"kind": kind, "terms": terms})]


@pytest.mark.parametrize(
    ("kind", "terms", "path", "what"),
    [
        ("loan-facility", {**LOAN, "maturity_year": 45}, "terms.maturity_year", "term of a loan-facility not known"),
        ("loan-facility", {k: v for k, v in LOAN.items() if k != "rate"}, "terms", 'missing term "rate"'),
        ("loan-facility", {**LOAN, "rate": "3"}, "terms.rate", "share not understood"),
        ("loan-facility", {**LOAN, "rate": 0.03}, "terms.rate", "share not understood"),
        ("loan-facility", {**LOAN, "prefinancing": "150 %"}, "terms.prefinancing", "more than all of it"),
        ("loan-facility", {**LOAN, "grace_years": 45}, "terms.grace_years", "grace as long as the loan"),
        ("loan-facility", {**LOAN, "grace_years": True}, "terms.grace_years", "not a number of years"),
        ("loan-facility", {**LOAN, "last_year": "2030"}, "terms.last_year", "not a year"),
        ("loan-facility", {**LOAN, "repayment": "bullet"}, "terms.repayment", None),
        ("loan-facility", {**LOAN, "drawing": ["50 %", "40 %"]}, "terms.drawing", "shares do not sum to 100 %"),
        ("loan-facility", {**LOAN, "drawing": []}, "terms.drawing", "not a list of shares"),
        (
            "loan-facility",
            {**LOAN, "first_year": 2030, "drawing": ["50 %", "50 %"]},
            "terms.drawing",
            "drawn after the last year",
        ),
        ("loan-facility", {**LOAN, "first_year": 2031}, "terms.last_year", "ends before it begins"),
        (
            "loan-facility",
            {**LOAN, "additional_spending": True},
            "terms.additional_spending",
            "a loan is no additional spending",
        ),
        ("escape-clause", {**CLAUSE, "cap": "1.5 %"}, "terms.cap", "share not understood"),
        ("escape-clause", {**CLAUSE, "last_year": 2024}, "terms.last_year", "ends before it begins"),
        ("escape-clause", {**CLAUSE, "reference_year": 2026}, "terms.reference_year", "not before the first year"),
        ("rule", {"target": "3.5 % of GDP", "by_year": 20350}, "terms.by_year", "not a year"),
        ("plan", {"parts": ["a"]}, "terms.parts", "term of a plan not known"),
        ("joint-procurement", {"gain_low": "30 %", "gain_high": "10 %"}, "terms.gain_low", "low above high"),
    ],
)
def test_nonsense_is_named(kind, terms, path, what):
    found = wrong(kind, terms)
    assert [each[0] for each in found] == [path]
    assert what is None or found[0][1] == what


def test_the_nearest_term_is_suggested():
    assert wrong("loan-facility", {**LOAN, "prefinance": "15 %"})[0][2] == 'did you mean "prefinancing"?'


@pytest.mark.parametrize("terms", [LOAN, {**LOAN, "drawing": ["25 %", "75 %"], "repayment": "annuity"}])
def test_sound_terms_pass(terms):
    assert wrong("loan-facility", terms) == []


def test_a_problem_has_the_line_of_its_term(tmp_path):
    text = (CASE / "agreement.md").read_text("utf-8").replace('rate = "3 %"', 'rate = "3 per cent"')
    (tmp_path / "agreement.md").write_text(text, "utf-8")
    agreement, _ = read_agreement(tmp_path / "agreement.md")
    _, problems = read_register(agreement)
    line = text.splitlines().index('rate = "3 per cent"') + 1
    assert [(problem.line, problem.what) for problem in problems if "rate" in problem.what] == [
        (line, "programme safe, terms.rate: share not understood")
    ]


def test_every_term_is_documented():
    page = (CASE.parents[1] / "docs" / "funding.md").read_text("utf-8")
    table = page.partition("| kind | terms |")[2].partition("\n\n")[0]
    documented = {}
    for line in table.splitlines()[2:]:
        kinds, terms = line.strip("|").split("|")
        for kind in re.findall("`([^`]+)`", kinds):
            documented[kind] = {term for term in re.findall("`([^`]+)`", terms) if term != "false"}
    assert documented == {kind: set(keys) for kind, keys in TERMS.items()}
