"""Outlines and lists that the documents of a case name are kept as evidence is: they decide what is found."""

import json
from hashlib import sha256

import pytest
from click.testing import CliRunner

from truceline import casefile
from truceline.attachments import list_attached
from truceline.cli import main
from truceline.record.history import find_run
from truceline.record.openings import read_all, read_opening
from truceline.record.statements import decode

AGREEMENT = """# A truce

```agreement
id = "attached"
status = "signed"
starts = "2026-01-01T00:00Z"
ends = "3 d"
source = "test"
```

```party A
name = "A"
status = "accepted"
```

```zone bank
file = "outlines/zones.geojson#bank"
```

## Article 1: Sea

```clause sea
kind = "no-entry"
binds = ["A"]
zone = "bank"
platforms = ["warship"]
```
"""
EVIDENCE = """marking = "TLP:AMBER"
owner = "POL"

[[area]]
name = "bay"
file = "areas.geojson#bay"

[[list]]
path = "fleet.csv"
party = "A"

[[source]]
path = "log.csv"
format = "csv"
kind = "shelling"
marking = "TLP:RED"
owner = "EST"
[source.columns]
start_utc = "start"
end_utc = "end"
actor = "who"
lon = "lon"
lat = "lat"
"""
SQUARE = {"type": "Polygon", "coordinates": [[[30, 44], [31, 44], [31, 45], [30, 45], [30, 44]]]}
NAMED = {"areas.geojson": "evidence.toml", "fleet.csv": "evidence.toml", "outlines/zones.geojson": "agreement.md"}


def features(name: str) -> str:
    one = {"type": "Feature", "id": name, "properties": {"name": name}, "geometry": SQUARE}
    return json.dumps({"type": "FeatureCollection", "features": [one]})


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    (folder / "outlines").mkdir(parents=True)
    (folder / "agreement.md").write_text(AGREEMENT)
    (folder / "evidence.toml").write_text(EVIDENCE)
    (folder / "outlines" / "zones.geojson").write_text(features("bank"))
    (folder / "areas.geojson").write_text(features("bay"))
    (folder / "fleet.csv").write_text("mmsi,name\n273456789,ALFA\n")
    (folder / "log.csv").write_text("start,end,who,lon,lat\n2026-01-02T10:00Z,2026-01-02T10:05Z,A,30,46\n")
    return folder


def run(case):
    return CliRunner().invoke(main, ["run", str(case), "--quiet", "--no-report"])


def statements(case) -> list[dict]:
    home = case / "out" / "record"
    size = find_run(home, lambda _: True).leaf + 1
    return [decode(read_opening(line).data) for _, line in read_all(home, size) if b'"kind":"evidence"' in line]


def test_every_file_that_a_document_names_is_kept_before_the_evidence(case):
    done = run(case)
    assert done.exit_code == 0, done.output
    kept = {said["subject"]: said for said in statements(case)}
    for name, document in NAMED.items():
        digest = sha256((case / name).read_bytes()).hexdigest()
        assert (kept[name]["digest"], kept[name]["body"]["document"]) == (digest, document)
        blob = case / "out/record/blobs" / digest[:2] / digest
        assert blob.read_bytes() == (case / name).read_bytes()
    order = [said["subject"] for said in statements(case)]
    assert max(map(order.index, NAMED)) < order.index("log.csv")
    assert CliRunner().invoke(main, ["record", "verify", str(case / "out")]).exit_code == 0


def test_they_are_marked_as_the_document_that_names_them(case):
    run(case)
    marked = {said["subject"]: said["marking"] for said in statements(case)}
    assert marked["outlines/zones.geojson"] == marked["agreement.md"] != marked["evidence.toml"]
    assert marked["fleet.csv"] == marked["areas.geojson"] == marked["evidence.toml"]


def test_a_file_that_changes_while_the_case_is_read_is_refused(case, monkeypatch):
    read = casefile.read_documents

    def exchange(*files):
        found = read(*files)
        (case / "fleet.csv").write_text("mmsi,name\n273000000,BRAVO\n")
        return found

    monkeypatch.setattr(casefile, "read_documents", exchange)
    done = run(case)
    assert done.exit_code == 2
    assert "file changed while it was read" in done.stderr
    assert "fleet.csv" in done.stderr


def test_a_list_that_goes_missing_from_the_record_is_a_fault(case):
    run(case)
    digest = sha256((case / "fleet.csv").read_bytes()).hexdigest()
    (case / "out/record/blobs" / digest[:2] / digest).unlink()
    done = CliRunner().invoke(main, ["record", "verify", str(case / "out")])
    assert done.exit_code == 3
    assert done.output.startswith(f"record/blobs/{digest[:2]}/{digest}: missing")


def test_what_lies_outside_or_is_not_there_is_left_to_whoever_reads_it(case, tmp_path):
    assert list_attached(case / "agreement.md", case / "evidence.toml") == NAMED
    (tmp_path / "secret.csv").write_text("x")
    (case / "link.csv").symlink_to(tmp_path / "secret.csv")
    for name in ("../secret.csv", str(tmp_path / "secret.csv"), "link.csv", "nowhere.csv", "a\\u0000b", "outlines"):
        (case / "evidence.toml").write_text(f'[[list]]\npath = "{name}"\n')
        assert list_attached(case / "agreement.md", case / "evidence.toml") == {
            "outlines/zones.geojson": "agreement.md"
        }
    for content in ("[[list]]\npath = 3\n", "[[[", "list = 3\n", "[[area]]\nfile = 3\n", ""):
        (case / "evidence.toml").write_text(content)
        assert list_attached(case / "nowhere.md", case / "evidence.toml") == {}
