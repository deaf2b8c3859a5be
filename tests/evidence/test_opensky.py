"""State vectors of OpenSky: three forms, two systems of units, two orders of the last columns."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from eyes import ANY, Told, adds_up, damaged
from hypothesis import given

from truceline.errors import EvidenceError

STATE = ["4b1815", "SWR1    ", "Switzerland", 1577880000, 1577880002, 8.5, 47.5, 1000.0, False, 100.0, 90.5, 0.0, None]
TODAY = [*STATE, 1010.0, "1000", False, 0]
RECORD = {"timestamp": 1577880000000, "icao24": "4b1815", "latitude": 47.5, "longitude": 8.5, "altitude": 1000.0}
RECORD |= {"groundspeed": 100.0, "track": 90.5, "callsign": "SWR1"}
NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


def answer(*states, **options) -> Told:
    return Told("opensky", json.dumps({"time": 1577880005, "states": list(states)}), options=options)


def records(*items, units: str = "ft, kn") -> Told:
    return Told("opensky", json.dumps(items), options={"units": units})


def test_the_interface_speaks_in_metres_and_metres_a_second():
    told = answer(TODAY)
    position = told.position
    assert (position["platform"], position["time_utc"], position["lon"], position["lat"]) == (
        "icao:4b1815",
        NOON,
        8.5,
        47.5,
    )
    assert position["received_utc"] == datetime(2020, 1, 1, 12, 0, 5, tzinfo=UTC)
    assert (position["altitude_m"], position["altitude_ref"], position["course_deg"]) == (1000.0, "barometric", 90.5)
    assert position["speed_kn"] == pytest.approx(194.384, abs=0.001)
    assert position["integrity"] == "position=adsb"
    assert (told.platform["kind"], told.platform["name"]) == ("aircraft", "SWR1")


def test_records_in_feet_and_knots():
    position = records(RECORD).position
    assert (position["time_utc"], position["speed_kn"]) == (NOON, 100.0)
    assert position["altitude_m"] == pytest.approx(304.8)


def test_the_units_of_records_are_never_guessed():
    with pytest.raises(EvidenceError, match="units"):
        Told("opensky", json.dumps([RECORD]))
    with pytest.raises(EvidenceError, match="units"):
        records(RECORD, units="furlongs")


def test_columns_are_records_turned():
    turned = {name: {"0": value, "7": value} for name, value in RECORD.items()}
    turned["timestamp"]["7"] += 1000
    told = Told("opensky", json.dumps(turned), options={"units": "ft, kn"})
    assert told.positions["time_utc"].to_list() == [NOON, NOON.replace(second=1)]
    assert told.positions["row"].to_list() == [1, 2]


def test_a_value_that_only_one_column_has_is_a_row_all_the_same():
    turned = {name: {"0": value} for name, value in RECORD.items()}
    turned["track"]["1"] = 5.0
    told = Told("opensky", json.dumps(turned), options={"units": "ft, kn"})
    assert (told.rows, told.used, told.aside) == (2, 1, {"position not available": 1})


@pytest.mark.parametrize(
    ("late", "integrity", "category"),
    [
        ([1010.0, "1000", False, 2], "position=mlat", None),  # spi, source
        ([1010.0, "1000", False, 2, 8], "position=mlat", "helicopter"),  # spi, source, category
        ([1010.0, "1000", False, 0, 14], "position=adsb", "drone"),
        ([1010.0, "1000", False, True, 2], "position=mlat", None),  # alert, spi, source: as in 2017
    ],
)
def test_the_order_of_the_last_columns_differs_by_age(late, integrity, category):
    told = answer([*STATE, *late])
    assert (told.position["integrity"], told.platform["category"]) == (integrity, category)


def test_on_the_ground_the_altitude_is_that_of_the_ground():
    state = [*TODAY]
    state[8] = True
    position = answer(state).position
    assert (position["altitude_m"], position["altitude_ref"]) == (0.0, "ground")


def test_above_the_ellipsoid_where_no_barometer_speaks():
    state = [*TODAY]
    state[7] = None
    position = answer(state).position
    assert (position["altitude_m"], position["altitude_ref"]) == (1010.0, "ellipsoid")


def test_the_time_is_that_of_the_position_and_not_of_the_last_contact():
    state = [*TODAY]
    state[3] = None
    assert answer(state).rejects == [(1, "no time")]


def test_no_position_and_no_aircraft_are_set_aside():
    nowhere, truck = [*TODAY], [*TODAY, 17]
    nowhere[5] = nowhere[6] = None
    assert answer(nowhere, truck).aside == {"position not available": 1, "ground vehicle or obstacle": 1}


def test_an_address_that_is_not_of_icao_is_a_track_of_the_source():
    told = records({**RECORD, "icao24": "~ABCDEF"})
    assert (told.platform["platform"], told.platform["kind"]) == ("track:eye:~abcdef", "aircraft")


def test_the_same_state_twice_is_set_aside():
    assert answer(TODAY, TODAY).aside == {"exact repeat of an earlier row": 1}


@pytest.mark.parametrize("text", ["{}", "3", '"x"', '{"states": 3}', "[", '{"time": 3}'])
def test_another_document_is_refused(text):
    with pytest.raises(EvidenceError):
        Told("opensky", text)


def test_an_answer_without_states_has_no_rows():
    assert Told("opensky", '{"time": 1, "states": null}').rows == 0


def load(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def test_the_real_answer(shared_data):
    told = Told("opensky", (shared_data / "adsb" / "opensky_states_api_sample.json").read_bytes())
    assert (told.rows, told.used, told.positions["platform"].to_list()[0]) == (4, 4, "icao:ab1644")
    assert told.positions["altitude_ref"].to_list() == ["barometric", "ground", "barometric", "barometric"]


@pytest.mark.parametrize(
    ("name", "rows", "aircraft"),
    [
        ("opensky_border_control_2020-04-17", 1_465, 1),
        ("opensky_noisy_spoofing", 8_681, 1),
        ("opensky_noisy_time_issue_2022-07-13", 8_294, 1),
        ("opensky_switzerland_2018-08-01", 139_098, 842),
    ],
)
def test_the_real_files(shared_data, name, rows, aircraft):
    told = Told("opensky", load(shared_data / "adsb" / f"{name}.json.gz"), options={"units": "ft, kn"})
    assert told.rows == rows
    assert told.rejects == []
    assert told.positions["platform"].n_unique() == aircraft
    assert told.positions["altitude_m"].drop_nulls().max() < 15_000


def test_the_spoofed_flight_keeps_its_address_and_all_its_places(shared_data):
    told = Told("opensky", load(shared_data / "adsb" / "opensky_noisy_spoofing.json.gz"), options={"units": "ft, kn"})
    assert told.platforms["platform"].unique().to_list() == ["icao:4baac6"]
    assert told.positions["lat"].min() == pytest.approx(41.4, abs=0.1)
    assert told.positions["lat"].max() == pytest.approx(57.0, abs=0.1)
    assert told.positions["time_utc"].min() == datetime(2024, 9, 17, 8, 4, 26, tzinfo=UTC)


@ANY
@given(damaged(json.dumps({"time": 1577880005, "states": [TODAY, [*TODAY, 8]]}).encode()))
def test_whatever_answer_comes_is_accounted_for(data):
    adds_up("opensky", data)


@ANY
@given(damaged(json.dumps({name: {"0": value, "1": value} for name, value in RECORD.items()}).encode()))
def test_whatever_columns_come_are_accounted_for(data):
    adds_up("opensky", data, options={"units": "ft, kn"})
