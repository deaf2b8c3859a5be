"""The tables of a rehearsal, for the page and the terminal alike: a row a clause, and rows within one."""

from collections.abc import Iterable, Iterator, Sequence

from truceline.model import UNDETERMINED, Word
from truceline.rehearsal.reductions import INCIDENTS
from truceline.rehearsal.result import ClauseRehearsal, Outlook, Rate, Rehearsal, Share, Variation, name_length
from truceline.reports.content import Cell, Column, Table, cell
from truceline.reports.wording import UNKNOWN, Clockwork, name_counting, name_kind, say_number, say_part, say_ratio

__all__ = ["list_sheets", "name_clause", "say_rate", "tabulate_clause", "tabulate_rates", "tabulate_weeks"]

_NOBODY = "–"
_FOUR = (Word.KEPT, Word.SUSPECTED, Word.BREACHED, Word.NOT_DETERMINABLE)


def list_sheets(rehearsal: Rehearsal) -> tuple[Table, ...]:
    """Return all tables in order: the rates of every clause, then each clause's own."""
    own = (table for clause in rehearsal.clauses if clause.weeks for table in tabulate_clause(clause))
    return (tabulate_rates(rehearsal.clauses), *own)


def name_clause(clause: ClauseRehearsal, clauses: Iterable[ClauseRehearsal]) -> str:
    """Return a clause's id, with its reading where there are several."""
    several = sum(one.clause == clause.clause for one in clauses) > 1
    return f"{clause.clause} ({', '.join(clause.readings)})" if several else clause.clause


def tabulate_rates(clauses: Sequence[ClauseRehearsal]) -> Table:
    """Return how many findings and incidents a week each clause would have raised."""
    titles = (
        "clause",
        "weeks",
        "findings",
        "indicators",
        "incidents",
        "95 % of mean",
        "next week",
        "corroborated",
        "excused",
    )
    rows = [_rate_row(name_clause(clause, clauses), clause) for clause in clauses]
    return _table("What each clause would have raised a week", titles, rows, wide=(0,))


def _rate_row(name: str, clause: ClauseRehearsal) -> list[str]:
    if clause.rates is None:
        return [name, "0" if clause.evaluated else _NOBODY, *[_NOBODY] * 7]
    rates = clause.rates
    incidents = rates["incidents"]
    return [
        name,
        str(len(clause.weeks)),
        _mean(rates["findings"]),
        _mean(rates["indicators"]),
        _mean(incidents),
        f"{incidents.mean_95[0]:.2f} to {incidents.mean_95[1]:.2f}",
        f"{incidents.next_95[0]} to {incidents.next_95[1]}",
        _mean(rates["corroborated"]),
        _mean(rates["excused"]),
    ]


def _mean(rate: Rate) -> str:
    return say_rate(rate.mean)


def tabulate_clause(clause: ClauseRehearsal) -> tuple[Table, ...]:
    """Return the tables of one clause that have rows: sources, levers, words by window, smallest reductions."""
    shared = clause.by_lineage if len(clause.by_lineage) < len(clause.by_source) else ()
    found = (
        _tabulate_shares(f"{clause.clause}: from which sources", "source", clause.by_source),
        _tabulate_shares(f"{clause.clause}: from which independent origins", "lineage", shared),
        _tabulate_levers(clause),
        _tabulate_words(clause),
        _tabulate_reductions(clause),
    )
    return tuple(table for table in found if table.rows)


def tabulate_weeks(clause: ClauseRehearsal, times: Clockwork) -> Table:
    """Return what each week would have raised."""
    titles = ("week", "findings", "indicators", "incidents", "alleged", "corroborated", "excused")
    rows = [
        [times.say_span(week.interval), *(str(getattr(week, name)) for name in titles[1:])] for week in clause.weeks
    ]
    return _table(f"{clause.clause}: each week, on the clock of {times.zone}", titles, rows, dense=True)


def _tabulate_shares(caption: str, what: str, shares: Sequence[Share]) -> Table:
    titles = (what, "findings", "indicators", "share", "incidents gone without it", "corroborated gone without it")
    rows = [
        [
            one.name if what == "lineage" or one.lineage == one.name else f"{one.name} (lineage {one.lineage})",
            str(one.findings),
            str(one.indicators),
            UNKNOWN if one.share is None else say_part(one.share),
            str(one.vanished),
            str(one.uncorroborated),
        ]
        for one in shares
    ]
    return _table(caption, titles, rows)


def _tabulate_levers(clause: ClauseRehearsal) -> Table:
    titles = ("changed", "by", "the clause then says", "findings", "indicators", "incidents", "corroborated")
    rows = [_lever_row(one) for one in clause.variations] if len(clause.variations) > 1 else []
    return _table(f"{clause.clause}: a week, with one value changed", titles, rows, wide=(0, 1, 2))


def _lever_row(one: Variation) -> list[str]:
    numbers = (one.findings, one.indicators, one.incidents, one.corroborated)
    return [one.lever, one.change, one.value, *(_NOBODY if value is None else say_rate(value) for value in numbers)]


def _tabulate_words(clause: ClauseRehearsal) -> Table:
    seen = {word for one in clause.windows for words in one.words.values() for word in words}
    used = [word for word in Word if word in _FOUR or word in seen]
    titles = ("window", "party", "windows", *(word.value for word in used))
    rows = []
    for one in clause.windows:
        for party, words in one.words.items():
            none = _NOBODY if party == UNDETERMINED else "0"
            counts = (str(words[word]) if word in words else none for word in used)
            rows.append([name_length(one.length), party, str(one.windows), *counts])
    return _table(f"{clause.clause}: how often each word would have stood", titles, rows, wide=(0, 1))


def _tabulate_reductions(clause: ClauseRehearsal) -> Table:
    lengths = [name_length(one.length) for one in clause.outlooks[0].reductions] if clause.outlooks else []
    caption = f"{clause.clause}: the smallest reduction that a truce could show (count of expected, ratio)"
    rows = [[_name_count(outlook), *_list_reductions(outlook)] for outlook in clause.outlooks]
    return _table(caption, ("count", *lengths), rows)


def _name_count(outlook: Outlook) -> str:
    if outlook.kind == INCIDENTS:
        return "Incidents, from all sources"
    return f"{name_kind(outlook.kind)}, {name_counting(outlook.counting)} ({outlook.source})"


def _list_reductions(outlook: Outlook) -> Iterator[str]:
    for one in outlook.reductions:
        if one.expected is None:
            yield UNKNOWN
        elif one.most is None:
            yield f"none (of {say_number(one.expected)})"
        else:
            yield f"{say_number(one.most)} of {say_number(one.expected)}: {say_ratio(one.ratio)}"


def say_rate(value: float) -> str:
    """Return a weekly number with two decimals below ten, one above."""
    return say_number(value, 2 if abs(value) < 10 else 1)


def _table(
    caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]], wide: Sequence[int] = (0,), dense: bool = False
) -> Table:
    columns = tuple(Column(title, number not in wide) for number, title in enumerate(titles))
    cells: tuple[tuple[Cell, ...], ...] = tuple(tuple(cell(text) for text in row) for row in rows)
    return Table(caption, columns, cells, "dense" if dense else "")
