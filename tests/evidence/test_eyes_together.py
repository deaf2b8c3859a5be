"""All the eyes in one list of evidence: their options are known there, and who is cooperative."""

from pathlib import Path

import pytest
from test_marinecadastre import OLD, ROW
from test_modes import EVEN, ODD, beast
from test_opensky import RECORD
from test_seismic import TABLE
from test_sightings import SHIP, SHIPS, TRACK, TRACKS

from truceline.evidence import gather, read_plan
from truceline.evidence.sight import is_cooperative
from truceline.gazetteer import load_gazetteer

PLAN = """
[[source]]
path = "us.csv"
format = "marinecadastre"
[[source]]
path = "states.json"
format = "opensky"
units = "ft, kn"
[[source]]
path = "air.bin"
format = "modes"
starts = 2024-07-06T06:43:09Z
receiver = [2.55, 49.0]
[[source]]
path = "radar.csv"
format = "radar-csv"
[[source]]
path = "ships.csv"
format = "sar-csv"
min_confidence = 0.5
[[source]]
path = "booms.csv"
format = "seismic"
untyped = "explosion"
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    import json

    files = {
        "us.csv": OLD + ROW,
        "states.json": json.dumps([RECORD]),
        "radar.csv": TRACKS + TRACK,
        "ships.csv": SHIPS + SHIP,
        "booms.csv": TABLE,
        "evidence.toml": PLAN,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "air.bin").write_bytes(beast((500, EVEN), (12_000_500, ODD)))
    return tmp_path


def test_every_eye_is_read_as_its_list_declares_it(case):
    plan, problems = read_plan(case / "evidence.toml", {})
    assert [str(problem) for problem in problems] == []
    evidence = gather(plan, load_gazetteer(), case / "out")
    assert [(tally.source, tally.used) for tally in evidence.files] == [
        (name, 1) for name in ("us", "states", "air", "radar", "ships", "booms")
    ]
    kinds = dict(evidence.platforms.select("platform", "kind").iter_rows())
    assert kinds == {
        "mmsi:366899260": "vessel",
        "icao:4b1815": "aircraft",
        "icao:40621d": "aircraft",
        "track:radar:7": "radar-track",
        "track:ships:ships.csv#1": "detection",
    }
    assert dict(evidence.platforms.select("platform", "flag").drop_nulls().iter_rows()) == {
        "mmsi:366899260": "US",
        "icao:4b1815": "CH",
        "icao:40621d": "GB",
    }


def test_only_eyes_that_need_an_answer_are_cooperative(case):
    plan, _ = read_plan(case / "evidence.toml", {})
    cooperative = {source.name for source in plan.sources if is_cooperative(source)}
    assert cooperative == {"us", "states", "air"}
    evidence = gather(plan, load_gazetteer(), case / "out")
    assert {source.name for source in evidence.plan.sources if is_cooperative(source)} == cooperative
