"""Readings: where parties claim different times or scopes, the document under each of the claims.

A key is looked up where it is most specific: the clause, the agreement's own entry for this party,
the party's block, the agreement. An alternative replaces the keys that it names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from truceline.agreement.document import Agreement, Block, Clause, Values
from truceline.agreement.edges import split_parties

__all__ = ["AS_DECLARED", "Layer", "Place", "Reading", "list_readings"]

AS_DECLARED = "as declared"
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Layer:
    """The keys of one block under one reading, and the path under which each stands in the block."""

    block: Block
    values: Values
    paths: Mapping[str, str] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """Return the line of a key under this reading."""
        return self.block.line_of(self.paths.get(key, key))


@dataclass(frozen=True, slots=True)
class Place:
    """A value that holds for one party, and where it stands."""

    value: Any
    layer: Layer
    key: str

    @property
    def line(self) -> int:
        """The line on which it stands."""
        return self.layer.line_of(self.key)


@dataclass(frozen=True, slots=True)
class Reading:
    """One clause under one reading."""

    name: str
    own: Layer
    head: Layer
    parties: Mapping[str, Block]
    groups: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    @property
    def zone(self) -> str | None:
        """The id of the zone: the clause's, else one that a reading of the whole agreement gives."""
        return self.own.values.get("zone") or self.head.values.get("zone")

    def find(self, key: str, party: str) -> Place | None:
        """Return the most specific value of `key` for a party, or None."""
        return next(self.find_all(key, party), None)

    def find_all(self, key: str, party: str) -> Iterator[Place]:
        """Yield every value of `key` that concerns a party, the most specific first."""
        block = self.parties.get(party)
        own = Layer(block, block.values) if block else None
        for layer, shared in ((self.own, True), (self.head, False), (own, True), (self.head, None)):
            if layer is None or key not in layer.values:
                continue
            value = layer.values[key]
            items = split_parties(value)
            if "" in items:
                if shared is not False:
                    yield Place(value, layer, key)
            elif shared is not None:
                yield from self._of_party(items, layer, key, party)

    def _of_party(self, items: Mapping[str, Any], layer: Layer, key: str, party: str) -> Iterator[Place]:
        names = (name for name in items if name == party or party in self.groups.get(name, ()))
        for name in sorted(names, key=lambda name: name != party):  # the party itself before its group
            yield Place(items[name], layer, f"{key}.{name}")
            return


def list_readings(agreement: Agreement, clause: Clause) -> tuple[Reading, ...]:
    """Return the readings of a clause: those of the agreement, else its own, else as declared.

    Where the agreement has alternatives, a clause's alternatives of the same names go with them.
    """
    heads = _alternatives(agreement.block.values)
    owns = _alternatives(clause.values)
    names = list(heads or owns) or [AS_DECLARED]
    return tuple(
        Reading(
            name,
            _layer(clause.block, clause.values, owns.get(name)),
            _layer(agreement.block, agreement.block.values, heads.get(name)),
            agreement.party_blocks,
            agreement.groups,
            _notes(heads.get(name), owns.get(name)),
        )
        for name in names
    )


def _alternatives(values: Values) -> dict[str, tuple[int, Values]]:
    tables: Sequence[Values] = values.get("alternatives", ())
    return {table["name"]: (number, table) for number, table in enumerate(tables)}


def _notes(*alternatives: tuple[int, Values] | None) -> tuple[str, ...]:
    return tuple(found[1]["note"] for found in alternatives if found and "note" in found[1])


def _layer(block: Block, values: Values, alternative: tuple[int, Values] | None) -> Layer:
    base = {key: value for key, value in values.items() if key != "alternatives"}
    if alternative is None:
        return Layer(block, base, _NONE)
    number, table = alternative
    changed = {key: value for key, value in table.items() if key not in ("name", "note")}
    return Layer(block, base | changed, {key: f"alternatives[{number}].{key}" for key in changed})
