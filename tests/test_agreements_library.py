"""The library of real agreements: each reads without a problem and means the hours on record.

The hours were worked out from the declared local times with the offset of each zone, apart from
the program.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from truceline.agreement import read_agreement, resolve
from truceline.clauses import check_clauses
from truceline.model import Word
from truceline.spacetime import Interval, format_utc

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "cases" / "agreements"
DOCUMENTS = sorted(path.stem for path in LIBRARY.glob("*.md"))
EXPECTED = [
    "blacksea-2025",
    "easter-2025",
    "easter-2026",
    "energy-2025",
    "il-lb-2024",
    "in-pk-2025",
    "minsk2-2015",
    "nk-2020-10-10",
    "tcg-2020-07",
    "ua-2023-01",
    "us-2026-05",
    "vday-2025",
    "znpp-2026",
]

# document, clause, reading -> certain interval, and the widest one where the declared times leave it open
HOURS = [
    ("ua-2023-01", "fire", "as declared", "2023-01-06T09:00:00Z/2023-01-07T21:00:00Z", None),
    ("easter-2025", "fire", "as declared", "2025-04-19T15:00:00Z/2025-04-20T21:00:00Z", None),
    ("vday-2025", "fire", "8 to 11 May", "2025-05-07T21:00:00Z/2025-05-10T21:00:00Z", None),
    ("vday-2025", "fire", "7 to 10 May", "2025-05-06T21:00:00Z/2025-05-09T21:00:00Z", None),
    ("easter-2026", "fire", "as declared", "2026-04-11T13:00:00Z/2026-04-12T21:00:00Z", None),
    (
        "us-2026-05",
        "kinetic",
        "by the days named",
        "2026-05-09T21:00:00Z/2026-05-10T21:00:00Z",
        "2026-05-08T21:00:00Z/2026-05-11T21:00:00Z",
    ),
    (
        "us-2026-05",
        "kinetic",
        "72 hours",
        "2026-05-09T21:00:00Z/2026-05-11T21:00:00Z",
        "2026-05-08T21:00:00Z/2026-05-12T21:00:00Z",
    ),
    ("il-lb-2024", "fire", "as declared", "2024-11-27T02:00:00Z/open", None),
    ("il-lb-2024", "deployment", "as declared", "2024-11-27T02:00:00Z/2025-01-26T02:00:00Z", None),
    ("il-lb-2024", "withdrawal", "as declared", "2025-01-26T22:00:00Z/open", "2024-11-27T02:00:00Z/open"),
    ("in-pk-2025", "fire", "as declared", "2025-05-10T11:30:00Z/open", None),
    ("nk-2020-10-10", "fire", "Moscow time", "2020-10-10T09:00:00Z/open", None),
    ("nk-2020-10-10", "fire", "local time", "2020-10-10T08:00:00Z/open", None),
    ("minsk2-2015", "fire", "00:00", "2015-02-14T22:00:00Z/open", None),
    ("minsk2-2015", "fire", "00:01", "2015-02-14T22:01:00Z/open", None),
    ("minsk2-2015", "withdrawal-rockets", "00:00", "2015-03-02T22:00:00Z/open", "2015-02-14T22:00:00Z/open"),
    ("tcg-2020-07", "fire", "as declared", "2020-07-26T21:01:00Z/open", None),
    (
        "energy-2025",
        "strikes",
        "from 18 March",
        "2025-03-18T21:00:00Z/2025-04-16T21:00:00Z",
        "2025-03-17T21:00:00Z/2025-04-17T21:00:00Z",
    ),
    (
        "energy-2025",
        "strikes",
        "from publication",
        "2025-03-25T22:00:00Z/2025-04-16T21:00:00Z",
        "2025-03-24T22:00:00Z/2025-04-24T21:00:00Z",
    ),
    ("blacksea-2025", "force-at-sea", "at once", "2025-03-25T22:00:00Z/open", "2025-03-24T22:00:00Z/open"),
    ("blacksea-2025", "force-at-sea", "after conditions", "None", None),
    ("znpp-2026", "fire", "if it reaches 2 km", "2026-02-27T22:00:00Z/open", "2026-02-26T22:00:00Z/open"),
    ("znpp-2026", "fire", "if it reaches 10 km", "2026-02-27T22:00:00Z/open", "2026-02-26T22:00:00Z/open"),
]

BINDS = {
    "ua-2023-01": {"RU"},  # refused by the other side
    "vday-2025": {"RU"},
    "easter-2026": {"RU"},  # the other side's answer is not known
    "easter-2025": {"RU", "UA"},
    "us-2026-05": {"RU", "UA"},
    "energy-2025": {"RU", "UA"},
    "blacksea-2025": {"RU", "UA"},
    "znpp-2026": {"RU", "UA"},
    "il-lb-2024": {"IL", "LB"},
    "in-pk-2025": {"IN", "PK"},
    "nk-2020-10-10": {"AM", "AZ"},
    "minsk2-2015": {"UA", "AF"},
    "tcg-2020-07": {"UA", "AF"},
}


def read(name):
    agreement, problems = read_agreement(LIBRARY / f"{name}.md")
    assert [str(problem) for problem in problems] == []
    return agreement


def term(name, clause, reading, **determinations):
    found = [
        terms
        for terms in resolve(read(name), {key.replace("_", "-"): at for key, at in determinations.items()})
        if terms.clause.id == clause and terms.reading.startswith(reading)
    ]
    assert len(found) == 1, f"{name} {clause} {reading}: {len(found)} terms"
    return found[0]


def test_the_library_is_complete():
    assert DOCUMENTS == EXPECTED


@pytest.mark.parametrize("name", EXPECTED)
def test_a_document_reads_without_a_problem(name):
    agreement = read(name)
    assert [str(problem) for problem in check_clauses(agreement)] == []
    assert agreement.source
    assert agreement.clauses


@pytest.mark.parametrize(("name", "clause", "reading", "certain", "possible"), HOURS)
def test_a_clause_holds_in_the_hours_on_record(name, clause, reading, certain, possible):
    terms = term(name, clause, reading)
    assert str(terms.interval) == certain
    assert str(terms.possible) == (possible or certain)


def test_the_hours_of_every_document_and_reading_are_checked():
    checked = {(name, reading) for name, _, reading, _, _ in HOURS}
    for name in EXPECTED:
        for reading in {terms.reading for terms in resolve(read(name), {})}:
            assert any(name == each and reading.startswith(start) for each, start in checked), f"{name}: {reading}"


@pytest.mark.parametrize(
    ("name", "hours"), [("ua-2023-01", 36), ("easter-2025", 30), ("vday-2025", 72), ("easter-2026", 32)]
)
def test_a_truce_is_as_long_as_it_was_called(name, hours):
    assert all(terms.interval.hours == hours for terms in resolve(read(name), {}))


@pytest.mark.parametrize("name", EXPECTED)
def test_nobody_is_bound_who_did_not_agree(name):
    agreement = read(name)
    assert {party for clause in agreement.clauses for party in clause.binds} == BINDS[name]
    for terms in resolve(agreement, {}):
        assert all(agreement.parties[party].status in ("declared", "accepted", "mirrored") for party in terms.by_party)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_form_cannot_say_is_listed_at_the_end(name):
    agreement = read(name)
    last = [article for article in agreement.articles if article.title][-1]
    assert last.title == "What the form cannot say"
    listed = set(re.findall(r"`([\w-]+)`", last.text))
    texts = {clause.id for clause in agreement.clauses if clause.kind == "text"}
    assert texts, "an agreement whose every word a sensor can judge?"
    assert texts <= listed, f"not listed: {texts - listed}"


@pytest.mark.parametrize("name", EXPECTED)
def test_the_index_lists_it(name):
    index = (ROOT / "docs" / "agreements.md").read_text("utf-8")
    assert f"cases/agreements/{name}.md" in index


# --- what events do to them ---------------------------------------------------------------------


def test_the_black_sea_waits_for_a_determination_under_one_reading():
    met = datetime(2025, 4, 10, 12, tzinfo=UTC)
    waiting = term("blacksea-2025", "force-at-sea", "after conditions")
    assert {word for word, _ in waiting.lapsed.values()} == {Word.NOT_IN_FORCE}
    assert term("blacksea-2025", "force-at-sea", "after conditions", sanctions_conditions_met=met).interval == Interval(
        met, None
    )
    assert term("blacksea-2025", "force-at-sea", "at once", sanctions_conditions_met=met).interval.start < met


def test_the_repair_truce_ends_when_the_repair_is_done():
    done = datetime(2026, 3, 5, 9, tzinfo=UTC)
    terms = term("znpp-2026", "fire", "if it reaches 2 km", repair_done=done)
    assert terms.interval.end == done
    assert terms.zone.id == "near-2km"


def test_the_2020_measures_end_with_a_full_settlement():
    settled = datetime(2021, 1, 1, tzinfo=UTC)
    assert term("tcg-2020-07", "fire", "as declared", full_settlement=settled).interval.end == settled


def test_the_energy_halt_releases_nobody_on_a_suspicion_or_a_word_alone():
    breach, notice = datetime(2025, 4, 1, tzinfo=UTC), datetime(2025, 4, 2, tzinfo=UTC)

    def ends(**determinations):
        terms = term("energy-2025", "strikes", "from 18 March", **determinations)
        return {party: format_utc(interval.end) for party, interval in terms.by_party.items()}

    whole = "2025-04-16T21:00:00Z"
    assert ends() == {"RU": whole, "UA": whole}
    assert ends(breach_by_ua=breach) == {"RU": whole, "UA": whole}
    assert ends(free_ru=notice) == {"RU": whole, "UA": whole}
    assert ends(breach_by_ua=breach, free_ru=notice) == {"RU": "2025-04-02T00:00:00Z", "UA": whole}
    assert ends(breach_by_ru=breach, free_ua=notice) == {"RU": whole, "UA": "2025-04-02T00:00:00Z"}


def test_minsk_measures_from_a_line_for_each_side():
    widths = {"withdrawal-artillery": "25 km", "withdrawal-rockets": "35 km", "withdrawal-long-range": "70 km"}
    for clause, beyond in widths.items():
        values = term("minsk2-2015", clause, "00:00").values
        assert values["beyond"] == beyond
        assert set(values["from"]) == {"UA", "AF"}
        assert values["from"]["UA"] != values["from"]["AF"]


def test_return_fire_needs_the_failed_mechanism_and_an_order():
    (rule,) = read("tcg-2020-07").exceptions
    assert rule.of == "fire"
    assert rule.requires == ("mechanism-tried", "mechanism-failed", "leadership-order")
    assert {response.owner for response in read("tcg-2020-07").responses} == {"UA", "AF"}


def test_the_energy_list_protects_classes_of_objects():
    agreement = read("energy-2025")
    (strikes,) = [clause for clause in agreement.clauses if clause.kind == "no-attack"]
    assert list(strikes.values["objects"]) == list(agreement.objects)
    assert len(agreement.objects) == 5


def test_a_zone_that_stands_for_something_narrower_says_so():
    for name in ("minsk2-2015", "tcg-2020-07"):
        terms = term(name, "air", "") if name == "tcg-2020-07" else term(name, "air", "00:00")
        assert terms.zone.approximate
        assert any("disc stands for" in note for note in terms.notes)
