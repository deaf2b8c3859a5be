"""Whose evidence is, and how far it may go: said in evidence.toml, and refused where it says two things."""

import pytest

from truceline.casefile import check_documents
from truceline.evidence.plan import read_plan
from truceline.marking import Marking, Tlp

SOURCE = """
[[source]]
path = "log.csv"
format = "csv"
kind = "shelling"
name = "{name}"
{keys}
[source.columns]
start_utc = "start"
"""
TRUCE = """# A truce

```agreement
id = "t"
status = "signed"
starts = "2026-01-01T00:00Z"
ends = "3 d"
source = "test"
```

```party NORTH
name = "North"
status = "accepted"
```

```body mission
name = "The mission"
```

## Article 1: Fire

```clause fire
kind = "no-attack"
binds = ["NORTH"]
events = ["shelling"]
coverage = 0.6
```
"""


def plan_of(folder, top="", **sources):
    (folder / "log.csv").write_text("start\n2026-01-01T10:00Z\n")
    text = top + "".join(SOURCE.format(name=name, keys=keys) for name, keys in sources.items())
    (folder / "evidence.toml").write_text(text)
    return read_plan(folder / "evidence.toml", {})


def marking_of(folder, keys, top=""):
    plan, problems = plan_of(folder, top, log=keys)
    assert problems == []
    return plan.sources[0].marking


@pytest.mark.parametrize("tlp", Tlp)
def test_each_colour_can_be_said(tmp_path, tlp):
    listed = tlp not in (Tlp.RED, Tlp.CLEAR)
    keys = f'marking = "TLP:{tlp}"\nowner = "POL"' + ('\nrelease_to = ["LTU", "EST", "LTU"]' if listed else "")
    assert marking_of(tmp_path, keys) == Marking(tlp, ("POL",), ("EST", "LTU") if listed else None)


def test_nothing_said_is_nothing_marked(tmp_path):
    plan, problems = plan_of(tmp_path, log="")
    assert problems == []
    assert (plan.marking, plan.sources[0].marking) == (None, None)


def test_a_source_has_the_owner_of_the_case(tmp_path):
    case = 'marking = "TLP:GREEN"\nowner = "NORTH"\n'
    plan, _ = plan_of(tmp_path, case, log='marking = "TLP:RED"', other="")
    assert plan.marking == Marking(Tlp.GREEN, ("NORTH",))
    assert [source.marking for source in plan.sources] == [Marking(Tlp.RED, ("NORTH",)), None]
    assert marking_of(tmp_path, 'marking = "TLP:RED"', top='owner = "SOUTH"\n') == Marking(Tlp.RED, ("SOUTH",))


BAD = {
    'marking = "TLP:AMBRE"\nowner = "POL"': ("marking not known", 'write "TLP:AMBER"'),
    'marking = "amber+strict"\nowner = "POL"': ("marking not known", 'write "TLP:AMBER+STRICT"'),
    'marking = "TLP:AMBER STRICT"\nowner = "POL"': ("marking not known", 'write "TLP:AMBER'),
    'marking = "TLP:WHITE"\nowner = "POL"': ("marking not known", 'write "TLP:CLEAR"'),
    'marking = "NATO SECRET"\nowner = "POL"': ("marking not known", "in capitals"),
    'marking = "TLP:"\nowner = "POL"': ("marking not known", ""),
    'marking = 3\nowner = "POL"': ("marking not understood", ""),
    'marking = ""\nowner = "POL"': ("marking not understood", ""),
    'marking = "TLP:RED\\u0000"\nowner = "POL"': ("marking not understood", ""),
    'marking = "TLP:RED\\u202e"\nowner = "POL"': ("marking not understood", ""),
    'marking = "TLP:RED"': ("marking without an owner", "add owner"),
    'marking = "TLP:RED"\nowner = "a b"': ("owner not understood", "one code"),
    'marking = "TLP:RED"\nowner = "=1+1"': ("owner not understood", "one code"),
    'marking = "TLP:RED"\nowner = ["POL"]': ("owner not understood", ""),
    'marking = "TLP:AMBER"\nowner = "POL"\nrelease_to = []': ("release list of nobody", "name a nation"),
    'marking = "TLP:AMBER"\nowner = "POL"\nrelease_to = "EST"': ("release list not understood", "release_to = ["),
    'marking = "TLP:AMBER"\nowner = "POL"\nrelease_to = ["E\\u001bT"]': ("release list not understood", ""),
    'marking = "TLP:AMBER"\nowner = "POL"\nrelease_to = [["EST"]]': ("release list not understood", ""),
    'marking = "TLP:AMBER"\nowner = "POL"\nrelease_to = ["../EST"]': ("release list not understood", ""),
    'marking = "TLP:RED"\nowner = "POL"\nrelease_to = ["EST"]': ("RED with a release list", "TLP:AMBER+STRICT"),
    'marking = "TLP:CLEAR"\nowner = "POL"\nrelease_to = ["EST"]': ("CLEAR with a release list", "TLP:GREEN"),
    'owner = "POL"\nrelease_to = ["EST"]': ("release list without a marking", "add marking"),
    'markings = "TLP:RED"': ("key not known", 'write "marking"'),
}


@pytest.mark.parametrize("keys", BAD, ids=lambda keys: keys.replace("\n", " ")[:50])
def test_what_says_nothing_or_two_things_is_refused(tmp_path, keys):
    what, do = BAD[keys]
    for top, source in (("", keys), (keys + "\n", "")):
        plan, problems = plan_of(tmp_path, top, log=source)
        assert [problem.what for problem in problems] == [what]
        assert do in problems[0].do
        assert str(problems[0]).isprintable()
        assert all(source.marking is None for source in plan.sources)
        assert plan.marking is None


@pytest.mark.parametrize(
    ("owner", "listed", "unknown"),
    [
        ("NORTH", ["mission", "NATO", "EST"], []),
        ("NORHT", ["EST"], ["NORHT"]),
        ("NORTH", ["EE", "EST"], ["EE"]),
        ("POL", ["XXX", "YYY"], ["XXX", "YYY"]),
    ],
)
def test_a_code_is_a_state_or_somebody_whom_the_agreement_names(tmp_path, owner, listed, unknown):
    (tmp_path / "agreement.md").write_text(TRUCE)
    plan_of(tmp_path, log=f'marking = "TLP:AMBER"\nowner = "{owner}"\nrelease_to = {listed}')
    problems, _ = check_documents(tmp_path / "agreement.md", None)
    codes = [problem for problem in problems if problem.what == "code not known"]
    assert [problem.found for problem in codes] == [f'"{code}"' for code in unknown]
    assert all(problem.severity == "error" and problem.line == 2 for problem in codes)
    assert "NORHT" not in unknown or 'write "NORTH"' in codes[0].do
