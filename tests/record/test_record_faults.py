"""The real process, killed; the real disk, full; no more files; a folder that cannot be written."""

import contextlib
import errno
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recorded import Clock, evidence, note, open_record, policy_of, write

from truceline.errors import RecordError
from truceline.record import verify_record
from truceline.record.openings import read_all, read_opening
from truceline.record.statements import decode

APPENDING = Path(__file__).parent / "appending.py"


def subjects(record) -> dict[int, str]:
    return {leaf: decode(read_opening(line).data)["subject"] for leaf, line in read_all(record.home, record.size)}


def kill_once(folder: Path, turn: int, chance: random.Random) -> dict[int, str]:
    """Start the process, kill it at some time after its first acknowledgement, return what it acknowledged."""
    process = subprocess.Popen([sys.executable, str(APPENDING), str(folder), str(turn)], stdout=subprocess.PIPE)
    first = os.read(process.stdout.fileno(), 1 << 16)
    time.sleep(chance.uniform(0.01, 0.15))
    process.kill()
    said = first + process.stdout.read()
    process.stdout.close()
    process.wait()
    lines = said.decode().splitlines()
    return {int(leaf): name for leaf, _, name in (line.partition(" ") for line in lines)}


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path):
    """Five rounds; `bench/record.py` has sixty."""
    chance = random.Random(5)  # noqa: S311
    acknowledged: dict[int, str] = {}
    for turn in range(5):
        said = kill_once(tmp_path, turn, chance)
        assert not acknowledged.keys() & said.keys()
        acknowledged |= said
    with open_record(tmp_path) as record:
        record.seal()
    kept = subjects(record)
    assert len(acknowledged) > 50
    assert {leaf: name for leaf, name in acknowledged.items() if kept.get(leaf) != name} == {}
    assert verify_record(record.out, policy_of(record)) == ()


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path):
    command = [sys.executable, str(APPENDING), str(tmp_path), "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    os.read(process.stdout.fileno(), 1)
    with pytest.raises(RecordError, match="somebody else writes to this record"):
        open_record(tmp_path)
    process.kill()
    process.stdout.close()
    process.wait()
    open_record(tmp_path).close()


@contextlib.contextmanager
def limit(what: int, most: int):
    before = resource.getrlimit(what)
    resource.setrlimit(what, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


def go_on(tmp_path, acknowledged: dict[int, str], clock) -> None:
    """Open the record again where all is well: what was acknowledged is there, and the rest goes on."""
    with open_record(tmp_path, clock=clock) as record:
        record.state(note("after"))
        record.seal()
    kept = subjects(record)
    assert {leaf: name for leaf, name in acknowledged.items() if kept.get(leaf) != name} == {}
    assert verify_record(record.out, policy_of(record)) == ()


def fill(record, most: int = 4000) -> dict[int, str]:
    """State and seal until something refuses; return what was acknowledged."""
    acknowledged: dict[int, str] = {}
    with contextlib.suppress(RecordError):
        for number in range(most):
            name = f"remark {number}"
            (leaf,) = record.state(note(name, text="x" * 2000))
            acknowledged[leaf] = name
            if number % 50 == 49:
                record.seal()
    assert 0 < len(acknowledged) < most, "the disk was never full"
    return acknowledged


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB; skips where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_takes_back_nothing_and_goes_on_when_there_is_room(tmp_path, small_disk):
    clock = Clock()
    (tmp_path / "out").symlink_to(small_disk)
    ballast = write(small_disk / "ballast", b"x" * 500_000)
    with open_record(tmp_path, clock=clock) as record:
        acknowledged = fill(record)
        source = write(tmp_path / "large.bin", bytes(2_000_000))
        with pytest.raises(RecordError):
            record.keep_file(source, evidence())
        with contextlib.suppress(RecordError):
            record.seal()
        ballast.unlink()
        with contextlib.suppress(RecordError):  # it may have to be opened anew, and says so
            record.state(note("after"))
    ballast.unlink(missing_ok=True)
    go_on(tmp_path, acknowledged, clock)


def test_a_file_that_may_not_grow_loses_nothing(tmp_path):
    clock = Clock()
    record = open_record(tmp_path, clock=clock)
    with limit(resource.RLIMIT_FSIZE, 300_000):
        acknowledged = fill(record)
        record.close()
    go_on(tmp_path, acknowledged, clock)


def test_no_more_open_files_loses_nothing(tmp_path):
    clock = Clock()
    record = open_record(tmp_path, clock=clock)
    source = write(tmp_path / "a.csv", b"a")
    acknowledged = dict(zip(record.state(note("one"), note("two")), ("one", "two"), strict=True))
    with no_more_files():
        with pytest.raises(RecordError, match="Too many open files"):
            record.keep_file(source, evidence())
        with pytest.raises(RecordError, match="Too many open files"):
            record.seal()
        (leaf,) = record.state(note("three"))
        acknowledged[leaf] = "three"
    assert record.seal().size == 3
    record.close()
    go_on(tmp_path, acknowledged, clock)


@contextlib.contextmanager
def no_more_files():
    """Take all numbers that a process has for open files."""
    handles = []
    with limit(resource.RLIMIT_NOFILE, 400):
        with contextlib.suppress(OSError):
            while True:
                handles.append(os.open("/dev/null", os.O_RDONLY))
        try:
            yield
        finally:
            for handle in handles:
                os.close(handle)


def test_a_disk_that_may_not_be_written_is_said_and_forgotten_when_it_may(tmp_path):
    from truceline.record.blobs import CopyingDisk

    class ReadOnly(CopyingDisk):
        frozen = False

        def put(self, handle, path, data):
            if self.frozen:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            super().put(handle, path, data)

    disk = ReadOnly()
    with open_record(tmp_path, disk=disk) as record:
        record.state(note("one"))
        disk.frozen = True
        with pytest.raises(RecordError, match="Read-only file system"):
            record.seal()
        disk.frozen = False
        assert record.seal().size == 1
    assert verify_record(record.out, policy_of(record)) == ()


def test_a_read_only_disk_is_refused_and_can_be_verified(tmp_path, small_disk):
    clock = Clock()
    (tmp_path / "out").symlink_to(small_disk)
    with open_record(tmp_path, clock=clock) as record:
        record.state(note("one"))
        record.seal()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(RecordError):
        open_record(tmp_path)
    assert verify_record(record.out, policy_of(record)) == ()
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    go_on(tmp_path, {0: "one"}, clock)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(RecordError, match="Permission denied"):
        open_record(tmp_path)
