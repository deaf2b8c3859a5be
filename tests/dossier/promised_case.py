"""Cases of promises, made up of a head and blocks, small enough to count by hand."""

from pathlib import Path

HEAD = """# A register

```agreement
id = "test-1"
status = "{status}"
starts = "2025-03-01T00:00 UTC"
ends = "2025-09-01T00:00 UTC"
source = "test"
```

```party UKR
name = "Ukraine"
status = "accepted"
```

```body commission
name = "The commission"
```

```body commons
name = "A parliament"
```

## Article 1: Promises

They promise.

```clause words
kind = "text"
binds = ["UKR"]
```

"""

FRANCE = """```pledge fra-troops
by = "FRA"
to = "UKR"
what = "French troops"
capability = "land-force"
made = 2025-02-17
political = "announced"
quantity = "7500 persons"
source = "paper A"
verified = true
```
"""
BRITAIN = """```pledge gbr-troops
by = "GBR"
to = "UKR"
what = "British troops"
capability = "land-force"
made = 2025-02-16
political = "announced"
quantity = "10000 persons"
source = "paper B"
verified = false
trigger = "in-force"

[[revisions]]
day = 2025-05-01
political = "committed"
quantity = "7500 persons"
source = "paper C"
verified = true
```
"""
DIVISION = """```requirement division
model = "A division"
made = 2025-04-01
source = "an institute"
verified = true
needs = [{ capability = "land-force", quantity = "15000 persons" }]
```
"""


def write_case(folder: Path, *blocks: str, status: str = "signed") -> Path:
    """Write a case of these blocks and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agreement.md").write_text(HEAD.replace("{status}", status) + "\n".join(blocks), "utf-8")
    return folder


def add_determination(folder: Path, day: str, actor: str, name: str) -> None:
    """Add a body's determination to the evidence of a case."""
    (folder / "evidence.toml").write_text(
        '[[source]]\nname = "notes"\npath = "notes.csv"\nformat = "csv"\nprovider = "us"\nreliability = "B"\n'
        '[source.columns]\nkind = "kind"\nactor = "actor"\nobject = "object"\n'
        'lon = "lon"\nlat = "lat"\nstart_utc = "start"\n',
        "utf-8",
    )
    rows = f"kind,actor,object,lon,lat,start\ndetermination,{actor},{name},30.5,50.4,{day}T12:00:00Z\n"
    (folder / "notes.csv").write_text(rows, "utf-8")
