"""What a report consists of, before anyone decides whether it is a page or a sheet of paper.

    Section -> Para | Bullets | Table | Figure | Quote -> Run

The readers of an `Assessment` (`board`, `summary`, `clauses`, ...) build these; the writers (`page` for
HTML, `paper` for PDF) know nothing of ceasefires and draw them. So both hold the same content in the
same order. Everything is text: no markup passes through here, so nothing in the evidence can become
markup.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, cast

from truceline.reports.svg import Drawing
from truceline.reports.wording import clean


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; `to` is the anchor that it leads to, empty for none."""

    text: str
    to: str = ""
    style: Literal["", "strong", "em", "code", "small", "quoted"] = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: text, and before it a sign (a standing or an effect) or a small drawing."""

    runs: Runs
    sign: str = ""
    drawing: Drawing | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading (with the unit, where there is one), and whether it holds numbers.

    `share` is the part of the width that it takes on paper, relative to the others.
    """

    title: str
    numeric: bool = False
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption. The first cell of a row is its heading."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    look: Literal["", "board", "dense"] = ""


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph; a `notice` is set apart, because the reader must not miss it."""

    runs: Runs
    look: Literal["", "lead", "small", "notice"] = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short statements."""

    items: tuple[Runs, ...]
    look: Literal["", "small"] = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart or a map: `title` says what is seen, `description` the same for who cannot see it.

    `narrow` is the same figure drawn for a telephone.
    """

    id: str
    title: str
    description: str
    wide: Drawing
    narrow: Drawing
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """A block of the agreement's own text: paragraph, heading, list, item, quote, code or rule."""

    kind: Literal["p", "h", "ul", "ol", "li", "quote", "pre", "hr"]
    runs: Runs = ()
    blocks: tuple["Prose", ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """The legal text, set apart from what we say of it."""

    blocks: tuple[Prose, ...]


Block = Para | Bullets | Table | Figure | Quote


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of level 2 to 4, its anchor, and what stands under it."""

    id: str
    title: str
    level: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report: the first page, the later sections, and the line at the foot of each page."""

    title: str
    line: str
    front: tuple[Block, ...]
    sections: tuple[Section, ...]
    foot: str


def runs(text: str, *, to: str = "", style: Literal["", "strong", "em", "code", "small", "quoted"] = "") -> Runs:
    """Return one stretch of text as runs, none for empty text."""
    return (Run(text, to, style),) if text else ()


def cell(text: str, *, to: str = "", sign: str = "") -> Cell:
    """Return a cell of plain text."""
    return Cell(runs(text, to=to), sign=sign)


def bind(report: Report) -> Report:
    """Return the report with links only to what is there, and every anchor given once.

    A link into nothing would be a false promise on the page, and a mistake on paper.
    """
    anchors = set(_anchors(report))
    return cast("Report", _bind(report, anchors))


def _anchors(part: object) -> Iterator[str]:
    if isinstance(part, Section | Figure):
        yield part.id
    if isinstance(part, Cell):
        yield part.anchor
    if isinstance(part, tuple):
        for item in part:
            yield from _anchors(item)
    elif is_dataclass(part) and not isinstance(part, Drawing):
        for field in fields(part):
            yield from _anchors(getattr(part, field.name))


def _bind(part: object, anchors: set[str]) -> object:
    if isinstance(part, Run):
        return part if not part.to or part.to in anchors else replace(part, to="")
    if isinstance(part, tuple):
        return tuple(_bind(item, anchors) for item in part)
    if is_dataclass(part) and not isinstance(part, Drawing | type):
        return replace(part, **{field.name: _bind(getattr(part, field.name), anchors) for field in fields(part)})
    return part


def as_tree(part: Any) -> Any:  # noqa: ANN401 - any part of a report
    """Return a part of a report as dicts, lists and cleaned text, with each class's name as `is`."""
    if isinstance(part, str):
        return clean(part)
    if is_dataclass(part):
        tree = {field.name: as_tree(getattr(part, field.name)) for field in fields(part)}
        return {"is": type(part).__name__.lower(), **tree}
    if isinstance(part, tuple | list):
        return [as_tree(item) for item in part]
    return part
