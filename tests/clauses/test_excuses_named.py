"""A notice that names platforms excuses those; one that names none excuses all of its party, there and then."""

import pytest

from truceline.case import Options, assess
from truceline.casefile import read_case

AGREEMENT = """# A truce

```agreement
id = "t"
status = "signed"
starts = "2026-01-01T00:00Z"
ends = "3 d"
```

```party RED
name = "Red"
status = "accepted"
```

```zone sea
polygon = [[30, 45], [31, 45], [31, 46], [30, 46]]
```

## Article 1

```clause ships
kind = "no-entry"
binds = ["RED"]
zone = "sea"
platforms = ["warship"]
```

```exception drill
of = "ships"
requires = ["drill"]
```
"""
EVIDENCE = """
[[source]]
path = "radar.csv"
format = "csv"
kind = "radar-track"
party = "RED"
category = "warship"

[[source]]
path = "notices.csv"
format = "csv"
kind = "notification"
party = "RED"
"""
RADAR = "time_utc,lon,lat,platform\n" + "".join(
    f"2026-01-02T10:{minute:02}Z,{lon + minute / 1000},45.5,{name}\n"
    for name, lon in (("mmsi:235000001", 30.3), ("mmsi:235000002", 30.6))
    for minute in range(0, 60, 5)
)
NOTICE = "start_utc,end_utc,lon,lat,radius_m,object,text\n2026-01-02T09:00Z,2026-01-02T18:00Z,30.5,45.5,60000,drill,"


@pytest.mark.parametrize(
    ("words", "excused"),
    [
        ("a drill of our ships", {"235000001", "235000002"}),
        ("a drill of mmsi:235000001.", {"235000001"}),
        ("a drill of mmsi:235000001 and mmsi:235000002", {"235000001", "235000002"}),
        ("a drill of mmsi:235000009", set()),
    ],
)
def test_whom_a_notice_excuses(tmp_path, words, excused):
    (tmp_path / "agreement.md").write_text(AGREEMENT)
    (tmp_path / "evidence.toml").write_text(EVIDENCE)
    (tmp_path / "radar.csv").write_text(RADAR)
    (tmp_path / "notices.csv").write_text(f'{NOTICE}"{words}"\n')
    assessment, _ = assess(read_case(tmp_path), Options(), tmp_path / "tables", lambda _: None)
    found = {finding.platform: finding.excused_by for finding in assessment.findings}
    assert len(found) == 2
    assert {name.removeprefix("mmsi:") for name, rule in found.items() if rule == "drill"} == excused
