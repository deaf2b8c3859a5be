"""The page on the guarantees: its table of keys is the code's, and every example in it can be read."""

import re
from pathlib import Path

import pytest
from promised_case import HEAD

from truceline.agreement import read_agreement
from truceline.guarantees.keys import KEYS
from truceline.guarantees.quantities import read_quantity
from truceline.guarantees.register import read_register

PAGE = (Path(__file__).parents[2] / "docs" / "guarantees.md").read_text("utf-8")
DOCUMENT = HEAD.replace("{status}", "draft")
EXAMPLES = re.findall(r"^```text\n((\w+) .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("kind", KEYS)
def test_the_table_of_keys_is_that_of_the_code(kind):
    (row,) = re.findall(rf"^\| `{kind}` \| (.*) \|$", PAGE, re.MULTILINE)
    words = [word.strip() for word in row.split(",")]
    needed = {word.strip("*") for word in words if word.startswith("**")}
    assert {word.strip("*") for word in words} == set(KEYS[kind])
    assert needed == {key for key, rule in KEYS[kind].items() if rule.required}


def test_each_kind_has_an_example_that_shows_its_keys():
    assert {kind for _, kind in EXAMPLES} == set(KEYS)
    for kind, keys in KEYS.items():
        text = "".join(example for example, its in EXAMPLES if its == kind)
        shown = set(re.findall(r"^(\w+) =", text, re.MULTILINE)) | set(re.findall(r"\[\[(\w+)\]\]", text))
        assert set(keys) - shown <= {"terms", "allocations"}


def test_the_examples_are_read_without_a_problem(tmp_path):
    path = tmp_path / "agreement.md"
    path.write_text(DOCUMENT + "\n".join(f"```{text}```\n" for text, _ in EXAMPLES), "utf-8")
    agreement, problems = read_agreement(path)
    assert agreement is not None
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    register, problems = read_register(agreement)
    assert [str(problem) for problem in problems] == []
    assert len(register.pledges) == len(register.meetings) == 1
    assert [programme.id for programme in register.programmes] == ["loans", "grants"]


def test_each_quantity_of_the_page_can_be_read():
    section = PAGE.partition("## Quantities")[2].partition("## ")[0]
    found = re.findall(r'`"([^"]+)"`', section)
    assert len(found) >= 10
    for text in found:
        assert read_quantity(text).unit
