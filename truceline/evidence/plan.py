"""`evidence.toml` becomes a plan: sources, coverage, other truces, platforms, areas."""

import codecs
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from shapely.geometry.base import BaseGeometry

from truceline.evidence.areas import read_area_entry
from truceline.evidence.batch import Format
from truceline.evidence.files import find_paths, within
from truceline.evidence.formats import SOURCES
from truceline.evidence.listing import Entry, Listing, read_listing
from truceline.evidence.lists import LIST_KEYS, read_list
from truceline.evidence.markings import MARKING_KEYS, read_marking_keys
from truceline.evidence.source import Coverage, Plan, PlatformEntry, Source, Truce
from truceline.evidence.tables import CATEGORIES, COUNTING_UNITS, EVENT_KINDS, NEVER_COOPERATIVE, PLATFORM_KINDS
from truceline.gazetteer import Gazetteer, load_gazetteer
from truceline.marking import Marking
from truceline.model import Problem

__all__ = ["read_plan"]

_TABLES = ("source", "coverage", "truce", "platform", "list", "area")
_SOURCE_KEYS = (
    "path", "format", "name", "kind", "provider", "lineage", "reliability", "credibility", "counts", "counting",
    "attribution", "time_zone", "party", "category", "span", "received", "columns",
    *MARKING_KEYS,
)  # fmt: skip
_STARTS = ("starts", "start_utc", "start")
_ENDS = ("ends", "end_utc", "end")
_COVERAGE_KEYS = ("source", "provider", "area", "detects", "party", "probability", *_STARTS, *_ENDS)
_PLATFORM_KEYS = ("platform", "kind", "mmsi", "icao24", "name", "flag", "party", "category")
_PLATFORM_ID = re.compile(r"mmsi:\d{9}|icao:~?[0-9a-f]{6}|track:.+")
# What strptime patterns of dates are made of; Polars stops at some others with a panic.
_PATTERN = re.compile(r"(?:[^%\0]|%(?:[YmdHIMSpbBjyzTRFDeaA%]|:z|#z|\.f|\.?[369]f))+")
_ENCODING = re.compile(r"utf-(8|16|32).*|ascii|cp\d+|koi8-[rtu]|iso8859-\d+|mac-\w+|gb\w+|big5\w*|shift_jis\w*|euc_\w+")
_NAME = re.compile(r"[\w][\w .()+-]{0,79}")
_ALL_CATEGORIES = tuple(name for names in CATEGORIES.values() for name in names)


@dataclass(slots=True)
class _Reading:
    """What is known while the list is read."""

    folder: Path
    zones: Mapping[str, BaseGeometry]
    kinds: tuple[str, ...] = ()
    owner: str | None = None
    areas: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    gazetteer: Gazetteer = field(default_factory=load_gazetteer)


def read_plan(path: Path, zones: Mapping[str, BaseGeometry]) -> tuple[Plan | None, list[Problem]]:
    """Read the list of evidence and return the plan beside every problem found, in file order.

    `zones` are the agreement's, so that coverage may name them. The plan is None where nothing is
    usable; a source with an error in it is not in the plan. Paths are relative to the list's
    folder and may not leave it. Nothing but the list and the files of areas and platforms is opened.
    """
    listing, problems = read_listing(path, _TABLES)
    if listing is None:
        return None, problems
    kinds, marking = _read_top(listing, problems)
    reading = _Reading(path.parent, zones, kinds, _owner_of(listing, marking))
    for entry in listing.entries["area"]:
        read_area_entry(entry, reading.folder, reading.areas)
    reading.gazetteer = load_gazetteer(reading.areas)
    for entry in listing.entries["source"]:
        source = _read_source(entry, reading)
        if source is not None:
            reading.sources[source.name] = source
    coverage = [_read_coverage(entry, reading) for entry in listing.entries["coverage"]]
    truces = [_read_truce(entry) for entry in listing.entries["truce"]]
    platforms = [_read_platform(entry) for entry in listing.entries["platform"]]
    listed = [one for entry in listing.entries["list"] for one in _read_platforms(entry, reading)]
    problems += [problem for kind in _TABLES for entry in listing.entries[kind] for problem in entry.problems]
    plan = Plan(
        path=path,
        sources=tuple(reading.sources.values()),
        coverage=tuple(one for one in coverage if one),
        truces=tuple(one for one in truces if one),
        platforms=tuple(one for one in platforms if one),
        listed=tuple(listed),
        areas=reading.areas,
        kinds=reading.kinds,
        marking=marking,
    )
    return plan, sorted(problems, key=lambda problem: problem.line)


def _read_top(listing: Listing, problems: list[Problem]) -> tuple[tuple[str, ...], Marking | None]:
    """Return the kinds of event that the case adds, and its marking; refuse any other key outside tables."""
    top = Entry(listing.file, "", 1, listing.values, listing.lines)
    top.check_keys(("kinds", *MARKING_KEYS, *_TABLES))
    marking = read_marking_keys(top)
    kinds = listing.values.get("kinds", [])
    good = isinstance(kinds, list) and all(
        isinstance(kind, str) and re.fullmatch(r"[a-z][a-z-]+", kind) for kind in kinds
    )
    if not good:
        do = 'write kinds = ["..."] with small letters and hyphens'
        top.problem("kinds", "kinds not understood", expected="a list of kinds of event", found=kinds, do=do)
    problems += top.problems
    return tuple(kinds) if good else (), marking


def _owner_of(listing: Listing, marking: Marking | None) -> str | None:
    """Return whose everything is where no source says otherwise."""
    owner = listing.values.get("owner")
    return marking.owners[0] if marking else owner if isinstance(owner, str) else None


# --- [[source]] ---------------------------------------------------------------------------------


def _read_source(entry: Entry, reading: _Reading) -> Source | None:
    name = entry.choice("format", tuple(SOURCES), needed=True)
    form = SOURCES.get(name or "")
    path = _read_path(entry, reading.folder)
    given = _read_name(entry, path, reading)
    kinds = (*EVENT_KINDS, *reading.kinds, *PLATFORM_KINDS)
    kind = entry.choice("kind", kinds, what="a kind of event, or one that the list declares under kinds")
    provider = entry.text("provider") or ""
    source = Source(
        name=given,
        path=path or reading.folder,
        format=name or "",
        line=entry.line,
        kind=kind or (form.kind if form else None),
        provider=provider,
        lineage=entry.text("lineage") or provider or given,
        reliability=entry.choice("reliability", tuple("ABCDEF")),
        credibility=_whole(entry, "credibility", 1, 6),
        counts=entry.flag("counts"),
        counting=entry.choice("counting", COUNTING_UNITS),
        attribution=entry.text("attribution") or "",
        time_zone=_read_zone(entry),
        party=entry.text("party"),
        category=entry.choice("category", _ALL_CATEGORIES),
        span=entry.span("span"),
        received_utc=_read_received(entry),
        columns=entry.table("columns"),
        options=_read_options(entry, form, reading) if form else {},
        marking=read_marking_keys(entry, reading.owner),
    )
    if form is not None:
        _check_format(entry, form, source)
        source = replace(source, cooperative=_is_cooperative(form, source))
    return source if not any(problem.severity == "error" for problem in entry.problems) else None


def _is_cooperative(form: Format, source: Source) -> bool:
    """Whether a source sees only what transmits: by its format, or by the identities in its columns."""
    if "cooperative" in source.options:
        return bool(source.options["cooperative"])
    return form.cooperative or source.kind in ("vessel", "aircraft") or bool({"mmsi", "icao24"} & set(source.columns))


def _read_path(entry: Entry, folder: Path) -> Path | None:
    text = entry.text("path", needed=True)
    if text is None:
        return None
    parts = Path(text).parts
    if Path(text).is_absolute() or ".." in parts or text.startswith("~") or "\\" in text or "**" in parts:
        do = "put the file into the case and name it relative to the list"
        do = "write / for \\" if "\\" in text and ":" not in text and ".." not in text else do
        entry.problem("path", "path leaves the case", expected="a path inside the case", found=f'"{text}"', do=do)
        return None
    path = folder / text
    try:
        paths = find_paths(path)
    except (OSError, ValueError):
        paths = []
    if not paths:
        do = "correct the path, or put the file there"
        entry.problem(
            "path", "file not found", expected="a file, or a pattern that matches one", found=f'"{text}"', do=do
        )
        return None
    outside = [each for each in paths if not within(each, folder)]
    if outside:
        found = f'"{outside[0].name}", a link to a place outside'
        do = "copy the file into the case"
        entry.problem("path", "path leaves the case", expected="a file inside the case", found=found, do=do)
        return None
    return path


def _read_name(entry: Entry, path: Path | None, reading: _Reading) -> str:
    default = re.sub(r"[*?\[\]]", "", path.name).split(".")[0] if path else f"line {entry.line}"
    name = entry.text("name") or default.strip("-_ ") or f"line {entry.line}"
    if not _NAME.fullmatch(name):
        do = "write a short name of letters, digits, blanks and hyphens"
        entry.problem("name", "name not usable", expected="a short name", found=f'"{name}"', do=do)
    if name in reading.sources:
        found = f'"{name}", as on line {reading.sources[name].line}'
        entry.problem("name", "name of a source twice", expected="each name once", found=found, do='add name = "..."')
    return name


def _whole(entry: Entry, key: str, low: int, high: int) -> int | None:
    value = entry.number(key, low, high)
    if value is not None and not value.is_integer():
        entry.problem(key, f"{key} out of range", expected=f"{low} to {high}", found=value, do="write a whole number")
        return None
    return None if value is None else int(value)


def _read_zone(entry: Entry) -> str | None:
    zone = entry.text("time_zone")
    if zone is None:
        return None
    try:
        zoneinfo.ZoneInfo(zone)
        pl.Series([datetime(2025, 1, 1)]).dt.replace_time_zone(zone)  # noqa: DTZ001 - a clock without a zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, pl.exceptions.PolarsError):
        do = 'write the zone\'s name, such as "Europe/Kyiv"; abbreviations are not unique'
        expected = 'a name of the IANA time zone database, or "UTC"'
        entry.problem("time_zone", "zone of time not known", expected=expected, found=f'"{zone}"', do=do)
        return None
    return zone


def _read_received(entry: Entry) -> datetime | None:
    clock = entry.clock("received")
    if clock is not None and not clock.exact:
        do = "add hour and minute"
        entry.problem("received", "time without an hour", expected="one instant", found=f'"{clock.text}"', do=do)
        return None
    return clock.earliest if clock else None


def _check_format(entry: Entry, form: Format, source: Source) -> None:
    entry.check_keys((*_SOURCE_KEYS, *form.options))
    if form.kind is not None and source.kind != form.kind:
        expected = f"{form.kind}, which the format {form.name} settles"
        entry.problem("kind", "kind of another format", expected=expected, found=f'"{source.kind}"', do="remove kind")
    if source.columns and form.columns is None:
        do = "remove [source.columns], or use the format csv"
        entry.problem("columns", "format has no column map", expected="nothing", found="[source.columns]", do=do)
    if form.columns is not None:
        named = Entry(entry.file, "source.columns", entry.line, source.columns, entry.lines)
        named.check_keys(form.columns)
        entry.problems += named.problems
    for key in form.needs:
        if getattr(source, key) is None and key not in entry.values:
            do = f'add {key} = "...", such as "Europe/Kyiv"' if key == "time_zone" else f"add {key}"
            expected = f"{key}, because rows of the format {form.name} do not say it"
            entry.problem("", f"{key} missing", expected=expected, found="nothing", do=do)


# --- options of formats -------------------------------------------------------------------------


def _read_options(entry: Entry, form: Format, reading: _Reading) -> dict[str, Any]:
    options = {key: entry.values[key] for key in form.options if key in entry.values}
    for key, value in options.items():
        check = _OPTIONS.get(key)
        if check is not None and not check(value):
            expected = form.options[key]
            entry.problem(key, f"{key} not understood", expected=expected, found=value, do="write it in that form")
    if "kinds" in options:
        options["kinds"] = entry.table("kinds")
        known = (*EVENT_KINDS, *reading.kinds)
        for word, kind in options["kinds"].items():
            if kind not in known:
                do = "use a kind that the product knows, or declare it under kinds at the top of the list"
                entry.problem(
                    "kinds", "kind of event not known", expected="a kind", found=f'"{kind}" for "{word}"', do=do
                )
    if "area" in options and isinstance(options["area"], str) and reading.gazetteer.find(options["area"]) is None:
        do = "correct the name, or bring the area in [[area]]"
        entry.problem("area", "place not known", expected="a place", found=f'"{options["area"]}"', do=do)
    return {**options, "own_kinds": reading.kinds} if form.columns is not None or reading.kinds else options


def _is_encoding(value: object) -> bool:
    try:
        return isinstance(value, str) and _ENCODING.fullmatch(codecs.lookup(value).name) is not None
    except (LookupError, ValueError):
        return False


_OPTIONS: dict[str, Callable[[Any], object]] = {
    "table": lambda value: value in ("events", "positions"),
    "delimiter": lambda value: (
        isinstance(value, str) and len(value) == 1 and value.isascii() and value not in '"\r\n\0'
    ),
    "decimal": lambda value: value in (".", ","),
    "encoding": _is_encoding,
    "time_format": lambda value: (
        value in ("epoch s", "epoch ms") or (isinstance(value, str) and "%" in value and _PATTERN.fullmatch(value))
    ),
    "kinds": lambda value: isinstance(value, dict),
    "area": lambda value: isinstance(value, str),
    "cooperative": lambda value: isinstance(value, bool),
}


# --- the other tables ---------------------------------------------------------------------------


def _read_coverage(entry: Entry, reading: _Reading) -> Coverage | None:
    entry.check_keys(_COVERAGE_KEYS)
    name = entry.choice("source", tuple(reading.sources), what="the name of a source") or ""
    source = reading.sources.get(name)
    provider = entry.text("provider") or (source.provider if source else "")
    if not {"source", "provider"} & set(entry.values):
        do = "say which source or which provider watches"
        entry.problem("", "coverage of nobody", expected="source or provider", found="neither", do=do)
    interval = entry.interval(_STARTS, _ENDS)
    area = entry.text("area", needed=True)
    if area is not None:
        _check_area(entry, area, reading)
    detects = _read_detects(entry, reading, source)
    probability = entry.number("probability", 0, 1)
    if "probability" not in entry.values:
        do = "add probability = 0 to 1, the share of such things that it would have seen"
        expected, found = "probability", "nothing; it counts for nothing"
        entry.problem("", "nobody says how well it watches", expected=expected, found=found, do=do, warning=True)
    if interval is None or area is None or any(problem.severity == "error" for problem in entry.problems):
        return None
    return Coverage(name, provider, interval, area, detects, probability, entry.text("party"), entry.line)


def _check_area(entry: Entry, area: str, reading: _Reading) -> None:
    if area == "everywhere" or area in reading.zones or reading.gazetteer.find(area):
        return
    expected = 'a zone of the agreement, an [[area]], a place of the gazetteer, or "everywhere"'
    known = ", ".join([*reading.zones, *reading.areas]) or "none drawn"
    do = f"correct the name (zones and areas: {known}); until then it counts for nothing"
    entry.problem("area", "place not known", expected=expected, found=f'"{area}"', do=do, warning=True)


def _read_detects(entry: Entry, reading: _Reading, source: Source | None) -> tuple[str, ...]:
    value = entry.values.get("detects")
    allowed = (*EVENT_KINDS, *reading.kinds, *CATEGORIES, *_ALL_CATEGORIES)
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        do = 'write detects = ["shelling", "drone"] or the like'
        expected = "a list of kinds of event and categories of platform"
        entry.problem(
            "detects",
            "detects not understood",
            expected=expected,
            found="nothing" if value is None else str(value),
            do=do,
        )
        return ()
    for word in value:
        if word not in allowed:
            one = Entry(entry.file, "coverage", entry.line, {"detects": word}, entry.lines)
            one.choice("detects", allowed, what="a kind of event or a category of platform")
            entry.problems += one.problems
    if source is None or not source.cooperative:
        return tuple(value)
    return _leave_to_others(entry, value)


def _leave_to_others(entry: Entry, words: list[str]) -> tuple[str, ...]:
    """Return what a cooperative source can see: never those that need not transmit, or do not."""
    never = [word for word in words if word in NEVER_COOPERATIVE]
    if never:
        do = "declare it for a source that does not need their cooperation (radar, observers, satellites)"
        expected = "platforms that are obliged to transmit, from a source of transponders' messages"
        what, found = "cannot be seen by their own transmissions", ", ".join(never)
        entry.problem("detects", what, expected=expected, found=found, do=do, warning=True)
    wide = [name for word in words for name in CATEGORIES.get(word, (word,))]
    return tuple(dict.fromkeys(word for word in wide if word not in NEVER_COOPERATIVE))


def _read_truce(entry: Entry) -> Truce | None:
    entry.check_keys(("name", *_STARTS, *_ENDS))
    name, interval = entry.text("name", needed=True), entry.interval(_STARTS, _ENDS)
    return Truce(name, interval) if name and interval else None


def _read_platform(entry: Entry) -> PlatformEntry | None:
    entry.check_keys(_PLATFORM_KEYS)
    platform = entry.text("platform", needed=True)
    if platform and not _PLATFORM_ID.fullmatch(platform):
        expected = '"mmsi:" and nine digits, "icao:" and six hexadecimal digits, or "track:SOURCE:ID"'
        entry.problem("platform", "platform not understood", expected=expected, found=f'"{platform}"', do="correct it")
    found = PlatformEntry(
        platform=platform or "",
        kind=entry.choice("kind", PLATFORM_KINDS),
        mmsi=_whole(entry, "mmsi", 1, 999_999_999) or _own_mmsi(platform),
        icao24=entry.text("icao24") or _own_icao(platform),
        name=entry.text("name"),
        flag=entry.text("flag"),
        party=entry.text("party"),
        category=entry.choice("category", _ALL_CATEGORIES),
    )
    return None if entry.problems else found


def _read_platforms(entry: Entry, reading: _Reading) -> tuple[PlatformEntry, ...]:
    entry.check_keys(LIST_KEYS)
    path = _read_path(entry, reading.folder)
    return read_list(entry, path) if path is not None else ()


def _own_mmsi(platform: str | None) -> int | None:
    return int(platform[5:]) if platform and re.fullmatch(r"mmsi:\d{9}", platform) else None


def _own_icao(platform: str | None) -> str | None:
    return platform[5:] if platform and platform.startswith("icao:") else None
