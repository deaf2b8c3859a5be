"""Incidents and coverage -> what stands of a clause: for each party, as a whole and in each period.

The words are those of the table in `docs/standing.md`; every rule here is one row of it. What could
not be told stays "not determinable": no missing value turns into "kept".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Terms
from truceline.assessment.clusters import LASTING
from truceline.assessment.coverage import survey
from truceline.evidence.store import Evidence
from truceline.evidence.tables import INDICATORS
from truceline.model import UNDETERMINED, Finding, Incident, Standing, Status, Watch, Word, say_share
from truceline.spacetime import Interval, format_utc

__all__ = ["judge"]

_NOTHING = Watch(None, None)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a standing rests on: the incidents and the hints of one clause and reading."""

    terms: Terms
    incidents: tuple[Incident, ...]
    hints: tuple[Finding, ...]
    cut_off: datetime


def judge(
    terms: Terms,
    breaches: Sequence[str],
    incidents: Sequence[Incident],
    evidence: Evidence,
    *,
    findings: Sequence[Finding],
    cut_off: datetime,
    period: timedelta,
    zones: Mapping[str, BaseGeometry] | None = None,
    evaluated: bool = True,
) -> tuple[tuple[Standing, ...], tuple[tuple[Interval, tuple[Standing, ...]], ...]]:
    """Return the standings of a clause up to the cut-off, and those of each reporting period.

    `breaches` are what must have been watched for, `findings` those that `incidents` were fused
    from (hints among them stand in the way of "kept"), `zones` those of the agreement. `evaluated`
    False says that the clause's kind has no meaning yet. Periods are counted back from the
    cut-off. UNDETERMINED has a standing where something happened that nothing attributes.
    """
    ground = Ground(
        terms,
        tuple(i for i in incidents if (i.clause, i.reading) == (terms.clause.id, terms.reading)),
        tuple(f for f in findings if f.indicator and (f.clause, f.reading) == (terms.clause.id, terms.reading)),
        cut_off,
    )
    whole = _whole(terms, cut_off)
    spans = [] if whole is None else list(whole.periods(period, cut_off))
    closed = [] if whole is None else [whole, *spans]
    watches = {
        party: _watch(ground, party, breaches, evidence, zones, closed, evaluated) for party in _list_bound(terms)
    }

    def stand(number: int, interval: Interval) -> tuple[Standing, ...]:
        bound = [_judge_party(ground, party, interval, found[number], evaluated) for party, found in watches.items()]
        return (*bound, *_judge_nobody(ground, interval))

    if whole is None:
        return tuple(_not_running(terms, party, cut_off, evaluated) for party in _list_bound(terms)), ()
    return stand(0, whole), tuple((span, stand(number, span)) for number, span in enumerate(spans, start=1))


def _list_bound(terms: Terms) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*terms.clause.binds, *terms.by_party, *terms.lapsed)))


def _whole(terms: Terms, cut_off: datetime) -> Interval | None:
    """Return the clause's certain time up to the cut-off; None where nothing of it has passed."""
    if terms.interval is None or terms.interval.start >= cut_off:
        return None
    end = cut_off if terms.interval.end is None else min(terms.interval.end, cut_off)
    return Interval(terms.interval.start, end) if end > terms.interval.start else None


def _not_running(terms: Terms, party: str, cut_off: datetime, evaluated: bool) -> Standing:
    """Return the standing of a clause of which no time has certainly passed."""
    interval = terms.possible or terms.interval or Interval(cut_off, cut_off)
    clause, reading = terms.clause.id, terms.reading
    if party in terms.lapsed:
        word, reason = terms.lapsed[party]
    elif not evaluated:
        word, reason = Word.NOT_EVALUATED, _no_meaning(terms)
    elif terms.possible is not None and terms.possible.start < cut_off:
        word, reason = Word.NOT_DETERMINABLE, "its times are not declared well enough to say that it was in force"
    else:
        word, reason = Word.NOT_IN_FORCE, f"it was not in force before the cut-off at {format_utc(cut_off)}"
    return Standing(clause, reading, party, interval, word, _NOTHING, (), (reason,))


def _watch(
    ground: Ground,
    party: str,
    breaches: Sequence[str],
    evidence: Evidence,
    zones: Mapping[str, BaseGeometry] | None,
    intervals: Sequence[Interval],
    evaluated: bool,
) -> list[Watch]:
    """Return how well each interval was watched for breaches by a party, within the party's own time."""
    if not evaluated or not intervals:
        return [Watch(None, ground.terms.clause.coverage)] * len(intervals)
    own = ground.terms.by_party.get(party)
    cut = [interval.overlap(own) if own is not None else None for interval in intervals]
    asked = [span if span is not None else interval for span, interval in zip(cut, intervals, strict=True)]
    return survey(ground.terms, breaches, evidence, asked, party=party, zones=zones)


def _judge_party(ground: Ground, party: str, interval: Interval, watch: Watch, evaluated: bool) -> Standing:
    """Return what stands of one bound party in one interval."""
    terms = ground.terms
    word: Word
    mine: list[Incident] = []
    if party in terms.lapsed:
        word, reason = terms.lapsed[party]
        reasons = [reason]
    elif not evaluated:
        word, reasons = Word.NOT_EVALUATED, [_no_meaning(terms)]
    elif (own := terms.by_party.get(party)) is None or interval.overlap(own) is None:
        word, reasons = Word.NOT_IN_FORCE, ["it did not bind this party in that time"]
    else:
        mine = [i for i in ground.incidents if _concerns(i, party) and _meets(i, interval, terms)]
        word, reasons = _weigh(ground, party, interval, watch, mine)
    return Standing(
        terms.clause.id, terms.reading, party, interval, word, watch, tuple(i.id for i in mine), tuple(reasons)
    )


def _judge_nobody(ground: Ground, interval: Interval) -> tuple[Standing, ...]:
    """Return the standing of UNDETERMINED where something happened that nothing attributes, else none."""
    mine = [i for i in ground.incidents if i.party == UNDETERMINED and _counts(i) and _meets(i, interval, ground.terms)]
    word, reasons = _accuse(mine, interval)
    if word is None:
        return ()
    clause, reading = ground.terms.clause.id, ground.terms.reading
    watch = Watch(None, ground.terms.clause.coverage)
    return (Standing(clause, reading, UNDETERMINED, interval, word, watch, tuple(i.id for i in mine), tuple(reasons)),)


def _weigh(
    ground: Ground, party: str, interval: Interval, watch: Watch, incidents: Sequence[Incident]
) -> tuple[Word, list[str]]:
    """Return the word for a party that the clause binds, and why."""
    own = [incident for incident in incidents if incident.party == party and _counts(incident)]
    listed = _list_aside(incidents)
    word, reasons = _accuse(own, interval)
    if word is not None:
        return word, [*reasons, *listed]
    obstacles = [*_list_obstacles(ground, party, interval, incidents), *_list_gaps(watch)]
    if obstacles:
        return Word.NOT_DETERMINABLE, [*obstacles, *listed]
    share, required = watch.share or 0.0, watch.required or 0.0
    return Word.KEPT, [
        f"no incident, and {say_share(share)} of zone and time was watched; {say_share(required)} is required",
        *listed,
    ]


def _accuse(incidents: Sequence[Incident], interval: Interval) -> tuple[Word | None, list[str]]:
    """Return breached or suspected where an incident certainly lies in this time, and why; else None."""
    placed = [i for i in incidents if not i.edge_uncertain and not _crosses(i, interval)]
    proven = [i for i in placed if _proves(i)]
    open_ones = [i for i in placed if not _proves(i)]
    reasons = [_say(incident) for incident in (*proven, *open_ones)]
    if proven:
        return Word.BREACHED, reasons
    return (Word.SUSPECTED, reasons) if open_ones else (None, [])


def _proves(incident: Incident) -> bool:
    """Return whether an incident makes "breached": confirmed, or corroborated at a place certainly in the zone."""
    if incident.status is Status.CONFIRMED:
        return True
    return incident.status is Status.CORROBORATED and not incident.place_uncertain


def _say(incident: Incident) -> str:
    """Return in words what an incident is worth."""
    when = format_utc(incident.span.start)
    if incident.status is Status.CONFIRMED and incident.review is not None:
        return f"incident {incident.id} at {when}: confirmed by {incident.review.reviewer}"
    if incident.status is Status.CORROBORATED and incident.place_uncertain:
        return f"incident {incident.id} at {when}: corroborated, but it may lie outside the zone"
    if incident.status is Status.CORROBORATED:
        return f"incident {incident.id} at {when}: corroborated by {len(incident.lineages)} independent origins"
    if incident.status is Status.CONTESTED:
        return f"incident {incident.id} at {when}: contested, so a suspicion and no more"
    origins = "one origin" if len(incident.lineages) == 1 else f"{len(incident.lineages)} independent origins"
    return f"incident {incident.id} at {when}: alleged by {origins}, not corroborated"


def _list_aside(incidents: Sequence[Incident]) -> list[str]:
    """Return what is listed and does not count: what was excused and what a reviewer dismissed."""
    excused = [f"incident {i.id} does not count: excused by {i.excused_by}" for i in incidents if i.excused_by]
    dismissed = [
        f"incident {i.id} does not count: dismissed by {i.review.reviewer if i.review else 'a reviewer'}"
        for i in incidents
        if i.status is Status.DISMISSED and not i.excused_by
    ]
    return excused + dismissed


def _list_obstacles(ground: Ground, party: str, interval: Interval, incidents: Sequence[Incident]) -> list[str]:
    """Return what stands in the way of "kept": incidents that could be this party's, and hints."""
    obstacles = []
    for incident in (i for i in incidents if _counts(i)):
        if incident.party == UNDETERMINED:
            obstacles.append(f"incident {incident.id}: nobody knows whose it is, so it may be this party's")
        elif incident.party != party:
            obstacles.append(f"incident {incident.id}: some of the evidence attributes it to this party")
        elif incident.edge_uncertain or _crosses(incident, interval):
            obstacles.append(f"incident {incident.id}: it may lie outside this time; the evidence is too wide to say")
    hints = [f for f in ground.hints if f.party in (party, UNDETERMINED) and _overlaps(f.span, interval)]
    return [*obstacles, *_list_hints(hints)]


def _list_hints(hints: Sequence[Finding]) -> list[str]:
    """Return what the hints are: mere indicators, and rows that may be no breach, with the reasons for that."""
    signs = [hint for hint in hints if hint.kind in INDICATORS]
    unsure = [hint for hint in hints if hint.kind not in INDICATORS]
    listed = []
    if signs:
        kinds = ", ".join(sorted({hint.kind for hint in signs}))
        listed.append(f"indicators only ({len(signs)}: {kinds}): they make no suspicion, and no certainty either")
    if unsure:
        whys = "; ".join(sorted({doubt for hint in unsure for doubt in hint.doubts})[:3])
        listed.append(f"{len(unsure)} that may be a breach or none: {whys or 'it cannot be told'}")
    return listed


def _list_gaps(watch: Watch) -> list[str]:
    """Return why the watch does not carry "kept"; empty where it does."""
    if watch.required is None:
        return ['the clause does not say what share must be watched, so "kept" is never said']
    if watch.share is None:
        return ["no coverage can be said: " + ("; ".join(watch.reasons[:3]) or "none is declared")]
    if not watch.share >= watch.required:
        return [f"{say_share(watch.share)} of zone and time was watched; {say_share(watch.required)} is required"]
    if watch.share <= 0:
        return ['nobody watched, so "kept" cannot be said, whatever share is required']
    return []


def _counts(incident: Incident) -> bool:
    return incident.status is not Status.DISMISSED and incident.excused_by is None


def _concerns(incident: Incident, party: str) -> bool:
    return incident.parties.get(party, 0.0) > 0 or incident.party == UNDETERMINED


def _meets(incident: Incident, interval: Interval, terms: Terms) -> bool:
    """Return whether an incident lies, or may lie, in an interval.

    One in the time that the declared clocks leave open touches the first or the last stretch.
    """
    if _overlaps(incident.span, interval) or not incident.edge_uncertain or terms.interval is None:
        return _overlaps(incident.span, interval)
    end = incident.span.end or incident.span.start
    before = interval.start == terms.interval.start and end <= interval.start
    after = interval.end == terms.interval.end and interval.end is not None and incident.span.start >= interval.end
    return before or after


def _overlaps(span: Interval, interval: Interval) -> bool:
    return span.start in interval if span.end == span.start else span.overlap(interval) is not None


def _crosses(incident: Incident, interval: Interval) -> bool:
    """Return whether it cannot be told on which side of an edge something happened.

    What rests on positions, such as a stay inside a zone, went on for all of its span: on both sides.
    """
    if not LASTING.isdisjoint(incident.kinds):
        return False
    within = incident.span.start >= interval.start
    return not (within and (interval.end is None or (incident.span.end or interval.end) <= interval.end))


def _no_meaning(terms: Terms) -> str:
    if terms.clause.kind == "text":
        return "words that no sensor can judge: shown, never judged by a machine"
    return f'clauses of kind "{terms.clause.kind}" are not evaluated yet'
