"""The tables of the register, for the page and the terminal alike. Every figure leads to its source."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from truceline.commitment import (
    Adequacy,
    Figure,
    Meeting,
    Pledge,
    Programme,
    Quantity,
    Requirement,
    Source,
)
from truceline.dossier.phrases import glue, say_amount, say_bare, say_day, say_share
from truceline.dossier.result import Dossier, Presence
from truceline.guarantees.quantities import say_quantity
from truceline.guarantees.triggers import describe_trigger
from truceline.reports.content import Cell, Column, Run, Table, cell, runs
from truceline.reports.wording import say_number

__all__ = [
    "Sources",
    "list_capabilities",
    "tabulate_adequacy",
    "tabulate_blocks",
    "tabulate_contradictions",
    "tabulate_contributors",
    "tabulate_meetings",
    "tabulate_pledges",
    "tabulate_programmes",
    "tabulate_rotation",
    "tabulate_sources",
    "tabulate_unnumbered",
]

Row = list[Cell | str]
NONE = "–"
UNVERIFIED = "not\u00a0verified"


class Sources:
    """Numbers the sources of a register in the order in which they are first met, each once."""

    def __init__(self, dossier: Dossier) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self.sources: list[Source] = []
        for source in _list_sources(dossier):
            key = (source.title, source.day.isoformat())
            if key not in self._numbers:
                self.sources.append(source)
                self._numbers[key] = len(self.sources)

    def anchor(self, source: Source) -> str:
        """Return the anchor of a source's row in the table of sources."""
        return f"source-{self._numbers.get((source.title, source.day.isoformat()), 0)}"

    def link(self, text: str, source: Source) -> tuple[Run, ...]:
        """Return text that leads to its source, with a mark where it is not verified."""
        return mark(runs(text, to=self.anchor(source)), source)

    def link_figures(self, figures: Iterable[Figure]) -> tuple[Run, ...]:
        """Return figures side by side, each leading to its source."""
        linked: list[Run] = []
        for figure in figures:
            linked += runs(" / ") if linked else ()
            linked += self.link(say_figure(figure.quantity), figure.source)
        return tuple(linked)


def mark(text: tuple[Run, ...], source: Source) -> tuple[Run, ...]:
    """Return text with a mark where its source is not verified, or nobody has said so."""
    return text if source.verified else (*text, *runs(f" ({UNVERIFIED})", style="small"))


def _list_sources(dossier: Dossier) -> Iterator[Source]:
    register = dossier.register
    for pledge in register.pledges:
        yield pledge.source
        yield from (figure.source for figure in pledge.figures)
    yield from (change.source for change in dossier.changes)
    yield from (requirement.source for requirement in register.requirements)
    yield from (meeting.source for meeting in register.meetings)
    for programme in register.programmes:
        yield programme.source
        yield from (figure.source for figure in programme.figures)
        yield from (revision.source for revision in programme.revisions)


# --- words ------------------------------------------------------------------------------------


def say_figure(quantity: Quantity) -> str:
    """Return a quantity for a page: thousands set apart by a thin space."""
    return say_quantity(quantity)


def table(
    caption: str, columns: Sequence[str | tuple[str, float]], rows: Iterable[Sequence[Cell | str]], look: str = ""
) -> Table:
    """Return a table; a title that begins with "#" is a column of numbers, a pair adds its share of the width."""
    made = [title if isinstance(title, tuple) else (title, 1.0) for title in columns]
    heads = tuple(Column(title.removeprefix("#"), title.startswith("#"), share) for title, share in made)
    cells = tuple(tuple(cell(item) if isinstance(item, str) else item for item in row) for row in rows)
    return Table(caption, heads, cells, "dense" if look == "dense" else "board" if look == "board" else "")


# --- the register -----------------------------------------------------------------------------


def tabulate_contributors(dossier: Dossier) -> Table:
    """Return who promised how much of what stands where: pledges by status and contributor."""
    pledges = dossier.register.pledges
    found = sorted({pledge.by for pledge in pledges}, key=lambda code: (dossier.name(code), code))
    shown = (
        [word for word in type(pledges[0].political) if any(p.political is word for p in pledges)] if pledges else []
    )
    rows: list[Row] = []
    for code in found:
        mine = [pledge for pledge in pledges if pledge.by == code]
        counts = [str(sum(pledge.political is word for pledge in mine) or NONE) for word in shown]
        waiting = sum(pledge.trigger_state.value not in ("none", "met") for pledge in mine)
        rows.append([cell(dossier.name(code), to=f"by-{code}"), str(len(mine)), *counts, str(waiting or NONE)])
    titles = ["contributor", "#pledges", *(f"#{word.value}" for word in shown), "#waiting for a condition"]
    return table("Who promised, and how far it has come", titles, rows)


def tabulate_pledges(dossier: Dossier, sources: Sources, by: str) -> Table:
    """Return the pledges of one contributor with the four axes side by side."""
    mine = [pledge for pledge in dossier.register.pledges if pledge.by == by]
    everybody = Counter(pledge.to for pledge in dossier.register.pledges)
    usual = everybody.most_common(1)[0][0]
    titles = (
        ("what", 2.4),
        ("how much", 1.6),
        ("political status", 1.1),
        ("legal force", 1.2),
        ("readiness", 0.9),
        ("condition", 1.9),
        ("due", 1.0),
    )
    rows = [_pledge_row(pledge, sources, "" if pledge.to == usual else dossier.name(pledge.to)) for pledge in mine]
    receiver = f", to {dossier.name(usual)}" + (" unless another is named" if len(everybody) > 1 else "")
    return table(f"{dossier.name(by)}: each pledge on its four axes{receiver}", titles, rows)


def _pledge_row(pledge: Pledge, sources: Sources, to: str) -> Row:
    what = runs(f"{pledge.what}, to {to}" if to else pledge.what, to=sources.anchor(pledge.source))
    figures = sources.link_figures(pledge.figures)
    marked = all(figure.source.verified is not True for figure in pledge.figures) and bool(figures)
    return [
        Cell(what if marked else mark(what, pledge.source), anchor=f"pledge-{pledge.id}"),
        Cell(figures or runs("no number published")),
        pledge.political.value,
        pledge.legal.value if pledge.legal else "not stated",
        _say_readiness(pledge),
        f"{describe_trigger(pledge.trigger)}: {pledge.trigger_state}" if pledge.trigger else "none",
        say_day(pledge.due) if pledge.due else NONE,
    ]


def _say_readiness(pledge: Pledge) -> str:
    notice = "" if pledge.notice_days is None else f"{pledge.notice_days} d notice"
    return ", ".join(filter(None, (pledge.readiness.value if pledge.readiness else "", notice))) or "not stated"


def tabulate_contradictions(dossier: Dossier, sources: Sources) -> Table:
    """Return figures that disagree, side by side."""
    rows: list[Row] = [
        [
            cell(each.what, to=f"pledge-{each.id}"),
            dossier.name(each.by),
            Cell(sources.link(say_figure(figure.quantity), figure.source)),
            say_day(figure.source.day),
            figure.source.title,
        ]
        for each in dossier.contradictions
        for figure in each.figures
    ]
    titles = (("of what", 1.6), "by", ("figure", 1.2), ("of", 0.8), ("source", 2.4))
    return table("Figures from sources that disagree; none is chosen", titles, rows)


def tabulate_unnumbered(dossier: Dossier, sources: Sources) -> Table:
    """Return what has no number: tracked, dated, and never added up."""
    rows: list[Row] = [
        [
            dossier.name(pledge.by),
            Cell(sources.link(pledge.what, pledge.source)),
            "qualitative" if pledge.figures else "no number published",
            pledge.capability or "towards nothing that is added up",
            say_day(pledge.due) if pledge.due else NONE,
        ]
        for pledge in dossier.unnumbered
    ]
    titles = ("by", ("what", 2.2), "why", ("towards", 1.2), ("due", 0.8))
    return table("What has no number: it is tracked and never added up", titles, rows)


def tabulate_blocks(dossier: Dossier) -> Table:
    """Return what waits for which condition."""
    rows: list[Row] = []
    for block in dossier.blocks:
        names = [pledge for pledge in dossier.register.pledges if pledge.id in set(block.pledges)]
        links: list[Run] = []
        for pledge in names:
            links += runs("; ") if links else ()
            links += runs(f"{dossier.name(pledge.by)}: {pledge.what}", to=f"pledge-{pledge.id}")
        rows.append([cell(block.condition), block.state.value, str(len(names)), Cell(tuple(links))])
    titles = (("condition", 1.4), ("state", 0.8), ("#pledges", 0.6), ("which wait for it", 3.0))
    return table("What waits for which condition", titles, rows)


# --- is it enough -----------------------------------------------------------------------------


def list_capabilities(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    """Return each capability that somebody needs with each unit in which it is needed."""
    return tuple(dict.fromkeys((each.capability, each.need.unit) for each in dossier.adequacy))


def tabulate_adequacy(dossier: Dossier, sources: Sources, capability: str, unit: str) -> Table:
    """Return each sizing beside what is promised: without an unmet condition, and if all were met."""
    by_id = {each.id: each for each in dossier.register.requirements}
    mine = [each for each in dossier.adequacy if (each.capability, each.need.unit) == (capability, unit)]
    rows = [_adequacy_row(each, by_id[each.requirement], sources) for each in mine]
    titles = (
        ("sizing", 2.6),
        ("needed", 1.6),
        ("promised without a condition", 1.3),
        ("verdict", 0.9),
        ("promised if all conditions were met", 1.4),
        ("of the need", 0.9),
        ("verdict then", 0.9),
    )
    return table(f"Is it enough: {capability}, in {unit}; each published sizing beside what is promised", titles, rows)


def _adequacy_row(each: Adequacy, requirement: Requirement, sources: Sources) -> Row:
    need = each.wanted
    days = (("from", need.starts), ("until", need.ends))
    when = "".join(f" {word} {say_day(day)}" for word, day in days if day)
    about = "about " if need.quantity.approximate else ""
    basis = f", {need.quantity.basis}" if need.quantity.basis else ""
    wanted = sources.link(f"{about}{say_bare(each.need)}{basis}", requirement.source)
    return [
        each.model,
        Cell((*wanted, *runs(when))),
        say_bare(each.firm),
        glue(each.firm_verdict),
        say_bare(each.all),
        say_share(each.share),
        glue(each.verdict),
    ]


def tabulate_contributions(dossier: Dossier, capability: str) -> Table:
    """Return what each pledge adds towards a capability, or why it adds nothing."""
    found = next(each for each in dossier.adequacy if each.capability == capability)
    rows: list[Row] = [
        [
            dossier.name(part.by),
            cell(part.pledge, to=f"pledge-{part.pledge}"),
            part.political.value,
            say_amount(part.amount),
            "waits for a condition" if part.conditional else "no condition unmet",
            part.reason or NONE,
        ]
        for part in found.contributions
    ]
    titles = ("by", ("pledge", 1.2), ("status", 0.9), ("adds", 1.2), ("condition", 1.3), ("note", 1.6))
    return table(f"{capability}: what each pledge adds, or why nothing", titles, rows)


# --- rotation ---------------------------------------------------------------------------------


def tabulate_rotation(dossier: Dossier, presence: Presence) -> Table:
    """Return what a standing presence takes, for each contributor and for all together."""
    parts = [*presence.rotations, *([presence.total] if presence.total else [])]
    rows: list[Row] = [
        [
            "all together" if part is presence.total else dossier.name(part.contributor),
            say_bare(part.presence),
            " to ".join(dict.fromkeys(f"{ratio.normalize():f}" for ratio in part.ratio)),
            say_bare(part.pool),
            say_bare(part.cap) if part.cap else "not published",
            say_share(part.load),
            say_bare(part.sustainable) if part.sustainable else "unknown",
            "unknown" if part.ready_days is None else "–".join(dict.fromkeys(map(str, part.ready_days))),
            part.binding,
        ]
        for part in parts
    ]
    titles = (
        ("contributor", 1.2),
        ("on station", 1.2),
        ("#for one", 0.6),
        ("pool it takes", 1.2),
        ("to choose from", 1.1),
        ("load", 0.8),
        ("presence it carries", 1.1),
        ("days until ready", 0.8),
        ("what binds", 1.2),
    )
    return table(f"{presence.capability}: what a standing presence takes, persons", titles, rows)


def tabulate_months(presence: Presence) -> Table:
    """Return, for every third month, how many would be on station, train and recover."""
    rows = [
        [str(row["month"]), *(say_number(float(row[name])) for name in ("on_station", "training", "recovering"))]
        for row in presence.phases
        if int(row["month"]) % 3 == 0
    ]
    titles = ("#month", "#on station", "#training", "#recovering")
    return table(f"{presence.capability}: persons by month, at the highest presence promised", titles, rows, "dense")


# --- meetings and money -------------------------------------------------------------------------


def tabulate_meetings(meetings: Iterable[Meeting], dossier: Dossier, sources: Sources) -> Table:
    """Return the meetings with what they decided."""
    rows: list[Row] = [
        [
            say_day(each.day),
            Cell(sources.link(each.name, each.source)),
            each.place or NONE,
            ", ".join(dossier.name(code) for code in each.participants) or "not named",
            " ".join(text for text, _ in each.decisions) or NONE,
        ]
        for each in meetings
    ]
    titles = (("day", 0.8), ("meeting", 1.6), ("place", 0.8), ("who", 1.5), ("decided", 2.4))
    return table("Who met, and what was decided", titles, rows)


def tabulate_programmes(programmes: Iterable[Programme], dossier: Dossier, sources: Sources) -> Table:
    """Return the programmes: money with rules, and what later days added."""
    rows: list[Row] = [
        [
            Cell(sources.link(each.name, each.source)),
            dossier.name(each.by),
            each.kind,
            Cell(sources.link_figures(each.figures) or runs(NONE)),
            Cell(_link_revisions(each, sources) or runs(NONE)),
        ]
        for each in programmes
    ]
    titles = (("programme", 2.0), ("by", 0.9), ("kind", 1.0), ("how much", 1.2), ("since then", 2.6))
    return table("Money with rules; truceline fund says what it comes to", titles, rows)


def _link_revisions(programme: Programme, sources: Sources) -> tuple[Run, ...]:
    linked: list[Run] = []
    for revision in programme.revisions:
        linked += runs("; ") if linked else ()
        linked += sources.link(f"{say_day(revision.source.day)}: {revision.source.title}", revision.source)
    return tuple(linked)


def tabulate_sources(sources: Sources) -> Table:
    """Return every source once, with its day, its words where they were kept, and whether it was verified."""
    rows: list[Row] = [
        [
            Cell(runs(str(number)), anchor=sources.anchor(source)),
            say_day(source.day),
            source.title + (f" “{source.quote}”" if source.quote else ""),
            {True: "read in the source", False: UNVERIFIED, None: f"{UNVERIFIED}: nobody said"}[source.verified],
        ]
        for number, source in enumerate(sources.sources, start=1)
    ]
    return table("Sources", (("#", 0.3), ("day", 0.7), ("publication", 4.0), ("verified", 1.0)), rows, "dense")
