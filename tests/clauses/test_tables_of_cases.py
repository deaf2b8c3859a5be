"""The tables of cases in docs/kinds.md: each row is run, and each case that is run stands there."""

from pathlib import Path

import pytest
from by_hand import HEAD, pings
from position_cases import OTHER, SHIP, WARSHIP, clock, look

PAGE = (Path(__file__).parent.parent.parent / "docs" / "kinds.md").read_text("utf-8")
CARGO = {"platform": OTHER, "kind": "vessel", "category": "cargo", "party": "BLUE"}
PLACES = """
```zone date-line
polygon = [[179.0, 45.0], [-179.0, 45.0], [-179.0, 46.0], [179.0, 46.0]]
```

```line cable
along = [[30.0, 45.0], [31.0, 45.0]]
```

```line date-cable
along = [[179.0, 45.0], [-179.0, 45.0]]
```

"""
KEYS = {
    "no-entry": 'zone = "strait"',
    "no-exit": 'zone = "strait"',
    "keep-distance": 'distance = "5 km"\nfrom = "cable"',
    "no-loitering": 'zone = "strait"',
    "no-encounter": 'zone = "strait"',
    "limit": 'at_most = 0\nbeyond = "5 km"\nfrom = "cable"',
}
NIGHT = 21 * 60 - 12 * 60  # minutes from noon, from which `clock` counts, to 21:00
TO_MIDNIGHT = 12 * 60
BEGINS = HEAD.replace("2025-06-01T00:00Z", "2025-06-01T21:00Z")
ENDS = HEAD.replace("2025-06-04T00:00Z", "2025-06-01T21:00Z")


def sail(*places, start=0, step=10, platform=SHIP, lon=30.5):
    """Positions every `step` minutes, from `start` minutes after noon: latitudes, or (lon, lat)."""
    pairs = [place if isinstance(place, tuple) else (lon, place) for place in places]
    return pings(platform, [(clock(start + step * number), *pair) for number, pair in enumerate(pairs)])


def lie(lat, minutes, start=0, lon=30.5, platform=SHIP, step=10):
    """Positions at one place for so many minutes."""
    return sail(*[(lon, lat)] * (minutes // step + 1), start=start, step=step, platform=platform)


def pair(minutes, start=0, apart=0.003, lon=30.5, lat=45.5, other_lon=None):
    """A warship and a cargo ship that lie so many degrees of latitude apart."""
    return [
        *lie(lat, minutes, start, lon),
        *lie(lat + apart, minutes, start, lon if other_lon is None else other_lon, OTHER),
    ]


CASES = [
    ("no-entry", "a position outside", sail(44.99), HEAD, "none"),
    ("no-entry", "a position on the edge", sail(45.0), HEAD, "one"),
    ("no-entry", "a single position inside", sail(45.5), HEAD, "one"),
    ("no-entry", "in, out and in again", sail(45.5, 44.9, 45.5, step=20), HEAD, "two"),
    ("no-entry", "inside, and again after a silence of 31 minutes", sail(45.5, 45.5, step=31), HEAD, "two"),
    ("no-entry", "inside from 23:55 to 00:05", sail(45.5, 45.5, start=TO_MIDNIGHT - 5), HEAD, "one"),
    ("no-entry", "a truce that begins at 21:00Z: inside at 20:59", sail(45.5, start=NIGHT - 1), BEGINS, "none"),
    ("no-entry", "the same, inside at 21:00:00", sail(45.5, start=NIGHT), BEGINS, "one"),
    ("no-entry", "a truce that ends at 21:00Z: inside at 21:00:00", sail(45.5, start=NIGHT), ENDS, "none"),
    ("no-entry", "from 179.9° to -179.9° in a zone across the antimeridian",
     sail((179.9, 45.5), (-179.9, 45.5)), HEAD, "one"),
    ("no-exit", "a position inside", sail(45.5), HEAD, "none"),
    ("no-exit", "a position on the edge", sail(45.0), HEAD, "none"),
    ("no-exit", "a single position outside", sail(44.9), HEAD, "one"),
    ("no-exit", "out, in and out again", sail(44.9, 45.5, 44.9, step=20), HEAD, "two"),
    ("no-exit", "outside from 23:55 to 00:05", sail(44.9, 44.9, start=TO_MIDNIGHT - 5), HEAD, "one"),
    ("no-exit", "a truce that begins at 21:00Z: outside at 20:59", sail(44.9, start=NIGHT - 1), BEGINS, "none"),
    ("no-exit", "the same, outside at 21:00:00", sail(44.9, start=NIGHT), BEGINS, "one"),
    ("no-exit", "from 179.9° to -179.9° in a zone across the antimeridian",
     sail((179.9, 45.5), (-179.9, 45.5)), HEAD, "none"),
    ("keep-distance", "farther all the time", sail(44.9, 44.9), HEAD, "none"),
    ("keep-distance", "a single position nearer", sail(44.97), HEAD, "one"),
    ("keep-distance", "on the line", sail(45.0), HEAD, "one"),
    ("keep-distance", "nearer between two positions, ten minutes apart", sail(44.94, 45.06), HEAD, "one"),
    ("keep-distance", "the same, 31 minutes apart", sail(44.94, 45.06, step=31), HEAD, "none"),
    ("keep-distance", "nearer from 23:55 to 00:05", sail(44.97, 44.97, start=TO_MIDNIGHT - 5), HEAD, "one"),
    ("keep-distance", "a truce that begins at 21:00Z: nearer at 20:59", sail(44.97, start=NIGHT - 1), BEGINS, "none"),
    ("keep-distance", "the same, nearer at 21:00:00", sail(44.97, start=NIGHT), BEGINS, "one"),
    ("keep-distance", "from 179.9° to -179.9° along a line across the antimeridian",
     sail((179.9, 44.97), (-179.9, 44.97)), HEAD, "one"),
    ("no-loitering", "at one place for an hour", lie(45.5, 60), HEAD, "one"),
    ("no-loitering", "the same, on the edge", lie(45.0, 60), HEAD, "one"),
    ("no-loitering", "the same, outside", lie(44.99, 60), HEAD, "none"),
    ("no-loitering", "at one place for half an hour", sail(45.2, 45.5, 45.5, 45.5, 45.5, 45.8), HEAD, "none"),
    ("no-loitering", "half an hour, a silence of 31 minutes, and half an hour",
     [*lie(45.5, 30), *lie(45.5, 30, start=61)], HEAD, "a hint"),
    ("no-loitering", "at one place from 23:30 to 00:30", lie(45.5, 60, TO_MIDNIGHT - 30), HEAD, "one"),
    ("no-loitering", "a truce that begins at 21:00Z: there from 19:30 to 20:50",
     lie(45.5, 80, NIGHT - 90), BEGINS, "none"),
    ("no-loitering", "the same, there from 20:00 to 22:00", lie(45.5, 120, NIGHT - 60), BEGINS, "one"),
    ("no-loitering", "at 180° in a zone across the antimeridian", lie(45.5, 60, lon=180.0), HEAD, "one"),
    ("no-encounter", "333 m apart for two hours", pair(120), HEAD, "one"),
    ("no-encounter", "555 m apart for two hours", pair(120, apart=0.005), HEAD, "none"),
    ("no-encounter", "333 m apart for two hours, one of them outside", pair(120, lat=44.998), HEAD, "none"),
    ("no-encounter", "333 m apart from 22:30 to 00:30", pair(120, TO_MIDNIGHT - 90), HEAD, "one"),
    ("no-encounter", "a truce that begins at 21:00Z: there from 18:00 to 20:50",
     pair(170, NIGHT - 180), BEGINS, "none"),
    ("no-encounter", "the same, there from 20:00 to 23:00", pair(180, NIGHT - 60), BEGINS, "one"),
    ("no-encounter", "an hour, a silence of 31 minutes of one, and an hour",
     [*pair(60), *lie(45.5, 20, 70), *pair(60, 91)], HEAD, "a hint"),
    ("no-encounter", "157 m apart across the antimeridian, for two hours",
     pair(120, apart=0.0, lon=179.999, other_lon=-179.999), HEAD, "one"),
    ("limit", "farther than the distance", sail(44.9), HEAD, "none"),
    ("limit", "nearer than the distance", sail(44.97), HEAD, "one"),
    ("limit", "nearer, on the other side of the line", sail(45.03), HEAD, "one"),
    ("limit", "nearer from 23:55 to 00:05", sail(44.97, 44.97, start=TO_MIDNIGHT - 5), HEAD, "one"),
    ("limit", "a truce that begins at 21:00Z: nearer at 20:59", sail(44.97, start=NIGHT - 1), BEGINS, "none"),
    ("limit", "the same, nearer at 21:00:00", sail(44.97, start=NIGHT), BEGINS, "one"),
    ("limit", "from 179.9° to -179.9° near a line across the antimeridian",
     sail((179.9, 44.97), (-179.9, 44.97)), HEAD, "one"),
]  # fmt: skip


def write(kind, words):
    far = "antimeridian" in words
    keys = KEYS[kind].replace('"strait"', '"date-line"').replace('"cable"', '"date-cable"') if far else KEYS[kind]
    return f'{PLACES}```clause c\nkind = "{kind}"\nbinds = ["RED"]\nplatforms = ["warship"]\n{keys}\n```\n'


def say(found):
    if any(each.indicator for each in found):
        return "a hint"
    return {0: "none", 1: "one", 2: "two"}[len(found)]


@pytest.mark.parametrize(("kind", "words", "rows", "head", "outcome"), CASES, ids=lambda value: str(value)[:60])
def test_a_case(tmp_path, kind, words, rows, head, outcome):
    assert say(look(tmp_path, write(kind, words), rows, [WARSHIP, CARGO], head=head)) == outcome


@pytest.mark.parametrize(("kind", "words", "outcome"), [(case[0], case[1], case[4]) for case in CASES])
def test_a_case_stands_on_the_page(kind, words, outcome):
    section = PAGE.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    assert f"| {words} | {outcome} |" in section
