"""Published episodes in small: crowds at airports, circles, letters, approaches that never were."""

import numpy as np
import pytest
from track_cases import clean, flags, ring, rows_of, table, way

from truceline.tracks import Flag, find_crowds, flag_positions
from truceline.tracks.spoofing import flag_crowds

SHIP = "mmsi:273000001"
HOUR = np.arange(0, 3600, 60)


def ship(number):
    return f"mmsi:{273000000 + number}"


def test_fifty_ships_at_an_airport():
    """As reported of 4 June 2024: ships "at" an airport, some faster than ships are, one at anchor with 102.2 kn."""
    rng = np.random.default_rng(4)
    rows = [
        row
        for number in range(50)
        for row in rows_of(ship(number), HOUR + number, 33.975 + rng.normal(0, 2e-5, 60),
                           45.052 + rng.normal(0, 2e-5, 60),
                           speed_kn=float(rng.uniform(40, 101)) if number else 102.2)
    ]  # fmt: skip
    found = table(rows)
    assert all(flags(found, Flag.ON_LAND))
    assert np.mean(flags(found, Flag.CROWD)) > 0.95
    assert all(flags(found, Flag.SATURATED)[:60])
    assert not any(flags(found, Flag.FAST)[:60])
    assert any(flags(found, Flag.FAST))


def test_thirty_ships_at_an_airport_by_the_coast_are_a_crowd():
    """The airport of Gelendzhik lies too near to the sea to be land; the crowd shows it."""
    found = table([row for number in range(30) for row in rows_of(ship(number), HOUR[:10], 38.0125, 44.5825)])
    assert not any(flags(found, Flag.ON_LAND))
    assert all(flags(found, Flag.CROWD))


def test_a_few_ships_alongside_are_no_crowd():
    assert clean(table([row for number in range(4) for row in rows_of(ship(number), HOUR, 31.0, 44.0)]))


def test_ships_that_lie_there_one_after_the_other_are_no_crowd():
    rows = [row for number in range(9) for row in rows_of(ship(number), HOUR[:8] + 3600 * number, 31.0, 44.0)]
    assert clean(table(rows))


def test_berths_fifty_metres_apart_are_no_crowd():
    rows = [row for number in range(20) for row in rows_of(ship(number), HOUR[:10], 31.0 + 0.0007 * number, 44.0)]
    assert clean(table(rows))


def test_crowds_of_all_positions_serve_for_some_of_them():
    whole = table([row for number in range(6) for row in rows_of(ship(number), HOUR[:5], 31.0, 44.0)])
    part = whole.head(5)
    assert not flag_crowds(part).any()
    assert flag_crowds(part, find_crowds(whole.lazy())).all()


@pytest.mark.parametrize("grid", np.linspace(0, 0.0001, 7))
def test_no_edge_of_a_grid_hides_a_crowd(grid):
    rows = [row for n in range(8) for row in rows_of(ship(n), HOUR[:5], 31 + grid + 1e-6 * n, 44 + grid)]
    assert all(flags(table(rows), Flag.CROWD))


def test_a_letter_drawn_at_a_hundred_knots():
    """As reported of May 2023: a track that writes a Z at 102 kn."""
    seconds = np.arange(0, 2400, 30)
    corners = [(31.0, 44.6), (31.8, 44.6), (31.0, 44.0), (31.8, 44.0)]
    at = np.linspace(0, 3, len(seconds))
    lon, lat = (np.interp(at, range(4), [corner[axis] for corner in corners]) for axis in (0, 1))
    found = table(rows_of(SHIP, seconds, lon, lat, speed_kn=102.2))
    assert all(flags(found, Flag.SATURATED))
    assert all(flags(found, Flag.JUMP))


def test_a_faked_approach_from_a_berth():
    """As reported of 18 June 2021: ships at Odesa that "sailed" to within two miles of Sevastopol."""
    berth = rows_of(SHIP, np.arange(0, 43_200, 180), 30.75 + 0.0, 46.49)
    lon, lat = way(np.arange(14_400, 28_800, 60), knots=15, course_deg=0, lon=33.4, lat=43.6)
    faked = rows_of(SHIP, np.arange(14_400, 28_800, 60), lon, lat)
    found = table(berth, faked)
    assert np.mean(flags(found, Flag.TWO_PLACES)[len(berth) :]) > 0.95
    assert not any(flags(found, Flag.TWO_PLACES)[:60])


@pytest.mark.parametrize("radius", [400.0, 1000.0, 1500.0])
def test_a_circle_too_exact_to_be_steered(radius):
    seconds = np.arange(0, 7200, 40)
    assert np.mean(flags(table(rows_of(SHIP, seconds, *ring(seconds, radius))), Flag.CIRCLE)) > 0.9


@pytest.mark.parametrize("radius", [400.0, 1000.0, 1500.0])
def test_a_circle_that_somebody_steers_is_none(radius):
    seconds = np.arange(0, 7200, 40)
    assert clean(table(rows_of(SHIP, seconds, *ring(seconds, radius, wobble=radius / 20))))


def test_a_ship_that_swings_at_anchor_is_none():
    seconds = np.arange(0, 43_200, 60)
    assert clean(table(rows_of(SHIP, seconds, *ring(seconds, 90.0, knots=0.05))))


def test_an_aircraft_may_circle():
    seconds = np.arange(0, 7200, 10)
    assert clean(table(rows_of("icao:4baac6", seconds, *ring(seconds, 9000.0, knots=220))))


def test_a_line_too_exact_to_be_steered():
    found = flags(table(rows_of(SHIP, np.arange(0, 7200, 60), *way(np.arange(0, 7200, 60)))), Flag.LINE)
    assert np.mean(found) > 0.9


@pytest.mark.parametrize("seed", range(6))
def test_a_line_that_somebody_steers_is_none(seed):
    seconds = np.arange(0, 7200, 60)
    assert clean(table(rows_of(SHIP, seconds, *way(seconds, knots=18, seed=seed))))


def test_a_moored_ship_is_no_line():
    assert clean(table(rows_of(SHIP, np.arange(0, 7200, 60), 31.0, 44.0)))


def test_the_same_seed_gives_the_same_flags_whatever_else_is_there():
    seconds = np.arange(0, 7200, 40)
    circle = rows_of(SHIP, seconds, *ring(seconds, 1000.0))
    other = rows_of(ship(7), seconds, *way(seconds, seed=3))
    alone, together = flag_positions(table(circle)), flag_positions(table(circle, other))
    assert alone.tolist() == together[: len(circle)].tolist()
