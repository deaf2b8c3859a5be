"""What a drafter can move in a clause: the width of its zone, the band of altitude, persistence, margin.

Each lever is one function and one line in `LEVERS`: from a clause to the same clause with one value
changed. A clause without such a value has no such lever.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from truceline.agreement.document import Terms
from truceline.rehearsal.widths import measure_width, move_edge
from truceline.spacetime import read_duration
from truceline.spacetime.units import read_distance

__all__ = ["FACTORS", "LEVERS", "Changed", "change_terms"]

FACTORS = (0.5, 0.8, 1.25, 2.0)
"""By how much each value is multiplied."""

_NMI_M = 1852.0


@dataclass(frozen=True, slots=True)
class Changed:
    """A clause with one value changed: by which factor, and what the clause then says.

    `terms` None: there is no such clause, and `value` says why.
    """

    lever: str
    change: str
    value: str
    terms: Terms | None


def change_terms(terms: Terms) -> Iterator[Changed]:
    """Yield every variation of a clause, lever by lever, from the smallest factor to the largest."""
    for lever in LEVERS.values():
        yield from lever(terms)


def _change_width(terms: Terms) -> Iterator[Changed]:
    """A zone that is named by its areas keeps its edge: it is not the draft's to move."""
    zone = terms.zone
    if zone is None or zone.shape is None or zone.areas:
        return
    width = measure_width(zone.shape)
    for factor in FACTORS:
        moved = (factor - 1) * width / 2
        shape = move_edge(zone.shape, moved)
        says = f"{_say_distance(factor * width)} wide, edge moved by {moved / 1000:+.2f} km ({moved / _NMI_M:+.2f} nmi)"
        changed = None if shape is None else replace(terms, zone=replace(zone, shape=shape))
        yield Changed("width", _say(factor), says if shape is not None else f"no zone is left ({says})", changed)


def _change_altitude(terms: Terms) -> Iterator[Changed]:
    """The lower edge of the band stays, its height is multiplied."""
    zone = terms.zone
    if zone is None or zone.altitude_m is None:
        return
    low, high = zone.altitude_m
    for factor in FACTORS:
        band = (low, low + factor * (high - low))
        value = f"{band[0]:.0f} to {band[1]:.0f} m"
        yield Changed("altitude", _say(factor), value, replace(terms, zone=replace(zone, altitude_m=band)))


def _change_persistence(terms: Terms) -> Iterator[Changed]:
    declared = terms.values.get("persistence")
    if not isinstance(declared, str):
        return
    length = read_duration(declared)
    for factor in (0.0, *FACTORS):
        seconds = factor * length.total_seconds()
        says = f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
        yield Changed("persistence", _say(factor), says, _with(terms, "persistence", f"{seconds:.3f} s"))


def _change_distance(terms: Terms, key: str) -> Iterator[Changed]:
    declared = terms.values.get(key)
    if not isinstance(declared, str):
        return
    metres = read_distance(declared)
    for factor in (0.0, *FACTORS) if key == "margin" else FACTORS:
        yield Changed(key, _say(factor), _say_distance(factor * metres), _with(terms, key, f"{factor * metres:.3f} m"))


LEVERS: Mapping[str, Callable[[Terms], Iterator[Changed]]] = {
    "width": _change_width,
    "altitude": _change_altitude,
    "persistence": _change_persistence,
    "margin": lambda terms: _change_distance(terms, "margin"),
    "distance": lambda terms: _change_distance(terms, "distance"),
}
"""Levers by name, in the order in which they are tried."""


def _with(terms: Terms, key: str, value: str) -> Terms:
    return replace(terms, values={**terms.values, key: value})


def _say(factor: float) -> str:
    return f"× {factor:g}" if factor else "none"


def _say_distance(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 2000 else f"{metres / 1000:.1f} km"
