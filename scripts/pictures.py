"""Draw the first pages of real reports for the README.

    python scripts/pictures.py

Runs the cases that the repository carries and writes docs/images/*.png. The same input gives the same
bytes, so a picture that changes in a diff is a report that changed.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from truceline.case import Options, assess, prepare_scenario
from truceline.casefile import read_case
from truceline.reports.composition import compose
from truceline.reports.paper import draw_pages
from truceline.reports.subject import open_subject

ROOT = Path(__file__).parent.parent
PICTURES = {"christmas": "christmas-truce-2023", "black-sea": "black-sea"}


def main() -> None:
    """Write one picture for each case."""
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, folder in PICTURES.items():
        (images / f"{name}.png").write_bytes(draw(ROOT / "cases" / folder))


def draw(folder: Path) -> bytes:
    """Return the first page of a case's report."""
    prepare_scenario(folder, lambda _: None)
    case = read_case(folder)
    with TemporaryDirectory() as tables:
        assessment, evidence = assess(case, Options(), Path(tables), lambda _: None)
        return draw_pages(compose(open_subject(assessment, case.agreement, evidence)))[0]


if __name__ == "__main__":
    main()
