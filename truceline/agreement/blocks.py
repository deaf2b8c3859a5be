"""From fences to blocks: bodies read, keys checked against the grammar, ids unique."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from truceline.agreement.body import BodyError, locate_keys, read_body
from truceline.agreement.document import Block, Values
from truceline.agreement.grammar import (
    AGREEMENT_CLAIMS,
    AMENDMENT_NEEDS,
    FIXED,
    FORMS,
    GRAMMAR,
    OPEN_KINDS,
    Key,
    fits_id,
)
from truceline.agreement.page import Fence, Page
from truceline.agreement.problems import Problems, nearest, show, suggest

__all__ = ["Declared", "declare", "read_blocks"]

Declared = Mapping[str, Mapping[str, int]]
"""Namespace -> id -> line. An id is declared even where its block has errors, so that one mistake
in a block does not make every reference to it another."""

# An alternative of the agreement may give the zone of its clauses.
_CLAIMS = {**GRAMMAR["agreement"], "zone": GRAMMAR["clause"]["zone"]}
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
            problems.add(fence.line + error.line, error.what, expected=error.expected, found=error.found, do=error.do)
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
    wrong = _check_values(block, block.values, "", form, problems)
    unknown = [key for key in block.values if key not in form]
    for key in unknown if block.kind != "clause" else ():
        _note_unknown(block, key, form, problems)
    meant = {nearest(key, form) for key in unknown}
    for key, rule in form.items():
        # A misspelt key is one mistake, and has been noted.
        if rule.required and key not in block.values and (key not in meant or block.kind == "clause"):
            _note_missing(block, key, unknown, problems)
    wrong.update(unknown if block.kind != "clause" else ())
    kept = {key: value for key, value in block.values.items() if key not in wrong}
    if "alternatives" in kept and _check_alternatives(block, kept["alternatives"], problems):
        del kept["alternatives"]
    if block.kind == "amendment" and _check_amendment(block, kept, problems):
        kept.pop("kind", None)
    return Block(block.kind, block.id, block.line, kept, block.lines, block.article)


def _check_values(block: Block, values: Values, path: str, form: Mapping[str, Key], problems: Problems) -> set[str]:
    """Note what is wrong with the values of known keys; return those keys. `path` is what stands above."""
    wrong = set()
    for key, value in values.items():
        for where, error in form[key].check(value, path + key) if key in form else ():
            problems.form(block, where, error)
            wrong.add(key)
    return wrong


def _check_alternatives(block: Block, tables: Sequence[Values], problems: Problems) -> bool:
    """Note what is wrong with what alternatives change; return whether anything is."""
    wrong = False
    form = _CLAIMS if block.kind == "agreement" else GRAMMAR["clause"]
    names: set[str] = set()
    for number, table in enumerate(tables):
        path = f"alternatives[{number}]."
        changed = {key: value for key, value in table.items() if key not in ("name", "note")}
        wrong |= bool(_check_values(block, changed, path, form, problems))
        wrong |= _check_changes(block, changed, path, "an alternative", problems)
        if table["name"] in names:
            wrong = True
            problems.add(
                block.line_of(path + "name"),
                "two readings of one name",
                expected="a name of its own",
                found=show(table["name"]),
                do="rename one of the two",
            )
        names.add(table["name"])
    return wrong


def _check_changes(block: Block, changed: Iterable[str], path: str, what: str, problems: Problems) -> bool:
    """Note keys that an alternative or an amendment cannot change; return whether there are any."""
    whole = block.kind == "agreement"
    odd = [key for key in changed if (key not in AGREEMENT_CLAIMS if whole else key in FIXED)]
    for key in odd:
        problems.add(
            block.line_of(path + key),
            f'{what} cannot change "{key}"',
            expected="one of " + ", ".join(AGREEMENT_CLAIMS) if whole else "any key but " + ", ".join(FIXED),
            found=show(key),
            do="write another clause" if key in FIXED else _hint(block, key),
        )
    return bool(odd)


def _hint(block: Block, key: str) -> str:
    """Return what to do about a key; one that the block itself may have was not misspelt."""
    return "remove it" if key in GRAMMAR[block.kind] else suggest(key, AGREEMENT_CLAIMS, "remove it")


def _check_amendment(block: Block, values: Values, problems: Problems) -> bool:
    """Note what an amendment of its kind lacks, or cannot have; return whether anything is wrong."""
    kind = values.get("kind", "")
    needed = AMENDMENT_NEEDS.get(kind)
    if needed and needed not in block.values:
        problems.add(
            block.line,
            f'missing key "{needed}"',
            expected=f"{needed} = … in an amendment of the kind {kind}",
            found="none",
            do="add it",
        )
    odd = [key for key in ("ends", "set") if kind and key in values and key != needed]
    for key in odd:
        problems.add(
            block.line_of(key),
            f'key without meaning in a {kind}: "{key}"',
            expected="ends in an extension, set in a change",
            found=show(key),
            do="remove it, or correct the kind",
        )
    changes = values.get("set", {})
    wrong = _check_values(block, changes, "set.", GRAMMAR["clause"], problems)
    fixed = _check_changes(block, changes, "set.", "an amendment", problems)
    return bool(odd or wrong or fixed or (needed and needed not in values))


def _note_unknown(block: Block, key: str, known: Collection[str], problems: Problems) -> None:
    problems.add(
        block.line_of(key),
        f'key not known in {block.kind}: "{key}"',
        expected="one of " + ", ".join(known),
        found=show(key),
        do=suggest(key, known, "remove it, or put it into the text"),
    )


def _note_missing(block: Block, key: str, unknown: Sequence[str], problems: Problems) -> None:
    near = nearest(key, unknown)
    problems.add(
        block.line_of(near) if near else block.line,
        f'missing key "{key}"',
        expected=f"{key} = … in every {block.kind}",
        found=show(near) if near else "none",
        do=f'write "{key}" for "{near}"' if near else "add it",
    )
