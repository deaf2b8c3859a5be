"""How large may a cell of reception be, and how many others must be in it? Known, good and wrong, counted.

    python bench/reception.py [--seeds 5] [--ais FORMAT=FILE ...]

On the scenario, where it is known when each station worked and how far it reaches: the share of the quiet sea's cells
and hours with known reception; the share with reception of 0.9 or more; and the share of these in which the stations
were deaf for a slot of ten minutes or more. That last one is what makes a ship falsely dark.

On both the scenario and real files each ship is left out in turn, and reception is measured on the others: the share
of its slots whose reception is then known; of those with 0.9 or more, the share in which the ship was not heard; and
the hours in which reception was 0.9 or more and the ship was present and never heard, for each thousand ship-hours.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
from shapely.geometry import box
from spoofing import SCENARIO, read_positions

from truceline.scenario import ScenarioConfig, generate, read_scenario
from truceline.scenario.generation import build_world
from truceline.scenario.places import draw_zones
from truceline.scenario.sensors import MARGIN_H
from truceline.scenario.sightings import Receiver, place_receivers
from truceline.spacetime.shapes import distance_m
from truceline.tracks import count_slots, measure_reception

CELLS_DEG, AROUND, FEWEST = (0.125, 0.25, 0.5, 1.0), (0, 1, 2), (1, 2, 3, 5)
GOOD = 0.9
HOUR_S = 3600.0


@dataclass(frozen=True)
class Setting:
    """Degrees of a cell, cells around it that count, others needed."""

    cell_deg: float
    around: int
    fewest: int


@dataclass(frozen=True)
class World:
    """What the scenario's stations heard, how long it lasts, and where and when each station worked."""

    rows: pl.DataFrame
    config: ScenarioConfig
    stations: tuple[Receiver, ...]


def make_scenario(seed: int) -> World:
    """Return what the scenario's stations heard of ships, and the stations."""
    config, problems = read_scenario(SCENARIO)
    if config is None:
        raise SystemExit("\n".join(map(str, problems)))
    config = replace(config, seed=seed)
    world = build_world(config)
    false = [f"mmsi:{mover.mmsi:09}" for mover in world.movers if mover.phantom and mover.mmsi]
    dice = np.random.default_rng(np.random.SeedSequence([seed, 1]).spawn(4)[0])
    span = (-MARGIN_H * HOUR_S, (config.hours + MARGIN_H) * HOUR_S)
    with tempfile.TemporaryDirectory() as folder:
        generate(config, Path(folder))
        rows = read_positions("nmea", Path(folder) / "data" / "ais-aggregator.nmea")
    rows = rows.filter(~pl.col("platform").is_in(false))
    return World(rows, config, tuple(r for r in place_receivers(dice, span) if r.station))


def list_true(world: World, setting: Setting) -> pl.DataFrame:
    """Return the cells of the quiet sea and the hours of the truce: which share of six slots some station worked."""
    sea, deg = draw_zones()["sea"], setting.cell_deg
    west, south, east, north = sea.bounds
    cells = [
        (x, y)
        for x in range(int(np.floor(west / deg)), int(np.ceil(east / deg)))
        for y in range(int(np.floor(south / deg)), int(np.ceil(north / deg)))
        if box(x * deg, y * deg, (x + 1) * deg, (y + 1) * deg).intersects(sea)
    ]
    parts = []
    for x, y in cells:
        part = box(x * deg, y * deg, (x + 1) * deg, (y + 1) * deg).intersection(sea)
        middle = part.representative_point()
        near = [s for s in world.stations if distance_m(*s.place, middle.x, middle.y) <= s.reach_m]
        time = (np.arange(world.config.hours * 6) + 0.5) * HOUR_S / 6
        on = np.zeros(len(time), dtype=bool)
        for station in near:
            on |= np.any([(time >= a) & (time < b) for a, b in station.on], axis=0)
        hours = np.arange(world.config.hours)
        parts.append(pl.DataFrame({"cell_x": x, "cell_y": y, "number": hours, "true": on.reshape(-1, 6).mean(axis=1),
                                   "area": part.area}))  # fmt: skip
    start = world.config.start.replace(minute=0)
    return pl.concat(parts).with_columns(hour=pl.lit(start) + pl.duration(hours="number")).drop("number")


def judge_truth(world: World, setting: Setting) -> tuple[float, float, float]:
    """Return the shares of the quiet sea: known, good; and of the good ones those with a slot nobody heard."""
    slots = count_slots(world.rows.with_columns(source=pl.lit("ais")).lazy(), ["ais"], cell_deg=setting.cell_deg)
    cells = measure_reception(slots, setting.fewest, setting.around).with_columns(
        pl.col("cell_x").cast(pl.Int64), pl.col("cell_y").cast(pl.Int64), pl.col("hour").dt.cast_time_unit("us")
    )
    true = list_true(world, setting).with_columns(
        pl.col("cell_x").cast(pl.Int64), pl.col("cell_y").cast(pl.Int64), pl.col("hour").dt.cast_time_unit("us")
    )
    both = true.join(cells, on=["cell_x", "cell_y", "hour"], how="left")
    whole = both["area"].sum()
    known, good = both.filter(pl.col("reception").is_not_null()), both.filter(pl.col("reception") >= GOOD)
    deaf = good.filter(pl.col("true") < 1)
    return known["area"].sum() / whole, good["area"].sum() / whole, deaf["area"].sum() / max(good["area"].sum(), 1e-9)


def leave_out(rows: pl.DataFrame, setting: Setting) -> tuple[float, float, float]:
    """Return what the others say of each ship in turn: known share, unheard share where good, false dark hours."""
    slots = count_slots(rows.with_columns(source=pl.lit("ais")).lazy(), ["ais"], cell_deg=setting.cell_deg)
    asked = [
        mine.join(measure_reception(_near(slots, mine, setting).filter(pl.col("platform") != mine["platform"][0]),
                                    setting.fewest, setting.around).select("cell_x", "cell_y", "hour", "reception"),
                  on=["cell_x", "cell_y", "hour"], how="left")
        for mine in slots.partition_by("platform", maintain_order=True)
    ]  # fmt: skip
    told = pl.concat(asked)
    good = told.filter(pl.col("reception") >= GOOD)
    known = told.filter(pl.col("reception").is_not_null())["present"].sum() / max(told["present"].sum(), 1)
    unheard = 1 - good["heard"].sum() / good["present"].sum() if good["present"].sum() else float("nan")
    hours = good.group_by("platform", "hour").agg(pl.col("present", "heard").sum()).filter(pl.col("present") >= 4)
    dark = len(hours.filter(pl.col("heard") == 0))
    return known, unheard, 1000 * dark / len(hours) if len(hours) else float("nan")


def _near(slots: pl.DataFrame, mine: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    reach = setting.around
    return slots.filter(
        pl.col("cell_x").is_between(mine["cell_x"].min() - reach, mine["cell_x"].max() + reach),  # type: ignore[operator]
        pl.col("cell_y").is_between(mine["cell_y"].min() - reach, mine["cell_y"].max() + reach),  # type: ignore[operator]
        pl.col("hour").is_between(mine["hour"].min(), mine["hour"].max()),
    )


def list_rows(worlds: list[World], real: list[pl.DataFrame]) -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"{'cell':>6} {'around':>6} {'others':>6} | {'known':>6} {'good':>6} {'deaf':>6} |" + (
        f" {'known':>6} {'unheard':>7} {'dark/1000h':>10} |" * (1 + len(real))
    )
    for setting in (Setting(*each) for each in product(CELLS_DEG, AROUND, FEWEST)):
        true = np.mean([judge_truth(world, setting) for world in worlds], axis=0)
        out = np.nanmean([leave_out(world.rows, setting) for world in worlds], axis=0)
        others = [leave_out(rows, setting) for rows in real]
        yield (
            f"{setting.cell_deg:6} {setting.around:6} {setting.fewest:6} | "
            + " ".join(f"{x:6.3f}" for x in true)
            + " |"
            + "".join(f" {known:6.3f} {unheard:7.4f} {dark:10.2f} |" for known, unheard, dark in (out, *others))
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ais", action="append", default=[], metavar="FORMAT=FILE")
    asked = parser.parse_args()
    files = [one.partition("=") for one in asked.ais]
    real = [read_positions(form, Path(path)) for form, _, path in files]
    for row in list_rows([make_scenario(seed) for seed in range(1, asked.seeds + 1)], real):
        print(row, flush=True)


if __name__ == "__main__":
    main()
