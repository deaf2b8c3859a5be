"""Two notes in one file: what they prove, to somebody who has nothing else."""

import pytest
from tlog_cases import SIGNER, MemoryTiles, leaves

from truceline.tlog.__main__ import main
from truceline.tlog.checkpoints import Checkpoint
from truceline.tlog.cosignatures import CosignatureSigner
from truceline.tlog.errors import LogError, NoteError, PolicyError, TileError
from truceline.tlog.folder import LogFolder
from truceline.tlog.forks import MAX_PAIR_BYTES, format_pair, judge_pair, parse_pair
from truceline.tlog.notes import Signer, add_lines, sign_note
from truceline.tlog.policy import Policy
from truceline.tlog.proofs import read_root

POLICY = Policy.parse(f"log {SIGNER.verifier_key}\nquorum none\n")
ENTRIES = leaves(0, 700)
OTHER = [*ENTRIES[:9], b"another", *ENTRIES[10:]]


def note(entries: list[bytes], signer: Signer = SIGNER, origin: str = "") -> str:
    root = read_root(MemoryTiles(entries), len(entries))
    return sign_note(Checkpoint(origin or signer.name, len(entries), root).text, [signer])


@pytest.mark.parametrize(
    ("first", "second", "tiles", "verdict"),
    [
        (ENTRIES[:40], OTHER[:40], None, "fork"),
        (ENTRIES[:40], ENTRIES[:40], None, "same"),
        (ENTRIES[:40], ENTRIES[:600], None, "open"),
        (ENTRIES[:40], ENTRIES[:600], ENTRIES[:600], "older"),
        (ENTRIES[:600], ENTRIES[:40], ENTRIES[:600], "older"),
        (ENTRIES[:512], ENTRIES[:600], ENTRIES[:600], "older"),
        (OTHER[:40], ENTRIES[:600], ENTRIES[:600], "fork"),
        (OTHER[:512], ENTRIES[:600], ENTRIES[:600], "fork"),
        (ENTRIES[:9], OTHER[:600], OTHER[:600], "older"),
        (ENTRIES[:600], OTHER[:300], ENTRIES[:600], "fork"),
        ([], ENTRIES[:600], None, "older"),
    ],
)
def test_what_two_notes_prove(first, second, tiles, verdict):
    pair = format_pair("somebody says so", note(first), note(second))
    judged = judge_pair(pair, POLICY, MemoryTiles(tiles) if tiles else None)
    assert judged.verdict == verdict
    assert (judged.first.size, judged.second.size) == (len(first), len(second))
    assert judged.lines()[0].startswith({"fork": "proved", "open": "not decided"}.get(verdict, "no fork"))


@pytest.mark.parametrize("tiles", [OTHER[:600], ENTRIES[:599], ENTRIES[:40], []])
def test_tiles_of_another_tree_decide_nothing(tiles):
    """Whoever shows other tiles than those that were signed makes no fork of an older copy."""
    pair = format_pair("x", note(OTHER[:40]), note(ENTRIES[:600]))
    with pytest.raises(TileError):
        judge_pair(pair, POLICY, MemoryTiles(tiles))


def test_a_file_is_read_as_it_was_written_with_any_number_of_signatures():
    witness = CosignatureSigner.generate("w")
    one, two = note(ENTRIES[:40]), note(OTHER[:40])
    signed = add_lines(one, [witness.cosign(one.partition("\n\n")[0] + "\n", 5)])
    assert parse_pair(format_pair("why", signed, two)) == (signed, two)
    assert parse_pair(format_pair("why", two, signed).encode()) == (two, signed)
    assert judge_pair(format_pair("why", signed, two), POLICY).verdict == "fork"


def test_others_notes_accuse_nobody():
    stranger, mine = Signer(SIGNER.name, bytes(32)), note(ENTRIES[:40])
    with pytest.raises(NoteError, match="no known key"):
        judge_pair(format_pair("x", mine, note(OTHER[:40], stranger)), POLICY)
    with pytest.raises(PolicyError, match="no log of the policy"):
        judge_pair(format_pair("x", mine, note(OTHER[:40], Signer("elsewhere", bytes(32)))), POLICY)
    other = Signer("elsewhere", bytes(32))
    both = Policy.parse(f"log {SIGNER.verifier_key}\nlog {other.verifier_key}\nquorum none\n")
    with pytest.raises(PolicyError, match="two logs"):
        judge_pair(format_pair("x", mine, note(OTHER[:40], other)), both)
    with pytest.raises(NoteError, match="does not hold"):
        judge_pair(format_pair("x", mine, mine.replace("\n40\n", "\n41\n")), POLICY)


@pytest.mark.parametrize(
    "text",
    ["", "x", "x\n\nfirst:\n", "x\n\nfirst:\na\n\nsecond:\nb\n", b"\xff\n\nfirst:\n", "x" * (MAX_PAIR_BYTES + 1)],
    ids=["empty", "a line", "half", "no notes", "no text", "endless"],
)
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(LogError):
        judge_pair(text, POLICY)


def test_from_the_command_line_with_a_copy_of_the_log(tmp_path, capsys):
    (tmp_path / "policy").write_text(f"log {SIGNER.verifier_key}\nquorum none\n")
    with LogFolder(tmp_path / "log") as log:
        log.append(ENTRIES[:600])
        log.publish(note(ENTRIES[:600]))
    for name, second, folder, code, word in [
        ("open", ENTRIES[:40], [], 3, "not decided"),
        ("older", ENTRIES[:40], ["--folder", str(tmp_path / "log")], 3, "no fork"),
        ("fork", OTHER[:40], ["--folder", str(tmp_path / "log")], 0, "proved"),
        ("lost", OTHER[:40], ["--folder", str(tmp_path / "nowhere")], 3, "not proved"),
    ]:
        (tmp_path / name).write_text(format_pair("x", note(second), note(ENTRIES[:600])))
        assert main(["fork", str(tmp_path / name), str(tmp_path / "policy"), *folder]) == code
        assert capsys.readouterr().out.startswith(word)
    assert main(["fork", str(tmp_path / "none"), str(tmp_path / "policy")]) == 2
