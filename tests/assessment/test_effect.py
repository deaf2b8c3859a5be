"""Did the numbers change? What is said, what is not said, and why."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from effect_cases import DAY, HOUR, START, TRUCE, before, events, evidence, source, spread, terms
from shapely.geometry import box

from truceline.agreement.document import Zone
from truceline.assessment.effect import check_baselines, measure, name_change, unmeasured
from truceline.evidence.tables import COVERAGE
from truceline.model import Change
from truceline.spacetime import Interval

END = TRUCE.end
AREAS = ("UA-12", "UA-63", "UA-23", "UA-14")
CALM = spread(1075, before(), AREAS)  # 48 in 30 hours


def units(table: pl.DataFrame, **keys) -> dict:
    found = measure(keys.pop("terms", terms()), evidence(table, **keys), cut_off=END)
    return {effect.counting: effect for effect in found}


def onsets(table: pl.DataFrame, **keys):
    return units(table, **keys)["row-onset"]


def test_5_against_48_is_reduced():
    found = onsets(events([*CALM, *spread(5, TRUCE, AREAS)]))
    assert (found.count, found.count_low, found.count_high) == (5, 5, 5)
    assert found.expected_plain == pytest.approx(48, abs=0.1)
    assert found.expected == pytest.approx(48, abs=2)
    assert found.change == Change.REDUCED
    assert found.ratio_95[1] < 0.5


def test_as_many_as_ever_cannot_be_told_from_a_fifth_less():
    found = onsets(events([*CALM, *spread(48, TRUCE, AREAS)]))
    assert found.change == Change.CANNOT_TELL
    assert found.ratio == pytest.approx(1, rel=0.05)
    assert 0 < found.smallest_reduction < 0.8


def test_three_times_as_many_is_increased():
    assert onsets(events([*CALM, *spread(144, TRUCE, AREAS)])).change == Change.INCREASED


def test_silence_is_a_reduction_where_the_file_is_known_to_be_whole():
    found = onsets(events(CALM))
    assert (found.count, found.ratio, found.ratio_95[0]) == (0, 0, 0)
    assert found.change == Change.REDUCED


def test_silence_at_the_end_of_a_file_is_not_told_from_the_end_of_the_file():
    found = onsets(events(CALM), sources=[source(span=None)])
    assert found.count == 0
    assert found.change == Change.CANNOT_TELL
    assert "declare its span" in found.reasons[0]


def test_a_last_row_shortly_before_the_end_is_no_doubt():
    found = onsets(events([*CALM, *spread(60, TRUCE, AREAS)]), sources=[source(span=None)])
    assert found.interval == TRUCE
    assert not any("declare its span" in reason for reason in found.reasons)


def test_the_declared_unit_comes_first_and_all_units_are_shown():
    found = measure(terms(counting="wave"), evidence(events(CALM)), cut_off=END)
    assert [effect.counting for effect in found] == ["wave", "row-onset", "alert-region-onset", "alert-region-hours"]


def test_a_clause_without_a_baseline_asks_for_no_effect():
    bare = terms(baseline=None)
    assert measure(bare, evidence(events(CALM)), cut_off=END) == ()
    assert unmeasured(bare, evidence(events(CALM)), cut_off=END) == ()


def test_a_baseline_that_cannot_be_read_is_said_and_measured_by_nothing():
    odd = terms(baseline="last spring")
    assert measure(odd, evidence(events(CALM)), cut_off=END) == ()
    (reason,) = unmeasured(odd, evidence(events(CALM)), cut_off=END)
    assert "last spring" in reason


def test_a_clause_that_never_came_into_force_has_no_effect():
    for unborn, cut_off in ((terms(interval=None), END), (terms(), START)):
        assert measure(unborn, evidence(events(CALM)), cut_off=cut_off) == ()
        assert "not certainly in force" in unmeasured(unborn, evidence(events(CALM)), cut_off=cut_off)[0]


def test_the_window_ends_at_the_cut_off():
    table = events([*CALM, *spread(30, TRUCE, AREAS)])
    (found, *_) = measure(terms(), evidence(table), cut_off=START + 10 * HOUR)
    assert found.interval == Interval(START, START + 10 * HOUR)
    assert found.count == 10


def test_nothing_is_known_after_a_cut_off_that_the_evidence_was_cut_at():
    table = events([*CALM, *spread(5, TRUCE, AREAS)])
    for keys, cut_after in (({"set_aside": {"at or after the cut-off": 3}}, False), ({}, True)):
        (found, *_) = measure(terms(), evidence(table, **keys), cut_off=END, cut_after=cut_after)
        assert found.baselines[2].days_used == 0
        assert found.baselines[2].expected is None


def test_other_truces_leave_every_baseline():
    other = Interval(START - 10 * DAY, START - 8 * DAY)
    found = onsets(events([*CALM, *spread(5, TRUCE)]), truces=[other])
    assert found.baselines[0].days_used == pytest.approx(26)
    assert found.baselines[0].count == pytest.approx(1075 * 26 / 28, abs=1)
    assert found.expected_plain == pytest.approx(48, abs=0.1)


def test_baselines_that_disagree_are_pointed_out():
    after = spread(3000, Interval(END, END + 28 * DAY), AREAS)
    found = onsets(events([*CALM, *spread(48, TRUCE, AREAS), *after]))
    assert [baseline.name for baseline in found.baselines] == ["before", "longest", "after"]
    assert any("disagree" in reason and '"after"' in reason for reason in found.reasons)


# --- who counts -------------------------------------------------------------------------------


def test_several_sources_of_which_none_is_marked_give_no_effect_and_a_reason():
    sources = [source(counts=False), source("copy", counts=False)]
    table = pl.concat([events(CALM), events(CALM, "copy")])
    assert units(table, sources=sources) == {}
    (reason,) = unmeasured(terms(), evidence(table, sources), cut_off=END)
    assert "none is marked" in reason
    assert "alerts, copy" in reason


def test_two_marked_sources_for_one_unit_give_a_reason():
    (reason,) = unmeasured(terms(), evidence(events(CALM), [source(), source("copy")]), cut_off=END)
    assert "more than one source is marked" in reason


def test_the_only_source_counts_unmarked():
    assert onsets(events(CALM), sources=[source(counts=False)]).source == "alerts"


def test_a_kind_that_nobody_reports_is_said():
    asked = terms(events=["air-raid-alert", "shelling"])
    assert unmeasured(asked, evidence(events(CALM)), cut_off=END) == ("shelling: no source was read that reports it",)


def test_a_source_that_declares_a_unit_serves_that_unit_only_and_comes_first_there():
    table = pl.concat([events(CALM), events(CALM[::2], "rows")])
    found = units(table, sources=[source(), source("rows", counting="row-onset")])
    assert found["row-onset"].source == "rows"
    assert {effect.source for unit, effect in found.items() if unit != "row-onset"} == {"alerts"}


def test_a_unit_that_only_the_source_declares_is_measured_too():
    fires = [
        {"start_utc": START - day * DAY, "end_utc": START - (day - 1) * DAY, "quantity": 9.0} for day in range(1, 29)
    ]
    table = events(fires, "firms", "thermal-anomaly")
    firms = source("firms", "thermal-anomaly", counting="event")
    (found,) = measure(terms(events=["thermal-anomaly"]), evidence(table, [firms]), cut_off=END)
    assert found.counting == "event"
    assert found.baselines[0].count == 28 * 9


def test_other_sources_stand_beside_the_count_and_say_whom_they_copy():
    table = pl.concat([events([*CALM, *spread(5, TRUCE)]), events([*CALM, *spread(9, TRUCE)], "volunteer")])
    sources = [source(lineage="ua"), source("volunteer", lineage="ua", counts=False)]
    (other,) = onsets(table, sources=sources).by_source
    assert (other.source, other.count) == ("volunteer", 9)
    assert other.expected == pytest.approx(48, abs=2)
    assert "not independent" in other.note


def test_a_source_that_does_not_know_the_window_has_no_count():
    short = source("short", counts=False, span=Interval(START - 90 * DAY, START + HOUR))
    table = pl.concat([events([*CALM, *spread(5, TRUCE)]), events(CALM, "short")])
    (other,) = onsets(table, sources=[source(), short]).by_source
    assert other.count is None


def test_a_source_complete_for_another_time_gives_a_reason():
    past = source(span=Interval(START - 90 * DAY, START - DAY))
    assert units(events(CALM), sources=[past]) == {}
    assert "not the clause's time" in unmeasured(terms(), evidence(events(CALM), [past]), cut_off=END)[0]


def test_only_the_part_of_the_window_that_is_known_is_measured():
    half = source(span=Interval(START - 90 * DAY, START + 15 * HOUR))
    found = onsets(events([*CALM, *spread(30, TRUCE)]), sources=[half])
    assert found.interval == Interval(START, START + 15 * HOUR)
    assert found.count == 15
    assert any("is measured" in reason for reason in found.reasons)


# --- what the number hides --------------------------------------------------------------------


def test_a_region_under_alert_nearly_always_leaves_both_sides():
    chronic = [
        {
            "area": "UA-09",
            "start_utc": START - 28 * DAY + n * 4 * HOUR,
            "end_utc": START - 28 * DAY + (4 * n + 3.8) * HOUR,
        }
        for n in range(180)
    ]
    without, together = (onsets(events([*CALM, *spread(5, TRUCE, AREAS), *more])) for more in ([], chronic))
    assert together.chronic == ("UA-09",)
    assert (together.count, together.expected) == (without.count, without.expected)
    assert any("UA-09" in reason for reason in together.reasons)


def test_one_battle_under_a_quiet_average_is_shown():
    found = onsets(events([*CALM, *spread(8, TRUCE, AREAS), *spread(14, TRUCE, ["UA-63"])]))
    assert (found.by_area[0].area, found.by_area[0].count) == ("UA-63", 16)
    assert found.by_area[0].expected == pytest.approx(12, abs=1)
    assert sum(area.count for area in found.by_area) == found.count
    assert any("UA-63" in reason and "hides" in reason for reason in found.reasons)


def test_undeclared_coverage_is_noted_and_declared_coverage_is_not():
    rows = [
        {
            "source": "alerts",
            "provider": "",
            "start_utc": START - 60 * DAY,
            "end_utc": END,
            "area": "everywhere",
            "detects": ["air-raid-alert"],
            "party": None,
            "probability": 0.9,
        }
    ]
    declared = onsets(events(CALM), coverage=pl.DataFrame(rows, schema=COVERAGE))
    assert any("nobody declared" in reason for reason in onsets(events(CALM)).reasons)
    assert not any("nobody declared" in reason for reason in declared.reasons)


def test_waves_make_the_interval_wider():
    waves = [
        {"area": f"r{n}", "start_utc": START - day * DAY + n * timedelta(seconds=20)}
        for day in range(1, 28, 3)
        for n in range(20)
    ]
    alone = [{"area": f"r{n % 20}", "start_utc": START - (n + 0.5) * 3.7 * HOUR} for n in range(180)]
    (low, high), (calm_low, calm_high) = (
        onsets(events([*rows, *spread(10, TRUCE, AREAS)])).ratio_95 for rows in (waves, alone)
    )
    assert low < calm_low
    assert high > calm_high


def test_a_zone_counts_what_lies_in_it():
    zone = Zone("east", box(36, 46, 40, 50))
    rows = [{**row, "lon": 38.0 if n % 2 else 30.0, "lat": 48.0} for n, row in enumerate([*CALM, *spread(6, TRUCE)])]
    found = onsets(events(rows), terms=replace(terms(), zone=zone))
    assert found.baselines[0].count == 537
    assert found.count == 3


def test_what_nobody_could_draw_is_not_counted_in():
    for odd in (replace(terms(), zone=Zone("line", None)), terms(objects=["refineries"])):
        assert measure(odd, evidence(events(CALM)), cut_off=END) == ()
        assert len(unmeasured(odd, evidence(events(CALM)), cut_off=END)) == 1


# --- ranges -----------------------------------------------------------------------------------


def days(kind: str, *spans: tuple[float, float]) -> list[dict]:
    return [{"start_utc": START + a * DAY, "end_utc": START + b * DAY} for a, b in spans]


def test_rows_that_an_edge_cuts_make_the_count_a_range():
    window = Interval(START, START + 10 * DAY)
    rows = days("explosion", *((-n, -n + 1) for n in range(2, 29)), (-0.5, 0.5), (1, 2), (3, 4), (9.5, 10.5))
    event = source(kind="explosion")
    asked = terms(window, ["explosion"], "event")
    (found,) = measure(asked, evidence(events(rows, kind="explosion"), [event]), cut_off=window.end)
    assert (found.count, found.count_low, found.count_high) == (3, 2, 4)
    assert any("range: 2 to 4" in reason for reason in found.reasons)


def test_where_the_range_changes_the_answer_it_cannot_be_told():
    window = Interval(START, START + 28 * DAY)
    rows = days("lethal-event", *((-n, -n + 1) for n in range(2, 29)), *((-5, 20) for _ in range(20)), (3, 4))
    asked = terms(window, ["lethal-event"], "event")
    (found,) = measure(
        asked, evidence(events(rows, kind="lethal-event"), [source(kind="lethal-event")]), cut_off=window.end
    )
    assert found.ratio_95[1] < 1
    assert found.count_high == 21
    assert found.change == Change.CANNOT_TELL
    assert "the answer changes on the way" in found.reasons[0]


def test_a_start_that_is_a_day_wide_makes_a_range_too():
    possible = Interval(START - 12 * HOUR, END)
    rows = [*CALM, *spread(12, Interval(START - 12 * HOUR, START)), *spread(5, TRUCE)]
    found = onsets(events(rows), terms=terms(possible=possible))
    assert found.count == 5
    assert found.count_high >= 5 + 12
    assert found.baselines[0].interval.end == possible.start


# --- naming and checking ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio_95", "change"),
    [
        ((0.1, 0.99), Change.REDUCED),
        ((0.1, 1.0), Change.CANNOT_TELL),
        ((0.5, 2.0), Change.CANNOT_TELL),
        ((0.8, 1.3), Change.NOT_REDUCED),
        ((1.01, 3.0), Change.INCREASED),
        ((1.01, None), Change.INCREASED),
        ((0.0, None), Change.CANNOT_TELL),
        (None, Change.CANNOT_TELL),
    ],
)
def test_the_change_is_named_by_the_interval(ratio_95, change):
    assert name_change(ratio_95) == change


class _Document:
    file = "agreement.md"

    def __init__(self, *clauses) -> None:
        self.clauses = clauses


def test_a_baseline_that_compares_nothing_is_a_problem_with_its_line():
    clauses = [terms(baseline=text).clause for text in ("28 d before", None, "0 h before", "99999 d before", "x")]
    problems = check_baselines(_Document(*clauses))
    assert [(one.line, one.found) for one in problems] == [(12, '"0 h before"'), (12, '"99999 d before"')]
    assert all('"28 d before"' in one.do for one in problems)


def test_the_reasons_say_what_fits_the_count():
    found = onsets(events([*CALM, *spread(48, TRUCE, AREAS)]))
    assert "fit the count" in found.reasons[0]
    assert f"{found.smallest_reduction:.2f} or less" in found.reasons[0]


def test_the_same_evidence_gives_the_same_effects():
    table = events([*CALM, *spread(5, TRUCE, AREAS)])
    assert units(table) == units(table.sample(fraction=1, shuffle=True, seed=1))
