"""Files as people have them: saved by a spreadsheet, by an old program, with a title on top; each says what to do."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from truceline.errors import CaseError, EvidenceError
from truceline.evidence import gather, read_plan
from truceline.evidence.dates import note_far, refuse_ahead
from truceline.gazetteer import load_gazetteer

ROW = "2026-03-02T10:15Z,A-17,explosion,54.5,2.4\n"
TABLE = "date,ship,what,lat,lon\n" + ROW
LIST = """
[[source]]
path = "log.csv"
format = "csv"
{options}
[source.columns]
start_utc = "date"
kind = "what"
object = "ship"
"""


def read(folder: Path, table: str | bytes, options: str = "", listing: str = LIST, name: str = "log.csv"):
    """Return the evidence of a case with this one file."""
    (folder / name).write_bytes(table if isinstance(table, bytes) else table.encode())
    (folder / "evidence.toml").write_text(listing.replace("{options}", options))
    plan, problems = read_plan(folder / "evidence.toml", {})
    assert [problem for problem in problems if problem.severity == "error"] == []
    return gather(plan, load_gazetteer(), folder / "out")


def problem_of(folder: Path, *given: str | bytes, **more: str) -> str:
    with pytest.raises(EvidenceError) as caught:
        read(folder, *given, **more)
    (problem,) = caught.value.problems
    return str(problem)


def test_what_a_spreadsheet_saves_is_read_when_it_is_declared(tmp_path):
    sheet = "\ufeff" + TABLE.replace(",", ";").replace(".", ",").replace("2026-03-02T10:15Z", "02.03.2026 10:15")
    options = 'delimiter = ";"\ndecimal = ","\ntime_format = "%d.%m.%Y %H:%M"\ntime_zone = "Europe/London"'
    (event,) = read(tmp_path, sheet + ";;;;\n;;;;\n\n", options).events.collect().to_dicts()
    assert (event["object"], event["lat"], event["start_utc"].isoformat()) == (
        "A-17",
        54.5,
        "2026-03-02T10:15:00+00:00",
    )


def test_rows_of_empty_cells_are_set_aside_as_such(tmp_path):
    (tally,) = read(tmp_path, TABLE + ",,,,\n , ,,,\n\n" + ROW.replace("17", "18")).files
    assert (tally.rows, tally.used, tally.set_aside) == (5, 2, {"blank line": 1, "row without any value": 2})


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (TABLE.replace(",", ";"), "", 'columns not told apart: * add delimiter = ";"'),
        (TABLE.replace(",", "\t"), "", 'columns not told apart: * add delimiter = "\\t"'),
        (TABLE.replace(",", "|"), "", 'columns not told apart: * add delimiter = "|"'),
        (TABLE, 'delimiter = ";"', 'columns not told apart: * add delimiter = ","'),
        ("Incidents in March,,,,\n" + TABLE, "", "first line is no header: * remove what stands above"),
        ("\n" + TABLE, "", "first line is no header: * an empty line"),
        ("# exported on Monday\n" + TABLE, "", "first line is no header: * remove what stands above"),
        ("sep=;\n" + TABLE.replace(",", ";"), 'delimiter = ";"', "first line is no header: * remove what stands above"),
        (TABLE.replace("\n", "\r"), "", "header not understood: * LF or CRLF"),
        ("x" * 2_000_000 + "\n", "", "file is not text"),
        (TABLE.encode("utf-16"), "", 'add encoding = "utf-16"'),
        (b"\x00" * 100, "", "file is not text"),
    ],
)
def test_a_header_that_is_none_is_one_problem_with_a_way_out(tmp_path, table, options, words):
    said = problem_of(tmp_path, table, options)
    assert all(part in said for part in words.split(" * ")), said


def test_a_header_without_declared_columns_is_explained_too(tmp_path):
    listing = '[[source]]\npath = "log.csv"\nformat = "csv"\n'
    assert 'add delimiter = ";"' in problem_of(tmp_path, "start_utc;kind;area\n", listing=listing)


def test_a_workbook_is_named_as_one(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("log.csv", TABLE)
    assert "workbook or an archive" in problem_of(tmp_path, packed.getvalue())


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("02.03.2026", 'add time_format = "%d.%m.%Y" and time_zone, or with %m before %d'),
        ("02.03.2026 10:15", '"%d.%m.%Y %H:%M"'),
        ("3/2/26 9:15:01", '"%d/%m/%y %H:%M:%S"'),
        ("2026/3/2", 'add time_format = "%Y/%m/%d" and time_zone'),
        ("46083.427", "a spreadsheet's number for a day"),
        ("1772446500", 'time_format = "epoch s"'),
        ("1772446500000", 'time_format = "epoch ms"'),
        ("next Tuesday", "write times as 2025-01-31T12:00Z"),
        ("2026-03-02T10:15", "add time_zone"),
    ],
)
def test_a_time_that_is_not_understood_comes_with_its_row_and_advice(tmp_path, time, words):
    (note,) = read(tmp_path, TABLE.replace("2026-03-02T10:15Z", time)).notes
    assert f"none of its 1 row could be used: time {'without' if 'T10' in time else 'not'}" in note
    assert f'the first is row 1, "{time}"' in note
    assert words in note


def test_the_form_that_is_advised_reads_the_time(tmp_path):
    """The advice is followed to the letter: the pattern in the note is put into the list."""
    table = TABLE.replace("2026-03-02T10:15Z", "02.03.2026 10:15")
    (note,) = read(tmp_path, table).notes
    form = note.partition('time_format = "')[2].partition('"')[0]
    assert read(tmp_path, table, f'time_format = "{form}"\ntime_zone = "UTC"').files[0].used == 1


def test_a_decimal_comma_shows_the_cell_and_what_to_declare(tmp_path):
    table = TABLE.replace("54.5,2.4", '"54,5","2,4"')
    (note,) = read(tmp_path, table).notes
    assert '"2,4": add decimal = ","' in note
    assert read(tmp_path, table, 'decimal = ","').files[0].used == 1


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("2,314", 'add decimal = ","'),  # no longitude has thousands
        ("2°24'E", "write degrees as one decimal number"),
        ("2.4 E", "write degrees as one decimal number"),
        ("east", None),
    ],
)
def test_a_coordinate_in_another_hand_comes_with_advice(tmp_path, cell, words):
    (note,) = read(tmp_path, TABLE.replace("2.4", f'"{cell}"')).notes
    assert (words in note) if words else note.endswith("mostly: longitude or latitude is not a number")


def test_thousands_are_never_made_decimals(tmp_path):
    """ "1,234" may be either; who follows the note knows which it is."""
    table = "start_utc,lat,lon,quantity\n2026-03-02T10:15Z,54.5,2.4,"
    listing = '[[source]]\npath = "log.csv"\nformat = "csv"\nkind = "explosion"\n'
    (note,) = read(tmp_path, table + '"1,234"\n', listing=listing).notes
    assert 'without a mark between thousands, or add decimal = ","' in note
    (note,) = read(tmp_path, table + '"1,23"\n', listing=listing).notes
    assert note.endswith(': add decimal = ","')


def test_what_is_shown_of_a_file_cannot_command_a_terminal(tmp_path):
    (note,) = read(tmp_path, TABLE.replace("2026-03-02T10:15Z", "\x1b[2J\u202e02.03.2026")).notes
    assert note.isprintable()


def test_advice_is_for_formats_that_have_the_option(tmp_path):
    listing = '[[source]]\npath = "log.csv"\nformat = "alerts-volunteer"\n'
    table = "region,started_at,finished_at,naive\nKyiv City,02.03.2026,,False\n"
    assert read(tmp_path, table, listing=listing).notes == (
        "log.csv: none of its 1 row could be used, mostly: time not understood",
    )


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("2026-03-02T24:00Z", "2026-03-03T00:00:00+00:00"),
        ("2026-12-31 24:00:00 UTC", "2027-01-01T00:00:00+00:00"),
        ("2026-03-02T24:00+02:00", "2026-03-02T22:00:00+00:00"),
        ("2026-03-02T24:00", "2026-03-03T00:00:00+00:00"),  # London in winter
        ("2026-06-02T24:00", "2026-06-02T23:00:00+00:00"),  # and in summer
    ],
)
def test_the_end_of_a_day_may_be_written_as_24_o_clock(tmp_path, written, start):
    table = TABLE + ROW.replace("2026-03-02T10:15Z", written)
    events = read(tmp_path, table, 'time_zone = "Europe/London"').events.collect()
    assert events["start_utc"][1].isoformat() == start
    assert events["start_utc"][0].isoformat() == "2026-03-02T10:15:00+00:00"


@pytest.mark.parametrize("written", ["2026-03-02T24:00:01Z", "2026-03-02T24:01Z", "2026-03-02T23:59:60Z"])
def test_no_other_time_lies_beyond_the_end_of_a_day(tmp_path, written):
    assert read(tmp_path, TABLE.replace("2026-03-02T10:15Z", written)).files[0].rejected == {"time not understood": 1}


# --- dates that cannot be -----------------------------------------------------------------------


def test_no_row_is_judged_by_the_day_on_which_it_is_read(tmp_path):
    """A row dated fifty years ahead is used or rejected by what the list says of its arrival, today and then."""
    ahead = ROW.replace("2026", "2076")
    assert read(tmp_path, TABLE + ahead).files[0].used == 2
    (tally,) = read(tmp_path, TABLE + ahead, 'received = "2026-04-01T00:00Z"').files
    assert (tally.used, tally.rejected) == (1, {"dated after it was received": 1})
    assert read(tmp_path, TABLE + ROW.replace("2026", "2100")).files[0].rejected == {"time after the year 2099": 1}


def test_rows_long_after_the_cut_off_are_noted(tmp_path):
    files = read(tmp_path, TABLE + ROW.replace("2026", "2076")).files
    (note,) = note_far(files, datetime(2026, 4, 1, tzinfo=UTC))
    assert "log.csv: its last row is dated 2076-03-02" in note
    assert "add received" in note
    assert note_far(files, datetime(2076, 1, 1, tzinfo=UTC)) == ()


def test_an_open_agreement_takes_no_cut_off_from_a_row_in_the_future(tmp_path):
    refuse_ahead(read(tmp_path, TABLE).files)
    with pytest.raises(CaseError, match=r"log.csv: rows dated in the future.*found 2076-03-02.*--cut-off"):
        refuse_ahead(read(tmp_path, TABLE + ROW.replace("2026", "2076")).files)


# --- GeoJSON ------------------------------------------------------------------------------------

MAP = """
[[source]]
path = "log.geojson"
format = "geojson"
kind = "explosion"
"""
POINT = {
    "type": "Feature",
    "properties": {"start_utc": "2026-03-02T10:15Z"},
    "geometry": {"type": "Point", "coordinates": [2.4, 54.5, 12.0]},
}


def collection(*features: object, crs: object = None) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features} | ({"crs": crs} if crs else {}))


def named(system: str) -> dict:
    return {"type": "name", "properties": {"name": system}}


@pytest.mark.parametrize("system", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"])
def test_a_map_in_longitude_and_latitude_is_read(tmp_path, system):
    events = read(tmp_path, collection(POINT, crs=named(system)), listing=MAP, name="log.geojson").events.collect()
    assert (events["lon"][0], events["lat"][0]) == (2.4, 54.5)


@pytest.mark.parametrize("crs", [named("EPSG:32631"), named("urn:ogc:def:crs:EPSG::3857"), {"type": "link"}, "x"])
def test_a_map_in_other_coordinates_is_refused_although_its_numbers_would_fit(tmp_path, crs):
    said = problem_of(tmp_path, collection(POINT, crs=crs), listing=MAP, name="log.geojson")
    assert "another reference system" in said
    assert "EPSG:4326" in said


def test_a_collection_in_a_collection_is_a_reject(tmp_path):
    inner = json.loads(collection(POINT))
    (tally,) = read(tmp_path, collection(POINT, inner), listing=MAP, name="log.geojson").files
    assert (tally.used, tally.rejected) == (1, {"not a feature: FeatureCollection": 1})


# --- the list -----------------------------------------------------------------------------------


WATCH = """
[[coverage]]
provider = "p"
starts = "2026-01-01T00:00Z"
ends = "2026-02-01T00:00Z"
area = "everywhere"
detects = ["explosion"]
probability = 0.9
"""


@pytest.mark.parametrize(
    ("listing", "words"),
    [
        ('[[source]]\npath = "log.csv"\nformat = "CSV"\n', 'write "csv"'),
        ('[[source]]\npath = "in\\\\log.csv"\nformat = "csv"\n', "write / for \\"),
        ('[columns]\nstart_utc = "date"\n', "a key or table of the list"),
        (WATCH.replace("0.9", "90"), "write 0.9 for 90 %"),
    ],
)
def test_a_slip_in_the_list_comes_with_what_was_meant(tmp_path, listing, words):
    (tmp_path / "log.csv").write_text(TABLE)
    (tmp_path / "evidence.toml").write_text(listing)
    assert words in "\n".join(map(str, read_plan(tmp_path / "evidence.toml", {})[1]))


def test_an_area_of_which_there_are_two_is_none(tmp_path):
    square = [[[30, 46], [31, 46], [31, 47], [30, 46]]]
    bay = {"type": "Feature", "properties": {"name": "bay"}, "geometry": {"type": "Polygon", "coordinates": square}}
    (tmp_path / "areas.geojson").write_text(collection(bay, bay))
    (tmp_path / "evidence.toml").write_text('[[area]]\nname = "bay"\nfile = "areas.geojson#bay"\n')
    (problem,) = read_plan(tmp_path / "evidence.toml", {})[1]
    assert "2 of that name" in str(problem)
