"""The decoder of raw AIS: the same rows from the kernel and the reference, whole or in pieces, with any threads."""

import gzip
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path
from random import Random
from time import sleep

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyais.encode import encode_dict
from sentence_cases import make_log, make_tags, mutate, sealed

from truceline.kernels import sentences
from truceline.kernels.backend import find_compiled
from truceline.kernels.sentence_records import (
    ACCURATE,
    POSITION,
    RAIM,
    SATURATED,
    UNCHECKED,
    reason_text,
)
from truceline.kernels.sentences import Bounds, Decoded, Decoder

RAW = Bounds(undated=True, repeats=True)
TODAY_US = 1_577_880_000_000_000
BOUNDS = (
    Bounds(),
    RAW,
    Bounds(undated=True),
    Bounds(pending=3, part_lines=20, heard=5, clock_lines=9),
    Bounds(arrival_is_measured=True, received_us=TODAY_US),
    Bounds(received_us=TODAY_US + 30_000_000),
)
COLUMNS = [name for name in POSITION.names or () if name not in ("station", "spare")]


@pytest.fixture(params=["compiled", "reference"])
def engine(request, monkeypatch) -> str:
    """Each test that asks for it runs with both."""
    if request.param == "compiled" and find_compiled() is None:
        pytest.skip("the compiled extension is not built")
    if request.param == "reference":
        monkeypatch.setattr(sentences, "find_compiled", lambda: None)
    return request.param


class Told:
    """All that a decoder told of a log, in a form that can be compared; stations by name."""

    def __init__(self, parts: list[Decoded]):
        self.rows, self.used = sum(part.rows for part in parts), sum(part.used for part in parts)
        self.aside = sum((Counter(part.set_aside) for part in parts), Counter())
        self.positions = np.concatenate([part.positions for part in parts])
        self.statics = np.concatenate([part.statics for part in parts])
        self.stations = [part.stations[at] if at >= 0 else None for part in parts for at in part.positions["station"]]
        self.refused = [
            (int(one["row"]), int(one["offset"]), reason_text(int(one["reason"])), part.found(one))
            for part in parts
            for one in part.refusals
        ]
        assert self.rows == self.used + self.aside.total() + len(self.refused)

    def key(self):
        statics = self.statics[[name for name in self.statics.dtype.names if name not in ("before", "spare")]]
        rows = [self.positions[name].tobytes() for name in COLUMNS]
        return self.rows, self.used, self.aside, self.refused, self.stations, rows, statics.tolist()


def feed(data: bytes, bounds: Bounds = RAW, sizes: list[int] | None = None, threads: int | None = None) -> Told:
    decoder, at, parts = Decoder(bounds, threads=threads), 0, []
    for size in sizes or []:
        parts.append(decoder.feed(data[at : at + size]))
        at += size
    return Told([*parts, decoder.feed(data[at:]), decoder.finish()])


def refer(data: bytes, bounds: Bounds = RAW) -> Told:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "find_compiled", lambda: None)
        return feed(data, bounds)


def sentences_of(seq: int = 0, talker: str = "AI", channel: str = "A", **fields) -> list[bytes]:
    fields = {"msg_type": 1, "mmsi": 272000001, **fields}
    return [part.encode() for part in encode_dict(fields, talker_id=talker, radio_channel=channel, seq_id=seq)]


# --- the kernel and the reference -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(24))
def test_the_kernel_equals_the_reference_on_hostile_logs(compiled, seed, monkeypatch):
    rng = Random(seed)  # noqa: S311 -- the same for a seed
    data = make_log(seed, 300, damage=(0.0, 0.1, 0.3, 0.8)[seed % 4])
    bounds = BOUNDS[seed % len(BOUNDS)]
    expected = refer(data, bounds).key()
    assert feed(data, bounds).key() == expected
    assert feed(data, bounds, [rng.choice((1, 7, 100, 1500)) for _ in range(90)]).key() == expected
    monkeypatch.setattr(sentences, "SPAN_BYTES", rng.choice((50, 2_000)))
    assert feed(data, bounds, threads=3).key() == expected


@pytest.mark.parametrize("seed", range(100, 104))
def test_batches_of_any_size_hold_the_same_rows(engine, seed, monkeypatch):
    monkeypatch.setattr(sentences, "SPAN_BYTES", 700)
    data = make_log(seed, 200)
    whole = feed(data).key()
    for most in (1, 10, 1_000):
        parts = list(Decoder(RAW, threads=2).read(BytesIO(data), most))
        assert Told(parts).key() == whole
        assert all(part.rows >= most for part in parts[:-1])


class Trickle(BytesIO):
    """A stream that gives as many bytes as it likes."""

    def __init__(self, data: bytes, seed: int):
        super().__init__(data)
        self._rng = Random(seed)  # noqa: S311 -- the same for a seed

    def readinto(self, buffer) -> int:
        return super().readinto(memoryview(buffer)[: self._rng.randint(1, len(buffer))])


class Plain:
    """A stream that can only be read."""

    def __init__(self, data: bytes):
        self.read = BytesIO(data).read


@given(
    st.integers(0, 1 << 30),
    st.sampled_from((1, 2, 3, 7)),
    st.sampled_from((90, 700, 5_000)),
    st.sampled_from((3, 50, 1_000_000)),
    st.sampled_from(BOUNDS),
)
@settings(max_examples=60, deadline=None)
def test_threads_batches_and_streams_do_not_show(seed, threads, span, most, bounds):
    """Long lines and lines without an end are among them, and each piece is smaller than what is read at once."""
    data = make_log(seed, 120) + b"x" * (seed % 3_000) + b"\n" + make_log(seed + 1, 40) + b"!" * (seed % 2_000)
    expected = feed(data, bounds, threads=1).key()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "SPAN_BYTES", span)
        for stream in (BytesIO(data), Trickle(data, seed), Plain(data)):
            parts = list(Decoder(bounds, threads=threads).read(stream, most))
            assert Told(parts).key() == expected
        assert feed(data, bounds, threads=threads).key() == expected


def test_positions_are_in_the_order_of_lines_in_large_batches(compiled, monkeypatch):
    """A batch larger than the usual is written to several rooms."""
    monkeypatch.setattr(sentences, "USUAL_ROWS", 10)
    monkeypatch.setattr(sentences, "SPAN_BYTES", 2_000)
    line = sentences_of(lon=30.0, lat=45.0)[0] + b"\n"
    (told, rest) = Decoder(RAW, threads=3).read(BytesIO(line * 1_000), 900)
    assert told.positions["row"].tolist() == list(range(1, 901))
    assert rest.positions["offset"].tolist() == [len(line) * number for number in range(900, 1_000)]


def test_what_a_stream_raises_comes_after_what_it_gave(engine, monkeypatch):
    monkeypatch.setattr(sentences, "SPAN_BYTES", 500)
    line = sentences_of(lon=30.0, lat=45.0)[0] + b"\n"

    class Broken(BytesIO):
        def readinto(self, buffer) -> int:
            if self.tell() > 40 * len(line):
                raise OSError("the disk is gone")
            return super().readinto(buffer)

    found = Decoder(RAW, threads=3).read(Broken(line * 80), 10)
    rows = 0
    with pytest.raises(OSError, match="disk is gone"):
        for part in found:
            rows += part.rows
    assert rows >= 20


def test_who_wants_no_more_leaves_the_decoder_at_rest(compiled, monkeypatch):
    monkeypatch.setattr(sentences, "SPAN_BYTES", 500)
    line = sentences_of(lon=30.0, lat=45.0)[0] + b"\n"
    stream = BytesIO(line * 400)
    found = Decoder(RAW, threads=2).read(stream, 5)
    assert next(found).rows == 5
    found.close()
    place = stream.tell()
    assert place < 400 * len(line)
    sleep(0.01)
    assert stream.tell() == place


def test_a_program_that_asks_no_more_ends(compiled):
    """Though somebody still holds what it might have asked."""
    line = sentences_of(lon=30.0, lat=45.0)[0].decode()
    program = f"""
import io, truceline.kernels.sentences as sentences
sentences.SPAN_BYTES = 500
decoder = sentences.Decoder(sentences.Bounds(undated=True, repeats=True), threads=3)
found = decoder.read(io.BytesIO(b"{line}\\n" * 900), 5)
print(next(found).rows)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "5\n"


@given(st.integers(0, 1 << 30), st.lists(st.integers(0, 300), max_size=40), st.sampled_from(BOUNDS))
@settings(max_examples=40, deadline=None)
def test_it_does_not_matter_how_a_log_is_cut(seed, sizes, bounds):
    data = make_log(seed, 40)
    assert feed(data, bounds, sizes).key() == feed(data, bounds).key() == refer(data, bounds).key()


@given(st.binary(max_size=600))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_accounted_for_alike(data):
    told = feed(data)
    assert told.key() == refer(data).key()
    assert told.rows == len(data.split(b"\n")) - (not data or data.endswith(b"\n"))


@given(st.lists(st.sampled_from([*b"\\!$*,:-cgs019AVDMO", 0, 255, 32, 13]), max_size=90).map(bytes))
@settings(max_examples=60, deadline=None)
def test_bytes_that_have_a_meaning_are_accounted_for_alike(noise):
    body = sealed(b"!AIVDM,1,1,,A,15M67FC000G?ufbE`FepT@3n00Sa,0")
    data = b"\n".join(
        (noise, b"\\" + noise + b"\\" + body, sealed(b"!" + noise), body + noise, sealed(b"$GPZDA" + noise))
    )
    assert feed(data).key() == refer(data).key()


@given(st.integers(0, 1 << 30), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_line_says_the_same_wherever_it_stands(seed, damaged):
    """The kernel reads a line in words of many bytes where as many follow, and byte by byte at the end of its data."""
    rng = Random(seed)  # noqa: S311 -- the same for a seed
    parts = sentences_of(msg_type=rng.choice((1, 4, 5, 8, 18, 19, 21, 24, 27)), lon=30.0, lat=45.0, data=b"x" * 12)
    tags = rng.choice((b"", make_tags(rng), b"\\" + sealed(b"s:varna,c:1577880000", 0) + b"\\"))
    tail = rng.choice((b"", b"\r", b" \r", b",r003669945,1577880000", b",1577880000500", b",x*"))
    lines = [tags + part + tail for part in parts]
    for _ in range(damaged):
        lines = [mutate(rng, line) for line in lines]
    data = b"\n".join(lines) + b"\n"
    followed, last = feed(data + b"#" * 500), feed(data)
    assert followed.rows == last.rows + 1
    assert followed.aside - Counter(comment=1) == last.aside
    assert followed.refused == last.refused
    assert followed.key()[4:] == last.key()[4:] == refer(data).key()[4:]


LOGS = [
    "amsa_exactearth_2012-01-31.nmea.txt",
    "amsa_exactearth_2012-02-01.nmea.txt",
    "amsa_tagblock_2014-12-31.nmea.txt",
    "amsa_terrestrial_2012-01-27.nmea.txt.gz",
    "dma_stream_2010-06-11.nmea.txt",
    "kystverket_2019-08-07.nm4",
]


@pytest.mark.parametrize("name", LOGS)
def test_the_kernel_equals_the_reference_on_real_logs(compiled, shared_data, name):
    path: Path = shared_data / "ais" / name
    data = gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()
    for bounds in (Bounds(), RAW):
        expected = refer(data, bounds).key()
        assert feed(data, bounds).key() == feed(data, bounds, [4096] * 20, threads=2).key() == expected


# --- values ---------------------------------------------------------------------------------------


def expected_of(message) -> dict:
    """The columns that pyais's values make, by the words of M.1371 alone."""
    kind = message.msg_type
    top = 63 if kind == 27 else 1022 if kind == 9 else 102.2
    speed = getattr(message, "speed", top)
    course, heading = getattr(message, "course", 360), getattr(message, "heading", 511)
    return {
        "mmsi": message.mmsi,
        "type": kind,
        "lon": message.lon,
        "lat": message.lat,
        "speed_kn": np.float32(speed if speed < top and kind != 4 else np.nan),
        "course_deg": np.float32(course if course < 360 and kind != 4 else np.nan),
        "heading_deg": heading if heading < 360 else -1,
        "altitude_m": np.float32(message.alt if kind == 9 and message.alt < 4094 else np.nan),
        "nav_status": message.status if kind in (1, 2, 3, 27) else -1,
        "second": -1 if kind in (4, 27) else message.second,
        "flags": ACCURATE * message.accuracy + RAIM * message.raim + SATURATED * (speed == top and kind not in (4, 27)),
    }


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 9, 18, 19, 27])
def test_every_column_is_what_pyais_decodes(engine, kind):
    from pyais import decode

    rng = Random(kind)  # noqa: S311 -- the same for a seed
    count = {19: 52, 27: 16}.get(kind, 28)
    alphabet = b"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"
    lines = []
    for _ in range(400):
        payload = bytes([alphabet[kind], *rng.choices(alphabet, k=count - 1)])
        lines.append(sealed(b"!AIVDM,1,1,,A,%s,0" % payload))
    told = feed(b"\n".join(lines))
    assert len(told.positions) > 100
    for position in told.positions:
        expected = expected_of(decode(lines[position["row"] - 1]))
        assert {name: position[name] for name in expected} == pytest.approx(expected, nan_ok=True, rel=0, abs=0)


PLACES = {4: (79, 28, 27), 18: (57, 28, 27), 19: (57, 28, 27), 27: (44, 18, 17)}  # where they begin, how wide they are


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 9, 18, 19, 27])
def test_places_at_the_edge_of_the_globe_and_of_what_is_said(engine, kind):
    """One unit beyond is off the globe; the codes for "not available" are no fault; 0, 0 is a default."""
    begin, wide, high = PLACES.get(kind, (61, 28, 27))
    length = {19: 312, 27: 96}.get(kind, 168)
    degree = 600 if kind == 27 else 600_000
    alphabet = b"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"

    def say(lon: int, lat: int) -> bytes:
        fields = ((kind, 6, 0), (272000001, 30, 8), (lon, wide, begin), (lat, high, begin + wide))
        bits = sum((value & (1 << width) - 1) << length - at - width for value, width, at in fields)
        payload = bytes(alphabet[bits >> at & 63] for at in range(length - 6, -1, -6))
        return sealed(b"!AIVDM,1,1,,A,%s,0" % payload)

    east, north = 180 * degree, 90 * degree
    rows = [(east, 1), (-east, -1), (1, north), (-1, -north), (0, 1), (1, 0), (-1, 0)]
    off = [(east + 1, 1), (-east - 1, 1), (1, north + 1), (1, -north - 1), (181 * degree + 1, 1), (1, 91 * degree - 1)]
    nowhere = [(181 * degree, 1), (1, 91 * degree), (181 * degree, 91 * degree)]
    told = feed(b"\n".join(say(*place) for place in [*rows, *off, *nowhere, (0, 0)]))
    assert told.positions["row"].tolist() == list(range(1, len(rows) + 1))
    found = np.column_stack([told.positions[name] for name in ("lon", "lat")])
    assert found == pytest.approx(np.array(rows) / degree, abs=1e-6)
    reasons = ["position outside the globe"] * len(off) + ["longitude 0 and latitude 0: a default, not a place"]
    assert [reason for _, _, reason, _ in told.refused] == reasons
    said = kind == 19  # it names the ship all the same
    assert told.aside == ({} if said else {"position not available": len(nowhere)})


def test_what_a_platform_says_of_itself(engine):
    dimensions = {"to_bow": 225, "to_stern": 70, "to_port": 1, "to_starboard": 31}
    voyage = {"shipname": "SEA BREEZE", "callsign": "LZXY", "ship_type": 70, "imo": 9074729, **dimensions}
    parts = [
        *sentences_of(msg_type=5, **voyage),
        *sentences_of(msg_type=24, partno=0, shipname="DINGHY"),
        *sentences_of(msg_type=24, partno=1, ship_type=36, callsign="LZ1", **dimensions),
        *sentences_of(msg_type=24, partno=1, mmsi=981234567, ship_type=36, mothership_mmsi=272000001),
    ]
    ship, name, rest, boat = feed(b"\n".join(parts)).statics
    assert (ship["imo"], ship["ship_type"], ship["callsign"]) == (9074729, 70, b"LZXY@@@")
    assert ship["name"] == b"SEA BREEZE@@@@@@@@@@"
    assert [int(ship[side]) for side in dimensions] == [int(rest[side]) for side in dimensions] == [225, 70, 1, 31]
    assert (name["name"].rstrip(b"@"), name["ship_type"], rest["name"], rest["ship_type"]) == (b"DINGHY", -1, b"", 36)
    assert [int(boat[side]) for side in dimensions] == [-1] * 4  # there stands the mother ship


def test_codes_for_not_available_are_unknown(engine):
    given_codes = {"speed": 102.3, "course": 360.0, "heading": 511, "lon": 30.0, "lat": 45.0, "second": 60}
    (position,) = feed(sentences_of(**given_codes)[0]).positions
    assert np.isnan([position["speed_kn"], position["course_deg"], position["altitude_m"]]).all()
    assert (position["heading_deg"], position["time_us"], position["station"]) == (-1, 0, -1)
    assert feed(sentences_of(lon=181.0, lat=45.0)[0]).aside == {"position not available": 1}
    assert feed(sentences_of(lon=30.0, lat=91.0)[0]).aside == {"position not available": 1}


def test_a_row_leads_back_to_its_line(engine):
    lines = [b"# head", *(sentences_of(mmsi=272000001 + n, lon=30.0, lat=45.0)[0] for n in range(3)), b"nonsense"]
    data = b"\r\n".join(lines)
    told = feed(data, sizes=[30, 30, 30])
    assert [data[at:].split(b"\r")[0] for at in told.positions["offset"].tolist()] == lines[1:4]
    assert told.positions["row"].tolist() == [2, 3, 4]
    assert told.refused == [(5, data.index(b"nonsense"), "not an NMEA sentence", b"nonsense")]


def test_the_time_and_station_of_the_tag_block(engine):
    (sentence,) = sentences_of(lon=30.0, lat=45.0)
    told = feed(b"\\" + sealed(b"s:varna,c:1577880000", 0) + b"\\" + sentence + b"\n\\s:x,c:1577880001*00\\" + sentence)
    assert told.positions["time_us"].tolist() == [TODAY_US, TODAY_US + 1_000_000]
    assert told.stations == ["varna", "x"]
    assert told.positions["flags"].tolist() == [0, UNCHECKED]


# --- messages in parts ----------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_parts_come_in_any_order(engine, order):
    payload = sentences_of(msg_type=5, shipname="SEA BREEZE")
    whole = payload[0].split(b",")[5] + payload[1].split(b",")[5]
    cuts = (whole[:20], whole[20:21], whole[21:])
    parts = [sealed(b"!AIVDM,3,%d,7,B,%s,%d" % (n, part, 2 * (n == 3))) for n, part in enumerate(cuts, 1)]
    (static,) = feed(b"\n".join(parts[place] for place in order)).statics
    assert static["name"].rstrip(b"@") == b"SEA BREEZE"
    assert static["row"] == order.index(0) + 1


@pytest.mark.parametrize("other", [{"talker": "BS"}, {"channel": "B"}, {"seq": 4}])
def test_parts_of_different_talkers_channels_or_sequences_are_never_joined(engine, other):
    first = sentences_of(msg_type=5, shipname="ONE", seq=3)[0]
    second = sentences_of(**{"msg_type": 5, "shipname": "TWO", "seq": 3, **other})[1]
    told = feed(first + b"\n" + second)
    assert [reason for _, _, reason, _ in told.refused] == ["part 2 of 2 missing", "part 1 of 2 missing"]


def test_a_part_that_waits_outlives_its_block(engine):
    first, second = sentences_of(msg_type=5, shipname="SEA BREEZE")
    decoder = Decoder(RAW)
    assert decoder.feed(first + b"\n").rows == 0
    filler = decoder.feed(b"# nothing\n" * 100)
    assert (filler.rows, filler.set_aside) == (100, {"comment": 100})
    told = decoder.feed(second + b"\n")
    assert (told.used, told.statics["row"].tolist()) == (2, [1])


# --- bounds ---------------------------------------------------------------------------------------


def test_a_line_without_an_end_is_not_kept_whole(engine):
    decoder = Decoder(RAW)
    for _ in range(50):
        assert decoder.feed(b"!" * 100_000).rows == 0
        assert len(decoder._rest) <= sentences.LINE_READ
    told = decoder.feed(b"\n" + sentences_of(lon=30.0, lat=45.0)[0] + b"\n")
    assert [reason_text(int(one["reason"])) for one in told.refusals] == ["line longer than 1024 bytes"]
    assert told.positions["offset"].tolist() == [5_000_001]


def test_what_is_remembered_is_forgotten_when_there_is_more(engine):
    lines = [sentences_of(mmsi=272000001 + n, lon=30.0, lat=45.0)[0] for n in range(4)]
    data = b"\n".join([*lines, lines[0], lines[3]])
    assert feed(data, Bounds(undated=True, heard=3)).aside == {"heard again": 1}
    assert feed(data, Bounds(undated=True, heard=4)).aside == {"heard again": 2}


@given(st.integers(0, 1 << 30), st.sampled_from((1, 7, 50)), st.sampled_from((5_000_000, 30_000_000)))
@settings(max_examples=20, deadline=None)
def test_what_was_heard_is_what_the_reference_remembers(seed, heard, reach):
    """Short messages and long ones, forgotten by number and by time, in any order of times."""
    rng = Random(seed)  # noqa: S311 -- the same for a seed
    pool = [sentences_of(mmsi=272000001 + n, lon=30.0, lat=45.0, msg_type=rng.choice((1, 18, 5))) for n in range(60)]
    lines = []
    for _ in range(500):
        tags = b"\\" + sealed(b"c:%d" % (1577880000 + rng.randrange(150)), 0) + b"\\"
        lines += [tags + part for part in rng.choice(pool)]
    bounds = Bounds(heard=heard, heard_us=reach)
    told = feed(b"\n".join(lines), bounds, threads=1)
    assert heard < 50 or told.aside["heard again"] > 0
    assert told.key() == refer(b"\n".join(lines), bounds).key()


def test_the_door_refuses_what_does_not_fit(compiled):
    lines, log = compiled.nmea_lines(), compiled.nmea_open(Bounds().to_array(), 1)
    room = np.empty(100, POSITION)
    assert compiled.nmea_scan(lines, log, b"# said\n", 0, 7) == 1
    with pytest.raises(ValueError, match="outside the block"):
        compiled.nmea_scan(compiled.nmea_lines(), log, b"# said\n", 0, 8)
    with pytest.raises(ValueError, match="not of this block"):
        compiled.nmea_take(log, lines, 0, b"# sa", 0, 9, room, 0)
    with pytest.raises(ValueError, match="not of this block"):
        compiled.nmea_take(log, lines, 2, b"# said\n", 0, 9, room, 0)
    with pytest.raises(ValueError, match="too little"):
        compiled.nmea_take(log, lines, 0, b"# said\n", 0, 9, room[:5], 0)
    with pytest.raises(ValueError, match="too little"):
        compiled.nmea_take(log, lines, 0, b"# said\n", 0, 9, room, 1)
    with pytest.raises(ValueError, match="too little"):
        compiled.nmea_finish(log, room, -1)
    with pytest.raises(ValueError, match="not so many lines"):
        compiled.nmea_write(lines, 0, 2, room)
    with pytest.raises(ValueError, match="not for positions"):
        compiled.nmea_write(lines, 0, 1, room.view(np.uint8)[1:])
    with pytest.raises(ValueError, match="one number for each"):
        compiled.nmea_open(np.zeros(3, np.int64), 1)
    with pytest.raises(ValueError, match="too large"):
        compiled.nmea_open(Bounds(heard=1 << 40).to_array(), 1)
