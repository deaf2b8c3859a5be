"""How numbers, shares, times and foreign text are put into words, the same everywhere.

A number that is not known is the word "unknown", never a zero and never a blank. A watched
share is cut, not rounded up: 99.96 % is not "100 %".
"""

import math
import re
import unicodedata
from datetime import UTC, datetime

from truceline.model import UNKNOWN as UNKNOWN
from truceline.model import Word
from truceline.model import say_share as say_share
from truceline.spacetime import Clock, Interval, format_utc

WORDS = {word: word.value for word in Word}

_KINDS = {
    "air-raid-alert": "Air-raid alerts",
    "thermal-anomaly": "Thermal anomalies",
    "press-report": "Press reports",
    "lethal-event": "Lethal events",
    "mission-count": "The mission's own count",
}
_COUNTINGS = {
    "event": "events",
    "row-onset": "onsets, one a row",
    "alert-region-onset": "onsets, merged per region",
    "alert-region-hours": "region-hours under alert",
    "wave": "waves over many regions",
    "mission-count": "as the mission counts",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Unicode Bidirectional Algorithm (UAX #9): explicit controls can turn around what a line seems to say.
# Zero-width characters hide in names. Both are shown by their number instead of being obeyed.
_SHOWN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """Return `text` with control and direction characters shown as their numbers, in NFC."""
    shown = _SHOWN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", shown)


def shorten(text: str, length: int = 300) -> str:
    """Return `text` on one line, cut to `length` characters with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def say_number(value: float | None, places: int = 1) -> str:
    """Return a number with at most `places` decimals and thousands set apart, or "unknown"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace(",", "\u202f")
    return f"{value:,.{places}f}".replace(",", "\u202f")


def say_ratio(value: float | None) -> str:
    """Return a ratio with two meaningful digits, or "unknown"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if value < 0.01:
        return "< 0.01"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def say_interval(pair: tuple[float, float | None] | None) -> str:
    """Return a 95 % interval of a ratio as "0.5 to 2.0"; one without an upper bound as "0.5 or more"."""
    if pair is None:
        return UNKNOWN
    low, high = pair
    return f"{say_ratio(low)} or more" if high is None else f"{say_ratio(low)} to {say_ratio(high)}"


def say_part(share: float) -> str:
    """Return a part of a whole, such as an attribution, as rounded per cent."""
    return f"{share * 100:.0f}\u00a0%"


def say_count(number: int, one: str, many: str = "") -> str:
    """Return "1 incident", "2 incidents"."""
    return f"{say_number(number)}\u00a0{one if number == 1 else many or one + 's'}"


def say_hours(hours: float) -> str:
    """Return a length of time as hours up to four days, then as days."""
    return f"{say_number(hours)}\u00a0h" if hours < 96 else f"{say_number(hours / 24)}\u00a0days"


def say_sentence(text: str) -> str:
    """Return a reason as a sentence: a capital first (but not in a clause's id), a full stop last."""
    line = text.strip()
    if not line:
        return ""
    name = any(character.isdigit() or character == "_" for character in line.partition(" ")[0])
    head = line if name else line[0].upper() + line[1:]
    return head if head[-1] in ".!?:…" else f"{head}."


def say_list(items: tuple[str, ...] | list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else "none"


def name_kind(kind: str) -> str:
    """Return a kind of event in words."""
    return _KINDS.get(kind, kind.replace("-", " ").capitalize())


def name_counting(counting: str) -> str:
    """Return a counting unit in words, to stand behind a number."""
    return _COUNTINGS.get(counting, counting)


class Clockwork:
    """Times on the declared zone's clock, with UTC beside them."""

    def __init__(self, zone: str) -> None:
        self.zone = "UTC" if zone in ("", "Z", "UTC") else zone

    def local(self, instant: datetime) -> datetime:
        """Return the instant on the declared zone's clock."""
        return Clock("", self.zone, instant, instant).local(instant)

    def say(self, instant: datetime) -> str:
        """Return "7 Jan 2023 12:00" on the declared zone's clock."""
        return _say_day(self.local(instant)) + " " + _say_hour(self.local(instant))

    def say_both(self, instant: datetime) -> str:
        """Return the declared zone's clock, its name, and UTC in brackets."""
        if self.zone == "UTC":
            return f"{self.say(instant)} UTC"
        local, utc = self.local(instant), instant.astimezone(UTC)
        day = "" if local.date() == utc.date() else f"{utc.day} {_MONTHS[utc.month - 1]} "
        return f"{self.say(instant)} {self.zone} ({day}{_say_hour(utc)} UTC)"

    def say_short(self, instant: datetime) -> str:
        """Return "7 Jan 12:00", to the minute, for tables whose caption names the zone."""
        local = self.local(instant)
        return f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"

    def say_span(self, span: Interval) -> str:
        """Return an interval on the declared zone's clock, the day once where both edges share it."""
        if span.end is None:
            return f"from {self.say(span.start)}, open"
        start, end = self.local(span.start), self.local(span.end)
        if span.start == span.end:
            return self.say(span.start)
        if start.date() == end.date():
            return f"{_say_day(start)} {_say_hour(start)}–{_say_hour(end)}"
        return f"{self.say(span.start)} – {self.say(span.end)}"

    def say_span_utc(self, span: Interval) -> str:
        """Return an interval in UTC as RFC 3339."""
        return f"{format_utc(span.start)} – {format_utc(span.end) if span.end else 'open'}"


def _say_day(local: datetime) -> str:
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def _say_hour(local: datetime) -> str:
    return local.strftime("%H:%M:%S" if local.second else "%H:%M")
