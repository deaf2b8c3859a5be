"""What a source could have seen, and whom a name in the evidence means."""

import pytest
from by_hand import HEAD, agree, source

from truceline.agreement.actors import find_body, find_party, name_bodies, name_parties
from truceline.evidence import SOURCES
from truceline.evidence.sight import AIRCRAFT, VESSELS, is_cooperative, needs_of_platform, sees, why_blind
from truceline.model import UNDETERMINED


@pytest.mark.parametrize(
    ("detects", "need", "seen"),
    [
        (["vessel"], "warship", True),
        (["vessel"], "vessel", True),
        (["warship"], "vessel", False),
        (["aircraft"], "drone", True),
        (["aircraft"], "warship", False),
        (["shelling"], "shelling", True),
        (["explosion"], "shelling", False),
        ([], "shelling", False),
    ],
)
def test_a_root_means_its_branches_and_a_branch_not_its_root(detects, need, seen):
    assert sees(detects, need) is seen


def test_a_named_platform_may_go_dark_so_its_root_must_be_watched():
    assert [needs_of_platform(p) for p in ("mmsi:200000001", "icao:4baac6", "drone")] == ["vessel", "aircraft", "drone"]


@pytest.mark.parametrize("need", ["warship", "military-aircraft", "drone", "missile", "vessel", "aircraft", "shelling"])
def test_no_cooperative_format_ever_sees_who_does_not_transmit(need):
    formats = [name for name, form in SOURCES.items() if form.cooperative]
    assert "nmea" in formats
    for name in formats:
        assert is_cooperative(source("s", name))
        assert why_blind([source("s", name)], [need, "vessel", "aircraft"], need) is not None


def test_every_category_has_a_root():
    assert (VESSELS[0], AIRCRAFT[0]) == ("vessel", "aircraft")
    assert not set(VESSELS) & set(AIRCRAFT)


def test_one_of_several_sources_is_enough():
    ais, radar = source("ais", "nmea"), source("radar")
    assert why_blind([ais, radar], ["vessel"], "warship") is None
    assert why_blind([ais], ["vessel"], "warship") is not None
    assert why_blind([], ["vessel"], "warship") is not None


def test_a_name_that_two_parties_share_means_neither(tmp_path):
    shared = HEAD.replace('name = "Blueland"', 'name = "Blueland"\nnames = ["the navy"]')
    shared = shared.replace('names = ["Red Navy"]', 'names = ["Red Navy", "The  Navy"]')
    agreement = agree(tmp_path, '\n```clause c\nkind = "text"\nbinds = ["RED"]\n```\n', shared)
    names = name_parties(agreement)
    assert find_party("the navy", names) == UNDETERMINED
    assert find_party("RED NAVY", names) == "RED"
    assert find_body("Mission council", name_bodies(agreement)) == "council"
    assert find_body("RED", name_bodies(agreement)) is None
