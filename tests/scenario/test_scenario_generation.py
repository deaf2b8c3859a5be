"""What is written: whole or not at all, the same bytes from the same seed, real formats."""

import csv
import hashlib
import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pyais
import pytest

from truceline.agreement import read_agreement
from truceline.errors import CaseError
from truceline.scenario import generate, read_truth
from truceline.scenario.places import draw_zones

RADARS = ("radar-shore", "radar-offshore", "radar-patrol", "radar-air", "radar-partner")


def digest(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(made, name):
    with (made / "data" / f"{name}.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_same_seed_gives_the_same_bytes(config, made, tmp_path):
    generate(config, tmp_path)
    assert digest(tmp_path) == digest(made)


def test_another_seed_gives_another_world(config, made, tmp_path):
    generate(replace(config, seed=config.seed + 1), tmp_path)
    other, ours = digest(tmp_path), digest(made)
    assert other.keys() == ours.keys()
    assert all(other[name] != ours[name] for name in ours)


def test_one_more_merchant_moves_nobody_else(config, made, tmp_path):
    generate(replace(config, merchants=config.merchants + 1), tmp_path)
    breaches = [
        (breach.id, breach.span, breach.lon) for breach in read_truth(tmp_path / "data" / "truth.json").breaches
    ]
    assert breaches == [(b.id, b.span, b.lon) for b in read_truth(made / "data" / "truth.json").breaches]


def test_new_data_take_the_place_of_the_old_and_leave_nothing_else(config, tmp_path):
    generate(config, tmp_path)
    (tmp_path / "data" / "old.csv").write_text("left over")
    generate(config, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "evidence.toml"]
    assert not (tmp_path / "data" / "old.csv").exists()


def test_a_folder_of_somebody_else_is_not_replaced(config, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").write_text("years of work")
    with pytest.raises(CaseError, match="not ours to replace"):
        generate(config, tmp_path)
    assert (tmp_path / "data" / "thesis.txt").read_text() == "years of work"


def test_what_cannot_be_written_is_a_problem(config, tmp_path):
    with pytest.raises(CaseError, match="cannot be written"):
        generate(config, tmp_path / "nowhere")


def test_an_interrupted_run_leaves_the_old_data(config, made, tmp_path, monkeypatch):
    generate(config, tmp_path)
    before = digest(tmp_path)

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("truceline.scenario.generation.write_truth", fail)
    with pytest.raises(KeyboardInterrupt):
        generate(replace(config, seed=99), tmp_path)
    assert digest(tmp_path) == before


@pytest.mark.parametrize("hours", [24, 100])
def test_other_lengths_work(config, tmp_path, hours):
    generate(replace(config, hours=hours), tmp_path)
    truth = read_truth(tmp_path / "data" / "truth.json")
    assert truth.interval.hours == hours
    assert all(truth.interval.start <= b.span.start < truth.interval.end for b in truth.breaches)


def test_an_empty_sea_works(config, tmp_path):
    nobody = dict.fromkeys(("merchants", "fishing", "ferries", "moored", "airliners"), 0)
    nothing = dict.fromkeys(("warship_entries", "aircraft_entries", "drone_entries", "strikes"), 0)
    generate(replace(config, **nobody, **nothing), tmp_path)
    assert read_truth(tmp_path / "data" / "truth.json").breaches == ()


def test_a_run_stays_small(made):
    sentences = sum(len(path.read_bytes().splitlines()) for path in (made / "data").glob("*.nmea"))
    assert 10_000 < sentences <= 40_000
    assert sum(path.stat().st_size for path in (made / "data").iterdir()) < 20_000_000


def test_every_ais_sentence_decodes_and_has_its_time(made):
    lines = (made / "data" / "ais-north.nmea").read_bytes().splitlines()
    seconds = []
    for line in lines[:1000]:
        tag, sentence = line[1:].split(b"\\")
        content, checksum = tag.split(b"*")
        value = 0
        for byte in content:
            value ^= byte
        assert int(checksum, 16) == value
        seconds.append(int(content.rpartition(b"c:")[2]))
        if b"!AIVDM,1,1" in sentence:
            message = pyais.decode(sentence)
            assert str(message.mmsi).startswith("299"), "an identity that a real vessel could carry"
    assert seconds == sorted(seconds)


def test_one_receiver_has_a_wrong_clock(made):
    """The same message reached both stations; their clocks disagree by 47 s."""

    def read(name):
        found = {}
        for line in (made / "data" / f"{name}.nmea").read_text().splitlines():
            tag, _, sentence = line[1:].partition("\\")
            payload = sentence.split(",")[5]
            found[payload] = int(tag.rpartition("c:")[2].split("*")[0])
        return found

    north, west = read("ais-north"), read("ais-west")
    both = [payload for payload in north.keys() & west.keys() if len(payload) == 28]
    offsets = [west[payload] - north[payload] for payload in both]
    assert len(offsets) > 100
    assert sorted(offsets)[len(offsets) // 2] == 47


def test_readsb_snapshots_are_json_in_the_order_of_time(made):
    snapshots = [json.loads(line) for line in (made / "data" / "adsb.jsonl").read_text().splitlines()]
    assert all(a["now"] < b["now"] for a, b in pairwise(snapshots))
    aircraft = [entry for snapshot in snapshots for entry in snapshot["aircraft"]]
    assert all(0 <= entry["seen_pos"] <= 61 and entry["hex"].startswith("f7") for entry in aircraft)
    assert {1} == {entry["dbFlags"] for entry in aircraft if "dbFlags" in entry}


def test_radar_tracks_are_anonymous(made):
    for name in RADARS:
        plots = rows(made, name)
        assert {plot["track"][0] for plot in plots} == {"T"}
        assert "mmsi" not in plots[0]
        assert [p["plot_time"] for p in plots] == sorted(p["plot_time"] for p in plots)
    sides = {name: {plot["side"] for plot in rows(made, name)} for name in RADARS}
    assert sides["radar-shore"] == sides["radar-offshore"] == sides["radar-air"] == {""}


def test_the_list_of_evidence_names_every_file_but_the_truth(made):
    listing = tomllib.loads((made / "evidence.toml").read_text())
    listed = {source["path"] for source in listing["source"]}
    assert listed == {f"data/{path.name}" for path in (made / "data").iterdir()} - {"data/truth.json"}
    assert {item["source"] for item in listing["coverage"]} <= {source["name"] for source in listing["source"]}


def test_no_radar_sees_while_its_coverage_says_that_it_is_off(made):
    listing = tomllib.loads((made / "evidence.toml").read_text())
    for name in (*RADARS, "sound-odesa", "sound-sevastopol"):
        spans = [(c["start"], c["end"]) for c in listing["coverage"] if c["source"] == name]
        column = "origin_time" if name.startswith("sound") else "plot_time"
        seen = [row[column] for row in rows(made, name)]
        assert seen
        assert all(any(start <= time <= end for start, end in spans) for time in seen), name


def test_observations_are_by_day(made):
    hours = {datetime.fromisoformat(row["start"]).astimezone(UTC).hour for row in rows(made, "observations")}
    assert hours <= set(range(3, 16))


def test_the_zones_are_those_of_the_agreement(black_sea):
    agreement, problems = read_agreement(black_sea / "agreement.md")
    assert problems == []
    for name, shape in draw_zones().items():
        theirs = agreement.zones[name].shape
        assert theirs is not None
        assert shape.symmetric_difference(theirs).area < 1e-9, name


def test_the_agreement_binds_both_parties_in_the_same_words(black_sea, config):
    agreement, _ = read_agreement(black_sea / "agreement.md")
    assert all(set(clause.binds) == {"RU", "UA"} for clause in agreement.clauses)
    assert {party.status for party in agreement.parties.values()} == {"accepted"}
    assert agreement.block.values["starts"] == "2025-06-09T00:00 Europe/Kyiv"
    assert config.start == datetime(2025, 6, 8, 21, tzinfo=UTC)
    assert agreement.block.values["ends"] == f"{config.hours} h"
