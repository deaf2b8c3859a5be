"""Ratios with their intervals, and counts by area, as small bars.

Ratios stand on a logarithmic scale from a tenth to ten times what was expected, because half and
double are equally far from "as expected". What goes past an end of the scale is drawn to the edge
with an arrow; an interval without an upper bound likewise.
"""

import math
from collections.abc import Sequence

from truceline.model import AreaCount, Baseline, Effect
from truceline.reports.svg import Canvas, Drawing, width_of
from truceline.reports.wording import say_interval, say_number, say_ratio, shorten

LOW, HIGH = 0.1, 10.0
_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_NAMES = {
    "before": "the time before",
    "other-years": "same weeks, other years",
    "longest": "longest available",
    "after": "the time after",
}


def draw_ratio(effect: Effect, width: float = 120) -> Drawing:
    """Return the interval of an effect's ratio as one small bar, with a tick where 1 stands."""
    canvas = Canvas(width, 16)
    _scale(canvas, 2, width - 2, 3, 13, (LOW, 1.0, HIGH))
    _bar(canvas, 2, width - 2, 8, effect.ratio, effect.ratio_95)
    return canvas.finish()


def draw_baselines(baselines: Sequence[Baseline], width: float) -> Drawing:
    """Return the baselines' ratios under each other, each with its interval and its numbers."""
    narrow = width < 480
    left, right = (4.0, width - 8) if narrow else (170.0, width - 170)
    step = 44.0 if narrow else 26.0
    height = step * len(baselines) + 40
    canvas = Canvas(width, height)
    _scale(canvas, left, right, 4, height - 34, _TICKS)
    _scale_names(canvas, left, right, height - 20)
    for number, baseline in enumerate(baselines):
        y = step * number + (30 if narrow else 17)
        _bar(canvas, left, right, y, baseline.ratio, baseline.ratio_95)
        numbers = f"{say_ratio(baseline.ratio)} ({say_interval(baseline.ratio_95)})"
        if narrow:
            canvas.label(left, y - 10, f"{name_baseline(baseline)}: {numbers}", size=11.5, halo=True)
        else:
            canvas.label(0, y + 4, name_baseline(baseline), size=12)
            canvas.label(right + 10, y + 4, numbers, size=12)
    return canvas.finish()


def draw_areas(areas: Sequence[AreaCount], names: Sequence[str], width: float) -> Drawing:
    """Return counts by area as horizontal bars, with a mark where the expectation stands."""
    names = [shorten(name, int(width * 0.45 / 6)) for name in names]
    room = min(max((width_of(name, 12) for name in names), default=0) + 10, width * 0.45)
    right = width - 92
    top = max([area.count for area in areas] + [area.expected or 0 for area in areas], default=0) or 1
    canvas = Canvas(width, 20.0 * len(areas) + 6)
    for number, (area, name) in enumerate(zip(areas, names, strict=True)):
        y = 20.0 * number + 4
        canvas.label(room - 8, y + 11, name, size=12, anchor="end")
        canvas.rect(room, y + 2, max(area.count / top, 0.0) * (right - room), 11, fill="accent")
        if area.expected is not None:
            x = room + area.expected / top * (right - room)
            canvas.line(x, y - 1, x, y + 16, stroke="ink", line=1.6)
        expected = "" if area.expected is None else f" ({say_number(area.expected)})"
        canvas.label(right + 8, y + 11, f"{say_number(area.count)}{expected}", size=12)
    return canvas.finish()


def draw_share(share: float | None, required: float | None, width: float = 72) -> Drawing:
    """Return a watched share as a bar, with a mark where the share that is required stands."""
    canvas = Canvas(width, 10, "share")
    canvas.rect(0.5, 1.5, width - 1, 7, fill="paper", stroke="hair")
    if share is None:
        canvas.line(4, 5, width - 4, 5, stroke="unknown", dash="2 4")
    else:
        canvas.rect(0.5, 1.5, max(0.0, min(share, 1.0)) * (width - 1), 7, fill="accent")
    if required is not None:
        x = 0.5 + max(0.0, min(required, 1.0)) * (width - 1)
        canvas.line(x, 0, x, 10, stroke="ink", line=1.6)
    return canvas.finish()


def name_baseline(baseline: Baseline) -> str:
    """Return a baseline's name in words."""
    return _NAMES.get(baseline.name, baseline.name)


def _place(ratio: float, left: float, right: float) -> float:
    ratio = min(max(ratio, LOW), HIGH)
    return left + (right - left) * (math.log(ratio / LOW) / math.log(HIGH / LOW))


def _scale(canvas: Canvas, left: float, right: float, top: float, bottom: float, ticks: Sequence[float]) -> None:
    for tick in ticks:
        x = _place(tick, left, right)
        one = tick == 1.0
        canvas.line(x, top, x, bottom, stroke="muted" if one else "hair", line=1.2 if one else 0.8)


def _scale_names(canvas: Canvas, left: float, right: float, y: float) -> None:
    for tick in _TICKS:
        anchor = "start" if tick == LOW and left < 20 else "end" if tick == HIGH and left < 20 else "middle"
        name = "as expected" if tick == 1.0 else f"×{tick:g}"
        canvas.label(_place(tick, left, right), y, name, size=11, colour="muted", anchor=anchor)


def _bar(
    canvas: Canvas, left: float, right: float, y: float, ratio: float | None, pair: tuple[float, float | None] | None
) -> None:
    """Draw interval and ratio; where neither is known, a broken line over the whole scale."""
    if pair is None:
        canvas.line(left, y, right, y, stroke="unknown", line=1.2, dash="2 4")
    else:
        low, high = pair
        start, end = _place(low, left, right), _place(HIGH if high is None else high, left, right)
        canvas.line(start, y, end, y, stroke="accent", line=2.4)
        _edge(canvas, start, y, -1, past=low < LOW)
        _edge(canvas, end, y, 1, past=high is None or high > HIGH)
    if ratio is not None:
        canvas.add("circle", cx=_place(ratio, left, right), cy=y, r=3.6, fill="accent", stroke="paper", line=1)


def _edge(canvas: Canvas, x: float, y: float, turn: int, *, past: bool) -> None:
    if past:
        canvas.polyline([(x - turn * 4, y - 4), (x, y), (x - turn * 4, y + 4)], "accent", line=1.6)
    else:
        canvas.line(x, y - 4, x, y + 4, stroke="accent", line=1.6)
