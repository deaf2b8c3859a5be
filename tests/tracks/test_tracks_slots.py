"""Counting in stretches of time: the stretches hold everything once, and what is counted is the same."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from track_cases import rows_of, table

from truceline.tracks import find_crowds, find_feeds, map_interference
from truceline.tracks.slots import cut_time

QUALITY = ["adsb_icao nic=8 nac_p=9", "adsb_icao nic=0 nac_p=0", None]


@pytest.fixture(scope="module")
def traffic():
    """Four hours of thirty platforms in a small place, at a few spots, by three sources, of every quality."""
    random = np.random.default_rng(5)
    rows = []
    for number in range(30):
        seconds = np.sort(random.integers(0, 4 * 3600, 60))
        lon, lat = 31 + random.integers(0, 3, (2, 60)) / 100 + random.normal(0, 1e-6, (2, 60))
        word = QUALITY[number % 3] if number % 5 else None
        mixed = [word if random.random() < 0.6 else QUALITY[0] for _ in seconds]
        for row, quality in zip(rows_of(f"icao:{number:06x}", seconds, lon, lat), mixed, strict=True):
            rows.append({**row, "integrity": quality, "source": "one"})
            if random.random() < 0.5:
                rows.append({**row, "integrity": quality, "source": "two"})
    return table(rows, rows_of("mmsi:273000001", range(0, 7200, 60), 31.0, -44.0 - np.arange(120) / 900))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=60), st.integers(1, 20), st.sampled_from([("10m", 600), ("1h", 3600)]))
def test_every_position_lies_in_one_stretch(seconds, most, slot):
    rows = table(rows_of("mmsi:273000001", seconds, 31.0, 44.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("truceline.tracks.slots._MOST_POSITIONS", most)
        stretches = list(cut_time(rows.lazy(), slot[0]))
    assert sorted(stretches) == stretches
    assert all(end <= start for (_, end), (start, _) in pairwise(stretches))
    times = rows["time_utc"].to_list()
    counts = [sum(start <= time < end for time in times) for start, end in stretches]
    assert sum(counts) == len(rows)
    lengths = [(end - start).total_seconds() for start, end in stretches]
    assert all(count <= most or length == slot[1] for count, length in zip(counts, lengths, strict=True))


@pytest.mark.parametrize("most", [1, 50, 700])
@pytest.mark.parametrize("count", [find_crowds, map_interference])
def test_what_is_counted_does_not_depend_on_the_stretches(traffic, count, most, monkeypatch):
    whole = count(traffic.lazy())
    monkeypatch.setattr("truceline.tracks.slots._MOST_POSITIONS", most)
    assert len(whole) > 10
    assert count(traffic.lazy()).equals(whole)


@pytest.mark.parametrize("most", [1, 50, 700])
def test_feeds_do_not_depend_on_how_many_fixes_are_in_memory(traffic, most, monkeypatch):
    whole = find_feeds(traffic.lazy())
    monkeypatch.setattr("truceline.tracks.feeds._MOST_AT_ONCE", most)
    assert whole.select("one", "other").rows() == [("one", "two")]
    assert find_feeds(traffic.lazy()).equals(whole)


def test_nothing_to_count_gives_empty_tables():
    nothing = table().lazy()
    assert list(cut_time(nothing, "1h")) == []
    assert [len(find(nothing)) for find in (find_crowds, map_interference, find_feeds)] == [0, 0, 0]
    assert find_crowds(nothing).schema["platforms"] == pl.UInt32
