"""Events larger than memory: written as they come, read in slices, the same bytes every time."""

import polars as pl
import pytest

from truceline.evidence import gather, masses, read_plan, select_events, selection
from truceline.evidence.masses import reduce_batches
from truceline.evidence.selection import collect_events, read_slices
from truceline.gazetteer import load_gazetteer

LISTING = """
[[source]]
path = "{name}.csv"
name = "{name}"
format = "csv"
kind = "explosion"
"""


@pytest.fixture
def case(tmp_path):
    """Two files of events, of which neither is in order of time."""
    for name, step in (("one", 37), ("two", 53)):
        rows = [f"2025-01-01T{n * step % 24:02d}:00Z,{30 + n % 7 / 10},{46 + n % 5 / 10}" for n in range(3_000)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["start_utc,lon,lat", *dict.fromkeys(rows)]) + "\n")
    (tmp_path / "evidence.toml").write_text(LISTING.format(name="one") + LISTING.format(name="two"))
    return tmp_path


def collected(case, name="out"):
    plan, problems = read_plan(case / "evidence.toml", {})
    assert plan is not None
    assert not problems
    return gather(plan, load_gazetteer(), case / name)


def test_events_stand_in_the_order_of_file_and_row(case):
    events = collected(case).events
    assert isinstance(events, pl.LazyFrame)
    places = events.select("file", "row").collect()
    assert places.rows() == places.sort("file", "row").rows()
    assert places["file"].unique().sort().to_list() == [1, 2]


def test_the_same_files_give_the_same_bytes(case):
    first, second = collected(case, "a"), collected(case, "b")
    assert (first.folder / "events.parquet").read_bytes() == (second.folder / "events.parquet").read_bytes()


def test_nothing_is_left_where_a_file_cannot_be_read(case):
    (case / "two.csv").write_bytes(b"")
    with pytest.raises(Exception, match="empty"):
        collected(case)
    assert not list((case / "out").glob("events*"))


@pytest.mark.parametrize("rows", [1, 7, 10_000])
def test_slices_of_any_size_hold_the_same(case, monkeypatch, rows):
    events = collected(case).events.head(300)
    whole = events.filter(pl.col("lon") > 30.3).collect()
    monkeypatch.setattr(selection, "SLICE_ROWS", rows)
    assert collect_events(events, lambda table: table.filter(pl.col("lon") > 30.3)).equals(whole)


def test_a_table_without_rows_is_one_slice(case):
    (only,) = read_slices(collected(case).events.head(0), lambda table: table)
    assert (only.height, only.columns[0]) == (0, "source")


def test_a_lazy_table_and_a_whole_one_give_one_selection(case):
    evidence = collected(case)
    asked = {"kinds": ["explosion"], "shape": None, "columns": ("file", "row"), "where": pl.col("lat") > 46.1}
    lazy = select_events(evidence.events, evidence.gazetteer, **asked)
    assert lazy.equals(select_events(evidence.events.collect(), evidence.gazetteer, **asked))
    assert lazy.columns == ["file", "row", "inside", "place_uncertain"]


def keep(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def by_tens(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by(pl.col("key") // 10 * 10, maintain_order=True).agg(pl.col("count").sum())


def parts(keys: int, size: int):
    table = pl.DataFrame({"key": range(keys), "count": [1] * keys})
    return table.iter_slices(size)


@pytest.mark.parametrize("waiting", [1, 40, 10_000])
def test_batches_are_reduced_to_what_fits_and_the_sums_stay(monkeypatch, waiting):
    monkeypatch.setattr(masses, "_LEAST_WAITING", waiting)
    table, level = reduce_batches(parts(1_000, 30), [keep, by_tens], 200)
    assert (table.height, level, table["count"].sum()) == (100, 1, 1_000)


def test_what_fits_is_not_reduced():
    table, level = reduce_batches(parts(100, 30), [keep, by_tens], 200)
    assert (table.height, level) == (100, 0)
