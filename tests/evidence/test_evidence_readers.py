"""Each reader of events: what its columns mean, its traps, and the real files."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from truceline.errors import EvidenceError
from truceline.evidence import SOURCES, Plan, Source, gather
from truceline.gazetteer import load_gazetteer
from truceline.spacetime.shapes import distance_m

GAZETTEER = load_gazetteer()


class Told:
    """Everything that a reader told of a file."""

    def __init__(self, form: str, text: str | bytes, **declared):
        data = text if isinstance(text, bytes) else text.encode()
        source = Source("s", Path("file.dat"), form, 1, **declared)
        batches = list(SOURCES[form].read(io.BytesIO(data), source, GAZETTEER))
        self.used = sum(batch.used for batch in batches)
        self.rejects = {reject.row: reject.reason for batch in batches for reject in batch.rejects}
        self.found = {reject.row: reject.found for batch in batches for reject in batch.rejects}
        self.aside = {reason: count for batch in batches for reason, count in batch.set_aside.items()}
        self.events = [row for batch in batches if batch.events is not None for row in batch.events.to_dicts()]
        self.positions = [row for batch in batches if batch.positions is not None for row in batch.positions.to_dicts()]
        frames = [batch.platforms for batch in batches if batch.platforms is not None]
        self.platforms = [row for frame in frames for row in frame.to_dicts()]
        self.observers = [row for batch in batches if batch.observers is not None for row in batch.observers.to_dicts()]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def real(shared_data: Path, tmp_path: Path, path: str, form: str, **declared):
    source = Source("real", shared_data / path, form, 1, **declared)
    return gather(Plan(shared_data / "evidence.toml", sources=(source,)), GAZETTEER, tmp_path / "out")


# --- air-raid alerts ------------------------------------------------------------------------------

OFFICIAL = "oblast,raion,hromada,level,started_at,finished_at,source\n"
VOLUNTEER = "region,started_at,finished_at,naive\n"


def test_an_official_alert():
    row = "Donetska oblast,Kramatorskyi raion,,raion,2022-12-01 07:00:00+00:00,2022-12-01 08:00:00+00:00,official\n"
    alert = Told("alerts-official", OFFICIAL + row).events[0]
    assert (alert["kind"], alert["area"], alert["object"], alert["text"]) == (
        "air-raid-alert", "UA-14", "raion", "Kramatorskyi raion",
    )  # fmt: skip
    assert (alert["start_utc"], alert["end_utc"]) == (utc(2022, 12, 1, 7), utc(2022, 12, 1, 8))


def test_an_official_alert_that_has_not_ended():
    row = "Donetska oblast,,,oblast,2022-12-01 07:00:00+00:00,,official\n"
    alert = Told("alerts-official", OFFICIAL + row).events[0]
    assert (alert["end_utc"], alert["text"]) == (utc(2022, 12, 1, 7), "end not announced")


def test_an_end_that_was_invented_is_not_used():
    rows = "Kyiv City,2022-12-01 07:00:00+00:00,2022-12-01 07:30:00+00:00,True\n"
    rows += "Kyiv City,2022-12-02 07:00:00+00:00,2022-12-02 07:30:00+00:00,False\n"
    naive, known = Told("alerts-volunteer", VOLUNTEER + rows).events
    assert (naive["end_utc"], naive["text"]) == (utc(2022, 12, 1, 7), "end not announced")
    assert (known["end_utc"], known["text"]) == (utc(2022, 12, 2, 7, 30), None)


def test_alerts_that_cannot_be():
    rows = [
        "Atlantis,,,oblast,2022-12-01 07:00:00+00:00,,official",
        "Donetska oblast,,,oblast,2022-12-01 07:00:00+00:00,2022-12-01 06:00:00+00:00,official",
        "Donetska oblast,,,oblast,2022-12-01 07:00:00,,official",
        "Donetska oblast,,,oblast,,,official",
    ]
    told = Told("alerts-official", OFFICIAL + "\n".join(rows))
    assert told.rejects == {1: "place not known", 2: "end before start", 3: "time without a zone", 4: "no time"}


def test_the_wrong_alert_format_says_what_is_missing():
    with pytest.raises(EvidenceError) as caught:
        Told("alerts-volunteer", OFFICIAL)
    assert '"region"' in str(caught.value)
    assert "file.dat:1" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "form", "rows", "onsets"),
    [("official", "alerts-official", 2109, 56), ("volunteer", "alerts-volunteer", 2322, 60)],
)
def test_the_real_alerts(shared_data, tmp_path, file, form, rows, onsets):
    evidence = real(shared_data, tmp_path, f"alerts/{file}_2022-12-01_2023-02-01.csv", form)
    tally = evidence.files[0]
    assert (tally.rows, tally.used, tally.set_aside, tally.rejected) == (rows, rows, {}, {})
    truce = pl.col("start_utc").is_between(utc(2023, 1, 6, 9), utc(2023, 1, 7, 21), closed="left")
    assert evidence.events.collect().filter(truce).height == onsets
    assert evidence.events.collect()["area"].null_count() == 0


def test_the_real_invented_ends(shared_data, tmp_path):
    evidence = real(shared_data, tmp_path, "alerts/volunteer_2022-12-01_2023-02-01.csv", "alerts-volunteer")
    assert evidence.events.collect().filter(pl.col("text") == "end not announced").height == 114


# --- UCDP ---------------------------------------------------------------------------------------

UCDP = "id,side_a,side_b,where_prec,adm_1,latitude,longitude,date_prec,date_start,date_end,best,high,low\n"


def ucdp(rows: str) -> Told:
    return Told("ucdp-ged", UCDP + rows, time_zone="Europe/Kyiv")


def test_a_lethal_event_is_as_wide_as_its_day():
    event = ucdp("7,A,B,1,Donetsk oblast,48.1,37.5,1,2020-07-28 00:00:00.000,2020-07-28 00:00:00.000,3,5,2\n").events[0]
    assert (event["start_utc"], event["end_utc"]) == (utc(2020, 7, 27, 21), utc(2020, 7, 28, 21))
    assert (event["event"], event["kind"], event["area"], event["radius_m"]) == ("7", "lethal-event", "UA-14", 2_000)
    quantity = event["quantity"], event["quantity_low"], event["quantity_high"], event["unit"]
    assert quantity == (3, 2, 5, "deaths")
    assert "actor" not in event


def test_a_summary_over_weeks_is_one_row_with_that_width():
    event = ucdp("7,A,B,4,,48.1,37.5,4,2020-07-01,2020-07-31,3,5,2\n").events[0]
    assert event["end_utc"] - event["start_utc"] == timedelta(days=31)
    assert (event["radius_m"], event["area"]) == (150_000, None)
    assert "day not known exactly" in event["text"]


def test_the_line_of_hxl_tags_is_set_aside():
    told = ucdp(",,,,#adm1+name,#geo+lat,#geo+lon,,#date+start,#date+end,#affected+killed,,\n")
    assert (told.used, told.aside) == (0, {"HXL tags, not a row of data": 1})


def test_lethal_events_that_cannot_be():
    told = ucdp(
        "1,A,B,9,,48.1,37.5,1,2020-07-28,2020-07-28,1,1,1\n"
        "2,A,B,1,,48.1,37.5,1,2020-07-28,2020-07-27,1,1,1\n"
        "3,A,B,1,,48.1,37.5,1,2020-07-28,2020-07-28,,1,1\n"
        "4,A,B,1,,48.1,,1,2020-07-28,2020-07-28,1,1,1\n"
    )
    assert told.rejects == {
        1: "where_prec is none of 1 to 7",
        2: "end before start",
        3: "deaths (best) not a number",
        4: "no longitude or no latitude",
    }


def test_the_real_lethal_events(shared_data, tmp_path):
    path = "events/ucdp_ged_ukraine_2014-2021_hdx.csv.gz"
    evidence = real(shared_data, tmp_path, path, "ucdp-ged", time_zone="Europe/Kyiv")
    tally = evidence.files[0]
    assert (tally.rows, tally.used, tally.rejected) == (2990, 2989, {})
    assert tally.set_aside == {"HXL tags, not a row of data": 1}
    wide = evidence.events.collect().filter(pl.col("end_utc") - pl.col("start_utc") > timedelta(hours=25))
    assert wide.height == 666
    assert evidence.events.collect().filter(pl.col("radius_m") > 25_000).height == 717
    assert evidence.events.collect()["area"].null_count() == 228 + 0


def test_the_real_sample_without_tags(shared_data, tmp_path):
    path = "events/ucdp_ged231_ukraine_sample.csv"
    assert real(shared_data, tmp_path, path, "ucdp-ged", time_zone="Europe/Kyiv").files[0].used == 26


# --- VIINA --------------------------------------------------------------------------------------

VIINA = '"datetime","lon","lat","place_name","event_type","headline"\n'


def viina(rows: str) -> Told:
    return Told("viina", "\ufeff" + VIINA + rows, time_zone="Europe/Kyiv")


def test_a_report_at_an_hour_and_one_at_no_hour():
    at, day = viina(
        '"2023-04-01 09:30:00","38.2","48.8","Spirne","artillery|loc","words"\n'
        '"2023-04-01 00:00:00","38.2","48.8","Spirne","","words"\n'
    ).events
    assert (at["start_utc"], at["end_utc"]) == (utc(2023, 4, 1, 6, 30),) * 2
    assert (day["start_utc"], day["end_utc"]) == (utc(2023, 3, 31, 21), utc(2023, 4, 1, 21))
    assert (at["object"], at["text"], day["object"]) == ("artillery|loc", "Spirne: words", None)
    assert at["kind"] == "press-report"


def test_exact_repeats_are_set_aside():
    row = '"2023-04-01 09:30:00","38.2","48.8","Spirne","loc","words"\n'
    told = viina(row * 3 + row.replace("words", "other"))
    assert (told.used, told.aside) == (2, {"exact repeat of an earlier row": 2})


def test_the_real_reports(shared_data, tmp_path):
    path = "events/viina_incidents_2023-04.csv.gz"
    tally = real(shared_data, tmp_path, path, "viina", time_zone="Europe/Kyiv").files[0]
    assert (tally.rows, tally.used, tally.rejected) == (11_836, 8_726, {})
    assert tally.set_aside == {"exact repeat of an earlier row": 3_110}


# --- FIRMS --------------------------------------------------------------------------------------


def test_a_detection_of_modis():
    text = "latitude,longitude,scan,track,acq_date,acq_time,satellite,instrument,confidence,frp,type\n"
    event = Told("firms", text + "47.1,34.2,3,4,2022-06-01,824,Terra,MODIS,46,12.4,2\n").events[0]
    assert (event["start_utc"], event["end_utc"]) == (utc(2022, 6, 1, 8, 24), utc(2022, 6, 1, 8, 25))
    assert (event["lon"], event["lat"], event["radius_m"]) == (34.2, 47.1, 2_500)
    assert (event["quantity"], event["unit"], event["object"]) == (12.4, "MW", "other static land source")
    assert event["text"] == "MODIS Terra confidence 46"


def test_a_detection_of_viirs_without_the_size_of_its_pixel():
    text = "latitude,longitude,acq_date,acq_time,satellite,instrument,confidence\n47.1,34.2,2022-06-01,0117,N,VIIRS,n\n"
    assert Told("firms", text).events[0]["radius_m"] == pytest.approx(265, abs=1)


def test_a_daily_extract_knows_the_day_only():
    event = Told("firms", "LATITUDE,LONGITUDE,ACQ_DATE\n45.4,29.6,2020-01-01\n").events[0]
    assert (event["start_utc"], event["end_utc"]) == (utc(2020, 1, 1), utc(2020, 1, 2))
    assert event["radius_m"] == pytest.approx(707, abs=1)


def test_detections_that_cannot_be():
    rows = "47.1,34.2,2022-06-01,2460\n134.2,47.1,2022-06-01,0100\n47.1,34.2,2022-06-31,0100\n47.1,34.2,,0100\n"
    told = Told("firms", "latitude,longitude,acq_date,acq_time\n" + rows)
    assert told.rejects == {
        1: "acq_time is not HHMM",
        2: "longitude and latitude look swapped",
        3: "time not understood",
        4: "no time",
    }


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("firms_ukraine_daily_2020", 120_028), ("firms_ukraine_daily_2021", 57_595),
        ("firms_ukraine_daily_2022", 133_979), ("firms_ukraine_daily_2023", 98_287),
        ("firms_full_modis-2022-arch", 8_470), ("firms_full_modis-2022", 7_113), ("firms_full_viirs-noaa-2022", 4_248),
    ],
)  # fmt: skip
def test_the_real_detections(shared_data, tmp_path, file, rows):
    tally = real(shared_data, tmp_path, f"firms/{file}.csv.gz", "firms").files[0]
    assert (tally.rows, tally.used, tally.rejected) == (rows, rows, {})


# --- any delimited table ------------------------------------------------------------------------


def test_events_by_a_map_of_columns():
    told = Told(
        "csv",
        "Wann;Art;Ort;Zahl\n2025-01-01 14:00;Beschuss;Donetsk oblast;1,5\n",
        time_zone="Europe/Kyiv",
        columns={"start_utc": "Wann", "kind": "Art", "area": "Ort", "quantity": "Zahl"},
        options={"delimiter": ";", "decimal": ",", "kinds": {"Beschuss": "shelling"}},
    )
    event = told.events[0]
    assert (event["kind"], event["area"], event["quantity"]) == ("shelling", "UA-14", 1.5)
    assert event["start_utc"] == utc(2025, 1, 1, 12)


def test_events_that_cannot_be():
    header = "start_utc,end_utc,kind,area,lon,lat,radius_m,reliability,credibility,quantity,received_utc\n"
    rows = {
        ",,shelling,UA-14,,,,,,,": "no time",
        "2025-01-01T00:00Z,,bang,UA-14,,,,,,,": "kind of event not known",
        "2025-01-01T00:00Z,,,UA-14,,,,,,,": "no kind of event",
        "2025-01-01T00:00Z,,shelling,Atlantis,,,,,,,": "place not known",
        "2025-01-01T00:00Z,,shelling,,,,,,,,": "no longitude or no latitude",
        "2025-01-01T00:00Z,,shelling,UA-14,37,,,,,,": "no longitude or no latitude",
        "2025-01-01T00:00Z,,shelling,,37,48,-1,,,,": "radius below zero",
        "2025-01-01T00:00Z,,shelling,,37,48,x,,,,": "radius_m is not a number",
        "2025-01-01T00:00Z,,shelling,UA-14,,,,Z,,,": "reliability is none of A to F",
        "2025-01-01T00:00Z,,shelling,UA-14,,,,B,7,,": "credibility is none of 1 to 6",
        "2025-01-01T00:00Z,2024-01-01T00:00Z,shelling,UA-14,,,,,,,": "end before start",
        "2025-01-01T00:00Z,,shelling,UA-14,,,,,,,2024-01-01T00:00Z": "dated after it was received",
        "2900-01-01T00:00Z,,shelling,UA-14,,,,,,,": "time after the year 2099",
    }
    told = Told("csv", header + "\n".join(rows))
    assert list(told.rejects.values()) == list(rows.values())


def test_a_column_that_is_missing_is_named_with_its_neighbour():
    with pytest.raises(EvidenceError) as caught:
        Told("csv", "started_at,region\n", kind="shelling", columns={"start_utc": "startet_at", "area": "region"})
    assert 'is it "started_at"?' in str(caught.value)


@pytest.mark.parametrize(("header", "missing"), [("when,area\n", "start_utc"), ("start_utc,x\n", "area")])
def test_columns_that_a_table_of_events_needs(header, missing):
    with pytest.raises(EvidenceError, match=missing):
        Told("csv", header, kind="shelling")


def test_a_kind_is_needed_somewhere():
    with pytest.raises(EvidenceError, match="kind"):
        Told("csv", "start_utc,area\n")


RADAR = "plot_time,track,lon,lat,height_ft,speed_m_s,course\n"
RADAR_MAP = {
    "time_utc": "plot_time", "platform": "track", "altitude_ft": "height_ft", "speed_m_s": "speed_m_s",
    "course_deg": "course",
}  # fmt: skip


def test_radar_tracks_are_positions_of_anonymous_platforms():
    row = "2025-01-01T00:00:00Z,T17,30.5,46.1,1000,10,270\n"
    told = Told("csv", RADAR + row, kind="radar-track", columns=RADAR_MAP)
    position = told.positions[0]
    assert position["platform"] == "track:s:T17"
    assert position["altitude_m"] == pytest.approx(304.8)
    assert position["speed_kn"] == pytest.approx(19.438, abs=0.001)
    assert told.platforms[0] | {"row": 1} == {
        "platform": "track:s:T17", "kind": "radar-track", "mmsi": None, "icao24": None, "name": None, "flag": None,
        "party": None, "category": None, "row": 1,
    }  # fmt: skip


AIS = "time_utc,mmsi,lon,lat,speed_kn,course_deg,nav_status,name,ship_type\n"


def test_ships_and_what_their_transponders_do_not_know():
    told = Told(
        "csv",
        AIS
        + "2025-01-01T00:00:00Z,211000001,30.5,46.1,102.3,360.0,1,NAME,70\n"
        + "2025-01-01T00:00:01Z,2110001,30.5,46.1,7.5,359.9,15,,35\n"
        + "2025-01-01T00:00:02Z,211000001,181,91,0,0,0,,\n",
    )
    first, second = told.positions
    assert (first["platform"], first["speed_kn"], first["course_deg"], first["nav_status"]) == (
        "mmsi:211000001", None, None, 1,
    )  # fmt: skip
    assert (second["platform"], second["speed_kn"], second["course_deg"]) == ("mmsi:002110001", 7.5, 359.9)
    assert [row["category"] for row in told.platforms] == ["cargo", "warship"]
    assert told.aside == {"position not available (AIS 181, 91)": 1}


def test_positions_that_cannot_be():
    rows = {
        ",211000001,30,46,,,,,": "no time",
        "2025-01-01,211000001,30,46,,,,,": "time without a zone",
        "2025-01-01T00:00:00Z,0,30,46,,,,,": "MMSI is not of nine digits",
        "2025-01-01T00:00:00Z,9999999999,30,46,,,,,": "MMSI is not of nine digits",
        "2025-01-01T00:00:00Z,,30,46,,,,,": "nothing says which platform it is",
        "2025-01-01T00:00:00Z,211000001,0,0,,,,,": "longitude 0 and latitude 0: a default, not a place",
        "2025-01-01T00:00:00Z,211000001,30,46,-1,,,,": "speed below zero",
        "2025-01-01T00:00:00Z,211000001,30,46,fast,,,,": "speed_kn is not a number",
    }
    assert list(Told("csv", AIS + "\n".join(rows)).rejects.values()) == list(rows.values())


def test_detections_without_a_name_are_each_their_own():
    text = "time_utc,lon,lat\n2025-01-01T00:00:00Z,30,46\n2025-01-01T00:00:00Z,31,46\n"
    told = Told("csv", text, kind="detection")
    assert [row["platform"] for row in told.positions] == ["track:s:file.dat#1", "track:s:file.dat#2"]
    assert {row["kind"] for row in told.platforms} == {"detection"}


@pytest.mark.parametrize(
    ("header", "declared", "positions"),
    [
        ("time_utc,mmsi,lon,lat", {}, True),
        ("start_utc,platform,lon,lat,kind", {}, False),
        ("start_utc,mmsi,lon,lat", {"kind": "naval-incident"}, False),
        ("time_utc,lon,lat", {"kind": "detection"}, True),
        ("start_utc,lon,lat,time_utc,mmsi", {"options": {"table": "positions"}}, True),
    ],
)
def test_whether_a_table_is_of_events_or_of_positions(header, declared, positions):
    cells = {"start_utc": "2025-01-01T00:00Z", "time_utc": "2025-01-01T00:00Z", "lon": "30", "lat": "46"}
    cells |= {"mmsi": "211000001", "platform": "x", "kind": "shelling"}
    told = Told("csv", header + "\n" + ",".join(cells[name] for name in header.split(",")), **declared)
    assert (len(told.positions), len(told.events)) == ((1, 0) if positions else (0, 1))


def test_the_real_table_of_ships(shared_data, tmp_path):
    columns = {"time_utc": "BaseDateTime", "speed_kn": "SOG", "course_deg": "COG", "ship_type": "VesselType"}
    path = "ais/marinecadastre_2022-01-03.csv.gz"
    evidence = real(shared_data, tmp_path, path, "csv", time_zone="UTC", columns=columns)
    tally = evidence.files[0]
    assert (tally.rows, tally.used) == (99_999, 99_993)
    assert tally.set_aside == {"exact repeat of an earlier row": 1}
    assert tally.rejected == {"MMSI is not of nine digits": 5}
    assert evidence.positions.select(pl.col("speed_kn").max() < 102.2).collect().item()


def test_the_real_table_of_anonymous_ships(shared_data, tmp_path):
    evidence = real(
        shared_data, tmp_path, "ais/suez_positions_2021-03.csv", "csv", time_zone="UTC",
        columns={"time_utc": "ais_pos_timestamp", "platform": "ID", "lat": "latitude", "lon": "longitude"},
        options={"time_format": "%d/%m/%Y %H:%M"},
    )  # fmt: skip
    assert (evidence.files[0].rows, evidence.files[0].rejected, evidence.platforms.height) == (22_287, {}, 256)


# --- GeoJSON ------------------------------------------------------------------------------------


def collection(*features) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def feature(geometry, **properties) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": {"start_utc": "2025-01-01T00:00Z", **properties}}


POINT = {"type": "Point", "coordinates": [30.5, 46.1]}
RING = {"type": "Polygon", "coordinates": [[[30, 46], [31, 46], [31, 47], [30, 47], [30, 46]]]}


def test_points_and_polygons_are_events():
    told = Told("geojson", collection(feature(POINT, radius_m=50), feature(RING)), kind="explosion")
    point, ring = told.events
    assert (point["lon"], point["lat"], point["radius_m"], point["kind"]) == (30.5, 46.1, 50, "explosion")
    assert (ring["lon"], ring["lat"]) == (30.5, 46.5)
    assert ring["radius_m"] == pytest.approx(distance_m(30.5, 46.5, 30, 46))


def test_properties_by_their_map():
    one = {"type": "Feature", "id": 9, "geometry": POINT, "properties": {"when": "2025-01-01T00:00Z", "type": "boom"}}
    options = {"kinds": {"boom": "explosion"}}
    told = Told("geojson", collection(one), columns={"start_utc": "when", "kind": "type"}, options=options)
    assert (told.events[0]["event"], told.events[0]["kind"]) == ("9", "explosion")


def test_features_that_cannot_be():
    features = [
        feature({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
        feature({"type": "Point", "coordinates": ["x", 2]}),
        feature({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}),
        feature(None),
        feature(POINT, quantity=[1]),
        "text",
        feature(POINT, area="Atlantis"),
    ]
    told = Told("geojson", collection(*features), kind="explosion")
    assert [reason.split(":")[0] for reason in told.rejects.values()] == [
        "geometry is neither point nor polygon", "geometry not understood", "outline crosses or touches itself",
        "no longitude or no latitude", "quantity is no single value", "not a feature", "place not known",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["{}", "[]", "1", '{"type": "Topology"}', "{", "", "[" * 50_000, '{"type": "Feature"'])
def test_what_is_not_geojson_has_a_message(text):
    with pytest.raises(EvidenceError):
        Told("geojson", text, kind="explosion")


# --- monitors' observations ------------------------------------------------------------------------

OBSERVATION = {
    "id": "O1", "observer": "Post Nord", "start": "2025-01-01T10:00:00Z", "end": "2025-01-01T10:05:00Z",
    "observer_lon": 30.0, "observer_lat": 46.0, "means": "binoculars", "bearing_deg": 90, "distance_min_m": 1000,
    "distance_max_m": 3000, "sense": "seen", "kind": "overflight", "object": "drone", "quantity": 2, "actor": "",
    "reliability": "B", "credibility": 2, "received": "2025-01-01T11:00:00Z", "text": "two, low",
}  # fmt: skip


def observe(*changes: dict, form="json") -> Told:
    items = [OBSERVATION | change for change in changes]
    if form == "json":
        return Told("observation", json.dumps(items))
    lines = [",".join(OBSERVATION), *(",".join(f'"{value}"' for value in item.values()) for item in items)]
    return Told("observation", "\n".join(lines))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_observation_is_placed_along_its_bearing(form):
    event = observe({}, form=form).events[0]
    assert distance_m(30.0, 46.0, event["lon"], event["lat"]) == pytest.approx(2_000, abs=0.01)
    assert event["lat"] == pytest.approx(46.0, abs=1e-4)
    assert event["lon"] > 30.0
    assert 1_000 <= event["radius_m"] < 1_100
    assert (event["event"], event["kind"], event["object"], event["quantity"]) == ("O1", "overflight", "drone", 2)
    assert (event["reliability"], event["credibility"], event["actor"]) == ("B", 2, None)
    assert (event["received_utc"], event["text"]) == (utc(2025, 1, 1, 11), "seen (binoculars): two, low")


def test_the_radius_covers_the_band():
    event = observe({"bearing_deg": 33, "sense": "heard"}).events[0]
    from pyproj import Geod

    for off in (-15, 0, 15):
        for metres in (1000, 3000):
            lon, lat, _ = Geod(ellps="WGS84").fwd(30.0, 46.0, 33 + off, metres)
            assert distance_m(event["lon"], event["lat"], lon, lat) <= event["radius_m"] + 1


def test_without_a_bearing_it_is_somewhere_around_the_observer():
    event = observe({"bearing_deg": None}).events[0]
    assert (event["lon"], event["lat"], event["radius_m"]) == (30.0, 46.0, 3000)


def test_without_a_distance_the_place_is_unknown():
    event = observe({"distance_max_m": None}).events[0]
    assert (event["lon"], event["lat"], event["radius_m"]) == (None, None, None)


def test_names_leave_in_their_own_table_only():
    told = observe({}, {"id": "O2", "kind": "bang"})
    assert told.observers == [{"row": 1, "observer": "Post Nord"}]
    assert "Post Nord" not in repr(told.events) + repr(told.found)


def test_names_are_replaced_in_the_tables(tmp_path):
    (tmp_path / "o.json").write_text(json.dumps([OBSERVATION | {"text": "Post Nord was shot at"}]))
    plan = Plan(tmp_path / "evidence.toml", sources=(Source("obs", tmp_path / "o.json", "observation", 1),))
    evidence = gather(plan, GAZETTEER, tmp_path / "out")
    assert evidence.events.collect()["text"][0] == "observer obs-1: seen (binoculars): observer obs-1 was shot at"
    exported = [path for path in (tmp_path / "out").iterdir() if path.is_file()]
    assert all("Post Nord" not in repr(pl.read_parquet(path).to_dicts()) for path in exported)
    private = tmp_path / "out" / "private" / "observers.parquet"
    assert pl.read_parquet(private).rows() == [("obs", "observer obs-1", "Post Nord")]
    assert private.stat().st_mode & 0o077 == 0


def test_names_in_the_words_of_others_are_replaced_and_parts_of_words_are_not(tmp_path):
    rows = [OBSERVATION | {"observer": "Al"}, OBSERVATION | {"id": "O2", "text": "Al saw it also, all of it. Alas"}]
    (tmp_path / "o.json").write_text(json.dumps(rows))
    plan = Plan(tmp_path / "evidence.toml", sources=(Source("obs", tmp_path / "o.json", "observation", 1),))
    texts = gather(plan, GAZETTEER, tmp_path / "out").events.collect()["text"]
    assert texts[1] == "observer obs-2: seen (binoculars): observer obs-1 saw it also, all of it. Alas"


def test_a_broken_record_does_not_show_its_observer():
    told = Told("observation", ",".join(OBSERVATION) + "\nO1,Post Nord,2025\n")
    assert told.found == {1: "not shown: it may name an observer"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"observer": ""}, "no observer"),
        ({"observer_lon": None}, "no longitude or no latitude"),
        ({"start": "2025-01-01T10:00"}, "time without a zone"),
        ({"end": "2025-01-01T09:00Z"}, "end before start"),
        ({"bearing_deg": 400}, "bearing outside 0 to 360"),
        ({"distance_min_m": 5000}, "smallest distance above the largest"),
        ({"distance_min_m": -5}, "distance below zero"),
        ({"distance_max_m": 1e9}, "distance beyond 200 km"),
        ({"sense": "guessed"}, "sense is none of seen, camera, uav, heard"),
        ({"kind": "bang"}, "kind of event not known"),
        ({"reliability": "G"}, "reliability is none of A to F"),
        ({"received": "2025-01-01T09:00Z"}, "dated after it was received"),
        ({"text": ["x"]}, "text is no single value"),
        ({"text": "\ud800"}, "text is no single value"),
    ],
)
def test_observations_that_cannot_be(change, reason):
    assert observe(change).rejects == {1: reason}


def test_the_same_id_with_other_words_is_refused():
    told = observe({}, {}, {"text": "three, high"})
    assert (told.used, told.aside) == (1, {"exact repeat of an earlier row": 1})
    assert told.rejects == {3: "id of an earlier row, which says otherwise"}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_a_json_list_with_something_before_it(mark):
    assert Told("observation", mark + json.dumps([OBSERVATION]).encode()).used == 1


def test_a_csv_in_the_clothes_of_another_office():
    text = "observer;start;observer_lon;observer_lat;kind\nПост;2025-01-01 10:00;30;46;вибух\n".encode("cp1251")
    options = {"delimiter": ";", "encoding": "cp1251", "kinds": {"вибух": "explosion"}}
    told = Told("observation", text, time_zone="Europe/Kyiv", options=options)
    assert (told.events[0]["kind"], told.observers[0]["observer"]) == ("explosion", "Пост")


def test_a_document_that_is_no_list_has_a_message():
    with pytest.raises(EvidenceError, match="list of observations"):
        Told("observation", '{"id": 1}')


COLUMNS = {"start_utc": "when", "kind": "kind", "lon": "lon", "lat": "lat"}


def test_what_somebody_decides_or_claims_needs_no_place():
    kinds = ("determination", "claim", "shelling")
    rows = "when,kind,lon,lat\n" + "".join(f"2025-03-11T12:00Z,{kind},,\n" for kind in kinds)
    told = Told("csv", rows, columns=COLUMNS)
    assert [event["kind"] for event in told.events] == ["determination", "claim"]
    assert told.rejects == {3: "no longitude or no latitude"}
    half = Told("csv", "when,kind,lon,lat\n2025-03-11T12:00Z,claim,30.5,\n", columns=COLUMNS)
    assert half.rejects == {1: "no longitude or no latitude"}


def test_a_list_of_decisions_needs_no_column_of_places():
    rows = "when\n2025-03-11T12:00Z\n"
    assert Told("csv", rows, kind="determination", columns={"start_utc": "when"}).used == 1
    with pytest.raises(EvidenceError, match="column missing"):
        Told("csv", rows, kind="shelling", columns={"start_utc": "when"})
