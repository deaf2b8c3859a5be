"""Doubts: what speaks against the positions of a finding, whatever kind of clause found it."""

import numpy as np
import pytest
from by_hand import agree, gathered, pings, source, terms_of

from truceline.clauses import find
from truceline.clauses.doubts import doubt

CLAUSE = """
```clause c
kind = "no-entry"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["warship"]
```
"""
SHIP = "mmsi:200000001"
WARSHIP = {"platform": SHIP, "kind": "vessel", "category": "warship", "party": "RED"}
TRACK = {"platform": "track:radar:1", "kind": "radar-track", "category": "warship", "party": "RED"}


def clock(minute):
    return f"06-01 {12 + minute // 60:02}:{minute % 60:02}"


def sail(platform, minutes, lon=30.5, lat=45.5, **more):
    rng = np.random.default_rng(len(platform))
    return pings(platform, [(clock(m), lon + 0.001 * m + rng.normal(0, 1e-4), lat) for m in minutes], **more)


def look(tmp_path, positions, platforms=(WARSHIP, TRACK)):
    agreement = agree(tmp_path, CLAUSE)
    sources = [source("ais", "nmea"), source("second", "nmea"), source("radar")]
    return find(terms_of(agreement), agreement, gathered((), positions, platforms, (), sources))


def test_an_ordinary_stay_has_no_doubts(tmp_path):
    (found,) = look(tmp_path, sail(SHIP, range(0, 60, 5)))
    assert found.doubts == ()


def test_one_odd_position_among_many_is_no_doubt_about_the_stay(tmp_path):
    positions = sail(SHIP, range(0, 60, 2))
    positions[20]["lat"] = 45.99
    (found,) = look(tmp_path, positions)
    assert found.doubts == ()


def test_a_stay_that_rests_on_a_jump_is_doubtful_and_stays(tmp_path):
    away = sail(SHIP, [*range(0, 30, 2), *range(40, 70, 2)], lat=43.0)
    (found,) = look(tmp_path, [*away, *sail(SHIP, range(30, 40, 2))])
    assert any("doubtful jump" in reason for reason in found.doubts)
    assert len(found.rows) == 5


def test_a_crowd_of_others_at_the_same_spot_is_a_doubt(tmp_path):
    crowd = [row for n in range(9) for row in pings(f"mmsi:27300000{n}", [(clock(m), 30.5, 45.5) for m in (0, 5, 10)])]
    ship = pings(SHIP, [(clock(m), 30.5, 45.5) for m in (0, 5, 10)])
    (found,) = (one for one in look(tmp_path, [*ship, *crowd]) if one.platform == SHIP)
    assert any("many platforms" in reason for reason in found.doubts)


def test_a_faulty_transponder_is_no_doubt_about_a_radar(tmp_path):
    seen = sail("track:radar:1", range(0, 60, 2), source="radar")
    lies = [row for number, row in enumerate(sail(SHIP, range(0, 60, 2)))]
    for number, row in enumerate(lies):
        row["lat"] -= 1.2 * (number % 2)
    by_source = {}
    for found in look(tmp_path, [*seen, *lies]):
        by_source.setdefault(found.source, []).append(found)
    assert all(found.doubts == () for found in by_source["radar"])
    assert all(found.doubts for found in by_source["ais"])


def test_two_receivers_of_one_transponder_are_one_track(tmp_path):
    here = sail(SHIP, range(0, 60, 2))
    there = sail(SHIP, range(1, 60, 2), lat=47.5, source="second")
    assert all(
        any("two places" in why or "jump" in why for why in one.doubts) for one in look(tmp_path, [*here, *there])
    )


@pytest.mark.parametrize("findings", [[], None])
def test_findings_without_positions_are_left_as_they_are(tmp_path, findings):
    assert doubt(findings or [], gathered()) == []
