"""Many findings: groups are looked for where they can be, and are the same as if all were compared."""

from datetime import timedelta

import pytest
from by_hand import at, finding
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.assessment import clusters
from truceline.assessment.clusters import cluster
from truceline.spacetime import Interval

MINUTE = timedelta(minutes=1)
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
