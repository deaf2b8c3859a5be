"""The tables of what could happen and what did: withdrawals, what was promised day by day, changes, deadlines."""

from collections.abc import Sequence

from truceline.commitment import Verdict, Withdrawal
from truceline.dossier.phrases import glue, say_amount, say_bare, say_day
from truceline.dossier.result import Dossier, Level
from truceline.dossier.sheets import NONE, Row, Sources, table
from truceline.reports.content import Cell, Run, Table, cell, runs

__all__ = [
    "tabulate_changes",
    "tabulate_deadlines",
    "tabulate_horizon",
    "tabulate_levels",
    "tabulate_losses",
    "tabulate_withdrawals",
]

_MOST_LEVELS = 40


def tabulate_withdrawals(dossier: Dossier) -> Table:
    """Return what is left if one contributor leaves, and which verdicts that breaks; a row for each capability."""
    models = {each.id: each.model for each in dossier.register.requirements}
    groups: dict[tuple[str, str, str], list[Withdrawal]] = {}
    for each in dossier.withdrawals:
        groups.setdefault((each.contributor, each.capability, each.before.unit), []).append(each)
    rows: list[Row] = []
    for (contributor, capability, _), found in groups.items():
        broken = [
            f"{models[one.requirement]} ({glue(one.verdict_before)} → {glue(one.verdict_after)})"
            for one in found
            if one.breaks
        ]
        first = found[0]
        rows.append(
            [
                dossier.name(contributor),
                f"{capability}, {first.before.unit}",
                say_bare(first.before),
                say_bare(first.after),
                NONE if first.dependence is None else f"{first.dependence * 100:.0f}\u00a0%",
                "; ".join(broken) or "none",
                f"{len(found) - len(broken)} of {len(found)}",
            ]
        )
    titles = (
        ("who leaves", 1.2),
        ("capability", 0.9),
        ("promised with it", 1.2),
        ("without it", 1.2),
        ("#its part", 0.6),
        ("breaks", 2.4),
        ("#verdicts unchanged", 0.9),
    )
    return table("What each single withdrawal takes away", titles, rows)


def tabulate_losses(dossier: Dossier) -> Table:
    """Return what goes with each contributor, sized by somebody or not."""
    by_id = {pledge.id: pledge for pledge in dossier.register.pledges}
    rows: list[Row] = []
    for loss in dossier.losses:
        links: list[Run] = []
        for name in loss.pledges:
            links += runs("; ") if links else ()
            links += runs(by_id[name].what, to=f"pledge-{name}")
        lapsed = "; ".join(f"{dossier.name(by_id[name].by)}: {by_id[name].what}" for name in loss.lapsed)
        alone = ", ".join(loss.alone) or NONE
        gone = " (taken as withdrawn)" if loss.contributor in dossier.without else ""
        rows.append([dossier.name(loss.contributor) + gone, Cell(tuple(links)), alone, lapsed or NONE])
    titles = (
        ("who leaves", 1.2),
        ("pledges that go", 3.0),
        ("nobody else promises any", 1.6),
        ("lapses with it", 1.6),
    )
    return table("What goes with each contributor, sized by anybody or not", titles, rows)


def tabulate_levels(dossier: Dossier, capability: str) -> Table:
    """Return, for each day on which something changed, what was promised and how many sizings that met."""
    caption = f"{capability}: what was promised and which sizings that met, day by day"
    return _tabulate(caption, [level for level in dossier.levels if level.capability == capability], "sizings known")


def tabulate_horizon(dossier: Dossier, capability: str) -> Table:
    """Return, for each day ahead on which a need begins or ends or a pledge is due, what is there then."""
    caption = f"{capability}: what is needed, and what is due by then; conditions stand as on {say_day(dossier.day)}"
    return _tabulate(caption, [level for level in dossier.horizon if level.capability == capability], "needs then")


def _tabulate(caption: str, levels: Sequence[Level], counted: str) -> Table:
    rows: list[Row] = [
        [
            say_day(level.day),
            say_amount(level.all),
            say_amount(level.firm),
            str(len(level.verdicts)),
            *(str(sum(verdict is word for verdict in level.verdicts.values())) for word in Verdict),
        ]
        for level in levels[-_MOST_LEVELS:]
    ]
    titles: list[str | tuple[str, float]] = [
        ("day", 1.0),
        ("promised if all conditions were met", 1.8),
        ("while conditions are not met", 1.6),
        f"#{counted}",
        *(f"#{word.value}" for word in Verdict),
    ]
    return table(caption, titles, rows, "dense")


def tabulate_changes(dossier: Dossier, sources: Sources) -> Table:
    """Return the history: what each pledge was and became, and who says so."""
    what = {pledge.id: pledge.what for pledge in dossier.register.pledges}
    rows: list[Row] = [
        [
            say_day(change.day),
            dossier.name(change.by),
            cell(what.get(change.pledge, change.pledge), to=f"pledge-{change.pledge}"),
            change.axis,
            change.before or NONE,
            change.after or NONE,
            Cell(sources.link("source", change.source)),
        ]
        for change in dossier.changes
    ]
    titles = (("day", 0.9), ("by", 1.1), ("what", 1.9), ("axis", 0.9), ("was", 1.2), ("became", 1.6), ("says", 0.9))
    return table("What each pledge was and became", titles, rows, "dense")


def tabulate_deadlines(dossier: Dossier) -> Table:
    """Return each deadline and what had been reached by it."""
    rows: list[Row] = [
        [
            say_day(each.due),
            dossier.name(each.by),
            cell(each.what, to=f"pledge-{each.pledge}"),
            each.says,
            NONE if each.days_late is None else str(each.days_late),
        ]
        for each in dossier.deadlines
    ]
    titles = (("due", 0.8), "by", ("what", 2.0), ("what became of it", 2.6), ("#days late", 0.6))
    return table("Deadlines, and what had been reached by them", titles, rows)
