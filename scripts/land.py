"""Derive the map's land from Natural Earth 1:10m, which is in the public domain.

    python scripts/land.py PATH/TO/ne_10m_land.geojson

Clips to the region, drops islets, simplifies to about 400 m and rounds to 0.001 degrees: enough for a
map on a page, and for a doubt about a vessel far inland. Writes truceline/tracks/land.geojson.
"""

import json
import sys
from pathlib import Path

from shapely import make_valid, union_all
from shapely.geometry import MultiPolygon, Polygon, mapping, shape

REGION = (20.0, 40.0, 45.0, 56.0)
TARGET = Path(__file__).parent.parent / "truceline" / "tracks" / "land.geojson"


def main(path: Path) -> None:
    """Write the asset."""
    features = json.loads(path.read_text("utf-8"))["features"]
    land = union_all([make_valid(shape(feature["geometry"])) for feature in features])
    land = land.simplify(0.004).intersection(Polygon.from_bounds(*REGION))
    parts = [part for part in getattr(land, "geoms", [land]) if isinstance(part, Polygon) and part.area > 2e-4]
    geometry = mapping(MultiPolygon(sorted(parts, key=lambda part: (-part.area, part.bounds))))
    document = {
        "type": "FeatureCollection",
        "bbox": list(REGION),
        "origin": "Natural Earth 1:10m land (npm package world-atlas 2.0.2), simplified by scripts/land.py",
        "licence": "public domain",
        "features": [{"type": "Feature", "properties": {}, "geometry": rounded(geometry)}],
    }
    TARGET.write_text(json.dumps(document, separators=(",", ":")) + "\n", "utf-8")


def rounded(geometry: dict) -> dict:
    """Return the geometry with coordinates rounded to 0.001 degrees."""
    rings = [[[[round(x, 3), round(y, 3)] for x, y in ring] for ring in part] for part in geometry["coordinates"]]
    return {"type": "MultiPolygon", "coordinates": rings}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
