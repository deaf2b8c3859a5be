"""What platforms did: the tracks of those that a clause is about, and findings from their episodes.

Every positional kind goes this way:

    positions ──> Tracks ──> episodes of its own ──> whose they are ──> findings

A kind says where to look and what an episode is (`Finder`); the rest is the same for all: which
platforms the clause names, values that differ by party, who an anonymous track is, the clause's
time and hours, persistence, margin, and what accuracy allows to be said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import isfinite

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import NO_CATEGORY, NO_IDENTITY, Subject, is_named, list_subjects
from truceline.clauses.contents import lies_within, seal, when_bound
from truceline.clauses.episodes import Area, Stay
from truceline.clauses.followed import (
    Pursuit,
    Tracks,
    list_present,
    read_all_tracks,
    read_pursuit,
    read_tracks,
)
from truceline.clauses.recognition import recognise
from truceline.evidence.sight import name_lineages
from truceline.evidence.store import Evidence
from truceline.model import UNDETERMINED, Finding
from truceline.spacetime import Interval

__all__ = [
    "BY_PARTY",
    "Episode",
    "Finder",
    "Words",
    "find_conduct",
    "find_pairs_conduct",
    "judge",
    "list_errors",
    "name_sources",
    "name_subject",
    "say_minutes",
    "says_what",
    "split_by_party",
    "surround",
]

BY_PARTY = "which party's it is decides what holds for it"
WITHIN_ERROR = "within the measurement error"
_NEAR_DEG = 0.05  # around an episode, in which a platform may run that explains it


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that a platform did: whose, when and where (`stay`), how much, and how sure.

    `reach` is how far it went beyond what the clause allows, in `unit`, and negative where it did
    not; `error` is that of the measurement. `shown` and `longest` are how long it lasted at least
    and at most. `hints` are reasons for which it can show nothing by itself.
    """

    stay: Stay
    measured: float
    limit: float
    unit: str
    reach: float
    error: float | None
    what: str
    shown: timedelta
    longest: timedelta
    hints: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    other: str | None = None
    """The platform that it was near, where it is about two."""
    recognised_only: bool = False
    """It shows something only if it turns out to be a named platform of a known party."""
    kind: str | None = None
    """The kind of its finding, where that is not the one that most findings of the clause have."""


@dataclass(frozen=True, slots=True)
class Finder:
    """How one kind finds its episodes: where platforms must have come near at all, and what one is.

    `shape` None: anywhere. `find` gets tracks and what is known of each platform.
    """

    shape: BaseGeometry | None
    find: Callable[[Tracks, Mapping[str, Subject]], Iterable[Episode]]


Found = tuple[Episode, Subject, tuple[str, ...]]
Values = Mapping[str, object]
Make = Callable[[Pursuit, Values], Finder | None]
FindPairs = Callable[[Pursuit, Values, Tracks, Mapping[str, Subject]], Iterable[Episode]]


def find_conduct(
    terms: Terms, agreement: Agreement, evidence: Evidence, kind: str, keys: Sequence[str], make: Make
) -> Iterator[Finding]:
    """Yield a finding of this kind for each episode that the clause concerns.

    `keys` are those of the clause that may differ by party; `make` gets their values for some
    parties and returns what finds the episodes, or None where nothing can be measured.
    """
    pursuit = read_pursuit(terms, agreement, evidence)
    if pursuit is None:
        return
    variants = split_by_party(terms, agreement, keys)
    finders = [make(pursuit, values) for _, values in variants]
    found = [list(_pursue(pursuit, finder)) if finder else [] for finder in finders]
    yield from _choose(pursuit, kind, [parties for parties, _ in variants], found)


def find_pairs_conduct(
    terms: Terms,
    agreement: Agreement,
    evidence: Evidence,
    kind: str,
    keys: Sequence[str],
    find: FindPairs,
    shape: BaseGeometry | None = None,
) -> Iterator[Finding]:
    """Yield a finding of this kind for each episode between two platforms; all tracks are in memory at once.

    `find` gets the values of `keys` for some parties, all tracks, and what is known of each platform.
    `shape` is where both must have come near at all; None: anywhere.
    """
    pursuit = read_pursuit(terms, agreement, evidence)
    if pursuit is None:
        return
    present = list_present(pursuit, shape)
    subjects = list_subjects(present, evidence.platforms, pursuit.wanted, agreement)
    variants = split_by_party(terms, agreement, keys)
    tracks = None
    found: list[list[Found]] = []
    for _, values in variants:
        tracks = tracks or read_all_tracks(pursuit, present)
        episodes = list(find(pursuit, values, tracks, subjects)) if len(tracks) else []
        found.append(list(_recognise(pursuit, episodes, subjects)))
    yield from _choose(pursuit, kind, [parties for parties, _ in variants], found)


def _choose(
    pursuit: Pursuit, kind: str, variants: Sequence[frozenset[str]], found: Sequence[Sequence[Found]]
) -> Iterator[Finding]:
    lineages = name_lineages(pursuit.evidence.plan)
    for number, parties in enumerate(variants):
        for episode, subject, doubts in found[number]:
            hints = _whose(subject, parties, number, episode, found)
            if hints is None or subject.platform == episode.other:
                continue
            if episode.recognised_only and not _is_recognised(subject):
                continue
            judged = replace(episode, hints=(*episode.hints, *hints))
            finding = _weigh(pursuit, kind, judged, subject, lineages, doubts)
            if finding is not None:
                yield finding


def split_by_party(
    terms: Terms, agreement: Agreement, keys: Sequence[str]
) -> list[tuple[frozenset[str], dict[str, object]]]:
    """Return groups of bound parties for which the same values hold, and these values."""
    groups: dict[str, tuple[set[str], dict[str, object]]] = {}
    for party in terms.clause.binds:
        values = {key: _value_for(terms.values.get(key), agreement, party) for key in keys}
        groups.setdefault(repr(values), (set(), values))[0].add(party)
    return [(frozenset(parties), values) for parties, values in groups.values()]


def _value_for(value: object, agreement: Agreement, party: str) -> object:
    """Return the value that holds for a party: its own entry, its group's, or the one for all."""
    named = (*agreement.parties, *agreement.groups)
    if not isinstance(value, dict) or not any(name in named for name in value):
        return value
    groups = (name for name, members in agreement.groups.items() if party in members)
    return next((value[name] for name in (party, *groups) if name in value), None)


def _whose(
    subject: Subject, parties: frozenset[str], number: int, episode: Episode, found: Sequence[Sequence[Found]]
) -> tuple[str, ...] | None:
    """Return what is doubtful because values differ by party; None where the episode is another variant's."""
    if subject.party != UNDETERMINED:
        return () if subject.party in parties else None
    others = [any(_same(episode, other) for other, _, _ in each) for n, each in enumerate(found) if n != number]
    if all(others):  # whoever it is, it is beyond what holds for it: said once
        return () if number == 0 else None
    return (BY_PARTY,)


def _is_recognised(subject: Subject) -> bool:
    return subject.bearing == "named" and subject.party != UNDETERMINED


def _same(one: Episode, other: Episode) -> bool:
    mine, theirs = one.stay, other.stay
    return mine.platform == theirs.platform and mine.first <= theirs.last and theirs.first <= mine.last


# --- from positions to episodes ---------------------------------------------------------------


def _pursue(pursuit: Pursuit, finder: Finder) -> Iterator[Found]:
    """Yield each episode, whose it is, and doubts about that."""
    evidence = pursuit.evidence
    present = list_present(pursuit, finder.shape)
    subjects = list_subjects(present, evidence.platforms, pursuit.wanted, pursuit.agreement)
    followed = [name for name, subject in subjects.items() if subject.bearing != "unnamed"]
    episodes = [e for tracks in read_tracks(pursuit, followed, present) for e in finder.find(tracks, subjects)]
    yield from _recognise(pursuit, episodes, subjects)


def _recognise(pursuit: Pursuit, episodes: Sequence[Episode], subjects: Mapping[str, Subject]) -> Iterator[Found]:
    stays = [episode.stay for episode in episodes]
    area = surround(stays, pursuit.area)
    for number, subject, doubts in recognise(stays, subjects, pursuit.evidence.positions, area):
        yield episodes[number], subject, doubts


def surround(stays: Sequence[Stay], area: Area, shape: BaseGeometry | None = None) -> Area:
    """Return the box around stays (and a shape), in which to look for platforms that may explain them."""
    if not stays:
        return area
    lon, lat = (np.concatenate([stay.track[i] for stay in stays]) for i in (1, 2))
    box = shapely.box(lon.min() - _NEAR_DEG, lat.min() - _NEAR_DEG, lon.max() + _NEAR_DEG, lat.max() + _NEAR_DEG)
    return replace(area, shape=box if shape is None else shapely.union_all([box, shape]).envelope)


# --- from episodes to findings ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one episode: why it is no more than a hint (empty: it is more), doubts, and the text."""

    hints: tuple[str, ...]
    doubts: tuple[str, ...]
    text: str


def _weigh(
    pursuit: Pursuit,
    kind: str,
    episode: Episode,
    subject: Subject,
    lineages: Mapping[str, str],
    doubts: Sequence[str],
) -> Finding | None:
    """Return the finding of one episode, in the words that most kinds share."""
    hints = (*episode.hints, *_list_hints(pursuit, episode, subject))
    words = Words(hints, (*_list_doubts(pursuit, episode, subject), *doubts), _describe(episode, subject))
    return judge(pursuit, kind, episode, subject, lineages, words)


def judge(
    pursuit: Pursuit, kind: str, episode: Episode, subject: Subject, lineages: Mapping[str, str], words: Words
) -> Finding | None:
    """Return the finding of one episode; None where it is within the clause, or outside its time."""
    terms, stay, error = pursuit.terms, episode.stay, episode.error or 0.0
    span = Interval(stay.first, stay.last)
    edge = when_bound(terms, subject.party, span)
    if edge is None or episode.reach + error < 0 or episode.longest < pursuit.persistence:
        return None
    source = stay.sources[0]
    known = next((s for s in pursuit.evidence.plan.sources if s.name == source), None)
    return seal(
        Finding(
            id="",
            clause=terms.clause.id,
            reading=terms.reading,
            kind=episode.kind or kind,
            span=span,
            lon=stay.lon,
            lat=stay.lat,
            radius_m=stay.radius_m,
            area=None,
            party=subject.party,
            source=source,
            lineage=lineages.get(source, source),
            indicator=bool(words.hints),
            measured=_finite(episode.measured),
            limit=episode.limit,
            unit=episode.unit,
            margin=_finite(episode.reach),
            rows=stay.rows,
            text=words.text,
            platform=subject.platform,
            reliability=known.reliability if known else None,
            credibility=known.credibility if known else None,
            edge_uncertain=edge and not _lies_surely(terms, subject.party, stay),
            place_uncertain=episode.reach < error,
            received_utc=stay.received_utc,
            doubts=(*words.hints, *words.doubts),
        )
    )


def _finite(value: float) -> float | None:
    """Return a number; None for one without end, as the distance to the edge of what is everywhere."""
    return value if isfinite(value) else None


def _list_hints(pursuit: Pursuit, episode: Episode, subject: Subject) -> Iterator[str]:
    """Yield why an episode can be no more than a hint."""
    if subject.bearing == "unknown":
        yield NO_CATEGORY
    if episode.reach < 0:
        short, error = (f"{value:.4g} {episode.unit}" for value in (-episode.reach, episode.error or 0.0))
        yield f"{short} short of it, {WITHIN_ERROR} of {error}"
    if episode.shown < pursuit.persistence:
        shown, most, asked = (say_minutes(t) for t in (episode.shown, episode.longest, pursuit.persistence))
        yield f"shown for {shown}, at most {most}; the clause asks for {asked}"


def _list_doubts(pursuit: Pursuit, episode: Episode, subject: Subject) -> Iterator[str]:
    """Yield what speaks against taking the positions as they stand."""
    yield from episode.doubts
    yield from list_errors(episode)
    if subject.bearing == "anonymous":
        yield NO_IDENTITY
    elif subject.bearing == "named" and not says_what(pursuit, subject):
        yield NO_CATEGORY


def list_errors(episode: Episode) -> Iterator[str]:
    """Yield the doubt of an episode that is beyond the limit by less than its positions are known to."""
    if 0 <= episode.reach < (episode.error or 0.0):
        beyond, error = (f"{value:.4g} {episode.unit}" for value in (episode.reach, episode.error or 0.0))
        yield f"{WITHIN_ERROR}: {beyond} beyond, known to {error}"


def says_what(pursuit: Pursuit, subject: Subject) -> bool:
    """Return whether it is named for what it is, and not only because its party is known."""
    named = is_named(subject.category or subject.kind, pursuit.wanted)
    return subject.platform in pursuit.wanted or bool(named)


def _lies_surely(terms: Terms, party: str, stay: Stay) -> bool:
    """Return whether it began or ended in the time that is certain."""
    certain = terms.interval if party == UNDETERMINED else terms.by_party.get(party)
    return certain is not None and any(lies_within(Interval(t, t), certain) for t in (stay.first, stay.last))


def name_subject(stay: Stay, subject: Subject) -> str:
    """Return "warship mmsi:273000001", and the track that it was seen as where that has another name."""
    by = "" if stay.platform == subject.platform else f", which {stay.platform} fits"
    return f"{subject.category or subject.kind or 'platform'} {subject.platform}{by}"


def _describe(episode: Episode, subject: Subject) -> str:
    stay = episode.stay
    return f"{name_subject(stay, subject)}: {episode.what}, by {name_sources(stay)}"


def name_sources(stay: Stay) -> str:
    """Return the sources of a stay, and that none says how accurate its positions are, where that is so."""
    accuracy = "" if stay.accuracy_m is not None else "; how accurate its positions are is not known"
    return f"{', '.join(stay.sources)}{accuracy}"


def say_minutes(length: timedelta) -> str:
    """Return "90 min"."""
    return f"{length / timedelta(minutes=1):.0f} min"
