"""Extended squitters: published examples, the compact position report there and back, altitudes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.kernels import adsb_reference as adsb
from truceline.kernels.adsb_reference import Cpr, decode_local, decode_pair
from truceline.spacetime.shapes import distance_m

FEW = settings(max_examples=60, deadline=None)
LATS = st.floats(-86.5, 86.5)
LONS = st.floats(-179.99, 179.99)


def message(frame: str) -> int:
    return int(frame[8:22], 16)


def remainders(*frames: str) -> list[int]:
    return adsb.checksums(np.array([list(bytes.fromhex(frame)) for frame in frames], dtype=np.uint8)).tolist()


def zones(lat: float) -> int:
    """Zones of longitude by their definition: as many as fit, found by trying."""
    edge = lambda count: math.degrees(  # noqa: E731
        math.acos(math.sqrt((1 - math.cos(math.pi / 30)) / (1 - math.cos(2 * math.pi / count))))
    )
    return next((count for count in range(59, 1, -1) if abs(lat) < edge(count)), 1)


def encode(lon: float, lat: float, odd: int, whole: float = 360.0) -> Cpr:
    height = whole / (60 - odd)
    y = math.floor(2**17 * (lat % height) / height + 0.5)
    seen = height * (y / 2**17 + math.floor(lat / height))
    width = whole / max(zones(seen) - odd, 1)
    x = math.floor(2**17 * (lon % width) / width + 0.5)
    return Cpr(odd, y % 2**17 / 2**17, x % 2**17 / 2**17)


def test_the_published_position():
    even, odd = (
        adsb.read_cpr(message(frame)) for frame in ("8D40621D58C382D690C8AC2863A7", "8D40621D58C386435CC412692AD6")
    )
    assert decode_pair(even, odd, 0) == pytest.approx((3.91937, 52.25720), abs=1e-5)
    assert decode_local(even, 3.9, 52.3, surface=False) == pytest.approx((3.91937, 52.25720), abs=1e-5)
    assert adsb.read_airborne_altitude_ft(message("8D40621D58C382D690C8AC2863A7")) == 38_000


def test_the_published_velocity_and_name():
    velocity = adsb.read_velocity(message("8D485020994409940838175B284F"))
    assert velocity == pytest.approx((159.20, 182.88), abs=0.01)
    assert adsb.read_callsign(message("8D4840D6202CC371C32CE0576098")) == "KLM1023"


def test_speed_through_the_air_is_no_speed_over_ground():
    assert adsb.read_velocity(message("8DA05F219B06B6AF189400CBC33F")) is None


def test_parity_finds_every_single_wrong_bit():
    sound = "8D40621D58C382D690C8AC2863A7"
    wrong = [f"{int(sound, 16) ^ 1 << bit:028X}" for bit in range(112)]
    assert remainders(sound) == [0]
    assert 0 not in remainders(*wrong)


@FEW
@given(LONS, LATS, st.integers(0, 1))
def test_a_pair_comes_back_within_some_metres(lon, lat, latest):
    found = decode_pair(encode(lon, lat, 0), encode(lon, lat, 1), latest)
    if found is None:  # its halves may round into different zones; then it says nothing
        assert any(abs(abs(lat) - edge) < 1e-3 for edge in zone_edges())
    else:
        assert distance_m(lon, lat, *found) < 10


def zone_edges() -> list[float]:
    fine = np.arange(0, 87.2, 0.001)
    counts = np.array([zones(lat) for lat in fine])
    return [*fine[1:][counts[1:] != counts[:-1]].tolist(), 87.0]


@FEW
@given(LONS, LATS, st.integers(0, 1), st.booleans(), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_half_a_position_and_a_place_near_it_are_a_position(lon, lat, odd, surface, east, north):
    half = encode(lon, lat, odd, 90.0 if surface else 360.0)
    found = decode_local(half, lon + east, lat + north, surface=surface)
    assert distance_m(lon, lat, *found) < 10


PART = st.floats(0, 1, exclude_max=True)


@FEW
@given(st.integers(0, 1), st.tuples(PART, PART), st.tuples(PART, PART))
def test_whatever_halves_come_the_place_is_on_the_globe_or_none(latest, even, odd):
    found = decode_pair(Cpr(0, *even), Cpr(1, *odd), latest)
    assert found is None or (-180 <= found[0] <= 180 and -90 <= found[1] <= 90)


def test_old_altimeters_count_every_hundred_feet_once():
    codes = [code for code in range(1, 4096) if not code & 0x10]
    feet = sorted(alt for code in codes if (alt := adsb.read_airborne_altitude_ft(code << 36)) is not None)
    assert feet == list(range(-1200, 126_800, 100))


def test_an_altitude_in_steps_of_25_feet():
    assert [adsb.read_airborne_altitude_ft(code << 36) for code in (0, 0x010, 0x011, 0x030)] == [
        None,
        -1000,
        -975,
        -600,
    ]


@pytest.mark.parametrize(
    ("code", "knots"),
    [
        (0, None),
        (1, 0.0),
        (2, 0.125),
        (8, 0.875),
        (9, 1.0),
        (12, 1.75),
        (13, 2.0),
        (38, 14.5),
        (39, 15.0),
        (93, 69.0),
        (94, 70.0),
        (108, 98.0),
        (109, 100.0),
        (123, 170.0),
        (124, None),
        (127, None),
    ],
)
def test_speeds_on_the_ground(code, knots):
    assert adsb.read_movement_kn(code << 44) == knots
