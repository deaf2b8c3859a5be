"""No encounter: two platforms do not lie alongside each other in a zone.

A finding is a time of at least `persistence` (2 h unless the clause says otherwise) in which two
tracks, both in the zone, are within `distance` (500 m unless it says otherwise), across midnight like
at any other time. `docs/kinds.md` says how that differs from Global Fishing Watch's encounters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject, is_named
from truceline.clauses.conduct import Episode, find_pairs_conduct
from truceline.clauses.episodes import holds
from truceline.clauses.extent import draw_zone
from truceline.clauses.followed import Pursuit, Tracks, instant, select
from truceline.clauses.others import Pair, list_pairs, make_pair_stay
from truceline.clauses.recognition import is_track
from truceline.evidence.store import Evidence
from truceline.model import Finding
from truceline.spacetime.shapes import distance_m
from truceline.spacetime.units import read_distance, read_speed

__all__ = ["DISTANCE", "ENCOUNTER", "PAUSE", "PERSISTENCE", "find_encounters"]

ENCOUNTER = "encounter"
"""The kind of a finding of two platforms alongside each other."""

DISTANCE, PERSISTENCE = "500 m", "2 h"
"""What holds where the clause says nothing."""

PAUSE = timedelta(minutes=10)
"""Time apart that does not end an encounter: positions scatter."""

_UNKNOWN_OTHER = "what the other one is, is not known"
_KNOT = 1852 / 3600


def find_encounters(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each encounter of a platform that the clause concerns; one where both are of one party."""
    shape = draw_zone(terms.zone.shape, terms.zone.areas, evidence) if terms.zone is not None else None
    if shape is None:
        return iter(())
    asked = replace(terms, values={"persistence": PERSISTENCE, **terms.values})
    return find_pairs_conduct(asked, agreement, evidence, ENCOUNTER, ("distance", "speed", "with"), _find, shape)


def _find(
    pursuit: Pursuit, values: Mapping[str, object], tracks: Tracks, subjects: Mapping[str, Subject]
) -> Iterator[Episode]:
    zone = pursuit.terms.zone
    shape = draw_zone(zone.shape, zone.areas, pursuit.evidence) if zone is not None else None
    if shape is None:
        return
    reach_m = read_distance(values["distance"] or DISTANCE)
    partners = values["with"] if isinstance(values["with"], list) else None

    def fits(one: str, other: str) -> bool:
        return _is_pair(subjects[one], subjects[other], partners)

    counted = tracks.held & holds(shape, tracks.lon, tracks.lat)
    concerned = select(tracks, (name for name, subject in subjects.items() if subject.bearing != "unnamed"))
    partnered = select(tracks, (name for name, subject in subjects.items() if _may_be(subject, partners)))
    for pair in list_pairs(tracks, (counted & concerned, counted & partnered), reach_m, fits, PAUSE):
        longest = instant(pair.meeting.end) - instant(pair.meeting.start) + _beyond(tracks, pair)
        if longest >= pursuit.persistence and _share_source(tracks, subjects, pair):
            episode = _make_episode(pursuit, tracks, subjects, pair, (reach_m, partners))
            if not values["speed"] or _is_slow(tracks, pair, read_speed(values["speed"])):
                yield episode


def _is_pair(mine: Subject, theirs: Subject, partners: list[str] | None) -> bool:
    """Return whether the clause is about the one meeting the other; of two alike of one party, about the first only."""
    if mine.bearing == "unnamed" or theirs.kind == "station" or not _may_be(theirs, partners):
        return False
    alike = mine.bearing == theirs.bearing and mine.party == theirs.party and _may_be(mine, partners)
    return not alike or mine.platform < theirs.platform


def _may_be(subject: Subject, partners: list[str] | None) -> bool:
    if partners is None or subject.platform in partners:
        return True
    return is_named(subject.category or (None if is_track(subject) else subject.kind), partners) is not False


def _share_source(tracks: Tracks, subjects: Mapping[str, Subject], pair: Pair) -> bool:
    """Return whether two tracks are certainly two platforms: both identified, or tracks of one source at one time."""
    rows = pair.one[0], pair.other[0]
    names, channels = ([tracks.rows[column][row] for row in rows] for column in ("platform", "channel"))
    return channels[0] == channels[1] or not any(is_track(subjects[name]) for name in names)


def _is_slow(tracks: Tracks, pair: Pair, limit_kn: float) -> bool:
    """Return whether both made less way than this, from the first position of the encounter to the last."""
    for first, end in (pair.one, pair.other):
        seconds = max((tracks.micros[end - 1] - tracks.micros[first]) / 1e6, 1.0)
        lon, lat = tracks.lon[first:end], tracks.lat[first:end]
        way = np.sum(distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:])) if end - first > 1 else 0.0
        if way / seconds / _KNOT >= limit_kn:
            return False
    return True


def _make_episode(
    pursuit: Pursuit,
    tracks: Tracks,
    subjects: Mapping[str, Subject],
    pair: Pair,
    asked: tuple[float, list[str] | None],
) -> Episode:
    meeting, (reach_m, partners) = pair.meeting, asked
    stay, error = make_pair_stay(tracks, pair, (meeting.start, meeting.end))
    other = subjects[tracks.rows["platform"][pair.other[0]]]
    shown = instant(meeting.end) - instant(meeting.start)
    named = partners is None or other.platform in partners or is_named(other.category or other.kind, partners)
    return Episode(
        stay=stay,
        measured=meeting.metres,
        limit=reach_m,
        unit="m",
        reach=reach_m - pursuit.margin_m - meeting.metres,
        error=error,
        what=f"{shown.total_seconds() / 3600:.1f} h within {reach_m:.0f} m of {other.category or 'platform'} "
        f"{other.platform}, as near as {meeting.metres:.0f} m",
        shown=shown,
        longest=shown + _beyond(tracks, pair),
        hints=() if named else (_UNKNOWN_OTHER,),
        other=other.platform,
    )


def _beyond(tracks: Tracks, pair: Pair) -> timedelta:
    """Return how much longer it may have lasted: where one of the two is not heard before or after."""
    start = max(tracks.micros[first] for first, _ in (pair.one, pair.other))
    end = min(tracks.micros[last - 1] for _, last in (pair.one, pair.other))
    open_start, open_end = pair.meeting.start <= start, pair.meeting.end >= end
    return timedelta(minutes=30) * (int(open_start) + int(open_end))
