"""Derive the evidence of cases/christmas-truce-2023 from open data.

    python scripts/christmas.py ALERTS_FOLDER FIRMS_FOLDER BOUNDARIES.geojson

Writes into the case: alert intervals merged per first-level region (official and volunteer), the
official file's row starts per region and hour, and daily thermal detections per region. All of it
is counting and merging; no value is estimated. The README of the case names the origins.
"""

import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import shapely

from truceline.gazetteer import load_gazetteer
from truceline.spacetime import format_utc

CASE = Path(__file__).parent.parent / "cases" / "christmas-truce-2023"
FIRST, LAST = datetime(2022, 12, 1, tzinfo=UTC), datetime(2023, 2, 1, tzinfo=UTC)
Alert = tuple[str, datetime, datetime]


def read_alerts(path: Path, region_column: str) -> Iterator[Alert]:
    """Yield (ISO 3166-2 code, start, end) for each row; raises LookupError for an unknown region."""
    gazetteer = load_gazetteer()
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            place = gazetteer.find(row[region_column])
            if place is None:
                raise LookupError(f"{path.name}: region not known: {row[region_column]}")
            start, end = (datetime.fromisoformat(row[name]) for name in ("started_at", "finished_at"))
            # The end of a "naive" volunteer row is invented (start + 30 min): only its start is known.
            yield place.code, start, start if row.get("naive") == "True" else end


def merge(alerts: Iterable[Alert]) -> list[Alert]:
    """Join alerts of one region that overlap or touch."""
    merged: list[Alert] = []
    for code, start, end in sorted(alerts):
        if merged and merged[-1][0] == code and start <= merged[-1][2]:
            merged[-1] = (code, merged[-1][1], max(merged[-1][2], end))
        else:
            merged.append((code, start, end))
    return merged


def count_hours(alerts: Iterable[Alert]) -> Iterator[tuple[str, datetime, datetime, int]]:
    """Yield (code, hour, next hour, rows that start in it), by hour and code."""
    hours = Counter((start.replace(minute=0, second=0, microsecond=0), code) for code, start, _ in alerts)
    for (hour, code), rows in sorted(hours.items()):
        yield code, hour, hour + timedelta(hours=1), rows


def count_fires(folder: Path, boundaries: Path) -> Iterator[tuple[str, datetime, datetime, int]]:
    """Yield (code, day, next day, thermal detections inside the region), where there were any."""
    regions = json.loads(boundaries.read_text("utf-8"))["features"]
    codes = [region["properties"]["shapeISO"] for region in regions]
    shapes = [shapely.make_valid(shapely.geometry.shape(region["geometry"])) for region in regions]
    days: Counter[tuple[datetime, str]] = Counter()
    for day, points in sorted(read_fires(folder).items()):
        lon, lat = np.array(points).T
        for code, shape in zip(codes, shapes, strict=True):
            days[day, code] += int(shapely.intersects_xy(shape, lon, lat).sum())
    for (day, code), fires in sorted(days.items()):
        if fires:
            yield code, day, day + timedelta(days=1), fires


def read_fires(folder: Path) -> dict[datetime, list[tuple[float, float]]]:
    """Return the (lon, lat) of each detection, by UTC day."""
    days = defaultdict(list)
    for path in sorted(folder.glob("firms_ukraine_daily_202[23].csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                day = datetime.fromisoformat(row["ACQ_DATE"]).replace(tzinfo=UTC)
                if FIRST <= day < LAST:
                    days[day].append((float(row["LONGITUDE"]), float(row["LATITUDE"])))
    return days


def write(name: str, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Write one CSV file of the case, times as RFC 3339 UTC."""
    with (CASE / name).open("w", encoding="utf-8", newline="") as lines:
        lines.write(header + "\n")
        for row in rows:
            lines.write(",".join(format_utc(cell) if isinstance(cell, datetime) else str(cell) for cell in row) + "\n")


def main(alerts: Path, firms: Path, boundaries: Path) -> None:
    """Write all files."""
    official = list(read_alerts(alerts / "official_2022-12-01_2023-02-01.csv", "oblast"))
    volunteer = read_alerts(alerts / "volunteer_2022-12-01_2023-02-01.csv", "region")
    by_time = {"key": lambda alert: (alert[1], alert[0])}
    write("alerts_official_merged.csv", "area,start_utc,end_utc", sorted(merge(official), **by_time))
    write("alerts_volunteer_merged.csv", "area,start_utc,end_utc", sorted(merge(volunteer), **by_time))
    write("alerts_official_hourly.csv", "area,start_utc,end_utc,rows", count_hours(official))
    write("thermal_daily.csv", "area,start_utc,end_utc,detections", count_fires(firms, boundaries))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*(Path(argument) for argument in sys.argv[1:]))
