"""Too many events to list: they are joined with their number, and every row can be found again."""

import re

import polars as pl
import pytest
from by_hand import agree, at, event, gathered, terms_of

from truceline.clauses import find, occurrences
from truceline.clauses.occurrences import MOST_ROWS
from truceline.evidence import masses, selection
from truceline.spacetime.shapes import distance_m

CLAUSE = """
```clause c
kind = "no-attack"
binds = ["RED", "BLUE"]
zone = "strait"
events = ["shelling", "thermal-anomaly"]
```
"""


@pytest.fixture
def agreement(tmp_path):
    return agree(tmp_path, CLAUSE)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(occurrences, "MOST_INDICATORS", 40)
    monkeypatch.setattr(occurrences, "MOST_EVENTS", 40)


def fires(count: int, kind: str = "thermal-anomaly", **more):
    """Fires of two days, spread over the strait by whole steps."""
    return [
        event(
            kind,
            f"06-0{1 + n % 2} {n % 12:02d}:{n * 7 % 60:02d}",
            lon=30.05 + n * 37 % 80 / 100,
            lat=45.05 + n * 53 % 80 / 100,
            radius_m=200.0,
            **more,
        )
        for n in range(count)
    ]


def look(agreement, events):
    evidence = gathered(events)
    return find(terms_of(agreement), agreement, evidence), evidence


def test_up_to_the_limit_each_row_is_a_finding(agreement, few):
    found, _ = look(agreement, fires(40))
    assert [len(one.rows) for one in found] == [1] * 40


@pytest.mark.parametrize("kind", ["thermal-anomaly", "shelling"])
def test_above_the_limit_no_row_is_lost(agreement, few, kind):
    found, _ = look(agreement, fires(900, kind))
    assert len(found) <= 40
    assert sum(one.measured if one.unit == "rows" else 1 for one in found) == 900
    assert all(one.indicator == (kind == "thermal-anomaly") for one in found)


def test_the_text_of_a_joined_finding_leads_to_its_rows(agreement, few):
    found, evidence = look(agreement, fires(900))
    one = max(found, key=lambda finding: finding.measured or 0)
    start, end, west, east, south, north = re.search(
        r"start (\S+) to (\S+), lon (\S+) to (\S+), lat (\S+) to ([\d.]+);", one.text
    ).groups()
    rows = evidence.events.filter(
        pl.col("start_utc").is_between(at_utc(start), at_utc(end)),
        pl.col("lon").is_between(float(west), float(east)),
        pl.col("lat").is_between(float(south), float(north)),
    ).collect()
    assert rows.height == one.measured
    first = sorted(zip(rows["file"], rows["row"], strict=True))[:MOST_ROWS]
    assert [(row.file, row.row) for row in one.rows] == first
    assert one.span.start == rows["start_utc"].min()


def at_utc(text: str):
    return pl.Series([text]).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")[0]


def test_the_disc_of_a_joined_finding_holds_its_rows(agreement, few):
    found, evidence = look(agreement, fires(900))
    table = evidence.events.select("row", "lon", "lat").collect()
    for one in found:
        named = table.filter(pl.col("row").is_in([row.row for row in one.rows]))
        far = distance_m(named["lon"].to_numpy(), named["lat"].to_numpy(), one.lon, one.lat)
        assert far.max() <= one.radius_m


def test_rows_on_two_sides_of_an_edge_are_never_joined(agreement, few):
    early = [{**one, "start_utc": at("05-31 23:59"), "end_utc": at("06-01 00:01")} for one in fires(100)]
    late = [{**one, "start_utc": at("06-01 00:01"), "end_utc": at("06-01 00:02")} for one in fires(100)]
    found, _ = look(agreement, [*early, *late])
    assert sum(one.measured if one.unit == "rows" else 1 for one in found if one.edge_uncertain) == 100


def test_indicators_that_are_too_many_join_no_shelling(agreement, few):
    shots = fires(30, "shelling")
    found, _ = look(agreement, [*fires(900), *shots])
    assert [len(one.rows) for one in found if one.kind == "shelling"] == [1] * 30


def test_parties_stay_apart(agreement, few):
    found, _ = look(agreement, [*fires(300, "shelling", actor="RED"), *fires(300, "shelling", actor="BLUE")])
    by_party = {party: sum(f.measured if f.unit == "rows" else 1 for f in found if f.party == party)
                for party in ("RED", "BLUE")}  # fmt: skip
    assert by_party == {"RED": 300, "BLUE": 300}


def test_joined_findings_are_the_same_in_slices_of_any_size(agreement, few, monkeypatch):
    whole, _ = look(agreement, fires(900))
    monkeypatch.setattr(selection, "SLICE_ROWS", 70)
    monkeypatch.setattr(masses, "_LEAST_WAITING", 90)
    assert look(agreement, fires(900))[0] == whole
