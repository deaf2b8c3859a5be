"""From a case to its funding plan: programmes with their terms, states with their finances, paths side by side.

    agreement.md ──> programmes ──> as of a day ──┬──> loans, escape clause, rule ──> backing ──┐
    inputs/*.csv ──> economies ───────────────────┴─────────────────────────────────────────────┴──> paths ──> files

Nothing of the evidence is read: money needs no sensor. The clock of the machine has no say either.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from truceline import __version__
from truceline.agreement import read_agreement
from truceline.agreement.document import Agreement
from truceline.agreement.problems import suggest
from truceline.commitment import Programme, Register
from truceline.dossier.funding_notes import Stage, list_disagreements, say_day_notes, say_notes
from truceline.dossier.headline import describe_headline
from truceline.dossier.history import find_last_day
from truceline.errors import CaseError
from truceline.finance import (
    Economy,
    FundingPlan,
    Loan,
    Precipice,
    Scenario,
    SmallestPath,
    StatePath,
)
from truceline.guarantees.backing import Activation, back_up, locate, read_activations, read_loans
from truceline.guarantees.choices import TARGETS_PCT_GDP, find_smallest_path, set_limits, trade_off
from truceline.guarantees.economies import read_economies
from truceline.guarantees.escape import find_cliff
from truceline.guarantees.fan import Shocks, spread
from truceline.guarantees.funding import LAST_YEAR, SCENARIOS, project_all, sum_up
from truceline.guarantees.programmes import read_clause, read_facility, read_goal
from truceline.guarantees.register import read_register, see_as_of
from truceline.guarantees.spending import GAINS, compare_ceilings, range_gains, read_limits
from truceline.identity.states import find_state
from truceline.model import Problem

__all__ = ["Request", "fund_case", "plan_funding"]

T = TypeVar("T")
Progress = Callable[[str], None]
MOST_DRAWS = 100_000
_NOT_FUNDERS = frozenset(["UKR", "USA"])  # who receives, and whose leaving is one of the scenarios


@dataclass(frozen=True, slots=True)
class Request:
    """What a person may ask of a plan.

    `states` by code, none for all that the case's groups and the Union hold; `scenario` one beside the
    base; `target_pct_gdp` of defence spending and `requirement_eur_bn` are both reached `by` a year.
    """

    states: tuple[str, ...] = ()
    scenario: str | None = None
    target_pct_gdp: float | None = None
    requirement_eur_bn: float | None = None
    by: int | None = None
    draws: int = 1_000
    seed: int = 1
    as_of: date | None = None


def fund_case(
    folder: Path, out: Path, request: Request, progress: Progress = lambda _: None
) -> tuple[FundingPlan, tuple[Path, ...]]:
    """Plan the funding of the case in `folder`, write everything to `out`, whole or not at all, and return both.

    Raises CaseError with every problem found where the case or an option cannot be used.
    """
    from truceline.dossier.funding_files import MARK, write_funding
    from truceline.reports.folder import replace_folder

    plan = plan_funding(folder, request, progress)
    with replace_folder(out, MARK) as partial:
        progress("writing pages and tables")
        written = write_funding(plan, partial)
    return plan, tuple(out / path.relative_to(partial) for path in written)


def plan_funding(folder: Path, request: Request, progress: Progress = lambda _: None) -> FundingPlan:
    """Return the plan of a case; writes nothing. Raises CaseError with every problem found."""
    refuse_numbers(request)
    stage, agreement = _read(folder, request.as_of)
    states = _choose_states(stage, request)
    scenarios, target_notes = _choose_scenarios(stage, states, request)
    progress(f"projecting {len(states)} states under {len(scenarios)} scenarios to {LAST_YEAR}")
    chosen = {state: stage.economies[state] for state in states}
    paths = project_all(chosen, scenarios, stage.backings)
    groups = _list_groups(stage, request, states)
    base = {path.state: path for path in paths if path.scenario == scenarios[0].name}
    progress(f"drawing {request.draws:,} paths of debt for each state")
    targets = tuple(sorted({*TARGETS_PCT_GDP, scenarios[0].defence_target_pct_gdp} - {0.0}))
    fans = (spread(path, Shocks(), draws=request.draws, seed=request.seed) for path in base.values())
    return FundingPlan(
        case=agreement.id,
        title=agreement.title,
        as_of=request.as_of.isoformat() if request.as_of else None,
        version=__version__,
        digest=_digest(folder, request),
        scenarios=scenarios,
        paths=paths,
        totals=_sum_groups(paths, groups),
        economies=chosen,
        groups=groups,
        fans=tuple(fan for fan in fans if fan is not None),
        tradeoffs=tuple(
            p for s in states for p in trade_off(chosen[s], scenarios[0], stage.backings[s], targets=targets)
        ),
        requirements=_require(chosen, base, request),
        loans=tuple(loan for loan in stage.loans if loan.state in chosen),
        cliffs=tuple(_find_cliffs(paths, stage)),
        ceilings=tuple(
            ceiling
            for state in states
            for ceiling in compare_ceilings(chosen[state], base[state], stage.ceilings.get(state, {}))
        ),
        gains=_measure_gains(stage, base),
        headline=describe_headline(stage.register, stage.clause, stage.economies, stage.activations, stage.union_gdp),
        notes=(*target_notes, *say_notes(stage, chosen), *say_day_notes(stage.whole, request.as_of)),
        known=request.as_of or find_last_day(stage.whole),
        disagreements=tuple(list_disagreements(stage.register)),
    )


# --- reading ----------------------------------------------------------------------------------


def _read(folder: Path, as_of: date | None) -> tuple[Stage, Agreement]:
    """Read the agreement's programmes and the tables; raises CaseError with all problems of both."""
    agreement, problems = read_agreement(folder / "agreement.md")
    errors = [problem for problem in problems if problem.severity == "error"]
    if agreement is None or errors:
        raise CaseError(errors)
    register, problems = read_register(agreement)
    errors = [problem for problem in problems if problem.severity == "error"]
    inputs = folder / "inputs"
    economies, wrong = read_economies(inputs)
    errors += wrong
    stage, wrong = _read_tables(folder, agreement.file, register, economies, as_of)
    errors += wrong
    if errors:
        raise CaseError(list(dict.fromkeys(errors)))
    return stage, agreement


def _read_tables(
    folder: Path, file: str, whole: Register, economies: dict[str, Economy], as_of: date | None
) -> tuple[Stage, list[Problem]]:
    problems: list[Problem] = []
    register = see_as_of(whole, as_of)
    lender, facility = _only(register, read_facility, file, problems)
    clauser, clause = _only(register, read_clause, file, problems)
    _, goal = _only(register, read_goal, file, problems)
    loans: tuple[Loan, ...] = ()
    activations: dict[str, Activation] = {}
    if lender and facility and lender.allocations:
        path, wrong = locate(folder, lender.allocations, file, lender.line)
        loans, more = read_loans(path, facility, as_of) if path else ((), [])
        problems += [*wrong, *more, *_refuse_strangers(path, (loan.state for loan in loans), economies)]
    if clauser and clause and clause.activations:
        path, wrong = locate(folder, clause.activations, file, clauser.line)
        activations, more = read_activations(path, clause, as_of) if path else ({}, [])
        problems += [*wrong, *more, *_refuse_strangers(path, activations, economies)]
    path = folder / "inputs" / "net_expenditure.csv"
    ceilings, wrong = _read_optional(path, read_limits)
    problems += [*wrong, *_refuse_strangers(path, ceilings, economies)]
    union, wrong = _read_optional(folder / "inputs" / "union_gdp.csv", read_union)
    problems += wrong
    backings = back_up(economies, clause=clause, activations=activations, facility=facility, loans=loans)
    union_gdp = union.get("EU", {})
    stage = Stage(register, economies, backings, loans, facility, clause, goal, activations, ceilings, union_gdp, whole)
    return stage, problems


ByState = dict[str, dict[int, tuple[float, str]]]


def _read_optional(path: Path, read: Callable[[Path], tuple[ByState, list[Problem]]]) -> tuple[ByState, list[Problem]]:
    """Read a table that a case need not have."""
    return read(path) if path.exists() else ({}, [])


def read_union(path: Path) -> tuple[ByState, list[Problem]]:
    """Return the Union's GDP in EUR bn by year, with its source, under the name "EU"; and every problem."""
    from truceline.guarantees.tables import read_number, read_table

    rows, problems = read_table(path, ("year", "gdp_eur_bn"))
    found: dict[int, tuple[float, str]] = {}
    for line, row in rows:
        year, gdp = int(read_number(row["year"]) or 0), read_number(row["gdp_eur_bn"]) or 0.0
        if not 0 < gdp < 1e9 or not 1900 <= year <= 2100:
            shown = f"{row['year'][:20]}, {row['gdp_eur_bn'][:20]}"
            problems.append(Problem(str(path), line, "year or GDP not understood", "2024, 17984", shown, "correct it"))
        elif year in found:
            problems.append(Problem(str(path), line, "year given twice", "one row a year", str(year), "remove one"))
        else:
            found[year] = (gdp, row.get("source") or "")
    return {"EU": found}, problems


def _only(
    register: Register, read: Callable[[Programme], T | None], file: str, problems: list[Problem]
) -> tuple[Programme | None, T | None]:
    """Return the one programme that this function can read; a second one is a problem."""
    found = [(programme, terms) for programme in register.programmes if (terms := read(programme)) is not None]
    for programme, _ in found[1:]:
        problems.append(
            Problem(
                file,
                programme.line,
                f"a second programme of kind {programme.kind} with terms",
                "one",
                programme.id,
                "plan them as two cases, or leave the terms of one out",
            )
        )
    return found[0] if found else (None, None)


def _refuse_strangers(path: Path | None, states: Iterable[str], economies: Mapping[str, Economy]) -> Iterator[Problem]:
    """A state of a table that states.csv does not have would vanish from every sum."""
    unknown = [state for state in states if state not in economies] if economies else []  # states.csv said it already
    lines = path.read_text("utf-8-sig").splitlines() if path and unknown else []
    for state in unknown:
        line = next((number for number, text in enumerate(lines, 1) if text.strip('"').startswith(state)), 1)
        do = suggest(state, economies, "add it to states.csv, or correct the code")
        yield Problem(str(path), line, "state not known", "a state of states.csv", state[:20], do)


# --- what was asked ---------------------------------------------------------------------------


def refuse_numbers(request: Request) -> None:
    """Raise CaseError for numbers that no plan can use; all of them at once."""
    checks = (
        ("--draws", request.draws, 1 <= request.draws <= MOST_DRAWS, f"a number from 1 to {MOST_DRAWS:,}"),
        ("--seed", request.seed, 0 <= request.seed < 2**63, "a number, not negative"),
        (
            "--target",
            request.target_pct_gdp,
            _within(request.target_pct_gdp, 0, 25),
            "more than 0, at most 25 % of GDP",
        ),
        ("--requirement", request.requirement_eur_bn, _within(request.requirement_eur_bn, 0, 1e6), "EUR bn above 0"),
        ("--by", request.by, request.by is None or 2027 <= request.by <= LAST_YEAR, f"a year from 2027 to {LAST_YEAR}"),
    )
    problems = [
        Problem(name, 0, "number of no use", expected, str(found), "give another")
        for name, found, holds, expected in checks
        if not holds
    ]
    if request.by is not None and request.target_pct_gdp is None and request.requirement_eur_bn is None:
        expected = "--target or --requirement beside it"
        problems.append(Problem("--by", 0, "a date for nothing", expected, str(request.by), "say what by then"))
    if request.requirement_eur_bn is not None and request.by is None:
        expected = f"--by YEAR, from 2027 to {LAST_YEAR}"
        problems.append(Problem("--requirement", 0, "a requirement without its date", expected, "none", "add --by"))
    if problems:
        raise CaseError(problems)


def _within(number: float | None, low: float, high: float) -> bool:
    return number is None or low < number <= high


def _choose_states(stage: Stage, request: Request) -> tuple[str, ...]:
    """Return the states of the plan; raises CaseError for one that no table has."""
    economies = stage.economies
    meant = {word: word if word in economies else find_state(word) for word in request.states}
    unknown = [word for word, state in meant.items() if state not in economies]
    if unknown:
        expected = "one of " + ", ".join(sorted(economies))
        raise CaseError(
            [
                Problem("--state", 0, "state not known", expected, state[:40], suggest(state, economies, "correct it"))
                for state in unknown
            ]
        )
    if request.states:
        return tuple(sorted({state for state in meant.values() if state}))
    grouped = {member for group in stage.register.groups.values() for member in group}
    union = {state for state, economy in economies.items() if economy.framework == "EU rules"}
    wanted = (grouped & set(economies) | union) - _NOT_FUNDERS
    return tuple(sorted(wanted or set(economies) - _NOT_FUNDERS))


def _choose_scenarios(
    stage: Stage, states: Sequence[str], request: Request
) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
    """Return the scenarios with the target that was asked for, else the rule's, else none."""
    named = {scenario.name: scenario for scenario in SCENARIOS}
    if request.scenario is not None and request.scenario not in named:
        do = suggest(request.scenario, named, "correct the name")
        expected = "one of " + ", ".join(named)
        raise CaseError([Problem("--scenario", 0, "scenario not known", expected, request.scenario[:40], do)])
    wanted = [SCENARIOS[0], *(s for s in SCENARIOS[1:] if request.scenario in (None, s.name))]
    gain = _find_central_gain(stage.economies)
    target, by, notes = _find_target(stage, states, request)
    return tuple(
        replace(
            scenario,
            defence_target_pct_gdp=target,
            defence_by=by,
            lost_gain=gain if scenario.lost_gain else 0.0,
        )
        for scenario in wanted
    ), notes


def _find_target(stage: Stage, states: Sequence[str], request: Request) -> tuple[float, int, tuple[str, ...]]:
    """Return (target in % of GDP, year, notes); raises CaseError where all states are above it today."""
    goal = stage.goal
    if request.target_pct_gdp is None and goal is None:
        return 0.0, LAST_YEAR, ("no rule on defence spending is known on that day: its share of GDP is held",)
    target = request.target_pct_gdp if request.target_pct_gdp is not None else goal.target_pct_gdp if goal else 0.0
    by = request.by if request.target_pct_gdp is not None and request.by else goal.by_year if goal else LAST_YEAR
    today = {state: stage.economies[state].numbers.get("defence_pct_gdp") for state in states}
    known = {state: share for state, share in today.items() if share is not None}
    above = sorted(state for state, share in known.items() if share > target)
    if request.target_pct_gdp is not None and known and len(above) == len(known):
        lowest = min(known.values())
        expected = f"at least {lowest:g} % of GDP, the lowest of today's shares"
        do = "give a higher target; a cut is not planned here"
        raise CaseError([Problem("--target", 0, "below what all spend today", expected, f"{target:g}", do)])
    notes = (f"above {target:g} % of GDP today, and held there: {', '.join(above)}",) if above else ()
    return target, min(by, LAST_YEAR), notes


def _find_central_gain(economies: Mapping[str, Economy]) -> float:
    """Return the central gain of joint buying, as a part of the Union's defence spending of the first year."""
    spent = _spend_of_union(economies)
    return GAINS[0][2] / spent if spent > GAINS[0][3] else 0.0


def _spend_of_union(economies: Mapping[str, Economy]) -> float:
    """Return defence spending of the Union's states, in EUR bn of the first year, where both numbers are known."""
    return sum(
        economy.numbers["gdp_2025_eur_bn"] * economy.numbers["defence_pct_gdp"] / 100
        for economy in economies.values()
        if economy.framework == "EU rules" and {"gdp_2025_eur_bn", "defence_pct_gdp"} <= set(economy.numbers)
    )


# --- what follows -----------------------------------------------------------------------------


def _list_groups(stage: Stage, request: Request, states: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the groups that are summed up: those of the case and the Union, or the states that were asked for."""
    if request.states:
        return {"chosen": tuple(states)}
    groups = {
        name: tuple(sorted(set(members) & set(states)))
        for name, members in stage.register.groups.items()
        if len(set(members) & set(states)) > 1
    }
    union = tuple(state for state in states if stage.economies[state].framework == "EU rules")
    return {**groups, "EU": union} if union else groups or {"all": tuple(states)}


def _sum_groups(
    paths: Sequence[StatePath], groups: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, float | int | str | None], ...]:
    return tuple(
        row
        for name, members in groups.items()
        for row in sum_up((path for path in paths if path.state in members), name)
    )


def _require(
    economies: Mapping[str, Economy], base: Mapping[str, StatePath], request: Request
) -> tuple[SmallestPath, ...]:
    """Return each state's part of what is required, shared by GDP, and whether a path reaches it within its limits."""
    if request.requirement_eur_bn is None or request.by is None:
        return ()
    gdps = {state: path.years[-1].gdp_eur_bn for state, path in base.items() if path.years}
    whole = sum(gdps.values())
    if not whole:
        return ()
    return tuple(
        find_smallest_path(
            economies[state], request.requirement_eur_bn * gdp / whole, request.by, set_limits(economies[state])
        )
        for state, gdp in gdps.items()
    )


def _find_cliffs(paths: Iterable[StatePath], stage: Stage) -> Iterator[Precipice]:
    """Yield the end of the escape clause for each state that uses it, under each scenario."""
    for path in paths:
        backing = stage.backings[path.state]
        extra = {year.year: year.extra_defence_pct_gdp for year in path.years}
        cliff = find_cliff(extra, backing.covered_years, backing.room_pct_gdp)
        after = path.at(cliff.last_year + 1) if cliff else None
        if cliff and after:
            step = cliff.step_pct_gdp
            money = after.gdp_eur_bn * step / 100
            yield Precipice(path.state, path.scenario, cliff.last_year, cliff.covered_pct_gdp, step, money)


def _measure_gains(stage: Stage, base: Mapping[str, StatePath]) -> tuple[tuple[str, float, float, float], ...]:
    """Return what joint buying of the last year's extra defence may save."""
    extra = sum(
        path.years[-1].gdp_eur_bn * path.years[-1].extra_defence_pct_gdp / 100 for path in base.values() if path.years
    )
    return range_gains(extra, _spend_of_union(stage.economies))


def _digest(folder: Path, request: Request) -> str:
    """Return the digest of everything that the plan rests on: the document, the tables and what was asked."""
    whole = hashlib.sha256(f"funding {request}".encode())
    for path in [folder / "agreement.md", *sorted((folder / "inputs").glob("*.csv"))]:
        whole.update(path.name.encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()
