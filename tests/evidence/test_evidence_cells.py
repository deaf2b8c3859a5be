"""Times, numbers and places from text."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.evidence.cells import Sieve, check_place, check_span, read_number, read_times


def one(text: str, zone: str | None = None, form: str | None = None):
    times = read_times(pl.Series([text]), zone, form)
    return times.start[0], times.end[0], times.fault[0]


NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-01T12:00:00Z", "2025-01-01 12:00:00+00:00", "2025-01-01T14:00:00+02:00", "2025-01-01T14:00+0200",
        "2025-01-01T12:00Z", "2025-01-01 12:00:00.000 UTC", "2025-01-01T12:00:00.000000Z", "2025-01-01 14:00:00+02",
        "2025-01-01T12:00:00z", "2025-01-01 12:00 UTC", "2025-01-01T07:00:00-05:00",
    ],
)  # fmt: skip
def test_times_with_a_zone_in_every_form(text):
    assert one(text) == (NOON, NOON, None)
    assert one(text, "Asia/Tokyo") == (NOON, NOON, None)


@pytest.mark.parametrize("text", ["2025-01-01T14:00:00", "2025-01-01 14:00", "2025-01-01 14:00:00.0"])
def test_times_without_a_zone(text):
    assert one(text, "Europe/Kyiv") == (NOON, NOON, None)
    assert one(text) == (None, None, "time without a zone")


def test_a_day_is_as_wide_as_the_day_there():
    start, end = datetime(2025, 3, 29, 22, tzinfo=UTC), datetime(2025, 3, 30, 21, tzinfo=UTC)
    assert one("2025-03-30", "Europe/Kyiv") == (start, end, None)  # the clocks went forward: 23 hours
    assert one("2025-03-30") == (None, None, "time without a zone")


@pytest.mark.parametrize("text", ["2025-03-30 03:30:00", "2025-10-26 03:30:00"])
def test_times_that_the_clock_never_or_twice_showed(text):
    assert one(text, "Europe/Kyiv") == (None, None, "time that exists twice or not at all there")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x", "2025-13-01T00:00Z", "2025-02-30", "2025-01-01T25:00Z", "2025-01-01T12:00:60Z", "0000-01-01",
        "12025-01-01", "+2025-01-01T00:00Z", "2025-1-1", "01/02/2025", "2025-01-01T12:00:00 EET",
        "2025-01-01T12:00Z; DROP", "1735732800",
    ],
)  # fmt: skip
def test_what_is_no_time(text):
    assert one(text, "UTC") == (None, None, "time not understood")


def test_an_empty_cell_is_unknown_and_no_fault():
    times = read_times(pl.Series([None], dtype=pl.String), "UTC")
    assert (times.start[0], times.end[0], times.fault[0]) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("01/01/2025 14:00", "%d/%m/%Y %H:%M"),
        ("2025-01-01T14:00:00+0200", "%Y-%m-%dT%H:%M:%S%z"),
        ("1735732800", "epoch s"),
        ("1735732800000", "epoch ms"),
        ("1735732800.0", "epoch s"),
    ],
)
def test_declared_forms(text, form):
    assert one(text, "Europe/Kyiv", form) == (NOON, NOON, None)


@pytest.mark.parametrize(
    ("text", "form"), [("1e30", "epoch s"), ("nan", "epoch ms"), ("x", "epoch s"), ("1", "%Q%Q"), ("-1e17", "epoch ms")]
)
def test_declared_forms_that_do_not_fit(text, form):
    assert one(text, "UTC", form)[2] == "time not understood"


def test_forms_may_be_mixed_in_one_column():
    times = read_times(pl.Series(["2025-01-01T12:00Z", "2025-01-01 12:00", "2025-01-01", None, "x"]), "UTC")
    assert times.start.to_list() == [NOON, NOON, NOON - timedelta(hours=12), None, None]
    assert times.fault.to_list() == [None, None, None, None, "time not understood"]


@settings(max_examples=60, deadline=None)
@given(seconds=st.integers(-2_208_902_400, 29_000_000_000), micros=st.integers(0, 999_999))
def test_what_python_writes_is_read(seconds, micros):
    when = NOON + timedelta(seconds=seconds - 1_735_732_800, microseconds=micros)
    assert one(when.isoformat()) == (when, when, None)


def test_numbers():
    numbers = read_number(pl.Series(["1", "-2.5", "1e3", None, "x", "inf", "nan", "1,5"]))
    assert numbers.to_list()[:4] == [1.0, -2.5, 1000.0, None]
    assert numbers.is_nan().to_list()[4:] == [True] * 4
    assert read_number(pl.Series(["1,5"]), comma=True).to_list() == [1.5]


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        (None, 1.0, "no longitude or no latitude"),
        (float("nan"), 1.0, "longitude or latitude is not a number"),
        (46.0, 130.0, "longitude and latitude look swapped"),
        (1.0, 91.0, "longitude and latitude look swapped"),
        (100.0, 91.0, "latitude outside -90 to 90"),
        (181.0, 1.0, "longitude outside -180 to 180"),
        (0.0, 0.0, "longitude 0 and latitude 0: a default, not a place"),
        (180.0, 90.0, None),
        (0.0, 51.5, None),
    ],
)
def test_places(lon, lat, reason):
    sieve = Sieve(pl.Series([7], dtype=pl.UInt64))
    check_place(sieve, pl.Series([lon], dtype=pl.Float64), pl.Series([lat], dtype=pl.Float64))
    assert [(reject.row, reject.reason) for reject in sieve.rejects()] == ([(7, reason)] if reason else [])


@pytest.mark.parametrize(
    ("start", "end", "received", "reason"),
    [
        (NOON, NOON, None, None),
        (NOON, NOON - timedelta(seconds=1), None, "end before start"),
        (NOON, NOON, NOON - timedelta(seconds=1), "dated after it was received"),
        (NOON, NOON, NOON, None),
        (datetime(2099, 12, 31, 23, 59, tzinfo=UTC), None, None, None),
        (datetime(2100, 1, 1, tzinfo=UTC), None, None, "time after the year 2099"),
    ],
)
def test_times_that_cannot_be(start, end, received, reason):
    sieve = Sieve(pl.Series([1], dtype=pl.UInt64))
    column = pl.Series(["shown"])
    check_span(sieve, *(pl.Series([time], dtype=pl.Datetime("us", "UTC")) for time in (start, end, received)), column)
    assert [(reject.reason, reject.found) for reject in sieve.rejects()] == ([(reason, "shown")] if reason else [])


def test_the_first_reason_stands():
    sieve = Sieve(pl.Series([1, 2], dtype=pl.UInt64))
    found = pl.Series(["x" * 500, "y"])
    sieve.refuse(pl.Series([True, False]), "first", found)
    sieve.refuse(pl.Series([True, True]), "second", found)
    assert [(reject.reason, len(reject.found)) for reject in sieve.rejects()] == [("first", 200), ("second", 1)]
