"""The rehearsal as one page, drawn by the same writer as the report on a case."""

from collections.abc import Iterator

from truceline.rehearsal.figures import draw_weeks
from truceline.rehearsal.result import ClauseRehearsal, Rehearsal, name_length
from truceline.rehearsal.sheets import name_clause, say_rate, tabulate_clause, tabulate_rates, tabulate_weeks
from truceline.reports.content import Block, Bullets, Cell, Column, Para, Report, Section, Table, bind, cell, runs
from truceline.reports.wording import Clockwork, say_count, say_number, say_sentence

__all__ = ["READING", "compose"]

READING = (
    "No agreement was in force in these weeks, so nothing here is a breach. The numbers say what the clauses would "
    "have raised if conduct had stayed as it was: where the draft forbids what went on, that is how often it would "
    "be invoked; where nothing forbidden went on, each incident is a false alarm."
)
"""How the numbers are to be read."""

_METHOD = (
    (
        "Each clause is put into past weeks as if it had been in force throughout, for every party that it binds. "
        "Findings, incidents and standings come from the same functions as in a real case; reviews are not used."
    ),
    (
        "A week counts only where every source that could show something of the clause is complete and no truce was in "
        "force. Findings and incidents count in the week in which they begin."
    ),
    (
        "The 95 % interval is that of the long-run weekly mean, with weeks that differ by more than chance; "
        "“next week” is the interval of the number in one more such week."
    ),
    (
        "What is gone without a source is found by running the clause again without it. A negative number says that "
        "more would be raised, because the source explained something."
    ),
    (
        "Levers are moved one at a time. The width of a zone is that of the largest disc that fits into it; its whole "
        "edge is moved."
    ),
    (
        "The smallest reduction is the largest ratio of count to expectation that the window would show as a "
        "reduction. “None” says that not even a count of 0 would show one."
    ),
)


def compose(rehearsal: Rehearsal) -> Report:
    """Return the page of a rehearsal: the rates first, then clause by clause, then method and evidence."""
    times = Clockwork(rehearsal.zone)
    clauses = tuple(_section(number, rehearsal, times) for number in range(len(rehearsal.clauses)))
    return bind(
        Report(
            title=f"Rehearsal: {rehearsal.title or rehearsal.case}",
            line=_line(rehearsal, times),
            front=(Para(runs(READING), "notice"), *_list_answers(rehearsal), tabulate_rates(rehearsal.clauses)),
            sections=(
                *clauses,
                Section("method", "Method in short", 2, (Bullets(tuple(map(runs, _METHOD))),)),
                _evidence(rehearsal),
            ),
            foot=f"Truceline {rehearsal.version} · inputs {rehearsal.digest[:16]} · rehearsal",
        )
    )


def _line(rehearsal: Rehearsal, times: Clockwork) -> str:
    """Return status, the agreement's own time and what else is left out on one line."""
    own = _say_own_time(rehearsal, times)
    others = say_count(len(rehearsal.truces), "other truce")
    return f"{rehearsal.agreement_status} · {own} · {others} left out · {times.zone}"


def _say_own_time(rehearsal: Rehearsal, times: Clockwork) -> str:
    if rehearsal.truce is None:
        return "it has no time yet"
    ends = [week.interval.end for clause in rehearsal.clauses for week in clause.weeks if week.interval.end]
    what = "lies ahead" if not ends or max(ends) < rehearsal.truce.start else "is left out"
    return f"its own time, {times.say_span(rehearsal.truce)}, {what}"


def _list_answers(rehearsal: Rehearsal) -> Iterator[Bullets]:
    """Yield one sentence a clause: how often it would be raised."""
    items = [
        runs(f"{name_clause(clause, rehearsal.clauses)}: {_answer(clause)}")
        for clause in rehearsal.clauses
        if clause.evaluated
    ]
    if items:
        yield Bullets(tuple(items))


def _answer(clause: ClauseRehearsal) -> str:
    if clause.rates is None:
        return say_sentence(clause.reasons[-1])
    rate, hints = clause.rates["incidents"], clause.rates["indicators"]
    low, high = rate.mean_95
    return (
        f"{say_rate(rate.mean)} incidents a week ({low:.2f} to {high:.2f}) over {say_count(rate.weeks, 'week')}, "
        f"{say_rate(clause.rates['corroborated'].mean)} of them corroborated; "
        f"beside them {say_rate(hints.mean)} indicators a week, which raise no incident."
    )


def _section(number: int, rehearsal: Rehearsal, times: Clockwork) -> Section:
    clause = rehearsal.clauses[number]
    name = name_clause(clause, rehearsal.clauses)
    title = f"{name}: {clause.article}" if clause.article else name
    return Section(f"clause-{number + 1}", title, 2, tuple(_fill(clause, times, f"weeks-{number + 1}")))


def _fill(clause: ClauseRehearsal, times: Clockwork, figure: str) -> Iterator[Block]:
    where = f"in zone {clause.zone}" if clause.zone else "everywhere"
    yield Para(runs(f"{clause.kind}, binds {', '.join(clause.binds)}, {where}."), "small")
    if clause.weeks:
        yield Para(runs(_answer(clause)), "lead")
        yield draw_weeks(clause, times, figure)
        yield from tabulate_clause(clause)
        yield tabulate_weeks(clause, times)
    if clause.reasons:
        yield Bullets(tuple(runs(say_sentence(reason)) for reason in clause.reasons), "small")


def _evidence(rehearsal: Rehearsal) -> Section:
    titles = ("file", "rows", "used", "set aside", "rejected", "SHA-256")
    rows = tuple(_file_row(*_sums(number, rehearsal)) for number in range(len(rehearsal.files)))
    columns = tuple(Column(title, number in (1, 2, 3, 4)) for number, title in enumerate(titles))
    lengths = ", ".join(name_length(length) for length in rehearsal.lengths)
    blocks: list[Block] = [
        Para(runs(f"Windows of {lengths}; {_say_limit(rehearsal.limit)}.")),
        Table("Every row of every file is accounted for", columns, rows, "dense"),
    ]
    if rehearsal.notes:
        blocks.append(Bullets(tuple(runs(say_sentence(note)) for note in rehearsal.notes), "small"))
    return Section("evidence", "Evidence", 2, tuple(blocks))


def _say_limit(limit: int | None) -> str:
    return "all weeks that can be used" if limit is None else f"at most {say_count(limit, 'week')}, the nearest"


def _sums(number: int, rehearsal: Rehearsal) -> tuple[str, tuple[int, ...], str]:
    tally = rehearsal.files[number]
    sums = (tally.rows, tally.used, sum(tally.set_aside.values()), sum(tally.rejected.values()))
    return tally.path, sums, tally.sha256[:16]


def _file_row(path: str, sums: tuple[int, ...], digest: str) -> tuple[Cell, ...]:
    return (cell(path), *(cell(say_number(number)) for number in sums), cell(digest))
