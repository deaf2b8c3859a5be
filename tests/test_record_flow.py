"""The record of a run, from the door: what is kept and said, how it is checked, what people enter, what goes wrong."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from truceline import case as case_module
from truceline.cli import main
from truceline.record import entering, outputs, store
from truceline.record.decisions import Decision, sign_decision
from truceline.record.history import list_entered
from truceline.record.openings import read_all, read_opening
from truceline.record.statements import decode
from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.cosignatures import CosignatureSigner
from truceline.tlog.folder import FolderReader
from truceline.tlog.forks import format_pair
from truceline.tlog.notes import Signer, sign_note, split_note
from truceline.tlog.policy import Policy
from truceline.tlog.witness import Witness, WitnessServer

TRUCE = """# A truce

```agreement
id = "flow"
status = "signed"
starts = "2026-01-01T00:00Z"
ends = "3 d"
source = "test"
```

```party A
name = "A"
status = "accepted"
```

```party B
name = "B"
status = "accepted"
```

```body jmc
name = "Joint commission"
```

## Article 1: Fire

No fire.

```clause fire
kind = "no-attack"
binds = ["A"]
events = ["shelling"]
coverage = 0.6
```

## Article 2: Repair

No fire until the commission says that the repair is done.

```clause repair
kind = "no-attack"
binds = ["B"]
ends = "until determination repair-done by jmc"
events = ["shelling"]
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
HEAD = "start,end,who,lon,lat\n"
FIRST = "2026-01-02T10:00Z,2026-01-02T10:05Z,A,30,46\n"
LATE = "2026-01-01T12:00Z,2026-01-01T12:05Z,A,35,47\n"


@pytest.fixture
def case(tmp_path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "agreement.md").write_text(TRUCE)
    (folder / "evidence.toml").write_text(SHELLING)
    (folder / "log.csv").write_text(HEAD + FIRST)
    return folder


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def run(case: Path, *options: object) -> Result:
    done = call("run", case, "--quiet", "--no-report", *options)
    assert done.exit_code == 0, done.output
    return done


def verify(out: Path, *options: object) -> Result:
    done = call("record", "verify", out, *options)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def statements(out: Path) -> list[dict]:
    size = head(out).size
    return [decode(read_opening(line).data) for _, line in read_all(out / "record", size)]


def head(out: Path):
    return parse_checkpoint(split_note(FolderReader(out / "record").read_note())[0])


def read_outputs(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def write_policy(path: Path, keys: Path, out: Path, *lines: str) -> Path:
    """A policy that believes the key of the log in `out`."""
    name = head(out).origin.replace("/", "%2F")
    log = Signer.parse((keys / f"{name}.key").read_text().strip()).verifier_key
    path.write_text("\n".join([f"log {log}", *(lines or ["quorum none"])]) + "\n")
    return path


def incident(out: Path) -> tuple[str, str]:
    """The id and the status of the only incident."""
    (one,) = json.loads((out / "incidents.geojson").read_text())["features"]
    return one["id"], one["properties"]["status"]


# --- what a run says ------------------------------------------------------------------------------


def test_a_run_is_sealed_and_whoever_has_the_key_can_check_it(case, keys, tmp_path):
    run(case)
    policy = write_policy(tmp_path / "policy", keys, case / "out")
    done = verify(case / "out", "--policy", policy)
    assert done.exit_code == 0, done.output
    assert "sound" in done.output
    assert json.loads(verify(case / "out", "--json").output)["sound"] is True


def test_evidence_is_stated_before_what_was_found_in_it(case):
    run(case)
    kinds = [said["kind"] for said in statements(case / "out")]
    assert kinds.index("evidence") < kinds.index("custody") < min(kinds.index("finding"), kinds.index("incident"))
    assert kinds[-1] == "run"
    (last,) = [said for said in statements(case / "out") if said["kind"] == "run"]
    assert last["body"]["options"]["period_hours"] == 24
    assert len(last["body"]["code"]) == 64
    kept = {said["subject"] for said in statements(case / "out") if said["kind"] == "evidence"}
    assert {"agreement.md", "evidence.toml", "log.csv", "standing.json"} <= kept


def test_what_is_parsed_is_what_was_kept(case, monkeypatch):
    """Somebody exchanges the file between the copy and the reading: the copy is what counts."""
    keep = case_module.keep_source

    def exchange(session, source, path, shown):
        kept = keep(session, source, path, shown)
        path.write_text(HEAD + FIRST + LATE)
        return kept

    monkeypatch.setattr(case_module, "keep_source", exchange)
    run(case)
    assert len(json.loads((case / "out" / "incidents.geojson").read_text())["features"]) == 1
    assert verify(case / "out").exit_code == 0


def test_evidence_that_cannot_be_read_is_kept_all_the_same(case):
    (case / "log.csv").write_text("nothing,of,that\n1,2,3\n")
    done = call("run", case, "--quiet")
    assert done.exit_code == 2
    assert (case / "out" / "record" / "blobs").is_dir()
    assert verify(case / "out").exit_code == 0
    assert {"evidence", "notice"} <= {said["kind"] for said in statements(case / "out")}


def test_a_second_run_appends_and_writes_the_same_bytes(case):
    run(case)
    first, before = read_outputs(case / "out"), statements(case / "out")
    run(case)
    assert read_outputs(case / "out") == first
    assert statements(case / "out")[: len(before)] == before
    assert verify(case / "out").exit_code == 0


def test_keys_are_made_outside_the_output_and_that_is_said(case, tmp_path, monkeypatch):
    monkeypatch.setenv("TRUCELINE_KEYS", str(tmp_path / "keys"))
    done = call("run", case, "--no-report")
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "keys") in done.stderr
    assert "truceline/flow+" in done.stderr
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("damage", "path"),
    [
        (lambda out: (out / "standing.json").write_text("{}"), "standing.json"),
        (lambda out: (out / "files.parquet").unlink(), "files.parquet"),
        (lambda out: (out / "more.txt").write_text("x"), "more.txt"),
        (lambda out: (out / "record" / "more").mkdir() or (out / "record/more/x").touch(), "record/more/x"),
        (lambda out: (out / "link").symlink_to("standing.json"), "link"),
        (lambda out: (out / "record/tile/0/000.p").rename(out / "gone"), "record/tile"),
    ],
    ids=["changed", "removed", "added", "added to the record", "link", "tile"],
)
def test_the_first_thing_wrong_is_named_and_nothing_is_written(case, damage, path):
    run(case)
    damage(case / "out")
    before = {one: one.lstat().st_mtime_ns for one in (case / "out").rglob("*")}
    done = verify(case / "out")
    assert done.exit_code == 3
    assert done.output.startswith(path)
    assert {one: one.lstat().st_mtime_ns for one in (case / "out").rglob("*")} == before


def test_a_folder_without_a_record_is_not_sound(tmp_path):
    done = verify(tmp_path, "--json")
    assert done.exit_code == 3
    assert json.loads(done.output)["faults"]


@pytest.mark.parametrize("name", ["nowhere", "package.zip", "report.html"])
def test_what_is_no_folder_cannot_be_asked_about(tmp_path, name):
    """A package that was not unpacked is not said to be unsound."""
    if name != "nowhere":
        (tmp_path / name).write_bytes(b"PK")
    done = verify(tmp_path / name)
    assert done.exit_code == 2
    assert "nothing to verify" in done.stderr
    assert ("unpack it first" in done.stderr) == (name == "package.zip")
    assert "NOT SOUND" not in done.output


# --- late evidence --------------------------------------------------------------------------------


def test_late_evidence_makes_a_new_report_that_says_what_changed(case):
    out = case / "out"
    call("run", case, "--quiet")
    first = read_outputs(out)
    assert json.loads(first["standing.json"])["addendum"] == []
    (case / "log.csv").write_text(HEAD + FIRST + LATE)
    call("run", case, "--quiet")
    said = json.loads((out / "standing.json").read_text())["addendum"]
    assert "sealed as leaf" in said[0]
    assert re.match("1 finding new, of the time before that cut-off: [0-9a-f]{16}", said[1])
    assert "An earlier report was sealed, and stands" in (out / "report.html").read_text()
    for name in ("report.html", "report.pdf", "standing.json", "incidents.geojson"):
        digest = sha256(first[name]).hexdigest()
        assert (out / "record" / "blobs" / digest[:2] / digest).read_bytes() == first[name]
        assert name != "report.html" or digest in said[0]
    assert verify(out).exit_code == 0
    second = read_outputs(out)
    call("run", case, "--quiet")
    assert read_outputs(out) == second, "the same question over the same inputs has the same answer"


def test_a_published_report_that_goes_missing_is_a_fault(case):
    run(case)
    first = sha256((case / "out" / "standing.json").read_bytes()).hexdigest()
    (case / "log.csv").write_text(HEAD + FIRST + LATE)
    run(case)
    (case / "out" / "record" / "blobs" / first[:2] / first).unlink()
    assert verify(case / "out").output.startswith(f"record/blobs/{first[:2]}/{first}: missing")


def test_what_is_found_no_longer_and_told_otherwise_is_said(case):
    run(case)
    (case / "log.csv").write_text(HEAD + LATE)
    run(case)
    said = " ".join(json.loads((case / "out" / "standing.json").read_text())["addendum"])
    assert "1 finding found no longer" in said
    assert "1 incident found no longer" in said


def test_a_run_without_a_provider_is_not_held_against_the_whole(case):
    text = (case / "evidence.toml").read_text().replace('kind = "shelling"', 'kind = "shelling"\nprovider = "P"')
    (case / "evidence.toml").write_text(text)
    run(case)
    run(case, "--without", "P", "--cut-off", "2026-01-04T00:00Z")
    assert json.loads((case / "out" / "standing.json").read_text())["addendum"] == []


# --- receipts -------------------------------------------------------------------------------------


def test_a_receipt_needs_no_record(case, keys, tmp_path):
    run(case)
    out = case / "out"
    policy = write_policy(tmp_path / "policy", keys, out)
    finding = next(said["subject"] for said in statements(out) if said["kind"] == "finding")
    digest = sha256((case / "log.csv").read_bytes()).hexdigest()
    for name in (finding, incident(out)[0], digest, "standing.json", "0"):
        file = tmp_path / f"{name}.tlog-proof"
        assert call("record", "prove", out, name, "--out", file).exit_code == 0
        leaf = int(re.search(r"^index (\d+)$", file.read_text(), re.MULTILINE)[1])
        (tmp_path / "leaf").write_bytes(read_leaf(out, leaf))
        done = call("record", "verify-receipt", file, "--policy", policy, "--leaf", tmp_path / "leaf")
        assert done.exit_code == 0, done.output
        assert f"leaf {leaf} of" in done.output
        (tmp_path / "leaf").write_bytes(read_leaf(out, leaf + 1))
        assert call("record", "verify-receipt", file, "--policy", policy, "--leaf", tmp_path / "leaf").exit_code == 3
    assert call("record", "prove", out, "nothing of that name").exit_code == 2
    assert call("record", "verify-receipt", file, "--policy", policy).exit_code == 3


def read_leaf(out: Path, leaf: int) -> bytes:
    from truceline.tlog.tiles import read_entry

    return read_entry(FolderReader(out / "record"), leaf, head(out).size)


# --- decisions ------------------------------------------------------------------------------------


@pytest.fixture
def signer(case, tmp_path):
    """Make a key and list it in signers.toml; return the key's file."""

    def make(name: str, speaks_for: str, *, listed: bool = True) -> Path:
        file = tmp_path / f"{name}.key"
        done = call("record", "key", name, "--out", file)
        assert done.exit_code == 0, done.output
        assert file.stat().st_mode & 0o777 == 0o600
        if listed:
            with (case / "signers.toml").open("a") as stream:
                stream.write(f'[[signer]]\nkey = "{done.output.strip()}"\nfor = "{speaks_for}"\n')
        return file

    return make


def notes(out: Path) -> str:
    return "\n".join(json.loads((out / "standing.json").read_text())["notes"])


def word(out: Path, clause: str = "fire") -> str:
    (found,) = [one for one in json.loads((out / "standing.json").read_text())["clauses"] if one["clause"] == clause]
    (said,) = found["standing"].values()
    return said


def test_a_signed_review_decides_and_a_draft_does_not_outweigh_it(case, signer):
    run(case)
    out = case / "out"
    id_, status = incident(out)
    assert status == "alleged"
    draft = f'[[review]]\nincident = "{id_}"\ndecision = "dismiss"\nreviewer = "x"\nreason = "y"\n'
    draft += 'at = "2027-01-01T00:00Z"\n'
    (case / "reviews.toml").write_text(draft)
    run(case)
    assert incident(out)[1] == "dismissed"
    assert call("run", case, "--quiet").exit_code == 0
    assert "Nobody signed it: it is a draft." in (out / "report.html").read_text()
    key = signer("duty-officer", "reviewer")
    done = call("record", "review", out, id_, "confirm", "--reason", "two posts agree", "--key", key)
    assert done.exit_code == 0, done.output
    assert verify(out).exit_code == 0
    call("run", case, "--quiet")
    assert incident(out)[1] == "confirmed"
    assert word(out) == "breached"
    assert "It is signed: leaf" in (out / "report.html").read_text()
    assert "was dismissed, and is confirmed" in " ".join(json.loads((out / "standing.json").read_text())["addendum"])
    assert verify(out).exit_code == 0


def test_a_party_s_dissent_belongs_to_what_was_decided(case, signer):
    run(case)
    out, reviewer, party = case / "out", signer("duty", "reviewer"), signer("of-a", "A")
    entered = call("record", "review", out, incident(out)[0], "confirm", "--reason", "seen", "--key", reviewer)
    leaf = re.search(r"leaf (\d+)", entered.output)[1]
    done = call("record", "dissent", out, leaf, "--by", "A", "--reason", "it was a quarry", "--key", party)
    assert done.exit_code == 0, done.output
    run(case)
    (one,) = json.loads((out / "incidents.geojson").read_text())["features"]
    assert "A dissents" in one["properties"]["review"]["dissents"][0]
    assert one["properties"]["status"] == "confirmed"


def test_whoever_decided_can_take_it_back_and_nobody_else_can(case, signer):
    run(case)
    out, mine, other = case / "out", signer("mine", "reviewer"), signer("other", "reviewer")
    entered = call("record", "review", out, incident(out)[0], "confirm", "--reason", "seen", "--key", mine)
    leaf = re.search(r"leaf (\d+)", entered.output)[1]
    assert call("record", "withdraw", out, leaf, "--reason", "no", "--key", other).exit_code == 0
    run(case)
    assert incident(out)[1] == "confirmed"
    assert "which is another's: that one stands" in notes(out)
    assert call("record", "withdraw", out, leaf, "--reason", "a quarry after all", "--key", mine).exit_code == 0
    run(case)
    assert incident(out)[1] == "alleged"
    assert "was taken back" in notes(out)


def test_what_is_entered_at_once_is_not_said_to_be_late(case, signer):
    run(case)
    call("record", "notice", case / "out", "x", "--by", "A", "--key", signer("of-a", "A"))
    run(case)
    assert "A gave notice" in notes(case / "out")
    assert "the record took it on" not in notes(case / "out")


def test_what_was_withdrawn_is_not_brought_back_by_its_old_note(case, signer, tmp_path, monkeypatch):
    """Whoever has the signed note, and may write to the record, enters it again."""
    run(case)
    out, key, note = case / "out", signer("mine", "reviewer"), tmp_path / "note"
    asked = ["record", "review", out, incident(out)[0], "confirm", "--reason", "seen", "--key", key, "--to", note]
    assert call(*asked).exit_code == 0
    leaf = re.search(r"leaf (\d+)", call("record", "take", out, note).output)[1]
    assert call("record", "withdraw", out, leaf, "--reason", "a quarry", "--key", key).exit_code == 0
    again = call("record", "take", out, note)
    assert again.exit_code == 2
    assert f"entered already: expected a decision of its own, found leaf {leaf}" in again.stderr
    monkeypatch.setattr(entering, "_refuse_repeated", lambda *_: None)  # the operator has changed the program
    assert call("record", "take", out, note).exit_code == 0
    run(case)
    assert incident(out)[1] == "alleged"
    assert f"it is that of leaf {leaf}, again" in notes(out)
    assert verify(out).exit_code == 0


def test_a_word_about_a_leaf_is_not_carried_to_another_log(case, signer, tmp_path, monkeypatch):
    """Leaf 19 of this log is not leaf 19 of the next one."""
    run(case)
    out, key, note = case / "out", signer("of-a", "A"), tmp_path / "note"
    asked = ["record", "dissent", out, "3", "--by", "A", "--reason", "it was a quarry", "--key", key, "--to", note]
    assert call(*asked).exit_code == 0
    shutil.move(out, tmp_path / "first")
    run(case)
    done = call("record", "take", out, note)
    assert done.exit_code == 2
    assert "a decision about another log" in done.stderr
    monkeypatch.setattr(entering, "_check_log", lambda *_: None)
    assert call("record", "take", out, note).exit_code == 0
    run(case)
    assert "changes nothing: it is about leaf 3 of the log truceline/flow" in notes(out)


def test_a_determination_counts_by_the_body_that_the_agreement_names(case, signer):
    run(case)
    out = case / "out"
    assert word(out, "repair") == "not determinable"
    before = json.loads((out / "standing.json").read_text())
    said = ["--at", "2026-01-01T06:00Z", "--vote", "A=for", "--vote", "B=against", "--dissent", "B=not yet"]
    for name, by in (("of-b", "B"), ("stranger", "jmc")):
        key = signer(name, by, listed=name != "stranger")
        assert call("record", "decide", out, "repair-done", "--by", by, *said, "--key", key).exit_code == 0
    run(case)
    assert "the text asks for jmc, not for B" in notes(out)
    assert "none of its signatures is by a key that signers.toml lists" in notes(out)
    after = json.loads((out / "standing.json").read_text())
    assert [one["interval"] for one in after["clauses"]] == [one["interval"] for one in before["clauses"]]
    key = signer("chair", "jmc")
    assert call("record", "decide", out, "repair-done", "--by", "jmc", *said, "--key", key).exit_code == 0
    run(case)
    (repair,) = [one for one in json.loads((out / "standing.json").read_text())["clauses"] if one["clause"] == "repair"]
    assert repair["interval"] == ["2026-01-01T00:00:00Z", "2026-01-01T06:00:00Z"]
    assert re.search(r'votes on "repair-done" \(leaf \d+\): 1 for \(A\), 1 against \(B\); by what rule jmc', notes(out))
    assert "whether they are enough was not checked" in notes(out)
    assert 'B dissents from "repair-done"' in notes(out)
    assert re.search(r"says that it was taken on 2026-01-01T06:00:00Z; the record took it on 20\d\d-", notes(out))
    assert verify(out).exit_code == 0


def test_a_decision_for_which_nobody_voted_does_not_count(case, signer):
    run(case)
    key = signer("chair", "jmc")
    options = ["--by", "jmc", "--at", "2026-01-01T06:00Z", "--vote", "A=against", "--key", key]
    call("record", "decide", case / "out", "repair-done", *options)
    run(case)
    assert "nobody voted for it" in notes(case / "out")


def test_a_word_that_nothing_waits_for_is_said_to_change_nothing(case, signer):
    run(case)
    id_, key = incident(case / "out")[0], signer("chair", "jmc")
    for name in ("repair-don", "repair-done", f"breach {id_}"):
        options = ["--by", "jmc", "--at", "2026-01-01T06:00Z", "--vote", "A=for", "--key", key]
        assert call("record", "decide", case / "out", name, *options).exit_code == 0
    run(case)
    idle = [line for line in notes(case / "out").splitlines() if "changes nothing" in line]
    assert len(idle) == 1
    assert idle[0].startswith('"repair-don" of 2026-01-01T06:00:00Z changes nothing')


def test_the_rule_of_a_body_is_said_in_the_agreement_s_words_and_not_applied(case, signer):
    rule = 'name = "Joint commission"\nrule = "by consensus of both delegations"'
    (case / "agreement.md").write_text(TRUCE.replace('name = "Joint commission"', rule))
    run(case)
    key, options = signer("chair", "jmc"), ["--by", "jmc", "--at", "2026-01-01T06:00Z"]
    call("record", "decide", case / "out", "repair-done", *options, "--key", key)
    run(case)
    expected = (
        'none are given; jmc decides "by consensus of both delegations", as the agreement states; '
        "that this was kept was not checked"
    )
    assert expected in notes(case / "out")


def test_a_note_is_signed_elsewhere_and_carried_here(case, signer, tmp_path):
    run(case)
    out, key, note = case / "out", signer("duty", "reviewer"), tmp_path / "note"
    asked = ["record", "review", out, incident(out)[0], "contest", "--reason", "a film shows less", "--key", key]
    size = head(out).size
    assert call(*asked, "--to", note).exit_code == 0
    assert head(out).size == size
    forged = tmp_path / "forged"
    forged.write_text(note.read_text().replace("contest", "confirm"))
    assert call("record", "take", out, forged).exit_code == 0
    run(case)
    assert incident(out)[1] == "alleged"
    assert "changes nothing" in notes(out)
    assert call("record", "take", out, note).exit_code == 0
    run(case)
    assert incident(out)[1] == "contested"


def test_a_decision_about_another_case_is_refused(case, tmp_path):
    run(case)
    decision = Decision("other", "review", "reviewer", "0" * 16, datetime(2026, 1, 2, tzinfo=UTC), "seen", "confirm")
    (tmp_path / "note").write_text(sign_decision(decision, Signer.generate("x")))
    done = call("record", "take", case / "out", tmp_path / "note")
    assert done.exit_code == 2
    assert "another agreement" in done.output


def test_a_decision_ahead_of_the_record_s_clock_changes_nothing(case, signer):
    run(case)
    out, key = case / "out", signer("duty", "reviewer")
    options = ["--reason", "seen", "--at", "2999-01-01T00:00Z", "--key", key]
    assert call("record", "review", out, incident(out)[0], "confirm", *options).exit_code == 0
    run(case)
    assert incident(out)[1] == "alleged"
    assert "had not come when it was recorded" in notes(out)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[[signer]]\nkey = "x"\nfor = "reviewer"', "no key"),
        ('[[signer]]\nfor = "reviewer"', '"key" missing'),
        ('[[signer]]\nkey = "{key}"\nfor = "nobody"', "for nobody of the agreement"),
        ('[[signer]]\nkey = "{key}"\nfor = "A"\n[[signer]]\nkey = "{key}"\nfor = "B"', "key stands here already"),
        ("signer = 3", "no list of tables"),
        ("[[[", "not TOML"),
    ],
)
def test_signers_that_cannot_be_used_are_said(case, content, words):
    (case / "signers.toml").write_text(content.replace("{key}", Signer.generate("x").verifier_key))
    done = call("run", case, "--quiet")
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (case / "out").exists()


def test_a_removal_takes_bytes_and_never_the_leaf(case):
    run(case)
    out, digest = case / "out", sha256((case / "log.csv").read_bytes()).hexdigest()
    size = head(out).size
    done = call("record", "remove", out, digest, "--order", "court of B, 17 May 2026")
    assert done.exit_code == 0, done.output
    assert not (out / "record" / "blobs" / digest[:2] / digest).exists()
    assert head(out).size == size + 1
    assert verify(out).exit_code == 0
    assert any(said["digest"] == digest and said["kind"] == "evidence" for said in statements(out))
    again = call("run", case, "--quiet")
    assert again.exit_code == 2
    assert "evidence was removed" in again.stderr
    assert not (out / "record" / "blobs" / digest[:2] / digest).exists()
    assert verify(out).exit_code == 0


def test_a_correction_is_a_new_entry(case):
    run(case)
    assert call("record", "correct", case / "out", "0", "--reason", "the first page is missing").exit_code == 0
    (entry,) = [one for one in list_entered(case / "out" / "record") if one.statement["kind"] == "correction"]
    assert entry.statement["from"] == [0]
    assert verify(case / "out").exit_code == 0
    assert call("record", "correct", case / "out", "99999", "--reason", "x").exit_code == 2


# --- witnesses ------------------------------------------------------------------------------------


@pytest.fixture
def witness(tmp_path):
    """Start a witness that knows the log in a folder; return its line for a policy."""
    started = []

    def start(policy: Path, name: str = "w") -> str:
        signer = CosignatureSigner.generate(name)
        one = Witness(tmp_path / name, signer, Policy.parse(policy.read_bytes()))
        server = WitnessServer(one, "127.0.0.1", 0)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        started.append((one, server, thread))
        return f"witness {name} {signer.verifier_key} http://127.0.0.1:{server.server_address[1]}"

    yield start
    for one, server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()
        one.close()


def test_witnesses_of_the_policy_cosign_and_one_that_fails_blocks_nothing(case, keys, tmp_path, witness):
    run(case)
    out = case / "out"
    policy = write_policy(tmp_path / "policy", keys, out)
    line = witness(policy)
    dead = f"witness dead {CosignatureSigner.generate('dead').verifier_key} http://127.0.0.1:9"
    policy = write_policy(tmp_path / "policy", keys, out, line, dead, "quorum w")
    assert verify(out, "--policy", policy).exit_code == 3
    done = run(case, "--policy", policy)
    assert "no cosignature of dead" in done.stderr
    assert verify(out, "--policy", policy).exit_code == 0
    strict = write_policy(tmp_path / "strict", keys, out, line, dead, "quorum dead")
    assert "dead" in verify(out, "--policy", strict).output


def test_keys_and_output_restored_together_are_seen_by_a_witness(case, keys, tmp_path, witness):
    run(case)
    out = case / "out"
    policy = write_policy(tmp_path / "policy", keys, out)
    policy = write_policy(tmp_path / "policy", keys, out, witness(policy), "quorum w")
    run(case, "--policy", policy)
    shutil.copytree(out, tmp_path / "old")
    signed = next(keys.glob(f"{head(out).origin.replace('/', '%2F')}.signed"))
    note = signed.read_bytes()
    run(case, "--policy", policy)
    shutil.rmtree(out)
    shutil.copytree(tmp_path / "old", out)
    signed.write_bytes(note)
    (case / "log.csv").write_text(HEAD + FIRST + LATE)
    before = (out / "record" / "checkpoint").read_bytes()
    done = call("run", case, "--quiet", "--no-report", "--policy", policy)
    assert done.exit_code == 2
    assert "a witness has seen" in done.stderr
    assert (out / "record" / "checkpoint").read_bytes() == before


def test_another_history_is_held_against_what_a_witness_cosigned(case, keys, tmp_path, witness):
    """Folder and keys are brought back and go another way in secret; the witness shows both notes."""
    run(case)
    out = case / "out"
    policy = write_policy(tmp_path / "policy", keys, out)
    policy = write_policy(tmp_path / "policy", keys, out, witness(policy), "quorum w")
    shutil.copytree(out, tmp_path / "old")
    signed = next(keys.glob(f"{head(out).origin.replace('/', '%2F')}.signed"))
    note = signed.read_bytes()
    run(case, "--policy", policy)
    shutil.rmtree(out)
    shutil.copytree(tmp_path / "old", out)
    signed.write_bytes(note)
    run(case)  # nobody is asked: the key signs another tree of the same size
    before = (out / "record" / "checkpoint").read_bytes()
    done = call("run", case, "--quiet", "--no-report", "--policy", policy)
    assert done.exit_code == 2
    assert "a witness has cosigned another tree than this" in done.stderr
    assert (out / "record" / "checkpoint").read_bytes() == before
    pair = Path(re.search(r"both signed checkpoints: (\S+\.fork)", done.stderr)[1])
    assert call("record", "verify-fork", pair, "--policy", policy).exit_code == 0
    entered = call("record", "take", out, pair)
    assert entered.exit_code == 0, entered.output
    assert statements(out)[-1]["kind"] == "fork"
    assert verify(out).exit_code == 0
    assert call("record", "take", case / "out", tmp_path / "policy").exit_code == 2


def test_only_what_is_proved_is_entered_as_a_fork(case, keys, tmp_path):
    run(case)
    out, size = case / "out", head(case / "out").size
    note, stranger = FolderReader(out / "record").read_note(), Signer.generate(head(out).origin)
    forged = sign_note(Checkpoint(stranger.name, size, bytes(32)).text, [stranger])
    for second, words in ((note, "twice the same tree"), (forged, "no known key has signed")):
        (tmp_path / "pair").write_text(format_pair("x", note, second))
        done = call("record", "take", out, tmp_path / "pair")
        assert done.exit_code == 2
        assert "no fork" in done.stderr
        assert words in done.stderr
    assert head(out).size == size
    policy = tmp_path / "policy"  # another log's, whose key somebody has
    policy.write_text(f"log {stranger.verifier_key}\nquorum none\n")
    other = sign_note(Checkpoint(stranger.name, size, b"1" * 32).text, [stranger])
    (tmp_path / "pair").write_text(format_pair("x", forged, other))
    assert call("record", "take", out, tmp_path / "pair").exit_code == 2
    assert call("record", "take", out, tmp_path / "pair", "--policy", policy).exit_code == 0
    assert verify(out).exit_code == 0


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_restored_older_output_signs_nothing(case, tmp_path):
    run(case)
    out = case / "out"
    shutil.copytree(out, tmp_path / "old")
    old = head(out).size
    run(case)
    new = head(out).size
    shutil.rmtree(out)
    shutil.copytree(tmp_path / "old", out)
    for command in (["run", case, "--quiet"], ["record", "correct", out, "0", "--reason", "x"]):
        done = call(*command)
        assert done.exit_code == 2
        assert "older than what its key has signed" in done.stderr
        assert f"{old}" in done.stderr
        assert f"{new}" in done.stderr
    assert verify(out).exit_code == 0


def test_two_runs_at_once_are_one(case):
    run(case)
    with store.Record.open(case / "out", Path(os.environ["TRUCELINE_KEYS"]), "truceline/flow"):
        done = call("run", case, "--quiet")
    assert done.exit_code == 2
    assert "somebody else writes" in done.stderr
    assert verify(case / "out").exit_code == 0


def test_a_clock_set_back_is_said_and_takes_nothing_back(case, monkeypatch):
    run(case)
    early = datetime(2001, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(store, "Outside", partial(store.Outside, clock=lambda: early))
    run(case)
    said = statements(case / "out")
    assert "the clock went back" in {one["subject"] for one in said}
    times = [one["recorded_utc"] for one in said]
    assert times == sorted(times)
    assert verify(case / "out").exit_code == 0


def start(case: Path, *, limit: int | None = None) -> subprocess.Popen:
    def confine() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "truceline", "run", str(case), "--no-report"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=confine)


@pytest.mark.parametrize("limit", [0, 500, 3_000, 9_000, 40_000])
def test_a_disk_without_room_is_said_and_the_next_run_goes_on(case, limit):
    """Files may grow to so many bytes and no further, as on a full disk; keys and queue need some too."""
    if limit % 1000:
        run(case)
    with start(case, limit=limit) as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "Traceback" not in said
    run(case)
    assert verify(case / "out").exit_code == 0


def test_a_killed_run_loses_nothing_and_the_next_one_settles_it(case):
    run(case)
    begun = time.monotonic()
    with start(case) as process:
        process.communicate(timeout=120)
    whole = time.monotonic() - begun
    for part in (0.5, 0.7, 0.8, 0.85, 0.9, 0.95):
        known = statements(case / "out")
        with start(case) as process:
            time.sleep(whole * part)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        done = verify(case / "out")
        assert done.exit_code == 0 or "was interrupted" in done.output, done.output
        assert call("record", "settle", case / "out").exit_code == 0
        assert verify(case / "out").exit_code == 0
        assert statements(case / "out")[: len(known)] == known


class Stopped(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("name", ["_flush", "_place", "_remove", "_make_ready", "_empty"])
@pytest.mark.parametrize("late", [0, 1, 3])
@pytest.mark.parametrize("settles", ["run", "settle"])
def test_a_stop_at_any_step_of_the_exchange_is_settled(case, monkeypatch, name, late, settles):
    run(case)
    out = case / "out"
    (out / "private").mkdir()  # as an earlier version might have left one
    first = read_outputs(out)
    (case / "log.csv").write_text(HEAD + FIRST + LATE)
    work, left = getattr(outputs, name), [late]

    def stop(*arguments):
        if not left[0]:
            raise Stopped
        left[0] -= 1
        return work(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(outputs, name, stop)
        patch.setattr(outputs.shutil, "rmtree", lambda *_, **__: None)  # a process that ends clears nothing
        with suppress(Stopped):
            call("run", case, "--quiet", "--no-report")
    assert verify(out).exit_code == 0 or "was interrupted" in verify(out).output
    if settles == "run":
        run(case)
    else:
        assert call("record", "settle", out).exit_code == 0
    assert verify(out).exit_code == 0, verify(out).output
    found = len(json.loads((out / "incidents.geojson").read_text())["features"])
    assert found == 2 or read_outputs(out) == first


def test_an_output_of_before_the_record_gets_one(case):
    run(case)
    shutil.rmtree(case / "out" / "record")
    (case / "out" / "foreign").symlink_to(case)
    run(case)
    assert verify(case / "out").exit_code == 0
    assert re.fullmatch(r"truceline/flow/\d+", head(case / "out").origin), "another log, as everybody can see"
    assert (case / "log.csv").exists()


def test_a_record_that_is_a_link_is_refused(case, tmp_path):
    run(case)
    (case / "out" / "record").rename(tmp_path / "elsewhere")
    (case / "out" / "record").symlink_to(tmp_path / "elsewhere")
    done = call("run", case, "--quiet")
    assert done.exit_code == 2
    assert "link" in done.stderr


def test_keys_that_cannot_be_written_or_lie_in_the_output_are_said(case, monkeypatch):
    for folder in ("/proc/keys", case / "out" / "keys"):
        monkeypatch.setenv("TRUCELINE_KEYS", str(folder))
        done = call("run", case, "--quiet")
        assert done.exit_code == 2
        assert "keys" in done.stderr
    shutil.rmtree(case / "out")


def test_an_output_that_cannot_be_written_is_said(case):
    done = call("run", case, "--quiet", "--out", "/proc/out")
    assert done.exit_code == 2
    assert "output cannot be written" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "{out}", "--policy", "{out}/nowhere"],
        ["verify", "{out}", "--policy", "{out}/standing.json"],
        ["prove", "{out}/nowhere", "x"],
        ["verify-receipt", "{out}/nowhere", "--policy", "{out}/nowhere"],
        ["review", "{out}", "x", "confirm", "--key", "{out}/nowhere"],
        ["review", "{out}", "x", "confirm", "--reason", "y", "--key", "{out}/standing.json"],
        ["decide", "{out}", "x", "--by", "jmc", "--vote", "A", "--key", "{out}/standing.json"],
        ["take", "{out}", "{out}/standing.json"],
        ["correct", "{out}/nowhere", "0", "--reason", "x"],
        ["remove", "{out}", "everything", "--order", "x"],
        ["remove", "{out}", "{zeros}", "--order", "x"],
        ["key", "two words", "--out", "{out}/../key"],
        ["key", "x", "--out", "{out}/standing.json"],
        ["witness", "{out}/../w", "--policy", "{out}/standing.json", "--key", "{out}/standing.json"],
        ["settle", "{out}/nowhere"],
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(case, arguments):
    run(case)
    before = (case / "out" / "record" / "checkpoint").read_bytes()
    filled = [text.replace("{out}", str(case / "out")).replace("{zeros}", "0" * 64) for text in arguments]
    done = call("record", *filled)
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.strip()
    assert (case / "out" / "record" / "checkpoint").read_bytes() == before
    assert verify(case / "out").exit_code == 0
