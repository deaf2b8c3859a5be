"""Numbers of ships and aircraft, and the administrations behind them."""

import csv
import itertools
import re
from importlib.resources import files

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.identity import flag_of_mmsi, flags_of_mmsi, state_of_icao, states_of_icao

SHIPS = [
    (272_000_001, "UA"),
    (273_123_456, "RU"),
    (271_000_000, "TR"),
    (264_900_000, "RO"),
    (636_012_345, "LR"),
    (2_720_001, "UA"),  # 002720001, a coast station
    (111_273_501, "RU"),  # an aircraft of search and rescue
    (992_722_345, "UA"),  # an aid to navigation
    (982_651_234, "SE"),  # a boat of a ship
    (823_512_345, "GB"),  # a handheld radio: 8 235 12345
]
NOBODYS = [0, 1, 7, 123_456_789, 970_272_001, 972_000_001, 974_000_001, 27_200_001, 200_000_000, 999_999_999, 10**9]
AIRCRAFT = [
    ("508000", "UA"),
    ("50ffff", "UA"),
    ("140000", "RU"),
    ("1FFFFF", "RU"),
    ("393322", "FR"),
    ("4baac6", "TR"),
    ("ac671b", "US"),
    ("4a0000", "RO"),
]
STATELESS = ["~508000", "f00000", "5103ffx", "", "510400", "ffffff", "000000", "zzzzzz", "50800", "5５8000"]


@pytest.mark.parametrize(("mmsi", "flag"), SHIPS)
def test_the_flag_behind_an_identity(mmsi, flag):
    assert flag_of_mmsi(mmsi) == flag


@pytest.mark.parametrize("mmsi", NOBODYS)
def test_beacons_groups_and_digits_that_nobody_has_tell_no_flag(mmsi):
    assert flag_of_mmsi(mmsi) is None


@pytest.mark.parametrize(("address", "state"), AIRCRAFT)
def test_the_state_behind_an_address(address, state):
    assert state_of_icao(address) == state


@pytest.mark.parametrize("address", STATELESS)
def test_an_address_outside_all_blocks_belongs_to_no_state(address):
    assert state_of_icao(address) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 2**32 - 1), st.sampled_from([pair[0] for pair in SHIPS]))))
def test_a_column_of_identities_is_its_values(numbers):
    expected = [None if number is None else flag_of_mmsi(number) for number in numbers]
    assert flags_of_mmsi(pl.Series("mmsi", numbers, dtype=pl.UInt32)).to_list() == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=7), st.integers(0, 2**24 - 1).map("{:06x}".format))))
def test_a_column_of_addresses_is_its_values(addresses):
    expected = [None if address is None else state_of_icao(address) for address in addresses]
    assert states_of_icao(pl.Series("icao24", addresses, dtype=pl.String)).to_list() == expected


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("truceline.identity").joinpath(name).read_text("utf-8").splitlines()))


def test_the_tables_are_whole():
    mids, blocks = rows("mid.csv"), rows("icao.csv")
    assert len(mids) == 292
    assert len({row["mid"] for row in mids}) == 292
    assert all(201 <= int(row["mid"]) <= 775 for row in mids)
    assert all(re.fullmatch("[A-Z]{2}", row.get("flag") or row.get("state")) for row in (*mids, *blocks))
    edges = [(int(row["first"], 16), int(row["last"], 16)) for row in blocks]
    assert edges == sorted(edges)
    assert all(one[0] <= one[1] < two[0] for one, two in itertools.pairwise(edges))


def test_what_could_not_be_checked_twice_says_so():
    assert [row["mid"] for row in rows("mid.csv") if row["checked"] != "yes"] == ["306"]
    assert [row["first"] for row in rows("icao.csv") if row["checked"] != "yes"] == ["4d2400", "899000"]
    assert all(row["note"] for name in ("mid.csv", "icao.csv") for row in rows(name) if row["checked"] != "yes")
