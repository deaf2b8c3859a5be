"""The worked examples of docs/standing.md, in its order."""

from datetime import timedelta

import pytest
from by_hand import agree, at, event, gathered, source, terms_of, watcher

from truceline.assessment.incidents import fuse
from truceline.assessment.standing import judge
from truceline.clauses import find, has_meaning, name_breaches

SHELLING = """
```clause c
kind = "no-attack"
binds = ["RED", "BLUE"]
zone = "strait"
events = ["shelling", "air-raid-alert"]
coverage = 0.6
```
"""
WARSHIPS = SHELLING.replace("no-attack", "no-entry").replace(
    'events = ["shelling", "air-raid-alert"]', 'platforms = ["warship"]'
)
SEEN = watcher("post", ["shelling"], probability=0.9)


def stand(tmp_path, events=(), coverage=(SEEN,), sources=(), clause=SHELLING, start=None):
    text = clause if start is None else clause.replace("coverage", f'starts = "{start}"\ncoverage')
    agreement = agree(tmp_path, text)
    terms, evidence = terms_of(agreement), gathered(events, (), (), coverage, sources)
    findings, cut_off = find(terms, agreement, evidence), at("06-04 00:00")
    incidents = fuse(findings, agreement, (), cut_off)
    whole, _ = judge(
        terms, name_breaches(terms), incidents, evidence, findings=findings, cut_off=cut_off,
        period=timedelta(days=1), zones={name: zone.shape for name, zone in agreement.zones.items()},
        evaluated=has_meaning(terms),
    )  # fmt: skip
    return {standing.party: str(standing.word) for standing in whole}, incidents


HEARD = event("shelling", "06-01 12:00", source="post", lon=30.5, lat=45.5)
FILMED = event("shelling", "06-01 12:10", source="camera", lon=30.5, lat=45.527, actor="RED")
BLAMED = event("shelling", "06-01 12:05", source="second post", lon=30.5, lat=45.5, actor="BLUE")


def test_1_one_post_hears_one_explosion(tmp_path):
    words, (incident,) = stand(tmp_path, [HEARD])
    assert str(incident.status) == "alleged"
    assert words == {"RED": "not determinable", "BLUE": "not determinable", "undetermined": "suspected"}


def test_2_a_camera_names_red(tmp_path):
    words, (incident,) = stand(tmp_path, [HEARD, FILMED])
    assert incident.parties["RED"] == pytest.approx(0.67, abs=0.005)
    assert words == {"RED": "breached", "BLUE": "kept"}


def test_3_a_second_post_names_blue(tmp_path):
    _, (agreed,) = stand(tmp_path, [FILMED, HEARD])
    words, (incident,) = stand(tmp_path, [FILMED, BLAMED])
    assert incident.parties == {"BLUE": 0.5, "RED": 0.5}
    assert incident.confidence < agreed.confidence
    assert words == {"RED": "not determinable", "BLUE": "not determinable", "undetermined": "breached"}


def test_4_only_alerts(tmp_path):
    words, incidents = stand(tmp_path, [event("air-raid-alert", "06-01 12:00", lon=30.5, lat=45.5)])
    assert incidents == ()
    assert set(words.values()) == {"not determinable"}


def test_5_ais_covers_no_warships(tmp_path):
    coverage = [watcher("ais", ["warship", "vessel"])]
    words, _ = stand(tmp_path, (), coverage, [source("ais", "nmea")], WARSHIPS)
    assert set(words.values()) == {"not determinable"}


def test_6_two_radars_and_then_one(tmp_path):
    radars = [watcher(name, ["vessel"], probability=0.5) for name in ("north", "south")]
    assert set(stand(tmp_path, (), radars, (), WARSHIPS)[0].values()) == {"kept"}
    assert set(stand(tmp_path, (), radars[:1], (), WARSHIPS)[0].values()) == {"not determinable"}


def test_7_some_time_on_the_first_day(tmp_path):
    day = event("shelling", "06-01 00:00", "06-02 00:00", source="post", lon=30.5, lat=45.5, actor="RED")
    words, _ = stand(tmp_path, [day], start="2025-06-01T12:00Z")
    assert words == {"RED": "not determinable", "BLUE": "kept"}
