"""Tables on a terminal: those of a page, and any other, ruled by one line under the head.

`rich` is loaded only to print.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from truceline.reports.content import Table as Sheet

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["draw_table", "start_table"]


def draw_table(sheet: Sheet) -> "Table":
    """Return a table of a page as one for the terminal."""
    columns = [column.title for column in sheet.columns]
    table = start_table(sheet.caption, *columns, right=[column.title for column in sheet.columns if column.numeric])
    for row in sheet.rows:
        table.add_row(*("".join(run.text for run in cell.runs).replace("\u202f", ",") for cell in row))
    return table


def start_table(title: str, *columns: str, right: Sequence[str] = ()) -> "Table":
    """Return an empty table ruled by a line under its head."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table
