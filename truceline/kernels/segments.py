"""When was each platform in each zone? Stays on the straight lines between its pings.

Lines are straight in longitude and latitude (RFC 7946) and go the short way across the antimeridian:
a step of more than 180° of longitude is one of less than 180° the other way; one of exactly 180° is
taken as it stands. A stay is a stretch of time in which the line is inside the closed zone: a zone
that lies between two pings is found, with the times interpolated; one that is only touched gives a
stay of no length. Batches and a stream give the same stays: what is not ended is carried over.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from truceline.kernels import segments_reference
from truceline.kernels.batches import Carry, Limits, run_batch
from truceline.kernels.records import EPISODE, PING
from truceline.kernels.zones import ZoneIndex

__all__ = ["Stays", "close", "find_stays"]

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Stays:
    """What a batch gave: stays that ended (`EPISODE`), silences (`GAP`), and what is carried over.

    Episodes are ordered by platform and within one by the segment in which they ended, then zone.
    `strays` are the numbers of the rows that are not on the globe; they are left out, as if absent.
    """

    episodes: Rows
    gaps: Rows
    carry: Carry
    strays: NDArray[np.int64]


def find_stays(
    index: ZoneIndex,
    platform: ArrayLike,
    time_us: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    carry: Carry | None = None,
    gap_us: int | None = None,
    bridge_us: int | None = None,
    threads: int | None = None,
) -> Stays:
    """Return the stays of a batch of pings, ordered by platform, then time.

    `platform`: whole numbers; `time_us`: microseconds since 1970 UTC, whole; `lon`, `lat`: degrees.
    `carry`: what the batch before left (of the same zones). A silence longer than `gap_us` is
    reported. Over one longer than `bridge_us` no line is drawn: stays end with its first ping and
    begin with its second (`PING`); by default every line is drawn.

    Pings at one time may differ in place: the line between them takes no time. Raises FormError,
    naming the row, when platforms or times go backwards, also against `carry`.
    """
    limits = Limits.of(gap_us, bridge_us)
    table, gaps, left, strays = run_batch(
        index, segments_reference.find_stays, EPISODE, (platform, time_us, lon, lat), carry, limits, threads
    )
    return Stays(table, gaps, left, strays)


def close(carry: Carry) -> Rows:
    """Return the stays that have not ended as `EPISODE` rows that end with their platform's last ping."""
    row = np.searchsorted(carry.last["platform"], carry.open["platform"])
    last = carry.last[row]
    closed = np.empty(len(row), EPISODE)
    for name in ("platform", "zone", "enter_us", "enter_lon", "enter_lat", "enter_kind"):
        closed[name] = carry.open[name]
    closed["leave_us"], closed["leave_lon"], closed["leave_lat"] = last["time_us"], last["lon"], last["lat"]
    closed["leave_kind"] = PING
    closed["pings"] = last["pings"] - carry.open["first"]
    return closed
