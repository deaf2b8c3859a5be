"""The back-test of a draft whose every number was counted by hand, and of real truces."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from draft_case import DRAFT, EVIDENCE, TRUCE, write_case

from truceline.case import Options, assess
from truceline.casefile import read_case
from truceline.errors import CaseError
from truceline.model import Word
from truceline.rehearsal import Rehearsal, Request, rehearse_case
from truceline.rehearsal.result import ClauseRehearsal
from truceline.spacetime import format_utc

ROOT = Path(__file__).parent.parent.parent


def rehearse(case: Path, out: Path | None = None, **asked) -> Rehearsal:
    return rehearse_case(case, out or case / "rehearsal", Request(**asked))[0]


def clause(result: Rehearsal, name: str) -> ClauseRehearsal:
    (found,) = [one for one in result.clauses if one.clause == name]
    return found


def starts(found: ClauseRehearsal) -> list[str]:
    return [format_utc(week.interval.start)[:10] for week in found.weeks]


def test_a_draft_that_lies_ahead_is_rehearsed_in_all_whole_weeks(draft):
    result = rehearse(draft)
    assert starts(clause(result, "sea")) == ["2025-03-03", "2025-03-10", "2025-03-17", "2025-03-24"]
    assert clause(result, "sea").rates["incidents"].mean == 1  # Tuesday; Thursday is too short, Friday too shallow
    fire = clause(result, "fire").rates
    assert (fire["findings"].mean, fire["incidents"].mean, fire["corroborated"].mean) == (4, 3, 1)
    assert fire["incidents"].mean_95[0] < 3 < fire["incidents"].mean_95[1]
    assert not clause(result, "faith").evaluated


def test_other_truces_are_left_out_and_weeks_are_counted_back_from_them(tmp_path):
    case = write_case(tmp_path, evidence=EVIDENCE + TRUCE)
    assert starts(clause(rehearse(case), "fire")) == ["2025-03-05", "2025-03-17", "2025-03-24"]


def test_the_agreements_own_time_is_left_out_and_weeks_lie_around_it(tmp_path):
    text = DRAFT.replace("2030-01-07T06:00Z", "2025-03-17T06:00Z").replace('"30 d"', '"24 h"')
    found = clause(rehearse(write_case(tmp_path, text)), "fire")
    assert [format_utc(week.interval.start) for week in found.weeks] == [
        "2025-03-03T06:00:00Z",
        "2025-03-10T06:00:00Z",
        "2025-03-18T06:00:00Z",
    ]


def test_at_most_so_many_weeks_the_nearest(tmp_path):
    text = DRAFT.replace("2030-01-07T06:00Z", "2025-03-17T06:00Z").replace('"30 d"', '"24 h"')
    case = write_case(tmp_path, text)
    assert starts(clause(rehearse(case, limit=2), "fire")) == ["2025-03-10", "2025-03-18"]
    assert starts(clause(rehearse(write_case(tmp_path), limit=1), "fire")) == ["2025-03-24"]


def test_an_agreement_without_a_start_that_is_known_is_rehearsed_too(tmp_path):
    text = DRAFT.replace('"2030-01-07T06:00Z"', '"from determination peace-made"')
    found = clause(rehearse(write_case(tmp_path, text)), "fire")
    assert len(found.weeks) == 4
    assert any("conditions were met" in reason for reason in found.reasons)


def test_a_party_that_rejected_is_rehearsed_as_if_it_were_bound(tmp_path):
    text = DRAFT.replace('status = "accepted"', 'status = "rejected"', 1).replace(
        'binds = ["RED", "BLUE"]', 'binds = ["BLUE"]'
    )
    found = clause(rehearse(write_case(tmp_path, text)), "fire")
    assert found.rates["incidents"].total == 0  # what RED did is no breach of what BLUE alone promised


def test_the_numbers_are_those_of_a_real_run_over_the_same_time(draft, tmp_path):
    """The same evidence under an agreement that was in force: as many incidents, of the same status."""
    text = DRAFT.replace("2030-01-07T06:00Z", "2025-03-17T00:00Z").replace('"30 d"', '"14 d"')
    case = read_case(write_case(tmp_path / "real", text))
    real, _ = assess(case, Options(), tmp_path / "tables", lambda _: None)
    result = rehearse(draft)
    for name in ("sea", "fire"):
        weeks = clause(result, name).weeks[2:]
        mine = [incident.status for incident in real.incidents if incident.clause == name]
        assert sum(week.alleged for week in weeks) == mine.count("alleged")
        assert sum(week.corroborated for week in weeks) == mine.count("corroborated")


def test_what_rests_on_which_source(draft):
    found = clause(rehearse(draft), "fire")
    first, second = found.by_source
    assert (first.name, first.findings, first.share) == ("post-a", 12, 0.75)
    assert (first.vanished, first.uncorroborated) == (8, 4)  # Wednesday is still alleged by the other post
    assert (second.name, second.findings, second.vanished, second.uncorroborated) == ("post-b", 4, 0, 4)


def test_sources_of_one_lineage_fall_together(tmp_path):
    case = write_case(
        tmp_path, evidence=EVIDENCE.replace('kind = "shelling"\n', 'kind = "shelling"\nlineage = "army"\n')
    )
    found = clause(rehearse(case), "fire")
    (army,) = found.by_lineage
    assert (army.name, army.findings, army.vanished) == ("army", 16, 12)
    assert found.rates["corroborated"].total == 0


def levers(found: ClauseRehearsal) -> dict[tuple[str, str], float | None]:
    return {(one.lever, one.change): one.incidents for one in found.variations}


def test_what_moving_a_value_would_change(draft):
    moved = levers(clause(rehearse(draft), "sea"))
    assert moved["as drafted", ""] == 1
    assert moved["persistence", "none"] == moved["persistence", "× 0.5"] == 2  # Thursday's 5 minutes
    assert moved["persistence", "× 0.8"] == 1  # at most 7 minutes between two pings outside
    assert moved["margin", "none"] == moved["margin", "× 0.5"] == 2  # Friday's 300 m
    assert moved["margin", "× 0.8"] == 1
    assert moved["margin", "× 2"] == 1  # Tuesday's kilometre
    assert moved["width", "× 0.5"] == 0  # the edge moves 20 km inwards
    assert moved["width", "× 1.25"] == 3  # and 10 km outwards: all three days
    assert not any(lever == "altitude" for lever, _ in moved)


@pytest.mark.parametrize(
    ("band", "values"),
    [
        ('["0 m", "1 km"]', ["0 to 500 m", "0 to 800 m", "0 to 1250 m", "0 to 2000 m"]),
        ('["1 km", "2 km"]', ["1000 to 1500 m", "1000 to 1800 m", "1000 to 2250 m", "1000 to 3000 m"]),
    ],
)
def test_a_band_of_altitude_is_a_lever_too(tmp_path, band, values):
    text = DRAFT.replace("[30.0, 45.0]]\n", f"[30.0, 45.0]]\naltitude = {band}\n", 1)
    found = clause(rehearse(write_case(tmp_path, text)), "sea")
    assert [one.value for one in found.variations if one.lever == "altitude"] == values


def test_how_often_each_word_would_have_stood(draft):
    (found,) = clause(rehearse(draft, lengths=(timedelta(hours=24),)), "fire").windows
    assert found.windows == 28
    assert found.words["RED"] == {Word.KEPT: 16, Word.SUSPECTED: 8, Word.BREACHED: 4}
    assert found.words["BLUE"] == {Word.KEPT: 28}
    (sea,) = clause(rehearse(draft, lengths=(timedelta(hours=24),)), "sea").windows
    assert sea.words["BLUE"] == {Word.NOT_DETERMINABLE: 28}  # nobody watched for warships


def test_a_truce_longer_than_every_stretch_has_no_window(draft):
    (found,) = clause(rehearse(draft, lengths=(timedelta(days=29),)), "fire").windows
    assert (found.windows, found.words) == (0, {})


def test_the_baseline_of_a_draft_is_the_end_of_the_evidence(draft):
    (outlook,) = clause(rehearse(draft), "fire").outlooks
    assert (format_utc(outlook.baseline.start), outlook.days_used) == ("2025-03-17T00:00:00Z", 14)
    lengths = [round(one.expected, 1) for one in outlook.reductions]
    assert lengths[-1] == pytest.approx(6 * 30 / 14, rel=0.02)
    assert outlook.reductions[0].ratio is None  # half an event a day: not even none at all would show


def test_a_truce_is_expected_to_start_at_the_agreements_hour_of_the_week(tmp_path):
    """All shelling is at noon: half a day from six holds it, half a day from eighteen does not."""
    expected = []
    for hour in ("06", "18"):
        case = write_case(tmp_path / hour, DRAFT.replace("07T06:00Z", f"07T{hour}:00Z"))
        (outlook,) = clause(rehearse(case, lengths=(timedelta(hours=12),)), "fire").outlooks
        expected.append(outlook.reductions[0].expected)
    assert expected[0] > 3 * expected[1]


def test_christmas_alerts_raise_no_incident_and_36_hours_show_a_fall_to_two_fifths(tmp_path):
    """The smallest reduction is the effect's own (docs/method.md): 24 onsets or fewer of 56.7, 0.42."""
    case = ROOT / "cases" / "christmas-truce-2023"
    found = clause(rehearse(case, tmp_path / "out"), "fire")
    assert len(found.weeks) == 8
    assert found.rates["incidents"].total == 0
    assert found.rates["indicators"].smallest > 500
    effects = {
        (effect.kind, effect.counting): effect
        for one in assess(read_case(case), Options(), tmp_path / "tables", lambda _: None)[0].clauses
        for effect in one.effects
    }
    for outlook in found.outlooks:
        real = effects[outlook.kind, outlook.counting]
        at_36_h = outlook.reductions[1]
        assert (at_36_h.expected, at_36_h.ratio) == (real.expected, real.smallest_reduction)
    assert found.outlooks[0].reductions[1].most == 24


def test_the_measures_of_2020_over_a_year_of_deadly_events(shared_data, tmp_path):
    """UCDP: 14 events in the 28 days before; a month would show a fall to a third, a day and three nothing."""
    agreement = (ROOT / "cases" / "agreements" / "tcg-2020-07.md").read_text("utf-8")
    (tmp_path / "agreement.md").write_text(agreement, "utf-8")
    name = "ucdp_ged_ukraine_2014-2021_hdx.csv.gz"
    shutil.copy(shared_data / "events" / name, tmp_path)
    (tmp_path / "evidence.toml").write_text(
        f'[[source]]\nname = "ucdp"\npath = "{name}"\nformat = "ucdp-ged"\ntime_zone = "Europe/Kyiv"\n'
        'span = ["2014-01-01T00:00 Europe/Kyiv", "2022-01-01T00:00 Europe/Kyiv"]\n'
    )
    result = rehearse(tmp_path, limit=52, lengths=(timedelta(hours=72), timedelta(days=30)))
    found = clause(result, "fire")
    assert len(found.weeks) == 52
    assert format_utc(found.weeks[-1].interval.end) == "2020-07-26T21:01:00Z"
    assert found.rates["corroborated"].total == 0  # one source is never enough
    assert 1 < found.rates["incidents"].mean < 10
    (outlook,) = found.outlooks
    three_days, month = outlook.reductions
    assert month.expected == pytest.approx(14 * 30 / 28, rel=0.02)
    assert three_days.ratio is None
    assert 0.2 < month.ratio < 0.5
    assert any("shelling" in reason for reason in found.reasons)
    assert clause(result, "air").weeks == ()


def test_evidence_of_three_days_says_what_cannot_be_said(tmp_path):
    evidence = EVIDENCE.replace("2025-03-31", "2025-03-06")
    case = write_case(tmp_path, evidence=evidence)
    with pytest.raises(CaseError) as caught:
        rehearse(case)
    (problem,) = caught.value.problems
    assert "3.0 d long; a week of 7 d is needed" in problem.found
    assert "cannot be said" in problem.do
    assert not (case / "rehearsal").exists()


def test_a_source_that_knows_less_is_a_lower_bound(tmp_path):
    short = EVIDENCE.replace(
        'name = "post-b"\npath = "post-b.csv"\nformat = "csv"\nkind = "shelling"\nspan = ["2025-03-03',
        'name = "post-b"\npath = "post-b.csv"\nformat = "csv"\nkind = "shelling"\nspan = ["2025-03-26',
    )
    found = clause(rehearse(write_case(tmp_path, evidence=short)), "fire")
    assert len(found.weeks) == 4
    assert any("post-b is complete for" in reason and "lower bound" in reason for reason in found.reasons)


def test_without_a_span_the_first_and_the_last_row_stand_and_that_is_said(tmp_path):
    lines = [line for line in EVIDENCE.splitlines() if not line.startswith("span")]
    found = clause(rehearse(write_case(tmp_path, evidence="\n".join(lines))), "fire")
    assert len(found.weeks) == 3  # from the second post's first row, on a Wednesday, to its last
    assert any("nobody declared" in reason for reason in found.reasons)


def test_the_same_inputs_give_the_same_bytes_and_another_question_another_digest(draft, tmp_path):
    _, first = rehearse_case(draft, tmp_path / "one", Request())
    _, second = rehearse_case(draft, tmp_path / "two", Request())
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["rehearsal.html", "rehearsal.json"]
    assert rehearse(draft, limit=2).digest != rehearse(draft).digest


def test_readings_that_differ_in_their_times_only_are_rehearsed_once(tmp_path):
    alternatives = (
        '\n[[alternatives]]\nname = "RED says"\nstarts = "2030-01-07T06:00Z"\n'
        '[[alternatives]]\nname = "BLUE says"\nstarts = "2030-01-08T06:00Z"\n'
    )
    text = DRAFT.replace('starts = "2030-01-07T06:00Z"\n', "").replace(
        'source = "test"\n', f'source = "test"\n{alternatives}'
    )
    result = rehearse(write_case(tmp_path, text))
    assert clause(result, "fire").readings == ("RED says", "BLUE says")


def test_every_key_of_the_file_is_documented(draft):
    rehearse(draft)
    document = json.loads((draft / "rehearsal" / "rehearsal.json").read_text("utf-8"))
    assert document["schema"] == "truceline/rehearsal/1"
    page = (ROOT / "docs" / "rehearsal.md").read_text("utf-8")
    free = {"words", "set_aside", "rejected"}  # keyed by party, and by reason
    assert [key for key in sorted(keys_of(document, free)) if f"`{key}`" not in page] == []


def keys_of(part: object, free: set[str]) -> set[str]:
    if isinstance(part, dict):
        own = set(part)
        return own.union(*(keys_of(value, free) for key, value in part.items() if key not in free))
    return set().union(*(keys_of(item, free) for item in part)) if isinstance(part, list) else set()
