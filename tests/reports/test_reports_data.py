"""The data files: strict, versioned, complete, and the same bytes every time."""

import json
import math
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import jsonschema
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.evidence import tables
from truceline.model import Word
from truceline.reports import FORMATS, formats, write_reports
from truceline.reports.composition import compose
from truceline.reports.features import write_features
from truceline.reports.page import write_page
from truceline.reports.rows import FINDINGS, write_rows
from truceline.reports.standing import number, write_standing

SCHEMAS = Path(formats.__file__).parent / "schemas"


def schema(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))


def check(document, name):
    jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker()).validate(document)


def refuse_constant(text):
    raise AssertionError(f"{text} is not JSON")


def read(content):
    return json.loads(content, parse_constant=refuse_constant)


def read_json(case):
    return read(write_standing(case.subject))


def test_every_schema_is_a_schema():
    for path in sorted(SCHEMAS.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(document)
        assert document["$id"] == f"truceline/{path.stem.replace('-', '/')}"


def test_standing_is_valid_and_holds_one_item_for_each_clause_and_reading(case):
    document = read_json(case)
    check(document, "standing-1")
    assert document["schema"] == "truceline/standing/1"
    assert [(one["clause"], one["reading"]) for one in document["clauses"]] == [
        ("air-1", "as declared"),
        ("sea-1", "as declared"),
        ("sea-1", "NOR's clock"),
        ("intent", "as declared"),
    ]


def test_standing_says_what_the_assessment_says(case):
    air = read_json(case)["clauses"][0]
    assert air["interval"] == ["2024-05-01T21:00:00Z", "2024-05-04T21:00:00Z"]
    assert air["standing"] == {"NOR": "suspected", "SUD": "not determinable", "undetermined": "breached"}
    assert air["coverage"] == 0.41
    assert air["incidents"] == ["i001", "i002"]
    assert air["periods"][2]["standing"]["NOR"] == "suspected"
    effect = air["effects"][0]
    assert (effect["count"], effect["expected"], effect["expected_plain"]) == (56, 53.2, 51.4)
    assert effect["ratio_95"] == [0.52, 2.1]
    assert effect["effect"] == "cannot tell"


def test_what_is_not_known_is_null_and_never_a_number(case):
    sea = read_json(case)["clauses"][1]
    assert sea["coverage"] is None, "one party's coverage is not known"
    assert sea["by_party"]["NOR"]["coverage"] == 0.996
    assert read_json(case)["clauses"][0]["effects"][0]["baselines"][1]["ratio_95"] == [0.9, None]


def test_a_clause_that_never_began_has_no_interval(case):
    first = replace(case.assessment.clauses[0], interval=None, effects=(), periods=())
    document = read_json(case.but(clauses=(first,), interval=None))
    check(document, "standing-1")
    assert document["clauses"][0]["interval"] is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_no_number_that_json_lacks(value):
    assert number(value) is None


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
@settings(max_examples=60)
def test_a_number_keeps_nine_digits(value):
    assert number(value) == pytest.approx(value, rel=1e-8, abs=1e-300)


def test_incidents_are_geojson_and_none_is_left_out(case):
    document = read(write_features(case.subject))
    check(document, "incidents-1")
    assert len(document["features"]) == len(case.assessment.incidents)
    nowhere = next(one for one in document["features"] if one["id"] == "i004")
    assert nowhere["geometry"] is None
    assert nowhere["properties"]["area"] == "UA-51"


def test_a_reviewers_name_stays_in_the_case(case):
    assert b"reviewer 4" not in write_features(case.subject)
    assert b"reviewer 4" not in write_page(compose(case.subject))


def test_findings_lead_back_to_rows(case):
    table = pl.read_parquet(BytesIO(write_rows(case.subject)))
    assert dict(table.schema) == dict(pl.DataFrame(schema=FINDINGS).schema)
    assert table.height == len(case.assessment.findings)
    track = table.filter(pl.col("finding") == "f003").row(0, named=True)
    assert track["rows"][0] == {"file": 3, "row": 10}
    assert len(track["rows"]) == 21
    assert table.filter(pl.col("finding") == "f140")["incident"].to_list() == ["i001"]


def test_findings_match_their_schema(case):
    validator = jsonschema.Draft202012Validator(schema("findings-1"))
    table = pl.read_parquet(BytesIO(write_rows(case.subject)))
    for row in table.with_columns(pl.col(pl.Datetime).dt.to_string()).to_dicts():
        validator.validate(row)
    assert pl.read_parquet_metadata(BytesIO(write_rows(case.subject)))["truceline.schema"] == "truceline/findings/1"


def test_a_case_without_findings_has_an_empty_table_of_the_same_columns(case):
    table = pl.read_parquet(BytesIO(write_rows(case.but(findings=(), incidents=()).subject)))
    assert table.height == 0
    assert table.columns == list(FINDINGS)


def test_the_schema_of_rejects_is_that_of_the_table():
    assert list(schema("rejects-1")["properties"]) == list(tables.REJECTS)


def test_every_format_is_written_in_order(case, tmp_path):
    paths = write_reports(case.assessment, case.agreement, case.evidence, tmp_path / "out")
    assert [path.name for path in paths] == [one.file for one in FORMATS.values()]
    assert all(path.stat().st_size for path in paths)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)


def test_the_same_assessment_gives_the_same_bytes(case, tmp_path):
    first, second = (write_reports(case.assessment, case.agreement, case.evidence, tmp_path / name) for name in "ab")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_a_finding_in_another_order_changes_nothing(case):
    turned = case.but(
        findings=tuple(reversed(case.assessment.findings)), incidents=tuple(reversed(case.assessment.incidents))
    )
    assert write_rows(turned.subject) == write_rows(case.subject)
    assert write_features(turned.subject) == write_features(case.subject)


@given(st.sampled_from(list(Word)), st.text(max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_word_and_any_text_make_valid_json(word, text):
    from report_case import make_assessment, make_standing

    from truceline.reports.subject import Subject

    assessment = make_assessment()
    standing = make_standing("air-1", "NOR", word, None, reasons=(text, "\ud800"))
    clause = replace(assessment.clauses[0], standings=(standing,), article=text)
    subject = Subject(replace(assessment, clauses=(clause,), title=text), None, None, None, (), {}, {})  # type: ignore[arg-type]
    check(read(write_standing(subject)), "standing-1")


GEOJSON = {"type", "coordinates", "geometry", "properties", "features", "required", "additionalProperties"}


def keys(part):
    """Yield every key that a schema names."""
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for value in part.values():
            yield from keys(value)
    elif isinstance(part, list):
        for value in part:
            yield from keys(value)


@pytest.mark.parametrize("name", ["standing-1", "incidents-1", "findings-1", "rejects-1"])
def test_every_key_is_documented(name):
    docs = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
    names = set(keys(schema(name))) - GEOJSON
    assert {key for key in names if f"`{key}`" not in docs} == set()


def test_every_file_that_is_written_is_documented():
    docs = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
    assert {one.file for one in FORMATS.values() if f"`{one.file}`" not in docs} == set()
