"""Nothing is lost and nothing counts twice, whatever happened when."""

from datetime import datetime, timedelta

import pytest
from by_hand import agree, event, gathered, terms_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truceline.rehearsal.past import shift_terms, without_sources
from truceline.rehearsal.reductions import foresee_incidents
from truceline.rehearsal.trials import count_in_windows, count_weeks, count_windows, try_clause
from truceline.spacetime import UTC, Interval

START = datetime(2025, 3, 3, tzinfo=UTC)
DAY = timedelta(days=1)
STRETCHES = (Interval(START, START + 14 * DAY), Interval(START + 16 * DAY, START + 23 * DAY))
WEEKS = tuple(week for stretch in STRETCHES for week in stretch.periods(7 * DAY))

CLAUSE = """
```clause c
kind = "no-attack"
binds = ["RED", "BLUE"]
zone = "strait"
events = ["shelling", "air-raid-alert"]
coverage = 0.5
```
"""

happenings = st.lists(
    st.tuples(
        st.integers(-2 * 1440, 25 * 1440),  # minutes from the start
        st.sampled_from([30.5, 40.0]),  # inside the strait, and far away
        st.sampled_from(["shelling", "air-raid-alert"]),
        st.sampled_from(["post-a", "post-b"]),
    ),
    max_size=40,
    unique=True,
)


@pytest.fixture
def agreement(tmp_path):
    return agree(tmp_path, CLAUSE)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings)
def test_every_finding_counts_once_in_its_week(agreement, rows):
    evidence = gathered(
        event(kind, f"{START + timedelta(minutes=minute):%Y-%m-%dT%H:%MZ}", lon=lon, lat=45.5, source=source)
        for minute, lon, kind, source in rows
    )
    trials = try_clause(terms_of(agreement), agreement, evidence, STRETCHES)
    weeks = count_weeks(trials, WEEKS)
    for week in weeks:
        own = [kind for minute, lon, kind, _ in rows if lon < 31 and START + timedelta(minutes=minute) in week.interval]
        assert (week.findings, week.indicators) == (own.count("shelling"), own.count("air-raid-alert"))
        assert week.incidents + week.excused <= week.findings
    days = count_in_windows(trials, DAY)
    assert (len(days), sum(days)) == (21, sum(week.incidents for week in weeks))
    assert [len(count_in_windows(trials, length * DAY)) for length in (3, 30)] == [6, 0]
    for window in count_windows(trials, agreement, evidence, (DAY, 3 * DAY, 30 * DAY)):
        assert window.windows == {1: 21, 3: 4 + 2, 30: 0}[window.length.days]
        assert all(sum(window.words[party].values()) == window.windows for party in ("RED", "BLUE") if window.windows)
    rest = count_weeks(
        try_clause(terms_of(agreement), agreement, without_sources(evidence, ["post-b"]), STRETCHES), WEEKS
    )
    lone = [row for row in rows if row[3] == "post-a" and row[2] == "shelling" and row[1] < 31]
    inside = [row for row in lone if any(START + timedelta(minutes=row[0]) in week for week in WEEKS)]
    assert sum(week.findings for week in rest) == len(inside)
    assert not any(week.corroborated for week in rest)


def test_a_row_that_begins_outside_and_reaches_in_counts_in_no_week(agreement):
    """It began on the 15th day, between the stretches; where it falls inside nobody knows."""
    evidence = gathered([event("shelling", "2025-03-18T12:00Z", "2025-03-20T12:00Z", lon=30.5, lat=45.5)])
    trials = try_clause(terms_of(agreement), agreement, evidence, STRETCHES)
    assert [len(trial.findings) for trial in trials] == [0, 1]
    assert not any(week.findings or week.incidents for week in count_weeks(trials, WEEKS))


def test_a_shifted_clause_binds_all_that_it_names_and_nothing_else_changes(agreement):
    terms = terms_of(agreement)
    shifted = shift_terms(terms, STRETCHES[0])
    assert shifted.by_party == {"RED": STRETCHES[0], "BLUE": STRETCHES[0]}
    assert (shifted.clause, shifted.zone, shifted.values) == (terms.clause, terms.zone, terms.values)
    assert (shifted.interval, shifted.possible, shifted.lapsed) == (STRETCHES[0], STRETCHES[0], {})


@pytest.mark.parametrize(("a_day", "shown"), [(0, [None, None, None]), (1, [None, None, None]), (6, [None, 4.0, None])])
def test_a_truce_shows_a_fall_in_incidents_only_where_there_were_many(agreement, a_day, shown):
    times = [START + timedelta(days=day, hours=24 * n / max(a_day, 1)) for day in range(23) for n in range(a_day)]
    evidence = gathered(event("shelling", f"{time:%Y-%m-%dT%H:%MZ}", lon=30.5, lat=45.5) for time in times)
    trials = try_clause(terms_of(agreement), agreement, evidence, STRETCHES)
    outlook = foresee_incidents(trials, (DAY / 8, 2 * DAY, 30 * DAY))
    assert [one.expected for one in outlook.reductions] == [
        pytest.approx(a_day / 8), pytest.approx(2 * a_day), None,
    ]  # fmt: skip
    assert [one.most for one in outlook.reductions] == shown
    assert outlook.days_used == 21
