"""A record is checked with other tools than ours: `independent.py`, from the published formats, and openssl."""

import ast
import base64
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import write_json
from recorded import evidence, note, open_record, state_run, write
from tampering import tamper

from truceline.record import prove, verify_record
from truceline.record.export import export_record
from truceline.record.release import Reader, Role
from truceline.reports.released import WRITERS
from truceline.tlog.checkpoints import Checkpoint
from truceline.tlog.cosignatures import CosignatureSigner
from truceline.tlog.folder import FolderReader
from truceline.tlog.forks import format_pair
from truceline.tlog.hashing import decode_base64
from truceline.tlog.notes import add_lines, sign_note, split_note
from truceline.tlog.policy import Policy

SCRIPT = Path(__file__).parent / "independent.py"
WITNESS = CosignatureSigner.generate("party-a")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """A record of more than two tiles, in two seals, cosigned."""
    folder = tmp_path_factory.mktemp("record")
    with open_record(folder) as record:
        record.keep_file(write(folder / "a.csv", b"1,2,3\n"), evidence())
        numbers = [0, -1, 1.5, 1e21, 1e-7, 5e-324, 2**53 - 1, 0.1, 123456789.125]
        record.state(
            note("texts", text='"\\\n\t\x01é€😀\u2028', names={"\ud7ff": 1, "😀": 2, "\uffee": 3}, numbers=numbers)
        )
        record.seal()
        record.state(*(note(f"remark {number}") for number in range(600)))
        state_run(record)
        record.seal()
    place = record.home / "checkpoint"
    signed = place.read_text()
    place.write_text(add_lines(signed, [WITNESS.cosign(split_note(signed)[0], 1_700_000_000)]))
    return record


def check(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", SCRIPT, *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def check_folder(record, out: Path) -> subprocess.CompletedProcess:
    return check(out, record.keys.signer.verifier_key, WITNESS.verifier_key)


def test_the_other_verifier_is_another():
    """Only the standard library and `cryptography`: whoever reads it need not believe us."""
    named = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            named.add(node.module)
    assert {name.partition(".")[0] for name in named} - sys.stdlib_module_names == {"cryptography"}


def test_a_sealed_record_holds_for_the_other_verifier(record):
    done = check_folder(record, record.out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "609 leaves under the signed root, 609 opened, cosigned by 1" in done.stdout
    assert "1 kept files and 3 outputs" in done.stdout
    assert (
        check(record.out, record.keys.signer.verifier_key, CosignatureSigner.generate("b").verifier_key).returncode == 3
    )


@pytest.mark.parametrize("seed", range(20))
def test_both_verifiers_see_a_tampering(record, tmp_path, seed):
    """What ours calls unsound the other does not call sound; each may stop at another place."""
    out = shutil.copytree(record.out, tmp_path / "out")
    done = tamper(out, random.Random(seed))  # noqa: S311 - nothing secret
    policy = Policy.parse(
        f"log {record.keys.signer.verifier_key}\nwitness a {WITNESS.verifier_key}\nquorum a\n",
    )
    assert verify_record(out, policy), done
    assert check_folder(record, out).returncode, done


def test_a_package_holds_for_the_other_verifier(record, tmp_path):
    export_record(record.out, Reader("FR", Role.GUARANTOR_STAFF), tmp_path / "fr", WRITERS)
    done = check_folder(record, tmp_path / "fr")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "609 leaves under the signed root" in done.stdout
    export_record(record.out, Reader("public", Role.PUBLIC), tmp_path / "public", WRITERS)
    assert "609 leaves under the signed root, 0 opened" in check_folder(record, tmp_path / "public").stdout


@pytest.mark.parametrize("leaf", [0, 1, 255, 256, 511, 512, 600, 608])
def test_a_receipt_holds_for_the_other_verifier(record, tmp_path, leaf):
    key = record.keys.signer.verifier_key
    opened, closed = tmp_path / "opened", tmp_path / "closed"
    opened.write_text(prove(record.home, leaf, opened=True))
    closed.write_text(prove(record.home, leaf))
    entries = (record.home / f"tile/entries/{leaf // 256:03}{'' if leaf < 512 else '.p/97'}").read_bytes()
    size = 89  # a leaf's length, with the two bytes before it
    (tmp_path / "leaf").write_bytes(entries[leaf % 256 * size + 2 : (leaf % 256 + 1) * size])
    for arguments in ([opened, key], [closed, key, tmp_path / "leaf"]):
        done = check("--receipt", *arguments)
        assert done.stdout.startswith(f"leaf {leaf} of 609"), done.stdout + done.stderr
    opened.write_text(opened.read_text().replace(f"index {leaf}\n", f"index {leaf + 1}\n"))
    assert check("--receipt", opened, key).returncode == 3
    assert check("--receipt", closed, key).returncode == 3


def test_a_fork_holds_for_the_other_verifier(record, tmp_path):
    mine = (record.home / "checkpoint").read_text()
    other = sign_note(Checkpoint(record.keys.origin, 609, bytes(32)).text, [record.keys.signer])
    for name, second, code in (("fork", other, 0), ("none", mine, 3)):
        (tmp_path / name).write_text(format_pair("two trees", mine, second))
        assert check("--fork", tmp_path / name, record.keys.signer.verifier_key).returncode == code


scalars = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60)
@given(values)
def test_the_other_verifier_writes_json_as_rfc_8785_has_it(value):
    assert write_json(value).encode() == rfc8785.dumps(value)


# --- openssl --------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
def test_openssl_verifies_the_signature_of_a_checkpoint(record, tmp_path):
    """As docs/record.md has it: the key as DER, the text up to the empty line, the signature without its key id."""
    text, signatures = split_note(FolderReader(record.home).read_note())
    key = decode_base64(record.keys.signer.verifier_key.split("+", 2)[2])[1:]
    pem = base64.encodebytes(bytes.fromhex("302a300506032b6570032100") + key).decode()
    (tmp_path / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n")
    (tmp_path / "text").write_text(text)
    (tmp_path / "signature").write_bytes(signatures[0].signature)
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pem",
        "-rawin",
        "-in",
        "text",
        "-sigfile",
        "signature",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Verified Successfully" in done.stdout
    (tmp_path / "text").write_text(text.replace("609", "608"))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode != 0
