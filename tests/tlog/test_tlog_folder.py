"""A log in a folder: what is appended and published is read again, by one writer at a time."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_cases import ORIGIN, POLICY, SIGNER, MemoryTiles, grow, leaves, state
from tlog_disks import FailingDisk
from tlog_vectors import TESSERA_LEAVES, TESSERA_SIGNATURES, TESSERA_SIGNER

from truceline.tlog.audit import audit_folder
from truceline.tlog.checkpoints import Checkpoint
from truceline.tlog.errors import CheckpointError, ForkError, LogError, MissingTile, TileError
from truceline.tlog.folder import FolderReader, LogFolder
from truceline.tlog.hashing import EMPTY_ROOT, hash_leaf
from truceline.tlog.notes import Signer, sign_note
from truceline.tlog.proofs import prove_inclusion, read_root, verify_inclusion
from truceline.tlog.tiles import MAX_ENTRY_BYTES, read_entry, tiles_of


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_log(tmp_path):
    with LogFolder(tmp_path / "log") as log:
        assert (log.size, log.root, log.published, log.note) == (0, EMPTY_ROOT, None, None)
        assert log.append([]) == 0
        log.publish(state(log))
    assert files_of(tmp_path / "log").keys() == {"checkpoint"}
    assert audit_folder(tmp_path / "log", POLICY) == ()


@settings(max_examples=25)
@given(st.lists(st.integers(1, 600), min_size=1, max_size=6), st.data())
def test_the_tiles_do_not_depend_on_how_entries_came(tmp_path_factory, steps, data):
    folder, disk = tmp_path_factory.mktemp("log"), FailingDisk()
    for step in steps:
        with LogFolder(folder, disk) as log:
            grow(log, step)
    size = sum(steps)
    expected = MemoryTiles(leaves(0, size))
    found = files_of(folder)
    assert {path: found.get(path) for path in expected.files} == expected.files
    assert audit_folder(folder, POLICY) == ()
    index = data.draw(st.integers(0, size - 1))
    with LogFolder(folder) as log:
        proof = prove_inclusion(log, index, size)
        verify_inclusion(hash_leaf(read_entry(log, index, size)), index, size, proof, log.root)
        older = data.draw(st.integers(1, size))
        assert read_root(log, older, size) == read_root(MemoryTiles(leaves(0, older)), older)


def test_only_what_a_reader_needs_stays(tmp_path):
    with LogFolder(tmp_path, FailingDisk()) as log:
        for _ in range(30):
            grow(log, 100)
    parts = [path for path in files_of(tmp_path) if ".p/" in path and "/entries/" not in path and "/0/" in path]
    assert {path.split(".p/")[0] for path in parts} == {"tile/0/011"}
    assert len(list(tiles_of(3000))) == 13


def test_tesseras_test_log_as_a_folder(tmp_path):
    signer = Signer.parse(TESSERA_SIGNER)
    with LogFolder(tmp_path) as log:
        for entry in TESSERA_LEAVES:
            log.append([entry])
            log.publish(state(log, signer))
            if log.size in TESSERA_SIGNATURES:
                assert (tmp_path / "checkpoint").read_text("utf-8").endswith(f"{TESSERA_SIGNATURES[log.size]}\n")
    assert (tmp_path / "tile/entries/000.p/3").read_bytes().hex() == "00036f6e65" + "000374776f" + "00057468726565"
    assert sorted(path for path in files_of(tmp_path) if "entries" in path) == sorted(
        f"tile/entries/000.p/{width}" for width in range(1, 16)
    )


def test_entries_at_the_limit_of_length(tmp_path):
    with LogFolder(tmp_path) as log:
        log.append([bytes(MAX_ENTRY_BYTES), b""])
        with pytest.raises(TileError, match="65535 bytes, this one has 65536"):
            log.append([b"good", bytes(MAX_ENTRY_BYTES + 1)])
        assert log.size == 2
        log.publish(state(log))
        assert len(read_entry(log, 0, 2)) == MAX_ENTRY_BYTES
    assert audit_folder(tmp_path, POLICY) == ()


def test_what_was_not_published_is_gone(tmp_path):
    with LogFolder(tmp_path) as log:
        grow(log, 300)
        log.append(leaves(300, 900, "lost"))
    assert [fault.what for fault in audit_folder(tmp_path, POLICY)][:1] == ["beyond the checkpoint"]
    with LogFolder(tmp_path) as log:
        assert log.size == 300
        grow(log, 10)
    assert audit_folder(tmp_path, POLICY) == ()
    assert "lost" not in str(files_of(tmp_path))


def test_a_full_tile_that_is_all_there_is_of_a_part_stays(tmp_path):
    with LogFolder(tmp_path) as log:
        grow(log, 300)
        log.append(leaves(300, 600, "lost"))
    shutil.rmtree(tmp_path / "tile/0/001.p")  # as another program's log may have it
    shutil.rmtree(tmp_path / "tile/entries/001.p")
    with LogFolder(tmp_path) as log:
        assert log.size == 300
        grow(log, 10)
        assert read_entry(log, 299, 310) == b"leaf 299"
    assert [fault.what for fault in audit_folder(tmp_path, POLICY)] == ["beyond the checkpoint"] * 2
    with LogFolder(tmp_path) as log:
        grow(log, 300)
    assert audit_folder(tmp_path, POLICY) == ()


def test_there_is_one_writer(tmp_path):
    with LogFolder(tmp_path) as first, LogFolder(tmp_path) as second:
        grow(first, 5)
        with pytest.raises(LogError, match="another writer"):
            second.append([b"x"])
        assert second.size == 0
        first.close()
        grow(second, 5)
        assert second.size == 10
        with pytest.raises(LogError, match="another writer"):
            first.append([b"x"])


def test_a_writer_that_holds_no_lock_is_noticed(tmp_path):
    with LogFolder(tmp_path) as log:
        first = grow(log, 5)
        log.append([b"x"])
        (tmp_path / "checkpoint").write_text(first.replace("A", "B"), "utf-8")
        with pytest.raises(LogError, match="another writer has published"):
            log.publish(state(log))


def test_a_fork_is_not_published_and_both_notes_are_named(tmp_path):
    with LogFolder(tmp_path) as log:
        first = grow(log, 5)
        second = sign_note(Checkpoint(ORIGIN, 5, hash_leaf(b"another tree")).text, [SIGNER])
        with pytest.raises(ForkError) as caught:
            log.publish(second)
        assert (caught.value.first_note, caught.value.second_note) == (first, second)
        assert first in str(caught.value)
        assert second in str(caught.value)
        assert log.note == first


@pytest.mark.parametrize("size", [4, 6])
def test_a_checkpoint_of_another_tree_is_not_published(tmp_path, size):
    with LogFolder(tmp_path) as log:
        grow(log, 5)
        with pytest.raises(CheckpointError, match="size 5"):
            log.publish(sign_note(Checkpoint(ORIGIN, size, log.root).text, [SIGNER]))
        with pytest.raises(CheckpointError, match="not 'other"):
            log.publish(sign_note(Checkpoint("other.example/log", 5, log.root).text, [SIGNER]))


def test_the_same_tree_is_published_again_with_more_signatures(tmp_path):
    with LogFolder(tmp_path) as log:
        grow(log, 5)
        more = sign_note(Checkpoint(ORIGIN, 5, log.root).text, [SIGNER, Signer("b.example", bytes(32))])
        log.publish(more)
        assert FolderReader(tmp_path).read_note() == more


@pytest.mark.parametrize("path", ["tile/0/000.p/5", "tile/entries/000.p/5"])
def test_a_log_whose_edge_was_changed_is_not_continued(tmp_path, path):
    with LogFolder(tmp_path) as log:
        grow(log, 5)
    data = bytearray((tmp_path / path).read_bytes())
    data[-1] ^= 1
    (tmp_path / path).write_bytes(data)
    with pytest.raises(TileError, match="audit the folder"):
        LogFolder(tmp_path)


@pytest.mark.parametrize(
    "path", ["../checkpoint", "checkpoint", "tile/0/../../checkpoint", "tile/0/000.p/5/", "/etc/passwd"]
)
def test_a_reader_reads_tiles_only(tmp_path, path):
    with LogFolder(tmp_path) as log:
        grow(log, 5)
        with pytest.raises(MissingTile):
            log.read(path)
