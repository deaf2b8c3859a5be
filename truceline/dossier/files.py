"""The files of a dossier: pledges.json for machines, tables for spreadsheets, the page and the paper.

The same inputs, options and version give the same bytes.
"""

from collections.abc import Callable
from pathlib import Path

from truceline.dossier.abridgement import abridge
from truceline.dossier.composition import compose
from truceline.dossier.document import as_document
from truceline.dossier.iati import write_iati
from truceline.dossier.result import Dossier
from truceline.dossier.rows import (
    ADEQUACY_COLUMNS,
    PLEDGE_COLUMNS,
    ROTATION_COLUMNS,
    describe_adequacy,
    describe_pledge,
    list_rotation_rows,
    write_csv,
    write_parquet,
)
from truceline.reports.content import Report
from truceline.reports.standing import dump

__all__ = ["MARK", "write_files"]

MARK = "pledges.json"
"""The file by which we know a folder of ours."""


def write_files(dossier: Dossier, folder: Path) -> list[Path]:
    """Write every file into `folder` and return their paths; what sets type keeps much memory, and comes last."""
    pledges = [describe_pledge(pledge) for pledge in dossier.register.pledges]
    adequacy = [describe_adequacy(each) for each in dossier.adequacy]
    report = compose(dossier)
    contents: dict[str, Callable[[], bytes]] = {
        MARK: lambda: dump(as_document(dossier)),
        "pledges.csv": lambda: write_csv(PLEDGE_COLUMNS, pledges),
        "pledges.parquet": lambda: write_parquet(pledges),
        "adequacy.csv": lambda: write_csv(ADEQUACY_COLUMNS, adequacy),
        "rotation.csv": lambda: write_csv(ROTATION_COLUMNS, list_rotation_rows(dossier.presences)),
        "iati.xml": lambda: write_iati(dossier),
        "pledges.html": lambda: _write_page(report),
        "pledges.pdf": lambda: _write_paper(report),
    }
    for name, make in contents.items():
        (folder / name).write_bytes(make())
    return [folder / name for name in contents]


def _write_page(report: Report) -> bytes:
    from truceline.reports.page import write_page

    return write_page(report)


def _write_paper(report: Report) -> bytes:
    from truceline.reports.paper import write_paper

    return write_paper(abridge(report, "pledges.html and pledges.csv"))
