"""A small, deterministic writer of vector drawings.

Shapes become SVG; labels stay apart, because the page sets them as SVG text and the paper sets
them in its own type over the drawing (a variable font inside an SVG image comes out in its lightest
weight). Colours are named by role: on the page a style sheet turns them for dark screens, on paper
their light value stands. Coordinates are rounded to 0.1, so that the bytes do not hang on the last
bit of a sine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

PALETTE: dict[str, tuple[str, str]] = {
    "ink": ("#1d2328", "#e7eaec"),
    "muted": ("#565d64", "#a9b0b6"),
    "hair": ("#c5cacf", "#444c54"),
    "paper": ("#ffffff", "#14181c"),
    "band": ("#dde6f0", "#24364a"),
    "accent": ("#1f4e79", "#8fb8e2"),
    "track": ("#8b9299", "#6d757c"),
    "land": ("#f3f1ec", "#2b2c29"),
    "coast": ("#b9b5aa", "#55564f"),
    "water": ("#e3ebf0", "#1b252c"),
    "ground": ("#f3f4f5", "#1d2226"),
    "unseen": ("#ffffff", "#101316"),
    "hatch": ("#c3c9ce", "#3b434a"),
    "kept": ("#2f7d4f", "#62bd88"),
    "suspected": ("#c77700", "#f0a840"),
    "breached": ("#b3261e", "#f2837b"),
    "unknown": ("#5f6368", "#a9b0b6"),
    "teal": ("#1b7f79", "#58b8b1"),
    "ochre": ("#b9770e", "#e0a748"),
}
"""Role -> (on white paper, on a dark screen)."""

WIDE, NARROW = 680.0, 350.0
"""Widths of a figure: on a page or a sheet, and on a telephone."""

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text in a drawing, at its baseline; `halo` keeps it readable over lines."""

    x: float
    y: float
    text: str
    size: float = 11.0
    anchor: Anchor = "start"
    colour: str = "ink"
    bold: bool = False
    halo: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished drawing in units of one CSS pixel: the shapes as SVG, and the labels."""

    width: float
    height: float
    shapes: str
    labels: tuple[Label, ...] = ()


class Canvas:
    """Collects shapes and labels; `name` keeps the ids of its patterns apart from other drawings'."""

    def __init__(self, width: float, height: float, name: str = "d") -> None:
        self.width, self.height, self.name = width, height, name
        self._shapes: list[str] = []
        self._labels: list[Label] = []

    def add(self, tag: str, *, fill: str = "", stroke: str = "", line: float = 1, dash: str = "", **at: object) -> None:
        """Add one shape; `fill` and `stroke` are roles of the palette, `at` its geometry."""
        attributes = {key.replace("_", "-"): _say(value) for key, value in at.items()}
        attributes["fill"] = PALETTE[fill][0] if fill in PALETTE else fill or "none"
        if stroke:
            attributes |= {"stroke": PALETTE[stroke][0], "stroke-width": fix(line)}
        if dash:
            attributes["stroke-dasharray"] = dash
        roles = [f"f-{fill}"] * (fill in PALETTE) + [f"s-{stroke}"] * bool(stroke)
        if roles:
            attributes["class"] = " ".join(roles)
        self._shapes.append(f"<{tag}{_attributes(attributes)}/>")

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str = "hair", **look: Any) -> None:  # noqa: ANN401
        """Add a straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **look)

    def rect(self, x: float, y: float, width: float, height: float, fill: str = "", **look: Any) -> None:  # noqa: ANN401
        """Add a rectangle; a negative size is a bug and is refused."""
        if width < 0 or height < 0:
            raise ValueError(f"rectangle of negative size: {width} x {height}")
        self.add("rect", x=x, y=y, width=width, height=height, fill=fill, **look)

    def polyline(self, points: Iterable[Sequence[float]], stroke: str, **look: Any) -> None:  # noqa: ANN401
        """Add a broken line."""
        data = trace(points)
        if data:
            self.add("path", d=data, stroke=stroke, **look)

    def hatch(self, role: str = "hatch", step: float = 6, turn: int = 45) -> str:
        """Add a pattern of thin lines and return the fill that uses it."""
        name = f"{self.name}-{role}-{turn}"
        line = f'<path d="M0 0V{fix(step)}" stroke="{PALETTE[role][0]}" stroke-width="1" class="s-{role}"/>'
        pattern = (
            f'<pattern id="{name}" width="{fix(step)}" height="{fix(step)}" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate({turn})">{line}</pattern>'
        )
        if pattern not in self._shapes:
            self._shapes.append(pattern)
        return f"url(#{name})"

    def label(self, x: float, y: float, text: str, **look: object) -> None:
        """Add a line of text at its baseline; for `look` see `Label`."""
        self._labels.append(Label(float(fix(x)), float(fix(y)), text, **look))  # type: ignore[arg-type]

    def raw(self, shapes: str) -> None:
        """Add shapes that another function of this package drew."""
        self._shapes.append(shapes)

    def finish(self) -> Drawing:
        """Return the drawing."""
        return Drawing(float(fix(self.width)), float(fix(self.height)), "".join(self._shapes), tuple(self._labels))


def trace(points: Iterable[Sequence[float]], *, closed: bool = False) -> str:
    """Return the path data of a broken line, or of a ring."""
    data = " ".join(f"{fix(point[0])},{fix(point[1])}" for point in points)
    return f"M{data}{'Z' if closed else ''}" if data else ""


def fix(number: float) -> str:
    """Return a coordinate rounded to 0.1, without a needless ".0" and without "-0"."""
    text = f"{number:.1f}"
    text = text[:-2] if text.endswith(".0") else text
    return "0" if text == "-0" else text


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is, in the drawing's units: enough to keep labels apart.

    Average advance of Source Sans 3 is a little under half its size; capitals and digits are wider.
    """
    wide = sum(character.isupper() or character in "mwMW—…" for character in text)
    return size * (0.47 * len(text) + 0.13 * wide) * (1.05 if bold else 1.0)


def _say(value: object) -> str:
    return fix(value) if isinstance(value, int | float) else str(value)


def _attributes(pairs: dict[str, str]) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in pairs.items())
