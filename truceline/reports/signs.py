"""The signs of standings, effects and incidents: told apart by shape, then by word, then by colour.

kept: full disc; suspected: half disc; breached: square; not determinable: hollow ring ("we could
not tell" must not look like "fine"); the rest: a dash. Effects: arrow down, level bars, arrow up,
and an open interval for "cannot tell". They are drawn, because text fonts lack some of them.
"""

from collections.abc import Callable

from truceline.model import Change, Status, Word
from truceline.reports.svg import Canvas, Drawing, fix

SIZE = 14.0
"""Side of a sign that stands in a line of text."""


def draw_sign(name: str) -> Drawing:
    """Return the sign of a standing, an effect or an incident's status by its word."""
    canvas = Canvas(SIZE, SIZE)
    add_sign(canvas, name, SIZE / 2, SIZE / 2, SIZE / 2 - 1)
    return canvas.finish()


def add_sign(canvas: Canvas, name: str, x: float, y: float, radius: float) -> None:
    """Draw a sign into a drawing, centred on x, y; a word without a sign gets the dash."""
    _SIGNS.get(name, _dash)(canvas, x, y, radius)


def _disc(canvas: Canvas, x: float, y: float, r: float) -> None:
    canvas.add("circle", cx=x, cy=y, r=r, fill="kept")


def _half(canvas: Canvas, x: float, y: float, r: float) -> None:
    canvas.add("circle", cx=x, cy=y, r=r - 0.8, fill="paper", stroke="suspected", line=1.6)
    left = f"M{fix(x)},{fix(y - r + 0.8)}A{fix(r - 0.8)},{fix(r - 0.8)} 0 0 0 {fix(x)},{fix(y + r - 0.8)}Z"
    canvas.add("path", d=left, fill="suspected")


def _square(canvas: Canvas, x: float, y: float, r: float) -> None:
    side = r * 0.9
    canvas.rect(x - side, y - side, 2 * side, 2 * side, fill="breached")


def _ring(canvas: Canvas, x: float, y: float, r: float) -> None:
    canvas.add("circle", cx=x, cy=y, r=r - 0.9, stroke="unknown", fill="paper", line=1.8)


def _dash(canvas: Canvas, x: float, y: float, r: float) -> None:
    canvas.line(x - r * 0.7, y, x + r * 0.7, y, stroke="unknown", line=1.8)


def _cross(canvas: Canvas, x: float, y: float, r: float) -> None:
    d = r * 0.65
    canvas.line(x - d, y - d, x + d, y + d, stroke="unknown", line=1.6)
    canvas.line(x - d, y + d, x + d, y - d, stroke="unknown", line=1.6)


def _question(canvas: Canvas, x: float, y: float, r: float) -> None:
    """Half disc in a broken ring: something is alleged, and someone disputes it."""
    canvas.add("circle", cx=x, cy=y, r=r - 0.8, fill="paper", stroke="suspected", line=1.6, dash="2.5 2")


def _arrow(canvas: Canvas, x: float, y: float, r: float, turn: int) -> None:
    tip, tail = y + turn * r * 0.85, y - turn * r * 0.85
    canvas.line(x, tail, x, tip, stroke="ink", line=1.6)
    barb = tip - turn * r * 0.65
    canvas.polyline([(x - r * 0.6, barb), (x, tip), (x + r * 0.6, barb)], "ink", line=1.6)


def _down(canvas: Canvas, x: float, y: float, r: float) -> None:
    _arrow(canvas, x, y, r, 1)


def _up(canvas: Canvas, x: float, y: float, r: float) -> None:
    _arrow(canvas, x, y, r, -1)


def _level(canvas: Canvas, x: float, y: float, r: float) -> None:
    for shift in (-r * 0.32, r * 0.32):
        canvas.line(x - r * 0.75, y + shift, x + r * 0.75, y + shift, stroke="ink", line=1.6)


def _open(canvas: Canvas, x: float, y: float, r: float) -> None:
    canvas.line(x - r * 0.85, y, x + r * 0.85, y, stroke="unknown", line=1.4)
    for side in (-r * 0.85, r * 0.85):
        canvas.line(x + side, y - r * 0.5, x + side, y + r * 0.5, stroke="unknown", line=1.4)


_SIGNS: dict[str, Callable[[Canvas, float, float, float], None]] = {
    Word.KEPT: _disc,
    Word.SUSPECTED: _half,
    Word.BREACHED: _square,
    Word.NOT_DETERMINABLE: _ring,
    Change.REDUCED: _down,
    Change.NOT_REDUCED: _level,
    Change.INCREASED: _up,
    Change.CANNOT_TELL: _open,
    Status.ALLEGED: _half,
    Status.CORROBORATED: _square,
    Status.CONFIRMED: _square,
    Status.CONTESTED: _question,
    Status.DISMISSED: _cross,
}

NAMES = (*_SIGNS, *(word for word in Word if word not in _SIGNS))
"""Every word that has a sign, the dash included."""
