"""One line of an NMEA log: what it says of time, station and group, and why a line is refused."""

from functools import reduce
from operator import xor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.kernels.sentence_lines import (
    checksum,
    read_measured,
    read_part,
    read_sentence,
    read_tag_block,
    read_zda,
    strip,
)
from truceline.kernels.sentence_records import LINE_LIMIT

BODY = b"!AIVDM,1,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0"


def sealed(text: bytes, start: int = 1) -> bytes:
    return text + b"*%02X" % reduce(xor, text[start:], 0)


def line(tags: bytes = b"", trailing: bytes = b"", body: bytes = BODY) -> bytes:
    block = b"\\" + sealed(tags, 0) + b"\\" if tags else b""
    return block + sealed(body) + trailing


def test_a_plain_sentence():
    sentence = read_sentence(line(), 7)
    assert (sentence.row, sentence.body, sentence.checksum) == (7, BODY, 0x5C)
    assert sentence.heard_us is sentence.arrived_us is sentence.station is None


def test_a_tag_block_gives_time_station_and_group():
    sentence = read_sentence(line(b"g:1-2-73874,n:157036,s:r003669945,c:1241544035"), 1)
    assert sentence.heard_us == 1_241_544_035_000_000
    assert (sentence.station, sentence.group, sentence.unchecked) == ("r003669945", b"73874", False)


def test_a_tag_block_in_milliseconds():
    assert read_sentence(line(b"c:1241544035250"), 1).heard_us == 1_241_544_035_250_000


def test_whole_seconds_behind_a_sentence_are_the_receivers_time():
    sentence = read_sentence(line(trailing=b",r003669958,1085889680"), 1)
    assert (sentence.heard_us, sentence.arrived_us, sentence.station) == (1_085_889_680_000_000, None, "r003669958")


def test_milliseconds_behind_a_sentence_are_its_arrival():
    sentence = read_sentence(line(trailing=b",1327992119173"), 1)
    assert (sentence.heard_us, sentence.arrived_us) == (None, 1_327_992_119_173_000)


def test_the_tag_block_wins_over_seconds_behind():
    assert read_sentence(line(b"c:1241544035", b",1241544099"), 1).heard_us == 1_241_544_035_000_000


def test_a_checksum_that_was_never_computed_is_marked():
    block = read_tag_block(b"c:1420030798*00")
    assert block.time_us == 1_420_030_798_000_000
    assert block.unchecked


def test_a_group_put_in_front_without_a_new_checksum_is_left_out():
    block = read_tag_block(b"g:1-2-9999,c:1565218798*53")
    assert (block.time_us, block.group, block.unchecked) == (1_565_218_798_000_000, b"", False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not an NMEA sentence"),
        (b"hello", "not an NMEA sentence"),
        (b"\xff\xfe\x00", "not an NMEA sentence"),
        (b"$BSALR,081130.00,026,A,A,no sensor position in u", "no checksum"),
        (BODY + b"*00", "checksum wrong"),
        (BODY + b"*5", "sentence not understood"),
        (b"\\c:1241544035*11\\" + sealed(BODY), "TAG block checksum wrong"),
        (b"\\c:1241544035\\" + sealed(BODY), "TAG block without a checksum"),
        (line(b"c:yesterday"), "time not understood"),
        (line(b"c:0"), "time out of range"),
        (line(trailing=b",9999999999"), "time out of range"),
        (b"!" * (LINE_LIMIT + 1), f"line longer than {LINE_LIMIT} bytes"),
    ],
)
def test_a_refused_line_says_why(text, reason):
    assert read_sentence(text, 1) == reason


def test_a_measurement_line_names_its_message():
    sentence = read_sentence(b"$PGHP,1,2012,1,31,5,7,2,151,316,2,316000002,1AIS_S,51*77", 1)
    assert read_measured(sentence) == (1_327_986_422_151_000, 0x51, "316000002")


@pytest.mark.parametrize(
    "body",
    [
        b"$PGHP,1,2012,13,31,5,7,2,151,316,2,316000002,1,51",
        b"$PGHP,1,2012,1,31,5,7,2,151,316,2,316000002,1,xy",
        b"$PGHP,1,2012,1,31,5,7",
        b"$PGHP,1,1012,1,31,5,7,2,151,316,2,316000002,1,51",
        b"$PGHP,1,99999999999999999999,1,31,5,7,2,151,316,2,316000002,1,51",
    ],
)
def test_a_broken_measurement_line_tells_nothing(body):
    assert read_measured(read_sentence(sealed(body), 1)) is None


def test_a_clock_line():
    assert read_zda(read_sentence(sealed(b"$GPZDA,114702.51,27,01,2012,,"), 1)) == 1_327_664_822_000_000
    assert read_zda(read_sentence(sealed(b"$GPZDA,,,,,,"), 1)) is None
    assert read_zda(read_sentence(sealed(b"$GPZDA,240000,27,01,2012,,"), 1)) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (b"!AIVDM,1,1,,A,15M67F", "AIS sentence has not seven fields"),
        (b"!AIVDM,1,1,,A,15M67F,0,0", "AIS sentence has not seven fields"),
        (b"!AIVDM,2,3,,A,15M67F,0", "part numbers not understood"),
        (b"!AIVDM,2,1,x,A,15M67F,0", "part numbers not understood"),
        (b"!AIVDM,1,1,,A,15M67F,6", "fill bits not understood"),
        (b"!AIVDM,1,1,,A,15M67F,", "fill bits not understood"),
        (b"!AIVDM,1,1,,A,15M6XF,0", "payload has characters that AIS does not use"),
        (b"!AIVDM,1,1,,A,15M6\xffF,0", "payload has characters that AIS does not use"),
    ],
)
def test_fields_that_cannot_be(fields, reason):
    assert read_part(read_sentence(sealed(fields), 1)) == reason


def test_the_fields_of_a_part():
    part = read_part(read_sentence(sealed(b"!AIVDM,2,1,3,B,15M67F,2"), 1))
    assert (part.total, part.number, part.payload, part.fill) == (2, 1, b"15M67F", 2)


@given(st.binary(max_size=3 * LINE_LIMIT).filter(lambda data: b"\n" not in data))
@settings(max_examples=60, deadline=None)
def test_of_a_long_line_little_is_looked_at(data):
    assert len(strip(data)) <= LINE_LIMIT + 3
    if len(data) <= LINE_LIMIT:
        assert strip(data) == data.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n \t")


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_the_folded_checksum_is_the_exclusive_or_of_all_bytes(data):
    assert checksum(data) == reduce(xor, data, 0)


@given(st.binary(max_size=120), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused(noise, place):
    good = line(b"g:1-2-7,s:base,c:1241544035", b",1241544099")
    for text in (noise, good[:place] + noise + good[place:], sealed(b"!" + noise)):
        assert isinstance(read_sentence(text, 1), str) or read_sentence(text, 1).row == 1
