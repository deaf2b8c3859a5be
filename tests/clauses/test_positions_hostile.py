"""Whatever positions arrive, each positional kind gives the same findings in any order, and never an error."""

import math

import pytest
from by_hand import agree, at, gathered, terms_of
from hypothesis import given, settings
from hypothesis import strategies as st
from position_cases import AIS, OTHER, RADAR, SHIP, WARSHIP, clock

from truceline.clauses import find

CLAUSES = {
    "no-exit": 'zone = "belt"',
    "no-crossing": 'line = "seam"',
    "keep-distance": 'distance = "100 km"\nfrom = "seam"',
    "keep-distance from others": 'distance = "50 km"\nfrom = "others"',
    "no-loitering": 'zone = "belt"\nspeed = "20 kn"',
    "no-encounter": 'zone = "belt"\ndistance = "50 km"\npersistence = "10 min"',
    "limit": 'at_most = 0\nbeyond = "50 km"\nfrom = "seam"',
    "limit at once": 'at_most = 1\nzone = "belt"',
}
PAGE = """
```zone belt
polygon = [[178.0, -60.0], [-178.0, -60.0], [-178.0, 60.0], [178.0, 60.0]]
```

```line seam
along = [[179.0, 0.0], [-179.0, 0.0]]
```

```clause c
kind = "{}"
binds = ["RED", "BLUE"]
platforms = ["vessel"]
{}
```
"""
degrees = st.sampled_from([0.0, 0.1, -0.1, 59.9, 60.0, 90.0, -90.0, 91.0, math.nan, math.inf])
meridians = st.sampled_from([180.0, -180.0, 179.9, -179.9, 178.0, 0.0, 181.0, math.nan, -math.inf])
rows = st.fixed_dictionaries(
    {
        "time": st.integers(0, 3000),
        "lon": meridians,
        "lat": degrees,
        "platform": st.sampled_from([SHIP, OTHER, "mmsi:200000009", "track:radar:1"]),
        "accuracy_m": st.sampled_from([None, 0.0, 1e6, math.nan]),
        "altitude_m": st.sampled_from([None, -1.0, math.nan]),
    }
)
KNOWN = [WARSHIP, {"platform": OTHER, "kind": "vessel", "category": "cargo", "party": "BLUE"}]


def position(row):
    source = "radar" if row["platform"].startswith("track") else "ais"
    rest = {key: value for key, value in row.items() if key != "time"}
    return {"source": source, "time_utc": at(clock(row["time"])), **rest}


@pytest.mark.parametrize("kind", CLAUSES)
@settings(max_examples=25, deadline=None)
@given(st.lists(rows, max_size=12))
def test_any_positions_in_any_order(tmp_path_factory, kind, rows):
    agreement = agree(tmp_path_factory.mktemp("case"), PAGE.format(kind.split()[0], CLAUSES[kind]))
    positions = [position(row) for row in rows]
    numbered = [{**each, "row": number} for number, each in enumerate(positions)]
    once, again = (
        find(terms_of(agreement), agreement, gathered((), order, KNOWN, (), [AIS, RADAR]))
        for order in (numbered, numbered[::-1])
    )
    assert [each.id for each in once] == [each.id for each in again]
    for each in once:
        assert each.measured is not None
        assert math.isfinite(each.measured)
        assert each.margin is not None
        assert math.isfinite(each.margin)
        assert -180 <= each.lon <= 180
