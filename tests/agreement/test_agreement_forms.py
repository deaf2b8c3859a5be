"""Every form of the document that is right, as a person would write it."""

import json
import time
from pathlib import Path

import pytest
import shapely

from truceline.agreement import read_agreement, resolve
from truceline.gazetteer import load_gazetteer
from truceline.spacetime.shapes import area_km2

MEASURES = Path(__file__).parent / "measures.md"


def test_the_measures_of_2020_are_read_whole():
    agreement, problems = read_agreement(MEASURES)
    assert problems == []
    assert (agreement.id, agreement.title) == ("tcg-2020-07", "Measures to strengthen the ceasefire, 2020")
    assert (agreement.status, agreement.zone_of_time) == ("signed", "Europe/Kyiv")
    assert agreement.languages == ("en", "uk", "ru")
    assert [party.name for party in agreement.parties.values()] == ["Ukraine", "Armed formations of certain areas"]
    assert agreement.bodies == {"tcg": "Trilateral Contact Group"}
    fire = agreement.clauses[0]
    assert (fire.id, fire.kind, fire.binds) == ("fire-1", "no-attack", ("UA", "AF"))
    assert (fire.zone, fire.counting, fire.baseline, fire.coverage) == ("security", "event", "28 d before", 0.6)
    assert fire.article.title == "Article 2: Fire"
    assert fire.article.text.startswith("No fire of any kind in the zone.")
    assert "clause" not in fire.article.text
    assert fire.values["events"][0] == "shelling"
    rule = agreement.exceptions[0]
    assert (rule.of, rule.requires) == ("fire-1", ("mechanism-tried", "mechanism-failed", "leadership-order"))


def test_each_key_knows_its_line():
    agreement, _ = read_agreement(MEASURES)
    lines = MEASURES.read_text("utf-8").split("\n")
    block = agreement.clauses[0].block
    assert lines[block.line - 1] == "```clause fire-1"
    assert all(lines[block.line_of(key) - 1].startswith(f"{key} =") for key in block.values)
    assert lines[agreement.clauses[0].article.line - 1] == "## Article 2: Fire"


def test_a_key_that_is_not_there_has_the_line_of_what_is_above_it(truce):
    agreement = truce(
        'starts = { UA = "2026-01-10T00:00 UTC", RU = "2026-01-11T00:00 UTC" }\nends = "open"',
    )
    block = agreement.block
    assert block.line_of("starts.RU") == block.line_of("starts") == block.line + 3
    assert block.line_of("starts.PL") == block.line_of("starts")
    assert block.line_of("nothing[3].at") == block.line


def test_the_christmas_case_is_read():
    agreement, problems = read_agreement(Path(__file__).parents[2] / "cases" / "christmas-truce-2023" / "agreement.md")
    assert problems == []
    assert str(resolve(agreement, {})[0].interval) == "2023-01-06T09:00:00Z/2023-01-07T21:00:00Z"


# --- articles and blocks ----------------------------------------------------------------------


def test_text_that_is_no_block_of_ours_stays_text(truce):
    agreement = truce(
        'starts = "2026-01-10T00:00 UTC"\nends = "open"',
        """
        ## Article 1

        First words.

        ```python
        clause = "not ours"
        ```

        ```
        no info string
        ```

        ~~~clause fire
        kind = "text"
        binds = ["UA"]
        ~~~

        Last words.
        """,
    )
    text = agreement.clauses[0].article.text
    assert text.startswith("First words.")
    assert text.endswith("Last words.")
    assert 'clause = "not ours"' in text
    assert "binds" not in text


def test_a_block_within_a_list_belongs_to_its_article(truce):
    agreement = truce(
        'starts = "2026-01-10T00:00 UTC"\nends = "open"',
        """
        ## Article 1

        1. No fire.

           ```clause fire
           kind = "text"
           binds = ["UA"]
           ```

        Article 2
        ---------

        ```clause water
        kind = "text"
        binds = ["UA"]
        ```
        """,
    )
    assert [clause.article.title for clause in agreement.clauses] == ["Article 1", "Article 2"]
    assert agreement.clauses[0].block.line_of("binds") == agreement.clauses[0].block.line + 2


def test_a_document_quoted_inside_a_fence_is_not_read(truce):
    agreement = truce(
        'starts = "2026-01-10T00:00 UTC"\nends = "open"',
        "````markdown\n```clause fire\nkind = 7\n```\n````\n\n<!--\n```clause hidden\n```\n-->\n",
    )
    assert agreement.clauses == ()


def test_a_group_stands_for_its_members(truce):
    agreement = truce(
        'starts = "2026-01-10T00:00 UTC"\nends = "open"',
        """
        ```group both
        name = "Both parties"
        members = ["UA", "RU"]
        ```

        ```clause fire
        kind = "text"
        binds = ["RU", "both"]
        ```
        """,
    )
    assert agreement.groups == {"both": ("UA", "RU")}
    assert agreement.clauses[0].binds == ("RU", "UA")


def test_blocks_of_the_guarantees_are_kept_whatever_they_hold(truce):
    agreement = truce(
        'starts = "2026-01-10T00:00 UTC"\nends = "open"',
        """
        ```pledge air-defence
        anything = { at = "all" }
        ```

        ```requirement
        count = 3
        ```

        ```meeting coalition-1
        ```

        ```programme drones
        cost = 1.5
        ```
        """,
    )
    assert [(block.kind, block.id) for block in agreement.others] == [
        ("pledge", "air-defence"),
        ("requirement", None),
        ("meeting", "coalition-1"),
        ("programme", "drones"),
    ]
    assert agreement.others[0].values == {"anything": {"at": "all"}}


def test_responses_objects_and_names(truce):
    agreement = truce(
        'starts = "2026-01-10T00:00 UTC"\nends = "open"\nsource = "readout"',
        """
        ```objects refineries
        name = "Oil refineries"
        categories = ["refinery"]
        places = [{ name = "Tank farm", at = [30.5, 46.5], radius = "2 km" }]
        ```

        ```line front
        along = [[36.5, 47.0], [37.5, 48.0]]
        ```

        ```clause energy
        kind = "no-attack"
        binds = ["UA", "RU"]
        objects = ["refineries"]
        line = "front"
        margin = "500 m"
        persistence = "10 min"
        severity = "grave"
        except = ["rescue"]
        anything = { the = "kind", knows = [1, 2] }
        ```

        ```exception rescue
        of = "energy"
        requires = ["alarm"]
        within = "2 h"
        ```

        ```response explain
        of = ["energy"]
        owner = "RU"
        to = "panel"
        within = "24 h"
        text = "Explain what happened."
        ```
        """,
    )
    response = agreement.responses[0]
    assert (response.of, response.owner, response.within) == (("energy",), "RU", "24 h")
    assert agreement.objects["refineries"].values["categories"] == ["refinery"]
    assert agreement.lines["front"].geom_type == "LineString"
    assert agreement.clauses[0].values["anything"] == {"the": "kind", "knows": [1, 2]}
    assert agreement.clauses[0].severity == "grave"


def test_all_problems_of_a_document_are_told_at_once(check):
    _, problems = check(
        """
        # A truce

        ```agreement
        id = "t"
        status = "sgned"
        starts = "2026-01-10T00:00"
        ends = 30
        ```

        ```party UA
        name = "Ukraine"
        ```

        ```zone sea
        polygon = [[30, 45], [32, 45]
        ```

        ```zone land
        circle = { center = [30, 45], radius = 12 }
        ```

        ```clause fire
        kind = "no-attack"
        binds = ["UA", "RU"]
        zone = "sea"
        coverage = 60
        ```

        ```clause fire
        kind = "text"
        binds = ["UA"]
        zone = "lnd"
        ```
        """
    )
    assert [(problem.line, problem.what) for problem in problems] == [
        (6, "agreement, status: word not known"),
        (7, "agreement, starts: time without a zone"),
        (8, "agreement, ends: number without a unit"),
        (11, 'missing key "status"'),
        (16, "TOML not understood (Unclosed array)"),
        (20, "zone land, circle: distance without a unit"),
        (25, 'no party or group "RU"'),
        (27, "clause fire, coverage: not a share"),
        (30, 'id "fire" given twice'),
        (33, 'no zone "lnd"'),
    ]


# --- zones ------------------------------------------------------------------------------------


@pytest.fixture
def zone(truce, tmp_path):
    """Return the zone that these keys draw."""
    features = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "coast"},
                "geometry": {"type": "Polygon", "coordinates": [[[30, 45], [32, 45], [32, 46], [30, 46], [30, 45]]]},
            },
            {
                "type": "Feature",
                "id": 7,
                "properties": None,
                "geometry": {
                    "type": "MultiPolygon",
                    "coordinates": [[[[0, 0], [1, 0], [1, 1]]], [[[2, 0], [3, 0], [3, 1]]]],
                },
            },
        ],
    }
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "zones.geojson").write_text(json.dumps(features))

    def draw(keys):
        agreement = truce('starts = "2026-01-10T00:00 UTC"\nends = "open"', f"```zone z\n{keys}\n```\n")
        return agreement.zones["z"]

    return draw


def test_a_polygon_may_be_closed_or_not_and_run_either_way(zone):
    open_, closed, back = (
        zone(f"polygon = {corners}").shape
        for corners in (
            "[[30, 45], [32, 45], [32, 46], [30, 46]]",
            "[[30, 45], [32, 45], [32, 46], [30, 46], [30, 45]]",
            "[[30, 46], [32, 46], [32, 45], [30, 45]]",
        )
    )
    assert open_.bounds == (30, 45, 32, 46)
    assert open_.equals(closed)
    assert open_.equals(back)


def test_a_ring_within_another_is_a_hole_and_one_apart_a_further_part(zone):
    shape = zone(
        "polygon = [[[34, 45], [35, 45], [35, 46], [34, 46]], "
        "[[30.5, 45.2], [31, 45.2], [31, 45.8], [30.5, 45.8]], [[30, 45], [32, 45], [32, 46], [30, 46]]]"
    ).shape
    assert shape.geom_type == "MultiPolygon"
    assert not shape.covers(shapely.Point(30.7, 45.5))
    assert shape.covers(shapely.Point(31.5, 45.5))
    assert shape.covers(shapely.Point(34.5, 45.5))


def test_a_polygon_may_cross_the_antimeridian(zone):
    shape = zone("polygon = [[179, 10], [-179, 10], [-179, 12], [179, 12]]").shape
    assert shape.covers(shapely.Point(179.5, 11))
    assert shape.covers(shapely.Point(-179.5, 11))
    assert not shape.covers(shapely.Point(0, 11))


def test_a_circle_and_a_corridor_have_the_size_they_say(zone):
    assert area_km2(zone('circle = { center = [36.6, 44.6], radius = "10 km" }').shape) == pytest.approx(
        314.16, rel=1e-3
    )
    band = zone('corridor = { along = [[30.7, 46.5], [30.7, 45.5]], width = "2 km" }').shape
    assert area_km2(band) == pytest.approx(111.2 * 2 + 3.14, rel=0.01)


def test_a_file_beside_the_document_draws_a_zone(zone):
    assert zone('file = "maps/zones.geojson#coast"').shape.bounds == (30, 45, 32, 46)
    assert zone('file = "maps/zones.geojson#7"').shape.geom_type == "MultiPolygon"


def test_an_area_is_a_disc_that_says_so(zone):
    found = zone('area = "UA-51"')
    assert found.areas == ("UA-51",)
    assert "UA-51" in found.approximate
    assert found.shape.covers(shapely.Point(30.7, 46.5))
    both = zone('area = ["UA-51", "UA-48"]')
    assert both.areas == ("UA-51", "UA-48")
    assert area_km2(both.shape) > area_km2(found.shape)
    assert both.shape.covers(shapely.Point(30.7, 46.5))


def test_an_area_that_the_case_brings_is_its_own_outline(tmp_path):
    path = tmp_path / "agreement.md"
    path.write_text(
        '```agreement\nid = "t"\nstatus = "draft"\nstarts = "2026-01-10T00:00 UTC"\nends = "open"\n```\n\n'
        '```zone z\narea = "Snake Island"\naltitude = ["0 m", "FL100"]\n```\n'
    )
    gazetteer = load_gazetteer({"Snake Island": shapely.box(30.1, 45.2, 30.3, 45.3)})
    agreement, problems = read_agreement(path, gazetteer)
    assert problems == []
    assert agreement.zones["z"].shape.bounds == (30.1, 45.2, 30.3, 45.3)
    assert agreement.zones["z"].approximate is None
    assert agreement.zones["z"].altitude_m == (0, pytest.approx(3048))
    _, problems = read_agreement(path)
    assert [problem.line for problem in problems] == [9]


def test_a_zone_without_altitude_has_none(zone):
    assert zone('area = "UA-51"').altitude_m is None


# --- speed ------------------------------------------------------------------------------------


def test_a_document_of_thousands_of_blocks_is_read_in_seconds(check):
    head = '```agreement\nid = "t"\nstatus = "signed"\nstarts = "2026-01-10T00:00 UTC"\nends = "open"\n```\n\n'
    party = '```party UA\nname = "Ukraine"\nstatus = "accepted"\n```\n\n'
    clauses = "".join(
        f'## Article {n}\n\nText.\n\n```clause c-{n}\nkind = "text"\nbinds = ["UA"]\n```\n\n' for n in range(10_000)
    )
    begun = time.process_time()
    agreement, problems = check(head + party + clauses)
    assert problems == []
    assert len(agreement.clauses) == 10_000
    assert agreement.clauses[9_999].article.title == "Article 9999"
    assert time.process_time() - begun < 10


def test_zones_with_longitude_and_latitude_exchanged_are_pointed_out(tmp_path):
    document = tmp_path / "agreement.md"
    near = "```zone near\npolygon = [[2, 55], [3, 55], [3, 55.5], [2, 55.5]]\n```\n"
    far = "```zone box\npolygon = [[54.3, 2], [54.3, 3], [54.8, 3], [54.8, 2]]\n```\n"
    document.write_text(near + far)
    warnings = [problem for problem in read_agreement(document)[1] if problem.severity == "warning"]
    assert warnings == []  # nothing is read without an agreement block
    head = '```agreement\nid = "t"\nstatus = "draft"\nstarts = "2026-01-01T00:00Z"\nends = "3 d"\n```\n'
    for zones, said in ((near + far, ["near", "box"]), (near, []), (near + near.replace("near", "beside"), [])):
        document.write_text(head + zones)
        found = [problem for problem in read_agreement(document)[1] if "far from all others" in problem.what]
        assert [problem.what.split()[1] for problem in found] == said
        assert all("exchange" in problem.do for problem in found)


def test_zones_on_two_seas_are_no_mistake(tmp_path):
    document = tmp_path / "agreement.md"
    head = '```agreement\nid = "t"\nstatus = "draft"\nstarts = "2026-01-01T00:00Z"\nends = "3 d"\n```\n'
    baltic = '```zone baltic\ncircle = { center = [20, 58], radius = "12 nmi" }\n```\n'
    gulf = '```zone gulf\ncircle = { center = [52, 27], radius = "12 nmi" }\n```\n'
    document.write_text(head + baltic + gulf)
    assert [problem for problem in read_agreement(document)[1] if "far" in problem.what] == []
