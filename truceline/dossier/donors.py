"""The support tracker beside the register: who gave when, who stopped, who filled how much of the gap.

The tracker counts governments' commitments and allocations; the register holds promises with conditions.
They are shown side by side and never merged. What the tracker's own reports printed, from earlier
releases, stands beside what the release at hand gives; nothing is adjusted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl

from truceline.errors import CaseError
from truceline.guarantees.kiel import fill_gap, read_tracker, sum_by_year, sum_donors
from truceline.model import Problem

__all__ = ["EUROPE", "Check", "Donors", "Gap", "read_donors"]

# fmt: off
EUROPE = ("AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN", "IRL", "ITA",
          "LVA", "LTU", "LUX", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE", "EU", "GBR", "NOR",
          "CHE", "ISL")
# fmt: on
"""Europe as the tracker's reports count it: the Union's members and institutions, and four neighbours."""
_EU_GDP_2024_EUR_BN = 17_984.0


@dataclass(frozen=True, slots=True)
class Check:
    """A figure of a published report beside what the files at hand give, both in one unit; None: not computable."""

    id: str
    what: str
    published: float
    ours: float | None
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """One donor's fall between two whole years, and who gave more or less in the meantime.

    `rows`: donor, before_eur_bn, after_eur_bn, change_eur_bn, share_of_gap, and the change against the
    same quarter of the year before as q1 … q4; the largest change first.
    """

    donor: str
    before: int
    after: int
    fall_eur_bn: float
    filled_eur_bn: float
    rows: tuple[Mapping[str, float | str | None], ...]


@dataclass(frozen=True, slots=True)
class Donors:
    """What the tracker's folder says: `months` as of `guarantees.kiel.DONORS`, sums, the gap, the checks.

    `years` are the calendar years there are, `last` the last month (year, month). `notes` are rows left out.
    """

    release: str
    months: pl.DataFrame
    years: tuple[int, ...]
    last: tuple[int, int]
    by_year: pl.DataFrame
    totals: pl.DataFrame
    gap: Gap | None
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    def sum_years(self, *, only: Sequence[str] = (), but: Sequence[str] = ()) -> dict[int, float]:
        """Return allocations by year in EUR bn, of these donors or of all others; a year without rows is 0."""
        rows = self.by_year.filter(pl.col("donor").is_in(list(only))) if only else self.by_year
        rows = rows.filter(~pl.col("donor").is_in(list(but)))
        sums = dict(rows.group_by("year").agg(pl.col("allocated_eur_bn").sum()).iter_rows())
        return {year: sums.get(year, 0.0) for year in self.years}


def read_donors(folder: Path, day: date | None = None) -> Donors:
    """Read the tracker's files; a bad row is left out and noted. Months that had not ended by `day` are left out.

    Raises CaseError where the table is missing, is no table of the tracker, or has no usable row.
    """
    tracker, problems = read_tracker(folder)
    months = tracker.donors
    if months.is_empty():
        raise CaseError(problems)
    notes = [f"left out: {problem}" for problem in problems]
    if day is not None:
        tomorrow = day + timedelta(days=1) if day < date.max else day
        months = months.filter(pl.col("year") * 12 + pl.col("month") < tomorrow.year * 12 + tomorrow.month)
        if months.height < tracker.donors.height:
            release = tracker.release or "the table"
            notes.append(
                f"months that had not ended by {day.isoformat()} are left out; the others stand as {release} has them"
            )
        if months.is_empty():
            do = "ask for a later day, or leave --kiel out"
            first = min(tracker.donors["year"].to_list())
            raise CaseError(
                [Problem(str(folder), 1, "no month had ended by that day", f"a day after {first}", str(day), do)]
            )
    when = sorted(set(months.select("year", "month").iter_rows()))
    last: tuple[int, int] = when[-1]
    return Donors(
        release=tracker.release,
        months=months,
        years=tuple(range(when[0][0], last[0] + 1)),
        last=last,
        by_year=sum_by_year(months),
        totals=sum_donors(months),
        gap=_find_gap(months, last),
        checks=tuple(_check_published(months)) if months.height == tracker.donors.height else (),
        notes=tuple(notes),
    )


def _find_gap(months: pl.DataFrame, last: tuple[int, int]) -> Gap | None:
    """Return the largest fall of one donor between two whole years."""
    whole = [year for year in sorted(set(months["year"])) if year < last[0] or last[1] == 12]
    best: Gap | None = None
    for before, after in pairwise(whole):
        one = months.filter(pl.col("year").is_in([before, after]))
        falls = fill_gap(one, "", before, after).sort("change_eur_bn", "donor")
        donor, change = falls["donor"][0], float(falls["change_eur_bn"][0])
        if change < 0 and (best is None or -change > best.fall_eur_bn):
            best = _describe_gap(months, str(donor), before, after, -change)
    return best


def _describe_gap(months: pl.DataFrame, donor: str, before: int, after: int, fall: float) -> Gap:
    table = fill_gap(months.filter(pl.col("year").is_in([before, after])), donor, before, after)
    quarters = _sum_quarters(months, before, after)
    rows = tuple(row | quarters.get(str(row["donor"]), {}) for row in table.iter_rows(named=True))
    filled = sum(row["change_eur_bn"] for row in table.iter_rows(named=True) if row["donor"] != donor)
    return Gap(donor, before, after, fall, float(filled), rows)


def _sum_quarters(months: pl.DataFrame, before: int, after: int) -> dict[str, dict[str, float]]:
    """Return for each donor what it allocated more in each quarter than in the same one of the year before."""
    signed = months.filter(pl.col("year").is_in([before, after])).select(
        "donor",
        quarter=(pl.col("month") - 1) // 3 + 1,
        change=pl.when(pl.col("year") == after).then(1).otherwise(-1) * pl.col("allocated_eur_bn"),
    )
    found: dict[str, dict[str, float]] = {}
    for donor, quarter, change in signed.group_by("donor", "quarter").agg(pl.col("change").sum()).iter_rows():
        found.setdefault(donor, {f"q{number}": 0.0 for number in range(1, 5)})[f"q{quarter}"] = change
    return found


# --- published figures ------------------------------------------------------------------------


def _check_published(months: pl.DataFrame) -> Iterator[Check]:
    """Set what the tracker's reports printed beside what this release gives (facts K1 to K5)."""
    europe, us = pl.col("code").is_in(EUROPE), pl.col("code") == "USA"
    early = _until(2025, 2)
    note = "the tracker's report of April 2025 used an earlier release"
    yield Check("K1", "Europe, allocated to February 2025", 138.0, _sum(months, europe & early), "EUR bn", note)
    yield Check("K1", "United States, allocated to February 2025", 115.0, _sum(months, us & early), "EUR bn", note)
    gap = _minus(_sum(months, europe & early), _sum(months, us & early))
    yield Check("K1", "Europe ahead of the United States", 23.0, gap, "EUR bn", note)
    yield from _check_military(months)
    aid = _sum(months, us & (pl.col("year") == 2024), "military_eur_bn")
    percent = None if aid is None else aid / _EU_GDP_2024_EUR_BN * 100
    note = "published with 20 bn over a GDP of 17,984 bn, which is 0.111 %"
    yield Check("K3", "military aid of the United States in 2024 over the Union's GDP", 0.12, percent, "%", note)
    rise = 0.015 * _EU_GDP_2024_EUR_BN
    yield Check(
        "K4", "1.5 % of the Union's GDP", 250.0, rise, "EUR bn", "published rounded; the Union's GDP is 17,984 bn"
    )
    yield from _check_2025(months)


def _check_military(months: pl.DataFrame) -> Iterator[Check]:
    whole = _mean_of_years(months, "military_eur_bn", pl.lit(value=True))
    autumn = _sum(months, (pl.col("year") == 2025) & _until(2025, 10), "military_eur_bn")
    note = "the report of December 2025 used data to October 2025"
    yield Check("K2", "military allocations a year, 2022 to 2024", 41.6, whole, "EUR bn", note)
    yield Check("K2", "military allocations, January to October 2025", 32.5, autumn, "EUR bn", note)
    yield Check("K2", "what is missing to the mean of a year", 9.1, _minus(whole, autumn), "EUR bn", note)


def _check_2025(months: pl.DataFrame) -> Iterator[Check]:
    """Yield how 2025 compares with the mean of 2022 to 2024; the inputs of the report were not read."""
    europe, us = pl.col("code").is_in(EUROPE), pl.col("code") == "USA"
    other = pl.col("financial_eur_bn").fill_null(0.0) + pl.col("humanitarian_eur_bn").fill_null(0.0)
    table = months.with_columns(other_eur_bn=other)
    note = "the report of February 2026 corrects for prices; these are nominal"
    for what, name, who, published in (
        ("Europe, military", "military_eur_bn", europe, 67.0),
        ("Europe, financial and humanitarian", "other_eur_bn", europe, 59.0),
        ("United States, all", "allocated_eur_bn", us, -99.0),
        ("all donors, military", "military_eur_bn", pl.lit(value=True), -13.0),
    ):
        mean, now = _mean_of_years(table, name, who), _sum(table, who & (pl.col("year") == 2025), name)
        change = None if not mean or now is None else (now / mean - 1) * 100
        yield Check("K5", f"{what}: 2025 over the mean of 2022 to 2024", published, change, "%", note)


def _until(year: int, month: int) -> pl.Expr:
    return (pl.col("year") < year) | ((pl.col("year") == year) & (pl.col("month") <= month))


def _sum(months: pl.DataFrame, which: pl.Expr, name: str = "allocated_eur_bn") -> float | None:
    column = months.filter(which)[name].drop_nulls()
    return float(column.sum()) if column.len() else None


def _mean_of_years(months: pl.DataFrame, name: str, which: pl.Expr) -> float | None:
    sums = [_sum(months, which & (pl.col("year") == year), name) for year in (2022, 2023, 2024)]
    known = [value for value in sums if value is not None]
    return sum(known) / 3 if len(known) == 3 else None


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
