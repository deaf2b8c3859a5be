"""A coalition may have members that are no party; a clause may not bind them."""

from small_document import HEAD as START

from truceline.agreement import read_agreement

HEAD = f"""{START}```group coalition
name = "A coalition"
members = ["UKR", "FRA"]
```

## Article 1

They say something.

```clause words
kind = "text"
binds = ["%s"]
```
"""


def check(tmp_path, text):
    path = tmp_path / "agreement.md"
    path.write_text(text, "utf-8")
    return read_agreement(path)[1]


def test_a_state_may_be_a_member(tmp_path):
    assert check(tmp_path, HEAD % "UKR") == []


def test_a_clause_binds_no_member_that_is_no_party(tmp_path):
    (problem,) = check(tmp_path, HEAD % "coalition")
    assert 'its member "FRA" is no party' in problem.what
    assert problem.line == 26


def test_a_code_that_is_no_state_is_refused(tmp_path):
    (problem,) = check(tmp_path, (HEAD % "UKR").replace('"FRA"', '"FRX"'))
    assert 'no party "FRX"' in problem.what
