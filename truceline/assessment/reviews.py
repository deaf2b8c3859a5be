"""`reviews.toml`: what reviewers have decided on incidents, with their reasons.

[[review]]
incident = "3f2a9c0d1e5b7a68"          # the id of an incident, or of one of its findings
decision = "confirm"                     # confirm | contest | dismiss
reviewer = "duty officer"
reason = "two posts and the camera agree"
at = "2025-03-04T10:00Z"
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from truceline.assessment.documents import read_tables, state_problem
from truceline.errors import FormError
from truceline.model import Problem, Review
from truceline.spacetime import UTC, read_instant

__all__ = ["read_reviews"]

_KEYS = ("incident", "decision", "reviewer", "reason", "at")
_DECISIONS = ("confirm", "contest", "dismiss")
_LONGEST = 2_000
_ID = re.compile(r"[0-9a-f]{16}")


def read_reviews(path: Path) -> tuple[tuple[Review, ...], list[Problem]]:
    """Return the reviews in the order of the file, and every problem of it; no file is no review.

    They are drafts: nobody signed them, and a review that somebody signed into the record goes before them.
    """
    tables, problems = read_tables(path, "review")
    reviews = []
    for line, item in tables:
        wrong = list(_check(path, line, item))
        problems += wrong
        if not wrong:
            reviews.append(_make(item))
    return tuple(reviews), problems


def _check(path: Path, line: int, item: Mapping[str, Any]) -> Iterator[Problem]:
    for key in item:
        if key not in _KEYS:
            yield _problem(path, line, f'unknown key "{key[:60]}"', ", ".join(_KEYS), f'"{key[:60]}"', "remove it")
    for key in _KEYS:
        value = item.get(key)
        if key == "at" and isinstance(value, datetime) and value.tzinfo is not None:
            continue
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
            found = "none" if value is None else repr(value)[:60]
            yield _problem(path, line, f'"{key}" missing or no text', "a text in quotes", found, f'write {key} = "…"')
    if isinstance(item.get("decision"), str) and item["decision"] not in _DECISIONS:
        found = f'"{item["decision"][:60]}"'
        yield _problem(path, line, "unknown decision", "confirm, contest or dismiss", found, "use one of these")
    if isinstance(item.get("incident"), str) and item["incident"] and not _ID.fullmatch(item["incident"]):
        found = f'"{item["incident"][:60]}"'
        do = "copy the id from the report or from incidents.geojson"
        yield _problem(path, line, "no id of an incident", "16 hexadecimal digits", found, do)
    if isinstance(item.get("at"), str) and item["at"].strip():
        try:
            read_instant(item["at"])
        except FormError as error:
            yield _problem(path, line, error.what, error.expected, error.found, error.do)


def _make(item: Mapping[str, Any]) -> Review:
    at = item["at"].astimezone(UTC) if isinstance(item["at"], datetime) else read_instant(item["at"])
    decision = cast(Literal["confirm", "contest", "dismiss"], item["decision"])
    return Review(item["incident"], decision, item["reviewer"], item["reason"], at)


def _problem(path: Path, line: int, what: str, expected: str, found: str, do: str) -> Problem:
    return state_problem(path, line, "review", what, expected, found, do)
