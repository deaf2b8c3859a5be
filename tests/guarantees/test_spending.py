"""Growth of spending beside the Council's paths."""

from dataclasses import replace
from pathlib import Path

import pytest

from truceline.finance import Scenario
from truceline.guarantees.economies import read_economies
from truceline.guarantees.funding import SCENARIOS, Backing, project
from truceline.guarantees.spending import compare_ceilings, read_limits

INPUTS = Path(__file__).parents[2] / "cases" / "ukraine-2025" / "inputs"


@pytest.fixture(scope="module")
def economies():
    return read_economies(INPUTS)[0]


def test_the_published_paths_are_read():
    limits, problems = read_limits(INPUTS / "net_expenditure.csv")
    assert problems == []
    rates = {state: [rate for rate, _ in years.values()] for state, years in limits.items()}
    assert rates == {
        "FRA": [0.8, 1.2, 1.2, 1.2, 1.1],
        "ITA": [1.3, 1.6],
        "BEL": [2.4, 1.9, 2.0],
        "MLT": [6.0, 5.8, 5.8],
        "GRC": [3.0, 3.2, 3.1, 3.0],
    }
    assert min(limits["FRA"]) == 2025


def test_growth_of_known_years_is_the_source_s(economies):
    france = economies["FRA"]
    found = compare_ceilings(france, project(france, SCENARIOS[0]), {2025: (0.8, "Council")})[0]
    shares, gdp = france.series["primary_expenditure_pct_gdp"], france.series["gdp_bn_nc"]
    expected = 100 * (shares[2025] * gdp[2025] / (shares[2024] * gdp[2024]) - 1)
    assert found.growth_pct == pytest.approx(expected)
    assert found.above_pct == pytest.approx(expected - 0.8)


def test_what_the_clause_covers_does_not_count(economies):
    belgium = economies["BEL"]
    limits = {2027: (2.0, "Council")}
    covered = project(belgium, SCENARIOS[0], Backing(frozenset(range(2025, 2029))))
    one = compare_ceilings(belgium, covered, limits)[0]
    other = compare_ceilings(belgium, project(belgium, SCENARIOS[0]), limits)[0]
    held = project(belgium, Scenario("hold", defence_target_pct_gdp=0.0))
    assert one.growth_pct == other.growth_pct == other.beside_pct
    assert one.beside_pct == pytest.approx(compare_ceilings(belgium, held, limits)[0].growth_pct)
    assert one.beside_pct < one.growth_pct


def test_without_spending_or_years_it_is_not_computable(economies):
    france = economies["FRA"]
    path = project(france, SCENARIOS[0])
    bare = replace(france, series={k: v for k, v in france.series.items() if k != "primary_expenditure_pct_gdp"})
    for economy, year in ((bare, 2027), (france, 2024), (france, 2050), (economies["GBR"], 2027)):
        found = compare_ceilings(economy, path, {year: (1.0, "")})[0]
        assert (found.growth_pct, found.above_pct) == (None, None)


@pytest.mark.parametrize("row", ["FRA,soon,1.2", "FRA,2025,nan", "FRA,2025,", "FRA,1025,1.2", "FRA,2025,90"])
def test_bad_limits_are_named(tmp_path, row):
    path = tmp_path / "limits.csv"
    path.write_text(f"state,year,max_growth_pct\n{row}\n", "utf-8")
    limits, problems = read_limits(path)
    assert limits == {}
    assert [problem.what for problem in problems] == ["year or growth not understood"]
