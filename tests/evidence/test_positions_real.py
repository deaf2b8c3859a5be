"""The real files, whole: counts, spans, and the same positions as pyais alone decodes."""

import gzip
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from pyais.exceptions import AISBaseException
from pyais.messages import AISSentence, NMEASentenceFactory

from truceline.evidence.batch import Batch
from truceline.evidence.formats import SOURCES
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer
from truceline.kernels.sentence_lines import Sentence, read_sentence

NOWHERE = Gazetteer((), {})


class Told(NamedTuple):
    """What became of a whole file."""

    rows: int
    used: int
    aside: Counter
    rejected: Counter
    positions: pl.DataFrame
    platforms: pl.DataFrame
    lines: list[bytes]

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.positions["time_utc"].min(), self.positions["time_utc"].max()


def unpack(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def read(path: Path, form: str) -> Told:
    data = unpack(path)
    batches: list[Batch] = list(SOURCES[form].read(BytesIO(data), Source("real", path, form, 1), NOWHERE))
    aside, rejected = Counter(), Counter()
    for batch in batches:
        aside.update(batch.set_aside)
        rejected.update(reject.reason for reject in batch.rejects)
    told = Told(
        sum(batch.rows for batch in batches),
        sum(batch.used for batch in batches),
        aside,
        rejected,
        pl.concat(batch.positions for batch in batches if batch.positions is not None),
        pl.concat((batch.platforms for batch in batches if batch.platforms is not None), how="diagonal"),
        data.splitlines(),
    )
    assert told.rows == told.used + aside.total() + rejected.total()
    return told


def status_lines(told: Told) -> int:
    return sum(
        count for reason, count in told.aside.items() if "status line" in reason or reason.startswith("receiver")
    )


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def compare(told: Told, sample: int) -> None:
    """Every n-th position equals what pyais decodes from the line it points back to."""
    rows = told.positions.gather_every(max(told.positions.height // sample, 1))
    for position in rows.iter_rows(named=True):
        line = told.lines[position["row"] - 1].strip()
        message = NMEASentenceFactory.produce(line[: line.rindex(b"*") + 3]).decode()
        assert position["platform"] == f"mmsi:{message.mmsi:09d}"
        assert (position["lon"], position["lat"]) == (message.lon, message.lat)


@pytest.fixture(scope="module")
def terrestrial(shared_data):
    return read(shared_data / "ais" / "amsa_terrestrial_2012-01-27.nmea.txt.gz", "nmea")


def test_terrestrial_lines_are_all_accounted_for(terrestrial):
    assert terrestrial.rows == 44_687
    assert terrestrial.aside["heard again"] > 9_000
    assert status_lines(terrestrial) > 10_000
    refused = {"no checksum", "checksum wrong", "sentence not understood", "part 2 of 2 missing", "no time"}
    refused |= {"MMSI not valid", "length is not one of its message type"}
    assert set(terrestrial.rejected) == refused
    assert terrestrial.rejected["no time"] < 12  # before the first clock line


def test_terrestrial_sentences_are_found(terrestrial):
    """The talker "=I" is a receiver's fault; its sentences are whole and read like the others."""
    read = (read_sentence(line.strip(), 1) for line in terrestrial.lines)
    tags = Counter(one.body[1:6] for one in read if isinstance(one, Sentence) and one.body[3:6] in (b"VDM", b"VDO"))
    assert sum(count for tag, count in tags.items() if tag[:2].isalpha()) == 32_517  # and one with a wrong checksum
    assert tags[b"=IVDM"] + tags[b"=IVDO"] > 1_400


def test_terrestrial_times_come_from_the_receivers_clock(terrestrial):
    first, last = terrestrial.span
    assert day("2012-01-27T11:47:00") <= first <= last <= day("2012-01-27T11:53:28")
    assert terrestrial.positions["received_utc"].null_count() == terrestrial.positions.height
    compare(terrestrial, 500)


def test_terrestrial_clock_agrees_with_base_stations(terrestrial):
    """Base stations send their own date and time: the clock lines give the same within three seconds."""
    deviations = []
    for position in terrestrial.positions.iter_rows(named=True):
        line = terrestrial.lines[position["row"] - 1]
        if line.split(b",")[5:6] and line.split(b",")[5][:1] == b"4":
            message = NMEASentenceFactory.produce(line[: line.rindex(b"*") + 3]).decode()
            if not message.year:
                continue
            own = day("2012-01-01").replace(
                year=message.year,
                month=message.month,
                day=message.day,
                hour=message.hour,
                minute=message.minute,
                second=message.second,
            )
            deviations.append(abs((position["time_utc"] - own).total_seconds()))
    deviations.sort()
    assert len(deviations) > 1_000
    assert deviations[len(deviations) * 99 // 100] <= 3


@pytest.mark.parametrize(
    ("name", "rows", "measured", "arrived", "timeless"),
    [
        (
            "amsa_exactearth_2012-01-31.nmea.txt",
            7160,
            ("2012-01-31T05:06", "2012-01-31T06:38"),
            ("2012-01-31T06:41", "2012-01-31T07:00"),
            0.06,
        ),
        (
            "amsa_exactearth_2012-02-01.nmea.txt",
            2138,
            ("2012-02-01T20:14", "2012-02-01T21:48"),
            ("2012-02-01T22:02", "2012-02-01T22:27"),
            0.05,
        ),
    ],
)
def test_a_satellites_positions_are_older_than_their_arrival(shared_data, name, rows, measured, arrived, timeless):
    told = read(shared_data / "ais" / name, "nmea")
    assert told.rows == rows
    first, last = told.span
    assert day(measured[0]) <= first <= last <= day(measured[1])
    received = told.positions["received_utc"]
    assert day(arrived[0]) <= received.min() <= received.max() <= day(arrived[1])
    lag = received - told.positions["time_utc"]
    assert lag.min().total_seconds() > 600
    assert told.rejected["no time"] <= timeless * told.positions.height
    compare(told, 300)


def test_a_log_whose_tag_blocks_have_no_checksum(shared_data):
    told = read(shared_data / "ais" / "amsa_tagblock_2014-12-31.nmea.txt", "nmea")
    assert (told.rows, told.used, dict(told.rejected)) == (100, 99, {"MMSI not valid": 1})
    assert told.span == (day("2014-12-31T12:59:57"), day("2014-12-31T13:00:01"))
    assert told.platforms["platform"].n_unique() == 84  # of 85 identities one is 0
    assert told.positions["integrity"].cast(pl.String).str.ends_with("tag=unchecked").all()
    compare(told, 100)


def test_a_danish_stream(shared_data):
    told = read(shared_data / "ais" / "dma_stream_2010-06-11.nmea.txt", "nmea")
    assert told.rows == 8_551
    sentences = told.rows - status_lines(told)
    parts = sum(1 for line in told.lines if line.split(b",")[1:3] == [b"2", b"2"])
    assert (sentences, sentences - parts) == (4_500, 4_051)  # 18 of them of the talker "--"
    first, last = told.span
    assert day("2010-06-11T11:46:10") <= first <= last <= day("2010-06-11T11:46:39")
    compare(told, 300)


def test_a_norwegian_log(shared_data):
    told = read(shared_data / "ais" / "kystverket_2019-08-07.nm4", "nmea")
    assert (told.rows, told.used, told.rejected.total()) == (1_000, 995, 0)
    parts = sum(1 for line in told.lines if b",2,2," in line)
    assert told.rows - parts == 877
    assert told.span == (day("2019-08-07T22:59:58"), day("2019-08-07T23:00:27"))
    assert {"warship", "tanker", "fishing", "cargo", "passenger"} <= set(told.platforms["category"])
    compare(told, 300)


def test_every_position_that_pyais_alone_finds_is_used_or_accounted_for(shared_data):
    """Position messages of the Norwegian log by pyais alone against ours: the same set."""
    told = read(shared_data / "ais" / "kystverket_2019-08-07.nm4", "nmea")
    found = set()
    for number, line in enumerate(told.lines, 1):
        try:
            sentence = NMEASentenceFactory.produce(line)
        except AISBaseException:
            continue
        whole = isinstance(sentence, AISSentence) and sentence.frag_cnt == 1
        if whole and sentence.ais_id in (1, 2, 3, 18) and sentence.decode().lon != 181.0:
            found.add(number)
    assert set(told.positions["row"]) == found


def test_a_snapshot_of_readsb(shared_data):
    told = read(shared_data / "adsb" / "readsb_aircraft_2026-07-29.json", "readsb")
    assert (told.rows, told.used, told.aside) == (44, 25, Counter({"position not available": 19}))
    first, last = told.span
    assert day("2026-07-29T18:27:41") > first > day("2026-07-29T18:27:40")
    assert last <= day("2026-07-29T18:28:41.5")
    assert told.positions["received_utc"].unique().to_list() == [day("2026-07-29T18:28:41.5")]
    assert told.positions["altitude_m"].max() == pytest.approx(45_000 * 0.3048)


def test_a_trace_of_readsb(shared_data):
    told = read(shared_data / "adsb" / "readsb_trace_full_ac671b.json.gz", "readsb")
    assert (told.rows, told.used) == (2_500, 2_500)
    assert told.span == (day("2025-02-04T21:13:42.619"), day("2025-02-05T19:54:38.089"))
    assert told.positions["platform"].unique().to_list() == ["icao:ac671b"]
    assert told.positions["altitude_ref"].cast(pl.String).unique().sort().to_list() == ["barometric", "ground"]
