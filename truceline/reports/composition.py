"""From an assessment to a report: what stands where, in the order that monitoring missions use."""

from collections.abc import Iterator

from truceline.reports.annex import build_annex
from truceline.reports.board import build_board
from truceline.reports.clauses import build_clauses
from truceline.reports.content import Block, Para, Report, Run, bind
from truceline.reports.incidents import build_incidents
from truceline.reports.limits import build_limits
from truceline.reports.maps import build_map
from truceline.reports.subject import Subject
from truceline.reports.summary import build_summary
from truceline.reports.timeline import build_timeline
from truceline.reports.wording import say_hours, say_list, say_sentence


def compose(subject: Subject) -> Report:
    """Return the report on a case."""
    assessment = subject.assessment
    report = Report(
        title=assessment.title or assessment.case,
        line=_line(subject),
        front=tuple(_front(subject)),
        sections=(
            *build_clauses(subject),
            *build_incidents(subject),
            build_limits(subject),
            *build_annex(subject),
        ),
        foot=_foot(subject),
    )
    return bind(report)


def _line(subject: Subject) -> str:
    """Return period, cut-off and zone on one line."""
    assessment, times = subject.assessment, subject.times
    span = times.say_span(assessment.interval) if assessment.interval else "never in force"
    period = f"periods of {say_hours(assessment.period_hours)}"
    return f"{span} · cut-off {times.say_both(assessment.cut_off)} · {period} · {assessment.agreement_status}"


def _foot(subject: Subject) -> str:
    assessment = subject.assessment
    cut_off = subject.times.say_both(assessment.cut_off)
    return f"Truceline {assessment.version} · inputs {assessment.digest[:16]} · cut-off {cut_off}"


def _front(subject: Subject) -> Iterator[Block]:
    yield from _notices(subject)
    yield from build_board(subject)
    yield build_summary(subject)
    for figure in (build_map(subject), build_timeline(subject)):
        if figure is not None:
            yield figure


def _notices(subject: Subject) -> Iterator[Para]:
    """Yield what the reader must know before reading on: what was left out on purpose."""
    assessment = subject.assessment
    for reason in subject.shared_reasons():
        yield Para((Run(say_sentence(reason)),), "notice")
    if assessment.without:
        names = say_list(list(assessment.without))
        text = f"Without {names}: what it gave is left out, to show what can then no longer be determined."
        yield Para((Run(text),), "notice")
    if assessment.as_of is not None:
        text = f"As of {subject.times.say_both(assessment.as_of)}: only what had arrived by then is used."
        yield Para((Run(text),), "notice")
