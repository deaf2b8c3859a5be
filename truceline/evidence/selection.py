"""Which events lie in a zone, and for which of them the source cannot say so exactly.

Zones are closed: a point on the boundary is inside. A place with a radius is inside if its
representative point is, and uncertain where the disc around it crosses the edge.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from truceline.gazetteer import Gazetteer, Place
from truceline.spacetime.shapes import disc_relation, distance_m, inside

__all__ = ["SLICE_ROWS", "collect_events", "read_slices", "select_batches", "select_events"]

SLICE_ROWS = 262_144
"""Rows of a table of events that are in memory together: two groups of the written file."""

Query = Callable[[pl.LazyFrame], pl.LazyFrame]

_SHORT_DEGREE_M = 110_000.0  # a little less than the shortest degree of latitude, at the equator
_PLACE = ["lon", "lat", "radius_m", "area"]


def read_slices(events: pl.LazyFrame | pl.DataFrame, query: Query) -> Iterator[pl.DataFrame]:
    """Yield what a query finds in each slice of a table, in order; at least one table, which may be empty.

    The query must look at each row by itself. A scan that is sliced before it is filtered reads
    little at a time, while one that is only filtered reads ahead and holds much of the file.
    """
    table = events.lazy()
    height = table.select(pl.len()).collect().item()
    for start in range(0, max(height, 1), SLICE_ROWS):
        yield query(table.slice(start, SLICE_ROWS)).collect(engine="streaming")


def collect_events(events: pl.LazyFrame | pl.DataFrame, query: Query) -> pl.DataFrame:
    """Return what a query finds in a table of any size, provided that it finds little."""
    return pl.concat(list(read_slices(events, query)))


def select_events(
    events: pl.LazyFrame | pl.DataFrame,
    gazetteer: Gazetteer,
    *,
    kinds: Sequence[str],
    shape: BaseGeometry | None,
    areas: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    where: pl.Expr | None = None,
) -> pl.DataFrame:
    """Return the events of these kinds that are, or may be, in a zone.

    `shape` is in lon/lat degrees, `areas` are codes or spellings of places; with neither, the zone
    is everywhere. The rows keep their order and their columns (those named, None: all) and get two
    Booleans: `inside` (the point lies in the shape, or the row's area is one of `areas`) and
    `place_uncertain` (its disc crosses the edge, or its place is not known). Rows that are neither
    are left out. A row without coordinates stands at its area's representative point, with that
    place's radius.

    `where` leaves out other rows first, by time for example. The table is read in slices: what is
    held is the selection. Where that may be large itself, take it in batches (`select_batches`).
    """
    batches = select_batches(events, gazetteer, kinds=kinds, shape=shape, areas=areas, columns=columns, where=where)
    return pl.concat(list(batches))


def select_batches(
    events: pl.LazyFrame | pl.DataFrame,
    gazetteer: Gazetteer,
    *,
    kinds: Sequence[str],
    shape: BaseGeometry | None,
    areas: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    where: pl.Expr | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield what `select_events` returns, in parts that are small; at least one, which may be empty."""
    zone = _Zone(gazetteer, shape, areas) if shape is not None or areas else None
    wanted = pl.col("kind").cast(pl.String).is_in(list(kinds))
    if where is not None:
        wanted &= where
    if zone is not None:
        wanted &= _may_touch(zone)
    kept = list(columns) if columns is not None else events.collect_schema().names()
    read = list(dict.fromkeys([*kept, *_PLACE] if zone is not None else kept))
    for batch in read_slices(events, lambda rows: rows.filter(wanted).select(read)):
        yield _place(batch, zone, gazetteer, kept)


def _place(rows: pl.DataFrame, zone: "_Zone | None", gazetteer: Gazetteer, columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows that are, or may be, in the zone, with the two Booleans."""
    if zone is None:
        return rows.select(*columns, inside=pl.lit(True), place_uncertain=pl.lit(False))
    places = rows.select(pl.col(_PLACE).exclude("area"), pl.col("area").cast(pl.String)).unique(maintain_order=True)
    judged = _judge(_locate(places, gazetteer), zone)
    keyed = rows.with_columns(pl.col("area").cast(pl.String).alias("_area"))
    joined = keyed.join(
        judged, left_on=["lon", "lat", "radius_m", "_area"], right_on=_PLACE, how="left", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    return joined.filter(pl.col("inside") | pl.col("place_uncertain")).select(*columns, "inside", "place_uncertain")


def _may_touch(zone: "_Zone") -> pl.Expr:
    """Whether a row may lie in the zone at all, by the box around it; whoever has no coordinates may."""
    bare = pl.col("lon").is_null() | pl.col("lat").is_null()
    named = pl.col("area").cast(pl.String).is_in(sorted(zone.codes)).fill_null(False)
    near = pl.lit(bool(zone.discs))
    if zone.drawn is not None:
        west, south, east, north = shapely.bounds(zone.drawn)
        tall = pl.col("radius_m").fill_null(0.0) / _SHORT_DEGREE_M
        reach_lat = (pl.col("lat").abs() + tall).clip(0, 89.9)
        wide = tall / reach_lat.radians().cos()
        beside = pl.col("lon").is_between(west - wide, east + wide) & pl.col("lat").is_between(
            south - tall, north + tall
        )
        near |= beside | (pl.col("lon").abs() + wide >= 180)
    return bare | named | near.fill_null(True)


class _Zone:
    """A shape and areas, worked out: codes, what is drawn, and the discs that stand for the rest."""

    def __init__(self, gazetteer: Gazetteer, shape: BaseGeometry | None, areas: Sequence[str]) -> None:
        places = [gazetteer.find(name) for name in areas]
        known = [place for place in places if place is not None]
        self.codes = {place.code for place in known} | set(areas)
        drawn = [place.shape for place in known if place.shape is not None]
        self.drawn: BaseGeometry | None = shapely.union_all([*([] if shape is None else [shape]), *drawn])
        if shapely.is_empty(self.drawn):
            self.drawn = None
        self.discs = [place for place in known if place.shape is None]


def _locate(places: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Add `x`, `y`, `r`: where a row stands, its area's point where it has no coordinates."""
    found = [(name, gazetteer.find(name)) for name in places["area"].drop_nulls().unique(maintain_order=True)]
    points = pl.DataFrame(
        [(name, place.lon, place.lat, place.radius_m) for name, place in found if place is not None],
        schema={"area": pl.String, "_lon": pl.Float64, "_lat": pl.Float64, "_radius": pl.Float64},
        orient="row",
    )
    bare = pl.col("lon").is_null() | pl.col("lat").is_null()
    return places.join(points, on="area", how="left", maintain_order="left").select(
        *_PLACE,
        x=pl.when(bare).then("_lon").otherwise("lon"),
        y=pl.when(bare).then("_lat").otherwise("lat"),
        r=pl.when(bare).then(pl.col("radius_m").fill_null(pl.col("_radius"))).otherwise("radius_m").fill_null(0.0),
    )


def _judge(places: pl.DataFrame, zone: _Zone) -> pl.DataFrame:
    """Return `places` with `inside` and `place_uncertain`."""
    named = places["area"].is_in(list(zone.codes)).fill_null(False).to_numpy()
    x, y, r = (places[name].fill_null(np.nan).to_numpy() for name in ("x", "y", "r"))
    located = ~np.isnan(x) & ~np.isnan(y)
    contained, crosses = _relate(zone.drawn, x, y, r, located)
    nameless = places["area"].is_null().to_numpy() & located
    near = _in_discs(zone.discs, x, y) & nameless & ~contained
    adrift = ~located & places["area"].is_null().to_numpy()
    return places.select(
        *_PLACE,
        inside=pl.Series(named | contained | near),
        place_uncertain=pl.Series(((crosses | near) & ~named) | (adrift & ~named)),
    )


def _relate(
    shape: BaseGeometry | None,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    r: NDArray[np.float64],
    located: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return (point inside, disc crosses the edge) for points with discs of `r` metres."""
    inside_, crosses = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    if shape is None or not located.any():
        return inside_, crosses
    inside_[located] = inside(shape, x[located], y[located])
    wide = np.flatnonzero(located & (r > 0))
    degrees = shapely.distance(shapely.boundary(shape), shapely.points(x[wide], y[wide]))
    # a degree in any direction is at least this long anywhere in the disc: only what may touch is measured
    reach_lat = np.clip(np.abs(y[wide]) + r[wide] / _SHORT_DEGREE_M, 0, 89.9)
    reach = r[wide] / (_SHORT_DEGREE_M * np.cos(np.radians(reach_lat)))
    close = wide[(degrees <= reach) | (np.abs(x[wide]) + reach >= 180)]
    crosses[close] = disc_relation(shape, x[close], y[close], r[close])[1]
    return inside_, crosses


def _in_discs(places: Iterable[Place], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points lie in the disc of one of the places that nobody drew."""
    near = np.zeros(len(x), dtype=bool)
    for place in places:
        near |= distance_m(x, y, place.lon, place.lat) <= place.radius_m
    return near
