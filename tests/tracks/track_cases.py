"""Positions by hand and by seed, so that a test reads as an episode."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from itertools import chain

import numpy as np
import polars as pl

from truceline.evidence.tables import POSITIONS, conform
from truceline.tracks import flag_positions

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
KNOT = 1852 / 3600
DEGREE_M = 111_195.0


def rows_of(platform, seconds, lon, lat, **more):
    """Rows of positions of one platform at seconds after noon."""
    count = len(seconds)
    lon, lat = np.broadcast_to(lon, count), np.broadcast_to(lat, count)
    return [
        {"source": "ais", "platform": platform, "time_utc": NOON + timedelta(seconds=float(t)),
         "lon": float(x), "lat": float(y), **more}
        for t, x, y in zip(seconds, lon, lat, strict=True)
    ]  # fmt: skip


def table(*parts):
    """One table of several lists of rows, numbered in that order."""
    rows = [{**row, "file": row.get("file", 1), "row": number} for number, row in enumerate(chain(*parts), start=1)]
    return conform(pl.DataFrame(rows, infer_schema_length=None), POSITIONS)


def way(seconds, knots=12.0, course_deg=90.0, lon=31.0, lat=44.0, seed=None):
    """A straight way at one speed; with a seed it sways as a ship does."""
    seconds = np.asarray(seconds, dtype=np.float64)
    along, across = seconds * knots * KNOT, np.zeros(len(seconds))
    if seed is not None:
        rng = np.random.default_rng(seed)
        along = along + 25 * np.sin(seconds / 240 + seed) + rng.normal(0, 4, len(seconds))
        across = 12 * np.sin(seconds / 170 + 2 * seed) + rng.normal(0, 4, len(seconds))
    c, s = np.cos(np.radians(course_deg)), np.sin(np.radians(course_deg))
    east, north = along * s + across * c, along * c - across * s
    return lon + east / DEGREE_M / np.cos(np.radians(lat)), lat + north / DEGREE_M


def ring(seconds, radius_m=2000.0, knots=15.0, lon=32.0, lat=44.0, wobble=0.0, seed=1):
    """A circle at one speed; `wobble` is the standard deviation of its radius in metres."""
    angle = np.asarray(seconds) * knots * KNOT / radius_m
    away = radius_m + np.random.default_rng(seed).normal(0, wobble, len(angle)) if wobble else radius_m
    return lon + away * np.sin(angle) / DEGREE_M / np.cos(np.radians(lat)), lat + away * np.cos(angle) / DEGREE_M


def flags(rows, flag, platforms=None):
    """Which rows carry a flag."""
    return (flag_positions(rows, platforms) & flag.value > 0).tolist()


def clean(rows, platforms=None):
    return not flag_positions(rows, platforms).any()


def read_states(path):
    """Positions of a file of OpenSky state vectors, as a list of records or by column."""
    found = json.loads(gzip.decompress(path.read_bytes()))
    columns = found if isinstance(found, dict) else None
    states = pl.DataFrame(
        {name: list(values.values()) for name, values in columns.items()} if columns else found,
        strict=False, infer_schema_length=None,
    )  # fmt: skip
    return conform(
        states.select(
            source=pl.lit("opensky"),
            platform=pl.format("icao:{}", "icao24") if "icao24" in states.columns else pl.format("icao:{}", "callsign"),
            time_utc=pl.from_epoch(pl.col("timestamp") * 1000, time_unit="us").dt.replace_time_zone("UTC"),
            lon="longitude",
            lat="latitude",
            speed_kn="groundspeed",
            file=1,
            row=pl.int_range(1, pl.len() + 1),
        ),
        POSITIONS,
    )
