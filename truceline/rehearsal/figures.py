"""What each past week would have raised, as bars on the axis of time; weeks that are left out stay empty."""

from truceline.rehearsal.result import ClauseRehearsal, WeekCount
from truceline.reports.content import Figure
from truceline.reports.svg import NARROW, WIDE, Canvas, Drawing
from truceline.reports.wording import Clockwork, say_number

__all__ = ["draw_weeks"]

_HEIGHT, _TOP, _FOOT = 150.0, 16.0, 22.0


def draw_weeks(clause: ClauseRehearsal, times: Clockwork, anchor: str) -> Figure:
    """Return the figure of a clause: incidents a week where there are any, else findings, else indicators."""
    name = _choose(clause)
    counts = [getattr(week, name) for week in clause.weeks]
    total, number = sum(counts), len(counts)
    spread = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    title = f"{spread} {name} a week in {number} weeks without a truce; {say_number(total / number)} on average"
    first, last = clause.weeks[0].interval, clause.weeks[-1].interval
    said = f"One bar a week, {times.say(first.start)} to {times.say(last.end or last.start)}, {times.zone}."
    note = {"incidents": " Corroborated ones dark, alleged ones light."}.get(name, "")
    return Figure(
        id=anchor,
        title=title,
        description=said + note,
        wide=_draw(clause.weeks, name, times, WIDE),
        narrow=_draw(clause.weeks, name, times, NARROW),
        note=said + note,
    )


def _choose(clause: ClauseRehearsal) -> str:
    for name in ("incidents", "findings", "indicators"):
        if any(getattr(week, name) for week in clause.weeks):
            return name
    return "incidents"


def _draw(weeks: tuple[WeekCount, ...], name: str, times: Clockwork, width: float) -> Drawing:
    canvas = Canvas(width, _HEIGHT, "weeks")
    left, base = 40.0, _HEIGHT - _FOOT
    start, end = weeks[0].interval.start, weeks[-1].interval.end or weeks[-1].interval.start
    top: int = max(1, *(getattr(week, name) for week in weeks))
    scale = (width - left - 4) / ((end - start).total_seconds() or 1.0)

    def height(count: int) -> float:
        return count / top * (base - _TOP)

    for value in (0, top):
        canvas.line(left, base - height(value), width - 4, base - height(value), stroke="hair", line=0.8)
        canvas.label(left - 6, base - height(value) + 4, str(value), size=11, anchor="end", colour="muted")
    for week in weeks:
        x = left + (week.interval.start - start).total_seconds() * scale
        room = week.interval.duration.total_seconds() * scale
        wide = max(room - min(2.0, room / 4), 0.4)
        canvas.rect(x, base - height(getattr(week, name)), wide, height(getattr(week, name)), fill="track")
        if name == "incidents" and week.corroborated:
            canvas.rect(x, base - height(week.corroborated), wide, height(week.corroborated), fill="accent")
    canvas.label(left, _HEIGHT - 6, times.say(start)[:-6], size=11, colour="muted")
    canvas.label(width - 4, _HEIGHT - 6, times.say(end)[:-6], size=11, anchor="end", colour="muted")
    return canvas.finish()
