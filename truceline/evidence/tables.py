"""The three tables that everything observed becomes, and the tables that account for them.

`positions` (beside `platforms`), `events`, `coverage`; `files` says where rows came from and
`rejects` what was refused and why. Times are UTC microseconds, positions WGS 84 degrees. A null
means unknown.
"""

import polars as pl

TIME = pl.Datetime("us", "UTC")

# Text, not categories, of which each row would have to be numbered before a filter by platform could leave it out.
POSITIONS: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "platform": pl.String,
    "time_utc": TIME,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "altitude_m": pl.Float32,
    "altitude_ref": pl.String,  # "barometric", "ellipsoid", "msl" or "ground"
    "speed_kn": pl.Float32,
    "course_deg": pl.Float32,
    "nav_status": pl.UInt8,  # ITU-R M.1371: 0 to 15
    "accuracy_m": pl.Float32,
    "integrity": pl.String,  # what the source says of its own quality, such as "nic=8 nac_p=10"
    "received_by": pl.String,
    "received_utc": TIME,  # when it reached whoever gave it to us; null: not known
    "file": pl.UInt32,
    "row": pl.UInt64,
}

PLATFORMS: dict[str, pl.DataType | type[pl.DataType]] = {
    "platform": pl.String,
    "kind": pl.String,  # "vessel", "aircraft", "radar-track", "detection", "station"
    "mmsi": pl.UInt32,
    "icao24": pl.String,
    "name": pl.String,
    "flag": pl.String,  # never equated with party
    "party": pl.String,
    "category": pl.String,
}

EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.Categorical,
    "event": pl.String,  # the source's own id, or one derived from file and row
    "kind": pl.Categorical,
    "start_utc": TIME,  # start_utc..end_utc is as wide as the source's knowledge: half-open
    "end_utc": TIME,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "radius_m": pl.Float64,
    "area": pl.Categorical,  # ISO 3166-2 code, or the name of an area that the case brought
    "actor": pl.Categorical,
    "object": pl.Categorical,
    "quantity": pl.Float64,
    "quantity_low": pl.Float64,
    "quantity_high": pl.Float64,
    "unit": pl.Categorical,
    "counting": pl.Categorical,
    "reliability": pl.Categorical,  # Admiralty code: A to F
    "credibility": pl.UInt8,  # Admiralty code: 1 to 6
    "text": pl.String,
    "received_utc": TIME,
    "file": pl.UInt32,
    "row": pl.UInt64,
}

COVERAGE: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "provider": pl.String,
    "start_utc": TIME,
    "end_utc": TIME,
    "area": pl.String,  # a zone of the agreement, a place of the gazetteer or the case, "everywhere"
    "detects": pl.List(pl.String),  # kinds of event and categories of platform
    "party": pl.String,  # null: whoever it is
    "probability": pl.Float64,  # of seeing such a thing there and then; null: not known
}

FILES: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.UInt32,
    "source": pl.String,
    "path": pl.String,  # relative to the case
    "format": pl.String,
    "sha256": pl.String,
    "size_bytes": pl.UInt64,
    "rows": pl.UInt64,
    "used": pl.UInt64,
    "set_aside": pl.UInt64,
    "rejected": pl.UInt64,
}

REJECTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.UInt32,
    "row": pl.UInt64,
    "reason": pl.String,
    "found": pl.String,  # what stood there, cut to 200 characters
}

EVENT_KINDS = (
    "air-raid-alert",
    "air-strike",
    "missile-strike",
    "drone-strike",
    "shelling",
    "explosion",
    "small-arms-fire",
    "lethal-event",
    "mission-count",
    "casualty",
    "damage",
    "weapon-sighting",
    "jamming",
    "thermal-anomaly",
    "press-report",
    "observation",
    "overflight",
    "naval-incident",
    "access-denied",
    "notification",
    "determination",
    "claim",
    "delivery",
    "payment",
)
"""Kinds of event that the product knows; a case may add its own."""

PLATFORM_KINDS = ("vessel", "aircraft", "radar-track", "detection", "station")
"""What a platform is, as far as a source can tell."""

CATEGORIES: dict[str, tuple[str, ...]] = {
    "vessel": ("warship", "cargo", "tanker", "fishing", "passenger", "other-vessel"),
    "aircraft": ("military-aircraft", "civil-aircraft", "helicopter", "drone", "missile"),
}
"""Categories of platform, by the wider word that means all of them."""

NEVER_COOPERATIVE = frozenset({"warship", "military-aircraft", "drone", "missile"})
"""Categories that are not obliged to transmit, or do not: a cooperative source never covers them."""

PLACELESS = frozenset({"determination", "claim", "notification", "delivery", "payment"})
"""Kinds of event that may happen nowhere in particular: what somebody says, decides, hands over or pays."""

INDICATORS = frozenset({"air-raid-alert", "thermal-anomaly", "press-report", "claim"})
"""Kinds that never make a standing: they warn, hint or assert, and see no breach themselves."""

COUNTING_UNITS = ("event", "row-onset", "alert-region-onset", "alert-region-hours", "wave", "mission-count")
"""Units in which things are counted; a count never stands without one."""


def empty(schema: dict[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Return a table of this schema without rows."""
    return pl.DataFrame(schema=schema)


def conform(rows: pl.DataFrame, schema: dict[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Return `rows` with exactly the columns of `schema`, in order; a missing one is null."""
    unknown = set(rows.columns) - set(schema)
    if unknown:
        raise ValueError(f"columns that the table does not have: {sorted(unknown)}")
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in schema.items())
