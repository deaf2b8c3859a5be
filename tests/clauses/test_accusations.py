"""What one party says against another: heard, weighed less, and never by itself an attribution."""

import pytest

from truceline.case import Options, assess
from truceline.casefile import read_case
from truceline.model import UNDETERMINED

AGREEMENT = """# A truce

```agreement
id = "t"
status = "signed"
starts = "2026-01-01T00:00Z"
ends = "3 d"
```

```party RED
name = "Red"
status = "accepted"
names = ["Reds"]
```

```party BLUE
name = "Blue"
status = "accepted"
```

## Article 1

```clause fire
kind = "no-attack"
binds = ["RED", "BLUE"]
events = ["shelling"]
coverage = 0.6
```
"""
SOURCE = """
[[source]]
path = "{name}.csv"
format = "csv"
kind = "shelling"
reliability = "{grade}"
{party}
"""


def judge(folder, *sources: tuple[str, str, str, str]):
    """Return the one incident of sources (name, whose it is, its grade, whom it names), and the standings."""
    (folder / "agreement.md").write_text(AGREEMENT)
    listing = ""
    for name, party, grade, actor in sources:
        (folder / f"{name}.csv").write_text(f"start_utc,lon,lat,actor,text\n2026-01-02T10:00Z,30,46,{actor},{name}\n")
        listing += SOURCE.format(name=name, grade=grade, party=f'party = "{party}"' if party else "")
    (folder / "evidence.toml").write_text(listing)
    assessment, _ = assess(read_case(folder), Options(), folder / "tables", lambda _: None)
    (incident,) = assessment.incidents
    return incident, {standing.party: str(standing.word) for standing in assessment.clauses[0].standings}


def test_an_accusation_alone_is_a_suspicion(tmp_path):
    incident, standings = judge(tmp_path, ("red-army", "RED", "A", "BLUE"))
    assert (incident.status, incident.party) == ("alleged", "BLUE")
    assert "said of another party by RED's own source" in " ".join(incident.reasons)
    assert standings["BLUE"] == "suspected"


def test_two_services_of_one_party_stay_an_allegation(tmp_path):
    """They are two origins; they are no two witnesses."""
    incident, standings = judge(tmp_path, ("red-army", "RED", "A", "BLUE"), ("red-police", "Reds", "A", "BLUE"))
    assert (incident.status, incident.party) == ("alleged", "BLUE")
    assert standings["BLUE"] == "suspected"


@pytest.mark.parametrize("grades", ["AF", "FA", "BB"])
def test_beside_a_witness_who_names_nobody_it_attributes_nothing(tmp_path, grades):
    incident, standings = judge(tmp_path, ("red-army", "RED", grades[0], "BLUE"), ("mission", "", grades[1], ""))
    assert (incident.status, dict(incident.parties)) == ("corroborated", {UNDETERMINED: 1.0})
    assert standings[UNDETERMINED] == "breached"
    assert standings["BLUE"] == "not determinable"


def test_beside_a_witness_who_names_the_same_party_it_is_attributed(tmp_path):
    incident, standings = judge(tmp_path, ("red-army", "RED", "A", "BLUE"), ("mission", "", "F", "BLUE"))
    assert (incident.status, incident.party) == ("corroborated", "BLUE")
    assert standings["BLUE"] == "breached"


def test_each_party_may_accuse_the_other_and_neither_is_believed(tmp_path):
    sources = ("red-army", "RED", "A", "BLUE"), ("blue-army", "BLUE", "A", "RED"), ("mission", "", "B", "")
    incident, standings = judge(tmp_path, *sources)
    assert dict(incident.parties) == {UNDETERMINED: 1.0}
    assert standings["RED"] == standings["BLUE"] == "not determinable"


def test_what_a_party_says_of_itself_counts(tmp_path):
    incident, _ = judge(tmp_path, ("red-army", "RED", "B", "RED"), ("mission", "", "B", ""))
    assert (incident.status, incident.party) == ("corroborated", "RED")
    said = " ".join(incident.reasons)
    assert "said of another party" not in said
    assert "1 of 2 origins names RED: red-army; the others cannot say who" in said
