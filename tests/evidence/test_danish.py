"""AIS of Danish waters: day first, words for codes, and a clock that the file does not name."""

from datetime import UTC, datetime

import pytest
from eyes import ANY, Told, adds_up, damaged
from hypothesis import given

from truceline.errors import EvidenceError
from truceline.evidence import SOURCES

HEAD = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,"
    "A,B,C,D\n"
)
ROW = (
    "03/12/2015 23:59:59,Class A,219000001,55.5,12.5,Under way using engine,0.0,12.3,181.5,180,Unknown,OXYZ,NORD,"
    "Cargo,,20,120,GPS,6.1,HAMBURG,,AIS,100,20,10,10\n"
)


def read(text: str = ROW, zone: str | None = "UTC") -> Told:
    return Told("dma", HEAD + text, time_zone=zone)


def test_the_day_comes_first():
    assert read().position["time_utc"] == datetime(2015, 12, 3, 23, 59, 59, tzinfo=UTC)


def test_a_time_of_a_clock_that_nobody_named_is_refused():
    assert read(zone=None).rejects == [(1, "time without a zone")]
    assert SOURCES["dma"].needs == ("time_zone",)


def test_words_become_codes():
    told = read()
    position = told.position
    assert (position["lon"], position["lat"], position["speed_kn"], position["course_deg"]) == (12.5, 55.5, 12.3, 181.5)
    assert (position["nav_status"], position["received_by"]) == (0, "AIS")
    assert (told.platform["kind"], told.platform["category"], told.platform["name"]) == ("vessel", "cargo", "NORD")


@pytest.mark.parametrize(
    ("mobile", "kind"),
    [
        ("Base Station", "station"),
        ("AtoN", "station"),
        ("Class B", "vessel"),
        ("SAR Airborne", "aircraft"),
        ("Man Overboard Device", "station"),
        ("Something new", "vessel"),
    ],
)
def test_the_type_of_mobile_is_the_kind(mobile, kind):
    assert read(ROW.replace("Class A", mobile)).platform["kind"] == kind


@pytest.mark.parametrize(
    ("word", "category"),
    [("Military", "warship"), ("Fishing", "fishing"), ("Tug", "other-vessel"), ("Undefined", None), ("Reserved", None)],
)
def test_the_type_of_ship_is_the_category(word, category):
    assert read(ROW.replace(",Cargo,", f",{word},")).platform["category"] == category


def test_a_copy_with_semicolons_quotation_marks_and_commas_in_numbers():
    cells = ['"' + cell.replace(".", ",") + '"' for cell in ROW.strip().split(",")]
    options = {"delimiter": ";", "decimal": ","}
    told = Told("dma", HEAD.replace(",", ";") + ";".join(cells) + "\n", time_zone="UTC", options=options)
    assert (told.position["lon"], told.position["lat"], told.position["speed_kn"]) == (12.5, 55.5, 12.3)
    with pytest.raises(EvidenceError, match="add delimiter"):
        Told("dma", HEAD.replace(",", ";") + ROW.replace(",", ";"), time_zone="UTC")


def test_a_copy_that_was_saved_in_another_encoding_and_with_other_dates():
    text = HEAD + ROW.replace("03/12/2015 23:59:59", "2015-12-03 23:59").replace("NORD", "Ø")
    told = Told(
        "dma", text.encode("cp1252"), time_zone="UTC", options={"encoding": "cp1252", "time_format": "%Y-%m-%d %H:%M"}
    )
    assert (told.platform["name"], told.position["time_utc"].minute) == ("Ø", 59)


def test_an_unknown_status_stays_unknown():
    assert read(ROW.replace("Under way using engine", "Unknown value")).position["nav_status"] is None


def test_a_base_station_without_a_place_is_set_aside():
    assert read(ROW.replace("55.5,12.5", "91.000000,0.000000")).aside.total() == 1


@ANY
@given(damaged((HEAD + ROW + ROW.replace("03/12", "04/12")).encode()))
def test_whatever_comes_is_accounted_for(data):
    adds_up("dma", data, time_zone="UTC")
