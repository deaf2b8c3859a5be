"""The flag behind a number stands in the tables, and no clause holds it against anybody."""

from pathlib import Path

import pytest

from truceline.agreement import read_agreement
from truceline.case import Options, digest_inputs
from truceline.casefile import read_case
from truceline.clauses.concern import list_subjects
from truceline.evidence import gather, read_plan
from truceline.gazetteer import load_gazetteer
from truceline.model import UNDETERMINED

AGREEMENT = """\
# Measures

```agreement
id = "flags"
status = "signed"
starts = "2025-01-01T00:00Z"
ends = "open"
```

```party RU
name = "Russian Federation"
status = "accepted"
```

```party UA
name = "Ukraine"
status = "accepted"
```
"""
SHIPS = "time_utc,mmsi,lon,lat\n2025-01-01T00:00Z,273000001,30.5,46\n2025-01-01T01:00Z,272000002,30.6,46\n"


@pytest.mark.parametrize("said", ["", "flag"])
def test_a_ship_of_a_partys_flag_is_nobodys_until_somebody_says_so(tmp_path: Path, said):
    (tmp_path / "agreement.md").write_text(AGREEMENT)
    (tmp_path / "ships.csv").write_text(
        SHIPS.replace("lat\n", "lat,flag\n").replace("46\n", "46,RU\n") if said else SHIPS
    )
    (tmp_path / "evidence.toml").write_text('[[source]]\npath = "ships.csv"\nformat = "csv"\n')
    agreement, problems = read_agreement(tmp_path / "agreement.md")
    assert agreement is not None, problems
    plan, _ = read_plan(tmp_path / "evidence.toml", {})
    platforms = gather(plan, load_gazetteer(), tmp_path / "out").platforms
    assert platforms["flag"].to_list() == (["RU", "RU"] if said else ["UA", "RU"])
    subjects = list_subjects(platforms["platform"].to_list(), platforms, ["vessel"], agreement)
    assert {subject.party for subject in subjects.values()} == {UNDETERMINED}


def test_another_list_is_another_input(tmp_path: Path):
    digests = set()
    (tmp_path / "agreement.md").write_text(AGREEMENT)
    (tmp_path / "ships.csv").write_text(SHIPS)
    (tmp_path / "evidence.toml").write_text(
        '[[source]]\npath = "ships.csv"\nformat = "csv"\n[[list]]\npath = "fleet.csv"\n'
    )
    for party in ("RU", "UA", "RU"):
        (tmp_path / "fleet.csv").write_text(f"mmsi,party\n273000001,{party}\n")
        case = read_case(tmp_path)
        digests.add(digest_inputs(case, Options(), gather(case.plan, load_gazetteer(), tmp_path / "out")))
    assert len(digests) == 2
