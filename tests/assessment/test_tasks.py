"""What someone must do: deadlines follow determinations, inquiries follow suspicions, nothing is stronger."""

import pytest
from by_hand import HEAD, agree, at, event, finding, gathered

from truceline.assessment.determinations import note_ignored, read_determinations
from truceline.assessment.incidents import fuse
from truceline.assessment.tasks import open_tasks
from truceline.model import UNDETERMINED, Review

CLAUSE = """
```clause c
kind = "no-attack"
binds = ["RED", "BLUE"]
events = ["shelling"]
ends = "until determination repair-done"
released_by = "determination peace by council"
```

```clause d
kind = "text"
binds = ["RED"]
after = "determination warned by RED"
```
"""
RESPONSE = """
```response hearing
of = "c"
owner = "council"
within = "24 h"
text = "Hear the party and publish what was found."
```
"""
CUT_OFF = at("06-04 00:00")


def tasks(tmp_path, *findings, determined=None, reviews=(), body=CLAUSE + RESPONSE, head=HEAD):
    agreement = agree(tmp_path, body, head)
    incidents = fuse(findings, agreement, reviews, CUT_OFF)
    return open_tasks(agreement, incidents, determined or {}, CUT_OFF), incidents


def test_a_suspicion_opens_an_inquiry_with_a_right_of_reply(tmp_path):
    (task,), (incident,) = tasks(tmp_path, finding("a", party="RED"))
    assert (task.kind, task.owner, task.due, task.incident) == ("inquiry", "council", None, incident.id)
    assert "ask Redland for a reply" in task.text


def test_a_suspicion_of_nobody_known_asks_the_parties(tmp_path):
    (task,), _ = tasks(tmp_path, finding("a", party=UNDETERMINED))
    assert "ask the parties for a reply" in task.text


def test_however_strong_an_incident_is_it_opens_no_deadline(tmp_path):
    proof = [finding(name, party="RED", lineage=name) for name in ("post", "camera", "radar")]
    review = Review("post", "confirm", "duty officer", "seen", at("06-02 00:00"))
    found, (incident,) = tasks(tmp_path, *proof, reviews=[review])
    assert str(incident.status) == "confirmed"
    assert {task.kind for task in found} == {"inquiry"}


@pytest.mark.parametrize("about", ["breach c", "breach {id}", "breach a"])
def test_a_determination_opens_the_deadline(tmp_path, about):
    _, (incident,) = tasks(tmp_path, finding("a", party="RED"))
    made = {about.format(id=incident.id): at("06-02 08:00")}
    found, _ = tasks(tmp_path, finding("a", party="RED"), determined=made)
    deadline, inquiry = found
    assert (deadline.kind, deadline.response, deadline.clause) == ("deadline", "hearing", "c")
    assert (deadline.opened, deadline.due) == (at("06-02 08:00"), at("06-03 08:00"))
    assert "Hear the party" in deadline.text
    assert inquiry.kind == "inquiry"


@pytest.mark.parametrize("about", ["repair-done", "breach d", "breach 0123456789abcdef"])
def test_a_determination_of_something_else_opens_none(tmp_path, about):
    found, _ = tasks(tmp_path, finding("a", party="RED"), determined={about: at("06-02 08:00")})
    assert {task.kind for task in found} == {"inquiry"}


def test_a_determination_after_the_cut_off_opens_none_yet(tmp_path):
    found, _ = tasks(tmp_path, determined={"breach c": at("06-05 08:00")})
    assert found == ()


def test_a_response_without_a_time_has_no_due_date(tmp_path):
    body = CLAUSE + RESPONSE.replace('within = "24 h"\n', "")
    (task,), _ = tasks(tmp_path, determined={"breach c": at("06-02 08:00")}, body=body)
    assert task.due is None


@pytest.mark.parametrize("calm", [{"excused_by": "return-fire"}, {"indicator": True}])
def test_what_is_no_suspicion_opens_nothing(tmp_path, calm):
    assert tasks(tmp_path, finding("a", **calm))[0] == ()


def test_a_dismissed_incident_opens_nothing(tmp_path):
    review = Review("a", "dismiss", "duty officer", "a quarry", at("06-02 00:00"))
    assert tasks(tmp_path, finding("a"), reviews=[review])[0] == ()


def test_without_responses_the_bodies_have_the_inquiry(tmp_path):
    (task,), _ = tasks(tmp_path, finding("a"), body=CLAUSE)
    assert (task.owner, task.response) == ("council", "")


def test_without_bodies_the_parties_have_it(tmp_path):
    nobody = HEAD.replace('```body council\nname = "Joint council"\nnames = ["mission council"]\n```\n', "")
    body = CLAUSE.replace(" by council", "")
    (task,), _ = tasks(tmp_path, finding("a"), body=body, head=nobody)
    assert task.owner == "the parties"


def said(actor, name, when="06-02 12:00", kind="determination"):
    return event(kind, when, actor=actor, object=name)


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (said("council", "repair-done"), True),
        (said("Mission  Council", "repair-done"), True),
        (said("RED", "repair-done"), False),
        (said("Greenland", "repair-done"), False),
        (said(None, "repair-done"), False),
        (said("council", "repair-done", kind="notification"), False),
        (said("council", "peace"), True),
        (said("BLUE", "peace"), False),
        (said("RED", "warned", kind="notification"), True),
        (said("Red Navy", "warned"), True),
        (said("BLUE", "warned", kind="notification"), False),
        (said("council", "warned"), False),
        (said("council", "breach c"), True),
        (said("RED", "breach c"), False),
    ],
)
def test_only_those_whom_the_text_names_determine(tmp_path, row, counts):
    agreement = agree(tmp_path, CLAUSE)
    made = read_determinations(gathered([row]), agreement)
    assert made == ({row["object"]: at("06-02 12:00")} if counts else {})
    assert len(note_ignored(gathered([row]), agreement)) == (0 if counts else 1)


def test_an_ordinary_notification_determines_nothing_and_is_not_noted(tmp_path):
    agreement, row = agree(tmp_path, CLAUSE), said("RED", "rescue flight", kind="notification")
    assert read_determinations(gathered([row]), agreement) == {}
    assert note_ignored(gathered([row]), agreement) == ()


def test_the_first_of_several_counts(tmp_path):
    rows = [said("council", "repair-done", f"06-0{day} 12:00") for day in (3, 2)]
    assert read_determinations(gathered(rows), agree(tmp_path, CLAUSE)) == {"repair-done": at("06-02 12:00")}
