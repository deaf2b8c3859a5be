"""When was each platform in each zone? On straight lines between its pings, exactly."""

import math
from contextlib import suppress

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from truceline.errors import FormError
from truceline.kernels import Carry, ZoneIndex, close, find_stays, segments_reference
from truceline.kernels.records import CROSSED, PING

SECOND = 1_000_000
SQUARE = box(0, 0, 10, 10)
HOLED = Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (6, 4), (6, 6), (4, 6)]])
SPLIT = MultiPolygon([box(170, -10, 180, 10), box(-180, -10, -170, 10)])
KINDS = {CROSSED: "crossed", PING: "ping"}


def told(zones, track, **options):
    """The stays of one platform, in words: zone, enter and leave in seconds, how, and pings inside."""
    times, lon, lat = zip(*track, strict=True)
    stays = find_stays(
        ZoneIndex(zones), [7] * len(track), [round(t * SECOND) for t in times], np.array(lon), np.array(lat), **options
    )
    rows = np.concatenate([stays.episodes, close(stays.carry)])
    return sorted(
        (
            int(row["zone"]),
            row["enter_us"] / SECOND,
            KINDS[int(row["enter_kind"])],
            row["leave_us"] / SECOND,
            KINDS[int(row["leave_kind"])],
            int(row["pings"]),
        )
        for row in rows
    )


CASES = {
    "in and out again": (
        [(0, -5, 5), (10, 5, 5), (20, 15, 5)], [(0, 5, "crossed", 15, "crossed", 1)]),
    "the whole zone between two pings": (
        [(0, -10, 5), (40, 30, 5)], [(0, 10, "crossed", 20, "crossed", 0)]),
    "inside from first to last": (
        [(0, 1, 1), (1, 2, 2), (2, 3, 3)], [(0, 0, "ping", 2, "ping", 3)]),
    "inside at first, then out": (
        [(0, 5, 5), (10, 15, 5)], [(0, 0, "ping", 5, "crossed", 1)]),
    "in, and inside at last": (
        [(0, -5, 5), (10, 5, 5)], [(0, 5, "crossed", 10, "ping", 1)]),
    "never": (
        [(0, -5, 5), (10, -5, 6)], []),
    "one ping inside": (
        [(3, 5, 5)], [(0, 3, "ping", 3, "ping", 1)]),
    "one ping on the boundary": (
        [(3, 0, 5)], [(0, 3, "ping", 3, "ping", 1)]),
    "a corner touched in passing": (
        [(0, -5, 5), (10, 5, -5)], [(0, 5, "crossed", 5, "crossed", 0)]),
    "an edge touched by a ping": (
        [(0, -5, 5), (10, 0, 5), (20, -5, 5)], [(0, 10, "crossed", 10, "crossed", 1)]),
    "through two corners": (
        [(0, -5, -5), (20, 15, 15)], [(0, 5, "crossed", 15, "crossed", 0)]),
    "along an edge": (
        [(0, -5, 0), (20, 15, 0)], [(0, 5, "crossed", 15, "crossed", 0)]),
    "along an edge from ping to ping": (
        [(0, -5, 0), (10, 0, 0), (20, 10, 0), (30, 15, 0)], [(0, 10, "crossed", 20, "crossed", 2)]),
    "from the boundary outwards": (
        [(0, 5, 5), (10, 10, 5), (20, 15, 5)], [(0, 0, "ping", 10, "crossed", 2)]),
    "at rest on the boundary": (
        [(0, 0, 5), (10, 0, 5), (20, 0, 5)], [(0, 0, "ping", 20, "ping", 3)]),
    "two places at one time": (
        [(0, -5, 5), (0, 5, 5), (10, 5, 5)], [(0, 0, "crossed", 10, "ping", 2)]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_square(kernels, case):
    track, expected = CASES[case]
    assert told([SQUARE], track) == expected


def test_a_hole_is_outside_and_its_edge_inside(kernels):
    assert told([HOLED], [(0, -5, 5), (20, 15, 5)]) == [(0, 5, "crossed", 9, "crossed", 0),
                                                         (0, 11, "crossed", 15, "crossed", 0)]  # fmt: skip
    assert told([HOLED], [(0, -5, 4), (20, 15, 4)]) == [(0, 5, "crossed", 15, "crossed", 0)]


def test_the_short_way_across_the_antimeridian(kernels):
    track = [(0, 165, 0), (30, -165, 0), (60, 165, 0)]
    assert told([SPLIT], track) == [(0, 5, "crossed", 25, "crossed", 0), (0, 35, "crossed", 55, "crossed", 0)]
    assert told([box(-10, -10, 10, 10)], track) == []
    assert told([SPLIT], [(0, 180, 0), (10, -175, 0)]) == [(0, 0, "ping", 10, "ping", 2)]
    assert told([box(170, -10, 180, 10)], [(0, 175, 5), (10, -175, 5)]) == [(0, 0, "ping", 5, "crossed", 1)]


def test_the_short_way_leaves_a_cell_that_spans_the_globe(compiled):
    """Zones so far apart get cells of hundreds of degrees: both pings may lie in one, and the way between does not."""
    table = columns([[(-170, 0), (170, 0)]])
    for west in range(-1_000_500, -1_000_000, 4):
        zones = [box(west, -10, west + 1, 10), box(175, -10, 178, 10), box(1e6, -10, 1e6 + 1, 10)]
        assert [row[8] for row in run(zones, table)[0]] == [1], west


def test_half_the_world_exactly_is_taken_as_it_stands(kernels):
    assert told([box(-10, -10, 10, 10)], [(0, -90, 0), (180, 90, 0)]) == [(0, 80, "crossed", 100, "crossed", 0)]


def test_a_pole_is_a_line_like_any_other_parallel(kernels):
    cap = box(-180, 80, 180, 90)
    assert told([cap], [(0, 0, 90), (10, 90, 90), (20, 90, 70)]) == [(0, 0, "ping", 15, "crossed", 2)]


def test_silences_are_reported_and_may_break_the_line(kernels):
    track = [(0, 5, 5), (10, 6, 5), (5000, 7, 5), (5010, 20, 5)]
    assert told([SQUARE], track)[0][:4] == (0, 0, "ping", 5002.307692)
    assert told([SQUARE], track, bridge_us=3600 * SECOND) == [
        (0, 0, "ping", 10, "ping", 2),
        (0, 5000, "ping", 5002.307692, "crossed", 1),
    ]
    times, lon, lat = zip(*track, strict=True)
    found = find_stays(ZoneIndex([SQUARE]), [1] * 4, np.array(times) * SECOND, lon, lat, gap_us=1800 * SECOND)
    assert found.gaps.tolist() == [(1, 10 * SECOND, 5000 * SECOND, 6.0, 5.0, 7.0, 5.0)]


def test_pings_that_are_nowhere_are_left_out_and_reported(kernels):
    lon, lat = [-5, math.nan, 181, 5, 5], [5, 5, 5, math.inf, 5]
    found = find_stays(ZoneIndex([SQUARE]), [1] * 5, np.arange(5) * 10 * SECOND, lon, lat)
    assert found.strays.tolist() == [1, 2, 3]
    assert close(found.carry)["enter_us"].tolist() == [20 * SECOND]


@pytest.mark.parametrize(
    ("platform", "times", "row"),
    [([1, 1, 1], [0, 5, 4], 2), ([1, 2, 1], [0, 5, 6], 2), ([2, 1, 1], [0, 1, 2], 1), ([1, 1, 1], [0, 1, 1 << 62], 2)],
)
def test_clocks_and_platforms_that_run_backwards_are_refused(kernels, platform, times, row):
    with pytest.raises(FormError, match=f"row {row}: expected rows ordered by platform, then time"):
        find_stays(ZoneIndex([SQUARE]), platform, times, [1, 2, 3], [1, 2, 3])


def test_a_batch_before_what_was_carried_over_is_refused(kernels):
    index = ZoneIndex([SQUARE])
    carry = find_stays(index, [1], [10], [1.0], [1.0]).carry
    with pytest.raises(FormError, match=r"row 0: .*none before what was carried over"):
        find_stays(index, [1], [9], [1.0], [1.0], carry=carry)


def test_columns_that_do_not_fit(kernels):
    index = ZoneIndex([SQUARE])
    with pytest.raises(ValueError, match="equal length"):
        find_stays(index, [1, 1], [1], [1.0], [1.0])
    with pytest.raises(TypeError, match="same_kind"):
        find_stays(index, [1], [1.5], [1.0], [1.0])
    assert len(find_stays(index, [], [], [], []).episodes) == 0


# --- against the reference --------------------------------------------------------------------


def run(zones, columns, pieces=1, reference=False, monkeypatch=None, **options):
    """All stays of a table of pings, fed in so many pieces by time; sorted, as tuples."""
    index = ZoneIndex(zones)
    if reference:
        index.compiled = None
    platform, time, lon, lat = columns
    rows, gaps, carry = [], [], Carry.empty()
    for piece in np.array_split(np.argsort(time, kind="stable"), pieces):
        piece = piece[np.argsort(platform[piece], kind="stable")]
        stays = find_stays(index, platform[piece], time[piece], lon[piece], lat[piece], carry=carry, **options)
        carry = stays.carry
        rows += stays.episodes.tolist()
        gaps += stays.gaps.tolist()
    return sorted(rows + close(carry).tolist(), key=lambda row: (row[0], row[8], row[1], row[2])), sorted(gaps)


def alike(one, other):
    """Times to the microsecond (the two round apart), places to 1e-9 degrees, the rest equal."""
    assert len(one) == len(other), f"{len(one)} stays against {len(other)}"
    for a, b in zip(one, other, strict=True):
        assert (a[0], a[3], *a[8:]) == (b[0], b[3], *b[8:]), (a, b)
        assert abs(a[1] - b[1]) <= 1, (a, b)
        assert abs(a[2] - b[2]) <= 1, (a, b)
        assert np.allclose(a[4:8], b[4:8], rtol=0, atol=1e-9), (a, b)


def columns(tracks, step=SECOND):
    platform = np.repeat(np.arange(len(tracks)), [len(track) for track in tracks])
    time = np.concatenate([np.arange(len(track)) * step for track in tracks])
    lon, lat = np.concatenate([np.array(track, float).reshape(-1, 2) for track in tracks]).T
    return platform, time.astype(np.int64), np.ascontiguousarray(lon), np.ascontiguousarray(lat)


@pytest.mark.parametrize("seed", range(4))
def test_random_walks_through_stars(compiled, seed):
    from test_kernels_zones import star

    rng = np.random.default_rng(seed)
    zones = [star(*rng.uniform(0, 10, 2), rng.uniform(0.5, 4), int(rng.integers(4, 60)), n) for n in range(12)]
    tracks = [np.cumsum(rng.normal(0, scale, (60, 2)), axis=0) % 12 - 1 for scale in (0.01, 0.3, 1, 4, 8)]
    table = columns(tracks, 97 * SECOND)
    rows, gaps = run(zones, table, gap_us=50 * SECOND)
    expected, expected_gaps = run(zones, table, reference=True, gap_us=50 * SECOND)
    assert len(rows) > 100
    assert any(row[3] == 0 for row in rows), "nothing was crossed between two pings"
    alike(rows, expected)
    assert gaps == expected_gaps
    for pieces in (2, 7, 40):
        assert run(zones, table, pieces)[0] == rows


@pytest.mark.parametrize("seed", range(3))
def test_long_quiet_ways_and_what_breaks_them(compiled, seed):
    """Rows are looked at many at once; strays, jumps, silences and the antimeridian among them are seen as alone."""
    from test_kernels_zones import star

    rng = np.random.default_rng(seed)
    zones = [star(176, 5, 3, 40, 1), star(-176, 5, 3, 40, 2), SPLIT]
    starts = np.array([[(179.9, 5)], [(173, 5)], [(100, 5)]])
    platform, time, lon, lat = columns(list(starts + rng.normal(0, 0.002, (3, 400, 2)).cumsum(axis=1)))
    few = rng.permutation(len(lon))[:60]
    lon += np.where(rng.random(len(lon)) < 0.02, rng.choice([2.0, -2.0], len(lon)), 0.0)
    lon[lon > 180] -= 360
    lon[few[:6]], lat[few[6:12]], lon[few[12:18]], lon[few[18:24]] = np.nan, 90.5, np.inf, -lon[few[18:24]]
    lon[few[24:27]], lon[few[27:30]] = 180.0, -180.0
    time += np.cumsum(np.isin(np.arange(len(time)), few[30:45])) * 100 * SECOND
    table = platform, time, lon, lat
    limits = {"gap_us": 50 * SECOND, "bridge_us": 99 * SECOND}
    for options in ({}, limits):
        rows, gaps = run(zones, table, **options)
        expected, expected_gaps = run(zones, table, reference=True, **options)
        assert len(rows) > 20
        alike(rows, expected)
        assert gaps == expected_gaps
        assert run(zones, table, 500, **options) == (rows, gaps), "row by row"


def test_the_crossings_are_those_of_shapely(compiled):
    from test_kernels_zones import star

    rng = np.random.default_rng(1)
    zone = star(5, 5, 4, 2000, inner=0.9)
    table = columns([rng.uniform(0, 10, (300, 2))], 100 * SECOND)
    rows, _ = run([zone], table)
    times = sorted([row[1] for row in rows if row[9] == CROSSED] + [row[2] for row in rows if row[10] == CROSSED])
    lon, lat = table[2:]
    expected = []
    for n in range(len(lon) - 1):
        line = shapely.linestrings([(lon[n], lat[n]), (lon[n + 1], lat[n + 1])])
        points = shapely.get_coordinates(shapely.intersection(line, zone.boundary))
        expected += [(n + (x - lon[n]) / (lon[n + 1] - lon[n])) * 100 * SECOND for x, _ in points]
    assert len(times) == len(expected) > 300
    assert np.abs(np.array(times) - np.sort(expected)).max() < 1.0


def test_threads_and_types_do_not_show(compiled):
    rng = np.random.default_rng(2)
    table = columns([rng.uniform(-5, 15, (30, 2)) for _ in range(50)])
    one = find_stays(ZoneIndex([HOLED]), *table, threads=1)
    many = find_stays(ZoneIndex([HOLED]), table[0].astype(np.int32), *table[1:], threads=9)
    assert one.episodes.tolist() == many.episodes.tolist()
    assert one.carry.last.tolist() == many.carry.last.tolist()
    assert one.carry.open.tolist() == many.carry.open.tolist()


def test_a_platform_with_all_the_pings(compiled):
    """Ranges end where a platform does, also when there is but one."""
    time = np.arange(60_000) * SECOND
    lon = np.where(np.arange(60_000) % 2, 5.0, -5.0)
    found = find_stays(ZoneIndex([SQUARE]), np.zeros(60_000, int), time, lon, np.full(60_000, 5.0), threads=4)
    assert len(found.episodes) + len(close(found.carry)) == 30_000


def test_a_platform_with_a_million_pings_in_an_hour(compiled):
    """It circles a thousand times through the square, 3.6 ms from ping to ping."""
    turn = np.arange(1_000_000) * 2 * np.pi / 1000
    time = np.arange(1_000_000) * 3600
    lon, lat = 10 + 5 * np.cos(turn + 0.5), 5 + 3 * np.sin(turn + 0.5)
    index, platform = ZoneIndex([SQUARE]), np.zeros(len(time), np.int32)
    found = find_stays(index, platform, time, lon, lat)
    stays = np.concatenate([found.episodes, close(found.carry)])
    assert len(stays) == 1000
    assert stays["pings"].sum() == len(index.pairs(lon, lat).position)
    assert (stays["enter_us"] < stays["leave_us"]).all()
    assert (stays["enter_us"][1:] > stays["leave_us"][:-1]).all()
    half = find_stays(index, platform[:400_000], time[:400_000], lon[:400_000], lat[:400_000])
    rest = find_stays(index, platform[400_000:], time[400_000:], lon[400_000:], lat[400_000:], carry=half.carry)
    assert np.concatenate([half.episodes, rest.episodes, close(rest.carry)]).tobytes() == stays.tobytes()


def test_ways_through_a_coast_of_100_000_corners(compiled):
    from test_kernels_zones import star

    coast = star(30, 45, 0.5, 100_000, inner=0.999)
    table = columns([[(29, 44.9), (31, 45.1)], [(29.6, 44.5), (29.6001, 45.5)], [(29.53, 44.9), (29.53, 45.4)]])
    rows, _ = run([coast, box(28, 44, 32, 46)], table)
    alike(rows, run([coast, box(28, 44, 32, 46)], table, reference=True)[0])
    assert len(rows) > 8, "the last way only grazes the coast"


@pytest.mark.parametrize("size", [1e-4, 1e-6, 1e-8])
def test_a_zone_smaller_than_any_position_is_accurate(kernels, size):
    """A metre or a millimetre: it is found between two pings, at the right time, and by a ping that lies in it."""
    spot = box(30.25 - size / 2, 45 - size / 2, 30.25 + size / 2, 45 + size / 2)
    assert told([spot], [(0, 30.0, 45.0), (1000, 31.0, 45.0)]) == [
        (0, round(250 - 500 * size, 6), "crossed", round(250 + 500 * size, 6), "crossed", 0)
    ]
    assert told([spot], [(0, 30.0, 45.0), (1000, 30.5, 45.0 + 3 * size)]) == []
    assert told([spot], [(5, 30.25, 45.0)]) == [(0, 5, "ping", 5, "ping", 1)]


corner = st.integers(0, 8)
place = st.tuples(st.integers(-2, 10), st.integers(-2, 10)).map(lambda xy: (float(xy[0]), float(xy[1])))
rings = st.lists(st.tuples(corner, corner), min_size=3, max_size=8)


def whole(drawn):
    """Polygons in these rings, and around them, whose corners are whole: cuts elsewhere would be rounded."""
    shapes = [part for ring in drawn for part in shapely.get_parts(shapely.make_valid(Polygon(ring)))]
    shapes += [Polygon(ring).convex_hull for ring in drawn]
    return [part for part in shapes
            if isinstance(part, Polygon) and (shapely.get_coordinates(part) % 1 == 0).all()]  # fmt: skip


tracks_on_grid = st.lists(st.lists(place, max_size=8), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(rings, min_size=1, max_size=3), tracks=tracks_on_grid, pieces=st.integers(1, 4))
def test_on_a_grid_where_everything_touches(compiled, drawn, tracks, pieces):
    """Whole numbers: corners on the way, edges along it, pings on boundaries; Shapely says what is inside."""
    zones = whole(drawn) or [HOLED]
    table = columns(tracks, 1000 * SECOND)
    rows, _ = run(zones, table, pieces)
    alike(rows, run(zones, table, reference=True)[0])


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(), st.floats()), max_size=30),
       bridge=st.integers(-5, 2**62))  # fmt: skip
def test_no_number_does_harm(compiled, values, bridge):
    values.sort(key=lambda value: value[0])
    time, lon, lat = (np.array([value[side] for value in values]) for side in range(3))
    with suppress(FormError):  # a time beyond the calendar
        found = find_stays(
            ZoneIndex([HOLED, SPLIT]), np.zeros(len(values), int), time.astype(np.int64), lon, lat, bridge_us=bridge
        )
        rows = np.concatenate([found.episodes, close(found.carry)])
        assert (rows["enter_us"] <= rows["leave_us"]).all()


def test_hostile_arguments_of_the_extension_are_refused(compiled):
    index = ZoneIndex([SQUARE])
    time, lon, none = np.zeros(3, np.int64), np.zeros(3), np.empty(0, np.uint8)
    for call in (
        lambda: compiled.stays(index.grid, time[:2], time, lon, lon, none, none, 0, 0, False),
        lambda: compiled.stays(index.grid, np.zeros(3, np.int8), time, lon, lon, none, none, 0, 0, False),
        lambda: compiled.stays(index.grid, time, time, lon[:2], lon, none, none, 0, 0, False),
        lambda: compiled.stays(index.grid, time, time, lon, lon, np.zeros(39, np.uint8), none, 0, 0, False),
        lambda: compiled.stays(index.grid, time, time, lon, lon, none, np.zeros(47, np.uint8), 0, 0, False),
    ):
        with pytest.raises(ValueError, match="differ"):
            call()
    nonsense = np.full(4800, 255, np.uint8)
    compiled.stays(index.grid, time - 1, time, lon, lon, nonsense[:4000], nonsense, 0, 0, False)


def test_the_reference_names_the_first_row_out_of_order():
    part = segments_reference.find_stays(
        np.array([SQUARE, None])[:1], np.array([1, 1]), np.array([5, 4]), np.zeros(2), np.zeros(2),
        Carry.empty().last, Carry.empty().open, 0, 0,
    )  # fmt: skip
    assert part.wrong == 1
