"""How much was watched, by what could have seen such a breach by such a party."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from by_hand import agree, at, gathered, source, span, terms_of, watcher
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.coverage import survey, watch
from truceline.model import FileTally

CLAUSE = """
```clause c
kind = "no-entry"
binds = ["RED", "BLUE"]
zone = "strait"
platforms = ["warship"]
coverage = 0.6
```

```zone west
polygon = [[30.0, 45.0], [30.5, 45.0], [30.5, 46.0], [30.0, 46.0], [30.0, 45.0]]
```

```zone far
circle = { center = [10.0, 50.0], radius = "5 km" }
```
"""
DAY = span("06-01 00:00", "06-02 00:00")
RADARS = ("radar", "second")


@pytest.fixture(scope="module")
def agreement(tmp_path_factory):
    return agree(tmp_path_factory.mktemp("coverage"), CLAUSE)


@pytest.fixture
def share(agreement):
    def measure(*coverage, breaches=("warship",), sources=(), interval=DAY, party="RED"):
        zones = {name: zone.shape for name, zone in agreement.zones.items()}
        evidence = gathered((), (), (), coverage, sources)
        return watch(terms_of(agreement), breaches, evidence, interval, party=party, zones=zones)

    return measure


def radar(name="radar", **more):
    return watcher(name, ["vessel"], **more)


def test_nothing_declared_is_not_known_and_not_zero(share):
    found = share()
    assert (found.share, found.required) == (None, 0.6)
    assert "no coverage counts" in found.reasons[0]


@pytest.mark.parametrize(
    ("coverage", "expected"),
    [
        ([radar()], 1.0),
        ([radar(probability=0.8)], 0.8),
        ([radar(end="06-01 12:00")], 0.5),
        ([radar(end="06-01 12:00"), radar(start="06-01 18:00")], 0.75),
        ([radar(area="west")], 0.5),
        ([radar(area="west", end="06-01 12:00", probability=0.5)], 0.125),
        ([radar(area="everywhere")], 1.0),
        ([radar(area="far")], 0.0),
        ([radar(start="06-02 00:00")], 0.0),
        ([watcher("radar", ["warship"])], 1.0),
    ],
)
def test_share_of_zone_and_time(share, coverage, expected):
    assert share(*coverage).share == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("coverage", "why"),
    [
        ([radar(probability=None)], "not known"),
        ([radar(area="Atlantis")], "nobody knows where that is"),
        ([watcher("radar", ["drone"])], "does not detect warship"),
        ([watcher("radar", ["cargo"])], "does not detect warship"),
        ([radar(party="BLUE")], "watches BLUE only"),
        ([watcher("", ["vessel"], provider="a state")], "its silence never reaches us"),
    ],
)
def test_what_counts_for_nothing_and_says_so(share, coverage, why):
    found = share(*coverage)
    assert not found.share
    assert any(why in reason for reason in found.reasons), found.reasons


def tally(used, rejected, name="radar", first="06-01 01:00", last="06-01 02:00"):
    times = (at(first), at(last)) if used else (None, None)
    counts = used + rejected, used, {}, {"time without a zone": rejected}
    return FileTally(1, name, f"{name}.csv", "csv", "", 0, *counts, first_utc=times[0], last_utc=times[1])


@pytest.mark.parametrize(("used", "rejected", "expected"), [(60, 0, 0.9), (50, 10, 0.75), (0, 60, 0.0), (0, 0, 0.9)])
def test_a_row_that_nobody_could_read_may_have_been_a_breach(agreement, used, rejected, expected):
    evidence = gathered((), (), (), [radar(probability=0.9)])
    evidence = replace(evidence, files=(tally(used, rejected),))
    zones = {name: zone.shape for name, zone in agreement.zones.items()}
    found = watch(terms_of(agreement), ("warship",), evidence, DAY, party="RED", zones=zones)
    assert found.share == pytest.approx(expected)
    assert any("could not be read" in reason for reason in found.reasons) == bool(rejected)
    assert any("taken at its word" in reason for reason in found.reasons) == (not used)


def test_a_source_that_was_silent_all_the_time_that_it_watched_is_named(agreement):
    evidence = replace(gathered((), (), (), [radar()]), files=(tally(9, 0, first="05-01 01:00", last="05-02 01:00"),))
    found = watch(terms_of(agreement), ("warship",), evidence, DAY, party="RED")
    assert any("none of its rows lies in a time that it watched" in reason for reason in found.reasons)


def test_a_probability_of_none_adds_nothing_to_another(share):
    assert share(radar(probability=0.5), radar("second", probability=None)).share == pytest.approx(0.5)


@pytest.mark.parametrize("form", ["nmea", "readsb", "marinecadastre", "dma", "opensky", "modes"])
@pytest.mark.parametrize("detects", [["vessel"], ["warship"], ["warship", "vessel"]])
def test_a_transponder_never_watches_warships_whatever_it_declares(share, form, detects):
    found = share(watcher("ais", detects), sources=[source("ais", form)])
    assert found.share == 0.0
    assert any("a transponder's silence" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("need", "seen"),
    [("cargo", 1.0), ("vessel", 0.0), ("aircraft", None), ("drone", None), ("naval-incident", 0.0), ("jamming", 1.0)],
)
def test_what_a_transponder_can_watch(share, need, seen):
    detects = ["vessel", "naval-incident", "jamming"]
    assert share(watcher("ais", detects), breaches=(need,), sources=[source("ais", "nmea")]).share == seen


@pytest.mark.parametrize("kind", ["air-raid-alert", "thermal-anomaly", "press-report", "claim"])
def test_indicators_watch_nothing(share, kind):
    found = share(watcher("signs", ["vessel"]), sources=[source("signs", kind=kind)])
    assert not found.share
    assert any("indicator" in reason for reason in found.reasons)


def test_independent_origins_combine(share):
    assert share(radar(probability=0.5), radar("second", probability=0.5)).share == pytest.approx(0.75)


def test_one_lineage_is_as_good_as_its_best(share):
    both = [source(name, lineage="wire") for name in RADARS]
    assert share(radar(probability=0.5), radar("second", probability=0.4), sources=both).share == pytest.approx(0.5)


def test_one_provider_is_one_origin(share):
    found = share(radar(probability=0.5, provider="state"), radar("second", probability=0.4, provider="state"))
    assert found.share == pytest.approx(0.5)
    assert found.by_provider == {"state": 0.5}


def test_each_provider_has_its_own_share(share):
    found = share(radar(probability=0.5), radar("second", area="west"))
    assert found.by_provider == {"radar": pytest.approx(0.5), "second": pytest.approx(0.5, abs=0.01)}
    assert found.share == pytest.approx(0.75, abs=0.01)


def test_a_providers_coverage_speaks_of_its_listed_sources(share):
    listed = [source("radar", provider="state")]
    assert share(watcher("", ["vessel"], provider="state"), sources=listed).share == 1.0


def test_the_kind_of_breach_that_was_watched_least_stands(share):
    coverage = [watcher("radar", ["vessel"]), watcher("second", ["drone"], probability=0.3)]
    found = share(*coverage, breaches=("warship", "drone"))
    assert found.share == pytest.approx(0.3)
    assert share(coverage[0], breaches=("warship", "drone")).share is None


def test_who_watches_one_party_says_nothing_of_the_other(share):
    only = radar(party="RED")
    assert share(only, party="RED").share == 1.0
    assert share(only, party="BLUE").share is None
    assert share(only, party=None).share is None


def test_nothing_named_is_nothing_watched(share):
    assert share(radar(), breaches=()).share is None


def test_without_a_zone_only_everywhere_is_enough(tmp_path):
    clause = CLAUSE.replace('kind = "no-entry"', 'kind = "no-attack"').replace('zone = "strait"\n', "")
    terms = terms_of(agree(tmp_path, clause.replace('platforms = ["warship"]', 'events = ["shelling"]')))
    some = gathered((), (), (), [watcher("post", ["shelling"])])
    everywhere = gathered((), (), (), [watcher("post", ["shelling"], area="everywhere", probability=0.7)])
    assert watch(terms, ("shelling",), some, DAY).share is None
    assert watch(terms, ("shelling",), everywhere, DAY).share == pytest.approx(0.7)


def test_an_area_of_the_gazetteer_is_watched_by_its_code(tmp_path):
    zone = CLAUSE.replace('zone = "strait"', 'zone = "odesa"') + '\n```zone odesa\narea = "UA-51"\n```\n'
    terms = terms_of(agree(tmp_path, zone))
    evidence = gathered((), (), (), [radar(area="UA-51")])
    assert watch(terms, ("warship",), evidence, DAY, party="RED").share == pytest.approx(1.0, abs=0.02)


def test_many_intervals_at_once_are_the_same_as_one_by_one(agreement):
    evidence = gathered((), (), (), [radar(end="06-01 13:00"), radar("second", area="west", start="06-01 07:00")])
    hours = [DAY.start + timedelta(hours=6 * n) for n in range(5)]
    spans = [span(f"{a:%m-%d %H:%M}", f"{b:%m-%d %H:%M}") for a, b in pairwise(hours)]
    together = survey(terms_of(agreement), ("warship",), evidence, spans, party="RED")
    apart = [watch(terms_of(agreement), ("warship",), evidence, each, party="RED") for each in spans]
    assert [w.share for w in together] == pytest.approx([w.share for w in apart])


def test_thousands_of_rows_are_measured_quickly(agreement):
    import time

    rows = [
        radar(
            f"r{n % 7}", start=f"06-01 {n // 60:02}:{n % 60:02}", area=("strait", "west")[n % 2], probability=n % 9 / 9
        )
        for n in range(1440)
    ] * 3
    evidence = gathered((), (), (), rows)
    began = time.perf_counter()
    watch(terms_of(agreement), ("warship",), evidence, DAY, party="RED")
    assert time.perf_counter() - began < 5


chances = st.one_of(st.none(), st.floats(0, 1))
stretches = st.tuples(st.integers(0, 23), st.integers(1, 24), chances, st.sampled_from(["strait", "west", "far"]))


def hour(number):
    return f"06-0{1 + number // 24} {number % 24:02}:00"


def rows_of(stretches):
    return [
        radar(f"r{n}", start=hour(first), end=hour(first + length), probability=chance, area=area)
        for n, (first, length, chance, area) in enumerate(stretches)
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(stretches, max_size=6), st.randoms())
def test_a_share_is_a_share_and_more_watchers_never_see_less(agreement, found, random):
    def measure(rows):
        return watch(terms_of(agreement), ("warship",), gathered((), (), (), rows), DAY, party="RED").share

    rows = rows_of(found)
    share = measure(rows)
    assert share is None or 0.0 <= share <= 1.0
    if all(chance is None or chance == 0 for _, _, chance, _ in found):
        assert not share
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert measure(shuffled) == share
    assert (measure([*rows, radar("more", probability=0.5)]) or 0.0) >= (share or 0.0) - 1e-6


def test_the_interval_is_what_is_asked_for(share):
    assert share(radar(end="06-01 12:00"), interval=span("06-01 06:00", "06-01 12:00")).share == 1.0
    assert at("06-01 12:00") == DAY.start + timedelta(hours=12)
