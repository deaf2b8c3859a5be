"""The register: blocks of a document read, checked, and seen as of a day."""

from datetime import date
from pathlib import Path

import pytest
from small_document import HEAD as START

from truceline.agreement import read_agreement
from truceline.commitment import PoliticalStatus, TriggerState
from truceline.guarantees.register import read_register, see_as_of
from truceline.guarantees.triggers import Facts, settle_triggers

HEAD = f"{START}## Article 1: Promises\n\nThey promise.\n\n"
PLEDGE = """```pledge troops
by = "GBR"
to = "UKR"
what = "troops"
made = 2025-02-17
political = "announced"
capability = "land-force"
quantity = "10000 persons"
source = "a newspaper"
trigger = "in-force"

[[revisions]]
day = 2026-01-07
quantity = "< 7500 persons"
political = "committed"
source = "another newspaper"
```
"""


def read(tmp_path: Path, body: str):
    path = tmp_path / "agreement.md"
    path.write_text(HEAD + body, "utf-8")
    agreement, problems = read_agreement(path)
    assert agreement is not None
    assert problems == []
    return read_register(agreement)


def test_a_pledge_is_what_was_known_on_the_day(tmp_path):
    register, problems = read(tmp_path, PLEDGE)
    assert problems == []
    assert see_as_of(register, date(2025, 2, 16)).pledges == ()
    (early,) = see_as_of(register, date(2026, 1, 6)).pledges
    assert early.political is PoliticalStatus.ANNOUNCED
    assert early.figures[0].quantity.high == 10_000
    (late,) = see_as_of(register, date(2026, 1, 7)).pledges
    assert late.political is PoliticalStatus.COMMITTED
    assert (late.figures[0].quantity.low, late.figures[0].quantity.high) == (None, 7500)
    assert late.figures[0].source.title == "another newspaper"


@pytest.mark.parametrize(
    ("in_force", "state"),
    [(True, TriggerState.MET), (False, TriggerState.UNMET), (None, TriggerState.UNDETERMINED)],
)
def test_a_condition_reads_whether_the_agreement_is_in_force(tmp_path, in_force, state):
    register, _ = read(tmp_path, PLEDGE)
    (pledge,) = settle_triggers(register.pledges, Facts(date(2026, 1, 1), {"": in_force}))
    assert pledge.trigger_state is state


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('to = "UKR"', 'to = "GBR"', "a pledge to oneself"),
        ('by = "GBR"', 'by = "GRB"', "not known"),
        ("10000 persons", "10000 soldiers", "unit not known"),
        ("10000 persons", "10000", "quantity not understood"),
        ("day = 2026-01-07", "day = 2025-01-07", "revision before what it revises"),
        ("made = 2025-02-17", 'made = "spring"', "not a day"),
        ('political = "announced"', 'political = "promised"', "word not known"),
        ('what = "troops"', 'wat = "troops"', "key not known"),
        ('trigger = "in-force"', 'trigger = "pledge troops delivered"', "conditions in a circle"),
        ('trigger = "in-force"', 'trigger = "suspicion incident-1"', "condition not understood"),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path, old, new, what):
    _, problems = read(tmp_path, PLEDGE.replace(old, new, 1))
    assert [problem for problem in problems if what in problem.what], problems
    text = (tmp_path / "agreement.md").read_text("utf-8").splitlines()
    key = new.partition(" = ")[0].lstrip()
    lines = {problem.line for problem in problems if what in problem.what}
    assert any(text[line - 1].startswith((key, "quantity", "```pledge")) for line in lines)


def test_two_sources_stand_side_by_side(tmp_path):
    more = '\n[[figures]]\nquantity = "30000 persons"\nday = 2025-02-19\nsource = "officials"\n'
    register, problems = read(tmp_path, PLEDGE.replace('trigger = "in-force"', 'trigger = "in-force"' + more))
    assert problems == []
    assert [figure.quantity.high for figure in see_as_of(register, date(2025, 3, 1)).pledges[0].figures] == [
        10_000,
        30_000,
    ]
