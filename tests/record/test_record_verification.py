"""A sound record is accepted; whatever is changed in it is found, and where."""

import json
import os
import random
import shutil
from pathlib import Path

import pytest
from recorded import (
    PARTIES,
    Clock,
    evidence,
    features_of,
    finding_of,
    incident_of,
    note,
    open_record,
    output_of,
    policy_of,
    run_of,
    standing_of,
    state_run,
    write,
)
from tampering import Tampering, tamper

from truceline.record import Statement, verify_record
from truceline.tlog.policy import Policy


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A record of 1,000 leaves with three runs, evidence, a removal, and its policy."""
    folder = tmp_path_factory.mktemp("whole")
    clock = Clock()
    chance = random.Random(1)  # noqa: S311 - nothing secret
    with open_record(folder, clock=clock) as record:
        for number in range(5):
            record.keep_file(write(folder / f"{number}.csv", chance.randbytes(200 + 40 * number)), evidence())
        state_run(record, "run 1")
        record.seal()
        record.state(*(note(f"remark {number}", n=number) for number in range(979)))
        record.seal()
        blob = record.keep_file(write(folder / "names.csv", b"protected"), evidence())
        record.remove_bytes(blob.digest, Statement("removal", "names.csv", {"order": "court"}))
        state_run(record, "run 2")
        sealed = record.seal()
    assert sealed.size == 1000
    return record.out, policy_of(record), sealed


def snapshot(out: Path):
    return {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in sorted(out.rglob("*"))}


def test_a_sound_record_has_no_faults_and_is_not_touched(whole):
    out, policy, sealed = whole
    before = snapshot(out)
    assert verify_record(out, policy) == ()
    assert verify_record(out, None) == ()
    assert verify_record(out, policy, known=[sealed.note]) == ()
    assert snapshot(out) == before


def test_a_read_only_copy_can_be_verified(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "out")
    for path in (tmp_path / "out").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert verify_record(tmp_path / "out", whole[1]) == ()


@pytest.mark.parametrize("seed", range(6))
def test_every_tampering_is_found_and_located(whole, tmp_path, seed):
    """50 for each seed; `bench/record.py` tries 2,000."""
    shutil.copytree(whole[0], tmp_path / "out")
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    missed, astray = [], []
    for _ in range(50):
        tampering = tamper(tmp_path / "out", chance)
        faults = verify_record(tmp_path / "out", whole[1])
        if not faults:
            missed.append(tampering.what)
        elif not located(tampering, faults[0].path):
            astray.append((tampering.what, faults[0]))
        tampering.undo()
    assert (missed, astray) == ([], [])
    assert verify_record(tmp_path / "out", whole[1]) == ()


def located(tampering: Tampering, path: str) -> bool:
    """Whether the first fault names a changed file, or the one that vouches for it."""
    return path in tampering.paths


def faults_of(record, **options):
    return [str(fault.path) + ": " + fault.what for fault in verify_record(record.out, policy_of(record), **options)]


@pytest.fixture
def small(tmp_path):
    with open_record(tmp_path) as record:
        record.keep_file(write(tmp_path / "a.csv", b"a"), evidence())
        state_run(record)
        record.seal()
    return record


def test_a_file_that_nobody_named_is_a_fault(small):
    write(small.out / "notes.txt", b"x")
    write(small.home / "extra" / "x", b"x")
    write(small.home / "blobs" / "zz" / "x", b"x")
    assert faults_of(small) == [
        "record/blobs/zz/x: does not belong here",
        "notes.txt: does not belong here",
        "record/extra/x: does not belong here",
    ]


def test_the_state_of_the_queue_is_not_judged(small):
    shutil.rmtree(small.home / "state")
    assert faults_of(small) == []


def test_links_and_devices_are_faults_and_not_followed(small):
    (small.out / "link").symlink_to("/etc/passwd")
    (small.home / "blobs" / "aa").symlink_to("/")
    os.mkfifo(small.out / "pipe")
    assert [line.split(":")[0] for line in faults_of(small)] == ["link", "pipe", "record/blobs/aa"]


def test_a_file_that_cannot_be_read_is_a_fault(small, monkeypatch):
    from truceline.record import verification

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(verification, "digest_file", refuse)
    assert faults_of(small)[0].endswith("unreadable")


def test_names_that_a_terminal_would_act_on_are_shown_harmless(small):
    write(small.out / "\x1b[2Jx\n", b"")
    write(Path(os.fsdecode(os.fsencode(small.out) + b"/\xff")), b"")
    assert faults_of(small) == ["\\x1b[2Jx\\n: does not belong here", "\\udcff: does not belong here"]


def test_a_folder_of_any_depth_is_read(small):
    deep = [small.out]
    for _ in range(1500):
        deep.append(deep[-1] / "d")
        deep[-1].mkdir()
    try:
        assert faults_of(small) == []
    finally:
        for folder in reversed(deep[1:]):  # nobody else can take it away
            folder.rmdir()


@pytest.mark.parametrize("content", [b"", b"x", b"a\n99999999999999999\n" + b"A" * 43 + b"=\n\n", b"\xff" * 100])
def test_a_broken_checkpoint_is_named_and_ends_it(small, content):
    (small.home / "checkpoint").write_bytes(content)
    faults = verify_record(small.out, policy_of(small))
    assert faults[0].path == "record/checkpoint"


def test_a_size_that_somebody_invented_is_not_counted_up_to(small):
    from truceline.tlog.checkpoints import Checkpoint
    from truceline.tlog.notes import sign_note

    huge = Checkpoint(small.keys.origin, 2**62, b"r" * 32).text
    (small.home / "checkpoint").write_text(sign_note(huge, [small.keys.signer]))
    assert faults_of(small)


def test_a_record_that_is_not_there(tmp_path):
    assert verify_record(tmp_path / "no such folder", Policy(()))[0].what in ("missing", "not accepted")
    (tmp_path / "file").write_text("x")
    assert verify_record(tmp_path / "file", Policy(()))


def test_another_key_is_not_believed(small, tmp_path):
    (tmp_path / "other").mkdir()
    with open_record(tmp_path / "other") as other:
        pass
    (fault, *_) = verify_record(small.out, policy_of(other))
    assert (fault.path, fault.what) == ("record/checkpoint", "not accepted")


def test_a_quorum_that_is_not_reached_is_named(small):
    from truceline.tlog.cosignatures import CosignatureSigner

    witness = CosignatureSigner.generate("witness.example")
    policy = Policy.parse(f"log {small.keys.signer.verifier_key}\nwitness w {witness.verifier_key}\nquorum w\n")
    (fault,) = verify_record(small.out, policy)
    assert "no cosignature of 'w'" in fault.found


def test_a_withheld_statement_is_a_fault_unless_this_is_an_export(small):
    path = small.home / "openings/000.p/8"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], b'{"withheld":true}', *lines[2:]]))
    assert "withheld, and this is no export" in verify_record(small.out, policy_of(small))[0].found
    assert faults_of(small, export=True) == []
    lines[0] = lines[0].replace(b"coastal", b"Coastal")
    path.write_bytes(b"\n".join(lines))
    assert "does not open its leaf" in faults_of(small, export=True)[0]


def test_a_statement_can_be_removed_by_a_later_one_that_says_so(small):
    path = small.home / "openings/000.p/8"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([b'{"removed":true}', *lines[1:]]))
    assert "a removal that names it" in verify_record(small.out, policy_of(small))[0].expected
    path.write_bytes(b"\n".join(lines))
    with open_record(small.out.parent) as record:
        record.state(Statement("removal", "who reported", {"order": "court"}, PARTIES, derived_from=(0,)))
        record.seal()
    assert faults_of(small) == ["record/openings: statement of leaf 0"]


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        (Statement("correction", "the time was wrong"), "what is corrected"),
        (Statement("correction", "the time was wrong", derived_from=(99,)), "link to leaf 99"),
        (Statement("notice", "rests on", derived_from=("ab" * 32,)), "link to abab"),
        (Statement("removal", "something"), "what is removed"),
        (Statement("evidence", "gone", digest="cd" * 32), "missing"),
        (finding_of("f9", run="run 9"), ""),
        (Statement("finding", "f9"), "which run said so"),
        (Statement("report", "report.html", {"run": "run 9"}), "which file of which run"),
        (
            Statement("run", "run 9", {"run": "run 9", "findings": 3, "incidents": 0, "outputs": 0}),
            "findings of the run",
        ),
    ],
)
def test_statements_that_do_not_fit_together_are_named(small, statement, word):
    with open_record(small.out.parent) as record:
        record.state(statement)
        record.seal()
    faults = faults_of(small)
    assert (faults == []) if not word else any(word in fault for fault in faults)


def test_a_correction_is_linked_to_what_it_corrects(small):
    with open_record(small.out.parent) as record:
        record.state(
            Statement("correction", "tracks.csv", {"claimed_utc": "an hour later"}, PARTIES, derived_from=(0,))
        )
        record.seal()
    assert faults_of(small) == []


def test_outputs_of_an_older_run_do_not_stay(small):
    with open_record(small.out.parent) as record:
        said = [output_of(record.out, "report.html", b"<p>second</p>", "run 2")]
        record.state(*said, run_of(said, "run 2"))
        record.seal()
    assert faults_of(small) == [
        "incidents.geojson: does not belong here",
        "standing.json: does not belong here",
    ]


# ── the figures ──


def run_with(record, *said):
    record.state(*said, run_of(said))
    record.seal()
    return faults_of(record)


def test_figures_that_do_not_follow_from_the_statements_are_named(tmp_path):
    with open_record(tmp_path) as record:
        findings = [finding_of("f1"), finding_of("f2")]
        incidents = [incident_of("i1", ["f1"]), incident_of("i2", ["f2"])]
        standing = output_of(record.out, "standing.json", standing_of(["i1", "i3"]))
        faults = run_with(record, *findings, *incidents, standing)
    assert faults[0] == "standing.json: incidents of clause sea-1 (as declared)"
    detail = verify_record(record.out, policy_of(record))[0]
    assert (detail.expected, detail.found) == ("2 logged, i2 not shown", "2 shown, i3 not logged")


def test_a_clause_that_the_report_leaves_out_is_named(tmp_path):
    with open_record(tmp_path) as record:
        other = incident_of("i9", [], clause="port-2")
        faults = run_with(record, other, output_of(record.out, "standing.json", standing_of([])))
    assert "standing.json: incidents of clause port-2 (as declared)" in faults


def test_a_breach_without_a_corroborated_incident_is_named(tmp_path):
    with open_record(tmp_path) as record:
        said = [finding_of("f1"), incident_of("i1", ["f1"])]
        faults = run_with(record, *said, output_of(record.out, "standing.json", standing_of(["i1"], word="breached")))
    assert faults == ["standing.json: incidents of clause sea-1 (as declared): RU breached"]


def test_an_incident_that_is_shown_otherwise_is_named(tmp_path):
    with open_record(tmp_path) as record:
        incident = incident_of("i1", ["f1"])
        worse = json.loads(features_of(incident))
        worse["features"][0]["properties"]["status"] = "confirmed"
        faults = run_with(
            record, finding_of("f1"), incident, output_of(record.out, "incidents.geojson", json.dumps(worse).encode())
        )
    assert faults == ["incidents.geojson: incident i1: status"]


def test_findings_that_the_table_leaves_out_are_named(tmp_path):
    import polars as pl

    with open_record(tmp_path) as record:
        table = record.out / "findings.parquet"
        pl.DataFrame({"finding": ["f1"], "clause": ["sea-1"]}).write_parquet(table)
        said = [finding_of("f1"), finding_of("f2"), incident_of("i1", ["f2"])]
        faults = run_with(record, *said, output_of(record.out, "findings.parquet", table.read_bytes()))
    assert faults == [
        "findings.parquet: findings",
        "findings.parquet: findings of clause sea-1",
        "findings.parquet: findings of incident i1",
    ]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"[" * 200_000, b'{"clauses":[{}]}', b'{"clauses":[1]}', b"\xff"]
)
@pytest.mark.parametrize("path", ["standing.json", "incidents.geojson", "findings.parquet", "files.parquet"])
def test_an_output_of_another_shape_is_a_fault_and_no_crash(tmp_path, path, content):
    with open_record(tmp_path) as record:
        faults = run_with(record, output_of(record.out, path, content))
    assert faults == [f"{path}: figures that cannot be read"]


def test_a_table_of_any_bytes_is_a_fault_and_no_crash(tmp_path):
    import polars as pl

    from truceline.record.figures import Judged, check_figures

    table = tmp_path / "findings.parquet"
    pl.DataFrame({"finding": ["f1", "f2"], "clause": ["sea-1", "sea-1"]}).write_parquet(table)
    whole, chance = table.read_bytes(), random.Random(3)  # noqa: S311
    for _ in range(300):
        bad = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        table.write_bytes(bad[: chance.choice([len(bad), chance.randrange(len(bad))])])
        for fault in check_figures(tmp_path, Judged({}, {}), ["findings.parquet"]):
            assert fault.path == "findings.parquet"
