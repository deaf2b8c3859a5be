"""The page about the form: every example is read, every key is told, and nothing that is not so."""

import re
from pathlib import Path

import pytest

from truceline.agreement import resolve
from truceline.agreement.grammar import GRAMMAR, KINDS
from truceline.clauses.kinds import KINDS as CLAUSE_KINDS
from truceline.errors import FormError
from truceline.spacetime import read_clock

PAGE = (Path(__file__).parents[2] / "docs" / "agreement.md").read_text("utf-8")
EXAMPLES = re.findall(r"^````markdown\n(.*?)^````$", PAGE, re.DOTALL | re.MULTILINE)


def section(name):
    """Return the text under the heading of a kind of block."""
    return re.search(rf"^### {name}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_is_read_without_a_problem(check, number):
    whole = EXAMPLES[number]
    agreement, problems = check(whole if "```agreement" in whole else EXAMPLES[0] + "\n" + whole)
    assert problems == [], "\n".join(map(str, problems))
    assert resolve(agreement, {})


def test_all_additions_stand_together(check):
    additions = [text for text in EXAMPLES[1:] if "```agreement" not in text]
    _, problems = check("\n".join([EXAMPLES[0], *additions]))
    assert problems == [], "\n".join(map(str, problems))
    kinds = {match for text in EXAMPLES for match in re.findall(r"^```([a-z]+)", text, re.MULTILINE)}
    assert kinds == set(KINDS)


@pytest.mark.parametrize("kind", GRAMMAR)
def test_every_key_is_told_and_no_other(kind):
    rows = re.findall(r"^\| (.+?) \|", section(kind), re.MULTILINE)
    told = {key: f"**`{key}`**" in row for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert told == {key: rule.required for key, rule in GRAMMAR[kind].items()}


def test_every_kind_of_clause_is_told_with_its_keys():
    rows = re.findall(r"^\| (`.+?) \| .+? \| (.*?) ?\|$", section("kinds of clause"), re.MULTILINE)
    told = {kind: keys for names, keys in rows for kind in re.findall(r"`([\w-]+)`", names)}
    assert set(told) == set(CLAUSE_KINDS)
    for name, kind in CLAUSE_KINDS.items():
        assert set(re.findall(r"`(\w+)`", told[name])) == set(kind.keys)


def test_every_form_of_a_time_is_read():
    rows = re.findall(r'^\| `"(\d{4}[^"]+|end of[^"]+)"`', PAGE, re.MULTILINE)
    assert len(rows) >= 4
    for text in rows:
        assert read_clock(text).zone
    with pytest.raises(FormError):
        read_clock("2026-01-10T00:00")


def test_the_problem_that_is_shown_is_the_one_that_is_said(check):
    _, problems = check(EXAMPLES[0].replace("T00:00 Europe/Kyiv", "T00:00", 1).replace("# Truce", "\n# Truce", 1))
    shown = re.search(r"^agreement\.md:7: (.*?),? …, found", PAGE, re.MULTILINE)[1]
    assert problems[0].line == 7
    assert shown in str(problems[0])


def test_the_code_for_engineers_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / "agreement.md").write_text(EXAMPLES[0])
    monkeypatch.chdir(tmp_path)
    code = re.search(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1]
    exec(compile(code, "docs/agreement.md", "exec"), {})  # noqa: S102 - our own page
    assert capsys.readouterr().out.startswith("fire as declared 2026-01-09T22:00:00Z/2026-02-08T22:00:00Z")
