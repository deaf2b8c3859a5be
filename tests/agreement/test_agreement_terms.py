"""When each clause holds, for whom, under each reading: from declared words to UTC."""

from datetime import UTC, datetime

import pytest

from truceline.agreement import resolve, wanted_determinations
from truceline.model import Word

JAN_20 = datetime(2026, 1, 20, 12, tzinfo=UTC)
JAN_25 = datetime(2026, 1, 25, 12, tzinfo=UTC)
OPEN = 'starts = "2026-01-10T00:00 UTC"\nends = "open"'
FIRE = '```clause fire\nkind = "no-attack"\nbinds = ["UA", "RU"]\n'


def only(agreement, determinations=None):
    """Return the terms of a document that has one clause and one reading."""
    (terms,) = resolve(agreement, determinations or {})
    return terms


# --- clocks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "certain", "possible"),
    [
        (
            'starts = "2020-07-27T00:01 Europe/Kyiv"\nends = "open"',
            "2020-07-26T21:01:00Z/open",
            "2020-07-26T21:01:00Z/open",
        ),
        (
            'starts = "2023-01-06T12:00 Europe/Moscow"\nends = "2023-01-07T24:00 Europe/Moscow"',
            "2023-01-06T09:00:00Z/2023-01-07T21:00:00Z",
            "2023-01-06T09:00:00Z/2023-01-07T21:00:00Z",
        ),
        (
            'starts = "2026-04-11T16:00 Europe/Kyiv"\nends = "end of 2026-04-12 Europe/Kyiv"',
            "2026-04-11T13:00:00Z/2026-04-12T21:00:00Z",
            "2026-04-11T13:00:00Z/2026-04-12T21:00:00Z",
        ),
        (
            "starts = 2020-07-27T00:01:00+03:00\nends = 2020-08-01T00:00:00Z",
            "2020-07-26T21:01:00Z/2020-08-01T00:00:00Z",
            "2020-07-26T21:01:00Z/2020-08-01T00:00:00Z",
        ),
        # A day without an hour is as wide as that day: certain only when it is over.
        (
            'starts = "2026-05-09 Europe/Kyiv"\nends = "72 h"',
            "2026-05-09T21:00:00Z/2026-05-11T21:00:00Z",
            "2026-05-08T21:00:00Z/2026-05-12T21:00:00Z",
        ),
        (
            'starts = "2026-05-09 Europe/Kyiv"\nends = "2026-05-11 Europe/Kyiv"',
            "2026-05-09T21:00:00Z/2026-05-10T21:00:00Z",
            "2026-05-08T21:00:00Z/2026-05-11T21:00:00Z",
        ),
        (
            (
                'starts = { not_before = "2015-02-15T00:00 +02:00", not_after = "2015-02-17T00:00 +02:00" }\n'
                'ends = { not_before = "2015-03-01T00:00 +02:00", not_after = 2015-03-03T00:00:00+02:00 }'
            ),
            "2015-02-16T22:00:00Z/2015-02-28T22:00:00Z",
            "2015-02-14T22:00:00Z/2015-03-02T22:00:00Z",
        ),
        # Clocks go forward in between: the duration is elapsed time.
        (
            'starts = "2026-03-28T12:00 Europe/Kyiv"\nends = "1 d"',
            "2026-03-28T10:00:00Z/2026-03-29T10:00:00Z",
            "2026-03-28T10:00:00Z/2026-03-29T10:00:00Z",
        ),
    ],
)
def test_declared_times_become_utc(truce, keys, certain, possible):
    terms = only(truce(keys))
    assert (str(terms.interval), str(terms.possible)) == (certain, possible)
    assert terms.by_party == {"UA": terms.interval, "RU": terms.interval}
    assert terms.lapsed == {}
    assert terms.reading == "as declared"


def test_clocks_are_told_as_declared_and_in_utc(truce):
    terms = only(truce('starts = "2026-05-09 Europe/Kyiv"\nends = "2026-05-11T00:00 Europe/Kyiv"'))
    assert terms.clocks == (
        "starts 2026-05-09 Europe/Kyiv = between 2026-05-08T21:00:00Z and 2026-05-09T21:00:00Z",
        "ends 2026-05-11T00:00 Europe/Kyiv = 2026-05-10T21:00:00Z",
    )


def test_a_single_day_without_hours_leaves_nothing_certain(truce):
    terms = only(truce('starts = "2026-05-09 Europe/Kyiv"\nends = "end of 2026-05-09 Europe/Kyiv"'))
    assert terms.interval is None
    assert str(terms.possible) == "2026-05-08T21:00:00Z/2026-05-09T21:00:00Z"
    assert terms.lapsed["UA"][0] is Word.NOT_DETERMINABLE
    assert "no hour" in terms.lapsed["UA"][1]


def test_each_party_may_have_its_own_clock(truce):
    terms = only(
        truce(
            'starts = { UA = "2025-03-25T18:00 Europe/Kyiv", RU = "2025-03-18T12:00 Europe/Moscow" }\n'
            'ends = "2025-04-17T00:00 UTC"'
        )
    )
    assert str(terms.by_party["UA"]) == "2025-03-25T16:00:00Z/2025-04-17T00:00:00Z"
    assert str(terms.by_party["RU"]) == "2025-03-18T09:00:00Z/2025-04-17T00:00:00Z"
    assert str(terms.interval) == "2025-03-18T09:00:00Z/2025-04-17T00:00:00Z"
    assert terms.clocks[0] == "starts 2025-03-25T18:00 Europe/Kyiv = 2025-03-25T16:00:00Z (UA)"
    assert terms.clocks[1] == "ends 2025-04-17T00:00 UTC = 2025-04-17T00:00:00Z"


def test_the_clock_of_the_clause_goes_before_the_party_and_the_party_before_the_agreement(read):
    agreement = read("""
        ```agreement
        id = "t"
        status = "mirrored"
        starts = "2026-01-10T00:00 UTC"
        ends = "open"
        ```

        ```party UA
        name = "Ukraine"
        status = "mirrored"
        starts = "2026-01-11T00:00 UTC"
        ```

        ```party RU
        name = "Russian Federation"
        status = "declared"
        ```

        ```clause fire
        kind = "no-attack"
        binds = ["UA", "RU"]
        ```

        ```clause mines
        kind = "no-attack"
        binds = ["UA", "RU"]
        starts = { RU = "2026-01-12T00:00 UTC" }
        ends = "10 d"
        ```
        """)
    fire, mines = resolve(agreement, {})
    assert str(fire.by_party["UA"]) == "2026-01-11T00:00:00Z/open"
    assert str(fire.by_party["RU"]) == "2026-01-10T00:00:00Z/open"
    assert str(mines.by_party["UA"]) == "2026-01-11T00:00:00Z/2026-01-21T00:00:00Z"
    assert str(mines.by_party["RU"]) == "2026-01-12T00:00:00Z/2026-01-22T00:00:00Z"


def test_the_clock_of_a_group_is_that_of_its_members_unless_they_have_their_own(truce):
    terms = only(
        truce(
            'starts = { both = "2026-01-10T00:00 UTC", RU = "2026-01-11T00:00 UTC" }\nends = "open"',
            '```group both\nname = "Both"\nmembers = ["UA", "RU"]\n```\n' + FIRE + "```\n",
        )
    )
    assert str(terms.by_party["UA"]) == "2026-01-10T00:00:00Z/open"
    assert str(terms.by_party["RU"]) == "2026-01-11T00:00:00Z/open"


# --- readings ---------------------------------------------------------------------------------


ENERGY = """
starts = "2025-03-18T12:00 Europe/Moscow"
ends = "30 d"

[[alternatives]]
name = "as stated by RU"
starts = "2025-03-18T12:00 Europe/Moscow"

[[alternatives]]
name = "as stated by UA"
starts = "2025-03-25T18:00 Europe/Kyiv"
note = "It begins when the list is published."
"""


def test_there_is_an_answer_for_each_reading(truce):
    one, other = resolve(truce(ENERGY), {})
    assert (one.reading, other.reading) == ("as stated by RU", "as stated by UA")
    assert str(one.interval) == "2025-03-18T09:00:00Z/2025-04-17T09:00:00Z"
    assert str(other.interval) == "2025-03-25T16:00:00Z/2025-04-24T16:00:00Z"
    assert other.notes == ("It begins when the list is published.",)


def test_readings_of_a_clause_go_with_those_of_the_agreement(truce):
    blocks = """
        ```zone kyiv
        circle = { center = [30.5, 50.45], radius = "30 km" }
        ```

        ```zone cities
        circle = { center = [30.5, 50.45], radius = "300 km" }
        ```

        ```clause fire
        kind = "no-attack"
        binds = ["UA", "RU"]
        coverage = 0.5

        [[alternatives]]
        name = "as stated by RU"
        zone = "kyiv"

        [[alternatives]]
        name = "as stated by UA"
        zone = "cities"
        coverage = 0.8
        ```

        ```clause words
        kind = "text"
        binds = ["UA", "RU"]
        ```
        """
    terms = resolve(truce(ENERGY, blocks), {})
    assert [(each.clause.id, each.reading, each.zone and each.zone.id) for each in terms] == [
        ("fire", "as stated by RU", "kyiv"),
        ("fire", "as stated by UA", "cities"),
        ("words", "as stated by RU", None),
        ("words", "as stated by UA", None),
    ]
    assert [each.values.get("coverage") for each in terms] == [0.5, 0.8, None, None]
    assert "alternatives" not in terms[0].values


def test_a_clause_may_be_read_in_two_ways_by_itself(truce):
    blocks = (
        FIRE + '[[alternatives]]\nname = "wide"\ncoverage = 0.5\n[[alternatives]]\nname = "narrow"\ncoverage = 1\n```\n'
    )
    terms = resolve(truce(OPEN, blocks + '\n```clause words\nkind = "text"\nbinds = ["UA"]\n```\n'), {})
    assert [(each.clause.id, each.reading) for each in terms] == [
        ("fire", "wide"),
        ("fire", "narrow"),
        ("words", "as declared"),
    ]


def test_a_reading_may_give_the_scope_of_all_clauses_without_a_zone(truce):
    keys = (
        OPEN
        + '\n[[alternatives]]\nname = "front only"\nzone = "front"\n[[alternatives]]\nname = "everywhere"\nends = "9 d"'
    )
    blocks = (
        "```zone front\npolygon = [[36, 47], [38, 47], [38, 49]]\n```\n\n"
        "```zone sea\npolygon = [[30, 45], [32, 45], [32, 46]]\n```\n\n"
        + FIRE
        + '```\n\n```clause ships\nkind = "no-entry"\nbinds = ["RU"]\nzone = "sea"\n```\n'
    )
    terms = resolve(truce(keys, blocks), {})
    assert [(each.clause.id, each.reading, each.zone and each.zone.id) for each in terms] == [
        ("fire", "front only", "front"),
        ("fire", "everywhere", None),
        ("ships", "front only", "sea"),
        ("ships", "everywhere", "sea"),
    ]


# --- events, conditions, release --------------------------------------------------------------


def test_a_truce_that_ends_by_an_event_is_open_until_a_body_determines_it(truce):
    agreement = truce('starts = "2026-01-10T00:00 UTC"\nends = "until determination repair-done by panel"')
    waiting = only(agreement)
    assert str(waiting.interval) == "2026-01-10T00:00:00Z/open"
    assert any("repair-done" in note for note in waiting.notes)
    assert str(only(agreement, {"repair-done": JAN_20}).interval) == "2026-01-10T00:00:00Z/2026-01-20T12:00:00Z"
    assert str(only(agreement, {"something-else": JAN_20}).interval) == "2026-01-10T00:00:00Z/open"


def test_an_end_may_come_some_time_after_an_event(truce):
    agreement = truce('starts = "2026-01-10T00:00 UTC"\nends = "10 d after determination repair-done"')
    assert str(only(agreement, {"repair-done": JAN_20}).interval.end) == "2026-01-30 12:00:00+00:00"


def test_a_start_by_an_event_waits_for_it(truce):
    agreement = truce('starts = "from determination sanctions-lifted"\nends = "30 d"')
    waiting = only(agreement)
    assert waiting.interval is waiting.possible is None
    assert waiting.by_party == {"UA": None, "RU": None}
    word, reason = waiting.lapsed["RU"]
    assert word is Word.NOT_IN_FORCE
    assert "sanctions-lifted" in reason
    assert str(only(agreement, {"sanctions-lifted": JAN_20}).interval) == "2026-01-20T12:00:00Z/2026-02-19T12:00:00Z"


def test_an_event_before_the_start_leaves_nothing(truce):
    agreement = truce('starts = "2026-01-22T00:00 UTC"\nends = "until determination over"')
    word, reason = only(agreement, {"over": JAN_20}).lapsed["UA"]
    assert word is Word.NOT_IN_FORCE
    assert "ended before it began" in reason


def test_a_condition_of_one_party_binds_the_other_already(truce):
    agreement = truce(
        OPEN, FIRE + 'after = { RU = ["determination lifted by panel", "determination insured by panel"] }\n```\n'
    )
    half = only(agreement, {"lifted": JAN_20})
    assert str(half.by_party["UA"]) == "2026-01-10T00:00:00Z/open"
    assert half.by_party["RU"] is None
    assert half.lapsed["RU"] == (Word.NOT_IN_FORCE, "condition not met: no determination insured by panel")
    whole = only(agreement, {"lifted": JAN_25, "insured": JAN_20})
    assert str(whole.by_party["RU"]) == "2026-01-25T12:00:00Z/open"


def test_conditions_of_agreement_and_clause_must_all_be_met(truce):
    agreement = truce(OPEN + '\nafter = "determination signed"', FIRE + 'after = "determination mapped"\n```\n')
    assert only(agreement, {"mapped": JAN_20}).interval is None
    assert str(only(agreement, {"mapped": JAN_20, "signed": JAN_25}).interval) == "2026-01-25T12:00:00Z/open"


def test_only_a_determination_releases_and_only_whom_it_names(truce):
    agreement = truce(OPEN, FIRE + 'released_by = { UA = "determination breach-by-RU by panel" }\n```\n')
    assert str(only(agreement).by_party["UA"]) == "2026-01-10T00:00:00Z/open"
    released = only(agreement, {"breach-by-RU": JAN_20})
    assert str(released.by_party["UA"]) == "2026-01-10T00:00:00Z/2026-01-20T12:00:00Z"
    assert str(released.by_party["RU"]) == "2026-01-10T00:00:00Z/open"
    assert "UA released by determination breach-by-RU by panel at 2026-01-20T12:00:00Z" in released.notes


def test_a_release_that_asks_for_notice_needs_both(truce):
    agreement = truce(
        OPEN, FIRE + 'released_by = ["determination breach by panel", "determination notice-of-release by UA"]\n```\n'
    )
    assert only(agreement, {"breach": JAN_20}).interval.end is None
    assert only(agreement, {"breach": JAN_20, "notice-of-release": JAN_25}).interval.end == JAN_25


def test_who_may_determine_what_is_told(truce):
    agreement = truce(
        'starts = "from determination go"\nends = "until determination done by panel"',
        FIRE + 'released_by = ["determination breach by panel", "determination breach by UA"]\n```\n',
    )
    assert wanted_determinations(agreement) == {
        "breach": frozenset({"panel", "UA"}),
        "done": frozenset({"panel"}),
        "go": frozenset(),
    }


# --- status -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["declared", "accepted", "mirrored"])
def test_who_declared_accepted_or_mirrored_is_bound(read, status):
    agreement = read(f"""
        ```agreement
        id = "t"
        status = "unilateral"
        starts = "2026-01-10T00:00 UTC"
        ends = "open"
        ```

        ```party UA
        name = "Ukraine"
        status = "{status}"
        ```

        ```clause fire
        kind = "no-attack"
        binds = ["UA"]
        ```
        """)
    assert str(only(agreement).by_party["UA"]) == "2026-01-10T00:00:00Z/open"


PARTY = """
```agreement
id = "t"
status = "unilateral"
starts = "2026-01-10T00:00 UTC"
ends = "open"
```

```party UA
name = "Ukraine"
status = "{status}"
```

```clause fire
kind = "no-attack"
binds = ["UA"]
```
"""


def test_who_rejected_is_not_bound_even_if_the_document_says_so(check):
    agreement, problems = check(PARTY.format(status="rejected"))
    assert [(problem.severity, problem.line) for problem in problems] == [("error", 16)]
    terms = only(agreement)
    assert terms.by_party == {"UA": None}
    assert terms.lapsed["UA"] == (Word.NOT_IN_FORCE, "UA rejected it")


def test_that_it_is_disputed_who_is_bound_is_told(check):
    agreement, problems = check(PARTY.format(status="disputed"))
    assert [(problem.severity, problem.line) for problem in problems] == [("warning", 16)]
    assert "whether UA is bound is disputed" in only(agreement).notes


# --- amendments -------------------------------------------------------------------------------


def amended(truce, *amendments, keys='starts = "2026-01-10T00:00 UTC"\nends = "10 d"', clause=FIRE + "```\n"):
    return truce(keys, clause + "".join(f"\n```amendment {text}\n```\n" for text in amendments))


def test_an_extension_moves_the_end(truce):
    agreement = amended(truce, 'a1\nkind = "extension"\nstarts = "2026-01-19T00:00 UTC"\nends = "2026-02-01T00:00 UTC"')
    terms = only(agreement)
    assert str(terms.interval) == "2026-01-10T00:00:00Z/2026-02-01T00:00:00Z"
    assert "extended by a1" in terms.notes
    assert terms.clocks[-1] == "ends 2026-02-01T00:00 UTC = 2026-02-01T00:00:00Z (a1)"


def test_an_extension_by_a_duration_counts_from_the_end_it_moves(truce):
    agreement = amended(truce, 'a1\nkind = "extension"\nstarts = "2026-01-19T00:00 UTC"\nends = "5 d"')
    assert str(only(agreement).interval.end) == "2026-01-25 00:00:00+00:00"


def test_an_extension_after_the_end_revives_nothing(truce):
    agreement = amended(truce, 'a1\nkind = "extension"\nstarts = "2026-01-21T00:00 UTC"\nends = "2026-02-01T00:00 UTC"')
    terms = only(agreement)
    assert str(terms.interval.end) == "2026-01-20 00:00:00+00:00"
    assert any("does not revive" in note for note in terms.notes)


def test_an_extension_of_another_clause_leaves_this_one(truce):
    other = '\n```clause words\nkind = "text"\nbinds = ["UA"]\n```\n'
    agreement = amended(
        truce,
        'a1\nkind = "extension"\nof = ["words"]\nstarts = "2026-01-19T00:00 UTC"\nends = "open"',
        clause=FIRE + "```\n" + other,
    )
    fire, words = resolve(agreement, {})
    assert str(fire.interval.end) == "2026-01-20 00:00:00+00:00"
    assert words.interval.end is None


def test_a_withdrawal_frees_who_withdrew(truce):
    agreement = amended(truce, 'a1\nkind = "withdrawal"\nby = "RU"\nstarts = "2026-01-15T00:00 UTC"')
    terms = only(agreement)
    assert str(terms.by_party["RU"].end) == "2026-01-15 00:00:00+00:00"
    assert str(terms.by_party["UA"].end) == "2026-01-20 00:00:00+00:00"
    assert "RU withdrew: a1 at 2026-01-15T00:00:00Z" in terms.notes


def test_a_notice_changes_no_time(truce):
    agreement = amended(truce, 'a1\nkind = "notice"\nby = "RU"\nstarts = "2026-01-15T00:00 UTC"\ntext = "…"')
    assert str(only(agreement).interval) == "2026-01-10T00:00:00Z/2026-01-20T00:00:00Z"
    assert agreement.amendments[0].values["kind"] == "notice"


def test_a_change_puts_another_clause_in_the_place_of_the_first(truce):
    clause = FIRE + 'coverage = 0.5\n```\n\n```exception rescue\nof = "fire"\nrequires = ["alarm"]\n```\n'
    agreement = amended(
        truce,
        'a1\nkind = "change"\nof = "fire"\nstarts = "2026-01-15T00:00 UTC"\nset = { coverage = 0.8 }',
        'a2\nkind = "change"\nstarts = "2026-01-18T00:00 UTC"\nset = { severity = "grave" }',
        'a3\nkind = "extension"\nstarts = "2026-01-19T00:00 UTC"\nends = "5 d"',
        clause=clause,
    )
    terms = resolve(agreement, {})
    assert [(each.clause.id, str(each.interval)) for each in terms] == [
        ("fire", "2026-01-10T00:00:00Z/2026-01-15T00:00:00Z"),
        ("fire.a1", "2026-01-15T00:00:00Z/2026-01-18T00:00:00Z"),
        ("fire.a2", "2026-01-18T00:00:00Z/2026-01-25T00:00:00Z"),
    ]
    assert [each.clause.coverage for each in terms] == [0.5, 0.8, 0.8]
    assert [each.clause.severity for each in terms] == [None, None, "grave"]
    assert [rule.of for rule in agreement.exceptions] == ["fire", "fire.a1", "fire.a2"]
    assert terms[1].clause.origin == "fire"


def test_a_change_goes_with_its_readings(truce):
    keys = 'starts = "2026-01-10T00:00 UTC"\nends = "10 d"\n' + "".join(
        f'[[alternatives]]\nname = "{name}"\nstarts = "2026-01-{day}T00:00 UTC"\n'
        for name, day in (("a", 10), ("b", 17))
    )
    agreement = amended(
        truce, 'a1\nkind = "change"\nof = ["fire"]\nstarts = "2026-01-15T00:00 UTC"\nset = { coverage = 1 }', keys=keys
    )
    assert [(each.clause.id, each.reading, str(each.interval)) for each in resolve(agreement, {})] == [
        ("fire", "a", "2026-01-10T00:00:00Z/2026-01-15T00:00:00Z"),
        ("fire", "b", "None"),
        ("fire.a1", "a", "2026-01-15T00:00:00Z/2026-01-20T00:00:00Z"),
        ("fire.a1", "b", "2026-01-17T00:00:00Z/2026-01-27T00:00:00Z"),
    ]


def test_a_change_and_a_withdrawal_meet(truce):
    agreement = amended(
        truce,
        'left\nkind = "withdrawal"\nby = ["RU"]\nstarts = "2026-01-14T00:00 UTC"',
        'a1\nkind = "change"\nstarts = "2026-01-15T00:00 UTC"\nset = { coverage = 1 }',
    )
    first, second = resolve(agreement, {})
    assert str(first.by_party["RU"]) == "2026-01-10T00:00:00Z/2026-01-14T00:00:00Z"
    assert str(first.by_party["UA"]) == "2026-01-10T00:00:00Z/2026-01-15T00:00:00Z"
    assert second.by_party["RU"] is None
    assert second.lapsed["RU"][0] is Word.NOT_IN_FORCE
    assert str(second.by_party["UA"]) == "2026-01-15T00:00:00Z/2026-01-20T00:00:00Z"


def test_a_change_that_waits_for_an_event_leaves_the_first_clause_in_force(truce):
    agreement = amended(
        truce,
        'a1\nkind = "change"\nof = "fire"\nstarts = "from determination agreed by panel"\nset = { coverage = 0.8 }',
    )
    first, second = resolve(agreement, {})
    assert str(first.interval) == "2026-01-10T00:00:00Z/2026-01-20T00:00:00Z"
    assert second.interval is None
    assert second.lapsed["UA"][0] is Word.NOT_IN_FORCE
    first, second = resolve(agreement, {"agreed": datetime(2026, 1, 12, tzinfo=UTC)})
    assert first.interval.end == second.interval.start == datetime(2026, 1, 12, tzinfo=UTC)


def test_a_change_after_the_end_never_begins(truce):
    agreement = amended(truce, 'a1\nkind = "change"\nstarts = "2026-02-15T00:00 UTC"\nset = { coverage = 0.8 }')
    first, second = resolve(agreement, {})
    assert str(first.interval.end) == "2026-01-20 00:00:00+00:00"
    assert second.lapsed["UA"] == (Word.NOT_IN_FORCE, "it ended before it began")


def test_a_draft_says_that_it_is_one(read):
    agreement = read(PARTY.format(status="accepted").replace("unilateral", "draft"))
    assert "the agreement is a draft" in only(agreement).notes
