"""Hours of the day on the clock of an agreement: of UTC, of an offset, of a place that changes it twice a year."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
import shapely
from by_hand import at
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.clauses.episodes import Area, allowed, count_micros, in_hours
from truceline.spacetime import UTC

YEAR = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
CHANGES = [at("2025-03-30T01:00Z"), at("2025-10-26T01:00Z"), at("2025-04-05T14:00Z"), at("2025-03-09T07:00Z")]
ZONES = ["UTC", "Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]


def area(hours, zone, start=YEAR[0], end=YEAR[1]):
    minutes = tuple(int(text[:2]) * 60 + int(text[3:]) for text in hours)
    return Area(shapely.box(0, 0, 1, 1), start, end, None, minutes, zone)


def hold(one, *times):
    return in_hours(one, np.array([count_micros(time) for time in times])).tolist()


@pytest.mark.parametrize("end", [YEAR[1], None], ids=["of a truce that ends", "of one without an end"])
def test_an_hour_that_the_clock_leaves_out_and_one_that_it_shows_twice(end):
    third = area(("03:00", "04:00"), "Europe/Kyiv", end=end)  # in 2025 changed at 01:00Z on 30 March and 26 October
    spring = [at("2025-03-30T00:00Z") + timedelta(minutes=15 * n) for n in range(16)]
    autumn = [at("2025-10-26T00:00Z") + timedelta(minutes=15 * n) for n in range(16)]
    assert not any(hold(third, *spring))
    assert hold(third, *autumn) == [True] * 8 + [False] * 8
    assert hold(third, at("2025-03-29T01:00Z"), at("2025-03-31T00:00Z"), at("2025-10-27T01:00Z")) == [True] * 3


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Z", "22:00"), ("UTC", "22:00"), ("+02:00", "20:00"), ("UTC-0930", "07:30"), ("+05:45", "16:15")],
)
def test_hours_of_a_fixed_offset_are_half_open_to_the_microsecond(zone, expected):
    start, step = at(f"2025-06-01T{expected}Z"), timedelta(microseconds=1)
    one = area(("22:00", "22:10"), zone)
    assert hold(one, start - step, start, start + timedelta(minutes=10) - step, start + timedelta(minutes=10)) == [
        False, True, True, False,
    ]  # fmt: skip


def test_without_hours_every_instant_counts():
    assert hold(Area(shapely.box(0, 0, 1, 1), *YEAR), at("06-01 03:00")) == [True]


def test_before_1970_the_clock_runs_forward_too():
    one = area(("23:00", "24:00"), "UTC", datetime(1960, 1, 1, tzinfo=UTC), None)
    assert hold(one, at("1969-12-31T23:30Z"), at("1969-12-31T22:30Z")) == [True, False]


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES), change=st.sampled_from(CHANGES), minutes=st.integers(-3000, 3000),
    hours=st.tuples(st.integers(0, 1439), st.integers(0, 1439)), end=st.sampled_from([YEAR[1], None]),
)  # fmt: skip
def test_hours_are_those_that_the_clock_of_the_place_shows(zone, change, minutes, hours, end):
    time = change + timedelta(minutes=minutes, microseconds=minutes)
    local = time.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    first, last = hours
    expected = first <= minute < last if first < last else minute >= first or minute < last
    one = Area(shapely.box(0, 0, 1, 1), YEAR[0], end, None, hours, zone)
    assert hold(one, time) == [expected]
    table = pl.DataFrame({"time_utc": [time]}, {"time_utc": pl.Datetime("us", "UTC")})
    assert table.select(held=allowed(one))["held"].to_list() == [expected]
