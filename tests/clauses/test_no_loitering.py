"""No loitering: how slow, for how long, where."""

import numpy as np
import pytest
from by_hand import HEAD, at
from hypothesis import given, settings
from hypothesis import strategies as st
from position_cases import AIS, RADAR, SHIP, WARSHIP, look, ship

from truceline.kernels import find_loitering
from truceline.model import UNDETERMINED

CLAUSE = """
```clause c
kind = "no-loitering"
binds = ["RED"]
zone = "strait"
platforms = ["vessel"]
```
"""
KNOT = 1 / 60 / 6  # degrees of latitude in ten minutes at one knot


def sail(knots, hours, start=45.2, **more):
    """A ship that makes this speed northward, a position every ten minutes."""
    return ship(*[start + knots * KNOT * n for n in range(int(hours * 6) + 1)], **more)


def with_keys(text):
    return CLAUSE.replace("platforms", text + "\nplatforms")


@pytest.mark.parametrize(
    ("knots", "hours", "count"),
    [(0.0, 1, 1), (1.9, 1, 1), (2.1, 1, 0), (12.0, 4, 0), (0.0, 0.8, 0), (1.0, 5, 1)],
)
def test_below_two_knots_for_an_hour(tmp_path, knots, hours, count):
    found = look(tmp_path, CLAUSE, sail(knots, hours))
    assert len(found) == count
    assert all((f.kind, f.unit, f.limit, f.party) == ("loitering", "kn", 2.0, "RED") for f in found)
    assert all(f.measured == pytest.approx(knots, abs=0.01) for f in found)


def test_it_lasts_from_the_first_slow_position_to_the_last(tmp_path):
    fast, slow = [45.0 + 12 * KNOT * n for n in range(3)], [45.0 + 24 * KNOT] * 7
    (found,) = look(tmp_path, CLAUSE, ship(*fast, *slow[1:], slow[0], 45.4, 45.6))
    assert (found.span.start, found.span.end) == (at("06-01 12:20"), at("06-01 13:30"))


def test_scattered_positions_of_a_ship_at_anchor_make_no_way(tmp_path):
    scatter = np.random.default_rng(7).normal(45.2, 0.0002, 400)  # about 20 m: 40 kn from one second to the next
    (found,) = look(tmp_path, CLAUSE, ship(*scatter, step=1))
    assert found.span.end - found.span.start >= 390 * (at("06-01 12:01") - at("06-01 12:00"))
    assert found.measured < 0.5


def test_one_that_circles_lingers(tmp_path):
    turn = np.radians(np.arange(0, 360 * 8, 90))
    circle = [(30.5 + 0.005 * np.sin(a), 45.2 + 0.004 * np.cos(a)) for a in turn]
    assert len(look(tmp_path, CLAUSE, ship(*circle, step=3))) == 1


@pytest.mark.parametrize(
    "rows",
    [ship(45.2), ship(45.2, 45.2, 45.2, step=31), ship(44.9, 44.9, 44.9, 44.9, 44.9, 44.9, 44.9), ship(*[np.nan] * 8)],
    ids=["a single position", "silences", "outside", "NaN"],
)
def test_no_loitering_is_shown(tmp_path, rows):
    assert look(tmp_path, CLAUSE, rows) == []


def test_the_clause_may_say_how_slow_and_how_long(tmp_path):
    assert look(tmp_path, with_keys('speed = "1 kn"'), sail(1.5, 2)) == []
    assert len(look(tmp_path, with_keys('speed = "5 kn"'), sail(4.0, 2))) == 1
    assert look(tmp_path, with_keys('persistence = "3 h"'), sail(0.0, 2)) == []
    assert look(tmp_path, with_keys('hours = ["00:00", "06:00"]'), sail(0.0, 2)) == []
    assert look(tmp_path, with_keys('margin = "50 km"'), sail(0.0, 2)) == []


def test_over_midnight_and_the_truces_21_utc(tmp_path):
    head = HEAD.replace("06-01T00:00Z", "06-02T00:00 Europe/Kyiv")
    (found,) = look(tmp_path, CLAUSE, sail(0.0, 12, start=45.2), head=head)
    assert (found.span.start, found.span.end) == (at("06-01 21:00"), at("06-02 00:00"))


def test_across_the_antimeridian(tmp_path):
    zone = CLAUSE.replace(
        "```clause", "```zone belt\npolygon = [[179, 44], [-179, 44], [-179, 46], [179, 46]]\n```\n\n```clause"
    )
    drift = [(179.99 + 0.001 * n if n < 10 else -180 + 0.001 * (n - 10), 45.0) for n in range(20)]
    (found,) = look(tmp_path, zone.replace('"strait"', '"belt"'), ship(*drift))
    assert len(found.rows) == 20


def test_a_margin_within_the_error_of_the_speed_is_said(tmp_path):
    (found,) = look(tmp_path, CLAUSE, sail(1.9, 2, accuracy_m=100.0))
    assert any("within the measurement error" in doubt for doubt in found.doubts)
    (sure,) = look(tmp_path, CLAUSE, sail(0.5, 2, accuracy_m=10.0))
    assert not sure.place_uncertain


def test_unsorted_rows_and_identity(tmp_path):
    rows = sail(0.5, 2)
    assert [f.id for f in look(tmp_path, CLAUSE, rows)] == [f.id for f in look(tmp_path, CLAUSE, rows[::-1])]
    track = sail(0.5, 2, platform="track:radar:7", source="radar")
    (nobody,) = look(tmp_path, CLAUSE, track, sources=[RADAR])
    assert (nobody.party, nobody.indicator) == (UNDETERMINED, False)
    both = look(tmp_path, CLAUSE, [*rows, *track], sources=[AIS, RADAR])
    assert {f.platform for f in both} == {SHIP}
    assert look(tmp_path, CLAUSE.replace('"vessel"', '"tanker"'), rows) == []
    assert look(tmp_path, CLAUSE, rows, [{**WARSHIP, "party": "BLUE"}]) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 1500), st.floats(-0.01, 0.01)), min_size=1, max_size=30), st.floats(0.5, 10))
def test_every_stretch_is_below_the_limit_and_none_is_shorter_than_a_window(steps, limit):
    micros = np.cumsum([seconds for seconds, _ in steps]).astype(np.int64) * 1_000_000
    lat = 45 + np.cumsum([way for _, way in steps])
    ship = np.zeros(len(lat), int), micros, np.full(len(lat), 30.0), lat
    for stretch in find_loitering(*ship, limit_kn=limit, least_us=0).table:
        assert micros[stretch["last"]] - micros[stretch["first"]] >= 600_000_000
        assert stretch["knots"] < limit
