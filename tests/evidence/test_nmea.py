"""Raw AIS into positions: parts joined, times found, codes for "not available" unknown, nothing lost."""

from datetime import UTC, datetime
from functools import reduce
from io import BytesIO
from operator import xor
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyais.encode import encode_dict

from truceline.errors import EvidenceError
from truceline.evidence import nmea
from truceline.evidence.nmea import read
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer
from truceline.kernels import sentences as kernel
from truceline.kernels.backend import find_compiled
from truceline.kernels.sentences import Bounds

NOWHERE = Gazetteer((), {})
ANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
C = b"c:1577880000"  # 2020-01-01T12:00:00Z
NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
AT_SEA = {"lon": 30.5, "lat": 45.25, "speed": 12.5, "course": 90.0, "second": 1}


@pytest.fixture(params=["compiled", "reference"], autouse=True)
def engine(request, monkeypatch) -> str:
    """All tests run with the kernel and with its reference."""
    if request.param == "compiled" and find_compiled() is None:
        pytest.skip("the compiled extension is not built")
    if request.param == "reference":
        monkeypatch.setattr(kernel, "find_compiled", lambda: None)
    return request.param


def source(**declared) -> Source:
    return Source("ais", Path("ais.nmea"), "nmea", 3, **declared)


def sealed(text: bytes, start: int = 1) -> bytes:
    return text + b"*%02X" % reduce(xor, text[start:], 0)


def sentences(seq: int = 0, talker: str = "AI", **fields) -> list[bytes]:
    fields = {"msg_type": 1, "mmsi": 272000001, **fields}
    return [part.encode() for part in encode_dict(fields, talker_id=talker, radio_channel="A", seq_id=seq)]


def tagged(sentence: bytes, tags: bytes = C) -> bytes:
    return b"\\" + sealed(tags, 0) + b"\\" + sentence


def log(*lines: bytes, **declared):
    batches = list(read(BytesIO(b"".join(line + b"\n" for line in lines)), source(**declared), NOWHERE))
    rows = sum(batch.rows for batch in batches)
    assert rows == len(lines)
    return Told(batches)


class Told:
    """Everything that a reader told of a file."""

    def __init__(self, batches):
        self.used = sum(batch.used for batch in batches)
        self.aside = {}
        for batch in batches:
            for reason, count in batch.set_aside.items():
                self.aside[reason] = self.aside.get(reason, 0) + count
        self.rejects = [(reject.row, reject.reason) for batch in batches for reject in batch.rejects]
        frames = [batch.positions for batch in batches if batch.positions is not None]
        self.positions = pl.concat(frames).to_dicts() if frames else []
        self.platforms = {
            row["platform"]: row
            for batch in batches
            if batch.platforms is not None
            for row in batch.platforms.to_dicts()
        }


def test_a_position_in_the_units_of_the_tables():
    told = log(tagged(*sentences(**AT_SEA, status=5, accuracy=1), C + b",s:varna"))
    (position,) = told.positions
    assert position["platform"] == "mmsi:272000001"
    assert position["time_utc"] == NOON
    assert (position["lon"], position["lat"]) == pytest.approx((30.5, 45.25), abs=1e-6)
    assert (position["speed_kn"], position["course_deg"], position["nav_status"]) == (12.5, 90.0, 5)
    assert (position["accuracy_m"], position["integrity"]) == (10.0, "pa=1 raim=0")
    assert (position["received_by"], position["received_utc"], position["row"]) == ("varna", None, 1)
    assert told.platforms["mmsi:272000001"]["kind"] == "vessel"
    assert told.used == 1


def test_codes_for_not_available_become_unknown():
    told = log(tagged(*sentences(**{**AT_SEA, "speed": 102.3, "course": 360.0, "second": 63})))
    (position,) = told.positions
    assert position["speed_kn"] is position["course_deg"] is position["accuracy_m"] is None
    assert position["integrity"] == "pa=0 raim=0 fix=inoperative"


def test_the_saturated_speed_is_no_speed():
    (position,) = log(tagged(*sentences(**{**AT_SEA, "speed": 102.2}))).positions
    assert position["speed_kn"] is None
    assert "sog=saturated" in position["integrity"]


def test_a_position_that_is_not_available_is_set_aside():
    assert log(tagged(*sentences(**{**AT_SEA, "lon": 181.0}))).aside == {"position not available": 1}
    assert log(tagged(*sentences(**{**AT_SEA, "lat": 91.0}))).aside == {"position not available": 1}


def test_a_position_that_is_none_is_refused():
    assert log(tagged(*sentences(lon=200.0, lat=10.0))).rejects == [(1, "position outside the globe")]
    default = "longitude 0 and latitude 0: a default, not a place"
    assert log(tagged(*sentences(lon=0.0, lat=0.0))).rejects == [(1, default)]


@pytest.mark.parametrize("mmsi", [0, 1_000_000_000])
def test_an_identity_that_is_none_is_refused(mmsi):
    # pyais encodes nine digits only; a tenth is possible in the 30 bits of the field
    from pyais.messages import MessageType1

    payload, fill = MessageType1.create(mmsi=mmsi, **AT_SEA).encode()
    told = log(tagged(sealed(f"!AIVDM,1,1,,A,{payload},{fill}".encode())))
    assert told.rejects == [(1, "MMSI not valid")]


def test_an_identity_of_no_known_form_is_kept_and_marked():
    (position,) = log(tagged(*sentences(mmsi=123456789, **AT_SEA))).positions
    assert position["integrity"].endswith("mmsi=irregular")


def test_kinds_of_platform():
    told = log(
        *(tagged(*sentences(mmsi=mmsi, **AT_SEA)) for mmsi in (272000001, 970012345, 111232001)),
        tagged(*sentences(msg_type=4, mmsi=2720001, lon=30.0, lat=45.0)),
        tagged(*sentences(msg_type=9, mmsi=111232002, alt=300, lon=30.0, lat=45.0, speed=80)),
    )
    kinds = {row["platform"]: row["kind"] for row in told.platforms.values()}
    assert kinds == {
        "mmsi:272000001": "vessel",
        "mmsi:970012345": "station",
        "mmsi:111232001": "aircraft",
        "mmsi:002720001": "station",
        "mmsi:111232002": "aircraft",
    }
    assert told.positions[-1]["altitude_m"] == 300.0
    assert told.positions[-1]["speed_kn"] == 80.0
    assert told.positions[3]["speed_kn"] is None


def test_long_range_messages_have_their_own_codes():
    told = log(tagged(*sentences(msg_type=27, lon=30.0, lat=45.0, speed=63, course=511, status=1)))
    (position,) = told.positions
    assert position["speed_kn"] is position["course_deg"] is None
    assert position["nav_status"] == 1


@pytest.mark.parametrize(
    ("code", "category"),
    [
        *((35, "warship"), (30, "fishing"), (70, "cargo"), (84, "tanker"), (60, "passenger"), (52, "other-vessel")),
        *((0, None), (38, None), (100, None), (255, None), (55, "other-vessel"), (36, "other-vessel")),
    ],
)
def test_ship_types(code, category):
    parts = sentences(msg_type=5, shipname="SEA BREEZE", ship_type=code)
    told = log(*parts)  # static data need no time: they make no position
    row = told.platforms["mmsi:272000001"]
    assert (row.get("category"), row["name"]) == (category, "SEA BREEZE")
    assert (told.used, told.positions) == (2, [])


def test_class_b_static_data_come_in_two_messages():
    told = log(*sentences(msg_type=24, partno=0, shipname="DINGHY"), *sentences(msg_type=24, partno=1, ship_type=30))
    assert told.platforms["mmsi:272000001"]["name"] == "DINGHY"
    assert told.platforms["mmsi:272000001"]["category"] == "fishing"


def test_an_unknown_name_does_not_wipe_out_a_known_one():
    told = log(*sentences(msg_type=5, shipname="SEA BREEZE", seq=1), *sentences(msg_type=5, ship_type=70, seq=2))
    assert told.platforms["mmsi:272000001"]["name"] == "SEA BREEZE"
    assert told.platforms["mmsi:272000001"]["category"] == "cargo"


def test_parts_of_two_messages_come_interleaved():
    one = sentences(msg_type=5, mmsi=272000001, shipname="ONE", seq=1)
    two = sentences(msg_type=5, mmsi=272000002, shipname="TWO", seq=2)
    told = log(one[0], two[0], two[1], one[1])
    assert {row["name"] for row in told.platforms.values()} == {"ONE", "TWO"}
    assert told.used == 4


def test_the_same_sequence_of_two_talkers_is_not_mixed():
    one = sentences(msg_type=5, mmsi=272000001, shipname="ONE", talker="AI")
    two = sentences(msg_type=5, mmsi=272000002, shipname="TWO", talker="BS")
    told = log(one[0], two[0], one[1], two[1])
    assert {row["name"] for row in told.platforms.values()} == {"ONE", "TWO"}


@pytest.mark.parametrize("tags", [(b"s:one", b"s:two"), (b"g:1-2-7,s:base", b"g:1-2-8,s:base")])
def test_two_stations_or_groups_that_use_one_sequence_are_not_mixed(tags):
    one = sentences(msg_type=5, mmsi=272000001, shipname="ONE")
    two = sentences(msg_type=5, mmsi=272000002, shipname="TWO")
    lines = [tagged(part, tag) for parts in zip(one, two, strict=True) for part, tag in zip(parts, tags, strict=True)]
    told = log(*lines)
    assert {row["name"] for row in told.platforms.values()} == {"ONE", "TWO"}
    assert told.rejects == []


def test_a_position_with_a_name_is_of_use_for_the_name_alone():
    told = log(*(tagged(part) for part in sentences(msg_type=19, shipname="SEA BREEZE", lon=181.0, lat=91.0)))
    assert (told.used, told.positions) == (1, [])
    assert told.platforms["mmsi:272000001"]["name"] == "SEA BREEZE"


def test_parts_in_reverse_order_are_one_message():
    first, second = sentences(msg_type=5, shipname="SEA BREEZE")
    assert log(second, first).platforms["mmsi:272000001"]["name"] == "SEA BREEZE"


def test_a_missing_part_is_named():
    first, second = sentences(msg_type=5, shipname="SEA BREEZE")
    assert log(first).rejects == [(1, "part 2 of 2 missing")]
    assert log(second, b"# the end").rejects == [(1, "part 1 of 2 missing")]


def test_a_part_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(nmea, "BOUNDS", Bounds(part_lines=3))
    first, second = sentences(msg_type=5, shipname="SEA BREEZE")
    told = log(first, b"", b"", b"", second)
    assert told.rejects == [(1, "part 2 of 2 missing"), (5, "part 1 of 2 missing")]


def test_a_part_does_not_join_one_of_another_minute():
    first, second = sentences(msg_type=5, shipname="SEA BREEZE")
    told = log(tagged(first), tagged(second, b"c:1577880060"))
    assert told.rejects == [(1, "part 2 of 2 missing"), (2, "part 1 of 2 missing")]


def test_incomplete_messages_are_bounded(monkeypatch):
    monkeypatch.setattr(nmea, "BOUNDS", Bounds(pending=2))
    firsts = [sentences(msg_type=5, mmsi=272000001 + seq, shipname="X", seq=seq)[0] for seq in range(4)]
    assert [row for row, _ in log(*firsts).rejects] == [1, 2, 3, 4]


@pytest.mark.parametrize("numbers", [b"0,1", b"2,3", b"12,1", b",1", b"1,0", b"x,1"])
def test_part_numbers_that_cannot_be(numbers):
    bad = sealed(b"!AIVDM," + numbers + b",,A,15M67FC000G?ufbE`FepT@3n00Sa,0")
    assert log(bad).rejects == [(1, "part numbers not understood")]


def test_no_time_is_made_up():
    told = log(*sentences(**AT_SEA))
    assert (told.rejects, told.positions) == ([(1, "no time")], [])


def test_an_arrival_is_no_time_of_measurement_unless_the_source_says_so():
    late = sentences(**AT_SEA)[0] + b",1577880000500"
    assert log(late).rejects == [(1, "no time")]
    (position,) = log(late, options={"trailing_time": "measured"}).positions
    assert position["time_utc"] == NOON.replace(microsecond=500_000)
    assert position["received_utc"] is None


def test_an_option_that_does_not_exist_is_named():
    with pytest.raises(EvidenceError, match=r'trailing_time.*expected "arrival" or "measured", found \'now\''):
        log(b"", options={"trailing_time": "now"})


def pghp(clock: bytes, *parts: bytes, arrival: bytes = b"") -> bytes:
    target = reduce(xor, (int(part.split(b"*")[1][:2], 16) for part in parts), 0)
    return sealed(b"$PGHP,1,2020,1,1," + clock + b",316,2,316000002,1,%02X" % target) + arrival


def test_the_measurement_line_before_a_sentence_is_its_time_and_the_rest_its_arrival():
    (sentence,) = sentences(**AT_SEA)
    told = log(pghp(b"10,30,5,250", sentence), sentence + b",1577880000500")
    (position,) = told.positions
    assert position["time_utc"] == datetime(2020, 1, 1, 10, 30, 5, 250_000, tzinfo=UTC)
    assert position["received_utc"] == NOON.replace(microsecond=500_000)
    assert (position["received_by"], position["row"]) == ("316000002", 2)
    assert told.aside == {"receiver time line": 1}


def test_a_measurement_line_is_for_the_message_that_it_names_and_for_no_other():
    (one,), (two,) = sentences(**AT_SEA), sentences(mmsi=272000002, **AT_SEA)
    told = log(pghp(b"10,30,5,0", two), one, two)
    assert told.rejects == [(2, "no time")]
    assert [position["platform"] for position in told.positions] == ["mmsi:272000002"]


def test_a_measurement_line_reaches_ten_lines():
    (sentence,) = sentences(**AT_SEA)
    filler = [b""] * 10
    assert log(pghp(b"10,30,5,0", sentence), *filler[:9], sentence).used == 1
    assert log(pghp(b"10,30,5,0", sentence), *filler, sentence).rejects == [(12, "no time")]


def test_a_measurement_line_may_arrive_just_after_its_message():
    (sentence,) = sentences(**AT_SEA)
    after = pghp(b"10,30,5,0", sentence, arrival=b",1577880000540")
    assert log(sentence + b",1577880000500", after).positions[0]["time_utc"].hour == 10
    late = pghp(b"10,30,5,0", sentence, arrival=b",1577880001500")
    assert log(sentence + b",1577880000500", late).rejects == [(1, "no time")]


def test_a_measurement_line_of_a_message_in_parts_names_both():
    (whole,) = sentences(msg_type=19, shipname="SEA BREEZE", **AT_SEA)
    payload = whole.split(b",")[5]
    parts = [sealed(b"!AIVDM,2,%d,3,A,%s,0" % (n, part)) for n, part in ((1, payload[:30]), (2, payload[30:]))]
    told = log(pghp(b"10,30,5,0", *parts), *parts)
    (position,) = told.positions
    assert (position["time_utc"].hour, position["row"]) == (10, 2)
    assert told.platforms["mmsi:272000001"]["name"] == "SEA BREEZE"


def test_the_receivers_clock_line_is_the_last_resort():
    zda = [sealed(b"$GPZDA,1200%02d.00,01,01,2020,," % second) for second in (0, 1)]
    (one,), (two,) = sentences(**AT_SEA), sentences(mmsi=272000002, **AT_SEA)
    told = log(one, zda[0], two, zda[1])
    assert told.rejects == [(1, "no time")]
    assert told.positions[0]["time_utc"] == NOON


def test_receiver_clocks_that_disagree_tell_no_time():
    zda = [sealed(b"$GPZDA,%s,01,01,2020,," % clock) for clock in (b"120000", b"115900", b"120001")]
    told = log(*zda, *sentences(**AT_SEA))
    assert told.rejects == [(4, "no time")]


def test_a_message_heard_again_is_set_aside():
    (sentence,) = sentences(**AT_SEA)
    told = log(tagged(sentence, C + b",s:one"), tagged(sentence, b"c:1577880002,s:two"))
    assert told.aside == {"heard again": 1}
    assert [position["received_by"] for position in told.positions] == ["one"]


def test_the_same_bits_an_hour_later_are_another_message():
    (sentence,) = sentences(**AT_SEA)
    assert len(log(tagged(sentence), tagged(sentence, b"c:1577883600")).positions) == 2


def test_a_message_refused_for_want_of_time_does_not_hide_the_one_with_a_time():
    (sentence,) = sentences(**AT_SEA)
    told = log(sentence, tagged(sentence))
    assert (told.rejects, len(told.positions)) == ([(1, "no time")], 1)


def test_other_message_types_and_status_lines_are_set_aside_by_name():
    told = log(
        tagged(*sentences(msg_type=21, name="BUOY", lon=30.0, lat=45.0)),
        sealed(b"$BSALR,,006,V,V,general failure"),
        sealed(b"$PSHI,001,01.5"),
        sealed(b"$XXQQQ,unheard of"),
        b"# a comment",
        b"",
    )
    assert told.aside == {
        "message type 21 not used": 1,
        "status line ALR": 1,
        "status line PSHI": 1,
        "other status line": 1,
        "comment": 1,
        "empty line": 1,
    }


def test_a_message_shorter_than_its_type_is_refused():
    assert log(tagged(sealed(b"!AIVDM,1,1,,A,13mb9U0P00PRk8f,0"))).rejects == [
        (1, "length is not one of its message type")
    ]


def test_dates_that_cannot_be():
    (sentence,) = sentences(**AT_SEA)
    assert log(tagged(sentence, b"c:4102444799")).rejects == []  # whether it lies ahead of today says nothing
    assert log(tagged(sentence, b"c:4102444800")).rejects == [(1, "time out of range")]
    before = datetime(2019, 1, 1, tzinfo=UTC)
    assert log(tagged(sentence), received_utc=before).rejects == [(1, "dated after it was received")]


def test_order_of_arrival_does_not_matter():
    lines = [tagged(*sentences(mmsi=272000001 + n, **AT_SEA), b"c:%d" % (1577880000 - 7 * n)) for n in range(5)]
    forth, back = log(*lines).positions, log(*reversed(lines)).positions
    assert [(p["platform"], p["time_utc"]) for p in forth] == [(p["platform"], p["time_utc"]) for p in reversed(back)]


def test_batches_are_cut_and_add_up(monkeypatch):
    monkeypatch.setattr(nmea, "ROWS_PER_BATCH", 3)
    lines = [tagged(*sentences(mmsi=272000001 + n, **AT_SEA)) for n in range(10)]
    batches = list(read(BytesIO(b"\n".join(lines)), source(), NOWHERE))
    assert [batch.rows for batch in batches] == [3, 3, 3, 1]
    assert sum(batch.positions.height for batch in batches) == 10


def test_a_byte_order_mark_does_no_harm():
    assert log(b"\xef\xbb\xbf" + tagged(*sentences(**AT_SEA)) + b"\r").used == 1


def test_an_empty_file_has_no_rows():
    (batch,) = read(BytesIO(b""), source(), NOWHERE)
    assert (batch.rows, batch.positions) == (0, None)


GOOD = [
    *sentences(msg_type=5, shipname="SEA BREEZE"),
    tagged(*sentences(**AT_SEA)),
    pghp(b"10,30,5,0", *sentences(msg_type=18, **AT_SEA)),
    *sentences(msg_type=18, **AT_SEA),
]


@given(st.binary(max_size=400))
@ANY
def test_whatever_bytes_come_every_line_is_accounted_for(data):
    batches = list(read(BytesIO(data), source(), NOWHERE))
    lines = len(data.split(b"\n")) - (not data or data.endswith(b"\n"))
    assert sum(batch.rows for batch in batches) == lines


@given(st.data())
@ANY
def test_mutated_sentences_are_accounted_for(data):
    lines = [bytearray(line) for line in GOOD]
    for line in lines:
        for _ in range(data.draw(st.integers(0, 3))):
            line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255).filter(lambda b: b != 10))
        if data.draw(st.booleans()) and line.startswith(b"!"):  # right checksum, wrong content
            line[:] = sealed(bytes(line).rpartition(b"*")[0])
    log(*(bytes(line) for line in lines))
