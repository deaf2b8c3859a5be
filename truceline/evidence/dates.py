"""Files with rows that are dated when nobody can have written them.

Whether a row is dated in the future is judged by its arrival (`received`) and by the options of the run, never by
today's clock: the same files would otherwise give another report tomorrow. Today's clock may refuse one thing
only, an open agreement whose end would be such a row; what is assessed at all is the same on every day.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from truceline.errors import CaseError
from truceline.model import FileTally, Problem
from truceline.spacetime import format_utc

__all__ = ["note_far", "refuse_ahead"]

_FAR = timedelta(days=366)
_ADVICE = 'add received = "…" to its source, the time at which the file arrived'


def refuse_ahead(files: Iterable[FileTally]) -> None:
    """Raise CaseError where the last row of a file lies more than a day ahead: no cut-off can be taken from it."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    problems = [
        Problem(
            tally.path,
            0,
            "rows dated in the future, in an agreement without an end",
            expected="rows up to now, because the last of them gives the cut-off",
            found=format_utc(tally.last_utc),
            do=f"{_ADVICE}, and later rows are rejected; or give --cut-off",
        )
        for tally in files
        if tally.last_utc and tally.last_utc > tomorrow
    ]
    if problems:
        raise CaseError(problems)


def note_far(files: Iterable[FileTally], cut_off: datetime) -> tuple[str, ...]:
    """Say which files have rows that are dated more than a year after the cut-off."""
    return tuple(
        f"{tally.path}: its last row is dated {format_utc(tally.last_utc)}, more than a year after the cut-off; "
        f"if that is a wrong date, {_ADVICE}: later rows are then rejected"
        for tally in files
        if tally.last_utc and tally.last_utc > cut_off + _FAR
    )
