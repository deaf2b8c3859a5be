"""Whoever may touch the folder, the keys or the command line: what happens is said on one line, and nothing breaks."""

import json
import os
import re
import shutil
import stat
from pathlib import Path

import pytest
from click.testing import Result
from test_record_flow import FIRST, HEAD, LATE, SHELLING, TRUCE, call, head, write_policy

from truceline.errors import RecordError
from truceline.record import journal as journals
from truceline.record.ledger import Ledger
from truceline.record.openings import read_all, read_opening
from truceline.record.session import name_log
from truceline.record.statements import decode
from truceline.tlog.forks import parse_pair


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A case that was run once, with its keys."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "case").mkdir()
    (folder / "case" / "agreement.md").write_text(TRUCE)
    (folder / "case" / "evidence.toml").write_text(SHELLING)
    (folder / "case" / "log.csv").write_text(HEAD + FIRST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUCELINE_KEYS", str(folder / "keys"))
        assert call("run", folder / "case", "--quiet", "--no-report").exit_code == 0
    return folder


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    """A copy of it, to be damaged."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("TRUCELINE_KEYS", str(tmp_path / "keys"))
    return tmp_path


def run(place: Path, *options: object) -> Result:
    return call("run", place / "case", "--quiet", "--no-report", *options)


def refused(done: Result, *words: str, code: int = 2) -> None:
    """It is said, on one line, with the code of the docs, and no exception comes out."""
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    said = done.stderr if code == 2 else done.output
    assert all(word in said for word in words), said
    assert code == 3 or len(said.splitlines()) == 1, said


def kept(place: Path) -> Path:
    """A file of kept bytes."""
    return next(path for path in sorted((place / "case/out/record/blobs").rglob("*")) if path.is_file())


def memory(place: Path) -> Path:
    return place / "keys" / "truceline%2Fflow.signed"


# --- the folder -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tile", "openings", "blobs", "stamps", "state", "tile/0"])
def test_nothing_is_written_through_a_link_in_the_record(place, name):
    folder, elsewhere = place / "case/out/record" / name, place / "elsewhere"
    if folder.exists():
        folder.rename(elsewhere)
    else:
        elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))
    refused(run(place), "a link", name)
    assert sorted(elsewhere.rglob("*")) == before
    refused(call("record", "verify", place / "case/out"), f"record/{name}: not a plain file", code=3)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "other bytes"])
def test_kept_bytes_whose_place_is_taken_are_said(place, kind):
    path = kept(place)
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(b"x")
    refused(call("record", "verify", place / "case/out"), path.name, code=3)
    refused(run(place), "not recorded", path.name)
    refused(call("export", place / "case/out", "--out", place / "x"), "nothing was exported", code=3)
    assert not (place / "x").exists()


@pytest.mark.parametrize(
    "content", [b"", b"x", b"a\nb\nc\n\n", "a\n1\nb\n\n— x y\n".encode(), b"\xff\xfe", b"9" * 70_000]
)
def test_a_checkpoint_that_is_none_is_said_by_every_command(place, content):
    out = place / "case/out"
    (out / "record/checkpoint").write_bytes(content)
    done = call("record", "verify", out)
    refused(done, "record/checkpoint: malformed: expected a signed checkpoint", code=3)
    assert "policy accepts" not in done.output, "nobody gave one"
    refused(run(place), "the record is damaged", "truceline record verify")
    refused(call("record", "prove", out, "0"), "cannot be read")
    refused(call("export", out, "--out", place / "x"), "does not verify", code=3)
    refused(call("record", "correct", out, "0", "--reason", "x"), "cannot be read")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda queue: queue.write_bytes(b"nonsense" * 1000), "the queue is damaged"),
        (lambda queue: queue.write_bytes(queue.read_bytes()[: queue.stat().st_size // 2]), "the queue is damaged"),
        (lambda queue: (queue.unlink(), queue.mkdir()), "the queue cannot be written"),
    ],
    ids=["nonsense", "half", "a folder"],
)
def test_a_queue_that_is_damaged_can_be_made_again(place, damage, words):
    queue = place / "case/out/record/state/journal.sqlite"
    damage(queue)
    refused(run(place), words)
    assert call("record", "verify", place / "case/out").exit_code == 0, "what was sealed is as it was"
    shutil.rmtree(queue.parent)
    assert run(place).exit_code == 0
    assert call("record", "verify", place / "case/out").exit_code == 0


def test_a_folder_that_may_not_be_looked_into_is_said(place, monkeypatch):
    """The tests may run as somebody who may everything: the system's refusal is played."""
    out, scan = place / "case/out", os.scandir

    def refuse(path, *more):
        if str(path).endswith("record"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path, *more)

    monkeypatch.setattr(os, "scandir", refuse)
    refused(call("record", "verify", out), "record: unreadable", "Permission denied", code=3)
    monkeypatch.setattr(os, "walk", lambda top, onerror: onerror(PermissionError(13, "Denied", str(top))))
    refused(run(place), "the record cannot be written", "Denied")


def test_a_seal_stands_though_the_queue_could_not_be_shortened(place, monkeypatch):
    """The last step but one finds the disk full: what is sealed is sealed, and that is not called a failure."""

    def full(journal, size):
        raise journals.RecordError([journals._full(journal.path)])

    with monkeypatch.context() as patch:
        patch.setattr(journals.Journal, "forget", full)
        done = run(place)
    assert done.exit_code == 0, done.output
    assert "sealed, but the queue could not be shortened" in done.stderr
    assert call("record", "verify", place / "case/out").exit_code == 0
    assert run(place).exit_code == 0
    assert call("record", "verify", place / "case/out").exit_code == 0


# --- copies and keys ------------------------------------------------------------------------------


def test_an_old_copy_leaves_both_signed_checkpoints_in_one_file(place):
    out, old = place / "case/out", place / "old"
    shutil.copytree(out, old)
    assert run(place).exit_code == 0
    newest = out.rename(place / "newest")
    shutil.copytree(old, out)
    done = run(place)
    refused(done, "older than what its key has signed", "verify-fork")
    (pair,) = (place / "keys").glob("*.fork")
    assert str(pair) in done.stderr
    assert stat.S_IMODE(pair.stat().st_mode) == 0o600
    assert parse_pair(pair.read_bytes()) == tuple((one / "record/checkpoint").read_text() for one in (newest, out))
    policy = write_policy(place / "policy", place / "keys", out)
    refused(call("record", "verify-fork", pair, "--policy", policy), "not decided", code=3)
    refused(call("record", "verify-fork", pair, "--policy", policy, "--record", newest), "no fork", code=3)


def test_two_histories_under_one_key_are_proved_to_anybody(place):
    """Folder and memory of the key are brought back, and the log goes another way: the next opening accuses."""
    out, old, remembered = place / "case/out", place / "old", memory(place).read_bytes()
    shutil.copytree(out, old)
    assert run(place).exit_code == 0
    seen, memory_then = place / "seen", memory(place).read_bytes()
    shutil.copy(out / "record/checkpoint", seen)
    shutil.rmtree(out)
    shutil.copytree(old, out)
    memory(place).write_bytes(remembered)
    (place / "case/log.csv").write_text(HEAD + LATE)
    assert run(place).exit_code == 0
    policy = write_policy(place / "policy", place / "keys", out)
    done = call("record", "verify", out, "--policy", policy, "--checkpoint", seen)
    assert done.exit_code == 3
    assert re.match(r"known checkpoint 1: (a fork|the log went back)", done.output)
    assert seen.read_text() in done.output
    memory(place).write_bytes(memory_then)
    refused(run(place), "both signed checkpoints are in")
    (pair,) = (place / "keys").glob("*.fork")
    proved = call("record", "verify-fork", pair, "--policy", policy, "--record", out)
    assert proved.exit_code == 0, proved.output
    assert proved.output.startswith("proved: truceline/flow has signed two trees")


def test_a_key_that_lost_its_memory_is_asked_for_it(place):
    note = memory(place).read_bytes()
    memory(place).unlink()
    refused(run(place), "what this key signed last is not known", str(memory(place)))
    assert call("record", "verify", place / "case/out").exit_code == 0
    memory(place).write_bytes(note)
    memory(place).chmod(0o600)
    assert run(place).exit_code == 0


@pytest.mark.parametrize("name", ["truceline%2Fflow.key", "truceline%2Fflow.secret", "truceline%2Fflow.signed"])
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_key_that_is_no_file_holds_nobody_up(place, name, kind):
    path = place / "keys" / name
    path.unlink()
    os.mkfifo(path, 0o600) if kind == "pipe" else path.mkdir(0o700)
    refused(run(place), "a key cannot be read", name)


def test_a_file_in_the_place_of_the_keys(place, monkeypatch):
    (place / "file").write_text("x")
    monkeypatch.setenv("TRUCELINE_KEYS", str(place / "file"))
    refused(run(place), "a file of that name", "TRUCELINE_KEYS")


@pytest.mark.parametrize("id_", ["two words", "a/b", "flow/2", "a+b", "f\\u202ew", "f\\nw", "f" * 300, "\\u0436" * 60])
def test_an_id_that_can_name_no_log_is_said_before_anything_is_made(place, id_):
    agreement = place / "case/agreement.md"
    agreement.write_text(TRUCE.replace('id = "flow"', f'id = "{id_}"'))
    shutil.rmtree(place / "case/out")
    keys = sorted((place / "keys").iterdir())
    refused(run(place), "agreement.md")
    with pytest.raises(RecordError, match="no log can have this name"):
        name_log(json.loads(f'"{id_}"'))
    assert sorted((place / "keys").iterdir()) == keys
    assert not (place / "case/out/record").exists()


def test_a_restored_copy_that_is_the_newest_goes_on(place):
    """Moving or copying a folder is no offence: what counts is that nothing lacks."""
    shutil.move(place / "case/out", place / "moved")
    shutil.copytree(place / "moved", place / "case/out")
    assert run(place).exit_code == 0
    refused(run(place, "--out", place / "moved"), "older than what its key has signed")


# --- removals -------------------------------------------------------------------------------------


def leaves(place: Path, kind: str, *, path: bool = False) -> list[int]:
    """The leaves of a kind, in log order; those that name a file, or those that do not."""
    said = enumerate(statements(place / "case/out"))
    return [leaf for leaf, one in said if one["kind"] == kind and (one["path"] is not None) == path]


def statements(out: Path) -> list[dict]:
    lines = (read_opening(line) for _, line in read_all(out / "record", head(out).size))
    return [{"kind": "", "path": None, "body": {}} if one is None else decode(one.data) for one in lines]


def remove(place: Path, what: object) -> Result:
    return call("record", "remove", place / "case/out", what, "--order", "court of B, 17 May 2026")


@pytest.mark.parametrize("kind", ["finding", "incident", "standing", "custody", "notice"])
def test_a_removal_by_order_leaves_a_record_that_verifies_and_goes_on(place, kind):
    out, (leaf, *_) = place / "case/out", leaves(place, kind)
    assert remove(place, leaf).exit_code == 0
    done = call("record", "verify", out)
    assert done.exit_code == 0, done.output
    assert "1 statement removed by order" in done.output
    assert run(place).exit_code == 0
    assert call("record", "verify", out).exit_code == 0
    refused(remove(place, leaf), "nothing to remove", "was removed")


def test_what_was_removed_explains_no_more_than_itself(place):
    """Who may remove one statement cannot pass off a run from which two lack."""
    out = place / "case/out"
    assert remove(place, leaves(place, "finding")[0]).exit_code == 0
    assert call("record", "verify", out).exit_code == 0
    ledger = Ledger()
    ledger.miss()
    blank = {"recorded_utc": "2026-01-01T00:00:00Z", "from": [], "digest": None, "path": None, "kind": "run"}
    for lacking, faults in ((1, 0), (2, 1), (-1, 1)):
        ledger._gone_since = 1
        body = {"run": "run 1", "findings": lacking, "incidents": 0, "outputs": 0}
        assert len(list(ledger.take(5, "x", {**blank, "body": body}))) == faults


@pytest.mark.parametrize("kind", ["run", "table", "standing"])
def test_what_the_outputs_rest_on_goes_when_there_are_newer_ones(place, kind):
    out, leaf = place / "case/out", leaves(place, kind, path=kind != "run")[0]
    refused(remove(place, leaf), "the outputs rest on it", f"{kind} of the newest run")
    assert run(place).exit_code == 0
    assert remove(place, leaf).exit_code == 0
    assert call("record", "verify", out).exit_code == 0


def test_where_bytes_came_from_goes_after_the_bytes(place):
    out, (leaf, *_) = place / "case/out", leaves(place, "evidence")
    digest = statements(out)[leaf]["digest"]
    refused(remove(place, leaf), "the bytes are still here", digest)
    assert remove(place, digest).exit_code == 0
    assert remove(place, leaf).exit_code == 0
    assert call("record", "verify", out).exit_code == 0


def test_a_removal_is_not_removed(place):
    out = place / "case/out"
    assert remove(place, leaves(place, "finding")[0]).exit_code == 0
    refused(remove(place, head(out).size - 1), "a removal is not removed")
    assert call("record", "verify", out).exit_code == 0


# --- the command line -----------------------------------------------------------------------------


def test_who_vouches_is_said_where_somebody_asks(place):
    out = place / "case/out"
    policy = call("record", "policy", out)
    assert policy.exit_code == 0
    assert policy.output == write_policy(place / "policy", place / "keys", out).read_text()
    done = call("record", "verify", out, "--policy", place / "policy")
    assert done.exit_code == 0
    assert re.search(r"signed by truceline/flow \(key [0-9a-f]{8}\); no witness is needed", done.output)
    refused(call("record", "policy", place), "no record of a case")
    (place / "keys/truceline%2Fflow.key").unlink()
    refused(call("record", "policy", out), "a key of this record is missing")


def test_a_closed_receipt_comes_with_its_leaf(place):
    out, policy = place / "case/out", write_policy(place / "policy", place / "keys", place / "case/out")
    asked = ["record", "prove", out, "standing.json", "--out", place / "r", "--leaf", place / "leaf"]
    assert call(*asked).exit_code == 0
    done = call("record", "verify-receipt", place / "r", "--policy", policy, "--leaf", place / "leaf")
    assert done.exit_code == 0, done.output
    assert set(json.loads((place / "leaf").read_bytes())) == {"commitment", "v"}


def test_a_key_that_others_can_read_signs_nothing(place):
    out, key = place / "case/out", place / "duty.key"
    call("record", "key", "duty", "--out", key)
    key.chmod(0o640)
    size = head(out).size
    refused(call("record", "notice", out, "x", "--by", "A", "--key", key), "others can read this key", "0640")
    assert head(out).size == size
    policy = write_policy(place / "policy", place / "keys", out)
    asked = call("record", "witness", place / "w", "--policy", policy, "--key", key)
    refused(asked, "others can read this key")


def test_what_was_found_is_told_to_machines_too(place):
    out = place / "case/out"
    policy = write_policy(place / "policy", place / "keys", out)
    told = json.loads(call("record", "verify", out, "--policy", policy, "--json").output)
    assert (told["sound"], told["removed"], len(told["vouched"])) == (True, 0, 1)
    (out / "standing.json").write_text("{}")
    told = json.loads(call("record", "verify", out, "--policy", policy, "--json").output)
    assert (told["sound"], told["removed"], told["vouched"]) == (False, None, [])


def test_an_earlier_checkpoint_is_checked_with_a_key_or_not_at_all(place):
    out = place / "case/out"
    refused(call("record", "verify", out, "--checkpoint", out / "record/checkpoint"), "--policy")


def test_a_policy_is_refused_with_its_line(place):
    out, policy = place / "case/out", write_policy(place / "policy", place / "keys", place / "case/out")
    policy.write_text(policy.read_text().replace("quorum none", "quorum nobody"))
    refused(call("record", "verify", out, "--policy", policy), f"{policy}:2: policy not understood", "'nobody'")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["--vote", "A=for", "--vote", "A=against"], "--vote: given twice: expected each member once, found A"),
        (["--vote", "A=maybe"], "expected votes for, against, abstained, found 'maybe'"),
        (["--vote", "A"], "expected NAME=TEXT, found A"),
        (["--reason", "a\nb"], "characters that can be printed in reason, found 'a\\nb'"),
        (["--reason", "\u202eb"], "found '\\u202eb'"),
        (["--reason", "x" * 4001], "at most 4,000 characters"),
    ],
)
def test_a_decision_that_cannot_be_one_is_said_once(place, said, words):
    call("record", "key", "chair", "--out", place / "chair.key")
    size = head(place / "case/out").size
    done = call("record", "decide", place / "case/out", "x", "--by", "jmc", *said, "--key", place / "chair.key")
    refused(done, words)
    assert "found expected" not in done.stderr
    assert head(place / "case/out").size == size
