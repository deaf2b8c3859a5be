"""Before anyone signs: which clauses no listed evidence could verify, and why."""

import pytest
from by_hand import agree, gathered, source, watcher

from truceline.agreement import resolve
from truceline.clauses import unverifiable

CLAUSE = """
```clause c
kind = "no-entry"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["warship"]
coverage = 0.6
```

```zone far
circle = { center = [10.0, 50.0], radius = "5 km" }
```
"""


def warn(tmp_path, *coverage, clause=CLAUSE, **more):
    agreement = agree(tmp_path, clause)
    return unverifiable(agreement, resolve(agreement, {}), gathered((), (), coverage=coverage, **more).plan)


def test_a_radar_that_watches_the_zone_is_enough(tmp_path):
    assert warn(tmp_path, watcher("radar", ["vessel"])) == []


@pytest.mark.parametrize(
    ("coverage", "why"),
    [
        ([], "no coverage is declared"),
        ([watcher("radar", ["drone"])], "does not detect it"),
        ([watcher("radar", ["vessel"], area="far")], "it watches elsewhere"),
        ([watcher("radar", ["vessel"], area="Atlantis")], "nobody knows where Atlantis is"),
        ([watcher("radar", ["vessel"], probability=None)], "how well it sees is not declared"),
        ([watcher("radar", ["vessel"], probability=0.0)], "it declares that it sees nothing"),
        ([watcher("radar", ["vessel"], start="05-01 00:00", end="05-02 00:00")], "it watches at another time"),
        ([watcher("", ["vessel"], provider="a state")], "its silence never reaches us"),
    ],
)
def test_what_is_not_enough_and_why(tmp_path, coverage, why):
    (problem,) = warn(tmp_path, *coverage)
    assert problem.severity == "warning"
    assert "no listed evidence could see warship by RED, BLUE" in problem.what
    assert why in problem.found


def test_a_transponder_is_not_enough_for_warships(tmp_path):
    (problem,) = warn(tmp_path, watcher("ais", ["vessel"]), sources=[source("ais", "nmea")])
    assert "a transponder's silence says nothing of warship" in problem.found


def test_who_watches_one_party_leaves_the_other(tmp_path):
    (problem,) = warn(tmp_path, watcher("radar", ["vessel"], party="RED"))
    assert "could see warship by BLUE" in problem.what
    assert "it watches RED only" in problem.found


def test_each_kind_of_breach_is_asked_for(tmp_path):
    clause = CLAUSE.replace('["warship"]', '["warship", "drone"]')
    (problem,) = warn(tmp_path, watcher("radar", ["vessel"]), clause=clause)
    assert "could see drone" in problem.what


def test_what_nothing_sees_for_the_same_reason_is_said_once(tmp_path):
    clause = CLAUSE.replace('["warship"]', '["warship", "drone", "missile"]')
    (problem,) = warn(tmp_path, watcher("post", ["shelling"]), clause=clause)
    assert "could see warship, drone, missile by RED, BLUE" in problem.what


def test_a_clause_that_asks_for_no_share_can_never_be_kept(tmp_path):
    (problem,) = warn(tmp_path, watcher("radar", ["vessel"]), clause=CLAUSE.replace("coverage = 0.6\n", ""))
    assert '"kept"' in problem.what


@pytest.mark.parametrize("kind", ["text", "notify"])
def test_what_is_not_judged_needs_no_evidence(tmp_path, kind):
    assert warn(tmp_path, clause=f'\n```clause c\nkind = "{kind}"\nbinds = ["RED"]\n```\n') == []


def test_a_party_that_the_agreement_does_not_have_is_warned_of(tmp_path):
    platform = {"platform": "mmsi:200000001", "category": "warship", "party": "Redlnad"}
    (problem,) = warn(tmp_path, watcher("radar", ["vessel"]), platforms=[platform])
    assert "platform mmsi:200000001" in problem.what
    assert '"Redlnad"' in problem.found
