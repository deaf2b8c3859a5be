"""Keys are made once, are for their owner alone, and remember what they signed."""

import os
import stat

import pytest
from recorded import ORIGIN, note, open_record

from truceline.errors import RecordError
from truceline.record import keys_folder
from truceline.record.keys import file_name, load_keys, make_keys

POSIX = pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX systems")


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


@POSIX
def test_keys_are_private_from_the_start(tmp_path):
    keys = make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")
    assert keys.created
    assert rights(tmp_path / "keys") == 0o700
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [
        "truceline%2Ftest-truce.key",
        "truceline%2Ftest-truce.secret",
    ]
    assert {rights(path) for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_keys_are_found_again(tmp_path):
    made = make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")
    found = load_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")
    assert (found.signer, found.secret, found.created) == (made.signer, made.secret, False)


def test_a_key_never_shows_itself(tmp_path):
    keys = make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")
    assert keys.secret.hex() not in repr(keys).lower()
    assert keys.signer.seed.hex() not in repr(keys)
    assert repr(keys.secret) not in repr(keys)


@POSIX
def test_a_folder_that_others_can_read_is_refused(tmp_path):
    (tmp_path / "keys").mkdir(mode=0o755)
    with pytest.raises(RecordError, match=r"others can read the keys.*0700.*found 0755.*chmod 0700"):
        make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")


@POSIX
@pytest.mark.parametrize("kind", ["key", "secret"])
def test_a_key_that_others_can_read_is_refused(tmp_path, kind):
    make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")
    (tmp_path / "keys" / f"{file_name(ORIGIN)}.{kind}").chmod(0o640)
    with pytest.raises(RecordError, match=r"others can read the keys.*0600.*found 0640"):
        load_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")


@pytest.mark.parametrize("inside", ["out", "out/keys", "out/record/state", "out/../out/x"])
def test_keys_do_not_lie_in_what_is_given_away(tmp_path, inside):
    with pytest.raises(RecordError, match="lies in the output folder"):
        make_keys(tmp_path / inside, ORIGIN, tmp_path / "out")


def test_a_link_into_the_output_folder_is_seen_through(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "keys").symlink_to(tmp_path / "out")
    with pytest.raises(RecordError, match="lies in the output folder"):
        make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "keys").write_text("")
    with pytest.raises(RecordError, match="keys cannot be made"):
        make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")


@pytest.mark.parametrize("kind", ["key", "secret"])
def test_a_record_without_its_keys_gets_no_others(tmp_path, kind):
    with open_record(tmp_path) as record:
        record.state(note())
        record.seal()
    (tmp_path / "keys" / f"{file_name(ORIGIN)}.{kind}").unlink()
    with pytest.raises(RecordError, match="a key of this record is missing"):
        open_record(tmp_path)
    assert not (tmp_path / "keys" / f"{file_name(ORIGIN)}.{kind}").exists()


@pytest.mark.parametrize(("kind", "content"), [("key", "PRIVATE+KEY+x+00000000+AAAA"), ("secret", "zz"), ("key", "")])
def test_a_broken_key_is_said_and_not_shown(tmp_path, kind, content):
    make_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")
    (tmp_path / "keys" / f"{file_name(ORIGIN)}.{kind}").write_text(content)
    with pytest.raises(RecordError, match="cannot be used"):
        load_keys(tmp_path / "keys", ORIGIN, tmp_path / "out")


def test_another_folder_gets_a_log_of_its_own(tmp_path):
    for folder in ("one", "two", "three"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "keys").symlink_to(tmp_path / "keys")
    (tmp_path / "keys").mkdir(mode=0o700)
    origins = []
    for folder in ("one", "two", "three"):
        with open_record(tmp_path / folder) as record:
            origins.append((record.keys.origin, record.keys.created))
    assert origins == [(ORIGIN, True), (f"{ORIGIN}/2", True), (f"{ORIGIN}/3", True)]
    with open_record(tmp_path / "two") as record:
        assert (record.keys.origin, record.keys.created) == (f"{ORIGIN}/2", False)


def test_where_keys_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("TRUCELINE_KEYS", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert keys_folder() == tmp_path / ".config" / "truceline" / "keys"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert keys_folder() == tmp_path / "config" / "truceline" / "keys"
    monkeypatch.setenv("TRUCELINE_KEYS", str(tmp_path / "safe"))
    assert keys_folder() == tmp_path / "safe"


@pytest.mark.parametrize("origin", ["../../etc/x", "..", "a/b", "ключ", "a\x00b"])
def test_an_origin_never_leads_out_of_the_folder(origin):
    assert "/" not in file_name(origin)
    assert "\x00" not in file_name(origin)
