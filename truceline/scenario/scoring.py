"""How well an assessment did against the truth.

A breach is found when an incident of the same clause, neither dismissed nor excused, overlaps it within half
an hour and lies within 10 km of where it was then, and names the same party or "undetermined". An
incident on evidence that finds no breach is a false alarm; what only indicators hint at is not
counted as one, since it makes no standing. "Kept" is false where a breach overlaps the period and
was by that party, or by one that nothing could have told; "breached" is false where none did.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from truceline.model import UNDETERMINED, Assessment, Incident, Standing, Status, Word
from truceline.scenario.truth import Breach, Truth, read_truth
from truceline.spacetime import Interval, format_utc
from truceline.spacetime.shapes import distance_m

TIME_TOLERANCE = timedelta(minutes=30)
DISTANCE_TOLERANCE_M = 10_000.0


@dataclass(frozen=True, slots=True)
class Said:
    """One word that was said: of which clause, party and period."""

    clause: str
    party: str
    start: datetime
    end: datetime | None

    def __str__(self) -> str:
        """Return it on one line."""
        return (
            f"{self.clause} by {self.party}, {format_utc(self.start)} to {format_utc(self.end) if self.end else 'open'}"
        )


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one run. Lists hold ids, of breaches in the truth and of incidents.

    `seeable` are the breaches that some source, of those used and that had reported by then, could
    have seen; `recall` is the share of them that was found, None where there was none. `attributed`
    counts the found ones with the actual party named. `days` is the simulated time up to the cut-off.
    `kept` and `breached` are the times that these words were said of a party, and the false ones
    among them.
    """

    breaches: int
    seeable: tuple[str, ...]
    found: tuple[str, ...]
    missed: tuple[str, ...]
    recall: float | None
    attributed: int
    incidents: int
    false_alarms: tuple[str, ...]
    days: float
    false_alarms_per_day: float | None
    kept: tuple[Said, ...]
    false_kept: tuple[Said, ...]
    breached: tuple[Said, ...]
    false_breached: tuple[Said, ...]

    def lines(self) -> tuple[str, ...]:
        """Return the score as lines for a person."""
        recall = "no breach that could be seen" if self.recall is None else f"{self.recall:.0%}"
        rate = "no time" if self.false_alarms_per_day is None else f"{self.false_alarms_per_day:.2f} a day"
        return (
            f"Against the truth: {self.breaches} breaches planted, {len(self.seeable)} could be seen",
            f"  recall          {recall} ({len(self.found)} of {len(self.seeable)}; party named in {self.attributed})",
            f"  false alarms    {len(self.false_alarms)} of {self.incidents} incidents, {rate} over {self.days:g} days",
            f'  false "kept"    {len(self.false_kept)} of {len(self.kept)} said',
            f'  false "breached" against a party: {len(self.false_breached)} of {len(self.breached)} said',
            *(f"  missed          {name}" for name in self.missed),
            *(f"  false alarm     {name}" for name in self.false_alarms),
            *(f'  false "kept"    {said}' for said in self.false_kept),
            *(f'  false "breached" {said}' for said in self.false_breached),
        )


def score(assessment: Assessment, truth_path: Path) -> Score:
    """Score an assessment against `truth.json`.

    Breaches at or after the cut-off are left out, and so are sources of providers that were left
    out and those that had not reported at `as_of`. Raises CaseError for a truth that cannot be read.
    """
    truth = read_truth(truth_path)
    breaches = [breach for breach in truth.breaches if breach.span.start < assessment.cut_off]
    seeable = [breach for breach in breaches if _name_seers(breach, truth, assessment)]
    alarms = [incident for incident in assessment.incidents if _accuses(incident)]
    found = [breach for breach in seeable if any(hits(incident, breach) for incident in alarms)]
    false = [incident.id for incident in alarms if not any(hits(incident, breach) for breach in truth.breaches)]
    days = _count_days(truth.interval, assessment.cut_off)
    kept = tuple(dict.fromkeys(_list_said(assessment, Word.KEPT)))
    breached = tuple(said for said in _list_said(assessment, Word.BREACHED) if said.party != UNDETERMINED)
    return Score(
        breaches=len(breaches),
        seeable=tuple(breach.id for breach in seeable),
        found=tuple(breach.id for breach in found),
        missed=tuple(breach.id for breach in seeable if breach not in found),
        recall=len(found) / len(seeable) if seeable else None,
        attributed=sum(any(hits(i, b) and i.party == b.actual for i in alarms) for b in found),
        incidents=len(alarms),
        false_alarms=tuple(sorted(false)),
        days=days,
        false_alarms_per_day=len(false) / days if days else None,
        kept=kept,
        false_kept=tuple(said for said in kept if any(_denies(said, breach) for breach in breaches)),
        breached=breached,
        false_breached=tuple(said for said in breached if not any(_did(said, breach) for breach in breaches)),
    )


def hits(incident: Incident, breach: Breach) -> bool:
    """Return whether an incident is this breach: clause, party, time and place."""
    if incident.clause != breach.clause or incident.party not in (breach.party, UNDETERMINED):
        return False
    start, end = incident.span.start, incident.span.end or incident.span.start
    if not _near(start, end, breach.span) or incident.lon is None or incident.lat is None:
        return False
    lon, lat = _trace(breach, start - TIME_TOLERANCE, end + TIME_TOLERANCE)
    return bool(np.min(distance_m(incident.lon, incident.lat, lon, lat)) <= DISTANCE_TOLERANCE_M)


def _trace(breach: Breach, start: datetime, end: datetime) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the breach was at ten times between each two points of its path, from `start` to `end`."""
    seconds = np.array([time.timestamp() for time, _, _ in breach.path])
    lons, lats = np.array([place for _, *place in breach.path], dtype=np.float64).T
    steps = np.arange(10 * (len(seconds) - 1) + 1) / 10
    times = np.interp(steps, np.arange(len(seconds)), seconds)
    near = times[(times >= start.timestamp()) & (times <= end.timestamp())]
    # an incident just beside the breach in time is measured from the nearer end of its path
    asked = near if len(near) else np.clip([start.timestamp()], seconds[0], seconds[-1])
    return np.interp(asked, seconds, lons), np.interp(asked, seconds, lats)


def _accuses(incident: Incident) -> bool:
    """Return whether an incident counts: shown by more than indicators, neither dismissed nor excused."""
    return bool(incident.lineages) and incident.status is not Status.DISMISSED and incident.excused_by is None


def _near(start: datetime, end: datetime, span: Interval) -> bool:
    last = span.end or span.start
    return start <= last + TIME_TOLERANCE and end >= span.start - TIME_TOLERANCE


def _name_seers(breach: Breach, truth: Truth, assessment: Assessment) -> Collection[str]:
    """Return the sources that could have shown the breach in this run."""
    latest = assessment.as_of
    return [
        source
        for source, known in breach.seen_by.items()
        if truth.providers.get(source) not in assessment.without and (latest is None or known <= latest)
    ]


def _count_days(interval: Interval, cut_off: datetime) -> float:
    end = min(cut_off, interval.end) if interval.end else cut_off
    return max((end - interval.start) / timedelta(days=1), 0.0)


def _list_said(assessment: Assessment, word: Word) -> Iterator[Said]:
    """Yield each time that a word was said, of periods and of the whole."""
    for clause in assessment.clauses:
        standings: list[Standing] = [*clause.standings, *(one for _, period in clause.periods for one in period)]
        for standing in standings:
            if standing.word is word:
                yield Said(standing.clause, standing.party, standing.interval.start, standing.interval.end)


def _denies(said: Said, breach: Breach) -> bool:
    """Return whether "kept" is false in the face of a breach: by that party, or by whom nothing could tell."""
    could_be = said.party in (breach.actual, UNDETERMINED) or breach.party == UNDETERMINED
    return could_be and _meet(said, breach)


def _did(said: Said, breach: Breach) -> bool:
    """Return whether "breached" is true of a breach: it was that party."""
    return said.party == breach.actual and _meet(said, breach)


def _meet(said: Said, breach: Breach) -> bool:
    return said.clause == breach.clause and Interval(said.start, said.end).overlap(breach.span) is not None
