"""Which platforms a clause is about: by id, or by category, and never by flag.

A platform whose category is known and not named is no concern of the clause. What is known only as
a vessel or an aircraft, or not at all, may be one that the clause names: unknown stays unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from truceline.agreement.actors import find_party, fold_name, name_parties
from truceline.agreement.document import Agreement
from truceline.evidence.sight import AIRCRAFT, VESSELS
from truceline.model import UNDETERMINED

__all__ = ["NO_CATEGORY", "NO_IDENTITY", "Subject", "is_named", "list_subjects", "name_roots"]

NO_IDENTITY = "no identity: an anonymous track that nothing identifies"
NO_CATEGORY = "what kind of platform it is, is not known"

Bearing = Literal["named", "unnamed", "unknown", "anonymous"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of one platform, and how the clause bears on it.

    named: the clause names it or its category; unknown: it is identified, but its category is not
    known; anonymous: a track or a detection that nothing identifies.
    """

    platform: str
    kind: str | None
    category: str | None
    party: str
    bearing: Bearing


def list_subjects(
    present: Iterable[str], platforms: pl.DataFrame, wanted: Sequence[str], agreement: Agreement
) -> dict[str, Subject]:
    """Return, for each platform that was present, what is known of it and how the clause bears on it.

    A platform of a state that is no party to the agreement is "unnamed": the clause does not speak of it.
    """
    names = name_parties(agreement)
    columns = ("kind", "category", "party")
    merged = platforms.group_by("platform").agg(pl.col(columns).drop_nulls().first())
    known = {name: rest for name, *rest in merged.select("platform", *columns).iter_rows()}
    subjects = {}
    for platform in present:
        kind, category, party = known.get(platform, (None, None, None))
        kind = kind or _kind_of_id(platform)
        bearing = _weigh(platform, kind, category, wanted)
        if party and fold_name(party) not in names:
            bearing = "unnamed"
        subjects[platform] = Subject(platform, kind, category, find_party(party, names), bearing)
        if bearing in ("unknown", "anonymous") and subjects[platform].party != UNDETERMINED:
            subjects[platform] = Subject(platform, kind, category, subjects[platform].party, "named")
    return subjects


def is_named(category: str | None, wanted: Sequence[str]) -> bool | None:
    """Return whether a clause names a category; None where the category does not settle it."""
    if category in wanted:
        return True
    roots = [tree[0] for tree in (VESSELS, AIRCRAFT) if category in tree]
    if roots and roots[0] in wanted:
        return True
    if category is None or category not in (*VESSELS, *AIRCRAFT):
        return None
    if category in (VESSELS[0], AIRCRAFT[0]):
        return None if roots[0] in name_roots(wanted) else False
    return False


def name_roots(wanted: Sequence[str]) -> frozenset[str]:
    """Return the roots ("vessel", "aircraft") to which the wanted categories and ids belong."""
    sea = {"vessel" for name in wanted if name in VESSELS or name.startswith("mmsi:")}
    air = {"aircraft" for name in wanted if name in AIRCRAFT or name.startswith("icao:")}
    tracks = {root for name in wanted if name.startswith("track:") for root in ("vessel", "aircraft")}
    return frozenset(sea | air | tracks)


def _kind_of_id(platform: str) -> str | None:
    prefixes = {"mmsi": "vessel", "icao": "aircraft", "track": "radar-track"}
    return prefixes.get(platform.partition(":")[0])


def _weigh(platform: str, kind: str | None, category: str | None, wanted: Sequence[str]) -> Bearing:
    if platform in wanted:
        return "named"
    if kind == "station":
        return "unnamed"
    anonymous = kind in ("radar-track", "detection") or platform.startswith("track:")
    named = is_named(category or (None if anonymous else kind), wanted)
    if named is not None:
        return "named" if named else "unnamed"
    if anonymous:
        return "anonymous"
    # an identified platform of a clause that names ids only is another one
    return "unknown" if any(name in (*VESSELS, *AIRCRAFT) for name in wanted) else "unnamed"
