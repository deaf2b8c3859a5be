"""Check a log's folder, a receipt or a fork, offline: python -m truceline.tlog audit FOLDER POLICY [NOTE …]."""

import argparse
import sys
from pathlib import Path

from truceline.tlog.audit import audit_folder
from truceline.tlog.errors import LogError
from truceline.tlog.folder import FolderReader
from truceline.tlog.forks import MAX_PAIR_BYTES, judge_pair
from truceline.tlog.policy import MAX_POLICY_BYTES, Policy
from truceline.tlog.receipts import MAX_RECEIPT_BYTES, parse_receipt, verify_receipt
from truceline.tlog.tiles import MAX_ENTRY_BYTES

SOUND, CANNOT, FAULTY = 0, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Return 0 for what is sound, 3 for what is not, 2 where that cannot be asked."""
    parser = argparse.ArgumentParser(prog="python -m truceline.tlog", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    audit = kinds.add_parser("audit", help="check everything in a log's folder")
    audit.add_argument("folder", type=Path)
    audit.add_argument("policy", type=Path)
    audit.add_argument("note", type=Path, nargs="*", help="checkpoints seen before, which the log must still contain")
    audit.add_argument("--no-entries", action="store_true", help="the copy has tiles, but no bundles")
    receipt = kinds.add_parser("receipt", help="check a .tlog-proof file for one entry")
    receipt.add_argument("receipt", type=Path)
    receipt.add_argument("entry", type=Path, help="a file with the bytes of the entry")
    receipt.add_argument("policy", type=Path)
    fork = kinds.add_parser("fork", help="check a file with two checkpoints of one log that contradict each other")
    fork.add_argument("pair", type=Path)
    fork.add_argument("policy", type=Path)
    fork.add_argument("--folder", type=Path, help="a copy of the log: its tiles decide where the two sizes differ")
    options = parser.parse_args(arguments)
    try:
        policy = Policy.parse(_read(options.policy, MAX_POLICY_BYTES))
        return _CHECKS[options.kind](options, policy)
    except (LogError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit + 1)


def _audit(options: argparse.Namespace, policy: Policy) -> int:
    known = [path.read_text("utf-8", errors="replace") for path in options.note]
    faults = audit_folder(options.folder, policy, known, entries=not options.no_entries)
    for fault in faults:
        sys.stdout.write(f"{fault.path}: {fault.what}: expected {fault.expected}, found {fault.found}\n")
        sys.stdout.writelines(f"\n{note}\n" for note in fault.notes)
    sys.stdout.write("sound\n" if not faults else f"{len(faults)} faults\n")
    return FAULTY if faults else SOUND


def _check_receipt(options: argparse.Namespace, policy: Policy) -> int:
    text = _read(options.receipt, MAX_RECEIPT_BYTES)
    entry = _read(options.entry, MAX_ENTRY_BYTES)
    try:
        receipt = parse_receipt(text)
        accepted = verify_receipt(receipt, entry, policy)
    except LogError as error:
        sys.stdout.write(f"not proved: {error}\n")
        return FAULTY
    head = accepted.checkpoint
    sys.stdout.write(f"entry {receipt.index} of {head.size} in {head.origin}\n")
    sys.stdout.writelines(f"cosigned by {voice.witness} at {voice.time_s} s\n" for voice in accepted.cosigned)
    return SOUND


def _check_fork(options: argparse.Namespace, policy: Policy) -> int:
    text = _read(options.pair, MAX_PAIR_BYTES)
    try:
        judged = judge_pair(text, policy, FolderReader(options.folder) if options.folder else None)
    except LogError as error:
        sys.stdout.write(f"not proved: {error}\n")
        return FAULTY
    sys.stdout.writelines(f"{line}\n" for line in judged.lines())
    return SOUND if judged.verdict == "fork" else FAULTY


_CHECKS = {"audit": _audit, "receipt": _check_receipt, "fork": _check_fork}


if __name__ == "__main__":
    sys.exit(main())
