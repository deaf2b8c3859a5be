"""Raw AIS: NMEA 0183 sentences (AIVDM, AIVDO and other talkers), one input line = one row.

    lines -> sentences -> messages (parts joined) -> time -> position or platform

A sentence carries no date. The time of a message is, in this order: the $PGHP line that names it;
the TAG block's `c:`; whole seconds behind the sentence; milliseconds behind it, only where the
source declares `trailing_time = "measured"`, because they are the time of arrival, which for a
satellite is hours later; the last $--ZDA line, while such lines come in order. A message without
any of these is refused: no time is made up.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, BinaryIO

from truceline.errors import EvidenceError
from truceline.evidence import ais
from truceline.evidence.batch import Batch, Format
from truceline.evidence.source import Source
from truceline.evidence.tagblock import Sentence, read_lines, read_measured, read_sentence, read_zda
from truceline.evidence.tally import Limits, Tally
from truceline.gazetteer import Gazetteer
from truceline.model import Problem

__all__ = ["NMEA", "read"]

ROWS_PER_BATCH = 50_000
PENDING_LIMIT = 1_000  # incomplete messages kept at once
PART_AGE_LINES = 2_000
PART_AGE_US = 30_000_000
MEASURED_REACH_LINES = 10  # a $PGHP line stands at most so far before its message
MEASURED_LIMIT = 100
MEASURED_REACH_US = 100_000  # or, where both lines carry an arrival, arrives so long after it
HEARD_LIMIT = 20_000  # distinct messages remembered, to know one that is heard again
HEARD_AGE_US = 60_000_000
CLOCK_REACH_LINES = 10_000

_STATUS_LINES = frozenset(b"ABM ABK ACA ADS ALR BBM BRF DTM GBS GGA GLL GNS GSA GSV HDT RMC ROT TXT VSI VTG".split())
_MAKERS_LINES = frozenset(b"PAIS PJRC PJRCD PSHI PSTT PVOL".split())
_COLUMNS = ("platform", *ais.Position._fields[1:], "time_utc", "received_by", "received_utc", "row")


def read(stream: BinaryIO, source: Source, gazetteer: Gazetteer) -> Iterator[Batch]:  # noqa: ARG001 -- all readers
    """Yield the positions and platforms of an NMEA log, and what became of every line.

    Raises EvidenceError for an option that has no such value.
    """
    reader = _Reader(_read_option(source), Limits.of(source))
    for row, line in enumerate(read_lines(stream), 1):
        reader.take(row, line)
        if reader.tally.rows >= ROWS_PER_BATCH:
            yield reader.close()
    reader.finish()
    yield reader.close()


def _read_option(source: Source) -> bool:
    """Return whether milliseconds behind a sentence are the time of measurement."""
    value = source.options.get("trailing_time", "arrival")
    if value not in ("arrival", "measured"):
        raise EvidenceError(
            [
                Problem(
                    str(source.path),
                    1,
                    "option trailing_time of this source not understood",
                    expected='"arrival" or "measured"',
                    found=repr(value)[:80],
                    do="correct it, or leave it out",
                )
            ]
        )
    return bool(value == "measured")


NMEA = Format(
    name="nmea",
    meaning="raw AIS: NMEA 0183 sentences with TAG blocks and receiver times",
    read=read,
    options={"trailing_time": '"arrival" (default) or "measured": what milliseconds behind a sentence are'},
    cooperative=True,
)


class _Message:
    """Sentences that are one message, in order of their parts, and what they say together."""

    __slots__ = ("arrived_us", "checksum", "heard_us", "measured_us", "parts", "station")

    def __init__(self, parts: list[Sentence]) -> None:
        one = parts[0]
        self.parts = parts
        self.checksum, self.station = one.checksum, one.station
        self.heard_us, self.arrived_us = one.heard_us, one.arrived_us
        self.measured_us: int | None = None
        for part in parts[1:]:  # what the first part does not say, a later one may
            self.checksum ^= part.checksum
            self.station = part.station if self.station is None else self.station
            self.heard_us = part.heard_us if self.heard_us is None else self.heard_us
            self.arrived_us = part.arrived_us if self.arrived_us is None else self.arrived_us


class _Reader:
    """Joins parts and finds times for one pass over one stream; every memory of it is bounded."""

    def __init__(self, trailing_is_measured: bool, limits: Limits) -> None:
        self.tally = Tally(_COLUMNS)
        self._trailing_is_measured = trailing_is_measured
        self._limits = limits
        self._pending: OrderedDict[tuple[bytes, ...], dict[int, Sentence]] = OrderedDict()
        self._measured: list[tuple[int, int, int, str | None]] = []  # row, checksum, time, site
        self._waiting: list[_Message] = []
        self._heard: OrderedDict[bytes, int | None] = OrderedDict()
        self._clock: tuple[int, int] | None = None  # time, row of the last $--ZDA line
        self._clock_in_order = True
        self._names: dict[int, str] = {}  # platforms met since the last batch

    def close(self) -> Batch:
        """Return what has been decided since the last batch."""
        self._names.clear()
        return self.tally.close()

    def take(self, row: int, line: bytes) -> None:
        """Take one line."""
        if not line:
            self.tally.put_aside("empty line")
            return
        if line.startswith(b"#"):
            self.tally.put_aside("comment")
            return
        sentence = read_sentence(line, row)
        if isinstance(sentence, str):
            self.tally.refuse(sentence, row, line)
            return
        if self._waiting:
            self._release(sentence)
        if sentence.body[3:6] in (b"VDM", b"VDO") and sentence.body[6:7] == b",":
            self._join(sentence)
        else:
            self._note(sentence)

    def finish(self) -> None:
        """Decide all that still waits."""
        self._release(None)
        while self._pending:
            self._expire()

    def _note(self, sentence: Sentence) -> None:
        """Take a line that is no AIS sentence: a time, or something that we do not use."""
        tag = sentence.body.partition(b",")[0]
        if tag == b"$PGHP":
            self._note_measured(sentence)
        elif tag[3:] == b"ZDA":
            self._note_clock(sentence)
        elif tag[1:] in _MAKERS_LINES:
            self.tally.put_aside(f"status line {tag[1:].decode()}")
        elif tag[3:] in _STATUS_LINES:
            self.tally.put_aside(f"status line {tag[3:].decode()}")
        else:
            self.tally.put_aside("other status line")

    def _note_measured(self, sentence: Sentence) -> None:
        measured = read_measured(sentence)
        if measured is None:
            self.tally.refuse("receiver time line not understood", sentence.row, sentence.line)
            return
        self.tally.put_aside("receiver time line")
        time_us, target, site = measured
        # Message and $PGHP line come on two ways: either may arrive some milliseconds before the other.
        for message in self._waiting:
            if message.measured_us is None and message.checksum == target:
                message.measured_us, message.station = time_us, site or message.station
                return
        self._measured.append((sentence.row, target, time_us, site))
        del self._measured[:-MEASURED_LIMIT]

    def _note_clock(self, sentence: Sentence) -> None:
        time_us = read_zda(sentence)
        if time_us is None:
            self.tally.refuse("receiver time line not understood", sentence.row, sentence.line)
            return
        self.tally.put_aside("receiver time line")
        if self._clock and time_us < self._clock[0]:
            self._clock_in_order = False  # two receivers, or a broken clock: it tells no time any more
        self._clock = (time_us, sentence.row)

    def _join(self, sentence: Sentence) -> None:
        """Take an AIS sentence: a whole message, or a part that waits for the others."""
        fields = sentence.body.split(b",")
        total, number = fields[1:3] if len(fields) >= 7 else (b"", b"")
        if not (len(total) == len(number) == 1 and b"1" <= number <= total <= b"9"):
            self.tally.refuse("part numbers not understood", sentence.row, sentence.line)
            return
        if total == b"1":
            self._find_measured(_Message([sentence]))
            return
        whose = sentence.group or (sentence.station or "").encode()
        key = (whose, fields[0], total, fields[3], fields[4])
        parts = self._pending.get(key)
        if parts and (int(number) in parts or not _belong(parts, sentence)):
            self._expire(key)
        parts = self._pending.setdefault(key, {})
        parts[int(number)] = sentence
        if len(parts) == int(total):
            del self._pending[key]
            self._find_measured(_Message([parts[part] for part in sorted(parts)]))
        self._expire_old(sentence.row)

    def _expire_old(self, row: int) -> None:
        while self._pending:
            oldest = next(iter(self._pending.values()))
            if len(self._pending) <= PENDING_LIMIT and row - next(iter(oldest.values())).row <= PART_AGE_LINES:
                return
            self._expire()

    def _expire(self, key: tuple[bytes, ...] | None = None) -> None:
        """Refuse an incomplete message: the one of this key, or the oldest."""
        key = next(iter(self._pending)) if key is None else key
        parts = self._pending.pop(key)
        total = int(key[2])
        missing = next(number for number in range(1, total + 1) if number not in parts)
        for part in parts.values():
            self.tally.refuse(f"part {missing} of {total} missing", part.row, part.line)

    def _find_measured(self, message: _Message) -> None:
        """Give a message the time of the nearest $PGHP line that names it, or let it wait for one."""
        if self._measured:
            row, target = message.parts[0].row, message.checksum
            self._measured = [entry for entry in self._measured if row - entry[0] <= MEASURED_REACH_LINES]
            for entry in reversed(self._measured):
                if entry[1] == target and entry[0] < row:
                    self._measured.remove(entry)
                    message.measured_us, message.station = entry[2], entry[3] or message.station
                    break
        if message.measured_us is None and message.arrived_us is not None:
            self._waiting.append(message)
        else:
            self._decode(message)

    def _release(self, sentence: Sentence | None) -> None:
        """Decode the messages for which no $PGHP line can come any more, now that `sentence` has come."""
        while self._waiting:
            first = self._waiting[0]
            if sentence is not None and sentence.arrived_us is not None and first.arrived_us is not None:
                near = abs(sentence.arrived_us - first.arrived_us) <= MEASURED_REACH_US
                if near and sentence.row - first.parts[-1].row <= MEASURED_REACH_LINES:
                    return
            self._decode(self._waiting.pop(0))

    def _decode(self, message: _Message) -> None:
        """Decide a whole message."""
        assembled = ais.assemble([part.body for part in message.parts])
        if isinstance(assembled, str):
            self._refuse(message, assembled)
            return
        number = assembled.ais_id
        if number not in ais.POSITION_TYPES and number not in ais.STATIC_TYPES:
            self.tally.put_aside(f"message type {number} not used", len(message.parts))
            return
        time_us = self._find_time(message)
        if time_us is None and number in ais.POSITION_TYPES:
            self._refuse(message, "no time")
            return
        if self._is_known(assembled.payload, time_us):
            self.tally.put_aside("heard again", len(message.parts))
            return
        decoded = ais.decode(assembled)
        if decoded is None:
            self._refuse(message, "message not decodable")
        elif not ais.valid_mmsi(decoded.mmsi):
            self._refuse(message, "MMSI not valid")
        else:
            self._write(message, decoded, number, time_us)

    def _write(self, message: _Message, decoded: Any, number: int, time_us: int | None) -> None:  # noqa: ANN401
        """Turn a decoded message into table rows, or say why it gives none."""
        if number in ais.STATIC_TYPES:
            static = ais.read_static(decoded)
            self._meet(static.mmsi, number, static.name, static.category)
        if number not in ais.POSITION_TYPES:
            self.tally.use(len(message.parts))
            return
        position = ais.read_position(decoded)
        if position is None:
            if number in ais.STATIC_TYPES:
                self.tally.use(len(message.parts))
            else:
                self.tally.put_aside("position not available", len(message.parts))
            return
        fault = self._limits.judge(position.lon, position.lat, time_us or 0)
        if fault:
            self._refuse(message, fault)
            return
        self.tally.use(len(message.parts))
        platform = self._meet(position.mmsi, number)
        first = message.parts[0]
        integrity = position.integrity + (" tag=unchecked" if first.unchecked else "")
        told = (integrity, time_us, message.station, self._find_arrival(message, time_us), first.row)
        self.tally.positions.append((platform, *position[1:-1], *told))

    def _meet(self, mmsi: int, number: int, name: str | None = None, category: str | None = None) -> str:
        """Note a platform and return its name in the tables: "mmsi:" and nine digits."""
        platform = self._names.get(mmsi)
        if platform is not None and name is category is None:
            return platform
        self._names[mmsi] = platform = f"mmsi:{mmsi:09d}"
        kind = ais.platform_kind(mmsi, number)
        self.tally.meet(platform, kind=kind, mmsi=mmsi, name=name, category=category)
        return platform

    def _find_time(self, message: _Message) -> int | None:
        """Return the time that the message's lines, or the receiver's clock lines, give."""
        if message.measured_us is not None:
            return message.measured_us
        heard = message.heard_us
        if heard is None and self._trailing_is_measured:
            heard = message.arrived_us
        return self._read_clock(message) if heard is None else heard

    def _read_clock(self, message: _Message) -> int | None:
        """Return the last receiver clock line's time, where it is near and such lines come in order."""
        if self._clock is None or not self._clock_in_order:
            return None
        return self._clock[0] if message.parts[0].row - self._clock[1] <= CLOCK_REACH_LINES else None

    def _find_arrival(self, message: _Message, time_us: int | None) -> int | None:
        """Return when the message reached the logger, where that is said and is not its time."""
        arrived = message.arrived_us
        if arrived is None and message.measured_us is not None:
            arrived = message.heard_us
        return None if arrived == time_us else arrived

    def _is_known(self, payload: bytes, time_us: int | None) -> bool:
        """Whether the same bits were heard a little before, by another station."""
        if payload in self._heard:
            before = self._heard[payload]
            if before is None or time_us is None or abs(time_us - before) <= HEARD_AGE_US:
                return True
        self._heard[payload] = time_us
        self._heard.move_to_end(payload)
        if len(self._heard) > HEARD_LIMIT:
            self._heard.popitem(last=False)
        return False

    def _refuse(self, message: _Message, reason: str) -> None:
        for part in message.parts:
            self.tally.refuse(reason, part.row, part.line)


def _belong(parts: dict[int, Sentence], sentence: Sentence) -> bool:
    """Whether a part comes near enough to the others to be of the same message."""
    first = next(iter(parts.values()))
    if sentence.row - first.row > PART_AGE_LINES:
        return False
    times = [part.heard_us for part in (first, sentence) if part.heard_us is not None]
    return len(times) < 2 or abs(times[0] - times[1]) <= PART_AGE_US
