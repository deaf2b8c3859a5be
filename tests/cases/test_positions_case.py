"""Every positional kind at once, from files on disk to a standing: one ship that does what each forbids."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from truceline.case import Options, run_case

PAGE = Path(__file__).parents[2] / "docs" / "kinds.md"
EXAMPLE = re.search(r"^````markdown\n(.*?)^````$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

EVIDENCE = """
[[source]]
name = "radar"
format = "csv"
path = "tracks.csv"
provider = "coast guard"
kind = "vessel"
columns = { platform = "id", time_utc = "time", lon = "lon", lat = "lat" }
"""
KINDS = {"no-exit", "no-crossing", "keep-distance", "no-loitering", "no-encounter", "limit"}


def rows():
    """Two ships alongside each other in the strait for three hours; then one sails out of the north, over the line."""
    start = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)  # an hour before the truce, over the edge of the day
    for step in range(25):
        when = start + timedelta(minutes=10 * step)
        yield "mmsi:273000001", when, 30.5, 45.2
        yield "mmsi:272000001", when, 30.5, 45.2003
    for step in range(25, 60):
        yield "mmsi:273000001", start + timedelta(minutes=10 * step), 30.5, 45.2 + 0.03 * (step - 24)


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    assert EXAMPLE, "docs/kinds.md has no example"
    folder = tmp_path_factory.mktemp("case")
    (folder / "agreement.md").write_text(EXAMPLE.group(1), "utf-8")
    (folder / "evidence.toml").write_text(EVIDENCE + (PLATFORMS), "utf-8")
    lines = [f"{name},{when.isoformat()},{lon},{lat}" for name, when, lon, lat in rows()]
    (folder / "tracks.csv").write_text("\n".join(["id,time,lon,lat", *lines]) + "\n", "utf-8")
    run = run_case(folder, folder / "out", Options(cut_off=datetime(2026, 6, 3, tzinfo=UTC)))
    written = json.loads((folder / "out" / "standing.json").read_text("utf-8"))
    return run.assessment, written


PLATFORMS = """
[[platform]]
platform = "mmsi:273000001"
category = "warship"
party = "RED"

[[platform]]
platform = "mmsi:272000001"
category = "cargo"
party = "BLUE"
"""


def test_the_example_has_every_positional_kind(standing):
    assessment, _ = standing
    assert {clause.kind for clause in assessment.clauses} == KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_finds_what_the_ship_did_and_one_source_is_a_suspicion(standing, kind):
    assessment, written = standing
    (clause,) = [each for each in assessment.clauses if each.kind == kind]
    found = [each for each in assessment.findings if each.clause == clause.clause and each.party == "RED"]
    assert found, kind
    words = {each.party: str(each.word) for each in clause.standings}
    assert words["RED"] == "suspected"
    assert json.dumps(written).count(clause.clause)


def test_the_encounter_goes_on_over_the_edge_of_the_day(standing):
    assessment, _ = standing
    (found,) = [each for each in assessment.findings if each.kind == "encounter"]
    assert (found.span.start, found.span.end) == (
        datetime(2026, 6, 1, 21, 0, tzinfo=UTC),
        datetime(2026, 6, 2, 0, 0, tzinfo=UTC),
    )


def test_the_crossing_is_at_the_time_between_two_positions(standing):
    assessment, _ = standing
    (found,) = [each for each in assessment.findings if each.kind == "crossing"]
    # 45.2 at 00:00, 0.03 degrees in ten minutes, the line at 46.03
    minutes = (46.03 - 45.2) / 0.03 * 10
    assert abs(found.span.start - datetime(2026, 6, 2, tzinfo=UTC) - timedelta(minutes=minutes)) < timedelta(seconds=1)
