"""What a scenario is asked to hold: `scenario.toml` of a case folder."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from truceline.errors import FormError
from truceline.model import Problem
from truceline.spacetime import Interval
from truceline.spacetime.instants import read_instant

_MOST = {"seed": 2**31, "hours": 240, "airliners": 300}  # a run stays small enough for a person to look into
_MOST_OF_A_KIND = 60


@dataclass(frozen=True, slots=True)
class ScenarioConfig:
    """How many of what, from which seed: the same values always make the same bytes.

    `start` is the first instant of the ceasefire (UTC) and `hours` its length. The counts are
    numbers of vessels, flights and deeds within it; `airliners` is a number per day.
    """

    seed: int
    start: datetime
    hours: int
    merchants: int = 14
    fishing: int = 8
    ferries: int = 2
    moored: int = 6
    airliners: int = 60
    warship_entries: int = 5
    aircraft_entries: int = 4
    drone_entries: int = 4
    strikes: int = 6

    @property
    def interval(self) -> Interval:
        """The time of the ceasefire."""
        return Interval(self.start, self.start + timedelta(hours=self.hours))


def read_scenario(path: Path) -> tuple[ScenarioConfig | None, list[Problem]]:
    """Read `scenario.toml`: keys `seed`, `start` (with its zone), `hours`, and counts.

    Returns all problems at once; the scenario is None where there is one.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return None, [_problem(path, "", "scenario cannot be read", "a TOML file", str(error), "correct the file")]
    problems = list(_check(path, values))
    if problems:
        return None, problems
    return ScenarioConfig(**{**values, "start": read_instant(values["start"])}), []


def _check(path: Path, values: Mapping[str, Any]) -> Iterator[Problem]:
    known = [field.name for field in fields(ScenarioConfig)]
    for key in sorted(values.keys() - set(known)):
        yield _problem(path, key, "key not known", ", ".join(known), f'"{key}"', "remove it or correct its name")
    for key in ("seed", "start", "hours"):
        if key not in values:
            yield _problem(path, key, "key missing", f"{key} = …", "nothing", "add it")
    for key in (key for key in known if key in values and key != "start"):
        lowest, highest = (24 if key == "hours" else 0), _MOST.get(key, _MOST_OF_A_KIND)
        if type(values[key]) is not int or not lowest <= values[key] <= highest:
            expected = f"a whole number from {lowest} to {highest}"
            yield _problem(path, key, f"{key} not usable", expected, repr(values[key])[:60], "correct it")
    if "start" in values:
        try:
            read_instant(values["start"] if isinstance(values["start"], str) else repr(values["start"]))
        except FormError as error:
            yield _problem(path, "start", error.what, error.expected, error.found, error.do)


def _problem(path: Path, key: str, what: str, expected: str, found: str, do: str) -> Problem:
    """Return a problem at the line where its key stands, 1 where it stands nowhere."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    line = next((n for n, text in enumerate(lines, 1) if text.split("=")[0].strip() == key), 1)
    return Problem(str(path), line, what, expected, found, do)
