"""No crossing: platforms of a party do not cross a line, or the edge of a zone, also between two positions.

A finding is one crossing. Between two positions a track is straight in longitude and latitude (RFC
7946), and the time of the crossing is in proportion to the way. Where the two are more than half an
hour apart, nobody knows when and where it crossed: the finding spans the silence, and is doubtful.
To touch the line is not to cross it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject
from truceline.clauses.conduct import Episode, Finder, find_conduct
from truceline.clauses.episodes import NO_ALTITUDE, Area, allowed, holds
from truceline.clauses.extent import draw_zone
from truceline.clauses.followed import Pursuit, Tracks, instant, make_stay
from truceline.evidence.store import Evidence
from truceline.model import Finding
from truceline.spacetime import format_utc
from truceline.spacetime.shapes import distance_to_edge_m
from truceline.tracks.crossings import Crossings, find_crossings, list_edges

__all__ = ["CROSSING", "find_line_crossings"]

CROSSING = "crossing"
"""The kind of a finding of a platform that crossed a line."""

_THERE_AND_BACK = "it may have crossed and come back in its silence"
_MOST_DEPTHS = 16  # positions beyond the line whose distance from it is measured

Booleans = NDArray[np.bool_]


def find_line_crossings(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each crossing by a platform that the clause concerns."""
    return find_conduct(terms, agreement, evidence, CROSSING, ("line", "towards"), _make)


def _make(pursuit: Pursuit, values: Mapping[str, object]) -> Finder | None:
    """Return what finds crossings of the line, in the zone where there is one; else of the zone's edge."""
    zone = pursuit.terms.zone
    shape = draw_zone(zone.shape, zone.areas, pursuit.evidence) if zone is not None else None
    names = values["line"] if isinstance(values["line"], list) else [values["line"]]
    lines = [pursuit.agreement.lines[str(name)] for name in names if name in pursuit.agreement.lines]
    if not lines and (values["line"] or shape is None):
        return None
    line = shapely.union_all(lines) if lines else shapely.orient_polygons(shape)
    sides = {"left": 1, "right": -1}
    border = Border(line, list_edges(line), shape if lines else None, sides.get(str(values["towards"])))
    return Finder(line, partial(_find, pursuit, border))


@dataclass(frozen=True, slots=True)
class Border:
    """What must not be crossed: a line or the edge of a zone, where (None: anywhere), and to which side (None: any).

    Of a zone's edge the zone itself is on the left.
    """

    line: BaseGeometry
    edges: NDArray[np.float64]
    zone: BaseGeometry | None
    side: int | None

    def name_way(self, side: int) -> str:
        """Return in words which way a crossing went."""
        if self.line.geom_type in ("Polygon", "MultiPolygon"):
            return "into the zone" if side > 0 else "out of the zone"
        return "the line to its left" if side > 0 else "the line to its right"


def _find(pursuit: Pursuit, border: Border, tracks: Tracks, subjects: Mapping[str, Subject]) -> Iterator[Episode]:
    if not len(tracks):
        return
    found = find_crossings(tracks.lon, tracks.lat, tracks.joined, border.edges)
    micros = tracks.micros[found.row] + found.share * np.diff(tracks.micros, append=0)[found.row]
    silent = tracks.silent[np.minimum(found.row + 1, len(tracks) - 1)]
    counts = np.where(silent, _touches_time(pursuit, tracks, found), _is_held(pursuit.area, micros))
    if border.zone is not None:
        counts &= holds(border.zone, found.lon, found.lat)
    if border.side is not None:
        counts &= found.side == border.side
    heights = _Heights(pursuit, tracks, subjects)
    for number in np.flatnonzero(counts):
        n = int(number)
        height = heights.judge(int(found.row[n]), float(found.share[n]))
        if height is False:
            continue
        if silent[n]:
            yield _make_silent(pursuit, border, tracks, found, n, height)
        else:
            yield _make_seen(pursuit, border, tracks, found, micros, n, height)


def _is_held(area: Area, micros: NDArray[np.float64]) -> Booleans:
    """Return whether each time lies in the time and the hours of the clause."""
    times = pl.DataFrame({"time_utc": np.round(micros).astype(np.int64)})
    cast = times.select(pl.col("time_utc").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    return cast.select(held=allowed(area))["held"].to_numpy()


def _touches_time(pursuit: Pursuit, tracks: Tracks, found: Crossings) -> Booleans:
    """Return whether each silence with a crossing in it touches the clause's time; hours it may meet."""
    first, last = tracks.micros[found.row], tracks.micros[np.minimum(found.row + 1, len(tracks) - 1)]
    start = pursuit.area.start.timestamp() * 1e6
    end = np.inf if pursuit.area.end is None else pursuit.area.end.timestamp() * 1e6
    held: Booleans = (last >= start) & (first < end)
    return held


class _Heights:
    """Whether a crossing was within the zone's band of altitude."""

    def __init__(self, pursuit: Pursuit, tracks: Tracks, subjects: Mapping[str, Subject]) -> None:
        self._band = pursuit.terms.zone.altitude_m if pursuit.terms.zone is not None else None
        self._tracks, self._subjects = tracks, subjects

    def judge(self, row: int, share: float) -> bool | None:
        """Return whether it was within the band; None where nobody knows. A ship is at the surface."""
        if self._band is None or self._subjects[self._tracks.rows["platform"][row]].kind == "vessel":
            return True
        heights = self._tracks.rows["altitude_m"]
        one, other = heights[row], heights[row + 1]
        if one is None and other is None:
            return None
        low, high = one if one is not None else other, other if other is not None else one
        return bool(self._band[0] <= low + share * (high - low) <= self._band[1])


def _make_seen(
    pursuit: Pursuit,
    border: Border,
    tracks: Tracks,
    found: Crossings,
    micros: NDArray[np.float64],
    n: int,
    height: bool | None,
) -> Episode:
    """Return a crossing between two positions that follow each other soon, and how far beyond the line it got."""
    row, at = int(found.row[n]), instant(micros[n])
    end, back = _find_return(tracks, found, micros, n)
    depth = _measure_beyond(border, tracks, row + 1, end)
    stay = make_stay(tracks, row, row + 2, (float(found.lon[n]), float(found.lat[n])), (at, at))
    last = back if back is not None else float(tracks.micros[end - 1])
    shown = timedelta(microseconds=last - micros[n])
    apart = (tracks.micros[row + 1] - tracks.micros[row]) / 1e6
    way = f"crossed {border.name_way(int(found.side[n]))} at {_clock(micros[n])}"
    what = f"{way}, between two positions {apart:.0f} s apart"
    returned = f"; back at {_clock(back)}" if back is not None else ""
    return Episode(
        stay=stay,
        measured=depth,
        limit=pursuit.margin_m,
        unit="m",
        reach=depth - pursuit.margin_m,
        error=stay.accuracy_m,
        what=f"{what}; {depth:.0f} m beyond{returned}",
        shown=shown,
        longest=shown if back is not None else max(shown, pursuit.persistence),
        doubts=() if height else (NO_ALTITUDE,),
    )


def _clock(micros: float) -> str:
    return format_utc(instant(micros).replace(microsecond=0))


def _measure_beyond(border: Border, tracks: Tracks, first: int, end: int) -> float:
    """Return how many metres from the line these positions lie at most; 0 where it came back before any."""
    if end <= first:
        return 0.0
    rows = np.unique(np.linspace(first, end - 1, min(end - first, _MOST_DEPTHS)).round().astype(np.intp))
    return float(distance_to_edge_m(border.line, tracks.lon[rows], tracks.lat[rows]).max())


def _find_return(tracks: Tracks, found: Crossings, micros: NDArray[np.float64], n: int) -> tuple[int, float | None]:
    """Return the end of the positions beyond the line, and when it came back where that is known."""
    row = int(found.row[n])
    stops = np.flatnonzero(tracks.new[row + 1 :] | tracks.silent[row + 1 :])
    end = row + 1 + int(stops[0]) if len(stops) else len(tracks)
    if n + 1 < len(found) and found.row[n + 1] < end - 1:
        return int(found.row[n + 1]) + 1, float(micros[n + 1])
    return end, None


def _make_silent(
    pursuit: Pursuit, border: Border, tracks: Tracks, found: Crossings, n: int, height: bool | None
) -> Episode:
    """Return a crossing in a silence: it spans the silence, and its place is anywhere on the way."""
    row = int(found.row[n])
    start, end = instant(tracks.micros[row]), instant(tracks.micros[row + 1])
    stay = make_stay(tracks, row, row + 2, (float(found.lon[n]), float(found.lat[n])), (start, end))
    depth = _measure_beyond(border, tracks, row + 1, row + 2)
    doubt = f"crossed in a silence of {(end - start) / timedelta(hours=1):.1f} h: when and where is not known"
    return Episode(
        stay=stay,
        measured=depth,
        limit=pursuit.margin_m,
        unit="m",
        reach=0.0 if found.again[n] else depth - pursuit.margin_m,
        error=stay.accuracy_m,
        what=f"crossed {border.name_way(int(found.side[n]))} in a silence",
        shown=timedelta(0),
        longest=max(end - start, pursuit.persistence),
        hints=(_THERE_AND_BACK,) if found.again[n] else (),
        doubts=(doubt, *(() if height else (NO_ALTITUDE,))),
    )
