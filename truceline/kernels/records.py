"""The rows that the segment kernels give and take. Times are microseconds since 1970 UTC, places degrees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CROSSED", "CROSSING", "EPISODE", "GAP", "LAST", "OPEN", "PING", "Part"]

CROSSED, PING = 0, 1
"""How a stay begins or ends: at the boundary, between pings; or at a ping, because none is known before or after."""

EPISODE = np.dtype(
    [
        ("platform", np.int64),
        ("enter_us", np.int64),
        ("leave_us", np.int64),
        ("pings", np.int64),
        ("enter_lon", np.float64),
        ("enter_lat", np.float64),
        ("leave_lon", np.float64),
        ("leave_lat", np.float64),
        ("zone", np.uint32),
        ("enter_kind", np.uint16),
        ("leave_kind", np.uint16),
    ]
)
"""One unbroken stay in a zone. `pings` lie inside; 0 means that the zone was crossed between two of them."""

CROSSING = np.dtype(
    [
        ("platform", np.int64),
        ("time_us", np.int64),
        ("lon", np.float64),
        ("lat", np.float64),
        ("line", np.uint32),
        ("direction", np.int32),
    ]
)
"""A line crossed; `direction` is 1 from the line's left to its right, -1 back."""

GAP = np.dtype(
    [
        ("platform", np.int64),
        ("before_us", np.int64),
        ("after_us", np.int64),
        ("before_lon", np.float64),
        ("before_lat", np.float64),
        ("after_lon", np.float64),
        ("after_lat", np.float64),
    ]
)
"""A silence, from the last ping before it to the first one after."""

LAST = np.dtype(
    [
        ("platform", np.int64),
        ("time_us", np.int64),
        ("pings", np.int64),
        ("lon", np.float64),
        ("lat", np.float64),
    ]
)
"""A platform's last ping and how many there were so far."""

OPEN = np.dtype(
    [
        ("platform", np.int64),
        ("enter_us", np.int64),
        ("first", np.int64),
        ("enter_lon", np.float64),
        ("enter_lat", np.float64),
        ("zone", np.uint32),
        ("enter_kind", np.uint32),
    ]
)
"""A stay that has not ended. `first`: the number of the platform's first ping inside."""


@dataclass(slots=True)
class Part:
    """What a range of rows gave; `unusable` counts pings off the globe, `wrong` is the first row out of order or -1."""

    found: NDArray[np.void]
    gaps: NDArray[np.void]
    last: NDArray[np.void]
    open: NDArray[np.void]
    unusable: int
    wrong: int

    @classmethod
    def of(cls, tables: Sequence[NDArray[np.void]], unusable: int, wrong: int) -> "Part":
        """Return the part with these four tables."""
        found, gaps, last, still_open = tables
        return cls(found, gaps, last, still_open, unusable, wrong)
