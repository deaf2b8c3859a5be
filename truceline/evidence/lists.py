"""`[[list]]`: what a case knows of many ships and aircraft, as a CSV table of identities.

    mmsi,icao24,name,party,category

A register, a list of sanctioned ships, a fleet of one party. It comes after `[[platform]]` and
before what files of evidence say.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path

from truceline.evidence.listing import Entry
from truceline.evidence.source import PlatformEntry
from truceline.evidence.tables import CATEGORIES, PLATFORM_KINDS
from truceline.model import Problem

__all__ = ["LIST_KEYS", "read_list"]

LIST_KEYS = ("path", "party", "category")

_COLUMNS = ("mmsi", "icao24", "name", "flag", "party", "category", "kind")
_WORDS = ("name", "flag", "party", "category", "kind")
_LARGEST = 32 << 20
_MOST_PROBLEMS = 20
_MMSI = re.compile(r"\d{1,9}")
_ICAO = re.compile(r"[0-9a-f]{6}")
_ALLOWED = {
    "category": tuple(name for names in CATEGORIES.values() for name in names),
    "kind": PLATFORM_KINDS,
}


def read_list(entry: Entry, path: Path) -> tuple[PlatformEntry, ...]:
    """Return the platforms of a list; what is wrong with it goes to the entry's problems, row by row.

    A row with both identities is two platforms. `party` and `category` of the entry hold for rows
    that do not say.
    """
    text = _read_text(entry, path)
    if text is None:
        return ()
    default = {"party": entry.text("party"), "category": entry.choice("category", _ALLOWED["category"])}
    found: dict[str, PlatformEntry] = {}
    wrong = 0
    for line, cells, fault in _read_rows(text):
        if fault is None:
            for platform in _make(cells, default):
                _add(entry, path, line, platform, found)
            continue
        wrong += 1
        if wrong <= _MOST_PROBLEMS:
            _note(entry, path, line, *fault)
    if wrong > _MOST_PROBLEMS:
        more = f"{wrong - _MOST_PROBLEMS} more"
        _note(entry, path, 1, "more rows are wrong", "rows as those above", more, "correct them")
    return tuple(found.values())


def _read_rows(text: str) -> Iterator[tuple[int, Mapping[str, str], tuple[str, str, str, str] | None]]:
    """Yield (line, cells, what is wrong) of each row; one thing that is wrong ends a table that is none."""
    table = csv.reader(StringIO(text, newline=""), strict=True)
    names: list[str] = []
    try:
        names = [name.strip().casefold() for name in next(table, [])]
        if not {"mmsi", "icao24"} & set(names):
            found = ", ".join(names)[:80]
            yield 1, {}, ("list without identities", "a column mmsi or icao24", found, "name the columns")
            return
        for row in table:
            given = dict(zip(names, row, strict=False))
            cells = {name: given.get(name, "").strip() for name in _COLUMNS}
            if any(cell.strip() for cell in row):
                yield table.line_num, cells, _find_fault(cells)
    except csv.Error as error:
        yield max(table.line_num, 1), {}, ("CSV not understood", "rows of text", str(error)[:80], "correct the row")


def _read_text(entry: Entry, path: Path) -> str | None:
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError as error:
        _note(entry, path, 1, "list cannot be read", "a file", error.strerror or str(error), "check its rights")
        return None
    if data is None:
        _note(entry, path, 1, "list too long", f"at most {_LARGEST >> 20} MiB", "more", "split it into several")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _note(
            entry, path, line, "list is not UTF-8", "UTF-8 text", f"byte 0x{data[error.start]:02x}", "save it as UTF-8"
        )
        return None
    if "\0" in text:
        _note(entry, path, 1, "list is not text", "CSV", "binary data (a NUL)", "save it as CSV in UTF-8")
        return None
    return text


def _find_fault(cells: Mapping[str, str]) -> tuple[str, str, str, str] | None:
    """Return (what, expected, found, do) of the first thing wrong in a row, or None."""
    mmsi, icao24 = cells["mmsi"], cells["icao24"].lower()
    if not mmsi and not icao24:
        return "row without an identity", "mmsi or icao24", "neither", "add one, or remove the row"
    if mmsi and not (_MMSI.fullmatch(mmsi) and int(mmsi)):
        return "MMSI not understood", "nine digits", mmsi[:80], "correct it"
    if icao24 and not _ICAO.fullmatch(icao24):
        return "ICAO address not understood", "six hexadecimal digits", icao24[:80], "correct it"
    for name, allowed in _ALLOWED.items():
        if cells[name] and cells[name] not in allowed:
            return (
                f"{name} not known",
                f"one of {', '.join(allowed)}",
                cells[name][:80],
                "use one of them, or leave it empty",
            )
    return None


def _make(cells: Mapping[str, str], default: Mapping[str, str | None]) -> Iterator[PlatformEntry]:
    name, flag, party, category, kind = (cells[word] or default.get(word) for word in _WORDS)
    entry = PlatformEntry("", kind, name=name, flag=flag, party=party, category=category)
    if cells["mmsi"]:
        number = int(cells["mmsi"])
        yield replace(entry, platform=f"mmsi:{number:09d}", mmsi=number)
    if cells["icao24"]:
        address = cells["icao24"].lower()
        yield replace(entry, platform=f"icao:{address}", icao24=address)


def _add(entry: Entry, path: Path, line: int, new: PlatformEntry, found: dict[str, PlatformEntry]) -> None:
    """Add a platform; one that is listed twice and differently is a problem, for nobody knows which is right."""
    before = found.setdefault(new.platform, new)
    if before != new and (before.party, before.category) != (new.party, new.category):
        shown = f"{new.platform}: {before.party}, {before.category}; and {new.party}, {new.category}"
        _note(entry, path, line, "platform listed twice, and differently", "each platform once", shown, "correct one")


def _note(entry: Entry, path: Path, line: int, what: str, expected: str, found: str, do: str) -> None:
    clean = "".join(letter if letter.isprintable() else "\ufffd" for letter in found)
    entry.problems.append(Problem(str(path), line, what, expected=expected, found=clean or "nothing", do=do))
