"""The score: what counts as found, as a false alarm, as a false "kept"."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from truceline.model import Assessment, ClauseAssessment, Incident, Standing, Status, Watch, Word
from truceline.scenario import Breach, Truth, score
from truceline.scenario.truth import write_truth
from truceline.spacetime import Interval

START = datetime(2025, 6, 8, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHOLE = Interval(START, START + 72 * HOUR)


def at(hours, length=1.0):
    return Interval(START + hours * HOUR, START + (hours + length) * HOUR)


def breach(
    name="ship", clause="sea-1", party="RU", actual="RU", span=None, seen_by=("radar",), known=None, lon=31.0, lat=45.5
):
    span = span or at(10)
    path = ((span.start, lon, lat), (span.end, lon + 0.2, lat))
    return Breach(name, clause, party, actual, span, lon, lat, path, dict.fromkeys(seen_by, known or span.end))


def incident(
    name="i1", clause="sea-1", party="RU", span=None, lon=31.0, lat=45.5, status=Status.ALLEGED, lineages=("radar",)
):
    return Incident(
        name, clause, "as declared", status, span or at(10), lon, lat, 100.0, None, {party: 1.0}, lineages, ("f",), (),
        0.5, (),
    )  # fmt: skip


def standing(word, party="RU", interval=WHOLE, clause="sea-1"):
    return Standing(clause, "as declared", party, interval, word, Watch(1.0, 0.998))


def assess(incidents=(), whole=(), periods=(), cut_off=WHOLE.end, without=(), as_of=None):
    clause = ClauseAssessment(
        "sea-1", "as declared", "no-entry", "Article 2", "", ("RU", "UA"), "sea", (), WHOLE, tuple(whole),
        tuple(periods), (), (),
    )  # fmt: skip
    return Assessment(
        "black-sea", "Scenario", "draft", "", "0", "", "UTC", WHOLE, cut_off, 24.0, as_of, tuple(without), (clause,),
        tuple(incidents), (), (), (), (),
    )  # fmt: skip


@pytest.fixture
def judge(tmp_path):
    def judge(assessment, *breaches):
        path = tmp_path / "truth.json"
        write_truth(Truth(1, WHOLE, {"radar": "Radar", "observations": "Mission"}, breaches, ()), path)
        return score(assessment, path)

    return judge


def test_an_incident_at_the_place_and_time_finds_the_breach(judge):
    result = judge(assess([incident()]), breach())
    assert (result.recall, result.found, result.false_alarms, result.attributed) == (1.0, ("ship",), (), 1)


def test_undetermined_finds_it_too_but_does_not_name_the_party(judge):
    result = judge(assess([incident(party="undetermined")]), breach())
    assert (result.recall, result.attributed, result.false_alarms) == (1.0, 0, ())


def test_naming_the_wrong_party_is_a_miss_and_a_false_alarm(judge):
    result = judge(assess([incident(party="UA")]), breach())
    assert (result.recall, result.missed, result.false_alarms) == (0.0, ("ship",), ("i1",))


def test_naming_a_party_where_nothing_attributes_is_wrong_even_if_it_is_true(judge):
    result = judge(assess([incident(party="RU")]), breach(party="undetermined"))
    assert (result.recall, result.false_alarms) == (0.0, ("i1",))


def test_another_clause_does_not_count(judge):
    assert judge(assess([incident(clause="air-1")]), breach()).recall == 0.0


@pytest.mark.parametrize(("hours", "found"), [(11.49, True), (11.51, False), (8.51, True), (8.49, False)])
def test_half_an_hour_is_near_enough(judge, hours, found):
    lon = 31.2 if hours > 10 else 31.0  # where the ship was then
    assert judge(assess([incident(span=at(hours), lon=lon)]), breach()).recall == float(found)


@pytest.mark.parametrize(("lat", "found"), [(45.589, True), (45.591, False)])
def test_ten_kilometres_are_near_enough(judge, lat, found):
    assert judge(assess([incident(lat=lat)]), breach()).recall == float(found)


def test_a_moving_ship_is_where_it_was_then(judge):
    late = incident(span=at(11, 0.1), lon=31.25)
    early = incident(span=at(9.8, 0.1), lon=31.25)
    assert judge(assess([late]), breach()).recall == 1.0
    assert judge(assess([early]), breach()).recall == 0.0


def test_an_incident_without_a_place_finds_nothing(judge):
    assert judge(assess([incident(lon=None, lat=None)]), breach()).recall == 0.0


def test_what_nobody_could_see_is_no_miss(judge):
    result = judge(assess(), breach(seen_by=()))
    assert (result.breaches, result.seeable, result.recall) == (1, (), None)


def test_a_dismissed_incident_neither_finds_nor_alarms(judge):
    result = judge(assess([incident(status=Status.DISMISSED)]), breach())
    assert (result.recall, result.false_alarms) == (0.0, ())


def test_an_excused_incident_neither_finds_nor_alarms(judge):
    result = judge(assess([replace(incident(), excused_by="rescue")]), breach())
    assert (result.recall, result.false_alarms) == (0.0, ())


def test_hints_alone_neither_find_nor_alarm(judge):
    result = judge(assess([incident(lineages=())]), breach())
    assert (result.recall, result.false_alarms) == (0.0, ())


def test_false_alarms_are_counted_by_day(judge):
    result = judge(assess([incident("a", lat=46.2), incident("b", clause="port-1"), incident("c")]), breach())
    assert (result.false_alarms, result.days) == (("a", "b"), 3.0)
    assert result.false_alarms_per_day == pytest.approx(2 / 3)


def test_finding_what_nobody_was_thought_to_see_is_no_false_alarm(judge):
    assert judge(assess([incident()]), breach(seen_by=())).false_alarms == ()


def test_kept_is_false_where_that_party_breached(judge):
    result = judge(assess(whole=[standing(Word.KEPT, "RU"), standing(Word.KEPT, "UA")]), breach(seen_by=()))
    assert [kept.party for kept in result.kept] == ["RU", "UA"]
    assert [kept.party for kept in result.false_kept] == ["RU"]


def test_kept_is_false_for_everybody_where_nothing_could_tell_who_it_was(judge):
    words = [standing(Word.KEPT, "RU"), standing(Word.KEPT, "UA")]
    assert len(judge(assess(whole=words), breach(party="undetermined", seen_by=())).false_kept) == 2


def test_kept_is_true_of_a_day_without_a_breach(judge):
    days = [at(0, 24), at(24, 24), at(48, 24)]
    periods = [(day, (standing(Word.KEPT, "RU", day),)) for day in days]
    result = judge(assess(periods=periods), breach(span=at(23.5)))
    assert len(result.kept) == 3
    assert [kept.start for kept in result.false_kept] == [day.start for day in days[:2]]


def test_breached_is_false_where_that_party_did_nothing(judge):
    words = [standing(Word.BREACHED, "RU"), standing(Word.BREACHED, "UA"), standing(Word.BREACHED, "undetermined")]
    result = judge(assess(whole=words), breach(party="undetermined"))
    assert [said.party for said in result.breached] == ["RU", "UA"]
    assert [said.party for said in result.false_breached] == ["UA"]


def test_other_words_are_no_kept(judge):
    words = [standing(word) for word in Word if word is not Word.KEPT]
    assert judge(assess(whole=words), breach()).kept == ()


def test_what_comes_after_the_cut_off_is_not_asked_for(judge):
    result = judge(assess(cut_off=START + 8 * HOUR), breach())
    assert (result.breaches, result.recall) == (0, None)
    assert result.days == pytest.approx(8 / 24)


def test_a_provider_that_was_left_out_could_not_see(judge):
    one = breach("one", seen_by=("radar",))
    two = breach("two", seen_by=("radar", "observations"))
    assert judge(assess(without=["Radar"]), one, two).seeable == ("two",)


def test_what_had_not_arrived_could_not_be_known(judge):
    late = breach(known=START + 40 * HOUR)
    assert judge(assess(as_of=START + 39 * HOUR), late).seeable == ()
    assert judge(assess(as_of=START + 40 * HOUR), late).seeable == ("ship",)


def test_the_lines_say_the_numbers_and_name_what_went_wrong(judge):
    text = "\n".join(judge(assess([incident("x9", lat=46.2)], [standing(Word.KEPT)]), breach()).lines())
    for words in (
        "1 breaches planted, 1 could be seen",
        "0%",
        "1 of 1 incidents",
        "0.33 a day",
        "1 of 1 said",
        "x9",
        "ship",
    ):
        assert words in text
