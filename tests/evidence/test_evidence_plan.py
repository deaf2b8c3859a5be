"""The list of evidence: what it says is understood, and each mistake is named on its line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box

from truceline.evidence import Plan, read_plan
from truceline.model import Problem
from truceline.spacetime import Interval

ZONES = {"sea": box(30, 45, 32, 47)}
SOURCE = """
[[source]]
path = "a.csv"
format = "csv"
kind = "shelling"
"""
BARE = SOURCE.replace('kind = "shelling"\n', "")
COVERAGE = """
[[coverage]]
source = "a"
starts = "2025-01-01T00:00Z"
ends = "2025-01-02T00:00Z"
area = "sea"
detects = ["shelling"]
probability = 0.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    case = tmp_path / "case"
    (case / "data").mkdir(parents=True)
    for name in ("a.csv", "b.csv", "data/day-1.csv", "data/day-2.csv"):
        (case / name).write_text("start_utc,area\n")
    (tmp_path / "secret.csv").write_text("start_utc,area\n")
    return case


def read(folder: Path, text: str) -> tuple[Plan | None, list[Problem]]:
    (folder / "evidence.toml").write_text(text.lstrip("\n"))
    return read_plan(folder / "evidence.toml", ZONES)


def sound(folder: Path, text: str) -> Plan:
    plan, problems = read(folder, text)
    assert [str(problem) for problem in problems] == []
    assert plan is not None
    return plan


def only(folder: Path, text: str) -> Problem:
    _, problems = read(folder, text)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


# --- what is understood -------------------------------------------------------------------------


def test_a_source_in_full(folder):
    source = sound(
        folder,
        """
        [[source]]
        name = "guns"
        path = "a.csv"
        format = "csv"
        kind = "shelling"
        provider = "Mission"
        lineage = "mission"
        reliability = "B"
        credibility = 2
        counts = true
        counting = "event"
        attribution = "the mission, with permission"
        time_zone = "Europe/Kyiv"
        party = "UA"
        span = ["2025-01-01 Europe/Kyiv", "end of 2025-01-02 Europe/Kyiv"]
        received = 2025-01-05T12:00:00+02:00
        delimiter = ";"
        [source.columns]
        start_utc = "when"
        """,
    ).sources[0]
    assert (source.name, source.path, source.format, source.line) == ("guns", folder / "a.csv", "csv", 1)
    assert (source.provider, source.lineage, source.reliability, source.credibility) == ("Mission", "mission", "B", 2)
    assert (source.counts, source.counting, source.time_zone, source.party) == (True, "event", "Europe/Kyiv", "UA")
    edges = datetime(2024, 12, 31, 22, tzinfo=UTC), datetime(2025, 1, 2, 22, tzinfo=UTC)
    assert source.span == Interval(*edges)
    assert source.received_utc == datetime(2025, 1, 5, 10, tzinfo=UTC)
    assert source.columns == {"start_utc": "when"}
    assert source.options["delimiter"] == ";"


def test_what_is_left_out_of_a_source(folder):
    source = sound(folder, SOURCE).sources[0]
    assert (source.name, source.provider, source.lineage, source.counts) == ("a", "", "a", False)
    assert (source.reliability, source.credibility, source.time_zone, source.span) == (None, None, None, None)


def test_lineage_is_the_provider_where_none_is_given(folder):
    assert sound(folder, SOURCE + 'provider = "Mission"').sources[0].lineage == "Mission"


def test_a_pattern_names_many_files(folder):
    source = sound(folder, SOURCE.replace("a.csv", "data/*.csv")).sources[0]
    assert source.path == folder / "data/*.csv"


def test_a_pattern_in_a_folder_whose_name_looks_like_one(folder):
    odd = folder.parent / "case [draft]*"
    odd.mkdir()
    (odd / "a1.csv").write_text("")
    assert sound(odd, SOURCE.replace("a.csv", "a?.csv")).sources[0].name == "a"


def test_a_file_whose_name_looks_like_a_pattern(folder):
    (folder / "a[1].csv").write_text("")
    assert sound(folder, SOURCE.replace("a.csv", "a[1].csv")).sources[0].path.name == "a[1].csv"


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ('starts = "2025-01-01T00:00Z"', 'ends = "2025-01-02T00:00Z"'),
        ('start_utc = "2025-01-01T00:00Z"', 'end_utc = "2025-01-02T00:00Z"'),
        ("start = 2025-01-01T00:00:00Z", "end = 2025-01-02T01:00:00+01:00"),
        ('starts = "2025-01-01 UTC"', 'ends = "2025-01-01 UTC"'),
    ],
)
def test_coverage_in_every_spelling_of_time(folder, starts, ends):
    text = COVERAGE.replace('starts = "2025-01-01T00:00Z"', starts).replace('ends = "2025-01-02T00:00Z"', ends)
    coverage = sound(folder, SOURCE + 'provider = "Mission"' + text).coverage[0]
    assert coverage.interval == Interval(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC))
    assert (coverage.source, coverage.provider, coverage.area) == ("a", "Mission", "sea")
    assert (coverage.detects, coverage.probability) == (("shelling",), 0.5)


def test_coverage_of_a_provider_without_a_source(folder):
    assert sound(folder, COVERAGE.replace('source = "a"', 'provider = "OSCE"')).coverage[0].provider == "OSCE"


@pytest.mark.parametrize("area", ["sea", "everywhere", "UA-51", "Одеська область", "harbour"])
def test_coverage_of_a_place_that_something_knows(folder, area):
    harbour = '[[area]]\nname = "harbour"\ncircle = { center = [30.7, 46.5], radius = "3 km" }\n'
    assert sound(folder, harbour + SOURCE + COVERAGE.replace('"sea"', f'"{area}"')).coverage[0].area == area


def test_other_truces_and_platforms(folder):
    plan = sound(
        folder,
        """
        [[truce]]
        name = "Easter"
        starts = "2025-04-19T18:00 Europe/Moscow"
        ends = "2025-04-21T00:00 Europe/Moscow"
        [[platform]]
        platform = "mmsi:272000001"
        category = "warship"
        party = "UA"
        [[platform]]
        platform = "icao:4baac6"
        kind = "aircraft"
        """,
    )
    assert (plan.truces[0].name, plan.truces[0].interval.hours) == ("Easter", 30.0)
    assert (plan.platforms[0].mmsi, plan.platforms[0].category) == (272000001, "warship")
    assert (plan.platforms[1].icao24, plan.platforms[1].kind) == ("4baac6", "aircraft")


def test_areas_of_every_form(folder):
    feature = '{"type": "Feature", "id": "x", "properties": {"name": "isle"}, "geometry": '
    geometry = '{"type": "Polygon", "coordinates": [[[30, 45], [31, 45], [31, 46], [30, 45]]]}}'
    (folder / "zones.geojson").write_text('{"type": "FeatureCollection", "features": [' + feature + geometry + "]}")
    plan = sound(
        folder,
        """
        [[area]]
        name = "ring"
        polygon = [[30, 45], [31, 45], [31, 46], [30, 45]]
        [[area]]
        name = "isle"
        file = "zones.geojson#isle"
        [[area]]
        name = "disc"
        circle = { center = [30, 45], radius = "1 nmi" }
        """,
    )
    assert plan.areas["ring"].equals(plan.areas["isle"])
    assert plan.areas["disc"].bounds == pytest.approx((29.9765, 44.9833, 30.0235, 45.0167), abs=1e-3)


def test_a_kind_of_its_own(folder):
    plan = sound(folder, 'kinds = ["mine-laying"]\n' + SOURCE.replace("shelling", "mine-laying"))
    assert (plan.kinds, plan.sources[0].kind) == (("mine-laying",), "mine-laying")


def test_an_empty_list_is_a_plan(folder):
    assert sound(folder, "").sources == ()


# --- each mistake, named on its line -----------------------------------------------------------------

MISTAKES = {
    "file is not there": (SOURCE.replace("a.csv", "lost.csv"), 2, "file not found", "lost.csv"),
    "pattern matches nothing": (SOURCE.replace("a.csv", "*.nmea"), 2, "file not found", "*.nmea"),
    "path climbs out": (SOURCE.replace("a.csv", "../secret.csv"), 2, "path leaves the case", "../secret.csv"),
    "path climbs out on a detour": (SOURCE.replace("a.csv", "data/../../secret.csv"), 2, "path leaves the case", ".."),
    "path is absolute": (SOURCE.replace("a.csv", "/etc/hostname"), 2, "path leaves the case", "/etc/hostname"),
    "path of a home": (SOURCE.replace("a.csv", "~/a.csv"), 2, "path leaves the case", "~/a.csv"),
    "path is a folder": (SOURCE.replace("a.csv", "data"), 2, "file not found", "data"),
    "path is missing": (SOURCE.replace('path = "a.csv"\n', ""), 1, "path missing", "nothing"),
    "path is a number": (SOURCE.replace('"a.csv"', "7"), 2, "path not understood", "7"),
    "format is missing": (SOURCE.replace('format = "csv"\n', ""), 1, "format missing", "nothing"),
    "format is misspelt": (SOURCE.replace('"csv"', '"cvs"'), 3, "format not known", "cvs"),
    "kind is misspelt": (SOURCE.replace('"shelling"', '"sheling"'), 4, "kind not known", "sheling"),
    "kind that the format settles": (SOURCE.replace('"csv"', '"firms"'), 4, "kind of another format", "shelling"),
    "key is misspelt": (SOURCE + 'reliabilty = "B"', 5, "key not known", "reliabilty"),
    "key of another format": (BARE.replace('"csv"', '"firms"') + 'delimiter = ";"', 4, "key not known", "delimiter"),
    "name twice": (SOURCE + SOURCE.lstrip(), 5, "name of a source twice", '"a"'),
    "name with a slash": (SOURCE + 'name = "a/b"', 5, "name not usable", "a/b"),
    "reliability out of range": (SOURCE + 'reliability = "G"', 5, "reliability not known", "G"),
    "credibility out of range": (SOURCE + "credibility = 7", 5, "credibility out of range", "7"),
    "credibility as text": (SOURCE + 'credibility = "2"', 5, "credibility is not a number", '"2"'),
    "credibility as a fraction": (SOURCE + "credibility = 2.5", 5, "credibility out of range", "2.5"),
    "counts as text": (SOURCE + 'counts = "yes"', 5, "counts is no flag", "yes"),
    "counting unit unknown": (SOURCE + 'counting = "events"', 5, "counting not known", "events"),
    "zone of time is an abbreviation": (SOURCE + 'time_zone = "MSK"', 5, "zone of time not known", "MSK"),
    "zone of time of this machine": (SOURCE + 'time_zone = "localtime"', 5, "zone of time not known", "localtime"),
    "zone of time climbs out": (SOURCE + 'time_zone = "../../etc/passwd"', 5, "zone of time not known", "passwd"),
    "category unknown": (SOURCE + 'category = "warships"', 5, "category not known", "warships"),
    "span without a zone": (
        SOURCE + 'span = ["2025-01-01T00:00", "2025-01-02T00:00Z"]',
        5,
        "without a zone",
        "01T00:00",
    ),
    "span backwards": (SOURCE + 'span = ["2025-01-02T00:00Z", "2025-01-01T00:00Z"]', 5, "end not after start", "01-02"),
    "span of one time": (SOURCE + 'span = ["2025-01-02T00:00Z"]', 5, "span not understood", "2025-01-02"),
    "received without an hour": (SOURCE + 'received = "2025-01-02 UTC"', 5, "time without an hour", "2025-01-02"),
    "received without a zone": (SOURCE + "received = 2025-01-02T00:00:00", 5, "time without a zone", "2025-01-02"),
    "columns as text": (SOURCE + 'columns = "when"', 5, "columns not understood", "when"),
    "column of ours unknown": (SOURCE + '[source.columns]\nstart = "when"', 6, "key not known", "start"),
    "column map where none is": (
        BARE.replace('"csv"', '"firms"') + '[source.columns]\nlon = "x"',
        4,
        "format has no column map",
        "columns",
    ),
    "delimiter of two letters": (SOURCE + 'delimiter = "||"', 5, "delimiter not understood", "||"),
    "encoding unknown": (SOURCE + 'encoding = "klingon"', 5, "encoding not understood", "klingon"),
    "encoding that is no text": (SOURCE + 'encoding = "idna"', 5, "encoding not understood", "idna"),
    "pattern of time not known": (SOURCE + 'time_format = "%d %3"', 5, "time_format not understood", "%3"),
    "pattern of time without parts": (SOURCE + 'time_format = "iso"', 5, "time_format not understood", "iso"),
    "kind behind a word unknown": (SOURCE + '[source.kinds]\nboom = "bang"', 5, "kind of event not known", "bang"),
    "area of all rows unknown": (SOURCE + 'area = "Atlantis"', 5, "place not known", "Atlantis"),
    "naive format without a zone": (BARE.replace('"csv"', '"viina"'), 1, "time_zone missing", "nothing"),
    "days without a zone": (BARE.replace('"csv"', '"ucdp-ged"'), 1, "time_zone missing", "nothing"),
    "table is misspelt": ("[[sources]]\npath = 1", 1, "key not known", "sources"),
    "source as one table": ('[source]\npath = "a.csv"', 1, "source is no list of tables", "a.csv"),
    "no TOML": ("[[source]\n", 1, "TOML not understood", "[[source]"),
    "key twice": (SOURCE + 'path = "b.csv"', 5, "TOML not understood", "b.csv"),
    "kinds as text": ('kinds = "mine-laying"', 1, "kinds not understood", "mine-laying"),
    "coverage of an unknown source": (COVERAGE, 2, "source not known", '"a"'),
    "coverage of nobody": (COVERAGE.replace('source = "a"\n', ""), 1, "coverage of nobody", "neither"),
    "coverage without a start": (
        SOURCE + COVERAGE.replace('starts = "2025-01-01T00:00Z"\n', ""),
        6,
        "starts missing",
        "nothing",
    ),
    "coverage without an area": (SOURCE + COVERAGE.replace('area = "sea"\n', ""), 6, "area missing", "nothing"),
    "coverage that sees nothing": (SOURCE + COVERAGE.replace('["shelling"]', "[]"), 11, "detects not understood", "[]"),
    "coverage of a kind unknown": (
        SOURCE + COVERAGE.replace('["shelling"]', '["sheling"]'),
        11,
        "detects not known",
        "sheling",
    ),
    "coverage better than certain": (SOURCE + COVERAGE.replace("0.5", "50"), 12, "probability out of range", "50"),
    "coverage not a number": (SOURCE + COVERAGE.replace("0.5", "nan"), 12, "probability is not a number", "nan"),
    "truce without a name": (
        '[[truce]]\nstarts = "2025-01-01 UTC"\nends = "2025-01-01 UTC"',
        1,
        "name missing",
        "nothing",
    ),
    "truce with a key unknown": (
        '[[truce]]\nname = "x"\nstarts = "2025-01-01 UTC"\nends = "2025-01-01 UTC"\nzone = "sea"',
        5,
        "key not known",
        "zone",
    ),
    "platform without a form": ('[[platform]]\nplatform = "272000001"', 2, "platform not understood", "272000001"),
    "area without a shape": ('[[area]]\nname = "x"', 1, "shape of the area", "none"),
    "area of two shapes": ('[[area]]\nname = "x"\nfile = "a#b"\npolygon = []', 1, "shape of the area", "polygon, file"),
    "area crosses itself": (
        '[[area]]\nname = "x"\npolygon = [[0, 1], [1, 2], [1, 1], [0, 2]]',
        3,
        "itself",
        "[0.5, 1.5]",
    ),
    "area of a lost feature": ('[[area]]\nname = "x"\nfile = "a.csv#b"', 3, "file of an area", "Expecting"),
    "area climbs out": ('[[area]]\nname = "x"\nfile = "../secret.csv#b"', 3, "path of an area", "secret"),
    "area with a bare radius": (
        '[[area]]\nname = "x"\ncircle = { center = [1, 2], radius = 5 }',
        3,
        "distance without a unit",
        "5",
    ),
}


@pytest.mark.parametrize(("text", "line", "what", "found"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_on_its_line(folder, text, line, what, found):
    problem = only(folder, text)
    assert problem.severity == "error"
    assert (problem.line, problem.file) == (line, str(folder / "evidence.toml")), str(problem)
    assert what in problem.what
    assert found in problem.found
    assert problem.do


def test_a_misspelling_gets_its_nearest_word(folder):
    assert 'write "reliability"' in only(folder, SOURCE + 'reliabilty = "B"').do
    assert 'write "shelling"' in only(folder, SOURCE.replace('"shelling"', '"sheling"')).do


def test_all_mistakes_come_at_once_in_the_order_of_the_file(folder):
    _, problems = read(
        folder, SOURCE.replace("a.csv", "x.csv").replace('"csv"', '"cvs"') + 'counts = 1\nfoo = 1\n[[truce]]\nname = ""'
    )
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert len(problems) >= 5


def test_a_source_with_a_mistake_is_not_in_the_plan(folder):
    plan, _ = read(folder, SOURCE + SOURCE.replace("a.csv", "b.csv").replace('"csv"', '"cvs"'))
    assert [source.name for source in plan.sources] == ["a"]


def test_a_list_that_is_not_there(folder):
    plan, problems = read_plan(folder / "none.toml", {})
    assert plan is None
    assert "cannot be read" in problems[0].what


def test_a_link_out_of_the_case_is_refused(folder):
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    assert only(folder, SOURCE.replace("a.csv", "link.csv")).what == "path leaves the case"
    (folder / "data" / "link.csv").symlink_to(folder.parent / "secret.csv")
    assert only(folder, SOURCE.replace("a.csv", "data/*.csv")).what == "path leaves the case"


def test_a_link_within_the_case_is_allowed(folder):
    (folder / "link.csv").symlink_to(folder / "a.csv")
    assert sound(folder, SOURCE.replace("a.csv", "link.csv")).sources[0].name == "link"


# --- what is only warned of -------------------------------------------------------------------------


def test_coverage_without_a_probability_counts_for_nothing(folder):
    plan, problems = read(folder, SOURCE + COVERAGE.replace("probability = 0.5\n", ""))
    assert [problem.severity for problem in problems] == ["warning"]
    assert plan.coverage[0].probability is None


def test_coverage_of_a_place_that_nobody_knows(folder):
    plan, problems = read(folder, SOURCE + COVERAGE.replace('"sea"', '"se"'))
    assert [(problem.severity, problem.what) for problem in problems] == [("warning", "place not known")]
    assert plan.coverage[0].area == "se"


def test_transmitters_never_cover_those_that_need_not_transmit(folder):
    (folder / "a.nmea").write_text("")
    source = SOURCE.replace("a.csv", "a.nmea").replace('"csv"', '"nmea"').replace('kind = "shelling"\n', "")
    plan, problems = read(folder, source + COVERAGE.replace('["shelling"]', '["vessel", "drone"]'))
    assert [(problem.severity, problem.found) for problem in problems] == [("warning", "drone")]
    assert plan.coverage[0].detects == ("cargo", "tanker", "fishing", "passenger", "other-vessel")


@pytest.mark.parametrize(
    ("columns", "more", "cooperative"),
    [
        ('mmsi = "MMSI"', "", True),
        ('icao24 = "hex"', "", True),
        ('platform = "track"', "", False),
        ('platform = "track"', 'kind = "vessel"\n', True),
        ('mmsi = "MMSI"', "cooperative = false\n", False),  # detections by radar, matched with identities later
    ],
)
def test_a_table_of_transponders_messages_is_cooperative(folder, columns, more, cooperative):
    source = '[[source]]\npath = "a.csv"\nformat = "csv"\n' + more + "[source.columns]\n" + columns + "\n"
    plan, problems = read(folder, source + COVERAGE.replace('["shelling"]', '["warship"]'))
    assert plan.sources[0].cooperative == cooperative
    assert bool(problems) == cooperative
    assert plan.coverage[0].detects == (() if cooperative else ("warship",))


# --- whatever comes -------------------------------------------------------------------------------

FREELY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
PIECES = st.sampled_from(
    [SOURCE, COVERAGE, "[[area]]\n", "[[platform]]\n", "[[truce]]\n", "[source.columns]\n", '"""', "'''", "[[[", "= ",
     "path = 1\n", "name = \"\\u0000\"\n", "kinds = {}\n", "polygon = [[0,0],[1]]\n", "circle = {center=[nan,inf]}\n",
     "x" * 300, "\n", "counts = 1979-05-27\n", "span = [[], {}]\n", "detects = [1]\n", "a.b.c = 1\n", "\ufeff"]
)  # fmt: skip


@FREELY
@given(text=st.lists(PIECES | st.text(max_size=20), max_size=8).map("".join))
def test_whatever_stands_there_problems_are_data(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.csv").write_text("")
    (folder / "evidence.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    _, problems = read_plan(folder / "evidence.toml", ZONES)
    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in problems)
    assert all(str(problem).isprintable() for problem in problems)


@FREELY
@given(data=st.binary(max_size=200))
def test_any_bytes(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "evidence.toml"
    path.write_bytes(data)
    read_plan(path, ZONES)


def test_deep_nesting_is_a_problem(folder):
    assert read(folder, "a = " + "[" * 100_000)[1][0].severity == "error"
