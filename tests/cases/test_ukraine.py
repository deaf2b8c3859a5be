"""The guarantees for Ukraine: a draft, nothing in force, and what would be lost if a provider left."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from truceline.agreement import read_agreement
from truceline.case import Options, run_case
from truceline.commitment import PoliticalStatus
from truceline.dossier.pledges import open_dossier
from truceline.dossier.result import Request
from truceline.guarantees.register import read_register, see_as_of
from truceline.model import Word

CASE = Path(__file__).parents[2] / "cases" / "ukraine-2025"


@pytest.fixture(scope="module")
def register():
    agreement, problems = read_agreement(CASE / "agreement.md")
    assert [problem for problem in problems if problem.severity == "error"] == []
    register, problems = read_register(agreement)
    assert problems == []
    return register


def assess(tmp_path, *without):
    options = Options(cut_off=datetime(2025, 4, 1, tzinfo=UTC), without=without)
    return run_case(CASE, tmp_path / "out", options).assessment


def test_nothing_is_in_force_and_nobody_has_kept_anything(tmp_path):
    assessment = assess(tmp_path)
    words = {standing.word for clause in assessment.clauses for standing in clause.standings}
    assert words == {Word.NOT_IN_FORCE}
    assert not [note for note in assessment.notes if "no longer" in note]


def test_what_a_provider_alone_could_see_is_lost_with_it(tmp_path):
    notes = [note for note in assess(tmp_path, "United States").notes if "no longer" in note]
    assert {note.rpartition("clause ")[2].partition(" ")[0] for note in notes} == {"air-1", "sea-1", "energy-1"}
    assert not [note for note in notes if "naval-incident" in note], "the coalition sees those as well"
    assert not [note for note in notes if "drone-strike" in note]


@pytest.mark.parametrize("word", ["US", "usa"])
def test_a_provider_that_is_a_state_may_be_left_out_by_its_code(tmp_path, word):
    notes = assess(tmp_path, word).notes
    assert "left out: all evidence and all coverage of United States" in notes


def test_the_halt_of_march_is_seen_on_its_days(register):
    def status(day):
        return {pledge.id: pledge.political for pledge in see_as_of(register, day).pledges}

    assert status(date(2025, 3, 2))["usa-aid"] is PoliticalStatus.ALLOCATED
    assert status(date(2025, 3, 4))["usa-aid"] is PoliticalStatus.SUSPENDED
    assert status(date(2025, 3, 4))["usa-intelligence"] is PoliticalStatus.COMMITTED
    assert status(date(2025, 3, 6))["usa-intelligence"] is PoliticalStatus.SUSPENDED
    assert status(date(2025, 3, 12))["usa-intelligence"] is PoliticalStatus.DELIVERED


def test_later_facts_are_not_known_in_march(register):
    march = see_as_of(register, date(2025, 3, 31))
    assert {meeting.id for meeting in march.meetings} >= {"paris-2025-03-11", "paris-2025-03-12", "virtual-2025-03-15"}
    assert not {pledge.id for pledge in march.pledges} & {"coalition-26", "usa-monitoring", "ukr-army"}
    assert "paris-2026-01-06" in {meeting.id for meeting in see_as_of(register, None).meetings}


def test_the_nuclear_offer_has_a_day_and_no_number(register):
    (offer,) = (pledge for pledge in register.pledges if pledge.id == "fra-nuclear")
    assert offer.due == date(2025, 6, 30)
    assert all(figure.quantity.qualitative for figure in offer.figures)
    assert offer.revisions[0].source.day == date(2025, 7, 10)


def test_every_figure_names_its_source(register):
    for pledge in register.pledges:
        for figure in pledge.figures:
            assert figure.source.title
            assert figure.source.verified is not None


def test_the_coalition_has_the_members_of_december_2025(register):
    assert len(register.groups["coalition"]) == 34
    assert not {"USA", "HUN", "MKD", "SVK"} & set(register.groups["coalition"])


def test_the_meetings_of_march_2025(register):
    meetings = {meeting.id: meeting for meeting in register.meetings}
    march = sorted(m.day for m in meetings.values() if (m.day.year, m.day.month) == (2025, 3))
    assert [day.day for day in march] == [2, 6, 11, 12, 15, 20, 27]
    assert meetings["brussels-2025-03-06"].participants == ("EU",)
    assert len(meetings["paris-2025-03-11"].participants) == 36
    assert "USA" not in meetings["paris-2025-03-11"].participants
    assert set(meetings["paris-2025-03-12"].participants) == {"DEU", "FRA", "GBR", "ITA", "POL"}
    assert meetings["virtual-2025-03-15"].day.strftime("%A") == "Saturday"


def test_no_promise_of_troops_is_firm_and_none_has_a_sure_size():
    dossier = open_dossier(CASE, Request())
    troops = [each for each in dossier.adequacy if each.capability == "land-force"]
    assert len(troops) == 11
    assert {each.firm.high for each in troops} == {0}
    assert {each.all.high for each in troops} == {15_000}
    assert {each.id for each in dossier.contradictions} == {"multinational-force", "safe-second-batch"}
    (late,) = (each for each in dossier.deadlines if each.pledge == "fra-nuclear")
    assert late.days_late == 10
    (presence,) = dossier.presences
    britain = next(part for part in presence.rotations if part.contributor == "GBR")
    assert (britain.pool.high, round(britain.load[1], 3)) == (22_500, Decimal("0.317"))


def test_in_march_2025_nobody_could_say_how_many():
    dossier = open_dossier(CASE, Request(as_of=date(2025, 3, 31)))
    assert {each.all.high for each in dossier.adequacy} == {None}
    assert not dossier.contradictions
    assert {pledge.id for pledge in dossier.unnumbered} >= {"gbr-troops", "fra-nuclear", "usa-intelligence"}


@pytest.mark.parametrize("name", ["christmas-truce-2023", "black-sea"])
def test_a_case_without_promises_says_so(name):
    dossier = open_dossier(CASE.parent / name, Request())
    assert dossier.register.pledges == ()
    assert dossier.silent
    assert "the document holds no pledge" in dossier.notes
