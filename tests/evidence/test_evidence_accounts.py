"""Whatever bytes come: rows = used + set aside + rejected, and no exception but EvidenceError."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truceline.errors import EvidenceError
from truceline.evidence import SOURCES, Source
from truceline.gazetteer import load_gazetteer

GAZETTEER = load_gazetteer()
ANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

SEEDS = {
    "csv": b"start_utc,area,kind,lon,lat\n2025-01-01T00:00Z,UA-14,shelling,,\n2025-01-02,UA-14,explosion,37.5,48.1\n",
    "csv-positions": b"time_utc,mmsi,lon,lat,speed_kn\n2025-01-01T00:00:00Z,211000001,30.5,46.1,7\n",
    "alerts-official": b"oblast,raion,hromada,level,started_at,finished_at,source\n"
    b"Zaporizka oblast,,,oblast,2022-12-01 07:12:54+00:00,2022-12-01 07:58:48+00:00,official\n",
    "alerts-volunteer": b"region,started_at,finished_at,naive\n"
    b"Zaporizka oblast,2022-12-01 07:13:24+00:00,2022-12-01 07:59:19+00:00,False\n",
    "ucdp-ged": b"id,side_a,side_b,where_prec,adm_1,latitude,longitude,date_prec,date_start,date_end,best,high,low\n"
    b"1,A,B,1,Donetsk oblast,48.1,37.5,1,2020-07-28 00:00:00.000,2020-07-28 00:00:00.000,1,1,1\n",
    "viina": b'\xef\xbb\xbf"datetime","lon","lat","place_name","event_type","headline"\n'
    b'"2023-04-01 00:00:00","38.2","48.8","Spirne","loc","words, ""more"""\n',
    "firms": b"latitude,longitude,scan,track,acq_date,acq_time,satellite,instrument,confidence,frp\n"
    b"47.1,34.2,1.1,1.0,2022-06-01,0824,Terra,MODIS,46,12.4\n",
    "observation": b"id,observer,start,observer_lon,observer_lat,bearing_deg,distance_max_m,sense,kind\n"
    b"1,Post 1,2025-01-01T00:00Z,30.5,46.1,90,3000,seen,overflight\n",
    "observation-json": b'[{"id": 1, "observer": "Post 1", "start": "2025-01-01T00:00Z", "observer_lon": 30.5,'
    b' "observer_lat": 46.1, "kind": "explosion", "sense": "heard", "distance_max_m": 2000}]',
    "geojson": b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point",'
    b' "coordinates": [30.5, 46.1]}, "properties": {"start_utc": "2025-01-01T00:00Z", "kind": "shelling"}}]}',
    "geojson-polygon": b'{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[30, 46], [31, 46],'
    b' [31, 47], [30, 46]]]}, "properties": {"start_utc": "2025-01-01T00:00Z", "kind": "shelling"}}',
}


def formats_of(seed: str) -> str:
    return seed if seed in SOURCES else seed.rpartition("-")[0]


def account(seed: str, data: bytes, zone: str | None = "Europe/Kyiv") -> tuple[int, int, int, int]:
    """Read bytes and return (rows, used, set aside, rejected), each batch having been checked."""
    name = formats_of(seed)
    source = Source("s", Path("file.dat"), name, 1, time_zone=zone)
    totals = [0, 0, 0, 0]
    numbers: list[int] = []
    for batch in SOURCES[name].read(io.BytesIO(data), source, GAZETTEER):
        for place, value in enumerate((batch.rows, batch.used, sum(batch.set_aside.values()), len(batch.rejects))):
            totals[place] += value
        for frame in (batch.events, batch.positions):
            numbers += [] if frame is None else frame["row"].to_list()
        numbers += [reject.row for reject in batch.rejects]
    assert len(numbers) == len(set(numbers)), "a row that is both used and rejected"
    assert all(1 <= number <= totals[0] for number in numbers)
    return tuple(totals)  # type: ignore[return-value]


def adds_up(seed: str, data: bytes) -> None:
    problems = []
    try:
        rows, used, aside, rejected = account(seed, data)
    except EvidenceError as error:
        problems = error.problems
        rows = used = aside = rejected = 0
    assert rows == used + aside + rejected
    assert all(problem.do and problem.line >= 1 for problem in problems)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sound_file_is_used(seed):
    rows, used, aside, rejected = account(seed, SEEDS[seed])
    assert (rows, aside, rejected) == (used, 0, 0)
    assert used >= 1


@pytest.mark.parametrize("seed", [name for name in SEEDS if not name.startswith(("geojson", "observation-json"))])
def test_a_file_put_twice_into_itself_counts_once(seed):
    header, _, rows = SEEDS[seed].partition(b"\n")
    once, twice = account(seed, header + b"\n" + rows), account(seed, header + b"\n" + rows + rows)
    assert twice == (once[0] * 2, once[1], once[0], 0)


@pytest.mark.parametrize("seed", SEEDS)
@ANY
@given(data=st.binary(max_size=300))
def test_any_bytes(seed, data):
    adds_up(seed, data)


@pytest.mark.parametrize("seed", SEEDS)
@ANY
@given(data=st.binary(max_size=300))
def test_any_bytes_under_a_true_header(seed, data):
    head = SEEDS[seed].split(b"\n")[0] + b"\n"
    adds_up(seed, head + data)


WORDS = [
    b"", b",", b'"', b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"nan", b"inf", b"-1e400", b"0", b"181", b"9" * 30,
    b"2025-13-40", b"2025-03-30T03:30", b"9999-12-31T23:59Z", b"0001-01-01", b"Atlantis", "Київ".encode(), b"null",
    b"[", b"{}", b"\xed\xa0\x80", b"\\ud800", b"=1+1", b"2025-01-01T24:00Z", b"NaN", b"1e309", b"true", b"x" * 5000,
    b"#tag,#tag,#tag,#tag,#tag",
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@ANY
@given(data=st.data())
def test_a_true_file_with_things_put_in(seed, data):
    text = bytearray(SEEDS[seed] * data.draw(st.integers(1, 3)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        until = data.draw(st.integers(at, min(len(text), at + 20)))
        text[at:until] = data.draw(st.sampled_from(WORDS) | st.binary(max_size=6))
    adds_up(seed, bytes(text))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_empty_file_has_a_message(seed):
    with pytest.raises(EvidenceError) as caught:
        account(seed, b"")
    assert "empty" in str(caught.value)


@pytest.mark.parametrize("seed", SEEDS)
def test_packed_bytes_unpacked_by_nobody_have_a_message(seed):
    with pytest.raises(EvidenceError):
        account(seed, gzip.compress(SEEDS[seed], mtime=0))
