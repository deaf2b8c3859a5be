"""Marine Cadastre: daily AIS of US waters (NOAA, BOEM and US Coast Guard), CSV of both generations.

    MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,…
    mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,…

Times are UTC and carry no zone, speeds knots, courses degrees.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from truceline.evidence.aistable import read_ais_table
from truceline.evidence.batch import Batch, Format
from truceline.evidence.records import TEXT_OPTIONS
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer

__all__ = ["MARINECADASTRE", "read"]

_NAMES = {
    "mmsi": ("MMSI",),
    "time_utc": ("BaseDateTime", "timestamp"),
    "lat": ("LAT", "latitude"),
    "lon": ("LON", "longitude"),
    "speed_kn": ("SOG",),
    "course_deg": ("COG",),
    "name": ("VesselName",),
    "ship_type": ("VesselType",),
    "nav_status": ("Status",),
}


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:
    """Read a table of Marine Cadastre; raises EvidenceError where it is none."""
    return read_ais_table(stream, replace(source, time_zone="UTC"), gazetteer, _NAMES)


MARINECADASTRE = Format(
    name="marinecadastre",
    meaning="AIS of US waters as CSV (Marine Cadastre)",
    read=read,
    options=TEXT_OPTIONS,
    cooperative=True,
)
