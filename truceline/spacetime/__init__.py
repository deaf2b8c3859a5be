"""Instants, half-open intervals, units, shapes and distances.

Times are UTC inside and keep the zone in which they were declared. Positions are WGS 84
longitude and latitude in degrees. Names carry their unit.
"""

from truceline.spacetime.instants import (
    UTC,
    Clock,
    Interval,
    format_utc,
    read_clock,
    read_duration,
    read_instant,
)

__all__ = [
    "UTC",
    "Clock",
    "Interval",
    "format_utc",
    "read_clock",
    "read_duration",
    "read_instant",
]
