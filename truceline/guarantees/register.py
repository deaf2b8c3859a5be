"""The register: the blocks of an agreement as pledges, requirements, meetings and programmes.

Read once, whole, with every problem; then seen as of a day: what was first said later does not
exist yet, and a revision that came later has not changed anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from truceline.agreement.document import Agreement, Block
from truceline.agreement.problems import Problems, show, suggest
from truceline.commitment import (
    Figure,
    LegalForce,
    Meeting,
    Need,
    Pledge,
    PoliticalStatus,
    Programme,
    Readiness,
    Register,
    Requirement,
    Revision,
    Source,
)
from truceline.errors import FormError
from truceline.guarantees.keys import KEYS, check_table, read_day, read_notice
from truceline.guarantees.programmes import check_terms
from truceline.guarantees.quantities import read_quantity
from truceline.guarantees.triggers import find_circles, list_names, read_trigger
from truceline.identity.states import STATES, UNIONS
from truceline.model import Problem

__all__ = ["read_register", "see_as_of"]

T = TypeVar("T", Pledge, Requirement, Meeting, Programme)


def read_register(agreement: Agreement) -> tuple[Register, list[Problem]]:
    """Return the register of an agreement, and every problem in its blocks.

    A block with an error is left out of the register; nothing builds on it.
    """
    problems = Problems(agreement.file, 1_000_000)
    blocks = [block for block in agreement.others if _check_block(block, problems)]
    pledges = _read_all(blocks, "pledge", _read_pledge)
    programmes = _read_all(blocks, "programme", _read_programme)
    register = Register(
        case=agreement.id,
        title=agreement.title,
        as_of=None,
        pledges=pledges,
        requirements=_read_all(blocks, "requirement", _read_requirement),
        meetings=_read_all(blocks, "meeting", _read_meeting),
        programmes=programmes,
        names={**STATES, **UNIONS, **agreement.bodies, **_name_parties(agreement)},
        groups=agreement.groups,
    )
    _check_references(agreement, blocks, problems)
    return register, problems.sorted()


def _name_parties(agreement: Agreement) -> dict[str, str]:
    """Return the names of parties and groups."""
    return {**agreement.group_names, **{party.id: party.name for party in agreement.parties.values()}}


def _read_all(blocks: Iterable[Block], kind: str, read: Callable[[Block], T]) -> tuple[T, ...]:
    return tuple(read(block) for block in blocks if block.kind == kind)


# --- problems ---------------------------------------------------------------------------------


def _check_block(block: Block, problems: Problems) -> bool:
    """Note what is wrong with the keys of a block; return whether it can be read."""
    found = list(check_table(block.values, "", KEYS[block.kind]))
    if block.id is None:
        found.append(("", FormError("block without an id", expected=f"{block.kind} NAME", found="none", do="name it")))
    if not found and block.kind == "programme":
        found = list(check_terms(block.values))
    for path, error in found:
        problems.form(block, path, error)
    if found:
        return False
    checks = {"pledge": _check_pledge, "requirement": _check_requirement}
    wrong = [(path, error) for path, error in checks.get(block.kind, _check_days)(block)]
    for path, error in wrong:
        problems.form(block, path, error)
    return not wrong


Wrong = list[tuple[str, FormError]]


def _check_pledge(block: Block) -> Wrong:
    values = block.values
    wrong = _check_days(block)
    if values["by"] == values["to"]:
        wrong.append(
            (
                "to",
                FormError(
                    "a pledge to oneself",
                    expected="somebody else",
                    found=show(values["to"]),
                    do="name who receives it; a state's own plan is a programme",
                ),
            )
        )
    if "due" in values and read_day(values["due"]) < read_day(values["made"]):
        wrong.append(("due", _backwards("due before it was made", values["due"])))
    return wrong


def _check_days(block: Block) -> Wrong:
    """Revisions come after the statement they revise, in the order of their days."""
    first = block.values.get("made", block.values.get("day"))
    wrong = []
    last = read_day(first)
    for number, item in enumerate(block.values.get("revisions", ())):
        if read_day(item["day"]) < last:
            wrong.append((f"revisions[{number}].day", _backwards("revision before what it revises", item["day"])))
        last = max(last, read_day(item["day"]))
    if block.kind == "meeting" and "ends" in block.values and read_day(block.values["ends"]) < last:
        wrong.append(("ends", _backwards("ends before it begins", block.values["ends"])))
    return wrong


def _check_requirement(block: Block) -> Wrong:
    wrong = []
    for number, item in enumerate(block.values["needs"]):
        if "starts" in item and "ends" in item and read_day(item["ends"]) <= read_day(item["starts"]):
            wrong.append((f"needs[{number}].ends", _backwards("ends before it starts", item["ends"])))
    return wrong


def _backwards(what: str, value: object) -> FormError:
    return FormError(what, expected="a later day", found=show(str(value)), do="correct one of the two days")


def _check_references(agreement: Agreement, blocks: Sequence[Block], problems: Problems) -> None:
    """Note names that nothing has: contributors, pledges, programmes; and circles of conditions."""
    actors = {*agreement.parties, *agreement.groups, *agreement.bodies, *STATES, *UNIONS}
    ids = {kind: {b.id for b in agreement.others if b.kind == kind and b.id} for kind in KEYS}
    for block in blocks:
        for path, name, known, what in _references(block, actors, ids):
            if name not in known:
                do = suggest(name, sorted(known), f"declare it, or correct the {what}")
                error = FormError(f"{what} not known", expected=f"a {what} of this document", found=show(name), do=do)
                problems.form(block, path, error)
    pledges = [block for block in blocks if block.kind == "pledge" and block.id]
    _check_circles(pledges, problems)


def _references(
    block: Block, actors: set[str], ids: Mapping[str, set[str]]
) -> Iterable[tuple[str, str, set[str], str]]:
    """Yield (path, name, what is known, what it should be) for every name in a block."""
    values = block.values
    for key in ("by", "to"):
        if key in values:
            yield key, values[key], actors, "state, party, group or body"
    for number, name in enumerate(values.get("participants", ())):
        yield f"participants[{number}]", name, actors, "state, party, group or body"
    if "programme" in values:
        yield "programme", values["programme"], ids["programme"], "programme"
    for number, name in enumerate(values.get("parts", ())):
        yield f"parts[{number}]", name, ids["programme"], "programme"
    everything = set().union(*ids.values())
    for number, item in enumerate(values.get("decisions", ())):
        for place, name in enumerate(item.get("about", ())):
            yield f"decisions[{number}].about[{place}]", name, everything, "pledge, programme or meeting"
    if "trigger" in values:
        trigger = read_trigger(values["trigger"])
        yield from (("trigger", name, ids["pledge"], "pledge") for name in list_names(trigger, "pledge"))
        yield from (("trigger", name, actors, "state, party, group or body") for name in list_names(trigger, "body"))


def _check_circles(pledges: Iterable[Block], problems: Problems) -> None:
    triggers = {
        block.id: read_trigger(block.values["trigger"]) if "trigger" in block.values else None
        for block in pledges
        if block.id
    }
    by_id = {block.id: block for block in pledges}
    for circle in find_circles(triggers):
        way = " → ".join((*circle, circle[0]))
        error = FormError(
            "conditions in a circle",
            expected="a pledge that does not wait for itself",
            found=way,
            do="change the condition of one of them",
        )
        problems.form(by_id[circle[0]], "trigger", error)


# --- reading ----------------------------------------------------------------------------------


def _day(values: Mapping[str, Any], key: str) -> date | None:
    return read_day(values[key]) if key in values else None


def _source(values: Mapping[str, Any], day: str = "made") -> Source:
    return Source(values["source"], read_day(values[day]), values.get("quote", ""), values.get("verified"))


def _figures(values: Mapping[str, Any], day: str = "made") -> tuple[Figure, ...]:
    """Return the block's own figure first, then those of other sources."""
    own = [Figure(read_quantity(values["quantity"]), _source(values, day))] if "quantity" in values else []
    others = [Figure(read_quantity(item["quantity"]), _source(item, "day")) for item in values.get("figures", ())]
    return (*own, *others)


def _axes(values: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {"political": PoliticalStatus, "readiness": Readiness, "legal": LegalForce}
    axes: dict[str, Any] = {key: kind(values[key]) for key, kind in kinds.items() if key in values}
    return {**axes, "notice_days": read_notice(values["notice"])} if "notice" in values else axes


def _revisions(values: Mapping[str, Any]) -> tuple[Revision, ...]:
    return tuple(
        Revision(
            source=_source(item, "day"),
            figures=_figures(item, "day"),
            due=_day(item, "due"),
            note=item.get("note", ""),
            **_axes(item),
        )
        for item in values.get("revisions", ())
    )


def _read_pledge(block: Block) -> Pledge:
    values = block.values
    return Pledge(
        id=block.id or "",
        by=values["by"],
        to=values["to"],
        what=values["what"],
        made=read_day(values["made"]),
        source=_source(values),
        capability=values.get("capability"),
        figures=_figures(values),
        trigger=read_trigger(values["trigger"]) if "trigger" in values else None,
        due=_day(values, "due"),
        revisions=_revisions(values),
        programme=values.get("programme"),
        article=block.article,
        line=block.line,
        note=values.get("note", ""),
        **_axes(values),
    )


def _read_requirement(block: Block) -> Requirement:
    values = block.values
    needs = tuple(
        Need(item["capability"], read_quantity(item["quantity"]), _day(item, "starts"), _day(item, "ends"))
        for item in values["needs"]
    )
    note = values.get("note", "")
    return Requirement(block.id or "", values["model"], needs, _source(values), block.article, block.line, note)


def _read_meeting(block: Block) -> Meeting:
    values = block.values
    return Meeting(
        id=block.id or "",
        name=values["name"],
        day=read_day(values["day"]),
        source=_source(values, "day"),
        ends=_day(values, "ends"),
        place=values.get("place", ""),
        participants=tuple(values.get("participants", ())),
        decisions=tuple((item["text"], tuple(item.get("about", ()))) for item in values.get("decisions", ())),
        article=block.article,
        line=block.line,
        note=values.get("note", ""),
    )


def _read_programme(block: Block) -> Programme:
    values = block.values
    return Programme(
        id=block.id or "",
        kind=values["kind"],
        name=values["name"],
        by=values["by"],
        day=read_day(values["made"]),
        source=_source(values),
        figures=_figures(values),
        parts=tuple(values.get("parts", ())),
        allocations=values.get("allocations"),
        terms=values.get("terms", {}),
        revisions=_revisions(values),
        article=block.article,
        line=block.line,
        note=values.get("note", ""),
    )


# --- as of a day ------------------------------------------------------------------------------


def see_as_of(register: Register, day: date | None) -> Register:
    """Return the register as it was known at the end of a day; None: everything known.

    Revisions up to that day are applied to the pledge and stay in its history. A figure of a
    later day is not there yet.
    """
    return replace(
        register,
        as_of=day,
        pledges=tuple(_revise(p, day) for p in register.pledges if _known(p.made, day)),
        requirements=tuple(r for r in register.requirements if _known(r.source.day, day)),
        meetings=tuple(m for m in register.meetings if _known(m.day, day)),
        programmes=tuple(_revise_programme(p, day) for p in register.programmes if _known(p.day, day)),
    )


def _known(day: date, as_of: date | None) -> bool:
    return as_of is None or day <= as_of


def _early(figures: Iterable[Figure], day: date | None) -> tuple[Figure, ...]:
    return tuple(figure for figure in figures if _known(figure.source.day, day))


def _revise(pledge: Pledge, day: date | None) -> Pledge:
    known = tuple(revision for revision in pledge.revisions if _known(revision.source.day, day))
    figures = _early(pledge.figures, day)
    if not pledge.revisions and figures == pledge.figures:
        return pledge  # most pledges never change, and thousands of them are looked at for many days
    pledge = replace(pledge, figures=figures, revisions=known)
    for revision in known:
        changes = {
            key: getattr(revision, key)
            for key in ("political", "readiness", "notice_days", "legal", "due")
            if getattr(revision, key) is not None
        }
        pledge = replace(pledge, **changes, figures=revision.figures or pledge.figures)
    return pledge


def _revise_programme(programme: Programme, day: date | None) -> Programme:
    known = tuple(revision for revision in programme.revisions if _known(revision.source.day, day))
    figures = _early(programme.figures, day)
    for revision in known:
        figures = revision.figures or figures
    return replace(programme, revisions=known, figures=figures)
