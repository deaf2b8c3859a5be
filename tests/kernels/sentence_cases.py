"""Logs of raw AIS that no receiver would write, and some that one would: the same for a seed."""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import xor
from random import Random

ALPHABET = b"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"
LENGTHS = {1: 28, 2: 28, 3: 28, 4: 28, 5: 71, 9: 28, 18: 28, 19: 52, 24: 28, 27: 16, 8: 40, 21: 46}
STATIONS = (b"varna", b"r003669945", b"\xfa\xfb", b"\xff\xfe", b"x" * 60, b"")
TIMES = (b"1577880000", b"1577880001", b"1577880059", b"1577880060", b"1577880000500", b"0", b"soon", b"4102444800")


def sealed(text: bytes, start: int = 1) -> bytes:
    """Add the checksum."""
    return text + b"*%02X" % reduce(xor, text[start:], 0)


def make_payload(rng: Random) -> tuple[int, bytes]:
    """Return the number of fill bits and a payload of random bits; most have a length of their type."""
    kind = rng.choice(list(LENGTHS))
    count = LENGTHS[kind] if rng.random() < 0.95 else rng.randrange(0, 90)
    body = bytearray(rng.choices(ALPHABET, k=count))
    if count:
        body[0] = ALPHABET[kind]
    if count > 6 and rng.random() < 0.9:  # an identity of nine digits, often one of few
        mmsi = rng.choice((201000001, 235000002, 111000003, 981000004, 970000005, rng.randrange(1 << 30)))
        bits = kind << 34 | rng.randrange(4) << 32 | mmsi << 2 | rng.randrange(4)
        body[:7] = bytes(ALPHABET[bits << 2 >> shift & 63] for shift in range(36, -1, -6))
    return (2 if kind == 5 else rng.choice((0,) * 18 + (2, 4))), bytes(body)


def make_sentences(rng: Random) -> list[bytes]:
    """Return the sentences of one message, in one part or several."""
    fill, payload = make_payload(rng)
    total = rng.choice((1, 1, 1, 2, 2, 3, 9)) if len(payload) > 1 else 1
    cuts = [0, *sorted(rng.randrange(len(payload) + 1) for _ in range(total - 1)), len(payload)]
    header = (rng.choice((b"!AIVDM", b"!AIVDM", b"!BSVDM", b"$AIVDO")), rng.choice((b"", b"1", b"2")))
    channel = rng.choice((b"A", b"B", b""))
    return [
        sealed(b",".join((header[0], b"%d" % total, b"%d" % (number + 1), header[1], channel, part, b"%d" % fill)))
        for number, part in enumerate(payload[at:end] for at, end in pairwise(cuts))
    ]


def make_tags(rng: Random) -> bytes:
    """Return a TAG block, right or nearly so."""
    fields = [b"s:" + rng.choice(STATIONS), b"c:" + rng.choice(TIMES[: rng.choice((2, 4, len(TIMES)))])]
    if rng.random() < 0.3:
        fields.insert(0, b"g:%d-2-%d" % (rng.randrange(3), rng.randrange(12)))
    fields = [field for field in fields if rng.random() < 0.9]
    text = sealed(b",".join(fields), 0)
    if rng.random() < 0.1:
        text = rng.choice((text[:-2] + b"00", text[:-3], text[:-1], b"g:1-2-3," + text, text + b"\\" + text))
    return b"\\" + text + b"\\"


def make_line(rng: Random) -> list[bytes]:
    """Return the lines of one message, or one line of another kind."""
    kind = rng.random()
    if kind < 0.8:
        lines = make_sentences(rng)
        if rng.random() < 0.7:
            tags = make_tags(rng)
            lines = [tags + line for line in lines]
        if rng.random() < 0.2:
            tail = rng.choice((b",r003669958,1085889680", b",1577880000500", b",1577880000540", b",x", b","))
            lines = [line + tail for line in lines]
        if len(lines) == 1 and rng.random() < 0.1:
            target = reduce(
                xor, (int(line.rpartition(b"*")[2][:2] or b"0", 16) for line in lines[:1] if b"*" in line), 0
            )
            clock = b"2020,1,1,12,%d,%d,%d" % (rng.randrange(61), rng.randrange(60), rng.randrange(1100))
            lines.insert(rng.randrange(2), sealed(b"$PGHP,1,%s,316,2,316000002,1,%02X" % (clock, target)))
        return lines
    clock = b"$GPZDA,12%02d%02d.00,%02d,01,2020,," % (rng.randrange(61), rng.randrange(60), rng.randrange(32))
    return [
        rng.choice(
            (
                *(sealed(clock), sealed(b"$BSALR,,006,V,V,general failure"), sealed(b"$PSHI,001,01.5"), b"# said", b""),
                *(
                    b"\\",
                    b"\\\\",
                    b"!" * rng.randrange(1200),
                    bytes(rng.randrange(256) for _ in range(rng.randrange(99))),
                ),
                *(b"\\" + sealed(b"s:x", 0), sealed(b"$XXQQQ,unheard of"), b"!AIVDM,1,1,,A,\x00,0*26", b" \t \r"),
            )
        )
    ]


def mutate(rng: Random, line: bytes) -> bytes:
    """Return the line damaged in one place: a byte changed, cut, doubled, or its checksum made right again."""
    at = rng.randrange(len(line) + 1)
    way = rng.randrange(6)
    if way == 0:
        line = line[:at] + bytes([rng.randrange(256)]) + line[at + 1 :]
    elif way == 1:
        line = line[:at]
    elif way == 2:
        line = line[:at] + rng.choice((b"\x00", b"\\", b"*", b",", b"!", b"\xff" * 3, b" " * 1100, line)) + line[at:]
    elif way == 3 and line[:1] in (b"!", b"$") and b"*" in line:
        head = line.rpartition(b"*")[0]
        place = rng.randrange(1, len(head) + 1)
        line = sealed(head[:place] + bytes(rng.choices(b"0123456789,AVDM\x00\xe9", k=1)) + head[place + 1 :])
    elif way == 4:
        line = b"\xef\xbb\xbf  " + line + b"\r \t"
    return line.replace(b"\n", b"")


def make_log(seed: int, count: int, *, damage: float = 0.2, ends: Sequence[bytes] = (b"\n", b"\n", b"\r\n")) -> bytes:
    """Return a log of about so many lines: messages mixed with each other, damaged, heard twice."""
    rng = Random(seed)  # noqa: S311 -- the same for a seed
    lines: list[bytes] = []
    while len(lines) < count:
        new = make_line(rng)
        if rng.random() < 0.3:
            rng.shuffle(new)
        if lines and rng.random() < 0.1:
            new.append(rng.choice(lines[-200:]))
        for line in new:
            place = len(lines) - rng.choice((0, 0, 0, 1, 2, 8))
            lines.insert(max(place, 0), mutate(rng, line) if rng.random() < damage else line)
    return b"".join(line + rng.choice(ends) for line in lines)
