"""Whatever is wrong in a log's folder is found and named, and nothing makes the check itself fall over."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tlog_cases import ORIGIN, POLICY, SIGNER, WITNESS, grow, leaves, state
from tlog_disks import FailingDisk

import truceline.tlog
from truceline.tlog.audit import Fault, audit_folder
from truceline.tlog.checkpoints import Checkpoint
from truceline.tlog.folder import LogFolder
from truceline.tlog.hashing import hash_leaf
from truceline.tlog.notes import Signer, add_lines, sign_note
from truceline.tlog.policy import Policy
from truceline.tlog.proofs import prove_inclusion
from truceline.tlog.receipts import Receipt, format_receipt
from truceline.tlog.tiles import encode_bundle

STEPS = [100, 156, 300, 444]  # 1,000 entries: three full bundles and 232


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A log of 1,000 entries, and its checkpoints."""
    folder = tmp_path_factory.mktemp("sound")
    with LogFolder(folder, FailingDisk()) as log:
        notes = [grow(log, step) for step in STEPS]
    return folder, notes


@pytest.fixture
def copy(sound, tmp_path):
    shutil.copytree(sound[0], tmp_path / "log")
    return tmp_path / "log"


def first(folder: Path, *known: str, **options: bool) -> tuple[str, str]:
    fault = audit_folder(folder, POLICY, known, **options)[0]
    return fault.path, fault.what


def flip(path: Path, place: int, bit: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= bit
    path.write_bytes(data)


def test_a_sound_log_has_no_fault(sound):
    assert audit_folder(sound[0], POLICY, sound[1]) == ()


@pytest.mark.parametrize(
    ("path", "place", "named", "what"),
    [
        ("tile/entries/001", 44, "tile/entries/001", "entry 260 is not the one in the tree"),
        ("tile/entries/003.p/232", -1, "tile/entries/003.p/232", "entry 999 is not the one in the tree"),
        ("tile/0/001", 40, "tile/0/001", "the tile is not the one hashed above"),
        ("tile/0/003.p/232", 40, "tile/0/003.p/232", "the tile differs"),
        ("tile/1/000.p/3", 40, "tile/1/000.p/3", "hash 1 is not that of the tile below"),
    ],
)
def test_damage_is_named_where_it_is(copy, path, place, named, what):
    flip(copy / path, place)
    assert first(copy) == (named, what)


@pytest.mark.parametrize("path", ["tile/entries/002", "tile/0/002", "tile/0/003.p/232", "tile/1/000.p/3", "checkpoint"])
def test_what_is_missing_or_replaced_is_named(copy, path):
    kept = (copy / path).read_bytes()
    (copy / path).unlink()
    assert first(copy) == (path, "missing")
    for replace in (Path.mkdir, os.mkfifo, lambda place: place.symlink_to("/etc/passwd")):
        replace(copy / path)
        faults = audit_folder(copy, POLICY)
        assert {fault.path for fault in faults} == {path}
        (copy / path).rmdir() if (copy / path).is_dir() else (copy / path).unlink()
    for data in (b"", kept[:-1], kept + b"x", bytes(70_000_000) if path == "tile/0/002" else b"\xff"):
        (copy / path).write_bytes(data)
        assert first(copy)[0] == path
    (copy / path).write_bytes(kept)
    assert audit_folder(copy, POLICY) == ()


def test_a_folder_behind_a_link_is_named(copy, tmp_path):
    (copy / "tile" / "0").rename(tmp_path / "elsewhere")
    (copy / "tile" / "0").symlink_to(tmp_path / "elsewhere")
    assert Fault("tile/0", "not a plain file", "a file or folder", "a link or a device") in audit_folder(copy, POLICY)


@pytest.mark.parametrize(
    "name", ["tile/0/note.txt", "tile/x", "tile/entries/.000.new", "tile/0/004", "tile/0/\x1b[2J\n"]
)
def test_what_does_not_belong_is_named(copy, name):
    (copy / name).write_bytes(b"x")
    ((path, what),) = [(fault.path, fault.what) for fault in audit_folder(copy, POLICY)]
    assert what in ("does not belong here", "beyond the checkpoint")
    assert path.isprintable()


def test_an_older_part_of_a_tile_is_checked_too(tmp_path):
    with LogFolder(tmp_path) as log:
        grow(log, 5)
        grow(log, 5)
    flip(tmp_path / "tile/0/000.p/5", 3)
    flip(tmp_path / "tile/entries/000.p/5", 3)
    assert [(fault.path, fault.what) for fault in audit_folder(tmp_path, POLICY)] == [
        ("tile/0/000.p/5", "differs from the newer one"),
        ("tile/entries/000.p/5", "differs from the newer one"),
    ]


def test_the_whole_tree_behind_a_link_is_named(copy, tmp_path):
    (copy / "tile").rename(tmp_path / "elsewhere")
    (copy / "tile").symlink_to(tmp_path / "elsewhere")
    assert ("tile", "not a plain file") in {(fault.path, fault.what) for fault in audit_folder(copy, POLICY)}


def test_names_of_any_bytes_and_folders_of_any_depth(copy):
    (copy / "tile" / os.fsdecode(b"\xff\n")).touch()
    here = Path.cwd()
    os.chdir(copy / "tile")
    try:
        for _ in range(60):
            Path("d" * 100).mkdir()
            os.chdir("d" * 100)  # longer in all than a path may be
        Path("file").touch()
    finally:
        os.chdir(here)
    faults = audit_folder(copy, POLICY)
    assert {fault.what for fault in faults} == {"does not belong here", "unreadable"}
    assert all(fault.path.isprintable() for fault in faults)
    shutil.rmtree(copy)


def test_entries_in_another_order(copy):
    entries = leaves(256, 512)
    entries[3], entries[4] = entries[4], entries[3]
    (copy / "tile/entries/001").write_bytes(encode_bundle(entries))
    assert first(copy) == ("tile/entries/001", "entry 259 is not the one in the tree")


def test_a_copy_without_entries_is_checked_as_far_as_it_goes(copy):
    shutil.rmtree(copy / "tile" / "entries")
    assert audit_folder(copy, POLICY, entries=False) == ()
    assert first(copy) == ("tile/entries/000", "missing")
    flip(copy / "tile/0/001", 0)
    assert first(copy, entries=False) == ("tile/0/001", "the tile is not the one hashed above")


def test_a_forged_or_foreign_checkpoint(copy):
    note = (copy / "checkpoint").read_text("utf-8")
    other = Signer(ORIGIN, bytes(32))
    for forged in (
        note.replace("\n1000\n", "\n999\n"),
        sign_note(note.partition("\n\n")[0] + "\n", [other]),
        "",
        "x\n",
    ):
        (copy / "checkpoint").write_text(forged, "utf-8")
        assert first(copy) == ("checkpoint", "not accepted")


def test_a_signed_root_of_another_tree(copy):
    note = sign_note(Checkpoint(ORIGIN, 1000, hash_leaf(b"")).text, [SIGNER])
    (copy / "checkpoint").write_text(note, "utf-8")
    assert first(copy) == ("checkpoint", "the tiles do not lead to this root")


def test_an_invented_size_ends_soon(copy):
    for size in (1001, 10**6, (1 << 63) - 1):
        note = sign_note(Checkpoint(ORIGIN, size, hash_leaf(b"")).text, [SIGNER])
        (copy / "checkpoint").write_text(note, "utf-8")
        assert 1 <= len(audit_folder(copy, POLICY)) <= 100


def test_a_restored_old_copy_and_a_fork_are_shown_with_both_notes(sound, tmp_path):
    _, notes = sound
    with LogFolder(tmp_path, FailingDisk()) as log:
        grow(log, 256)
        (fault,) = audit_folder(tmp_path, POLICY, notes[:3])
        assert (fault.what, fault.expected, fault.found) == ("the log went back", "at least 556 entries", "256")
        assert fault.notes == (notes[2], log.note)
        log.append(leaves(256, 556, "another"))
        log.publish(state(log))
        (fault,) = audit_folder(tmp_path, POLICY, notes[:3])
        assert fault.what == "a fork: two trees of size 556"
        grow(log, 100)
        (fault,) = audit_folder(tmp_path, POLICY, notes[:3])
        assert (fault.path, fault.what) == ("known checkpoint 3", "a fork: two trees of size 556")
        assert fault.notes == (notes[2], log.note)


def test_a_known_note_that_is_none(sound):
    foreign = sign_note(Checkpoint("other.example", 3, hash_leaf(b"")).text, [SIGNER])
    faults = audit_folder(sound[0], POLICY, ["nonsense", foreign, sign_note("x\n", [SIGNER])])
    assert [fault.what for fault in faults] == ["not usable", "of another log", "not usable"]


def test_a_policy_with_witnesses_wants_them(sound):
    policy = Policy.parse(f"log {SIGNER.verifier_key}\nwitness A {WITNESS.verifier_key}\nquorum A\n")
    (fault,) = audit_folder(sound[0], policy)
    assert "no cosignature of 'A'" in fault.found


def test_no_folder_at_all(tmp_path):
    assert first(tmp_path / "nowhere") == ("checkpoint", "missing")
    (tmp_path / "file").write_bytes(b"")
    assert first(tmp_path / "file") == ("checkpoint", "missing")


def tamper(folder: Path, rng: random.Random) -> str:
    """Change one file in one way; return its path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    path = rng.choice(paths)
    data = path.read_bytes()
    place = rng.randrange(len(data))
    kind = rng.choice(["flip", "delete", "insert", "cut", "swap", "empty", "remove", "double"])
    if kind == "flip":
        flip(path, place, 1 << rng.randrange(8))
    elif kind == "delete":
        path.write_bytes(data[:place] + data[place + 1 :])
    elif kind == "insert":
        path.write_bytes(data[:place] + bytes([rng.randrange(256)]) + data[place:])
    elif kind == "cut":
        path.write_bytes(data[:place])
    elif kind == "swap":
        other = rng.choice([other for other in paths if other.read_bytes() != data])
        path.write_bytes(other.read_bytes())
    elif kind == "double":
        path.write_bytes(data + data)
    elif kind == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
    return path.relative_to(folder).as_posix()


def test_500_tamperings_are_all_found_and_located(sound, copy):
    rng = random.Random(500)  # noqa: S311
    needed = 0
    for number in range(500):
        path = tamper(copy, rng)
        faults = audit_folder(copy, POLICY)
        if (copy / path).exists() or ".p/" not in path or path.endswith(("/232", "/3")):
            assert faults, (number, path)
            assert faults[0].path == path, (number, path, faults[:3])
            needed += 1
        else:
            assert faults == ()  # an older part of a tile, which nobody needs any more
        shutil.copy(sound[0] / path, copy / path)
    assert needed > 450


def test_faults_are_no_more_than_a_thousand(tmp_path):
    (tmp_path / "tile").mkdir()
    for number in range(1200):
        (tmp_path / "tile" / f"{number}.txt").touch()
    assert len(audit_folder(tmp_path, POLICY)) == 1000


ALONE = """
import sys
from pathlib import Path
for path in sorted(Path("truceline/tlog").glob("*.py")):
    __import__(f"truceline.tlog.{path.stem}")
ours = sorted(name for name in sys.modules if name.startswith("truceline"))
assert all(name == "truceline" or name.startswith("truceline.tlog") for name in ours), ours
assert {Path(path).resolve() for path in sys.modules["truceline"].__path__} == {Path("truceline").resolve()}
foreign = {"polars", "numpy", "click", "pyarrow"} & set(sys.modules)
assert not foreign, foreign
"""


@pytest.fixture
def alone(tmp_path):
    """Only the folder tlog, as an auditor may have taken it."""
    source = Path(truceline.tlog.__file__).parent
    shutil.copytree(source, tmp_path / "truceline" / "tlog", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def python(alone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # -S and a path of two entries: the folder alone, and the packages that are installed as packages.
    packages = str(Path(pytest.__file__).parent.parent)
    start = f"import sys; sys.path[:0] = [{str(alone)!r}]; sys.path.append({packages!r})\n"
    command = [sys.executable, "-S", "-c", start + arguments[0], *arguments[1:]]
    return subprocess.run(command, cwd=alone, capture_output=True, text=True)


def test_the_folder_stands_alone(alone):
    done = python(alone, ALONE)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_auditor_checks_a_folder_and_a_receipt(alone, copy, tmp_path):
    (tmp_path / "policy").write_text(f"log {SIGNER.verifier_key}\nwitness A {WITNESS.verifier_key}\nquorum A\n")
    note = (copy / "checkpoint").read_text("utf-8")
    note = add_lines(note, [WITNESS.cosign(note.partition("\n\n")[0] + "\n", 1_700_000_000)])
    (copy / "checkpoint").write_text(note, "utf-8")
    with LogFolder(copy) as log:
        proof = prove_inclusion(log, 700, 1000)
    (tmp_path / "it.tlog-proof").write_text(format_receipt(Receipt(700, proof, note)), "utf-8")
    (tmp_path / "it").write_bytes(b"leaf 700")
    run = "import runpy\nrunpy.run_module('truceline.tlog', run_name='__main__')"
    done = python(alone, run, "audit", str(copy), "policy")
    assert (done.returncode, done.stdout) == (0, "sound\n")
    done = python(alone, run, "receipt", "it.tlog-proof", "it", "policy")
    assert (done.returncode, done.stdout) == (0, f"entry 700 of 1000 in {ORIGIN}\ncosigned by A at 1700000000 s\n")
    flip(copy / "tile/entries/001", 44)
    (tmp_path / "it").write_bytes(b"leaf 701")
    done = python(alone, run, "audit", str(copy), "policy")
    assert (done.returncode, done.stdout.split(":")[0]) == (3, "tile/entries/001")
    assert python(alone, run, "receipt", "it.tlog-proof", "it", "policy").returncode == 3
    assert python(alone, run, "audit", str(copy), "no-policy").returncode == 2
