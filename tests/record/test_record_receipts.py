"""A receipt proves a leaf without the store; witnesses and a time stamp authority vouch for its place."""

import base64
import shutil
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from recorded import Clock, evidence, note, open_record, policy_of, state_run, write

from truceline.cli import main
from truceline.errors import RecordError
from truceline.record import Authority, check_receipt, find_leaves, prove, verify_record
from truceline.record.stamps import LARGEST_ANSWER, StampError, check_stamp, request_stamp
from truceline.tlog.cosignatures import CosignatureSigner
from truceline.tlog.errors import LogError
from truceline.tlog.notes import split_note
from truceline.tlog.policy import KnownWitness, Policy
from truceline.tlog.witness import Witness, WitnessServer


@pytest.fixture
def record(tmp_path):
    with open_record(tmp_path) as record:
        record.keep_file(write(tmp_path / "a.csv", b"a"), evidence())
        state_run(record)
        record.state(*(note(f"remark {number}") for number in range(300)))
        record.seal()
    return record


@pytest.mark.parametrize("name", ["0", "tracks.csv", "i1", "report.html", "remark 299", "307"])
def test_a_receipt_is_checked_without_the_store(record, name):
    (leaf,) = find_leaves(record.home, name)
    text = prove(record.home, leaf, opened=True)
    shutil.rmtree(record.out)
    proven = check_receipt(text, policy_of(record))
    assert (proven.leaf, proven.accepted.checkpoint.size) == (leaf, 308)
    assert name.isdigit() or name in (proven.statement["subject"], proven.statement["path"])


def test_a_closed_receipt_needs_the_leaf_and_shows_nothing(record):
    text = prove(record.home, 5)
    assert "extra" not in text
    entry = (record.home / "tile/entries/000").read_bytes()[2 + 5 * 89 : 89 * 6]
    assert check_receipt(text, policy_of(record), entry).statement is None
    with pytest.raises(LogError, match="no opening"):
        check_receipt(text, policy_of(record))
    with pytest.raises(LogError):
        check_receipt(text, policy_of(record), entry.replace(b"v", b"w"))


def test_every_change_to_a_receipt_is_found(record):
    text = prove(record.home, 7, opened=True).encode()
    policy = policy_of(record)
    for place in range(0, len(text), 3):
        bad = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong is said in words of its own
            check_receipt(bad, policy)


def test_a_statement_of_ones_own_in_a_receipt_is_refused(record):
    lines = prove(record.home, 7, opened=True).split("\n")
    line = base64.b64decode(lines[1].removeprefix("extra ")).replace(b"remark", b"demark")
    lines[1] = "extra " + base64.b64encode(line.replace(b"run 1", b"run 2")).decode()
    with pytest.raises(LogError):
        check_receipt("\n".join(lines), policy_of(record))


def test_what_is_not_there_cannot_be_proved(record):
    assert find_leaves(record.home, "no such thing") == find_leaves(record.home, "308") == []
    assert find_leaves(record.home, "f" * 64) == []
    with pytest.raises(RecordError, match="a number below 308"):
        prove(record.home, 308)
    (record.home / "openings/000").write_bytes(b"x\n")
    with pytest.raises(RecordError, match="record verify"):
        find_leaves(record.home, "remark 1")


# ── witnesses ──


@contextmanager
def witness_of(record, folder):
    """Serve a witness of the record's log; give it as the policy of a user names it."""
    signer = CosignatureSigner("witness.example/party-a", b"w" * 32)
    known = policy_of(record)
    with Witness(folder, signer, known) as witness, WitnessServer(witness, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield KnownWitness("party-a", signer.verifier, f"http://127.0.0.1:{server.server_address[1]}/")
        finally:
            server.shutdown()


def test_a_witness_cosigns_and_the_policy_asks_for_it(tmp_path, record):
    clock = Clock(datetime(2026, 4, 1, tzinfo=UTC))
    with witness_of(record, tmp_path / "witness") as witness, open_record(tmp_path, clock=clock) as again:
        again.state(note("one more"))
        sealed = again.seal([witness])
        again.state(note("two more"))
        assert (again.seal([witness]).cosigned, sealed.cosigned, sealed.notes) == (("party-a",), ("party-a",), ())
        log = again.keys.signer.verifier_key
        policy = Policy.parse(f"log {log}\nwitness w {witness.verifier.encoded}\nquorum w\n")
        assert verify_record(again.out, policy) == ()
        assert check_receipt(prove(again.home, 309, opened=True), policy).accepted.cosigned[0].witness == "w"


def test_a_witness_that_is_away_is_named_and_holds_nothing_up(tmp_path, record):
    signer = CosignatureSigner("witness.example/party-b", b"b" * 32)
    away = KnownWitness("party-b", signer.verifier, "http://127.0.0.1:9/")
    with open_record(tmp_path, clock=Clock(datetime(2026, 4, 1, tzinfo=UTC))) as again:
        again.state(note("one more"))
        sealed = again.seal([away])
    assert sealed.size == 309
    assert sealed.notes[0].startswith("no cosignature of party-b: ")


def test_folder_and_keys_restored_together_are_noticed_by_a_witness(tmp_path, record):
    clock = Clock(datetime(2026, 4, 1, tzinfo=UTC))
    with witness_of(record, tmp_path / "witness") as witness:
        shutil.copytree(tmp_path / "out", tmp_path / "backup" / "out")
        shutil.copytree(tmp_path / "keys", tmp_path / "backup" / "keys")
        with open_record(tmp_path, clock=clock) as again:
            again.state(note("one more"))
            again.seal([witness])
        with open_record(tmp_path / "backup", clock=clock) as old:
            signed = old.keys.read_signed()
            old.state(note("another"))
            with pytest.raises(RecordError, match=r"older than what a witness has seen: expected at least 309 .*308"):
                old.seal([witness])
            assert old.keys.read_signed() == signed, "nothing was signed"


# ── time stamps ──

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = root of the tests
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[stamping]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A time stamp authority on this machine: its folder, and its root as PEM."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "config").write_text(CONFIG)
    (folder / "serial").write_text("01")
    commands = [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -config config -extensions ca -sha256",
        "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -config config -subj /CN=authority",
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -extfile config -extensions tsa",
    ]
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to play the authority")
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder, (folder / "ca.pem").read_bytes()


@contextmanager
def served(answer):
    """Serve POST with what `answer` makes of the request: status, headers, body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            status, headers, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def stamp(folder, query):
    (folder / "query").write_bytes(query)
    command = "ts -reply -config config -section stamping -queryfile query -signer tsa.pem -inkey tsa.key -out token"
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return 200, {"Content-Type": "application/timestamp-reply"}, (folder / "token").read_bytes()


def test_a_checkpoint_is_stamped_where_an_authority_is_configured(tmp_path, authority):
    folder, root = authority
    clock = Clock()
    with (
        served(lambda query: stamp(folder, query)) as url,
        open_record(tmp_path, clock=clock, authority=Authority(url, (root,))) as record,
    ):
        record.state(note("one"))
        first = record.seal()
        record.state(note("two"))
        second = record.seal()
    assert first.stamp.name.startswith("1-")
    stamped = check_stamp(second.stamp.read_bytes(), split_note(second.note)[0], [root])
    assert abs(stamped - datetime.now(UTC)) < timedelta(minutes=5), "not the record's clock, nor the claimed time"
    assert verify_record(record.out, policy_of(record), stamp_roots=[root]) == ()
    assert find_leaves(record.home, first.stamp.relative_to(record.out).as_posix()) == [2]
    first.stamp.write_bytes(second.stamp.read_bytes())
    faults = verify_record(record.out, policy_of(record), stamp_roots=[root])
    assert [fault.what for fault in faults] == ["other bytes than were logged", "no time stamp of this tree"]
    first.stamp.unlink()
    assert [fault.what for fault in verify_record(record.out, policy_of(record))] == ["missing"]


def test_a_stamp_is_asked_for_and_openssl_verifies_it(tmp_path, authority, monkeypatch):
    """With `record stamp`, for a record that is there; the token is checked by a program that is not ours."""
    folder, root = authority
    with open_record(tmp_path) as record:
        record.state(note("one"))
        text = split_note(record.seal().note)[0]
    monkeypatch.setenv("TRUCELINE_KEYS", str(record.keys.folder))
    (tmp_path / "ca.pem").write_bytes(root)
    with served(lambda query: stamp(folder, query)) as url:
        done = call("stamp", record.out, "--authority", url, "--root", tmp_path / "ca.pem")
    assert done.exit_code == 0, done.output
    token = Path(done.output.strip())
    assert call("verify", record.out, "--stamp-root", tmp_path / "ca.pem").exit_code == 0
    (tmp_path / "text").write_text(text)
    command = ["openssl", "ts", "-verify", "-data", tmp_path / "text", "-in", token, "-CAfile", tmp_path / "ca.pem"]
    assert "Verification: OK" in subprocess.run(command, capture_output=True, text=True).stdout
    (tmp_path / "text").write_text(text.replace("\n1\n", "\n2\n"))
    assert subprocess.run(command, capture_output=True).returncode != 0
    (tmp_path / "ca.pem").write_text("no certificate")
    refused = call("verify", record.out, "--stamp-root", tmp_path / "ca.pem")
    assert refused.exit_code == 3
    assert "the certificate of an authority (PEM)" in refused.output


def test_an_authority_that_gives_no_stamp_leaves_the_record_as_it_was(tmp_path, monkeypatch):
    with open_record(tmp_path) as record:
        record.state(note("one"))
        record.seal()
    monkeypatch.setenv("TRUCELINE_KEYS", str(record.keys.folder))
    before = sorted(record.home.rglob("*"))
    done = call("stamp", record.out, "--authority", "http://127.0.0.1:9/")
    assert done.exit_code == 2
    assert "no time stamp" in done.stderr
    assert sorted(record.home.rglob("*")) == before
    assert call("verify", record.out).exit_code == 0


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["record", *map(str, arguments)])


def test_a_stamp_for_another_tree_is_a_fault(tmp_path, authority):
    folder, _ = authority
    with served(lambda query: stamp(folder, query)) as url, open_record(tmp_path, authority=Authority(url)) as record:
        record.state(note("one"))
        sealed = record.seal()
    sealed.stamp.rename(sealed.stamp.with_name("1-" + "0" * 64 + ".tsr"))
    assert [fault.what for fault in verify_record(record.out, policy_of(record))] == ["stamps another tree"]


def test_another_root_is_not_believed(tmp_path, authority):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding

    key, name = generate_private_key(SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    other = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    roots = (other.public_bytes(Encoding.PEM),)
    with served(lambda query: stamp(authority[0], query)) as url, pytest.raises(StampError, match="a known authority"):
        request_stamp(Authority(url, roots), "text\n")


ANSWERS = {
    "nothing": (200, {}, b""),
    "noise": (200, {}, b"\x30\x82" + b"x" * 400),
    "too much": (200, {}, b"x" * (LARGEST_ANSWER + 5)),
    "an error": (500, {}, b"no"),
    "a redirection": (302, {"Location": "http://127.0.0.1:1/"}, b""),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_authority_that_answers_badly_leaves_the_log_without_a_stamp(tmp_path, name):
    with served(lambda _: ANSWERS[name]) as url, open_record(tmp_path, authority=Authority(url)) as record:
        record.state(note("one"))
        sealed = record.seal()
    assert (sealed.stamp, sealed.notes[0][:14]) == (None, "no time stamp:")
    assert verify_record(record.out, policy_of(record)) == ()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/", "127.0.0.1", "http://127.0.0.1:9/"])
def test_an_address_that_is_none_or_silent_is_said(url):
    with pytest.raises(StampError, match=r"expected the address|did not answer"):
        request_stamp(Authority(url, timeout_seconds=0.5), "text\n")


def test_a_silent_authority_is_not_waited_for_long():
    import socket
    import time

    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(StampError, match="did not answer"):
            request_stamp(Authority(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout_seconds=0.3), "text\n")
        assert time.monotonic() - start < 5
