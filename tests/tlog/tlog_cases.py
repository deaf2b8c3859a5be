"""What the tests of the log share: keys, a log in memory, a log in a folder."""

from truceline.tlog.checkpoints import Checkpoint
from truceline.tlog.cosignatures import CosignatureSigner
from truceline.tlog.errors import MissingTile
from truceline.tlog.folder import LogFolder
from truceline.tlog.hashing import hash_leaves, hash_row
from truceline.tlog.notes import Signer, sign_note
from truceline.tlog.policy import Policy
from truceline.tlog.tiles import TILE_WIDTH, tile_path

ORIGIN = "truceline.example/log"
SIGNER = Signer(ORIGIN, bytes(range(32)))
WITNESS = CosignatureSigner("witness.example/party-a", bytes(range(32, 64)))
POLICY = Policy.parse(f"log {SIGNER.verifier_key}\nquorum none\n")


def leaves(start: int, end: int, mark: str = "leaf") -> list[bytes]:
    return [f"{mark} {number}".encode() for number in range(start, end)]


class MemoryTiles:
    """The tiles of some entries, each level hashed from the one below; no bundles."""

    def __init__(self, entries: list[bytes]) -> None:
        self.files: dict[str, bytes] = {}
        level, row = 0, hash_leaves(entries)
        while row:
            for start in range(0, len(row), TILE_WIDTH):
                chunk = row[start : start + TILE_WIDTH]
                self.files[tile_path(level, start // TILE_WIDTH, len(chunk))] = b"".join(chunk)
            full = len(row) - len(row) % TILE_WIDTH
            row = [hash_row(row[start : start + TILE_WIDTH]) for start in range(0, full, TILE_WIDTH)]
            level += 1

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise MissingTile(path)
        return self.files[path]


def state(log: LogFolder, signer: Signer = SIGNER) -> str:
    """Return a signed checkpoint of what the folder holds."""
    return sign_note(Checkpoint(signer.name, log.size, log.root).text, [signer])


def grow(log: LogFolder, count: int, mark: str = "leaf", signer: Signer = SIGNER) -> str:
    """Append numbered entries, publish, and return the checkpoint."""
    log.append(leaves(log.size, log.size + count, mark))
    note = state(log, signer)
    log.publish(note)
    return note
