"""What the keys of a clause may hold: errors of meaning, each with the line on which it stands.

The form of the document checks the keys of every clause (times, shares, counting units); here are
those that only a kind understands. Every reading is checked: a clause's own keys, and those that an
alternative puts in their place.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from truceline.agreement.document import Agreement, Clause
from truceline.agreement.problems import show, suggest
from truceline.errors import FormError
from truceline.evidence.sight import AIRCRAFT, VESSELS
from truceline.evidence.tables import EVENT_KINDS, INDICATORS
from truceline.model import Problem
from truceline.spacetime.units import read_distance

__all__ = [
    "PLATFORM_ID",
    "UNKNOWN_EVENT",
    "Page",
    "check_attack",
    "check_entry",
    "check_events",
    "check_hours",
    "check_list",
    "check_margin",
    "check_place",
    "check_platforms",
    "check_text",
    "list_readings",
    "needed",
]

UNKNOWN_EVENT = "unknown kind of event"
"""What is said of a kind that the product does not know; the list of evidence may bring it."""

CATEGORIES = (*VESSELS, *AIRCRAFT)
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
PLATFORM_ID = re.compile(r"mmsi:\d{9}|icao:~?[0-9a-f]{6}|track:[^:\s]+:\S+")


class Page:
    """Makes problems of one clause: knows its file, and the line of each of its keys."""

    def __init__(self, agreement: Agreement, clause: Clause) -> None:
        self.file, self.clause = agreement.file, clause

    def error(self, key: str, what: str, expected: str, found: str, do: str) -> Problem:
        """Return an error at a key of the clause; keys are paths such as "events[1]"."""
        return Problem(self.file, self._line(key), f"clause {self.clause.id}: {what}", expected, found, do)

    def warning(self, key: str, what: str, expected: str, found: str, do: str) -> Problem:
        """Return a warning at a key of the clause."""
        what = f"clause {self.clause.id}: {what}"
        return Problem(self.file, self._line(key), what, expected, found, do, "warning")

    def _line(self, key: str) -> int:
        lines = self.clause.block.lines
        whole = key.partition("[")[0] if not key.startswith("alternatives") else re.sub(r"\.[^.]*$", "", key)
        return lines.get(key, lines.get(whole, self.clause.block.line))


def list_readings(clause: Clause) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (prefix of the keys' paths, keys) for the clause itself and for each of its alternatives."""
    yield "", clause.block.values
    alternatives = clause.block.values.get("alternatives", ())
    for number, item in enumerate(alternatives if isinstance(alternatives, list) else ()):
        if isinstance(item, Mapping):
            yield f"alternatives[{number}].", item


def check_attack(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a no-attack clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "events", 'events = ["shelling", "air-strike"]')
    yield from _warn_idle(page, clause, ("persistence", "margin"))
    for prefix, values in list_readings(clause):
        yield from check_events(page, values, prefix)
        yield from _check_objects(page, agreement, values, prefix)


def check_entry(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a no-entry clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "platforms", 'platforms = ["warship"]')
    yield from check_place(page, agreement, clause, "a zone to stay out of")
    for prefix, values in list_readings(clause):
        yield from check_platforms(page, values, prefix)
        yield from check_events(page, values, prefix)
        yield from check_hours(page, values, prefix)
        yield from check_margin(page, values, prefix)


def check_place(page: Page, agreement: Agreement, clause: Clause, expected: str) -> Iterator[Problem]:
    """Yield an error where no reading gives the clause a zone."""
    heads = [agreement.block.values, *agreement.block.values.get("alternatives", ())]
    if not any("zone" in values for values in (*heads, *(values for _, values in list_readings(clause)))):
        yield page.error("kind", 'missing key "zone"', expected, "none", 'add zone = "…"')


def check_text(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield a warning where a clause that nobody judges says what would be needed to judge it."""
    yield from _warn_idle(Page(agreement, clause), clause, ("coverage", "persistence", "margin", "except"))


def _warn_idle(page: Page, clause: Clause, keys: Iterable[str]) -> Iterator[Problem]:
    """Warn of keys that every clause may have and that mean nothing for this kind."""
    for prefix, values in list_readings(clause):
        for key in (key for key in keys if key in values):
            yield page.warning(
                prefix + key,
                f'"{key}" has no effect',
                f"no such key in a clause of kind {clause.kind}",
                show(values[key]),
                "remove it, or choose a kind that it means something for",
            )


def needed(page: Page, clause: Clause, key: str, example: str, expected: str = "a list") -> Iterator[Problem]:
    """Yield an error where no reading has a key."""
    if not any(key in values for _, values in list_readings(clause)):
        yield page.error(
            "kind", f'missing key "{key}"', f"{expected}, for kind {clause.kind}", "none", f"add {example}"
        )


def check_list(
    page: Page, values: Mapping[str, Any], prefix: str, key: str, each: Callable[[str, str], Iterator[Problem]]
) -> Iterator[Problem]:
    """Check that a key, where it stands, holds a list of texts, and each of them with `each(text, path)`."""
    value, path = values.get(key), prefix + key
    if key not in values:
        return
    if not isinstance(value, list) or not value:
        found = show(value)
        yield page.error(path, f'"{key}" is not a list', "a list of texts, at least one", found, f'write {key} = ["…"]')
        return
    for number, item in enumerate(value):
        if isinstance(item, str):
            yield from each(item, f"{path}[{number}]")
        else:
            yield page.error(f"{path}[{number}]", f'wrong type in "{key}"', "a text", show(item), "put it in quotes")


def check_events(page: Page, values: Mapping[str, Any], prefix: str) -> Iterator[Problem]:
    """Yield what is wrong with kinds of event."""

    def check(kind: str, path: str) -> Iterator[Problem]:
        if kind not in EVENT_KINDS:
            do = suggest(kind, EVENT_KINDS, "use one that the product knows")
            do += ', or add it to kinds = ["…"] at the top of evidence.toml'
            yield page.warning(path, UNKNOWN_EVENT, "a kind that the product or the case knows", show(kind), do)

    yield from check_list(page, values, prefix, "events", check)
    kinds = values.get("events")
    if isinstance(kinds, list) and kinds and all(kind in INDICATORS for kind in kinds if isinstance(kind, str)):
        yield page.warning(
            prefix + "events",
            "nothing but indicators",
            "at least one kind that shows a breach",
            ", ".join(map(str, kinds)),
            "add the kinds that the text forbids; as it stands the clause can be neither kept nor breached",
        )


def _check_objects(page: Page, agreement: Agreement, values: Mapping[str, Any], prefix: str) -> Iterator[Problem]:
    def check(name: str, path: str) -> Iterator[Problem]:
        if name not in agreement.objects:
            do = suggest(name, agreement.objects, "declare it in an objects block")
            yield page.error(path, "unknown objects", "the id of an objects block", show(name), do)

    if isinstance(values.get("objects"), str):
        yield from check(values["objects"], prefix + "objects")
    else:
        yield from check_list(page, values, prefix, "objects", check)


def check_platforms(page: Page, values: Mapping[str, Any], prefix: str, key: str = "platforms") -> Iterator[Problem]:
    """Yield what is wrong with categories and ids of platforms."""

    def check(name: str, path: str) -> Iterator[Problem]:
        if name not in CATEGORIES and not PLATFORM_ID.fullmatch(name):
            do = suggest(name, CATEGORIES, 'use a category, or an id such as "mmsi:273000000" or "icao:4baac6"')
            yield page.error(path, "unknown platform", "a category or an id", show(name), do)

    yield from check_list(page, values, prefix, key, check)


def check_hours(page: Page, values: Mapping[str, Any], prefix: str) -> Iterator[Problem]:
    """Yield what is wrong with hours of the day."""
    if "hours" not in values:
        return
    value = values["hours"]
    fits = isinstance(value, list) and len(value) == 2 and all(isinstance(t, str) and _HOUR.fullmatch(t) for t in value)
    if not fits or value[0] == value[1]:
        yield page.error(
            prefix + "hours",
            "hours not understood",
            "two different times of day",
            show(value),
            'write ["22:00", "06:00"]',
        )


def check_margin(page: Page, values: Mapping[str, Any], prefix: str) -> Iterator[Problem]:
    """Yield what is wrong with a margin that is a distance."""
    if not isinstance(values.get("margin"), str):
        return  # the form of the document has said so
    try:
        read_distance(values["margin"])
    except FormError as error:
        yield page.error(prefix + "margin", error.what, error.expected, error.found, error.do)
