"""Broken clauses, one mistake each: where it stands, what is wrong, and what to do."""

import pytest
from by_hand import HEAD, agree

from truceline.agreement import read_agreement
from truceline.clauses import KINDS, check_clauses

ATTACK = """
```objects energy
name = "Energy"
categories = ["refinery"]
```

```clause c
kind = "no-attack"
binds = ["RED"]
zone = "strait"
events = ["shelling", "explosion"]
objects = ["energy"]
```
"""
ENTRY = """
```clause c
kind = "no-entry"
binds = ["RED"]
zone = "strait"
platforms = ["warship", "mmsi:273000001", "icao:4baac6"]
hours = ["22:00", "06:00"]
margin = "500 m"
persistence = "5 min"
```
"""


def check(tmp_path, text):
    path = tmp_path / "agreement.md"
    path.write_text(HEAD + text, "utf-8")
    agreement, problems = read_agreement(path)
    assert agreement is not None
    lines = (HEAD + text).splitlines()
    return check_clauses(agreement), [p for p in problems if p.severity == "error"], lines


@pytest.mark.parametrize("text", [ATTACK, ENTRY, ATTACK.replace('["energy"]', '"energy"')])
def test_a_good_clause_has_no_problem(tmp_path, text):
    assert check(tmp_path, text)[:2] == ([], [])


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "words"),
    [
        (ATTACK, '"no-attack"', '"no-atack"', "kind", ["unknown kind", '"no-atack"', 'did you mean "no-attack"?']),
        (ATTACK, '"no-attack"', '"peace"', "kind", ["unknown kind", '"text" for words that no sensor can judge']),
        (ATTACK, 'events = ["shelling", "explosion"]\n', "", "kind", ['missing key "events"']),
        (ATTACK, "events =", "event =", "kind", ['missing key "events"']),
        (ATTACK, "objects =", "object =", "object", ['unknown key "object"', 'did you mean "objects"?']),
        (ATTACK, "objects =", "platforms =", "platforms", ['unknown key "platforms"']),
        (ATTACK, '["shelling", "explosion"]', '"shelling"', "events", ['"events" is not a list']),
        (ATTACK, '["shelling", "explosion"]', "[]", "events", ['"events" is not a list', "at least one"]),
        (ATTACK, '"explosion"', "7", "events", ['wrong type in "events"', "7"]),
        (ATTACK, '["energy"]', '["enery"]', "objects", ["unknown objects", 'did you mean "energy"?']),
        (ATTACK, '["energy"]', "3", "objects", ['"objects" is not a list']),
        (ENTRY, '"warship"', '"warshp"', "platforms", ["unknown platform", 'did you mean "warship"?']),
        (ENTRY, "mmsi:273000001", "mmsi:2730", "platforms", ["unknown platform", 'such as "mmsi:273000000"']),
        (ENTRY, 'platforms = ["warship", "mmsi:273000001", "icao:4baac6"]\n', "", "kind", ['missing key "platforms"']),
        (ENTRY, 'zone = "strait"\n', "", "kind", ['missing key "zone"']),
        (ENTRY, '["22:00", "06:00"]', '["22:00"]', "hours", ["hours not understood"]),
        (ENTRY, '["22:00", "06:00"]', '["22:00", "25:00"]', "hours", ["hours not understood"]),
        (ENTRY, '["22:00", "06:00"]', '["06:00", "06:00"]', "hours", ["two different times"]),
        (ENTRY, '["22:00", "06:00"]', '"at night"', "hours", ["hours not understood"]),
        (ENTRY, '"500 m"', '"5 min"', "margin", ["distance", '"5 min"']),
        (ENTRY, "hours =", "objects =", "objects", ['unknown key "objects"']),
    ],
)
def test_one_mistake_is_found_where_it_stands(tmp_path, text, old, new, line, words):
    assert old in text
    problems, form, lines = check(tmp_path, text.replace(old, new, 1))
    assert form == []
    told = [problem for problem in problems if all(word in str(problem) for word in words)]
    assert told, [str(problem) for problem in problems]
    assert told[0].severity == "error"
    assert lines[told[0].line - 1].startswith(line), lines[told[0].line - 1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"explosion"', '"explosoin"', ["unknown kind of event", 'did you mean "explosion"?']),
        ('["shelling", "explosion"]', '["air-raid-alert", "press-report"]', ["nothing but indicators"]),
        ("objects =", 'persistence = "5 min"\nobjects =', ['"persistence" has no effect', "no-attack"]),
    ],
)
def test_what_may_be_meant_is_a_warning(tmp_path, old, new, words):
    (problem,), form, _ = check(tmp_path, ATTACK.replace(old, new))
    assert form == []
    assert problem.severity == "warning"
    assert all(word in str(problem) for word in words)


def test_an_alternative_is_checked_as_well(tmp_path):
    text = ENTRY.replace(
        "hours =",
        'alternatives = [\n{ name = "one", platforms = ["warshp"] },\n{ name = "two", depth = "5 m" },\n]\nhours =',
    )
    problems, _, lines = check(tmp_path, text)
    assert [p.what.partition(": ")[2] for p in problems] == ["unknown platform", 'unknown key "depth"']
    assert ['"warshp"' in lines[problems[0].line - 1], "depth" in lines[problems[1].line - 1]] == [True, True]


def test_all_problems_at_once_in_the_order_of_the_lines(tmp_path):
    text = ENTRY.replace("warship", "warshp").replace("22:00", "9 pm").replace("500 m", "5 min")
    problems, _, _ = check(tmp_path, text)
    assert len(problems) == 3
    assert [p.line for p in problems] == sorted(p.line for p in problems)


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.check is None])
def test_a_kind_without_meaning_keeps_any_key(tmp_path, kind):
    text = f'\n```clause c\nkind = "{kind}"\nbinds = ["RED"]\nweapons = ["mortar"]\nmost = 3\n```\n'
    assert check(tmp_path, text)[:2] == ([], [])


def test_text_that_asks_for_coverage_is_warned_of(tmp_path):
    text = '\n```clause c\nkind = "text"\nbinds = ["RED"]\ncoverage = 0.5\n```\n'
    (problem,), _, _ = check(tmp_path, text)
    assert (problem.severity, '"coverage" has no effect' in problem.what) == ("warning", True)


def test_every_kind_of_the_form_is_there():
    expected = (
        "no-entry no-exit no-crossing keep-distance stay-visible no-loitering no-encounter no-attack limit notify "
        "access deliver text"
    )
    assert set(KINDS) == set(expected.split())
    assert {"no-attack", "no-entry", "stay-visible"} <= {name for name, kind in KINDS.items() if kind.evaluate}
    assert all(kind.meaning and kind.name == name for name, kind in KINDS.items())


def test_the_cases_that_ship_are_in_order(tmp_path):
    assert check_clauses(agree(tmp_path, ATTACK)) == []
