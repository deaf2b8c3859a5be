"""Problems as they are found: each with its file and line, safe to print."""

import difflib
from collections.abc import Iterable
from itertools import islice

from truceline.agreement.document import Block
from truceline.errors import FormError
from truceline.model import Problem

__all__ = ["Problems", "TooManyProblemsError", "nearest", "show", "suggest"]

_LONGEST = 160
_LONGEST_WORD = 60  # a longer one is no misspelling, and comparing it takes time
_MOST_KNOWN = 300  # likewise
_MOST_PROBLEMS = 5_000


class TooManyProblemsError(Exception):
    """So much is wrong with a file that listing more of it would help nobody."""


class Problems:
    """Collects what is wrong with one file. The same thing said twice is kept once."""

    def __init__(self, file: str, lines: int) -> None:
        self.file = file
        self._lines = max(lines, 1)
        self._found: dict[Problem, None] = {}

    def add(self, line: int, what: str, *, expected: str, found: str, do: str) -> None:
        """Note an error on `line` (1 is the first), which is kept within the file."""
        self._note(Problem(self.file, self._within(line), clean(what), clean(expected), clean(found), clean(do)))

    def warn(self, line: int, what: str, *, expected: str, found: str, do: str) -> None:
        """Note something that the reader should know and that stops nothing."""
        texts = clean(what), clean(expected), clean(found), clean(do)
        self._note(Problem(self.file, self._within(line), *texts, severity="warning"))

    def form(self, block: Block, path: str, error: FormError) -> None:
        """Note that the value at a path of a block is not in the form that was asked for."""
        name = " ".join(filter(None, (block.kind, block.id)))
        what = f"{name}, {path}: {error.what}" if path else f"{name}: {error.what}"
        self.add(block.line_of(path), what, expected=error.expected, found=error.found, do=error.do)

    def stop(self, error: TooManyProblemsError) -> list[Problem]:
        """Return all problems with one more on the first line: that there are too many."""
        what, expected, do = "too many problems", "a document in this form", "correct these first"
        return [Problem(self.file, 1, what, expected, str(error), do), *self.sorted()]

    def sorted(self) -> list[Problem]:
        """Return all problems by line, and those of one line in the order in which they were found."""
        return sorted(self._found, key=lambda problem: problem.line)

    def _note(self, problem: Problem) -> None:
        self._found.setdefault(problem)
        if len(self._found) >= _MOST_PROBLEMS:
            raise TooManyProblemsError(f"{_MOST_PROBLEMS:,} problems, and reading stopped there")

    def _within(self, line: int) -> int:
        return min(max(line, 1), self._lines)


def clean(text: str) -> str:
    """Return text that fits on a line and moves no cursor: long text cut, control characters as escapes."""
    short = text if len(text) <= 4 * _LONGEST else text[: 4 * _LONGEST - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)


def show(value: object) -> str:
    """Return a value as it would stand in TOML, cut where it is long."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = f'"{value[:_LONGEST]}"'
    elif isinstance(value, (list, tuple)):
        text = "an empty list" if not value else f"a list of {len(value)}: {show(value[0])}…"
    elif isinstance(value, dict):
        text = "a table with the keys " + ", ".join(list(value)[:8]) if value else "an empty table"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None."""
    if len(word) > _LONGEST_WORD:
        return None
    folded = {name.casefold(): name for name in islice(known, _MOST_KNOWN)}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def suggest(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return what to do about a word that nothing knows: the nearest that is known, or `otherwise`."""
    near = nearest(word, known)
    return f'did you mean "{near}"?' if near else otherwise
