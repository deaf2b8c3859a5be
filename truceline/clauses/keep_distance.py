"""Keep distance: platforms of a party stay a distance from a place, a line, a zone, or others' platforms.

A finding is an unbroken time in which one is nearer than that, with its closest approach: geodesic,
and between two positions too, where the way is straight in longitude and latitude (RFC 7946). At
exactly the distance it is kept. Nothing is drawn through a silence of more than half an hour.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Agreement, Terms
from truceline.clauses.concern import Subject
from truceline.clauses.conduct import Episode, Finder, find_conduct
from truceline.clauses.episodes import holds
from truceline.clauses.extent import draw_zone
from truceline.clauses.followed import Pursuit, Tracks, instant, make_stay
from truceline.clauses.others import find_near_others
from truceline.evidence.store import Evidence
from truceline.model import Finding
from truceline.spacetime import format_utc
from truceline.spacetime.shapes import circle
from truceline.spacetime.units import read_distance
from truceline.tracks.proximity import distances_m, measure_approach, widen

__all__ = ["APPROACH", "draw_reference", "find_approaches", "find_near"]

APPROACH = "approach"
"""The kind of a finding of a platform nearer than it may come."""

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


def find_approaches(terms: Terms, agreement: Agreement, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each time in which a platform that the clause concerns is too near."""
    yield from find_conduct(terms, agreement, evidence, APPROACH, ("distance", "from", "line", "place"), _make)
    yield from find_near_others(terms, agreement, evidence, APPROACH)


def _make(pursuit: Pursuit, values: Mapping[str, object]) -> Finder | None:
    names = values["from"] if values["from"] is not None else values["line"]
    target = draw_reference(pursuit.agreement, pursuit.evidence, names, values["place"])
    if target is None or values["distance"] is None:
        return None
    distance_m = read_distance(values["distance"])
    zone = pursuit.terms.zone
    where = draw_zone(zone.shape, zone.areas, pursuit.evidence) if zone is not None else None
    return Finder(widen(target, distance_m), partial(find_near, pursuit, target, distance_m, where))


def draw_reference(
    agreement: Agreement, evidence: Evidence, names: object, place: object = None
) -> BaseGeometry | None:
    """Return what distances are measured from: lines, zones, places of objects by their ids, or one place [lon, lat].

    None where nothing of it is drawn.
    """
    shapes: list[BaseGeometry] = []
    if isinstance(place, list):
        shapes.append(shapely.Point(place))
    for name in names if isinstance(names, list) else [names]:
        shapes += _draw(agreement, evidence, name)
    return shapely.union_all(shapes) if shapes else None


def _draw(agreement: Agreement, evidence: Evidence, name: object) -> Iterator[BaseGeometry]:
    if name in agreement.lines:
        yield agreement.lines[str(name)]
    elif name in agreement.zones:
        zone = agreement.zones[str(name)]
        shape = draw_zone(zone.shape, zone.areas, evidence)
        if shape is not None:
            yield shape
    elif name in agreement.objects:
        for place in agreement.objects[str(name)].values.get("places", ()):
            lon, lat = place["at"]
            yield circle(lon, lat, read_distance(place["radius"]))


def find_near(
    pursuit: Pursuit,
    target: BaseGeometry,
    distance_m: float,
    where: BaseGeometry | None,
    tracks: Tracks,
    subjects: Mapping[str, Subject],
) -> Iterator[Episode]:
    """Yield the times in which tracks are nearer to the target than `distance_m` (while in `where`, if given)."""
    del subjects
    counted = tracks.held.copy()
    if where is not None:
        counted &= holds(where, tracks.lon, tracks.lat)
    metres = _measure_positions(tracks, counted, target, distance_m)
    ways, shares = _measure_ways(tracks, counted, target, distance_m)
    for first, end in _list_spans(tracks, metres < distance_m, ways < distance_m):
        yield _make_episode(pursuit, tracks, (metres, ways, shares), (first, end), distance_m)


def _measure_positions(tracks: Tracks, counted: Booleans, target: BaseGeometry, distance_m: float) -> Floats:
    """Return the metres from the target of each position that may be near; infinity for the others."""
    metres = np.full(len(tracks), np.inf)
    west, south, east, north = widen(target, distance_m).bounds
    boxed = (tracks.lon >= west) & (tracks.lon <= east) & (tracks.lat >= south) & (tracks.lat <= north)
    near = np.flatnonzero(counted & boxed)
    metres[near] = distances_m(target, tracks.lon[near], tracks.lat[near])
    return metres


def _measure_ways(tracks: Tracks, counted: Booleans, target: BaseGeometry, distance_m: float) -> tuple[Floats, Floats]:
    """Return, for the way to each position, its least metres (infinity: none) and where on it that is."""
    metres, shares = np.full(len(tracks), np.inf), np.zeros(len(tracks))
    ends = np.flatnonzero(counted & ~tracks.new & ~tracks.silent)
    ends = ends[counted[ends - 1]]
    ways = np.column_stack([tracks.lon[ends - 1], tracks.lat[ends - 1], tracks.lon[ends], tracks.lat[ends]])
    west, south, east, north = widen(target, distance_m).bounds
    apart = np.abs(ways[:, 2] - ways[:, 0]) > 180
    boxed = apart | ((ways[:, ::2].min(axis=1) <= east) & (ways[:, ::2].max(axis=1) >= west))
    boxed &= (ways[:, 1::2].min(axis=1) <= north) & (ways[:, 1::2].max(axis=1) >= south)
    metres[ends[boxed]], shares[ends[boxed]] = measure_approach(target, ways[boxed])
    return metres, shares


def _list_spans(tracks: Tracks, close: Booleans, passing: Booleans) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of positions: unbroken runs of close ones, and pairs between which alone it came close."""
    broken = tracks.new | tracks.silent
    edges = np.flatnonzero(broken | np.diff(close, prepend=not close[:1].any()))
    ends = np.append(edges[1:], len(close))
    spans = [(int(a), int(b)) for a, b in zip(edges, ends, strict=True) if close[a]]
    between = np.flatnonzero(passing[1:] & ~close[1:] & ~close[:-1]) + 1
    yield from sorted([*spans, *((int(row) - 1, int(row) + 1) for row in between)])


def _make_episode(
    pursuit: Pursuit,
    tracks: Tracks,
    measured: tuple[Floats, Floats, Floats],
    span: tuple[int, int],
    distance_m: float,
) -> Episode:
    metres, ways, shares = measured
    first, end = span
    rows = np.arange(first, end)
    passes = np.arange(max(first, 1), min(end + 1, len(tracks)))  # the ways into, within and out of it
    on = int(rows[metres[rows].argmin()])
    by = int(passes[ways[passes].argmin()]) if len(passes) else on
    between = len(passes) > 0 and ways[by] < metres[on]
    closest = float(min(metres[on], ways[by]))
    at, place = _locate(tracks, by, float(shares[by])) if between else _locate(tracks, on, 1.0)
    only_passing = not (metres[rows] < distance_m).any()
    moment = instant(at)
    stay = make_stay(tracks, first, end, place, (moment, moment) if only_passing else None)
    error = np.fmax(tracks.accuracy[by - 1], tracks.accuracy[by]) if between else tracks.accuracy[on]
    apart = (
        f", between two positions {(tracks.micros[by] - tracks.micros[by - 1]) / 1e6:.0f} s apart" if between else ""
    )
    longest = stay.last - stay.first
    if only_passing:
        longest = instant(tracks.micros[end - 1]) - instant(tracks.micros[first])
    elif stay.before or stay.after:
        longest = (stay.after or stay.last) - (stay.before or stay.first)
    return Episode(
        stay=stay,
        measured=closest,
        limit=distance_m,
        unit="m",
        reach=distance_m - pursuit.margin_m - closest,
        error=None if np.isnan(error) else float(error),
        what=f"as near as {closest:.0f} m at {format_utc(moment.replace(microsecond=0))}{apart}, "
        f"where {distance_m:.0f} m are to be kept",
        shown=timedelta(0) if only_passing else stay.last - stay.first,
        longest=longest,
    )


def _locate(tracks: Tracks, row: int, share: float) -> tuple[float, tuple[float, float]]:
    """Return when and where a share of the way to a position was; 1 is the position itself."""
    if share == 1.0:
        return float(tracks.micros[row]), (float(tracks.lon[row]), float(tracks.lat[row]))
    east = (tracks.lon[row] - tracks.lon[row - 1] + 180.0) % 360.0 - 180.0
    lon = (tracks.lon[row - 1] + share * east + 180.0) % 360.0 - 180.0
    lat = tracks.lat[row - 1] + share * (tracks.lat[row] - tracks.lat[row - 1])
    at = tracks.micros[row - 1] + share * (tracks.micros[row] - tracks.micros[row - 1])
    return float(at), (float(lon), float(lat))
