"""Files of positions as they arrive: empty, cut, damaged, binary, doubled, contradictory. Nothing half-written."""

import gzip
import json
from datetime import UTC, datetime

import polars as pl
import pytest
from pyais.encode import encode_dict
from pyais.util import checksum

from truceline.errors import EvidenceError
from truceline.evidence import gather, read_plan
from truceline.gazetteer import Gazetteer

NOWHERE = Gazetteer((), {})


def sentence(mmsi: int, time: int, **fields) -> str:
    fields = {"msg_type": 1, "mmsi": mmsi, "lon": 30.5, "lat": 45.25, "second": time % 60, **fields}
    (text,) = encode_dict(fields)
    tags = f"c:{time}"
    return f"\\{tags}*{checksum(tags.encode()):02X}\\{text}\n"


AIS = "".join(sentence(272_000_001 + n, 1_577_880_000 + n) for n in range(50)).encode()
AIR = json.dumps(
    {
        "now": 1_577_880_000,
        "aircraft": [{"hex": f"4baa{n:02x}", "lat": 45.0, "lon": 30.0 + n / 50, "seen_pos": 1} for n in range(50)],
    }
).encode()
GOOD = {"nmea": AIS, "readsb": AIR}


def run(folder, data: bytes, form: str = "nmea", declared: str = "", **options):
    (folder / "file").write_bytes(data)
    (folder / "evidence.toml").write_text(f'[[source]]\nname = "s"\npath = "file"\nformat = "{form}"\n{declared}\n')
    plan, problems = read_plan(folder / "evidence.toml", {})
    assert problems == []
    evidence = gather(plan, NOWHERE, folder / "out", **options)
    (tally,) = evidence.files
    assert tally.rows == tally.used + sum(tally.set_aside.values()) + sum(tally.rejected.values())
    assert evidence.rejects.collect().height == sum(tally.rejected.values())
    return tally, evidence


@pytest.mark.parametrize("form", GOOD)
def test_a_good_file_packed_or_not_gives_the_same_bytes(tmp_path, form):
    tables = []
    for number, data in enumerate((GOOD[form], gzip.compress(GOOD[form], mtime=0), GOOD[form])):
        (tmp_path / str(number)).mkdir()
        tally, _ = run(tmp_path / str(number), data, form)
        assert (tally.rows, tally.used) == (50, 50)
        tables.append((tmp_path / str(number) / "out" / "positions.parquet").read_bytes())
    assert tables[0] == tables[1] == tables[2]


@pytest.mark.parametrize("form", GOOD)
def test_an_empty_file_is_said_to_be_empty(tmp_path, form):
    tally, evidence = run(tmp_path, b"", form)
    assert tally.rows == 0
    assert evidence.notes == ("file has no rows",)


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda packed: packed[: len(packed) * 2 // 3], "cut short"),
        (lambda packed: packed[:2], "cut short"),
        (lambda packed: packed[:40] + bytes([packed[40] ^ 255]) + packed[41:], "damaged|cut short"),
        (lambda _: gzip.compress(bytes(96 << 20)), "unpacks to too much"),
    ],
    ids=["cut", "head alone", "damaged", "bomb"],
)
def test_a_spoilt_gzip_file_leaves_no_table(tmp_path, form, spoil, words):
    with pytest.raises(EvidenceError, match=words):
        run(tmp_path, spoil(gzip.compress(GOOD[form])), form)
    assert not list((tmp_path / "out").glob("*.parquet*"))


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 200, bytes(50_000), b"<html>404 not found</html>"], ids=["binary", "zeros", "HTML"]
)
def test_what_is_no_log_is_rejected_and_said(tmp_path, form, data):
    tally, evidence = run(tmp_path, data, form)
    assert tally.used == 0
    assert sum(tally.rejected.values()) >= 1
    assert "could be used" in evidence.notes[0]


def test_a_log_in_another_encoding_is_rejected_line_by_line(tmp_path):
    tally, _ = run(tmp_path, AIS.decode().encode("utf-16"))
    assert set(tally.rejected) == {"not an NMEA sentence"}


def test_a_cut_log_keeps_what_is_whole(tmp_path):
    tally, _ = run(tmp_path, AIS[:-20])
    assert (tally.used, tally.rejected) == (49, {"no checksum": 1})


def test_a_cut_snapshot_is_one_reject(tmp_path):
    tally, _ = run(tmp_path, AIR[:-20], "readsb")
    assert (tally.rows, tally.rejected) == (1, {"not JSON, or cut short": 1})


@pytest.mark.parametrize(("form", "reason"), [("nmea", "heard again"), ("readsb", "position given already")])
def test_a_doubled_file_counts_once(tmp_path, form, reason):
    tally, _ = run(tmp_path, GOOD[form] + b"\n" + GOOD[form], form)
    assert (tally.used, tally.set_aside[reason]) == (50, 50)


def test_rows_out_of_order_give_the_same_positions(tmp_path):
    (tmp_path / "forth").mkdir()
    (tmp_path / "back").mkdir()
    _, forth = run(tmp_path / "forth", AIS)
    _, back = run(tmp_path / "back", b"\n".join(reversed(AIS.splitlines())))
    keys = ["platform", "time_utc", "lon", "lat"]
    forth, back = (
        told.positions.select(keys).collect().with_columns(pl.col("platform").cast(pl.String)) for told in (forth, back)
    )
    assert forth.sort(keys).equals(back.sort(keys))


def test_a_position_of_another_century_is_rejected(tmp_path):
    tally, _ = run(tmp_path, AIS + sentence(272_000_099, 4_102_444_800).encode())
    assert tally.rejected == {"time out of range": 1}


def test_a_file_that_arrived_before_its_rows_were_measured(tmp_path):
    tally, _ = run(tmp_path, AIS, declared='received = "2020-01-01T12:00:10 UTC"')
    assert tally.rejected == {"dated after it was received": 39}
    assert tally.used == 11


def test_an_option_stands_in_the_list_of_evidence(tmp_path):
    line = sentence(272_000_001, 1_577_880_000).split("\\")[2].strip() + ",1577880000500\n"
    assert run(tmp_path, line.encode())[0].rejected == {"no time": 1}
    assert run(tmp_path, line.encode(), declared='trailing_time = "measured"')[0].used == 1


def test_one_vessel_in_two_places_at_once_is_kept_as_it_was_sent(tmp_path):
    """A contradiction is for findings to judge: both positions stand."""
    lines = [sentence(272_000_001, 1_577_880_000, lon=lon) for lon in (30.5, 34.5)]
    tally, evidence = run(tmp_path, "".join(lines).encode())
    assert tally.used == 2
    assert sorted(evidence.positions.collect()["lon"]) == pytest.approx([30.5, 34.5])


def test_the_cut_off_and_the_day_of_knowledge_limit_the_rows(tmp_path):
    at = datetime(2020, 1, 1, 12, 0, 10, tzinfo=UTC)
    tally, evidence = run(tmp_path, AIS, cut_off=at)
    assert (tally.used, tally.set_aside) == (10, {"at or after the cut-off": 40})
    assert evidence.platforms.height == 10
    tally, _ = run(tmp_path, AIR, "readsb", as_of=datetime(2019, 12, 31, tzinfo=UTC))
    assert (tally.used, sum(tally.set_aside.values())) == (0, 50)
