"""The paper: the same content as the page, the same bytes every time, and text that stays text."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_reports_page import HOSTILE, poison, read

from truceline.reports.composition import compose
from truceline.reports.content import Cell, Run, Section, Table
from truceline.reports.paper import write_paper


def paper(case):
    return write_paper(compose(case.subject))


def flatten(part):
    """Yield all the text of a report's part, in order."""
    if isinstance(part, Run):
        yield part.text
    elif isinstance(part, Table):
        yield part.caption
        yield from (column.title for column in part.columns)
        yield from flatten(part.rows)
    elif isinstance(part, tuple):
        for item in part:
            yield from flatten(item)
    elif isinstance(part, Section):
        yield part.title
        yield from flatten(part.blocks)
    elif isinstance(part, Cell):
        yield from flatten(part.runs)
    else:
        for name in ("runs", "items", "blocks", "title"):
            value = getattr(part, name, ())
            yield from [value] if isinstance(value, str) else flatten(value)


def test_it_is_a_tagged_document_without_a_date(case):
    content = paper(case)
    assert content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in content
    assert b"pdfuaid" in content
    assert b"CreateDate" not in content
    assert b"/CreationDate" not in content
    assert b"/ModDate" not in content
    assert len(content) < 2_000_000


def test_the_same_report_gives_the_same_bytes_in_another_process(tmp_path):
    script = (
        f"import sys, hashlib; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from pathlib import Path\n"
        "from report_case import *\n"
        "from test_reports_paper import paper\n"
        f"case = Case(make_assessment(), make_agreement(), make_evidence(Path({str(tmp_path)!r})))\n"
        "print(hashlib.sha256(paper(case)).hexdigest())\n"
    )
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in "ab"]
    assert runs[0].stdout == runs[1].stdout


def test_page_and_paper_are_made_of_the_same_blocks_in_the_same_order(case):
    """The page holds every text of the report; the paper is set from the same tree by `write_paper`."""
    report = compose(case.subject)
    words = re.sub(r"\s+", "", read(case).words)
    for text in flatten((*report.front, *report.sections)):
        assert re.sub(r"\s+", "", text) in words


@pytest.mark.parametrize(
    "text", [*HOSTILE, "#panic()", "$x$ *b* _i_ `c` @label <a> \\ // /* =h"], ids=lambda text: repr(text[:18])
)
def test_text_of_the_evidence_is_never_markup(case, text):
    assert paper(poison(case, text)).startswith(b"%PDF-")


def test_an_empty_case_is_a_paper_too(case):
    bare = case.but(clauses=(), incidents=(), findings=(), claims=(), tasks=(), files=(), interval=None)
    assert paper(bare).startswith(b"%PDF-")
