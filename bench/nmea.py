"""A raw AIS log of seeded traffic, as receivers write it: TAG block with the second, one sentence of type 1 a line."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from synthetic import Traffic

__all__ = ["keep_log"]

FIRST_MMSI = 200_000_001
BLOCK = 200_000  # lines that are written at once
HEAD, MIDDLE, TAIL = b"\\c:0000000000*", b"\\!AIVDM,1,1,,A,", b",0*"
HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)
ARMOUR = np.frombuffer(bytes(number + 48 if number < 40 else number + 56 for number in range(64)), np.uint8)

# Recommendation ITU-R M.1371-5, annex 8, table 48: bits of each field of a position report
BITS = {
    "type": 6, "repeat": 2, "mmsi": 30, "status": 4, "turn": 8, "speed": 10, "accuracy": 1, "lon": 28, "lat": 27,
    "course": 12, "heading": 9, "second": 6, "manoeuvre": 2, "spare": 3, "raim": 1, "radio": 19,
}  # fmt: skip


def keep_log(folder: Path, traffic: Traffic, lines: int) -> Path:
    """Return a log of the first positions of the ships, in the order of time; made if it is not there."""
    path = folder / f"ships-{lines}.nmea"
    if path.exists():
        return path
    ships = np.flatnonzero(traffic.ship)
    chosen = ships[np.argsort(traffic.time_us[ships], kind="stable")[:lines]]
    with path.open("wb") as stream:
        for first in range(0, len(chosen), BLOCK):
            stream.write(_encode(traffic, chosen[first : first + BLOCK]))
    return path


def _encode(traffic: Traffic, rows: NDArray[np.int64]) -> bytes:
    seconds = traffic.time_us[rows] // 1_000_000
    payload = _pack({
        "type": 1, "mmsi": FIRST_MMSI + traffic.platform[rows].astype(np.int64), "turn": 128, "speed": rows % 200,
        "lon": np.rint(traffic.lon[rows] * 600_000).astype(np.int64), "accuracy": 1,
        "lat": np.rint(traffic.lat[rows] * 600_000).astype(np.int64), "course": rows % 3600, "heading": 511,
        "second": seconds % 60,
    }, len(rows))  # fmt: skip
    digits = seconds[:, None] // 10 ** np.arange(9, -1, -1) % 10 + 48
    head, middle, tail = (np.tile(np.frombuffer(text, np.uint8), (len(rows), 1)) for text in (HEAD, MIDDLE, TAIL))
    head[:, 3:13] = digits
    tag = _checksum(head[:, 1:13])
    sentence = _checksum(np.hstack([middle[:, 2:], payload, tail[:, :2]]))
    newline = np.full((len(rows), 1), 10, np.uint8)
    return np.hstack([head, tag, middle, payload, tail, sentence, newline]).tobytes()


def _pack(fields: dict[str, object], count: int) -> NDArray[np.uint8]:
    """Return the payload: each six bits a character."""
    bits = np.empty((count, sum(BITS.values())), np.uint8)
    at = 0
    for name, width in BITS.items():
        value = np.broadcast_to(np.asarray(fields.get(name, 0), np.int64), (count,))
        bits[:, at : at + width] = value[:, None] >> np.arange(width - 1, -1, -1) & 1
        at += width
    return ARMOUR[bits.reshape(count, -1, 6) @ np.array([32, 16, 8, 4, 2, 1], np.uint8)]


def _checksum(text: NDArray[np.uint8]) -> NDArray[np.uint8]:
    total = np.bitwise_xor.reduce(text, axis=1)
    return HEX[np.column_stack([total >> 4, total & 15])]
