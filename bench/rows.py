"""The shape of a measurement: an area has works, and targets between them; `run.py` measures and reports.

A module of `bench/` that measures an area offers one function:

    def areas(size: Size, folder: Path) -> Iterable[Area]

It makes its seeded data (files go into `folder`, which is removed afterwards) and names its works.
Nothing that a peer needs is imported or built before `prepare` is called: the process that measures
the memory of ours never loads a peer. What `prepare` raises as `Missing` is reported as missing, with
the reason; the rest goes on. What `prepare` returns is timed: once to warm up, whose answer goes to
`check`, then at least five times, all works of an area in turn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Literal

__all__ = ["Area", "Check", "Missing", "Size", "Target", "Work", "need"]


class Missing(Exception):  # noqa: N818
    """What a work needs is not there; the text says what."""


def need(name: str) -> ModuleType:
    """Import a module that a peer needs, or raise Missing."""
    if find_spec(name.partition(".")[0]) is None:
        raise Missing(f"no module {name}")
    try:
        return import_module(name)
    except ImportError as problem:
        raise Missing(f"{name} does not import: {problem}") from problem


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: the whole, or little for a quick look."""

    quick: bool = False

    def of(self, whole: int, quick: int) -> int:
        """Return one of the two numbers."""
        return quick if self.quick else whole


@dataclass(frozen=True, slots=True)
class Check:
    """Whether results agree, and how that was looked at: "1,093,515 pairs, counts equal", with the tolerance."""

    agree: bool
    how: str


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to be timed.

    name: as the table says it, unique in its area: "masks, 60 zones, 2 threads", "SedonaDB".
    role: "ours"; "peer", what a user could take instead; "limit", what the machine can do at best.
    count: how many rows (in the area's unit) one call handles; the rate is count / seconds.
    prepare: makes ready outside the clock; returns what is timed, which returns its answer.
    check: given the answer, says whether it is the right one; None where there is nothing to compare.
    input_bytes: of ours, the size of the columns it is given; then peak memory is measured in a process of its own.
    memory_at_most: the most that the peak may be, as a multiple of `input_bytes`.
    note: a few words for the table (what it leaves out, the licence).
    """

    name: str
    role: Literal["ours", "peer", "limit"]
    count: int
    prepare: Callable[[], Callable[[], object]]
    check: Callable[[object], Check] | None = None
    input_bytes: int = 0
    memory_at_most: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Ours is to be at least so many times as fast as another work of the area (0.7 = 70 % of a limit).

    `other` is None where `at_least` is a rate of its own, in the area's unit a second.
    """

    ours: str
    other: str | None
    at_least: float


@dataclass(frozen=True, slots=True)
class Area:
    """Works of one kind, measured in turn: name, unit ("positions"), works, targets and checks of its own."""

    name: str
    unit: str
    works: tuple[Work, ...]
    targets: tuple[Target, ...] = ()
    checks: tuple[Callable[[], Check], ...] = ()
    note: str = ""
