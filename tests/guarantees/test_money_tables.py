"""Tables as their users save them: what is read all the same, and what is refused with its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.finance import Scenario
from truceline.guarantees.economies import read_economies
from truceline.guarantees.funding import project
from truceline.guarantees.spending import read_limits
from truceline.guarantees.tables import read_table

PLAIN = b"state,amount,note\nFRA,1.5,one\nPOL,2.5,two\n"


def read(tmp_path, content, known=("amount", "note")):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    return read_table(path, ("state",), known)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        PLAIN + b"\n\n",
        b"note,amount,state\none,1.5,FRA\ntwo,2.5,POL\n",
        b'"state","amount","note"\n"FRA","1.5","one"\n"POL","2.5","two"\n',
        b" state ,amount,note\nFRA,1.5,one\nPOL,2.5,two",
    ],
)
def test_the_same_table_is_read_however_it_was_saved(tmp_path, content):
    rows, problems = read(tmp_path, content)
    assert problems == []
    assert [row for _, row in rows] == [
        {"state": "FRA", "amount": "1.5", "note": "one"},
        {"state": "POL", "amount": "2.5", "note": "two"},
    ]


@pytest.mark.parametrize(
    ("content", "line", "what", "do"),
    [
        (PLAIN.replace(b",", b";"), 1, "columns not set apart by commas", "save it with commas"),
        (PLAIN.replace(b",", b"\t"), 1, "columns not set apart by commas", "save it with commas"),
        (PLAIN.replace(b"state", b"states"), 1, "columns missing: state", 'rename "states" to "state"'),
        (PLAIN.replace(b"amount", b"ammount"), 1, "column not known", 'did you mean "amount"?'),
        (PLAIN.replace(b"note", b"amount"), 1, "column given twice", "remove or rename one"),
        (PLAIN[:-5], 3, "row of another length", "complete the row"),
        (PLAIN.replace(b"1.5", b"1,5"), 2, "row of another length", "put text with commas in quotes"),
        (b"PK\x03\x04" + bytes(50), 1, "a workbook or an archive, and no table", "save its sheet as CSV"),
        (b"\xd0\xcf\x11\xe0" + bytes(50), 1, "a workbook or an archive, and no table", "save its sheet as CSV"),
        (b"\xff\xfes\0t\0", 1, "not UTF-8", "save it as UTF-8"),
        (b"", 1, "columns missing: state", "add them"),
        (b'state\n"FRA\n', 1, "table not understood", "put text with commas in quotes"),
    ],
)
def test_what_would_lose_a_number_is_refused_with_its_line(tmp_path, content, line, what, do):
    rows, problems = read(tmp_path, content)
    assert rows == []
    assert (problems[0].line, problems[0].what) == (line, what)
    assert do in problems[0].do


@settings(max_examples=60)
@given(content=st.binary(max_size=200))
def test_no_bytes_break_the_reader(tmp_path_factory, content):
    rows, problems = read(tmp_path_factory.mktemp("bytes"), content)
    assert not (rows and problems)


# --- numbers that no economy can have ---------------------------------------------------------

STATES = "state,name,framework,gdp_2025_eur_bn,real_growth_2026_pct,debt_2025_pct_gdp\n"


def read_states(tmp_path, row, years="state,year\n", structure="state\n"):
    (tmp_path / "states.csv").write_text(STATES + row, "utf-8")
    (tmp_path / "economy.csv").write_text(years, "utf-8")
    (tmp_path / "debt_structure.csv").write_text(structure, "utf-8")
    return read_economies(tmp_path)


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e400", "nan", "inf", "-inf", "0x10", "1_000e9", "٥", "1,5"])
@pytest.mark.parametrize("column", [3, 4, 5])
def test_a_number_beyond_all_measure_is_refused(tmp_path, number, column):
    cells = ["FRA", "France", "EU rules", "2976", "0.9", "116"]
    cells[column] = f'"{number}"'
    _, problems = read_states(tmp_path, ",".join(cells) + "\n")
    assert [(problem.line, problem.what.endswith("not understood")) for problem in problems] == [(2, True)]


def test_a_decimal_comma_is_named_as_one(tmp_path):
    _, problems = read_states(tmp_path, 'FRA,France,EU rules,"2976,1",0.9,116\n')
    assert problems[0].do == "write a point in it"


@pytest.mark.parametrize("gdp", ["0", "-5"])
def test_gdp_is_more_than_nothing(tmp_path, gdp):
    _, problems = read_states(tmp_path, f"FRA,France,EU rules,{gdp},0.9,116\n")
    assert problems[0].what == "gdp_2025_eur_bn not understood"


def test_a_state_given_twice_in_the_structure_of_debt_is_refused(tmp_path):
    row = "FRA,France,EU rules,2976,0.9,116\n"
    structure = "state,short_term_share\nFRA,0.1\nFRA,0.2\n"
    _, problems = read_states(tmp_path, row, structure=structure)
    assert [(problem.line, problem.what) for problem in problems] == [(3, "state given twice")]


def test_without_states_no_row_of_another_table_is_an_error_too(tmp_path):
    (tmp_path / "states.csv").write_text("state;name;framework\nFRA;France;EU rules\n", "utf-8")
    (tmp_path / "economy.csv").write_text("state,year\n" + "FRA,2025\n" * 50, "utf-8")
    (tmp_path / "debt_structure.csv").write_text("state\nFRA\n", "utf-8")
    _, problems = read_economies(tmp_path)
    assert [problem.what for problem in problems] == ["columns not set apart by commas"]


def test_a_table_of_states_without_rows_is_refused(tmp_path):
    _, problems = read_states(tmp_path, "")
    assert [problem.what for problem in problems] == ["table without rows"]


def test_a_limit_given_twice_is_refused(tmp_path):
    path = tmp_path / "net_expenditure.csv"
    path.write_text("state,year,max_growth_pct,source\nFRA,2026,1.2,a\nFRA,2026,1.4,b\n", "utf-8")
    _, problems = read_limits(path)
    assert [(problem.line, problem.what) for problem in problems] == [(3, "state and year given twice")]


CARRIED = (
    "state,name,framework,gdp_2025_eur_bn,nominal_growth_2026_pct,real_growth_2026_pct,debt_2025_pct_gdp,"
    "debt_2026_pct_gdp,balance_2025_pct_gdp,balance_2026_pct_gdp,primary_balance_2025_pct_gdp,defence_pct_gdp\n"
)


def test_a_path_that_runs_away_is_not_computable(tmp_path):
    (tmp_path / "states.csv").write_text(
        CARRIED + "FRA,France,none known,100,-49,-49,900,1000,-900,-900,-100,2\n", "utf-8"
    )
    (tmp_path / "economy.csv").write_text("state,year\n", "utf-8")
    (tmp_path / "debt_structure.csv").write_text("state\n", "utf-8")
    economies, problems = read_economies(tmp_path)
    assert problems == []
    path = project(economies["FRA"], Scenario("base"))
    assert path.years == ()
    assert path.notes[0].startswith("not computable: debt leaves 10,000 % of GDP in 20")
