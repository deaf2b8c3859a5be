"""The pictures of a funding plan: fans of debt, paths of defence, social lines, loans, and the cliff.

Each is drawn twice, for a page and for a telephone. Lines are told apart by dash and label, not by
colour alone. Years that the source forecast stand on a shaded band: they are not ours.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truceline.reports.content import Figure
from truceline.reports.svg import NARROW, WIDE, Anchor, Canvas, Drawing, trace, width_of

__all__ = ["Bars", "Line", "Panel", "draw_groups", "draw_multiples", "draw_panels", "draw_stack"]

_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4")
_COLOURS = ("accent", "ochre", "teal", "ink", "muted")
_TOP, _FOOT, _LEFT = 26.0, 22.0, 40.0


@dataclass(frozen=True, slots=True)
class Line:
    """A broken line: its name, and one value a year, or for whatever stands on the axis."""

    name: str
    points: Mapping[Any, float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One small chart: what it shows with its unit, its lines, and bands (year -> low, high) from wide to narrow.

    `ticks` are what the axis names where it does not hold years; `instead` what is said where there is no line.
    """

    title: str
    lines: tuple[Line, ...]
    bands: tuple[Mapping[int, tuple[float, float]], ...] = ()
    shaded: tuple[int, int] | None = None
    ticks: tuple[float, ...] = ()
    instead: str = "not known"


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars over the years, one part on the other: (name, value a year) from the base upwards."""

    title: str
    parts: tuple[Line, ...]


def draw_panels(
    anchor: str, title: str, said: str, panels: Sequence[Panel], note: str = "", height: float = 180
) -> Figure:
    """Return panels side by side on a page, and under each other on a telephone, with one key for all of them."""
    styles = {name: place for place, name in enumerate(_list_names(panels))}

    def wide() -> Drawing:
        each = (WIDE - 14 * (len(panels) - 1)) / len(panels)
        canvas = Canvas(WIDE, 220, anchor)
        top = _draw_key(canvas, styles, WIDE)
        for place, panel in enumerate(panels):
            _draw_panel(canvas, panel, (place * (each + 14), top, each, height), styles)
        canvas.height = top + height + 2
        return canvas.finish()

    def narrow() -> Drawing:
        canvas = Canvas(NARROW, 190, f"{anchor}-n")
        top = _draw_key(canvas, styles, NARROW)
        for panel in panels:
            _draw_panel(canvas, panel, (0, top, NARROW, 182), styles)
            top += 190.0 if any(line.points for line in panel.lines) else 42.0
        canvas.height = top
        return canvas.finish()

    return Figure(anchor, title, said, wide(), narrow(), note)


def draw_multiples(
    anchor: str, title: str, said: str, panels: Sequence[Panel], note: str = "", axis: str = ""
) -> Figure:
    """Return many small panels in rows, on scales of their own, with one key; `axis` says what runs to the right."""
    styles = {name: place for place, name in enumerate(_list_names(panels))}

    def draw(width: float, name: str, columns: int) -> Drawing:
        canvas = Canvas(width, 100, name)
        top = _draw_key(canvas, styles, width)
        if axis:
            canvas.label(0, top + 8, axis, size=10.5, colour="muted")
            top += 18
        each = (width - 12 * (columns - 1)) / columns
        for place, panel in enumerate(panels):
            row, column = divmod(place, columns)
            _draw_panel(canvas, panel, (column * (each + 12), top + 106.0 * row, each, 98), styles)
        canvas.height = top + 106.0 * -(-len(panels) // columns)
        return canvas.finish()

    return Figure(anchor, title, said, draw(WIDE, anchor, 6), draw(NARROW, f"{anchor}-n", 2), note)


def _list_names(panels: Sequence[Panel]) -> list[str]:
    """Return the names of all lines, each once: a line of one name looks the same in every panel."""
    return list(dict.fromkeys(line.name for panel in panels for line in panel.lines if line.name and line.points))


def _draw_key(canvas: Canvas, styles: Mapping[str, int], width: float) -> float:
    """Draw a stroke and a name for each line, in as many rows as it takes; return where the panels may begin."""
    x, y = 0.0, 12.0
    for name, place in styles.items():
        room = 30 + width_of(name, 10.5) + 14
        if x and x + room > width:
            x, y = 0.0, y + 16
        colour, dash = _COLOURS[place % len(_COLOURS)], _DASHES[place % len(_DASHES)]
        canvas.line(x, y - 4, x + 24, y - 4, stroke=colour, line=1.8, dash=dash)
        canvas.label(x + 29, y, name, size=10.5)
        x += room
    return y + 8 if styles else 0.0


def draw_stack(anchor: str, title: str, said: str, bars: Bars, note: str = "") -> Figure:
    """Return stacked bars over the years."""
    drawn: Callable[[float, str], Drawing] = lambda width, name: _draw_bars(bars, width, name)  # noqa: E731 - two widths
    return Figure(anchor, title, said, drawn(WIDE, anchor), drawn(NARROW, f"{anchor}-n"), note)


def draw_groups(
    anchor: str, title: str, said: str, groups: Sequence[tuple[str, Sequence[tuple[str, float]]]], note: str = ""
) -> Figure:
    """Return bars in groups of what may be compared: (what the group has in common, (name, value))."""
    drawn: Callable[[float, str], Drawing] = lambda width, name: _draw_groups(groups, width, name)  # noqa: E731 - two widths
    return Figure(anchor, title, said, drawn(WIDE, anchor), drawn(NARROW, f"{anchor}-n"), note)


def _draw_groups(groups: Sequence[tuple[str, Sequence[tuple[str, float]]]], width: float, name: str) -> Drawing:
    rows = sum(len(members) + 1.6 for _, members in groups)
    canvas = Canvas(width, 15 * rows + 4, name)
    names = [member for _, members in groups for member, _ in members]
    left = max((width_of(member, 11) for member in names), default=0.0) + 10
    top = max((value for _, members in groups for _, value in members), default=1.0)
    y = 0.0
    for heading, members in groups:
        canvas.label(0, y + 12, heading, size=11.5, bold=True)
        y += 18
        for member, value in members:
            canvas.label(left - 6, y + 10, member, size=11, anchor="end")
            canvas.rect(left, y + 2, value / top * (width - left - 44), 10, fill="accent")
            canvas.label(left + value / top * (width - left - 44) + 5, y + 11, f"{value:.1f}", size=11)
            y += 15
        y += 6
    return canvas.finish()


# --- lines ------------------------------------------------------------------------------------


def _draw_panel(canvas: Canvas, panel: Panel, at: tuple[float, float, float, float], styles: Mapping[str, int]) -> None:
    x, y, width, height = at
    years: list[float] = sorted({year for line in panel.lines for year in line.points})
    if not years:
        canvas.label(x, y + 13, panel.title, size=11.5, bold=True)
        canvas.label(x, y + 30, panel.instead, size=10.5, colour="muted")
        return
    values = [value for line in panel.lines for value in line.points.values()]
    values += [value for band in panel.bands for pair in band.values() for value in pair]
    span = _round_range(min(values), max(values), 3 if height < 120 else 5)
    box = _Box(x + _LEFT, y + _TOP, width - _LEFT - 6, height - _TOP - _FOOT, years[0], years[-1], *span)
    canvas.label(x, y + 13, panel.title, size=11.5, bold=True)
    if panel.shaded:
        start, end = box.x(max(panel.shaded[0], years[0])), box.x(min(panel.shaded[1], years[-1]))
        canvas.rect(start, box.top, max(end - start, 0.0), box.height, fill="band")
    _draw_grid(canvas, box)
    if panel.ticks:
        _name_ticks(canvas, box, panel.ticks)
    else:
        _name_years(canvas, box, years, 0.0)
    for place, band in enumerate(panel.bands):
        _draw_band(canvas, box, band, place)
    for line in reversed(panel.lines):
        _draw_line(canvas, box, line, styles.get(line.name, 0))


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    width: float
    height: float
    first: float
    last: float
    low: float
    high: float
    step: float

    def x(self, year: float) -> float:
        return self.left + (year - self.first) / ((self.last - self.first) or 1) * self.width

    def y(self, value: float) -> float:
        return self.top + (self.high - value) / (self.high - self.low) * self.height


def _round_range(low: float, high: float, most: int = 6) -> tuple[float, float, float]:
    """Return a range around the values that ends on round numbers, and the distance of its lines."""
    step = _step(max(high - low, 0.1), most)
    return step * math.floor(low / step + 1e-9), step * (math.floor(high / step + 1e-9) + 1), step


def _step(span: float, most: int = 6) -> float:
    """Return a round distance of lines that gives at most so many of them."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0, 20.0) if span / (step * power) <= most)


def _draw_grid(canvas: Canvas, box: _Box) -> None:
    for place in range(round((box.high - box.low) / box.step) + 1):
        value = box.low + place * box.step
        canvas.line(box.left, box.y(value), box.left + box.width, box.y(value), stroke="hair", line=0.7)
        canvas.label(box.left - 5, box.y(value) + 4, f"{value:,.5g}", size=10.5, anchor="end", colour="muted")


def _name_years(canvas: Canvas, box: _Box, years: Sequence[float], shift: float) -> None:
    """Name some years beneath the axis, and always the last; `shift` is half of what a year is wide."""
    every = 5 if box.width < 260 or len(years) > 14 else 2
    every = 10 if len(years) > 40 else every
    y, end = box.top + box.height + 15, box.x(years[-1]) + shift
    for year in years:
        if year % every == 0 and box.x(year) + shift < end - 36:
            canvas.label(box.x(year) + shift, y, f"{year:g}", size=10.5, anchor="middle", colour="muted")
    anchor: Anchor = "middle" if shift > 8 else "end"
    canvas.label(
        end if shift > 8 else box.left + box.width, y, f"{years[-1]:g}", size=10.5, anchor=anchor, colour="muted"
    )


def _name_ticks(canvas: Canvas, box: _Box, ticks: Sequence[float]) -> None:
    for tick in ticks:
        canvas.label(
            box.x(tick), box.top + box.height + 15, f"{round(tick, 1):g}", size=10.5, anchor="middle", colour="muted"
        )


def _draw_band(canvas: Canvas, box: _Box, band: Mapping[int, tuple[float, float]], place: int) -> None:
    years = sorted(band)
    lower = [(box.x(year), box.y(band[year][0])) for year in years]
    upper = [(box.x(year), box.y(band[year][1])) for year in reversed(years)]
    opacity = 0.16 if place == 0 else 0.2
    canvas.add("path", d=trace([*lower, *upper], closed=True), fill="accent", fill_opacity=f"{opacity}")


def _draw_line(canvas: Canvas, box: _Box, line: Line, place: int) -> None:
    points = [(box.x(year), box.y(value)) for year, value in sorted(line.points.items())]
    colour, dash = _COLOURS[place % len(_COLOURS)], _DASHES[place % len(_DASHES)]
    canvas.polyline(points, stroke=colour, line=2.0 if place == 0 else 1.5, dash=dash)


# --- bars -------------------------------------------------------------------------------------


def _draw_bars(bars: Bars, width: float, name: str) -> Drawing:
    height = 210.0
    canvas = Canvas(width, height, name)
    years: list[float] = sorted({year for part in bars.parts for year in part.points})
    if not years:
        canvas.label(0, 14, f"{bars.title}: none", size=11.5)
        return canvas.finish()
    top = max(sum(part.points.get(year, 0.0) for part in bars.parts) for year in years)
    box = _Box(
        _LEFT + 4,
        44,
        width - _LEFT - 10,
        height - 44 - _FOOT,
        years[0],
        years[-1] + 1,
        *_round_range(0.0, max(top, 0.01)),
    )
    canvas.label(0, 13, bars.title, size=11.5, bold=True)
    room = box.width / len(years)
    _draw_grid(canvas, box)
    _name_years(canvas, box, years, room / 2)
    for year in years:
        base = 0.0
        for place, part in enumerate(bars.parts):
            value = part.points.get(year, 0.0)
            if value > 0:
                x, y = box.left + (year - years[0]) * room, box.y(base + value)
                _fill(canvas, (x, y, room - min(2.0, room / 4), box.y(base) - y), place)
            base += value
    _name_parts(canvas, bars.parts, box.left)
    return canvas.finish()


def _fill(canvas: Canvas, at: tuple[float, float, float, float], place: int) -> None:
    """Draw a bar's part; the second is hatched, so that the two are told apart without colour."""
    colour = _COLOURS[place % len(_COLOURS)]
    if place == 0:
        canvas.rect(*at, fill=colour)
    else:
        canvas.rect(*at, fill=canvas.hatch(colour, step=4), stroke=colour, line=0.8)


def _name_parts(canvas: Canvas, parts: Sequence[Line], x: float) -> None:
    for place, part in enumerate(parts):
        _fill(canvas, (x, 22, 10, 10), place)
        canvas.label(x + 14, 31, part.name, size=10.5)
        x += 14 + width_of(part.name, 10.5) + 16
