"""From fences to blocks: bodies read, keys checked against the grammar, ids unique."""

from collections.abc import Iterable, Mapping

from truceline.agreement.body import BodyError, locate_keys, read_body
from truceline.agreement.document import Block
from truceline.agreement.grammar import FORMS, GRAMMAR, OPEN_KINDS, fits_id
from truceline.agreement.page import Fence, Page
from truceline.agreement.problems import Problems, show, suggest

__all__ = ["Declared", "declare", "read_blocks"]

Declared = Mapping[str, Mapping[str, int]]
"""Namespace -> id -> line. An id is declared even where its block has errors, so that one mistake
in a block does not make every reference to it another."""

# Ids of one namespace must differ: an owner may be a party, a group or a body, and a reference
# line may be named where a zone may.
_NAMESPACE = {"party": "actor", "group": "actor", "body": "actor", "zone": "space", "line": "space"}


def declare(fences: Iterable[Fence], problems: Problems) -> Declared:
    """Return all declared ids; note those that are missing, malformed or given twice."""
    declared: dict[str, dict[str, int]] = {}
    for fence in fences:
        if fence.id is None:
            _check_missing_id(fence, problems)
            continue
        if fence.kind == "agreement":
            problems.add(
                fence.line,
                "agreement block with an id after its kind",
                expected='"agreement" alone',
                found=show(fence.id),
                do="write the id as a key: id = …",
            )
        elif not fits_id(fence.id):
            problems.add(fence.line, "id not understood", expected=FORMS["id"], found=show(fence.id), do="rename it")
        _check_twice(fence, declared.setdefault(_NAMESPACE.get(fence.kind, fence.kind), {}), problems)
        declared.setdefault(fence.kind, {}).setdefault(fence.id, fence.line)
    return declared


def _check_missing_id(fence: Fence, problems: Problems) -> None:
    if fence.kind != "agreement" and fence.kind not in OPEN_KINDS:
        problems.add(
            fence.line,
            f"{fence.kind} without an id",
            expected=f"an id after the kind, such as {FORMS['block']}",
            found=show(fence.kind),
            do="name it",
        )


def _check_twice(fence: Fence, names: dict[str, int], problems: Problems) -> None:
    assert fence.id is not None  # noqa: S101 - the caller has seen to it
    first = names.get(fence.id)
    if first is not None and first != fence.line:
        problems.add(
            fence.line,
            f'id "{fence.id}" given twice',
            expected="an id of its own",
            found=f"the same id on line {first}",
            do="rename one of the two",
        )
    names.setdefault(fence.id, fence.line)


def read_blocks(page: Page, problems: Problems) -> list[Block]:
    """Return the blocks whose bodies are TOML, in document order; note every error in their keys.

    A key whose value has an error is left out of the block's values, so that nothing builds on it;
    the key keeps its line.
    """
    blocks = []
    for fence in page.fences:
        try:
            values = read_body(fence.body)
        except BodyError as error:
            problems.form(fence.line + error.line, error)
            continue
        lines = locate_keys(fence.body, fence.line + 1)
        block = Block(fence.kind, fence.id, fence.line, values, lines, page.articles[fence.article].title)
        blocks.append(_check(block, problems))
    return blocks


def _check(block: Block, problems: Problems) -> Block:
    """Return the block without the values that are wrong; note what is."""
    form = GRAMMAR.get(block.kind)
    if form is None:
        return block
    wrong = set()
    for key, value in block.values.items():
        if key in form:
            errors = list(form[key].check(value, key))
            for path, error in errors:
                problems.form(block.line_of(path), error)
            wrong.update({key} if errors else set())
        elif block.kind != "clause":
            _note_unknown(block, key, problems)
    for key, rule in form.items():
        if rule.required and key not in block.values:
            _note_missing(block, key, problems)
    kept = {key: value for key, value in block.values.items() if key not in wrong}
    return Block(block.kind, block.id, block.line, kept, block.lines, block.article)


def _note_unknown(block: Block, key: str, problems: Problems) -> None:
    known = GRAMMAR[block.kind]
    problems.add(
        block.line_of(key),
        f'key not known in {block.kind}: "{key}"',
        expected="one of " + ", ".join(known),
        found=show(key),
        do=suggest(key, known, "remove it, or put it into the text"),
    )


def _note_missing(block: Block, key: str, problems: Problems) -> None:
    near = [name for name in block.values if name not in GRAMMAR[block.kind]]
    problems.add(
        block.line,
        f'missing key "{key}"',
        expected=f"{key} = … in every {block.kind}",
        found="none" if not near else "none, but " + ", ".join(near[:4]),
        do="add it",
    )
