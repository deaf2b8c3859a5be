"""Short TOML documents of a case that are lists of tables of one name: `reviews.toml`, `signers.toml`."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truceline.model import Problem

__all__ = ["read_tables", "state_problem"]

_LARGEST = 5_000_000  # bytes


def read_tables(path: Path, name: str) -> tuple[list[tuple[int, Mapping[str, Any]]], list[Problem]]:
    """Return each `[[name]]` table with its line, and every problem of the document; no file has none of either."""
    if not path.exists():
        return [], []

    def refuse(line: int, *said: str) -> tuple[list[tuple[int, Mapping[str, Any]]], list[Problem]]:
        return [], [state_problem(path, line, name, *said)]

    try:
        if path.stat().st_size > _LARGEST:
            return refuse(1, "file too large", f"at most {_LARGEST} bytes", "more", "split the case")
        text = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        return refuse(1, "cannot be read", "a TOML file in UTF-8", str(error)[:120], "save it as such")
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        return refuse(int(line[1]) if line else 1, "not TOML", "TOML: key = value", str(error)[:120], "correct it")
    header = re.compile(rf"^[ \t]*\[\[[ \t]*{name}[ \t]*\]\]", re.MULTILINE)
    lines = [text.count("\n", 0, found.start()) + 1 for found in header.finditer(text)]
    return _pair(path, name, document, lines)


def _pair(
    path: Path, name: str, document: Mapping[str, Any], lines: list[int]
) -> tuple[list[tuple[int, Mapping[str, Any]]], list[Problem]]:
    problems = [
        state_problem(
            path, 1, name, f'unknown key "{key[:60]}"', f"[[{name}]] tables only", f'"{key[:60]}"', "remove it"
        )
        for key in document
        if key != name
    ]
    items = document.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        said = f"{name} is no list of tables", f"[[{name}]]", "another form", f"write [[{name}]]"
        return [], [*problems, state_problem(path, 1, name, *said)]
    placed = [(lines[number] if number < len(lines) else 1, item) for number, item in enumerate(items)]
    return placed, problems


def state_problem(path: Path, line: int, name: str, what: str, expected: str, found: str, do: str) -> Problem:
    """Return a problem of a document, which begins with the name of its tables."""
    return Problem(str(path), line, f"{name}: {what}", expected, found, do)
