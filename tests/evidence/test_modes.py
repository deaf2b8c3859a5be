"""Raw frames of Mode S: what is used, clocks without an hour, the real files against their decoded fields."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from eyes import ANY, Told, adds_up, damaged
from hypothesis import given
from test_adsb import encode

from truceline.errors import EvidenceError
from truceline.kernels.adsb_reference import checksums

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
START = NOON.timestamp()
EVEN, ODD = "8D40621D58C382D690C8AC2863A7", "8D40621D58C386435CC412692AD6"
NAME = "8D4840D6202CC371C32CE0576098"


def squitter(me: int, icao: str = "508123", first: int = 0x8D) -> str:
    body = bytes([first]) + bytes.fromhex(icao) + me.to_bytes(7, "big")
    parity = int(checksums(np.array([[*body, 0, 0, 0]], dtype=np.uint8))[0])
    return (body + parity.to_bytes(3, "big")).hex()


def airborne(lon: float, lat: float, odd: int, code: int = 11, **options) -> str:
    half = encode(lon, lat, odd)
    return squitter(
        code << 51 | 0xC38 << 36 | odd << 34 | int(half.lat * 2**17) << 17 | int(half.lon * 2**17), **options
    )


def ground(lon: float, lat: float, odd: int) -> str:
    half = encode(lon, lat, odd, 90.0)
    return squitter(7 << 51 | 13 << 44 | odd << 34 | int(half.lat * 2**17) << 17 | int(half.lon * 2**17))


def lines(*frames: tuple[float, str]) -> str:
    return "".join(f'{{"timestamp": {START + seconds}, "frame": "{frame}"}}\n' for seconds, frame in frames)


def read(*frames: tuple[float, str], **options) -> Told:
    return Told("modes", lines(*frames), options=options)


def beast(*frames: tuple[int, str]) -> bytes:
    found = b""
    for ticks, frame in frames:
        data = bytes.fromhex(frame)
        body = ticks.to_bytes(6, "big") + b"\x40" + data
        found += b"\x1a" + (b"3" if len(data) == 14 else b"2") + body.replace(b"\x1a", b"\x1a\x1a")
    return found


def test_two_halves_are_a_position():
    told = read((0, EVEN), (1, ODD))
    position = told.position
    assert (position["platform"], position["row"], position["time_utc"]) == (
        "icao:40621d",
        2,
        NOON + timedelta(seconds=1),
    )
    assert (position["lon"], position["lat"]) == pytest.approx((3.93891, 52.26578), abs=1e-5)
    assert (position["altitude_m"], position["altitude_ref"]) == (pytest.approx(11_582.4), "barometric")
    assert (position["accuracy_m"], position["integrity"]) == (pytest.approx(185.2), "position=adsb tc=11")
    assert told.aside == {"half a position: the other half did not come": 1}


def test_halves_far_apart_in_time_are_no_pair():
    assert read((0, EVEN), (10.1, ODD)).used == 0


def test_after_a_pair_one_half_is_enough():
    assert read((0, EVEN), (1, ODD), (60, EVEN)).used == 2
    assert read((0, EVEN), (1, ODD), (400, EVEN)).used == 1  # too long ago


def test_a_jump_is_kept_when_the_next_pair_says_it_too():
    near = [(0, airborne(30, 46, 0)), (1, airborne(30, 46, 1))]
    far = [(2, airborne(50, 60, 0)), (3, airborne(50, 60, 1)), (4, airborne(50, 60, 0))]
    told = read(*near, *far)
    assert told.positions["lat"].round(3).to_list() == [46.0, 60.0]
    assert told.aside["half a position: far from where the aircraft was"] == 2


def test_on_the_ground_a_place_near_it_is_needed():
    assert read((0, ground(2.5, 49.0, 0))).used == 0
    position = read((0, ground(2.5, 49.0, 0)), receiver=[2.6, 49.1]).position
    assert (position["lon"], position["lat"]) == pytest.approx((2.5, 49.0), abs=1e-4)
    assert (position["altitude_m"], position["altitude_ref"], position["speed_kn"]) == (0.0, "ground", 2.0)
    assert position["course_deg"] is None


def test_a_name_needs_no_time():
    told = Told("modes", f"*{NAME};\n")
    assert (told.platform["name"], told.platform["platform"]) == ("KLM1023", "icao:4840d6")


def test_speed_and_course_stand_with_the_positions_after_it():
    velocity = "99440994083817"
    moving = squitter(int(velocity, 16), icao="40621D")
    told = read((0, EVEN), (0.5, moving), (1, ODD))
    assert (told.position["speed_kn"], told.position["course_deg"]) == pytest.approx((159.2, 182.88), abs=0.01)


@pytest.mark.parametrize(
    ("first", "platform", "integrity"),
    [
        (0x90, "icao:508123", "position=adsb tc=11"),
        (0x91, "track:eye:~508123", "position=adsb tc=11"),
        (0x92, "icao:508123", "position=tisb tc=11"),
        (0x95, "track:eye:~508123", "position=tisb tc=11"),
        (0x96, "icao:508123", "position=adsr tc=11"),
    ],
)
def test_who_rebroadcasts_a_position_is_said(first, platform, integrity):
    position = read((0, airborne(30, 46, 0, first=first)), (1, airborne(30, 46, 1, first=first))).position
    assert (position["platform"], position["integrity"]) == (platform, integrity)


def test_a_vehicle_is_no_aircraft():
    vehicle = squitter(2 << 51 | 1 << 48 | 0x041041041041)
    told = read((0, vehicle), (1, ground(2.5, 49.0, 0)), receiver=[2.5, 49.0])
    assert told.aside == {"ground vehicle or obstacle": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"*{EVEN[:-1]}8;", "parity does not fit"),
        (f"*{EVEN[:14]};", "length is not one of its downlink format"),
        (f"*{EVEN}ZZ;", "line not understood"),
        (f"*{EVEN};", "no time"),
        (f"@00000000000A{EVEN};", "no time"),
        ("hello", "line not understood"),
        ('{"frame": 3}', "no frame"),
        ('{"frame": "8D', "not JSON, or cut short"),
        (f'{{"frame": "{EVEN}"}}', "no time"),
        (f"1e30,{EVEN}", "no time"),
        (f"nan,{EVEN}", "no time"),
        ("1577880000,xyz", "frame is not hexadecimal"),
    ],
)
def test_what_cannot_be_used_says_why(line, reason):
    assert Told("modes", line + "\n").rejects == [(1, reason)]


def test_other_formats_are_set_aside_by_number():
    told = read((0, "28000800699595"), (0, "212800bf40f1ef7e5817e9cc428d"), (0, "5D3981E46DC8AA"))
    assert told.aside == {f"downlink format {number} not used": 1 for number in (5, 4, 11)}


def test_the_same_bits_by_another_receiver_are_set_aside():
    assert read((0, NAME), (0.01, NAME), (5, NAME)).aside == {"heard again": 1}


def test_the_clock_of_a_receiver_tells_the_hour_once_its_start_is_declared():
    data = beast((500, EVEN), (500 + 12_000_000, ODD))
    position = Told("modes", data, options={"starts": "2020-01-01T14:00 Europe/Kyiv"}).position
    assert position["time_utc"] == NOON + timedelta(seconds=1)
    assert Told("modes", data).rejects == [(1, "no time"), (2, "no time")]


def test_a_clock_that_went_back_tells_no_time_any_more():
    data = beast((10**10, EVEN), (5, ODD), (10**10 + 5, EVEN))
    assert Told("modes", data, options={"starts": "2020-01-01T12:00Z"}).rejects == [(2, "no time"), (3, "no time")]


def test_a_frame_that_others_placed_has_no_time():
    assert Told("modes", beast((0xFF004D4C4154, EVEN)), options={"starts": "2020-01-01T12:00Z"}).rejected == {
        "no time": 1
    }


def test_the_escape_may_stand_anywhere():
    frame = squitter(0x1A1A1A1A1A1A1A, icao="1a1a1a")
    told = Told("modes", beast((0x1A1A1A1A1A1A, frame), (0x1A1A1A1A1A1B, NAME)))
    assert (told.rows, told.rejects) == (2, [])


def test_bytes_between_frames_are_rejected():
    told = Told("modes", beast((1, NAME)) + b"\x1axyz" + beast((2, NAME)) + b"\x1a3cut")
    assert told.rejects == [(2, "bytes that are no frame"), (4, "frame cut short, or too long")]
    assert told.used == 2


@pytest.mark.parametrize("missing", [1, 2, 9, 17])
def test_a_stream_that_was_tapped_in_the_middle_of_a_frame_is_read_from_the_next_one_on(missing):
    told = Told("modes", beast((1, NAME), (2, NAME), (3, NAME))[missing:])
    assert (told.used, told.rejected) == (2, {"bytes that are no frame": 1})


def test_rubbish_without_end_is_rejected_as_it_comes():
    told = Told("modes", b"\x1a" + b"x" * 5_000_000 + beast((1, NAME)) + b"\x1a3" + b"y" * 3_000_000)
    assert told.used == 1
    assert 2 <= len(told.rejects) < 20


def test_frames_across_the_seams_of_reading_are_whole():
    data = beast(*((number, NAME) for number in range(60_000)))
    told = Told("modes", data)
    assert len(data) > 1 << 20
    assert (told.rows, told.used, told.rejects) == (60_000, 60_000, [])


@pytest.mark.parametrize(
    "options",
    [
        {"starts": "2020-01-01T12:00"},
        {"starts": "2020-01-01 UTC"},
        {"starts": 7},
        {"receiver": [200, 0]},
        {"receiver": "x"},
    ],
)
def test_options_that_are_not_understood_are_refused(options):
    with pytest.raises(EvidenceError):
        Told("modes", lines((0, EVEN)), options=options)


def test_the_real_flight_against_its_decoded_fields(shared_data):
    data = gzip.decompress((shared_data / "adsb" / "modes_frames_2024-07-06.jsonl.gz").read_bytes())
    theirs = [json.loads(line) for line in data.splitlines()]
    told = Told("modes", data, options={"receiver": [2.55, 49.0]})
    assert (told.rows, told.rejects) == (57_793, [])
    assert set(told.platforms["name"].drop_nulls()) == {"AFR34ZG"}
    ours = {position["row"]: position for position in told.positions.to_dicts()}
    same = [(ours[row], their) for row, their in enumerate(theirs, 1) if row in ours]
    assert len(same) == len(ours) > 7_800
    for our, their in same:
        assert (our["lon"], our["lat"]) == pytest.approx((their["longitude"], their["latitude"]), abs=1e-7)
        if "altitude" in their:
            assert our["altitude_m"] == pytest.approx(their["altitude"] * 0.3048, abs=0.01)
    times: dict[str, float] = {}
    for row, their in enumerate(theirs, 1):  # what we have no place for was heard a moment before
        if "latitude" in their and row not in ours:
            assert their["timestamp"] - times[their["frame"]] <= 0.3
        else:
            times[their["frame"]] = their["timestamp"]


def test_the_real_stream_of_a_beast(shared_data):
    data = (shared_data / "adsb" / "dump1090_beast_sample.bin").read_bytes()
    told = Told("modes", data, options={"starts": "2024-01-01T00:00 UTC"})
    assert (told.rows, told.rejects) == (239, [])
    assert told.positions["platform"].unique().to_list() == ["icao:48520a"]
    assert told.positions["altitude_m"].to_list() == [pytest.approx(11_582.4)] * 3


def test_the_real_table_of_whole_seconds(shared_data):
    told = Told("modes", (shared_data / "adsb" / "pymodes_adsb_2016-03.csv").read_bytes())
    assert (told.rows, told.rejected) == (2_000, {})
    assert set(told.positions["platform"]) == {"icao:406b90"}


@ANY
@given(damaged(lines((0, EVEN), (1, ODD), (2, NAME)).encode()))
def test_whatever_lines_come_are_accounted_for(data):
    adds_up("modes", data)


@ANY
@given(damaged(beast((500, EVEN), (12_000_500, ODD), (1_000, "28000800699595"))))
def test_whatever_bytes_come_are_accounted_for(data):
    adds_up("modes", data, options={"starts": "2020-01-01T12:00Z"})
