"""Which column of a source is which column of ours, and the account of a block of records."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.errors import EvidenceError
from truceline.evidence.batch import Batch
from truceline.evidence.cells import Sieve
from truceline.evidence.records import Records
from truceline.evidence.source import Source
from truceline.model import Problem

__all__ = ["Repeats", "account", "drop_fillers", "find_columns", "refuse_missing", "require"]

REPEAT = "exact repeat of an earlier row"
TAGS = "HXL tags, not a row of data"
EMPTY = "row without any value"
_OTHER_MARKS = {";": ";", "\t": "\\t", "|": "|", ",": ","}


def find_columns(header: Iterable[str], source: Source, ours: Iterable[str]) -> dict[str, str]:
    """Return our columns -> theirs: as the source declares, else the column of the same name.

    Raises EvidenceError, with all of them, for declared columns that the file does not have.
    """
    names = list(header)
    folded = {name.casefold(): name for name in reversed(names)}
    missing = {our: their for our, their in source.columns.items() if their not in names}
    if missing:
        doubt = doubt_header(source, names)
        problems = [_missing(source, f'"{their}" (for {our})', names) for our, their in missing.items()]
        raise EvidenceError([doubt] if doubt else problems)
    same = {our: folded[our] for our in ours if our in folded}
    return {**same, **source.columns}


def require(header: Iterable[str], source: Source, *columns: str) -> dict[str, str]:
    """Return columns of a known format -> the header's spelling; case does not matter.

    Raises EvidenceError, with all of them, for columns that the file does not have.
    """
    names = list(header)
    folded = {name.casefold(): name for name in reversed(names)}
    missing = [column for column in columns if column not in folded]
    if missing:
        doubt = doubt_header(source, names)
        raise EvidenceError([doubt] if doubt else [_missing(source, f'"{column}"', names) for column in missing])
    return folded


def refuse_missing(source: Source, header: list[str], missing: Iterable[str]) -> None:
    """Raise EvidenceError where columns are missing that nothing names: all of them, or why the header is none."""
    shown = ", ".join(header)[:200]
    problems = [
        Problem(
            str(source.path),
            1,
            "column missing",
            expected=f"a column for {name}",
            found=shown,
            do=f'name it in [source.columns]: {name.split(" ")[0]} = "their name"',
        )
        for name in missing
    ]
    if problems:
        doubt = doubt_header(source, header) if source.format != "geojson" else None
        raise EvidenceError([doubt] if doubt else problems)


def doubt_header(source: Source, names: list[str]) -> Problem | None:
    """Return why the first line is hardly the header: cut at another mark, or a title above it; else None."""
    marks = {mark: names[0].count(mark) for mark in _OTHER_MARKS} if len(names) == 1 else {}
    mark = max(marks, key=lambda one: marks[one], default="")
    if mark and marks[mark]:
        what, expected = "columns not told apart", "names of columns with the declared delimiter between them"
        do = f'add delimiter = "{_OTHER_MARKS[mark]}" to the source'
    elif (
        not names
        or names[0].startswith(("#", "sep="))
        or sum(name == f"column {at}" for at, name in enumerate(names, 1)) * 2 > len(names)
    ):
        what, expected = "first line is no header", "the names of the columns in the first line"
        do = "remove what stands above the line with the names of the columns"
    else:
        return None
    shown = ", ".join(names)
    found = "an empty line" if not names else shown if len(shown) <= 200 else shown[:197] + "..."
    return Problem(str(source.path), 1, what, expected=expected, found=found, do=do)


def _missing(source: Source, wanted: str, names: list[str]) -> Problem:
    near = difflib.get_close_matches(wanted.strip('"').split('"')[0], names, n=1, cutoff=0.5)
    hint = f'is it "{near[0]}"? ' if near else ""
    found = ", ".join(names)
    return Problem(
        str(source.path),
        1,
        "column missing",
        expected=f"a column {wanted} for the format {source.format}",
        found=found if len(found) <= 200 else found[:197] + "...",
        do=f"{hint}name the columns in [source.columns], or correct the format of the source",
    )


def drop_fillers(block: Records) -> Records:
    """Set aside what is no row of data: rows of empty cells, as spreadsheets append them, and HXL tags."""
    first, *others = [name for name in block.cells.columns if name != "row"]
    empty = block.cells[first].str.strip_chars() == ""
    if others and empty.any():  # most tables have something in the first column: then nothing else is looked at
        empty &= block.cells.select(pl.all_horizontal(pl.col(others).str.strip_chars() == "")).to_series()
    if empty.any():
        aside = {**block.set_aside, EMPTY: int(empty.sum())}
        block = Records(block.rows, block.cells.filter(~empty), aside, block.rejects)
    return _drop_tags(block)


def _drop_tags(block: Records) -> Records:
    """Set aside the line of HXL tags that may follow a header (HXL standard 1.1, "tag row")."""
    if block.cells.height == 0 or block.cells["row"][0] > 3:
        return block
    first = [cell for name, cell in block.cells.row(0, named=True).items() if name != "row" and str(cell).strip()]
    if not first or not all(str(cell).strip().startswith("#") for cell in first):
        return block
    return Records(block.rows, block.cells.slice(1), {**block.set_aside, TAGS: 1}, block.rejects)


@dataclass(slots=True)
class Repeats:
    """Rows met so far, as 64-bit hashes in sorted runs: eight bytes a row.

    The chance that two different rows of ten million share a hash is about 3 in a million.
    """

    runs: list[NDArray[np.uint64]]

    def drop(self, block: Records) -> Records:
        """Set aside the rows of a block that repeat an earlier row of the file exactly."""
        if block.cells.height == 0:
            return block
        hashes = block.cells.drop("row").hash_rows(seed=0)
        new = hashes.is_first_distinct().to_numpy().copy()
        values = hashes.to_numpy()
        order = np.argsort(values)  # what is asked for in order is found near what was asked for before
        asked = values[order]
        for run in self.runs:
            at = np.minimum(np.searchsorted(run, asked), len(run) - 1)
            new[order] &= run[at] != asked
        self._add(asked[new[order]])
        count = int((~new).sum())
        aside = {**block.set_aside, REPEAT: count} if count else block.set_aside
        return Records(block.rows, block.cells.filter(pl.Series(new)), aside, block.rejects)

    def _add(self, run: NDArray[np.uint64]) -> None:
        if len(run):
            self.runs.append(run)
        while len(self.runs) > 1 and len(self.runs[-1]) * 2 > len(self.runs[-2]):
            last = self.runs.pop()
            self.runs[-1] = np.sort(np.concatenate([self.runs[-1], last]), kind="stable")


def account(
    block: Records,
    sieve: Sieve,
    *,
    positions: pl.DataFrame | None = None,
    events: pl.DataFrame | None = None,
    platforms: pl.DataFrame | None = None,
    set_aside: Mapping[str, pl.Series] | None = None,
) -> Batch:
    """Return the batch of a block: its sound rows, and an account of all the others.

    The frames have a row per record of the block. `set_aside` are masks of records that are
    understood and not used, by reason; the first that holds is counted.
    """
    keep = sieve.sound
    counts = dict(block.set_aside)
    for reason, mask in (set_aside or {}).items():
        hit = mask.fill_null(False) & keep
        if hit.any():
            counts[reason] = counts.get(reason, 0) + int(hit.sum())
            keep &= ~hit
    return Batch(
        rows=block.rows,
        used=int(keep.sum()),
        set_aside=counts,
        rejects=tuple(sorted((*block.rejects, *sieve.rejects()), key=lambda reject: reject.row)),
        positions=None if positions is None else positions.filter(keep),
        events=None if events is None else events.filter(keep),
        platforms=None
        if platforms is None
        else platforms.filter(keep).unique("platform", keep="first", maintain_order=True),
    )
