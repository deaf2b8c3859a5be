"""Whatever the evidence holds, the effect is an answer or a reason, and its numbers fit each other."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from effect_cases import DAY, HOUR, START, events, evidence, source, terms
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.effect import measure, name_change, unmeasured
from truceline.evidence.tables import EVENTS, conform
from truceline.model import Change
from truceline.spacetime import Interval

FAR = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))  # noqa: DTZ001
NEAR = st.integers(-40 * 24 * 60, 10 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
NUMBERS = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 50)
KINDS = ("air-raid-alert", "explosion", "mission-count")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["alerts", "alerts", "copy"]),
            "kind": st.sampled_from(KINDS),
            "start_utc": NEAR | NEAR | FAR | st.none(),
            "end_utc": NEAR | st.none(),
            "area": st.sampled_from([None, "UA-12", "UA-63", "", "=1+1"]),
            "quantity": NUMBERS,
            "quantity_low": NUMBERS,
            "quantity_high": NUMBERS,
            "unit": st.sampled_from([None, "rows", "deaths"]),
        }
    ),
    max_size=40,
)
SPANS = st.sampled_from([None, Interval(START - 60 * DAY, None), Interval(START - 3 * DAY, START + DAY)])
WINDOWS = st.tuples(st.integers(0, 72), st.integers(0, 40 * 24)).map(
    lambda hours: Interval(START + hours[0] * HOUR, START + sum(hours) * HOUR)
)


def check(effect) -> None:
    assert effect.count_low <= effect.count <= effect.count_high
    assert effect.expected is None or effect.expected >= 0
    assert (effect.ratio is None) == (effect.ratio_95 is None)
    if effect.ratio_95 is not None:
        low, high = effect.ratio_95
        assert 0 <= low <= effect.ratio * 1.05 + 0.01
        assert high is None or low < high
    if effect.change != Change.CANNOT_TELL:
        assert effect.change == name_change(effect.ratio_95)
    assert effect.by_area == () or sum(area.count for area in effect.by_area) == pytest.approx(effect.count)
    assert [baseline.name for baseline in effect.baselines][::2] == ["before", "after"]
    assert all(isinstance(reason, str) and reason for reason in effect.reasons)
    assert effect.interval.end <= START + 60 * DAY


@settings(max_examples=30, deadline=None)
@given(ROWS, SPANS, WINDOWS, st.sampled_from([None, "row-onset", "event", "wave", "furlong"]), st.integers(-5, 60))
def test_an_answer_or_a_reason_and_numbers_that_fit(rows, span, window, counting, cut_days):
    table = conform(pl.DataFrame(rows, schema={name: EVENTS[name] for name in rows[0]}), EVENTS) if rows else events([])
    sources = [source(kind=None, span=span), source("copy", None, counts=False, span=span)]
    asked, held = terms(window, KINDS, counting), evidence(table, sources, [Interval(START - 9 * DAY, START - 8 * DAY)])
    cut_off = START + cut_days * DAY
    found = measure(asked, held, cut_off=cut_off)
    for effect in found:
        check(effect)
    reasons = unmeasured(asked, held, cut_off=cut_off)
    measured = {effect.kind for effect in found}
    assert reasons or measured == set(KINDS)
    assert all(any(kind in reason for reason in reasons) for kind in set(KINDS) - measured) or "no effect" in reasons[0]
