"""The tables of a funding plan: faults of the source found, bad cells named, nothing filled in."""

from pathlib import Path

import pytest

from truceline.guarantees.economies import read_economies

INPUTS = Path(__file__).parents[2] / "cases" / "ukraine-2025" / "inputs"
STATES = "state,name,framework,debt_2025_pct_gdp,social_pct_gdp,social_year,social_concept,defence_pct_gdp\n"


@pytest.fixture(scope="module")
def economies():
    return read_economies(INPUTS)[0]


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("CZE", "bonds repaid in 2025 exceed all long-term debt of 2024"),
        ("ROU", "107% of all long-term debt"),
        ("EST", "maturing_share is -0.112"),
        ("SWE", "maturing_share is -0.026"),
        ("FRA", "the stated debt ratio is not stated debt over stated GDP (points: 2025: -0.17, 2026: -0.17)"),
        ("GRC", "domestic and euro shares of debt are swapped"),
    ],
)
def test_known_faults_of_the_source_are_found(economies, state, fault):
    assert [note for note in economies[state].notes if fault in note]


def test_sound_states_have_no_notes(economies):
    assert {state for state, economy in economies.items() if not economy.notes} >= {"DEU", "ITA", "ESP", "POL", "AUT"}


def read(tmp_path, states, years="state,year\n", structure="state\n"):
    for name, text in (("states", states), ("economy", years), ("debt_structure", structure)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return read_economies(tmp_path)


def test_an_empty_cell_is_not_known(tmp_path):
    economies, problems = read(tmp_path, STATES + "FRA,France,EU rules,,,,,\n")
    assert problems == []
    assert dict(economies["FRA"].numbers) == {}
    assert economies["FRA"].social is None
    assert economies["FRA"].value("debt_bn_nc", 2025) is None


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("FRA,France,EU rules,much,,,,", "debt_2025_pct_gdp not understood"),
        ("FRA,France,EU rules,nan,,,,", "debt_2025_pct_gdp not understood"),
        ("FRA,France,EU rules,1e999,,,,", "debt_2025_pct_gdp not understood"),
        ("FRA,France,EU rules,100,120,2024,ESSPROS,", "social_pct_gdp not understood"),
        ("FRA,France,EU rules,100,31,,ESSPROS,", "social line without year or concept"),
        ("FRA,France,EU rules,100,31,2024,,", "social line without year or concept"),
        ("FRA,France,EU rules,100,,,,-3", "defence_pct_gdp not understood"),
        ("FRA,France,house rules,100,,,,", "framework not known"),
        ("<b>,France,EU rules,100,,,,", "state not understood"),
        (",France,EU rules,100,,,,", "state not understood"),
        ("FRA,France,EU rules,90,,,,\nFRA,France,EU rules,90,,,,", "state given twice"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, row, what):
    _, problems = read(tmp_path, STATES + row + "\n")
    assert [problem.what for problem in problems] == [what]
    assert problems[0].line == 1 + len(row.splitlines())


@pytest.mark.parametrize(
    ("years", "what"),
    [
        ("state,year,deflator_pct\nFRA,2025,x\n", "deflator_pct not understood"),
        ("state,year,deflator_pct\nFRA,soon,2\n", "state or year not known"),
        ("state,year,deflator_pct\nFRA,²025,2\n", "state or year not known"),
        ("state,year,deflator_pct\nFRA,2025,2\nFRA,2025,3\n", "state and year given twice"),
        ("state,year,deflator_pct\nFRB,2025,2\n", "state or year not known"),
        ("state,deflator_pct\nFRA,2\n", "columns missing: year"),
        ('state,year,deflator_pct\n"FRA,2025,2\n', "table not understood"),
    ],
)
def test_a_bad_year_is_named(tmp_path, years, what):
    _, problems = read(tmp_path, STATES + "FRA,France,EU rules,100,,,,\n", years)
    assert [problem.what for problem in problems] == [what]


def test_missing_and_strange_files_are_named(tmp_path):
    _, problems = read_economies(tmp_path)
    assert [problem.what for problem in problems] == ["file not found"] * 3
    (tmp_path / "states.csv").write_bytes(b"\xff\xfe\x00")
    _, problems = read_economies(tmp_path)
    assert problems[0].what == "not UTF-8"


def test_a_state_without_a_forecast_says_that_it_is_carried_on(economies):
    assert "carried on as in 2026" in economies["GBR"].notes[0]
    assert economies["GBR"].series["debt_bn_nc"].keys() == {2025, 2026}
    assert "AGEING" not in "".join(economies["GBR"].series)


def test_two_units_in_one_column_are_named(tmp_path):
    states = STATES.replace("debt_2025_pct_gdp", "debt_2025_pct_gdp,gdp_2025_eur_bn")
    years = "state,year,gdp_bn_nc,eur_per_nc\nFRA,2025,2989183,1\n"
    _, problems = read(tmp_path, states + "FRA,France,EU rules,1.15,2976,,,,\n", years)
    assert [(problem.line, problem.what) for problem in problems] == [
        (2, "debt_2025_pct_gdp in another unit"),
        (2, "GDP in two units, or of two states"),
    ]


def test_a_share_of_debt_that_never_matures_is_a_fault(economies):
    assert [note for note in economies["IRL"].notes if "debt would last for 358 years" in note]
