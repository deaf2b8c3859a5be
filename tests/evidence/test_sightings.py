"""Tracks of radars and ships found in images: nobody's identity, and what was measured."""

from datetime import UTC, datetime

import pytest
from eyes import ANY, Told, adds_up, damaged
from hypothesis import given

from truceline.errors import EvidenceError
from truceline.evidence import SOURCES

TRACKS = "time,track,lon,lat,speed_kn,course_deg,category,mmsi\n"
TRACK = "2025-03-25T10:00:00Z,7,30.5,46.25,12.5,271,warship,272000001\n"
SHIPS = "timestamp,lon,lat,length_m,heading,confidence,mmsi\n"
SHIP = "2025-03-25T10:00:00Z,30.5,46.25,120,45,0.875,272000001\n"
TEN = datetime(2025, 3, 25, 10, tzinfo=UTC)


def test_a_plot_of_a_track():
    told = Told("radar-csv", TRACKS + TRACK)
    position = told.position
    assert (position["time_utc"], position["lon"], position["lat"]) == (TEN, 30.5, 46.25)
    assert (position["speed_kn"], position["course_deg"]) == (12.5, 271.0)
    assert (told.platform["kind"], told.platform["category"]) == ("radar-track", "warship")


@pytest.mark.parametrize(("form", "text"), [("radar-csv", TRACKS + TRACK), ("sar-csv", SHIPS + SHIP)])
def test_an_identity_in_the_table_is_not_the_platforms(form, text):
    told = Told(form, text)
    assert told.platform["mmsi"] is None
    assert told.platform["platform"].startswith("track:eye:")
    assert not SOURCES[form].cooperative


def test_names_of_columns_can_be_given():
    text = "when;no;x;y\n25/03/2025 10:00:00;7;30,5;46,25\n"
    options = {"delimiter": ";", "decimal": ",", "time_format": "%d/%m/%Y %H:%M:%S"}
    columns = {"time_utc": "when", "platform": "no", "lon": "x", "lat": "y"}
    position = Told("radar-csv", text, options=options, columns=columns, time_zone="UTC").position
    assert (position["platform"], position["time_utc"], position["lon"]) == ("track:eye:7", TEN, 30.5)


def test_a_speed_without_a_unit_is_not_read():
    assert Told("radar-csv", (TRACKS + TRACK).replace("speed_kn", "speed")).position["speed_kn"] is None


def test_a_time_without_a_zone_is_refused():
    assert Told("radar-csv", TRACKS + TRACK.replace("Z", "")).rejects == [(1, "time without a zone")]


def test_all_missing_columns_are_said_at_once():
    with pytest.raises(EvidenceError) as caught:
        Told("radar-csv", "a,b\n1,2\n")
    assert len(caught.value.problems) == 4


def test_a_detection_is_a_platform_of_its_own():
    told = Told("sar-csv", SHIPS + SHIP + SHIP.replace("30.5", "30.6"))
    assert told.positions["platform"].to_list() == ["track:eye:eye.dat#1", "track:eye:eye.dat#2"]
    assert told.platforms["kind"].to_list() == ["detection"] * 2


def test_what_was_measured_stands_in_words():
    position = Told("sar-csv", SHIPS + SHIP).position
    assert position["integrity"] == "length_m=120.0 heading_deg=45.0 confidence=0.875"
    assert position["course_deg"] is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("120", "-1", "length_m outside 0 to 1,000"),
        ("120", "nan", "length_m is not a number"),
        (",45,", ",361,", "heading_deg outside 0 to 360"),
        ("0.875", "87.5", "confidence outside 0 to 1"),
    ],
)
def test_a_measure_that_cannot_be_is_refused(old, new, reason):
    assert Told("sar-csv", SHIPS + SHIP.replace(old, new)).rejects == [(1, reason)]


def test_what_is_too_unsure_is_set_aside():
    told = Told("sar-csv", SHIPS + SHIP + SHIP.replace("0.875", "0.4"), options={"min_confidence": 0.5})
    assert (told.used, told.aside) == (1, {"confidence below the declared least": 1})


def test_what_says_nothing_of_its_confidence_is_kept():
    assert Told("sar-csv", SHIPS + SHIP.replace("0.875", ""), options={"min_confidence": 0.5}).used == 1


@pytest.mark.parametrize("least", ["high", 2, -0.1, True, float("nan")])
def test_a_least_that_is_none_is_refused(least):
    with pytest.raises(EvidenceError, match="min_confidence"):
        Told("sar-csv", SHIPS + SHIP, options={"min_confidence": least})


@ANY
@given(damaged((TRACKS + TRACK + TRACK.replace("10:", "11:")).encode()))
def test_whatever_tracks_come_are_accounted_for(data):
    adds_up("radar-csv", data)


@ANY
@given(damaged((SHIPS + SHIP + SHIP.replace("10:", "11:")).encode()))
def test_whatever_detections_come_are_accounted_for(data):
    adds_up("sar-csv", data, options={"min_confidence": 0.5})
