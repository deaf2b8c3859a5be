"""The files of the register: whole or not at all, the same bytes, safe to open, in the form that is described."""

import csv
import json
import re
import time
from datetime import date
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from promised_case import BRITAIN, DIVISION, FRANCE, write_case

import truceline.dossier
from truceline.cli import main
from truceline.dossier.abridgement import abridge
from truceline.dossier.composition import compose
from truceline.dossier.iati import ACTIVITY_STATUS, TRANSACTION_TYPE
from truceline.dossier.pledges import open_dossier, write_dossier
from truceline.dossier.result import Request
from truceline.dossier.rows import write_csv
from truceline.errors import CaseError
from truceline.reports.content import Table, as_tree
from truceline.reports.paper import write_paper

SCHEMA = json.loads((Path(truceline.dossier.__file__).parent / "schemas" / "pledges-1.json").read_text("utf-8"))
UKRAINE = Path(__file__).parents[2] / "cases" / "ukraine-2025"
NAMES = {
    "pledges.json",
    "pledges.csv",
    "pledges.parquet",
    "adequacy.csv",
    "rotation.csv",
    "iati.xml",
    "pledges.html",
    "pledges.pdf",
}


def write(folder, out, **options):
    return write_dossier(folder, out, Request(**options))


def rows_of(path):
    return list(csv.DictReader(StringIO(path.read_text("utf-8"))))


@pytest.fixture(scope="module")
def ukraine(tmp_path_factory):
    out = tmp_path_factory.mktemp("ukraine") / "out"
    dossier, _ = write(UKRAINE, out)
    return dossier, out


def test_everything_is_written_and_fits_its_schema(ukraine):
    _, out = ukraine
    assert {path.name for path in out.iterdir()} == NAMES
    document = json.loads((out / "pledges.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert {row["id"] for row in rows_of(out / "pledges.csv")} == {pledge["id"] for pledge in document["pledges"]}
    table = pl.read_parquet(out / "pledges.parquet")
    assert table.schema["made"] == pl.Date
    assert table.height == len(document["pledges"])
    assert (out / "pledges.pdf").read_bytes().startswith(b"%PDF")


def test_the_same_case_gives_the_same_bytes(ukraine, tmp_path):
    _, out = ukraine
    write(UKRAINE, tmp_path / "again")
    for name in NAMES:
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name


def test_every_figure_on_the_page_leads_to_its_source(ukraine):
    dossier, out = ukraine
    page = (out / "pledges.html").read_text("utf-8")
    anchors = {part.partition('"')[0] for part in page.split('id="')[1:]}
    links = [part.partition('"')[0] for part in page.split('href="#')[1:]]
    assert set(links) <= anchors
    assert sum(link.startswith("source-") for link in links) >= len(dossier.register.pledges)
    assert "not\u00a0verified" in page


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    folder = write_case(tmp_path / "case", FRANCE)
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    with pytest.raises(CaseError, match="not ours to replace"):
        write(folder, out)
    assert [path.name for path in out.iterdir()] == ["letter.txt"]


def test_a_failure_leaves_the_old_output(tmp_path, monkeypatch):
    folder = write_case(tmp_path / "case", FRANCE)
    out = tmp_path / "out"
    write(folder, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write_case(folder, FRANCE, BRITAIN)

    def fail(_):
        raise RuntimeError("no paper")

    monkeypatch.setattr("truceline.dossier.files._write_paper", fail)
    with pytest.raises(RuntimeError):
        write(folder, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


HOSTILE = "=HYPERLINK(1)<script>alert(1)</script>\u202e|"


def test_nothing_in_a_pledge_becomes_markup_or_a_formula(tmp_path):
    folder = write_case(tmp_path / "case", FRANCE.replace("French troops", HOSTILE).replace("paper A", HOSTILE))
    write(folder, tmp_path / "out")
    page = (tmp_path / "out" / "pledges.html").read_text("utf-8")
    assert "<script" not in page
    assert "\u202e" not in page
    (row,) = rows_of(tmp_path / "out" / "pledges.csv")
    assert row["what"].startswith("'=")
    assert row["source"].startswith("'=")


@given(st.text(max_size=30))
def test_no_cell_is_a_formula(text):
    content = write_csv(("a", "b"), [{"a": text, "b": None}]).decode("utf-8")
    ((cell, empty),) = list(csv.reader(StringIO(content)))[1:]
    assert empty == ""
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


# --- IATI -------------------------------------------------------------------------------------

MONEY = """```pledge {id}
by = "GBR"
to = "UKR"
what = "money"
made = 2025-02-16
political = "{political}"
quantity = "{quantity}"
source = "paper"
due = 2025-12-31
```
"""


def export(tmp_path, *blocks):
    write(write_case(tmp_path / "case", *blocks), tmp_path / "out")
    return ElementTree.parse(tmp_path / "out" / "iati.xml").getroot()  # noqa: S314 - our own file


def money(name, political="announced", quantity="GBP 200.5 m"):
    return MONEY.replace("{id}", name).replace("{political}", political).replace("{quantity}", quantity)


@pytest.mark.parametrize(
    ("political", "status", "code"),
    [("announced", "1", "12"), ("committed", "1", "2"), ("allocated", "2", "2"), ("delivered", "4", "3")],
)
def test_a_pledge_of_money_is_a_transaction(tmp_path, political, status, code):
    (activity,) = export(tmp_path, money("aid", political), FRANCE)
    assert activity.find("activity-status").get("code") == status
    transaction = activity.find("transaction")
    assert transaction.find("transaction-type").get("code") == code
    assert transaction.find("value").text == "200500000"
    assert transaction.find("value").get("currency") == "GBP"
    assert activity.find("iati-identifier").text == "test-1-aid"
    assert not [element for element in activity.iter() if element.get("ref")], "no identifier is made up"


@pytest.mark.parametrize("quantity", ["<= GBP 200 m", "GBP 100..200 m", "about GBP 200 m"])
def test_what_is_no_exact_sum_is_no_transaction(tmp_path, quantity):
    (activity,) = export(tmp_path, money("aid", quantity=quantity))
    assert activity.find("transaction") is None
    assert "paper" in activity.find("description/narrative").text


def test_what_is_withdrawn_has_a_status_and_no_transaction(tmp_path):
    found = export(tmp_path, money("gone", "withdrawn"), money("held", "suspended"))
    assert [activity.find("activity-status").get("code") for activity in found] == ["5", "6"]
    assert found.findall(".//transaction") == []


def test_the_elements_stand_in_the_order_of_the_schema(tmp_path):
    order = (
        "iati-identifier reporting-org title description participating-org activity-status activity-date transaction"
    )
    (activity,) = export(tmp_path, money("aid"))
    assert list(dict.fromkeys(child.tag for child in activity)) == order.split()
    assert set(TRANSACTION_TYPE.values()) <= {"2", "3", "12"}
    assert set(ACTIVITY_STATUS.values()) <= {"1", "2", "3", "4", "5", "6"}


# --- inputs that people will have ---------------------------------------------------------------


def refuse(tmp_path, *blocks):
    with pytest.raises(CaseError) as error:
        write(write_case(tmp_path / "case", *blocks), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    return [(problem.line > 1, problem.what) for problem in error.value.problems]


BAD = {
    "conditions in a circle": [
        FRANCE.rstrip("`\n") + '\ntrigger = "pledge gbr-troops delivered"\n```\n',
        BRITAIN.replace('"in-force"', '"pledge fra-troops delivered"'),
    ],
    "a pledge to oneself": [FRANCE.replace('to = "UKR"', 'to = "FRA"')],
    "more than all of it": [FRANCE.replace("7500 persons", "120 %")],
    "unit not known": [FRANCE.replace("7500 persons", "7500 soldiers")],
    "currency not known": [FRANCE.replace("7500 persons", "XXX 5 bn")],
    "quantity without a unit": [FRANCE.replace('"7500 persons"', "7500")],
    "revision before what it revises": [BRITAIN.replace("day = 2025-05-01", "day = 2025-01-01")],
    "due before it was made": [FRANCE.replace("verified", "due = 2024-01-01\nverified")],
    'missing key "source"': [FRANCE.replace('source = "paper A"\n', "")],
    "key not known": [FRANCE.replace("capability", "capabillity")],
    "pledge not known": [BRITAIN.replace('"in-force"', '"pledge nobody delivered"')],
    "not a day": [FRANCE.replace("2025-02-17", '"last spring"')],
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_used_is_said_with_its_line(tmp_path, what):
    found = refuse(tmp_path, *BAD[what])
    assert any(line and what in text for line, text in found), found


def test_other_units_currencies_and_prices_are_never_added(tmp_path):
    need = DIVISION.replace('quantity = "15000 persons"', 'quantity = "EUR 5 bn, 2025 prices"')
    quantities = ("EUR 2 bn, 2025 prices", "EUR 2 bn", "USD 9 bn, 2025 prices", "3 brigades")
    blocks = [FRANCE.replace("fra-troops", f"p{n}").replace("7500 persons", q) for n, q in enumerate(quantities)]
    dossier, _ = write(write_case(tmp_path / "case", need, *blocks), tmp_path / "out")
    (found,) = dossier.adequacy
    assert (found.all.low, found.all.high, found.verdict.value) == (2_000_000_000, None, "cannot tell")
    assert [part.reason for part in found.contributions][1:] == [
        "in prices of another year: 2025 prices, not stated",
        "in USD, the need is in EUR",
        "in brigades, the need is in EUR",
    ]


@pytest.mark.parametrize("blocks", [(), (DIVISION,), (FRANCE,)], ids=["nothing", "only a need", "only a promise"])
def test_an_empty_register_says_why_it_is_empty(tmp_path, blocks):
    dossier, files = write(write_case(tmp_path / "case", *blocks), tmp_path / "out")
    assert {path.name for path in files} == NAMES
    words = " ".join(dossier.notes)
    assert ("the document names no requirement" in words) == (DIVISION not in blocks)
    assert ("the document holds no pledge" in words) == (FRANCE not in blocks)
    jsonschema.validate(json.loads((tmp_path / "out" / "pledges.json").read_text("utf-8")), SCHEMA)


def test_a_case_that_is_no_case_is_refused(tmp_path):
    with pytest.raises(CaseError):
        write(tmp_path, tmp_path / "out")
    with pytest.raises(CaseError, match="file not found"):
        write(write_case(tmp_path / "case", FRANCE), tmp_path / "out", tracker=tmp_path)


def test_five_thousand_pledges_take_seconds(tmp_path):
    states = ("FRA", "GBR", "DEU", "POL", "ITA", "ESP", "NLD", "SWE", "NOR", "DNK")
    blocks = [
        FRANCE.replace("fra-troops", f"p{n}")
        .replace('"FRA"', f'"{states[n % 10]}"')
        .replace("2025-02-17", date(2020 + n % 5, 1 + n % 12, 1 + n % 28).isoformat())
        for n in range(5_000)
    ]
    needs = [DIVISION.replace("division", f"r{n}").replace("15000", str(10**6 * (n + 1))) for n in range(6)]
    folder = write_case(tmp_path / "case", *needs, *blocks)
    from truceline.dossier.pledges import open_dossier

    start = time.perf_counter()
    dossier = open_dossier(folder, Request())
    assert time.perf_counter() - start < 60
    assert dossier.adequacy[0].all.high == 5_000 * 7_500
    assert len(dossier.withdrawals) == 60
    assert any("last change of each month" in note for note in dossier.notes)


# --- the command ------------------------------------------------------------------------------


def test_the_command_prints_the_answers(tmp_path):
    folder = write_case(tmp_path / "case", FRANCE, BRITAIN, DIVISION)
    done = CliRunner().invoke(main, ["pledges", str(folder), "--quiet"])
    assert done.exit_code == 0, done.output
    for words in ("2 pledges by 2 contributors", "A division", "What each single withdrawal takes away"):
        assert words in done.output.replace("\u00a0", " ")
    assert (folder / "pledges" / "pledges.html").is_file()


def test_the_command_prints_json(tmp_path):
    folder = write_case(tmp_path / "case", FRANCE, BRITAIN, DIVISION)
    arguments = ["pledges", str(folder), "--json", "--quiet", "--as-of", "2025-03-01", "--out", str(tmp_path / "o")]
    document = json.loads(CliRunner().invoke(main, arguments).stdout)
    assert (document["as_of"], document["as_of_given"], document["requirements"]) == ("2025-03-01", True, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--without", "Narnia"], "contributor not known"),
        (["--as-of", "yesterday"], "is no day: write it as 2025-03-15"),
        (["--ratio", "5", "3"], "ratio of no use"),
        (["--kiel", "nowhere"], "file not found"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(tmp_path, arguments, words):
    folder = write_case(tmp_path / "case", FRANCE)
    done = CliRunner().invoke(main, ["pledges", str(folder), *arguments])
    assert done.exit_code == 2
    assert words in done.output
    assert not (folder / "pledges").exists()


def test_a_pattern_of_a_drawing_that_is_hidden_is_not_used_by_the_one_that_is_seen(tmp_path):
    """The page hides one of two drawings: a pattern of the hidden one would leave the other white."""
    folder = write_case(tmp_path / "case", FRANCE.replace('"announced"', '"allocated"'), BRITAIN, DIVISION)
    _, files = write_dossier(folder, tmp_path / "out", Request())
    page = next(path for path in files if path.suffix == ".html").read_text("utf-8")
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    used = [drawing for drawing in drawings if "url(#" in drawing]
    assert len(used) >= 2
    for drawing in used:
        assert set(re.findall(r"url\(#([^)]+)\)", drawing)) <= set(re.findall(r'<pattern id="([^"]+)"', drawing))
    names = [name for drawing in used for name in re.findall(r'<pattern id="([^"]+)"', drawing)]
    wide, narrow = ({name for name in names if ("-n-" in name) is side} for side in (False, True))
    assert wide
    assert narrow


# --- a register of thousands ------------------------------------------------------------------


def many(number):
    return [FRANCE.replace("fra-troops", f"fra-{n}").replace("paper A", f"paper {n}") for n in range(number)]


def test_paper_of_a_large_register_names_what_it_leaves_out(tmp_path):
    folder = write_case(tmp_path / "case", *many(60), DIVISION)
    report = compose(open_dossier(folder, Request()))
    assert abridge(report, "the page") is report, "sixty pledges stay whole"
    short = abridge(report, "the page", most=100)
    tables = [block for section in short.sections for block in section.blocks if isinstance(block, Table)]
    cut = [table for table in tables if table.rows and last_text(table).endswith("more: see the page")]
    assert cut
    (pledges,) = (table for table in cut if table.caption.startswith("France: each pledge"))
    kept = len(pledges.rows) - 1
    assert f"and {60 - kept} more: see the page" == last_text(pledges)
    assert sum(len(table.rows) for table in tables) < 200
    write_paper(short)  # a link into what was left out would be a mistake on paper


def test_what_the_paper_keeps_leads_to_its_source(tmp_path):
    folder = write_case(tmp_path / "case", *many(60), DIVISION)
    short = abridge(compose(open_dossier(folder, Request())), "the page", most=100)
    text = as_tree(short)
    assert '"to": "source-1"' in json.dumps(text)
    sources = next(section for section in short.sections if section.id == "part-sources")
    table = next(block for block in sources.blocks if isinstance(block, Table))
    assert 1 < len(table.rows) < 60


def last_text(table):
    return "".join(run.text for cell in table.rows[-1] for run in cell.runs)
