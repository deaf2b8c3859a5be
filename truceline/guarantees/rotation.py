"""What a standing presence takes: pools, caps, lead times. Arithmetic for staffs and parliaments.

Who stands there is one part of those who are needed: others train for the next turn, others
recover from the last. The rule of thumb is three for one; it is a parameter with a range, per
contributor, because armies differ and sources do. Nothing here plans a unit or names a place.

The pool is presence × ratio (published for 15,000, 25,000 and 60,000 on station: 45,000, 75,000,
180,000). The United Nations' rate for personnel gives a floor of the cost, and no more: USD 1,428 per
person and month since July 2018 (A/RES/72/285).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from pathlib import Path

from truceline.commitment import Amount, Contribution, Rotation
from truceline.guarantees.tables import read_table
from truceline.model import Problem

__all__ = [
    "THREE_FOR_ONE",
    "UN_RATE_USD",
    "Force",
    "count_phases",
    "estimate_un_cost",
    "read_forces",
    "rotate",
    "total",
]

THREE_FOR_ONE = (Decimal(3), Decimal(3))
UN_RATE_USD = Decimal(1428)
_COLUMNS = (
    "available_low",
    "available_high",
    "ratio_low",
    "ratio_high",
    "parliament_days_low",
    "parliament_days_high",
    "notice_days",
)
_UNIT = "persons"


@dataclass(frozen=True, slots=True)
class Force:
    """What is known of one contributor's forces; None where nobody has published it.

    `available` are the persons that may be sent in turn. `ratio` how many it takes to keep one on
    station. `parliament_days` the time that a vote takes, as a range; `notice_days` the notice
    that the forces need.
    """

    state: str
    available: tuple[Decimal, Decimal] | None = None
    ratio: tuple[Decimal, Decimal] | None = None
    parliament_days: tuple[int, int] | None = None
    notice_days: int | None = None
    source: str = ""


# --- reading ----------------------------------------------------------------------------------


def read_forces(path: Path) -> tuple[dict[str, Force], list[Problem]]:
    """Read the table of forces, one row a state; return it with every problem.

    Columns: state, available_low, available_high (persons), ratio_low, ratio_high,
    parliament_days_low, parliament_days_high, notice_days, source. An empty cell is not known.
    """
    rows, problems = read_table(path, ("state", "source"), _COLUMNS)
    forces: dict[str, Force] = {}
    for line, row in rows:
        force, wrong = _read_force(row)
        problems += [Problem(str(path), line, *each) for each in wrong]
        if force.state in forces:
            problems.append(Problem(str(path), line, "state given twice", "one row a state", force.state, "remove one"))
        forces[force.state] = force
    return forces, problems


def _read_force(row: Mapping[str, str | None]) -> tuple[Force, list[tuple[str, str, str, str]]]:
    wrong: list[tuple[str, str, str, str]] = []

    def read_range(name: str, least: int) -> tuple[Decimal, Decimal] | None:
        cells = [(row.get(f"{name}_{end}") or "").strip() for end in ("low", "high")]
        if not any(cells):
            return None
        numbers = [_number(cell or other) for cell, other in (cells, cells[::-1])]
        low, high = numbers
        if low is None or high is None or not least <= low <= high:
            wrong.append((f"{name} not understood", f"two numbers from {least} up", "..".join(cells), "correct them"))
            return None
        return low, high

    notice = (row.get("notice_days") or "").strip()
    days = _number(notice)
    if notice and (days is None or days < 0):
        wrong.append(("notice_days not understood", "a number of days", notice[:40], "correct it"))
    state, source = ((row.get(name) or "").strip() for name in ("state", "source"))
    for name, cell in (("state", state), ("source", source)):
        if not cell:
            wrong.append((f"{name} missing", "a state's code and where its numbers stand", "nothing", "add it"))
    votes = read_range("parliament_days", 0)
    return Force(
        state,
        read_range("available", 0),
        read_range("ratio", 1),
        (int(votes[0]), int(votes[1])) if votes else None,
        int(days) if days is not None and days >= 0 else None,
        source,
    ), wrong


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**12 else None


# --- arithmetic -------------------------------------------------------------------------------


def rotate(
    contributions: Iterable[Contribution],
    forces: Mapping[str, Force],
    ratio: tuple[Decimal, Decimal] = THREE_FOR_ONE,
) -> tuple[Rotation, ...]:
    """Return what each contributor's presence takes, for those that promised a number of persons.

    `ratio` holds where a contributor's own is not known.
    """
    presence: dict[str, list[Amount]] = {}
    for each in contributions:
        if each.amount is not None and each.amount.unit == _UNIT:
            presence.setdefault(each.by, []).append(each.amount)
    return tuple(_rotate(name, _add(presence[name]), forces.get(name), ratio) for name in sorted(presence))


def _rotate(name: str, presence: Amount, force: Force | None, ratio: tuple[Decimal, Decimal]) -> Rotation:
    force = force or Force(name)
    low, high = force.ratio or ratio
    pool = Amount(_times(presence.low, low), _times(presence.high, high), _UNIT)
    cap = Amount(*force.available, _UNIT) if force.available else None
    load = _load(pool, cap)
    days = _days(force)
    notes = [] if force.ratio else [f"no ratio of its own is published: {_say_ratio(low, high)} for one is assumed"]
    notes += [] if cap else ["how many it could send in turn is not published"]
    notes += [] if days else ["neither a vote's length nor days of notice are published"]
    sustainable = Amount(_carry(cap.low, high), _carry(cap.high, low), _UNIT) if cap else None
    return Rotation(
        name, presence, (low, high), pool, cap, load, sustainable, days, _bind(load, days, force), tuple(notes)
    )


def _load(pool: Amount, cap: Amount | None) -> tuple[Decimal | None, Decimal | None]:
    if cap is None:
        return None, None
    low = pool.low / cap.high if pool.low is not None and cap.high else None
    high = pool.high / cap.low if pool.high is not None and cap.low else None
    return low, high


def _days(force: Force) -> tuple[int, int] | None:
    """A vote comes first, then the notice; where one of the two is unknown, so is the sum."""
    if force.parliament_days is None or force.notice_days is None:
        return None
    return force.parliament_days[0] + force.notice_days, force.parliament_days[1] + force.notice_days


def _carry(people: Decimal | None, ratio: Decimal) -> Decimal | None:
    """Return how many stand there at once, whole persons, where so many are there to choose from."""
    return None if people is None else (people / ratio).to_integral_value(ROUND_FLOOR)


def _say_ratio(low: Decimal, high: Decimal) -> str:
    return " to ".join(dict.fromkeys(f"{side.normalize():f}" for side in (low, high)))


def _bind(load: tuple[Decimal | None, Decimal | None], days: tuple[int, int] | None, force: Force) -> str:
    """Name what holds a contributor back most: people, a vote, notice; or that it cannot be told."""
    if load[0] is not None and load[0] > 1:
        return "available persons"
    if load[1] is not None and load[1] > 1:
        return "available persons, at the upper end"
    if load[0] is None and load[1] is None:
        return "cannot tell"
    if days is None:
        return "lead time not known"
    return "vote in parliament" if force.parliament_days and force.parliament_days[1] > 0 else "notice"


def total(rotations: Iterable[Rotation]) -> Rotation | None:
    """Return the sum over all contributors; a side that is unknown for one is unknown for all."""
    parts = tuple(rotations)
    if not parts:
        return None
    caps = [part.cap for part in parts if part.cap is not None]
    cap = _add(caps) if len(caps) == len(parts) else None
    kept = [part.sustainable for part in parts if part.sustainable is not None]
    pool = _add(part.pool for part in parts)
    worst = [part for part in parts if part.binding.startswith("available persons")]
    return replace(
        parts[0],
        contributor="all",
        presence=_add(part.presence for part in parts),
        ratio=(min(part.ratio[0] for part in parts), max(part.ratio[1] for part in parts)),
        pool=pool,
        cap=cap,
        load=_load(pool, cap),
        sustainable=_add(kept) if len(kept) == len(parts) else None,
        ready_days=_join_days([part.ready_days for part in parts]),
        binding=", ".join(part.contributor for part in worst) if worst else "cannot tell" if cap is None else "none",
        notes=(),
    )


def _join_days(days: list[tuple[int, int] | None]) -> tuple[int, int] | None:
    known = [each for each in days if each is not None]
    return (max(low for low, _ in known), max(high for _, high in known)) if len(known) == len(days) else None


def _add(amounts: Iterable[Amount]) -> Amount:
    parts = list(amounts)
    lows = [part.low for part in parts if part.low is not None]
    highs = [part.high for part in parts if part.high is not None]
    return Amount(
        sum(lows, Decimal(0)) if len(lows) == len(parts) else None,
        sum(highs, Decimal(0)) if len(highs) == len(parts) else None,
        _UNIT,
    )


def _times(number: Decimal | None, ratio: Decimal) -> Decimal | None:
    return None if number is None else number * ratio


def count_phases(rotation: Rotation, *, tour_months: int, months: int) -> tuple[dict[str, Decimal | int], ...]:
    """Return, month by month from the first day on station, how many are there, train and recover.

    At the low ratio and the highest presence; the first turn stands after one turn of training.
    Nothing is returned where the presence has no upper end.
    """
    presence = rotation.presence.high
    if presence is None:
        return ()
    turns = rotation.ratio[0] - 1  # those who are not on station
    rows: list[dict[str, Decimal | int]] = []
    for month in range(-tour_months, months):
        started = month >= 0
        recovering = min(turns - 1, Decimal(month // tour_months)) if started else Decimal(0)
        training = turns - max(recovering, Decimal(0)) if started else Decimal(1)
        rows.append(
            {
                "month": month,
                "on_station": presence if started else Decimal(0),
                "training": presence * training,
                "recovering": presence * max(recovering, Decimal(0)),
            }
        )
    return tuple(rows)


def estimate_un_cost(presence: Decimal, months: int) -> Decimal:
    """Return USD for this presence at the UN's rate: a floor, not what an army costs."""
    return presence * UN_RATE_USD * months
