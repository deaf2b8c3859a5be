"""The support tracker: its own sums, the halt of 2025, who filled the gap, and bad rows."""

import csv

import pytest

from truceline.guarantees.kiel import check_sums, fill_gap, read_tracker, sum_by_year, sum_donors

HEAD = "country,iso,year,month,total,financial,humanitarian,military,commitments,to_be_allocated,gdp,pct_gdp\n"


@pytest.fixture(scope="module")
def tracker(shared_data):
    tracker, problems = read_tracker(shared_data / "kiel")
    assert problems == []
    return tracker


def total(table, name):
    return float(table[name].sum())


def test_the_trackers_own_sums(tracker):
    assert tracker.donors.height == 1_079
    assert "Release 29" in tracker.release
    assert total(tracker.donors, "allocated_eur_bn") == pytest.approx(358.3995, abs=0.0001)
    assert total(tracker.donors, "committed_eur_bn") == pytest.approx(547.984, abs=0.001)
    assert total(tracker.donors, "to_be_allocated_eur_bn") == pytest.approx(189.584, abs=0.001)


def test_the_united_states_stop_in_2025(tracker):
    years = {
        row["year"]: row["allocated_eur_bn"] for row in sum_by_year(tracker.donors).to_dicts() if row["code"] == "USA"
    }
    assert {year: round(amount, 2) for year, amount in years.items()} == {
        2022: 35.44,
        2023: 33.02,
        2024: 46.44,
        2025: 0.48,
    }, "and no row in 2026"


def test_the_others_by_year(tracker):
    others = sum_by_year(tracker.donors).filter(~(sum_by_year(tracker.donors)["code"] == "USA").fill_null(value=False))
    by_year = {year: total(part, "allocated_eur_bn") for (year,), part in others.group_by("year")}
    assert {year: round(amount, 2) for year, amount in by_year.items()} == {
        2022: 42.57,
        2023: 54.46,
        2024: 51.26,
        2025: 80.34,
        2026: 14.39,
    }


def test_who_filled_the_gap_of_2025(tracker):
    table = fill_gap(tracker.donors, "United States", 2024, 2025)
    lost = table.filter(table["donor"] == "United States")
    assert lost["change_eur_bn"][0] == pytest.approx(0.48 - 46.44, abs=0.01)
    assert lost["share_of_gap"][0] is None
    filled = total(table.filter(table["donor"] != "United States"), "change_eur_bn")
    assert filled == pytest.approx(80.34 - 51.26, abs=0.02)
    assert 0 < total(table, "share_of_gap") < 1, "the gap was not filled whole"


def test_months_sum_to_the_published_totals(tracker, shared_data):
    with (shared_data / "kiel" / "total_allocations.csv").open(encoding="utf-8") as file:
        totals = [(int(r["year"]), int(r["month"]), float(r["total_allocations"])) for r in csv.DictReader(file)]
    assert len(totals) == 52
    assert check_sums(tracker, totals) == []
    assert len(check_sums(tracker, [(2022, 1, 99.0)])) == 1


def test_donors_come_largest_first(tracker):
    table = sum_donors(tracker.donors)
    assert table["allocated_eur_bn"].to_list() == sorted(table["allocated_eur_bn"].to_list(), reverse=True)
    assert table.height == table["donor"].n_unique()


def read(tmp_path, rows):
    (tmp_path / "data_explorer.csv").write_text(HEAD + rows, "utf-8")
    return read_tracker(tmp_path)


def test_an_empty_amount_is_not_known(tmp_path):
    tracker, problems = read(tmp_path, "Norway,NOR,2024,1,,,,1.5,2,,,\n")
    assert problems == []
    assert tracker.donors["allocated_eur_bn"][0] is None
    assert sum_by_year(tracker.donors)["allocated_eur_bn"][0] is None
    assert tracker.release == ""


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("Norway,NOR,2024,13,1,1,1,1,1,1,,", "month not understood"),
        ("Norway,NOR,soon,1,1,1,1,1,1,1,,", "year not understood"),
        (",NOR,2024,1,1,1,1,1,1,1,,", "donor missing"),
        ("Norway,NOR,2024,1,many,1,1,1,1,1,,", "allocated_eur_bn not understood"),
        ("Norway,NOR,2024,1,inf,1,1,1,1,1,,", "allocated_eur_bn not understood"),
        ("Norway,NOR,2024,1,nan,1,1,1,1,1,,", "allocated_eur_bn not understood"),
    ],
)
def test_a_bad_row_is_left_out_and_said(tmp_path, row, what):
    tracker, problems = read(tmp_path, f"{row}\nSweden,SWE,2024,1,1,0,0,1,1,0,,\n")
    assert [(problem.line, problem.what) for problem in problems] == [(2, what)]
    assert tracker.donors["donor"].to_list() == ["Sweden"]


def test_a_month_given_twice_is_said(tmp_path):
    _, problems = read(tmp_path, "Norway,NOR,2024,1,1,0,0,1,1,0,,\nNorway,NOR,2024,1,1,0,0,1,1,0,,\n")
    assert "month given twice" in problems[0].what


ROW = "Germany,DEU,2024,3,1.0,0,0,1.0,2.0,1.0,4000,0.1\n"


def test_a_month_that_stands_there_twice_counts_for_nothing(tmp_path):
    (tmp_path / "data_explorer.csv").write_text(HEAD + ROW + ROW + ROW.replace(",3,", ",4,"), "utf-8")
    tracker, problems = read_tracker(tmp_path)
    assert tracker.donors["month"].to_list() == [4]
    assert [(problem.what, problem.found) for problem in problems] == [("month given twice", "Germany, 2024-03")]


def test_a_table_without_rows_says_so(tmp_path):
    (tmp_path / "data_explorer.csv").write_text(HEAD, "utf-8")
    assert [problem.what for problem in read_tracker(tmp_path)[1]] == ["table without rows"]


def test_another_release_with_a_renamed_column_is_named(tmp_path):
    (tmp_path / "data_explorer.csv").write_text(HEAD.replace("commitments", "commitment") + ROW, "utf-8")
    (problem,) = read_tracker(tmp_path)[1]
    assert problem.what == "columns missing: commitments"
    assert problem.do == 'rename "commitment" to "commitments"'


def test_a_workbook_is_said_to_be_one(tmp_path):
    (tmp_path / "tracker.xlsx").write_bytes(b"PK\x03\x04")
    (problem,) = read_tracker(tmp_path)[1]
    assert (problem.what, problem.found) == ("workbooks are not read", "tracker.xlsx")
    (tmp_path / "tracker.xlsx").rename(tmp_path / "data_explorer.csv")
    (problem,) = read_tracker(tmp_path)[1]
    assert problem.what == "a workbook or an archive, and no table"
