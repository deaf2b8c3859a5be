"""`truceline rehearse` at the door: tables, JSON, the page, exit codes, and no traceback."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from truceline.cli import main

ROOT = Path(__file__).parent.parent.parent


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["rehearse", *map(str, arguments)])


def test_the_tables_say_how_often_from_whom_and_what_moves_it(draft):
    done = call(draft)
    assert done.exit_code == 0, done.output
    for words in ("a week", "from which sources", "with one value changed", "each word", "smallest reduction"):
        assert words in done.stdout
    assert "nothing here is a breach" in " ".join(done.stdout.split())
    assert str(draft / "rehearsal" / "rehearsal.html") in done.stdout
    assert "rehearsing clause fire" in done.stderr
    assert "\x1b" not in done.output


def test_json_is_the_file(draft):
    done = call(draft, "--json", "--quiet", "--weeks", 2, "--windows", "72 h", "--windows", "30d")
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document == json.loads((draft / "rehearsal" / "rehearsal.json").read_text("utf-8"))
    assert (document["most_weeks"], document["windows"]) == (2, ["72 h", "30 d"])


def test_the_page_needs_nothing_else(draft):
    call(draft, "--quiet")
    page = (draft / "rehearsal" / "rehearsal.html").read_text("utf-8")
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert page.count("<figure") == 2  # one a clause that was rehearsed
    assert "not a breach" in page or "nothing here is a breach" in page


def test_what_a_document_says_never_becomes_markup(draft):
    path = draft / "agreement.md"
    path.write_text(path.read_text().replace("A draft for the strait", "<script>alert(1)</script> & more"))
    call(draft, "--quiet")
    assert "<script" not in (draft / "rehearsal" / "rehearsal.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--windows", "10 min"], "windows of no use"),
        (["--windows", "400 d"], "windows of no use"),
        (["--windows", "72"], "duration not understood"),
        (["--weeks", "0"], "0 is not in the range"),
        (["--out", "/dev/null/x"], "output cannot be written"),
    ],
)
def test_an_option_that_cannot_be_used_is_said(draft, options, words):
    done = call(draft, *options)
    assert done.exit_code == 2
    assert words in done.stderr


def test_no_evidence_is_said_and_nothing_is_written(draft):
    (draft / "evidence.toml").write_text("")
    done = call(draft)
    assert done.exit_code == 2
    assert "no past to rehearse in" in done.stderr
    assert "no source was read that shows shelling" in done.stderr
    assert not (draft / "rehearsal").exists()


def test_a_scenario_of_72_hours_says_what_cannot_be_said(tmp_path):
    case = tmp_path / "case"
    shutil.copytree(ROOT / "cases" / "black-sea", case, ignore=shutil.ignore_patterns("out", "data", "rehearsal"))
    done = call(case)
    assert done.exit_code == 2
    assert "outside every truce is 0.1 d long; a week of 7 d is needed" in done.stderr
    assert "how often a clause would have been raised cannot be said" in done.stderr


def test_words_that_nobody_judges_cannot_be_rehearsed(draft):
    text = (draft / "agreement.md").read_text()
    (draft / "agreement.md").write_text(text[: text.index("## Article 1")] + text[text.index("## Article 3") :])
    done = call(draft)
    assert done.exit_code == 2
    assert "nothing to rehearse" in done.stderr


def test_a_folder_that_is_not_ours_is_left_alone(draft, tmp_path):
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("years of work")
    done = call(draft, "--out", other)
    assert done.exit_code == 2
    assert "not ours" in done.stderr
    assert (other / "chapter.txt").read_text() == "years of work"


def test_the_output_of_a_run_is_no_output_of_a_rehearsal(draft):
    CliRunner().invoke(main, ["run", str(draft), "--quiet"])
    assert call(draft, "--out", draft / "out").exit_code == 2
    assert (draft / "out" / "standing.json").is_file()


def test_an_earlier_rehearsal_is_replaced(draft):
    assert call(draft, "--quiet").exit_code == 0
    assert call(draft, "--quiet", "--weeks", 1).exit_code == 0
    assert json.loads((draft / "rehearsal" / "rehearsal.json").read_text())["most_weeks"] == 1


def test_a_case_that_does_not_exist_is_said(tmp_path: Path):
    done = call(tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
