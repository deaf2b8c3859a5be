"""What arrives in practice, run as a user runs it: the right answer or a clear refusal, and never "kept" by mistake."""

import json

import polars as pl
import pytest
from click.testing import CliRunner

from truceline.cli import main

AGREEMENT = """# An invented agreement on a strait

```agreement
id = "strait"
status = "signed"
starts = "2026-06-01T00:00 UTC"
ends = "2026-06-03T00:00 UTC"
```

```party RED
name = "Redland"
status = "accepted"
```

```zone strait
polygon = [[30.0, 45.0], [31.0, 45.0], [31.0, 46.0], [30.0, 46.0], [30.0, 45.0]]
```

## Article 1: Warships

Warships stay out of the strait.

```clause out
kind = "no-entry"
binds = ["RED"]
zone = "strait"
platforms = ["warship"]
coverage = 0.5
```
"""
RADAR = """
[[source]]
path = "radar.csv"
format = "radar-csv"
party = "RED"
category = "warship"

[[coverage]]
source = "radar"
starts = "2026-06-01T00:00 UTC"
ends = "2026-06-03T00:00 UTC"
area = "strait"
detects = ["vessel"]
probability = 0.99
"""
HEAD = "time_utc,platform,lon,lat\n"
THROUGH = [(f"2026-06-01T12:{minute:02}:00Z", "7", 30.5, 44.9 + minute * 0.02) for minute in range(60)]
BESIDE = [(time, track, lon, lat - 1.5) for time, track, lon, lat in THROUGH]


def write(rows, head=HEAD):
    return head + "".join(",".join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def run(tmp_path):
    """Run a case of one radar; return the exit code, what was printed, the word for RED, and the notes."""

    def run(table, listing=RADAR, agreement=AGREEMENT):
        files = {"agreement.md": agreement, "evidence.toml": listing, "radar.csv": table}
        for name, text in files.items():
            (tmp_path / name).write_text(text, "utf-8")
        done = CliRunner().invoke(main, ["run", str(tmp_path), "--no-report", "--quiet"])
        assert done.exit_code in (0, 2), done.exception
        if done.exit_code:
            return done.exit_code, done.output, None, []
        files = pl.read_parquet(tmp_path / "out" / "files.parquet")
        assert (files["rows"] == files["used"] + files["set_aside"] + files["rejected"]).all()
        standing = json.loads((tmp_path / "out" / "standing.json").read_text("utf-8"))
        return 0, done.output, standing["clauses"][0]["standing"]["RED"], standing["notes"]

    return run


def test_a_radar_that_saw_a_ship_beside_the_strait_makes_kept(run):
    assert run(write(BESIDE))[2] == "kept"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda rows: rows[::-1], id="backwards"),
        pytest.param(lambda rows: [*rows[30:], *rows[:30], *rows], id="out of order and doubled"),
        pytest.param(lambda rows: rows[30:31], id="a single position"),
        pytest.param(lambda rows: [*rows, (rows[0][0], "7", "nan", "inf")], id="NaN and infinity"),
        pytest.param(lambda rows: [(time, "7", lon, lat) for time, _, lon, lat in rows for _ in "ab"], id="each twice"),
    ],
)
def test_a_ship_that_was_in_the_strait_is_found_all_the_same(run, spoil):
    assert run(write(spoil(THROUGH)))[2] == "suspected"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda row: (row[0].removesuffix("Z"), *row[1:]), id="times of no zone"),
        pytest.param(lambda row: (row[0].replace("2026", "1970"), *row[1:]), id="a clock that was never set"),
        pytest.param(lambda row: (*row[:2], f"{row[2]} E", f"{row[3]} N"), id="degrees with letters"),
        pytest.param(lambda row: (*row[:2], "", ""), id="no places"),
    ],
)
def test_what_nobody_could_read_never_makes_kept(run, spoil):
    code, _, word, notes = run(write(map(spoil, THROUGH)))
    assert (code, word) == (0, "not determinable")
    assert any("none of its 60 rows could be used" in note for note in notes)


def test_some_rows_that_nobody_could_read_take_away_from_what_was_watched(run):
    strict = AGREEMENT.replace("coverage = 0.5", "coverage = 0.95")
    spoilt = [
        (time.removesuffix("Z") if number % 10 == 0 else time, *rest) for number, (time, *rest) in enumerate(BESIDE)
    ]
    assert run(write(BESIDE), agreement=strict)[2] == "kept"
    assert run(write(spoilt), agreement=strict)[2] == "not determinable"  # 0.99 of nine tenths


def test_exchanged_longitudes_and_latitudes_are_refused(run):
    code, said, *_ = run(write((time, track, lat, lon) for time, track, lon, lat in THROUGH))
    assert code == 2
    assert "longitude and latitude look exchanged" in said
    assert "exchange lon and lat in [source.columns]" in said
    mended = RADAR.replace("\n[[coverage]]", '[source.columns]\nlon = "lat"\nlat = "lon"\n\n[[coverage]]')
    assert run(write((time, track, lat, lon) for time, track, lon, lat in THROUGH), mended)[2] == "suspected"


def test_some_exchanged_positions_are_named(run):
    mixed = [row if number % 5 else (*row[:2], row[3], row[2]) for number, row in enumerate(THROUGH)]
    code, _, word, notes = run(write(mixed))
    assert (code, word) == (0, "suspected")
    assert any(note.startswith("radar: 12 positions of 1 platforms lie where the agreement is only") for note in notes)


def test_near_the_diagonal_of_the_map_nothing_is_said_of_exchanged_axes(run):
    moved = AGREEMENT.replace("[30.0, ", "[44.5, ").replace("[31.0, ", "[45.5, ")
    assert run(write((time, track, 43.6, lat) for time, track, _, lat in THROUGH), agreement=moved)[2] == "kept"


def test_a_zone_smaller_than_the_error_of_the_positions_is_a_doubt(run, tmp_path):
    tiny = "polygon = [[30.5, 45.5], [30.50001, 45.5], [30.50001, 45.50001], [30.5, 45.50001], [30.5, 45.5]]"
    small = AGREEMENT.replace(next(line for line in AGREEMENT.split("\n") if line.startswith("polygon")), tiny)
    row = ("2026-06-01T12:00:00Z", "7", 30.500005, 45.500005, 10)
    assert run(write([row], HEAD.replace("lon,lat", "lon,lat,accuracy_m")), agreement=small)[2] == "suspected"
    (found,) = pl.read_parquet(tmp_path / "out" / "findings.parquet").to_dicts()
    assert found["place_uncertain"]
    assert any("within the measurement error" in doubt for doubt in found["doubts"])


def test_a_zone_of_a_hundred_thousand_corners(run, tmp_path):
    import numpy as np

    turns = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    ring = np.round(np.column_stack([30.5 + 0.5 * np.cos(turns), 45.5 + 0.5 * np.sin(turns)]), 7).tolist()
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    feature = {"type": "Feature", "id": "z", "properties": {}, "geometry": shape}
    (tmp_path / "z.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    polygon = next(line for line in AGREEMENT.split("\n") if line.startswith("polygon"))
    assert run(write(THROUGH), agreement=AGREEMENT.replace(polygon, 'file = "z.geojson#z"'))[2] == "suspected"
