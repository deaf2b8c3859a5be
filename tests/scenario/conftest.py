"""What the tests of the scenario share."""

from pathlib import Path

import pytest

from truceline.scenario import generate, read_scenario

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def black_sea() -> Path:
    """The case folder in the repository, which is never written to."""
    return ROOT / "cases" / "black-sea"


@pytest.fixture(scope="session")
def config(black_sea):
    return read_scenario(black_sea / "scenario.toml")[0]


@pytest.fixture(scope="session")
def made(config, tmp_path_factory) -> Path:
    """A folder with the scenario of the repository's seed."""
    folder = tmp_path_factory.mktemp("made")
    generate(config, folder)
    return folder
