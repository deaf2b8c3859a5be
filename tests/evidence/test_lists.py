"""Lists of known platforms, flags behind numbers, and that a flag makes no party."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truceline.evidence import gather, read_plan
from truceline.evidence.listing import Entry
from truceline.evidence.lists import read_list
from truceline.gazetteer import load_gazetteer

SHIPS = "time_utc,mmsi,lon,lat\n2025-01-01T00:00Z,273000001,30.5,46\n2025-01-01T01:00Z,272000002,30.6,46\n"
PLANES = "time_utc,icao24,lon,lat\n2025-01-01T00:00Z,508123,30.5,46\n"
PLAN = '[[source]]\npath = "ships.csv"\nformat = "csv"\n[[source]]\npath = "planes.csv"\nformat = "csv"\n'


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "ships.csv").write_text(SHIPS)
    (tmp_path / "planes.csv").write_text(PLANES)
    (tmp_path / "evidence.toml").write_text(PLAN)
    return tmp_path


def add(case: Path, rows: str, head: str = "mmsi,icao24,name,party,category", more: str = "") -> None:
    (case / "fleet.csv").write_text(f"{head}\n{rows}\n")
    (case / "evidence.toml").write_text(f'{PLAN}[[list]]\npath = "fleet.csv"\n{more}\n')


def platforms(case: Path) -> dict[str, dict]:
    plan, problems = read_plan(case / "evidence.toml", {})
    assert problems == []
    rows = gather(plan, load_gazetteer(), case / "out").platforms.to_dicts()
    return {row["platform"]: row for row in rows}


def problems(case: Path) -> list[tuple[int, str]]:
    return [(problem.line, problem.what) for problem in read_plan(case / "evidence.toml", {})[1]]


def test_the_flag_is_that_behind_the_number(case):
    flags = {name: row["flag"] for name, row in platforms(case).items()}
    assert flags == {"mmsi:273000001": "RU", "mmsi:272000002": "UA", "icao:508123": "UA"}


def test_a_flag_makes_no_party(case):
    assert {row["party"] for row in platforms(case).values()} == {None}


def test_a_flag_that_somebody_stated_stands(case):
    add(case, "273000001,PA", head="mmsi,flag")
    assert platforms(case)["mmsi:273000001"]["flag"] == "PA"


def test_what_a_list_says_is_known(case):
    add(case, "273000001,,NEVA,RU,warship\n,508123,BIRD,UA,drone")
    known = platforms(case)
    ship, plane = known["mmsi:273000001"], known["icao:508123"]
    assert (ship["name"], ship["party"], ship["category"]) == ("NEVA", "RU", "warship")
    assert (plane["name"], plane["party"], plane["category"]) == ("BIRD", "UA", "drone")


def test_the_list_speaks_for_rows_that_do_not(case):
    add(case, "273000001,,,,\n272000002,,,UA,cargo", more='party = "RU"\ncategory = "tanker"')
    known = platforms(case)
    assert (known["mmsi:273000001"]["party"], known["mmsi:273000001"]["category"]) == ("RU", "tanker")
    assert (known["mmsi:272000002"]["party"], known["mmsi:272000002"]["category"]) == ("UA", "cargo")


def test_what_the_case_says_of_one_platform_comes_first(case):
    add(case, "273000001,,,RU,warship", more='[[platform]]\nplatform = "mmsi:273000001"\ncategory = "cargo"')
    row = platforms(case)["mmsi:273000001"]
    assert (row["category"], row["party"]) == ("cargo", "RU")


def test_of_a_long_list_only_what_was_met_enters(case):
    add(case, "\n".join(f"2110{number:05d},,,RU,cargo" for number in range(500)))
    assert len(platforms(case)) == 3


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ("12x,,,RU,cargo", "MMSI not understood"),
        ("0,,,RU,cargo", "MMSI not understood"),
        (",50812,,RU,cargo", "ICAO address not understood"),
        (",,NEVA,RU,cargo", "row without an identity"),
        ("273000001,,,RU,battleship", "category not known"),
    ],
)
def test_a_row_that_is_wrong_is_a_problem_on_its_line(case, rows, what):
    add(case, f"272000002,,,UA,cargo\n{rows}")
    assert problems(case) == [(3, what)]


def test_listed_twice_and_differently_is_a_problem(case):
    add(case, "273000001,,,RU,cargo\n273000001,,,UA,cargo")
    assert problems(case) == [(3, "platform listed twice, and differently")]


def test_many_wrong_rows_are_counted(case):
    add(case, "x,,,,\n" * 50)
    assert len(problems(case)) == 21


@pytest.mark.parametrize(
    ("key", "what"),
    [('path = "../x.csv"', "path leaves the case"), ('path = "none.csv"', "file not found"), ("", "path missing")],
)
def test_a_list_that_is_not_there_is_a_problem(case, key, what):
    (case / "evidence.toml").write_text(f"{PLAN}[[list]]\n{key}\n")
    assert [name for _, name in problems(case)] == [what]


def test_a_table_without_identities_is_no_list(case):
    add(case, "NEVA", head="name")
    assert problems(case) == [(1, "list without identities")]


@pytest.mark.parametrize("row", ['"273000001', "2" * 200_000, '27"3,x"y'])
def test_a_broken_row_is_a_problem(case, row):
    add(case, row)
    assert len(problems(case)) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.binary(max_size=100), st.text("mmsiicao24,\n\"' 0123456789abcdef", max_size=120).map(str.encode)))
def test_whatever_stands_in_a_list_is_read_or_a_problem(tmp_path, data):
    path = tmp_path / "list.csv"
    path.write_bytes(b"mmsi,icao24,party\n" + data)
    entry = Entry("evidence.toml", "list", 1, {"path": "list.csv"}, {})
    listed = read_list(entry, path)
    assert all(one.mmsi or one.icao24 for one in listed)
    assert all(problem.do and problem.line >= 1 for problem in entry.problems)
