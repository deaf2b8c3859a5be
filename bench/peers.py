"""What a user could take instead: each counts the pairs (position, zone), with points and zones ready beforehand."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from postgis import connect
from rows import need
from shapely.geometry.base import BaseGeometry

__all__ = ["PEERS", "open_duckdb"]

Zones = Sequence[BaseGeometry]
Count = Callable[[], int]


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
    frames, session = need("geopandas"), need("sedonadb").connect()
    for name, shapes in (("p", shapely.points(lon, lat)), ("z", np.array(zones, dtype=object))):
        frame = session.create_data_frame(frames.GeoDataFrame({"geom": shapes}, geometry="geom", crs=4326))
        frame.to_memtable().to_view(name)
    query = "SELECT count(*) AS n FROM p JOIN z ON ST_Intersects(p.geom, z.geom)"
    return lambda: int(session.sql(query).to_pandas()["n"].iloc[0])


def open_duckdb() -> Any:
    """Return a session of DuckDB with its spatial extension, from the package that carries it."""
    session, extension = need("duckdb").connect(), need("duckdb_extension_spatial")
    session.execute("SET threads = 2")
    session.execute(f"LOAD '{next(Path(extension.__path__[0]).rglob('spatial.duckdb_extension'))}'")
    return session


def duckdb(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """DuckDB with its spatial extension: `SPATIAL_JOIN`."""
    tables, session = need("pyarrow"), open_duckdb()
    points = tables.table({"x": lon, "y": lat})
    shapes = tables.table({"w": shapely.to_wkb(np.array(zones, dtype=object)).tolist()})
    session.register("points", points)
    session.register("shapes", shapes)
    session.execute("CREATE TABLE p AS SELECT ST_Point(x, y) AS g FROM points")
    session.execute("CREATE TABLE z AS SELECT ST_GeomFromWKB(w) AS g FROM shapes")
    query = "SELECT count(*) FROM p JOIN z ON ST_Intersects(p.g, z.g)"
    return lambda: int(session.execute(query).fetchone()[0])  # type: ignore[index]


def postgis(zones: Zones, lon: np.ndarray, lat: np.ndarray) -> Count:
    """PostGIS: `ST_Intersects` with an index on the points."""
    session = connect()
    session.execute("CREATE TEMP TABLE p (x float8, y float8)")
    with session.cursor().copy("COPY p FROM STDIN") as copy:
        np.savetxt(_Text(copy), np.column_stack([lon, lat]), fmt="%.17g", delimiter="\t")
    session.execute("CREATE UNLOGGED TABLE points AS SELECT ST_SetSRID(ST_MakePoint(x, y), 4326) AS g FROM p")
    session.execute("CREATE UNLOGGED TABLE zones (g geometry)")
    session.cursor().executemany(
        "INSERT INTO zones VALUES (ST_GeomFromWKB(%s, 4326))", [(shape.wkb,) for shape in zones]
    )
    session.execute("CREATE INDEX ON points USING gist (g)")
    session.execute("ANALYZE points, zones")
    query = "SELECT count(*) FROM points JOIN zones ON ST_Intersects(zones.g, points.g)"
    return lambda: int(session.execute(query).fetchone()[0])


class _Text:
    """What `savetxt` writes to, in front of a copy."""

    def __init__(self, copy: Any) -> None:
        self.write = copy.write


PEERS: dict[str, tuple[int, Callable[[Zones, np.ndarray, np.ndarray], Count]]] = {
    "SedonaDB": (1_000_000, sedona),
    "PostGIS": (250_000, postgis),
    "Shapely, prepared zones": (1_000_000, prepared),
    "Shapely, STRtree of points": (1_000_000, tree),
    "Shapely, STRtree of zones": (10_000, tree_of_zones),
    "GeoPandas sjoin, within": (1_000_000, geopandas),
    "DuckDB spatial": (10_000, duckdb),
}
"""Name, how many positions it gets, and what prepares its work."""
