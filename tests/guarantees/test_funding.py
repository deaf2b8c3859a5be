"""Paths to 2035: checked by hand, shocks in their direction, loans never counted as spending."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from truceline.finance import Scenario
from truceline.guarantees.choices import Limits, compare_floors, find_smallest_path, trade_off
from truceline.guarantees.economies import read_economies
from truceline.guarantees.fan import Shocks, spread
from truceline.guarantees.funding import AID_GAP_PCT_GDP, SCENARIOS, Backing, project, project_all, sum_up
from truceline.guarantees.interest import MarketRates

INPUTS = Path(__file__).parents[2] / "cases" / "ukraine-2025" / "inputs"
BASE = SCENARIOS[0]


@pytest.fixture(scope="module")
def economies():
    return read_economies(INPUTS)[0]


def test_the_first_computed_year_of_france_by_hand(economies):
    france = economies["FRA"]
    path = project(france, Scenario("hold", defence_target_pct_gdp=0.0))
    year = path.computed[0]
    assert year.year == 2027
    real = france.series["real_growth_pct"][2027]
    before, forward = france.series["deflator_pct"][2026], france.numbers["forward_inflation_pct"]
    prices = before + (forward - before) / 8
    assert year.nominal_growth_pct == pytest.approx(100 * ((1 + real / 100) * (1 + prices / 100) - 1))
    short, maturing = france.numbers["short_term_share"], france.numbers["maturing_share"]
    maturing += (france.numbers["maturing_share_later"] - maturing) * 2 / 10

    def market(name, end, after):
        known = france.series[f"market_rate_{name}_pct"][2025]
        return known + (end - known) * after / 9

    ends = {name: france.numbers[f"forward_{name}_pct"] for name in ("short", "long")}
    old = france.series["implicit_rate_pct"][2026]
    long = (old - short * market("short", ends["short"], 1)) / (1 - short)
    debts = {y: 100 * france.series["debt_bn_nc"][y] / france.series["gdp_bn_nc"][y] for y in (2025, 2026)}
    growth = france.series["gdp_bn_nc"][2026] / france.series["gdp_bn_nc"][2025]
    diluted = debts[2025] / growth
    issued = (maturing * diluted + debts[2026] - diluted) / debts[2026]
    long += issued * (market("long", ends["long"], 2) - long)
    rate = short * market("short", ends["short"], 2) + (1 - short) * long
    assert year.implicit_rate_pct == pytest.approx(rate)
    gap = 100 * (france.series["real_gdp_bn_nc"][2027] / france.series["potential_gdp_bn_nc"][2027] - 1)
    ageing = france.series["ageing_pct_gdp"]
    revenue = france.series["tax_property_change_pct_gdp"]
    primary = france.series["structural_primary_balance_pct_gdp"][2026] + 0.63 * gap
    primary += ageing[2026] - ageing[2027] + revenue[2027] - revenue[2026]
    assert year.primary_balance_pct_gdp == pytest.approx(primary)
    growth = 1 + year.nominal_growth_pct / 100
    assert year.debt_pct_gdp == pytest.approx(debts[2026] / growth - primary + rate * debts[2026] / 100 / growth)


def test_the_forecast_of_the_source_stands_as_it_is(economies):
    france = economies["FRA"]
    path = project(france, BASE)
    assert [year.year for year in path.years] == list(range(2025, 2036))
    for year in path.years[:2]:
        assert not year.computed
        assert year.debt_pct_gdp == pytest.approx(
            100 * france.series["debt_bn_nc"][year.year] / france.series["gdp_bn_nc"][year.year]
        )
        assert year.balance_pct_gdp == france.series["balance_pct_gdp"][year.year]
        assert year.extra_defence_pct_gdp == 0
    britain = project(economies["GBR"], BASE)
    assert britain.years[0].debt_pct_gdp == pytest.approx(103.361)
    assert britain.years[0].nominal_growth_pct is None


def test_the_identity_holds_in_every_year_of_every_path(economies):
    for path in project_all(economies, SCENARIOS, {}):
        for one, two in zip(path.years, path.years[1:], strict=False):
            if not two.computed:
                continue
            expected = one.debt_pct_gdp / (1 + two.nominal_growth_pct / 100) - two.balance_pct_gdp
            assert two.debt_pct_gdp == pytest.approx(expected + two.stock_flow_pct_gdp)


def test_a_loan_is_financing_and_never_spending(economies):
    owed = dict.fromkeys(range(2026, 2036), 43.734)
    poland = economies["POL"]
    with_loan = project(poland, BASE, Backing(loan_eur_bn=owed))
    without = project(poland, replace(BASE, use_loans=False), Backing(loan_eur_bn=owed))
    for one, two in zip(with_loan.years, without.years, strict=True):
        assert one.defence_pct_gdp == two.defence_pct_gdp
        assert one.primary_balance_pct_gdp == two.primary_balance_pct_gdp
    assert without.years[-1].loan_saving_pct_gdp == 0
    saved = sum(year.loan_saving_pct_gdp for year in with_loan.years)
    assert 0 < saved < 2
    assert with_loan.years[-1].debt_pct_gdp < without.years[-1].debt_pct_gdp
    assert without.years[-1].debt_pct_gdp - with_loan.years[-1].debt_pct_gdp < 2 * saved


def test_a_loan_dearer_than_the_market_costs(economies):
    germany = project(economies["DEU"], BASE, Backing(loan_eur_bn={2026: 50.0}, loan_rate_pct=6.0))
    assert germany.computed[0].loan_saving_pct_gdp < 0


def test_a_loan_saves_what_the_market_asked_when_it_was_drawn(economies):
    owed = dict.fromkeys(range(2026, 2036), 40.0)
    path = project(economies["POL"], BASE, Backing(loan_eur_bn=owed))
    rates = MarketRates(economies["POL"], 2024)
    for year in path.computed:
        saved = year.loan_saving_pct_gdp * year.gdp_eur_bn / 100
        assert saved == pytest.approx(40 * (rates.long(2026) - 3) / 100)


def test_without_a_market_rate_the_saving_is_not_computable(economies):
    path = project(economies["ROU"], BASE, Backing(loan_eur_bn={2026: 16.7}))
    assert path.computed[0].loan_saving_pct_gdp is None
    assert any("what loans of the facility save is not computable" in note for note in path.notes)
    assert path.computed[-1].debt_pct_gdp > 0


def test_shocks_move_debt_the_way_they_should(economies):
    backings = {state: Backing(gap_share=0.05) for state in economies}
    paths = {(p.state, p.scenario): p for p in project_all(economies, SCENARIOS, backings)}
    for state in ("FRA", "DEU", "POL", "ITA", "ESP", "GBR"):
        base = paths[state, "base"].years[-1].debt_pct_gdp
        for scenario in SCENARIOS[1:4]:
            assert paths[state, scenario.name].years[-1].debt_pct_gdp > base, (state, scenario.name)
        alone, together = (paths[state, name].years[-1].extra_defence_pct_gdp for name in ("no joint buying", "base"))
        assert alone == pytest.approx(together / 0.9)


def test_the_gap_is_not_added_to_a_path_that_already_fills_it(economies):
    """EUR 250 bn is the step from 2 to about 3.5 % of GDP: a path to 3.5 % has most of it."""
    france, leave = economies["FRA"], SCENARIOS[1]
    share = 2989.183 / 22_640
    path = project(france, leave, Backing(gap_share=share))
    gap = 100 * 250 * share / 2989.183
    assert path.at(2030).extra_defence_pct_gdp == pytest.approx(gap + AID_GAP_PCT_GDP)
    assert path.at(2035).extra_defence_pct_gdp == pytest.approx(1.4 + AID_GAP_PCT_GDP)
    assert project(france, leave, Backing()).at(2035).extra_defence_pct_gdp == pytest.approx(1.4)


def test_what_is_missing_in_the_cycle_is_said(economies):
    growth = next(scenario for scenario in SCENARIOS if scenario.growth_shock_pct)
    assert not [note for note in project(economies["GBR"], BASE).notes if "moves with growth" in note]
    assert [note for note in project(economies["GBR"], growth).notes if "moves with growth is not known" in note]
    france = economies["FRA"]
    bare = replace(france, numbers={k: v for k, v in france.numbers.items() if k != "forward_inflation_pct"})
    assert project(bare, BASE).notes == ("not computable: no forward inflation",)
    series = {**france.series, "balance_pct_gdp": {2026: -5.0}}
    assert project(replace(france, series=series), BASE).notes == ("not computable: no balance of 2025",)


def test_sums_in_euros_do_not_grow_with_a_state_s_own_prices(economies):
    turkey = project(economies["TUR"], BASE)
    assert turkey.computed[0].nominal_growth_pct > 25
    assert turkey.years[-1].gdp_eur_bn < 2 * turkey.years[1].gdp_eur_bn
    italy = project(economies["ITA"], BASE)
    for before, after in zip(italy.years[1:], italy.years[2:], strict=False):
        assert after.gdp_eur_bn == pytest.approx(before.gdp_eur_bn * (1 + after.nominal_growth_pct / 100))


def test_the_escape_clause_covers_its_years_and_no_other(economies):
    path = project(economies["POL"], replace(BASE, defence_target_pct_gdp=8.0), Backing(frozenset(range(2025, 2029))))
    by_year = {year.year: year for year in path.years}
    assert by_year[2027].covered_pct_gdp > 0
    assert by_year[2028].covered_pct_gdp <= 1.5
    assert by_year[2029].covered_pct_gdp == 0
    assert by_year[2029].uncovered_pct_gdp == by_year[2029].extra_defence_pct_gdp


def test_what_is_missing_is_said_and_not_filled_in(economies):
    path = project(economies["UKR"], BASE)
    assert path.years == ()
    assert path.notes == ("not computable: no defence spending",)


def test_sums_count_who_could_be_computed(economies):
    rows = [row for row in sum_up(project_all(economies, [BASE], {})) if row["year"] == 2035]
    assert rows[0]["states"] == len([e for e in economies if project(economies[e], BASE).years])
    assert rows[0]["extra_defence_eur_bn"] == pytest.approx(rows[0]["covered_eur_bn"] + rows[0]["uncovered_eur_bn"])


def test_all_states_and_scenarios_take_less_than_a_second(economies):
    start = time.perf_counter()
    project_all(economies, SCENARIOS, {})
    assert time.perf_counter() - start < 1


def test_a_fan_is_seeded_wide_and_centred(economies):
    path = project(economies["FRA"], BASE)
    one, same, other = (spread(path, Shocks(), draws=1000, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one.years == tuple(range(2027, 2036))
    assert one.percentiles[50][-1] == pytest.approx(path.years[-1].debt_pct_gdp, rel=0.03)
    widths = [high - low for low, high in zip(one.percentiles[10], one.percentiles[90], strict=True)]
    assert widths == sorted(widths)
    still = spread(path, Shocks(0, 0, 0), draws=5, seed=1)
    assert still.percentiles[10] == still.percentiles[90]
    assert still.percentiles[50] == pytest.approx([year.debt_pct_gdp for year in path.computed])
    assert spread(project(economies["UKR"], BASE), Shocks(), draws=5, seed=1) is None
    with pytest.raises(ValueError, match="0 draws"):
        spread(path, Shocks(), draws=0, seed=1)


def test_paying_at_once_keeps_debt_lower_and_takes_it_from_elsewhere(economies):
    points = {p.offset_share: p for p in trade_off(economies["FRA"], BASE, Backing(), targets=(3.5,))}
    assert points[0.0].debt_pct_gdp > points[0.5].debt_pct_gdp > points[1.0].debt_pct_gdp
    assert points[0.0].social_after_pct_gdp == 31.9
    assert points[1.0].social_after_pct_gdp == pytest.approx(31.9 - points[1.0].other_pct_gdp)
    assert "ESSPROS of 2024" in points[1.0].note


def test_social_lines_of_different_concepts_are_not_compared(economies):
    assert compare_floors(economies.values())[0] is None
    assert "ESSPROS" in compare_floors(economies.values())[1]
    assert "SOCX" in compare_floors(economies.values())[1]
    same = [e for e in economies.values() if e.social and (e.social.concept, e.social.year) == ("ESSPROS", 2024)]
    assert compare_floors(same)[0] == min(e.social.pct_gdp for e in same)
    assert compare_floors([])[0] is None


def test_the_smallest_path_reaches_the_sum_or_names_what_breaks(economies):
    found = find_smallest_path(economies["FRA"], 200, 2032, Limits())
    base = project(economies["FRA"], Scenario("x", defence_target_pct_gdp=0.0))
    years = [year for year in base.computed if year.year <= 2032]
    assert sum(year.gdp_eur_bn for year in years) * found.extra_pct_gdp / 100 == pytest.approx(200)
    assert found.holds
    broken = find_smallest_path(economies["FRA"], 400, 2030, Limits(debt_pct_gdp=150))
    assert not broken.holds
    assert broken.give_pct_gdp > 0
    given = find_smallest_path(
        economies["FRA"], 400, 2030, Limits(debt_pct_gdp=150, offset_pct_gdp=min(broken.give_pct_gdp, 99))
    )
    assert given.debt_pct_gdp <= broken.debt_pct_gdp
    assert set(broken.broken) == {"extra defence spending", "debt in 2035"}
    assert broken.broken["extra defence spending"] == pytest.approx(broken.extra_pct_gdp - 1.5)
    assert broken.broken["debt in 2035"] == pytest.approx(broken.debt_pct_gdp - 150)


def test_what_others_can_give_is_used_before_debt(economies):
    tight = find_smallest_path(economies["DEU"], 100, 2030, Limits(debt_pct_gdp=83.0, offset_pct_gdp=0.0))
    eased = find_smallest_path(economies["DEU"], 100, 2030, Limits(debt_pct_gdp=83.0, offset_pct_gdp=0.5))
    assert set(tight.broken) == {"debt in 2035"} or tight.holds
    assert eased.broken.get("debt in 2035", 0) <= tight.broken.get("debt in 2035", 0)


def test_a_date_before_the_path_is_no_path(economies):
    found = find_smallest_path(economies["FRA"], 10, 2026, Limits())
    assert found.extra_pct_gdp is None
    assert not found.holds
    assert find_smallest_path(economies["UKR"], 10, 2030, Limits()).note == "not computable: no defence spending"
