"""No entry: platforms of a party stay out of a zone, a band of altitude, or hours of the day.

Evidence is positions (stays inside) and sightings (events that say what was seen). A party comes
from what the case knows of a platform or from the observer, never from a flag.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from truceline.agreement.actors import find_party, name_parties
from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject, is_named, list_subjects, name_roots
from truceline.clauses.contents import lies_within, seal, when_bound
from truceline.clauses.episodes import Area, Stay, find_present, find_stays
from truceline.clauses.likeness import Track, is_seen
from truceline.clauses.no_attack import UNPLACED, make_event_finding, select_rows
from truceline.clauses.recognition import list_open, recognise
from truceline.evidence.sight import AIRCRAFT, VESSELS, is_cooperative, name_lineages, needs_of_platform
from truceline.evidence.store import Evidence
from truceline.model import UNDETERMINED, Finding
from truceline.spacetime import Interval, read_duration
from truceline.spacetime.shapes import circle
from truceline.spacetime.units import read_distance

__all__ = ["ENTRY", "SIGHTINGS", "find_entries", "name_entries"]

ENTRY = "entry"
"""The kind of a finding that rests on positions; one from a sighting has the event's kind."""

SIGHTINGS = ("naval-incident", "overflight", "observation")
NO_IDENTITY = "no identity: an anonymous track that nothing identifies"
NO_CATEGORY = "what kind of platform it is, is not known"
NO_ALTITUDE = "altitude not known"
WIDEST_SIGHTING_M = 15_000.0  # a wider one fits any track


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: where, which platforms, for how long at least, how deep at least."""

    terms: Terms
    agreement: Agreement
    evidence: Evidence
    area: Area
    wanted: tuple[str, ...]
    persistence: timedelta
    margin_m: float


def name_entries(terms: Terms) -> tuple[str, ...]:
    """Return the categories of platform that must be watched."""
    return tuple(dict.fromkeys(needs_of_platform(name) for name in list_wanted(terms)))


def list_wanted(terms: Terms) -> tuple[str, ...]:
    """Return the categories and ids that the clause names."""
    named = terms.values.get("platforms", ())
    return (named,) if isinstance(named, str) else tuple(named)


def find_entries(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each stay of a platform that the clause concerns, and for each sighting of one."""
    area = read_area(terms, agreement, evidence)
    tracks: list[tuple[str, Track]] = []
    if area is not None:
        margin = terms.values.get("margin")
        persistence = terms.values.get("persistence")
        search = Search(
            terms,
            agreement,
            evidence,
            area,
            list_wanted(terms),
            read_duration(persistence) if persistence else timedelta(0),
            read_distance(margin) if margin else 0.0,
        )
        for finding, track in _find_tracks(search):
            yield finding
            tracks.append((finding.platform or "", track))
    for sighting in _find_sightings(terms, agreement, evidence):
        yield _name_platform(sighting, tracks)


def read_area(terms: Terms, agreement: Agreement, evidence: Evidence) -> Area | None:
    """Return where and when to look for positions; None where the clause has no place or no time."""
    if terms.possible is None or terms.zone is None:
        return None
    shape = draw_zone(terms.zone.shape, terms.zone.areas, evidence)
    if shape is None:
        return None
    return Area(
        shape,
        terms.possible.start,
        terms.possible.end,
        terms.zone.altitude_m,
        read_hours(terms.values.get("hours")),
        agreement.zone_of_time,
    )


def draw_zone(shape: BaseGeometry | None, areas: Sequence[str], evidence: Evidence) -> BaseGeometry | None:
    """Return the zone's shape with the outlines (or discs) of its areas; None where nothing can be drawn."""
    places = [place for place in map(evidence.gazetteer.find, areas) if place is not None]
    parts = [place.shape or circle(place.lon, place.lat, place.radius_m) for place in places]
    return shapely.union_all([*([shape] if shape is not None else []), *parts]) if shape is not None or parts else None


def read_hours(value: Sequence[str] | None) -> tuple[int, int] | None:
    """Return ["22:00", "06:00"] as minutes of the day, which `check_clauses` has checked."""
    if not value:
        return None
    first, last = (int(text[:2]) * 60 + int(text[3:5]) for text in value)
    return first, last


def _find_tracks(search: Search) -> Iterator[tuple[Finding, Track]]:
    """Yield the finding of each stay that the clause concerns, and its track."""
    lineages = name_lineages(search.evidence.plan)
    for stay, subject, doubts in _list_stays(search):
        finding = _weigh_stay(search, stay, subject, lineages, doubts)
        if finding is not None:
            yield finding, stay.track


def _list_stays(search: Search) -> Iterator[tuple[Stay, Subject, tuple[str, ...]]]:
    """Yield each stay with whose it is, as far as all tracks together tell, and doubts about that.

    An anonymous stay that a platform explains which is no concern of the clause is left out.
    """
    positions, area = search.evidence.positions, search.area
    present = find_present(positions, area)
    subjects = list_subjects(present, search.evidence.platforms, search.wanted, search.agreement)
    merged = [source.name for source in search.evidence.plan.sources if is_cooperative(source)]
    stays = list(find_stays(positions, area, list_open(subjects), merged))
    for number, subject, doubts in recognise(stays, subjects, positions, area):
        yield stays[number], subject, doubts


def _weigh_stay(
    search: Search, stay: Stay, subject: Subject, lineages: Mapping[str, str], doubts: Sequence[str]
) -> Finding | None:
    """Return the finding of one stay, or None where the clause did not bind the platform's party then."""
    terms = search.terms
    span = Interval(stay.first, stay.last)
    edge = when_bound(terms, subject.party, span)
    if edge is None:
        return None
    reach = stay.depth_m - search.margin_m
    longest = (stay.after or stay.last) - (stay.before or stay.first)
    if reach + (stay.accuracy_m or 0.0) < 0 or longest < search.persistence:
        return None  # certainly within what the clause allows
    hints = _list_hints(search, stay, subject, longest)
    source = stay.sources[0]
    known = next((s for s in search.evidence.plan.sources if s.name == source), None)
    return seal(
        Finding(
            id="",
            clause=terms.clause.id,
            reading=terms.reading,
            kind=ENTRY,
            span=span,
            lon=stay.lon,
            lat=stay.lat,
            radius_m=stay.radius_m,
            area=None,
            party=subject.party,
            source=source,
            lineage=lineages.get(source, source),
            indicator=bool(hints),
            measured=stay.depth_m if np.isfinite(stay.depth_m) else None,
            limit=search.margin_m,
            unit="m",
            margin=reach if np.isfinite(reach) else None,
            rows=stay.rows,
            text=_describe(stay, subject),
            platform=subject.platform,
            reliability=known.reliability if known else None,
            credibility=known.credibility if known else None,
            edge_uncertain=edge and not _has_certain_position(terms, subject.party, stay),
            place_uncertain=stay.accuracy_m is not None and reach < stay.accuracy_m,
            received_utc=stay.received_utc,
            doubts=(*hints, *_list_doubts(search, stay, subject), *doubts),
        )
    )


def _list_hints(search: Search, stay: Stay, subject: Subject, longest: timedelta) -> list[str]:
    """Return why a stay can be no more than a hint; empty where it shows an entry."""
    hints = []
    if subject.bearing == "unknown":
        hints.append(NO_CATEGORY)
    if stay.depth_m < search.margin_m:
        hints.append(f"{stay.depth_m:.0f} m inside: the clause allows a margin of {search.margin_m:.0f} m")
    if stay.last - stay.first < search.persistence:
        shown = _minutes(stay.last - stay.first)
        hints.append(
            f"shown inside for {shown}, at most {_minutes(longest)}; the clause asks for {_minutes(search.persistence)}"
        )
    return hints


def _list_doubts(search: Search, stay: Stay, subject: Subject) -> Iterator[str]:
    """Yield what speaks against taking the positions as they stand."""
    if subject.bearing == "anonymous":
        yield NO_IDENTITY
    elif _is_only_of_a_party(search, subject):
        yield NO_CATEGORY
    root = subject.category if subject.category in ("vessel", "aircraft") else subject.kind
    if search.area.altitude_m is not None and not stay.altitude_known and root != "vessel":
        yield NO_ALTITUDE


def _is_only_of_a_party(search: Search, subject: Subject) -> bool:
    """Return whether a platform is named because its party is known, though what it is does not say so."""
    named = subject.platform in search.wanted or is_named(subject.category or subject.kind, search.wanted)
    return subject.bearing == "named" and not named


def _has_certain_position(terms: Terms, party: str, stay: Stay) -> bool:
    """Return whether one of the first and last positions lies in the time that is certain."""
    certain = terms.interval if party == UNDETERMINED else terms.by_party.get(party)
    return certain is not None and any(lies_within(Interval(t, t), certain) for t in (stay.first, stay.last))


def _describe(stay: Stay, subject: Subject) -> str:
    what = subject.category or subject.kind or "platform"
    by = "" if stay.platform == subject.platform else f", which {stay.platform} fits"
    depth = f", up to {stay.depth_m:.0f} m inside" if np.isfinite(stay.depth_m) else ""
    return f"{what} {subject.platform}{by}: {stay.count} positions inside{depth}, by {', '.join(stay.sources)}"


def _minutes(length: timedelta) -> str:
    return f"{length / timedelta(minutes=1):.0f} min"


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
