"""Signed notes, keys, checkpoints, policies and receipts: the right form is read, every other is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_cases import ORIGIN, POLICY, SIGNER, WITNESS
from tlog_vectors import LEAVES, RECEIPT

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.cosignatures import SUBTREE_V1, CosignatureSigner, CosignatureVerifier
from truceline.tlog.errors import CheckpointError, LogError, NoteError, PolicyError, ProofError, ReceiptError
from truceline.tlog.hashing import EMPTY_ROOT, encode_base64, hash_leaf
from truceline.tlog.notes import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Signer,
    Verifier,
    add_lines,
    add_signature,
    open_note,
    sign_note,
    split_note,
)
from truceline.tlog.policy import Policy
from truceline.tlog.receipts import Receipt, format_receipt, parse_receipt, verify_receipt

HEAD = Checkpoint(ORIGIN, 1, hash_leaf(b"one"))
NOTE = sign_note(HEAD.text, [SIGNER])
OTHER = Signer("other.example/log", bytes(32))


def test_a_note_is_signed_and_opened():
    note = add_signature(NOTE, OTHER)
    opened = open_note(note, [SIGNER.verifier])
    assert (opened.text, opened.names) == (HEAD.text, (ORIGIN,))
    assert [line.name for line in opened.unknown] == [OTHER.name]
    assert open_note(note.encode(), [OTHER.verifier, SIGNER.verifier]).names == (ORIGIN, OTHER.name)


def test_a_note_by_nobody_known_is_refused():
    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, [OTHER.verifier])
    same_name = Signer(ORIGIN, bytes(32))
    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, [same_name.verifier])


def test_one_forged_signature_of_a_known_key_refuses_the_note():
    _, (line,) = split_note(NOTE)
    forged = NOTE + line.line.replace(line.line[-9:-5], "AAAA")
    with pytest.raises(NoteError, match="does not hold"):
        open_note(forged, [SIGNER.verifier])
    assert open_note(add_signature(NOTE, SIGNER), [SIGNER.verifier]).names == (ORIGIN,)
    assert open_note(NOTE + line.line, [SIGNER.verifier]).names == (ORIGIN,)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        HEAD.text + "\n",
        NOTE.removesuffix("\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("1\n", "1\t\n", 1),
        "\x00" + NOTE,
        NOTE + "\n",
        NOTE + "— name\n",
        NOTE + "— name AAAA\n",
        NOTE + "— na+me AAAAAAAA\n",
        NOTE + "— na\u2003me AAAAAAAA\n",
        NOTE + "— na\u202eme AAAAAAAA\n",
        NOTE + "—  AAAAAAAA\n",
        NOTE + "— name AAAAAAB=\n",
        NOTE + "— name AAAAAA\n",
        NOTE + "— name AAAAAAA=\u00a0\n",
        "\ud800" + NOTE,
        b"\xff\n\n" + NOTE.encode(),
        NOTE + "x" * MAX_NOTE_BYTES,
    ],
)
def test_a_malformed_note_is_refused(note):
    with pytest.raises(NoteError):
        open_note(note, [SIGNER.verifier])


def test_a_hundred_signatures_are_read_and_more_are_refused():
    note = NOTE
    for number in range(MAX_SIGNATURES - 1):
        note += f"— n{number} {encode_base64(bytes(72))}\n"
    assert len(open_note(note, [SIGNER.verifier]).unknown) == MAX_SIGNATURES - 1
    with pytest.raises(NoteError, match="at most 100"):
        open_note(note + note.splitlines(keepends=True)[-1], [SIGNER.verifier])


def test_sixteen_large_signatures_are_read():
    signers = [CosignatureSigner(f"w{number}.example", bytes([number] * 32), SUBTREE_V1) for number in range(16)]
    note = add_lines(NOTE, [signer.cosign(HEAD.text, 5) for signer in signers])
    assert len(open_note(note, [signer.verifier for signer in signers]).verified) == 16


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\nb", "a\x00b", "a\u2003b", "a\u202eb", "a\x85b"])
def test_a_key_has_no_such_name(name):
    with pytest.raises(NoteError, match="name"):
        Signer.generate(name)
    with pytest.raises(NoteError, match="name"):
        CosignatureVerifier(name, bytes(32))


@pytest.mark.parametrize("text", ["no newline", "bell\x07\n", "\x00\n", "return\r\n", ""])
def test_such_text_is_not_signed(text):
    with pytest.raises(NoteError):
        sign_note(text, [SIGNER])


def test_a_key_is_read_as_it_was_written_and_hides_its_seed():
    made = Signer.generate("a.example/log")
    assert Signer.parse(made.encoded) == made
    assert Verifier.parse(made.verifier_key) == made.verifier
    for algorithm in (4, 6):
        witness = CosignatureSigner.generate("w.example", algorithm)
        assert CosignatureSigner.parse(witness.encoded) == witness
        assert CosignatureVerifier.parse(witness.verifier_key) == witness.verifier
        assert str(witness.seed) not in repr(witness)
    assert str(made.seed) not in repr(made)


@pytest.mark.parametrize(
    "key",
    [
        "", "a", "a+b+c", "a+00000000+", "a+00000000+AQ==", SIGNER.verifier_key[:-1], SIGNER.verifier_key + "=",
        SIGNER.verifier_key.replace("885c4490", "885C4490"), SIGNER.verifier_key.replace("885c4490", "885c4491"),
        SIGNER.verifier_key.replace("/log", "/lag"), "a" * 20_000, WITNESS.verifier_key,
    ],
)  # fmt: skip
def test_a_malformed_key_is_refused(key):
    with pytest.raises(NoteError):
        Verifier.parse(key)
    with pytest.raises(NoteError):
        Signer.parse("PRIVATE+KEY+" + key)


def test_a_private_key_never_stands_in_an_error():
    wrong = SIGNER.encoded.replace("885c4490", "885c4491")
    with pytest.raises(NoteError) as caught:
        Signer.parse(wrong)
    assert wrong.rpartition("+")[2] not in str(caught.value)
    with pytest.raises(NoteError, match="PRIVATE"):
        Signer.parse(SIGNER.verifier_key)


def test_a_checkpoint_with_further_lines():
    head = Checkpoint("a log with spaces", 3, bytes(32), ("time 5", "x"))
    assert parse_checkpoint(head.text) == head
    assert WITNESS.verifier.verify(head.text, WITNESS.cosign(head.text, 7).signature)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "a\n1\n", f"a\n1\n{HEAD.text[-45:-1]}", f"\n1\n{HEAD.text[-45:]}", HEAD.text + "\n",
        HEAD.text.replace("\n1\n", "\n01\n"), HEAD.text.replace("\n1\n", "\n-1\n"),
        HEAD.text.replace("\n1\n", "\n+1\n"),
        HEAD.text.replace("\n1\n", "\n1 \n"), HEAD.text.replace("\n1\n", "\n١\n"),
        HEAD.text.replace("\n1\n", "\n1_0\n"),
        HEAD.text.replace("\n1\n", f"\n{1 << 63}\n"), HEAD.text.replace("\n1\n", "\n" + "9" * 5000 + "\n"),
        HEAD.text.replace("\n1\n", "\n\n"), HEAD.text[:-2] + "\n", HEAD.text[:-5] + "\n", "a\n1\nAAAA\n",
        f"a\n0\n{encode_base64(bytes(32))}\n", HEAD.text + "x\x01\n",
    ],
)  # fmt: skip
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(CheckpointError):
        parse_checkpoint(text)


def test_an_empty_log_has_the_empty_root():
    assert parse_checkpoint(Checkpoint("a", 0, EMPTY_ROOT).text).size == 0
    with pytest.raises(CheckpointError, match="size 0"):
        Checkpoint("a", 0, bytes(32))


def test_a_cosignature_is_bound_to_time_and_name():
    line = WITNESS.cosign(HEAD.text, 1000)
    assert WITNESS.verifier.read_time(line) == 1000
    later = (1001).to_bytes(8, "big") + line.signature[8:]
    assert not WITNESS.verifier.verify(HEAD.text, later)
    assert not WITNESS.verifier.verify(HEAD.text, b"\xff" + line.signature[1:])
    assert not WITNESS.verifier.verify(HEAD.text, line.signature[:-1])
    assert not WITNESS.verifier.verify("no checkpoint\n", line.signature)
    new = CosignatureSigner("w.example", bytes(32), SUBTREE_V1)
    named = CosignatureVerifier("v.example", new.verifier.public_key, SUBTREE_V1)
    assert not named.verify(HEAD.text, new.cosign(HEAD.text, 5).signature)


WITNESSES = {name: CosignatureSigner(f"{name}.example", bytes([place] * 32)) for place, name in enumerate("ABC", 1)}
KNOWN = f"log {SIGNER.verifier_key} https://log.example/\n" + "".join(
    f"witness {name} {signer.verifier_key}\n" for name, signer in WITNESSES.items()
)


def cosigned(*names: str) -> str:
    return add_lines(NOTE, [WITNESSES[name].cosign(HEAD.text, 100) for name in names])


@pytest.mark.parametrize(
    ("rule", "enough", "lacking"),
    [
        ("quorum none", "", None),
        ("quorum B", "B", "AC"),
        ("group G all A B C\nquorum G", "ABC", "AB"),
        ("group G any A B C\nquorum G", "C", ""),
        ("group G 2 A B C\nquorum G", "AC", "B"),
        ("group P all A B\ngroup G all P C\nquorum G", "ABC", "BC"),
    ],
)
def test_a_quorum(rule, enough, lacking):
    policy = Policy.parse(f"# two parties and a neutral\n\n{KNOWN}\t{rule} \n")
    assert [entry.witness for entry in policy.check(cosigned(*enough)).cosigned] == list(enough)
    if lacking is not None:
        with pytest.raises(PolicyError, match="quorum") as caught:
            policy.check(cosigned(*lacking))
        assert set(caught.value.missing) == set("ABC") - set(lacking)


def test_a_policy_wants_its_log():
    with pytest.raises(PolicyError, match="no log of the policy"):
        POLICY.check(sign_note(Checkpoint("other.example/log", 1, bytes(32)).text, [OTHER, SIGNER]))
    with pytest.raises(NoteError):
        POLICY.check(sign_note(HEAD.text, [OTHER]))
    policy = Policy.parse(KNOWN + "quorum A\n")
    unsigned = HEAD.text + "\n" + WITNESSES["A"].cosign(HEAD.text, 100).line
    with pytest.raises(PolicyError, match="no key of the log"):
        policy.check(unsigned)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "one line"),
        ("quorum A\n", "line 1: the name 'A'"),
        (KNOWN, "one line"),
        (KNOWN + "quorum none\nquorum none\n", "line 6"),
        (KNOWN + KNOWN, "line 5"),
        (KNOWN + "witness A x\n", "taken"),
        (KNOWN + "witness none x\n", "taken"),
        (KNOWN + f"witness D {WITNESSES['A'].verifier_key}\n", "stands in the policy already"),
        (KNOWN + f"witness D {SIGNER.verifier_key}\n", "no witness key"),
        (f"log {WITNESS.verifier_key}\n", "no log signs"),
        (KNOWN + "group G 0 A\n", "cannot be"),
        (KNOWN + "group G 3 A B\n", "cannot be"),
        (KNOWN + "group G some A B\n", "all, any or a number"),
        (KNOWN + "group G any\n", "MEMBER"),
        (KNOWN + "group G any A A\n", "member already"),
        (KNOWN + "group G any G\n", "not defined"),
        (KNOWN + "group none any A\n", "taken"),
        ("witness A\n", "NAME VKEY"),
        ("log\n", "VKEY"),
        ("believe me\n", "expected log"),
        ("quorum none\x00\n", "control"),
        ("#\n" * 2000, "lines"),
        ("#" * 2_000_000, "bytes"),
    ],
)
def test_a_policy_with_a_mistake_is_refused(text, word):
    with pytest.raises(PolicyError, match=word):
        Policy.parse(text)


def test_a_policy_of_any_bytes_that_are_no_control_characters():
    text = KNOWN.encode() + b"# \xff\xfe\ngroup \xe2\x84\xaa any A\nquorum \xe2\x84\xaa\n"
    assert Policy.parse(text).check(cosigned("A")).checkpoint == HEAD


def test_the_same_key_is_not_log_and_witness():
    own = CosignatureSigner(ORIGIN, SIGNER.seed)
    with pytest.raises(PolicyError, match="already"):
        Policy.parse(f"log {SIGNER.verifier_key}\nwitness A {own.verifier_key}\nquorum A\n")


def test_a_log_may_sign_with_ml_dsa():
    signer = CosignatureSigner(ORIGIN, bytes(32), SUBTREE_V1)
    policy = Policy.parse(f"log {signer.verifier_key}\nlog {SIGNER.verifier_key}\nquorum none\n")
    assert policy.check(f"{HEAD.text}\n{signer.cosign(HEAD.text, 0).line}").checkpoint == HEAD
    assert policy.check(NOTE).checkpoint == HEAD


def test_a_receipt_with_extra_bytes():
    receipt = Receipt(0, (), NOTE, b"opening")
    assert parse_receipt(format_receipt(receipt)) == receipt
    assert verify_receipt(receipt, b"one", POLICY).checkpoint == HEAD
    with pytest.raises(ProofError, match="not under"):
        verify_receipt(receipt, b"two", POLICY)


@pytest.mark.parametrize(
    "text",
    [
        "", "c2sp.org/tlog-proof@v1\n", RECEIPT.replace("@v1", "@v2"), RECEIPT.replace("index 5", "index 05"),
        RECEIPT.replace("index 5", "index -5"), RECEIPT.replace("index 5\n", ""), RECEIPT.replace("index", "extra"),
        RECEIPT.replace("index 5", "extra ?\nindex 5"), RECEIPT.replace("\n\n", "\n", 1), RECEIPT.removesuffix("\n"),
        RECEIPT.replace("index 5\n", "index 5\nAAAA\n"),
        RECEIPT.replace("index 5\n", "index 5\n" + RECEIPT[31:76] * 64),
        b"\xff" + RECEIPT.encode(), "x" * 3_000_000, RECEIPT.replace("\n", "\r\n"),
    ],
)  # fmt: skip
def test_a_malformed_receipt_is_refused(text):
    with pytest.raises((ReceiptError, NoteError)):
        parse_receipt(text)


@pytest.mark.parametrize(("old", "new"), [("index 5", "index 4"), ("\n8\n", "\n9\n"), ("yoVO", "yoVP")])
def test_a_changed_receipt_proves_nothing(old, new):
    with pytest.raises(LogError):
        verify_receipt(parse_receipt(RECEIPT.replace(old, new)), LEAVES[5], POLICY)


@settings(max_examples=60)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_read_or_refused(text):
    for read in (parse_receipt, split_note, Policy.parse):
        try:
            read(text)
        except LogError:
            continue


@settings(max_examples=60)
@given(st.data())
def test_one_changed_sign_spoils_a_note(data):
    place = data.draw(st.integers(0, len(NOTE) - 1))
    sign = data.draw(st.characters(codec="utf-8"))
    changed = NOTE[:place] + sign + NOTE[place + 1 :]
    if changed != NOTE:
        with pytest.raises(NoteError):
            open_note(changed, [SIGNER.verifier])
