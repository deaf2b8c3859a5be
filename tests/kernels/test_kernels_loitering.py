"""Who lingered: the compiled kernel, the reference, and what both must say in plain cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.errors import FormError
from truceline.kernels import loitering, pings
from truceline.kernels.loitering import find_loitering
from truceline.spacetime.shapes import distance_m

MINUTE = 60_000_000
HOUR = 60 * MINUTE
KNOT_DEG = 1 / 60 / 60  # of latitude, a minute: about one knot


@pytest.fixture(params=["compiled", "reference"])
def both(request, monkeypatch, compiled):
    """Each test that asks for it runs with both."""
    if request.param == "reference":
        forget(monkeypatch)
    return request.param


def forget(patch):
    for module in (loitering, pings):
        patch.setattr(module, "find_compiled", lambda: None)


def sail(*legs, every=5, lon=30.0, lat=45.0):
    """One ship: (minutes, knots northwards) after each other."""
    at, rows = 0, [(0, lon, lat)]
    for minutes, knots in legs:
        for _ in range(0, minutes, every):
            at, lat = at + every, lat + knots * every * KNOT_DEG
            rows.append((at * MINUTE, lon, lat))
    time, x, y = zip(*rows, strict=True)
    return np.zeros(len(time), np.int64), np.array(time, np.int64), np.array(x), np.array(y)


def test_a_slow_stretch_between_two_fast_ones(both):
    (found,) = find_loitering(*sail((60, 12), (300, 1), (60, 12))).table
    assert (found["start_us"], found["end_us"]) == (60 * MINUTE, 360 * MINUTE)
    assert found["knots"] == pytest.approx(1.0, rel=0.01)
    assert (found["first"], found["last"]) == (12, 72)


@pytest.mark.parametrize(("minutes", "count"), [(240, 1), (235, 0)])
def test_how_long_is_inclusive(both, minutes, count):
    assert len(find_loitering(*sail((60, 12), (minutes, 1), (60, 12)), window_us=1).table) == count


def test_exactly_at_the_limit_is_not_slow(both):
    who, time, lon, lat = sail((300, 2))
    time = np.arange(len(time), dtype=np.int64) * 10 * MINUTE
    lat[:] = 0.0
    lon[:] = np.arange(len(lon)) * 0.01
    knots = float(distance_m(0.0, 0.0, 0.01, 0.0)) / 600 / (1852 / 3600)
    speeds = distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:]) / 600.0 / (1852 / 3600)
    assert len(find_loitering(who, time, lon, lat, limit_kn=knots * 1.0001).table) == 1
    assert len(find_loitering(who, time, lon, lat, limit_kn=float(speeds.min())).table) == 0


def test_circling_makes_no_way_over_a_window_and_much_from_ping_to_ping(both):
    minutes = np.arange(0, 400)
    turn = 2 * np.pi * minutes / 5
    ship = np.zeros(400, int), minutes * MINUTE, 30.0 + 0.004 * np.cos(turn), 45.0 + 0.003 * np.sin(turn)
    assert len(find_loitering(*ship).table) == 1
    assert len(find_loitering(*ship, window_us=1).table) == 0


def test_scatter_at_anchor_is_no_way(both):
    rng = np.random.default_rng(1)
    ship = np.zeros(2_000, int), np.arange(2_000) * 10_000_000, *(rng.normal([[30.0], [45.0]], 1e-4, (2, 2_000)))
    assert len(find_loitering(*ship).table) == 1
    assert len(find_loitering(*ship, window_us=1).table) == 0


def test_a_long_silence_ends_it(both):
    who, time, lon, lat = sail((600, 0.5))
    time[60:] += 3 * HOUR
    assert [(row["first"], row["last"]) for row in find_loitering(who, time, lon, lat).table] == [(0, 59), (60, 120)]


def test_across_the_antimeridian_and_at_the_pole(both):
    who, time, lon, lat = sail((300, 0))
    for place in ([180.0, 10.0], [-180.0, 10.0]), ([0.0, 90.0], [77.0, 90.0]):
        lon[::2], lat[::2], lon[1::2], lat[1::2] = *place[0], *place[1]
        assert len(find_loitering(who, time, lon, lat).table) == 1


def test_rows_are_those_given_though_some_are_left_out(both):
    who, time, lon, lat = sail((300, 1))
    lat[[0, 7]] = np.nan, 200.0
    found = find_loitering(who, time, lon, lat)
    assert found.strays.tolist() == [0, 7]
    assert [(row["first"], row["last"]) for row in found.table] == [(1, 60)]


def test_a_million_pings_in_an_hour(both):
    count = 1_000_000 if both == "compiled" else 20_000
    time = np.linspace(0, HOUR, count).astype(np.int64)
    found = find_loitering(np.zeros(count, int), time, np.full(count, 30.0), np.full(count, 45.0), least_us=HOUR)
    assert [(row["first"], row["last"]) for row in found.table] == [(0, count - 1)]


def test_bad_input(both):
    with pytest.raises(FormError, match="row 1"):
        find_loitering([0, 0], [1, 0], [0.0, 0.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="limit"):
        find_loitering([0], [0], [0.0], [0.0], limit_kn=float("nan"))
    with pytest.raises(ValueError, match="equal length"):
        find_loitering([0], [0, 1], [0.0], [0.0])
    for empty in ([], [0]):
        assert len(find_loitering(empty, empty, empty, empty).table) == 0


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 25), *[st.integers(-9, 9)] * 2), max_size=60),
    st.sampled_from([(30.0, 45.0), (179.999, 0.0), (-30.0, 89.99), (12.0, 79.0), (12.0, -80.0)]),
    st.sampled_from([0.0, 0.7, 2.0, 40.0, 5e4]),
    st.sampled_from([1, 7 * MINUTE, 10 * MINUTE]),
    st.sampled_from([1, 3]),
)
def test_kernel_and_reference_agree_bit_for_bit(compiled, steps, origin, limit_kn, window_us, threads):
    who = np.sort(np.array([step[0] for step in steps], dtype=np.int64))
    time = np.cumsum(np.array([step[1] for step in steps], dtype=np.int64)) * MINUTE
    lon = np.array([(origin[0] + step[2] * 0.003 + 180) % 360 - 180 for step in steps])
    lat = np.array([np.clip(origin[1] + step[3] * 0.002, -90, 90) for step in steps])
    asked = {"limit_kn": limit_kn, "least_us": 20 * MINUTE, "gap_us": 20 * MINUTE, "window_us": window_us}
    found = find_loitering(who, time, lon, lat, **asked, threads=threads)
    with pytest.MonkeyPatch.context() as patch:
        forget(patch)
        expected = find_loitering(who, time, lon, lat, **asked)
    assert found.table.tobytes() == expected.table.tobytes()


def test_the_rough_measure_is_never_wrong(compiled):
    """Real ways of all lengths and directions, up to the highest latitude at which it is trusted."""
    rng = np.random.default_rng(2)
    count = 20_000
    lat = np.repeat(rng.uniform(-80.5, 80.5, count), 2)
    lon = np.repeat(rng.uniform(-180, 180, count), 2)
    size = 10 ** rng.uniform(-6, 0, count)
    turn = rng.uniform(0, 2 * np.pi, count)
    lat[1::2] += size * np.cos(turn)
    lon[1::2] = (lon[1::2] + size * np.sin(turn) + 180) % 360 - 180
    who, time = np.repeat(np.arange(count), 2), np.tile([0, 10 * MINUTE], count)
    knots = distance_m(lon[::2], lat[::2], lon[1::2], lat[1::2]) / 600 / (1852 / 3600)
    for limit in (0.01, 1.0, 30.0, 300.0):
        found = find_loitering(who, time, lon, lat, limit_kn=limit, least_us=0).table
        assert found["platform"].tolist() == np.flatnonzero(knots < limit).tolist()
        assert found["knots"].tolist() == knots[knots < limit].tolist()
