"""The guarantees for Ukraine: a draft, nothing in force, and what would be lost if a provider left."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from truceline.agreement import read_agreement
from truceline.case import Options, run_case
from truceline.commitment import PoliticalStatus
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
