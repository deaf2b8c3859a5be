"""Squitters out of frames: the compiled kernel against its reference, cut anywhere, with all that may come in."""

import gzip
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.kernels import frames, squitters
from truceline.kernels.adsb_reference import checksums
from truceline.kernels.frames import FRAME, NO_TIME, FrameScanner
from truceline.kernels.squitters import NO_CODE, NO_NUMBER, NO_RATE, SQUITTER, Outcome, SquitterDecoder

NOON_US = 1_577_880_000_000_000
FEW = settings(max_examples=40, deadline=None)


def decode(rows, receiver=None, cuts=()):
    decoder = SquitterDecoder(receiver)
    parts = [decoder.decode(part) for part in np.split(rows, cuts)]
    return np.concatenate(parts)


def refer(rows, receiver=None):
    from truceline.kernels.squitters_reference import Decoder

    out = np.empty(len(rows), SQUITTER)
    Decoder(receiver).decode(rows, out)
    return out


def same(ours, theirs) -> bool:
    """Bit for bit, NaN included."""
    return ours.tobytes() == theirs.tobytes()


def load(data: np.ndarray, time_us: np.ndarray) -> np.ndarray:
    """Frames of 14 bytes with their parity, as rows."""
    data = data.astype(np.uint8)
    data[:, 11:] = 0
    parity = checksums(data)
    for place, shift in ((11, 16), (12, 8), (13, 0)):
        data[:, place] = parity >> shift & 0xFF
    rows = np.zeros(len(data), FRAME)
    rows["data"], rows["time_us"], rows["length"] = data, time_us, 14
    return rows


def chatter(seed: int, count: int = 8_000, aircraft: int = 12) -> np.ndarray:
    """Squitters of all types with any bits, of a few aircraft, some without a time, some heard twice, some damaged."""
    draw = np.random.default_rng(seed)
    data = draw.integers(0, 256, (count, 14))
    data[:, 0] = draw.choice([0x8D, 0x8D, 0x8D, *range(0x90, 0x98), *range(0, 256, 8)], count)
    data[:, 1:4] = draw.integers(0, 256, (aircraft, 3))[draw.integers(0, aircraft, count)]
    codes = draw.choice([*range(32), *[11] * 30, *[7] * 10, *[19] * 10, 4, 4, 31, 31], count)
    data[:, 4] = codes << 3 | data[:, 4] & 7
    place_them(draw, data, codes)
    steps = draw.choice([0, 1_000, 400_000, 400_000, 400_000, 2_000_000, -700_000], count)
    long = draw.random(count) < 0.01
    steps[long] = draw.choice([12_000_000, 12_000_000, 12_000_000, 400_000_000], long.sum())
    rows = load(data, NOON_US + np.cumsum(steps))
    again = draw.random(count) < 0.1
    rows["data"][1:][again[1:]] = rows["data"][:-1][again[1:]]
    rows["time_us"][draw.random(count) < 0.05] = NO_TIME
    rows["length"][draw.random(count) < 0.03] = draw.integers(0, 15)
    rows["status"][draw.random(count) < 0.02] = 5
    rows["data"][draw.random(count) < 0.05, 9] ^= 4
    return rows


def place_them(draw: np.random.Generator, data: np.ndarray, codes: np.ndarray) -> None:
    """Give most aircraft a place of their own, near which they stay; seldom they jump. Few are vehicles."""
    data[codes == 2, 4] &= 0xF8
    for number in np.flatnonzero((codes > 4) & (codes < 23) & (draw.random(len(codes)) < 0.95)).tolist():
        lon, lat = (int(data[number, 1]) - 128) / 2, (int(data[number, 2]) - 128) / 1.5
        odd = int(draw.integers(0, 2))
        report = encode(lon, lat, odd, 90.0 if codes[number] < 9 else 360.0) ^ int(draw.integers(0, 4))
        data[number, 6:11] = list((int(data[number, 6]) >> 4 << 36 | report).to_bytes(5, "big"))


def encode(lon: float, lat: float, odd: int, whole: float = 360.0) -> int:
    """The 35 bits of a compact position report; zones by their definition."""
    from truceline.kernels.adsb_reference import _count_zones

    height = whole / (60 - odd)
    y = math.floor(2**17 * (lat % height) / height + 0.5)
    seen = height * (y / 2**17 + math.floor(lat / height))
    width = whole / max(_count_zones(seen) - odd, 1)
    x = math.floor(2**17 * (lon % width) / width + 0.5)
    return odd << 34 | (y % 2**17) << 17 | x % 2**17


def fly(places, code: int = 11, step_us: int = 500_000, address: int = 0x508123) -> np.ndarray:
    """Positions of one aircraft, even and odd in turn."""
    data = []
    for number, (lon, lat) in enumerate(places):
        report = encode(lon, lat, number % 2, 90.0 if code < 9 else 360.0)
        message = code << 51 | (13 << 44 if code < 9 else 0xC38 << 36) | report
        data.append([0x8D, *address.to_bytes(3, "big"), *message.to_bytes(7, "big"), 0, 0, 0])
    return load(np.array(data), NOON_US + step_us * np.arange(len(data)))


@pytest.fixture(params=["compiled", "reference"])
def served(request, monkeypatch):
    """Each test that asks for it runs with both."""
    if request.param == "compiled" and squitters.find_compiled() is None:
        pytest.skip("the compiled extension is not built")
    if request.param == "reference":
        for module in (frames, squitters):
            monkeypatch.setattr(module, "find_compiled", lambda: None)
    return request.param


@pytest.fixture
def built():
    if squitters.find_compiled() is None:
        pytest.skip("the compiled extension is not built")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("receiver", [None, (30.7, 46.4)])
def test_any_bits_give_what_the_reference_gives(seed, receiver):
    rows = chatter(seed)
    told = decode(rows, receiver)
    assert same(told, refer(rows, receiver))
    assert {Outcome.POSITION, Outcome.FAR, Outcome.WAITING, Outcome.HEARD, Outcome.TIMELESS} <= set(told["outcome"])


@pytest.mark.usefixtures("built")
@FEW
@given(
    st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 2**31), st.sampled_from([7, 11]), st.floats(-0.02, 0.02)
)
def test_flights_anywhere_give_what_the_reference_gives(lat, lon, seed, code, drift):
    steps = np.cumsum(np.random.default_rng(seed).normal(drift, 0.002, (40, 2)), axis=0)
    places = [(float(lon + x), float(np.clip(lat + y, -90, 90))) for x, y in steps]
    rows = fly(places, code)
    assert same(decode(rows, (lon, lat)), refer(rows, (lon, lat)))


@pytest.mark.usefixtures("built")
def test_edges_of_the_zones_of_longitude_give_what_the_reference_gives():
    edges = [
        math.degrees(math.acos(math.sqrt((1 - math.cos(math.pi / 30)) / (1 - math.cos(2 * math.pi / count)))))
        for count in range(2, 60)
    ]
    edges += [0.0, 86.9, 87.0, 90.0]
    for edge in edges:
        for sign in (1, -1):
            near = [(30.0, sign * min(edge + shift, 90.0)) for shift in (0, 1e-9, -1e-9, 4e-5, -4e-5, 1e-4, -1e-4)]
            rows = fly([place for place in near for _ in (0, 1)])
            assert same(decode(rows), refer(rows))


@FEW
@given(st.integers(0, 1_000), st.lists(st.integers(0, 400), max_size=8))
def test_a_stream_cut_anywhere_gives_the_same_rows(seed, cuts):
    rows = chatter(seed, 400, 3)
    assert same(decode(rows, cuts=sorted(cuts)), decode(rows))


def test_what_a_flight_tells(served):
    told = decode(fly([(30.0, 46.0)] * 2))
    assert told["outcome"].tolist() == [Outcome.WAITING, Outcome.POSITION]
    assert (told["lon"][1], told["lat"][1]) == pytest.approx((30.0, 46.0), abs=1e-4)
    assert told["altitude_ft"].tolist() == [NO_NUMBER, 38_000]
    assert (told["form"][1], told["code"][1], told["address"][1], told["foreign"][1]) == (17, 11, 0x508123, 0)
    assert np.isnan(told["speed_kn"]).all()


def row_of(text: str) -> np.ndarray:
    rows = np.zeros(1, FRAME)
    rows["data"], rows["time_us"], rows["length"] = np.frombuffer(bytes.fromhex(text), np.uint8), NOON_US, 14
    return rows


def test_what_a_velocity_tells(served):
    """The published examples: over ground, and through the air (a rate of climb, no speed over ground)."""
    told = decode(row_of("8D485020994409940838175B284F"))[0]
    assert told["outcome"] == Outcome.VELOCITY
    assert (told["speed_kn"], told["course_deg"]) == pytest.approx((159.20, 182.88), abs=0.01)
    assert (told["vertical_rate_ft_min"], told["geometric_minus_barometric_ft"]) == (-832, 550)
    told = decode(row_of("8DA05F219B06B6AF189400CBC33F"))[0]
    assert np.isnan(told["speed_kn"])
    assert (told["vertical_rate_ft_min"], told["geometric_minus_barometric_ft"]) == (-2304, NO_RATE)


def test_what_an_identity_tells(served):
    told = decode(row_of("8D4840D6202CC371C32CE0576098"))[0]
    assert (told["callsign"], told["outcome"], told["emitter"]) == (b"KLM1023", Outcome.IDENTITY, 0)
    assert (told["version"], told["nac_v"]) == (NO_CODE, NO_CODE)


def test_what_an_operational_status_tells(served):
    message = 31 << 51 | 2 << 13 | 9 << 8 | 3 << 4
    data = np.array([[0x8D, 0x50, 0x81, 0x23, *message.to_bytes(7, "big"), 0, 0, 0]])
    told = decode(load(data, np.array([NOON_US])))[0]
    assert (told["version"], told["nac_p"], told["sil"], told["outcome"]) == (2, 9, 3, Outcome.OTHER_TYPE)
    old = decode(load(data & np.array([255] * 9 + [0x1F] + [255] * 4), np.array([NOON_US])))[0]
    assert (old["version"], old["nac_p"], old["sil"]) == (0, NO_CODE, NO_CODE)


def test_altitudes_of_all_codes(served):
    data = np.zeros((4_096, 14))
    codes = np.arange(4_096)
    data[:, 0], data[:, 4], data[:, 5], data[:, 6] = 0x8D, 11 << 3, codes >> 4, (codes & 15) << 4
    data[:, 1:4] = [[number >> 8, number & 255, 1] for number in codes]
    rows = load(np.repeat(data, 2, axis=0), NOON_US + np.arange(8_192) * 400_000)
    rows["data"][1::2, 6] |= 4  # the odd half
    told = decode(load(rows["data"].copy(), rows["time_us"]))[1::2]
    from truceline.kernels.adsb_reference import read_airborne_altitude_ft

    expected = [read_airborne_altitude_ft(11 << 51 | code << 36) for code in codes.tolist()]
    assert (told["outcome"] == Outcome.POSITION).all()
    assert told["altitude_ft"].tolist() == [NO_NUMBER if feet is None else feet for feet in expected]
    assert (min(filter(None, expected)), max(filter(None, expected))) == (-1_200, 126_700)


@pytest.mark.usefixtures("built")
def test_more_aircraft_than_are_remembered_give_what_the_reference_gives():
    """The limits are 50,000 aircraft and 32,768 frames; the ones not heard for longest are forgotten."""
    draw = np.random.default_rng(7)
    numbers = np.concatenate([np.arange(52_000), draw.integers(0, 52_000, 8_000)])
    data = np.zeros((len(numbers), 14))
    data[:, 0], data[:, 4], data[:, 10] = 0x8D, 11 << 3, 99
    data[:, 1], data[:, 2], data[:, 3] = numbers >> 16, numbers >> 8 & 255, numbers & 255
    data[:, 6] = np.where(np.arange(len(numbers)) < 52_000, 0, 4)
    rows = load(data, NOON_US + np.arange(len(numbers)) * 5)
    told = decode(rows)
    assert same(told, refer(rows))
    assert (told["outcome"][:52_000] == Outcome.WAITING).all()
    late = numbers[52_000:][np.flatnonzero(told["outcome"][52_000:] == Outcome.POSITION)]
    assert len(late) > 6_000
    assert late.min() > 1_900
    twice = np.concatenate([rows[:30_000], rows[:30_000]])
    twice["time_us"][30_000:] += 200_000
    told = decode(twice)
    assert same(told, refer(twice))
    assert 15_000 < (told["outcome"] == Outcome.HEARD).sum() < 30_000


def test_times_that_go_far_back_or_forth_are_no_error(served):
    rows = fly([(30.0, 46.0)] * 4)
    rows["time_us"] = [NOON_US, 4_102_444_800_000_000, 631_152_000_000_000, NOON_US]
    assert decode(rows)["outcome"].tolist() == [Outcome.WAITING] * 4


def test_a_receiver_off_the_globe_is_refused(compiled):
    with pytest.raises(ValueError, match="globe"):
        SquitterDecoder((30.0, math.nan))


def test_columns_that_do_not_fit_are_refused(compiled):
    decoder = compiled.modes_decoder(False, 0.0, 0.0)
    with pytest.raises(ValueError, match="one row for each frame"):
        compiled.modes_decode(decoder, np.zeros(3, FRAME), np.zeros(2, SQUITTER))
    with pytest.raises(ValueError, match="incorrect name"):
        compiled.modes_decode(compiled.modes_scanner(False, False, 0), np.zeros(3, FRAME), np.zeros(3, SQUITTER))


def read_real(folder) -> tuple[list[dict], np.ndarray]:
    data = gzip.decompress((folder / "adsb" / "modes_frames_2024-07-06.jsonl.gz").read_bytes())
    scanner = FrameScanner()
    rows = np.concatenate([part.rows for part in (*scanner.scan(data), *scanner.scan(b"", ended=True))])
    return [json.loads(line) for line in data.splitlines()], rows


def test_the_real_flight_against_the_reference_and_its_decoded_fields(shared_data):
    theirs, rows = read_real(shared_data)
    told = decode(rows, (2.55, 49.0))
    assert same(told, refer(rows, (2.55, 49.0)))
    moving = [
        (ours, their)
        for ours, their in zip(told, theirs, strict=True)
        if ours["outcome"] == Outcome.VELOCITY and their.get("bds") == "09"
    ]
    assert len(moving) > 5_900
    for ours, their in moving:
        assert (ours["speed_kn"], ours["course_deg"]) == pytest.approx((their["groundspeed"], their["track"]), abs=1e-3)
        assert ours["vertical_rate_ft_min"] == (their["vertical_rate"] or 0)
        assert ours["geometric_minus_barometric_ft"] == (their["geo_minus_baro"] or 0)  # theirs knows no 0
        assert ours["nac_v"] == their["NACv"]


def test_the_real_table_against_another_decoder(shared_data):
    oracle = pytest.importorskip("pyModeS", reason="pyModeS, an oracle, is not installed")
    data = (shared_data / "adsb" / "pymodes_adsb_2016-03.csv").read_bytes()
    scanner = FrameScanner()
    rows = np.concatenate([part.rows for part in (*scanner.scan(data), *scanner.scan(b"", ended=True))])
    told, compared = decode(rows), 0
    for row, ours in zip(rows, told, strict=True):
        theirs = oracle.decode(bytes(row["data"]).hex())
        assert theirs["icao"].lower() == f"{ours['address']:06x}" or ours["outcome"] == Outcome.HEARD
        if ours["outcome"] == Outcome.POSITION:
            assert ours["altitude_ft"] == theirs["altitude"]
            compared += 1
        if ours["outcome"] == Outcome.VELOCITY:
            assert (ours["speed_kn"], ours["vertical_rate_ft_min"]) == pytest.approx(
                (theirs["groundspeed"], theirs["vertical_rate"]), abs=1
            )
            compared += 1
        if ours["outcome"] == Outcome.IDENTITY:
            assert ours["callsign"].decode() == theirs["callsign"].rstrip("_ ")
            compared += 1
    assert compared > 1_600
