"""Explosions in seismo-acoustic lists: QuakeML and tables, the stated error, hostile XML."""

from datetime import UTC, datetime

import pytest
from eyes import ANY, Told, adds_up, damaged
from hypothesis import given

from truceline.errors import EvidenceError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
ROOT = (
    '<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">'
    '<eventParameters publicID="smi:local/list">{}</eventParameters></q:quakeml>'
)
ORIGIN = (
    '<origin publicID="o1"><time><value>2022-06-01T03:04:05.25Z</value></time>'
    "<latitude><value>50.5</value><uncertainty>0.03</uncertainty></latitude>"
    "<longitude><value>29.5</value><uncertainty>0.04</uncertainty></longitude>"
    "<depth><value>0</value></depth>"
    "<originUncertainty><horizontalUncertainty>4200</horizontalUncertainty></originUncertainty></origin>"
)
MAGNITUDE = '<magnitude publicID="m1"><mag><value>1.7</value></mag><type>ML</type></magnitude>'
TABLE = "time,lon,lat,error_km,magnitude\n2022-06-01T03:04:05Z,29.5,50.5,4.2,1.7\n"


def event(*parts: str, kind: str = "explosion", name: str = "e1") -> str:
    stated = f"<type>{kind}</type>" if kind else ""
    return f'<event publicID="{name}">{stated}{"".join(parts)}</event>'


def quakeml(*events: str) -> str:
    return HEAD + ROOT.format("".join(events))


def read(text: str, **declared) -> Told:
    return Told("seismic", text, **declared)


def test_an_explosion_of_quakeml():
    found = read(quakeml(event(ORIGIN, MAGNITUDE))).event
    assert (found["kind"], found["event"]) == ("explosion", "e1")
    assert found["start_utc"] == found["end_utc"] == datetime(2022, 6, 1, 3, 4, 5, 250_000, tzinfo=UTC)
    assert (found["lon"], found["lat"], found["radius_m"]) == (29.5, 50.5, 4200.0)
    assert (found["quantity"], found["unit"]) == (1.7, "ML")


def test_without_a_zone_quakeml_is_utc_whatever_the_source_says():
    found = read(quakeml(event(ORIGIN.replace("Z<", "<"))), time_zone="Europe/Kyiv").event
    assert found["start_utc"].hour == 3


def test_the_error_of_latitude_and_longitude_is_a_radius():
    stated = "<originUncertainty><horizontalUncertainty>4200</horizontalUncertainty></originUncertainty>"
    found = read(quakeml(event(ORIGIN.replace(stated, "")))).event
    assert found["radius_m"] == pytest.approx(4378, abs=1)  # 3,340 m north and 2,832 m east


def test_an_error_that_nobody_states_is_unknown():
    assert read(TABLE.replace("4.2", "")).event["radius_m"] is None


@pytest.mark.parametrize("kind", ["earthquake", "quarry blast", "thunder", "not existing"])
def test_another_type_is_set_aside(kind):
    assert read(quakeml(event(ORIGIN, kind=kind))).aside == {f"type {kind}: not used": 1}


def test_what_is_of_no_stated_type_is_no_explosion_unless_the_source_says_so():
    text = quakeml(event(ORIGIN, kind=""))
    assert read(text).aside == {"type not stated": 1}
    assert read(text, options={"untyped": "explosion"}).event["kind"] == "explosion"


def test_the_preferred_origin_is_used():
    second = ORIGIN.replace("o1", "o2").replace("50.5", "51.5")
    both = event(ORIGIN, second, "<preferredOriginID>o2</preferredOriginID>")
    assert read(quakeml(both)).event["lat"] == 51.5
    assert read(quakeml(event(ORIGIN, second))).rejects == [(1, "several origins, and none is preferred")]


def test_an_event_without_an_origin_is_rejected():
    assert read(quakeml(event(MAGNITUDE), event(ORIGIN))).rejects == [(1, "no origin")]


def test_a_table():
    found = read(TABLE).event
    assert found["start_utc"] == datetime(2022, 6, 1, 3, 4, 5, tzinfo=UTC)
    assert (found["radius_m"], found["quantity"], found["unit"]) == (4200.0, 1.7, "magnitude")


def test_a_table_as_a_survey_gives_it():
    text = "time,latitude,longitude,depth,mag,magType,id,place,type,horizontalError\n"
    text += '2022-06-01T03:04:05.250Z,50.5,29.5,0,1.7,ml,us1,"5 km S, of X",explosion,4.2\n'
    found = read(text).event
    assert (found["event"], found["text"], found["radius_m"], found["unit"]) == ("us1", "5 km S, of X", 4200.0, "ml")


def test_a_table_with_a_clock_of_its_own():
    text = TABLE.replace("Z", "")
    assert read(text).rejects == [(1, "time without a zone")]
    assert read(text, time_zone="Europe/Kyiv").event["start_utc"].hour == 0


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("4.2", "-1", "error_km below zero"),
        ("4.2", "big", "error_km is not a number"),
        ("29.5", "", "no longitude or no latitude"),
        ("2022", "2100", "time after the year 2099"),
    ],
)
def test_a_row_that_cannot_be_is_rejected(old, new, reason):
    assert read(TABLE.replace(old, new)).rejects == [(1, reason)]


BOMB = '<!DOCTYPE q [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("declared", [BOMB, FILE, "<!DOCTYPE q>", '<!DOCTYPE q SYSTEM "http://example.org/q.dtd">'])
def test_declarations_are_refused(declared):
    with pytest.raises(EvidenceError, match="document type or entities"):
        read(HEAD + declared + ROOT.format(event(ORIGIN)))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEAD + "<a>" * 100_000, "no QuakeML"),
        (HEAD + ROOT.format("<a>" * 200), "nested too deep"),
        (quakeml(event(ORIGIN))[:300], "XML not understood"),
        (quakeml(event("&nbsp;")), "XML not understood"),
        ("<html></html>", "no QuakeML"),
        ('<?xml version="1.0" encoding="klingon"?><quakeml/>', "XML"),
    ],
)
def test_what_is_no_quakeml_is_refused_with_its_place(text, what):
    with pytest.raises(EvidenceError, match=what) as caught:
        read(text)
    assert caught.value.problems[0].line >= 1


def test_in_another_encoding():
    text = quakeml(event(ORIGIN, "<description><text>Київ</text></description>"))
    data = text.replace("UTF-8", "UTF-16").encode("utf-16")
    assert Told("seismic", data).event["text"] == "Київ"


@ANY
@given(damaged(quakeml(event(ORIGIN, MAGNITUDE), event(ORIGIN, kind="")).encode()))
def test_whatever_xml_comes_is_accounted_for(data):
    adds_up("seismic", data)


@ANY
@given(damaged(TABLE.encode()))
def test_whatever_table_comes_is_accounted_for(data):
    adds_up("seismic", data)
