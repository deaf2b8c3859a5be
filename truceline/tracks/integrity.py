"""Integrity before judgement: which positions are doubtful, and why.

    positions -> sorted by platform and time -> jumps, patterns     each platform by itself
              -> as they stand               -> codes, land, speed  each position by itself
              -> by cell and time            -> crowds, disturbed navigation     all together

Nothing is removed. All work is done by column; no row is looped over.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.tracks.courses import Courses, read_courses
from truceline.tracks.flags import Flag, fastest_kn
from truceline.tracks.interference import flag_interference
from truceline.tracks.jumps import flag_jumps
from truceline.tracks.land import lies_on_land
from truceline.tracks.spoofing import flag_crowds, flag_patterns

__all__ = ["flag_positions", "flag_tracks"]

Flags = NDArray[np.uint16]

_SATURATED_KN = 102.15
_NONE_GIVEN = (0, 111_111_111, 123_456_789, 222_222_222, 333_333_333, 444_444_444, 555_555_555, 666_666_666,
               777_777_777, 987_654_321, 999_999_999)  # fmt: skip
_FIRST_OF_SHIPS = 200_000_000  # ITU-R M.585: a ship's number begins with the three digits of a country, 2 to 7


def flag_positions(
    rows: pl.DataFrame,
    platforms: pl.DataFrame | None = None,
    *,
    clock_s: Mapping[str, float] | None = None,
    crowds: pl.DataFrame | None = None,
    disturbed: pl.DataFrame | None = None,
) -> Flags:
    """Return the flags of every row of a table of positions, in its order, as sums of `Flag`.

    `platforms` is the table beside it (kind and category decide what is too fast). `clock_s` is by
    how much each source's clock differs, from `feeds.measure_clocks`. `crowds` and `disturbed` are
    `find_crowds` and `map_interference` of all positions, where `rows` are only some of them.
    """
    flags = flag_tracks(rows, platforms, clock_s=clock_s)
    flags |= flag_crowds(rows, crowds)
    flags |= flag_interference(rows, disturbed)
    return flags


def flag_tracks(
    rows: pl.DataFrame, platforms: pl.DataFrame | None = None, *, clock_s: Mapping[str, float] | None = None
) -> Flags:
    """Return the flags that a platform's own positions give, without those that need all platforms."""
    flags = _flag_fields(rows, platforms)
    courses = read_courses(rows, platforms, clock_s or {})
    if len(courses):
        vessels = _are_vessels(rows, platforms)
        flags[courses.order] |= flag_jumps(courses) | flag_patterns(courses, vessels[courses.order])
        flags[courses.order] |= _flag_land(courses, vessels[courses.order])
    return flags


def _flag_land(courses: Courses, vessels: NDArray[np.bool_]) -> Flags:
    on_land = lies_on_land(courses.lon, courses.lat) & vessels
    return np.where(on_land, np.uint16(Flag.ON_LAND), np.uint16(0))


def _are_vessels(rows: pl.DataFrame, platforms: pl.DataFrame | None) -> NDArray[np.bool_]:
    kinds = _known(rows, platforms)["kind"]
    return (kinds == "vessel").fill_null(False).to_numpy()


def _known(rows: pl.DataFrame, platforms: pl.DataFrame | None) -> pl.DataFrame:
    """Return kind, the limit of speed, and the number of the MMSI of every row's platform."""
    names = rows.select(pl.col("platform").cast(pl.Categorical))
    present = names.unique(maintain_order=True).with_columns(name=pl.col("platform").cast(pl.String))
    if platforms is None:
        beside = pl.DataFrame(schema={"name": pl.String, "kind": pl.String, "category": pl.String})
    else:
        beside = platforms.group_by(name="platform").agg(pl.col("kind", "category").drop_nulls().first())
    told = present.join(beside, on="name", how="left", maintain_order="left").with_columns(
        kind=pl.coalesce("kind", pl.when(pl.col("name").str.starts_with("mmsi:")).then(pl.lit("vessel"))),
        mmsi=pl.col("name").str.strip_prefix("mmsi:").cast(pl.UInt32, strict=False),
    )
    limits = [fastest_kn(kind, category) for kind, category in told.select("kind", "category").iter_rows()]
    told = told.with_columns(limit=pl.Series(limits, dtype=pl.Float64))
    return names.join(told, on="platform", how="left", maintain_order="left")


def _flag_fields(rows: pl.DataFrame, platforms: pl.DataFrame | None) -> Flags:
    """Return the flags that a row shows by itself: codes, identities that none is given, a speed that none has."""
    known = _known(rows, platforms)
    vessel = (pl.col("kind") == "vessel").fill_null(False)
    bare = pl.lit(None, dtype=pl.String)
    integrity = pl.col("integrity").cast(pl.String) if "integrity" in rows.columns else bare
    speed = pl.col("speed_kn").cast(pl.Float64) if "speed_kn" in rows.columns else pl.lit(None, dtype=pl.Float64)
    saturated = vessel & speed.is_between(_SATURATED_KN, 102.35)
    no_ship = pl.col("mmsi").is_in(_NONE_GIVEN) | ((pl.col("mmsi") < _FIRST_OF_SHIPS) & (pl.col("mmsi") > 0))
    tests = {
        Flag.FAST: (speed > pl.col("limit")) & ~saturated,
        Flag.SATURATED: saturated | integrity.str.contains("saturated", literal=True),
        Flag.UNAVAILABLE: (pl.col("lon") == 181) | (pl.col("lat") == 91) | pl.col("lon").is_nan()
        | pl.col("lat").is_nan(),
        Flag.NO_SHIP: vessel & (no_ship.fill_null(False) | integrity.str.contains("mmsi=irregular", literal=True)),
    }  # fmt: skip
    sums = [test.fill_null(False).cast(pl.UInt16) * flag.value for flag, test in tests.items()]
    table = pl.concat([rows.drop("platform"), known], how="horizontal")
    return table.select(flags=pl.sum_horizontal(sums).cast(pl.UInt16))["flags"].to_numpy().copy()
