"""The agreement's own text, from Markdown to blocks of plain text.

A table becomes a list with an item for each row, "column: cell; column: cell". No markup of the source
survives: raw HTML stands as the text that it is, a picture as its words, and a link as its words with the
address behind them in brackets, so that a report leads nowhere on its own. Markdown is CommonMark with
tables, read by markdown-it-py.
"""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from truceline.reports.content import Prose, Run, Runs

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_KINDS: dict[str, Literal["p", "h", "ul", "ol", "li", "quote"]] = {
    "paragraph": "p",
    "heading": "h",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "blockquote": "quote",
}
_STYLES: dict[str, Literal["strong", "em", "code"]] = {"strong": "strong", "em": "em", "code_inline": "code"}


def read_prose(text: str) -> tuple[Prose, ...]:
    """Return Markdown as blocks of plain text."""
    from markdown_it.tree import SyntaxTreeNode

    return tuple(block for node in SyntaxTreeNode(_parser().parse(text)).children for block in _blocks(node))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table")


def _blocks(node: "SyntaxTreeNode") -> list[Prose]:
    if node.type == "hr":
        return [Prose("hr")]
    if node.type in ("fence", "code_block", "html_block"):
        return [Prose("pre", (Run(node.content.rstrip("\n"), style="code"),))]
    if node.type == "table":
        return [Prose("ul", (), tuple(_rows(node)))]
    if node.type in ("paragraph", "heading"):
        return [Prose(_KINDS[node.type], _inline(node))]
    inner = tuple(block for child in node.children for block in _blocks(child))
    return [Prose(_KINDS[node.type], (), inner)] if node.type in _KINDS else list(inner)


def _rows(table: "SyntaxTreeNode") -> Iterator[Prose]:
    """Yield the rows of a table as items, each cell after the title of its column."""
    head, *rows = [row.children for part in table.children for row in part.children]
    titles = [_inline(cell) for cell in head]
    for row in rows or [head]:
        runs: list[Run] = []
        for title, cell in zip(titles, row, strict=False):
            said = _inline(cell)
            if any(run.text.strip() for run in said):
                named = (*title, Run(": ")) if rows and title else ()
                runs += [*([Run("; ")] if runs else []), *named, *said]
        yield Prose("li", (), (Prose("p", tuple(runs)),))


def _inline(node: "SyntaxTreeNode", style: Any = "") -> Runs:  # noqa: ANN401 - one of Run's styles
    found: list[Run] = []
    for child in node.children:
        own = _STYLES.get(child.type, style)
        if child.type in ("softbreak", "hardbreak"):
            found.append(Run("\n" if child.type == "hardbreak" else " ", style=style))
        elif child.children and child.type != "image":
            found.extend(_inline(child, own))
        elif child.content:
            found.append(Run(child.content, style=own))
        if child.type == "link":
            found.append(Run(f" ({child.attrs.get('href', '')})", style=style))
    return tuple(found)
