"""No entry: which positions and sightings are findings, of whom, and with what doubts."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from by_hand import HEAD, agree, at, event, gathered, pings, source, terms_of

from truceline.clauses import find, name_breaches
from truceline.clauses.concern import NO_CATEGORY, NO_IDENTITY
from truceline.clauses.episodes import NO_ALTITUDE
from truceline.model import UNDETERMINED

CLAUSE = """
```clause c
kind = "no-entry"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["warship"]
```
"""
SHIP = "mmsi:200000001"
WARSHIP = {"platform": SHIP, "kind": "vessel", "category": "warship", "party": "RED"}
AIS = source("ais", "nmea")
IN, OUT = 45.05, 44.95  # latitudes just inside and just outside the zone's southern edge


def legs(*lats, start=0, step=10, lon=30.5):
    """Positions every `step` minutes from 1 June 12:00 on."""
    minutes = (start + step * number for number in range(len(lats)))
    return [
        (f"06-01 {12 + minute // 60:02}:{minute % 60:02}", lon, lat) for minute, lat in zip(minutes, lats, strict=True)
    ]


def look(tmp_path, positions=(), events=(), platforms=(WARSHIP,), clause=CLAUSE, sources=(AIS,)):
    agreement = agree(tmp_path, clause)
    return find(terms_of(agreement), agreement, gathered(events, positions, platforms, (), sources))


def test_a_warship_that_goes_in_and_out_is_one_finding(tmp_path):
    (found,) = look(tmp_path, pings(SHIP, legs(OUT, IN, 45.2, IN, OUT)))
    assert (found.kind, found.party, found.platform) == ("entry", "RED", SHIP)
    assert (found.span.start, found.span.end) == (at("06-01 12:10"), at("06-01 12:30"))
    assert (found.lon, found.lat) == (30.5, 45.2)
    assert found.measured == pytest.approx(22_225, rel=0.01)  # 0.2 degrees of latitude at 45° N
    assert found.radius_m == pytest.approx(16_670, rel=0.01)
    assert len(found.rows) == 3
    assert not any((found.indicator, found.doubts, found.edge_uncertain, found.place_uncertain))


def test_a_single_ping_inside_counts(tmp_path):
    (found,) = look(tmp_path, pings(SHIP, legs(OUT, IN, OUT)))
    assert found.span.start == found.span.end == at("06-01 12:10")


def test_a_point_on_the_boundary_is_inside(tmp_path):
    assert len(look(tmp_path, pings(SHIP, legs(OUT, 45.0, OUT)))) == 1


def test_out_and_in_again_is_two_findings(tmp_path):
    assert len(look(tmp_path, pings(SHIP, legs(IN, OUT, IN)))) == 2


def test_a_silence_of_more_than_half_an_hour_ends_a_stay(tmp_path):
    assert len(look(tmp_path, pings(SHIP, legs(IN, IN, step=30)))) == 1
    assert len(look(tmp_path, pings(SHIP, legs(IN, IN, step=31)))) == 2


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"category": "cargo", "party": "RED"}, "a cargo ship"),
        ({"category": "cargo"}, "a cargo ship of nobody known"),
        ({"category": "warship", "party": "Greenland"}, "a warship of a state that is no party"),
        ({"category": "drone", "party": "RED"}, "another category"),
        ({"kind": "station"}, "a station on land"),
    ],
)
def test_what_the_clause_does_not_speak_of_is_no_finding(tmp_path, known, why):
    entry = {"platform": SHIP, "kind": "vessel", "category": None, "party": None, **known}
    assert look(tmp_path, pings(SHIP, legs(IN, IN)), platforms=[entry]) == [], why


def test_a_flag_is_no_party(tmp_path):
    (found,) = look(tmp_path, pings(SHIP, legs(IN)), platforms=[{**WARSHIP, "party": None, "flag": "RED"}])
    assert found.party == UNDETERMINED


@pytest.mark.parametrize(("category", "doubts"), [("warship", ()), ("vessel", (NO_CATEGORY,)), (None, (NO_CATEGORY,))])
def test_a_party_whose_ship_of_unknown_category_it_is_can_only_be_suspected(tmp_path, category, doubts):
    (found,) = look(tmp_path, pings(SHIP, legs(IN, IN)), platforms=[{**WARSHIP, "category": category}])
    assert (found.party, found.indicator, found.doubts) == ("RED", False, doubts)


def test_a_ship_of_no_known_category_is_a_hint(tmp_path):
    (found,) = look(tmp_path, pings(SHIP, legs(IN)), platforms=[])
    assert found.indicator
    assert NO_CATEGORY in found.doubts


def test_a_platform_may_be_named_by_its_id(tmp_path):
    clause = CLAUSE.replace('"warship"', f'"{SHIP}"')
    positions = [*pings(SHIP, legs(IN)), *pings("mmsi:200000002", legs(IN))]
    (found,) = look(tmp_path, positions, platforms=[], clause=clause)
    assert (found.platform, found.indicator) == (SHIP, False)


def test_the_root_means_all_of_its_branches(tmp_path):
    clause = CLAUSE.replace('"warship"', '"vessel"')
    cargo = {**WARSHIP, "category": "cargo", "party": "BLUE"}
    (found,) = look(tmp_path, pings(SHIP, legs(IN)), platforms=[cargo], clause=clause)
    assert (found.party, found.indicator) == ("BLUE", False)


def test_a_jump_that_no_ship_can_make_is_a_doubt(tmp_path):
    (found,) = look(tmp_path, pings(SHIP, legs(43.0, IN, 43.0)))
    assert any("doubtful jump" in doubt for doubt in found.doubts)
    (slow,) = look(tmp_path, pings(SHIP, legs(OUT, IN, OUT)))
    assert slow.doubts == ()


def test_two_positions_at_one_instant_are_no_jump(tmp_path):
    same = pings(SHIP, [("06-01 12:00", 30.5, IN), ("06-01 12:00", 30.5001, IN)])
    (found,) = look(tmp_path, same)
    assert found.doubts == ()


def test_a_position_less_accurate_than_its_depth_is_place_uncertain(tmp_path):
    (sure,) = look(tmp_path, pings(SHIP, legs(45.001), accuracy_m=10.0))
    (unsure,) = look(tmp_path, pings(SHIP, legs(45.001), accuracy_m=500.0))
    assert (sure.place_uncertain, unsure.place_uncertain) == (False, True)


def entry_with(**keys):
    lines = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    return CLAUSE.replace("platforms", lines + "platforms")


def test_a_margin_lets_off_what_stays_near_the_edge(tmp_path):
    clause = entry_with(margin="500 m")
    assert look(tmp_path, pings(SHIP, legs(OUT, 45.004, OUT)), clause=clause) == []
    (found,) = look(tmp_path, pings(SHIP, legs(OUT, 45.006, OUT)), clause=clause)
    assert found.limit == 500.0
    assert found.margin == pytest.approx(167, abs=5)


def test_within_its_accuracy_of_the_margin_it_is_a_hint(tmp_path):
    (found,) = look(tmp_path, pings(SHIP, legs(OUT, 45.004, OUT), accuracy_m=100.0), clause=entry_with(margin="500 m"))
    assert found.indicator


def test_persistence_asks_for_a_stay_that_lasts(tmp_path):
    clause = entry_with(persistence="25 min")
    assert look(tmp_path, pings(SHIP, legs(OUT, IN, OUT)), clause=clause) == []  # at most 20 minutes
    (unsure,) = look(tmp_path, pings(SHIP, legs(OUT, IN, IN, OUT)), clause=clause)  # 10 to 30 minutes
    assert unsure.indicator
    (sure,) = look(tmp_path, pings(SHIP, legs(OUT, IN, IN, IN, IN, OUT)), clause=clause)  # at least 30
    assert not sure.indicator


@pytest.mark.parametrize("clock", ["00:00Z", "02:00+02:00", "03:00 Europe/Kyiv"])
def test_hours_of_the_day_are_those_of_the_agreements_clock(tmp_path, clock):
    clause = CLAUSE.replace("platforms", 'hours = ["22:00", "06:00"]\nplatforms')
    ahead = int(clock[1])
    local = [at("06-01 21:30"), at("06-01 22:30"), at("06-02 05:59"), at("06-02 06:00")]
    track = [(f"{time - timedelta(hours=ahead):%m-%d %H:%M}", 30.5, IN) for time in local]
    agreement = agree(tmp_path, clause, HEAD.replace("06-01T00:00Z", f"06-01T{clock}"))
    found = find(terms_of(agreement), agreement, gathered((), pings(SHIP, track), [WARSHIP], (), [AIS]))
    assert [f.span.start + timedelta(hours=ahead) for f in found] == local[1:3]


FLIGHT = "icao:4baac6"
JET = {"platform": FLIGHT, "kind": "aircraft", "category": "military-aircraft", "party": "BLUE"}
AIR = """
```zone low
polygon = [[30.0, 45.0], [31.0, 45.0], [31.0, 46.0], [30.0, 46.0], [30.0, 45.0]]
altitude = ["0 m", "3000 m"]
```
""" + CLAUSE.replace('"strait"', '"low"').replace('"warship"', '"military-aircraft"')


@pytest.mark.parametrize(("altitude", "doubts"), [(1000.0, ()), (3000.0, ()), (None, (NO_ALTITUDE,))])
def test_a_band_of_altitude_is_closed_and_an_unknown_altitude_is_a_doubt(tmp_path, altitude, doubts):
    (found,) = look(tmp_path, pings(FLIGHT, legs(IN), altitude_m=altitude), platforms=[JET], clause=AIR)
    assert found.doubts == doubts


def test_above_the_band_is_no_finding(tmp_path):
    assert look(tmp_path, pings(FLIGHT, legs(IN), altitude_m=3001.0), platforms=[JET], clause=AIR) == []


RADAR = source("radar")


def track(lats, **more):
    return pings("track:radar:7", legs(*lats, step=1), source="radar", **more)


def test_an_anonymous_track_is_nobodys_and_doubtful(tmp_path):
    (found,) = look(tmp_path, track([45.10, 45.11, 45.12]), platforms=[])
    assert (found.party, found.indicator, found.lineage) == (UNDETERMINED, False, "radar")
    assert NO_IDENTITY in found.doubts


def test_a_track_that_a_cargo_ship_explains_is_no_finding(tmp_path):
    cargo = {**WARSHIP, "category": "cargo"}
    ais = pings(SHIP, legs(45.10, 45.12, step=2))
    assert look(tmp_path, [*track([45.101, 45.111, 45.121]), *ais], platforms=[cargo], sources=[AIS, RADAR]) == []


def test_a_track_beside_a_cargo_ship_at_another_time_is_not_explained(tmp_path):
    cargo = {**WARSHIP, "category": "cargo"}
    ais = pings(SHIP, legs(45.10, 45.12, step=2, start=30))
    assert len(look(tmp_path, [*track([45.101, 45.111, 45.121]), *ais], platforms=[cargo])) == 1


def test_a_silent_cargo_ship_explains_nothing_in_its_silence(tmp_path):
    cargo = {**WARSHIP, "category": "cargo"}
    ais = pings(SHIP, legs(45.10, 45.30, step=20))  # straight along the track, and silent meanwhile
    radar = track([45.10 + 0.01 * minute for minute in range(21)])
    assert len(look(tmp_path, [*radar, *ais], platforms=[cargo])) == 1


def test_a_track_that_fits_a_known_warship_bears_its_identity(tmp_path):
    ais = pings(SHIP, legs(45.10, 45.12, step=2))
    found = look(tmp_path, [*track([45.101, 45.111, 45.121]), *ais], sources=[AIS, RADAR])
    assert {(f.source, f.platform, f.party) for f in found} == {("ais", SHIP, "RED"), ("radar", SHIP, "RED")}
    assert not any(f.doubts for f in found)


def test_two_receivers_of_one_transponder_are_one_origin(tmp_path):
    twice = [*pings(SHIP, legs(IN, IN)), *pings(SHIP, legs(IN, IN), source="other")]
    (found,) = look(tmp_path, twice, sources=[AIS, source("other", "nmea")])
    assert found.lineage == "ais"
    assert "ais, other" in found.text


def seen(kind, when="06-01 12:01", **more):
    return event(kind, when, lon=30.5, lat=45.1, radius_m=1000.0, **{"source": "post", **more})


@pytest.mark.parametrize(
    ("row", "doubts"),
    [
        (seen("observation", object="warship", actor="RED"), ()),
        (seen("naval-incident", object="warship", actor="RED"), ()),
        (seen("naval-incident", actor="RED"), (NO_CATEGORY,)),
        (seen("naval-incident", object="patrol boat", actor="RED"), (NO_CATEGORY,)),
    ],
)
def test_a_sighting_is_a_finding(tmp_path, row, doubts):
    (found,) = look(tmp_path, events=[row])
    assert (found.party, found.doubts, found.platform, found.kind) == ("RED", doubts, None, row["kind"])


@pytest.mark.parametrize(
    "row",
    [seen("observation", object="cargo"), seen("observation"), seen("overflight"), seen("shelling", object="warship")],
)
def test_a_sighting_of_something_else_is_none(tmp_path, row):
    assert look(tmp_path, events=[row]) == []


def test_a_sighting_that_fits_one_track_bears_its_identity(tmp_path):
    found = look(tmp_path, track([45.10, 45.11, 45.12]), [seen("observation", object="warship")], platforms=[])
    assert [f.platform for f in found] == ["track:radar:7", "track:radar:7"]


def test_a_sighting_that_fits_two_tracks_names_neither(tmp_path):
    two = [*track([45.10, 45.11]), *pings("track:radar:8", legs(45.10, 45.11, step=1), source="radar")]
    found = look(tmp_path, two, [seen("observation", object="warship")], platforms=[])
    assert {f.platform for f in found if f.kind == "observation"} == {None}


def test_what_must_be_watched(tmp_path):
    clause = CLAUSE.replace('["warship"]', f'["warship", "drone", "{SHIP}"]')
    assert name_breaches(terms_of(agree(tmp_path, clause))) == ("warship", "drone", "vessel")


def test_the_order_of_rows_makes_no_difference(tmp_path):
    rows = [*pings(SHIP, legs(OUT, IN, 45.2, IN, OUT)), *track([45.5, 45.51])]
    once = look(tmp_path, rows)
    again = look(tmp_path, [{**row, "file": 3, "row": n} for n, row in enumerate(reversed(rows), start=1)])
    assert [f.id for f in once] == [f.id for f in again]
    assert len(once) == 2


def test_a_clause_that_never_held_finds_nothing(tmp_path):
    waiting = CLAUSE.replace("platforms", 'after = "determination corridor-open"\nplatforms')
    assert look(tmp_path, pings(SHIP, legs(IN)), clause=waiting) == []


def test_a_stay_that_began_before_the_truce_counts_from_its_start(tmp_path):
    long = [("05-31 23:50", 30.5, IN), ("06-01 00:00", 30.5, IN), ("06-01 00:10", 30.5, IN)]
    (found,) = look(tmp_path, pings(SHIP, long))
    assert found.span.start == at("06-01 00:00")
    assert not found.edge_uncertain


def test_positions_are_read_from_a_file_as_from_memory(tmp_path):
    evidence = gathered((), pings(SHIP, legs(OUT, IN, OUT)), [WARSHIP], (), [AIS])
    evidence.positions.collect().write_parquet(tmp_path / "positions.parquet")
    agreement = agree(tmp_path, CLAUSE)
    scanned = replace(evidence, positions=pl.scan_parquet(tmp_path / "positions.parquet"))
    assert find(terms_of(agreement), agreement, scanned) == find(terms_of(agreement), agreement, evidence)
