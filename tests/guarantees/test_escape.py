"""The room of the escape clause: the published EUR 650 bn, rebuilt, and the step at its end."""

import pytest

from truceline.guarantees.escape import FULL, RAMP, find_cliff, give_room, level_for, sum_room

# GDP of the 27 in EUR bn, IMF WEO October 2025; 2023 from Eurostat.
GDP_2023 = 17_264.2
GDP = {2024: 17_984, 2025: 18_677, 2026: 19_291, 2027: 20_007, 2028: 20_732}
YEARS = [GDP[year] for year in range(2025, 2029)]


def test_a_rising_path_over_the_gdp_of_2023_is_within_half_a_per_cent_of_650():
    found = sum_room([GDP_2023] * 4)
    assert found == pytest.approx(647.4, abs=0.05)
    assert abs(found / 650 - 1) < 0.005


@pytest.mark.parametrize(
    ("path", "constant", "growing"),
    [(FULL, 1_079.0, 1_180.6), (RAMP, 674.4, 750.8), ((0, 0.5, 1, 1.5), 539.5, 607.5)],
)
def test_other_readings_give_other_sums(path, constant, growing):
    assert sum_room([GDP[2024]] * 4, path) == pytest.approx(constant, abs=0.06)
    assert sum_room(YEARS, path) == pytest.approx(growing, abs=0.06)


def test_the_level_that_yields_650():
    assert level_for(650, [GDP[2024]] * 4) == pytest.approx(0.904, abs=0.0005)
    assert level_for(650, YEARS) == pytest.approx(0.826, abs=0.0005)


def test_two_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        sum_room([1.0], RAMP)


def test_the_room_has_a_cap_and_an_end():
    room = give_room({2025: 0.4, 2026: 2.0, 2028: -0.1, 2029: 1.0}, range(2025, 2029))
    assert room == {2025: (0.4, 0.0), 2026: (1.5, 0.5), 2028: (0.0, 0.0), 2029: (0.0, 1.0)}


def test_the_cliff_is_what_was_covered_and_stays():
    extra = {2027: 1.0, 2028: 1.8, 2029: 1.2}
    cliff = find_cliff(extra, range(2025, 2029))
    assert (cliff.last_year, cliff.covered_pct_gdp, cliff.step_pct_gdp) == (2028, 1.5, 1.2)
    assert find_cliff({2028: 1.0}, range(2025, 2029)) is None
    assert find_cliff(extra, ()) is None
