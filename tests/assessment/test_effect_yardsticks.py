"""Real truces, counted by hand and apart from the code: what the effect must come to."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from effect_cases import events, evidence, source, terms

from truceline.assessment.effect import measure
from truceline.evidence.tables import EVENTS, conform
from truceline.model import Change, Effect
from truceline.spacetime import Interval

CHRISTMAS = Interval(datetime(2023, 1, 6, 9, tzinfo=UTC), datetime(2023, 1, 7, 21, tzinfo=UTC))
JULY_2020 = datetime(2020, 7, 26, 21, 1, tzinfo=UTC)  # 27 July 2020, 00:01 in Kyiv
DECEMBER_TO_JANUARY = Interval(datetime(2022, 12, 1, tzinfo=UTC), datetime(2023, 2, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def christmas(shared_data) -> dict[str, Effect]:
    """The official and the volunteer alerts around the Orthodox Christmas truce of 2023, by counting unit."""
    official = read_alerts(shared_data / "alerts" / "official_2022-12-01_2023-02-01.csv", "oblast", "official")
    volunteer = read_alerts(shared_data / "alerts" / "volunteer_2022-12-01_2023-02-01.csv", "region", "volunteer")
    sources = [
        source("official", lineage="ua", span=DECEMBER_TO_JANUARY),
        source("volunteer", lineage="ua", span=DECEMBER_TO_JANUARY, counts=False),
    ]
    found = measure(terms(CHRISTMAS), evidence(pl.concat([official, volunteer]), sources), cut_off=CHRISTMAS.end)
    return {effect.counting: effect for effect in found}


def read_alerts(path: Path, area: str, name: str) -> pl.DataFrame:
    rows = pl.read_csv(path).select(
        source=pl.lit(name),
        kind=pl.lit("air-raid-alert"),
        area=pl.col(area).str.replace("(?i)kyiv city", "Kyiv City"),
        start_utc=read_time("started_at"),
        end_utc=read_time("finished_at"),
    )
    return conform(rows, EVENTS)


def read_time(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="us", time_zone="UTC")


@pytest.mark.parametrize(("unit", "plain"), [("row-onset", 53.25), ("alert-region-onset", 49.446)])
def test_christmas_56_where_about_as_many_were_to_be_expected(christmas, unit, plain):
    found = christmas[unit]
    assert (found.count, found.count_low, found.count_high) == (56, 56, 56)
    assert found.expected_plain == pytest.approx(plain, abs=0.001)
    assert found.change == Change.CANNOT_TELL
    low, high = found.ratio_95
    assert 0.4 < low < 0.6
    assert 1.7 < high < 2.4


def test_christmas_matched_by_hour_is_about_57(christmas):
    assert 55 < christmas["row-onset"].expected < 57.5


def test_christmas_windows_before_it_ran_from_16_to_103(christmas):
    before = christmas["row-onset"].baselines[0]
    assert (before.count, before.smallest, before.largest) == (994, 16, 103)
    assert before.days_used == 28


def test_christmas_has_three_baselines_and_too_little_to_show_a_third_less(christmas):
    found = christmas["row-onset"]
    assert [baseline.name for baseline in found.baselines] == ["before", "longest", "after"]
    assert found.baselines[2].days_used == pytest.approx(24.125)
    assert 0.3 < found.smallest_reduction < 0.6


def test_christmas_shows_onsets_hours_and_waves_together_and_none_tells(christmas):
    assert set(christmas) == {"row-onset", "alert-region-onset", "alert-region-hours", "wave"}
    assert {effect.change for effect in christmas.values()} == {Change.CANNOT_TELL}
    assert christmas["alert-region-hours"].ratio == pytest.approx(1, abs=0.15)
    assert christmas["wave"].count == 4


def test_christmas_has_the_volunteers_beside_it_as_no_independent_source(christmas):
    (other,) = christmas["row-onset"].by_source
    assert 50 < other.count < 70
    assert 45 < other.expected < 70
    assert "not independent" in other.note


def test_christmas_has_no_region_under_chronic_alert(christmas):
    assert christmas["row-onset"].chronic == ()
    assert len(christmas["row-onset"].by_area) > 20


def test_four_deadly_events_against_fourteen_are_a_range(shared_data):
    """27 July 2020: 28 days from the start against 28 before, rows by their first day in Kyiv's zone.

    One row of the window and two of the baseline are summaries of a month.
    """
    rows = read_deadly_events(shared_data / "events" / "ucdp_ged_ukraine_2014-2021_hdx.csv.gz")
    window = Interval(JULY_2020, JULY_2020 + timedelta(days=28))
    known = Interval(datetime(2019, 12, 31, 22, tzinfo=UTC), datetime(2021, 12, 31, 22, tzinfo=UTC))
    asked = terms(window, ["lethal-event"], "event", possible=Interval(JULY_2020, None))
    ucdp = source("ucdp", "lethal-event", span=known)
    (found,) = measure(asked, evidence(rows, [ucdp]), cut_off=window.end)
    assert (found.count, found.baselines[0].count) == (4, 14)
    assert found.count_low == 3  # without the summary of August, which may lie after the window
    assert found.count_high == 6  # with both summaries of July, which may lie within it
    assert found.expected_plain == pytest.approx(14)
    assert found.ratio == pytest.approx(4 / 14, rel=0.01)
    low, high = found.ratio_95
    assert 0.05 < low < 0.15
    assert 0.8 < high < 1.0
    assert found.change == Change.CANNOT_TELL  # less, unless the summaries of July lie in the window


def read_deadly_events(path: Path) -> pl.DataFrame:
    table = pl.read_csv(gzip.decompress(path.read_bytes()), skip_rows_after_header=1, infer_schema_length=0)
    days = table.select(
        *(pl.col(name).str.slice(0, 10).str.to_date() for name in ("date_start", "date_end")),
        quantity=pl.col("best").cast(pl.Float64),
    )
    local = [
        (midnight(start), midnight(end + timedelta(days=1)), quantity) for start, end, quantity in days.iter_rows()
    ]
    return events(
        [
            {"start_utc": start, "end_utc": end, "quantity": quantity, "unit": "deaths"}
            for start, end, quantity in local
        ],
        "ucdp",
        "lethal-event",
    )


def midnight(day) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Kyiv")).astimezone(UTC)
