"""Rows of the tables that spreadsheets and notebooks read: pledges, adequacy, rotation.

In a CSV file no text can be taken for a formula: cells that begin with "=", "+", "-", "@", a tab or a line
break get an apostrophe before them.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import BytesIO, StringIO

from truceline.commitment import Adequacy, Amount, Pledge, Rotation
from truceline.dossier.result import Presence
from truceline.guarantees.triggers import describe_trigger

__all__ = [
    "ADEQUACY_COLUMNS",
    "PLEDGE_COLUMNS",
    "ROTATION_COLUMNS",
    "describe_adequacy",
    "describe_pledge",
    "describe_rotation",
    "list_rotation_rows",
    "write_csv",
    "write_parquet",
]

Row = Mapping[str, object]
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")

PLEDGE_COLUMNS = (
    "id",
    "by",
    "to",
    "what",
    "capability",
    "low",
    "high",
    "unit",
    "basis",
    "approximate",
    "figures",
    "political",
    "readiness",
    "notice_days",
    "legal",
    "trigger",
    "trigger_state",
    "made",
    "due",
    "programme",
    "source",
    "source_day",
    "verified",
    "note",
)
"""Columns of pledges.csv and pledges.parquet: a row a pledge; low and high are those of the first figure."""
ADEQUACY_COLUMNS = (
    "requirement",
    "model",
    "capability",
    "unit",
    "need_low",
    "need_high",
    "need_starts",
    "need_ends",
    "firm_low",
    "firm_high",
    "firm_verdict",
    "all_low",
    "all_high",
    "share_low",
    "share_high",
    "verdict",
    "reason",
)
"""Columns of adequacy.csv: a row for each need of each requirement; an empty cell has no known bound."""
ROTATION_COLUMNS = (
    "capability",
    "contributor",
    "presence_low",
    "presence_high",
    "ratio_low",
    "ratio_high",
    "pool_low",
    "pool_high",
    "cap_low",
    "cap_high",
    "load_low",
    "load_high",
    "sustainable_low",
    "sustainable_high",
    "ready_days_low",
    "ready_days_high",
    "binding",
    "notes",
)
"""Columns of rotation.csv, in persons and days: a row a contributor, and one for "all"."""


def describe_pledge(pledge: Pledge) -> dict[str, object]:
    """Return the row of a pledge."""
    first = pledge.figures[0].quantity if pledge.figures else None
    return {
        "id": pledge.id,
        "by": pledge.by,
        "to": pledge.to,
        "what": pledge.what,
        "capability": pledge.capability,
        "low": first.low if first else None,
        "high": first.high if first else None,
        "unit": first.unit if first else None,
        "basis": first.basis if first else None,
        "approximate": first.approximate if first else None,
        "figures": len(pledge.figures),
        "political": pledge.political.value,
        "readiness": pledge.readiness.value if pledge.readiness else None,
        "notice_days": pledge.notice_days,
        "legal": pledge.legal.value if pledge.legal else None,
        "trigger": describe_trigger(pledge.trigger) if pledge.trigger else None,
        "trigger_state": pledge.trigger_state.value,
        "made": pledge.made.isoformat(),
        "due": pledge.due.isoformat() if pledge.due else None,
        "programme": pledge.programme,
        "source": pledge.source.title,
        "source_day": pledge.source.day.isoformat(),
        "verified": pledge.source.verified,
        "note": pledge.note or None,
    }


def describe_adequacy(each: Adequacy) -> dict[str, object]:
    """Return the row of one need of one requirement."""
    return {
        "requirement": each.requirement,
        "model": each.model,
        "capability": each.capability,
        "unit": each.need.unit,
        **_ends("need", (each.need.low, each.need.high)),
        "need_starts": each.wanted.starts.isoformat() if each.wanted.starts else None,
        "need_ends": each.wanted.ends.isoformat() if each.wanted.ends else None,
        **_ends("firm", (each.firm.low, each.firm.high)),
        "firm_verdict": each.firm_verdict.value,
        **_ends("all", (each.all.low, each.all.high)),
        **_ends("share", each.share),
        "verdict": each.verdict.value,
        "reason": each.reason or None,
    }


def list_rotation_rows(presences: Iterable[Presence]) -> Iterable[Row]:
    """Yield the rows of every presence, that of all together last."""
    for presence in presences:
        for part in (*presence.rotations, *((presence.total,) if presence.total else ())):
            yield {"capability": presence.capability, **describe_rotation(part)}


def describe_rotation(part: Rotation) -> dict[str, object]:
    """Return what one contributor's presence takes, in persons and days."""
    return {
        "contributor": part.contributor,
        **_ends("presence", _pair(part.presence)),
        **_ends("ratio", part.ratio),
        **_ends("pool", _pair(part.pool)),
        **_ends("cap", _pair(part.cap)),
        **_ends("load", part.load),
        **_ends("sustainable", _pair(part.sustainable)),
        **_ends("ready_days", part.ready_days or (None, None)),
        "binding": part.binding,
        "notes": "; ".join(part.notes) or None,
    }


def _pair(amount: Amount | None) -> tuple[Decimal | None, Decimal | None]:
    return (amount.low, amount.high) if amount else (None, None)


def _ends(name: str, pair: Sequence[Decimal | int | None]) -> dict[str, object]:
    return {f"{name}_low": pair[0], f"{name}_high": pair[1]}


def write_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return rows as CSV (RFC 4180) in UTF-8; None is an empty cell, numbers are plain, text is no formula."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def _plain(value: Decimal) -> str:
    """Return a number in full, with at most nine decimals (a share may have no end)."""
    return f"{round(value, 9).normalize():f}"


def write_parquet(rows: Sequence[Row]) -> bytes:
    """Return the rows of pledges as Parquet: days as dates, what is not known null."""
    import polars as pl

    numbers = {"low": pl.Float64, "high": pl.Float64, "approximate": pl.Boolean, "verified": pl.Boolean}
    counts = {"figures": pl.Int64, "notice_days": pl.Int64}
    days = ("made", "due", "source_day")
    schema = {column: {**numbers, **counts}.get(column, pl.String) for column in PLEDGE_COLUMNS}
    plain = [
        [float(value) if isinstance(value, Decimal) else value for value in (row[c] for c in PLEDGE_COLUMNS)]
        for row in rows
    ]
    table = pl.DataFrame(plain, schema=schema, orient="row")
    content = BytesIO()
    table.with_columns(pl.col(name).str.to_date(strict=True) for name in days).write_parquet(content)
    return content.getvalue()
