"""The report as a PDF, set by Typst: the same content in the same order as the page.

What is set is data, never markup. The document carries no date, no font of the machine is looked at,
and nothing is fetched, so the same report gives the same bytes. It is a tagged
PDF that claims PDF/UA-1 (ISO 14289-1), which Typst refuses to write where a rule of it is broken.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from truceline.reports.content import Report, as_tree
from truceline.reports.signs import NAMES, draw_sign
from truceline.reports.svg import PALETTE

_TEMPLATE = Path(__file__).parent / "assets" / "paper.typ"


def write_paper(report: Report) -> bytes:
    """Return the report as a PDF; raises typst.TypstError only where the template has a mistake."""
    document: bytes = _compile(report, format="pdf", pdf_standards=["ua-1"])
    return document


def draw_pages(report: Report, dots_per_inch: float = 110) -> list[bytes]:
    """Return the pages of the same paper as PNG pictures."""
    pages = _compile(report, format="png", ppi=dots_per_inch)
    return pages if isinstance(pages, list) else [pages]


def _compile(report: Report, **target: Any) -> Any:  # noqa: ANN401 - bytes, or a list of them
    import typst

    return typst.compile(
        _TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(_document(report), ensure_ascii=False)},
        **target,
    )


def _document(report: Report) -> dict[str, Any]:
    light = {role: colours[0] for role, colours in PALETTE.items()}
    tree: dict[str, Any] = as_tree(report)
    return tree | {"palette": light, "signs": {name: as_tree(draw_sign(name)) for name in NAMES}}


@cache
def _fonts() -> Any:  # noqa: ANN401 - typst.Fonts, which mypy does not know
    """Return the packaged typeface, found once; Typst's own fonts stand in for what it lacks."""
    import fontpkg_source_sans_3  # type: ignore[import-untyped]
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(fontpkg_source_sans_3.ROOT / "files")])
