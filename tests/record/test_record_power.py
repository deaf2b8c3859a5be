"""What was acknowledged survives a power cut at any operation, and a flush that fails; a laxer setting would not.

`bench/record.py` cuts the power 3,000 times.
"""

import contextlib
import random
import shutil

import apsw
import pytest
from losing import LosingDisk, LosingVfs, Power, PowerCut
from recorded import Clock, evidence, note, open_record, policy_of, write

from truceline.errors import RecordError
from truceline.record import verify_record
from truceline.record.journal import Journal
from truceline.record.openings import read_all, read_opening
from truceline.record.statements import decode

BATCH = [f"statement {number}".encode() * 30 for number in range(40)]


def cut_journal(seed: int, synchronous: str = "FULL") -> tuple[int, int, bool]:
    """Append until the power fails; return how many were acknowledged, how many of them are lost, and whether sound."""
    chance = random.Random(seed)  # noqa: S311
    power = Power(seed, chance.randrange(20, 400))
    vfs = LosingVfs(power, f"losing {seed} {synchronous}")
    said, acknowledged, first = 0, 0, 0
    with contextlib.suppress(RecordError):
        journal = Journal("journal", vfs=vfs.vfs_name, synchronous=synchronous)
        while not power.off:
            batch = BATCH[: chance.randint(1, 40)]
            journal.append(list(enumerate(batch, said)), meta={"recorded_utc": str(said)})
            said += len(batch)
            if not power.off:
                acknowledged = said
                if chance.random() < 0.1:
                    first = said - len(batch)
                    journal.forget(first)
    vfs = vfs.restart(f"again {seed} {synchronous}")
    with contextlib.suppress(apsw.Error, RecordError):
        journal = Journal("journal", vfs=vfs.vfs_name)
        check = apsw.Connection.execute(journal._database, "PRAGMA integrity_check").fetchone()[0]
        kept = {leaf for leaf, _ in journal._database.execute("SELECT leaf, statement FROM queue")}
        return acknowledged, len(set(range(first, acknowledged)) - kept), check == "ok"
    return acknowledged, acknowledged - first, False


@pytest.mark.parametrize("part", range(4))
def test_no_acknowledged_item_is_lost_in_a_power_cut(part):
    results = [cut_journal(seed) for seed in range(part * 60, part * 60 + 60)]
    assert sum(acknowledged for acknowledged, _, _ in results) > 60
    assert [lost for _, lost, _ in results if lost] == []
    assert all(sound for _, _, sound in results)


def test_the_simulated_disk_does_lose_what_nobody_flushed():
    """The canary: with a laxer setting, most cuts lose something. Without it the test above would show nothing."""
    results = [cut_journal(seed, "NORMAL") for seed in range(60)]
    assert sum(lost > 0 for _, lost, _ in results) > 30


def cut_record(folder, seed: int) -> tuple[int, list[str]]:
    """Write a record until the power fails, open it again; return the acknowledged leaves and what is wrong."""
    power = Power(seed, random.Random(seed).randrange(5, 520))  # noqa: S311
    vfs, disk, clock = LosingVfs(power, f"record {seed}"), LosingDisk(power), Clock()
    source = write(folder / "tracks.csv", random.Random(seed).randbytes(3000))  # noqa: S311
    acknowledged: dict[int, str] = {}
    outside = {"vfs": vfs.vfs_name, "disk": disk, "clock": clock}
    with contextlib.suppress(PowerCut, RecordError):
        record = open_record(folder, **outside)
        for turn in range(12):
            names = [f"{turn}.{number}" for number in range(1 + 37 * turn % 60)]
            said = dict(zip(record.state(*map(note, names)), names, strict=True))
            if turn == 2:
                said[record.size] = "tracks.csv"
                record.keep_file(source, evidence())
            if not power.off:
                acknowledged |= said
            if turn % 3 == 1:
                record.seal()
    disk.lose()
    again = vfs.restart(f"record again {seed}")
    return len(acknowledged), faults_after(folder, acknowledged, {"vfs": again.vfs_name, "clock": clock})


def faults_after(folder, acknowledged, outside) -> list[str]:
    with open_record(folder, **outside) as record:
        record.state(note("after"))
        record.seal()
    said = {leaf: decode(read_opening(line).data)["subject"] for leaf, line in read_all(record.home, record.size)}
    lost = [f"leaf {leaf}: {name}" for leaf, name in acknowledged.items() if said.get(leaf) != name]
    return lost + [str(fault) for fault in verify_record(record.out, policy_of(record))]


@pytest.mark.parametrize("part", range(4))
def test_no_acknowledged_leaf_is_lost_between_queue_and_checkpoint(tmp_path, part):
    total = 0
    for seed in range(part * 12, part * 12 + 12):
        acknowledged, wrong = cut_record(tmp_path / str(seed), seed)
        assert wrong == [], seed
        total += acknowledged
        shutil.rmtree(tmp_path / str(seed))
    assert total > 100


@pytest.mark.parametrize("nth", range(3, 43, 4))
def test_after_a_failed_flush_of_the_queue_nothing_more_is_acknowledged(nth):
    vfs = LosingVfs(Power(nth), f"failing {nth}")
    vfs.fails_at_flush = nth
    acknowledged = 0
    journal = None
    with pytest.raises(RecordError, match="the disk failed"):
        journal = Journal("journal", vfs=vfs.vfs_name)
        for _ in range(60):
            journal.append([(acknowledged, b"x" * 900)], meta={})
            acknowledged += 1
    if journal is not None:
        with pytest.raises(RecordError, match="the disk failed"):
            journal.append([(acknowledged, b"x")], meta={})
        with pytest.raises(RecordError, match="the disk failed"):
            journal.waiting(0)
    after = vfs.restart(f"failed {nth}")
    again = Journal("journal", vfs=after.vfs_name)
    assert len(again.waiting(0)) in (acknowledged, acknowledged + 1)


class FailingDisk(LosingDisk):
    """The nth flush of a file or folder fails, once."""

    def __init__(self, nth: int) -> None:
        super().__init__(Power(nth))
        self.left = nth

    def flush(self, handle, path):
        self.left -= 1
        if self.left == 0:
            raise OSError(5, "Input/output error")
        super().flush(handle, path)


@pytest.mark.parametrize("nth", range(1, 30))
def test_after_a_failed_flush_of_a_file_the_record_must_be_opened_anew(tmp_path, nth):
    clock = Clock()
    names = [f"remark {number}" for number in range(300)]
    record = None
    source = write(tmp_path / "tracks.csv", b"1,2,3")
    acknowledged: dict[int, str] = {}
    with contextlib.suppress(RecordError):
        record = open_record(tmp_path, disk=FailingDisk(nth), clock=clock)
        acknowledged = dict(zip(record.state(*map(note, names)), names, strict=True))
        record.keep_file(source, evidence())
        record.seal()
        record.state(note("last"))
        record.seal()
    if record is not None and record._failed:
        for act in (lambda: record.state(note("more")), record.seal, lambda: record.keep_file(source, evidence())):
            with pytest.raises(RecordError, match="the disk failed"):
                act()
    if record is not None:
        record.close()
    assert faults_after(tmp_path, acknowledged, {"clock": clock}) == []
