"""What the register answers on a day: adequacy, withdrawals, conditions, history, deadlines, rotation."""

from datetime import date
from decimal import Decimal

import pytest
from promised_case import BRITAIN, DIVISION, FRANCE, add_determination, write_case

from truceline.commitment import PoliticalStatus, TriggerState, Verdict
from truceline.dossier.composition import list_answers
from truceline.dossier.pledges import open_dossier
from truceline.dossier.result import Request
from truceline.dossier.sheets import Sources, tabulate_adequacy
from truceline.errors import CaseError


def ask(folder, *, day=None, **options):
    return open_dossier(folder, Request(as_of=day and date.fromisoformat(day), **options))


def state_of(dossier, name):
    return next(pledge.trigger_state for pledge in dossier.register.pledges if pledge.id == name)


def test_without_a_day_the_last_one_known_stands(tmp_path):
    dossier = ask(write_case(tmp_path, FRANCE, BRITAIN, DIVISION))
    assert (dossier.day, dossier.given) == (date(2025, 5, 1), False)


def test_promises_are_set_against_what_is_needed(tmp_path):
    dossier = ask(write_case(tmp_path, FRANCE, BRITAIN, DIVISION), day="2025-06-01")
    (found,) = dossier.adequacy
    assert (found.firm.high, found.all.high, found.verdict) == (15_000, 15_000, Verdict.MET)
    gone = {each.contributor: each for each in dossier.withdrawals}
    assert gone["GBR"].after.high == 7_500
    assert gone["GBR"].dependence == Decimal("0.5")
    assert gone["GBR"].breaks
    assert gone["FRA"].breaks


def test_a_contributor_that_has_left_counts_for_nothing(tmp_path):
    folder = write_case(tmp_path, FRANCE, BRITAIN, DIVISION)
    for name in ("GBR", "United Kingdom", "gbr"):
        dossier = ask(folder, without=(name,))
        assert dossier.without == ("GBR",)
        assert dossier.adequacy[0].all.high == 7_500
        assert {p.id: p.political for p in dossier.register.pledges}["gbr-troops"] is PoliticalStatus.WITHDRAWN


def test_an_unknown_contributor_is_refused_with_the_known_ones(tmp_path):
    folder = write_case(tmp_path, FRANCE, BRITAIN)
    with pytest.raises(CaseError) as error:
        ask(folder, without=("Narnia", "POL"))
    assert [problem.found for problem in error.value.problems] == ['--without "Narnia"', '--without "POL"']
    assert "FRA (France), GBR (United Kingdom)" in error.value.problems[0].expected


def test_nobody_has_promised_anything_before_the_first_day(tmp_path):
    folder = write_case(tmp_path, FRANCE, BRITAIN)
    dossier = ask(folder, day="2025-01-01")
    assert dossier.register.pledges == ()
    assert "no pledge is known by 2025-01-01" in dossier.notes
    with pytest.raises(CaseError, match="no contributor"):
        ask(folder, day="2025-01-01", without=("GBR",))


@pytest.mark.parametrize(
    ("status", "day", "in_force", "state"),
    [
        ("signed", "2025-06-01", True, TriggerState.MET),
        ("signed", "2025-02-28", False, TriggerState.UNMET),
        ("signed", "2025-08-31", True, TriggerState.MET),
        ("signed", "2025-09-01", False, TriggerState.UNMET),
        ("draft", "2025-06-01", False, TriggerState.UNMET),
        ("disputed", "2025-06-01", None, TriggerState.UNDETERMINED),
    ],
)
def test_in_force_is_read_from_the_agreement(tmp_path, status, day, in_force, state):
    dossier = ask(write_case(tmp_path, BRITAIN, status=status), day=day)
    assert dossier.in_force is in_force
    assert state_of(dossier, "gbr-troops") is state


def waits(trigger):
    return BRITAIN.replace('"in-force"', trigger)


@pytest.mark.parametrize(
    ("trigger", "actor", "state"),
    [
        ('"determination vote"', "A parliament", TriggerState.MET),
        ('"determination vote by commons"', "A parliament", TriggerState.MET),
        ('"determination vote by commission"', "A parliament", TriggerState.UNMET),
        ('"determination vote by UKR"', "Ukraine", TriggerState.MET),
        ('"determination vote"', "Ukraine", TriggerState.UNMET),
        ('"determination other"', "A parliament", TriggerState.UNMET),
    ],
)
def test_a_determination_counts_by_whom_it_was_made(tmp_path, trigger, actor, state):
    folder = write_case(tmp_path, waits(trigger))
    add_determination(folder, "2025-05-10", actor, "vote")
    assert state_of(ask(folder, day="2025-06-01"), "gbr-troops") is state
    assert state_of(ask(folder, day="2025-05-09"), "gbr-troops") is TriggerState.UNMET


def test_a_body_that_nothing_has_is_an_error(tmp_path):
    with pytest.raises(CaseError, match="body not known"):
        ask(write_case(tmp_path, waits('"determination vote by senate"')))


RELATED = '[[agreement]]\nid = "other-1"\nstarts = 2025-04-01\nends = 2025-05-01\nsource = "its text"\n'


@pytest.mark.parametrize(
    ("day", "state"), [("2025-03-31", "unmet"), ("2025-04-01", "met"), ("2025-04-30", "met"), ("2025-05-01", "unmet")]
)
def test_another_agreement_is_known_from_related_toml(tmp_path, day, state):
    folder = write_case(tmp_path, waits('"in-force other-1"'))
    (folder / "related.toml").write_text(RELATED, "utf-8")
    assert state_of(ask(folder, day=day), "gbr-troops").value == state


def test_an_agreement_that_nobody_describes_cannot_be_told(tmp_path):
    dossier = ask(write_case(tmp_path, waits('"in-force other-1"')))
    assert state_of(dossier, "gbr-troops") is TriggerState.UNDETERMINED
    assert "whether other-1 is in force cannot be told: related.toml does not name it" in dossier.notes


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[[agreement]\n", "not TOML"),
        ("other = 1\n", "keys not known"),
        ('[[agreement]]\nid = "a"\nsource = "b"\n', 'missing key "starts"'),
        (RELATED.replace("2025-05-01", "2025-03-01"), "ends before it starts"),
        (RELATED.replace("starts = 2025-04-01", 'starts = "soon"'), "starts: not a day"),
        (RELATED + 'wrong = "x"\n', "key not known"),
        ("[agreement]\nid = 1\n", "keys not known"),
        ("agreement = [1]\n", "keys not known"),
    ],
)
def test_a_bad_list_of_agreements_is_refused(tmp_path, text, what):
    folder = write_case(tmp_path, FRANCE)
    (folder / "related.toml").write_text(text, "utf-8")
    with pytest.raises(CaseError, match=what):
        ask(folder)


def test_what_waits_for_one_that_leaves_lapses_with_it(tmp_path):
    waiting = waits('"pledge fra-troops delivered"')
    dossier = ask(write_case(tmp_path, FRANCE, waiting, DIVISION))
    assert state_of(dossier, "gbr-troops") is TriggerState.UNMET
    gone = {each.contributor: each for each in dossier.withdrawals}
    assert gone["FRA"].after.high == 0, "its own and the one that waits for it"
    assert gone["GBR"].after.high == 7_500
    left = ask(write_case(tmp_path, FRANCE, waiting, DIVISION), without=("FRA",))
    assert state_of(left, "gbr-troops") is TriggerState.LAPSED
    assert left.adequacy[0].all.high == 0


def test_the_history_keeps_what_was_before(tmp_path):
    dossier = ask(write_case(tmp_path, FRANCE, BRITAIN))
    mine = [(c.day.isoformat(), c.axis, c.before, c.after) for c in dossier.changes if c.pledge == "gbr-troops"]
    assert mine[1:] == [
        ("2025-05-01", "political status", "announced", "committed"),
        ("2025-05-01", "figure", "10\u202f000\u00a0persons", "7\u202f500\u00a0persons"),
    ]
    early = ask(write_case(tmp_path, FRANCE, BRITAIN), day="2025-04-30")
    assert {change.axis for change in early.changes} == {"made"}


def test_what_was_promised_is_followed_day_by_day(tmp_path):
    dossier = ask(write_case(tmp_path, FRANCE, BRITAIN, DIVISION))
    found = {level.day.isoformat(): (level.firm.high, level.all.high) for level in dossier.levels}
    assert found == {"2025-04-01": (17_500, 17_500), "2025-05-01": (15_000, 15_000)}
    # the requirement is not known before April, and a condition that is met makes a promise firm


DUE = """```pledge {name}
by = "FRA"
to = "UKR"
what = "{name}"
made = 2025-03-01
political = "announced"
due = 2025-06-30
source = "paper"
{more}
```
"""


def revise(day, words):
    return f'[[revisions]]\nday = {day}\n{words}\nsource = "later"\n'


@pytest.mark.parametrize(
    ("more", "day", "says", "late"),
    [
        ("", "2025-06-20", "due in 10 days; announced so far", None),
        ("", "2025-07-10", "announced on the day; nothing further known in the 10 days to 10 Jul 2025", None),
        (
            revise("2025-07-10", 'legal = "signed"'),
            "2025-08-01",
            "announced on the day; announced, signed on 10 Jul 2025: 10 days late",
            10,
        ),
        (revise("2025-06-30", 'political = "delivered"'), "2025-08-01", "delivered in time", None),
        (revise("2025-06-01", 'political = "delivered"'), "2025-06-10", "delivered in time", None),
        (
            revise("2025-05-01", 'political = "committed"'),
            "2025-08-01",
            "committed on the day, not delivered; nothing further known by 1 Aug 2025",
            None,
        ),
        (
            revise("2025-07-05", 'political = "withdrawn"'),
            "2025-07-10",
            "announced on the day; nothing further known in the 10 days to 10 Jul 2025",
            None,
        ),
    ],
)
def test_a_deadline_is_scored(tmp_path, more, day, says, late):
    folder = write_case(tmp_path, DUE.replace("{name}", "thing").replace("{more}", more))
    (found,) = ask(folder, day=day).deadlines
    assert found.says.replace("\u00a0", " ") == says
    assert found.days_late == late


def test_contradictions_and_what_has_no_number_are_listed(tmp_path):
    other = '\n[[figures]]\nquantity = "5000 persons"\nday = 2025-02-18\nsource = "paper D"\n```\n'
    silent = FRANCE.replace("fra-troops", "fra-hubs").replace('quantity = "7500 persons"', 'quantity = "qualitative"')
    dossier = ask(write_case(tmp_path, FRANCE.rstrip("`\n") + other, silent))
    assert [each.id for each in dossier.contradictions] == ["fra-troops"]
    assert [figure.quantity.high for figure in dossier.contradictions[0].figures] == [7_500, 5_000]
    assert [pledge.id for pledge in dossier.unnumbered] == ["fra-hubs"]


def write_forces(folder, rows):
    (folder / "inputs").mkdir(exist_ok=True)
    (folder / "inputs" / "forces.csv").write_text(f"state,available_low,available_high,source\n{rows}", "utf-8")


def test_a_presence_is_worked_out_from_what_is_published(tmp_path):
    folder = write_case(tmp_path, FRANCE, BRITAIN, DIVISION)
    write_forces(folder, "GBR,71000,71000,a paper\n")
    (presence,) = ask(folder).presences
    britain = next(part for part in presence.rotations if part.contributor == "GBR")
    assert britain.pool.high == 22_500
    assert round(britain.load[1], 3) == Decimal("0.317")
    assert presence.total.presence.high == 15_000
    assert presence.total.cap is None, "what is not known of one is not known of all"
    assert presence.un_floor_usd == 15_000 * 1428 * 12
    assert len(presence.phases) == 6 + 24


def test_the_ratio_is_a_range(tmp_path):
    folder = write_case(tmp_path, FRANCE, DIVISION)
    (presence,) = ask(folder, ratio=(Decimal(3), Decimal(5))).presences
    assert (presence.total.pool.low, presence.total.pool.high) == (22_500, 37_500)
    for wrong in ((Decimal("0.5"), Decimal(3)), (Decimal(5), Decimal(3)), (Decimal("NaN"), Decimal(3))):
        with pytest.raises(CaseError, match="ratio of no use"):
            ask(folder, ratio=wrong)


@pytest.mark.parametrize(
    ("rows", "what"), [("GBR,many,1,x\n", "not understood"), ("GBR,1,2,\n", "source missing"), ("\xff", "not UTF-8")]
)
def test_a_bad_table_of_forces_is_refused(tmp_path, rows, what):
    folder = write_case(tmp_path, FRANCE, DIVISION)
    write_forces(folder, rows)
    if what == "not UTF-8":
        (folder / "inputs" / "forces.csv").write_bytes(b"state,source\n\xff\xfe,x\n")
    with pytest.raises(CaseError, match=what):
        ask(folder)


# --- the answers in words ---------------------------------------------------------------------

MONITORING = (
    FRANCE.replace("fra-troops", "usa-monitoring").replace('"FRA"', '"USA"').replace("land-force", "monitoring")
)
HALTED = MONITORING.replace(
    "```\n", '\n[[revisions]]\nday = 2025-03-03\npolitical = "suspended"\nsource = "paper D"\n```\n'
)


def plain(text):
    return text.replace("\u00a0", " ")


def test_what_has_stopped_is_counted_in_the_first_answer(tmp_path):
    answers = list(list_answers(ask(write_case(tmp_path, FRANCE, HALTED), day="2025-03-05")))
    assert plain(answers[0]).startswith("2 pledges by 2 contributors: 0 delivered, 1 suspended; 0 wait for")


def test_what_is_left_by_one_that_is_taken_as_withdrawn_is_said_first(tmp_path):
    dossier = ask(write_case(tmp_path, FRANCE, MONITORING), without=("US",))
    answers = list(list_answers(dossier))
    assert plain(answers[0]) == "As if withdrawn: United States, 1 pledge; nobody else promises any monitoring."
    assert {loss.contributor for loss in dossier.losses} == {"FRA", "USA"}
    assert any("nothing is left if it goes: land-force (France)." in answer for answer in answers)


def test_a_day_after_all_that_is_known_is_said_to_be_one(tmp_path):
    folder = write_case(tmp_path, FRANCE)
    late = "the document knows nothing after 17\u00a0Feb\u00a02025"
    assert any(note.startswith(late) for note in ask(folder, day="2031-01-01").notes)
    assert not any(note.startswith(late) for note in ask(folder, day="2025-02-17").notes)
    assert not any(note.startswith(late) for note in ask(folder).notes)


# --- looking ahead ----------------------------------------------------------------------------


def test_what_is_due_later_counts_from_its_day_on(tmp_path):
    later = FRANCE.replace("fra-troops", "pol-troops").replace("FRA", "POL").replace("```\n", "due = 2026-03-01\n```\n")
    need = DIVISION.replace('persons" }', 'persons", starts = 2026-01-01, ends = 2027-01-01 }')
    dossier = ask(write_case(tmp_path, FRANCE, later.replace("paper A", "paper P"), need))
    assert [
        (level.day.isoformat(), level.all.high, [v.value for v in level.verdicts.values()]) for level in dossier.horizon
    ] == [
        ("2026-01-01", 7_500, ["not met"]),
        ("2026-03-01", 15_000, ["met"]),
    ], "and on the day on which the need ends there is none"


def test_without_days_there_is_nothing_to_look_ahead_to(tmp_path):
    assert ask(write_case(tmp_path, FRANCE, BRITAIN, DIVISION)).horizon == ()


TWICE = DIVISION.replace(
    "needs = [{",
    'needs = [{ capability = "land-force", quantity = "5000 persons", starts = 2025-06-01, ends = 2026-01-01 }, {',
).replace('"15000 persons" }', '"15000 persons", starts = 2026-01-01 }')


def test_a_sizing_that_grows_is_held_against_each_of_its_needs(tmp_path):
    dossier = ask(write_case(tmp_path, FRANCE, TWICE))
    assert [(each.need.low, each.verdict.value) for each in dossier.adequacy] == [(5_000, "met"), (15_000, "not met")]
    assert [(each.after.high, each.breaks) for each in dossier.withdrawals] == [(0, True), (0, False)]
    assert list(dossier.levels[-1].verdicts) == ["division 2025-06-01..2026-01-01", "division 2026-01-01.."]
    rows = tabulate_adequacy(dossier, Sources(dossier), "land-force", "persons").rows
    needed = [plain("".join(run.text for run in row[1].runs)).replace("\u202f", " ") for row in rows]
    assert needed == ["5 000 from 1 Jun 2025 until 1 Jan 2026", "15 000 from 1 Jan 2026"]
    assert [level.day.isoformat() for level in dossier.horizon] == ["2025-06-01", "2026-01-01"]
    assert [list(level.verdicts.values()) for level in dossier.horizon] == [["met"], ["not met"]]
