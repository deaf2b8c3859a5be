"""What could not be seen: denied access, jamming, and who watched what."""

from collections.abc import Iterator

import polars as pl

from truceline.evidence.selection import collect_events
from truceline.evidence.source import Coverage
from truceline.model import Row
from truceline.reports.content import Block, Cell, Column, Para, Run, Section, Table, cell
from truceline.reports.subject import LISTED, Subject, link_rows
from truceline.reports.wording import name_kind, say_count, say_list, say_share, shorten
from truceline.spacetime import Interval

_SPANS = 8
_KINDS = ("access-denied", "jamming")
_NOTHING = (
    "No coverage is declared. Nothing is then known of what could have been seen, and no clause can be said to be kept."
)
_CAUTION = (
    "What stands in no line here was not watched. Transponders show only those who transmit: never warships, drones, "
    "missiles or a vessel that has switched off."
)


def build_limits(subject: Subject) -> Section:
    """Return the section on movement and coverage limits."""
    return Section("limits", "Movement and coverage limits", 2, (*_obstacles(subject), *_coverage(subject)))


def list_obstacles(subject: Subject) -> list[dict[str, object]]:
    """Return the events of denied access and jamming up to the cut-off, in order of time."""
    wanted = pl.col("kind").cast(pl.String).is_in(_KINDS) & (pl.col("start_utc") < subject.assessment.cut_off)
    interval = subject.assessment.interval
    if interval is not None:
        wanted &= pl.col("end_utc").fill_null(pl.col("start_utc")) >= interval.start
    events = collect_events(subject.evidence.events, lambda events: events.filter(wanted))
    return events.sort("start_utc", "file", "row").to_dicts()


def _obstacles(subject: Subject) -> Iterator[Block]:
    obstacles = list_obstacles(subject)
    if not obstacles:
        yield Para((Run("No denied access and no jamming is reported in the evidence that was given."),))
        return
    columns = (
        Column("Time", share=2),
        Column("What"),
        Column("Where", share=1.5),
        Column("Report", share=4),
        Column("Row", share=1.3),
    )
    rows = tuple(_obstacle(subject, event) for event in obstacles[:LISTED])
    caption = f"{say_count(len(obstacles), 'report')} of denied access or jamming, on the clock of {subject.times.zone}"
    yield Table(caption, columns, rows)


def _obstacle(subject: Subject, event: dict[str, object]) -> tuple[Cell, ...]:
    start, end, area = event["start_utc"], event["end_utc"], event["area"]
    span = Interval(start, end) if end is not None and end >= start else Interval(start, start)  # type: ignore[operator,arg-type]
    return (
        cell(subject.times.say_span(span)),
        cell(name_kind(str(event["kind"])).lower()),
        cell(subject.name_area(str(area)) if area else "unknown"),
        cell(shorten(str(event["text"] or ""))) if event["text"] else cell("–"),
        Cell(link_rows([Row(int(str(event["file"])), int(str(event["row"])))])),
    )


def _coverage(subject: Subject) -> Iterator[Block]:
    declared = subject.evidence.plan.coverage
    if not declared:
        yield Para((Run(_NOTHING),), "notice")
        return
    columns = (
        Column("Provider", share=1.4),
        Column("Source", share=1.4),
        Column("Area"),
        Column("Could see", share=2),
        Column("How well", numeric=True, share=0.7),
        Column("From – to", share=3),
    )
    watches: dict[tuple[str, ...], list[Interval]] = {}
    for one in declared:
        watches.setdefault(_watch(subject, one), []).append(one.interval)
    rows = tuple(
        (*(cell(text) for text in watch), cell(_spans(subject, spans)))
        for watch, spans in list(watches.items())[:LISTED]
    )
    yield Table(f"Who watched what, on the clock of {subject.times.zone}", columns, rows)
    yield Para((Run(_CAUTION),), "small")


def _watch(subject: Subject, one: Coverage) -> tuple[str, ...]:
    whom = f" (of {subject.name_party(one.party)} only)" if one.party else ""
    sees = say_list(list(one.detects)) + whom
    return one.provider or "not named", one.source, subject.name_area(one.area), sees, say_share(one.probability)


def _spans(subject: Subject, spans: list[Interval]) -> str:
    lines = [subject.times.say_span(span) for span in sorted(spans)]
    more = [f"and {say_count(len(lines) - _SPANS, 'more span')}"] if len(lines) > _SPANS else []
    return "\n".join((*lines[:_SPANS], *more))
