"""Tables on a terminal: those of a page, and any other, ruled by one line under the head.

`rich` is loaded only to print.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from truceline.reports.content import Table as Sheet

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["draw_table", "start_table"]

_LONGEST_WORD = 16


def draw_table(sheet: Sheet) -> "Table":
    """Return a table of a page as one for the terminal."""
    columns = [column.title for column in sheet.columns]
    table = start_table(sheet.caption, *columns, right=[column.title for column in sheet.columns if column.numeric])
    texts = [["".join(run.text for run in cell.runs).replace("\u202f", ",") for cell in row] for row in sheet.rows]
    for row in texts:
        table.add_row(*row)
    if texts:
        words = [len(word) for row in texts for word in row[0].split()]
        table.columns[0].min_width = min(max(words, default=1), _LONGEST_WORD)  # a name is not cut in two
    return table


def start_table(title: str, *columns: str, right: Sequence[str] = ()) -> "Table":
    """Return an empty table ruled by a line under its head."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table
