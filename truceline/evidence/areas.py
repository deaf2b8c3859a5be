"""`[[area]]`: places that a case brings, as a polygon, a circle, or a feature of a GeoJSON file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from truceline.errors import FormError
from truceline.evidence.files import within
from truceline.evidence.listing import Entry
from truceline.spacetime.reference import check_reference
from truceline.spacetime.shapes import circle, normal, read_geometry
from truceline.spacetime.units import read_distance

__all__ = ["read_area_entry"]

_FORMS = ("polygon", "file", "circle")
_LARGEST = 32 << 20


def read_area_entry(entry: Entry, folder: Path, areas: dict[str, Any]) -> None:
    """Add the area of an entry to `areas`; what is wrong goes to the entry's problems."""
    entry.check_keys(("name", *_FORMS))
    name = entry.text("name", needed=True)
    given = [form for form in _FORMS if form in entry.values]
    if len(given) != 1:
        found = ", ".join(given) or "none"
        do = "give exactly one of them"
        entry.problem("", "shape of the area", expected="polygon, file or circle", found=found, do=do)
        return
    if name in areas:
        entry.problem("name", "area twice", expected="each name once", found=f'"{name}"', do="rename one of them")
        return
    try:
        shape = _read_shape(given[0], entry.values[given[0]], folder)
    except FormError as error:
        entry.problem(given[0], error.what, expected=error.expected, found=error.found, do=error.do)
        return
    if name:
        areas[name] = shape


def _read_shape(form: str, value: Any, folder: Path) -> BaseGeometry:  # noqa: ANN401 - whatever TOML holds
    if form == "polygon":
        return normal(value)
    if form == "file":
        return _read_feature(value, folder)
    if not isinstance(value, dict) or set(value) != {"center", "radius"}:
        raise _error("circle", '{ center = [lon, lat], radius = "500 m" }', value, "write it in that form")
    center = value["center"]
    if not isinstance(center, list) or len(center) != 2 or not all(type(x) in (int, float) for x in center):
        raise _error("center of a circle", "[lon, lat]", center, "write two numbers")
    return circle(float(center[0]), float(center[1]), read_distance(value["radius"]))


def _error(what: str, expected: str, found: object, do: str) -> FormError:
    return FormError(f"{what} not understood", expected=expected, found=str(found)[:80], do=do)


def _read_feature(value: object, folder: Path) -> BaseGeometry:
    """Read "zones.geojson#id": the feature of that id, or whose property name or id it is."""
    if not isinstance(value, str) or "#" not in value:
        raise _error("file of an area", '"zones.geojson#id"', value, "name the file and the feature")
    name, _, wanted = value.partition("#")
    path = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts or not within(path, folder):
        raise _error("path of an area", "a file inside the case", value, "put the file into the case")
    named = [feature for feature in _load_features(path) if wanted in _names_of(feature)]
    if len(named) != 1:
        found = f"{len(named)} of that name" if named else "none"
        raise _error("feature of an area", f'one feature "{wanted}" in {name}', found, "correct the id after #")
    return read_geometry(named[0].get("geometry"))


def _names_of(feature: Mapping[str, Any]) -> set[str]:
    properties = feature.get("properties")
    said = properties if isinstance(properties, Mapping) else {}
    return {str(feature.get("id")), str(said.get("id")), str(said.get("name"))}


def _load_features(path: Path) -> list[Mapping[str, Any]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise _error("file of an area", f"at most {_LARGEST} bytes", "more", "simplify the outlines")
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _error("file of an area", "a GeoJSON file (RFC 7946)", error, "correct the file or its path") from error
    check_reference(document)
    features = document.get("features") if isinstance(document, Mapping) else None
    if not isinstance(features, list):
        raise _error("file of an area", "a GeoJSON FeatureCollection", type(document).__name__, "correct the file")
    return [feature for feature in features if isinstance(feature, Mapping)]
