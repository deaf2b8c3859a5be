"""A whole run over files of a gigabyte: time and peak memory, each in a process of its own.

    python bench/large.py              alerts, thermal anomalies and positions of 1 GB each (some minutes)
    python bench/large.py --size 0.1   the same with 0.1 GB

The files are made for the occasion, with a fixed seed, in a temporary folder. Measured is
`truceline run`: digest, tables, findings, incidents, standing, effect, reports. The files are hard ones:
no two alerts alike, fires all over a country at every overpass, a clause over half of it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from evidence import AGREEMENT, START_US, TABLE, write_table

BLOCK_ROWS = 250_000
SECONDS_A_ROW = 0.32
REGIONS = [f"UA-{n:02d}" for n in (5, 7, 9, 12, 14, 18, 21, 23, 26, 32, 35, 46, 48, 51, 53, 56, 59, 61, 63, 65, 68)]
TRUCE = """
# A truce of three days

```agreement
id = "bench"
status = "draft"
starts = "2022-01-03T00:00 UTC"
ends = "3 d"
source = "invented for the measurement"
```

```party A
name = "A"
status = "accepted"
```

```party B
name = "B"
status = "accepted"
```

```zone east
polygon = [[33.0, 46.0], [40.0, 46.0], [40.0, 50.0], [33.0, 50.0], [33.0, 46.0]]
```

## Article 1

No attacks.

```clause no-fire
kind = "no-attack"
binds = ["A", "B"]
zone = "east"
events = ["shelling", "thermal-anomaly", "air-raid-alert"]
baseline = "28 d before"
```
"""
ALERTS = """
[[source]]
path = "large.csv"
format = "csv"
table = "events"
kind = "air-raid-alert"
counts = true
[source.columns]
area = "area"
start_utc = "started_at"
end_utc = "finished_at"
"""
FIRES = """
[[source]]
path = "large.csv"
format = "firms"
counts = true
"""
RUN = """
import json, resource, sys, time
from pathlib import Path
from truceline.case import Options, run_case
start = time.perf_counter()
run = run_case(Path(sys.argv[1]), Path(sys.argv[1]) / "out", Options())
(tally,) = run.assessment.files
print(json.dumps({
    "seconds": time.perf_counter() - start, "rows": tally.rows, "size": tally.size_bytes,
    "findings": len(run.assessment.findings),
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
"""
Block = Callable[[np.random.Generator, int], pl.DataFrame]


def make_alerts(random: np.random.Generator, block: int) -> pl.DataFrame:
    """Return alerts of random regions, a second apart or less, as long as two hours."""
    start = _block_start(block) + np.sort(random.integers(0, int(BLOCK_ROWS * SECONDS_A_ROW), BLOCK_ROWS))
    end = start + random.integers(60, 7_200, BLOCK_ROWS)
    texts = (pl.from_epoch(pl.Series(times), "s").dt.strftime("%Y-%m-%dT%H:%M:%SZ") for times in (start, end))
    areas = random.choice(REGIONS, BLOCK_ROWS)
    return pl.DataFrame({"area": areas, **dict(zip(("started_at", "finished_at"), texts, strict=True))})


def make_fires(random: np.random.Generator, block: int) -> pl.DataFrame:
    """Return pixels of overpasses of ten minutes, every two hours, spread over a country."""
    passes = random.integers(0, int(BLOCK_ROWS * SECONDS_A_ROW) // 7_200, BLOCK_ROWS)
    minutes = _block_start(block) // 7_200 * 120 + np.sort(passes) * 120 + random.integers(0, 10, BLOCK_ROWS)
    times = pl.from_epoch(pl.Series(minutes * 60), "s")

    def number(low: float, high: float, digits: int) -> np.ndarray:
        return random.uniform(low, high, BLOCK_ROWS).round(digits)

    return pl.DataFrame(
        {
            "latitude": number(44, 52.4, 5),
            "longitude": number(22, 40.2, 5),
            "bright_ti4": number(295, 360, 2),
            "scan": number(0.3, 0.8, 2),
            "track": number(0.3, 0.8, 2),
            "acq_date": times.dt.strftime("%Y-%m-%d"),
            "acq_time": times.dt.strftime("%H%M"),
            "satellite": ["N"] * BLOCK_ROWS,
            "instrument": ["VIIRS"] * BLOCK_ROWS,
            "confidence": random.choice(["l", "n", "h"], BLOCK_ROWS),
            "version": ["2.0NRT"] * BLOCK_ROWS,
            "bright_ti5": number(270, 300, 2),
            "frp": number(0.2, 40, 2),
            "daynight": random.choice(["D", "N"], BLOCK_ROWS),
        }
    )


def write_blocks(path: Path, size: int, make: Block) -> None:
    """Write a table block by block until the file has `size` bytes."""
    random = np.random.default_rng(2022)
    with path.open("wb") as stream:
        block = 0
        while stream.tell() < size:
            make(random, block).write_csv(stream, include_header=block == 0)
            block += 1


def measure(name: str, folder: Path, agreement: str, listing: str) -> None:
    """Run the case in a process of its own and print what it took."""
    (folder / "agreement.md").write_text(agreement)
    (folder / "evidence.toml").write_text(listing)
    environment = {**os.environ, "TRUCELINE_KEYS": str(folder / "keys")}  # none are made in the user's home
    command = [sys.executable, "-c", RUN, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    told = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{name}: {told['rows']:,} rows, {told['size'] / 1e6:,.0f} MB to reports with {told['findings']:,} findings "
        f"in {told['seconds']:.0f} s; peak memory {told['peak'] / 1e6:,.0f} MB (at most 1,000)",
        flush=True,
    )


def main() -> None:
    """Make the files one after the other, measure, print."""
    parser = argparse.ArgumentParser(description="A whole run over large files: time and peak memory.")
    parser.add_argument("--size", type=float, default=1.0, help="of each file, in GB")
    size = int(parser.parse_args().size * 1_000_000_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_blocks(folder / "large.csv", size, make_alerts)
        measure("alerts", folder, TRUCE, ALERTS)
        write_blocks(folder / "large.csv", size, make_fires)
        measure("thermal anomalies", folder, TRUCE, FIRES)
        write_table(folder / "large.csv", BLOCK_ROWS, size)
        measure("positions", folder, AGREEMENT, TABLE.format(name="large.csv"))


def _block_start(block: int) -> int:
    """Return the second since 1970 at which a block starts: the first one a month before the truce."""
    return START_US // 1_000_000 - 30 * 86_400 + int(block * BLOCK_ROWS * SECONDS_A_ROW)


if __name__ == "__main__":
    main()
