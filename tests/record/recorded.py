"""A small record by hand, for the tests of the record."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from truceline.record import Marking, Outside, Record, Statement, Tlp
from truceline.spacetime import UTC
from truceline.tlog.policy import Policy

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PARTIES = Marking(Tlp.AMBER, ("UA",), ("FR", "GB"))
ORIGIN = "truceline/test-truce"


class Clock:
    """A clock that goes on by a second each time somebody looks, or is set."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def evidence(name: str = "tracks.csv") -> Statement:
    return Statement("evidence", name, {"source": "coastal radar"}, PARTIES, claimed_utc=START)


def note(subject: str = "a remark", **body: object) -> Statement:
    return Statement("notice", subject, body, PARTIES)


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def open_record(folder: Path, **outside: object) -> Record:
    """Open the record under `folder`/out with the keys in `folder`/keys."""
    outside.setdefault("clock", Clock())
    (folder / "out").mkdir(exist_ok=True)
    return Record.open(folder / "out", folder / "keys", ORIGIN, Outside(**outside))


def policy_of(record: Record) -> Policy:
    return Policy.parse(f"log {record.keys.signer.verifier_key}\nquorum none\n")


def finding_of(name: str, run: str = "run 1", clause: str = "sea-1") -> Statement:
    body = {"run": run, "finding": name, "clause": clause, "reading": "as declared"}
    return Statement("finding", name, body, PARTIES)


def incident_of(name: str, findings: Iterable[str], run: str = "run 1", clause: str = "sea-1") -> Statement:
    body = {
        "run": run,
        "incident": name,
        "clause": clause,
        "reading": "as declared",
        "status": "alleged",
        "findings": list(findings),
        "lineages": ["radar"],
    }
    return Statement("incident", name, body, PARTIES)


def output_of(out: Path, path: str, content: bytes, run: str = "run 1") -> Statement:
    """Write an output and return its statement."""
    write(out / path, content)
    kind = "standing" if path == "standing.json" else "table" if path.endswith("json") else "report"
    return Statement(kind, path, {"run": run}, PARTIES, digest=sha256(content).hexdigest(), path=path)


def run_of(statements: Iterable[Statement], run: str = "run 1") -> Statement:
    kinds = [one.kind for one in statements]
    outputs = len([kind for kind in kinds if kind in ("standing", "table", "report")])
    counts = {"findings": kinds.count("finding"), "incidents": kinds.count("incident"), "outputs": outputs}
    return Statement("run", run, {"run": run, **counts}, PARTIES)


def standing_of(incidents: list[str], clause: str = "sea-1", word: str = "suspected") -> bytes:
    one = {
        "clause": clause,
        "reading": "as declared",
        "incidents": incidents,
        "standing": {"RU": word},
        "by_party": {"RU": {"incidents": incidents}},
        "periods": [{"interval": ["2026-03-01T00:00:00Z", None], "incidents": incidents}],
    }
    return json.dumps({"schema": "truceline/standing/1", "clauses": [one]}).encode()


def features_of(*incidents: Statement) -> bytes:
    features = [{"id": one.subject, "properties": dict(one.body)} for one in incidents]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def state_run(record: Record, run: str = "run 1") -> None:
    """State a run with two findings, one incident, and three outputs that are written."""
    findings = [finding_of("f1", run), finding_of("f2", run)]
    incident = incident_of("i1", ["f1", "f2"], run)
    said = [
        *findings,
        incident,
        output_of(record.out, "standing.json", standing_of(["i1"]), run),
        output_of(record.out, "incidents.geojson", features_of(incident), run),
        output_of(record.out, "report.html", f"<p>{run}</p>".encode(), run),
    ]
    record.state(*said, run_of(said, run))
