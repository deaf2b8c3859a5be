"""What `scenario.toml` may hold, and what is said of what it may not."""

from datetime import UTC, datetime

import pytest

from truceline.scenario import read_scenario

GOOD = 'seed = 1\nstart = "2025-06-09T00:00 Europe/Kyiv"\nhours = 72\n'


def read(tmp_path, text):
    path = tmp_path / "scenario.toml"
    path.write_text(text, "utf-8")
    return read_scenario(path)


def test_a_scenario_needs_a_seed_a_start_and_a_length(tmp_path):
    config, problems = read(tmp_path, GOOD)
    assert problems == []
    assert (config.seed, config.hours) == (1, 72)
    assert config.start == datetime(2025, 6, 8, 21, tzinfo=UTC)
    assert config.interval.hours == 72


def test_the_case_in_the_repository_is_read(black_sea):
    config, problems = read_scenario(black_sea / "scenario.toml")
    assert problems == []
    assert config.hours == 72


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("seed = 1\n", ""), 1, "key missing: expected seed"),
        (("hours = 72", "hours = 72.5"), 3, "hours not usable"),
        (("hours = 72", "hours = 2"), 3, "from 24 to 240"),
        (("hours = 72", "hours = true"), 3, "hours not usable"),
        (("hours = 72", "hours = 72\nmerchants = -1"), 4, "merchants not usable"),
        (("hours = 72", "hours = 72\nmerchants = 1000000"), 4, "merchants not usable"),
        (("hours = 72", "hours = 72\nmerchnats = 3"), 4, 'found "merchnats"'),
        ((" Europe/Kyiv", ""), 2, "time without a zone"),
        (('"2025-06-09T00:00 Europe/Kyiv"', "20250609"), 2, "time not understood"),
        (("seed = 1", "seed = "), 1, "scenario cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, change, line, words):
    config, problems = read(tmp_path, GOOD.replace(*change))
    assert config is None
    assert any(words in str(problem) and problem.line == line for problem in problems), [str(p) for p in problems]


def test_all_problems_at_once(tmp_path):
    _, problems = read(tmp_path, "hours = 1\nstrikes = 1000\n")
    assert len(problems) == 4


def test_a_missing_file_is_a_problem_and_no_traceback(tmp_path):
    config, problems = read_scenario(tmp_path / "scenario.toml")
    assert config is None
    assert "cannot be read" in problems[0].what


def test_binary_is_a_problem_and_no_traceback(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_bytes(b"\xff\xfe\x00seed")
    assert read_scenario(path)[0] is None
