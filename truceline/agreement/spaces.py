"""Zones, lines and objects: from the keys of a block to shapes on the earth.

Coordinates are [lon, lat] in degrees (WGS 84); files are GeoJSON (RFC 7946) in the document's own
folder or below it. Where only the name of an area is known, the gazetteer's outline or disc stands
for it, and the zone says so.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import shapely
from shapely.geometry.base import BaseGeometry

from truceline.agreement.document import Block, Zone
from truceline.agreement.grammar import LINE_FORMS, ZONE_FORMS
from truceline.agreement.problems import Problems, show, suggest
from truceline.errors import FormError
from truceline.gazetteer import Gazetteer, Place
from truceline.spacetime.reference import check_reference
from truceline.spacetime.shapes import circle, corridor, line, normal, read_geometry
from truceline.spacetime.units import read_altitude, read_distance

__all__ = ["Spaces"]

T = TypeVar("T")
_LARGEST_FILE = 50_000_000
_CORNER = re.compile(r"corner (\d+):")
_AREAS = frozenset({"Polygon", "MultiPolygon"})
_LINES = frozenset({"LineString", "MultiLineString"})


class Spaces:
    """Reads the zones and lines of one document; a file that several of them name is read once."""

    def __init__(self, folder: Path, gazetteer: Gazetteer, problems: Problems) -> None:
        self._folder = folder
        self._gazetteer = gazetteer
        self._problems = problems
        self._files: dict[str, Mapping[str, Any]] = {}

    def zone(self, block: Block, name: str) -> Zone | None:
        """Read a zone block; what is wrong is noted, and None returned."""
        form = self._form(block, ZONE_FORMS, "zone")
        if form is None:
            return None
        try:
            zone = self._zone(name, form, block)
        except FormError as error:
            self._problems.form(block, _path(form, error), error)
            zone = None
        band = self._try(block, "altitude", _read_band) if "altitude" in block.values else None
        if zone is None or ("altitude" in block.values and band is None):
            return None
        return Zone(zone.id, zone.shape, zone.areas, band, zone.approximate, block.line)

    def line(self, block: Block) -> BaseGeometry | None:
        """Read a line block; what is wrong is noted, and None returned."""
        form = self._form(block, LINE_FORMS, "line")
        if form == "along":
            return self._try(block, form, line)
        if form == "file":
            return self._try(block, form, lambda value: self._feature(value, _LINES))
        return None

    def places(self, block: Block) -> None:
        """Check the places of an objects block: name, at = [lon, lat], radius."""
        if "places" not in block.values:
            return
        value = block.values["places"]
        items = value if isinstance(value, list) else [None]
        for number, item in enumerate(items):
            try:
                _read_place(item)
            except FormError as error:
                self._problems.form(block, f"places[{number}]", error)

    def _form(self, block: Block, forms: tuple[str, ...], what: str) -> str | None:
        given = [form for form in forms if form in block.values]
        if len(given) == 1:
            return given[0]
        found = "none" if not given else " and ".join(given)
        self._problems.add(
            block.line_of(given[1]) if given else block.line,
            f"{what} drawn in no way" if not given else f"{what} drawn in two ways",
            expected="exactly one of " + ", ".join(forms),
            found=found,
            do="add one" if not given else "keep one, and give the other a block of its own",
        )
        return None

    def _try(self, block: Block, key: str, read: Callable[[Any], T]) -> T | None:
        try:
            return read(block.values[key])
        except FormError as error:
            self._problems.form(block, _path(key, error), error)
            return None

    def _zone(self, name: str, form: str, block: Block) -> Zone:
        value = block.values[form]
        if form == "polygon":
            return Zone(name, _read_polygon(value))
        if form == "circle":
            return Zone(name, _read_circle(value))
        if form == "corridor":
            return Zone(name, _read_corridor(value))
        if form == "file":
            return Zone(name, self._feature(value, _AREAS))
        return self._areas(name, value)

    def _areas(self, name: str, value: object) -> Zone:
        names: list[Any] = value if isinstance(value, list) else [value]
        if not names or not all(isinstance(item, str) for item in names):
            raise FormError(
                "area not understood",
                expected='an ISO 3166-2 code such as "UA-51", a name, or a list of these',
                found=show(value),
                do="write the code or name in quotes",
            )
        places = [self._find(item) for item in names]
        shapes = [place.shape or circle(place.lon, place.lat, place.radius_m) for place in places]
        discs = [place.code for place in places if place.shape is None]
        why = f"a disc stands for {', '.join(discs)}: no outline is at hand" if discs else None
        codes = tuple(dict.fromkeys(place.code for place in places))
        return Zone(name, shapely.union_all(shapes) if len(shapes) > 1 else shapes[0], codes, approximate=why)

    def _find(self, name: str) -> Place:
        place = self._gazetteer.find(name)
        if place is None:
            # A code that is nearly another is another place, not a slip to be put right.
            known = [place.name for place in self._gazetteer.places]
            raise FormError(
                "area not known",
                expected="a code or name that the gazetteer or the case knows",
                found=show(name),
                do=suggest(name, known, "draw it as a polygon, or bring the area with the case"),
            )
        return place

    def _feature(self, value: object, kinds: frozenset[str]) -> BaseGeometry:
        """Return the geometry that "file.geojson#name" names."""
        path, _, name = value.partition("#") if isinstance(value, str) else ("", "", "")
        if not path or not name:
            raise FormError(
                "file not understood",
                expected='"file.geojson#name"',
                found=show(value),
                do="name the file beside the document, # and the name of the feature",
            )
        if path not in self._files:
            self._files[path] = _read_features(self._folder, path)
        features = self._files[path]
        if name not in features:
            raise FormError(
                "feature not found",
                expected="the name or id of a feature of that file",
                found=show(name),
                do=suggest(name, features, f"{path} has: {', '.join(list(features)[:12]) or 'no named feature'}"),
            )
        geometry = features[name]
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            raise FormError(
                "feature of the wrong kind",
                expected=" or ".join(sorted(kinds, key=len)),
                found=show(kind),
                do="name another feature",
            )
        return read_geometry(geometry)


def _path(key: str, error: FormError) -> str:
    """Return the path of the corner that an error names, so that a long outline gets the right line."""
    corner = _CORNER.match(error.found)
    return f"{key}[{int(corner[1]) - 1}]" if corner and key in ("polygon", "along") else key


def _read_polygon(value: Any) -> BaseGeometry:  # noqa: ANN401 - TOML value
    """Read one ring, or a list of rings: one inside another is a hole, one apart a further part."""
    first = value[0] if isinstance(value, list) and value else None
    if not (isinstance(first, list) and first and isinstance(first[0], list)):
        return normal(value)
    whole: BaseGeometry = shapely.Polygon()
    for ring in sorted((normal(ring) for ring in value), key=lambda shape: -shape.area):
        whole = _add_ring(whole, ring)
    return whole


def _add_ring(whole: BaseGeometry, ring: BaseGeometry) -> BaseGeometry:
    if whole.is_empty or not whole.intersects(ring) or whole.touches(ring):
        return whole.union(ring)
    if whole.covers(ring):
        return whole.difference(ring)
    at = whole.boundary.intersection(ring.boundary).representative_point()
    raise FormError(
        "rings cross each other",
        expected="rings inside one another (holes) or apart",
        found=f"a crossing near [{at.x:.6g}, {at.y:.6g}]",
        do="correct the corners, or draw two zones",
    )


def _table(value: object, keys: Mapping[str, str], what: str) -> Mapping[str, Any]:
    """Return a table that has exactly these keys; raises FormError."""
    expected = "{ " + ", ".join(f"{key} = {example}" for key, example in keys.items()) + " }"
    if not isinstance(value, dict) or set(value) != set(keys):
        odd = sorted(set(value) - set(keys)) if isinstance(value, dict) else []
        do = suggest(odd[0], keys, f'remove "{odd[0]}"') if odd else "give these keys"
        raise FormError(f"{what} not understood", expected=expected, found=show(value), do=do)
    return value


def _read_circle(value: object) -> BaseGeometry:
    table = _table(value, {"center": "[lon, lat]", "radius": '"12 nmi"'}, "circle")
    lon, lat = _read_point(table["center"])
    return circle(lon, lat, read_distance(table["radius"]))


def _read_corridor(value: object) -> BaseGeometry:
    table = _table(value, {"along": "[[lon, lat], …]", "width": '"6 nmi"'}, "corridor")
    return corridor(table["along"], read_distance(table["width"]))


def _read_point(value: object) -> tuple[float, float]:
    pair: list[Any] = value if isinstance(value, list) and len(value) == 2 else [None]
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in pair):
        raise FormError(
            "place not understood", expected="[lon, lat] in degrees", found=show(value), do="write two numbers"
        )
    return pair[0], pair[1]


def _read_place(value: object) -> None:
    table = _table(value, {"name": '"…"', "at": "[lon, lat]", "radius": '"500 m"'}, "place")
    if not isinstance(table["name"], str) or not table["name"].strip():
        raise FormError("place without a name", expected="text", found=show(table["name"]), do="name it")
    circle(*_read_point(table["at"]), read_distance(table["radius"]))


def _read_band(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise FormError(
            "altitude not understood",
            expected='a list of lowest and highest, such as ["0 m", "FL100"]',
            found=show(value),
            do="write two altitudes with their units",
        )
    low, high = (read_altitude(item) for item in value)
    if high <= low:
        raise FormError(
            "altitude band upside down",
            expected="the lower altitude first",
            found=f"{value[0]} and {value[1]}",
            do="swap or correct the two",
        )
    return low, high


def _read_features(folder: Path, name: str) -> Mapping[str, Any]:
    """Return the geometries of a GeoJSON file by name and id. Raises FormError."""
    data = _read_file(folder, name)
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FormError(
            "file is not GeoJSON", expected="JSON in UTF-8", found=f"{name}: {str(error)[:80]}", do="correct the file"
        ) from error
    check_reference(document)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise FormError(
            "file is not GeoJSON", expected="a FeatureCollection", found=name, do="save it as a FeatureCollection"
        )
    found: dict[str, Any] = {}
    for feature in features:
        for key in _feature_names(feature):
            if found.setdefault(key, feature.get("geometry")) is not feature.get("geometry"):
                raise FormError(
                    "two features of one name", expected="each name once", found=show(key), do=f"correct {name}"
                )
    return found


def _feature_names(feature: object) -> set[str]:
    if not isinstance(feature, dict):
        return set()
    properties = feature.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    return {str(value) for value in (name, feature.get("id")) if isinstance(value, (str, int))}


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a number")


def _read_file(folder: Path, name: str) -> bytes:
    expected = "a file in the document's folder or below it"
    try:
        path = (folder / name).resolve()
        inside = not Path(name).is_absolute() and path.is_relative_to(folder.resolve())
        if not inside:
            raise FormError("file outside the folder", expected=expected, found=show(name), do="copy it there")
        if not path.is_file():
            raise FormError("file not found", expected=expected, found=show(name), do="correct the name or add it")
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise FormError(
            "file cannot be opened", expected=expected, found=f"{name} ({type(error).__name__})", do="correct it"
        ) from error
    if len(data) > _LARGEST_FILE:
        raise FormError(
            "file too large", expected=f"at most {_LARGEST_FILE:,} bytes", found=show(name), do="simplify its outlines"
        )
    return data
