"""What makes a report readable: said once, on the reader's clock, with units, grouped, and its limits named."""

from dataclasses import replace

import pytest
from report_case import make_effect, make_finding
from shapely.geometry import box

from truceline.agreement.document import Zone
from truceline.evidence.source import Plan, Source
from truceline.model import Watch
from truceline.reports.clauses import build_clauses
from truceline.reports.composition import compose
from truceline.reports.content import Bullets, Para, Run, Section
from truceline.reports.incidents import build_incidents
from truceline.reports.maps import build_map
from truceline.reports.paper import draw_pages
from truceline.reports.prose import read_prose
from truceline.reports.subject import link_text
from truceline.reports.summary import build_summary
from truceline.reports.watching import say_watching


def say(runs):
    return "".join(run.text for run in runs).replace("\u00a0", " ").replace("\u202f", " ")


def paras(sections) -> list[str]:
    return [say(block.runs) for section in sections for block in section.blocks if isinstance(block, Para)]


def first(case, **changes):
    """Return the case with its first clause changed."""
    clauses = case.assessment.clauses
    return case.but(clauses=(replace(clauses[0], **changes), *clauses[1:]))


def test_what_holds_for_every_clause_is_said_once_and_first(case):
    said = "the agreement is a draft"
    every = case.but(clauses=tuple(replace(one, reasons=(*one.reasons, said)) for one in case.assessment.clauses))
    report = compose(every.subject)
    assert say(report.front[0].runs) == "The agreement is a draft."
    assert report.front[0].look == "notice"
    items = [
        say(item) for section in report.sections for b in section.blocks if isinstance(b, Bullets) for item in b.items
    ]
    assert "The agreement is a draft." not in items
    some = compose(first(case, reasons=(said,)).subject)
    items = [
        say(item) for section in some.sections for b in section.blocks if isinstance(b, Bullets) for item in b.items
    ]
    assert "The agreement is a draft." in items


def test_rows_behind_several_units_of_one_source_stand_once(case):
    effects = (make_effect(), make_effect(counting="wave"), make_effect(counting="event", source="another"))
    sections = list(build_clauses(first(case, effects=effects).subject))
    counted = [text for text in paras(sections) if text.startswith("Counted from source")]
    assert [("same rows as above" in text) for text in counted] == [False, True, False]


def test_sources_of_which_the_same_is_said_are_named_together(case):
    names = ("radar-a", "radar-b", "ears")
    plan = Plan(
        case.evidence.plan.path, sources=tuple(Source(name, case.evidence.plan.path, "csv", 1) for name in names)
    )
    case = replace(case, evidence=replace(case.evidence, plan=plan))
    reasons = (
        "drone: 40 % watched",
        "radar-a: it does not detect drone",
        "ears: how well it sees is not known, so it counts for nothing",
        "radar-b: it does not detect drone",
        "and 3 more that count for nothing",
    )
    standing = replace(case.assessment.clauses[0].standings[0], watch=Watch(0.4, 0.6, {}, reasons), reasons=())
    (para,) = say_watching(case.subject, [standing])
    assert say(para.runs) == (
        "Coverage. Drone: 40 % watched. Do not detect drone: radar-a, radar-b. "
        "How well it sees is not known, so it counts for nothing: ears. And 3 more that count for nothing."
    )


def test_instants_in_reasons_stand_on_the_declared_clock(case):
    assert case.assessment.zone == "Europe/Kyiv"
    assert say(link_text(case.subject, "seen at 2024-05-01T21:30:00Z, late")) == "seen at 2 May 00:30, late"
    assert say(link_text(case.subject, "row 2024-99-01T00:00:00Z stays")) == "row 2024-99-01T00:00:00Z stays"


@pytest.mark.parametrize(
    ("measured", "limit", "unit", "said"),
    [
        (14343.8, 500, "m", "Measured 14.3 km, limit 500 m."),
        (46, 30, "min", "Measured 46 min, limit 30 min."),
        (10.3, 0, "MW", "Measured 10.3 MW."),
        (4, 3, None, "Measured 4, limit 3."),
        (1, 0, None, ""),
        (None, None, None, ""),
    ],
)
def test_what_was_measured_has_its_unit_and_says_something(case, measured, limit, unit, said):
    incident = case.assessment.incidents[0]
    own = replace(make_finding(1, incident.clause, 1), measured=measured, limit=limit, unit=unit, text="")
    changed = case.but(findings=(replace(own, id=incident.findings[0]),), incidents=(incident,))
    text = " ".join(
        say(item)
        for s in build_incidents(changed.subject)
        for b in s.blocks
        if isinstance(b, Bullets)
        for item in b.items
    )
    assert ("Measured" in text) == bool(said)
    assert said in text


def test_claims_that_are_not_there_are_not_counted(case):
    lines = [say(item) for item in build_summary(case.but(claims=()).subject).items]
    assert not any("claim" in line for line in lines)
    assert any("claim" in say(item) for item in build_summary(case.subject).items)


def test_a_map_says_where_it_has_no_coast(case):
    assert "The coast is drawn from" not in build_map(case.subject).note
    far = {name: Zone(name, box(2, 54, 3, 55)) for name in case.agreement.zones}
    elsewhere = replace(case.but(incidents=()), agreement=replace(case.agreement, zones=far))
    assert "The coast is drawn from 20 to 45° E and 40 to 56° N only." in build_map(elsewhere.subject).note


def test_a_table_in_the_legal_text_becomes_rows_that_can_be_read_aloud():
    (rows,) = read_prose("| class | km |\n|---|---|\n| tanks | 15 |\n| <b>rockets</b> | |\n")
    assert rows.kind == "ul"
    assert [say(item.blocks[0].runs) for item in rows.blocks] == ["class: tanks; km: 15", "class: <b>rockets</b>"]
    (alone,) = read_prose("| class | km |\n|---|---|\n")
    assert [say(item.blocks[0].runs) for item in alone.blocks] == ["class; km"]


@pytest.mark.parametrize("lengths", [(1,) * 9, (2_000, *(1,) * 9), (*(1,) * 9, 2_000), (0,) * 12])
def test_lists_of_very_unequal_items_are_set_side_by_side(case, lengths):
    """The rows behind a count: the paper splits the list by its length, whatever the items are."""
    items = tuple((Run("x " * length),) if length else () for length in lengths)
    report = compose(case.subject)
    long = Section("long", "Long", 2, (Bullets(items, "small"),))
    assert len(draw_pages(replace(report, sections=(*report.sections, long)))) >= len(draw_pages(report))
