"""The case that newcomers start from: it runs, says what its page says, and the page quotes it."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from truceline.case import Options, assess
from truceline.casefile import check_documents, read_case
from truceline.cli import main
from truceline.model import Assessment

ROOT = Path(__file__).parents[2]
CASE = ROOT / "cases" / "fishing"
PAGE = (ROOT / "docs" / "first-case.md").read_text("utf-8")


@pytest.fixture(scope="module")
def assessment(tmp_path_factory) -> Assessment:
    return assess(read_case(CASE), Options(), tmp_path_factory.mktemp("tables"), lambda _: None)[0]


def test_the_page_says_what_the_case_says(assessment):
    row = re.compile(
        r"^\| (?P<clause>\w+) \| (?P<A>[\w ]*) \| (?P<B>[\w ]*) \|(?P<undetermined>[\w ]*)\|", re.MULTILINE
    )
    told = {
        match["clause"]: {k: v.strip() for k, v in match.groupdict().items() if k != "clause"}
        for match in row.finditer(PAGE)
    }
    found = {
        clause.clause: {standing.party: str(standing.word) for standing in clause.standings}
        for clause in assessment.clauses
    }
    assert set(found) <= set(told)
    for clause, standings in found.items():
        assert {party: word for party, word in told[clause].items() if word} == standings


def test_the_page_quotes_the_case():
    """Each block of the page stands in a file of the case, word for word."""
    document, listing = ((CASE / name).read_text("utf-8") for name in ("agreement.md", "evidence.toml"))
    (quoted,) = re.findall(r"^````markdown\n(.*?)^````$", PAGE, re.MULTILINE | re.DOTALL)
    pieces = re.split(r"\n(?=```\w)|(?<=\n```)\n", quoted)
    assert len(pieces) > 8
    assert [piece for piece in pieces if piece.strip() not in document] == []
    tables = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert [table for table in tables if table not in listing] == []


def test_only_what_nobody_watched_is_warned_of():
    problems, _ = check_documents(CASE / "agreement.md", None)
    (problem,) = problems
    assert problem.severity == "warning"
    assert "no listed evidence could see ramming, net-cutting" in str(problem)


def test_every_row_of_it_is_accounted_for(assessment):
    assert all(tally.rejected == {} for tally in assessment.files)
    (sheet,) = (tally for tally in assessment.files if tally.path == "complaints.csv")
    assert sheet.set_aside == {"row without any value": 1}


def test_who_accuses_is_heard_and_not_believed(assessment):
    (rammed,) = (one for one in assessment.incidents if one.kinds == ("ramming",))
    assert (rammed.status, rammed.party) == ("corroborated", "undetermined")
    assert any("said of another party by A's own source" in reason for reason in rammed.reasons)


def test_the_names_of_inspectors_are_in_no_table(assessment):
    assert not any("Inspector one" in finding.text for finding in assessment.findings)


@pytest.mark.parametrize(
    ("line", "wrong", "words"),
    [
        ('delimiter = ";"', "", 'columns not told apart: * add delimiter = ";"'),
        ('decimal = ","', "", 'longitude or latitude is not a number * "2,31": add decimal = ","'),
        ('time_format = "%d.%m.%Y %H:%M"', "", 'add time_format = "%d.%m.%Y %H:%M" and time_zone'),
        ('time_zone = "Europe/London"', "", "time without a zone * add time_zone"),
        ('rammed = "ramming"', "", "kind of event not known * map the word under [source.kinds]"),
        ('kinds = ["ramming", "net-cutting"]', "", "declare it under kinds at the top of the list"),
        ("probability = 0.9\n", "probability = 90\n", "write 0.9 for 90 %"),
        ('format = "geojson"', 'format = "GeoJSON"', 'write "geojson"'),
    ],
    ids=lambda value: value[:12],
)
def test_what_a_newcomer_forgets_is_said_with_the_line_to_add(tmp_path, line, wrong, words):
    case = Path(shutil.copytree(CASE, tmp_path / "case", ignore=shutil.ignore_patterns("out")))
    listing = (case / "evidence.toml").read_text("utf-8")
    assert line in listing
    (case / "evidence.toml").write_text(listing.replace(line, wrong, 1), "utf-8")
    done = CliRunner().invoke(main, ["run", str(case), "--no-report", "--quiet"])
    said = " ".join(done.output.split())
    assert all(part in said for part in words.split(" * ")), said


def test_a_name_that_no_party_bears_is_pointed_out(tmp_path):
    case = Path(shutil.copytree(CASE, tmp_path / "case", ignore=shutil.ignore_patterns("out")))
    (case / "complaints.csv").write_text((case / "complaints.csv").read_text("utf-8").replace(";B;", ";Fleet Bee;"))
    (case / "fleet.csv").write_text((case / "fleet.csv").read_text("utf-8").replace(",B,", ",Bee\x1b,"))
    notes = assess(read_case(case), Options(), tmp_path / "tables", lambda _: None)[0].notes
    actors, owners = (note for note in notes if note.startswith("no party of the agreement bears the name"))
    assert '"Fleet Bee" (1), which evidence gives as the actor of events' in actors
    assert "the party of platforms" in owners
    assert owners.isprintable()
    assert 'add it to its names = ["…"]' in actors


def test_every_name_in_the_case_is_known(assessment):
    assert not any("bears the name" in note for note in assessment.notes)
