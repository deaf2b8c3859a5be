"""Time without the truce: which, how long, and what it leads one to expect."""

from datetime import timedelta

import numpy as np
import pytest
from effect_cases import DAY, HOUR, START, TRUCE, before, events, spread
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.baseline import Series, choose_spans, compare, free_time, read_baseline
from truceline.assessment.counting import find_waves, tally
from truceline.assessment.profile import FLAT, fit_profile, to_us
from truceline.errors import FormError
from truceline.spacetime import Interval

KIND = "air-raid-alert"
LONG = Interval(START - 100 * DAY, START + 100 * DAY)


def series(rows: list[dict], known: Interval = LONG) -> Series:
    table = events(rows)
    return Series("alerts", tally(table, KIND, "row-onset"), find_waves(table, KIND, "row-onset"), known)


@pytest.mark.parametrize(("text", "days"), [("28 d before", 28), ("4 w before", 28), ("36 h before", 1.5)])
def test_a_length_before_is_a_baseline(text, days):
    assert read_baseline(text) == timedelta(days=days)


ODD = [
    "28 d",
    "28 before",
    "28 days before",
    "before",
    "0 d before",
    "28 d after",
    "",
    28,
    None,
    "9" * 99 + " d before",
]


@pytest.mark.parametrize("text", ODD)
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(FormError) as caught:
        read_baseline(text)
    assert '"28 d before"' in f"{caught.value.expected} {caught.value.do}" or "duration" in caught.value.what


def test_other_truces_and_unknown_time_are_left_out():
    wanted = before(10)
    known = Interval(START - 8 * DAY, START)
    away = [Interval(START - 6 * DAY, START - 5 * DAY), Interval(START - DAY, START + DAY)]
    assert free_time(wanted, known, away) == (
        Interval(START - 8 * DAY, START - 6 * DAY),
        Interval(START - 5 * DAY, START - DAY),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10)), max_size=6))
def test_free_time_and_what_is_left_out_make_the_whole(holes):
    wanted = before(40)
    away = [Interval(wanted.start + a * DAY, wanted.start + (a + n) * DAY) for a, n in holes]
    free = free_time(wanted, LONG, away)
    days = {d for d in range(40) if not any(a <= d < a + n for a, n in holes)}
    assert sum(stretch.duration / DAY for stretch in free) == len(days)
    assert all(one.overlap(hole) is None for one in free for hole in away if hole.start < hole.end)


def test_three_baselines_stand_side_by_side():
    first, second, third = choose_spans(TRUCE, TRUCE, 28 * DAY, LONG, [])
    assert (first.name, first.interval) == ("before", before(28))
    assert (second.name, second.length) == ("longest", 200 * DAY - TRUCE.duration)
    assert (third.name, third.interval) == ("after", Interval(TRUCE.end, TRUCE.end + 28 * DAY))


def test_the_same_weeks_of_other_years_come_before_the_longest():
    known = Interval(START - 800 * DAY, START + 100 * DAY)
    second = choose_spans(TRUCE, TRUCE, 28 * DAY, known, [])[1]
    assert second.name == "other-years"
    assert second.length == 2 * (28 * DAY + TRUCE.duration)
    assert second.free[0].start == START - 728 * DAY - 14 * DAY
    assert second.free[0].start.weekday() == (START - 14 * DAY).weekday()


def test_a_truce_that_still_holds_has_no_after():
    truce = Interval(START, None)
    window = Interval(START, START + 2 * DAY)
    third = choose_spans(window, truce, 28 * DAY, LONG, [])[2]
    assert third.free == ()
    outlook = compare(series(spread(50, before())), window, third, 3)
    assert outlook.baseline.expected is None
    assert outlook.baseline.ratio is None


def test_an_even_baseline_gives_its_plain_rate():
    span = choose_spans(TRUCE, TRUCE, 28 * DAY, LONG, [])[0]
    found = compare(series(spread(672, before())), TRUCE, span, 30).baseline
    assert found.count == 672
    assert found.expected_plain == pytest.approx(30)
    assert found.expected == pytest.approx(30, rel=0.01)
    assert (found.smallest, found.largest) == (30, 30)
    assert found.ratio == pytest.approx(1, rel=0.01)


def test_an_expectation_of_0_has_no_ratio():
    span = choose_spans(TRUCE, TRUCE, 28 * DAY, LONG, [])[0]
    found = compare(series([]), TRUCE, span, 5).baseline
    assert found.expected == 0
    assert found.ratio is None
    assert found.ratio_95 is None


def test_the_days_really_there_are_said():
    known = Interval(START - 10 * DAY, START + 100 * DAY)
    span = choose_spans(TRUCE, TRUCE, 28 * DAY, known, [])[0]
    found = compare(series(spread(100, before(10)), known), TRUCE, span, 12).baseline
    assert found.days_used == pytest.approx(10)
    assert found.expected_plain == pytest.approx(12.5)
    assert "10.0 of 28.0 days" in found.notes[0]


def rhythm(days: range, hours: dict[int, int]) -> list[dict]:
    """So many starts in these hours of each day, counted back from the truce's own day."""
    midnight = START.replace(hour=0)
    return [
        {"start_utc": midnight - day * DAY + hour * HOUR + n * timedelta(minutes=7)}
        for day in days
        for hour, number in hours.items()
        for n in range(number)
    ]


def test_a_window_in_the_quiet_hours_expects_little():
    rows = rhythm(range(1, 29), {10: 4, 11: 4, 12: 4})
    span = choose_spans(TRUCE, TRUCE, 28 * DAY, LONG, [])[0]
    night = Interval(START.replace(hour=20), START.replace(hour=20) + 10 * HOUR)
    found = compare(series(rows), night, span, 0).baseline
    assert found.expected_plain == pytest.approx(5, rel=0.05)
    assert found.expected < 0.5


def test_rows_that_know_only_the_day_count_once_a_midnight():
    rows = [{"start_utc": START.replace(hour=0) - day * DAY} for day in range(28) for _ in range(5)]
    one_midnight = Interval(START, START + 30 * HOUR)
    span = choose_spans(one_midnight, one_midnight, 28 * DAY, LONG, [])[0]
    assert compare(series(rows), one_midnight, span, 5).baseline.expected == pytest.approx(5, rel=0.05)


def test_days_of_the_week_that_differ_by_chance_alone_are_not_believed():
    rng = np.random.default_rng(1)
    free = [before(28)]
    times = np.sort(to_us(START) - rng.integers(1, 28 * 24 * 3600, 600) * 1_000_000)
    profile = fit_profile(times, np.ones(600), free)
    assert np.std(profile.rates) < 0.15


def test_a_rhythm_of_the_day_that_is_there_is_found():
    rows = series(rhythm(range(1, 29), dict.fromkeys(range(8, 16), 3))).counted
    rates = np.array(fit_profile(rows["time_us"].to_numpy(), rows["weight"].to_numpy(), [before(28)]).rates)
    by_hour = rates.reshape(7, 24).mean(0)
    assert by_hour[9] == pytest.approx(3, rel=0.1)
    assert by_hour[3] < 0.1
    assert np.std(rates.reshape(7, 24).mean(1)) < 0.05


@settings(max_examples=40, deadline=None)
@given(st.integers(-10_000, 10_000), st.integers(0, 2000))
def test_a_flat_rhythm_weighs_every_hour_alike(start, hours):
    begin = START + start * timedelta(minutes=13)
    assert FLAT.exposure_of(Interval(begin, begin + hours * HOUR)) == pytest.approx(hours, abs=1e-6)


def test_a_week_weighs_a_week_wherever_it_starts():
    rows = series(rhythm(range(1, 29), {10: 4, 11: 1})).counted
    profile = fit_profile(rows["time_us"].to_numpy(), rows["weight"].to_numpy(), [before(28)])
    for hour in (0, 17, 100):
        start = START + hour * HOUR
        assert profile.exposure_of(Interval(start, start + 7 * DAY)) == pytest.approx(168)


def test_a_window_of_a_minute_in_millennia_of_declared_time_is_still_answered():
    known = Interval(START - 365_000 * DAY, START + 365_000 * DAY)
    window = Interval(START, START + timedelta(minutes=1))
    for span in choose_spans(window, window, 3660 * DAY, known, []):
        assert compare(series(spread(500, before()), known), window, span, 0).baseline.smallest == 0
