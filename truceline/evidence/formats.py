"""The formats of evidence that can be read: one file each, one line each here."""

from truceline.evidence.alerts import OFFICIAL, VOLUNTEER
from truceline.evidence.batch import Format
from truceline.evidence.danish import DMA
from truceline.evidence.delimited import CSV
from truceline.evidence.firms import FIRMS
from truceline.evidence.geojson import GEOJSON
from truceline.evidence.marinecadastre import MARINECADASTRE
from truceline.evidence.modes import MODES
from truceline.evidence.nmea import NMEA
from truceline.evidence.observation import OBSERVATION
from truceline.evidence.opensky import OPENSKY
from truceline.evidence.readsb import READSB
from truceline.evidence.seismic import SEISMIC
from truceline.evidence.sightings import RADAR, SAR
from truceline.evidence.ucdp import UCDP
from truceline.evidence.viina import VIINA

__all__ = ["SOURCES"]

_FORMATS: tuple[Format, ...] = (
    CSV,
    OFFICIAL,
    VOLUNTEER,
    UCDP,
    VIINA,
    FIRMS,
    OBSERVATION,
    GEOJSON,
    NMEA,
    MARINECADASTRE,
    DMA,
    OPENSKY,
    READSB,
    MODES,
    RADAR,
    SAR,
    SEISMIC,
)

SOURCES: dict[str, Format] = {each.name: each for each in _FORMATS}
