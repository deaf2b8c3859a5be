"""Gathering: every row told of, digests first, limits of time, copies, the same bytes again."""

import gzip
import hashlib
import zlib
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from truceline.errors import EvidenceError
from truceline.evidence import Evidence, gather, read_plan
from truceline.evidence.tables import EVENTS, PLATFORMS, POSITIONS, empty
from truceline.gazetteer import load_gazetteer

EVENT_ROWS = """\
id,when,place,what
a,2025-01-01T10:00Z,Donetsk oblast,shelling
b,2025-01-02T10:00Z,Donetsk oblast,shelling
c,2025-01-03T10:00Z,Atlantis,shelling
"""
EVENT_SOURCE = """
[[source]]
path = "events.csv"
format = "csv"
provider = "Mission"
reliability = "B"
credibility = 2
counting = "event"
[source.columns]
event = "id"
start_utc = "when"
area = "place"
kind = "what"
"""
SHIPS = "time_utc,mmsi,lon,lat\n2025-01-01T00:00Z,211000001,30.5,46\n2025-01-01T01:00Z,211000002,30.6,46\n"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "events.csv").write_text(EVENT_ROWS)
    (folder / "evidence.toml").write_text(EVENT_SOURCE)
    return folder


def run(case: Path, **options) -> Evidence:
    plan, problems = read_plan(case / "evidence.toml", {})
    assert [problem for problem in problems if problem.severity == "error"] == []
    return gather(plan, load_gazetteer(plan.areas), case.parent / "out", **options)


def add(case: Path, name: str, content: str | bytes, source: str) -> None:
    (case / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with (case / "evidence.toml").open("a") as listing:
        listing.write(f'\n[[source]]\npath = "{name}"\n{source}\n')


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2025, 1, number, hour, tzinfo=UTC)


def test_rows_become_events_with_what_the_source_declares(case):
    evidence = run(case)
    assert evidence.events.collect_schema() == empty(EVENTS).schema
    first = evidence.events.collect().row(0, named=True)
    assert (first["source"], first["event"], first["kind"], first["area"]) == ("events", "a", "shelling", "UA-14")
    assert (first["reliability"], first["credibility"], first["counting"]) == ("B", 2, "event")
    assert (first["file"], first["row"], first["start_utc"]) == (1, 1, day(1, 10))


def test_the_account_names_file_digest_and_reasons(case):
    tally = run(case).files[0]
    data = EVENT_ROWS.encode()
    assert (tally.path, tally.sha256, tally.size_bytes) == ("events.csv", hashlib.sha256(data).hexdigest(), len(data))
    assert (tally.rows, tally.used, tally.set_aside, tally.rejected) == (3, 2, {}, {"place not known": 1})
    assert (tally.first_utc, tally.last_utc) == (day(1, 10), day(2, 10))


def test_rejects_lead_back_to_file_and_row(case):
    rejects = run(case).rejects.collect()
    assert rejects.rows() == [(1, 3, "place not known", "Atlantis")]


def test_progress_says_a_line_a_file(case):
    said = []
    run(case, progress=said.append)
    assert said == ["events.csv: 3 rows, 2 used, 1 rejected (place not known)"]


def test_the_original_is_not_touched(case):
    before = (case / "events.csv").stat()
    run(case)
    assert (case / "events.csv").stat().st_mtime_ns == before.st_mtime_ns
    assert (case / "events.csv").read_text() == EVENT_ROWS


def test_the_same_input_gives_the_same_bytes(case, tmp_path):
    add(case, "ships.csv", SHIPS, 'format = "csv"')
    plan, _ = read_plan(case / "evidence.toml", {})
    for name in ("one", "two"):
        # categories are numbered by what a process met before: that must not show
        pl.Series([name, "zzz", "mmsi:211000002"], dtype=pl.Categorical)
        gather(plan, load_gazetteer(), tmp_path / name)
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert len(first) == 6


def test_written_tables_are_those_returned(case):
    add(case, "ships.csv", SHIPS, 'format = "csv"')
    evidence = run(case)
    for name in ("events", "platforms", "coverage"):
        written = pl.read_parquet(evidence.folder / f"{name}.parquet")
        table = getattr(evidence, name)
        assert written.rows() == table.lazy().collect().rows()
    assert evidence.positions.collect_schema() == empty(POSITIONS).schema


# --- limits of time -----------------------------------------------------------------------------


def test_rows_at_the_cut_off_are_set_aside(case):
    evidence = run(case, cut_off=day(2, 10))
    assert evidence.events.collect()["event"].to_list() == ["a"]
    assert evidence.files[0].set_aside == {"at or after the cut-off": 1}
    assert evidence.files[0].used == 1


def test_rows_that_arrived_later_are_set_aside(case):
    rows = "start_utc,area,received_utc\n2025-01-01T00:00Z,UA-14,2025-01-05T00:00Z\n2025-01-02T00:00Z,UA-14,\n"
    add(case, "late.csv", rows, 'format = "csv"\nkind = "claim"')
    evidence = run(case, as_of=day(3))
    late = evidence.files[1]
    assert (late.used, late.set_aside) == (1, {"arrived after the as-of time": 1})
    assert any("nobody said when they arrived" in note and "late.csv" in note for note in evidence.notes)


def test_a_file_that_arrived_later_is_set_aside_whole(case):
    add(
        case,
        "more.csv",
        "start_utc,area\n2025-01-01T00:00Z,UA-14\n",
        'format = "csv"\nkind = "claim"\nreceived = "2025-02-01T00:00Z"',
    )
    assert run(case, as_of=day(20)).files[1].used == 0
    assert run(case, as_of=datetime(2025, 2, 2, tzinfo=UTC)).files[1].used == 1


def test_platforms_of_rows_set_aside_are_not_known(case):
    add(case, "ships.csv", SHIPS, 'format = "csv"')
    evidence = run(case, cut_off=day(1, 1))
    assert evidence.platforms["platform"].to_list() == ["mmsi:211000001"]


# --- providers that leave -----------------------------------------------------------------------


def test_without_a_provider_its_sources_and_coverage_are_gone(case):
    with (case / "evidence.toml").open("a") as listing:
        listing.write(
            '[[coverage]]\nsource = "events"\nstarts = "2025-01-01T00:00Z"\nends = "2025-01-02T00:00Z"\n'
            'area = "everywhere"\ndetects = ["shelling"]\nprobability = 0.5\n'
        )
    assert run(case).coverage["provider"].to_list() == ["Mission"]
    evidence = run(case, without=["Mission"])
    assert (evidence.events.collect().height, evidence.coverage.height, evidence.plan.sources) == (0, 0, ())
    assert evidence.notes == ("left out: all evidence and all coverage of Mission",)


def test_a_provider_that_nobody_knows_is_noted(case):
    assert "nothing was left out for Misson" in run(case, without=["Misson"]).notes[0]


# --- copies -------------------------------------------------------------------------------------


def test_the_same_bytes_under_two_sources_are_one_lineage(case):
    add(case, "copy.csv", EVENT_ROWS, EVENT_SOURCE.split('"events.csv"')[1].replace("Mission", "Other"))
    evidence = run(case)
    assert {source.lineage for source in evidence.plan.sources} == {"Mission"}
    assert {tally.lineage for tally in evidence.files} == {"Mission"}
    assert any("copy.csv" in note and "events.csv" in note for note in evidence.notes)


def test_the_same_bytes_twice_in_one_source_count_once(case):
    (case / "events2.csv").write_text(EVENT_ROWS)
    (case / "evidence.toml").write_text(EVENT_SOURCE.replace("events.csv", "events*.csv"))
    evidence = run(case)
    assert evidence.events.collect().height == 2
    second = evidence.files[1]
    assert (second.rows, second.used) == (3, 0)
    assert second.set_aside == {"the file has the same bytes as an earlier file of this source": 2}


# --- files that are not what they should be -------------------------------------------------------


def test_gzip_is_read_and_hashed_as_it_lies_on_disk(case):
    packed = gzip.compress(EVENT_ROWS.encode(), mtime=0)
    (case / "events.csv").write_bytes(packed)
    evidence = run(case)
    assert evidence.events.collect().height == 2
    assert evidence.files[0].sha256 == hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda packed: packed[: len(packed) // 2], "cut short"),
        (lambda packed: packed[:20] + b"\xff\xff\xff\xff" + packed[24:], "damaged"),
        (lambda packed: packed[:12], "cut short"),
        (lambda packed: packed + b"garbage", "damaged"),
    ],
)
def test_a_broken_gzip_file_has_a_message(case, damage, words):
    (case / "events.csv").write_bytes(damage(gzip.compress(EVENT_ROWS.encode() * 50, mtime=0)))
    with pytest.raises(EvidenceError, match=words):
        run(case)
    assert list((case.parent / "out").iterdir()) == []


def test_a_bomb_is_stopped(case, monkeypatch):
    monkeypatch.setattr("truceline.evidence.files._FREE_BYTES", 1000)
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(EVENT_ROWS.encode()) + b"".join(packer.compress(b"0" * 1_000_000) for _ in range(20))
    (case / "events.csv").write_bytes(bomb + packer.flush())
    with pytest.raises(EvidenceError, match="unpacks to too much"):
        run(case)


def test_problems_of_all_files_come_at_once(case):
    (case / "events.csv").write_text("one,two\n1,2\n")
    add(case, "empty.csv", "", 'format = "csv"\nkind = "claim"')
    with pytest.raises(EvidenceError) as caught:
        run(case)
    assert [Path(problem.file).name for problem in caught.value.problems] == ["events.csv"] * 4 + ["empty.csv"]


def test_a_header_alone_is_noted_and_no_error(case):
    (case / "events.csv").write_text("id,when,place,what\n")
    evidence = run(case)
    assert evidence.events.collect().height == 0
    assert evidence.notes == ("events.csv has no rows",)


def test_a_file_of_which_nothing_can_be_used_is_noted_once(case):
    (case / "events.csv").write_text(EVENT_ROWS.replace("Z,", ","))
    (note,) = run(case).notes
    assert note.startswith(
        'events.csv: none of its 3 rows could be used: time without a zone; the first is row 1, "2025'
    )
    assert "add time_zone" in note


def test_a_file_that_vanished_is_named(case):
    plan, _ = read_plan(case / "evidence.toml", {})
    (case / "events.csv").unlink()
    with pytest.raises(EvidenceError, match="file not found"):
        gather(plan, load_gazetteer(), case.parent / "out")


def test_a_file_that_may_not_be_read_is_named(case, monkeypatch):
    def refuse(path: Path) -> tuple[str, int]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("truceline.evidence.files.digest", refuse)
    with pytest.raises(EvidenceError, match=r"cannot be read.*Permission denied"):
        run(case)


def test_a_file_that_changes_while_it_is_read_is_refused(case):
    add(case, "more.csv", "start_utc,area\n2025-01-01T00:00Z,UA-14\n", 'format = "csv"\nkind = "claim"')

    def write(_: str) -> None:
        (case / "more.csv").write_text("start_utc,area\n")

    with pytest.raises(EvidenceError, match="changed while it was read"):
        run(case, progress=write)


def test_a_text_without_end_is_cut(case):
    add(
        case,
        "long.csv",
        f"start_utc,area,text\n2025-01-01T00:00Z,UA-14,{'x' * 9_000}\n",
        'format = "csv"\nkind = "claim"',
    )
    text = run(case).events.collect().filter(pl.col("source") == "long")["text"][0]
    assert (len(text), text[-1]) == (4_001, "…")


def test_an_interrupted_run_leaves_no_table(case):
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(case, progress=stop)
    assert list((case.parent / "out").iterdir()) == []


# --- platforms ----------------------------------------------------------------------------------


def test_what_the_case_says_of_a_platform_comes_before_what_files_say(case):
    add(
        case,
        "ships.csv",
        "time_utc,mmsi,lon,lat,name,category\n2025-01-01T00:00Z,211000001,30.5,46,SAID,cargo\n",
        'format = "csv"\nparty = "UA"\n[[platform]]\nplatform = "mmsi:211000001"\ncategory = "warship"\n',
    )
    platforms = run(case).platforms
    assert platforms.schema == empty(PLATFORMS).schema
    assert platforms.rows() == [("mmsi:211000001", "vessel", 211000001, None, "SAID", "DE", "UA", "warship")]


def test_files_that_contradict_each_other_are_noted(case):
    for name, word in (("one", "cargo"), ("two", "warship")):
        rows = f"time_utc,mmsi,lon,lat,category\n2025-01-01T00:00Z,211000001,30.5,46,{word}\n"
        add(case, f"{name}.csv", rows, 'format = "csv"')
    evidence = run(case)
    assert evidence.platforms["category"].to_list() == ["cargo"]
    assert any("mmsi:211000001 is cargo, warship" in note for note in evidence.notes)
    with (case / "evidence.toml").open("a") as listing:
        listing.write('[[platform]]\nplatform = "mmsi:211000001"\ncategory = "tanker"\n')
    assert [note for note in run(case).notes if "mmsi" in note] == []


def test_a_table_that_turns_out_to_be_of_transponders_is_cooperative(case):
    add(case, "ships.csv", SHIPS, 'format = "csv"')
    add(case, "seen.csv", SHIPS, 'format = "csv"\ncooperative = false')
    assert [source.cooperative for source in run(case).plan.sources] == [False, True, False]


def test_a_party_speaks_for_itself_and_attributes_nothing_else(case):
    rows = "start_utc,area,kind\n2025-01-01T00:00Z,UA-14,claim\n2025-01-01T00:00Z,UA-14,shelling\n"
    add(case, "said.csv", rows, 'format = "csv"\nparty = "UA"')
    said = run(case).events.collect().filter(pl.col("source") == "said")
    assert sorted(said.select(pl.col("kind", "actor").cast(pl.String)).rows()) == [("claim", "UA"), ("shelling", None)]


def test_many_rows_are_written_in_groups_of_one_size(case):
    rows = "".join(f"2025-01-01T00:00:00Z,{211000000 + n % 50},{n / 10000},46\n" for n in range(1, 300_001))
    add(case, "many.csv", "time_utc,mmsi,lon,lat\n" + rows, 'format = "csv"')
    evidence = run(case)
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(evidence.folder / "positions.parquet")
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [131_072, 131_072, 37_856]
    assert evidence.positions.select(pl.len()).collect().item() == 300_000
