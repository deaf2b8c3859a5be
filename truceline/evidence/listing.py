"""`evidence.toml` as tables (TOML 1.0) whose keys know their lines, and typed readings of them.

`tomllib` gives values without places, so a second walk over the text finds the lines of table
heads and keys. It runs on text that `tomllib` has accepted.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from truceline.errors import FormError
from truceline.model import Problem
from truceline.spacetime import Clock, Interval, read_clock

__all__ = ["Entry", "Listing", "clean", "read_listing"]

_LARGEST = 2_000_000
_HEAD = re.compile(r"\s*\[\[\s*([\w-]+)\s*\]\]")
_SUBTABLE = re.compile(r"\s*\[\s*([\w-]+)\s*\.\s*([\w-]+)\s*\]")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*(\.[^=]*)?=")
_AT = re.compile(r" \(at line (\d+), column \d+\)$")


@dataclass(slots=True)
class Entry:
    """One table of the list: its keys with their lines, and the problems met in reading them."""

    file: str
    kind: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, key: str, what: str, *, expected: str, found: object, do: str, warning: bool = False) -> None:
        """Note a problem on the line of `key`, or of the table."""
        shown = found if isinstance(found, str) else _show(found)
        line = self.lines.get(key, self.line)
        severity = "warning" if warning else "error"
        self.problems.append(Problem(self.file, line, what, clean(expected), clean(shown), clean(do), severity))  # type: ignore[arg-type]

    def check_keys(self, allowed: Collection[str]) -> None:
        """Refuse keys that mean nothing here."""
        for key in self.values:
            if key not in allowed:
                expected = f"a key of [[{self.kind}]]" if self.kind else "a key or table of the list"
                self.problem(key, "key not known", expected=expected, found=f'"{key}"', do=_hint(key, allowed))

    def text(self, key: str, *, needed: bool = False, form: str = "text in quotes") -> str | None:
        """Return a text that is not empty, or None."""
        value = self.values.get(key)
        if value is None:
            if needed:
                do = f'add {key} = "..."'
                self.problem("", f"{key} missing", expected=f"{key} in [[{self.kind}]]", found="nothing", do=do)
            return None
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.problem(
                key, f"{key} not understood", expected=form, found=_show(value), do="write it as text in quotes"
            )
            return None
        return value

    def choice(self, key: str, allowed: Collection[str], *, needed: bool = False, what: str = "") -> str | None:
        """Return one of the allowed words, or None."""
        value = self.text(key, needed=needed)
        if value is None or value in allowed:
            return value
        expected = what or f"one of {', '.join(allowed)}"
        self.problem(key, f"{key} not known", expected=expected, found=f'"{value}"', do=_hint(value, allowed))
        return None

    def number(self, key: str, low: float, high: float) -> float | None:
        """Return a finite number within [low, high], or None."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            self.problem(
                key, f"{key} is not a number", expected="a number", found=_show(value), do="write a bare number"
            )
            return None
        if not low <= value <= high:
            share = high == 1 and 1 < value <= 100
            do = f"write {value / 100:g} for {value:g} %" if share else "correct it"
            self.problem(key, f"{key} out of range", expected=f"{low:g} to {high:g}", found=_show(value), do=do)
            return None
        return float(value)

    def flag(self, key: str) -> bool:
        """Return true or false; false where it is absent."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.problem(
                key, f"{key} is no flag", expected="true or false", found=_show(value), do="write it without quotes"
            )
            return False
        return value

    def clock(self, key: str, value: Any = None) -> Clock | None:  # noqa: ANN401 - whatever TOML holds
        """Return a declared time (text with a zone, or a TOML date-time with an offset), or None."""
        value = self.values.get(key) if value is None else value
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None and 1900 <= value.year <= 9000:
            instant = value.astimezone(UTC)
            return Clock(value.isoformat(), str(value.tzinfo), instant, instant)
        try:
            return read_clock(value.isoformat() if isinstance(value, (datetime, date)) else str(value))
        except FormError as error:
            self.problem(key, error.what, expected=error.expected, found=error.found, do=error.do)
            return None

    def interval(self, starts: Collection[str], ends: Collection[str]) -> Interval | None:
        """Return [start, end) under any of the accepted keys; an absent start is a problem."""
        first = next((key for key in starts if key in self.values), None)
        last = next((key for key in ends if key in self.values), None)
        for key, names in ((first, starts), (last, ends)):
            if key is None:
                name = next(iter(names))
                do = f'add {name} = "YYYY-MM-DDThh:mm ZONE"'
                self.problem("", f"{name} missing", expected=f"{name} in [[{self.kind}]]", found="nothing", do=do)
        if first is None or last is None:
            return None
        return self._span(self.clock(first), self.clock(last), last)

    def span(self, key: str) -> Interval | None:
        """Return an interval given as a list of two times, or None."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 2:
            do = f'write {key} = ["from", "to"]'
            self.problem(key, f"{key} not understood", expected="a list of two times", found=_show(value), do=do)
            return None
        return self._span(self.clock(key, value[0]), self.clock(key, value[1]), key)

    def _span(self, start: Clock | None, end: Clock | None, key: str) -> Interval | None:
        if start is None or end is None:
            return None
        if end.latest <= start.earliest:
            found = f'"{start.text}" to "{end.text}"'
            self.problem(key, "end not after start", expected="an end after the start", found=found, do="correct one")
            return None
        return Interval(start.earliest, end.latest)

    def table(self, key: str) -> Mapping[str, str]:
        """Return a table of texts, empty where it is absent."""
        value = self.values.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) and item for item in value.values()):
            do = f'write [{self.kind}.{key}] and below it our name = "their name"'
            self.problem(key, f"{key} not understood", expected="a table of texts", found=_show(value), do=do)
            return {}
        return value


@dataclass(frozen=True, slots=True)
class Listing:
    """A read list: its tables by kind, and its keys that stand before any table."""

    file: str
    values: Mapping[str, Any]
    entries: Mapping[str, tuple[Entry, ...]]
    lines: Mapping[str, int]


def read_listing(path: Path, kinds: Iterable[str]) -> tuple[Listing | None, list[Problem]]:
    """Read the list of evidence, with the tables [[kind]] of these kinds, and its problems."""
    text, problem = _read_text(path)
    if text is None:
        return None, [problem] if problem else []
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, OverflowError, RecursionError) as error:
        return None, [_explain(path, error, text)]
    lines, entries, problems = _locate(text), {}, []
    own: dict[tuple[str, int], dict[str, int]] = {}
    for (table, number, key), line in lines.items():
        own.setdefault((table, number), {})[key] = line
    for kind in kinds:
        items = values.pop(kind, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            do = f"write [[{kind}]] with two brackets"
            line = lines.get(("", 0, kind), 1)
            problems.append(Problem(str(path), line, f"{kind} is no list of tables", f"[[{kind}]]", _show(items), do))
            items = []
        places = [own.get((kind, at), {}) for at in range(len(items))]
        entries[kind] = tuple(
            Entry(str(path), kind, place.get("", 1), item, place) for item, place in zip(items, places, strict=True)
        )
    return Listing(str(path), values, entries, own.get(("", 0), {})), problems


def _read_text(path: Path) -> tuple[str | None, Problem | None]:
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError as error:
        found = error.strerror or str(error)
        do = "write it beside the agreement" if not path.exists() else "check its rights"
        return None, Problem(str(path), 1, "list of evidence cannot be read", "a file", found, do)
    if data is None:
        do = "put long tables of places into a GeoJSON file"
        return None, Problem(str(path), 1, "list of evidence too long", f"at most {_LARGEST} bytes", "more", do)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        return None, Problem(str(path), line, "list of evidence is not UTF-8", "UTF-8 text", found, "save it as UTF-8")


def _explain(path: Path, error: Exception, text: str) -> Problem:
    message = str(error)
    at = _AT.search(message)
    lines = text.rstrip("\n").split("\n")
    line = min(int(at[1]) if at else len(lines), len(lines))
    what = "TOML not understood" if isinstance(error, tomllib.TOMLDecodeError) else "value not understood"
    says = f"{what} ({message[: at.start()] if at else message[:80]})"
    found = clean(lines[line - 1].strip()) or "an empty line"
    return Problem(str(path), line, clean(says), "TOML: key = value", found, "correct the syntax")


def _locate(text: str) -> dict[tuple[str, int, str], int]:
    """Return (table, its number, key) -> line; the key "" is the head of the table."""
    lines: dict[tuple[str, int, str], int] = {}
    counts: dict[str, int] = {}
    table, quote = "", ""
    for number, line in enumerate(text.split("\n"), 1):
        if quote or '"""' in line or "'''" in line:  # keys within a long text are none
            quote = _follow_quote(line, quote)
            continue
        if head := _HEAD.match(line):
            table = head[1]
            counts[table] = counts.get(table, -1) + 1
            lines[table, counts[table], ""] = number
        elif sub := _SUBTABLE.match(line):
            lines.setdefault((sub[1], counts.get(sub[1], 0), sub[2]), number)
        elif key := _KEY.match(line):
            lines.setdefault((table, counts.get(table, 0), key[1]), number)
    return lines


def _follow_quote(line: str, quote: str) -> str:
    for mark in re.findall(r"\"\"\"|'''", line):
        quote = "" if quote == mark else quote or mark
    return quote


def _hint(word: str, allowed: Collection[str]) -> str:
    near = [one for one in allowed if one.casefold() == word.casefold()]
    near += difflib.get_close_matches(word[:60], list(allowed), n=1, cutoff=0.6)
    return f'write "{near[0]}"' if near else f"use one of {', '.join(sorted(allowed))}"


def _show(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def clean(text: str) -> str:
    """Return text that is safe to print: no control characters, not too long."""
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return plain if len(plain) <= 300 else plain[:297] + "..."
