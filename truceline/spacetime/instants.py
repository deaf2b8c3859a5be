"""Instants, declared clocks and half-open intervals.

A clock in an agreement is text: an hour in a declared zone, a day without an hour, the end of a
day. It is read into the earliest and the latest UTC instant that it can mean, and the text and the
zone stay with it. Zones and offsets: IANA time zone database (RFC 6557); times: RFC 3339, with
the midnight `24:00` of ISO 8601:2004 allowed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import total_ordering
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from truceline.errors import FormError

__all__ = [
    "UTC",
    "Clock",
    "Interval",
    "format_utc",
    "read_clock",
    "read_duration",
    "read_instant",
]

_DAY = r"(?P<date>\d{4}-\d{2}-\d{2})"
_HOUR = r"(?P<time>\d{2}:\d{2}(?::\d{2})?)"
_CLOCK = re.compile(rf"(?P<end>end of )?{_DAY}(?:[T ]{_HOUR})? +(?P<zone>(?!\d\d:)\S+)", re.ASCII)
_COMPACT = re.compile(rf"{_DAY}T{_HOUR}(?P<zone>Z|[+-]\d{{2}}:\d{{2}})", re.ASCII)
_OFFSET = re.compile(r"(?:UTC)?(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})", re.ASCII)
# Area/City, or one whole word such as Israel. Abbreviations (EET) and what a machine may have of
# its own (localtime, posixrules, right/…) would not mean the same everywhere.
_NAMED_ZONE = re.compile(r"[A-Z][\w+-]*(?:/[A-Z][\w+-]*)+|[A-Z][a-z]{3,}|GMT", re.ASCII)
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?(?P<unit>s|min|h|d|w)", re.ASCII)
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FORM = '"YYYY-MM-DDThh:mm ZONE", "YYYY-MM-DD ZONE" or "end of YYYY-MM-DD ZONE"'


@dataclass(frozen=True, slots=True)
class Clock:
    """A declared time: the text as it stands, its zone, and the UTC instants it can mean.

    `earliest == latest` for a time with an hour. A day without an hour is as wide as that day.
    """

    text: str
    zone: str
    earliest: datetime
    latest: datetime

    @property
    def exact(self) -> bool:
        """Whether the text names one instant."""
        return self.earliest == self.latest

    def local(self, instant: datetime) -> datetime:
        """Return `instant` on the declared zone's clock."""
        return instant.astimezone(_read_zone(self.zone, self.text))


@total_ordering
@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open span of time [start, end) in UTC; `end is None` means open, and sorts last.

    Edges in another zone are put into UTC: lengths would else be those of a local clock, an hour
    wrong where daylight saving changes.
    """

    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        """Refuse an end before the start, and a time without a zone: bugs, not values."""
        object.__setattr__(self, "start", _in_utc(self.start))
        if self.end is not None:
            object.__setattr__(self, "end", _in_utc(self.end))
            if self.end < self.start:
                raise ValueError(f"interval ends before it starts: {self}")

    def __lt__(self, other: "Interval") -> bool:
        """Whether this one starts first, or starts together with `other` and ends first."""
        if self.start != other.start:
            return self.start < other.start
        return self.end is not None and (other.end is None or self.end < other.end)

    def __contains__(self, instant: datetime) -> bool:
        """Whether `instant` lies in [start, end)."""
        return self.start <= instant and (self.end is None or instant < self.end)

    def __str__(self) -> str:
        """Return both edges in UTC."""
        return f"{format_utc(self.start)}/{format_utc(self.end) if self.end else 'open'}"

    def overlap(self, other: "Interval") -> "Interval | None":
        """Return the common span, or None where there is none."""
        start = max(self.start, other.start)
        ends = [end for end in (self.end, other.end) if end is not None]
        end = min(ends) if ends else None
        return None if end is not None and end <= start else Interval(start, end)

    @property
    def duration(self) -> timedelta:
        """Length of a closed interval; raises ValueError for an open one."""
        if self.end is None:
            raise ValueError("an open interval has no duration")
        return self.end - self.start

    @property
    def hours(self) -> float:
        """Length in hours; raises ValueError for an open interval."""
        return self.duration / timedelta(hours=1)

    def shift(self, by: timedelta) -> "Interval":
        """Return the interval moved by `by`."""
        return Interval(self.start + by, None if self.end is None else self.end + by)

    def periods(self, length: timedelta, last_end: datetime | None = None) -> Iterator["Interval"]:
        """Yield reporting periods of `length` that tile the interval.

        They are counted back from `last_end` (a cut-off) when it is given, else forward from the
        start; the first and the last may be shorter. None lies after `last_end`.
        """
        end = min(filter(None, (self.end, last_end)), default=None)
        if end is None:
            raise ValueError("an open interval has no periods without a last end")
        if length <= timedelta(0):
            raise ValueError(f"a period must be longer than zero: {length}")
        edge = self.start
        following = edge + ((last_end - edge) % length if last_end else timedelta(0))
        while edge < end:
            following = following if following > edge else edge + length
            yield Interval(edge, min(following, end))
            edge = following


def format_utc(instant: datetime) -> str:
    """Return an instant as RFC 3339 text in UTC, with a fraction only where there is one.

    Raises ValueError for a time without a zone: the machine's own would be a guess.
    """
    text = _in_utc(instant).isoformat(timespec="microseconds")[:-6]
    return text.rstrip("0").rstrip(".") + "Z"


def read_duration(text: str) -> timedelta:
    """Read a length of time with its unit: "36 h", "30 d", "45 min", "10 s", "4 w"."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise FormError(
            "duration not understood",
            expected='a number and a unit of s, min, h, d or w, such as "36 h"',
            found=f'"{text}"',
            do="write the number, a blank and the unit",
        )
    try:
        return timedelta(seconds=float(match["number"]) * _SECONDS[match["unit"]])
    except OverflowError as error:
        raise FormError(
            "duration too long", expected="less than 2,700,000 years", found=f'"{text}"', do='write "open" for no end'
        ) from error


def read_clock(text: str) -> Clock:
    """Read a declared time into the UTC instants it can mean.

    Forms: "YYYY-MM-DDThh:mm[:ss] ZONE", "YYYY-MM-DD ZONE" (as wide as that day), "end of
    YYYY-MM-DD ZONE" (the midnight after it), RFC 3339 with an offset. ZONE is an IANA name, "UTC",
    "Z" or an offset. A day starts at its first instant, also where clocks change at midnight.
    Raises FormError for a time without a zone, a time in a daylight-saving gap (it does not exist)
    or fold (it exists twice).
    """
    match = _CLOCK.fullmatch(text.strip()) or _COMPACT.fullmatch(text.strip())
    if match is None:
        raise _not_understood(text)
    zone = match["zone"]
    day = _read_day(match["date"], text)
    rules = _read_zone(zone, text)
    parts = match.groupdict()
    if parts.get("end"):
        if parts["time"]:
            raise _not_understood(text)
        instant = _midnight(day, 1, rules)
        return Clock(text, zone, instant, instant)
    if parts["time"] is None:
        return _read_whole_day(day, zone, rules, text)
    instant = _read_hour(day, parts["time"], rules, text)
    return Clock(text, zone, instant, instant)


def read_instant(text: str) -> datetime:
    """Read a time that must name one instant, and return it in UTC."""
    clock = read_clock(text)
    if not clock.exact:
        raise FormError(
            "time without an hour",
            expected="one instant",
            found=f'"{text}"',
            do="add hour and minute: YYYY-MM-DDThh:mm ZONE",
        )
    return clock.earliest


def _not_understood(text: str) -> FormError:
    if re.fullmatch(rf"(end of )?{_DAY}([T ][\d:.]+)?", text.strip()):
        return FormError(
            "time without a zone",
            expected=_FORM,
            found=f'"{text}"',
            do='add the zone, such as "Europe/Kyiv", "UTC" or "+02:00"',
        )
    return FormError("time not understood", expected=_FORM, found=f'"{text}"', do="write it in one of these forms")


def _read_day(text: str, whole: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise FormError(
            "no such day", expected="a day of the calendar", found=f'"{whole}"', do="correct the date"
        ) from error
    if not 1900 <= day.year <= 9000:
        raise FormError(
            "year out of range", expected="a year from 1900 to 9000", found=f'"{whole}"', do="correct the year"
        )
    return day


def _read_zone(zone: str, whole: str) -> tzinfo:
    if zone in ("Z", "UTC"):
        return UTC
    offset = _OFFSET.fullmatch(zone)
    if offset and int(offset["hours"]) < 24 and int(offset["minutes"]) < 60:
        size = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
        return timezone(size if offset["sign"] == "+" else -size)
    try:
        if _NAMED_ZONE.fullmatch(zone) is None:
            raise ValueError(zone)
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FormError(
            "zone of time not known",
            expected='an IANA name, "UTC" or an offset such as "+03:00"',
            found=f'"{zone}" in "{whole}"',
            do="correct the zone; abbreviations such as MSK or EET are not unique",
        ) from error


def _read_hour(day: date, text: str, rules: tzinfo, whole: str) -> datetime:
    hour, minute, second = (int(part) for part in (text + ":00")[:8].split(":"))
    if (hour, minute, second) == (24, 0, 0):
        return _midnight(day, 1, rules)
    if hour > 23 or minute > 59 or second > 59:
        raise FormError(
            "no such hour", expected="00:00:00 to 23:59:59, or 24:00", found=f'"{whole}"', do="correct the hour"
        )
    return _to_utc(datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=rules), whole)


def _read_whole_day(day: date, zone: str, rules: tzinfo, text: str) -> Clock:
    first, last = _midnight(day, 0, rules), _midnight(day, 1, rules)
    if first == last:  # Samoa had no 30 December 2011
        raise FormError(
            "day does not exist in this zone",
            expected="a day that this zone's calendar had",
            found=f'"{text}"',
            do="correct the date or the zone",
        )
    return Clock(text, zone, first, last)


def _midnight(day: date, days_after: int, rules: tzinfo) -> datetime:
    """Return the first instant of a day.

    Where clocks go forward at midnight, 00:00 on the clock before the change is that instant;
    where midnight comes twice, the first one is.
    """
    return (datetime(day.year, day.month, day.day, tzinfo=rules) + timedelta(days=days_after)).astimezone(UTC)


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"time without a zone: {instant}")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def _to_utc(local: datetime, whole: str) -> datetime:
    """Return a local time in UTC; refuse one that does not exist, or that exists twice."""
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    exists = first.astimezone(local.tzinfo).replace(fold=0, tzinfo=None) == local.replace(fold=0, tzinfo=None)
    if exists:
        raise FormError(
            "time exists twice (clocks went back)",
            expected="one instant",
            found=f'"{whole}": {format_utc(first)} or {format_utc(second)}',
            do="write it with an offset instead of the zone's name",
        )
    raise FormError(
        "time does not exist (clocks went forward)",
        expected="an hour that this zone's clock showed",
        found=f'"{whole}"',
        do="correct the hour, or write it with an offset",
    )
