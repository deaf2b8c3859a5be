"""References: every name that a block uses stands for a block that is there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from truceline.agreement.blocks import Declared
from truceline.agreement.document import Block
from truceline.agreement.edges import read_edge, read_names, split_parties
from truceline.agreement.problems import Problems, show, suggest
from truceline.identity.states import STATES

__all__ = ["check_references"]

_BINDING = ("declared", "accepted", "mirrored")


def check_references(blocks: Sequence[Block], declared: Declared, problems: Problems) -> None:
    """Note every reference to a block that is not declared, and clauses that bind who is not bound."""
    check = _References(declared, problems)
    for block in blocks:
        rule = _RULES.get(block.kind)
        if rule:
            rule(check, block)
    _check_bound(blocks, problems)
    _check_readings(blocks, problems)


class _References:
    """The declared names, and where to note one that is missing."""

    def __init__(self, declared: Declared, problems: Problems) -> None:
        self._declared = declared
        self._problems = problems
        self._made: dict[str, list[str]] = {}  # the end of a clause's id -> clauses called CLAUSE.END
        clauses = declared.get("clause", {})
        for name in clauses:
            for dot in (place for place, letter in enumerate(name[:64]) if letter == "." and name[:place] in clauses):
                self._made.setdefault(name[dot + 1 :], []).append(name)

    def one(self, block: Block, path: str, name: object, *kinds: str) -> None:
        """Note a name that is none of these kinds."""
        if not isinstance(name, str) or any(name in self._declared.get(kind, ()) for kind in kinds):
            return
        known = [each for kind in kinds for each in self._declared.get(kind, ())]
        what = " or ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))
        self._problems.add(
            block.line_of(path),
            f'no {what} "{name}"',
            expected=f"an id that a block of this document declares as {what}",
            found=show(name),
            do=suggest(name, known, f"declare it; there are: {', '.join(known[:12])}" if known else "declare it"),
        )

    def many(self, block: Block, key: str, *kinds: str) -> None:
        """Check a key that holds one name or a list of names."""
        value = block.values.get(key, ())
        if isinstance(value, list):
            for number, name in enumerate(value):
                self.one(block, f"{key}[{number}]", name, *kinds)
        elif value:
            self.one(block, key, value, *kinds)

    def members(self, block: Block) -> None:
        """Check the members of a group: parties, or states that promise without being a party."""
        for number, name in enumerate(block.values.get("members", ())):
            if name not in STATES:
                self.one(block, f"members[{number}]", name, "party")

    def named(self, block: Block, table: Mapping[str, Any], prefix: str, key: str, kind: str) -> None:
        """Check a key of a clause that names one or several of a kind, for all or for each party."""
        for party, item in split_parties(table.get(key, [])).items():
            path = f"{prefix}{key}.{party}" if party else f"{prefix}{key}"
            for number, name in enumerate(item if isinstance(item, list) else [item]):
                self.one(block, f"{path}[{number}]", name, kind)

    def free(self, block: Block) -> None:
        """Note a clause that has the id which a change would give to the clause it makes."""
        for name in self._made.get(block.id or "", ()):
            self._problems.add(
                block.line,
                f'the changed clause would be called "{name}"',
                expected="an id that no clause has",
                found=f"that clause on line {self._declared['clause'][name]}",
                do="rename the amendment or the clause",
            )

    def times(self, block: Block, table: Mapping[str, Any], prefix: str = "") -> None:
        """Check the parties and bodies that edges and conditions name."""
        for key in ("starts", "ends", "after", "released_by"):
            if key not in table:
                continue
            for party, item in split_parties(table[key]).items():
                path = f"{prefix}{key}.{party}" if party else f"{prefix}{key}"
                if party:
                    self.one(block, path, party, "party", "group")
                for body in _bodies(key, item):
                    self.one(block, path, body, "body", "party", "group")


def _bodies(key: str, item: Any) -> Iterator[str]:  # noqa: ANN401 - TOML value
    if key in ("starts", "ends"):
        body = read_edge(item, key).body
        names: Sequence[str | None] = (body,)
    else:
        names = [body for _, body in read_names(item)]
    yield from filter(None, names)


def _tables(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the keys of a block and of each of its alternatives, with what stands before them in a path."""
    yield "", block.values
    for number, table in enumerate(block.values.get("alternatives", ())):
        yield f"alternatives[{number}].", table


def _check_head(check: _References, block: Block) -> None:
    for prefix, table in _tables(block):
        check.times(block, table, prefix)
        check.one(block, f"{prefix}zone", table.get("zone"), "zone")


def _check_clause(check: _References, block: Block) -> None:
    check.many(block, "binds", "party", "group")
    for prefix, table in _tables(block):
        check.one(block, f"{prefix}zone", table.get("zone"), "zone")
        check.named(block, table, prefix, "line", "line")
        check.named(block, table, prefix, "except", "exception")
        check.times(block, table, prefix)


def _check_amendment(check: _References, block: Block) -> None:
    check.times(block, block.values)
    check.many(block, "by", "party", "group", "body")
    check.many(block, "of", "clause")
    changes = block.values.get("set", {})
    check.one(block, "set.zone", changes.get("zone"), "zone")
    check.named(block, changes, "set.", "line", "line")
    check.named(block, changes, "set.", "except", "exception")
    check.times(block, changes, "set.")
    if changes:
        check.free(block)


def _check_response(check: _References, block: Block) -> None:
    check.many(block, "of", "clause")
    check.one(block, "owner", block.values.get("owner"), "party", "group", "body")
    check.one(block, "to", block.values.get("to"), "party", "group", "body")


_RULES = {
    "agreement": _check_head,
    "party": lambda check, block: check.times(block, block.values),
    "group": lambda check, block: check.members(block),
    "clause": _check_clause,
    "exception": lambda check, block: check.many(block, "of", "clause"),
    "response": _check_response,
    "amendment": _check_amendment,
}


def _check_bound(blocks: Sequence[Block], problems: Problems) -> None:
    """Note clauses that bind a party which rejected the agreement; warn where that is disputed."""
    status = {block.id: block.values.get("status") for block in blocks if block.kind == "party"}
    groups = {block.id: block.values.get("members", ()) for block in blocks if block.kind == "group"}
    for block in blocks:
        if block.kind != "clause":
            continue
        for number, name in enumerate(block.values.get("binds", ())):
            for party in groups.get(name, (name,)):
                _check_status(block, f"binds[{number}]", party, status.get(party), problems)
                if name in groups and party in STATES and party not in status:
                    _note_no_party(block, f"binds[{number}]", name, party, problems)


def _note_no_party(block: Block, path: str, group: str, state: str, problems: Problems) -> None:
    problems.add(
        block.line_of(path),
        f'clause binds "{group}", and its member "{state}" is no party',
        expected="groups of parties in binds",
        found=show(state),
        do="declare the state as a party, or bind the parties that are",
    )


def _check_status(block: Block, path: str, party: str, status: str | None, problems: Problems) -> None:
    if status in (None, *_BINDING):
        return
    note = problems.add if status == "rejected" else problems.warn
    note(
        block.line_of(path),
        f'clause binds "{party}", which {"rejected it" if status == "rejected" else "is disputed"}',
        expected="parties that " + ", ".join(_BINDING[:-1]) + " or " + _BINDING[-1] + " it",
        found=f'status = "{status}"',
        do="leave the party out of binds, or correct its status",
    )


def _check_readings(blocks: Sequence[Block], problems: Problems) -> None:
    """Note a clause's alternative whose name is not among those of the agreement, if it has any."""
    heads = [block for block in blocks if block.kind == "agreement"]
    names = [table["name"] for table in heads[0].values.get("alternatives", ())] if heads else []
    for block in blocks if names else ():
        for number, table in enumerate(block.values.get("alternatives", ()) if block.kind == "clause" else ()):
            if table["name"] not in names:
                problems.add(
                    block.line_of(f"alternatives[{number}].name"),
                    "reading not among those of the agreement",
                    expected="one of " + ", ".join(names),
                    found=show(table["name"]),
                    do=suggest(table["name"], names, "use one of these names, or add it to the agreement"),
                )
