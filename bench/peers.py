"""What a user could take instead: each counts the pairs (position, zone), with points and zones ready beforehand."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

__all__ = ["PEERS", "Missing"]

Zones = Sequence[BaseGeometry]
Count = Callable[[], int]


class Missing(Exception):  # noqa: N818
    """The peer is not installed."""


def need(name: str) -> ModuleType:
    """Import a peer."""
    if find_spec(name) is None:
        raise Missing(f"no module {name}")
    return import_module(name)


def prepared(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """Shapely: prepared zones, positions sifted by bounding box first."""
    for zone in zones:
        shapely.prepare(zone)

    def work() -> int:
        total = 0
        for zone in zones:
            west, south, east, north = zone.bounds
            near = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
            total += int(shapely.intersects_xy(zone, lon[near], lat[near]).sum())
        return total

    return work


def tree(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """Shapely: a tree of the points, asked with the zones."""
    points = shapely.STRtree(shapely.points(lon, lat))
    return lambda: int(points.query(np.array(zones, dtype=object), predicate="intersects").shape[1])


def tree_of_zones(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """Shapely: a tree of the zones, asked with the points."""
    points, kept = shapely.points(lon, lat), shapely.STRtree(zones)
    return lambda: int(kept.query(points, predicate="intersects").shape[1])


def geopandas(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """GeoPandas: `sjoin`, within (its fastest; a point on a boundary would be missed)."""
    frames = need("geopandas")
    left = frames.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4326)
    right = frames.GeoDataFrame(geometry=list(zones), crs=4326)
    return lambda: len(frames.sjoin(left, right, predicate="within"))


def sedona(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """SedonaDB: `ST_Intersects` over two views."""
    need("sedonadb")
    frames, connect = need("geopandas"), import_module("sedonadb").connect
    session = connect()
    for name, shapes in (("p", shapely.points(lon, lat)), ("z", np.array(zones, dtype=object))):
        frame = session.create_data_frame(frames.GeoDataFrame({"geom": shapes}, geometry="geom", crs=4326))
        frame.to_memtable().to_view(name)
    query = "SELECT count(*) AS n FROM p JOIN z ON ST_Intersects(p.geom, z.geom)"
    return lambda: int(session.sql(query).to_pandas()["n"].iloc[0])


def duckdb(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """DuckDB with its spatial extension: `SPATIAL_JOIN`."""
    need("duckdb")
    found = find_spec("duckdb_extension_spatial")
    if found is None or not found.submodule_search_locations:
        raise Missing("no module duckdb_extension_spatial")
    extension = next(Path(found.submodule_search_locations[0]).rglob("spatial.duckdb_extension"))
    tables = need("pyarrow")
    session = import_module("duckdb").connect()
    session.execute(f"LOAD '{extension}'")
    points = tables.table({"x": lon, "y": lat})
    shapes = tables.table({"w": shapely.to_wkb(np.array(zones, dtype=object)).tolist()})
    session.register("points", points)
    session.register("shapes", shapes)
    session.execute("CREATE TABLE p AS SELECT ST_Point(x, y) AS g FROM points")
    session.execute("CREATE TABLE z AS SELECT ST_GeomFromWKB(w) AS g FROM shapes")
    query = "SELECT count(*) FROM p JOIN z ON ST_Intersects(p.g, z.g)"
    return lambda: int(session.execute(query).fetchone()[0])  # type: ignore[index]


PEERS: dict[str, tuple[int, Callable[[Zones, np.ndarray, np.ndarray], Count]]] = {
    "Shapely, prepared zones": (1_000_000, prepared),
    "Shapely, STRtree of points": (1_000_000, tree),
    "Shapely, STRtree of zones": (10_000, tree_of_zones),
    "GeoPandas sjoin": (1_000_000, geopandas),
    "SedonaDB": (1_000_000, sedona),
    "DuckDB spatial": (10_000, duckdb),
}
"""Name, how many positions it gets, and what prepares its work."""
