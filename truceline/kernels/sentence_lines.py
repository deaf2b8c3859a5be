r"""One line of an NMEA log, slowly: TAG block, sentence, checksum, and what a logger put behind it.

    \g:1-2-7,s:r003669945,c:1241544035*hh\!AIVDM,2,1,7,A,<payload>,0*hh,<epoch seconds or ms>

Sources: IEC 61162-1 (sentences, checksum, ZDA), NMEA 0183 v4 (TAG block: c = time of reception,
s = station, g = group), and the description of both by E. S. Raymond, "AIVDM/AIVDO protocol
decoding" (gpsd.gitlab.io/gpsd/AIVDM.html), which also gives the trailing fields of the US Coast
Guard. The $PGHP line of Gatehouse carries the time of measurement of one message, which it names
by the exclusive or of its sentences' checksums.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from truceline.kernels.sentence_records import LINE_LIMIT

__all__ = [
    "Part",
    "Sentence",
    "TagBlock",
    "checksum",
    "read_measured",
    "read_part",
    "read_sentence",
    "read_tag_block",
    "read_zda",
    "strip",
    "to_microseconds",
]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_S = 631_152_000  # 1990-01-01: before the first AIS trials
_LATEST_S = 4_102_444_800  # 2100-01-01
_LINE = re.compile(rb"(?:\\([^\\]*)\\)?([!$][^*\\!$]{5,})\*([0-9A-Fa-f]{2})(?:,([^*]*))?")
_GROUP = re.compile(rb"(\d{1,3})-(\d{1,3})-(\d{1,9})")
_STATION = re.compile(rb"[rb][0-9A-Z]{3,15}", re.IGNORECASE)
_CLOCK = re.compile(rb"(\d\d)(\d\d)(\d\d)(?:\.\d{1,6})?")
_DATE = re.compile(rb"\d{1,4}")
_MEASURED = re.compile(rb"\d{1,4}(?:,\d{1,4}){5},\d{1,3}")
_TARGET = re.compile(rb"[0-9A-Fa-f]{1,2}")
_NUMBERS = re.compile(rb"[1-9],[1-9],\d{0,3}")
_PAYLOAD = re.compile(rb"[0-W`-w]*")
_FILL = re.compile(rb"[0-5]")


@dataclass(slots=True)
class Sentence:
    """One sentence whose checksum is right, with what its line says of time and station.

    `body` starts with "!" or "$" and ends before "*". Times are microseconds after 1970-01-01 UTC:
    `heard_us` is the receiver's (TAG block, or whole seconds behind the sentence), `arrived_us` is
    when the line reached the logger (milliseconds behind the sentence). None: not said.
    `unchecked`: no checksum protects the time.
    """

    row: int
    line: bytes
    body: bytes
    checksum: int
    heard_us: int | None = None
    arrived_us: int | None = None
    station: str | None = None
    group: bytes = b""
    unchecked: bool = False
    offset: int = 0


@dataclass(frozen=True, slots=True)
class TagBlock:
    """What a TAG block says of time (microseconds after 1970-01-01 UTC), station and group.

    `unchecked`: its writer put "*00" instead of a checksum, as some loggers do.
    """

    time_us: int | None = None
    station: str | None = None
    group: bytes = b""
    unchecked: bool = False


def strip(line: bytes) -> bytes:
    """Return what is looked at of a line: without blanks at its ends, one over LINE_LIMIT cut a little behind it."""
    return line[: LINE_LIMIT + 3].removeprefix(_BYTE_ORDER_MARK).strip(b"\r\n \t")


def checksum(text: bytes) -> int:
    """Return the exclusive or of all bytes (IEC 61162-1), folded so that long texts stay quick."""
    value = int.from_bytes(text, "big")
    shift = 8 << max(len(text) - 1, 0).bit_length()
    while shift > 8:
        shift >>= 1
        value ^= value >> shift
    return value & 0xFF


def read_sentence(line: bytes, row: int) -> Sentence | str:
    """Read one line; return the sentence, or the reason why it is none."""
    if len(line) > LINE_LIMIT:
        return f"line longer than {LINE_LIMIT} bytes"
    match = _LINE.fullmatch(line)
    if match is None:
        return _refuse(line)
    tags, body, written, trailing = match.groups()
    found = checksum(body[1:])
    if found != int(written, 16):
        return "checksum wrong"
    sentence = Sentence(row, line, body, found)
    if tags is not None:
        block = read_tag_block(tags)
        if isinstance(block, str):
            return block
        sentence.heard_us, sentence.station = block.time_us, block.station
        sentence.group, sentence.unchecked = block.group, block.unchecked
    return sentence if not trailing else _read_trailing(sentence, trailing)


def _refuse(line: bytes) -> str:
    if line[:1] in (b"!", b"$", b"\\"):
        return "no checksum" if b"*" not in line.rpartition(b"\\")[2] else "sentence not understood"
    return "not an NMEA sentence"


@lru_cache(maxsize=1024)  # neighbours share their second, and so their block
def read_tag_block(text: bytes) -> TagBlock | str:
    """Read what stands between the backslashes; return it, or the reason why it cannot be used."""
    fields, star, written = text.rpartition(b"*")
    if not star:
        return "TAG block without a checksum"
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,2}", written):
        return "TAG block checksum wrong"
    expected = int(written, 16)
    right = checksum(fields) == expected
    if not right and fields.startswith(b"g:"):
        # Some relays put the group in front and leave the checksum as it was: the group is not protected.
        rest = fields.partition(b",")[2]
        fields, right = (rest, True) if checksum(rest) == expected else (fields, False)
    if not right and written != b"00":
        return "TAG block checksum wrong"
    values = dict(field.split(b":", 1) for field in fields.split(b",") if b":" in field)
    time_us = to_microseconds(values[b"c"]) if b"c" in values else None
    if isinstance(time_us, str):
        return time_us
    group = _GROUP.fullmatch(values.get(b"g", b""))
    station = values.get(b"s", b"").decode("ascii", "replace")[:40]
    return TagBlock(time_us, station or None, group[3] if group else b"", not right)


def _read_trailing(sentence: Sentence, text: bytes) -> Sentence | str:
    """Read what a logger put behind the checksum: stations "r…" or "b…", and the time at the end."""
    *fields, last = text.split(b",")
    if last.isdigit() and len(last) in (10, 13):
        time_us = to_microseconds(last)
        if isinstance(time_us, str):
            return time_us
        if len(last) == 13:
            sentence.arrived_us = time_us
        elif sentence.heard_us is None:
            sentence.heard_us = time_us
    for field in fields:
        if sentence.station is None and _STATION.fullmatch(field):
            sentence.station = field.decode("ascii")
    return sentence


def to_microseconds(text: bytes) -> int | str:
    """Read a time in seconds or milliseconds after 1970-01-01 UTC, or say why it is none."""
    if not text.isdigit() or len(text) > 15:
        return "time not understood"
    number = int(text)
    scale = 1_000 if number > 100_000_000_000 else 1_000_000
    if not _EARLIEST_S * 1_000_000 <= number * scale < _LATEST_S * 1_000_000:
        return "time out of range"
    return number * scale


@dataclass(slots=True)
class Part:
    """The fields of an AIS sentence; `key` is what the parts of one message share."""

    sentence: Sentence
    total: int
    number: int
    key: tuple[bytes, ...]
    payload: bytes
    fill: int


def read_part(sentence: Sentence) -> Part | str:
    """Read !AIVDM,parts,part,sequence,channel,payload,fill; return it, or the reason why it is none."""
    fields = sentence.body.split(b",")
    if len(fields) != 7:
        return "AIS sentence has not seven fields"
    tag, total, number, sequence, channel, payload, fill = fields
    if not _NUMBERS.fullmatch(b",".join((total, number, sequence))) or number > total:
        return "part numbers not understood"
    if not _FILL.fullmatch(fill):
        return "fill bits not understood"
    if not _PAYLOAD.fullmatch(payload):
        return "payload has characters that AIS does not use"
    whose = sentence.group or (sentence.station or "").encode()
    return Part(sentence, int(total), int(number), (whose, tag, total, sequence, channel), payload, int(fill))


def read_measured(sentence: Sentence) -> tuple[int, int, str | None] | None:
    """Read a $PGHP line: time of measurement, checksum of the message it is for, receiving site.

    Fields: 1, year, month, day, hour, minute, second, millisecond, country, region, site (an
    MMSI), online flag, checksum. None where it does not say these.
    """
    fields = sentence.body.split(b",")
    if len(fields) < 13 or not _MEASURED.fullmatch(b",".join(fields[2:9])) or not _TARGET.fullmatch(fields[-1]):
        return None
    *clock, thousandths = (int(field) for field in fields[2:9])
    instant = _at(*clock)
    if instant is None:
        return None
    return instant + thousandths * 1_000, int(fields[-1], 16), fields[11].decode("ascii", "replace")[:40] or None


def read_zda(sentence: Sentence) -> int | None:
    """Read a $--ZDA line (hhmmss.ss, day, month, year) into microseconds, or None."""
    fields = sentence.body.split(b",")
    clock = _CLOCK.fullmatch(fields[1]) if len(fields) >= 5 else None
    if clock is None or not all(_DATE.fullmatch(field) for field in fields[2:5]):
        return None
    day, month, year = (int(field) for field in fields[2:5])
    return _at(year, month, day, *(int(part) for part in clock.groups()))


def _at(*clock: int) -> int | None:
    """Return the microseconds of a date and time of day, None for one that does not exist or is out of range."""
    try:
        instant = datetime(*clock, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None
    if not _EARLIEST_S <= (instant - _EPOCH).total_seconds() < _LATEST_S:
        return None
    return _since_epoch(instant)


def _since_epoch(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)
