"""Frames out of bytes: the compiled kernel against its reference, cut anywhere, with all that may come in."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from truceline.kernels import frames
from truceline.kernels.frames import NO_TIME, FrameScanner, Status
from truceline.kernels.frames_reference import Scanner

FRAME = "8D40621D58C382D690C8AC2863A7"
SHORT = "5D3981E46DC8AA"
START_US = 1_577_880_000_000_000
FEW = settings(max_examples=60, deadline=None)


def scan(data: bytes, cuts=(), starts_us=None, *, reference=False):
    """Every row as (what stood there, status, time, frame)."""
    scanner = FrameScanner(starts_us)
    if reference:
        scanner._beast = data.startswith(b"\x1a")
        scanner._scan = Scanner(beast=scanner._beast, starts_us=starts_us).scan
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [part for start, end in pairwise(edges) for part in scanner.scan(data[start:end])]
    parts += scanner.scan(b"", ended=True)
    return [
        (part.found(number), int(row["status"]), int(row["time_us"]), bytes(row["data"][: row["length"]]))
        for part in parts
        for number, row in enumerate(part.rows)
    ]


def beast(kind: bytes, ticks: int, frame: bytes) -> bytes:
    body = ticks.to_bytes(6, "big") + b"\x40" + frame
    return b"\x1a" + kind + body.replace(b"\x1a", b"\x1a\x1a")


@pytest.fixture(autouse=True)
def _built():
    if frames.find_compiled() is None:
        pytest.skip("the compiled extension is not built")


LINES = [
    f"*{FRAME};",
    f"*{SHORT};",
    f"@0000A1B2C3D4{FRAME};",
    f"@FF004D4C4154{FRAME};",
    f"@000000000001{FRAME};",
    f"1457996400,{FRAME},40621D,11",
    f'1457996400.25 , "{FRAME.lower()}" ,',
    f'{{"timestamp": 1720248189.525094, "frame": "{FRAME}", "n": [1, -2.5e3, {{"a": null}}, true], "s": "x"}}',
    f'{{"frame": "{FRAME}", "frame": "{SHORT}"}}',
    f'{{"fr\\u0061me": "{FRAME}", "timestamp": 1720248189}}',
    f'{{"timestamp": 1720248189, "frame": "{FRAME}"',
    f'{{"timestamp": "1720248189", "frame": "{FRAME}"}}',
    f'{{"timestamp": 1720248189, "frame": "{FRAME}"}}}}',
    f'{{"timestamp": NaN, "frame": "{FRAME}"}}',
    f'{{"timestamp": 01, "frame": "{FRAME}"}}',
    f'{{"timestamp": 1.7e9, "frame": "{FRAME}"}}',
    '{"frame": 3}',
    "{}",
    "# a comment",
    "",
    "\x0b\x0c",
    "\ufeff*" + FRAME + ";",
    "*;",
    "*ABC;",
    "*" + "A" * 30 + ";",
    "@12;",
    "1_457_996_400," + FRAME,
    "0001457996400," + FRAME,
    "+1457996400.," + FRAME,
    "nan," + FRAME,
    "," + FRAME,
    "x" * 1_100,
    " " * 1_030 + f"*{FRAME};",
    f"*{FRAME};" + " " * 1_030,
    "{" * 900,
    '{"a":' * 200 + "1" + "}" * 200,
]


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_line_gives_what_the_reference_gives(line, end):
    data = (line + end).encode()
    assert scan(data, starts_us=START_US) == scan(data, starts_us=START_US, reference=True)


@FEW
@given(st.lists(st.sampled_from(LINES), max_size=12), st.lists(st.integers(0, 2_000), max_size=6), st.booleans())
def test_lines_cut_anywhere_give_the_same_rows(lines, cuts, known):
    data, starts_us = "\n".join(lines).encode(), START_US if known else None
    whole = scan(data, starts_us=starts_us, reference=True)
    assert scan(data, cuts, starts_us) == whole
    assert scan(data, cuts, starts_us, reference=True) == whole


@FEW
@given(st.lists(st.sampled_from([line for line in LINES if len(line) < 200]), min_size=1), st.data())
def test_damaged_lines_give_what_the_reference_gives(lines, draw):
    data = bytearray("\n".join(lines).encode() or b"\n")
    for _ in range(draw.draw(st.integers(0, 5))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    data[0] = 10 if data[0] == 0x1A else data[0]
    assert scan(bytes(data), starts_us=START_US) == scan(bytes(data), starts_us=START_US, reference=True)


PIECES = st.one_of(
    st.tuples(st.sampled_from([b"1", b"2", b"3", b"4"]), st.integers(0, 2**40), st.binary(max_size=16)).map(
        lambda parts: beast(*parts)
    ),
    st.integers(0, 2**30).map(lambda ticks: beast(b"3", ticks, bytes.fromhex(FRAME))),
    st.integers(0, 2**30).map(lambda ticks: beast(b"2", ticks, b"\x1a" * 7)),
    st.lists(st.sampled_from([b"\x1a", b"3", b"2", b"x", b"\x1a\x1a"]), max_size=8).map(b"".join),
)


@FEW
@given(st.lists(PIECES, max_size=10), st.lists(st.integers(0, 300), max_size=8))
@example([b"\x1a\x1a", b"\x1a3"], [1, 2, 3])
@example([b"\x1a"], [])
def test_a_beast_cut_anywhere_gives_the_same_rows(pieces, cuts):
    data = b"\x1a" + b"".join(pieces)
    whole = scan(data, starts_us=START_US, reference=True)
    assert scan(data, cuts, START_US) == whole
    assert scan(data, cuts, START_US, reference=True) == whole
    assert sum(len(found) for found, *_ in whole) == len(data)


@pytest.mark.parametrize("tail", [b"", b"\x1a", b"\x1a\x1a", b"\x1a3", beast(b"3", 1, bytes.fromhex(FRAME))])
@pytest.mark.parametrize("head", [b"\x1a3", b"\x1a\x1a", b"\x1ax"])
@pytest.mark.parametrize("size", [-1, 0, 1])
def test_rubbish_without_end_is_cut_where_the_reference_cuts_it(head, tail, size):
    data = head + b"y" * ((1 << 20) + size - len(head)) + tail
    whole = scan(data, reference=True)
    assert scan(data) == whole
    assert scan(data, [1 << 20, (1 << 20) + 1]) == whole


def write_times():
    draw = random.Random(3)  # noqa: S311 -- nothing secret
    yield from ("631152000", "631151999.9999999", "4102444800", "4102444800.0000001", "4102444800.0000010", "0", "0.5")
    yield from ("1720248189.", ".5", "1e9", "17202481890", "99999999999999999999", "1720248189." + "1" * 40)
    for _ in range(3_000):
        yield repr(draw.uniform(6.3e8, 4.2e9))
        yield f"{draw.randrange(631_152_000, 4_102_444_800)}.{draw.randrange(10 ** draw.randrange(1, 10))}"
        yield f"{draw.randrange(2**31)}.{draw.randrange(2**20) * 2 + 1}5"


def test_times_are_the_nearest_microsecond_that_python_finds():
    data = "".join(f"{time},{FRAME}\n" for time in write_times()).encode()
    assert scan(data) == scan(data, reference=True)


def test_any_byte_at_any_place_of_a_frame_gives_what_the_reference_gives():
    start = b"1720000000,"
    head = FRAME.encode()
    others = [byte for byte in range(256) if byte != ord("\n")]
    data = b"\n".join(start + head[:at] + bytes([byte]) + head[at + 1 :] for at in range(28) for byte in others)
    assert scan(data) == scan(data, reference=True)


def test_what_is_written_as_usual_is_not_left_to_python(monkeypatch):
    monkeypatch.setattr("truceline.kernels.frames_reference.read_plain", None)
    lines = [line for number, line in enumerate(LINES) if number in (0, 1, 2, 3, 5, 7, 18, 19, 22, 23, 24, 25)]
    told = scan("\n".join(lines).encode())
    assert [Status(status).name for _, status, *_ in told] == [
        *["FRAME"] * 6,
        *("COMMENT", "EMPTY", "NOT_HEX", "NOT_HEX", "NOT_HEX", "NOT_UNDERSTOOD"),
    ]
    assert [time_us for _, _, time_us, _ in told][4:6] == [1_457_996_400_000_000, 1_720_248_189_525_094]
    assert {time_us for _, _, time_us, _ in told[:4]} == {NO_TIME}


def test_more_rows_than_there_is_room_for_come_in_parts():
    told = scan(b"\n" * 200_000)
    assert len(told) == 200_000
    assert {status for _, status, *_ in told} == {Status.EMPTY}


def test_a_place_outside_the_buffer_is_refused(compiled):
    scanner = compiled.modes_scanner(False, False, 0)
    with pytest.raises(ValueError, match="no place"):
        compiled.modes_scan(scanner, b"abc", 4, False, np.zeros(1, frames.FRAME))
