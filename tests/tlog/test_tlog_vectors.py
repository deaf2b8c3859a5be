"""The log agrees, byte for byte, with what other programs made: RFC 6962, C2SP, Go, Tessera."""

import json
from hashlib import sha256

import pytest
from tlog_cases import SIGNER, WITNESS, MemoryTiles, leaves
from tlog_vectors import (
    CONSISTENCY,
    INCLUSION,
    LEAVES,
    LOG_KEY,
    NUMBERED_ROOTS,
    RECEIPT,
    ROOTS,
    SUMDB,
    SUMDB_KEY,
    TESSERA_KEY,
    TESSERA_LEAVES,
    TESSERA_ROOTS,
    TESSERA_SIGNATURES,
    TESSERA_SIGNER,
    WITNESS_KEY,
)

from truceline.tlog.checkpoints import Checkpoint, parse_checkpoint
from truceline.tlog.cosignatures import SUBTREE_V1, CosignatureSigner
from truceline.tlog.errors import NoteError, ProofError
from truceline.tlog.hashing import EMPTY_ROOT, decode_base64, encode_base64, hash_children, hash_leaf, hash_leaves
from truceline.tlog.notes import Signer, Verifier, add_lines, open_note, sign_note, split_note
from truceline.tlog.policy import Log, Policy
from truceline.tlog.proofs import prove_consistency, prove_inclusion, verify_consistency, verify_inclusion
from truceline.tlog.receipts import Receipt, format_receipt, parse_receipt, verify_receipt
from truceline.tlog.tiles import decode_bundle, encode_bundle, entries_path, tile_path, tiles_of, width_at
from truceline.tlog.tree import Tree


def test_hashes_of_rfc_6962():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert hash_leaf(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert hash_leaf(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert hash_children(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert encode_base64(hash_leaf(b"hello world")) == "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0="
    left, right = hash_leaf(b"l"), hash_leaf(b"r")
    assert len({hash_leaf(left + right), hash_children(left, right), hash_children(right, left)}) == 3


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_reference_tree(size):
    tree = Tree()
    tree.extend(hash_leaves(LEAVES[:size]))
    assert tree.root().hex() == ROOTS[size]


@pytest.mark.parametrize("size", NUMBERED_ROOTS)
def test_the_roots_of_numbered_leaves(size):
    tree = Tree()
    tree.extend(hash_leaves(leaves(0, size)))
    assert encode_base64(tree.root()) == NUMBERED_ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_the_inclusion_proofs_of_the_reference_tree(index, size):
    proof = prove_inclusion(MemoryTiles(LEAVES[:size]), index, size)
    assert [node.hex() for node in proof] == INCLUSION[index, size]
    verify_inclusion(hash_leaf(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_the_consistency_proofs_of_the_reference_tree(old, new):
    proof = prove_consistency(MemoryTiles(LEAVES[:new]), old, new)
    assert [node.hex() for node in proof] == CONSISTENCY[old, new]
    verify_consistency(old, bytes.fromhex(ROOTS[old]), new, bytes.fromhex(ROOTS[new]), proof)


def hash_of(text: str | None) -> bytes:
    return decode_base64(text or "") or b""


def holds(probe: dict) -> bool:
    proof = [hash_of(node) for node in probe["proof"] or ()]
    try:
        if "leafIdx" in probe:
            root, leaf = hash_of(probe["root"]), hash_of(probe["leafHash"])
            verify_inclusion(leaf, probe["leafIdx"], probe["treeSize"], proof, root)
        else:
            roots = hash_of(probe["root1"]), hash_of(probe["root2"])
            verify_consistency(probe["size1"], roots[0], probe["size2"], roots[1], proof)
    except ProofError:
        return False
    return True


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_probes_of_another_implementation(shared_data, kind):
    paths = sorted((shared_data / "tlog" / "testdata" / kind).rglob("*.json"))
    assert len(paths) == 98
    found, policy_points = {}, []
    for path in paths:
        probe = json.loads(path.read_text("utf-8"))
        expected = not probe["wantErr"]
        found[path.name] = found.get(path.name, 0) + holds(probe)
        if expected != holds(probe):
            policy_points.append((path.relative_to(path.parents[1]).as_posix(), probe["desc"]))
    assert policy_points == POLICY_POINTS[kind]
    assert sum(found.values()) == 6 - len(policy_points)


# Where we decide otherwise than transparency-dev/merkle does; docs/tlog.md gives the reasons.
POLICY_POINTS = {
    "inclusion": [],
    # Two equal roots of 12 bytes: no hash that this log could have made.
    "consistency": [
        ("additional/sizes-are-equal-one-and-proof-is-empty.json", "sizes are equal (one) and proof is empty")
    ],
}


def test_a_signed_note_of_the_specification():
    key = Verifier.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    line = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    note = f"This is an example message.\n\n— example.com/foo {line}\n"
    assert open_note(note, [key]).text == "This is an example message.\n"
    with pytest.raises(NoteError, match="does not hold"):
        open_note(note.replace("example message", "exemple message"), [key])


def test_a_signed_note_of_go():
    signer = Signer.parse("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
    assert signer.verifier_key == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    assert sign_note(text, [signer]) == f"{text}\n— PeterNeumann {line}\n"


@pytest.mark.parametrize(
    "key",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_the_bad_keys_of_go(key):
    with pytest.raises(NoteError, match="PeterNeumann"):
        Verifier.parse(key)


@pytest.mark.parametrize(("size", "root", "line"), SUMDB)
def test_real_checkpoints_of_the_go_checksum_database(size, root, line):
    text = f"go.sum database tree\n{size}\n{root}\n"
    policy = Policy((Log("go.sum database tree", Verifier.parse(SUMDB_KEY)),))
    head = policy.check(f"{text}\n— sum.golang.org {line}\n").checkpoint
    assert (head.origin, head.size, head.text) == ("go.sum database tree", size, text)
    with pytest.raises(NoteError):
        policy.check(f"{text.replace(str(size), str(size + 1))}\n— sum.golang.org {line}\n")


def test_the_specifications_checkpoint_is_the_checksum_databases_under_another_name():
    size, root, line = SUMDB[4]
    assert parse_checkpoint(f"example.com/behind-the-sofa\n{size}\n{root}\n").size == 20852163
    note = f"example.com/behind-the-sofa\n{size}\n{root}\n\n— sum.golang.org {line}\n"
    with pytest.raises(NoteError, match="does not hold"):
        open_note(note, [Verifier.parse(SUMDB_KEY)])


def test_tesseras_test_log_is_made_again():
    signer, tree = Signer.parse(TESSERA_SIGNER), Tree()
    assert (signer.verifier_key, signer.encoded) == (TESSERA_KEY, TESSERA_SIGNER)
    for size, root in enumerate(TESSERA_ROOTS):
        assert encode_base64(tree.root()) == root
        note = sign_note(Checkpoint(signer.name, size, tree.root()).text, [signer])
        assert open_note(note, [signer.verifier]).names == (signer.name,)
        if size in TESSERA_SIGNATURES:
            assert note.split("\n")[4] == f"— {signer.name} {TESSERA_SIGNATURES[size]}"
        tree.extend(hash_leaves(TESSERA_LEAVES[size : size + 1]))
    bundle = bytes.fromhex("00036f6e65" + "000374776f" + "00057468726565")
    assert encode_bundle(TESSERA_LEAVES[:3]) == bundle
    assert decode_bundle(bundle) == TESSERA_LEAVES[:3]


def test_the_receipt_that_an_independent_program_checked():
    assert (SIGNER.verifier_key, WITNESS.verifier_key) == (LOG_KEY, WITNESS_KEY)
    tiles = MemoryTiles(LEAVES)
    text = Checkpoint(SIGNER.name, 8, bytes.fromhex(ROOTS[8])).text
    note = add_lines(sign_note(text, [SIGNER]), [WITNESS.cosign(text, 1_700_000_000)])
    assert format_receipt(Receipt(5, prove_inclusion(tiles, 5, 8), note)) == RECEIPT
    policy = Policy.parse(f"log {LOG_KEY}\nwitness a {WITNESS_KEY}\nquorum a\n")
    accepted = verify_receipt(parse_receipt(RECEIPT.encode()), bytes.fromhex("40414243"), policy)
    assert [(entry.witness, entry.time_s) for entry in accepted.cosigned] == [("a", 1_700_000_000)]


def test_an_ml_dsa_key():
    signer = CosignatureSigner("witness.example/party-a", bytes(range(32)), SUBTREE_V1)
    digest = sha256(signer.verifier.public_key).hexdigest()
    assert digest == "9f107644c1084526af3bc8098680b05499a2325a644e388fb4f970e058d19d46"
    assert signer.key_id.hex() == "9493f6fb"
    text, _ = split_note(RECEIPT.partition("\n\n")[2])
    line = signer.cosign(text, 1_700_000_000)
    assert signer.verifier.verify(text, line.signature)
    assert not signer.verifier.verify(text.replace("\n8\n", "\n9\n"), line.signature)


def test_names_and_widths_of_tiles():
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(1, 0, 17) == "tile/1/000.p/17"
    assert entries_path(273, 112) == "tile/entries/273.p/112"
    assert [tile for tile in tiles_of(70_000) if tile[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert len([tile for tile in tiles_of(70_000) if tile[2] == 256]) == 273 + 1
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []
    assert width_at(2, 0, 70_000) == 1
