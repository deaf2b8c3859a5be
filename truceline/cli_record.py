"""The commands about the record: check it, prove from it, witness others'; what people enter is in `cli_deciding`.

Exit codes: 0 sound or done, 2 bad input or usage, 3 what was checked does not hold.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truceline.terminal import fail, read_bytes, report_problems

if TYPE_CHECKING:
    from truceline.record.receipts import Proven
    from truceline.tlog.audit import Fault
    from truceline.tlog.policy import Cosigned, KnownWitness, Policy

SHOWN = 20
"""Faults that are printed; JSON has them all."""

LARGEST_RECEIPT = 4 << 20

_PATH = click.Path(path_type=Path)
_POLICY = click.option("--policy", "policy_file", type=_PATH, metavar="FILE", help="Whose signatures are believed.")


@click.group()
def record() -> None:
    """Check the record of an output, prove from it, witness it, and enter decisions."""


def read_policy(path: Path) -> Policy:
    """Return the policy in a file; leave with exit code 2 where it cannot be used."""
    from truceline.tlog.errors import PolicyError
    from truceline.tlog.policy import MAX_POLICY_BYTES, Policy

    try:
        return Policy.parse(read_bytes(path, MAX_POLICY_BYTES))
    except PolicyError as error:
        where = f"{path}:{error.line}" if error.line else path
        return fail(
            where, "policy not understood", "log, witness, group and quorum lines", error.reason, "docs/tlog.md"
        )


@record.command()
@click.argument("folder", metavar="DIR", type=_PATH)
@_POLICY
@click.option("--checkpoint", "known", type=_PATH, multiple=True, metavar="FILE", help="A checkpoint seen before.")
@click.option("--stamp-root", "roots", type=_PATH, multiple=True, metavar="PEM", help="Whose time stamps are believed.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify(
    folder: Path, policy_file: Path | None, known: tuple[Path, ...], roots: tuple[Path, ...], as_json: bool
) -> None:
    """Check everything in DIR again, offline: bytes, leaves, tree, signatures, figures. Writes nothing.

    DIR is an output folder or an unpacked export. Exit code 0: sound; 3: not, and the first thing wrong is named
    first.
    """
    from truceline.record.export import check_package, is_package
    from truceline.record.outputs import is_unfinished
    from truceline.record.verification import HOME, verify_record
    from truceline.reports.released import WRITERS

    policy = read_policy(policy_file) if policy_file else None
    refuse_unaskable(folder, policy, known)
    notes = [read_bytes(path, 1 << 20).decode("utf-8", "replace") for path in known]
    trusted = [read_bytes(path, 1 << 20) for path in roots]
    if is_package(folder):
        faults = check_package(folder, policy, WRITERS, known=notes, stamp_roots=trusted)
    else:
        faults = verify_record(folder, policy, known=notes, stamp_roots=trusted)
    unfinished = bool(faults) and is_unfinished(folder / HOME)
    if as_json:
        click.echo(json.dumps(tell_verified(folder, faults, policy, unfinished=unfinished), indent=1))
    else:
        print_verified(folder, faults, policy, unfinished=unfinished)
    sys.exit(3 if faults else 0)


def refuse_unaskable(folder: Path, policy: Policy | None, known: tuple[Path, ...]) -> None:
    """Leave with exit code 2 where nothing can be verified: no folder, or checkpoints and no key to check them with."""
    import os

    if not os.path.isdir(folder):  # noqa: PTH112 - whatever the rights of the folders above are
        found = "a file" if os.path.exists(folder) else "nothing of that name"  # noqa: PTH110
        do = "unpack it first" if folder.suffix == ".zip" else "name the folder that holds record/"
        fail(folder, "nothing to verify", "an output folder, or an unpacked export", found, do)
    if known and policy is None:
        do = "name the log's key in a policy, and add --policy"
        fail("--checkpoint", "cannot be checked", "the log's key, for earlier checkpoints are signed too", "none", do)


def tell_verified(
    folder: Path, faults: tuple[Fault, ...], policy: Policy | None, *, unfinished: bool
) -> dict[str, Any]:
    """Return what a verification found, as JSON. Schema "truceline/verification/1"."""
    from dataclasses import asdict

    from truceline.record.export import describe_package
    from truceline.record.verification import count_removed

    return {
        "schema": "truceline/verification/1",
        "folder": str(folder),
        "sound": not faults,
        "package": None if faults else describe_package(folder) or None,
        "signatures_checked": policy is not None,
        "vouched": [] if faults else describe_voices(folder, policy),
        "removed": None if faults else count_removed(folder),
        "unfinished": unfinished,
        "faults": [asdict(fault) for fault in faults],
    }


def print_verified(folder: Path, faults: tuple[Fault, ...], policy: Policy | None, *, unfinished: bool) -> None:
    """Print what a verification found, the first thing wrong first, and what it could not say."""
    from truceline.record.export import describe_package

    for fault in faults[:SHOWN]:
        click.echo(f"{fault.path}: {fault.what}: expected {fault.expected}, found {fault.found}")
        for note in fault.notes:
            click.echo(f"\n{note}")
    if faults:
        more = f", the first {SHOWN} above" if len(faults) > SHOWN else ""
        click.echo(f"{folder}: NOT SOUND, {len(faults)} fault{'' if len(faults) == 1 else 's'}{more}")
    else:
        click.echo(f"{folder}: sound; {describe_head(folder)}")
        told = [*describe_voices(folder, policy), describe_removed(folder), describe_package(folder)]
        for line in filter(None, told):
            click.echo(line)
    if unfinished:
        click.echo(
            "A run writes to this folder just now, or was interrupted. Where no run is at work, the next "
            "`truceline run` or `truceline record settle` clears what it left; verify again after that."
        )
    if policy is None:
        click.echo("Whose record this is was not checked: give the keys that you trust with --policy.")


def describe_head(folder: Path) -> str:
    """Return the newest checkpoint in a line: whose, how many leaves."""
    from truceline.record.verification import HOME
    from truceline.tlog.checkpoints import parse_checkpoint
    from truceline.tlog.folder import FolderReader
    from truceline.tlog.notes import split_note

    head = parse_checkpoint(split_note(FolderReader(folder / HOME).read_note() or "")[0])
    return f"{head.size} leaves of {head.origin}"


def describe_voices(folder: Path, policy: Policy | None) -> list[str]:
    """Return who vouches for the newest checkpoint, as a policy has it: the log, each witness, the quorum."""
    from truceline.record.verification import HOME
    from truceline.tlog.folder import FolderReader

    if policy is None:
        return []
    accepted = policy.check(FolderReader(folder / HOME).read_note() or "")
    origin = accepted.checkpoint.origin
    keys = ", ".join(log.verifier.key_id.hex() for log in policy.logs if log.origin == origin)
    needed = "no witness is needed" if policy.quorum is None else f"the quorum {policy.quorum} is reached"
    return [f"signed by {origin} (key {keys}); {needed}", *map(say_voice, accepted.cosigned)]


def describe_removed(folder: Path) -> str:
    """Return how many statements are gone by order, empty for none."""
    from truceline.record.verification import count_removed

    number = count_removed(folder)
    return f"{number} statement{'' if number == 1 else 's'} removed by order, as later leaves say" if number else ""


def say_voice(voice: Cosigned) -> str:
    """Return "cosigned by NAME at TIME"; a time that no calendar has is given in seconds."""
    from datetime import UTC, datetime

    try:
        when = datetime.fromtimestamp(voice.time_s, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        when = f"{voice.time_s} s after 1970"
    return f"cosigned by {voice.witness} at {when}"


@record.command()
@click.argument("out", type=_PATH)
def policy(out: Path) -> None:
    """Print the least policy for the record in OUT, from its own key: the line that everybody needs who will check.

    Whoever checks has to have it from you, and not from the folder that it is to vouch for.
    """
    from truceline.record.entering import read_log_key

    click.echo(f"log {report_problems(lambda: read_log_key(out))}\nquorum none")


@record.command()
@click.argument("out", type=_PATH)
@click.argument("name", metavar="ID")
@click.option("--for", "nation", metavar="CODE", help="Open the statement, for this reader: nation, party or body.")
@click.option("--role", default="public", show_default=True, help="The reader's role; docs/release.md has them.")
@click.option("--out", "target", type=_PATH, metavar="FILE", help="Write the receipt there; default: print it.")
@click.option("--leaf", type=_PATH, metavar="FILE", help="Write the leaf too, for whoever checks a closed receipt.")
def prove(out: Path, name: str, nation: str | None, role: str, target: Path | None, leaf: Path | None) -> None:
    """Write a receipt for ID: a finding, an incident, a file's SHA-256, an output's path, a leaf's number.

    Without --for it proves that the leaf is in the log and shows nothing of what it says. Who holds a receipt
    checks it with `record verify-receipt`, without the record.
    """
    from truceline.record.export import read_reader
    from truceline.record.receipts import read_leaf
    from truceline.record.release import prove_for

    if nation is not None:
        reader = report_problems(lambda: read_reader(nation, role))
        text = report_problems(lambda: prove_for(out, name, reader))
    else:
        text = report_problems(lambda: prove_closed(out, name))
    if leaf is not None:
        report_problems(lambda: write_new(leaf, read_leaf(out / "record", text)))
    if target is None:
        click.echo(text, nl=False)
    else:
        report_problems(lambda: write_new(target, text.encode()))
        click.echo(str(target))


def prove_closed(out: Path, name: str) -> str:
    """Return a receipt for the newest leaf that a name means, without its statement."""
    from truceline.record import HOME, find_leaves
    from truceline.record import prove as prove_leaf
    from truceline.record.release import no_record, nothing_of

    if not (out / HOME).is_dir():
        raise no_record(out)
    leaves = find_leaves(out / HOME, name)
    if not leaves:
        raise nothing_of(name)
    return prove_leaf(out / HOME, leaves[-1])


@record.command("verify-receipt")
@click.argument("file", type=_PATH)
@click.option("--policy", "policy_file", type=_PATH, required=True, metavar="FILE", help="Whose signatures count.")
@click.option("--leaf", type=_PATH, metavar="FILE", help="The leaf's bytes, where the receipt carries no statement.")
def verify_receipt(file: Path, policy_file: Path, leaf: Path | None) -> None:
    """Check a receipt, offline and without the record. Exit code 0: proved; 3: not."""
    from truceline.record import check_receipt
    from truceline.tlog.tiles import MAX_ENTRY_BYTES

    policy = read_policy(policy_file)
    text, data = read_bytes(file, LARGEST_RECEIPT), None if leaf is None else read_bytes(leaf, MAX_ENTRY_BYTES)
    try:
        proven = check_receipt(text, policy, data)
    except ValueError as error:
        click.echo(f"not proved: {error}")
        sys.exit(3)
    print_proven(proven)


def print_proven(proven: Proven) -> None:
    """Print what a receipt proves, and the statement where it carries one."""
    head = proven.accepted.checkpoint
    click.echo(f"proved: leaf {proven.leaf} of {head.size} in {head.origin}")
    for voice in proven.accepted.cosigned:
        click.echo(say_voice(voice))
    if proven.statement is not None:
        click.echo(json.dumps(proven.statement, ensure_ascii=True, indent=1, sort_keys=True))


@record.command("verify-fork")
@click.argument("file", type=_PATH)
@click.option("--policy", "policy_file", type=_PATH, required=True, metavar="FILE", help="The log's key.")
@click.option("--record", "folder", type=_PATH, metavar="OUT", help="A copy: its tiles decide where sizes differ.")
def verify_fork(file: Path, policy_file: Path, folder: Path | None) -> None:
    """Check a file with two checkpoints of one log that contradict each other. Exit code 0: a fork is proved; 3: not.

    Such a file is written where a record, or a witness, finds that a key has signed two histories.
    """
    from truceline.tlog.errors import LogError
    from truceline.tlog.folder import FolderReader
    from truceline.tlog.forks import MAX_PAIR_BYTES, judge_pair

    policy, text = read_policy(policy_file), read_bytes(file, MAX_PAIR_BYTES)
    try:
        judged = judge_pair(text, policy, FolderReader(folder / "record") if folder else None)
    except LogError as error:
        click.echo(f"not proved: {error}")
        sys.exit(3)
    click.echo("\n".join(judged.lines()))
    sys.exit(0 if judged.verdict == "fork" else 3)


@record.command()
@click.argument("name")
@click.option("--out", "target", type=_PATH, required=True, metavar="FILE", help="Where the private key goes.")
@click.option("--witness", "cosigns", is_flag=True, help="A key for a witness, not for decisions.")
def key(name: str, target: Path, cosigns: bool) -> None:
    """Make a key of your own under NAME, and print its public half for signers.toml or a policy."""
    from truceline.tlog.cosignatures import CosignatureSigner
    from truceline.tlog.errors import LogError
    from truceline.tlog.notes import Signer

    try:
        signer = CosignatureSigner.generate(name) if cosigns else Signer.generate(name)
    except LogError as error:
        fail(target, "name cannot be used", "letters without blanks and plus signs", str(error), "choose another")
    report_problems(lambda: write_new(target, signer.encoded.encode() + b"\n", mode=0o600))
    click.echo(signer.verifier_key)


@record.command()
@click.argument("folder", type=_PATH)
@click.option("--policy", "policy_file", type=_PATH, required=True, metavar="FILE", help="The logs to be witnessed.")
@click.option("--key", "key_file", type=_PATH, required=True, metavar="FILE", help="A key of `record key --witness`.")
@click.option("--listen", default="127.0.0.1:8470", show_default=True, metavar="HOST:PORT", help="Where to listen.")
def witness(folder: Path, policy_file: Path, key_file: Path, listen: str) -> None:
    """Run a witness that remembers in FOLDER the newest state of each log, and cosigns only what follows from it."""
    from truceline.tlog.cosignatures import CosignatureSigner
    from truceline.tlog.errors import LogError
    from truceline.tlog.witness import Witness, WitnessServer

    policy = read_policy(policy_file)
    host, _, port = listen.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        fail(folder, "address not understood", "HOST:PORT", listen, "for example 127.0.0.1:8470")
    try:
        signer = CosignatureSigner.parse(read_private(key_file))
        with Witness(folder, signer, policy) as one, WitnessServer(one, host.strip("[]"), int(port)) as server:
            click.echo(f"{signer.verifier_key} listens on {host}:{server.server_address[1]}")
            server.serve_forever()
    except (LogError, OSError) as error:
        fail(folder, "the witness cannot run", "a key, a folder of its own and a free port", str(error), "correct it")
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def read_private(path: Path) -> str:
    """Return a private key; leave with exit code 2 where it cannot be read, or others can read it too."""
    import os

    if os.name == "posix" and path.is_file() and (mode := path.stat().st_mode & 0o777) & 0o077:
        do = f"chmod 0600 {path}, and make a new key if somebody may have read it"
        fail(path, "others can read this key", "rights for the owner alone (0600)", f"{mode:04o}", do)
    return read_bytes(path, 1 << 16).decode("utf-8", "replace").strip()


def write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that is not there yet; raises RecordError where it is, or cannot be written."""
    import os

    from truceline.errors import RecordError
    from truceline.model import Problem

    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        problem = Problem(str(path), 0, "not written", "a new file", error.strerror or str(error), "name another one")
        raise RecordError([problem]) from error


def list_witnesses(policy_file: Path | None) -> Sequence[KnownWitness]:
    """Return the witnesses of a policy, none where no policy was named."""
    return read_policy(policy_file).witnesses if policy_file else ()
