"""A package shows its reader what it may, proves the rest untouched, and tells nothing else."""

import json
import os
import re
import shutil
import zipfile
from datetime import timedelta
from hashlib import sha256

import pytest
from recorded import START, Clock, finding_of, incident_of, open_record, output_of, policy_of, write
from releasing import mark

from truceline.errors import CaseError, DamagedError, RecordError
from truceline.record import Marking, Statement, verify_record
from truceline.record.export import check_package, export_record, is_package, read_reader, show_statement
from truceline.record.openings import WITHHELD
from truceline.record.receipts import check_receipt
from truceline.record.release import Reader, Role, prove_for, release
from truceline.record.statements import encode
from truceline.reports.released import WRITERS
from truceline.tlog.checkpoints import parse_checkpoint
from truceline.tlog.notes import split_note

STAFF = Reader("EST", Role.GUARANTOR_STAFF)
FOR_EST = mark("AMBER", "POL", ("EST",))
FOR_NOBODY = mark("RED", "NORTH", None)
HIDDEN = "the-hidden-word"


def record_in(folder, clock=None):
    folder.mkdir(exist_ok=True)
    return open_record(folder, clock=clock or Clock())


class Still:
    """A clock that stands."""

    def __call__(self):
        return START


def marked(statement: Statement, marking: Marking | None) -> Statement:
    return Statement(
        statement.kind,
        statement.subject,
        statement.body,
        marking,
        digest=statement.digest,
        path=statement.path,
        derived_from=statement.derived_from,
    )


def clauses_of(run: str) -> Statement:
    body = {"run": run, "clauses": [["sea-1", "as declared"], ["air-1", "as declared"]]}
    return Statement("notice", "clauses of the agreement", body, FOR_EST)


def standing_of(run: str, clause: str, word: str) -> Statement:
    body = {"run": run, "clause": clause, "reading": "as declared", "standing": {"NORTH": word}, "incidents": []}
    return Statement("standing", f"{clause} (as declared)", body, FOR_EST)


def say_run(out) -> list[Statement]:
    """A run with one incident that EST may have, still open."""
    return [
        marked(finding_of("f1"), FOR_EST),
        marked(incident_of("i1", ["f1"]), FOR_EST),
        clauses_of("run 1"),
        standing_of("run 1", "sea-1", "suspected"),
        marked(output_of(out, "report.html", b"<p>report</p>"), FOR_EST),
    ]


def close_run(said: list[Statement], marking: Marking = FOR_EST) -> Statement:
    kinds = [one.kind for one in said]
    counts = {"findings": kinds.count("finding"), "incidents": kinds.count("incident")}
    outputs = len([one for one in said if one.path is not None])
    return Statement("run", "run 1", {"run": "run 1", **counts, "outputs": outputs}, marking)


def secret_incident(run: str = "run 1") -> tuple[Statement, Statement]:
    return (
        marked(finding_of(f"f-{HIDDEN}", run, "air-1"), FOR_NOBODY),
        marked(incident_of(f"i-{HIDDEN}", [f"f-{HIDDEN}"], run, "air-1"), FOR_NOBODY),
    )


@pytest.fixture
def plain(tmp_path):
    """A record of which EST may have everything."""
    with record_in(tmp_path / "plain", Still()) as record:
        source = write(tmp_path / "plain" / "tracks.csv", b"tracks")
        record.keep_file(source, Statement("evidence", "tracks.csv", {}, FOR_EST))
        said = say_run(record.out)
        record.state(*said, close_run(said))
        record.seal()
    return record


@pytest.fixture
def hiding(tmp_path):
    """The same with an incident of NORTH's, bytes of NORTH's, and a remark that nobody marked."""
    with record_in(tmp_path / "hiding", Still()) as record:
        source = write(tmp_path / "hiding" / "tracks.csv", b"tracks")
        record.keep_file(source, Statement("evidence", "tracks.csv", {}, FOR_EST))
        said = say_run(record.out)
        record.state(*said)
        hidden = write(tmp_path / "hiding" / f"{HIDDEN}.csv", HIDDEN.encode())
        record.keep_file(hidden, Statement("evidence", hidden.name, {}, FOR_NOBODY))
        secrets = secret_incident()
        record.state(*secrets, Statement("notice", HIDDEN), close_run([*said, *secrets]))
        record.seal()
    return record


def pack(record, target, reader=STAFF):
    export_record(record.out, reader, target, WRITERS)
    return target


def files_of(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_who_may_have_everything_gets_everything(plain, tmp_path):
    done = export_record(plain.out, STAFF, tmp_path / "p", WRITERS)
    assert (done.size, done.opened, done.withheld, done.unmarked) == (7, 7, 0, 0)
    files = files_of(tmp_path / "p")
    assert files["report.html"] == b"<p>report</p>"
    assert files["record/checkpoint"] == (plain.home / "checkpoint").read_bytes()  # with all who signed and cosigned
    digest = sha256(b"tracks").hexdigest()
    assert files[f"record/blobs/{digest[:2]}/{digest}"] == b"tracks"
    assert check_package(tmp_path / "p", policy_of(plain), WRITERS) == ()
    assert verify_record(tmp_path / "p", policy_of(plain), export=True, beside=list(files)) == ()


def test_a_standing_is_shown_only_where_everything_it_rests_on_is(plain, hiding, tmp_path):
    shown = json.loads((pack(plain, tmp_path / "a") / "released" / "standing.json").read_bytes())
    assert [clause["standing"] for clause in shown["clauses"]] == [{"NORTH": "suspected"}, "withheld"]
    hidden = json.loads((pack(hiding, tmp_path / "b") / "released" / "standing.json").read_bytes())
    assert [(one["clause"], one["standing"]) for one in hidden["clauses"]] == [
        ("sea-1", "withheld"),
        ("air-1", "withheld"),
    ]
    assert not (tmp_path / "b" / "report.html").exists()


def test_nothing_tells_of_what_is_withheld(hiding, tmp_path):
    """No word, no digest, no name, no size of it; the commitments stand in their places."""
    files = files_of(pack(hiding, tmp_path / "p"))
    digest = sha256(HIDDEN.encode()).hexdigest()
    for path, content in files.items():
        assert HIDDEN not in path
        assert digest not in path
        assert HIDDEN.encode() not in content
        assert digest.encode() not in content
    lines = files["record/openings/000.p/11"].splitlines()
    withheld = [line for line in lines if line == WITHHELD]
    manifest = json.loads(files["export.json"])
    assert manifest["withheld"] == len(withheld) == manifest["size"] - manifest["opened"]
    assert check_package(tmp_path / "p", policy_of(hiding), WRITERS) == ()


def test_not_there_and_not_for_you_are_the_same_bytes(plain, hiding, tmp_path):
    """What was made of the released statements does not differ, wherever something else is withheld."""
    one, other = (files_of(pack(record, tmp_path / f"{record.out.parent.name}-package")) for record in (plain, hiding))
    for path in ("incidents.geojson", "incidents.cot.xml", "findings.csv"):
        assert one[f"released/{path}"] == other[f"released/{path}"]


@pytest.mark.parametrize("name", [f"i-{HIDDEN}", HIDDEN, f"{HIDDEN}.csv", "7", "999", "nothing", "\x1b[31m", "x" * 999])
def test_to_ask_for_it_gives_the_answer_to_a_name_that_nobody_has(plain, hiding, name):
    said = []
    for ask in (show_statement, lambda out, reader, name: prove_for(out, name, reader)):
        for record in (plain, hiding):
            with pytest.raises(RecordError) as error:
                ask(record.out, STAFF, f"{name}" if name != "7" else "8")
            said.append(str(error.value))
    assert len(set(said)) == 1
    assert said[0].isprintable()
    assert HIDDEN not in said[0].replace(name, "")


def test_what_may_be_had_can_be_asked_for(hiding):
    assert json.loads(show_statement(hiding.out, STAFF, "i1"))["subject"] == "i1"
    proven = check_receipt(prove_for(hiding.out, "i1", STAFF), policy_of(hiding))
    assert proven.statement["subject"] == "i1"


def test_equal_statements_have_unequal_leaves(tmp_path):
    """So a leaf tells nothing, not even that the same was said before; nor can a guess be tried against it."""
    same = Statement("notice", "the same", {"n": 1}, FOR_NOBODY)
    leaves = []
    for name in ("one", "other"):
        with record_in(tmp_path / name, Still()) as record:
            record.state(same, same)
            record.seal()
        package = pack(record, tmp_path / f"{name}-package")
        bundle = (package / "record/tile/entries/000.p/2").read_bytes()
        leaves += re.findall(rb'\{"commitment":"([0-9a-f]{64})","v":1\}', bundle)
        assert sha256(encode(same, START)).hexdigest().encode() not in bundle
    assert len(set(leaves)) == 4


def test_the_same_record_gives_the_same_bytes_whenever_it_is_packed(hiding, tmp_path):
    packed = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for target in packed:
        pack(hiding, target)
        for path in hiding.out.rglob("*"):
            os.utime(path, (1_900_000_000, 1_900_000_000))
    assert packed[0].read_bytes() == packed[1].read_bytes()
    folder = files_of(pack(hiding, tmp_path / "folder"))
    with zipfile.ZipFile(packed[0]) as package:
        infos = package.infolist()
        assert {info.filename: package.read(info) for info in infos} == folder
    assert [info.filename for info in infos] == sorted(folder)
    assert {(info.date_time, info.external_attr, info.extra, info.comment) for info in infos} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644 << 16, b"", b"")
    }
    assert {path.stat().st_mtime for path in (tmp_path / "folder").rglob("*")} == {0.0}


def test_a_package_does_not_tell_when_the_log_grew(tmp_path):
    with record_in(tmp_path) as record:
        for number in range(5):
            record.state(Statement("notice", f"n{number}", {}, FOR_EST))
            record.seal()
    assert len(list((record.home / "tile" / "0" / "000.p").iterdir())) > 1
    package = pack(record, tmp_path / "p")
    assert [path.name for path in (package / "record/tile/0/000.p").iterdir()] == ["5"]
    assert [path.name for path in (package / "record/openings/000.p").iterdir()] == ["5"]


def test_only_the_stamp_of_this_checkpoint_goes_along(plain, tmp_path, monkeypatch):
    """Earlier ones would tell when the log had which size."""
    root = parse_checkpoint(split_note((plain.home / "checkpoint").read_text())[0]).root
    newest = write(plain.home / "stamps" / f"7-{root.hex()}.tsr", b"token")
    write(plain.home / "stamps" / f"6-{root.hex()}.tsr", b"earlier")
    monkeypatch.setattr("truceline.record.export.verify_record", lambda *_: ())  # these are no tokens
    package = pack(plain, tmp_path / "p")
    assert [path.name for path in (package / "record" / "stamps").iterdir()] == [newest.name]


@pytest.mark.parametrize("how", ["changed", "added to", "taken away", "beside"])
def test_whatever_is_changed_in_a_package_is_found(hiding, tmp_path, how):
    package = pack(hiding, tmp_path / "p")
    for path in sorted(files_of(package)):
        again = tmp_path / "again"
        shutil.copytree(package, again)
        file = again / path
        if how == "changed":
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            file.write_bytes(bytes(content))
        elif how == "added to":
            file.write_bytes(file.read_bytes() + b" ")
        elif how == "taken away":
            file.unlink()
        else:
            (file.parent / "more").write_bytes(b"")
        faults = check_package(again, policy_of(hiding), WRITERS)
        assert faults, path
        shutil.rmtree(again)


def test_a_package_cannot_be_passed_off_as_anothers(hiding, tmp_path):
    """Who rewrites the manifest for a laxer reader has not the statements; for a stricter one, too many."""
    package = pack(hiding, tmp_path / "p")
    manifest = json.loads((package / "export.json").read_bytes())
    for nation, role in (("NORTH", "party"), ("FIN", "court")):
        forged = json.dumps({**manifest, "for": nation, "role": role}, indent=1) + "\n"
        (package / "export.json").write_text(forged)
        assert check_package(package, policy_of(hiding), WRITERS)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"schema":"truceline/export/1"}', b"\xff", b"[" * 100_000, b'{"schema":1,"for":[]}']
)
def test_a_manifest_that_is_none_is_a_fault(hiding, tmp_path, content):
    package = pack(hiding, tmp_path / "p")
    assert is_package(package)
    (package / "export.json").write_bytes(content)
    assert check_package(package, policy_of(hiding), WRITERS)[0].path == "export.json"


def test_what_does_not_verify_is_not_passed_on(hiding, tmp_path):
    """Somebody opens a mark in the openings: the leaf does not fit, and nothing leaves."""
    path = hiding.home / "openings/000.p/11"
    path.write_bytes(path.read_bytes().replace(b'"RED"', b'"CLEAR"'))
    for ask in (lambda: pack(hiding, tmp_path / "p"), lambda: show_statement(hiding.out, STAFF, "i1")):
        with pytest.raises(DamagedError, match="does not open its leaf"):
            ask()
    assert not (tmp_path / "p").exists()
    with pytest.raises(RecordError, match="does not open its leaf"):
        prove_for(hiding.out, f"i-{HIDDEN}", STAFF)


def test_who_the_observers_are_never_leaves(tmp_path):
    """Not under private/, whatever marking somebody put on it; not in the bytes of their own observations."""
    world = mark("CLEAR", "POL", None)
    with record_in(tmp_path) as record:
        source = write(tmp_path / "log.csv", f"observer\n{HIDDEN}\n".encode())
        record.keep_file(source, Statement("evidence", "log.csv", {"observers": True}, world))
        output = marked(output_of(record.out, "private/observers.parquet", HIDDEN.encode()), world)
        record.state(output, close_run([output], world))
        record.seal()
    package = pack(record, tmp_path / "p")
    assert [path for path, content in files_of(package).items() if HIDDEN.encode() in content] == []
    assert not (package / "private").exists()
    assert json.loads(show_statement(record.out, STAFF, "log.csv"))["kind"] == "evidence"


def test_a_marking_can_be_tightened_and_not_loosened(tmp_path):
    strict, lax = mark("AMBER+STRICT", "POL", None), mark("CLEAR", "POL", None)
    source = write(tmp_path / "x.csv", HIDDEN.encode())
    for order in ((lax, strict), (strict, lax)):
        folder = tmp_path / order[0].tlp
        with record_in(folder) as record:
            kept = record.keep_file(source, Statement("evidence", "x.csv", {}, order[0]))
            record.state(Statement("finding", "f", {"run": "r", "finding": "f"}, lax, derived_from=(kept.digest,)))
            record.keep_file(
                source,
                Statement("evidence", "x.csv", {}, order[1]),
                custody=Statement("custody", "x.csv", {}, order[1]),
            )
            record.seal()
        assert release(record.out, STAFF).told == ()
        assert len(release(record.out, Reader("POL", Role.PARTY)).told) == 3


@pytest.mark.parametrize(
    ("custody", "shown"),
    [
        (None, False),  # nobody says which evidence the run read: all that was kept before counts
        ({"run": "run 1"}, False),  # it read it, and found nothing in it
        ({"run": "run 0"}, True),  # an earlier run read it, and this one another
    ],
)
def test_a_report_rests_on_evidence_that_was_silent(tmp_path, custody, shown):
    with record_in(tmp_path) as record:
        for name, marking, read in (("open.csv", FOR_EST, {"run": "run 1"}), ("silent.csv", FOR_NOBODY, custody)):
            said = Statement("custody", name, read, marking) if custody and read else None
            source = write(tmp_path / name, name.encode())
            record.keep_file(source, Statement("evidence", name, {}, marking), custody=said)
        told = say_run(record.out)
        record.state(*told, close_run(told))
        record.seal()
    released = release(record.out, STAFF)
    assert ("report.html" in released.files) == shown
    assert ({"run", "standing", "report"} <= {one.kind for one in released.told}) == shown
    assert [one.fields["subject"] for one in released.told if one.kind == "incident"] == ["i1"]


def test_bytes_that_a_crash_left_without_a_marking_get_the_one_of_the_next_run(tmp_path):
    """The notice of them says nothing of whose they are."""
    with record_in(tmp_path) as record:
        digest = sha256(b"left").hexdigest()
        write(record.home / "blobs" / digest[:2] / digest, b"left")
    with record_in(tmp_path) as record:
        source = write(tmp_path / "left.csv", b"left")
        custody = Statement("custody", "left.csv", {}, FOR_EST)
        record.keep_file(source, Statement("evidence", "left.csv", {}, FOR_EST), custody=custody)
        record.state(Statement("finding", "f", {"run": "r", "finding": "f"}, FOR_EST, derived_from=(digest,)))
        record.seal()
    released = release(record.out, STAFF)
    assert [one.fields["kind"] for one in released.told] == ["custody", "finding"]
    assert list(released.files.values()) == [digest]


def test_a_statement_that_was_removed_looks_like_one_that_is_withheld(tmp_path):
    """By order of a court; and the report, whose own marking would let it out, rested on it."""
    world = mark("CLEAR", "POL", None)
    with record_in(tmp_path) as record:
        source = write(tmp_path / "x.csv", HIDDEN.encode())
        kept = record.keep_file(source, Statement("evidence", HIDDEN, {}, FOR_NOBODY))
        output = marked(output_of(record.out, "report.html", HIDDEN.encode()), world)
        record.state(output, close_run([output], world))
        record.remove_bytes(kept.digest, Statement("removal", "by order of a court", {}, world))
        record.remove_statements([0], Statement("removal", "by order of a court", {}, world))
    assert b'{"removed":true}' in (record.home / "openings/000.p/5").read_bytes()
    assert verify_record(record.out, policy_of(record)) == ()
    package = pack(record, tmp_path / "p")
    assert set((package / "record/openings/000.p/5").read_bytes().splitlines()) == {WITHHELD}
    assert not (package / "report.html").exists()
    assert check_package(package, policy_of(record), WRITERS) == ()


def test_what_nobody_ever_spoke_of_is_for_nobody(tmp_path):
    """Links to findings that are not there, and bodies of any shape: nothing leaves, and nothing breaks."""
    world = mark("CLEAR", "POL", None)
    absurd = [
        {"run": "r", "incident": "a", "findings": ["none such"]},
        {"run": "r", "incident": "b", "findings": "f"},
        {"run": "r", "incident": "c", "findings": [None, {}, []]},
    ]
    with record_in(tmp_path) as record:
        record.state(*(Statement("incident", f"i{number}", body, world) for number, body in enumerate(absurd)))
        record.state(Statement("incident", "loop", {"run": "r", "incident": "loop", "incidents": ["loop"]}, world))
        record.seal()
    assert [one.fields["subject"] for one in release(record.out, STAFF).told] == ["loop"]
    pack(record, tmp_path / "p")


def test_absurd_bodies_are_written_as_well_as_they_can_be(tmp_path):
    world = mark("CLEAR", "POL", None)
    bodies = [
        {"incident": "a", "lon": "30", "lat": 46.0, "parties": ["x"], "findings": [], "kinds": 7},
        {"incident": "b", "lon": True, "lat": 46.0, "radius_m": "wide"},
        {"incident": 7, "lon": 30.0, "lat": 460.0},
        {"incident": "\x00\x1f\u202e]]>&<x/>\ud7ff", "lon": 30.0, "lat": 46.0, "clause": "<&'\">"},
    ]
    notice = Statement("notice", "clauses of the agreement", {"run": "r", "clauses": [1, ["a"], ["b", 2]]}, world)
    with record_in(tmp_path) as record:
        record.state(*(Statement("incident", "x", {"run": "r", **body}, world) for body in bodies), notice)
        record.state(Statement("standing", "x", {"run": "r", "clause": ["q"], "reading": None}, world))
        record.seal()
    released = release(record.out, STAFF)
    made = {name: writer(released) for name, writer in WRITERS.items()}
    assert b"<x/>" not in made["incidents.cot.xml"]
    assert len(json.loads(made["incidents.geojson"])["features"]) == 4


FORMULAS = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(tmp_path, text):
    body = {"run": "r", "finding": "f", "kind": text, "doubts": [text], "measured": -3.5, "party": "a\x00b\u202ec"}
    with record_in(tmp_path) as record:
        record.state(Statement("finding", "f", body, FOR_EST))
        record.seal()
    table = WRITERS["findings.csv"](release(record.out, STAFF)).decode()
    assert re.search(r'(?:^|,)"?[=+@\t\r-](?!\d)', table.splitlines()[1] + "".join(table.splitlines()[2:])) is None
    assert ",-3.5," in table
    assert "\x00" not in table
    assert "\u202e" not in table


@pytest.mark.parametrize(
    ("nation", "role", "says"),
    [
        ("EST", "gaurantor-staff", 'write "guarantor-staff"'),
        ("EST", "root", "one of guarantor-staff, party, monitor, court, operator, public"),
        ("../../x", "court", "write one code"),
        ("E\x00T", "court", "write one code"),
        ("", "court", "write one code"),
    ],
)
def test_a_reader_that_is_none_is_refused(nation, role, says):
    with pytest.raises(CaseError, match=re.escape(says)) as error:
        read_reader(nation, role)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(("nation", "role"), [("XYZ", "court"), ("public", "court"), ("Est", "court"), ("EE", "court")])
def test_a_code_that_nobody_has_is_refused(plain, tmp_path, nation, role):
    with pytest.raises(CaseError, match="reader not known"):
        pack(plain, tmp_path / "p", read_reader(nation, role))
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("place", ["taken", "within", "file/under", "link"])
def test_a_package_takes_nobodys_place(plain, tmp_path, place):
    (tmp_path / "taken").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    target = plain.out / "package" if place == "within" else tmp_path / place
    before = files_of(tmp_path)
    with pytest.raises(CaseError):
        pack(plain, target)
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("name", ["p", "p.zip"])
def test_an_output_that_changes_while_it_is_packed_does_not_leave(plain, tmp_path, name):
    """A run put other outputs in the place of those that were released."""

    def write(released):
        (plain.out / "report.html").write_text(HIDDEN)
        return b""

    with pytest.raises(CaseError, match=r"report\.html changed while it was packed"):
        export_record(plain.out, STAFF, tmp_path / name, {"x.txt": write})
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]


def test_a_folder_without_a_record_says_so(tmp_path):
    with pytest.raises(RecordError, match="no record here"):
        pack(type("Folder", (), {"out": tmp_path}), tmp_path / "p")


def test_a_large_record_is_packed_whole(tmp_path):
    """More than one tile; what is withheld stands between what is not."""
    with record_in(tmp_path, Clock(START + timedelta(days=1))) as record:
        record.state(*(Statement("notice", f"n{n}", {}, FOR_EST if n % 3 else FOR_NOBODY) for n in range(600)))
        record.seal()
    done = export_record(record.out, STAFF, tmp_path / "p", WRITERS)
    assert (done.size, done.opened) == (600, 400)
    assert check_package(tmp_path / "p", policy_of(record), WRITERS) == ()
