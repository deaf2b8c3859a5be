"""The truth: what is a breach, who could have seen it, and what is innocent."""

import csv
import json
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from truceline.errors import CaseError
from truceline.scenario import generate, read_truth
from truceline.scenario.places import draw_zones
from truceline.scenario.truth import write_truth
from truceline.spacetime.shapes import distance_m, inside

ZONES = {"sea-1": "sea", "air-1": "air", "air-2": "air", "port-1": "port-odesa", "port-2": "port-sevastopol"}
NEEDS = {
    "sea-1": "vessel",
    "air-1": "military-aircraft",
    "air-2": "drone",
    "port-1": "explosion",
    "port-2": "explosion",
}


@pytest.fixture(scope="module")
def worlds(config, tmp_path_factory):
    """Five seeds: folder -> truth."""
    found = {}
    for seed in range(1, 6):
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        generate(replace(config, seed=seed), folder)
        found[folder] = read_truth(folder / "data" / "truth.json")
    return found


def read_rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def breaches(worlds):
    """All breaches but the silences, which nobody is asked to have seen."""
    return [(folder, one) for folder, truth in worlds.items() for one in truth.breaches if one.clause in ZONES]


def test_a_truth_survives_being_written_and_read(worlds, tmp_path):
    for truth in worlds.values():
        write_truth(truth, tmp_path / "truth.json")
        assert read_truth(tmp_path / "truth.json") == truth


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "truceline/truth/9"}', '{"schema": "truceline/truth/1"}'])
def test_what_is_no_truth_is_refused(tmp_path, text):
    path = tmp_path / "truth.json"
    path.write_text(text)
    with pytest.raises(CaseError, match="truth cannot be read"):
        read_truth(path)


def test_every_breach_lies_in_its_zone_and_in_time(worlds):
    for folder, breach in breaches(worlds):
        interval = worlds[folder].interval
        assert interval.start <= breach.span.start < interval.end
        assert all(inside(draw_zones()[ZONES[breach.clause]], lon, lat)[()] for _, lon, lat in breach.path), breach.id


def test_every_kind_of_visibility_is_planted(worlds):
    seen = [len(breach.seen_by) for _, breach in breaches(worlds)]
    assert seen.count(0) >= 5, "hidden from everybody"
    assert seen.count(1) >= 5, "seen by one source"
    assert sum(count >= 2 for count in seen) >= 5, "seen by several"
    for truth in worlds.values():
        assert any(not breach.seen_by for breach in truth.breaches)
        assert {breach.clause for breach in truth.breaches} - {"visible-1"} == set(ZONES)


def test_both_parties_breach_and_some_breaches_nobody_can_attribute(worlds):
    actual = [breach.actual for _, breach in breaches(worlds)]
    assert 0.3 < actual.count("RU") / len(actual) < 0.7
    named = [breach.party for _, breach in breaches(worlds)]
    assert named.count("undetermined") >= 10
    assert all(breach.party in (breach.actual, "undetermined") for _, breach in breaches(worlds))
    assert all(breach.party == "undetermined" for _, breach in breaches(worlds) if not breach.seen_by)


def test_a_warship_that_enters_in_silence_breaches_two_clauses(worlds):
    found = {(t.seed, one.id): one for t in worlds.values() for one in t.breaches}
    silences = {name: one for name, one in found.items() if one.clause == "visible-1"}
    assert 5 <= len(silences) < sum(one.clause == "sea-1" for one in found.values())
    for (seed, name), silence in silences.items():
        entry = found[seed, name.removesuffix("-silent")]
        assert (silence.actual, silence.clause, silence.seen_by) == (entry.actual, "visible-1", {})
        assert not {"ais-north", "ais-west", "ais-aggregator"} & set(entry.seen_by)


def test_some_breaches_touch_an_edge_of_the_ceasefire_or_of_a_day(worlds):
    edges = 0
    for folder, breach in breaches(worlds):
        start = worlds[folder].interval.start
        days = [start + timedelta(days=number) for number in range(4)]
        edges += any(
            abs(edge - day) < timedelta(minutes=3) for edge in (breach.span.start, breach.span.end) for day in days
        )
    assert edges >= 5


def test_what_nobody_saw_was_not_covered(worlds):
    """No unseen breach happens where and when the declared coverage says that it would have been seen."""
    unseen = [(folder, breach) for folder, breach in breaches(worlds) if not breach.seen_by]
    assert unseen
    for folder, breach in unseen:
        coverage = tomllib.loads((folder / "evidence.toml").read_text())["coverage"]
        for time, lon, lat in breach.path:
            sure = [
                item
                for item in coverage
                if NEEDS[breach.clause] in item["detects"]
                and item["probability"] > 0.95
                and not item["source"].startswith(("ais", "adsb"))
                and datetime.fromisoformat(item["start"]) <= time < datetime.fromisoformat(item["end"])
                and inside(draw_zones()[item["area"]], lon, lat)[()]
            ]
            assert sure == [], (breach.id, time)


def test_what_a_radar_saw_is_in_its_file(worlds):
    """Each source that is said to have seen an entry has plots near its path, and the silent ones have none."""
    for folder, truth in list(worlds.items())[:2]:
        for name in ("radar-shore", "radar-offshore", "radar-patrol"):
            plots = [row for row in read_rows(folder / "data" / f"{name}.csv") if row["class"] in ("warship", "vessel")]
            for breach in (b for b in truth.breaches if b.clause == "sea-1"):
                near = sum(
                    distance_m(float(plot["lon"]), float(plot["lat"]), lon, lat) < 3000
                    for plot in plots
                    for time, lon, lat in breach.path
                    if abs(datetime.fromisoformat(plot["plot_time"]) - time) < timedelta(seconds=150)
                )
                assert (near >= 3) == (name in breach.seen_by) or 0 < near < 12, (breach.id, name, near)


def test_some_observation_arrives_more_than_a_day_late(worlds):
    rows = [row for folder in worlds for row in read_rows(folder / "data" / "observations.csv")]
    waits = [datetime.fromisoformat(row["received"]) - datetime.fromisoformat(row["end"]) for row in rows]
    assert min(waits) < timedelta(days=1) < max(waits)


def test_innocents_are_listed_with_their_reason(worlds):
    for truth in worlds.values():
        names = {innocent.id for innocent in truth.innocents}
        assert {
            "skirting-RU",
            "skirting-UA",
            "spoofed-track",
            "rescue-flight",
            "mission-drone",
            "quarry-blast",
        } <= names
        assert all(innocent.why for innocent in truth.innocents)
        assert names.isdisjoint(breach.id for breach in truth.breaches)


def test_the_names_of_the_truth_are_not_in_the_evidence(made):
    """Nothing that a reader could use as a hint: no id of a breach stands in any file but the truth."""
    names = [item["id"] for item in json.loads((made / "data" / "truth.json").read_text())["breaches"]]
    for path in (made / "evidence.toml", *(made / "data").iterdir()):
        if path.name != "truth.json":
            assert not [name for name in names if name in path.read_text()], path.name
