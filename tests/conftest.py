"""What all tests share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real open data beside the repository; skips, visibly, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data not found: no folder shared/data beside {ROOT.name}")
    return SHARED_DATA
