"""Two platforms near each other: of the other party, or alongside. Logic that keep-distance and no-encounter share.

Two tracks that may be one platform are never a pair: an anonymous track and an identified one of
different sources may be echo and transponder of the same ship, and nobody can tell within 2 km.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject, is_named
from truceline.clauses.conduct import Episode, find_pairs_conduct
from truceline.clauses.episodes import LONGEST_SILENCE, Stay, holds
from truceline.clauses.extent import draw_zone
from truceline.clauses.followed import Pursuit, Tracks, instant, list_runs, make_stay, select
from truceline.clauses.recognition import is_track
from truceline.evidence.store import Evidence
from truceline.kernels import find_near
from truceline.model import Finding
from truceline.spacetime import format_utc
from truceline.spacetime.units import read_distance
from truceline.tracks.polar import POLAR_DEG
from truceline.tracks.proximity import Meeting, Path, find_meetings, turn_pole

__all__ = ["Pair", "find_near_others", "list_pairs", "make_pair_stay"]

OTHERS = "others"
"""The word for the platforms of every other party of the agreement."""

_TURNED = 1.02  # the sphere stands for the ellipsoid there
_GAP = LONGEST_SILENCE // timedelta(microseconds=1)

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tracks near each other: the positions of each about that time, and when and how near."""

    one: tuple[int, int]
    other: tuple[int, int]
    meeting: Meeting


def list_pairs(
    tracks: Tracks,
    masks: tuple[Booleans, Booleans],
    reach_m: float,
    fits: Callable[[str, str], bool],
    pause: timedelta = timedelta(0),
) -> Iterator[Pair]:
    """Yield the times in which two tracks are within reach, of platforms that `fits(one, other)`.

    `masks` are the positions that count for the one and for the other. Times apart of at most
    `pause` do not end such a time; a silence of more than half an hour does.
    """
    runs = [list_runs(tracks, mask) for mask in masks]
    spans = [*runs[0], *runs[1]]
    names = [tracks.rows["platform"][first] for first, _ in spans]
    paths: list[Path] = [(tracks.micros[a:b], tracks.lon[a:b], tracks.lat[a:b]) for a, b in spans]
    for low, high in _list_near(paths, names, len(runs[0]), reach_m):
        if not fits(names[low], names[high]):
            continue
        for meeting in find_meetings(paths[low], paths[high], reach_m, _GAP, pause // timedelta(microseconds=1)):
            yield Pair(
                _around(paths[low], spans[low][0], meeting), _around(paths[high], spans[high][0], meeting), meeting
            )


def _list_near(paths: Sequence[Path], names: Sequence[str], split_at: int, reach_m: float) -> list[tuple[int, int]]:
    """Return the pairs of tracks, of two names, one before `split_at` and one after, that may come within reach."""
    if not 0 < split_at < len(paths):
        return []
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    called = [numbers[name] for name in names]
    near = set(_find_near(paths, called, split_at, reach_m))
    polar = [number for number, path in enumerate(paths) if np.abs(path[2]).max() >= POLAR_DEG]
    if len(polar) > 1:  # meridians meet there: such tracks are compared on an earth that is turned
        turned = [turn_pole(paths[number], _GAP) for number in polar]
        split = sum(number < split_at for number in polar)
        pairs = _find_near(turned, [called[number] for number in polar], split, reach_m * _TURNED)
        near |= {(polar[low], polar[high]) for low, high in pairs}
    return sorted(near)


def _find_near(paths: Sequence[Path], called: Sequence[int], split_at: int, reach_m: float) -> list[tuple[int, int]]:
    if not 0 < split_at < len(paths):
        return []
    track = np.repeat(np.arange(len(paths)), [len(micros) for micros, _, _ in paths])
    columns = (np.concatenate(column) for column in zip(*paths, strict=True))
    return find_near(track, *columns, names=called, split_at=split_at, reach_m=reach_m, gap_us=_GAP)


def _around(path: Path, offset: int, meeting: Meeting) -> tuple[int, int]:
    """Return (first, end) of the positions of a track from the last before a meeting to the first after it."""
    first = max(int(np.searchsorted(path[0], meeting.start, side="right")) - 1, 0)
    end = min(int(np.searchsorted(path[0], meeting.end, side="left")) + 1, len(path[0]))
    return offset + first, offset + max(end, first + 1)


def make_pair_stay(tracks: Tracks, pair: Pair, span: tuple[float, float]) -> tuple[Stay, float | None]:
    """Return the stay of the first of a pair, with the rows of both, and the error of their distance in metres."""
    place = (pair.meeting.lon, pair.meeting.lat)
    stay = make_stay(tracks, *pair.one, place, (instant(span[0]), instant(span[1])))
    other = make_stay(tracks, *pair.other, place)
    errors = [each.accuracy_m for each in (stay, other) if each.accuracy_m is not None]
    rows = tuple(sorted({*stay.rows, *other.rows}))
    return replace(stay, rows=rows), math.hypot(*errors) if errors else None


# --- the other party's platforms --------------------------------------------------------------


def find_near_others(terms: Terms, agreement: Agreement, evidence: Evidence, kind: str) -> Iterator[Finding]:
    """Yield a finding for each time in which a platform is too near one of the parties that `from` names."""
    return find_pairs_conduct(terms, agreement, evidence, kind, ("distance", "from", "of"), _find)


def _find(
    pursuit: Pursuit, values: Mapping[str, object], tracks: Tracks, subjects: Mapping[str, Subject]
) -> Iterator[Episode]:
    parties = list_parties(pursuit.agreement, values["from"])
    if not parties or values["distance"] is None:
        return
    distance_m = read_distance(values["distance"])
    of = values["of"] if isinstance(values["of"], list) else None

    def fits(one: str, other: str) -> bool:
        mine, theirs = subjects[one], subjects[other]
        known = theirs.party in parties and theirs.party != mine.party and not is_track(theirs)
        return mine.bearing != "unnamed" and known and (of is None or _may_be(theirs, of))

    where = tracks.held.copy()
    zone = pursuit.terms.zone
    shape = draw_zone(zone.shape, zone.areas, pursuit.evidence) if zone is not None else None
    if shape is not None:
        where &= holds(shape, tracks.lon, tracks.lat)
    where &= select(tracks, (name for name, subject in subjects.items() if subject.bearing != "unnamed"))
    theirs = select(tracks, (name for name, subject in subjects.items() if subject.party in parties))
    for pair in list_pairs(tracks, (where, theirs & tracks.held), distance_m, fits):
        if pair.meeting.metres < distance_m:
            yield _make_episode(pursuit, tracks, subjects, pair, distance_m)


def _may_be(subject: Subject, wanted: Sequence[str]) -> bool:
    return subject.platform in wanted or is_named(subject.category or subject.kind, wanted) is not False


def list_parties(agreement: Agreement, names: object) -> frozenset[str]:
    """Return the parties that "from" names: by id, by the id of a group, or all of them."""
    found: set[str] = set()
    for name in names if isinstance(names, list) else [names]:
        if name == OTHERS:
            found |= set(agreement.parties)
        elif name in agreement.parties:
            found.add(str(name))
        elif name in agreement.groups:
            found |= set(agreement.groups[str(name)])
    return frozenset(found)


def _make_episode(
    pursuit: Pursuit, tracks: Tracks, subjects: Mapping[str, Subject], pair: Pair, distance_m: float
) -> Episode:
    meeting = pair.meeting
    stay, error = make_pair_stay(tracks, pair, (meeting.start, meeting.end))
    other = subjects[tracks.rows["platform"][pair.other[0]]]
    shown = stay.last - stay.first
    nearest = format_utc(instant(meeting.closest).replace(microsecond=0))
    return Episode(
        stay=stay,
        measured=meeting.metres,
        limit=distance_m,
        unit="m",
        reach=distance_m - pursuit.margin_m - meeting.metres,
        error=error,
        what=f"as near as {meeting.metres:.0f} m to {other.platform} of {other.party} at {nearest}, "
        f"where {distance_m:.0f} m are to be kept",
        shown=shown,
        longest=shown,
        other=other.platform,
    )
