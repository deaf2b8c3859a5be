"""Tables that are written as their rows come, in row groups of one size, so that bytes repeat."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import polars as pl

from truceline.evidence.tables import conform

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetWriter

__all__ = ["ParquetFile", "Schema", "scan", "write"]

Schema = dict[str, pl.DataType | type[pl.DataType]]

VERSION = 1
"""Of the schemas of all tables; raised when a column changes its meaning or goes."""

GROUP_ROWS = 131_072


class ParquetFile:
    """A Parquet file that grows: it stands under its name only when it is whole.

    Categories are written as text, because their codes depend on what the process met before. The
    file's metadata name its schema and version: "truceline.schema" is "truceline/events/1" and so on.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._name = f"truceline/{path.stem}/{VERSION}"
        self._plain = {name: pl.String if kind == pl.Categorical else kind for name, kind in schema.items()}
        self._waiting: list[pl.DataFrame] = []
        self._height = 0
        self._writer: ParquetWriter | None = None

    def __enter__(self) -> Self:
        """Open the file under a provisional name."""
        from pyarrow.parquet import ParquetWriter

        schema = _to_arrow(pl.DataFrame(schema=self._plain)).schema
        self._writer = ParquetWriter(self._partial, schema, compression="zstd", store_schema=False)
        self._writer.add_key_value_metadata({"truceline.schema": self._name})
        return self

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows with the columns of the schema, or some of them; the others are null."""
        if rows.height == 0:
            return
        self._waiting.append(conform(rows, self._plain))
        self._height += rows.height
        if self._height >= GROUP_ROWS:
            self._flush(GROUP_ROWS)

    def _flush(self, least: int) -> None:
        rows = pl.concat(self._waiting) if self._waiting else pl.DataFrame(schema=self._plain)
        while rows.height >= least and rows.height:
            if self._writer is not None:
                self._writer.write_table(_to_arrow(rows.head(GROUP_ROWS)), row_group_size=GROUP_ROWS)
            rows = rows.slice(GROUP_ROWS)
        self._waiting, self._height = [rows], rows.height

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name, or remove it where something went wrong."""
        from pyarrow import default_memory_pool

        if kind is None:
            self._flush(1)
        if self._writer is not None:
            self._writer.close()
        default_memory_pool().release_unused()  # nobody else takes memory from Arrow, and it would keep much
        if kind is None:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)


def write(rows: pl.DataFrame, path: Path, schema: Schema) -> None:
    """Write a table of this schema at once."""
    with ParquetFile(path, schema) as file:
        for part in rows.iter_slices(GROUP_ROWS):  # text takes more memory than categories
            file.add(part)


def scan(path: Path, schema: Schema) -> pl.LazyFrame:
    """Return a written table, lazily, with the types of its schema."""
    return pl.scan_parquet(path).select(pl.col(name).cast(kind) for name, kind in schema.items())


def _to_arrow(rows: pl.DataFrame):  # type: ignore[no-untyped-def] # noqa: ANN202 - pyarrow has no types
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())
