"""Which positions are doubtful: the odd one out, not the good ones around it."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from track_cases import NOON, clean, flags, read_states, rows_of, table, way

from truceline.evidence.tables import PLATFORMS, POSITIONS, conform, empty
from truceline.tracks import Flag, explain, flag_positions
from truceline.tracks.flags import REASONS, fastest_kn

SHIP = "mmsi:273000001"


def known(**more):
    return conform(pl.DataFrame([{"platform": SHIP, "kind": "vessel", **more}]), PLATFORMS)


def test_nothing_is_flagged_in_nothing():
    assert len(flag_positions(empty(POSITIONS))) == 0


def test_one_position_is_never_a_jump():
    assert clean(table(rows_of(SHIP, [0], [31.0], [44.0])))


@pytest.mark.parametrize("odd", range(1, 9))
def test_the_odd_one_out_is_flagged_and_its_neighbours_are_not(odd):
    lon, lat = way(np.arange(10) * 60)
    lon[odd] += 1.0
    assert flags(table(rows_of(SHIP, np.arange(10) * 60, lon, lat)), Flag.JUMP) == [n == odd for n in range(10)]


@pytest.mark.parametrize("odd", [0, 9])
def test_an_odd_first_or_last_one_is_flagged_alone(odd):
    lon, lat = way(np.arange(10) * 60)
    lon[odd] += 1.0
    assert flags(table(rows_of(SHIP, np.arange(10) * 60, lon, lat)), Flag.JUMP) == [n == odd for n in range(10)]


def test_two_odd_places_one_after_the_other_are_both_flagged():
    lon, lat = way(np.arange(20) * 60)
    lon[7] += 1.0
    lat[8] += 1.0
    found = flags(table(rows_of(SHIP, np.arange(20) * 60, lon, lat)), Flag.JUMP)
    assert found == [n in (7, 8) for n in range(20)]


def test_a_stay_elsewhere_is_flagged_whole():
    lon, lat = way(np.arange(30) * 60)
    lon[10:18] += 1.0
    assert flags(table(rows_of(SHIP, np.arange(30) * 60, lon, lat)), Flag.JUMP) == [10 <= n < 18 for n in range(30)]


def test_where_nothing_tells_which_half_is_false_both_are():
    lon, lat = way(np.arange(20) * 60)
    lon[10:] += 3.0
    assert all(flags(table(rows_of(SHIP, np.arange(20) * 60, lon, lat)), Flag.JUMP))


def test_an_identity_in_two_places_is_flagged_in_both():
    seconds = np.arange(40) * 30
    lon, lat = way(seconds)
    lon[1::2] += 2.0
    assert all(flags(table(rows_of(SHIP, seconds, lon, lat)), Flag.TWO_PLACES)[:-1])


def test_a_single_odd_one_is_no_second_place():
    lon, lat = way(np.arange(40) * 60)
    lon[[5, 30]] += 1.0
    assert not any(flags(table(rows_of(SHIP, np.arange(40) * 60, lon, lat)), Flag.TWO_PLACES))


def test_what_is_too_fast_depends_on_what_it_is():
    lon, lat = way(np.arange(10) * 61, knots=65)
    rows = table(rows_of(SHIP, np.arange(10) * 61, lon, lat))
    assert clean(rows, known(category="warship"))
    assert not clean(rows, known(category="tanker"))
    assert clean(table(rows_of("icao:4baac6", np.arange(10) * 60, *way(np.arange(10) * 60, knots=480))))


def test_the_limits_of_categories():
    assert fastest_kn("vessel", None) == 80.0
    assert fastest_kn("radar-track", None) == fastest_kn(None, None) == 1500.0
    assert fastest_kn("vessel", "cargo") < fastest_kn("vessel", None) < fastest_kn("aircraft", "helicopter")


def test_stamps_that_differ_by_seconds_are_no_jump():
    lon, lat = way(np.arange(20) * 10, knots=20)
    late = np.arange(20) * 10.0 + np.where(np.arange(20) % 3 == 0, 8.0, 0.0)
    assert clean(table(rows_of(SHIP, late, lon, lat)))


def test_order_of_rows_and_duplicates_make_no_difference():
    lon, lat = way(np.arange(30) * 60, seed=1)
    lon[12] += 1.0
    rows = rows_of(SHIP, np.arange(30) * 60, lon, lat)
    mixed = [rows[n] for n in np.random.default_rng(1).permutation(30)]
    odd = [row["lon"] == lon[12] for row in [*mixed, *mixed]]
    assert flags(table(mixed, mixed), Flag.JUMP) == odd


def test_rows_without_a_place_break_nothing_and_are_unavailable():
    lon, lat = way(np.arange(6) * 60)
    lon[2], lat[4] = np.nan, 91.0
    assert flags(table(rows_of(SHIP, np.arange(6) * 60, lon, lat)), Flag.UNAVAILABLE) == [n in (2, 4) for n in range(6)]
    assert not any(flags(table(rows_of(SHIP, np.arange(6) * 60, lon, lat)), Flag.JUMP))


@pytest.mark.parametrize(
    ("speed", "flag"), [(102.2, Flag.SATURATED), (102.3, Flag.SATURATED), (95.0, Flag.FAST), (12.0, None), (None, None)]
)
def test_a_speed_that_no_ship_has(speed, flag):
    rows = table(rows_of(SHIP, [0, 60], *way([0, 60]), speed_kn=speed))
    assert [each for each in (Flag.SATURATED, Flag.FAST) if all(flags(rows, each))] == ([flag] if flag else [])


def test_the_code_that_a_decoder_saw_counts_too():
    rows = table(rows_of(SHIP, [0], [31.0], [44.0], integrity="pa=1 raim=0 sog=saturated"))
    assert flags(rows, Flag.SATURATED) == [True]


@pytest.mark.parametrize("mmsi", ["000000000", "111111111", "123456789", "999999999", "000012345", "199000000"])
def test_numbers_that_no_ship_is_given(mmsi):
    assert all(flags(table(rows_of(f"mmsi:{mmsi}", [0], [31.0], [44.0])), Flag.NO_SHIP))


@pytest.mark.parametrize("mmsi", ["273000001", "538004586", "775999999"])
def test_numbers_that_a_ship_may_have(mmsi):
    assert clean(table(rows_of(f"mmsi:{mmsi}", [0], [31.0], [44.0])))


@pytest.mark.parametrize(
    ("lon", "lat", "on_land"),
    [
        (33.975, 45.052, True),  # the airport of Simferopol
        (30.75, 46.49, False),  # the port of Odesa
        (33.53, 44.62, False),  # the bay of Sevastopol
        (32.62, 46.63, False),  # Kherson, up the river
        (31.99, 46.97, False),  # Mykolaiv
        (28.8, 45.34, False),  # Izmail
        (20.45, 54.7, False),  # Kaliningrad
        (25.97, 43.86, False),  # Ruse, on the Danube
        (29.05, 41.1, False),  # the Bosporus
        (36.2, 49.99, True),  # Kharkiv
        (31.0, 44.0, False),  # the sea
        (-3.0, 53.0, False),  # land outside the region: nothing is said
    ],
)
def test_a_vessel_on_land(lon, lat, on_land):
    assert flags(table(rows_of(SHIP, [0], [lon], [lat])), Flag.ON_LAND) == [on_land]


def test_aircraft_may_be_over_land():
    assert clean(table(rows_of("icao:4baac6", [0], [36.2], [49.99])))


def test_every_flag_has_a_reason():
    assert set(REASONS) == set(Flag)
    assert explain(0) == ()
    assert explain(Flag.JUMP | Flag.CROWD) == (REASONS[Flag.JUMP], REASONS[Flag.CROWD])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["mmsi:273000001", "mmsi:273000002", "icao:4baac6", "track:r:1"]),
            st.integers(0, 5000),
            st.floats(-180, 181) | st.just(float("nan")),
            st.floats(-90, 91) | st.just(float("nan")),
        ), max_size=40,
    )
)  # fmt: skip
def test_any_positions_get_one_number_a_row_whatever_their_order(rows):
    parts = [rows_of(name, [second], [lon], [lat]) for name, second, lon, lat in rows]
    if not parts:
        return
    found = flag_positions(table(*parts))
    assert len(found) == len(rows)
    backwards = flag_positions(table(*parts[::-1]))
    key = sorted(zip(map(repr, rows), found.tolist(), strict=True))
    assert key == sorted(zip(map(repr, rows[::-1]), backwards.tolist(), strict=True))


def test_a_million_pings_of_one_platform_in_an_hour():
    rng = np.random.default_rng(1)
    count = 200_000
    frame = pl.DataFrame(
        {"source": ["ais"] * count, "platform": [SHIP] * count,
         "time_utc": pl.Series([NOON] * count) + pl.Series(np.sort(rng.integers(0, 3_600_000_000, count))).cast(
             pl.Duration("us")),
         "lon": 31 + rng.integers(0, 3, count) * 1.0, "lat": 44.0, "file": 1, "row": range(count)}
    )  # fmt: skip
    assert (flag_positions(conform(frame, POSITIONS)) > 0).mean() > 0.6


def test_real_traffic_is_not_flagged(shared_data):
    for name in ("opensky_switzerland_2018-08-01", "opensky_border_control_2020-04-17"):
        rows = read_states(shared_data / "adsb" / f"{name}.json.gz")
        assert clean(rows), name


def test_the_real_spoofed_flight_is_flagged_while_it_was_spoofed(shared_data):
    rows = read_states(shared_data / "adsb" / "opensky_noisy_spoofing.json.gz")
    found = pl.Series(flag_positions(rows) > 0)
    hour = rows["time_utc"].dt.hour().cast(pl.Int32) * 60 + rows["time_utc"].dt.minute()
    placed = rows["lon"].is_not_null()
    spoofed = (hour >= 8 * 60 + 50) & (hour < 9 * 60 + 58) & placed
    assert found.filter(spoofed).mean() > 0.99
    assert found.filter((hour >= 8 * 60 + 12) & (hour < 8 * 60 + 49)).mean() == 0.0
    assert found.filter((hour >= 10 * 60) & placed).mean() == 0.0


def test_the_real_clock_fault_is_flagged(shared_data):
    rows = read_states(shared_data / "adsb" / "opensky_noisy_time_issue_2022-07-13.json.gz")
    assert 0.2 < (flag_positions(rows) > 0).mean() < 0.5


def test_real_ships_are_flagged_for_faults_and_for_nothing_else(shared_data):
    ships = pl.read_csv(shared_data / "ais" / "marinecadastre_2022-01-03.csv.gz", infer_schema_length=10_000)
    rows = conform(
        ships.select(
            source=pl.lit("mc"), platform=pl.format("mmsi:{}", pl.col("MMSI").cast(pl.String).str.zfill(9)),
            time_utc=pl.col("BaseDateTime").cast(pl.String).str.to_datetime(time_unit="us", time_zone="UTC"),
            lon="LON", lat="LAT", speed_kn="SOG", file=1, row=pl.int_range(1, pl.len() + 1),
        ), POSITIONS,
    )  # fmt: skip
    found = flag_positions(rows)
    assert (found > 0).mean() < 0.005
    for flag in (Flag.CROWD, Flag.CIRCLE, Flag.LINE, Flag.ON_LAND, Flag.TWO_PLACES):
        assert not (found & flag.value).any(), flag
    stale = rows.filter(pl.Series(found & Flag.JUMP.value > 0))["time_utc"]
    start = stale.min().replace(hour=0, minute=0, second=0)
    assert (stale - start <= timedelta(seconds=5)).mean() > 0.6  # positions that the file gives for midnight


@pytest.mark.parametrize("others", [1, 2, 5])
def test_what_is_said_of_a_track_does_not_depend_on_the_others(others):
    """A ship that is now here, now there: which half is odd must not change with who else is looked at."""
    random = np.random.default_rng(4)
    parts = [
        rows_of(
            f"mmsi:27300000{number}", np.arange(0, 3600, 60), 31 + random.integers(0, 2, 60) * 3.0, 44 + number / 50
        )
        for number in range(others + 1)
    ]
    together = flag_positions(table(*parts))
    alone = [flag_positions(table(part)) for part in parts]
    assert together.any()
    assert together.tolist() == np.concatenate(alone).tolist()
