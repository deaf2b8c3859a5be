"""The Orthodox Christmas truce of 2023: real figures, counted apart from the code under test."""

import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from truceline.case import Options, run_case
from truceline.errors import CaseError
from truceline.record import verify_record
from truceline.spacetime import read_instant

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "cases" / "christmas-truce-2023"


def run(case: Path, out: Path, **options) -> dict:
    run_case(case, out, Options(**options))
    return json.loads((out / "standing.json").read_text("utf-8"))


def clause(standing: dict, name: str) -> dict:
    (found,) = [item for item in standing["clauses"] if item["clause"] == name]
    return found


def effect(standing: dict, kind: str, counting: str) -> dict:
    (found,) = [
        item for item in clause(standing, "fire")["effects"] if (item["kind"], item["counting"]) == (kind, counting)
    ]
    return found


@pytest.fixture(scope="module")
def output(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("christmas") / "out"
    run(CASE, out)
    return out


@pytest.fixture(scope="module")
def standing(output) -> dict:
    return json.loads((output / "standing.json").read_text("utf-8"))


@pytest.fixture
def case(tmp_path) -> Path:
    """A copy of the case that a test may change."""
    return Path(shutil.copytree(CASE, tmp_path / "case", ignore=shutil.ignore_patterns("out")))


def list_outputs(out: Path) -> list[Path]:
    """Return what a run wrote beside the record, which holds the time of each run."""
    found = (path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return sorted(path for path in found if path.parts[0] != "record")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_declared_clock_is_36_hours(standing):
    assert clause(standing, "fire")["interval"] == ["2023-01-06T09:00:00Z", "2023-01-07T21:00:00Z"]


@pytest.mark.parametrize(("counting", "plain"), [("row-onset", 53.25), ("alert-region-onset", 49.446)])
def test_56_alerts_began_where_about_as_many_were_expected(standing, counting, plain):
    found = effect(standing, "air-raid-alert", counting)
    assert found["count"] == 56
    assert found["expected_plain"] == pytest.approx(plain, abs=0.01)
    assert found["effect"] == "cannot tell"
    low, high = found["ratio_95"]
    assert 0.3 < low < 0.8
    assert 1.3 < high < 2.5


def test_the_expectation_matched_by_hour_is_about_57(standing):
    assert 54 <= effect(standing, "air-raid-alert", "row-onset")["expected"] <= 59


def test_three_baselines_stand_side_by_side(standing):
    names = [baseline["name"] for baseline in effect(standing, "air-raid-alert", "alert-region-onset")["baselines"]]
    assert names == ["before", "longest", "after"]


def test_indicators_never_make_a_standing(standing):
    assert clause(standing, "fire")["standing"] == {"RU": "not determinable"}
    assert clause(standing, "fire")["incidents"] == []


def test_words_that_no_sensor_can_judge_are_not_judged(standing):
    assert clause(standing, "invitation")["standing"] == {"RU": "not evaluated"}


def test_ukraine_which_refused_is_bound_by_nothing(standing):
    assert all("UA" not in item["standing"] for item in standing["clauses"])


def test_same_inputs_same_bytes(output, tmp_path):
    run(CASE, tmp_path / "again")
    files, again = list_outputs(output), list_outputs(tmp_path / "again")
    assert files == again
    differing = [name for name in files if (output / name).read_bytes() != (tmp_path / "again" / name).read_bytes()]
    assert differing == []


def test_the_record_of_the_run_is_sound(output):
    assert verify_record(output, None) == ()


def test_a_daily_report_is_cut_and_periods_tile_the_truce(tmp_path):
    cut_off = read_instant("2023-01-07T12:00 Europe/Kyiv")
    found = run(CASE, tmp_path / "out", cut_off=cut_off, period=timedelta(hours=12))
    periods = [period["interval"] for period in clause(found, "fire")["periods"]]
    assert periods == [
        ["2023-01-06T09:00:00Z", "2023-01-06T10:00:00Z"],
        ["2023-01-06T10:00:00Z", "2023-01-06T22:00:00Z"],
        ["2023-01-06T22:00:00Z", "2023-01-07T10:00:00Z"],
    ]
    assert effect(found, "air-raid-alert", "row-onset")["count"] < 56


def test_without_the_provider_that_counts_nothing_is_counted(tmp_path):
    found = run(CASE, tmp_path / "out", without=("State Emergency Service of Ukraine",))
    kinds = {item["kind"] for item in clause(found, "fire")["effects"] if item["count"] is not None}
    counted_by = {item["source"] for item in clause(found, "fire")["effects"]}
    assert "alerts-official" not in counted_by
    assert kinds <= {"thermal-anomaly", "air-raid-alert"}


def test_the_raw_file_gives_the_same_counts(case, shared_data, tmp_path, standing):
    shutil.copy(shared_data / "alerts" / "official_2022-12-01_2023-02-01.csv", case / "raw.csv")
    (case / "evidence.toml").write_text(
        """
        [[source]]
        path = "raw.csv"
        format = "alerts-official"
        counts = true
        span = ["2022-12-01T00:00Z", "2023-02-01T00:00Z"]
        """
    )
    found = run(case, tmp_path / "out")
    for counting in ("row-onset", "alert-region-onset", "alert-region-hours", "wave"):
        raw, derived = (effect(item, "air-raid-alert", counting) for item in (found, standing))
        assert (raw["count"], raw["expected_plain"]) == (derived["count"], derived["expected_plain"]), counting


def test_the_derived_files_are_what_the_script_derives(shared_data, tmp_path):
    script = tmp_path / "project" / "scripts" / "christmas.py"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "christmas.py", script)
    derived = tmp_path / "project" / "cases" / CASE.name
    derived.mkdir(parents=True)
    outlines = shared_data / "geo" / "geoboundaries_ukr_adm1_simplified.geojson"
    folders = [shared_data / "alerts", shared_data / "firms", outlines]
    subprocess.run([sys.executable, script, *folders], check=True)
    assert sorted(path.name for path in derived.iterdir()) == sorted(path.name for path in CASE.glob("*.csv"))
    for path in derived.iterdir():
        assert path.read_bytes() == (CASE / path.name).read_bytes()


def test_all_problems_of_a_case_are_said_at_once(case, tmp_path):
    change(case / "agreement.md", 'baseline = "28 d before"', "baseline = 28")
    change(case / "agreement.md", "12:00 Europe/Moscow", "12:00")
    change(case / "evidence.toml", 'path = "thermal_daily.csv"', 'path = "thermal.csv"')
    with pytest.raises(CaseError) as caught:
        run(case, tmp_path / "out")
    files = [Path(problem.file).name for problem in caught.value.problems]
    assert files == ["agreement.md", "agreement.md", "evidence.toml"]
    assert all(problem.line > 0 for problem in caught.value.problems)
    assert not (tmp_path / "out").exists()
