"""Distances, altitudes and speeds: a unit is never guessed."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.errors import FormError
from truceline.spacetime.units import read_altitude, read_distance, read_speed


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("12 nmi", 22224),
        ("12 NM", 22224),
        ("500 m", 500),
        ("3 km", 3000),
        ("3km", 3000),
        ("2 mi", 3218.688),
        ("100 ft", 30.48),
        ("0 m", 0),
        (" 1.5 km ", 1500),
    ],
)
def test_distances(text, metres):
    assert read_distance(text) == pytest.approx(metres)


@pytest.mark.parametrize(
    ("text", "metres"),
    [("FL100", 3048), ("FL 065", 1981.2), ("10000 ft", 3048), ("3 km", 3000), ("0 m", 0), ("-30 m", -30)],
)
def test_altitudes(text, metres):
    assert read_altitude(text) == pytest.approx(metres)


@pytest.mark.parametrize(
    ("text", "knots"), [("15 kn", 15), ("15 kt", 15), ("30 km/h", 16.1987), ("10 m/s", 19.4384), ("10 mph", 8.68976)]
)
def test_speeds(text, knots):
    assert read_speed(text) == pytest.approx(knots, rel=1e-5)


@pytest.mark.parametrize("value", [12, 12.0, True, None, ["12 nmi"], {"value": 12}, math.nan])
def test_a_bare_number_is_refused(value):
    for read in (read_distance, read_altitude, read_speed):
        with pytest.raises(FormError, match="without a unit"):
            read(value)


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_distance, "12", "not understood"),
        (read_distance, "12 nm", 'write "nmi" for nautical miles'),
        (read_distance, "12 KM", 'write "km"'),
        (read_distance, "12 furlongs", "unit of distance not known"),
        (read_distance, "FL100", "not understood"),
        (read_distance, "-1 km", "out of range"),
        (read_distance, "30000 km", "out of range"),
        (read_distance, "1e3 m", "not understood"),
        (read_distance, "١٢ m", "not understood"),
        (read_distance, "inf m", "not understood"),
        (read_distance, "9" * 5000 + " m", "not understood"),
        (read_altitude, "FL1000", "not understood"),
        (read_altitude, "100 nmi", "unit of altitude not known"),
        (read_altitude, "-900 m", "out of range"),
        (read_speed, "15 knots", "unit of speed not known"),
        (read_speed, "-1 kn", "out of range"),
        (read_speed, "", "not understood"),
    ],
)
def test_what_is_no_quantity_is_refused_with_a_reason(read, text, words):
    with pytest.raises(FormError, match=words) as caught:
        read(text)
    assert len(caught.value.found) <= 80


@settings(max_examples=60)
@given(st.floats(0, 1000))
def test_units_agree_with_each_other(number):
    text = f"{number:.6f}"
    assert read_distance(f"{text} nmi") == pytest.approx(read_distance(f"{text} m") * 1852)
    assert read_speed(f"{text} km/h") == pytest.approx(read_speed(f"{text} kn") / 1.852)
    assert read_altitude(f"{text} km") == pytest.approx(read_distance(f"{text} km"))


@settings(max_examples=60)
@given(st.one_of(st.text(max_size=20), st.from_regex(r"-?[0-9]+ ?[a-zA-Z/]{1,4}", fullmatch=True)))
def test_any_text_is_read_or_refused_in_words(text):
    for read in (read_distance, read_altitude, read_speed):
        with suppress(FormError):
            assert math.isfinite(read(text))
