"""AIS of Marine Cadastre: both generations of the header, the codes, the real file."""

import gzip
from datetime import UTC, datetime

import pytest
from eyes import ANY, Told, adds_up, damaged
from hypothesis import given

from truceline.errors import EvidenceError

OLD = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass\n"
)
NEW = "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,status\n"
ROW = "366899260,2022-01-03T00:00:03,34.12723,-119.44421,17.9,51.5,511,BIRD,,WDG9106,60,0,19,7,,60,A\n"


def row(**changed: str) -> str:
    names = OLD.strip().split(",")
    cells = dict(zip(names, ROW.strip().split(","), strict=True)) | changed
    return OLD + ",".join(cells[name] for name in names) + "\n"


def test_a_position_of_the_older_files():
    told = Told("marinecadastre", OLD + ROW)
    position = told.position
    assert position["platform"] == "mmsi:366899260"
    assert position["time_utc"] == datetime(2022, 1, 3, 0, 0, 3, tzinfo=UTC)
    assert (position["lon"], position["lat"]) == (-119.44421, 34.12723)
    assert (position["speed_kn"], position["course_deg"], position["nav_status"]) == (17.9, 51.5, 0)
    assert position["integrity"] is None
    assert (told.platform["kind"], told.platform["name"], told.platform["category"]) == ("vessel", "BIRD", "passenger")


def test_a_position_of_the_newer_files():
    position = Told(
        "marinecadastre", NEW + "366899260,2025-02-01 00:00:03,-119.4,34.1,17.9,51.5,50,BIRD,,,60,0\n"
    ).position
    assert position["time_utc"] == datetime(2025, 2, 1, 0, 0, 3, tzinfo=UTC)
    assert (position["lon"], position["lat"]) == (-119.4, 34.1)


@pytest.mark.parametrize(
    ("column", "code", "name"),
    [
        ("SOG", "102.3", "speed_kn"),
        ("SOG", "102.2", "speed_kn"),
        ("COG", "360.0", "course_deg"),
        ("COG", "-49.6", "course_deg"),
        ("Status", "16", "nav_status"),
        ("Status", "", "nav_status"),
    ],
)
def test_what_is_not_available_is_null(column, code, name):
    assert Told("marinecadastre", row(**{column: code})).position[name] is None


def test_as_fast_as_the_field_can_say_is_no_speed_and_says_so():
    assert Told("marinecadastre", row(SOG="102.2")).position["integrity"] == "sog=saturated"
    assert Told("marinecadastre", row(SOG="102.3")).position["integrity"] is None


@pytest.mark.parametrize(
    ("mmsi", "platform", "kind", "integrity"),
    [
        ("3669999", "mmsi:003669999", "station", None),
        ("993692001", "mmsi:993692001", "station", None),
        ("970123456", "mmsi:970123456", "station", None),
        ("111366001", "mmsi:111366001", "aircraft", None),
        ("983661234", "mmsi:983661234", "vessel", None),
        ("36689926", "mmsi:036689926", "vessel", "mmsi=irregular"),
        ("123456789", "mmsi:123456789", "vessel", "mmsi=irregular"),
    ],
)
def test_the_form_of_an_identity_says_what_it_is(mmsi, platform, kind, integrity):
    told = Told("marinecadastre", row(MMSI=mmsi))
    assert (told.platform["platform"], told.platform["kind"]) == (platform, kind)
    assert told.position["integrity"] == integrity


@pytest.mark.parametrize("mmsi", ["0", "1072211352", "", "-5", "36x"])
def test_an_identity_that_is_none_is_rejected(mmsi):
    assert Told("marinecadastre", row(MMSI=mmsi)).used == 0


def test_a_place_that_is_not_available_is_set_aside():
    assert Told("marinecadastre", row(LAT="91", LON="181")).aside.total() == 1


def test_a_repeated_row_is_set_aside():
    assert Told("marinecadastre", OLD + ROW + ROW).aside == {"exact repeat of an earlier row": 1}


def test_a_header_that_stands_again_between_the_rows_is_set_aside():
    told = Told("marinecadastre", OLD + ROW + OLD.upper() + ROW.replace("00:00:03", "00:01:03"))
    assert (told.used, told.aside) == (2, {"header repeated": 1})


def test_years_of_different_columns_in_one_file_are_refused():
    new = "366899260,2022-01-03 00:00:03,-119.44421,34.12723,17.9,51.5,511,BIRD,,WDG9106,60,0"
    text = OLD + ROW + NEW.strip() + ",a,b,c,d,e\n" + new + ",1,2,3,4,5\n"
    with pytest.raises(EvidenceError, match="another header in row 2"):
        Told("marinecadastre", text)


@pytest.mark.parametrize("mmsi", ["3.66899260E8", "3.669e+08", "3E8"])
def test_a_number_that_a_spreadsheet_rounded_is_refused_and_says_so(mmsi):
    told = Told("marinecadastre", row(MMSI=mmsi))
    assert told.rejects == [(1, "MMSI written as a power of ten: digits may be lost, export it as text")]


def test_a_clock_that_was_never_set_is_refused():
    assert Told("marinecadastre", row(BaseDateTime="1970-01-01T00:00:09")).rejects == [
        (1, "dated before 1990: a clock that was never set")
    ]


def test_another_table_is_no_marine_cadastre():
    with pytest.raises(EvidenceError, match="BaseDateTime"):
        Told("marinecadastre", "MMSI,time,LAT,LON\n1,2,3,4\n")


def test_the_real_file(shared_data):
    told = Told(
        "marinecadastre", gzip.decompress((shared_data / "ais" / "marinecadastre_2022-01-03.csv.gz").read_bytes())
    )
    assert (told.rows, told.used) == (99_999, 99_993)
    assert told.aside == {"exact repeat of an earlier row": 1}
    assert told.rejected == {"MMSI is not of nine digits": 5}  # one of ten digits
    assert told.positions["platform"].n_unique() == 10_630
    assert told.positions["course_deg"].null_count() >= 14_000
    assert told.positions["course_deg"].max() < 360
    assert told.positions["speed_kn"].max() < 102.2
    assert (
        told.positions["time_utc"].is_between(datetime(2022, 1, 3, tzinfo=UTC), datetime(2022, 1, 4, tzinfo=UTC)).all()
    )


@ANY
@given(damaged((OLD + ROW + ROW.replace("366", "367")).encode()))
def test_whatever_comes_is_accounted_for(data):
    adds_up("marinecadastre", data)
