"""One section a clause: its text, its standing, its numbers, and the reasons for them."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from truceline.model import UNDETERMINED, AreaCount, Baseline, ClauseAssessment, Effect, Finding, Standing
from truceline.reports.bars import draw_areas, draw_baselines, draw_ratio, name_baseline
from truceline.reports.board import draw_watch, is_silent, say_needed, say_range, since, standing_cell
from truceline.reports.content import (
    Block,
    Bullets,
    Cell,
    Column,
    Figure,
    Para,
    Quote,
    Run,
    Runs,
    Section,
    Table,
    cell,
)
from truceline.reports.prose import read_prose
from truceline.reports.subject import LISTED, Subject, anchor, clause_anchor, file_anchor, link_incidents, link_text
from truceline.reports.svg import NARROW, WIDE
from truceline.reports.watching import say_watching
from truceline.reports.wording import (
    name_counting,
    name_kind,
    say_count,
    say_hours,
    say_interval,
    say_list,
    say_number,
    say_ratio,
    say_sentence,
    say_share,
    shorten,
)

_PERIODS = 31
_AREAS = 14


def build_clauses(subject: Subject) -> Iterator[Section]:
    """Yield the sections of all clauses: each article once, under it its clauses and their readings."""
    yield Section("clauses", "Clause by clause", 2, ())
    articles = groupby(subject.assessment.clauses, key=lambda clause: (clause.article, clause.text))
    for number, ((title, text), clauses) in enumerate(articles, 1):
        prose = read_prose(text)
        quote = Quote(prose) if prose else Para((Run("The document holds no text for this clause."),))
        yield Section(anchor("article", str(number)), title or "Without an article", 3, (quote,))
        for clause in clauses:
            yield _reading(subject, clause)
            yield from _effects(subject, clause)


def _reading(subject: Subject, clause: ClauseAssessment) -> Section:
    bound = say_list([subject.name_party(party) for party in clause.binds])
    facts = f"{clause.kind}; binds {bound}; zone: {clause.zone or 'everywhere'}."
    blocks: list[Block] = [*_clocks(subject, clause), Para((Run(f"Kind: {facts}"),), "small")]
    if is_silent(clause):
        reasons = dict.fromkeys(reason for standing in clause.standings for reason in standing.reasons)
        said = " ".join(say_sentence(reason) for reason in reasons)
        blocks.append(Para((Run("Not evaluated. ", style="strong"), Run(said or "No machine judges this clause."))))
    else:
        blocks += [_standings(subject, clause), *say_watching(subject, clause.standings), *_periods(subject, clause)]
    shared = subject.shared_reasons()
    blocks += _reasons(subject, tuple(reason for reason in clause.reasons if reason not in shared))
    return Section(clause_anchor(clause), f"Clause {clause.clause}, {clause.reading}", 4, tuple(blocks))


def _clocks(subject: Subject, clause: ClauseAssessment) -> Iterator[Block]:
    if clause.interval is None:
        yield Para((Run("Never in force within the time looked at."),))
    else:
        span = f"In force {subject.times.say_span(clause.interval)} {subject.times.zone}"
        utc = "" if subject.times.zone == "UTC" else f" ({subject.times.say_span_utc(clause.interval)})"
        yield Para((Run(f"{span}{utc}."),))
    if clause.clocks:
        yield Para((Run("Declared: " + "; ".join(clause.clocks) + "."),), "small")


def _standings(subject: Subject, clause: ClauseAssessment) -> Table:
    columns = (
        Column("Party", share=1.3),
        Column("Standing", share=1.3),
        Column("Since", share=1),
        Column("Covered (needed)", share=1.1),
        Column("Incidents", share=1),
        Column("Why", share=4),
    )
    rows = tuple(
        (
            cell(subject.name_party(standing.party)),
            standing_cell(subject, standing),
            cell(since(subject, clause, standing)),
            _share(standing),
            Cell(link_incidents(subject, standing.incidents) or (Run("none"),)),
            Cell(_whys(subject, standing)),
        )
        for standing in clause.standings
    )
    return Table(f"Standing of {clause.clause} for the whole interval", columns, rows)


def _share(standing: Standing) -> Cell:
    """Return what was watched; against nobody in particular there is nothing that one could watch."""
    watch = standing.watch
    if standing.party == UNDETERMINED and watch.share is None:
        return cell("–")
    return Cell((Run(say_share(watch.share)), *say_needed(watch)), drawing=draw_watch(watch))


def _whys(subject: Subject, standing: Standing) -> Runs:
    sentences = dict.fromkeys(say_sentence(reason) for reason in standing.reasons)
    return link_text(subject, " ".join(sentences) or "No reason given.")


def _periods(subject: Subject, clause: ClauseAssessment) -> Iterator[Table]:
    if len(clause.periods) < 2:
        return
    parties = [standing.party for standing in clause.standings]
    columns = (
        Column("Period", share=2.2),
        *(Column(subject.short_party(party), share=1.3) for party in parties),
        Column("Incidents", share=1.2),
    )
    rows = tuple(
        _period(subject, subject.times.say_span(interval), standings, parties)
        for interval, standings in clause.periods[-_PERIODS:]
    )
    left = len(clause.periods) - len(rows)
    more = f"; {say_count(left, 'earlier period')} in standing.json" if left else ""
    yield Table(
        f"Standing of {clause.clause} in each reporting period, on the clock of {subject.times.zone}{more}",
        columns,
        rows,
    )


def _period(subject: Subject, span: str, standings: tuple[Standing, ...], parties: list[str]) -> tuple[Cell, ...]:
    words = {standing.party: standing for standing in standings}
    incidents = tuple(sorted({incident for standing in standings for incident in standing.incidents}))
    cells = [standing_cell(subject, words[party]) if party in words else cell("–") for party in parties]
    return (cell(span), *cells, Cell(link_incidents(subject, incidents) or (Run("none"),)))


def _reasons(subject: Subject, reasons: tuple[str, ...]) -> Iterator[Block]:
    if reasons:
        yield Para((Run("Reasons:", style="strong"),))
        yield Bullets(tuple(link_text(subject, say_sentence(reason)) for reason in dict.fromkeys(reasons)))


def _effects(subject: Subject, clause: ClauseAssessment) -> Iterator[Section]:
    if len(clause.effects) > 1:
        yield _glance(clause)
    counted: dict[tuple[str, str], str] = {}
    for number, effect in enumerate(clause.effects, 1):
        name = _effect_anchor(clause, number)
        title = f"Effect: {name_kind(effect.kind).lower()}, {name_counting(effect.counting)}"
        first = counted.setdefault((effect.kind, effect.source), name)
        rows = _counted(subject, effect) if first == name else _counted_above(effect, first)
        yield Section(name, title, 4, (*_effect(subject, effect, name), *rows))


def _effect_anchor(clause: ClauseAssessment, number: int) -> str:
    return anchor("effect", clause.clause, clause.reading, str(number))


def _glance(clause: ClauseAssessment) -> Section:
    """Return all counts of a clause beside each other: the unit decides the size."""
    columns = (
        Column("What, in which unit", share=3),
        Column("Count", numeric=True),
        Column("Expected", numeric=True),
        Column("Ratio (95 %)", numeric=True, share=1.6),
        Column("Effect", share=1.4),
    )
    rows = tuple(
        (
            cell(f"{name_kind(one.kind)}, {name_counting(one.counting)}", to=_effect_anchor(clause, number)),
            cell(say_range(one)),
            cell(say_number(one.expected)),
            Cell((Run(f"{say_ratio(one.ratio)} ({say_interval(one.ratio_95)})"),), drawing=draw_ratio(one)),
            cell(one.change.value, sign=one.change),
        )
        for number, one in enumerate(clause.effects, 1)
    )
    table = Table("Counts of one clause beside each other; the unit decides the size", columns, rows)
    return Section(
        anchor("effects", clause.clause, clause.reading), f"Effect on {clause.clause} at a glance", 4, (table,)
    )


def _effect(subject: Subject, effect: Effect, name: str) -> Iterator[Block]:
    yield Para(_say_effect(effect), "lead")
    if effect.baselines:
        yield _draw_baselines(effect, name)
        yield _baselines(subject, effect)
    if effect.by_area:
        yield _areas(subject, effect, name)
    if effect.chronic:
        names = [subject.name_area(area) for area in effect.chronic]
        yield Para(
            (Run("Under alert almost without end, and therefore left out on both sides: "), Run(f"{say_list(names)}."))
        )
    if effect.by_source:
        yield _sources(effect)
    yield from _reasons(subject, effect.reasons)


def _say_effect(effect: Effect) -> Runs:
    hours = "" if effect.interval.end is None else f" in {say_hours(effect.interval.hours)}"
    least = effect.smallest_reduction
    if least is None:
        could = "This window could not have shown a reduction of any size."
    else:
        could = f"It would have been seen as a reduction at a ratio of {say_ratio(least)} or less."
    return (
        Run(f"{effect.change.value.capitalize()}. ", style="strong"),
        Run(f"{say_range(effect)}{hours} ({name_counting(effect.counting)}), {say_number(effect.expected)} expected "),
        Run(f"by hour of the week, {say_number(effect.expected_plain)} by the plain rate; "),
        Run(f"ratio {say_ratio(effect.ratio)}, 95 % interval {say_interval(effect.ratio_95)}. {could}"),
    )


def _draw_baselines(effect: Effect, name: str) -> Figure:
    said = "; ".join(
        f"{name_baseline(one)} {say_ratio(one.ratio)} ({say_interval(one.ratio_95)})" for one in effect.baselines
    )
    return Figure(
        id=f"{name}-baselines",
        title=f"Count against what {say_count(len(effect.baselines), 'baseline')} would lead one to expect",
        description=f"Ratio with its 95 % interval, by baseline: {said}.",
        wide=draw_baselines(effect.baselines, WIDE),
        narrow=draw_baselines(effect.baselines, NARROW),
        note="Ratio to expected on a logarithmic scale; the bar is the 95 % interval, an arrow says that it goes on.",
    )


def _baselines(subject: Subject, effect: Effect) -> Table:
    columns = (
        Column("Baseline", share=2),
        Column("From – to", share=3.4),
        Column("Days used", numeric=True),
        Column("Counted there", numeric=True),
        Column("Expected, matched", numeric=True),
        Column("Expected, plain rate", numeric=True),
        Column("Windows of this length", numeric=True, share=1.4),
        Column("Notes", share=2.4),
    )
    return Table("The baselines side by side", columns, tuple(_baseline(subject, one) for one in effect.baselines))


def _baseline(subject: Subject, one: Baseline) -> tuple[Cell, ...]:
    spread = "unknown" if one.smallest is None else f"{say_number(one.smallest)} to {say_number(one.largest)}"
    return (
        cell(name_baseline(one)),
        cell(subject.times.say_span(one.interval)),
        cell(say_number(one.days_used)),
        cell(say_number(one.count)),
        cell(say_number(one.expected)),
        cell(say_number(one.expected_plain)),
        cell(spread),
        cell("\n".join(one.notes) or "–"),
    )


def _areas(subject: Subject, effect: Effect, name: str) -> Figure:
    areas = sorted(effect.by_area, key=lambda area: (-area.count, -(area.expected or 0), area.area))
    shown = areas[:_AREAS]
    names = [shorten(subject.name_area(one.area), 26) for one in shown]
    said = "; ".join(f"{label} {say_number(one.count)}" for one, label in zip(shown, names, strict=True))
    busy = sum(one.count > 0 for one in areas)
    return Figure(
        id=f"{name}-areas",
        title=f"Spread over {say_count(len(areas), 'area')}, {say_number(busy)} of them with any",
        description=f"Count by area: {said}.",
        wide=draw_areas(shown, names, WIDE),
        narrow=draw_areas(shown, names, NARROW),
        note=f"Bar: count. Upright mark, and in brackets: what was expected there.{_say_rest(areas[_AREAS:])}",
    )


def _say_rest(areas: list[AreaCount]) -> str:
    """Return what the areas that are not drawn have together."""
    if not areas:
        return ""
    known = [one.expected for one in areas if one.expected is not None]
    expected = f" ({say_number(sum(known))})" if len(known) == len(areas) else ""
    count = say_number(sum(one.count for one in areas))
    return f" {say_count(len(areas), 'more area')}: {count}{expected}; see standing.json."


def _sources(effect: Effect) -> Table:
    columns = (
        Column("Source", share=2),
        Column("Lineage", share=1.6),
        Column("Counts", numeric=True),
        Column("Expected", numeric=True),
        Column("Note", share=3),
    )
    rows = tuple(
        (
            cell(one.source + (" (gives the count)" if one.source == effect.source else "")),
            cell(one.lineage or "–"),
            cell(say_number(one.count)),
            cell(say_number(one.expected)),
            cell(one.note or "–"),
        )
        for one in effect.by_source
    )
    return Table("What each source counts by itself; sources of one lineage copy from each other", columns, rows)


def _counted(subject: Subject, effect: Effect) -> Iterator[Block]:
    """Yield where the count comes from: files, and the rows by area, so that it can be counted again."""
    files = [one for one in subject.assessment.files if one.source == effect.source]
    links: list[Run] = [Run(f"Counted from source {effect.source}: ")]
    for number, one in enumerate(files):
        links += [Run(", ")] * bool(number) + [Run(f"file {one.number}", file_anchor(one.number))]
    rows = [finding for finding in subject.assessment.findings if _is_counted(finding, effect)]
    several = "" if len(rows) == effect.count else " (a row may sum up several, and several may be merged)"
    found = f"{say_count(len(rows), 'finding')} behind the count{several}, by area: when, and in brackets the row"
    tail = f". {found}" if rows else ""
    cut = f"; the first {LISTED} stand here, all in findings.parquet" if len(rows) > LISTED else ""
    yield Para((*links, Run(f"{tail}{cut}.")), "small")
    if rows:
        yield Bullets(tuple(_rows_by_area(subject, rows[:LISTED])), "small")


def _counted_above(effect: Effect, name: str) -> Iterator[Block]:
    """Yield where the rows stand: another unit counts the same ones."""
    yield Para((Run(f"Counted from source {effect.source}: "), Run("the same rows as above", name), Run(".")), "small")


def _is_counted(finding: Finding, effect: Effect) -> bool:
    same = (finding.clause, finding.reading, finding.kind) == (effect.clause, effect.reading, effect.kind)
    return same and finding.source == effect.source


def _rows_by_area(subject: Subject, findings: list[Finding]) -> Iterator[Runs]:
    """Yield for each area its rows as "2 May 00:00 (400), 03:36 (403)", the file and the day where they change."""
    findings = sorted(findings, key=_by_area)
    for area, group in groupby(findings, key=lambda finding: finding.area or ""):
        name = subject.name_area(area) if area else "no area given"
        found = [Run(f"{name}: ", style="strong")]
        day, file = "", 0
        for finding in group:
            start = subject.times.say_short(finding.span.start)
            rows = sorted(finding.rows)
            if rows and rows[0].file != file:
                file = rows[0].file
                found += [Run("; ")] * bool(day) + [Run(f"file {file}", file_anchor(file)), Run(" ")]
            elif day:
                found.append(Run(", "))
            numbers = ", ".join(str(row.row) for row in rows[:3]) + (" …" if len(rows) > 3 else "")
            found.append(Run(f"{start.removeprefix(day).strip()} ({numbers})"))
            day = start[:-5]
        yield tuple(found)


def _by_area(finding: Finding) -> tuple[str, int, datetime, str]:
    return finding.area or "", min(finding.rows).file if finding.rows else 0, finding.span.start, finding.id
