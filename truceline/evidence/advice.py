"""What to do about rows that were refused: the line of `evidence.toml` that says how a file is written.

Advice is given for the first refused row of each reason, and only where it is likely to help.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from truceline.evidence.batch import Reject
from truceline.evidence.listing import clean
from truceline.model import FileTally

__all__ = ["advise", "note_useless"]

_LONGEST = 60
_TEXTS = {
    "time without a zone": 'add time_zone = "…" with the zone of its clock, such as "Europe/Kyiv"',
    "kind of event not known": 'map the word under [source.kinds], or add it to kinds = ["…"] at the top of the list',
    "no kind of event": 'add kind = "…", or name the column in [source.columns]',
    "place not known": "correct the name, or bring the place as an [[area]]",
    "longitude and latitude look swapped": "exchange lon and lat in [source.columns]",
    "text is not utf-8": 'add encoding = "cp1252", or whatever it was saved in',
}
_FORMS = (  # pattern of the text, pattern of strptime; the day is taken to come before the month
    (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"),
    (r"\d{1,2}\.\d{1,2}\.\d{2}", "%d.%m.%y"),
    (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y"),
    (r"\d{1,2}/\d{1,2}/\d{2}", "%d/%m/%y"),
    (r"\d{1,2}-\d{1,2}-\d{4}", "%d-%m-%Y"),
    (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
    (r"\d{8}", "%Y%m%d"),
)
_CLOCKS = ((r"", ""), (r"[ T]\d{1,2}:\d{2}", "%H:%M"), (r"[ T]\d{1,2}:\d{2}:\d{2}", "%H:%M:%S"))


def advise(tally: FileTally, examples: Mapping[str, Reject], options: Iterable[str]) -> list[str]:
    """Return a note for each reason for which rows of a file were refused and something can be done.

    `examples` holds the first refused row of each reason, and `options` what the file's format lets a source
    declare.
    """
    advice = [_find_advice(reason, first.found.strip(), set(options)) for reason, first in examples.items()]
    return [
        f"{tally.path}: {_count(tally, reason)}: {reason}; the first is row {first.row:,}{_show(first)}: {do}"
        for (reason, first), do in zip(examples.items(), advice, strict=True)
        if do
    ]


def note_useless(tally: FileTally) -> list[str]:
    """Return a note on a file that gave nothing, and why."""
    if tally.rows == 0:
        return [f"{tally.path} has no rows"]
    if tally.used:
        return []
    reason = Counter({**tally.set_aside, **tally.rejected}).most_common(1)[0][0]
    return [f"{tally.path}: none of its {_count_rows(tally.rows)} could be used, mostly: {reason}"]


def _count_rows(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def _count(tally: FileTally, reason: str) -> str:
    number = tally.rejected[reason]
    if number == tally.rows:
        return f"none of its {_count_rows(number)} could be used"
    return f"{number:,} of its {_count_rows(tally.rows)} rejected"


def _show(reject: Reject) -> str:
    return f', "{clean(reject.found.strip())[:_LONGEST]}"' if reject.found.strip() else ""


def _find_advice(reason: str, found: str, options: set[str]) -> str | None:
    if reason == "time not understood" and "time_format" in options:
        return _guess_form(found)
    if reason.endswith("is not a number"):
        return _guess_number(found, reason.startswith("longitude"), options)
    if reason.startswith("text is not ") and "encoding" not in options:
        return "save it as UTF-8"
    return _TEXTS.get(reason)


def _guess_number(found: str, coordinate: bool, options: set[str]) -> str | None:
    """Return what to do about a number; "1,234" is a thousand where it is no coordinate, and nobody can tell."""
    if coordinate and re.search(r"\d\s*[°NSEWnsew'\u2032]", found):
        return "write degrees as one decimal number, such as 54.5; south and west are negative"
    if not re.fullmatch(r"-?\d+,\d+", found) or "decimal" not in options:
        return None
    if re.fullmatch(r"-?\d{1,3},\d{3}", found) and not coordinate:
        return 'write it without a mark between thousands, or add decimal = "," if the comma is a decimal one'
    return 'add decimal = ","'


def _guess_form(found: str) -> str | None:
    """Return the time_format that a text seems to follow, or None where it looks like nothing known."""
    if re.fullmatch(r"\d{5}(\.\d+)?", found):
        return "it looks like a spreadsheet's number for a day: save that column as text, such as 2025-01-31 12:00"
    if re.fullmatch(r"\d{10}(\.\d+)?|\d{13}", found):
        return f'add time_format = "epoch {"ms" if len(found) == 13 else "s"}"'
    for day, form in _FORMS:
        for clock, more in _CLOCKS:
            if re.fullmatch(day + clock, found):
                mark = "" if not more else "T" if "T" in found else " "
                order = "" if form.startswith("%Y") else ", or with %m before %d where the month comes first"
                zone = " and time_zone"
                return f'add time_format = "{form}{mark}{more}"{zone}{order}'
    return "write times as 2025-01-31T12:00Z, or say with time_format how they are written"
