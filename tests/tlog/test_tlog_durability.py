"""What was acknowledged is there after failing disks and power cuts; a disk that never flushes does lose."""

import contextlib
import errno
import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from tlog_cases import POLICY, grow, leaves, state
from tlog_disks import FailingDisk, ForgettingDisk, PowerCut

from truceline.tlog.audit import audit_folder
from truceline.tlog.durability import write_durably
from truceline.tlog.errors import DiskError, LogError, Unsafe
from truceline.tlog.folder import LogFolder
from truceline.tlog.tiles import TILE_WIDTH, read_entries, width_at

STEPS = [3, 250, 10, 1, 300, 5, 40, 2, 7, 100, 30, 1, 1, 4]


def fill(log: LogFolder) -> int:
    """Append and publish until the disk refuses; return how many entries were acknowledged."""
    for step in STEPS:
        try:
            grow(log, step)
        except DiskError:
            break
    return log.published.size if log.published else 0


def check_contents(folder: Path, acknowledged: int) -> None:
    with LogFolder(folder, FailingDisk()) as log:
        size = log.published.size if log.published else 0
        assert size >= acknowledged
        bundles = range(-(-size // TILE_WIDTH))
        entries = [entry for index in bundles for entry in read_entries(log, index, width_at(0, index, size))]
        assert entries == leaves(0, size)
        grow(log, 20)
    assert audit_folder(folder, POLICY) == ()


def count_flushes(folder: Path) -> int:
    disk = FailingDisk()
    assert fill(LogFolder(folder, disk)) == sum(STEPS)
    return disk.calls["flush"]


@pytest.mark.parametrize("call", range(1, 101))
def test_a_failing_flush_acknowledges_nothing_more(tmp_path, call):
    disk = FailingDisk("flush", call)
    log = LogFolder(tmp_path / "log", disk)
    acknowledged = fill(log)
    if disk.calls["flush"] >= call:
        with pytest.raises(Unsafe):
            log.append([b"more"])
        with pytest.raises(Unsafe):
            log.publish(state(log))
        assert acknowledged < sum(STEPS)
    log.close()
    check_contents(tmp_path / "log", acknowledged)


def test_a_hundred_flushes_are_no_more_than_there_are(tmp_path):
    assert count_flushes(tmp_path / "log") >= 100


@pytest.mark.parametrize("operation", ["put", "rename", "make", "open"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EMFILE, errno.EROFS])
def test_after_any_other_fault_the_same_call_goes_on(tmp_path, operation, error):
    for call in range(1, 60, 7):
        folder = tmp_path / f"{operation}{call}"
        disk = FailingDisk(operation, call, error)
        log, faults = LogFolder(folder, disk), []
        for step in STEPS:
            try:
                grow(log, step)
            except DiskError as fault:
                faults.append(fault)
                before = log.size
                if before == (log.published.size if log.published else 0):
                    grow(log, step)
                else:
                    log.publish(state(log))
        assert len(faults) == (disk.calls[operation] >= call)
        assert all(os.strerror(error) in str(fault) and not isinstance(fault, Unsafe) for fault in faults)
        log.close()
        check_contents(folder, sum(STEPS))


def test_a_full_disk_that_is_emptied(tmp_path):
    disk = FailingDisk("put", error=errno.ENOSPC)
    with LogFolder(tmp_path, disk) as log:
        grow(log, 300)
        disk.full = True
        for _ in range(5):
            with pytest.raises(DiskError, match="No space"):
                log.append(leaves(300, 400))
        assert log.size == 300
        disk.full = False
        grow(log, 100)
    check_contents(tmp_path, 400)


def run(program: str) -> None:
    start = f"import os, sys\nsys.path[:0] = {sys.path!r}\nfrom pathlib import Path\nfrom tlog_cases import grow\n"
    start += "from truceline.tlog.errors import DiskError, Unsafe\nfrom truceline.tlog.folder import LogFolder\n"
    subprocess.run([sys.executable, "-c", start + program], check=True)


def test_a_read_only_folder():
    run("""
import fcntl, tempfile
if os.geteuid() == 0:
    os.setuid(65534)  # root writes anywhere
with tempfile.TemporaryDirectory() as name, LogFolder(Path(name, "log")) as log:
    grow(log, 5)
    entries = Path(name, "log", "tile", "entries", "000.p")
    entries.chmod(0o500)
    try:
        grow(log, 5)
    except DiskError as error:
        assert not isinstance(error, Unsafe) and "Permission denied" in str(error), error
    else:
        sys.exit("nothing failed")
    entries.chmod(0o700)
    grow(log, 5)
    assert log.published.size == 10
""")


def test_no_more_open_files(tmp_path):
    run(f"""
import resource
log = LogFolder(Path({str(tmp_path)!r}))
grow(log, 5)
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
try:
    grow(log, 5)
except DiskError as error:
    assert not isinstance(error, Unsafe) and "Too many open files" in str(error), error
else:
    sys.exit("nothing failed")
for handle in held:
    os.close(handle)
grow(log, 5)
""")
    check_contents(tmp_path, 10)


def test_a_file_that_may_not_grow(tmp_path):
    with LogFolder(tmp_path) as log:
        grow(log, 5)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(DiskError, match="File too large"):
                grow(log, 300)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        grow(log, 300)
    check_contents(tmp_path, 305)


def cut_power(folder: Path, left: Path, stop: int, seed: int, flushes: bool = True) -> tuple[int, LogError | None]:
    """Fill a log until the power fails at operation `stop`; return (acknowledged, why it cannot be opened)."""
    disk = ForgettingDisk(folder, flushes)
    folder.mkdir()
    log = LogFolder(folder, disk)
    disk.stop_after = stop
    acknowledged = 0
    try:
        for step in STEPS:
            grow(log, step)
            acknowledged = log.size
    except PowerCut:
        pass
    log.close()
    disk.leave(left, random.Random(seed))  # noqa: S311
    try:
        check_contents(left, acknowledged)
    except (LogError, AssertionError) as error:
        return acknowledged, error
    return acknowledged, None


@pytest.mark.parametrize("part", range(10))
def test_no_acknowledged_entry_is_lost_in_1000_power_cuts(tmp_path, part):
    rng = random.Random(part)  # noqa: S311
    for cut in range(100):
        folder = tmp_path / str(cut)
        _, error = cut_power(folder, tmp_path / f"{cut}left", rng.randrange(1, 360), rng.randrange(1 << 30))
        assert error is None


def test_a_killed_writer_and_then_a_power_cut_lose_nothing(tmp_path):
    """What the first writer made and did not flush, the second one must: it acknowledges on top of it."""
    rng = random.Random(7)  # noqa: S311
    for stop in range(1, 100):
        folder, left = tmp_path / f"{stop}", tmp_path / f"{stop}left"
        folder.mkdir()
        disk = ForgettingDisk(folder)
        disk.stop_after = stop
        with LogFolder(folder, disk) as log, contextlib.suppress(PowerCut):
            for step in STEPS:
                grow(log, step)
        disk.stop_after = -1
        with LogFolder(folder, disk) as log:
            grow(log, 3)
            acknowledged = log.size
        disk.leave(left, rng)
        check_contents(left, acknowledged)


def test_a_disk_that_does_not_flush_loses(tmp_path):
    rng = random.Random(0)  # noqa: S311
    lost = 0
    for cut in range(40):
        folder = tmp_path / str(cut)
        _, error = cut_power(folder, tmp_path / f"{cut}left", rng.randrange(60, 360), rng.randrange(1 << 30), False)
        lost += error is not None
    assert lost > 20


def test_a_file_is_whole_or_the_old_one(tmp_path):
    write_durably(tmp_path / "a" / "b" / "note", b"old")
    disk = FailingDisk("put", 1, errno.ENOSPC)
    with pytest.raises(DiskError, match="nothing was acknowledged"):
        write_durably(tmp_path / "a" / "b" / "note", b"new", disk)
    assert (tmp_path / "a" / "b" / "note").read_bytes() == b"old"
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["note"]


def test_a_link_is_not_written_through(tmp_path):
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / ".note.new").symlink_to(tmp_path / "other")
    with pytest.raises(DiskError):
        write_durably(tmp_path / "note", b"new")
    assert (tmp_path / "other").read_bytes() == b"other"
