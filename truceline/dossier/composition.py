"""The register as one page, drawn by the same writer as the report on a case.

The answer first: whether what is promised is enough and what it waits for. Then who promised what, what
is missing, what happens if somebody leaves, what a presence takes, how it came about; the sources last.
"""

from collections.abc import Iterator, Sequence

from truceline.commitment import Adequacy, Loss, PoliticalStatus, TriggerState, Verdict
from truceline.dossier.charts import draw_adequacy, draw_donors, draw_levels, draw_presence, draw_statuses
from truceline.dossier.donors import Gap
from truceline.dossier.giving import tabulate_checks, tabulate_gap, tabulate_pledged, tabulate_totals, tabulate_years
from truceline.dossier.outlook import (
    tabulate_changes,
    tabulate_deadlines,
    tabulate_horizon,
    tabulate_levels,
    tabulate_losses,
    tabulate_withdrawals,
)
from truceline.dossier.phrases import say_amount, say_day
from truceline.dossier.result import Dossier
from truceline.dossier.sheets import (
    Sources,
    list_capabilities,
    tabulate_adequacy,
    tabulate_blocks,
    tabulate_contradictions,
    tabulate_contributions,
    tabulate_contributors,
    tabulate_meetings,
    tabulate_months,
    tabulate_pledges,
    tabulate_programmes,
    tabulate_rotation,
    tabulate_sources,
    tabulate_unnumbered,
)
from truceline.reports.content import Block, Bullets, Para, Report, Section, Table, bind, runs
from truceline.reports.wording import say_count, say_list, say_number, say_sentence

__all__ = ["READING", "compose", "list_answers"]

READING = (
    "A pledge is what somebody said, on the day on which it was said. An announcement counts here as an announcement, "
    "a range stays a range, and what has no number is never added up. Every figure leads to its source; what nobody "
    "verified at its source is marked so."
)
"""How the register is to be read."""

_MOST_ON_FRONT = 21  # rows of the table, and two for each answer
_MOST_ALONE = 8
_STOPPED = (PoliticalStatus.WITHDRAWN, PoliticalStatus.SUSPENDED, PoliticalStatus.EXPIRED, PoliticalStatus.DISPUTED)

_METHOD = (
    "Four axes are never merged: political status, readiness, legal force, and whether the condition holds.",
    (
        "A need is met where the least that is promised reaches the most that may be needed; not met where the most "
        "promised stays below the least needed; else nobody can tell."
    ),
    (
        "A promise “up to N” is anything from 0 to N. Where sources disagree, the range spans them. A number in "
        "another unit, or in prices of another year, is not converted: it adds nothing at least, and nobody knows what "
        "at most."
    ),
    (
        "Conditions read whether an agreement is in force, a determination by a named body, a day, and how far another "
        "pledge has come. No machine's finding meets a condition."
    ),
    (
        "A pledge of a coalition does not shrink if one member leaves: nobody has said how its number is shared. "
        "A pledge that waits for one that is withdrawn lapses with it."
    ),
    (
        "The pool of a presence is the presence times the ratio. Three for one is a rule of thumb and a parameter. "
        "The United Nations' rate (USD 1,428 per person and month) is a floor of the cost and no estimate."
    ),
)


def compose(dossier: Dossier) -> Report:
    """Return the page of a register."""
    sources = Sources(dossier)
    found = (
        ("register", "Who promised what", _show_register(dossier, sources)),
        ("adequacy", "Is it enough", _show_adequacy(dossier, sources)),
        ("withdrawals", "If somebody leaves", _show_withdrawals(dossier)),
        ("conditions", "What waits for what", _show_conditions(dossier)),
        ("rotation", "What a standing presence takes", _show_rotation(dossier)),
        ("time", "What became of it", _show_time(dossier, sources)),
        ("contradictions", "Contradictions, and what has no number", _show_doubts(dossier, sources)),
        ("meetings", "Meetings and programmes", _show_meetings(dossier, sources)),
        ("donors", "What the support tracker counts", _show_donors(dossier)),
        ("method", "Method in short", iter([Bullets(tuple(map(runs, _METHOD)))])),
        ("sources", "Sources and notes", _show_sources(dossier, sources)),
    )
    sections = [Section(f"part-{name}", title, 2, tuple(blocks)) for name, title, blocks in found]
    return bind(
        Report(
            title=f"Guarantees: {dossier.register.title or dossier.register.case}",
            line=_line(dossier),
            front=(Para(runs(READING), "notice"), *_front(dossier, sources)),
            sections=tuple(section for section in sections if section.blocks),
            foot=_foot(dossier),
        )
    )


def _foot(dossier: Dossier) -> str:
    register = "no register" if dossier.silent else f"register of {say_day(dossier.day)}"
    return f"Truceline {dossier.version} · inputs {dossier.digest[:16]} · {register}"


def _line(dossier: Dossier) -> str:
    if dossier.silent:
        return "the document names no pledge, requirement, meeting or programme"
    known = "as known at the end of" if dossier.given else "all that the document knows, to"
    state = {True: "in force", False: "not in force", None: "whether in force cannot be told"}[dossier.in_force]
    left = f" · without {say_list([dossier.name(code) for code in dossier.without])}" if dossier.without else ""
    return f"{known} {say_day(dossier.day)} · the agreement is {state}{left}"


def _front(dossier: Dossier, sources: Sources) -> Iterator[Block]:
    yield Bullets(tuple(runs(text) for text in list_answers(dossier)))
    found = list_capabilities(dossier)
    for capability, unit in found[:1]:
        yield tabulate_adequacy(dossier, sources, capability, unit)
        if _fits(dossier, capability, unit):
            yield draw_adequacy(dossier, capability, unit)
    if not found and dossier.register.pledges:
        yield tabulate_contributors(dossier)


def _fits(dossier: Dossier, capability: str, unit: str) -> bool:
    """Return whether the picture of the sizings has room under the answers and their table on the first page."""
    rows = sum((each.capability, each.need.unit) == (capability, unit) for each in dossier.adequacy)
    return rows + 2 * sum(1 for _ in list_answers(dossier)) <= _MOST_ON_FRONT


def list_answers(dossier: Dossier) -> Iterator[str]:
    """Yield the answers of the first page, one sentence each."""
    pledges = dossier.register.pledges
    delivered = sum(pledge.political is PoliticalStatus.DELIVERED for pledge in pledges)
    by = len({pledge.by for pledge in pledges})
    waiting = sum(len(block.pledges) for block in dossier.blocks)
    if not pledges:
        yield "Nobody has promised anything" + (" by that day." if dossier.given else ".")
        return
    if dossier.without:
        yield f"As if withdrawn: {'; '.join(_say_gone(dossier, code) for code in dossier.without)}."
    stopped = [word for word in _STOPPED if any(pledge.political is word for pledge in pledges)]
    counts = [f"{sum(pledge.political is word for pledge in pledges)} {word}" for word in stopped]
    yield (
        f"{say_count(len(pledges), 'pledge')} by {say_count(by, 'contributor')}: "
        f"{', '.join([f'{delivered} delivered', *counts])}; {waiting} wait for a condition that is not met."
    )
    for capability in dict.fromkeys(each.capability for each in dossier.adequacy):
        yield _say_enough([each for each in dossier.adequacy if each.capability == capability])
    broken = sorted({dossier.name(each.contributor) for each in dossier.withdrawals if each.breaks})
    if dossier.withdrawals:
        yield f"Whose leaving alone would break a sizing: {say_list(broken) if broken else 'nobody’s'}."
    alone = [
        f"{', '.join(loss.alone)} ({dossier.name(loss.contributor)})" for loss in _list_left(dossier) if loss.alone
    ]
    if alone:
        yield f"Promised by one alone, so that nothing is left if it goes: {'; '.join(alone[:_MOST_ALONE])}."
    if dossier.donors and dossier.donors.gap:
        yield _say_gap(dossier.donors.gap, sum(note.startswith("left out") for note in dossier.donors.notes))
    late = [each for each in dossier.deadlines if each.days_late]
    for each in late[:3]:
        yield f"{dossier.name(each.by)}, {each.what}: due {say_day(each.due)}, {each.says}."
    if dossier.contradictions:
        yield f"{say_count(len(dossier.contradictions), 'contradiction')} between sources; none is resolved here."


def _say_gone(dossier: Dossier, code: str) -> str:
    """Say what went with a contributor that is taken as withdrawn."""
    loss = next((each for each in dossier.losses if each.contributor == code), None)
    said = f"{dossier.name(code)}, {say_count(len(loss.pledges) if loss else 0, 'pledge')}"
    return f"{said}; nobody else promises any {say_list(loss.alone)}" if loss and loss.alone else said


def _list_left(dossier: Dossier) -> list[Loss]:
    return [loss for loss in dossier.losses if loss.contributor not in dossier.without]


def _say_enough(mine: Sequence[Adequacy]) -> str:
    """Say of one capability what is promised and how many published sizings that meets."""
    words = [f"{sum(each.verdict is word for each in mine)} {word}" for word in Verdict]
    firm = sum(each.firm_verdict is Verdict.MET for each in mine)
    return (
        f"{mine[0].capability}: {say_amount(mine[0].all)} if all conditions were met, {say_amount(mine[0].firm)} while "
        f"they are not; of {say_count(len(mine), 'sizing')} then {', '.join(words)} ({firm} met while they are not)."
    )


def _say_gap(gap: Gap, left_out: int) -> str:
    """Say what the tracker shows at a glance: who stopped, who gave more, and how much of the gap that fills."""
    own = next(row for row in gap.rows if row["donor"] == gap.donor)
    before, after = (float(own[f"{side}_eur_bn"] or 0) for side in ("before", "after"))
    more = [(str(row["donor"]), float(row["change_eur_bn"] or 0)) for row in gap.rows if row["donor"] != gap.donor]
    first = say_list([f"{name} ({change:+.1f})" for name, change in more[:3] if change > 0])
    filled = f"filled {gap.filled_eur_bn / gap.fall_eur_bn * 100:.0f}\u00a0% of the gap ({gap.filled_eur_bn:+.1f} bn)"
    others = f"{filled}, first {first}." if gap.filled_eur_bn > 0 else "filled none of the gap."
    doubt = f" {say_count(left_out, 'fault')} of the table: see its notes." if left_out else ""
    return (
        f"The tracker: {gap.donor} allocated EUR {before:.1f} bn in {gap.before} and {after:.1f} bn in {gap.after}. "
        f"All others together {others}{doubt}"
    )


def _show_register(dossier: Dossier, sources: Sources) -> Iterator[Block]:
    pledges = dossier.register.pledges
    if not pledges:
        return
    yield draw_statuses(dossier)
    yield tabulate_contributors(dossier)
    for code in sorted({pledge.by for pledge in pledges}, key=lambda code: (dossier.name(code), code)):
        yield _anchored(tabulate_pledges(dossier, sources, code), f"by-{code}")


def _anchored(table: Table, anchor: str) -> Table:
    """Return a table whose first row can be led to by a second name, without losing its own."""
    first, *rest = table.rows
    last = first[-1]
    marked = type(last)(last.runs, last.sign, last.drawing, anchor)
    return Table(table.caption, table.columns, ((*first[:-1], marked), *rest), table.look)


def _show_adequacy(dossier: Dossier, sources: Sources) -> Iterator[Block]:
    """Yield what the first page has no room for: other capabilities, and what each pledge adds."""
    for number, (capability, unit) in enumerate(list_capabilities(dossier)):
        if number:
            yield tabulate_adequacy(dossier, sources, capability, unit)
        if number or not _fits(dossier, capability, unit):
            yield draw_adequacy(dossier, capability, unit)
        table = tabulate_contributions(dossier, capability)
        if table.rows:
            yield table
    for capability in dict.fromkeys(level.capability for level in dossier.horizon):
        yield tabulate_horizon(dossier, capability)
    reasons = dict.fromkeys(say_sentence(each.reason) for each in dossier.adequacy if each.reason)
    if reasons:
        yield Bullets(tuple(runs(reason) for reason in reasons), "small")


def _show_withdrawals(dossier: Dossier) -> Iterator[Block]:
    table = tabulate_withdrawals(dossier)
    if table.rows:
        broken = [each for each in dossier.withdrawals if each.breaks]
        text = "No single withdrawal changes a verdict for the worse." if not broken else ""
        yield Para(runs(text or f"{say_count(len(broken), 'verdict')} would be worse if one contributor left."))
        yield table
    losses = tabulate_losses(dossier)
    if losses.rows:
        yield losses


def _show_conditions(dossier: Dossier) -> Iterator[Block]:
    table = tabulate_blocks(dossier)
    if table.rows:
        unknown = sum(block.state is TriggerState.UNDETERMINED for block in dossier.blocks)
        if unknown:
            yield Para(runs(f"Of {say_count(unknown, 'condition')} nobody can tell whether it holds."))
        yield table
    if dossier.determinations:
        made = [f"{name} on {say_day(day)}" for name, day in dossier.determinations.items()]
        yield Para(runs(f"Determined: {'; '.join(made)}."), "small")


def _show_rotation(dossier: Dossier) -> Iterator[Block]:
    for presence in dossier.presences:
        if not presence.rotations:
            continue
        yield tabulate_rotation(dossier, presence)
        if presence.phases:
            yield draw_presence(presence, dossier.tour_months)
            yield tabulate_months(presence)
        else:
            text = "no month can be counted, because nobody has said how many would stand there at most."
            yield Para(runs(f"{presence.capability}: {text}"))
        if presence.un_floor_usd is not None:
            yield Para(
                runs(
                    f"At the United Nations' rate of USD 1,428 per person and month the highest presence costs "
                    f"USD {say_number(float(presence.un_floor_usd) / 1e6)} m a year: a floor, not what an army costs."
                ),
                "small",
            )
        notes = [f"{dossier.name(part.contributor)}: {note}" for part in presence.rotations for note in part.notes]
        if notes:
            yield Bullets(tuple(runs(say_sentence(note)) for note in notes), "small")


def _show_time(dossier: Dossier, sources: Sources) -> Iterator[Block]:
    for capability in dict.fromkeys(level.capability for level in dossier.levels):
        mine = [level.all for level in dossier.levels if level.capability == capability]
        if len(mine) > 1:
            if any(amount.high or amount.low for amount in mine):  # else there is nothing to draw
                yield draw_levels(dossier, capability)
            yield tabulate_levels(dossier, capability)
    for table in (tabulate_deadlines(dossier), tabulate_changes(dossier, sources)):
        if table.rows:
            yield table


def _show_doubts(dossier: Dossier, sources: Sources) -> Iterator[Block]:
    for table in (tabulate_contradictions(dossier, sources), tabulate_unnumbered(dossier, sources)):
        if table.rows:
            yield table


def _show_meetings(dossier: Dossier, sources: Sources) -> Iterator[Block]:
    register = dossier.register
    for table in (
        tabulate_meetings(register.meetings, dossier, sources),
        tabulate_programmes(register.programmes, dossier, sources),
    ):
        if table.rows:
            yield table


def _show_donors(dossier: Dossier) -> Iterator[Block]:
    donors = dossier.donors
    if donors is None:
        return
    yield Para(
        runs(
            "Governments' commitments and allocations as the tracker counts them. They stand beside the register and "
            "are in none of its sums."
        )
    )
    yield draw_donors(donors)
    yield tabulate_years(donors)
    if donors.gap:
        yield tabulate_gap(donors.gap)
    yield tabulate_totals(donors)
    pledged = tabulate_pledged(dossier, donors)
    if pledged.rows:
        yield pledged
    if donors.checks:
        yield tabulate_checks(donors)
    if donors.notes:
        yield Bullets(tuple(runs(note) for note in donors.notes[:40]), "small")


def _show_sources(dossier: Dossier, sources: Sources) -> Iterator[Block]:
    if sources.sources:
        yield tabulate_sources(sources)
    notes = [*dossier.notes, *_notes_of_blocks(dossier)]
    if notes:
        yield Bullets(tuple(runs(say_sentence(note)) for note in notes), "small")


def _notes_of_blocks(dossier: Dossier) -> Iterator[str]:
    register = dossier.register
    for pledge in register.pledges:
        if pledge.note:
            yield f"{dossier.name(pledge.by)}, {pledge.what}: {pledge.note}"
    yield from (f"{each.model}: {each.note}" for each in register.requirements if each.note)
    yield from (f"{each.name}: {each.note}" for each in register.programmes if each.note)
