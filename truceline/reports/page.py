"""The report as one HTML page that needs nothing else: no script, no request, no font from elsewhere.

Of the fonts only those ranges are put into the page whose characters it uses. A content security
policy forbids whatever might slip in. Light, dark, narrow and printed pages are all meant.
"""

import re
from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truceline.reports.content import Report, as_tree
from truceline.reports.signs import draw_sign
from truceline.reports.svg import PALETTE, Drawing, Label, fix
from truceline.reports.wording import clean

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(__file__).parent / "assets"

_RANGES = {
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,"
    "U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
    "latin-ext": "U+0100-0130,U+0132-0151,U+0154-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+1E00-1E9F,"
    "U+2113,U+2C60-2C7F",
    "cyrillic": "U+0301,U+0400-045F,U+0490-0491,U+04B0-04B1,U+2116",
    "cyrillic-ext": "U+0460-048F,U+0492-04AF,U+04B2-052F,U+20B4",
    "greek": "U+0370-03FF",
}


def write_page(report: Report) -> bytes:
    """Return the report as one HTML document in UTF-8."""
    tree = as_tree(report)
    text = _environment().get_template("page.html").render(report=tree, css=_style(), fonts="")
    fonts = _fonts(text)
    return text.replace("/*fonts*/", fonts, 1).encode("utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["svg"] = lambda drawing, **about: Markup(draw_svg(drawing, **about))  # noqa: S704 - our own shapes
    environment.globals["sign"] = lambda name: Markup(_sign(name))  # noqa: S704 - our own shapes
    return environment


@cache
def _sign(name: str) -> str:
    return draw_svg(as_tree(draw_sign(name)), classes="sign")


def draw_svg(drawing: dict[str, Any], title: str = "", description: str = "", name: str = "", classes: str = "") -> str:
    """Return a drawing's tree as an SVG element; without a title it is decoration to a screen reader."""
    width, height = fix(drawing["width"]), fix(drawing["height"])
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    labels = "".join(_label(label) for label in drawing["labels"])
    about = _about(title, description, escape(name)) if title else 'aria-hidden="true" focusable="false">'
    return f'<svg class="{escape(classes)}" {size} {about}{drawing["shapes"]}{labels}</svg>'


def _about(title: str, description: str, name: str) -> str:
    """Return the end of the opening tag, and what is read aloud instead of the drawing."""
    said = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
    return f'role="img" aria-labelledby="{name}-t" aria-describedby="{name}-d">{said}'


def draw_picture(drawing: Drawing) -> str:
    """Return a drawing as a file of its own, labels and all."""
    svg = draw_svg(as_tree(drawing))
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _label(label: dict[str, Any]) -> str:
    known = Label(**{key: value for key, value in label.items() if key != "is"})
    classes = f"f-{known.colour}{' halo' if known.halo else ''}"
    look = f'font-size="{fix(known.size)}" fill="{PALETTE[known.colour][0]}" class="{classes}"'
    anchor = "" if known.anchor == "start" else f' text-anchor="{known.anchor}"'
    bold = ' font-weight="600"' if known.bold else ""
    return f'<text x="{fix(known.x)}" y="{fix(known.y)}" {look}{anchor}{bold}>{escape(clean(known.text))}</text>'


@cache
def _style() -> str:
    """Return the style sheet; the palette's dark values stand in it as rules that override attributes."""
    light = ";".join(f"--{role}:{colours[0]}" for role, colours in PALETTE.items())
    dark = ";".join(f"--{role}:{colours[1]}" for role, colours in PALETTE.items())
    roles = "".join(f".f-{role}{{fill:var(--{role})}}.s-{role}{{stroke:var(--{role})}}" for role in PALETTE)
    screen = f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}"
    sheet = (ASSETS / "page.css").read_text("utf-8")
    return f":root{{color-scheme:light;{light}}}{screen}{roles}\n{sheet}"


def _fonts(text: str) -> str:
    """Return the font faces for those ranges of characters that `text` uses."""
    used = {ord(character) for character in set(text)}
    faces = [
        _face(name) for name in _RANGES if any(first <= code <= last for code in used for first, last in _spans(name))
    ]
    return "".join(faces)


@cache
def _spans(name: str) -> tuple[tuple[int, int], ...]:
    pairs = (re.fullmatch(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", part) for part in _RANGES[name].split(","))
    return tuple((int(pair[1], 16), int(pair[2] or pair[1], 16)) for pair in pairs if pair)


@cache
def _face(name: str) -> str:
    data = b64encode((ASSETS / "fonts" / f"source-sans-3-{name}-wght-normal.woff2").read_bytes()).decode("ascii")
    return (
        '@font-face{font-family:"Source Sans 3";font-style:normal;font-weight:200 900;font-display:swap;'
        f"src:url(data:font/woff2;base64,{data}) format('woff2');unicode-range:{_RANGES[name]}}}\n"
    )
