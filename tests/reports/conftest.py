"""The hand-made case as a fixture."""

import pytest
from report_case import Case, make_agreement, make_assessment, make_evidence


@pytest.fixture
def case(tmp_path) -> Case:
    """A truce of 72 hours, with everything in it."""
    return Case(make_assessment(), make_agreement(), make_evidence(tmp_path))
