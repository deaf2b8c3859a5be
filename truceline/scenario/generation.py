"""From a seed to a folder of evidence with the truth beside it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from truceline.errors import CaseError
from truceline.model import Problem
from truceline.scenario.breaches import plant_aircraft, plant_drones, plant_strikes, plant_warships
from truceline.scenario.config import ScenarioConfig
from truceline.scenario.judgement import judge_world
from truceline.scenario.listing import write_listing
from truceline.scenario.records import (
    burn,
    write_alerts,
    write_claims,
    write_fires,
    write_notices,
    write_observations,
    write_radar,
    write_sounds,
)
from truceline.scenario.sensors import man
from truceline.scenario.sightings import Sightings, look
from truceline.scenario.signals import pass_on, write_nmea, write_readsb
from truceline.scenario.traffic import (
    add_ghosts,
    add_lookalikes,
    add_noises,
    add_rescue,
    add_traffic,
    choose_mistaken,
)
from truceline.scenario.truth import write_truth
from truceline.scenario.world import World

MARK = "truth.json"
"""The file by which we know a data folder of ours."""


def generate(config: ScenarioConfig, folder: Path) -> None:
    """Write `evidence.toml` and the folder `data` with evidence and `truth.json` into a case folder.

    The same configuration gives the same bytes. The new data take the place of the old as a whole;
    raises CaseError where they cannot be written, or `data` holds what we did not write.
    """
    data = folder / "data"
    if data.exists() and not (data / MARK).is_file() and any(data.iterdir()):
        raise CaseError([_not_ours(data)])
    try:
        partial = Path(tempfile.mkdtemp(prefix=".data.partial-", dir=folder))
    except OSError as error:
        raise CaseError([_cannot_write(folder, error)]) from error
    try:
        listing = _fill(config, partial)
        _put(partial, data, listing, folder / "evidence.toml")
    except OSError as error:
        raise CaseError([_cannot_write(folder, error)]) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def build_world(config: ScenarioConfig) -> World:
    """Return the world of this seed. Each part has its own dice, so that one more ship moves no other."""
    dice = [np.random.default_rng(seed) for seed in np.random.SeedSequence(config.seed).spawn(11)]
    watchers = man(dice[0], config.hours)
    lookalikes, excuses = add_lookalikes(dice[2], config)
    rescue, notices, notified = add_rescue(dice[3], config)
    warships = plant_warships(dice[5], config, watchers)
    strikes = plant_strikes(dice[8], config, watchers)
    traffic = add_traffic(dice[1], config)
    mistaken = choose_mistaken(dice[10], traffic)
    excuses |= {mistaken: "a merchant that a monitor takes for a warship"} if mistaken else {}
    movers = (
        *traffic, *lookalikes, *rescue, *add_ghosts(dice[4], config), *warships,
        *plant_aircraft(dice[6], config, watchers), *plant_drones(dice[7], config, watchers),
    )  # fmt: skip
    blasts = (*strikes, *add_noises(dice[9], config))
    late = {m.name for m in warships if "watched" in m.name} | {b.name for b in strikes[-2:] if "day" in b.name}
    return World(
        config.hours, watchers, movers, blasts, tuple(notices), {**excuses, **notified}, frozenset(late), mistaken
    )


def _fill(config: ScenarioConfig, folder: Path) -> str:
    """Write all data files; return the list of evidence."""
    world = build_world(config)
    looking, burning, alarming, claiming = (
        np.random.default_rng(seed) for seed in np.random.SeedSequence([config.seed, 1]).spawn(4)
    )
    seen = look(looking, world)
    fires = burn(burning, world)
    for name, text in _render(config, world, seen):
        (folder / name).write_bytes(text.encode())
    (folder / "thermal.csv").write_text(write_fires(fires, config.start), "utf-8", newline="")
    (folder / "alerts.csv").write_text(write_alerts(alarming, world, config.start), "utf-8", newline="")
    (folder / "claims.csv").write_text(write_claims(claiming, world, config.start), "utf-8", newline="")
    write_truth(judge_world(config, world, seen, fires), folder / MARK)
    return write_listing(world, seen.receivers, config.start)


def _render(config: ScenarioConfig, world: World, seen: Sightings) -> Iterator[tuple[str, str]]:
    epoch, movers = config.start, {mover.name: mover for mover in world.movers}
    heard = {r.name: write_nmea(r, seen.signals, movers, epoch) for r in seen.receivers if r.station}
    for name, messages in heard.items():
        yield f"{name}.nmea", _join(pass_on([messages]))
    yield "ais-aggregator.nmea", _join(pass_on(heard.values()))
    yield "adsb.jsonl", _join(write_readsb(seen.signals, movers, epoch))
    for sensor in world.watchers.surface + world.watchers.air:
        yield f"{sensor.name}.csv", write_radar(sensor, seen.plots, movers, epoch)
    for sensor in world.watchers.sound:
        yield f"{sensor.name}.csv", write_sounds([r for r in seen.reports if r.sensor == sensor.name], epoch)
    yield "observations.csv", write_observations(seen.reports, world, epoch)
    yield "notices.csv", write_notices(world, epoch)


def _join(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _put(partial: Path, data: Path, listing: str, listing_path: Path) -> None:
    """Let the new data take the place of the old, then the list of evidence that names them."""
    partial.chmod(0o755)  # mkdtemp made it private
    (partial / "evidence.toml").write_text(listing, "utf-8")
    if data.exists():
        shutil.rmtree(data)
    partial.rename(data)
    (data / "evidence.toml").replace(listing_path)


def _not_ours(data: Path) -> Problem:
    return Problem(
        str(data), 0, "folder not ours to replace", "no folder, or the data of an earlier scenario", f"no {MARK} in it",
        "move what is in it somewhere else",
    )  # fmt: skip


def _cannot_write(folder: Path, error: OSError) -> Problem:
    return Problem(
        str(folder), 0, "scenario cannot be written", "a folder that can be written", error.strerror or str(error),
        "copy the case to a folder that you can write to",
    )  # fmt: skip
