"""Observers stand under pseudonyms; who they are is written apart, and never exported.

A pseudonym is a source's name and a number in the order of first appearance, so that it stays the
same when rows are added, and nobody can try names against it as against a digest of a name.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

__all__ = ["NAMES", "Observers"]

NAMES: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "pseudonym": pl.String,
    "observer": pl.String,
}


class Observers:
    """The pseudonyms given so far."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, str]] = {}

    def hide(self, events: pl.DataFrame, observers: pl.DataFrame, source: str) -> pl.DataFrame:
        """Return `events` with the pseudonym before the text, and in place of names within it.

        `observers` has the columns `row` and `observer`.
        """
        given = self._numbers.setdefault(source, {})
        for name in observers["observer"].drop_nulls().to_list():
            given.setdefault(name, f"observer {source}-{len(given) + 1}")
        names = dict(observers.drop_nulls().iter_rows())
        anyone = re.compile(
            "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(given, key=len, reverse=True))
        )
        text = [
            _hide_names(words, given.get(names.get(row, "")), anyone, given)
            for row, words in zip(events["row"].to_list(), events["text"].to_list(), strict=True)
        ]
        return events.with_columns(text=pl.Series(text, dtype=pl.String))

    def write(self, folder: Path) -> None:
        """Write the names to `folder`/private, for its owner's eyes only; nothing where there are none."""
        rows = [
            (source, pseudonym, name)
            for source, given in sorted(self._numbers.items())
            for name, pseudonym in given.items()
        ]
        private = folder / "private"
        path = private / "observers.parquet"
        path.unlink(missing_ok=True)
        if not rows:
            return
        private.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        pl.DataFrame(rows, schema=NAMES, orient="row").write_parquet(path)


def _hide_names(text: str | None, own: str | None, anyone: re.Pattern[str], given: Mapping[str, str]) -> str | None:
    """Return a text with every known observer's name replaced, and its own observer's pseudonym before it."""
    said = anyone.sub(lambda match: given[match[0]], text or "") if given else text or ""
    return ": ".join(part for part in (own, said) if part) or None
