"""Files into tables: speed and peak memory, each in a process of its own.

    python bench/evidence.py            a table of 1 million rows, and 200,000 raw sentences
    python bench/evidence.py --large    also a table of 1 GB, and 100 MB of snapshots (some minutes)

The files are made for the occasion, with a fixed seed, in a temporary folder. "To tables" is the
whole of it: digest, reading, checking, and writing the Parquet files. "To findings" adds one clause
`no-entry` on a zone with a ninth of the traffic.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

MILLION = 1_000_000
AGREEMENT = """
# A zone that vessels stay out of

```agreement
id = "bench"
status = "draft"
starts = "2022-01-03T00:00 UTC"
ends = "1 d"
source = "invented for the measurement"
```

```party A
name = "A"
status = "accepted"
```

```zone west
polygon = [[30.0, 43.0], [34.0, 43.0], [34.0, 45.0], [30.0, 45.0], [30.0, 43.0]]
```

## Article 1

Cargo vessels of A stay out of the zone.

```clause stay-out
kind = "no-entry"
binds = ["A"]
zone = "west"
platforms = ["cargo"]
```
"""
START_US = 1_641_168_000_000_000  # 2022-01-03
TABLE = """
[[source]]
path = "{name}"
format = "csv"
time_zone = "UTC"
party = "A"
category = "cargo"
table = "positions"
[source.columns]
mmsi = "MMSI"
time_utc = "BaseDateTime"
lat = "LAT"
lon = "LON"
speed_kn = "SOG"
course_deg = "COG"
name = "VesselName"
nav_status = "Status"
"""
RAW = """
[[source]]
path = "{name}"
format = "{format}"
"""
GATHER = """
import json, resource, sys, tempfile, time
from pathlib import Path
from truceline.agreement import read_agreement, resolve
from truceline.clauses import find
from truceline.evidence import gather, read_plan
from truceline.gazetteer import load_gazetteer
start = time.perf_counter()
plan, problems = read_plan(Path(sys.argv[1]), {})
assert plan is not None and not problems, problems
with tempfile.TemporaryDirectory() as folder:
    evidence = gather(plan, load_gazetteer(), Path(folder))
    seconds = time.perf_counter() - start
    (tally,) = evidence.files
    agreement, _ = read_agreement(Path(sys.argv[1]).with_name("agreement.md"))
    findings = [found for terms in resolve(agreement, {}) for found in find(terms, agreement, evidence)]
    whole = time.perf_counter() - start
print(json.dumps({
    "seconds": seconds, "whole": whole, "findings": len(findings),
    "rows": tally.rows, "used": tally.used, "size": tally.size_bytes,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
"""


def write_table(path: Path, rows: int, size: int | None = None) -> None:
    """Write an AIS table like those of Marine Cadastre: `rows` rows, or as many as fill `size` bytes."""
    random = np.random.default_rng(2022)
    with path.open("wb") as stream:
        block = 0
        while (stream.tell() < size) if size else block * 250_000 < rows:
            _block(random, block, min(250_000, rows)).write_csv(stream, include_header=block == 0)
            block += 1


def _block(random: np.random.Generator, block: int, rows: int) -> pl.DataFrame:
    ships = random.integers(0, 20_000, rows)
    times = START_US + (block * 900 + np.sort(random.integers(0, 900, rows))) * 1_000_000
    return pl.DataFrame(
        {
            "MMSI": 200_000_000 + ships * 27_011,
            "BaseDateTime": pl.Series(times).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S"),
            "LAT": (41 + ships % 60 / 10 + random.normal(0, 0.01, rows)).round(5),
            "LON": (28 + ships % 130 / 10 + random.normal(0, 0.01, rows)).round(5),
            "SOG": random.uniform(0, 20, rows).round(1),
            "COG": random.uniform(0, 360, rows).round(1),
            "Heading": random.integers(0, 360, rows),
            "VesselName": pl.Series(ships).cast(pl.String) + " OF THE SEA",
            "IMO": "IMO" + pl.Series(9_000_000 + ships).cast(pl.String),
            "CallSign": "UA" + pl.Series(ships).cast(pl.String),
            "VesselType": random.choice([30, 52, 70, 80], rows),
            "Status": random.integers(0, 9, rows),
        }
    )


def write_sentences(path: Path, rows: int) -> None:
    """Write raw AIS with TAG blocks: 95 positions in a hundred lines, the rest static data in two parts."""
    from pyais.encode import encode_dict
    from pyais.util import checksum

    random = np.random.default_rng(2012)
    with path.open("w") as stream:
        for row in range(rows):
            mmsi, time = int(272_000_000 + random.integers(0, 3_000)), 1_577_880_000 + row // 300
            fields = {"msg_type": 1, "mmsi": mmsi, "lon": random.uniform(28, 41), "lat": random.uniform(41, 47)}
            fields |= {"speed": random.uniform(0, 20), "course": random.uniform(0, 359), "second": time % 60}
            if row % 40 == 0:
                fields = {"msg_type": 5, "mmsi": mmsi, "shipname": f"SHIP {row}", "ship_type": 70}
            tags = f"c:{time}"
            for part in encode_dict(fields, seq_id=row // 40 % 10):
                stream.write(f"\\{tags}*{checksum(tags.encode()):02X}\\{part}\n")


def write_snapshots(path: Path, size: int) -> None:
    """Write snapshots of 2,000 aircraft, one a line, until the file has `size` bytes."""
    random = np.random.default_rng(2026)
    with path.open("w") as stream:
        now = 1_577_880_000.0
        while stream.tell() < size:
            places = random.uniform((28, 41), (41, 47), (2_000, 2)).round(5)
            aircraft = [
                {"hex": f"{number:06x}", "alt_baro": 30_000, "gs": 420.5, "track": 90.0, "nic": 8, "rc": 186}
                | {"lon": lon, "lat": lat, "seen_pos": 0.4, "seen": 0.1, "type": "adsb_icao", "flight": "TEST"}
                for number, (lon, lat) in enumerate(places.tolist())
            ]
            stream.write(json.dumps({"now": now, "aircraft": aircraft}) + "\n")
            now += 1


def measure(name: str, folder: Path, declaration: str) -> None:
    """Gather one file in a process of its own and print what it took."""
    plan = folder / "evidence.toml"
    plan.write_text(declaration)
    (folder / "agreement.md").write_text(AGREEMENT)
    done = subprocess.run([sys.executable, "-c", GATHER, str(plan)], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    rate = told["rows"] / told["seconds"]
    print(
        f"{name}: {told['rows']:,} rows ({told['used']:,} used), {told['size'] / 1e6:,.0f} MB in "
        f"{told['seconds']:.2f} s = {rate:,.0f} rows/s; to {told['findings']:,} findings {told['whole']:.2f} s; "
        f"peak memory {told['peak'] / 1e6:,.0f} MB",
        flush=True,
    )


def main() -> None:
    """Make the files, measure, print."""
    parser = argparse.ArgumentParser(description="Files into tables: speed and peak memory.")
    parser.add_argument("--large", action="store_true", help="also 1 GB of table and 100 MB of snapshots")
    large = parser.parse_args().large
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder / "million.csv", MILLION)
        measure(
            "AIS table, 1 million rows (at most 6 s to tables, 10 s to findings)",
            folder,
            TABLE.format(name="million.csv"),
        )
        write_sentences(folder / "ais.nmea", 200_000)
        measure("raw AIS, TAG blocks", folder, RAW.format(name="ais.nmea", format="nmea"))
        if large:
            write_snapshots(folder / "air.json", 100_000_000)
            measure("aircraft snapshots, one a line", folder, RAW.format(name="air.json", format="readsb"))
            write_table(folder / "large.csv", 250_000, 1_000_000_000)
            measure("AIS table, 1 GB (at most 1,000 MB of memory)", folder, TABLE.format(name="large.csv"))


if __name__ == "__main__":
    main()
