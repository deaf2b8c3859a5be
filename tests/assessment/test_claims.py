"""The parties' own counts stand beside the evidence, in their own units."""

from by_hand import agree, at, event, gathered

from truceline.assessment.claims import read_claims
from truceline.model import Row

CLAUSE = '\n```clause c\nkind = "no-attack"\nbinds = ["RED"]\nevents = ["shelling"]\n```\n'


def test_a_claim_keeps_its_claimant_its_number_and_its_unit(tmp_path):
    rows = [
        event("claim", "06-02 00:00", "06-03 00:00", actor="Blueland", quantity=2935.0, unit="violations", text="30 h"),
        event("claim", "06-01 00:00", "06-02 00:00", actor="red navy", text="none"),
        event("claim", "06-03 00:00", actor="Greenland"),
        event("shelling", "06-01 00:00", actor="RED"),
    ]  # fmt: skip
    claims = read_claims(gathered(rows), agree(tmp_path, CLAUSE))
    assert [(c.party, c.quantity, c.unit, c.text, c.source) for c in claims] == [
        ("RED", None, None, "none", "watch"),
        ("BLUE", 2935.0, "violations", "30 h", "watch"),
        ("Greenland", None, None, "", "watch"),
    ]
    assert claims[1].row == Row(1, 1)
    assert (claims[1].span.start, claims[1].span.end) == (at("06-02 00:00"), at("06-03 00:00"))


def test_no_claims_are_none(tmp_path):
    assert read_claims(gathered(), agree(tmp_path, CLAUSE)) == ()
