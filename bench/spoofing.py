"""How often are honest tracks taken for made-up ones, and made-up ones found? LINE and CIRCLE, counted.

    python bench/spoofing.py [--ais FORMAT=FILE ...] [--minutes 40] [--seeds 3] [--tracks 200]

Three parts. Real files of AIS (a format of docs/positions.md, and a path). The ships of the scenario, from seeds.
Tracks that are made here, from seeds: ships on an autopilot whose places bear noise, and false tracks to which
somebody added noise. A stretch is one of `--minutes` with twenty positions and three knots or more; a line of the
output says how many there were, and how many were flagged (docs/tracks.md).
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from truceline.evidence.files import open_bytes
from truceline.evidence.formats import SOURCES
from truceline.evidence.source import Source
from truceline.gazetteer import load_gazetteer
from truceline.scenario import generate, read_scenario
from truceline.scenario.generation import build_world
from truceline.tracks import Flag
from truceline.tracks.courses import KNOT_M_S, read_courses
from truceline.tracks.spoofing import flag_patterns

SCENARIO = Path(__file__).parent.parent / "cases" / "black-sea" / "scenario.toml"
DEGREE_M = 111_195.0
STEP_S = 30.0
NOISES_M = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
SWAYS_M = (0.0, 1.0, 5.0, 20.0)
RADII_M, WOBBLES = (200.0, 1000.0, 5000.0), (0.0, 0.002, 0.005, 0.01, 0.02)

Floats = NDArray[np.float64]


def read_positions(form: str, path: Path) -> pl.DataFrame:
    """Return platform, time and place of all vessels of a file."""
    source = Source(path.stem, path, form, 1, time_zone="UTC", provider="bench")
    with open_bytes(path, path) as stream:
        batches = [b.positions for b in SOURCES[form].read(stream, source, load_gazetteer()) if b.positions is not None]
    rows = pl.concat([batch.select(pl.col("platform").cast(pl.String), "time_utc", "lon", "lat") for batch in batches])
    return rows.filter(pl.col("platform").str.starts_with("mmsi:"))


def sail(sway_m: float, noise_m: float, minutes: float, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return seconds, and metres east and north, of a ship under way: slow sway along and across, and noise of places.

    An autopilot leaves a sway of minutes; the sea moves the speed by the same. AIS rounds to 0.19 m.
    """
    t = np.arange(0, 3 * minutes * 60, STEP_S)
    along = rng.uniform(6, 20) * KNOT_M_S * t
    for axis in (0, 1):
        swing = sum(
            np.sin(2 * np.pi * t / rng.uniform(120, 900) + rng.uniform(0, 7)) * sway_m / np.sqrt(1.5) for _ in range(3)
        )
        along, across = (along + swing, np.zeros_like(t)) if axis == 0 else (along, swing)
    turn = rng.uniform(0, 2 * np.pi)
    x = along * np.cos(turn) - across * np.sin(turn) + rng.normal(0, noise_m, len(t))
    y = along * np.sin(turn) + across * np.cos(turn) + rng.normal(0, noise_m, len(t))
    return t, x, y


def loop(radius_m: float, wobble: float, minutes: float, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return a circle at 8 kn, or in half of the stretch, with a slow wobble of its radius and its pace."""
    t = np.arange(0, 3 * minutes * 60, STEP_S)
    waves = [np.sin(2 * np.pi * t / rng.uniform(120, 900) + rng.uniform(0, 7)) * np.sqrt(2) for _ in range(2)]
    pace = max(2 * np.pi / (minutes * 30), 8 * KNOT_M_S / radius_m)
    angle = pace * t * (1 if rng.random() < 0.5 else -1) + wobble * waves[1]
    away = radius_m * (1 + wobble * waves[0])
    return t, away * np.cos(angle), away * np.sin(angle)


def tabulate(tracks: Iterator[tuple[Floats, Floats, Floats]]) -> pl.DataFrame:
    """Return made tracks as positions of ships near 44° N, rounded as AIS rounds."""
    parts = []
    for number, (t, x, y) in enumerate(tracks):
        lon, lat = 31 + x / DEGREE_M / np.cos(np.radians(44)), 44 + y / DEGREE_M
        place = {"lon": np.round(lon * 6e5) / 6e5, "lat": np.round(lat * 6e5) / 6e5}
        parts.append(
            pl.DataFrame({"micros": (t * 1e6).astype(np.int64), **place}).with_columns(
                platform=pl.lit(f"mmsi:{273000000 + number}"), time_utc=pl.from_epoch("micros", time_unit="us")
            )
        )
    return pl.concat(parts).select("platform", pl.col("time_utc").dt.replace_time_zone("UTC"), "lon", "lat")


def count(rows: pl.DataFrame, minutes: float) -> dict[str, int]:
    """Return ships, stretches, ships with a line and ships with a circle."""
    courses = read_courses(rows.with_columns(source=pl.lit("bench")), None, {})
    flags = flag_patterns(courses, np.ones(len(courses), dtype=bool), minutes * 60)
    flagged = {flag: len(np.unique(courses.platform[flags & flag.value > 0])) for flag in (Flag.LINE, Flag.CIRCLE)}
    return {
        "ships": rows["platform"].n_unique(), "stretches": count_stretches(rows, minutes),
        "line": flagged[Flag.LINE], "circle": flagged[Flag.CIRCLE],
    }  # fmt: skip


def count_stretches(rows: pl.DataFrame, minutes: float) -> int:
    """Return how many stretches could have been flagged: long, dense and under way."""
    length = round(minutes * 60e6)
    metres = pl.struct("lon", "lat").map_batches(_lengths, return_dtype=pl.Float64).sum()
    timed = rows.sort("platform", "time_utc").with_columns(micros=pl.col("time_utc").to_physical())
    cut = timed.group_by("platform", pl.col("micros") // length, maintain_order=True)
    each = cut.agg(positions=pl.len(), lasted=pl.col("micros").last() - pl.col("micros").first(), metres=metres)
    long = each.filter(pl.col("positions") >= 20, pl.col("lasted") >= 0.9 * length)
    return len(long.filter(pl.col("metres") >= 3 * KNOT_M_S * pl.col("lasted") / 1e6))


def _lengths(places: pl.Series) -> pl.Series:
    lon, lat = (places.struct.field(name).to_numpy() for name in ("lon", "lat"))
    east = np.diff(lon, prepend=lon[:1]) * np.cos(np.radians(lat))
    return pl.Series(np.hypot(east, np.diff(lat, prepend=lat[:1])) * DEGREE_M)


def make_scenario(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the positions that the scenario's receivers heard: of real ships, and of tracks that somebody made up."""
    config, problems = read_scenario(SCENARIO)
    if config is None:
        raise SystemExit("\n".join(map(str, problems)))
    config = replace(config, seed=seed)
    false = [f"mmsi:{mover.mmsi:09}" for mover in build_world(config).movers if mover.phantom and mover.mmsi]
    with tempfile.TemporaryDirectory() as folder:
        generate(config, Path(folder))
        rows = read_positions("nmea", Path(folder) / "data" / "ais-aggregator.nmea")
    made_up = pl.col("platform").is_in(false)
    return rows.filter(~made_up), rows.filter(made_up)


def list_lines(asked: argparse.Namespace) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the name of each set of tracks, and its positions."""
    for one in asked.ais:
        form, _, path = one.partition("=")
        yield f"real: {Path(path).name}", read_positions(form, Path(path))
    for seed in range(1, asked.seeds + 1):
        real, false = make_scenario(seed)
        yield f"scenario, seed {seed}: ships", real
        yield f"scenario, seed {seed}: made-up track", false
    number, minutes = range(asked.tracks), asked.minutes
    for seed, (sway, noise) in enumerate(product(SWAYS_M, NOISES_M)):
        rng = np.random.default_rng([1, seed])
        name = f"{'false line' if sway == 0 else 'honest'}: sway {sway:g} m, noise {noise:g} m"
        yield name, tabulate(sail(sway, noise, minutes, rng) for _ in number)
    for seed, (radius, wobble) in enumerate(product(RADII_M, WOBBLES)):
        rng = np.random.default_rng([2, seed])
        name = f"circle of {radius:g} m, wobble {wobble:.1%}"
        yield name, tabulate(loop(radius, wobble, minutes, rng) for _ in number)


def main() -> None:
    """Print a row for each set of tracks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ais", action="append", default=[], metavar="FORMAT=FILE")
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tracks", type=int, default=200)
    asked = parser.parse_args()
    print(f"{'':44} {'ships':>6} {'stretches':>9} {'line':>6} {'circle':>6}")
    for name, rows in list_lines(asked):
        found = count(rows, asked.minutes)
        print(f"{name:44} {found['ships']:6} {found['stretches']:9} {found['line']:6} {found['circle']:6}")


if __name__ == "__main__":
    main()
