"""Stay visible: silence counts only where others nearby were received, and an empty picture keeps nothing."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from by_hand import HEAD, agree, at, gathered, pings, source, terms_of, watcher

from truceline.assessment.incidents import fuse
from truceline.assessment.reception import MEASURED, add_reception, write_reception
from truceline.assessment.standing import judge
from truceline.clauses import check_clauses, find, name_breaches
from truceline.clauses.no_entry import NO_IDENTITY
from truceline.clauses.stay_visible import LEFT, NEVER_AGAIN
from truceline.evidence.sight import RECEPTION, TRANSPONDING
from truceline.evidence.tables import empty
from truceline.model import UNDETERMINED, Status, Word

CLAUSE = """
```clause c
kind = "stay-visible"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["warship"]
longest = "30 min"
reception = 0.8
coverage = 0.6
```
"""
SHIP = "mmsi:200000001"
WARSHIP = {"platform": SHIP, "kind": "vessel", "category": "warship", "party": "RED"}
TRACK = {"platform": "track:radar:7", "kind": "radar-track", "category": "warship", "party": "RED"}
AIS, RADAR, SAR = source("ais", "nmea"), source("radar"), source("sar", "sar-csv")


def clock(minute):
    """Minutes after 1 June 12:00."""
    hours, minutes = divmod(12 * 60 + minute, 60)
    return f"06-{1 + hours // 24:02} {hours % 24:02}:{minutes:02}"


def sail(platform, minutes, lon=30.5, lat=45.5, drift=0.0005, **more):
    """Positions at these minutes, slowly eastwards."""
    return pings(platform, [(clock(m), lon + drift * m, lat + 0.00001 * m) for m in minutes], **more)


def others(minutes=range(-60, 360, 5), count=4):
    """Merchants in the same cell, heard all the time."""
    return [
        row
        for number in range(count)
        for row in sail(f"mmsi:20000010{number}", minutes, lat=45.6 + 0.01 * number, drift=0.0001)
    ]


MERCHANTS = [{"platform": f"mmsi:20000010{n}", "kind": "vessel", "category": "cargo", "party": None} for n in range(9)]
SILENT = [*range(0, 61, 5), *range(150, 211, 5)]  # heard, 89 minutes of silence, heard


def look(tmp_path, positions, platforms=(WARSHIP,), clause=CLAUSE, coverage=(), hints=False):
    agreement = agree(tmp_path, clause)
    evidence = gathered((), positions, [*platforms, *MERCHANTS], coverage, [AIS, RADAR, SAR])
    found = find(terms_of(agreement), agreement, evidence)
    return found if hints else [one for one in found if not one.indicator]


def test_a_silence_while_others_are_received_is_a_finding(tmp_path):
    (found,) = look(tmp_path, [*sail(SHIP, SILENT), *others()])
    assert (found.kind, found.party, found.platform) == ("silence", "RED", SHIP)
    assert (found.span.start, found.span.end) == (at("06-01 13:00"), at("06-01 14:30"))
    assert (found.measured, found.limit, found.unit) == (90.0, 30.0, "min")
    assert not any((found.indicator, found.place_uncertain, found.edge_uncertain))
    assert len(found.rows) == 2


def test_a_silence_across_the_antimeridian_lies_there_and_nowhere_else(tmp_path):
    def turned(rows):
        return [{**row, "lon": row["lon"] + 149.5 - 360.0 * (row["lon"] + 149.5 > 180)} for row in rows]

    moved = [*turned(sail(SHIP, SILENT, lon=30.46)), *turned(others())]  # from 179.96° to -179.935°
    zone = "\n```zone far\npolygon = [[179.0, 45.0], [-179.0, 45.0], [-179.0, 46.0], [179.0, 46.0]]\n```\n"
    (found,) = look(tmp_path, moved, clause=zone + CLAUSE.replace('zone = "strait"', 'zone = "far"'))
    assert (found.kind, found.measured) == ("silence", 70.0)  # twenty minutes of it in a cell where nobody else was
    assert abs(found.lon) > 179.9
    elsewhere = [*moved, *others()]
    assert look(tmp_path, elsewhere) == []  # a way straight through 0° would lead over the strait


def test_after_all_fell_silent_at_once_nobody_is_dark(tmp_path):
    both = [*sail(SHIP, [*range(0, 66, 5), *range(600, 661, 5)]), *others([*range(-60, 66, 5), *range(600, 661, 5)])]
    assert look(tmp_path, both, hints=True) == []  # the receiver failed at 13:05, for nine hours


@pytest.mark.parametrize(("knots", "hint"), [(1.0, False), (40.0, False), (80.0, True)])
def test_who_may_have_left_the_zone_and_come_back_makes_a_hint(tmp_path, knots, hint):
    far = [
        *range(0, 61, 5),
        *range(240, 301, 5),
    ]  # 39 km from the edge, silent for three hours: at 80 kn it is gone after 14 minutes
    found = look(tmp_path, [*sail(SHIP, far, drift=0.0, speed_kn=knots), *others()], hints=True)
    found = [one for one in found if NEVER_AGAIN not in one.doubts]
    assert [one.indicator for one in found] == [hint]
    assert (LEFT in found[0].doubts) == hint


def test_a_silence_in_which_nobody_was_received_is_none(tmp_path):
    heard = [*range(-60, 61, 5), *range(150, 360, 5)]  # the receiver failed for everybody
    assert look(tmp_path, [*sail(SHIP, SILENT), *others(heard)]) == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_others_tell_nothing(tmp_path, count):
    assert look(tmp_path, [*sail(SHIP, SILENT), *others(count=count)]) == []


def test_three_others_are_enough(tmp_path):
    assert len(look(tmp_path, [*sail(SHIP, SILENT), *others(count=3)])) == 1


def test_a_platform_is_no_witness_of_itself(tmp_path):
    assert look(tmp_path, [*sail(SHIP, SILENT), *others(count=2)]) == []


def test_others_far_away_say_nothing_of_this_place(tmp_path):
    far = [{**row, "lon": row["lon"] + 0.8} for row in others()]
    assert look(tmp_path, [*sail(SHIP, SILENT), *far]) == []


def test_others_in_two_places_at_once_are_no_witnesses(tmp_path):
    ghosts = [row for number, row in enumerate(others(range(-60, 360, 3)))]
    for number, row in enumerate(ghosts):
        row["lon"] += 0.9 * (number % 2)
    assert look(tmp_path, [*sail(SHIP, SILENT), *ghosts]) == []


def test_a_silence_within_the_limit_is_none(tmp_path):
    short = [*range(0, 61, 5), *range(90, 211, 5)]
    assert look(tmp_path, [*sail(SHIP, short), *others()]) == []


def test_a_silence_outside_the_zone_is_none(tmp_path):
    assert look(tmp_path, [*sail(SHIP, SILENT, lat=44.9), *others()]) == []


def test_a_silence_that_ends_outside_is_uncertain_in_place(tmp_path):
    out = [*sail(SHIP, range(0, 61, 5)), *sail(SHIP, range(300, 361, 5), lat=46.2)]
    (found,) = look(tmp_path, [*out, *others(range(-60, 420, 5))])
    assert found.place_uncertain


def test_never_heard_again_is_a_hint(tmp_path):
    (found,) = look(tmp_path, [*sail(SHIP, range(0, 61, 5)), *others()], hints=True)
    assert found.indicator
    assert NEVER_AGAIN in found.doubts


def test_a_ship_of_no_concern_may_be_silent(tmp_path):
    cargo = {**WARSHIP, "category": "cargo"}
    assert look(tmp_path, [*sail(SHIP, SILENT), *others()], platforms=[cargo]) == []


def test_a_track_that_is_seen_and_not_heard_is_dark(tmp_path):
    seen = sail("track:radar:7", range(0, 121, 2), source="radar")
    (found,) = look(tmp_path, [*seen, *others()], platforms=[TRACK])
    assert (found.kind, found.party, found.measured) == ("dark", "RED", 120.0)
    assert found.source == "radar"


def test_a_track_whose_transponder_is_heard_is_not_dark(tmp_path):
    seen = sail("track:radar:7", range(0, 121, 2), source="radar")
    assert look(tmp_path, [*seen, *sail(SHIP, range(0, 121, 3)), *others()], platforms=[TRACK, WARSHIP]) == []


@pytest.mark.parametrize("witnesses", [[], others(count=2), [*others([0, 350])]])
def test_a_dark_track_where_reception_is_not_known_is_none(tmp_path, witnesses):
    seen = sail("track:radar:7", range(0, 121, 2), source="radar")
    assert look(tmp_path, [*seen, *witnesses], platforms=[TRACK]) == []


NAMELESS = {"platform": "track:radar:7", "kind": "radar-track", "category": None, "party": None}


def test_a_track_that_nobody_knows_is_dark_and_undetermined(tmp_path):
    seen = sail("track:radar:7", range(0, 121, 2), source="radar")
    (found,) = look(tmp_path, [*seen, *others()], platforms=[NAMELESS])
    assert (found.kind, found.party, found.doubts) == ("dark", UNDETERMINED, (NO_IDENTITY,))


@pytest.mark.parametrize("sign", [{"altitude_m": 300.0}, {"drift": 0.03}])
def test_a_track_that_nobody_knows_and_that_flies_says_nothing_of_ships(tmp_path, sign):
    seen = sail("track:radar:7", range(0, 121, 2), source="radar", lon=29.2 if "drift" in sign else 30.5, **sign)
    assert look(tmp_path, [*seen, *others()], platforms=[NAMELESS]) == []


def test_a_track_that_nobody_knows_says_nothing_where_aircraft_are_meant_too(tmp_path):
    seen = sail("track:radar:7", range(0, 121, 2), source="radar")
    clause = CLAUSE.replace('"warship"', '"warship", "drone"')
    assert look(tmp_path, [*seen, *others()], platforms=[NAMELESS], clause=clause) == []


DETECTION = {"platform": "track:sar:a#1", "kind": "detection", "category": None, "party": None}


def image(*places, minute=60, accuracy_m=100.0):
    """Ships found in an image at (lon, lat)."""
    return [
        row
        for number, (lon, lat) in enumerate(places, 1)
        for row in pings(f"track:sar:a#{number}", [(clock(minute), lon, lat)], source="sar", accuracy_m=accuracy_m)
    ]


def detections(count=2, **more):
    return [{**DETECTION, **more, "platform": f"track:sar:a#{number}"} for number in range(1, count + 1)]


def test_a_ship_in_an_image_that_is_nobodys_who_was_heard(tmp_path):
    (found,) = look(tmp_path, [*image((30.6, 45.5)), *others()], platforms=detections())
    assert (found.kind, found.party, found.platform) == ("unmatched", UNDETERMINED, "track:sar:a#1")
    assert (found.span.start, found.span.end) == (at("06-01 13:00"), at("06-01 13:00"))
    assert (found.measured, found.limit, found.margin, found.unit) == (None, None, None, None)
    assert found.doubts == (NO_IDENTITY,)
    assert (found.indicator, found.place_uncertain, found.radius_m) == (False, False, 100.0)
    assert found.source == "sar"
    assert len(found.rows) == 1


def test_detections_alone_are_never_more_than_alleged(tmp_path):
    twice = [*image((30.6, 45.5)), *image((30.6, 45.5), minute=70)]
    found = look(tmp_path, [*twice, *others()], platforms=detections())
    (incident,) = fuse(found, agree(tmp_path, CLAUSE), [], at("06-04 00:00"))
    assert (incident.status, incident.parties) == (Status.ALLEGED, {UNDETERMINED: 1.0})


def test_the_ship_that_was_heard_is_matched_and_the_one_beside_it_is_not(tmp_path):
    heard = sail(SHIP, range(0, 121, 5), drift=0.0)
    (found,) = look(tmp_path, [*image((30.5, 45.5006), (30.501, 45.5006)), *heard, *others()], platforms=detections())
    assert found.platform == "track:sar:a#2"
    assert found.doubts == (NO_IDENTITY, "near enough to 1 that were heard, which others fit better")


def test_a_ship_heard_within_the_longest_silence_may_be_it(tmp_path):
    near = [*sail(SHIP, range(0, 41, 5), drift=0.0), *others()]
    assert look(tmp_path, [*image((30.5, 45.5006)), *near], platforms=detections()) == []
    gone = [*sail(SHIP, range(0, 21, 5), drift=0.0), *others()]
    (found,) = look(tmp_path, [*image((30.5, 45.5006)), *gone], platforms=detections())
    assert found.kind == "unmatched"


@pytest.mark.parametrize("witnesses", [[], others(count=2), others([0, 350])])
def test_an_image_where_reception_is_not_known_says_nothing(tmp_path, witnesses):
    assert look(tmp_path, [*image((30.6, 45.5)), *witnesses], platforms=detections()) == []


@pytest.mark.parametrize(("place", "sign"), [((30.6, 44.9), {}), ((30.6, 45.5), {"category": "fishing"})])
def test_what_lies_outside_or_is_no_concern_is_none(tmp_path, place, sign):
    assert look(tmp_path, [*image(place), *others()], platforms=detections(**sign)) == []


def stands(tmp_path, positions, coverage, clause=CLAUSE, platforms=()):
    agreement = agree(tmp_path, clause)
    evidence = gathered((), positions, [*platforms, *MERCHANTS], coverage, [AIS, RADAR])
    terms = terms_of(agreement)
    zones = {name: zone.shape for name, zone in agreement.zones.items()}
    evidence = add_reception(evidence, [terms])
    found = find(terms, agreement, evidence)
    standings, _ = judge(
        terms, name_breaches(terms), [], evidence, findings=found, cut_off=at("06-04 00:00"),
        period=timedelta(hours=24), zones=zones,
    )  # fmt: skip
    return {one.party: one for one in standings}


WHOLE = [
    row
    for x in range(5)
    for y in range(5)
    for number in range(3)
    for row in pings(
        f"mmsi:2000{x}{y}{number}00",
        [(f"06-0{day} {h:02}:{m:02}", 29.9 + 0.25 * x + 0.01 * number, 45.1 + 0.25 * y) for day in (1, 2, 3)
         for h in range(24) for m in range(0, 60, 9)],
    )
]  # fmt: skip


@pytest.mark.parametrize("platform", ["warship", "drone", "military-aircraft", "missile", "vessel"])
def test_an_empty_picture_of_transponders_never_keeps(tmp_path, platform):
    """Silent violators: whoever switches off is not in the picture, however well others are received."""
    clause = CLAUSE.replace('"warship"', f'"{platform}"')
    said = stands(tmp_path, WHOLE, [watcher("ais", ["vessel", "aircraft", platform])], clause)
    assert {one.word for one in said.values()} == {Word.NOT_DETERMINABLE}
    entry = clause.replace("stay-visible", "no-entry").replace('longest = "30 min"\nreception = 0.8\n', "")
    said = stands(tmp_path, WHOLE, [watcher("ais", ["vessel", "aircraft", platform])], entry)
    assert {one.word for one in said.values()} == {Word.NOT_DETERMINABLE}


def test_kept_takes_eyes_and_known_reception(tmp_path):
    eyes = [watcher("radar", ["vessel"])]
    said = stands(tmp_path, WHOLE, eyes)
    assert {one.word for one in said.values()} == {Word.KEPT}
    unknown = stands(tmp_path, WHOLE[:200], eyes)
    assert {one.word for one in unknown.values()} == {Word.NOT_DETERMINABLE}
    assert any("reception" in reason for one in unknown.values() for reason in one.reasons)


def test_measured_reception_never_covers_who_need_not_transmit(tmp_path):
    agreement = agree(tmp_path, CLAUSE)
    evidence = add_reception(gathered((), WHOLE, MERCHANTS, (), [AIS]), [terms_of(agreement)])
    detects = {word for row in evidence.coverage["detects"] for word in row}
    assert detects == {"cargo", "tanker", "fishing", "passenger", "other-vessel", "reception"}


def test_measured_reception_is_written_beside_the_declared(tmp_path):
    agreement = agree(tmp_path, CLAUSE)
    before = gathered((), WHOLE, MERCHANTS, [watcher("ais", ["vessel"])], [AIS])
    evidence = add_reception(before, [terms_of(agreement)])
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_reception(evidence, tmp_path / name)
    rows = pl.read_parquet(tmp_path / "one" / "reception.parquet")
    assert rows.schema == empty(MEASURED).schema
    assert len(rows) == len(evidence.coverage) - len(before.coverage) > 100
    assert {word for row in rows["detects"] for word in row} <= TRANSPONDING - {RECEPTION}
    assert rows["source"].unique().to_list() == ["ais"]
    assert (rows["end_utc"] - rows["start_utc"]).unique().to_list() == [timedelta(hours=1)]
    assert rows["reception"].drop_nulls().round(3).unique().sort().to_list() == [0.833, 1.0]  # without the first slot
    areas = [f"cell {west} {south}" for west, south in rows.select("west", "south").iter_rows()]
    assert set(areas) == set(evidence.coverage["area"]) - set(before.coverage["area"])
    assert len({(tmp_path / name / "reception.parquet").read_bytes() for name in ("one", "two")}) == 1


def test_what_was_not_measured_is_not_written(tmp_path):
    write_reception(gathered((), WHOLE, MERCHANTS, [watcher("ais", ["vessel"])], [AIS]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_clause_about_transponders_needs_no_measuring(tmp_path):
    agreement = agree(tmp_path, CLAUSE.replace("stay-visible", "text").split("zone")[0] + "```\n")
    evidence = gathered((), WHOLE, MERCHANTS, (), [AIS])
    assert add_reception(evidence, [terms_of(agreement)]) is evidence


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('longest = "30 min"\n', "", 'missing key "longest"'),
        ("reception = 0.8\n", "", 'missing key "reception"'),
        ('"30 min"', '"5 min"', '"longest" not understood'),
        ('"30 min"', "30", '"longest" not understood'),
        ("0.8", "80", '"reception" is no share'),
        ("0.8", "true", '"reception" is no share'),
        ('zone = "strait"\n', "", 'missing key "zone"'),
        ('platforms = ["warship"]\n', "", 'missing key "platforms"'),
    ],
)
def test_a_clause_that_says_too_little_is_refused(tmp_path, old, new, said):
    agreement = agree(tmp_path, CLAUSE.replace(old, new))
    assert any(said in problem.what for problem in check_clauses(agreement))


def test_a_party_nobody_knows_is_undetermined(tmp_path):
    (found,) = look(tmp_path, [*sail(SHIP, SILENT), *others()], platforms=[{**WARSHIP, "party": None}])
    assert replace(found, party=UNDETERMINED) == found


BEGINS, ENDS = (HEAD.replace(f"06-0{day}T00:00Z", "06-01T21:00Z") for day in (1, 4))


@pytest.mark.parametrize(
    ("start", "silent", "head", "minutes"),
    [
        pytest.param(660, 90, HEAD, [90], id="from 23:00 to 00:30"),
        pytest.param(480, 150, BEGINS, [90], id="from 20:00 to 22:30, in a truce that begins at 21:00Z"),
        pytest.param(420, 90, BEGINS, [], id="from 19:00 to 20:30, before it"),
        pytest.param(480, 150, ENDS, [60], id="from 20:00 to 22:30, in a truce that ends at 21:00Z"),
    ],
)
def test_across_midnight_and_at_the_edges_of_a_truce_at_21_utc(tmp_path, start, silent, head, minutes):
    heard = [*range(start - 60, start + 1, 5), *range(start + silent, start + silent + 61, 5)]
    agreement = agree(tmp_path, CLAUSE, head)
    positions = [*sail(SHIP, heard, drift=0.0), *others(range(300, 900, 5))]
    evidence = gathered((), positions, [WARSHIP, *MERCHANTS], (), [AIS])
    found = [one for one in find(terms_of(agreement), agreement, evidence) if not one.indicator]
    assert [one.measured for one in found] == minutes
