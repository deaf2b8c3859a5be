"""What the tests of the rehearsal share."""

from pathlib import Path

import pytest
from draft_case import write_case


@pytest.fixture
def draft(tmp_path) -> Path:
    """The draft agreement with its four weeks of evidence."""
    return write_case(tmp_path / "case")
