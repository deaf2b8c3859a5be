"""Why a position is doubtful. A doubtful row stays; what rests on it is never more than alleged."""

from enum import IntFlag

__all__ = ["CATEGORY_LIMITS_KN", "REASONS", "Flag", "explain", "fastest_kn"]


class Flag(IntFlag):
    """Reasons to doubt a position, as bits."""

    JUMP = 1
    TWO_PLACES = 2
    FAST = 4
    SATURATED = 8
    UNAVAILABLE = 16
    NO_SHIP = 32
    ON_LAND = 64
    CIRCLE = 128
    LINE = 256
    CROWD = 512
    INTERFERENCE = 1024


REASONS: dict[Flag, str] = {
    Flag.JUMP: "doubtful jump: no such platform is fast enough to get there from its other positions and back",
    Flag.TWO_PLACES: "doubtful identity: it is in two places at once",
    Flag.FAST: "doubtful speed: it reports more than is possible for such a platform",
    Flag.SATURATED: "doubtful report: its speed is the code for 102.2 kn or more, which no ship reaches",
    Flag.UNAVAILABLE: "doubtful place: it is the code for a position that is not available",
    Flag.NO_SHIP: "doubtful identity: its number is none that a ship is given",
    Flag.ON_LAND: "doubtful place: a vessel far from any water",
    Flag.CIRCLE: "doubtful track: a circle too exact to be steered",
    Flag.LINE: "doubtful track: a line and a speed too exact to be steered",
    Flag.CROWD: "doubtful place: many platforms report it in the same minutes",
    Flag.INTERFERENCE: "doubtful place: satellite navigation was disturbed there, and its own report says so",
}
"""Each flag in words, as a finding's doubt says it."""

CATEGORY_LIMITS_KN: dict[str, float] = {
    "vessel": 80.0,  # boats on a course have gone faster, in calm water
    "cargo": 50.0,
    "tanker": 40.0,
    "fishing": 60.0,
    "passenger": 70.0,
    "warship": 80.0,
    "other-vessel": 80.0,
    "helicopter": 300.0,
    "civil-aircraft": 900.0,  # over ground, with the wind of a jet stream
    "drone": 700.0,
    "missile": 15_000.0,
}
"""More than the fastest of each category goes over ground, in knots."""

_OTHERWISE_KN = 1500.0  # above the speed of military aircraft at most heights


def fastest_kn(kind: str | None, category: str | None) -> float:
    """Return the speed over ground in knots that a platform certainly does not exceed."""
    if category in CATEGORY_LIMITS_KN:
        return CATEGORY_LIMITS_KN[category]
    return CATEGORY_LIMITS_KN["vessel"] if kind == "vessel" else _OTHERWISE_KN


def explain(flags: int) -> tuple[str, ...]:
    """Return the reasons that a number of flags stands for, in the order of the flags."""
    return tuple(reason for flag, reason in REASONS.items() if flags & flag.value)
