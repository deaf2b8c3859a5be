"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


# A busy machine makes no property false; the same commit has the same examples on every build machine.
settings.register_profile("truceline", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("truceline")


@pytest.fixture(scope="session", autouse=True)
def keys(tmp_path_factory) -> Path:
    """The folder of the keys of all records that tests make, so that nobody's own are touched."""
    folder = tmp_path_factory.mktemp("keys")
    folder.chmod(0o700)
    os.environ["TRUCELINE_KEYS"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real open data beside the repository; skips, visibly, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data not found: no folder shared/data beside {ROOT.name}")
    return SHARED_DATA
