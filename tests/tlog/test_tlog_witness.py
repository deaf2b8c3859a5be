"""A witness signs what follows from what it saw, answers as the specification says, and never goes back."""

import contextlib
import gc
import random
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
from tlog_cases import ORIGIN, SIGNER, WITNESS, MemoryTiles, leaves
from tlog_disks import FailingDisk, ForgettingDisk, PowerCut

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.cosignatures import SUBTREE_V1, CosignatureSigner
from truceline.tlog.cosigning import format_request, prove_from, request_cosignature, request_cosignatures
from truceline.tlog.errors import BehindWitness, ForkedWitness, LogError, WitnessError
from truceline.tlog.forks import judge_pair, parse_pair
from truceline.tlog.hashing import EMPTY_ROOT, hash_leaf
from truceline.tlog.notes import DASH, Signer, open_note, sign_note, split_note
from truceline.tlog.policy import KnownWitness, Policy
from truceline.tlog.proofs import prove_consistency, read_root
from truceline.tlog.witness import MAX_REQUEST_BYTES, Answer, Witness, WitnessServer

POLICY = Policy.parse(f"log {SIGNER.verifier_key}\nquorum none\n")
ENTRIES = leaves(0, 50)
TILES = MemoryTiles(ENTRIES)
FORKED = MemoryTiles([*ENTRIES[:9], b"another", *ENTRIES[10:]])


class Trees:
    """The log as it was at each size, signed; and the proofs between."""

    def __init__(self, entries: list[bytes], signer: Signer = SIGNER) -> None:
        self.entries, self.signer = entries, signer

    def note(self, size: int, *extensions: str) -> str:
        root = read_root(MemoryTiles(self.entries[:size]), size)
        return sign_note(Checkpoint(self.signer.name, size, root, extensions).text, [self.signer])

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        return prove_consistency(MemoryTiles(self.entries[:new]), old, new) if 0 < old < new else ()

    def request(self, old: int, new: int) -> bytes:
        return format_request(old, self.proof(old, new), self.note(new))


TRUE = Trees(ENTRIES)
OTHER = Trees([*ENTRIES[:9], b"another", *ENTRIES[10:]])
FOREIGN = Trees(ENTRIES, Signer(ORIGIN, bytes(32)))


@pytest.fixture
def witness(tmp_path):
    with Witness(tmp_path / "state", WITNESS, POLICY, clock=lambda: 1000) as made:
        yield made


def size_of(witness: Witness) -> int:
    note = witness.latest(ORIGIN)
    return parse_checkpoint(split_note(note)[0]).size if note else 0


def test_a_log_grows_before_a_witness(witness):
    for old, new in [(0, 5), (5, 5), (5, 20), (20, 50)]:
        answer = witness.add_checkpoint(TRUE.request(old, new))
        assert answer.code == 200
        note = open_note(TRUE.note(new) + answer.body.decode(), [WITNESS.verifier])
        assert WITNESS.verifier.read_time(note.verified[0]) == 1000
        assert size_of(witness) == new


def test_an_empty_log_is_cosigned_first(witness):
    assert witness.add_checkpoint(TRUE.request(0, 0)).code == 200
    assert witness.add_checkpoint(TRUE.request(0, 0)).code == 200
    assert witness.add_checkpoint(TRUE.request(0, 7)).code == 200


def conflict(size: int) -> Answer:
    return Answer(409, "text/x.tlog.size", f"{size}\n".encode())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(TRUE.request(0, 20), 409, id="an old size that is not the last one's"),
        pytest.param(TRUE.request(12, 20), 409, id="a larger old size"),
        pytest.param(TRUE.request(5, 7), 409, id="a replay of an old request"),
        pytest.param(format_request(10, (), TRUE.note(5)), 400, id="a checkpoint smaller than the old size"),
        pytest.param(format_request(10, (), OTHER.note(10)), 409, id="another tree of the same size"),
        pytest.param(OTHER.request(10, 20), 422, id="a larger tree that does not contain the last one"),
        pytest.param(format_request(10, (), TRUE.note(20)), 422, id="no proof"),
        pytest.param(format_request(10, TRUE.proof(10, 20)[::-1], TRUE.note(20)), 422, id="a proof in disorder"),
        pytest.param(format_request(10, TRUE.proof(10, 20)[:-1], TRUE.note(20)), 422, id="half a proof"),
        pytest.param(format_request(10, TRUE.proof(9, 20), TRUE.note(20)), 422, id="a proof from elsewhere"),
        pytest.param(format_request(10, TRUE.proof(9, 10), TRUE.note(10)), 422, id="a proof to the same size"),
        pytest.param(FOREIGN.request(10, 20), 403, id="signed by another key of that name"),
        pytest.param(TRUE.request(10, 20).replace(b"\n20\n", b"\n21\n"), 403, id="changed after signing"),
        pytest.param(TRUE.request(10, 20).replace(ORIGIN.encode(), b"other.example"), 404, id="an unknown log"),
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"old 10", 400, id="half a request"),
        pytest.param(TRUE.request(10, 20).replace(b"old 10", b"old 010"), 400, id="leading zeroes"),
        pytest.param(TRUE.request(10, 20).replace(b"old 10", b"old -10"), 400, id="a negative size"),
        pytest.param(TRUE.request(10, 20).replace(b"old 10", b"new 10"), 400, id="another word"),
        pytest.param(TRUE.request(10, 20).replace(b"\n", b"\r\n"), 400, id="other line ends"),
        pytest.param(TRUE.request(10, 20).replace(b"\n", b"\nAAAA\n", 1), 400, id="a short hash"),
        pytest.param(format_request(10, [hash_leaf(b"")] * 64, TRUE.note(20)), 400, id="64 hashes"),
        pytest.param(b"\xff" + TRUE.request(10, 20), 400, id="not UTF-8"),
        pytest.param(TRUE.request(10, 20) + b"\n", 400, id="a line too many"),
        pytest.param(b"x" * (MAX_REQUEST_BYTES + 1), 400, id="too large"),
    ],
)
def test_what_is_refused(witness, body, code):
    assert witness.add_checkpoint(TRUE.request(0, 5)).code == 200
    assert witness.add_checkpoint(TRUE.request(5, 10)).code == 200
    before = witness.latest(ORIGIN)
    answer = witness.add_checkpoint(body)
    assert (answer.code, witness.latest(ORIGIN)) == (code, before)
    refused = answer.body.decode().rpartition("second:\n")[2]  # before it, what was cosigned earlier
    assert f"{DASH} {WITNESS.name} " not in refused, "no cosignature comes with a refusal"
    assert witness.add_checkpoint(TRUE.request(10, 20)).code == 200


def test_a_conflict_tells_the_size(witness):
    assert witness.add_checkpoint(TRUE.request(3, 5)) == conflict(0)
    witness.add_checkpoint(TRUE.request(0, 10))
    assert witness.add_checkpoint(TRUE.request(0, 20)) == conflict(10)
    assert witness.add_checkpoint(OTHER.request(10, 10)).type.startswith("text/plain")


def test_a_first_checkpoint_has_no_proof(witness):
    assert witness.add_checkpoint(format_request(0, TRUE.proof(3, 5), TRUE.note(5))).code == 422
    assert witness.latest(ORIGIN) is None


def test_a_fork_is_kept_with_both_notes(witness, tmp_path):
    witness.add_checkpoint(TRUE.request(0, 10))
    for old in (10, 0):
        witness.add_checkpoint(OTHER.request(old, 10))
    (evidence,) = (tmp_path / "state").glob("*.forks/*.txt")
    first, second = parse_pair(evidence.read_bytes())
    assert first.startswith(TRUE.note(10)), "as it was cosigned"
    assert second == OTHER.note(10)
    assert judge_pair(evidence.read_bytes(), POLICY).verdict == "fork"


def test_a_log_is_shown_the_other_tree_of_its_size(served):
    """So that the operator of a log that was restored, or copied, has the proof too."""
    request_cosignature(served, TRUE.note(10), lambda _: ())
    got = request_cosignatures(OTHER.note(10), [served], lambda _: ())
    assert got.cosigned == ()
    assert judge_pair(got.pair, POLICY).verdict == "fork"
    assert got.failed[0].reason == "A has cosigned another tree of this size"
    later = request_cosignatures(OTHER.note(20), [served], lambda _: OTHER.proof(10, 20))
    assert later.pair is None
    assert "may not be the beginning of this tree" in later.failed[0].reason


def test_many_forks_do_not_fill_the_disk(witness, tmp_path):
    witness.add_checkpoint(TRUE.request(0, 10))
    for number in range(30):
        forked = Trees([f"{number}".encode(), *ENTRIES[1:]])
        assert witness.add_checkpoint(forked.request(10, 10)).code == 409
    assert len(list((tmp_path / "state").glob("*.forks/*"))) == 16


def test_lines_of_strangers_do_not_stay(witness):
    strangers = "".join(f"— s{number} AAAAAAAA\n" for number in range(99))
    for old, new in [(0, 5), (5, 10), (10, 20)]:
        body = format_request(old, TRUE.proof(old, new), TRUE.note(new) + strangers)
        assert witness.add_checkpoint(body).code == 200
    assert "s98" not in witness.latest(ORIGIN)


def test_racing_requests_never_go_back(witness):
    assert witness.add_checkpoint(TRUE.request(0, 2)).code == 200
    bodies = [TRUE.request(2, new) for new in range(3, 50)]
    with ThreadPoolExecutor(16) as pool:
        codes = [answer.code for answer in pool.map(witness.add_checkpoint, bodies)]
    assert sorted(set(codes)) == [200, 409]
    assert codes.count(200) == 1
    assert size_of(witness) == 3 + codes.index(200)


def test_a_restarted_witness_remembers(tmp_path):
    with Witness(tmp_path, WITNESS, POLICY) as first:
        first.add_checkpoint(TRUE.request(0, 10))
        with pytest.raises(LogError, match="another witness"):
            Witness(tmp_path, WITNESS, POLICY)
    with Witness(tmp_path, WITNESS, POLICY) as second:
        assert second.add_checkpoint(TRUE.request(0, 5)) == conflict(10)


def test_a_clock_set_back_does_not_set_cosignatures_back(tmp_path):
    times = []
    for clock in (5000, 4000):
        with Witness(tmp_path, WITNESS, POLICY, clock=lambda now=clock: now) as witness:
            answer = witness.add_checkpoint(TRUE.request(0 if clock == 5000 else 10, 10))
            note = open_note(TRUE.note(10) + answer.body.decode(), [WITNESS.verifier])
            times.append(WITNESS.verifier.read_time(note.verified[0]))
    assert times == [5000, 5000]


def test_two_kinds_of_cosignature(tmp_path):
    new = CosignatureSigner("witness.example/pq", bytes(32), SUBTREE_V1)
    with Witness(tmp_path, [WITNESS, new], POLICY) as witness:
        answer = witness.add_checkpoint(TRUE.request(0, 10))
    verified = open_note(TRUE.note(10) + answer.body.decode(), [WITNESS.verifier, new.verifier]).verified
    assert [line.name for line in verified] == [WITNESS.name, new.name]


@pytest.mark.parametrize("call", range(3, 9))
def test_nothing_is_signed_that_is_not_on_disk(tmp_path, call):
    disk = FailingDisk("flush", call)
    with Witness(tmp_path / "state", WITNESS, POLICY, disk=disk) as witness:
        codes = [witness.add_checkpoint(TRUE.request(old, old + 5)).code for old in range(0, 20, 5)]
    signed = codes.count(200)
    assert codes == [200] * signed + [503] * (len(codes) - signed)
    with Witness(tmp_path / "state", WITNESS, POLICY) as witness:
        assert size_of(witness) >= 5 * signed
        assert witness.add_checkpoint(TRUE.request(size_of(witness), 40)).code == 200


def test_no_power_cut_takes_a_witness_back(tmp_path):
    rng = random.Random(3)  # noqa: S311
    for cut in range(100):
        folder, left, signed = tmp_path / f"{cut}", tmp_path / f"{cut}left", 0
        folder.mkdir()
        disk = ForgettingDisk(folder)
        with Witness(folder, WITNESS, POLICY, disk=disk) as witness:
            disk.stop_after = rng.randrange(3, 25)
            with contextlib.suppress(PowerCut):
                for old in range(0, 25, 5):
                    assert witness.add_checkpoint(TRUE.request(old, old + 5)).code == 200
                    signed = old + 5
        disk.leave(left, rng)
        with Witness(left, WITNESS, POLICY, disk=FailingDisk()) as witness:
            assert size_of(witness) >= signed
            assert witness.add_checkpoint(TRUE.request(size_of(witness), 40)).code == 200


def test_a_full_disk_signs_nothing_and_then_goes_on(tmp_path):
    disk = FailingDisk("put")
    with Witness(tmp_path, WITNESS, POLICY, disk=disk) as witness:
        disk.full = True
        assert witness.add_checkpoint(TRUE.request(0, 5)).code == 503
        disk.full = False
        assert witness.add_checkpoint(TRUE.request(0, 5)).code == 200


PARTIES = [CosignatureSigner(f"{name}.example", bytes([place] * 32)) for place, name in enumerate("ABN", 1)]
QUORUM = Policy.parse(
    f"log {SIGNER.verifier_key}\n"
    + "".join(f"witness {signer.name[0]} {signer.verifier_key}\n" for signer in PARTIES)
    + "group parties all A B\ngroup G all parties N\nquorum G\n"
)


def show(witnesses: list[Witness], old: int, new: int, trees: Trees = TRUE) -> list[int]:
    return [witness.add_checkpoint(trees.request(old, new)).code for witness in witnesses]


@pytest.mark.parametrize("case", range(20))
def test_a_split_view_never_reaches_a_quorum(tmp_path, case):
    """Three witnesses see the log at `seen`; then one tree goes to some, another to the others; then an old copy."""
    seen, new = 10 + case % 5, 30 + case
    witnesses = [Witness(tmp_path / signer.name, signer, QUORUM, clock=lambda: 7) for signer in PARTIES]
    assert show(witnesses, 0, 9) == [200] * 3
    # From 9 entries on there are two trees that both follow: each witness takes the one that it is shown first.
    part = 1 + case % 2
    assert show(witnesses[:part], 9, seen) == [200] * part
    assert show(witnesses[part:], 9, seen, OTHER) == [200] * (3 - part)
    assert show(witnesses[part:], seen, seen) == [409] * (3 - part)
    assert show(witnesses[part:], seen, new) == [422] * (3 - part)
    assert show(witnesses[:part], seen, new) == [200] * part
    assert show(witnesses, 9, 20) == [409] * 3
    for trees, size in ((TRUE, new), (OTHER, seen), (TRUE, seen)):
        lines = [open_lines(witness, trees.note(size)) for witness in witnesses]
        with pytest.raises(LogError):
            QUORUM.check(trees.note(size) + "".join(lines))
    assert [parse_checkpoint(split_note(witness.latest(ORIGIN))[0]).size for witness in witnesses] == [
        new if place < part else seen for place in range(3)
    ]
    for witness in witnesses:
        witness.close()


def open_lines(witness: Witness, note: str) -> str:
    """Return the witness's newest cosignature, if it is over this note."""
    text, lines = split_note(witness.latest(ORIGIN))
    return lines[-1].line if text == split_note(note)[0] else ""


@pytest.fixture
def served(witness):
    with WitnessServer(witness, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield KnownWitness("A", WITNESS.verifier, f"http://127.0.0.1:{server.server_address[1]}/a")
        server.shutdown()


def ask(served: KnownWitness, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(served.url.split("/")[2], timeout=5)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()


def test_a_log_asks_a_witness_over_http(served, witness):
    for size in (10, 10, 30):
        line = request_cosignature(served, TRUE.note(size), prove_from(MemoryTiles(ENTRIES[:size]), TRUE.note(size)))
        assert WITNESS.verifier.verify(split_note(TRUE.note(size))[0], line.signature)
    with pytest.raises(BehindWitness, match="30") as caught:
        request_cosignature(served, TRUE.note(20), lambda _: ())
    assert caught.value.size == 30
    with pytest.raises(ForkedWitness, match="another tree of this size"):
        request_cosignature(served, OTHER.note(30), lambda _: ())
    with pytest.raises(WitnessError, match="422"):
        request_cosignature(served, OTHER.note(40), lambda _: ())
    assert size_of(witness) == 30


def test_what_else_is_asked_over_http(served):
    body = TRUE.request(0, 5)
    assert ask(served, "GET", "/add-checkpoint")[0] == 501
    assert ask(served, "POST", "/", body)[0] == 404
    assert ask(served, "POST", "/add-checkpoint/../x", body)[0] == 404
    assert ask(served, "POST", "/add-checkpoint", **{"Content-Length": "-5"})[0] == 411
    assert ask(served, "POST", "/add-checkpoint", **{"Content-Length": str(MAX_REQUEST_BYTES + 1)})[0] == 413
    assert ask(served, "POST", "/add-checkpoint", iter([body]), **{"Transfer-Encoding": "chunked"})[0] == 411
    assert ask(served, "POST", "/add-checkpoint", b"old")[0] == 400
    assert ask(served, "POST", "/add-checkpoint", body)[0] == 200


def test_one_connection_serves_several_requests(served):
    connection = HTTPConnection(served.url.split("/")[2], timeout=5)
    for old, new in [(0, 5), (5, 9), (5, 9)]:
        connection.request("POST", "/add-checkpoint", TRUE.request(old, new))
        response = connection.getresponse()
        code = response.status
        response.read()
    assert code == 409
    assert response.getheader("Content-Type") == "text/x.tlog.size"
    connection.close()


def test_a_connection_that_breaks_off_harms_nobody(served):
    host, port = served.url.split("/")[2].split(":")
    for data in (b"", b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 100\r\n\r\nold", b"\x00\xff" * 500):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(data)
    assert ask(served, "POST", "/add-checkpoint", TRUE.request(0, 5))[0] == 200


def test_several_witnesses_are_asked_and_the_silent_ones_named(served):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        others = [
            KnownWitness("silent", PARTIES[0].verifier, url),
            KnownWitness("nowhere", PARTIES[1].verifier, "http://127.0.0.1:1"),
            KnownWitness("file", PARTIES[2].verifier, "file:///etc/passwd"),
            KnownWitness("none", PARTIES[2].verifier),
            KnownWitness("impostor", PARTIES[2].verifier, served.url),
        ]
        start = time.monotonic()
        got = request_cosignatures(TRUE.note(10), [served, *others], lambda _: (), timeout_s=1)
    assert time.monotonic() - start < 4
    assert got.cosigned == ("A",)
    assert [failure.witness for failure in got.failed] == [other.name for other in others]
    assert got.behind is None
    assert open_note(got.note, [WITNESS.verifier]).names == (WITNESS.name,)


def test_a_restored_old_copy_is_told_that_it_is_behind(served):
    request_cosignature(served, TRUE.note(30), lambda _: ())
    got = request_cosignatures(TRUE.note(10), [served], lambda _: ())
    assert (got.behind, got.cosigned) == (30, ())
    assert got.note == TRUE.note(10)


def lying(answer: bytes) -> tuple[socket.socket, KnownWitness]:
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(5):
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(100_000)
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return server, KnownWitness("A", WITNESS.verifier, f"http://127.0.0.1:{server.getsockname()[1]}")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n\xff",
        b"HTTP/1.1 200 OK\r\n\r\n\xe2\x80\x94 witness.example/party-a 5+l5MQAAAABlU/EA\n",
        b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\n\r\n0\n",
        b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\n\r\nmany\n",
        b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\n\r\n" + b"9" * 10_000,
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\n\r\n\x1b[2J",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
def test_a_witness_that_answers_otherwise_is_refused(answer):
    server, witness = lying(answer)
    with server, pytest.raises(WitnessError) as caught:
        request_cosignature(witness, TRUE.note(10), lambda _: (), timeout_s=2)
    assert "\x1b" not in str(caught.value)


def test_a_witness_that_hangs_up_in_mid_answer_leaves_no_socket_open():
    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(100_000)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            time.sleep(0.1)  # until the head has been read: what comes now meets the reading of the body
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        witness = KnownWitness("A", WITNESS.verifier, f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(WitnessError, match="does not answer"):
            request_cosignature(witness, TRUE.note(10), lambda _: (), timeout_s=2)
    gc.collect()  # a socket left open is told of here


def test_the_empty_root_is_the_only_one_of_size_0():
    assert TRUE.note(0).split("\n")[2] == Checkpoint("x", 0, EMPTY_ROOT).text.split("\n")[2]
