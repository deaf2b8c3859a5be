"""Tables of a case as their users have them: CSV out of spreadsheets, read whole, with every fault of their form.

A byte-order mark, line ends of any system and rows in any order are fine. Semicolons between columns, commas
in numbers, a workbook under the name of a table, a column that is missing, misspelt or given twice, and a row
that was cut off are said with their line: what is left out in silence would be missing from a sum.
"""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from truceline.agreement.problems import nearest
from truceline.model import Problem

__all__ = ["Row", "read_number", "read_table"]

Row = tuple[int, dict[str, str]]
"""The line on which a row ends, and its cells by column."""
_LARGEST_BYTES = 20_000_000
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?", re.ASCII)


def read_number(text: str) -> float | None:
    """Return a number as tables write it, None for anything else: "nan", "1_000", other scripts' digits, infinity."""
    number = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    return number if math.isfinite(number) else None


def read_table(path: Path, needed: Sequence[str], known: Sequence[str] = ()) -> tuple[list[Row], list[Problem]]:
    """Return the rows of a CSV table, or no row and what is wrong with its form.

    `needed` are columns that must be there, `known` those that may be: one that is nearly one of them is misspelt.
    """
    text, problem = _read_text(path)
    if problem is not None:
        return [], [problem]
    name = str(path)
    try:
        reader = csv.reader(text.splitlines(), strict=True)
        head = [column.strip() for column in next(reader, [])]
        cells = [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        do = "put text with commas in quotes, and commas between columns"
        return [], [Problem(name, 1, "table not understood", "CSV with commas", str(error)[:80], do)]
    problems = [*_check_head(name, head, needed, known), *_check_rows(name, head, cells)]
    return ([], problems) if problems else ([(line, dict(zip(head, row, strict=True))) for line, row in cells], [])


def _read_text(path: Path) -> tuple[str, Problem | None]:
    name = str(path)
    if not path.is_file():
        return "", Problem(name, 1, "file not found", "a CSV table", "nothing", "add it, or correct the path")
    if path.stat().st_size > _LARGEST_BYTES:
        return "", Problem(name, 1, "file too large", f"at most {_LARGEST_BYTES:,} bytes", "more", "leave rows out")
    content = path.read_bytes()
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        do = "save its sheet as CSV in UTF-8"
        return "", Problem(name, 1, "a workbook or an archive, and no table", "CSV", "bytes of one", do)
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return "", Problem(name, 1, "not UTF-8", "text in UTF-8", "other bytes", "save it as UTF-8")


def _check_head(name: str, head: Sequence[str], needed: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    missing = [column for column in needed if column not in head]
    if missing and any(mark in "".join(head) for mark in ";\t"):
        do = "save it with commas between columns and a point in numbers"
        yield Problem(name, 1, "columns not set apart by commas", ",".join(needed), "".join(head)[:80], do)
        return
    strange = [column for column in head if column not in needed and column not in known]
    if missing:
        near = [(nearest(column, strange), column) for column in missing]
        renamed = [f'rename "{theirs}" to "{ours}"' for theirs, ours in near if theirs]
        do = "; ".join(renamed) or "add them"
        what = "columns missing: " + ", ".join(missing)
        yield Problem(name, 1, what, ", ".join(needed), ", ".join(head)[:80] or "nothing", do)
    absent = [column for column in known if column not in head]
    for column in strange:
        if near_one := nearest(column, absent):
            do = f'did you mean "{near_one}"?'
            yield Problem(name, 1, "column not known", "a column of this table", column[:40], do)
    for column in sorted({column for column in head if column and head.count(column) > 1}):
        yield Problem(name, 1, "column given twice", "each column once", column[:40], "remove or rename one")


def _check_rows(name: str, head: Sequence[str], cells: Iterable[tuple[int, list[str]]]) -> Iterator[Problem]:
    """Yield rows of another length than the head: a file that was cut off ends in one."""
    for line, row in cells if head else ():
        if len(row) != len(head):
            do = "complete the row, or put text with commas in quotes"
            yield Problem(name, line, "row of another length", f"{len(head)} cells", f"{len(row)}", do)
