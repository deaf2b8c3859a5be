"""Numbers of ships and aircraft -> the administration that gave them, as ISO 3166-1 alpha-2 codes.

Forms of maritime identities: Recommendation ITU-R M.585-9, annex 1. Blocks of aircraft addresses:
ICAO Annex 10, volume III, part I, chapter 9. The tables and where they come from: `README.md`
beside this file. None means that nothing is known, and never a guess.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["flag_of_mmsi", "flags_of_mmsi", "state_of_icao", "states_of_icao"]

# First and last identity of a form, and the number by which it is divided to end with its three digits.
_FORMS = (
    (2_000_000, 7_999_999, 10_000),  # 00MIDXXXX: coast station
    (111_000_000, 111_999_999, 1_000),  # 111MIDXXX: aircraft of search and rescue
    (200_000_000, 799_999_999, 1_000_000),  # MIDXXXXXX: ship
    (800_000_000, 899_999_999, 100_000),  # 8MIDXXXXX: handheld radio
    (980_000_000, 989_999_999, 10_000),  # 98MIDXXXX: craft of a parent ship
    (990_000_000, 999_999_999, 10_000),  # 99MIDXXXX: aid to navigation
)
_ADDRESS = re.compile(r"[0-9a-fA-F]{6}")


def flag_of_mmsi(mmsi: int) -> str | None:
    """Return the flag behind a maritime identity, or None where its form or its digits tell none.

    Ships, coast stations (00), aircraft of search and rescue (111), craft of a parent ship (98),
    aids to navigation (99) and handheld radios (8) carry three digits of an administration.
    Distress beacons (970, 972, 974) carry their maker's number, and a group of ships (0) is no
    platform: None.
    """
    for first, last, divisor in _FORMS:
        if first <= mmsi <= last:
            return _flags().get(mmsi // divisor % 1_000)
    return None


def state_of_icao(icao24: str) -> str | None:
    """Return the state behind an aircraft address of six hexadecimal digits, or None.

    An address with "~" is none of ICAO's, and what stands in no block belongs to no state.
    """
    if not _ADDRESS.fullmatch(icao24):
        return None
    first, last, states = _blocks()
    address = int(icao24, 16)
    at = int(np.searchsorted(first, address, side="right")) - 1
    return str(states[at]) if at >= 0 and address <= last[at] else None


def flags_of_mmsi(mmsi: pl.Series) -> pl.Series:
    """Return `flag_of_mmsi` of each value of a whole-number column; null where there is none."""
    number = pl.col("mmsi")
    digits = pl.coalesce(
        [pl.when(number.is_between(first, last)).then(number // divisor % 1_000) for first, last, divisor in _FORMS]
    )
    frame = pl.DataFrame({"mmsi": mmsi.cast(pl.Int64)})
    flag = digits.replace_strict(dict(_flags()), default=None, return_dtype=pl.String)
    return frame.select(flag.alias(mmsi.name)).to_series()


def states_of_icao(icao24: pl.Series) -> pl.Series:
    """Return `state_of_icao` of each value of a text column; null where there is none."""
    sound = icao24.str.contains(rf"^{_ADDRESS.pattern}$").fill_null(False)
    address = icao24.set(~sound, "000000").str.to_integer(base=16).to_numpy()
    first, last, states = _blocks()
    at = np.searchsorted(first, address, side="right") - 1
    inside = (at >= 0) & (address <= last[at])
    found = pl.Series(icao24.name, states[np.maximum(at, 0)].tolist(), dtype=pl.String)
    return found.set(~(pl.Series(inside) & sound), None)


def _read(name: str) -> list[dict[str, str]]:
    text = files("truceline.identity").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _flags() -> Mapping[int, str]:
    return {int(row["mid"]): row["flag"] for row in _read("mid.csv")}


@cache
def _blocks() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.str_]]:
    rows = _read("icao.csv")
    first, last = (np.array([int(row[end], 16) for row in rows], dtype=np.int64) for end in ("first", "last"))
    return first, last, np.array([row["state"] for row in rows])
