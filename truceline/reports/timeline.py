"""The timeline: when the truce held by whose clock, what was counted hour by hour, and the incidents.

The time in force is a band with its exact clock at both edges; clocks that the parties contest are
bands of their own. Counts are steps, never smoothed lines. Time outside the band is shown too,
because a number means nothing without the time before it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from truceline.model import Incident
from truceline.reports.board import is_silent
from truceline.reports.content import Figure
from truceline.reports.signs import add_sign
from truceline.reports.starts import Start, list_starts
from truceline.reports.subject import Subject
from truceline.reports.svg import NARROW, WIDE, Canvas, Drawing, fix, width_of
from truceline.reports.wording import name_kind, say_count, say_number
from truceline.spacetime import Interval

_HOUR = timedelta(hours=1)
_BINS = ((4, 1), (12, 3), (30, 6), (180, 24), (100_000, 168))  # days shown -> hours in a bin
_TICKS = (1, 2, 3, 6, 12, 24, 48, 168, 336, 720, 2184, 8760, 17_520, 43_800, 87_600, 438_000)
_LONG_HOURS = 300 * 24  # from here on a day needs its year
_SERIES, _ROW, _BAND = 66.0, 30.0, 34.0
_CLOSEST = 3.0  # units between two signs that can still be told apart
_MOST_BANDS, _MOST_SERIES, _MOST_ROWS = 4, 2, 6


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of one kind from one source by bins of time."""

    name: str
    bin_hours: int
    starts: tuple[datetime, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A time in force: under which readings, from when to when; an open one is drawn to the cut-off."""

    readings: str
    span: Interval
    is_open: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """Time along the drawing."""

    window: Interval
    width: float

    def x(self, instant: datetime) -> float:
        """Return where an instant stands, held within the drawing."""
        share = (instant - self.window.start) / self.window.duration
        return min(max(share, 0.0), 1.0) * self.width


def build_timeline(subject: Subject, name: str = "timeline") -> Figure | None:
    """Return the timeline of a case, or None where no clause was ever in force."""
    bands = _bands(subject)
    if not bands:
        return None
    window = _window(subject, [band.span for band in bands])
    series = tuple(_series(subject, window))[:_MOST_SERIES]
    rows = _rows(subject, window)
    wide, narrow = (
        _draw(subject, Axis(window, width), bands, series, rows, f"{name}-{width:.0f}") for width in (WIDE, NARROW)
    )
    return Figure(
        id=name,
        title=_title(subject, rows),
        description=_describe(subject, bands, series, rows),
        wide=wide,
        narrow=narrow,
        note=_note(subject, series),
    )


def _title(subject: Subject, rows: dict[str, list[Incident]]) -> str:
    effects = [effect for clause in subject.assessment.clauses for effect in clause.effects][:1]
    found = [f"{name_kind(one.kind)}: {say_number(one.count)}, {say_number(one.expected)} expected" for one in effects]
    incidents = len({incident.id for row in rows.values() for incident in row})
    return "; ".join([*found, say_count(incidents, "incident")]) + ("" if found else " over time")


def _describe(subject: Subject, bands: list[Band], series: tuple[Series, ...], rows: dict[str, list[Incident]]) -> str:
    parts = [f"{one.readings} {subject.times.say_span(one.span)}{', open' * one.is_open}" for one in bands]
    parts += [f"{one.name}, most in one bin {say_number(max(one.counts, default=0))}" for one in series]
    parts += [f"{clause}: {say_count(len(row), 'incident')}" for clause, row in rows.items()]
    return f"Time from left to right on the clock of {subject.times.zone}. {'; '.join(parts)}."


def _note(subject: Subject, series: tuple[Series, ...]) -> str:
    text = f"Clock of {subject.times.zone}. Shaded: in force."
    sources = sorted({one.name.partition(", ")[2] for one in series})
    return f"{text} Rows of {', '.join(sources)}, each in the bin where it starts." if sources else text


def _bands(subject: Subject) -> list[Band]:
    """Return the distinct intervals in force with the readings that have them, earliest first."""
    readings: dict[Interval, list[str]] = {}
    for clause in subject.assessment.clauses:
        if clause.interval is not None and not is_silent(clause):
            names = readings.setdefault(clause.interval, [])
            names += [clause.reading] if clause.reading not in names else []
    ordered = sorted(readings, key=lambda span: (span.start, span.end or datetime.max.replace(tzinfo=UTC)))
    return [Band(", ".join(readings[span]), _close(subject, span), span.end is None) for span in ordered][:_MOST_BANDS]


def _close(subject: Subject, span: Interval) -> Interval:
    return Interval(span.start, span.end or max(subject.assessment.cut_off, span.start))


def _window(subject: Subject, bands: list[Interval]) -> Interval:
    start, end = min(band.start for band in bands), max(band.end or band.start for band in bands)
    lead = max(timedelta(hours=12), (end - start) / 4)
    return Interval(start - lead, max(end, min(subject.assessment.cut_off, end + lead)) + lead / 3)


def _series(subject: Subject, window: Interval) -> Iterator[Series]:
    seen = set()
    for clause in subject.assessment.clauses:
        for effect in clause.effects:
            key = (effect.kind, clause.zone)
            if key not in seen:
                seen.add(key)
                hours, first = _bins(list_starts(subject, clause, effect, window), window)
                span = Interval(first, window.end)
                starts = list_starts(subject, clause, effect, span)
                yield _count(f"{name_kind(effect.kind)}, {effect.source}", starts, hours, span)


def _bins(starts: list[Start], window: Interval) -> tuple[int, datetime]:
    """Return the hours in a bin and the first edge, at or before the window's start.

    Rows that are all wider than a bin (a day's total) get bins as wide as they are, from where they start.
    """
    hours = next(bin_hours for most, bin_hours in _BINS if window.hours / 24 <= most)
    first = window.start.replace(minute=0, second=0, microsecond=0)
    narrowest = min((start.hours for start in starts), default=0.0)
    if narrowest > hours:
        hours = math.ceil(narrowest)
        step = timedelta(hours=hours)
        first = starts[0].time - step * math.ceil((starts[0].time - first) / step)
    return hours, first


def _count(name: str, starts: list[Start], hours: int, span: Interval) -> Series:
    step = timedelta(hours=hours)
    counts = [0.0] * (int(span.duration / step) + 1)
    for start in starts:
        counts[int((start.time - span.start) / step)] += start.weight
    return Series(name, hours, tuple(span.start + step * place for place in range(len(counts))), tuple(counts))


def _rows(subject: Subject, window: Interval) -> dict[str, list[Incident]]:
    """Return the incidents within the window by clause, in the order of the agreement."""
    rows: dict[str, list[Incident]] = {clause.clause: [] for clause in subject.assessment.clauses}
    for incident in subject.incidents:
        if incident.span.start in window:
            rows.setdefault(incident.clause, []).append(incident)
    return dict([(clause, row) for clause, row in rows.items() if row][:_MOST_ROWS])


def _draw(
    subject: Subject,
    axis: Axis,
    bands: list[Band],
    series: Sequence[Series],
    rows: dict[str, list[Incident]],
    name: str,
) -> Drawing:
    top = _BAND * len(bands) + 6
    foot = top + _SERIES * len(series) + _ROW * len(rows) + 8
    canvas = Canvas(axis.width, foot + 20, name)
    for number, band in enumerate(bands):
        _band(canvas, subject, axis, band, _BAND * number, foot)
        if len(bands) > 1:
            canvas.label(axis.x(band.span.start) + 4, _BAND * number + 30, band.readings, size=10.5, colour="muted")
    _ticks(canvas, subject, axis, top, foot)
    y = top
    for one in series:
        _steps(canvas, axis, one, y)
        y += _SERIES
    for clause, incidents in rows.items():
        _signs(canvas, axis, subject, clause, incidents, y)
        y += _ROW
    _cut_off(canvas, axis, subject, top, foot)
    return canvas.finish()


def _band(canvas: Canvas, subject: Subject, axis: Axis, band: Band, y: float, foot: float) -> None:
    """Draw one band from its own height down to the foot, and its exact clock at both edges."""
    left, right = axis.x(band.span.start), axis.x(_end(band.span))
    canvas.rect(left, y + 18, max(right - left, 1.0), foot - y - 18, fill="band")
    start, end = _edge_texts(subject, band)
    size = 11.0 if axis.width > 480 else 10.0
    if width_of(start, size) + width_of(end, size) + 12 > right - left:
        start, end = subject.times.say_short(band.span.start), end.partition(" (")[0]
    canvas.label(left, y + 13, start, size=size)
    if left + width_of(start, size) + 10 < right - width_of(end, size):
        canvas.label(right, y + 13, end, size=size, anchor="end")


def _end(interval: Interval) -> datetime:
    """Return the end of an interval that was closed at the cut-off."""
    return interval.start + interval.duration


def _edge_texts(subject: Subject, band: Band) -> tuple[str, str]:
    edges = [(subject.times.say_short(one), one.astimezone(UTC)) for one in (band.span.start, _end(band.span))]
    if subject.times.zone == "UTC":
        start, end = (f"{local} UTC" for local, _ in edges)
    else:
        start, end = (f"{local} ({utc:%H:%M} UTC)" for local, utc in edges)
    return start, "open" if band.is_open else end


def _ticks(canvas: Canvas, subject: Subject, axis: Axis, top: float, foot: float) -> None:
    canvas.line(0, foot, axis.width, foot, stroke="muted")
    for instant in _tick_times(subject, axis):
        x = axis.x(instant)
        local = subject.times.local(instant)
        midnight = (local.hour, local.minute) == (0, 0)
        canvas.line(x, top, x, foot + 4, stroke="hair", line=1 if midnight else 0.5)
        text = f"{local:%H:%M}"
        if midnight:
            day = subject.times.say_short(instant)[:-6]
            text = day if axis.window.hours < _LONG_HOURS else f"{day} {local.year}"
        half = width_of(text, 11) / 2
        if half < x < axis.width - half:
            canvas.label(x, foot + 16, text, size=11, colour="muted", anchor="middle")


def _tick_times(subject: Subject, axis: Axis) -> Iterator[datetime]:
    most = axis.width / (62 if axis.window.hours < _LONG_HOURS else 84)
    hours = next((step for step in _TICKS if axis.window.hours / step <= most), _TICKS[-1])
    local = subject.times.local(axis.window.start)
    day = datetime(local.year, local.month, local.day, tzinfo=local.tzinfo)
    instant = day.astimezone(UTC)
    while instant < _end(axis.window):
        if instant >= axis.window.start:
            yield instant
        if hours < 24:
            instant += timedelta(hours=hours)
        else:  # days follow the local calendar, also where a clock is changed between them
            day = day + timedelta(hours=hours)
            instant = day.astimezone(UTC)


def _steps(canvas: Canvas, axis: Axis, series: Series, y: float) -> None:
    most = max(series.counts, default=0)
    low, high = y + _SERIES - 8, y + 24
    unit = {1: "hour", 24: "day", 168: "week"}.get(series.bin_hours, f"{series.bin_hours} hours")
    canvas.line(0, low, axis.width, low, stroke="hair")
    for start, count in zip(series.starts, series.counts, strict=True):
        if count:
            left, right = axis.x(start), axis.x(start + series.bin_hours * _HOUR)
            height = (low - high) * count / most
            canvas.rect(left, low - height, max(right - left - 0.6, 0.6), height, fill="accent")
    title = f"{series.name.partition(', ')[0]} per {unit}; highest {say_number(most)}"
    canvas.label(2, y + 15, title, size=11.5, bold=True, halo=True)


def _signs(canvas: Canvas, axis: Axis, subject: Subject, clause: str, incidents: list[Incident], y: float) -> None:
    canvas.label(2, y + 12, f"{clause}: {say_count(len(incidents), 'incident')}", size=11.5, bold=True, halo=True)
    canvas.line(0, y + 22, axis.width, y + 22, stroke="hair", line=0.5)
    taken, drawn = width_of(f"{clause}: {len(incidents)} incidents", 11.5, bold=True) + 8, set()
    starts = [axis.x(incident.span.start) for incident in incidents]
    for incident, left in zip(incidents, starts, strict=True):
        spot = (incident.status, round(left / _CLOSEST))
        if spot in drawn:  # another of the same kind stands there already: the table has both
            continue
        drawn.add(spot)
        if incident.span.end is not None and axis.x(incident.span.end) - left > 4:
            data = f"M{fix(left)},{fix(y + 22)}H{fix(axis.x(incident.span.end))}"
            canvas.add("path", d=data, stroke="ink", line=1.6)
        add_sign(canvas, incident.status, left, y + 22, 5.5)
        text = str(subject.numbers[incident.id])
        wide = width_of(text, 10)
        if left > taken:
            canvas.label(left, y + 13, text, size=10, anchor="middle", halo=True)
            taken = left + wide + 3
        elif not any(left + _CLOSEST < other < left + wide + 16 for other in starts):  # beside it, where there is room
            canvas.label(left + 8, y + 26, text, size=10, halo=True)


def _cut_off(canvas: Canvas, axis: Axis, subject: Subject, top: float, foot: float) -> None:
    if subject.assessment.cut_off not in axis.window:
        return
    x = axis.x(subject.assessment.cut_off)
    canvas.line(x, top - 14, x, foot, stroke="ink", line=1.2, dash="5 3")
    text, size = "cut-off", 11.0
    anchor = "end" if x > axis.width - width_of(text, size) - 6 else "start"
    canvas.label(x - 4 if anchor == "end" else x + 4, top - 6, text, size=size, anchor=anchor, halo=True)
