"""Whoever runs the program may log any nonsense, rightly committed and signed: the verifier names it and lives."""

import json
import random

import pytest
import rfc8785
from recorded import open_record, policy_of

from truceline.record import verify_record
from truceline.record.sealing import append_statements, sign_head
from truceline.record.statements import KINDS

FIELDS = ("run", "finding", "incident", "clause", "findings", "outputs", "incidents", "reading", "status")
PATHS = ("standing.json", "incidents.geojson", "findings.parquet", "record/checkpoint", "record", "record/stamps/x")
VALUES = (None, True, 1, -1, 1.5, "", "x", "run 1", [], {}, ["a", "a"], {"a": [{}]}, "ab" * 32, "../x", 2**53 - 1)
PLAIN = {
    "body": {},
    "claimed_utc": None,
    "digest": None,
    "from": [],
    "kind": "notice",
    "marking": None,
    "path": None,
    "recorded_utc": "2026-03-01T12:00:00Z",
    "subject": "x",
}


def any_value(chance: random.Random, depth: int = 0):
    if depth < 2 and chance.random() < 0.2:
        return [any_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    if depth < 2 and chance.random() < 0.2:
        return {chance.choice(FIELDS): any_value(chance, depth + 1) for _ in range(3)}
    return chance.choice(VALUES)


def any_statement(chance: random.Random) -> bytes:
    said = dict(PLAIN, kind=chance.choice(sorted(KINDS)))
    said["body"] = {name: any_value(chance) for name in chance.sample(FIELDS, 6)}
    if chance.random() < 0.6:
        said["body"]["run"] = "run 1"
    if chance.random() < 0.3:
        said[chance.choice(sorted(said))] = any_value(chance)
    if chance.random() < 0.3:
        said |= {"path": chance.choice(PATHS), "digest": "ab" * 32}
    return rfc8785.dumps(said)


@pytest.mark.parametrize("seed", range(25))
def test_nonsense_that_is_signed_is_named_and_nothing_breaks(tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    with open_record(tmp_path) as record:
        append_statements(
            record._log, [any_statement(chance) for _ in range(40)], record.keys.secret, record._outside.disk
        )
        record._log.publish(sign_head(record._log, record.keys))
    for name in ("standing.json", "incidents.geojson"):
        (record.out / name).write_text(json.dumps(any_value(chance)))
    faults = verify_record(record.out, policy_of(record))
    assert faults
    assert all(fault.path.isprintable() and len(fault.found) < 3000 for fault in faults)


def test_an_unsound_record_is_not_gone_on_with(tmp_path):
    from truceline.errors import RecordError

    with open_record(tmp_path) as record:
        append_statements(record._log, [b'{"x":1}'], record.keys.secret, record._outside.disk)
        record._log.publish(sign_head(record._log, record.keys))
    with pytest.raises(RecordError, match="truceline record verify says what is wrong"):
        open_record(tmp_path)
