"""JSON documents (RFC 8259) of records: read whole, within a limit, and turned into text columns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import polars as pl

from truceline.errors import EvidenceError
from truceline.evidence.batch import Reject
from truceline.evidence.records import CUT, Records
from truceline.evidence.source import Source
from truceline.model import Problem

__all__ = ["load_document", "make_records"]

_LARGEST = 64 << 20  # Python's objects take about ten times the bytes of the text
_BLOCK_ROWS = 20_000


def load_document(stream: BinaryIO, source: Source, expected: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the document; raises EvidenceError where it is too long or is no JSON."""
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise fault(source, 1, "document too long", f"at most {_LARGEST >> 20} MiB", "more", "split it into files")
    if not data.strip():
        raise fault(source, 1, "file is empty", expected, f"{len(data)} bytes", "replace it by the whole file")
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        found = repr(error.doc[error.pos : error.pos + 40])
        raise fault(
            source, error.lineno, f"JSON not understood ({error.msg})", expected, found, "correct it"
        ) from error
    except UnicodeDecodeError as error:
        raise fault(source, 1, "file is not text", expected, repr(data[:40]), "save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise fault(source, 1, "JSON not understood", expected, str(error)[:80], "correct it") from error


def fault(source: Source, line: int, what: str, expected: str, found: str, do: str) -> EvidenceError:
    """Return the error that a file cannot be used."""
    return EvidenceError([Problem(str(source.path), line, what, expected=expected, found=found, do=do)])


def make_records(items: Sequence[Mapping[str, Any] | str], columns: Sequence[str]) -> Iterator[Records]:
    """Yield blocks of records of text; an item that is text is a reject, and the text its reason.

    Numbers and truth values become text; a list or a table in a column that is asked for, and text
    that is no Unicode, refuse their row. Rows count from 1.
    """
    for first in range(0, len(items), _BLOCK_ROWS):
        yield _make_block(items[first : first + _BLOCK_ROWS], columns, first)


def _make_block(items: Sequence[Mapping[str, Any] | str], columns: Sequence[str], first: int) -> Records:
    kept: list[tuple[str, ...]] = []
    rows: list[int] = []
    rejects: list[Reject] = []
    for row, item in enumerate(items, first + 1):
        reason = item if isinstance(item, str) else None
        cells = () if isinstance(item, str) else tuple(_write(item.get(column)) for column in columns)
        if reason is None and None in cells:
            reason = f"{columns[cells.index(None)]} is no single value"
        if reason is not None:
            rejects.append(Reject(row, reason, "" if isinstance(item, str) else _show(item)))
            continue
        kept.append(tuple(cell or "" for cell in cells))
        rows.append(row)
    frame = pl.DataFrame(kept, schema=dict.fromkeys(columns, pl.String), orient="row")
    return Records(len(items), frame.with_columns(row=pl.Series(rows, dtype=pl.UInt64)), {}, tuple(rejects))


def _write(value: object) -> str | None:
    """Return a value as text, "" for nothing; None where it cannot be."""
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        return None
    text = str(value)
    return text if _is_unicode(text) else None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _show(item: object) -> str:
    return json.dumps(item)[:CUT]
