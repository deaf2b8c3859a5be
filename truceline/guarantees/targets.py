"""How far a state must adjust under the Union's fiscal rules: the structural primary balance to reach.

Regulation (EU) 2024/1263 asks that at the end of an adjustment of four or seven years debt goes down
or stays below 60 % of GDP without more measures, also when things go worse, and that the deficit
stays below 3 % (Article 6 and the Commission's Monitor of 2023); that debt falls by a least amount
a year (Article 7), that the structural deficit keeps a margin (Article 8), and, in an excessive
deficit procedure, that each step has a least size (Regulation (EC) 1467/97, Article 3).

The reading is that of the Commission's calculation sheets of 2024, as the public replication
lennardwelslau/eu-debt-sustainability-analysis describes it: one constant step a year, rounded up to
0.01 points; least steps are added on top; deficits count in one decimal, so that 3.04 is 3.0.

The stochastic criterion (debt falls with 70 % probability) needs a history of shocks that none of
the inputs carry. It is a requirement "not computable", and a target found without it is a lower
bound unless somebody shows that it does not bind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from truceline.guarantees.targets_path import SCENARIOS, Outlook, PathYear, decide, finish, follow, walk

__all__ = ["Requirement", "Target", "find_target"]

_YEARS_AFTER = 10
_DEFICIT_PCT = 3.05  # above 3 % in one decimal
_STRUCTURAL_DEFICIT_PCT = 1.55  # above 1.5 % in one decimal
_PRUDENT_DEBT_PCT = 60.0
_HIGH_DEBT_PCT = 90.0
_PROCEDURE_STEP = 0.5
_PROCEDURE_WITHOUT_INTEREST_UNTIL = 2027  # Regulation (EU) 2024/1264, recital 23
_RESILIENCE_STEP = {4: 0.4, 7: 0.25}
_LARGEST_STEP = 3.0
_GRID = 0.01
_FLOORS = {
    "reference trajectory": (0.0, "no step back"),
    "technical information": (-1.0, "at most a point back a year"),
}
_PRECISION = 1e-5


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one criterion asks alone: the least constant step a year, and the balance that it leads to.

    `step` and `target_pct_gdp` are None where no step of -3 to 3 points a year meets the criterion, or it
    cannot be computed; `note` says which. At -3, less might do.
    """

    criterion: str
    step: float | None
    target_pct_gdp: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a state must reach: structural primary balance at the end of adjustment, in % of GDP.

    `guidance` is "reference trajectory" (debt above 60 % or deficit above 3 % in the base year) or
    "technical information". `criterion_step` is the step that the criteria ask for, and `binding` the
    criterion among them that asks most; `step` is what the debt safeguard makes of it, and `steps` add
    least steps, in the years `procedure_years` and `resilience_years`. `target_pct_gdp` is None where
    nothing meets the rules.
    """

    state: str
    years: int
    vintage: str
    guidance: str
    start_pct_gdp: float
    requirements: tuple[Requirement, ...]
    binding: str
    criterion_step: float | None
    step: float | None
    steps: tuple[float, ...]
    procedure_years: tuple[int, ...]
    resilience_years: tuple[int, ...]
    safeguard_binds: bool
    target_pct_gdp: float | None
    path: tuple[PathYear, ...]
    notes: tuple[str, ...] = ()


def find_target(outlook: Outlook, years: int) -> Target:
    """Return the target of a state for an adjustment of 4 or 7 years; other lengths raise ValueError."""
    if years not in _RESILIENCE_STEP:
        raise ValueError(f"an adjustment takes 4 or 7 years, not {years}")
    base = outlook.balance_pct_gdp[outlook.base_year]
    traced = outlook.debt_pct_gdp > _PRUDENT_DEBT_PCT or base < -3
    guidance = "reference trajectory" if traced else "technical information"
    requirements = _ask_all(outlook, years, traced)
    criterion_step, binding = _combine(requirements, guidance)
    rounded = _round_up(criterion_step) if criterion_step is not None else None
    step = _safeguard(outlook, years, rounded) if traced and rounded is not None else rounded
    notes = (*outlook.notes, *(() if step is not None else ("no step of up to 3 points a year meets the rules",)))
    plan = _Plan((), (), (), ()) if step is None else _plan(outlook, years, step)
    safeguard = step is not None and rounded is not None and step > rounded
    start = outlook.structural_primary_pct_gdp[outlook.base_year]
    return Target(
        state=outlook.state,
        years=years,
        vintage=outlook.vintage,
        guidance=guidance,
        start_pct_gdp=start,
        requirements=requirements,
        binding="debt safeguard" if safeguard else binding,
        criterion_step=rounded,
        step=step,
        steps=plan.steps,
        procedure_years=plan.procedure_years,
        resilience_years=plan.resilience_years,
        safeguard_binds=safeguard,
        target_pct_gdp=start + sum(plan.steps) if plan.steps else None,
        path=plan.path,
        notes=notes,
    )


# --- criteria of the debt sustainability analysis ---

Condition = Callable[[tuple[PathYear, ...]], bool]


def _keeps_deficit(path: tuple[PathYear, ...]) -> bool:
    """Deficit at most 3 %, in the last year of adjustment and the ten years after it."""
    return all(each.balance > -_DEFICIT_PCT for each in path[-_YEARS_AFTER - 1 :])


def _declines(path: tuple[PathYear, ...]) -> bool:
    """Debt lower than the year before, in each of the ten years after the adjustment."""
    tail = path[-_YEARS_AFTER - 1 :]
    return all(later.debt < before.debt or later.debt == 0 for before, later in pairwise(tail))


def _ends_prudent(path: tuple[PathYear, ...]) -> bool:
    """Debt at most 60 % of GDP ten years after the adjustment."""
    return path[-1].debt <= _PRUDENT_DEBT_PCT


def _ask_all(outlook: Outlook, years: int, traced: bool) -> tuple[Requirement, ...]:
    """Return what each criterion asks; with less debt and deficit, only two apply (Article 9)."""
    asked = [_ask(outlook, years, "deficit below 3 %", 0, _keeps_deficit)]
    for number, scenario in enumerate(SCENARIOS if traced else SCENARIOS[:1]):
        if traced:
            asked.append(_ask(outlook, years, f"debt declines: {scenario.name}", number, _declines))
        asked.append(_ask(outlook, years, f"debt below 60 %: {scenario.name}", number, _ends_prudent))
    if traced:
        note = "not computable: the inputs hold no history of shocks"
        asked.append(Requirement("debt declines with 70 % probability", None, None, note))
    return tuple(asked)


def _ask(outlook: Outlook, years: int, name: str, scenario: int, met: Condition) -> Requirement:
    """Return the least constant step with which a condition is met, found by halving."""

    def holds(step: float) -> bool:
        return met(walk(outlook, (step,) * years, _YEARS_AFTER, SCENARIOS[scenario]))

    low, high = -_LARGEST_STEP, _LARGEST_STEP
    if holds(low):
        high = low
    elif not holds(high):
        return Requirement(name, None, None, "not met by 3 points a year")
    while high - low > _PRECISION:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    target = outlook.structural_primary_pct_gdp[outlook.base_year] + years * high
    return Requirement(name, high, target, "met by -3 points a year" if high == -_LARGEST_STEP else "")


def _combine(requirements: tuple[Requirement, ...], guidance: str) -> tuple[float | None, str]:
    """Return the step that the criteria ask for, and which of them asks for it.

    On a reference trajectory debt declines in every scenario, or is below 60 % in every one, whichever
    asks less; the deficit stays below 3 % in both.
    """
    floor = _FLOORS[guidance]
    known = [each for each in requirements if not each.note.startswith("not computable")]
    options = []
    for way in ("debt declines", "debt below 60 %"):
        asked = [each for each in known if each.criterion.startswith(("deficit", way))]
        applies = any(each.criterion.startswith(way) for each in asked)
        steps = [(each.step, each.criterion) for each in asked if each.step is not None]
        if applies and len(steps) == len(asked):
            options.append(max([floor, *steps]))
    return min(options) if options else (None, "")


def _round_up(step: float) -> float:
    """Round up to 0.01 points, as the calculation sheets do."""
    hundredths = round(step / _GRID, 3)
    return -int(-hundredths // 1) * _GRID


# --- least steps and safeguards ---


@dataclass(frozen=True, slots=True)
class _Plan:
    steps: tuple[float, ...]
    procedure_years: tuple[int, ...]
    resilience_years: tuple[int, ...]
    path: tuple[PathYear, ...]


def _plan(outlook: Outlook, years: int, step: float) -> _Plan:
    """Return a constant step a year with least steps on top, and the ten years after."""
    last = outlook.base_year + years
    lifted: dict[str, list[int]] = {"procedure": [], "resilience": []}
    balances: dict[int, float] = dict(outlook.balance_pct_gdp)
    statuses = {outlook.base_year: outlook.in_procedure}

    def decide_step(before: PathYear) -> float:
        year = before.year + 1
        balances[before.year] = before.balance
        statuses[year] = _stays_in_procedure(statuses[before.year], balances, year)
        least = {
            "procedure": _procedure_step(outlook, before, step, last) if statuses[before.year] else None,
            "resilience": _resilience_step(before, years),
        }
        asked = {name: value for name, value in least.items() if value is not None and value > step}
        if not asked:
            return step
        name = max(asked, key=lambda each: asked[each])
        lifted[name].append(year)
        return asked[name]

    adjusted = decide(outlook, years, decide_step)
    path = finish(outlook, adjusted, last, _YEARS_AFTER, SCENARIOS[0])
    steps = tuple(each.step for each in adjusted[1:])
    return _Plan(steps, tuple(lifted["procedure"]), tuple(lifted["resilience"]), path)


def _stays_in_procedure(before: bool, balances: Mapping[int, float], year: int) -> bool:
    """A procedure ends once two years in a row have kept the deficit; an unknown year has not."""
    kept = [balances.get(each, -100.0) > -_DEFICIT_PCT for each in (year - 2, year - 1)]
    return before and not all(kept)


def _procedure_step(outlook: Outlook, before: PathYear, step: float, last: int) -> float | None:
    """The least step after a year with too high a deficit: half a point, from 2028 of the structural balance."""
    if before.balance > -_DEFICIT_PCT:
        return None
    if before.year + 1 <= _PROCEDURE_WITHOUT_INTEREST_UNTIL:
        return _PROCEDURE_STEP
    interest = follow(outlook, before, step, last, SCENARIOS[0]).interest
    return _PROCEDURE_STEP + interest - before.interest


def _resilience_step(before: PathYear, years: int) -> float | None:
    """The least step after a year whose structural deficit left no margin (Article 8)."""
    return _RESILIENCE_STEP[years] if before.structural_balance <= -_STRUCTURAL_DEFICIT_PCT else None


def _safeguard(outlook: Outlook, years: int, step: float) -> float | None:
    """Return the least step from `step` on whose plan lets debt fall as Article 7 asks; None where none does.

    More can ask for less: a year may leave a band. So the search goes up and does not halve.
    """
    for number in range(round((_LARGEST_STEP - step) / _GRID) + 1):
        tried = round(step + number * _GRID, 6)
        if _falls_enough(outlook, _plan(outlook, years, tried).path[: years + 1]):
            return tried
    return None


def _falls_enough(outlook: Outlook, path: tuple[PathYear, ...]) -> bool:
    """Debt falls on average by 1 point a year from above 90 % and half a point from above 60 %, outside a procedure."""
    balances = {**outlook.balance_pct_gdp, **{each.year: each.balance for each in path}}
    inside = outlook.in_procedure
    falls: dict[float, list[float]] = {1.0: [], 0.5: []}
    for before, later in pairwise(path):
        inside = _stays_in_procedure(inside, balances, later.year)
        if before.debt > _PRUDENT_DEBT_PCT and not inside:
            falls[1.0 if before.debt > _HIGH_DEBT_PCT else 0.5].append(before.debt - later.debt)
    return all(not each or sum(each) / len(each) > least for least, each in falls.items())
