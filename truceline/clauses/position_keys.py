"""What the keys of the positional kinds may hold: errors of meaning, each with the line on which it stands."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from truceline.agreement.document import Agreement, Clause
from truceline.agreement.problems import show, suggest
from truceline.clauses.keys import (
    Page,
    check_events,
    check_hours,
    check_list,
    check_margin,
    check_place,
    check_platforms,
    list_readings,
    needed,
)
from truceline.errors import FormError
from truceline.model import Problem
from truceline.spacetime import read_duration
from truceline.spacetime.units import read_distance, read_speed

__all__ = [
    "check_crossing",
    "check_distance",
    "check_encounter",
    "check_exit",
    "check_limit",
    "check_loitering",
]

LARGEST_DISTANCE_M = 200_000.0
"""Farther than this, distances are not known to be within 0.1 % of the geodesic."""

_PLATFORMS = 'platforms = ["warship"]'


def check_exit(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a no-exit clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "platforms", _PLATFORMS)
    yield from check_place(page, agreement, clause, "a zone to stay in")
    yield from _check_shared(page, clause)


def check_crossing(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a no-crossing clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "platforms", _PLATFORMS)
    if not any("line" in values for _, values in list_readings(clause)):
        yield from check_place(page, agreement, clause, "a line, or a zone whose edge is not to be crossed")
    yield from _check_shared(page, clause)
    for prefix, values in list_readings(clause):
        yield from _check_line(page, agreement, values, prefix)
        yield from _check_entries(page, agreement, values, prefix, "towards")
        for path, value in _each(agreement, values, prefix, "towards"):
            if value not in ("left", "right"):
                yield page.error(path, "side not understood", '"left" or "right" of the line', show(value), "use one")
        if "towards" in values and not any("line" in each for _, each in list_readings(clause)):
            yield page.error(
                prefix + "towards",
                "a side of no line",
                "a line",
                "none",
                'add line = "…", or remove it',
            )


def check_distance(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a keep-distance clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "platforms", _PLATFORMS)
    yield from needed(page, clause, "distance", 'distance = "3 nmi"', "a distance")
    yield from _check_shared(page, clause)
    given = {key for _, values in list_readings(clause) for key in ("from", "line", "place") if key in values}
    if len(given) != 1:
        yield page.error(
            "kind", "what to keep away from", "exactly one of from, line, place", ", ".join(sorted(given)) or "none",
            'add from = "…", an id of a line, zone, objects block, party or group, or "others"',
        )  # fmt: skip
    for prefix, values in list_readings(clause):
        yield from _check_line(page, agreement, values, prefix)
        yield from _check_quantity(page, agreement, values, prefix, "distance", _read_reach)
        yield from check_platforms(page, values, prefix, "of")
        yield from _check_from(page, agreement, values, prefix, (*agreement.parties, *agreement.groups, "others"))
        if "place" in values and not _is_place(values["place"]):
            found = show(values["place"])
            yield page.error(
                prefix + "place", "place not understood", "[lon, lat] in degrees", found, "write two numbers"
            )


def check_loitering(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a no-loitering clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "platforms", 'platforms = ["vessel"]')
    yield from check_place(page, agreement, clause, "a zone in which nobody may loiter")
    yield from _check_shared(page, clause)
    for prefix, values in list_readings(clause):
        yield from _check_quantity(page, agreement, values, prefix, "speed", read_speed)


def check_encounter(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a no-encounter clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "platforms", 'platforms = ["tanker"]')
    yield from check_place(page, agreement, clause, "a zone in which nobody may meet")
    yield from _check_shared(page, clause)
    for prefix, values in list_readings(clause):
        yield from check_platforms(page, values, prefix, "with")
        yield from _check_quantity(page, agreement, values, prefix, "distance", _read_reach)
        yield from _check_quantity(page, agreement, values, prefix, "speed", read_speed)


def check_limit(agreement: Agreement, clause: Clause) -> Iterator[Problem]:
    """Yield what is wrong with the keys of a limit clause."""
    page = Page(agreement, clause)
    yield from needed(page, clause, "at_most", "at_most = 0", "a number")
    given = {key for _, values in list_readings(clause) for key in values}
    if not given & {"weapons", "platforms", "of"}:
        yield page.error(
            "kind",
            "a limit of nothing",
            "weapons, platforms, or of",
            "none",
            'add weapons = ["…"] or platforms = ["…"]',
        )
    if "beyond" in given and "from" not in given:
        yield page.error("beyond", "a distance from nothing", "from", "none", 'add from = "…", the id of a line')
    for prefix, values in list_readings(clause):
        yield from _check_limit(page, agreement, values, prefix)
    yield from _check_shared(page, clause)


def _check_limit(page: Page, agreement: Agreement, values: Mapping[str, Any], prefix: str) -> Iterator[Problem]:
    yield from check_events(page, values, prefix)
    yield from _check_quantity(page, agreement, values, prefix, "at_most", _read_count)
    yield from _check_quantity(page, agreement, values, prefix, "beyond", _read_reach)
    yield from _check_quantity(page, agreement, values, prefix, "apart", read_distance)
    yield from _check_quantity(page, agreement, values, prefix, "per", read_duration)
    yield from _check_from(page, agreement, values, prefix, (), described=True)
    for key in ("weapons", "of", "where"):
        value = values.get(key)
        if isinstance(value, dict) and value and key == "weapons":
            for name, distance in value.items():
                one = {f"weapons.{name}": distance}
                yield from _check_quantity(page, agreement, one, prefix, f"weapons.{name}", _read_reach)
        elif not isinstance(value, str):
            yield from check_list(page, values, prefix, key, lambda _text, _path: iter(()))
    if "per" in values and "platforms" in values:
        yield page.error(
            prefix + "per", '"per" counts events', "no platforms", show(values["platforms"]), "give platforms a clause"
        )


# --- what several kinds have ------------------------------------------------------------------


def _check_shared(page: Page, clause: Clause) -> Iterator[Problem]:
    for prefix, values in list_readings(clause):
        yield from check_platforms(page, values, prefix)
        yield from check_hours(page, values, prefix)
        yield from check_margin(page, values, prefix)


def _each(agreement: Agreement, values: Mapping[str, Any], prefix: str, key: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of a key that may differ by party, without the entries of unknown parties."""
    if key not in values:
        return
    value, known = values[key], (*agreement.parties, *agreement.groups)
    if not isinstance(value, dict):
        yield prefix + key, value
        return
    for name, item in value.items():
        if name in known:
            yield f"{prefix}{key}.{name}", item


def _check_entries(
    page: Page, agreement: Agreement, values: Mapping[str, Any], prefix: str, key: str
) -> Iterator[Problem]:
    """Yield an error for an entry of a value by party that names no party, and for a bound party without one."""
    known = (*agreement.parties, *agreement.groups)
    value = values.get(key)
    if not isinstance(value, dict):
        return
    for name in value:
        if name not in known:
            do = suggest(name, known, "use the id of a party or group")
            yield page.error(prefix + key, f'"{key}" for nobody', "a party of this document", show(name), do)
    covered = {party for name in value for party in agreement.groups.get(name, (name,))}
    for party in page.clause.binds:
        if party not in covered:
            expected, found = "a value for each party that the clause binds", ", ".join(value) or "none"
            yield page.error(prefix + key, f'no "{key}" for {party}', expected, found, f"add {party} = …")


def _check_quantity(
    page: Page,
    agreement: Agreement,
    values: Mapping[str, Any],
    prefix: str,
    key: str,
    read: Callable[[Any], object],
) -> Iterator[Problem]:
    yield from _check_entries(page, agreement, values, prefix, key)
    for path, value in _each(agreement, values, prefix, key):
        try:
            read(value)
        except FormError as error:
            yield page.error(path, error.what, error.expected, error.found, error.do)


def _read_reach(value: object) -> float:
    metres = read_distance(value)
    if not 0 < metres <= LARGEST_DISTANCE_M:
        raise FormError(
            "distance out of range", expected="more than 0, at most 200 km", found=show(value), do="correct it"
        )
    return metres


def _read_count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FormError("not a count", expected="a whole number, 0 or more", found=show(value), do="write at_most = 0")
    return value


def _check_line(page: Page, agreement: Agreement, values: Mapping[str, Any], prefix: str) -> Iterator[Problem]:
    """The form of the document has checked the names of lines; here, only that parties are parties."""
    yield from _check_entries(page, agreement, values, prefix, "line")


def _check_from(
    page: Page,
    agreement: Agreement,
    values: Mapping[str, Any],
    prefix: str,
    more: Iterable[str],
    *,
    described: bool = False,
) -> Iterator[Problem]:
    """Check what distances are measured from; `described`: words with blanks may stand for what nobody has drawn."""
    known = [*agreement.lines, *agreement.zones, *agreement.objects, *more]
    yield from _check_entries(page, agreement, values, prefix, "from")
    for path, value in _each(agreement, values, prefix, "from"):
        for name in value if isinstance(value, list) and value else [value]:
            if described and isinstance(name, str) and " " in name.strip():
                continue
            if not isinstance(name, str) or name not in known:
                do = suggest(name, known, "declare it") if isinstance(name, str) else "name it by its id"
                yield page.error(path, "measured from nothing", "an id: " + ", ".join(known[:12]), show(name), do)


def _is_place(value: object) -> bool:
    pair = value if isinstance(value, list) and len(value) == 2 else ["", ""]
    numbers = [n for n in pair if isinstance(n, int | float) and not isinstance(n, bool)]
    return len(numbers) == 2 and abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90
