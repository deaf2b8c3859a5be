"""A draft agreement and four weeks of made-up evidence, of which every number can be counted by hand.

Week for week: a patrol boat of RED is 1 km inside the strait on Tuesday for 40 minutes, 1 km inside
on Thursday for 5 minutes, and 300 m inside on Friday for 30 minutes. RED shells three times: on
Monday and Saturday seen by one post, on Wednesday by two posts of different origin.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
WEEKS = 4

DRAFT = """# A draft for the strait

```agreement
id = "strait-draft"
status = "draft"
starts = "2030-01-07T06:00Z"
ends = "30 d"
source = "test"
```

```party RED
name = "Redland"
status = "accepted"
```

```party BLUE
name = "Blueland"
status = "accepted"
```

```zone strait
polygon = [[30.0, 45.0], [31.0, 45.0], [31.0, 46.0], [30.0, 46.0], [30.0, 45.0]]
```

## Article 1: Ships

Warships stay out of the strait.

```clause sea
kind = "no-entry"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["warship"]
persistence = "10 min"
margin = "500 m"
coverage = 0.9
```

## Article 2: Fire

No shelling of the strait.

```clause fire
kind = "no-attack"
binds = ["RED", "BLUE"]
zone = "strait"
events = ["shelling"]
counting = "event"
baseline = "14 d before"
coverage = 0.9
```

## Article 3: Good faith

The parties act in good faith.

```clause faith
kind = "text"
binds = ["RED", "BLUE"]
```
"""

EVIDENCE = """
[[source]]
name = "ais"
path = "ships.csv"
format = "csv"
table = "positions"
span = ["2025-03-03T00:00Z", "2025-03-31T00:00Z"]

[[source]]
name = "post-a"
path = "post-a.csv"
format = "csv"
kind = "shelling"
counts = true
span = ["2025-03-03T00:00Z", "2025-03-31T00:00Z"]

[[source]]
name = "post-b"
path = "post-b.csv"
format = "csv"
kind = "shelling"
span = ["2025-03-03T00:00Z", "2025-03-31T00:00Z"]

[[coverage]]
source = "post-a"
area = "strait"
start = "2025-03-03T00:00Z"
end = "2025-03-31T00:00Z"
detects = ["shelling"]
probability = 1.0
"""

TRUCE = """
[[truce]]
name = "another truce"
start = "2025-03-12T00:00Z"
end = "2025-03-13T00:00Z"
"""


def visit(start: datetime, minutes: int, lon: float) -> Iterator[str]:
    """Yield a ping a minute: ten outside the strait, those inside at `lon`, ten outside."""
    for minute in range(-10, minutes + 11):
        where = lon if 0 <= minute <= minutes else 29.998
        time = start + timedelta(minutes=minute)
        yield f"{time:%Y-%m-%dT%H:%M}Z,{where},45.5,273000001,vessel,RED,warship"


def write_case(folder: Path, agreement: str = DRAFT, evidence: str = EVIDENCE) -> Path:
    """Write the case into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    ships, shells, both = [], [], []
    for week in range(WEEKS):
        noon = MONDAY + timedelta(days=7 * week, hours=12)
        ships += visit(noon + timedelta(days=1), 40, 30.0128)
        ships += visit(noon + timedelta(days=3), 5, 30.0128)
        ships += visit(noon + timedelta(days=4), 30, 30.0038)
        shells += [f"{noon + timedelta(days=day):%Y-%m-%dT%H:%M}Z,30.5,45.5,RED" for day in (0, 2, 5)]
        both.append(f"{noon + timedelta(days=2, minutes=4):%Y-%m-%dT%H:%M}Z,30.505,45.5,RED")
    head = "start_utc,lon,lat,actor"
    (folder / "ships.csv").write_text("\n".join(["time_utc,lon,lat,mmsi,kind,party,category", *ships, ""]))
    (folder / "post-a.csv").write_text("\n".join([head, *shells, ""]))
    (folder / "post-b.csv").write_text("\n".join([head, *both, ""]))
    (folder / "agreement.md").write_text(agreement)
    (folder / "evidence.toml").write_text(evidence)
    return folder
