"""Names of regions in the sources' own spellings; a name that nothing knows is not guessed."""

import csv
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from truceline.gazetteer import Gazetteer, Place, load_gazetteer
from truceline.spacetime.shapes import distance_m, normal, read_geometry

UKRAINE = load_gazetteer()


def code(name: str) -> str | None:
    place = UKRAINE.find(name)
    return place.code if place else None


def test_there_are_the_27_regions_of_iso_3166_2():
    codes = [place.code for place in UKRAINE.places]
    assert len(codes) == 27
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"UA-\d\d", each) for each in codes)
    assert all(22 < place.lon < 41 and 44 < place.lat < 53 for place in UKRAINE.places)
    assert all(20_000 < place.radius_m < 250_000 and place.shape is None for place in UKRAINE.places)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("UA-51", "UA-51"),
        ("Odesa oblast", "UA-51"),
        ("Odeska oblast", "UA-51"),
        ("Odessa Oblast", "UA-51"),
        ("ODESSA  OBLAST ", "UA-51"),
        ("Одеська область", "UA-51"),
        ("Одеська обл.", "UA-51"),
        ("Одесская область", "UA-51"),
        ("Cherkas'ka Oblast'", "UA-71"),
        ("L’vivs’ka oblast", "UA-46"),
        ("Ivano–Frankivska oblast", "UA-26"),
        ("Zaporizhia Oblast", "UA-23"),
        ("Zaporiz'ka oblast", "UA-23"),
        ("Kiev Special Republican city", "UA-30"),
        ("Kyiv", "UA-30"),
        ("Kyiv City", "UA-30"),
        ("м. Київ", "UA-30"),
        ("Kyivska oblast", "UA-32"),
        ("Kyiv Oblast", "UA-32"),
        ("Киевская область", "UA-32"),
        ("Крим", "UA-43"),
        ("Autonomous Republic of Crimea", "UA-43"),
        ("Sevastopol", "UA-40"),
        ("Закарпаття", "UA-21"),
    ],
)
def test_a_region_is_found_by_what_sources_call_it(name, expected):
    assert code(name) == expected


@pytest.mark.parametrize("name", ["", " ", "UA-99", "ua", "Kharkiv", "Odesa", "Donbas", "oblast", "Atlantis", "UA-51|"])
def test_a_name_that_nothing_knows_is_not_guessed(name):
    assert UKRAINE.find(name) is None


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_any_text_is_a_place_or_none(name):
    assert UKRAINE.find(name) in (None, *UKRAINE.places)


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("alerts/official_2022-12-01_2023-02-01.csv", "oblast"),
        ("alerts/volunteer_2022-12-01_2023-02-01.csv", "region"),
        ("events/ucdp_ged_ukraine_2014-2021_hdx.csv.gz", "adm_1"),
        ("events/ucdp_ged231_ukraine_sample.csv", "adm_1"),
    ],
)
def test_every_region_that_the_real_files_name_is_known(shared_data, path, column):
    file = shared_data / path
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8-sig", newline="") as lines:
        names = {row[column] for row in csv.DictReader(lines)} - {"", "#adm1+name"}
    assert len(names) > 3
    assert [name for name in sorted(names) if UKRAINE.find(name) is None] == []


def test_each_disc_covers_its_region_from_within(shared_data):
    path = shared_data / "geo" / "geoboundaries_ukr_adm1_simplified.geojson"
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        place = UKRAINE.find(feature["properties"]["shapeISO"])
        assert place is UKRAINE.find(feature["properties"]["shapeName"])
        shape = read_geometry(feature["geometry"])
        assert shape.contains(shapely.Point(place.lon, place.lat))
        corners = shapely.get_coordinates(shape)
        reach = distance_m(place.lon, place.lat, corners[:, 0], corners[:, 1]).max()
        assert reach <= place.radius_m < reach + 100


def test_a_case_brings_its_own_areas():
    harbour = box(30.6, 46.3, 30.9, 46.6)
    places = load_gazetteer({"Harbour": harbour})
    found = places.find("harbour")
    assert found == Place("Harbour", "Harbour", found.lon, found.lat, found.radius_m, harbour)
    assert (found.lon, found.lat) == (pytest.approx(30.75), pytest.approx(46.45))
    assert found.radius_m == pytest.approx(distance_m(30.75, 46.45, 30.6, 46.3), rel=1e-3)
    assert places.find("Kyiv").code == "UA-30"
    assert load_gazetteer().find("Harbour") is None


@pytest.mark.parametrize("name", ["UA-51", "Odesa oblast", "Одеська область", "odessa oblast"])
def test_an_outline_of_a_known_region_is_its_shape_under_every_spelling(name):
    outline = box(29, 45, 31, 47)
    places = load_gazetteer({name: outline})
    assert len(places.places) == 27
    for spelling in ("UA-51", "Odeska oblast", name):
        assert places.find(spelling).shape is outline
        assert places.find(spelling).code == "UA-51"


def test_two_outlines_of_one_region_are_its_shape_together():
    west, east = box(29, 45, 30, 47), box(30, 45, 31, 47)
    place = load_gazetteer({"UA-51": west, "Odesa oblast": east}).find("Odeska oblast")
    assert shapely.equals(place.shape, box(29, 45, 31, 47))
    assert place.radius_m > load_gazetteer({"UA-51": west}).find("UA-51").radius_m


def test_names_that_differ_by_case_alone_are_two_areas():
    places = load_gazetteer({"Port": box(0, 0, 1, 1), "port": box(5, 5, 6, 6)})
    assert places.find("Port").lon < places.find("port").lon
    assert places.find("PORT") is None


def test_the_point_of_a_bent_area_lies_in_it():
    bent = Polygon([(0, 0), (10, 0), (10, 1), (1, 1), (1, 10), (0, 10)])
    wide = normal([[170, 10], [-170, 10], [-170, 20], [170, 20]])
    for shape in (bent, wide):
        place = load_gazetteer({"A": shape}).find("A")
        assert shape.intersects(shapely.Point(place.lon, place.lat))
        corners = shapely.get_coordinates(shape)
        assert np.all(distance_m(place.lon, place.lat, *corners.T) <= place.radius_m)


def test_a_spelling_of_two_places_is_a_bug():
    north, south = Place("N", "North", 0, 1, 1), Place("S", "South", 0, -1, 1)
    with pytest.raises(ValueError, match="two places"):
        Gazetteer([north, south], {"Town": "N", "town ": "S"})
    with pytest.raises(ValueError, match="or none"):
        Gazetteer([north], {"Town": "S"})


def test_the_example_in_the_docs_is_true():
    page = Path(__file__).parents[2] / "docs" / "gazetteer.md"
    lines = re.findall(r"^(places\.find\(.*?\S)\s+# (\S+?),?(?: .*)?$", page.read_text("utf-8"), re.MULTILINE)
    assert len(lines) == 4
    for call, said in lines:
        assert repr(eval(call, {"places": UKRAINE})) == said.rstrip(":")  # noqa: S307 - our own page
