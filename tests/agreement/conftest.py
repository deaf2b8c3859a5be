"""Agreements as text: a test shows the document that a person would write."""

import textwrap
from pathlib import Path

import pytest

from truceline.agreement import read_agreement

PARTIES = """
```party UA
name = "Ukraine"
status = "accepted"
```

```party RU
name = "Russian Federation"
status = "accepted"
```

```body panel
name = "Verification panel"
```
"""


@pytest.fixture
def check(tmp_path):
    """Read a document and return (agreement, problems)."""

    def read(text: str | bytes, name: str = "agreement.md"):
        path = Path(tmp_path, name)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return read_agreement(path)

    return read


@pytest.fixture
def read(check):
    """Read a document in which nothing is wrong."""

    def read(text: str):
        agreement, problems = check(text)
        assert problems == [], "\n".join(map(str, problems))
        return agreement

    return read


@pytest.fixture
def truce(read):
    """Read a truce of two parties from the keys of its agreement and the blocks under it."""

    def read_truce(keys: str, blocks: str = '```clause fire\nkind = "no-attack"\nbinds = ["UA", "RU"]\n```\n'):
        head = '# A truce\n\n```agreement\nid = "t"\nstatus = "signed"\n' + textwrap.dedent(keys) + "\n```\n"
        return read(head + PARTIES + "\n" + textwrap.dedent(blocks))

    return read_truce
