"""The world of one scenario: everything that moves or happens in it, whether anybody sees it or not."""

from dataclasses import dataclass, field

from truceline.scenario.movement import Mover, Span
from truceline.scenario.places import Point
from truceline.scenario.sensors import Watchers


@dataclass(frozen=True, slots=True)
class Blast:
    """A strike, or something that sounds like one.

    `kind` is what a monitor would call it, `party` who did it ("" for nobody), `tells` whether a
    monitor who sees it can say who. `innocent` gives the reason where it is no breach.
    """

    name: str
    port: str
    kind: str
    party: str
    time: float
    place: Point
    tells: bool = False
    innocent: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """An activity that a party, or the coordination centre, announced beforehand: when, where, and what."""

    name: str
    by: str
    span: Span
    place: Point
    radius_m: float
    activity: str
    text: str


@dataclass(frozen=True, slots=True)
class World:
    """All of it. `excuses` give, by the name of a mover, why its stay in a zone is no breach."""

    hours: int
    watchers: Watchers
    movers: tuple[Mover, ...]
    blasts: tuple[Blast, ...]
    notices: tuple[Notice, ...] = ()
    excuses: dict[str, str] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    """Names of movers and blasts whose monitors' reports arrive more than a day late."""
    mistaken: str = ""
    """Name of a merchant that a monitor takes for a warship."""
