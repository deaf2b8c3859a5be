"""No loitering: platforms of a party do not linger in a zone, over a cable, a pipeline, an anchorage.

A finding is a time in the zone in which the speed made good over ten minutes and more stays below
`speed` (2 kn unless the clause says otherwise) for at least `persistence` (an hour unless it says
otherwise). `docs/kinds.md` says how that differs from Global Fishing Watch's loitering.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject
from truceline.clauses.conduct import Episode, Finder, find_conduct
from truceline.clauses.episodes import holds
from truceline.clauses.extent import draw_zone
from truceline.clauses.followed import Pursuit, Tracks, list_runs, make_stay
from truceline.evidence.store import Evidence
from truceline.kernels.loitering import WINDOW_US
from truceline.kernels.loitering import find_loitering as find_slow
from truceline.model import Finding
from truceline.spacetime.shapes import distance_to_edge_m
from truceline.spacetime.units import read_speed

__all__ = ["LOITERING", "PERSISTENCE", "SPEED", "find_loitering"]

LOITERING = "loitering"
"""The kind of a finding of a platform that lingers."""

SPEED, PERSISTENCE = "2 kn", "1 h"
"""What holds where the clause says nothing."""

_KNOT = 1852 / 3600
_WINDOW_S = WINDOW_US / 1e6
_NO_GAP = 1 << 60  # the runs are unbroken already


def find_loitering(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each time in which a platform that the clause concerns lingered in the zone."""
    asked = replace(terms, values={"persistence": PERSISTENCE, **terms.values})
    return find_conduct(asked, agreement, evidence, LOITERING, ("speed",), _make)


def _make(pursuit: Pursuit, values: Mapping[str, object]) -> Finder | None:
    zone = pursuit.terms.zone
    shape = draw_zone(zone.shape, zone.areas, pursuit.evidence) if zone is not None else None
    if shape is None:
        return None
    return Finder(shape, partial(_find, pursuit, shape, read_speed(values["speed"] or SPEED)))


def _find(
    pursuit: Pursuit, shape: BaseGeometry, limit_kn: float, tracks: Tracks, subjects: Mapping[str, Subject]
) -> Iterator[Episode]:
    del subjects
    runs = list_runs(tracks, holds(shape, tracks.lon, tracks.lat) & tracks.held)
    lengths = [end - first for first, end in runs]
    rows = np.concatenate([np.empty(0, dtype=np.intp), *(np.arange(first, end) for first, end in runs)])
    columns = (np.repeat(np.arange(len(runs)), lengths), tracks.micros[rows], tracks.lon[rows], tracks.lat[rows])
    slow = find_slow(*columns, limit_kn=min(limit_kn, 1e9), least_us=0, gap_us=_NO_GAP)
    for stretch in slow.table:
        span = int(rows[stretch["first"]]), int(rows[stretch["last"]]) + 1
        episode = _make_episode(pursuit, shape, tracks, span, (float(stretch["knots"]), limit_kn))
        if episode is not None:
            yield episode


def _make_episode(
    pursuit: Pursuit, shape: BaseGeometry, tracks: Tracks, span: tuple[int, int], speeds: tuple[float, float]
) -> Episode | None:
    first, end = span
    middle = (first + end - 1) // 2
    place = (float(tracks.lon[middle]), float(tracks.lat[middle]))
    depth = float(distance_to_edge_m(shape, *([value] for value in place))[0]) if pursuit.margin_m else np.inf
    if depth < pursuit.margin_m:
        return None
    stay = make_stay(tracks, first, end, place)
    knots, limit_kn = speeds
    shown = stay.last - stay.first
    # two positions of a window may each be off by the accuracy
    error = None if stay.accuracy_m is None else 2 * stay.accuracy_m / _WINDOW_S / _KNOT
    return Episode(
        stay=stay,
        measured=knots,
        limit=limit_kn,
        unit="kn",
        reach=limit_kn - knots,
        error=error,
        what=f"{shown.total_seconds() / 3600:.1f} h at {knots:.1f} kn made good at most, {end - first} positions",
        shown=shown,
        longest=(stay.after or stay.last) - (stay.before or stay.first),
    )
