"""Names of places -> places. A name that nothing knows is not guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Place:
    """A named place: ISO 3166-2 code or the case's own name, a representative point, a radius.

    `shape` is its outline in lon/lat degrees where the case brought one; otherwise the disc stands
    for it.
    """

    code: str
    name: str
    lon: float
    lat: float
    radius_m: float
    shape: BaseGeometry | None = None


class Gazetteer:
    """Places by code and by every spelling that the sources use."""

    def __init__(self, places: Iterable[Place], spellings: Mapping[str, str]) -> None:
        self._places = {place.code: place for place in places}
        self._codes = {_fold(name): code for name, code in spellings.items()}

    def find(self, name: str) -> Place | None:
        """Return the place of this code or spelling, or None where nothing knows it."""
        return self._places.get(name) or self._places.get(self._codes.get(_fold(name), ""))

    @property
    def places(self) -> tuple[Place, ...]:
        """All places, in the order in which they were given."""
        return tuple(self._places.values())


def _fold(name: str) -> str:
    """Return a spelling without case, surplus blanks and apostrophe variants."""
    return " ".join(name.replace("’", "'").replace("ʼ", "'").casefold().split())
