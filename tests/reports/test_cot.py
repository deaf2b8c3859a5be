"""Incidents for maps that speak Cursor-on-Target: a place, a marking, no side, and nothing that could be markup."""

import json
from datetime import datetime
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.marking import Marking, Tlp
from truceline.record.openings import Opening
from truceline.record.release import Told
from truceline.reports.cot import write_cot

FOR_EST = Marking(Tlp.AMBER, ("POL",), ("EST", "LTU"))
BODY = {
    "run": "r",
    "incident": "i1",
    "clause": "sea-1",
    "reading": "as declared",
    "status": "alleged",
    "start_utc": "2026-03-01T11:00:00Z",
    "end_utc": None,
    "lon": 30.7312345678,
    "lat": 46.3,
    "radius_m": 4000.0,
    "area": None,
    "parties": {"undetermined": 0.75, "SOUTH": 0.25},
    "lineages": ["radar-shore"],
    "kinds": ["shelling"],
    "findings": ["f1"],
    "excused_by": None,
}


def told(marking: Marking = FOR_EST, **more: object) -> Told:
    rest = {"subject": "i1", "digest": None, "path": None, "from": [], "marking": None}
    fields = {"kind": "incident", "recorded_utc": "2026-03-01T12:00:00.5Z", "body": {**BODY, **more}, **rest}
    return Told(7, "incident", "r", Opening(bytes(32), json.dumps(fields).encode()), marking)


def parse(content: bytes) -> Xml.Element:
    return Xml.fromstring(content)  # noqa: S314 - made by what is tested


def events(*incidents: Told) -> Xml.Element:
    return parse(write_cot("truceline/t", incidents))


def test_an_event_says_where_and_how_well_that_is_known():
    (event,) = events(told())
    assert (event.tag, event.get("version"), event.get("uid")) == ("event", "2.0", "truceline/t/i1")
    assert event.find("point").attrib == {
        "lat": "46.3000000",
        "lon": "30.7312346",
        "hae": "9999999.0",
        "ce": "4000.0",
        "le": "9999999.0",
    }


def test_a_report_takes_no_side_and_is_no_alarm():
    """Types that begin with "a-" are things of a side, "b-a-" alarms, "t-" and "r-" tasks and rights."""
    for parties in ({"undetermined": 1.0}, {"SOUTH": 1.0}, {"NORTH": 0.6, "SOUTH": 0.4}):
        (event,) = events(told(parties=parties))
        assert (event.get("type"), event.get("how")) == ("b-m-p-s-m", "m-f")
        assert {tag.tag for tag in event.iter()} & {"track", "link", "takv", "__group", "emergency", "shape"} == set()
        assert {one.get("name"): float(one.get("share")) for one in event.iter("party")} == parties


def test_the_marking_goes_with_it():
    (event,) = events(told())
    marking = event.find("detail/marking")
    assert marking.attrib == {"tlp": "TLP:AMBER", "owners": "POL", "releasable_to": "EST LTU"}
    assert event.find("detail/remarks").text == "TLP:AMBER, owner POL, releasable to EST, LTU"
    (world,) = events(told(Marking(Tlp.CLEAR, ("POL", "EST"))))
    assert world.find("detail/marking").attrib == {"tlp": "TLP:CLEAR", "owners": "EST POL"}


def test_it_is_shown_for_a_day_from_when_it_was_recorded():
    (event,) = events(told())
    time, start, stale = (datetime.fromisoformat(event.get(name)) for name in ("time", "start", "stale"))
    assert time == start < stale
    assert (stale - start).total_seconds() == 86_400
    assert event.find("detail/truceline").get("start_utc") == "2026-03-01T11:00:00Z"
    assert event.find("detail/truceline").get("end_utc") is None


@pytest.mark.parametrize(
    "place", [{"lon": None}, {"lat": None}, {"lon": None, "lat": None}, {"lat": 91.0}, {"lon": "3"}]
)
def test_what_nobody_can_place_is_counted_and_not_put_at_zero(place):
    found = events(told(**place), told())
    assert len(found) == 1
    assert found.get("without_place") == "1"


def test_an_unknown_radius_is_the_number_for_unknown():
    (event,) = events(told(radius_m=None))
    assert event.find("point").get("ce") == "9999999.0"


def test_no_incident_is_an_empty_list():
    found = events()
    assert (len(found), found.get("without_place")) == (0, "0")


@pytest.mark.parametrize(
    "text",
    [
        "<x/>",
        "]]>",
        "&lt;",
        "'\"",
        "\x00",
        "\x1b[31m",
        "\u202eabc",
        "\ud800",
        "\ufffe",
        "a\nb\r\nc\td",
        "\U000e0041",
        "é",
    ],
)
def test_text_stays_text(text):
    content = write_cot(text, [told(incident=text, clause=text, kinds=[text], parties={text: 1.0}, area=text)])
    (event,) = parse(content)
    assert {tag.tag for tag in event.iter()} <= {
        "event", "point", "detail", "contact", "marking", "remarks", "truceline", "kind", "lineage", "finding", "party",
    }  # fmt: skip
    assert not {"\x00", "\x1b", "\u202e", "\ud800"} & set("".join(event.itertext()) + event.get("uid"))


@given(
    st.dictionaries(
        st.sampled_from(sorted(BODY)),
        st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3),
    )
)
@settings(max_examples=60)
def test_whatever_a_statement_holds_it_is_well_formed(body):
    content = write_cot("truceline/t", [told(**body)])
    assert content == write_cot("truceline/t", [told(**body)])
    found = parse(content)
    assert len(found) + int(found.get("without_place")) == 1
    for event in found:
        assert abs(float(event.find("point").get("lat"))) <= 90
