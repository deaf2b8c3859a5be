"""The kernels: the work that is done for every position, compiled in C, beside a slow reference in Python.

`backend()` says which serves. Both give the same results; the reference is the oracle of the tests
and what serves where there is no C compiler. Longitude and latitude are degrees WGS 84, segments
and edges are straight in them (RFC 7946), zones are closed. `docs/kernels.md` says how it works.
"""

from truceline.kernels.backend import backend
from truceline.kernels.batches import Carry
from truceline.kernels.clusters import Clusters, find_clusters, place_events
from truceline.kernels.encounters import Encounters, find_encounters, find_near
from truceline.kernels.grouping import group_pings
from truceline.kernels.lines import Crossings, LineIndex, find_crossings
from truceline.kernels.loitering import Loitering, find_loitering
from truceline.kernels.segments import Stays, close, find_stays
from truceline.kernels.zones import Masks, Pairs, ZoneIndex

__all__ = [
    "Carry",
    "Clusters",
    "Crossings",
    "Encounters",
    "LineIndex",
    "Loitering",
    "Masks",
    "Pairs",
    "Stays",
    "ZoneIndex",
    "backend",
    "close",
    "find_clusters",
    "find_crossings",
    "find_encounters",
    "find_loitering",
    "find_near",
    "find_stays",
    "group_pings",
    "place_events",
]
