"""Every command in the documentation runs, every command is documented, every link leads somewhere."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from truceline.cli import main

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def commands(page: Path) -> list[str]:
    lines = "\n".join(FENCE.findall(page.read_text("utf-8"))).splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.startswith("truceline ")]


def targets(page: Path) -> list[str]:
    lines = "\n".join(FENCE.findall(page.read_text("utf-8"))).splitlines()
    return [line.split()[1] for line in lines if line.startswith("make ")]


RUNS = [(page, command) for page in PAGES for command in dict.fromkeys(commands(page))]


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the cases, so that running them leaves the checkout as it was."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "cases", folder / "cases", ignore=shutil.ignore_patterns("out", "data"))
    return folder


@pytest.mark.parametrize(("page", "command"), RUNS, ids=lambda value: getattr(value, "name", value))
def test_a_documented_command_runs(copy, page, command):
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)], cwd=copy, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_the_readme_starts_with_the_two_commands():
    assert targets(ROOT / "README.md")[:2] == ["run", "test"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_make_targets_exist(page):
    text = page.read_text("utf-8")
    assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert [name for name in targets(page) if f"\n{name}:" not in makefile] == []


def test_every_command_is_documented_and_has_help():
    prose = "\n".join(page.read_text("utf-8") for page in PAGES)
    for name, command in main.commands.items():
        assert command.help
        assert f"truceline {name}" in prose
        page = CliRunner().invoke(main, [name, "--help"])
        assert page.exit_code == 0
        for option in command.params:
            assert option.param_type_name == "argument" or option.help or option.name == "help"
