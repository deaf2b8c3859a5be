"""What stands of a clause: each row of the table, and that nothing unknown ever makes "kept"."""

from datetime import timedelta

import pytest
from by_hand import agree, at, finding, gathered, source, span, terms_of, watcher
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.incidents import fuse
from truceline.assessment.standing import judge
from truceline.model import UNDETERMINED, Review, Word

CLAUSE = """
```clause c
kind = "no-attack"
binds = ["RED", "BLUE"]
zone = "strait"
events = ["shelling", "drone-strike"]
coverage = 0.6
```
"""
SEEN = (watcher("post", ["shelling", "drone-strike"], probability=0.9),)
CUT_OFF = at("06-04 00:00")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("standing")


@pytest.fixture
def stand(folder):
    def make(*findings, coverage=SEEN, clause=CLAUSE, reviews=(), cut_off=CUT_OFF, evaluated=True, determined=None):
        agreement = agree(folder, clause)
        terms = terms_of(agreement, "c", determined)
        incidents = fuse(findings, agreement, reviews, cut_off)
        return judge(
            terms, ("shelling", "drone-strike"), incidents, gathered((), (), (), coverage, [source("signs")]),
            findings=findings, cut_off=cut_off, period=DAY, evaluated=evaluated,
        )  # fmt: skip

    return make


def words(standings):
    return {standing.party: str(standing.word) for standing in standings}


def proven(name="a", **more):
    """Two findings of independent origin that are one happening."""
    return finding(name, **more), finding(f"{name}2", lineage="camera", **more)


KEPT = {"RED": "kept", "BLUE": "kept"}


def test_kept_needs_no_incident_and_enough_coverage(stand):
    whole, periods = stand()
    assert words(whole) == KEPT
    assert "90\u00a0% of zone and time was watched; 60\u00a0% is required" in whole[0].reasons[0]
    assert [interval for interval, _ in periods] == [
        span("06-01 00:00", "06-02 00:00"), span("06-02 00:00", "06-03 00:00"), span("06-03 00:00", "06-04 00:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "findings", "expected"),
    [
        ("one origin", [finding("a", party="RED")], {"RED": "suspected", "BLUE": "kept"}),
        ("two origins", [*proven(party="RED")], {"RED": "breached", "BLUE": "kept"}),
        ("two origins, one names the party",
         [finding("a", party="RED"), finding("b", lineage="camera")], {"RED": "breached", "BLUE": "kept"}),
        ("nobody named", [finding("a")],
         {"RED": "not determinable", "BLUE": "not determinable", UNDETERMINED: "suspected"}),
        ("two origins, nobody named", [*proven()],
         {"RED": "not determinable", "BLUE": "not determinable", UNDETERMINED: "breached"}),
        ("they contradict each other", [finding("a", party="RED"), finding("b", party="BLUE", lineage="camera")],
         {"RED": "not determinable", "BLUE": "not determinable", UNDETERMINED: "breached"}),
        ("both, apart", [*proven(party="RED"), finding("z", "06-02 12:00", party="BLUE")],
         {"RED": "breached", "BLUE": "suspected"}),
        ("an indicator", [finding("a", kind="air-raid-alert", indicator=True)],
         {"RED": "not determinable", "BLUE": "not determinable"}),
        ("an indicator of one party's doing", [finding("a", indicator=True, party="RED")],
         {"RED": "not determinable", "BLUE": "kept"}),
        ("excused", [finding("a", party="RED", excused_by="return-fire")], KEPT),
        ("at an edge of time", [finding("a", party="RED", edge_uncertain=True)],
         {"RED": "not determinable", "BLUE": "kept"}),
        ("at an edge of time, proven", [*proven(party="RED", edge_uncertain=True)],
         {"RED": "not determinable", "BLUE": "kept"}),
        ("just before the start", [finding("a", "05-31 23:00", "06-01 00:00", party="RED", edge_uncertain=True)],
         {"RED": "not determinable", "BLUE": "kept"}),
        ("at an edge of place", [finding("a", party="RED", place_uncertain=True)],
         {"RED": "suspected", "BLUE": "kept"}),
        ("at an edge of place, proven", [*proven(party="RED", place_uncertain=True)],
         {"RED": "suspected", "BLUE": "kept"}),
        ("doubtful twice", [finding(n, party="RED", lineage=n, doubts=("jump",)) for n in "ab"],
         {"RED": "suspected", "BLUE": "kept"}),
        ("by somebody who is not bound", [*proven(party="GREEN")], KEPT),
    ],
)  # fmt: skip
def test_the_table(stand, case, findings, expected):
    whole, _ = stand(*findings)
    assert words(whole) == expected, case


def decide(name, decision):
    return Review(name, decision, "duty officer", "seen on video", at("06-04 08:00"))


@pytest.mark.parametrize(
    ("decision", "findings", "expected"),
    [
        ("confirm", [finding("a", party="RED")], {"RED": "breached", "BLUE": "kept"}),
        ("contest", [*proven(party="RED")], {"RED": "suspected", "BLUE": "kept"}),
        ("dismiss", [*proven(party="RED")], KEPT),
        ("dismiss", [*proven()], KEPT),
        ("confirm", [finding("a", party="RED", excused_by="return-fire")], KEPT),
        ("confirm", [finding("a")],
         {"RED": "not determinable", "BLUE": "not determinable", UNDETERMINED: "breached"}),
    ],
)  # fmt: skip
def test_what_a_reviewer_decides(stand, decision, findings, expected):
    whole, _ = stand(*findings, reviews=[decide("a", decision)])
    assert words(whole) == expected


@pytest.mark.parametrize(
    ("coverage", "why"),
    [
        ((), "no coverage"),
        ((watcher("post", ["shelling", "drone-strike"], probability=0.5),), "50\u00a0% of zone and time was watched"),
        ((watcher("post", ["shelling", "drone-strike"], probability=None),), "not known"),
        ((watcher("post", ["shelling"]),), "no coverage counts"),
        ((watcher("post", ["shelling", "drone-strike"], area="Atlantis"),), "no coverage"),
    ],
)
def test_without_enough_coverage_it_is_not_determinable(stand, coverage, why):
    whole, _ = stand(coverage=coverage)
    assert words(whole) == {"RED": "not determinable", "BLUE": "not determinable"}
    assert why in whole[0].reasons[0]


def test_a_clause_that_asks_for_no_share_is_never_kept(stand):
    whole, _ = stand(clause=CLAUSE.replace("coverage = 0.6\n", ""))
    assert set(words(whole).values()) == {"not determinable"}
    assert '"kept" is never said' in whole[0].reasons[0]


def test_a_required_share_of_zero_does_not_make_silence_kept(stand):
    zero = CLAUSE.replace("0.6", "0.0")
    assert set(words(stand(clause=zero, coverage=())[0]).values()) == {"not determinable"}
    elsewhere = (watcher("post", ["shelling", "drone-strike"], area="UA-14"),)
    whole, _ = stand(clause=zero, coverage=elsewhere)
    assert whole[0].watch.share == 0.0
    assert set(words(whole).values()) == {"not determinable"}


def test_who_watches_one_party_keeps_only_that_one(stand):
    whole, _ = stand(coverage=[{**SEEN[0], "party": "RED"}])
    assert words(whole) == {"RED": "kept", "BLUE": "not determinable"}


def test_each_period_by_itself(stand):
    _, periods = stand(*proven(party="RED", start="06-02 12:00"))
    assert [words(standings)["RED"] for _, standings in periods] == ["kept", "breached", "kept"]


def test_periods_are_counted_back_from_the_cut_off(stand):
    whole, periods = stand(cut_off=at("06-02 19:30"))
    assert [interval for interval, _ in periods] == [
        span("06-01 00:00", "06-01 19:30"), span("06-01 19:30", "06-02 19:30"),
    ]  # fmt: skip
    assert whole[0].interval == span("06-01 00:00", "06-02 19:30")


def test_a_row_as_wide_as_an_edge_of_periods_is_in_neither(stand):
    wide = finding("a", "06-01 20:00", "06-02 04:00", party="RED")
    whole, periods = stand(wide)
    assert words(whole)["RED"] == "suspected"
    assert [words(s)["RED"] for _, s in periods] == ["not determinable", "not determinable", "kept"]


def test_a_stay_over_an_edge_of_periods_is_in_both(stand):
    over = [
        finding(n, "06-01 20:00", "06-02 04:00", party="RED", kind="entry", platform="mmsi:1", lineage=n) for n in "ab"
    ]
    _, periods = stand(*over)
    assert [words(s)["RED"] for _, s in periods] == ["breached", "breached", "kept"]


def test_coverage_is_measured_for_each_period(stand):
    _, periods = stand(coverage=[{**SEEN[0], "end_utc": at("06-02 12:00")}])
    assert [(words(s)["RED"], round(s[0].watch.share, 2)) for _, s in periods] == [
        ("kept", 0.9), ("not determinable", 0.45), ("not determinable", 0.0),
    ]  # fmt: skip


def test_a_kind_without_meaning_is_not_evaluated(stand):
    whole, periods = stand(evaluated=False)
    assert set(words(whole).values()) == {"not evaluated"}
    assert {str(s.word) for _, standings in periods for s in standings} == {"not evaluated"}


@pytest.mark.parametrize(
    ("change", "word", "why"),
    [
        ('after = "determination corridor-open"', "not in force", "condition not met"),
        ('starts = "2025-06-10T00:00Z"\nends = "2025-06-12T00:00Z"', "not in force", "before the cut-off"),
        ('starts = "2025-06-02 Europe/Kyiv"\nends = "2025-06-02 Europe/Kyiv"', "not determinable", "no hour"),
    ],
)
def test_what_is_not_running(stand, change, word, why):
    whole, periods = stand(clause=CLAUSE.replace("coverage", change + "\ncoverage"))
    assert set(words(whole).values()) == {word}
    assert why in whole[0].reasons[0]
    assert periods == ()


def test_a_condition_that_was_determined_puts_it_in_force(stand):
    clause = CLAUSE.replace("coverage", 'after = "determination corridor-open"\ncoverage')
    whole, _ = stand(clause=clause, determined={"corridor-open": at("06-02 00:00")})
    assert words(whole) == KEPT
    assert whole[0].interval == span("06-02 00:00", "06-04 00:00")


def test_no_incident_releases_a_party(stand):
    clause = CLAUSE.replace("coverage", 'released_by = "determination breach-by-blue"\ncoverage')
    broken = [*proven(party="BLUE", start="06-01 06:00"), *proven("z", party="RED", start="06-02 12:00")]
    whole, _ = stand(*broken, clause=clause, reviews=[decide("a", "confirm")])
    assert words(whole) == {"RED": "breached", "BLUE": "breached"}
    assert whole[0].interval == span("06-01 00:00", "06-04 00:00")


def test_a_party_with_a_later_clock_is_not_in_force_before(stand):
    clause = CLAUSE.replace("coverage", 'starts = { RED = "2025-06-01T00:00Z", BLUE = "2025-06-02T00:00Z" }\ncoverage')
    whole, periods = stand(clause=clause)
    assert words(whole) == KEPT
    assert [words(s)["BLUE"] for _, s in periods] == ["not in force", "kept", "kept"]


def test_coverage_counts_in_a_partys_own_time_only(stand):
    clause = CLAUSE.replace("coverage", 'starts = { RED = "2025-06-01T00:00Z", BLUE = "2025-06-03T00:00Z" }\ncoverage')
    whole, _ = stand(clause=clause, coverage=[{**SEEN[0], "start_utc": at("06-03 00:00")}])
    assert words(whole) == {"RED": "not determinable", "BLUE": "kept"}


def test_every_standing_has_a_reason(stand):
    for findings in ([], [finding("a")], [*proven(party="RED")], [finding("a", indicator=True)]):
        whole, periods = stand(*findings)
        for standing in (*whole, *(s for _, standings in periods for s in standings)):
            assert standing.reasons
            assert all(reason == reason.strip() != "" for reason in standing.reasons)


chances = st.one_of(st.none(), st.just(0.0), st.floats(0, 1))
coverages = st.lists(
    st.builds(
        lambda chance, detects, area, party, first, days: watcher(
            "post", detects, probability=chance, area=area, party=party, start=f"06-0{first} 00:00",
            end=f"06-0{min(first + days, 5)} 00:00",
        ),
        chances,
        st.sampled_from([["shelling"], ["shelling", "drone-strike"], ["drone-strike"], ["vessel"]]),
        st.sampled_from(["strait", "everywhere", "Atlantis", "UA-14"]),
        st.sampled_from([None, "RED", "BLUE"]),
        st.integers(1, 4),
        st.integers(1, 4),
    ),
    max_size=4,
)  # fmt: skip
some = st.lists(
    st.builds(
        lambda n, day, party, lineage, hint, edge, place, doubts, excuse: finding(
            f"{n:03}", f"06-0{day} 12:00", party=party, lineage=lineage, indicator=hint, edge_uncertain=edge,
            place_uncertain=place, doubts=doubts, excused_by=excuse,
        ),
        st.integers(0, 99), st.integers(1, 3), st.sampled_from(["RED", "BLUE", UNDETERMINED]),
        st.sampled_from(["post", "camera"]), st.booleans(), st.booleans(), st.booleans(),
        st.sampled_from([(), ("jump",)]), st.sampled_from([None, None, "return-fire"]),
    ),
    max_size=5,
    unique_by=lambda f: f.id,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(coverages, some, st.sampled_from([None, 0.0, 0.3, 0.6, 1.0]))
def test_nothing_unknown_ever_makes_kept(folder, coverage, findings, required):
    clause = CLAUSE.replace("coverage = 0.6\n", "" if required is None else f"coverage = {required}\n")
    agreement = agree(folder, clause)
    incidents = fuse(findings, agreement, (), CUT_OFF)
    whole, periods = judge(
        terms_of(agreement), ("shelling", "drone-strike"), incidents, gathered((), (), (), coverage),
        findings=findings, cut_off=CUT_OFF, period=DAY,
    )  # fmt: skip
    for standing in (*whole, *(s for _, standings in periods for s in standings)):
        mine = {standing.party, UNDETERMINED}
        open_ = [f for f in findings if f.party in mine and not f.excused_by and f.span.start in standing.interval]
        if standing.word is Word.KEPT:
            assert required is not None
            assert standing.watch.share is not None
            assert 0 < standing.watch.share >= required
            assert not open_
        if standing.word is Word.BREACHED:
            assert len({f.lineage for f in findings if not f.indicator}) >= 2
