"""Rows that are joined before they are counted count as before; by steps of time only where they must."""

from datetime import timedelta

import polars as pl
import pytest
from effect_cases import TRUCE, before, events, evidence, source, spread, terms

from truceline.assessment import series
from truceline.assessment.counting import TALLY, condense, find_groups, find_waves, join_alike, measure_piece, tally
from truceline.assessment.effect import measure
from truceline.evidence import masses, selection

ALERT = "air-raid-alert"
AREAS = ("UA-12", "UA-63", "UA-23", "UA-14", None)
MINUTE_US = 60_000_000
UNITS = ("row-onset", "alert-region-onset", "alert-region-hours", "wave")


def table(kind: str = ALERT) -> pl.DataFrame:
    """Events of which many share their times and areas, some without an area."""
    rows = [*spread(300, before(), AREAS), *spread(40, TRUCE, AREAS)]
    return events([*rows, *rows[::3], *rows[::7]], kind=kind)


def joined(rows: pl.DataFrame, kind: str, step_us: int = 1) -> pl.DataFrame:
    located = rows.with_columns(place_uncertain=pl.lit(False))
    return join_alike(condense(located, kind), kind=kind, step_us=step_us)


@pytest.mark.parametrize("unit", UNITS)
def test_joined_rows_count_as_each_by_itself(unit):
    rows = table()
    short = joined(rows, ALERT)
    assert short.height < rows.height
    assert tally(short, ALERT, unit)["weight"].sum() == pytest.approx(tally(rows, ALERT, unit)["weight"].sum())
    assert tally(short, ALERT, unit).schema == pl.Schema(TALLY)
    assert measure_piece(short, ALERT, unit) == pytest.approx(measure_piece(rows, ALERT, unit))
    assert find_waves(short, ALERT, unit).rows() == find_waves(rows, ALERT, unit).rows()


def test_alike_rows_without_an_area_are_a_wave_as_before():
    rows = events([{"start_utc": TRUCE.start, "area": None}] * 6, kind="explosion")
    short = joined(rows, "explosion")
    assert (short.height, short["rows"].sum()) == (1, 6)
    assert find_groups(tally(short, "explosion", "event"))["size"].to_list() == [6.0]


def test_a_step_puts_a_start_back_and_an_unknown_hour_off():
    start = TRUCE.start + timedelta(seconds=61)
    rows = events([{"start_utc": start, "end_utc": start + timedelta(seconds=1), "area": "UA-12"}], kind="explosion")
    (row,) = joined(rows, "explosion", MINUTE_US).iter_rows(named=True)
    assert row["until_us"] - row["time_us"] == MINUTE_US
    assert row["time_us"] % MINUTE_US == 0


def test_too_many_rows_are_counted_by_steps_and_that_is_said(monkeypatch):
    (plain,) = ask()
    monkeypatch.setattr(series, "_MOST_TIMES", 60)
    (coarse,) = ask()
    assert (coarse.count, coarse.expected_plain) == (plain.count, plain.expected_plain)
    assert any("too many rows to hold" in reason for reason in coarse.reasons)
    assert not any("too many rows to hold" in reason for reason in plain.reasons)


def ask():
    asked = terms(events=("explosion",), counting="event")
    rows = table("explosion")
    return measure(asked, evidence(rows, [source(kind="explosion")]), cut_off=TRUCE.end)


def test_every_row_is_counted_once_whatever_the_slices(monkeypatch):
    whole = ask()
    monkeypatch.setattr(selection, "SLICE_ROWS", 17)
    monkeypatch.setattr(masses, "_LEAST_WAITING", 20)
    assert ask() == whole
