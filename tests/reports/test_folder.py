"""An output folder is whole or not there."""

import errno
from pathlib import Path

import pytest

from truceline.errors import CaseError
from truceline.reports import folder as module
from truceline.reports.folder import replace_folder


def write(folder: Path, text: str) -> None:
    (folder / "standing.json").write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_appears_whole(tmp_path):
    out = tmp_path / "deep" / "out"
    with replace_folder(out) as partial:
        write(partial, "new")
        assert not out.exists()
    assert (out / "standing.json").read_text() == "new"
    assert names(tmp_path / "deep") == ["out"]


def test_an_earlier_output_is_replaced(tmp_path):
    out = tmp_path / "out"
    for text in ("old", "new"):
        with replace_folder(out) as partial:
            write(partial, text)
            (partial / f"only-{text}").touch()
    assert names(out) == ["only-new", "standing.json"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_an_interrupted_run_leaves_the_old_output(tmp_path, interruption):
    out = tmp_path / "out"
    with replace_folder(out) as partial:
        write(partial, "old")
    with pytest.raises(interruption), replace_folder(out) as partial:
        write(partial, "half")
        raise interruption
    assert (out / "standing.json").read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_a_run_killed_between_the_renames_is_mended(tmp_path):
    out = tmp_path / "out"
    old = tmp_path / ".out.old"
    old.mkdir()
    write(old, "old")
    with pytest.raises(RuntimeError), replace_folder(out):
        raise RuntimeError
    assert (out / "standing.json").read_text() == "old"


def test_a_folder_of_other_things_is_not_replaced(tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(CaseError, match="not ours to replace"), replace_folder(tmp_path):
        pass
    assert names(tmp_path) == ["thesis.docx"]


def test_a_record_is_never_replaced(tmp_path):
    (tmp_path / "record" / "state").mkdir(parents=True)
    write(tmp_path, "of a run")
    for mark in ("standing.json", "rehearsal.json"):
        with pytest.raises(CaseError, match="not ours to replace"), replace_folder(tmp_path, mark):
            pass
    assert names(tmp_path) == ["record", "standing.json"]


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(CaseError, match="a file of that name"), replace_folder(tmp_path / "out"):
        pass


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", fail)
    with pytest.raises(CaseError, match="No space left on device"), replace_folder(tmp_path / "out") as partial:
        write(partial, "new")
    assert names(tmp_path) == []
