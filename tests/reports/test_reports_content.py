"""What is said where: board, bullets, clauses, incidents, limits, annex."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_case import END, START, at, make_effect, make_incident, make_standing

from truceline.evidence.source import Coverage, Plan
from truceline.model import UNDETERMINED, Row, Status, Word
from truceline.reports.annex import build_annex
from truceline.reports.board import build_board, find_ground, since
from truceline.reports.clauses import build_clauses
from truceline.reports.composition import compose
from truceline.reports.content import Bullets, Cell, Figure, Para, Quote, Report, Run, Section, Table, bind
from truceline.reports.incidents import build_incidents, say_attribution
from truceline.reports.limits import build_limits, list_obstacles
from truceline.reports.subject import anchor, link_incidents, link_rows, link_text
from truceline.reports.summary import build_summary, last_periods
from truceline.spacetime import Interval


def say(runs):
    return "".join(run.text for run in runs).replace("\u00a0", " ").replace("\u202f", " ")


def blocks(part, kind):
    """Return all blocks of a kind within sections or blocks."""
    if isinstance(part, Section):
        part = part.blocks
    if isinstance(part, kind):
        return [part]
    return [one for item in part for one in blocks(item, kind)] if isinstance(part, tuple | list) else []


def rows(table):
    return [[say(cell.runs) for cell in row] for row in table.rows]


def board(case):
    (table,) = blocks(build_board(case.subject), Table)
    return table


def bullets(case):
    return [say(item) for item in build_summary(case.subject).items]


def first(case, **changes):
    """Return the case with its first clause changed."""
    clauses = case.assessment.clauses
    return case.but(clauses=(replace(clauses[0], **changes), *clauses[1:]))


# Board


def test_the_board_has_a_row_for_each_clause_and_reading_that_can_be_judged(case):
    found = rows(board(case))
    assert [row[0].splitlines()[1] for row in found] == ["air-1", "sea-1", "sea-1"]
    assert "read as: NOR's clock" in found[2][0]


def test_what_no_machine_judges_is_named_once_beneath_the_board(case):
    twice = (*case.assessment.clauses, replace(case.assessment.clauses[-1], reading="another"))
    text = [say(para.runs) for para in blocks(build_board(case.but(clauses=twice).subject), Para)]
    assert "Not judged by machine, shown as text: intent" in text


def test_parties_are_named_alike(case):
    assert [column.title for column in board(case).columns][1:4] == ["NOR", "SUD", UNDETERMINED]
    short = case.but(parties={"NOR": "North", "SUD": "South"})
    assert [column.title for column in board(short).columns][1:4] == ["North", "South", UNDETERMINED]


def test_many_parties_share_one_column_by_word(case):
    names = [f"P{number}" for number in range(6)]
    standings = tuple(
        make_standing("air-1", name, Word.KEPT if name != "P5" else Word.SUSPECTED, 0.9) for name in names
    )
    table = board(case.but(clauses=(replace(case.assessment.clauses[0], standings=standings),)))
    assert rows(table)[0][1] == "kept: P0, P1, P2, P3 and P4\nsuspected: P5"


def test_the_covered_share_is_the_smallest_of_the_parties(case):
    assert rows(board(case))[0][-1] == "41 % (60 %)"


def test_coverage_that_is_not_known_for_one_party_is_not_known(case):
    assert rows(board(case))[1][-1] == "unknown (60 %)"


def test_what_never_came_into_force_asks_for_no_coverage(case):
    idle = tuple(make_standing("air-1", party, Word.NOT_IN_FORCE, None) for party in ("NOR", "SUD"))
    assert rows(board(first(case, standings=idle)))[0][-1] == "–"
    assert "air-1" not in next(text for text in bullets(first(case, standings=idle)) if "Not watched" in text)


def test_a_count_that_is_a_range_says_so(case):
    assert rows(board(case))[0][4].startswith("56 (55 to 58), 53.2 expected")
    exact = first(case, effects=(make_effect(count_low=56.0, count_high=56.0), make_effect()))
    assert rows(board(exact))[0][4] == "56, 53.2 expected\ncannot tell\nand 1 other count"


def standing_of(case, number=0, clause=0):
    chosen = case.assessment.clauses[clause]
    return chosen, chosen.standings[number]


def test_a_breach_stands_since_what_established_it_and_not_since_an_allegation(case):
    early = make_incident(7, "air-1", 1)
    firm = make_incident(8, "air-1", 40, status=Status.CONFIRMED)
    standing = make_standing("air-1", UNDETERMINED, Word.BREACHED, None, incidents=("i007", "i008"))
    both = case.but(incidents=(early, firm))
    assert find_ground(both.subject, standing) == firm
    assert since(both.subject, case.assessment.clauses[0], standing) == "3 May 16:00"


def test_a_suspicion_of_a_party_does_not_stand_since_another_partys_incident(case):
    other = make_incident(7, "air-1", 1, parties={"SUD": 1.0})
    own = make_incident(8, "air-1", 40, parties={"NOR": 0.6, UNDETERMINED: 0.4})
    standing = make_standing("air-1", "NOR", Word.SUSPECTED, None, incidents=("i007", "i008"))
    assert find_ground(case.but(incidents=(other, own)).subject, standing) == own


def test_excused_and_dismissed_incidents_ground_nothing(case):
    gone = make_incident(7, "air-1", 1, status=Status.DISMISSED)
    allowed = make_incident(8, "air-1", 2, excused_by="rescue")
    standing = make_standing("air-1", UNDETERMINED, Word.SUSPECTED, None, incidents=("i007", "i008"))
    both = case.but(incidents=(gone, allowed))
    assert find_ground(both.subject, standing) is None
    assert since(both.subject, case.assessment.clauses[0], standing) == "unknown"


def test_another_word_stands_since_the_first_period_that_said_it_without_a_break(case):
    clause = case.assessment.clauses[0]
    kept = make_standing("air-1", "NOR", Word.SUSPECTED, 0.7, incidents=("i001",))
    last = make_standing("air-1", "SUD", Word.NOT_DETERMINABLE, 0.4)
    assert since(case.subject, clause, last) == "2 May 00:00"
    turned = replace(
        clause, periods=(*clause.periods[:2], (clause.periods[2][0], (kept, replace(last, word=Word.KEPT))))
    )
    assert since(case.subject, turned, replace(last, word=Word.KEPT)) == "4 May 00:00"


# Bullets


def test_the_first_bullet_compares_incidents_with_the_period_before(case):
    text = bullets(case)[0]
    assert text.startswith("1 incident in the 24 h to the cut-off, 1 in the 24 h before.")
    assert "Since the start 3: 1 alleged, 1 corroborated and 1 contested" in text


def test_periods_of_unlike_length_say_their_length(case):
    clause = case.assessment.clauses[0]
    short = Interval(START, at(6)), Interval(at(6), at(30))
    periods = tuple((span, clause.periods[0][1]) for span in short)
    changed = case.but(clauses=(replace(clause, periods=periods),))
    assert last_periods(changed.subject) == (short[1], short[0])
    assert "in the 6 h before" in bullets(changed)[0]


def test_standings_that_changed_are_named(case):
    assert "Standing changed against the period before: air-1 NOR from kept to suspected." in bullets(case)


def test_no_change_is_said_as_well(case):
    still = case.but(clauses=case.assessment.clauses[1:])
    assert "No standing changed against the period before." in bullets(still)


def test_the_order_is_that_of_missions(case):
    heads = [text.split(" ")[0] for text in bullets(case)]
    assert heads == ["1", "Standing", "Air-raid", "Movement", "Not", "Open:"]


def test_onsets_are_compared_with_the_period_before(case):
    assert "Onsets in the last 24 h: 11, in the 24 h before: 11." in bullets(case)[2]


def test_an_empty_record_is_not_called_calm(case):
    text = bullets(case.but(incidents=()))[0]
    assert "None since the start. An empty record is not calm: see what was watched." in text


def test_an_empty_record_under_full_watch_needs_no_warning(case):
    full = tuple(make_standing("air-1", party, Word.KEPT, 1.0) for party in ("NOR", "SUD"))
    watched = case.but(incidents=(), clauses=(replace(case.assessment.clauses[0], standings=full),))
    assert "calm" not in bullets(watched)[0]


# Clauses


def test_an_article_with_several_clauses_is_quoted_once(case):
    clauses = case.assessment.clauses
    joined = case.but(clauses=(clauses[0], replace(clauses[1], article=clauses[0].article, text=clauses[0].text)))
    assert len(blocks(list(build_clauses(joined.subject)), Quote)) == 1


def test_a_clause_without_text_says_so(case):
    found = [say(para.runs) for para in blocks(list(build_clauses(first(case, text="").subject)), Para)]
    assert "The document holds no text for this clause." in found


def test_several_counts_stand_beside_each_other_first(case):
    two = first(case, effects=(make_effect(), make_effect(counting="wave", count=4.0, count_low=4.0, count_high=4.0)))
    table = next(one for one in blocks(list(build_clauses(two.subject)), Table) if "the unit decides" in one.caption)
    assert [row[:2] for row in rows(table)] == [
        ["Air-raid alerts, onsets, merged per region", "56 (55 to 58)"],
        ["Air-raid alerts, waves over many regions", "4"],
    ]


def test_three_baselines_stand_side_by_side_as_picture_and_table(case):
    sections = list(build_clauses(case.subject))
    (figure,) = [one for one in blocks(sections, Figure) if one.id.endswith("baselines")]
    assert "3 baselines" in figure.title.replace("\u00a0", " ")
    table = next(one for one in blocks(sections, Table) if "side by side" in one.caption)
    assert [row[0] for row in rows(table)] == ["the time before", "same weeks, other years", "the time after"]


def test_regions_that_are_left_out_and_not_drawn_are_said(case):
    areas = tuple(replace(make_effect().by_area[0], area=f"A{number}") for number in range(20))
    sections = list(build_clauses(first(case, effects=(make_effect(by_area=areas),)).subject))
    (figure,) = [one for one in blocks(sections, Figure) if one.id.endswith("areas")]
    assert "6 more areas: 54 (36.6)" in figure.note.replace("\u00a0", " ")
    assert any("Luhansk" in say(para.runs) for para in blocks(sections, Para))


def test_a_window_that_could_show_nothing_says_so(case):
    sections = list(build_clauses(first(case, effects=(make_effect(smallest_reduction=None),)).subject))
    assert any("could not have shown a reduction of any size" in say(para.runs) for para in blocks(sections, Para))


def test_periods_beyond_a_month_are_counted_and_not_listed(case):
    clause = case.assessment.clauses[0]
    spans = [Interval(START + timedelta(days=day), START + timedelta(days=day + 1)) for day in range(40)]
    long = first(case, periods=tuple((span, clause.periods[0][1]) for span in spans))
    table = next(
        one for one in blocks(list(build_clauses(long.subject)), Table) if "each reporting period" in one.caption
    )
    assert len(table.rows) == 31
    assert "9 earlier periods in standing.json" in table.caption.replace("\u00a0", " ")


def test_what_counted_as_coverage_is_said_once_for_all_parties(case):
    same = tuple(make_standing("air-1", party, Word.NOT_DETERMINABLE, 0.4) for party in ("NOR", "SUD"))
    found = [say(para.runs) for para in blocks(list(build_clauses(first(case, standings=same).subject)), Para)]
    assert sum(text.startswith("Coverage. Each provider alone: coastal radar 40 %.") for text in found) == 1


# Incidents, limits, annex


def test_incidents_are_numbered_in_order_of_time(case):
    (table,) = blocks(list(build_incidents(case.subject)), Table)
    assert [row[0] for row in rows(table)] == ["1", "2", "3", "4"]
    assert [row[1] for row in rows(table)] == ["2 May 20:00", "3 May 06:00", "4 May 02:00", "4 May 12:00"]


def test_attribution_names_shares_and_undetermined_like_any_other(case):
    shared, alone = case.assessment.incidents[:2]
    assert say_attribution(case.subject, shared).replace("\u00a0", " ") == "Northern Republic 70 %, undetermined 30 %"
    assert say_attribution(case.subject, alone) == UNDETERMINED


def test_an_incident_shows_grade_measure_doubts_and_rows(case):
    text = " ".join(say(item) for block in blocks(list(build_incidents(case.subject)), Bullets) for item in block.items)
    assert "radar, graded B2: position by track:radar:7. Measured 12.4 nmi. Doubts: one jump of 40 kn." in text
    assert "file 3 row 10–30" in text
    assert "Indicator only. alerts" in text


def test_denied_access_and_jamming_are_listed_up_to_the_cut_off(case):
    assert len(list_obstacles(case.subject)) == 1
    assert list_obstacles(case.but(cut_off=at(8)).subject) == []
    assert list_obstacles(case.but(interval=Interval(at(20), END)).subject) == []


def test_no_declared_coverage_is_said_aloud(case):
    bare = replace(case, evidence=replace(case.evidence, plan=Plan(case.evidence.plan.path)))
    notice = [para for para in blocks(build_limits(bare.subject), Para) if para.look == "notice"]
    assert "no clause can be said to be kept" in say(notice[0].runs)


def test_spans_of_one_watch_share_a_row(case):
    watch = [Coverage("radar", "coast", Interval(at(h), at(h + 1)), "lane", ("warship",), 0.9) for h in range(0, 24, 2)]
    many = replace(case, evidence=replace(case.evidence, plan=replace(case.evidence.plan, coverage=tuple(watch))))
    table = blocks(build_limits(many.subject), Table)[-1]
    assert len(table.rows) == 1
    assert rows(table)[0][-1].splitlines()[-1] == "and 4 more spans"


def test_every_section_is_there_even_when_it_has_nothing_to_say(case):
    bare = case.but(claims=(), tasks=(), incidents=())
    text = {section.id: say(blocks(section, Para)[0].runs) for section in build_annex(bare.subject)[:3]}
    assert text == {
        "claims": "No claim of a party is in the evidence.",
        "tasks": "Nothing is open.",
        "late": "No evidence came in after the cut-off of its period.",
    }


def test_claims_stand_in_their_own_unit(case):
    (table,) = blocks(build_annex(case.subject)[0], Table)
    assert rows(table)[0][2:] == ["They broke it 1,355 times.", "1 355", "violations", "file 2 row 39"]


def test_late_evidence_is_an_addendum(case):
    (items,) = blocks(build_annex(case.subject)[2], Bullets)
    assert [say(item) for item in items.items] == ["Incident 2, 3 May 2024 06:00, contested, undetermined"]


# Links


def test_rows_are_joined_where_they_follow_each_other():
    found = [Row(3, 12), Row(3, 10), Row(3, 11), Row(1, 7), Row(3, 11), Row(3, 20)]
    assert say(link_rows(found)) == "file 1 row 7; file 3 row 10–12, 20"


def test_rows_beyond_the_first_are_counted():
    assert say(link_rows([Row(1, 2 * number) for number in range(50)])).endswith("and 42 more")


@given(st.sets(st.integers(1, 60), min_size=1))
@settings(max_examples=60)
def test_no_row_is_lost_when_rows_are_joined(numbers):
    text = say(link_rows([Row(1, number) for number in numbers], most=100)).removeprefix("file 1 row ")
    found = set()
    for part in text.split(", "):
        low, _, high = part.partition("–")
        found |= set(range(int(low), int(high or low) + 1))
    assert found == numbers


def test_incidents_in_a_sentence_become_their_numbers(case):
    runs = link_text(case.subject, "Incident i002 at noon: corroborated; not i999, not xi0021.")
    assert say(runs) == "Incident 1 at noon: corroborated; not i999, not xi0021."
    assert [run.to for run in runs if run.to] == ["incident-i002"]


def test_many_incidents_are_cut_and_counted(case):
    many = case.but(incidents=tuple(make_incident(number, "air-1", number / 9) for number in range(40)))
    ids = [one.id for one in many.assessment.incidents]
    assert say(link_incidents(many.subject, ids)).endswith("11, 12 and 28 more")


@given(st.text(max_size=12), st.text(max_size=12))
@settings(max_examples=60)
def test_unlike_names_have_unlike_anchors_that_are_safe(one, other):
    assert (anchor("x", one) == anchor("x", other)) == (one == other)
    assert set(anchor("x", one)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_link_into_nothing_becomes_plain_text():
    para = Para((Run("a", "here"), Run("b", "nowhere")))
    table = Table("t", (), ((Cell((), anchor="here"),),))
    bound = bind(Report("t", "l", (para, table), (), "f"))
    assert [run.to for run in bound.front[0].runs] == ["here", ""]


@pytest.mark.parametrize("clauses", [0, 1, 4])
def test_the_front_holds_board_bullets_map_and_timeline_and_no_more(case, clauses):
    front = compose(case.but(clauses=case.assessment.clauses[:clauses]).subject).front
    kinds = [type(block).__name__ for block in front if not isinstance(block, Para)]
    assert kinds == (["Table", "Bullets", "Figure", "Figure"] if clauses else ["Bullets", "Figure"])
