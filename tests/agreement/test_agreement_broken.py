"""One broken document for each mistake: exactly one error, on its line, in words that help.

The first line of each file under `broken/` says what is expected: the line, and words that the
message must hold.
"""

import re
from pathlib import Path

import pytest

from truceline.agreement import read_agreement

BROKEN = Path(__file__).parent / "broken"
EXPECTED = re.compile(r"<!-- line (?P<line>\d+): (?P<words>.+) -->")


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.md")), ids=lambda path: path.stem)
def test_a_mistake_is_one_error_on_its_line(path):
    expected = EXPECTED.fullmatch(path.read_text("utf-8").split("\n", 1)[0])
    _, problems = read_agreement(path)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert len(errors) == 1, "\n".join(map(str, errors))
    assert errors[0].line == int(expected["line"]), str(errors[0])
    for words in expected["words"].split(" | "):
        assert words in str(errors[0])
    assert str(errors[0]).startswith(f"{path}:{expected['line']}: ")


def test_there_are_enough_of_them():
    assert len(list(BROKEN.glob("*.md"))) >= 60
