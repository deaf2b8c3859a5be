"""The whole flow on scenarios, against their truth: docs/scenario.md holds the numbers for twenty seeds."""

import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from truceline.case import Options, assess, run_case
from truceline.casefile import read_case
from truceline.model import Assessment, Status, Word
from truceline.scenario import Score, generate, read_scenario, read_truth, score


def copy_case(black_sea, folder, **changes):
    folder.mkdir()
    shutil.copy(black_sea / "agreement.md", folder)
    text = (black_sea / "scenario.toml").read_text("utf-8")
    for key, value in changes.items():
        text = re.sub(rf"^{key} = \d+", f"{key} = {value}", text, flags=re.M)
    (folder / "scenario.toml").write_text(text, "utf-8")
    return folder


@dataclass(frozen=True)
class Outcome:
    folder: Path
    assessment: Assessment
    score: Score


def run(folder, **options):
    """Everything but the reports, which would take most of the time."""
    config, problems = read_scenario(folder / "scenario.toml")
    assert problems == []
    generate(config, folder)
    tables = folder / "tables"
    tables.mkdir()
    assessment, _ = assess(read_case(folder), Options(**options), tables, lambda _: None)
    return Outcome(folder, assessment, score(assessment, folder / "data" / "truth.json"))


@pytest.fixture(scope="module")
def runs(black_sea, tmp_path_factory):
    """Three seeds of the case."""
    root = tmp_path_factory.mktemp("flow")
    return {seed: run(copy_case(black_sea, root / f"seed{seed}", seed=seed)) for seed in (1, 2, 3)}


def test_the_targets_are_met(runs):
    scores = [result.score for result in runs.values()]
    found = sum(len(score.found) for score in scores)
    assert found / sum(len(score.seeable) for score in scores) >= 0.95, [score.missed for score in scores]
    assert sum(len(score.false_alarms) for score in scores) / sum(score.days for score in scores) <= 1
    assert [kept for score in scores for kept in score.false_kept] == []
    assert [said for score in scores for said in score.false_breached] == []
    assert sum(len(score.breached) for score in scores) > 0


def test_kept_is_said_somewhere_so_that_its_absence_elsewhere_means_something(runs):
    assert sum(len(result.score.kept) for result in runs.values()) >= 5


def test_no_row_is_rejected(runs):
    for result in runs.values():
        assert {tally.path: dict(tally.rejected) for tally in result.assessment.files if tally.rejected} == {}


def test_the_spoofed_track_is_never_more_than_alleged(runs):
    heard = 0
    for result in runs.values():
        truth = read_truth(result.folder / "data" / "truth.json")
        spoof = next(innocent.span for innocent in truth.innocents if innocent.id == "spoofed-track")
        false = [i for i in result.assessment.incidents if i.id in result.score.false_alarms and i.lineages == ("ais",)]
        heard += any(incident.span.overlap(spoof) is not None for incident in false)
        assert all(incident.status is Status.ALLEGED for incident in false)
    assert heard >= 2


def test_announced_flights_are_excused(runs):
    """A flight that falls into a radar's gap is not seen, so that not every seed has both."""
    excused = [i for result in runs.values() for i in result.assessment.incidents if i.excused_by]
    assert {incident.excused_by for incident in excused} == {"rescue", "mission-flight"}
    assert not {i.id for i in excused} & {name for result in runs.values() for name in result.score.false_alarms}
    innocent = {("rescue-flight", "air-1"), ("mission-drone", "air-2")}
    for result in runs.values():
        truth = read_truth(result.folder / "data" / "truth.json")
        spans = {innocent.id: innocent.span for innocent in truth.innocents}
        for name, clause in innocent:
            own = [i for i in result.assessment.incidents if i.clause == clause and i.span.overlap(spans[name])]
            assert all(i.excused_by or i.id not in result.score.false_alarms for i in own), name


def test_both_parties_and_nobody_are_named(runs):
    parties = {incident.party for result in runs.values() for incident in result.assessment.incidents}
    assert parties == {"RU", "UA", "undetermined"}


def test_a_calm_sea_with_hidden_breaches_tempts_and_fails_to_seduce(black_sea, tmp_path):
    """All breaches lie in gaps: "kept" may be said of other clauses and days, never of these."""
    calm = {"warship_entries": 1, "aircraft_entries": 1, "drone_entries": 0, "strikes": 1, "fishing": 5}
    score = run(copy_case(black_sea, tmp_path / "calm", seed=3, **calm)).score
    assert (score.breaches, score.seeable) == (4, ())  # the warship's silence is the fourth
    assert len(score.kept) >= 4
    assert score.false_kept == ()


def test_without_the_sound_network_nothing_can_be_said_of_ports_by_night(runs, black_sea, tmp_path):
    folder = copy_case(black_sea, tmp_path / "case", seed=1)
    result = run(folder, without=("Sound network",))
    ports = [clause for clause in result.assessment.clauses if clause.clause in ("port-1", "port-2")]
    words = {standing.word for clause in ports for _, period in clause.periods for standing in period}
    assert Word.KEPT not in words
    assert len(result.score.seeable) < len(runs[1].score.seeable)
    assert result.score.false_kept == ()


def test_a_cut_off_after_one_day_asks_for_one_day(runs, black_sea, tmp_path):
    folder = copy_case(black_sea, tmp_path / "case", seed=1)
    start = runs[1].assessment.interval.start
    result = run(folder, cut_off=start + timedelta(days=1))
    assert result.score.days == 1.0
    assert 0 < result.score.breaches < runs[1].score.breaches
    assert result.score.recall >= 0.95
    assert result.score.false_kept == ()


def test_a_case_with_a_scenario_runs_whole_and_again_with_the_same_bytes(runs, black_sea, tmp_path):
    folder = copy_case(black_sea, tmp_path / "case", seed=1)
    first = run_case(folder, folder / "out", Options())
    assert first.score == runs[1].score
    standing = (folder / "out" / "standing.json").read_bytes()
    assert run_case(folder, folder / "out", Options()).score == first.score
    assert (folder / "out" / "standing.json").read_bytes() == standing


SEEING = (
    *("Northern shore radar", "Offshore platform radar", "Partner patrol ship", "Air surveillance radar"),
    *("Partner air surveillance", "Sound network", "Monitoring mission"),
)


def test_silent_violators_are_never_said_to_have_kept_by_who_only_listens(runs, black_sea, tmp_path):
    """Without radars and monitors the picture is full of merchants and empty of warships, drones and strikes."""
    folder = copy_case(black_sea, tmp_path / "case", seed=1)
    result = run(folder, without=SEEING)
    said = [one for clause in result.assessment.clauses for one in clause.standings]
    said += [one for clause in result.assessment.clauses for _, period in clause.periods for one in period]
    assert {one.word for one in said if one.clause != "purpose"} <= {Word.NOT_DETERMINABLE, Word.SUSPECTED}
    assert result.score.breaches == runs[1].score.breaches
    assert (result.score.kept, result.score.breached) == ((), ())


def test_a_dark_warship_is_told_where_others_nearby_were_received(runs):
    hidden = [(r, one) for r in runs.values() for one in r.assessment.incidents if one.clause == "visible-1"]
    assert hidden
    assert all(one.id not in result.score.false_alarms for result, one in hidden)
    assert all(set(one.kinds) <= {"dark", "silence"} for _, one in hidden)
