"""One section a clause: its text, its standing, its numbers, and the reasons for them."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from truceline.model import AreaCount, Baseline, ClauseAssessment, Effect, Finding, Standing
from truceline.reports.bars import draw_areas, draw_baselines, name_baseline
from truceline.reports.board import draw_watch, is_silent, say_needed, say_range, short_party, since, standing_cell
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
from truceline.reports.subject import LISTED, Subject, anchor, clause_anchor, file_anchor, link_incidents
from truceline.reports.svg import NARROW, WIDE
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
    """Yield the sections of all clauses: one for each clause, and within it one for each reading."""
    yield Section("clauses", "Clause by clause", 2, ())
    for name, group in groupby(subject.assessment.clauses, key=lambda clause: clause.clause):
        readings = list(group)
        yield _article(subject, name, readings)
        for clause in readings:
            yield _reading(subject, clause)
            yield from _effects(subject, clause)


def _article(subject: Subject, name: str, readings: list[ClauseAssessment]) -> Section:
    first = readings[0]
    bound = say_list([subject.name_party(party) for party in first.binds])
    facts = f"Clause {name} ({first.kind}). Binds {bound}. Zone: {first.zone or 'everywhere'}."
    text = read_prose(first.text)
    quote = (Quote(text),) if text else (Para((Run("The document holds no text for this clause."),)),)
    title = f"{first.article or name}"
    return Section(anchor("article", name), title, 3, (*quote, Para((Run(facts),), "small")))


def _reading(subject: Subject, clause: ClauseAssessment) -> Section:
    blocks: list[Block] = list(_clocks(subject, clause))
    if is_silent(clause):
        reasons = dict.fromkeys(reason for standing in clause.standings for reason in standing.reasons)
        said = " ".join(say_sentence(reason) for reason in reasons)
        blocks.append(Para((Run("Not evaluated. ", style="strong"), Run(said or "No machine judges this clause."))))
    else:
        blocks += [_standings(subject, clause), *_periods(subject, clause)]
    blocks += _reasons("Reasons", clause.reasons)
    return Section(clause_anchor(clause), f"Standing of {clause.clause}, {clause.reading}", 4, tuple(blocks))


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
            standing_cell(standing),
            cell(since(subject, clause, standing)),
            _share(standing),
            Cell(link_incidents(subject, standing.incidents) or (Run("none"),)),
            cell(" ".join(_whys(standing)) or "No reason given."),
        )
        for standing in clause.standings
    )
    return Table(f"Standing of {clause.clause} for the whole interval", columns, rows)


def _share(standing: Standing) -> Cell:
    watch = standing.watch
    return Cell((Run(say_share(watch.share)), *say_needed(watch)), drawing=draw_watch(watch))


def _whys(standing: Standing) -> tuple[str, ...]:
    shares = [f"{name or 'no provider named'} {say_share(share)}" for name, share in standing.watch.by_provider.items()]
    alone = (f"Covered by each provider alone: {', '.join(sorted(shares))}",) if shares else ()
    return tuple(dict.fromkeys(say_sentence(why) for why in (*standing.reasons, *alone, *standing.watch.reasons)))


def _periods(subject: Subject, clause: ClauseAssessment) -> Iterator[Table]:
    if len(clause.periods) < 2:
        return
    parties = [standing.party for standing in clause.standings]
    columns = (
        Column("Period", share=2.2),
        *(Column(short_party(subject, party), share=1.3) for party in parties),
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
    cells = [standing_cell(words[party]) if party in words else cell("–") for party in parties]
    return (cell(span), *cells, Cell(link_incidents(subject, incidents) or (Run("none"),)))


def _reasons(title: str, reasons: tuple[str, ...]) -> Iterator[Block]:
    if reasons:
        yield Para((Run(f"{title}:", style="strong"),))
        yield Bullets(tuple((Run(say_sentence(reason)),) for reason in reasons))


def _effects(subject: Subject, clause: ClauseAssessment) -> Iterator[Section]:
    for number, effect in enumerate(clause.effects, 1):
        name = anchor("effect", clause.clause, clause.reading, str(number))
        title = f"Effect: {name_kind(effect.kind).lower()}, {name_counting(effect.counting)}"
        yield Section(name, title, 4, tuple(_effect(subject, effect, name)))


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
    yield from _reasons("Reasons", effect.reasons)
    yield from _counted(subject, effect)


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
        Column("From – to", share=3),
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
    shown, rest = areas[:_AREAS], areas[_AREAS:]
    if rest:
        expected = None if any(one.expected is None for one in rest) else sum(one.expected or 0 for one in rest)
        shown.append(AreaCount(f"{len(rest)} others", sum(one.count for one in rest), expected))
    names = [shorten(subject.name_area(one.area), 26) for one in shown]
    said = "; ".join(f"{label} {say_number(one.count)}" for one, label in zip(shown, names, strict=True))
    busy = sum(one.count > 0 for one in areas)
    return Figure(
        id=f"{name}-areas",
        title=f"Spread over {say_count(len(areas), 'area')}, {say_number(busy)} of them with any",
        description=f"Count by area: {said}.",
        wide=draw_areas(shown, names, WIDE),
        narrow=draw_areas(shown, names, NARROW),
        note="Bar: count. Upright mark: what was expected there.",
    )


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
    tail = (
        f". {say_count(len(rows), 'finding')} behind the count, by area: when, and in brackets the row" if rows else ""
    )
    cut = f"; the first {LISTED} stand here, all in findings.parquet" if len(rows) > LISTED else ""
    yield Para((*links, Run(f"{tail}{cut}.")), "small")
    if rows:
        yield Bullets(tuple(_rows_by_area(subject, rows[:LISTED])), "small")


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
