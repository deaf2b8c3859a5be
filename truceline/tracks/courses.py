"""Positions as columns in order of platform and time: what every check of single tracks starts from.

Distances are great circles on the sphere of the mean radius (IUGG 1980): within 0.6 % of the ellipsoid,
which no limit here needs to be better than.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.tracks.flags import fastest_kn

__all__ = ["KNOT_M_S", "MEAN_RADIUS_M", "Courses", "great_circle_m", "read_courses", "spare_s"]

MEAN_RADIUS_M = 6_371_008.8
KNOT_M_S = 1852 / 3600
_MINUTE_US = 60_000_000
_LATE_S = 10.0  # stamps of receivers and of senders differ by this much in ordinary data

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Courses:
    """Positions in order of platform, time and place.

    `order` says which row of the table each is. `limit_m_s` is what its platform cannot exceed,
    `spare_s` by how much two time stamps may be wrong.
    """

    order: Indices
    platform: Indices
    micros: Indices
    lon: Floats
    lat: Floats
    limit_m_s: Floats
    spare_s: Floats

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.order)

    @property
    def starts(self) -> NDArray[np.bool_]:
        """Whether a position is the first of its platform."""
        return np.concatenate([[True], self.platform[1:] != self.platform[:-1]])[: len(self)]

    def reaches(self, one: Indices, other: Indices) -> NDArray[np.bool_]:
        """Return whether a platform can have gone from one position to another in the time between them."""
        metres = great_circle_m(self.lon[one], self.lat[one], self.lon[other], self.lat[other])
        seconds = np.abs(self.micros[other] - self.micros[one]) / 1e6
        spare = np.maximum(self.spare_s[one], self.spare_s[other])
        fits: NDArray[np.bool_] = metres <= self.limit_m_s[one] * (seconds + spare)
        return fits


def great_circle_m(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Return metres along the great circle between places in degrees (haversine)."""
    north, east = np.radians(lat2 - lat1), np.radians(lon2 - lon1)
    chord = np.sin(north / 2) ** 2 + np.cos(np.radians(lat1)) * np.cos(np.radians(lat2)) * np.sin(east / 2) ** 2
    metres: Floats = 2 * MEAN_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return metres


def read_courses(rows: pl.DataFrame, platforms: pl.DataFrame | None, clock_s: Mapping[str, float]) -> Courses:
    """Return the positions of a table that have a place and a time.

    `platforms` gives kind and category; without it the platform's id tells vessels from aircraft.
    `clock_s` is by how many seconds each source's clock is known to differ.
    """
    limits = _limit_platforms(rows, platforms)
    whole = rows.select(
        index=pl.int_range(pl.len(), dtype=pl.Int64),
        name=pl.col("platform").cast(pl.Categorical),
        micros=pl.col("time_utc").to_physical(),
        lon=pl.col("lon").cast(pl.Float64),
        lat=pl.col("lat").cast(pl.Float64),
        spare=_spare(rows, clock_s),
    ).filter(
        pl.col("lon").is_finite() & pl.col("lat").is_finite() & pl.col("micros").is_not_null(),
        pl.col("lon").abs() <= 180,
        pl.col("lat").abs() <= 90,
    )
    ordered = whole.with_columns(platform=pl.col("name").to_physical().cast(pl.Int64)).sort(
        "platform", "micros", "lon", "lat"
    )
    known = ordered.join(limits, on="name", how="left", maintain_order="left")
    columns = [known[name].to_numpy() for name in ("index", "platform", "micros", "lon", "lat", "limit", "spare")]
    return Courses(*columns)


def _limit_platforms(rows: pl.DataFrame, platforms: pl.DataFrame | None) -> pl.DataFrame:
    """Return a row per platform: name, and the limit in metres a second."""
    present = rows.select(name=pl.col("platform").cast(pl.Categorical)).unique()
    known: dict[str, tuple[str | None, str | None]] = {}
    if platforms is not None:
        merged = platforms.group_by("platform").agg(pl.col("kind", "category").drop_nulls().first())
        known = {name: (kind, category) for name, kind, category in merged.iter_rows()}
    names = present["name"].cast(pl.String).to_list()
    limits = [fastest_kn(*known.get(name, (_kind_of(name), None))) * KNOT_M_S for name in names]
    return present.with_columns(limit=pl.Series(limits, dtype=pl.Float64))


def _kind_of(name: str | None) -> str | None:
    return "vessel" if name is not None and name.startswith("mmsi:") else None


def spare_s(micros: Indices) -> float:
    """Return by how many seconds each of these time stamps may be wrong: more where all are whole minutes."""
    coarse = len(micros) > 0 and bool((micros % _MINUTE_US == 0).all())
    return _LATE_S + (_MINUTE_US / 1e6 if coarse else 0.0)


def _spare(rows: pl.DataFrame, clock_s: Mapping[str, float]) -> pl.Expr:
    """Return by how many seconds each time stamp may be wrong: more where all are whole minutes."""
    spare = spare_s(rows["time_utc"].to_physical().to_numpy())
    if not clock_s or "source" not in rows.columns:
        return pl.lit(spare, dtype=pl.Float64)
    known = {name: spare + abs(seconds) for name, seconds in clock_s.items()}
    return pl.col("source").cast(pl.String).replace_strict(known, default=spare, return_dtype=pl.Float64)
