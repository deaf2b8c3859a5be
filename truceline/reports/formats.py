"""The formats that a case is reported in: each is one file, and one line in the dictionary."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from truceline.agreement.document import Agreement
from truceline.evidence.store import Evidence
from truceline.model import Assessment
from truceline.reports.features import write_features
from truceline.reports.rows import write_rows
from truceline.reports.standing import write_standing
from truceline.reports.subject import Subject, open_subject

if TYPE_CHECKING:
    from truceline.reports.content import Report


@dataclass(frozen=True, slots=True)
class Format:
    """One format of report: the file's name, what it is for, and the function that makes its bytes.

    The same assessment, agreement and evidence give the same bytes. What people read (`readable`) is
    made of the `Report`, what machines read of the `Subject`; a format takes the one that it needs.
    """

    file: str
    meaning: str
    write: Callable[[Subject, Callable[[], "Report"]], bytes]
    readable: bool = False


def _write_page(_: Subject, compose: Callable[[], "Report"]) -> bytes:
    from truceline.reports.page import write_page

    return write_page(compose())


def _write_paper(_: Subject, compose: Callable[[], "Report"]) -> bytes:
    from truceline.reports.paper import write_paper

    return write_paper(compose())


def _of_case(write: Callable[[Subject], bytes]) -> Callable[[Subject, Callable[[], "Report"]], bytes]:
    return lambda subject, _: write(subject)


FORMATS: dict[str, Format] = {
    "standing": Format("standing.json", "standing and effect of every clause", _of_case(write_standing)),
    "incidents": Format("incidents.geojson", "all incidents with their places", _of_case(write_features)),
    "findings": Format("findings.parquet", "all findings with the rows that they rest on", _of_case(write_rows)),
    "html": Format("report.html", "the report as one page that needs nothing else", _write_page, readable=True),
    "pdf": Format("report.pdf", "the same report on paper", _write_paper, readable=True),
}
"""Formats by name, in the order in which they are written: what sets type keeps much memory, and comes last."""


def write_reports(
    assessment: Assessment, agreement: Agreement, evidence: Evidence, folder: Path, *, readable: bool = True
) -> list[Path]:
    """Write every format into `folder` and return the paths, in the order of `FORMATS`.

    Without `readable` only what machines read is written. Each file appears whole or not at all: it
    is written beside its place and moved there.
    """
    subject = open_subject(assessment, agreement, evidence)
    folder.mkdir(parents=True, exist_ok=True)
    report = cache(lambda: _compose(subject))
    formats = [one for one in FORMATS.values() if readable or not one.readable]
    return [_place(folder / one.file, one.write(subject, report)) for one in formats]


def _compose(subject: Subject) -> "Report":
    from truceline.reports.composition import compose  # not loaded where nobody is to read it

    return compose(subject)


def _place(path: Path, content: bytes) -> Path:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)  # noqa: PTH105 - replaces atomically on every system
    return path
