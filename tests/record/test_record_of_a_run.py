"""A real case goes into the record: its evidence, its findings, its reports; and comes out sound."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from recorded import PARTIES, START, Clock, open_record, policy_of

from truceline.case import Options, run_case
from truceline.model import Review
from truceline.record import Marking, Statement, Tlp, state_assessment, verify_record
from truceline.record.figures import Judged, check_figures
from truceline.record.judgements import scatter
from truceline.record.markings import Markings, derive
from truceline.record.openings import read_all, read_opening
from truceline.record.statements import decode, encode

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


POLAND, ESTONIA = Marking(Tlp.GREEN, ("POL",)), Marking(Tlp.AMBER, ("EST",))


def marked(assessment, markings) -> dict[str, Marking | None]:
    said = state_assessment(assessment, {}, "run 1", markings)
    return {one.subject: one.marking for one in said if one.kind in ("finding", "incident")}


def hide(assessment, hidden: str, **more) -> Markings:
    """All sources are Poland's for the community but one, which is Estonia's."""
    sources = {tally.source: POLAND for tally in assessment.files}
    return Markings(None, {**sources, hidden: ESTONIA}, **more)


def test_a_finding_says_nothing_of_a_source_that_has_no_row_in_it(run):
    """A doubt, an excuse, a joined origin can be the trace of another source: they go where all sources may go."""
    _, assessment, _ = run
    plain = next(one for one in assessment.findings if not one.doubts and not one.excused_by and not one.indicator)
    hidden = "another"
    others = [replace(assessment.files[0], number=99, source=hidden)]
    own = {"lineages": {plain.source: plain.lineage}}
    for finding, whole in [
        (plain, False),
        (replace(plain, doubts=("near enough to one that was heard",)), True),
        (replace(plain, excused_by="return-fire"), True),
        (replace(plain, lineage="another-feed"), True),
    ]:
        changed = replace(assessment, files=(*assessment.files, *others), findings=(finding,), incidents=())
        one = marked(changed, hide(changed, hidden, **own))[plain.id]
        assert one == (derive((POLAND, ESTONIA)) if whole else POLAND)


def test_an_incident_on_which_somebody_decided_goes_where_all_sources_may_go(run):
    _, assessment, _ = run
    readers = {tally.number: tally.source for tally in assessment.files}
    by_id = {one.id: one for one in assessment.findings}
    plain = {one.id: replace(one, doubts=(), excused_by=None) for one in assessment.findings}
    incident = replace(assessment.incidents[0], review=None, excused_by=None)
    mine = {readers[row.file] for id_ in (*incident.findings, *incident.indicators) for row in by_id[id_].rows}
    hidden = next(source for source in readers.values() if source not in mine)
    review = Review(incident.id, "confirm", "officer", "seen", START)
    for one, whole in [(incident, False), (replace(incident, review=review), True)]:
        changed = replace(assessment, findings=tuple(plain.values()), incidents=(one,))
        assert marked(changed, hide(changed, hidden))[one.id] == (derive((POLAND, ESTONIA)) if whole else POLAND)


def test_the_order_of_leaves_tells_nothing(run):
    """Between two opened findings of one clause a withheld leaf would else be a finding of that clause and time."""
    _, assessment, _ = run
    *said, _ = state_assessment(assessment, {}, "run 1", PARTIES)
    mixed, other, later = scatter(said, bytes(32)), scatter(said, b"1" * 32), scatter(said[::-1], bytes(32))
    assert sorted(one.subject for one in mixed) == sorted(one.subject for one in said)
    assert mixed == later, "whatever order they were made in"
    assert mixed != other, "whoever has not the secret cannot work it out"
    kinds = [one.kind for one in mixed]
    assert kinds != sorted(kinds)
    times = [one.body["start_utc"] for one in mixed if one.kind == "finding"]
    assert times not in (sorted(times), sorted(times, reverse=True))


def test_more_findings_than_a_statement_can_list_are_counted_and_digested(run, tmp_path):
    """One incident of 70,000 findings, one clause of 70,000 incidents: the run is recorded, and its figures checked."""
    _, assessment, _ = run
    incident, clause = assessment.incidents[0], assessment.clauses[0]
    ids = tuple(f"{number:016x}" for number in range(70_000))
    many = replace(incident, findings=ids, indicators=())
    changed = replace(assessment, incidents=(many,), clauses=(replace(clause, incidents=ids),), findings=())
    said = {one.kind: one for one in state_assessment(changed, {}, "run 1", PARTIES)}
    for kind, noun in (("incident", "findings"), ("standing", "incidents")):
        body = decode(encode(said[kind], START))["body"]
        assert (body[noun], body[f"{noun}_sha256"]) == (70_000, sha256("\n".join(ids).encode()).hexdigest())
    shown = {**said["incident"].body, "findings": list(ids)}
    shown.pop("findings_sha256")
    path = tmp_path / "incidents.geojson"
    for listed, sound in ((ids, True), (ids[:-1], False), ((*ids[:-1], "0"), False)):
        one = {"id": many.id, "properties": {**shown, "findings": list(listed)}}
        path.write_text(json.dumps({"features": [one]}))
        judged = Judged({}, {many.id: said["incident"].body})
        assert (not list(check_figures(tmp_path, judged, ["incidents.geojson"]))) == sound


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
