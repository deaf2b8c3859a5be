"""No entry: platforms of a party stay out of a zone, a band of altitude, or hours of the day.

Evidence is positions (stays inside, and passages between two positions of which neither is) and sightings
(events that say what was seen). A party comes from what the case knows of a platform or from the
observer, never from a flag.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from truceline.agreement.actors import find_party, name_parties
from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import NO_CATEGORY, NO_IDENTITY, Subject, is_named, list_subjects, name_roots
from truceline.clauses.conduct import (
    Episode,
    Words,
    judge,
    list_errors,
    name_sources,
    name_subject,
    say_minutes,
    says_what,
    surround,
)
from truceline.clauses.contents import seal
from truceline.clauses.episodes import NO_ALTITUDE, Stay, find_stays, holds
from truceline.clauses.extent import list_wanted, read_area
from truceline.clauses.followed import Pursuit, list_present, read_pursuit, read_tracks
from truceline.clauses.likeness import Track, is_seen
from truceline.clauses.no_attack import UNPLACED, make_event_finding, select_rows
from truceline.clauses.passages import find_passages
from truceline.clauses.recognition import list_open, recognise
from truceline.evidence.sight import AIRCRAFT, VESSELS, is_cooperative, name_lineages, needs_of_platform
from truceline.evidence.store import Evidence
from truceline.model import Finding

__all__ = ["ENTRY", "SIGHTINGS", "find_entries", "name_entries"]

ENTRY = "entry"
"""The kind of a finding that rests on positions; one from a sighting has the event's kind."""

SIGHTINGS = ("naval-incident", "overflight", "observation")
WIDEST_SIGHTING_M = 15_000.0  # a wider one fits any track


def name_entries(terms: Terms) -> tuple[str, ...]:
    """Return the categories of platform that must be watched."""
    return tuple(dict.fromkeys(needs_of_platform(name) for name in list_wanted(terms)))


def find_entries(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each stay of a platform that the clause concerns, each passage, and each sighting."""
    area, pursuit = read_area(terms, agreement, evidence), read_pursuit(terms, agreement, evidence)
    tracks: list[tuple[str, Track]] = []
    if area is not None and pursuit is not None:
        for finding, track in _find_tracks(replace(pursuit, area=area)):
            yield finding
            tracks.append((finding.platform or "", track))
    for sighting in _find_sightings(terms, agreement, evidence):
        yield _name_platform(sighting, tracks)


def _find_tracks(pursuit: Pursuit) -> Iterator[tuple[Finding, Track]]:
    """Yield the finding of each stay and passage that the clause concerns, and its track."""
    lineages = name_lineages(pursuit.evidence.plan)
    for episode, subject, doubts in _list_episodes(pursuit):
        hints = (*episode.hints, *_list_hints(pursuit, episode, subject))
        doubts = (*episode.doubts, *list_errors(episode), *_list_doubts(pursuit, episode.stay, subject), *doubts)
        finding = judge(pursuit, ENTRY, episode, subject, lineages, Words(hints, doubts, _describe(episode, subject)))
        if finding is not None:
            yield finding, episode.stay.track


def _list_episodes(pursuit: Pursuit) -> Iterator[tuple[Episode, Subject, tuple[str, ...]]]:
    """Yield each stay and passage with whose it is, as far as all tracks together tell, and doubts about that.

    An anonymous one that a platform explains which is no concern of the clause is left out.
    """
    positions, area = pursuit.evidence.positions, pursuit.area
    present = list_present(pursuit, area.shape)
    subjects = list_subjects(present, pursuit.evidence.platforms, pursuit.wanted, pursuit.agreement)
    followed = list_open(subjects)
    merged = [source.name for source in pursuit.evidence.plan.sources if is_cooperative(source)]
    stays = [_make_episode(pursuit, stay) for stay in find_stays(positions, area, followed, merged)]
    passages = list(_find_passages(pursuit, followed, present, subjects))
    episodes = [*stays, *passages]
    around = surround([passage.stay for passage in passages], area, area.shape)
    for number, subject, doubts in recognise([each.stay for each in episodes], subjects, positions, around):
        yield episodes[number], subject, doubts


def _find_passages(
    pursuit: Pursuit, followed: Collection[str], present: Mapping[str, int], subjects: Mapping[str, Subject]
) -> Iterator[Episode]:
    """Yield the ways through the zone between two positions of which none is in a stay."""
    for tracks in read_tracks(pursuit, followed, present):
        counted = holds(pursuit.area.shape, tracks.lon, tracks.lat) & tracks.held
        yield from find_passages(pursuit, pursuit.area, tracks, subjects, counted)


def _make_episode(pursuit: Pursuit, stay: Stay) -> Episode:
    """Return how far a stay went beyond the clause: its metres inside the edge, less the margin."""
    return Episode(
        stay=stay,
        measured=stay.depth_m,
        limit=pursuit.margin_m,
        unit="m",
        reach=stay.depth_m - pursuit.margin_m,
        error=stay.accuracy_m,
        what="",
        shown=stay.last - stay.first,
        longest=(stay.after or stay.last) - (stay.before or stay.first),
    )


def _list_hints(pursuit: Pursuit, episode: Episode, subject: Subject) -> Iterator[str]:
    """Yield why a stay can be no more than a hint; nothing where it shows an entry."""
    if subject.bearing == "unknown":
        yield NO_CATEGORY
    if episode.reach < 0:
        yield f"{episode.measured:.0f} m inside: the clause allows a margin of {pursuit.margin_m:.0f} m"
    if episode.shown < pursuit.persistence:
        shown, longest, asked = map(say_minutes, (episode.shown, episode.longest, pursuit.persistence))
        yield f"shown inside for {shown}, at most {longest}; the clause asks for {asked}"


def _list_doubts(pursuit: Pursuit, stay: Stay, subject: Subject) -> Iterator[str]:
    """Yield what speaks against taking the positions as they stand."""
    if subject.bearing == "anonymous":
        yield NO_IDENTITY
    elif subject.bearing == "named" and not says_what(pursuit, subject):
        yield NO_CATEGORY
    root = subject.category if subject.category in ("vessel", "aircraft") else subject.kind
    if pursuit.area.altitude_m is not None and not stay.altitude_known and root != "vessel":
        yield NO_ALTITUDE


def _describe(episode: Episode, subject: Subject) -> str:
    stay = episode.stay
    depth = f", up to {stay.depth_m:.0f} m inside" if np.isfinite(stay.depth_m) else ""
    what = episode.what or f"{stay.count} positions inside{depth}"
    return f"{name_subject(stay, subject)}: {what}, by {name_sources(stay)}"


def _find_sightings(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    names, lineages = name_parties(agreement), name_lineages(evidence.plan)
    wanted = list_wanted(terms)
    for row in select_rows(terms, evidence, terms.values.get("events", SIGHTINGS)):
        named = is_named(row["object"], wanted)
        if named is False or (named is None and not _may_concern(row["kind"], wanted)):
            continue
        hints = [] if row["inside"] else [UNPLACED]
        doubts = [] if named else [NO_CATEGORY]
        party = find_party(row["actor"], names)
        finding = make_event_finding(terms, row, party, lineages, hints, doubts)
        if finding is not None:
            yield finding


def _name_platform(sighting: Finding, tracks: Sequence[tuple[str, Track]]) -> Finding:
    """Return a sighting with the platform whose track alone it fits; as it is where several or none do."""
    if sighting.lon is None or sighting.lat is None or (sighting.radius_m or 0.0) > WIDEST_SIGHTING_M:
        return sighting
    span = (sighting.span.start, sighting.span.end or sighting.span.start)
    place = (sighting.lon, sighting.lat, sighting.radius_m or 0.0)
    fitting = {platform for platform, track in tracks if is_seen(track, span, place)}
    return seal(replace(sighting, platform=fitting.pop())) if len(fitting) == 1 else sighting


def _may_concern(kind: str, wanted: Sequence[str]) -> bool:
    """Return whether a sighting that does not say what was seen may still be of a named platform."""
    roots: Collection[str] = name_roots(wanted)
    sea = kind == "naval-incident" and VESSELS[0] in roots
    return sea or (kind == "overflight" and AIRCRAFT[0] in roots)
