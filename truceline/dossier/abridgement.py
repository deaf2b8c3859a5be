"""A register of thousands of pledges on paper: the first rows of each table, and where all of them are.

The page and the tables hold everything. A sheet that nobody turns to is no record of it: from a number of rows on,
the paper names how many it leaves out. What it does keep leads to its sources, and these are kept with it.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

from truceline.reports.content import Block, Bullets, Cell, Report, Run, Section, Table, bind, runs
from truceline.reports.svg import Drawing
from truceline.reports.wording import say_number

__all__ = ["MOST_ROWS", "abridge"]

MOST_ROWS = 2_500
"""How many rows a paper has at the most, about a hundred sheets; a register of that size is kept whole."""
_STEPS = (400, 200, 100, 50, 25, 12, 6, 3)
_SOURCES = "part-sources"


def abridge(report: Report, where: str, most: int = MOST_ROWS) -> Report:
    """Return the report with so few rows of each table that they come to `most` in all; `where` says where all are."""
    sizes = [len(rows) for section in report.sections for rows in _list_rows(section)]
    if sum(sizes) <= most:
        return report
    limit = next((step for step in _STEPS if sum(min(size, step) for size in sizes) <= most), _STEPS[-1])
    kept = [_cut_section(section, limit, where) for section in report.sections if section.id != _SOURCES]
    wanted = set(_list_targets((report.front, tuple(kept))))
    sources = [_keep_sources(each, wanted, limit, where) for each in report.sections if each.id == _SOURCES]
    return bind(replace(report, sections=(*kept, *sources)))


def _list_rows(section: Section) -> Iterator[tuple[object, ...]]:
    for block in section.blocks:
        if isinstance(block, Table):
            yield block.rows
        elif isinstance(block, Bullets):
            yield block.items


def _cut_section(section: Section, limit: int, where: str) -> Section:
    return replace(section, blocks=tuple(_cut(block, limit, where) for block in section.blocks))


def _cut(block: Block, limit: int, where: str) -> Block:
    if isinstance(block, Table) and len(block.rows) > limit:
        rows = (*block.rows[:limit], _say_rest(block, len(block.rows) - limit, where))
        return replace(block, rows=tuple(tuple(_shorten(cell, limit) for cell in row) for row in rows))
    if isinstance(block, Table):
        return replace(block, rows=tuple(tuple(_shorten(cell, limit) for cell in row) for row in block.rows))
    if isinstance(block, Bullets) and len(block.items) > limit:
        rest = runs(f"and {say_number(len(block.items) - limit)} more: see {where}")
        return replace(block, items=(*block.items[:limit], rest))
    return block


def _shorten(cell: Cell, limit: int) -> Cell:
    """Return a cell that lists no more than twice as many things as a table has rows."""
    if len(cell.runs) <= 4 * limit:
        return cell
    return replace(cell, runs=(*cell.runs[: 4 * limit], Run(" …")))


def _say_rest(table: Table, left: int, where: str) -> tuple[Cell, ...]:
    words = Cell(runs(f"and {say_number(left)} more: see {where}", style="em"))
    widest = max(range(len(table.columns)), key=lambda place: table.columns[place].share)
    return tuple(words if place == widest else Cell(()) for place in range(len(table.columns)))


def _list_targets(part: object) -> Iterator[str]:
    if isinstance(part, Run):
        yield part.to
    elif isinstance(part, tuple):
        for item in part:
            yield from _list_targets(item)
    elif is_dataclass(part) and not isinstance(part, Drawing | type):
        for field in fields(part):
            yield from _list_targets(getattr(part, field.name))


def _keep_sources(section: Section, wanted: set[str], limit: int, where: str) -> Section:
    blocks: list[Block] = []
    for block in section.blocks:
        if isinstance(block, Table):
            rows = tuple(row for row in block.rows if row[0].anchor in wanted)
            left = len(block.rows) - len(rows)
            blocks.append(replace(block, rows=(*rows, *([_say_rest(block, left, where)] if left else []))))
        else:
            blocks.append(_cut(block, limit, where))
    return replace(section, blocks=tuple(blocks))
