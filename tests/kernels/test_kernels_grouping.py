"""Rows by platform: the same as a stable sort, with any number of threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.kernels import find_stays, group_pings, grouping
from truceline.kernels.backend import find_compiled
from truceline.kernels.grouping import split_rows
from truceline.kernels.zones import ZoneIndex

PLATFORMS = st.lists(st.sampled_from([-(1 << 31), -1, 0, 1, 2, 201_000_001, 999_999_999, (1 << 31) - 1]), max_size=60)


@pytest.fixture(params=["compiled", "reference"])
def engine(request, monkeypatch) -> str:
    """Each test that asks for it runs with both."""
    if request.param == "compiled" and find_compiled() is None:
        pytest.skip("the compiled extension is not built")
    if request.param == "reference":
        monkeypatch.setattr(grouping, "find_compiled", lambda: None)
    return request.param


def sort(who, *rest):
    order = np.argsort(who, kind="stable")
    return [column[order].tobytes() for column in (who, *rest)]


def columns(who, seed: int = 0, kind=np.int32):
    rng = np.random.default_rng(seed)
    lon = rng.normal(size=len(who))
    lon[::7] = np.nan
    return np.array(who, kind), rng.integers(-1 << 62, 1 << 62, len(who)), lon, rng.normal(size=len(who))


@given(PLATFORMS, st.sampled_from((1, 2, 3, 7)), st.sampled_from((np.int32, np.int64)))
@settings(max_examples=60, deadline=None)
def test_any_rows_come_as_a_stable_sort_gives_them(who, threads, kind):
    given_columns = columns(who, len(who), kind)
    found = group_pings(*given_columns, threads=threads)
    assert [column.tobytes() for column in found] == sort(*given_columns)
    assert found[0].dtype == kind


@pytest.mark.parametrize("platforms", [1, 50, 30_000])
def test_many_rows_and_many_platforms(engine, platforms):
    who = np.random.default_rng(platforms).integers(0, platforms, 60_000) * 70_000 - 5
    given_columns = columns(who, 1, np.int64)
    for threads in (1, 2, 5):
        found = group_pings(*given_columns, threads=threads)
        assert [column.tobytes() for column in found] == sort(*given_columns)


def test_numbers_far_apart_are_different_platforms(engine):
    who = np.array([1 << 40, 1, (1 << 40) + (1 << 32), 1 << 40, -(1 << 63), (1 << 63) - 1, 1])
    found, when, _, _ = group_pings(who, np.arange(7), np.zeros(7), np.zeros(7))
    assert found.tolist() == sorted(who.tolist())
    assert when.tolist() == [4, 1, 6, 0, 3, 2, 5]


def test_what_comes_out_is_what_the_other_kernels_take(engine):
    """Two ships in turn: their stays are found once they are apart."""
    from shapely import box

    who, when = np.tile(np.array([7, 3], np.int32), 5), np.arange(10) * 1_000_000
    lon = np.repeat([0.5, 0.5, 0.5, 2.0, 2.0], 2)
    found = find_stays(ZoneIndex([box(0, 0, 1, 1)]), *group_pings(who, when, lon, np.full(10, 0.5)))
    assert found.episodes["platform"].tolist() == [3, 7]
    assert found.episodes["pings"].tolist() == [3, 3]


def test_columns_of_different_lengths_are_refused(engine):
    with pytest.raises(ValueError, match="equal length"):
        group_pings([1, 2], [1], [0.0, 0.0], [0.0, 0.0])


def test_the_door_refuses_what_does_not_fit(compiled):
    who, number = np.array([5, 5, 9], np.int32), np.empty(3, np.uint32)
    eight = np.zeros(3)
    raw = compiled.group_number(who, 4, 0, 3, 1, number)
    assert (np.frombuffer(raw, np.int64).tolist(), number.tolist()) == ([5, 2, 9, 1], [0, 0, 1])
    with pytest.raises(ValueError, match="one length"):
        compiled.group_number(who, 8, 0, 3, 1, number)
    with pytest.raises(ValueError, match="not so many rows"):
        compiled.group_number(who, 4, 2, 4, 1, number)
    with pytest.raises(ValueError, match="eight bytes"):
        compiled.group_put(number, np.zeros(2, np.int64), 0, 3, eight, eight, who, eight, eight, eight)
    for places in ([0, 3], [-1, 0], [0]):
        with pytest.raises(ValueError, match="more rows than places"):
            compiled.group_put(number, np.array(places), 0, 3, eight, eight, eight, *np.zeros((3, 3)))


ROW = np.dtype([("name", "S3"), ("when", np.int64), ("lon", np.float64), ("speed", np.float32), ("type", np.uint8)])


@given(st.binary(min_size=0, max_size=700), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_columns_are_the_fields_of_rows_bit_by_bit(data, at):
    rows = np.frombuffer(data[: len(data) // ROW.itemsize * ROW.itemsize], ROW)
    into = {name: np.zeros(len(rows) + 9, ROW[name]) for name in ("lon", "type", "when", "speed")}
    split_rows(rows, into, at)
    for name, column in into.items():
        assert column[at : at + len(rows)].tobytes() == rows[name].tobytes()
        assert not column[:at].any()
        assert not column[at + len(rows) :].any()


def test_many_rows_are_split_whether_they_lie_together_or_not(engine):
    rows = np.frombuffer(np.random.default_rng(1).bytes(ROW.itemsize * 3_000), ROW)
    for some in (rows, rows[::-3], rows[:257]):
        into = {"when": np.zeros(len(some), np.int64)}
        split_rows(some, into)
        assert into["when"].tolist() == some["when"].tolist()


@pytest.mark.parametrize(
    ("column", "at"),
    [
        (np.zeros(5, np.int32), 0),
        (np.zeros(4, np.int64), 0),
        (np.zeros(6, np.int64), 2),
        (np.zeros(9, np.int64), -1),
        (np.zeros(9, np.float64), 0),
    ],
)
def test_a_column_that_does_not_fit_is_refused(engine, column, at):
    with pytest.raises(ValueError, match="column when: too short, or not of the rows' type"):
        split_rows(np.zeros(5, ROW), {"when": column}, at)


def test_the_door_of_columns_refuses_what_does_not_fit(compiled):
    rows, column = np.zeros(80, np.uint8), np.zeros(5, np.int64)
    compiled.split_rows(rows, 16, [(8, 8, column)], 0)
    for width, fields, at in (
        (7, [], 0),
        (16, [(8, 8, column)], -1),
        (16, [(0, 8, column)] * 33, 0),
        (16, [(9, 8, column)], 0),
        (16, [(-1, 8, column)], 0),
        (16, [(8, 3, column)], 0),
        (16, [(8, 8, column), (8, 8, column[:4])], 0),
        (16, [(8, 8, column)], 1),
    ):
        with pytest.raises(ValueError, match="columns"):
            compiled.split_rows(rows, width, fields, at)
    with pytest.raises(TypeError):
        compiled.split_rows(rows, 16, [(8, 8)], 0)
    with pytest.raises((TypeError, BufferError)):
        compiled.split_rows(rows, 16, [(8, 8, b"12345678" * 5)], 0)
