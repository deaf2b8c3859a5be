"""Findings that are one happening become one incident; nothing else is glued to it."""

import pytest
from by_hand import agree, at, finding
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.incidents import find_orphans, fuse
from truceline.model import UNDETERMINED, Review, Status

CUT_OFF = at("06-04 00:00")


@pytest.fixture(scope="module")
def agreement(tmp_path_factory):
    clause = '\n```clause c\nkind = "no-attack"\nbinds = ["RED"]\nevents = ["shelling"]\nseverity = "grave"\n```\n'
    return agree(tmp_path_factory.mktemp("fusion"), clause)


@pytest.fixture
def incidents(agreement):
    def make(*findings, reviews=(), cut_off=CUT_OFF):
        return fuse(findings, agreement, reviews, cut_off)

    return make


def ids(incidents):
    """Return which findings stand together, as sets of their ids."""
    return sorted(sorted(incident.findings) for incident in incidents)


def test_one_finding_is_an_alleged_incident(incidents):
    (incident,) = incidents(finding("a", party="RED"))
    assert (incident.status, incident.parties, incident.lineages) == (Status.ALLEGED, {"RED": 1.0}, ("post",))
    assert (incident.severity, incident.kinds, incident.clause) == ("grave", ("shelling",), "c")
    assert "one is never enough" in incident.reasons[0]


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (finding("b", "06-01 12:30", lineage="camera"), True),
        (finding("b", "06-01 12:31", lineage="camera"), False),
        (finding("b", lat=45.545, lineage="camera"), True),  # 5.0 km, within 5 km and two radii
        (finding("b", lat=45.55, lineage="camera"), False),  # 5.6 km
        (finding("b", lat=45.60, lineage="camera", radius_m=7_000.0), True),  # 11.1 km, widened
        (finding("b", lat=45.75, lineage="camera", radius_m=24_000.0), False),  # widened by 10 km at most
        (finding("b", kind="explosion", lineage="camera"), True),
        (finding("b", kind="small-arms-fire", lineage="camera"), False),
        (finding("b", kind="mission-count", lineage="camera"), False),
        (finding("b", clause="d", lineage="camera"), False),
        (finding("b", reading="late", lineage="camera"), False),
        (finding("b", lon=None, lat=None, lineage="camera"), False),
    ],
)
def test_what_is_one_happening(incidents, other, together):
    assert (len(incidents(finding("a"), other)) == 1) is together


def test_two_independent_origins_corroborate(incidents):
    (incident,) = incidents(finding("a"), finding("b", lineage="camera"))
    assert incident.status is Status.CORROBORATED
    assert incident.lineages == ("camera", "post")


def test_one_origin_never_corroborates_itself(incidents):
    (incident,) = incidents(*(finding(name, source=name, lineage="wire") for name in "abc"))
    assert incident.status is Status.ALLEGED
    assert any("count once" in reason for reason in incident.reasons)


def test_doubtful_findings_do_not_corroborate_each_other(incidents):
    doubtful = [finding("a", doubts=("jump",)), finding("b", lineage="camera", doubts=("no identity",))]
    (incident,) = incidents(*doubtful)
    assert incident.status is Status.ALLEGED
    (incident,) = incidents(*doubtful, finding("c", lineage="radar"))
    assert incident.status is Status.CORROBORATED


def test_indicators_are_context_and_never_an_incident(incidents):
    alert = finding("alert", kind="air-raid-alert", lineage="sirens", indicator=True, radius_m=90_000.0)
    assert incidents(alert) == ()
    (incident,) = incidents(finding("a"), alert)
    assert (incident.indicators, incident.lineages, incident.status) == (("alert",), ("post",), Status.ALLEGED)


def test_a_row_as_wide_as_a_day_does_not_glue(incidents):
    day = finding("day", "06-01 00:00", "06-02 00:00", lineage="press desk")
    apart = [finding("a", "06-01 08:00"), finding("b", "06-01 16:00")]
    assert ids(incidents(day, *apart)) == [["a"], ["b"], ["day"]]


def test_a_row_as_wide_as_a_day_joins_the_only_happening_that_it_fits(incidents):
    day = finding("day", "06-01 00:00", "06-02 00:00", lineage="press desk")
    (incident,) = incidents(day, finding("a", "06-01 08:00"), finding("b", "06-01 08:10", lineage="camera"))
    assert sorted(incident.findings) == ["a", "b", "day"]
    assert incident.span.start == at("06-01 08:00")
    assert incident.span.end == at("06-01 08:10")


def test_a_row_as_wide_as_a_region_stands_alone(incidents):
    region = finding("region", radius_m=120_000.0, lineage="press desk")
    assert ids(incidents(region, finding("a"))) == [["a"], ["region"]]


def test_two_day_wide_rows_of_different_origin_at_one_place_agree(incidents):
    days = [finding(name, "06-01 00:00", "06-02 00:00", lineage=name) for name in ("press", "hospital")]
    assert ids(incidents(*days)) == [["hospital", "press"]]
    days = [finding(name, "06-01 00:00", "06-02 00:00") for name in ("one", "two")]
    assert len(incidents(*days)) == 2


def test_fire_without_end_is_cut_into_happenings_of_half_a_day(incidents):
    rounds = [finding(f"r{n:03}", f"06-0{1 + n // 96} {n % 96 // 4:02}:{n % 4 * 15:02}") for n in range(192)]
    found = incidents(*rounds)
    assert len(found) >= 4
    assert sum(len(incident.findings) for incident in found) == 192


def test_fire_along_a_front_is_not_one_happening(incidents):
    front = [finding(f"p{n:02}", lon=30.0 + 0.05 * n) for n in range(40)]  # every 3.9 km over 150 km
    found = incidents(*front)
    assert 4 <= len(found) <= 12


ENTRY = {"kind": "entry", "end": "06-01 12:20", "radius_m": 3_000.0}


def stay(name, **more):
    return finding(name, **{**ENTRY, "lineage": name, **more})


def test_stays_of_one_platform_are_joined_across_short_gaps(incidents):
    first, ship = stay("a", platform="mmsi:1", lineage="ais"), {"platform": "mmsi:1", "lineage": "ais", "lat": 45.9}
    assert len(incidents(first, stay("b", start="06-01 12:50", **{**ship, "end": "06-01 13:00"}))) == 1
    assert len(incidents(first, stay("b", start="06-01 12:51", **{**ship, "end": "06-01 13:00"}))) == 2


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("mmsi:1", "mmsi:2", False),
        ("track:a:1", "track:b:1", True),
        ("track:a:1", "mmsi:1", False),  # had they agreed, the track would bear that identity
        ("mmsi:1", None, True),
        ("track:a:1", None, True),
    ],
)
def test_which_tracks_and_sightings_are_one_intruder(incidents, one, other, together):
    kind = "entry" if other else "observation"
    found = incidents(stay("a", platform=one), stay("b", platform=other, kind=kind))
    assert (len(found) == 1) is together


def test_two_tracks_of_one_radar_are_two(incidents):
    tracks = [stay(name, platform=f"track:radar:{name}", source="radar", lineage="radar") for name in "ab"]
    assert len(incidents(*tracks)) == 2


def test_a_third_track_never_joins_two_that_differ(incidents):
    found = incidents(
        stay("a", platform="track:r:1", source="r", lineage="r"),
        stay("b", platform="track:r:2", source="r", lineage="r"),
        stay("c", platform="track:s:1", source="s", lineage="s"),
    )
    assert len(found) == 2


def test_what_is_seen_at_sea_is_not_what_is_seen_in_the_air(incidents):
    found = incidents(finding("a", kind="naval-incident"), finding("b", kind="overflight", lineage="camera"))
    assert len(found) == 2


def test_excused_findings_stand_apart_and_say_so(incidents):
    found = incidents(finding("a"), finding("b", lineage="camera", excused_by="return-fire"))
    assert [(i.findings, i.excused_by, i.status) for i in found] == [
        (("a",), None, Status.ALLEGED),
        (("b",), "return-fire", Status.ALLEGED),
    ]


@pytest.mark.parametrize(
    ("parties", "leader"),
    [
        ({"post": "RED"}, "RED"),
        ({"post": UNDETERMINED}, UNDETERMINED),
        ({"post": "RED", "camera": "RED"}, "RED"),
        ({"post": "RED", "camera": UNDETERMINED}, "RED"),
        ({"post": "RED", "camera": UNDETERMINED, "radar": UNDETERMINED}, "RED"),
        ({"post": "RED", "camera": "BLUE"}, UNDETERMINED),
    ],
)
def test_whose_it_is(incidents, parties, leader):
    (incident,) = incidents(*(finding(name, lineage=name, party=party) for name, party in parties.items()))
    assert incident.party == leader
    assert sum(incident.parties.values()) == pytest.approx(1.0, abs=1e-9)


def test_sources_that_contradict_each_other_lower_the_confidence(incidents):
    (agree_,) = incidents(finding("a", party="RED"), finding("b", party="RED", lineage="camera"))
    (differ,) = incidents(finding("a", party="RED"), finding("b", party="BLUE", lineage="camera"))
    assert differ.confidence < agree_.confidence
    assert any("disagree" in reason for reason in differ.reasons)


def test_the_admiralty_code_moves_the_confidence(incidents):
    codes = [("A", 1), ("B", 2), ("C", 3), ("D", 4), ("E", 5)]
    made = [incidents(finding("a", reliability=r, credibility=c))[0].confidence for r, c in codes]
    assert made == sorted(made, reverse=True)
    assert len(set(made)) == 5


@pytest.mark.parametrize("weakness", [{"doubts": ("jump",)}, {"edge_uncertain": True}, {"place_uncertain": True}])
def test_doubts_lower_the_confidence(incidents, weakness):
    assert incidents(finding("a", **weakness))[0].confidence < incidents(finding("a"))[0].confidence


def test_uncertain_is_what_rests_on_nothing_sure(incidents):
    unsure = finding("a", edge_uncertain=True, place_uncertain=True)
    (alone,) = incidents(unsure)
    (backed,) = incidents(unsure, finding("b", lineage="camera"))
    assert (alone.edge_uncertain, alone.place_uncertain) == (True, True)
    assert (backed.edge_uncertain, backed.place_uncertain) == (False, False)


def test_evidence_that_came_after_the_cut_off_makes_it_late(incidents):
    late = finding("a", received_utc=at("06-05 08:00"))
    (incident,) = incidents(late, finding("b", lineage="camera", received_utc=at("06-01 13:00")))
    assert incident.late
    assert any("2025-06-05T08:00:00Z" in reason for reason in incident.reasons)
    assert not incidents(finding("b", received_utc=at("06-01 13:00")))[0].late
    assert not incidents(finding("b"))[0].late


def review(incident, decision, when="06-05 00:00"):
    return Review(incident, decision, "duty officer", "two posts agree", at(when))


@pytest.mark.parametrize(
    ("decision", "status"),
    [("confirm", Status.CONFIRMED), ("contest", Status.CONTESTED), ("dismiss", Status.DISMISSED)],
)
def test_a_review_decides_and_says_why(incidents, decision, status):
    (incident,) = incidents(finding("a"), reviews=[review("a", decision)])
    assert incident.status is status
    assert incident.review is not None
    assert "two posts agree" in incident.reasons[0]


def test_the_last_review_stands(incidents):
    reviews = [review("a", "confirm", "06-06 00:00"), review("a", "dismiss", "06-05 00:00")]
    assert incidents(finding("a"), reviews=reviews)[0].status is Status.CONFIRMED


def test_a_review_still_finds_its_incident_when_more_evidence_joins(incidents):
    (before,) = incidents(finding("a"))
    decided = [review(before.id, "confirm")]
    (after,) = incidents(finding("a"), finding("b", "06-01 12:10", lineage="camera"), reviews=decided)
    assert after.id == before.id
    assert after.status is Status.CONFIRMED
    assert find_orphans(decided, [after]) == ()


def test_a_review_of_nothing_is_an_orphan(incidents):
    lost = review("0" * 16, "dismiss")
    assert find_orphans([lost], incidents(finding("a"))) == (lost,)


@st.composite
def happenings(draw):
    minute = draw(st.integers(0, 1439))
    end = draw(st.sampled_from([None, None, "06-02 00:00", "06-02 12:00"]))
    return finding(
        f"{draw(st.integers(0, 9999)):04}", f"06-01 {minute // 60:02}:{minute % 60:02}", end,
        lon=draw(st.floats(30, 31)), lat=draw(st.floats(45, 46)), radius_m=draw(st.sampled_from([0.0, 500.0, 3e4])),
        lineage=draw(st.sampled_from(["post", "camera", "radar"])), indicator=draw(st.booleans()),
        party=draw(st.sampled_from(["RED", "BLUE", UNDETERMINED])), doubts=draw(st.sampled_from([(), ("jump",)])),
        kind=draw(st.sampled_from(["shelling", "explosion", "small-arms-fire", "mission-count", "entry"])),
        platform=draw(st.sampled_from([None, None, "mmsi:1", "track:radar:1"])),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(happenings(), max_size=14, unique_by=lambda f: f.id), st.randoms())
def test_nothing_is_lost_or_counted_twice_and_order_makes_no_difference(agreement, findings, random):
    made = fuse(findings, agreement, (), CUT_OFF)
    shown = sorted(f.id for f in findings if not f.indicator)
    assert sorted(name for incident in made for name in incident.findings) == shown
    for incident in made:
        assert abs(sum(incident.parties.values()) - 1.0) < 1e-9
        assert all(share >= 0 for share in incident.parties.values())
        assert 0.0 <= incident.confidence <= 1.0
        assert incident.status is Status.ALLEGED or len(incident.lineages) >= 2
    shuffled = list(findings)
    random.shuffle(shuffled)
    assert fuse(shuffled, agreement, (), CUT_OFF) == made


def test_a_party_needs_more_than_half_of_the_attribution(incidents):
    three = {"post": "RED", "camera": "RED", "radar": "BLUE", "wire": "BLUE", "plane": "GREEN"}
    (incident,) = incidents(*(finding(name, lineage=name, party=party) for name, party in three.items()))
    assert incident.parties["RED"] == incident.parties["BLUE"] == pytest.approx(0.4)
    assert incident.party == UNDETERMINED
    (incident,) = incidents(*(finding(n, lineage=n, party=p) for n, p in three.items() if n != "wire"))
    assert (incident.parties["RED"], incident.party) == (pytest.approx(0.5), UNDETERMINED)
