"""A case from its list of evidence to the packages of its readers, through the door."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from truceline.cli import main
from truceline.record.export import check_package
from truceline.record.release import Reader, Role, release
from truceline.reports.released import WRITERS

ROOT = Path(__file__).parent.parent.parent
CHRISTMAS = ROOT / "cases" / "christmas-truce-2023"
CASE_MARKING = 'marking = "TLP:GREEN"\nowner = "OSCE"\n'
SOURCE_MARKING = 'marking = "TLP:AMBER+STRICT"\nowner = "UA"\nrelease_to = ["EST"]\n'


def truceline(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def run(folder: Path, *, mark_case: bool, mark_thermal: bool) -> Path:
    shutil.copytree(CHRISTMAS, folder / "case", ignore=shutil.ignore_patterns("out"))
    listing = folder / "case" / "evidence.toml"
    # The case is open data and marked so; here it gets other markings, or none.
    text = re.sub(r"^(marking|owner) = .*\n", "", listing.read_text("utf-8"), flags=re.M)
    assert text.count('name = "thermal"\n') == 1
    if mark_thermal:
        text = text.replace('name = "thermal"\n', f'name = "thermal"\n{SOURCE_MARKING}')
    listing.write_text((CASE_MARKING if mark_case else "") + text, "utf-8")
    done = truceline("run", folder / "case", "--out", folder / "out", "--no-report", "--quiet")
    assert done.exit_code == 0, done.output
    return folder / "out"


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    return run(tmp_path_factory.mktemp("marked"), mark_case=True, mark_thermal=True)


def released(package: Path, name: str) -> bytes:
    return (package / "released" / name).read_bytes()


def test_who_may_have_all_gets_the_outputs_whole(out, tmp_path):
    done = truceline("export", out, "--for", "EST", "--role", "guarantor-staff", "--out", tmp_path / "p")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "p" / "findings.parquet").read_bytes() == (out / "findings.parquet").read_bytes()
    clauses = json.loads(released(tmp_path / "p", "standing.json"))["clauses"]
    whole = json.loads((out / "standing.json").read_bytes())["clauses"]
    assert {one["clause"]: one["standing"] for one in clauses} == {one["clause"]: one["standing"] for one in whole}
    assert check_package(tmp_path / "p", None, WRITERS) == ()


@pytest.mark.parametrize(("nation", "role"), [("EST", "court"), ("POL", "guarantor-staff"), ("OSCE", "operator")])
def test_what_a_source_keeps_back_is_kept_back_everywhere(out, tmp_path, nation, role):
    done = truceline("export", out, "--for", nation, "--role", role, "--out", tmp_path / "p")
    assert done.exit_code == 0, done.output
    assert not list((tmp_path / "p").glob("*.parquet"))
    clauses = json.loads(released(tmp_path / "p", "standing.json"))["clauses"]
    assert [one["standing"] for one in clauses] == ["withheld"] * len(clauses)
    assert len(clauses) == len(json.loads((out / "standing.json").read_bytes())["clauses"])
    assert b"thermal" not in b"".join(released(tmp_path / "p", name) for name in WRITERS)
    assert b'"thermal"' not in b"".join(path.read_bytes() for path in (tmp_path / "p").rglob("*") if path.is_file())
    kept = [path.read_bytes() for path in (tmp_path / "p" / "record" / "blobs").rglob("*") if path.is_file()]
    assert (CHRISTMAS / "thermal_daily.csv").read_bytes() not in kept
    assert (CHRISTMAS / "alerts_official_merged.csv").read_bytes() in kept
    assert check_package(tmp_path / "p", None, WRITERS) == ()


def test_leaves_do_not_stand_in_the_order_of_what_they_say(out, tmp_path):
    """Kinds and times are mixed in the log, and in order in what is released."""
    truceline("export", out, "--for", "EST", "--role", "guarantor-staff", "--out", tmp_path / "p")
    rows = list(csv.DictReader(released(tmp_path / "p", "findings.csv").decode().splitlines()))
    assert [row["start_utc"] for row in rows] == sorted(row["start_utc"] for row in rows)
    leaves = [int(row["leaf"]) for row in rows]
    assert len(leaves) > 20
    assert leaves != sorted(leaves)
    told = release(out, Reader("EST", Role.GUARANTOR_STAFF)).told
    said = [one.kind for one in told if one.run and one.kind in ("finding", "incident", "standing", "table")]
    assert said != sorted(said)


def test_the_public_gets_an_empty_package_that_verifies(out, tmp_path):
    done = truceline("export", out, "--out", tmp_path / "p")
    assert "0 of " in done.output
    assert check_package(tmp_path / "p", None, WRITERS) == ()
    assert json.loads((tmp_path / "p" / "export.json").read_bytes())["opened"] == 0
    size = json.loads((tmp_path / "p" / "export.json").read_bytes())["size"]
    verified = truceline("record", "verify", tmp_path / "p")
    assert verified.exit_code == 0
    assert f"a package for public, public: 0 of {size} leaves are opened, {size} are withheld" in verified.output
    assert "package for" not in truceline("record", "verify", out).output


def test_an_output_cannot_be_passed_off_as_a_package(out, tmp_path):
    """To take a report away, somebody adds a manifest. What is shown is then a package, and says for whom."""
    assert truceline("export", out, "--for", "EST", "--role", "guarantor-staff", "--out", tmp_path / "p").exit_code == 0
    shutil.copytree(out, tmp_path / "out")
    shutil.copy(tmp_path / "p" / "export.json", tmp_path / "out")
    (tmp_path / "out" / "findings.parquet").unlink()
    done = truceline("record", "verify", tmp_path / "out")
    assert done.exit_code == 3
    assert "released/" in done.output


def test_a_case_without_a_marking_is_for_nobody_until_it_has_one(tmp_path):
    out = run(tmp_path, mark_case=False, mark_thermal=False)
    done = truceline("export", out, "--for", "EST", "--role", "guarantor-staff", "--out", tmp_path / "p")
    assert done.exit_code == 0
    assert "0 of " in done.output
    assert "marking, owner and release_to in evidence.toml" in done.output
    listing = tmp_path / "case" / "evidence.toml"
    listing.write_text(CASE_MARKING + listing.read_text("utf-8"), "utf-8")
    assert truceline("run", tmp_path / "case", "--out", out, "--no-report", "--quiet").exit_code == 0
    told = release(out, Reader("EST", Role.COURT)).told
    assert {"finding", "standing", "run", "custody"} <= {one.fields["kind"] for one in told}
    assert "findings.parquet" in release(out, Reader("EST", Role.COURT)).files


def test_asking_for_what_is_for_others_is_asking_for_nothing(out):
    """Same exit code, same streams, byte for byte, beside the name that was asked for."""
    (one, *_) = [
        one.fields["subject"]
        for one in release(out, Reader("UA", Role.PARTY)).told
        if one.fields["body"].get("source") == "thermal" and one.fields["kind"] == "finding"
    ]
    nothing = "0" * len(one)
    said = []
    for name in (one, nothing):
        words = ["export", out, "--for", "POL", "--role", "court", "--show", name]
        done = subprocess.run([sys.executable, "-m", "truceline", *map(str, words)], capture_output=True, text=True)
        said.append((done.returncode, done.stdout, done.stderr.replace(name, "NAME")))
    assert said[0] == said[1]
    assert said[0][0] == 2
    shown = truceline("export", out, "--for", "UA", "--role", "party", "--show", one)
    assert json.loads(shown.output)["subject"] == one


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--for", "POL", "--role", "staff"], 2, "role not known"),
        (["--for", "PLO", "--role", "court"], 2, 'write "POL"'),
        (["--for", "a/b", "--role", "court"], 2, "reader not understood"),
    ],
)
def test_a_reader_that_is_none_is_said_without_a_traceback(out, words, code, says):
    done = truceline("export", out, *words)
    assert done.exit_code == code
    assert says in done.output
    assert "Traceback" not in done.output


def test_a_damaged_record_is_not_passed_on(out, tmp_path):
    shutil.copytree(out, tmp_path / "out")
    (tmp_path / "out" / "findings.parquet").write_bytes(b"")
    done = truceline("export", tmp_path / "out", "--out", tmp_path / "p.zip")
    assert done.exit_code == 3
    assert "the record does not verify" in done.output
    assert not (tmp_path / "p.zip").exists()


def test_a_folder_without_a_record_is_said(tmp_path):
    done = truceline("export", tmp_path, "--out", tmp_path / "p")
    assert done.exit_code == 2
    assert "no record here" in done.output
