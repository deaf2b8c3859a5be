"""Broken keys of the positional kinds: where each mistake stands, and what to do."""

import pytest
from by_hand import HEAD

from truceline.agreement import read_agreement
from truceline.clauses import check_clauses

SHAPES = """
```line front
along = [[30.0, 45.0], [31.0, 45.0]]
```

```group both
name = "Both"
members = ["RED", "BLUE"]
```
"""


def clause(kind, keys, binds='["RED", "BLUE"]'):
    return f'{SHAPES}\n```clause c\nkind = "{kind}"\nbinds = {binds}\n{keys}\n```\n'


GOOD = {
    "no-exit": 'zone = "strait"\nplatforms = ["warship"]\nhours = ["22:00", "06:00"]\nmargin = "1 km"',
    "no-crossing": 'line = { RED = "front", BLUE = "front" }\nplatforms = ["warship"]\n'
    'towards = { RED = "left", BLUE = "right" }',
    "keep-distance": 'platforms = ["warship"]\ndistance = { both = "3 nmi" }\nfrom = "others"\nof = ["cargo"]',
    "no-loitering": 'zone = "strait"\nplatforms = ["vessel"]\nspeed = "2 kn"\npersistence = "2 h"',
    "no-encounter": 'zone = "strait"\nplatforms = ["tanker"]\nwith = ["vessel"]\ndistance = "500 m"\nspeed = "3 kn"',
    "limit": 'weapons = { "howitzer" = "25 km" }\nat_most = 0\nper = "24 h"\n'
    'from = { RED = "front", BLUE = "the line of 2014" }',
}


def check(tmp_path, text):
    path = tmp_path / "agreement.md"
    path.write_text(HEAD + text, "utf-8")
    agreement, problems = read_agreement(path)
    assert agreement is not None
    assert [str(p) for p in problems if p.severity == "error"] == []
    return check_clauses(agreement), (HEAD + text).splitlines()


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_clause_has_no_problem(tmp_path, kind):
    assert [str(problem) for problem in check(tmp_path, clause(kind, GOOD[kind]))[0]] == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "line", "words"),
    [
        ("no-exit", 'zone = "strait"\n', "", "kind", ['missing key "zone"', "a zone to stay in"]),
        ("no-exit", 'platforms = ["warship"]\n', "", "kind", ['missing key "platforms"']),
        ("no-exit", '"1 km"', '"5 min"', "margin", ["distance", '"5 min"']),
        ("no-exit", '"22:00"', '"25:00"', "hours", ["hours not understood"]),
        ("no-exit", "hours =", "speed =", "speed", ['unknown key "speed"']),
        ("no-crossing", 'line = { RED = "front", BLUE = "front" }\n', "", "kind", ['missing key "zone"', "a line"]),
        ("no-crossing", '"left"', '"west"', "towards", ["side not understood", '"west"']),
        ("keep-distance", '{ both = "3 nmi" }', '"3"', "distance", ["distance not understood"]),
        ("keep-distance", '{ both = "3 nmi" }', '"300 km"', "distance", ["at most 200 km"]),
        ("keep-distance", "{ both =", "{ GREEN =", "distance", ['"distance" for nobody', '"GREEN"']),
        ("keep-distance", 'from = "others"\n', "", "kind", ["what to keep away from", "exactly one of"]),
        ("keep-distance", '"others"', '"frnt"', "from", ["measured from nothing", 'did you mean "front"?']),
        ("keep-distance", 'from = "others"', "place = [45.0, 95.0]", "place", ["place not understood"]),
        ("keep-distance", '["cargo"]', '["carg"]', "of", ["unknown platform", 'did you mean "cargo"?']),
        ("keep-distance", 'distance = { both = "3 nmi" }\n', "", "kind", ['missing key "distance"']),
        ("keep-distance", "{ both =", "{ RED =", "distance", ['no "distance" for BLUE', "add BLUE = "]),
        ("keep-distance", 'from = "others"', "from = []", "from", ["measured from nothing", "an empty list"]),
        ("limit", '{ "howitzer" = "25 km" }', "{}", "weapons", ['"weapons" is not a list']),
        ("no-loitering", '"2 kn"', '"2 km"', "speed", ["unit of speed not known"]),
        ("no-loitering", 'zone = "strait"\n', "", "kind", ['missing key "zone"']),
        ("no-encounter", '"500 m"', '"0 m"', "distance", ["more than 0"]),
        ("no-encounter", 'with = ["vessel"]', 'with = "vessel"', "with", ['"with" is not a list', "a list of texts"]),
        ("limit", "at_most = 0\n", "", "kind", ['missing key "at_most"']),
        ("limit", "at_most = 0", "at_most = -1", "at_most", ["not a count"]),
        ("limit", "at_most = 0", "at_most = true", "at_most", ["not a count"]),
        ("limit", 'weapons = { "howitzer" = "25 km" }\n', "", "kind", ["a limit of nothing"]),
        ("limit", '"25 km"', '"25"', "weapons", ["distance not understood"]),
        ("limit", '"24 h"', '"a day"', "per", ["duration"]),
        ("limit", 'RED = "front"', 'RED = "frnt"', "from", ["measured from nothing", 'did you mean "front"?']),
    ],
)  # fmt: skip
def test_one_mistake_is_found_where_it_stands(tmp_path, kind, old, new, line, words):
    good = GOOD[kind]
    assert old in good
    problems, lines = check(tmp_path, clause(kind, good.replace(old, new, 1) if old else new))
    told = [problem for problem in problems if all(word in str(problem) for word in words)]
    assert told, [str(problem) for problem in problems]
    assert line in lines[told[0].line - 1]
