"""Places by code and by every spelling that the sources use."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import shapely
from shapely.geometry.base import BaseGeometry

from truceline.spacetime.shapes import distance_m, inside

__all__ = ["Gazetteer", "Place", "load_gazetteer"]

# Marks that stand for a soft sign or an apostrophe in one transliteration and are left out in another.
_DROPPED = dict.fromkeys(map(ord, "'’‘ʼʹ′´`ʾ"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_NO_AREAS: Mapping[str, BaseGeometry] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """A named place: ISO 3166-2 code or the case's own name, a representative point, a radius.

    `shape` is its outline in lon/lat degrees where the case brought one; otherwise the disc of
    `radius_m` metres about the point stands for it, and covers it.
    """

    code: str
    name: str
    lon: float
    lat: float
    radius_m: float
    shape: BaseGeometry | None = None


class Gazetteer:
    """Places by code and by every spelling that the sources use.

    Spellings are compared without case, surplus blanks, apostrophes and kinds of dash. Raises
    ValueError where one spelling would mean two places, or a place that is not there.
    """

    def __init__(self, places: Iterable[Place], spellings: Mapping[str, str]) -> None:
        self._places = {place.code: place for place in places}
        self._codes: dict[str, str] = {}
        for name, code in spellings.items():
            if code not in self._places or self._codes.setdefault(_fold(name), code) != code:
                raise ValueError(f'spelling "{name}" of {code}: two places, or none')

    def find(self, name: str) -> Place | None:
        """Return the place of this code or spelling, or None where nothing knows it."""
        return self._places.get(name) or self._places.get(self._codes.get(_fold(name), ""))

    @property
    def places(self) -> tuple[Place, ...]:
        """All places, in the order in which they were given."""
        return tuple(self._places.values())


def load_gazetteer(areas: Mapping[str, BaseGeometry] = _NO_AREAS) -> Gazetteer:
    """Return the first-level regions of Ukraine and, beside them, the case's own areas.

    `areas` maps a name to its outline in lon/lat degrees; the name is then the code too. Outlines
    under the code or spellings of a known region are its shape together, and every spelling means
    it. Names that differ only in what spellings leave out are found as they stand and in no other
    spelling. The points and radii come from `ukraine.csv`; `README.md` beside it says whence.
    """
    regions, spellings = _regions()
    known = Gazetteer(regions, spellings)
    places = {place.code: place for place in regions}
    for name, shape in areas.items():
        region = places.get((known.find(name) or Place(name, name, 0.0, 0.0, 0.0)).code)
        whole = shape if region is None or region.shape is None else region.shape.union(shape)
        own = _measure(region.code, region.name, whole) if region else _measure(name, name, whole)
        places[own.code] = own
    alike = Counter(_fold(name) for name in areas)
    names = {name: name for name in areas if known.find(name) is None and alike[_fold(name)] == 1}
    return Gazetteer(places.values(), {**spellings, **names})


@cache
def _regions() -> tuple[tuple[Place, ...], Mapping[str, str]]:
    """Return the places of `ukraine.csv`, and its spellings with their codes."""
    table = (files("truceline.gazetteer") / "ukraine.csv").read_text("utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    places = tuple(
        Place(row["code"], row["name"], float(row["lon"]), float(row["lat"]), float(row["radius_m"])) for row in rows
    )
    spellings = {name: row["code"] for row in rows for name in _names(row)}
    return places, MappingProxyType(spellings)


def _names(row: Mapping[str, str]) -> list[str]:
    return [row["code"], row["name"], row["name_uk"], *row["spellings"].split("|")]


def _measure(code: str, name: str, shape: BaseGeometry) -> Place:
    """Return the place of an outline: a point inside it, and the radius that covers it from there."""
    middle = shape.centroid
    if not inside(shape, middle.x, middle.y):
        middle = shape.representative_point()
    corners = shapely.get_coordinates(shape)
    radius_m = float(distance_m(middle.x, middle.y, corners[:, 0], corners[:, 1]).max())
    return Place(code, name, middle.x, middle.y, radius_m, shape)


def _fold(name: str) -> str:
    """Return a spelling without what differs between writers of the same name."""
    plain = unicodedata.normalize("NFKC", name).translate(_DASHES).translate(_DROPPED)
    return " ".join(plain.casefold().split())
