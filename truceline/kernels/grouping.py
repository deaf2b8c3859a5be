"""Rows as decoders give them -> columns -> columns by platform, as all kernels that follow platforms take them."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from truceline.kernels.backend import find_compiled
from truceline.kernels.batches import Columns, read_columns
from truceline.kernels.ranges import split

__all__ = ["group_pings", "split_rows"]

_SHARE = np.dtype([("platform", np.int64), ("rows", np.int64)])


def group_pings(
    platform: ArrayLike, time_us: ArrayLike, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None
) -> Columns:
    """Return the four columns in the order of platforms' numbers, each platform's rows in the order given.

    That is the order of a stable sort; nothing is left out, whatever a row holds. Raises ValueError for columns of
    different lengths.
    """
    who, time, x, y = read_columns(platform, time_us, lon, lat)
    compiled = find_compiled()
    if compiled is None or len(who) >= 1 << 32:
        order = np.argsort(who, kind="stable")
        return who[order], time[order], x[order], y[order]
    ranges = split(len(who), threads)
    number = np.empty(len(who), np.uint32)
    seed = int.from_bytes(os.urandom(8), "little")  # nobody can write platforms that crowd the kernel's table
    out = np.empty_like(time), np.empty_like(x), np.empty_like(y)

    def count(span: tuple[int, int]) -> NDArray[np.void]:
        return np.frombuffer(compiled.group_number(who, who.itemsize, *span, seed, number), _SHARE)

    def put(span: tuple[int, int], places: NDArray[np.int64]) -> None:
        compiled.group_put(number, places, *span, time, x, y, *out)

    with ThreadPoolExecutor(len(ranges)) as pool:
        names, totals, starts = _lay_out(list(pool.map(count, ranges)))
        putting = pool.map(put, ranges, starts)
        platforms = np.repeat(names.astype(who.dtype), totals)
        list(putting)
    return platforms, *out


def split_rows(rows: NDArray[np.void], columns: Mapping[str, NDArray[Any]], at: int = 0) -> None:
    """Write the fields of rows, by name, to columns of the same types, from row `at` on.

    All in one pass: to copy a field after the other from rows of many fields takes far longer. Raises ValueError for
    a column that is too short, or of another type.
    """
    fields: Mapping[str, Any] = rows.dtype.fields or {}
    for name, column in columns.items():
        if name not in fields or fields[name][0] != column.dtype or not 0 <= at <= len(column) - len(rows):
            raise ValueError(f"column {name}: too short, or not of the rows' type")
    compiled = find_compiled()
    if compiled is None or not all(column.flags.c_contiguous for column in (rows, *columns.values())):
        for name, column in columns.items():
            column[at : at + len(rows)] = rows[name]
        return
    parts = [(fields[name][1], column.itemsize, column) for name, column in columns.items()]
    compiled.split_rows(rows.view(np.uint8), rows.itemsize, parts, at)


def _lay_out(shares: list[NDArray[np.void]]) -> tuple[NDArray[np.int64], NDArray[np.int64], list[NDArray[np.int64]]]:
    """Return all platforms, how many rows each has, and where the first of each range's platforms' rows go."""
    names, which = np.unique(np.concatenate([share["platform"] for share in shares]), return_inverse=True)
    rows = np.zeros((len(names), len(shares)), np.int64)
    parts = np.split(which, np.cumsum([len(share) for share in shares])[:-1])
    for place, (share, part) in enumerate(zip(shares, parts, strict=True)):
        rows[part, place] = share["rows"]
    starts = (rows.cumsum() - rows.ravel()).reshape(rows.shape)
    return names, rows.sum(axis=1), [starts[part, place] for place, part in enumerate(parts)]
