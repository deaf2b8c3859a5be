"""truceline fund: what is asked, what comes out, and what is refused."""

import csv
import json
import re
import shutil
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from truceline.cli import main
from truceline.dossier.funding import Request, fund_case, plan_funding
from truceline.dossier.funding_choices import draw_frontiers, draw_group_choices
from truceline.dossier.funding_files import LOAN_COLUMNS, PATH_COLUMNS, TOTAL_COLUMNS
from truceline.dossier.funding_page import compose_funding, list_answers
from truceline.errors import CaseError
from truceline.reports.page import write_page

CASE = Path(__file__).parents[2] / "cases" / "ukraine-2025"


@pytest.fixture(scope="module")
def plan():
    return plan_funding(CASE, Request(requirement_eur_bn=500.0, by=2030, draws=50))


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(CASE, tmp_path / "case", ignore=shutil.ignore_patterns("funding", "pledges", "out"))
    return tmp_path / "case"


def refuse(folder, request):
    with pytest.raises(CaseError) as refused:
        plan_funding(folder, request)
    return refused.value.problems


# --- what comes out ---------------------------------------------------------------------------


def test_every_state_of_the_coalition_and_the_union_is_in_it(plan):
    assert len(plan.scenarios) == 5
    assert len(plan.economies) == 37
    assert {"FRA", "GBR", "HUN", "TUR"} <= set(plan.economies)
    assert not {"USA", "UKR"} & set(plan.economies)
    assert set(plan.groups) == {"coalition", "EU"}
    for path in plan.paths:
        assert not path.years or [year.year for year in path.years] == list(range(2025, 2036))


def test_the_headline_is_taken_apart(plan):
    assert "EUR 650" in plan.headline
    assert "no money" in plan.headline
    assert "to be repaid" in plan.headline
    assert "EUR 647.4 bn" in plan.headline
    assert "only 18 states" in plan.headline


def test_sums_are_the_sums_of_their_states(plan):
    row = next(r for r in plan.totals if (r["group"], r["scenario"], r["year"]) == ("EU", "base", 2035))
    years = [path.at(2035) for path in plan.paths if path.scenario == "base" and path.state in plan.groups["EU"]]
    debt = sum(year.debt_pct_gdp * year.gdp_eur_bn / 100 for year in years)
    assert row["debt_eur_bn"] == pytest.approx(debt)
    assert row["states"] == 27
    assert row["saving_unknown"] == 1  # Romania: no market rate


def test_a_loan_is_counted_once(plan):
    """Spending and the primary balance are the same with the facility as without it."""
    loans = {loan.state for loan in plan.loans}
    bare = plan_funding(CASE, Request(as_of=date(2025, 9, 8), draws=10, target_pct_gdp=3.5, by=2035))
    assert not bare.loans
    assert len(loans) == 19
    for state in loans:
        ours, theirs = plan.path(state, "base"), bare.path(state, "base")
        for one, two in zip(ours.years, theirs.years, strict=True):
            assert one.defence_pct_gdp == two.defence_pct_gdp
            assert one.primary_balance_pct_gdp == two.primary_balance_pct_gdp


def test_the_cliff_is_the_step_after_2028(plan):
    cliffs = {one.state: one for one in plan.cliffs if one.scenario == "base"}
    assert len(cliffs) == 18
    assert {one.last_year for one in cliffs.values()} == {2028}
    assert cliffs["DEU"].step_pct_gdp == pytest.approx(2 / 9 * 1.1)
    assert cliffs["POL"].step_eur_bn == 0


def test_a_requirement_is_shared_and_every_miss_is_named(plan):
    assert sum(one.needed_eur_bn for one in plan.requirements) == pytest.approx(500)
    france = next(one for one in plan.requirements if one.state == "FRA")
    assert not france.holds
    assert france.broken["debt in 2035"] == pytest.approx(france.debt_pct_gdp - france.debt_limit_pct_gdp)
    assert france.broken["debt in 2035"] > france.already_pct_gdp > 0
    britain = next(one for one in plan.requirements if one.state == "GBR")
    assert (britain.debt_limit_pct_gdp, britain.give_pct_gdp) == (None, None)


def test_what_is_required_is_answered_on_the_first_page(plan):
    answers = [answer.replace("\u00a0", " ") for answer in list_answers(plan)]
    shares = [one.extra_pct_gdp for one in plan.requirements]
    said = f"EUR 500 bn by 2030 takes {min(shares):.2f} to {max(shares):.2f} % of GDP a year from 2027 on: "
    assert any(answer.startswith(said) for answer in answers)


def test_a_target_and_its_year_move_the_path():
    plan = plan_funding(CASE, Request(("FRA",), "growth shock", 5.0, None, 2032, 10))
    path = plan.path("FRA", "base")
    assert path.at(2032).defence_pct_gdp == pytest.approx(5.0)
    assert path.at(2035).defence_pct_gdp == pytest.approx(5.0)
    assert [scenario.name for scenario in plan.scenarios] == ["base", "growth shock"]
    assert plan.groups == {"chosen": ("FRA",)}


def test_trade_offs_are_shown_at_the_target_that_was_asked_for():
    plan = plan_funding(CASE, Request(("FRA",), target_pct_gdp=2.8, draws=10))
    points = {p.offset_share: p for p in plan.tradeoffs if p.defence_target_pct_gdp == 2.8}
    assert points[0.0].debt_pct_gdp == pytest.approx(plan.path("FRA", "base").years[-1].debt_pct_gdp)
    assert points[1.0].other_pct_gdp == pytest.approx(0.7)


def test_a_day_knows_nothing_of_later_ones():
    plan = plan_funding(CASE, Request(as_of=date(2025, 5, 1), draws=10))
    assert plan.scenarios[0].defence_target_pct_gdp == 0
    assert any("no rule on defence spending is known" in note for note in plan.notes)
    assert not plan.cliffs
    assert not plan.loans
    empty = plan_funding(CASE, Request(as_of=date(2025, 1, 1), draws=10))
    assert empty.headline == ""
    assert any("no facility of loans" in note for note in empty.notes)
    assert b"Nothing of it is known here" in write_page(compose_funding(empty))


def test_the_same_question_gives_the_same_bytes(tmp_path):
    request = Request(("FRA", "POL"), requirement_eur_bn=50.0, by=2030, draws=20)
    _, one = fund_case(CASE, tmp_path / "one", request)
    _, two = fund_case(CASE, tmp_path / "two", request)
    assert {path.name for path in one} == {
        "funding.html",
        "funding.pdf",
        "funding.json",
        "paths.csv",
        "paths.parquet",
        "totals.csv",
        "loans.csv",
    }
    for first, second in zip(one, two, strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name


def test_files_agree_with_the_plan(tmp_path):
    plan, _ = fund_case(CASE, tmp_path / "out", Request(("FRA", "ISL"), draws=20))
    document = json.loads((tmp_path / "out" / "funding.json").read_text("utf-8"))
    assert document["schema"] == "truceline/funding/1"
    assert document["states"][1]["notes"] == ["not computable: no defence spending"]
    with (tmp_path / "out" / "paths.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = pl.read_parquet(tmp_path / "out" / "paths.parquet")
    assert len(rows) == len(table) == 5 * 11
    last = plan.path("FRA", "base").years[-1]
    assert float(rows[10]["debt_pct_gdp"]) == pytest.approx(last.debt_pct_gdp)
    assert table["debt_pct_gdp"][10] == last.debt_pct_gdp
    with (tmp_path / "out" / "loans.csv").open(newline="") as file:
        loans = list(csv.DictReader(file))
    assert sum(float(row["drawn_eur"]) for row in loans) == pytest.approx(16.22e9)
    assert loans[-1]["owed_eur"] == "0.00"


def test_every_linked_figure_leads_somewhere(plan):
    page = write_page(compose_funding(plan)).decode()
    links, anchors = set(re.findall(r'href="#([^"]+)"', page)), set(re.findall(r'id="([^"]+)"', page))
    assert links <= anchors
    assert len([link for link in links if link.startswith("source-")]) > 15
    assert "not computable: the concepts and years differ" in page
    assert "<script" not in page


def test_hostile_text_stays_text(copy, tmp_path):
    path = copy / "inputs" / "states.csv"
    evil = "=HYPERLINK(1)<script>alert(1)</script>\u202e"
    path.write_text(path.read_text("utf-8").replace("FRA,France,", f"FRA,{evil},"), "utf-8")
    path = copy / "inputs" / "safe_allocation.csv"
    path.write_text(path.read_text("utf-8").replace("plan expected", "#import <script> $x$ plan expected"), "utf-8")
    fund_case(copy, tmp_path / "out", Request(("FRA",), draws=10))
    page = (tmp_path / "out" / "funding.html").read_text("utf-8")
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_all_is_quick(tmp_path):
    start = time.perf_counter()
    plan_funding(CASE, Request(draws=1000))
    assert time.perf_counter() - start < 10


def test_trade_off_curves_of_the_group_are_sums_of_its_states(plan):
    (figure,) = draw_group_choices(plan)
    assert "not computable: the concepts and years differ" in {label.text for label in figure.wide.labels}
    members = plan.groups["coalition"]
    path = [plan.path(state, "base").years[-1] for state in members if plan.path(state, "base").years]
    whole = sum(year.gdp_eur_bn for year in path)
    debt = sum(
        point.debt_pct_gdp * plan.path(point.state, "base").years[-1].gdp_eur_bn / whole
        for point in plan.tradeoffs
        if point.state in members and (point.defence_target_pct_gdp, point.offset_share) == (3.5, 0.0)
    )
    assert debt == pytest.approx(100 * sum(y.debt_pct_gdp / 100 * y.gdp_eur_bn for y in path) / whole)


def test_each_state_has_a_curve_of_debt_against_its_social_line(plan):
    (figure,) = draw_frontiers(plan)
    names = {label.text for label in figure.wide.labels}
    assert {economy.name for state, economy in plan.economies.items() if plan.path(state, "base").years} <= names
    assert "no social line is known" in names
    assert {"2.5 % of GDP on defence", "3.5 % of GDP on defence", "5 % of GDP on defence"} <= names


def test_a_line_looks_the_same_in_every_panel_of_a_state(plan):
    """The same scenario was dotted in one panel and dashed in the other once."""
    page = write_page(compose_funding(plan)).decode()
    figure = page.partition('id="paths-FRA"')[2].partition("</svg>")[0]
    keys = re.findall(r">(base|United States leave|growth shock|rate shock|no joint buying)<", figure)
    assert len(keys) == len(set(keys)) == 5


def test_a_contradiction_between_sources_is_shown_and_not_resolved(plan):
    ours = [one["figure"].replace("\u00a0", " ") for one in plan.disagreements]
    assert ours == ["EUR 74 bn", "EUR 77.46 bn", "EUR 77.14 bn"]
    batch = [loan for loan in read_batch(CASE) if loan["council_decision_date"] == "2026-02-17"]
    assert sum(int(loan["tentative_eur"]) for loan in batch) == 77_460_000_000
    page = write_page(compose_funding(plan)).decode()
    assert page.count("77.46") >= 2
    before = plan_funding(CASE, Request(("FRA",), as_of=date(2026, 2, 16), draws=5))
    assert before.disagreements == ()


def read_batch(case):
    with (case / "inputs" / "safe_allocation.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_day_says_what_it_does_not_change():
    early = plan_funding(CASE, Request(("FRA",), as_of=date(2025, 3, 5), draws=5))
    assert any("finances of states stand as the tables have them" in note for note in early.notes)
    late = plan_funding(CASE, Request(("FRA",), as_of=date(2040, 1, 1), draws=5))
    assert any("the document knows nothing after 2\u00a0Mar\u00a02026" in note for note in late.notes)
    assert not [note for note in plan_funding(CASE, Request(("FRA",), draws=5)).notes if "finances of states" in note]


def test_a_state_may_be_given_by_two_letters_or_by_name():
    plan = plan_funding(CASE, Request(("FR", "poland"), draws=5))
    assert plan.groups == {"chosen": ("FRA", "POL")}


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "option", "what"),
    [
        (Request(("FRB",)), "--state", "state not known"),
        (Request(scenario="boom"), "--scenario", "scenario not known"),
        (Request(draws=0), "--draws", "number of no use"),
        (Request(draws=10**9), "--draws", "number of no use"),
        (Request(seed=-1), "--seed", "number of no use"),
        (Request(target_pct_gdp=0.0), "--target", "number of no use"),
        (Request(target_pct_gdp=float("nan")), "--target", "number of no use"),
        (Request(target_pct_gdp=80.0), "--target", "number of no use"),
        (Request(("POL",), target_pct_gdp=2.0), "--target", "below what all spend today"),
        (Request(by=2030), "--by", "a date for nothing"),
        (Request(requirement_eur_bn=100.0), "--requirement", "a requirement without its date"),
        (Request(requirement_eur_bn=float("inf"), by=2030), "--requirement", "number of no use"),
        (Request(requirement_eur_bn=-1.0, by=2030), "--requirement", "number of no use"),
        (Request(requirement_eur_bn=100.0, by=2026), "--by", "number of no use"),
    ],
)
def test_what_no_plan_can_use_is_refused(request_, option, what):
    problems = refuse(CASE, request_)
    assert [(problem.file, problem.what) for problem in problems] == [(option, what)]


def test_all_wrong_numbers_at_once():
    assert len(refuse(CASE, Request(draws=0, seed=-1, target_pct_gdp=-2.0))) == 3


def test_a_plan_that_no_economy_can_carry_is_said_to_be_none():
    plan = plan_funding(CASE, Request(("MLT",), requirement_eur_bn=1000.0, by=2027, draws=10))
    assert plan.requirements[0].extra_pct_gdp is None
    assert plan.requirements[0].note.startswith("infeasible: ")
    answers = [answer.replace("\u202f", " ").replace("\u00a0", " ") for answer in list_answers(plan)]
    assert any(answer.startswith("EUR 1 000 bn by 2027: no path for Malta (infeasible: ") for answer in answers)
    assert not any("0 of the 0" in answer for answer in answers)
    assert any(answer.startswith("chosen, 1 state: ") for answer in answers)


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("states.csv", "FRA,France,", "FRX,France,", "state or year not known"),
        ("states.csv", ",EU rules,", ",house rules,", "framework not known"),
        ("economy.csv", "FRA,2026,", "FRA,MMXXVI,", "state or year not known"),
        ("safe_allocation.csv", "POL,43730000000", "POL,43.73 bn", "tentative_eur not understood"),
        ("safe_allocation.csv", "POL,43730000000", "PLO,43730000000", "state not known"),
        ("escape_clause.csv", "AUT,2026-02-17", "AUT,17.02.2026", "not a day"),
        ("net_expenditure.csv", "FRA,2025,0.8", "FRA,2025,slow", "year or growth not understood"),
        ("union_gdp.csv", "2024,17984", "2024,much", "year or GDP not understood"),
        ("union_gdp.csv", "2024,17984", "2023,17984", "year given twice"),
        ("net_expenditure.csv", "FRA,2026,", "FRX,2026,", "state not known"),
        ("debt_structure.csv", "short_term_share", "short_term_shar", "column not known"),
        ("economy.csv", "FRA,2026,", "FRA,2026,1e300,", "row of another length"),
    ],
)
def test_a_bad_table_stops_it_and_nothing_is_written(copy, file, old, new, what):
    path = copy / "inputs" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CaseError) as refused:
        fund_case(copy, copy / "funding", Request(draws=10))
    assert what in {problem.what for problem in refused.value.problems}
    assert not (copy / "funding").exists()
    assert not list(copy.glob(".funding*"))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('prefinancing = "15 %"', 'prefinancing = "115 %"', "programme safe, terms.prefinancing: more than all of it"),
        ('cap = "1.5 % of GDP"', "cap = 1.5", "programme escape-clause, terms.cap: share not understood"),
        ('allocations = "inputs/safe_allocation.csv"', 'allocations = "../safe.csv"', "table outside the case"),
        ('allocations = "inputs/safe_allocation.csv"', 'allocations = "inputs/none.csv"', "file not found"),
        ("additional_spending = false", "additional_spending = true", "programme safe, terms.additional_spending:"),
    ],
)
def test_nonsense_in_a_programme_stops_it(copy, old, new, what):
    path = copy / "agreement.md"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert any(problem.what.startswith(what) for problem in refuse(copy, Request(draws=10)))


@pytest.mark.parametrize("state", ["ISL", "UKR", "AUS"])
def test_a_state_that_cannot_be_computed_is_said_to_be_so(tmp_path, state):
    done = run(CASE, "--out", tmp_path / "out", "--state", state, "--requirement", 5, "--by", 2030, "--quiet")
    assert done.exit_code == 0, done.output
    assert "not computable: no defence spending" in done.stdout
    assert "None of the states" in (tmp_path / "out" / "funding.html").read_text("utf-8")


def test_a_stranger_has_its_line(copy):
    path = copy / "inputs" / "safe_allocation.csv"
    path.write_text(path.read_text("utf-8").replace("\nFRA,", "\nFRX,"), "utf-8")
    problems = refuse(copy, Request(draws=10))
    assert [(problem.line, problem.do) for problem in problems] == [(4, 'did you mean "FRA"?')]


def test_no_case_at_all(tmp_path):
    assert refuse(tmp_path, Request())


def test_a_case_without_inputs_says_which_are_missing(copy):
    shutil.rmtree(copy / "inputs")
    found = {Path(problem.file).name for problem in refuse(copy, Request())}
    assert {"states.csv", "economy.csv", "debt_structure.csv"} <= found


# --- on the command line ----------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(main, ["fund", *map(str, arguments)])


def test_the_command_prints_tables_and_writes_files(tmp_path):
    done = run(CASE, "--out", tmp_path / "out", "--state", "FRA", "--draws", 20, "--quiet")
    assert done.exit_code == 0, done.output
    assert "Scenarios side by side" in done.stdout
    assert "funding.pdf" in done.stdout
    assert (tmp_path / "out" / "funding.html").stat().st_size > 10_000


def test_the_command_prints_json(tmp_path):
    done = run(CASE, "--out", tmp_path / "out", "--state", "FRA", "--draws", 20, "--json", "--quiet")
    assert json.loads(done.stdout)["groups"] == {"chosen": ["FRA"]}


def test_the_command_leaves_with_2_and_writes_nothing(tmp_path):
    done = run(CASE, "--out", tmp_path / "out", "--state", "FRB")
    assert done.exit_code == 2
    assert 'did you mean "FRA"?' in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_ours_stays(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    done = run(CASE, "--out", tmp_path / "out", "--state", "FRA", "--draws", 10, "--quiet")
    assert done.exit_code == 2
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


def test_tables_have_their_columns_where_they_have_no_rows(tmp_path):
    fund_case(CASE, tmp_path / "out", Request(("ISL",), as_of=date(2025, 1, 1), draws=5))
    for name, columns in (("paths", PATH_COLUMNS), ("totals", TOTAL_COLUMNS), ("loans", LOAN_COLUMNS)):
        assert (tmp_path / "out" / f"{name}.csv").read_text("utf-8").split() == [",".join(columns)]
    assert set(plan_funding(CASE, Request(("FRA",), draws=5)).totals[0]) == set(TOTAL_COLUMNS)


@pytest.mark.parametrize("day", ["yesterday", "05.03.2025", "2025-02-30", "2025-03-05T10:00", "", "x" * 500])
def test_what_is_no_day_is_answered_with_one(tmp_path, day):
    done = run(CASE, "--out", tmp_path / "out", "--as-of", day)
    assert done.exit_code == 2
    assert "is no day: write it as 2025-03-15" in done.stderr
    assert len(done.stderr) < 500
    assert not (tmp_path / "out").exists()
