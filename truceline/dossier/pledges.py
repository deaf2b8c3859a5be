"""From a case to its register on a day: who promised what, whether it is enough, and what binds it.

    agreement.md ──> register ──> as of a day ──> without whom ──> conditions settled ──┬──> adequacy, withdrawals
    evidence.toml ─> determinations ─────────────────────────────────────^             ├──> what waits for what
    related.toml ──> other agreements ───────────────────────────────────^             ├──> presence, rotation
    inputs/forces.csv, the tracker's folder ────────────────────────────────────────────┴──> pages and files

The wall clock has no say: without a day, the register stands as of the last day that the document knows.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from truceline import __version__
from truceline.commitment import (
    QUALITATIVE,
    Adequacy,
    Contribution,
    Loss,
    Pledge,
    PoliticalStatus,
    Register,
)
from truceline.dossier.donors import read_donors
from truceline.dossier.facts import Record, open_record, read_agreement_and_plan
from truceline.dossier.history import (
    find_contradictions,
    find_last_day,
    list_changes,
    list_days,
    list_horizon,
    list_levels,
    note_unknown_days,
    score_deadlines,
)
from truceline.dossier.result import Block, Dossier, Presence, Request
from truceline.errors import CaseError
from truceline.guarantees.adequacy import (
    assess_adequacy,
    drop_contributors,
    list_blocks,
    list_contributors,
    list_losses,
    try_withdrawals,
)
from truceline.guarantees.register import read_register, see_as_of
from truceline.guarantees.rotation import Force, count_phases, estimate_un_cost, read_forces, rotate, total
from truceline.guarantees.triggers import settle_triggers
from truceline.identity.states import find_state
from truceline.model import Problem

__all__ = ["Request", "open_dossier", "write_dossier"]

Progress = Callable[[str], None]


def write_dossier(
    folder: Path, out: Path, request: Request, progress: Progress = lambda _: None
) -> tuple[Dossier, tuple[Path, ...]]:
    """Answer for the case in `folder`, write everything to `out`, whole or not at all, and return both.

    Raises CaseError with every problem found where the case or an option cannot be used.
    """
    from truceline.dossier.files import MARK, write_files
    from truceline.reports.folder import replace_folder

    dossier = open_dossier(folder, request, progress)
    with replace_folder(out, MARK) as partial:
        progress("writing pages and files")
        written = write_files(dossier, partial)
    return dossier, tuple(out / path.relative_to(partial) for path in written)


def open_dossier(folder: Path, request: Request, progress: Progress = lambda _: None) -> Dossier:
    """Return the register of the case in `folder` and what follows from it; writes nothing."""
    agreement, plan = read_agreement_and_plan(folder)
    whole, _ = read_register(agreement)
    refuse_ratio(request)
    day = request.as_of or find_last_day(whole)
    record = open_record(folder, agreement, plan, whole.pledges, day, progress)
    gone = find_contributors(see_as_of(whole, day), request.without, agreement.file)
    donors = read_donors(request.tracker, request.as_of) if request.tracker else None
    forces = read_force_table(folder / "inputs" / "forces.csv")

    def see(when: date) -> Register:
        return settle(see_as_of(whole, when), gone, record, when)

    register = see(day)
    changes = list_changes(whole, day)
    days, note = list_days(whole, changes, day)
    adequacy = assess_adequacy(register)
    facts = record.settle(day)

    def lose(left: Register) -> tuple[Loss, ...]:
        return list_losses(left, lambda changed: settle_triggers(changed, facts))

    return Dossier(
        register=register,
        day=day,
        given=request.as_of is not None,
        without=gone,
        in_force=facts.in_force[""],
        determinations=facts.determinations,
        adequacy=adequacy,
        withdrawals=try_withdrawals(register, lambda changed: settle_triggers(changed, facts)),
        losses=(
            *(loss for loss in lose(settle(see_as_of(whole, day), (), record, day)) if loss.contributor in gone),
            *lose(register),
        ),
        blocks=tuple(Block(*block) for block in list_blocks(register)),
        contradictions=find_contradictions(register),
        unnumbered=tuple(pledge for pledge in register.pledges if has_no_number(pledge)),
        presences=tuple(measure_presences(adequacy, forces, request)),
        changes=changes,
        deadlines=score_deadlines(whole, day),
        levels=list_levels(days, see),
        horizon=list_horizon(register),
        donors=donors,
        ratio=request.ratio,
        tour_months=request.tour_months,
        version=__version__,
        digest=digest_inputs(folder, request, day, gone),
        notes=tuple(
            filter(
                None,
                (
                    *record.notes,
                    note,
                    *note_unknown_days(whole, request.as_of),
                    *say_what_is_missing(register, request.as_of),
                ),
            )
        ),
    )


def settle(register: Register, gone: Iterable[str], record: Record, day: date) -> Register:
    """Return a register as of a day without those who have left, and with its conditions settled on that day."""
    left = drop_contributors(register, set(gone))
    return replace(left, as_of=day, pledges=settle_triggers(left.pledges, record.settle(day)))


def find_contributors(register: Register, wanted: Sequence[str], file: str) -> tuple[str, ...]:
    """Return the codes of contributors given by code or name; raises CaseError for one that promised nothing."""
    known = list_contributors(register)
    codes = {code.casefold(): code for code in known}
    codes |= {register.names.get(code, code).casefold(): code for code in known}
    meant = {name: codes.get(name.casefold()) or codes.get((find_state(name) or "").casefold()) for name in wanted}
    unknown = [name for name, code in meant.items() if code is None]
    if unknown:
        expected = "one of " + ", ".join(_say(code, register.names) for code in known) if known else "no contributor"
        what = "contributor not known, or it has promised nothing by that day"
        do = "correct the name, or the day"
        raise CaseError([Problem(file, 1, what, expected, f'--without "{name}"', do) for name in unknown])
    return tuple(sorted({code for code in meant.values() if code}))


def _say(code: str, names: Mapping[str, str]) -> str:
    return f"{code} ({names[code]})" if code in names else code


def refuse_ratio(request: Request) -> None:
    """Raise CaseError for a ratio that is none: fewer than one for one, or the larger end first."""
    low, high = request.ratio
    if not (low.is_finite() and high.is_finite() and 1 <= low <= high <= 100):
        problem = Problem("--ratio", 0, "ratio of no use", "two numbers from 1 to 100", f"{low} {high}", "correct it")
        raise CaseError([problem])


def read_force_table(path: Path) -> dict[str, Force]:
    """Return what is known of each contributor's forces; nothing where the case has no table."""
    if not path.is_file():
        return {}
    forces, problems = read_forces(path)
    if problems:
        raise CaseError(problems)
    return forces


def measure_presences(
    adequacy: Iterable[Adequacy], forces: Mapping[str, Force], request: Request
) -> Iterable[Presence]:
    """Yield what a presence takes for each capability that somebody needs in persons."""
    needed: dict[str, tuple[Contribution, ...]] = {}
    for each in adequacy:
        if each.need.unit == "persons":
            needed.setdefault(each.capability, each.contributions)
    for capability, contributions in needed.items():
        rotations = rotate(contributions, forces, request.ratio)
        together = total(rotations)
        known = together is not None and together.presence.high is not None
        phases = count_phases(together, tour_months=request.tour_months, months=request.months) if together else ()
        floor = estimate_un_cost(together.presence.high, 12) if together and together.presence.high else None
        yield Presence(capability, rotations, together, phases if known else (), floor)


def has_no_number(pledge: Pledge) -> bool:
    """Return whether a pledge is qualitative, or nobody has published a number for it."""
    return not pledge.figures or any(figure.quantity.unit == QUALITATIVE for figure in pledge.figures)


def say_what_is_missing(register: Register, day: date | None) -> Iterable[str]:
    """Yield why parts of the answer are empty: nothing promised, nothing needed, sizings that nobody answers."""
    if not register.pledges:
        yield f"no pledge is known by {day.isoformat()}" if day else "the document holds no pledge"
    elif all(pledge.political is PoliticalStatus.WITHDRAWN for pledge in register.pledges):
        yield "every pledge is withdrawn"
    if not register.requirements:
        yield f"the document names no requirement{' by that day' if day else ''}: whether it is enough cannot be said"


def digest_inputs(folder: Path, request: Request, day: date, gone: Iterable[str]) -> str:
    """Return SHA-256 over the documents, tables and options that decide the result, and the version."""
    sha = hashlib.sha256()
    names = ["agreement.md", "evidence.toml", "related.toml", "inputs/forces.csv"]
    paths = [folder / name for name in names]
    paths += [request.tracker / name for name in ("data_explorer.csv", "release_info.csv")] if request.tracker else []
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        sha.update(f"{path.name} {len(content)}\n".encode() + content)
    ratio = "..".join(str(number) for number in request.ratio)
    options = (day.isoformat(), ",".join(gone), ratio, str(request.tour_months), str(request.months), __version__)
    sha.update("\n".join(options).encode())
    return sha.hexdigest()
