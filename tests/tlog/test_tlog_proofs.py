"""Every proof in every tree of 1 to 70 entries leads where it should, and nowhere else."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_cases import MemoryTiles, leaves

from truceline.tlog.errors import MissingTile, ProofError, TileError
from truceline.tlog.hashing import EMPTY_ROOT, HASH_BYTES, hash_children, hash_leaf, hash_leaves
from truceline.tlog.proofs import prove_consistency, prove_inclusion, read_root, verify_consistency, verify_inclusion
from truceline.tlog.tiles import (
    MAX_ENTRY_BYTES,
    decode_bundle,
    encode_bundle,
    entries_path,
    parse_path,
    read_hashes,
    split_hashes,
    tile_path,
)
from truceline.tlog.tree import Tree

SIZES = range(1, 71)
ENTRIES = leaves(0, 70)
HASHES = hash_leaves(ENTRIES)


def defined_root(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    cut = 1
    while 2 * cut < len(hashes):
        cut *= 2
    return hash_children(defined_root(hashes[:cut]), defined_root(hashes[cut:]))


ROOTS = [defined_root(HASHES[:size]) for size in range(71)]


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_as_defined(size):
    tree = Tree()
    tree.extend(HASHES[: size // 2])
    for node in HASHES[size // 2 : size]:
        tree.append(node)
    assert tree.root() == ROOTS[size] == read_root(MemoryTiles(ENTRIES[:size]), size)
    assert Tree(tree.size, tree.peaks).root() == ROOTS[size]


@pytest.mark.parametrize("size", SIZES)
def test_every_entry_is_proved(size):
    tiles = MemoryTiles(ENTRIES[:size])
    for index in range(size):
        proof = prove_inclusion(tiles, index, size)
        verify_inclusion(HASHES[index], index, size, proof, ROOTS[size])
        for wrong in (index - 1, index + 1, size):
            with pytest.raises(ProofError):
                verify_inclusion(HASHES[index], wrong, size, proof, ROOTS[size])


@pytest.mark.parametrize("new", SIZES)
def test_every_earlier_tree_is_proved(new):
    tiles = MemoryTiles(ENTRIES[:new])
    for old in range(1, new + 1):
        proof = prove_consistency(tiles, old, new)
        verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)
        if old < new:
            for others in ((old, ROOTS[new]), (old + 1, ROOTS[old])):
                with pytest.raises(ProofError):
                    verify_consistency(*others, new, ROOTS[new], proof)


def test_a_log_beyond_one_tile_is_proved():
    rng, size = random.Random(4), 70_000  # noqa: S311
    entries = leaves(0, size)
    tiles, hashes = MemoryTiles(entries), hash_leaves(entries)
    root = read_root(tiles, size)
    for index in [0, 255, 256, 65_535, 65_536, 69_999, *(rng.randrange(size) for _ in range(20))]:
        verify_inclusion(hashes[index], index, size, prove_inclusion(tiles, index, size), root)
    for old in [1, 255, 256, 257, 65_536, 69_999]:
        tree = Tree()
        tree.extend(hashes[:old])
        verify_consistency(old, tree.root(), size, root, prove_consistency(tiles, old, size))


@settings(max_examples=60)
@given(st.data())
def test_a_changed_proof_fails(data):
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    proof = list(prove_inclusion(MemoryTiles(ENTRIES[:size]), index, size))
    place = data.draw(st.integers(0, len(proof) - 1))
    change = data.draw(st.sampled_from(["flip", "cut", "add", "swap", "shorten"]))
    if change == "flip":
        proof[place] = bytes([proof[place][0] ^ 1]) + proof[place][1:]
    elif change == "cut":
        del proof[place]
    elif change == "add":
        proof.insert(place, HASHES[0])
    elif change == "shorten":
        proof[place] = proof[place][:-1]
    elif len(proof) > 1:
        proof[place], proof[place - 1] = proof[place - 1], proof[place]
    else:
        proof = []
    with pytest.raises(ProofError):
        verify_inclusion(HASHES[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 5), (1, -1)])
def test_a_proof_about_no_tree_is_refused(old, new):
    with pytest.raises(ProofError, match="no proof from size"):
        verify_consistency(old, EMPTY_ROOT, new, EMPTY_ROOT, ())
    with pytest.raises(ProofError, match="no proof from size"):
        prove_consistency(MemoryTiles(ENTRIES[:5]), old, new)


def test_a_hash_has_32_bytes():
    with pytest.raises(ProofError, match="32 bytes"):
        verify_consistency(1, b"same", 1, b"same", ())
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(b"", 0, 1, (), b"")
    with pytest.raises(ProofError, match="at most 63"):
        verify_inclusion(HASHES[0], 0, 1 << 62, [HASHES[0]] * 64, HASHES[0])


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_an_entry_outside_the_tree_has_no_proof(index):
    with pytest.raises(ProofError, match="no entry"):
        prove_inclusion(MemoryTiles(ENTRIES[:5]), index, 5)


def test_entries_of_all_lengths_go_into_a_bundle_and_come_out():
    entries = [b"", b"\n", bytes(MAX_ENTRY_BYTES)]
    assert decode_bundle(encode_bundle(entries)) == entries
    with pytest.raises(TileError, match="65536"):
        encode_bundle([bytes(MAX_ENTRY_BYTES + 1)])


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\xff\xff", encode_bundle([b"x"] * 256) + b"\x00\x00"])
def test_a_bundle_that_is_cut_or_too_long_is_refused(data):
    with pytest.raises(TileError):
        decode_bundle(data)


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_has_1_to_256_entries(count):
    with pytest.raises(TileError, match="1 to 256"):
        encode_bundle([b""] * count)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_is_read_as_it_was_written(entries):
    assert decode_bundle(encode_bundle(entries)) == entries


@settings(max_examples=60)
@given(st.binary(max_size=2000))
def test_any_bytes_are_a_bundle_or_refused(data):
    try:
        entries = decode_bundle(data)
    except TileError:
        return
    assert b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries) == data


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(257 * HASH_BYTES)])
def test_a_tile_is_whole_hashes(data):
    with pytest.raises(TileError, match="1 to 256"):
        split_hashes(data)


def test_a_full_tile_stands_in_for_a_part_of_it():
    tiles = MemoryTiles(leaves(0, 300))
    assert read_hashes(tiles, 0, 0, 100) == hash_leaves(leaves(0, 100))
    with pytest.raises(MissingTile):
        read_hashes(tiles, 0, 1, 43)
    tiles.files[tile_path(0, 1, 43)] = tiles.files[tile_path(0, 1, 44)]
    with pytest.raises(TileError, match="expected 43"):
        read_hashes(tiles, 0, 1, 43)


@settings(max_examples=60)
@given(st.integers(0, 10**12), st.integers(1, 256), st.integers(0, 63))
def test_a_path_is_read_as_it_was_written(index, width, level):
    assert parse_path(tile_path(level, index, width)) == (level, index, width)
    assert parse_path(entries_path(index, width)) == (None, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/../../checkpoint", "tile/64/000", "tile/00/000", "tile/0/0", "tile/0/x000/001", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/٠٠٠", "tile/0/000\n", "/tile/0/000", "tile/-1/000", "",
    ],
)  # fmt: skip
def test_other_paths_are_no_tiles(path):
    assert parse_path(path) is None


@pytest.mark.parametrize(("level", "index", "width"), [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_there_is_no_such_tile(level, index, width):
    with pytest.raises(TileError):
        tile_path(level, index, width)


def test_a_tree_has_the_peaks_of_its_size():
    with pytest.raises(ValueError, match="2 peaks"):
        Tree(3, [hash_leaf(b"")])
