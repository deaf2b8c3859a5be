"""GeoJSON (RFC 7946): features with points or polygons become events, or positions.

A row is a feature. A point is the place; a polygon stands for it by a point and the radius that
covers it from there. Properties become columns by the source's map, or by their names.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from shapely.errors import ShapelyError

from truceline.errors import EvidenceError, FormError
from truceline.evidence.batch import Batch, Format
from truceline.evidence.columns import Repeats
from truceline.evidence.delimited import CSV, EVENT_COLUMNS, check_columns, make_events, wants_positions
from truceline.evidence.documents import fault, load_document, make_records
from truceline.evidence.fixes import POSITION_COLUMNS, make_positions
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer
from truceline.spacetime.reference import check_reference
from truceline.spacetime.shapes import distance_m, inside, read_geometry

__all__ = ["GEOJSON", "read_geojson"]

_EXPECTED = "a GeoJSON FeatureCollection"
_OURS = EVENT_COLUMNS | POSITION_COLUMNS
_PLACE = ("lon", "lat", "radius_m")


def read_geojson(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Read a FeatureCollection, or one Feature; raises EvidenceError for any other document."""
    document = load_document(stream, source, _EXPECTED)
    kind = document.get("type") if isinstance(document, dict) else None
    try:
        check_reference(document)
    except FormError as error:
        raise fault(source, 1, error.what, error.expected, error.found, error.do) from error
    features = [document] if kind == "Feature" else document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        found = f'"type": {kind!r}' if kind else type(document).__name__
        raise fault(source, 1, "not GeoJSON features", _EXPECTED, found, "give the features as a collection")
    names = _find_names(features, source)
    columns = {our: our for our in dict.fromkeys((*names, "event", *_PLACE))}
    positions = wants_positions(source, columns)
    check_columns(source, columns, sorted({*names.values(), "geometry"}), positions)
    make = make_positions if positions else make_events
    repeats = Repeats([])
    for block in make_records([_flatten(feature, names) for feature in features], list(columns)):
        yield make(repeats.drop(block), source, columns, gazetteer)


def _find_names(features: list[Any], source: Source) -> dict[str, str]:
    """Return our columns -> names of properties: as declared, else of the same name."""
    there: set[str] = set()
    real = [feature for feature in features if isinstance(feature, dict) and feature.get("type") == "Feature"]
    for feature in real:
        properties = feature.get("properties")
        there.update(properties if isinstance(properties, dict) else ())
    missing = {our: name for our, name in source.columns.items() if real and name not in there}
    if missing:
        found = ", ".join(sorted(there))[:200] or "none"
        do = "correct the name in [source.columns]"
        problems = [
            fault(source, 1, "property missing", f'a property "{name}" (for {our})', found, do).problems[0]
            for our, name in missing.items()
        ]
        raise EvidenceError(problems)
    return {our: our for our in _OURS if our in there and our not in ("lon", "lat")} | dict(source.columns)


def _flatten(feature: object, names: Mapping[str, str]) -> Mapping[str, Any] | str:
    """Return the values of a feature by our names, or why it is none."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        kind = feature.get("type") if isinstance(feature, dict) else None
        return f"not a feature: {kind}"[:80] if isinstance(kind, str) else "not a feature"
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return "properties are no table"
    values = {our: properties.get(name) for our, name in names.items()}
    if "event" not in names and isinstance(feature.get("id"), (str, int)):
        values["event"] = feature["id"]
    geometry = feature.get("geometry")
    if geometry is None:
        return values
    try:
        lon, lat, radius_m = _find_place(geometry)
    except FormError as error:
        return f"{error.what}: {error.found}"[:200]
    except (TypeError, ValueError, OverflowError, RecursionError, ShapelyError):
        return "geometry not understood"
    said = values.get("radius_m")
    return {**values, "lon": lon, "lat": lat, "radius_m": radius_m if said is None else said}


def _find_place(geometry: Any) -> tuple[object, object, float | None]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(geometry, dict):
        raise ValueError("no geometry")
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Point":
        if not isinstance(coordinates, list) or len(coordinates) < 2:
            raise ValueError("no point")
        return _number(coordinates[0]), _number(coordinates[1]), None
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        what = "geometry is neither point nor polygon"
        raise FormError(what, expected="Point or Polygon", found=str(geometry.get("type"))[:40], do="")
    shape = read_geometry(geometry)
    middle = shape.centroid if inside(shape, shape.centroid.x, shape.centroid.y).all() else shape.representative_point()
    corners = [point for part in getattr(shape, "geoms", [shape]) for point in part.exterior.coords]
    lons, lats = zip(*corners, strict=True)
    return middle.x, middle.y, float(max(distance_m(middle.x, middle.y, lons, lats)))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("a coordinate is no number")
    return float(value) if math.isfinite(value) else math.nan


GEOJSON = Format(
    name="geojson",
    meaning="GeoJSON features, by a map of their properties",
    read=read_geojson,
    options={name: CSV.options[name] for name in ("table", "time_format", "kinds", "area", "cooperative")},
    columns=_OURS,
)
