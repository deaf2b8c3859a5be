"""The measurements run on small sizes, agree, and leave nothing out in silence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent.parent / "bench"


@pytest.fixture(scope="module")
def bench():
    """The modules of `bench/` as its runner sees them."""
    sys.path.insert(0, str(BENCH))
    import measure
    import results
    import rows

    yield {"measure": measure, "results": results, "rows": rows}
    sys.path.remove(str(BENCH))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """RESULTS.md, results.json and what was said, of all areas with small sizes and the peers that tests have."""
    out = tmp_path_factory.mktemp("bench")
    command = [sys.executable, BENCH / "run.py", "--quick", "--rounds", "1", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return (out / "RESULTS.md").read_text("utf-8"), json.loads((out / "results.json").read_text("utf-8"))


def works(record, role):
    return [(area["area"], work) for area in record["areas"] for work in area["works"] if work["role"] == role]


def test_ours_and_the_limits_are_all_measured(run):
    _, record = run
    found = works(record, "ours") + works(record, "limit")
    assert {area for area, _ in found} >= {"Zones", "Episodes", "Many zones"}
    assert [work["name"] for _, work in found if work["missing"] or not work["rate"] > 0] == []


def test_everything_that_was_compared_agrees(run):
    _, record = run
    judged = [work for _, work in works(record, "peer") if work["agree"] is not None]
    assert {work["name"] for work in judged} >= {"Shapely, prepared zones", "Shapely, STRtree of points"}
    assert all(work["agree"] for work in judged)
    checks = [check for area in record["areas"] for check in area["checks"]]
    assert checks
    assert all(check["agree"] for check in checks)


def test_a_peer_is_measured_or_named_as_missing_with_the_reason(run):
    page, record = run
    for _, work in works(record, "peer"):
        assert (work["rate"] is None) == bool(work["missing"])
        assert not work["missing"] or f"| {work['name']} | missing |" in page
        assert not work["missing"] or work["missing"] in page


def test_small_sizes_say_so_and_every_target_is_listed(run):
    page, record = run
    assert "Its rates mean nothing" in page
    for area in record["areas"]:
        names = {work["name"] for work in area["works"]}
        for target in area["targets"]:
            assert {target["ours"], target["other"]} - {None} <= names
            assert f"| {area['area']} | {target['ours']} | {target['other'] or 'the clock'} |" in page


def test_memory_is_measured_in_a_process_of_its_own(run):
    _, record = run
    weighed = [work for _, work in works(record, "ours") if work["input_bytes"]]
    assert weighed
    if sys.platform == "linux":
        assert all(work["peak_bytes"] > 0 for work in weighed)


# --- how a measurement is judged --------------------------------------------------------------


def area_of(bench, *works, targets=()):
    return bench["rows"].Area("Sums", "numbers", tuple(works), tuple(targets))


def work(bench, name, role, run=lambda: 6, check=None, count=1000):
    return bench["rows"].Work(name, role, count, lambda: run, check)


def measure(bench, area, rounds=1):
    return bench["measure"].measure_area(area, rounds, lambda *_: None)


def page(bench, tmp_path, *measured):
    about = {"sizes": "whole", "versions": {"numpy": "2.4.6", "aiscat": None}}
    bench["results"].write_results(tmp_path, about, measured, {"decode": "OSError: disk full"})
    return (tmp_path / "RESULTS.md").read_text("utf-8")


def test_what_is_missing_or_fails_is_named_and_the_rest_goes_on(bench, tmp_path):
    def absent():
        raise bench["rows"].Missing("no module bc")

    def fails():
        raise ValueError("it broke\nin two lines")

    absent_work = bench["rows"].Work("bc", "peer", 1000, absent)
    found = measure(bench, area_of(bench, work(bench, "sum", "ours"), absent_work, work(bench, "dc", "peer", fails)))
    text = page(bench, tmp_path, found)
    assert "| bc | missing |  |  |  |  | no module bc |" in text
    assert "| dc | missing |  |  |  |  | it failed: ValueError: it broke |" in text
    assert "| not installed | aiscat |" in text
    assert "## decode\n\n**Not measured**: OSError: disk full" in text
    assert found.rate("sum") > 0


def test_a_failure_of_ours_is_a_failure(bench):
    def fails():
        raise ValueError("ours broke")

    with pytest.raises(ValueError, match="ours broke"):
        measure(bench, area_of(bench, work(bench, "sum", "ours", fails)))


def test_a_wrong_answer_is_a_disagreement(bench, tmp_path):
    def check(answer):
        return bench["rows"].Check(answer == 6, f"{answer}, ours 6")

    right, wrong = work(bench, "bc", "peer", check=check), work(bench, "dc", "peer", lambda: 7, check)
    found = measure(bench, area_of(bench, work(bench, "sum", "ours"), right, wrong))
    assert found.disagreements == ["dc: 7, ours 6"]
    text = page(bench, tmp_path, found)
    assert "| yes: 6, ours 6 |" in text
    assert "| **no**: 7, ours 6 |" in text


@pytest.mark.parametrize(
    ("ours", "other", "role", "at_least", "row"),
    [
        ([0.1, 0.2, 0.3], [20.0, 10.0, 30.0], "peer", 100, "| 100 × | ≥ 100 × | yes |"),
        ([0.1, 0.2, 0.3], [20.0, 10.0, 30.0], "peer", 101, "| 100 × | ≥ 101 × | **no** |"),
        ([0.2], [0.1], "limit", 0.5, "| 50.0% | ≥ 50.0% | yes |"),
        ([0.2], [], "peer", 2, "| – | ≥ 2.0 × | not measured |"),
    ],
)
def test_a_target_compares_medians(bench, tmp_path, ours, other, role, at_least, row):
    rows, measured = bench["rows"], bench["measure"]
    target = rows.Target("sum", "other", at_least)
    area = area_of(bench, work(bench, "sum", "ours"), work(bench, "other", role), targets=[target])
    results = tuple(measured.Result(w, s) for w, s in zip(area.works, (ours, other), strict=True))
    assert f"| Sums | sum | other {row}" in page(bench, tmp_path, measured.Measured(area, results, ()))


def test_a_case_is_judged_by_the_time_that_it_takes(bench, tmp_path):
    rows, measured = bench["rows"], bench["measure"]
    case = work(bench, "case", "ours", count=1)
    area = rows.Area("Small", "cases", (case,), (rows.Target("case", None, 1.0),))
    text = page(bench, tmp_path, measured.Measured(area, (measured.Result(case, [0.8]),), ()))
    assert "| Small | case | the clock | 0.80 s each | ≤ 1.00 s each | yes |" in text


def test_all_works_take_turns(bench, monkeypatch):
    monkeypatch.setattr(bench["measure"], "QUICK_S", 0)
    order = []
    works_of = [work(bench, name, "ours", lambda name=name: order.append(name)) for name in ("a", "b")]
    measure(bench, area_of(bench, *works_of), rounds=2)
    assert order == ["a", "b", "a", "b", "a", "b"]  # the first of each warms up


def test_what_is_quick_runs_more_often(bench):
    found = measure(bench, area_of(bench, work(bench, "a", "ours")), rounds=2)
    assert len(found.results[0].seconds) == 10
