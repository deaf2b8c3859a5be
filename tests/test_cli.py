"""The door: exit codes, what goes to which stream, and no traceback whatever a person gives."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from truceline.cli import main

ROOT = Path(__file__).parent.parent
CHRISTMAS = ROOT / "cases" / "christmas-truce-2023"

TRUCE = """# A truce

```agreement
id = "t"
status = "signed"
starts = "2026-01-01T00:00Z"
ends = "3 d"
source = "test"
```

```party A
name = "A"
status = "accepted"
```

## Article 1: Fire

No fire.

```clause fire
kind = "no-attack"
binds = ["A"]
events = ["shelling"]
coverage = 0.6
```
"""

SHELLING = """
[[source]]
path = "log.csv"
format = "csv"
kind = "shelling"
[source.columns]
start_utc = "start"
end_utc = "end"
actor = "who"
lon = "lon"
lat = "lat"
"""


@pytest.fixture
def case(tmp_path) -> Path:
    """A small case: one clause, one source with one shelling that nobody corroborates."""
    (tmp_path / "agreement.md").write_text(TRUCE)
    (tmp_path / "evidence.toml").write_text(SHELLING)
    (tmp_path / "log.csv").write_text("start,end,who,lon,lat\n2026-01-02T10:00Z,2026-01-02T10:05Z,A,30,46\n")
    return tmp_path


def read_outputs(out: Path) -> dict[str, bytes]:
    """Return what a run wrote beside the record."""
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_run_prints_rows_standing_and_the_paths_of_the_reports(case):
    done = call("run", case)
    assert done.exit_code == 0, done.output
    assert "A: suspected" in done.stdout
    assert str(case / "out" / "report.html") in done.stdout
    assert str(case / "out" / "report.pdf") in done.stdout
    assert "log.csv" in done.stderr  # progress


def test_quiet_says_nothing_on_the_way_and_json_is_the_standing(case):
    done = call("run", case, "--quiet", "--json")
    assert done.stderr == ""
    assert json.loads(done.stdout) == json.loads((case / "out" / "standing.json").read_text())
    assert json.loads(done.stdout)["schema"] == "truceline/standing/1"


def test_without_a_report_machines_get_the_same_and_people_nothing(case):
    whole, bare = call("run", case, "--out", case / "whole"), call("run", case, "--out", case / "bare", "--no-report")
    assert whole.exit_code == bare.exit_code == 0
    files = read_outputs(case / "whole")
    assert {files.pop(name)[:4] for name in ("report.html", "report.pdf")} == {b"<!do", b"%PDF"}
    assert read_outputs(case / "bare") == files
    assert "A: suspected" in bare.stdout
    assert "report." not in bare.stdout


def test_a_small_case_without_a_report_is_quick(tmp_path):
    """A second is the promise; the tests of a busy machine get some room, bench/small.py measures it alone."""
    rows = [f"273000{n % 10:03},2026-01-02T10:{n // 60 % 60:02}:{n % 60:02}Z,45.5,30.{n:04}" for n in range(1000)]
    (tmp_path / "p.csv").write_text("\n".join(["mmsi,t,lat,lon", *rows]))
    clause = 'kind = "no-attack"\nbinds = ["A"]\nevents = ["shelling"]'
    entry = 'kind = "no-entry"\nbinds = ["A"]\nzone = "z"\nplatforms = ["vessel"]'
    zone = "```zone z\npolygon = [[29, 45], [31, 45], [31, 46], [29, 46], [29, 45]]\n```\n\n## Article 1"
    (tmp_path / "agreement.md").write_text(TRUCE.replace(clause, entry).replace("## Article 1", zone))
    columns = "mmsi = 'mmsi'\ntime_utc = 't'\nlat = 'lat'\nlon = 'lon'\n"
    source = "[[source]]\npath = 'p.csv'\nformat = 'csv'\ntable = 'positions'\nparty = 'A'\n[source.columns]\n"
    (tmp_path / "evidence.toml").write_text(source + columns)
    command = [sys.executable, "-m", "truceline", "run", str(tmp_path), "--quiet", "--no-report", "--json"]
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    after = os.times()
    assert json.loads(done.stdout)["clauses"][0]["incidents"]
    assert sum(after[2:4]) - sum(before[2:4]) < 5  # seconds of processor time


def test_nothing_is_coloured_that_is_not_a_terminal(case):
    assert "\x1b" not in call("run", case).output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--cut-off", "2026-01-02 10:00"], "time without a zone"),
        (["--cut-off", "2026-01-02 UTC"], "time without an hour"),
        (["--period", "24"], "duration not understood"),
        (["--period", "0 h"], "at least a minute"),
        (["--as-of", "2026-01-02T10:00 MSK"], "zone of time not known"),
        (["--without", "nobody"], "provider not known"),
        (["--out", "/dev/null/x"], "output cannot be written"),
    ],
)
def test_an_option_that_cannot_be_used_is_said(case, options, words):
    done = call("run", case, *options)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (case / "out").exists()


def damage(case: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (case / name).unlink()
    else:
        (case / name).write_bytes(content)


@pytest.mark.parametrize("name", ["agreement.md", "evidence.toml"])
@pytest.mark.parametrize(
    "content", [None, b"", b"\x00\xff\xfe" * 100, "```agreement\nid = 'ä'".encode("latin-1"), b"[[[[" * 5000]
)
def test_a_document_that_cannot_be_read_is_said(case, name, content):
    damage(case, name, content)
    done = call("run", case)
    empty_list_is_no_error = name == "evidence.toml" and content == b""
    assert done.exit_code == (0 if empty_list_is_no_error else 2)
    assert empty_list_is_no_error or name in done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (b"", "error"),
        (b"start,end,who,lon,lat\n", "no row"),
        (b"\x1f\x8b\x08\x00garbage", "error"),
        (b"\x00\x01\x02" * 1000, "error"),
        (b"begin,end,who,lon,lat\n2026-01-02T10:00Z,2026-01-02T10:05Z,A,30,46\n", "error"),
        (b"start,end,who,lon,lat\n2026-01-02T10:00,2026-01-02T10:05,A,30,46\n", "reject"),
        (b"start,end,who,lon,lat\n2026-01-02T10:05Z,2026-01-02T10:00Z,A,30,46\n", "reject"),
        (b"start,end,who,lon,lat\n2999-01-02T10:00Z,2999-01-02T10:05Z,A,30,46\n", "reject"),
        (b"start,end,who,lon,lat\n2026-01-02T10:00Z,2026-01-02T10:05Z,A,300,46\n", "reject"),
        (b"start,end,who,lon,lat\n2026-01-02T10:00Z,2026-01-02T10:05Z,A,nan,46\n", "reject"),
    ],
    ids=["empty", "header", "gzip", "binary", "column", "naive", "backwards", "future", "place", "nan"],
)
def test_evidence_that_cannot_be_used_is_said_or_rejected_with_a_reason(case, content, outcome):
    (case / "log.csv").write_bytes(content)
    done = call("run", case)
    assert done.exit_code == (2 if outcome == "error" else 0), done.output
    if outcome == "error":
        assert "log.csv" in done.stderr
        assert [path.name for path in (case / "out").iterdir()] == ["record"]  # what was read was kept before
    else:
        assert "A: not determinable" in done.stdout
    if outcome == "reject":
        assert "1 rejected" in done.stderr
        assert "log.csv: none of its 1 row could be used" in done.stdout


def test_nothing_watched_is_never_kept(case):
    (case / "log.csv").write_text("start,end,who,lon,lat\n")
    assert "kept" not in call("run", case).stdout


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"])
def test_an_interrupted_run_leaves_the_output_of_the_last_one(tmp_path, sent, code):
    case = Path(shutil.copytree(CHRISTMAS, tmp_path / "case", ignore=shutil.ignore_patterns("out")))
    command = [sys.executable, "-m", "truceline", "run", str(case)]
    subprocess.run([*command, "--quiet"], check=True, capture_output=True)
    before = read_outputs(case / "out")
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert "alerts" in process.stderr.readline()
        time.sleep(0.1)
        os.kill(process.pid, sent)
        said = process.communicate(timeout=60)[1]
    assert process.returncode in (0, code)  # 0: it was quicker than the signal
    assert "Traceback" not in said
    assert read_outputs(case / "out") == before
    assert sorted(path.name for path in case.iterdir() if path.name.startswith(".")) == []


def test_check_says_what_could_not_be_verified_and_leaves_with_0(case):
    done = call("check", case / "agreement.md")
    assert done.exit_code == 0, done.output
    assert "warning" in done.stderr
    assert "fire" in done.stderr
    assert "0 errors" in done.stdout


def test_check_leaves_with_2_and_every_error(case):
    text = TRUCE.replace('"2026-01-01T00:00Z"', '"2026-01-01T00:00"').replace('["A"]', '["B"]')
    (case / "agreement.md").write_text(text)
    done = call("check", case / "agreement.md", "--json")
    assert done.exit_code == 2
    problems = json.loads(done.stdout)["problems"]
    assert [problem["severity"] for problem in problems] == ["error", "error"]
    assert [problem["line"] for problem in problems] == [6, 22]


def test_a_case_that_does_not_exist_is_said(tmp_path):
    for command in (["run", tmp_path / "nowhere"], ["check", tmp_path / "nowhere.md"]):
        done = call(*command)
        assert done.exit_code == 2
        assert "nowhere" in done.stderr


@pytest.mark.parametrize("blocks", [40, 64, 100])
def test_a_disk_that_is_full_is_said_and_leaves_the_earlier_report(case, blocks):
    """A limit of the size of files stands for the disk: each write beyond it fails, wherever it happens."""
    assert call("run", case).exit_code == 0
    before = read_outputs(case / "out")
    command = f"ulimit -f {blocks}; exec '{sys.executable}' -m truceline run '{case}' --period 12h --quiet"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr
    assert read_outputs(case / "out") == before


def test_a_file_in_the_place_of_a_case_is_said(case):
    done = call("run", case / "agreement.md")
    assert done.exit_code == 2
    assert "is a file" in done.stderr
