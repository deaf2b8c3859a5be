"""Many findings: groups are looked for where they can be, and are the same as if all were compared."""

from datetime import timedelta

import numpy as np
import pytest
from by_hand import at, finding
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment import clusters
from truceline.assessment.clusters import Neighbours, cluster, fits
from truceline.assessment.components import part
from truceline.spacetime import Interval

MINUTE = timedelta(minutes=1)
GAP, REACH_M = timedelta(minutes=30), 25_000.0
PLACES = st.tuples(st.sampled_from([-179.99, 179.99, 30.0, 30.2]), st.sampled_from([45.0, 45.03, 45.2, 89.99]))


def shot(number: int, minutes: float, place: tuple[float, float], radius_m: float = 100.0, platform=None):
    start = at("06-01 00:00") + minutes * MINUTE
    span = Interval(start, start + MINUTE)
    more = {"lon": place[0], "lat": place[1], "radius_m": radius_m, "platform": platform, "lineage": f"l{number % 3}"}
    return finding(f"f{number:03d}", **more, span=span, kind="entry" if platform else "shelling")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 90),
            PLACES,
            st.sampled_from([10.0, 4_000.0, 12_000.0]),
            st.sampled_from([None, "mmsi:1", "track:a:1"]),
        ),
        max_size=14,
    )
)
def test_cells_find_whatever_comparing_all_would_find(drawn):
    findings = [shot(number, *one) for number, one in enumerate(drawn)]
    by_cell = ids(cluster(findings))
    with pytest.MonkeyPatch.context() as patch:  # everything in one cell: each is compared with every group
        patch.setattr(clusters, "_list_cells", lambda *_: [(0, 0, 0)])
        assert ids(cluster(findings)) == by_cell


LONG_AGO, TO_COME = -400 * 1440, 400 * 1440
SPANS = st.sampled_from([1, 40, 240, 1440, 5 * 1440, TO_COME, None])
RADII = st.sampled_from([None, 10.0, 4_000.0, 12_000.0, 30_000.0])
KINDS = st.sampled_from(["shelling", "small-arms-fire", "naval-incident", "overflight", "mission-count", "entry"])
ANYWHERE = st.one_of(
    st.none(),
    PLACES,
    st.sampled_from([(0.0, 89.99), (180.0, 89.99), (-180.0, -60.0), (180.0, -60.0), (30.0, 45.06), (12.0, -90.0)]),
)


@st.composite
def mixed(draw):
    """Findings short and long, with and without a place, an end, a radius or a platform."""
    findings = []
    for number in range(draw(st.integers(0, 16))):
        start = at("06-01 00:00") + draw(st.sampled_from([0, 0, 5, 70, 1440, LONG_AGO])) * MINUTE
        lasts, place = draw(SPANS), draw(ANYWHERE) or (None, None)
        more = {"lon": place[0], "lat": place[1], "radius_m": draw(RADII), "kind": draw(KINDS)}
        more["platform"] = draw(st.sampled_from([None, None, "mmsi:1", "track:a:1", "track:b:1"]))
        span = Interval(start, None if lasts is None else start + lasts * MINUTE)
        findings.append(finding(f"f{number:03d}", **more, span=span, lineage=f"l{number % 3}"))
    return findings


@settings(max_examples=60, deadline=None)
@given(mixed())
def test_parts_change_nothing(findings):
    by_part = ids(cluster(findings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "part", lambda findings, *_: [list(findings)])
        patch.setattr(clusters, "_list_cells", lambda *_: [(0, 0, 0)])
        patch.setattr(Neighbours, "near", one_by_one)
        assert ids(cluster(findings)) == by_part


def one_by_one(self, one, gap, reach_m):
    return np.flatnonzero([fits(one, other, gap, reach_m) for other in self.findings])


@settings(max_examples=60, deadline=None)
@given(mixed())
def test_what_fits_is_in_one_part_and_a_neighbour(findings):
    part_of = {one.id: number for number, together in enumerate(part(findings, REACH_M, GAP)) for one in together}
    assert len(part_of) == len(findings)
    neighbours = Neighbours(findings)
    for one in findings:
        beside = [other.id for other in findings if fits(one, other, GAP, 5_000.0)]
        assert [findings[number].id for number in neighbours.near(one, GAP, 5_000.0)] == beside
        assert {part_of[name] for name in beside} <= {part_of[one.id]}
        assert len({part_of[other.id] for other in findings if other.platform == "mmsi:1"}) <= 1


def test_parts_keep_apart_what_is_far_apart():
    day, hour = 1440, 60
    findings = [shot(n, n * day, (30.0, 45.0)) for n in range(50)]  # one place, other days
    findings += [shot(50 + n, 12 * hour, (n, -45.0)) for n in range(50)]  # one time, other places
    assert [len(together) for together in part(findings, REACH_M, GAP)] == [1] * 100
    chain = [shot(n, 25 * n, (30.0 + n / 5, 45.0)) for n in range(50)]
    assert [len(together) for together in part(chain, REACH_M, GAP)] == [50]


def ids(groups):
    return [[one.id for one in group] for group in groups]


def test_work_grows_with_the_findings_and_not_with_their_pairs(monkeypatch):
    asked = []
    plain = clusters.metres_between
    monkeypatch.setattr(clusters, "metres_between", lambda one, other: asked.append(1) or plain(one, other))
    findings = [shot(n, n % 60, (20.0 + n % 50, 40.0 + n // 50)) for n in range(1_000)]
    assert len(cluster(findings)) == 1_000
    assert len(asked) < 10 * len(findings)


def test_broad_rows_join_one_group_and_no_second():
    day = Interval(at("06-01 00:00"), at("06-02 00:00"))
    sharp = shot(1, 30, (30.0, 45.0))
    broad = finding("wide", span=day, lon=30.01, lat=45.0, radius_m=500.0)
    assert [sorted(group) for group in ids(cluster([sharp, broad]))] == [["f001", "wide"]]
    far = shot(2, 300, (30.02, 45.0))
    assert len(cluster([sharp, far, broad])) == 3
