"""Aircraft of readsb and tar1090 into positions: units, times, doubtful addresses, hostile JSON."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.evidence import readsb
from truceline.evidence.readsb import read
from truceline.evidence.source import Source
from truceline.gazetteer import Gazetteer

NOWHERE = Gazetteer((), {})
NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
NOW = 1577880000.0
PLANE = {"hex": "4BAAC6", "lat": 45.25, "lon": 30.5, "seen_pos": 2.5}


class Told:
    """Everything that a reader told of a file."""

    def __init__(self, data: bytes, **declared):
        batches = list(read(BytesIO(data), Source("air", Path("air.json"), "readsb", 3, **declared), NOWHERE))
        self.rows = sum(batch.rows for batch in batches)
        self.used = sum(batch.used for batch in batches)
        self.aside = {}
        for batch in batches:
            for reason, count in batch.set_aside.items():
                self.aside[reason] = self.aside.get(reason, 0) + count
        self.rejects = [(reject.row, reject.reason) for batch in batches for reject in batch.rejects]
        frames = [batch.positions for batch in batches if batch.positions is not None]
        self.positions = pl.concat(frames).to_dicts() if frames else []
        frames = [batch.platforms for batch in batches if batch.platforms is not None]
        self.platforms = pl.concat(frames, how="diagonal").to_dicts() if frames else []


def snapshot(*aircraft, now=NOW, **declared) -> Told:
    return Told(json.dumps({"now": now, "messages": 1, "aircraft": list(aircraft)}).encode(), **declared)


def trace(*points, **head) -> Told:
    return Told(json.dumps({"icao": "4baac6", "timestamp": NOW, **head, "trace": list(points)}).encode())


def test_a_position_in_the_units_of_the_tables():
    told = snapshot(
        {**PLANE, "alt_baro": 10_000, "gs": 250.5, "track": 271.5, "nic": 8, "rc": 186, "nac_p": 9, "sil": 3}
        | {"type": "adsb_icao", "r": "N899DN", "flight": "DAL1812 "}
    )
    (position,) = told.positions
    assert position["platform"] == "icao:4baac6"
    assert position["time_utc"] == NOON - timedelta(seconds=2.5)
    assert position["received_utc"] == NOON
    assert (position["lon"], position["lat"]) == (30.5, 45.25)
    assert position["altitude_m"] == pytest.approx(3048.0)
    assert position["altitude_ref"] == "barometric"
    assert (position["speed_kn"], position["course_deg"], position["accuracy_m"]) == (250.5, 271.5, 186.0)
    assert position["integrity"] == "adsb_icao nic=8 nac_p=9 sil=3"
    (platform,) = told.platforms
    assert (platform["kind"], platform["icao24"], platform["name"]) == ("aircraft", "4baac6", "N899DN")


def test_what_is_absent_stays_unknown():
    (position,) = snapshot(PLANE).positions
    absent = ("altitude_m", "altitude_ref", "speed_kn", "course_deg", "accuracy_m", "integrity")
    assert [position[name] for name in absent] == [None] * 6


def test_an_altitude_above_the_ellipsoid_stands_in_for_a_missing_barometric_one():
    (position,) = snapshot({**PLANE, "alt_geom": 1000}).positions
    assert (position["altitude_m"], position["altitude_ref"]) == (pytest.approx(304.8), "ellipsoid")


def test_on_the_ground_the_track_is_a_heading_and_no_course():
    (position,) = snapshot({**PLANE, "alt_baro": "ground", "gs": 3, "track": 90}).positions
    assert (position["altitude_m"], position["altitude_ref"], position["course_deg"]) == (0.0, "ground", None)


def test_a_containment_radius_of_zero_is_unknown():
    assert snapshot({**PLANE, "rc": 0}).positions[0]["accuracy_m"] is None


def test_an_address_that_is_not_icaos_is_a_track_of_this_source():
    told = snapshot({**PLANE, "hex": "~2abcde", "type": "tisb_trackfile"})
    assert told.positions[0]["platform"] == "track:air:~2abcde"
    assert told.platforms[0].get("icao24") is None


@pytest.mark.parametrize(
    ("entry", "category"),
    [
        ({"dbFlags": 1}, "military-aircraft"),
        ({"dbFlags": 9, "category": "A7"}, "military-aircraft"),
        ({"dbFlags": 8, "category": "A7"}, "helicopter"),
        ({"category": "B6"}, "drone"),
        ({"category": "A3"}, None),  # size does not tell civil from military
        ({}, None),
    ],
)
def test_categories(entry, category):
    assert snapshot({**PLANE, **entry}).platforms[0].get("category") == category


def test_how_a_position_was_made_stays_with_it():
    (position,) = snapshot({**PLANE, "mlat": ["lat", "lon"], "tisb": [], "gpsOkBefore": 1.0}).positions
    assert position["integrity"] == "position=mlat gps-lost"


def test_entries_without_a_position_are_set_aside():
    told = snapshot(
        {"hex": "4baac6", "seen": 1},
        {"hex": "4baac7", "lastPosition": {"lat": 1.0, "lon": 2.0}},
        {**PLANE, "category": "C2"},
    )
    assert told.aside == {
        "position not available": 1,
        "position older than a minute": 1,
        "ground vehicle or obstacle": 1,
    }


def test_snapshots_one_a_line_and_a_position_that_is_given_again():
    lines = [
        {"now": NOW, "aircraft": [PLANE]},
        {"now": NOW + 1, "aircraft": [{**PLANE, "seen_pos": 3.4}]},
        {"now": NOW + 2, "aircraft": [{**PLANE, "seen_pos": 0.1}, {**PLANE, "hex": "4baac7"}]},
    ]
    told = Told(b"\n".join(json.dumps(line).encode() for line in lines) + b"\n\n")
    assert told.aside == {"position given already": 1}
    assert [position["row"] for position in told.positions] == [1, 3, 4]


def test_a_broken_line_among_snapshots_is_one_reject():
    good = json.dumps({"now": NOW, "aircraft": [PLANE]}).encode()
    other = good.replace(b"4BAAC6", b"4BAAC7")
    assert Told(b"\n".join([good, b'{"now": 15', other])).rejects == [(2, "not JSON, or cut short")]
    first = Told(b"\n".join([b'{"now": 15', good, other]))
    assert (first.rejects, first.used) == ([(1, "not JSON, or cut short")], 2)


def test_files_put_one_after_the_other():
    one = json.dumps({"now": NOW, "aircraft": [PLANE]}, indent=2).encode()
    told = Told(one + b"\n" + one.replace(b"4BAAC6", b"4BAAC7") + b"\n" + one[:-5])
    assert ([position["row"] for position in told.positions], told.rejects) == ([1, 2], [(3, "not JSON, or cut short")])


def test_noise_between_snapshots_is_a_reject():
    good = json.dumps({"now": NOW, "aircraft": [PLANE]}).encode()
    told = Told(good + b"\nnoise\nmore noise\n" + good.replace(b"4BAAC6", b"4BAAC7"))
    assert (told.used, told.rejects) == (2, [(2, "not JSON, or cut short")])


def test_a_snapshot_over_many_lines():
    told = Told(json.dumps({"now": NOW, "aircraft": [PLANE]}, indent=2).encode())
    assert (told.used, told.rejects) == (1, [])


def test_a_trace():
    details = {"type": "adsb_icao", "nic": 8, "rc": 186, "nac_p": 10, "sil": 3}
    told = trace(
        [0.0, 45.0, 30.0, 32000, 478.6, 327.8, 1, 0, None, "adsb_icao", 33825],
        [8.96, 45.1, 30.1, "ground", 5.0, 12.0, 0, 0, details, "adsb_icao", None],
        [20, 45.2, 30.2, 1000, None, None, 8, None],
        [30, 45.3, 30.3, None, None, None, 0, None, None, "mlat", 2000],
        r="N899DN",
        dbFlags=1,
    )
    stale, ground, geometric, mlat = told.positions
    assert stale["time_utc"] == NOON
    assert stale["altitude_m"] == pytest.approx(9753.6)
    assert (stale["integrity"], stale["accuracy_m"], stale["received_utc"]) == ("adsb_icao stale", None, None)
    assert ground["time_utc"] == NOON + timedelta(seconds=8.96)
    assert (ground["altitude_ref"], ground["course_deg"], ground["accuracy_m"]) == ("ground", None, 186.0)
    assert geometric["altitude_ref"] == "ellipsoid"
    assert (mlat["altitude_ref"], mlat["integrity"]) == ("ellipsoid", "mlat")
    assert told.platforms == [
        {
            "platform": "icao:4baac6",
            "kind": "aircraft",
            "icao24": "4baac6",
            "name": "N899DN",
            "category": "military-aircraft",
        }
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hex": None}, "address is not six hexadecimal digits"),
        ({"hex": "4baac"}, "address is not six hexadecimal digits"),
        ({"hex": "<b>aac6"}, "address is not six hexadecimal digits"),
        ({"hex": 5}, "address is not six hexadecimal digits"),
        ({"lat": 91}, "lat out of range"),
        ({"lat": "45"}, "lat is not a number"),
        ({"lon": True}, "lon is not a number"),
        ({"lon": float("nan")}, "lon is not a number"),
        ({"lon": float("inf")}, "lon out of range"),
        ({"lon": 10**400}, "lon out of range"),
        ({"lon": 0, "lat": 0}, "longitude 0 and latitude 0: a default, not a place"),
        ({"seen_pos": None}, "no seen_pos"),
        ({"seen_pos": -5}, "seen_pos out of range"),
        ({"gs": "fast"}, "gs is not a number"),
        ({"gs": -1}, "gs out of range"),
        ({"alt_baro": {}}, "alt is not a number"),
        ({"track": 400}, "track out of range"),
        ({"rc": []}, "rc is not a number"),
    ],
)
def test_an_aircraft_that_cannot_be_used_says_why(change, reason):
    assert snapshot({**PLANE, **change}).rejects == [(1, reason)]


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (None, "no now"),
        (0, "now out of range"),
        ("noon", "now is not a number"),
        (4_102_444_801, "now out of range"),
    ],
)
def test_no_time_is_made_up(now, reason):
    assert snapshot(PLANE, now=now).rejects == [(1, reason)]


def test_a_position_later_than_the_arrival_of_its_file():
    received = datetime(2019, 1, 1, tzinfo=UTC)
    assert snapshot(PLANE, received_utc=received).rejects == [(1, "dated after it was received")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"nonsense", "not JSON, or cut short"),
        (b'{"now": 1577880000, "aircraft": [{"hex": "4ba', "not JSON, or cut short"),
        (b"\x1f\x8b\x08\x00", "not JSON, or cut short"),
        (b"\xff\xfe{", "not JSON, or cut short"),
        (b"[1, 2]", "neither aircraft nor a trace"),
        (b'"aircraft"', "neither aircraft nor a trace"),
        (b'{"aircraft": 5}', "neither aircraft nor a trace"),
        (b'{"aircraft": ' + b"[" * 200_000, "JSON nested too deep"),
        (b'{"now": ' + b"9" * 5000 + b', "aircraft": []}', "not JSON, or cut short"),
    ],
)
def test_a_document_that_cannot_be_used_is_one_reject(text, reason):
    assert Told(text).rejects == [(1, reason)]


def test_entries_that_are_no_objects():
    assert snapshot(5, None, [], PLANE).rejects == [(row, "aircraft is not an object") for row in (1, 2, 3)]
    told = trace(5, {}, [0, 45.0, 30.0, None])
    assert told.rejects == [(1, "trace point is not a list"), (2, "trace point is not a list")]
    assert told.used == 1


def test_a_document_may_not_be_longer_than_the_limit(monkeypatch):
    monkeypatch.setattr(readsb, "DOCUMENT_LIMIT", 200)
    long = json.dumps({"now": NOW, "aircraft": [PLANE] * 50}).encode()
    short = json.dumps({"now": NOW, "aircraft": [PLANE]}).encode()
    assert [reason for _, reason in Told(long).rejects] == ["document longer than 0 MiB"]
    told = Told(short + b"\n" + long + b"\n" + short.replace(b"4BAAC6", b"4BAAC7"))
    assert (told.used, told.rejects) == (2, [(2, "document longer than 0 MiB")])


def test_a_document_may_not_hold_more_things_than_memory_can(monkeypatch):
    monkeypatch.setattr(readsb, "BRACKET_LIMIT", 1_000)
    told = Told(b'{"now": 1577880000, "aircraft": [' + b"[]," * 1_000 + b"[]]}")
    assert told.rejects == [(1, "document with more than 1,000 lists and objects")]


def test_a_large_document_comes_in_several_batches(monkeypatch):
    monkeypatch.setattr(readsb, "ROWS_PER_BATCH", 3)
    aircraft = [{**PLANE, "hex": f"4baa{n:02x}"} for n in range(8)]
    text = json.dumps({"now": NOW, "aircraft": aircraft}).encode()
    source = Source("air", Path("air.json"), "readsb", 3)
    assert [batch.rows for batch in read(BytesIO(text), source, NOWHERE)] == [3, 3, 2]


def test_an_empty_file_has_no_rows():
    assert Told(b"").rows == Told(b"\n\n").rows == snapshot().rows == 0


def test_the_memory_of_given_positions_is_bounded(monkeypatch):
    monkeypatch.setattr(readsb, "REMEMBERED", 1)
    other = {**PLANE, "hex": "4baac7"}
    assert snapshot(PLANE, PLANE).aside == {"position given already": 1}
    assert snapshot(PLANE, other, PLANE).used == 3


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from([*PLANE, "alt_baro", "gs", "nic", "mlat", "r", "dbFlags"]), VALUES)))
@settings(max_examples=60, deadline=None)
def test_any_entries_are_accounted_for(changes):
    told = snapshot(*({**PLANE, **change} for change in changes))
    assert told.rows == len(changes)


@given(st.lists(st.lists(VALUES, max_size=14), max_size=5), VALUES)
@settings(max_examples=60, deadline=None)
def test_any_trace_points_are_accounted_for(points, start):
    assert trace(*points, timestamp=start).rows == len(points)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_whatever_bytes_come_nothing_breaks(data):
    assert Told(data).rows <= data.count(b"\n") + 1
