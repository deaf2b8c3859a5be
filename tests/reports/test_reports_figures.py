"""Maps, timelines and bars: what they show is where it should be, and what nobody saw is left blank."""

import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_case import END, START, at, make_effect

from truceline.evidence import tables
from truceline.evidence.source import Coverage
from truceline.model import AreaCount, Change, Status, Word
from truceline.reports.bars import draw_areas, draw_baselines, draw_ratio, draw_share
from truceline.reports.maps import Frame, build_map
from truceline.reports.outlines import find_watched, zone_shapes
from truceline.reports.page import draw_picture
from truceline.reports.signs import NAMES, draw_sign
from truceline.reports.svg import Canvas, fix
from truceline.reports.timeline import build_timeline
from truceline.reports.tracks import thin_tracks
from truceline.spacetime import Interval


def shapes(drawing):
    """Return the elements of a drawing; fails on anything that is not well-formed."""
    return list(ElementTree.fromstring(draw_picture(drawing)).iter())  # noqa: S314 - our own drawing


def labels(drawing):
    return [label.text for label in drawing.labels]


def kinds(drawing):
    return [element.tag.rpartition("}")[2] for element in shapes(drawing)]


def with_coverage(case, *coverage):
    plan = replace(case.evidence.plan, coverage=coverage)
    return replace(case, evidence=replace(case.evidence, plan=plan))


def with_positions(case, rows):
    positions = tables.conform(pl.DataFrame(rows), tables.POSITIONS).lazy()
    return replace(case, evidence=replace(case.evidence, positions=positions))


def test_every_word_has_its_own_sign():
    drawn = {}
    for name in NAMES:
        drawn.setdefault(draw_sign(name).shapes, []).append(str(name))
    same = sorted(sorted(names) for names in drawn.values() if len(names) > 1)
    assert same == [
        ["alleged", "suspected"],
        ["breached", "confirmed", "corroborated"],
        ["not evaluated", "not in force", "not yet due"],
    ]


def test_not_determinable_is_hollow_and_not_green():
    drawing = draw_sign(Word.NOT_DETERMINABLE).shapes
    assert 'fill="#ffffff"' in drawing
    assert "#2f7d4f" not in drawing


@given(
    st.one_of(st.none(), st.floats(0, 1e9)),
    st.one_of(st.none(), st.tuples(st.floats(0, 1e6), st.one_of(st.none(), st.floats(1e6, 1e12)))),
)
@settings(max_examples=60)
def test_any_ratio_can_be_drawn_within_its_frame(ratio, pair):
    drawing = draw_ratio(make_effect(ratio=ratio, ratio_95=pair))
    for element in shapes(drawing)[1:]:
        for name in ("x1", "x2", "cx"):
            assert 0 <= float(element.get(name, 0)) <= drawing.width


def test_the_interval_of_a_ratio_stands_around_one_where_it_holds_one():
    drawing = draw_ratio(make_effect(ratio=1.0, ratio_95=(0.5, 2.0)))
    (dot,) = [element for element in shapes(drawing) if element.tag.endswith("circle")]
    assert float(dot.get("cx")) == pytest.approx(drawing.width / 2, abs=0.1)


def test_unknown_is_a_broken_line_and_not_an_empty_bar():
    assert "stroke-dasharray" in draw_ratio(make_effect(ratio=None, ratio_95=None)).shapes
    assert "stroke-dasharray" in draw_share(None, 0.6).shapes
    assert "stroke-dasharray" not in draw_share(0.0, 0.6).shapes


def test_baselines_say_their_numbers_beside_them():
    drawing = draw_baselines(make_effect().baselines, 680)
    assert "1.05 (0.52 to 2.10)" in labels(drawing)
    assert "unknown (0.90 or more)" in labels(drawing)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.one_of(st.none(), st.floats(0, 1e6))), max_size=6))
@settings(max_examples=40)
def test_areas_of_any_size_fit(pairs):
    areas = [AreaCount(str(number), count, expected) for number, (count, expected) in enumerate(pairs)]
    drawing = draw_areas(areas, [one.area for one in areas], 350)
    for element in shapes(drawing):
        if element.tag.endswith("rect"):
            assert float(element.get("x")) + float(element.get("width")) <= 350


@given(st.floats(20, 45), st.floats(40, 56))
@settings(max_examples=40)
def test_a_map_is_true_to_scale_in_its_middle(lon, lat):
    frame = Frame(lon - 1, lat - 1, lon + 1, lat + 1, 680)
    x, y = frame.xy(lon, lat)
    assert (x, y) == (pytest.approx(340), pytest.approx(frame.height / 2))
    rx, ry = frame.radii(lat, 10_000)
    assert rx == pytest.approx(ry, rel=1e-6)


def test_the_map_outlines_the_zones_that_clauses_name_and_no_other(case):
    assert set(zone_shapes(case.subject)) == {"west", "lane"}
    figure = build_map(case.subject)
    assert {"west", "lane"} <= set(labels(figure.wide))
    assert "unused" not in labels(figure.wide)


def test_every_incident_with_a_place_is_on_the_map_by_its_number(case):
    figure = build_map(case.subject)
    for drawing in (figure.wide, figure.narrow):
        assert {"1", "2", "3", "4"} <= set(labels(drawing))


def test_what_no_source_watched_is_left_blank(case):
    seen = find_watched(case.subject)
    assert seen.bounds == (30.6, 45.2, 31.6, 46.0)
    assert find_watched(with_coverage(case).subject).is_empty
    assert "pattern" in kinds(build_map(case.subject).wide)


def test_alerts_and_sources_that_nobody_vouched_for_watch_nothing(case):
    whole = Interval(START, END)
    alerts = Coverage("alerts", "", whole, "everywhere", ("air-raid-alert",), 1.0)
    vague = Coverage("radar", "", whole, "west", ("drone",), None)
    before = Coverage("radar", "", Interval(at(-9), START), "west", ("drone",), 0.9)
    assert find_watched(with_coverage(case, alerts, vague, before).subject).is_empty


def test_a_gap_in_a_track_stays_a_gap(case):
    tracks = thin_tracks(case.subject, (-180, -90, 180, 90))
    assert [track.platform for track in tracks if track.named] == ["track:radar:7"]
    assert all(len(track.pieces) == 2 for track in tracks)


def test_tracks_are_thinned_to_what_a_page_can_show(case):
    rows = [
        {
            "source": "ais",
            "platform": f"mmsi:{ship}",
            "time_utc": START + timedelta(seconds=10 * step),
            "lon": 30.0,
            "lat": 45.5,
            "file": 1,
            "row": step,
        }
        for ship in range(20)
        for step in range(2000)
    ]
    tracks = thin_tracks(with_positions(case, rows).subject, (-180, -90, 180, 90))
    assert len(tracks) == 20
    assert sum(len(piece) for track in tracks for piece in track.pieces) <= 5_000


def test_a_case_without_any_place_has_no_map(case):
    bare = case.but(incidents=(), clauses=tuple(replace(one, zone=None, effects=()) for one in case.assessment.clauses))
    assert build_map(bare.subject) is None


def test_regions_stand_on_the_map_where_there_is_no_zone(case):
    clauses = tuple(replace(one, zone=None) for one in case.assessment.clauses)
    figure = build_map(case.but(incidents=(), clauses=clauses).subject)
    assert "Kharkiv 21" in labels(figure.wide)
    assert "numbers are air-raid alerts by region" in figure.title


def test_the_timeline_shows_the_exact_clock_at_both_edges_and_every_contested_one(case):
    found = labels(build_timeline(case.subject).wide)
    assert "2 May 00:00 (21:00 UTC)" in found
    assert "5 May 00:00 (21:00 UTC)" in found
    assert "NOR's clock" in found


def test_the_timeline_counts_hour_by_hour_and_says_the_highest(case):
    assert "Air-raid alerts per hour; highest 1" in labels(build_timeline(case.subject).wide)


def test_a_row_that_sums_up_several_counts_as_many(case):
    events = case.evidence.events.with_columns(
        quantity=pl.when(pl.col("event") == "a40").then(7.0).otherwise(None), unit=pl.lit("rows").cast(pl.Categorical)
    )
    heavier = replace(case, evidence=replace(case.evidence, events=events))
    assert "Air-raid alerts per hour; highest 7" in labels(build_timeline(heavier.subject).wide)


def test_a_days_total_is_not_drawn_as_an_hour(case):
    days = pl.DataFrame(
        [
            {
                "source": "alerts",
                "event": f"d{day}",
                "kind": "air-raid-alert",
                "start_utc": at(24 * day),
                "end_utc": at(24 * day + 24),
                "area": "UA-51",
                "file": 1,
                "row": day + 4,
            }
            for day in range(-3, 3)
        ]
    )
    daily = replace(case, evidence=replace(case.evidence, events=tables.conform(days, tables.EVENTS).lazy()))
    drawing = build_timeline(daily.subject).wide
    assert "Air-raid alerts per day; highest 1" in labels(drawing)
    bars = [one for one in shapes(drawing) if one.tag.endswith("rect") and one.get("class") == "f-accent"]
    assert len(bars) == 4, "three days in force, and the day before them that the drawing begins in"


def test_nothing_after_the_cut_off_is_counted(case):
    early = case.but(cut_off=at(-30))
    assert "Air-raid alerts per hour; highest 0" in labels(build_timeline(early.subject).wide)


def test_an_open_truce_is_drawn_to_the_cut_off(case):
    clauses = tuple(replace(one, interval=Interval(START, None)) for one in case.assessment.clauses)
    assert build_timeline(case.but(clauses=clauses).subject) is not None


def test_a_case_that_never_began_has_no_timeline(case):
    clauses = tuple(replace(one, interval=None) for one in case.assessment.clauses)
    assert build_timeline(case.but(clauses=clauses).subject) is None


@pytest.mark.parametrize("days", [0.01, 1, 9, 40, 400, 4000])
def test_windows_of_any_length_have_ticks_that_do_not_crowd(case, days):
    end = START + timedelta(days=days)
    clauses = tuple(replace(one, interval=Interval(START, end)) for one in case.assessment.clauses)
    figure = build_timeline(case.but(clauses=clauses, cut_off=end, interval=Interval(START, end)).subject)
    for drawing in (figure.wide, figure.narrow):
        foot = [label for label in drawing.labels if label.y > drawing.height - 10]
        assert 1 <= len(foot) <= drawing.width / 40


def test_coordinates_are_short_and_never_minus_zero():
    assert [fix(value) for value in (-0.04, 1.0, 2.345)] == ["0", "1", "2.3"]


def test_a_rectangle_of_negative_size_is_refused():
    with pytest.raises(ValueError, match="negative"):
        Canvas(10, 10).rect(0, 0, -1, 1)


def test_labels_are_escaped():
    canvas = Canvas(10, 10)
    canvas.label(0, 0, "<b>&")
    assert "&lt;b&gt;&amp;" in draw_picture(canvas.finish())


def test_figures_say_in_words_what_they_show(case):
    for figure in (build_map(case.subject), build_timeline(case.subject)):
        assert figure.description.endswith(".")
        assert re.search(r"\d", figure.description)


def test_effects_and_statuses_are_signs_too():
    assert {*Change, *Status} <= set(NAMES)


def test_a_sign_under_the_name_of_its_row_has_its_number_beside_it(case):
    """On a telephone the name of a row stands where the first signs of a truce do."""
    (first, *_) = case.assessment.incidents
    early = replace(first, span=Interval(START, START + timedelta(minutes=5)))
    found = labels(build_timeline(case.but(incidents=(early,)).subject).narrow)
    assert "1" in found
    both = (early, replace(early, id="f" * 16, span=Interval(START + timedelta(hours=2), START + timedelta(hours=3))))
    numbers = [text for text in labels(build_timeline(case.but(incidents=both).subject).narrow) if text in "12"]
    assert numbers == ["2"]  # the first has no room beside it: the table has both
