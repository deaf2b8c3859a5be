"""The record is written: bytes kept, statements taken, sealed, and again after whatever happened in between."""

import json
import os
import shutil
from datetime import timedelta

import pytest
from recorded import START, Clock, evidence, note, open_record, policy_of, state_run, write

from truceline.errors import RecordError
from truceline.record import Statement, find_leaves, prove, verify_record
from truceline.record.blobs import COPYING_DISK
from truceline.record.keys import Keys
from truceline.record.openings import read_all, read_opening
from truceline.record.sealing import append_statements
from truceline.record.statements import LARGEST, decode
from truceline.tlog.folder import FolderReader
from truceline.tlog.forks import judge_pair, parse_pair


def said(record, size=None):
    """What the openings of a record say, in order."""
    lines = read_all(record.home, record.size if size is None else size)
    return [decode(read_opening(line).data) for _, line in lines]


def sound(record):
    return verify_record(record.out, policy_of(record))


def test_a_record_from_beginning_to_end(tmp_path):
    source = write(tmp_path / "tracks.csv", b"1,2,3\n")
    with open_record(tmp_path) as record:
        custody = Statement("custody", "tracks.csv", {"event": "read", "by": "a monitor"})
        blob = record.keep_file(source, evidence(), custody=custody)
        state_run(record)
        sealed = record.seal()
    assert sealed.size == 9
    assert sealed.note.startswith("truceline/test-truce\n9\n")
    assert blob.path.read_bytes() == b"1,2,3\n"
    first, second, *_ = said(record)
    assert (first["kind"], first["digest"], first["body"]["size_bytes"]) == ("evidence", blob.digest, 6)
    assert (first["claimed_utc"], first["recorded_utc"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z")
    assert (second["kind"], second["digest"]) == ("custody", blob.digest)
    assert sound(record) == ()


def test_leaf_numbers_are_known_before_the_seal(tmp_path):
    with open_record(tmp_path) as record:
        assert record.state(note("a"), note("b")) == range(2)
        assert record.state(note("c")) == range(2, 3)
        assert record.state() == range(3, 3)
        record.seal()
        assert record.state(note("d")) == range(3, 4)
        record.seal()
        assert [one["subject"] for one in said(record)] == ["a", "b", "c", "d"]
        assert find_leaves(record.home, "c") == [2]


def test_many_small_seals_make_the_log_that_one_seal_makes(tmp_path):
    notes = [note(f"remark {number}") for number in range(600)]
    (tmp_path / "one").mkdir()
    with open_record(tmp_path / "one", clock=lambda: START) as record:
        record.state(*notes)
        record.seal()
    shutil.copytree(tmp_path / "one" / "keys", tmp_path / "many" / "keys")
    for path in (tmp_path / "many" / "keys").glob("*"):
        path.unlink()
    with open_record(tmp_path / "many", clock=lambda: START) as other:
        for start in range(0, 600, 77):
            other.state(*notes[start : start + 77])
            other.seal()
        assert [one["subject"] for one in said(other)] == [one["subject"] for one in said(record)]
        assert sound(other) == ()
    names = [path.relative_to(other.home).as_posix() for path in other.home.rglob("*") if path.is_file()]
    assert sorted(name for name in names if name.startswith("openings")) == [
        "openings/000",
        "openings/001",
        "openings/002.p/88",
    ]


def test_a_second_run_appends(tmp_path):
    for run in ("run 1", "run 2", "run 3"):
        with open_record(tmp_path) as record:
            state_run(record, run)
            record.seal()
    assert record.size == 21
    assert sound(record) == ()


def test_what_waits_is_kept_over_a_restart(tmp_path):
    clock = Clock()
    with open_record(tmp_path, clock=clock) as record:
        record.state(note("first"))
        record.seal()
        record.state(note("second"))
    with open_record(tmp_path, clock=clock) as record:
        assert record.size == 2
        record.state(note("third"))
        record.seal()
        assert [one["subject"] for one in said(record)] == ["first", "second", "third"]


def test_a_seal_without_anything_new_signs_nothing_new(tmp_path):
    with open_record(tmp_path) as record:
        record.state(note())
        assert record.seal().note == record.seal().note


# ── bytes ──


def test_original_bytes_are_kept_and_read_only(tmp_path):
    source = write(tmp_path / "a.bin", os.urandom(3_000_000))
    with open_record(tmp_path) as record:
        blob = record.keep_file(source, evidence())
    assert blob.path.read_bytes() == source.read_bytes()
    assert blob.path.stat().st_mode & 0o777 == 0o444
    assert blob.path.relative_to(record.home).as_posix() == f"blobs/{blob.digest[:2]}/{blob.digest}"


def test_the_same_bytes_are_kept_and_stated_once(tmp_path):
    one, two = write(tmp_path / "one.csv", b"same"), write(tmp_path / "two.csv", b"same")
    custody = Statement("custody", "taken", {"event": "read"})
    with open_record(tmp_path) as record:
        assert record.keep_file(one, evidence(), custody=custody).new
        assert not record.keep_file(two, evidence(), custody=custody).new
        record.seal()
        assert [each["kind"] for each in said(record)] == ["evidence", "custody", "custody"]


def test_bytes_whose_statement_a_crash_prevented_are_named(tmp_path):
    from truceline.record.blobs import keep_blob

    clock = Clock()
    with open_record(tmp_path, clock=clock) as record:
        blob = keep_blob(record.home, write(tmp_path / "a.csv", b"a"))
    for _ in range(2):
        with open_record(tmp_path, clock=clock) as record:
            record.seal()
    (told,) = said(record)
    assert (told["kind"], told["digest"]) == ("notice", blob.digest)
    assert sound(record) == ()


def test_other_bytes_in_the_place_of_kept_ones_are_never_written_over(tmp_path):
    source = write(tmp_path / "a.csv", b"true")
    with open_record(tmp_path) as record:
        blob = record.keep_file(source, evidence())
        blob.path.chmod(0o644)
        blob.path.write_bytes(b"false")
        with pytest.raises(RecordError, match="holds other bytes"):
            record.keep_file(source, evidence())
        assert blob.path.read_bytes() == b"false"


def test_an_original_that_changes_while_it_is_read_is_kept_as_copied(tmp_path, monkeypatch):
    from truceline.record import blobs

    source = write(tmp_path / "live.csv", b"before")
    copy = blobs.CopyingDisk.copy

    def change(self, *args):
        source.write_bytes(b"after, and longer")
        copy(self, *args)

    monkeypatch.setattr(blobs.CopyingDisk, "copy", change)
    with open_record(tmp_path) as record:
        blob = record.keep_file(source, evidence())
        record.seal()
    assert blob.path.read_bytes() == b"after, and longer"
    assert sound(record) == ()


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "device"])
def test_what_is_no_plain_file_is_not_kept(tmp_path, kind):
    path = {"device": "/dev/zero"}.get(kind) or tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    with open_record(tmp_path) as record:
        with pytest.raises(RecordError, match=r"not a plain file|No such file"):
            record.keep_file(tmp_path / path, evidence())
        assert record.size == 0


def test_a_removal_takes_the_bytes_and_leaves_the_leaf(tmp_path):
    source = write(tmp_path / "names.csv", b"a name that a court protects")
    with open_record(tmp_path) as record:
        blob = record.keep_file(source, evidence("names.csv"))
        record.seal()
        leaf = record.remove_bytes(blob.digest, Statement("removal", "names.csv", {"order": "court of appeal, 4 May"}))
        assert not blob.path.exists()
        assert (leaf, find_leaves(record.home, blob.digest)) == (1, [0, 1])
        assert prove(record.home, 0, opened=True)
        assert sound(record) == ()
        assert record.keep_file(source, evidence("names.csv")).new
        record.seal()
        assert len(find_leaves(record.home, blob.digest)) == 3
        assert sound(record) == ()


def test_a_statement_is_removed_and_its_leaf_stays(tmp_path):
    clock = Clock()
    with open_record(tmp_path, clock=clock) as record:
        record.state(*(note(f"remark {number}") for number in range(300)))
        record.seal()
        leaf = record.remove_statements([7, 299], Statement("removal", "a name", {"order": "court of appeal"}))
        record.state(note("after"))
        record.seal()
    assert leaf == 300
    assert b'remark 7"' not in (record.home / "openings/000").read_bytes()
    assert find_leaves(record.home, "remark 299") == []
    assert prove(record.home, 7)
    assert sound(record) == ()
    with open_record(tmp_path, clock=clock) as record:
        assert record.size == 302


def test_what_a_crash_left_is_cleared(tmp_path):
    clock = Clock()
    with open_record(tmp_path, clock=clock) as record:
        record.keep_file(write(tmp_path / "a.csv", b"a"), evidence())
        record.seal()
    write(record.home / "blobs" / "aa" / ".half.new", b"x")
    write(record.home / "openings" / ".001.new", b"x")
    write(record.home / "openings" / "001", b"x")
    write(record.home / "stamps" / ".x.tsr.new", b"x")
    assert len(sound(record)) == 4
    open_record(tmp_path, clock=clock).close()
    assert sound(record) == ()


# ── one writer, one history ──


def test_a_memory_of_the_key_that_cannot_be_flushed_stops_the_record(tmp_path, monkeypatch):
    def fail(handle):
        raise OSError(5, "Input/output error")

    with open_record(tmp_path) as record:
        record.state(note())
        append_statements(record._log, record._journal.waiting(0), record.keys.secret, COPYING_DISK)
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(RecordError, match=r"the disk failed.*\.part"):
            record.seal()
        monkeypatch.undo()
        with pytest.raises(RecordError, match="the disk failed"):
            record.state(note())
    with open_record(tmp_path) as record:
        record.seal()
        assert sound(record) == ()


def test_a_second_writer_is_refused(tmp_path):
    with open_record(tmp_path) as record:
        with pytest.raises(RecordError, match="somebody else writes to this record"):
            open_record(tmp_path)
        record.state(note())
        record.seal()
    open_record(tmp_path).close()


def test_another_case_in_the_folder_is_refused(tmp_path):
    from truceline.record import Outside, Record

    with open_record(tmp_path) as record:
        record.state(note())
        record.seal()
    with pytest.raises(RecordError, match="the record of another case"):
        Record.open(tmp_path / "out", tmp_path / "keys", "truceline/other", Outside())


def test_an_old_copy_of_the_folder_is_noticed(tmp_path):
    with open_record(tmp_path) as record:
        record.state(note("one"))
        record.seal()
    shutil.copytree(tmp_path / "out", tmp_path / "backup")
    with open_record(tmp_path) as record:
        record.state(note("two"))
        record.seal()
    newest = shutil.move(tmp_path / "out", tmp_path / "newest")
    shutil.copytree(tmp_path / "backup", tmp_path / "out")
    with pytest.raises(RecordError, match=r"older than what its key has signed: expected 2 entries.*found 1") as caught:
        open_record(tmp_path)
    (pair,) = record.keys.folder.glob("*.fork")
    assert str(pair) in str(caught.value)
    policy, tiles = policy_of(record), FolderReader(newest / "record")
    assert judge_pair(pair.read_bytes(), policy).verdict == "open"
    assert judge_pair(pair.read_bytes(), policy, tiles).verdict == "older"


def test_another_history_under_the_same_key_is_shown_with_both_notes(tmp_path):
    with open_record(tmp_path) as record:
        record.state(note("one"))
        record.seal()
    shutil.copytree(tmp_path / "out", tmp_path / "backup")
    signed = record.keys.read_signed()
    with open_record(tmp_path) as record:
        record.state(note("two"))
        second = record.seal().note
    shutil.rmtree(tmp_path / "out")
    shutil.copytree(tmp_path / "backup", tmp_path / "out")
    record.keys.write_signed(signed)  # somebody brings the keys back as well, and goes another way
    with open_record(tmp_path) as record:
        record.state(note("another two"))
        first = record.seal().note
    record.keys.write_signed(second)
    with pytest.raises(RecordError, match="has signed another tree") as caught:
        open_record(tmp_path)
    (pair,) = record.keys.folder.glob("*.fork")
    assert str(pair) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert parse_pair(pair.read_bytes()) == (second, first)
    assert judge_pair(pair.read_bytes(), policy_of(record)).verdict == "fork", "whoever has the file can check it"
    with pytest.raises(RecordError):
        open_record(tmp_path)
    assert [*record.keys.folder.glob("*.fork")] == [pair], "one accusation, however often it is found"


def test_where_the_pair_cannot_be_kept_it_is_shown(tmp_path, monkeypatch):
    with open_record(tmp_path) as record:
        record.state(note("one"))
        first = record.seal().note
        shutil.copytree(tmp_path / "out", tmp_path / "backup")
        record.state(note("two"))
        second = record.seal().note
    shutil.rmtree(tmp_path / "out")
    shutil.copytree(tmp_path / "backup", tmp_path / "out")
    monkeypatch.setattr(Keys, "keep_pair", lambda *_: None)
    with pytest.raises(RecordError) as caught:
        open_record(tmp_path)
    assert first in str(caught.value)
    assert second in str(caught.value)


def test_a_key_that_forgot_what_it_signed_signs_nothing(tmp_path):
    """An old copy of the folder and no memory of the key: nothing tells that there was more."""
    with open_record(tmp_path) as record:
        record.state(note("one"))
        sealed = record.seal()
    memory = record.keys.signed_file
    memory.unlink()
    with pytest.raises(RecordError, match="what this key signed last is not known"):
        open_record(tmp_path)
    assert not memory.exists()
    memory.write_text(sealed.note)
    memory.chmod(0o600)
    with open_record(tmp_path) as record:
        record.state(note("two"))
        assert record.seal().size == 2


def test_keys_that_remember_less_than_the_folder_learn_it(tmp_path):
    with open_record(tmp_path) as record:
        record.state(note("one"))
        first = record.seal().note
        record.state(note("two"))
        second = record.seal().note
    record.keys.write_signed(first)
    open_record(tmp_path).close()
    assert record.keys.read_signed() == second


def test_the_queue_can_be_made_again(tmp_path):
    source = write(tmp_path / "a.csv", b"a")
    with open_record(tmp_path, clock=Clock(START + timedelta(days=9))) as record:
        record.keep_file(source, evidence())
        record.seal()
    shutil.rmtree(record.home / "state")
    with open_record(tmp_path) as record:
        record.keep_file(source, evidence())
        assert record.size == 1, "the evidence is known again"
        record.state(note())
        record.seal()
        assert [one["kind"] for one in said(record)] == ["evidence", "notice", "notice"]
        assert sound(record) == ()


def test_an_old_copy_of_the_queue_alone_does_no_harm(tmp_path):
    late = Clock(START + timedelta(days=9))
    with open_record(tmp_path) as record:
        record.state(note("one"))
    shutil.copytree(record.home / "state", tmp_path / "state")
    with open_record(tmp_path, clock=late) as record:
        record.state(note("two"))
        record.seal()
    shutil.rmtree(record.home / "state")
    shutil.copytree(tmp_path / "state", record.home / "state")
    with open_record(tmp_path) as record:
        record.state(note("three"))
        record.seal()
        assert [one["subject"] for one in said(record)] == ["one", "two", "the clock went back", "three"]
        assert sound(record) == ()


def test_a_clock_set_back_is_noted_and_not_followed(tmp_path):
    clock = Clock()
    with open_record(tmp_path, clock=clock) as record:
        record.state(note("one"))
        clock.now -= timedelta(hours=3)
        assert record.state(note("two")) == range(2, 3)
        record.state(note("three"))
        record.seal()
        one, told, two, three = said(record)
    assert (told["subject"], told["body"]["clock_utc"]) == ("the clock went back", "2026-03-01T09:00:02Z")
    assert {each["recorded_utc"] for each in (one, told, two, three)} == {"2026-03-01T12:00:01Z"}
    with open_record(tmp_path, clock=clock) as record:
        record.state(note("four"))
        record.seal()
        assert said(record)[-1]["recorded_utc"] == "2026-03-01T12:00:01Z"
        assert sound(record) == ()


def test_what_cannot_be_said_is_not_recorded_and_the_rest_goes_on(tmp_path):
    with open_record(tmp_path) as record:
        with pytest.raises(RecordError, match="cannot be written as JSON"):
            record.state(note("good"), note("bad", value=float("nan")))
        with pytest.raises(RecordError, match=f"at most {LARGEST} bytes"):
            record.state(note("long", text="x" * LARGEST))
        assert record.size == 0
        record.state(note("long", text="x" * 65_536))
        record.seal()
        assert sound(record) == ()


def test_names_with_control_characters_are_escaped_and_found_again(tmp_path):
    name = "\x1b[2Ja\u202ename\n"
    with open_record(tmp_path) as record:
        record.state(note(name))
        record.seal()
        assert find_leaves(record.home, name) == [0]
    assert b"\x1b" not in (record.home / "openings/000.p/1").read_bytes()


def test_the_log_alone_tells_nothing_of_what_is_said(tmp_path):
    with open_record(tmp_path) as record:
        record.state(*(note("yes") for _ in range(300)))
        record.seal()
    entries = (record.home / "tile/entries/000").read_bytes()
    assert b"yes" not in entries
    leaves = {json.loads(line)["commitment"] for line in entries.replace(b"\x00W", b"\n").split(b"\n") if line}
    assert len(leaves) == 256, "the same word at two places looks different"
