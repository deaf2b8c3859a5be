"""The evidence store and the record of what was said about it: checkable by parties who distrust each other.

Writing, by one process at a time:

    with Record.open(out, keys_folder(), f"truceline/{agreement.id}") as record:
        blob = record.keep_file(path, Statement("evidence", path.name, {"source": "ais-1"}, marking),
                                custody=Statement("custody", path.name, {"event": "read", "by": "truceline 0.1"}))
        ...                                      # only now parse; blob.path holds the bytes that were kept
        record.state(*state_assessment(assessment, {"standing.json": "<sha256>", ...}, run_id, marking))
        ...                                      # put the outputs in their places
        sealed = record.seal(witnesses)          # sealed.note: the signed checkpoint, cosigned

* `Record.open` makes keys at first use (`record.keys.created`, `record.keys.folder`: tell the user). It raises
  `RecordError` (an `InputError` with `problems`: exit 2) where somebody else writes, where keys are missing or
  not private, where the folder is older than what its key or a witness has seen.
* `state` returns leaf numbers: on disk, acknowledged, not yet in a checkpoint. `seal` publishes. A crash in
  between loses nothing: the next `seal` takes what waits. State a run's statements in one call, `run` last.
* The outputs belong to the newest `run` by their paths in `out`; every other file in `out` is a fault. A folder
  that is replaced as a whole must take `record/` along, while no `Record` is open in it.
* `remove_bytes` and `remove_statements` carry out a court's order: a statement first, then what it removes.
* `Outside(authority=Authority(url, roots))` asks for RFC 3161 time stamps. Nothing is fetched otherwise.

Checking, by anybody, without keys, writing nothing:

    faults = verify_record(out, Policy.parse(text))      # () is sound; each fault: path, what, expected, found
    faults = verify_record(out, None)                    # everything but who signed: consistent, nobody's word
    leaves = find_leaves(out / HOME, "17")               # a number, a digest, a subject, a path
    text   = prove(out / HOME, leaves[-1], opened=True)  # a receipt; `opened` shows the statement
    proven = check_receipt(text, policy)                 # .leaf .statement .accepted; raises ValueError

The formats stand in `docs/record.md`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from truceline.record.blobs import Blob
from truceline.record.judgements import state_assessment, state_finding, state_incident, state_output, state_run
from truceline.record.keys import Keys, keys_folder
from truceline.record.markings import Marking, Tlp, read_marking
from truceline.record.statements import Statement, StatementError
from truceline.record.store import HOME, Outside, Record, Sealed

if TYPE_CHECKING:
    from truceline.record.receipts import Proven, check_receipt, find_leaves, prove
    from truceline.record.stamps import Authority
    from truceline.record.verification import verify_record

__all__ = [
    "HOME",
    "Authority",
    "Blob",
    "Keys",
    "Marking",
    "Outside",
    "Proven",
    "Record",
    "Sealed",
    "Statement",
    "StatementError",
    "Tlp",
    "check_receipt",
    "find_leaves",
    "keys_folder",
    "prove",
    "read_marking",
    "state_assessment",
    "state_finding",
    "state_incident",
    "state_output",
    "state_run",
    "verify_record",
]

_LATER = {
    "Authority": "stamps",
    "Proven": "receipts",
    "check_receipt": "receipts",
    "find_leaves": "receipts",
    "prove": "receipts",
    "verify_record": "verification",
}
"""What only those need who check: a run does not wait for it."""


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
