"""What one is: rows, onsets, merged alerts, hours and waves."""

from datetime import timedelta

import polars as pl
import pytest
from effect_cases import HOUR, START, events
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.counting import TALLY, choose_units, find_groups, find_waves, measure_piece, tally

MINUTE = timedelta(minutes=1)
ALERT = "air-raid-alert"


def alert(area: str | None, start: float, end: float | None) -> dict:
    """An alert from hour to hour of the truce."""
    return {"area": area, "start_utc": START + start * HOUR, "end_utc": None if end is None else START + end * HOUR}


def total(rows: pl.DataFrame, unit: str, kind: str = ALERT) -> float:
    return tally(rows, kind, unit)["weight"].sum()


def test_overlapping_alerts_of_one_region_are_one_onset():
    rows = events([alert("UA-12", 0, 3), alert("UA-12", 1, 2), alert("UA-12", 2.5, 4), alert("UA-63", 1, 2)])
    assert total(rows, "row-onset") == 4
    assert total(rows, "alert-region-onset") == 2
    assert total(rows, "alert-region-hours") == pytest.approx(5)


def test_an_alert_inside_a_longer_one_does_not_end_it():
    rows = events([alert("UA-12", 0, 10), alert("UA-12", 1, 2), alert("UA-12", 9, 11)])
    assert total(rows, "alert-region-onset") == 1


def test_alerts_that_touch_are_one():
    rows = events([alert("UA-12", 0, 1), alert("UA-12", 1, 2)])
    assert total(rows, "alert-region-onset") == 1


def test_alerts_without_a_region_are_never_merged():
    rows = events([alert(None, 0, 3), alert(None, 1, 2)])
    assert total(rows, "alert-region-onset") == 2


def test_an_alert_without_an_end_begins_and_lasts_nobody_knows_how_long():
    rows = events([alert("UA-12", 0, None), alert("UA-12", 1, 2)])
    assert total(rows, "alert-region-onset") == 2
    assert total(rows, "alert-region-hours") == pytest.approx(1)


def test_hours_count_where_they_lie():
    parts = tally(events([alert("UA-12", 0.5, 2.25)]), ALERT, "alert-region-hours")
    assert parts["weight"].sum() == pytest.approx(1.75)
    assert parts["weight"].max() <= 0.25
    assert parts.height == 7


def wave(regions: int, at: float = 0.0, spacing: timedelta = MINUTE) -> list[dict]:
    return [
        {"area": f"region {n}", "start_utc": START + at * HOUR + n * spacing, "end_utc": START + (at + 1) * HOUR}
        for n in range(regions)
    ]


@pytest.mark.parametrize(("regions", "waves"), [(4, 0), (5, 1), (24, 1)])
def test_five_regions_within_minutes_are_a_wave(regions, waves):
    assert total(events(wave(regions)), "wave") == waves


def test_onsets_further_apart_than_five_minutes_are_no_wave():
    assert total(events(wave(9, spacing=5 * MINUTE)), "wave") == 1
    assert total(events(wave(9, spacing=5.1 * MINUTE)), "wave") == 0


def test_two_waves_are_two():
    assert total(events([*wave(6), *wave(7, at=3)]), "wave") == 2


def test_one_region_many_times_is_no_wave():
    rows = events([{"area": "UA-12", "start_utc": START + n * MINUTE} for n in range(10)])
    assert find_groups(tally(rows, ALERT, "row-onset")).height == 0


def test_an_event_of_unknown_hour_is_as_wide_as_its_day_and_an_alert_is_not():
    row = {"start_utc": START, "end_utc": START + 24 * HOUR}
    event = tally(events([row], kind="explosion"), "explosion", "event").row(0, named=True)
    alarm = tally(events([row]), ALERT, "row-onset").row(0, named=True)
    assert event["end_us"] - event["time_us"] == 24 * 3_600_000_000
    assert alarm["end_us"] == alarm["time_us"]


def test_a_summary_row_counts_its_quantity():
    rows = events(
        [
            {"start_utc": START, "quantity": 7.0, "quantity_low": 5.0, "quantity_high": 9.0},
            {"start_utc": START, "quantity": 3.0, "unit": "rows"},
            {"start_utc": START, "quantity": 120.0, "unit": "km"},
            {"start_utc": START},
            {"start_utc": START, "quantity": float("nan")},
        ],
        kind="mission-count",
    )
    counted = tally(rows, "mission-count", "mission-count")
    assert counted["weight"].to_list() == [7, 3, 1, 1, 1]
    assert (counted["low"].to_list()[0], counted["high"].to_list()[0]) == (5, 9)


def test_the_dead_of_an_event_are_not_its_count():
    rows = events([{"start_utc": START, "quantity": 12.0}], kind="lethal-event")
    assert total(rows, "event", "lethal-event") == 1


def test_rows_wider_than_an_hour_make_no_wave():
    rows = events([{"start_utc": START, "end_utc": START + 24 * HOUR} for _ in range(9)], kind="explosion")
    assert find_waves(rows, "explosion", "event").height == 0


def test_the_piece_of_hours_is_the_typical_alert():
    rows = events([alert("UA-12", 0, 1), alert("UA-63", 5, 8)])
    assert measure_piece(rows, ALERT, "alert-region-hours") == pytest.approx((1 + 9) / 4)
    assert measure_piece(rows, ALERT, "row-onset") == 1


def test_units_fit_the_kind_and_the_clause_comes_first():
    assert choose_units(ALERT, "wave")[0] == "wave"
    assert set(choose_units(ALERT, "event")) == {"row-onset", "alert-region-onset", "alert-region-hours", "wave"}
    assert choose_units("lethal-event", "alert-region-onset") == ("event",)
    assert choose_units("mission-count", None) == ("mission-count",)


@pytest.mark.parametrize("unit", ["row-onset", "alert-region-onset", "alert-region-hours", "wave"])
def test_of_nothing_there_is_nothing(unit):
    counted = tally(events([]), ALERT, unit)
    assert counted.height == 0
    assert counted.schema == pl.Schema(TALLY)


SPANS = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(0, 50), st.floats(0.1, 20)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(SPANS)
def test_merging_keeps_the_time_under_alert(spans):
    rows = events([alert(area, start, start + length) for area, start, length in spans])
    minutes = {
        (area, m) for area, start, length in spans for m in range(round(start * 60), round((start + length) * 60))
    }
    assert total(rows, "alert-region-hours") == pytest.approx(len(minutes) / 60, abs=0.05 * len(spans) + 0.01)
    assert total(rows, "alert-region-onset") <= total(rows, "row-onset") == len(spans)
    assert total(rows, "wave") == 0


@pytest.mark.parametrize("quantity", [float("inf"), -3.0, 1e300])
def test_a_quantity_that_cannot_be_counts_as_one_row(quantity):
    rows = events([{"start_utc": START, "quantity": quantity, "quantity_high": float("inf")}], kind="mission-count")
    assert tally(rows, "mission-count", "mission-count").row(0, named=True)["high"] == 1
