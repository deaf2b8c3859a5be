"""The page on evidence says what the code does: its example is read, its words are those of the code."""

import re
from pathlib import Path

import pytest
from pyarrow.parquet import read_metadata, read_schema

from truceline.evidence import SOURCES, gather, read_plan
from truceline.evidence import tables as contracts
from truceline.evidence.delimited import EVENT_COLUMNS
from truceline.evidence.fixes import POSITION_COLUMNS
from truceline.evidence.observation import KEYS
from truceline.gazetteer import load_gazetteer

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
EXAMPLE = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
POSITIONS_PAGE = (Path(__file__).parents[2] / "docs" / "positions.md").read_text("utf-8")
OTHER_PAGE = {"nmea", "readsb", "marinecadastre", "dma", "opensky", "modes", "radar-csv", "sar-csv"}
FILES = {
    "alerts.csv": "started_at,finished_at,region\n2022-12-01 07:00:00,2022-12-01 08:00:00,Donetsk oblast\n",
    "tracks.csv": "plot time;track;x;y;speed\n25/03/2025 00:00:00;7;30,7;46,4;5,5\n",
    "fleet.csv": "mmsi,name,party\n272000002,NAME,UA\n",
    "reports.geojson": '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [30.7, 46.4]},'
    ' "properties": {"when": "2025-03-25T00:00Z", "type": "Minen"}}',
}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "evidence.toml").write_text(EXAMPLE)
    return tmp_path


def test_the_example_is_read_and_used(case):
    plan, problems = read_plan(case / "evidence.toml", {})
    assert [str(problem) for problem in problems] == []
    evidence = gather(plan, load_gazetteer(plan.areas), case / "out")
    assert [(tally.rows, tally.used) for tally in evidence.files] == [(1, 1)] * 3
    assert sorted(evidence.events.collect()["kind"].to_list()) == ["air-raid-alert", "mine-laying"]
    assert evidence.positions.collect()["speed_kn"][0] == pytest.approx(10.69, abs=0.01)


def test_the_example_shows_every_key():
    from truceline.evidence.plan import _COVERAGE_KEYS, _PLATFORM_KEYS, _SOURCE_KEYS, _TABLES

    shown = set(re.findall(r"^#? ?(?:or  )?\[*(?:source\.)?([a-z_0-9]+)", EXAMPLE, re.MULTILINE))
    assert {*_TABLES, *_SOURCE_KEYS} <= shown
    assert {"detects", "probability", "area"} <= shown & set(_COVERAGE_KEYS)
    assert {"platform", "category", "party"} <= shown & set(_PLATFORM_KEYS)


@pytest.mark.parametrize("name", sorted(OTHER_PAGE))
def test_each_format_of_positions_has_its_section_with_its_options(name):
    section = re.search(rf"^## `{name}`:.*?(?=^## )", POSITIONS_PAGE, re.MULTILINE | re.DOTALL)
    assert section, f"no section for {name}"
    for word in (*SOURCES[name].options, *SOURCES[name].needs):
        assert re.search(rf"^{word} = |`{word}`", section[0], re.MULTILINE), word


@pytest.mark.parametrize("name", sorted(set(SOURCES) - OTHER_PAGE))
def test_each_format_has_its_section_with_its_options(name):
    section = re.search(rf"^### {name}\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert section, f"no section for {name}"
    for option in SOURCES[name].options:
        assert f"`{option}`" in section[1]
    for needed in SOURCES[name].needs:
        assert f"`{needed}` is needed" in section[1]


@pytest.mark.parametrize("name", [*EVENT_COLUMNS, *POSITION_COLUMNS, *KEYS, *contracts.EVENT_KINDS])
def test_each_column_and_kind_is_named(name):
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("table", ["positions", "platforms", "events", "coverage", "files", "rejects"])
def test_each_table_has_its_schema_in_the_page_and_in_its_file(case, table):
    plan, _ = read_plan(case / "evidence.toml", {})
    out = gather(plan, load_gazetteer(plan.areas), case / "out").folder
    schema = read_schema(out / f"{table}.parquet")
    name = read_metadata(out / f"{table}.parquet").metadata[b"truceline.schema"].decode()
    section = re.search(rf"^`{name}`:(.*?)(?=^`truceline/|^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert section, f"{name} has no section"
    assert schema.names == list(getattr(contracts, table.upper()))
    assert [column for column in schema.names if f"`{column}`" not in section[1]] == []
