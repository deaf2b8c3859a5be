"""Every state beside the published target: what is computed, what is not and why, and the page that shows it."""

import importlib.util
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.guarantees.economies import read_economies
from truceline.guarantees.targets import find_target
from truceline.guarantees.targets_guidance import (
    _SERIES,
    PUBLISHED,
    build_outlook,
    compare,
    find_missing,
    tabulate,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def economies():
    found, problems = read_economies(ROOT / "cases" / "ukraine-2025" / "inputs")
    assert problems == []
    return found


@pytest.fixture(scope="module")
def comparisons(economies):
    return compare(economies)


def test_every_published_target_stands_beside_ours(comparisons):
    case = comparisons[2:]
    assert [(each.state, each.years) for each in comparisons[:2]] == [("FRA", 4), ("FRA", 7)]
    assert {(each.state, each.years) for each in case} == set(PUBLISHED)
    assert len(case) == len(PUBLISHED) == 50


def test_what_the_inputs_do_not_carry_is_said(comparisons):
    lacking = {each.state: each.notes for each in comparisons if each.ours is None}
    assert set(lacking) == {"EST", "ROU", "SWE"}
    assert lacking["ROU"] == ("not computable: no long market rate",)
    assert "matures is -0.112 in the source" in lacking["EST"][0]
    assert all(each.difference is None for each in comparisons if each.ours is None)


def test_the_vintages_differ_and_are_named(comparisons):
    for each in comparisons[2:]:
        assert each.vintage == "inputs of October 2025"
        assert each.published_vintage != each.vintage
    vintages = {each.state: each.published_vintage for each in comparisons}
    assert (vintages["AUT"], vintages["DEU"], vintages["ITA"]) == (
        "autumn 2024 forecast",
        "spring 2025 forecast",
        "spring 2024 forecast",
    )


def test_the_difference_is_ours_less_theirs(comparisons):
    for each in comparisons:
        if each.ours is not None:
            assert each.difference == pytest.approx(each.ours.target_pct_gdp - each.published.commission)


def test_newer_inputs_of_france_begin_lower_and_ask_more(comparisons):
    sheet, case = (next(each for each in part if each.state == "FRA") for part in (comparisons[:2], comparisons[2:]))
    assert case.ours.start_pct_gdp < sheet.ours.start_pct_gdp
    assert case.ours.target_pct_gdp > sheet.ours.target_pct_gdp


def test_notes_say_what_was_left_out(comparisons):
    notes = {each.state: " ".join(each.notes) for each in comparisons if each.ours is not None}
    assert "stability mechanism" in notes["GRC"]
    assert "pension funds" in notes["FIN"]
    assert "held after 2035" in notes["DEU"]


def test_a_state_without_rates_has_no_outlook(economies):
    germany = economies["DEU"]
    series = {name: known for name, known in germany.series.items() if name != "ageing_pct_gdp"}
    assert build_outlook(germany) is not None
    assert build_outlook(replace(germany, series=series)) is None
    assert find_missing(replace(germany, series=series)) == ("no cost of ageing",)
    assert len(find_missing(replace(germany, series={}, numbers={}))) > 10


def test_a_state_that_is_not_among_the_inputs_is_said_to_be_missing(economies):
    only = compare({"DEU": economies["DEU"]})
    assert {each.state for each in only if each.ours} == {"DEU", "FRA"}
    assert {each.notes for each in only if not each.ours} == {("not computable: no inputs",)}


def test_a_table_has_a_row_for_each(comparisons):
    rows = tabulate(comparisons).splitlines()
    assert len(rows) == 2 + len(comparisons)
    assert {row.count("|") for row in rows} == {11}


def test_the_page_shows_these_results():
    spec = importlib.util.spec_from_file_location("targets_table", ROOT / "scripts" / "targets_table.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = (ROOT / "docs" / "targets.md").read_text("utf-8")
    shown = page.partition(script.MARKS[0])[2].partition(script.MARKS[1])[0]
    assert shown.strip() == script.describe().strip(), "run scripts/targets_table.py"


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("gdp_bn_nc", {2025: 4000.0}, "no GDP of 2024"),
        ("potential_gdp_bn_nc", {2024: 0.0}, "potential GDP of 2024 is 0"),
        ("deflator_pct", {2024: 2.0, 2025: -100.0}, "price forecast of 2025 is -100 %"),
        ("real_growth_pct", {2024: 1e300}, "real growth of 2024 is 1e+300 %"),
    ],
)
def test_numbers_that_cannot_be_are_named(economies, name, known, words):
    germany = economies["DEU"]
    state = replace(germany, series={**germany.series, name: known})
    assert find_missing(state) == (words,)
    assert build_outlook(state) is None


@cache
def _germany():
    return read_economies(ROOT / "cases" / "ukraine-2025" / "inputs")[0]["DEU"]


@settings(max_examples=40)
@given(
    name=st.sampled_from(sorted(_SERIES)),
    known=st.dictionaries(st.integers(2024, 2040), st.floats(allow_nan=False, allow_infinity=False), max_size=4),
)
def test_no_number_breaks_a_target(name, known):
    germany = _germany()  # no fixture: a failing case would print all tables
    outlook = build_outlook(replace(germany, series={**germany.series, name: known}))
    if outlook is not None:
        target = find_target(outlook, 4).target_pct_gdp
        assert target is None or not math.isnan(target)
