"""Spans: from the edges of a clause, under one reading and for one party, to instants.

Only determinations that are handed in start, end or release anything. A suspicion never does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from truceline.agreement.document import Agreement, Block, Clause, Edge
from truceline.agreement.edges import read_edge, read_names, split_parties
from truceline.agreement.problems import Problems
from truceline.agreement.readings import Place, Reading, list_readings
from truceline.spacetime import Interval, format_utc

__all__ = ["Span", "check_times", "measure"]

Determinations = Mapping[str, datetime]
Pair = tuple[datetime, datetime]
End = tuple[datetime | None, datetime | None]
_MOST_SPANS = 200_000
_OPEN: End = (None, None)


@dataclass(frozen=True, slots=True)
class Span:
    """When a clause binds one party.

    `certain` is the time in which it does whatever the clocks mean, `possible` the widest time
    that they allow; both None, and `why` says so, where it does not bind. `why` also stands where
    only `certain` is None: the clocks leave no hour that is certain.
    """

    certain: Interval | None
    possible: Interval | None
    why: str | None = None
    clocks: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Measure:
    """The work on one span: the edges as they stand so far."""

    start: Pair | None = None
    end: End = _OPEN
    why: str | None = None
    clocks: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cut(self, end: End) -> bool:
        """End no later than `end`; return whether that changes anything."""
        before = self.end
        self.end = (_earlier(before[0], end[0]), _earlier(before[1], end[1]))
        return self.end != before


def measure(agreement: Agreement, clause: Clause, reading: Reading, party: str, determined: Determinations) -> Span:
    """Return when a clause binds a party under a reading, as far as the determinations allow."""
    work = _Measure()
    _start(work, reading, party, determined)
    _conditions(work, reading, party, determined)
    if work.start is not None and work.why is None:
        _end(work, reading, party, determined)
        _amendments(work, agreement, clause, party, determined)
        _release(work, reading, party, determined)
    return _close(work)


def _start(work: _Measure, reading: Reading, party: str, determined: Determinations) -> None:
    place = reading.find("starts", party)
    if place is None:
        work.why = "no start is stated"
        return
    edge = read_edge(place.value, "starts")
    work.start = _bounds(edge, determined)
    if work.start is None:
        work.why = f"it starts {edge.text}, which has not been made"
    work.clocks.append(("starts", _say(edge, work.start)))


def _conditions(work: _Measure, reading: Reading, party: str, determined: Determinations) -> None:
    for place in reading.find_all("after", party):
        for name, body in read_names(place.value):
            met = determined.get(name)
            if met is None:
                work.why = work.why or f"condition not met: no determination {_named(name, body)}"
            elif work.start is not None:
                work.start = (max(work.start[0], met), max(work.start[1], met))
                work.notes.append(f"condition met: determination {_named(name, body)} at {format_utc(met)}")


def _end(work: _Measure, reading: Reading, party: str, determined: Determinations) -> None:
    place = reading.find("ends", party)
    if place is None:
        work.why = "no end is stated"
        return
    edge = read_edge(place.value, "ends")
    _set_end(work, edge, determined)
    work.clocks.append(("ends", _say(edge, work.end)))


def _set_end(work: _Measure, edge: Edge, determined: Determinations) -> None:
    assert work.start is not None  # noqa: S101 - the caller has seen to it
    if edge.kind == "duration":
        work.end = (_later(work.start[0], edge.delay), _later(work.start[1], edge.delay))
        return
    bounds = _bounds(edge, determined)
    work.end = bounds or _OPEN
    if bounds is None and edge.kind == "event":
        work.notes.append(f"open {edge.text}: it has not been made")


def _amendments(work: _Measure, agreement: Agreement, clause: Clause, party: str, determined: Determinations) -> None:
    """Apply the amendments that concern this clause and party: what lengthens first, then what cuts."""
    blocks = [
        block for block in agreement.amendments if concerns(block, clause) and {"kind", "starts"} <= set(block.values)
    ]
    since = [_bounds(read_edge(block.values["starts"], "starts"), determined) for block in blocks]
    for block, at in zip(blocks, since, strict=True):
        if at is None:
            work.notes.append(f"{block.values['kind']} {block.id} waits for its determination")
        elif block.values["kind"] == "extension" and "ends" in block.values:
            _extend(work, block, at, determined)
    later = clause.amended_by is None
    for block, at in zip(blocks, since, strict=True):
        if block.id == clause.amended_by:
            later = True
            _begin_change(work, block, at)
        elif at is not None and (block.values["kind"] != "change" or later):
            _cut(work, agreement, block, party, at)


def _begin_change(work: _Measure, block: Block, since: Pair | None) -> None:
    """Start a clause that an amendment made no earlier than the amendment."""
    if since is None or work.start is None:
        work.why = f"the change {block.id} waits for its determination"
        return
    work.start = (max(work.start[0], since[0]), max(work.start[1], since[1]))
    edge = read_edge(block.values["starts"], "starts")
    work.clocks.append(("starts", f"{_say(edge, since)} ({block.id})"))


def _cut(work: _Measure, agreement: Agreement, block: Block, party: str, since: Pair) -> None:
    """End the clause at a withdrawal by this party, or at a change that puts another in its place."""
    kind = block.values["kind"]
    if kind == "withdrawal" and party in _named_parties(agreement, block) and work.cut(since):
        work.notes.append(f"{party} withdrew: {block.id} at {format_utc(since[1])}")
    if kind == "change" and work.cut(since):
        work.notes.append(f"changed by {block.id} at {format_utc(since[1])}")


def _extend(work: _Measure, block: Block, since: Pair, determined: Determinations) -> None:
    """Move the end, unless it had passed before the extension took effect."""
    last = work.end[1]
    if last is not None and since[0] > last:
        work.notes.append(f"extension {block.id} came after the end and does not revive it")
        return
    edge = read_edge(block.values["ends"], "ends")
    if edge.kind == "duration":  # counted from the end that it moves
        first, last = work.end
        work.end = (first and _later(first, edge.delay), last and _later(last, edge.delay))
    else:
        _set_end(work, edge, determined)
    work.notes.append(f"extended by {block.id}")
    work.clocks.append(("ends", f"{_say(edge, work.end)} ({block.id})"))


def _release(work: _Measure, reading: Reading, party: str, determined: Determinations) -> None:
    """End the clause where every determination that releases the party has been made."""
    for place in reading.find_all("released_by", party):
        names = read_names(place.value)
        made = [determined[name] for name, _ in names if name in determined]
        if made and len(made) == len(names):
            at = max(made)
            work.cut((at, at))
            said = ", ".join(_named(name, body) for name, body in names)
            work.notes.append(f"{party} released by determination {said} at {format_utc(at)}")


def _close(work: _Measure) -> Span:
    clocks, notes = tuple(work.clocks), tuple(work.notes)
    if work.why is not None or work.start is None:
        return Span(None, None, work.why, clocks, notes)
    certain = _interval(work.start[1], work.end[0])
    possible = _interval(work.start[0], work.end[1])
    why = None
    if possible is None:
        why = "it ended before it began" + (f" ({notes[-1]})" if notes else "")
    elif certain is None:
        why = "the declared times leave no hour in which it certainly holds"
    return Span(certain, possible, why, clocks, notes)


def _interval(start: datetime, end: datetime | None) -> Interval | None:
    return None if end is not None and end <= start else Interval(start, end)


def _bounds(edge: Edge, determined: Determinations) -> Pair | None:
    """Return the earliest and latest instant of an edge; None for an open one or an event not yet made."""
    if edge.clock:
        return edge.clock.earliest, edge.clock.latest
    if edge.not_before and edge.not_after:
        return edge.not_before.earliest, edge.not_after.latest
    made = determined.get(edge.event) if edge.event else None
    return None if made is None else (_later(made, edge.delay), _later(made, edge.delay))


def _later(instant: datetime, by: timedelta) -> datetime:
    try:
        return instant + by
    except OverflowError:  # the calendar ends with the year 9999
        return datetime.max.replace(tzinfo=instant.tzinfo)


def _earlier(a: datetime | None, b: datetime | None) -> datetime | None:
    return min((instant for instant in (a, b) if instant is not None), default=None)


def _say(edge: Edge, bounds: Sequence[datetime | None] | None) -> str:
    """Return a declared edge as text with what it means in UTC."""
    first, last = bounds or (None, None)
    if first is None or last is None:
        return edge.text
    if first == last:
        return f"{edge.text} = {format_utc(first)}"
    return f"{edge.text} = between {format_utc(first)} and {format_utc(last)}"


def _named(name: str, body: str | None) -> str:
    return f"{name} by {body}" if body else name


def _named_parties(agreement: Agreement, block: Block) -> set[str]:
    by = block.values.get("by", ())
    names = (by,) if isinstance(by, str) else by
    return {party for name in names for party in agreement.groups.get(name, (name,))}


def concerns(block: Block, clause: Clause) -> bool:
    """Whether an amendment concerns a clause: it names it, or names none."""
    of = block.values.get("of")
    names = [of] if isinstance(of, str) else of
    return names is None or clause.id in names or clause.origin in names


# --- what is wrong with times, before any event ------------------------------------------------


def check_times(agreement: Agreement, problems: Problems) -> None:
    """Note clauses without a start or an end, and ends that do not come after their start.

    Nothing is said of a party where a key that bears on its times was refused.
    """
    if _has_broken_times(agreement.block) or _has_too_many(agreement, problems):
        return
    sound = {party for party, block in agreement.party_blocks.items() if not _has_broken_times(block)}
    for clause in agreement.clauses:
        if _has_broken_times(clause.block):
            continue
        for reading in list_readings(agreement, clause):
            for party in sound.intersection(clause.binds):
                _check_span(reading, party, problems)


def _has_too_many(agreement: Agreement, problems: Problems) -> bool:
    """Note that clauses, readings, parties and amendments multiply beyond what anyone could judge."""
    claims = len(agreement.block.values.get("alternatives", ()))
    terms = sum(
        max(claims, len(clause.values.get("alternatives", ())), 1) * len(clause.binds) for clause in agreement.clauses
    )
    count = terms * (1 + len(agreement.amendments))
    if count > _MOST_SPANS:
        problems.add(
            agreement.block.line,
            "too much to judge",
            expected=f"at most {_MOST_SPANS:,} combinations of clauses, readings, parties and amendments",
            found=f"{count:,}",
            do="split the document",
        )
    return count > _MOST_SPANS


def _has_broken_times(block: Block) -> bool:
    """Whether a key that bears on times was refused."""
    return any(key in block.lines and key not in block.values for key in ("starts", "ends", "alternatives", "set"))


def _check_span(reading: Reading, party: str, problems: Problems) -> None:
    start, end = reading.find("starts", party), reading.find("ends", party)
    for key, place in (("starts", start), ("ends", end)):
        if place is None and not _names_strangers(reading, key):
            problems.add(
                reading.head.block.line,
                f'missing key "{key}"',
                expected=f"{key} = … in the agreement, in the clause, or for each party",
                found="none",
                do='add it; write "open" for no end' if key == "ends" else "add it",
            )
    if start and end:
        _check_order(reading, start, end, problems)


def _names_strangers(reading: Reading, key: str) -> bool:
    """Whether a table of parties names one that is not there: a mistake that has been noted."""
    values = (layer.values[key] for layer in (reading.own, reading.head) if key in layer.values)
    names = (name for value in values for name in split_parties(value) if name)
    return any(name not in reading.parties and name not in reading.groups for name in names)


def _check_order(reading: Reading, start: Place, end: Place, problems: Problems) -> None:
    first, last = read_edge(start.value, "starts"), read_edge(end.value, "ends")
    begins, stops = _bounds(first, {}), _bounds(last, {})
    if begins is None or stops is None or stops[1] > begins[0]:
        return
    own_start = start.layer is reading.own and end.layer is not reading.own
    problems.add(
        start.line if own_start else end.line,
        "end does not come after the start",
        expected=f"an end after {format_utc(begins[0])} ({first.text})",
        found=f"{format_utc(stops[1])} ({last.text})",
        do="correct one of the two; both are compared in UTC",
    )
