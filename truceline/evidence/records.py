"""Delimited text (RFC 4180) as blocks of records: every cell text, every record accounted for.

A row is a record after the header, counted from 1, whether or not it can be used. A block without
quotation marks goes through the fast reader of Polars if, and only if, every record in it has as
many fields as the header; any other block goes record by record through Python's `csv`.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO, cast

import numpy as np
import polars as pl

from truceline.errors import EvidenceError
from truceline.evidence.batch import Reject
from truceline.evidence.source import Source
from truceline.model import Problem

__all__ = ["CUT", "TEXT_OPTIONS", "Records", "Table", "open_table"]

CUT = 200
"""Characters that are kept of what stood in a refused row."""

TEXT_OPTIONS = {
    "delimiter": 'one character, such as ";"',
    "decimal": '"." or ","',
    "encoding": 'the encoding of the text, such as "cp1251"',
    "time_format": 'a pattern such as "%d/%m/%Y %H:%M", "epoch s" or "epoch ms"',
}
"""What a source of delimited text may say of how it is written, each with what is expected."""

_BLOCK_BYTES = 8 << 20
_LONGEST_LINE = 1_000_000
_MOST_COLUMNS = 2_000
_MOST_LINES = 1_000  # of one record; a quotation mark that is never closed would swallow the file
_ARCHIVE = b"PK\x03\x04"  # ZIP, and what is made of it: workbooks
_NAMES = re.compile(r"utf-?8(-sig)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Records:
    """Some consecutive records: `cells` has a text column per header name, and `row`.

    rows = height of `cells` + set aside + rejects.
    """

    rows: int
    cells: pl.DataFrame
    set_aside: Mapping[str, int] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table: its header, and its records in blocks."""

    header: tuple[str, ...]
    blocks: Iterator[Records]


def open_table(stream: BinaryIO, source: Source, *, delimiter: str = ",", encoding: str = "utf-8") -> Table:
    """Read the header and return the table; `delimiter` and `encoding` as the source declares.

    Raises EvidenceError for a file that is empty, is not text, or has no usable header.
    """
    lines = _Lines(_cut_blocks(_transcode(stream, encoding)))
    first = lines.next_line()
    if first is None:
        raise _problem(source, "file is empty", "a header line", "0 bytes", "replace it by the whole file")
    _check_text(first, source, encoding)
    header = _read_header(first, lines, source, delimiter)
    return Table(header, _read_blocks(lines, header, delimiter, encoding))


def _problem(source: Source, what: str, expected: str, found: str, do: str) -> EvidenceError:
    return EvidenceError([Problem(str(source.path), 1, what, expected=expected, found=found, do=do)])


def _check_text(first: bytes, source: Source, encoding: str) -> None:
    """Refuse what is no text: another encoding, or binary."""
    if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _problem(source, "text is UTF-16", "UTF-8", "a UTF-16 byte order mark", 'add encoding = "utf-16"')
    if first.startswith(_ARCHIVE):
        do = "save the sheet as CSV, or unpack the archive"
        raise _problem(source, "file is a workbook or an archive", "a text file", "ZIP, as .xlsx and .zip are", do)
    if b"\x00" in first or len(first) > _LONGEST_LINE:
        raise _problem(source, "file is not text", "a header line", repr(first[:40]), "give the decoded text file")
    try:
        first.decode("utf-8")
    except UnicodeDecodeError:
        do = 'declare its encoding, such as encoding = "cp1251"'
        raise _problem(source, f"header is not {encoding} text", "a header line", repr(first[:40]), do) from None


def _read_header(first: bytes, lines: "_Lines", source: Source, delimiter: str) -> tuple[str, ...]:
    text = [first.decode("utf-8").removeprefix("\ufeff")]
    while text[-1].count('"') % 2 and len(text) < _MOST_LINES:
        more = lines.next_line()
        if more is None:
            break
        text.append(more.decode("utf-8", "replace"))
    try:
        names = [name.strip() for name in next(csv.reader(text, delimiter=delimiter, strict=True))]
    except (csv.Error, StopIteration) as error:
        found = repr("".join(text)[:80])
        old = "\r" in text[0].rstrip("\r\n")
        do = "save it with the line ends of today: LF or CRLF" if old else "correct the first line"
        raise _problem(source, "header not understood", "names of columns", found, do) from error
    if len(names) > _MOST_COLUMNS:
        raise _problem(source, "too many columns", f"at most {_MOST_COLUMNS}", str(len(names)), "split the table")
    names = [name or f"column {number}" for number, name in enumerate(names, 1)]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise _problem(source, "column twice in the header", "each name once", repr(twice[0]), "rename one of them")
    if "row" in names:  # ours: the number of the record
        names[names.index("row")] = "row (theirs)"
    return tuple(names)


# --- bytes into lines ---------------------------------------------------------------------------


def _transcode(stream: BinaryIO, encoding: str) -> BinaryIO:
    """Return the stream as UTF-8; what a declared encoding cannot read becomes U+FFFD."""
    if _NAMES.fullmatch(encoding):
        return stream
    import codecs

    return cast(BinaryIO, codecs.EncodedFile(stream, "utf-8", encoding, errors="replace"))


def _cut_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield blocks of whole lines; a line longer than the limit keeps its first part only."""
    carry = b""
    while chunk := stream.read(_BLOCK_BYTES):
        chunk = carry + chunk
        end = chunk.rfind(b"\n") + 1
        carry = chunk[end:]
        if end:
            yield chunk[:end]
        if len(carry) > _LONGEST_LINE:
            carry = _skip_line(stream, carry[: _LONGEST_LINE + 1])
    if carry:
        yield carry


def _skip_line(stream: BinaryIO, head: bytes) -> bytes:
    """Read to the end of a line that is too long; return its head and what comes after it."""
    while chunk := stream.read(_BLOCK_BYTES):
        end = chunk.find(b"\n")
        if end >= 0:
            return head + chunk[end:]
    return head


class _Lines:
    """Lines of consecutive blocks, with the possibility to take a whole block or to give lines back."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._lines: deque[bytes] = deque()

    def next_line(self) -> bytes | None:
        """Return the next line with its end, or None after the last."""
        if not self._lines:
            block = next(self._blocks, None)
            if block is None:
                return None
            self._lines.extend(BytesIO(block))
        return self._lines.popleft()

    def give_back(self, lines: Sequence[bytes]) -> None:
        """Put lines back, the first of them to be read next."""
        self._lines.extendleft(reversed(lines))

    def next_block(self) -> bytes | None:
        """Return the rest of the current block, or the next one; None after the last."""
        if self._lines:
            block = b"".join(self._lines)
            self._lines.clear()
            return block
        return next(self._blocks, None)


# --- lines into records -------------------------------------------------------------------------


def _read_blocks(lines: _Lines, header: tuple[str, ...], delimiter: str, encoding: str) -> Iterator[Records]:
    row = 0
    while (block := lines.next_block()) is not None:
        records = _read_fast(block, header, delimiter, row)
        if records is None:
            lines.give_back(list(BytesIO(block)))
            records = _read_slowly(lines, block.count(b"\n") + 1, header, delimiter, encoding, row)
        row += records.rows
        yield records


def _read_fast(block: bytes, header: tuple[str, ...], delimiter: str, row: int) -> Records | None:
    """Read a block of plain records of the right width; None where anything is out of the ordinary."""
    block = block.replace(b"\r\n", b"\n")
    if not block.endswith(b"\n"):
        block += b"\n"
    rows = block.count(b"\n")
    strange = b"\r" in block or b"\x00" in block or b"\n\n" in block or block.startswith(b"\n")
    if strange or len(header) == 1 or "\ufffd".encode() in block:
        return None
    quoted = b'"' in block
    if quoted:
        regular = _is_regular(block, delimiter, len(header))
    else:  # a line too wide stops Polars; with the right total none is then too narrow
        regular = block.count(delimiter.encode()) == rows * (len(header) - 1)
    if not regular:
        return None
    try:
        cells = pl.read_csv(
            block,
            has_header=False,
            schema=dict.fromkeys(header, pl.String),
            separator=delimiter,
            quote_char='"' if quoted else None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:  # not UTF-8, or a line too wide: the slow way says which
        return None
    if cells.height != rows or cells.width != len(header):
        return None
    return Records(rows, cells.with_columns(row=pl.int_range(row + 1, row + rows + 1, dtype=pl.UInt64)))


def _is_regular(block: bytes, delimiter: str, width: int) -> bool:
    """Whether each quoted field is one line between delimiters, and each line has `width` fields."""
    letters = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(letters == ord('"'))
    if len(quotes) % 2:
        return False
    edges = np.zeros(256, dtype=bool)
    edges[[ord(delimiter), ord("\n")]] = True
    opened, closed = quotes[::2], quotes[1::2]
    before = letters[opened[opened > 0] - 1]
    if not (edges[before].all() and edges[letters[closed + 1]].all()):
        return False
    marks = np.flatnonzero(edges[letters])
    outside = np.searchsorted(quotes, marks) % 2 == 0
    ends = letters[marks] == ord("\n")
    if not outside[ends].all():
        return False
    fields = np.flatnonzero(ends[outside])
    return bool((np.diff(fields, prepend=-1) == width).all())


def _read_slowly(
    lines: _Lines, count: int, header: tuple[str, ...], delimiter: str, encoding: str, row: int
) -> Records:
    """Read about `count` lines record by record, and finish the record that the last of them began."""
    kept: list[tuple[str, ...]] = []
    numbers: list[int] = []
    rejects: list[Reject] = []
    first, blank = row, 0
    for text, cells, fault in _split_records(lines, count, delimiter, len(header), encoding):
        row += 1
        if fault:
            rejects.append(Reject(row, fault, _show(text)))
        elif cells:
            kept.append(cells)
            numbers.append(row)
        else:
            blank += 1
    columns = list(zip(*kept, strict=True)) if kept else [()] * len(header)
    frame = pl.DataFrame(dict(zip(header, columns, strict=True)), schema=dict.fromkeys(header, pl.String))
    frame = frame.with_columns(row=pl.Series(numbers, dtype=pl.UInt64))
    return Records(row - first, frame, {"blank line": blank} if blank else {}, tuple(rejects))


def _split_records(
    lines: _Lines, count: int, delimiter: str, width: int, encoding: str
) -> Iterator[tuple[bytes, tuple[str, ...], str | None]]:
    """Yield (text, cells, fault) per record; no cells and no fault for a blank line."""
    taken: list[bytes] = []

    def feed() -> Iterator[str]:
        while len(taken) < _MOST_LINES and (line := lines.next_line()) is not None:
            taken.append(line)
            yield line[: _LONGEST_LINE + 2].decode("utf-8", "surrogateescape")

    used = 0
    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while used < count:
        taken.clear()
        try:
            cells = tuple(next(reader))
            fault = None
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back(taken[1:])  # only the first line is at fault; what it swallowed is read anew
            del taken[1:]
            cells, fault = (), f"record not understood: {error}"
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        used += len(taken)
        text = taken[0] if len(taken) == 1 else b"".join(taken)
        yield text, cells, fault or _find_fault(text, cells, width, encoding)


def _find_fault(text: bytes, cells: tuple[str, ...], width: int, encoding: str) -> str | None:
    if len(text) > _LONGEST_LINE:
        return f"line longer than {_LONGEST_LINE:,} bytes"
    if any(not cell.isascii() and _is_broken(cell, encoding) for cell in cells):
        return f"text is not {encoding}"
    if b"\x00" in text:
        return "binary data (a NUL) in the record"
    if cells and len(cells) != width:
        return f"{'fewer' if len(cells) < width else 'more'} fields than the header"
    return None


def _is_broken(cell: str, encoding: str) -> bool:
    if not _NAMES.fullmatch(encoding):
        return "\ufffd" in cell
    return any("\udc80" <= letter <= "\udcff" for letter in cell)


def _show(text: bytes) -> str:
    return text[: CUT * 4].decode("utf-8", "backslashreplace").rstrip("\r\n")[:CUT]
