"""Who was near whom: the compiled kernel, the reference, and what both must say in plain cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.errors import FormError
from truceline.kernels import encounters, pings
from truceline.kernels.encounters import find_encounters, find_near
from truceline.spacetime.shapes import distance_m
from truceline.tracks.proximity import find_meetings

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def columns(*tracks):
    """Platforms 0, 1, 2 ... from lists of (minutes, lon, lat)."""
    rows = [(number, round(at * MINUTE), lon, lat) for number, track in enumerate(tracks) for at, lon, lat in track]
    who, time, lon, lat = zip(*rows, strict=True) if rows else ((), (), (), ())
    return np.array(who, np.int64), np.array(time, np.int64), np.array(lon, float), np.array(lat, float)


def still(lon, lat, start=0, end=180, every=20):
    return [(minute, lon, lat) for minute in range(start, end + 1, every)]


@pytest.fixture(params=["compiled", "reference"])
def both(request, monkeypatch, compiled):
    """Each test that asks for it runs with both."""
    if request.param == "reference":
        forget(monkeypatch)
    return request.param


def forget(patch):
    for module in (encounters, pings):
        patch.setattr(module, "find_compiled", lambda: None)


def test_two_ships_alongside_for_three_hours(both):
    (found,) = find_encounters(*columns(still(30.0, 45.0), still(30.004, 45.0))).table
    assert (found["one"], found["other"]) == (0, 1)
    assert (found["start_us"], found["end_us"]) == (0, 180 * MINUTE)
    assert found["closest_us"] == 0
    assert found["closest_m"] == distance_m(30.0, 45.0, 30.004, 45.0)


@pytest.mark.parametrize(
    ("minutes", "count"), [((0, 120), 1), ((0, 119), 0), ((5, 125), 0), ((5, 130), 1), ((-65, 60), 1)]
)
def test_two_hours_are_thirteen_steps(both, minutes, count):
    start, end = minutes
    track = [(start, 30.0, 45.0), ((start + end) / 2, 30.0, 45.0), (end, 30.0, 45.0)]
    assert len(find_encounters(*columns(track, track)).table) == count


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("start", range(0, 150, 10))
def test_a_run_is_found_wherever_it_begins(both, start, threads):
    """One step in thirteen is looked at first: whichever it is, a run of thirteen has it in it."""
    alone = [[(-500, 10.0 + ship, 45.0), (500, 10.0 + ship, 45.0)] for ship in range(2)]
    asked = {"gap_us": 24 * HOUR, "threads": threads}
    for end, count in ((start + 120, 1), (start + 110, 0)):
        visit = [(start - 1, 11.0, 45.0), (start, 10.0, 45.0), (end, 10.0, 45.0), (end + 1, 11.5, 45.0)]
        found = find_encounters(*columns(*alone, visit), **asked).table
        assert [(row["one"], row["other"]) for row in found] == [(0, 2)] * count
        assert [row["end_us"] - row["start_us"] for row in found] == [120 * MINUTE] * count


@pytest.mark.parametrize("apart", range(130, 270, 10))
def test_one_step_apart_makes_two_encounters(both, apart):
    ship = still(30.0, 45.0, 0, 400, 10)
    other = [(minute, 30.0 if minute != apart else 30.1, 45.0) for minute, *_ in ship]
    found = find_encounters(*columns(ship, other)).table
    assert [(row["start_us"] // MINUTE, row["end_us"] // MINUTE) for row in found] == [
        (0, apart - 10),
        (apart + 10, 400),
    ]


def test_the_geodesic_is_asked_once_however_many_steps_are_in_doubt(compiled, monkeypatch):
    reach, asked = distance_m(30.0, 45.0, 30.01, 45.0), []
    plain = encounters._decide
    monkeypatch.setattr(
        encounters, "_decide", lambda doubts, metres: asked.append(len(doubts)) or plain(doubts, metres)
    )
    pair = columns(still(30.0, 45.0, 0, 9_000), still(30.01, 45.0, 0, 9_000))
    assert len(find_encounters(*pair, reach_m=reach, threads=1).table) == 1
    assert len(asked) == 1
    assert asked[0] >= 901


def test_exactly_at_the_distance_is_near(both):
    reach = distance_m(30.0, 45.0, 30.01, 45.0)
    pair = columns(still(30.0, 45.0), still(30.01, 45.0))
    assert len(find_encounters(*pair, reach_m=reach).table) == 1
    assert len(find_encounters(*pair, reach_m=float(np.nextafter(reach, 0))).table) == 0


@pytest.mark.parametrize("places", [((179.999, 0.0), (-179.999, 0.0)), ((180.0, 10.0), (-180.0, 10.0))])
def test_across_the_antimeridian(both, places):
    assert len(find_encounters(*columns(*(still(*place) for place in places))).table) == 1


def test_around_the_pole(both):
    places = [(0.0, 89.999), (180.0, 89.999), (90.0, 89.9985), (-90.0, 90.0), (10.0, 89.9)]
    found = find_encounters(*columns(*(still(*place) for place in places))).table
    assert [(row["one"], row["other"]) for row in found] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_nothing_is_known_within_a_long_silence(both):
    silent = [*still(30.0, 45.0, 0, 60), *still(30.0, 45.0, 200, 260)]
    assert len(find_encounters(*columns(silent, still(30.0, 45.0, 0, 260))).table) == 0
    assert len(find_encounters(*columns(silent, still(30.0, 45.0, 0, 260)), gap_us=141 * MINUTE).table) == 1


def test_a_platform_never_meets_itself(both):
    twice = [(minute, 30.0 + shift, 45.0) for minute in range(0, 300, 10) for shift in (0.0, 0.001)]
    assert len(find_encounters(*columns(twice)).table) == 0


def test_of_two_places_at_one_time_the_last_counts(both):
    twice = [(minute, lon, 45.0) for minute in range(0, 200, 10) for lon in (10.0, 30.0)]
    ship, other = still(30.0, 45.0, 0, 190, 10), still(10.0, 45.0, 0, 190, 10)
    found = find_encounters(*columns(twice, ship, other)).table
    assert [(row["one"], row["other"]) for row in found] == [(0, 1)]


def test_a_million_pings_in_an_hour(both):
    count = 1_000_000 if both == "compiled" else 20_000
    busy = np.linspace(0, HOUR, count).astype(np.int64)
    who = np.concatenate([np.zeros(count, np.int64), np.ones(2, np.int64)])
    time = np.concatenate([busy, [0, HOUR]])
    where = np.full(count + 2, 30.0), np.full(count + 2, 45.0)
    found = find_encounters(who, time, *where, least_us=HOUR).table
    assert [(row["start_us"], row["end_us"]) for row in found] == [(0, HOUR)]


@pytest.mark.parametrize(("who", "time", "row"), [([0, 0, 0], [0, 2, 1], "row 2"), ([1, 0, 0], [0, 1, 2], "row 1")])
def test_rows_out_of_order_are_refused(both, who, time, row):
    with pytest.raises(FormError, match=row):
        find_encounters(np.array(who), np.array(time), np.zeros(3), np.zeros(3))


def test_what_is_not_on_the_globe_is_left_out_and_named(both):
    who, time, lon, lat = columns(still(30.0, 45.0), still(30.0, 45.0))
    lon[3], lat[5], lon[12], lat[13] = np.nan, np.inf, 181.0, -91.0
    found = find_encounters(who, time, lon, lat)
    assert found.strays.tolist() == [3, 5, 12, 13]
    assert len(found.table) == 1


def test_times_beyond_any_calendar_and_clocks_too_fine_are_refused(both):
    with pytest.raises(FormError, match="calendar"):
        find_encounters([0, 0], [0, 1 << 62], [0.0, 0.0], [0.0, 0.0])
    with pytest.raises(FormError, match="steps"):
        find_encounters([0, 0], [0, 1 << 59], [0.0, 0.0], [0.0, 0.0], step_us=1)


def test_nothing_gives_nothing(both):
    assert len(find_encounters([], [], [], []).table) == 0
    assert find_near([], [], [], [], reach_m=1.0, gap_us=1) == []


# --- the kernel and the reference -------------------------------------------------------------

CORNERS = [(30.0, 45.0), (180.0, 45.0), (-180.0, -60.0), (0.0, 0.0), (20.0, 89.99), (-70.0, -90.0)]
STEPS = st.tuples(
    st.integers(0, 40), st.integers(-6, 6), st.integers(-6, 6), st.sampled_from([1e-4, 1e-3, 4e-3, 3e-2, 1.0])
)
REACHES = st.sampled_from([0.0, 90.0, 500.0, 20_000.0, 900_000.0])


@st.composite
def traffic(draw):
    """A handful of platforms about one corner of the globe."""
    lon, lat = draw(st.sampled_from(CORNERS))
    tracks = []
    for _ in range(draw(st.integers(0, 6))):
        at, track = draw(st.integers(-50, 50)), []
        for wait, east, north, size in draw(st.lists(STEPS, max_size=12)):
            at += wait
            there = (lon + east * size + 180.0) % 360.0 - 180.0, min(max(lat + north * size, -90.0), 90.0)
            track.append((at, *there))
        tracks.append(track)
    return columns(*tracks)


@settings(max_examples=60)
@given(
    traffic(), st.sampled_from([0.0, 90.0, 500.0, 20_000.0, 900_000.0]), st.sampled_from([1, 3, 5]), st.integers(0, 3)
)
def test_kernel_and_reference_agree_bit_for_bit(compiled, drawn, reach, threads, least):
    asked = {"reach_m": reach, "least_us": least * 10 * MINUTE, "gap_us": 45 * MINUTE, "step_us": 10 * MINUTE}
    found = find_encounters(*drawn, **asked, threads=threads)
    with pytest.MonkeyPatch.context() as patch:
        forget(patch)
        expected = find_encounters(*drawn, **asked, threads=1)
    assert found.table.tobytes() == expected.table.tobytes()


@settings(max_examples=60)
@given(traffic(), st.sampled_from([90.0, 500.0, 20_000.0]), st.sampled_from([1, 4]))
def test_no_meeting_is_sifted_out(compiled, drawn, reach, threads):
    who, time, lon, lat = drawn
    lat = np.clip(lat, -89.0, 89.0)  # tracks are set against each other on planes
    gap = 30 * MINUTE
    paths = {number: (time[who == number], lon[who == number], lat[who == number]) for number in np.unique(who)}
    listed = find_near(who, time, lon, lat, reach_m=reach, gap_us=gap, threads=threads)
    with pytest.MonkeyPatch.context() as patch:
        forget(patch)
        sifted = find_near(who, time, lon, lat, reach_m=reach, gap_us=gap)
    for one in paths:
        for other in paths:
            if one < other and any(find_meetings(paths[one], paths[other], reach, gap)):
                assert (one, other) in listed
                assert (one, other) in sifted
    for one, other in listed:
        assert any(find_meetings(paths[one], paths[other], reach * 1.001 + 1.0, gap))


def test_pairs_of_one_name_and_of_one_side_are_not_listed(both):
    drawn = columns(*(still(30.0, 45.0) for _ in range(4)))
    asked = {"reach_m": 100.0, "gap_us": HOUR}
    assert len(find_near(*drawn, **asked)) == 6
    assert find_near(*drawn, **asked, names=[7, 7, 8, 8]) == [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert find_near(*drawn, **asked, split_at=1) == [(0, 1), (0, 2), (0, 3)]


def test_fast_and_slow_ones_are_set_against_each_other(compiled):
    """An aircraft covers a hundred kilometres in ten minutes, a ship at anchor none."""
    rng = np.random.default_rng(5)
    ships = [still(30 + x, 45 + y, 0, 60, 5) for x, y in rng.uniform(-1, 1, (60, 2))]
    flights = [[(0, 29.0, 44 + y), (10, 31.0, 44 + y + slope)] for y, slope in rng.uniform(0, 2, (40, 2))]
    who, time, lon, lat = columns(*ships, *flights)
    listed = set(find_near(who, time, lon, lat, reach_m=3_000.0, gap_us=30 * MINUTE))
    paths = [(time[who == n], lon[who == n], lat[who == n]) for n in range(100)]
    met = {(a, b) for a in range(100) for b in range(a + 1, 100)
           if any(find_meetings(paths[a], paths[b], 3_000.0, 30 * MINUTE))}  # fmt: skip
    assert len(met) > 20
    assert met <= listed
