"""What only all platforms together show: disturbed navigation, one feed under two names, reception."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from track_cases import NOON, flags, rows_of, table, way

from truceline.evidence.tables import COVERAGE, NEVER_COOPERATIVE, POSITIONS, conform, empty
from truceline.tracks import (
    Flag,
    count_slots,
    cut_silences,
    find_feeds,
    find_silences,
    flag_positions,
    join_feeds,
    map_interference,
    measure_clocks,
    measure_reception,
    name_feeds,
    receive_others,
    rows_of_coverage,
)

GOOD, POOR = "adsb_icao nic=8 nac_p=9", "adsb_icao nic=0 nac_p=0"


# --- disturbed navigation ---------------------------------------------------------------------


def plane(number, integrity, start=0, lon=30.1):
    seconds = np.arange(start, start + 600, 60)
    return rows_of(f"icao:{number:06x}", seconds, lon + seconds / 1e5, 45.1, integrity=integrity)


def disturbed(poor, count, elsewhere=GOOD):
    """So many of so many aircraft are poor in one cell and hour, after an hour somewhere else."""
    parts = [plane(n, POOR if n < poor else GOOD) for n in range(count)]
    return table(*parts, *[plane(n, elsewhere, start=-3600, lon=33.1) for n in range(poor)])


def test_several_aircraft_that_are_poor_together_show_a_disturbance():
    rows = disturbed(3, 4)
    (cell,) = map_interference(rows.lazy()).filter(pl.col("poor") > 0).iter_rows(named=True)
    assert (cell["cell_lon"], cell["cell_lat"], cell["hour"]) == (30.0, 45.0, NOON)
    assert (cell["aircraft"], cell["poor"], cell["share"]) == (4, 3, 0.75)
    assert flags(rows, Flag.INTERFERENCE)[:40] == [True] * 30 + [False] * 10


def test_one_poor_aircraft_among_many_is_the_aircraft():
    assert not any(flags(disturbed(1, 8), Flag.INTERFERENCE))


def test_too_few_aircraft_tell_nothing():
    rows = disturbed(3, 3)
    assert map_interference(rows.lazy()).filter(pl.col("cell_lon") == 30.0)["share"].to_list() == [None]
    assert not any(flags(rows, Flag.INTERFERENCE))


def test_an_aircraft_that_is_always_poor_is_left_out():
    rows = disturbed(4, 5, elsewhere=POOR)
    assert map_interference(rows.lazy())["aircraft"].to_list() == [1]
    assert not any(flags(rows, Flag.INTERFERENCE))


def test_sources_without_quality_make_no_map():
    rows = table(rows_of("icao:000001", [0, 60], [30.0, 30.1], 45.0), rows_of("mmsi:273000001", [0], [30.0], [45.0]))
    assert len(map_interference(rows.lazy())) == 0


# --- one feed under two names -----------------------------------------------------------------


def feed(name, late=0.0, share=1.0, ships=5, noise=0.0, platform="mmsi:27300000{}"):
    rng = np.random.default_rng(7)
    rows = []
    for number in range(ships):
        seconds = np.arange(0, 3600, 60)
        lon, lat = way(seconds, lat=44 + number / 10, seed=number)
        kept = rng.random(len(seconds)) < share
        lon = lon + rng.normal(0, noise, len(lon)) if noise else lon
        rows += rows_of(platform.format(number), seconds[kept] + late, lon[kept], lat[kept], source=name)
    return rows


def test_two_names_of_one_feed_are_one_lineage():
    feeds = find_feeds(table(feed("one"), feed("two", share=0.7), feed("radar", noise=1e-4)).lazy())
    assert feeds.select("one", "other", "share").rows() == [("one", "two", 1.0)]
    assert join_feeds(feeds) == {"one": "one", "two": "one"}
    assert measure_clocks(feeds) == {}
    (note,) = name_feeds(feeds)
    assert "one lineage" in note


def test_a_clock_that_is_late_shows_in_the_same_fixes():
    rows = table(feed("one"), feed("two", late=47.0))
    feeds = find_feeds(rows.lazy())
    assert feeds["offset_s"].to_list() == [47.0]
    assert measure_clocks(feeds) == {"one": 47.0, "two": 47.0}
    assert any("differ by 47 s" in note for note in name_feeds(feeds))


def test_a_late_clock_is_no_jump_once_it_is_known():
    rows = table(feed("one", platform="icao:00000{}"), feed("two", late=600.0, platform="icao:00000{}"))
    fast = rows.with_columns(lon=31 + (pl.col("lon") - 31) * 90)  # 1,080 kn
    clocks = measure_clocks(find_feeds(fast.lazy()))
    assert (flag_positions(fast) & Flag.JUMP.value).any()
    assert not (flag_positions(fast, clock_s=clocks) & Flag.JUMP.value).any()


def test_a_ship_at_anchor_shows_nothing_of_clocks():
    still = [rows_of("mmsi:273000001", np.arange(0, 3600, 60) + late, 31.0, 44.0, source=name)
             for name, late in (("one", 0.0), ("two", 30.0))]  # fmt: skip
    assert len(find_feeds(table(*still).lazy())) == 0


def test_of_very_many_fixes_an_even_share_tells_the_same(monkeypatch):
    monkeypatch.setattr("truceline.tracks.feeds._MOST_FIXES", 300)
    feeds = find_feeds(table(feed("one"), feed("two", late=47.0)).lazy())
    assert 60 < feeds["shared"].item() < 240
    assert feeds.select("share", "offset_s").row(0) == (1.0, 47.0)


def test_receivers_may_be_compared_too():
    rows = table(feed("ais")).with_columns(received_by=pl.lit("north").cast(pl.Categorical))
    other = table(feed("ais", late=20.0)).with_columns(received_by=pl.lit("west").cast(pl.Categorical))
    assert find_feeds(pl.concat([rows, other]).lazy(), "received_by")["offset_s"].to_list() == [20.0]


# --- reception --------------------------------------------------------------------------------


def heard(number, minutes, lon=30.6, lat=45.6, source="ais"):
    return rows_of(f"mmsi:27300000{number}", [60 * m for m in minutes], lon + number / 100, lat, source=source)


def test_who_is_heard_in_every_slot_shows_full_reception():
    slots = count_slots(table(*[heard(n, range(-30, 180, 5)) for n in range(3)]).lazy(), ["ais"])
    shares = measure_reception(slots)
    assert shares["others"].to_list() == [3] * len(shares)
    assert shares["reception"].to_list() == [1.0] * len(shares)


def test_who_is_heard_before_and_after_was_there_meanwhile():
    quiet = [*range(-30, 1, 5), *range(125, 240, 5)]
    shares = measure_reception(count_slots(table(*[heard(n, quiet) for n in range(4)]).lazy(), ["ais"]))
    by_hour = dict(zip(shares["hour"], shares["reception"], strict=True))
    assert by_hour[NOON + timedelta(hours=1)] == 0.0, "known, and nothing was received"
    assert by_hour[NOON + timedelta(hours=3)] == 1.0


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_others_are_unknown_not_zero_not_full(count):
    shares = measure_reception(count_slots(table(*[heard(n, range(0, 180, 5)) for n in range(count)]).lazy(), ["ais"]))
    assert set(shares["reception"]) == {None}


def test_nothing_received_from_anyone_is_unknown():
    slots = count_slots(empty(POSITIONS).lazy(), ["ais"])
    asked = pl.DataFrame(
        {"cell_x": [122], "cell_y": [182], "hour": [NOON]}, schema_overrides={"hour": slots["hour"].dtype}
    )
    assert len(measure_reception(slots)) == 0
    assert receive_others(slots, "mmsi:1", asked).select("others", "reception").row(0) == (0, None)


def test_the_first_and_last_slot_of_a_platform_do_not_count():
    slots = count_slots(table(heard(0, [5, 15, 25])).lazy(), ["ais"])
    assert slots["present"].sum() == 1


def test_a_platform_away_for_longer_than_six_hours_may_have_been_anywhere():
    slots = count_slots(table(heard(0, [5, 15, 25, 500, 510, 520])).lazy(), ["ais"])
    assert slots["present"].sum() == 2


def test_thinning_to_one_report_in_eight_minutes_changes_nothing():
    thin = count_slots(table(*[heard(n, range(-30, 180, 8)) for n in range(3)]).lazy(), ["ais"])
    assert set(measure_reception(thin)["reception"]) == {1.0}


def test_ships_near_the_receiver_do_not_speak_for_the_edge_of_its_range():
    near = [heard(n, range(-30, 240, 5), lon=30.3) for n in range(5)]
    far = heard(9, [*range(-30, 1, 5), *range(200, 240, 5)], lon=30.45)
    shares = measure_reception(count_slots(table(*near, far).lazy(), ["ais"]))
    edge = shares.filter(pl.col("cell_x") == 122, pl.col("hour") == NOON + timedelta(hours=1))
    assert edge.select("others", "reception").row(0) == (6, 0.0)


def test_without_a_platform_the_rest_must_suffice():
    slots = count_slots(table(*[heard(n, range(-30, 180, 5)) for n in range(3)]).lazy(), ["ais"])
    asked = slots.select("cell_x", "cell_y", "hour").unique()
    assert set(receive_others(slots, "mmsi:273000001", asked)["reception"]) == {None}
    assert set(receive_others(slots, "mmsi:999999998", asked)["reception"]) == {1.0}


def test_each_source_has_its_own_share():
    both = [heard(n, range(-30, 180, 5)) for n in range(3)]
    half = [heard(n, range(-30, 180, 20), source="sat") for n in range(3)]
    slots = count_slots(table(*both, *half).lazy(), ["sat", "ais"])
    shares = {
        name: rows_of_coverage(slots, name, number, "x")
        .filter(pl.col("start_utc") == NOON + timedelta(hours=1))["probability"]
        .mean()
        for number, name in enumerate(["ais", "sat"])
    }
    assert shares["ais"] == 1.0
    assert shares["sat"] == pytest.approx(0.5, abs=0.1)


def test_where_all_fell_silent_at_once_the_rest_of_the_hour_was_not_watched():
    slots = count_slots(table(*[heard(n, range(-60, 85, 5)) for n in range(3)]).lazy(), ["ais"])  # the last at 13:20
    rows = rows_of_coverage(slots, "ais", 0, "coast").sort("start_utc")
    assert rows["probability"].to_list() == [pytest.approx(5 / 6), 1.0, pytest.approx(2 / 6)]


def test_coverage_has_the_shape_of_its_table_and_never_sees_those_who_hide():
    slots = count_slots(table(*[heard(n, range(-30, 180, 5)) for n in range(3)]).lazy(), ["ais"])
    for root in ("vessel", "aircraft"):
        rows = conform(rows_of_coverage(slots, "ais", 0, "coast", root), COVERAGE)
        assert not NEVER_COOPERATIVE & {word for words in rows["detects"] for word in words}
        assert not {"vessel", "aircraft"} & {word for words in rows["detects"] for word in words}
        assert (rows["end_utc"] - rows["start_utc"]).unique().to_list() == [timedelta(hours=1)]
    assert rows["area"].unique().to_list() == ["cell 30.5 45.5"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 600), st.floats(30, 31), st.floats(45, 46)), max_size=60))
def test_nobody_is_heard_more_often_than_present(points):
    parts = [rows_of(f"mmsi:27300000{n}", [60 * m], [x], [y]) for n, m, x, y in points]
    slots = count_slots(table(*parts).lazy() if parts else empty(POSITIONS).lazy(), ["ais"])
    assert (slots["heard"] <= slots["present"]).all()
    shares = measure_reception(slots)["reception"].drop_nulls()
    assert shares.is_between(0, 1).all()


# --- silences ---------------------------------------------------------------------------------


def test_a_silence_is_what_lies_between_two_positions():
    rows = table(heard(0, [0, 10, 90, 100]))
    end = int((NOON + timedelta(minutes=105)).timestamp() * 1e6)
    (found,) = find_silences(rows, 1800, end).iter_rows(named=True)
    assert (found["end_us"] - found["start_us"]) / 6e7 == 80
    assert (found["row"], found["row_after"]) == (2, 3)


def test_a_silence_that_lasts_has_no_place_after_it():
    end = int((NOON + timedelta(hours=3)).timestamp() * 1e6)
    (found,) = find_silences(table(heard(0, [0, 10])), 1800, end).iter_rows(named=True)
    assert (found["lon_after"], (found["end_us"] - found["start_us"]) / 6e7) == (None, 170)


def test_pieces_tile_a_silence_on_a_straight_way():
    rows = table(rows_of("mmsi:273000001", [0, 7200], [30.0, 31.0], [45.0, 46.0]))
    silences = find_silences(rows, 1800, 0)
    pieces = cut_silences(silences)
    assert len(pieces) == 12
    assert pieces["from_us"][0] == silences["start_us"][0]
    assert pieces["to_us"][-1] == silences["end_us"][0]
    assert pieces["from_us"].to_list()[1:] == pieces["to_us"].to_list()[:-1]
    assert pieces["lon"][0] == pytest.approx(30 + 0.5 / 12)
    assert pieces["lat"][11] == pytest.approx(46 - 0.5 / 12)
