"""Detections without identity, matched with platforms that were heard: whose, nobody's, or nobody can tell."""

import math
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.tracks import Gate, count_slots, match_detections
from truceline.tracks.matching import assign

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
MILE = 1 / 60
FEW = settings(max_examples=60, deadline=None)


def found(*places, source="sar", accuracy=100.0):
    """Detections at (minutes after noon, lon, lat)."""
    rows = [
        {"source": source, "platform": f"track:{source}:{number}", "time_utc": NOON + timedelta(minutes=minute),
         "lon": lon, "lat": lat, "accuracy_m": accuracy}
        for number, (minute, lon, lat) in enumerate(places)
    ]  # fmt: skip
    schema = {"source": pl.String, "platform": pl.String, "time_utc": pl.Datetime("us", "UTC"), "lon": pl.Float64,
              "lat": pl.Float64, "accuracy_m": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def sail(name, minutes, start, knots=(0.0, 0.0), *, accuracy=10.0, speed=None):
    """Positions of a ship that passes `start` at noon, its knots east and north."""
    lon, lat = start
    return [
        {"source": "ais", "platform": name, "time_utc": NOON + timedelta(minutes=minute), "accuracy_m": accuracy,
         "lon": lon + knots[0] * minute / 60 * MILE / math.cos(math.radians(lat)),
         "lat": lat + knots[1] * minute / 60 * MILE, "speed_kn": math.hypot(*knots) if speed is None else speed}
        for minute in minutes
    ]  # fmt: skip


def witnesses(lon=30.1, lat=45.1, minutes=range(-180, 181, 5)):
    """Three ships far enough away to be nobody's detection, and heard all the time."""
    return [row for number in range(3) for row in sail(f"mmsi:20000090{number}", minutes, (lon, lat + 0.03 * number))]


def match(detections, rows, gate=None, reception=0.9):
    schema = {"source": pl.String, "platform": pl.String, "time_utc": pl.Datetime("us", "UTC"),
              "accuracy_m": pl.Float64, "lon": pl.Float64, "lat": pl.Float64, "speed_kn": pl.Float64}  # fmt: skip
    heard = pl.DataFrame(rows, schema=schema)
    return match_detections(detections, heard, count_slots(heard.lazy(), ["ais"]), reception, gate)


def test_a_ship_between_two_of_its_positions():
    told = match(found((1, 30.0, 45.0 + 0.2 * MILE)), sail("mmsi:1", [-4, 6], (30.0, 45.0), (0, 12)))
    (row,) = told.to_dicts()
    assert (row["outcome"], row["matched_to"], row["rivals"]) == ("matched", "mmsi:1", 1)
    assert row["distance_m"] == pytest.approx(0.0, abs=1.0)
    assert row["gate_m"] == pytest.approx(100 + 10 + 300 * 12 * 1852 / 3600, rel=1e-3)


def test_two_ships_that_cross_are_told_apart_by_the_sum():
    """Each detection is nearest to the same ship; one of them must be the other."""
    ships = [*sail("mmsi:1", [-2, 2], (30.0, 45.0)), *sail("mmsi:2", [-2, 2], (30.0, 45.0 + 0.15 * MILE))]
    places = found((0, 30.0, 45.0 + 0.01 * MILE), (0, 30.0, 45.0 - 0.04 * MILE), accuracy=400)
    told = match(places, ships)
    assert told["matched_to"].to_list() == ["mmsi:2", "mmsi:1"]
    assert told["rivals"].to_list() == [2, 2]


def test_a_dark_ship_beside_a_visible_one():
    rows = [*sail("mmsi:1", range(-60, 61, 3), (30.0, 45.1)), *witnesses()]
    told = match(found((0, 30.0005, 45.1), (0, 30.001, 45.1)), rows)
    assert told["outcome"].to_list() == ["matched", "unmatched"]
    assert told["matched_to"].to_list() == ["mmsi:1", None]
    assert told["rivals"].to_list() == [1, 1]
    assert told["reception"].to_list() == [1.0, 1.0]


def test_who_would_not_have_been_heard_either_cannot_be_called_dark():
    places = found((0, 30.0, 45.1))
    assert match(places, [])["outcome"].to_list() == ["cannot tell"]
    assert match(places, witnesses()[:73])["outcome"].to_list() == ["cannot tell"]  # one other only
    assert match(places, witnesses(lon=33.0))["outcome"].to_list() == ["cannot tell"]
    gone = witnesses(minutes=[*range(-180, -30, 5), *range(90, 181, 5)])
    told = match(places, gone)
    assert (told["outcome"][0], told["reception"][0]) == ("cannot tell", 0.0)
    assert match(places, witnesses())["outcome"].to_list() == ["unmatched"]


@pytest.mark.parametrize(("metres", "outcome"), [(149.0, "matched"), (151.0, "unmatched")])
def test_at_the_edge_of_the_gate(metres, outcome):
    ship = sail("mmsi:1", [-5, 0, 5], (30.0, 45.1), accuracy=50.0)
    told = match(found((0, 30.0, 45.1 + metres / 111_140), accuracy=100.0), [*ship, *witnesses()])
    assert told["outcome"].to_list() == [outcome]


def test_accuracies_that_nobody_told_are_those_of_the_gate():
    ship = sail("mmsi:1", [-5, 0, 5], (30.0, 45.1), accuracy=None)
    told = match(found((0, 30.0, 45.1), accuracy=None), ship, Gate(detection_m=300, position_m=70))
    assert told["gate_m"].to_list() == [370.0]


@pytest.mark.parametrize(("minutes", "outcome"), [([-20], "matched"), ([20], "matched"), ([-31], "cannot tell"),
                                                  ([-20, 20], "matched"), ([-40, 40], "cannot tell")])  # fmt: skip
def test_a_position_stands_for_as_long_as_the_longest_gap(minutes, outcome):
    told = match(found((0, 30.0, 45.1)), sail("mmsi:1", minutes, (30.0, 45.1)))
    assert told["outcome"].to_list() == [outcome]
    if outcome == "matched":
        assert told["gate_m"][0] == pytest.approx(110 + 20 * 60)  # a metre a second is the least


def test_a_ship_that_turned_in_a_gap_is_still_within_its_gate():
    ship = sail("mmsi:1", [-15, 15], (30.0, 45.1), speed=20.0)
    off = 8_000 / 111_140
    assert match(found((0, 30.0, 45.1 + off)), ship)["outcome"].to_list() == ["matched"]
    assert match(found((0, 30.0, 45.1 + off)), sail("mmsi:1", [-15, 15], (30.0, 45.1)))["outcome"][0] == "cannot tell"


def test_a_jump_is_no_speed():
    far = [*sail("mmsi:1", [-2], (30.0, 45.1)), *sail("mmsi:1", [2], (39.0, 45.1))]
    told = match(found((-2, 31.0, 45.1)), far)
    assert told["outcome"].to_list() == ["cannot tell"]


def test_one_platform_serves_each_scene_once():
    ship = sail("mmsi:1", range(-60, 61, 3), (30.0, 45.1))
    minutes = found((0, 30.0, 45.1), (0.5, 30.0, 45.1), (30, 30.0, 45.1))
    assert match(minutes, ship)["outcome"].to_list() == ["matched", "cannot tell", "matched"]
    plots = minutes.with_columns(platform=pl.lit("track:radar:7"))
    assert match(plots, ship)["matched_to"].to_list() == ["mmsi:1"] * 3
    two = pl.concat([minutes[:1], minutes[:1].with_columns(source=pl.lit("other"))])
    assert match(two, ship)["matched_to"].to_list() == ["mmsi:1"] * 2


def test_across_the_antimeridian():
    ship = [*sail("mmsi:1", [-5], (179.99, 45.0)), *sail("mmsi:1", [5], (-179.99, 45.0))]
    told = match(found((0, 180.0, 45.0), (0, -180.0, 45.001)), ship)
    assert told["matched_to"].to_list() == ["mmsi:1", None]
    assert told["distance_m"][0] == pytest.approx(0.0, abs=0.01)
    assert told["rivals"].to_list() == [1, 1]


def test_nothing_found_gives_nothing():
    told = match(found(), witnesses())
    assert len(told) == 0
    assert {"outcome", "matched_to", "distance_m", "gate_m", "rivals", "reception"} <= set(told.columns)


def test_what_is_no_place_cannot_be_told():
    rows = found((0, math.nan, 45.0), (0, 30.0, 95.0), (0, 30.0, 45.1))
    rows = pl.concat([rows, rows[2:].with_columns(time_utc=pl.lit(None, pl.Datetime("us", "UTC")))])
    bad = [{**row, "lon": math.inf} for row in sail("mmsi:2", [0], (30.0, 45.1))]
    told = match(rows, [*bad, *witnesses()])
    assert told["outcome"].to_list() == ["cannot tell", "cannot tell", "unmatched", "cannot tell"]


def test_the_order_of_the_input_changes_nothing():
    draw = np.random.default_rng(5)
    rows = [row for n in range(20) for row in sail(f"mmsi:{n:09}", [-6, 3, 9], tuple(draw.normal((30, 45.1), 0.02)))]
    places = found(*[(0, *draw.normal((30, 45.1), 0.02)) for _ in range(30)], accuracy=800)
    told = match(places, rows).sort("platform")
    again = match(places.sample(fraction=1, shuffle=True, seed=1), [rows[n] for n in draw.permutation(len(rows))])
    assert told.equals(again.sort("platform"))
    assert told["matched_to"].drop_nulls().is_unique().all()
    assert (told["outcome"] == "matched").sum() > 10


COSTS = st.dictionaries(
    st.integers(0, 7), st.dictionaries(st.integers(0, 7), st.floats(0, 1), min_size=1, max_size=8), max_size=8
)


@FEW
@given(COSTS)
def test_the_choice_is_the_best_that_there_is(costs):
    optimize = pytest.importorskip("scipy.optimize", reason="SciPy, an oracle, is not installed")
    table = np.full((8, 8), 1_000.0)
    for one, others in costs.items():
        for other, cost in others.items():
            table[one, other] = cost
    rows, columns = optimize.linear_sum_assignment(table)
    best = table[rows, columns][table[rows, columns] < 1_000]
    chosen = assign(costs)
    assert len(set(chosen.values())) == len(chosen) == len(best)
    assert sum(costs[one][other] for one, other in chosen.items()) == pytest.approx(best.sum())


def test_a_whole_sea_takes_seconds():
    """10,000 detections in five scenes, a thousand ships, half of the detections theirs."""
    draw = np.random.default_rng(1)
    places = draw.uniform((28, 43), (38, 46), (1_000, 2))
    rows = [row for n in range(1_000) for row in sail(f"mmsi:{n:09}", range(0, 181, 6), tuple(places[n]))]
    theirs = [(18 * (n // 1_000) + 3, *places[n % 1_000]) for n in range(5_000)]
    nobodys = [(18 * (n // 1_000) + 3, *place) for n, place in enumerate(draw.uniform((28, 43), (38, 46), (5_000, 2)))]
    start = time.perf_counter()
    told = match(found(*theirs, *nobodys), rows)
    took = time.perf_counter() - start
    assert told["matched_to"][:5_000].to_list() == [f"mmsi:{n % 1_000:09}" for n in range(5_000)]
    assert (told["outcome"][5_000:] == "matched").mean() < 0.05
    assert took < 20
