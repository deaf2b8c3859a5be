"""No exit: platforms of a party stay inside a zone, a band of altitude, in the hours of the clause.

A finding is an unbroken run of positions outside, or a way between two positions that leads out of the
zone and back. A named platform of a bound party need only be
outside. Where its party, its category or its identity is not known, it must have been inside before,
else every ship in the world would be a finding. A point on the edge is inside.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject
from truceline.clauses.conduct import Episode, Finder, find_conduct
from truceline.clauses.episodes import NO_ALTITUDE, holds
from truceline.clauses.extent import draw_zone
from truceline.clauses.followed import Pursuit, Tracks, instant, list_runs, make_stay
from truceline.clauses.passages import find_passages
from truceline.evidence.store import Evidence
from truceline.model import UNDETERMINED, Finding
from truceline.spacetime import format_utc
from truceline.tracks.crossings import find_crossings, list_edges
from truceline.tracks.proximity import distances_m

__all__ = ["EXIT", "find_exits"]

EXIT = "exit"
"""The kind of a finding of a platform outside the zone in which it must stay."""

_MOST_DEPTHS = 64  # positions of a run whose distance from the zone is measured

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a platform may be: a shape, its edges, and a band of altitude in metres."""

    shape: BaseGeometry
    edges: NDArray[np.float64]
    band: tuple[float, float] | None


def find_exits(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each run of positions outside, of a platform that the clause concerns."""
    return find_conduct(terms, agreement, evidence, EXIT, (), _make)


def _make(pursuit: Pursuit, values: Mapping[str, object]) -> Finder | None:
    del values  # none differs by party
    zone = pursuit.terms.zone
    shape = draw_zone(zone.shape, zone.areas, pursuit.evidence) if zone is not None else None
    if shape is None or zone is None:
        return None
    return Finder(None, partial(_find, pursuit, Bounds(shape, list_edges(shape), zone.altitude_m)))


def _find(pursuit: Pursuit, bounds: Bounds, tracks: Tracks, subjects: Mapping[str, Subject]) -> Iterator[Episode]:
    """Yield the runs outside, and as hints those that may be outside because their altitude is not known."""
    if not len(tracks):
        return
    within = holds(bounds.shape, tracks.lon, tracks.lat)
    above, unknown = _read_heights(bounds, tracks, subjects)
    outside = ~within | above
    came_from = _first_inside(tracks, ~outside & ~unknown)
    for first, end in list_runs(tracks, outside & tracks.held):
        subject = subjects[tracks.rows["platform"][first]]
        exited = came_from[first] < first
        if exited or not _is_unsure(subject):
            yield _make_episode(pursuit, bounds, tracks, (first, end), not exited)
    for first, end in list_runs(tracks, within & unknown & tracks.held):
        yield _make_unknown(tracks, first, end)
    area = replace(pursuit.area, shape=bounds.shape)
    never_inside = came_from > np.arange(len(tracks))
    yield from find_passages(pursuit, area, tracks, subjects, (outside & tracks.held) | never_inside, outside=True)


def _is_unsure(subject: Subject) -> bool:
    """Return whether mere presence outside says nothing: no track that may yet be recognised, and not surely bound."""
    return subject.bearing == "unknown" or (subject.bearing == "named" and subject.party == UNDETERMINED)


def _read_heights(bounds: Bounds, tracks: Tracks, subjects: Mapping[str, Subject]) -> tuple[Booleans, Booleans]:
    """Return where a position lies above or below the band, and where nobody knows; a ship is at the surface."""
    nowhere = np.zeros(len(tracks), dtype=bool)
    if bounds.band is None:
        return nowhere, nowhere
    altitude = tracks.rows["altitude_m"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    ships = [name for name, subject in subjects.items() if subject.kind == "vessel"]
    unknown = np.isnan(altitude) & ~tracks.rows["platform"].is_in(ships).to_numpy()
    return (altitude < bounds.band[0]) | (altitude > bounds.band[1]), unknown


def _first_inside(tracks: Tracks, inside: Booleans) -> NDArray[np.intp]:
    """Return, for each position, the first position of its track that was inside; the number of all where none was."""
    track = np.cumsum(tracks.new) - 1
    rows = np.flatnonzero(inside)
    first = np.full(int(track[-1]) + 1, len(tracks), dtype=np.intp)
    np.minimum.at(first, track[rows], rows)
    found: NDArray[np.intp] = first[track]
    return found


def _make_episode(pursuit: Pursuit, bounds: Bounds, tracks: Tracks, span: tuple[int, int], presence: bool) -> Episode:
    first, end = span
    tried = np.unique(np.linspace(first, end - 1, min(end - first, _MOST_DEPTHS)).round().astype(np.intp))
    metres = distances_m(bounds.shape, tracks.lon[tried], tracks.lat[tried])
    vertical = _measure_heights(bounds, tracks, tried)
    beyond = np.where(metres > 0, metres, vertical)
    far = int(tried[beyond.argmax()])
    stay = make_stay(tracks, first, end, (float(tracks.lon[far]), float(tracks.lat[far])))
    how = "outside" if metres.max() > 0 else "above or below the band"
    return Episode(
        stay=stay,
        measured=float(beyond.max()),
        limit=pursuit.margin_m,
        unit="m",
        reach=float(beyond.max()) - pursuit.margin_m,
        error=stay.accuracy_m if metres.max() > 0 else None,
        what=f"{end - first} positions {how}, up to {beyond.max():.0f} m{_tell_exit(bounds, tracks, first)}",
        shown=stay.last - stay.first,
        longest=(stay.after or stay.last) - (stay.before or stay.first),
        recognised_only=presence,
    )


def _measure_heights(bounds: Bounds, tracks: Tracks, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the metres above or below the band; 0 where that is not known."""
    if bounds.band is None:
        return np.zeros(len(rows))
    altitude = tracks.rows["altitude_m"].cast(pl.Float64).fill_null(np.nan).to_numpy()[rows]
    low, high = bounds.band
    return np.nan_to_num(np.maximum(np.maximum(low - altitude, altitude - high), 0.0))


def _tell_exit(bounds: Bounds, tracks: Tracks, row: int) -> str:
    """Return when it left, between which positions; nothing where it was outside from the first."""
    if tracks.new[row]:
        return ""
    before, after = tracks.micros[row - 1], tracks.micros[row]
    if tracks.silent[row]:
        return f"; left, if it was inside, in a silence from {format_utc(instant(before))}"
    pair = slice(row - 1, row + 1)
    found = find_crossings(tracks.lon[pair], tracks.lat[pair], np.array([False, True]), bounds.edges)
    if not len(found):
        return ""
    left = before + found.share[-1] * (after - before)
    return f"; left at about {format_utc(instant(left).replace(microsecond=0))}"


def _make_unknown(tracks: Tracks, first: int, end: int) -> Episode:
    """Return the hint of a run inside the outline at a height that nobody knows."""
    stay = make_stay(tracks, first, end, (float(tracks.lon[first]), float(tracks.lat[first])))
    shown = stay.last - stay.first
    return Episode(
        stay=stay,
        measured=0.0,
        limit=0.0,
        unit="m",
        reach=0.0,
        error=None,
        what=f"{end - first} positions that may lie above or below the band",
        shown=max(shown, timedelta(0)),
        longest=shown,
        hints=(NO_ALTITUDE,),
    )
