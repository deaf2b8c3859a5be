"""The way in: one Markdown file -> an Agreement, and everything that is wrong with it.

bytes -> page (articles, fences) -> blocks (keys and lines) -> Agreement -> references, times
"""

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from truceline.agreement.amendments import amend
from truceline.agreement.axes import warn_exchanged
from truceline.agreement.blocks import declare, read_blocks
from truceline.agreement.document import (
    Agreement,
    Article,
    Block,
    Clause,
    ExceptionRule,
    Party,
    Response,
    Zone,
    read_common,
)
from truceline.agreement.edges import read_edge, split_parties
from truceline.agreement.grammar import OPEN_KINDS
from truceline.agreement.page import ABSENT, Page, read_page, read_text
from truceline.agreement.problems import Problems, TooManyProblemsError
from truceline.agreement.references import check_references
from truceline.agreement.spaces import Spaces
from truceline.agreement.spans import check_times
from truceline.errors import FormError
from truceline.gazetteer import Gazetteer, load_gazetteer
from truceline.model import Problem

__all__ = ["read_agreement"]


def read_agreement(path: Path, gazetteer: Gazetteer | None = None) -> tuple[Agreement | None, list[Problem]]:
    """Read an agreement document; return it with all of its problems, by line.

    `gazetteer` knows the areas that zones may name; without one, the regions that ship with the
    package. The agreement is None only where nothing usable stands in the file; with errors among
    the problems it holds what could be read, and nobody should judge by it.
    """
    text, trouble = read_text(path)
    if trouble:
        line, why = trouble
        problems = Problems(str(path), line)
        do = "correct the path" if why in ABSENT else "save it as such"
        problems.add(line, "agreement cannot be read", expected="a Markdown file in UTF-8", found=why, do=do)
        return None, problems.sorted()
    problems = Problems(str(path), text.count("\n") + 1)
    try:
        agreement = _read(path, text, gazetteer or load_gazetteer(), problems)
    except TooManyProblemsError as error:
        return None, problems.stop(error)
    return agreement, problems.sorted()


def _read(path: Path, text: str, gazetteer: Gazetteer, problems: Problems) -> Agreement | None:
    page = read_page(text, problems)
    declared = declare(page.fences, problems)
    blocks = read_blocks(page, problems)
    agreement = _assemble(str(path), page, blocks, Spaces(path.parent, gazetteer, problems), problems)
    check_references(blocks, declared, problems)
    if agreement is not None:
        agreement = amend(agreement, problems)
        check_times(agreement, problems)
        warn_exchanged(agreement.zones, problems)
    return agreement


def _assemble(file: str, page: Page, blocks: Sequence[Block], spaces: Spaces, problems: Problems) -> Agreement | None:
    by_kind: dict[str, list[Block]] = {}
    for block in blocks:
        by_kind.setdefault(block.kind, []).append(block)
    zones = _read_zones(by_kind.get("zone", []), spaces)
    lines = _read_lines(by_kind.get("line", []), spaces)
    for block in by_kind.get("objects", []):
        spaces.places(block)
    head = _head(by_kind.get("agreement", []), page, problems)
    if head is None:
        return None
    groups = {_id(block): tuple(block.values.get("members", ())) for block in by_kind.get("group", [])}
    return Agreement(
        id=head.values.get("id", ""),
        title=page.title or head.values.get("id", ""),
        file=file,
        status=head.values.get("status", ""),
        source=head.values.get("source", ""),
        languages=tuple(head.values.get("languages", ())),
        zone_of_time=_zone_of_time(head),
        block=head,
        articles=tuple(article for article in page.articles if article.title or article.text),
        parties={_id(block): _party(block) for block in by_kind.get("party", [])},
        groups=groups,
        group_names={_id(block): str(block.values.get("name", _id(block))) for block in by_kind.get("group", [])},
        bodies={_id(block): block.values.get("name", "") for block in by_kind.get("body", [])},
        body_rules={_id(block): block.values["rule"] for block in by_kind.get("body", []) if "rule" in block.values},
        body_names={_id(block): tuple(block.values.get("names", ())) for block in by_kind.get("body", [])},
        zones=zones,
        lines=lines,
        objects={_id(block): block for block in by_kind.get("objects", [])},
        clauses=tuple(_clause(block, page, groups) for block in by_kind.get("clause", [])),
        exceptions=tuple(_exception(block) for block in by_kind.get("exception", [])),
        responses=tuple(_response(block) for block in by_kind.get("response", [])),
        amendments=tuple(by_kind.get("amendment", ())),
        others=tuple(block for block in blocks if block.kind in OPEN_KINDS),
        party_blocks={_id(block): block for block in by_kind.get("party", [])},
    )


def _head(found: Sequence[Block], page: Page, problems: Problems) -> Block | None:
    """Return the agreement block; note that there is none, or more than one."""
    fences = [fence for fence in page.fences if fence.kind == "agreement"]
    for fence in fences[1:]:
        problems.add(
            fence.line,
            "second agreement block",
            expected="one agreement in a document",
            found=f"another on line {fences[0].line}",
            do="write changes as amendment blocks, another agreement as another file",
        )
    if not fences:
        problems.add(
            1,
            "no agreement block",
            expected="a fenced block that opens with ```agreement",
            found=f"{len(page.fences)} blocks, none of that kind",
            do="add it with id, status, starts and ends",
        )
    return found[0] if found else None


def _id(block: Block) -> str:
    return block.id or ""


def _read_zones(blocks: Sequence[Block], spaces: Spaces) -> dict[str, Zone]:
    zones = ((_id(block), spaces.zone(block, _id(block))) for block in blocks)
    return {name: zone for name, zone in zones if zone is not None}


def _read_lines(blocks: Sequence[Block], spaces: Spaces) -> dict[str, BaseGeometry]:
    lines = ((_id(block), spaces.line(block)) for block in blocks)
    return {name: line for name, line in lines if line is not None}


def _zone_of_time(head: Block) -> str:
    """Return the zone in which the agreement's times are shown: as declared, or that of its first clock."""
    if "time_zone" in head.values:
        return str(head.values["time_zone"])
    tables = [head.values, *head.values.get("alternatives", ())]
    for table in tables:
        for which in ("starts", "ends"):
            zone = _first_zone(table.get(which), which)
            if zone:
                return zone
    return "UTC"


def _first_zone(value: Any, which: str) -> str | None:  # noqa: ANN401 - TOML value
    if value is None:
        return None
    for item in split_parties(value).values():
        try:
            edge = read_edge(item, which)
        except FormError:
            continue
        clock = edge.clock or edge.not_before
        if clock:
            return clock.zone
    return None


def _party(block: Block) -> Party:
    values = block.values
    return Party(_id(block), values.get("name", ""), values.get("status", ""), tuple(values.get("names", ())))


def _clause(block: Block, page: Page, groups: dict[str, tuple[str, ...]]) -> Clause:
    values = block.values
    named = values.get("binds", ())
    binds = dict.fromkeys(party for name in named for party in groups.get(name, (name,)))
    return Clause(
        id=_id(block),
        kind=values.get("kind", ""),
        binds=tuple(binds),
        block=block,
        article=_article(block, page),
        values=values,
        **read_common(values),
    )


def _article(block: Block, page: Page) -> Article:
    """Return the article under which a block stands: the last that begins above it."""
    return page.articles[bisect_right(page.articles, block.line, key=lambda article: article.line) - 1]


def _exception(block: Block) -> ExceptionRule:
    values = block.values
    return ExceptionRule(_id(block), values.get("of", ""), tuple(values.get("requires", ())), block)


def _response(block: Block) -> Response:
    values = block.values
    of = values.get("of", ())
    clauses = (of,) if isinstance(of, str) else tuple(of)
    return Response(_id(block), clauses, values.get("owner", ""), values.get("within"), values.get("text", ""), block)
