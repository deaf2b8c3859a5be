"""A real case goes into the record: its evidence, its findings, its reports; and comes out sound."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from recorded import PARTIES, Clock, open_record, policy_of

from truceline.case import Options, run_case
from truceline.record import Statement, state_assessment, verify_record
from truceline.record.openings import read_all, read_opening
from truceline.record.statements import decode

CASE = Path(__file__).parent.parent.parent / "cases" / "black-sea"


def statements(record):
    return [decode(read_opening(line).data) for _, line in read_all(record.home, record.size)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("black-sea")
    shutil.copytree(CASE, folder / "case", ignore=shutil.ignore_patterns("data", "out"))
    done = run_case(folder / "case", folder / "out", Options())
    shutil.rmtree(folder / "out" / "record")  # this test records the run itself
    with open_record(folder, clock=Clock()) as record:
        for tally in done.assessment.files:
            source = next((folder / "case").rglob(Path(tally.path).name))
            blob = record.keep_file(source, Statement("evidence", tally.path, {"source": tally.source}, PARTIES))
            assert blob.digest == tally.sha256
        outputs = {
            path.relative_to(record.out).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in record.out.rglob("*")
            if path.is_file() and record.home not in path.parents
        }
        record.state(*state_assessment(done.assessment, outputs, "run 1", PARTIES))
        record.seal()
    return record, done.assessment, outputs


def test_a_run_is_recorded_whole(run):
    record, assessment, outputs = run
    assert len(assessment.incidents) > 3
    assert (
        record.size
        == sum(map(len, (assessment.files, assessment.findings, assessment.incidents, assessment.clauses, outputs))) + 2
    )
    assert verify_record(record.out, policy_of(record)) == ()


def test_who_the_observers_are_is_for_the_operator_alone(run):
    record, _, outputs = run
    marked = {said["path"]: said["marking"] for said in statements(record) if said["path"]}
    assert marked.keys() == outputs.keys()
    assert {path.startswith("private/") for path, marking in marked.items() if marking is None} == {True}


def test_what_the_reports_say_follows_from_what_was_stated(run, tmp_path):
    """Whoever runs the program changes a report and logs the changed one: its digest fits, its figures do not."""
    record, assessment, _ = run
    changed = json.loads((record.out / "standing.json").read_bytes())
    hidden = next(clause for clause in changed["clauses"] if clause["incidents"])
    gone = hidden["incidents"].pop()
    shutil.copytree(record.out.parent, tmp_path / "x")
    out = tmp_path / "x" / "out"
    (out / "standing.json").write_text(json.dumps(changed))
    outputs = {
        path.relative_to(out).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file() and out / "record" not in path.parents
    }
    with open_record(tmp_path / "x") as again:
        again.state(*state_assessment(assessment, outputs, "run 2", PARTIES))
        again.seal()
    fault = verify_record(out, policy_of(again))[0]
    assert fault.path == "standing.json"
    assert gone in fault.expected
