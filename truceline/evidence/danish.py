"""Daily AIS of Danish waters as CSV (Danish Maritime Authority), by its description of the columns.

    # Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,…

Times have the day first and name no zone. Status, type of ship and type of mobile are words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

import polars as pl

from truceline.evidence.aistable import read_ais_table
from truceline.evidence.batch import Batch, Format
from truceline.evidence.records import TEXT_OPTIONS
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer

__all__ = ["DMA", "read"]

_NAMES = {
    "mmsi": ("MMSI",),
    "time_utc": ("Timestamp",),
    "lat": ("Latitude",),
    "lon": ("Longitude",),
    "speed_kn": ("SOG",),
    "course_deg": ("COG",),
    "name": ("Name",),
    "nav_status": ("Navigational status",),
    "category": ("Ship type",),
    "kind": ("Type of mobile",),
    "received_by": ("Data source type",),
}
_KINDS = {
    "class a": "vessel",
    "class b": "vessel",
    "base station": "station",
    "aton": "station",
    "sar airborne": "aircraft",
    "search and rescue transponder": "station",  # beacons are no vessels, as in raw AIS
    "man overboard device": "station",
    "epirb": "station",
}
_STATUS = {
    "under way using engine": "0",
    "at anchor": "1",
    "not under command": "2",
    "restricted maneuverability": "3",
    "constrained by her draught": "4",
    "moored": "5",
    "aground": "6",
    "engaged in fishing": "7",
    "under way sailing": "8",
}
_OTHER = (
    "towing", "towing long/wide", "dredging", "diving", "sailing", "pleasure", "hsc", "pilot", "sar", "tug",
    "port tender", "anti-pollution", "law enforcement", "medical", "not party to conflict", "wig", "other",
)  # fmt: skip
_CATEGORIES = {
    "fishing": "fishing",
    "military": "warship",
    "passenger": "passenger",
    "cargo": "cargo",
    "tanker": "tanker",
    **dict.fromkeys(_OTHER, "other-vessel"),
}
_WORDS = {"kind": _KINDS, "nav_status": _STATUS, "category": _CATEGORIES}


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Read a table of the Danish Maritime Authority; raises EvidenceError where it is none."""
    form = {"time_format": "%d/%m/%Y %H:%M:%S", **source.options}
    return read_ais_table(stream, replace(source, options=form), gazetteer, _NAMES, _translate)


def _translate(cells: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Add our words for theirs; what is none of theirs is unknown."""
    return cells.with_columns(
        pl.col(columns[our])
        .str.strip_chars()
        .str.to_lowercase()
        .replace_strict(words, default=None, return_dtype=pl.String)
        .alias(f"({our})")
        for our, words in _WORDS.items()
        if our in columns
    )


DMA = Format(
    name="dma",
    meaning="AIS of Danish waters as CSV (Danish Maritime Authority)",
    read=read,
    options=TEXT_OPTIONS,
    cooperative=True,
    needs=("time_zone",),
)
