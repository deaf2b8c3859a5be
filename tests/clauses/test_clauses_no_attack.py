"""No attack: which events are findings against which party, and how sure their time and place are."""

import pytest
from by_hand import agree, at, event, gathered, source, terms_of

from truceline.agreement import resolve
from truceline.clauses import find, name_breaches
from truceline.clauses.no_attack import UNKNOWN_OBJECT, UNPLACED
from truceline.model import UNDETERMINED, Row

CLAUSE = """
```clause c
kind = "no-attack"
binds = ["RED", "BLUE"]
zone = "strait"
events = ["shelling", "drone-strike", "air-raid-alert"]
```
"""
INSIDE = {"lon": 30.5, "lat": 45.5}


@pytest.fixture
def agreement(tmp_path):
    return agree(tmp_path, CLAUSE)


def look(agreement, *events, **more):
    return find(terms_of(agreement), agreement, gathered(events, **more))


def test_an_event_of_a_named_kind_in_zone_and_time_is_a_finding(agreement):
    (found,) = look(agreement, event("shelling", "06-01 12:00", **INSIDE, radius_m=200.0, quantity=3.0, unit="rounds",
                                     text="three impacts", reliability="B", credibility=2))  # fmt: skip
    assert (found.clause, found.reading, found.kind, found.party) == ("c", "as declared", "shelling", UNDETERMINED)
    assert (found.lon, found.lat, found.radius_m, found.measured, found.unit) == (30.5, 45.5, 200.0, 3.0, "rounds")
    assert (found.source, found.lineage, found.reliability, found.credibility) == ("watch", "watch", "B", 2)
    assert found.rows == (Row(1, 1),)
    assert not any((found.indicator, found.edge_uncertain, found.place_uncertain, found.doubts))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (event("small-arms-fire", "06-01 12:00", **INSIDE), "another kind"),
        (event("shelling", "06-01 12:00", lon=32.0, lat=45.5), "outside the zone"),
        (event("shelling", "05-31 23:50", **INSIDE), "before it starts"),
        (event("shelling", "06-04 00:00", **INSIDE), "at its end, which is outside"),
        (event("shelling", "05-31 23:00", "06-01 00:00", **INSIDE), "over when it starts"),
    ],
)
def test_what_is_no_finding(agreement, row, why):
    assert look(agreement, row) == [], why


def test_the_first_instant_counts(agreement):
    (found,) = look(agreement, event("shelling", "06-01 00:00", **INSIDE))
    assert not found.edge_uncertain


@pytest.mark.parametrize(("start", "end"), [("05-31 12:00", "06-01 12:00"), ("06-03 23:00", "06-04 01:00")])
def test_a_row_wider_than_an_edge_is_edge_uncertain(agreement, start, end):
    (found,) = look(agreement, event("shelling", start, end, **INSIDE))
    assert found.edge_uncertain


@pytest.mark.parametrize(
    ("actor", "party"),
    [
        ("RED", "RED"), ("Redland", "RED"), ("red  navy", "RED"), ("Blueland", "BLUE"), ("", UNDETERMINED),
        (None, UNDETERMINED), ("Greenland", UNDETERMINED), ("RED and BLUE", UNDETERMINED),
    ],
)  # fmt: skip
def test_a_party_is_known_by_its_names_and_by_nothing_else(agreement, actor, party):
    (found,) = look(agreement, event("shelling", "06-01 12:00", **INSIDE, actor=actor))
    assert found.party == party


def test_an_attack_by_a_party_that_is_not_bound_is_no_finding(tmp_path):
    agreement = agree(tmp_path, CLAUSE.replace('["RED", "BLUE"]', '["RED"]'))
    rows = [event("shelling", "06-01 12:00", **INSIDE, actor=actor) for actor in ("RED", "BLUE")]
    assert [found.party for found in look(agreement, *rows)] == ["RED"]


def test_each_party_has_its_own_clock(tmp_path):
    body = CLAUSE.replace("events =", 'starts = { RED = "2025-06-01T00:00Z", BLUE = "2025-06-02T00:00Z" }\nevents =')
    agreement = agree(tmp_path, body)
    rows = [event("shelling", "06-01 12:00", **INSIDE, actor=actor) for actor in ("RED", "BLUE")]
    found = look(agreement, *rows)
    assert [(f.party, f.edge_uncertain) for f in found] == [("RED", False)]


def test_an_indicator_is_marked(agreement):
    (found,) = look(agreement, event("air-raid-alert", "06-01 12:00", **INSIDE))
    assert found.indicator


def test_a_disc_that_crosses_the_edge_is_place_uncertain(agreement):
    (found,) = look(agreement, event("shelling", "06-01 12:00", lon=30.99, lat=45.5, radius_m=5_000.0))
    assert found.place_uncertain
    assert not found.indicator


@pytest.mark.parametrize("place", [{"lon": 31.02, "lat": 45.5, "radius_m": 5_000.0}, {}])
def test_what_cannot_be_placed_is_a_hint_and_no_accusation(agreement, place):
    (found,) = look(agreement, event("shelling", "06-01 12:00", **place))
    assert found.indicator
    assert UNPLACED in found.doubts


def test_an_area_stands_at_its_point(tmp_path):
    agreement = agree(tmp_path, CLAUSE.replace('"strait"', '"odesa"') + '\n```zone odesa\narea = "UA-51"\n```\n')
    (found,) = look(agreement, event("shelling", "06-01 12:00", area="UA-51"))
    assert found.lon is not None
    assert found.lat is not None
    assert not found.place_uncertain


def test_rows_of_the_same_content_are_one_finding_with_both_rows(agreement):
    row = event("shelling", "06-01 12:00", **INSIDE)
    (found,) = look(agreement, row, row)
    assert found.rows == (Row(1, 1), Row(1, 2))


def test_the_id_comes_from_the_content_and_not_from_file_or_order(agreement):
    rows = [event("shelling", f"06-01 {hour:02}:00", **INSIDE) for hour in range(20)]
    once = [found.id for found in look(agreement, *rows)]
    shuffled = [{**row, "file": 7, "row": 100 + number} for number, row in enumerate(rows)]
    assert [found.id for found in look(agreement, *shuffled[7:], *reversed(shuffled[:7]))] == once
    assert len(set(once)) == 20
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in once)


def test_lineage_is_the_sources_own_where_it_declares_one(agreement):
    rows = [event("shelling", "06-01 12:00", **INSIDE)]
    (found,) = look(agreement, *rows, sources=[source("watch", lineage="wire")])
    assert found.lineage == "wire"


ENERGY = """
```objects energy
name = "Energy"
categories = ["refinery", "substation"]
```

```clause c
kind = "no-attack"
binds = ["RED", "BLUE"]
objects = ["energy"]
events = ["drone-strike"]
```
"""


@pytest.mark.parametrize(
    ("what", "hit"), [("refinery", True), ("Substation", True), ("energy", True), ("bridge", False)]
)
def test_only_objects_of_the_class_count(tmp_path, what, hit):
    agreement = agree(tmp_path, ENERGY)
    found = look(agreement, event("drone-strike", "06-01 12:00", lon=36.0, lat=50.0, object=what))
    assert bool(found) is hit
    assert not any(f.indicator for f in found)


def test_a_hit_on_nobody_knows_what_is_a_hint(tmp_path):
    (found,) = look(agree(tmp_path, ENERGY), event("drone-strike", "06-01 12:00", lon=36.0, lat=50.0))
    assert found.indicator
    assert found.doubts == (UNKNOWN_OBJECT,)


def test_without_a_zone_it_holds_everywhere(tmp_path):
    agreement = agree(tmp_path, CLAUSE.replace('zone = "strait"\n', ""))
    assert len(look(agreement, event("shelling", "06-01 12:00", lon=-70.0, lat=-30.0))) == 1


def test_what_must_be_watched_leaves_indicators_out(agreement):
    assert name_breaches(terms_of(agreement)) == ("shelling", "drone-strike")


FIRE = (
    CLAUSE
    + """
```exception return-fire
of = "c"
requires = ["tried", "failed", "order"]
```
"""
)


def steps(*made):
    return [event(kind, when, object=name, actor=actor) for kind, name, actor, when in made]


RIGHT = [
    ("determination", "tried", "council", "06-01 09:00"),
    ("determination", "failed", "mission council", "06-01 10:00"),
    ("notification", "order", "RED", "06-01 11:00"),
]


def shot(tmp_path, made, actor="RED", fire=FIRE):
    agreement = agree(tmp_path, fire)
    (found,) = look(agreement, event("shelling", "06-01 12:00", **INSIDE, actor=actor), *steps(*made))
    return found


def test_return_fire_is_excused_when_all_came_before_in_order(tmp_path):
    assert shot(tmp_path, RIGHT).excused_by == "return-fire"


@pytest.mark.parametrize(
    ("made", "missing"),
    [
        (RIGHT[:2], '"order"'),
        ([RIGHT[0], RIGHT[2]], '"failed"'),
        ([("determination", "tried", "council", "06-01 10:30"), *RIGHT[1:]], '"failed"'),
        ([*RIGHT[:2], ("notification", "order", "RED", "06-01 12:30")], '"order"'),
        ([("determination", "tried", "Greenland", "06-01 09:00"), *RIGHT[1:]], '"tried"'),
        ([*RIGHT[:2], ("notification", "order", "BLUE", "06-01 11:00")], '"order"'),
        ([*RIGHT[:2], ("determination", "order", "RED", "06-01 11:00")], '"order"'),
    ],
)
def test_otherwise_it_is_a_finding_with_a_note(tmp_path, made, missing):
    found = shot(tmp_path, made)
    assert found.excused_by is None
    assert missing in found.text


def test_notice_by_a_party_excuses_nobody_who_is_not_known(tmp_path):
    assert shot(tmp_path, RIGHT, actor=None).excused_by is None


def test_an_exception_may_grow_old(tmp_path):
    within = FIRE.replace("requires", 'within = "2 h"\nrequires')
    assert shot(tmp_path, RIGHT, fire=within).excused_by is None
    assert shot(tmp_path, RIGHT, fire=within.replace("2 h", "4 h")).excused_by == "return-fire"


@pytest.mark.parametrize(
    ("until", "lon", "excused"),
    [("06-01 13:00", 30.5, True), ("06-01 12:00", 30.5, False), ("06-01 13:00", 31.5, False)],
)
def test_an_announced_activity_covers_its_hours_and_its_place(tmp_path, until, lon, excused):
    notice = event(
        "notification", "06-01 11:00", until, actor="council", object="blasting", lon=lon, lat=45.5, radius_m=9e3
    )
    agreement = agree(tmp_path, FIRE.replace('["tried", "failed", "order"]', '["blasting"]'))
    (found,) = look(agreement, event("shelling", "06-01 12:00", **INSIDE, actor="RED"), notice)
    assert (found.excused_by == "return-fire") is excused


def test_each_reading_is_looked_at_by_itself(tmp_path):
    body = CLAUSE.replace(
        "events =",
        'alternatives = [{ name = "early", starts = "2025-06-01T00:00Z" }, '
        '{ name = "late", starts = "2025-06-02T00:00Z" }]\nevents =',
    )
    agreement = agree(tmp_path, body)
    evidence = gathered([event("shelling", "06-01 12:00", **INSIDE)])
    found = {terms.reading: find(terms, agreement, evidence) for terms in resolve(agreement, {})}
    assert {reading: len(each) for reading, each in found.items()} == {"early": 1, "late": 0}
    assert at("06-01 12:00") == found["early"][0].span.start
