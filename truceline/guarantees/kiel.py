"""The Kiel Institute's Ukraine Support Tracker: what each donor committed and allocated, month by month.

A commitment is a promise; an allocation is a specific package set aside for it, the tracker's main
measure since 2024. Months are those of decision, not of delivery; prices are nominal; the
institutions of the European Union are one donor; single months hold packages of several years.
Single rows of `to_be_allocated` may be negative, where a commitment is used up.

The tracker's files are read from a folder that the user names and are never part of a case
(Trebesch et al., Ukraine Support Tracker, Kiel Institute for the World Economy).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from truceline.guarantees.tables import read_number, read_table
from truceline.model import Problem

__all__ = ["DONORS", "Tracker", "check_sums", "fill_gap", "read_tracker", "sum_by_year", "sum_donors"]

DONORS = {
    "donor": pl.String,
    "code": pl.String,
    "year": pl.Int32,
    "month": pl.Int8,
    "allocated_eur_bn": pl.Float64,
    "military_eur_bn": pl.Float64,
    "financial_eur_bn": pl.Float64,
    "humanitarian_eur_bn": pl.Float64,
    "committed_eur_bn": pl.Float64,
    "to_be_allocated_eur_bn": pl.Float64,
}
"""One row a donor and month; amounts in EUR bn at current prices."""
_SOURCE = {
    "country": "donor",
    "iso": "code",
    "year": "year",
    "month": "month",
    "total": "allocated_eur_bn",
    "military": "military_eur_bn",
    "financial": "financial_eur_bn",
    "humanitarian": "humanitarian_eur_bn",
    "commitments": "committed_eur_bn",
    "to_be_allocated": "to_be_allocated_eur_bn",
}
_AMOUNTS = tuple(name for name in DONORS if name.endswith("_eur_bn"))
_TOLERANCE_EUR_BN = 0.001


@dataclass(frozen=True, slots=True)
class Tracker:
    """The donors' months, and the label of the release they come from ("" where the folder has none)."""

    donors: pl.DataFrame
    release: str


def read_tracker(folder: Path) -> tuple[Tracker, list[Problem]]:
    """Read `data_explorer.csv`, and `release_info.csv` beside it; return all problems of the rows.

    A row with a problem is left out and said; an empty amount is not known and stays null.
    """
    path = folder / "data_explorer.csv"
    rows, problems = read_table(path, tuple(_SOURCE))
    books = sorted(each.name for each in folder.glob("*.xls*")) if problems and not path.exists() else []
    if books:
        do = "put data_explorer.csv of the tracker's site there, or save such a table out of the workbook as CSV"
        problems = [Problem(str(folder), 1, "workbooks are not read", "data_explorer.csv", books[0][:80], do)]
    kept = []
    for line, row in rows:
        values, wrong = _read_row({ours: row.get(theirs, "") for theirs, ours in _SOURCE.items()})
        problems += [Problem(str(path), line, *each) for each in wrong]
        kept += [] if wrong else [values]
    if not kept and not problems:
        do = "export the months of its donors"
        problems.append(Problem(str(path), 1, "table without rows", "a row a donor and month", "none", do))
    whole = pl.DataFrame(kept, schema=DONORS, orient="row").sort("donor", "year", "month")
    table = whole.unique(("donor", "year", "month"), keep="none", maintain_order=True)
    problems += _note_doubles(str(path), whole)
    return Tracker(table, _read_release(folder / "release_info.csv")), problems


def _note_doubles(file: str, table: pl.DataFrame) -> list[Problem]:
    """A month that stands there twice would count twice, and nobody knows which one is right: neither counts."""
    doubles = (
        table.filter(pl.struct("donor", "year", "month").is_duplicated())
        .select("donor", "year", "month")
        .unique(maintain_order=True)
    )
    return [
        Problem(file, 1, "month given twice", "one row a donor and month", f"{donor}, {year}-{month:02d}", "remove one")
        for donor, year, month in doubles.iter_rows()
    ]


def _read_row(row: dict[str, str]) -> tuple[dict[str, object], list[tuple[str, str, str, str]]]:
    values: dict[str, object] = {"donor": row["donor"].strip(), "code": row["code"].strip() or None}
    wrong = [] if values["donor"] else [("donor missing", "a name", "nothing", "add it")]
    for name, low, high in (("year", 2014, 2100), ("month", 1, 12)):
        if row[name].isdigit() and low <= int(row[name]) <= high:
            values[name] = int(row[name])
        else:
            wrong.append((f"{name} not understood", f"{low} to {high}", row[name][:40], "correct it"))
    for name in _AMOUNTS:
        number = read_number(row[name])
        values[name] = number
        if (number is None and row[name].strip()) or (number is not None and not abs(number) < 1e6):
            wrong.append((f"{name} not understood", "a number in EUR bn", row[name][:40], "correct it"))
    return values, wrong


def _read_release(path: Path) -> str:
    rows, problems = read_table(path, ("label",))
    return "" if problems or not rows else rows[0][1]["label"]


def sum_by_year(donors: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of each donor and year, ordered; null where no month is known."""
    sums = [pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in _AMOUNTS]
    return donors.group_by("donor", "code", "year").agg(sums).sort("donor", "year")


def sum_donors(donors: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of each donor over all months, the largest allocation first."""
    sums = [pl.col(name).sum() for name in _AMOUNTS]
    return donors.group_by("donor", "code").agg(sums).sort("allocated_eur_bn", "donor", descending=[True, False])


def fill_gap(donors: pl.DataFrame, gone: str, before: int, after: int) -> pl.DataFrame:
    """Return who allocated how much more in one year than in another, while one donor gave less.

    Columns: donor, before_eur_bn, after_eur_bn, change_eur_bn, share_of_gap (the change over what
    the donor that is gone gave less; null for that donor itself). Largest change first.
    """
    years = sum_by_year(donors)
    one = years.filter(pl.col("year") == before).select("donor", before_eur_bn="allocated_eur_bn")
    two = years.filter(pl.col("year") == after).select("donor", after_eur_bn="allocated_eur_bn")
    table = one.join(two, on="donor", how="full", coalesce=True).with_columns(
        pl.col("before_eur_bn", "after_eur_bn").fill_null(0.0)  # no row in a year is no allocation in it
    )
    table = table.with_columns(change_eur_bn=pl.col("after_eur_bn") - pl.col("before_eur_bn"))
    lost = table.filter(pl.col("donor") == gone)["change_eur_bn"]
    less = -lost[0] if lost.len() and lost[0] < 0 else None
    share = pl.when((pl.col("donor") != gone) & pl.lit(less is not None)).then(pl.col("change_eur_bn") / (less or 1.0))
    return table.with_columns(share_of_gap=share).sort("change_eur_bn", "donor", descending=[True, False])


def check_sums(tracker: Tracker, totals: Sequence[tuple[int, int, float]]) -> list[str]:
    """Return where the donors' months do not sum to published monthly totals, as (year, month, EUR bn)."""
    months = {
        (year, month): total
        for year, month, total in tracker.donors.group_by("year", "month").agg(pl.col("allocated_eur_bn").sum()).rows()
    }
    return [
        f"{year}-{month:02d}: donors sum to {months.get((year, month), 0.0):.4f}, published {total:.4f} EUR bn"
        for year, month, total in totals
        if abs(months.get((year, month), 0.0) - total) > _TOLERANCE_EUR_BN
    ]
