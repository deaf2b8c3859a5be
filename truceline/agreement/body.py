"""The TOML body of a block: its keys, and the line on which each of them stands.

`tomllib` gives values without places, so a second walk over the same text finds the lines. It runs
only on text that `tomllib` has accepted (TOML 1.0), which keeps it short.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from truceline.errors import FormError

__all__ = ["locate_keys", "read_body"]

_DEEPEST = 16
_CURLED = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb")
_LONGEST_LINE = 1_000_000
_AT = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
# A key of very many dotted parts makes tomllib take time with the square of their number.
_MANY_PARTS = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){40}""")
_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"{3,5}|'''(?:[^']|'(?!''))*'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    | (?P<mark>[\[\]{}=,.])
    | (?P<word>[^\s\[\]{}=,.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)
_HINTS = {
    "Invalid value": 'put text in quotes: key = "text"',
    "Cannot overwrite a value": "each key may stand once: remove one of the two",
    "Cannot declare": "each table may stand once: remove one of the two",
    "Unclosed array": "close the list with ]",
    "Illegal character": "close the text with the quote that opened it",
    "Expected '=' after a key": "write key = value",
    "Unescaped": "write \\\\ for a backslash, or put the text in single quotes",
}


class BodyError(FormError):
    """The body is not TOML; `line` counts from the body's first line, which is 1."""

    def __init__(self, line: int, found: str, do: str, what: str) -> None:
        super().__init__(what, expected="TOML: key = value", found=found, do=do)
        self.line = line


def read_body(text: str) -> dict[str, Any]:
    """Return the keys of a body. Raises BodyError with the line of the first error of syntax."""
    _check_size(text)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explain(error, text) from error
    except (ValueError, OverflowError) as error:  # a number of thousands of digits
        raise BodyError(1, str(error)[:80], "correct the number", "value out of range") from error
    except RecursionError as error:
        raise _too_deep() from error
    if _depth(values) > _DEEPEST:
        raise _too_deep()
    return values


def locate_keys(text: str, first: int) -> dict[str, int]:
    """Return the line of each key and list item of a valid body whose first line is `first`.

    Names are paths: "starts", "starts.UA", "alternatives[1].ends", "polygon[3]".
    """
    walk = _Walk(first)
    for kind, token in _tokens(text):
        walk.step(kind, token)
    return walk.lines


def _check_size(text: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _LONGEST_LINE:
            raise BodyError(number, f"{len(line)} characters", "put long lists in a file", "line too long")
        match = _MANY_PARTS.search(line)
        if match:
            raise BodyError(number, match[0][:40] + "…", "shorten the key", "key of too many parts")


def _too_deep() -> BodyError:
    return BodyError(1, f"more than {_DEEPEST} levels", "write it flatter", "lists or tables nested too deep")


def _depth(values: dict[str, Any]) -> int:
    """Return how deep lists and tables are nested, without recursion."""
    level: list[Any] = [values]
    depth = 0
    while level and depth <= _DEEPEST:
        depth += 1
        items = (item.values() if isinstance(item, dict) else item for item in level)
        level = [value for group in items for value in group if isinstance(value, (dict, list))]
    return depth


def _explain(error: tomllib.TOMLDecodeError, text: str) -> BodyError:
    message = str(error)
    at = _AT.search(message)
    lines = text.rstrip("\n").split("\n")
    line = min(int(at["line"]), len(lines)) if at and at["line"] else len(lines)
    says = message[: at.start()] if at else message
    do = next((hint for start, hint in _HINTS.items() if says.startswith(start)), "correct the syntax")
    if _CURLED.intersection(lines[line - 1]):  # word processors put them in the place of straight ones
        do = 'replace the typographic quotation marks by straight ones: "'
    return BodyError(line, lines[line - 1].strip()[:80] or "an empty line", do, f"TOML not understood ({says[:80]})")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        yield match.lastgroup or "", match[0]


@dataclass(slots=True)
class _Place:
    """An open list or inline table: its path, and how many items a list has begun."""

    path: str
    is_list: bool
    items: int = 0
    between: bool = True  # no token of the next item has been seen yet


@dataclass(slots=True)
class _Walk:
    """The walk over the tokens of one body."""

    line: int
    lines: dict[str, int] = field(default_factory=dict)
    prefix: str = ""
    tables: dict[str, int] = field(default_factory=dict)
    stack: list[_Place] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    brackets: int = 0  # 1 in the head of a [table], 2 in that of a [[table]]
    in_value: bool = False

    def step(self, kind: str, token: str) -> None:
        """Take one token."""
        if kind == "newline":
            self._end_line()
        elif kind == "mark":
            self._mark(token)
        elif kind in ("word", "string"):
            if not self.in_value:
                self.parts.append(_unquote(token))
            elif self.stack and self.stack[-1].is_list and self.stack[-1].between:
                self._item()
            self.line += token.count("\n")

    def _end_line(self) -> None:
        if not self.stack:
            if self.brackets:
                self._open_table()
            self.parts, self.in_value, self.brackets = [], False, 0
        self.line += 1

    def _mark(self, mark: str) -> None:
        if mark == "=":
            self._key()
        elif mark in "[{" and not (self.in_value or self.stack):
            self.brackets += 1
        elif mark in "[{":
            self._open(mark == "[")
        elif mark in "]}" and self.stack:
            self.stack.pop()
            self.in_value = True
        elif mark == "," and self.stack:
            self.in_value = self.stack[-1].is_list
            self.stack[-1].between = True
            self.parts = []

    def _key(self) -> None:
        path = self.stack[-1].path if self.stack else self.prefix
        for part in self.parts:
            path = f"{path}.{part}" if path else part
            self.lines.setdefault(path, self.line)
        self.parts, self.in_value = [path], True

    def _open(self, is_list: bool) -> None:
        in_list = bool(self.stack) and self.stack[-1].is_list
        path = self._item() if in_list else "".join(self.parts[:1])
        self.stack.append(_Place(path, is_list))
        self.in_value = is_list
        self.parts = []

    def _item(self) -> str:
        place = self.stack[-1]
        path = f"{place.path}[{place.items}]"
        place.items += 1
        place.between = False
        self.lines.setdefault(path, self.line)
        return path

    def _open_table(self) -> None:
        path = ""
        for number, part in enumerate(self.parts, start=1):
            path = f"{path}.{part}" if path else part
            self.lines.setdefault(path, self.line)
            if number == len(self.parts) and self.brackets > 1:
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                path += f"[{self.tables[path] - 1}]"
                self.lines.setdefault(path, self.line)
        self.prefix = path


def _unquote(token: str) -> str:
    if token[0] == "'":
        return token[1:-1]
    if token[0] == '"':
        return str(next(iter(tomllib.loads(f"{token} = 0")))) if "\\" in token else token[1:-1]
    return token
