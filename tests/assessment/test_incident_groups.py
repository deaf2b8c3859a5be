"""A group that is being collected: by column it finds the same members as if all were asked one by one."""

from datetime import timedelta

from by_hand import at, finding
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment.groups import Group, metres_between
from truceline.spacetime import Interval

MINUTE = timedelta(minutes=1)
WAIT = timedelta(minutes=30)
PLACES = st.tuples(st.floats(29.9, 30.1), st.floats(44.95, 45.05))
FAR = st.sampled_from([(179.999, 45.0), (-179.999, 45.0), (30.0, 89.99), None])
SHOTS = st.tuples(st.integers(0, 3), st.sampled_from([1, 5, 200, None]), st.one_of(PLACES, FAR))


def collect(drawn):
    """Return a group of shots in order of their start, and one more shot after them."""
    minutes, shots, group = 0, [], Group(WAIT)
    for number, (later, lasted, place) in enumerate(drawn):
        minutes += later
        start = at("06-01 00:00") + minutes * MINUTE
        lon, lat = place or (None, None)
        span = Interval(start, None if lasted is None else start + lasted * MINUTE)
        shots.append(finding(f"f{number:03d}", lon=lon, lat=lat, span=span))
    for shot in shots[:-1]:
        group.add(shot)
    return group, shots[:-1], shots[-1]


def names(findings):
    return sorted(one.id for one in findings)


@settings(max_examples=60, deadline=None)
@given(st.lists(SHOTS, min_size=2, max_size=60), st.sampled_from([0.0, 900.0, 5_000.0]))
def test_whoever_is_near_is_found(drawn, reach_m):
    group, before, shot = collect(drawn)
    recent = [one for one in before if one.span.end is None or one.span.end + WAIT >= shot.span.start]
    assert [one.id for one in group.recent(shot)] == [one.id for one in recent]
    near = [one for one in recent if one.lon is not None and (metres_between(shot, one) or 0.0) <= reach_m]
    beside = set(names(group.beside(shot, reach_m)))
    assert beside <= set(names(recent))
    assert shot.lon is None or set(names(near)) <= beside
    if recent:
        assert group.nearness(shot) == min(metres_between(shot, one) or 0.0 for one in recent)


def test_what_ended_long_ago_is_let_go():
    shots = [(1, 1, (30.0, 45.0))] * 500
    group, before, shot = collect(shots)
    assert len(group.members) == 499
    assert len(list(group.recent(shot))) == 31  # one a minute: the last half hour, both ends
    assert group.latest == before[-1].span.end


def test_a_crowd_is_passed_by_where_it_is_far():
    group, _, shot = collect([*[(0, 1, (30.0, 45.0))] * 200, (0, 1, (30.2, 45.0))])
    assert len(list(group.beside(shot, 5_000.0))) <= 2
    assert len(list(group.beside(shot, 20_000.0))) == 200
