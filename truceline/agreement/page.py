"""The page: bytes of a Markdown file -> its headings, its legal text and its fenced blocks.

CommonMark (0.31) by way of markdown-it-py; only the block structure is read, never the inline
text. Headings of every depth begin an article, whose text is what stands under them without the
blocks that are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from truceline.agreement.document import Article
from truceline.agreement.grammar import FORMS, KINDS, OTHER_LANGUAGES
from truceline.agreement.problems import Problems, show, suggest

__all__ = ["ABSENT", "Fence", "Page", "read_page", "read_text"]

ABSENT = ("no such file", "not a file")
"""Why nothing was read where the path leads to no file."""

_LARGEST_BYTES = 5_000_000
_MOST_BLOCKS = 20_000
_MOST_LINES = 100_000  # the Markdown parser takes long over lists of very many items


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block of ours: kind and id from its info string, its body, where it stands."""

    kind: str
    id: str | None
    line: int
    body: str
    article: int


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown page: the first heading of the first level, the articles, the blocks."""

    title: str
    articles: tuple[Article, ...]
    fences: tuple[Fence, ...]


def read_text(path: Path) -> tuple[str, tuple[int, str] | None]:
    """Return (text, None), or ("", (line, why it cannot be read)). Every line ends with a line feed."""
    try:
        if not path.is_file():
            return "", (1, ABSENT[0] if not path.exists() else ABSENT[1])
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        return "", (1, f"a file that cannot be opened ({type(error).__name__})")
    if len(data) > _LARGEST_BYTES:
        return "", (1, f"more than {_LARGEST_BYTES:,} bytes")
    return _decode(data)


def _decode(data: bytes) -> tuple[str, tuple[int, str] | None]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", (1, "text in UTF-16")
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        return "", (data.count(b"\n", 0, error.start) + 1, "bytes that are not UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        return "", (text.count("\n", 0, text.index("\0")) + 1, "a NUL character")
    if not text.strip():
        return "", (1, "an empty file")
    if text.count("\n") > _MOST_LINES:
        return "", (_MOST_LINES, f"more than {_MOST_LINES:,} lines")
    return text, None


def read_page(text: str, problems: Problems) -> Page:
    """Return the structure of a page; blocks that cannot be ours are noted and left out."""
    lines = text.split("\n")
    heads: list[tuple[str, int, int]] = []  # title, first line of the heading, first line of its text
    ours: list[tuple[Token, int]] = []
    title = ""
    tokens = _parse(text)
    for number, token in enumerate(tokens):
        span = token.map or [0, 0]
        if token.type == "heading_open" and token.level == 0:
            words = tokens[number + 1].content.strip()
            heads.append((words, span[0], span[1]))
            title = title or (words if token.tag == "h1" else "")
        elif token.type == "fence":
            ours.append((token, len(heads)))
    if len(ours) > _MOST_BLOCKS:
        line = (ours[_MOST_BLOCKS][0].map or [0])[0] + 1
        problems.add(
            line, "too many blocks", expected=f"at most {_MOST_BLOCKS}", found=str(len(ours)), do="split the document"
        )
    fences, hidden = _read_fences(ours[:_MOST_BLOCKS], lines, problems)
    return Page(title, _articles(heads, lines, hidden), fences)


def _parse(text: str) -> list[Token]:
    """Return the block tokens; inline text is never parsed, since only its source is quoted."""
    markdown = MarkdownIt("commonmark")
    markdown.core.ruler.enableOnly(["normalize", "block"])
    return markdown.parse(text)


def _read_fences(
    found: Sequence[tuple[Token, int]], lines: Sequence[str], problems: Problems
) -> tuple[tuple[Fence, ...], set[int]]:
    """Return our fences, and the numbers of the lines (from 0) that they take."""
    fences: list[Fence] = []
    hidden: set[int] = set()
    for token, article in found:
        fence = _read_fence(token, article, problems)
        if fence is None:
            continue
        start, end = token.map or [0, 0]
        hidden.update(range(start, end))
        if _closed(token, lines):
            fences.append(fence)
        else:
            problems.add(
                fence.line,
                "block not closed",
                expected=f"{token.markup} on a line of its own after the last key",
                found="the end of the text",
                do=f"close the block with {token.markup}",
            )
    return tuple(fences), hidden


def _closed(token: Token, lines: Sequence[str]) -> bool:
    start, end = token.map or [0, 0]
    last = lines[end - 1].lstrip(" \t>").rstrip()
    return end - start > 1 and len(last) >= len(token.markup) and set(last) == {token.markup[0]}


def _read_fence(token: Token, article: int, problems: Problems) -> Fence | None:
    """Return the fence if its info string names one of our kinds; note one that nearly does."""
    words = token.info.split()
    line = (token.map or [0])[0] + 1
    if not words:
        return None
    kind = words[0]
    if kind not in KINDS:
        _note_near_miss(kind, line, problems)
        return None
    if len(words) > 2:
        problems.add(
            line,
            "block opens with too many words",
            expected=f"the kind and one id, such as {FORMS['block']}",
            found=show(token.info),
            do="join the words of the id with hyphens",
        )
    return Fence(kind, words[1] if len(words) > 1 else None, line, token.content, article)


def _note_near_miss(kind: str, line: int, problems: Problems) -> None:
    if kind.casefold() in OTHER_LANGUAGES:
        return
    do = suggest(kind, KINDS, "")
    if do:
        problems.add(
            line,
            f'kind of block not known: "{kind}"',
            expected="one of " + ", ".join(KINDS),
            found=show(kind),
            do=do + ' If it is plain text, call it "text"',
        )


def _articles(heads: Sequence[tuple[str, int, int]], lines: Sequence[str], hidden: set[int]) -> tuple[Article, ...]:
    """Return the articles; the first holds what stands before any heading."""
    starts = [("", 0, 0), *heads]
    ends = [start for _, start, _ in starts[1:]] + [len(lines)]
    articles = []
    for (title, line, first), end in zip(starts, ends, strict=True):
        kept = [lines[i] for i in range(first, end) if i not in hidden]
        articles.append(Article(title, _join(kept), line + 1))
    return tuple(articles)


def _join(lines: Sequence[str]) -> str:
    """Return lines as text, without blank lines at the ends and more than one between."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text
