"""Declared clocks: the real truces, the ends of days, and clocks that jump."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.errors import FormError
from truceline.spacetime import Interval, format_utc, read_clock, read_duration, read_instant

# As declared (place of the declaration's clock) -> UTC, worked out by hand from the zone's offset.
TRUCE_CLOCKS = [
    ("2015-02-15T00:00 Europe/Kyiv", "2015-02-14T22:00:00Z"),  # Minsk II
    ("2015-02-15T00:01 Europe/Kyiv", "2015-02-14T22:01:00Z"),  # Minsk II, as one wire service had it
    ("2020-07-27T00:01 Europe/Kyiv", "2020-07-26T21:01:00Z"),  # the 2020 measures
    ("2020-10-10T12:00 Europe/Moscow", "2020-10-10T09:00:00Z"),  # Nagorno-Karabakh, on Moscow's clock
    ("2020-10-10T12:00 Asia/Yerevan", "2020-10-10T08:00:00Z"),  # ... and on the local one
    ("2020-10-10T12:00 Asia/Baku", "2020-10-10T08:00:00Z"),
    ("2020-10-10T11:00 Asia/Nicosia", "2020-10-10T08:00:00Z"),
    ("2020-10-18T00:00 +04:00", "2020-10-17T20:00:00Z"),
    ("2020-10-26T08:00 +04:00", "2020-10-26T04:00:00Z"),
    ("2020-11-10T00:00 Europe/Moscow", "2020-11-09T21:00:00Z"),
    ("2023-01-06T12:00 Europe/Moscow", "2023-01-06T09:00:00Z"),  # Orthodox Christmas
    ("2023-01-06T11:00 Europe/Kyiv", "2023-01-06T09:00:00Z"),
    ("2023-01-07T24:00 Europe/Moscow", "2023-01-07T21:00:00Z"),
    ("2023-01-07T23:00 Europe/Kyiv", "2023-01-07T21:00:00Z"),
    ("2025-04-19T18:00 Europe/Moscow", "2025-04-19T15:00:00Z"),  # Easter 2025: one clock in both capitals
    ("2025-04-19T18:00 Europe/Kyiv", "2025-04-19T15:00:00Z"),
    ("2025-04-21T00:00 Europe/Moscow", "2025-04-20T21:00:00Z"),
    ("end of 2025-04-20 Europe/Kyiv", "2025-04-20T21:00:00Z"),
    ("2025-05-08T00:00 Europe/Moscow", "2025-05-07T21:00:00Z"),  # Victory Day 2025
    ("2025-05-11T00:00 Europe/Moscow", "2025-05-10T21:00:00Z"),
    ("2026-04-11T16:00 Europe/Moscow", "2026-04-11T13:00:00Z"),  # Easter 2026
    ("end of 2026-04-12 Europe/Moscow", "2026-04-12T21:00:00Z"),
    ("2026-05-08T00:00 Europe/Moscow", "2026-05-07T21:00:00Z"),
    ("2026-05-09T00:00 Europe/Kyiv", "2026-05-08T21:00:00Z"),
    ("2024-11-27T04:00 Asia/Beirut", "2024-11-27T02:00:00Z"),  # Israel-Lebanon
    ("2024-11-27T04:00 Asia/Jerusalem", "2024-11-27T02:00:00Z"),
    ("2025-05-10T17:00 Asia/Kolkata", "2025-05-10T11:30:00Z"),  # India-Pakistan
]


@pytest.mark.parametrize(("text", "utc"), TRUCE_CLOCKS)
def test_a_truce_begins_when_its_declaration_says(text, utc):
    clock = read_clock(text)
    assert clock.exact
    assert format_utc(clock.earliest) == utc
    assert clock.text == text


@pytest.mark.parametrize(
    "text",
    [
        "2023-01-07T24:00 Europe/Moscow",
        "2023-01-07 24:00 Europe/Moscow",
        "2023-01-07T24:00:00 Europe/Moscow",
        "2023-01-08T00:00 Europe/Moscow",
        "end of 2023-01-07 Europe/Moscow",
        "2023-01-08T00:00+03:00",
        "2023-01-08T00:00 UTC+03:00",
        "2023-01-08T00:00 +0300",
        "2023-01-07T21:00Z",
        "2023-01-07T21:00:00Z",
        "2023-01-07T21:00 Z",
        "  2023-01-07T21:00 UTC ",
    ],
)
def test_one_midnight_has_many_spellings(text):
    assert format_utc(read_instant(text)) == "2023-01-07T21:00:00Z"


def test_a_day_without_an_hour_is_as_wide_as_that_day():
    clock = read_clock("2025-03-18 Europe/Moscow")
    assert not clock.exact
    assert format_utc(clock.earliest) == "2025-03-17T21:00:00Z"
    assert format_utc(clock.latest) == "2025-03-18T21:00:00Z"


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)])
def test_the_width_of_a_day_follows_the_clocks(day, hours):
    clock = read_clock(f"{day} Europe/Kyiv")
    assert clock.latest - clock.earliest == timedelta(hours=hours)


def test_an_instant_needs_an_hour():
    with pytest.raises(FormError, match="add hour and minute"):
        read_instant("2025-03-18 Europe/Moscow")


def test_a_clock_can_be_shown_in_its_own_zone():
    clock = read_clock("2020-07-27T00:01 Europe/Kyiv")
    assert clock.local(clock.earliest).isoformat() == "2020-07-27T00:01:00+03:00"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("2025-03-30T03:30 Europe/Kyiv", "does not exist"),  # 03:00 became 04:00
        ("2025-10-26T03:30 Europe/Kyiv", "exists twice"),  # 04:00 became 03:00
        ("2024-03-31T00:30 Asia/Beirut", "does not exist"),  # midnight became 01:00
        ("2023-01-06T12:00", "without a zone"),
        ("2023-01-06", "without a zone"),
        ("end of 2023-01-06", "without a zone"),
        ("end of 2023-01-06T12:00 UTC", "not understood"),
        ("2023-02-29 UTC", "no such day"),
        ("0001-01-01 UTC", "year out of range"),
        ("9999-12-31 UTC", "year out of range"),
        ("2023-01-06T25:00 UTC", "no such hour"),
        ("2023-01-06T24:01 UTC", "no such hour"),
        ("2023-01-06T23:59:60 UTC", "no such hour"),
        ("2023-01-06T12:00 MSK", "zone of time not known"),
        ("2023-01-06T12:00 EET", "zone of time not known"),
        ("2023-01-06T12:00 Europe/Atlantis", "zone of time not known"),
        ("2023-01-06T12:00 ../../etc/passwd", "zone of time not known"),
        ("2023-01-06T12:00 right/UTC", "zone of time not known"),
        ("2023-01-06T12:00 localtime", "zone of time not known"),
        ("2023-01-06T12:00 +25:00", "zone of time not known"),
        ("2023-01-06T12:00 " + "A" * 5000, "zone of time not known"),
        ("6 January 2023, noon", "not understood"),
        ("2023-01-06T١٢:00 UTC", "not understood"),
        ("", "not understood"),
    ],
)
def test_what_is_no_instant_is_refused_with_a_reason(text, word):
    with pytest.raises(FormError, match=word):
        read_clock(text)


def test_a_fold_names_both_instants_it_may_mean():
    with pytest.raises(FormError, match="2025-10-26T00:30:00Z or 2025-10-26T01:30:00Z"):
        read_clock("2025-10-26T03:30 Europe/Kyiv")


def test_a_day_starts_with_its_first_instant_even_without_a_midnight():
    # In Lebanon clocks went from 24:00 on 30 March 2024 to 01:00 on 31 March.
    assert format_utc(read_clock("2024-03-31 Asia/Beirut").earliest) == "2024-03-30T22:00:00Z"
    assert format_utc(read_instant("end of 2024-03-30 Asia/Beirut")) == "2024-03-30T22:00:00Z"
    # In Cuba midnight came twice on 5 November 2023: the day starts with the first.
    assert format_utc(read_clock("2023-11-05 America/Havana").earliest) == "2023-11-05T04:00:00Z"


def test_a_day_that_a_zone_left_out_is_refused():
    with pytest.raises(FormError, match="day does not exist"):
        read_clock("2011-12-30 Pacific/Apia")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("36 h", 129600), ("30 d", 2592000), ("45 min", 2700), ("10 s", 10), ("4 w", 2419200), ("1.5h", 5400), ("0 s", 0)],
)
def test_durations(text, seconds):
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["36", "h", "-1 h", "1 month", "1 m", "1e3 s", "∞ h", "١٢ h", "", "nan h"])
def test_a_duration_needs_a_number_and_a_unit(text):
    with pytest.raises(FormError, match="number and a unit"):
        read_duration(text)


def test_a_duration_beyond_all_calendars_is_refused():
    with pytest.raises(FormError, match="too long"):
        read_duration("9" * 400 + " w")


NOON = datetime(2023, 1, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(start: float, end: float | None) -> Interval:
    return Interval(NOON + start * HOUR, None if end is None else NOON + end * HOUR)


def test_an_interval_is_half_open():
    assert NOON in span(0, 2)
    assert NOON + 2 * HOUR not in span(0, 2)
    assert NOON + 99 * HOUR in span(0, None)
    assert str(span(0, None)) == "2023-01-06T12:00:00Z/open"


def test_an_interval_lives_in_utc():
    kyiv = ZoneInfo("Europe/Kyiv")
    night = Interval(datetime(2025, 3, 30, 0, tzinfo=kyiv), datetime(2025, 3, 30, 12, tzinfo=kyiv))
    assert night.hours == 11  # not 12: the clocks went forward
    assert night.start.tzinfo is UTC


def test_an_interval_refuses_bugs():
    with pytest.raises(ValueError, match="before it starts"):
        span(2, 0)
    with pytest.raises(ValueError, match="without a zone"):
        Interval(datetime(2023, 1, 6), None)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no duration"):
        _ = span(0, None).hours
    with pytest.raises(ValueError, match="without a zone"):
        format_utc(datetime(2023, 1, 6))  # noqa: DTZ001


def test_intervals_sort_with_the_open_one_last():
    assert sorted([span(0, None), span(0, 2), span(-1, 9), span(0, 1)]) == [
        span(-1, 9),
        span(0, 1),
        span(0, 2),
        span(0, None),
    ]


def test_overlap():
    assert span(0, 4).overlap(span(2, None)) == span(2, 4)
    assert span(0, None).overlap(span(2, None)) == span(2, None)
    assert span(0, 2).overlap(span(2, 4)) is None


def test_periods_are_counted_back_from_the_cut_off():
    parts = list(span(0, 36).periods(timedelta(hours=24), NOON + 30 * HOUR))
    assert parts == [span(0, 6), span(6, 30)]
    # A truce that is over keeps the reporting days of the cut-off.
    assert list(span(0, 36).periods(timedelta(hours=24), NOON + 40 * HOUR)) == [span(0, 16), span(16, 36)]


def test_periods_without_a_cut_off_count_forward():
    assert list(span(0, 30).periods(timedelta(hours=24))) == [span(0, 24), span(24, 30)]


def test_no_period_before_the_start_and_none_without_an_end():
    assert list(span(0, 36).periods(timedelta(hours=24), NOON - 2 * HOUR)) == []
    with pytest.raises(ValueError, match="without a last end"):
        list(span(0, None).periods(HOUR))
    with pytest.raises(ValueError, match="longer than zero"):
        list(span(0, 1).periods(timedelta(0)))


instants = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(["Europe/Kyiv", "Europe/Moscow", "Asia/Kolkata", "America/New_York", "Asia/Beirut", "+05:45"])


@settings(max_examples=60)
@given(instants)
def test_what_is_written_is_read_back(instant):
    whole = instant.replace(microsecond=0)
    assert read_instant(format_utc(whole)) == whole
    assert datetime.fromisoformat(format_utc(instant)) == instant


@settings(max_examples=60)
@given(instants, zones)
def test_a_local_time_with_its_zone_means_one_instant_or_is_refused(instant, zone):
    whole = instant.replace(second=0, microsecond=0)
    rules = timezone(timedelta(hours=5, minutes=45)) if zone[0] == "+" else ZoneInfo(zone)
    local = whole.astimezone(rules)
    text = f"{local:%Y-%m-%dT%H:%M} {zone}"
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        with pytest.raises(FormError, match="exists twice"):
            read_instant(text)
    else:
        assert read_instant(text) == whole


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text):
    for read in (read_clock, read_duration):
        with suppress(FormError):
            read(text)


@settings(max_examples=60)
@given(st.integers(1, 400), st.integers(1, 60), st.one_of(st.none(), st.integers(-50, 500)))
def test_periods_tile_the_interval_without_gap_or_overlap(hours, length, last):
    cut = None if last is None else NOON + last * HOUR
    parts = list(span(0, hours).periods(length * HOUR, cut))
    end = NOON + hours * HOUR if cut is None else min(NOON + hours * HOUR, cut)
    if end <= NOON:
        assert parts == []
        return
    assert parts[0].start == NOON
    assert parts[-1].end == end
    assert all(a.end == b.start for a, b in pairwise(parts))
    assert all(part.duration == length * HOUR for part in parts[1:-1])
