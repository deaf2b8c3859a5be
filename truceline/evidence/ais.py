"""What identities, codes and types of AIS messages mean for our tables.

Meaning of fields and the ship types: Recommendation ITU-R M.1371-5, annex 8; forms of identity:
Recommendation ITU-R M.585-9. Where a transponder says something of itself, it is the transponder's
word and no more.
"""

import polars as pl

from truceline.kernels.sentence_records import ACCURATE, RAIM, SATURATED

__all__ = ["category", "integrity", "is_regular", "kind_of", "platform_kind"]

_FIXES = {61: "manual", 62: "dead-reckoning", 63: "inoperative"}
_CATEGORIES = {
    **dict.fromkeys([*range(20, 30), 31, 32, 33, 34, 36, 37, *range(40, 60), *range(90, 100)], "other-vessel"),
    30: "fishing",
    35: "warship",
    **dict.fromkeys(range(60, 70), "passenger"),
    **dict.fromkeys(range(70, 80), "cargo"),
    **dict.fromkeys(range(80, 90), "tanker"),
}
_BEACONS = (970, 972, 974)  # SART, man overboard, EPIRB


def category(ship_type: int) -> str | None:
    """Return the category of a ship type code (M.1371 table 53); reserved codes and 0 say nothing.

    Code 35, "engaged in military operations", is what the vessel says of itself.
    """
    return _CATEGORIES.get(ship_type)


def platform_kind(mmsi: int, number: int) -> str:
    """Return what the form of an identity and the message type make of a platform.

    Aircraft of search and rescue (111…, message 9), stations and marks (00…, 99…, message 4) and
    distress beacons (970, 972, 974), which are no vessels and count as stations; else a vessel.
    """
    if number == 9 or mmsi // 1_000_000 == 111:
        return "aircraft"
    if number == 4 or mmsi < 10_000_000 or mmsi // 10_000_000 == 99 or mmsi // 1_000_000 in _BEACONS:
        return "station"
    return "vessel"


def kind_of(mmsi: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Return `platform_kind` for columns."""
    aircraft = (number == 9) | (mmsi // 1_000_000 == 111)
    beacon = (mmsi // 1_000_000).is_in(list(_BEACONS))
    station = (number == 4) | (mmsi < 10_000_000) | (mmsi // 10_000_000 == 99) | beacon
    kind = pl.when(aircraft).then(pl.lit("aircraft")).when(station).then(pl.lit("station"))
    return kind.otherwise(pl.lit("vessel"))


def is_regular(mmsi: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Return whether identities have a form of M.585 (country codes run from 201 to 775)."""
    vessel = (mmsi // 1_000_000).is_between(201, 775) | (mmsi // 100_000_000 == 8) | (mmsi // 10_000_000 == 98)
    return (kind_of(mmsi, number) != "vessel") | vessel


def integrity(flags: int, second: int, *, regular: bool) -> str:
    """Return what a message says of its own quality, in words; `flags` as in `kernels.sentences`."""
    words = [f"pa={flags & ACCURATE > 0:d} raim={flags & RAIM > 0:d}"]
    words += [f"fix={_FIXES[second]}"] if second in _FIXES else []
    words += ["sog=saturated"] if flags & SATURATED else []
    words += [] if regular else ["mmsi=irregular"]
    return " ".join(words)
