"""What a standing presence takes: the published examples, caps, lead times, and what is not known."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.commitment import Amount, Contribution, PoliticalStatus
from truceline.guarantees.rotation import Force, count_phases, estimate_un_cost, read_forces, rotate, total

HEAD = (
    "state,available_low,available_high,ratio_low,ratio_high,"
    "parliament_days_low,parliament_days_high,notice_days,source\n"
)


def promise(by: str, low: int | None, high: int | None, unit: str = "persons") -> Contribution:
    amount = Amount(None if low is None else Decimal(low), None if high is None else Decimal(high), unit)
    return Contribution(f"{by}-troops", by, PoliticalStatus.ANNOUNCED, amount)


@pytest.mark.parametrize(("presence", "pool"), [(15_000, 45_000), (25_000, 75_000), (60_000, 180_000)])
def test_three_for_one(presence, pool):
    (found,) = rotate([promise("ALL", presence, presence)], {})
    assert (found.pool.low, found.pool.high) == (pool, pool)


@pytest.mark.parametrize(
    ("presence", "pool", "share"), [(7_500, 22_500, Decimal("0.317")), (10_000, 30_000, Decimal("0.423"))]
)
def test_the_british_army_of_71000(presence, pool, share):
    force = Force("GBR", available=(Decimal(71_000), Decimal(71_000)), source="published")
    (found,) = rotate([promise("GBR", presence, presence)], {"GBR": force})
    assert found.pool.high == pool
    assert found.load[1].quantize(Decimal("0.001")) == share
    assert found.binding == "lead time not known"


def test_the_rate_of_the_united_nations_is_a_floor():
    assert estimate_un_cost(Decimal(25_000), 12) == Decimal(428_400_000)


def test_what_binds_is_named():
    def binding(**known):
        return rotate([promise("FRA", 8_000, 10_000)], {"FRA": Force("FRA", **known)})[0].binding

    men = (Decimal(20_000), Decimal(40_000))
    assert binding() == "cannot tell"
    assert binding(available=(Decimal(10_000), Decimal(20_000))) == "available persons"
    assert binding(available=(Decimal(25_000), Decimal(40_000))) == "available persons, at the upper end"
    assert binding(available=(Decimal(40_000), Decimal(40_000))) == "lead time not known"
    enough = (men[1], men[1])
    assert binding(available=enough, parliament_days=(10, 20), notice_days=30) == "vote in parliament"
    assert binding(available=enough, parliament_days=(0, 0), notice_days=30) == "notice"


def test_an_unknown_end_stays_unknown():
    (found,) = rotate([promise("FRA", 0, None)], {"FRA": Force("FRA", available=(Decimal(9), Decimal(9)))})
    assert found.pool.high is None
    assert found.load == (Decimal(0), None)
    assert count_phases(found, tour_months=6, months=12) == ()
    assert total([found]).presence.high is None


def test_what_is_not_counted_in_persons_is_left_out():
    assert rotate([promise("FRA", 3, 3, "brigades")], {}) == ()
    assert total([]) is None


def test_the_sum_names_who_is_short():
    forces = {
        "FRA": Force("FRA", available=(Decimal(10_000), Decimal(10_000)), parliament_days=(0, 0), notice_days=30),
        "GBR": Force("GBR", available=(Decimal(71_000), Decimal(71_000)), parliament_days=(7, 14), notice_days=20),
    }
    found = total(rotate([promise("FRA", 7_500, 7_500), promise("GBR", 7_500, 7_500)], forces))
    assert (found.presence.high, found.pool.high, found.cap.high) == (15_000, 45_000, 81_000)
    assert found.binding == "FRA"
    assert found.ready_days == (30, 34)


def test_months_on_station_add_up_to_the_pool():
    (found,) = rotate([promise("FRA", 1_000, 1_000)], {})
    rows = count_phases(found, tour_months=6, months=24)
    assert [row["on_station"] for row in rows[:7]] == [0] * 6 + [1_000]
    for row in rows[6:]:
        assert row["on_station"] + row["training"] + row["recovering"] == found.pool.low
    assert rows[-1]["recovering"] == 1_000


def test_a_table_is_read_with_all_its_mistakes(tmp_path):
    path = tmp_path / "forces.csv"
    path.write_text(
        HEAD + "GBR,71000,71000,3,5,7,14,20,army figures\n"
        "GBR,1,1,,,,,,again\n"
        "FRA,-5,10,,,,,,x\n"
        "POL,,,0.5,3,,,,x\n"
        "ITA,many,,,,,,soon,\n"
        ",1,1,,,,,,x\n",
        "utf-8",
    )
    forces, problems = read_forces(path)
    assert forces["POL"].available is None
    assert forces["POL"].ratio is None
    assert {(problem.line, problem.what) for problem in problems} == {
        (3, "state given twice"),
        (4, "available not understood"),
        (5, "ratio not understood"),
        (6, "available not understood"),
        (6, "notice_days not understood"),
        (6, "source missing"),
        (7, "state missing"),
    }


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "forces.csv"
    path.write_text("country,number\nGBR,1\n", "utf-8")
    forces, problems = read_forces(path)
    assert forces == {}
    assert "columns missing: state, source" in problems[0].what


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(10, 50), st.integers(10, 50))
def test_the_pool_is_never_smaller_than_the_presence(one, other, first, second):
    low, high = sorted((one, other))
    ratio = tuple(Decimal(number) / 10 for number in sorted((first, second)))
    (found,) = rotate([promise("FRA", low, high)], {}, ratio)
    assert low <= found.pool.low <= found.pool.high
    assert found.pool.high >= high
